"""Recipes in, figures out: the one function that threads and clusters run.

A recipe is small and says all: the scenario as a tree, a few settings, strategies, seed, runs. It
is never expanded into one row per run; runs are played and summed up block by block.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.engines import RESULT, replicate
from simdeploy.errors import SimdeployError
from simdeploy.scenario import Scenario
from simdeploy.scenario.reading import Node
from simdeploy.sweeps.aggregates import BLOCK, Aggregate, aggregate, merge
from simdeploy.sweeps.identity import fingerprint
from simdeploy.sweeps.knobs import Reading, Setting, checked, readings
from simdeploy.sweeps.statistics import Figures, figures

#: Runs that are played without looking up; results do not depend on it.
SLICE = 1024
#: No runs kept.
NOTHING = np.empty(0, RESULT)
#: Told how many runs have just been played; may raise to stop.
Told = Callable[[int], None]


class Unit(NamedTuple):
    """What is played at every setting: a strategy, with the release or with its good twin."""

    strategy: str
    variant: str = "release"


@dataclass(frozen=True)
class Recipe:
    """One piece of a sweep.

    Parameters
    ----------
    root
        The scenario as a tree.
    paths
        The knobs.
    settings, first
        One value per knob each; the number of the first.
    units
        What is played at each setting.
    seed, lo, hi
        The runs: replications ``lo`` to ``hi`` of this seed; ``lo`` is a multiple of `BLOCK`.
    whole
        Whether these are all the runs of the settings, so that they can be summarized at once.
    keep
        Whether the runs themselves are wanted, too.
    version
        Fingerprint of the model; somebody else's refuses the recipe.
    """

    root: Node
    paths: tuple[str, ...]
    settings: tuple[Setting, ...]
    first: int
    units: tuple[Unit, ...]
    seed: int
    lo: int
    hi: int
    whole: bool = True
    keep: bool = False
    version: str = ""
    engine: str = "batch"

    @property
    def runs(self) -> int:
        """How many runs it takes."""
        return len(self.settings) * len(self.units) * (self.hi - self.lo)


@dataclass(frozen=True)
class Played:
    """What comes of a recipe: one entry per setting and unit, in this order."""

    readings: tuple[tuple[Reading, ...], ...]
    aggregates: tuple[Aggregate, ...]
    figures: tuple[Figures, ...]
    rows: tuple[NDArray[np.void], ...]


def run_recipe(recipe: Recipe, tell: Told | None = None) -> Played:
    """Play a recipe.

    Returns
    -------
    Played
        Figures if the recipe is whole, else aggregates that can be merged.

    Raises
    ------
    SimdeployError
        Where the recipe was written by another version, or a setting cannot be played.
    """
    if recipe.version not in ("", fingerprint()):
        raise SimdeployError("a worker has another version of simdeploy; install the same on all")
    known, found, rows = [], [], []
    for scenario, read in _scenarios(recipe):
        known.append(read)
        for unit in recipe.units:
            one, kept = _play(recipe, scenario, unit, tell)
            found.append(figures(one) if recipe.whole else one)
            rows.append(kept)
    aggregates = tuple(one for one in found if isinstance(one, Aggregate))
    summed = tuple(one for one in found if isinstance(one, Figures))
    return Played(tuple(known), aggregates, summed, tuple(rows) if recipe.keep else ())


def warm_up(recipe: Recipe) -> None:
    """Play one run, so that the engine is compiled before threads meet in it."""
    if recipe.engine == "batch":
        scenario, _ = next(_scenarios(recipe))
        replicate(scenario, recipe.units[0].strategy, seed=0, lo=0, hi=1, threads=1)


def _scenarios(recipe: Recipe) -> Iterator[tuple[Scenario, tuple[Reading, ...]]]:
    for number, setting in enumerate(recipe.settings, recipe.first):
        scenario = checked(recipe.root, recipe.paths, setting, f"setting {number}")
        yield scenario, readings(scenario, recipe.paths, setting)


def _play(
    recipe: Recipe, scenario: Scenario, unit: Unit, tell: Told | None
) -> tuple[Aggregate, NDArray[np.void]]:
    """Play the runs of one setting and unit, block by block."""
    parts, kept = [], []
    for lo in range(recipe.lo, recipe.hi, BLOCK):
        hi = min(lo + BLOCK, recipe.hi)
        rows = np.concatenate(list(_slices(recipe, scenario, unit, lo, hi, tell)))
        parts.append(aggregate(rows, scenario.horizon, lo // BLOCK))
        if recipe.keep:
            kept.append(rows)
    return merge(parts), np.concatenate(kept) if kept else NOTHING


def _slices(
    recipe: Recipe, scenario: Scenario, unit: Unit, lo: int, hi: int, tell: Told | None
) -> Iterator[NDArray[np.void]]:
    """Play a block in slices, so that it can be stopped soon."""
    for at in range(lo, hi, SLICE):
        rows = replicate(
            scenario, unit.strategy, seed=recipe.seed, lo=at, hi=min(at + SLICE, hi),
            variant=unit.variant, engine=recipe.engine, threads=1,
        )  # fmt: skip
        if tell:
            tell(len(rows))
        yield rows
