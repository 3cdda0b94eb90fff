"""The search: a space-filling sample, then an evolutionary refinement around the front.

All settings meet the same luck. The first sample is the Sobol design of the sensitivity indices;
the remaining budget is spent in rounds around the front, with decreasing step widths.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.results.intervals import Array
from simdeploy.results.paired import paired
from simdeploy.scenario import Scenario
from simdeploy.scenario.reading import Node
from simdeploy.sweeps.knobs import Setting, as_options, set_to
from simdeploy.tuning.fitting import Fit
from simdeploy.tuning.front import representatives
from simdeploy.tuning.goals import HARMS, Constraint, Goal, Rows, baseline_harm
from simdeploy.tuning.knobs import Knob

#: Most of the budget for the first sample, and rounds that share the remainder.
FIRST_SAMPLE, ROUNDS = 0.65, 5
#: Standard deviation of the steps around the front, in the first and in the last round.
STEPS = (0.25, 0.04)
#: Points of the front that a round starts from, and candidates that are simplified at the end.
PARENTS, CANDIDATES = 24, 24
#: Least points of a block of the first sample for usable indices.
LEAST = 8


Replicate = Callable[..., NDArray[np.void]]


class Sample(NamedTuple):
    """Runs of one setting: ``values`` is goals × runs, ``bounds`` a statistic per constraint."""

    values: Array
    bounds: tuple[float | None, ...]


@dataclass
class Player:
    """Plays settings of one strategy."""

    root: Node
    strategy: str
    knobs: tuple[Knob, ...]
    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    #: Arguments of ``replicate`` by variant.
    variants: dict[str, dict[str, Any]]
    seed: int
    replicate: Replicate
    engine: str
    threads: int
    #: Called with the number of settings just played.
    progress: Callable[[int], None] = field(default=lambda _: None)
    #: Loss of today's service without a deployment, by first and last replication.
    baselines: dict[tuple[int, int], Array] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        """The knobs' paths."""
        return [knob.path for knob in self.knobs]

    def scenario(self, setting: Setting) -> Scenario:
        """Return the scenario at a setting.

        Raises
        ------
        ScenarioError
            Where it is no valid scenario.
        """
        return set_to(self.root, self.paths, setting)

    def small(self, values: Array, lo: int, hi: int) -> Array:
        """Return per goal the least difference to values, goals × runs, that counts."""
        loss = float(self.baselines[lo, hi].mean())
        pairs = zip(self.goals, values.mean(axis=1), strict=True)
        return np.array(
            [goal.small(float(of), loss if goal.field in HARMS else 0.0) for goal, of in pairs]
        )

    def check(self, setting: Setting) -> None:
        """Refuse an invalid setting, with its values in the message."""
        try:
            self.scenario(setting)
        except ScenarioError as error:
            raise SimdeployError(f"{as_options(self.paths, setting)}\n{error}") from None

    def play(self, setting: Setting, lo: int, hi: int) -> Sample:
        """Play replications ``lo`` to ``hi`` of a setting, in all variants that the goals need."""
        scenario = self.scenario(setting)
        rows = self._rows(scenario, lo, hi)
        baselines = dict.fromkeys(HARMS, self.baselines[lo, hi])
        values = [
            goal.values(rows, scenario.horizon) - baselines.get(goal.field, 0.0)
            for goal in self.goals
        ]
        bounds = tuple(constraint.value(rows) for constraint in self.constraints)
        return Sample(np.array(values), bounds)

    def _rows(self, scenario: Scenario, lo: int, hi: int) -> Rows:
        how = {"seed": self.seed, "lo": lo, "hi": hi, "engine": self.engine, "threads": 1}
        return {
            name: self.replicate(scenario, self.strategy, **how, **variant)
            for name, variant in self.variants.items()
        }

    def play_all(self, settings: Sequence[Setting], lo: int, hi: int) -> list[Sample]:
        """Play settings on threads, in order; interrupted, those under way end first."""
        if not settings:
            return []
        if (lo, hi) not in self.baselines:
            # Before the threads start: they must not compile the engine at the same time.
            today = self.scenario((None,) * len(self.knobs))
            self.baselines[lo, hi] = baseline_harm(self._rows(today, lo, hi))
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="tune")
        try:
            samples = []
            for sample in pool.map(lambda setting: self.play(setting, lo, hi), settings):
                samples.append(sample)
                self.progress(1)
            return samples
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def block_size(budget: int, knobs: int) -> int:
    """Return the number of points of each block of the first sample, a power of two.

    >>> block_size(2000, 8), block_size(2000, 13)
    (128, 64)
    """
    n = LEAST
    while 2 * n * (knobs + 2) <= FIRST_SAMPLE * budget:
        n *= 2
    return n


