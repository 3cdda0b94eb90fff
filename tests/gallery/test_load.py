"""Load that the usual day does not show: rushes, queues, blips, cold tasks, shared databases.

Facts: alb-fail-open, alb-460-client-left, alb-503-no-target, ecs-unhealthy-replacement,
ecs-breaker-reset, codedeploy-shift-configurations, codedeploy-alarm-window.
"""

import numpy as np
import pytest

from tests.gallery.common import (
    KEEPING,
    SHIFTING,
    changed,
    each_keeping,
    mean,
    part,
    said,
    share,
    story,
    told,
)

pytestmark = pytest.mark.many_runs

#: The control plane acts at once and counts have no noise: the arithmetic is about something else.
BY_HAND = ("service.control_plane=instant", "traffic.sampled=false")

# A rush in the middle of the deployment.


@each_keeping
def test_spike_is_carried_by_a_whole_fleet(strategy):
    """Six tasks carry 360 requests per second, and the rush brings 320."""
    assert told("traffic-spike", strategy, "failed_requests").max() < 1e-6
    assert told("traffic-spike", strategy, "min_headroom").max() == pytest.approx(360 / 320)
    assert share("traffic-spike", strategy, "shipped") == 1.0


def test_spike_meets_half_a_fleet():
    """Three tasks carry 180 of 320, and six need minutes to work off what is in line."""
    assert told("traffic-spike", "rolling-50-100", "min_headroom").max() == pytest.approx(180 / 320)
    # Six tasks gain 40 a second on the line: the rush is over before all are answered in time.
    assert mean("traffic-spike", "rolling-50-100", "failed_requests") > 60_000
    failed = told("traffic-spike", "rolling-50-100", "failed_overload")
    assert (failed > 0.99 * told("traffic-spike", "rolling-50-100", "failed_requests")).all()


def test_spike_is_seen_by_a_person():
    """Clients that give up are no 5xx; a person goes back, and that halves the fleet again."""
    assert share("traffic-spike", "rolling-50-100", "false_rollback") > 0.75
    decided = told("traffic-spike", "rolling-50-100", "decision_s")
    # Five minutes to notice, five to decide; half the fleet is gone after a first act at 4-19 s and
    # a look of 10.2 s, and its line is long some seconds later.
    assert np.median(decided[np.isfinite(decided)]) == pytest.approx(600 + 11.5 + 10.2, abs=15)


def test_half_a_fleet_is_enough_without_the_rush():
    """On a usual day half the fleet falls 20 requests per second behind, and fails some of them."""
    runs = changed("traffic-spike", "rolling-50-100", "environment.events=[]", *BY_HAND)
    assert runs["failed_requests"].mean() < 0.05 * mean(
        "traffic-spike", "rolling-50-100", "failed_requests"
    )
    assert part(runs, "shipped") == 1.0


def test_spike_winner():
    """All that keep a whole fleet are level, and rolling is cheapest."""
    assert set(story("traffic-spike").ranking.winners) == set(KEEPING)
    assert story("traffic-spike").ranking.winners[0] == "rolling"


# The health check waits in line.

NOT_QUEUED = "target_group.health_check.queued=false"


def test_queued_checks_collapse():
    """Busy tasks are killed for being busy, and the rest are busier still."""
    runs = changed("overload-collapse", "rolling", NOT_QUEUED)
    assert runs["failed_tasks"].max() == 0
    assert mean("overload-collapse", "rolling", "failed_tasks") > 15
    worse = mean("overload-collapse", "rolling", "failed_requests")
    assert worse > 2 * runs["failed_requests"].mean()


def test_half_a_fleet_without_queued_checks():
    """The same overload passes by itself, and ships unless a person undoes it for its length."""
    runs = changed("overload-collapse", "rolling", NOT_QUEUED, "operator=null")
    assert part(runs, "shipped") == 1.0
    # Twice half the fleet is away from its deregistration until three new tasks are healthy: 50 s
    # of drain and stop, 10 s until the next start, 53 s of start and 10 s of checks, some 125 s.
    # Three tasks fail 120 of 300 requests a second once the line is full: 40 % of 250 s are 100 s
    # of full outage; while six tasks work the line off, clients still give up.
    assert 100 * 300 < runs["failed_requests"].mean() < 500 * 300
    assert 380 < runs["downtime_s"].mean() < 480
    assert part(changed("overload-collapse", "rolling", NOT_QUEUED), "false_rollback") > 0.7


