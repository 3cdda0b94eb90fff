"""Elementary functions against exact decimals, the standard library and SciPy."""

import math
import random
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from simdeploy.semantics import numeric

#: Probabilities of a fine grid, none of them at an end.
GRID = [(i + 0.5) / 20_000 for i in range(20_000)]


def ulps(got, exact):
    """Return the error in units in the last place of the exact value."""
    return abs(Decimal(got) - exact) / Decimal(math.ulp(float(exact)))


@pytest.mark.parametrize("reach", [1e-9, 1.0, 20.0, 700.0])
def test_exp_is_right_to_one_ulp(reach):
    """The exponential function is less than one unit in the last place off."""
    generator = random.Random(1)
    with localcontext(prec=40):
        for _ in range(2_000):
            x = generator.uniform(-reach, reach)
            assert ulps(numeric.exp(x), Decimal(x).exp()) < 1


@pytest.mark.parametrize("reach", [1e-9, 0.1, 20.0, 700.0])
def test_log_is_right_to_one_ulp(reach):
    """The logarithm is less than one unit in the last place off, near 1 as well."""
    generator = random.Random(2)
    with localcontext(prec=40):
        for _ in range(2_000):
            x = math.exp(generator.uniform(-reach, reach))
            assert ulps(numeric.log(x), Decimal(x).ln()) < 1


@pytest.mark.parametrize(
    ("x", "value"),
    [(0.0, 1.0), (-0.0, 1.0), (1e9, math.inf), (math.inf, math.inf), (-1e9, 0.0), (-math.inf, 0.0)],
)
def test_exp_at_its_ends(x, value):
    """Overflow gives infinity, underflow zero."""
    assert numeric.exp(x) == value


def test_exp_scales_by_every_power_of_two():
    """Between any two powers of two it is less than one unit in the last place off."""
    with localcontext(prec=40):
        for k in range(-1020, 1024):
            x = (k + 0.25) * math.log(2.0)
            assert ulps(numeric.exp(x), Decimal(x).exp()) < 1


@pytest.mark.parametrize("x", [numeric.EXP_OVERFLOW, numeric.EXP_UNDERFLOW, 709.0, -709.0, -740.0])
def test_exp_close_to_its_ends(x):
    """The last finite values and the subnormal ones agree with the standard library."""
    assert numeric.exp(x) == pytest.approx(math.exp(x), rel=1e-15, abs=5e-324)


@pytest.mark.parametrize(
    ("x", "value"), [(1.0, 0.0), (0.0, -math.inf), (-0.0, -math.inf), (math.inf, math.inf)]
)
def test_log_at_its_ends(x, value):
    """The logarithm of zero is minus infinity."""
    assert numeric.log(x) == value


@pytest.mark.parametrize("x", [5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308])
def test_log_of_extreme_numbers(x):
    """Subnormal numbers and the largest one have exact logarithms too."""
    assert numeric.log(x) == pytest.approx(math.log(x), rel=2e-16)


@pytest.mark.parametrize(
    "function", [numeric.exp, numeric.log, numeric.normal_quantile], ids=lambda f: f.__name__
)
def test_nan_stays_nan(function):
    """What is not a number gives what is not a number."""
    assert math.isnan(function(math.nan))


@pytest.mark.parametrize("x", [-1.0, -math.inf, -5e-324])
def test_log_of_negative_numbers(x):
    """Negative numbers have no logarithm."""
    assert math.isnan(numeric.log(x))


@pytest.mark.parametrize("k", range(-31, 32))
def test_powers_of_two_are_exact(k):
    """The shift gives the power itself."""
    assert numeric.power_of_two(k) == math.ldexp(1.0, k)


@pytest.mark.parametrize(
    "y", [0.5, 0.75, 1.0, 1.0000000000000002, 1.4142135623730951, 1.9999999999999998]
)
def test_scaling_rounds_once(y):
    """Every scale gives what the C library's ldexp gives, subnormal numbers included."""
    last = 1024 if y < 1.0 else 1023
    for k in range(-1075, last + 1):
        assert numeric.scaled(y, k) == math.ldexp(y, k), k


def test_scaling_to_infinity():
    """Beyond the largest number there is infinity."""
    assert numeric.scaled(1.5, 1024) == math.inf


def test_normal_quantile_is_that_of_the_standard_library():
    """Quantiles agree with ``statistics`` to 1e-15, the far tails included."""
    tails = [10.0**-e for e in range(1, 300)]
    ours = [numeric.normal_quantile(u) for u in GRID + tails]
    theirs = [NormalDist().inv_cdf(u) for u in GRID + tails]
    np.testing.assert_allclose(ours, theirs, rtol=1e-15)


