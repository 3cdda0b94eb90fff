"""A rolling deployment, look by look, whatever happens to its tasks between two looks."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.capacity import (
    active,
    capacity_cap,
    capacity_floor,
    other_target,
    reconcile,
)
from simdeploy.semantics.state import Fleet, Pending


@st.composite
def fates(draw):
    """Return a deployment's settings, and what happens to its tasks between looks."""
    desired = draw(st.integers(1, 8))
    minimum = draw(st.integers(0, 100))
    maximum = draw(st.integers(100, 250))
    readings = draw(st.tuples(st.booleans(), st.booleans()))
    moves = st.tuples(st.integers(0, 8), st.integers(1, 3))
    between = st.lists(moves, min_size=1, max_size=3)
    return desired, minimum, maximum, readings, draw(st.lists(between, max_size=20))


def moved(now, what, many):
    """Return a fleet in which some tasks became healthy, sick, well again, or died."""
    ways = [("starting", "healthy"), ("starting", "sick"), ("healthy", "sick")]
    ways += [("other_starting", "other_healthy"), ("other_healthy", "other_sick"), ("healthy", "")]
    ways += [("sick", "healthy"), ("other_sick", "other_healthy"), ("other_healthy", "")]
    old, new = ways[what]
    count = min(many, getattr(now, old))
    now = now._replace(**{old: getattr(now, old) - count})
    return now._replace(**{new: getattr(now, new) + count}) if new else now


def carried_out(now, todo):
    """Return a fleet after its orders."""
    return now._replace(
        starting=now.starting + todo.start,
        healthy=now.healthy - todo.stop_surplus,
        sick=now.sick - todo.stop_sick,
        other_starting=now.other_starting - todo.stop_other_starting + todo.start_other,
        other_healthy=now.other_healthy - todo.stop_other_healthy,
        other_sick=now.other_sick - todo.stop_other_sick,
    )


@given(fates())
def test_a_look_keeps_floor_and_cap_whatever_happens(example):
    """No look takes healthy tasks below the floor, nor active ones above the cap.

    Neither where the other revision is abandoned, nor where dead tasks become new ones.
    (ecs-capacity-rounding, ecs-continuous-replacement)
    """
    desired, minimum, maximum, readings, happenings = example
    floor, cap = capacity_floor(desired, minimum), capacity_cap(desired, maximum)
    now, keep = Fleet(0, 0, 0, 0, desired, 0, 0), desired
    for between in happenings:
        keep = other_target(now, keep, desired, floor, *readings)
        after = carried_out(now, reconcile(now, desired, keep, cap, False, 99, Pending(0, 0, True)))
        before = now.healthy + now.other_healthy
        assert after.healthy + after.other_healthy >= min(floor, before)
        assert active(after) <= max(cap, active(now))
        now = reduce(lambda fleet, move: moved(fleet, *move), between, after)
