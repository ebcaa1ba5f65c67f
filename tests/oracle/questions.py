"""The questions that random worlds are asked, and the instants at their edges, where worlds like to put events."""

import random

from facts import DAY, HOUR, parse_time
from measures import Window

ANCHORS = [parse_time(t) for t in (
    "2023-11-05T04:30:00Z",        # St. John's: the hour that comes twice begins
    "2024-01-01T00:00:00Z",        # a new year
    "2024-02-29T23:00:00Z",        # midnight after a leap day in Berlin
    "2024-03-11T05:00:00Z",        # St. John's: a day after 02:30 was skipped
    "2024-04-01T00:30:00Z",        # Berlin: 02:30, a day after it was skipped
    "2024-04-07T15:00:00.000001Z",  # Lord Howe: half an hour comes twice
)]
LONG_AFTER = parse_time("2024-08-15T12:00:00Z")
OFFSETS = [0, 0, 0, DAY, 36 * HOUR, 5 * DAY]
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]
DAYS = [1, 7, 8, 14, 30, 30, 90, 366]
ENVIRONMENTS = ["", "", "", "prod", "eu-west", "staging"]


class Question:
    """One scope, asked to the worlds that live around one anchor (None: to all)."""

    def __init__(self, anchor, as_of, days, zone, environment, policies):
        self.anchor = anchor
        self.as_of = as_of
        self.days = days
        self.zone = zone
        self.environment = environment
        self.policies = policies

    def scope(self):
        return {"as_of": self.as_of, "days": self.days, "zone": self.zone, "environment": self.environment,
                "policies": self.policies}

    def concerns(self, world):
        return self.anchor in (None, world.anchor)


def _policies(rng):
    choices = {
        "first_deployment": ["all"], "changes": ["all"], "cherry_picks": ["follow"], "bots": ["excluded"],
        "incident_attribution": ["explicit"], "roll_out": ["last", "each"], "finish": ["synced"],
        "attribution_window": [HOUR, 72 * HOUR], "roll_out_window": [HOUR, 240 * HOUR],
        "stream_activity": [2 * DAY, 90 * DAY], "degraded_after": [HOUR // 2, 24 * HOUR], "minimum_events": [3, 5],
    }
    return {name: rng.choice(values) for name, values in choices.items() if rng.random() < 0.25}


def questions(count):
    """So many for each anchor, and a few for all; the first third with the default policies."""
    rng = random.Random(20240229)
    asked = [Question(None, LONG_AFTER, 366, "UTC", "", policies) for policies in ({}, {"first_deployment": "all", "changes": "all"})]
    for anchor in ANCHORS:
        for i in range(count):
            plain = i < count // 3
            asked.append(Question(anchor, anchor - rng.choice(OFFSETS), rng.choice(DAYS), rng.choice(ZONES),
                                  "" if plain else rng.choice(ENVIRONMENTS), {} if plain else _policies(rng)))
    return asked


def edges(asked):
    """Begins and ends of the windows, and a microsecond beside."""
    found = set()
    for q in asked:
        window = Window(q.as_of, q.days, q.zone)
        for instant in (window.start, window.end, window.before().start):
            found.update((instant - 1, instant, instant + 1))
    return sorted(found)
