"""Which deployments of the observed ones are held against a scenario, and which cannot be.

What speaks of another service, or of another way of deploying, is refused with both numbers.
"""

from datetime import UTC, datetime

from simdeploy.backtesting.stages import COURSES, Course
from simdeploy.errors import SimdeployError
from simdeploy.observed import records
from simdeploy.observed.chains import SIGTERM, Segment, deployments_of, segments_of
from simdeploy.observed.recorded import CODE_DEPLOY, NATIVE, recorded_deployments
from simdeploy.observed.records import Observed
from simdeploy.observed.times import MINUTE
from simdeploy.scenario import Scenario
from simdeploy.scenario.kubernetes import controller_on
from simdeploy.strategies.base import Strategy

WRONG = "wrong service or scenario?"
MOST_NAMED = 8
ELSEWHERE = "aws ecs list-service-deployments or a rule of EventBridge keep more"
#: Types that AWS carries out by moving traffic.
SHIFTING = frozenset({"blue_green", "canary", "linear"})
#: Where the record of a deployment is kept, by controller, and the commands that print it.
RECORDS = {
    "code_deploy": (
        CODE_DEPLOY,
        "aws deploy get-deployment and aws deploy batch-get-deployment-targets",
    ),
    "ecs": (NATIVE, "aws ecs describe-service-deployments"),
}
CONTROLLERS = {source: controller for controller, (source, _) in RECORDS.items()}
NO_RECORD = {
    "code_deploy": "no deployment of CodeDeploy in it",
    "ecs": "no service deployment in it",
}


def moment(at: float) -> str:
    """Write an instant in UTC.

    >>> moment(1_760_000_000.0)
    '9 Oct 2025 08:53:20'
    """
    when = datetime.fromtimestamp(at, UTC)
    return f"{when.day} {when:%b %Y %H:%M:%S}"


def name_of(part: Segment) -> str:
    """Return the id of a deployment, or when it began where the events do not give one."""
    return part.deployment_id or f"of {moment(part.begin)}"


def usable_deployments(observed: Observed) -> list[Segment]:
    """Return the deployments with both ends, in order of time.

    Raises
    ------
    SimdeployError
        Where there are none, with the reason: no events, nothing but steady states, times to the
        minute only, or lists that begin or end within a deployment.
    """
    if not observed.events:
        raise SimdeployError(f"{_files(observed)}: no service events in it; {_needed()}")
    parts = deployments_of(observed)
    if not parts:
        raise SimdeployError(f"{_files(observed)}: {_no_deployment(observed)}; {ELSEWHERE}")
    whole = [part for part in parts if part.is_complete]
    if not whole:
        ends = {True: "begins before the first event", False: "is not over at the last event"}
        one = parts[-1]
        raise SimdeployError(
            f"{_files(observed)}: no whole deployment in it: {name_of(one)} "
            f"{ends[one.is_cut_left]}; {ELSEWHERE}"
        )
    fine = [part for part in whole if part.resolution_s < MINUTE]
    if not fine:
        raise SimdeployError(
            f"{_files(observed)}: times to the minute are too coarse to compare; "
            "aws ecs describe-services prints them to the millisecond"
        )
    return fine


def deployments_for(observed: Observed, strategy: Strategy) -> list[Segment]:
    """Return the deployments that a strategy can mean, in order of time.

    ECS's rolling deployments are in the events; those that shift traffic need the record that
    CodeDeploy or ECS keeps of them.

    Raises
    ------
    SimdeployError
        Where there are none, with the reason and what to save.
    """
    course = course_of(strategy)
    if course is None:
        return usable_deployments(observed)
    source, save = RECORDS[strategy.controller]
    parts = recorded_deployments(observed, source)
    if not parts:
        raise SimdeployError(
            f"{_files(observed)}: {NO_RECORD[strategy.controller]}, which "
            f"{strategy.type} under controller: {strategy.controller} is held against; save "
            f"{save}, or choose another with --strategy"
        )
    over = [part for part in parts if part.end is not None]
    if not over:
        raise SimdeployError(
            f"{_files(observed)}: {name_of(parts[-1])} has no end in these files; save {save} "
            "after it"
        )
    return over


def course_of(strategy: Strategy) -> Course | None:
    """Return the stages of a strategy that shifts traffic; None for one that replaces tasks."""
    if strategy.type not in SHIFTING:
        return None
    return COURSES.get(strategy.controller)


def recorded_strategy(observed: Observed, scenario: Scenario) -> str | None:
    """Return the first strategy that the latest recorded deployment can mean; None without one."""
    known = [
        item
        for item in observed.deployments
        if item.source == CODE_DEPLOY or (item.source == NATIVE and item.strategy in SHIFTING)
    ]
    if not known:
        return None
    latest = max(known, key=lambda item: item.created or 0.0)
    alike = [
        (name, one.type)
        for name, one in scenario.resolved_strategies.items()
        if one.controller == CONTROLLERS[latest.source] and one.type in SHIFTING
    ]
    same = [name for name, type_ in alike if type_ == latest.strategy]
    return next(iter([*same, *(name for name, _ in alike)]), None)


