"""Compiled twins of the modules that hold rules, draws and the batch engine's loop.

These modules are plain Python. ``load_compiled`` imports a second copy of a
module, ``simdeploy._compiled.<name>``, whose functions numba compiles together with all that they
call, and ``load_device`` a third copy, whose functions numba-cuda compiles for a GPU.
A package's own ``__init__`` takes no part: packages of twins are empty.

Twins are written as source files to a cache folder, because numba keeps machine code beside the
file of a function, and looks at this file alone to tell whether the code is stale. The folder is
therefore named by a hash of all sources whose functions may call each other, and of the versions
of numba and Python; a second process starts with what the first has compiled.
"""

import hashlib
import importlib
import importlib.util
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from simdeploy.engines.jit.source_rewriting import (
    DEVICE,
    ENTRIES,
    ROOT,
    ROOTS,
    is_twinned,
    twin_name,
    twin_source,
)
from simdeploy.errors import SimdeployError

ENGINE_CODES = ("numba", "python")
#: Time stamp of every generated file: numba compares it, and two processes may write the same.
WRITTEN = 1_000_000_000


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
    """Return how the batch engine's loop is run: ``numba`` (compiled) or ``python``.

    ``SIMDEPLOY_ENGINE_CODE`` chooses; NUMBA_DISABLE_JIT=1 means ``python`` and wins. Plain Python
    needs no numba, and a debugger can step into every rule.

    Raises
    ------
    SimdeployError
        For another value of ``SIMDEPLOY_ENGINE_CODE``.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "python"
    code = os.environ.get("SIMDEPLOY_ENGINE_CODE") or "numba"
    if code not in ENGINE_CODES:
        allowed = ", ".join(ENGINE_CODES)
        raise SimdeployError(f"SIMDEPLOY_ENGINE_CODE: got {code[:40]!r}; allowed: {allowed}")
    return code


def is_compiling() -> bool:
    """Return whether the batch engine's loop is compiled."""
    return engine_code() == "numba"


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
    file = cache_folder() / f"{twin_name(name, root)}.py"
    if not file.exists():
        source = core_sources().get(name)
        if source is None:
            raise ImportError(f"{name} is not among the modules that can be compiled", name=name)
        whole = whole_numbers(importlib.import_module(name))
        write(file, twin_source(source, name, root, whole))
    return file


def whole_numbers(module: ModuleType) -> set[str]:
    """Return the names of whole numbers in a module, those of modules that it imports included."""
    names = {name for name, value in vars(module).items() if type(value) is int}
    for alias, inner in vars(module).items():
        if isinstance(inner, ModuleType):
            names |= {
                f"{alias}.{name}" for name, value in vars(inner).items() if type(value) is int
            }
    return names


def write(file: Path, text: str) -> None:
    """Write a file in one step, so that another process sees all of it or nothing."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.utime(name, (WRITTEN, WRITTEN))
    Path(name).replace(file)


@cache
def cache_folder() -> Path:
    """Return the folder of generated sources and machine code: the first usable candidate."""
    for base in (user_cache(), shared_cache()):
        if is_usable(base) and is_usable(base / fingerprint()):
            return base / fingerprint()
    return Path(tempfile.mkdtemp(prefix="simdeploy-"))


def user_cache() -> Path:
    """Return the folder in which this user's programs keep what they can make again."""
    given = os.environ.get("SIMDEPLOY_CACHE_DIR")
    home = Path("~").expanduser()
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"), "simdeploy")
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "simdeploy"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache", "simdeploy")


def shared_cache() -> Path:
    """Return this user's folder among the temporary ones, for homes that cannot be written."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir(), f"simdeploy-{user}")


def is_usable(folder: Path) -> bool:
    """Make a folder, and tell whether files can be made in it and it belongs to this user.

    What lies in the folder is executed, so a folder that somebody else has prepared is refused.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
    except OSError:
        return False


@cache
def fingerprint() -> str:
    """Return a hash of all sources and versions that compiled code depends on."""
    versions = f"{numba().__version__} {platform.python_version()} {platform.machine()}"
    digest = hashlib.sha256(versions.encode())
    for name, source in core_sources().items():
        digest.update(f"\0{name}\0{source}".encode())
    return digest.hexdigest()[:16]


@cache
def core_sources() -> dict[str, str]:
    """Return the source of every module that has twins or makes them, by name.

    Read once, so that the hash and the twins tell of the same text while somebody edits it.
    """
    package = Path(__file__).resolve().parents[2]
    files = {module_name(file, package): file for file in sorted(package.rglob("*.py"))}
    core = [
        name
        for name in files
        if is_twinned(name)
        or name.startswith("simdeploy.model.")
        or name in {__name__, twin_source.__module__}
    ]
    return {name: files[name].read_text(encoding="utf-8") for name in core}


def module_name(file: Path, package: Path) -> str:
    """Return the name of the module in a file of the package."""
    return ".".join(file.relative_to(package.parent).with_suffix("").parts)


def numba() -> Any:
    """Import numba late: it takes 0.2 s, which only an engine that compiles should pay."""
    return importlib.import_module("numba")
