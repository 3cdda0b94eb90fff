"""The target group behind the load balancer: health checks, draining, fail-open."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator, model_validator

from simdeploy.distributions import Distribution, Uniform
from simdeploy.pydantic_base import Block, derived, fault, refuse
from simdeploy.strategies.parts import Flag
from simdeploy.units import PositiveCount, PositiveSeconds, Seconds

#: What initial_passes may be called instead of a number.
_BY_THRESHOLD = "healthy_threshold"


def _at_once(above: Mapping[str, Any]) -> Distribution:
    return Uniform(low=0.0, high=min(3.0, above["interval"]))


class HealthCheck(Block):
    """How the load balancer finds out whether a target is healthy."""

    interval: PositiveSeconds = Field(30.0, description="Between two checks of a target.")
    timeout: PositiveSeconds = Field(5.0, description="A check that takes longer has failed.")
    healthy_threshold: PositiveCount = Field(
        5, description="Passes in a row that make an unhealthy target healthy."
    )
    unhealthy_threshold: PositiveCount = Field(
        2, description="Failures in a row that make a target unhealthy."
    )
    initial_passes: Annotated[
        PositiveCount, WithJsonSchema({"anyOf": [{"type": "integer"}, {"const": _BY_THRESHOLD}]})
    ] = Field(
        1, description="Passes that make a new target healthy: a number, or healthy_threshold."
    )
    depth: Literal["deep", "shallow"] = Field(
        "deep", description="Whether the check sees errors of the application."
    )
    first_check: Distribution = derived(
        _at_once,
        {"distribution": "uniform", "low": 0, "high": 3},
        "From registration to the first check, at most the interval.",
    )
    queued: Flag = Field(False, description="Whether checks wait behind other requests.")

    @field_validator("initial_passes", mode="before")
    @classmethod
    def _by_name(cls, value: Any, info: ValidationInfo) -> Any:
        return info.data.get("healthy_threshold", 5) if value == _BY_THRESHOLD else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.timeout > self.interval:
            what = f"must be at most interval, {self.interval:g} s"
            refuse([fault(("timeout",), what, got=self.timeout)])
        if self.initial_passes > self.healthy_threshold:
            what = f"must be at most healthy_threshold, {self.healthy_threshold}"
            refuse([fault(("initial_passes",), what, got=self.initial_passes)])
        return self


class TargetGroup(Block):
    """An ALB target group; strategies with two of them use the same settings for both."""

    health_check: HealthCheck = Field(HealthCheck(), description="Health checks.")
    algorithm: Literal["round_robin", "random"] = Field(
        "round_robin", description="How requests are handed to targets: in turn evens out waits."
    )
    deregistration_delay: Seconds = Field(300.0, description="A target drains for so long.")
    deregistration_propagation: Distribution = Field(
        Uniform(low=0.0, high=5.0), description="Requests still arrive for so long."
    )
    weight_propagation: Distribution = Field(
        Uniform(low=1.0, high=10.0), description="From a change of weights to its effect."
    )
    slow_start: Seconds = Field(0.0, description="A new target's share rises for so long; 0: off.")
    fail_open: Flag = Field(True, description="Whether unhealthy targets serve if all are.")
    fail_open_min_count: PositiveCount = Field(
        1, description="Fewer healthy targets than this open the group."
    )
    fail_open_includes_initial: Flag = Field(
        False, description="Whether targets without a verdict serve then, too."
    )
    idle_timeout: PositiveSeconds = Field(60.0, description="Silent connections are cut after it.")
