"""Plays the batch engine's loop from an object file, without numba.

Objects lie in the package, where a build has put them (`objects`), or in the cache folder, where
the first use in a checkout puts the one of this platform. llvmlite loads them in milliseconds.
An object is used if it was made from these rules and records, and if it gives the bits of a run
that is known (`known_run`). Where there is none and numba cannot make one, numba compiles the loop
in this process; without numba there is no batch engine, only plain Python.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from simdeploy.engines.jit.bundles import BundleError, bundle_beside, read_object
from simdeploy.engines.jit.caching import FUNCTIONS, cache_folder, fresh_folder, locked
from simdeploy.engines.jit.fingerprint import LOOP, fingerprint, record_sizes, sources_digest
from simdeploy.engines.jit.known_run import row_of
from simdeploy.engines.jit.loading import engine_code, forget_twins, load_compiled
from simdeploy.engines.jit.targets import TARGETS, this_platform
from simdeploy.errors import SimdeployError

#: Where a build puts objects; see ``hatch_build.py``.
IN_PACKAGE = Path(__file__).resolve().parents[1] / "objects"
#: The file beside objects that says what they were made from; written last.
BUILT = "BUILT"
#: The function that an object holds.
ENTRY = "simdeploy_run_range"
#: Record, state, seed, first and last replication, variant, results and their number.
ARGUMENTS = (
    *[ctypes.c_void_p] * 2,
    *[ctypes.c_int64] * 4,
    ctypes.c_void_p,
    ctypes.c_int64,
)

Announcing = Callable[[], AbstractContextManager[Any]]


class RefusedError(Exception):
    """An object that is not used, and why."""


class ProcessorError(RefusedError):
    """No object at all can be used here: another one would be refused likewise."""


class Loop:
    """The loop of an object file's content; the interface is that of the module of the loop.

    Raises
    ------
    RefusedError
        Where this processor or system cannot run it.
    """

    def __init__(self, content: bytes) -> None:
        llvm = importlib.import_module("llvmlite.binding")
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        if not has_instructions(llvm):
            raise ProcessorError("this processor is older than x86-64-v2")
        provide_functions(llvm)
        machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine()
        # Keeps the memory of the machine code, all of it in one piece (``use_lmm``): code and
        # constants must not be more than 2 GiB apart.
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine, use_lmm=True)
        try:
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(content))
            self._engine.finalize_object()
            address = self._engine.get_function_address(ENTRY)
        except (OSError, RuntimeError) as error:
            raise RefusedError(f"it cannot be loaded: {error}") from error
        self._call = ctypes.CFUNCTYPE(ctypes.c_int64, *ARGUMENTS)(address)

    def run_range(
        self, record: Any, state: Any, seed: int, lo: int, hi: int, variant: int, out: Any
    ) -> int:
        """Play runs ``lo`` to ``hi`` into ``out``; return the first out of room, or ``hi``.

        Other threads run meanwhile: ctypes releases the interpreter's lock.
        """
        # Views, kept until the call is over; of a scalar that owns its memory, a copy.
        model, parts = np.asarray(record), [np.asarray(part) for part in state]
        words = [word for part in parts for word in (part.ctypes.data, part.size)]
        block = (ctypes.c_int64 * len(words))(*words)
        pointers = model.ctypes.data, ctypes.addressof(block)
        done = self._call(*pointers, seed, lo, hi, variant, out.ctypes.data, len(out))
        if done < lo:
            raise RuntimeError(f"the batch engine failed between runs {lo} and {hi}")
        return int(done)


def has_instructions(llvm: Any) -> bool:
    """Return whether this processor has what objects for x86-64 use."""
    if not this_platform().endswith("x86_64"):
        return True
    return bool(llvm.get_host_cpu_features().get("sse4.2", False))


#: Python functions that machine code calls; kept as long as the process runs.
_PROVIDED: list[Any] = []


def provide_functions(llvm: Any) -> None:
    """Give LLVM the functions that an object expects from the system, where it sees none."""
    if llvm.address_of_symbol("memset") is None:
        llvm.add_symbol("memset", ctypes.cast(ctypes.memset, ctypes.c_void_p).value)
    if llvm.address_of_symbol("memcpy") is None:
        llvm.add_symbol("memcpy", ctypes.cast(ctypes.memmove, ctypes.c_void_p).value)
    # What LLVM calls on macOS to clear memory.
    if sys.platform == "darwin" and llvm.address_of_symbol("__bzero") is None:
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t)
        _PROVIDED.append(kind(clear))
        address = ctypes.cast(_PROVIDED[-1], ctypes.c_void_p).value
        for name in ("__bzero", "___bzero"):
            llvm.add_symbol(name, address)


def clear(address: int, size: int) -> None:
    """Set bytes to zero."""
    ctypes.memset(address, 0, size)


def load_loop(announcing: Announcing) -> Any:
    """Return what plays runs: an object, or the loop as numba compiles it in this process.

    Parameters
    ----------
    announcing : callable
        Its context is entered while something is compiled, which takes up to a quarter of a minute.

    Raises
    ------
    SimdeployError
        Where there is no machine code and nothing to make it.
    """
    code = engine_code()
    refused: list[str] = []
    for find in (in_package, in_cache, in_fresh_folder) if code != "numba" else ():
        if find is in_fresh_folder and not refused:
            continue
        file = None
        try:
            file = find(announcing)
            if file is not None:
                return verified(file)
        except ProcessorError as error:
            refused.append(str(error))
            break
        except RefusedError as error:
            refused.append(str(error))
            if find is in_cache:
                forget(cache_folder(fingerprint()))
            # Not where a rule could not be compiled: the others stay as they are.
            if find is in_cache and file is not None:
                forget(cache_folder(FUNCTIONS))
    if code != "object" and importlib.util.find_spec("numba"):
        try:
            with announcing():
                return compiled_here()
        except OSError as error:
            refused.append(f"what numba compiles cannot be kept: {error.strerror or error}")
    raise SimdeployError(nothing_here(refused))


def nothing_here(refused: list[str]) -> str:
    """Return the line for a platform on which no machine code can be had."""
    why = "; ".join(
        [f"no machine code of these rules for this platform here ({this_platform()})", *refused]
    )
    alternatives = "'simdeploy run' and '--engine process' work without"
    return f"{why}: pip install 'simdeploy[compile]' ({alternatives})"


def compiled_here() -> Any:
    """Return the loop as numba compiles it, by playing no run at all."""
    loop = load_compiled(LOOP)
    try:
        row_of(loop.run_range)
    except OSError:
        raise
    except Exception:  # noqa: BLE001  what numba has kept may be damaged in any way
        forget_twins()
        row_of(loop.run_range)
    return loop


def in_package(announcing: Announcing) -> Path | None:
    """Return the object that a build has put into the package."""
    del announcing  # nothing is compiled
    file = IN_PACKAGE / f"{this_platform()}.o"
    return file if file.is_file() or bundle_beside(file).is_file() else None


def in_cache(announcing: Announcing) -> Path | None:
    """Return the object in the cache folder; it is made if numba is there.

    Raises
    ------
    RefusedError
        Where it could not be made.
    """
    if this_platform() not in TARGETS:
        return None
    file = cache_folder(fingerprint()) / f"{this_platform()}.o"
    if not is_whole(file) and importlib.util.find_spec("numba"):
        make_object(file, announcing)
    return file if file.is_file() else None


def in_fresh_folder(announcing: Announcing) -> Path | None:
    """Return an object that is made in a new folder, as what the cache has cannot be used.

    Raises
    ------
    RefusedError
        Where it could not be made.
    """
    if this_platform() not in TARGETS or not importlib.util.find_spec("numba"):
        return None
    base = fresh_folder()
    logging.getLogger("simdeploy").warning(
        "the machine code in the cache cannot be used; it is made anew in %s", base
    )
    file = base / fingerprint() / f"{this_platform()}.o"
    file.parent.mkdir(mode=0o700)
    make_object(file, announcing, {"SIMDEPLOY_CACHE_DIR": str(base)})
    return file


def forget(folder: Path) -> None:
    """Have the next process make anew, from the beginning, what a folder of the cache has."""
    with suppress(OSError):
        for file in (folder / BUILT, *folder.glob("loop-*.bc"), *folder.glob("texts-*")):
            file.unlink(missing_ok=True)


def is_whole(file: Path) -> bool:
    """Return whether a file is the object that was built, none or a damaged one excepted."""
    try:
        return is_built(file.name, file.read_bytes(), read_built(file.with_name(BUILT)))
    except OSError:
        return False


def is_built(name: str, content: bytes, built: Mapping[str, Any]) -> bool:
    """Return whether an object's content is what was built."""
    hashes = built.get("objects")
    hashed = hashes.get(name) if isinstance(hashes, dict) else None
    return bool(hashed == hashlib.sha256(content).hexdigest())


