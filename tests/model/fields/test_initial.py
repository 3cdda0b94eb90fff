"""A run begins with fresh numbers, whatever the memory held before."""

import numpy as np
import pytest

from simdeploy.engines import batch, encoded
from simdeploy.model.constants import DRILL, RELEASE
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.memory import STATE, RunArrays, lengths, new_arrays
from simdeploy.model.fields.plain import CLASSES
from simdeploy.model.fields.run import RESULT, WORLD
from simdeploy.scenario import load_scenario

#: Bytes that are large numbers, not-a-numbers or minus one, as integers and as reals.
GARBAGE = (0xFF, 0x7F, 0x41, 0xC1)
STORIES = [
    ("bad-boot", "rolling"),
    ("overload-collapse", "blue-green"),
    ("1-10-100", "canary"),
    ("expand-contract", "rolling"),
    ("websockets", "rolling"),
    ("feature-flag", "feature-flag"),
    ("connections-exhausted", "rolling"),
    ("alarm-already-red", "blue-green"),
]


def garbage(room, byte):
    """Return memory for a run, every byte of it set."""

    def filled(record, n):
        return np.full(n * record.dtype.itemsize, byte, np.uint8).view(record.dtype)

    arrays = (filled(STATE[name], n).view(np.recarray) for name, n in lengths(room).items())
    return RunArrays(filled(WORLD, 1).view(np.recarray)[0], *arrays)


def played(model, memory, variant):
    """Return one run played in this memory."""
    out = np.empty(1, RESULT.dtype)
    assert batch.kernel().run_range(model, memory, 3, 4, 5, variant, out) == 5
    return out.tobytes()


@pytest.mark.skipif(not batch.is_compiling(), reason="arrays are for compiled code")
@pytest.mark.parametrize("byte", GARBAGE)
@pytest.mark.parametrize(("story", "strategy"), STORIES, ids=str)
def test_memory_full_of_garbage_changes_nothing(story, strategy, byte):
    """A run in memory full of anything is bit-equal to one in fresh memory."""
    scenario = load_scenario(story)
    name = strategy if strategy in scenario.strategies else next(iter(scenario.strategies))
    for variant, label in ((RELEASE, "release"), (DRILL, "drill")):
        model = encoded(scenario, name, label)
        room = 4 * batch.room_for(model)
        assert played(model, garbage(room, byte), variant) == played(
            model, new_arrays(room), variant
        )


def test_every_field_begins_as_declared():
    """The world is reset to what its table declares; what outlives a run is left alone."""
    world = CLASSES["World"]()
    for field in WORLD.fields:
        if not field.shape:
            setattr(world, field.name, -77)
    reset_world(world)
    for field in WORLD.fields:
        if not field.shape:
            expected = -77 if field.start is None else field.start
            assert getattr(world, field.name) == expected, field.name
