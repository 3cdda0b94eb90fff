"""Blocks that several strategies share: circuit breaker, hooks, approval, steps."""

from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    WithJsonSchema,
    model_validator,
)

from simdeploy.distributions import Constant, Distribution
from simdeploy.model import registry
from simdeploy.pydantic_base import Block, did_you_mean, fault, refuse
from simdeploy.units import (
    PERCENT,
    TIME,
    PositivePercent,
    PositiveSeconds,
    Quantity,
    Seconds,
    Share,
    UnitError,
)

NAME = r"[A-Za-z0-9_-]{1,255}"
#: Kinds of faults that a hook, a smoke test or a person may look for.
FAULT_KINDS = tuple(registry.FAULT_KINDS)
CODE_DEPLOY_STAGES = (
    "BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic",
    "AfterAllowTraffic",
)  # fmt: skip
ECS_STAGES = (
    "RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)  # fmt: skip
#: Who carries a deployment out, and what messages call it.
CONTROLLERS = {"code_deploy": "CodeDeploy", "ecs": "ECS", "custom": "a custom controller"}
#: Every stage, by the number that plans use.
ALL_STAGES = CODE_DEPLOY_STAGES + ECS_STAGES
#: The number of what belongs to a step of its own, and to no stage.
OWN_STEP = len(ALL_STAGES)
#: Stages of ECS at which a person cannot be asked, because they also run while rolling back.
NO_PAUSE = frozenset({"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"})
STAGES = {
    "code_deploy": CODE_DEPLOY_STAGES,
    "ecs": ECS_STAGES,
    "custom": CODE_DEPLOY_STAGES + ECS_STAGES,
}
#: Where a controller waits for a hook at most, s. CodeDeploy's is fixed.
HOOK_TIMEOUT = {"code_deploy": 3600.0, "ecs": 86400.0, "custom": 3600.0}


def _name(text: str) -> str:
    allowed = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    if not 1 <= len(text) <= 255 or not allowed.issuperset(text):
        raise UnitError("is no name", "1 to 255 letters, digits, - and _")
    return text


def _auto_or_time(value: object) -> float | str:
    if value == "auto":
        return "auto"
    try:
        return Quantity(TIME)(value)
    except UnitError as error:
        raise UnitError(error.what, f"{error.allowed}; or auto") from None


def _auto_or_flag(value: object) -> object:
    if value == "auto" or isinstance(value, bool):
        return value
    raise UnitError("must be true, false or auto")


def _fault_kind(value: object) -> object:
    if isinstance(value, str) and value not in FAULT_KINDS:
        refuse([fault((), "unknown kind of fault", got=value,
                      allowed=did_you_mean(value, FAULT_KINDS))])  # fmt: skip
    return value


Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME}$"})
]
FaultKind = Annotated[
    str, BeforeValidator(_fault_kind), WithJsonSchema({"enum": list(FAULT_KINDS)})
]
Flag = StrictBool
#: A bake time: seconds, or as long as the alarms need.
BakeTime = Annotated[
    float | Literal["auto"],
    BeforeValidator(_auto_or_time),
    WithJsonSchema({"anyOf": [{"const": "auto"}, *Quantity(TIME).json()["anyOf"]]}),
]


class CircuitBreaker(Block):
    """ECS's deployment circuit breaker (rolling deployments only)."""

    enable: Flag = Field(False, description="Whether failures end the deployment.")
    rollback: Flag = Field(
        False, description="Whether it then rolls back to the last completed deployment."
    )
    threshold_type: Literal["BOUNDED_PERCENT", "UNBOUNDED_PERCENT", "COUNT"] = Field(
        "BOUNDED_PERCENT", description="How the threshold is read; bounded means 3 to 200 tasks."
    )
    threshold: Annotated[float, Quantity(PERCENT, low=1, high=1_000_000)] = Field(
        50.0, description="Percent of the desired count, or a number of failures."
    )
    reset_on_healthy: Flag = Field(True, description="A healthy task sets the count to zero.")
    counts_exits: Annotated[bool | Literal["auto"], BeforeValidator(_auto_or_flag)] = Field(
        "auto", description="Whether a task that exits by itself counts; contested."
    )
    counts_at: Literal["stop", "detect"] = Field(
        "detect",
        description="When an unhealthy task counts: as it is stopped, or as it is found.",
    )
    looks: Literal["at_next_start", "at_once"] = Field(
        "at_next_start",
        description="When it trips: at the look that would start a replacement, or at a failure.",
    )

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if self.threshold != int(self.threshold):
            percent = self.threshold_type != "COUNT"
            what = f"must be a whole {'percentage' if percent else 'number of failures'}"
            refuse([fault(("threshold",), what, got=self.threshold)])
        if self.threshold_type != "COUNT" and self.threshold > 100:
            refuse([fault(("threshold",), "must be a percent from 1 to 100", got=self.threshold)])
        return self


