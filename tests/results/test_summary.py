"""Summaries against numpy, scipy and hand counts; nulls, censoring, and what JSON may hold."""

import json
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simdeploy.results.metrics import NAMES
from simdeploy.results.summary import (
    summarize,
    summarize_variant,
    thin_means,
    wilson,
)
from tests.results import fabricate as make

values = st.lists(st.floats(-1e6, 1e6) | st.just(nan) | st.just(inf), min_size=1, max_size=40)


def one(numbers, *, time=True):
    """Return the summary of one metric."""
    return summarize(np.array([numbers], dtype=float), 100.0, restrict=[time])[0]


def test_mean_and_interval_are_student_t():
    """The interval of a mean is Student's t, as scipy computes it."""
    numbers = np.random.default_rng(7).exponential(30.0, 50)
    found = one(numbers)
    low, high = stats.t.interval(0.95, 49, numbers.mean(), stats.sem(numbers))
    assert (found.mean, *found.ci95) == pytest.approx((numbers.mean(), low, high))


def test_quantiles_interpolate_linearly():
    """Quantiles are numpy's linear ones, exactly."""
    numbers = np.random.default_rng(3).standard_normal(37)
    found = one(numbers)
    assert [found.p50, found.p95, found.p99] == pytest.approx(
        list(np.quantile(numbers, [0.5, 0.95, 0.99])), abs=1e-15
    )


def test_nulls_are_left_out():
    """A null run carries nothing; n and the share say how many runs did."""
    found = one([10.0, nan, 20.0, nan])
    assert (found.mean, found.p50, found.n, found.share) == (15.0, 15.0, 2, 0.5)


def test_censored_runs_are_infinite_in_quantiles():
    """A censored run is worse than every other, so it pushes quantiles up to infinity."""
    found = one([10.0, 20.0, 30.0, inf])
    assert (found.p50, found.p95, found.n, found.n_censored) == (25.0, inf, 4, 1)


def test_quantile_between_a_number_and_infinity_is_infinite():
    """Interpolating towards infinity ends there, but a quantile on a number stays that number."""
    assert one([10.0, inf]).p50 == inf
    assert one([10.0, 20.0, inf]).p50 == 20.0


def test_censored_mean_is_restricted_and_marked():
    """The mean of a censored time is that of min(T, horizon)."""
    found = one([20.0, inf])
    assert (found.mean, found.restricted) == (60.0, True)
    assert found.to_dict()["restricted"] is True


def test_infinite_amount_has_no_mean():
    """Only times can be cut at the horizon; an infinite ratio leaves the mean undefined."""
    found = one([1.0, inf], time=False)
    assert (found.mean, found.ci95, found.restricted) == (None, None, False)


def test_uncensored_says_nothing_of_restriction():
    """Where nothing was cut, the JSON does not mention it."""
    assert set(one([1.0, 2.0]).to_dict()) == {
        "mean", "ci95", "p50", "p95", "p99", "p50_ci95", "p95_ci95", "p99_ci95", "n", "n_censored",
    }  # fmt: skip


def test_never_defined_is_all_null():
    """A metric that no run has is null throughout, with n = 0."""
    data = one([nan, nan]).to_dict()
    assert data == {
        "mean": None, "ci95": None, "p50": None, "p95": None, "p99": None,
        "p50_ci95": None, "p95_ci95": None, "p99_ci95": None, "n": 0, "n_censored": 0,
    }  # fmt: skip


def test_single_run_has_no_interval():
    """One run has a mean and no interval."""
    assert (one([5.0]).mean, one([5.0]).ci95) == (5.0, None)


def test_equal_values_have_an_exact_mean():
    """Rounding makes no spread out of a constant."""
    found = one([0.1] * 1000)
    assert (found.mean, found.ci95) == (0.1, (0.1, 0.1))


