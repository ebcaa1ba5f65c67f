"""What an entity's facts mean at one instant, by the definitions, without any cleverness.

Everything is computed from nothing for each (entity, as_of, scope, policies): first all that is not known at as_of is thrown
away, then the rules are applied to what is left. So no evidence here ever needs a beginning or an end.
"""

from facts import DAY, HOUR
from graph import Graph, brings_change, is_change_of

DEFAULT_POLICIES = {
    "first_deployment": "none", "changes": "pull_requests", "cherry_picks": "ancestry", "bots": "included",
    "incident_attribution": "inferred", "roll_out": "first", "finish": "healthy", "attribution_window": 24 * HOUR,
    "roll_out_window": 24 * HOUR, "stream_activity": 30 * DAY, "degraded_after": None, "minimum_events": 1,
}


class Run:
    """A deployment under one policy of finish."""

    def __init__(self, fact, finish, outcome):
        self.fact = fact
        self.finish = finish
        self.outcome = outcome  # "succeeded", "failed"
        self.started = fact.started if fact.started is not None else finish
        self.order = (finish, fact.key.encode(), fact.id)
        self.stream = (fact.environment, fact.stream)
        self.kind = None
        self.before = None    # what ran just before it in its stream
        self.fails = None     # of a rollback: the deployment that brought what it replaced
        self.ran_before = False
        self.roll_out = None
        if fact.revision:
            self.identity = ("revision", fact.repository, fact.revision)
        elif fact.images:
            self.identity = ("images",) + fact.images
        elif fact.config:
            self.identity = ("config", fact.config)
        else:
            self.identity = ("itself", fact.id)

    @property
    def ran(self):
        return self.outcome == "succeeded" and self.kind not in ("self_heal", "resync")

    def __repr__(self):
        return "%s/%s" % (self.fact.source, self.fact.key)


class RollOut:
    def __init__(self, first, kind, token):
        self.members = [first]
        self.kind = kind
        self.token = token
        self.failures = []  # Evidence
        self.counted_at = None

    @property
    def opened(self):
        return self.members[0].order


class Evidence:
    """Why a roll-out failed."""

    def __init__(self, cause, member, incident=None, by=None, ends=None):
        self.cause = cause  # explicit, inferred, rollback, revert, degraded
        self.member = member
        self.incident = incident
        self.by = by
        self.ends = ends  # for degraded


class EntityFacts:
    """The part of the facts that an entity reads, with graphs; shared by all questions about it."""

    def __init__(self, facts, ref):
        self.facts = facts
        self.ref = ref
        declaration = facts.declarations.get(ref, {"repositories": {}})
        self.repositories = declaration["repositories"]
        self.graphs = {name: Graph(facts.commits.get(name, {})) for name in self.repositories}
        self.deployments = [d for d in facts.deployments if d.entity == ref]
        self.incidents = [i for i in facts.incidents if ref in i.entities and not i.merged_into]
        self.changes = [c for name in self.repositories for c in facts.changes.get(name, {}).values()
                        if c.merged is not None and c.merge_commit]
        self.changing = {}
        for name, graph in self.graphs.items():
            mask = 0
            for sha, bit in graph.bit.items():
                if brings_change(self.repositories[name], graph.commits.get(sha)):
                    mask |= 1 << bit
            self.changing[name] = mask


class ShippedChange:
    """A change as a question sees it."""

    def __init__(self, repository, number, commit, group, opened, first, review, merged, bot, hotfix):
        self.repository = repository
        self.number = number
        self.commit = commit
        self.group = group  # commits of which one must be reachable
        self.opened = opened
        self.first = first
        self.review = review
        self.merged = merged
        self.bot = bot
        self.hotfix = hotfix
        self.baseline = False
        self.shipped_by = None  # a Run, also if not attributed


