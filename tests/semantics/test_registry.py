"""The image registry: windows in which pulls are slow or fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.registry import GIVES_UP, image_missing, pull_factor, pull_fails

TIME = st.floats(0, 1e5)

#: A window from 100 to 160 s: an instant, and whether a pull that begins then meets it.
INSTANTS = [(0.0, False), (99.9, False), (100.0, True), (159.9, True), (160.0, False), (1e6, False)]


@pytest.mark.parametrize(("at", "inside"), INSTANTS)
def test_a_pull_is_as_its_begin(at, inside):
    """A pull that begins within the window is slow or fails, however long the window lasts."""
    assert pull_factor(at, 100.0, 160.0, 20.0) == (20.0 if inside else 1.0)
    assert pull_fails(at, 100.0, 160.0, True) is inside


@pytest.mark.parametrize(
    ("is_down", "fails"), [(False, False), (True, True)], ids=["slow-only", "ecr-pull-retries"]
)
def test_a_slow_registry_fails_no_pull(is_down, fails):
    """Only a registry that is down makes pulls fail, retries included."""
    assert pull_fails(130.0, 100.0, 160.0, is_down) is fails


@pytest.mark.parametrize(("factor", "stretch"), [(20.0, 20.0), (0.5, 0.5), (0.0, 1.0), (-1.0, 1.0)])
def test_a_stretch_is_above_zero(factor, stretch):
    """No factor at all stretches nothing; a pull never takes no time because of one."""
    assert pull_factor(130.0, 100.0, 160.0, factor) == stretch


@pytest.mark.parametrize(("at", "missing"), [(0.0, True), (59.9, True), (60.0, False)])
def test_a_deleted_image_comes_back(at, missing):
    """Until it is pushed again, pulls of the old image fail."""
    assert image_missing(at, 60.0) is missing


def test_retries_take_a_minute():
    """A pull that cannot succeed is given up after its retries (ecr-pull-retries)."""
    assert GIVES_UP == 60


@given(TIME, TIME, TIME, st.floats(1, 100))
def test_outside_of_its_window_nothing_happens(at, start, length, factor):
    """Slow and failing pulls are those of the same instants."""
    end = start + length
    inside = start <= at < end
    assert pull_fails(at, start, end, True) is inside
    assert (pull_factor(at, start, end, factor) != 1.0) <= inside
