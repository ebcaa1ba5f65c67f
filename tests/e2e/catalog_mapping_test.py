#!/usr/bin/env python3
"""What a person writes into a catalog or the configuration file moves deployments, the past with them, and answers go on meanwhile.

    catalog_mapping_test.py BUILD_FOLDER [--separate]

Applications are told as a watcher of Argo CD tells them. headway-catalog-sync reads a folder of catalog-info.yaml files and a configuration file, and both change.
"""

import json
import pathlib
import sys
import tempfile
import time
import unittest

from installation import Installation

from facts import DAY, format_time

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev"
# Each service with a database role of its own: the one that answers may only read.
SEPARATE = "--separate" in sys.argv
sys.argv = [argument for argument in sys.argv if argument != "--separate"]
NOW = int(time.time()) * 1_000_000
SOURCE = "argocd:argocd"
ENVIRONMENTS = """environments:
  - id: production
    where: {destination_namespace: '.+-prod'}
    name: production
    tier: production
"""
MANY = 4000


def application(name):
    return {"source": SOURCE, "stream": {"stream": "argocd/" + name, "version": "1", "name": name, "namespace": "argocd", "instance": "argocd",
                                         "destinationCluster": "in-cluster", "destinationNamespace": "shop-prod"}}


def times(count, days):
    """Evenly over the days before now, the last an hour ago."""
    return [NOW - DAY // 24 - (count - 1 - n) * (days * DAY // count) for n in range(count)]


def deployments(name, count, days):
    for n, at in enumerate(times(count, days)):
        yield {"source": SOURCE, "deployment": {"key": "argocd/%s/%d" % (name, n), "version": "1", "stream": "argocd/" + name, "environment": "in-cluster/shop-prod",
                                                "phase": "SUCCEEDED", "finishedAt": format_time(at), "sourceRevision": "%040x" % n, "sequence": str(n)}}


def rules(entity):
    return "mapping:\n  - id: web\n    where: {name: web}\n    entity: %s\n" % entity


class MappingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.headway = Installation(BUILD, SEPARATE).__enter__()
        cls.addClassCleanup(cls.headway.__exit__, None, None, None)
        folder = tempfile.TemporaryDirectory(prefix="headway-test-catalog-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.catalog = cls.folder / "catalog"
        cls.catalog.mkdir()
        cls.declare("else", "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: else\nspec: {type: service, owner: team, lifecycle: production}\n")
        cls.configure("")
        cls.headway.start_catalog_sync(cls.folder / "headway.yaml")

    @classmethod
    def declare(cls, name, text):
        folder = cls.catalog / name
        folder.mkdir(exist_ok=True)
        (folder / "catalog-info.yaml").write_text(text, encoding="utf-8")

    @classmethod
    def configure(cls, mapping):
        """As an editor does: the file is there at any time."""
        new = cls.folder / "headway.yaml.new"
        new.write_text("catalog:\n  folder: {path: %s, every: 1s}\n%s%s" % (cls.catalog, ENVIRONMENTS, mapping), encoding="utf-8")
        new.rename(cls.folder / "headway.yaml")

    def deployed(self, name, as_of=NOW, days=30):
        """How many deployments are counted; None: nothing is known of the entity."""
        return self.counts(name, as_of=as_of, days=days).get(name)

    def counts(self, *names, **scope):
        """By entity, in one answer; of which nothing is known are absent."""
        answers = self.headway.measures(["component:default/" + n for n in (*names, "else")], **scope)
        return {ref.rpartition("/")[2]: int(a["measures"][0].get("n", 0)) for ref, a in answers.items() if not ref.endswith("/else")}

    def wait_for(self, what, ask, seconds=30):
        begun = time.monotonic()
        while (found := ask()) != what:
            self.assertLess(time.monotonic() - begun, seconds, "still %s, not %s" % (found, what))
            time.sleep(0.05)
        return time.monotonic() - begun

    def doctor(self):
        time.sleep(5.1)  # what was read is kept for five seconds
        found = json.loads(self.headway.headway(["doctor", "--format", "json"], accept=(0, 1)))
        return {(f["check"], f["subject"]): f for f in found["findings"] if f["level"] == "todo"}

    def test_1_what_doctor_advises_maps_the_whole_past(self):
        self.headway.import_ndjson([application("payments"), *deployments("payments", 40, 20)])
        self.assertIsNone(self.deployed("payments"))
        unmapped = self.doctor()[("unmapped", SOURCE + " argocd/payments")]
        self.assertIn("no entity carries argocd/app-name: payments", unmapped["detail"])
        lines = unmapped["steps"][0]["lines"]
        self.assertIn("argocd/app-name: payments", lines)
        self.declare("payments", "apiVersion: backstage.io/v1alpha1\nkind: Component\n%s  name: payments\nspec: {type: service, owner: team, system: shop, lifecycle: production}\n" % lines)
        print("in the answer %.1f s after the file was written" % self.wait_for(40, lambda: self.deployed("payments")), file=sys.stderr)
        self.assertEqual(self.deployed("payments", as_of=NOW - 10 * DAY), 20, "also as it was ten days ago")
        self.assertEqual(self.deployed("payments", days=5), 10)
        self.assertNotIn(("unmapped", SOURCE + " argocd/payments"), self.doctor())
        # What it is part of answers, too.
        system = self.headway.measures(["system:default/shop"], as_of=NOW)["system:default/shop"]
        self.assertEqual((int(system["pooled_entities"]), int(system["measures"][0]["n"])), (1, 40))

    def test_2_two_that_claim_it_and_one_that_lets_go(self):
        text = (self.catalog / "payments" / "catalog-info.yaml").read_text(encoding="utf-8")
        self.declare("billing", text.replace("name: payments\nspec", "name: billing\nspec"))
        self.wait_for(0, lambda: self.deployed("payments"))
        unmapped = self.doctor()[("unmapped", SOURCE + " argocd/payments")]
        self.assertIn("component:default/billing and component:default/payments carry argocd/app-name: payments", unmapped["detail"])
        self.assertIn("Leave the annotation on one of them", unmapped["steps"][0]["sentence"])
        self.declare("payments", text.replace("argocd/app-name: payments", "note: moved"))
        self.wait_for(40, lambda: self.deployed("billing"))

    def test_3_a_rule_that_changes_moves_history_without_a_gap_in_the_answers(self):
        self.headway.import_ndjson([application("web"), *deployments("web", MANY, 25)])
        self.configure(rules("component:default/${app}").replace("name: web}", "name: '(?P<app>web)'}"))
        self.wait_for(MANY, lambda: self.deployed("web"), 120)
        self.configure(rules("component:default/shop-web"))
        seen, moved = [], 0
        begun = time.monotonic()
        while moved != MANY:
            self.assertLess(time.monotonic() - begun, 120)
            moved = self.poll(seen)
        print("%d deployments moved in %.1f s, under %d answers, %d of them given meanwhile" %
              (MANY, time.monotonic() - begun, len(seen), sum(0 < n < MANY for n in seen)), file=sys.stderr)
        self.assertEqual(seen, sorted(seen), "what has moved does not come back")
        self.assertEqual(self.deployed("web"), 0)
        self.assertEqual(self.deployed("shop-web", as_of=NOW - 10 * DAY), sum(at < NOW - 10 * DAY for at in times(MANY, 25)))
        # A rule that is taken out of the file holds no more.
        self.configure("")
        self.wait_for(0, lambda: self.deployed("shop-web"), 120)
        self.assertIn("no rule fits", self.doctor()[("unmapped", SOURCE + " argocd/web")]["detail"])

    def poll(self, seen):
        """Each deployment is at one of the two in every answer. How many are at the new one."""
        counts = self.counts("web", "shop-web", as_of=NOW, days=30)
        self.assertEqual(sum(counts.values()), MANY, "in no answer one is missing, or twice")
        seen.append(counts.get("shop-web", 0))
        return seen[-1]


if __name__ == "__main__":
    unittest.main(verbosity=2)
