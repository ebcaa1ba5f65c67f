"""A whole chain for tests: a Kubernetes API with Argo CD's definitions, a private installation of Headway, and watchers as processes between them."""

import http.client
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from installation import Installation  # noqa: E402

from control_plane import ControlPlane, free_ports  # noqa: E402
from manifests import SERVICE_ACCOUNT, apply  # noqa: E402

SOURCE_STATUS = 9  # field of Observation


class Chain:
    """Use as a context. build: the folder with the programs."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()

    def __enter__(self):
        self.cluster = ControlPlane().__enter__()
        self.headway = Installation(self.build)
        try:
            self.cluster.install_argocd()
            self.headway.__enter__()
            apply(self.cluster.admin, "service-account.yaml", "role.yaml")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if hasattr(self.headway, "folder"):
                self.headway.__exit__()
        finally:
            self.cluster.__exit__()

    # What is stored.

    def stored(self):
        """Keys of the deployments that are derived, each as often as it is there."""
        return [row[0] for row in self.headway.sql("SELECT source_key FROM dora.deployments ORDER BY 1") if row[0]]

    def said(self, kind):
        """The latest observation of a kind (its field's number in Observation), in protobuf's text form."""
        rows = self.headway.sql("SELECT encode(payload, 'hex') FROM raw.observations WHERE kind = %d ORDER BY received_at DESC LIMIT 1" % kind)
        if not rows:
            return ""
        return subprocess.run(["protoc", "-I", str(ROOT / "proto"), "--decode=headway.v1.Observation", "headway/v1/observation.proto"],
                              input=bytes.fromhex(rows[0][0]), capture_output=True, check=True).stdout.decode()

    def instrument(self, name):
        """Of the aggregator."""
        return instrument(self.headway.instruments_addresses["headway-all"], name)

    def problems(self):
        """Codes of what keeps the watcher from seeing everything, as it last said itself."""
        return set(re.findall(r"^ +code: (\w+)", self.said(SOURCE_STATUS), re.M))

    def until(self, what, condition, seconds=120):
        """Waits until condition() is true, and returns how long that took."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                raise AssertionError("%s: not within %d s" % (what, seconds))
            time.sleep(0.1)
        return time.monotonic() - began


class Watcher:
    """One process. in_cluster: a folder with token, ca.crt and namespace, as a pod has it; else a kubeconfig."""

    def __init__(self, chain, name="watcher", in_cluster=None, kubeconfig=None):
        self.chain, self.name = chain, name
        self._listen, self._instruments = ("127.0.0.1:%d" % port for port in free_ports(2))
        self.log = chain.headway.folder / (name + ".log")
        self._process = None
        self._environment = {"PATH": os.environ["PATH"]}
        self._arguments = []
        if in_cluster:
            host, port = chain.cluster.address.rsplit(":", 1)
            self._environment.update(KUBERNETES_SERVICE_HOST=host, KUBERNETES_SERVICE_PORT=port)
            self._arguments = ["--service-account-folder", str(in_cluster)]
        else:
            self._arguments = ["--kubeconfig", str(kubeconfig or chain.cluster.kubeconfig(name, chain.cluster.service_account_token("argocd", SERVICE_ACCOUNT)))]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [str(self.chain.build / "services" / "argocd_watcher" / "headway-argocd-watcher"), "--namespace", "argocd", "--ingest",
                 self.chain.headway.ingest_address, "--listen", self._listen, "--instruments-listen", self._instruments, *self._arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment)
        return self

    def kill(self):
        self._process.kill()
        self._process.wait()

    def stop(self, seconds=30):
        """As a node stops a pod."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    def is_running(self):
        return self._process.poll() is None

    def instrument(self, name):
        return instrument(self._instruments, name)


def instrument(address, name):
    """The sum of all series of that name, without "headway_", that a service serves."""
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    found = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(r"(headway_)?%s[{ ]" % name, line)]
    if not found:
        raise AssertionError("there is no instrument %s in\n%s" % (name, text))
    return sum(found)
