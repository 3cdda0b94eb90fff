"""Does anyone notice? What alarms see, what they take for a fault, and when it is too late.

Facts: cloudwatch-canary-dilution, cloudwatch-low-traffic, ecs-alarm-already-red,
codedeploy-alarm-already-red, ecs-alarm-window, codedeploy-alarm-window.
"""

import numpy as np
import pytest

from simdeploy import load_scenario
from simdeploy.engines import replicate
from simdeploy.model.registry import VERDICTS
from tests.gallery.common import (
    KEEPING,
    SHIFTING,
    cell,
    changed,
    each_keeping,
    each_shifting,
    mean,
    part,
    said,
    share,
    story,
    told,
)

pytestmark = pytest.mark.many_runs

# A CPU alarm takes every start for a fault.


@pytest.mark.parametrize(("strategy", "least"), [("rolling", 0.8), ("canary", 1), ("linear", 1)])
def test_cpu_alarm_undoes_good_releases(strategy, least):
    """The release is good and users notice nothing, yet it goes back in many runs or in all."""
    assert share("cpu-alarm", strategy, "false_rollback") >= least
    assert told("cpu-alarm", strategy, "failed_requests").max() < 1e-6


def test_cpu_alarm_lets_blue_green_ship():
    """All traffic leaves the old tasks 20 s after the new ones run: the twelve average 50 %."""
    assert share("cpu-alarm", "blue-green", "shipped") > 0.98
    assert story("cpu-alarm").ranking.winners == ("blue-green",)
    assert said("cpu-alarm").startswith("Blue-green. It fails no request.")


def test_cpu_alarm_by_hand():
    """The mean of twelve tasks is what the alarm's threshold has to stand above."""
    # Six tasks are busy to 200 / 360 = 56 %, six burn 100 %: 78 %; with a tenth of the traffic
    # shifted, the six are busy to 50 %: 75 %.
    for threshold, expected in (("74%", True), ("79%", False)):
        runs = changed("cpu-alarm", "canary", f"alarms.checkout-cpu.threshold={threshold}")
        assert (part(runs, "false_rollback") > 0.5) is expected


@each_keeping
def test_patient_cpu_alarm_ships(strategy):
    """Four breaching minutes in a row are more than a start of two minutes can give."""
    runs = changed("cpu-alarm", strategy, "alarms.checkout-cpu.datapoints=4")
    assert part(runs, "shipped") == 1.0


# The alarm is red before the deployment starts.


@pytest.mark.parametrize("strategy", ["rolling", "recreate", "canary-ecs"])
def test_red_alarm_leaves_ecs_without_alarms(strategy):
    """ECS does without alarms for the whole deployment, so nobody undoes the release."""
    assert share("alarm-already-red", strategy, "escaped") == 1.0
    assert share("alarm-already-red", strategy, "succeeded") == 1.0
    assert not np.isfinite(told("alarm-already-red", strategy, "decision_s")).any()


def test_red_alarm_costs_rolling_by_hand():
    """One request in 25 fails from about the first minute and a half to the end."""
    # 4 % of 200 requests per second, for 7,200 s less 90 s: 56,900.
    assert mean("alarm-already-red", "rolling", "failed_requests") == pytest.approx(56900, rel=0.01)


@each_shifting
def test_red_alarm_stops_code_deploy(strategy):
    """CodeDeploy polls the alarm within 15 s and stops; a good release would not ship either."""
    assert share("alarm-already-red", strategy, "stopped") == 1.0
    assert told("alarm-already-red", strategy, "exposed_requests").max() == 0
    assert told("alarm-already-red", strategy, "decision_s").max() <= 15
    assert cell("alarm-already-red", strategy, "live_after") == "never"
    assert "is red already, which takes good releases back" in said("alarm-already-red", "Notes")


def test_red_alarm_is_looked_at_again_by_code_deploy():
    """The canary is still small when the incident ends, and then the alarm counts again."""
    name, strategy = "alarm-already-red", "canary-red-ignored"
    assert share(name, strategy, "stopped") == 1.0
    # 10 % of the traffic × 4 % is no breach; full traffic after 390 s, 145 s until an alarm is
    # noticed.
    assert told(name, strategy, "decision_s").min() > 390
    assert mean(name, strategy, "decision_s") == pytest.approx(390 + 145, abs=15)


