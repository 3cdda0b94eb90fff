"""Base class of the strategies that start a second task set and then move traffic to it.

Two controllers of AWS do so and differ: CodeDeploy keeps the old tasks for a termination wait,
ECS itself for a bake time; each has its own stages for hooks. ``custom`` is any other pipeline.
Facts: codedeploy-events, codedeploy-hook-timeout, ecs-native-stages.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import InitErrorDetails

from simdeploy.distributions import Distribution
from simdeploy.pydantic_base import derived, did_you_mean, fault, refuse
from simdeploy.strategies import steps
from simdeploy.strategies.base import CONTROLLER_DELAY, PlanContext, Step, Strategy
from simdeploy.strategies.parts import (
    ALL_STAGES,
    CONTROLLERS,
    HOOK_TIMEOUT,
    NO_PAUSE,
    STAGES,
    Approval,
    BakeTime,
    Flag,
    Hook,
)
from simdeploy.units import Seconds

NO_BREAKER = "is not for this strategy: the circuit breaker watches ECS's rolling deployments only"
#: Install fails after an hour (codedeploy-install-timeout), a stage of ECS after a day, s.
INSTALL_TIMEOUT, STAGE_TIMEOUT = 3600.0, 86400.0
USE_STEPS = "use type: traffic_steps (controller: custom)"


def _old_kept(above: Mapping[str, Any]) -> float:
    return 0.0 if above.get("controller") == "ecs" else 3600.0


def _red_alarm(above: Mapping[str, Any]) -> str:
    return "stop" if above.get("controller") == "code_deploy" else "ignore"


def _watched(above: Mapping[str, Any]) -> float | str:
    return "auto" if above.get("controller") == "ecs" else 0.0


class Shifting(Strategy):
    """Starts the new tasks beside the old ones, then moves traffic."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {"circuit_breaker": NO_BREAKER}
    #: Keys that not every controller has.
    ONLY: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "ready_wait": ("code_deploy", "custom"),
        "termination_wait": ("code_deploy", "custom"),
        "bake_time": ("ecs", "custom"),
        "codedeploy_red_alarm": ("code_deploy",),
        "first_deployment": ("code_deploy",),
        "config": ("code_deploy",),
        "linear_first_step_at_zero": ("code_deploy", "custom"),
    }

    controller: Literal["code_deploy", "ecs", "custom"] = Field(
        "code_deploy", description="Who carries the deployment out."
    )
    hooks: tuple[Hook, ...] = Field((), description="Tests at stages of the deployment.")
    approval: Approval | None = Field(None, description="A person who is asked.")
    test_listener: Flag = Field(True, description="Whether there is a test listener.")
    first_deployment: Flag = Field(
        False,
        description="Whether it is the service's first under CodeDeploy, so that without a test "
        "listener no listener rule has the new target group before traffic moves.",
    )
    ready_wait: Seconds = Field(0.0, description="Wait before traffic moves (CodeDeploy).")
    termination_wait: Seconds = derived(
        _old_kept, 3600.0, "How long the old tasks stay after all traffic has moved (CodeDeploy)."
    )
    bake_time: BakeTime = derived(
        _watched, 0.0, "How long both revisions stay after all traffic has moved; auto under ecs."
    )
    controller_delay: Distribution = Field(
        CONTROLLER_DELAY, description="From an order to the change of weights."
    )
    codedeploy_red_alarm: Literal["stop", "ignore"] = derived(
        _red_alarm, "stop", "What CodeDeploy does about an alarm that is red at the start."
    )

    @model_validator(mode="after")
    def _within_controller(self) -> Self:
        refuse([*self._foreign_keys(), *self._hook_faults(), *self._approval_faults()])
        return self

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages at which this controller runs hooks."""
        return STAGES[self.controller]

    def takes(self, key: str) -> bool:
        """Return whether the controller has that key; a custom controller has no ``bake_time``."""
        if self.controller == "custom" and key == "bake_time":
            return False
        return super().takes(key) and self.controller in self.ONLY.get(key, (self.controller,))

    def combined(self, key: str, value: Any) -> Any:
        """Return a default; of hooks, those whose stage the controller has."""
        if key == "hooks":
            return tuple(hook for hook in value if hook.stage in self._usable_stages())
        return super().combined(key, value)

    def resolved(self, bake_time: float) -> Self:
        """Replace ``auto`` by seconds, and put in the controller's own limits and stages."""
        hooks = tuple(h.model_copy(update={"timeout": self._limit(h)}) for h in self.hooks)
        update = {"hooks": hooks, "approval": self._placed_approval()}
        return super().resolved(bake_time).model_copy(update=update)

    def _limit(self, hook: Hook) -> float:
        own = None if self.controller == "code_deploy" else hook.timeout
        return own or HOOK_TIMEOUT[self.controller]

    def _placed_approval(self) -> Approval | None:
        if self.approval is None or self.approval.stage is not None:
            return self.approval
        stage = "PRE_PRODUCTION_TRAFFIC_SHIFT" if self.controller == "ecs" else "BeforeAllowTraffic"
        return self.approval.model_copy(update={"stage": stage})

    def _usable_stages(self) -> list[str]:
        blind = () if self.test_listener else ("AfterAllowTestTraffic",)
        return [stage for stage in self.stages if stage not in blind]

    def _foreign_keys(self) -> list[InitErrorDetails]:
        return [
            fault((key,), f"is no key under controller: {self.controller}", got=self.controller,
                  show=False, allowed=f"it belongs to {', '.join(only)}")
            for key, only in self.ONLY.items()
            if key in self.model_fields_set and self.controller not in only
        ]  # fmt: skip

    def _hook_faults(self) -> list[InitErrorDetails]:
        faults = [
            self._stage_fault(("hooks", i, "stage"), hook.stage)
            for i, hook in enumerate(self.hooks)
            if hook.stage not in self._usable_stages()
        ]
        if self.controller == "code_deploy":
            faults += [
                fault(("hooks", i, "timeout"), "CodeDeploy waits 1 h for a hook, fixed",
                      got=hook.timeout, allowed="a timeout is for controller: ecs and custom")
                for i, hook in enumerate(self.hooks)
                if hook.timeout is not None
            ]  # fmt: skip
        return faults

    def _approval_faults(self) -> list[InitErrorDetails]:
        stage = self.approval.stage if self.approval else None
        if self.approval and self.approval.timeout is None and self.controller != "custom":
            return [fault(("approval", "timeout"), "is a time under this controller", show=False,
                          allowed="null is for controller: custom")]  # fmt: skip
        if stage is None:
            return []
        if self.controller == "ecs" and stage in NO_PAUSE:
            what = "ECS cannot pause here, because the stage also runs while rolling back"
            return [fault(("approval", "stage"), what, got=stage)]
        if stage not in self.stages:
            return [self._stage_fault(("approval", "stage"), stage)]
        return []

    def _stage_fault(self, path: tuple[str | int, ...], stage: str) -> InitErrorDetails:
        if stage in self.stages:
            return fault(path, "needs a test listener", got=stage)
        what = f"is no stage of {CONTROLLERS[self.controller]}"
        return fault(path, what, got=stage, allowed=did_you_mean(stage, self.stages))

    def shifts(self) -> list[tuple[float, float]]:
        """Return (percent, seconds to wait after it) of each traffic shift, in order."""
        raise NotImplementedError

    def plan(self, context: PlanContext) -> list[Step]:
        """Start beside, test, shift, wait, stop the old tasks: the controller's own events."""
        del context
        return self._ecs_plan() if self.controller == "ecs" else self._code_deploy_plan()

    def _code_deploy_plan(self) -> list[Step]:
        """CodeDeploy's lifecycle events (codedeploy-events)."""
        ready = [steps.wait(self.ready_wait)] if self.ready_wait else []
        return [
            *self._hooks_at("BeforeInstall"),
            steps.start_new_tasks(self._first_share()),
            steps.await_healthy(INSTALL_TIMEOUT),
            *self._hooks_at("AfterInstall"),
            *([steps.test_traffic()] if self.test_listener else []),
            *self._hooks_at("AfterAllowTestTraffic"),
            *self._hooks_at("BeforeAllowTraffic"),
            *ready,
            *self._traffic(),
            *self._hooks_at("AfterAllowTraffic"),
            steps.bake(self.termination_wait),
            steps.stop_old_tasks(),
        ]

    def _ecs_plan(self) -> list[Step]:
        """The stages of ECS's own deployments (ecs-native-stages)."""
        return [
            *self._hooks_at("RECONCILE_SERVICE"),
            *self._hooks_at("PRE_SCALE_UP"),
            steps.start_new_tasks(),
            steps.await_healthy(STAGE_TIMEOUT),
            *self._hooks_at("POST_SCALE_UP"),
            steps.test_traffic(),
            *self._hooks_at("TEST_TRAFFIC_SHIFT"),
            *self._hooks_at("POST_TEST_TRAFFIC_SHIFT"),
            *self._traffic(),
            *self._hooks_at("POST_PRODUCTION_TRAFFIC_SHIFT"),
            steps.bake(float(self.bake_time)),
            steps.stop_old_tasks(),
        ]

    def _traffic(self) -> list[Step]:
        """The shifts; ECS runs two of its stages at each of them."""
        shifts: list[Step] = []
        for k, (percent, seconds) in enumerate(self.shifts()):
            shifts += self._scaled_for(k)
            shifts += self._hooks_at("PRE_PRODUCTION_TRAFFIC_SHIFT")
            shifts += [steps.shift_traffic(percent)] if percent > 0 else []
            shifts += self._hooks_at("PRODUCTION_TRAFFIC_SHIFT")
            shifts += [steps.wait(seconds)] if seconds > 0 else []
            shifts += self._judged_after(k)
        return shifts

    def _first_share(self) -> float:
        """Return the share of the desired count that starts before any traffic moves."""
        return 1.0

    def _scaled_for(self, k: int) -> list[Step]:
        """Return the steps that start what the shift number ``k`` needs beyond that."""
        del k
        return []

    def _judged_after(self, k: int) -> list[Step]:
        """Return the steps that the shift number ``k`` has for itself after its wait."""
        del k
        return []

    def _hooks_at(self, stage: str) -> list[Step]:
        number = ALL_STAGES.index(stage)
        tests = [steps.hook(number, k) for k, hook in enumerate(self.hooks) if hook.stage == stage]
        if self.approval is not None and self.approval.stage == stage:
            tests.append(steps.approve(number, len(self.tests)))
        return tests
