"""The batch engine's loop on a GPU: one thread plays one run.

Threads share the scenario and have a slice each of the arrays in which the state of a run is kept
(`slices_for`); as many play at once as fit into the GPU's memory. A run that needs more room than
its slice has is played again by the batch engine, which finds room.

Multiplications and additions are not contracted, so that a GPU rounds as a processor does: numbers
are meant to agree to 1e-12, and did to 1e-15 on an H100 (docs/gpu.md). What can be checked without
a GPU is checked: that everything compiles (`jit.device.compile_ptx`), and that slices give the
numbers of the batch engine.
"""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines import batch
from simdeploy.engines.jit.device import device_kernel, require_package, uncontracted
from simdeploy.errors import SimdeployError
from simdeploy.model.fields.memory import STATE, RunArrays, lengths
from simdeploy.model.fields.run import RESULT, WORLD
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.model.fields.types import ScenarioRecord

#: Threads per block; runs take different ways, so that large blocks gain nothing.
BLOCK = 64
#: More than a GPU plays at once.
MOST_RUNS = 1 << 16
#: Share of the free memory that slices take; threads need some for their stacks.
SHARE = 0.5

#: One GPU, one kernel: threads of a sweep take turns.
_TURN = threading.Lock()

Results = NDArray[np.void]


def run_many(
    model: ScenarioRecord,
    seed: int,
    lo: int,
    hi: int,
    variant: int,
    threads: int | None = None,  # noqa: ARG001  a GPU has its own
) -> Results:
    """Return replications ``lo`` to ``hi`` in order.

    Raises
    ------
    MissingExtraError
        Without numba-cuda.
    SimdeployError
        Without a GPU, or with too little memory on it for one run.
    """
    require_gpu()
    if hi <= lo:
        return np.empty(0, RESULT.dtype)
    with _TURN:
        out, played = play_on_gpu(model, seed, lo, hi, variant)
    for k in np.flatnonzero(played == 0):
        at = lo + int(k)
        out[k] = batch.run_chunk(model, seed, at, at + 1, variant)[0]
    return out


def require_gpu() -> None:
    """Tell in plain words what is missing."""
    cuda = require_package()
    if not cuda.is_available():
        why = " ".join(str(cuda.cuda_error() or "no device").split()).rstrip(".")
        raise SimdeployError(f"no CUDA GPU here: {why}; engine batch gives the same numbers")


def sizes(room: int) -> tuple[tuple[np.dtype[Any], int], ...]:
    """Return dtype and length of each part of `RunArrays` for ``room`` tasks alive at once."""
    arrays = ((STATE[name].dtype, n) for name, n in lengths(room).items())
    return ((WORLD.dtype, 1), *arrays)


def bytes_per_run(room: int) -> int:
    """Return the memory on the GPU for one run of at most ``room`` tasks, its result included."""
    state = sum(dtype.itemsize * n for dtype, n in sizes(room))
    return int(state) + RESULT.dtype.itemsize + 8


def runs_at_once(free: int, room: int) -> int:
    """Return how many runs fit into so much free memory."""
    return min(MOST_RUNS, int(SHARE * free) // bytes_per_run(room))


def slices_for(runs: int, room: int, new: Any = np.empty) -> RunArrays:
    """Return arrays whose first index is the run."""
    return RunArrays(*(new((runs, n), dtype) for dtype, n in sizes(room)))


def play_on_gpu(
    model: ScenarioRecord, seed: int, lo: int, hi: int, variant: int
) -> tuple[Results, NDArray[np.int64]]:
    """Return the results of all replications, and 1 for each that found room."""
    cuda = require_package()
    room = batch.room_for(model)
    fit = runs_at_once(cuda.current_context().get_memory_info()[0], room)
    if fit < 1:
        need = bytes_per_run(room) / 2**20 / SHARE
        raise SimdeployError(f"one run of this scenario takes {need:.0f} MiB of the GPU's memory")
    runs = min(fit, hi - lo)
    slices = slices_for(runs, room, cuda.device_array)
    models = cuda.to_device(np.array([model], SCENARIO.dtype))
    rows, flags = cuda.device_array(runs, RESULT.dtype), cuda.device_array(runs, np.int64)
    out, played = np.empty(hi - lo, RESULT.dtype), np.empty(hi - lo, np.int64)
    for at in range(lo, hi, runs):
        n = min(runs, hi - at)
        numbers = np.int64(seed), np.int64(at), np.int64(n), np.int64(variant)
        with uncontracted():
            device_kernel()[-(-n // BLOCK), BLOCK](models, *slices, *numbers, rows, flags)
        out[at - lo : at - lo + n] = rows.copy_to_host()[:n]
        played[at - lo : at - lo + n] = flags.copy_to_host()[:n]
    return out, played
