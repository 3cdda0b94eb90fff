"""Single runs, many runs, and comparisons in Python."""

import os
from collections.abc import Callable, Iterable
from numbers import Integral
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simdeploy.engines import RESULT, Engine, engine_named, replicate, run_one
from simdeploy.engines.folding import ChunkPlayer, play_folded, play_folded_change
from simdeploy.errors import NumberError, SimdeployError, WholeNumberError
from simdeploy.results.change import Change
from simdeploy.results.comparison import DRILLS, Comparison, Rows, StrategyResult, has_faults
from simdeploy.results.room import DRILL, MOST_RUNS, Kept, check_listed, kept, shown
from simdeploy.results.run import Run
from simdeploy.scenario import Scenario, load_scenario

#: Up to here every whole number is also a float, as in a scenario file.
HIGHEST_SEED = 2**53
#: Chunks per strategy and variant between reports of progress; results do not depend on it.
CHUNKS = 4
#: What is played of each side of a change, at most.
CHANGED = ("release", "twin")

#: A scenario, or the file or the name of the gallery to load it from.
ScenarioOrPath: TypeAlias = Scenario | str | os.PathLike[str]
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


def loaded(scenario: ScenarioOrPath) -> Scenario:
    """Return a scenario, loaded where a file or a name of the gallery is given."""
    return scenario if isinstance(scenario, Scenario) else load_scenario(scenario)


def simulate(
    scenario: ScenarioOrPath,
    strategy: str | None = None,
    *,
    seed: int | None = None,
    replication: int = 0,
) -> Run:
    """Play one run and record its timeline.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, or a file or a name of the gallery to load.
    strategy : str, optional
        A strategy of the scenario; by default its first.
    seed : int, optional
        By default the scenario's own.
    replication : int
        Number of the run; the same number is the same luck for every strategy.

    Raises
    ------
    SimdeployError
        For an unknown strategy, or a feature that is not simulated yet.
    WholeNumberError, NumberError
        For a seed or replication that is no whole number from 0 to 2**53.
    """
    scenario = loaded(scenario)
    name = next(iter(scenario.strategies)) if strategy is None else strategy
    seeds = whole_numbers("seed", scenario.seed if seed is None else seed)
    number = whole_numbers("replication", replication)
    return run_one(scenario, name, seed=int(seeds), replication=int(number))


def simulate_many(
    scenario: ScenarioOrPath,
    seeds: ArrayLike,
    *,
    strategy: ArrayLike | None = None,
    replication: ArrayLike = 0,
    engine: str = "batch",
    threads: int | None = None,
) -> NDArray[np.void]:
    """Play one run per element; arguments broadcast like those of a NumPy function.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, or a file or a name of the gallery to load.
    seeds, replication : array_like of int
        Luck of each run. ``simulate_many(s, 1, replication=np.arange(1000))`` is what ``compare``
        runs.
    strategy : array_like of str, optional
        By default the scenario's first.
    engine : {"batch", "process", "cuda"}
        All give the same numbers, a GPU to 1e-12.
    threads : int, optional
        By default SIMDEPLOY_THREADS, else all cores.

    Returns
    -------
    numpy.ndarray
        Structured, of the shape that the arguments broadcast to; one field per metric (NaN: did
        not happen; inf: still open at the horizon), ``verdict`` and ``outcome`` as numbers into
        ``results.metrics.VERDICTS`` and ``OUTCOMES``.

    Raises
    ------
    SimdeployError
        For an unknown strategy, or a feature that is not simulated yet.
    WholeNumberError, NumberError
        For seeds and replications that are no whole numbers from 0 to 2**53.
    ValueError
        Where shapes do not broadcast.
    """
    scenario = loaded(scenario)
    first = next(iter(scenario.strategies)) if strategy is None else strategy
    names, all_seeds, runs = np.broadcast_arrays(
        np.asarray(first, dtype=np.str_),
        whole_numbers("seeds", seeds),
        whole_numbers("replication", replication),
    )
    results = np.empty(names.shape, RESULT)
    flat = results.reshape(-1)
    elements = zip(names.flat, all_seeds.flat, runs.flat, strict=True)
    for start, stop, name, seed, lo in consecutive(elements):
        flat[start:stop] = replicate(
            scenario, name, seed=seed, lo=lo, hi=lo + stop - start, engine=engine, threads=threads
        )
    return results


def whole_numbers(what: str, given: ArrayLike) -> NDArray[np.int64]:
    """Return whole numbers as an array; other numbers are refused, never truncated.

    >>> whole_numbers("seeds", [1, 2])
    array([1, 2])

    Raises
    ------
    WholeNumberError, NumberError
        For other numbers than whole ones from 0 to 2**53.
    """
    numbers = np.asarray(given)
    if numbers.dtype == object and all(type(number) is int for number in numbers.flat):
        # NumPy has no type for whole numbers beyond 64 bits.
        raise NumberError(_out_of_range(what, max(numbers.flat, key=abs), 0, HIGHEST_SEED))
    if numbers.size and numbers.dtype.kind not in "iu":
        raise WholeNumberError(f"{what} must be whole numbers; got {numbers.dtype}")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() <= HIGHEST_SEED):
        wrong = numbers.min() if numbers.min() < 0 else numbers.max()
        raise NumberError(_out_of_range(what, int(wrong), 0, HIGHEST_SEED))
    return numbers.astype(np.int64)


def whole_number(what: str, given: Any, least: int, most: int) -> int:
    """Return a whole number from ``least`` to ``most``.

    Raises
    ------
    WholeNumberError
        For anything but a whole number.
    NumberError
        For a number outside of the range.
    """
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise WholeNumberError(f"{what} must be a whole number; got {given!r:.60}")
    number = int(given)
    if not least <= number <= most:
        raise NumberError(_out_of_range(what, number, least, most))
    return number


def _out_of_range(what: str, got: int, least: int, most: int) -> str:
    return f"{what} must be from {least:,} to {most:,}; got {shown(got)}"


def consecutive(
    elements: Iterable[tuple[str, int, int]],
) -> list[tuple[int, int, str, int, int]]:
    """Group consecutive replications: (start, stop, strategy, seed, first replication).

    >>> consecutive([("a", 1, 0), ("a", 1, 1), ("a", 2, 2)])
    [(0, 2, 'a', 1, 0), (2, 3, 'a', 2, 2)]
    """
    groups: list[tuple[int, int, str, int, int]] = []
    for i, (name, seed, run) in enumerate(elements):
        if groups:
            start, _, last, last_seed, lo = groups[-1]
            if (name, seed, run) == (last, last_seed, lo + i - start):
                groups[-1] = (start, i + 1, last, last_seed, lo)
                continue
        groups.append((i, i + 1, str(name), int(seed), int(run)))
    return groups


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
