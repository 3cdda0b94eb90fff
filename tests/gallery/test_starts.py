"""Does it start? Tasks that die, never run or never pass a check, and who gives them up.

Most arithmetic begins alike: ECS acts first 4 to 19 s after the command, 11.5 s on average, and
looks every 10.2 s from there, so that what is due waits 5.1 s for a look. A task takes 15.1 s for
its interface, 400 MB / 15 MB/s = 26.7 s to pull and 3 s to start: it is RUNNING after 44.7 s.

Facts: ecs-breaker-stages, ecs-breaker-threshold, ecs-breaker-exits, ecs-breaker-counting-moment,
ecs-breaker-looks, ecs-command, ecs-scheduler-tick, ecs-replacement-time,
ecs-pause-after-running, ecs-start-backoff, ecs-start-backoff-curve, ecr-pull-retries,
ecs-grace-period, ecs-grace-loop, alb-boot-cliff, alb-fail-open, codedeploy-install-timeout,
codedeploy-no-breaker.
"""

import numpy as np
import pytest

from tests.gallery.common import (
    changed,
    check_answers,
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

#: The right answers: a number, or the strategy to choose.
ANSWERS = {
    "bad-boot-no-breaker": (370, 3611.5),
    "exits-not-counted": ("rolling-uncounted", 125),
    "registry-down": (2111, "recreate"),
    "wrong-port": (163, 59_700),
    "grace-too-short": (108, "recreate"),
}

#: AWS itself takes no time, and ECS looks every five seconds from the command on.
OLD_CLOCK = "service.control_plane=instant"
#: Seconds from a command to ECS's first act: the least, the most and the mean.
FIRST_ACT = (4, 19, 11.5)


def assert_decided_at(seconds, decided):
    """Assert that every run decides so many seconds after ECS's first act."""
    least, most, middle = FIRST_ACT
    assert seconds + least <= decided.min() <= decided.max() <= seconds + most
    assert decided.mean() == pytest.approx(seconds + middle, abs=1)


# Every story.


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name):
    """What each question asks for comes out as the trainer is told, far from the wrong answers."""
    check_answers(name, ANSWERS[name])


# The new image crashes at boot, and no circuit breaker is set.


def test_no_breaker_never_ends():
    """ECS starts six tasks after six tasks to the end, and users notice nothing."""
    name = "bad-boot-no-breaker"
    assert share(name, "rolling", "in_progress") == 1.0
    assert not np.isfinite(told(name, "rolling", "decision_s")).any()
    assert told(name, "rolling", "failed_requests").max() < 1e-6
    assert told(name, "rolling", "min_healthy_tasks").min() == 6


def test_no_breaker_task_deaths_by_hand():
    """Six tasks die after 47 s, and the next six start after a pause, eight or nine looks later."""
    # 44.7 s to RUNNING and 2 s to the crash. ECS starts nothing for 25 to 36 s after the exit, six
    # times over: of the six, all pauses have ended by the eighth look, after 81.6 s, with
    # probability 0.45, else by the ninth, after 91.8 s. That is 87.2 s a round. The first deaths
    # are at 11.5 + 46.7 s, and half a round is cut at the end: 0.5 + (5400 - 58.2) / 87.2 = 61.8.
    deaths = told("bad-boot-no-breaker", "rolling", "failed_tasks")
    assert deaths.mean() == pytest.approx(6 * 61.8, abs=2)
    # Each is billed for a minute at least, of 1 vCPU and 2 GB: 0.0494 / 60 dollars.
    minute = (0.04048 + 2 * 0.004445) / 60
    extra = mean("bad-boot-no-breaker", "rolling", "extra_cost_usd")
    assert extra == pytest.approx(deaths.mean() * minute, rel=0.02)


def test_no_breaker_task_deaths_without_pauses_by_hand():
    """Where AWS takes no time and pauses never, a successor starts at the next look."""
    # 46.8 s to the crash, and 49.5 s to the next look, since most lives end between two looks at 45
    # and 50 s: 0.5 + (5400 - 46.8) / 49.5 = 108.6 by each of six.
    runs = changed("bad-boot-no-breaker", "rolling", OLD_CLOCK)
    assert runs["failed_tasks"].mean() == pytest.approx(6 * 108.6, abs=4)


