"""Compiles functions of the loop one by one, in whatever order: each calls others by declaration.

Numba finds out the types of a function's results by compiling it, and so has to compile all that a
function calls before it. The rules say their types, and machine code has one type for each, so that
a function is compiled alone, and several processes share the work (`functions`).
"""

import gc
import importlib
import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any, get_args, get_origin, get_type_hints

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.base import BaseContext
from numba.core.funcdesc import PythonFunctionDescriptor, default_mangler
from numba.core.postproc import PostProcessor
from numba.core.transforms import canonicalize_cfg
from numba.core.types.functions import BaseFunction

from simdeploy.engines.jit.fingerprint import LOOP
from simdeploy.engines.jit.flat_linking import FlatLibrary, refuse_rounding, replaced, text_of
from simdeploy.engines.jit.loading import import_twin
from simdeploy.engines.jit.module_text import ModuleText
from simdeploy.engines.jit.source_rewriting import CALLEES, ROOT, twin_name
from simdeploy.engines.jit.state_pointer import PackedType, RowsType, short
from simdeploy.errors import SimdeployError
from simdeploy.model.fields.memory import STATE, TOPS
from simdeploy.model.fields.plain import CLASSES, RunState
from simdeploy.model.fields.run import RESULT, WORLD
from simdeploy.model.fields.scenario import SCENARIO

#: Types of values that are no records.
PLAIN = {int: types.int64, float: types.float64, bool: types.boolean, type(None): types.none}
#: Stands for the address of any of Python's objects; nothing has this name.
OBJECT = "object_of_python"
#: Functions that are compiled by themselves, and so have one type each.
DECLARED: set[str] = set()


def main() -> None:
    """Read names of functions to compile, and of all, and write their texts."""
    names, declared = json.load(sys.stdin)
    try:
        json.dump(compiled_texts(names, declared), sys.stdout)
    except SimdeployError as error:
        sys.exit(str(error))


def compiled_texts(names: Sequence[str], declared: Sequence[str]) -> dict[str, str]:
    """Return the module of each function as text, what it calls of undeclared ones included.

    Parameters
    ----------
    names : sequence of str
        Functions to compile, such as ``semantics.capacity.reconcile``.
    declared : sequence of str
        All functions that are compiled by themselves.

    Raises
    ------
    SimdeployError
        Where numba cannot compile a function, or does not know a type by which it is declared.
    """
    # Nothing is freed before the end.
    gc.disable()
    import_twin(LOOP, CALLEES)
    with same_everywhere(), quicker():
        DECLARED.update(declared)
        signatures = {name: signature_of(name) for name in declared}
        for name, signature in signatures.items():
            declare(name, signature)
        return {name: compiled_text(name, signatures[name]) for name in names}


def compiled_text(name: str, signature: Any) -> str:
    """Return the module of one function as text."""
    compiler = dispatcher(name)._compiler  # noqa: SLF001  as the dispatcher itself calls it
    try:
        result = compiler.compile(signature.args, signature.return_type)
    except numba.core.errors.NumbaError as error:
        # What follows is where, in the source of the twin.
        first = str(error).strip().splitlines()[0]
        raise SimdeployError(f"{ROOT}.{name} cannot be compiled: {first}") from error
    return str(ModuleText(map(text_of, result.library.closure())))


def dispatcher(name: str) -> Any:
    """Return numba's object for a function."""
    module, _, function = f"{ROOT}.{name}".rpartition(".")
    return getattr(sys.modules[twin_name(module, CALLEES)], function)


def declare(name: str, signature: Any) -> None:
    """Let others call a function that is compiled elsewhere."""
    function = dispatcher(name)
    descriptor = PythonFunctionDescriptor(
        native=True,
        modname=function.py_func.__module__,
        qualname=function.py_func.__qualname__,
        unique_name=name,
        doc="",
        typemap={},
        restype=signature.return_type,
        calltypes={},
        args=tuple(inspect.signature(function.py_func).parameters),
        kws=(),
        mangler=build_name,
        argtypes=signature.args,
    )
    key, context = object(), function.targetctx
    context.insert_user_function(key, descriptor, [FlatLibrary(context.codegen(), name)])
    entry = SimpleNamespace(signature=signature, objectmode=False, entry_point=key)
    function.overloads[signature.args] = entry
    function.disable_compile()
    usual = function.get_call_template

    def template(given: Any, named: Any) -> Any:
        _, types_given = function._compiler.fold_argument_types(given, named)  # noqa: SLF001
        for kind, told in zip(types_given, signature.args, strict=True):
            refuse_rounding(f"{name} is called with", kind, told)
        return usual(given, named)

    function.get_call_template = template


