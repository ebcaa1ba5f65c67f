"""The benchmarks. Each takes a Setting and returns {"figures", "baseline", "goals"}; docs/benchmarks.md explains them."""

import contextlib
import gzip
import math
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, Optional

import argocd_bench
import gateway_bench
from installation import ROOT, Installation, QueueWatch

HISTORY_DAYS = 365


class Setting(NamedTuple):
    preset: str  # which build
    full: bool  # or seconds each
    seconds: Optional[int]  # instead of the benchmark's own


class WrongAnswer(Exception):
    """What came out is not what went in."""


def expect(what: str, wanted, got):
    if wanted != got:
        raise WrongAnswer(f"{what}: {got} instead of {wanted}")


def at_most(name: str, value: float, limit: float, unit: str) -> dict:
    return {"goal": f"{name} <= {limit} {unit}", "value": round(value, 3), "met": value <= limit}


def at_least(name: str, value: float, limit: float, unit: str) -> dict:
    return {"goal": f"{name} >= {limit} {unit}", "value": round(value, 3), "met": value >= limit}


def calibrate() -> float:
    """Seconds for a fixed piece of work on one processor: how fast the machine is just now."""
    began = time.monotonic()
    total = 0
    for i in range(3_000_000):
        total += i * i % 7
    return round(time.monotonic() - began, 3)


def etcd(setting: Setting) -> dict:
    """A real project's whole history, from a file to final answers."""
    file = ROOT / "tests/data/histories/etcd/observations.ndjson.gz"
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    if not setting.full:
        lines = lines[:2000]
    with Installation(setting.preset) as it:
        # Base line: the same lines into a table of text, read and understood by nobody. Escapes are as COPY wants them.
        it.sql("CREATE TABLE public.lines (line text)")
        copied = b"".join(lines).replace(b"\\", b"\\\\")
        began = time.monotonic()
        subprocess.run(it.psql_command("-c", "COPY public.lines FROM STDIN"), input=copied, check=True)
        copy_s = time.monotonic() - began
        sent = it.home / "etcd.ndjson"
        sent.write_bytes(b"".join(lines))
        before = it.cpu_seconds()
        began = time.monotonic()
        it.headway("import", "ndjson", str(sent))
        imported_s = time.monotonic() - began
        it.wait_until_derived()
        final_s = time.monotonic() - began
        after = it.cpu_seconds()
        answer = it.headway("metrics", "component:default/etcd", "--window", "90d", "--as-of", "2024-01-01T00:00:00Z")
        return {
            "figures": {
                "observations": len(lines),
                "acknowledged_s": round(imported_s, 2),
                "final_s": round(final_s, 2),
                "cpu_s": {name: round(after[name] - before[name], 2) for name in after},
                "answer": answer.splitlines()[:3],
            },
            "baseline": {"copy_of_lines_s": round(copy_s, 2)},
            "goals": [at_most("imported and computed", final_s, 15, "s")],
        }


