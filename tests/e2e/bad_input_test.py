#!/usr/bin/env python3
"""What an installation does with what is wrong: broken lines, unknown names, times that cannot be, requests that are too large, a PostgreSQL
that is gone or too old, and secrets that must not show up in logs.

Usage: bad_input_test.py BUILD_FOLDER [TEST ...]
"""

import datetime
import json
import os
import subprocess
import sys
import time
import unittest

import installation

OK, FAILED, USAGE, REJECTED = 0, 1, 2, 3
BUILD = "build/dev"
ENTITY = "component:default/shop"
REPOSITORY = "github.com/example/shop"


def utc(minutes_ago: float) -> str:
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes_ago)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def deployment(key: str, minutes_ago: float, **fields) -> dict:
    body = {"key": key, "entityRef": ENTITY, "stream": "shop", "environment": "prod", "phase": "SUCCEEDED", "finishedAt": utc(minutes_ago)}
    return {"source": "test:bad-input", "deployment": dict(body, **fields)}


def ndjson(*records) -> str:
    return "".join((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records)


class Headway(installation.Installation):
    """An installation as one process, and its command line as a person uses it."""

    def run_headway(self, *arguments, text: str = None):
        return subprocess.run(
            [self._program("headway"), *arguments], env=self.environment(), input=text or "", capture_output=True, text=True, timeout=120, check=False
        )  # fmt: skip

    def environment(self) -> dict:
        return dict(os.environ, HEADWAY_SERVER=self.metrics_address)

    def import_lines(self, *records, retry_for: str = "20s"):
        return self.run_headway("import", "ndjson", "--retry-for", retry_for, "-", text=ndjson(*records))

    def start_import(self, *records):
        """An import that keeps trying; its input is complete."""
        file = self.folder / "started.ndjson"
        file.write_text(ndjson(*records))
        command = [self._program("headway"), "import", "ndjson", "--retry-for", "60s", file]
        return subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def value(self, query: str) -> str:
        return self.sql(query)[0][0]

    def execute(self, statement: str):
        self.sql(statement)

    def serving(self) -> bool:
        return self.run_headway("health").returncode == OK

    def wait_serving(self, wanted: bool = True, patience_s: float = 60):
        end = time.monotonic() + patience_s
        while self.serving() != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"after {patience_s} s it is {'not' if wanted else 'still'} serving: {self.log_lines()[-5:]}")
            time.sleep(0.2)

    def logs(self) -> list:
        return sorted(self.folder.glob("*.log"))

    def log_lines(self) -> list:
        return (self.folder / "headway-all.log").read_text(errors="replace").splitlines()

    def postgres(self, action: str):
        command = [installation._pg_bin() / "pg_ctl", action, "-w", "-t", "60", "-s", "-m", "fast", "-D", self.folder / "data"]
        if action == "start":
            command += ["-l", self.folder / "postgres.log"]
        self._run(command)

    def peak_memory_mb(self) -> float:
        """The most that headway-all ever had resident."""
        with open(f"/proc/{self._services[0].pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))

    def bad_requests(self, command: str, *arguments) -> dict:
        program = self.build / "tests" / "e2e" / "bad_requests"
        done = subprocess.run([program, command, self.ingest_address, *arguments], capture_output=True, text=True, timeout=300, check=True)
        return json.loads(done.stdout)

    def metrics(self, *arguments) -> dict:
        done = self.run_headway("metrics", ENTITY, "--format", "json", *arguments)
        if done.returncode != OK:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)


