"""Work items: the function that threads and cluster workers execute, its input and its result.

A work item is small and complete: the scenario as a tree, a few settings, arms, seed, runs. It is
never expanded into one row per run; runs are played and aggregated block by block.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines import RESULT, replicate
from simdeploy.errors import SimdeployError
from simdeploy.scenario import Scenario
from simdeploy.scenario.reading import Node
from simdeploy.sweeps.aggregates import (
    BLOCK,
    Aggregate,
    Statistics,
    aggregate_slices,
    merge_aggregates,
    statistics_of,
)
from simdeploy.sweeps.identity import fingerprint
from simdeploy.sweeps.knobs import Reading, Setting, checked, readings

#: Work items under way per worker: one is played, one waits.
AHEAD = 2

#: Runs that are played between two calls of the callback; results do not depend on it.
SLICE = 1024
NO_RUNS = np.empty(0, RESULT)
#: Called with the number of runs just played; may raise to stop.
RunsCallback = Callable[[int], None]


class Arm(NamedTuple):
    """What is played at every setting: a strategy, with the release or with its good twin."""

    strategy: str
    variant: str = "release"


@dataclass(frozen=True)
class WorkItem:
    """One chunk of a sweep.

    Parameters
    ----------
    root
        The scenario as a tree.
    paths
        Paths of the knobs.
    settings, first
        Settings, each with one value per knob; the number of the first setting.
    arms
        What is played at each setting.
    seed, lo, hi
        The runs: replications ``lo`` to ``hi`` of this seed; ``lo`` is a multiple of `BLOCK`.
    is_complete
        Whether these are all the runs of the settings, so that their statistics can be computed.
    keep_runs
        Whether to return the runs themselves, too.
    version
        Fingerprint of the model; a worker with another fingerprint refuses the item. Empty: any.
    """

    root: Node
    paths: tuple[str, ...]
    settings: tuple[Setting, ...]
    first: int
    arms: tuple[Arm, ...]
    seed: int
    lo: int
    hi: int
    is_complete: bool = True
    keep_runs: bool = False
    version: str = ""
    engine: str = "batch"


@dataclass(frozen=True)
class WorkResult:
    """Result of a work item: readings per setting, the rest per setting and arm in this order.

    Either ``statistics`` or ``aggregates`` is empty; ``rows`` is, unless runs are kept.
    """

    readings: tuple[tuple[Reading, ...], ...]
    aggregates: tuple[Aggregate, ...]
    statistics: tuple[Statistics, ...]
    rows: tuple[NDArray[np.void], ...]


def run_work_item(item: WorkItem, callback: RunsCallback | None = None) -> WorkResult:
    """Play a work item.

    Returns
    -------
    WorkResult
        With statistics if the item is complete, else with aggregates that can be merged.

    Raises
    ------
    SimdeployError
        Where the item was made by another version, or a setting cannot be played.
    """
    if item.version not in ("", fingerprint()):
        raise SimdeployError("a worker has another version of simdeploy; install the same on all")
    read, rows = [], []
    aggregates: list[Aggregate] = []
    statistics: list[Statistics] = []
    for scenario, values in _scenarios(item):
        read.append(values)
        for arm in item.arms:
            total, arm_rows = _play(item, scenario, arm, callback)
            if item.is_complete:
                statistics.append(statistics_of(total, scenario.horizon))
            else:
                aggregates.append(total)
            if item.keep_runs:
                rows.append(arm_rows)
    return WorkResult(tuple(read), tuple(aggregates), tuple(statistics), tuple(rows))


def warm_up(item: WorkItem) -> None:
    """Play one run, so that the engine is compiled before several threads call it."""
    if item.engine == "batch":
        scenario, _ = next(_scenarios(item))
        replicate(scenario, item.arms[0].strategy, seed=0, lo=0, hi=1, threads=1)


def _scenarios(item: WorkItem) -> Iterator[tuple[Scenario, tuple[Reading, ...]]]:
    for number, setting in enumerate(item.settings, item.first):
        scenario = checked(item.root, item.paths, setting, f"setting {number}")
        yield scenario, readings(scenario, item.paths, setting)


def _play(
    item: WorkItem, scenario: Scenario, arm: Arm, callback: RunsCallback | None
) -> tuple[Aggregate, NDArray[np.void]]:
    """Play the runs of one setting and arm, block by block."""
    blocks: list[Aggregate] = []
    kept: list[NDArray[np.void]] = []
    for lo in range(item.lo, item.hi, BLOCK):
        hi = min(lo + BLOCK, item.hi)
        slices: Iterable[NDArray[np.void]] = _slices(item, scenario, arm, lo, hi, callback)
        if item.keep_runs:
            slices = list(slices)
            kept += slices
        blocks.append(aggregate_slices(slices, scenario.horizon, lo // BLOCK))
    return merge_aggregates(blocks), np.concatenate(kept) if kept else NO_RUNS


def _slices(
    item: WorkItem, scenario: Scenario, arm: Arm, lo: int, hi: int, callback: RunsCallback | None
) -> Iterator[NDArray[np.void]]:
    """Play a block in slices, so that it can be stopped soon."""
    for start in range(lo, hi, SLICE):
        rows = replicate(
            scenario,
            arm.strategy,
            seed=item.seed,
            lo=start,
            hi=min(start + SLICE, hi),
            variant=arm.variant,
            engine=item.engine,
            threads=1,
        )
        if callback:
            callback(len(rows))
        yield rows
