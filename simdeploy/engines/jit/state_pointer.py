"""The state of a run as one pointer, for compiled code only.

A tuple of arrays is handed to a compiled function as every word of every array, some forty of
them at each call. `pack` writes addresses and lengths of the arrays into a block on the stack
once per entry, and what is handed on from there is the address of this block.
"""

import hashlib
import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
    signature,
)
from numba.extending import intrinsic, lower_builtin, lower_getattr_generic, models, register_model

WORD = ir.IntType(64)


def short(told: Any) -> str:
    """A short hash in place of a long type name, which numba puts into every function's name."""
    return hashlib.sha256(str(told).encode()).hexdigest()[:8]


class PackedType(types.Type):
    """Type of a packed tuple: names of its parts, and the type of each."""

    def __init__(self, parts: tuple[tuple[str, Any], ...]) -> None:
        self.parts = parts
        super().__init__(name=f"Packed({short(parts)})")

    @property
    def key(self) -> Any:
        """What makes two of these types equal."""
        return self.parts


class RowsType(types.Type):
    """Type of the records of a packed array."""

    def __init__(self, record: Any) -> None:
        self.record = record
        super().__init__(name=f"Rows({short(record)})")

    @property
    def key(self) -> Any:
        """What makes two of these types equal."""
        return self.record


@register_model(PackedType)
class PackedModel(models.PrimitiveModel):
    """The address of addresses and lengths."""

    def __init__(self, manager: Any, type_: PackedType) -> None:
        super().__init__(manager, type_, ir.IntType(8).as_pointer())


@register_model(RowsType)
class RowsModel(models.StructModel):
    """Address of the first record, and how many there are."""

    def __init__(self, manager: Any, type_: RowsType) -> None:
        super().__init__(manager, type_, [("data", types.intp), ("n", types.intp)])


@intrinsic
def pack(_typing: Any, whole: Any) -> Any:
    """A tuple of a record and arrays of records as one pointer, good until the caller returns."""
    if isinstance(whole, PackedType):
        return whole(whole), lambda _context, _builder, _signature, given: given[0]
    parts = tuple(
        (name, kind if isinstance(kind, types.Record) else RowsType(kind.dtype))
        for name, kind in zip(whole.fields, whole.types, strict=True)
    )
    packed = PackedType(parts)

    def write(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        words = ir.ArrayType(WORD, 2 * len(parts))
        block = cgutils.alloca_once(builder, words)
        for k, kind in enumerate(whole.types):
            value = builder.extract_value(given[0], k)
            data, n = address(context, builder, kind, value)
            for j, word in enumerate((data, n)):
                builder.store(word, cgutils.gep_inbounds(builder, block, 0, 2 * k + j))
        return builder.bitcast(block, ir.IntType(8).as_pointer())

    return packed(whole), write


def address(context: Any, builder: Any, kind: Any, value: Any) -> tuple[Any, Any]:
    """Address and length of one part."""
    if isinstance(kind, types.Record):
        return builder.ptrtoint(value, WORD), WORD(1)
    array = context.make_array(kind)(context, builder, value)
    return builder.ptrtoint(array.data, WORD), cgutils.unpack_tuple(builder, array.shape)[0]


@infer_getattr
class PackedParts(AttributeTemplate):
    """Parts of a packed tuple by name."""

    key = PackedType

    def generic_resolve(self, whole: Any, name: str) -> Any:  # type: ignore[override]
        """Type of a part; None for a name that there is not."""
        return dict(whole.parts).get(name)


@lower_getattr_generic(PackedType)
def part(context: Any, builder: Any, whole: PackedType, block: Any, name: str) -> Any:
    """Load a part."""
    names = [part_name for part_name, _ in whole.parts]
    k = names.index(name)
    kind = whole.parts[k][1]
    words = builder.bitcast(block, ir.ArrayType(WORD, 2 * len(names)).as_pointer())
    data = builder.load(cgutils.gep_inbounds(builder, words, 0, 2 * k))
    if isinstance(kind, types.Record):
        return builder.inttoptr(data, context.get_value_type(kind))
    rows = cgutils.create_struct_proxy(kind)(context, builder)
    rows.data = data
    rows.n = builder.load(cgutils.gep_inbounds(builder, words, 0, 2 * k + 1))
    return rows._getvalue()  # noqa: SLF001  numba's own way to get at it


@infer_getattr
class RowsShape(AttributeTemplate):
    """``shape``, as an array has it."""

    key = RowsType

    def resolve_shape(self, _rows: RowsType) -> Any:
        """Type of the shape: a tuple of one integer."""
        return types.UniTuple(types.intp, 1)


@lower_getattr_generic(RowsType)
def shape(context: Any, builder: Any, kind: RowsType, value: Any, _name: str) -> Any:
    """How many records there are."""
    rows = cgutils.create_struct_proxy(kind)(context, builder, value)
    return context.make_tuple(builder, types.UniTuple(types.intp, 1), [rows.n])


@infer_global(operator.getitem)
class RowsItem(AbstractTemplate):
    """A record by its number; never checked against the length."""

    def generic(self, given: Any, named: Any) -> Any:
        """Type of ``rows[i]``."""
        rows, place = given
        if isinstance(rows, RowsType) and isinstance(place, types.Integer) and not named:
            return signature(rows.record, rows, types.intp)
        return None


@lower_builtin(operator.getitem, RowsType, types.Integer)
def item(context: Any, builder: Any, told: Any, given: Any) -> Any:
    """Address of a record."""
    kind = told.args[0]
    rows = cgutils.create_struct_proxy(kind)(context, builder, given[0])
    offset = builder.mul(given[1], WORD(kind.record.size))
    return builder.inttoptr(builder.add(rows.data, offset), context.get_value_type(kind.record))
