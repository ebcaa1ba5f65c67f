"""Reads a case file into observations and questions."""

import hashlib
import pathlib
import re
import sys
from fractions import Fraction

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent / "oracle"))

from facts import format_time, parse_time  # noqa: E402

_UNITS = {"us": Fraction(1, 1_000_000), "s": 1, "m": 60, "h": 3600, "d": 86400}


def instant(text):
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text):
        text += ":00"
    return parse_time(text + "Z")


def number(text):
    """3, 1/4, 50.5h, 1d+2h: in seconds where it has a unit."""
    total = Fraction(0)
    for term in text.split("+"):
        match = re.fullmatch(r"(-?[\d./]+)(us|s|m|h|d)?", term)
        total += Fraction(match.group(1)) * (_UNITS[match.group(2)] if match.group(2) else 1)
    return total


def duration(text):
    return int(number(text) * 1_000_000)


class Ask:
    def __init__(self, entity, words):
        self.entity = words.pop("entity", entity)
        self.as_of = instant(words.pop("as_of"))
        self.days = int(words.pop("window", "30"))
        self.zone = words.pop("zone", "UTC")
        self.environment = words.pop("environment", "")
        self.policies = {}
        for name, value in words.items():
            if name in ("attribution_window", "roll_out_window", "stream_activity", "degraded_after"):
                value = duration(value)
            elif name == "minimum_events":
                value = int(value)
            self.policies[name] = value
        self.metrics = []   # (metric, {expectation: text})
        self.rows = []      # (key, kind, failed, unplanned)
        self.ships = []     # (number, key or None)
        self.blames = []    # (incident, key or None, how)

    def scope(self):
        return {"as_of": self.as_of, "days": self.days, "zone": self.zone, "environment": self.environment,
                "policies": self.policies}


