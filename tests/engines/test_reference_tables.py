"""Tables of what AWS does in a whole deployment, row by row, played by the batch engine.

The tiny scenario makes them computable by hand: a task is RUNNING after 45 s and healthy 20 s
later, drains for 300 s and stops in 5 s; nothing is drawn unless a row says so.
"""

import numpy as np
import pytest

from simdeploy.engines import replicate
from simdeploy.model.registry import OUTCOMES
from tests.probes import (
    BREAKER,
    PROMPT,
    during,
    faulty,
    many,
    moves,
    play,
    refused,
    rolling,
    times,
)
from tests.small import small

NEVER = "never"
CODE_DEPLOY = {"type": "blue_green", "controller_delay": 0}
NATIVE = {"controller": "ecs", "controller_delay": 0}
DEAF = faulty("never_listens")


def uniform(low, high):
    """Return a uniform distribution."""
    return {"distribution": "uniform", "low": low, "high": high}


def one(strategy=None, **above):
    """Return the numbers of one run, and its outcome as a word."""
    row = replicate(small(strategy, **above), "it", seed=1, lo=0, hi=1, threads=1)[0]
    return row, OUTCOMES[row["outcome"]]


def errors(rate=0.5, since="task_running", start=0):
    """Return a release that fails a share of its requests, which health checks do not see."""
    told = {"rate": rate, "since": since, "from": start, "seen_by_health_check": False}
    return faulty("errors", **told)


# Rolling deployments.

#: desired, minimum, maximum, slots; end, least healthy, most tasks, moves; end where draining
#: tasks count.
ROLLING = [
    (6, 100, 200, None, 370, 6, 12, "0:+6 65:−6", 370),
    (6, 50, 100, None, 370, 3, 12, "0:−3+3 65:−3+3", 740),
    (6, 100, 150, None, 435, 6, 12, "0:+3 65:−3+3 130:−3", 740),
    (6, 50, 200, None, 370, 3, 12, "0:−3+6 65:−3", 370),
    (6, 0, 100, None, 305, 0, 12, "0:−6+6", 370),
    (6, 100, 100, None, NEVER, 6, 6, "", NEVER),
    (6, 100, 110, None, NEVER, 6, 6, "", NEVER),
    (1, 50, 100, None, NEVER, 1, 1, "", NEVER),
    (6, 100, 200, 8, 1110, 6, 8, "0:+2 65:−2 370:+2 435:−2 740:+2 805:−2", 1110),
    (60, 100, 110, None, 955, 60, 96, None, 3700),
]
NAMES = [
    "ecs-overlapping-waits-6-100-200",
    "ecs-draining-counted-6-50-100",
    "ecs-overlapping-waits-6-100-150",
    "ecs-stop-before-start-6-50-200",
    "ecs-capacity-rounding-6-0-100",
    "ecs-stuck-deployment-6-100-100",
    "ecs-stuck-deployment-6-100-110",
    "ecs-stuck-deployment-1-50-100",
    "ecs-draining-holds-slots-6-100-200",
    "ecs-overlapping-waits-60-100-110",
]


@pytest.mark.parametrize("row", ROLLING, ids=NAMES)
@pytest.mark.parametrize("counted", [False, True], ids=["free", "counted"])
def test_rolling(row, counted):
    """When a rolling deployment ends, by both readings of what draining tasks count for."""
    desired, minimum, maximum, slots, end, healthy, peak, told, end_counted = row
    service = {"desired_count": desired, "draining_counts_to_maximum": counted, "slots": slots}
    strategy, traffic = rolling(minimum, maximum), {"rate": 10}
    found, outcome = one(strategy, service=service, traffic=traffic)
    expected = end_counted if counted else end
    # With 0/100 the old tasks are gone at 305 s and the new ones healthy at 65 s.
    assert found["deployment_s"] == (np.inf if expected == NEVER else expected)
    assert outcome == ("stuck" if expected == NEVER else "succeeded")
    assert found["min_healthy_tasks"] == healthy
    if not counted:
        assert found["peak_tasks"] == peak
        assert told in (None, moves(play(strategy, service=service, traffic=traffic)))


