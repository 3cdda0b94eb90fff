"""What takes more than an hour says so before it begins."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simdeploy.cli.terminal import print_error

if TYPE_CHECKING:
    from simdeploy.scenario import Scenario

#: Work of less time (s) begins without a word.
LONG = 3600.0
#: Fewer runs of the gallery's scenarios than these never take so long: a run takes about 1 ms.
FEW = 1_000_000


def announce_long(
    scenario: "Scenario",
    runs: int,
    *,
    strategies: Sequence[str] | None = None,
    engine: str = "batch",
    threads: int | None = None,
    shorter: str = "--runs",
) -> None:
    """Say on the error stream about how long runs take, if it is more than `LONG`.

    Parameters
    ----------
    scenario
        What is played.
    runs
        All runs, in equal parts of every strategy.
    strategies
        Which strategies; by default all.
    engine, threads
        What plays them.
    shorter
        The option that makes it less.
    """
    from simdeploy.engines.pilot import seconds_needed  # noqa: PLC0415  imports the engines

    seconds = seconds_needed(
        scenario, runs, strategies=strategies, engine=engine, threads=threads, enough=LONG
    )
    _say(seconds, runs, shorter)


def announce_all(work: Sequence[tuple["Scenario", int]], *, threads: int | None = None) -> None:
    """Say about how long the runs of several scenarios take together, if it is more than `LONG`.

    Parameters
    ----------
    work
        Scenarios, each with all its runs.
    threads
        What plays them.
    """
    from simdeploy.engines.pilot import seconds_needed  # noqa: PLC0415  imports the engines

    runs = sum(some for _, some in work)
    if len(work) > 1 and runs < FEW:
        return
    seconds = sum(seconds_needed(one, some, threads=threads, enough=LONG) for one, some in work)
    _say(seconds, runs, "--runs")


def _say(seconds: float, runs: int, shorter: str) -> None:
    if seconds > LONG:
        print_error(f"{about(seconds)} of work: {runs:,} runs in all; less with {shorter}")


def about(seconds: float) -> str:
    """Return a length of time in hours or days, for an estimate.

    >>> about(2.04 * 3600), about(40 * 86400), about(400 * 86400.0 * 365.25)
    ('about 2 hours', 'about 40 days', 'about 400 years')
    """
    units = {"hours": 3600.0, "days": 86400.0, "years": 365.25 * 86400.0}
    unit = max((u for u in units if seconds >= 2 * units[u]), key=units.__getitem__, default="")
    return f"about {seconds / units[unit]:,.0f} {unit}" if unit else "more than an hour"
