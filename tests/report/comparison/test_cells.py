"""Cells in words: what is none, never, restricted, and how exact a mean is told."""

from math import inf, nan

import pytest

from simdeploy.api import compare
from simdeploy.report.comparison.cells import (
    Cell,
    cell,
    cells,
    ending_shares,
    formatter_of,
    mean_and_margin,
)
from simdeploy.report.words import duration, money, short_count
from simdeploy.results.summary import shares, summarize
from tests.results import fabricate as make

RUNS = 1000


def told(metric, values, **how):
    """Return the cell of one metric over fabricated runs."""
    rows = make.rows(RUNS, **{metric: values})
    summary = summarize(rows[metric][None, :].astype(float), make.HORIZON, restrict=[True])[0]
    return cell(metric, summary, make.HORIZON, **how)


def test_zero_is_none():
    """Nothing in all runs is none, and so are fractions of a request."""
    assert told("failed_requests", 0.0) == told("failed_requests", 1e-5) == Cell("none")


def test_money_and_times_have_a_zero():
    """An extra cost of nothing is $0.00, and a rollback can take no time."""
    assert told("extra_cost_usd", 0.0) == Cell("$0.00")
    assert told("rollback_s", 0.0) == Cell("0s")


def test_rare_failures_are_not_none():
    """One request in a thousand runs is something."""
    assert told("failed_requests", [5.0] + [0.0] * (RUNS - 1)).mean == "<0.1"


def test_undefined_is_a_dash_or_never():
    """Where it happened in no run there is a dash, or never if it should have."""
    assert told("detect_s", nan) == Cell("–")
    assert told("detect_s", nan, never="never") == Cell("never")


def test_some_runs_are_told_as_share():
    """A time that only some runs have comes with their share."""
    assert told("detect_s", [60.0] * 630 + [nan] * 370) == Cell("1m", share="in 63 %")


def test_censored_in_all_runs():
    """What no run saw end is longer than the horizon."""
    assert told("deployment_s", inf) == Cell("> 2h")


def test_restricted_mean_is_marked():
    """A mean over censored runs is a lower bound, and its bad day is beyond the horizon."""
    found = told("deployment_s", [300.0] * 900 + [inf] * 100)
    assert (found.mean, found.margin, found.bad_day) == ("≥16m", "±2m", "> 2h")


def test_bad_day_is_told_if_it_differs():
    """The 1-in-20 value stands there only if it reads differently from the mean."""
    found = told("downtime_s", make.noise(RUNS, 400.0, 30.0))
    assert (found.mean, found.margin, found.bad_day) == ("6m38s", "±2s", "7m28s")


@pytest.mark.parametrize(
    ("write", "mean", "half", "words"),
    [
        (duration, 380.0, 3.2, ("6m20s", "±3s")), (duration, 380.0, 0.3, ("6m20s", "")),
        (duration, 6.0, 0.2, ("6s", "±0.2s")), (duration, 2727.0, 213.0, ("45m", "±4m")),
        (short_count, 61_012.0, 412.0, ("61,000", "±400")),
        (short_count, 412.0, 14.0, ("412", "±14")),
        (short_count, 412.0, 0.2, ("412", "")), (money, 0.05, 0.011, ("$0.05", "±$0.01")),
        (money, 0.05, 0.001, ("$0.05", "")),
        (short_count, 1_436_000.0, 60_000.0, ("1.4 M", "±100,000")),
    ],
)  # fmt: skip
def test_mean_is_as_exact_as_known(write, mean, half, words):
    """The ± is rounded to the mean's figures, and left out below them."""
    assert mean_and_margin(write, mean, half) == words


def test_lines_of_a_cell():
    """Beside its mean or below it, the ± is always told."""
    entry = Cell("6m", "±3s", "in 63 %", "7m")
    assert entry.lines(stacked=False) == ("6m ±3s", "in 63 %", "7m")
    assert entry.lines(stacked=True) == ("6m", "±3s in 63 %", "7m")


def test_units_have_their_words():
    """Seconds, dollars and counts are written each in its way."""
    assert [formatter_of(m) for m in ("detect_s", "cost_usd", "requests")] == [
        duration,
        money,
        short_count,
    ]


def test_ends_are_commonest_first():
    """Ends are told with their share, commonest first, and only those that happened."""
    rows = make.rows(4, outcome=["stuck", "rolled_back", "rolled_back", "rolled_back"])
    found = ending_shares(shares(rows["outcome"], ("succeeded", "rolled_back", "failed", "stuck")))
    assert found == ["rolled back 75 %", "stuck 25 %"]


def bad_days(**metrics):
    """Return the bad days of a strategy's row."""
    rows = make.rows(RUNS, **metrics)
    scenario = make.scenario(("rolling",), runs=RUNS)
    found = compare(scenario, engine=make.engine({"rolling": rows}))
    return [entry.bad_day for entry in cells(found, "rolling") if entry.bad_day]


def test_a_bad_day_that_only_costs_more_takes_no_line():
    """A bad day is told with its price, and not for its price alone."""
    cost = make.noise(RUNS, 0.05, 0.02)
    assert bad_days(extra_cost_usd=cost) == []
    told = bad_days(extra_cost_usd=cost, downtime_s=make.noise(RUNS, 400.0, 30.0))
    assert told == ["7m28s", "$0.08"]
