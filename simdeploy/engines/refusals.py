"""What the format knows and no engine plays yet: refused by name, never ignored."""

from collections.abc import Iterator
from typing import Any

from simdeploy.errors import NotSimulatedError
from simdeploy.semantics.plan import APPROVE, REPLACE_TASKS, SET_FLAG, STOP_NEW_TASKS
from simdeploy.strategies import Step, Strategy

FAULTS = frozenset({"boot_crash", "never_listens", "errors", "schema", "slow"})
#: Datapoints that an alarm remembers, as the bits of one number.
MOST_DATAPOINTS = 60
EVENTS = frozenset({"slow_registry", "registry_down", "task_crash", "traffic_spike"})


def check(scenario: Any, name: str, strategy: Strategy, plan: list[Step]) -> None:
    """Refuse what would otherwise be ignored.

    Raises
    ------
    NotSimulatedError
        Names every such feature.
    """
    found = [*of_scenario(scenario), *of_strategy(name, strategy), *of_plan(name, plan)]
    if found:
        raise NotSimulatedError(", ".join(found))


def of_scenario(scenario: Any) -> Iterator[str]:
    """Features of service, target group, traffic, release, environment, alarms and operator."""
    yield from of_service(scenario)
    yield from of_traffic(scenario)
    yield from of_release(scenario)
    yield from of_endless(scenario)
    for event in scenario.environment.events:
        if event.kind not in EVENTS:
            yield f"environment.events: {event.kind}"
    for alarm in scenario.alarms:
        if alarm.metric != "any_5xx_rate":
            yield f"alarms: metric: {alarm.metric}"
        if alarm.of > MOST_DATAPOINTS:
            yield f"alarms: of: more than {MOST_DATAPOINTS} periods"
        if alarm.scope != "service":
            yield f"alarms: scope: {alarm.scope}"
    operator = scenario.operator
    if operator is not None and operator.first_command != "works":
        yield f"operator.first_command: {operator.first_command}"


def of_service(scenario: Any) -> Iterator[str]:
    """Features of the service and its target group."""
    service, group = scenario.service, scenario.target_group
    told = {
        "service.desired_count: 0": service.desired_count == 0,
        "service.slots": service.slots is not None,
        "service.ignores_sigterm": service.ignores_sigterm,
        "service.max_connections": service.max_connections is not None,
        "service.replace_with_same_revision: false": not service.replace_with_same_revision,
        "service.startup.cpu_boost": service.startup.cpu_boost.percent > 0,
        "service.launch_burst below what may start at once": (
            service.launch_burst < 2 * service.desired_count
        ),
        "target_group.slow_start": group.slow_start > 0,
        "target_group.health_check.queued": group.health_check.queued,
    }
    yield from (name for name, is_there in told.items() if is_there)


def of_endless(scenario: Any) -> Iterator[str]:
    """Launches that fail in no time and follow one another without a pause, for ever."""
    startup = scenario.service.startup
    if startup.provisioning.mean() > 0.0:
        return
    if startup.pull_time.mean() + startup.container_start.mean() == 0.0:
        yield "service.startup: provisioning, pull and container_start that take no time"
    backoff = scenario.service.start_backoff
    for event in scenario.environment.events:
        if event.kind == "registry_down" and event.fails_after + backoff.first == 0.0:
            yield "environment.events: registry_down: fails_after: 0 s without a start_backoff"


def of_traffic(scenario: Any) -> Iterator[str]:
    """Features of the traffic."""
    traffic = scenario.traffic
    if traffic.long_requests.share > 0:
        yield "traffic.long_requests"
    if traffic.websockets.open > 0:
        yield "traffic.websockets"


def of_release(scenario: Any) -> Iterator[str]:
    """Features of the release, or of a chain of releases."""
    if scenario.releases is not None and len(scenario.releases) > 1:
        yield "releases: a chain"
    faults = scenario.chain[0].faults
    for fault in faults:
        if fault.kind not in FAULTS:
            yield f"release.faults: {fault.kind}"
    errors = {(f.from_, f.ramp, f.since) for f in faults if f.kind == "errors"}
    if len(errors) > 1:
        yield "release.faults: errors that begin at different times"
    if len({str(f.after) for f in faults if f.kind == "boot_crash"}) > 1:
        yield "release.faults: boot_crash after different times"


def of_strategy(name: str, strategy: Any) -> Iterator[str]:
    """Features of one strategy."""
    where = f"strategies.{name}"
    if type(strategy).type == "feature_flag":
        yield f"{where}: feature_flag"
    if getattr(strategy, "approval", None) is not None:
        yield f"{where}.approval"
    if getattr(strategy, "test_listener", True) is False:
        yield f"{where}.test_listener: false"
    if getattr(strategy, "codedeploy_red_alarm", "ignore") != "ignore":
        yield f"{where}.codedeploy_red_alarm: stop"
    for hook in getattr(strategy, "hooks", ()):
        if hook.sees:
            yield f"{where}.hooks: sees"
        if hook.never_answers:
            yield f"{where}.hooks: never_answers"


def of_plan(name: str, plan: list[Step]) -> Iterator[str]:
    """Steps that no engine carries out."""
    words = {APPROVE: "approve", SET_FLAG: "set_flag", STOP_NEW_TASKS: "stop_new_tasks"}
    for step in plan:
        if step.op in words:
            yield f"strategies.{name}: step {words[step.op]}"
        if step.op == REPLACE_TASKS and (step.a % 1.0 or step.b % 1.0):
            yield f"strategies.{name}: fractions of a percent, {step.a:g} and {step.b:g}"
