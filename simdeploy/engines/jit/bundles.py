"""Bundles of object files: those of one architecture, compressed together.

The objects of three systems differ in little more than how functions are called, and compressed
together they take a good half of the room. A bundle begins with a line that names them, and how
long each is.
"""

import importlib
import json
from collections.abc import Iterable
from pathlib import Path

from simdeploy.engines.jit.caching import write
from simdeploy.errors import SimdeployError


class BundleError(SimdeployError):
    """A bundle that cannot be read."""


def bundle_beside(file: Path) -> Path:
    """Return the bundle in which an object would be that is not a file of its own.

    >>> bundle_beside(Path("linux-arm64.o")).name
    'arm64.xz'
    """
    return file.with_name(f"{file.stem.rpartition('-')[2]}.xz")


def pack(files: Iterable[Path]) -> None:
    """Replace object files by bundles."""
    lzma = importlib.import_module("lzma")
    bundles: dict[Path, list[Path]] = {}
    for file in files:
        bundles.setdefault(bundle_beside(file), []).append(file)
    for bundle, members in bundles.items():
        contents = [file.read_bytes() for file in members]
        lengths = {file.name: len(content) for file, content in zip(members, contents, strict=True)}
        head = json.dumps(lengths).encode() + b"\n"
        write(bundle, lzma.compress(head + b"".join(contents), preset=9))
        for file in members:
            file.unlink()


def read_object(file: Path) -> bytes:
    """Return the content of an object file, from its bundle if it has no file of its own.

    Raises
    ------
    OSError
        Where there is neither.
    BundleError
        Where the bundle is damaged, or this Python cannot read it.
    """
    if file.is_file():
        return file.read_bytes()
    packed = bundle_beside(file).read_bytes()
    try:
        lzma = importlib.import_module("lzma")
        head, _, contents = lzma.decompress(packed).partition(b"\n")
        start = 0
        for name, length in json.loads(head).items():
            if name == file.name:
                return bytes(contents[start : start + length])
            start += length
    except ImportError as error:
        raise BundleError(f"this Python has no module lzma to read {file.name}") from error
    except (ValueError, lzma.LZMAError) as error:
        raise BundleError(f"{bundle_beside(file).name} is damaged") from error
    raise BundleError(f"{bundle_beside(file).name} has no {file.name}")
