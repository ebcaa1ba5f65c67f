#!/usr/bin/env python3
"""Random worlds in one database, asked of the running services and of the oracle.

    worlds_test.py BUILD_FOLDER [--worlds 500] [--first 0] [--questions 6] [--separate]
"""

import argparse
import sys
import time

from installation import Installation

# installation.py puts the oracle's folder on the path.
from answers import differences
from facts import Facts
from oracle import Oracle
from questions import questions
from world import SHARED, World


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--questions", type=int, default=6)
    parser.add_argument("--separate", action="store_true")
    options = parser.parse_args()
    worlds = [World(seed) for seed in range(options.first, options.first + options.worlds)]
    oracles = {}
    for world in worlds:
        oracle = Oracle(Facts(world.observations))
        oracles.update((e.ref, oracle) for e in world.entities)
    compared, found = 0, []
    with Installation(options.build, options.separate) as headway:
        started = time.monotonic()
        headway.import_ndjson(SHARED + [o for w in worlds for o in w.observations[len(SHARED):]])
        print("imported and derived in %.1f s" % (time.monotonic() - started), flush=True)
        for question in questions(options.questions):
            refs = [e.ref for w in worlds if question.concerns(w) for e in w.entities]
            answers = headway.measures(refs, **question.scope())
            for ref in refs:
                if ref in answers:
                    compared += 1
                    for text in differences(oracles[ref], ref, question, answers[ref]):
                        found.append("%s %s: %s" % (ref, question.scope(), text))
                else:
                    found.append("%s is not known" % ref)
    for text in found[:40]:
        print(text)
    print("%d answers compared on %d worlds, %d disagreements" % (compared, len(worlds), len(found)))
    return 1 if found or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