def test_green_alarm_saves_rolling():
    """The same release under a green alarm goes back within minutes, unless the bake ends first."""
    runs = changed("alarm-already-red", "rolling", "environment.events=[]")
    assert part(runs, "stopped") > 0.95
    assert np.median(runs["decision_s"]) < 300


def test_red_alarm_winner():
    """Who shows the fault to few users while the alarm is blind fails fewest requests."""
    assert story("alarm-already-red").ranking.winners == ("canary-red-ignored",)
    assert said("alarm-already-red").startswith("Canary-red-ignored. It fails 1,")


# The alarm counts 5xx, and overload is none.


def test_overload_is_seen_by_p99_alone():
    """The alarm on 5xx never moves: a person ends it after ten minutes, the p99 alarm after two.

    In one run of rolling in 50 the p99 alarm goes off as the bake time ends, too late to count.
    """
    for name in ("rolling", "blue-green"):
        late = told("alarm-blind-to-overload", name, "decision_s")
        early = told("alarm-blind-to-overload", f"{name}-p99", "decision_s")
        assert late.min() > 630
        assert np.quantile(early, 0.98) < 400
        assert mean("alarm-blind-to-overload", name, "failed_requests") > 100_000
        assert mean("alarm-blind-to-overload", f"{name}-p99", "failed_requests") < 35_000


def test_overload_is_460():
    """Every failure is a client that gave up."""
    failed = told("alarm-blind-to-overload", "rolling", "failed_requests")
    assert np.allclose(failed, told("alarm-blind-to-overload", "rolling", "failed_overload"))
    # Twice the time is half the capacity: 6 × 30 of 200 requests per second.
    headroom = told("alarm-blind-to-overload", "rolling", "min_headroom")
    assert headroom == pytest.approx(0.9)


def test_idle_timeout_makes_overload_a_504():
    """A balancer that gives up before its clients answers 504, and the alarm on 5xx sees it."""
    runs = changed("alarm-blind-to-overload", "blue-green", "target_group.idle_timeout=8s")
    assert runs["decision_s"].max() < 500


def test_alarm_outweighs_strategy():
    """Both strategies with the p99 alarm stand before both without it."""
    order = list(story("alarm-blind-to-overload").ranking.ordered)
    assert order == ["blue-green-p99", "rolling-p99", "blue-green", "rolling"]
    assert said("alarm-blind-to-overload").startswith("Blue-green-p99. It fails 2")


# Wrong results that no signal shows.


def test_silent_fault_fails_nothing():
    """No request fails and no alarm moves, only a customer complains."""
    for name in KEEPING:
        assert told("silent-fault", name, "failed_requests").max() < 1e-6
        assert told("silent-fault", name, "decision_s").min() > 600


def test_silent_fault_by_hand():
    """It takes 44 minutes, of which ten and a half are people's."""
    runs = load_scenario("silent-fault")
    rows = replicate(runs, "rolling", seed=1, lo=0, hi=1000)
    # Half an hour in the middle is 1,967 s on average (sigma 0.42); 630 s are the person's.
    assert rows["detect_s"].mean() == pytest.approx(1967 + 630, rel=0.04)
    # 200 requests per second, one invoice for every ten.
    assert rows["side_effects_left"] == pytest.approx(rows["exposed_requests"] / 10)


def test_silent_fault_outlasts_every_canary():
    """All that the strategies differ by is a tenth of what is sent."""
    sent = [mean("silent-fault", name, "side_effects_left") for name in KEEPING]
    assert min(sent) > 0.85 * max(sent)
    assert min(sent) > 40_000


def test_silent_fault_flips_back_only_while_old_tasks_stay():
    """Within the termination wait blue-green flips in seconds, afterwards it starts tasks anew."""
    rows = story("silent-fault").strategies["blue-green"].rows
    kept = rows["decision_s"] < 3600
    assert 0.7 < kept.mean() < 0.98
    assert np.median(rows["rollback_s"][kept]) < 75
    assert np.median(rows["rollback_s"][~kept]) > 90


