"""The batch engine: many runs of one strategy by compiled code, on several threads."""

import importlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines.jit.fingerprint import LOOP
from simdeploy.engines.jit.loading import is_compiling
from simdeploy.engines.jit.native import load_loop
from simdeploy.model.fields.memory import new_arrays
from simdeploy.model.fields.plain import CLASSES, RunState, plain, structured
from simdeploy.model.fields.run import RESULT
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.model.fields.types import ScenarioRecord

#: Runs per piece of work for a thread, at least and at most; results do not depend on it.
LEAST, MOST = 128, 2048

Results = NDArray[np.void]

#: Entered while the engine is compiled, which happens in a checkout after an edit of a rule; a
#: command line says there why nothing happens.
announcing: Callable[[], AbstractContextManager[Any]] = nullcontext


@cache
def kernel() -> Any:
    """Return the loop: machine code, or plain Python without JIT."""
    return load_loop(announcing) if is_compiling() else importlib.import_module(LOOP)


def room_for(model: ScenarioRecord) -> int:
    """Return how many tasks alive at once to expect: both revisions, and as many draining."""
    return max(16, 5 * int(model.desired_count))


#: Memory for runs, by thread and by the tasks that fit: made once, reset by each run.
_KEPT = threading.local()


def memory_for(room: int) -> Any:
    """Return this thread's memory for runs of so many tasks."""
    if getattr(_KEPT, "room", None) != room:
        _KEPT.room = room
        _KEPT.memory = new_arrays(room) if is_compiling() else RunState(room)
    return _KEPT.memory


def run_chunk(model: ScenarioRecord, seed: int, lo: int, hi: int, variant: int) -> Results:
    """Return replications ``lo`` to ``hi``; starts again with more room where a run needs it."""
    record: Any = model if is_compiling() else plain(model, SCENARIO)
    out: Any = (
        np.empty(hi - lo, RESULT.dtype)
        if is_compiling()
        else [CLASSES["Result"]() for _ in range(lo, hi)]
    )
    room = room_for(model)
    done = lo
    while done < hi:
        rest = out[done - lo :]
        done = kernel().run_range(record, memory_for(room), seed, done, hi, variant, rest)
        room *= 4
    return out if is_compiling() else structured(out, RESULT)


def run_many(
    model: ScenarioRecord, seed: int, lo: int, hi: int, variant: int, threads: int | None = None
) -> Results:
    """Return replications ``lo`` to ``hi`` in order."""
    workers = threads or thread_count()
    pieces = chunks(lo, hi, workers)
    workers = min(len(pieces), workers)
    if workers <= 1:
        return run_chunk(model, seed, lo, hi, variant)
    kernel()  # Here, not on threads: they must not meet in the compiler.
    out = np.empty(hi - lo, RESULT.dtype)

    def play(piece: tuple[int, int]) -> None:
        first, end = piece
        out[first - lo : end - lo] = run_chunk(model, seed, first, end, variant)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(play, pieces))
    return out


def chunks(lo: int, hi: int, workers: int) -> list[tuple[int, int]]:
    """Return the first run and the end of each piece of work for so many threads.

    Pieces get smaller towards the end, so that no thread waits long for the last one (guided
    self-scheduling: Polychronopoulos and Kuck, IEEE Transactions on Computers 36 (1987) 1425).

    >>> [end - first for first, end in chunks(0, 3000, 2)]
    [750, 562, 422, 316, 237, 178, 133, 128, 128, 128, 18]
    """
    pieces = []
    while lo < hi:
        size = max(LEAST, min(MOST, (hi - lo) // (2 * workers)))
        pieces.append((lo, min(lo + size, hi)))
        lo += size
    return pieces


def thread_count() -> int:
    """Return SIMDEPLOY_THREADS, or how many cores this process may use."""
    wanted = os.environ.get("SIMDEPLOY_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
