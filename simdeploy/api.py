"""Comparisons in Python."""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import numpy as np

from simdeploy.engines import Engine, engine_named
from simdeploy.engines.folding import ChunkPlayer, play_folded, play_folded_change
from simdeploy.errors import SimdeployError
from simdeploy.results.change import Change
from simdeploy.results.comparison import DRILLS, Comparison, Rows, StrategyResult, has_faults
from simdeploy.results.room import DRILL, MOST_RUNS, Kept, check_listed, kept
from simdeploy.scenario import Scenario
from simdeploy.simulating import HIGHEST_SEED, ScenarioOrPath, loaded, whole_number

#: Chunks per strategy and variant between reports of progress; results do not depend on it.
CHUNKS = 4
#: What is played of each side of a change, at most.
CHANGED = ("release", "twin")

#: Called with what is done and all there is to do.
Progress = Callable[[int, int], None]


class RunCounter:
    """Counts runs, on whichever thread they are played, and reports progress."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.done, self.progress = total, 0, progress
        self.lock = Lock()

    def add(self, runs: int) -> None:
        """Count some runs as done."""
        with self.lock:
            self.done += runs
            if self.progress:
                self.progress(self.done, self.total)


def compare(
    scenario: ScenarioOrPath,
    *,
    runs: int | None = None,
    seed: int | None = None,
    strategies: Iterable[str] | None = None,
    engine: str | Engine = "batch",
    threads: int | None = None,
    twin: bool = True,
    drill: bool = True,
    progress: Progress | None = None,
) -> Comparison:
    """Run every strategy of a scenario on the same luck.

    Up to 100,000 runs are kept as far as they fit into memory. Of more, quantiles are approximate,
    within 0.4 %, and `rows` are gone: see `results.room`.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, or a file or a name of the gallery to load.
    runs, seed
        Replications and seed; by default the scenario's own.
    strategies
        Names of the strategies to compare; by default all of the scenario.
    engine
        ``batch`` (compiled), ``process`` (readable), ``cuda`` (a GPU) or an engine of your own;
        same numbers.
    threads
        How many threads to use; by default all cores.
    twin, drill
        Whether to run the good twin (only where the release has faults) and the drill.
    progress
        Called with the runs done and all runs.

    Raises
    ------
    SimdeployError
        For an unknown strategy, a seed or a number of runs out of range, and for more strategies
        than fit into memory, before anything is played.
    """
    scenario = loaded(scenario) if strategies is None else loaded(scenario).only(strategies)
    many = engine_named(engine)
    runs = whole_number("runs", scenario.runs if runs is None else runs, 1, MOST_RUNS)
    seed = whole_number("seed", scenario.seed if seed is None else seed, 0, HIGHEST_SEED)
    faulty = has_faults(scenario)
    variants = _variants(twin=twin and faulty, drill=drill)
    keeps = kept(runs, len(scenario.strategies), variants)
    counter = RunCounter(len(scenario.strategies) * len(variants) * runs, progress)
    if keeps is not Kept.RUNS:
        player = ChunkPlayer(many, runs, seed, threads, counter.add)
        return play_folded(player, scenario, variants, keeps)
    step = max(1, -(-runs // (CHUNKS if progress else 1)))
    results = {}
    for name in scenario.strategies:
        rows: dict[str, Rows] = {}
        for label, how in variants.items():
            settings = {"seed": seed, "threads": threads} | how
            parts = []
            for lo in range(0, runs, step):
                rows_ = many(scenario, name, lo=lo, hi=min(lo + step, runs), **settings)
                parts.append(_times(rows_) if label in DRILLS else rows_)
                counter.add(len(parts[-1]))
            rows[label] = np.concatenate(parts)
        release, good = rows.pop("release"), rows.pop("twin", None)
        results[name] = StrategyResult(name, scenario.horizon, release, good, rows or None, faulty)
    return Comparison(scenario, runs, seed, results)


def checked_size(
    scenario: Scenario,
    runs: int | None = None,
    *,
    twin: bool = True,
    drill: bool = True,
    listed: bool = False,
) -> int:
    """Return how many runs ``compare`` plays in all.

    Raises
    ------
    SimdeployError
        As ``compare``, for a number of runs out of range, and for what does not fit into memory;
        if all differences are to be ``listed``, for too many of them.
    """
    runs = whole_number("runs", scenario.runs if runs is None else runs, 1, MOST_RUNS)
    variants = _variants(twin=twin and has_faults(scenario), drill=drill)
    (check_listed if listed else kept)(runs, len(scenario.strategies), variants)
    return runs * len(scenario.strategies) * len(variants)


def _times(drill: Rows) -> Rows:
    """Return of a drill's runs what its time follows from."""
    out = np.empty(len(drill), DRILL)
    for name in DRILL.names or ():
        out[name] = drill[name]
    return out


