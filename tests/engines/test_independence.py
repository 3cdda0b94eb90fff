"""A run depends on its scenario, strategy, seed and replication, and on nothing else."""

from itertools import pairwise

import numpy as np
import pytest

from simdeploy.engines import batch, encoded, replicate, run_one
from simdeploy.scenario import Scenario, load_scenario
from tests.equal import bits, within
from tests.small import merged, small

pytestmark = pytest.mark.many_runs

#: Runs enough for several pieces of work per thread.
RUNS = 2 * batch.LEAST + 50
LUCK = merged(
    small().model_dump(by_alias=True, exclude_unset=True),
    {
        "service": {"startup": {"pull": {"distribution": "lognormal", "median": 30, "p95": 90}}},
        "target_group": {"deregistration_delay": 30},
        "release": {"faults": [{"kind": "errors", "rate": 0.2}]},
        "operator": {"notices": {"distribution": "exponential", "mean": 120}},
        "strategies": {
            "rolling": {"type": "rolling"},
            "blue-green": {"type": "blue_green", "termination_wait": 300},
            "canary": {"type": "canary", "wait": 120},
        },
    },
)


@pytest.fixture(scope="module")
def scenario():
    """Return a scenario in which nearly everything is drawn."""
    return Scenario.model_validate(LUCK)


@pytest.fixture(scope="module")
def rows(scenario):
    """Return its runs, played in one go."""
    return replicate(scenario, "rolling", seed=7, lo=0, hi=RUNS, threads=1)


def same(first, second):
    """Tell whether two sets of runs have the same bits."""
    return np.array_equal(bits(first), bits(second))


@pytest.mark.parametrize("cuts", [(1,), (64, 65), (127, 128, 129), (10, 200, 290)])
def test_ranges(scenario, rows, cuts):
    """Where a range of replications is cut makes no difference."""
    ends = [0, *cuts, RUNS]
    parts = [replicate(scenario, "rolling", seed=7, lo=lo, hi=hi) for lo, hi in pairwise(ends)]
    assert same(np.concatenate(parts), rows)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("chunk", [1, 7, batch.LEAST])
def test_threads_and_chunks(scenario, rows, monkeypatch, threads, chunk):
    """Neither the number of threads nor the size of their pieces of work shows."""
    monkeypatch.setattr(batch, "LEAST", 1)
    monkeypatch.setattr(batch, "MOST", chunk)
    assert same(replicate(scenario, "rolling", seed=7, lo=0, hi=RUNS, threads=threads), rows)


@pytest.mark.parametrize("engine", ["batch", "process"])
def test_order_of_replications(scenario, rows, engine):
    """A replication is the same alone, first or last."""
    alone = [
        replicate(scenario, "rolling", seed=7, lo=k, hi=k + 1, engine=engine) for k in (40, 3, 11)
    ]
    assert same(np.concatenate(alone), rows[[40, 3, 11]])


@pytest.mark.parametrize("engine", ["batch", "process"])
def test_order_of_strategies(scenario, engine):
    """What other strategies there are, and which was played before, makes no difference."""
    names = list(scenario.strategies)
    turned = Scenario.model_validate(
        {**LUCK, "strategies": {name: LUCK["strategies"][name] for name in reversed(names)}}
    )
    what = {"seed": 7, "lo": 0, "hi": 5, "engine": engine}
    ahead = {name: replicate(scenario, name, **what) for name in names}
    back = {name: replicate(turned, name, **what) for name in turned.strategies}
    assert all(same(ahead[name], back[name]) for name in names)


@pytest.mark.parametrize("variant", ["release", "drill"])
@pytest.mark.parametrize("room", [2, 7, 13, 15])
def test_memory(monkeypatch, variant, room):
    """A run that needs more tasks than there is room for starts again with more."""
    uneven = {
        "release": {"faults": [{"kind": "never_listens", "probability": 0.3}]},
        "target_group": {"deregistration_delay": 300},
    }
    scenario = Scenario.model_validate(merged(LUCK, uneven))
    what = {"seed": 7, "lo": 0, "hi": 20, "variant": variant, "threads": 1}
    expected = replicate(scenario, "rolling", **what)
    assert variant == "drill" or len(set(expected["peak_tasks"])) > 1
    monkeypatch.setattr(batch, "room_for", lambda _: room)
    with within(60):
        assert same(replicate(scenario, "rolling", **what), expected)


def test_memory_for_failing_starts():
    """Many tasks that drain while others fail need room that is found in time."""
    told = small(
        {"type": "blue_green"},
        service={"desired_count": 4, "scheduler_tick": 5},
        target_group={"deregistration_delay": 400, "health_check": {"first_check": 5}},
        release={"faults": [{"kind": "never_listens"}]},
        horizon=2000,
    )
    what = {"seed": 7, "lo": 0, "hi": 2}
    process = replicate(told, "it", engine="process", **what)
    assert process["peak_tasks"].min() > batch.room_for(encoded(told, "it", "release"))
    assert same(replicate(told, "it", **what), process)


def test_seeds(scenario, rows):
    """Equal seeds give equal bytes, other seeds other runs."""
    again = replicate(load_again(), "rolling", seed=7, lo=0, hi=RUNS)
    assert again.tobytes() == rows.tobytes()
    other = replicate(scenario, "rolling", seed=8, lo=0, hi=RUNS)
    assert not (bits(other) == bits(rows)).all(axis=1).any()


def load_again():
    """Return an equal scenario that is another object."""
    return Scenario.model_validate(LUCK)


def starts(scenario, strategy, variant="release"):
    """Return the durations of the stages up to the end of boot, by new task in order."""
    run = run_one(scenario, strategy, seed=7, replication=3, variant=variant)
    stages = ("provisioning", "pulling", "starting")
    new = [task for task in run.timeline.tasks if task.revision == "new"]
    return [[end - start for start, end, stage in t.stages if stage in stages] for t in new][:6]


@pytest.mark.parametrize("strategy", ["blue-green", "canary"])
def test_strategies_share_their_luck(scenario, strategy):
    """The same task has the same slow pull under every strategy, good release or bad."""
    expected = starts(scenario, "rolling")
    assert len(expected) == 6
    assert expected[0] != expected[1]
    for variant in ("release", "twin"):
        assert np.allclose(starts(scenario, strategy, variant), expected, rtol=0, atol=1e-9)


def test_drawn_rates_meet_the_same_luck():
    """A worse fault hurts the same tasks, and more."""
    scenario = load_scenario("bad-boot")
    told = scenario.model_dump(by_alias=True, exclude_unset=True)
    failed = []
    for chance in (0.2, 0.5, 1.0):
        told["release"]["faults"][0]["probability"] = chance
        changed = Scenario.model_validate(told)
        failed.append(replicate(changed, "blue-green", seed=1, lo=0, hi=50)["failed_tasks"])
    assert (failed[0] <= failed[1]).all()
    assert (failed[1] <= failed[2]).all()
