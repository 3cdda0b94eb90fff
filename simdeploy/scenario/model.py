"""The scenario as a whole: every key of the file, frozen."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails

from simdeploy.errors import SimdeployError
from simdeploy.pydantic_base import Block, OneOf, did_you_mean, refuse
from simdeploy.scenario.detection import Alarm, Operator
from simdeploy.scenario.events import Environment
from simdeploy.scenario.faults import Release
from simdeploy.scenario.kubernetes import KUBERNETES, platform_faults, surroundings_faults
from simdeploy.scenario.load_balancer import TargetGroup
from simdeploy.scenario.platforms import (
    settled_environment,
    settled_group,
    settled_service,
)
from simdeploy.scenario.questions import Question, question_faults
from simdeploy.scenario.ranges import range_faults
from simdeploy.scenario.references import (
    balancer_faults,
    duplicate_alarms,
    release_faults,
    too_many_alarms,
    unknown_alarms,
)
from simdeploy.scenario.service import Service
from simdeploy.scenario.traffic import Traffic
from simdeploy.scenario.work import too_many_instants
from simdeploy.semantics.alarms import auto_bake
from simdeploy.strategies import REGISTRY, Strategy
from simdeploy.strategies.defaults import Defaults
from simdeploy.strategies.parts import Name
from simdeploy.units import WHOLE, PositiveSeconds, Quantity, Seconds


def _nothing(value: Any) -> Any:
    """Let null stand for an empty list."""
    return () if value is None else value


class Names(NamedTuple):
    """All names in the file, also of blocks left out because they have faults of their own."""

    alarms: tuple[str, ...]
    strategies: tuple[str, ...]


class Scenario(Block):
    """One scenario file: a service, a release, what happens around it, and strategies."""

    name: Name = Field(description="Short name.")
    title: str = Field("", description="What happens, in one sentence.")
    story: str = Field("", description="Who is curious about what.")
    extends: str | None = Field(None, description="Another file, merged below this one.")
    platform: Literal["ecs", "custom", "kubernetes"] = Field(
        "ecs",
        description="ecs holds AWS's ranges, custom lifts them; kubernetes runs pods.",
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
        self._settle()
        own = Names(tuple(alarm.name for alarm in self.alarms), tuple(self.strategies))
        known = info.context if isinstance(info.context, Names) else own
        refuse(self._faults(known))
        return self

    def _settle(self) -> None:
        """Fill in the defaults that follow from the platform; none of them counts as set."""
        service = settled_service(self.platform, self.service)
        group = settled_group(self.platform, service, self.target_group)
        environment = settled_environment(self.platform, service, self.environment)
        self.__dict__.update(service=service, target_group=group, environment=environment)

    def _faults(self, known: Names) -> Iterator[InitErrorDetails]:
        """Find everything that does not fit together in blocks that are right by themselves."""
        events = self.environment.events
        yield from duplicate_alarms(self.alarms)
        yield from unknown_alarms(known.alarms, self.defaults, self.strategies, events)
        yield from question_faults(self.questions, known.strategies)
        yield from release_faults(self.release, self.releases, self.service)
        if not self.service.load_balancer:
            yield from balancer_faults(self.alarms, self.strategies)
        yield from too_many_alarms(self.defaults, self.strategies)
        yield from platform_faults(self.platform, self.service, self.target_group, self.strategies)
        if self.platform == KUBERNETES:
            yield from surroundings_faults(
                self.alarms, self.defaults, self.environment, self.operator
            )
        check = self.target_group.health_check
        played = (self.horizon, self.service, check, self.alarms)
        yield from too_many_instants(*played, self.platform)
        if self.platform == "ecs":
            blocks: dict[str, Block] = {
                "service": self.service,
                "target_group": self.target_group,
                "defaults": self.defaults,
            }
            yield from range_faults(blocks, self.alarms, self.strategies)

    @property
    def chain(self) -> tuple[Release, ...]:
        """The releases in the order of their deployment; usually one."""
        return self.releases or (self.release,)

    @cached_property
    def resolved_strategies(self) -> dict[str, Strategy]:
        """Strategies as they run: with the defaults filled in, and no ``auto`` left."""
        defaults = self.defaults.given()
        filled = {name: s.with_defaults(defaults) for name, s in self.strategies.items()}
        return {name: s.resolved(self.bake_time(s.alarms)) for name, s in filled.items()}

    def only(self, names: Iterable[str]) -> Self:
        """Return the scenario with these strategies alone, in this order.

        Raises
        ------
        SimdeployError
            For a strategy that the scenario does not have.
        """
        chosen = dict.fromkeys(names)
        for name in chosen:
            if name not in self.strategies:
                hint = did_you_mean(name, self.strategies)
                raise SimdeployError(f'unknown strategy "{name[:60]}"; {hint}')
        copy = self.model_copy(update={"strategies": {n: self.strategies[n] for n in chosen}})
        copy.__dict__.pop("resolved_strategies", None)
        return copy

    def __repr__(self) -> str:
        return f"<Scenario {self.name}: {self.service.name}, {', '.join(self.strategies)}>"

    __str__ = __repr__

    def bake_time(self, alarms: tuple[str, ...]) -> float:
        """Return how long ECS bakes for the sake of alarms: the longest, at most 300 s."""
        named = [alarm for alarm in self.alarms if alarm.name in alarms]
        return max((auto_bake(alarm.period, alarm.of) for alarm in named), default=0.0)
