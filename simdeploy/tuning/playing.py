"""Playing settings: many at a time, all on the same luck."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.scenario import Scenario
from simdeploy.scenario.reading import Node
from simdeploy.sweeps.knobs import Setting, as_options, set_to
from simdeploy.tuning.goals import HARMS, Constraint, Goal, Rows, baseline_harm
from simdeploy.tuning.knobs import Knob

Array = NDArray[np.float64]
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
