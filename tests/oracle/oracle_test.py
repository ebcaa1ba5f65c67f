#!/usr/bin/env python3
"""The oracle's own arithmetic, by hand."""

import unittest
from fractions import Fraction

from facts import format_time, normal_ref, parse_time
from graph import owns
from measures import HALF, P90, kaplan_meier_median, minus_civil_days, percentile
from world import observations


class OracleTest(unittest.TestCase):
    def test_percentiles_are_interpolated(self):
        self.assertEqual(percentile([100, 1], HALF), Fraction(101, 2))
        self.assertEqual(percentile([1, 2, 3, 4, 5], P90), Fraction(46, 10))
        self.assertIsNone(percentile([], HALF))

    def test_kaplan_meier(self):
        for ended, still, value, more_than in (
                ([], [], None, False),
                ([5], [], 5, False),                 # 1 -> 0
                ([1, 3], [], 2, False),              # exactly one half at 1, the next ends at 3
                ([1, 2, 3], [], 2, False),           # 2/3, 1/3
                ([1, 3], [10], 3, False),            # 2/3, then 1/2 of it
                ([1, 3], [10, 12], Fraction(15, 2), True),  # one half at 3, nothing ends later: between 3 and 12
                ([5], [5], 5, False),                # ended before censored: one half at 5, nothing is open longer
                ([5], [9], 7, True),
                ([2], [1, 1], 2, False),             # only one is at risk at 2
                ([2, 2, 8, 8], [], 5, False),        # one half at 2: the midpoint of 2 and 8
                ([], [4, 9], 9, True),
                ([3], [4, 9], 9, True)):             # 2/3 stays above one half
            with self.subTest(ended=ended, still=still):
                self.assertEqual(kaplan_meier_median(ended, still), (value, more_than))

    def test_equals_the_median_when_nothing_is_open(self):
        for n in range(1, 12):
            values = [(i * 7919) % 101 for i in range(n)]
            self.assertEqual(kaplan_meier_median(values, [])[0], percentile(values, HALF))

    def test_civil_days(self):
        for as_of, days, zone, start in (
                ("2024-04-01T00:30:00Z", 1, "Europe/Berlin", "2024-03-31T01:30:00Z"),      # 02:30 was skipped
                ("2023-10-30T01:30:00Z", 1, "Europe/Berlin", "2023-10-29T00:30:00Z"),      # 02:30 came twice
                ("2024-03-01T00:00:00Z", 1, "UTC", "2024-02-29T00:00:00Z"),
                ("2024-04-07T15:00:00.000001Z", 1, "Australia/Lord_Howe", "2024-04-06T14:30:00.000001Z"),
                ("2024-01-01T00:00:00Z", 30, "Asia/Kathmandu", "2023-12-02T00:00:00Z")):
            self.assertEqual(format_time(minus_civil_days(parse_time(as_of), days, zone)), start)

    def test_names(self):
        self.assertEqual(normal_ref("Component:Shop"), "component:default/shop")
        self.assertTrue(owns(["svc/a"], "svc/a/x.go"))
        self.assertFalse(owns(["svc/a"], "svc/ab/x.go"))

    def test_a_seed_gives_one_world(self):
        self.assertEqual(observations(7), observations(7))


if __name__ == "__main__":
    unittest.main()
