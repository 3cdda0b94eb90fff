"""Recreate: stop everything, then start the new revision. An outage by design.

Under ECS this is a rolling deployment with 0/100, and so it has the circuit breaker and alarms.
Facts: ecs-capacity-rounding, ecs-breaker-threshold.
"""

from typing import ClassVar

from pydantic import Field

from simdeploy.strategies import steps
from simdeploy.strategies.base import PlanContext, Step, Strategy, register
from simdeploy.strategies.parts import BakeTime, CircuitBreaker, Flag


@register
class Recreate(Strategy):
    """Stops all old tasks, then starts the new ones."""

    type: ClassVar[str] = "recreate"
    controller: ClassVar[str] = "ecs"

    wait_for_stop: Flag = Field(
        True, description="Wait until the old tasks are gone before the new ones start."
    )
    bake_time: BakeTime = Field(
        "auto", description="Watching after the last old task is gone; auto follows the alarms."
    )
    circuit_breaker: CircuitBreaker = Field(
        CircuitBreaker(), description="Ends the deployment after too many failures."
    )

    def plan(self, context: PlanContext) -> list[Step]:
        """Stop all, start all, then bake."""
        rows = [
            steps.stop_old_tasks(wait=self.wait_for_stop),
            steps.start_new_tasks(),
            steps.await_healthy(),
        ]
        bakes = bool(self.bake_time) and context.platform != "kubernetes"
        return [*rows, steps.bake(float(self.bake_time))] if bakes else rows
