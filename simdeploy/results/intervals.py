"""Intervals of 95 %: Student's t, Wilson's for shares, order statistics, and one for rare harm.

Student's t holds where many runs carry a mean. Of a harm that fewer than `FEW` runs carry it is
right in 40 to 90 % of samples, not in 95: the runs that matter most are those not seen yet. Without
a bound on the size of a harm no interval can hold (Bahadur and Savage 1956), so two bounds are
joined, an exact one on how many runs have the harm and one on its size:

- Some runs have it: the interval of Fay and Feuer (1997) for a weighted sum of Poisson counts. Each
  run's harm is a weight, and a run not seen yet may be `UNSEEN` times as bad as the worst one seen.
  Where all sizes are equal and ``UNSEEN`` is 1 this is Garwood's exact interval of a count.
- No run has it: the bound of Clopper and Pearson on the share of such runs, times the most that the
  metric can be: all requests fail, or the whole time until the horizon is bad.

Where all runs have a little of a harm and few have much, those few are looked at by themselves:
what they have beyond the others is such a rare harm, and Student's t holds for the rest.
Differences have two such harms, that of runs in which the one strategy has more and that of runs in
which the other has; of the sign that no run has, a run may be as bad as the worst of the other
sign. The intervals of parts are joined by Zou and Donner's square-and-add method (2008).

`benchmarks.coverage` shows by simulation how often each interval holds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import hypot, inf, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Interval = tuple[float, float]
#: An end that the runs do not bound is None.
OpenInterval = tuple[float | None, float | None]

Z95 = 1.959963984540054
#: Share of samples in which one end of an interval may fail.
TAIL = 0.025
#: Fewer runs than these are few.
FEW = 20
#: How many times as bad as the worst run that was seen one may be that was not. With 1, intervals
#: of exponential or lognormal sizes hold in 88 % of samples, with 2 in 93 to 99 %.
UNSEEN = 2.0
#: Few runs carry a mean if they add at least this part of it.
CARRIED = 0.5
#: A variance below this part of the mean square is one of rounding errors.
ROUNDING = 1e-18
#: A value below this part of the greatest of its row counts as 0, since its square underflows.
TINY = 1e-150


@dataclass(frozen=True, slots=True)
class Share:
    """A share of runs and its Wilson interval."""

    share: float
    ci95: Interval


class Means(NamedTuple):
    """Per row its mean and interval (NaN: none), and what weakens the interval.

    ``few``: the number of runs that carry most of the mean where they are few, else 0. ``skewed``:
    whether some runs, and not few, deviate so much that the interval is too narrow.
    """

    mean: Array
    low: Array
    high: Array
    few: NDArray[np.int64]
    skewed: NDArray[np.bool_]


@lru_cache(maxsize=4096)
def student(freedom: int) -> float:
    """Return the 97.5 % point of Student's t.

    >>> round(student(999), 4)
    1.9623
    """
    from scipy.special import stdtrit  # noqa: PLC0415  only summaries pay for scipy

    return float(stdtrit(freedom, 1.0 - TAIL))


def wilson(hits: int, runs: int) -> Share:
    """Return a share with its 95 % interval by Wilson.

    >>> wilson(0, 100).ci95[0], round(wilson(0, 100).ci95[1], 4)
    (0.0, 0.037)
    """
    if runs == 0:
        return Share(0.0, (0.0, 1.0))
    share, spread = hits / runs, Z95 * Z95 / runs
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * sqrt(share * (1 - share) / runs + spread / (4 * runs)) / (1 + spread)
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return Share(share, (low, 1.0 if hits == runs else min(1.0, middle + half)))


def unseen_share(runs: int) -> float:
    """Return the most that the share of runs can be which have what none of these runs has.

    Clopper and Pearson's upper bound for no hit: 1 − 0.025^(1 ÷ runs).

    >>> round(unseen_share(100), 4), round(unseen_share(1000), 5)
    (0.0362, 0.00368)
    """
    return float(1.0 - TAIL ** (1.0 / runs)) if runs else 1.0


def weighted_count(total: Array, squares: Array, size: Array) -> tuple[Array, Array]:
    """Return Fay and Feuer's 95 % interval of the expected sum of the sizes of rare events.

    Parameters
    ----------
    total, squares
        Sum of the sizes of the events that were seen, and of their squares.
    size
        The greatest size of an event that was not seen.
    """
    from scipy.special import gammaincinv  # noqa: PLC0415  only summaries pay for scipy

    seen = np.where(total > 0.0, total, 1.0)
    ratio = np.where(total > 0.0, squares / seen, 1.0)
    low = np.where(total > 0.0, ratio * gammaincinv(seen / ratio, TAIL), 0.0)
    most = total + size
    spread = np.where(most > 0.0, (squares + size * size) / np.where(most > 0.0, most, 1.0), 1.0)
    return low, np.where(most > 0.0, spread * gammaincinv(most / spread, 1.0 - TAIL), 0.0)


def in_own_unit(values: Array) -> tuple[Array, Array]:
    """Return the values of each row in units of the greatest of the row, and those units.

    Powers of values far from 1 would leave the range of floats. A row of zeros keeps the unit 1.
    """
    greatest = np.abs(values).max(axis=-1, initial=0.0)
    unit = np.where(greatest > 0.0, greatest, 1.0)
    return values / unit[..., None], unit


def rare_interval(values: Array, *, signed: bool) -> tuple[Array, Array]:
    """Return the interval of the sum of each row, most of whose values are 0.

    Parameters
    ----------
    values
        Rows × runs without NaN, at least one value of each row other than 0.
    signed
        Whether a value not seen yet can have either sign, as differences can.
    """
    values, unit = in_own_unit(values)
    values = np.where(np.abs(values) < TINY, 0.0, values)
    parts = [np.maximum(values, 0.0), np.maximum(-values, 0.0)]
    worst = [part.max(axis=1) for part in parts]
    sums = [part.sum(axis=1) for part in parts]
    ends = []
    for total, part, own, other in zip(sums, parts, worst, worst[::-1], strict=True):
        unseen = np.where(own > 0.0, UNSEEN * own, other if signed else 0.0)
        ends.append(weighted_count(total, (part * part).sum(axis=1), unseen))
    (low, high), (low_of_less, high_of_less) = ends
    more, less = sums
    middle = more - less
    below = np.hypot(more - low, high_of_less - less)
    above = np.hypot(high - more, less - low_of_less)
    return (middle - below) * unit, (middle + above) * unit


def means_of(
    values: Array,
    defined: NDArray[np.int64],
    most: Sequence[float] | None = None,
    *,
    signed: bool = False,
) -> Means:
    """Return the mean of each row with the interval that its runs allow; NaN is left out.

    Student's t where enough runs carry the mean. Else, see the module.

    Parameters
    ----------
    values
        Rows × runs; NaN where a run has no value.
    defined
        Per row, how many runs have a value.
    most
        Per row, the most that a value can be, for rows in which all are 0: 0 if 0 is just a value
        like others, infinity if the most is unknown, which gives no interval. By default 0.
    signed
        Whether values are differences, which can have either sign.
    """
    means, halves = mean_and_half(values, defined)
    low, high = means - halves, means + halves
    carriers = ((values != 0.0) & ~np.isnan(values)).sum(axis=1)
    rare = (carriers > 0) & (carriers < FEW) & (2 * carriers < defined)
    if rare.any():
        sums = rare_interval(np.nan_to_num(values[rare], nan=0.0), signed=signed)
        low[rare], high[rare] = (end / defined[rare] for end in sums)
    few = np.where(rare, carriers, 0)
    skewed = ~rare & (carriers > 0) & is_skewed(values, means, defined)
    for row in np.flatnonzero(skewed):
        run_values = values[row][~np.isnan(values[row])]
        number = outliers(run_values)
        if number:
            skewed[row] = False
            low[row], high[row], part = split_interval(run_values, number, signed=signed)
            few[row] = number if part >= CARRIED else 0
    limits = np.zeros(len(values)) if most is None else np.array(most, dtype=np.float64)
    for row in np.flatnonzero((carriers == 0) & (defined > 0) & (limits > 0.0)):
        bound = limits[row] * unseen_share(int(defined[row]))
        high[row] = bound if bound < inf else nan
        low[row] = -high[row] if signed or bound == inf else 0.0
    low[defined < 2], high[defined < 2] = nan, nan
    return Means(means, low, high, few, skewed)


def is_skewed(values: Array, means: Array, defined: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the skewness of each row is too great for Student's t on so many runs.

    The error of its coverage grows with skewness² ÷ runs. Of a harm of equal size in k of n runs
    that is about 1 ÷ k, so the limit is that of `FEW`; it must also be more than three times what
    chance makes of a normal distribution, √(6 ÷ runs).
    """
    n = np.maximum(defined, 1)
    apart, unit = in_own_unit(np.where(np.isnan(values), 0.0, values - means[:, None]))
    variance = (apart * apart).sum(axis=1) / n
    third = (apart * apart * apart).sum(axis=1) / n
    found: NDArray[np.bool_] = too_skewed(n, variance, third) & (
        variance > ROUNDING * (means / unit) ** 2
    )
    return found


