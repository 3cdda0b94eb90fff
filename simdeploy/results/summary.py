"""Summaries of many runs: means with intervals, quantiles, shares.

A metric is null (NaN) in a run where the thing did not happen: such runs are left out, and ``n``
counts the others. It is censored (+inf) where the thing was still open at the horizon: quantiles
treat it as infinity, and the mean becomes the restricted mean of min(T, horizon), marked as such.
Quantiles are exact with linear interpolation, and their intervals lie between order statistics;
``ci95`` is Student's t where enough runs carry the mean, else one that holds for rare harm
(`results.intervals`); shares carry Wilson's interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf, isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import METRICS, OUTCOMES, SIGNALS, VERDICTS, Metric
from simdeploy.results.intervals import (
    FEW,
    Array,
    Interval,
    OpenInterval,
    Share,
    means_of,
    quantile_interval,
    wilson,
)
from simdeploy.results.metrics import BY_NAME, CONDITIONAL, EXTRA, NAMES

LEVELS = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
#: Values that are summarized at once.
AT_ONCE = 500_000
#: Units of metrics that are no harm, of which nobody is warned.
NO_HARM = ("ratio", "USD")

#: Who can decide a rollback: machines, then people.
DECIDERS = (
    "breaker",
    "alarm",
    "install_timeout",
    "hook",
    "progress_deadline",
    "approval",
    "operator",
)
MACHINES = DECIDERS[:5]


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric over many runs; ``n`` runs of ``runs`` have it, ``n_censored`` of them open.

    ``carried_by`` is how many runs have any of it, where they are so few that ``ci95`` is one for
    rare harm, else 0; ``skewed``: some runs deviate so much that ``ci95`` is too narrow.
    An end of a quantile's interval is None where the runs do not bound it.
    """

    mean: float | None
    ci95: Interval | None
    p50: float | None
    p95: float | None
    p99: float | None
    n: int
    n_censored: int
    runs: int
    restricted: bool = False
    carried_by: int = 0
    skewed: bool = False
    p50_ci95: OpenInterval | None = None
    p95_ci95: OpenInterval | None = None
    p99_ci95: OpenInterval | None = None

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
        points: dict[str, Any] = {name: finite(getattr(self, name)) for name in LEVELS}
        for name in LEVELS:
            ends = getattr(self, f"{name}_ci95")
            points[f"{name}_ci95"] = None if ends is None else list(ends)
        counts = {"n": self.n, "n_censored": self.n_censored}
        ci95 = list(self.ci95) if self.ci95 else None
        marks = {name: getattr(self, name) for name in ("restricted", "carried_by", "skewed")}
        applying = {name: value for name, value in marks.items() if value}
        return {"mean": self.mean, "ci95": ci95} | points | counts | applying


@dataclass(frozen=True, slots=True)
class Variant:
    """Summaries of one strategy in one variant: the release or its good twin.

    ``decided_by``: the share of runs by who decided the first rollback, all of `DECIDERS`; a run
    without a decision counts for none. ``by_verdict``: per verdict that some run has, the mean of
    every metric over these runs alone, None where none of them has it; times are cut at the
    horizon.
    """

    metrics: dict[str, Summary]
    verdicts: dict[str, Share]
    outcomes: dict[str, Share]
    decided_by: dict[str, Share]
    by_verdict: dict[str, dict[str, float | None]]

    def __repr__(self) -> str:
        shares = {name: 100.0 * one.share for name, one in self.verdicts.items() if one.share}
        ends = ", ".join(f"{name} {share:.3g} %" for name, share in shares.items())
        return f"<Variant of {len(self.metrics)} metrics: {ends}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as in the JSON."""
        return {
            "metrics": {name: self.metrics[name].to_dict() for name in NAMES},
            "verdicts": {name: share.share for name, share in self.verdicts.items()},
            "outcomes": {name: share.share for name, share in self.outcomes.items()},
            "decided_by": {name: share.share for name, share in self.decided_by.items()},
            "by_verdict": self.by_verdict,
        }


