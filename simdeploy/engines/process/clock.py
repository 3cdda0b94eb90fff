"""Simulated time: events at absolute instants, in a defined order where instants coincide."""

import heapq
from collections.abc import Callable
from typing import Any, cast

import simpy

from simdeploy.model import timers
from simdeploy.model.constants import RANK_ENVIRONMENT, RANK_LOOK, RANK_TIMER
from simdeploy.semantics.state import NEVER

#: The end of a run comes after all else at the horizon.
RANK_END = RANK_LOOK + 1
_RANK = 1 << 60


class Clock(simpy.Environment):
    """A SimPy environment whose events fall at absolute times.

    ``now + (t - now)`` is not always ``t``, so delays would blur instants that belong together.
    """

    def at(self, t: float, rank: int, number: int = 0) -> simpy.Event:
        """Return an event at ``t``; at the same instant, the lowest rank and number go first."""
        event = simpy.Event(self)
        event._ok = True  # noqa: SLF001  (what simpy.Timeout does for relative times)
        event._value = None  # noqa: SLF001
        entry = (t, rank * _RANK + number, next(self._eid), event)
        heapq.heappush(cast("list[Any]", self._queue), entry)
        return event

    def passed(self, t: float) -> simpy.Event:
        """Return an event at ``t`` at which nothing visible changes.

        It comes first at its instant, so that what follows without delay is of the same instant.
        """
        return self.at(t, 0)


class Timers:
    """Numbered timers as a list of due times: setting a timer schedules it, NEVER stops it."""

    def __init__(self, clock: Clock, fire: Callable[[int], None]) -> None:
        self._clock = clock
        self._fire = fire
        self._due = [NEVER] * timers.COUNT

    def __getitem__(self, i: int) -> float:
        return self._due[i]

    def __setitem__(self, i: int, due: float) -> None:
        self._due[i] = due
        if due < NEVER:
            rank = RANK_ENVIRONMENT if i < timers.ENVIRONMENT_TIMERS else RANK_TIMER
            event = self._clock.at(due, rank, i)
            event.callbacks.append(lambda _: self._ring(i, due))

    def _ring(self, i: int, due: float) -> None:
        """Fire unless the timer was set anew or stopped meanwhile."""
        if self._due[i] == due:
            self._due[i] = NEVER
            self._fire(i)
