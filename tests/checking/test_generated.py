"""Checks of generated scenarios: every change mends, and every form can be written."""

import json

from hypothesis import given, settings

from simdeploy.checking.api import check
from simdeploy.checking.finding import holding, mends
from simdeploy.checking.playing import Player
from simdeploy.report.checking.annotations import to_github, to_json, to_sarif
from simdeploy.report.checking.markdown import to_html, to_markdown
from simdeploy.report.checking.text import render_check
from simdeploy.scenario import Scenario
from simdeploy.sweeps.planning import tree
from tests import generate


@settings(max_examples=60)
@given(generate.scenarios())
def test_every_change_mends(told):
    """No condition fails on whatever a scenario says, and its change makes it hold no more."""
    scenario = Scenario.model_validate(told)
    player = Player(tree(scenario), 1, 1)
    for rule, held, names in holding(scenario, previous=False):
        assert held.why
        assert not held.change or mends(rule, held, names, player), (rule.id, held)


@settings(max_examples=10)
@given(generate.scenarios())
def test_checks_can_be_written(told):
    """Whatever is found, every form can be written, and each printed change mends its finding."""
    result = check(Scenario.model_validate(told), runs=2, budget={"over_s": {"p95": 60}})
    for write in (to_github, to_markdown, to_html, render_check):
        assert write(result)
    assert len(json.loads(to_json(result))["findings"]) == len(result.findings)
    (log,) = json.loads(to_sarif(result))["runs"]
    assert len(log["results"]) == len(result.findings) + len(result.broken)
