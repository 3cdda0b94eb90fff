"""The functions of the loop: which there are, and the text of each as numba compiles it.

Several processes compile them (`declaring`), and what they have made is kept, so that an edit of a
rule compiles this rule alone. A function's text hangs on its own source and on what `shell` leaves
of all modules: constants, types, and how functions are called. A change there compiles everything.
"""

import ast
import json
import os
import platform
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TypeGuard

from simdeploy.engines.jit.caching import FUNCTIONS, cache_folder, write
from simdeploy.engines.jit.fingerprint import (
    LOOP,
    MAKERS,
    core_sources,
    layout,
    reached_from,
    short_hash,
    without_prose,
)
from simdeploy.engines.jit.native import module_process
from simdeploy.engines.jit.source_rewriting import ROOT
from simdeploy.errors import SimdeployError
from simdeploy.model.fields.memory import TOPS

#: Functions that one process compiles while another would start.
SHARE = 60
PROCESSES = 4
#: Names in annotations of which machine code knows the type.
KNOWN = {"int", "float", "bool", "None", "RunState", "tuple", *(record.name for record in TOPS)}
#: The function that plays runs, whose types are known though its annotations do not tell them.
LOOP_FUNCTION = f"{LOOP}.run_range"


def function_texts() -> dict[str, str]:
    """Return the module of every function that the loop may call as text, by the function's name.

    Raises
    ------
    SimdeployError
        Where one cannot be compiled.
    """
    keys = function_keys(core_sources())
    file = kept_file()
    kept = read_kept(file)
    missing = [name for name, key in keys.items() if key not in kept]
    made = compiled(missing, list(keys))
    texts = {name: made.get(name) or kept[key] for name, key in keys.items()}
    if made:
        content = json.dumps({keys[name]: text for name, text in texts.items()}).encode()
        # Without room they are made again by the next process.
        with suppress(OSError):
            write(file, zlib.compress(content, 1))
    return texts


def kept_file() -> Path:
    """Return where texts are kept that this Python, numba and LLVM have made."""
    versions = [version(name) for name in ("numba", "llvmlite")]
    made_by = short_hash(" ".join([*versions, platform.python_version()]))
    return cache_folder(FUNCTIONS) / f"texts-{made_by}"


def read_kept(file: Path) -> dict[str, str]:
    """Return the texts that are kept; none where the file is missing or damaged."""
    with suppress(OSError, ValueError, zlib.error):
        kept = json.loads(zlib.decompress(file.read_bytes()))
        return kept if isinstance(kept, dict) else {}
    return {}


def compiled(names: Sequence[str], declared: Sequence[str]) -> dict[str, str]:
    """Compile functions in as many processes as there are processors and work for.

    Raises
    ------
    SimdeployError
        Where one cannot be compiled.
    """
    count = min(-(-len(names) // SHARE), os.cpu_count() or 1, PROCESSES)
    shares = [names[k::count] for k in range(count)]
    with ThreadPoolExecutor(count or 1) as pool:
        made = pool.map(lambda share: compiled_share(share, declared), shares)
        return {name: text for texts in made for name, text in texts.items()}


def compiled_share(names: Sequence[str], declared: Sequence[str]) -> dict[str, str]:
    """Compile functions in one process, whose changes to numba reach no other code."""
    # Numba walks through sets of texts, and writes variables in that order.
    done = module_process(
        "declaring", environment={"PYTHONHASHSEED": "0"}, given=json.dumps([names, declared])
    )
    if done.returncode != 0:
        raise SimdeployError((done.stderr.strip().splitlines() or ["no message"])[-1])
    texts: dict[str, str] = json.loads(done.stdout)
    return texts


def function_keys(sources: dict[str, str]) -> dict[str, str]:
    """Return a hash of all that the text of a function hangs on, by its name, longest first.

    Parameters
    ----------
    sources : dict of str to str
        Text of every module that may be reached, by name.
    """
    reached = sorted(reached_from(LOOP, sources))
    modules = {name: ast.parse(without_prose(sources[name])) for name in reached}
    functions = {
        f"{module}.{node.name}": node
        for module, tree in modules.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    types = KNOWN | {
        node.name for tree in modules.values() for node in tree.body if is_named_tuple(node)
    }
    called = reached_functions(modules, functions)
    alone = [
        name for name in called if name == LOOP_FUNCTION or is_declared(functions[name], types)
    ]
    texts = {name: ast.unparse(functions[name]) for name in alone}
    for name in alone:
        functions[name].body = [ast.Pass()]
    shells = [f"{name}\0{ast.unparse(tree)}" for name, tree in modules.items()]
    makers = [without_prose(sources[name]) for name in MAKERS]
    common = short_hash("\0".join([*shells, *makers, layout()]))
    longest = sorted(alone, key=lambda name: (-len(texts[name]), name))
    return {
        name.removeprefix(f"{ROOT}."): short_hash(f"{common}\0{name}\0{texts[name]}")
        for name in longest
    }


def is_named_tuple(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    """Return whether a statement declares a tuple with named fields."""
    return isinstance(node, ast.ClassDef) and "NamedTuple" in map(ast.unparse, node.bases)


def is_declared(function: ast.FunctionDef, types: Collection[str]) -> bool:
    """Return whether a function's annotations alone tell its types in machine code.

    >>> source = "def f(x: int) -> tuple[int, bool]: pass"
    >>> is_declared(ast.parse(source).body[0], {"int", "bool", "tuple"})
    True
    >>> is_declared(ast.parse("def f(x: tuple[int, ...]) -> None: pass").body[0], KNOWN)
    False
    """
    given = function.args
    told = [argument.annotation for argument in given.args] + [function.returns]
    others = (given.posonlyargs, given.kwonlyargs, given.defaults, given.vararg, given.kwarg)
    return not any(others) and all(node is not None and is_known(node, types) for node in told)


def is_known(annotation: ast.expr, types: Collection[str]) -> bool:
    """Return whether an annotation names types of machine code only."""
    text = ast.unparse(annotation)
    return re.fullmatch(r"tuple\[[\w, ]+\]|(?!tuple\b)\w+", text) is not None and all(
        name in types for name in re.findall(r"\w+", text)
    )


def reached_functions(
    modules: Mapping[str, ast.Module], functions: Mapping[str, ast.FunctionDef]
) -> list[str]:
    """Return the functions that the loop calls, directly or not, in order of their names."""
    meanings = {name: dict(meanings_of(name, tree)) for name, tree in modules.items()}
    found: set[str] = set()
    waiting = [LOOP_FUNCTION]
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += used(functions[name], meanings[name.rpartition(".")[0]])
    return sorted(found)


def meanings_of(module: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names of functions and imports in a module, and full names of what they mean."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, f"{module}.{node.name}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def used(function: ast.FunctionDef, meanings: Mapping[str, str]) -> Iterator[str]:
    """Yield the full names of what a function may call."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in meanings:
            yield meanings[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{meanings.get(node.value.id)}.{node.attr}"
