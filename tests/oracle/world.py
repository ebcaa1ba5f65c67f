"""Random worlds: what could be observed of a few entities in nine months, from a seed.

    python3 world.py SEED > world.ndjson

A world is made to be awkward, not likely: histories with merges, forks, hotfix branches, cherry-picks, reverts and reverts of reverts; deployments over
several environments, streams and regions with rollbacks, late pipelines, configs, failures, withdrawals; incidents with every kind of link;
times on the edges of windows, on days that are 23, 24.5 and 25 hours long, and after the present.
"""

import hashlib
import json
import random
import sys

from facts import DAY, HOUR, format_time, parse_time
from questions import ANCHORS, edges, questions

MINUTE = 60_000_000
EDGES = edges(questions(24))

# Known to all worlds: rules for environments have no source.
SHARED = [
    {"source": "rules", "environmentRule": {"id": "shared-1", "match": "eu-west", "tier": "PRODUCTION"}},
    {"source": "rules", "environmentRule": {"id": "shared-2", "match": "eu-west", "tier": "STAGING"}},
    {"source": "rules", "environmentRule": {"id": "shared-3", "match": "live-old", "name": "prod"}},
    {"source": "rules", "environmentRule": {"id": "shared-4", "match": "us-east", "tier": "TESTING", "version": "1"}},
    {"source": "rules", "environmentRule": {"id": "shared-4", "match": "us-east", "tier": "PRODUCTION", "version": "2"}},
    {"source": "rules", "environmentRule": {"id": "shared-5", "match": "prod", "name": "nowhere", "version": "1"}},
    {"source": "rules", "environmentRule": {"id": "shared-5", "match": "prod", "version": "2", "deleted": True}},
]


