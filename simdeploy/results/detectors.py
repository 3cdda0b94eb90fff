"""Which signals watch a strategy, and until when; where that differs for no reason of AWS.

A comparison is fair if the same detectors watch every strategy as far as its controller can: the
circuit breaker exists for rolling deployments of ECS only, alarms act until the end of the bake
time (ECS) or of the whole deployment (CodeDeploy), hooks only where there are lifecycle events.
Scenarios come as they are read; this module needs to know no more of them than its names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Settings that decide what is noticed.
WATCHED = ("alarms", "circuit_breaker", "hooks")
FLAG = "until the last flag step"
UNTIL = {"ecs": "until bake ends", "code_deploy": "until termination wait ends"}


@dataclass(frozen=True, slots=True)
class Detector:
    """A signal that can end a deployment, until when it watches, and whether nobody has to look."""

    signal: str
    until: str = ""
    automatic: bool = True

    def __str__(self) -> str:
        return f"{self.signal} {self.until}".strip()


def detectors(scenario: Any) -> dict[str, tuple[Detector, ...]]:
    """Return what watches each strategy of a scenario."""
    person = () if scenario.operator is None else (Detector("operator", automatic=False),)
    return {
        name: (*_breaker(one), *_alarms(one), *_hooks(one), *person)
        for name, one in scenario.resolved_strategies.items()
    }


def _carrier(strategy: Any) -> Any:
    """Return the deployment that a feature flag rides on, or the strategy itself."""
    return getattr(strategy, "deploy", strategy)


def _breaker(strategy: Any) -> list[Detector]:
    breaker = getattr(_carrier(strategy), "circuit_breaker", None)
    return [Detector("breaker", "while tasks start")] if breaker and breaker.enable else []


def _alarms(strategy: Any) -> list[Detector]:
    names = strategy.alarms
    if not names:
        return []
    word = "alarm" if len(names) == 1 else "alarms"
    until = UNTIL.get(getattr(strategy, "controller", "custom"), "until the end")
    if hasattr(strategy, "deploy"):
        until = FLAG
    return [Detector(f"{word} {', '.join(names)}", until)]


def _hooks(strategy: Any) -> list[Detector]:
    carrier = _carrier(strategy)
    found = [Detector(f"hook {one.stage}") for one in getattr(carrier, "hooks", ()) if one.sees]
    if getattr(carrier, "approval", None) is not None:
        found.append(Detector("approval", automatic=False))
    return found


def unfair(scenario: Any) -> list[str]:
    """Return warnings of strategies that set their own detectors, unlike others that could."""
    own: dict[str, list[str]] = {}
    for key in WATCHED:
        for name in _differing(scenario, key):
            own.setdefault(name, []).append(key)
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in scenario.strategies:
        if name in own:
            groups.setdefault(tuple(own[name]), []).append(name)
    return [_warning(names, keys) for keys, names in groups.items()]


def _differing(scenario: Any, key: str) -> list[str]:
    """Return who sets a key itself, if not all that have the key end up with the same."""
    have = {n: one for n, one in scenario.resolved_strategies.items() if one.takes(key)}
    values = [getattr(one, key) for one in have.values()]
    if all(value == values[0] for value in values):
        return []
    shared = scenario.defaults.given()
    return [name for name in have if _is_own(scenario.strategies[name], have[name], key, shared)]


def _is_own(written: Any, resolved: Any, key: str, shared: Mapping[str, Any]) -> bool:
    """Return whether a strategy sets a key, and to something else than the defaults."""
    if key not in written.model_fields_set:
        return False
    return key not in shared or getattr(resolved, key) != shared[key]


def _warning(names: Sequence[str], own: Sequence[str]) -> str:
    keys = " and ".join(own)
    if len(names) == 1:
        return (f"{names[0]} sets its own {keys}: it differs from the others for another reason "
                "than its controller")  # fmt: skip
    return (f"{' and '.join(names)} set their own {keys}: they differ from the others for another "
            "reason than their controllers")  # fmt: skip