def chosen(parts: list[Segment], deployment: str | None, *, all_deployments: bool) -> list[Segment]:
    """Return the deployment of an id, all of them, or the latest.

    Raises
    ------
    SimdeployError
        For an id that is not there.
    """
    if deployment is None:
        return parts if all_deployments else parts[-1:]
    wanted = deployment.rpartition("/")[2]
    found = [part for part in parts if wanted and wanted == part.deployment_id]
    if not found:
        names = ", ".join(name_of(part) for part in parts[-MOST_NAMED:])
        raise SimdeployError(
            f'--deployment: no whole deployment "{deployment[:60]}" in these events; there '
            f"{'are' if len(parts) > 1 else 'is'}: {names}"
        )
    return found


def check_fits(part: Segment, scenario: Scenario, strategy: str) -> None:
    """Refuse a deployment that a scenario cannot mean.

    Raises
    ------
    SimdeployError
        Where another number of tasks was started, tasks were taken out for less than the delay, or
        traffic was shifted by task sets in one and not in the other.
    """
    _check_controller(part, scenario, strategy)
    _check_count(part, scenario)
    left = part.of(records.DEREGISTERED)
    # What was given up may never have reached a target group; a record may be all there is.
    is_whole = not part.is_rolled_back and part.record is None
    if bool(left) != scenario.service.load_balancer and (left or is_whole):
        has, has_not = "deregister targets", "deregister no targets"
        raise SimdeployError(
            f"{WRONG} the events of deployment {name_of(part)} {has if left else has_not}, the "
            f"scenario says service.load_balancer: {str(scenario.service.load_balancer).lower()}"
        )
    if left and part.end is not None and not part.is_rolled_back:
        _check_delay(part, scenario)


def _check_controller(part: Segment, scenario: Scenario, strategy: str) -> None:
    by_task_sets = any(event.task_set for event in part.of(records.STARTED))
    resolved = scenario.resolved_strategies[strategy]
    if part.record is not None:
        _check_type(part, part.record.strategy, resolved.type, strategy)
        return
    if by_task_sets:
        raise SimdeployError(
            f"{WRONG} deployment {name_of(part)} started task sets, as CodeDeploy's blue-green "
            f"does; {strategy} is {resolved.type}; choose another with --strategy, and add what "
            "CodeDeploy keeps of it: aws deploy get-deployment and batch-get-deployment-targets"
        )
    by_ecs = controller_on(scenario.platform, resolved) == "ecs"
    if not by_ecs or resolved.type not in ("rolling", "recreate"):
        raise SimdeployError(
            f"{WRONG} deployment {name_of(part)} replaced tasks in place, as ECS's rolling "
            f"deployment does; {strategy} is {resolved.type}; choose another with --strategy"
        )


def _check_type(part: Segment, recorded: str, type_: str, strategy: str) -> None:
    """Refuse a deployment whose record says that it shifted traffic in another way."""
    if recorded and recorded != type_:
        raise SimdeployError(
            f"{WRONG} deployment {name_of(part)} was {recorded}, {strategy} is {type_}; choose "
            "another with --strategy"
        )


def _check_count(part: Segment, scenario: Scenario) -> None:
    counts = [event.count for event in part.of(records.STARTED)]
    started = sum(counts) - sum(event.replaced for event in part.events)
    again = part.of(records.UNHEALTHY, records.START_FAILED, records.STOPPED_PENDING)
    desired = scenario.service.desired_count
    differs = started < desired if again or part.az_moves else started != desired
    if min(counts, default=-1) > 0 and differs and not part.is_rolled_back:
        raise SimdeployError(
            f"{WRONG} deployment {name_of(part)} started {started} "
            f"task{'s' if started != 1 else ''}, the scenario has service.desired_count: {desired}"
        )


def _check_delay(part: Segment, scenario: Scenario) -> None:
    last = max(event.at for event in part.of(records.DEREGISTERED))
    delay = float(scenario.target_group.deregistration_delay)
    took = part.end - last if part.end is not None else delay
    if part.stopped_means == SIGTERM:
        took = max(event.at for event in part.of(records.STOPPED)) - last
    if took < delay - part.resolution_s:
        end = "SIGTERM" if part.stopped_means == SIGTERM else "completed"
        raise SimdeployError(
            f"{WRONG} deregistered → {end} took {took:.0f} s, less than the scenario's "
            f"target_group.deregistration_delay: {delay:.0f}s"
        )


def _files(observed: Observed) -> str:
    more = f" and {len(observed.files) - 1} more" if len(observed.files) > 1 else ""
    return f"{observed.files[0] if observed.files else 'events'}{more}"


def _needed() -> str:
    return "save what aws ecs describe-services prints soon after a deployment"


def _no_deployment(observed: Observed) -> str:
    """Say what the events are instead of a deployment."""
    steady = sum(event.kind == records.STEADY for event in observed.events)
    if steady == len(observed.events):
        return f"{steady} × steady state, no deployment in them"
    kinds = sorted({part.kind for part in segments_of(observed)})
    found = f" ({', '.join(kinds)} only)" if kinds else ""
    return f"{len(observed.events)} events, no deployment in them{found}"