@pytest.mark.parametrize(
    ("slots", "minimum", "healthy", "peak"),
    [(8, 50, 3, 8), (8, 100, 6, 8), (10, 50, 3, 10)],
    ids=[f"ecs-stop-before-start-{room}" for room in ("8-at-50", "8-at-100", "10-at-50")],
)
def test_room_on_machines(slots, minimum, healthy, peak):
    """AWS's worked example: six tasks and room for eight or ten, tasks that are gone at once.

    All room is used; how many are healthy is a matter of the minimum.
    """
    at_once = {"deregistration_delay": 0, "deregistration_propagation": 0}
    service = {"slots": slots, "shutdown": 0}
    row, outcome = one(rolling(minimum, 200), service=service, target_group=at_once)
    assert outcome == "succeeded"
    assert (row["min_healthy_tasks"], row["peak_tasks"]) == (healthy, peak)


@pytest.mark.parametrize(
    ("delay", "shutdown", "seconds"),
    [(300, 2, 302), (300, 7, 307), (180, 7, 187), (0, 45, 30)],
    ids=["ecs-full-deregistration-wait-least", "ecs-full-deregistration-wait-most",
         "ecs-full-deregistration-wait-180", "ecs-stop-timeout"],
)  # fmt: skip
def test_stop(delay, shutdown, seconds):
    """An idle task takes its whole delay, and then at most the stop timeout."""
    group = {"deregistration_delay": delay}
    row, _ = one(rolling(), service={"shutdown": shutdown}, target_group=group)
    assert row["deployment_s"] == 65 + seconds


@pytest.mark.parametrize(
    ("megabytes", "least", "most"),
    [(413, 45, 55), (900, 73, 79)],
    ids=["fargate-start-latency-413", "fargate-start-latency-900"],
)
def test_start(megabytes, least, most):
    """About 15 s, the pull at 15 MB per second, and 3 s: the first check comes 20 s later."""
    startup = {"provisioning": 15, "image_mb": megabytes, "pull_mb_per_s": 15,
               "container_start": 3, "boot": 0, "pull": None}  # fmt: skip
    row, _ = one(rolling(), service={"startup": startup})
    assert least <= row["full_traffic_s"] - 20 <= most


@pytest.mark.parametrize(
    ("desired", "rate", "seconds"),
    [(60, 20, 0), (100, 20, 0), (150, 20, 2.5), (150, 5, 10)],
    ids=lambda value: f"ecs-launch-rate-{value}",
)
def test_launch_rate(desired, rate, seconds):
    """A hundred tasks start in one burst, the others at the rate of the region."""
    service = {"desired_count": desired, "launch_rate": rate}
    row, _ = one(rolling(), service=service, traffic={"rate": 10})
    assert row["full_traffic_s"] == pytest.approx(65 + seconds, abs=0.001)


#: boot; s until healthy with one pass, with five, and with one at 10/2/2: least, mean, most.
BOOTS = [
    (0, (0, 15, 30), (120, 135, 150), (0, 5, 10)),
    (20, (20, 35, 50), (140, 155, 170), (30, 35, 40)),
    (40, (40, 95, 190), (160, 175, 190), (50, 55, 60)),
    (59, (59, 190, 209), (179, 194, 209), (69, 74, 79)),
    (70, (190, 205, 220), (190, 205, 220), (80, 85, 90)),
    (120, (240, 255, 270), (240, 255, 270), (130, 135, 140)),
]
CHECKS = {"one-pass": (30, 5, 1), "five-passes": (30, 5, 5), "fast": (10, 2, 1)}


@pytest.mark.many_runs
@pytest.mark.parametrize("reading", range(3), ids=list(CHECKS))
@pytest.mark.parametrize("row", BOOTS, ids=[f"alb-boot-cliff-{row[0]}" for row in BOOTS])
def test_boot(row, reading):
    """A lone task that boots takes over the traffic when its target is healthy."""
    interval, healthy, passes = [*CHECKS.values()][reading]
    check = {"interval": interval, "healthy_threshold": healthy, "unhealthy_threshold": 2,
             "initial_passes": passes, "first_check": uniform(0, interval)}  # fmt: skip
    startup = {"provisioning": 15, "pull": 27, "container_start": 3, "boot": row[0]}
    service = {"desired_count": 1, "startup": startup, "health_check_grace_period": 600}
    what = {"service": service, "target_group": {"health_check": check}, "traffic": {"rate": 10}}
    found = many(rolling(), runs=2000, horizon=900, **what)["full_traffic_s"] - 45
    least, mean, most = row[1 + reading]
    assert found.min() == pytest.approx(least, abs=0.5)
    assert found.max() == pytest.approx(most, abs=0.5)
    assert found.mean() == pytest.approx(mean, abs=0.5 if most - least < 40 else 3.5)