def signature_of(name: str) -> Any:
    """Return numba's types of a function's arguments and of its result."""
    if f"{ROOT}.{name}" == f"{LOOP}.run_range":
        return loop_signature()
    module, _, function = f"{ROOT}.{name}".rpartition(".")
    hints = get_type_hints(getattr(importlib.import_module(module), function))
    result = type_of(hints.pop("return"))
    return result(*map(type_of, hints.values()))


def loop_signature() -> Any:
    """Return Numba's types of the arguments of ``run_range``, and of its result."""
    out = types.Array(recorded(RESULT), 1, "C")
    whole = types.int64
    return whole(recorded(SCENARIO), state_type(), whole, whole, whole, whole, out)


def state_type() -> Any:
    """Return the type of a run's state, one pointer."""
    rows = ((name, RowsType(recorded(record))) for name, record in STATE.items())
    return PackedType((("world", recorded(WORLD)), *rows))


def recorded(record: Any) -> Any:
    """Return the type of a record."""
    return numba.from_dtype(record.dtype)


@cache
def type_of(annotation: Any) -> Any:
    """Return numba's type for an annotation.

    Raises
    ------
    SimdeployError
        Where machine code has none.
    """
    if annotation in PLAIN:
        return PLAIN[annotation]
    if annotation is RunState:
        return state_type()
    for record in TOPS:
        if annotation is CLASSES[record.name]:
            return recorded(record)
    if get_origin(annotation) is tuple:
        return types.BaseTuple.from_types(tuple(map(type_of, get_args(annotation))))
    if isinstance(annotation, type) and issubclass(annotation, tuple):
        parts = tuple(map(type_of, get_type_hints(annotation).values()))
        return types.BaseTuple.from_types(parts, annotation)
    raise SimdeployError(f"{annotation} has no type in machine code")


@contextmanager
def same_everywhere() -> Iterator[None]:
    """Have numba put nothing into its texts that differs from process to process.

    Its names of functions hold a count of functions, and addresses stand for Python's objects.
    """
    named = staticmethod(build_name)
    with (
        replaced(BaseContext, "mangler", named),
        replaced(BaseContext, "add_dynamic_addr", no_address),
    ):
        yield


def build_name(
    name: str, argtypes: Sequence[Any], *, abi_tags: Sequence[str] = (), uid: int | None = None
) -> str:
    """Return the name of a function in machine code.

    >>> build_name("simdeploy._callees.semantics.capacity.reconcile", ())[:28]
    'semantics.capacity.reconcile'
    """
    del uid
    own = name.removeprefix(f"{CALLEES}.")
    if own == name:
        return str(default_mangler(name, argtypes, abi_tags=abi_tags))
    return own if own in DECLARED else f"{own}.{short(tuple(argtypes))}"


def no_address(_context: Any, builder: Any, *_address: int, **_info: str) -> Any:
    """Return an address that machine code does not use: what loads it would miss `OBJECT`."""
    pointer = ir.IntType(8).as_pointer()
    found = builder.module.globals.get(OBJECT)
    place = found or cgutils.add_global_variable(builder.module, pointer, OBJECT)
    return builder.load(place)


@contextmanager
def quicker() -> Iterator[None]:
    """Spare numba what it does again and again with the same result, or for nothing here."""
    with (
        replaced(BaseFunction, "get_call_type", remembering(BaseFunction.get_call_type)),
        replaced(types.Record, "__repr__", cache(types.Record.__repr__)),
        replaced(PostProcessor, "run", without_lifetimes(PostProcessor.run)),
    ):
        yield


def without_lifetimes(usual: Any) -> Any:
    """Return numba's tidying of a function, which finds no lifetimes of variables in the loop's.

    Nothing that they hold has to be freed.
    """

    def run(processor: Any, *given: Any, **named: Any) -> None:
        function = processor.func_ir
        if function.func_id.modname.startswith(CALLEES):
            function.blocks = canonicalize_cfg(function.blocks)
            function.generator_info = None
        else:
            usual(processor, *given, **named)

    return run


def remembering(usual: Any) -> Any:
    """Return numba's search for what an operator does with numbers; made once for given types."""
    known: dict[Any, Any] = {}

    def call_type(function: Any, context: Any, given: Any, named: Any) -> Any:
        if named or not all(isinstance(kind, types.Number | types.Boolean) for kind in given):
            return usual(function, context, given, named)
        key = id(function), tuple(given)
        if key not in known:
            # The function is kept, so that another one does not get its identity.
            known[key] = function, usual(function, context, given, named)
        return known[key][1]

    return call_type


if __name__ == "__main__":
    main()
