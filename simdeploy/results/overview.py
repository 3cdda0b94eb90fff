"""What the runs of a strategy do beside their metrics: how they end, and how long ends take."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import VERDICTS
from simdeploy.results.ends import BAD, ENDS, FAILS, end_words
from simdeploy.results.intervals import Array
from simdeploy.results.ranking import COST, HARM
from simdeploy.results.summary import Summary, summarize

Rows = NDArray[np.void]
SHIPPED, ESCAPED, UNREPAIRED = (VERDICTS.index(w) for w in ("shipped", "escaped", "unrepaired"))
HURTING = (ENDS.index(FAILS), ENDS.index(BAD))
#: Kinds of requests that fail or are slow, as far as no deployment causes it.
ANYWAY = ("failed", "slow")
#: Times of a release (`times_of`), and numbers of a good one that ships (`good_numbers`).
TIMES = ("decided", "decided_since_hurt", "decided_in", "decided_in_since_hurt", "rollback", "over")
LIVE, DONE, COSTS = GOOD_NUMBERS = ("live", "done", "cost")


@dataclass(frozen=True, slots=True)
class Overview:
    """What the runs of a release do.

    Attributes
    ----------
    harm, largest
        Mean and maximum of each of `ranking.HARM`.
    requests, anyway
        Mean of all requests, and of those that fail or are slow (`ANYWAY`) without a deployment.
    ends, failed_by_end
        Share of the runs by their end (`ends.ENDS`), and what these fail on average.
    hurt_before
        Whether a user was hurt before each decision.
    hurting
        Share of runs in which users are still hurt at the horizon.
    left
        Share of runs with harm that goes on at the horizon: see `goes_on`.
    decided_s
        Mean time of the decisions that are made, s; None where there is none.
    times
        Summaries of `TIMES`.
    """

    harm: Mapping[str, float]
    largest: Mapping[str, float]
    requests: float
    anyway: Mapping[str, float]
    ends: Mapping[str, float]
    failed_by_end: Mapping[str, float]
    hurt_before: bool
    hurting: float
    left: float
    decided_s: float | None
    times: Mapping[str, Summary]


@dataclass(frozen=True, slots=True)
class GoodOverview:
    """What the runs of a good release do: how many ship, how they end, and those that ship.

    ``live_s`` is the mean time until the releases that ship are live, s; None where none does.
    """

    ships: float
    ends: Mapping[str, float]
    live_s: float | None
    numbers: Mapping[str, Summary]


def overview(rows: Rows, horizon: float) -> Overview:
    """Return what the runs of a release do; times beyond the horizon (s) are cut in means."""
    ends = end_words(rows)
    decisions = rows["decision_s"][np.isfinite(rows["decision_s"])]
    return Overview(
        {metric: float(rows[metric].mean()) for metric in HARM},
        {metric: float(np.max(rows[metric])) for metric in HARM},
        float(rows["requests"].mean()),
        {kind: float(unrelated(rows, kind).mean()) for kind in ANYWAY},
        shares_of_ends(np.bincount(ends, minlength=len(ENDS))),
        {ENDS[k]: float(rows["failed_caused"][ends == k].mean()) for k in np.unique(ends)},
        hurt_before(rows),
        float(np.isin(ends, HURTING).mean()),
        float(goes_on(rows).mean()),
        float(decisions.mean()) if len(decisions) else None,
        {name: _summary(values, horizon) for name, values in times_of(rows).items()},
    )


def good_overview(rows: Rows, horizon: float) -> GoodOverview:
    """Return what the runs of a good release do; times beyond the horizon (s) are cut in means."""
    ships = rows["verdict"] == SHIPPED
    live = rows["full_traffic_s"][ships]
    numbers = good_numbers(rows)
    costs = summarize(numbers.pop(COSTS)[ships][None, :], horizon, restrict=[False])[0]
    return GoodOverview(
        float(ships.mean()),
        shares_of_ends(np.bincount(end_words(rows), minlength=len(ENDS))),
        float(np.mean(live)) if len(live) else None,
        {name: _summary(values, horizon) for name, values in numbers.items()} | {COSTS: costs},
    )


def _summary(values: Array, horizon: float) -> Summary:
    """Summarize a time (s); NaN is left out, infinity is cut."""
    return summarize(values[None, :], horizon, restrict=[True])[0]


def times_of(rows: Rows) -> dict[str, Array]:
    """Return the times of each run by name, all of `TIMES`; NaN where there is none.

    ``decided``: until the decision, infinite where none was made while one was due; since the
    command, or since a user was hurt. ``decided_in``: of the runs that decide. ``over``: until
    users are no longer hurt, of the runs that end.
    """
    decided = np.isfinite(rows["decision_s"])
    hurt = rows["user_onset_s"]
    waited = rows["decision_s"] - 0.0
    since = waited - np.where(np.isnan(hurt), 0.0, hurt)
    open_ = np.isin(end_words(rows), HURTING) | ~np.isfinite(rows["over_s"])
    over = np.where(open_, np.nan, rows["over_s"])
    over[~decided & ~np.isfinite(hurt)] = np.nan
    only = [np.where(decided, times, np.nan) for times in (waited, since, rows["rollback_s"])]
    return dict(zip(TIMES, (waited, since, *only, over), strict=True))


def good_numbers(rows: Rows) -> dict[str, Array]:
    """Return the numbers of each good release that ships, all of `GOOD_NUMBERS`; others: NaN."""
    ships = rows["verdict"] == SHIPPED
    sources = ("full_traffic_s", "deployment_s", COST)
    return {
        name: np.where(ships, rows[source], np.nan)
        for name, source in zip(GOOD_NUMBERS, sources, strict=True)
    }


def shares_of_ends(counts: NDArray[np.int64]) -> dict[str, float]:
    """Return the share of the runs by their end, from their counts in the order of `ENDS`."""
    total = int(counts.sum())
    return {word: counts[i] / total for i, word in enumerate(ENDS) if counts[i]}


def hurt_before(rows: Rows) -> bool:
    """Return whether a user was hurt before each decision."""
    decided = np.isfinite(rows["decision_s"])
    return bool(np.all(rows["user_onset_s"][decided] <= rows["decision_s"][decided]))


def goes_on(rows: Rows) -> NDArray[np.bool_]:
    """Return in which runs harm goes on at the horizon.

    A bad release is live and hurts users then, or it was undone and they still fail.
    """
    escaped = (rows["verdict"] == ESCAPED) & (rows["hurts_at_end"] != 0)
    found: NDArray[np.bool_] = escaped | (rows["verdict"] == UNREPAIRED)
    return found


def unrelated(rows: Rows, kind: str) -> Array:
    """Return the requests of each run that are ``failed`` or ``slow`` without a deployment."""
    found: Array = rows[f"{kind}_requests"] - rows[f"{kind}_caused"]
    return found
