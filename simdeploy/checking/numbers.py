"""Numbers of a finding: one value per run, compared run by run as the setting is and changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.intervals import Array
from simdeploy.results.level import level, level_shares
from simdeploy.results.paired import paired
from simdeploy.results.summary import most_of_each

Rows = Any


@dataclass(frozen=True)
class Number:
    """What is measured: a name, words, a unit, and a value per run.

    Parameters
    ----------
    name
        As in the JSON; a metric's name where it is one.
    words
        As in a sentence: ``failed requests``.
    unit
        ``requests``, ``rows``, ``tasks``, ``s``, ``ratio``, ``share of runs`` or ``share``.
    of
        Rows of a result and the horizon (s) to a value per run.
    more_is_better
        Whether a larger number is the better one.
    hurts
        Whether it says that users fail or that a good release does not ship.
    """

    name: str
    words: str
    unit: str
    of: Callable[[Rows, float], Array]
    more_is_better: bool = False
    hurts: bool = False


@dataclass(frozen=True)
class Measured:
    """A number of one strategy as it is and with the change; means over the same runs.

    ``open``: share of runs in which a time is still open at the horizon, as is and changed.
    """

    number: Number
    strategy: str
    as_is: float
    changed: float | None = None
    level: bool = True
    open: tuple[float, float] = (0.0, 0.0)

    @property
    def better(self) -> bool:
        """Whether the change makes it better by a difference that is not level."""
        return self._moves(1.0 if self.number.more_is_better else -1.0)

    @property
    def worse(self) -> bool:
        """Whether the change makes it worse by a difference that is not level."""
        return self._moves(-1.0 if self.number.more_is_better else 1.0)

    def _moves(self, sign: float) -> bool:
        return not self.level and sign * ((self.changed or 0.0) - self.as_is) > 0.0

    @property
    def size(self) -> float:
        """How much of the larger of the two the difference is, from 0 to 1."""
        if self.changed is None or self.level:
            return 0.0
        return abs(self.changed - self.as_is) / max(abs(self.changed), abs(self.as_is))


def measure(
    number: Number, strategy: str, before: Rows, after: Rows | None, horizons: tuple[float, float]
) -> Measured:
    """Measure a number in runs as they are and, on the same luck, with the change.

    Parameters
    ----------
    horizons
        Where times are cut, as is and changed (s).
    """
    a = number.of(before, horizons[0])
    mean, open_a = float(a.mean()), _open(number, a, horizons[0])
    if after is None:
        return Measured(number, strategy, mean, open=(open_a, 0.0))
    b = number.of(after, horizons[1])
    changed = float(b.mean())
    return Measured(
        number,
        strategy,
        mean,
        changed,
        _is_level(number, a, b, float(np.max(before["requests"], initial=0.0)), max(horizons)),
        (open_a, _open(number, b, horizons[1])),
    )


def _open(number: Number, values: Array, horizon: float) -> float:
    return float((values >= horizon).mean()) if number.unit == "s" else 0.0


def _is_level(number: Number, a: Array, b: Array, requests: float, horizon: float) -> bool:
    """Return whether a change makes no difference worth a word, by the rule of comparisons."""
    means = float(a.mean()), float(b.mean())
    if number.unit == "share of runs":
        return level_shares(*means)
    if number.unit == "share":
        return bool(abs(means[0] - means[1]) < SMALL_SHARE)
    most = most_of_each([number.name], requests, horizon)
    (gap,) = paired("as is", "changed", a[None, :], b[None, :], [number.name], most)
    return level(gap, max(means))


#: Shares of requests that differ by less than a point in a thousand are level.
SMALL_SHARE = 0.001
SHIPPED = VERDICTS.index("shipped")
NOT_OVER = tuple(OUTCOMES.index(word) for word in ("stuck", "in_progress"))
IN_PROGRESS = OUTCOMES.index("in_progress")


def _metric(name: str) -> Callable[[Rows, float], Array]:
    return lambda rows, horizon: np.asarray(rows[name], dtype=np.float64)  # noqa: ARG005


def _time(name: str) -> Callable[[Rows, float], Array]:
    """Read a time; what has not happened by the horizon counts as the horizon."""
    return lambda rows, horizon: np.minimum(np.nan_to_num(rows[name], nan=horizon), horizon)


def _is_among(field: str, *codes: int) -> Callable[[Rows, float], Array]:
    return lambda rows, horizon: np.isin(rows[field], codes).astype(np.float64)  # noqa: ARG005


def _base_failing(rows: Rows, _horizon: float) -> Array:
    """Return the share of requests that fail without a deployment."""
    base = rows["failed_requests"] - rows["failed_caused"]
    return np.asarray(base / np.maximum(rows["requests"], 1.0))


def _all_exposed(rows: Rows, _horizon: float) -> Array:
    """Return whether all traffic was on the new version when a rollback was decided, if ever."""
    decided = np.nan_to_num(rows["decision_s"], nan=np.inf)
    return np.asarray(rows["full_traffic_s"] <= decided, dtype=np.float64)


def _decided(rows: Rows, _horizon: float) -> Array:
    """Return whether anybody decided on a rollback."""
    return np.asarray(np.isfinite(rows["decision_s"]), dtype=np.float64)


def _in_first_step(rows: Rows, _horizon: float) -> Array:
    """Return whether a rollback was decided before all traffic was on the new version."""
    full = np.nan_to_num(rows["full_traffic_s"], nan=np.inf)
    return np.asarray(np.isfinite(rows["decision_s"]) & (rows["decision_s"] < full), np.float64)


SHARE = "share of runs"
FAILED = Number(
    "failed_caused", "failed requests", "requests", _metric("failed_caused"), hurts=True
)
FAILED_ALL = Number(
    "failed_requests", "failed requests", "requests", _metric("failed_requests"), hurts=True
)
CUT = Number("failed_cut", "requests cut", "requests", _metric("failed_cut"), hurts=True)
EXPOSED = Number(
    "exposed_requests",
    "requests answered by the bad version",
    "requests",
    _metric("exposed_requests"),
)
SCHEMA = Number(
    "failed_schema", "requests that fail on the data", "requests", _metric("failed_schema")
)
UNREADABLE = Number(
    "incompatible_writes", "unreadable rows", "rows", _metric("incompatible_writes")
)
KILLED = Number("failed_tasks", "tasks killed", "tasks", _metric("failed_tasks"))
HEADROOM = Number(
    "min_headroom",
    "least capacity over traffic",
    "ratio",
    _metric("min_headroom"),
    more_is_better=True,
)
DECIDED = Number("decision_s", "decided after", "s", _time("decision_s"))
AT_REST = Number("deployment_s", "at rest after", "s", _time("deployment_s"))
DONE = Number("deployment_s", "done after", "s", _time("deployment_s"))
LIVE = Number("full_traffic_s", "live after", "s", _time("full_traffic_s"))
SHIPS = Number(
    "shipped",
    "shipped",
    SHARE,
    _is_among("verdict", SHIPPED),
    more_is_better=True,
    hurts=True,
)
UNDONE_SHARE = Number("undone", "undone", SHARE, _decided, more_is_better=True)
UNDONE_EARLY = Number(
    "undone_in_first_step", "undone in the first step", SHARE, _in_first_step, more_is_better=True
)
ALL_EXPOSED = Number(
    "all_traffic_at_decision", "all traffic on the bad version when undone", SHARE, _all_exposed
)
OPEN = Number("open", "still open at the horizon", SHARE, _is_among("outcome", *NOT_OVER))
UNFINISHED = Number(
    "in_progress", "not done at the horizon", SHARE, _is_among("outcome", IN_PROGRESS)
)
BASE = Number("base_failing", "failing requests", "share", _base_failing, hurts=True)
