"""Health checks of an ALB target group: when does a target flip.

Source: ALB user guide, target group health checks; ECS developer guide, load balancer health
check parameters. Facts: alb-first-check, alb-health-thresholds, alb-initial-failures.
"""

from simdeploy.semantics.faults import combined
from simdeploy.semantics.state import HEALTHY, INITIAL, UNHEALTHY


def streak_after(streak: int, passed: bool) -> int:
    """Consecutive results so far: positive counts passes, negative counts failures.

    >>> streak_after(2, True), streak_after(2, False), streak_after(-1, False)
    (3, -1, -2)
    """
    return max(streak, 0) + 1 if passed else min(streak, 0) - 1


def health_after(
    health: int, streak: int, initial_passes: int, healthy: int, unhealthy: int
) -> int:
    """The state of a target after a check, given the streak that includes it.

    A new target needs ``initial_passes`` (1 in AWS's current pages; the older reading is the
    healthy threshold: alb-first-check), a recovering one ``healthy`` passes in a row; either
    becomes unhealthy after ``unhealthy`` failures in a row.

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
    """A target answers from the instant its boot ends, inclusive, until it crashes."""
    return not never_listens and boot_end <= now < crash_at


def check_failure(seen: float, too_slow: float, flaky: float, certain: bool) -> float:
    """Chance that one check of an answering target fails.

    ``seen`` is the share of errors that checks see, ``too_slow`` that of answers slower than the
    time-out, ``flaky`` that of checks that fail for no reason; ``certain`` where a deep check
    meets a dependency that is down, or waits in a queue beyond its time-out.

    >>> check_failure(0.5, 0.5, 0.0, False), check_failure(0.0, 0.0, 0.25, False)
    (0.75, 0.25)
    >>> check_failure(0.0, 0.0, 0.0, True)
    1.0
    """
    if certain:
        return 1.0
    return combined(flaky, combined(seen, too_slow))


def is_sick(health: int, now: float, running_since: float, grace: float) -> bool:
    """ECS replaces an unhealthy task once its grace period, counted from RUNNING, has passed."""
    return health == UNHEALTHY and now >= running_since + grace