def finite(value: float | None) -> float | None:
    """Return the value, or None if it is infinite.

    >>> finite(float("inf")), finite(2.5)
    (None, 2.5)
    """
    return None if value is None or isinf(value) else value


def shares(values: NDArray[np.int64], words: Sequence[str]) -> dict[str, Share]:
    """Return the share of runs per word, all words in their order."""
    counts = np.bincount(values, minlength=len(words))
    return {word: wilson(int(counts[i]), len(values)) for i, word in enumerate(words)}


def matrix(rows: NDArray[np.void], names: Sequence[str]) -> Array:
    """Return the metrics of a structured array as one row of runs per name."""
    return np.array([rows[name] for name in names], dtype=np.float64).reshape(len(names), len(rows))


def summarize(
    values: Array,
    horizon: float,
    *,
    restrict: Sequence[bool],
    most: Sequence[float] | None = None,
) -> list[Summary]:
    """Summarize each row of ``values``, one row per metric and one column per run.

    So many rows at a time that `AT_ONCE` values are enough, which bounds the memory.

    Parameters
    ----------
    values
        Metrics × runs; NaN is null, +inf censored.
    horizon
        Where censored times are cut for the restricted mean (s).
    restrict
        Per row, whether it is a time: only of a time min(T, horizon) means something.
    most
        Per row, the most that a run can have of it, for a harm that no run has: see `means_of`.
    """
    step = max(1, AT_ONCE // max(1, values.shape[1]))
    found: list[Summary] = []
    for first in range(0, len(values), step):
        part = slice(first, first + step)
        some = None if most is None else most[part]
        found += _summaries(values[part], horizon, restrict[part], some)
    return found


def _summaries(
    values: Array, horizon: float, restrict: Sequence[bool], most: Sequence[float] | None
) -> list[Summary]:
    """Return the summaries of some rows."""
    ordered = np.sort(values, axis=1)
    defined = values.shape[1] - np.isnan(ordered).sum(axis=1)
    censored = np.isposinf(ordered).sum(axis=1)
    points = [row_quantiles(ordered, defined, level) for level in LEVELS.values()]
    means = means_of(np.where(np.isposinf(values), horizon, values), defined, most)
    return [
        _summary(
            [float(part[i]) for part in means],
            [float(point[i]) for point in points],
            ordered[i],
            int(defined[i]),
            int(censored[i]),
            time=time,
        )
        for i, time in enumerate(restrict)
    ]


def _summary(
    means: Sequence[float],
    points: Sequence[float],
    ordered: Array,
    n: int,
    censored: int,
    *,
    time: bool,
) -> Summary:
    """Return a summary from the parts of `Means`, quantiles and the values in order."""
    mean, low, high, few, skewed = means
    has_mean = n > 0 and (time or censored == 0)
    ends = [quantile_interval(ordered, n, level) for level in LEVELS.values()]
    p50, p95, p99 = (point + 0.0 if n else None for point in points)
    return Summary(
        mean + 0.0 if has_mean else None,
        interval(low, high) if has_mean else None,
        p50,
        p95,
        p99,
        n,
        censored,
        len(ordered),
        time and censored > 0,
        int(few) if has_mean else 0,
        bool(skewed) and has_mean,
        *(ends if n > 1 else ()),
    )


def interval(low: float, high: float) -> Interval | None:
    """Return an interval; None where the ends are NaN, as for a single run."""
    return None if isnan(low) else (low + 0.0, high + 0.0)


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


def summarize_variant(rows: NDArray[np.void], horizon: float) -> Variant:
    """Summarize all metrics, verdicts and outcomes of one strategy's runs."""
    names = (*NAMES, *(name for name in EXTRA if name in (rows.dtype.names or ())))
    restrict = [name in BY_NAME and BY_NAME[name].unit == "s" for name in names]
    most = most_of(rows, names, horizon)
    step = max(1, AT_ONCE // max(1, len(rows)))
    summaries: list[Summary] = []
    for k in range(0, len(names), step):
        part = slice(k, k + step)
        some = matrix(rows, names[part])
        summaries += summarize(some, horizon, restrict=restrict[part], most=most[part])
    return Variant(
        dict(zip(names, summaries, strict=True)),
        shares(rows["verdict"], VERDICTS),
        shares(rows["outcome"], OUTCOMES),
        decided_by(rows),
        by_verdict(rows, horizon),
    )


def decided_by(rows: NDArray[np.void]) -> dict[str, Share]:
    """Return the share of runs by who decided the first rollback, all of `DECIDERS`.

    An operator decides before the command to roll back, which may still be open at the horizon.
    """
    found = shares(deciding_signals(rows), SIGNALS)
    return {name: found[name] for name in DECIDERS}


def deciding_signals(rows: NDArray[np.void]) -> NDArray[np.int64]:
    """Return by number who decided the first rollback of each run."""
    operator = SIGNALS.index("operator")
    open_command = np.isfinite(rows["decision_s"]) & (rows["signal"] == 0)
    return np.where(open_command, operator, rows["signal"])


def by_verdict(rows: NDArray[np.void], horizon: float) -> dict[str, dict[str, float | None]]:
    """Return the means of all metrics over the runs of each verdict that some run has."""
    verdicts = rows["verdict"]
    runs = {int(k): verdicts == k for k in np.unique(verdicts)}
    return {
        VERDICTS[k]: {name: _mean(rows[name][has], horizon) for name in NAMES}
        for k, has in runs.items()
    }


def _mean(values: Array, horizon: float) -> float | None:
    """Return the mean of a metric, censored times cut at the horizon; None without a value."""
    values = np.where(np.isposinf(values), horizon, values)
    defined = ~np.isnan(values)
    n = int(defined.sum())
    return float(np.where(defined, values, 0.0).sum()) / n + 0.0 if n else None


def most_of(rows: NDArray[np.void], names: Sequence[str], horizon: float) -> list[float]:
    """Return the most that a run can have of each metric: see `most_of_each`."""
    return most_of_each(names, float(np.max(rows["requests"], initial=0.0)), horizon)


def most_of_each(names: Sequence[str], requests: float, horizon: float) -> list[float]:
    """Return the most that a run can have of each metric, for `means_of`.

    Of a count of requests all requests of a run, of a time the time until the horizon; infinity of
    other metrics that are always defined, and 0 of conditional ones, where 0 is no absence of harm.
    """
    by_unit = {"requests": requests or inf, "s": horizon}
    units = {name: BY_NAME[name].unit if name in BY_NAME else "requests" for name in names}
    return [0.0 if name in CONDITIONAL else by_unit.get(units[name], inf) for name in names]


def thin_means(name: str, variant: Variant) -> list[str]:
    """Return warnings where few runs carry a mean of this strategy, or some weigh too much."""
    carriers = {m.name: carried_by(variant.metrics[m.name], m) for m in METRICS}
    thin = [f"{metric} ({n})" for metric, n in carriers.items() if n]
    skewed = [m.name for m in METRICS if is_skewed(variant.metrics[m.name], m)]
    lines = {
        f"{name}: fewer than {FEW} runs carry the mean of {', '.join(thin)}": thin,
        f"{name}: a few runs weigh most in the mean of {', '.join(skewed)}": skewed,
    }
    return [line for line, applies in lines.items() if applies]


def carried_by(summary: Summary, metric: Metric) -> int:
    """Return how many runs carry a mean if they are few, else 0."""
    if metric.kind == "conditional" and 0 < summary.n < FEW:
        return summary.n
    return 0 if metric.unit in NO_HARM else summary.carried_by


def is_skewed(summary: Summary, metric: Metric) -> bool:
    """Return whether a few runs weigh most in the mean of a harm."""
    return metric.kind == "always" and metric.unit not in NO_HARM and summary.skewed
