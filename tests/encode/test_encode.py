"""Scenarios made flat: every key reaches its number, and what has no room is refused by name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.encode import encode
from simdeploy.encode.environment import daily_rates, rates
from simdeploy.encode.release import rungs
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants, delays
from simdeploy.model.registry import FAULT_KINDS
from simdeploy.scenario import Scenario
from simdeploy.scenario.faults import FAULTS
from simdeploy.semantics import alarms, faults, operator, plan, schema
from tests.probes import during, faulty, rolling
from tests.small import BASE, small

ALARM = {"name": "a", "metric": "any_5xx_rate", "threshold": 0.25}


def flat(strategy=None, *, twin=False, **above):
    """Return the tiny scenario made flat."""
    return encode(small(strategy, **above), "it", twin=twin)


def watched(**above):
    """Return a flat alarm that a rolling deployment listens to."""
    told = {"alarms": [{**ALARM, **above}], "defaults": {"alarms": ["a"]}}
    return flat(**told).alarms[0]


def uniform(low, high):
    """Return a uniform distribution."""
    return {"distribution": "uniform", "low": low, "high": high}


# Keys and numbers.

#: A block and a key of the scenario file, a value, the field of the model, the number there.
KEYS = [
    ("service", "desired_count", 9, "desired_count", 9),
    ("service", "slots", 11, "task_slots", 11),
    ("service", "slots", None, "task_slots", constants.NO_CAP),
    ("service", "launch_rate", 5, "launch_rate", 5),
    ("service", "launch_burst", 50, "launch_burst", 50),
    ("service", "replace_with_same_revision", False, "replaces_with_same_revision", 0),
    ("service", "max_connections", 800, "max_connections", 800),
    ("service", "max_connections", None, "max_connections", 0),
    ("service", "slo_latency", 2, "slo_latency", 2),
    ("service", "cancels_abandoned", True, "cancels_abandoned", 1),
    ("service", "base_error_rate", 0.001, "base_error_rate", 0.001),
    ("service", "stop_timeout", 60, "stop_timeout", 60),
    ("service", "health_check_grace_period", 90, "grace_period", 90),
    ("service", "scheduler_tick", 5, "scheduler_tick", 5),
    ("service", "draining_counts_to_maximum", True, "draining_counts", 1),
    ("service", "stop_before_start", False, "stop_before_start", 0),
    ("service", "start_backoff", {"pauses": [7, 9]}, "n_pauses", 2),
    ("service", "start_backoff", {"pauses": [7], "cap": 70}, "backoff_cap", 70),
    ("target_group", "deregistration_delay", 30, "deregistration_delay", 30),
    ("target_group", "slow_start", 40, "slow_start", 40),
    ("target_group", "fail_open", False, "fail_open", 0),
    ("target_group", "fail_open_min_count", 3, "fail_open_min_count", 3),
    ("target_group", "fail_open_includes_initial", True, "fail_open_includes_initial", 1),
    ("target_group", "health_check", {"interval": 10}, "check_interval", 10),
    ("target_group", "health_check", {"healthy_threshold": 4}, "healthy_threshold", 4),
    ("target_group", "health_check", {"unhealthy_threshold": 3}, "unhealthy_threshold", 3),
    ("target_group", "health_check", {"initial_passes": 2}, "initial_passes", 2),
    ("target_group", "health_check", {"initial_passes": "healthy_threshold"}, "initial_passes", 5),
    ("target_group", "health_check", {"depth": "deep"}, "deep_checks", 1),
    ("target_group", "health_check", {"queued": True}, "queued_checks", 1),
    ("traffic", "client_timeout", 7, "client_timeout", 7),
    ("traffic", "client_timeout", 60, "overload_is_5xx", 1),
    ("traffic", "client_timeout", 59, "overload_is_5xx", 0),
    ("traffic", "sampled", True, "samples_alarms", 1),
    ("traffic", "websockets", {"open": 600}, "websockets", 600),
]


@pytest.mark.parametrize(
    ("block", "key", "value", "field", "number"),
    KEYS,
    ids=[f"{row[0]}-{row[3]}-{row[4]}" for row in KEYS],
)
def test_a_key_reaches_its_field(block, key, value, field, number):
    """What the file says is what both engines read."""
    assert flat(**{block: {key: value}})[field] == number


@pytest.mark.parametrize(
    ("block", "key", "row"),
    [("startup", "provisioning", delays.PROVISIONING), ("startup", "pull", delays.PULL),
     ("startup", "container_start", delays.CONTAINER_START),
     ("startup", "boot", delays.BOOT),
     ("service", "shutdown", delays.SHUTDOWN),
     ("health_check", "first_check", delays.FIRST_CHECK),
     ("target_group", "deregistration_propagation", delays.DEREGISTRATION),
     ("target_group", "weight_propagation", delays.WEIGHT)],
)  # fmt: skip
def test_a_distribution_reaches_its_row(block, key, row):
    """Each has a row of its own: kind 1 from 2 to 3 s."""
    told = {key: uniform(2, 3)}
    outer = {"startup": ("service", {"startup": told}),
             "health_check": ("target_group", {"health_check": told})}  # fmt: skip
    name, value = outer.get(block, (block, told))
    assert tuple(flat(**{name: value}).distributions[row]) == (1, 2, 3, 0)


def test_quantiles_are_kept_beside():
    """A distribution without a formula has a table, and no two share one."""
    gamma = {"distribution": "gamma", "shape": 2, "scale": 5}
    startup = {"provisioning": gamma, "pull": gamma, "container_start": 3, "boot": 0}
    m = flat(service={"startup": startup})
    found = [tuple(m.distributions[row]) for row in (delays.PROVISIONING, delays.PULL)]
    assert [row[0] for row in found] == [4, 4]
    assert [row[3] for row in found] == [0, 1]
    assert (np.diff(m.quantile_tables[0]) > 0).all()


def test_a_task_that_ignores_sigterm_takes_its_whole_timeout():
    """Whatever its shutdown says, SIGKILL ends it (ecs-stop-timeout)."""
    m = flat(service={"ignores_sigterm": True, "stop_timeout": 45, "shutdown": 1})
    assert tuple(m.distributions[delays.SHUTDOWN])[:2] == (0, 45)


@pytest.mark.parametrize(
    ("task", "hourly"),
    [({"vcpu": 1, "memory_gb": 2}, 0.04937),
     ({"vcpu": 1, "memory_gb": 2, "architecture": "arm64"}, 0.0395),
     ({"vcpu": 2, "memory_gb": 4, "vcpu_hour_usd": 1, "gb_hour_usd": 0.5}, 4.0)],
    ids=["fargate-prices-x86", "fargate-prices-arm", "own-prices"],
)  # fmt: skip
def test_prices(task, hourly):
    """A task's price follows from its size, and from one's own prices where they are told."""
    m = flat(service={"task": task})
    assert m.task_hour_usd == pytest.approx(hourly)
    assert m.billed_minimum == 60


# Strategies.


@pytest.mark.parametrize(
    ("strategy", "controller", "groups", "unlistened"),
    [
        (rolling(), alarms.ECS_ROLLING, 1, 0),
        ({"type": "recreate"}, alarms.ECS_ROLLING, 1, 0),
        ({"type": "blue_green"}, alarms.CODE_DEPLOY, 2, 0),
        ({"type": "blue_green", "test_listener": False}, alarms.CODE_DEPLOY, 2, 0),
        (
            {"type": "blue_green", "test_listener": False, "first_deployment": True},
            alarms.CODE_DEPLOY,
            2,
            1,
        ),
        ({"type": "blue_green", "first_deployment": True}, alarms.CODE_DEPLOY, 2, 0),
        ({"type": "blue_green", "controller": "ecs"}, alarms.ECS_NATIVE, 2, 0),
        ({"type": "linear", "controller": "custom"}, alarms.CODE_DEPLOY, 2, 0),
        ({"type": "traffic_steps", "steps": [{"percent": 100}]}, alarms.CODE_DEPLOY, 2, 0),
        ({"type": "feature_flag"}, alarms.ECS_ROLLING, 1, 0),
        ({"type": "feature_flag", "deploy": {"type": "blue_green"}}, alarms.CODE_DEPLOY, 2, 0),
    ],
    ids=["rolling", "recreate", "code-deploy", "codedeploy-idle-group-attached",
         "alb-unused-group-unchecked", "first-with-listener", "ecs-native",
         "custom", "traffic-steps", "flag", "flag-over-blue-green"],
)  # fmt: skip
def test_who_carries_it_out(strategy, controller, groups, unlistened):
    """Controller and target groups follow from the strategy, or from the one below a flag."""
    m = flat(strategy)
    assert (m.controller, m.n_groups, m.checks_wait_for_shift) == (controller, groups, unlistened)


def test_a_plan_is_written_as_it_stands():
    """Opcodes and arguments, row by row."""
    m = flat({"type": "canary", "termination_wait": 60})
    told = [tuple(row) for row in m.plan[: m.n_steps]]
    assert told == [
        (plan.START_NEW_TASKS, 1, 0), (plan.AWAIT_HEALTHY, 3600, 0), (plan.TEST_TRAFFIC, 0, 0),
        (plan.SHIFT_TRAFFIC, 10, 0), (plan.WAIT, 300, 0), (plan.SHIFT_TRAFFIC, 100, 0),
        (plan.BAKE, 60, 0), (plan.STOP_OLD_TASKS, 1, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "desired", "threshold"),
    [({}, 25, 13), ({"threshold": 100}, 25, 25), ({}, 6, 3), ({}, 800, 200),
     ({"threshold_type": "UNBOUNDED_PERCENT"}, 800, 400),
     ({"threshold_type": "COUNT", "threshold": 7}, 800, 7)],
    ids=lambda value: f"ecs-breaker-threshold-{value}" if isinstance(value, int) else None,
)  # fmt: skip
def test_breaker(told, desired, threshold):
    """The threshold is a number of failures by the time a run begins."""
    traffic = {"rate": 1}
    m = flat(rolling(circuit_breaker={"enable": True, **told}), traffic=traffic,
             service={"desired_count": desired})  # fmt: skip
    assert (m.breaker_enabled, m.breaker_rolls_back, m.breaker_threshold) == (1, 0, threshold)


@pytest.mark.parametrize(
    ("word", "counts"), [("auto", 1), (True, 1), (False, 0)], ids=["auto", "yes", "no"]
)
def test_exits_count_where_there_is_a_check(word, counts):
    """There always is a load balancer's check here (ecs-breaker-exits)."""
    assert flat(rolling(circuit_breaker={"counts_exits": word})).breaker_counts_exits == counts


