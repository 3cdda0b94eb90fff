"""Traffic steps: any rising shares with any waits, such as 1 %, 10 %, 100 %.

No controller of AWS can do it; a pipeline of your own (``controller: custom``) can, and so can
Argo Rollouts on Kubernetes, where new pods come with the weight (``scale_with_weight``) or are the
weight themselves (``pods_as_weights``).
Facts: codedeploy-custom-configs, ecs-native-canary. Sources: Argo Rollouts, "Canary", and the
tables in the unit tests of its controller.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import InitErrorDetails

from simdeploy.pydantic_base import fault
from simdeploy.semantics.kubernetes import split_of
from simdeploy.strategies import steps
from simdeploy.strategies.base import PlanContext, Step, register
from simdeploy.strategies.parts import (
    OWN_STEP,
    Approval,
    Flag,
    Gate,
    GatedSteps,
    Hook,
    StepTest,
)
from simdeploy.strategies.pods import OnPods, Pods, bound_faults, bounds_of
from simdeploy.strategies.shifting import INSTALL_TIMEOUT
from simdeploy.units import UnitError

#: Stages without a router, of whose test and production traffic nothing is left.
POD_STAGES = (
    "BeforeInstall", "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT",
    "AfterAllowTraffic",
)  # fmt: skip
#: Keys that only a router gives a meaning.
OF_ROUTER = (
    "approval", "controller_delay", "ready_wait", "scale_with_weight", "termination_wait",
    "test_listener",
)  # fmt: skip


def _custom(value: Any) -> Any:
    if value in ("code_deploy", "ecs"):
        raise UnitError("cannot do traffic_steps: it knows canary and linear only", "custom")
    return value


@register
class TrafficSteps(OnPods):
    """Moves traffic in steps of your own."""

    type: ClassVar[str] = "traffic_steps"
    OF_PODS: ClassVar[tuple[str, ...]] = (
        *OnPods.OF_PODS, "pods_as_weights", "max_surge", "max_unavailable",
    )  # fmt: skip

    controller: Annotated[Literal["custom"], BeforeValidator(_custom)] = Field(
        "custom", description="Only a custom one can."
    )
    steps: GatedSteps = Field(description="Rising percents, the last one 100, each with its wait.")
    scale_with_weight: Flag = Field(
        False,
        description="Whether a step starts its own percent of new tasks, rounded up; by default all"
        " start first. The old stay whole.",
    )
    pods_as_weights: Flag = Field(
        False,
        description="Kubernetes: whether there is no router, so that each pod gets the same and "
        "the split of pods nearest to the percent is taken.",
    )
    max_surge: Pods = Field(
        "25%", description="Pods beyond the desired count, for pods_as_weights, rounded up."
    )
    max_unavailable: Pods = Field(
        "25%", description="Pods that may be missing, for pods_as_weights, rounded down."
    )

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages at which hooks run; without a router there are fewer."""
        return POD_STAGES if self.pods_as_weights else super().stages

    @property
    def tests(self) -> tuple[Hook | StepTest, ...]:
        """Hooks, then the tests of steps."""
        return (*self.hooks, *(step.test for step in self.steps if step.test is not None))

    @property
    def approvals(self) -> tuple[Approval | Gate, ...]:
        """The person who is asked at a stage, then those who are asked at steps."""
        gates = (step.gate for step in self.steps if step.gate is not None)
        return (*super().approvals, *gates)

    def shifts(self) -> list[tuple[float, float]]:
        """Return the steps as they stand."""
        return [(step.percent, step.wait) for step in self.steps]

    def takes(self, key: str) -> bool:
        """Return whether there is such a key; without a router fewer have an effect."""
        return not (self.pods_as_weights and key in OF_ROUTER) and super().takes(key)

    def splits(self, desired: int) -> list[tuple[int, int]]:
        """Return (new pods, old pods) of each step without a router.

        >>> TrafficSteps(steps=[{"percent": 5}, {"percent": 100}], max_surge=0).splits(4)
        [(1, 3), (4, 0)]
        """
        surge = self.bounds(desired)[0]
        return [split_of(desired, step.percent, surge) for step in self.steps]

    def bounds(self, desired: int) -> tuple[int, int]:
        """Return surge and unavailable pods for a desired count."""
        return bounds_of(desired, self.max_surge, self.max_unavailable)

    def plan(self, context: PlanContext) -> list[Step]:
        """Shift traffic step by step, or without a router replace pods step by step."""
        if not self.pods_as_weights:
            return super().plan(context)
        desired = context.desired_count
        bounds = self.bounds(desired)
        rows = [*self._hooks_at("BeforeInstall"), steps.bound_pods(*bounds)]
        shifts = zip(self.shifts(), self.splits(desired), strict=True)
        for k, ((percent, seconds), split) in enumerate(shifts):
            rows += self._hooks_at("PRE_PRODUCTION_TRAFFIC_SHIFT")
            whole = percent == 100.0
            rows.append(steps.replace_pods(*bounds) if whole else steps.split_pods(*split))
            rows += self._hooks_at("PRODUCTION_TRAFFIC_SHIFT")
            rows += [steps.wait(seconds)] if seconds > 0 else []
            rows += self._judged_after(k)
        return [*rows, *self._hooks_at("AfterAllowTraffic")]

    def _first_share(self) -> float:
        return self.steps[0].percent / 100.0 if self.scale_with_weight else 1.0

    def _scaled_for(self, k: int) -> list[Step]:
        if not self.scale_with_weight or k == 0:
            return []
        share = self.steps[k].percent / 100.0
        return [steps.start_new_tasks(share), steps.await_healthy(INSTALL_TIMEOUT)]

    def _judged_after(self, k: int) -> list[Step]:
        step, before = self.steps[k], self.steps[:k]
        rows = []
        if step.test is not None:
            which = len(self.hooks) + sum(one.test is not None for one in before)
            rows.append(steps.hook(OWN_STEP, which))
        if step.gate is not None:
            gates = sum(one.gate is not None for one in before)
            which = len(self.tests) + (self.approval is not None) + gates
            rows.append(steps.approve(OWN_STEP, which))
        return rows

    def _deadline_faults(self) -> list[InitErrorDetails]:
        faults = [
            *super()._deadline_faults(), *bound_faults(self.max_surge, self.max_unavailable),
        ]  # fmt: skip
        if not self.pods_as_weights:
            return faults
        for key in OF_ROUTER:
            if key in self.model_fields_set:
                allowed = "use a gate at a step" if key == "approval" else ""
                what = "has no effect with pods_as_weights"
                faults.append(fault((key,), what, show=False, allowed=allowed))
        return faults
