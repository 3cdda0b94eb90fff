"""Sources of twins: a module's text, rewritten so that numba compiles its functions.

A module has three twins. In the twin under ``CALLEES``, functions call each other and are called
by nothing else, which spares numba the wrappers for Python, half of its time. In the twin under
``ENTRIES``, each function passes its arguments on to its callee, the state of a run as one pointer
(`packed`), may be called from Python, and has its machine code kept. In the twin under ``DEVICE``,
functions are called by each other and by the kernel of a GPU (`cuda`). Constants are the same
everywhere, and classes are the very same objects; tables of numbers (`TABLE`) are arrays.
"""

import ast
import importlib
from collections.abc import Collection, Sequence
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

ROOT = "simdeploy"
ENTRIES = "simdeploy._compiled"
CALLEES = "simdeploy._callees"
DEVICE = "simdeploy._device"
ROOTS = (ENTRIES, CALLEES, DEVICE)
#: Modules and packages whose functions compiled code may call.
TWINNED = (
    "simdeploy.semantics",
    "simdeploy.draws",
    "simdeploy.model",
    "simdeploy.engines.kernel",
)

#: What is the same object for all of them: records, their types, tables of names.
SHARED = ("simdeploy.model.fields", "simdeploy.model.registry")
RESET = "simdeploy.model.fields.initial"
#: Annotation of a constant that is rows of numbers: numba reads a tuple by fixed indexes alone.
TABLE = "Table"

#: Division as in IEEE 754; the check that Python makes would also block vectorization. Nothing is
#: allocated in compiled code, so nothing needs to be counted (``_nrt``).
OPTIONS = "error_model='numpy', nogil=True, _nrt=False"
ENTRY = f"__njit__(cache=True, {OPTIONS})"
CALLEE = (
    f"__njit__(pipeline_class=__flat__, no_cpython_wrapper=True, no_cfunc_wrapper=True, {OPTIONS})"
)
ON_DEVICE = "__cuda__.jit(device=True)"
DECORATORS = {ENTRIES: ENTRY, CALLEES: CALLEE, DEVICE: ON_DEVICE}


def twin_name(name: str, root: str) -> str:
    """Name of a module's twin.

    >>> twin_name("simdeploy.draws", CALLEES)
    'simdeploy._callees.draws'
    """
    return root + name.removeprefix(ROOT)


def is_twinned(name: str) -> bool:
    """Whether imports of a module lead to its twin."""
    return is_within(name, TWINNED) and (name == RESET or not is_within(name, SHARED))


def is_within(name: str, roots: Sequence[str]) -> bool:
    """Return whether a module is among the ``roots``, or within a package among them."""
    return any(name == root or name.startswith(root + ".") for root in roots)


def twin_source(source: str, name: str, root: str, whole: Collection[str] = ()) -> str:
    """Return the source of a module's twin.

    Parameters
    ----------
    source, name : str
        Text and name of the plain module.
    root : str
        ``ENTRIES``, ``CALLEES`` or ``DEVICE``.
    whole : collection of str
        Whole numbers among the constants of the module, and of modules that it imports.

    Examples
    --------
    >>> source = "from simdeploy.draws import unit" + chr(10) + "def f(x): return unit(x)"
    >>> print(twin_source(source, "simdeploy.semantics.some", ENTRIES))
    from numba import njit as __njit__
    import simdeploy._callees.semantics.some as __callees__
    from simdeploy.engines.jit.state_pointer import pack as __pack__
    from simdeploy._callees.draws import unit
    <BLANKLINE>
    @__njit__(cache=True, error_model='numpy', nogil=True, _nrt=False)
    def f(x):
        return __callees__.f(x)
    """
    tree = ast.parse(source)
    has_tables = any(is_table(statement) for statement in tree.body)
    tree = WholeNumbers(whole).visit(tree)
    tree.body = [twin_statement(statement, name, root) for statement in tree.body]
    at = first_import(tree.body)
    tree.body[at:at] = preamble(name, root, has_tables)
    return ast.unparse(ast.fix_missing_locations(tree))


