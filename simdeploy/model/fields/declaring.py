"""How a record is declared: fields with name, type, unit, meaning and value before a run."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Kind: TypeAlias = "str | Record"


class Field(NamedTuple):
    """One field of a record.

    ``kind`` is ``int``, ``float`` or a record; ``unit`` says what the number counts; ``shape``
    lists the lengths of an array field. ``start`` is the value with which a run begins, None
    where that is set elsewhere (only the world's fields need it); ``hot`` marks what nearly every
    instant reads.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    shape: tuple[int, ...] = ()
    start: float | None = 0.0
    hot: bool = False


class Record(NamedTuple):
    """A record: its name as a type, what it describes, and its fields in order of memory."""

    name: str
    meaning: str
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(field.name for field in self.fields)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The record as a NumPy dtype, declared as aligned: a GPU loads others by the byte."""
        fields = [(field.name, dtype_of(field.kind), field.shape) for field in self.fields]
        return np.dtype(fields, align=True)


def dtype_of(kind: Kind) -> Any:
    """Return the NumPy type of a field's items."""
    if isinstance(kind, Record):
        return kind.dtype
    return "i8" if kind == "int" else "f8"


def record(name: str, meaning: str, *fields: Field) -> Record:
    """Declare a record."""
    return Record(name, meaning, fields)


def integer(
    name: str, meaning: str, *shape: int, unit: str = "", start: float | None = 0.0
) -> Field:
    """Declare a whole number: a count, an index or a code."""
    return Field(name, "int", unit, meaning, shape, start)


def flag(name: str, meaning: str, *shape: int, start: float | None = 0.0) -> Field:
    """Declare a truth value, kept as 0 or 1."""
    return Field(name, "int", "0 or 1", meaning, shape, start)


def real(name: str, unit: str, meaning: str, *shape: int, start: float | None = 0.0) -> Field:
    """Declare a real number with its unit."""
    return Field(name, "float", unit, meaning, shape, start)


def seconds(name: str, meaning: str, *shape: int, start: float | None = 0.0) -> Field:
    """Declare a duration, or an instant counted from the command, in seconds."""
    return real(name, "s", meaning, *shape, start=start)


def share(name: str, meaning: str, *shape: int, start: float | None = 0.0) -> Field:
    """Declare a share or a probability, from 0 to 1."""
    return real(name, "0 to 1", meaning, *shape, start=start)


def rate(name: str, meaning: str, *shape: int, start: float | None = 0.0) -> Field:
    """Declare a rate of requests."""
    return real(name, "requests/s", meaning, *shape, start=start)


def records(name: str, kind: Record, meaning: str, *shape: int) -> Field:
    """Declare an array of records."""
    return Field(name, kind, "", meaning, shape)


def hot(field: Field) -> Field:
    """Mark a field that nearly every instant reads."""
    return field._replace(hot=True)


def set_elsewhere(field: Field) -> Field:
    """Mark a field that outlives a run, or is set before the run's other fields."""
    return field._replace(start=None)


def nested(tops: Sequence[Record]) -> list[Record]:
    """Return records and all records that they hold, the innermost first, each of them once."""
    found: list[Record] = []
    for top in tops:
        inner = [field.kind for field in top.fields if isinstance(field.kind, Record)]
        found += [kind for kind in [*nested(inner), top] if kind not in found]
    return found
