"""What a verdict is made from: plain facts taken out of a comparison, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from simdeploy.results.mechanism import NOTHING, Mechanism
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import HARM, SAME, Ranking
from simdeploy.results.summary import Summary, Variant

#: Metrics that a request can fail by, and what that is in words.
CAUSES = {
    "failed_no_target": "no task is there to answer",
    "failed_refused": "they reach tasks that do not answer",
    "failed_app": "the application answers errors",
    "failed_overload": "tasks are overloaded",
    "failed_schema": "the code meets data it cannot read",
    "failed_cut": "they are cut when a task ends",
}
#: Differences that the sentences can need.
COMPARED = (*HARM, "failed_requests", "extra_cost_usd")
TAKEN = (
    *HARM, "bad_s", "failed_requests", "slow_requests", "downtime_s", "requests", "min_headroom",
    "extra_cost_usd", "both_alive_s", "deployment_s", "incompatible_writes", "side_effects_left",
    "failed_tasks", "detect_s", "decision_s", "rollback_s", "failed_before_decision",
    "failed_after_decision", "cut_websockets",
)  # fmt: skip
#: Verdicts on a release that is bad.
BAD = ("stopped", "escaped", "unrepaired")
#: Causes of what fails without any deployment, likeliest first: errors, then too little room.
ANYWAY = ("failed_app", "failed_overload")


@dataclass(frozen=True, slots=True)
class Twin:
    """How a good release ends under a strategy, and what its way to the end costs users.

    ``failed``: requests that fail because of the deployment, most of them by ``cause``;
    ``anyway``: those that fail without one. ``signal`` undoes it, ``red`` before the command.
    """

    verdicts: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, float] = field(default_factory=dict)
    failed: float = 0.0
    anyway: float = 0.0
    cause: str = ""
    signal: str = ""
    red: bool = False


@dataclass(frozen=True, slots=True)
class StrategyFacts:
    """One strategy: means and 1-in-20 values per metric, and how its runs end.

    ``mean`` lacks a metric that no run has; ``open`` is the share of runs that still have one open
    at the horizon, where there are any. ``worst`` is the most over all runs, ``share`` the share of
    runs that have it, ``headroom`` the least capacity over traffic of all runs; ``full_after`` is
    when a good release gets all traffic (s), ``kind`` the type of the strategy.
    """

    name: str
    mean: Mapping[str, float]
    bad_day: Mapping[str, float]
    worst: Mapping[str, float]
    share: Mapping[str, float]
    open: Mapping[str, float]
    verdicts: Mapping[str, float]
    outcomes: Mapping[str, float]
    cause: str = ""
    cause_share: float = 0.0
    automatic: bool = True
    operator: bool = False
    way_back: float | None = None
    headroom: float = 1.0
    mechanism: Mechanism = NOTHING
    twin: Twin = field(default_factory=Twin)
    full_after: float | None = None
    kind: str = ""

    @property
    def fails(self) -> bool:
        """Whether a request fails in some run; fractions of one are the fluid's, not a user's."""
        return self.worst.get("failed_caused", 0.0) >= 0.5

    @property
    def hurts(self) -> bool:
        """Whether more requests fail than without the deployment, as far as anybody can tell."""
        return self.fails and self.mean["failed_caused"] >= max(0.5, SAME * self.anyway)

    @property
    def exposes(self) -> bool:
        """Whether bad code serves a request in some run."""
        return max(self.worst.get(m, 0.0) for m in ("exposed_requests", "bad_s")) >= 0.5

    @property
    def slows(self) -> bool:
        """Whether a request is slow in some run that would not be without the deployment."""
        return self.worst.get("slow_caused", 0.0) >= 0.5

    @property
    def unhurt(self) -> bool:
        """Whether no request fails, meets bad code or is slowed down in any run."""
        return not (self.fails or self.exposes or self.slows)

    def closed(self, metric: str) -> float:
        """Return in which share of the runs a time is over before the horizon."""
        return self.share.get(metric, 0.0) - self.open.get(metric, 0.0)

    @property
    def anyway(self) -> float:
        """Requests that fail without any deployment."""
        return self.mean.get("failed_requests", 0.0) - self.mean.get("failed_caused", 0.0)


class Grace(NamedTuple):
    """A grace period (s), and how long a good task needs from RUNNING until it is healthy (s)."""

    period: float
    needed: float


@dataclass(frozen=True)
class VerdictFacts:
    """Everything the verdict paragraph may say: it is a pure function of this.

    ``wrong``: what the bad revision answers is wrong, even where it looks right. ``faults`` are
    their kinds; ``events`` are the environment's, as the scenario has them, ``controllers`` who
    carries out each strategy that watches an alarm, ``command`` what becomes of an operator's
    first command where it does not work, and ``retry_after`` when the next one comes; ``grace``
    tells of good tasks that are replaced before they can be healthy.
    """

    runs: int
    horizon: float
    strategies: Mapping[str, StrategyFacts]
    ranking: Ranking
    pairs: Mapping[tuple[str, str, str], Difference] = field(default_factory=dict)
    drill_after: float = 600.0
    wrong: bool = False
    faults: frozenset[str] = frozenset()
    events: Sequence[Any] = ()
    controllers: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    retry_after: float = 0.0
    grace: Grace | None = None

    @property
    def bad(self) -> bool:
        """Whether the release is bad: one that only starts slowly or needs room is good."""
        return any(one.verdicts.get(word) for one in self.strategies.values() for word in BAD)

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

    @property
    def left_out(self) -> list[StrategyFacts]:
        """Those that do not ship a good release."""
        return [self.strategies[name] for name, _ in self.ranking.left_out]


def facts(comparison: Any) -> VerdictFacts:
    """Take out of a comparison what its verdict may say."""
    names = list(comparison.strategies)
    pairs = [(m, a, b) for m in COMPARED for i, a in enumerate(names) for b in names[i + 1 :]]
    return VerdictFacts(
        comparison.runs,
        comparison.scenario.horizon,
        {name: _strategy(comparison, name) for name in names},
        comparison.ranking,
        {key: comparison.between(*key) for key in pairs},
        comparison.scenario.drill_after,
        comparison.wrong,
        frozenset(one.kind for release in comparison.scenario.chain for one in release.faults),
        comparison.scenario.environment.events,
        _controllers(comparison.scenario),
        _command(comparison),
        getattr(comparison.scenario.operator, "retry_after", 0.0),
        _grace(comparison),
    )


def _command(comparison: Any) -> str:
    """Return what becomes of the first command to go back, where operators give one in vain."""
    person = comparison.scenario.operator
    ordered = any(one.signal == "operator" for one in comparison.mechanisms.values())
    return "" if person is None or not ordered else str(person.first_command)


def _grace(comparison: Any) -> Grace | None:
    """Return the grace period, where good tasks fail and it ends before they can be healthy."""
    service, check = comparison.scenario.service, comparison.scenario.target_group.health_check
    needed = service.startup.boot.mean() + check.healthy_threshold * check.interval
    good = [_good(comparison, name) for name in comparison.strategies]
    failing = any(one and (one.metrics["failed_tasks"].mean or 0.0) >= 1.0 for one in good)
    short = service.health_check_grace_period < needed
    return Grace(service.health_check_grace_period, needed) if failing and short else None


def _controllers(scenario: Any) -> dict[str, str]:
    """Return who acts on alarms, per strategy that has one; ``stop`` where a red one ends it."""
    return {
        name: strategy.on_red_alarm
        for name, strategy in scenario.resolved_strategies.items()
        if strategy.alarms
    }


def _strategy(comparison: Any, name: str) -> StrategyFacts:
    result = comparison.strategies[name]
    known = {m: result.release.metrics[m] for m in TAKEN}
    cause, share = _cause(result.release.metrics)
    watching = comparison.detectors[name]
    return StrategyFacts(
        name,
        {m: max(0.0, one.mean) if m in HARM else one.mean
         for m, one in known.items() if one.mean is not None},
        {m: one.p95 for m, one in known.items() if one.p95 is not None},
        {m: float(np.max(result.rows[m])) for m in (*HARM, "bad_s")},
        {m: one.share for m, one in known.items()},
        {m: one.n_censored / one.runs for m, one in known.items() if one.n_censored},
        {word: one.share for word, one in result.release.verdicts.items()},
        {word: one.share for word, one in result.release.outcomes.items()},
        cause,
        share,
        any(one.automatic for one in watching),
        any(one.signal == "operator" for one in watching),
        result.drill["rollback_after_s"].mean if result.drill else None,
        float(np.min(result.rows["min_headroom"])),
        comparison.mechanisms[name],
        _twin(comparison, name),
        _full_after(comparison, name),
        comparison.scenario.strategies[name].type,
    )  # fmt: skip


def _full_after(comparison: Any, name: str) -> float | None:
    """Return when a good release gets all traffic."""
    good = _good(comparison, name)
    return None if good is None else good.metrics["full_traffic_s"].mean


def _good(comparison: Any, name: str) -> Variant | None:
    """Return the numbers of a good release, where there are any."""
    result = comparison.strategies[name]
    found: Variant | None = result.twin or (None if comparison.faulty else result.release)
    return found


def _twin(comparison: Any, name: str) -> Twin:
    result = comparison.strategies[name]
    found = comparison.twin_mechanisms.get(name)
    if found is None:
        return Twin()
    good = result.twin or result.release
    caused = max(0.0, good.metrics["failed_caused"].mean or 0.0)
    return Twin(
        {word: one.share for word, one in good.verdicts.items()},
        {word: one.share for word, one in good.outcomes.items()},
        caused,
        (good.metrics["failed_requests"].mean or 0.0) - caused,
        _cause(good.metrics)[0],
        found.signal,
        found.red,
    )


def _cause(metrics: Mapping[str, Summary]) -> tuple[str, float]:
    """Return what most requests fail by that fail because of the deployment, and its share."""
    means = {name: metrics[name].mean or 0.0 for name in CAUSES}
    anyway = (metrics["failed_requests"].mean or 0.0) - (metrics["failed_caused"].mean or 0.0)
    for name in ANYWAY:
        part = min(max(0.0, anyway), means[name])
        means[name] -= part
        anyway -= part
    worst = max(means, key=lambda name: means[name])
    total = sum(means.values())
    return (worst, means[worst] / total) if total > 0 else ("", 0.0)
