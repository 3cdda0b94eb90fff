"""Findings on canaries, health checks, schema changes, and on who takes a release back."""

import math

from simdeploy.checking import numbers
from simdeploy.checking.rule import Held, Rule, Situation
from simdeploy.checking.situations import (
    BLIP,
    BLIP_FROM,
    BLIP_UNTIL,
    ERRORS_5,
    ERRORS_30,
    WRONG_PORT,
)
from simdeploy.checking.subject import FirstStep, Subject, error_threshold, percent, seeing, time
from simdeploy.scenario.faults import Schema
from simdeploy.strategies import TrafficSteps

DEPTH = "target_group.health_check.depth"
HOUR = 3600.0

#: Numbers that differ by less are equal.
ROUNDING = 1e-9
#: Errors and requests that a canary's first step must see.
LEAST_ERRORS, LEAST_REQUESTS = 5.0, 100.0


def _canary_small(s: Subject) -> Held | None:
    first, watching = s.first_step, seeing(s.alarms)
    if first is None or not watching:
        return None
    threshold = min(error_threshold(alarm) for alarm in watching)
    requests = first.percent / 100.0 * s.rate * first.wait
    errors = requests * threshold
    if errors >= LEAST_ERRORS - ROUNDING and requests >= LEAST_REQUESTS - ROUNDING:
        return None
    seen = f"{errors:.2g} error{'' if f'{errors:.2g}' == '1' else 's'}"
    why = (f"the first step sends {requests:,.3g} requests to the new version; at the alarm's "
           f"{percent(threshold)} that is {seen}, too few to tell")  # fmt: skip
    needed = max(LEAST_REQUESTS, LEAST_ERRORS / threshold if threshold else 0.0)
    return Held(why, (first.path, s.path), _for_requests(s, first, needed))


def _for_requests(s: Subject, first: FirstStep, needed: float) -> tuple[str, ...]:
    """Return a longer wait, of an hour at most, else a larger share, for so many requests."""
    if s.rate <= 0.0:
        return ()
    wait = s.whole_minutes(needed * 100.0 / (first.percent * s.rate))
    if wait <= HOUR:
        return (f"{first.path}={time(wait)}",)
    wait = max(HOUR, first.wait)
    share = math.ceil(100.0 * needed / (s.rate * wait) - 1e-9)
    if share >= 50:
        return ()
    return (f"{first.percent_path}={share}", f"{first.path}={time(wait)}")


def _check_shallow(s: Subject) -> Held | None:
    if not s.has_balancer or s.scenario.target_group.health_check.depth != "shallow":
        return None
    why = "the health check does not see errors of the application: failing tasks count as healthy"
    return Held(why, (DEPTH,), (f"{DEPTH}=deep",))


def _check_optional(s: Subject) -> Held | None:
    check = s.scenario.target_group.health_check
    reached = check.interval * check.unhealthy_threshold <= BLIP_UNTIL - BLIP_FROM
    if not s.has_balancer or check.depth != "deep" or not reached:
        return None
    why = ("the health check needs the dependencies: when one is down, every task fails its check "
           "at once and is replaced")  # fmt: skip
    return Held(why, (DEPTH, "target_group.health_check"), (f"{DEPTH}=shallow",),
                "leave out of the check what users could do without")  # fmt: skip


def _no_operator(s: Subject) -> Held | None:
    if s.scenario.operator is not None or s.carrier.circuit_breaker.enable:
        return None
    if any(alarm.metric == "unhealthy_targets" for alarm in s.alarms):
        return None
    if getattr(s.carrier, "on_deadline", "none") == "undo":
        return None
    words = s.words
    why = (f"nobody is on call, and {words.no_watch} sees {words.tasks} that never become "
           f"{words.healthy}")  # fmt: skip
    return Held(why, ("operator", s.path), ("operator={notices: 5m}",), "somebody on call")


#: What makes somebody go back.
AND_ERRORS = Situation("this release, with 30 % errors on top")