def test_collapse_may_never_end():
    """In some runs the fleet has not recovered after an hour and a half."""
    assert share("overload-collapse", "rolling", "in_progress") > 0.06
    assert told("overload-collapse", "rolling", "downtime_s").max() > 1800
    assert share("overload-collapse", "rolling", "false_rollback") == 1.0


@pytest.mark.parametrize("rate", [190, 240])
def test_killing_makes_less_load_worse_as_well(rate):
    """A killed task takes its line with it, but its successor is two minutes away."""
    less = (f"traffic.rate={rate}", "defaults.alarms=[]")
    queued = changed("overload-collapse", "rolling", *less)
    usual = changed("overload-collapse", "rolling", *less, NOT_QUEUED)
    assert queued["failed_tasks"].mean() > 5
    assert queued["failed_requests"].mean() > 2 * usual["failed_requests"].mean()


@pytest.mark.parametrize("strategy", ["rolling-start-first", *SHIFTING])
def test_no_overload_no_collapse(strategy):
    """Where six tasks serve all the time, checks in the same line pass."""
    assert told("overload-collapse", strategy, "failed_tasks").max() == 0
    assert told("overload-collapse", strategy, "failed_requests").max() < 1e-6


def test_collapse_winner():
    """Whoever starts first is level, and rolling is cheapest again."""
    best = story("overload-collapse").ranking.winners
    assert set(best) == {"rolling-start-first", *SHIFTING}
    assert "circuit breaker takes good releases back" in said("overload-collapse", "Notes")


# A minute without the database.


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
def test_blip_fails_open(strategy):
    """All targets are unhealthy, so the balancer asks all: the outage lasts as long as the blip."""
    failed = mean("deep-check-dependency-blip", strategy, "failed_requests")
    assert failed == pytest.approx(60 * 200, rel=0.01)


@pytest.mark.parametrize(
    ("strategy", "tasks"), [("rolling", 6), *((shifting, 12) for shifting in SHIFTING)]
)
def test_blip_starts_every_task_anew(strategy, tasks):
    """All are unhealthy within 20 s, and their successors start before the minute is over.

    A look comes 7 to 41 s after the verdict at 10 to 20 s; who is well again by then stays until
    the successors are healthy, and then one of the two is surplus (ecs-unhealthy-replacement).
    """
    name = "deep-check-dependency-blip"
    assert set(told(name, strategy, "failed_tasks")) == {tasks}
    assert set(told(name, strategy, "peak_tasks")) == {2 * tasks}


def test_blip_kills_where_no_room_is_left():
    """Where six tasks are the most there may be, a sick one is stopped before another starts."""
    full = "strategies.rolling={type: rolling, minimum_healthy_percent: 50, maximum_percent: 100}"
    runs = changed("deep-check-dependency-blip", "rolling", full)
    assert runs["failed_tasks"].mean() > 0.9
    assert runs["peak_tasks"].mean() < 10


@each_keeping
def test_shallow_check_rides_it_out(strategy):
    """A check that does not ask the database kills nobody: the minute's 12,000 and no more."""
    runs = changed(
        "deep-check-dependency-blip", strategy, "target_group.health_check.depth=shallow"
    )
    assert runs["failed_requests"].mean() == pytest.approx(12_000)
    assert runs["failed_tasks"].max() == 0


def test_blip_winner():
    """Whoever keeps serving loses hardly anything: no strategy brings the database back.

    12,000 requests fail anyway; what a deployment adds is a hundredth of that at most, and nothing
    where most of the traffic is still on the old tasks when the checks fail.
    """
    name = "deep-check-dependency-blip"
    assert story(name).ranking.winners == ("canary", "linear")
    assert set(story(name).ranking.left_out) == {"recreate"}
    assert all(abs(mean(name, keeping, "failed_caused")) < 120.0 for keeping in KEEPING)


# Checks that fail for no reason.


def flaky(strategy, *overrides, percent=20):
    """Return the runs of a strategy where checks fail that often."""
    events = f"[{{kind: flaky_health_checks, probability: {percent}%, from: 0s, until: 10m}}]"
    return changed("flaky-health-check", strategy, f"environment.events={events}", *overrides)


@pytest.mark.parametrize(("strategy", "targets"), [("rolling", 6), ("blue-green", 12)])
def test_flaky_checks_fail_good_tasks(strategy, targets):
    """Each of them counts as failed about twice in ten minutes."""
    # Two failures in a row take (1 + 0.2) / 0.2² = 30 checks, or 300 s. Grace of 90 s covers some,
    # and who is unhealthy for 20 s cannot turn so: somewhat below two.
    failed = mean("flaky-health-check", strategy, "failed_tasks")
    assert 1.4 * targets < failed < 2 * targets


