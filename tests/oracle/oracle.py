"""The oracle: answers the questions that the server answers, by brute force.

    oracle = Oracle(Facts(observations))
    oracle.measures("component:default/a", as_of, days=30, zone="UTC", environment="", policies={"roll_out": "last"})
"""

from derive import Derived, EntityFacts
from measures import METRICS, Measurer, Window

# What a measure needs.
_NEEDS = {"deployment_frequency": ["DEPLOYMENTS"], "change_fail_rate": ["DEPLOYMENTS"],
          "failed_deployment_recovery_time": ["DEPLOYMENTS"], "deployment_rework_rate": ["DEPLOYMENTS"],
          "failed_attempts": ["DEPLOYMENTS"], "change_lead_time": ["DEPLOYMENTS", "CHANGES"],
          "review_time": ["CHANGES"], "time_to_restore_service": ["INCIDENTS"], "open_incidents": ["INCIDENTS"]}
_CAN_BE_ZERO = ("deployment_frequency", "failed_attempts", "open_incidents")


def sources(entity, kind):
    """The sources of a kind that are mapped to an entity: name -> complete until (None: says nothing). "" where only mapped."""
    facts = entity.facts
    names = {s["source"] for s in facts.statuses if s["covers"] == kind and entity.ref in s["entities"]}
    if kind == "DEPLOYMENTS":
        names |= {m["source"] for m in facts.mappings if m["entity"] == entity.ref}
        names |= {key[0] for key in facts.streams if entity.ref in facts.entities_of_stream(key)}
        names |= {d.source for d in entity.deployments}
    elif kind == "INCIDENTS":
        names |= {i.source for i in entity.incidents}
    else:
        if not entity.repositories:
            return {}
        names |= {facts.change_sources[c.repository, c.number] for repository in entity.repositories
                  for c in facts.changes.get(repository, {}).values() if c.merged is not None}
        names = names or {""}
    until = {s["source"]: s["until"] for s in facts.statuses if s["covers"] == kind}
    return {name: until.get(name) for name in names}


def reason(metric, entity, window, answer, minimum):
    """Why there is no number, or None."""
    for kind in _NEEDS[metric]:
        mapped = sources(entity, kind)
        if not mapped:
            return "NO_SOURCE_MAPPED"
    for kind in _NEEDS[metric]:
        ends = sources(entity, kind).values()
        if all(end is not None and end < window.start for end in ends):
            return "SOURCE_SILENT"
    if metric not in _CAN_BE_ZERO and (answer.n < minimum or answer.value is None):
        return "TOO_FEW_EVENTS"
    return None


class Oracle:
    def __init__(self, facts):
        self.facts = facts
        self._entities = {}
        self._derived = {}

    def entity(self, ref):
        if ref not in self._entities:
            self._entities[ref] = EntityFacts(self.facts, ref)
        return self._entities[ref]

    def derived(self, ref, as_of, environment="", policies=None):
        key = (ref, as_of, environment, tuple(sorted((policies or {}).items())))
        if key not in self._derived:
            self._derived[key] = Derived(self.entity(ref), as_of, environment, policies or {})
        return self._derived[key]

    def measures(self, ref, as_of, days=30, zone="UTC", environment="", policies=None):
        """All measures of an entity: metric -> (Answer, Answer of the window before)."""
        derived = self.derived(ref, as_of, environment, policies)
        measurer = Measurer([derived], derived.policy)
        window = Window(as_of, days, zone)
        result = {}
        for metric in METRICS:
            answer = measurer.answer(metric, window)
            before = measurer.answer(metric, window.before())
            answer.reason = reason(metric, derived.entity, window, answer, derived.policy["minimum_events"])
            before.reason = reason(metric, derived.entity, window.before(), before, derived.policy["minimum_events"])
            result[metric] = (answer, before)
        return result

    def pool(self, refs, as_of, days=30, zone="UTC", environment="", policies=None):
        derived = [self.derived(ref, as_of, environment, policies) for ref in refs]
        measurer = Measurer(derived, derived[0].policy)
        return {metric: measurer.answer(metric, Window(as_of, days, zone)) for metric in METRICS}

    def coverage(self, ref, as_of, days=30, zone="UTC", environment="", policies=None):
        derived = self.derived(ref, as_of, environment, policies)
        measurer, window = Measurer([derived], derived.policy), Window(as_of, days, zone)
        inside = [r for r in derived.counted if window.has(r.finish)]
        shipped = [c for c, _ in measurer.shipped(window)]
        merged = [c for c in derived.changes if window.has(c.merged)]
        incidents = [i for i in measurer.incidents() if window.has(i.opened)]
        blamed = [derived.blame(i)[1] for i in incidents]
        return {
            "deployments": len(inside),
            "deployments_with_known_commit": sum(1 for r in inside if derived.graph_of(r) is not None),
            "changes": len(shipped),
            "changes_first_commit_unknown": sum(1 for c in shipped if c.first is None),
            "changes_merged": len(merged),
            "changes_not_shipped": sum(1 for c in merged if c.shipped_by is None),
            "incidents": len(incidents),
            "incidents_linked_explicitly": blamed.count("explicit"),
            "incidents_linked_by_inference": blamed.count("inferred"),
            "incidents_with_broken_link": blamed.count("broken"),
        }
