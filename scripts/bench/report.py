"""Figures: what an experiment gives back, as a line to read and as JSON."""

from dataclasses import dataclass, field

from . import stats

# By unit: what a value is multiplied with, and how it is written.
_FORMATS = {
    "ratio": (1, "{:.3f}"),
    "/CPU-s": (1, "{:,.0f}"),
    "us": (1, "{:.1f} us"),
    "ms": (1, "{:.3f} ms"),
    "MB": (1e-6, "{:.2f} MB"),
    "count": (1, "{:,.0f}"),
}


class CannotRun(Exception):
    """An experiment that this machine or this build does not allow; says why."""


@dataclass
class Figure:
    name: str
    unit: str
    interval: stats.Interval
    bar: stats.Bar | None = None
    rounds: list = field(default_factory=list)  # one value a round, of the figure itself
    details: dict = field(default_factory=dict)  # what else was seen
    disturbed: bool = False  # other work on the machine; a count does not mind

    @property
    def verdict(self):
        if self.bar is None:
            return stats.NO_BAR
        estimated = self.interval.rounds > 1
        return stats.UNKNOWN if self.disturbed and estimated else self.bar.judge(self.interval)

    def line(self):
        value = self._write(self.interval.value)
        if self.interval.low != self.interval.high:
            value += f" [{self._write(self.interval.low)}, {self._write(self.interval.high)}]"
        return f"  {self.name:<62} {value:<40} {self.bar_text():<22} {self.verdict}"

    def bar_text(self):
        if self.bar is None:
            return ""
        low, high = self.bar.at_least, self.bar.at_most
        if low is not None and high is not None:
            return f"{self._write(low)} to {self._write(high)}"
        return f">= {self._write(low)}" if low is not None else f"<= {self._write(high)}"

    def _write(self, value):
        factor, form = _FORMATS[self.unit]
        return form.format(value * factor)

    def record(self):
        bar = None if self.bar is None else {"at_least": self.bar.at_least,
                                             "at_most": self.bar.at_most}
        interval = self.interval
        finite = interval.high != float("inf")  # JSON has no infinity
        return {"name": self.name, "unit": self.unit, "value": interval.value,
                "low": interval.low if finite else None, "high": interval.high if finite else None,
                "bar": bar, "verdict": self.verdict, "rounds": self.rounds,
                "details": self.details}


def from_ratio(name, ours, theirs, bar=None, details=None):
    """ours / theirs, round by round."""
    return Figure(name, "ratio", stats.ratio(ours, theirs), bar,
                  [a / b for a, b in zip(ours, theirs)], details or {})


def from_rounds(name, unit, values, bar, details=None):
    return Figure(name, unit, stats.geometric_mean(values), bar, list(values), details or {})


def from_count(name, unit, value, bar, details=None):
    return Figure(name, unit, stats.exact(value), bar, [value], details or {})
