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
        is_special = target.exists() and not target.is_file() and not target.is_dir()
    except (OSError, ValueError) as error:
        raise WriteError(os.fspath(path), _why(error)) from None
    # A short name: that of the file may be as long as a name can be.
    draft = target if is_special else target.parent / f".{os.getpid()}-{next(_numbers)}.part"
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
