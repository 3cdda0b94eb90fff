"""Why a good release does not ship, and why releases end as they do around it."""

from simdeploy.report.answer.facts import Facts, Good, StrategyFacts
from simdeploy.report.words import duration, percent
from simdeploy.semantics.capacity import capacity_cap, capacity_floor
from simdeploy.strategies import Rolling

#: Why a good release is undone, by signal and cause of its failures; "" is any cause.
UNDOING = {
    ("alarm", "failed_no_target"): "its own outage raises {alarm}, which takes {good} back",
    ("alarm", "failed_overload"): "its tasks are overloaded, and {alarm} takes {good} back",
    ("alarm", ""): "its own failures raise {alarm}, which takes {good} back",
    ("person", "failed_no_target"): "its own outage makes a person take {good} back",
    ("person", "failed_overload"): "its tasks are overloaded until a person takes {good} back",
    ("person", ""): "its own failures make a person take {good} back",
}
#: The same where the deployment itself fails nobody, by signal.
UNPROVOKED = {
    "alarm": "{alarm} takes {good} back although the deployment fails nobody",
    "person": "a person takes {good} back before it is live",
    "breaker": "the circuit breaker takes {good} back",
    "timeout": "new tasks are not healthy in time, and the controller takes {good} back",
    "hook": "a hook takes {good} back",
}


def fate(facts: Facts, strategy: StrategyFacts) -> str:
    """Return why a good release does not always ship; empty if it does or no reason is known."""
    good = strategy.good
    if good is None or good.ships >= 0.95:
        return ""
    missing = 1.0 - good.ships
    some = "" if missing > 0.95 else f"in {percent(missing)} of runs "
    if good.ends.get("good, undone", 0.0) >= missing / 2:
        words = {"alarm": _alarm(strategy, facts), "good": "good releases"}
        too = ", too" if facts.bad and not facts.works and not some else ""
        return f"{some}{_undoing(facts, good).format(**words)}{too}"
    if good.ends.get("stuck", 0.0) >= missing / 2:
        return f"{some}{_stuck(facts, strategy)}"
    return f"{some or 'in all runs '}not live within {duration(facts.scenario.horizon)}"


def _alarm(strategy: StrategyFacts, facts: Facts) -> str:
    names = facts.scenario.resolved_strategies[strategy.name].alarms
    return f"the alarm {names[0]}" if len(names) == 1 else "an alarm"


def _undoing(facts: Facts, good: Good) -> str:
    """Return who takes a good release back, and why."""
    events = facts.events
    quiet = good.failed < max(0.5, 0.01 * facts.failing_anyway)
    if not quiet:
        own = UNDOING.get((good.signal, good.cause)) or UNDOING.get((good.signal, ""))
        return own or UNPROVOKED.get(good.signal, "it takes {good} back")
    if good.signal == "alarm" and "alarm_already_red" in events:
        return "{alarm} is red already, which takes {good} back"
    if good.signal == "alarm" and "alarm_noise" in events:
        return "{alarm} goes off by chance, which takes {good} back"
    if good.signal == "alarm" and facts.failing_anyway >= 0.5:
        return "{alarm} sees what fails anyway, and takes {good} back"
    return UNPROVOKED.get(good.signal, "it takes {good} back")


def _stuck(facts: Facts, strategy: StrategyFacts) -> str:
    """Return why a deployment can neither start nor stop a task."""
    rolling = facts.scenario.resolved_strategies[strategy.name]
    if not isinstance(rolling, Rolling):
        return "ECS may neither start nor stop a task"
    tasks = facts.scenario.service.desired_count
    low, high = rolling.minimum_healthy_percent, rolling.maximum_percent
    floor, cap = capacity_floor(tasks, low), capacity_cap(tasks, high)
    return (f"{low:g}/{high:g} on {tasks} task{'' if tasks == 1 else 's'}: at least {floor} must "
            f"be healthy, at most {cap} may run")  # fmt: skip
