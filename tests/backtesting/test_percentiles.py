"""Where a value falls among simulated ones."""

import numpy as np
import pytest
from scipy.stats import binomtest

from simdeploy.backtesting.percentiles import clopper_pearson, percentile, uniformity

RUNS = np.arange(1000.0)


def test_half_of_the_ties_count_as_below():
    """The share is that of the runs below and half of those that are the same."""
    found = percentile(3.0, np.array([1.0, 3.0, 3.0, 5.0]), 0.001)
    assert found.share == 0.5
    assert found.runs == 4


def test_what_differs_by_no_more_than_the_resolution_is_a_tie():
    """With times to the second, 30.4 s and 31 s are the same."""
    assert percentile(31.0, np.array([30.4, 20.0]), 1.0).share == 0.75


@pytest.mark.parametrize(("below", "runs"), [(0, 50), (3, 50), (996, 1000), (1000, 1000)])
def test_interval_is_clopper_and_pearsons(below, runs):
    """The interval of whole counts is that of another implementation."""
    exact = binomtest(below, runs).proportion_ci(0.95, "exact")
    assert clopper_pearson(below, runs) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize(
    ("value", "flagged", "contradicts"),
    [
        (500.5, False, False),
        (51.5, False, False),
        (48.5, True, False),
        (951.5, True, False),
        (996.5, True, True),
        (3.5, True, True),
        (-1.0, True, True),
        (2000.0, True, True),
    ],
)
def test_limits(value, flagged, contradicts):
    """Outside of 5 to 95 % a part is flagged, outside of 0.5 to 99.5 % it contradicts."""
    found = percentile(value, RUNS, 0.001)
    assert (found.is_flagged, found.is_contradicted) == (flagged, contradicts)


def test_few_runs_contradict_nothing():
    """Above all of ten runs may well be within 95 % of many."""
    found = percentile(99.0, np.arange(10.0), 0.001)
    assert found.share == 1.0
    assert not found.is_contradicted
    assert found.needs_runs


def test_uniformity():
    """Evenly spread shares are uniform, those at an end are not."""
    assert uniformity([(k + 0.5) / 40 for k in range(40)]) > 0.99
    assert uniformity([0.9 + k / 400 for k in range(40)]) < 1e-6
