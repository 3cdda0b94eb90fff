"""What happens around the deployment; times count from the command."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from simdeploy.distributions import Distribution, Uniform
from simdeploy.pydantic_base import Block, OneOf, Variant, fault, refuse
from simdeploy.strategies.parts import Flag, Name
from simdeploy.units import Factor, Number, PositiveCount, Seconds, Share

#: Blocks by the names of the registry (model.registry).
EVENTS: dict[str, type[Variant]] = {}


class Window(Variant):
    """An event that holds from a start to an end."""

    from_: Seconds = Field(0.0, alias="from", description="Begins.")
    until: Seconds | None = Field(None, description="Ends; null: at the horizon.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until is not None and self.until <= self.from_:
            refuse([fault(("until",), f"must be after from, {self.from_:g} s", got=self.until)])
        return self


class SlowRegistry(Window, tag="slow_registry", among=EVENTS):
    """Image pulls take longer."""

    factor: Factor = Field(description="Times the usual duration of a pull.")


class RegistryDown(Window, tag="registry_down", among=EVENTS):
    """Image pulls fail."""

    fails_after: Distribution = Field(
        Uniform(low=256.0, high=289.0),
        description="A start is given up so long after its order, provisioning included.",
    )


class CapacityUnavailable(Window, tag="capacity_unavailable", among=EVENTS):
    """No task can be placed: a round of attempts fails, and the next one comes 15 minutes later."""

    counts_for_breaker: Literal["round", "never"] = Field(
        "round", description="Whether a failed round counts in the circuit breaker as one failure."
    )


class TaskCrash(Variant, tag="task_crash", among=EVENTS):
    """Running tasks die at an instant."""

    at: Seconds = Field(description="When.")
    revision: Literal["old", "new"] = Field("old", description="Tasks of which revision.")
    tasks: PositiveCount = Field(1, description="How many.")
    by_hand: Flag = Field(False, description="Whether a person stops them: no failure of theirs.")


class TaskHang(Variant, tag="task_hang", among=EVENTS):
    """Running tasks accept requests from an instant on, and never answer them, nor checks."""

    at: Seconds = Field(description="When.")
    revision: Literal["old", "new"] = Field("old", description="Tasks of which revision.")
    tasks: PositiveCount = Field(1, description="How many.")


class FlakyHealthChecks(Window, tag="flaky_health_checks", among=EVENTS):
    """Health checks of good targets fail now and then."""

    probability: Share = Field(description="Per check.")


class TrafficSpike(Window, tag="traffic_spike", among=EVENTS):
    """More requests, or fewer, than usual."""

    factor: Number = Field(description="Times the usual rate.")


class DependencyDown(Window, tag="dependency_down", among=EVENTS):
    """A dependency fails: deep checks and requests fail with it."""


class HealthSignalMissing(Window, tag="health_signal_missing", among=EVENTS):
    """The scheduler takes tasks for healthy that have not been checked."""


class AlarmNoise(Window, tag="alarm_noise", among=EVENTS):
    """An alarm sees breaching periods that are none."""

    alarm: Name = Field(description="Name of the alarm.")
    probability: Share = Field(description="Per period.")


class AlarmAlreadyRed(Variant, tag="alarm_already_red", among=EVENTS):
    """An alarm is in ALARM when the deployment starts."""

    alarm: Name = Field(description="Name of the alarm.")
    until: Seconds | None = Field(None, description="Ends; null: at the horizon.")


Event = Annotated[Variant, OneOf(EVENTS)]


class Environment(Block):
    """What happens around the deployment."""

    events: tuple[Event, ...] = Field((), description="In any order.")
