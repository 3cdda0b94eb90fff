"""Differences between strategies that met the same luck: paired by replication.

Pairing removes the variance that the luck adds to both. Conditional metrics are compared over the
pairs in which both are finite, and never ranked, because those runs are selected by their result.
Where few pairs differ the interval is one for rare harm (`results.intervals`).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from simdeploy.results.intervals import Array, Interval, means_of
from simdeploy.results.metrics import NAMES
from simdeploy.results.summary import interval
from simdeploy.semantics.metrics import TRACE


class Difference(NamedTuple):
    """The mean of a − b over ``n_pairs`` runs, and the share of them with a < b and a > b.

    ``carried_by`` is the number of pairs that differ, where they are few, else 0; ``skewed``: some
    pairs differ so much more than others that ``ci95`` is too narrow.
    """

    metric: str
    a: str
    b: str
    mean: float | None
    ci95: Interval | None
    n_pairs: int
    share_fewer: float | None
    share_more: float | None
    carried_by: int = 0
    skewed: bool = False

    @property
    def level(self) -> bool:
        """Whether the interval includes zero; a single pair has none and counts as level."""
        return self.ci95 is None or self.ci95[0] <= 0.0 <= self.ci95[1]

    def swapped(self) -> "Difference":
        """Return the difference b − a."""
        mean = None if self.mean is None else 0.0 - self.mean
        ci95 = (0.0 - self.ci95[1], 0.0 - self.ci95[0]) if self.ci95 else None
        return self._replace(
            a=self.b,
            b=self.a,
            mean=mean,
            ci95=ci95,
            share_fewer=self.share_more,
            share_more=self.share_fewer,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as in the JSON."""
        out: dict[str, Any] = {name: getattr(self, name) for name in ("metric", "a", "b", "mean")}
        out |= {"ci95": list(self.ci95) if self.ci95 else None, "n_pairs": self.n_pairs}
        out |= {"share_fewer": self.share_fewer, "share_more": self.share_more}
        marks = {"carried_by": self.carried_by, "skewed": self.skewed}
        return out | {name: value for name, value in marks.items() if value}


def differences(
    tables: Mapping[str, Array],
    names: Sequence[str] = NAMES,
    most: Sequence[float] | None = None,
) -> list[Difference]:
    """Return the differences of every metric between every two strategies, in their order.

    Parameters
    ----------
    tables
        Per strategy, metrics × runs in the order of ``names``; the same runs in all.
    names
        The metrics; by default all of ``metrics.NAMES``.
    most
        The most that a run can have of each, for differences that no pair shows: see `means_of`.
    """
    pairs = combinations(tables, 2)
    return [d for a, b in pairs for d in paired(a, b, tables[a], tables[b], names, most)]


def paired(
    a: str,
    b: str,
    of_a: Array,
    of_b: Array,
    names: Sequence[str] = NAMES,
    most: Sequence[float] | None = None,
) -> list[Difference]:
    """Return the paired difference a − b of every metric."""
    return differences_of([(metric, a, b) for metric in names], gaps(of_a, of_b), most)


def differences_of(
    named: Sequence[tuple[str, str, str]], apart: Array, most: Sequence[float] | None = None
) -> list[Difference]:
    """Return the difference of each row.

    Parameters
    ----------
    named
        Per row its metric and the two strategies.
    apart
        Rows × runs, as `gaps` gives them.
    most
        Per row, as for `differences`.
    """
    pairs = (~np.isnan(apart)).sum(axis=1)
    means = means_of(apart, pairs, most, signed=True)
    fewer, more = (apart < 0.0).sum(axis=1), (apart > 0.0).sum(axis=1)
    counts = (pairs.tolist(), fewer.tolist(), more.tolist())
    columns = zip(named, *counts, *(part.tolist() for part in means), strict=True)
    return [difference(*three, *numbers) for three, *numbers in columns]


def gaps(of_a: Array, of_b: Array) -> Array:
    """Return a − b of every metric and run; NaN where one is not finite."""
    both = np.isfinite(of_a) & np.isfinite(of_b)
    apart = np.subtract(of_a, of_b, out=np.full_like(of_a, np.nan), where=both)
    # Differences of rounding are none.
    large = np.maximum(np.abs(of_a), np.abs(of_b), out=np.zeros_like(of_a), where=both)
    apart[both & (np.abs(apart) < TRACE * large)] = 0.0
    return apart


def difference(
    metric: str, a: str, b: str, pairs: int, fewer: int, more: int, *means: Any
) -> Difference:
    """Return a difference from how many pairs there are, and have less or more, and `Means`."""
    if not pairs:
        return Difference(metric, a, b, None, None, 0, None, None)
    mean, low, high, few, skewed = means
    shares = (fewer / pairs, more / pairs)
    ci95 = interval(low, high)
    return Difference(metric, a, b, mean + 0.0, ci95, pairs, *shares, few, skewed)
