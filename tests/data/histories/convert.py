#!/usr/bin/env python3
"""Converts real histories (facts taken from git, see SOURCES.md) into observations.

    convert.py FACTS_FOLDER

FACTS_FOLDER holds a folder for each history with commits.ndjson.gz, merged_prs.ndjson, deployments.ndjson, reverts.ndjson,
incidents_from_reverts.ndjson, and the answers: truth_prs.ndjson, reference_answers.json, meta.json. Written beside this file:

  NAME/observations.ndjson.gz     what may be imported: no answer is in it
  NAME/incidents.ndjson.gz        incidents without a cause
  NAME/incidents_linked.ndjson.gz the same, each with the pull request that caused it: only for the check of explicit links
  NAME/truth/                     the answers, never to be imported
"""

import datetime
import gzip
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
HOSTED = {"etcd": "github.com/etcd-io/etcd", "argo-rollouts": "github.com/argoproj/argo-rollouts",
          "publishing-api": "github.com/alphagov/publishing-api"}


def lines(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def write(path, records):
    """gzip without a time stamp, so that the same facts give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(r, separators=(",", ":")) + "\n" for r in records)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def stamp(unix):
    return datetime.datetime.fromtimestamp(unix, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def present(body):
    return {k: v for k, v in body.items() if v not in (None, [], False, "")}


def observations(name, folder):
    repository, source = HOSTED[name], "git:" + HOSTED[name]
    entity = "component:default/" + name
    meta = json.loads((folder / "meta.json").read_text())
    changes = {c["number"]: c for c in lines(folder / "merged_prs.ndjson")}
    reverts = lines(folder / "reverts.ndjson")

    yield {"source": source, "entity": {"entityRef": entity, "version": "1", "repositories": [{"repository": repository}]}}
    for covers in ("DEPLOYMENTS", "CHANGES"):
        yield {"source": source, "sourceStatus": {"covers": covers, "completeUntil": meta["span"][1], "entityRefs": [entity]}}

    undone = {}  # revert commit -> merge commits of what it undoes
    for revert in reverts:
        if revert["reverted_pr"] in changes:
            undone.setdefault(revert["revert_sha"], []).append(changes[revert["reverted_pr"]]["merge_commit_sha"])
    for sha, parents, authored, committed in lines(folder / "commits.ndjson.gz"):
        yield {"source": source, "commit": present({
            "repository": repository, "sha": sha, "parents": parents, "authoredAt": stamp(authored),
            "committedAt": stamp(committed), "reverts": sorted(undone.get(sha, []))})}

    reverted_by = {}
    for revert in reverts:
        if revert["revert_pr"] in changes and revert["reverted_pr"] in changes:
            reverted_by.setdefault(revert["revert_pr"], []).append(str(revert["reverted_pr"]))
    for number, change in sorted(changes.items()):
        yield {"source": source, "change": present({
            "repository": repository, "number": str(number), "updatedAt": change["merged_at"], "mergedAt": change["merged_at"],
            "firstCommitAuthoredAt": change["first_commit_authored_at"], "mergeCommitSha": change["merge_commit_sha"],
            "cherryPickShas": change["cherry_pick_shas"], "baseBranch": change["base"], "bot": change["is_bot"],
            "revertsNumbers": sorted(set(reverted_by.get(number, [])))})}

    for deployment in lines(folder / "deployments.ndjson"):
        yield {"source": source, "deployment": present({
            "key": deployment["id"], "version": "1", "entityRef": entity, "stream": "tags",
            "environment": deployment["environment"], "repository": repository, "sourceRevision": deployment["commit_sha"],
            "finishedAt": deployment["deployed_at"], "phase": "SUCCEEDED", "automated": True,
            "revisionEvidence": "tag %s of the repository" % deployment["tag"]})}


def incidents(name, folder, linked):
    for incident in lines(folder / "incidents_from_reverts.ndjson"):
        about = {"affectedEntityRefs": incident["affected_refs"], "cause": "CHANGE" if incident["caused_by_change"] else None}
        if linked:
            about["causedBy"] = [{"change": {"repository": HOSTED[name], "number": str(incident["truth_caused_by_pr"])}}]
        for kind, when in (("OPENED", incident["opened_at"]), ("RESOLVED", incident["resolved_at"])):
            if when:
                yield {"source": "incidents:" + name, "incidentEvent": present({
                    "incidentId": incident["id"], "eventId": kind.lower(), "type": kind, "occurredAt": when, **about})}
                about = {}


def main():
    for name in HOSTED:
        folder, out = pathlib.Path(sys.argv[1]) / name, HERE / name
        write(out / "observations.ndjson.gz", observations(name, folder))
        write(out / "incidents.ndjson.gz", incidents(name, folder, False))
        write(out / "incidents_linked.ndjson.gz", incidents(name, folder, True))
        write(out / "truth" / "prs.ndjson.gz", lines(folder / "truth_prs.ndjson"))
        write(out / "truth" / "incidents.ndjson.gz", lines(folder / "incidents_from_reverts.ndjson"))
        write(out / "truth" / "contained.ndjson.gz", lines(folder / "contained.ndjson"))
        write(out / "truth" / "reference_answers.json.gz", [json.loads((folder / "reference_answers.json").read_text())])


if __name__ == "__main__":
    main()
