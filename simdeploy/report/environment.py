"""Events around a deployment in words: as clauses for the verdict, as phrases for the story."""

from collections.abc import Callable, Mapping
from typing import Any

from simdeploy.report.words import percent
from simdeploy.scenario.events import Event

#: Events of a scenario that hold from one instant to another, as a clause.
CLAUSES = {
    "slow_registry": "pulling the image takes {factor} times as long",
    "registry_down": "no image can be pulled",
    "flaky_health_checks": "{probability} of health checks fail for no reason",
    "traffic_spike": "traffic is {factor} times as much",
    "dependency_down": "a dependency is down",
    "health_signal_missing": (
        "the health signal is missing, so tasks count as healthy before they answer"
    ),
    "alarm_noise": "alarm {alarm} goes off by chance",
}
BEGINS = {
    "slow_registry": "the registry is slow: pulling the image takes {factor} times as long",
    "registry_down": "the registry is down: no image can be pulled",
    "flaky_health_checks": "from now on {probability} of health checks fail for no reason",
    "dependency_down": "a dependency is down",
    "health_signal_missing": (
        "the health signal is missing: tasks count as healthy before they answer"
    ),
    "alarm_noise": "from now on alarm {alarm} may go off by chance",
    "alarm_already_red": "alarm {alarm} is red already",
}
ENDS = {
    "slow_registry": "the registry is as quick as ever",
    "registry_down": "the registry is back",
    "flaky_health_checks": "health checks are reliable again",
    "dependency_down": "the dependency is back",
    "health_signal_missing": "the health signal is back",
    "alarm_noise": "alarm {alarm} is steady again",
    "alarm_already_red": "what kept alarm {alarm} red is over",
}
#: Effect of an alarm that is red at the command, by the controller of the deployment.
RED = {
    "ecs": "ECS goes without it to the end",
    "code_deploy": "CodeDeploy acts on it only once it was quiet",
    "stop": "CodeDeploy stops",
}
FORMATTERS: Mapping[str, Callable[[Any], str]] = {
    "factor": "{:g}".format, "probability": percent, "alarm": str,
}  # fmt: skip
#: Placeholders for fields that neither the event nor the timeline has.
UNKNOWN = {"factor": "many", "probability": "some", "alarm": "?"}


def clause(event: Event) -> str:
    """Return what an event of a scenario does, as a clause."""
    return _filled(CLAUSES[event.tag()], event, {})


def begin_text(name: str, data: Mapping[str, Any], event: Event | None = None) -> str:
    """Return that an event of the environment begins; empty for an unknown kind.

    Parameters
    ----------
    name
        Its kind.
    data
        Its fields in the timeline.
    event
        The same event in the scenario, for fields that the timeline lacks.
    """
    return _filled(BEGINS.get(name, ""), event, data)


def end_text(name: str, data: Mapping[str, Any]) -> str:
    """Return that an event of the environment is over; empty for an unknown kind."""
    return _filled(ENDS.get(name, ""), None, data)


def _filled(text: str, event: Event | None, data: Mapping[str, Any]) -> str:
    """Fill the placeholders of a text with fields of the timeline, else of the event."""
    fields = {name: data.get(name, getattr(event, name, None)) for name in FORMATTERS}
    words = {name: FORMATTERS[name](v) for name, v in fields.items() if v is not None}
    return text.format(**(UNKNOWN | words))