def too_skewed(
    n: NDArray[np.int64], variance: Array, third: Array, part: float = 1.0
) -> NDArray[np.bool_]:
    """Return whether the skewness is too great, from the second and third central moments.

    ``part`` lowers the limit to this share of it.
    """
    real = variance > 0.0
    size = np.where(real, variance, 1.0)
    # Not third² ÷ variance³, whose powers underflow.
    square = np.where(real, third / size / np.sqrt(size), 0.0) ** 2
    found: NDArray[np.bool_] = (square > part * n / FEW) & (square > part * 54.0 / n)
    return found


def outliers(values: Array) -> int:
    """Return how many of the runs furthest from the others make them skewed, 0 if not few do.

    Without these the others are no longer skewed; fewer than `FEW`, and fewer than half.
    """
    center = np.median(values)
    apart, _ = in_own_unit(values - center)
    apart = apart[np.argsort(np.abs(apart), kind="stable")]
    n = np.arange(1, len(apart) + 1)
    first, second, third = (np.cumsum(apart**power) / n for power in (1, 2, 3))
    variance = np.maximum(second - first * first, 0.0)
    cube = third - 3.0 * first * second + 2.0 * first**3
    variance = np.where(variance > ROUNDING * second, variance, 0.0)
    skewed = too_skewed(n, variance, cube)
    most = min(FEW, (len(values) + 1) // 2)
    rests = np.flatnonzero(~skewed[-most:-1][::-1])
    return int(rests[0]) + 1 if len(rests) else 0


def split_interval(values: Array, number: int, *, signed: bool) -> tuple[float, float, float]:
    """Return the interval of a mean to which few runs add much, and their part of it.

    Parameters
    ----------
    values
        Runs without NaN.
    number
        How many of those furthest from the median are few and add much.
    signed
        Whether one not seen yet can lie on either side.
    """
    n = len(values)
    order = np.argsort(np.abs(values - np.median(values)), kind="stable")
    rest, worst = values[order[:-number]], values[order[-number:]]
    middle = float(rest.mean())
    half = student(len(rest) - 1) * float(rest.std(ddof=1)) / sqrt(len(rest))
    beyond = worst - middle
    low, high = (float(end[0]) / n for end in rare_interval(beyond[None, :], signed=signed))
    added = float(beyond.sum()) / n
    mean = middle + added
    part = abs(added) / max(abs(mean), abs(added)) if added else 0.0
    return mean - hypot(half, added - low), mean + hypot(half, high - added), part


def mean_and_half(values: Array, defined: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return mean and half-width of its t interval per row; NaN is left out.

    The mean of equal values is exactly that value, without rounding.
    """
    present = ~np.isnan(values)
    n = np.maximum(defined, 1)
    means = np.where(present, values, 0.0).sum(axis=1) / n
    low = np.min(np.where(present, values, inf), axis=1, initial=inf)
    constant = low == np.max(np.where(present, values, -inf), axis=1, initial=-inf)
    means = np.where(constant, low, means)
    squares = np.where(present, (values - means[:, None]) ** 2, 0.0).sum(axis=1)
    spread = np.sqrt(squares / np.maximum(n - 1, 1) / n)
    scale = np.array([student(int(k) - 1) if k > 1 else 0.0 for k in defined])
    return means, scale * spread


@lru_cache(maxsize=4096)
def quantile_ranks(runs: int, level: float) -> tuple[int, int]:
    """Return the ranks, from 1, of the values between which a quantile lies in 95 % of samples.

    How many of n independent values lie below their distribution's quantile is binomial, whatever
    the distribution. Rank 0 and rank runs + 1 do not exist: on that side the runs give no bound.

    >>> quantile_ranks(100, 0.5), quantile_ranks(100, 0.99), quantile_ranks(1000, 0.95)
    ((40, 61), (97, 101), (936, 964))
    """
    from scipy.special import bdtr  # noqa: PLC0415  only summaries pay for scipy

    # Values of rank r or more are at or above the quantile unless r or more lie below it.
    def below(rank: int) -> float:
        return float(bdtr(rank, runs, level))

    ranks = range(runs + 1)
    return bisect_right(ranks, TAIL, key=below), bisect_left(ranks, 1.0 - TAIL, key=below) + 1


def quantile_interval(ordered: Array, defined: int, level: float) -> OpenInterval:
    """Return the 95 % interval of a quantile between two order statistics.

    Parameters
    ----------
    ordered
        The values in order, first those that are not NaN.
    defined
        How many are not NaN; an infinite one is beyond the horizon, so no bound.
    """
    low, high = quantile_ranks(defined, level)
    ends = [float(ordered[k - 1]) if 1 <= k <= defined else nan for k in (low, high)]
    first, last = (end + 0.0 if np.isfinite(end) else None for end in ends)
    return first, last
