"""What one run costs: pure scalar functions, which work on arrays of runs, too.

The formula and the hours are this simulator's own assumptions; every price is the team's.
"""

from typing import Any, NamedTuple

from simdeploy.model.registry import SIGNALS
from simdeploy.results.ends import GOOD_UNDONE, LIVE, UNDONE

#: Kinds of work after a release, by how it ended; the place is the kind's number.
NONE, MACHINE, PERSON, LEFT, UNDONE_GOOD = WORK = (
    "none", "machine", "person", "left", "good_undone",
)  # fmt: skip
#: Signals of a person; all others are machines.
PEOPLE = frozenset({"operator", "approval"})


class Amounts(NamedTuple):
    """What a run did: ``failing`` in requests, or in minutes of outage; ``hours`` of engineers.

    ``money`` is what its tasks cost above running the service as usual (USD).
    """

    failing: Any
    wrong: Any
    cut: Any
    slow: Any
    hours: Any
    money: Any


class Rates(NamedTuple):
    """USD for one of each of `Amounts`, but for money."""

    failing: float
    wrong: float
    cut: float
    slow: float
    hour: float


class Parts(NamedTuple):
    """The cost of a run in parts (USD); ``other`` is wrong answers, cuts and slow requests."""

    failed: Any
    other: Any
    hours: Any
    compute: Any


def parts_of(run: Amounts, rates: Rates) -> Parts:
    """Return the parts of the cost of a run (USD).

    >>> parts_of(Amounts(1894, 0, 0, 0, 0.5, 0.02), Rates(0.01, 0.1, 0, 0, 100))
    Parts(failed=18.94, other=0.0, hours=50.0, compute=0.02)
    """
    other = run.wrong * rates.wrong + run.cut * rates.cut + run.slow * rates.slow
    return Parts(run.failing * rates.failing, other, run.hours * rates.hour, run.money)


def cost_of(run: Amounts, rates: Rates) -> Any:
    """Return the cost of a run (USD): the sum of its parts.

    >>> cost_of(Amounts(2430, 0, 0, 0, 0.5, 0.02), Rates(0.01, 0.1, 0, 0, 100))
    74.32
    """
    failed, other, hours, compute = parts_of(run, rates)
    return failed + other + hours + compute


def work_after(end: str, signal: str) -> str:
    """Return the kind of work that a run leaves, one of `WORK`.

    Parameters
    ----------
    end
        How it ended, one of ``results.ends.ENDS``. A release that is live and hurts nobody needs
        none, also where it is bad.
    signal
        Who decided to roll back, one of ``model.registry.SIGNALS``. An operator's decision whose
        command is still open at the horizon has no signal yet: that is a person, too.

    >>> work_after("undone", "breaker"), work_after("live, bad", "none"), work_after("live", "none")
    ('machine', 'left', 'none')
    """
    if end == LIVE:
        return NONE
    if end == GOOD_UNDONE:
        return UNDONE_GOOD
    if end == UNDONE:
        return PERSON if signal in PEOPLE or signal == SIGNALS[0] else MACHINE
    return LEFT


def break_even(good: tuple[float, float], bad: tuple[float, float]) -> float | None:
    """Return the share of bad releases at which two strategies cost the same.

    Parameters
    ----------
    good, bad
        What a good and a bad release cost with the one and with the other (USD); a bad one on
        average over the mix.

    Returns
    -------
    float or None
        None where the same one is cheaper, or level, whatever the share.

    Examples
    --------
    >>> round(break_even((0.305, 0.008), (266.4, 349.4)), 4)
    0.0036
    """
    more, less = good[0] - good[1], bad[1] - bad[0]
    if more * less <= 0.0:
        return None
    return more / (more + less)


def line_crosses(at: float, there: float, step: float, beyond: float) -> float | None:
    """Return where a straight line is 0: ``there`` at ``at``, ``beyond`` a ``step`` further.

    >>> line_crosses(1.0, 4.0, 1.0, 2.0), line_crosses(1.0, 4.0, 1.0, 4.0)
    (3.0, None)
    """
    slope = beyond - there
    if abs(slope) <= 1e-12 * max(abs(there), abs(beyond)):
        return None
    return at - there * step / slope
