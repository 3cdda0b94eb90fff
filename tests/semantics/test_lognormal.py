"""Lognormal values against SciPy and exact decimals: how far probabilities are off."""

import math
import random
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy import special, stats

from simdeploy.draws import M32, unit
from simdeploy.semantics import lognormal as subject

#: Words at and beside each node of the table, where pieces meet, and where the tails begin.
NODES = [
    min(max((k << 24) + step, 0), M32)
    for k in range(subject.PIECES + 1)
    for step in (-2, -1, 0, 1, 2)
]
#: Words in the middle of pieces and all around, and the ends of the tails.
WORDS = sorted({*NODES, *range(0, M32 + 1, 44_449), *range(2_000), *range(M32 - 2_000, M32 + 1)})
NUMBERS = np.array([unit(word) for word in WORDS])


def test_the_kolmogorov_distance_is_below_a_millionth():
    """A value's probability is that of its uniform number, at 100,000 words and at every node."""
    found = [subject.near_quantile(u) for u in NUMBERS.tolist()]
    distance = np.abs(special.ndtr(found) - NUMBERS).max()
    assert 1e-8 < distance < 2e-7


def test_quantiles_never_fall():
    """More luck never gives less, so that strategies compared on the same draws stay coupled."""
    found = [subject.near_quantile(u) for u in NUMBERS.tolist()]
    assert np.diff(found).min() > -1e-15


@pytest.mark.parametrize("k", range(subject.TAIL, subject.PIECES - subject.TAIL + 1))
def test_nodes_are_exact(k):
    """At every node both pieces have the quantile itself, so that nothing jumps there."""
    exact = special.ndtri(k / subject.PIECES)
    for u in (k / subject.PIECES, math.nextafter(k / subject.PIECES, 0.0)):
        assert subject.near_quantile(u) == pytest.approx(exact, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("word", [0, 1, 2**27 - 1, 2**32 - 2**27, M32])
def test_tails_are_exact(word):
    """One number in sixteen has the quantile of the exact formula: to 1e-14, the ends included."""
    u = unit(word)
    assert subject.near_quantile(u) == pytest.approx(special.ndtri(u), rel=1e-14)


@pytest.mark.parametrize("reach", [1e-9, 1.0, 21.0, 700.0])
def test_near_exp_is_right_to_fourteen_digits(reach):
    """Powers agree with decimals; beyond 21 they are those of ``numeric.exp``."""
    generator = random.Random(1)
    with localcontext(prec=40):
        for _ in range(2_000):
            x = generator.uniform(-reach, reach)
            assert abs(Decimal(subject.near_exp(x)) / Decimal(x).exp() - 1) < Decimal("1.5e-14")


@pytest.mark.parametrize(
    ("x", "value"), [(math.inf, math.inf), (-math.inf, 0.0), (0.0, 1.0), (1e9, math.inf)]
)
def test_near_exp_at_its_ends(x, value):
    """Overflow gives infinity, underflow zero."""
    assert subject.near_exp(x) == value


@pytest.mark.parametrize("sigma", [0.05, 0.5, 2.5])
def test_values_are_lognormal(sigma):
    """Values have the probabilities of SciPy's distribution, to 2e-7."""
    law = stats.lognorm(sigma, scale=8.0)
    found = [subject.lognormal(math.log(8.0), sigma, u) for u in NUMBERS[::7].tolist()]
    assert np.abs(law.cdf(found) - NUMBERS[::7]).max() < 2e-7


def test_a_value_by_hand():
    """The median is 8; 95 % are below 8 exp(0.5 × 1.644854) = 18.2081."""
    assert subject.lognormal(math.log(8.0), 0.5, 0.5) == pytest.approx(8.0, rel=1e-14)
    assert subject.lognormal(math.log(8.0), 0.5, 0.95) == pytest.approx(18.2081, rel=3e-6)
