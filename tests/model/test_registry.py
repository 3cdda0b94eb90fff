"""Every row of the registries has what it needs in each layer, and an effect."""

import pytest

from simdeploy.encode import environment, release
from simdeploy.engines import replicate
from simdeploy.model.registry import ALARM_METRICS, ENVIRONMENT_EVENTS, FAULT_KINDS, METRICS
from simdeploy.report.environment import TEXTS
from simdeploy.results.metrics import BY_NAME
from simdeploy.scenario.detection import THRESHOLDS
from simdeploy.scenario.events import EVENTS
from simdeploy.scenario.faults import FAULTS
from tests.small import small

SHALLOW = {"target_group": {"health_check": {"interval": 10}}}
#: A fault of each kind, other blocks that it needs, and the metrics that it raises.
FAULT_EFFECTS = {
    "boot_crash": ({"after": 2}, {}, ["failed_tasks"]),
    "crash": ({"after": 60}, {}, ["failed_tasks"]),
    "never_listens": ({}, {}, ["failed_tasks"]),
    "errors": ({"rate": 0.2}, {}, ["failed_app", "bad_s"]),
    "slow": ({"factor": 4}, {}, ["slow_requests", "p99_latency_s"]),
    "cold_start": ({"factor": 3, "for": 120}, {}, ["p99_latency_s"]),
    "silent": ({"noticed_after": 600}, {}, ["bad_s", "exposed_requests"]),
    "schema": ({"change": "destructive"}, {}, ["failed_schema"]),
    "side_effects": ({"per_request": 0.5}, {}, ["side_effects_left"]),
    "connections": (
        {"per_task": 100},
        {"service": {"max_connections": 700}},
        ["failed_refused"],
    ),
    "throttle": ({"rps_per_task": 10}, {}, ["failed_app"]),
    "container_check_fails": (
        {},
        {"service": {"container_health_check": {}}},
        ["failed_tasks"],
    ),
}
#: An event of each kind, other blocks that it needs, and the metrics that it changes.
EVENT_EFFECTS = {
    "slow_registry": ({"factor": 5}, {}, ["deployment_s"]),
    "registry_down": ({"until": 300, "fails_after": 5}, {}, ["failed_tasks"]),
    "capacity_unavailable": ({"until": 600}, {}, ["deployment_s"]),
    "task_crash": ({"at": 30, "tasks": 2}, {}, ["failed_tasks"]),
    "task_hang": ({"at": 30, "tasks": 2}, {}, ["failed_cut"]),
    "flaky_health_checks": ({"probability": 0.5}, {}, ["failed_tasks"]),
    "traffic_spike": ({"factor": 3}, {}, ["requests"]),
    "dependency_down": ({"until": 120}, {}, ["failed_app"]),
    "health_signal_missing": (
        {},
        {"service": {"startup": {"boot": 60}}},
        ["deployment_s"],
    ),
    "alarm_noise": ({"alarm": "a", "probability": 1}, {}, ["outcome"]),
    "alarm_already_red": (
        {"alarm": "a", "until": 7000},
        {"release": {"faults": [{"kind": "errors", "rate": 0.5}]}},
        ["outcome"],
    ),
}
#: A fault that each metric sees, a threshold, and other blocks.
METRIC_EFFECTS = {
    "target_5xx_rate": ({"kind": "errors", "rate": 0.5}, 0.1, {}),
    "elb_5xx_rate": ({"kind": "connections", "per_task": 100}, 0.01,
                     {"service": {"max_connections": 700}}),
    "any_5xx_rate": ({"kind": "errors", "rate": 0.5}, 0.1, {}),
    "p99_latency": ({"kind": "slow", "factor": 5}, 1.5, {}),
    "burn_rate": ({"kind": "errors", "rate": 0.5}, 10, {}),
    "cpu": ({"kind": "slow", "factor": 3}, 40, {}),
    "any_4xx_rate": ({"kind": "throttle", "rps_per_task": 5}, 0.1, {}),
    "elb_4xx_rate": ({"kind": "slow", "factor": 12}, 0.1, {}),
    "any_4xx_5xx_rate": ({"kind": "throttle", "rps_per_task": 5}, 0.1, {}),
    "unhealthy_targets": (
        {"kind": "never_listens"}, 0.0, {"service": {"health_check_grace_period": 900}}
    ),
}  # fmt: skip


def played(**blocks):
    """Return one run of the tiny scenario."""
    return replicate(small(**blocks), "it", seed=1, lo=0, hi=1, engine="process")[0]


