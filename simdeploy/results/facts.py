"""What a verdict is made from: plain numbers taken out of a comparison, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simdeploy.results.paired import Difference
from simdeploy.results.ranking import Ranking
from simdeploy.results.summary import Summary

#: Metrics that a request can fail by, and what that is in words.
CAUSES = {
    "failed_no_target": "no task is there to answer",
    "failed_refused": "tasks refuse them",
    "failed_app": "the application answers errors",
    "failed_overload": "tasks are overloaded",
    "failed_schema": "the code meets data it cannot read",
    "failed_cut": "they are cut when a task ends",
}
#: Differences that the sentences can need.
COMPARED = (
    "bad_s", "failed_requests", "slow_requests", "downtime_s", "extra_cost_usd",
    "detect_s", "rollback_s",
)  # fmt: skip
TAKEN = (
    "bad_s", "failed_requests", "slow_requests", "downtime_s", "exposed_requests", "requests",
    "extra_cost_usd", "both_alive_s", "deployment_s", "incompatible_writes", "side_effects_left",
    "detect_s", "decision_s", "rollback_s", "failed_before_decision", "failed_after_decision",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StrategyFacts:
    """One strategy: means and 1-in-20 values per metric, and how its runs end.

    ``mean`` lacks a metric that no run has; ``open`` names the metrics that some run still has open
    at the horizon. ``worst`` is the most over all runs, ``share`` the share of runs that have it.
    """

    name: str
    mean: Mapping[str, float]
    bad_day: Mapping[str, float]
    worst: Mapping[str, float]
    share: Mapping[str, float]
    open: frozenset[str]
    verdicts: Mapping[str, float]
    outcomes: Mapping[str, float]
    cause: str = ""
    cause_share: float = 0.0
    automatic: bool = True
    operator: bool = False
    way_back: float | None = None

    @property
    def unhurt(self) -> bool:
        """Whether not one request fails, is slow or meets bad code in any run."""
        return all(self.worst.get(m, 0.0) < 0.5 for m in ("bad_s", "failed_requests",
                                                           "slow_requests"))  # fmt: skip

    @property
    def fails(self) -> bool:
        """Whether a request fails in some run; fractions of one are the fluid's, not a user's."""
        return self.worst.get("failed_requests", 0.0) >= 0.5


@dataclass(frozen=True)
class VerdictFacts:
    """Everything the verdict paragraph may say: it is a pure function of this."""

    runs: int
    horizon: float
    faulty: bool
    strategies: Mapping[str, StrategyFacts]
    ranking: Ranking
    pairs: Mapping[tuple[str, str, str], Difference] = field(default_factory=dict)
    drill_after: float = 600.0
    twin_known: bool = True

    def between(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric."""
        found = self.pairs.get((metric, a, b))
        return found or self.pairs[metric, b, a].swapped()

    @property
    def ranked(self) -> list[StrategyFacts]:
        """The strategies that ship a good release, from best to worst; file order where level."""
        return [self.strategies[name] for group in self.ranking.order for name in group]

    @property
    def best(self) -> list[StrategyFacts]:
        """Those that no other beats on harm."""
        return [self.strategies[name] for name in self.ranking.best]

    @property
    def others(self) -> list[StrategyFacts]:
        """The ranked ones that are beaten, from best to worst."""
        return self.ranked[len(self.best) :]


def facts(comparison: Any) -> VerdictFacts:
    """Take out of a comparison what its verdict may say."""
    wanted = {(d.metric, d.a, d.b): d for d in comparison.differences if d.metric in COMPARED}
    return VerdictFacts(
        comparison.runs,
        comparison.scenario.horizon,
        comparison.faulty,
        {name: _strategy(comparison, name) for name in comparison.strategies},
        comparison.ranking,
        wanted,
        comparison.scenario.drill_after,
        bool(comparison.ships),
    )


def _strategy(comparison: Any, name: str) -> StrategyFacts:
    result = comparison.strategies[name]
    known = {m: result.release.metrics[m] for m in TAKEN if m in result.release.metrics}
    cause, share = _cause(result.release.metrics)
    watching = comparison.detectors[name]
    return StrategyFacts(
        name,
        {m: one.mean for m, one in known.items() if one.mean is not None},
        {m: one.p95 for m, one in known.items() if one.p95 is not None},
        {m: float(result.rows[m].max()) for m in ("bad_s", "failed_requests", "slow_requests",
                                                  "exposed_requests")},
        {m: one.share for m, one in known.items()},
        frozenset(m for m, one in known.items() if one.n_censored),
        {word: one.share for word, one in result.release.verdicts.items()},
        {word: one.share for word, one in result.release.outcomes.items()},
        cause,
        share,
        any(one.automatic for one in watching),
        any(one.signal == "operator" for one in watching),
        result.drill["rollback_after_s"].mean if result.drill else None,
    )  # fmt: skip


def _cause(metrics: Mapping[str, Summary]) -> tuple[str, float]:
    """Return what most failed requests fail by, and its share of them."""
    means = {name: metrics[name].mean or 0.0 for name in CAUSES}
    worst = max(means, key=lambda name: means[name])
    total = sum(means.values())
    return (worst, means[worst] / total) if total > 0 else ("", 0.0)
