"""The gateway against direct gRPC: the same backend, the same calls, in turns in one run."""

import json
import subprocess
import time
import urllib.request
from pathlib import Path

from installation import ROOT, Program, cpu_of, free_port


class Servers:
    """EchoService with a gateway before it, as processes of their own."""

    def __init__(self, preset: str):
        self.build = ROOT / "build" / preset
        self.web, self.health, self.backend_port = free_port(), free_port(), free_port()
        self.direct, self.gateway = f"127.0.0.1:{self.backend_port}", f"127.0.0.1:{self.web}"

    def __enter__(self):
        self.backend = subprocess.Popen([self.build / "tests/gateway/echo_server", str(self.backend_port)], stdout=subprocess.DEVNULL)
        self.program = subprocess.Popen(
            [self.build / "services/gateway/headway-gateway", "--http-listen", self.gateway, "--listen", f"127.0.0.1:{self.health}", "--backend",
             f"headway.test.v1.*={self.direct}"], stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                with urllib.request.urlopen(f"http://{self.gateway}/readyz"):
                    return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the gateway is not ready after ten seconds")

    def __exit__(self, *_):
        for process in (self.program, self.backend):
            process.terminate()
            process.wait()

    def bench(self, command: str, by_gateway: bool, **options) -> dict:
        where = ["--gateway", self.gateway] if by_gateway else ["--server", self.direct]
        arguments = [self.build / "tests/bench/headway_bench", command, *where]
        for name, value in options.items():
            arguments += ["--" + name, str(value)]
        before = cpu_of(self.program.pid)
        result = json.loads(Program(arguments).communicate_or_fail())
        result["gateway_cpu_s"] = round(cpu_of(self.program.pid) - before, 2)
        return result

    def in_turns(self, rounds: int, command: str, **options) -> dict:
        """Both ways, several times in turns; of each the run with the middle rate."""
        runs = {"direct": [], "gateway": []}
        for _ in range(rounds):
            for name, of_way in runs.items():
                of_way.append(self.bench(command, name == "gateway", **options))
        return {name: sorted(of_way, key=lambda one: one["per_second"])[len(of_way) // 2] for name, of_way in runs.items()}

    def memory_mb(self) -> int:
        status = Path(f"/proc/{self.program.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


def compare(servers: Servers, full: bool, seconds: float) -> dict:
    """Calls at 64 connections, calls one at a time, and messages of one stream."""
    rounds = 3 if full else 1
    many = servers.in_turns(rounds, "call", connections=64, seconds=seconds)
    one = servers.in_turns(rounds, "call", connections=1, seconds=seconds)
    stream = servers.in_turns(rounds, "stream", count=1_000_000 if full else 1_000)
    return {"64_connections": many, "one_at_a_time": one, "stream": stream, "gateway_peak_memory_mb": servers.memory_mb()}