class Hook(Block):
    """A test that runs at one stage of the deployment and may stop it."""

    stage: str = Field(description="Lifecycle event (CodeDeploy) or stage (ECS).")
    duration: Distribution = Field(Constant(value=30.0), description="How long it takes.")
    sees: tuple[FaultKind, ...] = Field((), description="Kinds of faults it can notice.")
    chance: Share = Field(1.0, description="How likely it notices a fault that it can see.")
    timeout: PositiveSeconds | None = Field(
        None, description="Limit under ecs (24 h) and custom (1 h); CodeDeploy's is 1 h, fixed."
    )
    never_answers: Flag = Field(False, description="Whether it hangs until the limit.")


class Approval(Block):
    """A person who is asked before the deployment goes on."""

    stage: str | None = Field(
        None,
        description="Where it waits; by default BeforeAllowTraffic or "
        "PRE_PRODUCTION_TRAFFIC_SHIFT, before production traffic moves.",
    )
    answers_after: Distribution = Field(Constant(value=300.0), description="Time to the answer.")
    timeout: PositiveSeconds | None = Field(
        900.0, description="No answer by then is a no; null, under custom: it waits for the answer."
    )
    sees: tuple[FaultKind, ...] = Field((), description="Kinds of faults a person can notice.")
    chance: Share = Field(1.0, description="How likely they notice a fault that they can see.")


class Gate(Block):
    """A person who is asked at a step of its own before the deployment goes on."""

    answers_after: Distribution = Field(Constant(value=300.0), description="Time to the answer.")
    timeout: PositiveSeconds | None = Field(
        None, description="No answer by then is a no; null: it waits for the answer."
    )
    sees: tuple[FaultKind, ...] = Field((), description="Kinds of faults a person can notice.")
    chance: Share = Field(1.0, description="How likely they notice a fault that they can see.")


class StepTest(Block):
    """A test that runs at a step of its own and may stop the deployment."""

    duration: Distribution = Field(Constant(value=30.0), description="How long it takes.")
    sees: tuple[FaultKind, ...] = Field((), description="Kinds of faults it can notice.")
    chance: Share = Field(1.0, description="How likely it notices a fault that it can see.")


class TrafficStep(Block):
    """A share of traffic on the new revision, held for a while."""

    percent: PositivePercent = Field(description="Traffic on the new revision from here on.")
    wait: Seconds = Field(0.0, description="Time until the next step.")


class GatedStep(TrafficStep):
    """A share of traffic that is held for a while, until a test has passed, or a person says so."""

    test: StepTest | None = Field(None, description="A test after the wait.")
    gate: Gate | None = Field(None, description="A person who is asked after wait and test.")


AnyStep = TypeVar("AnyStep", bound=TrafficStep)


def ascending_to_100(steps: tuple[AnyStep, ...]) -> tuple[AnyStep, ...]:
    """Refuse steps that do not rise, or that end below 100 %."""
    percents = [step.percent for step in steps]
    faults = [
        fault((i, "percent"), f"must be above the step before, {low:g}", got=high)
        for i, (low, high) in enumerate(pairwise(percents), 1)
        if high <= low
    ]
    if not percents or percents[-1] != 100:
        faults.append(fault((), "must end with percent: 100", got=percents))
    refuse(faults)
    return steps


Steps = Annotated[tuple[TrafficStep, ...], AfterValidator(ascending_to_100)]
GatedSteps = Annotated[tuple[GatedStep, ...], AfterValidator(ascending_to_100)]
