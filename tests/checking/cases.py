"""For each finding: settings of the base service that have it, and settings beside that do not.

Both are as near to the condition's boundary as a file can say it.
"""

from typing import NamedTuple

from simdeploy.scenario.explaining import validated
from simdeploy.scenario.loading import load_tree
from simdeploy.scenario.merging import override

CPU = ("alarms.checkout-5xx.metric=cpu", "alarms.checkout-5xx.threshold=90")
BOOT = ("service.startup.boot=40s", "target_group.health_check.first_check=3s")
STREAM = "traffic.long_requests={share: 1%, duration: 45s, streams: true}"
QUICK = ("alarms.checkout-5xx.publish_delay=60s", "alarms.checkout-5xx.evaluation=60s")
MISMATCH = "release.faults=[{{kind: schema, change: {}}}]"
HALF = ("strategies.rolling.minimum_healthy_percent=50", "strategies.rolling.maximum_percent=100")
FLOOR = "strategies.rolling.minimum_healthy_percent=50"


class Case(NamedTuple):
    """A strategy, and settings with and without the finding.

    ``shown``: settings whose consequence a simulation shows; by default those at the boundary.
    """

    id: str
    strategy: str
    has: tuple[str, ...]
    has_not: tuple[str, ...]
    shown: tuple[str, ...] = ()


CASES = (
    Case("breaker-off", "rolling", ("defaults.circuit_breaker.enable=false",), ()),
    Case("breaker-no-rollback", "rolling", ("defaults.circuit_breaker.rollback=false",), ()),
    Case("breaker-blind", "rolling", ("defaults.alarms=[]",), ()),
    Case(
        "grace-short",
        "rolling",
        (*BOOT, "service.health_check_grace_period=64s"),
        (*BOOT, "service.health_check_grace_period=65s"),
        (*BOOT, "service.health_check_grace_period=0s"),
    ),
    Case(
        "percents-stuck",
        "rolling",
        ("strategies.rolling.maximum_percent=116",),
        ("strategies.rolling.maximum_percent=117",),
    ),
    Case(
        "no-room",
        "rolling",
        (*HALF, "target_group.deregistration_delay=60s"),
        (*HALF, "target_group.deregistration_delay=59s"),
    ),
    Case(
        "drain-short",
        "rolling",
        (STREAM, "target_group.deregistration_delay=44s"),
        (STREAM, "target_group.deregistration_delay=45s"),
        (STREAM, "target_group.deregistration_delay=5s"),
    ),
    Case(
        "drain-long",
        "rolling",
        ("target_group.deregistration_delay=61s",),
        ("target_group.deregistration_delay=60s",),
    ),
    Case(
        "stop-short",
        "rolling",
        ("service.shutdown=31s",),
        ("service.shutdown=30s",),
        (STREAM, "service.shutdown=60s", "service.finishes_work=true", "service.sigterm=at_order"),
    ),
    Case("no-alarm", "canary", ("defaults.alarms=[]",), ()),
    Case("alarm-cpu", "canary", CPU, ()),
    Case(
        "alarm-blind-overload",
        "blue-green",
        ("traffic.client_timeout=59s",),
        ("traffic.client_timeout=60s",),
        ("traffic.client_timeout=10s",),
    ),
    Case(
        "alarm-blind-canary",
        "canary",
        ("alarms.checkout-5xx.threshold=0.5%",),
        ("alarms.checkout-5xx.threshold=0.49%",),
    ),
    Case(
        "alarm-slow",
        "canary",
        (*QUICK, "strategies.canary.wait=2m"),
        (*QUICK, "strategies.canary.wait=3m"),
    ),
    Case("alarm-red", "canary", ("service.base_error_rate=1.1%",), ("service.base_error_rate=1%",)),
    Case("over-capacity", "rolling", ("traffic.rate=361",), ("traffic.rate=360",)),
    Case(
        "floor-capacity",
        "rolling",
        (FLOOR, "traffic.rate=181"),
        (FLOOR, "traffic.rate=180"),
        (FLOOR, "traffic.rate=300"),
    ),
    Case("canary-small", "canary", ("traffic.rate=16",), ("traffic.rate=17",), ("traffic.rate=4",)),
    Case(
        "check-shallow",
        "rolling",
        ("target_group.health_check.depth=shallow",),
        (),
        ("target_group.health_check.depth=shallow", "defaults.alarms=[]", "operator=null"),
    ),
    Case(
        "check-optional",
        "rolling",
        ("target_group.health_check.interval=60s",),
        ("target_group.health_check.interval=61s",),
    ),
    Case("horizon-short", "blue-green", ("horizon=3599s",), ("horizon=3600s",)),
    Case(
        "schema-not-expand",
        "canary",
        (MISMATCH.format("mismatch"),),
        (MISMATCH.format("expand"),),
    ),
    Case("no-operator", "blue-green", ("operator=null",), ()),
)


def tree(*settings):
    """Return the base service under settings, as a tree."""
    root = load_tree("happy-path")
    for setting in settings:
        root = override(root, setting)
    return root


def made(*settings):
    """Return the base service under settings."""
    return validated(tree(*settings))
