"""Blocks of the service under ``platform: kubernetes``: probes, and pauses before restarts."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from simdeploy.pydantic_base import Block, fault, refuse
from simdeploy.units import TIME, PositiveCount, PositiveSeconds, Quantity, Seconds

#: The kubelet looks every second: shorter pauses are none.
Pause = Annotated[float, Quantity(TIME, low=1.0)]


class Readiness(Block):
    """The readiness probe: a pod that fails it gets no requests, and is never restarted for it."""

    initial_delay: Seconds = Field(0.0, description="From the container's start, before it probes.")
    period: PositiveSeconds = Field(10.0, description="Between two probes.")
    timeout: PositiveSeconds = Field(1.0, description="A probe that takes longer has failed.")
    successes: PositiveCount = Field(1, description="Passes in a row that make a pod ready.")
    failures: PositiveCount = Field(3, description="Failures in a row that make it unready.")
    depth: Literal["deep", "shallow"] = Field(
        "deep", description="Whether the probe sees errors of the application."
    )

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        if self.timeout > self.period:
            what = f"must be at most period, {self.period:g} s"
            refuse([fault(("timeout",), what, got=self.timeout)])
        return self


class StartupProbe(Block):
    """The startup probe: until it passes there is no readiness probe; it gives up by a restart."""

    initial_delay: Seconds = Field(0.0, description="From the container's start, before it probes.")
    period: PositiveSeconds = Field(10.0, description="Between two probes.")
    failures: PositiveCount = Field(
        3, description="After so many failures the container is restarted."
    )


class RestartBackoff(Block):
    """Pauses before a container that has exited starts again in its pod; the first time none."""

    first: Pause = Field(10.0, description="Before the second restart; it doubles from there on.")
    cap: Pause = Field(300.0, description="Longest pause.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.cap:
            refuse([fault(("first",), f"must be at most cap, {self.cap:g} s", got=self.first)])
        return self
