"""Plays a scenario in both engines and tells where their numbers differ, to the last bit."""

import faulthandler
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from simdeploy.engines import RESULT, replicate

#: Variants of a run: its name, and whether the drill is the late one.
VARIANTS = [("release", False), ("twin", False), ("drill", False), ("drill", True)]


class Difference(NamedTuple):
    """One number on which the engines do not agree."""

    strategy: str
    variant: str
    replication: int
    field: str
    process: float
    batch: float


def bits(rows: Any) -> Any:
    """Return the rows as integers: NaN equals NaN, and 0.0 differs from -0.0."""
    return np.ascontiguousarray(rows).view("i8").reshape(len(rows), -1)


def both(scenario: Any, strategy: str, **what: Any) -> tuple[Any, Any]:
    """Return the rows of the process engine and those of the batch engine."""
    process = replicate(scenario, strategy, engine="process", **what)
    return process, replicate(scenario, strategy, engine="batch", threads=1, **what)


def differences(
    scenario: Any, *, seed: int, lo: int = 0, hi: int = 2, variants: Any = VARIANTS
) -> Iterator[Difference]:
    """Yield everything on which the engines disagree, over all strategies and variants."""
    for strategy in scenario.strategies:
        for variant, late in variants:
            what = {"seed": seed, "lo": lo, "hi": hi, "variant": variant, "drill_late": late}
            process, batch = both(scenario, strategy, **what)
            name = f"{variant}, late" if late else variant
            for row, column in np.argwhere(bits(process) != bits(batch)):
                field = RESULT.names[column]
                pair = process[field][row], batch[field][row]
                yield Difference(strategy, name, lo + int(row), field, *map(float, pair))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Break off what takes more processor time: an endless loop must not hang a test.

    Python code gets a TimeoutError, where the system can; compiled code that hears no signal ends
    the process after ten times as long by the clock. Other work on the machine breaks off nothing.
    """

    def over(*_: Any) -> None:
        raise TimeoutError(f"not done within {seconds} s of processor time")

    faulthandler.dump_traceback_later(10 * seconds, exit=True, file=sys.__stderr__)
    can = hasattr(signal, "setitimer")
    before = signal.signal(signal.SIGPROF, over) if can else None
    try:
        if can:
            signal.setitimer(signal.ITIMER_PROF, seconds)
        yield
    finally:
        if can:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
        faulthandler.cancel_dump_traceback_later()