@each_shifting
def test_no_breaker_code_deploy_waits_for_an_hour(strategy):
    """CodeDeploy gives the new tasks up when the Install timeout ends, and no user met them."""
    assert_decided_at(3600, told("bad-boot-no-breaker", strategy, "decision_s"))
    assert share("bad-boot-no-breaker", strategy, "rolled_back") == 1.0
    assert told("bad-boot-no-breaker", strategy, "exposed_requests").max() == 0
    # Deaths of an hour and of the 32 s that CodeDeploy takes to act, not of an hour and a half.
    deaths = mean("bad-boot-no-breaker", strategy, "failed_tasks")
    assert deaths == pytest.approx(6 * (0.5 + (3632 - 46.7) / 87.2), abs=3)


def test_no_breaker_recreate_is_found_out_by_its_outage():
    """Where the old tasks are gone the alarm sees it within minutes, for thousands of users."""
    name = "bad-boot-no-breaker"
    assert share(name, "recreate", "rolled_back") == 1.0
    # Nobody is there from the deregistration on; a 1-of-1 alarm over a minute needs 73 to 231 s.
    assert 120 < mean(name, "recreate", "detect_s") < 170
    assert mean(name, "recreate", "outage_s") == pytest.approx(
        mean(name, "recreate", "detect_s") + 80, abs=15
    )


def test_no_breaker_outweighs_the_strategy():
    """With the circuit breaker the next start does not take place, and that ends it."""
    name = "bad-boot-no-breaker"
    # First act and a round of 87.2 s.
    assert mean(name, "rolling-breaker", "decision_s") == pytest.approx(11.5 + 87.2, abs=1)
    assert told(name, "rolling-breaker", "decision_s").max() < 19 + 91.8 + 1
    assert told(name, "rolling-breaker", "failed_tasks").max() <= 6
    assert mean(name, "rolling-breaker", "extra_cost_usd") < 0.01


def test_breaker_that_trips_at_once_by_hand():
    """If the breaker trips at the failure, the third death ends it."""
    # 46.7 s to the crash, less a third of the spread of 1.7 s for the third of six.
    at_once = "{enable: true, rollback: true, looks: at_once}"
    setting = f"strategies.rolling-breaker.circuit_breaker={at_once}"
    runs = changed("bad-boot-no-breaker", "rolling-breaker", setting)
    assert runs["decision_s"].mean() == pytest.approx(11.5 + 46.7 - 0.6, abs=1)


@each_keeping
def test_no_breaker_a_person_ends_it(strategy):
    """Somebody who looks after half an hour decides ten minutes later, whatever the strategy."""
    somebody = "operator={notices: 5m, decides: 5m, types: 30s}"
    runs = changed("bad-boot-no-breaker", strategy, somebody)
    assert_decided_at(1800 + 300 + 300, runs["decision_s"])


def test_no_breaker_verdict():
    """The breaker is the cheapest way; without one nothing ends rolling, and that is told."""
    text = said("bad-boot-no-breaker")
    assert text.startswith(
        "Rolling-breaker, blue-green, canary or linear. They fail no request, and"
    )
    assert "Rolling-breaker is the cheapest" in text
    assert "Rolling hurts as few users, but nothing ends it" in text
    assert "Unfair: rolling and recreate have no circuit breaker here" in text


# The tasks run, and then they exit.


def test_exits_counted_by_hand():
    """Six exits end rolling when ECS would start the next six, after a pause."""
    name = "exits-not-counted"
    assert share(name, "rolling", "rolled_back") == 1.0
    # 74.7 s to the exit and pauses of 25 to 36 s: the last of six has ended by the eleventh look,
    # after 112.2 s, with probability 0.89, else by the twelfth, after 122.4 s: 113.3 s.
    assert mean(name, "rolling", "decision_s") == pytest.approx(11.5 + 113.3, abs=1)
    assert told(name, "rolling", "failed_tasks").max() <= 6


def test_exits_not_counted_never_end():
    """The same circuit breaker that does not count exits lets tasks start to the end."""
    name = "exits-not-counted"
    assert share(name, "rolling-uncounted", "in_progress") == 1.0
    assert not np.isfinite(told(name, "rolling-uncounted", "decision_s")).any()
    # A round takes 113.3 s, and half a round is cut: 0.5 + (5400 - 11.5 - 74.7) / 113.3 = 47.4.
    deaths = mean(name, "rolling-uncounted", "failed_tasks")
    assert deaths == pytest.approx(6 * 47.4, abs=2)


