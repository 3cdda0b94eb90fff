"""Traffic steps: any rising shares with any waits, such as 1 %, 10 %, 100 %.

No controller of AWS can do it; a pipeline of your own (``controller: custom``) can.
Facts: codedeploy-custom-configs, ecs-native-canary.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from simdeploy.strategies.base import register
from simdeploy.strategies.parts import Steps
from simdeploy.strategies.shifting import Shifting
from simdeploy.units import UnitError


def _custom(value: Any) -> Any:
    if value in ("code_deploy", "ecs"):
        raise UnitError("cannot do traffic_steps: it knows canary and linear only", "custom")
    return value


@register
class TrafficSteps(Shifting):
    """Moves traffic in steps of your own."""

    type: ClassVar[str] = "traffic_steps"

    controller: Annotated[Literal["custom"], BeforeValidator(_custom)] = Field(
        "custom", description="Only a custom one can."
    )
    steps: Steps = Field(description="Rising percents, the last one 100, each with its wait.")

    def shifts(self) -> list[tuple[float, float]]:
        """Return the steps as they stand."""
        return [(step.percent, step.wait) for step in self.steps]
