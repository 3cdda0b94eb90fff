"""Folders in which this user's programs keep what they can make again, and how they share them."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

#: Time stamp of every generated file: numba compares it, and two processes may write the same.
WRITTEN = 1_000_000_000


@cache
def cache_base() -> Path:
    """Return the first usable folder, a new one if there is none."""
    for base in (user_cache(), shared_cache()):
        if is_usable(base):
            return base
    return Path(tempfile.mkdtemp(prefix="simdeploy-"))


def cache_folder(name: str) -> Path:
    """Return a folder of the cache by its name; made on first use."""
    folder = cache_base() / name
    if is_usable(folder):
        return folder
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
    """Make a folder; return whether files can be made in it and it belongs to this user.

    What lies in the folder is executed, so a folder that somebody else has prepared is refused.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
    except OSError:
        return False


def write(file: Path, content: str | bytes) -> None:
    """Write a file in one step, so that another process sees all of it or nothing."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    os.utime(name, (WRITTEN, WRITTEN))
    Path(name).replace(file)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock that other processes wait for; the system frees it when its holder ends."""
    with file.open("a+b") as stream:
        _lock(stream.fileno())
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        """Wait for the lock on the first byte; ``LK_LOCK`` gives up after ten seconds."""
        while True:
            try:
                os.lseek(descriptor, 0, os.SEEK_SET)
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError:
                time.sleep(0.2)
            else:
                return
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        """Wait for the lock."""
        fcntl.flock(descriptor, fcntl.LOCK_EX)
