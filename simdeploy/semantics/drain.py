"""Stopping a task: late requests, deregistration delay, SIGTERM to SIGKILL.

Source: ALB user guide, deregistration delay; ECS task life cycle. Facts:
alb-deregistration-delay, alb-late-requests, alb-502-drain-end, ecs-stop-sequence.
"""

#: When a task receives SIGTERM: after the drain, with the order, or with it and never deregistered.
AFTER_DRAIN = 0
AT_ORDER = 1
WITHOUT_DEREGISTRATION = 2
#: Of pods: after the preStop hook, while the pod leaves the endpoints.
AFTER_PRE_STOP = 3
#: Requests that a task cuts, in the mean, from which they are some.
FEWEST = 1e-6


def late_until(now: float, propagation: float, delay: float) -> float:
    """Time until which a deregistered target receives new requests (alb-late-requests)."""
    return now + min(propagation, delay)


def drain_end(now: float, delay: float) -> float:
    """End of a drain: after the whole delay, busy or idle (ecs-full-deregistration-wait)."""
    return now + delay


def some_requests(requests: float) -> float:
    """Return how many requests a task cuts in the mean, or 0 if hardly any. Definition.

    Of a million tasks with so few, one cuts a request; the tail of a request time has no end.

    >>> some_requests(2e-6), some_requests(1e-6)
    (2e-06, 0.0)
    """
    return requests if requests > FEWEST else 0.0


def stop_seconds(shutdown: float, stop_timeout: float) -> float:
    """Seconds from SIGTERM to exit; SIGKILL ends it at ``stop_timeout`` (ecs-stop-timeout).

    >>> stop_seconds(2.0, 30.0), stop_seconds(45.0, 30.0)
    (2.0, 30.0)
    """
    return min(shutdown, stop_timeout)
