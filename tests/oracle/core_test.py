"""Compares the core with the oracle on random worlds.

    python3 core_test.py CORE_DRIVER [WORLDS [FIRST_SEED]]

Prints the first disagreements with all that is needed to look into them, and exits with 1.
"""

import json
import subprocess
import sys
import tempfile

from answers import differences
from facts import Facts
from oracle import Oracle
from questions import questions
from world import World


def ask(driver, world, asked):
    """The core's answers: one for each question and entity, in order."""
    lines = [json.dumps(dict(q.scope(), entity_refs=[e.ref for e in world.entities])) for q in asked]
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
        file.writelines(json.dumps(o) + "\n" for o in world.observations)
        file.flush()
        result = subprocess.run([driver, file.name], input="\n".join(lines) + "\n", capture_output=True, text=True,
                                check=True)
    return iter([json.loads(line) for line in result.stdout.splitlines()])


def check(driver, seed, asked):
    """Disagreements on one world, as text."""
    world = World(seed)
    concerned = [q for q in asked if q.concerns(world)]
    answers = ask(driver, world, concerned)
    oracle = Oracle(Facts(world.observations))
    compared, found = 0, []
    for question in concerned:
        for ref in [e.ref for e in world.entities]:
            compared += 1
            for difference in differences(oracle, ref, question, next(answers)):
                found.append("world %d, %s, %s: %s" % (seed, ref, question.scope(), difference))
    return compared, found


def main():
    driver, worlds, first = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500, int((sys.argv + [0] * 4)[3])
    asked, compared, found = questions(12), 0, []
    for seed in range(first, first + worlds):
        more, wrong = check(driver, seed, asked)
        compared += more
        found += wrong
        if len(found) > 20:
            break
    for text in found[:20]:
        print(text)
    print("%d answers compared on %d worlds, %d disagreements" % (compared, worlds, len(found)))
    return 1 if found or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
