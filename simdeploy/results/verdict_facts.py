"""The facts of a verdict: plain values extracted from a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from simdeploy.results.comparison import Comparison, fault_kinds
from simdeploy.results.harm_order import COST, HARM, SAME, HarmOrder, harm_order
from simdeploy.results.mechanism import NOTHING, Mechanism
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import TOTAL
from simdeploy.results.summary import Summary
from simdeploy.semantics.checks import seconds_until_recovered

#: Metrics of failed requests by cause, and the cause in words.
CAUSES = {
    "failed_no_target": "no task is there to answer",
    "failed_refused": "they reach tasks that do not answer",
    "failed_app": "the application answers errors",
    "failed_overload": "tasks are overloaded",
    "failed_schema": "the code meets data it cannot read",
    "failed_cut": "they are cut when a task ends",
}
#: Metrics whose paired differences the sentences use.
COMPARED = (*HARM, "failed_requests", "extra_cost_usd")
#: Metrics that the sentences use.
TAKEN = (
    *HARM, "bad_s", "failed_requests", "slow_requests", "downtime_caused", "requests",
    "min_headroom", "extra_cost_usd", "both_alive_s", "deployment_s", "incompatible_writes",
    "side_effects_left", "failed_tasks", "detect_s", "decision_s", "rollback_s",
    "failed_before_decision", "failed_after_decision", "cut_websockets",
)  # fmt: skip
#: Verdicts on a release that is bad.
BAD = ("stopped", "escaped", "unrepaired")
#: Causes of failures without any deployment, likeliest first: errors, then overload.
BASELINE_CAUSES = ("failed_app", "failed_overload")


@dataclass(frozen=True, slots=True)
class Twin:
    """How a good release ends under a strategy, and its harm.

    ``failed``: requests that fail because of the deployment, most of them by ``cause``;
    ``anyway``: those that fail without it. ``signal`` orders the rollback; ``red``: the alarm was
    red before the command.
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
    """One strategy: per metric its mean and 95 % quantile (``bad_day``), and how its runs end.

    ``mean`` lacks a metric that is defined in no run; ``share`` is the share of runs in which it is
    defined, ``open`` that in which it is censored, where there are any, ``worst`` its maximum.
    ``headroom`` is the least capacity over traffic of all runs, ``way_back`` the drill's time to
    roll back (s), ``full_after`` when a good release gets all traffic (s), ``kind`` the type of the
    strategy.
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
        """Whether a request fails in some run; fractions of a request come from the flow model."""
        return self.worst.get("failed_caused", 0.0) >= 0.5

    @property
    def hurts(self) -> bool:
        """Whether noticeably more requests fail than without the deployment."""
        return self.fails and self.mean["failed_caused"] >= max(0.5, SAME * self.anyway)

    @property
    def exposes(self) -> bool:
        """Whether bad code serves a request in some run."""
        return max(self.worst.get(m, 0.0) for m in ("exposed_requests", "bad_s")) >= 0.5

    @property
    def slows(self) -> bool:
        """Whether the deployment makes a request slow in some run."""
        return self.worst.get("slow_caused", 0.0) >= 0.5

    @property
    def unhurt(self) -> bool:
        """Whether no request fails, meets bad code or is slowed down in any run."""
        return not (self.fails or self.exposes or self.slows)

    def closed(self, metric: str) -> float:
        """Return the share of runs in which a time is defined and not censored."""
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
    """The input of the verdict paragraph, which is a pure function of it.

    ``wrong``: the bad revision gives wrong answers that look right. ``faults`` are the kinds of the
    release's faults, ``events`` those of the environment, ``controllers`` the controller of each
    strategy with an alarm, ``command`` the result of an operator's first command, if any,
    ``retry_after`` the time until the next command (s); ``grace`` is set where good tasks are
    replaced before they can be healthy.
    """

    runs: int
    horizon: float
    strategies: Mapping[str, StrategyFacts]
    ranking: HarmOrder
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
        """Whether the release is bad: a fault that only slows the start leaves it good."""
        return any(s.verdicts.get(word) for s in self.strategies.values() for word in BAD)

    def between(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric."""
        difference = self.pairs.get((metric, a, b))
        return difference or self.pairs[metric, b, a].swapped()

    @property
    def ranked(self) -> list[StrategyFacts]:
        """The strategies that ship a good release, from best to worst; ties in file order."""
        return [self.strategies[name] for group in self.ranking.order for name in group]

    @property
    def best(self) -> list[StrategyFacts]:
        """The ranked strategies of least harm."""
        return [self.strategies[name] for name in self.ranking.best]

    @property
    def others(self) -> list[StrategyFacts]:
        """The other ranked strategies, from best to worst."""
        return self.ranked[len(self.best) :]

    @property
    def left_out(self) -> list[StrategyFacts]:
        """The strategies that do not ship a good release."""
        return [self.strategies[name] for name, _ in self.ranking.left_out]


