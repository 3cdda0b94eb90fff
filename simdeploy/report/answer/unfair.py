"""Strategies that are watched unequally, and the settings that make them equal."""

from collections.abc import Iterator

from simdeploy.report.answer.facts import Facts
from simdeploy.report.words import listed
from simdeploy.results.detectors import differing
from simdeploy.strategies import Strategy

#: More alarms than these are counted instead of named.
MOST = 2


def unfair(facts: Facts) -> Iterator[str]:
    """Say which strategies have alarms, a breaker or hooks of their own, and what to set."""
    scenario = facts.scenario
    for key, say in {"alarms": _alarms, "circuit_breaker": _breaker, "hooks": _hooks}.items():
        values = {n: getattr(s, key) for n, s in scenario.resolved_strategies.items()
                  if s.takes(key)}  # fmt: skip
        own = [name for name in differing(scenario, key) if name in values]
        if len(own) == len(values):
            # Where all set their own, those unlike the one with most of them stand apart.
            most = max(values.values(), key=lambda value: len(str(value)), default=None)
            own = [name for name, value in values.items() if value != most]
        rest = [name for name in values if name not in own]
        if not own or not rest:
            continue
        has, others = (say(scenario.resolved_strategies[group[0]]) for group in (own, rest))
        verb = "have" if len(own) > 1 else "has"
        line = f": --set strategies.{own[0]}.{others[1]}" if others[1] else ""
        yield f"Unfair: {listed(own)} {verb} {has[0]} here, {listed(rest)} {others[0]}{line}."


def _alarms(strategy: Strategy) -> tuple[str, str]:
    """Return a strategy's alarms in words, and the setting that gives them to another."""
    names = strategy.alarms
    count = f"{len(names)} alarms" if len(names) > MOST else listed([f"alarm {n}" for n in names])
    return count or "no alarm", f"alarms=[{','.join(names)}]"


def _breaker(strategy: Strategy) -> tuple[str, str]:
    on = strategy.carrier.circuit_breaker.enable
    words = "a circuit breaker" if on else "no circuit breaker"
    return words, f"circuit_breaker.enable={str(on).lower()}"


def _hooks(strategy: Strategy) -> tuple[str, str]:
    n = len(strategy.carrier.hooks)
    return f"{n} hook{'' if n == 1 else 's'}" if n else "no hook", ""
