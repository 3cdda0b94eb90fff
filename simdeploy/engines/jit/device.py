"""The batch engine's loop as a kernel for a GPU: compiled by numba-cuda, without contractions."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

from simdeploy.engines.jit.loading import load_device
from simdeploy.errors import MissingExtraError
from simdeploy.model.fields.memory import STATE, RunArrays
from simdeploy.model.fields.run import RESULT, WORLD
from simdeploy.model.fields.scenario import SCENARIO

#: Functions of the loop that are called from several places, and hold most of its code.
APART = (
    "advance_plan",
    "advance_releases",
    "handle_life_event",
    "handle_running",
    "on_timer",
    "queue_health_change",
    "replay_checks",
    "route",
)
#: Their names in intermediate code: with the length before, and a mark of the version after.
_MARKS = tuple(f"{len(name)}{name}B" for name in APART)


def require_package() -> Any:
    """Import numba-cuda; what numba itself brings along for GPUs is older."""
    if importlib.util.find_spec("numba_cuda") is None:
        raise MissingExtraError("cuda", "engine cuda")
    return importlib.import_module("numba.cuda")


def kernel_source() -> Any:
    """The function that numba-cuda makes a kernel of."""
    cuda = require_package()
    play_slice = load_device("simdeploy.engines.kernel.slices").play_slice
    arrays = RunArrays

    def kernel(
        models: Any,
        world: Any,
        tasks: Any,
        cohorts: Any,
        due: Any,
        blocks: Any,
        points: Any,
        eras: Any,
        outcomes: Any,
        mixes: Any,
        seed: int,
        lo: int,
        n: int,
        variant: int,
        rows: Any,
        flags: Any,
    ) -> None:
        i = cuda.grid(1)
        if i < n:
            slices = arrays(world, tasks, cohorts, due, blocks, points, eras, outcomes, mixes)
            play_slice(i, models[0], slices, seed, lo, variant, rows, flags)

    return kernel


def kernel_signature() -> tuple[Any, ...]:
    """Return Numba's types of the kernel's arguments."""
    numba = importlib.import_module("numba")
    whole = numba.types.int64

    def array(kind: Any, dimensions: int) -> Any:
        return numba.types.Array(kind, dimensions, "C")

    state = [array(numba.from_dtype(record.dtype), 2) for record in (WORLD, *STATE.values())]
    models = array(numba.from_dtype(SCENARIO.dtype), 1)
    results = array(numba.from_dtype(RESULT.dtype), 1)
    return (models, *state, whole, whole, whole, whole, results, array(whole, 1))


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
    """Keep NVVM from contracting two roundings into one; numba-cuda has no option for it.

    Every operation is then marked so that the assembler may not contract it either. What NVVM gets
    is prepared by `outlined`.
    """
    nvvm: Any = importlib.import_module("numba.cuda.cudadrv.nvvm")
    before = nvvm.compile_ir
    try:
        nvvm.compile_ir = lambda ir, **options: before(outlined(ir), fma=0, **options)
        yield
    finally:
        nvvm.compile_ir = before


def outlined(ir: str | list[str]) -> list[str]:
    """Return modules of intermediate code, each once, in which large functions stay functions.

    numba-cuda hands over a function's module once per path of calls that leads to it, 28,686
    instead of 548; and NVVM copies every call into its place, for which it needs more than 9 GB.

    >>> outlined(["define i32 @_ZN4loop5routeB2v1E(i64 %m) {", "define i32 @a(i64 %m) {"] * 2)
    ['define i32 @_ZN4loop5routeB2v1E(i64 %m) noinline {', 'define i32 @a(i64 %m) {']
    """
    modules = dict.fromkeys([ir] if isinstance(ir, str) else ir)
    return ["\n".join(map(_kept_apart, module.split("\n"))) for module in modules]


def _kept_apart(line: str) -> str:
    """Return a line of intermediate code; the head of a large function says not to copy it."""
    name, _, _ = line.partition("(")
    if not line.startswith("define ") or not any(mark in name for mark in _MARKS):
        return line
    head, _, rest = line.rpartition(")")
    return f"{head}) noinline{rest}"