class World:
    def __init__(self, seed):
        self.seed = seed
        self.rng = random.Random("headway world %d" % seed)
        self.observations = list(SHARED)
        self.entities = []
        self._count = 0
        self.anchor = ANCHORS[seed % len(ANCHORS)]
        self.begin = self.anchor - self.rng.choice((3, 20, 20, 60, 150)) * DAY
        self.end = self.anchor + (self.anchor - self.begin) // 5
        self._make()

    # Small things.

    def _add(self, source, kind, body):
        self.observations.append({"source": source, kind: {k: v for k, v in body.items() if v is not None}})

    def _chance(self, p):
        return self.rng.random() < p

    def _name(self, what):
        self._count += 1
        return "%s-%d" % (what, self._count)

    def _sha(self):
        return hashlib.sha1(("%d %s" % (self.seed, self._name("sha"))).encode()).hexdigest()

    def _near_edge(self, instant, p):
        """Sometimes the nearest edge of some window instead of the instant."""
        if self._chance(p):
            return min(EDGES, key=lambda e: abs(e - instant)) + self.rng.choice((0, 0, -1, 1))
        return instant

    def _later(self, instant, most):
        """A bit later: mostly well before `most`, to a round or an odd microsecond."""
        span = int(most * self.rng.random() ** 3)
        if self._chance(0.7):
            span -= span % MINUTE
        return instant + span

    def moments(self, count):
        """About so many instants in order, in clusters."""
        rng = self.rng
        pace = (self.end - self.begin) // max(count, 1)
        now = self.begin
        for _ in range(count):
            now += int(rng.choice((min(pace, 10 * MINUTE), min(pace, 5 * HOUR), 2 * pace, 3 * pace)) * rng.random())
            if now < self.end:
                yield now

    # The world.

    def _make(self):
        rng = self.rng
        self.source_ci = rng.choice(("ci:w%d", "argocd:w%d", "argocd:w%d")) % self.seed
        self.source_pager = "pager:w%d" % self.seed
        self.source_git = "git:w%d" % self.seed
        self.repositories = []
        for i in range(rng.choice((1, 1, 1, 2))):
            self.repositories.append(Repository(self, "git.example/w%d/r%d" % (self.seed, i)))
        monorepo = self._chance(0.3)
        for i in range(rng.choice((1, 1, 2))):
            self._declare(i, monorepo)
        for entity in self.entities:
            self._deploy(entity)
        self._rule()
        for entity in self.entities:
            self._annotate(entity)
        for entity in self.entities:
            for _ in range(rng.choice((0, 1, 3, 6))):
                self._incident(entity)
        self._statuses()
        for repository in self.repositories:
            repository.observe()

    def _declare(self, i, monorepo):
        rng = self.rng
        entity = Entity("component:w%d/e%d" % (self.seed, i))
        entity.repositories = self.repositories if i == 0 else [rng.choice(self.repositories)]
        if self._chance(0.05):
            entity.repositories = []
        entity.alias = "component:w%d/old%d" % (self.seed, i) if self._chance(0.3) else None
        self.entities.append(entity)
        body = {"entityRef": entity.ref, "version": str(rng.randint(1, 5)), "repositories": [
            {"repository": r.name, **({"pathPrefixes": rng.choice((["svc/a"], ["svc/b", "lib"], ["svc"]))} if monorepo else {})}
            for r in entity.repositories]}
        if entity.alias:
            body["aliases"] = [entity.alias]
        if self._chance(0.2):
            self._add("catalog", "entity", {"entityRef": entity.ref, "version": "0", "repositories": []})
        self._add("catalog", "entity", body)
        entity.declaration = body

    def _ref(self, entity):
        """How somebody writes an entity's ref."""
        ref = entity.alias if entity.alias and self._chance(0.5) else entity.ref
        return ref.upper() if self._chance(0.1) else ref

    # Deployments.

    def _deploy(self, entity):
        rng = self.rng
        streams = []
        for i in range(rng.choice((1, 1, 2, 3))):
            environment = rng.choice(("prod", "prod", "Production", "eu-west", "us-east", "live-old"))
            streams.append(("app-%s-%d" % (entity.ref[-2:], i), environment))
        if self._chance(0.4):
            streams.append(("app-%s-0" % entity.ref[-2:], rng.choice(("staging", "staging", "uat", "preview", "prod"))))
        mapped = {}
        for stream in dict.fromkeys(stream for stream, _ in streams):
            mapped[stream] = self._chance(0.6)
            if mapped[stream]:
                (self._map if self._chance(0.4) else self._declare_stream)(stream, entity)
        style = rng.choice(("revision", "revision", "revision", "images", "mixed"))
        entity.deployments = []
        recent = []
        for now in self.moments(rng.choice((0, 3, 8, 15, 25))):
            what = self._choose(entity, recent, now, style)
            recent.append(what)
            several = rng.random() < 0.4 and len(streams) > 1
            for stream, environment in (streams if several else [rng.choice(streams)]):
                self._deployment(entity, stream, environment, mapped[stream], what, now)

    def _map(self, stream, entity):
        rng = self.rng
        ref = self._ref(entity)
        self._add(self.source_ci, "streamMapping", {"id": "m-" + stream, "version": "2", "stream": stream, "entityRef": ref})
        if self._chance(0.2):  # an older version of the same rule says something else
            self._add(self.source_ci, "streamMapping",
                      {"id": "m-" + stream, "version": "1", "stream": stream, "entityRef": "component:w%d/ghost" % self.seed})
        if self._chance(0.25):  # from some day on another entity
            other = rng.choice(self.entities)
            since = self._near_edge(rng.randint(self.begin, self.end), 0.5)
            self._add(self.source_ci, "streamMapping",
                      {"id": self._name("moved"), "stream": stream, "entityRef": other.ref, "since": format_time(since),
                       "deleted": self._chance(0.2)})

    def _declare_stream(self, stream, entity):
        """A stream that tells of itself, and something of the catalog or a rule that finds it, or does not. Names and labels are this world's alone."""
        rng = self.rng
        own = "%s-%d" % (entity.ref[-2:], self.seed)
        body = {"stream": stream, "version": "2", "name": "%s-x%d" % (stream, self.seed), "namespace": rng.choice(("argocd", "argocd", "team")), "instance": rng.choice("aab"),
                "destinationNamespace": rng.choice(("shop-qa", "shop-live", "shop"))}
        way = rng.choice(("name", "name", "selector", "label", "rule", "own", "both"))
        if way in ("name", "both"):
            entity.app_names.append(body["name"])
        elif way == "selector":
            body["labels"] = {"app": own, "tier": rng.choice(("web", "web", "api"))}
            entity.annotations["argocd/app-selector"] = "app=%s,tier=web" % own
        elif way == "label":
            body["labels"] = {"backstage.io/kubernetes-id": own}
            entity.annotations["backstage.io/kubernetes-id"] = own
        elif way == "own":
            body["entityRef"] = self._ref(entity)
        if way == "both" or self._chance(0.1):
            rng.choice(self.entities).app_names.append(body["name"])
        self._add(self.source_ci, "stream", body)
        if self._chance(0.2):
            self._add(self.source_ci, "stream", {"stream": stream, "version": "1", "name": "once", "entityRef": "component:w%d/ghost" % self.seed})
        if self._chance(0.1):
            self._map(stream, entity)

    def _rule(self):
        """Rules about what nobody claims, and about environments."""
        rng = self.rng
        for order in range(rng.choice((0, 1, 1, 2))):
            since = self._near_edge(rng.randint(self.begin, self.end), 0.5) if self._chance(0.5) else None
            where = {"source": self.source_ci, "name" if self._chance(0.8) else "stream": "app-(?P<entity>e[01])-%s.*" % rng.choice(("[01]", "[0-9]", "0"))}
            self._add("rules", "mappingRule", {"id": "w%d-%d" % (self.seed, order), "version": "1", "order": str(rng.randint(0, 1)), "where": where,
                                               "entityRef": "component:w%d/%s" % (self.seed, rng.choice(("${entity}", "${entity}", "e0"))),
                                               "since": since and format_time(since), "deleted": self._chance(0.1)})
        if self._chance(0.2):
            where = {"source": self.source_ci, "destinationNamespace": "shop-(?P<of>.+)"}
            self._add("rules", "environmentRule", {"id": "w%d" % self.seed, "version": "1", "where": where, "name": rng.choice(("w%d-${of}" % self.seed, None)),
                                                   "tier": rng.choice(("PRODUCTION", "PRODUCTION", "TESTING", None))})

    def _annotate(self, entity):
        """The entity again, with what its annotations say by now."""
        if entity.app_names:
            entity.annotations["argocd/app-name"] = ", ".join(entity.app_names)
        for name, values in (("argocd/app-namespace", ("argocd", "argocd,team", "team")), ("argocd/instance-name", ("a", "b"))):
            if self._chance(0.15):
                entity.annotations[name] = self.rng.choice(values)
        if entity.annotations:
            self._add("catalog", "entity", dict(entity.declaration, version="9", annotations=entity.annotations))

    def _choose(self, entity, recent, now, style):
        """(repository or None, revision, images, config)."""
        rng = self.rng
        if recent and self._chance(0.35):
            repository, revision, images, config = rng.choice(recent[-4:])
            if self._chance(0.4):
                config = self._name("cfg")
            return repository, revision, images, config
        config = self._name("cfg") if self._chance(0.5) else ""
        if style != "revision" and self._chance(0.6 if style == "images" else 0.3):
            images = sorted(rng.sample(["img/a:1", "img/a:2", "img/a:3", "img/b:1", "img/b:2"], rng.randint(1, 2)))
            return None, "", images if self._chance(0.8) else [], config
        if not entity.repositories or self._chance(0.04):
            return None, self._sha(), [], config
        repository = rng.choice(entity.repositories)
        images = ["img/%s" % self._name("r")] if self._chance(0.3) else []
        return repository, repository.revision_at(now), images, config

    def _deployment(self, entity, stream, environment, mapped, what, now):
        rng = self.rng
        repository, revision, images, config = what
        started = self._near_edge(self._later(now, 6 * HOUR), 0.08)
        finished = self._near_edge(self._later(started, rng.choice((10 * MINUTE, 10 * MINUTE, DAY))), 0.08)
        if finished < started and self._chance(0.9):
            finished = started
        key = self._name("d")
        body = {"key": key, "version": "5", "stream": stream, "environment": environment,
                "startedAt": format_time(started) if self._chance(0.9) else None,
                "finishedAt": format_time(finished), "phase": "SUCCEEDED"}
        if not mapped and self._chance(0.95) or self._chance(0.1):
            body["entityRef"] = self._ref(entity)
        if revision:
            body["sourceRevision"] = revision
            names = [r.name for r in entity.repositories]
            if repository is not None and (repository.name != min(names, default="") or self._chance(0.4)):
                body["repository"] = repository.name
        if images:
            body["images"] = rng.sample(images, len(images)) + images[:1]
        if config and self._chance(0.9):
            body["configRevision"] = config
        if self._chance(0.2):
            body["healthyAt"] = format_time(self._near_edge(self._later(finished, 3 * HOUR), 0.1))
        if self._chance(0.08):
            body["degradedAt"] = format_time(self._near_edge(self._later(finished, rng.choice((HOUR, DAY))), 0.1))
        fate = rng.random()
        if fate < 0.06:
            body["phase"] = "FAILED"
        elif fate < 0.10:
            body["phase"] = "PENDING"
            del body["finishedAt"]
        elif fate < 0.14:
            body["withdrawn"] = True
        elif fate < 0.22:
            body["effect"] = rng.choice(("SELF_HEAL", "RESYNC", "DRY_RUN"))
        if self._chance(0.15):  # what was seen before
            earlier = dict(body, version="3", phase="PENDING")
            earlier.pop("finishedAt", None)
            self._add(self.source_ci, "deployment", earlier)
        if self._chance(0.1):
            self._add(self.source_ci, "deployment", dict(body, version="4", phase="FAILED", finishedAt=format_time(finished + MINUTE)))
        if self._chance(0.15):  # seen twice, and each time something was known that was not the other time
            body, first = self._halves(body)
            self._add(self.source_ci, "deployment", first)
        self._add(self.source_ci, "deployment", body)
        entity.deployments.append((self.source_ci, key, started, finished))

    def _halves(self, body):
        """The observation as it is kept, and an earlier one: fields that only one of both has, and times of health that differ."""
        body, first = dict(body), dict(body, version="2")
        for name in ("images", "effect"):
            if body.get(name) and body[name] != "DRY_RUN" and self._chance(0.7):
                del (body if self._chance(0.5) else first)[name]
        for name in ("healthyAt", "degradedAt"):
            if body.get(name) and self._chance(0.7):
                earlier, later = (body, first) if self._chance(0.5) else (first, body)
                later[name] = format_time(parse_time(earlier[name]) + MINUTE)
                if self._chance(0.3):
                    del later[name]
        return body, first

    # Incidents.

    def _link(self, entity):
        rng = self.rng
        kind = rng.choice(("deployment", "commit", "change"))
        if kind == "deployment" and self.entities:
            owner = entity if self._chance(0.8) else rng.choice(self.entities)
            if owner.deployments and self._chance(0.9):
                source, key, _, _ = rng.choice(owner.deployments)
                return {"deployment": {"source": source, "key": key}}
            return {"deployment": {"source": self.source_ci, "key": "nothing"}}
        repository = rng.choice(self.repositories)
        if kind == "commit":
            return {"commit": {"repository": repository.name, "sha": rng.choice(repository.order)}}
        number = rng.randint(1, len(repository.changes) + 1)
        return {"change": {"repository": repository.name, "number": str(number)}}

    def _incident(self, entity):
        rng = self.rng
        incident = self._name("i")
        opened = rng.randint(self.begin, self.end)
        if entity.deployments and self._chance(0.85):
            _, _, started, finished = rng.choice(entity.deployments)
            opened = rng.choice((started, finished)) + rng.choice((0, 1, -1, 24 * HOUR, MINUTE, 3 * HOUR, -MINUTE, 30 * HOUR))
        opened = self._near_edge(opened, 0.1)
        about = {"affectedEntityRefs": [self._ref(entity)] + ([self._ref(rng.choice(self.entities))] if self._chance(0.3) else [])}
        if self._chance(0.35):
            about["environment"] = rng.choice(("prod", "eu-west", "us-east", "staging", "live-old", "preview"))
        if self._chance(0.3):
            about["cause"] = rng.choice(("CHANGE", "NOT_A_CHANGE"))
        if self._chance(0.4):
            about["causedBy"] = [self._link(entity) for _ in range(rng.choice((1, 1, 2, 3)))]
        if self._chance(0.3):
            about["remediedBy"] = [self._link(entity) for _ in range(rng.choice((1, 1, 2)))]
        events = []
        if self._chance(0.95):
            events.append(("OPENED", opened))
        now = opened
        for kind in ("ACKNOWLEDGED", "RESOLVED", "REOPENED", "RESOLVED", "RESOLVED"):
            now = self._near_edge(self._later(now, rng.choice((HOUR, DAY, 20 * DAY))), 0.1)
            if self._chance(0.08):
                now -= 2 * HOUR
            if self._chance(0.75):
                events.append((kind, now))
            elif self._chance(0.5):
                break
        if self._chance(0.2):
            events.append(("ANNOTATED", now + DAY))
        if not events:
            events.append(("RESOLVED", now))
        bearers = rng.sample(range(len(events)), 1 + (len(events) > 1 and self._chance(0.3)))
        for at, (kind, when) in enumerate(events):
            body = {"incidentId": incident, "eventId": "e%d" % at, "type": kind, "occurredAt": format_time(when)}
            if at in bearers:
                body.update(about)
                if len(bearers) > 1 and self._chance(0.5):
                    about = dict(about, causedBy=[self._link(entity)])
            if kind != "OPENED" and self._chance(0.1):
                body["openedAt"] = format_time(opened + rng.choice((0, -MINUTE)))
            if self._chance(0.02):
                body["mergedInto"] = "i-other"
            self._add(self.source_pager, "incidentEvent", body)

    def _statuses(self):
        rng = self.rng
        for source, covers in ((self.source_ci, "DEPLOYMENTS"), (self.source_git, "CHANGES"), (self.source_pager, "INCIDENTS")):
            if self._chance(0.5):
                until = rng.choice((rng.randint(self.begin, self.end), self.end, self.end + 90 * DAY))
                body = {"covers": covers, "completeUntil": format_time(self._near_edge(until, 0.3)),
                        "entityRefs": [self._ref(e) for e in self.entities if self._chance(0.8)]}
                self._add(source, "sourceStatus", body)


