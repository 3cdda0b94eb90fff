"""Traffic: the rate of requests over time, long requests and WebSockets."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from simdeploy.distributions import Constant, Distribution, Exponential, PositiveDistribution
from simdeploy.pydantic_base import Block, fault, refuse
from simdeploy.strategies.parts import Flag
from simdeploy.units import Count, PositiveSeconds, Rate, Seconds, Share, time_of_day

TimeOfDay = Annotated[
    float,
    BeforeValidator(time_of_day),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}),
]


class RateStep(Block):
    """A rate that holds from an instant on."""

    at: Seconds = Field(description="Time after the command.")
    rate: Rate = Field(description="Requests per second from then on.")


class Daily(Block):
    """A wave over the day: low in the night, high at the peak."""

    low: Rate = Field(description="Requests per second, twelve hours from the peak.")
    high: Rate = Field(description="Requests per second at the peak.")
    peak_at: TimeOfDay = Field(50400.0, description="Time of day of the peak, such as 14:00.")
    command_at: TimeOfDay = Field(36000.0, description="Time of day of the command.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            refuse([fault(("low",), f"must be at most high, {self.high:g}", got=self.low)])
        return self


class LongRequests(Block):
    """Requests that hold a connection for long, such as downloads and long polls."""

    share: Share = Field(0.0, description="Share of all requests.")
    duration: Distribution = Field(Constant(value=30.0), description="How long one takes.")
    streams: Flag = Field(False, description="Whether bytes flow, so that none is cut as idle.")
    occupies_worker: Flag = Field(False, description="Whether one occupies a worker.")


class WebSockets(Block):
    """Connections that stay open."""

    open: Count = Field(0, description="Connections open at the command.")
    lifetime: PositiveDistribution = Field(
        Exponential.of("20m"), description="How long one stays open."
    )


class Traffic(Block):
    """What users send; one of ``rate``, ``steps`` and ``daily`` tells how much."""

    sampled: Flag = Field(True, description="Whether alarms see chance, or exact sums.")
    rate: Rate = Field(100.0, description="Requests per second.")
    steps: tuple[RateStep, ...] | None = Field(None, description="Rates that change at instants.")
    daily: Daily | None = Field(None, description="A rate that follows the time of day.")
    client_timeout: PositiveSeconds = Field(10.0, description="Clients wait no longer.")
    long_requests: LongRequests = Field(LongRequests(), description="Requests that take long.")
    websockets: WebSockets = Field(WebSockets(), description="Long-lived connections.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ways = {"rate": self.rate, "steps": self.steps, "daily": self.daily}
        given = [k for k, way in ways.items() if k in self.model_fields_set and way is not None]
        refuse(
            fault((name,), f"cannot stand beside {given[0]}: one tells the rate", show=False)
            for name in given[1:]
        )
        self._check_steps()
        return self

    def _check_steps(self) -> None:
        times = [] if self.steps is None else [step.at for step in self.steps]
        if self.steps is not None and (not times or times[0] != 0):
            refuse([fault(("steps",), "must begin with at: 0s", got=times)])
        refuse(
            fault(("steps", i, "at"), f"must be after the step before, {low:g} s", got=high)
            for i, (low, high) in enumerate(pairwise(times), 1)
            if high <= low
        )
