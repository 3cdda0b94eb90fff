"""Intervals against scipy, books and hand counts; what is said where few runs carry a mean."""

from math import inf, nan

import numpy as np
import pytest
from scipy import stats

from simdeploy.results.intervals import (
    UNSEEN,
    means_of,
    outliers,
    quantile_interval,
    quantile_ranks,
    unseen_share,
    weighted_count,
)


def means(*rows, most=None, signed=False):
    """Return means and intervals of rows of equal length."""
    values = np.array(rows, dtype=float)
    return means_of(values, (~np.isnan(values)).sum(axis=1), most, signed=signed)


def rare(size, *harms):
    """Return so many runs, the first of which have these harms."""
    return np.array([*harms, *[0.0] * (size - len(harms))])


def ends(found):
    """Return the first row's interval."""
    return found.low[0], found.high[0]


def test_events_of_equal_size_have_garwoods_interval():
    """Seven events of size 1: half of chi-square's quantiles with 14 and 16 degrees of freedom."""
    low, high = weighted_count(np.array([7.0]), np.array([7.0]), np.array([1.0]))
    books = stats.chi2.ppf(0.025, 14) / 2, stats.chi2.ppf(0.975, 16) / 2
    assert (low[0], high[0]) == pytest.approx(books)
    assert (low[0], high[0]) == pytest.approx((2.814, 14.423), abs=1e-3)


def test_interval_of_events_of_unequal_size():
    """Fay and Feuer (1997): gamma quantiles with the mean and variance of the weighted sum."""
    total, squares, unseen = 6.0, 14.0, 3.0
    low, high = weighted_count(*(np.array([x]) for x in (total, squares, unseen)))
    assert low[0] == pytest.approx(
        stats.gamma.ppf(0.025, total**2 / squares, scale=squares / total)
    )
    most, spread = total + unseen, squares + unseen**2
    assert high[0] == pytest.approx(stats.gamma.ppf(0.975, most**2 / spread, scale=spread / most))


def test_no_event_is_bounded_by_its_size():
    """Without an event the sum is at most 3.689 = −log 0.025 times what one can be."""
    low, high = weighted_count(np.array([0.0]), np.array([0.0]), np.array([10.0]))
    assert (low[0], high[0]) == pytest.approx((0.0, 36.889), abs=1e-3)


@pytest.mark.parametrize("runs", [1, 20, 100, 1000])
def test_unseen_share_is_clopper_and_pearsons(runs):
    """What no run has, a share of runs can have: scipy's exact bound for no hit."""
    exact = stats.binomtest(0, runs).proportion_ci(method="exact").high
    assert unseen_share(runs) == pytest.approx(exact)


def test_few_runs_carry_a_rare_harm():
    """Of 7 in 1,000 runs the mean carries the interval of seven weighted events, and is marked."""
    harms = [8000.0, 12_000.0, 9000.0, 10_000.0, 11_000.0, 9500.0, 10_500.0]
    found = means(rare(1000, *harms))
    total, squares = sum(harms), sum(h * h for h in harms)
    parts = (np.array([x]) for x in (total, squares, UNSEEN * max(harms)))
    low, high = weighted_count(*parts)
    assert found.few[0] == 7
    assert ends(found) == pytest.approx((low[0] / 1000, high[0] / 1000))
    assert found.low[0] < 70.0 < found.high[0]


def test_harm_of_no_run_is_bounded_by_the_most_it_can_be():
    """In 1,000 runs of 100,000 requests without a failure at most 0.368 % of all can fail."""
    found = means([0.0] * 1000, most=[100_000.0])
    assert ends(found) == pytest.approx((0.0, 368.2), abs=0.1)
    assert found.few[0] == 0
    both = means([0.0] * 1000, most=[100_000.0], signed=True)
    assert ends(both) == pytest.approx((-368.2, 368.2), abs=0.1)


def test_without_a_bound_no_run_gives_no_interval():
    """Where nobody knows how much it can be, runs without it bound nothing."""
    assert np.isnan(ends(means([0.0] * 100, most=[inf]))).all()
    assert ends(means([0.0] * 100)) == (0.0, 0.0)


