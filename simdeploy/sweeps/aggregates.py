"""Aggregates of many runs of one strategy at one setting, exact to merge; their statistics.

Counts and histograms add up in any order. Sums of floats do not, so they are stored per block of
`BLOCK` runs with the block's number, and are added in the order of these numbers once all blocks
are there: the result has the same bits on any number of threads or workers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.histograms import (
    Floats,
    Histograms,
    Ints,
    binned,
    constant_rows,
    extremes,
    histogram_quantiles,
    merge_histograms,
)
from simdeploy.results.intervals import student
from simdeploy.results.metrics import BY_NAME, EXTRA, NAMES
from simdeploy.results.summary import matrix, most_of_each
from simdeploy.sweeps.mean_intervals import Moments, mean_intervals

#: The numbers of a run that are aggregated.
NUMBERS = (*NAMES, *EXTRA)
#: Which of them are times: a censored time counts as the horizon in a mean.
IS_TIME = np.array([name in BY_NAME and BY_NAME[name].unit == "s" for name in NUMBERS])
#: Runs of a block. Another value gives sums that differ in the last bits.
BLOCK = 4096
LEVELS = {"p05": 0.05, "p50": 0.50, "p95": 0.95, "p99": 0.99}
#: Columns of `Statistics.values`: mean and its 95 % interval, standard deviation, extremes and
#: quantiles.
STATISTICS = ("mean", "low", "high", "sd", "min", *LEVELS, "max")


@dataclass(frozen=True)
class Aggregate:
    """Aggregate of some runs: counts and bins per number, sums per block and number."""

    runs: int
    defined: Ints
    censored: Ints
    verdicts: Ints
    outcomes: Ints
    #: Number of each block, and per block and number: how many, their sum, and the sum of squares
    #: around their own mean.
    blocks: Ints
    counts: Ints
    totals: Floats
    squares: Floats
    bins: Histograms


def aggregate(rows: NDArray[np.void], horizon: float, block: int) -> Aggregate:
    """Aggregate the runs of one block.

    Parameters
    ----------
    rows
        What ``replicate`` returns for the runs of this block, at most `BLOCK`.
    horizon
        Value of times that are still open, s.
    block
        The block's number: that of its first run, divided by `BLOCK`.
    """
    return aggregate_slices([rows], horizon, block)


def aggregate_slices(slices: Iterable[NDArray[np.void]], horizon: float, block: int) -> Aggregate:
    """Aggregate the runs of one block, slice by slice as they are played."""
    parts = [
        (matrix(rows, NUMBERS), rows["verdict"].copy(), rows["outcome"].copy()) for rows in slices
    ]
    values = np.concatenate([numbers for numbers, _, _ in parts], axis=1)
    verdicts = np.concatenate([words for _, words, _ in parts])
    outcomes = np.concatenate([words for _, _, words in parts])
    same = constant_rows(values)
    defined, censored, totals, squares = _moments(values, same, horizon)
    return Aggregate(
        values.shape[1],
        defined,
        censored,
        np.bincount(verdicts, minlength=len(VERDICTS)),
        np.bincount(outcomes, minlength=len(OUTCOMES)),
        np.array([block]),
        defined[None],
        totals[None],
        squares[None],
        binned(values, same),
    )


def _moments(
    values: Floats, same: NDArray[np.bool_], horizon: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return per row how many are defined, how many infinite, the sum, and that of squares.

    NaN is left out; infinity counts as the horizon; squares are those around the mean. A row of
    the ``same`` value throughout, as most are, has no deviation and needs no sum.
    """
    first, runs = values[:, 0], values.shape[1]
    defined = np.where(np.isnan(first), 0, runs)
    censored = np.where(np.isposinf(first), runs, 0)
    single = np.where(censored > 0, horizon, first)
    totals, squares = np.where(defined > 0, single * runs, 0.0), np.zeros(len(values))
    varied = np.flatnonzero(~same)
    rest = values[varied]
    holes = np.flatnonzero(~np.isfinite(rest).all(axis=1))
    lacking, endless = np.isnan(rest[holes]), np.isposinf(rest[holes])
    defined[varied], censored[varied] = runs, 0
    defined[varied[holes]] -= lacking.sum(axis=1)
    censored[varied[holes]] = endless.sum(axis=1)
    rest[holes] = np.where(lacking, 0.0, np.where(endless, horizon, rest[holes]))
    totals[varied] = rest.sum(axis=1)
    rest -= (totals[varied] / np.maximum(defined[varied], 1))[:, None]
    rest[holes] = np.where(lacking, 0.0, rest[holes])
    squares[varied] = np.multiply(rest, rest, out=rest).sum(axis=1)
    return defined, censored, totals, squares


