"""Both engines give the same numbers to the last bit: generated scenarios, ties, the gallery.

Only how time advances is written twice, so each engine is the proof of the other. A failure tells
the scenario, as a file, and the numbers that differ in it; ``python -m benchmarks.equality`` makes
such scenarios small, which takes minutes.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import simdeploy
from simdeploy.engines import replicate
from simdeploy.scenario import Scenario, builtin_scenarios, load_scenario
from simdeploy.scenario.writing import dump_yaml
from simdeploy.strategies import REGISTRY
from tests.equal import VARIANTS, bits, both, differences, within
from tests.generate import FREE, GRID, STRATEGIES, Own, own, scenarios
from tests.small import merged, small

#: Generated scenarios per part; parts may run at the same time.
PARTS, NUMBER, TIED = 4, 80, 50
#: The gallery but for what takes too long without a compiler.
BY_HAND = [name for name in builtin_scenarios() if name not in {"big-fleet", "bad-boot-no-breaker"}]
#: Plays scenarios without a compiler, which takes a thousand times longer.
PROGRAM = """
import sys
import numpy
from simdeploy.engines import RESULT, batch, replicate
from simdeploy.engines.kernel import loop
from simdeploy.scenario import load_scenario
assert batch.kernel() is loop
rows = [
    replicate(scenario, strategy, seed=5, lo=0, hi=1)
    for scenario in map(load_scenario, sys.argv[2:])
    for strategy in scenario.strategies
]
numpy.save(sys.argv[1], numpy.concatenate(rows))
"""


def search(times, number, part, kinds=STRATEGIES):
    """Play so many generated scenarios in both engines; each part draws others."""

    @seed(part)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios(times, kinds))
    def play(told):
        scenario = Scenario.model_validate(told)
        with within(60):
            found = list(differences(scenario, seed=part, variants=VARIANTS[:1]))
            found += differences(scenario, seed=part, lo=2, hi=3, variants=VARIANTS[1:])
        assert not found, "\n".join([dump_yaml(told), *map(str, found)])

    play()


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_scenarios(part):
    """Whatever a scenario may say, both engines agree on every variant of every strategy."""
    search(FREE, NUMBER, part)


@pytest.mark.parametrize("part", range(PARTS))
def test_ties(part):
    """Where all delays are constants on one grid, the order within an instant is the same."""
    search(GRID, TIED, part)


def errors(**told):
    """Return a release that checks see fail half of the time, from an instant on."""
    return {"release": {"faults": [{"kind": "errors", "rate": 0.5, **told}]}}


#: New tasks of the tiny service run from 45 s on and are checked at 65 s, 95 s, 125 s …
COINCIDENCES = {
    "errors begin with a check": errors(since="command", **{"from": 125}),
    "errors grow with checks": errors(since="command", ramp=300, **{"from": 95}),
    "errors of a task begin with a check": errors(**{"from": 80}),
    "errors of a task grow with checks": errors(ramp=300, **{"from": 20}),
    "errors begin at full traffic": errors(since="full_traffic", **{"from": 30}),
    "a crash with a check": {
        "environment": {"events": [{"kind": "task_crash", "at": 95, "revision": "new"}]}
    },
    "a crash with the end of boot": {
        "release": {"faults": [{"kind": "boot_crash", "after": 20}]},
        "service": {"startup": {"boot": 20}},
    },
    "the next release while checks fail for want of connections": {
        "service": {"max_connections": 8},
        "target_group": {
            "health_check": {
                "depth": "deep",
                "interval": 5,
                "timeout": 2,
                "unhealthy_threshold": 2,
                "first_check": 0,
            },
            "deregistration_delay": 5,
        },
        "releases": [{"faults": [{"kind": "connections", "per_task": 2}]}, {}],
        "environment": {
            "events": [
                {"kind": "flaky_health_checks", "probability": 0.4, "from": 60, "until": 900}
            ]
        },
    },
    "a grace that ends with a check": {
        "release": {"faults": [{"kind": "never_listens", "probability": 0.5}]},
        "service": {"health_check_grace_period": 80},
    },
}


@pytest.mark.parametrize("above", COINCIDENCES.values(), ids=COINCIDENCES)
def test_coincidences(above):
    """Two things at one instant happen in the same order, whoever plays."""
    check = {"healthy_threshold": 1, "unhealthy_threshold": 1}
    scenario = small(**merged({"target_group": {"health_check": check}, "horizon": 900}, above))
    with within(60):
        assert list(differences(scenario, seed=1, hi=10)) == []


@pytest.mark.parametrize("times", [FREE, GRID], ids=["free", "grid"])
def test_plans_of_ones_own(monkeypatch, times):
    """Any steps in any order, sensible or not, are played alike."""
    monkeypatch.setitem(REGISTRY, Own.type, Own)
    search(times, TIED, 0, {Own.type: own})


def test_checks_due_at_the_command():
    """A check sent at 0 s is judged before the queue of that instant makes checks time out."""
    check = {"first_check": 0, "queued": True, "timeout": 2}
    told = {
        "name": "x",
        "platform": "custom",
        "service": {"capacity_rps": 4},
        "target_group": {"health_check": check},
        "strategies": {"it": {"type": "rolling"}},
        "horizon": 600,
    }
    assert not list(differences(Scenario.model_validate(told), seed=0))


def test_more_queues_than_are_kept_apart():
    """Of 300 tasks that come up one by one in an overload, the nearest queues are merged."""
    changes = ["service.desired_count=300", "traffic.rate=9900", "horizon=15m"]
    scenario = load_scenario("happy-path", overrides=changes)
    process, batch = both(scenario, "recreate", seed=1, lo=0, hi=1)
    assert np.array_equal(bits(process), bits(batch))


@pytest.mark.many_runs
@pytest.mark.parametrize("name", builtin_scenarios())
def test_gallery(name):
    """Fifty replications of every strategy of the gallery are equal."""
    scenario = load_scenario(name)
    for strategy in scenario.strategies:
        with within(120):
            process, batch = both(scenario, strategy, seed=1, lo=0, hi=50)
        assert np.array_equal(bits(process), bits(batch)), strategy


def test_without_compiler(tmp_path):
    """The kernel as plain Python gives what its compiled form gives."""
    root = Path(simdeploy.__path__[0]).parent
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "rows.npy"), *BY_HAND]
    subprocess.run(command, env=environment, check=True, timeout=300)
    rows = [
        replicate(scenario, strategy, seed=5, lo=0, hi=1)
        for scenario in map(load_scenario, BY_HAND)
        for strategy in scenario.strategies
    ]
    plain = np.load(tmp_path / "rows.npy")
    assert np.array_equal(bits(plain), bits(np.concatenate(rows)))