def test_exits_uncounted_are_no_breaker_at_all():
    """Without any circuit breaker the same happens, task by task."""
    none = "strategies.rolling-uncounted.circuit_breaker={enable: false}"
    runs = changed("exits-not-counted", "rolling-uncounted", none)
    deaths = told("exits-not-counted", "rolling-uncounted", "failed_tasks")
    assert np.array_equal(runs["failed_tasks"], deaths)


def test_exits_before_running_always_count():
    """Tasks that cannot even start trip it whether exits count or not: that is its first stage."""
    down = "environment.events=[{kind: registry_down, from: 0s, until: 90m}]"
    runs = changed("exits-not-counted", "rolling-uncounted", down)
    assert part(runs, "rolled_back") == 1.0
    # The first of six attempts fails after 256 + 33 / 7 s; a pause of 30.5 s, and a look.
    assert runs["decision_s"].mean() == pytest.approx(11.5 + 260.7 + 30.5 + 5.1, abs=1)


def test_exits_seen_by_checks_count():
    """Without a grace period tasks fail their checks before they exit, and that counts."""
    # Registered within 10.9 s of RUNNING, the second check 10 to 13 s later: before 30 s.
    short = "service.health_check_grace_period=0s"
    runs = changed("exits-not-counted", "rolling-uncounted", short)
    assert part(runs, "rolled_back") == 1.0


def test_exits_hurt_recreate_whatever_counts():
    """Its own outage raises the alarm before the breaker trips, so the reading hardly matters."""
    name = "exits-not-counted"
    counted, late = (mean(name, s, "decision_s") for s in ("recreate", "recreate-uncounted"))
    assert late - counted == pytest.approx(2, abs=2)
    assert told(name, "recreate", "failed_requests").min() > 30_000


def test_exits_counted_spare_recreate_without_an_alarm():
    """Without an alarm the breaker ends recreate's outage, if it counts."""
    counted = changed("exits-not-counted", "recreate", "defaults.alarms=[]")
    # From the first act the target is deregistered after one look; SIGTERM follows after three or
    # four more, the delay of 30 s; the exit is noticed after two, 12 s, and new tasks start after
    # one: seven or eight looks, 71.4 or 81.6 s, and a round of 113.3 s.
    decided = counted["decision_s"].mean() - 11.5 - 113.3
    assert 71.4 < decided < 82
    never = changed("exits-not-counted", "recreate-uncounted", "defaults.alarms=[]")
    assert not np.isfinite(never["decision_s"]).any()
    assert never["outage_s"].min() > 5300


@pytest.mark.parametrize("strategy", ["rolling", "rolling-uncounted", "blue-green"])
def test_exits_hurt_nobody_else(strategy):
    """No task of the release ever answers, so no request meets it where the old ones stay."""
    assert told("exits-not-counted", strategy, "failed_requests").max() < 1e-6
    assert told("exits-not-counted", strategy, "exposed_requests").max() == 0


def test_exits_verdict():
    """The verdict sees rolling as the cheapest, under the reading that counts."""
    text = said("exits-not-counted")
    assert text.startswith("Rolling or blue-green. They fail no request, and end this without a p")
    assert "Rolling-uncounted hurts as few users, but nothing ends it" in text


# The registry is down when the deployment starts.


def test_registry_breaker_gives_a_good_release_up():
    """Tasks that cannot start end the deployment after five minutes, at the next start."""
    assert share("registry-down", "rolling", "false_rollback") == 1.0
    # The first of six attempts fails after 256 + 33 / 7 s; a pause of 30.5 s, and a look.
    assert mean("registry-down", "rolling", "decision_s") == pytest.approx(
        11.5 + 260.7 + 30.5 + 5.1, abs=1
    )
    assert told("registry-down", "rolling", "failed_requests").max() < 1e-6


@pytest.mark.parametrize("strategy", ["rolling-no-breaker", "blue-green"])
def test_registry_pauses_by_hand(strategy):
    """Without a breaker the release ships, ten minutes after the registry is back."""
    # The first of six attempts fails after 256 + 33 / 7 s, and a pause follows, to a look, half of
    # 10.2 s later: of 30.5 s twice, 296.3 s a round; 297 s after the third failure in a row, 562.8
    # s; and 594 s after the fourth, 859.8 s. Rounds start at 12, 308, 604, 1167 and 2027 s. The
    # fourth is given up before 1500 s. From the fifth start on all is as on other days.
    name = "registry-down"
    usual = changed(name, strategy, "environment.events=[]")["full_traffic_s"].mean() - 11.5
    assert mean(name, strategy, "full_traffic_s") == pytest.approx(2026.7 + usual, abs=2)
    assert share(name, strategy, "shipped") == 1.0
    # Six tasks in each of four rounds.
    assert told(name, strategy, "failed_tasks") == pytest.approx(24)


