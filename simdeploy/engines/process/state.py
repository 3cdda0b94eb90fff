"""The state of a run as plain objects, with the attributes that ``engines.shared`` reads."""

from typing import TYPE_CHECKING, Any

import numpy as np

from simdeploy.model.fields import run


def plain(value: Any) -> Any:
    """A NumPy record or array as objects and lists; numbers keep their bits."""
    if isinstance(value, np.void):
        return Plain({name: plain(value[name]) for name in value.dtype.names or ()})
    if isinstance(value, np.ndarray):
        return Rows(value) if value.dtype.names else value.tolist()
    return value.item() if isinstance(value, np.generic) else value


class Rows:
    """Records of an array as objects, each made when it is asked for first."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self._made: dict[int, Any] = {}

    def __getitem__(self, k: int) -> Any:
        if k not in self._made:
            self._made[k] = plain(self._array[k])
        return self._made[k]


class Plain:
    """An object whose attributes are the fields of a record."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.__dict__.update(fields)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


def blank(dtype: np.dtype[Any]) -> Plain:
    """A record of zeros as an object."""
    return Plain({name: zeros(dtype[name]) for name in dtype.names or ()})


def zeros(dtype: np.dtype[Any]) -> Any:
    """Zero, or lists of zeros or of blank objects."""
    if dtype.subdtype is not None:
        item, shape = dtype.subdtype
        return repeated(item, shape)
    if dtype.names:
        return blank(dtype)
    return 0 if dtype.kind == "i" else 0.0


def repeated(item: np.dtype[Any], shape: tuple[int, ...]) -> list[Any]:
    """Nested lists of zeros."""
    if len(shape) == 1:
        return [zeros(item) for _ in range(shape[0])]
    return [repeated(item, shape[1:]) for _ in range(shape[0])]


class Blanks(list[Any]):
    """Records by number; one that nobody has used yet is blank."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        super().__init__()
        self.dtype = dtype

    def __getitem__(self, k: Any) -> Any:
        while k >= len(self):
            self.append(blank(self.dtype))
        return super().__getitem__(k)


class State:
    """What ``layout.Space`` is to the batch engine; tasks by their number in order of creation."""

    def __init__(self) -> None:
        self.world = blank(_WORLD_SCALARS)
        self.world.cohort_room = 1 << 30
        self.world.point_room = 1 << 30
        self.tasks: dict[int, Any] = {}
        self.cohorts = Blanks(run.COHORT)
        self.points = Blanks(run.TRACE_POINT)
        self.eras = Blanks(run.ERA)


#: The trace of the baseline is long and made when needed.
_WORLD_SCALARS = np.dtype(
    [(name, run.WORLD[name]) for name in run.WORLD.names or () if name != "timers"]
)
