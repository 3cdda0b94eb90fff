"""The runbook and the decision table: what they say follows from the runs and the scenario."""

from dataclasses import replace

import pytest

from simdeploy.advice.expected import GOOD
from simdeploy.report.advice.factors import BLUE_GREEN, EITHER, ROLLING, factors
from simdeploy.report.advice.runbook import runbook, work_shares
from simdeploy.report.advice.text import render_recommendation
from tests.advice.fabricate import costs, runs
from tests.report.advice.fabricate import good_release, random_recommendation


def made_of(*, schema=(0.0, 0.0), wrong=0.0, is_open=False):
    """Return rolling, undone by a machine in three of four leaks, and blue-green by a person."""
    machine_or_left = [1, 1, 1, 3]
    played = {
        ("rolling", GOOD): runs(money=0.01),
        ("blue-green", GOOD): runs(money=0.31),
        ("rolling", "leak"): runs(failed=300.0, work=machine_or_left, wrong=wrong),
        ("blue-green", "leak"): runs(failed=100.0, work="person", is_open=is_open),
        ("rolling", "schema mismatch"): runs(failed=schema[0]),
        ("blue-green", "schema mismatch"): runs(failed=schema[1]),
    }
    made = random_recommendation(1)
    given = {"likelihoods": {"leak": "5%", "schema mismatch": "5%"}}
    good = good_release(names=("rolling", "blue-green"))
    return replace(made, good=good, costs=costs(played, **given), defaults=())


def page_of(made, name):
    """Return the page of a strategy."""
    return next(page for page in runbook(made) if name in page.strategies)


def test_who_decides_is_counted_from_the_runs():
    """Half the bad releases leak, and rolling's breaker ends 3 in 4 of these; the others stay."""
    made = made_of()
    assert work_shares(made, "rolling") == pytest.approx(
        {"none": 0.5, "machine": 0.375, "person": 0.0, "left": 0.125, "good_undone": 0.0}
    )
    told = page_of(made, "rolling").decides
    assert "a machine ends 38 %, nobody ends 12 % in time and 50 % hurt nobody and stay" in told
    assert "a person ends 50 %" in page_of(made, "blue-green").decides


def test_the_signals_are_those_of_the_scenario():
    """The alarm watches both, the circuit breaker rolling alone."""
    made = made_of()
    assert "checkout-5xx" in page_of(made, "rolling").signal
    assert "reaker" in page_of(made, "rolling").signal
    assert "reaker" not in page_of(made, "blue-green").signal


def test_what_stays_broken_is_counted():
    """Failed requests, rows to repair and what is not back by the horizon, each with its kind."""
    made = made_of(wrong=12.0, is_open=True)
    assert (
        "The 150 requests that a bad release fails on average." in page_of(made, "rolling").broken
    )
    assert '12 with "leak"' in page_of(made, "rolling").broken
    assert '100 % of "leak"' in page_of(made, "blue-green").broken
    assert "Rows" not in page_of(made_of(), "rolling").broken


def test_the_way_back_is_that_of_the_drill():
    """Users are back in the drill's times."""
    assert page_of(made_of(), "rolling").back.startswith(
        "Users are back on the old version in 1m40s if ordered 10m after full traffic"
    )


def test_the_text_has_the_runbook_on_request():
    """Each command stands on a line of its own, unbroken; without the option there is none."""
    made = made_of()
    text = render_recommendation(made, width=80, with_runbook=True)
    for page in runbook(made):
        assert all(f"\n  {command.line}\n" in text for command in page.commands)
    assert "aws " not in render_recommendation(made, width=80)


def test_the_factors_point_where_the_article_says():
    """Six tasks, a rollback of 38 s against 1m40s and a person on call speak for blue-green."""
    sides = {factor.name: factor.speaks_for for factor in factors(made_of())}
    assert sides["Rollback"] == BLUE_GREEN
    assert sides["Size"] == BLUE_GREEN
    assert sides["Team"] == BLUE_GREEN
    assert sides["Validation"] == ROLLING
    assert sides["Schema"] == EITHER


@pytest.mark.parametrize(
    ("failed", "side"),
    [((5000.0, 0.0), BLUE_GREEN), ((0.0, 5000.0), ROLLING), ((10.0, 0.0), EITHER)],
)
def test_the_schema_speaks_for_whom_it_costs_less(failed, side):
    """A release that changes the schema speaks for the one that it costs less."""
    factor = next(f for f in factors(made_of(schema=failed)) if f.name == "Schema")
    assert factor.speaks_for == side


def test_without_both_sides_there_is_no_table():
    """The table sets rolling against blue-green: with one of them there is none."""
    made = replace(made_of(), good=good_release(names=("rolling",)))
    assert factors(made) == []
