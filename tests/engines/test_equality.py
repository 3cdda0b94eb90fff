"""Both engines give the same numbers to the last bit: generated scenarios, ties, the gallery.

Only how time advances is written twice, so each engine is the proof of the other. A failure tells
the smallest scenario that was found, as a file, and the numbers that differ in it.
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
from tests.equal import bits, both, differences, within
from tests.generate import FREE, GRID, scenarios

#: Generated scenarios per part; parts may run at the same time.
PARTS, NUMBER, TIED = 4, 80, 50
#: Plays the gallery without a compiler, which takes a thousand times longer.
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


def search(times, number, part):
    """Play so many generated scenarios in both engines; each part draws others."""

    @seed(part)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios(times))
    def play(told):
        scenario = Scenario.model_validate(told)
        with within(60):
            found = list(differences(scenario, seed=part))
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


@pytest.mark.parametrize("name", builtin_scenarios())
def test_gallery(name):
    """Fifty replications of every strategy of the gallery are equal."""
    scenario = load_scenario(name)
    for strategy in scenario.strategies:
        process, batch = both(scenario, strategy, seed=1, lo=0, hi=50)
        assert np.array_equal(bits(process), bits(batch)), strategy


def test_without_compiler(tmp_path):
    """The kernel as plain Python gives what its compiled form gives."""
    root = Path(simdeploy.__path__[0]).parent
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "rows.npy"), *builtin_scenarios()]
    subprocess.run(command, env=environment, check=True, timeout=300)
    rows = [
        replicate(scenario, strategy, seed=5, lo=0, hi=1)
        for scenario in map(load_scenario, builtin_scenarios())
        for strategy in scenario.strategies
    ]
    plain = np.load(tmp_path / "rows.npy")
    assert np.array_equal(bits(plain), bits(np.concatenate(rows)))
