"""Reasons of a verdict: what happens around, what requests fail by, what undoes good releases."""

from dataclasses import replace

import numpy as np
import pytest

from simdeploy.api import compare
from simdeploy.report.environment import TEXTS
from simdeploy.report.verdict.paragraph import verdict
from simdeploy.report.verdict.reasons import circumstances
from simdeploy.report.verdict.wording import harm_clause
from simdeploy.results.timeline import Event, Timeline
from simdeploy.results.verdict_facts import facts
from tests.results import fabricate as make

RUNS = 100
SHIPPED = {"verdict": "shipped", "outcome": "succeeded"}
UNDONE = {"verdict": "false_rollback", "outcome": "rolled_back"}


def known(release, *, twin=None, events=(), play=None, **blocks):
    """Return the facts of fabricated runs, with events of the environment."""
    scenario = make.scenario(
        tuple(release), runs=RUNS, environment={"events": list(events)}, **blocks
    )
    found = compare(scenario, engine=make.engine(release, twin=twin))
    if play is not None:
        object.__setattr__(found, "play", play)
    return facts(found)


def said(judged, label=""):
    """Return what the paragraph says under a label."""
    return " ".join(sentence.text for sentence in verdict(judged) if sentence.label == label)


def played(*events):
    """Return a player whose every run has these events."""

    class Run:
        timeline = Timeline("s", "rolling", 1, 0, 7200.0, list(events))

    return lambda *_, **__: Run()


def rows(**metrics):
    """Return so many runs."""
    return make.rows(RUNS, **metrics)


def good(**metrics):
    """Return runs of a good release that goes live."""
    return rows(**(SHIPPED | metrics))


DOWN = {"kind": "dependency_down", "from": "5m", "until": "6m"}
MISSING = {"kind": "health_signal_missing", "until": "5m"}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (DOWN, "from 5m to 6m a dependency is down"),
        (MISSING, f"until 5m {TEXTS['health_signal_missing'].clause}"),
        ({"kind": "slow_registry", "factor": 20, "until": "2h"},
         "pulling the image takes 20 times as long"),
        ({"kind": "traffic_spike", "factor": 1.6, "from": "1m"},
         "from 1m on traffic is 1.6 times as much"),
        ({"kind": "task_crash", "at": "3m", "tasks": 2}, "after 3m 2 old tasks die"),
        ({"kind": "task_crash", "at": "3m"}, "after 3m an old task dies"),
        ({"kind": "task_hang", "at": "3m", "tasks": 2}, "after 3m 2 old tasks hang"),
        ({"kind": "task_hang", "at": "3m", "revision": "new"}, "after 3m a new task hangs"),
        ({"kind": "flaky_health_checks", "probability": "20%", "until": "10m"},
         "until 10m 20 % of health checks fail for no reason"),
    ],
)  # fmt: skip
def test_what_happens_around_is_named(event, words):
    """Every kind of event has a clause with its numbers and its time."""
    assert circumstances(known({"rolling": good()}, events=[event])) == [words]


def test_the_cause_names_the_event_and_what_requests_meet():
    """The reason begins with the event and goes on with what the requests of each failed by."""
    release = {
        "rolling": good(failed_requests=4000.0, failed_overload=4000.0, min_headroom=0.01),
        "canary": good(failed_requests=200.0, failed_refused=200.0),
    }
    assert said(known(release, events=[MISSING], faults=()), "Why") == (
        "until 5m the health signal is missing, so tasks count as healthy before they answer; "
        "requests fail with canary because they reach tasks that do not answer, with rolling "
        "because hardly any task answers for a while."
    )


def test_what_fails_anyway_is_no_cause():
    """Requests that a dependency fails without any deployment do not tell why others fail."""
    more = {"failed_requests": 14_000.0, "failed_caused": 2000.0, "failed_app": 9000.0,
            "failed_no_target": 5000.0}  # fmt: skip
    same = {"failed_requests": 12_000.0, "failed_caused": 0.0, "failed_app": 12_000.0}
    release = {"rolling": good(**same), "linear": good(**more)}
    why = said(known(release, events=[DOWN], faults=()), "Why")
    assert why.endswith("requests fail with linear because no task is there to answer.")


