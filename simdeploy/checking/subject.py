"""What conditions look at: one strategy of a scenario, and what follows from its settings."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from simdeploy.encode.environment import usual_rates
from simdeploy.scenario import Scenario
from simdeploy.scenario.detection import Alarm
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.semantics.alarms import burn_threshold
from simdeploy.strategies import (
    BlueGreen,
    Canary,
    FeatureFlag,
    Linear,
    Recreate,
    Rolling,
    Strategy,
    TrafficSteps,
)

#: Metrics that count errors of the application, and those that count errors of servers only.
SEES_ERRORS = ("target_5xx_rate", "any_5xx_rate", "burn_rate", "any_4xx_5xx_rate")
ONLY_5XX = ("target_5xx_rate", "elb_5xx_rate", "any_5xx_rate", "burn_rate")


class FirstStep(NamedTuple):
    """The first share of traffic on a new version, and how long it stays at that.

    ``path`` and ``percent_path`` say where the wait and the share stand; ``words``, what follows.
    """

    percent: float
    wait: float
    path: str
    percent_path: str
    words: str = "the next step follows"


@dataclass(frozen=True)
class Subject:
    """One strategy of a scenario, with the defaults filled in.

    Parameters
    ----------
    previous
        Whether a previous revision is known; None where nothing is imported.
    """

    scenario: Scenario
    name: str
    previous: bool | None = None

    @cached_property
    def words(self) -> Vocabulary:
        """The words of the scenario's platform."""
        return Vocabulary(self.scenario.platform)

    @cached_property
    def strategy(self) -> Strategy:
        """The strategy as it runs."""
        return self.scenario.resolved_strategies[self.name]

    @property
    def path(self) -> str:
        """Where the strategy stands."""
        return f"strategies.{self.name}"

    @property
    def carrier(self) -> Strategy:
        """The strategy that deploys the code."""
        return self.strategy.carrier

    @property
    def carrier_path(self) -> str:
        """Where that strategy stands: of a feature flag below its own block."""
        return f"{self.path}.deploy" if isinstance(self.strategy, FeatureFlag) else self.path

    @property
    def n(self) -> int:
        """Tasks of the service."""
        return self.scenario.service.desired_count

    @property
    def percents(self) -> tuple[float, float] | None:
        """Minimum and maximum percent; None where a strategy has none. Recreate is 0/100."""
        if isinstance(self.carrier, Rolling):
            return self.carrier.minimum_healthy_percent, self.carrier.maximum_percent
        return (0.0, 100.0) if isinstance(self.carrier, Recreate) else None

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        """The alarms of the strategy."""
        named = {*self.strategy.alarms, *self.carrier.alarms}
        return tuple(alarm for alarm in self.scenario.alarms if alarm.name in named)

    @property
    def has_balancer(self) -> bool:
        """Whether a load balancer checks the tasks."""
        return self.scenario.service.load_balancer

    @cached_property
    def utilization(self) -> float:
        """Highest rate of requests over what all tasks can serve."""
        return self.rate / (max(self.n, 1) * self.scenario.service.capacity_rps)

    @cached_property
    def rate(self) -> float:
        """Highest rate of requests until the horizon, events aside (requests/s)."""
        horizon = self.scenario.horizon
        return max((rate for at, rate in usual_rates(self.scenario) if at < horizon), default=0.0)

    @cached_property
    def longest_request(self) -> float:
        """Time that 99.9 % of requests do not exceed, long ones for themselves (s)."""
        service, long = self.scenario.service, self.scenario.traffic.long_requests
        scale = service.workers / service.capacity_rps / service.request_time.mean()
        longest = scale * service.request_time.quantile(0.999)
        if long.share <= 0.0:
            return longest
        # A connection on which no byte flows is cut by the load balancer.
        held = long.duration.quantile(0.999)
        idle = math.inf if long.streams else self.scenario.target_group.idle_timeout
        return max(longest, min(held, idle))

    @cached_property
    def slow_boot(self) -> float:
        """Boot time that 99 % of the tasks of the slowest release do not exceed (s)."""
        boots = [self.scenario.service.startup.boot]
        boots += [r.startup.boot for r in self.scenario.chain if r.startup and r.startup.boot]
        return max(boot.quantile(0.99) for boot in boots)

    @cached_property
    def first_step(self) -> FirstStep | None:
        """The first of several shifts of traffic; None where all traffic moves at once."""
        strategy, path = self.strategy, self.path
        if isinstance(strategy, Canary):
            return FirstStep(strategy.percent, strategy.wait, f"{path}.wait", f"{path}.percent")
        if isinstance(strategy, Linear) and strategy.percent < 100.0:
            return FirstStep(strategy.percent, strategy.every, f"{path}.every", f"{path}.percent")
        if isinstance(strategy, TrafficSteps) and len(strategy.steps) > 1:
            first, place = strategy.steps[0], f"{path}.steps.0"
            return FirstStep(first.percent, first.wait, f"{place}.wait", f"{place}.percent")
        return None

    @cached_property
    def watched(self) -> FirstStep | None:
        """The first step, or how long all traffic is watched where it moves at once.

        A bake time that ECS derives from the alarms is its own and not questioned.
        """
        own = self.scenario.strategies[self.name]
        if self.first_step is not None or not isinstance(self.strategy, BlueGreen):
            return self.first_step
        ecs = self.strategy.controller == "ecs"
        shared = self.scenario.defaults.bake_time
        given = shared if self.from_defaults("bake_time") else own.bake_time
        if ecs and given in {None, "auto"}:
            return None
        key = "bake_time" if ecs else "termination_wait"
        wait = float(getattr(self.strategy, key))
        return FirstStep(100.0, wait, f"{self.path}.{key}", "", "the watch ends")

    def whole_minutes(self, seconds: float) -> float:
        """Return a wait that the controller takes, not shorter than that (s)."""
        return rounded_up(max(seconds, 60.0), 60.0)

    def from_defaults(self, key: str) -> bool:
        """Return whether the strategy leaves a key to the block ``defaults``."""
        return key not in self.scenario.strategies[self.name].model_fields_set


def error_threshold(alarm: Alarm) -> float:
    """Return the share of failing requests above which an alarm on errors breaches."""
    if alarm.metric == "burn_rate":
        return burn_threshold(alarm.threshold, alarm.slo or 0.0)
    return alarm.threshold


def seeing(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Return the alarms that count errors of the application."""
    return [alarm for alarm in alarms if alarm.metric in SEES_ERRORS]


def rounded_up(value: float, step: float) -> float:
    """Return the least multiple of a step that is not below a value.

    >>> rounded_up(48.2, 10.0), rounded_up(50.0, 10.0)
    (50.0, 50.0)
    """
    return step * math.ceil(value / step - 1e-9)


def time(seconds: float) -> str:
    """Write a time as a file takes it, in tenths of a second below ten.

    >>> [time(s) for s in (90, 300, 3600, 0.5, 13.6, 5400)]
    ['1m30s', '5m', '1h', '0.5s', '14s', '1h30m']
    """
    if seconds < 10.0:
        return f"{round(seconds, 1):g}s"
    whole = round(seconds)
    parts = ((whole // 3600, "h"), (whole // 60 % 60, "m"), (whole % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def percent(share: float) -> str:
    """Write a share as a percentage.

    >>> percent(0.005), percent(1.0), percent(1.234)
    ('0.5 %', '100 %', '123 %')
    """
    return f"{100.0 * share:.3g} %"
