"""What findings need simulated: each release under each setting once, on the same luck."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from typing import Any

from simdeploy.advice.fault_rows import FaultRow, default_rows, with_fault
from simdeploy.checking.numbers import Measured, measure
from simdeploy.checking.rule import Held, Rule, Situation
from simdeploy.engines import replicate
from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.results.room import ROW
from simdeploy.scenario import Scenario
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node

Progress = Callable[[int, int], None]
#: Bytes of runs that are remembered.
REMEMBERED = 100_000_000


class Player:
    """Plays a scenario under settings and in situations, and remembers what it played last."""

    def __init__(self, root: Node, runs: int, seed: int, threads: int | None = None) -> None:
        self.root, self.runs, self.seed, self.threads = root, runs, seed, threads
        #: Settings that mend errors, so that these do not hide what else there is.
        self.mended: tuple[str, ...] = ()
        self._scenarios: dict[tuple[tuple[str, ...], str], Scenario | None] = {}
        self._rows: dict[tuple[tuple[str, ...], Situation, str], Any] = {}

    def mend(self, settings: Iterable[str]) -> None:
        """Play everything under settings from now on; under none where they are not valid."""
        wanted = tuple(dict.fromkeys(settings))
        self.mended = wanted if self.changed(wanted) is not None else ()

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it stands."""
        return self._made((), "")

    def _made(self, settings: tuple[str, ...], row: str) -> Scenario:
        root = self.root
        for setting in settings:
            root = override(root, setting)
        if not row:
            return validated(root)
        # A row is laid over a single release.
        root = override(root, "release.faults=[]") if "releases" in root.value else root
        return with_fault(validated(root), _fault_rows()[row])

    def changed(self, settings: tuple[str, ...], row: str = "") -> Scenario | None:
        """Return the scenario under settings, a row laid over it; None where they are not valid."""
        key = settings, row
        if key not in self._scenarios:
            try:
                self._scenarios[key] = self._made(settings, row)
            except ScenarioError:
                self._scenarios[key] = None
        return self._scenarios[key]

    def situated(self, situation: Situation, change: tuple[str, ...]) -> Scenario | None:
        """Return the scenario in a situation, under a change; None where it is not valid."""
        return self.changed((*self.mended, *situation.settings, *change), situation.row)

    def rows(self, situation: Situation, change: tuple[str, ...], strategy: str) -> Any:
        """Return the runs of a strategy in a situation; None where it cannot be played."""
        key = (*self.mended, *change), situation, strategy
        if key not in self._rows:
            made = self.situated(situation, change)
            variant = "twin" if situation.twin else "release"
            found = None if made is None else self._played(made, strategy, variant)
            # The oldest are forgotten, and played again where they are asked for.
            while self._rows and (len(self._rows) + 1) * self.runs * ROW > REMEMBERED:
                self._rows.pop(next(iter(self._rows)))
            self._rows[key] = found
        return self._rows[key]

    def _played(self, scenario: Scenario, strategy: str, variant: str) -> Any:
        try:
            return replicate(
                scenario,
                strategy,
                seed=self.seed,
                lo=0,
                hi=self.runs,
                variant=variant,
                threads=self.threads,
            )
        except SimdeployError:
            return None

    def measured(self, rule: Rule, held: Held, strategies: Sequence[str]) -> list[Measured]:
        """Measure the numbers of a finding for every strategy, as is and with its change."""
        situation = held.situation or rule.situation
        if situation is None:
            return []
        ends = self._horizon(situation, ()), self._horizon(situation, held.change)
        numbers = (*rule.numbers, *rule.guards)
        found: list[Measured] = []
        for name in strategies:
            before = self.rows(situation, (), name)
            after = self.rows(situation, held.change, name) if held.change else None
            if before is not None:
                found += [measure(number, name, before, after, ends) for number in numbers]
        return found

    def _horizon(self, situation: Situation, change: tuple[str, ...]) -> float:
        made = self.situated(situation, change)
        return self.scenario.horizon if made is None else made.horizon


@cache
def _fault_rows() -> dict[str, FaultRow]:
    return {row.name: row for row in default_rows()}
