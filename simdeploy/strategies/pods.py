"""Bounds of updates of pods, and the deadline for their progress: keys of Kubernetes alone."""

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails

from simdeploy.pydantic_base import fault, refuse
from simdeploy.semantics.kubernetes import least_unavailable, surge_pods, unavailable_pods
from simdeploy.strategies.shifting import Shifting
from simdeploy.units import PositiveSeconds, Seconds, UnitError

ALLOWED = 'a number of pods, such as 2, or a share of the desired count, such as "25%"'
_SHARE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,3})?)\s*%\s*")
MOST_PODS = 10_000


def pods_or_share(value: Any) -> int | str:
    """Parse ``maxSurge`` or ``maxUnavailable``: pods, or a share written with a percent sign.

    >>> pods_or_share(2), pods_or_share("25 %")
    (2, '25%')
    """
    if isinstance(value, str):
        if match := _SHARE.fullmatch(value):
            return f"{float(match[1]):g}%"
        value = int(value) if value.strip().isdecimal() and len(value) <= 6 else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or value != int(value) or not 0 <= value <= MOST_PODS:
        raise UnitError("must be pods or a share", ALLOWED)
    return int(value)


def percent_of(value: int | str) -> float | None:
    """Return the percent of a share; None for a number of pods.

    >>> percent_of("25%"), percent_of(2)
    (25.0, None)
    """
    return float(value[:-1]) if isinstance(value, str) else None


Pods = Annotated[
    int | str,
    BeforeValidator(pods_or_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MOST_PODS},
                {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"},
            ]
        }
    ),
]


def bounds_of(desired: int, max_surge: int | str, max_unavailable: int | str) -> tuple[int, int]:
    """Return surge and unavailable pods for a desired count.

    >>> bounds_of(4, "25%", "25%"), bounds_of(3, 0, "25%")
    ((1, 1), (0, 1))
    """
    surge, missing = percent_of(max_surge), percent_of(max_unavailable)
    most = int(max_surge) if surge is None else surge_pods(desired, surge)
    fewer = int(max_unavailable) if missing is None else unavailable_pods(desired, missing)
    return most, least_unavailable(most, fewer)


def bound_faults(max_surge: int | str, max_unavailable: int | str) -> list[InitErrorDetails]:
    """Return what is wrong with bounds."""
    faults = []
    if all(value in (0, "0%") for value in (max_surge, max_unavailable)):
        what = "cannot be 0 beside max_surge 0: nothing could move"
        faults.append(fault(("max_unavailable",), what, got=max_unavailable))
    if (percent_of(max_unavailable) or 0.0) > 100.0:
        faults.append(fault(("max_unavailable",), "must be at most 100%", got=max_unavailable))
    return faults


def deadline_faults(deadline: float | None, least: float) -> list[InitErrorDetails]:
    """Return what is wrong with a deadline beside the time for which a pod must be ready."""
    if deadline is None or deadline > least:
        return []
    what = f"must be above min_ready, {least:g} s"
    return [fault(("progress_deadline",), what, got=deadline)]


class OnPods(Shifting):
    """What has keys of Kubernetes' own, too, under ``platform: kubernetes``."""

    #: Keys that only pods have.
    OF_PODS: ClassVar[tuple[str, ...]] = ("min_ready", "progress_deadline", "on_deadline")

    min_ready: Seconds = Field(0.0, description="Kubernetes: so long ready, a pod is available.")
    progress_deadline: PositiveSeconds | None = Field(
        None,
        description="Kubernetes: without progress for so long, pauses aside, it has failed; "
        "null: new pods have an hour, then it is undone.",
    )
    on_deadline: Literal["none", "undo"] = Field(
        "none", description="Kubernetes: what follows: nothing, or the controller undoes it."
    )

    @model_validator(mode="after")
    def _within_deadline(self) -> Self:
        refuse(self._deadline_faults())
        return self

    def _deadline_faults(self) -> list[InitErrorDetails]:
        faults = deadline_faults(self.progress_deadline, self.min_ready)
        if self.on_deadline != "none" and self.progress_deadline is None:
            faults.append(fault(("on_deadline",), "needs a progress_deadline", got="undo"))
        return faults