def compare_change(
    before: ScenarioOrPath,
    after: ScenarioOrPath,
    *,
    runs: int | None = None,
    seed: int | None = None,
    strategies: Iterable[str] | None = None,
    engine: str | Engine = "batch",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Change:
    """Run the strategies that two scenarios have in common on the same luck, before and after.

    Parameters
    ----------
    before, after
        What ``load_scenario`` returns, or files or names of the gallery to load.
    runs, seed
        Replications and seed of both; by default those of the second scenario.
    strategies
        Names of the strategies to compare; by default all that both have.
    engine, threads, progress
        As for ``compare``.

    Raises
    ------
    SimdeployError
        Where no strategy is in both, or one that is named is not, and as ``compare``.
    """
    old, new = loaded(before), loaded(after)
    if strategies is None:
        common = [name for name in new.strategies if name in old.strategies]
        if not common:
            had, has = ", ".join(old.strategies), ", ".join(new.strategies)
            raise SimdeployError(f"no strategy is in both; before: {had}; after: {has}")
    else:
        common = list(dict.fromkeys(strategies))
    sides = [side.only(common) for side in (old, new)]
    runs = whole_number("runs", new.runs if runs is None else runs, 1, MOST_RUNS)
    seed = whole_number("seed", new.seed if seed is None else seed, 0, HIGHEST_SEED)
    gone = tuple(n for n in old.strategies if n not in new.strategies)
    come = tuple(n for n in new.strategies if n not in old.strategies)
    keeps = kept(runs, len(common), CHANGED, comparisons=2)
    if keeps is not Kept.RUNS:
        variants = [_variants(twin=has_faults(side), drill=False) for side in sides]
        counter = RunCounter(len(common) * runs * sum(map(len, variants)), progress)
        player = ChunkPlayer(engine_named(engine), runs, seed, threads, counter.add)
        return play_folded_change(player, sides, variants, keeps, (gone, come))
    how: dict[str, Any] = {"runs": runs, "seed": seed, "engine": engine, "threads": threads}
    played = [
        compare(side, progress=progress and _half(progress, k), drill=False, **how)
        for k, side in enumerate(sides)
    ]
    return Change(played[0], played[1], gone, come)


def checked_change(
    before: Scenario, after: Scenario, runs: int | None = None, *, listed: bool = False
) -> int:
    """Return how many runs ``compare_change`` plays of two scenarios with the same strategies.

    Raises
    ------
    SimdeployError
        As ``compare_change``, for a number of runs out of range and for what does not fit; if all
        differences are to be ``listed``, for too many of them.
    """
    runs = whole_number("runs", after.runs if runs is None else runs, 1, MOST_RUNS)
    (check_listed if listed else kept)(runs, len(after.strategies), CHANGED, comparisons=2)
    variants = sum(1 + has_faults(side) for side in (before, after))
    return runs * len(after.strategies) * variants


def _half(progress: Progress, k: int) -> Progress:
    """Return what reports the progress of the first or the second half of some work."""

    def report(done: int, total: int) -> None:
        progress(done + k * total, 2 * total)

    return report


def _variants(*, twin: bool, drill: bool) -> dict[str, dict[str, Any]]:
    """Return the arguments of ``replicate`` by variant: the release, its twin, both drills."""
    variants = ["release", "twin"] if twin else ["release"]
    drills = {name: {"variant": "drill", "drill_late": late} for name, late in DRILLS.items()}
    return {name: {"variant": name} for name in variants} | (drills if drill else {})