def test_code_deploy_has_no_breaker():
    """Defaults for others do not reach it (codedeploy-no-breaker)."""
    m = flat({"type": "blue_green"}, defaults={"circuit_breaker": {"enable": True}})
    assert m.breaker_enabled == 0


def test_hooks_and_who_is_asked():
    """In the strategy's order, the person last, each with what it may see."""
    hooks = [{"stage": "PRODUCTION_TRAFFIC_SHIFT", "duration": uniform(1, 2), "sees": ["errors"]},
             {"stage": "PRE_SCALE_UP", "timeout": 60, "never_answers": True},
             {"stage": "PRODUCTION_TRAFFIC_SHIFT", "chance": 0.5}]  # fmt: skip
    approval = {"answers_after": 30, "timeout": 90, "sees": ["slow", "crash"]}
    m = flat({"type": "blue_green", "controller": "ecs", "hooks": hooks, "approval": approval})
    rows = [tuple(row) for row in m.hooks[:4]]
    assert [row[1:] for row in rows] == [
        (86400, 0, FAULT_KINDS["errors"].mask, 1), (60, 1, 0, 1), (86400, 0, 0, 0.5),
        (90, 0, FAULT_KINDS["slow"].mask | FAULT_KINDS["crash"].mask, 1),
    ]  # fmt: skip
    assert tuple(m.distributions[rows[0][0]])[:3] == (1, 1, 2)
    assert m.distributions[rows[3][0]][1] == 30
    # Those of the shift run again on the way back (ecs-native-hook-on-rollback).
    assert list(m.rollback_hooks[: m.n_rollback_hooks]) == [0, 2]


