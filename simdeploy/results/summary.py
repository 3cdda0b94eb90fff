"""Summaries of many runs: means with intervals, quantiles, shares.

A metric is null (NaN) in a run where the thing did not happen: such runs are left out, and ``n``
counts the others. It is censored (+inf) where the thing was still open at the horizon: quantiles
treat it as infinity, and the mean becomes the restricted mean of min(T, horizon), marked as such.
Quantiles are exact with linear interpolation; ``ci95`` is Student's t; shares carry Wilson's
interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isinf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import METRICS, OUTCOMES, VERDICTS
from simdeploy.results.metrics import BY_NAME, NAMES

Array = NDArray[np.float64]
Interval = tuple[float, float]

LEVELS = (0.50, 0.95, 0.99)
Z95 = 1.959963984540054
FEW = 20

#: Fields of a result that are no metrics: failures before and after the decision to roll back, and
#: harm caused by the deployment. Tables and sentences tell harm by them.
EXTRA = (
    "failed_before_decision",
    "failed_after_decision",
    "failed_caused",
    "slow_caused",
    "downtime_caused",
)


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric over many runs; ``n`` runs of ``runs`` have it, ``n_censored`` of them open."""

    mean: float | None
    ci95: Interval | None
    p50: float | None
    p95: float | None
    p99: float | None
    n: int
    n_censored: int
    runs: int
    restricted: bool = False

    @property
    def share(self) -> float:
        """Share of the runs in which the metric is defined."""
        return self.n / self.runs if self.runs else 0.0

    @property
    def half_width(self) -> float:
        """Half of the width of ``ci95``, 0 without an interval."""
        return (self.ci95[1] - self.ci95[0]) / 2 if self.ci95 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as in the JSON; an infinite quantile is null beside n_censored."""
        points = {name: finite(getattr(self, name)) for name in ("p50", "p95", "p99")}
        counts = {"n": self.n, "n_censored": self.n_censored}
        ci95 = list(self.ci95) if self.ci95 else None
        restricted = {"restricted": True} if self.restricted else {}
        return {"mean": self.mean, "ci95": ci95} | points | counts | restricted


@dataclass(frozen=True, slots=True)
class Share:
    """A share of runs and its Wilson interval."""

    share: float
    ci95: Interval


@dataclass(frozen=True, slots=True)
class Variant:
    """Summaries of one strategy in one variant: the release or its good twin."""

    metrics: dict[str, Summary]
    verdicts: dict[str, Share]
    outcomes: dict[str, Share]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as in the JSON."""
        return {
            "metrics": {name: self.metrics[name].to_dict() for name in NAMES},
            "verdicts": {name: share.share for name, share in self.verdicts.items()},
            "outcomes": {name: share.share for name, share in self.outcomes.items()},
        }


def finite(value: float | None) -> float | None:
    """Return the value, or None for an infinite one.

    >>> finite(float("inf")), finite(2.5)
    (None, 2.5)
    """
    return None if value is None or isinf(value) else value


@lru_cache(maxsize=4096)
def student(freedom: int) -> float:
    """Return the 97.5 % point of Student's t.

    >>> round(student(999), 4)
    1.9623
    """
    from scipy.special import stdtrit  # noqa: PLC0415  only summaries pay for scipy

    return float(stdtrit(freedom, 0.975))


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


def shares(values: NDArray[np.int64], words: Sequence[str]) -> dict[str, Share]:
    """Return the share of runs per word, all words in their order."""
    counts = np.bincount(values, minlength=len(words))
    return {word: wilson(int(counts[i]), len(values)) for i, word in enumerate(words)}


def matrix(rows: NDArray[np.void], names: Sequence[str]) -> Array:
    """Return the metrics of a structured array as one row of runs per name."""
    return np.array([rows[name] for name in names], dtype=np.float64).reshape(len(names), len(rows))


def summarize(values: Array, horizon: float, *, restrict: Sequence[bool]) -> list[Summary]:
    """Summarize each row of ``values``, one row per metric and one column per run.

    Parameters
    ----------
    values
        Metrics × runs; NaN is null, +inf censored.
    horizon
        Where censored times are cut for the restricted mean (s).
    restrict
        Per row, whether it is a time: only of a time min(T, horizon) means something.
    """
    ordered = np.sort(values, axis=1)
    defined = values.shape[1] - np.isnan(ordered).sum(axis=1)
    censored = np.isposinf(ordered).sum(axis=1)
    points = [row_quantiles(ordered, defined, level) for level in LEVELS]
    means, halves = mean_and_half(np.where(np.isposinf(values), horizon, values), defined)
    runs = values.shape[1]
    return [
        _summary(mean, half, [float(p[i]) for p in points], n, cut, runs, time)
        for i, (mean, half, n, cut, time) in enumerate(
            zip(means, halves, defined.tolist(), censored.tolist(), restrict, strict=True)
        )
    ]


def _summary(
    mean: float, half: float, points: list[float], n: int, censored: int, runs: int, time: bool
) -> Summary:
    has_mean = n > 0 and (time or censored == 0)
    center = float(mean) + 0.0 if has_mean else None
    p50, p95, p99 = (p + 0.0 if n else None for p in points)
    ci95 = interval(center, float(half), n)
    return Summary(center, ci95, p50, p95, p99, n, censored, runs, time and censored > 0)


def interval(mean: float | None, half: float, n: int) -> Interval | None:
    """Return mean ± half; no interval without a mean or from a single run."""
    return None if mean is None or n < 2 else (mean - half + 0.0, mean + half + 0.0)


def row_quantiles(ordered: Array, defined: NDArray[np.int64], level: float) -> Array:
    """Return a quantile of the first ``defined`` values of each sorted row; +inf stays +inf."""
    place = level * np.maximum(defined - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    if ordered.shape[1] == 0:
        return np.full(ordered.shape[0], np.nan)
    low = np.take_along_axis(ordered, below[:, None], 1)[:, 0]
    high = np.take_along_axis(ordered, above[:, None], 1)[:, 0]
    return interpolated(low, high, place - below)


def interpolated(low: Array, high: Array, share: Array) -> Array:
    """Return the values at a share of the way from low to high, either of which may be +inf."""
    with np.errstate(invalid="ignore"):
        mixed = low + share * (high - low)
    # inf - inf and 0 × inf are NaN, so an infinite neighbor determines the result by itself.
    return np.where(np.isinf(high), np.where((share > 0) | np.isinf(low), inf, low), mixed)


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


def summarize_variant(rows: NDArray[np.void], horizon: float) -> Variant:
    """Summarize all metrics, verdicts and outcomes of one strategy's runs."""
    names = (*NAMES, *(name for name in EXTRA if name in (rows.dtype.names or ())))
    restrict = [name in BY_NAME and BY_NAME[name].unit == "s" for name in names]
    summaries = summarize(matrix(rows, names), horizon, restrict=restrict)
    return Variant(
        dict(zip(names, summaries, strict=True)),
        shares(rows["verdict"], VERDICTS),
        shares(rows["outcome"], OUTCOMES),
    )


def thin_means(name: str, variant: Variant) -> list[str]:
    """Return a warning where fewer than 20 runs carry a mean of this strategy."""
    thin = [(m.name, variant.metrics[m.name].n) for m in METRICS if m.kind == "conditional"]
    thin = [(metric, n) for metric, n in thin if 0 < n < FEW]
    if not thin:
        return []
    metrics = ", ".join(f"{metric} ({n})" for metric, n in thin)
    return [f"{name}: fewer than {FEW} runs carry the mean of {metrics}"]
