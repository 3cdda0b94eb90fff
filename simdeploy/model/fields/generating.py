"""Writes what follows from the tables of fields: types for mypy, the start of a run, a docs page.

``python -m simdeploy.model.fields.generating`` writes the files; a test holds them to the tables.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from simdeploy.model.fields.declaring import Field, Record, nested
from simdeploy.model.fields.memory import STATE, TOPS
from simdeploy.model.fields.run import WORLD

HERE = Path(__file__).parent
DOCS = Path(__file__).parents[3] / "docs" / "state.md"

_TYPES = """\
# Types of the scenario record and of a run's state; made from the tables of fields.

from abc import ABCMeta
from collections.abc import Sequence
from typing import Any, TypeVar

_Item_co = TypeVar("_Item_co", covariant=True)

class Column(Sequence[_Item_co], metaclass=ABCMeta):
    @property
    def shape(self) -> tuple[int, ...]: ...
    def __setitem__(self, k: Any, value: Any, /) -> None: ...
"""
_INITIAL = '''\
"""Sets the world to what it is before anything has happened; made from the tables of fields."""

from simdeploy.model.fields.types import World


def reset_world(w: World) -> None:
    """Set every field of the world that does not outlive a run to its value at the start."""
'''
_DOCS = """\
# The scenario record and the state of a run

Both engines read a scenario from one record and keep a run in a few others. Their fields are
declared in `simdeploy/model/fields/`; the NumPy dtypes of the batch engine, the plain objects of
the process engine, the types that mypy checks and this page follow from there
(`python -m simdeploy.model.fields.generating`).

Times are seconds from the command. A field marked *hot* is read at nearly every instant.
"""


def types() -> str:
    """Return the stub of ``types.py``."""
    parts = [_TYPES]
    for record in nested(TOPS):
        parts.append(f"class {record.name}:")
        parts += [f"    {field.name}: {type_of(field)}" for field in record.fields]
        parts.append("")
    parts.append("class RunState:")
    parts.append("    world: World")
    parts += [f"    {name}: Column[{record.name}]" for name, record in STATE.items()]
    return "\n".join(parts) + "\n"


def type_of(field: Field) -> str:
    """Return a field's type in the stub."""
    item = field.kind.name if isinstance(field.kind, Record) else str(field.kind)
    for _ in field.shape:
        item = f"Column[{item}]"
    return item


def initial() -> str:
    """Return the source of ``initial.py``."""
    scalars = [field for field in WORLD.fields if field.start is not None and not field.shape]
    arrays = [field for field in WORLD.fields if field.start is not None and field.shape]
    lines = [f"    w.{field.name} = {literal(field)}" for field in scalars]
    imports = "NEVER" if any(x.endswith("NEVER") for x in lines) else ""
    for shape in sorted({field.shape for field in arrays}):
        lines += loops([field for field in arrays if field.shape == shape], shape)
    head = _INITIAL
    if imports:
        head = head.replace("\n\n\ndef", "\nfrom simdeploy.semantics.state import NEVER\n\n\ndef")
    return head + "\n".join(lines) + "\n"


def loops(fields: Sequence[Field], shape: Sequence[int]) -> Iterator[str]:
    """Yield loops over arrays of one shape."""
    names = "ij"[: len(shape)]
    for depth, (name, length) in enumerate(zip(names, shape, strict=True), 1):
        yield f"{'    ' * depth}for {name} in range({length}):"
    place = "".join(f"[{name}]" for name in names)
    for field in fields:
        yield f"{'    ' * (len(shape) + 1)}w.{field.name}{place} = {literal(field)}"


def literal(field: Field) -> str:
    """Return a field's start as Python writes it."""
    start = field.start or 0
    if field.kind == "int":
        return str(int(start))
    return "NEVER" if start == float("inf") else repr(float(start))


def docs() -> str:
    """Return the page of the docs."""
    return "\n".join([_DOCS, *(table(record) for record in reversed(nested(TOPS)))])


def table(record: Record) -> str:
    """Return a record as a section with a table."""
    lines = [f"## {record.name}", "", record.meaning, "", "| field | type | unit | meaning |"]
    lines.append("|---|---|---|---|")
    for field in record.fields:
        kind = field.kind.name if isinstance(field.kind, Record) else field.kind
        size = "".join(f"[{length}]" for length in field.shape)
        hot = " (hot)" if field.hot else ""
        lines.append(f"| `{field.name}` | {kind}{size} | {field.unit} | {field.meaning}{hot} |")
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write all three files."""
    (HERE / "types.pyi").write_text(types(), encoding="utf-8")
    (HERE / "initial.py").write_text(initial(), encoding="utf-8")
    DOCS.write_text(docs(), encoding="utf-8")


if __name__ == "__main__":
    write()
