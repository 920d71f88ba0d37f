"""The arithmetic of scripts/bench: intervals and verdicts. Run by ctest, PYTHONPATH=scripts."""

import math
import random
import unittest

from bench import report, stats


class Quantiles(unittest.TestCase):
    def test_beyond_the_table_it_goes_on_smoothly_to_the_normal_one(self):
        self.assertLess(stats.t_975(31), stats.t_975(30))
        self.assertAlmostEqual(stats.t_975(40), 2.021, places=3)
        self.assertAlmostEqual(stats.t_975(120), 1.980, places=3)
        self.assertAlmostEqual(stats.t_975(10**9), 1.960, places=3)

    def test_it_falls_with_every_degree_of_freedom(self):
        values = [stats.t_975(n) for n in range(1, 60)]
        self.assertEqual(values, sorted(values, reverse=True))

    def test_no_degree_of_freedom_is_refused(self):
        with self.assertRaises(ValueError):
            stats.t_975(0)


class GeometricMeans(unittest.TestCase):
    def test_it_is_the_root_of_the_product(self):
        self.assertAlmostEqual(stats.geometric_mean([2, 8]).value, 4)

    def test_the_interval_is_students_t_on_the_logarithms(self):
        logs = [0.1, 0.2, 0.6]
        interval = stats.geometric_mean([math.exp(x) for x in logs])
        half = 4.303 * math.sqrt(0.07) / math.sqrt(3)  # variance of the logs: 0.07
        self.assertAlmostEqual(math.log(interval.low), 0.3 - half, places=6)
        self.assertAlmostEqual(math.log(interval.high), 0.3 + half, places=6)

    def test_equal_rounds_leave_no_doubt(self):
        interval = stats.geometric_mean([3.0] * 10)
        self.assertAlmostEqual(interval.low, 3)
        self.assertAlmostEqual(interval.high, 3)

    def test_one_round_bounds_nothing(self):
        interval = stats.geometric_mean([5])
        self.assertEqual((interval.value, interval.low, interval.high), (5, 0, math.inf))

    def test_what_has_no_logarithm_is_refused(self):
        for values in ([], [1, 0], [1, -1]):
            with self.assertRaises(ValueError):
                stats.geometric_mean(values)

    def test_95_of_100_intervals_hold_the_truth(self):
        source = random.Random(1)
        held = 0
        for _ in range(2000):
            interval = stats.geometric_mean([source.lognormvariate(0.5, 0.2) for _ in range(10)])
            held += interval.low <= math.exp(0.5) <= interval.high
        self.assertTrue(1870 <= held <= 1930, held)


class Ratios(unittest.TestCase):
    def test_what_both_arms_share_in_a_round_cancels(self):
        theirs = [100, 50, 200, 400]
        interval = stats.ratio([1.1 * value for value in theirs], theirs)
        self.assertAlmostEqual(interval.low, 1.1)
        self.assertAlmostEqual(interval.high, 1.1)

    def test_arms_of_different_length_are_refused(self):
        with self.assertRaises(ValueError):
            stats.ratio([1, 2], [1])


class Verdicts(unittest.TestCase):
    def judge(self, low, high, **bar):
        return stats.Bar(**bar).judge(stats.Interval((low + high) / 2, low, high, 10))

    def test_a_lower_bar_is_judged_by_the_whole_interval(self):
        self.assertEqual(self.judge(1.0, 1.2, at_least=1.0), stats.HOLDS)
        self.assertEqual(self.judge(0.99, 1.2, at_least=1.0), stats.UNKNOWN)
        self.assertEqual(self.judge(0.8, 0.99, at_least=1.0), stats.FAILS)

    def test_an_upper_bar_likewise(self):
        self.assertEqual(self.judge(1.0, 1.5, at_most=1.5), stats.HOLDS)
        self.assertEqual(self.judge(1.0, 1.51, at_most=1.5), stats.UNKNOWN)
        self.assertEqual(self.judge(1.51, 2.0, at_most=1.5), stats.FAILS)

    def test_a_bar_with_two_sides_fails_on_either(self):
        both = {"at_least": 0.99, "at_most": 1.01}
        self.assertEqual(self.judge(0.995, 1.005, **both), stats.HOLDS)
        self.assertEqual(self.judge(0.9, 0.98, **both), stats.FAILS)
        self.assertEqual(self.judge(1.02, 1.1, **both), stats.FAILS)
        self.assertEqual(self.judge(0.9, 1.1, **both), stats.UNKNOWN)

    def test_one_round_never_holds_a_bar(self):
        self.assertEqual(stats.Bar(at_least=1).judge(stats.geometric_mean([9])), stats.UNKNOWN)
        self.assertEqual(stats.Bar(at_most=1).judge(stats.geometric_mean([0.1])), stats.UNKNOWN)

    def test_a_count_is_its_own_interval(self):
        self.assertEqual(stats.Bar(at_most=0).judge(stats.exact(0)), stats.HOLDS)
        self.assertEqual(stats.Bar(at_most=0).judge(stats.exact(1)), stats.FAILS)


class Figures(unittest.TestCase):
    def test_a_line_has_value_interval_bar_and_verdict(self):
        figure = report.from_ratio("x over y", [2, 2, 2.2], [1, 1, 1], stats.Bar(at_least=1.5))
        self.assertRegex(figure.line(), r"x over y +2\.065 \[1\.8\d\d, 2\.3\d\d\] +>= 1\.500 +holds")

    def test_beside_other_work_only_counts_are_judged(self):
        bar = stats.Bar(at_most=2)
        estimated = report.from_rounds("x", "us", [1.0, 1.1, 0.9], bar)
        self.assertEqual(estimated.verdict, stats.HOLDS)
        estimated.disturbed = True
        self.assertEqual(estimated.verdict, stats.UNKNOWN)
        counted = report.from_count("x", "count", 1, bar)
        counted.disturbed = True
        self.assertEqual(counted.verdict, stats.HOLDS)

    def test_an_endless_interval_is_null_in_the_record(self):
        record = report.from_rounds("x", "us", [1.0], stats.Bar(at_most=2)).record()
        self.assertIsNone(record["high"])
        self.assertEqual(record["verdict"], stats.UNKNOWN)


if __name__ == "__main__":
    unittest.main()
