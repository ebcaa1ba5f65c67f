"""Observations (proto3 JSON, one object each) folded into facts, the slow and obvious way.

Written from docs/definitions.md alone. Times are integers: microseconds since the epoch.
"""

import datetime
import hashlib
import re

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$")

DAY = 86_400_000_000
HOUR = 3_600_000_000


def parse_time(text):
    """RFC 3339 to microseconds; None stays None."""
    if text is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = _TIME.match(text).groups()
    whole = datetime.datetime(int(year), int(month), int(day), int(hour), int(minute), int(second),
                              tzinfo=datetime.timezone.utc) - _EPOCH
    micros = (whole.days * 86_400 + whole.seconds) * 1_000_000 + int(((fraction or "") + "000000")[:6])
    if zone != "Z":
        sign = -1 if zone[0] == "+" else 1
        micros += sign * (int(zone[1:3]) * 60 + int(zone[4:6])) * 60_000_000
    return micros


def format_time(micros):
    """Microseconds to RFC 3339 in UTC."""
    moment = _EPOCH + datetime.timedelta(microseconds=micros)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    text = text.rjust(19, "0")
    return text + (".%06d" % moment.microsecond if moment.microsecond else "") + "Z"


def deployment_key(source, key):
    return hashlib.sha256(("deployment\n%s\n%s" % (source, key)).encode()).digest()[:16]


def normal_ref(ref):
    """kind:namespace/name, lower case; a missing namespace is default."""
    ref = ref.lower()
    kind, _, rest = ref.partition(":")
    if "/" not in rest:
        rest = "default/" + rest
    return kind + ":" + rest


_TIER_OF_NAME = {}
for _tier, _names in {
        "PRODUCTION": "prod production prd live", "STAGING": "staging stage stg preprod uat",
        "TESTING": "test testing qa ci", "DEVELOPMENT": "dev development sandbox local"}.items():
    for _name in _names.split():
        _TIER_OF_NAME[_name] = _tier


class Tie(Exception):
    """Two observations of one thing with equal versions: worlds must not contain that."""


class Commit:
    def __init__(self, body):
        self.repository = body["repository"]
        self.sha = body["sha"]
        self.parents = body.get("parents", [])
        self.authored = parse_time(body["authoredAt"])
        self.committed = parse_time(body["committedAt"])
        self.paths = body["paths"].get("paths", []) if "paths" in body else None
        self.reverts = body.get("reverts", [])
        self.picked_from = body.get("cherryPickedFrom", [])


class Change:
    def __init__(self, body):
        self.repository = body["repository"]
        self.number = int(body["number"])
        self.opened = parse_time(body.get("openedAt"))
        self.first_authored = parse_time(body.get("firstCommitAuthoredAt"))
        self.first_review = parse_time(body.get("firstReviewAt"))
        self.merged = parse_time(body.get("mergedAt"))
        self.merge_commit = body.get("mergeCommitSha", "")
        self.commits = body.get("commitShas", [])
        self.cherry_picks = body.get("cherryPickShas", [])
        self.bot = body.get("bot", False)
        branch = body.get("headBranch", "")
        self.hotfix = (any(label.lower() == "hotfix" for label in body.get("labels", []))
                       or branch.startswith("hotfix/") or branch.startswith("hotfix-"))
        self.reverts_numbers = [int(n) for n in body.get("revertsNumbers", [])]
        self.reverts_shas = body.get("revertsShas", [])
        self.paths = body["paths"].get("paths", []) if "paths" in body else None


class Deployment:
    def __init__(self, source, body):
        self.source = source
        self.key = body["key"]
        self.id = deployment_key(source, body["key"])
        self.raw_entity = body.get("entityRef", "")
        self.stream = body["stream"]
        self.raw_environment = body["environment"]
        self.repository = body.get("repository", "")
        self.revision = body.get("sourceRevision", "")
        self.config = body.get("configRevision", "")
        self.images = tuple(sorted(set(body.get("images", []))))
        self.started = parse_time(body.get("startedAt"))
        self.finished = parse_time(body.get("finishedAt"))
        self.healthy = parse_time(body.get("healthyAt"))
        self.degraded = parse_time(body.get("degradedAt"))
        self.phase = body["phase"]
        self.effect = body.get("effect", "EFFECT_UNSPECIFIED")
        self.entity = None
        self.environment = None
        self.tier = None


