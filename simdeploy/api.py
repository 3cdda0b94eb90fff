"""What people do with single runs and with many, in Python."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simdeploy.engines import RESULT, replicate, run_one
from simdeploy.results.run import Run

#: Up to here every whole number is also a float, as in a scenario file.
HIGHEST = 2**53


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
