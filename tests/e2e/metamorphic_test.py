#!/usr/bin/env python3
"""What must not change the answers does not: duplicates and another order, a foreign entity; and a shift by whole days only shifts them.

    metamorphic_test.py BUILD_FOLDER [--worlds 40] [--permutations 2]
"""

import argparse
import json
import random
import sys

from installation import Installation

from facts import DAY, format_time, parse_time
from questions import questions
from world import World

SHIFT = 14 * DAY


def shifted(value):
    """Every time two weeks later; nothing else in an observation looks like a time."""
    if isinstance(value, dict):
        return {k: format_time(parse_time(v) + SHIFT) if k.endswith("At") or k in ("since", "completeUntil") else shifted(v)
                for k, v in value.items()}
    return [shifted(v) for v in value] if isinstance(value, list) else value


def answers(build, observations, asked, worlds, shift=0):
    with Installation(build) as headway:
        headway.import_ndjson(observations)
        result = []
        for q in asked:
            refs = [e.ref for w in worlds if q.concerns(w) for e in w.entities]
            scope = dict(q.scope(), as_of=q.as_of + shift)
            result.append({ref: [a["measures"], {k: v for k, v in a["coverage"].items() if k != "data_until"}]
                           for ref, a in headway.measures(refs, **scope).items()})
        return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--permutations", type=int, default=2)
    options = parser.parse_args()
    worlds = [World(seed) for seed in range(1000, 1000 + options.worlds)]
    observations = [o for w in worlds for o in w.observations]
    # Days are equally long in UTC only: the clocks of other zones change between.
    asked = [q for q in questions(4)]
    for q in asked:
        q.zone = "UTC"
    expected = answers(options.build, observations, asked, worlds)
    variants = []
    for seed in range(options.permutations):
        rng = random.Random(seed)
        more = observations + rng.sample(observations, len(observations) // 5)
        rng.shuffle(more)
        variants.append(("permutation %d with 20 %% duplicates" % seed, more, 0))
    variants.append(("with foreign entities", observations + World(5000).observations + World(5001).observations, 0))
    variants.append(("two weeks later", shifted(observations), SHIFT))
    wrong = 0
    for name, changed, shift in variants:
        found = answers(options.build, changed, asked, worlds, shift)
        different = [(q.scope(), ref) for q, a, b in zip(asked, expected, found) for ref in a if a[ref] != b.get(ref)]
        print("%s: %d answers, %d differ" % (name, sum(map(len, expected)), len(different)), flush=True)
        for scope, ref in different[:3]:
            at = [q.scope() for q in asked].index(scope)
            print("  %s %s\n    %s\n    %s" % (ref, scope, json.dumps(expected[at][ref])[:600], json.dumps(found[at].get(ref))[:600]))
        wrong += len(different)
    return 1 if wrong or not expected[0] else 0


if __name__ == "__main__":
    sys.exit(main())
