"""How many tasks may stop and start: AWS's own tables, both sides of every bound, invariants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.capacity import (
    active,
    capacity_cap,
    capacity_floor,
    changes_anything,
    effective_floor,
    is_replaced,
    is_steady,
    is_stuck,
    other_target,
    reconcile,
    releasable,
    seen_healthy,
    starts_wanted,
    thousandths,
    unhealthy_to_stop,
)
from simdeploy.semantics.state import Fleet, Orders, Pending

DESIRED = st.integers(0, 400)
PERCENT = st.integers(0, 100)
MAXIMUM = st.integers(100, 400)
FEW = st.integers(0, 12)
FLEETS = st.builds(Fleet, FEW, FEW, FEW, FEW, FEW, FEW, FEW)

#: desired, minimum, maximum, floor, cap, what can never move.
BOUNDS = [
    (6, 100, 200, 6, 12, False),
    (6, 50, 100, 3, 6, False),
    (6, 100, 150, 6, 9, False),
    (6, 50, 200, 3, 12, False),
    (6, 0, 100, 0, 6, False),
    (6, 100, 100, 6, 6, True),
    (6, 100, 110, 6, 6, True),
    (1, 50, 100, 1, 1, True),
    (10, 90, 110, 9, 11, False),
    (60, 100, 110, 60, 66, False),
    (4, 50, 100, 2, 4, False),
    (2, 75, 100, 2, 2, True),
    (4, 100, 200, 4, 8, False),
    (3, 100, 125, 3, 3, True),
]

#: desired, minimum, cap, and every look of a rolling deployment as (old stopped, new started).
WAVES = [
    pytest.param(6, 100, 12, [(0, 6), (6, 0)], id="ecs-overlapping-waits-6-100-200"),
    pytest.param(6, 50, 6, [(3, 3), (3, 3)], id="ecs-capacity-rounding-6-50-100"),
    pytest.param(6, 100, 9, [(0, 3), (3, 3), (3, 0)], id="ecs-overlapping-waits-6-100-150"),
    pytest.param(6, 50, 12, [(3, 6), (3, 0)], id="ecs-stop-before-start-6-50-200"),
    pytest.param(6, 0, 6, [(6, 6)], id="ecs-capacity-rounding-6-0-100"),
    pytest.param(6, 100, 6, [], id="ecs-stuck-deployment-6-100-100"),
    pytest.param(60, 100, 66, [(0, 6), *[(6, 6)] * 9, (6, 0)], id="ecs-overlapping-waits-60"),
    pytest.param(6, 50, 8, [(3, 5), (3, 1)], id="ecs-stop-before-start-room-for-8"),
    pytest.param(6, 100, 8, [(0, 2), (2, 2), (2, 2), (2, 0)], id="ecs-stop-order-room-for-8"),
    pytest.param(6, 50, 10, [(3, 6), (3, 0)], id="ecs-stop-before-start-room-for-10"),
    pytest.param(10, 90, 11, [(1, 2), (2, 2), (2, 2), (2, 2), (2, 2), (1, 0)], id="10-90-110"),
]


#: Every failed task may be replaced now.
NOT_PENDING = Pending(0, 0, True)


def fleet(starting=0, healthy=0, sick=0, **others):
    """Return a fleet; what is not named is not there."""
    empty = Fleet(0, 0, 0, 0, 0, 0, 0)
    return empty._replace(starting=starting, healthy=healthy, sick=sick, **others)


def look(fleet, want=6, keep=6, cap=12, *, count_draining=False, free=99, pending=NOT_PENDING):
    """Return the orders of one reconciliation."""
    return reconcile(fleet, want, keep, cap, count_draining, free, pending)


def rolled(desired, minimum, cap):
    """Roll a fleet whose new tasks are healthy by the next look; (stopped, started) of each."""
    floor = capacity_floor(desired, minimum)
    now, keep, looks = fleet(other_healthy=desired), desired, []
    while True:
        keep = other_target(now, keep, desired, floor, False, True)
        todo = look(now, desired, keep, cap)
        if not changes_anything(todo):
            return looks
        looks.append((todo.stop_other_healthy, todo.start))
        now = now._replace(
            healthy=now.healthy + todo.start,
            other_healthy=now.other_healthy - todo.stop_other_healthy,
        )


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "floor", "cap", "stuck"),
    [pytest.param(*row, id=f"ecs-capacity-rounding-{row[0]}-{row[1]}-{row[2]}") for row in BOUNDS],
)
def test_floor_and_cap(desired, minimum, maximum, floor, cap, stuck):
    """The floor is rounded up, the cap down, and both at the desired count leave no move."""
    assert capacity_floor(desired, minimum) == floor
    assert capacity_cap(desired, maximum) == cap
    assert is_stuck(desired, floor, cap) is stuck


@pytest.mark.parametrize(
    ("desired", "floor", "cap", "stuck"),
    [(6, 6, 6, True), (6, 5, 6, False), (6, 6, 7, False), (6, 7, 5, True), (0, 0, 0, False)],
    ids=["both", "may-stop", "may-start", "beyond", "nothing-to-do"],
)
def test_stuck_is_the_very_edge(desired, floor, cap, stuck):
    """One task less to keep, or one more allowed, and the deployment moves."""
    assert is_stuck(desired, floor, cap) is stuck


@given(DESIRED, PERCENT, MAXIMUM)
def test_bounds_hold_the_desired_count(desired, minimum, maximum):
    """Floor ≤ desired ≤ cap, each within a task of its share."""
    floor, cap = capacity_floor(desired, minimum), capacity_cap(desired, maximum)
    assert 0 <= floor <= desired <= cap
    assert 0 <= 100 * floor - desired * minimum < 100
    assert 0 <= desired * maximum - 100 * cap < 100


@given(DESIRED, PERCENT, PERCENT)
def test_bounds_rise_with_their_percent(desired, first, second):
    """More percent never means fewer tasks."""
    low, high = sorted([first, second])
    assert capacity_floor(desired, low) <= capacity_floor(desired, high)
    assert capacity_cap(desired, 100 + low) <= capacity_cap(desired, 100 + high)


@pytest.mark.parametrize(("desired", "minimum", "cap", "looks"), WAVES)
def test_waves(desired, minimum, cap, looks):
    """A rolling deployment takes the looks of AWS's worked examples, tasks in step."""
    assert rolled(desired, minimum, cap) == looks


