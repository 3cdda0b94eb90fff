"""What machine code of the loop was made from: a hash of rules and record types.

Two hashes are used. `sources_digest` is that of the text of all sources that may matter; it takes
milliseconds and settles the usual case. Only where it differs, `fingerprint` looks closer: at the
modules that the loop reaches, without comments and docstrings, and at the types of the records. An
edit of prose therefore needs no new machine code. Neither depends on numba or on Python's version.
"""

import ast
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from simdeploy.engines.jit.caching import cache_folder, write
from simdeploy.engines.jit.source_rewriting import ROOT, is_twinned, is_within
from simdeploy.model.fields.memory import TOPS

#: The module of the loop, whose function ``run_range`` plays runs.
LOOP = "simdeploy.engines.kernel.loop"
#: What makes machine code of it.
MAKERS = (
    "simdeploy.engines.jit.declaring",
    "simdeploy.engines.jit.flat_linking",
    "simdeploy.engines.jit.functions",
    "simdeploy.engines.jit.known_run",
    "simdeploy.engines.jit.module_text",
    "simdeploy.engines.jit.objects",
    "simdeploy.engines.jit.source_rewriting",
    "simdeploy.engines.jit.state_pointer",
    "simdeploy.engines.jit.targets",
)
#: The run that machine code is tried on; a text among sources.
KNOWN_RUN = "known_run.json"
#: What a whole fingerprint looks like.
FINGERPRINT = re.compile("[0-9a-f]{16}")
#: Their types count, not their text.
FIELDS = ("simdeploy.model.fields",)


@cache
def core_sources() -> dict[str, str]:
    """Return the source of every module that has twins, declares records or compiles, by name.

    Read once, so that hashes and twins are of the same text while somebody edits it.
    """
    package = Path(__file__).resolve().parents[2]
    files = module_files(package)
    core = [
        name
        for name in sorted(files)
        if is_twinned(name) or name.startswith("simdeploy.model.") or name in MAKERS
    ]
    sources = {name: Path(files[name]).read_text(encoding="utf-8") for name in core}
    sources[KNOWN_RUN] = Path(__file__).with_name(KNOWN_RUN).read_text(encoding="utf-8")
    return sources


def module_files(package: Path) -> dict[str, str]:
    """Return the file of every module of a package by the module's name.

    Paths are texts here: to make 400 objects of them takes longer than to read the sources.
    """
    start = len(str(package.parent)) + 1
    paths = (
        f"{folder}{os.sep}{file}"
        for folder, _, files in os.walk(package)
        for file in files
        if file.endswith(".py")
    )
    return {path[start:].removesuffix(".py").replace(os.sep, "."): path for path in paths}


def short_hash(text: str) -> str:
    """Return 16 hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def sources_digest() -> str:
    """Return a hash of the text of `core_sources`."""
    return short_hash("\0".join(f"{name}\0{text}" for name, text in core_sources().items()))


@cache
def fingerprint() -> str:
    """Return a hash of what determines machine code; kept, as it takes a tenth of a second."""
    file = cache_folder("fingerprints") / sources_digest()
    with suppress(OSError, ValueError):
        kept = file.read_text(encoding="ascii")
        if FINGERPRINT.fullmatch(kept):
            return kept
    made = fingerprint_of(core_sources())
    # Without room it is made again by the next process.
    with suppress(OSError):
        write(file, made)
    return made


def fingerprint_of(sources: dict[str, str]) -> str:
    """Return a hash of code that the loop reaches or that compiles it, and of the record types."""
    reached = sorted({*reached_from(LOOP, sources), *MAKERS})
    parts = [f"{name}\0{without_prose(sources[name])}" for name in reached]
    return short_hash("\0".join([*parts, layout(), sources[KNOWN_RUN]]))


def layout() -> str:
    """Return the types of all records as text."""
    return "\0".join(f"{record.name}\0{record.dtype.descr}" for record in TOPS)


def record_sizes() -> dict[str, int]:
    """Return the size of every record, in bytes."""
    return {record.name: record.dtype.itemsize for record in TOPS}


def reached_from(name: str, sources: dict[str, str]) -> set[str]:
    """Return a module and those that it imports, directly or not; those of fields excepted."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        counts = is_twinned(module) or not is_within(module, FIELDS)
        if counts and module in sources and module not in found:
            found.add(module)
            waiting += imported(ast.parse(sources[module]))
    return found


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield every module of this package that a module imports, and names that may be modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == ROOT:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def without_prose(source: str) -> str:
    """Return a module's code in one way of writing it, without comments and docstrings.

    >>> without_prose("'A module.'; LIMIT=3  # tasks")
    'LIMIT = 3'
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    # Versions of Python differ in the quotes that they write.
    return ast.unparse(tree).replace('"', "'")