class Case:
    def __init__(self, path):
        self.name = path.stem
        self.observations = []
        self.asks = []
        self.entity = None
        self.repository = None
        for line_number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split("#")[0].strip()
            if line:
                try:
                    self._line(line.split())
                except Exception as error:
                    raise ValueError("%s:%d: %s: %r" % (path, line_number, line, error)) from error

    def own(self, name):
        return "%s.%s" % (name, self.name)

    def _ref(self, text):
        return self.own(text) if ":" in text else "component:default/" + self.own(text)

    def _repo(self, text):
        return "git.example/" + self.own(text)

    def sha(self, letter):
        return hashlib.sha1(("%s %s" % (self.name, letter)).encode()).hexdigest()

    def _line(self, tokens):
        verb, rest = tokens[0], tokens[1:]
        words, flags = {}, []
        for token in rest:
            if "=" in token:
                name, value = token.split("=", 1)
                words[name] = value
            else:
                flags.append(token)
        verbs = {"entity": self._entity, "commit": self._commit, "pr": self._pr, "deploy": self._deploy,
                 "incident": self._incident, "mapping": self._mapping, "environment": self._environment, "ask": self._ask,
                 "row": self._row, "ships": self._ships, "blames": self._blames}
        if verb in verbs:
            verbs[verb](flags, words)
        else:
            self._metric(verb, flags, words)

    def _add(self, source, kind, body):
        self.observations.append({"source": self.own(source), kind: body})

    @staticmethod
    def _list(words, name):
        return words[name].split(",") if words.get(name) else []

    def _entity(self, flags, words):
        ref = self._ref(flags[0])
        body = {"entityRef": ref, "version": words.get("version", "1"), "repositories": []}
        for name in self._list(words, "repo"):
            repository = {"repository": self._repo(name)}
            if "paths" in words:
                repository["pathPrefixes"] = self._list(words, "paths")
            body["repositories"].append(repository)
            self.repository = self.repository or name
        if "alias" in words:
            body["aliases"] = [self._ref(words["alias"])]
        self.entity = self.entity or flags[0]
        self._add("catalog", "entity", body)

    def _commit(self, flags, words):
        when = format_time(instant(words["at"]))
        body = {"repository": self._repo(words.get("repo", self.repository)), "sha": self.sha(flags[0]),
                "parents": [self.sha(p) for p in self._list(words, "after")], "committedAt": when,
                "authoredAt": format_time(instant(words["authored"])) if "authored" in words else when}
        if "paths" in words:
            body["paths"] = {"paths": self._list(words, "paths")}
        if "reverts" in words:
            body["reverts"] = [self.sha(s) for s in self._list(words, "reverts")]
        if "picked" in words:
            body["cherryPickedFrom"] = [self.sha(s) for s in self._list(words, "picked")]
        self._add("git", "commit", body)

    def _pr(self, flags, words):
        merged = format_time(instant(words["at"]))
        body = {"repository": self._repo(words.get("repo", self.repository)), "number": flags[0], "updatedAt": merged, "mergedAt": merged,
                "mergeCommitSha": self.sha(words["merges"]), "commitShas": [self.sha(s) for s in self._list(words, "commits")],
                "cherryPickShas": [self.sha(s) for s in self._list(words, "picks")], "labels": self._list(words, "labels"),
                "revertsNumbers": self._list(words, "reverts"), "bot": "bot" in flags, "headBranch": words.get("branch", "")}
        for word, name in (("first", "firstCommitAuthoredAt"), ("opened", "openedAt"), ("review", "firstReviewAt")):
            if word in words:
                body[name] = format_time(instant(words[word]))
        if "paths" in words:
            body["paths"] = {"paths": self._list(words, "paths")}
        self._add("git", "change", body)

    def _deploy(self, flags, words):
        body = {"key": flags[0], "version": words.get("version", "1"), "stream": words.get("stream", "app"),
                "environment": words.get("in", "prod"), "phase": "SUCCEEDED"}
        if words.get("entity") != "none":
            body["entityRef"] = self._ref(words.get("entity", self.entity))
        if "of" in words:
            body["sourceRevision"] = self.sha(words["of"])
        if "config" in words:
            body["configRevision"] = words["config"]
        if "images" in words:
            body["images"] = self._list(words, "images")
        for word, name in (("at", "finishedAt"), ("started", "startedAt"), ("healthy", "healthyAt"), ("degraded", "degradedAt")):
            if word in words:
                body[name] = format_time(instant(words[word]))
        if "failed" in flags or "pending" in flags:
            body["phase"] = "FAILED" if "failed" in flags else "PENDING"
        if "withdrawn" in flags:
            body["withdrawn"] = True
        for effect in ("self_heal", "resync", "dry_run"):
            if effect in flags:
                body["effect"] = effect.upper()
        self._add("ci", "deployment", body)

    def _link(self, text):
        kind, _, name = text.partition(":")
        if kind == "deploy":
            return {"deployment": {"source": self.own("ci"), "key": name}}
        repository = self._repo(self.repository)
        if kind == "commit":
            return {"commit": {"repository": repository, "sha": self.sha(name)}}
        return {"change": {"repository": repository, "number": name}}

    def _incident(self, flags, words):
        about = {"affectedEntityRefs": [self._ref(r) for r in self._list(words, "affects") or [self.entity]]}
        if "in" in words:
            about["environment"] = words["in"]
        if "cause" in words:
            about["cause"] = words["cause"].upper()
        for word, name in (("blames", "causedBy"), ("remedy", "remediedBy")):
            if word in words:
                about[name] = [self._link(link) for link in self._list(words, word)]
        events = [(kind, when) for word, kind in (("opened", "OPENED"), ("acked", "ACKNOWLEDGED"), ("resolved", "RESOLVED"),
                                                  ("reopened", "REOPENED"), ("typed", "ANNOTATED"))
                  for when in self._list(words, word)]
        for at, (kind, when) in enumerate(events):
            last = at == len(events) - 1
            self._add("pager", "incidentEvent", {"incidentId": flags[0], "eventId": str(at), "type": kind,
                                                 "occurredAt": format_time(instant(when)), **(about if last else {})})

    def _mapping(self, flags, words):
        body = {"id": flags[0], "version": words.get("version", "1"), "stream": words["stream"], "entityRef": self._ref(words["entity"])}
        if "since" in words:
            body["since"] = format_time(instant(words["since"]))
        self._add("ci", "streamMapping", body)

    def _environment(self, flags, words):
        body = {"id": self.own(flags[0]), "match": words["match"], "version": words.get("version", "1")}
        if "name" in words:
            body["name"] = words["name"]
        if "tier" in words:
            body["tier"] = words["tier"]
        self._add("rules", "environmentRule", body)

    def _ask(self, flags, words):
        words["entity"] = self._ref(words.get("entity", self.entity))
        self.asks.append(Ask(None, words))

    def _row(self, flags, words):
        self.asks[-1].rows.append((flags[0], flags[1], "failed" in flags, "unplanned" in flags))

    def _ships(self, flags, words):
        self.asks[-1].ships.append((int(flags[0]), None if flags[1] == "nothing" else flags[1]))

    def _blames(self, flags, words):
        self.asks[-1].blames.append((flags[0], None, None) if flags[1] == "nothing" else (flags[0], flags[1], flags[2]))

    def _metric(self, name, flags, words):
        self.asks[-1].metrics.append((name, dict(words, **{flag: True for flag in flags})))


def cases():
    return [Case(path) for path in sorted(ROOT.glob("*.case"))]
