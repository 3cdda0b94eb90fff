"""Intervals of means from histograms: those that the runs themselves would give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.results.histograms import binned
from simdeploy.results.intervals import mean_and_half, means_of
from simdeploy.sweeps import mean_intervals as module
from simdeploy.sweeps.mean_intervals import Moments, carriers_of, is_students, mean_intervals

HORIZON = 3600.0
#: How many runs have which value: each of them in a bin of its own, some still open.
counts = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 2.5, -4.0, 60.0, 1e5, np.inf]),
        st.sampled_from([1, 2, 5, 19, 20, 300]),
    ),
    min_size=1,
    max_size=4,
)


def rows_of(*numbers):
    """Return numbers × runs, each number given by its values and how often; NaN fills up."""
    rows = [np.concatenate([np.full(n, value) for value, n in given]) for given in numbers]
    longest = max(map(len, rows))
    return np.array([np.r_[row, np.full(longest - len(row), np.nan)] for row in rows])


def both(values, most):
    """Return the intervals from histograms and from the runs themselves."""
    defined = (~np.isnan(values)).sum(axis=1)
    whole = np.where(np.isposinf(values), HORIZON, values)
    means, halves = mean_and_half(whole, defined)
    exact = Moments(means, np.where(defined > 1, halves, np.nan))
    return mean_intervals(binned(values), defined, HORIZON, exact, most), means_of(
        whole, defined, most
    )


@given(st.lists(counts, min_size=1, max_size=5), st.sampled_from([0.0, 1e6, np.inf]))
def test_bins_of_one_value_give_what_runs_give(numbers, most):
    """Zeros, rare harm, skewed and open times, and those of which many runs carry the mean."""
    found, wanted = both(rows_of(*numbers), [most] * len(numbers))
    assert found.low == pytest.approx(wanted.low, rel=1e-9, abs=1e-9, nan_ok=True)
    assert found.high == pytest.approx(wanted.high, rel=1e-9, abs=1e-9, nan_ok=True)
    assert found.few.tolist() == wanted.few.tolist()
    assert found.skewed.tolist() == wanted.skewed.tolist()


def test_runs_are_put_together_again_only_in_doubt(monkeypatch):
    """Of zeros and of a mean that many runs carry nothing is; of three of 400 runs all is."""
    shapes = []
    usual = module.ranked
    monkeypatch.setattr(
        module,
        "ranked",
        lambda bins, ranks, at: shapes.append(ranks.shape) or usual(bins, ranks, at),
    )
    values = rows_of([(0.0, 400)], [(1.0, 200), (2.5, 200)], [(0.0, 397), (60.0, 3)])
    both(values, [1e6] * 3)
    assert shapes == [(1, 1), (1, 400)]


@pytest.mark.parametrize(
    ("number", "carriers", "students"),
    [
        ([(0.0, 400)], 0, False),
        ([(0.0, 381), (1.0, 19)], 19, False),
        ([(0.0, 19), (1.0, 19)], 19, True),
        ([(0.0, 300), (1.0, 300)], 300, True),
        ([(1.0, 600), (1e5, 5)], 605, False),
        ([(1.0, 20), (np.inf, 20)], 40, True),
        ([(1.0, 600), (np.inf, 5)], 605, False),
    ],
)
def test_students_interval_stands_without_a_doubt(number, carriers, students):
    """As few as 19 runs carry a mean if they are half of all; five of 605 weigh too much."""
    values = rows_of(number)
    defined = np.array([values.shape[1]])
    bins = binned(values)
    assert carriers_of(bins, defined).tolist() == [carriers]
    found = is_students(bins, defined, HORIZON, carriers_of(bins, defined))
    assert found.tolist() == [students]


def test_without_a_horizon_every_run_has_a_value():
    """What would be infinite is multiplied by no run."""
    values = rows_of([(1.0, 20), (2.5, 20)])
    found = is_students(binned(values), np.array([40]), np.inf, np.array([40]))
    assert found.tolist() == [True]


def test_values_of_a_wide_bin_are_spread_evenly():
    """Of 100 values from 1 to 1.03, skewness is 0: a bin is no reason for a doubt."""
    values = np.linspace(1.0, 1.03, 100)[None, :]
    bins = binned(values)
    assert bins.counts.tolist() == [100]
    assert is_students(bins, np.array([100]), HORIZON, np.array([100])).tolist() == [True]