def facts(comparison: Comparison) -> VerdictFacts:
    """Extract the facts of the verdict from a comparison."""
    names = list(comparison.strategies)
    pairs = [(m, a, b) for m in COMPARED for i, a in enumerate(names) for b in names[i + 1 :]]
    scenario = comparison.scenario
    return VerdictFacts(
        comparison.runs,
        scenario.horizon,
        {name: _strategy(comparison, name) for name in names},
        _order(comparison),
        {key: comparison.between(*key) for key in pairs},
        scenario.drill_after,
        comparison.wrong,
        fault_kinds(scenario),
        scenario.environment.events,
        # A red alarm ends the deployment at once where the controller is ``stop``.
        {n: s.on_red_alarm for n, s in scenario.resolved_strategies.items() if s.alarms},
        _command(comparison),
        0.0 if scenario.operator is None else scenario.operator.retry_after,
        _grace(comparison),
    )


def _order(comparison: Comparison) -> HarmOrder:
    """Return the order of the strategies of which the sentences speak."""
    means = {
        name: {metric: max(0.0, float(result.rows[metric].mean())) for metric in HARM}
        | {name: result.release.metrics[name].mean or 0.0 for name in (COST, *TOTAL.values())}
        for name, result in comparison.results
    }
    live = {n: s.release.verdicts["escaped"].share for n, s in comparison.results}
    return harm_order(
        list(means), comparison.ships, means, comparison.between,
        wrong=comparison.wrong, live=live,
    )  # fmt: skip


def _command(comparison: Comparison) -> str:
    """Return the result of the operator's first command, where an operator orders a rollback."""
    operator = comparison.scenario.operator
    ordered = any(m.signal == "operator" for m in comparison.mechanisms.values())
    return "" if operator is None or not ordered else operator.first_command


def _grace(comparison: Comparison) -> Grace | None:
    """Return the grace period, where good tasks fail because it ends before they can be healthy.

    One task in 20 boots for longer than the time that is taken for it. Where events make tasks
    fail, too, nothing is said of the grace period.
    """
    scenario = comparison.scenario
    service = scenario.service
    check = scenario.target_group.health_check
    good = [comparison.good(name) for name in comparison.strategies]
    failing = any(v and (v.metrics["failed_tasks"].mean or 0.0) >= 1.0 for v in good)
    if not failing or scenario.environment.events or not service.load_balancer:
        return None
    needed = seconds_until_recovered(
        service.startup.boot.quantile(0.95),
        check.interval,
        min(check.interval, check.first_check.quantile(1.0)),
        check.unhealthy_threshold,
        check.healthy_threshold,
    )
    short = service.health_check_grace_period < needed
    return Grace(service.health_check_grace_period, needed) if short else None


def _strategy(comparison: Comparison, name: str) -> StrategyFacts:
    result = comparison.strategies[name]
    metrics = {m: result.release.metrics[m] for m in TAKEN}
    cause, share = _cause(result.release.metrics)
    detectors, good = comparison.detectors[name], comparison.good(name)
    means = {m: s.mean for m, s in metrics.items() if s.mean is not None}
    return StrategyFacts(
        name,
        mean={m: max(0.0, mean) if m in HARM else mean for m, mean in means.items()},
        bad_day={m: s.p95 for m, s in metrics.items() if s.p95 is not None},
        worst={m: float(np.max(result.rows[m])) for m in (*HARM, "bad_s")},
        share={m: s.share for m, s in metrics.items()},
        open={m: s.n_censored / s.runs for m, s in metrics.items() if s.n_censored},
        verdicts={word: s.share for word, s in result.release.verdicts.items()},
        outcomes={word: s.share for word, s in result.release.outcomes.items()},
        cause=cause,
        cause_share=share,
        automatic=any(detector.automatic for detector in detectors),
        operator=any(detector.signal == "operator" for detector in detectors),
        way_back=result.drill["rollback_after_s"].mean if result.drill else None,
        headroom=float(np.min(result.rows["min_headroom"])),
        mechanism=comparison.mechanisms[name],
        twin=_twin(comparison, name),
        full_after=None if good is None else good.metrics["full_traffic_s"].mean,
        kind=comparison.scenario.strategies[name].type,
    )


def _twin(comparison: Comparison, name: str) -> Twin:
    result = comparison.strategies[name]
    way_back = comparison.twin_mechanisms.get(name)
    if way_back is None:
        return Twin()
    good = result.twin or result.release
    caused = max(0.0, good.metrics["failed_caused"].mean or 0.0)
    return Twin(
        {word: s.share for word, s in good.verdicts.items()},
        {word: s.share for word, s in good.outcomes.items()},
        caused,
        (good.metrics["failed_requests"].mean or 0.0) - caused,
        _cause(good.metrics)[0],
        way_back.signal,
        way_back.red,
    )


def _cause(metrics: Mapping[str, Summary]) -> tuple[str, float]:
    """Return the main cause of the failures that the deployment causes, and its share of them."""
    means = {name: metrics[name].mean or 0.0 for name in CAUSES}
    baseline = (metrics["failed_requests"].mean or 0.0) - (metrics["failed_caused"].mean or 0.0)
    for name in BASELINE_CAUSES:
        part = min(max(0.0, baseline), means[name])
        means[name] -= part
        baseline -= part
    worst = max(means, key=lambda name: means[name])
    total = sum(means.values())
    return (worst, means[worst] / total) if total > 0 else ("", 0.0)
