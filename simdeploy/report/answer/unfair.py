"""Strategies that are watched unequally, and the settings that make them equal."""

from collections.abc import Iterator

from simdeploy.report.answer.facts import Facts
from simdeploy.report.words import listed
from simdeploy.results.detectors import differing


def unfair(facts: Facts) -> Iterator[str]:
    """Say which strategies have alarms, a breaker or hooks of their own, and what to set."""
    scenario = facts.scenario
    for key, say in {"alarms": _alarms, "circuit_breaker": _breaker, "hooks": _hooks}.items():
        own = differing(scenario, key)
        strategies = {n: s for n, s in scenario.resolved_strategies.items() if s.takes(key)}
        rest = [name for name in strategies if name not in own]
        # Where all set their own, those that have least stand apart.
        if own and not rest:
            most = max(strategies, key=lambda name: len(str(getattr(strategies[name], key))))
            rest = [n for n, s in strategies.items() if getattr(s, key) == getattr(strategies[most], key)]
            own = [name for name in strategies if name not in rest]
        if not own or not rest:
            continue
        has, setting = say(strategies[own[0]])
        others, wanted = say(strategies[rest[0]])
        verb = "have" if len(own) > 1 else "has"
        line = f": --set strategies.{own[0]}.{wanted}" if wanted else ""
        yield f"Unfair: {listed(own)} {verb} {has} here, {listed(rest)} {others}{line}."
        del setting


def _alarms(strategy) -> tuple[str, str]:
    names = strategy.alarms
    count = f"{len(names)} alarms" if len(names) > 2 else listed([f"the alarm {n}" for n in names])
    return count or "no alarm", f"alarms=[{','.join(names)}]"


def _breaker(strategy) -> tuple[str, str]:
    on = strategy.carrier.circuit_breaker.enable
    return ("a circuit breaker" if on else "no circuit breaker",
            f"circuit_breaker.enable={str(on).lower()}")  # fmt: skip


def _hooks(strategy) -> tuple[str, str]:
    n = len(strategy.carrier.hooks)
    return ("no hook" if not n else "a hook" if n == 1 else f"{n} hooks"), ""
