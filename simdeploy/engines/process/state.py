"""The state of a run as the process engine keeps it: plain objects in lists that grow."""

from typing import Any

from simdeploy.model.fields.declaring import Record
from simdeploy.model.fields.memory import STATE
from simdeploy.model.fields.plain import CLASSES

#: Practically no limit: lists grow.
ROOM = 1 << 30


class GrowingRecords(list[Any]):
    """Records by number; an index beyond the end appends new ones."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._new = CLASSES[record.name]

    def __getitem__(self, k: Any) -> Any:
        while k >= len(self):
            self.append(self._new())
        return super().__getitem__(k)


def new_world() -> Any:
    """Return a world whose lists have no limit."""
    world: Any = CLASSES["World"]()
    world.cohort_room = world.point_room = ROOM
    return world


class State:
    """What `types.RunState` declares; tasks by their number in order of creation."""

    def __init__(self) -> None:
        self.world = new_world()
        self.tasks: dict[int, Any] = {}
        self.cohorts = GrowingRecords(STATE["cohorts"])
        self.points = GrowingRecords(STATE["points"])
        self.eras = GrowingRecords(STATE["eras"])
