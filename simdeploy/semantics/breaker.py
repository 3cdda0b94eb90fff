"""The deployment circuit breaker of ECS: which failures count, and when it trips.

Source: developer guide, deployment circuit breaker. Facts: ecs-breaker-threshold,
ecs-breaker-stages, ecs-breaker-exits, ecs-breaker-reset.
"""

from simdeploy.semantics.state import Breaker

BOUNDED_PERCENT = 0
UNBOUNDED_PERCENT = 1
COUNT = 2


def breaker_threshold(kind: int, value: int, desired: int) -> int:
    """Number of failures that trips the breaker (ecs-breaker-threshold).

    >>> [breaker_threshold(BOUNDED_PERCENT, 50, d) for d in (1, 6, 7, 25, 400, 800)]
    [3, 3, 4, 13, 200, 200]
    >>> breaker_threshold(UNBOUNDED_PERCENT, 50, 800), breaker_threshold(COUNT, 7, 800)
    (400, 7)
    """
    if kind == COUNT:
        return value
    share = -((-desired * value) // 100)
    if kind == UNBOUNDED_PERCENT:
        return share
    return max(3, min(200, share))


def new_breaker(enabled: bool, threshold: int) -> Breaker:
    """Breaker at the start of a deployment: stage 1, no failures (ecs-breaker-stages)."""
    return Breaker(enabled, 1, 0, threshold, False)


def after_running(breaker: Breaker) -> Breaker:
    """Breaker after a task reached RUNNING: stage 2 (ecs-breaker-stages)."""
    return Breaker(breaker.enabled, 2, breaker.failures, breaker.threshold, breaker.tripped)


def after_failure(breaker: Breaker, at_once: bool) -> Breaker:
    """Breaker after one more failure (ecs-breaker-threshold).

    It trips at the threshold: ``at_once``, or when it next looks (`after_look`).
    """
    failures = breaker.failures + 1
    counted = Breaker(breaker.enabled, breaker.stage, failures, breaker.threshold, breaker.tripped)
    return after_look(counted) if at_once else counted


def is_due(breaker: Breaker) -> bool:
    """Whether the breaker trips when it next looks (ecs-breaker-looks)."""
    return breaker.enabled and not breaker.tripped and breaker.failures >= breaker.threshold


def after_look(breaker: Breaker) -> Breaker:
    """Breaker after it has looked; it does so where a replacement is due (ecs-breaker-looks)."""
    tripped = breaker.tripped or is_due(breaker)
    return Breaker(breaker.enabled, breaker.stage, breaker.failures, breaker.threshold, tripped)


def after_healthy(breaker: Breaker, reset_on_healthy: bool) -> Breaker:
    """Breaker after a task became healthy: resets the count if so set (ecs-breaker-reset)."""
    failures = 0 if reset_on_healthy else breaker.failures
    return Breaker(breaker.enabled, breaker.stage, failures, breaker.threshold, breaker.tripped)
