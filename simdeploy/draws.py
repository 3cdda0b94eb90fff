"""Counter-based random numbers: a function of seed, replication, purpose, entity and ordinal.

There is no generator state, so engines may draw the same numbers in any order and from any thread,
and a task draws the same numbers under every strategy that is compared (common random numbers).
The function is Philox4x32-10 (Salmon et al., SC11), which maps a counter and a key to four 32-bit
words. Purposes that are drawn together share a block of four; purpose p is word ``p & 3`` of
block ``p >> 2``.

Words are signed 64-bit integers, so that the source means the same in Python, whose integers do
not overflow, and compiled: ``product >> 32 & M32`` is right even if the product has wrapped around
and the shift copies its sign.
"""

from collections.abc import Sequence
from functools import lru_cache

from simdeploy.semantics.lognormal import lognormal
from simdeploy.semantics.numeric import log

# Block 0: start of a task; the entity is the task, as in blocks 1 and 2.
PROVISIONING = 0
PULL = 1
CONTAINER_START = 2
BOOT = 3
# Block 1: its first check, its stop, its faults.
FIRST_CHECK = 4
SHUTDOWN = 5
BOOT_CRASH = 6
NEVER_LISTENS = 7
# Block 2: the ordinal is the number of the check, of the weight change, of the crash.
CHECK = 8
DEREGISTRATION = 9
WEIGHT = 10
CRASH = 11
# Block 3: an alarm; the ordinal is the number of the period.
ALARM_PHASE = 12
ALARM_PUBLISH = 13
ALARM_EVALUATION = 14
ALARM_POLL = 15
# Block 4: request counts in an alarm's period; delays and smoke tests of controllers.
ALARM_BAD = 16
ALARM_GOOD = 17
CONTROLLER_DELAY = 18
SMOKE_TEST = 19
# Block 5: the operator, and hooks.
OPERATOR_NOTICES = 20
OPERATOR_DECIDES = 21
OPERATOR_TYPES = 22
HOOK = 23
# Block 6: noise of an alarm, a feature flag, silent faults.
ALARM_NOISE = 24
FLAG = 25
SILENT = 26
# Block 6 and on: what AWS itself takes.
COMMAND = 27
LOOK = 28
LEFT_GROUP = 29
REPLACE = 30
PAUSE = 31
START_FAILURE = 32
EXIT_NOTICED = 33
PAUSE_AFTER_RUNNING = 34
WORK = 35
# Block 9: counts of a run; the entity is the cause, the ordinal 1 for what fails anyway.
COUNTED = 36
# Block 10: container health checks; the ordinal is the number of the report.
CONTAINER_REPORT = 40
CONTAINER_PHASE = 41
CONTAINER_FAULT = 42

#: Ordinal of draws while rolling back.
UNDOING = 1048576
#: Entity of the look at the first act; more than any run has looks before it.
LOOKS_BEFORE = 1073741824

#: Strides of composite entities. They are part of the key of a draw, so another value changes the
#: results of every scenario. They must never change, nor be replaced by the length of a list, which
#: does change. The encoder refuses longer lists.
RELEASE_STRIDE = 16777216
HOOK_STRIDE = 4096
KIND_STRIDE = 64

#: Codes of distributions, for ``sample``.
CONSTANT = 0
UNIFORM = 1
EXPONENTIAL = 2
LOGNORMAL = 3
TABLE = 4

#: Number of intervals between the quantiles of a row of the table.
STEPS = 256

M32 = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85

#: Key that mixes seeds and replications: digits of pi.
PI_0 = 0x243F6A88
PI_1 = 0x85A308D3


