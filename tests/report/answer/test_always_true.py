"""Answers to random results are true: every number is in the rows, no sentence contradicts one.

``python -m benchmarks.answers --n 2000`` answers more scenarios than the test below.
"""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.answers import failures
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts
from simdeploy.scenario import Scenario
from tests.generate import FREE, scenarios
from tests.report.answer.drawn import drawn
from tests.report.answer.truth import untruths

PARTS, EACH = 20, 100


@pytest.mark.parametrize("part", range(PARTS))
def test_random_results(part):
    """Of 2,000 random results no answer says anything untrue; the winner is as the rule says."""
    for seed in range(part * EACH, (part + 1) * EACH):
        known = facts(drawn(seed))
        assert untruths(known, answer(known, wide=True)) == [], f"seed {seed}"


@pytest.mark.many_runs
@settings(max_examples=100, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(scenarios(FREE))
def test_real_scenarios(tree):
    """Of 100 scenarios, as the engine plays them, no answer says anything untrue or is too wide."""
    assert failures(Scenario.model_validate(tree), runs=20) == []
