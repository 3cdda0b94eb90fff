"""The records of a run's state as arrays, and how long each has to be."""

from typing import Any, NamedTuple

import numpy as np

from simdeploy.model.constants import ERAS, MIXES, OUTCOMES_KEPT, POINTS
from simdeploy.model.fields.cohorts import COHORT
from simdeploy.model.fields.declaring import Record
from simdeploy.model.fields.outcomes import MIX, OUTCOME
from simdeploy.model.fields.run import (
    BASELINE_POINT,
    BLOCK,
    DUE,
    RESULT,
    TASK,
    TRAFFIC_ERA,
    WORLD,
)
from simdeploy.model.fields.scenario import SCENARIO

#: The arrays of a run's state, by their names in `RunArrays`.
STATE = {
    "tasks": TASK,
    "cohorts": COHORT,
    "due": DUE,
    "blocks": BLOCK,
    "points": BASELINE_POINT,
    "eras": TRAFFIC_ERA,
    "outcomes": OUTCOME,
    "mixes": MIX,
}
#: Every record that no other record holds.
TOPS: tuple[Record, ...] = (SCENARIO, WORLD, *STATE.values(), RESULT)


class RunArrays(NamedTuple):
    """The state of a run in compiled code; reused from run to run."""

    world: Any
    tasks: Any
    cohorts: Any
    due: Any
    blocks: Any
    points: Any
    eras: Any
    outcomes: Any
    mixes: Any


def lengths(tasks: int) -> dict[str, int]:
    """Return the length of each array for at most ``tasks`` tasks alive at once."""
    return {
        "tasks": max(tasks, 1),
        "cohorts": 4 * tasks + 8,
        "due": max(tasks, 1),
        "blocks": tasks // 32 + 1,
        "points": 16 * tasks + POINTS,
        "eras": ERAS,
        "outcomes": OUTCOMES_KEPT,
        "mixes": MIXES,
    }


def new_records(record: Record, n: int = 1) -> Any:
    """Return zeroed records whose fields are attributes."""
    return np.zeros(n, record.dtype).view(np.recarray)


def new_arrays(tasks: int) -> RunArrays:
    """Return memory for runs of at most ``tasks`` tasks alive at once."""
    arrays = (new_records(STATE[name], n) for name, n in lengths(tasks).items())
    return RunArrays(new_records(WORLD)[0], *arrays)
