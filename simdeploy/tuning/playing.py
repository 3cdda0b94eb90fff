"""Playing settings: many at a time, each on the same luck as all others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node
from simdeploy.tuning.goals import HARMS, Constraint, Goal, Rows, calm
from simdeploy.tuning.knobs import Knob, Setting

Array = NDArray[np.float64]
Replicate = Callable[..., NDArray[np.void]]


class Played(NamedTuple):
    """What came of one setting: goals × runs, and a statistic per constraint."""

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
    variants: dict[str, dict[str, Any]]
    seed: int
    replicate: Replicate
    engine: str = "batch"
    threads: int = 1
    #: Told how many settings are done since the last time.
    tell: Callable[[int], None] = field(default=lambda _: None)
    #: What today's service loses without a deployment, by first and last replication.
    calm: dict[tuple[int, int], Array] = field(default_factory=dict)

    def scenario(self, setting: Setting) -> Any:
        """Return the scenario at a setting.

        Raises
        ------
        ScenarioError
            Where it is no valid scenario.
        """
        root = self.root
        for knob, value in zip(self.knobs, setting, strict=True):
            if value is not None:
                root = override(root, f"{knob.path}={value}")
        return validated(root)

    def small(self, values: Array, lo: int, hi: int) -> Array:
        """Return per goal a difference to values, goals × runs, that is too small to matter."""
        lost = float(self.calm[lo, hi].mean())
        pairs = zip(self.goals, values.mean(axis=1), strict=True)
        found = [goal.small(float(of), lost if goal.field in HARMS else 0.0) for goal, of in pairs]
        return np.array(found)

    def check(self, setting: Setting) -> None:
        """Refuse a setting that is no valid scenario, and tell which it was."""
        try:
            self.scenario(setting)
        except ScenarioError as error:
            raise SimdeployError(f"{self.told(setting)}\n{error}") from None

    def told(self, setting: Setting) -> str:
        """Write a setting as on the command line."""
        pairs = zip(self.knobs, setting, strict=True)
        return " ".join(f"--set {knob.path}={value}" for knob, value in pairs if value is not None)

    def one(self, setting: Setting, lo: int, hi: int) -> Played:
        """Play replications ``lo`` to ``hi`` of a setting, in all variants that the goals need."""
        scenario = self.scenario(setting)
        rows = self._rows(scenario, lo, hi)
        usual = dict.fromkeys(HARMS, self.calm[lo, hi])
        values = np.array(
            [
                goal.values(rows, scenario.horizon) - usual.get(goal.field, 0.0)
                for goal in self.goals
            ]
        )
        return Played(values, tuple(one.value(rows) for one in self.constraints))

    def _rows(self, scenario: Any, lo: int, hi: int) -> Rows:
        how = {"seed": self.seed, "lo": lo, "hi": hi, "engine": self.engine, "threads": 1}
        return {
            name: self.replicate(scenario, self.strategy, **how, **variant)
            for name, variant in self.variants.items()
        }

    def all(self, settings: Sequence[Setting], lo: int, hi: int) -> list[Played]:
        """Play settings on threads, in order; interrupted, those under way end first."""
        if not settings:
            return []
        if (lo, hi) not in self.calm:
            # Here, not on threads: they must not meet in the compiler.
            today = self.scenario((None,) * len(self.knobs))
            self.calm[lo, hi] = calm(self._rows(today, lo, hi))
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="tune")
        try:
            found = []
            for played in pool.map(lambda setting: self.one(setting, lo, hi), settings):
                found.append(played)
                self.tell(1)
            return found
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
