"""The standard normal distribution over arrays, against SciPy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from simdeploy.encode import normal
from simdeploy.semantics.numeric import normal_quantile


@given(st.floats(-40.0, 40.0))
def test_probability_is_that_of_a_library(z):
    """A probability agrees to 14 digits, into the far tail."""
    assert np.isclose(normal.probability(z), special.ndtr(z), rtol=1e-13, atol=1e-300)


@given(st.lists(st.floats(0.0, 1.0), min_size=1))
def test_quantiles_are_those_of_a_library(values):
    """Quantiles agree to 14 digits with SciPy and, but for logarithms, with those of draws."""
    u = np.array(values)
    expected = [normal_quantile(value) for value in values]
    np.testing.assert_allclose(normal.quantiles(u), special.ndtri(u), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(normal.quantiles(u), expected, rtol=1e-13)


def test_shapes_and_borders():
    """A table keeps its shape; 0 and 1 are infinitely far."""
    table = np.array([[0.0, 0.075, 0.5], [0.925, 1.0, 1e-300]])
    z = normal.quantiles(table)
    assert z.shape == table.shape
    assert z[0, 0] == -np.inf
    assert z[1, 1] == np.inf
    np.testing.assert_allclose(normal.probabilities(z), table, rtol=1e-12)