def ingest(setting: Setting) -> dict:
    """Deployments acknowledged as durable, against COPY of the same rows into the same table."""
    count = 300_000 if setting.full else 4_000
    with Installation(setting.preset) as it:
        result = it.bench("load", law="even", entities=10_000 if setting.full else 100, count=count, history_days=30, prepare=True)
        queued = it.queue_length()
        expect("deployments stored", count, result["stored"])
        it.wait_until_derived(patience_s=1200)
        expect("deployments in the answers", count, it.bench("count", entities=10_000 if setting.full else 100, window_days=400)["deployments"])
        times = 3 if setting.full else 1
        text = sorted(copy_rate(it, count, "text") for _ in range(times))[times // 2]
        binary = sorted(copy_rate(it, count, "binary") for _ in range(times))[times // 2]
        ratio = result["per_second"] / text
        return {
            "figures": {
                "deployments_per_s": round(result["per_second"]),
                "batch_ms": result["batch"],
                "queued_at_last_acknowledgement": queued,
                "ratio_to_copy": round(ratio, 3),
                "ratio_to_binary_copy": round(result["per_second"] / binary, 3),
            },
            "baseline": {"copy_per_s": round(text), "binary_copy_per_s": round(binary)},
            "goals": [at_least("deployments acknowledged per second / rows of COPY per second", ratio, 0.5, "")],
        }


def copy_rate(it: Installation, count: int, form: str) -> float:
    """Rows per second of COPY through one connection in one transaction into the emptied raw.observations, keys included. The rows
    are those that ingest wrote, in no order of their keys, as sources send them."""
    file = it.home / "observations.copy"
    columns = "stream_id, object_key, payload_key, kind, payload, received_at"
    with open(file, "wb") as out:
        query = f"SELECT {columns} FROM raw.observations WHERE kind = 4 ORDER BY md5(payload_key::text)"
        subprocess.run(it.psql_command("-c", f"COPY ({query}) TO STDOUT (FORMAT {form})"), stdout=out, check=True)
    it.sql("TRUNCATE raw.observations")
    it.sql("CHECKPOINT")
    with open(file, "rb") as rows:
        began = time.monotonic()
        subprocess.run(it.psql_command("-c", f"COPY raw.observations ({columns}) FROM STDIN (FORMAT {form})"), stdin=rows, check=True)
        seconds = time.monotonic() - began
    file.unlink()
    expect("rows copied", count, int(it.sql("SELECT count(*) FROM raw.observations")))
    return count / seconds


def keep_up(setting: Setting) -> dict:
    """Derived numbers under a steady 10,000 deployments/s."""
    rate, seconds, entities = (10_000, setting.seconds or 120, 100_000) if setting.full else (200, setting.seconds or 3, 100)
    figures, goals = {}, []
    for law in ("even", "zipf"):
        with Installation(setting.preset) as it:
            speed = calibrate()
            before = it.cpu_seconds()
            with QueueWatch(it) as watch:
                sent = it.bench("load", law=law, entities=entities, count=rate * seconds, rate=rate)
                began = time.monotonic()
                it.wait_until_derived(patience_s=1200)
                drained_s = time.monotonic() - began
            after = it.cpu_seconds()
            deriving_mb = it.memory_mb()["peak"]
            counted = it.bench("count", entities=entities, window_days=2)["deployments"]
            expect(f"deployments in the answers ({law})", rate * seconds, counted)
            summary = watch.summary()
            figures[law] = {
                "sent_per_s": round(sent["per_second"]),
                "acknowledged_after_due_ms": sent["acknowledged_after_due"],
                "queue": summary,
                "drained_after_s": round(drained_s, 2),
                "counted": counted,
                "cpu_s": {name: round(after[name] - before[name], 1) for name in after},
                "peak_memory_mb_while_deriving": round(deriving_mb),
                "peak_memory_mb": round(it.memory_mb()["peak"]),
            }
            figures[law]["calibration_s"] = speed
            goals.append(at_least(f"{law}: deployments acknowledged per second", sent["per_second"], 0.99 * rate, "/s"))
            goals.append(at_most(f"{law}: lag of the queue in the second half", summary["lag_s_max_second_half"], 5, "s"))
            goals.append(at_most(f"{law}: memory of headway-all", figures[law]["peak_memory_mb"], 200, "MB"))
    return {"figures": figures, "baseline": {"due_per_s": rate}, "goals": goals}


def load_histories(it: Installation, entities: int, times: int) -> dict:
    return it.bench("history", entities=entities, deployments=200 * times, changes=100 * times, incidents=20 * times, days=HISTORY_DAYS)


# What cannot be derived: the commits themselves, and what is there before the first observation.
NOT_DERIVED = "('commits', 'rules_version', 'sources_version', 'unit_locks')"


def derive_again(it: Installation) -> float:
    """Empties what is derived while nothing runs, derives everything again by headway-rebuild, and starts the service. Seconds that the
    rebuild took, with what it left for the service to do."""
    it.stop_service()
    tables = it.sql(
        "SELECT string_agg(format('dora.%I', relname), ', ') FROM pg_class WHERE relnamespace = 'dora'::regnamespace"
        f" AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT IN {NOT_DERIVED}"
    )
    it.sql(f"TRUNCATE {tables}")
    it.sql("CHECKPOINT")
    began = time.monotonic()
    rebuild_program = it.build / "services" / "rebuild" / "headway-rebuild"
    subprocess.run([rebuild_program, "--database-url", f"host={it.home}/run dbname=headway user=postgres"], check=True)
    rebuilt = time.monotonic() - began
    it.script("start")
    began = time.monotonic() - rebuilt
    it.wait_until_derived(patience_s=1200)
    return time.monotonic() - began


def refresh_views(it: Installation, entities: int, times: int) -> dict:
    """The base line: simple tables filled with the same history, four materialised views refreshed."""
    folder = it.home / "postgres" / "tables"
    folder.mkdir()
    rows = it.bench("history", tables=folder, entities=entities, deployments=200 * times, changes=100 * times, incidents=20 * times, days=HISTORY_DAYS)
    baseline = Path(__file__).resolve().parent / "baseline"
    it.sql_file(baseline / "tables.sql")
    for table in rows:
        it.sql(f"COPY baseline.{table} FROM '{folder}/{table}.tsv'")
    it.sql_file(baseline / "indexes.sql")
    it.sql_file(baseline / "views.sql")
    began = time.monotonic()
    it.sql_file(baseline / "refresh.sql")
    seconds = time.monotonic() - began
    shutil.rmtree(folder)
    return {**rows, "refresh_s": round(seconds, 2)}


def rebuild(setting: Setting) -> dict:
    """Everything derived again from raw observations, against refreshing a tutorial's views."""
    figures, base, goals = {}, {}, []
    entities = 1000 if setting.full else 5
    for times, limit in ((1, 15), (5, 80)) if setting.full else ((1, 15),):
        with Installation(setting.preset) as it:
            load_histories(it, entities, times)
            it.wait_until_derived(patience_s=1200)
            seconds = derive_again(it)
            counted = it.bench("count", entities=entities, window_days=400)["deployments"]
            expect("deployments in the answers", entities * 200 * times, counted)
            views = refresh_views(it, entities, times)
            figures[f"{times}x"] = {"rebuild_s": round(seconds, 2), "times_faster": round(views["refresh_s"] / seconds, 2)}
            base[f"{times}x"] = views
            goals.append(at_most(f"rebuild of {views['deployments']} deployments", seconds, limit, "s"))
    return {"figures": figures, "baseline": base, "goals": goals}


def read_with_ingest(it: Installation, entities: int, seconds: int, rate: int) -> dict:
    """GetEntityMetrics in an open loop while deployments of the same entities come in. Both have run for a while when it is measured: the first
    deployment of an entity after a start reads what was deployed of it before, as the first answer does."""
    ingest_rate = 500 if rate > 100 else 50
    filling = max(1, seconds / 4)
    load = it.start_bench("load", law="even", entities=entities, first=50_000_000, count=round(ingest_rate * (filling + seconds + 3)), rate=ingest_rate, senders=1)
    try:
        it.bench("read", entities=entities, rate=rate, seconds=filling)
        before = it.cpu_seconds()
        result = it.bench("read", entities=entities, rate=rate, seconds=seconds)
        after = it.cpu_seconds()
        load.communicate_or_fail()
    finally:
        load.stop()
    expect("errors of reads", {}, result["errors"])
    return {
        "requests_per_s": rate,
        "ingest_per_s": ingest_rate,
        "latency": result["latency"],
        "client_late_p99_ms": result["sent_late"]["p99_ms"],
        "cpu_s": {name: round(after[name] - before[name], 2) for name in after},
        "memory_mb": {name: round(value) for name, value in it.memory_mb().items()},
    }


def base_line_read(it: Installation, samples: int) -> dict:
    """One round trip to the same PostgreSQL that reads nothing: what no answer from it can be faster than."""
    from installation import Session

    spans = []
    with Session(it) as session:
        for _ in range(samples):
            began = time.monotonic()
            session.ask("SELECT 1")
            spans.append((time.monotonic() - began) * 1000)
    spans.sort()
    return {"select_1_p50_ms": round(spans[len(spans) // 2], 3), "select_1_p99_ms": round(spans[math.floor(len(spans) * 0.99)], 3)}


def read(setting: Setting) -> dict:
    """Reads, pools and freshness on 1,000 entities with 200 k deployments, 100 k pull requests and 20 k incidents."""
    entities, seconds, rate = (1000, setting.seconds or 30, 1000) if setting.full else (5, setting.seconds or 2, 50)
    with Installation(setting.preset) as it:
        load_histories(it, entities, 1)
        it.wait_until_derived(patience_s=1200)
        it.restart_service()  # so that nothing is in its caches
        pools = {}
        for days in (30, 365):
            pools[f"{days}d"] = it.bench("pool", entities=entities, window_days=days, repeat=20 if setting.full else 3)
            it.restart_service()
        reads = read_with_ingest(it, entities, seconds, rate)
        it.wait_until_derived()
        load = it.start_bench("load", law="even", entities=entities, first=60_000_000, count=500 * 20 if setting.full else 50, rate=500, senders=1)
        fresh = it.bench("freshness", repeat=100 if setting.full else 3)
        load.communicate_or_fail()
        goals = [
            at_most("p99 of GetEntityMetrics", reads["latency"]["p99_ms"], 5, "ms"),
            at_most("memory of headway-all", it.memory_mb()["peak"], 200, "MB"),
            at_most("an event visible, at the longest", fresh["visible"]["max_ms"], 1000, "ms"),
        ]
        for name, limit in (("30d", 100), ("365d", 500)):
            goals.append(at_most(f"pool over {name}, warm p50", pools[name]["again"]["p50_ms"], limit, "ms"))
            goals.append(at_most(f"pool over {name}, cold", pools[name]["first_ms"], limit, "ms"))
        return {"figures": {"read": reads, "pool": pools, "freshness": fresh}, "baseline": base_line_read(it, 2000), "goals": goals}


def read_large(setting: Setting) -> dict:
    """Reads with 10 million deployments of 100,000 entities, loaded through ingest and derived as in use."""
    entities, count, seconds, rate = (100_000, 10_000_000, setting.seconds or 30, 1000) if setting.full else (200, 2_000, setting.seconds or 2, 50)
    with Installation(setting.preset) as it:
        began = time.monotonic()
        it.bench("load", law="even", entities=entities, count=count, history_days=HISTORY_DAYS)
        acknowledged_s = time.monotonic() - began
        it.wait_until_derived(patience_s=7200, pause_s=1)
        derived_s = time.monotonic() - began
        loading_mb = it.memory_mb()["peak"]
        expect("deployments in the answers", count, it.bench("count", entities=entities, window_days=400)["deployments"])
        it.sql("CHECKPOINT")
        reads = read_with_ingest(it, entities, seconds, rate)
        size = it.sql("SELECT pg_size_pretty(pg_database_size('headway'))")
        return {
            "figures": {
                "acknowledged_s": round(acknowledged_s),
                "derived_s": round(derived_s),
                "database": size,
                "memory_mb_while_loading": round(loading_mb),
                "read": reads,
            },
            "baseline": base_line_read(it, 2000),
            "goals": [
                at_most("p99 of GetEntityMetrics", reads["latency"]["p99_ms"], 5, "ms"),
                at_most("memory of headway-all", it.memory_mb()["peak"], 200, "MB"),
            ],
        }


def cost_of(it: Installation, entities: int, events: int, first: int) -> dict:
    """CPU of headway-all and PostgreSQL for each event, one at a time and as they come (no queue to amortise over)."""
    it.wait_until_derived()
    it.sql("CHECKPOINT")
    before = it.cpu_seconds()
    began = time.monotonic()
    it.bench("load", law="even", entities=entities, first=first, count=events, rate=500, tick_ms=20, senders=1)
    it.wait_until_derived()
    wall = time.monotonic() - began
    after = it.cpu_seconds()
    cpu = sum(after.values()) - sum(before.values())
    return {"cpu_us_per_event": round(cpu / events * 1e6), "wall_s": round(wall, 2), **{f"{name}_cpu_us": round((after[name] - before[name]) / events * 1e6) for name in after}}


def event_cost(setting: Setting) -> dict:
    """What one event costs on ten times the data: ten times the entities, ten times the history of each.

    All three stand side by side and take their turns, since a machine's speed changes more within minutes than what is measured."""
    entities, per_entity, events, rounds = (1000, 100, 10_000, 5) if setting.full else (20, 5, 200, 1)
    sizes = {"base": (1, 1), "ten_times_the_entities": (10, 1), "ten_times_the_history": (1, 10)}
    with contextlib.ExitStack() as stack:
        installations = {name: stack.enter_context(Installation(setting.preset)) for name in sizes}
        for name, (many, long) in sizes.items():
            it = installations[name]
            it.bench("load", law="even", entities=entities * many, count=entities * many * per_entity * long, history_days=HISTORY_DAYS)
            it.wait_until_derived(patience_s=1200)
        # The same entities get the events, however many others there are.
        turns = [{name: cost_of(it, entities, events, 50_000_000 + i * events) for name, it in installations.items()} for i in range(rounds)]
    figures, goals = {}, []
    for name in sizes:
        costs = [turn[name] for turn in turns]
        figures[name] = sorted(costs, key=lambda one: one["cpu_us_per_event"])[rounds // 2]
        if name == "base":
            continue
        ratios = sorted(turn[name]["cpu_us_per_event"] / max(1, turn["base"]["cpu_us_per_event"]) for turn in turns)
        figures[name]["ratios"] = [round(ratio, 3) for ratio in ratios]
        goals.append(at_most(f"cost of one event on {name.replace('_', ' ')}", ratios[rounds // 2], 1.2, "times"))
    return {"figures": figures, "baseline": {"calibration_s": calibrate()}, "goals": goals}


def gateway(setting: Setting) -> dict:
    """Calls and streams through the gateway, against the same by gRPC."""
    with gateway_bench.Servers(setting.preset) as servers:
        figures = gateway_bench.compare(servers, setting.full, setting.seconds or (5 if setting.full else 0.3))
    many, one = figures["64_connections"], figures["one_at_a_time"]
    added_ms = one["gateway"]["latency"]["p50_ms"] - one["direct"]["latency"]["p50_ms"]
    return {
        "figures": {name: value["gateway"] if isinstance(value, dict) else value for name, value in figures.items()},
        "baseline": {name: value["direct"] for name, value in figures.items() if isinstance(value, dict)},
        "goals": [
            at_least("calls/s through the gateway / direct, 64 connections", many["gateway"]["per_second"] / many["direct"]["per_second"], 0.2, ""),
            at_most("added to the p50 of one call at a time", added_ms, 0.3, "ms"),
            at_most("memory of the gateway", figures["gateway_peak_memory_mb"], 100, "MB"),
        ],
    }


def argocd_scale(setting: Setting) -> argocd_bench.Scale:
    return argocd_bench.Scale(10_000, 200, setting.seconds or 60, 30) if setting.full else argocd_bench.Scale(40, 50, setting.seconds or 2, 2)


def expect_derived(result: dict):
    for name in ("watcher", "informer"):
        expect(f"just the entries of all histories are derived from the {name}, each once", True, result[name]["entries_derived"])


def argocd_list(setting: Setting) -> dict:
    """The Argo CD watcher's first list of 10,000 Applications, and the way of a sync into an answer, on a real Kubernetes API."""
    try:
        result = argocd_bench.measure_list(setting.preset, argocd_scale(setting))
    except argocd_bench.NotInstalled as missing:
        return {"figures": {"skipped": str(missing)}, "goals": []}
    expect_derived(result)
    watcher = result["watcher"]
    return {
        "figures": {"written": result["written"], **watcher},
        "baseline": result["informer"],
        "goals": [
            at_most("listed and stored", watcher["cold"]["stored_s"], 60, "s"),
            at_most("resident memory", watcher["cold"]["peak_memory_mb"], 128, "MB"),
            at_most("a sync is in the answer", watcher["visible"]["max_s"], 1, "s"),
        ],
    }


def argocd_changes(setting: Setting) -> dict:
    """The Argo CD watcher while 200 of 10,000 Applications change in a second."""
    scale = argocd_scale(setting)
    result = argocd_bench.measure_changes(setting.preset, scale)
    expect_derived(result)
    watcher = result["watcher"]
    expect("rows written when nothing has changed", 0, watcher["noise"]["rows_written"])
    return {
        "figures": {"written": result["written"], **watcher},
        "baseline": result["informer"],
        "goals": [
            at_most("listed and stored", watcher["cold"]["stored_s"], 60, "s"),
            at_least("changes", watcher["steady"]["changes_per_s"], 0.95 * scale.per_second, "a second"),
            at_most("resident memory", watcher["steady"]["peak_memory_mb"], 128, "MB"),
            at_most("processor time meanwhile", watcher["steady"]["cpu_of_a_core"], 0.5, "of a core"),
        ],
    }


ALL = {
    "etcd": etcd,
    "ingest": ingest,
    "keep-up": keep_up,
    "read": read,
    "rebuild": rebuild,
    "event-cost": event_cost,
    "read-large": read_large,
    "gateway": gateway,
    "argocd-list": argocd_list,
    "argocd-changes": argocd_changes,
}