def merge_aggregates(parts: Sequence[Aggregate]) -> Aggregate:
    """Return the aggregate of all runs of several, given in any order."""
    blocks = np.concatenate([part.blocks for part in parts])
    order = np.argsort(blocks, kind="stable")
    added: dict[str, Any] = {
        name: sum(getattr(part, name) for part in parts)
        for name in ("runs", "defined", "censored", "verdicts", "outcomes")
    }
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])[order]
        for name in ("counts", "totals", "squares")
    }
    bins = merge_histograms([part.bins for part in parts])
    return Aggregate(**added, blocks=blocks[order], **joined, bins=bins)


def mean_and_deviation(runs: Aggregate) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each number, blocks added in their order.

    Where all values are equal the mean is exactly that value. Both are NaN for a number without
    values, and for a number with infinite values that is not a time.
    """
    n, total, squares = _pooled(runs)
    low, high = extremes(runs.bins, len(NUMBERS))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = total / n
        deviations = np.sqrt(squares / (n - 1.0))
    constant = (low == high) & (runs.censored == 0)
    means = np.where(constant, low, means)
    deviations = np.where(constant & (n > 1), 0.0, np.where(n > 1, deviations, np.nan))
    has_mean = (n > 0) & (IS_TIME | (runs.censored == 0))
    return np.where(has_mean, means, np.nan), np.where(has_mean, deviations, np.nan)


def _pooled(runs: Aggregate) -> tuple[Floats, Floats, Floats]:
    """Return counts, sums and squares around the mean over all blocks."""
    n, total, squares = (getattr(runs, name)[0] * 1.0 for name in ("counts", "totals", "squares"))
    for count, more, around in zip(runs.counts[1:], runs.totals[1:], runs.squares[1:], strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = more / count - total / n
            apart = gap * gap * (n * count / (n + count))
        squares = squares + around + np.where((n > 0) & (count > 0), apart, 0.0)
        n, total = n + count, total + more
    return n, total, squares


def to_arrays(runs: Aggregate) -> dict[str, NDArray[Any]]:
    """Return an aggregate as arrays by name, the inverse of `from_arrays`."""
    plain = {f.name: np.asarray(getattr(runs, f.name)) for f in fields(runs) if f.name != "bins"}
    return plain | {f"bins_{f.name}": getattr(runs.bins, f.name) for f in fields(runs.bins)}


def from_arrays(arrays: dict[str, NDArray[Any]]) -> Aggregate:
    """Return the aggregate from the arrays of `to_arrays`."""
    plain: dict[str, Any] = {n: a for n, a in arrays.items() if not n.startswith("bins_")}
    bins = {n.removeprefix("bins_"): a for n, a in arrays.items() if n.startswith("bins_")}
    return Aggregate(**plain | {"runs": int(plain["runs"])}, bins=Histograms(**bins))


@dataclass(frozen=True)
class Statistics:
    """Statistics of one setting and arm.

    ``values`` has the shape `NUMBERS` × `STATISTICS` (NaN: undefined, inf: beyond the horizon);
    ``defined`` and ``censored`` count runs per number, ``verdicts`` and ``outcomes`` per word.
    ``carried_by`` and ``skewed`` say per number what weakens the interval of its mean, as in
    `results.intervals.Means`.
    """

    runs: int
    values: Floats
    defined: Ints
    censored: Ints
    verdicts: Ints
    outcomes: Ints
    carried_by: Ints
    skewed: NDArray[np.bool_]


def statistics_of(runs: Aggregate, horizon: float) -> Statistics:
    """Return the statistics of an aggregate of all the runs.

    Parameters
    ----------
    runs
        All runs of one setting and arm.
    horizon
        Value of times that are still open, s.
    """
    means, deviations = mean_and_deviation(runs)
    low, high = extremes(runs.bins, len(NUMBERS))
    exact = Moments(means, _half_widths(deviations, runs.defined))
    most = most_of_each(NUMBERS, float(np.nan_to_num(high[NUMBERS.index("requests")])), horizon)
    ends = mean_intervals(runs.bins, runs.defined, horizon, exact, most)
    levels = np.array(list(LEVELS.values()))
    quantiles = histogram_quantiles(runs.bins, len(NUMBERS), runs.defined, levels)
    low = np.where((runs.censored == runs.defined) & (runs.defined > 0), np.inf, low)
    high = np.where(runs.censored > 0, np.inf, high)
    columns = [means, ends.low, ends.high, deviations, low, *quantiles.T, high]
    values = np.column_stack(columns) + 0.0
    counts = (runs.defined, runs.censored, runs.verdicts, runs.outcomes)
    return Statistics(runs.runs, values, *counts, ends.few, ends.skewed)


def _half_widths(deviations: Floats, defined: Ints) -> Floats:
    """Return half the width of Student's interval of each mean; NaN for a single run."""
    scale = np.array([student(int(n) - 1) if n > 1 else np.nan for n in defined])
    return scale * deviations / np.sqrt(np.maximum(defined, 1))
