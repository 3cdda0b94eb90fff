"""AWS's own limits, held under ``platform: ecs`` and lifted by ``platform: custom``.

Sources: the API references of ECS, Elastic Load Balancing, CodeDeploy and CloudWatch.
Facts: alb-health-check-settings, alb-deregistration-delay, ecs-stop-timeout, codedeploy-limits.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import InitErrorDetails

from simdeploy.pydantic_base import Path, fault

if TYPE_CHECKING:
    from simdeploy.scenario.model import Scenario

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
        """Tell whether AWS takes the value.

        >>> Range(("slow_start",), 30, 900, zero=True).takes(0)
        True
        """
        if self.minutes and value % MINUTE:
            return False
        return self.low <= value <= self.high or (self.zero and value == 0)


SETTINGS = (
    Range(("service", "stop_timeout"), 2, 120),
    Range(("target_group", "deregistration_delay"), 0, 3600),
    Range(("target_group", "slow_start"), 30, 900, zero=True),
    Range(("target_group", "idle_timeout"), 1, 4000),
    Range(("target_group", "health_check", "interval"), 5, 300),
    Range(("target_group", "health_check", "timeout"), 2, 120),
    Range(("target_group", "health_check", "healthy_threshold"), 2, 10, ""),
    Range(("target_group", "health_check", "unhealthy_threshold"), 2, 10, ""),
)
BAKE = Range(("bake_time",), 0, DAY, minutes=True)
TERMINATION = Range(("termination_wait",), 0, 2 * DAY, minutes=True)
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


def range_faults(scenario: "Scenario") -> Iterator[InitErrorDetails]:
    """Find the settings that AWS would refuse."""
    for limit in SETTINGS:
        yield from _outside(scenario, limit, ())
    for limit in (BAKE, TERMINATION):
        yield from _outside(scenario.defaults, limit, ("defaults",))
    for i, alarm in enumerate(scenario.alarms):
        if alarm.period not in PERIODS and alarm.period % MINUTE:
            yield fault(("alarms", i, "period"), "is no period of CloudWatch", got=alarm.period,
                        allowed="allowed: 10, 20, 30, or whole minutes")  # fmt: skip
    for name, strategy in scenario.strategies.items():
        yield from _strategy_faults(strategy, ("strategies", name))


def _strategy_faults(strategy: Any, path: Path) -> Iterator[InitErrorDetails]:
    if hasattr(strategy, "deploy"):
        yield from _strategy_faults(strategy.deploy, (*path, "deploy"))
        return
    most = getattr(strategy, "maximum_percent", 100.0)
    if most < 100:
        yield fault((*path, "maximum_percent"), "must be at least 100", got=most)
    controller = getattr(strategy, "controller", "")
    for limit in STRATEGIES.get(controller, ()):
        yield from _outside(strategy, limit, path)
    yield from _percent_faults(strategy, controller, path)


def _outside(block: Any, limit: Range, path: Path) -> Iterator[InitErrorDetails]:
    value = block
    for key in limit.path:
        value = getattr(value, key, None)
    if isinstance(value, int | float) and not limit.takes(value):
        yield fault((*path, *limit.path), "is out of AWS's range", got=value,
                    allowed=f"allowed: {limit}; platform: custom lifts it")  # fmt: skip


def _percent_faults(strategy: Any, controller: str, path: Path) -> Iterator[InitErrorDetails]:
    percent = getattr(strategy, "percent", None)
    if percent is None:
        return
    fits, allowed = PERCENTS.get((controller, strategy.word()), (bool, ""))
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
