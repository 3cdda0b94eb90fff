"""Pods on Kubernetes: both engines agree, and right values by hand from the documented rules."""

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from simdeploy.engines import replicate, run_one
from simdeploy.model.registry import OUTCOMES, SIGNALS, VERDICTS
from simdeploy.scenario import Scenario
from simdeploy.scenario.writing import dump_yaml
from tests.equal import VARIANTS, differences, within
from tests.generate import FREE, GRID
from tests.generate_pods import pods
from tests.sane import nonsense
from tests.small import merged

#: Generated scenarios, free and on a grid.
NUMBER = 40
#: Four pods of 60 requests/s, half used. A new one runs 10 s after its creation, listens 5 s later
#: and is probed every 5 s; nothing is drawn but the phase of the probe.
BASE = {
    "name": "pods",
    "platform": "kubernetes",
    "service": {
        "desired_count": 4,
        "capacity_rps": 60,
        "startup": {"provisioning": 2, "pull": 7, "container_start": 1, "boot": 5},
        "shutdown": 1,
        "readiness": {"period": 5},
        "endpoint_propagation": 5,
        "pre_stop": 5,
    },
    "traffic": {"rate": 120, "sampled": False},
    "strategies": {"it": {"type": "kubernetes_rolling"}},
    "horizon": 1800,
}
BAD = {"release": {"faults": [{"kind": "never_listens"}]}}


def built(**above):
    """Return the service with other blocks laid over it."""
    return Scenario.model_validate(merged(BASE, above))


def played(scenario, **what):
    """Return the numbers of one run, which both engines give."""
    assert list(differences(scenario, seed=1, hi=1, variants=VARIANTS[:1])) == []
    return replicate(scenario, next(iter(scenario.strategies)), seed=1, lo=0, hi=1, **what)[0]


def strategy(**told):
    """Return a rolling update as the only strategy."""
    return {"strategies": {"it": {"type": "kubernetes_rolling", **told}}}


