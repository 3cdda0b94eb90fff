"""Strategies that are watched unequally, and the settings that make them equal."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simdeploy.report.answer.facts import Facts
from simdeploy.report.words import listed
from simdeploy.results.detectors import differing_in
from simdeploy.strategies import CircuitBreaker, Hook

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
    """Return alarms in words, how many, and the setting that gives them to another."""
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
