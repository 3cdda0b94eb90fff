"""Every finding: where it holds, where it does not, and that its change makes it go away."""

import pytest

from simdeploy.checking.registry import ORDER, RULES
from simdeploy.checking.rule import SEVERITIES
from simdeploy.checking.subject import Subject

from .cases import CASES, made

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def held(case, settings):
    """Return what a rule says of a case's strategy under settings."""
    return RULES[case.id].condition(Subject(made(*settings), case.strategy))


@each_case
def test_holds_at_the_boundary(case):
    """The rule holds for the settings that have it, with a sentence and a place."""
    found = held(case, case.has)
    assert found is not None
    assert found.why
    assert found.paths[0]


@each_case
def test_does_not_hold_beside_the_boundary(case):
    """The rule does not hold for the settings beside it."""
    assert held(case, case.has_not) is None


@each_case
def test_the_change_makes_it_go_away(case):
    """With its change the scenario is valid, and the rule holds no more."""
    found = held(case, case.has)
    assert found.change
    assert held(case, (*case.has, *found.change)) is None


def test_every_rule_has_a_case():
    """No finding is without a scenario that has it; no-previous is one of imported files."""
    assert {case.id for case in CASES} == set(ORDER) - {"no-previous"}
    assert list(RULES) == list(ORDER)
    assert {rule.severity for rule in RULES.values()} == set(SEVERITIES)


@pytest.mark.parametrize(("previous", "holds"), [(False, True), (True, False), (None, False)])
def test_no_previous(previous, holds):
    """Only imported files can lack a previous revision."""
    found = RULES["no-previous"].condition(Subject(made(), "rolling", previous))
    assert (found is not None) == holds
