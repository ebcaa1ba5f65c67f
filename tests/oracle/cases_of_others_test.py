#!/usr/bin/env python3
"""Cases that other programs test themselves with, by Headway's definitions. Where a definition differs, the difference stands beside the case."""

import csv
import hashlib
import json
import pathlib
import unittest
from fractions import Fraction

from facts import HOUR, Facts, format_time, parse_time
from oracle import Oracle

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
REPOSITORY, ENTITY = "git.example/cases", "component:default/cases"
T0 = parse_time("2024-01-01T00:00:00Z")
S = 1_000_000


def sha(name):
    return hashlib.sha1(name.encode()).hexdigest()


def entity():
    return {"source": "catalog", "entity": {"entityRef": ENTITY, "repositories": [{"repository": REPOSITORY}]}}


def commit(name, parents=(), at=T0):
    return {"source": "git", "commit": {"repository": REPOSITORY, "sha": sha(name), "parents": [sha(p) for p in parents],
                                        "authoredAt": format_time(at), "committedAt": format_time(at)}}


def deployment(key, finished, started=None, revision=None, stream="app", environment="prod", phase="SUCCEEDED"):
    body = {"key": key, "stream": stream, "environment": environment, "entityRef": ENTITY, "phase": phase,
            "finishedAt": format_time(finished), "startedAt": format_time(finished if started is None else started),
            "images": ["image:" + key]}
    if revision:
        body["sourceRevision"] = sha(revision)
    return {"source": "ci", "deployment": body}


def change(number, merge_commit, merged, **times):
    body = {"repository": REPOSITORY, "number": str(number), "updatedAt": format_time(merged), "mergedAt": format_time(merged),
            "mergeCommitSha": sha(merge_commit)}
    body.update((name, format_time(at)) for name, at in times.items() if at is not None)
    return {"source": "git", "change": body}


def incident(name, opened, resolved=None):
    for kind, at in (("OPENED", opened), ("RESOLVED", resolved)):
        if at is not None:
            yield {"source": "pager", "incidentEvent": {"incidentId": name, "eventId": kind, "type": kind, "occurredAt": format_time(at),
                                                        "affectedEntityRefs": [ENTITY]}}


