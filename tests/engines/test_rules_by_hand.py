"""Rules of alarms, schema changes, faults and measures against values worked out by hand.

The tiny scenario has no chance and no delay but those that a test names: 45 s to RUNNING, healthy
20 s later, 100 requests per second unless told otherwise.
"""

import numpy as np
import pytest

from tests.equal import differences
from tests.probes import LISTENING, PROMPT, during, faulty, many, play, rolling, state, times
from tests.small import small

BLUE_GREEN = {"type": "blue_green", "controller_delay": 0, "termination_wait": 600}
CANARY = {"type": "canary", "percent": 10, "controller_delay": 0}
ERRORS = faulty("errors", rate=0.5, seen_by_health_check=False)
FAST = {"traffic": {"rate": 200, "sampled": False}}


def listening(**above):
    """Return an alarm without chance, and that every strategy listens to it."""
    return {**LISTENING, "alarms": [{**PROMPT, **above}]}


@pytest.mark.parametrize(("first", "failed"), [(False, 0.0), (True, 2000.0)])
def test_an_idle_group_is_checked_without_a_test_listener(first, failed):
    """Only a first deployment shifts to a group that nobody has checked: 20 s x 100 requests fail.

    (codedeploy-idle-group-attached, alb-unused-group-unchecked)
    """
    run = play({**BLUE_GREEN, "test_listener": False, "first_deployment": first})
    assert (run.metrics["failed_no_target"], run.metrics["verdict"]) == (failed, "shipped")
    assert times(run, "traffic_shifted") == [45.0 if first else 65.0]


@pytest.mark.parametrize(
    ("strategy", "failed"),
    [({**BLUE_GREEN, "termination_wait": 3600}, 0.0), ({**CANARY, "wait": 300}, 240.0)],
    ids=["blue-green", "canary"],
)
def test_idle_old_tasks_write_no_rows(strategy, failed):
    """A migration hurts while the old revision receives requests: 20/s x 0.2 x 0.2 x 300 s."""
    metrics = play(strategy, **FAST, **faulty("schema", change="migrate")).metrics
    assert metrics["failed_schema"] == pytest.approx(failed)
    assert metrics["mixed_s"] == (300.0 if failed else 0.0)


def test_an_alarm_without_a_past_is_not_red_early():
    """1 of 1, 2 of 2, 3 of 3 and 3 of 5 on the new revision: 0, 60, 120 and 120 s after the first.

    (cloudwatch-premature-alarm)
    """
    rules = [(1, 1), (2, 2), (3, 3), (3, 5)]
    found = [
        play(BLUE_GREEN, **listening(scope="new", datapoints=m, of=n), **ERRORS).metrics["detect_s"]
        for m, n in rules
    ]
    assert np.subtract(found, found[0]) == pytest.approx([0.0, 60.0, 120.0, 120.0])


@pytest.mark.parametrize(
    ("strategy", "verdict"),
    [(rolling(), "shipped"), (BLUE_GREEN, "false_rollback"),
     ({**BLUE_GREEN, "codedeploy_red_alarm": "ignore"}, "shipped")],
    ids=["ecs", "code-deploy", "ignored"],
)  # fmt: skip
def test_missing_data_that_breach_are_red_before_the_command(strategy, verdict):
    """An alarm on the new revision has no data yet: ECS ignores it, CodeDeploy stops."""
    run = play(strategy, **listening(scope="new", missing="breaching"))
    assert run.metrics["verdict"] == verdict
    if verdict == "false_rollback":
        assert run.metrics["decision_s"] == 0.0
    else:
        assert len(times(run, "alarm_cleared")) == 1


def test_an_old_revision_without_traffic_breaches_where_missing_data_do():
    """After the shift at 65 s an alarm on the old revision gets no data.

    The last data point leaves the evaluation range of three periods within 180 to 240 s.
    """
    told = listening(scope="old", missing="breaching")
    run = play({**BLUE_GREEN, "termination_wait": 3600}, **told)
    assert 65.0 + 180.0 + 30.0 <= times(run, "alarm_raised")[0] <= 65.0 + 240.0 + 30.0