def test_code_deploy_runs_no_hook_on_the_way_back():
    """Its rollback is another deployment."""
    hooks = [{"stage": "BeforeAllowTraffic"}]
    assert flat({"type": "blue_green", "hooks": hooks}).n_rollback_hooks == 0


def test_a_flag_counts_its_shares():
    """Users see the feature in levels, and level 0 is nobody."""
    shares = [{"percent": 5}, {"percent": 50}, {"percent": 100}]
    m = flat({"type": "feature_flag", "steps": shares})
    assert (m.has_flag, m.full_flag_level) == (1, 3)
    assert list(m.flag_shares[:4]) == [0, 0.05, 0.5, 1]
    told = [row["b"] for row in m.plan[: m.n_steps] if row["op"] == plan.SET_FLAG]
    assert told == [1, 2, 3]


# Who watches.


@pytest.mark.parametrize(
    ("metric", "number"),
    [("target_5xx_rate", alarms.TARGET_5XX), ("elb_5xx_rate", alarms.ELB_5XX),
     ("any_5xx_rate", alarms.ANY_5XX), ("p99_latency", alarms.P99), ("cpu", alarms.CPU)],
)  # fmt: skip
def test_metrics_of_alarms(metric, number):
    """Each metric has its number."""
    assert watched(metric=metric).metric == number


