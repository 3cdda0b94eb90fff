"""Settings for all strategies of a scenario."""

from typing import Any, Self

from pydantic import Field, model_validator

from simdeploy.pydantic_base import Block, did_you_mean, fault, refuse
from simdeploy.strategies.parts import ALL_STAGES, BakeTime, CircuitBreaker, Hook, Name
from simdeploy.units import Seconds


class Defaults(Block):
    """Settings for every strategy whose controller has them; a strategy's own values win."""

    alarms: tuple[Name, ...] | None = Field(None, description="Alarms that stop a deployment.")
    circuit_breaker: CircuitBreaker | None = Field(None, description="Circuit breaker.")
    bake_time: BakeTime | None = Field(None, description="Bake time.")
    termination_wait: Seconds | None = Field(None, description="Termination wait.")
    hooks: tuple[Hook, ...] | None = Field(
        None, description="Hooks, each for the controllers that have its stage."
    )

    @model_validator(mode="after")
    def _known_stages(self) -> Self:
        refuse(
            fault(("hooks", i, "stage"), "is no stage of any controller", got=hook.stage,
                  allowed=did_you_mean(hook.stage, ALL_STAGES))
            for i, hook in enumerate(self.hooks or ())
            if hook.stage not in ALL_STAGES
        )  # fmt: skip
        return self

    def given(self) -> dict[str, Any]:
        """Return the settings that are not null, by key."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None}
