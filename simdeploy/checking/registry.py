"""The registry of findings: all rules, in the order of the documentation."""

from functools import cache

from simdeploy.checking import capacity_rules, release_rules, watching_rules
from simdeploy.checking.rule import Rule
from simdeploy.scenario.kubernetes import KUBERNETES
from simdeploy.scenario.vocabulary import Vocabulary

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


@cache
def rules_of(platform: str) -> dict[str, Rule]:
    """Return the rules about what a platform has, by id, in the platform's words."""
    words = Vocabulary(platform)
    skipped = NOT_OF_PODS if platform == KUBERNETES else frozenset()
    return {name: _ROWS[name].in_words(words) for name in ORDER if name not in skipped}


#: All rules, by id, in the words of ECS.
RULES = rules_of("ecs")
