"""Compiled twins of the modules that hold rules, draws and the batch engine's loop.

These modules are plain Python. ``load_compiled`` imports a second copy of a
module, ``simdeploy._compiled.<name>``, whose functions numba compiles together with all that they
call, and ``load_device`` a third copy, whose functions numba-cuda compiles for a GPU.
A package's own ``__init__`` takes no part: packages of twins are empty.

The batch engine plays object files (`native`), which `objects` makes from the twin of its loop.
Tests compare compiled rules with plain ones, and where there can be no object numba compiles the
loop in this process.

Twins are written as source files to a cache folder, because numba keeps machine code beside the
file of a function, and looks at this file alone to tell whether the code is stale. The folder is
therefore named by a hash of all sources whose functions may call each other, and of the versions
of numba and Python; a second process starts with what the first has compiled.
"""

import importlib
import importlib.util
import os
import platform
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from simdeploy.engines.jit.caching import cache_folder, write
from simdeploy.engines.jit.fingerprint import core_sources, short_hash, sources_digest
from simdeploy.engines.jit.source_rewriting import (
    DEVICE,
    ENTRIES,
    ROOT,
    ROOTS,
    twin_name,
    twin_source,
)
from simdeploy.errors import SimdeployError

#: Begins the last line of a twin.
SEAL = "# whole: "
ENGINE_CODES = ("auto", "object", "numba", "python")


def load_compiled(name: str) -> ModuleType:
    """Import the compiled twin of a module.

    Parameters
    ----------
    name : str
        Full name of the module, such as ``simdeploy.semantics.capacity``.

    Returns
    -------
    ModuleType
        The twin; the module itself where the engine's code is plain Python (`engine_code`).
    """
    if not is_compiling():
        return importlib.import_module(name)
    return import_twin(name, ENTRIES)


def engine_code() -> str:
    """Return how the batch engine's loop is played, as ``SIMDEPLOY_ENGINE_CODE`` chooses.

    ``object``: by an object file, the one in the package or one that numba makes and that is kept;
    ``numba``: compiled in this process; ``python``: as plain Python, which needs no numba and lets
    a debugger step into every rule; ``auto``, the default: ``object``, or else ``numba``.
    NUMBA_DISABLE_JIT=1 means ``python`` and wins.

    Raises
    ------
    SimdeployError
        For another value of ``SIMDEPLOY_ENGINE_CODE``.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "python"
    code = os.environ.get("SIMDEPLOY_ENGINE_CODE") or "auto"
    if code not in ENGINE_CODES:
        allowed = ", ".join(ENGINE_CODES)
        raise SimdeployError(f"SIMDEPLOY_ENGINE_CODE: got {code[:40]!r}; allowed: {allowed}")
    return code


def is_compiling() -> bool:
    """Return whether the batch engine's loop is machine code, which reads records of NumPy."""
    return engine_code() != "python"


def load_device(name: str) -> ModuleType:
    """Import the twin of a module for the kernel of a GPU; needs numba-cuda, but no GPU."""
    return import_twin(name, DEVICE)


def import_twin(name: str, root: str) -> ModuleType:
    """Import the twin of a module under package ``root``."""
    if not any(isinstance(finder, TwinFinder) for finder in sys.meta_path):
        sys.meta_path.append(TwinFinder())
    return importlib.import_module(twin_name(name, root))


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the compiled twin of a top-level function of a module."""
    twin: Callable[..., Any] = getattr(load_compiled(function.__module__), function.__name__)
    return twin


class TwinFinder:
    """Finds twins for the import system; packages are empty, modules are generated."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the twin named ``fullname``, and write its source if it is not there yet."""
        del path, target
        root = ".".join(fullname.split(".")[:2])
        if root not in ROOTS:
            return None
        plain = importlib.util.find_spec(ROOT + fullname.removeprefix(root))
        if plain is None or plain.origin is None:
            return None
        if plain.submodule_search_locations is not None:
            return ModuleSpec(fullname, None, is_package=True)
        return importlib.util.spec_from_file_location(fullname, generated(plain.name, root))


def generated(name: str, root: str) -> Path:
    """Return the file of a module's twin in the cache folder; written on first use."""
    file = twin_folder() / f"{twin_name(name, root)}.py"
    if not is_whole_twin(file):
        source = core_sources().get(name)
        if source is None:
            raise ImportError(f"{name} is not among the modules that can be compiled", name=name)
        whole = whole_numbers(importlib.import_module(name))
        text = twin_source(source, name, root, whole).rstrip()
        write(file, f"{text}\n{SEAL}{short_hash(text)}\n")
    return file


def is_whole_twin(file: Path) -> bool:
    """Return whether a file is a twin as it was written: its last line is a hash of the rest."""
    try:
        text, _, seal = file.read_text(encoding="utf-8").rpartition(f"\n{SEAL}")
    except (OSError, ValueError):
        return False
    return bool(text) and seal == f"{short_hash(text)}\n"


def forget_twins() -> None:
    """Remove what numba keeps of twins: it reads it without a check."""
    for file in (*twin_folder().glob("**/*.nbi"), *twin_folder().glob("**/*.nbc")):
        file.unlink(missing_ok=True)


def whole_numbers(module: ModuleType) -> set[str]:
    """Return the names of whole numbers in a module, those of modules that it imports included."""
    names = {name for name, value in vars(module).items() if type(value) is int}
    for alias, inner in vars(module).items():
        if isinstance(inner, ModuleType):
            names |= {
                f"{alias}.{name}" for name, value in vars(inner).items() if type(value) is int
            }
    return names


@cache
def twin_folder() -> Path:
    """Return the folder of twins and of what numba keeps of them, named by all that makes them."""
    versions = f"{numba().__version__} {platform.python_version()} {platform.machine()}"
    return cache_folder(f"twins-{short_hash(versions + sources_digest())}")


def numba() -> Any:
    """Import numba late: it takes 0.2 s, which only who compiles should pay."""
    return importlib.import_module("numba")
