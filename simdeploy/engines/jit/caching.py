"""Folders in which this user's programs keep what they can make again, and how they share them."""

import atexit
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

from simdeploy.errors import SimdeployError

#: Time stamp of every generated file: numba compares it, and two processes may write the same.
WRITTEN = 1_000_000_000
#: The folder of the cache that has the loop's functions as numba has compiled them.
FUNCTIONS = "functions"

#: How folders of the cache are opened: a link in the place of one is an error.
_AS_FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
# Folders above may be passed through and not read.
_AS_FOLDER |= getattr(os, "O_PATH", os.O_RDONLY)


@cache
def cache_base() -> Path:
    """Return the first usable folder, a new one if there is none."""
    for find in (user_cache, shared_cache):
        base = find()
        if base is not None and is_usable(base):
            return base
    return fresh_folder()


def cache_folder(name: str) -> Path:
    """Return a folder of the cache by its name; made on first use."""
    folder = cache_base() / name
    return folder if is_usable(folder) else fresh_folder()


def fresh_folder() -> Path:
    """Return a new folder of this process alone, which is removed when it ends.

    Raises
    ------
    SimdeployError
        Where no folder can be made at all.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="simdeploy-"))
    except OSError as error:
        why = error.strerror or error
        raise SimdeployError(
            f"no folder for machine code can be made: {why}; "
            "SIMDEPLOY_CACHE_DIR names one that can be written, and 'simdeploy run' needs none"
        ) from None
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: Path, owner: int) -> None:
    """Remove a folder when the process that made it ends; one that was forked off leaves it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def user_cache() -> Path | None:
    """Return the folder in which this user's programs keep what they can make again.

    None for a user without a home: no ``HOME``, and a number that the system does not list.
    """
    given = os.environ.get("SIMDEPLOY_CACHE_DIR")
    if given:
        return Path(given)
    if sys.platform != "darwin":
        name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
        if place := os.environ.get(name):
            return Path(place, "simdeploy")
    try:
        home = Path("~").expanduser()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return home / "AppData" / "Local" / "simdeploy"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "simdeploy"
    return home / ".cache" / "simdeploy"


def shared_cache() -> Path | None:
    """Return this user's folder among the temporary ones, for homes that cannot be written.

    None where there is no folder for temporary files.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    try:
        return Path(tempfile.gettempdir(), f"simdeploy-{user}")
    except OSError:
        return None


def is_usable(folder: Path) -> bool:
    """Make a folder; return whether files can be made in it and nobody else can.

    What lies in the folder is executed. Links in its path are followed first; of the path that is
    left, folders that are made are for this user alone, the folder belongs to this user, and in no
    folder above it can others put another one in its place.
    """
    try:
        place = Path(os.path.realpath(folder))
        if hasattr(os, "getuid"):
            if not _is_safe(place):
                return False
        else:
            place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place).close()
    except (OSError, ValueError):
        return False
    return True


def _is_safe(place: Path) -> bool:
    """Make the folders of a path that are missing; return whether only this user can change it."""
    with ExitStack() as opened:
        folder = os.open(place.anchor, _AS_FOLDER)
        opened.callback(os.close, folder)
        for name in place.parts[1:]:
            status = os.fstat(folder)
            if others_may_write(status) and not status.st_mode & stat.S_ISVTX:
                return False
            folder = _inner(folder, name)
            opened.callback(os.close, folder)
        status = os.fstat(folder)
    return status.st_uid == os.getuid() and not others_may_write(status)


def _inner(folder: int, name: str) -> int:
    """Open a folder in an open one; it is made for this user alone if it is missing."""
    try:
        return os.open(name, _AS_FOLDER, dir_fd=folder)
    except FileNotFoundError:
        # Another process may be faster.
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=folder)
        return os.open(name, _AS_FOLDER, dir_fd=folder)


def others_may_write(status: os.stat_result) -> bool:
    """Return whether others than its owner may write a folder; the group of this user is no other.

    Many systems give every user a group of the same name, and let it write by default.
    """
    by_group = bool(status.st_mode & stat.S_IWGRP) and status.st_gid != os.getegid()
    return by_group or bool(status.st_mode & stat.S_IWOTH)


def write(file: Path, content: str | bytes) -> None:
    """Write a file in one step, so that another process sees all of it or nothing.

    Raises
    ------
    OSError
        Where there is no room, for one; nothing is left behind.
    """
    descriptor, name = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        os.utime(name, (WRITTEN, WRITTEN))
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
