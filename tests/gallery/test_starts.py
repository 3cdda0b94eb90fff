"""Does it start? Tasks that die, never run or never pass a check, and who gives them up.

Facts: ecs-breaker-stages, ecs-breaker-threshold, ecs-breaker-exits, ecs-breaker-counting-moment,
ecs-no-backoff-after-running, ecs-start-backoff, ecs-start-backoff-curve, ecr-pull-retries,
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
    "bad-boot-no-breaker": (652, 3600),
    "exits-not-counted": ("rolling-uncounted", 74.4),
    "registry-down": (1890, "recreate"),
    "wrong-port": (414, "rolling-half"),
    "grace-too-short": (135, "recreate"),
}


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
    """A task lives for 47 seconds and its successor starts at the next look, without back-off."""
    # 15.1 s for the interface, 400 MB / 15 MB/s = 26.7 s of pull, 3 s of start and 2 s to the
    # crash: 46.8 s, and 49.5 s to the next look, since most lives end between two looks at 45 and
    # 50 s. One death at 46.8 s and one per 49.5 s after it, half a life being cut at the end:
    # 0.5 + (5400 - 46.8) / 49.5 = 108.6 by each of six.
    deaths = told("bad-boot-no-breaker", "rolling", "failed_tasks")
    assert deaths.mean() == pytest.approx(6 * 108.6, abs=4)
    # Each is billed for a minute at least, of 1 vCPU and 2 GB: 0.0494 / 60 dollars.
    minute = (0.04048 + 2 * 0.004445) / 60
    extra = mean("bad-boot-no-breaker", "rolling", "extra_cost_usd")
    assert extra == pytest.approx(deaths.mean() * minute, rel=0.02)


@each_shifting
def test_no_breaker_code_deploy_waits_for_an_hour(strategy):
    """CodeDeploy gives the new tasks up when the Install timeout ends, and no user met them."""
    decided = told("bad-boot-no-breaker", strategy, "decision_s")
    assert decided == pytest.approx(3600)
    assert share("bad-boot-no-breaker", strategy, "rolled_back") == 1.0
    assert told("bad-boot-no-breaker", strategy, "exposed_requests").max() == 0
    # An hour's deaths instead of an hour and a half's.
    deaths = mean("bad-boot-no-breaker", strategy, "failed_tasks")
    assert deaths == pytest.approx(6 * (0.5 + (3600 - 46.8) / 49.5), abs=8)


def test_no_breaker_recreate_is_found_out_by_its_outage():
    """Where the old tasks are gone the alarm sees it within minutes, for thousands of users."""
    name = "bad-boot-no-breaker"
    assert share(name, "recreate", "rolled_back") == 1.0
    # Nobody is there from the command on; a 1-of-1 alarm over a minute needs 73 to 231 s.
    assert 120 < mean(name, "recreate", "detect_s") < 170
    assert mean(name, "recreate", "outage_s") == pytest.approx(
        mean(name, "recreate", "detect_s") + 80, abs=15
    )


def test_no_breaker_outweighs_the_strategy():
    """With the circuit breaker the third death ends it, a few seconds after the first."""
    name = "bad-boot-no-breaker"
    assert told(name, "rolling-breaker", "decision_s").max() < 50
    assert told(name, "rolling-breaker", "failed_tasks").max() <= 6
    assert mean(name, "rolling-breaker", "extra_cost_usd") < 0.01


@each_keeping
def test_no_breaker_a_person_ends_it(strategy):
    """Somebody who looks after half an hour decides ten minutes later, whatever the strategy."""
    somebody = "operator={notices: 5m, decides: 5m, types: 30s}"
    runs = changed("bad-boot-no-breaker", strategy, somebody)
    assert runs["decision_s"] == pytest.approx(1800 + 300 + 300)


def test_no_breaker_verdict():
    """The verdict sees nobody hurt, and the breaker as the cheapest way."""
    text = said("bad-boot-no-breaker")
    assert text.startswith("Nobody fails a request with rolling, blue-green, canary, linear or")
    assert "rolling-breaker is cheapest" in text
    assert "recreate" in said("bad-boot-no-breaker", "Not ranked")


# The tasks run, and then they exit.


def test_exits_counted_by_hand():
    """The third of six exits ends rolling, 30 seconds after the third task runs."""
    name = "exits-not-counted"
    assert share(name, "rolling", "rolled_back") == 1.0
    # 15 s median, 26.7 s of pull, 3 s of start, 30 s to the exit; the third of six stands a third
    # of the spread of 1.7 s below the middle.
    assert mean(name, "rolling", "decision_s") == pytest.approx(15 + 26.7 + 3 + 30, abs=1)
    assert told(name, "rolling", "failed_tasks").max() <= 6


def test_exits_not_counted_never_end():
    """The same circuit breaker that does not count exits lets tasks start to the end."""
    name = "exits-not-counted"
    assert share(name, "rolling-uncounted", "in_progress") == 1.0
    assert not np.isfinite(told(name, "rolling-uncounted", "decision_s")).any()
    # 74.8 s to the exit and 77.2 s to the next look, at 75 or at 80 s; half a life is cut:
    # 0.5 + (5400 - 74.8) / 77.2 = 69.5 by each of six.
    deaths = mean(name, "rolling-uncounted", "failed_tasks")
    assert deaths == pytest.approx(6 * 69.5, abs=3)


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
    # 15 s and a minute of retries.
    assert runs["decision_s"].mean() == pytest.approx(75, abs=1)


def test_exits_seen_by_checks_may_count():
    """Without a grace period checks replace some tasks before they exit, and those count."""
    short = "service.health_check_grace_period=0s"
    runs = changed("exits-not-counted", "rolling-uncounted", short)
    ended = part(runs, "rolled_back")
    assert 0.05 < ended < 0.5
    assert ended + part(runs, "in_progress") == 1.0


def test_exits_hurt_recreate_whatever_counts():
    """The reading costs recreate half a minute more, until its own outage raises the alarm."""
    name = "exits-not-counted"
    counted, late = (mean(name, s, "decision_s") for s in ("recreate", "recreate-uncounted"))
    # 34.8 s later than rolling: it drains for 30 s, stops for 2 s and waits for the next look.
    assert np.quantile(told(name, "recreate", "decision_s"), 0.8) < 74.4 + 35 + 4
    assert late - counted == pytest.approx(38, abs=10)
    assert told(name, "recreate", "failed_requests").min() > 30_000


@pytest.mark.parametrize("strategy", ["rolling", "rolling-uncounted", "blue-green"])
def test_exits_hurt_nobody_else(strategy):
    """No task of the release ever answers, so no request meets it where the old ones stay."""
    assert told("exits-not-counted", strategy, "failed_requests").max() < 1e-6
    assert told("exits-not-counted", strategy, "exposed_requests").max() == 0


def test_exits_verdict():
    """The verdict sees rolling as the cheapest, under the reading that counts."""
    text = said("exits-not-counted")
    assert text.startswith("Nobody fails a request with rolling, blue-green or rolling-uncounted")
    assert "rolling is cheapest" in text


# The registry is down when the deployment starts.


def test_registry_breaker_gives_a_good_release_up():
    """Three tasks that cannot start end the deployment, 75 seconds after the command."""
    assert share("registry-down", "rolling", "false_rollback") == 1.0
    # 15 s for the interface and a minute of retries, for the third of six.
    assert mean("registry-down", "rolling", "decision_s") == pytest.approx(75, abs=1)
    assert told("registry-down", "rolling", "failed_requests").max() < 1e-6


@pytest.mark.parametrize("strategy", ["rolling-no-breaker", "blue-green"])
def test_registry_backoff_by_hand(strategy):
    """Without a breaker the release ships, ten minutes after the registry is back."""
    # A round fails 75 s after its start, and the next one waits 10, 20, 40 … 640 s: rounds start
    # at 0, 85, 180, 295, 450, 685, 1080 and 1795 s. Only the eighth pulls after 1200 s, and takes
    # what it takes on other days.
    usual = changed("registry-down", strategy, "environment.events=[]")["full_traffic_s"].mean()
    full = told("registry-down", strategy, "full_traffic_s")
    assert full.mean() == pytest.approx(1795 + usual, abs=3)
    assert usual == pytest.approx(95, abs=3)
    assert share("registry-down", strategy, "shipped") == 1.0
    # Six tasks in each of seven rounds.
    assert told("registry-down", strategy, "failed_tasks") == pytest.approx(42)


@pytest.mark.parametrize("cap", [60, 300])
def test_registry_backoff_is_what_waits(cap):
    """Where back-off is capped the release ships as soon as the cap allows."""
    capped = f"service.start_backoff={{first: 10s, cap: {cap}s}}"
    late = changed("registry-down", "rolling-no-breaker", capped)["full_traffic_s"].mean() - 1200
    # At the worst a round has just failed: its 75 s, the cap and a look, and 95 s as usual.
    assert 80 < late < 75 + cap + 5 + 100


def test_registry_outlasts_code_deploy():
    """A registry that stays away for an hour fails the Install, without a request lost."""
    down = "environment.events=[{kind: registry_down, from: 0s, until: 1h}]"
    alone = ("operator=null", down)
    runs = changed("registry-down", "blue-green", *alone)
    assert runs["decision_s"] == pytest.approx(3600)
    assert runs["failed_requests"].max() < 1e-6


def test_registry_down_is_down_with_recreate():
    """Recreate has stopped its tasks, and old ones need the registry as new ones do."""
    # Down from the first seconds, given up like rolling but 32 s of drain and stop and a look
    # later, at 110 s. The way back starts tasks at 120, 215, 330, 485, 720, 1115 and 1830 s.
    assert mean("registry-down", "recreate", "decision_s") == pytest.approx(75 + 35, abs=1)
    outage = mean("registry-down", "recreate", "outage_s")
    assert outage == pytest.approx(1830 + 45 + 25, abs=10)
    assert mean("registry-down", "recreate", "failed_requests") == pytest.approx(
        200 * outage, rel=0.01
    )
    # Without a breaker it waits for the new image just as long.
    alone = "strategies.recreate.circuit_breaker={enable: false}"
    assert changed("registry-down", "recreate", alone)["outage_s"].mean() > 1800


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
    assert text.startswith("Nobody fails a request with blue-green, canary, linear or rolling-no-b")
    assert "rolling-no-breaker is cheapest" in text
    skipped = said("registry-down", "Not ranked")
    assert "rolling (which hurts nobody) and recreate undo good releases too" in skipped


# The application listens on the wrong port.


def test_wrong_port_breaker_by_hand():
    """One sick task is replaced at a time, and each of three takes its start and its grace."""
    name = "wrong-port"
    assert share(name, "rolling", "rolled_back") == 1.0
    # 15 + 26.7 + 3 s to RUNNING, 90 s of grace and a look: 135 or 140 s each. There is no room
    # beyond twelve tasks, so the next sick one stops when the replacement has turned sick too.
    assert mean(name, "rolling", "decision_s") == pytest.approx(3 * 138, abs=4)
    assert told(name, "rolling", "failed_requests").max() < 1e-6


def test_wrong_port_grace_is_what_it_waits_for():
    """Without a grace period two failed checks are enough, for each of the three."""
    runs = changed("wrong-port", "rolling", "service.health_check_grace_period=0s")
    # 44.7 s to RUNNING, two checks until 15 s later on average, a look: between 55 and 70 s each.
    assert 3 * 55 <= runs["decision_s"].mean() <= 3 * 70


def test_wrong_port_other_reading():
    """If sick tasks count when they are found, three of the first six end it after one grace."""
    breaker = "{enable: true, rollback: true, counts_at: detect}"
    runs = changed("wrong-port", "rolling", f"strategies.rolling.circuit_breaker={breaker}")
    assert runs["decision_s"].mean() == pytest.approx(15 + 26.7 + 3 + 90, abs=6)


def test_wrong_port_needs_checks_by_the_balancer():
    """With a breaker that counts no exit the same happens: nothing has exited."""
    breaker = "{enable: true, rollback: true, counts_exits: false}"
    runs = changed("wrong-port", "rolling", f"strategies.rolling.circuit_breaker={breaker}")
    assert np.array_equal(runs["decision_s"], told("wrong-port", "rolling", "decision_s"))


def test_wrong_port_without_breaker():
    """Without a breaker a person ends it, after half an hour of patience and ten minutes more."""
    runs = changed("wrong-port", "rolling", "strategies.rolling.circuit_breaker={enable: false}")
    assert runs["decision_s"] == pytest.approx(1800 + 300 + 300)
    assert runs["failed_requests"].max() < 1e-6


def test_wrong_port_code_deploy_replaces_for_long():
    """CodeDeploy counts nothing, and its task set starts replacements first and pays for them."""
    name = "wrong-port"
    assert told(name, "blue-green", "decision_s") == pytest.approx(1800 + 300 + 300)
    assert told(name, "blue-green", "failed_requests").max() < 1e-6
    assert mean(name, "blue-green", "failed_tasks") > 90
    assert mean(name, "blue-green", "extra_cost_usd") > 0.3
    runs = changed(name, "blue-green", "operator=null")
    assert runs["decision_s"] == pytest.approx(3600)


def test_wrong_port_half_is_not_enough():
    """Half of the tasks carry 180 of 200 requests per second for as long as the breaker counts."""
    name = "wrong-port"
    assert told(name, "rolling-half", "min_headroom") == pytest.approx(0.9)
    assert mean(name, "rolling-half", "decision_s") == pytest.approx(3 * 138, abs=4)
    # The queue needs a minute and a half to reach the clients' ten seconds, then nearly all fail.
    decided = told(name, "rolling-half", "decision_s")
    before = told(name, "rolling-half", "failed_before_decision")
    assert before.mean() == pytest.approx(200 * (decided.mean() - 94), rel=0.02)
    # Clients gave up, and that is no 5xx: the alarm never moved.
    failed = told(name, "rolling-half", "failed_requests")
    assert np.allclose(failed, told(name, "rolling-half", "failed_overload"), rtol=1e-6)


def test_wrong_port_recreate_is_refused():
    """All targets are unhealthy, so the balancer sends requests to them, and they are refused."""
    name = "wrong-port"
    assert mean(name, "recreate", "failed_refused") > 10_000
    assert mean(name, "recreate", "failed_requests") > 40_000
    # The alarm sees it before the breaker has counted to three.
    assert told(name, "recreate", "decision_s").max() < 240


def test_wrong_port_verdict():
    """Rolling with room beside the old tasks and blue-green hurt nobody; rolling is cheaper."""
    text = said("wrong-port")
    assert text.startswith("Nobody fails a request with rolling or blue-green")
    assert "rolling is cheapest" in text
    assert story("wrong-port").ranking.order[-1] == ("rolling-half",)


# The grace period is shorter than the boot.

ENOUGH = "service.health_check_grace_period=4m"


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
    # 44.7 s to RUNNING, 180 s of boot, two passes 10 to 20 s later, the last of six, and a look.
    assert runs["full_traffic_s"].mean() == pytest.approx(44.7 + 180 + 20 + 4, abs=5)


def test_grace_as_long_as_the_boot_is_too_short():
    """Targets have turned unhealthy while tasks booted, and recover ten to twenty seconds later."""
    equal = changed("grace-too-short", "rolling", "service.health_check_grace_period=3m")
    assert equal["failed_tasks"].min() > 0
    longer = changed("grace-too-short", "rolling", "service.health_check_grace_period=201s")
    assert longer["failed_tasks"].max() == 0


def test_short_grace_rolling_by_hand():
    """Some tasks answer before their turn to be killed comes, and the breaker counts anew."""
    name = "grace-too-short"
    # The first kill is at 44.7 s + 60 s and a look, one more per 105 to 110 s, since there is room
    # for no more; the others have booted and recovered after 44.7 + 180 + 15 = 240 s.
    decided = told(name, "rolling", "decision_s")
    assert decided.min() > 240 + 2 * 100
    assert decided.mean() == pytest.approx(240 + 2 * 107, abs=12)
    assert told(name, "rolling", "failed_requests").max() < 1e-6


def test_short_grace_blocks_the_way_back():
    """Rolling has replaced some old tasks by then, and old ones cannot start either."""
    name = "grace-too-short"
    for strategy in ("rolling", "rolling-no-breaker"):
        assert share(name, strategy, "in_progress") == 1.0
        assert mean(name, strategy, "failed_tasks") > 50
        assert told(name, strategy, "min_healthy_tasks").min() >= 6
    runs = changed(name, "rolling", ENOUGH, "release.faults=[{kind: never_listens}]")
    assert part(runs, "rolled_back") == 1.0


def test_short_grace_spares_old_tasks_of_blue_green():
    """Nothing of the old task set was touched, so going back needs no start."""
    name = "grace-too-short"
    assert share(name, "blue-green", "rolled_back") == 1.0
    assert told(name, "blue-green", "failed_requests").max() < 1e-6
    assert told(name, "blue-green", "rollback_s").max() < 1e-6
    # Replacements start beside the sick ones: the first six die after two rounds of 105 s, six
    # more in every round of 105 to 110 s after it, until the command of a person at 2,430 s.
    kills = 6 * (1 + (2430 - 210) / 105)
    assert mean(name, "blue-green", "failed_tasks") == pytest.approx(kills, abs=5)


def test_a_full_cap_ends_the_killing():
    """Where six is the most, sick tasks are stopped one at a time, and the others live on."""
    # Down from 4 s on; the alarm undoes it after 180 s, and the old tasks boot for three minutes.
    name = "grace-too-short"
    assert told(name, "recreate", "outage_s").min() > 300
    assert mean(name, "recreate", "outage_s") < 500
    assert share(name, "recreate", "in_progress") == 1.0


def test_short_boots_outrun_the_killing():
    """A boot of one minute is too long as well, but tasks recover before their turn comes."""
    for strategy in ("rolling", "blue-green"):
        runs = changed("grace-too-short", strategy, "service.startup.boot=60s")
        assert part(runs, "shipped") > 0.98
        assert runs["failed_tasks"].min() >= 1


def test_short_grace_verdict():
    """The verdict recommends nothing: it is not the strategy."""
    assert said("grace-too-short").startswith("None of them ships even a good release")
    assert story("grace-too-short").ranking.best == ()
