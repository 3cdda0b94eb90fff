"""The batch engine: many runs of one strategy by compiled code, on several threads."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines.jit.loading import cache_folder, load_compiled
from simdeploy.model import constants
from simdeploy.model.fields import run
from simdeploy.model.fields.scenario import MODEL

#: Runs per piece of work for a thread, at least and at most; results do not depend on it.
LEAST, MOST = 128, 2048

Rows = NDArray[np.float64]


#: Entered while the engine is compiled; a command line says there why nothing happens.
telling: Callable[[], AbstractContextManager[Any]] = nullcontext


@cache
def kernel() -> Any:
    """The compiled loop; compiled once per machine and version, and only when it is needed."""
    loop = load_compiled("simdeploy.engines.kernel.loop")
    if hasattr(loop.run_range, "overloads"):
        with nullcontext() if is_kept() else telling():
            compile_loop(loop)
    return loop


def is_kept() -> bool:
    """Whether this machine keeps machine code of the loop."""
    return any(cache_folder().rglob("*.kernel.loop.run_range-*.nbc"))


def compile_loop(loop: Any) -> None:
    """Have the loop compiled, or read from where it is kept, by playing no run at all."""
    model, rows = run.records(1, MODEL)[0], np.empty((0, constants.WIDTH))
    loop.run_range(model, space_for(1), 0, 0, 0, 0, rows)


def room_for(model: constants.Model) -> int:
    """Tasks alive at once to expect: both revisions, and as many again draining."""
    return max(16, 5 * int(model.desired))


#: Memory for runs, by thread and by the tasks that fit: made once, cleared by each run.
_KEPT = threading.local()


def space_for(room: int) -> run.Arrays:
    """Memory of this thread for runs of so many tasks."""
    if getattr(_KEPT, "room", None) != room:
        _KEPT.room, _KEPT.space = room, run.new_space(room)
    kept: run.Arrays = _KEPT.space
    return kept


def run_chunk(model: constants.Model, seed: int, lo: int, hi: int, variant: int) -> Rows:
    """Replications ``lo`` to ``hi``; starts again with more room where a run needs it."""
    out = np.empty((hi - lo, constants.WIDTH))
    room = room_for(model)
    done = lo
    while done < hi:
        space = space_for(room)
        done = kernel().run_range(model, space, seed, done, hi, variant, out[done - lo :])
        room *= 4
    return out


def run_many(
    model: constants.Model, seed: int, lo: int, hi: int, variant: int, threads: int | None = None
) -> Rows:
    """Replications ``lo`` to ``hi`` in order, one row of ``constants.WIDTH`` numbers each."""
    workers = threads or thread_count()
    size = max(LEAST, min(MOST, (hi - lo) // (4 * workers)))
    chunks = [(at, min(at + size, hi)) for at in range(lo, hi, size)]
    workers = min(len(chunks), workers)
    if workers <= 1:
        return run_chunk(model, seed, lo, hi, variant)
    kernel()  # Here, not on threads: they must not meet in the compiler.
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(lambda chunk: run_chunk(model, seed, chunk[0], chunk[1], variant), chunks)
        return np.concatenate(list(parts))


def thread_count() -> int:
    """Threads to use: SIMDEPLOY_THREADS, or as many as this process may have cores."""
    told = os.environ.get("SIMDEPLOY_THREADS", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
