#!/usr/bin/env python3
"""From a bumped image tag to the service's own commit, with real git repositories.

    gitops_test.py BUILD_FOLDER [--separate]

Services are developed in repositories of their own, with pull requests that are squashed; what runs is said by a repository of manifests, whose commits do nothing
but set the images. Each of those commits is synced once, as a GitOps controller would tell it. The answers must show the lead time of the service's changes, right to
the second, and of what cannot be followed why.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

from installation import Installation

from facts import DAY, format_time, parse_time

START = parse_time("2026-03-02T08:00:00Z")
SECOND = 1_000_000
HOUR = 3600 * SECOND
AS_OF = START + 25 * DAY
MANIFESTS = "github.com/acme/manifests"


class Repository:
    def __init__(self, folder, name):
        self.path = folder / name
        self.name = "github.com/acme/" + name
        self.pulls = 0
        self.path.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", "https://%s.git" % self.name)

    def git(self, *arguments, at=START):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_COMMITTER_NAME": "Ada",
                       "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_EMAIL": "ada@example.com",
                       "GIT_AUTHOR_DATE": format_time(at), "GIT_COMMITTER_DATE": format_time(at)}
        return subprocess.run(["git", *arguments], cwd=self.path, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, file, text, message, at):
        (self.path / file).parent.mkdir(parents=True, exist_ok=True)
        (self.path / file).write_text(text, encoding="utf-8")
        self.git("add", file)
        self.git("commit", "-q", "-m", message, at=at)
        return self.git("rev-parse", "HEAD")

    def squash(self, begun, merged):
        """A pull request of two commits, the first at `begun`, squashed at `merged`; its commit on the main line."""
        self.pulls += 1
        branch = "change-%d" % self.pulls
        self.git("checkout", "-q", "-b", branch)
        self.commit("a%d.txt" % self.pulls, "one", "Begin change %d" % self.pulls, begun)
        head = self.commit("b%d.txt" % self.pulls, "two", "End change %d" % self.pulls, begun + HOUR)
        self.git("update-ref", "refs/pull/%d/head" % self.pulls, head)
        self.git("checkout", "-q", "main")
        self.git("merge", "-q", "--squash", branch)
        self.git("commit", "-q", "-m", "Change %d (#%d)" % (self.pulls, self.pulls), at=merged)
        self.git("branch", "-q", "-D", branch)
        return self.git("rev-parse", "HEAD")


class Manifests(Repository):
    """One file for each application and environment, in kustomize's form; those that a controller tells no images of have folders of their own."""

    MISSED = {"orders": "kustomization.yaml", "invoices": "values.yaml", "mailer": "workload.yaml"}

    def __init__(self, folder):
        super().__init__(folder, "manifests")
        self.syncs = []

    def bump_folder(self, application, environment, image, at):
        """In the form of the folder's file. What is synced is a later commit, which changes something else."""
        name, separator, version = image.rpartition(":")
        text = {"kustomization.yaml": "resources: [../base]\nimages:\n- name: app\n  newName: %s\n  newTag: %s\n" % (name, version),
                "values.yaml": "web:\n  image:\n    repository: %s\n    tag: %s\n" % (name, version),
                "workload.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - image: %s\n" % image}
        file = self.MISSED[application]
        self.commit("apps/%s/%s/%s" % (application, environment, file), text[file], "Set %s of %s" % (application, environment), at)
        commit = self.commit("notes.txt", "%s at %d" % (application, at), "Note", at + SECOND)
        self.syncs.append((application, environment, commit, None, at + 90 * SECOND))

    def bump(self, application, environment, image, at):
        if application in self.MISSED:
            self.bump_folder(application, environment, image, at)
            return
        file = "%s-%s.yaml" % (application, environment)
        name, separator, version = image.partition("@") if "@" in image else image.rpartition(":")
        field = "digest" if separator == "@" else "newTag"
        text = "images:\n- name: %s\n  %s: %s\n" % (name, field, version)
        commit = self.commit(file, text, "Set %s of %s to %s" % (application, environment, image), at)
        self.syncs.append((application, environment, commit, file, at + 90 * SECOND))

    def deployments(self, applications):
        """What a controller tells of each sync, read from the repository at the synced commit."""
        number = {}
        for application, environment, commit, file, at in self.syncs:
            if application not in applications:
                continue
            images, path = [], "apps/%s/%s" % (application, environment)
            if file is not None:
                name, field, version = re.search(r"name: (\S+)\n  (\w+): (\S+)", self.git("show", "%s:%s" % (commit, file))).groups()
                images, path = [name + ("@" if field == "digest" else ":") + version], "apps/" + application
            stream = "argocd/%s-%s" % (application, environment)
            number[stream] = number.get(stream, -1) + 1
            yield {"source": "argocd:argocd", "deployment": {
                "key": "%s/%d/%s" % (stream, number[stream], format_time(at)), "version": "1", "stream": stream, "environment": environment,
                "entityRef": "component:default/" + application, "phase": "SUCCEEDED", "startedAt": format_time(at - 30 * SECOND), "finishedAt": format_time(at),
                "images": images, "sequence": str(number[stream]), "provenance": "HISTORY",
                "synced": [{"repository": MANIFESTS, "revision": commit, "path": path}]}}