def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Return Philox4x32-10 of a counter of four words under a key of two.

    >>> [f"{word:08x}" for word in philox(0, 0, 0, 0, 0, 0)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    for _ in range(10):
        p0 = MULTIPLIER_0 * c0
        p1 = MULTIPLIER_1 * c2
        c0 = ((p1 >> 32) & M32) ^ c1 ^ k0
        c2 = ((p0 >> 32) & M32) ^ c3 ^ k1
        c1 = p1 & M32
        c3 = p0 & M32
        k0 = (k0 + WEYL_0) & M32
        k1 = (k1 + WEYL_1) & M32
    return c0, c1, c2, c3


def key(seed: int, replication: int) -> tuple[int, int]:
    """Return the key of a replication, which is the same for all strategies.

    Parameters
    ----------
    seed : int
        Any 64-bit integer.
    replication : int
        From 0 to 2**48 - 1.
    """
    low, high = seed & M32, (seed >> 32) & M32
    k0, k1, _, _ = philox(low, high, replication & M32, (replication >> 32) & M32, PI_0, PI_1)
    return k0, k1


def unit(word: int) -> float:
    """Return a 32-bit word as a number strictly between 0 and 1.

    >>> unit(0) == 2.0**-33, unit(0xFFFFFFFF) == 1.0 - 2.0**-33
    (True, True)
    """
    return (word + 0.5) * 2.3283064365386962890625e-10


@lru_cache(maxsize=1 << 14)  # in plain Python, where most draws of a run are asked for again
def four(
    k0: int, k1: int, block: int, entity: int, ordinal: int
) -> tuple[float, float, float, float]:
    """Return the four uniform numbers of a block; entity and ordinal are below 2**32."""
    w0, w1, w2, w3 = philox(entity, ordinal, block, 0, k0, k1)
    return unit(w0), unit(w1), unit(w2), unit(w3)


def uniform(k0: int, k1: int, purpose: int, entity: int, ordinal: int) -> float:
    """Return the uniform number of one purpose."""
    return four(k0, k1, purpose >> 2, entity, ordinal)[purpose & 3]


def task_entity(release: int, attempt: int) -> int:
    """Return the entity of a task: launch number ``attempt`` of a release of the chain.

    >>> task_entity(0, 5), task_entity(2, 5)
    (5, 33554437)
    """
    return release * RELEASE_STRIDE + attempt


def hook_entity(stage: int, hook: int) -> int:
    """Return the entity of a strategy's hook, by number, at a stage.

    >>> hook_entity(0, 3), hook_entity(2, 3)
    (3, 8195)
    """
    return stage * HOOK_STRIDE + hook


def smoke_test_entity(stage: int, hook: int, kind: int) -> int:
    """Return the entity of a hook's test for a kind of fault, by the number of its bit.

    >>> smoke_test_entity(0, 0, 9), smoke_test_entity(2, 3, 9)
    (9, 524489)
    """
    return hook_entity(stage, hook) * KIND_STRIDE + kind


def interpolated(table: Sequence[Sequence[float]], row: int, u: float) -> float:
    """Interpolate linearly in a row of 257 quantiles at u = 0, 1/256, ..., 1."""
    x = u * STEPS
    i = min(int(x), STEPS - 1)
    low = table[row][i]
    return low + (x - i) * (table[row][i + 1] - low)


def sample(
    code: int, a: float, b: float, table: Sequence[Sequence[float]], row: int, u: float
) -> float:
    """Return the value of an encoded distribution (``Distribution.flat``) for a uniform number.

    Parameters
    ----------
    code : int
        ``CONSTANT`` a; ``UNIFORM`` from a to b; ``EXPONENTIAL`` with mean a; ``LOGNORMAL`` with
        log-mean a and log-deviation b; ``TABLE`` of quantiles.
    table, row
        Rows of quantiles, and the row of this distribution if it is a ``TABLE``.
    """
    if code == LOGNORMAL:
        return lognormal(a, b, u)
    if code == CONSTANT:
        return a
    if code == UNIFORM:
        return a + (b - a) * u
    if code == EXPONENTIAL:
        return -a * log(u)
    return interpolated(table, row, u)
