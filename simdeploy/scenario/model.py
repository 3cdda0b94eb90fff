"""The scenario as a whole: every key of the file, frozen."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from simdeploy.pydantic_base import Block, OneOf, did_you_mean, fault, refuse
from simdeploy.scenario.detection import Alarm, Operator
from simdeploy.scenario.events import Environment
from simdeploy.scenario.faults import Release
from simdeploy.scenario.load_balancer import TargetGroup
from simdeploy.scenario.references import Known, reference_faults
from simdeploy.scenario.service import Service
from simdeploy.scenario.traffic import Traffic
from simdeploy.strategies import REGISTRY, CircuitBreaker, Hook, Strategy
from simdeploy.strategies.parts import ALL_STAGES, BakeTime, Name
from simdeploy.units import WHOLE, Number, PositiveSeconds, Quantity, Seconds

#: Longest bake that ECS derives from alarms by itself, and what it adds to their window, s.
BAKE_LIMIT, BAKE_MARGIN = 300.0, 120.0


def _nothing(value: Any) -> Any:
    """Let null stand for an empty list."""
    return () if value is None else value


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
        """Return the settings that are there."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None}


class Question(Block):
    """A question for teaching, asked before the result shows."""

    ask: str = Field(description="The question.")
    kind: Literal["choice", "number"] = Field(description="Pick a strategy, or say a number.")
    metric: str = Field(description="The number that answers it.")
    strategy: Name | None = Field(None, description="Of which strategy; for kind: number.")
    wrong: tuple[Number, ...] = Field((), description="Plausible wrong answers.")


class Scenario(Block):
    """One scenario file: a service, a release, what happens around it, and strategies."""

    name: Name = Field(description="Short name.")
    title: str = Field("", description="What happens, in one sentence.")
    story: str = Field("", description="Who is curious about what.")
    extends: str | None = Field(None, description="Another file, merged below this one.")
    platform: Literal["ecs", "custom"] = Field(
        "ecs", description="ecs holds AWS's ranges, custom lifts them."
    )
    service: Service = Field(Service(), description="The service.")
    target_group: TargetGroup = Field(TargetGroup(), description="Load balancer settings.")
    traffic: Traffic = Field(Traffic(), description="What users send.")
    release: Release = Field(Release(), description="What is deployed.")
    releases: Annotated[tuple[Release, ...] | None, Field(min_length=1)] = Field(
        None, description="Instead of release: a list, deployed one after the other."
    )
    environment: Environment = Field(Environment(), description="What happens around it.")
    alarms: Annotated[tuple[Alarm, ...], BeforeValidator(_nothing)] = Field(
        (), description="CloudWatch alarms; strategies choose among them."
    )
    operator: Operator | None = Field(None, description="A person on call; null: nobody.")
    defaults: Defaults = Field(Defaults(), description="Settings for all strategies.")
    strategies: dict[Name, Annotated[Strategy, OneOf(REGISTRY, key="type")]] = Field(
        min_length=1, description="What is compared, by name."
    )
    questions: Annotated[tuple[Question, ...], BeforeValidator(_nothing)] = Field(
        (), description="Asked before the result shows."
    )
    horizon: PositiveSeconds = Field(7200.0, description="Everything is counted until then.")
    drill_after: Seconds = Field(
        600.0, description="Rollback drill: ordered so long after full traffic."
    )
    runs: Annotated[int, Quantity(WHOLE, low=1, high=10_000_000)] = Field(
        1000, description="Replications."
    )
    seed: Annotated[int, Quantity(WHOLE, high=2**53)] = Field(1, description="Seed of all luck.")

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        known = info.context if isinstance(info.context, Known) else self._names()
        refuse(reference_faults(self, known))
        return self

    def _names(self) -> Known:
        return Known(tuple(alarm.name for alarm in self.alarms), tuple(self.strategies))

    @property
    def chain(self) -> tuple[Release, ...]:
        """The releases in the order of their deployment; usually one."""
        return self.releases or (self.release,)

    @cached_property
    def resolved_strategies(self) -> dict[str, Strategy]:
        """Strategies as they run: with the defaults filled in, and no ``auto`` left."""
        defaults = self.defaults.given()
        full = {name: one.with_defaults(defaults) for name, one in self.strategies.items()}
        return {name: one.resolved(self.bake_time(one.alarms)) for name, one in full.items()}

    def bake_time(self, alarms: tuple[str, ...]) -> float:
        """Return how long ECS bakes for the sake of alarms: the longest, at most 300 s."""
        named = [alarm for alarm in self.alarms if alarm.name in alarms]
        wanted = [min(BAKE_LIMIT, alarm.period * alarm.of + BAKE_MARGIN) for alarm in named]
        return max(wanted, default=0.0)
