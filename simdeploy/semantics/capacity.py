"""How many tasks the ECS scheduler may stop and start in one look.

Source: the API page of ``DeploymentConfiguration`` and the developer guide on service options.
Facts: ecs-capacity-rounding, ecs-stop-before-start, ecs-draining-not-counted,
ecs-draining-holds-slots, ecs-unhealthy-replacement, ecs-same-revision-replacement,
ecs-stuck-deployment, ecs-launch-rate, ecs-health-signal-missing.
"""

from simdeploy.semantics.state import NEVER, Fleet, Orders


def thousandths(percent: float) -> int:
    """A percentage as a whole number of thousandths of a percent, so that bounds are exact.

    >>> thousandths(12.5)
    12500
    """
    return int(percent * 1000.0 + 0.5)


def capacity_floor(desired: int, minimum_healthy_percent: float) -> int:
    """Tasks that must stay running and healthy, rounded up (ecs-capacity-rounding).

    >>> capacity_floor(2, 75), capacity_floor(4, 50), capacity_floor(1, 50)
    (2, 2, 1)
    """
    return -((-desired * thousandths(minimum_healthy_percent)) // 100000)


def capacity_cap(desired: int, maximum_percent: float) -> int:
    """Tasks that may be running or pending, rounded down (ecs-capacity-rounding).

    >>> capacity_cap(4, 200), capacity_cap(3, 125), capacity_cap(6, 110)
    (8, 3, 6)
    """
    return desired * thousandths(maximum_percent) // 100000


def is_stuck(desired: int, floor: int, cap: int) -> bool:
    """Nothing may stop and nothing may start (ecs-stuck-deployment).

    >>> is_stuck(6, 6, 6), is_stuck(6, 6, 12), is_stuck(6, 3, 6)
    (True, False, False)
    """
    return desired > 0 and floor >= desired and cap <= desired


def active(fleet: Fleet) -> int:
    """Tasks of either revision that were not told to stop."""
    other = fleet.other_starting + fleet.other_healthy + fleet.other_sick
    return fleet.starting + fleet.healthy + fleet.sick + other


def releasable(fleet: Fleet, floor: int) -> int:
    """Healthy tasks of the other revision that may stop without going below the floor.

    >>> releasable(Fleet(0, 0, 0, 0, 6, 0, 0), 3), releasable(Fleet(0, 2, 0, 0, 6, 0, 0), 6)
    (3, 2)
    """
    return min(fleet.other_healthy, max(0, fleet.healthy + fleet.other_healthy - floor))


def effective_floor(floor: int, desired: int, cap: int, stop_before_start: bool) -> int:
    """Without ``stop_before_start``, room to start first means that nothing stops early.

    >>> effective_floor(3, 6, 12, True), effective_floor(3, 6, 12, False)
    (3, 6)
    """
    return floor if stop_before_start or cap <= desired else desired


def kept(fleet: Fleet, keep: int, want: int, floor: int, abandon: bool, same_revision: bool) -> int:
    """How many tasks of the other revision a rolling deployment still keeps after this look.

    ``keep`` is the number kept so far. Tasks that die on the way are replaced by their own
    revision (ecs-same-revision-replacement) up to this number; a revision that is rolled back is
    abandoned: only its healthy tasks are worth keeping until the floor lets them go. Before
    November 2025 the new revision replaced them (``same_revision`` false): nothing of the other
    one ever comes back. A sick task that recovers beside its replacement makes one more than were
    kept; both count, so that the floor holds.

    >>> kept(Fleet(6, 0, 0, 0, 6, 0, 0), 6, 6, 3, False, True)
    3
    >>> kept(Fleet(0, 6, 0, 0, 6, 0, 0), 6, 6, 6, False, True)
    0
    >>> kept(Fleet(6, 0, 0, 0, 5, 1, 0), 6, 6, 6, False, False)
    5
    >>> kept(Fleet(6, 0, 0, 0, 2, 0, 0), 1, 6, 1, False, True)
    1
    """
    gone = releasable(fleet, floor)
    if fleet.healthy >= want:
        return 0
    if abandon:
        return fleet.other_healthy - gone
    if not same_revision:
        keep = min(keep, fleet.other_starting + fleet.other_healthy)
    return max(keep, fleet.other_healthy) - gone


def sick_to_stop(starting: int, healthy: int, sick: int, want: int, room: int) -> int:
    """Unhealthy tasks of one revision to stop now (ecs-unhealthy-replacement).

    A replacement is started first and awaited; only where the cap leaves no room is a sick task
    stopped before, one at a time.

    >>> sick_to_stop(0, 6, 2, 6, 4)
    2
    >>> sick_to_stop(0, 0, 6, 6, 0)
    1
    """
    surplus = healthy + sick - want
    if surplus > 0:
        return min(sick, surplus)
    blocked = sick > 0 and room <= 0 and starting == 0
    return 1 if blocked else 0


def orders(
    fleet: Fleet, want: int, keep: int, cap: int, count_draining: bool, free_slots: int
) -> Orders:
    """What to stop and start in this look, given how many of each revision are wanted.

    The reconcile loop: stops come first and make room for starts; draining tasks do not count
    against the cap unless ``count_draining`` (ecs-draining-not-counted), but hold their slots
    until they are gone (ecs-draining-holds-slots).

    >>> orders(Fleet(0, 0, 0, 0, 6, 0, 0), 6, 6, 12, False, 99).start
    6
    >>> orders(Fleet(0, 0, 0, 0, 6, 0, 0), 6, 3, 6, False, 99)[4:6]
    (3, 3)
    >>> orders(Fleet(0, 0, 0, 0, 6, 0, 0), 6, 6, 12, False, 2).start
    2

    Sick tasks of the other revision that are kept are replaced like one's own:

    >>> told = orders(Fleet(0, 0, 0, 0, 4, 2, 0), 0, 6, 12, False, 99)
    >>> told.stop_other_sick, told.start_other
    (0, 2)
    """
    room = cap - active(fleet) - (fleet.draining if count_draining else 0)
    other_sick = sick_to_stop(
        fleet.starting + fleet.other_starting,
        fleet.other_healthy,
        fleet.other_sick,
        keep,
        min(room, free_slots),
    )
    beyond = max(0, fleet.other_starting + fleet.other_healthy - keep)
    other_starting = min(fleet.other_starting, beyond)
    other_healthy = min(fleet.other_healthy, beyond - other_starting)
    stopped = other_sick + other_starting + other_healthy
    used = active(fleet) - stopped + ((fleet.draining + stopped) if count_draining else 0)
    room = cap - used
    sick = sick_to_stop(fleet.starting, fleet.healthy, fleet.sick, want, min(room, free_slots))
    surplus = max(0, fleet.healthy - want) if fleet.starting == 0 and fleet.sick == 0 else 0
    if not count_draining:
        room += sick + surplus
    room = min(room, free_slots)
    left = fleet.starting + fleet.healthy + fleet.sick - sick - surplus
    start = max(0, min(want + (fleet.sick - sick) - left, room))
    other_left = fleet.other_starting + fleet.other_healthy - other_starting - other_healthy
    start_other = max(0, min(keep - other_left, room - start))
    return Orders(sick, surplus, other_sick, other_starting, other_healthy, start, start_other)


def acts(order: Orders) -> bool:
    """Whether a look changes anything."""
    stops = order.stop_sick + order.stop_surplus + order.stop_other_sick
    stops += order.stop_other_starting + order.stop_other_healthy
    return stops + order.start + order.start_other > 0


def is_replaced(fleet: Fleet, want: int, alive_other: int) -> bool:
    """A rolling deployment has nothing left to replace: all wanted tasks healthy, others gone."""
    settled = fleet.healthy == want and fleet.starting == 0 and fleet.sick == 0
    return settled and alive_other == 0


def is_steady(fleet: Fleet, want: int) -> bool:
    """A task set is steady: as many tasks as wanted, every one healthy."""
    return fleet.healthy == want and fleet.starting == 0 and fleet.sick == 0


def backoff(failures_in_a_row: int, first: float, cap: float) -> float:
    """Seconds without a launch after a task that never reached RUNNING (ecs-start-backoff).

    The curve is unpublished; only its ceiling of 27 minutes is documented.

    >>> backoff(1, 10.0, 1620.0), backoff(3, 10.0, 1620.0), backoff(30, 10.0, 1620.0)
    (20.0, 80.0, 1620.0)
    """
    delay = first
    for _ in range(min(max(failures_in_a_row, 0), 64)):
        delay = delay * 2.0
        if delay >= cap:
            return cap
    return min(delay, cap)


def next_tick(tick: float, interval: float, now: float) -> float:
    """The first tick at or after ``now``; ticks are added, never multiplied.

    >>> next_tick(0.0, 5.0, 12.0), next_tick(15.0, 5.0, 15.0), next_tick(0.0, 0.0, 7.0)
    (15.0, 15.0, 7.0)
    """
    if interval <= 0.0:
        return now
    while tick < now:
        tick = tick + interval
    return tick


def limited(order: Orders, launches: int) -> Orders:
    """A look in which only so many tasks may be launched (ecs-start-backoff, ecs-launch-rate).

    >>> limited(Orders(1, 0, 0, 0, 0, 5, 3), 6)[5:]
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
    """Launch tokens after some time: refilled at a rate, at most a burst (ecs-launch-rate).

    >>> tokens_after(0.0, 20.0, 100, 3.0), tokens_after(90.0, 20.0, 100, 3.0)
    (60.0, 100.0)
    """
    return min(float(burst), tokens + rate * seconds)


def token_wait(tokens: float, rate: float) -> float:
    """Seconds until the next whole token, and a nanosecond, so that rounding never falls short.

    >>> round(token_wait(0.5, 20.0), 6), round(token_wait(3.0, 20.0), 6)
    (0.025, 0.0)
    """
    if rate <= 0.0:
        return NEVER
    return max(0.0, (1.0 - tokens) / rate) + 1e-9


def seen_healthy(healthy: int, unproven: int, blind: bool) -> int:
    """Tasks that count as healthy: where the health signal is missing, all that run.

    (ecs-health-signal-missing)
    """
    return healthy + unproven if blind else healthy
