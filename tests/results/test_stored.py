"""Many runs that are stored column by column are those that were played, to the last bit."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simdeploy.api import compare
from simdeploy.results import room
from simdeploy.results.stored import RunStore, StoredResult, column_of
from tests.results import fabricate as make
from tests.results.test_folded import BOTH, RUNS, made, of


@pytest.fixture
def stored(monkeypatch):
    """Keep rows of no run as they are, and store 70 runs at a time."""
    monkeypatch.setattr(room, "ROW", room.ROOM)
    monkeypatch.setattr(room, "CHUNK", 70)
    monkeypatch.setattr(room, "CHUNK_BYTES", 10**15)


@pytest.mark.parametrize("how", [{}, {"twin": False}, {"drill": False}])
def test_stored_runs_say_what_rows_say(stored, monkeypatch, how):
    """The numbers, the answer and the rows themselves are equal to the last bit."""
    found = of(**how)
    monkeypatch.undo()
    whole = of(**how)
    for name in BOTH:
        one, other = found.strategies[name], whole.strategies[name]
        assert isinstance(one, StoredResult)
        assert one.rows.tobytes() == other.rows.tobytes()
        assert (one.twin_rows is None) == (other.twin_rows is None)
        assert (one.good_rows is None) == (other.good_rows is None)
        assert set(one.drill_rows or ()) == set(other.drill_rows or ())
    assert json.dumps(found.to_dict()) == json.dumps(whole.to_dict())
    assert str(found) == str(whole)
    assert not found.approximate
    assert found.good_differences == whole.good_differences


def test_runs_that_turn_out_too_many_are_folded(stored, monkeypatch):
    """Where the columns of the first chunks do not fit after all, they are folded as well."""
    played = []

    def needed(_, runs):
        played.append(runs)
        return 0.0 if len(played) < 3 else room.ROOM + 1.0

    monkeypatch.setattr(RunStore, "needed", needed)
    found = of()
    assert found.approximate
    assert played == [RUNS] * 3
    monkeypatch.setattr(room, "KEPT_RUNS", 0)
    assert json.dumps(found.to_dict()) == json.dumps(of().to_dict())


@given(arrays.arrays(np.int64, st.integers(1, 600), elements=st.integers(-3, 400)))
def test_a_column_has_every_number(bits):
    """Whatever the numbers are, and takes no more than they do."""
    column = column_of(bits)
    assert (column.bits(len(bits)) == bits).all()
    assert column.nbytes <= bits.nbytes


def test_what_a_column_takes():
    """One value 8 bytes; 256 values a byte of each run, 257 two; different ones 8."""
    assert column_of(np.zeros(1000, np.int64)).nbytes == 8
    assert column_of(np.arange(2560) % 256).nbytes == 2560 + 256 * 8
    assert column_of(np.arange(2570) % 257).nbytes == 2 * 2570 + 257 * 8
    assert column_of(np.arange(1000)).nbytes == 8000


def test_equal_columns_are_stored_once():
    """Of another strategy or variant, too: the second takes nothing."""
    release, twin = made()
    store, again = RunStore(), RunStore()
    store.add([("a", {"release": release["rolling"]})])
    both = {"release": release["rolling"], "twin": twin["rolling"]}
    again.add((name, both) for name in "ab")
    alone = RunStore()
    alone.add([("a", both)])
    assert store.nbytes < alone.nbytes == again.nbytes
    assert again.needed(2 * RUNS) == 2 * again.nbytes


def test_a_single_run(stored):
    """One run has one value in every column."""
    runs = {name: make.rows(1) for name in BOTH}
    found = compare(make.scenario(), runs=1, engine=make.engine(runs), twin=False)
    assert len(found.strategies["rolling"].rows) == 1