def blip():
    """Return strategies of which two fail what would fail anyway, give or take some."""
    luck = np.array([50.0, -50.0] * (RUNS // 2))
    near = {"failed_requests": 12_000.0 + luck, "failed_caused": luck, "failed_app": 12_000.0}
    worse = {"failed_requests": 30_000.0, "failed_caused": 18_000.0}
    return known(
        {"rolling": good(**near), "canary": good(**near), "recreate": good(**worse)},
        events=[DOWN], faults=(),
    )  # fmt: skip


def test_no_more_than_anyway_is_not_zero_requests():
    """Who fails what would fail without a deployment is told as that, not as failing none."""
    assert said(blip()).startswith(
        "Level: rolling and canary hurt users alike; each fails no more requests than fail without "
        "a deployment. Recreate fails 18,000 requests"
    )


def test_rare_failures_are_told_with_the_worst_run():
    """Failures of one run in a hundred are a fraction on average, and a number in that run."""
    release = {"rolling": good(failed_requests=[30.0] + [0.0] * (RUNS - 1))}
    rolling = known(release, faults=()).strategies["rolling"]
    assert harm_clause(rolling) == "fails 0.3 requests on average, 30 requests in the worst run"


def test_certain_but_small_differences_are_level():
    """Less than one percent apart is level, however certain, and cost decides."""
    release = {"rolling": rows(failed_requests=56_900.0, extra_cost_usd=0.4),
               "canary": rows(failed_requests=56_600.0, extra_cost_usd=0.1)}  # fmt: skip
    assert said(known(release)) == (
        "Level: rolling and canary hurt users alike; each fails 56,600 to 56,900 requests.  Choose "
        "on cost: canary is cheapest ($0.10 above usual running; rolling $0.40)."
    ).replace("  ", " ")


def test_level_winners_are_held_against_the_next():
    """The reason tells level strategies from the others, not from each other."""
    fast = {"detect_s": 80.0, "rollback_s": 6.0, "bad_s": 80.0, "failed_before_decision": 90.0}
    release = {
        "canary-1": rows(failed_requests=100.0, exposed_requests=160.0, **fast),
        "canary-2": rows(failed_requests=100.0, exposed_requests=160.0, **fast),
        "canary-9": rows(failed_requests=9000.0, exposed_requests=16_000.0, **fast),
    }
    kinds = {name: {"type": "canary"} for name in release}
    scenario = make.scenario(kinds, runs=RUNS)
    judged = facts(compare(scenario, engine=make.engine(release)))
    why = said(judged, "Why")
    assert why.startswith("canary-1 and canary-9 are noticed after about 1m20s")
    assert "bad code gets 1 % of the requests with canary-1 and 100 % with canary-9" in why


RED = {"kind": "alarm_already_red", "alarm": "checkout-5xx", "until": "5m"}


def test_who_goes_without_a_red_alarm_is_named():
    """The red alarm is named with who ignores it and who acts on it later."""
    release = {"rolling": rows(failed_requests=900.0), "canary": rows(failed_requests=90.0)}
    judged = known(release, events=[RED])
    assert judged.controllers == {"rolling": "ecs", "canary": "stop"}
    judged = replace(judged, controllers={"rolling": "ecs", "canary": "code_deploy"})
    assert said(judged, "Why").startswith(
        "until 5m alarm checkout-5xx is red: ECS goes without alarms to the end (rolling) and "
        "CodeDeploy acts on it only once it was quiet (canary); "
    )


ROLLED = Event(100.0, "rollback_started", data={"reason": "alarm"})
RAISED = Event(95.0, "alarm_raised")


@pytest.mark.parametrize(
    ("events", "twin", "words"),
    [
        ((RAISED, ROLLED), {"failed_requests": 9000.0, "failed_no_target": 9000.0},
         "its own outage raises the alarm"),
        ((RAISED, ROLLED), {"failed_requests": 9000.0, "failed_overload": 9000.0},
         "its tasks are overloaded, and the alarm goes off"),
        ((RAISED, ROLLED), {"failed_requests": 36.0, "failed_caused": 0.0, "failed_app": 36.0},
         "the alarm goes off on requests that fail anyway"),
        ((RAISED, ROLLED), {}, "the alarm goes off although no request fails"),
        ((ROLLED,), {}, "the alarm is red already"),
        ((Event(100.0, "rollback_started", data={"reason": "operator"}),),
         {"failed_requests": 9000.0, "failed_overload": 9000.0},
         "its tasks are overloaded until a person acts"),
    ],
)  # fmt: skip
def test_what_undoes_a_good_release(events, twin, words):
    """An alarm that goes off by chance, or is red already, is no outage of the strategy's own."""
    release = {"rolling": good(), "canary": rows(failed_requests=90.0)}
    undone = {"canary": rows(decision_s=100.0, **(UNDONE | twin))}
    judged = known(release, twin=undone, play=played(*events))
    assert said(judged, "Not ranked") == f"canary undoes good releases too: {words}."


def test_a_noisy_alarm_goes_off_by_chance():
    """Where the scenario makes an alarm noisy, chance undoes good releases."""
    noise = {"kind": "alarm_noise", "alarm": "checkout-5xx", "probability": "20%"}
    twin = {"rolling": rows(decision_s=100.0, **UNDONE)}
    judged = known({"rolling": rows()}, twin=twin, events=[noise], play=played(RAISED, ROLLED))
    assert said(judged) == "Rolling does not ship even a good release."
    assert said(judged, "Why") == (
        "alarm checkout-5xx goes off by chance; with rolling the alarm goes off by chance."
    )


def test_alike_fates_are_told_together():
    """Strategies undone for the same reason are told once, with the range of their shares."""
    ends = {0.24: 24, 0.27: 27}
    shaky = [
        rows(verdict=["false_rollback"] * n + ["shipped"] * (RUNS - n), decision_s=100.0)
        for n in ends.values()
    ]
    release = {name: rows(failed_requests=9.0) for name in ("rolling", "canary", "linear")}
    twin = dict(zip(("canary", "linear"), shaky, strict=True))
    judged = known(release, twin=twin, play=played(RAISED, ROLLED))
    assert said(judged, "Not ranked") == (
        "canary and linear undo good releases too in 24 % to 27 % of runs: the alarm goes off "
        "although no request fails."
    )
    assert said(judged).startswith(
        "Only rolling ships a good release reliably; with this one it fails 9"
    )


@pytest.mark.parametrize(
    ("headroom", "words"),
    [
        ((0.6, 0.77), "tasks are overloaded (for a while they carry 60 % to 77 % of the traffic)."),
        ((0.6, 1.3), "tasks are overloaded."),
    ],
)
def test_overload_is_told_of_all_that_it_is_said_of(headroom, words):
    """Strategies with the same cause share a number only if it holds for each of them."""
    release = {
        name: good(failed_requests=90.0, failed_overload=90.0, min_headroom=least)
        for name, least in zip(("rolling", "canary"), headroom, strict=True)
    }
    assert said(known(release, faults=()), "Why").endswith(words)


def test_who_is_not_ranked_is_no_exception():
    """Those who fail by a cause are told by name where others fail too that are not ranked."""
    names = ("rolling", "blue-green", "canary", "recreate")
    release = {name: good(failed_requests=90.0, failed_no_target=90.0) for name in names}
    twin = {"recreate": rows(decision_s=100.0, **UNDONE)}
    cold = [{"kind": "cold_start", "factor": 3, "for": "1m"}]
    told = said(known(release, twin=twin, releases=[{"faults": cold}]), "Why")
    assert told.endswith("with rolling, blue-green and canary because no task is there to answer.")


def test_one_reason_for_not_being_ranked_is_told_once():
    """Who hurts nobody is named for that among those who are left out for the same reason."""
    undone = rows(decision_s=100.0, **UNDONE)
    breaker = Event(100.0, "rollback_started", data={"reason": "breaker"})
    release = {"rolling": good(), "recreate": rows(failed_requests=9.0), "canary": good()}
    judged = known(release, twin={"rolling": undone, "recreate": undone}, play=played(breaker))
    assert said(judged, "Not ranked") == (
        "rolling (which hurts nobody) and recreate undo good releases too: the circuit breaker "
        "trips."
    )


def test_a_flag_that_goes_back_is_no_old_task():
    """The way back of a feature flag is its flag, not tasks that still run."""
    harmed = {"bad_s": 80.0, "exposed_requests": 9.0, "detect_s": 80.0, "decision_s": 90.0}
    release = {
        "feature-flag": rows(failed_requests=90.0, rollback_s=5.0, **harmed),
        "rolling": rows(failed_requests=900.0, rollback_s=97.0, **harmed),
    }
    back = Event(103.0, "flag_set", data={"percent": 0.0})
    why = said(known(release, play=played(RAISED, ROLLED, back)), "Why")
    assert "going back takes feature-flag 5s (the flag is set back)" in why


def test_good_releases_have_no_bad_revision():
    """A release that only needs time to warm up is good, and nobody is said to be spared it."""
    cold = [{"kind": "cold_start", "factor": 3, "for": "1m"}]
    release = {"canary": good(), "rolling": good(failed_requests=90.0, failed_overload=90.0)}
    judged = known(release, releases=[{"faults": cold}])
    assert "bad" not in said(judged, "Why")
    assert said(judged, "Why").startswith("with canary, healthy tasks can always carry 1.5 ×")


def test_exhausted_connections_are_named():
    """Where the release's fault says why tasks refuse, the cause says it too."""
    faults = [{"kind": "connections", "per_task": 20}]
    release = {"canary": good(), "rolling": good(failed_requests=90.0, failed_refused=90.0)}
    judged = known(release, releases=[{"faults": faults}], service={"max_connections": 200})
    assert said(judged, "Why").endswith("with rolling because no connection is left for them.")


def test_a_command_that_fails_is_named():
    """Where people decide and their first command does nothing, the reason begins with that."""
    by_hand = Event(100.0, "rollback_started", data={"reason": "operator"})
    release = {n: rows(failed_requests=f, decision_s=100.0, detect_s=90.0, rollback_s=500.0)
               for n, f in (("rolling", 900.0), ("canary", 90.0))}  # fmt: skip
    operator = {"first_command": "same_image", "retry_after": "8m"}
    told = said(known(release, operator=operator, play=played(by_hand)), "Why")
    assert told.startswith(
        "the first command to go back deploys the bad image again, and the next one follows 8m "
        "later; "
    )
    works = said(known(release, play=played(by_hand)), "Why")
    assert "command" not in works


SLOW = {"startup": {"boot": "3m"}, "health_check_grace_period": "60s"}


@pytest.mark.parametrize(("failed", "told"), [(40.0, True), (0.0, False)])
def test_a_grace_period_that_is_too_short_is_named(failed, told):
    """Where good tasks fail, and could not be healthy within the grace period, that is said."""
    undone = good(failed_tasks=failed, decision_s=100.0, **UNDONE)
    judged = known({"rolling": undone}, faults=(), service=SLOW, play=played(ROLLED))
    words = ("tasks need 5m30s to boot and pass their checks, but ECS waits only for the grace "
             "period, 1m, and then replaces them, good or not")  # fmt: skip
    assert (words in said(judged, "Why")) == told


@pytest.mark.parametrize(
    ("service", "events"),
    [
        (SLOW | {"health_check_grace_period": "6m"}, ()),
        # Healthy at its first passing check: it is never unhealthy before.
        (SLOW | {"startup": {"boot": "20s"}, "health_check_grace_period": "10s"}, ()),
        (SLOW, [{"kind": "task_crash", "at": "5m"}]),
    ],
    ids=["long-enough", "never-unhealthy", "killed-by-an-event"],
)
def test_a_grace_period_that_is_not_the_reason_is_not_named(service, events):
    """Good tasks that fail for another reason than their grace period do not blame it."""
    judged = known({"rolling": good(failed_tasks=9.0)}, events=events, faults=(), service=service)
    assert "grace" not in said(judged, "Why")


def test_nobody_waits_longer_than_the_story():
    """A flip that would take longer than the runs are followed is not told."""
    late = {"bad_s": 80.0, "detect_s": 80.0, "decision_s": 90.0, "exposed_requests": 90.0}
    release = {"canary": rows(failed_requests=10.0, failed_before_decision=1.0, **late),
               "rolling": rows(failed_requests=90_000.0, **late)}  # fmt: skip
    assert said(known(release), "Flips when") == ""


def test_equal_runs_are_counted_where_they_are_many():
    """A winner in a few runs is told with those in which both are alike."""
    some = [100.0] * 10 + [0.0] * 85 + [1.0] * 5
    less = [20.0] * 10 + [0.0] * 85 + [3.0] * 5
    release = {"rolling": good(failed_requests=some), "canary": good(failed_requests=less)}
    assert ("and fewer in 10 of 100 runs with the same luck, more in 5; in the other 85 both are "
            "alike.") in said(known(release, faults=()))  # fmt: skip


def test_who_leaves_it_live_says_so():
    """Where a level winner is held against a strategy that never goes back, that is the reason."""
    stopped = {"bad_s": 80.0, "detect_s": 80.0, "decision_s": 90.0, "rollback_s": 6.0}
    live = {"verdict": "escaped", "outcome": "succeeded", "bad_s": 7000.0}
    release = {"canary": rows(failed_requests=90.0, failed_overload=90.0, **stopped),
               "rolling": rows(failed_requests=9000.0, **live)}  # fmt: skip
    assert said(known(release), "Why") == (
        "nobody decided to go back with rolling; it is given up with canary after 1m30s; requests "
        "fail with canary because tasks are overloaded."
    )


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"kind": "task_hang", "at": "3m"}, "they wait for a task that never answers"),
        ({"kind": "task_crash", "at": "3m"}, "they are cut when a task ends"),
    ],
)
def test_requests_of_a_hung_task_wait_and_those_of_a_dead_one_are_cut(event, words):
    """Both are counted as cut, and the event says why they got no answer."""
    release = {
        name: good(failed_requests=failed, failed_cut=failed)
        for name, failed in (("rolling", 900.0), ("canary", 90.0))
    }
    judged = known(release, events=[event], faults=())
    assert f"because {words}" in said(judged, "Why")
