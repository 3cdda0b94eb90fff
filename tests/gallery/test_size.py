"""One task, two hundred tasks, and steps that are smaller than all: what size changes.

Facts: ecs-capacity-rounding, ecs-stuck-deployment, ecs-continuous-replacement,
codedeploy-custom-configs, ecs-native-canary.
"""

import numpy as np
import pytest

from simdeploy import load_scenario
from simdeploy.errors import ScenarioError
from tests.gallery.common import NO_LUCK, SHIFTING, changed, mean, part, said, share, story, told

pytestmark = pytest.mark.many_runs

# A service of one task.


def test_one_task_is_stuck_at_50_100():
    """Half a task rounds up to one, and one is also the cap."""
    assert share("single-task", "rolling-50-100", "stuck") == 1.0
    assert share("single-task", "rolling-50-100", "held") == 1.0
    assert told("single-task", "rolling-50-100", "failed_requests").max() == 0
    assert told("single-task", "rolling-50-100", "peak_tasks").max() == 1


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
def test_one_task_is_fine_with_room_for_two(strategy):
    """A second task starts beside the first, and nobody notices."""
    assert share("single-task", strategy, "shipped") == 1.0
    assert told("single-task", strategy, "failed_requests").max() < 1e-6
    assert told("single-task", strategy, "peak_tasks").max() == 2


def test_one_task_goes_down_at_0_100():
    """The only task is stopped before the next one starts."""
    alone = changed("single-task", "rolling-0-100", "defaults.alarms=[]")
    assert part(alone, "shipped") == 1.0
    # Deregistered at the second look, 20.2 s. After 30 s of drain and 1 s it has left the group,
    # so it gets SIGTERM at 61 s; 2 s of shutdown and 10 s later ECS knows, and sees it gone at
    # 81.4 s. Its place is taken at 91.6 s; 45 s later the new task runs, is registered at 142.6 s
    # and healthy 1 s later.
    by_hand = 143.6 - 20.2
    runs = changed("single-task", "rolling-0-100", "defaults.alarms=[]", *NO_LUCK)
    assert runs["outage_s"] == pytest.approx(by_hand)
    assert alone["outage_s"].mean() == pytest.approx(by_hand, rel=0.03)
    assert alone["min_healthy_tasks"].max() == 0
    assert (alone["failed_requests"] > 20 * 100).all()


def test_one_task_outage_raises_the_alarm():
    """The deployment's own outage raises the alarm, and the way back is the second outage."""
    assert share("single-task", "rolling-0-100", "false_rollback") > 0.95
    once = changed("single-task", "rolling-0-100", "defaults.alarms=[]")["outage_s"].mean()
    assert mean("single-task", "rolling-0-100", "outage_s") > 1.6 * once


def test_one_task_at_200_percent_waits_for_nobody():
    """With 100/150 the cap rounds down to one task, and the deployment is as stuck as 50/100."""
    runs = changed("single-task", "rolling", "strategies.rolling.maximum_percent=150")
    assert part(runs, "stuck") == 1.0


def test_one_task_winner():
    """Rolling and blue-green are level, the stuck one is not ranked."""
    assert set(story("single-task").ranking.winners) == {"rolling", "blue-green"}
    assert story("single-task").ranking.winners[0] == "rolling"
    assert "Rolling-50-100 hurts nobody, but does not ship" in said("single-task")
    assert "at least 1 must be healthy, at most 1 may run" in said("single-task", "Notes")


# Two hundred tasks, twenty more at a time.


def test_big_fleet_takes_ten_waves():
    """Twenty tasks at a time take thirteen times as long as all at once."""
    # A wave lasts 14 looks, since draining tasks hold their places: new tasks run after 45 s and
    # register at the fifth look, the sixth orders, the seventh deregisters, and 31 s later the
    # eleventh is SIGTERM's. After 2 s and 10 s more the thirteenth sees them gone, and the next
    # starts others. The last wave is over at its seventh look.
    by_hand = 10 + (9 * 14 + 7) * 10.2
    assert changed("big-fleet", "rolling", *NO_LUCK)["full_traffic_s"] == pytest.approx(by_hand)
    # Of twenty tasks some miss a look here and there.
    waves = mean("big-fleet", "rolling", "full_traffic_s")
    assert by_hand < waves < 1.1 * by_hand
    assert mean("big-fleet", "rolling-doubled", "full_traffic_s") < waves / 12


def test_big_fleet_needs_room():
    """Waves need room for a fifth more tasks, draining ones included, the others for twice."""
    assert told("big-fleet", "rolling", "peak_tasks").max() <= 240
    for name in ("rolling-doubled", *SHIFTING):
        assert told("big-fleet", name, "peak_tasks").min() == 400


def test_big_fleet_keeps_its_capacity():
    """No strategy falls below the capacity of 200 tasks, and nobody is hurt."""
    for name in story("big-fleet").strategies:
        # 200 tasks × 60 of 9,000 requests per second.
        assert told("big-fleet", name, "min_headroom").min() == pytest.approx(12000 / 9000)
        assert told("big-fleet", name, "failed_requests").max() < 1e-3
        assert share("big-fleet", name, "shipped") == 1.0


def test_big_fleet_waves_save_no_money():
    """A tenth of the tasks for ten times as long costs the same; waiting an hour costs more."""
    few = mean("big-fleet", "rolling", "extra_cost_usd")
    assert mean("big-fleet", "rolling-doubled", "extra_cost_usd") == pytest.approx(few, rel=0.1)
    # 200 tasks of 1 vCPU and 2 GB for 1 h 2 min more: 200 × 1.03 h × $0.0494 = $10.2.
    cost = mean("big-fleet", "blue-green", "extra_cost_usd")
    assert cost == pytest.approx(10.2, rel=0.03)


