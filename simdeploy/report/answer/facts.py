"""The facts of an answer: plain values from a comparison, all that its sentences may use."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from simdeploy.model.registry import FAULT_KINDS
from simdeploy.results.comparison import fault_kinds
from simdeploy.results.level import floor_of, level, level_shares
from simdeploy.results.metrics import WRONG
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import BY_ITSELF, COST, HARM, LEFT, Ranking
from simdeploy.results.summary import Summary
from simdeploy.scenario import Scenario
from simdeploy.scenario.faults import Errors
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.strategies import Canary, Shifting

#: Metrics of failed requests by cause, and the cause in words of the platform.
CAUSES = {
    "failed_no_target": "no {task} {there_to_answer}",
    "failed_refused": "they reach {tasks} that do not answer",
    "failed_app": "the application answers errors",
    "failed_overload": "{tasks} are overloaded",
    "failed_schema": "the code meets data it cannot read",
    "failed_cut": "they are cut when a {task} ends",
}
#: From this ratio on a strategy does more than the best; from this share on runs are all.
RATIO, ALWAYS = 1.05, 0.95
#: Differences smaller than these are not worth a word: things, dollars.
FLOOR = {metric: floor_of(metric) for metric in (*HARM, COST)}


class Diluted(NamedTuple):
    """A first step of traffic, its errors and an alarm's threshold as shares; its end (s)."""

    share: float
    errors: float
    threshold: float
    until: float


@dataclass(frozen=True, slots=True)
class Good:
    """A good release under a strategy: the share of runs in which it ships, and how those go.

    ``signal`` is what most often undoes the others; ``failed`` requests fail because of the
    deployment, most of them by ``cause``.
    """

    ships: float
    live: Summary
    done: Summary
    cost: Summary
    ends: Mapping[str, float]
    signal: str = ""
    cause: str = ""
    failed: float = 0.0


@dataclass(frozen=True, slots=True)
class StrategyFacts:
    """One strategy: how its runs end, and its times as the columns define them.

    ``worst`` is the maximum of each harm, ``ends`` the share of runs by the word of the column,
    ``failed_by_end`` what runs with that end fail on average, ``signals`` the shares of the runs
    that were decided. ``decided`` is over all runs with a decision to wait for, ``decided_in`` over
    those that decide; ``over`` over the runs that end. ``open`` is the share of runs in which users
    are still hurt at the horizon, ``left`` that with a bad release live or users failing after it,
    ``by_itself`` that in which a machine decides before a person.
    """

    name: str
    kind: str
    metrics: Mapping[str, Summary]
    worst: Mapping[str, float]
    ends: Mapping[str, float]
    failed_by_end: Mapping[str, float]
    signals: Mapping[str, float]
    decided: Summary
    decided_in: Summary
    rollback: Summary
    over: Summary
    open: float = 0.0
    cause: str = ""
    good: Good | None = None
    drill: Summary | None = None
    left: float = 0.0
    by_itself: float = 0.0

    def mean(self, metric: str) -> float:
        """Return the mean of a metric, 0 where no run has it; harm is never below 0."""
        mean = self.metrics[metric].mean or 0.0
        return max(0.0, mean) if metric in HARM else mean

    def has(self, metric: str) -> bool:
        """Return whether a run has at least half of one; the fluid model has fractions."""
        return self.worst[metric] >= 0.5

    @property
    def cost(self) -> float | None:
        """What a good release costs above usual running (USD)."""
        return None if self.good is None else self.good.cost.mean

    @property
    def end(self) -> str:
        """The most frequent end."""
        return max(self.ends, key=lambda word: self.ends[word])

    @property
    def signal(self) -> str:
        """The signal of nearly all decisions; empty where they differ or there are none."""
        first = max(self.signals, key=lambda word: self.signals[word], default="")
        return first if self.signals.get(first, 0.0) >= 0.95 else ""

    @property
    def unhurt(self) -> bool:
        """Whether no run does any harm."""
        return not any(self.has(metric) for metric in HARM)