@pytest.mark.parametrize("strategy", ["rolling-no-breaker", "blue-green"])
def test_registry_that_is_back_during_an_attempt_by_hand(strategy):
    """Back after 20 minutes the registry saves the fourth attempt, which begins at 1164 s.

    Its retries end at 1420 s at the earliest; the pull gets through at 1200 s, as if the start had
    been ordered 15 s of provisioning before. Registration waits for a look.
    """
    name = "registry-down"
    back = "environment.events=[{kind: registry_down, from: 0s, until: 20m}]"
    usual = changed(name, strategy, "environment.events=[]")["full_traffic_s"].mean() - 11.5
    runs = changed(name, strategy, back)
    assert runs["full_traffic_s"].mean() == pytest.approx(1185 + usual, abs=11)
    assert (runs["failed_tasks"] == 18).all()


@pytest.mark.parametrize("strategy", ["rolling-no-breaker", "blue-green"])
def test_registry_backoff_doubles_by_hand(strategy):
    """Where pauses begin with 10 s and double, the release ships three minutes after the return."""
    # A round fails 60 s after its start, and the next one waits 10, 20, 40 … 640 s: rounds start
    # at 0, 70, 150, 250, 390, 610, 990 and 1690 s. Only the eighth pulls after 1500 s.
    usual = changed("registry-down", strategy, "environment.events=[]", OLD_CLOCK)
    runs = changed("registry-down", strategy, OLD_CLOCK)
    expected = 1690 + usual["full_traffic_s"].mean()
    assert runs["full_traffic_s"].mean() == pytest.approx(expected, abs=1)
    assert runs["failed_tasks"] == pytest.approx(42)


@pytest.mark.parametrize("cap", [60, 300])
def test_registry_pause_is_what_waits(cap):
    """Where pauses are capped the release ships as soon as the cap allows."""
    capped = f"service.start_backoff={{cap: {cap}s}}"
    late = changed("registry-down", "rolling-no-breaker", capped)["full_traffic_s"] - 1500
    # At the worst a round has just begun: its 289 s, the cap, a look, and 96 s as usual.
    assert late.min() > 60
    assert late.max() < 289 + cap + 11 + 110
    assert late.mean() < 0.9 * (289 + cap + 11 + 110)


def test_registry_outlasts_code_deploy():
    """A registry that stays away for an hour fails the Install, without a request lost."""
    down = "environment.events=[{kind: registry_down, from: 0s, until: 1h}]"
    alone = ("operator=null", down)
    runs = changed("registry-down", "blue-green", *alone)
    assert_decided_at(3600, runs["decision_s"])
    assert runs["failed_requests"].max() < 1e-6


def test_registry_down_is_down_with_recreate():
    """Recreate has stopped its tasks, and old ones need the registry as new ones do."""
    # New tasks start 71.4 or 81.6 s after the first act, when the old ones are gone. They are given
    # up like those of rolling; no alarm is looked at before one of them runs.
    decided = mean("registry-down", "recreate", "decision_s")
    rolling = mean("registry-down", "rolling", "decision_s")
    assert 71.4 < decided - rolling < 82
    # Old tasks start at 401 s and 30 s after the second failure in a row, at 698 s; the third, at
    # 958 s, pauses for 297 s. The start at 1260 s gets its image at 1500 s, when the registry is
    # back: 30 s to RUNNING, 8 s of boot and a check. Nobody has been there since the
    # deregistration after 22 s.
    outage = mean("registry-down", "recreate", "outage_s")
    assert outage == pytest.approx(1500 + 30 + 8 + 2 - 22 - 2.5, abs=10)
    assert mean("registry-down", "recreate", "failed_requests") == pytest.approx(
        200 * outage, rel=0.01
    )
    # Without a breaker a person goes back after ten minutes, and waits for the registry as long; in
    # one run of fifteen an attempt is given up just before it is back, and a pause follows.
    alone = "strategies.recreate.circuit_breaker={enable: false}"
    runs = changed("registry-down", "recreate", alone)
    assert runs["decision_s"].mean() == pytest.approx(11.5 + 10.2 + 2.5 + 600, abs=2)
    assert np.median(runs["outage_s"]) == pytest.approx(outage, rel=0.03)


