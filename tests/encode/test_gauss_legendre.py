"""The table of points and weights against those that NumPy computes."""

import numpy as np
import pytest

from simdeploy.encode.gauss_legendre import gauss_legendre


def test_points_and_weights_are_numpys():
    """Points and weights are those of NumPy, up to the last bits of a machine's own."""
    points, weights = gauss_legendre()
    known, of_known = np.polynomial.legendre.leggauss(200)
    assert points == pytest.approx(known, rel=0, abs=1e-15)
    assert weights == pytest.approx(of_known, rel=1e-11)


@pytest.mark.parametrize("power", [0, 2, 50, 398])
def test_powers_are_integrated_exactly(power):
    """Up to x^399 the rule is exact: x^n has the integral 2 / (n + 1) where n is even."""
    points, weights = gauss_legendre()
    assert weights @ points**power == pytest.approx(2.0 / (power + 1), rel=1e-13)
    assert weights @ points ** (power + 1) == pytest.approx(0.0, abs=1e-15)
