"""Errors of Python code of a user's own: whatever it raises becomes one line with its place.

Such code may raise anything, ``SystemExit`` and exceptions that cannot be shown included. Only an
interrupt from the keyboard passes.
"""

import inspect
import reprlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import TracebackType
from typing import Any

from simdeploy.errors import SimdeployError, StrategyError
from simdeploy.strategies.user_time import Limited, UserCodeError

#: Most letters of a name, of a value and of a message in an error.
LONGEST_NAME = 60
#: Where modules of this package begin; that of a user's file begins with "simdeploy user file".
OURS = "simdeploy."
LONGEST_MESSAGE = 300

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = LONGEST_NAME


@contextmanager
def own_code(
    cls: type, function: object = None, passing: tuple[type[BaseException], ...] = ()
) -> Iterator[None]:
    """Turn what a class of the user's raises into an error with file and line.

    Parameters
    ----------
    cls : type
        The class whose code is executed.
    function : object
        The method of it that is called: its first line is named where the error names none.
    passing : tuple of type
        Exceptions that are left as they are.

    Raises
    ------
    StrategyError
        For every exception but those, and ``KeyboardInterrupt``; and where code that is not this
        package's own takes longer than `user_time.SECONDS`, or calls ``os._exit``.
    """
    try:
        with nullcontext() if cls.__module__.startswith(OURS) else Limited(file_of(cls)):
            yield
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, *passing)):
            raise
        # Not ``error.__traceback__``, which a class of exceptions may replace.
        where = raised_in(sys.exc_info()[2], cls, function)
        raise StrategyError(f"{where}: {name_of(cls)}: {in_words(error)}") from None


def raised_in(trace: TracebackType | None, cls: type, function: object) -> str:
    """Return ``file:line`` of the last line of a class or its method in a traceback."""
    home, (file, first) = file_of(cls), place_of(cls, function)
    for name in (home, file):
        if name and (line := line_in(name, trace)):
            return f"{name}:{line}"
    return f"{file}:{first}"


def line_in(file: str, trace: TracebackType | None) -> int:
    """Return the last line of a file in a traceback; 0 for none."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def place_of(cls: type, function: object = None) -> tuple[str, int]:
    """Return file and line of a method, or of its class where the method is made elsewhere."""
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    homes = {file_of(base) for base in cls.__mro__}
    if code and (code.co_filename in homes or not file_of(cls)):
        return code.co_filename, code.co_firstlineno
    try:
        return file_of(cls), inspect.findsource(cls)[1] + 1
    except (OSError, TypeError, IndexError):
        return file_of(cls) or "<unknown>", 1


def file_of(cls: type) -> str:
    """Return the file of a class; empty in a notebook."""
    return str(getattr(sys.modules.get(cls.__module__), "__file__", None) or "")


def name_of(cls: type) -> str:
    """Return a strategy's class in words."""
    return f"strategy {shortened(cls.__name__, LONGEST_NAME)}"


def in_words(error: BaseException) -> str:
    """Return an exception of a user's code as one line of text, also where it has none to give.

    >>> in_words(ValueError("so much"))
    'ValueError: so much'
    """
    name = shortened(type(error).__name__, LONGEST_NAME)
    try:
        first = str(error).strip().partition("\n")[0]
    except BaseException:  # noqa: BLE001  ``__str__`` is not ours either
        return name
    first = shortened(first, LONGEST_MESSAGE)
    if first and isinstance(error, SimdeployError | UserCodeError):
        return first
    return f"{name}: {first}" if first else name


def shown(value: Any) -> str:
    """Return a value as an error shows it, in at most 60 letters.

    >>> shown([5, "x"]), shown(shown)
    ("[5, 'x']", 'the function shown')
    """
    text = f"the function {value.__name__}" if inspect.isfunction(value) else _short.repr(value)
    return shortened(text, LONGEST_NAME)


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many letters.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
