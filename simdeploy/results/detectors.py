"""Which signals watch a strategy, and until when; where that differs for no reason of AWS.

A comparison is fair if the same detectors watch every strategy as far as its controller can: the
circuit breaker exists for rolling deployments of ECS only, alarms act until the end of the bake
time (ECS) or of the whole deployment (CodeDeploy), hooks only where there are lifecycle events.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simdeploy.scenario import Scenario
from simdeploy.scenario.kubernetes import controller_on
from simdeploy.strategies import FeatureFlag, Strategy

#: Settings that decide what is noticed.
WATCHED = ("alarms", "circuit_breaker", "hooks")
FLAG = "until the last flag step"
UNTIL = {
    "ecs": "until bake ends",
    "code_deploy": "until termination wait ends",
    "custom": "until the end",
}


@dataclass(frozen=True, slots=True)
class Detector:
    """A signal that can end a deployment, until when it watches, and whether it acts by itself."""

    signal: str
    until: str = ""
    automatic: bool = True

    def __str__(self) -> str:
        return f"{self.signal} {self.until}".strip()


def detectors(scenario: Scenario) -> dict[str, tuple[Detector, ...]]:
    """Return what watches each strategy of a scenario."""
    person = () if scenario.operator is None else (Detector("operator", automatic=False),)
    return {
        name: (
            *_breaker(strategy),
            *_alarms(strategy, scenario.platform),
            *_hooks(strategy),
            *person,
        )
        for name, strategy in scenario.resolved_strategies.items()
    }


def _breaker(strategy: Strategy) -> list[Detector]:
    enabled = strategy.carrier.circuit_breaker.enable
    return [Detector("breaker", "while tasks start")] if enabled else []


def _alarms(strategy: Strategy, platform: str) -> list[Detector]:
    names = strategy.alarms
    if not names:
        return []
    word = "alarm" if len(names) == 1 else "alarms"
    until = UNTIL[controller_on(platform, strategy)]
    until = FLAG if isinstance(strategy, FeatureFlag) else until
    return [Detector(f"{word} {', '.join(names)}", until)]


def _hooks(strategy: Strategy) -> list[Detector]:
    carrier = strategy.carrier
    hooks = [Detector(f"hook {hook.stage}") for hook in carrier.hooks if hook.sees]
    tests = carrier.tests[len(carrier.hooks) :]
    hooks += [Detector("tests at steps")] * any(test.sees for test in tests)
    person = [Detector("approval", automatic=False)] * bool(carrier.approvals)
    return hooks + person


def unfair(scenario: Scenario) -> list[str]:
    """Return warnings of strategies that set their own detectors, unlike others that could."""
    differing = {key: differing_in(scenario, key) for key in WATCHED}
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in scenario.strategies:
        own = tuple(key for key, names in differing.items() if name in names)
        groups.setdefault(own, []).append(name)
    return [_warning(names, own) for own, names in groups.items() if own]


def differing_in(scenario: Scenario, key: str) -> list[str]:
    """Return the strategies that set a key to something else than the defaults.

    None, if all strategies that have the key end up with the same value.
    """
    values = {
        name: getattr(strategy, key)
        for name, strategy in scenario.resolved_strategies.items()
        if strategy.takes(key)
    }
    if all(value == next(iter(values.values())) for value in values.values()):
        return []
    shared = scenario.defaults.given()
    return [
        name
        for name, value in values.items()
        if key in scenario.strategies[name].model_fields_set
        and (key not in shared or value != shared[key])
    ]


def _warning(names: Sequence[str], own: Sequence[str]) -> str:
    keys = " and ".join(own)
    if len(names) == 1:
        return (f"{names[0]} sets its own {keys}: it differs from the others for another reason "
                "than its controller")  # fmt: skip
    return (f"{' and '.join(names)} set their own {keys}: they differ from the others for another "
            "reason than their controllers")  # fmt: skip
