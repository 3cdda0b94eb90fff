"""What findings need simulated: each release under each setting once, on the same luck."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from simdeploy.checking.numbers import Measured, measure
from simdeploy.checking.rule import Held, Rule, Situation
from simdeploy.engines import replicate
from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.scenario import Scenario
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node

Progress = Callable[[int, int], None]


class Player:
    """Plays a scenario under settings and in situations, and remembers what it has played."""

    def __init__(self, root: Node, runs: int, seed: int, threads: int | None = None) -> None:
        self.root, self.runs, self.seed, self.threads = root, runs, seed, threads
        self._scenarios: dict[tuple[str, ...], Scenario | None] = {}
        self._rows: dict[tuple[tuple[str, ...], str, str], Any] = {}

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it stands."""
        return self._made(())

    def _made(self, settings: tuple[str, ...]) -> Scenario:
        root = self.root
        for setting in settings:
            root = override(root, setting)
        return validated(root)

    def changed(self, settings: tuple[str, ...]) -> Scenario | None:
        """Return the scenario under settings; None where they are not valid here."""
        if settings not in self._scenarios:
            try:
                self._scenarios[settings] = self._made(settings)
            except ScenarioError:
                self._scenarios[settings] = None
        return self._scenarios[settings]

    def rows(self, situation: Situation, change: tuple[str, ...], strategy: str) -> Any:
        """Return the runs of a strategy in a situation; None where it cannot be played."""
        settings = (*situation.settings, *change)
        variant = "twin" if situation.twin else "release"
        key = settings, variant, strategy
        if key not in self._rows:
            made = self.changed(settings)
            self._rows[key] = None if made is None else self._played(made, strategy, variant)
        return self._rows[key]

    def _played(self, scenario: Scenario, strategy: str, variant: str) -> Any:
        which = {"seed": self.seed, "lo": 0, "hi": self.runs, "threads": self.threads}
        try:
            return replicate(scenario, strategy, variant=variant, **which)  # type: ignore[arg-type]
        except SimdeployError:
            return None

    def measured(self, rule: Rule, held: Held, strategies: Sequence[str]) -> list[Measured]:
        """Measure the numbers of a finding for every strategy, as is and with its change."""
        situation = held.situation or rule.situation
        if situation is None:
            return []
        ends = self._horizon(situation.settings), self._horizon((*situation.settings, *held.change))
        numbers = (*rule.numbers, *rule.guards)
        found: list[Measured] = []
        for name in strategies:
            before = self.rows(situation, (), name)
            after = self.rows(situation, held.change, name) if held.change else None
            if before is not None:
                found += [measure(number, name, before, after, ends) for number in numbers]
        return found

    def _horizon(self, settings: tuple[str, ...]) -> float:
        made = self.changed(settings)
        return self.scenario.horizon if made is None else made.horizon
