"""Blue-green: start a full second task set, test it, then move all traffic at once.

Facts: codedeploy-events, codedeploy-rollback-flip, ecs-native-stages.
"""

from typing import ClassVar

from simdeploy.strategies.base import register
from simdeploy.strategies.pods import OnPods


@register
class BlueGreen(OnPods):
    """Moves all traffic in one step and keeps the old tasks for a while."""

    type: ClassVar[str] = "blue_green"

    def shifts(self) -> list[tuple[float, float]]:
        """All traffic at once."""
        return [(100.0, 0.0)]
