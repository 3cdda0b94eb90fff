"""Paired differences: what is compared, over which runs, and from whose side."""

from math import inf, nan

import numpy as np
import pytest

from simdeploy.results.metrics import NAMES
from simdeploy.results.paired import differences
from simdeploy.results.summary import matrix
from tests.results import fabricate as make


def between(metric, a, b):
    """Return the difference of one metric between two fabricated strategies."""
    found = differences({"a": matrix(a, NAMES), "b": matrix(b, NAMES)})
    return next(one for one in found if one.metric == metric)


def test_pairs_share_their_luck():
    """Common luck cancels: a constant gap has no spread, however noisy the runs."""
    luck = make.noise(100, 1000.0, 300.0)
    one = between("failed_requests", make.rows(failed_requests=luck + 50),
                  make.rows(failed_requests=luck))  # fmt: skip
    assert one.mean == pytest.approx(50.0)
    assert one.ci95 == pytest.approx((50.0, 50.0))


def test_share_fewer_counts_runs():
    """The share of runs in which a has less, and that in which b has, leave out ties."""
    one = between("failed_requests", make.rows(4, failed_requests=[1, 2, 3, 4]),
                  make.rows(4, failed_requests=[2, 2, 9, 1]))  # fmt: skip
    assert (one.share_fewer, one.share_more, one.n_pairs) == (0.5, 0.25, 4)


def test_conditional_needs_both_defined_and_closed():
    """Runs where a time is null or censored on either side make no pair."""
    one = between("detect_s", make.rows(4, detect_s=[10, nan, 30, inf]),
                  make.rows(4, detect_s=[4, 5, inf, 7]))  # fmt: skip
    assert (one.mean, one.n_pairs, one.ci95) == (6.0, 1, None)


def test_no_pair_is_null():
    """Without a pair there is no difference, and it cannot be distinguished from zero."""
    one = between("detect_s", make.rows(4), make.rows(4, detect_s=1.0))
    assert (one.mean, one.n_pairs, one.level) == (None, 0, True)


def test_swapped_is_the_other_side():
    """Seen from b, signs and shares change places."""
    one = between("failed_requests", make.rows(4, failed_requests=[1, 2, 3, 4]),
                  make.rows(4, failed_requests=[2, 2, 9, 1])).swapped()  # fmt: skip
    assert (one.a, one.b, one.mean, one.share_fewer) == ("b", "a", 1.0, 0.25)
    assert one.ci95[0] < 1.0 < one.ci95[1]


def test_all_pairs_in_file_order():
    """Three strategies make three pairs, each with every metric, in their order."""
    empty = matrix(make.rows(2), NAMES)
    found = differences({"c": empty, "a": empty, "b": empty})
    pairs = list(dict.fromkeys((one.a, one.b) for one in found))
    assert pairs == [("c", "a"), ("c", "b"), ("a", "b")]
    assert [one.metric for one in found[: len(NAMES)]] == list(NAMES)


def test_few_pairs_that_differ_are_marked():
    """Where few pairs differ the interval is one for rare harm, and the JSON tells how many."""
    harm = [500.0, 700.0, 900.0] + [0.0] * 97
    found = between("failed_requests", make.rows(100, failed_requests=harm), make.rows(100))
    assert found.to_dict()["carried_by"] == found.swapped().carried_by == 3
    assert found.level
    assert found.ci95[1] > 3 * found.mean


def test_equal_runs_have_no_negative_zero():
    """Nothing minus nothing is 0.0."""
    one = between("failed_requests", make.rows(4), make.rows(4)).swapped()
    assert np.copysign(1.0, [one.mean, *one.ci95]).tolist() == [1.0, 1.0, 1.0]


def test_a_difference_of_rounding_is_none():
    """Below a billionth of the larger number neither has more: 1e-7 of 1,000, but not 1e-5."""
    near, apart = make.rows(2, cost_usd=1000.0), make.rows(2, cost_usd=[1000.0 + 1e-7, 1000.00001])
    found = differences({"a": matrix(near, NAMES), "b": matrix(apart, NAMES)})
    cost = next(d for d in found if d.metric == "cost_usd")
    assert cost.mean == pytest.approx(-0.5e-5, rel=1e-3)
    assert (cost.share_fewer, cost.share_more) == (0.5, 0.0)
