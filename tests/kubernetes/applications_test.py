#!/usr/bin/env python3
"""The test bed itself: a real server with Argo CD's own definitions, and Applications written as Argo CD writes them.

    applications_test.py [NAME OF A TEST]
"""

import json
import subprocess
import sys
import time
import unittest

from api import Api, ApiError, path_of
from argocd import Application
from control_plane import HERE, ControlPlane, run_tests


class Applications(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = ControlPlane().__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        cls.cluster.install_argocd()
        cls.admin = cls.cluster.admin

    def create(self, name, **more):
        app = Application(self.admin, name, **more).create()
        self.addCleanup(app.delete)
        return app

    def caller(self, **who):
        api = Api(self.cluster.address, self.cluster.authority, **who)
        self.addCleanup(api.close)
        return api

    @staticmethod
    def watch(version):
        return path_of("Application", namespace="argocd") + "?resourceVersion=" + version

    def test_what_argo_cd_writes_comes_back_whole(self):
        app = self.create("payments", padding=2000)
        sync = app.sync(images=["registry.example.com/payments:v1"])
        status = app.get()["status"]
        self.assertEqual({"automated": True}, status["history"][0].pop("initiatedBy"))
        self.assertEqual([{"id": 0, "revision": sync.revision, "source": app.spec["source"], "deployStartedAt": sync.started_at,
                           "deployedAt": sync.deployed_at}], status["history"])
        self.assertEqual(("Succeeded", sync.started_at), (status["operationState"]["phase"], status["operationState"]["startedAt"]))
        self.assertEqual([["registry.example.com/payments:v1"]], [r["images"] for r in status["operationState"]["syncResult"]["resources"]])
        self.assertEqual(("Synced", "Healthy", 10), (status["sync"]["status"], status["health"]["status"], len(status["resources"])))

    def test_the_history_keeps_ten_and_counts_on(self):
        app = self.create("ten")
        syncs = [app.sync() for _ in range(25)]
        self.assertEqual([s.id for s in syncs[15:]], [e["id"] for e in app.get()["status"]["history"]])
        self.assertEqual(25, len({s.key for s in syncs}))

    def test_only_a_whole_sync_that_succeeded_gets_an_entry(self):
        app = self.create("entries")
        for more in ({"phase": "Failed"}, {"dry_run": True}, {"resources": [("apps", "Deployment", "entries")]}):
            self.assertIsNone(app.sync(**more).id)
        self.assertNotIn("history", app.get()["status"])
        unkept = self.create("unkept", history_limit=0)
        self.assertIsNone(unkept.sync().id)
        self.assertEqual([], unkept.get()["status"]["history"])

    def test_the_schema_is_the_real_one(self):
        app = self.create("strict")
        with self.assertRaisesRegex(ApiError, "status.history\\[0\\].deployedAt"):
            app.patch_status({"history": [{"id": 1}]})
        app.patch_status({"sync": {"status": "Synced"}, "nobodyKnows": 1})
        self.assertNotIn("nobodyKnows", app.get()["status"])

    def test_history_is_patched_before_the_operation_is_finished(self):
        app = self.create("order")
        version = app.get()["metadata"]["resourceVersion"]
        app.sync()
        seen = [(e["object"]["status"]["operationState"]["phase"], len(e["object"]["status"].get("history", [])))
                for e in self.admin.events(self.watch(version))]
        self.assertEqual([("Running", 0), ("Running", 1), ("Succeeded", 1), ("Succeeded", 1)], seen)

    def test_a_list_can_be_watched_from_its_beginning(self):
        self.create("streamed")
        events = self.admin.events(self.watch("&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"))
        self.assertIn(("ADDED", "streamed"), [(e["type"], e["object"]["metadata"].get("name")) for e in events])
        self.assertTrue([e for e in events if e["type"] == "BOOKMARK" and e["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true"])

    def test_who_is_allowed_nothing_sees_nothing(self):
        self.cluster.create_service_account("argocd", "nobody")
        nobody = self.caller(token=self.cluster.service_account_token("argocd", "nobody"))
        with self.assertRaises(ApiError) as refused:
            nobody.get(path_of("Application", namespace="argocd"))
        self.assertEqual(403, refused.exception.status)
        self.assertFalse(nobody.allowed("list", "applications", "argoproj.io", "argocd"))
        with self.assertRaises(ApiError) as refused:
            self.caller(token="stale").get("/api")
        self.assertEqual(401, refused.exception.status)

    def test_a_client_certificate_says_who_calls(self):
        certificate = self.cluster.certificates.client("administrator", "someone", "system:masters")
        self.assertTrue(self.caller(certificate=certificate).allowed("delete", "applications", "argoproj.io"))

    def test_a_version_that_is_compacted_is_gone(self):
        app = self.create("compacted")
        version = app.get()["metadata"]["resourceVersion"]
        app.sync()
        self.cluster.compact()
        self.cluster.stop_server()
        self.cluster.start_server()
        ended = self.ended(version)
        self.assertEqual(("ERROR", 410), (ended["type"], ended["object"]["code"]))

    def ended(self, version):
        """The last event of a watch from there; a server that has just started says 429 first."""
        for _ in range(100):
            try:
                return self.admin.events(self.watch(version))[-1]
            except ApiError as error:
                if error.status != 429:
                    raise
                time.sleep(0.1)
        return self.fail("the server does not get ready")


class Program(unittest.TestCase):
    def test_it_stops_when_nobody_listens_any_more(self):
        with ControlPlane() as other:  # for a folder that goes away
            started = subprocess.Popen([sys.executable, str(HERE / "control_plane.py"), str(other.folder / "second")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            ready = json.loads(started.stdout.readline())
            api = Api(ready["address"], ready["ca"], ready["token"])
            self.assertTrue(api.allowed("list", "secrets"))
            api.close()
            started.stdin.close()
            self.assertEqual(0, started.wait(30))
            with self.assertRaises(OSError):
                api.get("/readyz")
            started.stdout.close()


if __name__ == "__main__":
    run_tests()
