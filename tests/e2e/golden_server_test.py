#!/usr/bin/env python3
"""The sequences of tests/golden, asked of the running services.

    golden_server_test.py BUILD_FOLDER [--separate]
"""

import argparse
import pathlib
import sys

from installation import Installation

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))

import golden_case  # noqa: E402


def close(text, found):
    return found is not None and abs(float(golden_case.number(text)) - found) < 1e-6


def seconds(text):
    return None if text is None else float(text.rstrip("s"))


def of_metrics(ask, answer):
    """Differences in the numbers."""
    measures = {m["metric"]: m for m in answer["measures"]}
    for metric, expected in ask.metrics:
        measure = measures[metric]
        parts = {p["name"]: p.get("value") for p in measure.get("parts", [])}
        found = {"value": measure.get("value"), "n": int(measure.get("n", 0)), "count": int(measure.get("count", 0)),
                 "longest_open": seconds(measure.get("longest_open")), **parts}
        for name, text in expected.items():
            if name == "none":
                if measure.get("reason") != text:
                    yield "%s: reason %s, expected %s" % (metric, measure.get("reason"), text)
            elif name == "more_than":
                if not measure.get("more_than"):
                    yield metric + ": not more than"
            elif "none" in expected and name not in ("n", "count"):
                continue  # without a number there are no parts
            elif not close(text, found.get(name)):
                yield "%s: %s is %s, expected %s" % (metric, name, found.get(name), text)
        if "none" not in expected and measure.get("more_than", False) != ("more_than" in expected):
            yield "%s: more_than is %s" % (metric, measure.get("more_than"))


def evidence(headway, ask, metric):
    scope = dict(ask.scope(), days=3660)
    return headway.explain(ask.entity, metric, **scope)["evidence"]


def of_evidence(headway, ask):
    """Differences in what the numbers are made of: all time before as_of."""
    if ask.rows:
        kinds = {e["deployment"]["key"]: e["deployment"]["kind"] for e in evidence(headway, ask, "deployment_frequency") if e["deployment"].get("kind")}
        for key, kind, _, _ in ask.rows:
            if key in kinds and kinds[key] != kind:
                yield "%s is a %s, expected %s" % (key, kinds[key], kind)
        if not set(kinds) <= {row[0] for row in ask.rows}:
            yield "rows are %s, expected %s" % (kinds, ask.rows)
        for metric, column in (("change_fail_rate", 2), ("deployment_rework_rate", 3)):
            marked = {e["deployment"]["key"] for e in evidence(headway, ask, metric) if e.get("counts")}
            expected = {row[0] for row in ask.rows if row[column]}
            if not marked <= expected or bool(marked) != bool(expected):
                yield "%s: %s, expected %s" % (metric, sorted(marked), sorted(expected))
    if ask.ships:
        pairs = {int(e["change"]["number"]): e["change"]["shipped_by"]["key"] for e in evidence(headway, ask, "change_lead_time")
                 if e["change"].get("shipped_by") and "not attributed" not in e.get("left_out", "")}
        for number, key in ask.ships:
            if pairs.get(number) != key:
                yield "%d ships with %s, expected %s" % (number, pairs.get(number), key)
    if ask.blames:
        said = {e["incident"]["incident_id"]: e["incident"] for e in evidence(headway, ask, "time_to_restore_service")}
        for incident, key, how in ask.blames:
            blamed = said.get(incident, {}).get("blamed", {}).get("key") or None
            # An incident of another environment is no evidence of this scope's time to restore.
            if incident in said and blamed != key:
                yield "%s blames %s, expected %s" % (incident, blamed, key)
            if key and incident in said and said[incident].get("explicit_link", False) != (how == "explicit"):
                yield "%s: explicit link %s, expected %s" % (incident, said[incident].get("explicit_link"), how)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--separate", action="store_true")
    options = parser.parse_args()
    cases, failed, asked = golden_case.cases(), 0, 0
    with Installation(options.build, options.separate) as headway:
        headway.import_ndjson([o for case in cases for o in case.observations])
        for case in cases:
            wrong = []
            for at, ask in enumerate(case.asks, 1):
                asked += 1
                answer = headway.measures([ask.entity], **ask.scope())[ask.entity]
                wrong += ["question %d: %s" % (at, d) for d in [*of_metrics(ask, answer), *of_evidence(headway, ask)]]
            print("%-4s %s" % ("no" if wrong else "ok", case.name), flush=True)
            for text in wrong:
                print("     " + text)
            failed += bool(wrong)
    print("%d cases, %d questions, %d cases failed" % (len(cases), asked, failed))
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
