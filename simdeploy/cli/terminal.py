"""The terminal: output, width, exit codes, progress."""

import atexit
import gc
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from typing import Any

from simdeploy.errors import SimdeployError, visible

BAD_INPUT = 2
INTERRUPTED = 130
CLOSED_PIPE = 141
WIDEST = 100
#: A comparison uses more, where there is more.
ROOMY = 120
#: New objects between two searches for garbage in cycles; Python's own number is 700.
NEW_OBJECTS = 20_000
COMPILING = "compiling the engine: 10 to 30 seconds, once per version of its rules"


class UsageError(SimdeployError):
    """A command with invalid options."""


class PipeClosedError(Exception):
    """The reader of the output has closed the pipe, as ``head`` does."""


def emit(text: str) -> None:
    """Print to the standard output what nobody obeys; a closed pipe is not an error."""
    text = visible(text)
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise PipeClosedError from None
    except OSError as error:
        raise UsageError(f"the output cannot be written: {error.strerror or error}") from None


def print_error(message: str) -> None:
    """Print a message to the standard error."""
    sys.stderr.write(visible(message.rstrip("\n")) + "\n")


@cache
def start_quickly() -> None:
    """Leave out what takes time at every start and gives a command nothing.

    Python searches for garbage in cycles seldom, and not at all on the way out: of the few hundred
    thousand objects of a start nearly all stay, and to look through them again and again takes a
    third of a short command. Pydantic does not look for plugins among all installed packages.
    NumPy's and SciPy's OpenBLAS start no threads: they wait for work by spinning, 0.1 s of each of
    two cores in a short command, and the few small products here are no work for them.
    """
    gc.set_threshold(NEW_OBJECTS)
    atexit.register(gc.freeze)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def guarded(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code; input errors are printed without a traceback."""
    _replace_unencodable()
    try:
        code = command()
    except SimdeployError as error:
        print_error(str(error))
        return BAD_INPUT
    except PipeClosedError:
        return CLOSED_PIPE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException as error:  # noqa: BLE001  anything but what follows is raised again
        return _print_usage_error(error)
    if code == INTERRUPTED:
        print_error("interrupted; nothing is left half-written")
    return code if isinstance(code, int) else 0


def _print_usage_error(error: BaseException) -> int:
    """Print a usage error of typer or click, or one of a user's file; raise any other."""
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if show is None or code is None:
        loading = sys.modules.get("simdeploy.strategies.user_file")
        line = loading.fault_of(error) if loading else None
        if line is None:
            raise error
        print_error(line)
        return BAD_INPUT
    show()
    return int(code)


def _replace_unencodable() -> None:
    """Print a question mark for characters that the terminal cannot encode."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def is_terminal() -> bool:
    """Return whether the output goes to a terminal."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def columns(most: int = WIDEST) -> int:
    """Return the width of the output: that of the terminal or ``COLUMNS``, at most ``most``.

    Without a terminal and without ``COLUMNS`` it is 100.
    """
    known = is_terminal() or os.environ.get("COLUMNS", "").isdigit()
    return min(most, shutil.get_terminal_size().columns or WIDEST) if known else WIDEST


def check_choice(value: str, allowed: list[str], what: str) -> str:
    """Return ``value`` if it is allowed; the error lists what is."""
    if value in allowed:
        return value
    close = get_close_matches(value, allowed, n=1)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    raise UsageError(f'unknown {what} "{value[:60]}"; known: {", ".join(allowed)}{hint}')


@contextmanager
def progress(
    what: str, after: float = 1.0, unit: str = ""
) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a callback ``(done, total)`` that shows a bar on a terminal, after a second of work.

    With a ``unit`` the bar also shows the rate.
    """
    if not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(what, after, unit)
    try:
        yield bar
    finally:
        bar.stop()


@contextmanager
def compiling() -> Iterator[None]:
    """Show on a terminal that the engine is being compiled."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415  only for a bar

    with Console(stderr=True).status(COMPILING):
        yield


class _Bar:
    """A progress bar that appears only if the work takes longer than ``after`` seconds."""

    def __init__(self, what: str, after: float, unit: str) -> None:
        self.what = what
        self.unit = unit
        self.due = time.monotonic() + after
        self.first: tuple[int, float] | None = None
        self.bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None and time.monotonic() >= self.due and done < total:
            self.bar = self._begin(total)
        if self.bar is not None:
            self.bar.update(0, completed=done, total=total, rate=self._rate(done))

    def _rate(self, done: int) -> str:
        """Return the rate since the first call."""
        now = time.monotonic()
        self.first = self.first or (done, now)
        return _rate(done - self.first[0], now - self.first[1], self.unit)

    def _begin(self, total: int) -> Any:
        from rich.console import Console  # noqa: PLC0415  only for a bar
        from rich.progress import Progress, TextColumn  # noqa: PLC0415

        columns = list(Progress.get_default_columns())
        if self.unit:
            columns.append(TextColumn("{task.fields[rate]}"))
        bar = Progress(*columns, console=Console(stderr=True), transient=True)
        bar.add_task(self.what, total=total, rate="")
        bar.start()
        return bar

    def stop(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.stop()


def _rate(done: int, seconds: float, unit: str) -> str:
    """Format a number of units per second.

    >>> _rate(3_000_000, 2.0, "runs"), _rate(500, 2.0, "runs")
    ('1.5M runs/s', '250 runs/s')
    """
    if done <= 0 or seconds <= 0.0:
        return ""
    rate = done / seconds
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if rate >= size:
            return f"{rate / size:.3g}{letter} {unit}/s"
    return f"{rate:.3g} {unit}/s"
