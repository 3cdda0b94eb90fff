"""Canary: move a small share of the traffic, wait, then move the rest.

CodeDeploy and ECS know exactly two steps; more is ``type: traffic_steps``.
Facts: codedeploy-shift-configurations, codedeploy-custom-configs, ecs-native-canary.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from simdeploy.pydantic_base import derived, fault, refuse
from simdeploy.strategies.base import register
from simdeploy.strategies.configs import CANARY, chosen, known
from simdeploy.strategies.shifting import NO_BREAKER, USE_STEPS, Shifting
from simdeploy.units import PERCENT, PositiveSeconds, Quantity, UnitError

_ECS = (5.0, 600.0)
_percent = Quantity(PERCENT, high=100, above=True)


def one_percent(value: Any) -> float:
    """Read one percent; a list of them is what no controller of AWS can do."""
    if isinstance(value, list | tuple):
        raise UnitError("must be one percent: the controller has no further steps", USE_STEPS)
    return _percent(value)


OnePercent = Annotated[float, BeforeValidator(one_percent), WithJsonSchema(_percent.json())]


@register
class Canary(Shifting):
    """Moves a share of the traffic, waits, then moves the rest."""

    type: ClassVar[str] = "canary"
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "circuit_breaker": NO_BREAKER,
        "steps": f"a canary has two steps under CodeDeploy and ECS alike; {USE_STEPS}",
        "every": "is a key of linear; a canary waits once: wait",
    }

    config: Annotated[
        str | None, BeforeValidator(lambda value: known(value, CANARY, "percent and wait"))
    ] = Field(None, description="A predefined CodeDeploy configuration, by its name.")
    percent: OnePercent = derived(
        lambda above: chosen(above, CANARY, _ECS)[0], 10.0, "First share; 10, under ecs 5."
    )
    wait: PositiveSeconds = derived(
        lambda above: chosen(above, CANARY, _ECS)[1], 300.0, "Until the rest; 5m, under ecs 10m."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        both = {"percent", "wait"} & self.model_fields_set if self.config else ()
        refuse(fault((key,), "cannot stand beside config", got=getattr(self, key)) for key in both)
        return self

    def shifts(self) -> list[tuple[float, float]]:
        """A share, a wait, the rest."""
        return [(self.percent, self.wait), (100.0, 0.0)]
