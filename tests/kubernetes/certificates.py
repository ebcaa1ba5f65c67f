"""The keys and certificates of a test cluster, made with the openssl program: nothing of it is worth anything elsewhere."""

import pathlib
import subprocess


def openssl(*arguments):
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError("openssl %s: %s" % (arguments[0], result.stderr.strip()))


def _new_key(path):
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    path.chmod(0o600)


class Certificates:
    """ca.crt, ca.key; and NAME.crt, NAME.key for each that is asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.authority = self.folder / "ca.crt"
        _new_key(self.folder / "ca.key")
        openssl("req", "-x509", "-new", "-key", self.folder / "ca.key", "-days", "2", "-subj", "/CN=headway test authority", "-out", self.authority,
                "-addext", "keyUsage=critical,keyCertSign,digitalSignature")

    def _signed(self, name, subject, *extensions):
        key, certificate = self.folder / (name + ".key"), self.folder / (name + ".crt")
        _new_key(key)
        added = [a for extension in extensions for a in ("-addext", extension)]
        openssl("req", "-x509", "-new", "-key", key, "-CA", self.authority, "-CAkey", self.folder / "ca.key", "-days", "2", "-subj", subject,
                "-out", certificate, "-addext", "basicConstraints=critical,CA:FALSE", *added)
        return certificate, key

    def server(self, name):
        """A server on loopback."""
        return self._signed(name, "/CN=kube-apiserver", "extendedKeyUsage=serverAuth",
                            "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc")

    def client(self, name, user, *groups):
        """A client of that name, in those groups: (certificate, key)."""
        return self._signed(name, "".join("/O=" + g for g in groups) + "/CN=" + user, "extendedKeyUsage=clientAuth")

    def signing_key(self, name):
        """A key that signs tokens, and its public half."""
        key, public = self.folder / (name + ".key"), self.folder / (name + ".pub")
        _new_key(key)
        openssl("pkey", "-in", key, "-pubout", "-out", public)
        return key, public