@dataclass
class Search:
    """The settings that were played with their samples, and which to play next."""

    player: Player
    fit: Fit
    runs: int
    samples: dict[Setting, Sample] = field(default_factory=dict)

    def play(self, settings: Sequence[Setting]) -> None:
        """Play the settings that were not played yet."""
        new = [setting for setting in dict.fromkeys(settings) if setting not in self.samples]
        self.samples.update(zip(new, self.player.play_all(new, 0, self.runs), strict=True))

    def means(self, settings: Sequence[Setting]) -> Array:
        """Return the means to minimize, settings × goals: negated where more is better."""
        signs = np.array([goal.sign for goal in self.player.goals])
        means = [self.samples[setting].values.mean(axis=1) for setting in settings]
        return np.asarray(np.array(means).reshape(len(means), len(signs)) * signs)

    def excess(self, settings: Sequence[Setting]) -> Array:
        """Return the sum of the relative excesses over the constraints, per setting."""
        rules = self.player.constraints
        pairs = (zip(rules, self.samples[setting].bounds, strict=True) for setting in settings)
        return np.array([sum(rule.excess(value) for rule, value in bounds) for bounds in pairs])

    def allowed(self) -> list[Setting]:
        """Return the settings that satisfy all constraints, or else those nearest to it."""
        settings = list(self.samples)
        excess = self.excess(settings)
        at = np.flatnonzero(excess <= 0.0)
        if len(at) == 0:
            at = np.argsort(excess, kind="stable")[:PARENTS]
        return [settings[int(k)] for k in at]

    def front(self, resolution: Array, count: int) -> list[Setting]:
        """Return up to ``count`` settings that represent the front."""
        settings = self.allowed()
        now = self.means([self.fit.nothing])[0] if self.fit.nothing in settings else None
        chosen = representatives(self.means(settings), count, resolution, now)
        return [settings[int(k)] for k in chosen.places]

    def refine(self, budget: int, seed: int, resolution: Array) -> None:
        """Play ``budget`` more settings around the front."""
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
        """Return new valid settings: crossovers of two parents with small mutations."""
        places = np.array([self.fit.places(parent) for parent in parents])
        made: dict[Setting, None] = {}
        for _ in range(20 * count):
            if len(made) >= count:
                break
            child = self._child(places, width, rng)
            if child not in self.samples and child not in made and self.is_valid(child):
                made[child] = None
        return list(made)

    def _child(self, places: Array, width: float, rng: np.random.Generator) -> Setting:
        first, second = rng.integers(0, len(places), 2)
        knobs = places.shape[1]
        mixed = np.where(rng.random(knobs) < 0.75, places[first], places[second])
        mutated = rng.random(knobs) < max(1.5 / knobs, 0.25)
        moved = mixed + np.where(mutated, width * rng.standard_normal(knobs), 0.0)
        return self.fit.setting(np.clip(moved, 0.0, np.nextafter(1.0, 0.0)))

    def is_valid(self, setting: Setting) -> bool:
        """Return whether a setting makes a scenario that AWS accepts."""
        try:
            self.player.scenario(setting)
        except ScenarioError:
            return False
        return True

    def simplified(
        self, settings: list[Setting], order: Sequence[tuple[int, ...]]
    ) -> list[Setting]:
        """Return settings with as many knobs as possible reset to today's value.

        A knob is reset where that makes no goal noticeably worse.

        Parameters
        ----------
        order
            Groups of knobs to reset, those of least influence first.
        """
        simple = list(settings)
        for knobs in order:
            tried = [self.without(setting, knobs) for setting in simple]
            self.play([setting for setting in tried if setting is not None])
            simple = [
                new if new is not None and self._is_as_good(new, original) else old
                for new, old, original in zip(tried, simple, settings, strict=True)
            ]
        return list(dict.fromkeys(simple))

    def without(self, setting: Setting, knobs: tuple[int, ...]) -> Setting | None:
        """Return a setting with some knobs as today; None if it is the same, or is invalid."""
        changed = tuple(None if k in knobs else value for k, value in enumerate(setting))
        return changed if changed != setting and self.is_valid(changed) else None

    def _is_as_good(self, new: Setting, old: Setting) -> bool:
        """Return whether a setting is as good as another, or better, in every goal."""
        excess = self.excess([new, old])
        before = self.samples[old].values
        small = self.player.small(before, 0, self.runs)
        differences = paired_differences(self.samples[new].values, before)
        triples = zip(self.player.goals, small, differences, strict=True)
        worse = [goal.sign * mean > max(half, least) for goal, least, (mean, half) in triples]
        return not any(worse) and bool(excess[0] <= excess[1])


def paired_differences(of_a: Array, of_b: Array) -> list[tuple[float, float]]:
    """Return the paired difference a − b of each goal and half of the width of its interval."""
    differences = paired("a", "b", of_a, of_b, [str(k) for k in range(len(of_a))])
    return [(d.mean or 0.0, (d.ci95[1] - d.ci95[0]) / 2 if d.ci95 else 0.0) for d in differences]


def first_sample(search: Search, points: Array) -> list[Setting]:
    """Return the settings of a design's points, each checked, in their order."""
    settings = [search.fit.setting(point) for point in points]
    for setting in dict.fromkeys(settings):
        search.player.check(setting)
    return settings