@pytest.mark.parametrize(
    ("key", "value", "field", "number"),
    [("scope", "service", "scope", alarms.OF_SERVICE), ("scope", "new", "scope", alarms.OF_NEW),
     ("scope", "old", "scope", alarms.OF_OLD), ("missing", "missing", "missing", alarms.MISSING),
     ("missing", "not_breaching", "missing", alarms.NOT_BREACHING),
     ("missing", "breaching", "missing", alarms.BREACHING),
     ("missing", "ignore", "missing", alarms.IGNORE), ("threshold", 0.125, "threshold", 0.125),
     ("period", 30, "slice_seconds", 30), ("period", 300, "slice_seconds", 60),
     ("period", 300, "n_slices", 5), ("window", "wall_clock", "n_slices", 1)],
)  # fmt: skip
def test_settings_of_alarms(key, value, field, number):
    """Each setting reaches its field."""
    assert watched(**{key: value})[field] == number


def test_m_of_n():
    """Datapoints to alarm and evaluation periods are kept apart (cloudwatch-m-of-n)."""
    found = watched(datapoints=2, of=3)
    assert (found.datapoints, found.of) == (2, 3)


def test_a_burn_rate_is_a_share_of_errors():
    """14.4 times too fast for 99.9 % are 1.44 % errors."""
    found = watched(metric="burn_rate", threshold=14.4, slo=0.999)
    assert found.metric == alarms.ANY_5XX
    assert found.threshold == pytest.approx(0.0144)


def test_only_what_a_strategy_listens_to_is_watched():
    """Each alarm once, in the strategy's order, those below a flag after its own."""
    told = [{**ALARM, "name": name, "threshold": k / 8} for k, name in enumerate("abc", 1)]
    deploy = {"type": "rolling", "alarms": ["a", "c"]}
    m = flat({"type": "feature_flag", "deploy": deploy, "alarms": ["c"]}, alarms=told)
    assert [row.threshold for row in m.alarms[: m.n_alarms]] == [3 / 8, 1 / 8]


