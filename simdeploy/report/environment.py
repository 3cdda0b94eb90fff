"""What happens around a deployment, in words: for the verdict's reasons and for the story."""

from collections.abc import Callable, Mapping
from typing import Any

from simdeploy.report.verdict.harm import whom
from simdeploy.report.words import duration, listed, percent
from simdeploy.results.verdict_facts import VerdictFacts

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
#: What becomes of an alarm that is red at the command, by who carries out the deployment.
RED = {
    "ecs": "ECS goes without it to the end",
    "code_deploy": "CodeDeploy acts on it only once it was quiet",
    "stop": "CodeDeploy stops",
}
WRITE: Mapping[str, Callable[[Any], str]] = {
    "factor": lambda factor: f"{factor:g}", "probability": percent, "alarm": str,
}  # fmt: skip
#: What becomes of a person's first command to go back.
COMMANDS = {
    "refused": "the first command to go back is refused",
    "same_image": "the first command to go back deploys the bad image again",
    "image_gone": "the first command to go back finds the old image gone",
}
#: What is said where the scenario is not known.
UNKNOWN = {"factor": "many", "probability": "some", "alarm": "?"}


def clauses(facts: VerdictFacts) -> list[str]:
    """Return what happens around the deployment, each event once; and what does not work."""
    told = [*(_clause(one, facts) for one in facts.events), _grace(facts), _command(facts)]
    return list(dict.fromkeys(text for text in told if text))


def _grace(facts: VerdictFacts) -> str:
    """Tell that good tasks are replaced since their grace period is too short."""
    if facts.grace is None:
        return ""
    period, needed = map(duration, facts.grace)
    return (f"tasks need {needed} to boot and pass their checks, but ECS waits only for the grace "
            f"period, {period}, and then replaces them, good or not")  # fmt: skip


def _command(facts: VerdictFacts) -> str:
    """Tell that the first command to go back does not work, and when the next one comes."""
    told = COMMANDS.get(facts.command, "")
    return told and f"{told}, and the next one follows {duration(facts.retry_after)} later"


def _clause(event: Any, facts: VerdictFacts) -> str:
    if event.kind == "task_crash":
        return f"after {duration(event.at)} {_tasks(event.tasks, event.revision)}"
    if event.kind == "alarm_already_red":
        return _red(event, facts)
    return f"{when(event, facts.horizon)}{_filled(CLAUSES[event.kind], event)}"


def _tasks(tasks: int, revision: str) -> str:
    article = "an" if revision == "old" else "a"
    return f"{article} {revision} task dies" if tasks == 1 else f"{tasks} {revision} tasks die"


def when(event: Any, horizon: float) -> str:
    """Return from when until when an event holds: ``until 5m ``, ``from 5m to 6m ``."""
    start, end = getattr(event, "from_", 0.0), event.until
    endless = end is None or end >= horizon
    if start > 0:
        return f"from {duration(start)} {'on' if endless else f'to {duration(end)}'} "
    return "" if endless else f"until {duration(end)} "


def _red(event: Any, facts: VerdictFacts) -> str:
    """Tell that an alarm is red at the command, and who goes without it for that."""
    told = [
        f"{words} ({_who(facts, controller)})"
        for controller, words in RED.items()
        if controller in facts.controllers.values() and controller != "stop"
    ]
    until = when(event, facts.horizon)
    return f"{until}alarm {event.alarm} is red{': ' if told else ''}{listed(told)}"


def _who(facts: VerdictFacts, controller: str) -> str:
    return whom(facts, [facts.strategies[n] for n, c in facts.controllers.items()
                        if c == controller])  # fmt: skip


def _filled(text: str, event: Any, **known: Any) -> str:
    """Return a text with the numbers of an event in words."""
    found = {name: getattr(event, name, None) for name in WRITE} | known
    told = {name: WRITE[name](value) for name, value in found.items() if value is not None}
    return text.format(**(UNKNOWN | told))


def begins(name: str, data: Mapping[str, Any], event: Any = None) -> str:
    """Return that an event of the environment begins; empty where there are no words for it.

    Parameters
    ----------
    name
        Its kind.
    data
        What the timeline says of it.
    event
        The same event as the scenario has it, where that is known.
    """
    return _filled(BEGINS.get(name, ""), event, **_known(data))


def ends(name: str, data: Mapping[str, Any]) -> str:
    """Return that an event of the environment is over; empty where there are no words for it."""
    return _filled(ENDS.get(name, ""), None, **_known(data))


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in WRITE if name in data}


def red(controller: str) -> str:
    """Return what becomes of an alarm that is red at the command."""
    return RED.get(controller, "")
