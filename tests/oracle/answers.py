"""Compares one answer (proto3 JSON of headway.v1.GetEntityMetricsResponse, proto field names) with the oracle's."""

import math

# Rates have a numerator, times have open ones.
_WITH_COUNT = ("change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate", "time_to_restore_service")


def _close(a, b):
    if a is None or b is None:
        return a is None and b is None
    return math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=2e-6)


def _duration(text):
    return None if text is None else float(text.rstrip("s"))


def _measure(metric, mine, before, theirs, minimum):
    available = mine.reason is None
    pairs = [("reason", mine.reason, theirs.get("reason")),
             ("n", mine.n, int(theirs.get("n", 0))),
             ("before_n", before.n, int(theirs.get("before_n", 0)))]
    numbers = [("value", mine.value if available else None, theirs.get("value")),
               # "More than" is no number to compare with.
               ("before", before.value if before.reason is None and not before.more_than else None, theirs.get("before"))]
    if metric in _WITH_COUNT:
        pairs.append(("count", mine.count, int(theirs.get("count", 0))))
    if available:
        pairs.append(("more_than", mine.more_than, theirs.get("more_than", False)))
    numbers.append(("longest_open", mine.longest_open, _duration(theirs.get("longest_open"))))
    parts = {p["name"]: p for p in theirs.get("parts", [])}
    for name, (value, n) in mine.parts.items() if available else ():
        enough = n >= minimum or metric == "deployment_frequency"
        numbers.append((name, value if enough else None, parts.get(name, {}).get("value")))
        pairs.append((name + " n", n, int(parts.get(name, {}).get("n", 0))))
    for name, ours, other in pairs:
        if ours != other:
            yield "%s.%s is %r, the oracle says %r" % (metric, name, other, ours)
    for name, ours, other in numbers:
        if not _close(ours, other):
            yield "%s.%s is %r, the oracle says %r" % (metric, name, other, None if ours is None else float(ours))


def differences(oracle, ref, question, answer):
    """Sentences, none when all agrees."""
    scope = question.scope()
    theirs = {m["metric"]: m for m in answer["measures"]}
    for metric, (mine, before) in oracle.measures(ref, **scope).items():
        yield from _measure(metric, mine, before, theirs[metric], question.policies.get("minimum_events", 1))
    coverage = answer.get("coverage", {})
    for name, count in oracle.coverage(ref, **scope).items():
        if count != int(coverage.get(name, 0)):
            yield "coverage.%s is %s, the oracle says %s" % (name, coverage.get(name, 0), count)
