"""Means, intervals and quantiles of folded numbers: those of `intervals` and `summary`.

Means and intervals follow from moments, from the values that are kept on either side, and from the
median. Quantiles are those of histograms, within 0.4 %; of values that all bins have alone they are
exact.
"""

from collections.abc import Mapping
from math import hypot, inf, isnan, nan, sqrt
from typing import NamedTuple

import numpy as np

from simdeploy.results.folding import Fold, Moments, Tally, moments
from simdeploy.results.histograms import Ints, histogram_quantiles, ranked
from simdeploy.results.intervals import (
    CARRIED,
    FEW,
    ROUNDING,
    Array,
    OpenInterval,
    quantile_ranks,
    rare_interval,
    student,
    too_skewed,
    unseen_share,
)
from simdeploy.results.summary import LEVELS, Summary, interval


class Mean(NamedTuple):
    """One row of `intervals.Means`."""

    mean: float
    low: float
    high: float
    few: int
    skewed: bool


def mean_of(tally: Tally, median: float, most: float = 0.0, *, signed: bool = False) -> Mean:
    """Return the mean of a folded number with its interval, as `intervals.means_of` does.

    Parameters
    ----------
    tally
        The number.
    median
        Its median, which decides what lies far from the others.
    most
        The most that a value can be: see there.
    signed
        Whether values are differences, which can have either sign.
    """
    n, whole = tally.defined, tally.moments
    if not n:
        return Mean(nan, nan, nan, 0, False)
    constant = tally.least == tally.greatest
    mean = tally.least if constant else whole.mean
    squares = 0.0 if constant else max(0.0, whole.squares)
    half = student(n - 1) * sqrt(squares / (n - 1) / n) if n > 1 else 0.0
    found = Mean(mean, mean - half, mean + half, 0, False)
    if 0 < tally.carriers < FEW and 2 * tally.carriers < n:
        found = _rare(found, tally, signed=signed)
    elif not constant and _is_skewed(whole, mean, tally):
        found = _split(found, tally, median, signed=signed)
    elif not tally.carriers and most > 0.0:
        bound = most * unseen_share(n)
        high = bound if bound < inf else nan
        low = -high if signed or bound == inf else 0.0
        found = found._replace(low=low, high=high)
    return found if n > 1 else found._replace(low=nan, high=nan)


def _rare(found: Mean, tally: Tally, *, signed: bool) -> Mean:
    """Return the interval of what few runs have at all: each of them is kept."""
    values = tally.edge[tally.edge != 0.0]
    low, high = (float(end[0]) for end in rare_interval(values[None, :], signed=signed))
    return found._replace(low=low / tally.defined, high=high / tally.defined, few=tally.carriers)


def _is_skewed(whole: Moments, mean: float, tally: Tally) -> bool:
    unit = max(abs(tally.least - mean), abs(tally.greatest - mean))
    return _is_too_skewed(whole, unit, mean * mean)


def _is_too_skewed(some: Moments, unit: float, square: float) -> bool:
    """Return whether some values are too skewed, but for rounding of a mean square."""
    variance = some.squares / some.count / unit / unit
    third = some.cubes / some.count / unit / unit / unit
    real = variance > ROUNDING * square / unit / unit
    return real and bool(too_skewed(np.array(some.count), np.array(variance), np.array(third)))