@each_keeping
def test_registry_hurts_who_loses_tasks(strategy):
    """Nobody is hurt until old tasks are lost, which nobody can replace then."""
    assert told("registry-down", strategy, "failed_requests").max() < 1e-6
    crash = "{kind: task_crash, at: 5m, revision: old, tasks: 3}"
    down = "{kind: registry_down, from: 0s, until: 20m}"
    runs = changed("registry-down", strategy, f"environment.events=[{down}, {crash}]")
    # Three tasks carry 180 of 200 requests per second.
    assert runs["min_headroom"].max() <= 0.9
    assert runs["failed_requests"].min() > 50_000


def test_registry_verdict():
    """Who waits ships and hurts nobody, and rolling without a breaker is the cheapest of them."""
    text = said("registry-down")
    assert text.startswith(
        "Rolling-no-breaker, blue-green, canary or linear. They fail no request."
    )
    assert "Rolling-no-breaker is the cheapest" in text
    assert "Rolling hurts nobody, but does not ship. Recreate fails 3" in text
    assert "the circuit breaker takes good releases back" in said("registry-down", "Notes")


# The application listens on the wrong port.


def test_wrong_port_breaker_by_hand():
    """Six sick tasks count at the end of their grace; the first replacement is not started."""
    name = "wrong-port"
    assert share(name, "rolling", "rolled_back") == 1.0
    # 44.7 s to RUNNING and 90 s of grace. ECS reacts 7 to 41 s later, to the first of six after
    # 7 + 34 / 7 = 11.9 s, at its next look.
    expected = 11.5 + 44.7 + 90 + 11.9 + 5.1
    assert mean(name, "rolling", "decision_s") == pytest.approx(expected, abs=2)
    assert told(name, "rolling", "failed_requests").max() < 1e-6


def test_wrong_port_grace_is_what_it_waits_for():
    """Without a grace period two failed checks are enough."""
    runs = changed("wrong-port", "rolling", "service.health_check_grace_period=0s")
    # 44.7 s to RUNNING and a look to be registered, the second check 11.5 s later, and as before.
    expected = 11.5 + 44.7 + 5.1 + 11.5 + 11.9 + 5.1
    assert runs["decision_s"].mean() == pytest.approx(expected, abs=2)


def test_wrong_port_other_reading():
    """If sick tasks count when they are stopped, the third stop ends it, two looks later."""
    # There is no room beside twelve tasks, so sick ones stop without a successor, one a look.
    breaker = "{enable: true, rollback: true, counts_at: stop}"
    runs = changed("wrong-port", "rolling", f"strategies.rolling.circuit_breaker={breaker}")
    expected = mean("wrong-port", "rolling", "decision_s") + 2 * 10.2
    assert runs["decision_s"].mean() == pytest.approx(expected, abs=1)


def test_wrong_port_needs_checks_by_the_balancer():
    """With a breaker that counts no exit the same happens: nothing has exited."""
    breaker = "{enable: true, rollback: true, counts_exits: false}"
    runs = changed("wrong-port", "rolling", f"strategies.rolling.circuit_breaker={breaker}")
    assert np.array_equal(runs["decision_s"], told("wrong-port", "rolling", "decision_s"))


def test_wrong_port_without_breaker():
    """Without a breaker a person ends it, after half an hour of patience and ten minutes more."""
    runs = changed("wrong-port", "rolling", "strategies.rolling.circuit_breaker={enable: false}")
    assert_decided_at(1800 + 300 + 300, runs["decision_s"])
    assert runs["failed_requests"].max() < 1e-6


def test_wrong_port_code_deploy_replaces_for_long():
    """CodeDeploy counts nothing, and its task set starts replacements first and pays for them."""
    name = "wrong-port"
    assert_decided_at(1800 + 300 + 300, told(name, "blue-green", "decision_s"))
    assert told(name, "blue-green", "failed_requests").max() < 1e-6
    # 44.7 s to RUNNING, 90 s of grace, 24 s to the reaction and a look: 163.8 s a round. The first
    # is over at 11.5 + 134.7 s; a person types for 30 s, and CodeDeploy acts 32.5 s and a look on.
    rounds = 0.5 + (2411.5 + 67.6 - 146.2) / 163.8
    assert mean(name, "blue-green", "failed_tasks") == pytest.approx(6 * rounds, abs=2)
    assert mean(name, "blue-green", "extra_cost_usd") > 0.3
    runs = changed(name, "blue-green", "operator=null")
    assert_decided_at(3600, runs["decision_s"])


