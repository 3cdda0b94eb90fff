"""Feature flag: ship the code dark, then expose it by a flag – and take it back by the flag.

The deployment below is an ordinary deployment; the flag moves shares of users, within seconds.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from simdeploy.distributions import Distribution
from simdeploy.pydantic_base import OneOf
from simdeploy.strategies import steps
from simdeploy.strategies.base import FLAG_PROPAGATION, PlanContext, Step, Strategy, register
from simdeploy.strategies.blue_green import BlueGreen
from simdeploy.strategies.parts import Steps, TrafficStep
from simdeploy.strategies.rolling import Rolling

CARRIERS = {"rolling": Rolling, "blue_green": BlueGreen}


@register
class FeatureFlag(Strategy):
    """Deploys code that does nothing yet, then turns it on for more and more users."""

    type: ClassVar[str] = "feature_flag"

    deploy: Annotated[Rolling | BlueGreen, OneOf(CARRIERS, key="type")] = Field(
        Rolling(), description="How the dark code is deployed: a rolling or blue_green block."
    )
    steps: Steps = Field(
        (TrafficStep(percent=100.0),), description="Rising shares of users who see the feature."
    )
    flag_propagation: Distribution = Field(
        FLAG_PROPAGATION, description="From setting the flag to its effect."
    )

    @property
    def controller(self) -> str:
        """Who carries out the deployment below."""
        return self.deploy.controller

    @property
    def carrier(self) -> Strategy:
        """The deployment below."""
        return self.deploy

    def with_defaults(self, defaults: Mapping[str, Any]) -> Self:
        """Fill in the flag's own defaults and those of the deployment below."""
        update = {"deploy": self.deploy.with_defaults(defaults)}
        return super().with_defaults(defaults).model_copy(update=update)

    def resolved(self, bake_time: float) -> Self:
        """Resolve the deployment below."""
        return self.model_copy(update={"deploy": self.deploy.resolved(bake_time)})

    def plan(self, context: PlanContext) -> list[Step]:
        """Deploy the code dark, then expose it step by step, watching after each."""
        exposure = [(steps.set_flag(step.percent), steps.wait(step.wait)) for step in self.steps]
        return [*self.deploy.plan(context), *chain.from_iterable(exposure)]
