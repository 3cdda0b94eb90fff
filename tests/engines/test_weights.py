"""Steps whose pods come with the weight, or are the weight: both engines, and values by hand.

The service is that of `tests.engines.test_pods`: four pods; a new one is ready 15 to 20 s after its
creation, for only the phase of its probe is drawn.
"""

import pytest

from simdeploy.engines import replicate, run_one
from simdeploy.model.registry import OUTCOMES, SIGNALS
from simdeploy.report.story.narration import render_story
from simdeploy.scenario import Scenario
from tests.engines.test_pods import BAD, BASE
from tests.equal import VARIANTS, differences
from tests.small import merged

ERRORS = {"release": {"faults": [{"kind": "errors", "rate": 1.0, "seen_by_health_check": False}]}}
STEPS = [{"percent": 25, "wait": 60}, {"percent": 50, "wait": 60}, {"percent": 100}]
NO = {"answers_after": 20, "sees": ["errors"]}


def built(told, **above):
    """Return the service with one strategy, and other blocks laid over it."""
    alone = {"it": {"type": "traffic_steps", "steps": STEPS, **told}}
    return Scenario.model_validate(merged({**BASE, "strategies": alone}, above))


def played(scenario):
    """Return the numbers of one run, which both engines give."""
    assert list(differences(scenario, seed=1, hi=1, variants=VARIANTS[:1])) == []
    return replicate(scenario, "it", seed=1, lo=0, hi=1)[0]


def times(scenario, kind, **data):
    """Return when events of a kind happened."""
    events = run_one(scenario, "it", seed=1).timeline.events
    return [e.t for e in events if e.kind == kind and data.items() <= e.data.items()]


@pytest.mark.parametrize(
    ("desired", "percents", "pods"),
    [(4, [25, 50, 100], [1, 2, 4]), (8, [5, 30, 60, 100], [1, 3, 5, 8])],
)
def test_pods_come_with_the_weight(desired, percents, pods):
    """Each step creates what is missing of desired x percent, rounded up, and waits for it.

    Of eight pods 5, 30 and 60 % are 0.4, 2.4 and 4.8: 1, 3 and 5.
    """
    steps = [{"percent": p, "wait": 60} for p in percents]
    scenario = built(
        {"steps": steps, "scale_with_weight": True, "termination_wait": 45},
        service={"desired_count": desired},
    )
    created = times(scenario, "task_created")
    shifts = times(scenario, "traffic_shifted")
    assert len(shifts) == len(percents)
    for shift, number in zip(shifts, pods, strict=True):
        assert sum(t < shift for t in created) == number
    # The last step's wait and the old pods' 45 s follow the last order, which takes up to a second.
    ends = times(scenario, "termination_started")[0]
    row = played(scenario)
    assert row["deployment_s"] - ends == pytest.approx(45 + 6.0)
    assert (row["min_healthy_tasks"], row["peak_tasks"]) == (desired, 2 * desired)


def test_all_pods_come_first_by_default():
    """Without the key nothing has changed: all new pods are created at the command."""
    assert times(built({}), "task_created") == [0.0] * 4


@pytest.mark.parametrize(("surge", "share"), [(0, 1 / 4), (1, 1 / 5)])
def test_a_weight_of_five_percent_without_a_router(surge, share):
    """Without a router every pod gets the same: 1 of 4 is 25 %, with a pod of surge 1 of 5 20 %.

    It is ready 15 to 20 s after its creation. Without surge an old pod goes first, at once.
    """
    steps = [{"percent": 5, "wait": 3600}, {"percent": 100}]
    told = {"steps": steps, "pods_as_weights": True, "max_surge": surge, "max_unavailable": 1}
    row = played(built(told, **ERRORS, horizon=220))
    assert 120 * share * 200 <= row["failed_requests"] <= 120 * share * 206
    assert row["min_healthy_tasks"] == (4 if surge else 3)


def test_pods_go_step_by_step_without_a_router():
    """25, 50 and 100 % of four pods: one new pod each time, then two; as many old ones go."""
    scenario = built({"pods_as_weights": True, "max_surge": 1, "max_unavailable": 0})
    created = times(scenario, "task_created")
    first, second, *last = created
    assert first == 0.0
    assert 60 + 15 <= second - first <= 60 + 20
    assert 60 + 15 <= last[0] - second <= 60 + 20
    assert len(last) == 2
    row = played(scenario)
    # Four pods one after the other, 15 to 20 s each, and two waits of a minute.
    assert 2 * 60 + 4 * 15 <= row["deployment_s"] <= 2 * 60 + 4 * 20
    assert (row["min_healthy_tasks"], OUTCOMES[row["outcome"]]) == (4, "succeeded")