#: What never works; where the count is made; tasks at most; grace period; s to the decision.
#: Starts fail after 60 s, and the breaker trips where the next one is due, 10 s later. Found sick
#: 50 s after RUNNING, or at the end of the grace period; without room all six go at once, and with
#: room, where failures count at the stop, their successors' failures are what trips it.
DETECTIONS = [
    ("starts", "stop", 200, 0, 60 + 10),
    ("listens", "detect", 200, 0, 95),
    ("listens", "stop", 200, 0, 95),
    ("listens", "stop", 300, 0, 95 + 2 * 95),
    ("listens", "stop", 200, 300, 345),
]


@pytest.mark.parametrize(
    ("what", "counted", "maximum", "grace", "seconds"),
    DETECTIONS,
    ids=["ecs-breaker-stages-one", "ecs-breaker-counting-moment-detect",
         "ecs-breaker-counting-moment-stop", "ecs-unhealthy-replacement-room", "ecs-grace-period"],
)  # fmt: skip
def test_breaker(what, counted, maximum, grace, seconds):
    """Three failures of six trip the circuit breaker, where a replacement is due."""
    down = during("registry_down", fails_after=60, **{"from": 0})
    told = down if what == "starts" else DEAF
    strategy = rolling(100, maximum, circuit_breaker={**BREAKER, "counts_at": counted})
    row, outcome = one(strategy, service={"health_check_grace_period": grace}, **told)
    assert row["decision_s"] == seconds
    assert outcome == "rolled_back"
    assert row["failed_requests"] == 0


@pytest.mark.parametrize(
    ("minimum", "fails"), [(100, False), (50, True)], ids=["100-200", "50-200"]
)
def test_broken_tasks_release_no_old_ones(minimum, fails):
    """Under 100/200 users feel nothing; with a lower floor the load is on fewer tasks.

    Three tasks of 60 per second cannot carry 300 (ecs-continuous-replacement).
    """
    row, _ = one(rolling(minimum, 200), traffic={"rate": 300}, horizon=3600, **DEAF)
    assert bool(row["failed_requests"] > 0) is fails
    assert row["min_healthy_tasks"] == 6 * minimum / 100


# Moving traffic.

#: Configuration; minutes to 100 %, and the sum of percent × minutes on the way there.
SHIFTS = [
    ("blue_green", None, 0, 0),
    ("linear", "CodeDeployDefault.ECSLinear10PercentEvery1Minutes", 9, 450),
    ("linear", "CodeDeployDefault.ECSLinear10PercentEvery3Minutes", 27, 1350),
    ("canary", "CodeDeployDefault.ECSCanary10Percent5Minutes", 5, 50),
    ("canary", "CodeDeployDefault.ECSCanary10Percent15Minutes", 15, 150),
]


@pytest.mark.parametrize(
    ("kind", "config", "minutes", "on_the_way"),
    SHIFTS,
    ids=[f"codedeploy-shift-configurations-{(row[1] or 'ECSAllAtOnce')[20:]}" for row in SHIFTS],
)
def test_shift_configurations(kind, config, minutes, on_the_way):
    """Each predefined configuration exposes users for as long and as widely as its table says."""
    told = {"type": kind, "controller_delay": 0} | ({"config": config} if config else {})
    row, _ = one(told, horizon=3600, **faulty("silent", noticed_after=99999))
    full = 65 + 60 * minutes
    assert row["full_traffic_s"] == full
    by_hand = 100 * (60 * on_the_way / 100 + 3600 - full)
    assert row["exposed_requests"] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("strategy", "minutes"),
    [
        ({"type": "canary"}, 10),
        ({"type": "canary", "percent": 0.1, "wait": "24h"}, 1440),
        ({"type": "linear"}, 54),
        ({"type": "linear", "percent": 30, "every": "6m"}, 18),
        ({"type": "linear", "percent": 3, "every": "1m"}, 33),
        ({"type": "linear", "percent": 100}, 0),
        ({"type": "blue_green"}, 0),
    ],
    ids=["ecs-native-canary", "ecs-native-canary-longest", "ecs-native-linear", "thirds",
         "ecs-native-linear-smallest", "ecs-native-linear-one-step", "blue-green"],
)  # fmt: skip
def test_native_shifts(strategy, minutes):
    """ECS needs the canary's bake, or (ceil(100 / step) − 1) steps, to 100 %."""
    row, _ = one({**NATIVE, **strategy}, horizon=100_000)
    assert row["full_traffic_s"] == pytest.approx(65 + 60 * minutes)
    # No wait after the last step: the drain begins at once where no alarm asks for a bake.
    assert row["deployment_s"] == pytest.approx(row["full_traffic_s"] + 305)