def _split(found: Mean, tally: Tally, median: float, *, signed: bool) -> Mean:
    """Return the interval of a mean to which few runs add much; else mark it as skewed."""
    order = np.argsort(np.abs(tally.edge - median), kind="stable")
    edge = tally.edge[order]
    for number in range(1, min(FEW, (tally.defined + 1) // 2)):
        near, worst = edge[:-number], edge[-number:]
        rest = tally.rest.merged(moments(near))
        unit = float(abs(near[-1] - median)) or 1.0
        square = rest.squares / rest.count + (rest.mean - median) ** 2
        if not _is_too_skewed(rest, unit, square):
            return _joined(rest, worst, tally.defined, found.mean, signed=signed)
    return found._replace(skewed=True)


def _joined(rest: Moments, worst: Array, n: int, mean: float, *, signed: bool) -> Mean:
    """Return the mean of few values and of the others, as `intervals.split_interval` does."""
    spread = sqrt(max(0.0, rest.squares) / (rest.count - 1)) if rest.count > 1 else 0.0
    half = student(rest.count - 1) * spread / sqrt(rest.count)
    beyond = worst - rest.mean
    low, high = (float(end[0]) / n for end in rare_interval(beyond[None, :], signed=signed))
    added = float(beyond.sum()) / n
    split = rest.mean + added
    part = abs(added) / max(abs(split), abs(added)) if added else 0.0
    few = len(worst) if part >= CARRIED else 0
    return Mean(
        mean, split - hypot(half, added - low), split + hypot(half, high - added), few, False
    )


def summaries(
    fold: Fold, restrict: Mapping[str, bool], most: Mapping[str, float]
) -> dict[str, Summary]:
    """Return the summary of each number, as `summary.summarize` does.

    Parameters
    ----------
    fold
        The numbers of all runs.
    restrict
        By name, whether it is a time, whose mean is cut at the horizon.
    most
        By name, the most that a run can have of it; 0 for those left out.
    """
    defined = np.array([fold[name].defined for name in fold.names], dtype=np.int64)
    points, ends = _quantiles(fold, defined)
    return {
        name: _summary(fold, name, points[k], ends[k], most.get(name, 0.0), time=restrict[name])
        for k, name in enumerate(fold.names)
    }


def _summary(
    fold: Fold,
    name: str,
    points: Array,
    ends: list[OpenInterval],
    most: float,
    *,
    time: bool,
) -> Summary:
    tally = fold[name]
    has_mean = tally.defined > 0 and (time or tally.censored == 0)
    found = mean_of(tally, float(points[0]), most)
    p50, p95, p99 = (None if isnan(point) else float(point) + 0.0 for point in points)
    return Summary(
        found.mean + 0.0 if has_mean else None,
        interval(found.low, found.high) if has_mean else None,
        p50,
        p95,
        p99,
        tally.defined,
        tally.censored,
        fold.runs,
        time and tally.censored > 0,
        found.few if has_mean else 0,
        found.skewed and has_mean,
        *(ends if tally.defined > 1 else ()),
    )


def medians(fold: Fold) -> dict[str, float]:
    """Return the median of each number; NaN without a value."""
    defined = np.array([fold[name].defined for name in fold.names], dtype=np.int64)
    found = quantiles(fold, defined, np.array([0.5]))[:, 0]
    return dict(zip(fold.names, found.tolist(), strict=True))


def quantiles(fold: Fold, defined: Ints, levels: Array) -> Array:
    """Return quantiles of all numbers, numbers × levels, of so many values each."""
    if fold.bins is None:
        return np.full((len(fold.names), len(levels)), nan)
    return histogram_quantiles(fold.bins, len(fold.names), defined, levels, fold.shift)


def _quantiles(fold: Fold, defined: Ints) -> tuple[Array, list[list[OpenInterval]]]:
    """Return the quantiles of `LEVELS` of all numbers, and between which values they lie."""
    points = quantiles(fold, defined, np.array(list(LEVELS.values())))
    ranks = np.array([
        [rank for level in LEVELS.values() for rank in quantile_ranks(int(n), level)]
        for n in defined
    ])  # fmt: skip
    exists = (ranks >= 1) & (ranks <= defined[:, None])
    places = np.arange(len(fold.names), dtype=np.int64)
    values = np.full(ranks.shape, nan)
    if fold.bins is not None:
        values = ranked(fold.bins, np.where(exists, ranks - 1, 0), places, fold.shift)
    known = np.where(exists & np.isfinite(values), values, nan)
    return points, [[_open(*row[k : k + 2]) for k in (0, 2, 4)] for row in known.tolist()]


def _open(low: float, high: float) -> OpenInterval:
    return (None if isnan(low) else low + 0.0), (None if isnan(high) else high + 0.0)
