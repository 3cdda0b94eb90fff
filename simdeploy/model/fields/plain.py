"""The scenario record and a run's state as plain objects: for the process engine, and without JIT.

Their fields are those of the tables. Whole numbers have no largest value here, and an attribute
that no table declares is an error.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from simdeploy.model.fields.declaring import Field, Record, nested
from simdeploy.model.fields.memory import STATE, TOPS, lengths


class PlainRecord:
    """An object with the fields of a record, zero at first."""

    __slots__ = ()
    record: Record
    #: Fields that are one number, with its zero; all others.
    numbers: tuple[tuple[str, float], ...]
    others: tuple[Field, ...]

    def __init__(self) -> None:
        for name, zero in self.numbers:
            setattr(self, name, zero)
        for field in self.others:
            setattr(self, field.name, zeros(field, field.shape))


class Records(dict[int, Any]):
    """Records by number, each made when it is first asked for; ``shape`` as an array has it.

    A dictionary, since no list makes its missing items; that of a number costs no call.
    """

    def __init__(self, make: Callable[[int], Any], n: int) -> None:
        super().__init__()
        self._make, self.shape = make, (n,)

    def __missing__(self, k: int) -> Any:
        n = self.shape[0]
        if not -n <= k < n:
            raise IndexError(k)
        if k < 0:
            return self[k + n]
        item = self[k] = self._make(k)
        return item


def new_class(record: Record) -> type[PlainRecord]:
    """Return the class of a record's objects."""
    single = [field for field in record.fields if isinstance(field.kind, str) and not field.shape]
    attributes = {
        "__slots__": record.names,
        "__doc__": record.meaning,
        "record": record,
        "numbers": tuple((field.name, zero(field)) for field in single),
        "others": tuple(field for field in record.fields if field not in single),
    }
    return type(record.name, (PlainRecord,), attributes)


def zero(field: Field) -> float:
    """Return the zero of a field of numbers, whole where they are."""
    return 0 if field.kind == "int" else 0.0


CLASSES: dict[str, type[PlainRecord]] = {record.name: new_class(record) for record in nested(TOPS)}


def zeros(field: Field, shape: tuple[int, ...]) -> Any:
    """Return an array field of zeros or of new objects, as nested lists."""
    if isinstance(field.kind, Record):
        return new_records(field.kind, *shape)
    if len(shape) == 1:
        return [zero(field)] * shape[0]
    return [zeros(field, shape[1:]) for _ in range(shape[0])]


def new_records(record: Record, n: int) -> Records:
    """Return ``n`` records, zero at first."""
    make = CLASSES[record.name]
    return Records(lambda _: make(), n)


def plain_records(array: Any, record: Record) -> Records:
    """Return an array of NumPy records as objects; an array with two indices as nested ones."""
    make = plain if array.ndim == 1 else plain_records
    return Records(lambda k: make(array[k], record), len(array))


def plain(value: Any, record: Record) -> Any:
    """Return a NumPy record as an object; numbers keep their bits."""
    result = CLASSES[record.name].__new__(CLASSES[record.name])
    for field in record.fields:
        item, kind = value[field.name], field.kind
        setattr(
            result,
            field.name,
            plain_records(item, kind) if isinstance(kind, Record) else item.tolist(),
        )
    return result


class RunState:
    """What `memory.RunArrays` is to compiled code: objects, of fixed number."""

    def __init__(self, tasks: int) -> None:
        self.world: Any = CLASSES["World"]()
        for name, n in lengths(tasks).items():
            setattr(self, name, new_records(STATE[name], n))


def structured(results: list[Any], record: Record) -> np.ndarray[Any, Any]:
    """Return objects as a structured array."""
    rows = [tuple(getattr(item, name) for name in record.names) for item in results]
    return np.array(rows, record.dtype)