class Case:
    def __init__(self, folder, manifests, name):
        self.repository = Repository(folder, name)
        self.manifests = manifests
        self.name = name
        self.ref = "component:default/" + name
        self.expected = {}  # number of the change -> lead time in seconds
        self.built = []  # (version, digest, commit, time)

    def build(self, environments, image):
        """A history: a first deployment, then five changes, each deployed by a commit to the manifests; image(n, commit) is what is run."""
        commit = self.repository.commit("readme.txt", "hello", "Begin", START - 10 * DAY)
        for n in range(6):
            begun, merged = START + n * 3 * DAY, START + n * 3 * DAY + (20 + n) * HOUR + 17 * n * SECOND
            if n:
                commit = self.repository.squash(begun, merged)
            at = merged + HOUR
            digest = "sha256:" + ("%x%s" % (n, commit))[:41].ljust(64, "0")
            self.built.append(("v1.%d.0" % n, digest, commit, merged + 600 * SECOND))
            for environment in environments:
                self.manifests.bump(self.name, environment, image(n, commit, digest, environment), at)
                at += 2 * HOUR
            # Synced 90 s after the last of these commits.
            if n:
                self.expected[n] = (at - 2 * HOUR + 90 * SECOND - begun) // SECOND

    def artefacts(self, headway, image, by="tag"):
        for version, digest, commit, at in self.built:
            what = "%s:%s" % (image, version) if by == "tag" else "%s@%s" % (image, digest)
            headway.headway(["artefact", what, "--repository", self.repository.name, "--revision", commit, "--published-at", format_time(at)], headway.ingest_address)


