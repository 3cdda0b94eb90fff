"""Intervals of the means of a sweep: those of a comparison, from what aggregates keep.

Sums and squares give Student's t to the last digits, and it stands wherever a comparison gives it.
Where few runs carry a mean, or weigh most in it, the interval needs these runs themselves. The
histograms have them: a bin of one or two values is exact, and in a bin of more each is off by 3.1 %
at most. So intervals are those of `results.intervals.means_of`, for rare harm to the last digits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.histograms import Floats, Histograms, Ints, ranked
from simdeploy.results.intervals import mean_and_half, means_of

#: Values that are put together again at once, which bounds the memory.
AT_ONCE = 2_000_000


class Ends(NamedTuple):
    """Per number the ends of its mean's 95 % interval, and what weakens it, as in `Means`."""

    low: Floats
    high: Floats
    few: Ints
    skewed: NDArray[np.bool_]


class Moments(NamedTuple):
    """Per number its mean, and half the width of Student's interval; NaN for a single run."""

    mean: Floats
    half: Floats


def mean_intervals(
    bins: Histograms, defined: Ints, horizon: float, exact: Moments, most: list[float]
) -> Ends:
    """Return the intervals that a comparison of the same runs would give.

    Parameters
    ----------
    bins
        The finite values of each number.
    defined
        How many runs have a value, finite or still open at the horizon.
    horizon
        What a value that is still open counts as, s.
    exact
        The moments of all runs.
    most
        Per number, the most that a run can have of it: see `means_of`.
    """
    numbers, runs = len(defined), int(defined.max(initial=0))
    step = max(1, AT_ONCE // max(1, runs))
    low, high = exact.mean - exact.half, exact.mean + exact.half
    few, skewed = np.zeros(numbers, np.int64), np.zeros(numbers, np.bool_)
    for first in range(0, numbers, step):
        part = slice(first, first + step)
        values = _values(bins, defined, horizon, part)
        found = means_of(values, defined[part], most[part])
        means, halves = mean_and_half(values, defined[part])
        few[part], skewed[part] = found.few, found.skewed
        # All others are Student's, which the moments give without the error of bins.
        other = (found.low != means - halves) | (found.high != means + halves)
        other &= ~np.isnan(exact.mean[part]) & (defined[part] > 1)
        low[part] = np.where(other, exact.mean[part] + (found.low - found.mean), low[part])
        high[part] = np.where(other, exact.mean[part] + (found.high - found.mean), high[part])
    has_mean = ~np.isnan(exact.mean)
    return Ends(low, high, np.where(has_mean, few, 0), skewed & has_mean)


def _values(bins: Histograms, defined: Ints, horizon: float, part: slice) -> Floats:
    """Return the values of some numbers, numbers × runs in order; NaN where a run has none."""
    numbers, runs = len(defined), int(defined.max(initial=0))
    ranks = np.broadcast_to(np.arange(runs), (numbers, runs))[part]
    places = np.arange(numbers)[part]
    values = ranked(bins, ranks, places)
    values = np.where(np.isposinf(values), horizon, values)
    return np.where(ranks < defined[part, None], values, np.nan)