def rows(*path):
    with open(DATA.joinpath(*path), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def devlake_time(text):
    """2023-04-10T06:51:47.000+00:00 or 2023-4-10 6:51:47."""
    if not text:
        return None
    if "T" in text:
        return parse_time(text)
    date, clock = text.split(" ")
    return parse_time("%04d-%02d-%02dT%02d:%02d:%02dZ" % (*map(int, date.split("-")), *map(int, clock.split(":"))))


def minutes_up(micros):
    return -(-micros // (60 * S))


class DevLakeTest(unittest.TestCase):
    def test_change_lead_time(self):
        folder = ("devlake", "change_lead_time")
        observations = [entity()]
        contains = {}
        for diff in rows(*folder, "commits_diffs.csv"):
            contains.setdefault(diff["new_commit_sha"], []).append(diff)
            observations.append(commit(diff["commit_sha"]))
        for d in rows(*folder, "cicd_deployment_commits.csv"):
            inside = contains.get(d["commit_sha"], [])
            parents = {x["commit_sha"] for x in inside} | {x["old_commit_sha"] for x in inside if x["old_commit_sha"]}
            observations.append(commit(d["commit_sha"], sorted(parents)))
            observations.append(deployment(
                d["id"], devlake_time(d["finished_date"]), devlake_time(d["started_date"]), d["commit_sha"],
                d["cicd_scope_id"] + d["repo_url"], d["environment"].lower() or "none",
                "SUCCEEDED" if d["result"] == "SUCCESS" else "FAILED"))
        commits = rows(*folder, "pull_request_commits.csv")
        comments = rows(*folder, "pull_request_comments.csv")
        for p in rows(*folder, "pull_requests.csv"):
            if p["merged_date"]:
                said = [devlake_time(c["created_date"]) for c in comments if c["pull_request_id"] == p["id"] and c["account_id"] != p["author_id"]]
                observations.append(change(
                    int(p["id"][2:]) + 1, p["merge_commit_sha"], devlake_time(p["merged_date"]),
                    openedAt=devlake_time(p["created_date"]), firstReviewAt=min(said, default=None),
                    firstCommitAuthoredAt=min(devlake_time(c["commit_authored_date"]) for c in commits if c["pull_request_id"] == p["id"])))
        derived = Oracle(Facts(observations)).derived(ENTITY, parse_time("2024-01-01T00:00:00Z"))
        by_number = {c.number - 1: c for c in derived.changes}
        shipped = {n: derived.attributed(c) and derived.attributed(c).fact.key for n, c in by_number.items()}
        theirs = {int(m["id"][2:]): m for m in rows(*folder, "project_pr_metrics.csv")}
        # The same pairs: pr0 is in the first deployment (not attributed), pr4 only in staging, pr5 only in a failed attempt, pr6 not merged.
        self.assertEqual(shipped, {n: m["deployment_commit_id"] or None for n, m in theirs.items()})
        self.assertEqual(shipped, {0: None, 1: "5", 2: "5", 3: "6", 4: None, 5: None})

        def lead(n):
            return derived.attributed(by_number[n]).finish - by_number[n].first

        # Equal but for rounding: DevLake rounds every stage up to whole minutes.
        self.assertEqual(minutes_up(lead(1)), int(theirs[1]["pr_cycle_time"]))
        self.assertEqual(lead(1), 4477 * 60 * S + 27 * S)
        # pr2 was authored after it was merged (an amended commit). DevLake adds up the stages that it has, from the opening (1598 min); here lead
        # time is from the first commit that is known to the deployment, 2:37:27, and coding is 0.
        self.assertEqual(int(theirs[2]["pr_cycle_time"]), 1598)
        self.assertEqual(lead(2), (2 * 3600 + 37 * 60 + 27) * S)
        # pr3 was merged after its deployment had finished. DevLake drops the deploy time and stops at the merge (10203 min); here it is from the first
        # commit to the deployment, with the merge moved to it, and merge to deploy is left out because it is negative.
        self.assertEqual(int(theirs[3]["pr_cycle_time"]), 10203)
        self.assertEqual(lead(3), (6 * 86400 + 2 * 3600 + 38 * 60 + 47) * S)
        # Not shipped: DevLake's cycle time ends at the merge then (44640 min for pr0); here there is no lead time.
        self.assertEqual(int(theirs[0]["pr_cycle_time"]), 44640)
        numbers = Oracle(Facts(observations)).measures(ENTITY, parse_time("2024-01-01T00:00:00Z"), days=366)["change_lead_time"][0]
        self.assertEqual(numbers.n, 3)
        self.assertEqual(numbers.parts["merge_to_deploy"][1], 2)

    def test_previous_successful_deployment(self):
        folder = ("devlake", "prev_success_deployment_commit")
        observations = [entity()]
        for d in rows(*folder, "cicd_deployment_commits_before.csv"):
            observations.append(deployment(
                d["id"], devlake_time(d["finished_date"]), devlake_time(d["started_date"]), None, d["cicd_scope_id"] + d["repo_url"],
                d["environment"].lower() or "none", "SUCCEEDED" if d["result"] == "SUCCESS" else "FAILED"))
        oracle = Oracle(Facts(observations))
        before = {}
        for environment in ("production", "staging", "none"):
            for run in oracle.derived(ENTITY, parse_time("2024-01-01T00:00:00Z"), environment).runs:
                before[run.fact.key] = run.before.fact.key if run.before else ""
        # Every one equal: DevLake orders by the start, here by the finish, which is the same order within each of its streams.
        expected = {d["id"]: d["prev_success_deployment_commit_id"] for d in rows(*folder, "cicd_deployment_commits_after.csv")}
        self.assertEqual(before, expected)


class MiddlewareTest(unittest.TestCase):
    def setUp(self):
        self.vectors = json.loads((DATA / "middleware" / "vectors.json").read_text())["vectors"]

    def of(self, metric):
        return {v["name"]: v for v in self.vectors if v["metric"] == metric}

    def ask(self, observations, as_of, **scope):
        return {m: a for m, (a, _) in Oracle(Facts([entity(), *observations])).measures(ENTITY, as_of, **scope).items()}

    def test_change_fail_rate(self):
        now = T0 + 400 * HOUR
        for name, vector in self.of("cfr").items():
            observations = [deployment("d%d" % i, now - h * HOUR) for i, h in enumerate(vector["input"]["deployments_h_ago"])]
            for i, h in enumerate(vector["input"]["incidents_h_ago"]):
                observations += incident("i%d" % i, now - h * HOUR)
            # Middleware blames the latest deployment however old it is; here it must have started within 24 h. All its vectors are within that,
            # one exactly: opening - 24 h is inside.
            answer = self.ask(observations, now)["change_fail_rate"]
            with self.subTest(name):
                if not vector["input"]["deployments_h_ago"]:
                    # Middleware says 0; nothing was deployed, so here there is no number.
                    self.assertEqual((answer.value, answer.reason), (None, "NO_SOURCE_MAPPED"))
                else:
                    self.assertEqual(answer.value * 100, vector["expected"]["cfr"])

    def test_time_to_restore(self):
        now = T0 + 400 * HOUR
        # Middleware takes the mean (400 s and 322.5 s), here it is the median, and None where nothing happened in both.
        expected = {"empty": None, "three": 300, "four": 200}
        for name, vector in self.of("mttr").items():
            observations = []
            for i, s in enumerate(vector["input"]["resolution_s"]):
                observations += incident("i%d" % i, T0 + i * HOUR, T0 + i * HOUR + s * S)
            with self.subTest(name):
                answer = self.ask(observations, now)["time_to_restore_service"]
                self.assertEqual(answer.n, vector["expected"]["count"])
                self.assertEqual(answer.value, expected[name])

    def test_deployment_frequency(self):
        for name, vector in self.of("df").items():
            start, end = parse_time(vector["input"]["from"]), parse_time(vector["input"]["to"])
            days = (end - start) // (24 * HOUR)
            answer = self.ask([deployment("d%d" % i, parse_time(t)) for i, t in enumerate(vector["input"]["deployments"])], end, days=days)
            frequency = answer["deployment_frequency"]
            with self.subTest(name):
                self.assertEqual(frequency.n, vector["expected"]["total"])
                # Middleware rounds averages down (3 in 4 days with both ends: 0 a day); here it is exact over [from, to): 3 in 3 days.
                self.assertEqual(frequency.value, Fraction(frequency.n, days))

    def test_lead_time_of_groups(self):
        vector = self.of("lead_time_weighted")["team1"]
        observations, number = [commit("base"), deployment("d0", T0 - HOUR, revision="base")], 0
        parents = ["base"]
        changes = []
        finish = T0 + HOUR
        for group in vector["input"]["groups"]:
            for _ in range(group["pr_count"]):
                number += 1
                name = "m%d" % number
                observations.append(commit(name, parents))
                parents = [name]
                merged = finish - group["merge_to_deploy"] * S
                review = merged - (group["rework_time"] + group["merge_time"]) * S
                opened = review - group["first_response_time"] * S
                changes.append(change(number, name, merged, firstReviewAt=review, openedAt=opened,
                                      firstCommitAuthoredAt=opened - group["first_commit_to_open"] * S))
        observations += changes + [deployment("d1", finish, revision=name)]
        parts = self.ask(observations, T0 + 2 * HOUR)["change_lead_time"].parts
        expected = vector["expected"]
        # Middleware weights the means of the groups by their numbers of pull requests, which is the mean of all; here it is the median of all pull requests.
        # Its review is two phases, rework and merge. For this vector the medians equal the means.
        self.assertEqual(parts["coding"], (expected["first_commit_to_open"], 10))
        self.assertEqual(parts["pickup"], (expected["first_response_time"], 10))
        self.assertEqual(parts["review"], (expected["rework_time"] + expected["merge_time"], 10))
        self.assertEqual(parts["deploy"], (expected["merge_to_deploy"], 10))

    def test_phases_without_review(self):
        expected = self.of("pr_phases")["cycle"]["expected"]
        # Without a review Middleware says -1; here pickup is absent, and review is from the opening to the merge.
        observations = [commit("base"), commit("m", ["base"]), deployment("d0", T0, revision="base"),
                        change(1, "m", T0 + 25 * HOUR, openedAt=T0 + HOUR, firstCommitAuthoredAt=T0 + HOUR),
                        deployment("d1", T0 + 26 * HOUR, revision="m")]
        parts = self.ask(observations, T0 + 100 * HOUR)["change_lead_time"].parts
        self.assertEqual(parts["pickup"], (None, 0))
        self.assertEqual(parts["review"], (expected["cycle_time"], 1))
        self.assertEqual(expected["first_review"], -1)

    def test_bots_are_what_the_source_says(self):
        # Middleware guesses bots by their names; here the source says so (Change.bot), and names are not kept.
        self.assertTrue(self.of("bot_name")["true"]["expected"])
        bot = change(1, "m", T0 + HOUR, firstCommitAuthoredAt=T0)
        bot["change"]["bot"] = True
        observations = [commit("base"), commit("m", ["base"]), deployment("d0", T0, revision="base"), bot,
                        deployment("d1", T0 + 2 * HOUR, revision="m")]
        self.assertEqual(self.ask(observations, T0 + 100 * HOUR)["change_lead_time"].n, 1)
        self.assertEqual(self.ask(observations, T0 + 100 * HOUR, policies={"bots": "excluded"})["change_lead_time"].n, 0)


if __name__ == "__main__":
    unittest.main()
