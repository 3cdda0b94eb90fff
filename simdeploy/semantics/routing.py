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


def overload_rate(
    targets: int,
    offered: float,
    capacity: float,
    backlog: float,
    full: float,
    late_share: float,
    cancels: bool,
) -> float:
    """Requests per second of a cohort whose clients leave before they are answered.

    ``late_share`` of those leave that arrive behind less than ``full``, the backlog of the clients'
    patience. Behind it all leave; if the server ``cancels`` what it cannot answer in time, only
    what exceeds its capacity is lost. Arithmetic.

    >>> overload_rate(2, 70.0, 60.0, 0.0, 600.0, 0.25, False)
    35.0
    >>> [overload_rate(2, 70.0, 60.0, 600.0, 600.0, 0.0, cancels) for cancels in (False, True)]
    [140.0, 20.0]
    """
    if not is_waiting_longer(backlog, offered, capacity, full):
        return targets * offered * late_share
    return targets * max(0.0, offered - capacity) if cancels else targets * offered


def cohort_share(
    arriving: float,
    overload: float,
    error_share: float,
    schema_share: float,
    slow_share: float,
) -> Share:
    """Requests per second of a cohort of identical answering targets, by outcome.

    Definition: shares apply in sequence, so that each request has one outcome. A request whose
    client leaves (``overload``) meets no error of the application, and a request with an error
    meets no bad database row. ``slow_share`` is that of the requests answered in time.

    >>> cohort_share(100.0, 20.0, 0.1, 0.5, 0.25)
    Share(served=100.0, overload=20.0, app=8.0, schema=36.0, slow=9.0)
    """
    answered = arriving - overload
    app = answered * error_share
    schema = (answered - app) * schema_share
    return Share(arriving, overload, app, schema, (answered - app - schema) * slow_share)


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