@given(st.integers(1, 40), PERCENT, MAXIMUM)
def test_every_deployment_ends_unless_stuck(desired, minimum, maximum):
    """All old tasks are replaced in at most as many reconciliations as there are tasks."""
    floor, cap = capacity_floor(desired, minimum), capacity_cap(desired, maximum)
    looks = rolled(desired, minimum, cap)
    expected = 0 if is_stuck(desired, floor, cap) else desired
    assert sum(stopped for stopped, _ in looks) == expected
    assert sum(started for _, started in looks) == expected
    assert len(looks) <= desired + 1


def test_active_counts_both_revisions_but_no_draining_task():
    """A task that is being stopped is not active (ecs-draining-counted)."""
    assert active(Fleet(1, 2, 3, 10, 20, 30, 400)) == 66


@pytest.mark.parametrize(
    ("healthy", "other_healthy", "floor", "free"),
    [(0, 6, 6, 0), (1, 6, 6, 1), (0, 6, 5, 1), (6, 6, 6, 6), (6, 2, 6, 2), (0, 3, 6, 0)],
    ids=["at-floor", "one-above", "floor-below", "all", "what-there-is", "below-floor"],
)
def test_releasable(healthy, other_healthy, floor, free):
    """Healthy old tasks go down to the floor, counting the healthy ones of both revisions."""
    assert releasable(fleet(healthy=healthy, other_healthy=other_healthy), floor) == free


@given(FLEETS, FEW)
def test_the_floor_is_kept(now, floor):
    """Stopping what is releasable never takes a fleet below its floor."""
    left = now.healthy + now.other_healthy - releasable(now, floor)
    assert left >= min(floor, now.healthy + now.other_healthy)


