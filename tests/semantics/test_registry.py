"""The image registry: windows in which pulls are slow or fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.registry import (
    GIVES_UP,
    left_to_pull,
    next_change,
    pull_begins,
    pull_factor,
)
from simdeploy.semantics.state import NEVER

TIME = st.floats(0, 1e5)

#: A window from 100 to 160 s: an instant, and whether it lies within.
INSTANTS = [(0.0, False), (99.9, False), (100.0, True), (159.9, True), (160.0, False), (1e6, False)]


@pytest.mark.parametrize(("at", "inside"), INSTANTS)
def test_a_window_has_a_first_instant_and_no_last(at, inside):
    """A pull is slow within its window, and an attempt that is given up before its end fails."""
    assert pull_factor(at, 100.0, 160.0, 20.0) == (20.0 if inside else 1.0)
    assert pull_begins(at, 100.0, 160.0, 160.0) == (NEVER if inside else at)


@pytest.mark.parametrize(
    ("gives_up_at", "begins"),
    [(159.9, NEVER), (160.0, NEVER), (160.1, 160.0), (400.0, 160.0)],
    ids=["before", "at-its-end", "just-after", "ecr-pull-retries"],
)
def test_an_attempt_outlasts_an_outage(gives_up_at, begins):
    """Of 256 to 289 s of retries some come after a registry that is back within seconds."""
    assert pull_begins(155.0, 100.0, 160.0, gives_up_at) == begins


@pytest.mark.parametrize(("factor", "stretch"), [(20.0, 20.0), (0.5, 0.5), (0.0, 1.0), (-1.0, 1.0)])
def test_a_stretch_is_above_zero(factor, stretch):
    """No factor at all stretches nothing; a pull never takes no time because of one."""
    assert pull_factor(130.0, 100.0, 160.0, factor) == stretch


@pytest.mark.parametrize(
    ("at", "change"), [(0.0, 100.0), (99.0, 100.0), (100.0, 160.0), (159.0, 160.0), (160.0, NEVER)]
)
def test_a_window_changes_twice(at, change):
    """It begins at 100 and ends at 160 s."""
    assert next_change(at, 100.0, 160.0) == change


@pytest.mark.parametrize(("elapsed", "left"), [(0.0, 8.0), (40.0, 6.0), (160.0, 0.0), (200.0, 0.0)])
def test_a_slow_registry_gets_on(elapsed, left):
    """8 s of pull at a twentieth of the speed: 40 s are worth 2 s."""
    assert left_to_pull(8.0, 20.0, elapsed) == left


def test_retries_take_a_minute():
    """The pull of a missing image is given up after its retries (ecr-pull-retries)."""
    assert GIVES_UP == 60


@given(TIME, TIME, TIME, st.floats(1, 100), TIME)
def test_outside_of_its_window_nothing_happens(at, start, length, factor, patience):
    """Slow and failing pulls are those of the same instants; none gets through in an outage."""
    end = start + length
    inside = start <= at < end
    begins = pull_begins(at, start, end, at + patience)
    assert (begins != at) == inside
    assert begins >= at
    assert not start <= begins < end
    assert (pull_factor(at, start, end, factor) != 1.0) <= inside