def make_object(
    file: Path, announcing: Announcing, environment: Mapping[str, str] | None = None
) -> None:
    """Have another process write this platform's object, unless a third has just done so.

    Parameters
    ----------
    file : Path
        Where it is written.
    announcing : callable
        Its context is entered meanwhile.
    environment : mapping of str to str
        Variables that the process gets besides those of this one.

    Raises
    ------
    RefusedError
        With the last line of what that process printed, where it failed.
    """
    try:
        with announcing(), locked(file.with_name("lock")):
            done = None if is_whole(file) else compiling_process(file.parent, environment or {})
    except OSError as error:
        why = error.strerror or error
        raise RefusedError(f"the engine could not be compiled in {file.parent}: {why}") from error
    if done is not None and done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RefusedError(f"the engine could not be compiled: {last}")


def compiling_process(
    folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run the process that writes this platform's object into a folder."""
    return module_process("objects", "--here", str(folder), environment=environment)


def module_process(
    name: str, *arguments: str, environment: Mapping[str, str], given: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a module of this package in a process of its own, with a text as its input."""
    package = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    # -P: another version may lie in the present folder, and its object be taken for this one's.
    return subprocess.run(  # noqa: S603  this package's own module
        [sys.executable, "-P", "-m", f"{__package__}.{name}", *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def verified(file: Path) -> Loop:
    """Return the loop of an object that was made from this code and gives the known bits.

    Raises
    ------
    RefusedError
        For every other object.
    """
    built = read_built(file.with_name(BUILT))
    if built.get("sources") != sources_digest() and built.get("fingerprint") != fingerprint():
        raise RefusedError(f"{file.name} was made from other rules")
    if built.get("records") != record_sizes():
        raise RefusedError(f"{file.name} was made for records of other sizes")
    try:
        content = read_object(file)
    except (OSError, BundleError) as error:
        raise RefusedError(f"{file.name} cannot be read: {error}") from error
    # LLVM does not survive every file that is damaged.
    if not is_built(file.name, content, built):
        raise RefusedError(f"{file.name} is not the file that was built")
    loop = Loop(content)
    if row_of(loop.run_range).hex() != built.get("known_row"):
        raise RefusedError(f"{file.name} gives other numbers than plain Python")
    return loop


def read_built(file: Path) -> dict[str, Any]:
    """Return what objects were made from; nothing for a file that cannot be read."""
    try:
        built = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return built if isinstance(built, dict) else {}
