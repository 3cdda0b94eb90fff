"""Causes outside of the strategies' plans: events, settings that do not work, unequal detectors.

And why a good release does not ship.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simdeploy.report.answer.facts import Facts, Good, StrategyFacts
from simdeploy.report.environment import RED, clause
from simdeploy.report.words import duration, grouped, listed, percent, quantity
from simdeploy.results.detectors import differing_in
from simdeploy.scenario.events import AlarmAlreadyRed, Event, TaskCrash, TaskHang
from simdeploy.scenario.kubernetes import on_red_alarm
from simdeploy.semantics.capacity import capacity_cap, capacity_floor
from simdeploy.semantics.checks import seconds_until_recovered
from simdeploy.strategies import CircuitBreaker, Hook, Rolling

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
        one = event.tasks == 1
        number = event.tasks if not one else "an" if event.revision == "old" else "a"
        words = facts.words
        dies, die = (words.dies, words.die) if isinstance(event, TaskCrash) else ("hangs", "hang")
        what = f"{words.task} {dies}" if one else f"{words.tasks} {die}"
        return f"after {duration(event.at)} {number} {event.revision} {what}"
    window = _window(event, facts.scenario.horizon)
    if isinstance(event, AlarmAlreadyRed):
        return f"{window}alarm {event.alarm} is red{_effects(facts)}"
    return f"{window}{clause(event, facts.words)}"


def _window(event: Event, horizon: float) -> str:
    start, end = getattr(event, "from_", 0.0), getattr(event, "until", None)
    if end is None or end >= horizon:
        return f"from {duration(start)} on " if start > 0 else ""
    return f"{f'from {duration(start)} to' if start > 0 else 'until'} {duration(end)} "


def _effects(facts: Facts) -> str:
    platform = facts.scenario.platform
    strategies = facts.scenario.resolved_strategies.items()
    groups = grouped((name, on_red_alarm(platform, s)) for name, s in strategies if s.alarms)
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
    failing = f"good tasks that fail {quantity(check.unhealthy_threshold, 'check')} while they boot"
    return (
        f"{failing} are replaced: the grace period is {duration(period)}, "
        f"and 19 of 20 tasks are healthy after {duration(needed)}"
    )


def _command(facts: Facts) -> str:
    operator = facts.scenario.operator
    ordered = any(s.signals.get("person", 0.0) for s in facts.strategies.values())
    result = COMMANDS.get(operator.first_command, "") if operator and ordered else ""
    after = duration(operator.retry_after) if operator else ""
    return result and f"{result}, and the next one follows {after} later"


#: Why a good release is undone, by signal and cause of its failures; "" is any cause.
UNDOING = {
    ("alarm", "failed_no_target"): "its own outage raises {alarm}, which takes {good} back",
    ("alarm", "failed_overload"): "its {tasks} are overloaded, and {alarm} takes {good} back",
    ("alarm", ""): "its own failures raise {alarm}, which takes {good} back",
    ("person", "failed_no_target"): "its own outage makes a person take {good} back",
    ("person", "failed_overload"): "its {tasks} are overloaded until a person takes {good} back",
    ("person", ""): "its own failures make a person take {good} back",
}
#: The same where the deployment itself fails nobody, by signal.
UNPROVOKED = {
    "alarm": "{alarm} takes {good} back although the deployment fails nobody",
    "person": "a person takes {good} back before they are live",
    "breaker": "the circuit breaker takes {good} back",
    "timeout": "new {tasks} are not {healthy} in time, and the controller takes {good} back",
    "hook": "a hook takes {good} back",
    "deadline": "there is no progress within the deadline, and {good} are taken back",
}


def fate(facts: Facts, strategy: StrategyFacts) -> str:
    """Return why a good release does not always ship; empty if it does or no reason is known."""
    good = strategy.good
    if good is None or good.ships >= 0.95:
        return ""
    missing = 1.0 - good.ships
    some = "" if missing > 0.95 else f"in {percent(missing)} of runs "
    if good.ends.get("good, undone", 0.0) >= missing / 2:
        names = facts.scenario.resolved_strategies[strategy.name].alarms
        alarm = f"the alarm {names[0]}" if len(names) == 1 else "an alarm"
        words = {"alarm": alarm, "good": "good releases"}
        too = ", too" if facts.bad and not facts.works and not some else ""
        undoing = facts.words.fill(_undoing(facts, good))
        return f"{some}{undoing.format(**words)}{too}"
    if good.ends.get("stuck", 0.0) >= missing / 2:
        return f"{some}{_stuck(facts, strategy)}"
    return f"{some or 'in all runs '}not live within {duration(facts.scenario.horizon)}"


def _undoing(facts: Facts, good: Good) -> str:
    """Return who takes a good release back, and why."""
    words = UNPROVOKED.get(good.signal, "it takes {good} back")
    if good.failed >= max(0.5, 0.01 * facts.failing_anyway):
        return UNDOING.get((good.signal, good.cause)) or UNDOING.get((good.signal, ""), words)
    sees = {
        "{alarm} is red already, which takes {good} back": "alarm_already_red" in facts.events,
        "{alarm} goes off by chance, which takes {good} back": "alarm_noise" in facts.events,
        "{alarm} sees what fails anyway, and takes {good} back": facts.failing_anyway >= 0.5,
    }
    known = (text for text, applies in sees.items() if applies and good.signal == "alarm")
    return next(known, words)


def _stuck(facts: Facts, strategy: StrategyFacts) -> str:
    """Return why a deployment can neither start nor stop a task."""
    rolling = facts.scenario.resolved_strategies[strategy.name]
    if not isinstance(rolling, Rolling):
        words = facts.words
        return f"{words.platform_name} may neither start nor {words.stop} a {words.task}"
    tasks = facts.scenario.service.desired_count
    low, high = rolling.minimum_healthy_percent, rolling.maximum_percent
    floor, cap = capacity_floor(tasks, low), capacity_cap(tasks, high)
    return (f"{low:g}/{high:g} on {tasks} task{'' if tasks == 1 else 's'}: at least {floor} must "
            f"be healthy, at most {cap} may run")  # fmt: skip


#: More alarms than these are counted instead of named.
MOST = 2


def unfair(facts: Facts) -> Iterator[str]:
    """Say which strategies have alarms, a breaker or hooks of their own, and what to set."""
    scenario = facts.scenario
    for key, say in SAYING.items():
        values = {n: getattr(s, key) for n, s in scenario.resolved_strategies.items()
                  if s.takes(key)}  # fmt: skip
        own = [name for name in differing_in(scenario, key) if name in values]
        most = max(values.values(), key=lambda value: say(value)[1], default=None)
        less = [name for name, value in values.items() if say(value)[1] < say(most)[1]]
        if not own or not less:
            continue
        rest = [name for name in values if name not in less]
        verb = "have" if len(less) > 1 else "has"
        (has, _, _), (others, _, wanted) = say(values[less[0]]), say(most)
        line = f": --set strategies.{less[0]}.{wanted}" if wanted else ""
        yield f"Unfair: {listed(less)} {verb} {has} here, {listed(rest)} {others}{line}."


def _alarms(names: Sequence[str]) -> tuple[str, int, str]:
    count = f"alarm{'s' * (len(names) > 1)} {listed(names)}" if names else ""
    count = f"{len(names)} alarms" if len(names) > MOST else count
    return count or "no alarm", len(names), f"alarms=[{','.join(names)}]"


def _breaker(breaker: CircuitBreaker) -> tuple[str, int, str]:
    on = breaker.enable + (breaker.enable and breaker.rollback)
    words = ("no circuit breaker", "a circuit breaker without rollback", "a circuit breaker")[on]
    return words, on, "circuit_breaker={enable: true, rollback: true}"


def _hooks(hooks: Sequence[Hook]) -> tuple[str, int, str]:
    n = len(hooks)
    return f"{n} hook{'' if n == 1 else 's'}" if n else "no hook", n, ""


#: Per key, its value in words, how much it sees, and the setting that gives it to another.
SAYING: dict[str, Callable[[Any], tuple[str, int, str]]] = {
    "alarms": _alarms, "circuit_breaker": _breaker, "hooks": _hooks,
}  # fmt: skip
