"""A private installation for measuring: PostgreSQL and headway-all in a temporary folder, and what they cost."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that is free together with those of the gateway, 80 above, and of the instruments, 90 above."""
    for _ in range(100):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            if not 1024 <= port <= 65000:
                continue
            with socket.socket() as second, socket.socket() as third:
                try:
                    second.bind(("127.0.0.1", port + 80))
                    third.bind(("127.0.0.1", port + 90))
                    return port
                except OSError:
                    continue
    raise RuntimeError("no free port")


class Installation:
    """Use as a context: stopped and removed at the end, also after an error."""

    def __init__(self, preset: str):
        self.preset = preset
        self.port = free_port()
        self.home = Path(tempfile.mkdtemp(prefix="headway-bench-"))
        self.server = f"127.0.0.1:{self.port}"
        self.build = ROOT / "build" / preset

    def __enter__(self):
        try:
            self.script("up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.script("down")
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def script(self, action: str):
        environment = dict(os.environ, HEADWAY_HOME=str(self.home), HEADWAY_PRESET=self.preset, BENCH_PORT=str(self.port))
        done = subprocess.run([HERE / "installation.sh", action], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"installation.sh {action}: {done.stdout}{done.stderr}")

    # Processes.

    def service_pid(self) -> int:
        return int((self.home / "run" / "headway-all.pid").read_text())

    def postmaster_pid(self) -> int:
        return int((self.home / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def kill_service(self):
        pid = self.service_pid()
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists() and not is_zombie(pid):
            time.sleep(0.01)

    def kill_postgres(self):
        pid = self.postmaster_pid()
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists() and not is_zombie(pid):
            time.sleep(0.01)

    def stop_service(self):
        pid = self.service_pid()
        os.kill(pid, signal.SIGTERM)
        while Path(f"/proc/{pid}").exists() and not is_zombie(pid):
            time.sleep(0.02)

    def restart_service(self):
        self.stop_service()
        self.script("start")

    def cpu_seconds(self) -> dict:
        """User and system time that the service and PostgreSQL (with what its children used) have spent so far."""
        postmaster = self.postmaster_pid()
        postgres = cpu_of(postmaster, reaped=True) + sum(cpu_of(child) for child in children_of(postmaster))
        return {"service": cpu_of(self.service_pid()), "postgres": postgres}

    def memory_mb(self) -> dict:
        """Resident memory of headway-all now and at its highest."""
        status = Path(f"/proc/{self.service_pid()}/status").read_text()
        field = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith(("VmRSS", "VmHWM"))}
        return {"now": int(field["VmRSS"]) / 1024, "peak": int(field["VmHWM"]) / 1024}

    # Programs.

    def psql_command(self, *arguments) -> list:
        newest = sorted(Path("/usr/lib/postgresql").iterdir(), key=lambda p: int(p.name))[-1]
        return [newest / "bin" / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", f"host={self.home}/run dbname=headway user=postgres", *arguments]

    def sql(self, statement: str) -> str:
        return run(self.psql_command("-c", statement)).strip()

    def sql_file(self, file: Path):
        run(self.psql_command("-f", file))

    def bench(self, command: str, **options) -> dict:
        """A command of headway_bench; its result."""
        return json.loads(self.start_bench(command, **options).communicate_or_fail())

    def start_bench(self, command: str, **options) -> "Program":
        arguments = [self.build / "tests" / "bench" / "headway_bench", command]
        if "tables" not in options:
            arguments += ["--server", self.server]
        for name, value in options.items():
            if value is True:
                arguments.append("--" + name.replace("_", "-"))
            else:
                arguments += ["--" + name.replace("_", "-"), str(value)]
        return Program(arguments)

    def headway(self, *arguments, **options) -> str:
        return run([self.build / "services" / "cli" / "headway", *arguments], env=dict(os.environ, HEADWAY_SERVER=self.server), **options)

    # The queue: what came in, what rules move, what both cause.

    QUEUED = (
        "SELECT EXISTS (SELECT FROM raw.work_items) OR EXISTS (SELECT FROM dora.object_work)"
        " OR EXISTS (SELECT FROM dora.entity_work) OR EXISTS (SELECT FROM dora.parked_units)"
    )

    def queue_length(self) -> int:
        return int(self.sql("SELECT (SELECT count(*) FROM raw.work_items) + (SELECT count(*) FROM dora.entity_work)"))

    def wait_until_derived(self, patience_s: float = 600, pause_s: float = 0.02):
        """Returns when nothing is queued."""
        end = time.monotonic() + patience_s
        with Session(self) as session:
            while session.ask(self.QUEUED) != "f":
                if time.monotonic() > end:
                    raise RuntimeError(f"{self.queue_length()} work items are left after {patience_s} s")
                time.sleep(pause_s)


class Program:
    """A process whose output is wanted."""

    def __init__(self, arguments: list):
        self.arguments = arguments
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def communicate_or_fail(self) -> str:
        out, err = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, self.arguments))}: {out}{err}")
        return out

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Session:
    """One connection for many questions: a psql that stays."""

    def __init__(self, installation: Installation):
        self.process = subprocess.Popen(installation.psql_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, query: str) -> str:
        """The answer, of one line."""
        self.process.stdin.write(query + ";\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the database has gone")
        return line.strip()


