"""What the gallery's stories claim, per strategy: the engine has to make them come true.

Each story is compared once, by the batch engine. Numbers that a hand calculation gives stand beside
the calculation.
"""

import re
from math import log

import numpy as np
import pytest

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.text import render_comparison
from simdeploy.report.words import listed
from simdeploy.results.detectors import unfair
from simdeploy.scenario import builtin_scenarios
from tests.gallery.common import (
    KEEPING,
    NO_LUCK,
    SHIFTING,
    answered,
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
from tests.report.answer.truth import untruths

pytestmark = pytest.mark.many_runs

#: Which end of a metric a question asks for, by a word in it.
WANTED = {"most": "most", "longest": "most", "not done": "most", "fewest": "least"}
GALLERY = builtin_scenarios()
#: Stories of which a detector of one's own, or none, is the point.
OWN_DETECTORS = (
    "alarm-blind-to-overload",
    "bad-boot-no-breaker",
    "exits-not-counted",
    "registry-down",
    "grace-too-short",
)

each_story = pytest.mark.parametrize("name", GALLERY)


def nobody(name, strategy, metric="failed_requests"):
    """Return whether no run has a whole one; fractions far below are the fluid's, not a user's."""
    return told(name, strategy, metric).max() < 1e-6


def downtime(strategy, *overrides):
    """Return the mean downtime behind a shallow health check."""
    return float(changed("shallow-health-check", strategy, *overrides)["downtime_s"].mean())


def answers(question, name):
    """Return the mean of a question's metric per strategy; what stays open counts as endless."""
    return {n: mean(name, n, question.metric) for n in story(name).strategies}


# Every story.


@each_story
def test_screen(name):
    """The comparison takes some 40 lines, and has no number with too many figures."""
    text = render_comparison(story(name), is_terminal=False)
    assert len(text.splitlines()) <= 44
    assert max(map(len, text.splitlines())) <= 100
    assert not re.search(r"nan|\binf\b|\d{5}|\d\.\d{4}|  \.|\.\.(?!\.)| 1 requests| 1 tasks", text)


@each_story
def test_the_answer_is_true(name):
    """Every number of a sentence is in the rows, and no sentence contradicts one."""
    assert untruths(facts(story(name)), answered(name)) == []


@each_story
def test_same_detectors_watch_everybody(name):
    """No strategy of the gallery has detectors of its own, unless this is the story."""
    if name in OWN_DETECTORS:
        pytest.skip("detectors of one's own are its story")
    assert unfair(story(name).scenario) == []
    signals = [{one.signal for one in known} for known in story(name).detectors.values()]
    assert all(one >= signals[0] - {"breaker"} for one in signals)


@each_story
def test_questions_have_clear_answers(name):
    """A choice has one winner by a tenth, and no wrong number is near the right one."""
    for question in story(name).scenario.questions:
        if question.metric == "verdict":
            continue
        found = answers(question, name)
        if question.kind == "choice":
            assert question.end == next(end for word, end in WANTED.items() if word in question.ask)
            first, second = sorted(found.values(), reverse=question.end == "most")[:2]
            assert abs(first - second) > 0.1 * min(abs(first), abs(second)), question.ask
        else:
            right = found[question.strategy]
            wrong = [one.is_ for one in question.wrong_numbers]
            near = [w for w in wrong if abs(w - right) <= max(w, right) / 3]
            assert near == [], question.ask


def share_decided(name, strategy):
    """Return the share of a story's runs by who decided, without those who decided none."""
    deciders = story(name).strategies[strategy].release.decided_by
    return {who: share.share for who, share in deciders.items() if share.share}


@each_story
def test_winner_is_named_in_the_headline(name):
    """Whoever has a check mark stands in the first sentence, or who has none."""
    head, winners = said(name).split(". ")[0].lower(), story(name).ranking.winners
    others = [other for other in story(name).strategies if other not in winners]
    named = others if head.startswith("any but") else winners
    assert head == "any of them" or not winners or all(one in head for one in named)


# A good release.


@each_keeping
def test_good_release_hurts_nobody(strategy):
    """A good release fails no request where old tasks stay until new ones serve."""
    assert nobody("happy-path", strategy)
    assert share("happy-path", strategy, "shipped") == 1.0


def test_good_release_is_level():
    """The four that keep serving are level, and the cheapest of them is rolling."""
    assert set(story("happy-path").ranking.winners) == set(KEEPING)
    assert story("happy-path").ranking.winners[0] == "rolling"
    assert said("happy-path").startswith("Any but recreate. They fail no request. Recreate fails 4")
    assert "Rolling is the cheapest, $0.01 per release" in said("happy-path")
    assert "400 runs may miss what happens in fewer than 0.8 %" in said("happy-path", "Sure?")


def test_recreate_undoes_good_releases():
    """Recreate turns users away for minutes, and its own outage raises the alarm."""
    assert share("happy-path", "recreate", "false_rollback") > 0.95
    assert 150 < mean("happy-path", "recreate", "downtime_s") < 300
    reason = "its own outage raises the alarm checkout-5xx, which takes good releases back"
    assert said("happy-path", "Notes") == reason


def test_recreate_ships_where_no_alarm_watches():
    """Without an alarm recreate ships the same release, after half the outage."""
    runs = changed("happy-path", "recreate", "defaults.alarms=[]")
    assert (runs["verdict"] == VERDICTS.index("shipped")).all()
    assert runs["outage_s"].mean() < 0.7 * mean("happy-path", "recreate", "outage_s")


def test_recreate_is_rolling_at_0_100():
    """ECS's own way to recreate is 0/100, and is quicker only if draining tasks do not count."""
    zero = "{type: rolling, minimum_healthy_percent: 0, maximum_percent: 100}"
    calm = ("defaults.alarms=[]", f"strategies.zero={zero}")
    ways = [changed("happy-path", name, *calm)["outage_s"] for name in ("recreate", "zero")]
    assert np.array_equal(*ways)
    free = (*calm, "service.draining_counts_to_maximum=false")
    ways = [changed("happy-path", name, *free)["outage_s"] for name in ("recreate", "zero")]
    assert ways[1].mean() < 0.5 * ways[0].mean()


def test_waiting_costs_more_than_working():
    """Termination waits make the shifting strategies cost thirty times what rolling costs."""
    costs = [mean("happy-path", name, "extra_cost_usd") for name in KEEPING]
    # Six tasks of 1 vCPU and 2 GB run for about 1 h 2 min more: 6 × 1.03 h × $0.0494 = $0.306.
    assert costs[1] == pytest.approx(0.306, rel=0.03)
    assert costs[0] < costs[1] / 10
    assert costs == sorted(costs)


# The new image crashes at boot.


@each_keeping
def test_bad_boot_hurts_nobody(strategy):
    """A task that dies before it passes a check serves nobody; the old ones keep serving."""
    for metric in ("failed_requests", "exposed_requests"):
        assert nobody("bad-boot", strategy, metric)
    assert share("bad-boot", strategy, "stopped") == 1.0


def test_bad_boot_winner():
    """Four fail nobody, and rolling is the only one of them that ends by itself."""
    ranking = story("bad-boot").ranking
    assert (ranking.winners, set(ranking.groups[1])) == (("rolling",), set(KEEPING) - {"rolling"})
    assert ranking.parted_by == ("", "by_itself")
    assert share_decided("bad-boot", "rolling") == {"breaker": 1.0}
    assert share_decided("bad-boot", "blue-green") == {"operator": 1.0}
    assert said("bad-boot").startswith("Rolling. It fails no request, and ends this without a per")
    assert "Blue-green, canary and linear hurt as few users, but wait 40m11s" in said("bad-boot")
    assert "slow" not in said("bad-boot")


def test_bad_boot_is_decided_by_the_breaker():
    """Rolling is given up after 98 s, when it would start the dead tasks' replacements."""
    # ECS acts after 11.5 s; six tasks need 45 s to start and 2 s to die. Each of them forbids a
    # start for 25 to 36 s, the longest of the six pauses for 25 + 6 / 7 × 11 s; then comes a look.
    by_hand = 11.5 + 45 + 2 + 25 + 6 / 7 * 11 + 5.1
    assert mean("bad-boot", "rolling", "decision_s") == pytest.approx(by_hand, abs=2)
    assert "the circuit breaker with rolling, 1m39s" in said("bad-boot", "Why")


@each_shifting
def test_bad_boot_waits_for_a_person(strategy):
    """CodeDeploy has no breaker: half an hour of patience, then five minutes twice to act."""
    # Patience begins when ECS first acts, 11.5 s after the command.
    assert mean("bad-boot", strategy, "decision_s") == pytest.approx(40 * 60 + 11.5, abs=1)
    assert f"a person with {listed(SHIFTING)}, 40m11s" in said("bad-boot", "Why")
    assert cell("bad-boot", strategy, "ends") == "undone: person"


def test_bad_boot_takes_recreate_down():
    """Recreate has stopped the old tasks before the new ones die."""
    assert told("bad-boot", "recreate", "outage_s").min() > 60
    assert told("bad-boot", "recreate", "min_healthy_tasks").max() == 0


# The check passes, the application fails.


def test_shallow_check_replaces_nobody():
    """No task fails, whatever it answers: only the alarm sees it, in minutes."""
    for name in story("shallow-health-check").strategies:
        assert told("shallow-health-check", name, "failed_tasks").max() == 0
        assert share("shallow-health-check", name, "stopped") == 1.0
        assert 120 < mean("shallow-health-check", name, "detect_s") < 180


def test_shallow_check_by_hand():
    """The alarm ends it after 66, 54 and 6 s of downtime."""
    # Noticed after half a period, 75 s to publish, 30 s to evaluate, 7.5 s to poll: 142 s.
    # Blue-green: 142 s + 32 s until CodeDeploy acts + 6 s of propagation, 30 % of it: 54 s.
    assert downtime("blue-green") == pytest.approx(54, abs=2)
    # Rolling: all on new code for about 150 s, ramps of a minute, and 97 s to start old tasks.
    assert downtime("rolling") == pytest.approx(66, abs=2)
    # A canary shows it a tenth of the traffic.
    assert downtime("canary") == pytest.approx(5.9, abs=0.5)


def test_shallow_check_by_hand_without_controller_delay():
    """Where CodeDeploy acts at once blue-green has 44 s of downtime: (142 + 5.5) s × 30 %."""
    setting = "strategies.blue-green.controller_delay=0s"
    assert downtime("blue-green", setting) == pytest.approx(44.2, abs=1)


def test_detection_outweighs_strategy():
    """Without an alarm a person needs ten and a half minutes, and all strategies are alike."""
    alone = "defaults.alarms=[]"
    # Rolling: 603 s + 30 s to type + 97 s back, less the ramps of some 27 s: 703 s × 30 %.
    assert downtime("rolling", alone) == pytest.approx(211, abs=2)
    # Blue-green: 600 + 30 + 32.5 + 5.5 s = 668 s × 30 %; without the controller's delay 636 s.
    assert downtime("blue-green", alone) == pytest.approx(200.5, abs=1)
    acting = "strategies.blue-green.controller_delay=0s"
    assert downtime("blue-green", alone, acting) == pytest.approx(190.7, abs=1)
    # 3 % of all requests is below the 5 % that a person notices: the canary waits to be whole.
    assert downtime("canary", alone) == pytest.approx(210, abs=3)


def test_shallow_check_winner():
    """The canary wins, since it shows the fault to a tenth of the users."""
    assert story("shallow-health-check").ranking.groups[:2] == (("canary",), ("linear",))
    assert said("shallow-health-check").startswith(
        "Canary. It fails 1,190 requests per bad release"
    )
    why = said("shallow-health-check", "Why")
    assert (
        "Share of the traffic on the bad version until it is off: canary 10 %, linear 22 %" in why
    )
    assert "the alarm with all of them" in why


# The registry is slow today.


def test_slow_registry_turns_seconds_into_minutes():
    """A start of 30 s takes three minutes, and an outage of one becomes an outage of both ways."""
    usual, alarms = "environment.events=[]", "defaults.alarms=[]"
    quick = changed("slow-registry", "recreate", usual, alarms)["outage_s"].mean()
    slow = changed("slow-registry", "recreate", alarms)["outage_s"].mean()
    # 8 s of pull become 160 s: 152 s more.
    assert slow - quick == pytest.approx(152, abs=5)
    assert mean("slow-registry", "recreate", "outage_s") == pytest.approx(2 * slow, rel=0.05)


@each_keeping
def test_slow_registry_only_takes_time(strategy):
    """Who keeps the old tasks waits two and a half minutes more, and users notice nothing."""
    assert nobody("slow-registry", strategy)
    quick = changed("slow-registry", strategy, "environment.events=[]")["full_traffic_s"]
    gap = told("slow-registry", strategy, "full_traffic_s") - quick
    assert gap.mean() == pytest.approx(152, abs=8)


def test_slow_registry_makes_the_way_back_slow():
    """Going back pulls images too with rolling, and none with blue-green."""
    back = {n: one.drill["rollback_after_s"].mean for n, one in story("slow-registry").results}
    assert back["rolling"] > 180
    assert back["blue-green"] < 60
    quick = "live: 38s to 39s with blue-green, canary and linear, 3m4"
    assert quick in said("slow-registry", "Otherwise")


# The new version writes what the old one cannot read.


def test_mismatch_hits_while_both_serve():
    """With rolling the old version fails as long as both serve: the longer, the more."""
    assert share("schema-mismatch", "rolling", "succeeded") == 1.0
    # The noise of counting aside.
    runs = changed("schema-mismatch", "rolling", "traffic.sampled=false")
    assert np.corrcoef(runs["failed_requests"], runs["mixed_s"])[0, 1] > 0.7
    assert runs["failed_requests"].min() > 10


def test_mismatch_grows_with_the_rows_by_hand():
    """The new version writes 20 rows a second, and the old one fails on their share of 4,800."""
    runs = changed("schema-mismatch", "rolling", *NO_LUCK)
    # New tasks are healthy at 62 s, old ones gone at 81.4 s; until then each half of the requests,
    # and 20 of the old half's read an order: 20 × the integral of 20 t / (20 t + 4800).
    seconds = 81.4 - 62
    failed = 20 * (seconds - 240 * log(1 + seconds / 240))
    assert runs["failed_requests"] == pytest.approx(failed, rel=0.01)


@pytest.mark.parametrize("strategy", ["canary", "linear"])
def test_mismatch_outlives_the_rollback(strategy):
    """Who goes back leaves the rows, and the old version fails on them to the end."""
    assert share("schema-mismatch", strategy, "unrepaired") == 1.0
    runs = changed("schema-mismatch", strategy, "traffic.sampled=false")
    assert (runs["failed_after_decision"] > 20 * runs["failed_before_decision"]).all()
    # 40 of 200 requests a second read an order, one of 4,800 old ones and the new ones.
    left = 7200 - runs["decision_s"]
    rows = runs["incompatible_writes"]
    assert rows.min() > 500
    failed = 40 * rows / (rows + 4800) * left
    assert runs["failed_after_decision"] == pytest.approx(failed, rel=0.02)


def test_mismatch_spares_who_never_mixes():
    """Blue-green moves all at once, so nobody fails, and the release stays: going back hurts."""
    assert nobody("schema-mismatch", "blue-green")
    assert share("schema-mismatch", "blue-green", "escaped") == 1.0
    assert cell("schema-mismatch", "blue-green", "ends") == "live"
    assert said("schema-mismatch").endswith("once this release is live, leave it live.")


def test_mismatch_leaves_rows_behind():
    """What no strategy fixes is told: rows that the version in service cannot read."""
    left = said("schema-mismatch", "Left")
    assert left.startswith("Rows that the version in service cannot read: linear 3,")
    assert left.endswith("blue-green and rolling none.")
    assert "After going back, users still fail with canary" in said("schema-mismatch", "Why")


# Half the fleet cannot carry the load.


def test_overload_fails_more_than_the_surplus():
    """Three of six tasks are short of 60 requests per second, and fail most of the 240."""
    assert told("overload-at-half-capacity", "rolling", "min_headroom").max() == 0.75
    failed = mean("overload-at-half-capacity", "rolling", "failed_overload")
    assert failed == pytest.approx(mean("overload-at-half-capacity", "rolling", "failed_requests"))
    assert mean("overload-at-half-capacity", "rolling", "outage_s") > 90
    assert failed > 2 * 60 * 160


def test_overload_is_no_5xx():
    """Clients that give up raise no alarm on 5xx: the release succeeds in every run."""
    assert share("overload-at-half-capacity", "rolling", "succeeded") == 1.0
    assert np.isnan(told("overload-at-half-capacity", "rolling", "decision_s")).all()


@pytest.mark.parametrize("strategy", [*SHIFTING, "rolling-start-first"])
def test_overload_is_the_setting(strategy):
    """Rolling with 100/200, and whoever starts first, fails nothing at the same load."""
    assert nobody("overload-at-half-capacity", strategy)
    assert told("overload-at-half-capacity", strategy, "min_headroom").min() == 1.5


def test_overload_is_named():
    """The verdict says that tasks are overloaded, and by how much they fall short."""
    why = said("overload-at-half-capacity", "Why")
    assert "tasks carry as little as 75 % of the traffic for a while (rolling)" in why


# A deployment that can neither start nor stop a task.


def test_stuck_forever():
    """Rolling with 100/110 of six is stuck in every run: nobody ends it, and nobody notices."""
    assert share("stuck-deployment", "rolling", "stuck") == 1.0
    assert share("stuck-deployment", "rolling", "held") == 1.0
    assert np.isinf(told("stuck-deployment", "rolling", "deployment_s")).all()
    assert np.isnan(told("stuck-deployment", "rolling", "decision_s")).all()
    for metric in ("failed_requests", "failed_tasks"):
        assert told("stuck-deployment", "rolling", metric).max() == 0


def test_stuck_deployment_is_not_ranked():
    """Hurting nobody wins nothing where even a good release never arrives."""
    assert "Rolling hurts nobody, but does not ship" in said("stuck-deployment")
    room = "strategies.rolling.maximum_percent=117"
    assert f"Rolling ships with room for one more task: --set {room}." in said(
        "stuck-deployment", "Otherwise"
    )
    assert part(changed("stuck-deployment", "rolling", room), "shipped") == 1.0
    less = "strategies.rolling.maximum_percent=116"
    assert part(changed("stuck-deployment", "rolling", less), "stuck") == 1.0
    assert cell("stuck-deployment", "rolling", "ends") == "stuck"
    assert story("stuck-deployment").ranking.winners[0] == "blue-green"


def test_patience_ends_a_stuck_deployment():
    """Somebody who watches ends it when patience is over."""
    runs = changed("stuck-deployment", "rolling", "operator={notices: 5m, decides: 5m, types: 30s}")
    assert (runs["outcome"] == OUTCOMES.index("rolled_back")).all()
    assert runs["decision_s"].mean() == pytest.approx(40 * 60, abs=60)


@each_shifting
def test_others_are_not_stuck(strategy):
    """The shifting strategies ship the same release."""
    assert share("stuck-deployment", strategy, "shipped") == 1.0