def _schema_not_expand(s: Subject) -> Held | None:
    if len(s.scenario.chain) != 1:
        return None
    changes = [wrong for wrong in s.scenario.chain[0].effective_faults if isinstance(wrong, Schema)]
    if not changes or changes[0].change == "expand":
        return None
    home = "release" if s.scenario.releases is None else "releases.0"
    path = f"{home}.faults.schema"
    why = (f"the release changes the schema by {changes[0].change} in one step: old and new "
           "versions serve side by side, and going back does not take the data back")  # fmt: skip
    bad = AND_ERRORS._replace(settings=(f"{home}.faults.+={{kind: errors, rate: 30%}}",))
    words = "expand first, and contract in a later release"
    return Held(why, (f"{path}.change", path), (f"{path}.change=expand",), words, bad)


def _no_previous(s: Subject) -> Held | None:
    if s.previous is not False:
        return None
    why = "the files name no revision to go back to; a rollback by hand needs its ARN"
    words = "save describe-task-definition of the revision that runs before each release"
    return Held(why, ("service.name",), (), words)


#: Bounds that say nothing beside a router.
BOUNDS = ("max_surge", "max_unavailable")


def _bounds_idle(s: Subject) -> Held | None:
    if not isinstance(s.strategy, TrafficSteps) or s.strategy.pods_as_weights:
        return None
    idle = [key for key in BOUNDS if key in s.strategy.model_fields_set]
    if not idle:
        return None
    keys, verb = " and ".join(idle), "change" if len(idle) > 1 else "changes"
    why = f"beside a router, which splits the traffic, {keys} {verb} nothing"
    words = "leave out, or set pods_as_weights: true where there is no router"
    return Held(why, tuple(f"{s.path}.{key}" for key in idle), (), words)


ROWS = (
    Rule(
        id="canary-small",
        severity="warning",
        title="the first step is too small to tell",
        holds="percent × rate × wait of the first step < 100 requests, or × threshold < 5 errors",
        condition=_canary_small,
        situation=ERRORS_5,
        numbers=(numbers.UNDONE_EARLY, numbers.FAILED),
        mends="the wait, or the share, that gives so many",
    ),
    Rule(
        id="check-shallow",
        severity="warning",
        title="the health check does not see the application's errors",
        holds="the depth of the health check is shallow",
        condition=_check_shallow,
        situation=ERRORS_30,
        numbers=(numbers.FAILED, numbers.DECIDED),
        mends="a deep check",
    ),
    Rule(
        id="check-optional",
        severity="note",
        title="the health check fails with a dependency",
        holds="the depth is deep, and interval × unhealthy threshold is at most 2 minutes",
        condition=_check_optional,
        situation=BLIP,
        numbers=(numbers.FAILED_ALL, numbers.KILLED),
        mends="a check without the dependency",
    ),
    Rule(
        id="no-previous",
        severity="note",
        title="no previous revision is known",
        holds="imported files with neither a previous task definition nor a second deployment",
        condition=_no_previous,
        situation=None,
        numbers=(),
        mends="the ARN of the revision before, written down",
    ),
    Rule(
        id="schema-not-expand",
        severity="warning",
        title="the release changes the schema in one step",
        holds="a single release with a schema change other than expand",
        condition=_schema_not_expand,
        situation=AND_ERRORS,
        numbers=(numbers.SCHEMA, numbers.UNREADABLE),
        mends="expand first, contract in a later release",
    ),
    Rule(
        id="no-operator",
        severity="warning",
        title="nobody notices a release that never gets {healthy}",
        holds="no {operator}, {no_signal}",
        condition=_no_operator,
        situation=WRONG_PORT,
        numbers=(numbers.OPEN, numbers.DECIDED),
        mends="somebody on call",
    ),
    Rule(
        id="bounds-idle",
        severity="note",
        title="bounds of pods have no effect",
        holds="traffic_steps has max_surge or max_unavailable, and pods_as_weights is false",
        condition=_bounds_idle,
        situation=None,
        numbers=(),
        mends="the keys left out, or pods_as_weights where there is no router",
    ),
)
