"""What a stopping task cuts, and what it costs to wait: uploads, WebSockets, SIGTERM, early drains.

Facts: alb-deregistration-delay, alb-502-drain-end, alb-websockets-cut, alb-503-no-target,
ecs-stop-sequence, ecs-stop-timeout, ecs-health-signal-missing, codedeploy-termination-wait.
"""

from math import exp, log
from statistics import NormalDist

import numpy as np
import pytest

from tests.gallery.common import (
    KEEPING,
    NO_LUCK,
    SHIFTING,
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

#: The control plane acts at once: the arithmetic by hand is about something else.
OLD_CLOCK = ("service.control_plane=instant", "traffic.sampled=false")

# Uploads that take longer than the drain.


def test_drain_cuts_uploads():
    """Thirty seconds are too short for most uploads of a minute."""
    # 2 uploads a second of 70 s on average; E[(L − 30 s)+] = 40.8 s of each are left: 82 are cut if
    # old tasks get their share of the traffic to the end, fewer where new ones take some of it.
    cut = told("long-requests", "rolling", "failed_cut")
    assert 50 < cut.mean() < 90
    assert (told("long-requests", "rolling", "failed_requests") == cut).all()
    assert share("long-requests", "rolling", "shipped") == 1.0


@each_shifting
def test_termination_wait_lets_uploads_end(strategy):
    """An hour after the shift no upload is left to cut."""
    assert told("long-requests", strategy, "failed_requests").max() < 1e-6
    assert share("long-requests", strategy, "shipped") == 1.0


@pytest.mark.parametrize(("wait", "cut"), [("0s", 82), ("1m", 18.6), ("5m", 0.13)])
def test_uploads_of_before_the_shift(wait, cut):
    """What old tasks began before the shift is cut if it outlasts termination wait and drain."""
    # 2 uploads a second × E[(L − wait − 30 s)+] = 40.8, 9.3 and 0.07 s for 0, 60 and 300 s.
    runs = changed(
        "long-requests", "blue-green", f"strategies.blue-green.termination_wait={wait}", *OLD_CLOCK
    )
    assert runs["failed_cut"].mean() == pytest.approx(cut, rel=0.15)


def test_long_drain_lets_uploads_end():
    """With AWS's own delay of five minutes rolling cuts less than one upload."""
    # One upload in two thousand takes longer than 300 s: ln(300 / 60) / 0.557 = 2.9 sigma.
    runs = changed("long-requests", "rolling", "target_group.deregistration_delay=5m")
    assert runs["failed_requests"].mean() < 0.5
    assert runs["deployment_s"].mean() > mean("long-requests", "rolling", "deployment_s")


def test_silent_uploads_end_earlier():
    """An upload that sends nothing for a minute is ended by the balancer, deployment or not."""
    silent = "traffic.long_requests.streams=false"
    runs = changed("long-requests", "blue-green", silent)
    # Half of 2 uploads a second take longer than the idle time-out of 60 s, for two hours.
    assert runs["failed_cut"].mean() + runs["failed_app"].mean() < 1.1 * 7200
    assert runs["failed_requests"].mean() == pytest.approx(7200, rel=0.03)


def seconds_left(age):
    """Return E[(L − age)+] of an upload's length: lognormal, median 60 s, 150 s for one in 20."""
    normal, sigma = NormalDist(), log(150 / 60) / 1.645
    d = log(60 / age) / sigma
    return 60 * exp(sigma**2 / 2) * normal.cdf(d + sigma) - age * normal.cdf(d)


def test_uploads_and_recreate():
    """Recreate drains the same uploads, turns the others away and goes back."""
    runs = changed("long-requests", "recreate", *NO_LUCK, *OLD_CLOCK)
    assert part(runs, "false_rollback") == 1.0
    # Old tasks drain for 30 s at once. The new ones start when they are gone, at the look of 35 s,
    # run at 80 s and pass their second check at 91 s. The look after the decision drains them, and
    # what they have begun until then is cut in the same way.
    drained = 5 * np.ceil(runs["decision_s"] / 5)
    begun = np.maximum(drained - 91, 0)
    again = [seconds_left(30) - seconds_left(30 + age) for age in begun]
    cut = 2 * (seconds_left(30) + np.array(again))
    assert runs["failed_cut"] == pytest.approx(cut, rel=0.005)
    assert cut.mean() > 130
    assert share("long-requests", "recreate", "false_rollback") > 0.95


def test_uploads_winner():
    """The three that wait are level, the cheapest is blue-green."""
    assert set(story("long-requests").ranking.winners) == set(SHIFTING)
    assert said("long-requests").startswith("Blue-green, canary or linear. They fail no request.")
    assert "Rolling fails 7" in said("long-requests")


# Six hundred WebSockets.


def test_drain_cuts_websockets():
    """Half a minute lets two or three of a hundred connections end by themselves."""
    # A look of 10.2 s passes between the delay and SIGTERM: 600 × e^(−40.2 / 1200) = 580, and a few
    # that had come back to a task that was stopped later.
    cut = told("websockets", "rolling", "cut_websockets")
    assert cut.min() >= 600 * exp(-40.2 / 1200) - 1
    assert cut.mean() == pytest.approx(582, abs=3)


def test_termination_wait_lets_websockets_end():
    """In an hour all but a twentieth of the connections have ended by themselves."""
    # Cut 3,600 s and the drain of 30 s after the shift: 600 × e^(−3630 / 1200) = 29.1.
    assert mean("websockets", "blue-green", "cut_websockets") == pytest.approx(29.1, abs=0.5)


def test_gradual_shifts_cut_a_few_less():
    """Connections that end while traffic shifts come back to new tasks in its proportion."""
    cuts = [mean("websockets", name, "cut_websockets") for name in SHIFTING]
    assert cuts == sorted(cuts, reverse=True)
    # Linear's weight for blue falls by a tenth each minute for nine minutes before the hour.
    assert 20 < cuts[2] < cuts[0] - 4


def test_short_termination_wait_cuts_them_all():
    """Blue-green that waits five minutes cuts three quarters of them."""
    runs = changed("websockets", "blue-green", "defaults.termination_wait=5m")
    # 600 × e^(−330 / 1200) = 456.
    assert runs["cut_websockets"].mean() == pytest.approx(456, rel=0.01)


def test_long_drain_lets_websockets_end():
    """A drain of twenty minutes is as good as a termination wait of twenty minutes."""
    runs = changed("websockets", "rolling", "target_group.deregistration_delay=20m")
    # 600 / e = 221.
    assert runs["cut_websockets"].mean() == pytest.approx(221, rel=0.02)
    assert part(runs, "shipped") == 1.0


def test_longest_drain_tries_patience():
    """A drain of an hour, the longest there is, hangs for so long that somebody breaks it off."""
    runs = changed("websockets", "rolling", "target_group.deregistration_delay=1h")
    # 30 minutes of patience, 5 to notice and 5 to decide, after a first act at 4-19 s.
    assert part(runs, "false_rollback") == 1.0
    assert runs["decision_s"].mean() == pytest.approx(40 * 60 + 11.5, abs=1)


def test_websockets_are_no_requests():
    """Nobody's request fails where connections are cut."""
    for name in KEEPING:
        assert told("websockets", name, "failed_requests").max() < 1e-6
        assert share("websockets", name, "shipped") == 1.0


def test_recreate_cuts_them_twice():
    """Recreate is undone by its own alarm and cuts the connections that had come back."""
    assert mean("websockets", "recreate", "cut_websockets") > 1.7 * 600


# SIGTERM is ignored.


@each_keeping
def test_kill_hurts_nobody(strategy):
    """Requests have ended long before the kill."""
    assert told("sigterm-ignored", strategy, "failed_requests").max() < 1e-6
    assert share("sigterm-ignored", strategy, "shipped") == 1.0


@each_keeping
def test_kill_takes_two_minutes(strategy):
    """Every strategy takes eleven looks longer: 120 s until the kill, not 2 s to shut down."""
    # ECS notices an exit 10 s later, at its next look: 13 × 10.2 s after SIGTERM, not 2 × 10.2 s.
    usual = changed("sigterm-ignored", strategy, "service.ignores_sigterm=false")
    late = mean("sigterm-ignored", strategy, "deployment_s") - usual["deployment_s"].mean()
    assert late == pytest.approx(11 * 10.2, abs=1)


@each_keeping
def test_kill_costs_a_cent(strategy):
    """Six tasks are paid for two minutes more."""
    usual = changed("sigterm-ignored", strategy, "service.ignores_sigterm=false")
    # 6 × 112.2 s / 3600 × $0.0494 = $0.0092.
    dearer = mean("sigterm-ignored", strategy, "extra_cost_usd") - usual["extra_cost_usd"].mean()
    assert dearer == pytest.approx(0.0092, abs=0.0001)


def test_recreate_waits_for_the_kill():
    """Recreate starts nothing before the old tasks are gone: two more minutes with nobody there."""
    usual = changed("sigterm-ignored", "recreate", "service.ignores_sigterm=false")
    longer = mean("sigterm-ignored", "recreate", "outage_s") - usual["outage_s"].mean()
    assert longer > 118
    assert np.isfinite(told("sigterm-ignored", "recreate", "decision_s")).mean() > 0.95


def test_sigterm_winner():
    """All that keep serving are level, and rolling is cheapest."""
    assert set(story("sigterm-ignored").ranking.winners) == set(KEEPING)
    assert story("sigterm-ignored").ranking.winners[0] == "rolling"


# Old tasks drain before new ones serve.


def test_early_drain_leaves_nobody():
    """Rolling stops the old tasks when the new ones run, and some seconds nobody answers."""
    assert told("early-drain", "rolling", "min_healthy_tasks").max() == 0
    # 20 s of boot, less 5 s until the look that orders and 10.2 s until the look that acts.
    assert 3 < mean("early-drain", "rolling", "outage_s") < 8
    assert share("early-drain", "rolling", "shipped") == 1.0


def test_early_shift_has_old_tasks_and_does_not_ask_them():
    """CodeDeploy waits for the same signal, and a group's old tasks do not help the other group."""
    assert told("early-drain", "blue-green", "min_healthy_tasks").min() == 6
    assert mean("early-drain", "blue-green", "failed_requests") > 2000


@pytest.mark.parametrize("strategy", ["canary", "linear"])
def test_early_step_hurts_a_tenth(strategy):
    """A first step of ten percent fails ten percent of the requests for about ten seconds."""
    # 20 s of boot less 5.5 s of weights and what passes until CodeDeploy looks: 10 s × 20 a second.
    failed = mean("early-drain", strategy, "failed_requests")
    assert failed == pytest.approx(208, rel=0.2)
    assert failed < mean("early-drain", "blue-green", "failed_requests") / 10


@each_keeping
def test_signal_is_what_hurts(strategy):
    """With the health signal the same release fails nobody."""
    runs = changed("early-drain", strategy, "environment.events=[]")
    assert runs["failed_requests"].max() < 1e-6


def test_alarm_drains_early_twice():
    """The alarm undoes the good release, and the old revision's new tasks are no warmer."""
    alarm = "defaults.alarms=[checkout-5xx]"
    # Under the old clock, where nobody answers for long enough to alarm in every run.
    runs = changed("early-drain", "rolling", alarm, *OLD_CLOCK)
    assert part(runs, "false_rollback") > 0.9
    once = changed("early-drain", "rolling", *OLD_CLOCK)["failed_requests"].mean()
    assert runs["failed_requests"].mean() == pytest.approx(2 * once, rel=0.15)


def test_early_drain_winner():
    """Small first steps are level, and far better than all at once."""
    assert set(story("early-drain").ranking.winners) == {"canary", "linear"}
