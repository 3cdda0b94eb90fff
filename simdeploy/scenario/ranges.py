"""AWS's own limits, held under ``platform: ecs`` and lifted by ``platform: custom``.

Sources: the API references of ECS, Elastic Load Balancing, CodeDeploy and CloudWatch.
Facts: alb-health-check-settings, alb-deregistration-delay, ecs-stop-timeout, codedeploy-limits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import InitErrorDetails

from simdeploy.pydantic_base import Block, Path, fault
from simdeploy.scenario.detection import Alarm
from simdeploy.scenario.load_balancer import HealthCheck
from simdeploy.strategies import FeatureFlag, Rolling, Strategy
from simdeploy.strategies.configs import WithConfig

DAY = 86400.0
MINUTE = 60.0


class Range(NamedTuple):
    """A setting's range on AWS: its path, bounds in a unit, and what else AWS asks for."""

    path: tuple[str, ...]
    low: float
    high: float
    unit: str = " s"
    zero: bool = False  # 0 means off
    minutes: bool = False  # whole minutes only

    def __str__(self) -> str:
        off = "0, or " if self.zero else ""
        whole = ", whole minutes" if self.minutes else ""
        return f"{off}{self.low:g} to {self.high:g}{self.unit}{whole}"

    def takes(self, value: float) -> bool:
        """Return whether AWS takes the value.

        >>> Range(("slow_start",), 30, 900, zero=True).takes(0)
        True
        """
        if self.minutes and value % MINUTE:
            return False
        return self.low <= value <= self.high or (self.zero and value == 0)


BAKE = Range(("bake_time",), 0, DAY, minutes=True)
TERMINATION = Range(("termination_wait",), 0, 2 * DAY, minutes=True)
SETTINGS = (
    Range(("service", "container_health_check", "interval"), 5, 300),
    Range(("service", "container_health_check", "timeout"), 2, 60),
    Range(("service", "container_health_check", "retries"), 1, 10, ""),
    Range(("service", "container_health_check", "start_period"), 0, 300),
    Range(("target_group", "deregistration_delay"), 0, 3600),
    Range(("target_group", "slow_start"), 30, 900, zero=True),
    Range(("target_group", "idle_timeout"), 1, 4000),
    Range(("target_group", "health_check", "interval"), 5, 300),
    Range(("target_group", "health_check", "timeout"), 2, 120),
    Range(("target_group", "health_check", "healthy_threshold"), 2, 10, ""),
    Range(("target_group", "health_check", "unhealthy_threshold"), 2, 10, ""),
    BAKE._replace(path=("defaults", "bake_time")),
    TERMINATION._replace(path=("defaults", "termination_wait")),
)
#: Of tasks on Fargate alone (ecs-stop-timeout).
STOP_TIMEOUT = Range(("service", "stop_timeout"), 2, 120)
STRATEGIES = {
    "ecs": (
        BAKE,
        Range(("wait",), 0, DAY, minutes=True),
        Range(("every",), 0, DAY, minutes=True),
        Range(("approval", "timeout"), MINUTE, 14 * DAY),
    ),
    "code_deploy": (
        TERMINATION,
        Range(("ready_wait",), 0, 2 * DAY, minutes=True),
        Range(("wait",), MINUTE, 2 * DAY, minutes=True),
        Range(("every",), MINUTE, 2 * DAY, minutes=True),
    ),
}
PERIODS = (10.0, 20.0, 30.0)
STEPS_HINT = "type: traffic_steps (controller: custom) takes any percent"


def range_faults(
    blocks: Mapping[str, Block], alarms: Iterable[Alarm], strategies: Mapping[str, Strategy]
) -> Iterator[InitErrorDetails]:
    """Find settings that AWS would refuse.

    Parameters
    ----------
    blocks
        The blocks that `SETTINGS` names, by their keys.
    alarms
        Those of the scenario.
    strategies
        As written, by name.
    """
    for limit in SETTINGS:
        block, *keys = limit.path
        yield from _outside(blocks[block], keys, limit, (block,))
    if getattr(blocks["service"], "launch_type", "") == "fargate":
        yield from _outside(blocks["service"], ("stop_timeout",), STOP_TIMEOUT, ("service",))
    yield from _check_faults(blocks["target_group"])
    for i, alarm in enumerate(alarms):
        if alarm.period not in PERIODS and alarm.period % MINUTE:
            yield fault(("alarms", i, "period"), "is no period of CloudWatch", got=alarm.period,
                        allowed="allowed: 10, 20, 30, or whole minutes")  # fmt: skip
    for name, strategy in strategies.items():
        yield from _strategy_faults(strategy, ("strategies", name))


def _check_faults(group: Block) -> Iterator[InitErrorDetails]:
    """Find a check that takes as long as the interval: AWS's must take less."""
    check = getattr(group, "health_check", None)
    if isinstance(check, HealthCheck) and check.timeout == check.interval:
        what = f"must be less than interval, {check.interval:g} s"
        yield fault(("target_group", "health_check", "timeout"), what, got=check.timeout)


def _strategy_faults(strategy: Strategy, path: Path) -> Iterator[InitErrorDetails]:
    if isinstance(strategy, FeatureFlag):
        yield from _strategy_faults(strategy.deploy, (*path, "deploy"))
        return
    if isinstance(strategy, Rolling) and (most := strategy.maximum_percent) < 100:
        yield fault((*path, "maximum_percent"), "must be at least 100", got=most)
    for limit in STRATEGIES.get(strategy.controller, ()):
        yield from _outside(strategy, limit.path, limit, path)
    if isinstance(strategy, WithConfig):
        yield from _percent_faults(strategy, path)


def _outside(
    block: Block, keys: Sequence[str], limit: Range, path: Path
) -> Iterator[InitErrorDetails]:
    """Find the value at keys below a block, if it is there and out of a range."""
    value: Any = block
    for key in keys:
        value = getattr(value, key, None)
    if isinstance(value, int | float) and not limit.takes(value):
        yield fault((*path, *keys), "is out of AWS's range", got=value,
                    allowed=f"allowed: {limit}; platform: custom lifts it")  # fmt: skip


def _percent_faults(strategy: WithConfig, path: Path) -> Iterator[InitErrorDetails]:
    fits, allowed = PERCENTS.get((strategy.controller, strategy.type), (bool, ""))
    percent = strategy.configured["percent"]
    if not fits(percent):
        yield fault((*path, "percent"), "is no percent of this controller", got=percent,
                    allowed=f"allowed: {allowed}; {STEPS_HINT}")  # fmt: skip


def _whole(percent: float) -> bool:
    return percent == int(percent) and 1 <= percent <= 99


def _tenths(low: float) -> Callable[[float], bool]:
    def fits(percent: float) -> bool:
        return low <= percent <= 100 and abs(percent * 10 - round(percent * 10)) < 1e-6

    return fits


PERCENTS: dict[tuple[str, str], tuple[Callable[[float], bool], str]] = {
    ("code_deploy", "canary"): (_whole, "whole percents from 1 to 99"),
    ("code_deploy", "linear"): (_whole, "whole percents from 1 to 99"),
    ("ecs", "canary"): (_tenths(0.1), "0.1 to 100 in steps of 0.1"),
    ("ecs", "linear"): (_tenths(3.0), "3 to 100 in steps of 0.1"),
}