#: Stage; whether a person can be asked; how often it comes in a canary, which has two steps.
STAGES = [
    ("RECONCILE_SERVICE", True, 1),
    ("PRE_SCALE_UP", True, 1),
    ("POST_SCALE_UP", True, 1),
    ("TEST_TRAFFIC_SHIFT", False, 1),
    ("POST_TEST_TRAFFIC_SHIFT", True, 1),
    ("PRE_PRODUCTION_TRAFFIC_SHIFT", True, 2),
    ("PRODUCTION_TRAFFIC_SHIFT", False, 2),
    ("POST_PRODUCTION_TRAFFIC_SHIFT", True, 1),
]


@pytest.mark.parametrize(
    ("stage", "pauses", "often"), STAGES, ids=[f"ecs-native-stages-{row[0]}" for row in STAGES]
)
def test_native_stages(stage, pauses, often):
    """A hook of 10 s delays the deployment by 10 s for each time that its stage comes."""
    canary = {"type": "canary", **NATIVE}
    plain, _ = one(canary)
    hooked, outcome = one({**canary, "hooks": [{"stage": stage, "duration": 10}]})
    assert outcome == "succeeded"
    assert hooked["deployment_s"] - plain["deployment_s"] == 10 * often
    asked = {**canary, "approval": {"stage": stage, "answers_after": 20}}
    if pauses:
        assert one(asked)[0]["deployment_s"] - plain["deployment_s"] == 20 * often
    else:
        assert "ECS cannot pause here" in refused(asked)


@pytest.mark.parametrize(("stage", "delay"), [("PRODUCTION_TRAFFIC_SHIFT", 100), (None, 0)])
def test_native_hooks_on_the_way_back(stage, delay):
    """A slow hook on the traffic shift delays the rollback too (ecs-native-hook-on-rollback)."""
    hooks = [{"stage": stage, "duration": 100}] if stage else []
    strategy = {"type": "blue_green", **NATIVE, "hooks": hooks, "bake_time": 1800}
    what = {"alarms": [PROMPT], "defaults": {"alarms": ["5xx"]}}
    row, outcome = one(strategy, **what, **errors())
    assert outcome == "rolled_back"
    assert row["rollback_s"] == delay


#: When the trouble comes to light; share of the traffic that it meets; s back to the old tasks.
PHASES = [
    ("before AllowTraffic", 0.0, 0),
    ("during the shift", 0.1, 35),
    ("termination wait", 1.0, 35),
    ("after Succeeded", 1.0, 65),
]


def caught(phase):
    """Return the numbers of a release that is caught in some phase of CodeDeploy's deployment."""
    slow = {"controller_delay": 30}
    five = {"target_group": {"weight_propagation": 5}}
    alarmed = {"alarms": [PROMPT], "defaults": {"alarms": ["5xx"]}}
    if phase == "before AllowTraffic":
        hook = {"stage": "BeforeAllowTraffic", "duration": 10, "sees": ["errors"]}
        return one({**CODE_DEPLOY, **slow, "hooks": [hook]}, **five, **errors())[0]
    if phase == "during the shift":
        canary = {"type": "canary", "wait": 900, **slow}
        return one(canary, **five, **alarmed, **errors())[0]
    return one({**CODE_DEPLOY, **slow}, **five, **alarmed, **errors())[0]


@pytest.mark.parametrize(("phase", "share", "seconds"), PHASES, ids=[row[0] for row in PHASES])
def test_code_deploy_rollback(phase, share, seconds):
    """The later a release is caught, the more users it meets and the longer the way back.

    Errors in half of the answers; 30 s of controller and 5 s of weights; 65 s of new start
    (codedeploy-rollback-flip, codedeploy-rollback-after-success).
    """
    if phase == "after Succeeded":
        late = many(CODE_DEPLOY, runs=1, variant="drill", late=True, horizon=9000)[0]
        assert late["rollback_s"] == seconds
        return
    row = caught(phase)
    if share == 0:
        assert row["failed_requests"] == row["exposed_requests"] == 0
        return
    assert row["rollback_s"] == seconds
    met = row["exposed_requests"] / (100 * row["bad_s"])
    assert met == pytest.approx(share)


