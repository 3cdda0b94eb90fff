"""Histograms that merge exactly: whole counts in bins that are the same for everybody.

A bin is the leading bits of a float: its sign, exponent and first five bits of the fraction, so 32
bins per octave, each at most 3.1 % wide. Beside its count a bin keeps the least and the greatest
value that fell into it: where all are the same, such as a drain of exactly 300 s, quantiles are
exact. Counts add up and extremes are the extremes of extremes: merging depends on no order.

Histograms of several numbers are kept together, in rows sorted by number and bin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Bits of a float that a bin leaves out: 52 of the fraction, less the five that are kept.
SHIFT = 47
#: Room for the bins of one number, of both signs.
SPAN = 1 << 18
HALF = SPAN >> 1
#: The widest bin, relative to its lower edge.
WIDEST = 1.0 / 32.0


@dataclass(frozen=True)
class Histograms:
    """Bins of several numbers: ``codes`` (number × SPAN + bin), counts, extremes within bins."""

    codes: Ints
    counts: Ints
    lows: Floats
    highs: Floats


def bins(values: Floats) -> Ints:
    """Return the bin of each value, in the order of the values.

    >>> bins(np.array([-1.0, 0.0, 1.0, 1.03, 1.04])) - bins(np.array([1.0]))
    array([-65473, -32736,      0,      0,      1])
    """
    bits = (values + 0.0).view(np.int64)
    size = (bits & np.int64(0x7FFF_FFFF_FFFF_FFFF)) >> SHIFT
    return np.where(bits < 0, ~size, size)


def count(values: Floats) -> Histograms:
    """Count the finite values of each row; what is NaN or infinite is left out."""
    ordered = np.sort(values, axis=1)
    kept = np.isfinite(ordered)
    codes = bins(ordered) + HALF + np.arange(len(values), dtype=np.int64)[:, None] * SPAN
    return _runs(codes[kept], np.ones(int(kept.sum()), np.int64), ordered[kept], ordered[kept])


def _runs(codes: Ints, counts: Ints, lows: Floats, highs: Floats) -> Histograms:
    """Put rows of the same code, which follow one another, together."""
    if not len(codes):
        return Histograms(codes, counts, lows, highs)
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    return Histograms(
        codes[first],
        np.add.reduceat(counts, first),
        np.minimum.reduceat(lows, first),
        np.maximum.reduceat(highs, first),
    )


def merge(several: Sequence[Histograms]) -> Histograms:
    """Return the histograms of all values that several hold."""
    codes = np.concatenate([one.codes for one in several])
    order = np.argsort(codes, kind="stable")
    counts, lows, highs = (
        np.concatenate([getattr(one, name) for one in several])[order]
        for name in ("counts", "lows", "highs")
    )
    return _runs(codes[order], counts, lows, highs)


def extremes(found: Histograms, numbers: int) -> tuple[Floats, Floats]:
    """Return the least and the greatest value of each number; NaN where there is none."""
    start, stop = _limits(found, numbers)
    some = stop > start
    low, high = np.full(numbers, np.nan), np.full(numbers, np.nan)
    low[some], high[some] = found.lows[start[some]], found.highs[stop[some] - 1]
    return low, high


def quantiles(found: Histograms, numbers: int, defined: Ints, levels: Floats) -> Floats:
    """Return quantiles, numbers × levels: exact where bins hold one value, else within a bin.

    ``defined`` counts the values of each number with those that are infinite, which come last.
    """
    place = levels[None, :] * np.maximum(defined - 1, 0)[:, None]
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0)[:, None])
    low, high = _ranked(found, numbers, below), _ranked(found, numbers, above)
    with np.errstate(invalid="ignore"):
        mixed = low + (place - below) * (high - low)
    # inf - inf is NaN and 0 × inf too, so where a neighbor is infinite it decides alone.
    infinite = np.where((place > below) | np.isinf(low), np.inf, low)
    return np.where(defined[:, None] > 0, np.where(np.isinf(high), infinite, mixed), np.nan)


def _limits(found: Histograms, numbers: int) -> tuple[Ints, Ints]:
    edges = np.searchsorted(found.codes, np.arange(numbers + 1, dtype=np.int64) * SPAN)
    return edges[:-1], edges[1:]


def _ranked(found: Histograms, numbers: int, ranks: Ints) -> Floats:
    """Return the value of each rank (from 0) in its number; beyond the finite ones infinity."""
    start, stop = _limits(found, numbers)
    until = np.r_[0, np.cumsum(found.counts)]
    place = ranks + until[start][:, None]
    finite = place < until[stop][:, None]
    if not len(found.codes):
        return np.full(ranks.shape, np.inf)
    bin_ = np.minimum(np.searchsorted(until, place, side="right") - 1, len(found.codes) - 1)
    share = (place - until[bin_]) / np.maximum(found.counts[bin_] - 1, 1)
    low, high = found.lows[bin_], found.highs[bin_]
    return np.where(finite, low + share * (high - low), np.inf)