@pytest.mark.many_runs
@pytest.mark.parametrize(("window", "seconds"), [("sliding", 148.5), ("wall_clock", 262.5)])
def test_a_long_period_is_judged_every_minute(window, seconds):
    """5 minutes, half of the requests fail, 1 % is too much: 6 s, the rest of a minute, 112.5 s.

    The 6 s of errors are reached before the minute ends in nine of ten runs, so that the mean is
    30 + 6 + 75 + 30 + 7.5 s; at the ends of whole periods it is 150 + 112.5 s, and nearly none
    needs another one (cloudwatch-sliding-window).
    """
    alarm = {"name": "5xx", "metric": "any_5xx_rate", "threshold": 0.01, "period": 300}
    told = {**LISTENING, "alarms": [{**alarm, "window": window}], "horizon": 1500}
    found = many(BLUE_GREEN, runs=400, **told, **ERRORS)["detect_s"]
    assert np.mean(found) == pytest.approx(seconds, rel=0.05)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "errors", "rate": 0},
        {"kind": "boot_crash", "probability": 0},
        {"kind": "crash", "probability": 0, "after": 60},
        {"kind": "never_listens", "probability": 0},
        {"kind": "slow", "factor": 1},
        {"kind": "cold_start", "factor": 1, "for": 60},
        {"kind": "cold_start", "factor": 3, "for": 0},
        {"kind": "side_effects", "per_request": 0},
        {"kind": "schema", "change": "contract", "touches": 0},
        {"kind": "schema", "change": "mismatch", "meets": 0},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_fault_of_size_zero_is_none(fault):
    """A sweep that starts at 0 starts with a good release: to the last bit that without faults."""
    none = many(rolling(), runs=1)
    assert many(rolling(), runs=1, release={"faults": [fault]}).tobytes() == none.tobytes()


def test_codedeploy_stops_on_an_alarm_that_is_red_already():
    """It is its default, also without a word on it (codedeploy-alarm-already-red)."""
    red = {"environment": {"events": [{"kind": "alarm_already_red", "alarm": "5xx"}]}}
    found = {
        name: play(strategy, **LISTENING, **red).metrics["outcome"]
        for name, strategy in {
            "code_deploy": BLUE_GREEN,
            "custom": {**BLUE_GREEN, "controller": "custom"},
            "ecs": rolling(),
        }.items()
    }
    assert found == {"code_deploy": "rolled_back", "custom": "succeeded", "ecs": "succeeded"}


@pytest.mark.parametrize(
    ("strategy", "usual", "verdict"),
    [
        (rolling(), 0.02, "escaped"),
        (rolling(), 0.01, "stopped"),
        ({**CANARY, "wait": 300}, 0.02, "stopped"),
    ],
    ids=["ecs", "not-above", "code-deploy"],
)
def test_what_breaches_before_the_command_is_red_at_it(strategy, usual, verdict):
    """2 % of requests fail day by day, the limit is 1 %: ECS goes without alarms, CodeDeploy stops.

    (ecs-alarm-already-red, codedeploy-alarm-already-red)
    """
    run = play(strategy, **LISTENING, **ERRORS, service={"base_error_rate": usual})
    assert run.metrics["verdict"] == verdict
    assert (times(run, "alarm_raised") == [0.0]) == (usual == 0.02)
    if "wait" in strategy:
        assert run.metrics["exposed_requests"] == 0.0


def test_what_the_deployment_does_at_the_command_is_not_red_before_it():
    """Recreate takes the service down at 0 s; the alarm counts that, and it is rolled back."""
    run = play({"type": "recreate"}, **LISTENING)
    assert times(run, "alarm_raised")[0] > 0.0
    assert run.metrics["outcome"] == "rolled_back"


def test_ecs_goes_without_alarms_for_one_deployment_only():
    """An alarm that was red at the first release's command counts in the second's deployment."""
    red = {"environment": {"events": [{"kind": "alarm_already_red", "alarm": "5xx", "until": 10}]}}
    releases = [{"faults": []}, ERRORS["release"]]
    run = play(rolling(bake_time=300), **LISTENING, **red, releases=releases)
    assert run.metrics["verdict"] == "stopped"


