"""Answers to random results are true: every number is in the rows, no sentence contradicts one."""

import pytest

from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts
from tests.report.answer.drawn import drawn
from tests.report.answer.truth import untruths

PARTS, EACH = 20, 100


@pytest.mark.parametrize("part", range(PARTS))
def test_random_results(part):
    """Of 2,000 random results no answer says anything untrue; the winner is as the rule says."""
    for seed in range(part * EACH, (part + 1) * EACH):
        known = facts(drawn(seed))
        assert untruths(known, answer(known, wide=True)) == [], f"seed {seed}"
