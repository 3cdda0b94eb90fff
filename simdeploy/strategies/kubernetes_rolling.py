"""Rolling update of a Kubernetes Deployment: bounds in pods, and a deadline for progress.

Source: Kubernetes, Deployments, and the API reference of ``DeploymentSpec``.
"""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from simdeploy.pydantic_base import refuse
from simdeploy.strategies import steps
from simdeploy.strategies.base import PlanContext, Step, Strategy, register
from simdeploy.strategies.pods import Pods, bound_faults, bounds_of, deadline_faults
from simdeploy.units import PositiveSeconds, Seconds


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
        faults = bound_faults(self.max_surge, self.max_unavailable)
        faults += deadline_faults(self.progress_deadline, self.min_ready)
        refuse(faults)
        return self

    def bounds(self, desired: int) -> tuple[int, int]:
        """Return surge and unavailable pods for a desired count.

        >>> KubernetesRolling().bounds(4), KubernetesRolling(max_surge=0).bounds(3)
        ((1, 1), (0, 1))
        """
        return bounds_of(desired, self.max_surge, self.max_unavailable)

    def plan(self, context: PlanContext) -> list[Step]:
        """Replace all pods within the bounds."""
        return [steps.replace_pods(*self.bounds(context.desired_count))]
