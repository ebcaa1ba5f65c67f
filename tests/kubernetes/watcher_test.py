#!/usr/bin/env python3
"""The Argo CD watcher as it is shipped, between a real Kubernetes API and a whole installation.

    watcher_test.py BUILD_FOLDER [NAME OF A TEST]

The oracle is what was synced: after each test the deployments that are derived are these, each once.
"""

import collections
import random
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from api import path_of
from argocd import Application, Clock
from control_plane import run_tests
from manifests import SERVICE_ACCOUNT, apply
from watched import Chain, Watcher

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else ""


class WatcherTest(unittest.TestCase):
    """One chain for all tests; each has Applications of its own, whose names begin with the test's."""

    @classmethod
    def setUpClass(cls):
        cls.chain = Chain(BUILD).__enter__()
        cls.addClassCleanup(cls.chain.__exit__)
        cls.cluster, cls.headway = cls.chain.cluster, cls.chain.headway

    def setUp(self):
        apply(self.cluster.admin, "service-account.yaml", "role.yaml")

    def applications(self, prefix, count, **more):
        apps = [Application(self.cluster.admin, "%s-%02d" % (prefix, n), **more).create() for n in range(count)]
        self.addCleanup(lambda: [app.delete() for app in apps])
        return apps

    def keys(self, prefix):
        return [key for key in self.chain.stored() if key.startswith("argocd/%s-" % prefix)]

    def expect_stored(self, prefix, syncs, seconds=120):
        """Exactly these, each once, and nothing else of these Applications."""
        wanted = sorted(s.key for s in syncs)
        try:
            return self.chain.until("stored", lambda: sorted(self.keys(prefix)) == wanted, seconds)
        except AssertionError:
            found, due = collections.Counter(self.keys(prefix)), collections.Counter(wanted)
            self.fail("lost %d: %s; too many %d: %s" % (len(due - found), list(due - found)[:5], len(found - due), list(found - due)[:5]))

    def watcher(self, name, **how):
        watcher = Watcher(self.chain, name, **how).start()
        self.addCleanup(watcher.stop)
        return watcher

    @staticmethod
    def sync_in_turns(apps, rounds, syncs):
        """Every application once in each round, four at the same time. Appends what was synced to syncs, as it is done."""
        with ThreadPoolExecutor(4) as pool:
            for _ in range(rounds):
                list(pool.map(lambda app: syncs.append(app.sync()), apps))

    # Nothing is lost, nothing is there twice.

    def test_stores_every_sync_although_it_is_killed_twenty_times(self):
        apps = self.applications("killed", 50)
        watcher, syncs = self.watcher("killed"), []
        chance = random.Random(42)
        moments = sorted(chance.sample(range(1, 1000), 20))  # in syncs, so that it is as hard on a fast machine as on a slow one

        def nemesis():
            for moment in moments:
                while len(syncs) < moment:
                    time.sleep(0.005)
                watcher.kill()
                time.sleep(chance.uniform(0, 1))
                watcher.start()

        thread = threading.Thread(target=nemesis, daemon=True)
        thread.start()
        self.sync_in_turns(apps, 20, syncs)
        thread.join()
        self.assertEqual(1000, len(syncs))
        took = self.expect_stored("killed", syncs)
        print("    1,000 syncs, killed 20 times, complete %.1f s after the last" % took)

    def test_two_of_them_and_a_rolling_restart_store_nothing_twice(self):
        apps = self.applications("two", 20)
        old = [self.watcher("two-a"), self.watcher("two-b")]
        syncs = []
        self.sync_in_turns(apps, 5, syncs)
        for number, watcher in enumerate(old):
            new = self.watcher("two-new-%d" % number)
            self.sync_in_turns(apps, 3, syncs)
            watcher.stop()
            self.sync_in_turns(apps, 3, syncs)
            self.assertTrue(new.is_running())
        self.expect_stored("two", syncs)

    def test_what_it_missed_is_a_gap(self):
        (app,) = self.applications("missed", 1)
        watcher = self.watcher("missed")
        seen = [app.sync() for _ in range(3)]
        self.expect_stored("missed", seen)
        watcher.stop()
        self.assertEqual(0, self.chain.instrument("deployments_missed_at_least"))
        missed = [app.sync() for _ in range(25)]
        watcher.start()
        self.expect_stored("missed", seen + missed[15:])
        gaps = lambda: self.headway.sql("SELECT at_least FROM dora.gaps WHERE stream = 'argocd/missed-00'")  # noqa: E731
        self.chain.until("the gap of 15 is recorded", lambda: gaps() == [["15"]], 30)
        told = lambda: (self.chain.instrument("deployment_gaps"), self.chain.instrument("deployments_missed_at_least"))  # noqa: E731
        self.chain.until("the instruments tell of it", lambda: told() == (1, 15), 30)
        self.assertTrue(watcher.is_running())

    def test_what_is_deleted_is_gone_whether_or_not_it_watched(self):
        kept, seen, unseen = self.applications("gone", 3)
        watcher = self.watcher("gone")
        syncs = [app.sync() for app in (kept, seen, unseen)]
        self.expect_stored("gone", syncs)
        gone = lambda: self.headway.sql(  # noqa: E731
            "SELECT stream FROM dora.known_streams WHERE stream LIKE 'argocd/gone-%' AND declared AND deleted ORDER BY 1")
        seen.delete()
        self.chain.until("the watcher tells that one is gone", lambda: gone() == [["argocd/gone-01"]], 30)
        watcher.kill()
        unseen.delete()
        watcher.start()
        self.chain.until("the next watcher finds what went meanwhile", lambda: gone() == [["argocd/gone-01"], ["argocd/gone-02"]], 30)
        self.expect_stored("gone", [*syncs, kept.sync()])  # what they deployed stays

    # What it may do.

    def test_the_shipped_role_is_enough(self):
        (app,) = self.applications("role", 1)
        self.watcher("role", in_cluster=self.cluster.in_cluster_folder("argocd", SERVICE_ACCOUNT))
        self.expect_stored("role", [app.sync()])

    def test_a_new_token_in_the_file_is_used_within_ten_seconds(self):
        (app,) = self.applications("token", 1)
        folder = self.cluster.in_cluster_folder("argocd", SERVICE_ACCOUNT)
        watcher = self.watcher("token", in_cluster=folder)
        syncs = [app.sync()]
        self.expect_stored("token", syncs)
        self.replace_account()
        self.restart_server()
        self.chain.until("the old token is refused", lambda: self.chain.problems() == {"UNAUTHENTICATED"}, 60)
        syncs.append(app.sync())
        self.cluster.in_cluster_folder("argocd", SERVICE_ACCOUNT)  # as the kubelet replaces it
        took = self.expect_stored("token", syncs, 10)
        print("    a new token was in use after %.1f s" % took)
        self.assertTrue(watcher.is_running())

    def replace_account(self):
        """No token of before is accepted any more."""
        self.cluster.admin.delete(path_of("ServiceAccount", SERVICE_ACCOUNT, "argocd"))
        apply(self.cluster.admin, "service-account.yaml")

    def restart_server(self):
        self.cluster.stop_server()
        self.cluster.start_server()

    def test_what_is_forbidden_is_told_and_tried_again(self):
        (app,) = self.applications("forbidden", 1)
        watcher = self.watcher("forbidden", in_cluster=self.cluster.in_cluster_folder("argocd", SERVICE_ACCOUNT))
        syncs = [app.sync()]
        self.expect_stored("forbidden", syncs)
        self.cluster.admin.delete(path_of("RoleBinding", SERVICE_ACCOUNT, "argocd"))
        self.restart_server()
        self.chain.until("it says that it is forbidden", lambda: self.chain.problems() == {"FORBIDDEN"}, 60)
        self.assertGreater(watcher.instrument("argocd_problems"), 0)
        syncs.append(app.sync())
        apply(self.cluster.admin, "role.yaml")
        took = self.expect_stored("forbidden", syncs, 45)
        print("    allowed again, it was complete after %.1f s" % took)


if __name__ == "__main__":
    run_tests()
