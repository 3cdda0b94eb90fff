"""Rolling update of a Kubernetes Deployment: bounds in pods, and a deadline for progress.

Source: Kubernetes, Deployments, and the API reference of ``DeploymentSpec``.
"""

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from simdeploy.pydantic_base import fault, refuse
from simdeploy.semantics.kubernetes import least_unavailable, surge_pods, unavailable_pods
from simdeploy.strategies import steps
from simdeploy.strategies.base import PlanContext, Step, Strategy, register
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


@register
class KubernetesRolling(Strategy):
    """Replaces pods as a Deployment of Kubernetes does; only for ``platform: kubernetes``."""

    type: ClassVar[str] = "kubernetes_rolling"

    max_surge: Pods = Field(
        "25%", description='Pods beyond the desired count: a number, or "25%" of it, rounded up.'
    )
    max_unavailable: Pods = Field(
        "25%", description="Pods that may be missing, likewise, rounded down."
    )
    min_ready: Seconds = Field(0.0, description="So long ready, a pod is available.")
    progress_deadline: PositiveSeconds = Field(
        600.0, description="Without progress for so long, the deployment has failed."
    )
    on_deadline: Literal["none", "undo"] = Field(
        "none", description="What follows: nothing, as in Kubernetes, or a pipeline undoes it."
    )

    @model_validator(mode="after")
    def _can_move(self) -> Self:
        faults = []
        if all(value in (0, "0%") for value in (self.max_surge, self.max_unavailable)):
            what = "cannot be 0 beside max_surge 0: nothing could move"
            faults.append(fault(("max_unavailable",), what, got=self.max_unavailable))
        if (percent_of(self.max_unavailable) or 0.0) > 100.0:
            what = "must be at most 100%"
            faults.append(fault(("max_unavailable",), what, got=self.max_unavailable))
        if self.progress_deadline <= self.min_ready:
            what = f"must be above min_ready, {self.min_ready:g} s"
            faults.append(fault(("progress_deadline",), what, got=self.progress_deadline))
        refuse(faults)
        return self

    def bounds(self, desired: int) -> tuple[int, int]:
        """Return surge and unavailable pods for a desired count.

        >>> KubernetesRolling().bounds(4), KubernetesRolling(max_surge=0).bounds(3)
        ((1, 1), (0, 1))
        """
        surge, missing = percent_of(self.max_surge), percent_of(self.max_unavailable)
        most = int(self.max_surge) if surge is None else surge_pods(desired, surge)
        fewer = int(self.max_unavailable) if missing is None else unavailable_pods(desired, missing)
        return most, least_unavailable(most, fewer)

    def plan(self, context: PlanContext) -> list[Step]:
        """Replace all pods within the bounds."""
        return [steps.replace_pods(*self.bounds(context.desired_count))]
