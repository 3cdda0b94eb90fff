"""Machine code for 64-bit ARM gives the bits of this machine's, where an emulator is at hand.

Needs what Debian has in the packages qemu-user, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross.
"""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from simdeploy.engines import RESULT, batch, encoded
from simdeploy.engines.jit.known_run import expected_row, known_record
from simdeploy.engines.jit.objects import object_for, optimized_loop
from simdeploy.model.fields.memory import new_arrays
from simdeploy.scenario import builtin_scenarios, load_scenario

EMULATOR = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
COMPILER = shutil.which("aarch64-linux-gnu-gcc")
RUNS = 8

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (EMULATOR and COMPILER and batch.is_compiling()),
        reason="needs qemu-aarch64 and aarch64-linux-gnu-gcc",
    ),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Return a program for ARM that plays runs by the object for Linux."""
    folder = tmp_path_factory.mktemp("arm64")
    (folder / "loop.o").write_bytes(object_for("linux-arm64", optimized_loop()))
    source = Path(__file__).with_name("driver.c")
    command = [COMPILER, "-O1", "-static", "-o", "driver", str(source), "loop.o"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "driver"


def emulated(program, record, room, seed, lo, hi):
    """Return the rows of replications as ARM's machine code gives them."""
    state = [np.asarray(part) for part in new_arrays(room)]
    words = [seed, lo, hi, 0, record.dtype.itemsize, RESULT.itemsize, len(state)]
    words += [word for part in state for word in (part.dtype.itemsize, part.size)]
    given = np.array(words, "<i8").tobytes() + record.tobytes()
    done = subprocess.run([EMULATOR, str(program)], input=given, capture_output=True, check=True)
    return done.stdout


def test_the_known_run_on_arm(program):
    """The row by which objects are checked is plain Python's, subnormal numbers included."""
    assert emulated(program, known_record(), 32, 1, 0, 1) == expected_row()


@pytest.mark.many_runs
@pytest.mark.parametrize("name", builtin_scenarios())
def test_the_gallery_on_arm(program, name):
    """Every strategy of every scenario of the gallery gives the same bits."""
    scenario = load_scenario(name)
    for strategy in scenario.strategies:
        record = np.asarray(encoded(scenario, strategy, "release"))
        here = batch.run_chunk(record[()], 3, 0, RUNS, 0)
        room = 64 * batch.room_for(record[()])
        assert emulated(program, record, room, 3, 0, RUNS) == here.tobytes(), strategy
