"""Draws: known answers of Philox, uniform numbers by name, and values of distributions."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from simdeploy import draws
from simdeploy.engines.jit.loading import compiled

#: The vectors of Random123's kat_vectors for philox4x32 with 10 rounds: counter and key, answer.
KNOWN_ANSWERS = [
    (
        "00000000 00000000 00000000 00000000 00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]
SEEDS = [0, 1, -1, 2026, 2**63 - 1, -(2**63)]
REPLICATIONS = [0, 1, 2**32 - 1, 2**32, 2**48 - 1]
TABLE = [[0.0] * 257, [i * i / 256.0 for i in range(257)]]
MANY = 20_000


def words(text):
    """Parse hexadecimal words."""
    return tuple(int(word, 16) for word in text.split())


def purposes():
    """Return the names of the purposes of draws and their numbers."""
    kinds = {"CONSTANT", "UNIFORM", "EXPONENTIAL", "LOGNORMAL", "TABLE", "STEPS", "M32"}
    mixing = ("MULTIPLIER", "WEYL", "PI")
    return {
        name: value
        for name, value in vars(draws).items()
        if name.isupper() and name not in kinds and not name.startswith(mixing)
    }


@pytest.mark.parametrize("made", [lambda function: function, compiled], ids=["plain", "compiled"])
@pytest.mark.parametrize(("given", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_known_answers(made, given, answer):
    """The generator is the published one, in plain Python and compiled."""
    assert made(draws.philox)(*words(given)) == words(answer)


def test_purposes_are_distinct():
    """No two purposes share a draw."""
    numbers = list(purposes().values())
    assert len(numbers) >= 24
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("purpose", purposes().values(), ids=purposes())
def test_a_purpose_is_a_word_of_its_block(purpose):
    """One draw alone and the block of four hold the same number."""
    block = draws.four(3, 4, purpose // 4, 5, 6)
    assert draws.uniform(3, 4, purpose, 5, 6) == block[purpose % 4]


def test_every_part_of_a_name_matters():
    """Another seed, replication, purpose, entity or ordinal gives another number."""
    base = (7, 8, draws.BOOT, 9, 10)
    changed = [tuple(x + (i == j) for j, x in enumerate(base)) for i in range(5)]
    numbers = {draws.uniform(*draws.key(*name[:2]), *name[2:]) for name in [base, *changed]}
    assert len(numbers) == 6


def test_keys_are_distinct():
    """Seeds and replications do not share keys, and negative seeds are seeds of their own."""
    keys = {draws.key(*pair) for pair in product(SEEDS, REPLICATIONS)}
    assert len(keys) == len(SEEDS) * len(REPLICATIONS)
    assert all(0 <= word < 2**32 for pair in keys for word in pair)


def test_uniform_numbers_never_reach_their_ends():
    """The smallest and largest words stay strictly between 0 and 1."""
    assert 0.0 < draws.unit(0) < draws.unit(draws.M32) < 1.0


@pytest.mark.parametrize("purpose", [draws.PULL, draws.WEIGHT, draws.ALARM_GOOD])
def test_uniform_numbers_are_uniform(purpose):
    """Draws over entities, and over replications, pass a Kolmogorov-Smirnov test."""
    entities = [draws.uniform(1, 2, purpose, entity, 0) for entity in range(MANY)]
    replications = [draws.uniform(*draws.key(1, r), purpose, 0, 0) for r in range(MANY)]
    assert stats.kstest(entities, "uniform").pvalue > 1e-3
    assert stats.kstest(replications, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(entities, replications)[0, 1]) < 0.03


@pytest.mark.parametrize(
    ("code", "a", "b", "expected"),
    [
        (draws.CONSTANT, 3.0, 0.0, stats.uniform(3.0, 1e-300)),
        (draws.UNIFORM, 2.0, 5.0, stats.uniform(2.0, 3.0)),
        (draws.LOGNORMAL, math.log(8.0), 0.5, stats.lognorm(0.5, scale=8.0)),
        (draws.TABLE, 0.0, 0.0, stats.powerlaw(0.5, scale=256.0)),
    ],
)
@pytest.mark.parametrize("u", [2.0**-33, 0.1, 0.5, 0.96875, 1.0 - 2.0**-33])
def test_values_are_quantiles(code, a, b, expected, u):
    """A uniform number gives the quantile of the distribution; a table interpolates."""
    value = draws.sample(code, a, b, TABLE, 1, u)
    assert value == pytest.approx(expected.ppf(u), rel=1e-9, abs=0.02 * (code == draws.TABLE))


def test_exponential_values_mirror_the_quantile():
    """The exponential distribution takes the logarithm of the number itself: large for small u."""
    value = draws.sample(draws.EXPONENTIAL, 5.0, 0.0, TABLE, 0, 0.25)
    assert value == pytest.approx(stats.expon(scale=5.0).ppf(0.75))


@pytest.mark.parametrize("u", [0.0, 1.0])
def test_a_table_ends_at_its_ends(u):
    """The first and last quantiles are the ends."""
    assert draws.interpolated(TABLE, 1, u) == TABLE[1][int(256 * u)]


@pytest.mark.parametrize("seed", SEEDS)
def test_compiled_draws_have_the_same_bits(seed):
    """Keys, uniform numbers and values do not depend on the engine."""
    four, sample, table = compiled(draws.four), compiled(draws.sample), np.array(TABLE)
    for replication in REPLICATIONS:
        key = draws.key(seed, replication)
        assert compiled(draws.key)(seed, replication) == key
        for block, entity in product(range(6), [0, 1, 17, 2**32 - 1]):
            numbers = draws.four(*key, block, entity, entity)
            assert four(*key, block, entity, entity) == numbers
            for code, u in product(range(5), numbers):
                assert sample(code, 1.1, 0.7, table, 1, u) == draws.sample(
                    code, 1.1, 0.7, TABLE, 1, u
                )
