"""The period of the looks from the steps between events."""

import numpy as np
import pytest

from simdeploy.calibrating.clock import Clock, fit_clock


def steps(tick, jitter, n, seed=1):
    """Return the steps between events at looks, one to four looks apart."""
    luck = np.random.default_rng(seed)
    looks = luck.integers(1, 5, n)
    return looks * tick + luck.uniform(-jitter, jitter, n) + luck.uniform(-jitter, jitter, n)


@pytest.mark.parametrize("tick", [9.0, 10.2, 12.0])
def test_the_period_is_found(tick):
    """Sixty steps give period and jitter of the looks that made them."""
    clock = fit_clock(steps(tick, 0.35, 60))
    assert clock.is_fitted
    assert clock.tick == pytest.approx(tick, rel=0.01)
    assert clock.jitter == pytest.approx(0.35, abs=0.08)


def test_rounding_to_seconds_is_no_jitter():
    """Times in whole seconds do not make the looks jitter."""
    exact = np.cumsum(steps(10.2, 0.0, 80))
    clock = fit_clock(np.diff(np.floor(exact)), resolution=1.0)
    assert clock.jitter < 0.3


def test_few_steps_say_nothing():
    """Seven steps leave the usual period, and say that it is not fitted."""
    assert fit_clock(steps(12.0, 0.1, 7)) == Clock(steps=7)


def test_steps_off_any_grid_say_nothing():
    """Steps that gather at no multiple leave the usual period."""
    assert not fit_clock(np.random.default_rng(1).uniform(6, 50, 60)).is_fitted


def test_steps_of_one_and_five_looks_are_not_those_of_another_period():
    """Steps that differ by multiples of a shorter period are no multiples of it."""
    assert fit_clock([10.2] * 10 + [51.0] * 5).tick == pytest.approx(10.2)