def test_fault_kinds_are_complete():
    """A kind has a block and an encode function, a bit of its own and a test of its effect."""
    kinds = list(FAULT_KINDS)
    assert list(FAULTS) == kinds == list(FAULT_EFFECTS)
    assert sorted(release.FAULTS.kinds) == sorted(kinds)
    assert len({kind.bit for kind in FAULT_KINDS.values()}) == len(kinds)
    assert all(kind.words for kind in FAULT_KINDS.values())


def test_bits_of_fault_kinds_never_change():
    """A kind's bit names its draws; a new kind takes the next free one."""
    assert {name: kind.bit for name, kind in FAULT_KINDS.items()} == {
        "boot_crash": 0, "crash": 1, "never_listens": 2, "errors": 3, "slow": 4, "cold_start": 5,
        "silent": 6, "schema": 7, "side_effects": 8, "connections": 9, "throttle": 10,
        "container_check_fails": 11,
    }  # fmt: skip


@pytest.mark.parametrize("kind", FAULT_KINDS)
def test_a_fault_has_its_effect(kind):
    """A release with the fault does what its good twin does not."""
    keys, blocks, raised = FAULT_EFFECTS[kind]
    bad = played(release={"faults": [{"kind": kind, **keys}]}, **blocks)
    good = played(**blocks)
    assert all(bad[metric] > good[metric] for metric in raised)


def test_environment_events_are_complete():
    """An event has a block, an encode function, words for the story and a test of its effect."""
    events = list(ENVIRONMENT_EVENTS)
    assert list(EVENTS) == events == list(EVENT_EFFECTS)
    assert sorted(environment.EVENTS.kinds) == sorted(events)
    windows = {name for name, event in ENVIRONMENT_EVENTS.items() if event.window}
    assert list(TEXTS) == events
    assert windows == {name for name, texts in TEXTS.items() if texts.begins}
    assert windows == {name for name, texts in TEXTS.items() if texts.ends}
    without_clause = {name for name, texts in TEXTS.items() if not texts.clause}
    assert without_clause == {"task_crash", "task_hang", "alarm_already_red"}


@pytest.mark.parametrize("event", ENVIRONMENT_EVENTS)
def test_an_event_has_its_effect(event):
    """A run with the event differs in the numbers that it is about."""
    keys, blocks, changed = EVENT_EFFECTS[event]
    alarm = {"name": "a", "metric": "any_5xx_rate", "threshold": 0.1}
    watched = {
        "alarms": [alarm],
        "strategies": {"it": {"type": "rolling", "alarms": ["a"], "bake_time": 600}},
    }
    there = played(environment={"events": [{"kind": event, **keys}]}, **watched, **blocks)
    usual = played(**watched, **blocks)
    assert all(there[metric] != usual[metric] for metric in changed)


def test_alarm_metrics_are_complete():
    """A metric says how its threshold is written, has words, and a test of its effect."""
    assert list(ALARM_METRICS) == list(METRIC_EFFECTS)
    assert {metric.threshold for metric in ALARM_METRICS.values()} <= set(THRESHOLDS)
    assert all(metric.words for metric in ALARM_METRICS.values())


@pytest.mark.parametrize("metric", ALARM_METRICS)
def test_an_alarm_sees_what_its_metric_counts(metric):
    """A release with the fault is rolled back by the alarm, a good one is not."""
    fault, threshold, blocks = METRIC_EFFECTS[metric]
    slo = {"slo": 0.99} if metric == "burn_rate" else {}
    watched = {
        "alarms": [{"name": "a", "metric": metric, "threshold": threshold, **slo}],
        "strategies": {"it": {"type": "rolling", "alarms": ["a"], "bake_time": 900}},
        **blocks,
    }
    bad, good = played(release={"faults": [fault]}, **watched), played(**watched)
    assert (bad["outcome"], good["outcome"]) == (1, 0)


def test_results_are_registered():
    """Every metric has a row, and results find it by name."""
    assert list(BY_NAME) == [metric.name for metric in METRICS]


def test_throttled_requests_are_answered_429():
    """Six tasks, 100 requests/s, at most 10 each: 40 of 100 fail, and no 5xx alarm sees them.

    Arithmetic: with twelve targets 8.3 requests/s reach each, and none is throttled; with the six
    new ones 16.7 do, 10 are admitted, so that 40 of 100 fail for as long as they serve alone.
    """
    throttled = {"faults": [{"kind": "throttle", "rps_per_task": 10}]}
    alarm = {"name": "a", "metric": "any_5xx_rate", "threshold": 0.001}
    run = played(
        release=throttled,
        alarms=[alarm],
        strategies={"it": {"type": "rolling", "alarms": ["a"], "bake_time": 600}},
    )
    serving = 7200.0 - run["full_traffic_s"]
    assert run["outcome"] == 0
    assert run["failed_app"] == pytest.approx(40.0 * serving)
    assert run["failed_app"] == run["failed_requests"]
