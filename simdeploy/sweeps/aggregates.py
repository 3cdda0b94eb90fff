"""Many runs of one strategy at one setting, in a state that is small and merges exactly.

Counts and histograms add up in any order. Sums of floats do not, so they are kept per block of
`BLOCK` runs, each block with its number, and are added up in the order of these numbers when all
are there: whoever played which block, the result has the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.metrics import BY_NAME, NAMES
from simdeploy.results.summary import EXTRA, matrix
from simdeploy.sweeps import histograms
from simdeploy.sweeps.histograms import Floats, Histograms, Ints

#: The numbers of a run that are summed up.
NUMBERS = (*NAMES, *EXTRA)
#: Times: a censored one counts as the horizon in a mean.
TIMES = np.array([name in BY_NAME and BY_NAME[name].unit == "s" for name in NUMBERS])
#: Runs whose sums are added up at once; a part of the meaning of every sum.
BLOCK = 4096


@dataclass(frozen=True)
class Aggregate:
    """What is known of some runs: per number counts and bins, per block and number sums."""

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
    """Sum up the runs of one block.

    Parameters
    ----------
    rows
        What ``replicate`` returns for the runs of this block, at most `BLOCK`.
    horizon
        Where times that are still open are cut, s.
    block
        The block's number: that of its first run, divided by `BLOCK`.
    """
    values = matrix(rows, NUMBERS)
    censored = np.isposinf(values)
    defined = len(rows) - np.isnan(values).sum(axis=1)
    counts, totals, squares = _moments(np.where(censored, horizon, values))
    return Aggregate(
        len(rows),
        defined,
        censored.sum(axis=1),
        np.bincount(rows["verdict"], minlength=len(VERDICTS)),
        np.bincount(rows["outcome"], minlength=len(OUTCOMES)),
        np.array([block]),
        counts[None],
        totals[None],
        squares[None],
        histograms.count(values),
    )


def _moments(values: Floats) -> tuple[Ints, Floats, Floats]:
    known = ~np.isnan(values)
    counts = known.sum(axis=1)
    filled = np.where(known, values, 0.0)
    totals = filled.sum(axis=1)
    means = totals / np.maximum(counts, 1)
    around = np.where(known, filled - means[:, None], 0.0)
    return counts, totals, (around * around).sum(axis=1)


def merge(several: Sequence[Aggregate]) -> Aggregate:
    """Return what is known of all the runs of several aggregates, given in any order."""
    blocks = np.concatenate([one.blocks for one in several])
    order = np.argsort(blocks, kind="stable")
    added: dict[str, Any] = {
        name: sum(getattr(one, name) for one in several)
        for name in ("runs", "defined", "censored", "verdicts", "outcomes")
    }
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in several])[order]
        for name in ("counts", "totals", "squares")
    }
    bins = histograms.merge([one.bins for one in several])
    return Aggregate(**added, blocks=blocks[order], **joined, bins=bins)


def mean_and_deviation(one: Aggregate) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each number, blocks added up in their order.

    Where all values are the same the mean is that value; a number without values has NaN, and so
    has one with infinite values for which a restricted mean would say nothing.
    """
    n, total, squares = _folded(one)
    low, high = histograms.extremes(one.bins, len(NUMBERS))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = total / n
        deviations = np.sqrt(squares / (n - 1.0))
    constant = (low == high) & (one.censored == 0)
    means = np.where(constant, low, means)
    deviations = np.where(constant & (n > 1), 0.0, np.where(n > 1, deviations, np.nan))
    known = (n > 0) & (TIMES | (one.censored == 0))
    return np.where(known, means, np.nan), np.where(known, deviations, np.nan)


def _folded(one: Aggregate) -> tuple[Floats, Floats, Floats]:
    """Return counts, sums and squares around the mean over all blocks."""
    n, total, squares = (getattr(one, name)[0] * 1.0 for name in ("counts", "totals", "squares"))
    for count, more, around in zip(one.counts[1:], one.totals[1:], one.squares[1:], strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = more / count - total / n
            apart = gap * gap * (n * count / (n + count))
        squares = squares + around + np.where((n > 0) & (count > 0), apart, 0.0)
        n, total = n + count, total + more
    return n, total, squares


def to_arrays(one: Aggregate) -> dict[str, NDArray[Any]]:
    """Return the state as arrays, to be written to a file."""
    plain = {f.name: np.asarray(getattr(one, f.name)) for f in fields(one) if f.name != "bins"}
    return plain | {f"bins_{f.name}": getattr(one.bins, f.name) for f in fields(one.bins)}


def from_arrays(arrays: dict[str, NDArray[Any]]) -> Aggregate:
    """Return the state that `to_arrays` took apart."""
    plain: dict[str, Any] = {n: a for n, a in arrays.items() if not n.startswith("bins_")}
    bins = {n.removeprefix("bins_"): a for n, a in arrays.items() if n.startswith("bins_")}
    return Aggregate(**plain | {"runs": int(plain["runs"])}, bins=Histograms(**bins))
