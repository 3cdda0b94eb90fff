"""The search: an even look at the whole space, then closer around what no other setting beats.

All settings meet the same luck. The first look is the Sobol design that the sensitivity indices
need in any case; what is left of the budget goes in rounds around the front, in smaller and smaller
steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import ScenarioError
from simdeploy.results.paired import paired
from simdeploy.tuning.fitting import Fit
from simdeploy.tuning.front import chosen
from simdeploy.tuning.knobs import Setting
from simdeploy.tuning.playing import Played, Player
from simdeploy.tuning.sensitivity import Design

Array = NDArray[np.float64]
#: Part of the budget for the first look, at most, and rounds that share what is left.
FIRST_LOOK, ROUNDS = 0.65, 5
#: Width of the steps around the front, in the first and in the last round.
STEPS = (0.25, 0.04)
#: Points of the front that a round starts from, and candidates that are simplified in the end.
PARENTS, CANDIDATES = 24, 24
#: Least points of a block of the first look for indices that mean something.
LEAST = 8


def block_size(budget: int, knobs: int) -> int:
    """Return the power of two for the first look's blocks.

    >>> block_size(2000, 8), block_size(2000, 13)
    (128, 64)
    """
    n = LEAST
    while 2 * n * (knobs + 2) <= FIRST_LOOK * budget:
        n *= 2
    return n


@dataclass
class Search:
    """Settings that were played, what came of them, and where to look next."""

    player: Player
    fit: Fit
    runs: int
    found: dict[Setting, Played] = field(default_factory=dict)

    def play(self, settings: Sequence[Setting]) -> None:
        """Play what was not played yet."""
        new = [one for one in dict.fromkeys(settings) if one not in self.found]
        for setting, played in zip(new, self.player.all(new, 0, self.runs), strict=True):
            self.found[setting] = played

    def means(self, settings: Sequence[Setting]) -> Array:
        """Return what to make small: settings × goals, signed."""
        signs = np.array([goal.sign for goal in self.player.goals])
        found = [self.found[one].values.mean(axis=1) for one in settings]
        return np.asarray(np.array(found).reshape(len(found), len(signs)) * signs)

    def excess(self, settings: Sequence[Setting]) -> Array:
        """Return by how much each setting breaks the constraints, in all."""
        rules = self.player.constraints
        found = (zip(rules, self.found[one].bounds, strict=True) for one in settings)
        return np.array([sum(rule.excess(value) for rule, value in pairs) for pairs in found])

    def allowed(self) -> list[Setting]:
        """Return the settings that keep every constraint, or those nearest to it if none does."""
        settings = list(self.found)
        excess = self.excess(settings)
        at = np.flatnonzero(excess <= 0.0)
        if len(at) == 0:
            at = np.argsort(excess, kind="stable")[:PARENTS]
        return [settings[int(k)] for k in at]

    def front(self, resolution: Array, count: int) -> list[Setting]:
        """Return up to ``count`` settings that stand for the front."""
        settings = self.allowed()
        now = self.means([self.fit.nothing])[0] if self.fit.nothing in settings else None
        found = chosen(self.means(settings), count, resolution, now)
        return [settings[int(k)] for k in found.places]

    def refine(self, budget: int, seed: int, resolution: Array) -> None:
        """Spend a budget around the front."""
        rng = np.random.default_rng([seed, 1])
        for number in range(ROUNDS):
            share = max(0, budget) // (ROUNDS - number)
            parents = self.front(resolution, PARENTS)
            width = STEPS[0] * (STEPS[1] / STEPS[0]) ** (number / (ROUNDS - 1))
            children = self._children(parents, share, width, rng)
            self.play(children)
            budget -= share

    def _children(
        self, parents: list[Setting], count: int, width: float, rng: np.random.Generator
    ) -> list[Setting]:
        """Return new valid settings: mixtures of two parents, some knobs turned a little."""
        places = np.array([self.fit.places(one) for one in parents])
        made: dict[Setting, None] = {}
        for _ in range(20 * count):
            if len(made) >= count:
                break
            child = self._child(places, width, rng)
            if child not in self.found and child not in made and self._is_valid(child):
                made[child] = None
        return list(made)

    def _child(self, places: Array, width: float, rng: np.random.Generator) -> Setting:
        one, other = rng.integers(0, len(places), 2)
        knobs = places.shape[1]
        mixed = np.where(rng.random(knobs) < 0.75, places[one], places[other])
        turned = rng.random(knobs) < max(1.5 / knobs, 0.25)
        moved = mixed + np.where(turned, width * rng.standard_normal(knobs), 0.0)
        return self.fit.setting(np.clip(moved, 0.0, np.nextafter(1.0, 0.0)))

    def _is_valid(self, setting: Setting) -> bool:
        try:
            self.player.scenario(setting)
        except ScenarioError:
            return False
        return True

    def simplified(
        self, settings: list[Setting], order: Sequence[tuple[int, ...]]
    ) -> list[Setting]:
        """Return settings with as many knobs as possible left where they are today.

        Knobs go back to today's value where that makes nothing worse that anybody could see.

        Parameters
        ----------
        order
            Which knobs to try first: those that matter least.
        """
        now = list(settings)
        for knobs in order:
            tried = [self._without(one, knobs) for one in now]
            self.play([one for one in tried if one is not None])
            now = [
                new if new is not None and self._is_as_good(new, begun) else old
                for new, old, begun in zip(tried, now, settings, strict=True)
            ]
        return list(dict.fromkeys(now))

    def _without(self, setting: Setting, knobs: tuple[int, ...]) -> Setting | None:
        changed = tuple(None if k in knobs else value for k, value in enumerate(setting))
        return changed if changed != setting and self._is_valid(changed) else None

    def _is_as_good(self, new: Setting, old: Setting) -> bool:
        """Tell whether a setting is level with another, or better, in every goal."""
        excess = self.excess([new, old])
        before = self.found[old].values
        small = self.player.small(before, 0, self.runs)
        found = gaps(self.found[new].values, before)
        worse = [
            goal.sign * mean > max(half, least)
            for goal, least, (mean, half) in zip(self.player.goals, small, found, strict=True)
        ]
        return not any(worse) and bool(excess[0] <= excess[1])


def gaps(of_a: Array, of_b: Array) -> list[tuple[float, float]]:
    """Return the paired difference a − b of each goal and half of the width of its interval."""
    names = [str(k) for k in range(len(of_a))]
    found = paired("a", "b", of_a, of_b, names)
    return [(one.mean or 0.0, (one.ci95[1] - one.ci95[0]) / 2 if one.ci95 else 0.0)
            for one in found]  # fmt: skip


def first_look(search: Search, points: Design) -> list[Setting]:
    """Return the settings of the design's points, each checked, in their order."""
    settings = [search.fit.setting(point) for point in points.points]
    for one in dict.fromkeys(settings):
        search.player.check(one)
    return settings
