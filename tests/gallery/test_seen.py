"""What happens to tasks from outside? A hung task, no room, a container check that cannot pass.

Each of the three was observed on a real service; the numbers that were seen stand beside the
tests. Times by hand: ECS's first act follows the command by 4 to 19 s, 11.5 s on average, and it
looks every 10.2 s from there. A start takes 15 s + 26.7 s + 3 s to RUNNING.

Facts: alb-hung-target, alb-health-thresholds, ecs-placement-rounds, ecs-breaker-looks,
ecs-container-check-clock, ecs-container-check-report, ecs-counted-healthy, ecs-grace-period,
codedeploy-install-timeout, codedeploy-no-breaker.
"""

import numpy as np
import pytest

from tests.gallery.common import (
    changed,
    check_answers,
    mean,
    part,
    said,
    share,
    story,
    told,
)

pytestmark = pytest.mark.many_runs

#: The right answers: a number, or the strategy to choose.
ANSWERS = {
    "hung-task": (671, "canary"),
    "no-capacity": (2864, "rolling-0-100"),
    "container-check-cannot-pass": (154, 102),
}
#: From the command to the first act, between two looks, and from an order to RUNNING.
ACT, LOOK, START = 11.5, 10.2, 15.1 + 400 / 15 + 3
#: A pause of 900 s ends at the 89th look.
ROUND = 89 * LOOK


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name):
    """What each question asks for comes out as the trainer is told, far from the wrong answers."""
    check_answers(name, ANSWERS[name])


# One of six new tasks hangs.

#: What a task of six gets, and what it works on at any moment: 0.133 s a request.
EACH = 200 / 6
AT_WORK = EACH * 8 / 60


@pytest.mark.parametrize(
    ("interval", "timeout", "threshold"), [(10, 5, 2), (5, 2, 2), (30, 5, 2), (30, 5, 3)]
)
def test_hung_task_is_caught_by_its_checks(interval, timeout, threshold):
    """It catches its share until so many checks in a row have timed out, in every run."""
    check = f"interval: {interval}s, timeout: {timeout}s, unhealthy_threshold: {threshold}"
    setting = f"target_group.health_check={{{check}}}"
    failed = changed("hung-task", "rolling", setting, "traffic.sampled=false")["failed_requests"]
    # The first check comes at once or an interval later, the verdict at the last one's time-out.
    least = (threshold - 1) * interval + timeout
    assert failed.min() >= EACH * least + AT_WORK - 1
    assert failed.max() <= EACH * (least + interval) + AT_WORK + 1
    assert failed.max() - failed.min() > EACH * interval / 2


def test_hung_task_as_it_was_seen():
    """Of 50 requests per second two tasks get 25 each: 15 to 25 s of them are caught, about 500."""
    two = ("service.desired_count=2", "traffic.rate=50", "traffic.sampled=false")
    failed = changed("hung-task", "rolling", *two)["failed_requests"]
    # 651 were seen, with about 31 s to the verdict; 375 to 625 is what the settings say.
    assert failed.min() >= 375
    assert failed.max() <= 625 + 25 * 8 / 60 + 1


def test_hung_task_hurts_more_than_a_crash():
    """A task that dies is refused for 2.5 s, until the balancer knows: about an eighth."""
    crash = "environment.events=[{kind: task_crash, at: 5m, revision: new, tasks: 1}]"
    failed = changed("hung-task", "rolling", crash)["failed_requests"].mean()
    assert failed == pytest.approx(2.5 * EACH + AT_WORK, rel=0.05)
    assert failed < mean("hung-task", "rolling", "failed_requests") / 7


def test_hung_task_meets_who_it_gets():
    """In the middle of a canary it gets a tenth, in the middle of linear four or five tenths."""
    whole = told("hung-task", "blue-green", "failed_requests")
    assert told("hung-task", "rolling", "failed_requests") == pytest.approx(whole)
    tenth = mean("hung-task", "canary", "failed_requests")
    assert tenth == pytest.approx(whole.mean() / 10, rel=0.05)
    assert 0.4 < mean("hung-task", "linear", "failed_requests") / whole.mean() < 0.5


def test_hung_task_is_no_5xx():
    """Clients give up after 10 s, before the balancer answers: no alarm, and the release stays."""
    for strategy in story("hung-task").strategies:
        assert share("hung-task", strategy, "shipped") == 1.0
        assert np.isnan(told("hung-task", strategy, "decision_s")).all()