@pytest.mark.parametrize(
    ("floor", "cap", "stop_first", "used"),
    [(3, 12, True, 3), (3, 12, False, 6), (3, 6, False, 3), (3, 7, False, 6)],
    ids=["ecs-stop-before-start", "start-first", "no-room", "one-room"],
)
def test_effective_floor(floor, cap, stop_first, used):
    """Where starting first is asked for and possible, nothing may stop early."""
    assert effective_floor(floor, 6, cap, stop_first) == used


@pytest.mark.parametrize(
    ("now", "keep", "left"),
    [
        (fleet(other_healthy=6), 6, 6),
        (fleet(healthy=1, other_healthy=6), 6, 5),
        (fleet(healthy=5, other_healthy=2), 2, 1),
        (fleet(healthy=5, other_starting=2, other_healthy=3), 6, 1),
        (fleet(healthy=6, other_healthy=6), 6, 0),
        (fleet(healthy=6, other_starting=6), 6, 0),
    ],
    ids=["none-ready", "ecs-continuous-replacement", "more", "refilled", "ready", "not-needed"],
)
def test_kept(now, keep, left):
    """Each healthy new task lets one old task go; replacements of old ones are kept as well."""
    assert other_target(now, keep, 6, 6, False, True) == left


@pytest.mark.parametrize(
    ("now", "floor", "left"),
    [
        (fleet(other_healthy=6), 6, 6),
        (fleet(other_starting=6), 6, 0),
        (fleet(healthy=4, other_healthy=2, other_starting=4), 6, 2),
        (fleet(healthy=5, other_healthy=2), 6, 1),
        (fleet(healthy=6, other_healthy=6), 6, 0),
    ],
    ids=["floor", "ecs-rollback-is-rolling", "still-needed", "one-free", "all-back"],
)
def test_kept_of_an_abandoned_revision(now, floor, left):
    """A bad revision's tasks are worth keeping only while they are healthy and needed."""
    assert other_target(now, 6, 6, floor, True, True) == left


@pytest.mark.parametrize(
    ("now", "same", "left"),
    [
        (fleet(starting=6, other_healthy=5, other_sick=1), True, 6),
        (fleet(starting=6, other_healthy=5, other_sick=1), False, 5),
        (fleet(starting=6, other_starting=1, other_healthy=4), False, 5),
        (fleet(starting=6, other_healthy=6), False, 6),
        (fleet(starting=5, healthy=1, other_healthy=3), False, 3),
    ],
    ids=["since-2025-11", "sick-before", "dead-before", "none-died", "at-floor"],
)
def test_kept_before_same_revision_replacement(now, same, left):
    """A dead old task was replaced by a new one until AWS changed it in November 2025.

    (ecs-same-revision-replacement)
    """
    assert other_target(now, 6, 6, 6, False, same) == left


@pytest.mark.parametrize(("healthy", "left"), [(1, 1), (2, 1), (3, 1)], ids=str)
@pytest.mark.parametrize("abandon", [False, True])
def test_who_recovers_beside_its_replacement_counts(healthy, left, abandon):
    """One old task was kept for a floor of one; more of them are healthy now, one stays."""
    now = fleet(starting=6, other_healthy=healthy)
    assert other_target(now, 1, 6, 1, abandon, True) == left


@given(FLEETS, FEW, FEW, FEW, st.booleans(), st.booleans())
def test_how_often_it_is_looked_at_does_not_matter(now, keep, want, floor, abandon, same):
    """A second look at the same fleet keeps as many old tasks as the first one."""
    kept = other_target(now, keep, want, floor, abandon, same)
    assert other_target(now, kept, want, floor, abandon, same) == kept


@pytest.mark.parametrize(
    ("now", "floor", "left"),
    [
        (fleet(healthy=3, other_healthy=3), 5, 2),
        (fleet(healthy=3, other_healthy=3), 6, 6),
        (fleet(healthy=3, other_starting=2, other_healthy=4), 6, 3),
    ],
    ids=["one-free", "none-free", "refill-not-needed"],
)
def test_who_is_missing_is_not_needed_beside_who_may_stop(now, floor, left):
    """Of six old tasks three died; 3 + 3 are healthy, and a floor of five lets one more stop."""
    assert other_target(now, 6, 6, floor, False, True) == left


