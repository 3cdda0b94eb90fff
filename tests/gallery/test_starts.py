"""Does it start? Tasks that die, never run or never pass a check, and who gives them up.

Facts: ecs-breaker-stages, ecs-breaker-threshold, ecs-breaker-exits, ecs-breaker-counting-moment,
ecs-no-backoff-after-running, ecs-start-backoff, ecs-start-backoff-curve, ecr-pull-retries,
ecs-grace-period, ecs-grace-loop, alb-boot-cliff, alb-fail-open, codedeploy-install-timeout,
codedeploy-no-breaker.
"""

import re
from functools import cache

import numpy as np
import pytest

from simdeploy import compare, load_scenario
from simdeploy.engines import replicate
from simdeploy.report.tables import render_comparison
from simdeploy.report.verdict import verdict
from simdeploy.results.facts import facts
from simdeploy.results.metrics import OUTCOMES, VERDICTS

RUNS = 400
SHIFTING = ("blue-green", "canary", "linear")
KEEPING = ("rolling", *SHIFTING)
#: The right answers: a number, or the strategy to choose.
ANSWERS = {
    "bad-boot-no-breaker": (652, 3600),
    "exits-not-counted": ("rolling-uncounted", 74.4),
}

each_keeping = pytest.mark.parametrize("strategy", KEEPING)
each_shifting = pytest.mark.parametrize("strategy", SHIFTING)


@cache
def story(name):
    """Return the comparison of a story of the gallery."""
    return compare(load_scenario(name), runs=RUNS)


def told(name, strategy, metric):
    """Return the numbers of a strategy's runs."""
    return story(name).strategies[strategy].rows[metric]


def mean(name, strategy, metric):
    """Return the mean of a strategy's runs."""
    return float(told(name, strategy, metric).mean())


@cache
def changed(name, strategy, *overrides):
    """Return the runs of a strategy in a story with other settings."""
    made = load_scenario(name, overrides=overrides)
    return replicate(made, strategy, seed=1, lo=0, hi=RUNS)


def part(rows, word):
    """Return the share of runs that end with a verdict or an outcome."""
    kind, words = ("verdict", VERDICTS) if word in VERDICTS else ("outcome", OUTCOMES)
    return float((rows[kind] == words.index(word)).mean())


def share(name, strategy, word):
    """Return that share in a story as it stands."""
    return part(story(name).strategies[strategy].rows, word)


def said(name, label=""):
    """Return what the verdict of a story says under a label."""
    return " ".join(one.text for one in verdict(facts(story(name))) if one.label == label)


# Every story.


@pytest.mark.parametrize("name", ANSWERS)
def test_screen(name):
    """The comparison fits one screen."""
    text = render_comparison(story(name), is_terminal=False)
    assert len(text.splitlines()) <= 30
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r"nan|\binf\b", text)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name):
    """What each question asks for comes out as the trainer is told, far from the wrong answers."""
    questions = story(name).scenario.questions
    for question, right in zip(questions, ANSWERS[name], strict=True):
        if question.kind == "number":
            assert mean(name, question.strategy, question.metric) == pytest.approx(
                right, rel=0.03, abs=1e-6
            )
            assert all(abs(w - right) > max(w, right) / 3 for w in question.wrong)
        else:
            means = {one: mean(name, one, question.metric) for one in story(name).strategies}
            assert ("most" in question.ask) != ("fewest" in question.ask)
            assert right == (max if "most" in question.ask else min)(means, key=means.get)


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
