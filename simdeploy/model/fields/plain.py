"""The scenario record and a run's state as plain objects: for the process engine, and without JIT.

Their fields are those of the tables. Whole numbers have no largest value here, and an attribute
that no table declares is an error.
"""

from typing import Any

import numpy as np

from simdeploy.model.fields.declaring import Field, Record, nested
from simdeploy.model.fields.memory import STATE, TOPS, lengths


class PlainRecord:
    """An object with the fields of a record, zero at first."""

    __slots__ = ()
    record: Record

    def __init__(self) -> None:
        for field in self.record.fields:
            setattr(self, field.name, zeros(field, field.shape))


class Column(list[Any]):
    """A list with the ``shape`` that an array has."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the length as a tuple."""
        return (len(self),)


CLASSES: dict[str, type[PlainRecord]] = {
    record.name: type(
        record.name,
        (PlainRecord,),
        {"__slots__": record.names, "__doc__": record.meaning, "record": record},
    )
    for record in nested(TOPS)
}


def zeros(field: Field, shape: tuple[int, ...]) -> Any:
    """Return zero or a new object, or nested lists of them."""
    if shape:
        return [zeros(field, shape[1:]) for _ in range(shape[0])]
    if isinstance(field.kind, Record):
        return CLASSES[field.kind.name]()
    return 0 if field.kind == "int" else 0.0


class LazyRecords:
    """The records of an array as objects, each made when it is first asked for."""

    def __init__(self, array: Any, record: Record) -> None:
        self._array, self._record = array, record
        self._made: dict[int, Any] = {}

    def __getitem__(self, k: int) -> Any:
        if k not in self._made:
            item = self._array[k]
            make = LazyRecords if item.shape else plain
            self._made[k] = make(item, self._record)
        return self._made[k]


def plain(value: Any, record: Record) -> Any:
    """Return a NumPy record as an object; numbers keep their bits."""
    result = CLASSES[record.name].__new__(CLASSES[record.name])
    for field in record.fields:
        item, kind = value[field.name], field.kind
        setattr(
            result,
            field.name,
            LazyRecords(item, kind) if isinstance(kind, Record) else item.tolist(),
        )
    return result


class RunState:
    """What `memory.RunArrays` is to compiled code: lists of objects, of fixed length."""

    def __init__(self, tasks: int) -> None:
        self.world: Any = CLASSES["World"]()
        for name, n in lengths(tasks).items():
            make = CLASSES[STATE[name].name]
            setattr(self, name, Column(make() for _ in range(n)))


def structured(results: list[Any], record: Record) -> np.ndarray[Any, Any]:
    """Return objects as a structured array."""
    rows = [tuple(getattr(item, name) for name in record.names) for item in results]
    return np.array(rows, record.dtype)