def test_the_center_holds_its_lower_end():
    """AS 241 takes abs(q) <= 0.425 for the center: at 0.075 it has the standard library's bits."""
    assert numeric.normal_quantile(0.075) == NormalDist().inv_cdf(0.075)


@pytest.mark.parametrize("u", [0.075, 0.925, 0.3, math.exp(-25.0), 1e-9])
def test_normal_quantile_never_falls(u):
    """Neighbouring numbers keep their order to rounding, where formulas meet as well."""
    below, above = math.nextafter(u, 0.0), math.nextafter(u, 1.0)
    assert numeric.normal_quantile(below) <= numeric.normal_quantile(above) + 1e-15


def test_normal_quantile_at_its_ends():
    """Certainty lies infinitely far out; beyond it there is nothing."""
    assert numeric.normal_quantile(0.0) == -math.inf
    assert numeric.normal_quantile(1.0) == math.inf
    assert math.isnan(numeric.normal_quantile(1.5))


@pytest.mark.parametrize("mean", [1e-6, 0.3, 1.0, 7.5, 15.999])
def test_small_poisson_counts_are_exact(mean):
    """Below a mean of 16 counts are those of SciPy."""
    ours = [numeric.poisson(u, mean) for u in GRID]
    np.testing.assert_array_equal(ours, stats.poisson.ppf(GRID, mean))


@pytest.mark.parametrize(("mean", "share"), [(16.0, 2e-3), (50.0, 1e-3), (1e3, 1e-4), (1e6, 1e-4)])
def test_large_poisson_counts_are_almost_exact(mean, share):
    """From 16 on counts are off by one at most, and rarely."""
    ours = np.array([numeric.poisson(u, mean) for u in GRID])
    gap = np.abs(ours - stats.poisson.ppf(GRID, mean))
    assert gap.max() <= 1.0
    assert gap.mean() <= share


@pytest.mark.parametrize(
    ("u", "mean", "count"),
    [(0.06192, 16.5, 11), (0.08469, 17.0, 12), (0.07743, 16.0, 11), (0.01678, 16.5, 9)],
)
def test_the_expansion_has_all_of_its_terms(u, mean, count):
    """Quantiles, by SciPy's exact sums, that the third-order terms of the expansion decide."""
    assert stats.poisson.ppf(u, mean) == count
    assert numeric.poisson(u, mean) == count


def test_the_expansion_begins_at_sixteen():
    """At a mean of 16 it gives 7 where the exact quantile is 8; below 16 sums are exact."""
    assert stats.poisson.ppf(0.01, 16.0) == 8
    assert numeric.poisson(0.01, 16.0) == 7
    assert numeric.poisson(0.01, math.nextafter(16.0, 0.0)) == 8


def test_the_expansion_ends_at_zero():
    """Where it is negative there are no counts: 0 has a probability of exp(-16) = 1.1e-7."""
    assert numeric.poisson(2.0**-33, 16.0) == 0.0


@pytest.mark.parametrize("mean", [0.5, 1.0, 3.0])
def test_a_count_reaches_its_own_probability(mean):
    """At the probability of 0 the count is 0, and a little above it is 1."""
    none = numeric.exp(-mean)
    assert numeric.poisson(none, mean) == 0.0
    assert numeric.poisson(math.nextafter(none, 1.0), mean) == 1.0


@pytest.mark.parametrize("mean", [0.5, 15.99, 16.0, 400.0])
def test_poisson_never_falls_as_u_grows(mean):
    """More luck never gives fewer counts, so strategies compared on the same draws stay coupled."""
    counts = [numeric.poisson(u, mean) for u in [2.0**-33, *GRID, 1.0 - 2.0**-33]]
    assert counts == sorted(counts)


@pytest.mark.parametrize("u", [2.0**-33, 1e-4, 0.1, 0.5, 0.9, 0.9999, 1.0 - 2.0**-33])
def test_poisson_switches_without_a_jump(u):
    """The sum and the expansion give counts at most one apart where they meet."""
    below = numeric.poisson(u, math.nextafter(numeric.FEW, 0.0))
    assert abs(numeric.poisson(u, numeric.FEW) - below) <= 1.0


@pytest.mark.parametrize("mean", [0.0, -1.0, math.nan])
def test_poisson_of_nothing(mean):
    """No mean, no counts."""
    assert numeric.poisson(0.99, mean) == 0.0


def test_poisson_stops():
    """A probability of one, which no draw has and rounded sums miss, ends the sum all the same."""
    assert numeric.poisson(1.0, 15.99) <= numeric.MANY
    assert numeric.poisson(1.0, 12.0) == numeric.MANY == 100.0
