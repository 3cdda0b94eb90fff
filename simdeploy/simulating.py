"""Single runs, and many runs as an array, in Python; a single run pays for no comparison."""

import os
from collections.abc import Iterable
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simdeploy.engines import RESULT, replicate, run_one
from simdeploy.errors import NumberError, WholeNumberError
from simdeploy.results.room import shown
from simdeploy.results.run import Run
from simdeploy.scenario import Scenario, load_scenario

#: Up to here every whole number is also a float, as in a scenario file.
HIGHEST_SEED = 2**53

#: A scenario, or the file or the name of the gallery to load it from.
ScenarioOrPath: TypeAlias = Scenario | str | os.PathLike[str]


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
