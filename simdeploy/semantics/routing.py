"""Where a request goes: weights, eligible targets, fail-open, and what becomes of it there.

Source: ALB user guide. Facts: alb-fail-open, alb-forward-weights, alb-503-no-target.
"""

from simdeploy.semantics.overload import is_losing, is_waiting_longer
from simdeploy.semantics.state import Share


def fails_open(healthy: int, minimum: int, enabled: bool) -> bool:
    """Too few healthy targets: requests go to unhealthy ones as well (alb-fail-open).

    >>> fails_open(0, 1, True), fails_open(1, 1, True), fails_open(0, 1, False)
    (True, False, False)
    """
    return enabled and healthy < minimum


def is_eligible(health: int, open_: bool, includes_initial: bool) -> bool:
    """Whether a registered target that is not draining receives requests."""
    if health == 1:
        return True
    return open_ and (health == 2 or includes_initial)


def group_share(new_weight: float, group: int, groups: int) -> float:
    """Share of the offered traffic that a target group receives; weight 0-100 of the new one."""
    if groups == 1:
        return 1.0
    return new_weight / 100.0 if group == 1 else (100.0 - new_weight) / 100.0


def per_target(offered: float, share: float, eligible: int) -> float:
    """Requests per second for each unit of eligible targets: one each, or tenths in slow start."""
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
    """Requests per second of a cohort of alike answering targets, by what becomes of them.

    ``offered`` and ``capacity`` are per target; ``backlog`` is the work waiting at each. Shares
    apply one after the other: who waited in vain meets no error, who met an error no bad row.
    """
    arriving = targets * offered
    if is_losing(backlog, offered, capacity, capacity * client_timeout):
        return Share(arriving, arriving, 0.0, 0.0, 0.0)
    app = arriving * error_share
    schema = (arriving - app) * schema_share
    fine = arriving - app - schema
    waits = is_waiting_longer(backlog, offered, capacity, capacity * slo)
    return Share(arriving, 0.0, app, schema, fine if waits else fine * slow_share)


def utilization(offered: float, capacity: float) -> float:
    """Offered over capacity of one target, at most 1.

    >>> utilization(30.0, 60.0), utilization(90.0, 60.0), utilization(1.0, 0.0)
    (0.5, 1.0, 1.0)
    """
    return min(1.0, offered / capacity) if capacity > 0.0 else 1.0


def starts_slowly(healthy: int, ramping: int) -> bool:
    """Whether a target that becomes healthy starts slowly (alb-slow-start).

    Not so the first ones of a group: there must be one that has already warmed up.

    >>> starts_slowly(0, 0), starts_slowly(3, 3), starts_slowly(3, 2)
    (False, False, True)
    """
    return healthy - ramping > 0


def ramp_time(start: float, duration: float) -> float:
    """When a target climbs to the next of the ten stairs of its slow start."""
    return start + duration / 10.0