def test_wrong_port_half_is_not_enough():
    """Half of the tasks carry 180 of 200 requests per second for as long as the breaker counts."""
    name = "wrong-port"
    assert told(name, "rolling-half", "min_headroom") == pytest.approx(0.9)
    # New tasks start 71.4 or 81.6 s after the first act, when old ones are gone: 44.7 s, 90 s of
    # grace, and a look, which would start three more if there were room.
    decided = told(name, "rolling-half", "decision_s")
    assert 71.4 < decided.mean() - 11.5 - 44.7 - 90 - 5.1 < 86
    # Old targets are deregistered after 21.7 s. The queue needs a minute and a half to reach the
    # clients' ten seconds, then nearly all fail.
    before = told(name, "rolling-half", "failed_before_decision")
    assert before.mean() == pytest.approx(200 * (decided.mean() - 21.7 - 94), rel=0.02)
    # Clients gave up, and that is no 5xx: the alarm never moved.
    failed = told(name, "rolling-half", "failed_requests")
    assert np.allclose(failed, told(name, "rolling-half", "failed_overload"), rtol=1e-6)


def test_wrong_port_recreate_is_refused():
    """All targets are unhealthy, so the balancer sends requests to them, and they are refused."""
    name = "wrong-port"
    assert mean(name, "recreate", "failed_refused") > 10_000
    assert mean(name, "recreate", "failed_requests") > 40_000
    # The alarm sees it before the breaker trips, in all but a few runs.
    decided = told(name, "recreate", "decision_s")
    alone = changed(name, "recreate", "strategies.recreate.circuit_breaker={enable: false}")
    assert (decided == alone["decision_s"]).mean() > 0.98
    # Down for 73 to 231 s, from the deregistration and the last late request after 32 s at most.
    assert decided.max() < 231 + 35


def test_wrong_port_verdict():
    """Rolling with room and blue-green hurt nobody; only the breaker ends it without a person."""
    text = said("wrong-port")
    assert text.startswith("Rolling. It fails no request, and ends this without a person after 2m4")
    assert "Blue-green hurts as few users, but waits 40m1" in text
    assert story("wrong-port").ranking.groups[-1] == ("rolling-half",)


# The grace period is shorter than the boot.

ENOUGH = "service.health_check_grace_period=5m"


@pytest.mark.parametrize("strategy", ["rolling", "rolling-no-breaker", "blue-green", "recreate"])
def test_short_grace_ships_nothing(strategy):
    """The release has no fault, and it goes back all the same."""
    assert share("grace-too-short", strategy, "false_rollback") == 1.0


@pytest.mark.parametrize("strategy", ["rolling", "rolling-no-breaker", "blue-green"])
def test_enough_grace_is_the_fix(strategy):
    """A grace period beyond boot and recovery ships every run, and no task is killed."""
    runs = changed("grace-too-short", strategy, ENOUGH)
    assert part(runs, "shipped") == 1.0
    assert runs["failed_tasks"].max() == 0
    assert runs["failed_requests"].max() < 1e-6
    # 44.7 s to RUNNING, 240 s of boot, and two passes that are over 10 to 20 s later, for the last
    # of six after 19 s; a look, and with rolling one more until old targets are deregistered.
    healthy = 11.5 + 44.7 + 240 + 19 + 5.1
    expected = healthy + (0 if strategy == "blue-green" else 10.2)
    assert runs["full_traffic_s"].mean() == pytest.approx(expected, abs=3)


def test_grace_as_long_as_the_boot_is_too_short():
    """Targets have turned unhealthy while tasks booted, and recover ten to twenty seconds later."""
    equal = changed("grace-too-short", "rolling", "service.health_check_grace_period=4m")
    assert equal["failed_tasks"].min() > 0
    longer = changed("grace-too-short", "rolling", "service.health_check_grace_period=261s")
    assert longer["failed_tasks"].max() == 0


def test_short_grace_rolling_by_hand():
    """All six are sick at the end of their grace, and the breaker ends it at the next start."""
    # 44.7 s to RUNNING and 60 s of grace. ECS reacts 7 to 41 s later, to the first of six after
    # 7 + 34 / 7 = 11.9 s, at its next look.
    expected = 11.5 + 44.7 + 60 + 11.9 + 5.1
    assert mean("grace-too-short", "rolling", "decision_s") == pytest.approx(expected, abs=2)


