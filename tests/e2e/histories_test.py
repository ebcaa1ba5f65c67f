#!/usr/bin/env python3
"""Three real histories against their truth (tests/data/histories).

    histories_test.py BUILD_FOLDER [--history etcd ...] [--separate]

Reference windows are (as_of - N days, as_of], Headway's are [as_of - N days, as_of): that no event lies on an edge is checked here too.
"""

import argparse
import gzip
import json
import pathlib
import sys

from installation import Installation

from facts import DAY, parse_time

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "histories"
NOW = parse_time("2026-11-01T00:00:00Z")
LONGEST = 3660
COMPLETE = {"first_deployment": "all", "changes": "pull_requests", "cherry_picks": "ancestry", "bots": "included"}


def lines(*path):
    with gzip.open(DATA.joinpath(*path), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class History:
    def __init__(self, headway, name):
        self.headway = headway
        self.name = name
        self.ref = "component:default/" + name
        self.wrong = []
        self.checked = 0
        self.observations = lines(name, "observations.ndjson.gz")

    def expect(self, what, found, expected, tolerance=0):
        self.checked += 1
        if found is None or expected is None or tolerance == 0:
            same = found == expected
        else:
            same = abs(found - expected) <= tolerance
        if not same:
            self.wrong.append("%s: %s is %s, the truth is %s" % (self.name, what, found, expected))

    def check(self):
        self.headway.import_ndjson(self.observations, wait=300)
        self.windows()
        self.pairs(COMPLETE, "first_prod_deployment", "lead_time_s")
        self.pairs(dict(COMPLETE, cherry_picks="follow"), "first_prod_deployment_incl_cherry_pick", "lead_time_incl_cherry_pick_s")
        self.kinds()
        self.incidents(lines(self.name, "incidents.ndjson.gz"), explicit=False)
        self.incidents(lines(self.name, "incidents_linked.ndjson.gz"), explicit=True)

    def windows(self):
        reference = lines(self.name, "truth", "reference_answers.json.gz")[0]
        instants = {parse_time(o["deployment"]["finishedAt"]) for o in self.observations if "deployment" in o}
        for window in reference["windows"]:
            as_of, days = parse_time(window["as_of"]), window["window_days"]
            where = "%s, %d days: " % (window["as_of"], days)
            self.expect(where + "a deployment on an edge", bool(instants & {as_of, as_of - days * DAY}), False)
            scope = {"as_of": as_of, "days": days}
            measures = self._measures(policies=COMPLETE, **scope)
            frequency, lead = measures["deployment_frequency"], measures["change_lead_time"]
            parts = {p["name"]: p.get("value") for p in lead.get("parts", [])}
            self.expect(where + "deployments", int(frequency["n"]), window["prod_deployments"])
            self.expect(where + "frequency", frequency.get("value"), window["deploys_per_day"], 1e-6)
            self.expect(where + "changes", int(lead["n"]), window["prs_first_deployed"])
            self._hours(where + "lead time", lead.get("value"), window["lead_time_h_median"])
            self._hours(where + "p90", parts.get("p90"), window["lead_time_h_p90"])
            self._hours(where + "merge to deploy", parts.get("merge_to_deploy"), window["merge_to_deploy_h_median"])
            without = self._measures(policies=dict(COMPLETE, bots="excluded"), **scope)["change_lead_time"]
            self._hours(where + "lead time without bots", without.get("value"), window["lead_time_h_median_no_bots"])

    def _measures(self, **scope):
        return {m["metric"]: m for m in self.headway.measures([self.ref], **scope)[self.ref]["measures"]}

    def _hours(self, what, seconds, hours):
        self.expect(what, seconds, None if hours is None else hours * 3600, 1)

    def _evidence(self, metric, policies):
        """Of all time, in as many windows as it takes."""
        for start in (0, LONGEST):
            scope = {"as_of": NOW - start * DAY, "days": LONGEST, "policies": policies}
            yield from self.headway.explain(self.ref, metric, **scope)["evidence"]

    def pairs(self, policies, deployment, lead_time):
        found = {}
        for e in self._evidence("change_lead_time", policies):
            found[int(e["change"]["number"])] = (e["change"]["shipped_by"]["key"], e.get("value"))
        truth = {p["number"]: (p[deployment], p[lead_time]) for p in lines(self.name, "truth", "prs.ndjson.gz") if p[deployment]}
        self.expect("number of shipped changes", len(found), len(truth))
        for number, (key, lead) in truth.items():
            self.expect("what ships %d (%s)" % (number, policies["cherry_picks"]), found.get(number, (None,))[0], key)
            self.expect("lead time of %d" % number, found.get(number, (None, None))[1], lead, 1)

    def kinds(self):
        deployments = {e["deployment"]["key"]: e["deployment"] for e in self._evidence("deployment_frequency", COMPLETE)}
        shipping = {e["change"]["shipped_by"]["key"] for e in self._evidence("change_lead_time", COMPLETE)}
        contained = [c for c in lines(self.name, "truth", "contained.ndjson.gz") if c["environment"] == "prod"]
        empty = {c["deployment_id"] for c in contained if not c["pr_numbers"] and not c.get("baseline")}
        baseline = {c["deployment_id"] for c in contained if c.get("baseline")}
        self.expect("deployments that bring nothing new", set(deployments) - shipping - baseline, empty)
        self.expect("rollbacks", [k for k, d in deployments.items() if d["kind"] == "rollback"], [])
        if self.name == "publishing-api":
            self.expect("deployments that bring nothing new", len(empty), 149)
            in_order = sorted(deployments.values(), key=lambda d: (parse_time(d["finished_at"]), d["key"]))
            again = [b for a, b in zip(in_order, in_order[1:]) if a["source_revision"] == b["source_revision"]]
            self.expect("deployments that repeat the running commit", len(again), 10)
            self.expect("their kinds", {d["kind"] for d in again}, {"redeploy"})

    def incidents(self, events, explicit):
        # The linked ones come from another source: an incident is one thing.
        for event in events:
            event["source"] += ":linked" if explicit else ""
        self.headway.import_ndjson(events)
        truth = {i["id"]: i for i in lines(self.name, "truth", "incidents.ndjson.gz")}
        seen = 0
        for e in self._evidence("time_to_restore_service", COMPLETE):
            incident = e["incident"]
            if incident["source"].endswith(":linked") != explicit:
                continue
            seen += 1
            blamed = incident.get("blamed") or None
            if explicit:
                self.expect("%s blames" % incident["incident_id"], blamed and blamed["key"], truth[incident["incident_id"]]["truth_caused_by_deployment"])
            if blamed:
                self.expect("%s has an explicit link" % incident["incident_id"], incident.get("explicit_link", False), explicit)
        self.expect("incidents", seen, len(truth))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--history", action="append")
    parser.add_argument("--separate", action="store_true")
    options = parser.parse_args()
    wrong = checked = 0
    with Installation(options.build, options.separate) as headway:
        for name in options.history or ["argo-rollouts", "publishing-api", "etcd"]:
            history = History(headway, name)
            history.check()
            print("%s: %d facts checked, %d wrong" % (name, history.checked, len(history.wrong)), flush=True)
            for text in history.wrong[:25]:
                print("  " + text)
            wrong += len(history.wrong)
            checked += history.checked
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