@pytest.mark.parametrize(
    ("word", "number"),
    [("works", operator.WORKS), ("refused", operator.REFUSED),
     ("same_image", operator.SAME_IMAGE), ("image_gone", operator.IMAGE_GONE)],
)  # fmt: skip
def test_the_person_on_call(word, number):
    """Nobody is there unless the file says so."""
    m = flat(operator={"notices": 10, "first_command": word, "patience": 600})
    assert (m.has_operator, m.first_command, m.patience) == (1, number, 600)
    assert m.distributions[delays.NOTICES][1] == 10
    assert flat().has_operator == 0


# Releases.

#: The least that each kind of fault has to say.
SAYS = {
    "boot_crash": {"after": 2}, "crash": {"after": 60}, "errors": {"rate": 0.5},
    "slow": {"factor": 2}, "cold_start": {"factor": 3, "for": 60},
    "silent": {"noticed_after": 600}, "schema": {"change": "mismatch"},
    "side_effects": {"per_request": 0.5}, "connections": {"per_task": 100},
    "throttle": {"rps_per_task": 5},
}  # fmt: skip
HARMLESS = {"cold_start", "connections"}


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_are_told_and_left_out_of_the_twin(kind):
    """Each kind is a bit of the release; its good twin has none."""
    number = FAULT_KINDS[kind].mask
    service = {"max_connections": 800, "container_health_check": {}}
    above = {"service": service} | faulty(kind, **SAYS.get(kind, {}))
    bad, good = flat(**above), flat(**above, twin=True)
    assert bad.releases[1].fault_kinds == number
    assert bad.releases[1].is_bad == (kind not in HARMLESS)
    assert (good.releases[1].fault_kinds, good.releases[1].is_bad) == (0, 0)
    assert (bad.releases[0].fault_kinds, bad.releases[0].is_bad) == (0, 0)


@pytest.mark.parametrize(
    ("change", "bad"),
    [("expand", 0), ("mismatch", 1), ("migrate", 1), ("contract", 1), ("destructive", 1)],
)
def test_a_change_that_hurts_makes_a_release_bad(change, bad):
    """An expanding change hurts nobody."""
    found = flat(**faulty("schema", change=change)).releases[1]
    assert (found.is_bad, found.schema_change) == (bad, getattr(schema, change.upper()))


def test_a_chain_in_order_hurts_nobody():
    """Expand, migrate, contract: each release of the chain is good after those before it."""
    told = [{"faults": [{"kind": "schema", "change": word}]}
            for word in ("expand", "migrate", "contract")]  # fmt: skip
    m = flat(releases=told)
    assert m.n_releases == 3
    assert [m.releases[k].is_bad for k in (1, 2, 3)] == [0, 0, 0]
    alone = flat(releases=told[2:])
    assert alone.releases[1].is_bad == 1


@given(st.floats(0.01, 1), st.sampled_from([0, 60, 600]), st.floats(0, 600))
def test_stairs_of_errors(rate, ramp, start):
    """A ramp rises by tenths to its rate; without one the first stair is the last."""
    told = FAULTS["errors"].model_validate(
        {"kind": "errors", "rate": rate, "ramp": ramp, "from": start}
    )
    found = rungs([told], deep=True)
    assert len(found) == (faults.STAIRS if ramp else 1)
    levels = [level for _, level, _ in found]
    assert levels == sorted(levels)
    assert levels[-1] == faults.parts_of(rate)
    assert found[-1][0] == pytest.approx(start + ramp)