@given(FLEETS, FEW, FEW, FEW, st.booleans(), st.booleans())
def test_what_is_kept_never_grows(now, keep, want, floor, abandon, same):
    """From look to look fewer old tasks are wanted, unless more of them are healthy after all."""
    assert 0 <= other_target(now, keep, want, floor, abandon, same) <= max(keep, now.other_healthy)


@given(FLEETS, FEW, st.integers(0, 11), st.booleans(), st.booleans())
def test_a_higher_floor_keeps_no_fewer(now, keep, floor, abandon, same):
    """One task more that must stay healthy never lets another old task go."""
    here = other_target(now, keep, 12, floor, abandon, same)
    assert here <= other_target(now, keep, 12, floor + 1, abandon, same)


@pytest.mark.parametrize(
    ("now", "room", "stop"),
    [
        (fleet(healthy=6, sick=2), 4, 2),
        (fleet(healthy=5, sick=2), 4, 1),
        (fleet(healthy=4, sick=2), 4, 0),
        (fleet(healthy=7, sick=1), 4, 1),
        (fleet(starting=2, healthy=4, sick=2), 0, 0),
        (fleet(sick=6), 1, 0),
        (fleet(sick=6), 0, 1),
        (fleet(sick=6), -1, 1),
        (fleet(starting=1, sick=5), 0, 1),
        (fleet(sick=1), 0, 1),
        (fleet(healthy=6), 0, 0),
    ],
    ids=[
        "replaced", "one-replaced", "none-replaced", "more-than-sick", "replacements-start",
        "room", "no-room", "beyond-cap", "one-a-look", "the-only-one", "all-well",
    ],
)  # fmt: skip
def test_sick_tasks_go_when_replaced_or_one_by_one(now, room, stop):
    """A sick task waits for its healthy successor, unless the cap leaves no room for one.

    (ecs-unhealthy-replacement)
    """
    starts = starts_wanted(now.starting, now.healthy, 6, 0)
    assert unhealthy_to_stop(now.healthy, now.sick, 6, starts, room) == stop


def test_replacement_of_sick_tasks_starts_first():
    """Two of six are sick: two more start before any stops (ecs-unhealthy-replacement)."""
    assert look(fleet(healthy=4, sick=2), keep=0) == Orders(0, 0, 0, 0, 0, 2, 0)


def test_six_sick_tasks_at_the_cap_are_replaced_one_by_one():
    """Six old and six sick new tasks fill a cap of twelve: one stops and one starts at each look.

    Which task starts is not waited for: there is no room for its verdict (observed, n = 9).
    """
    assert look(fleet(sick=6, other_healthy=6)) == Orders(1, 0, 0, 0, 0, 1, 0)
    assert look(fleet(starting=1, sick=5, other_healthy=6)) == Orders(1, 0, 0, 0, 0, 1, 0)
    forced = Pending(0, 0, False)
    assert not changes_anything(look(fleet(starting=1, sick=5, other_healthy=6), pending=forced))


def test_no_replacement_before_its_time():
    """Of six tasks two died and one is sick: two successors start, the third is not wanted yet.

    (ecs-replacement-time)
    """
    assert look(fleet(healthy=3, sick=1), keep=0, pending=Pending(1, 0, True)).start == 2
    assert look(fleet(healthy=6, other_healthy=3), pending=Pending(0, 1, True)).start_other == 2


def test_no_sick_task_goes_before_ecs_reacts():
    """At a full cap, of a sick task without a wanted successor, nothing stops.

    (ecs-replacement-time)
    """
    now = fleet(healthy=5, sick=1, other_healthy=6)
    assert not changes_anything(look(now, pending=Pending(1, 0, True)))
    assert look(now).stop_sick == 1