# Alarms, errors, money.

#: M of M; minutes from the onset to the decision: p50, p95, most.
PARTIAL = {1: (2.4, 3.4, 4.25), 2: (3.4, 4.4, 5.25), 3: (4.4, 5.4, 6.25), 5: (6.4, 7.4, 8.25)}
CHANCES = {"publish_delay": uniform(30, 120), "evaluation": uniform(0, 60), "poll": uniform(0, 15)}


def alarm(of):
    """Return an alarm with the delays of the field, which every strategy listens to."""
    told = {**PROMPT, **CHANCES, "period": 60, "datapoints": of, "of": of}
    return {"alarms": [told], "defaults": {"alarms": ["5xx"]}}


@pytest.mark.many_runs
@pytest.mark.parametrize("of", PARTIAL, ids=lambda of: f"cloudwatch-alarm-latency-{of}")
@pytest.mark.parametrize("share", [1.0, 0.01001], ids=["part", "full"])
def test_alarm_latency(of, share):
    """With 1.001 % errors and a threshold of 1 % only full minutes breach: one period more.

    A datapoint that is late may be overtaken by the next one, so the tail is a little shorter.
    """
    runs = many(CODE_DEPLOY, runs=3000, horizon=1500, **alarm(of), **errors(share))
    minutes = runs["detect_s"] / 60
    more = 0 if share == 1.0 else 1
    p50, p95, most = (number + more for number in PARTIAL[of])
    assert np.median(minutes) == pytest.approx(p50, abs=0.1)
    assert p95 - 0.2 < np.quantile(minutes, 0.95) < p95 + 0.05
    assert most - 0.5 < minutes.max() <= most + 1e-9


@pytest.mark.many_runs
@pytest.mark.parametrize(("of", "least", "most"), [(1, 0.99, 1.0), (2, 0.6, 0.95), (3, 0.1, 0.4)])
def test_a_five_minute_canary_and_its_alarm(of, least, most):
    """1 of 1 acts in time, 2 of 2 in most runs, 3 of 3 in few (cloudwatch-alarm-latency).

    A tenth of the traffic with 10.01 % errors breaches in full minutes only.
    """
    canary = {"type": "canary", "controller_delay": 0}
    runs = many(canary, runs=1000, horizon=1500, **alarm(of), **errors(0.1001))
    in_time = float(np.mean(runs["decision_s"] < 65 + 300))
    assert least <= in_time <= most


@pytest.mark.parametrize(
    ("told", "column"),
    [
        ({"strategy": {"type": "recreate", "bake_time": 0}}, "failed_no_target"),
        ({**DEAF, **during("health_signal_missing", **{"from": 0}), "horizon": 1095,
          "service": {"health_check_grace_period": 3000}}, "failed_refused"),
        ({"traffic": {"long_requests": {"share": 0.01, "duration": 400, "streams": True}}},
         "failed_cut"),
        ({"traffic": {"rate": 720}}, "failed_overload"),
        (errors(), "failed_app"),
    ],
    ids=["alb-503-no-target", "alb-502-refused", "alb-502-drain-end", "alb-504-timeout",
         "cloudwatch-two-5xx-metrics"],
)  # fmt: skip
def test_error_codes(told, column):
    """Each way to fail has its own column, and what is counted there is counted nowhere else."""
    row, _ = one(**told)
    causes = ["no_target", "refused", "app", "overload", "schema", "cut"]
    found = {f"failed_{cause}": row[f"failed_{cause}"] for cause in causes}
    assert max(found, key=found.get) == column
    assert sum(found.values()) == pytest.approx(row["failed_requests"])


@pytest.mark.parametrize(
    ("opens", "column", "other"),
    [(True, "failed_app", "failed_no_target"), (False, "failed_no_target", "failed_app")],
    ids=["alb-fail-open", "off"],
)
def test_a_broken_build_without_old_tasks(opens, column, other):
    """With 0/100 a build that fails its checks answers with its own errors, not with a 503.

    Healthy by nobody's count from 45 s on; asked all the same from the second check on, at 95 s.
    """
    broken = faulty("errors", rate=1, seen_by_health_check=True)
    what = {"service": {"health_check_grace_period": 3000}, "target_group": {"fail_open": opens}}
    row, _ = one(rolling(0, 100), horizon=1095, **what, **broken)
    assert row[column] == pytest.approx(100 * (1000 if opens else 1095))
    assert row[other] == pytest.approx(100 * (95 if opens else 0))