@pytest.mark.parametrize(
    ("deep", "told", "seen"), [(True, None, 0.5), (False, None, 0), (False, True, 0.5),
                               (True, False, 0)],
)  # fmt: skip
def test_what_checks_see_of_errors(deep, told, seen):
    """Deep checks see them, shallow ones do not, unless the fault says otherwise."""
    one = FAULTS["errors"].model_validate(
        {"kind": "errors", "rate": 0.5, "seen_by_health_check": told}
    )
    assert rungs([one], deep=deep)[0][2] == seen


# Traffic and environment.


def offering(environment=None, **traffic):
    """Return the tiny scenario with other traffic than its usual rate."""
    told = {**BASE, "traffic": traffic, "environment": environment or {}}
    return Scenario.model_validate(told)


@given(st.floats(0, 500), st.floats(0, 500), st.integers(0, 23), st.integers(0, 23))
def test_a_day_has_its_mean(low, more, peak, command):
    """Twenty stairs of a cosine: a day's mean lies half way, and no stair outside its bounds."""
    told = {"low": low, "high": low + more, "peak_at": f"{peak:02}:00",
            "command_at": f"{command:02}:00"}  # fmt: skip
    daily = offering(daily=told).traffic.daily
    pieces = daily_rates(daily, 86400.0)
    levels = [rate for _, rate in pieces[:20]]
    assert np.mean(levels) == pytest.approx(low + more / 2)
    assert all(low - 1e-9 <= level <= low + more + 1e-9 for level in levels)
    times = [at for at, _ in pieces]
    assert times[0] == 0
    assert times == sorted(times)


def test_spikes_multiply():
    """Two spikes at once, each for its own time, over steps of the usual rate."""
    spikes = [{"kind": "traffic_spike", "factor": 2, "from": 100, "until": 300},
              {"kind": "traffic_spike", "factor": 3, "from": 200}]  # fmt: skip
    steps = [{"at": 0, "rate": 10}, {"at": 250, "rate": 20}]
    scenario = offering(steps=steps, environment={"events": spikes})
    assert rates(scenario) == [(0, 10), (100, 20), (200, 60), (250, 120), (300, 60)]


def test_conditions_change_the_pieces():
    """Flaky checks, a dependency that is down and a missing signal are told from when on."""
    events = [{"kind": "flaky_health_checks", "probability": 0.5, "from": 10, "until": 30},
              {"kind": "dependency_down", "from": 20, "until": 40},
              {"kind": "health_signal_missing", "from": 50}]  # fmt: skip
    m = flat(environment={"events": events})
    told = [tuple(row)[:1] + tuple(row)[2:] for row in m.conditions[: m.n_conditions]]
    assert told == [
        (0, 0, 0, 0), (10, 0.5, 0, 0), (20, 0.5, 1, 0), (30, 0, 1, 0), (40, 0, 0, 0), (50, 0, 0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "above", "row"),
    [("slow_registry", {"factor": 20, "until": 60}, (5, 60, 20, -1)),
     ("slow_registry", {"factor": 20}, (5, np.inf, 20, -1)),
     ("registry_down", {"fails_after": 30, "until": 60}, (5, 60, 1, delays.ALARMS))],
    ids=["slow", "for-ever", "ecr-pull-retries"],
)  # fmt: skip
def test_windows_of_the_registry(kind, above, row):
    """A slow registry stretches pulls and fails none; a dead one fails them."""
    m = flat(**during(kind, **{"from": 5}, **above))
    assert [tuple(one) for one in m.registry_windows[: m.n_registry_windows]] == [row]
    if kind == "registry_down":
        assert m.distributions[delays.ALARMS][1] == 30


def test_crashes_come_in_order():
    """Whatever the order in the file."""
    events = [{"kind": "task_crash", "at": 90, "tasks": 2, "revision": "new", "by_hand": True},
              {"kind": "task_crash", "at": 10, "tasks": 1, "revision": "old"}]  # fmt: skip
    m = flat(environment={"events": events})
    assert [tuple(row) for row in m.task_crashes[: m.n_task_crashes]] == [
        (10, 0, 1, 0),
        (90, 1, 2, 1),
    ]


