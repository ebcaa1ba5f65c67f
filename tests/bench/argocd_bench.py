"""The Argo CD watcher on many Applications, against a watcher on the stock informer of @kubernetes/client-node that writes to the same IngestService.

The list and the way of a sync into an answer are measured on a real Kubernetes API; many changes a second on one that is replayed, as replayed_api.py says.
"""

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from installation import ROOT, Installation, Session, cpu_of

sys.path.insert(0, str(ROOT / "tests" / "kubernetes"))

from argocd import IN_CLUSTER, Application, wall_clock  # noqa: E402
from control_plane import ControlPlane, NotInstalled  # noqa: E402
from replayed_api import ReplayedApi  # noqa: E402

DRIVERS = 8  # threads that write to the API
STREAMS, DEPLOYMENTS = 10, 4  # kinds of observations
PAST = 10  # entries of each history
PATIENCE_S = 300
__all__ = ["NotInstalled", "Scale", "measure_changes", "measure_list"]


class Scale(NamedTuple):
    applications: int
    per_second: int  # changes
    seconds: float  # of changes
    visible: int  # syncs whose way into an answer is timed


class Watcher:
    """A process that watches the cluster and writes to an installation."""

    def __init__(self, home: Path, command: list):
        self.log = home / "watcher.log"
        self.began = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def since_start(self) -> float:
        if self.process.poll() is not None:
            raise RuntimeError(f"the watcher has ended: {self.log.read_text()[-2000:]}")
        if time.monotonic() - self.began > PATIENCE_S:
            raise RuntimeError(f"not done after {PATIENCE_S} s")
        return time.monotonic() - self.began

    def peak_memory_mb(self) -> float:
        self.since_start()
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return round(int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024, 1)

    def cpu_s(self) -> float:
        return cpu_of(self.process.pid)


class Fleet:
    """Applications, and who changes them."""

    def __init__(self, api, count: int):
        self.pool = ThreadPoolExecutor(DRIVERS)
        self.apps = [Application(api, f"app-{n:05d}", padding=26_000, past=PAST) for n in range(count)]
        self.entries = PAST * count  # of all histories, ever

    def create(self) -> dict:
        began = time.monotonic()
        list(self.pool.map(lambda app: app.create(), self.apps))
        seconds = time.monotonic() - began
        return {"applications": len(self.apps), "bytes_each": len(json.dumps(self.apps[0].get(), separators=(",", ":"))), "created_per_s": round(len(self.apps) / seconds)}

    def at_rate(self, count: int, per_second: float, do) -> float:
        """do(application) count times, each when it is due; how late the latest began."""
        late, began = [], time.monotonic()

        def one(number: int):
            due = began + number / per_second
            time.sleep(max(0.0, due - time.monotonic()))
            late.append(time.monotonic() - due)
            do(self.apps[number * 7919 % len(self.apps)])

        list(self.pool.map(one, range(count)))
        return max(late)

    def sync(self, app: Application):
        """Five changes: the four of a sync, and a comparison that finds nothing new."""
        self.entries += 1
        app.compare(app.sync().revision)