def preamble(name: str, root: str, has_tables: bool) -> list[ast.stmt]:
    """Return the imports that a twin needs besides those of its module."""
    lines = [f"from {__name__} import array_of as __array_of__"] if has_tables else []
    if root == DEVICE:
        return ast.parse("\n".join([*lines, "from numba import cuda as __cuda__"])).body
    lines.append("from numba import njit as __njit__")
    if root == CALLEES:
        lines.append("from simdeploy.engines.jit.flat_linking import FlatCompiler as __flat__")
    if root == ENTRIES:
        lines.append(f"import {twin_name(name, CALLEES)} as __callees__")
        lines.append("from simdeploy.engines.jit.state_pointer import pack as __pack__")
    return ast.parse("\n".join(lines)).body


def first_import(body: Sequence[ast.stmt]) -> int:
    """Index after the docstring and imports from ``__future__``."""
    for index, statement in enumerate(body):
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not (future or docstring):
            return index
    return len(body)


def twin_statement(statement: ast.stmt, name: str, root: str) -> ast.stmt:
    """Return a top-level statement as it stands in a twin of module ``name``."""
    if isinstance(statement, ast.FunctionDef):
        function = entry(statement) if root == ENTRIES else statement
        return decorated(function, DECORATORS[root])
    if isinstance(statement, ast.ClassDef):
        return ast.ImportFrom(module=name, names=[ast.alias(name=statement.name)], level=0)
    if is_table(statement):
        table = ast.unparse(statement.target)
        return ast.parse(f"{table} = __array_of__({name!r}, {table!r})").body[0]
    called = CALLEES if root == ENTRIES else root
    if isinstance(statement, ast.ImportFrom) and is_twinned(statement.module or ""):
        statement.module = twin_name(statement.module or "", called)
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            if is_twinned(alias.name):
                alias.name = twin_name(alias.name, called)
    return statement


def is_table(statement: ast.stmt) -> TypeGuard[ast.AnnAssign]:
    """Return whether a statement defines a constant table."""
    return isinstance(statement, ast.AnnAssign) and ast.unparse(statement.annotation) == TABLE


def array_of(module: str, name: str) -> NDArray[np.float64]:
    """Return a constant table of a plain module as an array, which machine code holds."""
    return np.array(getattr(importlib.import_module(module), name), dtype=np.float64)


def decorated(function: ast.FunctionDef, decorator: str) -> ast.FunctionDef:
    """Return a function with this decorator alone; others are for plain Python."""
    function.decorator_list = [ast.parse(decorator, mode="eval").body]
    return function


def entry(function: ast.FunctionDef) -> ast.FunctionDef:
    """Return a function that passes its arguments on to the callee of the same name."""
    given = function.args
    arguments = (*given.posonlyargs, *given.args, *given.kwonlyargs)
    names = ", ".join(passed(argument) for argument in arguments)
    call = ast.parse(f"__callees__.{function.name}({names})", mode="eval").body
    function.body = [ast.Return(value=call)]
    return function


def passed(argument: ast.arg) -> str:
    """Return how an entry passes an argument on: the state of a run as one pointer."""
    is_space = isinstance(argument.annotation, ast.Name) and argument.annotation.id == "RunState"
    return f"__pack__({argument.arg})" if is_space else argument.arg


class WholeNumbers(ast.NodeTransformer):
    """Wraps whole numbers and truth values in calls: ``f(2, True)`` is ``f(int(2), bool(True))``.

    Numba takes such a constant for a type of its own and compiles the callee once per value.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Wrap the arguments of a call, and of the calls within it."""
        self.generic_visit(node)
        node.args = [self.wrapped(argument) for argument in node.args]
        return node

    def wrapped(self, node: ast.expr) -> ast.expr:
        """Return an argument, within a call of its type where it is a number known beforehand."""
        kind = self.kind(node)
        if kind is None:
            return node
        return ast.Call(func=ast.Name(id=kind, ctx=ast.Load()), args=[node], keywords=[])

    def kind(self, node: ast.expr) -> str | None:
        """Return ``int`` or ``bool`` for a whole number that is known beforehand."""
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in self.names:
            return "int"
        kind = type(node.value) if isinstance(node, ast.Constant) else None
        return kind.__name__ if kind is int or kind is bool else None