@pytest.mark.parametrize(
    ("now", "want", "cap", "todo"),
    [
        (fleet(other_healthy=4, other_sick=2), 0, 12, Orders(0, 0, 0, 0, 0, 0, 2)),
        (fleet(other_healthy=6, other_sick=2), 0, 12, Orders(0, 0, 2, 0, 0, 0, 0)),
        (fleet(starting=6, other_healthy=4, other_sick=2), 6, 12, Orders(0, 0, 0, 0, 0, 0, 0)),
        (fleet(healthy=6, other_healthy=4, other_sick=2), 6, 12, Orders(0, 0, 1, 0, 0, 0, 1)),
        (fleet(other_sick=6), 0, 6, Orders(0, 0, 1, 0, 0, 0, 1)),
        (fleet(other_sick=6), 0, 7, Orders(0, 0, 0, 0, 0, 0, 1)),
        (fleet(starting=1, other_starting=1, other_sick=4), 1, 6, Orders(0, 0, 0, 0, 0, 0, 0)),
    ],
    ids=[
        "room",
        "replaced",
        "others-start",
        "no-room",
        "all-sick-at-the-cap",
        "one-below-the-cap",
        "both-start",
    ],
)
def test_sick_tasks_of_the_other_revision(now, want, cap, todo):
    """The other revision replaces its unhealthy tasks as the deployed one does.

    (ecs-same-revision-replacement, ecs-unhealthy-replacement)
    """
    assert look(now, want, 6, cap) == todo


def test_starting_tasks_stop_before_healthy_ones():
    """Of surplus old tasks, those that are not healthy yet stop first."""
    now = fleet(healthy=4, other_starting=2, other_healthy=4)
    assert look(now, keep=2)[3:5] == (2, 2)
    assert look(now, keep=5)[3:5] == (1, 0)


def test_whatever_stops_makes_room():
    """Starting, healthy, sick and surplus tasks that stop leave their place to others at once."""
    others = fleet(healthy=4, other_starting=2, other_healthy=4)
    assert look(others, want=8, keep=2, cap=10) == Orders(0, 0, 0, 2, 2, 4, 0)
    surplus = fleet(healthy=7, other_healthy=5)
    assert look(surplus) == Orders(0, 1, 0, 0, 0, 0, 1)


def test_one_of_two_sick_tasks_is_replaced():
    """One successor is healthy, so one sick task goes, and another one starts for the other."""
    assert look(fleet(healthy=5, sick=2), keep=0) == Orders(1, 0, 0, 0, 0, 1, 0)


def test_new_tasks_have_the_room_before_old_replacements():
    """Room for three: the two new ones that are missing, then one old one."""
    todo = look(fleet(healthy=4, other_healthy=1), keep=6, cap=8)
    assert (todo.start, todo.start_other) == (2, 1)


@pytest.mark.parametrize(
    ("now", "surplus"),
    [
        (fleet(healthy=7), 1),
        (fleet(healthy=6), 0),
        (fleet(starting=1, healthy=7), 0),
        (fleet(healthy=7, sick=1), 0),
    ],
    ids=["one-too-many", "as-wanted", "one-starts", "one-is-sick"],
)
def test_surplus_goes_when_all_are_well(now, surplus):
    """Healthy tasks beyond the desired count stop once nothing else is going on."""
    assert look(now, keep=0).stop_surplus == surplus


@pytest.mark.parametrize(
    ("count_draining", "draining", "start"),
    [(False, 0, 3), (False, 6, 3), (True, 0, 0), (True, 3, 0)],
)
def test_draining_tasks_and_the_cap(count_draining, draining, start):
    """Stopped tasks make room at once, unless they count until they are gone.

    (ecs-draining-counted)
    """
    now = fleet(other_healthy=6, draining=draining)
    assert look(now, keep=3, cap=6, count_draining=count_draining)[4:6] == (3, start)


@pytest.mark.parametrize(
    ("free", "start"), [(0, 0), (2, 2), (3, 3), (99, 3)], ids=lambda value: f"free-{value}"
)
def test_slots_limit_what_starts(free, start):
    """What stops in this look holds its slot until it is gone (ecs-draining-holds-slots)."""
    assert look(fleet(other_healthy=6), keep=3, cap=6, free=free)[4:6] == (3, start)


def test_without_a_free_slot_a_sick_task_goes_first():
    """The cap has room and the machines have none (ecs-unhealthy-replacement)."""
    assert look(fleet(sick=6), keep=0, free=0) == Orders(1, 0, 0, 0, 0, 0, 0)


