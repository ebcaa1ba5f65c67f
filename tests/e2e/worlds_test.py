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


def is_open(oracle, ref, question, text):
    """Differences between docs/definitions.md and the services that are known and not settled yet: counted, not hidden."""
    entity = oracle.entity(ref)
    if question.environment and not any(f.environment == question.environment for f in entity.deployments + entity.incidents):
        # The tier of an environment in which the entity has nothing: the rules say it, the services know it from the entity's facts only.
        return True
    if text.startswith(("change_lead_time", "review_time")):
        # A source of changes whose status does not name the entity: the services take its end for the entity's, the definitions do not.
        # And one whose status names an entity without a repository: the services take it as mapped, the definitions do not.
        return not entity.repositories or not any(s["covers"] == "CHANGES" and ref in s["entities"] for s in entity.facts.statuses)
    return False


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
    compared, unsettled, found = 0, 0, []
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
                        if is_open(oracles[ref], ref, question, text):
                            unsettled += 1
                        else:
                            found.append("%s %s: %s" % (ref, question.scope(), text))
                else:
                    found.append("%s is not known" % ref)
    for text in found[:40]:
        print(text)
    print("%d answers compared on %d worlds, %d disagreements, %d unsettled" % (compared, len(worlds), len(found), unsettled))
    return 1 if found or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
