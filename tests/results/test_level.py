"""About level: each of four conditions by itself, and the checks that its definition lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.results.level import FLOORS, floor_of, level, level_shares
from simdeploy.results.metrics import NAMES
from simdeploy.results.paired import Difference, paired
from tests.results import fabricate as make


def gap(mean, ci95, fewer, more, metric="failed_caused"):
    """Return a difference of which only these numbers matter."""
    return Difference(metric, "a", "b", mean, ci95, 1000, fewer, more)


@pytest.mark.parametrize(
    ("difference", "larger", "expected"),
    [
        # 596 against 644 failed requests, fewer in 58 % of the runs: (4), though certain and 7 %
        (gap(-48.0, (-70.0, -26.0), 0.58, 0.42), 644.0, True),
        # 56,514 against 56,692 in 1,000 of 1,000 runs: (3), 0.3 %
        (gap(-178.0, (-180.0, -176.0), 1.0, 0.0), 56_692.0, True),
        # 10,753 against 13,141 in 851 of 1,000: none
        (gap(-2388.0, (-2500.0, -2270.0), 0.851, 0.149), 13_141.0, False),
        # 24 against 29 connections in all runs: (2), 5 of 10
        (gap(-5.0, (-5.2, -4.8), 1.0, 0.0, "cut_websockets"), 29.0, True),
        # 6 of 1,000 runs carry it all, none the other way: those that differ agree
        (gap(-54.0, (-120.0, -12.0), 0.006, 0.0), 54.0, False),
        # the same where the interval has 0: (1)
        (gap(-54.0, (-120.0, 0.0), 0.006, 0.0), 54.0, True),
    ],
    ids=["58-percent", "0.3-percent", "851-of-1000", "5-connections", "rare", "rare-with-0"],
)
def test_the_checks_of_the_definition(difference, larger, expected):
    """Both sides see the same."""
    assert level(difference, larger) is expected
    assert level(difference.swapped(), larger) is expected


@pytest.mark.parametrize(
    ("metric", "below", "floor"),
    [
        ("failed_caused", 9.9, 10.0),
        ("slow_caused", 9.9, 10.0),
        ("exposed_requests", 9.9, 10.0),
        ("side_effects_left", 9.9, 10.0),
        ("cut_websockets", 9.9, 10.0),
        ("incompatible_writes", 9.9, 10.0),
        ("extra_cost_usd", 0.0099, 0.01),
        ("full_traffic_s", 4.9, 5.0),
        ("downtime_caused", 4.9, 5.0),
        ("failed_after_decision", 9.9, 10.0),
    ],
)
def test_the_floor_of_a_unit(metric, below, floor):
    """10 requests, connections, rows or wrong answers, one cent, 5 s; the floor itself counts."""
    assert floor_of(metric) == floor
    assert level(gap(below, (below, below), 0.0, 1.0, metric), below)
    assert not level(gap(floor, (floor, floor), 0.0, 1.0, metric), floor)


def test_other_units_have_no_floor():
    """A ratio or a number of tasks is level by the other conditions alone."""
    assert floor_of("min_headroom") == floor_of("peak_tasks") == 0.0
    assert set(FLOORS) == {"requests", "connections", "rows", "events", "USD", "s"}


@pytest.mark.parametrize(("size", "expected"), [(49.0, True), (50.0, False)])
def test_a_twentieth_of_the_larger_mean_counts(size, expected):
    """Of 1,000 requests 50 count, 49 do not."""
    assert level(gap(size, (size, size), 0.0, 1.0), 1000.0) is expected


@pytest.mark.parametrize(("more", "expected"), [(0.749, True), (0.75, False), (0.2, False)])
def test_three_quarters_of_the_runs_that_differ_must_agree(more, expected):
    """Runs without a difference take no side: 20 % against 5 % is four in five."""
    fewer = 0.05 if more == 0.2 else 1.0 - more
    assert level(gap(500.0, (400.0, 600.0), fewer, more), 1000.0) is expected


@pytest.mark.parametrize(("size", "expected"), [(500.0, True), (501.0, False)])
def test_twice_as_much_is_no_toss_up(size, expected):
    """Where 36 % of runs fail 7,600 and the others 57, the mean of 2,780 is above 215."""
    assert level(gap(size, (size - 1, size + 1), 0.64, 0.36), 1000.0) is expected
    assert level(gap(2565.0, (2300.0, 2800.0), 0.64, 0.36), 2780.0) is False


def test_a_single_pair_is_level():
    """One run each has no interval."""
    assert level(gap(500.0, None, 0.0, 1.0), 1000.0)
    assert level(Difference("decision_s", "a", "b", None, None, 0, None, None), 0.0)


def test_level_by_runs():
    """3 requests more in each of 100 runs are below the floor, 300 of 1,000 are not."""
    index = NAMES.index("failed_caused")
    rows = [make.rows(100, failed_caused=value)["failed_caused"] for value in (1300.0, 1000.0, 997)]
    tables = [np.zeros((len(NAMES), 100)) for _ in rows]
    for table, values in zip(tables, rows, strict=True):
        table[index] = values
    a, b, c = tables
    assert not level(paired("a", "b", a, b)[index], 1300.0)
    assert level(paired("b", "c", b, c)[index], 1000.0)


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(0.80, 0.849, True), (0.80, 0.85, False), (0.0, 1.0, False)]
)
def test_shares_are_level_within_five_points(a, b, expected):
    """5 points count."""
    assert level_shares(a, b) is level_shares(b, a) is expected


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
)
def test_level_has_no_direction(one, other):
    """Two strategies are level from either side, and each with itself."""
    runs = min(len(one), len(other))
    a, b = np.array([one[:runs]]), np.array([other[:runs]])
    larger = max(abs(a.mean()), abs(b.mean()))
    difference, turned = (paired("x", "y", p, q, ["failed_caused"])[0] for p, q in ((a, b), (b, a)))
    assert level(difference, larger) == level(turned, larger) == level(turned.swapped(), larger)
    assert level(paired("x", "x", a, a, ["failed_caused"])[0], larger)