def test_silent_fault_leaves_invoices():
    """The verdict says that nothing takes the side effects back."""
    assert said("silent-fault", "Left").startswith("Side effects of bad requests: rolling ")
    assert "The strategy hardly matters: all that ship serve" in said("silent-fault")


# An alarm counts errors where there are hardly any requests.


def test_few_requests_miss_the_canary():
    """Whether the canary's minutes show three errors is luck; the sums alone would never do."""
    early = told("low-traffic-canary", "canary", "exposed_requests") < 100
    # 1.4 errors a minute instead of 0.3: three or more in one minute of six or seven.
    assert 0.3 < early.mean() < 0.8
    exact = changed("low-traffic-canary", "canary", "traffic.sampled=false")
    assert exact["decision_s"].min() > 400


def test_few_requests_trip_on_good_releases():
    """Whoever watches for an hour meets a minute with three errors by chance."""
    good = "release.faults=[]"
    # 0.3 errors a minute: three or more in 0.36 % of the minutes, in 1 − 0.9964^60 = 19 % of hours.
    for name in SHIFTING:
        assert 0.12 < part(changed("low-traffic-canary", name, good), "false_rollback") < 0.3
    assert part(changed("low-traffic-canary", "rolling", good), "false_rollback") < 0.03
    exact = changed("low-traffic-canary", "blue-green", good, "traffic.sampled=false")
    assert part(exact, "false_rollback") == 0.0


def test_more_requests_need_no_luck():
    """With a hundred times the requests no good release goes back."""
    many = ("traffic.rate=200", "service.desired_count=6", "release.faults=[]")
    assert part(changed("low-traffic-canary", "linear", *many), "shipped") == 1.0


def test_few_requests_winner():
    """Rolling is left, because it watches for a few minutes only."""
    assert story("low-traffic-canary").ranking.winners == ("rolling",)
    assert said("low-traffic-canary").startswith("Rolling. It fails 4")
    assert "ships a good release in only 7" in said("low-traffic-canary")


# The tasks die after the deployment is done.


def test_leak_escapes_rolling():
    """ECS has reported success after five and a half minutes, and its alarms watch no more."""
    # 155 s until the old tasks are gone, and 3 minutes of bake.
    took = told("memory-leak-after-completion", "rolling", "deployment_s")
    assert took.mean() == pytest.approx(155 + 180, abs=5)
    assert took.max() < 400
    assert share("memory-leak-after-completion", "rolling", "escaped") == 1.0
    assert mean("memory-leak-after-completion", "rolling", "failed_tasks") > 11


@each_shifting
def test_leak_is_caught_while_code_deploy_waits(strategy):
    """The alarm still watches an hour after the shift, and the old tasks still run."""
    name = "memory-leak-after-completion"
    assert share(name, strategy, "stopped") > 0.98
    assert share(name, strategy, "stopped") + share(name, strategy, "escaped") == 1.0
    decided = told(name, strategy, "decision_s")
    back = told(name, strategy, "rollback_s")[np.isfinite(decided)]
    assert decided[np.isfinite(decided)].min() > 2200
    assert back.max() < 80


def test_leak_hits_once_where_it_is_caught():
    """Where nobody goes back the same tasks' successors die forty minutes later again."""
    name = "memory-leak-after-completion"
    rows = story(name).strategies["blue-green"].rows
    caught = rows["verdict"] == VERDICTS.index("stopped")
    assert caught.any()
    assert rows["failed_tasks"][caught].max() <= 9
    assert rows["failed_tasks"][~caught].min() >= 10


def test_leak_needs_the_termination_wait():
    """With a termination wait of five minutes blue-green is as late as rolling."""
    runs = changed("memory-leak-after-completion", "blue-green", "defaults.termination_wait=5m")
    assert part(runs, "escaped") == 1.0


def test_leak_winner():
    """Rolling is last of those that ship good releases."""
    assert story("memory-leak-after-completion").ranking.groups[-1] == ("rolling",)