def test_only_a_watched_alarm_is_red_before():
    """An alarm that nobody listens to is of no interest (ecs-alarm-already-red)."""
    red = during("alarm_already_red", alarm="a", until=300)
    heard = {"alarms": [ALARM], "defaults": {"alarms": ["a"]}}
    assert flat(**heard, **red).alarms[0].red_until == 300
    assert flat(alarms=[ALARM], **red).n_alarms == 0


# Room.


def many_steps(count):
    """Return so many shares of traffic."""
    shares = [{"percent": 99 * k / count} for k in range(1, count)]
    return {"type": "traffic_steps", "steps": [*shares, {"percent": 100}]}


def many_alarms(count):
    """Return so many alarms, all of them listened to."""
    told = [{**ALARM, "name": f"a{k}"} for k in range(count)]
    return {"alarms": told, "defaults": {"alarms": [one["name"] for one in told]}}


HOOK = {"stage": "AfterInstall"}
CRASH = {"kind": "crash", "after": 60}
ROOM = {
    "alarms": (None, many_alarms(11), "more than 10 alarms"),
    "periods": (None, many_alarms(1) | {"alarms": [{**ALARM, "name": "a0", "of": 51}]}, "51|50"),
    "hooks": ({"type": "blue_green", "hooks": [HOOK] * 33}, {}, "hooks: more than 32"),
    "steps": (many_steps(260), {}, "steps of a plan: more than 256"),
    "flag": ({**many_steps(9), "type": "feature_flag"}, {}, "feature_flag: more than 7 steps"),
    "chain": (None, {"releases": [{}] * 9}, "releases: more than 8"),
    "exits": (None, {"release": {"faults": [CRASH] * 5}}, "boot_crash and crash: more than 4"),
    "crashes": (
        None,
        {"environment": {"events": [{"kind": "task_crash", "at": 1, "tasks": 1}] * 33}},
        "task_crash: more than 32",
    ),
    "paces": (
        None,
        {"releases": [{"faults": [{"kind": "slow", "factor": 1.5 + k}, {"kind": "cold_start",
          "factor": 1.25 + k, "for": 9}]} for k in range(8)]},
        "slow in different ways",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("strategy", "above", "told"), ROOM.values(), ids=ROOM)
def test_what_has_no_room_is_refused_by_name(strategy, above, told):
    """The message says what there is too much of, and how much there may be."""
    with pytest.raises(NotSimulatedError, match=told):
        flat(strategy, **above)


def test_the_largest_that_has_room():
    """Ten alarms and 32 hooks are encoded."""
    m = flat({"type": "blue_green", "hooks": [HOOK] * 32}, **many_alarms(10))
    assert m.n_alarms == 10
    assert [row.timeout for row in m.hooks] == [3600] * 32


def test_a_release_may_start_in_its_own_time():
    """What it sets differs, what it leaves out is the service's; the old revision keeps its own."""
    m = flat(release={"startup": {"boot": 33, "image_mb": 60}})
    new, old = m.releases[1], m.releases[0]
    assert m.distributions[new.boot_row][1] == 33
    assert m.distributions[new.pull_row][1] == pytest.approx(60 / 15)
    assert new.provisioning_row == old.provisioning_row == delays.PROVISIONING
    assert (old.boot_row, old.pull_row) == (delays.BOOT, delays.PULL)


def test_hangs_are_encoded_by_time():
    """As crashes are; the idle timeout of the balancer ends the waiting."""
    events = [{"kind": "task_hang", "at": 90, "tasks": 2, "revision": "new"},
              {"kind": "task_hang", "at": 10}]  # fmt: skip
    m = flat(environment={"events": events}, target_group={"idle_timeout": 40})
    assert [tuple(row) for row in m.task_hangs[: m.n_task_hangs]] == [(10, 0, 1), (90, 1, 2)]
    assert m.idle_timeout == 40
