"""The default knobs of a strategy of a scenario.

Ranges are those in common use on ECS, within what AWS accepts (``scenario.ranges``).
"""

from collections.abc import Iterator, Sequence

from simdeploy.model.registry import ALARM_METRICS
from simdeploy.scenario import Scenario
from simdeploy.strategies import FeatureFlag, Strategy
from simdeploy.tuning.knobs import Knob, make_knob

HEALTH_CHECK = {
    "interval": "5s:60s:5s",
    "timeout": "2s:10s:1s",
    "healthy_threshold": "2:5",
    "unhealthy_threshold": "2:5",
}
DRAIN = "0s,5s,10s,15s,30s,45s,60s,90s,120s,180s,240s,300s"
GRACE = "0s,15s,30s,45s,60s,90s,120s,180s,300s"
#: By key of the strategy; keys that the strategy or its controller lacks are left out.
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
#: By how the registry says that the metric's threshold is written.
THRESHOLD = {
    "share": "0.1%:10%",
    "seconds": "0.2s:10s",
    "factor": "1,2,3,5,7,10,14.4,20",
    "percent": "50,60,70,75,80,85,90,95,99",
}


def default_knobs(scenario: Scenario, strategy: str) -> tuple[Knob, ...]:
    """Return the knobs of a strategy: health checks, drain, pace, alarms."""
    chosen = scenario.resolved_strategies[strategy]
    checks = "target_group.health_check"
    knobs = [make_knob(f"{checks}.{key}", text) for key, text in HEALTH_CHECK.items()]
    knobs += [
        make_knob("target_group.deregistration_delay", DRAIN),
        make_knob("service.health_check_grace_period", GRACE),
    ]
    knobs += _strategy_knobs(chosen, f"strategies.{strategy}")
    if isinstance(chosen, FeatureFlag):
        knobs += _strategy_knobs(chosen.deploy, f"strategies.{strategy}.deploy")
    return (*knobs, *_alarm_knobs(scenario, chosen.alarms))


def _strategy_knobs(block: Strategy, path: str) -> list[Knob]:
    """Return the knobs of a strategy's block whose keys its controller takes."""
    fields = type(block).model_fields
    return [
        make_knob(f"{path}.{key}", text)
        for key, text in STRATEGY.items()
        if key in fields and block.takes(key)
    ]


def _alarm_knobs(scenario: Scenario, names: Sequence[str]) -> Iterator[Knob]:
    for alarm in scenario.alarms:
        if alarm.name in names:
            path = f"alarms.{alarm.name}"
            for key, text in (
                {"threshold": THRESHOLD[ALARM_METRICS[alarm.metric].threshold]} | ALARM
            ).items():
                yield make_knob(f"{path}.{key}", text)
