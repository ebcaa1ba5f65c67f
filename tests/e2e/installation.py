"""A private installation for tests: PostgreSQL, the schema, the services, on free ports in a temporary folder; and the `headway` program against it.

    with Installation(build_folder, separate=False) as headway:
        headway.import_ndjson(observations)
        headway.measures(refs, as_of=..., days=30, zone="UTC", environment="", policies={})

As root PostgreSQL runs as user postgres, because it refuses to run as root. The shape follows `./headway up`: one process, or one for each
service with a database role of its own.
"""

import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))

from facts import format_time  # noqa: E402

_DURATIONS = ("attribution_window", "roll_out_window", "stream_activity", "degraded_after")


def _pg_bin():
    versions = sorted(pathlib.Path("/usr/lib/postgresql").iterdir(), key=lambda p: int(p.name))
    return versions[-1] / "bin"


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def snake(value):
    """Keys of proto3 JSON as the contract writes them."""
    if isinstance(value, dict):
        return {re.sub("[A-Z]", lambda m: "_" + m.group().lower(), k): snake(v) for k, v in value.items()}
    return [snake(v) for v in value] if isinstance(value, list) else value


def scope_arguments(as_of, days=30, zone="UTC", environment="", policies=None):
    arguments = ["--window", "%dd" % days, "--as-of", format_time(as_of), "--time-zone", zone, "--format", "json"]
    if environment:
        arguments += ["--environment", environment]
    for name, value in (policies or {}).items():
        if name in _DURATIONS:
            value = "%ds" % (value // 1_000_000)
        arguments += ["--policy", "%s=%s" % (name, value)]
    return arguments


class Installation:
    def __init__(self, build, separate=False):
        self.build = pathlib.Path(build).resolve()
        self.separate = separate
        self._services = []
        self.instruments_addresses = {}  # name of the service -> where it serves /metrics
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="headway-test-"))
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        try:
            self._start_postgres()
            self._migrate()
            self._start_services()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *_):
        for process in self._services:
            process.terminate()
        for process in self._services:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        self._services = []
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run([_pg_bin() / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.folder / "data"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # The parts.

    def _as(self):
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}

    def _run(self, command, check=True, own=True):
        """own: as the user that PostgreSQL runs as."""
        result = subprocess.run([str(c) for c in command], cwd=self.folder, capture_output=True, text=True, check=False,
                                **(self._as() if own else {}))
        if check and result.returncode:
            raise RuntimeError("%s\n%s%s" % (" ".join(map(str, command)), result.stdout, result.stderr))
        return result.stdout

    def sql(self, text, database="headway"):
        """Rows as lists of texts, as the superuser."""
        out = self._run([_pg_bin() / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d",
                         "host=%s dbname=%s user=postgres" % (self.folder, database), "-c", text])
        return [line.split("\t") for line in out.splitlines()]

    def _start_postgres(self):
        data = self.folder / "data"
        self._run([_pg_bin() / "initdb", "-D", data, "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8", "--auth=trust", "-N"])
        with open(data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write("listen_addresses = ''\nunix_socket_directories = '%s'\nfsync = off\nshared_buffers = 128MB\njit = off\n"
                       "timezone = 'UTC'\nmax_connections = 60\nmax_wal_size = 2GB\n" % self.folder)
        # Its output goes to a file: a pipe would stay open as long as the server runs.
        self._run([_pg_bin() / "pg_ctl", "start", "-w", "-t", "120", "-s", "-D", data, "-l", self.folder / "postgres.log"])
        self.sql("CREATE ROLE headway_owner LOGIN CREATEROLE", "postgres")
        self.sql("CREATE DATABASE headway OWNER headway_owner", "postgres")

    def _url(self, role):
        return "host=%s dbname=headway user=%s" % (self.folder, role)

    def _program(self, name):
        folder = {"headway": "cli", "headway-all": "all", "headway-migrate": "migrate", "headway-aggregator": "aggregator",
                  "headway-metrics": "metrics", "headway-catalog-sync": "catalog_sync"}[name]
        return self.build / "services" / folder / name

    def _migrate(self):
        self._run([self._program("headway-migrate"), "--database-url", self._url("headway_owner")], own=False)

    def _database(self, role):
        return ["--database-url", self._url(role)]

    def _serve(self, name, arguments):
        address = "127.0.0.1:%d" % _free_port()
        self.instruments_addresses[name] = "127.0.0.1:%d" % _free_port()
        log = open(self.folder / (name + ".log"), "w", encoding="utf-8")
        self._services.append(subprocess.Popen(
            [str(self._program(name)), *arguments, "--listen", address, "--instruments-listen", self.instruments_addresses[name]],
            stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=self.folder))
        until = time.monotonic() + 60
        while subprocess.run([str(self._program("headway")), "health", "--server", address], capture_output=True, check=False).returncode:
            if self._services[-1].poll() is not None or time.monotonic() > until:
                raise RuntimeError("%s does not serve:\n%s" % (name, (self.folder / (name + ".log")).read_text()[-3000:]))
            time.sleep(0.1)
        return address

    def _start_services(self):
        if self.separate:
            self.ingest_address = self._serve("headway-aggregator", self._database("headway_aggregator"))
            self.metrics_address = self._serve("headway-metrics", self._database("headway_metrics"))
        else:
            self.ingest_address = self.metrics_address = self._serve("headway-all", self._database("headway_aggregator"))

    def start_catalog_sync(self, configuration):
        """headway-catalog-sync with this configuration file, which it looks at again whenever it changes."""
        self._serve("headway-catalog-sync", ["--config", str(configuration), "--ingest", self.ingest_address])

    # The program.

    def headway(self, arguments, address=None, accept=(0,)):
        result = subprocess.run([str(self._program("headway")), *arguments, "--server", address or self.metrics_address],
                                capture_output=True, text=True, check=False)
        if result.returncode not in accept:
            raise RuntimeError("headway %s: %d\n%s%s" % (" ".join(arguments[:4]), result.returncode, result.stdout[-2000:], result.stderr[-2000:]))
        return result.stdout

    def import_ndjson(self, observations, wait=120):
        path = self.folder / "import.ndjson"
        with open(path, "w", encoding="utf-8") as file:
            for observation in observations:
                file.write(json.dumps(observation, separators=(",", ":")) + "\n")
        self.headway(["import", "ndjson", str(path)], self.ingest_address)
        self.wait_until_derived(wait)

    def wait_until_derived(self, seconds=120):
        """Until the three queues are empty."""
        left = " + ".join("(SELECT count(*) FROM %s)" % t for t in ("raw.work_items", "dora.object_work", "dora.entity_work"))
        until = time.monotonic() + seconds
        while int(self.sql("SELECT " + left)[0][0]):
            for process in self._services:
                if process.poll() is not None:
                    raise RuntimeError("%s ended with %d" % (process.args[0], process.returncode))
            if time.monotonic() > until:
                raise RuntimeError("work is left in the queue after %d s" % seconds)
            time.sleep(0.2)

    def measures(self, refs, **scope):
        """entity_ref -> GetEntityMetricsResponse with the contract's names; entities of which nothing is known are absent."""
        refs = list(refs)
        out = self.headway(["metrics", *refs, *scope_arguments(**scope)], accept=(0, 2))
        answer = snake(json.loads(out))
        answers = answer["entities"] if "entities" in answer else [answer]
        for measure in (m for a in answers for m in a["measures"]):
            if measure.get("reason") == "REASON_UNSPECIFIED":  # JSON prints what is unset, too
                del measure["reason"]
        return {a["entity_ref"]: a for a in answers}

    def pool(self, refs, **scope):
        return snake(json.loads(self.headway(["metrics", *refs, "--pool", *scope_arguments(**scope)])))["pool"]

    def explain(self, ref, metric, **scope):
        return snake(json.loads(self.headway(["explain", ref, metric, *scope_arguments(**scope)])))