def test_flaky_checks_overload_the_rest():
    """Without room to start first, good tasks are stopped while they are needed."""
    without = told("flaky-health-check", "rolling-in-place", "failed_requests")
    for strategy in ("rolling", "blue-green"):
        failed = told("flaky-health-check", strategy, "failed_requests")
        assert failed.mean() < 50
        assert (failed > 1).mean() < 0.05
    assert (without > 1).mean() > 0.15
    assert without.mean() > 500


def test_more_flaky_checks_are_no_small_harm():
    """One check in three makes it twenty times as bad."""
    worse = flaky("blue-green", percent=33)["failed_requests"].mean()
    assert worse > 20 * mean("flaky-health-check", "blue-green", "failed_requests")


def test_breaker_forgets_and_breaker_counts():
    """A breaker that counts to the end undoes good releases; one that forgets lets them through."""
    never = "defaults.circuit_breaker.reset_on_healthy=false"
    # Failures count at the verdict, three of six targets are soon there at 30 %.
    assert part(flaky("rolling", percent=20), "false_rollback") < 0.1
    assert part(flaky("rolling", never, percent=20), "false_rollback") > 0.35
    assert part(flaky("rolling", percent=30), "false_rollback") < 0.4
    assert part(flaky("rolling", never, percent=30), "false_rollback") > 0.9


def test_five_failures_in_a_row_are_rarer():
    """With a threshold of five hardly any good task is killed."""
    runs = flaky("rolling-in-place", "target_group.health_check.unhealthy_threshold=5")
    assert runs["failed_tasks"].mean() < 0.5


def test_flaky_winner():
    """Who starts first is level, whatever the strategy."""
    assert set(story("flaky-health-check").ranking.winners) == {"rolling", "blue-green"}


# New tasks are slow for a minute.


def test_cold_tasks_by_hand():
    """A cold fleet under all the traffic fails nearly a minute of it."""
    # 120 of 200: the line is 10 s long after 1,200 / 80 = 15 s. Then 45 s are lost, and when warm
    # 4,800 are in line, 1,200 more than 360 a second do in time: 7.5 s. Patience ends a request's
    # own time earlier (0.33 s cold, 0.11 s warm): 0.5 s and 0.25 s more. (45.5 + 7.75) × 200.
    runs = changed("cold-start", "blue-green", *BY_HAND)
    assert runs["failed_requests"].mean() == pytest.approx(10_650, rel=0.01)
    assert mean("cold-start", "blue-green", "min_headroom") == pytest.approx(0.6)


def test_cold_tasks_join_rolling_one_by_one():
    """Rolling's first new tasks have old ones beside them for some seconds."""
    failed = changed("cold-start", "rolling", *BY_HAND)["failed_requests"].mean()
    at_once = changed("cold-start", "blue-green", *BY_HAND)["failed_requests"].mean()
    assert 0.6 < failed / at_once < 0.95


@pytest.mark.parametrize("strategy", ["canary", "linear"])
def test_small_first_step_warms_up(strategy):
    """A tenth of the traffic for a minute is enough to be warm, and fails nobody."""
    assert mean("cold-start", strategy, "failed_requests") < 0.05


def test_large_first_step_does_not():
    """Eighty percent of the traffic is more than six cold tasks carry."""
    large = ("strategies.canary.config=null", "strategies.canary.percent=80")
    runs = changed("cold-start", "canary", *large, "strategies.canary.wait=5m")
    # 120 of 160: the line is 10 s long after 30 s, and some 30 s more are lost.
    assert runs["failed_requests"].mean() == pytest.approx(30 * 160, rel=0.1)


def test_cold_start_winner():
    """Canary and linear are level, and canary is the cheaper one."""
    assert set(story("cold-start").ranking.winners) == {"canary", "linear"}
    assert "Rolling fails 4," in said("cold-start")


# Slower, and only the full load shows it.


def test_canary_proves_nothing():
    """The canary passes and fails as many as blue-green does, five minutes later."""
    name = "canary-blind-to-load"
    alike = mean(name, "canary", "failed_requests") / mean(name, "blue-green", "failed_requests")
    assert alike == pytest.approx(1.0, abs=0.05)
    later = mean(name, "canary", "decision_s") - mean(name, "blue-green", "decision_s")
    assert later == pytest.approx(300, abs=10)
    assert told(name, "canary", "decision_s").min() > 390


