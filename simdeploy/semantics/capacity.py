"""How many tasks the ECS scheduler stops and starts in one reconciliation.

Source: the API page of ``DeploymentConfiguration`` and the developer guide on service options.
Facts: ecs-capacity-rounding, ecs-stop-before-start, ecs-draining-counted,
ecs-draining-holds-slots, ecs-unhealthy-replacement, ecs-same-revision-replacement,
ecs-stuck-deployment, ecs-launch-rate, ecs-health-signal-missing.
"""

from simdeploy.semantics.state import NEVER, Fleet, Orders, Pending


def thousandths(percent: float) -> int:
    """Convert a percentage to thousandths of a percent, so that bounds are exact.

    Arithmetic: integers do not round.

    >>> thousandths(12.5)
    12500
    """
    return int(percent * 1000.0 + 0.5)


def capacity_floor(desired: int, minimum_healthy_percent: float) -> int:
    """Number of tasks that must stay running and healthy, rounded up (ecs-capacity-rounding).

    >>> capacity_floor(2, 75), capacity_floor(4, 50), capacity_floor(1, 50)
    (2, 2, 1)
    """
    return -((-desired * thousandths(minimum_healthy_percent)) // 100000)


def capacity_cap(desired: int, maximum_percent: float) -> int:
    """Number of tasks that may be running or pending, rounded down (ecs-capacity-rounding).

    >>> capacity_cap(4, 200), capacity_cap(3, 125), capacity_cap(6, 110)
    (8, 3, 6)
    """
    return desired * thousandths(maximum_percent) // 100000


def is_stuck(desired: int, floor: int, cap: int) -> bool:
    """Whether no task may stop and none may start (ecs-stuck-deployment).

    >>> is_stuck(6, 6, 6), is_stuck(6, 6, 12), is_stuck(6, 3, 6)
    (True, False, False)
    """
    return desired > 0 and floor >= desired and cap <= desired


def active(fleet: Fleet) -> int:
    """Number of tasks of both revisions that are not draining (ecs-draining-counted)."""
    other = fleet.other_starting + fleet.other_healthy + fleet.other_sick
    return fleet.starting + fleet.healthy + fleet.sick + other


def releasable(fleet: Fleet, floor: int) -> int:
    """Number of healthy tasks of the other revision that the floor allows to stop.

    (ecs-capacity-rounding)

    >>> releasable(Fleet(0, 0, 0, 0, 6, 0, 0), 3), releasable(Fleet(0, 2, 0, 0, 6, 0, 0), 6)
    (3, 2)
    """
    return min(fleet.other_healthy, max(0, fleet.healthy + fleet.other_healthy - floor))


def effective_floor(floor: int, desired: int, cap: int, stop_before_start: bool) -> int:
    """Floor in effect: without ``stop_before_start``, none stops if there is room to start first.

    (ecs-stop-before-start)

    >>> effective_floor(3, 6, 12, True), effective_floor(3, 6, 12, False)
    (3, 6)
    """
    return floor if stop_before_start or cap <= desired else desired


def other_target(
    fleet: Fleet, keep: int, want: int, floor: int, abandon: bool, same_revision: bool
) -> int:
    """Target number of tasks of the other revision after this reconciliation.

    ``keep`` is the target so far. Tasks that fail meanwhile are replaced by their own revision up
    to this number (ecs-same-revision-replacement); with ``same_revision`` false, as before November
    2025, the new revision replaces them. While the floor allows healthy ones to stop, none of those
    that are missing is needed. With ``abandon``, for a revision that is rolled back, only healthy
    tasks remain, until the floor releases them. If an unhealthy task recovers beside its
    replacement, both count, so that the floor holds. The target of the target is itself: how often
    the scheduler looks at the same fleet does not matter.

    >>> other_target(Fleet(6, 0, 0, 0, 6, 0, 0), 6, 6, 3, False, True)
    3
    >>> other_target(Fleet(0, 6, 0, 0, 6, 0, 0), 6, 6, 6, False, True)
    0
    >>> other_target(Fleet(6, 0, 0, 0, 5, 1, 0), 6, 6, 6, False, False)
    5
    >>> other_target(Fleet(6, 0, 0, 0, 2, 0, 0), 1, 6, 1, False, True)
    1
    >>> other_target(Fleet(3, 3, 0, 0, 3, 0, 0), 6, 6, 5, False, True)
    2
    """
    released = releasable(fleet, floor)
    if fleet.healthy >= want:
        return 0
    if abandon or released > 0:
        return fleet.other_healthy - released
    if not same_revision:
        keep = min(keep, fleet.other_starting + fleet.other_healthy)
    return max(keep, fleet.other_healthy)


def starts_wanted(starting: int, healthy: int, want: int, pending: int) -> int:
    """Number of tasks of one revision that ECS wants to start, room aside.

    Of those that failed, ``pending`` ones are not to be replaced yet (ecs-replacement-time).

    >>> starts_wanted(1, 3, 6, 0), starts_wanted(1, 3, 6, 2), starts_wanted(2, 6, 6, 0)
    (2, 0, 0)
    """
    return max(0, want - starting - healthy - pending)


def unhealthy_to_stop(healthy: int, sick: int, want: int, starts: int, room: int) -> int:
    """Number of unhealthy tasks of one revision to stop now (ecs-unhealthy-replacement).

    Replacements become healthy first. Only if the cap leaves no ``room`` for one of the ``starts``
    that are wanted, an unhealthy task is stopped before, one a look. Observed (n = 9): with room,
    the unhealthy task is stopped 6.4 to 16 s after its successor is healthy, never before.

    >>> unhealthy_to_stop(6, 2, 6, 0, 4), unhealthy_to_stop(5, 1, 6, 0, 4)
    (2, 0)
    >>> unhealthy_to_stop(0, 6, 6, 6, 0), unhealthy_to_stop(0, 6, 6, 0, 0)
    (1, 0)
    """
    surplus = healthy + sick - want
    if surplus > 0:
        return min(sick, surplus)
    return 1 if sick > 0 and starts > 0 and room <= 0 else 0


def reconcile(
    fleet: Fleet,
    want: int,
    keep: int,
    cap: int,
    count_draining: bool,
    free_slots: int,
    pending: Pending,
) -> Orders:
    """Tasks to stop and start in one reconciliation, given the target number of each revision.

    Stops come first and make room for starts. Draining tasks count against the cap if
    ``count_draining`` (ecs-draining-counted), and occupy their slots until they have stopped
    (ecs-draining-holds-slots). ``pending`` counts failed tasks that are not to be replaced yet; if
    its ``may_force`` is false, no sick task is stopped before its successor. Tasks of the target
    revision that start are successors of the other one's sick tasks.

    >>> none = Pending(0, 0, True)
    >>> reconcile(Fleet(0, 0, 0, 0, 6, 0, 0), 6, 6, 12, False, 99, none).start
    6
    >>> reconcile(Fleet(0, 0, 0, 0, 6, 0, 0), 6, 3, 6, False, 99, none)[4:6]
    (3, 3)
    >>> reconcile(Fleet(0, 0, 0, 0, 6, 0, 0), 6, 6, 12, False, 2, none).start
    2

    Unhealthy tasks of the other revision are replaced in the same way:

    >>> result = reconcile(Fleet(0, 0, 0, 0, 4, 2, 0), 0, 6, 12, False, 99, none)
    >>> result.stop_other_sick, result.start_other
    (0, 2)
    """
    room = cap - active(fleet) - (fleet.draining if count_draining else 0)
    starts = starts_wanted(fleet.starting, fleet.healthy, want, pending.target)
    other_starts = starts_wanted(fleet.other_starting, fleet.other_healthy, keep, pending.other)
    other_sick = unhealthy_to_stop(
        fleet.other_healthy,
        fleet.other_sick,
        keep,
        other_starts if pending.may_force and fleet.starting == 0 else 0,
        min(room, free_slots),
    )
    beyond = max(0, fleet.other_starting + fleet.other_healthy - keep)
    other_starting = min(fleet.other_starting, beyond)
    other_healthy = min(fleet.other_healthy, beyond - other_starting)
    stopped = other_sick + other_starting + other_healthy
    used = active(fleet) - stopped + ((fleet.draining + stopped) if count_draining else 0)
    room = cap - used
    sick = unhealthy_to_stop(
        fleet.healthy,
        fleet.sick,
        want,
        starts if pending.may_force else 0,
        min(room, free_slots),
    )
    surplus = max(0, fleet.healthy - want) if fleet.starting == 0 and fleet.sick == 0 else 0
    if not count_draining:
        room += sick + surplus
    room = min(room, free_slots)
    start = max(0, min(starts, room))
    start_other = max(0, min(other_starts, room - start))
    return Orders(sick, surplus, other_sick, other_starting, other_healthy, start, start_other)


def is_forced(fleet: Fleet, want: int, keep: int, order: Orders) -> bool:
    """Whether orders stop a sick task that no healthy one has succeeded yet.

    (ecs-unhealthy-replacement)
    """
    stops = order.stop_sick > 0 and fleet.healthy + fleet.sick <= want
    other_stops = order.stop_other_sick > 0 and fleet.other_healthy + fleet.other_sick <= keep
    return stops or other_stops


def changes_anything(order: Orders) -> bool:
    """Whether orders stop or start any task. Definition."""
    stops = order.stop_sick + order.stop_surplus + order.stop_other_sick
    stops += order.stop_other_starting + order.stop_other_healthy
    return stops + order.start + order.start_other > 0


def is_replaced(fleet: Fleet, want: int, alive_other: int) -> bool:
    """Whether a rolling deployment has replaced everything: steady, and no other task is alive.

    (ecs-bake: this is when the bake time begins)
    """
    return is_steady(fleet, want) and alive_other == 0


def is_steady(fleet: Fleet, want: int) -> bool:
    """Whether a task set is steady: as many tasks as wanted, all of them healthy.

    (codedeploy-install-timeout)
    """
    return fleet.healthy == want and fleet.starting == 0 and fleet.sick == 0


def backoff(failures_in_a_row: int, first: float, cap: float) -> float:
    """Seconds without a launch after a task that never reached RUNNING (ecs-start-backoff).

    ``first`` is the last pause that is listed, and the count begins with it; the pause doubles
    with each failure beyond. Only the ceiling of 27 minutes is documented; the curve was observed
    (ecs-start-backoff-curve).

    >>> backoff(0, 297.0, 1620.0), backoff(2, 297.0, 1620.0), backoff(3, 297.0, 1620.0)
    (297.0, 1188.0, 1620.0)
    """
    delay = first
    for _ in range(min(max(failures_in_a_row, 0), 64)):
        delay = delay * 2.0
        if delay >= cap:
            return cap
    return min(delay, cap)


def limit_starts(order: Orders, launches: int) -> Orders:
    """Orders with at most ``launches`` starts (ecs-start-backoff, ecs-launch-rate).

    >>> limit_starts(Orders(1, 0, 0, 0, 0, 5, 3), 6)[5:]
    (5, 1)
    """
    start = min(order.start, launches)
    return Orders(
        order.stop_sick,
        order.stop_surplus,
        order.stop_other_sick,
        order.stop_other_starting,
        order.stop_other_healthy,
        start,
        min(order.start_other, launches - start),
    )


def tokens_after(tokens: float, rate: float, burst: int, seconds: float) -> float:
    """Level of the launch token bucket after some seconds (ecs-launch-rate).

    >>> tokens_after(0.0, 20.0, 100, 3.0), tokens_after(90.0, 20.0, 100, 3.0)
    (60.0, 100.0)
    """
    return min(float(burst), tokens + rate * seconds)


def token_wait(tokens: float, rate: float) -> float:
    """Seconds until the next whole token, plus 1 ns, so that rounding never falls short of it.

    (ecs-launch-rate)

    >>> round(token_wait(0.5, 20.0), 6), round(token_wait(3.0, 20.0), 6)
    (0.025, 0.0)
    """
    if rate <= 0.0:
        return NEVER
    return max(0.0, (1.0 - tokens) / rate) + 1e-9


def seen_healthy(healthy: int, unchecked: int, signal_missing: bool) -> int:
    """Number of tasks that count as healthy; without a health signal, every running task does.

    (ecs-health-signal-missing)
    """
    return healthy + unchecked if signal_missing else healthy
