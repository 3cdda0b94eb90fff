"""The facts of an answer, extracted from the runs of a comparison."""

from collections.abc import Mapping

from simdeploy.report.answer.facts import CAUSES, Facts, Good, StrategyFacts
from simdeploy.results.comparison import Comparison
from simdeploy.results.overview import COSTS, DONE, LIVE
from simdeploy.results.standings import by_itself, is_bad, over_capacity
from simdeploy.results.summary import Summary, Variant
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
    first = comparison.strategies[names[0]].release.metrics
    good = [comparison.good(name) for name in names]
    if from_failure is None:
        from_failure = all(r.overview.hurt_before for _, r in comparison.results)
    return Facts(
        comparison.scenario,
        comparison.runs,
        comparison.seed,
        {n: _strategy(comparison, n, from_failure=from_failure) for n in names},
        comparison.ranking,
        comparison.between,
        from_failure,
        _anyway(first, "failed"),
        _anyway(first, "slow"),
        first["requests"].mean or 0.0,
        over_capacity(comparison),
        is_bad(comparison),
        any((v.metrics["failed_tasks"].mean or 0.0) >= 1.0 for v in good if v),
        len(assumptions(comparison.scenario)),
        source=source,
        approximate=comparison.approximate,
    )


def _anyway(metrics: Mapping[str, Summary], kind: str) -> float:
    """Return the requests that fail or are slow without any deployment."""
    return (metrics[f"{kind}_requests"].mean or 0.0) - (metrics[f"{kind}_caused"].mean or 0.0)


def _strategy(comparison: Comparison, name: str, *, from_failure: bool) -> StrategyFacts:
    result = comparison.strategies[name]
    runs, since = result.overview, "_since_hurt" if from_failure else ""
    return StrategyFacts(
        name,
        comparison.scenario.strategies[name].type,
        result.release.metrics,
        runs.largest,
        runs.ends,
        runs.failed_by_end,
        _signals(result.release),
        runs.times[f"decided{since}"],
        runs.times[f"decided_in{since}"],
        runs.times["rollback"],
        runs.times["over"],
        runs.hurting,
        _cause(result.release.metrics),
        _good(comparison, name),
        (result.drill or {}).get("rollback_after_s"),
        runs.left,
        by_itself(result.release),
    )


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


def _good(comparison: Comparison, name: str) -> Good | None:
    variant, runs = comparison.good(name), comparison.strategies[name].good_overview
    if variant is None or runs is None:
        return None
    signals = _signals(variant)
    return Good(
        runs.ships,
        runs.numbers[LIVE],
        runs.numbers[DONE],
        runs.numbers[COSTS],
        runs.ends,
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