class QueueWatch:
    """Samples how long the oldest work item has been waiting, while it is a context. Items carry no time: the age is that of the
    sample in which the sequence of items first reached the oldest one that is left."""

    QUERY = (
        "SELECT coalesce(min(item_id), -1) || ' ' || (SELECT CASE WHEN is_called THEN last_value ELSE 0 END"
        " FROM raw.work_items_item_id_seq) FROM raw.work_items"
    )

    def __init__(self, installation: Installation, pause_s: float = 0.5):
        self.installation = installation
        self.pause_s = pause_s
        self.samples = []  # (seconds since the start, lag in seconds, queued items at most)
        self.peak_memory_mb = 0.0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()

    def watch(self):
        began = time.monotonic()
        reached = []  # (last value of the sequence, when it was seen)
        with Session(self.installation) as session:
            while not self.stopped.wait(self.pause_s):
                now = time.monotonic()
                oldest, last = map(int, session.ask(self.QUERY).split())
                queued = last - oldest + 1 if oldest >= 0 else 0  # at most: counting them would take as long as deriving some
                reached.append((last, now))
                if oldest >= 0:
                    while len(reached) > 1 and reached[0][0] < oldest:
                        reached.pop(0)
                lag = now - reached[0][1] if oldest >= 0 else 0.0
                self.samples.append((now - began, lag, queued))
                self.peak_memory_mb = max(self.peak_memory_mb, self.installation.memory_mb()["now"])

    def summary(self) -> dict:
        lags = [lag for _, lag, _ in self.samples] or [0.0]
        half = len(lags) // 2
        return {
            "lag_s_max": round(max(lags), 2),
            "lag_s_max_second_half": round(max(lags[half:]), 2),
            "lag_s_at_end": round(lags[-1], 2),
            "queued_max": max((queued for _, _, queued in self.samples), default=0),
            "lag_s_every_10_s": [round(max(l for t, l, _ in self.samples if ten <= t < ten + 10), 2) for ten in range(0, int(self.samples[-1][0]), 10)]
            if self.samples
            else [],
        }


def run(arguments: list, **options) -> str:
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
    return done.stdout


def stat_of(pid: int) -> list:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def is_zombie(pid: int) -> bool:
    try:
        return stat_of(pid)[0] == "Z"
    except OSError:
        return True


def cpu_of(pid: int, reaped: bool = False) -> float:
    try:
        fields = stat_of(pid)
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15] if reaped else fields[11:13])) / TICKS


def children_of(pid: int) -> list:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int(stat_of(int(entry.name))[1]) == pid:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