def test_overload_by_hand():
    """Blue-green's line is 10 s long after 13 s; from then on all fail until it is taken back."""
    # The line grows by 200 − 112.5 a second to 1,125. 142 s until it is noticed, 38 s until it is
    # taken back, less 13 s: 167 s × 200 = 33,400.
    failed = mean("canary-blind-to-load", "blue-green", "failed_requests")
    assert failed == pytest.approx(33_400, rel=0.05)


def test_linear_meets_the_limit_on_its_way():
    """Linear is too much for six slow tasks at 60 %, and is gone before it has everything."""
    name = "canary-blind-to-load"
    failed = mean(name, "linear", "failed_requests")
    assert failed < mean(name, "canary", "failed_requests") * 2 / 3
    # Five steps are carried: 112.5 of 100 at the fifth. The sixth is five minutes after the first.
    gap = told(name, "linear", "decision_s").min() - told(name, "blue-green", "decision_s").min()
    assert gap > 290
    # Hardly ever all traffic: at 100 % the headroom would be 112.5 / 200.
    assert np.isfinite(told(name, "linear", "full_traffic_s")).mean() < 0.1


def test_half_of_the_traffic_proves_no_more():
    """Six slow tasks carry half of the traffic as well: only 60 % and more show the fault."""
    half = ("strategies.canary.config=null", "strategies.canary.percent=50")
    runs = changed("canary-blind-to-load", "canary", *half, "strategies.canary.wait=5m")
    assert runs["decision_s"].min() > 390


def test_blind_canary_winner():
    """Linear is the winner by a third."""
    assert story("canary-blind-to-load").ranking.winners == ("linear",)
    assert said("canary-blind-to-load").startswith("Linear. It fails 2")


# Two fleets share one database.


def test_two_tasks_too_many():
    """Ten tasks have their connections, the two youngest have none."""
    # All traffic on six new tasks, of which two have none: a third fails until it is taken back.
    # 142 s until it is noticed + 38 s, × 200 / 3.
    failed = mean("connections-exhausted", "blue-green", "failed_refused")
    assert failed == pytest.approx((142 + 38) * 200 / 3, rel=0.05)
    # A canary sends a tenth of the traffic there, and is noticed 13 s later.
    canary = mean("connections-exhausted", "canary", "failed_refused")
    assert canary == pytest.approx(20 / 3 * (155 + 38), rel=0.05)


def test_rolling_has_two_fleets_for_a_drain():
    """Twelve tasks last as long as the drain: half a minute for each way."""
    failed = mean("connections-exhausted", "rolling", "failed_refused")
    assert failed < mean("connections-exhausted", "blue-green", "failed_refused") / 2
    assert told("connections-exhausted", "rolling", "peak_tasks").max() <= 13


def test_small_steps_never_need_twelve():
    """Three at a time: nine run, and draining ones are gone before the next three are."""
    assert told("connections-exhausted", "rolling-100-150", "failed_requests").max() < 1e-6
    assert share("connections-exhausted", "rolling-100-150", "succeeded") == 1.0


def test_long_drain_holds_connections():
    """With AWS's own drain of five minutes small steps need as many as two fleets."""
    runs = changed(
        "connections-exhausted",
        "rolling-100-150",
        "target_group.deregistration_delay=5m",
        *BY_HAND,
    )
    assert runs["failed_refused"].mean() > 1000


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "rolling-100-150"])
def test_enough_connections(strategy):
    """With 240 connections nobody notices."""
    runs = changed("connections-exhausted", strategy, "service.max_connections=240")
    assert runs["failed_requests"].max() < 1e-6
    assert part(runs, "succeeded") == 1.0


def test_deep_check_holds_the_deployment_up():
    """A check that asks the database finds tasks without connections, and CodeDeploy waits."""
    deep = changed("connections-exhausted", "blue-green", "target_group.health_check.depth=deep")
    assert deep["failed_tasks"].mean() > 10
    usual = told("connections-exhausted", "blue-green", "decision_s")
    assert deep["decision_s"].mean() > 1.3 * usual.mean()
    assert np.quantile(deep["decision_s"], 0.95) > 2 * usual.max()


def test_connections_winner():
    """Small steps fail nobody."""
    assert said("connections-exhausted").startswith("Rolling-100-150. It fails no request.")
    assert "no connection is left for the new tasks" in said("connections-exhausted", "Why")
