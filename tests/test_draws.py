"""Draws: published answers of Philox, golden uniform numbers, and values of distributions."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from simdeploy import draws
from simdeploy.engines import replicate
from simdeploy.engines.jit.loading import compiled
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants, registry
from simdeploy.model.registry import FAULT_KINDS, FaultKind
from simdeploy.strategies.parts import ALL_STAGES
from tests.equal import bits
from tests.small import small

#: Published answers of philox4x32 with 10 rounds: counter and key, answer. The first three are all
#: of Random123's tests/kat_vectors, the others a choice of its tests/old_kat_vectors, where every
#: key has one word that is not 0 (github.com/DEShawResearch/random123, 9545ff6).
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
    (
        "00000001 00000000 00000000 00000000 00000001 00000000",
        "ac08141b dfc5ccbe 79c07a47 a7f66093",
    ),
    (
        "00000000 00000001 00000000 00000000 00000000 00000001",
        "532f1322 36c890fb 6504b937 07bbfef7",
    ),
    (
        "00000000 00000000 00000001 00000000 00000000 ffffffff",
        "6c4b0e80 357e5a94 3255445d 6f433f0b",
    ),
    (
        "00000000 00000000 00000000 00000001 00000000 80000000",
        "dbec6d70 69cea528 f7e22262 2e9f3e8f",
    ),
    (
        "a4093822 299f31d0 082efa98 ec4e6c89 00000001 00000000",
        "fb9877f8 482895e2 60b01453 198ea67b",
    ),
    (
        "452821e6 38d01377 be5466cf 34e90c6c 00000000 80000000",
        "94ca5566 14924b2f 28214292 59faeaee",
    ),
]
#: The C++26 standard asks of ``std::philox4x32`` ([rand.predef]) that its 10000th number is this;
#: by default the key is (20111115, 0), and the counter begins at 0.
CPP26_SEED, CPP26_10000TH = 20111115, 1955073260

#: For every purpose its number and the words of two draws under the key of seed 2026 and
#: replication 3: entity and ordinal 0, and those of a late task while rolling back. They are
#: part of every result: a new purpose is added, and those that exist never change.
GOLDEN = {
    "PROVISIONING": (0, 0x4F365F9B, 0x7662AED0),
    "PULL": (1, 0x4EC5B4ED, 0x8B37F665),
    "CONTAINER_START": (2, 0x6A2D60C1, 0x0B1E3787),
    "BOOT": (3, 0xED83FD9E, 0x0E346305),
    "FIRST_CHECK": (4, 0x8C184596, 0xFBBB283B),
    "SHUTDOWN": (5, 0xF75EC463, 0x291A9C4C),
    "BOOT_CRASH": (6, 0x41C4D988, 0x06F9D305),
    "NEVER_LISTENS": (7, 0xA2FA185E, 0xE281823C),
    "CHECK": (8, 0x8215099C, 0x12466A86),
    "DEREGISTRATION": (9, 0xE42F1459, 0x006E30C9),
    "WEIGHT": (10, 0x984E8694, 0xD938E555),
    "CRASH": (11, 0x6F0FE459, 0x5D36E290),
    "ALARM_PHASE": (12, 0xDB99F760, 0x227FAE63),
    "ALARM_PUBLISH": (13, 0xC774DF02, 0xE49BB96B),
    "ALARM_EVALUATION": (14, 0x379FEEE8, 0x1ECCBFD8),
    "ALARM_POLL": (15, 0x19B0F249, 0x8441BB39),
    "ALARM_BAD": (16, 0x87CAEA60, 0xF99A88AC),
    "ALARM_GOOD": (17, 0x34BD4577, 0x16AA73F2),
    "CONTROLLER_DELAY": (18, 0x7EE175E2, 0xE3BD8A09),
    "SMOKE_TEST": (19, 0x07188430, 0xA85208EE),
    "OPERATOR_NOTICES": (20, 0x4B570A13, 0xD7C35E5E),
    "OPERATOR_DECIDES": (21, 0x17F4EE61, 0x0980E554),
    "OPERATOR_TYPES": (22, 0xA8B179AF, 0x28E580BB),
    "HOOK": (23, 0xBC1D4FF4, 0x1637416A),
    "ALARM_NOISE": (24, 0xCD220472, 0x4DA4D928),
    "FLAG": (25, 0x1D02F2B6, 0xE7CA525B),
    "SILENT": (26, 0x0F7559DE, 0xD1B423A8),
    "COMMAND": (27, 0xFD92EA31, 0xE6FFC055),
    "LOOK": (28, 0xF504261E, 0xC65EC576),
    "LEFT_GROUP": (29, 0x194B77AC, 0x9090B8CE),
    "REPLACE": (30, 0xAD5B22AF, 0x405FFD65),
    "PAUSE": (31, 0x2288F14A, 0x21CA97AB),
    "START_FAILURE": (32, 0x1DC4A9B8, 0x80840952),
    "EXIT_NOTICED": (33, 0x4D640592, 0xB82A5999),
    "PAUSE_AFTER_RUNNING": (34, 0x3FF8FA8C, 0x6FC19C48),
    "WORK": (35, 0x3B54497A, 0xAB1C3949),
    "COUNTED": (36, 0xE0339209, 0x25064CEB),
    "CONTAINER_REPORT": (40, 0xFE4CDB71, 0x2B16E835),
    "CONTAINER_PHASE": (41, 0x5F28E641, 0x4DFED4A4),
    "CONTAINER_FAULT": (42, 0x91D300C9, 0x2034037A),
}
#: Values of each kind of distribution at 0.001, 0.25 and 0.9, to the last bit.
GOLDEN_VALUES = {
    draws.CONSTANT: ("0x1.8p+1", "0x1.8p+1", "0x1.8p+1"),
    draws.UNIFORM: ("0x1.00624dd2f1aa0p+1", "0x1.6p+1", "0x1.2cccccccccccdp+2"),
    draws.EXPONENTIAL: ("0x1.144f69ff9ffc4p+5", "0x1.bb9d3beb8c86bp+2", "0x1.0db9114a668dap-1"),
    draws.LOGNORMAL: ("0x1.937419f32dccdp+0", "0x1.5186480550e14p+2", "0x1.c0c5413101c30p+3"),
    draws.TABLE: ("0x1.0624dd2f1a9fcp-10", "0x1.0p+4", "0x1.9eb8ccccccccdp+7"),
}
#: Parameters of those distributions.
PARAMETERS = {
    draws.CONSTANT: (3.0, 0.0),
    draws.UNIFORM: (2.0, 5.0),
    draws.EXPONENTIAL: (5.0, 0.0),
    draws.LOGNORMAL: (2.0, 0.5),
    draws.TABLE: (0.0, 0.0),
}
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
    parts = (
        "MULTIPLIER_0",
        "MULTIPLIER_1",
        "WEYL_0",
        "WEYL_1",
        "PI_0",
        "PI_1",
        "UNDOING",
        "LOOKS_BEFORE",
    )
    return {
        name: value
        for name, value in vars(draws).items()
        if name.isupper() and not name.endswith("_STRIDE") and name not in {*kinds, *parts}
    }


@pytest.mark.parametrize("made", [lambda function: function, compiled], ids=["plain", "compiled"])
@pytest.mark.parametrize(("given", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_known_answers(made, given, answer):
    """The generator is the published one, in plain Python and compiled."""
    assert made(draws.philox)(*words(given)) == words(answer)


@pytest.mark.parametrize("made", [lambda function: function, compiled], ids=["plain", "compiled"])
def test_philox_is_that_of_the_cpp_standard(made):
    """The 10000th number is the last word of the 2500th block, and the one that C++26 demands."""
    assert made(draws.philox)(2499, 0, 0, 0, CPP26_SEED, 0)[3] == CPP26_10000TH


def test_purposes_are_distinct():
    """No two purposes share a draw."""
    numbers = list(purposes().values())
    assert len(set(numbers)) == len(numbers)


def test_every_purpose_is_pinned():
    """A new purpose gets golden numbers of its own."""
    assert GOLDEN.keys() == purposes().keys()


@pytest.mark.parametrize(("name", "pinned"), GOLDEN.items(), ids=GOLDEN)
def test_uniform_numbers_are_frozen(name, pinned):
    """The same seed gives the same luck in every version: purposes, keys and entities stay."""
    purpose, first, late = pinned
    key = draws.key(2026, 3)
    entity = draws.task_entity(2, 17)
    assert purposes()[name] == purpose
    assert draws.uniform(*key, purpose, 0, 0) == draws.unit(first)
    assert draws.uniform(*key, purpose, entity, draws.UNDOING) == draws.unit(late)


def test_entities_are_frozen():
    """Strides between releases, stages, hooks and kinds are fixed numbers, whatever lists hold."""
    assert draws.task_entity(2, 17) == 2 * 2**24 + 17
    assert draws.hook_entity(12, 31) == 12 * 4096 + 31
    assert draws.smoke_test_entity(12, 31, 9) == (12 * 4096 + 31) * 64 + 9
    assert draws.UNDOING == 2**20


def test_strides_hold_what_they_number():
    """No list is longer than its stride, and no entity wider than a word of the counter."""
    stage, hook, kind = (
        len(ALL_STAGES) - 1,
        constants.HOOKS - 1,
        max(kind.bit for kind in FAULT_KINDS.values()),
    )
    assert constants.HOOKS <= draws.HOOK_STRIDE
    assert kind < draws.KIND_STRIDE
    assert draws.smoke_test_entity(stage, hook, kind) < 2**32
    assert draws.task_entity(constants.GENERATIONS - 1, draws.RELEASE_STRIDE - 1) < 2**32


def test_more_hooks_than_there_is_room_for_are_refused():
    """The encoder refuses a strategy whose hooks would share draws with those of another stage."""
    hooks = [{"stage": "AfterInstall", "duration": 1}] * (constants.HOOKS + 1)
    scenario = small({"type": "blue_green", "controller": "code_deploy", "hooks": hooks})
    with pytest.raises(NotSimulatedError, match=f"hooks: more than {constants.HOOKS}"):
        replicate(scenario, "it", engine="process", seed=1, lo=0, hi=1)


def test_an_unused_kind_of_fault_changes_no_result(monkeypatch):
    """Smoke tests draw the same numbers if there is one more kind of fault that no release has."""
    sights = {"sees": ["errors", "slow"], "chance": 0.3}
    hooks = [
        {"stage": "AfterAllowTestTraffic", "duration": 5, **sights},
        {"stage": "BeforeAllowTraffic", "duration": 7, **sights},
    ]
    scenario = small(
        {"type": "blue_green", "controller": "code_deploy", "hooks": hooks},
        release={"faults": [{"kind": "errors", "rate": 0.1}, {"kind": "slow", "factor": 1.5}]},
    )
    what = {"engine": "process", "seed": 2026, "lo": 0, "hi": 12}
    before = replicate(scenario, "it", **what)
    assert len(set(before["outcome"])) > 1
    unused = FaultKind("unused", 63, "unused")
    monkeypatch.setattr(registry, "FAULT_KINDS", registry.FAULT_KINDS | {"unused": unused})
    assert (bits(replicate(scenario, "it", **what)) == bits(before)).all()


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
    """A uniform number gives the quantile of the distribution; tables interpolate."""
    value = draws.sample(code, a, b, TABLE, 1, u)
    rel = 1e-8 if code == draws.LOGNORMAL else 1e-9
    assert value == pytest.approx(expected.ppf(u), rel=rel, abs=0.02 * (code == draws.TABLE))


def test_exponential_values_mirror_the_quantile():
    """The exponential distribution takes the logarithm of the number itself: large for small u."""
    value = draws.sample(draws.EXPONENTIAL, 5.0, 0.0, TABLE, 0, 0.25)
    assert value == pytest.approx(stats.expon(scale=5.0).ppf(0.75))


@pytest.mark.parametrize("code", GOLDEN_VALUES)
def test_values_are_frozen(code):
    """A uniform number gives the same value, to the last bit, in every version."""
    table = [[i * i / 256.0 for i in range(257)]]
    values = [draws.sample(code, *PARAMETERS[code], table, 0, u) for u in (0.001, 0.25, 0.9)]
    assert values == [float.fromhex(text) for text in GOLDEN_VALUES[code]]


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