def test_big_fleet_goes_back_in_ten_waves_too():
    """The way back takes rolling 24 minutes, and blue-green half a minute."""
    back = {n: one.drill["rollback_after_s"].mean for n, one in story("big-fleet").results}
    assert back["rolling"] == pytest.approx(24 * 60, rel=0.02)
    assert back["rolling-doubled"] < 180
    assert back["blue-green"] < 60


def test_big_fleet_winner():
    """Nobody is hurt, so money decides, and both rolling deployments are cheapest."""
    assert said("big-fleet").startswith("Any of them. They fail no request. Rolling and rolling-d")
    assert set(story("big-fleet").ranking.winners[:2]) == {"rolling", "rolling-doubled"}


# The code ships dark, and a flag turns it on.


def test_flag_takes_back_in_seconds():
    """A flag needs only to propagate, a canary CodeDeploy's delay, rolling all starts again."""
    # Uniform from 1 to 10 s; 5–60 s of CodeDeploy and 1–10 s of weights; a start.
    assert mean("feature-flag", "feature-flag", "rollback_s") == pytest.approx(5.5, abs=0.3)
    assert told("feature-flag", "feature-flag", "rollback_s").max() <= 10
    assert mean("feature-flag", "canary", "rollback_s") == pytest.approx(38, abs=3)
    assert mean("feature-flag", "rolling", "rollback_s") > 90


def test_flag_ships_dark():
    """Until the flag is set nobody meets the fault, however many tasks run it."""
    dark = told("feature-flag", "feature-flag", "full_traffic_s")
    assert not np.isfinite(dark).any()
    assert mean("feature-flag", "feature-flag", "exposed_requests") < 5000


def test_one_percent_is_blind():
    """Three tenths of one percent are no alarm: the fault is seen at ten percent."""
    seen = told("feature-flag", "feature-flag", "detect_s")
    assert seen.min() > 300
    # Five minutes at 0.3 % are 180 failed requests, the minutes at 3 % the other thousand.
    extra = mean("feature-flag", "feature-flag", "detect_s") - mean(
        "feature-flag", "canary", "detect_s"
    )
    assert extra == pytest.approx(300, abs=10)


def test_flag_without_the_blind_step():
    """From ten percent on at once, the flag fails fewer than the canary by its way back."""
    steps = "[{percent: 10, wait: 5m}, {percent: 100, wait: 10m}]"
    runs = changed("feature-flag", "feature-flag", f"strategies.feature-flag.steps={steps}")
    gap = mean("feature-flag", "canary", "failed_requests") - runs["failed_requests"].mean()
    # 3 % of 200 requests per second, for 38 s instead of 5.5 s.
    assert gap == pytest.approx(6 * 32.5, rel=0.25)


def test_flag_after_completion():
    """The way back by the flag stays open when every deployment is over."""
    late = {n: one.drill["rollback_late_s"].mean for n, one in story("feature-flag").results}
    assert late["feature-flag"] < 10
    assert min(late[name] for name in ("rolling", "blue-green", "canary")) > 80


def test_flag_winner():
    """Flag and canary are close together, far before who shows it to everybody."""
    order = list(story("feature-flag").ranking.ordered)
    assert set(order[:2]) == {"feature-flag", "canary"}
    assert order[2:] == ["blue-green", "rolling"]


# One percent, ten percent, everybody.


def test_one_percent_is_enough_for_a_total_fault():
    """A tenth of the canary's share fails a tenth of its requests."""
    ten = mean("1-10-100", "canary", "failed_requests")
    one = mean("1-10-100", "1-10-100", "failed_requests")
    assert one < ten / 7
    # 1 % of 200 requests per second until it is noticed and taken back: 169 s + 38 s.
    assert one == pytest.approx(2 * (169 + 38), rel=0.05)
    assert mean("1-10-100", "canary-1", "failed_requests") == pytest.approx(one, rel=0.02)


def test_one_percent_alone_is_blind_to_half_a_fault():
    """Where three of ten requests fail, who goes from 1 to 100 % fails as many as blue-green."""
    some = "release.faults.0.rate=30%"
    failed = {
        n: changed("1-10-100", n, some)["failed_requests"].mean()
        for n in ("blue-green", "canary", "canary-1", "1-10-100")
    }
    assert failed["canary-1"] > 0.9 * failed["blue-green"]
    assert failed["1-10-100"] < 1.4 * failed["canary"]
    assert failed["1-10-100"] < failed["canary-1"] / 6


@pytest.mark.parametrize("controller", ["code_deploy", "ecs"])
def test_no_controller_has_three_steps(controller):
    """CodeDeploy and ECS refuse the steps, by name."""
    with pytest.raises(ScenarioError, match="traffic_steps"):
        load_scenario("1-10-100", overrides=[f"strategies.1-10-100.controller={controller}"])


def test_three_steps_take_time():
    """Small steps delay a good release by as long as they wait."""
    good = {
        n: changed("1-10-100", n, "release.faults=[]")["full_traffic_s"].mean()
        for n in ("blue-green", "canary", "1-10-100")
    }
    assert good["canary"] - good["blue-green"] == pytest.approx(300, abs=5)
    assert good["1-10-100"] - good["blue-green"] == pytest.approx(600, abs=40)


def test_one_percent_winner():
    """Both that begin with one percent are level, and the others far behind."""
    assert set(story("1-10-100").ranking.winners) == {"canary-1", "1-10-100"}
    assert said("1-10-100").startswith("Canary-1 or 1-10-100. They fail ")
