#!/usr/bin/env python3
"""A Kubernetes API for tests: a real etcd and a real kube-apiserver on free loopback ports, with RBAC, gone when the test is.

From Python:

    with ControlPlane() as cluster:
        cluster.admin.get("/api/v1/namespaces")
        cluster.kubeconfig("reader", token=cluster.service_account_token("argocd", "headway"))

From anything else, as a program:

    control_plane.py [--argocd] FOLDER

It prints one line of JSON when it serves, {"address", "kubeconfig", "ca", "token", "pid"}: who holds them may do everything. It stops when its standard input
is closed or on SIGTERM, also when the test that started it dies. Exit code 77: the programs are not installed (./headway test does that).

There are no nodes and no controllers: what is declared stays as it is, and no pod ever runs.
"""

import argparse
import base64
import ctypes
import gzip
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from api import Api, ApiError, YAML, path_of  # noqa: E402
from certificates import Certificates  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ARGOCD_CRDS = HERE.parent / "data" / "argocd" / "crds"
SKIPPED = 77
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


class NotInstalled(Exception):
    """The programs are not there."""


def programs():
    """The folder with etcd and kube-apiserver: HEADWAY_KUBERNETES, else where deploy/local/kubernetes.sh puts what it builds."""
    module = HERE / "control_plane"
    key = hashlib.sha256((module / "go.mod").read_bytes() + (module / "go.sum").read_bytes()).hexdigest()[:16]
    cache = os.environ.get("HEADWAY_CACHE") or ("/var/cache/headway" if os.geteuid() == 0 else "")
    cache = cache or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "headway")
    folder = pathlib.Path(os.environ.get("HEADWAY_KUBERNETES") or os.path.join(cache, "kubernetes-" + key))
    for name in ("etcd", "kube-apiserver"):
        if not os.access(folder / name, os.X_OK):
            raise NotInstalled("%s is not installed, so nothing was tested: ./headway test -L kubernetes builds it" % (folder / name))
    return folder


