"""Files of any name: whether they are there, and writing them whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from simdeploy.errors import SimdeployError

_numbers = count()


class WriteError(SimdeployError):
    """A file that cannot be written.

    Attributes
    ----------
    why : str
        The reason in the system's words.

    Examples
    --------
    >>> print(WriteError("x.png", "No space left on device"))
    x.png: cannot be written: No space left on device
    """

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path}: cannot be written: {why}")

    def __reduce__(self) -> tuple[type["WriteError"], tuple[str, str]]:
        """Pickle with path and reason."""
        return type(self), (self.path, self.why)


def is_file(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is there; of a name that no system takes it is not."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether a folder is there; of a name that no system takes it is not."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a file that could not be written, before the work that it is to hold.

    Raises
    ------
    WriteError
        Where there is no such folder, it takes no new file, or the name is a folder's or none.
    """
    target = Path(path)
    try:
        real = Path(os.path.realpath(target))
        if _is_special(real):
            return
        if real.is_dir():
            raise WriteError(os.fspath(path), "it is a folder")
        if not real.parent.is_dir():
            raise WriteError(os.fspath(path), f"no folder {target.parent}")
        with suppress(FileNotFoundError):
            real.stat()
        draft = _draft(real)
        draft.touch(exist_ok=False)
        draft.unlink()
    except (OSError, ValueError) as error:
        raise WriteError(os.fspath(path), _why(error)) from None


def _is_special(target: Path) -> bool:
    """Return whether a name is that of a pipe or a device, which is written itself."""
    return target.exists() and not target.is_file() and not target.is_dir()


def _draft(target: Path) -> Path:
    # A short name: that of the file may be as long as a name can be.
    return target.parent / f".{os.getpid()}-{next(_numbers)}.part"


@contextmanager
def draft_of(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a name for a draft, which takes the file's place once it is whole.

    A link is followed; what is no regular file, such as a pipe, is written itself.

    Raises
    ------
    WriteError
        Where it cannot be written; no draft is left.
    """
    try:
        target = Path(os.path.realpath(path))
        is_special = _is_special(target)
    except (OSError, ValueError) as error:
        raise WriteError(os.fspath(path), _why(error)) from None
    draft = target if is_special else _draft(target)
    try:
        yield draft
        if draft is not target:
            draft.replace(target)
    except OSError as error:
        raise WriteError(os.fspath(path), _why(error)) from None
    finally:
        if draft is not target:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str, *, mode: int = 0) -> None:
    """Write a text file whole or not at all; ``mode`` is added to its permissions.

    Raises
    ------
    WriteError
        Where it cannot be written; what was there stays.
    """
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
        if mode:
            draft.chmod(draft.stat().st_mode | mode)


def _why(error: Exception) -> str:
    """Return a reason in words.

    >>> _why(ValueError("embedded null byte"))
    'no file can have this name'
    """
    if isinstance(error, ValueError):
        return "no file can have this name"
    return getattr(error, "strerror", None) or str(error)