class Entity:
    def __init__(self, ref):
        self.app_names = []
        self.annotations = {}
        self.ref = ref
        self.repositories = []
        self.alias = None
        self.deployments = []


class Repository:
    """A history that grows: a main line, branches, merges of three kinds, picks and reverts."""

    def __init__(self, world, name):
        self.world = world
        self.name = name
        self.commits = {}  # sha -> body
        self.order = []
        self.changes = []
        self._grow()

    def _commit(self, parents, when, **more):
        world = self.world
        sha = world._sha()
        authored = when - int(world.rng.choice((0, MINUTE, HOUR, 5 * DAY)) * world.rng.random())
        body = {"repository": self.name, "sha": sha, "parents": parents, "authoredAt": format_time(authored),
                "committedAt": format_time(when), **more}
        if self.paths_known and world._chance(0.9):
            body["paths"] = {"paths": world.rng.sample(["svc/a/x.go", "svc/ab/y.go", "svc/b/z.go", "lib/q.go", "docs/r.md", "svc/a"],
                                                       world.rng.choice((0, 1, 1, 2)))}
        self.commits[sha] = body
        self.order.append(sha)
        self.times[sha] = when
        return sha

    def _grow(self):
        world, rng = self.world, self.world.rng
        self.paths_known = world._chance(0.5)
        self.times = {}
        self.heads = []  # (time, sha): heads of the main line
        self.others = []  # (time, sha): commits off it
        main = self._commit([], world.begin - DAY)
        self.heads.append((world.begin - DAY, main))
        for now in world.moments(rng.choice((4, 12, 30))):
            act = rng.random()
            if act < 0.2:
                main = self._commit([main], now, **self._says())  # pushed directly
            elif act < 0.85:
                main = self._change(main, now)
            else:
                self._release_branch(main, now)
            self.heads.append((now, main))

    def _says(self):
        """What a commit may say about others."""
        world, rng = self.world, self.world.rng
        more = {}
        if len(self.order) > 2 and world._chance(0.2):
            more["reverts"] = [rng.choice(self.order[-8:])]
        return more

    def _change(self, main, now):
        world, rng = self.world, self.world.rng
        base = main if world._chance(0.7) else rng.choice(self.heads[-4:])[1]
        start = now - int(rng.choice((HOUR, 3 * DAY)) * rng.random())
        line, tip = [], base
        for i in range(rng.choice((1, 1, 2, 3))):
            tip = self._commit([tip], min(now, start + i * MINUTE), **self._says())
            line.append(tip)
        way = rng.choice(("merge", "squash", "rebase"))
        listed = []
        if way == "merge":
            landed = self._commit([main, tip], now)
            listed = line if world._chance(0.5) else []
            self.others += [(now, s) for s in line]
        elif way == "squash":
            landed = self._commit([main], now, **self._says())
        else:
            landed = main
            for _ in line:
                landed = self._commit([landed], now)
                listed.append(landed)
            if world._chance(0.3):
                listed = []
        self._pull_request(now, start, landed, listed)
        return landed

    def _pull_request(self, now, start, landed, listed):
        world, rng = self.world, self.world.rng
        number = len(self.changes) + 1
        merged = now + rng.choice((0, 0, 1_000_000))
        merged = world._near_edge(merged, 0.05)
        body = {"repository": self.name, "number": str(number), "updatedAt": format_time(merged), "mergedAt": format_time(merged),
                "mergeCommitSha": landed, "commitShas": listed}
        if world._chance(0.85):
            first = start + rng.choice((0, 0, -HOUR)) if world._chance(0.95) else merged + 30 * DAY
            body["firstCommitAuthoredAt"] = format_time(first)
        if world._chance(0.8):
            body["openedAt"] = format_time(start + int((now - start) * rng.random()) + rng.choice((0, 0, -2 * HOUR)))
        if world._chance(0.6):
            body["firstReviewAt"] = format_time(start + int((now - start) * rng.random()) + rng.choice((0, 0, 0, 5 * HOUR)))
        if world._chance(0.25):
            body["bot"] = True
        if world._chance(0.12):
            body["labels"] = ["bug", rng.choice(("hotfix", "HotFix", "hotfixes"))]
        if world._chance(0.2):
            body["headBranch"] = rng.choice(("hotfix/x", "hotfix-1", "feature/hotfix", "hotfixes/2"))
        if number > 1 and world._chance(0.15):
            body["revertsNumbers"] = [str(rng.randint(max(1, number - 3), number - 1))]
        if world._chance(0.08):
            body["revertsShas"] = [rng.choice(self.order[-9:])]
        if "paths" in self.commits[landed] and world._chance(0.7):
            body["paths"] = self.commits[landed]["paths"]
        self.changes.append(body)
        if world._chance(0.2):
            self.others.append((now, landed))

    def _release_branch(self, main, now):
        """A branch off an older head with picks of later commits, or a hotfix that later comes back."""
        world, rng = self.world, self.world.rng
        tip = rng.choice(self.heads[-5:])[1]
        for _ in range(rng.choice((1, 2))):
            more = {}
            if world._chance(0.6):
                picked = rng.choice(self.order[-8:])
                if world._chance(0.6):
                    more["cherryPickedFrom"] = [picked]
            tip = self._commit([tip], now, **more)
            if self.changes and world._chance(0.4):
                rng.choice(self.changes[-4:]).setdefault("cherryPickShas", []).append(tip)
            self.others.append((now, tip))
            now += HOUR

    def revision_at(self, now):
        """A revision that somebody could deploy then: mostly the head, or an older one, or one of a branch."""
        world, rng = self.world, self.world.rng
        heads = [s for t, s in self.heads if t <= now] or [self.heads[0][1]]
        others = [s for t, s in self.others if t <= now]
        if others and world._chance(0.2):
            return rng.choice(others)
        return heads[-1] if world._chance(0.6) else rng.choice(heads[-5:])

    def observe(self):
        world, rng = self.world, self.world.rng
        lost = {rng.choice(self.order)} if world._chance(0.25) else set()
        if world._chance(0.1):  # a shallow copy
            lost |= set(self.order[:3])
        for sha in self.order:
            if sha not in lost:
                world._add(world.source_git, "commit", self.commits[sha])
        for body in self.changes:
            if world._chance(0.2):
                earlier = {k: v for k, v in body.items() if k not in ("mergedAt", "mergeCommitSha")}
                world._add(world.source_git, "change", dict(earlier, updatedAt=format_time(parse_time(body["updatedAt"]) + DAY)))
            if world._chance(0.96):
                world._add(world.source_git, "change", body)


def observations(seed):
    return World(seed).observations


if __name__ == "__main__":
    for line in observations(int(sys.argv[1])):
        print(json.dumps(line, separators=(",", ":")))
