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
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering
from numba.np import arrayobj


class FlatLibrary(JITCodeLibrary):
    """The module of one function, neither optimized nor compiled."""

    own: Any

    def add_ir_module(self, ir_module: Any) -> None:
        """Keep the module as it is."""
        self.own = llvm.parse_assembly(cgutils.normalize_ir_text(str(ir_module)))
        self.own.name = ir_module.name

    def finalize(self) -> None:
        """Declare the function complete: there is nothing to compile."""
        self._finalized = True

    def closure(self) -> list[Any]:
        """Return this library and all that it calls, directly or not, each once."""
        found: dict[int, Any] = {}
        waiting = [self]
        while waiting:
            library = waiting.pop()
            if id(library) not in found:
                found[id(library)] = library
                if isinstance(library, FlatLibrary):
                    waiting += library._linking_libraries  # noqa: SLF001  numba has no other way
        return list(found.values())

    def _get_module_for_linking(self) -> Any:
        """Return one module of everything that the function calls; numba's hook."""
        if self._shared_module is None:
            whole, *others = (linkable(library) for library in self.closure())
            for module in others:
                whole.link_in(module, preserve=True)
            self._shared_module = whole
        return self._shared_module


def linkable(library: Any) -> Any:
    """Return a library's module so that it may be linked into several others."""
    if not isinstance(library, FlatLibrary):
        return library._get_module_for_linking()  # noqa: SLF001  numba's hook
    module = library.own.clone()
    for function in module.functions:
        if not function.is_declaration and function.linkage == llvm.Linkage.external:
            function.linkage = "linkonce_odr"
    return module


@contextmanager
def plain_indexes() -> Iterator[None]:
    """While functions are lowered, have numba take every index as it is."""
    usual = arrayobj.fix_integer_index
    arrayobj.fix_integer_index = plain_index
    try:
        yield
    finally:
        arrayobj.fix_integer_index = usual


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
        with plain_indexes():
            super().run_pass(state)
        lowered = state["cr"]
        description = lowered.fndesc
        name = description.qualname.split(".")[-1]
        module = description.lookup_module()
        entry = _dynfunc.make_function(module, name, "", 0, lowered.env, (state.library,))
        context.insert_user_function(entry, description, [state.library])
        state["cr"] = lowered._replace(cfunc=entry)
        return True


class FlatCompiler(CompilerBase):
    """Numba's compiler for Python functions, with `FlatLowering` as its last step but one."""

    def define_pipelines(self) -> list[Any]:
        """Return numba's own steps, the lowering replaced."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.passes = [
            (FlatLowering if step is NativeLowering else step, description)
            for step, description in steps.passes
        ]
        steps._finalized = False  # noqa: SLF001  the list of steps has changed
        steps.finalize()
        return [steps]
