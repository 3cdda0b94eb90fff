"""Health of a task by itself: its container check, or how long it has run; and how ECS sees it.

Source: ECS API, ``HealthCheck`` and ``DeploymentConfiguration``; Docker's reference. Facts:
ecs-container-check-clock, ecs-container-check-start-period, ecs-counted-healthy.
"""

from simdeploy.semantics.state import HEALTHY, INITIAL, UNHEALTHY

#: Seconds of RUNNING after which a task without any check counts as healthy.
PROVEN_AFTER = 40.0


def task_health(target: int, own: int, has_target: bool, has_own: bool) -> int:
    """Health of a task as ECS sees it: UNHEALTHY if any of its checks is, HEALTHY if all are.

    ``target`` is the load balancer's view, ``own`` that of the container check.
    (ecs-counted-healthy)

    >>> task_health(HEALTHY, INITIAL, True, False), task_health(HEALTHY, INITIAL, True, True)
    (1, 0)
    >>> task_health(INITIAL, UNHEALTHY, True, True), task_health(INITIAL, HEALTHY, False, True)
    (2, 1)
    """
    if not has_own:
        return target
    if not has_target:
        return own
    if target == UNHEALTHY or own == UNHEALTHY:
        return UNHEALTHY
    return HEALTHY if target == HEALTHY and own == HEALTHY else INITIAL


def next_container_check(
    ended: float,
    running: float,
    status: int,
    interval: float,
    start_period: float,
    start_interval: float,
) -> float:
    """Time of the check after the one that ended at ``ended``; the first counts from RUNNING.

    The next check begins an interval after the last one ended (ecs-container-check-clock). While
    the start period runs and none has passed, the start interval holds
    (ecs-container-check-start-period).

    >>> next_container_check(100.0, 100.0, INITIAL, 30.0, 0.0, 5.0)
    130.0
    >>> next_container_check(155.0, 100.0, INITIAL, 10.0, 60.0, 5.0)
    160.0
    >>> next_container_check(160.0, 100.0, INITIAL, 10.0, 60.0, 5.0)
    170.0
    """
    starting = status == INITIAL and ended < running + start_period
    return ended + (start_interval if starting else interval)


def failure_counts(begun: float, running: float, start_period: float, status: int) -> bool:
    """Whether a failure of a container check counts: begun after the start period, or after a pass.

    (ecs-container-check-start-period)

    >>> failure_counts(160.0, 100.0, 60.0, INITIAL), failure_counts(170.0, 100.0, 60.0, INITIAL)
    (False, True)
    """
    return status != INITIAL or begun > running + start_period


def status_after(status: int, failures: int, passed: bool, retries: int) -> int:
    """Status of a container after a check, given the failures in a row that count.

    (ecs-container-check-clock)

    >>> status_after(INITIAL, 0, True, 3), status_after(HEALTHY, 2, False, 3)
    (1, 1)
    >>> status_after(INITIAL, 3, False, 3)
    2
    """
    if passed:
        return HEALTHY
    return UNHEALTHY if failures >= retries else status