def test_hung_task_is_a_504_for_patient_clients():
    """After 60 s the balancer answers 504 at once for all it caught, and the alarm goes off."""
    patient = "traffic.client_timeout=2m"
    undone = changed("hung-task", "blue-green", patient)
    # 667 of 12,000 in a minute are more than 1 %, 67 are not.
    assert part(undone, "false_rollback") == 1.0
    assert undone["decision_s"].min() > 300 + 60
    assert part(changed("hung-task", "canary", patient), "shipped") == 1.0
    # Rolling has baked before the first 504.
    assert told("hung-task", "rolling", "deployment_s").max() < 360
    assert part(changed("hung-task", "rolling", patient), "shipped") == 1.0


def test_hung_task_winner():
    """The verdict names the canary, then linear."""
    assert story("hung-task").ranking.groups[:2] == (("canary",), ("linear",))
    assert said("hung-task").startswith("Canary. It fails ")
    assert "After 5m a new task hangs" in said("hung-task", "Why")


# There is no room for another task.

USUAL = "environment.events=[]"


def until(room):
    """Return an override: there is room again after so long."""
    return f"environment.events.0.until={room}"


def test_no_capacity_gives_up_when_there_is_room():
    """Rounds of attempts 15 minutes apart: the fourth is not tried, since three have failed."""
    name = "no-capacity"
    assert share(name, "rolling", "false_rollback") == 1.0
    assert mean(name, "rolling", "decision_s") == pytest.approx(ACT + 3 * ROUND, abs=1)
    assert told(name, "rolling", "decision_s").min() > 40 * 60
    assert told(name, "rolling", "failed_requests").max() < 1e-6
    assert told(name, "rolling", "failed_tasks").max() == 0


def test_no_capacity_takes_the_only_task_down():
    """With 0/100 the old task is gone before the first round, and comes back by the rollback."""
    name, strategy = "no-capacity", "rolling-0-100"
    assert share(name, strategy, "false_rollback") == 1.0
    # Deregistered a look after the order, SIGTERM four looks later, gone two looks after that
    # (2 s + 10 s), and the first round at the look after it.
    first = ACT + (1 + 4 + 2 + 1) * LOOK
    assert mean(name, strategy, "decision_s") == pytest.approx(first + 3 * ROUND, abs=4)
    # It was deregistered 21.7 s after the command, and got requests for 2.5 s more.
    back = told(name, strategy, "decision_s") + told(name, strategy, "rollback_s")
    gap = back - told(name, strategy, "outage_s")
    assert gap.mean() == pytest.approx(ACT + LOOK + 2.5, abs=1)
    # Seen: the breaker after 46 min, an outage of 49 min.
    assert mean(name, strategy, "decision_s") == pytest.approx(46 * 60, rel=0.03)
    assert mean(name, strategy, "outage_s") == pytest.approx(49 * 60, rel=0.03)


@pytest.mark.parametrize(("room", "rounds"), [("10m", 1), ("20m", 2)])
def test_no_capacity_that_ends_is_used_at_the_next_round(room, rounds):
    """Room after 10 min is used after 15, and after 20 min after 30."""
    for strategy in ("rolling", "blue-green"):
        usual = changed("no-capacity", strategy, USUAL)["full_traffic_s"]
        runs = changed("no-capacity", strategy, until(room))
        assert part(runs, "shipped") == 1.0
        assert (runs["full_traffic_s"] - usual).mean() == pytest.approx(rounds * ROUND, abs=1)


def test_no_capacity_makes_its_own_alarm():
    """With 0/100 the alarm is red from the outage when the new task comes, and undoes it."""
    strategy = "rolling-0-100"
    assert part(changed("no-capacity", strategy, until("20m")), "false_rollback") == 1.0
    runs = changed("no-capacity", strategy, until("20m"), "defaults.alarms=[]")
    assert part(runs, "shipped") == 1.0
    # From 24 s to the first round at 93 s, two more rounds, a start, a look and a first check.
    by_hand = 93 - 24 + 2 * ROUND + START + LOOK / 2 + 8
    assert runs["outage_s"].mean() == pytest.approx(by_hand, abs=8)


def test_no_capacity_does_not_count_for_code_deploy():
    """Blue-green waits for the fourth round, and ships an hour's Install time-out allowing."""
    name = "no-capacity"
    assert share(name, "blue-green", "shipped") == 1.0
    usual = changed(name, "blue-green", USUAL)["full_traffic_s"]
    gap = told(name, "blue-green", "full_traffic_s") - usual
    assert gap.mean() == pytest.approx(3 * ROUND, abs=1)
    # The fifth round would come 27 minutes after the fourth.
    late = changed(name, "blue-green", until("50m"))
    assert part(late, "false_rollback") == 1.0
    assert late["decision_s"].mean() == pytest.approx(ACT + 3600, abs=1)
    assert late["failed_requests"].max() < 1e-6


