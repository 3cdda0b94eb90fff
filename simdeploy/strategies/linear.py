"""Linear: move equal shares of the traffic at equal intervals.

CodeDeploy moves the first share at once (`linear_first_step_at_zero`), so ten steps of one minute
take nine minutes. Unequal steps are ``type: traffic_steps``.
Facts: codedeploy-shift-configurations, codedeploy-linear-first-step, ecs-native-linear.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from simdeploy.pydantic_base import derived
from simdeploy.strategies.base import register
from simdeploy.strategies.configs import LINEAR, OnePercent, WithConfig, chosen
from simdeploy.strategies.parts import Flag
from simdeploy.strategies.shifting import NO_BREAKER, USE_STEPS
from simdeploy.units import Seconds

_ECS = (10.0, 360.0)


@register
class Linear(WithConfig):
    """Moves the same share of the traffic again and again."""

    type: ClassVar[str] = "linear"
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "circuit_breaker": NO_BREAKER,
        "steps": f"linear steps are equal under CodeDeploy and ECS alike; {USE_STEPS}",
        "wait": "is a key of canary; linear repeats: every",
    }
    CONFIGS: ClassVar[Mapping[str, tuple[float, float]]] = LINEAR
    CONFIGURED: ClassVar[tuple[str, str]] = ("percent", "every")

    percent: OnePercent = derived(
        lambda above: chosen(above, LINEAR, _ECS)[0], 10.0, "Share of each step."
    )
    every: Seconds = derived(
        lambda above: chosen(above, LINEAR, _ECS)[1], 60.0, "Between steps; 1m, under ecs 6m."
    )
    linear_first_step_at_zero: Flag = Field(
        True, description="Whether the first share moves at once (CodeDeploy), or after `every`."
    )

    def shifts(self) -> list[tuple[float, float]]:
        """Equal shares at equal intervals; the last share is what is left."""
        first = [] if self.linear_first_step_at_zero else [(0.0, self.every)]
        count = math.ceil(100.0 / self.percent - 1e-9)
        rising = [(self.percent * k, self.every) for k in range(1, count)]
        return [*first, *rising, (100.0, 0.0)]
