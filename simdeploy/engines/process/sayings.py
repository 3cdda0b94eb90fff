"""Words for a timeline: which fact is behind an event, and names for the engines' numbers."""

from typing import Any

from simdeploy.results.timeline import Event
from simdeploy.semantics import plan
from simdeploy.semantics.alarms import CODE_DEPLOY, ECS_NATIVE
from simdeploy.strategies.parts import ALL_STAGES

#: Fact behind each kind of event (docs/aws-behavior.md).
RULES = {
    "task_running": "ecs-task-states",
    "task_registered": "ecs-task-states",
    "target_healthy": "alb-first-check",
    "target_unhealthy": "alb-health-thresholds",
    "target_draining": "alb-deregistration-delay",
    "task_stopping": "ecs-stop-sequence",
    "task_stopped": "ecs-stop-sequence",
    "hook_started": "codedeploy-events",
    "hook_finished": "codedeploy-events",
    "test_traffic_shifted": "codedeploy-test-listener",
    "alarm_raised": "cloudwatch-alarm-latency",
    "alarm_cleared": "cloudwatch-m-of-n",
    "bake_started": "ecs-bake",
    "termination_started": "codedeploy-termination-wait",
    "breaker_tripped": "ecs-breaker-threshold",
    "deployment_stuck": "ecs-stuck-deployment",
}
FAILURE_RULES = {
    "boot_crash": "ecs-breaker-exits",
    "killed": "ecs-breaker-exits",
    "start_failed": "ecs-breaker-stages",
    "unhealthy": "ecs-unhealthy-replacement",
}
REASONS = {
    plan.BY_BREAKER: "breaker",
    plan.BY_ALARM: "alarm",
    plan.BY_TIMEOUT: "install_timeout",
    plan.BY_OPERATOR: "operator",
}


def stage_name(number: float) -> str:
    """The lifecycle event or stage that a plan calls by number."""
    return ALL_STAGES[int(number)]


def shift_rule(controller: int) -> str:
    """Fact behind a shift of traffic."""
    return "codedeploy-shift-configurations" if controller == CODE_DEPLOY else "ecs-native-stages"


def rollback_rule(controller: int, reason: int, phase: int) -> str:
    """Fact behind a rollback: what it costs from here."""
    if phase == plan.REDEPLOYING and controller in (CODE_DEPLOY, ECS_NATIVE):
        return (
            "codedeploy-rollback-after-success"
            if controller == CODE_DEPLOY
            else "ecs-native-stages"
        )
    if controller == CODE_DEPLOY:
        return "codedeploy-rollback-flip"
    if controller == ECS_NATIVE:
        return "ecs-native-rollback-flip"
    return "ecs-breaker-rollback-target" if reason == plan.BY_BREAKER else "ecs-alarm-window"


def named(event: Event, scenario: Any, strategy: str) -> Event:
    """An event with the names that only the scenario knows."""
    if event.kind == "deployment_started":
        told = scenario.resolved_strategies[strategy]
        kind, controller = type(told).type, getattr(told, "controller", "ecs")
        event.data.update(strategy=kind, controller=controller)
    if "alarm" in event.data:
        name = scenario.resolved_strategies[strategy].alarms[event.data["alarm"]]
        event.data["alarm"] = name
    return event


def weather(scenario: Any) -> list[Event]:
    """Registry windows as they begin and end; other events of the environment tell themselves."""
    found = []
    for event in scenario.environment.events:
        if event.kind in ("slow_registry", "registry_down"):
            data = {"event": event.kind, "until": event.until}
            if event.kind == "slow_registry":
                data["factor"] = event.factor
            found.append(Event(event.from_, "environment_changed", data={**data, "phase": "begin"}))
            if event.until is not None and event.until <= scenario.horizon:
                end = Event(event.until, "environment_changed", data={**data, "phase": "end"})
                found.append(end)
    return [event for event in found if event.t <= scenario.horizon]