@pytest.mark.parametrize(
    ("strategy", "new_rows"), [({**CANARY, "wait": 900}, 600.0), (BLUE_GREEN, 6000.0)]
)
def test_what_a_mismatch_leaves_grows_with_the_rows_written(strategy, new_rows):
    """150 s at 200/s, of which a fifth writes: a canary of 10 % leaves 600 new of 144,600 rows.

    After the rollback 0.2 x 0.2 x 600 ÷ 144,600 of 200 requests/s fail for 6,985 s, at most a
    hundredth more for what failed before; with all traffic ten times the rows (and 9.6 times the
    harm). A person decides 150 s after the first harm, which a slow release shows them.
    """
    operator = {"notices": 50, "decides": 100, "types": 0, "notices_share": 0.005}
    slow = {"kind": "slow", "factor": 1.5}
    wrong = {"kind": "schema", "change": "mismatch"}
    told = {**FAST, "operator": operator, "service": {"slo_latency": 0.15}}
    run = play(strategy, **told, release={"faults": [wrong, slow]})
    assert run.metrics["bad_s"] == 150.0
    assert run.metrics["incompatible_writes"] == pytest.approx(new_rows)
    left = 200.0 * 0.04 * new_rows / (144_000.0 + new_rows) * (7200.0 - 215.0)
    assert left <= run.metrics["failed_schema"] <= 1.02 * left


def test_rows_read_can_be_set():
    """Where nothing old is read, one new row is all that requests meet: 0.04 of 180/s for 900 s."""
    wrong = faulty("schema", change="mismatch", rows_read=0)
    run = play({**CANARY, "wait": 900}, **FAST, **wrong)
    assert run.metrics["failed_schema"] == pytest.approx(0.04 * 180.0 * 900.0)


def test_what_was_slow_before_moves_nobody():
    """At 340 requests/s a twelfth is slow with or without the deployment: nobody undoes it."""
    slow = {"service": {"slo_latency": 0.2}, "traffic": {"rate": 340, "sampled": False}}
    run = play(rolling(), **slow, operator={"notices": 10, "decides": 10, "types": 10})
    assert run.metrics["slow_s"] == 7200.0
    assert run.metrics["verdict"] == "shipped"


def test_onset_is_the_first_harm():
    """Errors from 600 s after RUNNING: exposed from 65 s, hurt from 645 s, so 580 s latent.

    A person notices 60 s later and decides after another 30: noticed after 90 s.
    """
    late = faulty("errors", rate=0.5, seen_by_health_check=False, **{"from": 600})
    run = play(BLUE_GREEN, **late, operator={"notices": 60, "decides": 30, "types": 0})
    found = [run.metrics[name] for name in ("latent_s", "detect_s", "decision_s")]
    assert found == [580.0, 90.0, 735.0]


def test_a_wrong_answer_is_harm_at_once():
    """A silent fault hurts from the first request on: nothing is latent."""
    run = play(BLUE_GREEN, **faulty("silent", noticed_after=300), operator={"notices": 60})
    assert (run.metrics["latent_s"], run.metrics["detect_s"]) == (0.0, 300.0 + 60.0 + 300.0)


def test_a_bad_release_that_never_hurts_is_latent_throughout():
    """A crash after the horizon: exposed from 65 s, no harm, so nothing is noticed or over."""
    run = play(BLUE_GREEN, **faulty("crash", after=9000))
    assert run.metrics["latent_s"] == run.metrics["bad_s"] == 7135.0
    assert np.isnan([run.metrics["detect_s"], run.metrics["recover_s"]]).all()


def test_harm_before_and_after_a_decision_is_beyond_the_baseline():
    """Of the 98 % that do not fail anyway half do for 150 s: 100/s x 0.49 x 150 s, none after."""
    operator = {"operator": {"notices": 50, "decides": 100, "types": 0}}
    row = many(BLUE_GREEN, runs=1, service={"base_error_rate": 0.02}, **operator, **ERRORS)[0]
    assert row["failed_requests"] == pytest.approx(0.02 * 100 * 7200 + 7350)
    assert row["failed_caused"] == pytest.approx(7350)
    assert row["failed_before_decision"] == pytest.approx(7350)
    assert row["failed_after_decision"] == 0.0
    assert row["downtime_caused"] == pytest.approx(73.5)


