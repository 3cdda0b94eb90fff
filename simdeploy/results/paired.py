"""Differences between strategies that met the same luck: paired by replication.

Pairing removes the variance that the luck adds to both. Conditional metrics are compared over the
pairs in which both are finite, and never ranked, because those runs are selected by their result.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from simdeploy.results.metrics import NAMES
from simdeploy.results.summary import Array, Interval, interval, mean_and_half
from simdeploy.semantics.metrics import TRACE


class Difference(NamedTuple):
    """The mean of a − b over ``n_pairs`` runs, and the share of them with a < b and a > b."""

    metric: str
    a: str
    b: str
    mean: float | None
    ci95: Interval | None
    n_pairs: int
    share_fewer: float | None
    share_more: float | None

    @property
    def level(self) -> bool:
        """Whether the interval includes zero; a single pair has none and counts as level."""
        return self.ci95 is None or self.ci95[0] <= 0.0 <= self.ci95[1]

    def swapped(self) -> "Difference":
        """Return the difference b − a."""
        mean = None if self.mean is None else 0.0 - self.mean
        ci95 = (0.0 - self.ci95[1], 0.0 - self.ci95[0]) if self.ci95 else None
        shares = self.share_more, self.share_fewer
        return Difference(self.metric, self.b, self.a, mean, ci95, self.n_pairs, *shares)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as in the JSON."""
        fields = self._asdict() | {"ci95": list(self.ci95) if self.ci95 else None}
        return {name: value for name, value in fields.items() if not name.startswith("share_")}


def differences(tables: Mapping[str, Array], names: Sequence[str] = NAMES) -> list[Difference]:
    """Return the differences of every metric between every two strategies, in their order.

    Parameters
    ----------
    tables
        Per strategy, metrics × runs in the order of ``names``; the same runs in all.
    names
        The metrics; by default all of ``metrics.NAMES``.
    """
    pairs = combinations(tables, 2)
    return [d for a, b in pairs for d in paired(a, b, tables[a], tables[b], names)]


def paired(
    a: str, b: str, of_a: Array, of_b: Array, names: Sequence[str] = NAMES
) -> list[Difference]:
    """Return the paired difference a − b of every metric."""
    both = np.isfinite(of_a) & np.isfinite(of_b)
    gaps = np.subtract(of_a, of_b, out=np.full_like(of_a, np.nan), where=both)
    # Differences of rounding are none.
    large = np.maximum(np.abs(of_a), np.abs(of_b), out=np.zeros_like(of_a), where=both)
    gaps[both & (np.abs(gaps) < TRACE * large)] = 0.0
    pairs = both.sum(axis=1)
    means, halves = mean_and_half(gaps, pairs)
    fewer, more = (gaps < 0.0).sum(axis=1), (gaps > 0.0).sum(axis=1)
    counts = (pairs.tolist(), fewer.tolist(), more.tolist())
    columns = zip(names, means.tolist(), halves.tolist(), *counts, strict=True)
    return [_difference(metric, a, b, *numbers) for metric, *numbers in columns]


def _difference(
    metric: str, a: str, b: str, mean: float, half: float, pairs: int, fewer: int, more: int
) -> Difference:
    if not pairs:
        return Difference(metric, a, b, None, None, 0, None, None)
    ci95 = interval(mean, half, pairs)
    return Difference(metric, a, b, mean + 0.0, ci95, pairs, fewer / pairs, more / pairs)