class Incident:
    """Folded from all its events; what is known at an instant is asked with resolved_at."""

    def __init__(self, source, incident_id, events):
        self.source = source
        self.id = incident_id
        self.events = events  # in order: (occurred, type number, event id, body)
        openings = [e[0] for e in events if e[3]["type"] == "OPENED"]
        openings += [parse_time(e[3]["openedAt"]) for e in events if "openedAt" in e[3]]
        self.opened = min(openings) if openings else None

        def last(name, absent):
            said = [e[3][name] for e in events if e[3].get(name) not in (None, "", [], absent)]
            return said[-1] if said else None

        self.raw_entities = last("affectedEntityRefs", None) or []
        self.raw_environment = last("environment", None)
        self.cause = last("cause", "CAUSE_UNSPECIFIED")
        self.caused_by = last("causedBy", None) or []
        self.remedied_by = last("remediedBy", None) or []
        self.merged_into = last("mergedInto", None)
        self.entities = set()
        self.environment = None
        self.tier = None

    def resolved_at(self, as_of):
        resolved = None
        for occurred, _, _, body in self.events:
            if occurred < as_of:
                if body["type"] == "RESOLVED":
                    resolved = occurred
                elif body["type"] == "REOPENED":
                    resolved = None
        return resolved


_EVENT_ORDER = {"OPENED": 1, "ACKNOWLEDGED": 2, "RESOLVED": 3, "REOPENED": 4, "ANNOTATED": 5}


def _winners(observations, identity, rank):
    """For each identity the observation with the greatest rank; equal observations are one."""
    best = {}
    for observation in observations:
        key = identity(observation)
        if key not in best or rank(observation) > rank(best[key]):
            best[key] = observation
        elif rank(observation) == rank(best[key]) and observation != best[key]:
            raise Tie(str(key))
    return best


def _fits(where, seen):
    """What the named groups took, where a selector fits a stream."""
    taken = {}
    for field in ("source", "stream", "name", "namespace", "destinationCluster", "destinationNamespace", "project"):
        if where.get(field):
            match = re.fullmatch(where[field], seen.get(field, ""))
            if match is None:
                return None
            taken = {**match.groupdict(), **taken}
    return taken if where.get("labels", {}).items() <= seen.get("labels", {}).items() else None


def _completed(winner, observations):
    """The winner's body with what the other observations of it know besides; observations are (rank, body), ranks differ."""
    body = dict(winner)
    if body.get("withdrawn"):
        return body
    others = [b for _, b in sorted(observations, key=lambda o: o[0], reverse=True)
              if b is not winner and b["phase"] == body["phase"] and not b.get("withdrawn")]
    known = [body] + others
    for name in ("images", "effect"):
        said = [b[name] for b in known if b.get(name)]
        if name == "effect" and "effect" not in body:
            said = [e for e in said if e != "DRY_RUN"]
        if said:
            body[name] = said[0]
    for name in ("healthyAt", "degradedAt"):
        times = [b[name] for b in known if b.get(name)]
        if times:
            body[name] = min(times, key=parse_time)
    return body