def test_twenty_runs_are_enough():
    """Where 20 runs carry it the interval is Student's t again."""
    harms = rare(1000, *[10.0] * 20)
    found = means(harms)
    low, high = stats.t.interval(0.95, 999, harms.mean(), stats.sem(harms))
    assert (found.few[0], *ends(found)) == (0, pytest.approx(low), pytest.approx(high))


def test_few_runs_on_top_of_a_little_are_marked():
    """A little in each run hides nothing: six runs that add most of the mean are found."""
    little = np.random.default_rng(1).uniform(0.0, 1e-9, 1000)
    harm = rare(1000, *[10_000.0] * 6)
    found, alone = means(harm + little), means(harm)
    assert found.few[0] == alone.few[0] == 6
    assert ends(found) == pytest.approx(ends(alone))


def test_outliers_are_the_fewest_without_which_nothing_is_skewed():
    """Three runs far from a hundred others are three; of a normal sample none is."""
    usual = np.random.default_rng(2).normal(50.0, 5.0, 100)
    assert outliers(np.append(usual, [900.0, 1000.0, 1100.0])) == 3
    assert not means(usual).skewed[0]


def test_many_skewed_runs_are_told():
    """Where more than few runs deviate, the interval is Student's and is said to be too narrow."""
    values = rare(1000, *[1.5**k for k in range(30)])
    found = means(values)
    low, high = stats.t.interval(0.95, 999, values.mean(), stats.sem(values))
    assert ends(found) == pytest.approx((low, high))
    assert (found.skewed[0], found.few[0]) == (True, 0)


def test_six_of_six_pairs_are_a_difference_and_five_are_not():
    """As with the sign test: 2 ÷ 2⁶ is below 5 %, 2 ÷ 2⁵ is not."""
    low = [means(rare(1000, *[100.0] * k), signed=True).low[0] for k in (5, 6)]
    assert low[0] < 0.0 < low[1]


def test_a_difference_of_the_other_sign_mirrors():
    """Exchanging the strategies exchanges the ends."""
    harm = rare(500, 3.0, 9.0, -4.0, 8.0)
    one, other = ends(means(harm, signed=True)), ends(means(-harm, signed=True))
    assert one == pytest.approx((-other[1], -other[0]))


def test_nulls_are_left_out_of_rare_harm():
    """A null run is no run without harm."""
    with_nulls = [*rare(100, 5.0, 7.0), *[nan] * 50]
    assert ends(means(with_nulls)) == pytest.approx(ends(means(rare(100, 5.0, 7.0))))


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("runs", [30, 100, 1000])
def test_quantiles_lie_between_their_ranks(runs, level):
    """The number of runs below a quantile is binomial: the ranks leave out at most 2.5 % a side."""
    low, high = quantile_ranks(runs, level)
    below = stats.binom(runs, level)
    assert below.cdf(low - 1) <= 0.025 < below.cdf(low)
    assert below.sf(high - 1) <= 0.025 < below.sf(high - 2)


def test_interval_of_a_median():
    """Of 100 runs the 40th and the 61st bound the median, as in tables of order statistics."""
    assert quantile_interval(np.arange(1.0, 101.0), 100, 0.5) == (40.0, 61.0)


def test_high_quantiles_of_few_runs_have_no_upper_bound():
    """The worst of 100 runs is no bound of the worst in 100, and a censored run bounds nothing."""
    assert quantile_interval(np.arange(1.0, 101.0), 100, 0.99) == (97.0, None)
    assert quantile_interval(np.array([*range(50), *[inf] * 50]), 100, 0.5) == (39.0, None)


@pytest.mark.parametrize("runs", [[0.0, 1.0], [1.0] * 90 + [500.0] * 10, [0.0] * 97 + [1.0, 2, 9]])
def test_intervals_scale_with_their_values(runs):
    """Values so small that their squares underflow are judged as the same values in other units."""
    values, defined = np.array([runs]), np.array([len(runs)])
    usual, tiny = means_of(values, defined), means_of(values * 2.0**-700, defined)
    assert (tiny.few, tiny.skewed) == (usual.few, usual.skewed)
    assert tiny.mean * 2.0**700 == pytest.approx(usual.mean)
