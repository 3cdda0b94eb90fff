"""The text of a backtest: short, within its width, the answer first."""

import pytest

from simdeploy.backtesting.api import backtest
from simdeploy.backtesting.text import render_backtest

SETTINGS = {
    "plain": ((), "rolling"),
    "in waves": (("service.desired_count=4", "strategies.rolling.maximum_percent=125"), "rolling"),
    "stopping first": ((), "stop-first"),
    "slow drain": (("target_group.deregistration_delay=900s",), "rolling"),
    "many": (("service.desired_count=12",), "rolling"),
}


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", SETTINGS)
def test_text_keeps_to_its_width(case, name, width):
    """No line is wider than the terminal, for one deployment and for several."""
    settings, strategy = SETTINGS[name]
    observed = case.observed(3, settings=settings, strategy=strategy)
    for several in (False, True):
        result = backtest(
            case.scenario(*settings), observed, strategy=strategy, all_deployments=several, runs=20
        )
        text = render_backtest(result, width)
        assert max(map(len, text.splitlines())) <= width
        assert "nan" not in text
        assert "inf" not in text.replace("infinit", "")


def test_the_answer_comes_first(case):
    """The second line says whether the scenario can be right; a bar stands where there is room."""
    result = backtest(case.scenario(), case.observed(), runs=100)
    wide, narrow = render_backtest(result, 100), render_backtest(result, 80)
    assert wide.splitlines()[1].startswith("Each part is within the simulated runs")
    assert "●" in wide
    assert "●" not in narrow


@pytest.mark.many_runs
def test_a_contradiction_is_said_with_its_numbers(case):
    """What contradicts is named, by how much, and how sure its percentile is."""
    observed = case.observed(settings=["target_group.deregistration_delay=90s"])
    result = backtest(case.scenario(), observed, runs=1000)
    text = " ".join(render_backtest(result, 100).split())
    assert 'scenario: "told to go → completed" took longer than in nearly all runs.' in text
    assert "longer than all 1,000 runs (99.6–100.0 %)" in text
    assert "more than their median" in text


def test_too_few_runs_are_said(case):
    """Where a part lies beyond all of a few runs, more of them are asked for."""
    observed = case.observed(settings=["target_group.deregistration_delay=90s"])
    text = " ".join(backtest(case.scenario(), observed, runs=20).text(80).split())
    assert "no proof against the scenario" in text
    assert "So few runs cannot say whether that contradicts the scenario: add --runs 1000." in text
