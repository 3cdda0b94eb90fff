"""What happens around a deployment, and settings of the service that do not work."""

from simdeploy.report.answer.facts import Facts
from simdeploy.report.environment import RED, clause
from simdeploy.report.words import duration, grouped, listed
from simdeploy.scenario.events import AlarmAlreadyRed, Event, TaskCrash, TaskHang
from simdeploy.semantics.checks import seconds_until_recovered

#: Nearly the whole of a distribution, which may have no end.
NEARLY = 1.0 - 1e-9
#: Result of an operator's first command to roll back, if it does not work.
COMMANDS = {
    "refused": "the first command to go back is refused",
    "same_image": "the first command to go back deploys the bad image again",
    "image_gone": "the first command to go back finds the old image gone",
}


def circumstances(facts: Facts) -> list[str]:
    """Return the events around the deployment, each once, and settings that do not work."""
    events = [_event(event, facts) for event in facts.scenario.environment.events]
    return [text for text in dict.fromkeys([*events, _grace(facts), _command(facts)]) if text]


def _event(event: Event, facts: Facts) -> str:
    if isinstance(event, TaskCrash | TaskHang):
        article = "an" if event.revision == "old" else "a"
        verb = "die" if isinstance(event, TaskCrash) else "hang"
        singular = f"{article} {event.revision} task {verb}s"
        plural = f"{event.tasks} {event.revision} tasks {verb}"
        return f"after {duration(event.at)} {singular if event.tasks == 1 else plural}"
    window = _window(event, facts.scenario.horizon)
    if isinstance(event, AlarmAlreadyRed):
        return f"{window}alarm {event.alarm} is red{_effects(facts)}"
    return f"{window}{clause(event)}"


def _window(event: Event, horizon: float) -> str:
    """Return when an event holds, within the horizon: ``until 5m ``, ``from 5m to 6m ``."""
    start, end = getattr(event, "from_", 0.0), getattr(event, "until", None)
    if end is None or end >= horizon:
        return f"from {duration(start)} on " if start > 0 else ""
    return f"{f'from {duration(start)} to' if start > 0 else 'until'} {duration(end)} "


def _effects(facts: Facts) -> str:
    """Return what a red alarm does, by the controller that sees it."""
    strategies = facts.scenario.resolved_strategies.items()
    groups = grouped((name, s.on_red_alarm) for name, s in strategies if s.alarms)
    effects = [f"{effect} ({listed(groups[controller])})" for controller, effect in RED.items()
               if controller in groups and controller != "stop"]  # fmt: skip
    return f": {listed(effects)}" if effects else ""


def _grace(facts: Facts) -> str:
    """Return that good tasks are replaced because their grace period is too short.

    One task in 20 boots for longer than the time that is taken for it. Where events make tasks
    fail, too, nothing is said of the grace period.
    """
    service, check = facts.scenario.service, facts.scenario.target_group.health_check
    if not facts.good_tasks_fail or facts.scenario.environment.events or not service.load_balancer:
        return ""
    needed = seconds_until_recovered(
        service.startup.boot.quantile(0.95),
        check.interval,
        min(check.interval, check.first_check.quantile(NEARLY)),
        check.unhealthy_threshold,
        check.healthy_threshold,
    )
    period = service.health_check_grace_period
    if period >= needed:
        return ""
    wait = f"ECS waits only for the grace period, {duration(period)}, and then replaces them"
    return f"tasks need {duration(needed)} to boot and pass their checks, but {wait}, good or not"


def _command(facts: Facts) -> str:
    """Return that the first rollback command does not work, and when the next command follows."""
    operator = facts.scenario.operator
    ordered = any(s.signals.get("person", 0.0) for s in facts.strategies.values())
    result = COMMANDS.get(operator.first_command, "") if operator and ordered else ""
    after = duration(operator.retry_after) if operator else ""
    return result and f"{result}, and the next one follows {after} later"
