"""Numba without machine code per function: callees stay bare modules until an entry links them.

Numba optimizes each function together with all that it calls, and makes machine code of it, again
and again up the tree of calls. Functions compiled by `FlatCompiler` keep the text that numba wrote
for them; whatever links them takes each function once, and optimizes the whole once.

An index of an array is taken as it is: the model never counts from the end of one, and the code
for that at every access costs more than the access.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import llvmlite.binding as llvm
from numba import _dynfunc  # type: ignore[attr-defined]
from numba.core import cgutils, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.errors import TypingError
from numba.core.typed_passes import (
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.untyped_passes import (
    FixupArgs,
    GenericRewrites,
    IRProcessing,
    ReconstructSSA,
    TranslateByteCode,
)
from numba.np import arrayobj

from simdeploy.engines.jit.module_text import ModuleText


class FlatLibrary(JITCodeLibrary):
    """The text of one function, neither optimized nor compiled; empty for one that is declared."""

    text = ""

    def add_ir_module(self, ir_module: Any) -> None:
        """Keep the module as it is."""
        self.text = cgutils.normalize_ir_text(str(ir_module))

    def finalize(self) -> None:
        """Declare the function complete: there is nothing to compile."""
        self._finalized = True

    def closure(self) -> list[Any]:
        """Return this library and all that it calls, directly or not, each once."""
        found: dict[int, Any] = {}
        waiting = [self]
        while waiting:
            library = waiting.pop()
            # Nothing is allocated, so nothing of what counts references is called.
            if id(library) not in found and library.name != "nrt":
                found[id(library)] = library
                if isinstance(library, FlatLibrary):
                    waiting += library._linking_libraries  # noqa: SLF001  numba has no other way
        return list(found.values())

    def _get_module_for_linking(self) -> Any:
        """Return one module of everything that the function calls; numba's hook."""
        if self._shared_module is None:
            whole = llvm.parse_assembly(str(ModuleText(map(text_of, self.closure()))))
            for function in whole.functions:
                if not function.is_declaration and function.linkage == llvm.Linkage.external:
                    function.linkage = "linkonce_odr"
            self._shared_module = whole
        return self._shared_module


def text_of(library: Any) -> str:
    """Return the text of a library's module."""
    if isinstance(library, FlatLibrary):
        return library.text
    return str(library._get_module_for_linking())  # noqa: SLF001  numba's hook


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Have numba use something else for a while."""
    usual = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, usual)


def plain_index(context: Any, builder: Any, kind: Any, index: Any, _length: Any) -> Any:
    """Return an index as an address is computed from it."""
    return context.cast(builder, index, kind, types.intp)


@register_pass(mutates_CFG=True, analysis_only=False)
class FlatLowering(NativeLowering):
    """Numba's step from its own form of a function to LLVM's, into a `FlatLibrary`."""

    _name = "simdeploy_flat_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower one function, and let others call it."""
        context = state.targetctx
        state.library = FlatLibrary(context.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        for block in state.func_ir.blocks.values():
            for result in block.find_exprs("cast"):
                refuse_rounding("returns", state.typemap[result.value.name], state.return_type)
        with replaced(arrayobj, "fix_integer_index", plain_index):
            super().run_pass(state)
        lowered = state["cr"]
        description = lowered.fndesc
        name = description.qualname.split(".")[-1]
        module = description.lookup_module()
        entry = _dynfunc.make_function(module, name, "", 0, lowered.env, (state.library,))
        context.insert_user_function(entry, description, [state.library])
        state["cr"] = lowered._replace(cfunc=entry)
        return True


def refuse_rounding(what: str, kind: Any, told: Any) -> None:
    """Refuse what numba would round down to a whole number, where plain Python would not.

    Raises
    ------
    TypingError
        For a fraction where a whole number is told, also within a tuple.
    """
    if all(isinstance(one, types.BaseTuple) for one in (kind, told)):
        for inner, told_inner in zip(kind.types, told.types, strict=True):
            refuse_rounding(what, inner, told_inner)
    elif isinstance(kind, types.Float) and not isinstance(told, types.Float):
        raise TypingError(f"{what} {kind}, not {told}")


#: What numba does for a plain function of numbers and records: no closures, lists or arrays.
STEPS = (
    TranslateByteCode,
    FixupArgs,
    IRProcessing,
    GenericRewrites,
    ReconstructSSA,
    NopythonTypeInference,
    PreLowerStripPhis,
    FlatLowering,
    NoPythonBackend,
)


class Steps(PassManager):
    """Takes steps one after the other; numba also checks its form of the function after each."""

    def run(self, state: Any) -> None:
        """Take all steps."""
        for step, _ in self.passes:
            step().run_pass(state)


class FlatCompiler(CompilerBase):
    """Numba's compiler for Python functions, with the `STEPS` that the loop needs."""

    def define_pipelines(self) -> list[Any]:
        """Return the steps."""
        steps = Steps("simdeploy_flat")
        for step in STEPS:
            steps.add_pass(step, step.__name__)
        return [steps]
