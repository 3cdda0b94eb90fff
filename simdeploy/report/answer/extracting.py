"""The facts of an answer, extracted from the runs of a comparison."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import VERDICTS
from simdeploy.report.answer.facts import CAUSES, Facts, Good, StrategyFacts
from simdeploy.results.comparison import Comparison, Rows
from simdeploy.results.ends import BAD, ENDS, FAILS, end_words
from simdeploy.results.ranking import COST, HARM
from simdeploy.results.standings import by_itself, is_bad, left, over_capacity
from simdeploy.results.summary import Summary, Variant, summarize
from simdeploy.scenario.assumed import assumptions

#: Causes of failures without any deployment, likeliest first: errors, then overload.
BASELINE_CAUSES = ("failed_app", "failed_overload")
#: Who ends a deployment, in the word of the column.
SIGNALS = {
    "breaker": "breaker", "alarm": "alarm", "install_timeout": "timeout", "hook": "hook",
    "approval": "person", "operator": "person", "progress_deadline": "deadline",
}  # fmt: skip


def facts(comparison: Comparison, *, from_failure: bool | None = None, source: str = "") -> Facts:
    """Extract the facts of the answer from a comparison.

    Parameters
    ----------
    from_failure
        Whether decisions count from the first failed answer, else from the command; by default
        where a user was hurt before each of them.
    source
        The scenario with its options as typed on the command line, for commands to try next.
    """
    names = list(comparison.strategies)
    pairs = [(m, a, b) for m in HARM for i, a in enumerate(names) for b in names[i + 1 :]]
    first = comparison.strategies[names[0]].release.metrics
    good = [comparison.good(name) for name in names]
    if from_failure is None:
        from_failure = all(_hurt_before(result.rows) for _, result in comparison.results)
    return Facts(
        comparison.scenario,
        comparison.runs,
        comparison.seed,
        {n: _strategy(comparison, n, from_failure=from_failure) for n in names},
        comparison.ranking,
        {key: comparison.between(*key) for key in pairs},
        from_failure,
        _anyway(first, "failed"),
        _anyway(first, "slow"),
        first["requests"].mean or 0.0,
        over_capacity(comparison),
        is_bad(comparison),
        any((v.metrics["failed_tasks"].mean or 0.0) >= 1.0 for v in good if v),
        len(assumptions(comparison.scenario)),
        source=source,
    )


def _anyway(metrics: Mapping[str, Summary], kind: str) -> float:
    """Return the requests that fail or are slow without any deployment."""
    return (metrics[f"{kind}_requests"].mean or 0.0) - (metrics[f"{kind}_caused"].mean or 0.0)


def _hurt_before(rows: Rows) -> bool:
    """Return whether a user was hurt before each decision."""
    decided = np.isfinite(rows["decision_s"])
    return bool(np.all(rows["user_onset_s"][decided] <= rows["decision_s"][decided]))


def _strategy(comparison: Comparison, name: str, *, from_failure: bool) -> StrategyFacts:
    result = comparison.strategies[name]
    rows, horizon = result.rows, comparison.scenario.horizon
    ends = end_words(rows)
    decided = np.isfinite(rows["decision_s"])
    since = np.where(np.isnan(rows["user_onset_s"]), 0.0, rows["user_onset_s"])
    waited = rows["decision_s"] - (since if from_failure else 0.0)
    hurting = np.isin(ends, (ENDS.index(FAILS), ENDS.index(BAD)))
    over = np.where(hurting | ~np.isfinite(rows["over_s"]), np.nan, rows["over_s"])
    over[~decided & ~np.isfinite(rows["user_onset_s"])] = np.nan
    return StrategyFacts(
        name,
        comparison.scenario.strategies[name].type,
        result.release.metrics,
        {metric: float(np.max(rows[metric])) for metric in HARM},
        _shares(ends),
        {ENDS[k]: float(rows["failed_caused"][ends == k].mean()) for k in np.unique(ends)},
        _signals(result.release),
        _summary(waited, horizon),
        _summary(np.where(decided, waited, np.nan), horizon),
        _summary(np.where(decided, rows["rollback_s"], np.nan), horizon),
        _summary(over, horizon),
        float(hurting.mean()),
        _cause(result.release.metrics),
        _good(comparison, name),
        (result.drill or {}).get("rollback_after_s"),
        left(rows),
        by_itself(result.release),
    )


def _shares(ends: NDArray[np.int64]) -> dict[str, float]:
    counts = np.bincount(ends, minlength=len(ENDS))
    return {word: counts[i] / len(ends) for i, word in enumerate(ENDS) if counts[i]}


def _signals(variant: Variant) -> dict[str, float]:
    """Return the share of the decided runs by the word of the signal."""
    shares = {signal: share.share for signal, share in variant.decided_by.items()}
    total = sum(shares.values())
    out: dict[str, float] = {}
    for signal, share in shares.items():
        if share:
            word = SIGNALS[signal]
            out[word] = out.get(word, 0.0) + share / total
    return out


def _summary(values: NDArray[np.float64], horizon: float) -> Summary:
    """Summarize a time (s); NaN is left out, infinity is cut."""
    return summarize(values[None, :], horizon, restrict=[True])[0]


def _good(comparison: Comparison, name: str) -> Good | None:
    variant, rows = comparison.good(name), comparison.good_rows(name)
    if variant is None or rows is None:
        return None
    ships = rows["verdict"] == VERDICTS.index("shipped")
    times = [np.where(ships, rows[name], np.nan) for name in ("full_traffic_s", "deployment_s")]
    live, done = (_summary(time, comparison.scenario.horizon) for time in times)
    cost = summarize(rows[COST][ships][None, :], comparison.scenario.horizon, restrict=[False])[0]
    signals = _signals(variant)
    return Good(
        float(ships.mean()),
        live,
        done,
        cost,
        _shares(end_words(rows)),
        max(signals, key=lambda word: signals[word], default=""),
        _cause(variant.metrics),
        max(0.0, variant.metrics["failed_caused"].mean or 0.0),
    )


def _cause(metrics: Mapping[str, Summary]) -> str:
    """Return the cause of most failures that the deployment causes; empty if none has the most."""
    means = {name: metrics[name].mean or 0.0 for name in CAUSES}
    baseline = _anyway(metrics, "failed")
    for name in BASELINE_CAUSES:
        part = min(max(0.0, baseline), means[name])
        means[name] -= part
        baseline -= part
    worst = max(means, key=lambda name: means[name])
    return worst if 2 * means[worst] > sum(means.values()) > 0.5 else ""
