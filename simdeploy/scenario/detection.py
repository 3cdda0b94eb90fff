"""Who watches: CloudWatch alarms and a person."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator, model_validator

from simdeploy.distributions import Constant, Distribution, Uniform
from simdeploy.model.registry import ALARM_METRICS
from simdeploy.pydantic_base import Block, derived, fault, refuse
from simdeploy.strategies.parts import Name
from simdeploy.units import (
    NUMBER,
    PERCENT,
    SHARE,
    TIME,
    PositiveCount,
    PositiveSeconds,
    PositiveShare,
    Quantity,
    Seconds,
)

#: How a threshold is read, by what the registry says of the metric's.
THRESHOLDS = {
    "share": Quantity(SHARE, high=1),
    "seconds": Quantity(TIME, above=True),
    "factor": Quantity(NUMBER, above=True),
    "percent": Quantity(PERCENT, high=10_000),
    "targets": Quantity(NUMBER),
}
if TYPE_CHECKING:
    Metric = str
else:
    Metric = Literal[tuple(ALARM_METRICS)]
Threshold = Annotated[float, WithJsonSchema({"type": ["number", "string"]})]


class Alarm(Block):
    """A CloudWatch alarm: M breaching periods of the last N."""

    name: Name = Field(description="What strategies and events call it.")
    metric: Metric = Field(description="What it watches.")
    threshold: Threshold = Field(
        description="Breaching above it: a share (4xx, 5xx), seconds (p99), a factor (burn rate), "
        "a percent (cpu), a number of targets (unhealthy_targets)."
    )
    slo: PositiveShare | None = Field(
        None, description="Success that burn_rate counts against, such as 99.9%."
    )
    period: PositiveSeconds = Field(60.0, description="Length of a period.")
    datapoints: PositiveCount = Field(1, description="Breaching periods that raise it.")
    of: PositiveCount = derived(lambda above: above["datapoints"], 1, "Of so many last periods.")
    window: Literal["sliding", "wall_clock"] = Field(
        "sliding",
        description="Whether a period longer than a minute is judged anew every minute, or only "
        "at its own end.",
    )
    scope: Literal["service", "new", "old"] = Field(
        "service", description="Whose requests: all, or those of one revision."
    )
    missing: Literal["missing", "not_breaching", "breaching", "ignore"] = Field(
        "missing", description="What a period without data counts as."
    )
    publish_delay: Distribution = Field(
        Uniform(low=30.0, high=120.0), description="From the end of a period to its datapoint."
    )
    evaluation: Distribution = Field(
        Uniform(low=0.0, high=60.0), description="From the datapoint to the evaluation."
    )
    poll: Distribution = Field(
        Uniform(low=0.0, high=15.0), description="From ALARM until the controller looks."
    )

    @field_validator("threshold", mode="before")
    @classmethod
    def _by_metric(cls, value: Any, info: ValidationInfo) -> Any:
        metric = info.data.get("metric")
        return THRESHOLDS[ALARM_METRICS[metric].threshold](value) if metric else 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.datapoints > self.of:
            refuse([fault(("datapoints",), f"must be at most of, {self.of}", got=self.datapoints)])
        if self.metric == "burn_rate" and (self.slo is None or self.slo == 1):
            refuse([fault(("slo",), "burn_rate needs a slo below 100 %", got=self.slo,
                          allowed="such as slo: 99.9%")])  # fmt: skip
        if self.metric != "burn_rate" and self.slo is not None:
            refuse([fault(("slo",), "is for metric: burn_rate", got=self.slo)])
        return self


class Operator(Block):
    """A person on call, who races every automatic signal."""

    notices: Distribution = Field(Constant(value=300.0), description="Until they notice.")
    decides: Distribution = Field(Constant(value=300.0), description="Until they decide.")
    types: Distribution = Field(Constant(value=30.0), description="Until the command is typed.")
    notices_share: PositiveShare = Field(
        0.05, description="Share of requests failing or slow that starts their clock."
    )
    patience: PositiveSeconds = Field(1800.0, description="A longer deployment starts it, too.")
    first_command: Literal["works", "refused", "same_image", "image_gone"] = Field(
        "works", description="What the first attempt to roll back does."
    )
    retry_after: Seconds = Field(300.0, description="Until the next attempt, if it fails.")
    clock: str | None = Field(None, description="When it is, as a label: Fri 17:47.")
