"""Ratios measured in one run: the machines are shared and noisy, so times alone say little.

What is compared is timed in turns, round after round, and the ratio of each round counts; the
result is the median of the rounds, with the least and the greatest beside it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

#: Something to time; what it returns does not matter.
Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    key, what
        Letter and words of the row.
    values
        One ratio (or time) per round.
    target
        The least, or where ``at_most`` the greatest, median to be content with.
    unit
        ``×`` for ratios, else what the values are in.
    note
        Circumstances that belong to the number.
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
        """The value that counts."""
        return median(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the median reaches the target."""
        return self.median <= self.target if self.at_most else self.median >= self.target

    def verdict(self) -> str:
        """Met, or missed by what part of the target.

        >>> Row("a", "fast", (300.0, 200.0, 240.0), 250.0).verdict()
        'missed by 4 %'
        """
        away = abs(self.median / self.target - 1)
        return "met" if self.is_met else f"missed by {100 * away:.0f} %"

    def told(self) -> dict[str, Any]:
        """Everything about the row, for JSON."""
        return {**asdict(self), "median": self.median, "is_met": self.is_met}


def seconds(work: Work) -> float:
    """Time a piece of work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rounds(works: dict[str, Work], number: int) -> Iterator[dict[str, float]]:
    """Time pieces of work in turns; each round begins with another one.

    >>> [list(one) for one in rounds({"a": int, "b": int}, 3)]
    [['a', 'b'], ['b', 'a'], ['a', 'b']]
    """
    names = list(works)
    for k in range(number):
        at = k % len(names)
        yield {name: seconds(works[name]) for name in (*names[at:], *names[:at])}


def ratios(slow: Work, fast: Work, number: int, scale: float = 1.0) -> tuple[float, ...]:
    """How many times as long ``slow`` takes as ``fast``, per round, times ``scale``."""
    timed = rounds({"slow": slow, "fast": fast}, number)
    return tuple(scale * one["slow"] / one["fast"] for one in timed)