class Test:
    def __init__(self, headway):
        self.headway = headway
        self.wrong = []

    def expect(self, what, found, expected):
        if found != expected:
            self.wrong.append("%s: %r, expected %r" % (what, found, expected))

    def check_found(self, case, found_by, evidence):
        lead = self.headway.explain(case.ref, "change_lead_time", as_of=AS_OF)
        values = {int(e["change"]["number"]): e.get("value") for e in lead["evidence"] if not e.get("left_out")}
        self.expect(case.name + ": lead times", values, case.expected)
        answer = self.headway.measures([case.ref], as_of=AS_OF)[case.ref]
        measure = next(m for m in answer["measures"] if m["metric"] == "change_lead_time")
        ordered = sorted(case.expected.values())
        self.expect(case.name + ": median", measure.get("value"), ordered[len(ordered) // 2])
        self.coverage(case, answer, with_commit=6)
        deployments = [e["deployment"] for e in self.headway.explain(case.ref, "deployment_frequency", as_of=AS_OF)["evidence"]]
        by_time = sorted(deployments, key=lambda d: parse_time(d["finished_at"]))
        self.expect(case.name + ": commits", [d["source_revision"] for d in by_time], [b[2] for b in case.built])
        self.expect(case.name + ": found by", {d["revision_found_by"] for d in deployments}, {found_by})
        for deployment in deployments:
            self.expect(case.name + ": evidence of " + deployment["revision_evidence"], bool(re.search(evidence, deployment["revision_evidence"])), True)
            self.expect(case.name + ": images", len(deployment["images"]), 1)
            self.expect(case.name + ": the manifests' commit", deployment["config_revision"] in {s[2] for s in case.manifests.syncs}, True)

    def check_unresolved(self, case, evidence):
        answer = self.headway.measures([case.ref], as_of=AS_OF)[case.ref]
        measure = next(m for m in answer["measures"] if m["metric"] == "change_lead_time")
        self.expect(case.name + ": lead time", (measure["availability"], measure.get("value")), ("NOT_ENOUGH_DATA", None))
        self.coverage(case, answer, with_commit=0)
        for e in self.headway.explain(case.ref, "deployment_frequency", as_of=AS_OF)["evidence"]:
            deployment = e["deployment"]
            self.expect(case.name + ": revision", deployment["source_revision"], "")
            self.expect(case.name + ": found by", deployment["revision_found_by"], "REVISION_FOUND_BY_UNSPECIFIED")
            self.expect(case.name + ": why not: " + deployment["revision_evidence"], bool(re.search(evidence, deployment["revision_evidence"])), True)

    def coverage(self, case, answer, with_commit):
        coverage = answer["coverage"]
        self.expect(case.name + ": deployments", int(coverage["deployments"]), 6)
        self.expect(case.name + ": with a commit", int(coverage.get("deployments_with_source_commit", 0)), with_commit)
        self.expect(case.name + ": gaps", int(coverage.get("gaps", 0)), 0)


def follow(headway):
    test = Test(headway)
    folder = headway.folder / "git"
    folder.mkdir()
    manifests = Manifests(folder)
    tagged, versioned, promoted, unknown, ruled = (Case(folder, manifests, name) for name in ("payments", "ledger", "search", "legacy", "billing"))
    tagged.build(["prod"], lambda n, commit, digest, environment: "registry.example.com/acme/payments:main-" + commit[:9])
    versioned.build(["prod"], lambda n, commit, digest, environment: "registry.example.com/acme/ledger:v1.%d.0" % n)
    promoted.build(["staging", "prod"], lambda n, commit, digest, environment: "%s.example.com/acme/search@%s" % (environment, digest))
    unknown.build(["prod"], lambda n, commit, digest, environment: "registry.example.com/acme/legacy:v1.%d.0" % n)
    ruled.build(["prod"], lambda n, commit, digest, environment: "registry.example.com/acme/billing:build_%s_x" % commit[:12])

    # The controller tells of its syncs first, some artefacts are reported, and the repositories come last.
    cases = [tagged, versioned, promoted, unknown, ruled]
    promoted.artefacts(headway, "staging.example.com/acme/search", by="digest")
    headway.import_ndjson(manifests.deployments({case.name for case in cases}))
    for case in cases:
        headway.headway(["import", "git", str(case.repository.path), "--entity", case.ref, "--complete-until", format_time(AS_OF)], headway.ingest_address)
    headway.wait_until_derived()
    test.check_found(tagged, "IMAGE_TAG", "^tag main-[0-9a-f]{9} of image registry.example.com/acme/payments$")
    test.check_found(promoted, "ARTEFACT", "^artefact reported for sha256:")
    test.check_unresolved(versioned, "no artefact is reported for the image: registry.example.com/acme/ledger:v1")
    test.check_unresolved(unknown, "no artefact is reported for the image: registry.example.com/acme/legacy:v1")
    test.check_unresolved(ruled, "no artefact is reported for the image: registry.example.com/acme/billing:build_")

    # What is reported later heals what came before.
    versioned.artefacts(headway, "registry.example.com/acme/ledger")
    headway.wait_until_derived()
    test.check_found(versioned, "ARTEFACT", "^artefact reported for registry.example.com/acme/ledger:v1")
    headway.import_ndjson([{"source": "configuration", "imageTagRule": {"id": "builds", "version": "1", "image": ".*/billing",
                                                                       "tag": "build_(?P<commit>[0-9a-f]{12})_x"}},
                           {"source": "configuration", "imageTagRule": {"id": "others", "version": "1", "order": "1",
                                                                       "tag": "main-(?P<commit>[0-9a-f]{7,40})"}}])
    test.check_found(ruled, "IMAGE_TAG", "^tag build_[0-9a-f]{12}_x of image registry.example.com/acme/billing, read by rule builds$")
    test.check_found(tagged, "IMAGE_TAG", "read by rule others$")
    test.check_unresolved(unknown, "no artefact is reported")
    for case in (promoted, versioned):
        test.check_found(case, "ARTEFACT", "^artefact reported for ")
    check_gap(test, tagged)
    check_missed(test, folder)
    return test.wrong


def check_missed(test, folder):
    """Syncs that were missed name no image: they are found by the manifests at the synced commit, when these come later, and at once when they are there."""
    folder = folder / "missed"
    folder.mkdir()
    manifests = Manifests(folder)
    kustomized, charted, plain = (Case(folder, manifests, name) for name in ("orders", "invoices", "mailer"))
    kustomized.build(["prod"], lambda n, commit, digest, environment: "registry.example.com/acme/orders:main-" + commit[:9])
    charted.build(["staging", "prod"], lambda n, commit, digest, environment: "registry.example.com/acme/invoices:v1.%d.0" % n)
    plain.build(["prod"], lambda n, commit, digest, environment: "registry.example.com:5000/mailer:main-" + commit[:9])
    headway = test.headway
    for case in (kustomized, charted, plain):
        headway.headway(["import", "git", str(case.repository.path), "--entity", case.ref, "--complete-until", format_time(AS_OF)], headway.ingest_address)
    charted.artefacts(headway, "registry.example.com/acme/invoices")
    headway.import_ndjson(manifests.deployments({kustomized.name, charted.name}))
    headway.wait_until_derived()
    for case in (kustomized, charted):
        test.check_unresolved(case, "no image is reported, and what was synced is from none of the entity's repositories: " + MANIFESTS)
    import_manifests = ["import", "manifests", str(manifests.path)]
    headway.headway(import_manifests, headway.ingest_address)
    headway.wait_until_derived()
    headway.import_ndjson(manifests.deployments({plain.name}))
    headway.wait_until_derived()
    where = "; the manifests name it: apps/%s/prod of github.com/acme/manifests since [0-9a-f]{12}$"
    for _ in range(2):
        test.check_found(kustomized, "IMAGE_TAG", "^tag main-[0-9a-f]{9} of image registry.example.com/acme/orders.*" + where % "orders")
        test.check_found(charted, "ARTEFACT", "^artefact reported for registry.example.com/acme/invoices:v1.*" + where % "invoices")
        test.check_found(plain, "IMAGE_TAG", "^tag main-[0-9a-f]{9} of image registry.example.com:5000/mailer.*" + where % "mailer")
        # Once more, which changes nothing.
        headway.headway(import_manifests, headway.ingest_address)
        headway.wait_until_derived()


def check_gap(test, case):
    """A number that is left out is seen, and no gap any more once it is told."""
    late = list(case.manifests.deployments({case.name}))[-1]
    for number, hours in ((12, 9), (9, 7)):
        late["deployment"].update(key="later/%d" % number, sequence=str(number), startedAt=format_time(AS_OF - 10 * HOUR), finishedAt=format_time(AS_OF - 10 * HOUR + hours * HOUR))
        test.headway.import_ndjson([late])
        coverage = test.headway.measures([case.ref], as_of=AS_OF)[case.ref]["coverage"]
        # 0 to 5 were told before.
        found = (int(coverage.get("gaps", 0)), int(coverage.get("missed_at_least", 0)))
        test.expect("gaps after number %d" % number, found, (1, 6) if number == 12 else (2, 5))
    rest = []
    for number, minutes in ((6, 1), (7, 2), (8, 3), (10, 500), (11, 501)):
        one = dict(late["deployment"], key="later/%d" % number, sequence=str(number), finishedAt=format_time(AS_OF - 10 * HOUR + minutes * 60 * SECOND))
        rest.append({"source": late["source"], "deployment": one})
    test.headway.import_ndjson(rest)
    coverage = test.headway.measures([case.ref], as_of=AS_OF)[case.ref]["coverage"]
    test.expect("gaps once all is told", (int(coverage.get("gaps", 0)), int(coverage.get("missed_at_least", 0))), (0, 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--separate", action="store_true")
    arguments = parser.parse_args()
    with Installation(arguments.build, arguments.separate) as headway:
        wrong = follow(headway)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
