"""Rules of AWS, explained: text, page, confidence, place in the code, test."""

import importlib
import re
from pathlib import Path

import pytest

from simdeploy.aws_facts import FACTS, NOT_MODELED
from simdeploy.errors import SimdeployError
from simdeploy.report.rules import MEANS, computed_in, explain, listing
from tests.conformance.registry import CHECKS
from tests.test_conformance import found

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("rule", FACTS)
def test_every_rule_is_explained(rule):
    """Text, page and confidence are the fact's; the test that is named plays it."""
    text = explain(rule, width=1000)
    fact = FACTS[rule]
    for part in (fact.text, fact.page, fact.seen, MEANS[fact.confidence]):
        assert part in text
    assert ("test_conformance.py::test_fact[" in text) == (rule in CHECKS)
    assert ("not modeled" in text) == (rule in NOT_MODELED)


def test_functions_that_are_named_exist():
    """Every place is a module and a function in it whose source names the rule."""
    for rule, places in computed_in().items():
        for place in places:
            path, _, name = place.partition(": ")
            assert rule in (ROOT / path).read_text(encoding="utf-8")
            module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
            assert not name or name in (ROOT / path).read_text(encoding="utf-8"), module


def test_a_rule_is_shown_where_it_lives():
    """A rule of semantics/ is named with its function."""
    rule = next(one for one in FACTS if one.endswith("breaker-threshold"))
    text = explain(rule, width=200)
    assert "Rule        simdeploy/semantics/breaker.py: breaker_threshold, after_failure" in text
    assert found()[rule]


def test_lines_are_wrapped_but_not_addresses():
    """Text keeps to the width; an address may be longer, so that it can be clicked."""
    for rule in FACTS:
        for line in explain(rule, width=80).splitlines():
            assert len(line) <= 80 or re.search(r"https://\S+$|::test_fact|simdeploy/", line), line


def test_the_list_has_every_rule_once():
    """Without a rule all of them are listed."""
    listed = [line.strip() for line in listing(80).splitlines() if line.strip() in FACTS]
    assert listed == list(FACTS)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("ecs-breaker-thresold", 'unknown rule "ecs-breaker-thresold"; did you mean ecs-breaker-t'),
        ("hung", "did you mean alb-hung"),
        ("x", "simdeploy why lists them all"),
        ("", "simdeploy why lists them all"),
    ],
)
def test_an_unknown_rule_has_neighbors(rule, words):
    """A mistyped id is refused with the closest ones."""
    with pytest.raises(SimdeployError, match=re.escape(words)):
        explain(rule)
