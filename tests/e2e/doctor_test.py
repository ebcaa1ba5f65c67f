"""`headway doctor` against a real installation whose every fault is provoked: it says each, and following what it prints mends it.

    doctor_test.py BUILD_FOLDER [--separate]
"""

import http.client
import json
import re
import subprocess
import sys
import time
import unittest

from installation import Installation, _free_port

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev"
# Each service with a database role of its own: the one that answers may only read.
SEPARATE = "--separate" in sys.argv
sys.argv = [argument for argument in sys.argv if argument != "--separate"]
ENTITY = "component:default/payments"
REPOSITORY = "github.com/example/payments"
SHA = "%040x" % 7


def stamp(ago=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))


def status(ago=0, source="argocd:argocd", reported=0, **more):
    """What a source says that heard from what it watches so long ago."""
    return {"source": source, "sourceStatus": {"covers": "DEPLOYMENTS", "completeUntil": stamp(ago), "lastContactAt": stamp(ago),
                                               "reportedAt": stamp(reported), **more}}


def deployment(key, ago=3600, **more):
    return {"source": "argocd:argocd", "deployment": {"key": key, "stream": "argocd/payments", "environment": "production", "phase": "SUCCEEDED",
                                                      "finishedAt": stamp(ago), **more}}


def entity():
    return {"source": "catalog:folder", "entity": {"entityRef": ENTITY, "version": "1", "repositories": [{"repository": REPOSITORY}]}}


class DoctorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.headway = Installation(BUILD, SEPARATE).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.headway.__exit__(None, None, None)

    kept_until = 0  # of the answer that doctor had last

    def doctor(self, accept, *arguments, address=None):
        time.sleep(max(0, DoctorTest.kept_until - time.monotonic()))
        asked = time.monotonic()
        out = self.headway.headway(["doctor", "--format", "json", *arguments], address, accept)
        # What was read is kept for five seconds, or ten times as long as reading took.
        took = time.monotonic() - asked
        DoctorTest.kept_until = time.monotonic() + max(5, 10 * took) + 0.1
        found = json.loads(out)
        self.assertEqual(found["ok"], accept == (0,))
        return {(f["check"], f["subject"]): f for f in found["findings"] if f["level"] == "todo"}

    def take(self, *observations):
        self.headway.import_ndjson(observations)

    def run_lines(self, lines):
        """What doctor prints, as a person would paste it."""
        program = self.headway.build / "services/cli/headway"
        script = re.sub(r"^headway ", "'%s' " % program, lines, flags=re.M)
        subprocess.run(["bash", "-euc", script], check=True, capture_output=True, env={"HEADWAY_SERVER": self.headway.ingest_address, "PATH": "/usr/bin:/bin"})
        self.headway.wait_until_derived()

    def test_1_nobody_answers(self):
        nobody = "127.0.0.1:%d" % _free_port()
        self.assertEqual(list(self.doctor((2,), address=nobody)), [("server", "")])

    def test_2_nothing_was_reported(self):
        self.assertEqual(list(self.doctor((1,))), [("sources", "")])

    def test_3_all_is_well(self):
        self.take(entity(), status(), deployment("1", entityRef=ENTITY, repository=REPOSITORY, sourceRevision=SHA))
        self.assertEqual(self.doctor((0,)), {})

    def test_4_what_sources_say(self):
        problem = {"code": "FORBIDDEN", "subject": "list applications.argoproj.io in namespace argocd", "detail": "no", "since": stamp(60)}
        self.take(status(problems=[problem], reported=-1))
        found = self.doctor((1,))[("source.forbidden", "argocd:argocd")]
        self.assertIn('resources: ["applications"]', found["steps"][0]["lines"])
        self.assertIn("Role in that namespace", found["steps"][0]["sentence"])
        self.take(status(problems=[{"code": "UNAUTHENTICATED", "subject": "token"}], reported=-2))
        self.assertEqual(list(self.doctor((1,))), [("source.unauthenticated", "argocd:argocd")])
        self.take(status(reported=-3))
        self.doctor((0,))

    def test_5_a_silent_source_that_is_gone_for_good(self):
        self.take(status(7200, "argocd:old", 7200))
        found = self.doctor((1,))[("source.silent", "argocd:old")]
        self.assertIn("(2 h", found["detail"])
        self.run_lines(found["steps"][-1]["lines"])
        self.doctor((0,))

    def test_6_deployments_of_nobody_nowhere_of_no_commit(self):
        self.take(
            {"source": "argocd:argocd", "stream": {"stream": "argocd/web", "version": "1", "name": "web", "namespace": "argocd"}},
            {"source": "argocd:argocd", "deployment": {"key": "u", "stream": "argocd/web", "environment": "production", "phase": "SUCCEEDED", "finishedAt": stamp(60)}},
            deployment("t", 120, entityRef=ENTITY, environment="in-cluster/payments"),
            deployment("c", 100, entityRef=ENTITY, images=["registry.example.com/payments:1.4.2"]))
        found = self.doctor((1,))
        self.assertIn("argocd/app-name: web", found[("unmapped", "argocd:argocd argocd/web")]["steps"][0]["lines"])
        self.assertIn("match: in-cluster/payments\n", found[("environments", "")]["steps"][0]["lines"])
        self.mend(found[("commits", "registry.example.com/payments:1.4.2")])
        self.doctor((0,))

    def mend(self, unresolved):
        """As the steps say: report the artefact; a rule for the environment; an entity for the stream."""
        lines = unresolved["steps"][0]["lines"]
        self.assertIn("headway artefact registry.example.com/payments:1.4.2", lines)
        self.run_lines(lines.replace("HOST/OWNER/NAME", REPOSITORY).replace('"$(git rev-parse HEAD)"', SHA))
        self.take({"source": "configuration", "environmentRule": {"id": "p", "version": "1", "match": "in-cluster/payments", "tier": "STAGING"}},
                  deployment("u", 60, stream="argocd/web", version="2", entityRef=ENTITY, repository=REPOSITORY, sourceRevision=SHA))

    def test_7_deployments_that_nobody_saw(self):
        commit = {"entityRef": ENTITY, "repository": REPOSITORY, "sourceRevision": SHA}
        self.take(deployment("n3", 50, sequence="3", **commit), deployment("n9", 40, sequence="9", **commit))
        found = self.doctor((1,))[("gaps", "argocd:argocd")]
        self.assertIn("missed 5 deployments", found["title"])
        self.assertIn("revisionHistoryLimit", found["steps"][0]["lines"])

    def test_8_through_the_gateway(self):
        port = _free_port()
        gateway = subprocess.Popen([str(self.headway.build / "services/gateway/headway-gateway"), "--http-listen", "127.0.0.1:%d" % port, "--backend",
                                    self.headway.metrics_address, "--listen", "127.0.0.1:%d" % _free_port()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            body = self.ask_through(port)
        finally:
            gateway.terminate()
            gateway.wait(20)
        self.assertIn(b"argocd:argocd", body)

    def ask_through(self, port):
        until = time.monotonic() + 30
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                connection.request("POST", "/headway.v1.CoverageService/GetCoverage", b"\0\0\0\0\0", {"content-type": "application/grpc-web+proto"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200 and b"grpc-status: 0" in body.replace(b"grpc-status:0", b"grpc-status: 0"):
                    return body
            except OSError:
                pass
            if time.monotonic() > until:
                self.fail("the gateway does not answer")
            time.sleep(0.2)

    def test_9_the_database_is_away(self):
        self.headway.sql("ALTER DATABASE headway ALLOW_CONNECTIONS false", "postgres")
        self.headway.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'headway'", "postgres")
        try:
            time.sleep(3)
            self.assertEqual(list(self.doctor((2,))), [("server", "")])
        finally:
            self.headway.sql("ALTER DATABASE headway ALLOW_CONNECTIONS true", "postgres")


if __name__ == "__main__":
    unittest.main(verbosity=2)