def test_draining_tasks_that_count_leave_no_room_for_a_replacement():
    """Six that drain fill the cap of twelve, so a sick task stops first."""
    now = fleet(other_healthy=4, other_sick=2, draining=6)
    assert look(now, 0, count_draining=True) == Orders(0, 0, 1, 0, 0, 0, 0)
    assert look(now, 0) == Orders(0, 0, 0, 0, 0, 0, 2)


def test_draining_tasks_that_count_leave_again():
    """Three gone of six: three may start, though draining tasks count."""
    assert look(fleet(other_healthy=3), keep=3, cap=6, count_draining=True).start == 3


@given(FLEETS, FEW, FEW, FEW, st.booleans(), FEW)
def test_orders_are_possible(now, want, keep, cap, count_draining, free):
    """Nothing stops that is not there; no more start than are free, or than the cap allows."""
    todo = look(now, want, keep, cap, count_draining=count_draining, free=free)
    assert min(todo) >= 0
    assert todo.stop_sick <= now.sick
    assert todo.stop_surplus <= now.healthy
    others = (now.other_sick, now.other_starting, now.other_healthy)
    assert all(stop <= there for stop, there in zip(todo[2:5], others, strict=True))
    left = active(now) - sum(todo[:5])
    held = now.draining + sum(todo[:5]) if count_draining else 0
    assert todo.start + todo.start_other <= min(free, max(0, cap - left - held))


@given(FLEETS, FEW, FEW, FEW, st.booleans())
def test_no_more_tasks_than_wanted(now, want, keep, cap, count_draining):
    """A look starts no more than are missing; sick tasks that still run do not count as there."""
    todo = look(now, want, keep, cap, count_draining=count_draining)
    if todo.start:
        assert now.starting + now.healthy - todo.stop_surplus + todo.start <= want
    if todo.start_other:
        others = now.other_starting + now.other_healthy - todo[3] - todo[4]
        assert others + todo.start_other <= keep


@pytest.mark.parametrize("place", range(7))
def test_any_order_acts(place):
    """A reconciliation acts if at least one task stops or starts."""
    assert changes_anything(Orders(*(int(k == place) for k in range(7))))
    assert not changes_anything(Orders(0, 0, 0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("now", "alive", "replaced", "steady"),
    [
        (fleet(healthy=6), 0, True, True),
        (fleet(healthy=6), 1, False, True),
        (fleet(healthy=5), 0, False, False),
        (fleet(healthy=7), 0, False, False),
        (fleet(starting=1, healthy=6), 0, False, False),
        (fleet(healthy=6, sick=1), 0, False, False),
    ],
    ids=["done", "one-drains", "one-missing", "one-too-many", "one-starts", "one-is-sick"],
)
def test_when_replacing_is_done(now, alive, replaced, steady):
    """All wanted tasks are healthy, and for a rolling deployment no other is alive.

    (codedeploy-install-timeout, ecs-bake)
    """
    assert is_replaced(now, 6, alive) is replaced
    assert is_steady(now, 6) is steady


@pytest.mark.parametrize(("blind", "seen"), [(False, 4), (True, 6)])
def test_a_missing_health_signal_counts_all_that_run(blind, seen):
    """Two tasks of six are unproven, and pass for healthy (ecs-health-signal-missing)."""
    assert seen_healthy(4, 2, blind) == seen


@pytest.mark.parametrize(
    ("percent", "desired", "floor", "cap"),
    [
        (33.333, 3, 1, 0),
        (33.334, 3, 2, 1),
        (66.7, 1000, 667, 667),
        (12.5, 8, 1, 1),
        (0.1, 9, 1, 0),
        (100.0, 10**6, 10**6, 10**6),
    ],
)
def test_fractions_of_a_percent_are_exact(percent, desired, floor, cap):
    """To a thousandth of a percent no bound is off by a rounding error."""
    assert thousandths(percent) == round(percent * 1000)
    assert (capacity_floor(desired, percent), capacity_cap(desired, percent)) == (floor, cap)
