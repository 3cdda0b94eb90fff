"""A check as a whole: consequences are simulated, changes are played, the worst comes first."""

import pytest

from simdeploy.checking import check
from simdeploy.checking.registry import RULES

from .cases import CASES, tree

pytestmark = pytest.mark.many_runs
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def finding(result, name):
    """Return the finding of a rule; None where there is none."""
    return next((f for f in result.findings if f.id == name), None)


@each_case
def test_a_consequence_is_simulated(case):
    """The finding has the rule's severity, a number as it is and a better one with the change."""
    root = tree(*(case.shown or case.has))
    found = finding(check(root, strategies=[case.strategy]), case.id)
    assert found.severity == RULES[case.id].severity
    assert found.headline.better
    assert found.place.line > 0 or found.place.file.startswith("--set")


@each_case
def test_no_finding_beside_the_boundary(case):
    """Neither the settings beside it nor the change leave the finding."""
    assert finding(check(tree(*case.has_not), strategies=[case.strategy], runs=2), case.id) is None
