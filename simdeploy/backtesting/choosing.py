"""Which deployments of the observed ones are held against a scenario, and which cannot be.

What speaks of another service, or of another way of deploying, is refused with both numbers.
"""

from datetime import UTC, datetime

from simdeploy.errors import SimdeployError
from simdeploy.observed import records
from simdeploy.observed.chains import SIGTERM, Segment, deployments_of, segments_of
from simdeploy.observed.records import Observed
from simdeploy.observed.times import MINUTE
from simdeploy.scenario import Scenario
from simdeploy.scenario.kubernetes import controller_on

WRONG = "wrong service or scenario?"
MOST_NAMED = 8
ELSEWHERE = "aws ecs list-service-deployments or a rule of EventBridge keep more"


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
    # What was given up may never have reached a target group.
    if bool(left) != scenario.service.load_balancer and (left or not part.is_rolled_back):
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
    if by_task_sets:
        raise SimdeployError(
            f"{WRONG} deployment {name_of(part)} started task sets, as CodeDeploy's blue-green "
            f"does; {strategy} is {resolved.type}, and only ECS's rolling deployments can be held "
            "against their events"
        )
    by_ecs = controller_on(scenario.platform, resolved) == "ecs"
    if not by_ecs or resolved.type not in ("rolling", "recreate"):
        raise SimdeployError(
            f"{WRONG} deployment {name_of(part)} replaced tasks in place, as ECS's rolling "
            f"deployment does; {strategy} is {resolved.type}; choose another with --strategy"
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
