"""Playing a comparison of more runs than are kept: chunk by chunk, each folded and forgotten."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from simdeploy.results.folded import ComparisonFold, FoldedComparison
from simdeploy.results.room import chunk_of

if TYPE_CHECKING:
    from simdeploy.engines import Engine
    from simdeploy.scenario import Scenario


def play_folded(
    engine: "Engine",
    scenario: "Scenario",
    variants: Mapping[str, Mapping[str, Any]],
    *,
    runs: int,
    seed: int,
    threads: int | None,
    faulty: bool,
    count: Callable[[int], None],
) -> FoldedComparison:
    """Play all strategies of a scenario, and return the comparison of their folds.

    Parameters
    ----------
    engine
        What plays.
    variants
        By name (``release``, ``twin``, and those of drills), what is told the engine.
    runs, seed, threads
        As for ``compare``.
    faulty
        Whether the release has faults.
    count
        Called with the runs of each chunk.
    """
    drills = [name for name in variants if name not in {"release", "twin"}]
    fold = ComparisonFold(
        list(scenario.strategies),
        scenario.horizon,
        faulty=faulty,
        twin="twin" in variants,
        drills=drills,
    )
    step = chunk_of(len(scenario.strategies), variants)
    for lo in range(0, runs, step):
        hi = min(lo + step, runs)
        played: dict[str, dict[str, Any]] = {}
        for name in scenario.strategies:
            played[name] = {}
            for variant, how in variants.items():
                rows = engine(scenario, name, seed=seed, lo=lo, hi=hi, threads=threads, **how)
                played[name][variant] = rows
                count(hi - lo)
        fold.add(played)
    return fold.comparison(scenario, runs, seed)