@pytest.mark.parametrize(
    ("strategy", "seconds"),
    [(rolling(), 50 + 305), ({**CODE_DEPLOY, "termination_wait": 3600}, 50 + 3600 + 305)],
    ids=["fargate-billing-rolling", "fargate-billing-blue-green"],
)
def test_cost_of_one_deployment(strategy, seconds):
    """Six more tasks from the pull until the old ones are gone: $0.03 and about $0.30."""
    row, _ = one(strategy, service={"task": {"vcpu": 1, "memory_gb": 2}})
    hourly = 6 * (0.04048 + 2 * 0.004445)
    assert row["extra_cost_usd"] == pytest.approx(hourly * seconds / 3600)


@pytest.mark.parametrize(
    ("listener", "unanswered"), [(True, 0), (False, 2000)], ids=["with", "without"]
)
def test_test_listener(listener, unanswered):
    """In a first deployment a group that no listener uses is not checked before the shift.

    Its tasks get traffic once they run. Nobody answers until the first check, 20 s later
    (alb-unused-group-unchecked).
    """
    row, outcome = one({**CODE_DEPLOY, "test_listener": listener, "first_deployment": True})
    assert outcome == "succeeded"
    assert row["failed_no_target"] == pytest.approx(unanswered)


@pytest.mark.many_runs
def test_a_shift_each_minute_outruns_its_alarms():
    """Linear by 10 % per minute has moved 30 to 50 % when a good alarm acts."""
    linear = {"type": "linear", "controller_delay": 0}
    for of in (1, 2):
        runs = many(linear, runs=500, horizon=1500, **alarm(of), **errors())
        moved = 10 + 10 * np.floor((runs["decision_s"] - 65) / 60)
        assert 30 <= np.median(moved) <= 50


def test_waits_overlap():
    """Twelve tasks take as long as six (ecs-overlapping-waits)."""
    ends = {one(rolling(), service={"desired_count": n})[0]["deployment_s"] for n in (6, 12)}
    assert ends == {370.0}
    assert times(play(rolling()), "target_healthy") == [65.0] * 6


def test_a_dead_task_mixes_no_versions():
    """Requests that still go to a dead task fail, and no longer meet two versions.

    With no target healthy all receive traffic: the new one from 40 s, dead from 42 s, to 46 s.
    """
    row, _ = one(
        rolling(circuit_breaker={"enable": True, "threshold_type": "COUNT", "threshold": 1}),
        service={
            "desired_count": 1,
            "capacity_rps": 200,
            "health_check_grace_period": 1000,
            "startup": {"provisioning": 40, "pull": 0, "container_start": 0},
            "shutdown": 0,
        },
        target_group={
            "fail_open_includes_initial": True,
            "deregistration_propagation": 4,
            "health_check": {"interval": 5, "timeout": 2, "first_check": 5},
        },
        **during("flaky_health_checks", probability=1.0, **{"from": 0, "until": 200}),
        release={"faults": [{"kind": "boot_crash", "after": 2}]},
        horizon=100,
    )
    assert row["mixed_s"] == 2
    assert row["failed_refused"] == pytest.approx(50 * 4)


def test_who_left_is_not_cut_again():
    """A crash after a spike cuts those in line that would have been answered.

    120/s to a task of 60/s, each of 8/60 s, fill its line of 60 x (10 - 8/60) = 592 requests in
    9.87 s; of those who come then, the 60/s leave that are beyond capacity. At
    the crash 592 - 60 + 50 are in line and 8 in flight.
    """
    row, _ = one(
        rolling(),
        service={
            "desired_count": 1,
            "startup": {"provisioning": 900},
            "cancels_abandoned": True,
        },
        traffic={"rate": 50},
        environment={
            "events": [
                {"kind": "traffic_spike", "factor": 2.4, "from": 100, "until": 200},
                {"kind": "task_crash", "at": 201, "revision": "old"},
            ]
        },
        horizon=300,
    )
    assert row["failed_overload"] == pytest.approx(60 * (100 - 592 / 60))
    assert row["failed_cut"] == pytest.approx(592 - 60 + 50 + 8, rel=0.01)