def test_an_abort_goes_straight_back_without_a_router():
    """A person says no at 25 %: an old pod comes back, the new one goes, and no step is played."""
    steps = [{"percent": 25, "gate": NO}, {"percent": 60, "wait": 900}, {"percent": 100}]
    told = {"steps": steps, "pods_as_weights": True, "max_surge": 1, "max_unavailable": 0}
    row = played(built(told, **ERRORS))
    assert SIGNALS[row["signal"]] == "approval"
    assert 15 + 20 <= row["decision_s"] <= 20 + 20
    assert 15 <= row["deployment_s"] - row["decision_s"] <= 20 + 1
    assert OUTCOMES[row["outcome"]] == "rolled_back"


@pytest.mark.parametrize("told", [{"scale_with_weight": True}, {"pods_as_weights": True}])
@pytest.mark.parametrize(
    ("action", "outcome", "decided"), [("none", "failed", None), ("undo", "rolled_back", 100.0)]
)
def test_a_deadline_for_steps(told, action, outcome, decided):
    """Nothing is ready 100 s after the command: it has failed, and is undone if that is wanted."""
    deadline = {"progress_deadline": 100, "on_deadline": action, "max_unavailable": 0}
    row = played(built({**told, **deadline}, **BAD))
    assert OUTCOMES[row["outcome"]] == outcome
    if decided is not None:
        assert (row["decision_s"], SIGNALS[row["signal"]]) == (decided, "progress_deadline")
    assert row["min_healthy_tasks"] == 4


def test_a_deadline_stands_still_in_pauses():
    """A pause and a person's answer may take longer than the deadline."""
    steps = [{"percent": 25, "wait": 300}, {"percent": 50, "gate": {"answers_after": 400}},
             {"percent": 100}]  # fmt: skip
    told = {"steps": steps, "progress_deadline": 100, "on_deadline": "undo"}
    for kind in ("scale_with_weight", "pods_as_weights"):
        row = played(built({**told, kind: True}, horizon=7200))
        assert SIGNALS[row["signal"]] == "none"
        assert row["full_traffic_s"] >= 300 + 400


def test_pods_are_available_after_min_ready():
    """Each step waits 30 s longer, once for each round of pods."""
    told = {"scale_with_weight": True, "termination_wait": 0}
    quick, slow = played(built(told)), played(built({**told, "min_ready": 30}))
    assert slow["deployment_s"] - quick["deployment_s"] == pytest.approx(3 * 30)


def test_tests_at_steps():
    """A test of 10 s at the second step finds the errors, and traffic goes back."""
    steps = [{"percent": 25, "wait": 60},
             {"percent": 50, "test": {"duration": 10, "sees": ["errors"]}},
             {"percent": 100}]  # fmt: skip
    scenario = built({"steps": steps, "scale_with_weight": True}, **ERRORS)
    begun, ended = times(scenario, "hook_started")[0], times(scenario, "hook_finished")[0]
    assert ended - begun == 10.0
    assert SIGNALS[played(scenario)["signal"]] == "hook"


@pytest.mark.parametrize("platform", ["ecs", "custom"])
def test_tasks_come_with_the_weight_elsewhere(platform):
    """A pipeline of one's own may scale with the weight on ECS, too: 1, 2 and 4 tasks."""
    scenario = Scenario.model_validate({
        "name": "tasks",
        "platform": platform,
        "service": {"desired_count": 4},
        "traffic": {"rate": 20},
        "strategies": {"it": {"type": "traffic_steps", "steps": STEPS, "scale_with_weight": True}},
    })  # fmt: skip
    created, shifts = times(scenario, "task_created"), times(scenario, "traffic_shifted")
    assert [sum(t < shift for t in created) for shift in shifts] == [1, 2, 4]
    assert list(differences(scenario, seed=1, hi=1, variants=VARIANTS[:1])) == []


def test_how_the_story_begins():
    """The first line says how many pods come first, or what bounds they have."""
    scaled = built({"scale_with_weight": True})
    split = built({"pods_as_weights": True, "max_surge": 1, "max_unavailable": 0})
    first = [
        render_story(run_one(one, "it", seed=1).timeline, one, width=120).splitlines()[1]
        for one in (scaled, split)
    ]
    assert "deployment starts: 1 new pod beside 4 old pods" in first[0]
    assert "4 old pods; at least 4 available, at most 5 in all: 1 new pod may start" in first[1]