class Derived:
    """Everything at one instant."""

    def __init__(self, entity, as_of, environment, policies):
        self.entity = entity
        self.as_of = as_of
        self.environment = environment
        self.policy = dict(DEFAULT_POLICIES, **policies)
        self.scope_is_production = (not environment
                                    or entity.facts.tier_of_name(environment) == "PRODUCTION")
        self._runs()
        self._kinds()
        self._roll_outs()
        self._shipping()
        self._failures()
        self._count()
        self._rework()

    # Deployments.

    def _finish(self, fact):
        """(finish, outcome) or None while pending."""
        if fact.phase == "PENDING":
            return None
        if fact.phase == "FAILED":
            return fact.finished, "failed"
        if self.policy["finish"] == "synced":
            return fact.finished, "succeeded"
        if fact.healthy is not None:
            broken = fact.degraded is not None and fact.finished <= fact.degraded < fact.healthy
            return fact.healthy, "failed" if broken else "succeeded"
        broken = (fact.degraded is not None and fact.degraded >= fact.finished
                  and self.policy["degraded_after"] is None)
        return fact.finished, "failed" if broken else "succeeded"

    def _in_scope(self, fact):
        return fact.environment == self.environment if self.environment else fact.tier == "PRODUCTION"

    def _runs(self):
        self.runs = []
        for fact in self.entity.deployments:
            outcome = self._finish(fact)
            if outcome is not None and outcome[0] < self.as_of and self._in_scope(fact):
                self.runs.append(Run(fact, *outcome))
        self.runs.sort(key=lambda r: r.order)

    def graph_of(self, run):
        """The graph that the run's revision is in, or None."""
        graph = self.entity.graphs.get(run.fact.repository)
        return graph if graph is not None and run.fact.revision and graph.has(run.fact.revision) else None

    def _is_descendant(self, a, b):
        """Whether a's revision is b's or comes after it; None where one of them is in no graph."""
        graph_a, graph_b = self.graph_of(a), self.graph_of(b)
        if graph_a is None or graph_b is None:
            return None
        return graph_a is graph_b and graph_a.contains(a.fact.revision, b.fact.revision)

    def _kinds(self):
        streams = {}
        for run in self.runs:
            if run.outcome == "succeeded":
                streams.setdefault(run.stream, []).append(run)
        for line in streams.values():
            past = []
            for run in line:
                run.before = past[-1] if past else None
                self._decide(run, past)
                if run.ran:
                    past.append(run)

    def _decide(self, run, past):
        fact = run.fact
        if fact.effect in ("SELF_HEAL", "RESYNC"):
            run.kind = fact.effect.lower()
            return
        same = [p for p in past if p.identity == run.identity]
        run.ran_before = bool(same)
        running = past[-1] if past else None
        if running is not None:
            if (run.identity == running.identity and run.identity[0] != "config" and fact.images == running.fact.images
                    and fact.config and running.fact.config and fact.config != running.fact.config):
                run.kind = "config"
                return
            if same and run.identity != running.identity:
                first_of_running = [p for p in past if p.identity == running.identity][0]
                if same[0].order < first_of_running.order and not self._is_descendant(run, running):
                    run.kind = "rollback"
                    run.fails = self._brought(past)
                    return
            if not same and run.identity != running.identity and self._is_descendant(running, run):
                run.kind = "out_of_order"
                return
        run.kind = "redeploy" if same or self._brings_nothing(run, past) else "release"

    @staticmethod
    def _brought(past):
        identity = past[-1].identity
        for at in range(len(past) - 1, -1, -1):
            bringer = past[at]
            if (bringer.identity == identity and bringer.kind != "config"
                    and (at == 0 or past[at - 1].identity != identity)):
                return bringer
        raise AssertionError("something must have brought what runs")

    def _brings_nothing(self, run, past):
        graph = self.graph_of(run)
        if graph is None:
            return False
        new = graph.reach(run.fact.revision)
        for p in past:
            if p.identity[0] == "revision" and p.fact.repository == run.fact.repository:
                new &= ~graph.reach(p.fact.revision)
        if new == 0:
            return bool(past)
        return new & self.entity.changing[run.fact.repository] == 0

    # Roll-outs.

    @property
    def counted(self):
        return [r for r in self.runs if r.ran]

    def _roll_outs(self):
        self.roll_outs = []
        for run in self.counted:
            roll_out = None
            if self.policy["roll_out"] != "each":
                roll_out = self._joined(run)
            if roll_out is None:
                roll_out = RollOut(run, self._class_of(run), self._token_of(run))
                self.roll_outs.append(roll_out)
            else:
                roll_out.members.append(run)
            run.roll_out = roll_out

    @staticmethod
    def _class_of(run):
        if run.kind == "config":
            return "config"
        if run.kind == "rollback" or (run.kind == "redeploy" and run.ran_before):
            return run.kind
        return "new"

    @staticmethod
    def _token_of(run):
        kind = Derived._class_of(run)
        if kind == "new":
            return run.identity
        if kind == "config":
            return (run.identity, run.fact.config)
        return (run.before.identity, run.identity)

    def _joined(self, run):
        kind, token = self._class_of(run), self._token_of(run)
        alike = [o for o in self.roll_outs if o.kind == kind and o.token == token]
        if kind in ("new", "config"):
            return alike[0] if alike else None
        alike = [o for o in alike if all(m.stream != run.stream for m in o.members)
                 and run.finish - o.members[-1].finish <= self.policy["roll_out_window"]]
        return max(alike, key=lambda o: o.opened) if alike else None

    # What ships.

    def _shipping(self):
        entity = self.entity
        self.baseline = {}
        for run in self.runs:
            if run.outcome == "succeeded" and self.graph_of(run) is not None:
                self.baseline.setdefault(run.fact.repository, run)

        self.change_of_commit = {}  # (repository, sha) -> Change: merge commits and commits of merged changes
        for change in entity.changes:
            for sha in [change.merge_commit] + change.commits:
                self.change_of_commit.setdefault((change.repository, sha), change)

        self.changes = []
        for change in entity.changes:
            if change.merged < self.as_of and is_change_of(entity.repositories[change.repository], change.paths):
                self.changes.append(ShippedChange(
                    change.repository, change.number, change.merge_commit, self._group(change), change.opened,
                    change.first_authored, change.first_review, change.merged, change.bot, change.hotfix))
        if self.policy["changes"] == "all":
            self._pushes()
        for change in self.changes:
            change.baseline = self._in_baseline(change.repository, change.group)
            change.shipped_by = self._ships(change.repository, change.group)

    def _recognised_picks(self, repository, shas):
        return [c.sha for c in self.entity.graphs[repository].commits.values()
                if any(s in shas for s in c.picked_from)]

    def _group(self, change):
        if self.policy["cherry_picks"] != "follow":
            return [change.merge_commit]
        return ([change.merge_commit] + change.cherry_picks
                + self._recognised_picks(change.repository, [change.merge_commit] + change.commits))

    def _pushes(self):
        entity = self.entity
        taken = set()
        for change in entity.changes:
            taken.update((change.repository, s) for s in [change.merge_commit] + change.commits + change.cherry_picks)
            taken.update((change.repository, s) for s in self._recognised_picks(
                change.repository, [change.merge_commit] + change.commits))
        found = set()
        for run in self.counted:
            graph = self.graph_of(run)
            if graph is not None:
                found.update((run.fact.repository, sha) for sha in graph.first_parents(run.fact.revision))
        for repository, sha in found - taken:
            commit = entity.graphs[repository].commits[sha]
            if (len(commit.parents) < 2 and commit.committed < self.as_of
                    and is_change_of(entity.repositories[repository], commit.paths)):
                group = [sha]
                if self.policy["cherry_picks"] == "follow":
                    group += self._recognised_picks(repository, [sha])
                self.changes.append(ShippedChange(repository, 0, sha, group, None, commit.authored, None,
                                                  commit.committed, False, False))

    def _reaches(self, run, repository, group):
        graph = self.graph_of(run)
        return (graph is not None and run.fact.repository == repository
                and any(graph.contains(run.fact.revision, sha) for sha in group))

    def _ships(self, repository, group):
        for run in self.counted:
            if self._reaches(run, repository, group):
                return run
        return None

    def _in_baseline(self, repository, group):
        first = self.baseline.get(repository)
        return first is not None and self._reaches(first, repository, group)

    def _group_of_commit(self, repository, sha):
        change = self.change_of_commit.get((repository, sha))
        return self._group(change) if change is not None and change.merge_commit == sha else [sha]

    def commit_ships(self, repository, sha):
        """(run or None, in the baseline)."""
        if repository not in self.entity.graphs:
            return None, False
        group = self._group_of_commit(repository, sha)
        return self._ships(repository, group), self._in_baseline(repository, group)

    def _attributed(self, run, baseline):
        return run if run is not None and (not baseline or self.policy["first_deployment"] == "all") else None

    # Reverts.

    def pairs(self):
        """(repository, revert commit, target commit, target is itself a revert)."""
        found = set()
        own = {(c.repository, c.number): c for c in self.entity.changes}
        for change in self.entity.changes:
            prefixes = self.entity.repositories[change.repository]
            commit = self.entity.graphs[change.repository].commits.get(change.merge_commit)
            if (change.merged >= self.as_of or not is_change_of(prefixes, change.paths)
                    or (commit is not None and not is_change_of(prefixes, commit.paths))):
                continue
            for number in change.reverts_numbers:
                target = own.get((change.repository, number))
                if target is not None:
                    found.add((change.repository, change.merge_commit, target.merge_commit))
            for sha in change.reverts_shas:
                found.add((change.repository, change.merge_commit, self._stands_for(change.repository, sha)))
        for repository, graph in self.entity.graphs.items():
            for commit in graph.commits.values():
                if is_change_of(self.entity.repositories[repository], commit.paths):
                    for sha in commit.reverts:
                        found.add((repository, commit.sha, self._stands_for(repository, sha)))
        found = {(repository, revert, target) for repository, revert, target in found
                 if target not in (revert, self._stands_for(repository, revert))}
        reverting = {(repository, revert) for repository, revert, _ in found}
        return sorted((repository, revert, target, self._is_revert(repository, target, reverting))
                      for repository, revert, target in found)

    def _stands_for(self, repository, sha):
        change = self.change_of_commit.get((repository, sha))
        return change.merge_commit if change is not None else sha

    def _is_revert(self, repository, target, reverting):
        change = self.change_of_commit.get((repository, target))
        shas = [target] if change is None else [target] + change.commits
        return any((repository, sha) in reverting for sha in shas)

    # Failures.

    def in_scope(self, incident):
        if incident.environment is None:
            return self.scope_is_production
        if self.environment:
            return incident.environment == self.environment
        return incident.tier == "PRODUCTION"

    def _linked(self, links):
        """The run that each link leads to (or None) with whether a person named the deployment itself, in order of preference."""
        own = {(c.repository, c.number): c for c in self.changes if c.number}
        for link in links:
            if "deployment" in link:
                name = (link["deployment"]["source"], link["deployment"]["key"])
                yield next((r for r in self.counted if (r.fact.source, r.fact.key) == name), None), True
        for link in links:
            if "commit" in link:
                run, baseline = self.commit_ships(link["commit"]["repository"], link["commit"]["sha"])
                yield self._attributed(run, baseline), False
        for link in links:
            if "change" in link:
                change = own.get((link["change"]["repository"], int(link["change"]["number"])))
                yield (None if change is None else self._attributed(change.shipped_by, change.baseline)), False

    def blame(self, incident):
        """(run or None, how): explicit, inferred, broken, none."""
        if incident.opened is None or incident.opened >= self.as_of:
            return None, "none"
        if incident.caused_by:
            for run, named in self._linked(incident.caused_by):
                if run is not None:
                    return (run if named else self._pass_on(run)), "explicit"
            return None, "broken"
        if (self.policy["incident_attribution"] == "explicit" or incident.cause == "NOT_A_CHANGE"
                or not self.in_scope(incident) or not self.scope_is_production
                or (incident.environment is not None and incident.tier != "PRODUCTION")):
            return None, "none"
        suspects = [r for r in self.counted
                    if incident.opened - self.policy["attribution_window"] <= r.started < incident.opened
                    and incident.environment in (None, r.fact.environment)]
        if not suspects:
            return None, "none"
        return self._pass_on(max(suspects, key=lambda r: (r.started,) + r.order)), "inferred"

    @staticmethod
    def _pass_on(run):
        while run.kind == "rollback":
            run = run.fails
        return run

    def _failures(self):
        def fail(cause, member, **more):
            member.roll_out.failures.append(Evidence(cause, member, **more))

        for incident in self.entity.incidents:
            run, how = self.blame(incident)
            if run is not None:
                fail(how, run, incident=incident)
        for run in self.counted:
            if run.kind == "rollback":
                fail("rollback", run.fails, by=run)
        for repository, revert, target, target_is_revert in self.pairs():
            shipped, baseline = self.commit_ships(repository, target)
            undone, revert_in_baseline = self.commit_ships(repository, revert)
            shipped = self._attributed(shipped, baseline)
            if (shipped is not None and undone is not None and not revert_in_baseline and not target_is_revert
                    and shipped.order < undone.order):
                fail("revert", shipped, by=undone)
        if self.policy["degraded_after"] is not None:
            for run in self.counted:
                degraded = run.fact.degraded
                if (degraded is not None and degraded < self.as_of
                        and run.finish <= degraded <= run.finish + self.policy["degraded_after"]):
                    later = [r for r in self.counted if r.stream == run.stream and r.order > run.order]
                    fail("degraded", run, ends=later[0].finish if later else None)

    # Where roll-outs count.

    def _count(self):
        for roll_out in self.roll_outs:
            if self.policy["roll_out"] != "last":
                roll_out.counted_at = roll_out.members[0].finish
            elif self._is_complete(roll_out):
                in_order = [m for m in roll_out.members if m.kind != "out_of_order"] or roll_out.members
                roll_out.counted_at = in_order[-1].finish

    def _is_complete(self, roll_out):
        if roll_out.failures:
            return True
        first = roll_out.members[0]
        streams = {}
        for run in self.counted:
            streams.setdefault(run.stream, []).append(run)
        if all(line[-1].identity != first.identity for line in streams.values()):
            return True
        opening = first.finish
        for line in streams.values():
            if not any(opening - self.policy["stream_activity"] <= r.finish < opening for r in line):
                continue
            if not any(r.identity == first.identity or self._is_descendant(r, first)
                       or r.roll_out.opened > roll_out.opened for r in line):
                return False
        return True

    # Rework.

    def _rework(self):
        self.reworked = set()  # roll-outs

        def unplanned(run):
            if run is not None:
                self.reworked.add(run.roll_out)

        for run in self.counted:
            if run.kind == "rollback":
                unplanned(run)
        for change in self.changes:
            if change.hotfix:
                unplanned(self._attributed(change.shipped_by, change.baseline))
        for repository, revert, target, target_is_revert in self.pairs():
            ships, revert_in_baseline = self.commit_ships(repository, revert)
            if ships is None or revert_in_baseline or target_is_revert:
                continue
            earlier, target_in_baseline = self.commit_ships(repository, target)
            if target_in_baseline or (earlier is not None and earlier.order < ships.order):
                unplanned(ships)
        for incident in self.entity.incidents:
            if incident.opened is not None and incident.opened < self.as_of:
                for run, _ in self._linked(incident.remedied_by):
                    unplanned(run)

    def attributed(self, change):
        return self._attributed(change.shipped_by, change.baseline)
