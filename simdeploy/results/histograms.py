"""Histograms that merge exactly: counts in fixed bins, in the manner of HdrHistogram.

A bin is the leading bits of a float: its sign, exponent and first bits of the fraction. Five of
these make 32 bins per octave, each at most 3.1 % wide, as in sweeps; eight make 256, each at most
0.4 % wide, as in comparisons of many runs. Beside its count a bin stores the least and the greatest
of its values: where all are equal, such as a drain of exactly 300 s, quantiles are exact. Counts
are added and extremes are compared, so the order of merging does not matter.

Histograms of several numbers are stored together, in rows sorted by number and bin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.summary import interpolated

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Bits of a float that a bin ignores: 52 of the fraction, less the five or eight that select it.
SHIFT, FINE = 47, 44
#: The widest bin, relative to its lower edge.
WIDEST, WIDEST_FINE = 1.0 / 32.0, 1.0 / 256.0


@dataclass(frozen=True)
class Histograms:
    """Bins of several numbers: ``codes``, counts, extremes within bins.

    A code is the number × `span` + half of it + the bin.
    """

    codes: Ints
    counts: Ints
    lows: Floats
    highs: Floats


def span(shift: int) -> int:
    """Return the room for the bins of one number, of both signs.

    >>> span(SHIFT), span(FINE)
    (262144, 2097152)
    """
    return 1 << (65 - shift)


def bins(values: Floats, shift: int = SHIFT) -> Ints:
    """Return the bin of each value; bins are ordered like the values.

    >>> bins(np.array([-1.0, 0.0, 1.0, 1.03, 1.04])) - bins(np.array([1.0]))
    array([-65473, -32736,      0,      0,      1])
    """
    bits = (values + 0.0).view(np.int64)
    if bits.min(initial=0) >= 0:
        return bits >> shift
    size = (bits & np.int64(0x7FFF_FFFF_FFFF_FFFF)) >> shift
    return np.where(bits < 0, ~size, size)


def binned(values: Floats, same: NDArray[np.bool_] | None = None, shift: int = SHIFT) -> Histograms:
    """Return a histogram of the finite values of each row; NaN and infinity are left out.

    ``same`` says which rows hold one value, where that is known (`constant_rows`).
    Three ways give the same: a row of one value is one bin; of values that lie close together each
    finds its bin; others are sorted.
    """
    same = constant_rows(values) if same is None else same
    alike, varied = np.flatnonzero(same), np.flatnonzero(~same)
    parts = [_peaks(values[alike, 0], values.shape[1], alike, shift)]
    if len(varied):
        rest = values[varied]
        codes = bins(rest, shift)
        # The bin of infinity; those of other values that are no numbers lie beyond.
        infinite = 0x7FF << (52 - shift)
        low, high = codes.min(axis=1), codes.max(axis=1)
        close = (high - low < values.shape[1]) & (low > -infinite) & (high < infinite)
        parts.append(_counted(rest[close], codes[close], varied[close], shift))
        parts.append(_sorted(rest[~close], varied[~close], shift))
    return merge_histograms(parts)


def constant_rows(values: Floats) -> NDArray[np.bool_]:
    """Return which rows hold one value, to the last bit.

    >>> constant_rows(np.array([[np.nan, np.nan], [0.0, -0.0], [2.0, 2.0]]))
    array([ True, False,  True])
    """
    bits = values.view(np.int64)
    same: NDArray[np.bool_] = (bits == bits[:, :1]).all(axis=1)
    return same


def _peaks(values: Floats, count: int, rows: Ints, shift: int) -> Histograms:
    """Return the histograms of rows of one value each, so many times."""
    finite = np.isfinite(values)
    values, rows = values[finite] + 0.0, rows[finite]
    codes = _codes(bins(values, shift), rows, shift)
    return Histograms(codes, np.full(len(values), count), values, values)


def _counted(values: Floats, codes: Ints, rows: Ints, shift: int) -> Histograms:
    """Return the histograms of rows with few bins between the first and the last."""
    low = codes.min(axis=1)
    widths = codes.max(axis=1) - low + 1
    ends = np.cumsum(widths)
    starts = ends - widths
    places = (codes + (starts - low)[:, None]).ravel()
    total = int(widths.sum())
    counts = np.bincount(places, minlength=total)
    lows, highs = np.full(total, np.inf), np.full(total, -np.inf)
    np.minimum.at(lows, places, values.ravel())
    np.maximum.at(highs, places, values.ravel())
    filled = np.flatnonzero(counts)
    named = np.arange(total) + np.repeat(_codes(low - starts, rows, shift), widths)
    return Histograms(named[filled], counts[filled], lows[filled] + 0.0, highs[filled] + 0.0)


def _sorted(values: Floats, rows: Ints, shift: int) -> Histograms:
    """Return the histograms of rows of any values."""
    ordered = np.sort(values, axis=1) + 0.0
    codes = _codes(bins(ordered, shift), rows[:, None], shift)
    finite = np.isfinite(ordered)
    codes, ordered = codes[finite], ordered[finite]
    return _joined(codes, np.ones(len(codes), np.int64), ordered, ordered)


def _codes(places: Ints, rows: Ints, shift: int) -> Ints:
    """Return the codes of bins of some rows."""
    room = span(shift)
    return places + (room >> 1) + rows * room


def _joined(codes: Ints, counts: Ints, lows: Floats, highs: Floats) -> Histograms:
    """Join adjacent rows of the same code."""
    if not len(codes):
        return Histograms(codes, counts, lows, highs)
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    return Histograms(
        codes[first],
        np.add.reduceat(counts, first),
        np.minimum.reduceat(lows, first),
        np.maximum.reduceat(highs, first),
    )


def merge_histograms(parts: Sequence[Histograms]) -> Histograms:
    """Return the histograms of all values of several, given in any order."""
    codes = np.concatenate([part.codes for part in parts])
    order = np.argsort(codes, kind="stable")
    counts, lows, highs = (
        np.concatenate([getattr(part, name) for part in parts])[order]
        for name in ("counts", "lows", "highs")
    )
    return _joined(codes[order], counts, lows, highs)


def extremes(histograms: Histograms, numbers: int, shift: int = SHIFT) -> tuple[Floats, Floats]:
    """Return the least and the greatest value of each number; NaN where there is none."""
    start, stop = _limits(histograms, np.arange(numbers, dtype=np.int64), shift)
    filled = stop > start
    low, high = np.full(numbers, np.nan), np.full(numbers, np.nan)
    low[filled], high[filled] = histograms.lows[start[filled]], histograms.highs[stop[filled] - 1]
    return low, high


def histogram_quantiles(
    histograms: Histograms, numbers: int, defined: Ints, levels: Floats, shift: int = SHIFT
) -> Floats:
    """Return quantiles, numbers × levels: exact where bins hold one value, else within a bin.

    ``defined`` counts the values of each number including infinite values, which rank last.
    """
    place = levels[None, :] * np.maximum(defined - 1, 0)[:, None]
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0)[:, None])
    places = np.arange(numbers, dtype=np.int64)
    low, high = (ranked(histograms, ranks, places, shift) for ranks in (below, above))
    return np.where(defined[:, None] > 0, interpolated(low, high, place - below), np.nan)


def _limits(histograms: Histograms, places: Ints, shift: int) -> tuple[Ints, Ints]:
    """Return where the bins of each of some numbers begin and end."""
    start, stop = (np.searchsorted(histograms.codes, (places + k) * span(shift)) for k in (0, 1))
    return start, stop


def ranked(histograms: Histograms, ranks: Ints, places: Ints, shift: int = SHIFT) -> Floats:
    """Return the value at each rank (from 0) of some numbers; infinity beyond the finite values.

    It is exact where a bin holds at most two values or equal ones, else spread evenly over the bin.

    Parameters
    ----------
    ranks
        Numbers × ranks.
    places
        Which numbers these are, each a row of ``ranks``.
    """
    start, stop = _limits(histograms, places, shift)
    until = np.r_[0, np.cumsum(histograms.counts)]
    place = ranks + until[start][:, None]
    finite = place < until[stop][:, None]
    if not len(histograms.codes):
        return np.full(ranks.shape, np.inf)
    bin_ = np.minimum(np.searchsorted(until, place, side="right") - 1, len(histograms.codes) - 1)
    share = (place - until[bin_]) / np.maximum(histograms.counts[bin_] - 1, 1)
    low, high = histograms.lows[bin_], histograms.highs[bin_]
    return np.where(finite, low + share * (high - low), np.inf)
