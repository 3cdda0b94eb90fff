"""The batch engine: many runs of one strategy by compiled code, on several threads."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines.compile import load_compiled
from simdeploy.engines.shared import layout, records

#: Runs per piece of work for a thread, at least and at most; results do not depend on it.
LEAST, MOST = 128, 2048

Rows = NDArray[np.float64]


@cache
def kernel() -> Any:
    """The compiled loop; compiled once per machine and version, and only when it is needed."""
    return load_compiled("simdeploy.engines.kernel.loop")


def room_for(model: layout.Model) -> int:
    """Tasks alive at once to expect: both revisions, and as many again draining."""
    return max(16, 5 * int(model.desired))


#: Memory for runs, by thread and by the tasks that fit: made once, cleared by each run.
_KEPT = threading.local()


def space_for(room: int) -> records.Arrays:
    """Memory of this thread for runs of so many tasks."""
    if getattr(_KEPT, "room", None) != room:
        _KEPT.room, _KEPT.space = room, records.new_space(room)
    kept: records.Arrays = _KEPT.space
    return kept


def run_chunk(model: layout.Model, seed: int, lo: int, hi: int, variant: int) -> Rows:
    """Replications ``lo`` to ``hi``; starts again with more room where a run needs it."""
    out = np.empty((hi - lo, layout.WIDTH))
    room = room_for(model)
    done = lo
    while done < hi:
        space = space_for(room)
        done = kernel().run_range(model, space, seed, done, hi, variant, out[done - lo :])
        room *= 4
    return out


def run_many(
    model: layout.Model, seed: int, lo: int, hi: int, variant: int, threads: int | None = None
) -> Rows:
    """Replications ``lo`` to ``hi`` in order, one row of ``layout.WIDTH`` numbers each."""
    workers = threads or thread_count()
    size = max(LEAST, min(MOST, (hi - lo) // (4 * workers)))
    chunks = [(at, min(at + size, hi)) for at in range(lo, hi, size)]
    workers = min(len(chunks), workers)
    if workers <= 1:
        return run_chunk(model, seed, lo, hi, variant)
    kernel().run_range  # noqa: B018  compile before threads meet in it
    run_chunk(model, seed, lo, lo + 1, variant)
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(lambda chunk: run_chunk(model, seed, chunk[0], chunk[1], variant), chunks)
        return np.concatenate(list(parts))


def thread_count() -> int:
    """Threads to use: SIMDEPLOY_THREADS, or as many as this process may have cores."""
    told = os.environ.get("SIMDEPLOY_THREADS", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
