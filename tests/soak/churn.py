"""Ingest at a steady rate while the service and PostgreSQL are killed with SIGKILL in turns. At the end every deployment that was
acknowledged is stored once and is in the answers. Usage: churn.py SECONDS [--preset release]"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

from installation import Installation  # noqa: E402

RATE = 1000
ENTITIES = 500


def kill_in_turns(it: Installation, until: float, seed: int) -> dict:
    """Kills one of the two every few seconds, sometimes both at once."""
    chance = random.Random(seed)
    kills = {"service": 0, "postgres": 0}
    while time.monotonic() < until:
        time.sleep(chance.uniform(1, 6))
        victims = chance.choice([["service"], ["postgres"], ["service", "postgres"]])
        if "postgres" in victims:
            it.kill_postgres()
        if "service" in victims:
            it.kill_service()
        time.sleep(chance.uniform(0, 2))
        it.script("start" if "service" in victims else "postgres")
        for victim in victims:
            kills[victim] += 1
    return kills


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=int)
    parser.add_argument("--preset", default="release")
    arguments = parser.parse_args()
    count = RATE * arguments.seconds
    seed = int(time.time())
    with Installation(arguments.preset) as it:
        load = it.start_bench("load", law="zipf", entities=ENTITIES, count=count, rate=RATE)
        kills = kill_in_turns(it, time.monotonic() + arguments.seconds, seed)
        sent = json.loads(load.communicate_or_fail())
        it.wait_until_derived()
        stored = int(it.sql("SELECT count(*) FROM raw.observations"))
        derived = int(it.sql("SELECT count(*) FROM dora.deployments"))
        answered = it.bench("count", entities=ENTITIES, window_days=30)["deployments"]
    print(json.dumps({"seed": seed, "kills": kills, "acknowledged": count, "stored": stored, "derived": derived, "in_the_answers": answered, "sender": sent}))
    if not count == stored == derived == answered:
        print("churn: what was acknowledged is not what is there", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