def test_short_grace_blocks_the_way_back():
    """Recreate has stopped the old tasks by then, and old ones cannot start either."""
    name = "grace-too-short"
    assert share(name, "recreate", "in_progress") == 1.0
    # Nobody serves from the deregistration, after 22 s and a few seconds of late requests, on.
    assert mean(name, "recreate", "outage_s") == pytest.approx(5400 - 22 - 2.5, abs=3)
    assert mean(name, "recreate", "failed_tasks") > 100
    runs = changed(name, "recreate", ENOUGH)
    assert part(runs, "rolled_back") == 1.0
    assert runs["outage_s"].max() < 15 * 60


@pytest.mark.parametrize("strategy", ["rolling", "rolling-no-breaker", "blue-green"])
def test_short_grace_spares_old_tasks(strategy):
    """No new task becomes healthy, so no old one is stopped, and going back needs no start."""
    name = "grace-too-short"
    assert share(name, strategy, "rolled_back") == 1.0
    assert told(name, strategy, "failed_requests").max() < 1e-6
    assert told(name, strategy, "min_healthy_tasks").min() == 6
    assert told(name, strategy, "rollback_s").max() < 1e-6


def test_short_grace_kills_by_hand():
    """CodeDeploy's task set starts replacements beside the sick ones, in a round of 134 s."""
    # 44.7 s to RUNNING, 60 s of grace, 24 s to the reaction and a look: 133.8 s. The first round is
    # over at 11.5 + 104.7 s. A person decides at 2411.5 s and types for 30 s, and CodeDeploy acts
    # 32.5 s and a look later.
    rounds = 0.5 + (2411.5 + 67.6 - 116.2) / 133.8
    assert mean("grace-too-short", "blue-green", "failed_tasks") == pytest.approx(6 * rounds, abs=2)


def test_a_full_cap_slows_the_killing():
    """Where there is no room to start first, sick tasks stop one a look, and none outlives that."""
    # Grace, 41 s to the reaction and six looks are 162 s at most, and no task answers before 240 s.
    # From the order to stop until the next start there are seven or eight looks, 71.4 or 81.6 s: a
    # round takes at least 44.7 + 60 + 7 + 71.4 = 183 s, not 134 s as where successors come first.
    name = "grace-too-short"
    killed = told(name, "rolling-no-breaker", "failed_tasks")
    assert killed.max() < 6 * (1 + (2420 + 70 - 108) / 183)
    assert killed.mean() < 0.7 * mean(name, "blue-green", "failed_tasks")


def test_short_boots_outrun_the_killing():
    """A boot of one minute is too long as well, but tasks recover before their turn comes."""
    # They recover 10 to 20 s after the end of their grace, and ECS reacts 7 to 41 s after it: in
    # some runs to one of six before the first is healthy, which trips the breaker.
    minute = "service.startup.boot=60s"
    for strategy in ("rolling-no-breaker", "blue-green"):
        runs = changed("grace-too-short", strategy, minute)
        assert part(runs, "shipped") == 1.0
        assert runs["failed_tasks"].min() >= 6
    runs = changed("grace-too-short", "rolling", minute)
    assert 0.75 < part(runs, "shipped") < 0.95
    assert part(runs, "shipped") + part(runs, "false_rollback") == 1.0


def test_boots_outrun_the_killing_where_successors_come_first():
    """A boot of three minutes ships with blue-green alone: a sick task waits for its successor."""
    # A successor has had its verdict 7 to 41 s, a look, 44.7 s and 60 s after the sick task's: at
    # 177 s after it was RUNNING on average, and at 225 s at most. It is healthy after 190 to 200 s.
    boot = "service.startup.boot=3m"
    assert part(changed("grace-too-short", "blue-green", boot), "shipped") == 1.0
    for strategy in ("rolling", "rolling-no-breaker"):
        assert part(changed("grace-too-short", strategy, boot), "false_rollback") == 1.0


def test_short_grace_verdict():
    """The verdict recommends nothing: it is not the strategy."""
    assert said("grace-too-short").startswith("None of these ships even a good release")
    assert "are replaced: the grace period is 1m" in said("grace-too-short", "Why")
    assert story("grace-too-short").ranking.winners == ()