@dataclass(frozen=True)
class Facts:
    """The input of the answer, which is a pure function of it.

    ``from_failure``: decisions count from the first failed answer, otherwise from the command.
    ``assumed`` are sentences about assumptions and crossings, where they were measured.
    """

    scenario: Scenario
    runs: int
    seed: int
    strategies: Mapping[str, StrategyFacts]
    ranking: Ranking
    #: Gives the paired difference a − b of a kind of harm.
    paired: Callable[[str, str, str], Difference]
    from_failure: bool
    failing_anyway: float = 0.0
    slow_anyway: float = 0.0
    requests: float = 0.0
    #: Whether the service is overloaded without a deployment.
    over_capacity: bool = False
    #: Whether somebody has to end the release.
    undoing: bool = True
    #: Whether tasks of a good release fail.
    good_tasks_fail: bool = False
    #: How many values are at their defaults.
    defaults: int = 0
    assumed: Mapping[str, str] = field(default_factory=dict)
    #: The scenario with its options as typed on the command line; empty where it was not.
    source: str = ""
    #: Whether quantiles are approximate, as the runs are too many to be kept.
    approximate: bool = False

    @cached_property
    def words(self) -> Vocabulary:
        """The words of the scenario's platform."""
        return Vocabulary(self.scenario.platform)

    @property
    def bad(self) -> bool:
        """Whether the release has faults, so that a good one stands beside it."""
        return bool(fault_kinds(self.scenario))

    @property
    def wrong(self) -> bool:
        """Whether the release gives wrong answers that look right."""
        return bool(fault_kinds(self.scenario) & WRONG)

    @property
    def works(self) -> bool:
        """Whether the release itself works: its faults pass once it is in."""
        return all(FAULT_KINDS[kind].passing for kind in fault_kinds(self.scenario))

    def between(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric."""
        return self.paired(metric, a, b)

    def level(self, metric: str, a: StrategyFacts, b: StrategyFacts) -> bool:
        """Return whether two strategies are about level in a kind of harm, or in cost."""
        # Less harm than without a deployment counts as none.
        if abs(a.mean(metric) - b.mean(metric)) < FLOOR[metric]:
            return True
        difference = self.between(metric, a.name, b.name)
        return level(difference, max(a.mean(metric), b.mean(metric)))

    def parting(self, a: StrategyFacts, b: StrategyFacts) -> str:
        """Return in what two strategies first differ: a harm, ``left``, ``by_itself``, or nothing.

        Shares of runs less than 5 points apart are level.
        """
        harm = (metric for metric in self.harms if not self.level(metric, a, b))
        if metric := next(harm, ""):
            return metric
        if not level_shares(a.left, b.left):
            return LEFT
        return "" if not self.undoing or level_shares(a.by_itself, b.by_itself) else BY_ITSELF

    @property
    def harms(self) -> list[str]:
        """The kinds of harm that count: serving bad code only where its answers are wrong."""
        return [metric for metric in HARM if metric != "exposed_requests" or self.wrong]

    def group_of(self, name: str) -> tuple[str, ...]:
        """Return the group of the ranking that a strategy is in; empty for one left out."""
        return next((group for group in self.ranking.groups if name in group), ())

    def present(self, group: Iterable[StrategyFacts]) -> list[str]:
        """Return the kinds of harm that some of a group do, by their rank."""
        some = list(group)
        return [metric for metric in self.harms if any(s.mean(metric) >= 0.5 for s in some)]

    def apart(self, a: StrategyFacts, b: StrategyFacts) -> str:
        """Return the first kind of harm in which two strategies are not level; empty for none."""
        return next((metric for metric in self.harms if not self.level(metric, a, b)), "")

    @property
    def deciding(self) -> str:
        """The kind of harm of the table: that which parts first and second, or is there."""
        rest = [s for s in self.ranked if s.name not in self.ranking.best]
        there = self.present(self.ranked or self.rows) or self.present(self.rows)
        parting = self.apart(self.leader, rest[0]) if rest else ""
        return parting or next(iter(there), HARM[0])

    def exceeds(self, metric: str, strategy: StrategyFacts) -> bool:
        """Return whether a strategy does more of a kind of harm than the leader."""
        more = strategy.mean(metric) >= RATIO * self.leader.mean(metric)
        return more and not self.level(metric, self.leader, strategy)

    def together(self, some: Iterable[StrategyFacts]) -> list[list[StrategyFacts]]:
        """Return strategies in the groups of the ranking; those left out stand by themselves."""
        groups: list[list[StrategyFacts]] = []
        for strategy in some:
            own = self.group_of(strategy.name)
            if groups and own and groups[-1][0].name in own:
                groups[-1].append(strategy)
            else:
                groups.append([strategy])
        return groups

    @property
    def hopeless(self) -> bool:
        """Whether nearly all runs of all strategies end with users hurt."""
        return all(s.open >= ALWAYS for s in self.ranked)

    def exposure(self, strategy: StrategyFacts) -> float:
        """Return the share of requests on bad code while it serves, which a canary keeps small."""
        usual = self.rate * strategy.mean("bad_s")
        return min(1.0, strategy.mean("exposed_requests") / usual) if usual else 0.0

    def kept(self, strategy: StrategyFacts) -> float:
        """Return how long the old tasks stay beside the new ones after the shift (s)."""
        own = self.scenario.resolved_strategies[strategy.name]
        if not isinstance(own, Shifting) or getattr(own, "pods_as_weights", False):
            return 0.0
        return float(own.bake_time) if own.controller == "ecs" else float(own.termination_wait)

    @property
    def events(self) -> frozenset[str]:
        """The kinds of events around the deployment."""
        return frozenset(event.tag() for event in self.scenario.environment.events)

    @property
    def rate(self) -> float:
        """Requests per second, on average."""
        return self.requests / self.scenario.horizon

    @property
    def diluted(self) -> dict[str, "Diluted"]:
        """First steps of strategies whose errors an alarm on all requests cannot see."""
        found = {name: _diluted(self.scenario, name) for name in self.strategies}
        return {name: step for name, step in found.items() if step}

    @property
    def ranked(self) -> list[StrategyFacts]:
        """The strategies that ship a good release, from best to worst."""
        return [self.strategies[name] for group in self.ranking.groups for name in group]

    @property
    def winners(self) -> list[StrategyFacts]:
        """The strategies with a check mark."""
        return [self.strategies[name] for name in self.ranking.winners]

    @property
    def leader(self) -> StrategyFacts:
        """The best by harm of the first group, whose order is by cost; with none, the first."""
        names = self.ranking.best or tuple(self.strategies)
        return min((self.strategies[name] for name in names), key=self._harm)

    def _harm(self, strategy: StrategyFacts) -> list[float]:
        """Return the numbers of the ranking, of which less is better."""
        harm = [strategy.mean(metric) for metric in self.harms]
        return [*harm, strategy.left, *([-strategy.by_itself] if self.undoing else [])]

    @property
    def out(self) -> list[StrategyFacts]:
        """The strategies that do not ship a good release."""
        return [self.strategies[name] for name in self.ranking.left_out]

    @property
    def rows(self) -> list[StrategyFacts]:
        """All strategies in the order of the table."""
        return [*self.ranked, *self.out]


def _diluted(scenario: Scenario, name: str) -> Diluted | None:
    """Return a strategy's first step, if its errors stay below the thresholds of its alarms."""
    strategy = scenario.resolved_strategies[name]
    rate = max((f.rate for r in scenario.chain for f in r.effective_faults
                if isinstance(f, Errors)), default=0.0)  # fmt: skip
    alarms = [a for a in scenario.alarms if a.name in strategy.alarms]
    if not rate or not isinstance(strategy, Canary) or not alarms:
        return None
    percent, wait = strategy.shifts()[0]
    errors = rate * percent / 100.0
    of_all = all("5xx" in a.metric and a.scope == "service" for a in alarms)
    blind = of_all and all(errors <= a.threshold for a in alarms)
    visible = any(rate > a.threshold for a in alarms)
    return Diluted(percent / 100, errors, alarms[0].threshold, wait) if blind and visible else None
