"""Who decides the first rollback, in both engines: each signal on a scenario where it must be."""

import numpy as np
import pytest

from simdeploy.engines import replicate, run_one
from simdeploy.model.registry import SIGNALS
from simdeploy.results.summary import decided_by
from simdeploy.scenario import Scenario
from tests.probes import BREAKER, LISTENING, faulty, rolling
from tests.small import small

BLUE_GREEN = {"type": "blue_green", "controller_delay": 0, "termination_wait": 600}
ERRORS = faulty("errors", rate=0.5, seen_by_health_check=False)
DEAD = faulty("boot_crash", after=2)
PERSON = {"operator": {"notices": 60, "decides": 30, "types": 0}}
HOOK = {"stage": "AfterAllowTestTraffic", "duration": 5, "sees": ["errors"]}

CASES = {
    "none": (rolling(), {}),
    "breaker": (rolling(circuit_breaker=BREAKER), DEAD),
    "alarm": (BLUE_GREEN, {**LISTENING, **ERRORS}),
    "install_timeout": (BLUE_GREEN, faulty("never_listens")),
    "operator": (BLUE_GREEN, {**ERRORS, **PERSON}),
    "hook": ({**BLUE_GREEN, "hooks": [HOOK]}, ERRORS),
    "approval": ({**BLUE_GREEN, "approval": {"answers_after": 20, "sees": ["errors"]}}, ERRORS),
}


PODS = {
    "name": "pods",
    "platform": "kubernetes",
    "service": {"desired_count": 2, "capacity_rps": 60, "readiness": {}},
    "strategies": {"it": {"type": "kubernetes_rolling", "on_deadline": "undo"}},
    **faulty("never_listens"),
}


@pytest.mark.parametrize("engine", ["process", "batch"])
def test_a_deadline_decides(engine):
    """A pipeline that undoes a rolling update of pods decides at its progress deadline."""
    scenario = Scenario.model_validate(PODS)
    rows = replicate(scenario, "it", seed=1, lo=0, hi=2, engine=engine)
    assert [SIGNALS[k] for k in rows["signal"]] == ["progress_deadline"] * 2
    assert decided_by(rows)["progress_deadline"].share == 1.0
    events = run_one(scenario, "it", seed=1).timeline.events
    assert [e.data["reason"] for e in events if e.kind == "rollback_started"] == [
        "progress_deadline"
    ]


@pytest.mark.parametrize("engine", ["process", "batch"])
@pytest.mark.parametrize("signal", CASES)
def test_who_decides(signal, engine):
    """The signal is that of the event ``rollback_started``, and no other has a share."""
    strategy, told = CASES[signal]
    scenario = small(strategy, **told)
    rows = replicate(scenario, "it", seed=1, lo=0, hi=2, engine=engine)
    assert [SIGNALS[k] for k in rows["signal"]] == [signal] * 2
    shares = {name: share.share for name, share in decided_by(rows).items() if share.share}
    assert shares == ({} if signal == "none" else {signal: 1.0})
    run = run_one(scenario, "it", seed=1).timeline
    reasons = [e.data["reason"] for e in run.events if e.kind == "rollback_started"]
    assert reasons[:1] == ([] if signal == "none" else [signal])


def test_a_person_who_has_not_yet_typed_has_decided():
    """Noticed and decided 90 s after the shift, with an hour to type: the rollback is open."""
    slow = {"operator": {"notices": 60, "decides": 30, "types": 3600}}
    scenario = small(BLUE_GREEN, **ERRORS, **slow, horizon=3000)
    for engine in ("process", "batch"):
        rows = replicate(scenario, "it", seed=1, lo=0, hi=1, engine=engine)
        assert (rows["decision_s"][0], rows["signal"][0]) == (65.0 + 90.0, 0)
        assert decided_by(rows)["operator"].share == 1.0


def test_an_alarm_before_the_person_has_typed_undoes_the_release():
    """A person decides at 155 s and types for an hour; the alarm acts: it is the signal."""
    slow = {"operator": {"notices": 60, "decides": 30, "types": 3600}}
    late = {**LISTENING, "alarms": [{**LISTENING["alarms"][0], "publish_delay": 600}]}
    scenario = small(BLUE_GREEN, **ERRORS, **slow, **late)
    for engine in ("process", "batch"):
        rows = replicate(scenario, "it", seed=1, lo=0, hi=1, engine=engine)
        assert rows["decision_s"][0] == 155.0
        assert {name for name, share in decided_by(rows).items() if share.share} == {"alarm"}
        assert np.isfinite(rows["rollback_s"]).all()
