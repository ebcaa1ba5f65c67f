"""The measures of a window, from what is derived at its as_of. Exact until the last line: microseconds and fractions."""

import datetime
import zoneinfo
from fractions import Fraction

METRICS = ["deployment_frequency", "change_lead_time", "change_fail_rate", "failed_deployment_recovery_time",
           "deployment_rework_rate", "time_to_restore_service", "failed_attempts", "open_incidents", "review_time"]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def minus_civil_days(instant, days, zone):
    """The same wall clock so many days earlier; a skipped time moves forward by the gap, of a repeated one the first."""
    local = (_EPOCH + datetime.timedelta(microseconds=instant)).astimezone(zoneinfo.ZoneInfo(zone))
    wall = (local.replace(tzinfo=None) - datetime.timedelta(days=days)).replace(fold=0)
    span = wall.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(datetime.timezone.utc) - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def percentile(values, share):
    """percentile_cont."""
    if not values:
        return None
    ordered = sorted(values)
    at = Fraction(share) * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


HALF = Fraction(1, 2)
P90 = Fraction(9, 10)


def kaplan_meier_median(ended, open_spans):
    """(value or None, more_than)."""
    if not ended and not open_spans:
        return None, False
    survival = Fraction(1)
    times = sorted(set(ended))
    for i, t in enumerate(times):
        at_risk = sum(1 for x in ended if x >= t) + sum(1 for x in open_spans if x >= t)
        survival *= Fraction(at_risk - ended.count(t), at_risk)
        if survival < HALF:
            return Fraction(t), False
        if survival == HALF:
            if i + 1 < len(times):
                return Fraction(t + times[i + 1], 2), False
            longest = max(open_spans, default=None)
            if longest is None or longest <= t:
                return Fraction(t), False
            return Fraction(t + longest, 2), True
    return Fraction(max(ended + open_spans)), True


def stages(change, finish):
    """(coding, pickup, review, deploy), None where absent; they sum to finish - first commit."""
    first = change.first
    if change.opened is None:
        merged = min(max(change.merged, first), finish)
        return None, None, merged - first, finish - merged
    opened = min(max(change.opened, first), finish)
    merged = min(max(change.merged, opened), finish)
    if change.review is not None and change.review < change.merged:
        review = min(max(change.review, opened), merged)
        return opened - first, review - opened, merged - review, finish - merged
    return opened - first, None, merged - opened, finish - merged


class Answer:
    """One number. Times in seconds as fractions."""

    def __init__(self, value=None, n=0, count=0, more_than=False, longest_open=None, parts=()):
        self.value = value
        self.n = n
        self.count = count
        self.more_than = more_than
        self.longest_open = longest_open
        self.parts = dict(parts)  # name -> (value or None, n)
        self.reason = None


def seconds(micros):
    return None if micros is None else Fraction(micros) / 1_000_000


class Window:
    def __init__(self, as_of, days, zone):
        self.as_of, self.days, self.zone = as_of, days, zone
        self.start, self.end = minus_civil_days(as_of, days, zone), as_of

    def before(self):
        other = Window(self.as_of, self.days, self.zone)
        other.start, other.end = minus_civil_days(self.as_of, 2 * self.days, self.zone), self.start
        return other

    def has(self, instant):
        return instant is not None and self.start <= instant < self.end


def failure_span(roll_out, as_of):
    """(begin, end or None) of a failed roll-out."""
    evidence = roll_out.failures
    incidents = [e.incident for e in evidence if e.incident is not None]
    if incidents:
        ends = [i.resolved_at(as_of) for i in incidents]
        return min(i.opened for i in incidents), None if None in ends else max(ends)
    if all(e.cause == "degraded" for e in evidence):
        ends = [e.ends for e in evidence]
        return min(e.member.fact.degraded for e in evidence), None if None in ends else max(ends)
    begin = min(e.member.order for e in evidence)[0]
    ends = []
    rollbacks = [e.by.finish for e in evidence if e.cause == "rollback"]
    if rollbacks:
        ends.append(max(rollbacks))
    reverts = [e.by.finish for e in evidence if e.cause == "revert"]
    if reverts:
        ends.append(min(reverts))
    return begin, min(ends) if ends else None


