"""How long runs will take, from a few of them."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simdeploy.engines import Engine, replicate

if TYPE_CHECKING:
    from simdeploy.scenario import Scenario

#: Runs of each strategy that are timed, at most, and how long they may take together (s).
PILOT, PATIENCE = 16, 2.0


def seconds_needed(
    scenario: "Scenario",
    runs: int,
    *,
    strategies: Sequence[str] | None = None,
    engine: str | Engine = "batch",
    threads: int | None = None,
    enough: float = 0.0,
) -> float:
    """Return about how long runs take, s.

    Parameters
    ----------
    scenario
        What is played.
    runs
        All runs, in equal parts of every strategy.
    strategies
        Which strategies; by default all.
    engine, threads
        What plays them; only the batch engine uses threads.
    enough
        An estimate below this time (s), from a single run of each strategy, is taken as it is.
    """
    names = list(strategies or scenario.strategies)
    workers = _threads(threads) if engine == "batch" else 1
    _seconds(scenario, names[0], 1, engine)  # Loads the engine.
    one = [_seconds(scenario, name, 1, engine) for name in names]
    estimate = sum(one) / len(one) * runs / workers
    if estimate > enough and sum(one) * PILOT < PATIENCE:
        each = [_seconds(scenario, name, PILOT, engine) / PILOT for name in names]
        estimate = sum(each) / len(each) * runs / workers
    return estimate


def _seconds(scenario: "Scenario", name: str, runs: int, engine: str | Engine) -> float:
    began = time.perf_counter()
    replicate(scenario, name, seed=0, lo=0, hi=runs, threads=1, engine=engine)
    return time.perf_counter() - began


def _threads(threads: int | None) -> int:
    from simdeploy.engines.batch import thread_count  # noqa: PLC0415  imports the batch engine

    return threads or thread_count()
