"""The state of a run as one pointer: parts are read and written where they lie."""

from typing import NamedTuple

import numpy as np
import pytest

numba = pytest.importorskip("numba")
if numba.config.DISABLE_JIT:
    pytest.skip("there is no compiled code to pack for", allow_module_level=True)

from simdeploy.engines.jit.state_pointer import pack  # noqa: E402

WORLD = np.dtype([("now", "f8"), ("seen", "i8", (3,))])
ROW = np.dtype([("at", "f8"), ("key", "i8")])


class Arrays(NamedTuple):
    """A record and arrays of records, as the batch engine has them."""

    world: np.record
    rows: np.recarray
    others: np.recarray


def arrays(rows, others):
    """Return zeroed arrays."""
    world = np.zeros(1, WORLD).view(np.recarray)[0]
    return Arrays(world, *(np.zeros(n, ROW).view(np.recarray) for n in (rows, others)))


@numba.njit
def write(s, i, at):
    """Write through the pointer."""
    s.world.now = at
    s.world.seen[1] += 7
    s.rows[i].at = at
    s.rows[i].key = s.rows.shape[0] * 100 + s.others.shape[0]


@numba.njit
def enter(s, i, at):
    """Pack, as the entry of a twin does, and go on."""
    write(pack(s), i, at)


def test_parts_are_written_where_they_lie():
    """What compiled code writes through the pointer stands in the arrays."""
    s = arrays(5, 2)
    enter(s, 4, 1.5)
    assert s.world.now == 1.5
    assert s.world.seen.tolist() == [0, 7, 0]
    assert s.rows.at.tolist() == [0.0, 0.0, 0.0, 0.0, 1.5]
    assert s.rows[4].key == 502
    assert not s.others.key.any()


def test_packing_twice_is_packing_once():
    """A pointer stays what it is."""

    @numba.njit
    def twice(s):
        write(pack(pack(s)), 0, 2.0)

    s = arrays(1, 1)
    twice(s)
    assert s.rows[0].at == 2.0


def test_parts_have_names():
    """What the tuple does not have the pointer does not have either."""

    @numba.njit
    def unknown(s):
        return pack(s).tasks

    with pytest.raises(numba.TypingError, match="tasks"):
        unknown(arrays(1, 1))
