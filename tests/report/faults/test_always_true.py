"""What a matrix of faults says is true: numbers are in the cells, sentences agree with them."""

import re

import pytest

from simdeploy.report.faults.text import made, render_faults
from tests.report.faults.drawn import matrix_of
from tests.report.faults.truth import untruths

PARTS, EACH = 6, 20


@pytest.mark.parametrize("part", range(PARTS))
def test_random_matrices(part):
    """Of 120 random matrices none says anything untrue, and all best are best by the rule."""
    for seed in range(part * EACH, (part + 1) * EACH):
        matrix = matrix_of(seed)
        assert untruths(matrix, made(matrix)) == [], f"seed {seed}"


@pytest.mark.parametrize("width", [80, 100, 120])
def test_random_matrices_fit(width):
    """No line is wider than the terminal, and every strategy and row is there."""
    for seed in range(20):
        matrix = matrix_of(seed)
        text = render_faults(matrix, width=width)
        assert max(map(len, text.splitlines())) <= width, f"seed {seed}"
        flat = re.sub(r"[\s-]", "", text)
        assert all(re.sub("-", "", name) in flat for name in matrix.strategies), f"seed {seed}"
        assert all(f"\n  {row.name}" in text for row in matrix.rows), f"seed {seed}"
