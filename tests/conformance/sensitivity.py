"""What the numbers that nobody publishes are worth: the main metrics at both ends of each."""

from functools import cache
from typing import NamedTuple

import numpy as np

from simdeploy import load_scenario
from simdeploy.engines import replicate

RUNS = 200
SCENARIO = "shallow-health-check"
STRATEGIES = ("rolling", "blue-green", "canary")
METRICS = {
    "failed_requests": "failed requests",
    "decision_s": "decided after, s",
    "rollback_s": "rolled back in, s",
    "deployment_s": "deployment took, s",
}


class Parameter(NamedTuple):
    """A key whose value is not known: the fact behind it, and both ends of what is plausible."""

    key: str
    fact: str
    low: str
    high: str
    shifting: bool = False  # a key of blue-green and canary


PARAMETERS = (
    Parameter("service.scheduler_tick", "ecs-scheduler-tick", "1s", "15s"),
    Parameter("service.control_plane.command", "ecs-command", "4s", "19s"),
    Parameter("service.control_plane.left_group", "ecs-stop-sequence", "0s", "3s"),
    Parameter("service.control_plane.exit_noticed", "ecs-stop-sequence", "0s", "15s"),
    Parameter("service.control_plane.replace.sick", "ecs-replacement-time", "7s", "41s"),
    Parameter("service.control_plane.replace.died", "ecs-replacement-time", "0s", "41s"),
    Parameter(
        "service.start_backoff.pauses",
        "ecs-start-backoff-curve",
        "[10s, 10s, 30s]",
        "[40s, 40s, 600s]",
    ),
    Parameter("service.startup.provisioning", "fargate-start-latency", "11s", "22s"),
    Parameter("service.startup.pull_mb_per_s", "fargate-start-latency", "12", "20"),
    Parameter("service.startup.container_start", "fargate-start-latency", "1s", "3s"),
    Parameter("service.draining_counts_to_maximum", "ecs-draining-counted", "false", "true"),
    Parameter(
        "defaults.circuit_breaker.counts_at", "ecs-breaker-counting-moment", "detect", "stop"
    ),
    Parameter("defaults.circuit_breaker.looks", "ecs-breaker-looks", "at_once", "at_next_start"),
    Parameter("defaults.bake_time", "ecs-bake-formula", "1m", "5m"),
    Parameter(
        "service.container_health_check.report_lag", "ecs-container-check-report", "0s", "20s"
    ),
    Parameter("target_group.health_check.first_check", "alb-first-check-delay", "0s", "3s"),
    Parameter("target_group.health_check.initial_passes", "alb-first-check", "1", "2"),
    Parameter("target_group.fail_open_includes_initial", "alb-fail-open-initial", "false", "true"),
    Parameter("target_group.weight_propagation", "alb-weight-propagation", "1s", "10s"),
    Parameter("target_group.deregistration_propagation", "alb-late-requests", "0s", "30s"),
    Parameter("controller_delay", "codedeploy-controller-delay", "5s", "120s", shifting=True),
    Parameter(
        "codedeploy_red_alarm", "codedeploy-alarm-already-red", "ignore", "stop", shifting=True
    ),
    Parameter("alarms.0.publish_delay", "cloudwatch-publish-delay", "30s", "120s"),
    Parameter("alarms.0.evaluation", "cloudwatch-evaluation", "0s", "60s"),
    Parameter("alarms.0.poll", "codedeploy-alarm-polling", "0s", "15s"),
)

#: Unpublished facts without a key: what is assumed instead.
ASSUMED = {
    "ecs-stop-order": "the lowest number goes first",
    "ecs-breaker-stage-one": "failed starts count in both stages",
    "ecs-deprovisioning": "0 s",
    "alb-initial-failures": "the unhealthy threshold",
    "alb-node-agreement": "one stream of checks",
    "codedeploy-linear-last-step": "no wait after the last step",
}


def applies(parameter, strategy):
    """Return whether a strategy has a parameter."""
    return strategy != "rolling" if parameter.shifting else True


def overrides(parameter, value, strategy):
    """Return how a scenario is told a value."""
    path = f"strategies.{strategy}." if parameter.shifting else ""
    return (f"{path}{parameter.key}={value}",)


@cache
def means(strategy, *told):
    """Return the means of the main metrics; those that did not happen in a run are left out."""
    scenario = load_scenario(SCENARIO, overrides=told)
    rows = replicate(scenario, strategy, seed=1, lo=0, hi=RUNS)
    return tuple(float(np.mean(rows[name][np.isfinite(rows[name])])) for name in METRICS)


def in_words(number):
    """Return a number with three figures.

    >>> in_words(12345.6), in_words(87.65), in_words(4.321)
    ('12300', '87.7', '4.32')
    """
    if number == 0:
        return "0"
    places = 2 - int(np.floor(np.log10(abs(number))))
    rounded = round(number, places)
    return f"{rounded:.{max(places, 0)}f}"


def cells(parameter, strategy):
    """Return what each metric moves to at both ends; a dash where nothing changes at all."""
    usual = means(strategy)
    low, high = (
        means(strategy, *overrides(parameter, value, strategy))
        for value in (parameter.low, parameter.high)
    )
    return [
        "–" if a == b == c else f"{in_words(a)} … {in_words(c)}"
        for a, b, c in zip(low, usual, high, strict=True)
    ]


def section(strategy):
    """Return one strategy's table."""
    head = " | ".join(METRICS.values())
    usual = " | ".join(in_words(one) for one in means(strategy))
    rows = [
        f"| `{one.key}` | {one.low} … {one.high} | {' | '.join(cells(one, strategy))} |"
        for one in PARAMETERS
        if applies(one, strategy)
    ]
    return "\n".join(
        [
            f"### {strategy}",
            "",
            f"| parameter | from … to | {head} |",
            "|---|---|---|---|---|---|",
            f"| as assumed | | {usual} |",
            *rows,
            "",
        ]
    )
