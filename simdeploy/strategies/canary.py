"""Canary: move a small share of the traffic, wait, then move the rest.

CodeDeploy and ECS know exactly two steps; more is ``type: traffic_steps``.
Facts: codedeploy-shift-configurations, codedeploy-custom-configs, ecs-native-canary.
"""

from collections.abc import Mapping
from typing import ClassVar

from simdeploy.pydantic_base import derived
from simdeploy.strategies.base import register
from simdeploy.strategies.configs import CANARY, OnePercent, WithConfig, chosen
from simdeploy.strategies.shifting import NO_BREAKER, USE_STEPS
from simdeploy.units import Seconds

_ECS = (5.0, 600.0)


@register
class Canary(WithConfig):
    """Moves a share of the traffic, waits, then moves the rest."""

    type: ClassVar[str] = "canary"
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "circuit_breaker": NO_BREAKER,
        "steps": f"a canary has two steps under CodeDeploy and ECS alike; {USE_STEPS}",
        "every": "is a key of linear; a canary waits once: wait",
    }
    CONFIGS: ClassVar[Mapping[str, tuple[float, float]]] = CANARY
    CONFIGURED: ClassVar[tuple[str, str]] = ("percent", "wait")

    percent: OnePercent = derived(
        lambda above: chosen(above, CANARY, _ECS)[0], 10.0, "First share; 10, under ecs 5."
    )
    wait: Seconds = derived(
        lambda above: chosen(above, CANARY, _ECS)[1], 300.0, "Until the rest; 5m, under ecs 10m."
    )

    def shifts(self) -> list[tuple[float, float]]:
        """A share, a wait, the rest."""
        return [(self.percent, self.wait), (100.0, 0.0)]
