"""Rules between blocks: names that must exist, and mutually exclusive keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic_core import InitErrorDetails

from simdeploy.model.registry import ALARM_METRICS
from simdeploy.pydantic_base import Path, Variant, did_you_mean, fault
from simdeploy.scenario.detection import Alarm
from simdeploy.scenario.events import AlarmAlreadyRed, AlarmNoise
from simdeploy.scenario.faults import Connections, ContainerCheckFails, Release
from simdeploy.scenario.service import Service
from simdeploy.strategies import FeatureFlag, Strategy
from simdeploy.strategies.defaults import Defaults
from simdeploy.strategies.shifting import Shifting

#: CodeDeploy's limit of alarms per deployment group.
MOST_ALARMS = 10


def duplicate_alarms(alarms: Sequence[Alarm]) -> Iterator[InitErrorDetails]:
    """Find alarms that repeat the name of an alarm above them."""
    seen: Counter[str] = Counter()
    for i, alarm in enumerate(alarms):
        if seen[alarm.name]:
            yield fault(("alarms", i, "name"), "another alarm has this name", got=alarm.name)
        seen[alarm.name] += 1


def unknown_alarms(
    known: Iterable[str],
    defaults: Defaults,
    strategies: Mapping[str, Strategy],
    events: Iterable[Variant],
) -> Iterator[InitErrorDetails]:
    """Find names in defaults, strategies and events that no alarm has."""
    names = tuple(dict.fromkeys(known))
    for path, name in _alarm_uses(defaults, strategies, events):
        if name not in names:
            yield fault(path, "no alarm has this name", got=name, allowed=did_you_mean(name, names))


def _alarm_uses(
    defaults: Defaults, strategies: Mapping[str, Strategy], events: Iterable[Variant]
) -> Iterator[tuple[Path, str]]:
    yield from _each(("defaults", "alarms"), defaults.alarms or ())
    for name, strategy in strategies.items():
        yield from _each(("strategies", name, "alarms"), strategy.alarms)
        if isinstance(strategy, FeatureFlag):
            yield from _each(("strategies", name, "deploy", "alarms"), strategy.deploy.alarms)
    for i, event in enumerate(events):
        if isinstance(event, AlarmNoise | AlarmAlreadyRed):
            yield ("environment", "events", i, "alarm"), event.alarm


def _each(path: Path, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for i, name in enumerate(names):
        yield (*path, i), name


def balancer_faults(
    alarms: Sequence[Alarm], strategies: Mapping[str, Strategy]
) -> Iterator[InitErrorDetails]:
    """Find what needs a load balancer, for a service that has none."""
    for i, alarm in enumerate(alarms):
        if ALARM_METRICS[alarm.metric].of_balancer:
            yield fault(("alarms", i, "metric"), "is published by a load balancer only",
                        got=alarm.metric, allowed="with service.load_balancer: true")  # fmt: skip
    for name, strategy in strategies.items():
        if isinstance(strategy.carrier, Shifting):
            yield fault(("strategies", name), "shifts traffic, which needs a load balancer",
                        show=False, allowed="with service.load_balancer: true")  # fmt: skip


def release_faults(
    release: Release, releases: Sequence[Release] | None, service: Service
) -> Iterator[InitErrorDetails]:
    """Find a release beside a list of them, and faults of what the service does not have."""
    if releases is not None and release.faults:
        yield fault(("releases",), "cannot stand beside release", show=False)
    needs: dict[type[Variant], tuple[str, object]] = {
        Connections: ("connections needs service.max_connections", service.max_connections),
        ContainerCheckFails: (
            "container_check_fails needs service.container_health_check",
            service.container_health_check,
        ),
    }
    paths: dict[Path, Release] = {("release",): release}
    if releases is not None:
        paths = {("releases", i): each for i, each in enumerate(releases)}
    for path, each in paths.items():
        for i, wrong in enumerate(each.faults):
            what, there = needs.get(type(wrong), ("", True))
            if there is None:
                yield fault((*path, "faults", i), what, show=False)


def too_many_alarms(
    defaults: Defaults, strategies: Mapping[str, Strategy]
) -> Iterator[InitErrorDetails]:
    """Find strategies under CodeDeploy with more alarms than it takes."""
    given = defaults.given()
    for name, strategy in strategies.items():
        number = len(strategy.with_defaults(given).alarms)
        if strategy.controller == "code_deploy" and number > MOST_ALARMS:
            what = f"CodeDeploy takes at most {MOST_ALARMS} alarms"
            yield fault(("strategies", name, "alarms"), what, got=number)
