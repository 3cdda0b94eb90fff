"""Rules between blocks: names that must exist, keys that exclude one another, AWS's ranges."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import InitErrorDetails

from simdeploy.pydantic_base import Path, did_you_mean, fault
from simdeploy.scenario.ranges import range_faults

if TYPE_CHECKING:
    from simdeploy.scenario.model import Scenario

#: CodeDeploy's limit of alarms per deployment group.
MOST_ALARMS = 10


@dataclass(frozen=True)
class Known:
    """All names in the file, also of blocks left out because they have faults of their own."""

    alarms: tuple[str, ...]
    strategies: tuple[str, ...]


def reference_faults(scenario: "Scenario", known: Known) -> Iterator[InitErrorDetails]:
    """Find everything that does not fit together in blocks that are right by themselves."""
    yield from _twice(scenario)
    yield from _unknown_alarms(scenario, known)
    yield from _question_faults(scenario, known)
    yield from _release_faults(scenario)
    yield from _too_many_alarms(scenario)
    if scenario.platform == "ecs":
        yield from range_faults(scenario)


def _twice(scenario: "Scenario") -> Iterator[InitErrorDetails]:
    count = Counter(alarm.name for alarm in scenario.alarms)
    for i, alarm in enumerate(scenario.alarms):
        if count[alarm.name] > 1 and any(a.name == alarm.name for a in scenario.alarms[:i]):
            yield fault(("alarms", i, "name"), "another alarm has this name", got=alarm.name)


def _unknown_alarms(scenario: "Scenario", known: Known) -> Iterator[InitErrorDetails]:
    names = dict.fromkeys(known.alarms)
    for path, name in _alarm_uses(scenario):
        if name not in names:
            yield fault(path, "no alarm has this name", got=name, allowed=did_you_mean(name, names))


def _alarm_uses(scenario: "Scenario") -> Iterator[tuple[Path, str]]:
    yield from _each(("defaults", "alarms"), scenario.defaults.alarms or ())
    for name, strategy in scenario.strategies.items():
        yield from _each(("strategies", name, "alarms"), strategy.alarms)
        carrier: Any = getattr(strategy, "deploy", None)
        yield from _each(("strategies", name, "deploy", "alarms"), getattr(carrier, "alarms", ()))
    for i, event in enumerate(scenario.environment.events):
        if isinstance(alarm := getattr(event, "alarm", None), str):
            yield ("environment", "events", i, "alarm"), alarm


def _each(path: Path, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for i, name in enumerate(names):
        yield (*path, i), name


def _question_faults(scenario: "Scenario", known: Known) -> Iterator[InitErrorDetails]:
    names = known.strategies
    for i, question in enumerate(scenario.questions):
        if question.strategy is not None and question.strategy not in names:
            yield fault(("questions", i, "strategy"), "no strategy has this name",
                        got=question.strategy,
                        allowed=did_you_mean(question.strategy, names))  # fmt: skip
        if question.metric not in (metrics := _metrics()):
            yield fault(("questions", i, "metric"), "unknown metric", got=question.metric,
                        allowed=did_you_mean(question.metric, metrics))  # fmt: skip
        if question.kind == "number" and question.strategy is None:
            yield fault(("questions", i, "strategy"), "is required for kind: number", show=False)


def _metrics() -> list[str]:
    from simdeploy.results.metrics import NAMES  # noqa: PLC0415 - rarely needed, and slow to import

    return [*NAMES, "rollback_after_s", "rollback_late_s", "verdict", "outcome"]


def _release_faults(scenario: "Scenario") -> Iterator[InitErrorDetails]:
    if scenario.releases is not None and scenario.release.faults:
        yield fault(("releases",), "cannot stand beside release", show=False)
    if scenario.service.max_connections is not None:
        return
    for path, release in _releases(scenario):
        for i, one in enumerate(release.faults):
            if one.word() == "connections":
                yield fault((*path, "faults", i), "connections needs service.max_connections",
                            show=False)  # fmt: skip


def _releases(scenario: "Scenario") -> Iterator[tuple[Path, Any]]:
    if scenario.releases is None:
        yield ("release",), scenario.release
    for i, release in enumerate(scenario.releases or ()):
        yield ("releases", i), release


def _too_many_alarms(scenario: "Scenario") -> Iterator[InitErrorDetails]:
    defaults = scenario.defaults.given()
    for name, strategy in scenario.strategies.items():
        number = len(strategy.with_defaults(defaults).alarms)
        if getattr(strategy, "controller", "") == "code_deploy" and number > MOST_ALARMS:
            what = f"CodeDeploy takes at most {MOST_ALARMS} alarms"
            yield fault(("strategies", name, "alarms"), what, got=number)
