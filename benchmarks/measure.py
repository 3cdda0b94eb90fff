"""Ratios measured in one run, because times on shared and noisy machines mean little.

The compared functions are timed in turns, round after round, and each round gives a ratio; the
result is the median of the rounds, with the least and the greatest beside it. What runs on one
thread is timed by the CPU time of the process; what runs on several, or in other processes, by the
clock.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

#: A function to time; its result is ignored.
Work = Callable[[], object]
#: Seconds of this process (others on the machine do not count), or those that pass.
Clock = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Parameters
    ----------
    key, what
        Letter and description of the row.
    values
        A ratio (or time) per round.
    target
        The least acceptable median, or with ``at_most`` the greatest.
    unit
        Unit of the values, ``×`` for ratios.
    note
        Circumstances of the measurement.
    """

    key: str
    what: str
    values: tuple[float, ...]
    target: float
    at_most: bool = False
    unit: str = "×"
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the median reaches the target."""
        return self.median <= self.target if self.at_most else self.median >= self.target

    def verdict(self) -> str:
        """Return ``met``, or by what part of the target the median misses it.

        >>> Row("a", "fast", (300.0, 200.0, 240.0), 250.0).verdict()
        'missed by 4 %'
        """
        away = abs(self.median / self.target - 1)
        return "met" if self.is_met else f"missed by {100 * away:.0f} %"

    def to_dict(self) -> dict[str, Any]:
        """Return the row as in the JSON."""
        return {**asdict(self), "median": self.median, "is_met": self.is_met}


def seconds(work: Work, clock: Clock = time.process_time) -> float:
    """Return the time that a function takes (s): of this process, or by another clock."""
    start = clock()
    work()
    return clock() - start


def rounds(
    works: dict[str, Work], number: int, clock: Clock = time.process_time
) -> Iterator[dict[str, float]]:
    """Time functions in turns; each round begins with the next.

    >>> [list(times) for times in rounds({"a": int, "b": int}, 3)]
    [['a', 'b'], ['b', 'a'], ['a', 'b']]
    """
    names = list(works)
    for k in range(number):
        at = k % len(names)
        yield {name: seconds(works[name], clock) for name in (*names[at:], *names[:at])}


def ratios(
    slow: Work, fast: Work, number: int, scale: float = 1.0, clock: Clock = time.process_time
) -> tuple[float, ...]:
    """Return the time of ``slow`` over that of ``fast`` per round, times ``scale``."""
    timed = rounds({"slow": slow, "fast": fast}, number, clock)
    return tuple(scale * times["slow"] / times["fast"] for times in timed)