class Facts:
    """Everything that is known, of all entities."""

    def __init__(self, observations):
        kinds = {}
        for observation in observations:
            for kind in ("commit", "change", "deployment", "incidentEvent", "entity", "stream", "streamMapping",
                         "mappingRule", "environmentRule", "sourceStatus"):
                if kind in observation:
                    kinds.setdefault(kind, []).append(observation)

        def version(kind):
            return lambda o: int(o[kind].get("version", 0))

        self.declarations = {}
        declared = _winners(kinds.get("entity", []), lambda o: normal_ref(o["entity"]["entityRef"]), version("entity"))
        for ref, o in declared.items():
            body = o["entity"]
            self.declarations[ref] = {
                "repositories": {r["repository"]: r.get("pathPrefixes", []) for r in body.get("repositories", [])},
                "aliases": [normal_ref(a) for a in body.get("aliases", [])],
                "annotations": body.get("annotations", {}),
                "deleted": body.get("deleted", False)}

        self.rules = {}
        for (rule_id,), o in _winners(kinds.get("environmentRule", []), lambda o: (o["environmentRule"]["id"],),
                                      version("environmentRule")).items():
            if not o["environmentRule"].get("deleted"):
                self.rules[rule_id] = o["environmentRule"]

        self.mappings = []
        for (source, mapping_id), o in _winners(kinds.get("streamMapping", []),
                                                lambda o: (o["source"], o["streamMapping"]["id"]),
                                                version("streamMapping")).items():
            body = o["streamMapping"]
            if not body.get("deleted"):
                self.mappings.append({"source": source, "id": mapping_id, "stream": body["stream"],
                                      "entity": self.resolve(body["entityRef"]),
                                      "since": parse_time(body.get("since"))})

        self.streams = {key: o["stream"] for key, o in _winners(
            kinds.get("stream", []), lambda o: (o["source"], o["stream"]["stream"]), version("stream")).items()}
        self.mapping_rules = [o["mappingRule"] for _, o in sorted(
            _winners(kinds.get("mappingRule", []), lambda o: (int(o["mappingRule"].get("order", 0)), o["mappingRule"]["id"], o["source"]),
                     version("mappingRule")).items())]

        self.commits = {}
        for o in kinds.get("commit", []):
            commit = Commit(o["commit"])
            self.commits.setdefault(commit.repository, {})[commit.sha] = commit

        self.changes = {}
        for (repository, number), o in _winners(
                kinds.get("change", []), lambda o: (o["change"]["repository"], int(o["change"]["number"])),
                lambda o: ("mergedAt" in o["change"], parse_time(o["change"]["updatedAt"]))).items():
            self.changes.setdefault(repository, {})[number] = Change(o["change"])
        self.change_sources = {}
        for o in kinds.get("change", []):
            key = (o["change"]["repository"], int(o["change"]["number"]))
            self.change_sources[key] = min(o["source"], self.change_sources.get(key, o["source"]))

        self.deployments = []
        identity = lambda o: (o["source"], o["deployment"]["key"])
        rank = lambda o: (o["deployment"]["phase"] != "PENDING", int(o["deployment"].get("version", 0)))
        seen = {}
        for o in kinds.get("deployment", []):
            seen.setdefault(identity(o), []).append((rank(o), o["deployment"]))
        for (source, key), o in _winners(kinds.get("deployment", []), identity, rank).items():
            body = _completed(o["deployment"], seen[source, key])
            if body.get("withdrawn") or body.get("effect") == "DRY_RUN":
                continue
            deployment = Deployment(source, body)
            deployment.entity = self._entity_of(deployment)
            deployment.environment, deployment.tier = self._environment(deployment.raw_environment, (source, deployment.stream))
            if not deployment.repository and deployment.entity in self.declarations:
                repositories = self.declarations[deployment.entity]["repositories"]
                deployment.repository = min(repositories) if repositories else ""
            self.deployments.append(deployment)

        events = {}
        for o in kinds.get("incidentEvent", []):
            body = o["incidentEvent"]
            line = (parse_time(body["occurredAt"]), _EVENT_ORDER[body["type"]], body["eventId"], body)
            incident = events.setdefault((o["source"], body["incidentId"]), {})
            if incident.setdefault(body["eventId"], line) != line:
                raise Tie(body["eventId"])
        self.incidents = []
        for (source, incident_id), lines in events.items():
            incident = Incident(source, incident_id, sorted(lines.values(), key=lambda e: e[:3]))
            incident.entities = {self.resolve(ref) for ref in incident.raw_entities}
            if incident.raw_environment:
                incident.environment, incident.tier = self._environment(incident.raw_environment)
            self.incidents.append(incident)

        self.statuses = []
        for (source, covers), o in _winners(kinds.get("sourceStatus", []),
                                            lambda o: (o["source"], o["sourceStatus"]["covers"]),
                                            lambda o: parse_time(o["sourceStatus"]["completeUntil"])).items():
            body = o["sourceStatus"]
            self.statuses.append({"source": source, "covers": covers, "until": parse_time(body["completeUntil"]),
                                  "entities": {self.resolve(r) for r in body.get("entityRefs", [])}})

    def resolve(self, ref):
        """A ref as observed to the entity that it stands for."""
        ref = normal_ref(ref)
        claimants = [e for e, d in self.declarations.items() if ref in d["aliases"]]
        return min(claimants) if claimants else ref

    def _entity_of(self, deployment):
        if deployment.raw_entity:
            return self.resolve(deployment.raw_entity)
        when = deployment.started if deployment.phase == "PENDING" else deployment.finished
        return self._entity_of_stream((deployment.source, deployment.stream), when)

    def entities_of_stream(self, key):
        """All that the stream belongs to at some time."""
        begins = [m["since"] for m in self.mappings] + [parse_time(r.get("since")) for r in self.mapping_rules]
        return {self._entity_of_stream(key, when) for when in {None, *begins}} - {None}

    def _entity_of_stream(self, key, when):
        """when: None is before all times."""
        holds = lambda since: since is None or (when is not None and since <= when)
        seen = self._seen_of(key)
        if seen.get("entityRef"):
            return self.resolve(seen["entityRef"])
        fitting = [m for m in self.mappings if (m["source"], m["stream"]) == key and holds(m["since"])]
        if fitting:
            return max(fitting, key=lambda m: (m["since"] is not None, m["since"] or 0, m["id"]))["entity"]
        claiming = self._claiming(seen)
        if claiming:
            return self.resolve(claiming[0]) if len(claiming) == 1 else None
        for rule in self.mapping_rules:
            match = _fits(rule["where"], seen)
            if match is not None and holds(parse_time(rule.get("since"))) and not rule.get("deleted"):
                return self.resolve(re.sub(r"\$\{(\w+)\}", lambda m: match[m.group(1)], rule["entityRef"]))
        return None

    def _seen_of(self, key):
        return {"source": key[0], **self.streams.get(key, {"stream": key[1]})}

    def _claiming(self, seen):
        """Entities whose annotations claim it, with the best right."""
        is_argocd = seen["source"].split(":")[0] == "argocd"
        labels = seen.get("labels", {})
        listed = lambda notes, name: [v.strip() for v in notes.get(name, "").split(",") if v.strip()]
        narrows = lambda notes, name, value: 0 if not listed(notes, name) else 1 if value in listed(notes, name) else -1
        for annotation in ("argocd/app-name", "argocd/app-selector", "backstage.io/kubernetes-id"):
            found = []
            for ref, declaration in self.declarations.items():
                notes = {} if declaration["deleted"] else declaration["annotations"]
                if annotation not in notes:
                    continue
                narrow = [narrows(notes, "argocd/app-namespace", seen.get("namespace", "")),
                          narrows(notes, "argocd/instance-name", seen.get("instance", ""))]
                if annotation == "backstage.io/kubernetes-id":
                    fits, narrow = labels.get(annotation) == notes[annotation], [0]
                elif annotation == "argocd/app-name":
                    fits = is_argocd and seen.get("name") in listed(notes, annotation)
                else:  # only of the form a=b,c=d
                    fits = is_argocd and all(labels.get(r.split("=")[0]) == r.split("=")[1] for r in listed(notes, annotation))
                if fits and min(narrow) >= 0:
                    found.append((sum(narrow), ref.startswith("component:"), ref))
            if found:
                found = [f for f in found if f[0] == max(found)[0]]
                return [f[2] for f in found if f[1] == max(f[1] for f in found)]
        return []

    def _environment(self, raw, stream=None):
        selecting = sorted((int(r.get("order", 0)), i) for i, r in self.rules.items() if "where" in r)
        for _, i in selecting if stream else ():
            rule = self.rules[i]
            match = _fits(rule["where"], self._seen_of(stream))
            if match is not None:
                name = re.sub(r"\$\{(\w+)\}", lambda m: match[m.group(1)], rule.get("name", "")) or raw
                tier = rule.get("tier", "TIER_UNSPECIFIED")
                return name, _TIER_OF_NAME.get(name.lower()) if tier == "TIER_UNSPECIFIED" else tier
        matching = sorted(i for i, rule in self.rules.items() if rule.get("match") == raw)
        if not matching:
            return raw, _TIER_OF_NAME.get(raw.lower())
        rule = self.rules[matching[0]]
        name = rule.get("name") or raw
        tier = rule.get("tier", "TIER_UNSPECIFIED")
        return name, _TIER_OF_NAME.get(name.lower()) if tier == "TIER_UNSPECIFIED" else tier

    def tier_of_name(self, name):
        """The tier of an environment that a request names."""
        giving = sorted(("where" not in rule, int(rule.get("order", 0)) if "where" in rule else 0, i) for i, rule in self.rules.items()
                        if (rule.get("name") or rule.get("match")) == name)
        if giving:
            tier = self.rules[giving[0][2]].get("tier", "TIER_UNSPECIFIED")
            if tier != "TIER_UNSPECIFIED":
                return tier
        return _TIER_OF_NAME.get(name.lower())