def test_a_threshold_that_is_met_exactly_is_not_exceeded():
    """10 % errors on 10 % of the traffic are 1 %: not above 1 %, whatever the rounding."""
    told = faulty("errors", rate=0.1, seen_by_health_check=False)
    run = play({**CANARY, "wait": 900}, **listening(threshold=0.01), **told)
    assert times(run, "alarm_raised")[0] > 65.0 + 900.0


@pytest.mark.parametrize(
    "strategy",
    [{"type": "canary", "wait": 0}, {"type": "linear", "every": 0},
     {"type": "canary", "wait": "1440m"}],
    ids=["canary", "linear", "a-day"],
)  # fmt: skip
def test_ecs_may_wait_from_not_at_all_to_a_day(strategy):
    """0 to 1,440 minutes (ecs-native-canary, ecs-native-linear)."""
    run = play({**strategy, "controller": "ecs"}, horizon=90_000)
    assert run.metrics["full_traffic_s"] == (65.0 + 86_400.0 if strategy.get("wait") else 65.0)


def test_counts_of_time_and_answers():
    """Six old tasks for 370 s, six new ones from the command on; all new healthy after 65 s.

    Old targets get half of the requests as long as they drain late ones, which is not at all:
    100/s x 7,135 s.
    """
    metrics = play(rolling()).metrics
    assert (metrics["all_healthy_s"], metrics["new_answers"]) == (65.0, 713_500.0)
    assert (metrics["task_seconds_old"], metrics["task_seconds_new"]) == (2220.0, 43_200.0)
    assert np.isnan(metrics["latent_s"])


@pytest.mark.parametrize(
    ("strategy", "full", "old_gone", "answers"),
    [
        # All new tasks are healthy after 65 s; old ones stop 305 s after the termination wait.
        ({**BLUE_GREEN, "termination_wait": 0}, 65, 65 + 305, 100 * 7135),
        (BLUE_GREEN, 65, 65 + 600 + 305, 100 * 7135),
        ({**CANARY, "wait": 300, "termination_wait": 600}, 365, 365 + 600 + 305,
         10 * 300 + 100 * 6835),
        ({"type": "linear", "percent": 25, "every": 60, "controller_delay": 0,
          "termination_wait": 600}, 245, 245 + 600 + 305, (25 + 50 + 75) * 60 + 100 * 6955),
    ],
    ids=["no-wait", "blue-green", "canary", "linear"],
)  # fmt: skip
def test_what_shifts_count(strategy, full, old_gone, answers):
    """Six tasks of each revision: task seconds and good answers by the new one, 100/s, 7,200 s."""
    metrics = play(strategy).metrics
    assert (metrics["all_healthy_s"], metrics["full_traffic_s"]) == (65.0, full)
    assert (metrics["task_seconds_old"], metrics["task_seconds_new"]) == (6 * old_gone, 6 * 7200.0)
    assert metrics["new_answers"] == pytest.approx(answers, rel=1e-12)


@pytest.mark.parametrize(("after", "latent"), [(120, 100.0), (600, 580.0)])
def test_latent_time_is_from_exposure_to_harm(after, latent):
    """RUNNING at 45 s, exposed from 65 s by blue-green: harm at 45 s + after, less 65 s."""
    fault = {"rate": 0.5, "from": after, "seen_by_health_check": False}
    assert play(BLUE_GREEN, **faulty("errors", **fault)).metrics["latent_s"] == latent


def test_all_healthy_is_of_the_revision_that_is_deployed_then():
    """A rollback by weights at 125 s: the old tasks are there, and its own count anew."""
    operator = {"operator": {"notices": 50, "decides": 10, "types": 0}}
    run = play({**BLUE_GREEN, "controller_delay": 20}, **ERRORS, **operator)
    assert run.metrics["decision_s"] == 125.0
    assert run.metrics["all_healthy_s"] == 145.0


