"""Sobol's indices on functions whose indices are known."""

import numpy as np
import pytest

from simdeploy.tuning.sensitivity import Index, design, indices, most_influential


def of(function, knobs, n=1024, seed=3):
    """Return the indices of a function of points between 0 and 1."""
    points = design(knobs, n, seed)
    return indices(function(points.points), knobs, n, seed)


def ishigami(points, a=7.0, b=0.1):
    """The usual test function, on [−π, π]³."""
    x, y, z = (np.pi * (2 * points.T - 1))[:3]
    return np.sin(x) + a * np.sin(y) ** 2 + b * z**4 * np.sin(x)


def test_ishigami():
    """First-order 0.314, 0.442, 0 and total 0.558, 0.442, 0.244, as in Ishigami and Homma."""
    found = of(ishigami, 3)
    assert [one.first for one in found] == pytest.approx([0.314, 0.442, 0.0], abs=0.03)
    assert [one.total for one in found] == pytest.approx([0.558, 0.442, 0.244], abs=0.03)


def test_intervals_hold_the_truth():
    """The intervals of a small design hold Ishigami's indices."""
    found = of(ishigami, 3, n=256)
    truth = [(0.314, 0.558), (0.442, 0.442), (0.0, 0.244)]
    for one, (first, total) in zip(found, truth, strict=True):
        assert one.first_ci[0] <= first <= one.first_ci[1]
        assert one.total_ci[0] <= total <= one.total_ci[1]


def test_sums():
    """In 3x + y the variance is 9 to 1, and nothing is shared."""
    found = of(lambda p: 3 * p[:, 0] + p[:, 1], 2)
    assert [one.first for one in found] == pytest.approx([0.9, 0.1], abs=0.01)
    assert [one.total for one in found] == pytest.approx([0.9, 0.1], abs=0.01)


def test_products():
    """In (x − ½)(y − ½) no knob does anything alone, and both have part in everything."""
    found = of(lambda p: (p[:, 0] - 0.5) * (p[:, 1] - 0.5), 2)
    assert [one.first for one in found] == pytest.approx([0.0, 0.0], abs=0.03)
    assert [one.total for one in found] == pytest.approx([1.0, 1.0], abs=0.05)


def test_single_knob():
    """One knob explains everything."""
    assert of(lambda p: p[:, 0] ** 2, 1)[0][:1] == (1.0,)


def test_nothing_moves():
    """A constant has no indices, nor has one that only rounding moves."""
    assert of(lambda p: np.full(len(p), 5.0), 2) is None
    assert of(lambda p: 1e6 + 1e-9 * p[:, 0], 2) is None


def test_design_is_what_saltelli_needs():
    """Each block after the first two is the first with one column of the second."""
    points = design(3, 8, 1).points
    a, b = points[:8], points[8:16]
    for knob in range(3):
        block = points[8 * (knob + 2) : 8 * (knob + 3)]
        assert np.array_equal(block[:, knob], b[:, knob])
        assert np.array_equal(np.delete(block, knob, 1), np.delete(a, knob, 1))


def test_same_seed_same_points():
    """Points and intervals depend on the seed and on nothing else."""
    assert np.array_equal(design(2, 8, 5).points, design(2, 8, 5).points)
    assert not np.array_equal(design(2, 8, 5).points, design(2, 8, 6).points)
    assert of(ishigami, 3, n=64) == of(ishigami, 3, n=64)


def test_only_what_surely_matters_is_worth_a_meeting():
    """A knob whose interval reaches zero is left out, and three are enough."""

    def index(total, low):
        return Index(total, (0.0, 1.0), total, (low, 1.0))

    table = (index(0.3, 0.2), index(0.9, 0.0), index(0.5, 0.4), index(0.4, 0.3), index(0.2, 0.1))
    assert most_influential([table]) == [2, 3, 0]
    assert most_influential([]) == []