def test_negative_zero_is_zero():
    """No number is printed as -0.0."""
    assert "-0.0" not in json.dumps(one([-0.0, -0.0]).to_dict())


@given(values)
def test_json_is_finite(numbers):
    """Whatever the runs hold, no NaN or infinity reaches the JSON."""
    json.dumps(one(numbers).to_dict(), allow_nan=False)


@given(values)
def test_quantiles_are_ordered(numbers):
    """A worse quantile is never smaller."""
    found = one(numbers)
    points = [p for p in (found.p50, found.p95, found.p99) if p is not None]
    assert points == sorted(points)


@pytest.mark.parametrize(("hits", "runs"), [(0, 10), (3, 10), (10, 10), (63, 100), (1, 1000)])
def test_wilson_is_scipys(hits, runs):
    """Shares carry Wilson's interval."""
    low, high = stats.binomtest(hits, runs).proportion_ci(method="wilson")
    assert wilson(hits, runs).ci95 == pytest.approx((low, high), abs=1e-9)


def test_wilson_without_runs_knows_nothing():
    """From no runs the share can be anything."""
    assert wilson(0, 0).ci95 == (0.0, 1.0)


def test_variant_counts_verdicts_and_outcomes():
    """All verdicts and outcomes have their share, also those that never happened."""
    found = summarize_variant(make.rows(4, verdict=["stopped"] * 3 + ["escaped"]), make.HORIZON)
    assert (found.verdicts["stopped"].share, found.verdicts["held"].share) == (0.75, 0.0)
    assert found.outcomes["rolled_back"].share == 1.0


def test_variant_has_every_metric():
    """The JSON has all metrics and no others."""
    found = summarize_variant(make.rows(4), make.HORIZON)
    assert tuple(found.to_dict()["metrics"]) == NAMES


def test_thin_means_are_warned_of():
    """A mean that fewer than 20 runs carry is named with their number."""
    rows = make.rows(100, detect_s=[60.0] * 3 + [nan] * 97)
    found = summarize_variant(rows, make.HORIZON)
    assert thin_means("canary", found) == [
        "canary: fewer than 20 runs carry the mean of detect_s (3)"
    ]


def test_rare_harm_is_marked_and_warned_of():
    """A harm of 7 in 100 runs is marked in the JSON, and named with their number."""
    rows = make.rows(100, failed_requests=[900.0] * 7 + [0.0] * 93)
    found = summarize_variant(rows, make.HORIZON)
    assert found.metrics["failed_requests"].to_dict()["carried_by"] == 7
    assert thin_means("canary", found) == [
        "canary: fewer than 20 runs carry the mean of failed_requests (7), failed_caused (7)"
    ]


def test_harm_of_no_run_is_bounded_by_all_requests():
    """No run of 100 fails a request: at most 3.62 % of all requests; of times, of the horizon."""
    found = summarize_variant(make.rows(100), make.HORIZON).metrics
    assert found["failed_requests"].ci95 == pytest.approx((0.0, 0.036217 * 1_440_000), rel=1e-4)
    assert found["downtime_s"].ci95 == pytest.approx((0.0, 0.036217 * make.HORIZON), rel=1e-4)
    assert found["failed_tasks"].ci95 is None


def test_quantiles_carry_intervals():
    """Between order statistics; what the runs do not bound is null."""
    data = one(np.arange(1.0, 101.0)).to_dict()
    assert (data["p50_ci95"], data["p99_ci95"]) == ([40.0, 61.0], [97.0, None])


def test_enough_runs_are_not_warned_of():
    """Twenty runs are enough, and none at all has no mean to warn of."""
    rows = make.rows(100, detect_s=[60.0] * 20 + [nan] * 80)
    assert thin_means("canary", summarize_variant(rows, make.HORIZON)) == []


def test_one_time_alone():
    """The drill's time is summarized like any other."""
    assert summarize(np.array([[10.0, 30.0]]), 7200.0, restrict=[True])[0].mean == 20.0
