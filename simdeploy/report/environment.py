"""Events around a deployment in words: as clauses for the verdict, as phrases for the story."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from simdeploy.report.words import percent
from simdeploy.scenario.events import Event
from simdeploy.scenario.vocabulary import Vocabulary


class EventTexts(NamedTuple):
    """What an event does, as a clause, and how it begins and ends; empty where there is no text."""

    clause: str = ""
    begins: str = ""
    ends: str = ""


#: Texts of each kind of event; placeholders are fields of the event, and words of the platform.
TEXTS: Mapping[str, EventTexts] = {
    "slow_registry": EventTexts(
        clause="pulling the image takes {factor} times as long",
        begins="the registry is slow: pulling the image takes {factor} times as long",
        ends="the registry is as quick as ever",
    ),
    "registry_down": EventTexts(
        clause="no image can be pulled",
        begins="the registry is down: no image can be pulled",
        ends="the registry is back",
    ),
    "capacity_unavailable": EventTexts(
        clause="no {task} can be {placed}",
        begins="there is no capacity: no {task} can be {placed}",
        ends="there is capacity again",
    ),
    # The verdict has its own words, and the story reports each task's death.
    "task_crash": EventTexts(),
    "task_hang": EventTexts(),
    "flaky_health_checks": EventTexts(
        clause="{probability} of {health_checks} fail for no reason",
        begins="from now on {probability} of {health_checks} fail for no reason",
        ends="{health_checks} are reliable again",
    ),
    # The story reports each change of the traffic.
    "traffic_spike": EventTexts(clause="traffic is {factor} times as much"),
    "dependency_down": EventTexts(
        clause="a dependency is down",
        begins="a dependency is down",
        ends="the dependency is back",
    ),
    "health_signal_missing": EventTexts(
        clause="the health signal is missing, so {tasks} count as healthy before they answer",
        begins="the health signal is missing: {tasks} count as healthy before they answer",
        ends="the health signal is back",
    ),
    "alarm_noise": EventTexts(
        clause="alarm {alarm} goes off by chance",
        begins="from now on alarm {alarm} may go off by chance",
        ends="alarm {alarm} is steady again",
    ),
    # The verdict's words depend on the controller that sees the alarm.
    "alarm_already_red": EventTexts(
        begins="alarm {alarm} is red already",
        ends="what kept alarm {alarm} red is over",
    ),
}
#: Effect of an alarm that is red at the command, by the controller of the deployment.
RED = {
    "ecs": "ECS goes without alarms to the end",
    "code_deploy": "CodeDeploy acts on it only once it was quiet",
    "stop": "CodeDeploy stops",
}
FORMATTERS: Mapping[str, Callable[[Any], str]] = {
    "factor": "{:g}".format, "probability": percent, "alarm": str,
}  # fmt: skip
#: Placeholders for fields that neither the event nor the timeline has.
UNKNOWN = {"factor": "many", "probability": "some", "alarm": "?"}


def clause(event: Event, words: Vocabulary) -> str:
    """Return what an event of a scenario does, as a clause."""
    return _filled(TEXTS[event.tag()].clause, words, event, {})


def begin_text(
    name: str, data: Mapping[str, Any], words: Vocabulary, event: Event | None = None
) -> str:
    """Return that an event of the environment begins; empty for an unknown kind.

    Parameters
    ----------
    name
        Its kind.
    data
        Its fields in the timeline.
    words
        Those of the platform.
    event
        The same event in the scenario, for fields that the timeline lacks.
    """
    return _filled(TEXTS.get(name, EventTexts()).begins, words, event, data)


def end_text(name: str, data: Mapping[str, Any], words: Vocabulary) -> str:
    """Return that an event of the environment is over; empty for an unknown kind."""
    return _filled(TEXTS.get(name, EventTexts()).ends, words, None, data)


def _filled(text: str, words: Vocabulary, event: Event | None, data: Mapping[str, Any]) -> str:
    """Fill the placeholders of a text with fields of the timeline, else of the event."""
    fields = {name: data.get(name, getattr(event, name, None)) for name in FORMATTERS}
    values = {name: FORMATTERS[name](v) for name, v in fields.items() if v is not None}
    return words.fill(text).format(**(UNKNOWN | values))