@pytest.mark.parametrize("times", [FREE, GRID], ids=["free", "grid"])
def test_generated_scenarios(times):
    """Whatever a scenario on Kubernetes holds, both engines agree, and the numbers make sense."""

    @seed(7)
    @settings(
        max_examples=NUMBER,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(pods(times))
    def play(told):
        scenario = Scenario.model_validate(told)
        with within(60):
            found = list(differences(scenario, seed=3, hi=2, variants=VARIANTS[:1]))
            found += differences(scenario, seed=3, lo=2, hi=3, variants=VARIANTS[1:])
        assert not found, "\n".join([dump_yaml(told), *map(str, found)])
        for name in scenario.strategies:
            for row in replicate(scenario, name, seed=3, lo=0, hi=1):
                assert nonsense(row, scenario, "release") == []

    play()


def test_sick_release():
    """At 4 pods, 25 % and 25 %, one old pod goes, two unready ones come, and so it stays."""
    row = played(built(**BAD))
    assert (row["min_healthy_tasks"], row["peak_tasks"]) == (3, 6)
    assert row["min_headroom"] == 3 * 60 / 120
    assert row["failed_requests"] < 0.1
    assert OUTCOMES[row["outcome"]] == "failed"
    assert row["deployment_s"] == float("inf")
    alive = 1800.0
    assert row["task_seconds_new"] == pytest.approx(2 * alive)
    assert row["task_seconds_old"] == pytest.approx(3 * alive + 6.0)


def test_sick_release_undone_at_its_deadline():
    """A pipeline that undoes it does so a deadline after the last progress, that of the command."""
    row = played(built(**BAD, **strategy(progress_deadline=100, on_deadline="undo")))
    assert row["decision_s"] == 100.0
    assert SIGNALS[row["signal"]] == "progress_deadline"
    assert VERDICTS[row["verdict"]] == "stopped"
    assert OUTCOMES[row["outcome"]] == "rolled_back"
    # The old pod that comes back runs after 10 s, listens after 5 more and is probed within 5 s.
    assert 115.0 <= row["deployment_s"] <= 120.0


def test_good_release():
    """Two rounds: pods are ready 15 to 20 s after their creation, and two more follow as they are.

    1 old pod is deleted and 2 new ones are created at the command; each new one that is ready lets
    an old one go and one more be created.
    """
    row = played(built())
    assert 30.0 <= row["deployment_s"] <= 40.0
    assert row["min_healthy_tasks"] == 3
    assert OUTCOMES[row["outcome"]] == "succeeded"
    assert row["failed_refused"] + row["failed_no_target"] == 0
    assert row["failed_requests"] < 0.1


def test_min_ready():
    """A pod is available so long after it is ready, once for each of the two rounds."""
    quick, slow = played(built()), played(built(**strategy(min_ready=30)))
    assert slow["deployment_s"] - quick["deployment_s"] == pytest.approx(60.0)


def test_one_after_the_other():
    """With surge 1 and none unavailable four rounds follow each other, and four pods serve."""
    row = played(built(**strategy(max_surge=1, max_unavailable=0)))
    assert 4 * 15.0 <= row["deployment_s"] <= 4 * 20.0
    assert row["min_healthy_tasks"] == 4


def test_requests_lost_without_pre_stop():
    """Each of the old pods refuses requests from its exit, after 1 s, until 5 s after its deletion.

    Of 120 requests/s each of three to six pods in the endpoints gets 40 to 20 per second, and four
    old pods do so for 4 s each.
    """
    lost = played(built(service={"pre_stop": 0}))["failed_refused"]
    assert 4 * 4 * 20.0 <= lost <= 4 * 4 * 40.0
    assert played(built(service={"pre_stop": 4}))["failed_refused"] == 0
    partly = played(built(service={"pre_stop": 2}))["failed_refused"]
    assert partly == pytest.approx(lost / 2, rel=0.05)


def test_an_application_that_stops_listening_at_sigterm():
    """One that finishes its work takes no new requests: those of 5 s are lost, not of 4 s."""
    lost = played(built(service={"pre_stop": 0, "finishes_work": True}))["failed_refused"]
    kept = played(built(service={"pre_stop": 0}))["failed_refused"]
    assert lost == pytest.approx(kept * 5 / 4, rel=0.02)


def test_grace_counts_from_the_deletion():
    """A pod that ignores SIGTERM is gone when its grace is over, its preStop hook inside it."""
    above = {"service": {"ignores_sigterm": True, "termination_grace_period": 30, "pre_stop": 20}}
    long = played(built(**BAD, **above))
    assert long["task_seconds_old"] == pytest.approx(3 * 1800 + 30.0)
    above["service"]["pre_stop"] = 50
    assert played(built(**BAD, **above))["task_seconds_old"] == pytest.approx(3 * 1800 + 30.0)


def test_recreate():
    """All old pods go before the first new one comes: an outage with no endpoint at all."""
    row = played(built(strategies={"it": {"type": "recreate"}}))
    # Requests reach the old pods for 5 s; they exit after 6 s, then 10 + 5 s and a probe follow.
    assert 6 + 15.0 - 5 <= row["outage_s"] <= 6 + 20.0 - 5
    assert row["failed_no_target"] == pytest.approx(120 * row["outage_s"])
    assert row["failed_requests"] - row["failed_no_target"] < 2
    assert row["min_healthy_tasks"] == 0
    assert row["peak_tasks"] == 4


def test_crashes_are_restarted_in_place():
    """A pod whose container exits after 2 s is restarted after 1, 10, 20, 40 … s, for ever.

    Exits of each of the two new pods: at 12 s, then 1 + 1 + 2 s later, then 10 + 1 + 2 s later …
    """
    row = played(built(release={"faults": [{"kind": "boot_crash", "after": 2}]}))
    exits, at, pause = 0, 12.0, 1.0
    while at <= 1800:
        exits += 1
        at += pause + 1 + 2
        pause = 10.0 if pause == 1.0 else min(2 * pause, 300.0)
    assert row["failed_tasks"] == 2 * exits == 2 * 11
    assert (row["min_healthy_tasks"], row["peak_tasks"]) == (3, 6)
    assert OUTCOMES[row["outcome"]] == "failed"


def test_startup_probe_gives_up():
    """A container that never listens is restarted after 3 x 10 s, as often as the horizon allows.

    It runs at 10 s and gives up at 40 s; then 1 + 1 + 30 s, 10 + 1 + 30 s, 20 + 1 + 30 s follow.
    """
    probe = {"startup_probe": {"period": 10, "failures": 3}}
    row = played(built(**BAD, service=probe, horizon=170))
    assert row["failed_tasks"] == 2 * 4


def test_startup_probe_holds_readiness_back():
    """A pod is ready only after its startup probe has passed, which is every 60 s here."""
    probe = {"startup_probe": {"period": 60, "failures": 9}}
    quick, slow = played(built()), played(built(service=probe))
    assert slow["deployment_s"] > quick["deployment_s"] + 5
    assert slow["deployment_s"] <= 2 * (10 + 60 + 5)


def test_readiness_waits_for_its_initial_delay():
    """The first probe comes within a period after the delay, which counts from the start."""
    row = played(built(service={"readiness": {"initial_delay": 40}}))
    assert 2 * (10 + 40) <= row["deployment_s"] <= 2 * (10 + 40 + 5)


def test_without_a_readiness_probe():
    """A pod gets requests once it has started, and refuses them for the 5 s of its boot."""
    row = played(built(service={"readiness": None}))
    assert row["deployment_s"] == pytest.approx(2 * 10.0)
    assert row["failed_refused"] > 100


def test_unready_pods_are_never_replaced():
    """Errors that probes see take the new pods out of the endpoints; none of them is restarted."""
    row = played(built(release={"faults": [{"kind": "errors", "rate": 1.0}]}))
    assert (row["failed_tasks"], row["min_healthy_tasks"]) == (0, 3)


def test_a_missing_image_is_pulled_in_place():
    """The registry is back after 100 s; attempts at 2, 12, 32, 72 and 152 s, then it goes on."""
    down = {"environment": {"events": [{"kind": "registry_down", "until": 100}]}}
    row = played(built(**down))
    assert 152 + 7 + 1 + 5 <= row["all_healthy_s"] <= 152 + 2 * 20 + 2
    assert row["failed_tasks"] == 0


def test_pods_wait_for_a_node():
    """Without capacity until 95 s new pods are created at 100 s, ten seconds being tried again."""
    full = {"environment": {"events": [{"kind": "capacity_unavailable", "until": 95}]}}
    row = played(built(**full))
    assert 100 + 30.0 <= row["deployment_s"] <= 100 + 40.0


def test_pods_are_tried_again_every_ten_seconds():
    """One that fits on no node at 24 s is tried at 34 and 44 s, not at looks of a scheduler."""
    full = {"environment": {"events": [{"kind": "capacity_unavailable", "from": 13, "until": 35}]}}
    quick = {"startup": {"provisioning": 2, "pull": 7, "container_start": 3, "boot": 0}}
    above = {**full, "service": {**quick, "readiness": None}}
    scenario = built(**above, **strategy(max_surge=1, max_unavailable=0))
    events = run_one(scenario, "it", seed=1).timeline.events
    created = [e.t for e in events if e.kind == "task_created"]
    # Each is ready 12 s after its creation, and the next one follows; there is room from 35 s on.
    assert created == [0.0, 12.0, 44.0, 56.0]
    assert played(scenario)["deployment_s"] == pytest.approx(68.0)


def test_a_person_undoes_it():
    """Kubernetes undoes nothing; a person who notices that it hangs does."""
    person = {"notices": 60, "decides": 60, "types": 30, "patience": "10m"}
    row = played(built(**BAD, operator=person))
    assert row["decision_s"] == 600 + 60 + 60
    assert SIGNALS[row["signal"]] == "operator"
    assert OUTCOMES[row["outcome"]] == "rolled_back"


@pytest.mark.parametrize("told", [{"type": "recreate"}, {"type": "kubernetes_rolling"}])
def test_no_rule_of_aws_is_behind_an_event(told):
    """Facts are of AWS, and ECS carries nothing out on Kubernetes."""
    scenario = built(strategies={"it": told}, **BAD)
    events = run_one(scenario, "it", seed=1).timeline.events
    assert {event.rule for event in events} == {""}
    assert events[0].data["controller"] == "custom"
