"""Intervals of the means of a sweep: those of a comparison, from what aggregates keep.

Sums and squares give Student's t to the last digits, and it stands wherever a comparison gives it.
Where few runs carry a mean, or weigh most in it, the interval needs these runs themselves. The
histograms have them: a bin of one or two values is exact, and in a bin of more each is off by 3.1 %
at most. So intervals are those of `results.intervals.means_of`, for rare harm to the last digits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.histograms import SHIFT, Floats, Histograms, Ints, ranked, span
from simdeploy.results.intervals import FEW, mean_and_half, means_of, too_skewed

#: Values that are put together again at once, which bounds the memory.
AT_ONCE = 2_000_000
#: Share of the limit of skewness below which bins leave no doubt.
CLEAR = 0.9


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
    low, high = exact.mean - exact.half, exact.mean + exact.half
    few, skewed = np.zeros(numbers, np.int64), np.zeros(numbers, np.bool_)
    carriers = carriers_of(bins, defined)
    doubtful = np.flatnonzero((carriers > 0) & ~is_students(bins, defined, horizon, carriers))
    step = max(1, AT_ONCE // max(1, runs))
    # Of zeros, one is enough.
    parts = [(np.flatnonzero(carriers == 0), 1)]
    parts += [(doubtful[k : k + step], runs) for k in range(0, len(doubtful), step)]
    for part, enough in parts:
        values = _values(bins, np.minimum(defined, enough), horizon, part)
        found = means_of(values, defined[part], [most[k] for k in part])
        means, halves = mean_and_half(values, defined[part])
        few[part], skewed[part] = found.few, found.skewed
        # All others are Student's, which the moments give without the error of bins.
        other = (found.low != means - halves) | (found.high != means + halves)
        other &= ~np.isnan(exact.mean[part]) & (defined[part] > 1)
        low[part] = np.where(other, exact.mean[part] + (found.low - found.mean), low[part])
        high[part] = np.where(other, exact.mean[part] + (found.high - found.mean), high[part])
    has_mean = ~np.isnan(exact.mean)
    return Ends(low, high, np.where(has_mean, few, 0), skewed & has_mean)


def carriers_of(bins: Histograms, defined: Ints) -> Ints:
    """Return how many runs of each number have a value other than 0."""
    is_zero = (bins.lows == 0.0) & (bins.highs == 0.0)
    zeros = _totals(_numbers(bins)[is_zero], bins.counts[is_zero], len(defined))
    return defined - zeros.astype(np.int64)


def is_students(
    bins: Histograms, defined: Ints, horizon: float, carriers: Ints
) -> NDArray[np.bool_]:
    """Return for which numbers Student's interval stands without a doubt.

    So it is where enough runs carry the mean and weigh alike in it: that is seen from bins, without
    the runs themselves. Values are spread evenly over a bin, as `ranked` spreads them; n points
    from a to b have a variance of (b - a)² ÷ 12 × (n + 1) ÷ (n - 1).
    """
    numbers = len(defined)
    number = _numbers(bins)
    count = bins.counts.astype(np.float64)
    censored = defined - _totals(number, count, numbers)
    last = np.where(censored > 0, horizon, 0.0)
    unit = last.copy()
    np.maximum.at(unit, number, np.maximum(np.abs(bins.lows), np.abs(bins.highs)))
    unit = np.where(unit > 0.0, unit, 1.0)
    middle, last = (bins.lows / unit[number] + bins.highs / unit[number]) / 2.0, last / unit
    n = np.maximum(defined, 1)
    mean = (_totals(number, count * middle, numbers) + censored * last) / n
    apart, open_ = middle - mean[number], last - mean
    width = bins.highs / unit[number] - bins.lows / unit[number]
    within = width * width / 12.0 * (count + 1.0) / np.maximum(count - 1.0, 1.0)
    squares = count * (apart * apart + within)
    cubes = count * apart * (apart * apart + 3.0 * within)
    variance = (_totals(number, squares, numbers) + censored * open_**2) / n
    third = (_totals(number, cubes, numbers) + censored * open_**3) / n
    is_rare = (carriers < FEW) & (2 * carriers < defined)
    found: NDArray[np.bool_] = ~is_rare & ~too_skewed(n, variance, third, CLEAR)
    return found


def _numbers(bins: Histograms) -> Ints:
    """Return of which number each bin is."""
    return bins.codes // span(SHIFT)


def _totals(number: Ints, values: Floats | Ints, numbers: int) -> Floats:
    """Return the sum of the values of bins for each number; ``number`` is that of each bin."""
    return np.bincount(number, values, numbers).astype(np.float64)


def _values(bins: Histograms, defined: Ints, horizon: float, places: Ints) -> Floats:
    """Return the values of some numbers, numbers × runs in order; NaN where a run has none."""
    runs = int(defined.max(initial=0))
    ranks = np.broadcast_to(np.arange(runs), (len(places), runs))
    values = ranked(bins, ranks, places)
    values = np.where(np.isposinf(values), horizon, values)
    return np.where(ranks < defined[places, None], values, np.nan)
