#!/usr/bin/env python3
"""Asks the oracle the questions of all cases and compares with the answers that were worked out by hand.

    golden_test.py [CASE ...]
"""

import sys
import unittest

import golden_case
from facts import Facts
from oracle import Oracle


def differences(case, oracle):
    for at, ask in enumerate(case.asks, 1):
        where = "%s, question %d: " % (case.name, at)
        measures = oracle.measures(ask.entity, **ask.scope())
        for metric, expected in ask.metrics:
            answer, _ = measures[metric]
            found = {"value": answer.value, "n": answer.n, "count": answer.count, "longest_open": answer.longest_open,
                     **{name: value for name, (value, _) in answer.parts.items()}}
            for name, text in expected.items():
                if name == "none":
                    if answer.reason != text:
                        yield where + "%s: reason %s, expected %s" % (metric, answer.reason, text)
                elif name == "more_than":
                    if not answer.more_than:
                        yield where + "%s: not more than" % metric
                elif found[name] != golden_case.number(text):
                    yield where + "%s: %s is %s, expected %s" % (metric, name, found[name], text)
            if "none" not in expected and (answer.reason or answer.more_than != ("more_than" in expected)):
                yield where + "%s: reason %s, more than %s" % (metric, answer.reason, answer.more_than)
        derived = oracle.derived(ask.entity, ask.as_of, ask.environment, ask.policies)
        rows = [(r.fact.key, r.kind, bool(r.roll_out.failures), r.roll_out in derived.reworked) for r in derived.counted]
        if ask.rows and rows != ask.rows:
            yield where + "rows are\n    %s\n  expected\n    %s" % ("\n    ".join(map(str, rows)), "\n    ".join(map(str, ask.rows)))
        shipped = {c.number: derived.attributed(c) for c in derived.changes}
        for number, key in ask.ships:
            run = shipped[number]
            if (run.fact.key if run else None) != key:
                yield where + "%d ships with %s, expected %s" % (number, run, key)
        for name, key, how in ask.blames:
            incident = next(i for i in derived.entity.incidents if i.id == name)
            run, found = derived.blame(incident)
            if (run.fact.key if run else None) != key or (key and found != how):
                yield where + "%s blames %s (%s), expected %s (%s)" % (name, run, found, key, how)


class GoldenTest(unittest.TestCase):
    def test_oracle(self):
        cases = golden_case.cases()
        self.assertGreater(len(cases), 25)
        facts = Facts([o for case in cases for o in case.observations])
        oracle = Oracle(facts)
        for case in cases:
            with self.subTest(case.name):
                self.assertTrue(case.asks)
                self.assertEqual(list(differences(case, oracle)), [])


if __name__ == "__main__":
    unittest.main()
