"""Data of timeline events: the fact behind an event, and names for the engines' numbers."""

from dataclasses import replace

from simdeploy.encode.detection import watched
from simdeploy.model.registry import ENVIRONMENT_EVENTS
from simdeploy.results.timeline import Event
from simdeploy.scenario import Scenario
from simdeploy.scenario.events import AlarmAlreadyRed, Window
from simdeploy.scenario.kubernetes import KUBERNETES, controller_on
from simdeploy.semantics import operator, plan
from simdeploy.semantics.alarms import CODE_DEPLOY, ECS_NATIVE
from simdeploy.strategies.parts import ALL_STAGES, OWN_STEP

#: Fact behind each kind of event (docs/aws-behavior.md).
RULES = {
    "task_running": "ecs-task-states",
    "task_registered": "ecs-task-states",
    "task_hung": "alb-hung-target",
    "container_healthy": "ecs-container-check-clock",
    "container_unhealthy": "ecs-container-check-clock",
    "target_healthy": "alb-first-check",
    "target_unhealthy": "alb-health-thresholds",
    "target_draining": "alb-deregistration-delay",
    "task_stopping": "ecs-stop-sequence",
    "task_stopped": "ecs-stop-sequence",
    "hook_started": "codedeploy-events",
    "hook_finished": "codedeploy-events",
    "approval_asked": "ecs-native-pause-hook",
    "approval_answered": "ecs-native-pause-hook",
    "test_traffic_shifted": "codedeploy-test-listener",
    "alarm_raised": "cloudwatch-alarm-latency",
    "alarm_cleared": "cloudwatch-m-of-n",
    "bake_started": "ecs-bake",
    "termination_started": "codedeploy-termination-wait",
    "placement_failed": "ecs-placement-rounds",
    "breaker_tripped": "ecs-breaker-threshold",
    "deployment_stuck": "ecs-stuck-deployment",
}
FAILURE_RULES = {
    "boot_crash": "ecs-breaker-exits",
    "crash": "ecs-breaker-exits",
    "killed": "ecs-breaker-exits",
    "startup_probe": "",
    "start_failed": "ecs-breaker-stages",
    "unhealthy": "ecs-unhealthy-replacement",
}
REASONS = {
    plan.BY_BREAKER: "breaker",
    plan.BY_ALARM: "alarm",
    plan.BY_TIMEOUT: "install_timeout",
    plan.BY_OPERATOR: "operator",
    plan.BY_HOOK: "hook",
    plan.BY_APPROVAL: "approval",
    plan.BY_DEADLINE: "progress_deadline",
}
#: What became of a first command that rolls nothing back.
FAILED_COMMANDS = {operator.REFUSED: "refused", operator.SAME_IMAGE: "same_image"}
#: Events of the environment with a begin and an end; a spike shows in the traffic itself.
WINDOWS = frozenset(event.name for event in ENVIRONMENT_EVENTS.values() if event.window)


def stage_name(number: float) -> str:
    """The lifecycle event or stage that a plan calls by number; empty for a step of its own."""
    return "" if number == OWN_STEP else ALL_STAGES[int(number)]


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
    if phase == plan.UNFLAGGING:
        return ""
    if controller == CODE_DEPLOY:
        return "codedeploy-rollback-flip"
    if controller == ECS_NATIVE:
        return "ecs-native-rollback-flip"
    return "ecs-breaker-rollback-target" if reason == plan.BY_BREAKER else "ecs-alarm-window"


def named(event: Event, scenario: Scenario, strategy: str) -> Event:
    """Return an event with the scenario's names in place of numbers."""
    if event.kind == "deployment_started":
        resolved = scenario.resolved_strategies[strategy]
        by = controller_on(scenario.platform, resolved)
        event.data.update(strategy=resolved.type, controller=by)
    if "alarm" in event.data:
        alarm = watched(scenario, scenario.resolved_strategies[strategy])[event.data["alarm"]]
        if alarm.metric == "burn_rate":
            for key in ("value", "threshold"):
                event.data[key] = event.data[key] / (1.0 - alarm.slo)
        event.data["alarm"] = alarm.name
    # Facts are of AWS.
    return replace(event, rule="") if scenario.platform == KUBERNETES else event


def weather(scenario: Scenario) -> list[Event]:
    """Return the begin and end of each window of the environment, up to the horizon."""
    changes = []
    for event in scenario.environment.events:
        if event.tag() not in WINDOWS or not isinstance(event, Window | AlarmAlreadyRed):
            continue
        optional = {name: getattr(event, name, None) for name in ("factor", "alarm")}
        data = {"event": event.tag(), "until": event.until}
        data.update({name: value for name, value in optional.items() if value is not None})
        start = event.from_ if isinstance(event, Window) else 0.0
        changes.append(Event(start, "environment_changed", data={**data, "phase": "begin"}))
        if event.until is not None:
            end = Event(event.until, "environment_changed", data={**data, "phase": "end"})
            changes.append(end)
    return [change for change in changes if change.t <= scenario.horizon]
