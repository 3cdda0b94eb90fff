"""One measured step, as an interval: what lies between two looks or two roundings is not known."""

import math
from typing import NamedTuple

#: A difference of two times in whole seconds is known to so much; wider ones are intervals.
EXACT_WIDTH = 2.0


class Sample(NamedTuple):
    """A step that took more than ``low`` and at most ``high``, s.

    Parameters
    ----------
    low, high
        ``high`` is infinite where the step had not ended when it was last seen.
    of
        The deployment or the task, as the user can name it.
    at
        Epoch seconds at which it began.
    is_paired_in_order
        Whether its two ends were matched by their order alone.
    number
        Its place in a row, for pauses after the first, second … failure.
    """

    low: float
    high: float
    of: str = ""
    at: float = 0.0
    is_paired_in_order: bool = False
    number: int = 0

    @property
    def middle(self) -> float:
        """The middle of the interval; of a step without an end, what it took at least."""
        return self.low if self.is_open else (self.low + self.high) / 2

    @property
    def is_open(self) -> bool:
        """Whether the step's end was not seen."""
        return math.isinf(self.high)

    @property
    def is_exact(self) -> bool:
        """Whether the value is known to the accuracy of AWS's own times."""
        return self.high - self.low <= EXACT_WIDTH


def between(begin: float, end: float, resolution: float, of: str = "", wait: float = 0.0) -> Sample:
    """Return the sample between two times.

    Parameters
    ----------
    begin, end
        Epoch seconds.
    resolution
        Both are known to so much, s.
    of
        Whose step it is.
    wait
        The end waited for something, such as a look, for so long at most.

    >>> between(100.0, 140.8, 0.0, wait=10.2)[:2]
    (30.6, 40.8)
    """
    took = end - begin
    low = round(max(0.0, took - wait - resolution), 6)
    return Sample(low, round(max(0.0, took + resolution), 6), of, begin)
