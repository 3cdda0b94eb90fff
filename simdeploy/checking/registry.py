"""The registry of findings: all rules, in the order of the documentation."""

from simdeploy.checking import capacity_rules, release_rules, watching_rules
from simdeploy.checking.rule import Rule

ORDER = (
    "breaker-off",
    "breaker-no-rollback",
    "breaker-blind",
    "grace-short",
    "percents-stuck",
    "no-room",
    "drain-short",
    "drain-long",
    "stop-short",
    "no-alarm",
    "alarm-cpu",
    "alarm-blind-overload",
    "alarm-blind-canary",
    "alarm-slow",
    "alarm-red",
    "over-capacity",
    "floor-capacity",
    "canary-small",
    "check-shallow",
    "check-optional",
    "no-previous",
    "horizon-short",
    "schema-not-expand",
    "no-operator",
    "bounds-idle",
)
#: Rules about what pods of Kubernetes do not have: ECS's scheduler, and AWS's load balancer.
NOT_OF_PODS = frozenset({
    "breaker-off", "breaker-no-rollback", "breaker-blind", "grace-short", "percents-stuck",
    "no-room", "drain-short", "drain-long", "stop-short", "floor-capacity", "check-shallow",
    "check-optional", "no-previous",
})  # fmt: skip
_ROWS = {r.id: r for r in (*watching_rules.ROWS, *capacity_rules.ROWS, *release_rules.ROWS)}
#: All rules, by id.
RULES: dict[str, Rule] = {name: _ROWS[name] for name in ORDER}
