"""Routing of requests: weights, eligible targets, fail-open, and the outcome at a target.

Source: ALB user guide. Facts: alb-fail-open, alb-forward-weights, alb-503-no-target.
"""

from simdeploy.semantics.overload import is_waiting_longer
from simdeploy.semantics.state import Share


def fails_open(healthy: int, minimum: int, enabled: bool) -> bool:
    """Whether requests go to unhealthy targets too, as too few are healthy (alb-fail-open).

    >>> fails_open(0, 1, True), fails_open(1, 1, True), fails_open(0, 1, False)
    (True, False, False)
    """
    return enabled and healthy < minimum


def is_eligible(health: int, open_: bool, includes_initial: bool) -> bool:
    """Whether a registered target that is not draining receives requests.

    ``open_`` is the fail-open state (alb-fail-open); unpublished: whether it includes targets that
    were never checked (alb-fail-open-initial).
    """
    if health == 1:
        return True
    return open_ and (health == 2 or includes_initial)


def group_share(new_weight: float, group: int, groups: int) -> float:
    """Share of the traffic that a target group receives (alb-forward-weights).

    ``new_weight``, 0 to 100, is that of the new revision's group, number 1.
    """
    if groups == 1:
        return 1.0
    return new_weight / 100.0 if group == 1 else (100.0 - new_weight) / 100.0


def per_target(offered: float, share: float, eligible: int) -> float:
    """Requests per second for each unit of eligible targets; 0 without any.

    Arithmetic: a target is one unit, or some tenths of it in slow start (alb-slow-start).
    """
    return offered * share / eligible if eligible > 0 else 0.0


def cohort_share(
    targets: int,
    offered: float,
    capacity: float,
    backlog: float,
    client_timeout: float,
    slo: float,
    error_share: float,
    schema_share: float,
    slow_share: float,
) -> Share:
    """Requests per second of a cohort of identical answering targets, by outcome.

    ``offered`` and ``capacity`` are per target; ``backlog`` is the number of requests queued at
    each. Definition: shares apply in sequence, so that each request has one outcome. A request that
    times out in the queue meets no error of the application, and a request with an error meets no
    bad database row.
    """
    arriving = targets * offered
    if is_waiting_longer(backlog, offered, capacity, capacity * client_timeout):
        return Share(arriving, arriving, 0.0, 0.0, 0.0)
    app = arriving * error_share
    schema = (arriving - app) * schema_share
    fine = arriving - app - schema
    waits = is_waiting_longer(backlog, offered, capacity, capacity * slo)
    return Share(arriving, 0.0, app, schema, fine if waits else fine * slow_share)


def utilization(offered: float, capacity: float) -> float:
    """Ratio of offered rate to capacity of one target, at most 1. Arithmetic.

    >>> utilization(30.0, 60.0), utilization(90.0, 60.0), utilization(1.0, 0.0)
    (0.5, 1.0, 1.0)
    """
    return min(1.0, offered / capacity) if capacity > 0.0 else 1.0


def starts_slowly(healthy: int, ramping: int) -> bool:
    """Whether a target that becomes healthy enters slow start (alb-slow-start).

    The first targets of a group do not: at least one other target must be past its slow start.

    >>> starts_slowly(0, 0), starts_slowly(3, 3), starts_slowly(3, 2)
    (False, False, True)
    """
    return healthy - ramping > 0


def ramp_time(start: float, duration: float) -> float:
    """Time of the next of the ten steps of a slow start (alb-slow-start).

    Assumption: the linear ramp is a staircase of ten steps.
    """
    return start + duration / 10.0