def _die_with_parent():
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def free_ports(count):
    """Free at the same time, and likely to stay so."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


class ControlPlane:
    """folder: where everything is kept; without one a temporary folder, removed at the end. arguments: more for kube-apiserver."""

    def __init__(self, folder=None, arguments=()):
        self._programs = programs()
        self._keep = folder is not None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="headway-kubernetes-")).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._arguments = list(arguments)
        self._etcd = self._server = self.admin = None

    def __enter__(self):
        try:
            self._make_secrets()
            self.etcd_port, peer, port = free_ports(3)
            self.address = "127.0.0.1:%d" % port
            self._start_etcd(peer)
            self.start_server()
            self.admin = Api(self.address, self.authority, self.admin_token)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.admin:
            self.admin.close()
        for process in (self._server, self._etcd):
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()  # nothing of it is kept
                process.wait()
        if not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    # Starting and stopping.

    def _make_secrets(self):
        certificates = Certificates(self.folder / "pki")
        self.certificates, self.authority = certificates, certificates.authority
        self._serving = certificates.server("apiserver")
        self._signing = certificates.signing_key("service-accounts")
        self.admin_token = base64.urlsafe_b64encode(os.urandom(24)).decode()
        tokens = self.folder / "pki" / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text('%s,headway-test-admin,admin,"system:masters"\n' % self.admin_token, encoding="utf-8")
        self._tokens = tokens

    def _spawn(self, name, arguments):
        with open(self.folder / (name + ".log"), "ab") as log:
            return subprocess.Popen([str(self._programs / name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    cwd=self.folder, preexec_fn=_die_with_parent, env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder)})

    def _start_etcd(self, peer):
        client = "http://127.0.0.1:%d" % self.etcd_port
        peers = "http://127.0.0.1:%d" % peer
        self._etcd = self._spawn("etcd", [
            "--data-dir", self.folder / "etcd", "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peers,
            "--initial-advertise-peer-urls", peers, "--initial-cluster", "default=" + peers, "--unsafe-no-fsync", "--log-level", "warn",
            "--quota-backend-bytes", 4 << 30])

    def start_server(self):
        """Also after stop_server: on the same port, with the same data."""
        port = self.address.rsplit(":", 1)[1]
        certificate, key = self._serving
        signing, public = self._signing
        self._server = self._spawn("kube-apiserver", [
            "--etcd-servers", "http://127.0.0.1:%d" % self.etcd_port, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1",
            "--secure-port", port, "--endpoint-reconciler-type", "none", "--tls-cert-file", certificate, "--tls-private-key-file", key,
            "--client-ca-file", self.authority, "--token-auth-file", self._tokens, "--authorization-mode", "RBAC",
            "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", public,
            "--service-account-signing-key-file", signing, "--service-cluster-ip-range", "10.0.0.0/24", "--profiling=false", *self._arguments])
        self._wait_until_ready()

    def _wait_until_ready(self, seconds=300):
        until = time.monotonic() + seconds
        probe = Api(self.address, self.authority, self.admin_token)
        while True:
            try:
                probe.get("/readyz")
                return probe.close()
            except (OSError, http.client.HTTPException, ApiError):
                pass
            for name, process in (("etcd", self._etcd), ("kube-apiserver", self._server)):
                if process.poll() is not None or time.monotonic() > until:
                    log = (self.folder / (name + ".log")).read_text(encoding="utf-8", errors="replace")
                    raise RuntimeError("%s does not serve:\n%s" % (name, log[-3000:]))
            time.sleep(0.1)

    def stop_server(self, how=signal.SIGKILL):
        """With SIGTERM it says good-bye to watches, with SIGKILL it does not."""
        self._server.send_signal(how)
        self._server.wait()
        self.admin.close()

    def pause_server(self):
        """It answers nothing, while the kernel still accepts connections and acknowledges what comes."""
        self._server.send_signal(signal.SIGSTOP)

    def resume_server(self):
        self._server.send_signal(signal.SIGCONT)

    def compact(self):
        """etcd forgets every state but the present one: a watch from before ends with 410 once the server was started again, too."""
        revision = json.loads(self._etcd_call("/v3/kv/range", {"key": base64.b64encode(b"/").decode()}))["header"]["revision"]
        self._etcd_call("/v3/kv/compaction", {"revision": revision, "physical": True})

    def _etcd_call(self, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=30)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError("etcd %s: %d %s" % (path, answer.status, text[:300]))
        return text

    # What tests begin with.

    def install_argocd(self, namespace="argocd"):
        """Argo CD's own definitions, and its namespace."""
        self.create_namespace(namespace)
        for file in sorted(ARGOCD_CRDS.glob("*.yaml.gz")):
            self.admin.create(path_of("CustomResourceDefinition"), gzip.decompress(file.read_bytes()), YAML)
        until = time.monotonic() + 60
        while True:
            try:
                self.admin.get(path_of("Application", namespace=namespace) + "?limit=1")
                return
            except ApiError as error:
                if error.status != 404 or time.monotonic() > until:
                    raise
            time.sleep(0.1)

    def create_namespace(self, name):
        self.admin.create(path_of("Namespace"), {"metadata": {"name": name}})

    def create_service_account(self, namespace, name):
        self.admin.create(path_of("ServiceAccount", namespace=namespace), {"metadata": {"name": name}})

    def service_account_token(self, namespace, name, seconds=3600):
        """As a pod gets it projected. It ends early with the account: make that anew, and no token of before is accepted (10 s later)."""
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
        return self.admin.create(path_of("ServiceAccount", name, namespace) + "/token", request)["status"]["token"]

    def in_cluster_folder(self, namespace, name):
        """token, ca.crt and namespace, as a pod of that service account finds them; with KUBERNETES_SERVICE_HOST and _PORT it is in the cluster."""
        folder = self.folder / "serviceaccount" / namespace / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "token").write_text(self.service_account_token(namespace, name), encoding="utf-8")
        (folder / "ca.crt").write_bytes(self.authority.read_bytes())
        (folder / "namespace").write_text(namespace, encoding="utf-8")
        return folder

    def kubeconfig(self, name, token="", certificate=None, address=""):
        """A kubeconfig file for one user, by token or by (certificate, key). address: of a proxy before the server."""
        user = {"token": token} if token else {"client-certificate": str(certificate[0]), "client-key": str(certificate[1])}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "test",
                  "clusters": [{"name": "test", "cluster": {"server": "https://" + (address or self.address), "certificate-authority": str(self.authority)}}],
                  "users": [{"name": name, "user": user}],
                  "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}]}
        path = self.folder / (name + ".kubeconfig")
        path.touch(mode=0o600)
        path.write_text(json.dumps(config, indent=1), encoding="utf-8")  # JSON is YAML
        return path

    def processes(self):
        """Process ids, for what measures them."""
        return {"etcd": self._etcd.pid, "kube-apiserver": self._server.pid}


def run_tests():
    """unittest.main() of a program of tests, which is skipped where the programs are not installed."""
    try:
        programs()
    except NotInstalled as missing:
        print(missing, file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where its data, log, keys and kubeconfig are kept; must not hold any of it yet")
    parser.add_argument("--argocd", action="store_true", help="with Argo CD's definitions and a namespace argocd")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _die_with_parent_gently()
    try:
        with ControlPlane(options.folder) as cluster:
            if options.argocd:
                cluster.install_argocd()
            print(json.dumps({"address": cluster.address, "kubeconfig": str(cluster.kubeconfig("admin", token=cluster.admin_token)),
                              "ca": str(cluster.authority), "token": cluster.admin_token, "pid": cluster.processes()["kube-apiserver"]}), flush=True)
            sys.stdin.buffer.read()
    except NotInstalled as missing:
        print(missing, file=sys.stderr)
        return SKIPPED
    return 0


def _die_with_parent_gently():
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
