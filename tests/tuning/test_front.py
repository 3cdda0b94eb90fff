"""The Pareto front, its knee and the points that stand for it, on fronts known by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simdeploy.tuning.front import (
    bargains,
    knee,
    nondominated,
    pareto_front,
    representatives,
    scaled,
    spread_out,
)

#: A front of five points, and two that it beats.
POINTS = np.array(
    [[5.0, 5.0], [0.0, 10.0], [1.0, 6.0], [2.0, 2.0], [6.0, 1.0], [10.0, 0.0], [2.0, 3.0]]
)
NUMBERS = st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 1))
CLOUDS = hnp.arrays(float, st.tuples(st.integers(1, 25), st.integers(1, 4)), elements=NUMBERS)


def beats(one, other):
    """Tell whether a point is nowhere worse than another and somewhere better."""
    return (one <= other).all() and (one < other).any()


def test_front_by_hand():
    """Five of seven points are on the front, in the order of the first objective."""
    assert pareto_front(POINTS).tolist() == [1, 2, 3, 4, 5]


def test_equal_points_are_both_on_the_front():
    """A point does not beat its equal."""
    assert nondominated(np.array([[1.0, 1.0], [1.0, 1.0]])).tolist() == [True, True]


def test_differences_below_the_resolution_do_not_count():
    """Of two points in one cell the better one stands for both, and noise makes no front."""
    points = np.array([[0.1, 9.2], [0.2, 9.1], [0.3, 5.0], [0.6, 4.9]])
    assert pareto_front(points).tolist() == [0, 1, 2, 3]
    assert pareto_front(points, np.array([1.0, 1.0])).tolist() == [3]


def test_no_points():
    """An empty cloud has an empty front and no knee."""
    nothing = np.zeros((0, 2))
    assert pareto_front(nothing).tolist() == []
    assert representatives(nothing, 8, np.ones(2)).knee is None


@given(CLOUDS)
def test_nothing_beats_a_member(points):
    """No point of a cloud beats a member of its front."""
    front = pareto_front(points)
    assert not any(beats(one, points[at]) for at in front for one in points)


@given(CLOUDS)
def test_something_beats_everybody_else(points):
    """Whoever is not on the front is beaten by a member of it."""
    front = pareto_front(points)
    others = set(range(len(points))) - set(front.tolist())
    assert all(any(beats(points[at], points[one]) for at in front) for one in others)


@given(CLOUDS, st.sampled_from([0.5, 3.0, 20.0]))
def test_nothing_beats_a_member_of_a_coarse_front(points, size):
    """Cells thin the front out and let nobody in whom a point beats in any objective's cells."""
    resolution = np.full(points.shape[1], size)
    front = pareto_front(points, resolution)
    cells = np.floor(points / resolution)
    assert len(front) > 0
    assert not any(beats(cell, cells[at]) for at in front for cell in cells)
    assert not any(beats(points[a], points[b]) for a in front for b in front)


def test_knee_by_hand():
    """The knee of a bent front is where it bends."""
    assert knee(POINTS[[1, 2, 3, 4, 5]]) == 2


def test_knee_does_not_depend_on_units():
    """Seconds or hours: the knee is the same."""
    assert knee(POINTS * np.array([3600.0, 0.001])) == knee(POINTS)


def test_knee_is_nowhere_worse_than_today():
    """The knee is among the points that beat today's, if there are some."""
    front, level = POINTS[[1, 2, 3, 4, 5]], np.full(2, 0.1)
    found = bargains(front, np.array([1.5, 7.0]), level)
    assert found.tolist() == [False, True, False, False, False]
    assert knee(front, found) == 1


def test_first_objective_ranks_first():
    """Where nothing beats today's point, the knee is no worse in the first objective."""
    front, level = POINTS[[1, 2, 3, 4, 5]], np.full(2, 0.1)
    assert bargains(front, front[1], level).tolist() == [True, True, False, False, False]
    assert knee(front, bargains(front, np.array([-9.0, 0.0]), level)) == 2


def test_scale_of_one_point():
    """A single point is the best of everything, and no spread divides by zero."""
    assert scaled(np.array([[3.0, 4.0]])).tolist() == [[0.0, 0.0]]


def test_ratios_count():
    """With a resolution each decade is about as far as the next."""
    found = scaled(np.array([[0.0], [10.0], [100.0], [1000.0]]), np.array([1.0]))[:, 0]
    steps = np.diff(found)
    assert np.allclose(steps, 1 / 3, atol=0.02)


def test_some_stand_for_all():
    """The ends of a front are chosen, and no more points than asked for."""
    line = np.column_stack([np.arange(50.0), np.arange(50.0)[::-1]])
    found = spread_out(line, 3)
    assert found.tolist() == [0, 24, 49] or found.tolist() == [0, 25, 49]


@given(CLOUDS, st.integers(1, 8))
def test_chosen_are_of_the_front_and_have_the_knee(points, count):
    """What stands for a front is part of it, has the knee, and is no longer than asked for."""
    resolution = np.full(points.shape[1], 0.5)
    found = representatives(points, count, resolution, points[0])
    assert set(found.places.tolist()) <= set(pareto_front(points, resolution).tolist())
    assert found.knee in found.places
    assert len(found.places) <= count + 1


def test_a_bargain_without_a_price_is_chosen():
    """A point as good as today's in everything is among the few that are shown."""
    rng = np.random.default_rng(1)
    curve = rng.uniform(0, 1, 200)
    points = np.column_stack([curve, 1 - np.sqrt(curve)])
    now = points[57] + np.array([0.02, 0.02])
    found = representatives(np.vstack([points, now]), 4, np.full(2, 1e-6), now)
    assert any((points[at] <= now).all() for at in found.places)
