"""The process engine: runs as SimPy processes, with a full timeline where it is wanted.

Every stage of a task's life and every health check is an event of its own; nothing is folded.
Slow and readable; the batch engine must give the same numbers to the last bit.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines.process.service import Service, play
from simdeploy.engines.process.timeline_recorder import Recorder
from simdeploy.model.fields.plain import plain, structured
from simdeploy.model.fields.run import RESULT
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.model.fields.types import Result, ScenarioRecord

__all__ = ["Service", "play_all_recorded", "play_recorded", "run_many"]


def run_many(
    model: ScenarioRecord,
    seed: int,
    lo: int,
    hi: int,
    variant: int,
    threads: int | None = None,  # noqa: ARG001  SimPy knows no threads
) -> NDArray[np.void]:
    """Return replications ``lo`` to ``hi`` in order."""
    objects = plain(model, SCENARIO)
    results = [play(objects, seed, k, variant)[0] for k in range(lo, hi)]
    return structured(results, RESULT)


def play_recorded(
    model: ScenarioRecord, seed: int, replication: int, variant: int
) -> tuple[Result, Recorder]:
    """Play one run with a timeline; return its numbers and the recorder."""
    return next(play_all_recorded(model, seed, replication, replication + 1, variant))


def play_all_recorded(
    model: ScenarioRecord, seed: int, lo: int, hi: int, variant: int
) -> Iterator[tuple[Result, Recorder]]:
    """Play replications ``lo`` to ``hi`` with a timeline; the record is made plain only once."""
    objects = plain(model, SCENARIO)
    for k in range(lo, hi):
        result, service = play(objects, seed, k, variant, record=True)
        assert isinstance(service.recorder, Recorder)
        yield result, service.recorder
