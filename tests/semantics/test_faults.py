"""Bad releases over time: stairs, shares that add up in any order, crashes, connections."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics import faults
from simdeploy.semantics.faults import (
    PARTS,
    STAIRS,
    combined,
    crashes_at,
    error_share,
    observable_faults,
    parts_of,
    starved_share,
    step_time,
    steps_of,
)

SHARE = st.floats(0, 1)


def test_numbers_that_tables_are_indexed_by():
    """Ten stairs, counted from one of three origins; a whole share has 2**48 parts."""
    assert (faults.TASK_RUNNING, faults.AT_FULL_TRAFFIC, faults.AT_COMMAND) == (0, 1, 2)
    assert (STAIRS, PARTS) == (10, 2**48)


@pytest.mark.parametrize(
    ("ramp", "stairs", "last"), [(0.0, 1, 5.0), (1.0, STAIRS, 6.0), (600.0, STAIRS, 605.0)]
)
def test_a_ramp_has_ten_stairs(ramp, stairs, last):
    """The last stair is reached when the ramp ends; without a ramp at once."""
    assert steps_of(ramp) == stairs
    assert step_time(5.0, ramp, stairs) == pytest.approx(last)


@given(st.floats(0, 1e5), st.floats(0.1, 1e5), st.integers(0, STAIRS - 1))
def test_stairs_follow_one_another(start, ramp, stair):
    """Each stair is reached after the one before, by equal steps."""
    here, there = step_time(start, ramp, stair), step_time(start, ramp, stair + 1)
    assert start <= here < there
    assert there - here == pytest.approx(ramp / STAIRS, rel=1e-6, abs=1e-9)


@given(st.lists(SHARE, min_size=1, max_size=40), st.randoms())
def test_levels_add_up_in_any_order(levels, generator):
    """Levels of tasks are whole numbers, whose mean has the same bits in any order."""
    parts = [parts_of(level) for level in levels]
    mean = error_share(sum(parts), len(parts))
    generator.shuffle(parts)
    assert error_share(sum(parts), len(parts)) == mean
    assert mean == pytest.approx(sum(levels) / len(levels), abs=1e-14)


@given(SHARE)
def test_a_share_survives_its_parts(share):
    """To 2**-48 a share is what it was; all is all, and nothing is nothing."""
    assert abs(error_share(parts_of(share), 1) - share) <= 0.5 / PARTS
    assert (parts_of(0.0), parts_of(1.0)) == (0, PARTS)


@pytest.mark.parametrize(("parts", "targets"), [(0, 0), (PARTS, 0)])
def test_nobody_has_no_errors(parts, targets):
    """Without targets there is no mean."""
    assert error_share(parts, targets) == 0


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [(0, 0, 0), (0, 0.3, 0.3), (0.3, 0, 0.3), (0.5, 0.5, 0.75), (1, 0.2, 1), (0.1, 0.2, 0.28)],
)
def test_independent_causes(first, second, both):
    """Two causes miss each other by the product of their absences."""
    assert combined(first, second) == pytest.approx(both)


@given(SHARE, SHARE, SHARE)
def test_another_cause_never_helps(first, second, third):
    """Together they fail at least as often as either, in any order, and at most always."""
    both = combined(first, second)
    assert max(first, second) - 1e-15 <= both <= 1
    assert combined(first, 0.0) == combined(0.0, first) == first
    assert combined(both, third) == pytest.approx(combined(first, combined(second, third)))


@pytest.mark.parametrize(
    ("drawn", "probability", "at"),
    [(0.0, 0.0, 1e9), (0.29, 0.3, 160.0), (0.3, 0.3, 1e9), (0.99, 1.0, 160.0)],
    ids=["never", "hit", "spared", "always"],
)
def test_a_task_crashes_by_its_draw(drawn, probability, at):
    """RUNNING at 100 s, a minute to live, if the draw is below the probability."""
    assert crashes_at(100.0, drawn, probability, 60.0, 1e9) == at


def test_as_many_tasks_crash_as_are_said_to():
    """Of uniform draws the probability's share crashes."""
    generator = random.Random(1)
    crashed = [crashes_at(0.0, generator.random(), 0.3, 1.0, 9.0) == 1.0 for _ in range(10_000)]
    assert sum(crashed) / 10_000 == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    ("per_task", "most", "tasks", "of_new", "share"),
    [
        (100, 1200, 12, 6, 0.0),
        (100, 1100, 12, 6, 1 / 6),
        (100, 600, 12, 6, 1.0),
        (100, 300, 12, 6, 1.0),
        (1, 11, 12, 6, 1 / 6),
        (100, 1150, 12, 1, 0.5),
        (1, 1, 2, 1, 1.0),
        (100, 600, 6, 0, 0.0),
        (100, 600, 7, 0, 0.0),
        (0, 600, 12, 6, 0.0),
        (100, 0, 12, 6, 0.0),
    ],
    ids=["just", "one-task-short", "none-for-new", "fewer-than-old",
         "one-short", "one-new", "one-left", "no-new", "no-new-and-short", "needs-none",
         "no-limit"],
)  # fmt: skip
def test_the_youngest_tasks_find_no_connection(per_task, most, tasks, of_new, share):
    """Old tasks hold theirs; what is missing is missing to the new ones, all of it at most."""
    assert starved_share(per_task, most, tasks, of_new) == pytest.approx(share)


@given(st.integers(1, 200), st.integers(1, 5000), st.integers(0, 50), st.integers(1, 50))
def test_more_tasks_never_find_more_connections(per_task, most, old, new):
    """Another old task takes its connections from the new ones."""
    here = starved_share(per_task, most, old + new, new)
    assert 0 <= here <= starved_share(per_task, most, old + 1 + new, new) <= 1


@pytest.mark.parametrize(
    ("new_ran", "exposed", "expected"),
    [(False, True, 0), (False, False, 0), (True, True, 0b1101), (True, False, 0b0100)],
)
def test_a_test_meets_what_there_is(new_ran, exposed, expected):
    """No fault shows before a task runs; with the flag off, none of the code behind the flag."""
    assert observable_faults(0b1101, 0b1001, new_ran, exposed) == expected
