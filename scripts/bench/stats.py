"""Intervals over rounds, and what they say about a bar. No clocks, no processes."""

import math
import statistics
from dataclasses import dataclass

# Two-sided 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom.
_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
          2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
          2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042)

HOLDS, FAILS, UNKNOWN, NO_BAR = "holds", "does not hold", "cannot tell", "no bar"


def t_975(degrees):
    """Beyond the table by the first terms of its expansion around the normal quantile."""
    if degrees < 1:
        raise ValueError("an interval needs two rounds")
    if degrees <= len(_T_975):
        return _T_975[degrees - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


@dataclass(frozen=True)
class Interval:
    value: float
    low: float
    high: float
    rounds: int


def exact(value):
    """A count or a size that was read, not estimated."""
    return Interval(value, value, value, 1)


def geometric_mean(values):
    """With its 95 % interval: Student's t on the logarithms. One round bounds nothing."""
    if not values or min(values) <= 0:
        raise ValueError("a geometric mean needs positive values")
    logs = [math.log(value) for value in values]
    mean = statistics.mean(logs)
    if len(logs) == 1:
        return Interval(values[0], 0.0, math.inf, 1)
    half = t_975(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return Interval(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(logs))


def ratio(ours, theirs):
    """Of two arms whose values were taken in the same rounds."""
    return geometric_mean([a / b for a, b in zip(ours, theirs, strict=True)])


@dataclass(frozen=True)
class Bar:
    """What an interval has to lie in; None is no bound on that side."""

    at_least: float | None = None
    at_most: float | None = None

    def judge(self, interval):
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        if interval.low >= low and interval.high <= high:
            return HOLDS
        if interval.high < low or interval.low > high:
            return FAILS
        return UNKNOWN
