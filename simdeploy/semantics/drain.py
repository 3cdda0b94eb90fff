"""What stopping a task costs its users and takes in time.

Source: ALB user guide, deregistration delay; ECS task life cycle. Facts:
alb-deregistration-delay, alb-late-requests, alb-502-drain-end, ecs-stop-sequence.
"""


def late_until(now: float, propagation: float, delay: float) -> float:
    """Until when a deregistered target still receives new requests (alb-late-requests)."""
    return now + min(propagation, delay)


def drain_end(now: float, delay: float) -> float:
    """ECS waits for the whole deregistration delay, busy or idle (ecs-stop-sequence)."""
    return now + delay


def stop_seconds(shutdown: float, stop_timeout: float) -> float:
    """SIGTERM to exit, SIGKILL at ``stop_timeout``.

    >>> stop_seconds(2.0, 30.0), stop_seconds(45.0, 30.0)
    (2.0, 30.0)
    """
    return min(shutdown, stop_timeout)
