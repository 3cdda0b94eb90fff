"""Rolling: replace tasks while enough of them stay healthy. ECS's own controller.

Floor and cap follow from two percents of the desired count; the defaults start all new tasks at
once and stop an old task for each new task that becomes healthy.
Facts: ecs-capacity-rounding, ecs-stuck-deployment, ecs-bake.
"""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from simdeploy.pydantic_base import fault, refuse
from simdeploy.strategies import steps
from simdeploy.strategies.base import PlanContext, Step, Strategy, register
from simdeploy.strategies.parts import BakeTime, CircuitBreaker
from simdeploy.units import AnyPercent, Percent


@register
class Rolling(Strategy):
    """Replaces old tasks by new ones within a floor and a cap."""

    type: ClassVar[str] = "rolling"
    controller: ClassVar[str] = "ecs"

    minimum_healthy_percent: Percent = Field(
        100.0, description="Healthy tasks to keep, in percent of the desired count, rounded up."
    )
    maximum_percent: AnyPercent = Field(
        200.0, description="Tasks starting or running at most, in percent, rounded down."
    )
    bake_time: BakeTime = Field(
        "auto", description="Watching after the last old task is gone; auto follows the alarms."
    )
    circuit_breaker: CircuitBreaker = Field(
        CircuitBreaker(), description="Ends the deployment after too many failures."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum_healthy_percent > self.maximum_percent:
            what = f"must be at most maximum_percent, {self.maximum_percent:g}"
            refuse([fault(("minimum_healthy_percent",), what, got=self.minimum_healthy_percent)])
        return self

    def plan(self, context: PlanContext) -> list[Step]:
        """Replace everything, then bake (ecs-bake)."""
        del context
        replace = steps.replace_tasks(self.minimum_healthy_percent, self.maximum_percent)
        return [replace, steps.bake(float(self.bake_time))] if self.bake_time else [replace]
