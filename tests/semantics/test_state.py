"""The small tuples that rules take and give."""

import inspect

import pytest

from simdeploy.semantics import state

TUPLES = [
    item for _, item in inspect.getmembers(state, inspect.isclass)
    if item.__module__ == state.__name__
]  # fmt: skip


def test_there_are_seven():
    """Fleet, pending, orders, progress, breaker, share and shape."""
    names = {"Fleet", "Pending", "Orders", "Progress", "Breaker", "Share", "Shape"}
    assert {item.__name__ for item in TUPLES} == names


@pytest.mark.parametrize("kind", TUPLES, ids=lambda kind: kind.__name__)
def test_tuples_are_small_and_typed(kind):
    """At most eight plain numbers each, as compiled code and readers can hold."""
    assert len(kind._fields) <= 8
    assert set(kind.__annotations__.values()) <= {int, float, bool}
    assert kind._field_defaults == {}


@pytest.mark.parametrize("kind", TUPLES, ids=lambda kind: kind.__name__)
def test_tuples_say_what_they_hold(kind):
    """Each has a docstring of its own."""
    assert "(" not in kind.__doc__.partition("\n")[0]


def test_numbers_of_revisions_and_health():
    """Tables in the engines are indexed by them, so they begin at 0."""
    assert (state.OLD, state.NEW) == (0, 1)
    assert (state.INITIAL, state.HEALTHY, state.UNHEALTHY) == (0, 1, 2)


def test_never_is_later_than_every_horizon():
    """No clock reaches it."""
    assert state.NEVER > 1e308
