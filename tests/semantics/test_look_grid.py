"""The grid of looks: one function of the number of a look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.looks import earliest_look, look_offset, look_time


@pytest.mark.parametrize(
    ("number", "at"), [(0, 14.4), (1, 24.6), (2, 34.8), (10, 116.4), (-1, 4.2)]
)
def test_looks_are_a_tick_apart(number, at):
    """Every 10.2 s from the first act on, 14.4 s after the command, and before it.

    (ecs-scheduler-tick)
    """
    assert look_time(14.4, 10.2, number, 0.0) == pytest.approx(at)


@pytest.mark.parametrize(
    ("number", "u", "offset"), [(1, 0.0, -0.35), (1, 0.5, 0.0), (7, 1.0, 0.35), (0, 1.0, 0.0)]
)
def test_looks_are_early_or_late(number, u, offset):
    """By 0.35 s at most; the first act is the anchor itself (ecs-scheduler-tick)."""
    assert look_offset(number, 0.35, u) == pytest.approx(offset)


@given(st.floats(0, 30), st.floats(1, 60), st.floats(0, 0.45), st.floats(0, 5000), st.data())
def test_no_look_before_the_earliest_is_late_enough(anchor, interval, share, t, data):
    """The one before falls before ``t`` however late it is, and the one after it not before."""
    jitter = share * interval
    u, v = data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))
    k = earliest_look(anchor, interval, jitter, t)
    assert look_time(anchor, interval, k - 1, look_offset(k - 1, jitter, u)) < t
    assert look_time(anchor, interval, k + 2, look_offset(k + 2, jitter, v)) >= t - 1e-9
