"""What people do with single runs and with many, in Python."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simdeploy.engines import RESULT, Engine, engine_named, replicate, run_one
from simdeploy.results.comparison import DRILLS, Comparison, Rows, StrategyResult, has_faults
from simdeploy.results.run import Run

#: Up to here every whole number is also a float, as in a scenario file.
HIGHEST = 2**53
#: Chunks per strategy and variant, so that progress can be told; results do not depend on it.
CHUNKS = 4

Progress = Callable[[int, int], None]


def simulate(
    scenario: Any,
    strategy: str | None = None,
    *,
    seed: int | None = None,
    replication: int = 0,
) -> Run:
    """Play one run and keep everything that happened.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns.
    strategy : str, optional
        One of the scenario's; by default its first.
    seed : int, optional
        By default the scenario's own.
    replication : int
        Which luck; the same number is the same luck for every strategy.

    Raises
    ------
    SimdeployError
        For an unknown strategy, or what is not simulated yet.
    TypeError, ValueError
        For a seed or replication that is no whole number from 0 to 2**53.
    """
    name = next(iter(scenario.strategies)) if strategy is None else strategy
    luck = whole("seed", scenario.seed if seed is None else seed)
    return run_one(
        scenario, name, seed=int(luck), replication=int(whole("replication", replication))
    )


def simulate_many(
    scenario: Any,
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
        What ``load_scenario`` returns.
    seeds, replication : array_like of int
        Which luck. ``simulate_many(s, 1, replication=np.arange(1000))`` is what ``compare`` runs.
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
        For an unknown strategy, or what is not simulated yet.
    TypeError, ValueError
        Where shapes do not broadcast, and for seeds and replications that are no whole numbers
        from 0 to 2**53.
    """
    first = next(iter(scenario.strategies)) if strategy is None else strategy
    names, luck, runs = np.broadcast_arrays(
        np.asarray(first, dtype=np.str_),
        whole("seeds", seeds),
        whole("replication", replication),
    )
    found = np.empty(names.shape, RESULT)
    flat = found.reshape(-1)
    wanted = zip(names.flat, luck.flat, runs.flat, strict=True)
    for start, stop, name, seed, lo in stretches(list(wanted)):
        flat[start:stop] = replicate(
            scenario, name, seed=seed, lo=lo, hi=lo + stop - start, engine=engine, threads=threads
        )
    return found


def whole(what: str, given: ArrayLike) -> NDArray[np.int64]:
    """Return whole numbers as an array; what is none is refused, never cut to one.

    >>> whole("seeds", [1, 2])
    array([1, 2])
    """
    found = np.asarray(given)
    if found.size and found.dtype.kind not in "iu":
        raise TypeError(f"{what} must be whole numbers; got {found.dtype}")
    if found.size and not (found.min() >= 0 and found.max() <= HIGHEST):
        raise ValueError(f"{what} must be from 0 to 2**53")
    return found.astype(np.int64)


def stretches(wanted: list[tuple[Any, Any, Any]]) -> list[tuple[int, int, str, int, int]]:
    """Group what follows one another: (start, stop, strategy, seed, first replication).

    >>> stretches([("a", 1, 0), ("a", 1, 1), ("a", 2, 2)])
    [(0, 2, 'a', 1, 0), (2, 3, 'a', 2, 2)]
    """
    found: list[tuple[int, int, str, int, int]] = []
    for i, (name, seed, run) in enumerate(wanted):
        if found:
            start, _, last, luck, lo = found[-1]
            if (name, seed, run) == (last, luck, lo + i - start):
                found[-1] = (start, i + 1, last, luck, lo)
                continue
        found.append((i, i + 1, str(name), int(seed), int(run)))
    return found


def compare(
    scenario: Any,
    *,
    runs: int | None = None,
    seed: int | None = None,
    engine: str | Engine = "batch",
    threads: int | None = None,
    twin: bool = True,
    drill: bool = True,
    progress: Progress | None = None,
) -> Comparison:
    """Run every strategy of a scenario on the same luck.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns.
    runs, seed
        Replications and seed; by default the scenario's own.
    engine
        ``batch`` (compiled), ``process`` (readable) or ``cuda`` (a GPU); same numbers. With an
        engine of your own, verdicts say less: the reasons come from runs played in full.
    threads
        How many threads to use; by default all cores.
    twin, drill
        Whether to run the good twin (only where the release has faults) and the drill.
    progress
        Called with the runs done and all runs.
    """
    many, play = engine_named(engine), run_one if isinstance(engine, str) else None
    runs = scenario.runs if runs is None else runs
    seed = scenario.seed if seed is None else seed
    variants = list(_variants(twin=twin and has_faults(scenario), drill=drill))
    count = _Count(len(scenario.strategies) * len(variants) * runs, progress)
    settings = {"seed": seed, "threads": threads}
    results = {
        name: _result(name, scenario.horizon, {
            label: _rows(many, scenario, name, runs, count, settings | how)
            for label, how in variants
        }, faulty=has_faults(scenario))
        for name in scenario.strategies
    }  # fmt: skip
    return Comparison(scenario, runs, seed, results, play)


def _variants(*, twin: bool, drill: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "release", {"variant": "release"}
    if twin:
        yield "twin", {"variant": "twin"}
    if drill:
        for label, late in DRILLS.items():
            yield label, {"variant": "drill", "drill_late": late}


def _result(
    name: str, horizon: float, found: Mapping[str, Rows], *, faulty: bool
) -> StrategyResult:
    drills = {label: found[label] for label in DRILLS if label in found}
    twin = found.get("twin")
    return StrategyResult(name, horizon, found["release"], twin, drills or None, faulty)


class _Count:
    """Counts runs and tells about them."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.done, self.progress = total, 0, progress

    def add(self, runs: int) -> None:
        self.done += runs
        if self.progress:
            self.progress(self.done, self.total)


def _rows(
    many: Engine,
    scenario: Any,
    strategy: str,
    runs: int,
    count: _Count,
    settings: Mapping[str, Any],
) -> Rows:
    """Return all replications of one strategy in one variant, told chunk by chunk."""
    step = max(1, -(-runs // (CHUNKS if count.progress else 1)))
    parts = []
    for lo in range(0, runs, step):
        hi = min(lo + step, runs)
        parts.append(many(scenario, strategy, lo=lo, hi=hi, **settings))
        count.add(hi - lo)
    return np.concatenate(parts)
