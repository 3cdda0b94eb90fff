"""Health checks of an ALB target group: when a target changes its state.

Source: ALB user guide, target group health checks; ECS developer guide, load balancer health
check parameters. Facts: alb-first-check, alb-health-thresholds, alb-initial-failures.
"""

from simdeploy.semantics.faults import combined
from simdeploy.semantics.state import HEALTHY, INITIAL, UNHEALTHY

#: What becomes of a check: failed, passed, or no answer, which is judged at its time-out.
FAILED = 0
PASSED = 1
UNANSWERED = 2


def streak_after(streak: int, passed: bool) -> int:
    """Number of consecutive equal results: positive for passes, negative for failures.

    (alb-health-thresholds)

    >>> streak_after(2, True), streak_after(2, False), streak_after(-1, False)
    (3, -1, -2)
    """
    return max(streak, 0) + 1 if passed else min(streak, 0) - 1


def health_after(
    health: int, streak: int, initial_passes: int, healthy: int, unhealthy: int
) -> int:
    """State of a target after a check, given the streak that includes the check.

    A new target needs ``initial_passes``, 1 in AWS's current pages and the healthy threshold in
    older ones (alb-first-check). A recovering target needs ``healthy`` passes in a row, and either
    becomes unhealthy after ``unhealthy`` failures in a row (alb-health-thresholds; for new targets
    alb-initial-failures).

    >>> health_after(INITIAL, 1, 1, 5, 2) == HEALTHY, health_after(UNHEALTHY, 1, 1, 5, 2) == HEALTHY
    (True, False)
    >>> health_after(HEALTHY, -2, 1, 5, 2) == UNHEALTHY
    True
    """
    if streak <= -unhealthy:
        return UNHEALTHY
    needed = initial_passes if health == INITIAL else healthy
    if health != HEALTHY and streak >= needed:
        return HEALTHY
    return health


def answers(now: float, boot_end: float, crash_at: float, never_listens: bool) -> bool:
    """Whether a target answers: from the end of its boot, inclusive, until it crashes.

    (ecs-task-states: RUNNING does not mean that the application answers)
    """
    return not never_listens and boot_end <= now < crash_at


def check_failure(seen: float, too_slow: float, flaky: float, certain: bool) -> float:
    """Probability that a check of an answering target fails.

    ``seen`` is the error share visible to checks, ``too_slow`` the share of responses slower than
    the time-out, ``flaky`` the share of checks that fail without a cause. ``certain`` is set if a
    deep check needs a dependency that is down, or if a check waits in the queue beyond its
    time-out. Assumption: the three causes are independent.

    >>> check_failure(0.5, 0.5, 0.0, False), check_failure(0.0, 0.0, 0.25, False)
    (0.75, 0.25)
    >>> check_failure(0.0, 0.0, 0.0, True)
    1.0
    """
    if certain:
        return 1.0
    return combined(flaky, combined(seen, too_slow))


def unanswered_share(hung: bool, stalled: bool, refused: bool, too_slow: float) -> float:
    """Probability that a check gets no answer within its time-out; part of `check_failure`.

    A hung target accepts and never answers; at a ``stalled`` one the check waits in the queue
    beyond its time-out. ``too_slow`` is the share of answers that take longer by themselves. An
    error comes at once, also where a dependency is down (``refused``). (alb-check-timeout)

    >>> unanswered_share(True, False, True, 0.0), unanswered_share(False, False, True, 0.5)
    (1.0, 0.0)
    """
    if hung or stalled:
        return 1.0
    return 0.0 if refused else too_slow


def verdict_time(sent: float, timeout: float, result: int) -> float:
    """Time at which the result of a check counts: at once, or at its time-out without an answer.

    (alb-check-timeout)

    >>> verdict_time(17.0, 5.0, UNANSWERED), verdict_time(17.0, 5.0, FAILED)
    (22.0, 17.0)
    """
    return sent + timeout if result == UNANSWERED else sent


def is_sick(health: int, now: float, running_since: float, grace: float) -> bool:
    """Whether ECS replaces a task: unhealthy, and past its grace period since RUNNING.

    (ecs-grace-period, ecs-unhealthy-replacement)
    """
    return health == UNHEALTHY and now >= running_since + grace


def seconds_until_recovered(
    boot: float, interval: float, first_check: float, unhealthy: int, healthy: int
) -> float:
    """Longest time from RUNNING until a target is healthy that was unhealthy before; else 0.

    The checks are at ``first_check`` and every ``interval`` (s) after it. A target whose ``boot``
    (s) ends after ``unhealthy`` of them is unhealthy first, and then needs ``healthy`` passes in a
    row. Facts: alb-boot-cliff, alb-first-check.

    >>> [seconds_until_recovered(boot, 10.0, 3.0, 2, 2) for boot in (8.0, 13.0, 13.5)]
    [0.0, 0.0, 33.5]
    >>> seconds_until_recovered(40.0, 30.0, 3.0, 2, 5)
    190.0
    """
    if boot <= first_check + (unhealthy - 1) * interval:
        return 0.0
    return boot + healthy * interval
