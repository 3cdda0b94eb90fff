"""A limit of time for Python code of a user's own, which may loop without end or leave by force.

Such code is executed in the simulator's own process. After `SECONDS` an exception is raised in its
thread, again and again where it is swallowed. ``os._exit`` raises one, too, while such code runs.
"""

import ctypes
import os
import sys
import threading
from typing import NoReturn

from simdeploy.errors import visible

#: How long a file, or a method of a strategy, may take.
SECONDS = 60.0
#: Seconds between two exceptions, and how many are raised before the process is ended.
PAUSE, MOST = 1.0, 10
#: Turns of a loop within which an exception from another thread arrives.
SPINS = 10_000
_under_way = threading.local()


class UserCodeError(BaseException):
    """Ends a user's code; no ``Exception``, which such code may catch."""


class TookTooLongError(UserCodeError):
    """Raised in a user's code that has not ended in time."""

    def __str__(self) -> str:
        return f"is not over after {SECONDS:g} s; a file or a method may take so long at most"


class LeftError(UserCodeError):
    """Raised where a user's code ends the process by force."""

    def __str__(self) -> str:
        return "os._exit: this would end the process without a word"


class _Watch(threading.Thread):
    """Raises an exception in another thread when the time is over, unless that is done."""

    def __init__(self, what: str) -> None:
        super().__init__(daemon=True, name="time limit of a user's code")
        self.what = what
        self.watched = threading.get_ident()
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.has_raised = False

    def run(self) -> None:
        """Wait, raise, and end the process where nothing helps and the command line began it."""
        if self.done.wait(SECONDS):
            return
        for _ in range(MOST):
            self._raise()
            if self.done.wait(PAUSE):
                return
        from simdeploy.strategies.user_file import EXECUTED  # noqa: PLC0415  imports this module

        if self.what in EXECUTED:
            sys.stderr.write(visible(f"{self.what}:1: {TookTooLongError()}") + "\n")
            sys.stderr.flush()
            _leave(2)

    def _raise(self) -> None:
        with self.lock:
            if not self.done.is_set():
                self.has_raised = True
                _send(self.watched, TookTooLongError)

    def stop(self) -> None:
        """End the watch, called in the watched thread; what is on its way arrives here.

        An exception that is called back would leave the interpreter looking for it for good: all
        code is slow then, and Python 3.11 hangs under a tracer. Hence another is let arrive.
        """
        is_received = False
        while True:
            try:
                self.done.set()
                with self.lock:
                    ends = is_received or not self.has_raised
                if ends:
                    return
                is_received = True
                _send(self.watched, TookTooLongError)
                for _ in range(SPINS):
                    pass
            except UserCodeError:
                continue


def _send(thread: int, error: type[BaseException]) -> None:
    """Raise an exception in a thread, at one of its next instructions."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


_leave = os._exit


class Limited:
    """Limits the time of a user's code, and keeps it from ending the process.

    A class and no generator: an exception of a user's own may not even have a traceback.

    Parameters
    ----------
    file : str
        Whose code it is, for the line that is written where it cannot be ended otherwise.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.process = os.getpid()
        self.watch: _Watch | None = None

    def __enter__(self) -> None:
        """Begin, unless a limit is there already."""
        if getattr(_under_way, "is_limited", False):
            return
        self.watch = _Watch(self.file)
        _under_way.is_limited = True
        self.watch.start()
        os._exit = self._left

    def __exit__(self, *_: object) -> None:
        """End the limit, if it is this one."""
        if self.watch is not None:
            self.watch.stop()
            os._exit = _leave
            _under_way.is_limited = False

    def _left(self, status: int) -> NoReturn:
        if os.getpid() != self.process or not getattr(_under_way, "is_limited", False):
            _leave(status)  # a process of its own, or code that is not a user's
        raise LeftError
