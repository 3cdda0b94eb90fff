"""The state of a run as the process engine keeps it: plain objects, as many as are needed."""

from typing import Any

from simdeploy.model.fields.memory import STATE
from simdeploy.model.fields.plain import CLASSES, new_records

#: Practically no limit.
ROOM = 1 << 30


def new_world() -> Any:
    """Return a world whose arrays have no limit."""
    world: Any = CLASSES["World"]()
    world.cohort_room = world.point_room = ROOM
    return world


class State:
    """What `types.RunState` declares; tasks by their number in order of creation."""

    def __init__(self) -> None:
        self.world = new_world()
        self.tasks: dict[int, Any] = {}
        self.cohorts = new_records(STATE["cohorts"], ROOM)
        self.points = new_records(STATE["points"], ROOM)
        self.eras = new_records(STATE["eras"], ROOM)