class Measured:
    """One watcher, with an installation to itself."""

    def __init__(self, fleet: Fleet, it: Installation, watcher: Watcher, scale: Scale):
        self.fleet, self.it, self.watcher, self.scale = fleet, it, watcher, scale
        self.entries = PAST * len(fleet.apps)  # that it can see in its first list
        self.synced_before = fleet.entries

    def rows(self, session: Session) -> int:
        return int(session.ask(f"SELECT count(*) FROM raw.observations WHERE kind IN ({DEPLOYMENTS}, {STREAMS})"))

    def derived(self, session: Session) -> int:
        """Deployments that have finished."""
        return int(session.ask("SELECT count(*) FROM dora.deployments WHERE finished < 'infinity'"))

    def wait_derived(self, session: Session, wanted: int) -> int:
        while (found := self.derived(session)) != wanted:
            try:
                self.watcher.since_start()
            except RuntimeError as failed:
                raise RuntimeError(f"{found} deployments are derived, of {wanted}: {failed}") from failed
            time.sleep(0.5)
        return found

    def cold(self) -> dict:
        """From its start until all that it sends of its first list is stored; and until every entry of a history is derived."""
        seen = []  # (seconds, rows, processor seconds)
        with Session(self.it) as session:
            while not seen or self.derived(session) < self.entries:
                seen.append((self.watcher.since_start(), self.rows(session), self.watcher.cpu_s()))
                time.sleep(0.5)
            derived = self.watcher.since_start()
            self.it.wait_until_derived()
            total = self.rows(session)
        stored, _, cpu = next((one for one in seen if one[1] == total), (derived, 0, self.watcher.cpu_s()))
        return {"stored_s": round(stored, 1), "derived_s": round(derived, 1), "rows": total, "peak_memory_mb": self.watcher.peak_memory_mb(), "cpu_s": round(cpu, 1)}

    def steady(self) -> dict:
        syncs = int(self.scale.seconds * self.scale.per_second / 5)
        with Session(self.it) as session:
            rows, cpu, began = self.rows(session), self.watcher.cpu_s(), time.monotonic()
            late = self.fleet.at_rate(syncs, self.scale.per_second / 5, self.fleet.sync)
            took = time.monotonic() - began
            cpu = self.watcher.cpu_s() - cpu
            self.wait_derived(session, self.entries + self.fleet.entries - self.synced_before)
            behind = time.monotonic() - began - took
            self.it.wait_until_derived()
            return {"changes": 5 * syncs, "changes_per_s": round(5 * syncs / took, 1), "late_s": round(late, 2), "cpu_of_a_core": round(cpu / took, 3),
                    "peak_memory_mb": self.watcher.peak_memory_mb(), "derived_after_s": round(behind, 1), "rows_for_each_sync": round((self.rows(session) - rows) / syncs, 2)}

    def noise(self) -> dict:
        """Comparisons that find nothing new."""
        with Session(self.it) as session:
            self.it.wait_until_derived()
            time.sleep(1)
            before, cpu, began = self.rows(session), self.watcher.cpu_s(), time.monotonic()
            count = int(min(self.scale.seconds, 15) * self.scale.per_second)
            self.fleet.at_rate(count, self.scale.per_second, lambda app: app.patch_status({"reconciledAt": wall_clock()}))
            took = time.monotonic() - began
            cpu = self.watcher.cpu_s() - cpu
            time.sleep(2)
            return {"changes": count, "changes_per_s": round(count / took, 1), "cpu_of_a_core": round(cpu / took, 3), "rows_written": self.rows(session) - before}

    def counted(self, app: Application) -> int:
        """Deployments in the answer of GetEntityMetrics."""
        answer = self.it.headway("metrics", f"component:default/{app.name}", "--environment", "production", "--as-of", wall_clock(), "--format", "json")
        return int(json.loads(answer)["coverage"]["deployments"])

    def visible(self) -> dict:
        """From the beginning of a sync (before the first of its four patches; the second brings the entry of the history) until an answer counts it. A question that is
        asked anew each time by the command line."""
        spans = []
        for app in self.fleet.apps[: self.scale.visible]:
            before, began = self.counted(app), time.monotonic()
            sync = self.fleet.pool.submit(self.fleet.sync, app)
            while self.counted(app) <= before:
                self.watcher.since_start()
            spans.append(time.monotonic() - began)
            sync.result()
        spans.sort()
        return {"syncs": len(spans), "p50_s": round(spans[len(spans) // 2], 3), "max_s": round(spans[-1], 3)}

    def all(self, *phases: str) -> dict:
        return {name: note(name, getattr(self, name)()) for name in (*phases, "entries_derived")}

    def entries_derived(self) -> bool:
        """Just the entries of the histories, each once."""
        with Session(self.it) as session:
            self.wait_derived(session, self.entries + self.fleet.entries - self.synced_before)
            self.it.wait_until_derived()
            return self.derived(session) == self.entries + self.fleet.entries - self.synced_before


def map_streams(it: Installation, fleet: Fleet, source: str, visible: int):
    """Each Application is of an entity of its own. Those that are asked for deploy to production."""
    rules = [{"source": source, "streamMapping": {"id": app.name, "version": "1", "stream": app.stream, "entityRef": f"component:default/{app.name}"}} for app in fleet.apps]
    rules += [{"source": "configuration", "environmentRule": {"id": app.name, "version": "1", "match": f"{IN_CLUSTER}/{app.name}", "name": "production", "tier": "PRODUCTION"}}
              for app in fleet.apps[:visible]]
    it.headway("import", "ndjson", "-", input="".join(json.dumps(rule) + "\n" for rule in rules))
    it.wait_until_derived()


def note(name: str, value: dict) -> dict:
    """It takes minutes: what is known already."""
    print(name, json.dumps(value), file=sys.stderr, flush=True)
    return value


def measure(preset: str, scale: Scale, fleet: Fleet, kubeconfig: Path, *phases: str) -> dict:
    """Both watchers, one after the other, each with a new installation."""
    result = {}
    informer = ROOT / "tests/bench/informer/run.sh"
    subprocess.run([informer, "install"], check=True, stdout=sys.stderr)
    for name, source, command in (
        ("watcher", "argocd:argocd", lambda it: [it.build / "services/argocd_watcher/headway-argocd-watcher", "--kubeconfig", kubeconfig, "--namespace", "argocd",
                                                 "--ingest", it.server]),
        ("informer", "argocd:informer", lambda it: [informer, kubeconfig, it.server, "argocd", "argocd:informer"]),
    ):
        with Installation(preset) as it:
            map_streams(it, fleet, source, scale.visible)
            with Watcher(it.home, command(it)) as watcher:
                note(name, {})
                result[name] = Measured(fleet, it, watcher, scale).all(*phases)
    return result


def measure_list(preset: str, scale: Scale) -> dict:
    """The first list, and the way of a sync into an answer, on a real Kubernetes API. Raises NotInstalled."""
    with ControlPlane() as cluster:
        cluster.install_argocd()
        fleet = Fleet(cluster.admin, scale.applications)
        written = note("written", fleet.create())
        return {"written": written, **measure(preset, scale, fleet, cluster.kubeconfig("bench", cluster.admin_token), "cold", "visible")}


def measure_changes(preset: str, scale: Scale) -> dict:
    """Many changes a second, on a replayed API."""
    with ReplayedApi() as api, tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(api, scale.applications)
        written = note("written", fleet.create())
        return {"written": written, **measure(preset, scale, fleet, api.kubeconfig(Path(folder) / "kubeconfig"), "cold", "steady", "noise")}