def test_a_target_is_warm_at_once_where_all_others_are_in_slow_start():
    """Two new targets are alone from 45 s on, with a tenth each: they share all 100/s.

    One dies at 200 s, and 40/s beyond 60/s are too much for the other. The successor is healthy at
    245 s; as no healthy target is past its slow start it has a full share at once (alb-slow-start):
    10/13 beside three tenths, 10/14 from 315 s on. 76.9/s fill 60 x (10 - 8/60) in 35 s.
    """
    blocks = {
        "service": {"desired_count": 2},
        "target_group": {
            "slow_start": 900,
            "health_check": {"interval": 10, "first_check": 0},
        },
        **during("task_crash", at=200, revision="new"),
    }
    run = play(rolling(), **blocks)
    assert {state(run, "failing_rps", at=t) for t in (44, 46, 135, 199)} == {0.0}
    failing = [state(run, "failing_rps", at=t) for t in (246, 300, 320)]
    assert failing == pytest.approx([100 * 3 / 13, 100 * 10 / 13, 100 * 10 / 14])
    assert list(differences(small(rolling(), **blocks), seed=1)) == []


QUICK = {"operator": {"notices": 60, "decides": 30, "types": 0, "patience": 300}}
LATE = faulty("errors", rate=0.5, seen_by_health_check=False, **{"from": 600})


@pytest.mark.parametrize(
    ("strategy", "told", "first", "rest", "over"),
    [
        # nobody is hurt by a good release, nor by tasks that crash before they serve
        (BLUE_GREEN, {}, None, 970.0, 970.0),
        (rolling(), {**faulty("boot_crash", after=2), **QUICK}, None, 390.0, 390.0),
        # a crash after the horizon: bad code serves, and its answers are right
        (BLUE_GREEN, faulty("crash", after=9000), None, 970.0, 970.0),
        # wrong answers hurt from the shift on; undone at 65 + 300 + 60 + 30 s, drained after 305 s
        (BLUE_GREEN, {**faulty("silent", noticed_after=300), **QUICK}, 65.0, 760.0, 760.0),
        # errors from 600 s after RUNNING (45 s) on: undone at 735 s by a new blue-green of 970 s
        (BLUE_GREEN, {**LATE, **QUICK}, 645.0, 1705.0, 1705.0),
        # nobody decides: at rest, and users are hurt for ever
        (BLUE_GREEN, ERRORS, 65.0, 970.0, np.inf),
        # down from the command on, at rest after 370 s, slow for 900 s after that
        (
            {"type": "recreate"},
            {**faulty("cold_start", factor=3, **{"for": 900}), "service": {"slo_latency": 0.15}},
            0.0,
            370.0,
            1270.0,
        ),
    ],
    ids=["good", "boot-crash", "latent", "silent", "late", "escaped", "slow-at-rest"],
)
def test_when_users_are_hurt_first_and_last(strategy, told, first, rest, over):
    """The first caused harm to a user, and when the service is at rest and the harm is over."""
    row = many(strategy, runs=1, **told)[0]
    metrics = play(strategy, **told).metrics
    names = ("user_onset_s", "deployment_s", "over_s")
    assert [metrics[n] for n in names] == pytest.approx([row[n] for n in names], abs=0, nan_ok=True)
    assert (None if np.isnan(row["user_onset_s"]) else row["user_onset_s"]) == first
    assert (row["deployment_s"], row["over_s"]) == (rest, over)


@pytest.mark.parametrize(
    ("kind", "revision", "at", "first"),
    [
        ("task_crash", "old", 20, None),
        ("task_crash", "new", 1800, 1800.0),
        ("task_hang", "old", 20, None),
        ("task_hang", "new", 1800, 1810.0),  # clients wait for 10 s
    ],
)
def test_an_accident_that_comes_anyway_is_not_the_deployments(kind, revision, at, first):
    """What an old task's accident cuts fails without a deployment, too; a new task's does not."""
    crash = during(kind, at=at, revision=revision, tasks=1)
    fault = faulty("crash", after=9000)
    row = many(BLUE_GREEN, runs=1, **crash, **fault)[0]
    metrics = play(BLUE_GREEN, **crash, **fault).metrics
    assert row["failed_cut"] > 0.0
    for onset in (row["user_onset_s"], metrics["user_onset_s"]):
        assert (None if np.isnan(onset) else onset) == first
