"""Fitting of steps: families, intervals, open ends, what stays as measured."""

import math

import numpy as np
import pytest

from simdeploy.calibrating.fitting import fit, resultant, values
from simdeploy.calibrating.sample import Sample, between
from simdeploy.calibrating.steps import Spread
from simdeploy.distributions import Constant, Empirical, Uniform

SPREAD = Spread(5.0, 10.0, 20.0, 9)


def exact(times):
    """Return exact samples."""
    return [Sample(t, t) for t in times]


def lognormal(n, median=30.0, sigma=0.4, seed=1):
    """Return lognormal times."""
    return median * np.exp(sigma * np.random.default_rng(seed).standard_normal(n))


def test_many_exact_times_are_fitted():
    """Two hundred lognormal times give a lognormal with their median and 95th percentile."""
    found = fit(exact(lognormal(200)), SPREAD)
    assert found.distribution.kind == "lognormal"
    assert found.distribution.quantile(0.5) == pytest.approx(30.0, rel=0.06)
    assert found.distribution.quantile(0.95) == pytest.approx(30.0 * math.exp(0.658), rel=0.1)


def test_a_location_is_never_fitted():
    """Times around 15 s give a lognormal of 15 s, not one of 5 s that begins at 10 s."""
    found = fit(exact(lognormal(40, median=15.0, sigma=0.12)), SPREAD)
    assert found.distribution.quantile(0.5) == pytest.approx(15.0, rel=0.05)
    assert found.distribution.quantile(0.95) == pytest.approx(15.0 * math.exp(0.197), rel=0.05)


def test_few_times_cannot_tell_families_apart():
    """Of twenty Weibull times a lognormal is chosen, and the reason is said."""
    times = 20.0 * np.random.default_rng(4).weibull(3.0, 20)
    found = fit(exact(times), SPREAD)
    assert found.distribution.kind == "lognormal"
    assert "n = 20 cannot tell it from" in found.why


def test_many_times_tell_families_apart():
    """Of four hundred Weibull times a Weibull distribution is chosen."""
    times = 20.0 * np.random.default_rng(4).weibull(2.2, 400)
    found = fit(exact(times), SPREAD)
    assert found.distribution.kind == "weibull"
    assert found.distribution.quantile(0.5) == pytest.approx(
        20 * math.log(2) ** (1 / 2.2), rel=0.06
    )


def test_intervals_of_a_look_give_the_median():
    """Times that are only known to 10.2 s give their median within 5 % and their spread."""
    times = lognormal(240, seed=2)
    looked = [between(0.0, math.ceil(t / 10.2) * 10.2, 0.0, wait=10.2) for t in times]
    found = fit(looked, SPREAD, tick=10.2)
    assert found.distribution.quantile(0.5) == pytest.approx(30.0, rel=0.05)
    assert found.distribution.quantile(0.95) == pytest.approx(30.0 * math.exp(0.658), rel=0.1)


def test_times_without_an_end_count_as_longer():
    """A list that ends early does not make a step shorter: what is cut counts as longer."""
    times = lognormal(400)
    cut = [Sample(t, t) if t <= 30.0 else Sample(30.0, math.inf) for t in times]
    found = fit(cut, SPREAD)
    assert found.distribution.quantile(0.5) == pytest.approx(30.0, rel=0.06)


def test_two_humps_stay_as_measured():
    """What no family fits keeps its values."""
    times = [*np.linspace(10, 11, 20), *np.linspace(30, 31, 20)]
    found = fit(exact(times), SPREAD)
    assert isinstance(found.distribution, Empirical)
    assert found.distribution.values == pytest.approx(sorted(times), abs=0.01)
    assert found.why == "as measured: no family fits"


def test_times_on_the_grid_of_looks_stay_as_measured():
    """Values that gather at multiples of the looks' period are no family's."""
    times = [20.3, 20.5, 30.6, 30.5, 30.7, 40.8, 40.9, 20.4, 30.6, 51.0]
    assert resultant(times, 10.2) > 0.9
    assert "on the grid of 10.2 s" in fit(exact(times), SPREAD, tick=10.2).why


def test_equal_times_are_constant():
    """Eight equal times are a constant; families have no answer to them."""
    assert fit(exact([12.0] * 8), SPREAD).distribution == Constant(value=12.0)


def test_few_different_times_stay_as_measured():
    """Seven of eight equal times are no family."""
    assert fit(exact([12.0] * 7 + [15.0]), SPREAD).why == "as measured: too few different values"


def test_no_time_at_all_stays_as_measured():
    """A time of zero is no lognormal."""
    assert fit(exact([0.0, *range(1, 9)]), SPREAD).why == "as measured: some take no time"


def test_steps_of_the_control_plane_stay_as_measured():
    """AWS's own steps keep their values, whatever fits."""
    found = fit(exact(lognormal(50)), SPREAD, is_control_plane=True)
    assert isinstance(found.distribution, Empirical)


def test_few_times_are_widened_by_the_spread_of_others():
    """Three times of 140 to 142 s get three more values with the ratios that others saw."""
    found = fit(exact([140.0, 141.0, 142.0]), SPREAD)
    assert found.why == "widened, n = 3"
    assert found.is_widened
    assert found.distribution.values == (70.5, 140.0, 141.0, 141.0, 142.0, 282.0)


def test_nothing_that_ended_gives_no_distribution():
    """Steps that never ended say nothing of a distribution."""
    assert fit([Sample(5.0, math.inf)], SPREAD) is None


def test_what_is_longer_than_all_others_is_left_out():
    """An open step beyond every value has no value of its own."""
    assert values([Sample(5, 5), Sample(9, math.inf)]) == [5.0]


def test_many_values_are_thinned_to_a_hundred():
    """A block of a scenario has at most a hundred values, with the same quantiles."""
    times = np.linspace(10.0, 50.0, 1000)
    found = fit(exact(times), SPREAD, is_control_plane=True)
    assert len(found.distribution.values) == 100
    assert found.distribution.quantile(0.25) == pytest.approx(20.0, abs=0.2)


def test_tasks_of_few_deployments_are_widened_as_much():
    """Eighteen tasks of three deployments are widened like three samples."""
    times = [140.0, 141.0, 142.0]
    alone = fit(exact(times), SPREAD)
    shared = [Sample(t, t, f"d{t}", 0.0, is_paired_in_order=True) for t in times for _ in range(6)]
    found = fit(shared, SPREAD)
    assert found.why == "widened, 3 deployments"
    for share in (0.05, 0.5, 0.95):
        near = pytest.approx(alone.distribution.quantile(share), rel=0.01)
        assert found.distribution.quantile(share) == near


def test_one_look_holds_anything():
    """Intervals of one look alone are uniform between it and the one before."""
    found = fit([Sample(30.5, 40.7)] * 9, SPREAD, tick=10.2)
    assert found.distribution == Uniform(low=30.5, high=40.7)


def test_a_narrow_step_is_on_no_grid():
    """Values within a few seconds are at one phase of any period, which says nothing."""
    found = fit(exact(15.0 + lognormal(40, median=1.5)), SPREAD, tick=10.2)
    assert found.distribution.kind in {"lognormal", "gamma"}


def test_two_looks_hold_no_family():
    """Intervals of two neighboring looks would be fitted by a spike at their common end."""
    looked = [Sample(30.5, 40.7)] * 6 + [Sample(40.6, 50.8)] * 6
    found = fit(looked, SPREAD, tick=10.2)
    assert found.why == "as measured: within two looks"
    assert found.distribution.quantile(0.05) < 33.0
    assert found.distribution.quantile(0.95) > 48.0
