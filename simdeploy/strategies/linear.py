"""Linear: move equal shares of the traffic at equal intervals.

CodeDeploy moves the first share at once (`linear_first_step_at_zero`), so ten steps of one minute
take nine minutes. Unequal steps are ``type: traffic_steps``.
Facts: codedeploy-shift-configurations, codedeploy-linear-first-step, ecs-native-linear.
"""

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from simdeploy.pydantic_base import derived, fault, refuse
from simdeploy.strategies.base import register
from simdeploy.strategies.canary import OnePercent
from simdeploy.strategies.configs import LINEAR, chosen, known
from simdeploy.strategies.parts import Flag
from simdeploy.strategies.shifting import NO_BREAKER, USE_STEPS, Shifting
from simdeploy.units import PositiveSeconds

_ECS = (10.0, 360.0)


@register
class Linear(Shifting):
    """Moves the same share of the traffic again and again."""

    type: ClassVar[str] = "linear"
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "circuit_breaker": NO_BREAKER,
        "steps": f"linear steps are equal under CodeDeploy and ECS alike; {USE_STEPS}",
        "wait": "is a key of canary; linear repeats: every",
    }

    config: Annotated[
        str | None, BeforeValidator(lambda value: known(value, LINEAR, "percent and every"))
    ] = Field(None, description="A predefined CodeDeploy configuration, by its name.")
    percent: OnePercent = derived(
        lambda above: chosen(above, LINEAR, _ECS)[0], 10.0, "Share of each step."
    )
    every: PositiveSeconds = derived(
        lambda above: chosen(above, LINEAR, _ECS)[1], 60.0, "Between steps; 1m, under ecs 6m."
    )
    linear_first_step_at_zero: Flag = Field(
        True, description="Whether the first share moves at once (CodeDeploy), or after `every`."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        both = {"percent", "every"} & self.model_fields_set if self.config else ()
        refuse(fault((key,), "cannot stand beside config", got=getattr(self, key)) for key in both)
        return self

    def shifts(self) -> list[tuple[float, float]]:
        """Equal shares at equal intervals; the last one is what is left."""
        first = [] if self.linear_first_step_at_zero else [(0.0, self.every)]
        count = math.ceil(100.0 / self.percent - 1e-9)
        rising = [(self.percent * k, self.every) for k in range(1, count)]
        return [*first, *rising, (100.0, 0.0)]