def test_no_capacity_verdict():
    """Nobody is hurt with blue-green, and the others undo a good release."""
    assert said("no-capacity").startswith(
        "Blue-green. It fails no request. Rolling hurts nobody, but"
    )
    assert story("no-capacity").ranking.groups == (("blue-green",),)
    assert "the circuit breaker takes good releases back" in said("no-capacity", "Notes")


# A container health check that cannot pass.

CHECK = "container-check-cannot-pass"
NO_GRACE = "service.health_check_grace_period=0s"


@pytest.mark.parametrize("strategy", ["rolling", "rolling-half", "blue-green"])
def test_container_check_that_passes_ships(strategy):
    """Without the fault the same check holds up nobody."""
    runs = changed(CHECK, strategy, "release.faults=[]")
    assert part(runs, "shipped") == 1.0
    assert runs["failed_tasks"].max() == 0


def test_container_check_waits_for_the_grace_period():
    """The third failed check comes after 30 s, and ECS ignores it until 90 s after RUNNING."""
    # Verdict a look after START and grace: from its order to its replacement 14 looks.
    assert mean(CHECK, "rolling", "decision_s") == pytest.approx(ACT + 14 * LOOK, abs=2)
    assert share(CHECK, "rolling", "rolled_back") == 1.0
    assert told(CHECK, "rolling", "failed_tasks").max() == 6


@pytest.mark.parametrize("interval", [10, 30])
def test_container_check_by_hand(interval):
    """Without grace three intervals decide, and the time until ECS is told."""
    check = f"service.container_health_check={{interval: {interval}s, timeout: 5s, retries: 3}}"
    runs = changed(CHECK, "rolling", NO_GRACE, check)
    # The third of six reports that take 0 to 20 s comes after 20 × 3/7 s, and half a look later
    # the breaker has counted three.
    by_hand = ACT + START + 3 * interval + 20 * 3 / 7 + LOOK / 2
    assert runs["decision_s"].mean() == pytest.approx(by_hand, abs=3)


def test_container_check_as_it_was_seen():
    """Two failures and a rollback took 207 s with a quick check; here three count."""
    runs = changed(CHECK, "rolling", NO_GRACE)
    assert runs["deployment_s"].mean() == pytest.approx(207, rel=0.1)


def test_container_check_does_not_keep_users_away():
    """The load balancer has passed the new tasks: they get half of the traffic, and answer it."""
    assert told(CHECK, "rolling", "failed_requests").max() < 1e-6
    # Healthy some 14 s after RUNNING, out of the group about 31 s after the decision.
    served = mean(CHECK, "rolling", "decision_s") + 31 - (ACT + START + 14)
    exposed = mean(CHECK, "rolling", "exposed_requests")
    assert exposed == pytest.approx(100 * served, rel=0.03)
    # CodeDeploy puts them behind the listener when ECS counts them, which it never does.
    assert told(CHECK, "blue-green", "exposed_requests").max() == 0


def test_container_check_does_not_count_for_code_deploy():
    """Six tasks are replaced in every round of 14 looks until a person ends it."""
    assert mean(CHECK, "blue-green", "decision_s") == pytest.approx(ACT + 1800 + 600, abs=1)
    # Half a minute to type and some 32 s of CodeDeploy's: rounds up to 2,474 s.
    rounds = 1 + (ACT + 2400 + 30 + 32 - (ACT + START + 90)) // (14 * LOOK)
    assert mean(CHECK, "blue-green", "failed_tasks") == 6 * rounds
    assert mean(CHECK, "blue-green", "extra_cost_usd") > 20 * mean(
        CHECK, "rolling", "extra_cost_usd"
    )
    alone = changed(CHECK, "blue-green", "operator=null")
    assert alone["decision_s"].mean() == pytest.approx(ACT + 3600, abs=1)


def test_container_check_leaves_half_a_fleet():
    """Who has stopped three old tasks is short of capacity before and after the new ones live."""
    # Three old tasks are gone eight looks after the first act, then 14 looks as above.
    decided = mean(CHECK, "rolling-half", "decision_s")
    assert decided == pytest.approx(ACT + 8 * LOOK + 14 * LOOK, abs=3)
    assert told(CHECK, "rolling-half", "min_headroom").max() == pytest.approx(180 / 200)
    failed = told(CHECK, "rolling-half", "failed_requests")
    assert failed.min() > 1000
    assert np.allclose(failed, told(CHECK, "rolling-half", "failed_overload"), rtol=1e-6)


def test_container_check_verdict():
    """Rolling with room and blue-green hurt nobody; only the breaker ends it without a person."""
    text = said(CHECK)
    assert text.startswith("Rolling. It fails no request, and ends this without a person after 2m3")
    assert "Blue-green hurts as few users, but waits 40m1" in text
    assert story(CHECK).ranking.groups[-1] == ("rolling-half",)