class BadInputTest(unittest.TestCase):
    """One installation for all; every test leaves it serving."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.headway = Headway(BUILD)
        cls.enterClassContext(cls.headway)

    def stored(self) -> int:
        return int(self.headway.value("SELECT count(*) FROM raw.observations"))

    # Lines.

    def test_broken_lines_are_reported_with_file_line_and_field_while_the_rest_is_stored(self):
        file = self.headway.folder / "input.ndjson"
        unfinished = deployment("l5", 10)
        del unfinished["deployment"]["finishedAt"]
        file.write_text(
            ndjson(
                deployment("l1", 10),
                '{"source": "test", "deployment": ',
                deployment("l3", 10, finishedAt="soon"),
                deployment("l4", 10, colour="red"),
                unfinished,
                deployment("l6", 10, entityRef="nonsense"),
                "",
                deployment("l8", 9),
                {"source": "test"},
                {"source": "test", "commit": {"repository": REPOSITORY, "sha": "xyz", "authoredAt": utc(5), "committedAt": utc(5)}},
            )
        )
        before = self.stored()
        done = self.headway.run_headway("import", "ndjson", str(file))
        self.assertEqual(done.returncode, REJECTED, done.stderr)
        self.assertEqual(self.stored(), before + 2)
        self.assertIn("2 stored", done.stdout)
        self.assertIn("7 rejected", done.stdout)
        for line, field in {2: "json", 3: "finished", 4: "colour", 5: "finished", 6: "entity", 9: "kind", 10: "sha"}.items():
            said = [text for text in done.stderr.splitlines() if text.startswith(f"{file}:{line}: ")]
            self.assertEqual(len(said), 1, f"line {line}: {done.stderr}")
            self.assertIn(field, said[0].split(": ", 2)[1], said[0])
        self.assertNotIn(f"{file}:1:", done.stderr)

    def test_a_file_that_is_not_there_or_ends_too_early_is_said(self):
        done = self.headway.run_headway("import", "ndjson", "/nonexistent/file.ndjson")
        self.assertNotEqual(done.returncode, OK)
        self.assertIn("/nonexistent/file.ndjson", done.stderr)
        packed = subprocess.run(["gzip", "-nc"], input=ndjson(*(deployment(f"gz{i}", 10) for i in range(2000))).encode(), capture_output=True, check=True).stdout
        file = self.headway.folder / "cut.ndjson.gz"
        file.write_bytes(packed[: len(packed) // 2])
        done = self.headway.run_headway("import", "ndjson", str(file))
        self.assertEqual(done.returncode, FAILED, done.stdout)
        self.assertIn(str(file), done.stderr)

    # Questions.

    def test_what_does_not_exist_is_named(self):
        self.assertEqual(self.headway.import_lines(deployment("q1", 60)).returncode, OK)
        self.headway.wait_until_derived(60)
        unknown = self.headway.run_headway("metrics", "component:default/nobody")
        self.assertEqual(unknown.returncode, USAGE, unknown.stderr)
        self.assertIn("component:default/nobody", unknown.stderr)
        for arguments, names in [
            (["metrics", "nonsense"], ["nonsense"]),
            (["explain", ENTITY, "no_such_metric"], ["no_such_metric", "change_lead_time"]),
            (["metrics", ENTITY, "--policy", "no_such_policy=1"], ["no_such_policy", "first_deployment"]),
            (["metrics", ENTITY, "--policy", "bots=perhaps"], ["bots", "perhaps", "excluded"]),
            (["metrics", ENTITY, "--policy", "attribution_window=0s"], ["attribution_window"]),
            (["metrics", ENTITY, "--window", "0d"], ["window", "3660"]),
            (["metrics", ENTITY, "--window", "4000d"], ["window", "3660"]),
            (["metrics", ENTITY, "--window", "613566757w"], ["window"]),
            (["metrics", ENTITY, "--window", "a-while"], ["window", "a-while"]),
            (["metrics", ENTITY, "--time-zone", "Mars/Olympus"], ["Mars/Olympus", "time_zone"]),
            (["metrics", ENTITY, "--time-zone", "../../etc/passwd"], ["../../etc/passwd", "time_zone"]),
            (["metrics", ENTITY, "--as-of", "tomorrow"], ["tomorrow"]),
            (["metrics", ENTITY, "--as-of", "2200-01-01"], ["as_of", "future"]),
            (["frobnicate"], ["frobnicate"]),
        ]:
            with self.subTest(arguments=arguments):
                done = self.headway.run_headway(*arguments)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                for name in names:
                    self.assertIn(name, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_future_timestamps_and_negative_spans_are_flagged_and_left_out(self):
        entity = {"source": "catalog", "entity": {"entityRef": ENTITY, "version": "1", "repositories": [{"repository": REPOSITORY}]}}
        commits = [
            {"source": "git", "commit": {"repository": REPOSITORY, "sha": f"{i}" * 40, "parents": [f"{i - 1}" * 40] if i > 1 else [], "authoredAt": utc(300 - i), "committedAt": utc(300 - i)}}
            for i in range(1, 4)
        ]
        changes = [
            {
                "source": "forge",
                "change": {
                    "repository": REPOSITORY,
                    "number": str(i),
                    "updatedAt": utc(200),
                    "openedAt": utc(290),
                    "firstCommitAuthoredAt": authored,
                    "mergedAt": utc(210 - i),
                    "mergeCommitSha": f"{i}" * 40,
                },
            }
            for i, authored in ((2, utc(280)), (3, utc(5)))  # the second was authored after it shipped
        ]
        self.headway.import_lines(entity, *commits, *changes)
        done = self.headway.import_lines(
            deployment("t1", 250, sourceRevision="1" * 40, repository=REPOSITORY),
            deployment("t2", 100, sourceRevision="3" * 40, repository=REPOSITORY),
        )
        self.assertEqual(done.returncode, OK, done.stderr)
        self.headway.wait_until_derived(60)
        before = self.headway.metrics()
        ahead = deployment("t3", -60 * 24, sourceRevision="3" * 40, repository=REPOSITORY)
        self.assertEqual(self.headway.import_lines(ahead).returncode, OK)
        self.headway.wait_until_derived(60)
        after = self.headway.metrics()
        measure = {m["metric"]: m for m in after["measures"]}
        self.assertEqual({m["metric"]: m["n"] for m in before["measures"]}["deployment_frequency"], measure["deployment_frequency"]["n"])
        self.assertEqual(int(after["coverage"]["futureTimestamps"]), int(before["coverage"]["futureTimestamps"]) + 1)
        self.assertEqual(int(after["coverage"]["negativeSpans"]), 1)
        self.assertEqual(int(measure["change_lead_time"]["n"]), 1)
        self.assertGreater(measure["change_lead_time"]["value"], 0)

    # Requests.

    def test_requests_that_are_too_large_are_refused_with_the_field(self):
        invalid, exhausted = 3, 8
        answers = self.headway.bad_requests("sizes")
        self.assertEqual(answers["largest"]["code"], 0, answers["largest"])
        self.assertEqual(answers["largest"]["stored"], 10000)
        for name in ("empty", "too_many_records", "too_many_bytes"):
            self.assertEqual(answers[name]["code"], invalid, answers[name])
            self.assertIn("observations", answers[name]["message"])
        self.assertIn(answers["far_too_many_bytes"]["code"], (invalid, exhausted), answers["far_too_many_bytes"])
        self.assertEqual(answers["long_text"]["code"], 0)
        self.assertEqual(answers["long_text"]["rejections"], [{"index": 1, "field": "deployment.revision_evidence"}])
        self.assertEqual(answers["all_broken"]["rejected"], 9000)
        self.assertEqual(answers["all_broken"]["listed"], 1000)
        self.assertNotEqual(answers["large_metadata"]["code"], 0)
        self.assertEqual(answers["after_all_that"]["code"], 0, answers["after_all_that"])

    def test_a_crowd_of_large_requests_costs_bounded_memory_and_leaves_others_served(self):
        answers = self.headway.bad_requests("crowd", "48", "6")
        unanswered = {"4", "8", "14"}  # deadline, no room, transport: all of them say "try again"
        self.assertTrue(set(answers["codes"]) <= {"0"} | unanswered, answers)
        self.assertGreater(answers["codes"].get("0", 0), 0, answers)
        self.assertGreater(answers["others"]["asked"], 2 * answers["others"]["failed"], answers)
        self.assertLess(answers["others"]["longest_s"], 10, answers)
        self.assertLess(self.headway.peak_memory_mb(), 300)
        self.headway.wait_serving()

    # The database.

    def test_without_postgresql_it_says_so_and_recovers_by_itself_and_keeps_what_it_acknowledged(self):
        self.assertEqual(self.headway.import_lines(deployment("p1", 30), deployment("p2", 29)).returncode, OK)
        before = self.stored()
        self.headway.postgres("stop")
        try:
            self.headway.wait_serving(False, 20)
            said = self.headway.run_headway("health")
            self.assertIn("does not serve", said.stderr)
            refused = self.headway.import_lines(deployment("p3", 28), retry_for="1s")
            self.assertEqual(refused.returncode, FAILED, refused.stderr)
            self.assertIn("PostgreSQL", refused.stderr)
            self.assertIn("0 stored", refused.stdout)
            asked = self.headway.run_headway("metrics", ENTITY)
            self.assertEqual(asked.returncode, FAILED, asked.stderr)
            self.assertIn("PostgreSQL", asked.stderr)
            waiting = self.headway.start_import(deployment("p4", 27))
            time.sleep(1)
            self.assertIsNone(waiting.poll(), "it should still be trying")
        finally:
            self.headway.postgres("start")
        self.headway.wait_serving()
        self.assertEqual(waiting.wait(60), OK)
        self.assertEqual(self.stored(), before + 1)

    def test_an_old_schema_is_said_clearly_and_left_alone(self):
        versions = int(self.headway.value("SELECT max(version) FROM headway.migrations"))
        row = self.headway.value(f"SELECT quote_literal(name) || ',' || quote_literal(checksum) FROM headway.migrations WHERE version = {versions}")
        self.headway.execute(f"DELETE FROM headway.migrations WHERE version = {versions}")
        try:
            self.headway.wait_serving(False, 20)
            asked = self.headway.run_headway("metrics", ENTITY)
            self.assertEqual(asked.returncode, FAILED)
            self.assertIn(f"schema is at {versions - 1}, this program needs {versions}", asked.stderr)
            self.assertIn("headway-migrate", asked.stderr)
            self.assertTrue(any("headway-migrate" in line for line in self.headway.log_lines()))
        finally:
            self.headway.execute(f"INSERT INTO headway.migrations (version, name, checksum) VALUES ({versions}, {row})")
        self.headway.wait_serving()

    # Logs.

    def test_secrets_and_what_people_wrote_are_in_no_log(self):
        canary = "canary7f3a"
        incident = {
            "source": "test:pager",
            "incidentEvent": {
                "incidentId": "P1", "eventId": "e1", "type": "OPENED", "occurredAt": utc(50), "affectedEntityRefs": [ENTITY],
                "title": f"{canary}-title", "causedBy": [{"deployment": {"source": "none", "key": f"{canary}-link"}}],
            },
        }  # fmt: skip
        change = {
            "source": "test:forge",
            "change": {"repository": REPOSITORY, "number": "77", "updatedAt": utc(50), "mergedAt": utc(50), "labels": [f"{canary}-label"], "authorHash": f"{canary}-author", "headBranch": f"{canary}-branch"},
        }
        broken = {"source": "test:pager", "incidentEvent": {"incidentId": "P2", "title": f"{canary}-broken"}}
        done = self.headway.import_lines(incident, change, deployment("c1", 45, revisionEvidence=f"{canary}-evidence"), broken)
        self.assertEqual(done.returncode, REJECTED, done.stderr)
        self.headway.wait_until_derived(60)
        for command in (["metrics", ENTITY], ["explain", ENTITY, "change_fail_rate"], ["metrics", f"component:default/{canary}-entity"]):
            self.headway.run_headway(*command)

        socket = self.headway.folder
        secret = f"{canary}-password"
        for url in (
            f"host={socket} dbname=headway user=headway_aggregator password={secret}",
            f"postgresql://headway_aggregator:{secret}@127.0.0.1:1/headway",
            f"host=/nonexistent dbname=headway user=headway_aggregator password='{secret}'",
            f"host={socket} {secret}",
            f"postgresql://headway_aggregator:{secret}@/headway?nonsense={secret}",
            f"postgresql://headway_aggregator:{secret}@{secret}@127.0.0.1:1/headway",
            f"postgresql://headway_aggregator:{secret}/{secret}@127.0.0.1:1/headway",
            f"password='{secret}",
        ):
            with self.subTest(url=url):
                logged = self.logs_of_a_service_at(url)
                self.assertIn('"message"', logged)
                self.assertNotIn(canary, logged)
        for log in self.headway.logs():
            self.assertNotIn(canary, log.read_text(errors="replace"), f"in {log.name}")

    def logs_of_a_service_at(self, url: str) -> str:
        file = self.headway.folder / "database-url"
        file.write_text(url)
        program = self.headway._program("headway-all")
        arguments = ["--database-url-file", file, "--listen", "127.0.0.1:0", "--instruments-listen", "", "--workers", "1"]
        service = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        time.sleep(2)
        service.terminate()
        return service.communicate(timeout=40)[0]

    def test_logs_are_one_json_object_a_line(self):
        lines = self.headway.log_lines()
        self.assertTrue(lines)
        for line in lines:
            self.assertIsInstance(json.loads(line), dict, line)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BUILD = sys.argv.pop(1)
    unittest.main(verbosity=2)
