"""Numbers of many runs, folded chunk by chunk into what their statistics need.

Of each number are kept: how many runs have it, the moments of all its values, its `KEPT` least and
greatest values themselves, which decide the intervals of rare and skewed harm (`folded_means`), and
a histogram for quantiles. The memory depends on the numbers, not on the runs.

Moments are those of the whole to rounding (1e-12), merged in the order of the chunks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simdeploy.results.histograms import Histograms, binned, constant_rows, merge_histograms
from simdeploy.results.intervals import FEW, Array

#: Values that are kept on either side: as many as can be few.
KEPT = FEW


@dataclass(frozen=True, slots=True)
class Moments:
    """How many values, their mean, and the sums of squares and cubes around it."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    cubes: float = 0.0

    def merged(self, other: "Moments") -> "Moments":
        """Return the moments of the values of both (Pébay 2008).

        >>> moments(np.array([1.0, 2.0])).merged(moments(np.array([6.0])))
        Moments(count=3, mean=3.0, squares=14.0, cubes=18.0)
        """
        if not self.count or not other.count:
            return self if self.count else other
        a, b = self.count, other.count
        n, gap = a + b, other.mean - self.mean
        return Moments(
            n,
            self.mean + gap * (b / n),
            self.squares + other.squares + gap * gap * (a * b / n),
            self.cubes
            + other.cubes
            + gap * gap * gap * (a * b / n) * ((a - b) / n)
            + 3.0 * gap * ((a / n) * other.squares - (b / n) * self.squares),
        )


def moments(values: Array) -> Moments:
    """Return the moments of some values."""
    if not len(values):
        return Moments()
    mean = float(values.mean())
    apart = values - mean
    around = apart * apart
    return Moments(len(values), mean, float(around.sum()), float((around * apart).sum()))


@dataclass(slots=True)
class Tally:
    """One number of the runs so far; a value that is open at the horizon counts as the horizon.

    ``carriers`` is how many are not 0. ``low`` and ``high`` are the least and the greatest values,
    ``rest`` the moments of all between them.
    """

    defined: int = 0
    censored: int = 0
    carriers: int = 0
    rest: Moments = field(default_factory=Moments)
    low: Array = field(default_factory=lambda: np.empty(0))
    high: Array = field(default_factory=lambda: np.empty(0))

    def add(self, values: Array, horizon: float) -> None:
        """Add the values of some runs; NaN is left out, infinity is cut at the horizon (s)."""
        values = values[~np.isnan(values)]
        open_ = np.isposinf(values)
        self.defined += len(values)
        self.censored += int(open_.sum())
        self._keep(np.where(open_, horizon, values))

    def add_same(self, value: float, runs: int, horizon: float) -> None:
        """Add so many runs with the same value."""
        if np.isnan(value):
            return
        few = min(runs, 2 * KEPT)
        self.add(np.full(few, value), horizon)
        if runs > few:
            more = runs - few
            self.defined += more
            self.censored += more if value == np.inf else 0
            self.carriers += more if value != 0.0 else 0
            same = Moments(more, horizon if value == np.inf else value)
            self.rest = self.rest.merged(same)

    def _keep(self, values: Array) -> None:
        """Keep the least and the greatest values, and the moments of the others."""
        self.carriers += int((values != 0.0).sum())
        pool = np.concatenate((self.low, self.high, values))
        if len(pool) <= 2 * KEPT:
            self.low, self.high = np.sort(pool), np.empty(0)
            return
        pool.partition((KEPT - 1, len(pool) - KEPT))
        self.low, self.high = np.sort(pool[:KEPT]), np.sort(pool[-KEPT:])
        self.rest = self.rest.merged(moments(pool[KEPT:-KEPT]))

    @property
    def edge(self) -> Array:
        """The values that are kept, in order."""
        return np.concatenate((self.low, self.high))

    @property
    def moments(self) -> Moments:
        """The moments of all values."""
        return self.rest.merged(moments(self.edge))

    @property
    def least(self) -> float:
        """The least value; NaN without any."""
        return float(self.low[0]) if len(self.low) else np.nan

    @property
    def greatest(self) -> float:
        """The greatest value; NaN without any."""
        return float(self.edge[-1]) if len(self.low) else np.nan


class Fold:
    """Several numbers of the runs so far.

    Parameters
    ----------
    names
        What the numbers are called.
    horizon
        What a time counts as that is still open, s.
    shift
        How fine the histograms are (`histograms.SHIFT`, `histograms.FINE`).
    """

    def __init__(self, names: Sequence[str], horizon: float, shift: int) -> None:
        self.names, self.horizon, self.shift = tuple(names), horizon, shift
        self.runs = 0
        self.tallies = {name: Tally() for name in self.names}
        self.bins: Histograms | None = None

    def add(self, values: Array) -> None:
        """Add the numbers of some runs, numbers × runs; NaN is null, +inf still open."""
        runs = values.shape[1]
        same = constant_rows(values)
        for tally, row, is_same in zip(self.tallies.values(), values, same, strict=True):
            if is_same:
                tally.add_same(float(row[0]), runs, self.horizon)
            else:
                tally.add(row, self.horizon)
        found = binned(values, same, self.shift)
        self.bins = found if self.bins is None else merge_histograms([self.bins, found])
        self.runs += runs

    def __getitem__(self, name: str) -> Tally:
        """Return one number of all runs so far."""
        return self.tallies[name]
