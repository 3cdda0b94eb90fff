"""The knobs that are turned if none is named: those that exist for a strategy of a scenario.

Ranges are what people run on ECS, within what AWS takes; ``scenario.ranges`` holds AWS's own.
"""

from collections.abc import Iterator
from typing import Any

from simdeploy.strategies import FeatureFlag, Strategy
from simdeploy.tuning.knobs import Knob, knob

HEALTH_CHECK = {
    "interval": "5s:60s:5s",
    "timeout": "2s:10s:1s",
    "healthy_threshold": "2:5",
    "unhealthy_threshold": "2:5",
}
DRAIN = "0s,5s,10s,15s,30s,45s,60s,90s,120s,180s,240s,300s"
GRACE = "0s,15s,30s,45s,60s,90s,120s,180s,300s"
#: Per strategy's key; a key that the strategy or its controller lacks is left out.
STRATEGY = {
    "minimum_healthy_percent": "0,25,33,50,66,75,90,100",
    "maximum_percent": "100,110,125,133,150,175,200",
    "bake_time": "0s,1m,2m,3m,5m,10m,15m,30m",
    "termination_wait": "0s,5m,10m,15m,30m,1h,2h",
    "percent": "3,5,10,15,20,25,33,50",
    "wait": "1m,2m,3m,5m,10m,15m,30m",
    "every": "1m,2m,3m,5m,10m",
}
#: Load balancers and ECS publish a datapoint a minute, so shorter periods see nothing.
ALARM = {"period": "60s,120s,180s,300s", "datapoints": "1,2,3", "of": "1,2,3,5"}
THRESHOLD = {
    "target_5xx_rate": "0.1%:10%",
    "elb_5xx_rate": "0.1%:10%",
    "any_5xx_rate": "0.1%:10%",
    "p99_latency": "0.2s:10s",
    "burn_rate": "1,2,3,5,7,10,14.4,20",
    "cpu": "50,60,70,75,80,85,90,95,99",
}


def default_knobs(scenario: Any, strategy: str) -> tuple[Knob, ...]:
    """Return the knobs of a strategy: checks, drain, pace, watching."""
    chosen: Strategy = scenario.resolved_strategies[strategy]
    found = [knob(f"target_group.health_check.{key}", text) for key, text in HEALTH_CHECK.items()]
    found += [
        knob("target_group.deregistration_delay", DRAIN),
        knob("service.health_check_grace_period", GRACE),
    ]
    found += _of_strategy(chosen, f"strategies.{strategy}")
    if isinstance(chosen, FeatureFlag):
        found += _of_strategy(chosen.deploy, f"strategies.{strategy}.deploy")
    return (*found, *_of_alarms(scenario, chosen.alarms))


def _of_strategy(block: Strategy, path: str) -> list[Knob]:
    """Return the knobs of a strategy's block; a custom controller waits once, so it has no bake."""
    fields = type(block).model_fields
    return [
        knob(f"{path}.{key}", text)
        for key, text in STRATEGY.items()
        if key in fields and block.takes(key)
    ]


def _of_alarms(scenario: Any, names: Any) -> Iterator[Knob]:
    for alarm in scenario.alarms:
        if alarm.name in names:
            path = f"alarms.{alarm.name}"
            for key, text in ({"threshold": THRESHOLD[alarm.metric]} | ALARM).items():
                yield knob(f"{path}.{key}", text)