def survival_answer(spans, as_of):
    """spans: (begin, end or None). Negative ones are left out."""
    ended = [end - begin for begin, end in spans if end is not None and end >= begin]
    still = [as_of - begin for begin, end in spans if end is None]
    value, more_than = kaplan_meier_median(ended, still)
    return Answer(seconds(value), len(ended) + len(still), len(still), more_than,
                  seconds(max(still)) if still else None)


class Measurer:
    """Answers questions about some entities, pooled (one entity: its own numbers)."""

    def __init__(self, derived_list, policies):
        self.derived = derived_list
        self.policy = policies

    def answer(self, metric, window):
        return getattr(self, "_" + metric)(window)

    def _counted(self, window):
        return [(d, o) for d in self.derived for o in d.roll_outs if window.has(o.counted_at)]

    def _deployment_frequency(self, window):
        counted = self._counted(window)
        weeks, span = [], 7
        while span <= window.days and window.end == window.as_of:
            days = 0
            for day in range(span - 7, span):
                start = minus_civil_days(window.as_of, day + 1, window.zone)
                end = minus_civil_days(window.as_of, day, window.zone) if day else window.as_of
                days += any(start <= o.counted_at < end for _, o in counted)
            weeks.append(days)
            span += 7
        return Answer(Fraction(len(counted), window.days), len(counted),
                      parts={"days_per_week": (percentile(weeks, HALF), len(weeks))})

    def shipped(self, window):
        for d in self.derived:
            for change in d.changes:
                run = d.attributed(change)
                if run is not None and window.has(run.finish):
                    yield change, run.finish

    def _change_lead_time(self, window):
        leads, deploys, parts = [], [], {"coding": [], "pickup": [], "review": [], "deploy": []}
        for change, finish in self.shipped(window):
            if change.bot and self.policy["bots"] == "excluded":
                continue
            if change.first is not None:
                if change.first > finish:
                    continue
                leads.append(finish - change.first)
                for name, span in zip(parts, stages(change, finish)):
                    if span is not None:
                        parts[name].append(span)
            if change.merged <= finish:
                deploys.append(finish - change.merged)
        shown = {name: (seconds(percentile(spans, HALF)), len(spans)) for name, spans in parts.items()}
        shown["p90"] = (seconds(percentile(leads, P90)), len(leads))
        shown["merge_to_deploy"] = (seconds(percentile(deploys, HALF)), len(deploys))
        return Answer(seconds(percentile(leads, HALF)), len(leads), parts=shown)

    def _change_fail_rate(self, window):
        counted = self._counted(window)
        failed = sum(1 for _, o in counted if o.failures)
        return Answer(Fraction(failed, len(counted)) if counted else None, len(counted), failed)

    def _deployment_rework_rate(self, window):
        counted = self._counted(window)
        unplanned = sum(1 for d, o in counted if o in d.reworked)
        return Answer(Fraction(unplanned, len(counted)) if counted else None, len(counted), unplanned)

    def _failed_deployment_recovery_time(self, window):
        spans = [failure_span(o, d.as_of) for d in self.derived for o in d.roll_outs if o.failures]
        return survival_answer([s for s in spans if window.has(s[0])], window.as_of)

    def incidents(self):
        seen = set()
        for d in self.derived:
            for incident in d.entity.incidents:
                name = (incident.source, incident.id)
                if d.in_scope(incident) and incident.opened is not None and incident.opened < d.as_of and name not in seen:
                    seen.add(name)
                    yield incident

    def _time_to_restore_service(self, window):
        return survival_answer([(i.opened, i.resolved_at(window.as_of)) for i in self.incidents()
                                if window.has(i.opened)], window.as_of)

    def _open_incidents(self, window):
        still = [window.end - i.opened for i in self.incidents()
                 if i.opened < window.end and i.resolved_at(window.end) is None]
        return Answer(Fraction(len(still)), len(still), longest_open=seconds(max(still)) if still else None)

    def _failed_attempts(self, window):
        n = sum(1 for d in self.derived for r in d.runs if r.outcome == "failed" and window.has(r.finish))
        return Answer(Fraction(n), n)

    def _review_time(self, window):
        spans = []
        for d in self.derived:
            for c in d.changes:
                if (window.has(c.merged) and c.opened is not None and c.review is not None
                        and c.opened <= c.review < c.merged):
                    spans.append(c.review - c.opened)
        return Answer(seconds(percentile(spans, HALF)), len(spans))
