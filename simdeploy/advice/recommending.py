"""Playing every kind of release with every strategy, and the recommendation from it."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from simdeploy.advice.amounts import BYTES, amounts_of
from simdeploy.advice.doubts import SETTINGS, Doubting, doubted_defaults, runs_of_each
from simdeploy.advice.expected import GOOD, Costs
from simdeploy.advice.fault_rows import FaultRow, default_rows, load_fault_rows, title, with_fault
from simdeploy.advice.mix import read_advice
from simdeploy.advice.recommendation import Recommendation
from simdeploy.api import Progress, RunCounter, compare
from simdeploy.engines import replicate
from simdeploy.errors import SimdeployError
from simdeploy.results.comparison import DRILLS
from simdeploy.results.room import check_kept
from simdeploy.scenario import Scenario
from simdeploy.scenario.faults import Release
from simdeploy.simulating import ScenarioOrPath, loaded

#: Runs of every kind of release with every strategy.
RUNS = 500
#: Most runs in all.
MOST_RUNS = 10**8
#: Runs of each kind from which the time of all is estimated.
PILOT = 20
#: Variants of a good release: the release, and two drills.
GOOD_VARIANTS = 3

Source = str | os.PathLike[str] | Mapping[str, Any] | None


def recommend(
    scenario: ScenarioOrPath,
    *,
    advice: Source = None,
    faults: str | os.PathLike[str] | None = None,
    strategies: Iterable[str] | None = None,
    runs: int = RUNS,
    seed: int | None = None,
    threads: int | None = None,
    doubt_defaults: bool = True,
    progress: Progress | None = None,
) -> Recommendation:
    """Return which strategy costs a service least, over a team's mix of releases.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, or a file or a name of the gallery. Its release is replaced
        by each kind of release in turn.
    advice
        Likelihoods, prices and hours: a file, or a mapping of the same keys; by default all of them
        are assumed.
    faults
        A file with the rows of faults; by default the packaged rows.
    strategies
        Names of the strategies to choose among; by default all of the scenario.
    runs
        Replications of every kind of release with every strategy.
    seed
        By default the scenario's own.
    threads
        How many threads to use; by default all cores.
    doubt_defaults
        Whether to double and halve the scenario's defaults that could change who is cheapest; that
        takes about as long again, and is left out where the first two are level anyway.
    progress
        Called with the runs done and all runs.

    Raises
    ------
    ScenarioError
        For faults of the files, each with its place.
    SimdeployError
        For a chain of releases, an unknown strategy, or more runs than can be played.
    """
    base = loaded(scenario) if strategies is None else loaded(scenario).only(strategies)
    kinds = kinds_of(default_rows() if faults is None else load_fault_rows(faults))
    known = read_advice(advice, [row.name for row in kinds], base.strategies)
    likely = [row for row in kinds if known.mix.likelihoods[row.name] > 0.0]
    cases = scenarios(base, likely, known.mix.horizon)
    seed = base.seed if seed is None else seed
    total = _total(runs, len(likely), len(base.strategies))
    _check_room(runs, len(likely), base)
    few = runs_of_each(total, len(cases))
    doubting = SETTINGS * len(cases) * 2 * few if doubt_defaults else 0
    counter = RunCounter(total + doubting, progress)
    good = compare(
        cases[GOOD], runs=runs, seed=seed, threads=threads, twin=False, progress=_adding(counter)
    )
    played = {(name, GOOD): amounts_of(result.rows) for name, result in good.results}
    for row in likely:
        for name in base.strategies:
            rows = replicate(cases[row.name], name, seed=seed, lo=0, hi=runs, threads=threads)
            played[name, row.name] = amounts_of(rows)
            counter.add(runs)
    titles = {row.name: title(row, base) for row in likely}
    made = Recommendation(good, Costs(played, known.mix), known, titles)
    level = len(made.level) > 1
    if not doubt_defaults or made.rivals is None or made.over_capacity or level:
        return made
    how = Doubting(few, seed, threads, partial(_add, counter))
    return replace(made, defaults=tuple(doubted_defaults(cases, known.mix, made.rivals, how)))


def seconds_needed(
    scenario: Scenario,
    *,
    advice: Source = None,
    faults: str | os.PathLike[str] | None = None,
    runs: int = RUNS,
) -> float:
    """Return about how long `recommend` plays (s), from a few runs of each kind of release.

    Faults of the files are raised as there.
    """
    kinds = kinds_of(default_rows() if faults is None else load_fault_rows(faults))
    known = read_advice(advice, [row.name for row in kinds], scenario.strategies)
    likely = [row for row in kinds if known.mix.likelihoods[row.name] > 0.0]
    _check_room(runs, len(likely), scenario)
    cases = scenarios(scenario, likely, known.mix.horizon)
    name = next(iter(scenario.strategies))
    for case in cases.values():
        replicate(case, name, seed=0, lo=0, hi=1)
    began = time.perf_counter()
    for case in cases.values():
        replicate(case, name, seed=0, lo=0, hi=PILOT)
    one = (time.perf_counter() - began) / (PILOT * len(cases))
    # Doubts take about as long again.
    return 2.0 * one * _total(runs, len(likely), len(scenario.strategies))


def _check_room(runs: int, kinds: int, scenario: Scenario) -> None:
    """Refuse more runs than are kept: those of a good release, and what all of them cost."""
    costs = BYTES * (kinds + 1)
    check_kept(runs, len(scenario.strategies), ("release", *DRILLS), beside=costs)


def _total(runs: int, kinds: int, strategies: int) -> int:
    """Return the number of all runs, if they are not too many."""
    if runs < 1:
        raise SimdeployError(f"runs: must be a whole number ≥ 1; got {runs}")
    total = (kinds + GOOD_VARIANTS) * strategies * runs
    if total > MOST_RUNS:
        raise SimdeployError(f"runs: {total:,} runs in all are too many; allowed: {MOST_RUNS:,}")
    return total


def _add(counter: RunCounter, runs: int) -> None:
    """Count runs, as far as they were foreseen: a crossing takes some more."""
    counter.add(min(runs, counter.total - counter.done))


def _adding(counter: RunCounter) -> Callable[[int, int], None]:
    """Return a callback that adds what another counter has counted."""
    before = counter.done

    def progress(done: int, _: int) -> None:
        counter.add(before + done - counter.done)

    return progress


def kinds_of(rows: Iterable[FaultRow]) -> list[FaultRow]:
    """Return the rows that are not just a good release.

    Raises
    ------
    SimdeployError
        For a row with the name of the good release.
    """
    kinds = [row for row in rows if not row.is_good or row.environment.events]
    if any(row.name == GOOD for row in kinds):
        raise SimdeployError(f'faults: a row that is not good cannot be called "{GOOD}"')
    return kinds


def scenarios(base: Scenario, kinds: Iterable[FaultRow], horizon: float) -> dict[str, Scenario]:
    """Return a scenario per kind of release, the good one first, over the longest horizon."""
    # Questions may name strategies that are not chosen.
    changes = {"horizon": max(base.horizon, horizon), "questions": ()}
    long = base.model_copy(update=changes)
    rows = list(kinds)
    laid = {row.name: with_fault(long, row) for row in rows}
    return {GOOD: long.model_copy(update={"release": Release()}), **laid}
