"""The batch engine's loop on a GPU: one thread plays one run.

Threads share the scenario and have a slice each of the arrays in which the state of a run is kept
(`slices_for`); as many play at once as fit into the GPU's memory. A run that needs more room than
its slice has is played again by the batch engine, which finds room.

Multiplications and additions are not contracted, so that a GPU rounds as a processor does: numbers
are meant to agree to 1e-12. What can be checked without a GPU is checked: that everything compiles
(`compile_ptx`), and that slices give the numbers of the batch engine. No GPU has played it yet.
"""

import importlib
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines import batch
from simdeploy.engines.jit.loading import load_device
from simdeploy.errors import MissingExtraError, SimdeployError
from simdeploy.model import constants
from simdeploy.model.fields import run
from simdeploy.model.fields.scenario import MODEL

#: Threads per block; runs take different ways, so that large blocks gain nothing.
BLOCK = 64
#: More than a GPU plays at once.
MOST_RUNS = 1 << 16
#: Share of the free memory that slices take; threads need some for their stacks.
SHARE = 0.5

#: One GPU, one kernel: threads of a sweep take turns.
_TURN = threading.Lock()

Rows = NDArray[np.float64]


def run_many(model: constants.Model, seed: int, lo: int, hi: int, variant: int) -> Rows:
    """Replications ``lo`` to ``hi`` in order, one row of ``constants.WIDTH`` numbers each.

    Raises
    ------
    MissingExtraError
        Without numba-cuda.
    SimdeployError
        Without a GPU, or with too little memory on it for one run.
    """
    require_gpu()
    if hi <= lo:
        return np.empty((0, constants.WIDTH))
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


def require_package() -> Any:
    """Import numba-cuda; what numba itself brings along for GPUs is older."""
    if importlib.util.find_spec("numba_cuda") is None:
        raise MissingExtraError("cuda", "engine cuda")
    return importlib.import_module("numba.cuda")


def bytes_per_run(room: int) -> int:
    """Memory on the GPU for one run of at most ``room`` tasks alive at once, its row included."""
    state = sum(dtype.itemsize * n for dtype, n in run.sizes(room))
    return int(state) + 8 * constants.WIDTH + 8


def runs_at_once(free: int, room: int) -> int:
    """How many runs fit into so much free memory."""
    return min(MOST_RUNS, int(SHARE * free) // bytes_per_run(room))


def slices_for(runs: int, room: int, new: Any = np.empty) -> run.Arrays:
    """Arrays whose first index is the run."""
    return run.Arrays(*(new((runs, n), dtype) for dtype, n in run.sizes(room)))


def play_on_gpu(
    model: constants.Model, seed: int, lo: int, hi: int, variant: int
) -> tuple[Rows, NDArray[np.int64]]:
    """Rows of all replications, and 1 for each that found room."""
    cuda = require_package()
    room = batch.room_for(model)
    fit = runs_at_once(cuda.current_context().get_memory_info()[0], room)
    if fit < 1:
        need = bytes_per_run(room) / 2**20 / SHARE
        raise SimdeployError(f"one run of this scenario takes {need:.0f} MiB of the GPU's memory")
    runs = min(fit, hi - lo)
    slices = slices_for(runs, room, cuda.device_array)
    models = cuda.to_device(np.array([model], MODEL))
    rows, flags = cuda.device_array((runs, constants.WIDTH)), cuda.device_array(runs, np.int64)
    out, played = np.empty((hi - lo, constants.WIDTH)), np.empty(hi - lo, np.int64)
    for at in range(lo, hi, runs):
        n = min(runs, hi - at)
        numbers = np.int64(seed), np.int64(at), np.int64(n), np.int64(variant)
        with uncontracted():
            device_kernel()[-(-n // BLOCK), BLOCK](models, *slices, *numbers, rows, flags)
        out[at - lo : at - lo + n] = rows.copy_to_host()[:n]
        played[at - lo : at - lo + n] = flags.copy_to_host()[:n]
    return out, played


def kernel_source() -> Any:
    """The function that numba-cuda makes a kernel of."""
    cuda = require_package()
    play_slice = load_device("simdeploy.engines.kernel.slices").play_slice
    arrays = run.Arrays

    def kernel(
        models: Any,
        world: Any,
        tasks: Any,
        cohorts: Any,
        heap: Any,
        points: Any,
        eras: Any,
        seed: int,
        lo: int,
        n: int,
        variant: int,
        rows: Any,
        flags: Any,
    ) -> None:
        i = cuda.grid(1)
        if i < n:
            slices = arrays(world, tasks, cohorts, heap, points, eras)
            play_slice(i, models[0], slices, seed, lo, variant, rows, flags)

    return kernel


def kernel_signature() -> tuple[Any, ...]:
    """Numba's types of the kernel's arguments."""
    numba = importlib.import_module("numba")
    whole, real = numba.types.int64, numba.types.float64

    def array(kind: Any, dimensions: int) -> Any:
        return numba.types.Array(kind, dimensions, "C")

    state = [array(numba.from_dtype(dtype), 2) for dtype, _ in run.sizes(1)]
    models = array(numba.from_dtype(MODEL), 1)
    return (models, *state, whole, whole, whole, whole, array(real, 2), array(whole, 1))


@cache
def device_kernel() -> Any:
    """The kernel for the GPU at hand; its first launch compiles it.

    Without link-time optimization, which would contract what `uncontracted` does not.
    """
    return require_package().jit(lto=False)(kernel_source())


def compile_ptx(cc: tuple[int, int] = (9, 0)) -> str:
    """The kernel as PTX, the assembly language of NVIDIA's GPUs; no GPU is needed.

    Parameters
    ----------
    cc : tuple of int
        Compute capability; (9, 0) is that of an H100.

    Raises
    ------
    MissingExtraError
        Without numba-cuda.
    """
    return ptx_of(kernel_source(), kernel_signature(), cc)


def ptx_of(function: Any, signature: Any, cc: tuple[int, int], *, device: bool = False) -> str:
    """A function for a GPU that need not be there as PTX."""
    cuda = require_package()
    with uncontracted(), stand_in(cc):
        return str(cuda.compile_ptx(function, signature, cc=cc, device=device)[0])


@contextmanager
def stand_in(cc: tuple[int, int]) -> Iterator[None]:
    """Let numba-cuda believe in a GPU: it asks the device at hand even if told the capability."""
    found = SimpleNamespace(compute_capability=cc)
    names = ("dispatcher", "compiler", "api")
    modules: list[Any] = [importlib.import_module(f"numba.cuda.{name}") for name in names]
    before = [module.get_current_device for module in modules]
    try:
        for module in modules:
            module.get_current_device = lambda: found
        yield
    finally:
        for module, function in zip(modules, before, strict=True):
            module.get_current_device = function


@contextmanager
def uncontracted() -> Iterator[None]:
    """Keep NVVM from making one rounding out of two; numba-cuda has no option for it.

    Every operation is then marked as one that the assembler may not contract either.
    """
    nvvm: Any = importlib.import_module("numba.cuda.cudadrv.nvvm")
    before = nvvm.compile_ir
    try:
        nvvm.compile_ir = lambda ir, **options: before(ir, fma=0, **options)
        yield
    finally:
        nvvm.compile_ir = before
