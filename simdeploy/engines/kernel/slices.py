"""Runs on a GPU: each thread plays its own, in its slice of every array of the state."""

from typing import Any

from simdeploy.engines.kernel.loop import run_range
from simdeploy.model.fields.memory import RunArrays
from simdeploy.model.fields.types import ScenarioRecord


def play_slice(
    i: int, m: ScenarioRecord, slices: Any, seed: int, lo: int, variant: int, out: Any, played: Any
) -> None:
    """Play replication ``lo + i`` into row ``i`` of ``out``; ``played`` is 0 if room ran out."""
    space: Any = RunArrays(
        slices.world[i, 0],
        slices.tasks[i],
        slices.cohorts[i],
        slices.due[i],
        slices.blocks[i],
        slices.points[i],
        slices.eras[i],
        slices.outcomes[i],
        slices.mixes[i],
    )
    at = lo + i
    played[i] = run_range(m, space, seed, at, at + 1, variant, out[i : i + 1]) - at
