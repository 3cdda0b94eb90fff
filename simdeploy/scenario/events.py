"""What happens around the deployment; times count from the command."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from simdeploy.pydantic_base import Block, OneOf, Variant, fault, member_of, refuse
from simdeploy.strategies.parts import Name
from simdeploy.units import Factor, Number, PositiveCount, Seconds, Share

#: Blocks by the names of the registry (model.registry).
EVENTS: dict[str, type[Variant]] = {}


class Window(Variant):
    """Something that holds from one instant to another."""

    from_: Seconds = Field(0.0, alias="from", description="Begins.")
    until: Seconds | None = Field(None, description="Ends; null: at the horizon.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until is not None and self.until <= self.from_:
            refuse([fault(("until",), f"must be after from, {self.from_:g} s", got=self.until)])
        return self


@member_of(EVENTS)
class SlowRegistry(Window):
    """Image pulls take longer."""

    kind: ClassVar[str] = "slow_registry"
    factor: Factor = Field(description="Times the usual duration of a pull.")


@member_of(EVENTS)
class RegistryDown(Window):
    """Image pulls fail."""

    kind: ClassVar[str] = "registry_down"
    fails_after: Seconds = Field(60.0, description="A pull is given up after so long.")


@member_of(EVENTS)
class TaskCrash(Variant):
    """Running tasks die at an instant."""

    kind: ClassVar[str] = "task_crash"
    at: Seconds = Field(description="When.")
    revision: Literal["old", "new"] = Field("old", description="Tasks of which revision.")
    tasks: PositiveCount = Field(1, description="How many.")


@member_of(EVENTS)
class FlakyHealthChecks(Window):
    """Health checks of good targets fail now and then."""

    kind: ClassVar[str] = "flaky_health_checks"
    probability: Share = Field(description="Per check.")


@member_of(EVENTS)
class TrafficSpike(Window):
    """More requests, or fewer, than usual."""

    kind: ClassVar[str] = "traffic_spike"
    factor: Number = Field(description="Times the usual rate.")


@member_of(EVENTS)
class DependencyDown(Window):
    """A dependency fails: deep checks and requests fail with it."""

    kind: ClassVar[str] = "dependency_down"


@member_of(EVENTS)
class HealthSignalMissing(Window):
    """The scheduler takes tasks for healthy that have not been checked."""

    kind: ClassVar[str] = "health_signal_missing"


@member_of(EVENTS)
class AlarmNoise(Window):
    """An alarm sees breaching periods that are none."""

    kind: ClassVar[str] = "alarm_noise"
    alarm: Name = Field(description="Name of the alarm.")
    probability: Share = Field(description="Per period.")


@member_of(EVENTS)
class AlarmAlreadyRed(Variant):
    """An alarm is in ALARM when the deployment starts."""

    kind: ClassVar[str] = "alarm_already_red"
    alarm: Name = Field(description="Name of the alarm.")
    until: Seconds | None = Field(None, description="Ends; null: at the horizon.")


Event = Annotated[Variant, OneOf(EVENTS)]


class Environment(Block):
    """What happens around the deployment."""

    events: tuple[Event, ...] = Field((), description="In any order.")
