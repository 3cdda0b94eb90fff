"""Budgets: what may stand in the file, whose limits hold, and when a limit is broken."""

import math

import pytest

from simdeploy.checking import check
from simdeploy.checking.budget import BROKEN, MET, NOT_APPLICABLE, read_budget
from simdeploy.errors import ScenarioError

from .cases import tree

NAMES = ("rolling", "canary")


def read(budget):
    """Read a budget for two strategies."""
    return read_budget(budget, (*NAMES, "linear"), NAMES)


def limits(budget):
    """Return the limits of a budget by strategy, release, metric and statistic."""
    return {(x.strategy, x.release, x.metric, x.statistic): x.limit for x in read(budget)}


def judged(budget, *settings, strategy="rolling", runs=20):
    """Return what becomes of each limit of a strategy, by metric."""
    result = check(tree(*settings), budget=budget, strategies=[strategy], runs=runs)
    return {one.limit.metric: one for one in result.budget}


def test_limits_hold_for_the_release_as_it_stands():
    """Without a release above it a limit is on this release, for every strategy."""
    assert limits({"failed_caused": {"p95": 100}}) == {
        (name, "this_release", "failed_caused", "p95"): 100.0 for name in NAMES
    }


def test_limits_hold_for_a_good_release_where_it_says_so():
    """Times may have units, and both releases have limits of their own."""
    budget = {"this_release": {"over_s": {"mean": "5m"}}, "good_release": {"over_s": {"p50": 60}}}
    assert limits(budget) == {
        **{(name, "this_release", "over_s", "mean"): 300.0 for name in NAMES},
        **{(name, "good_release", "over_s", "p50"): 60.0 for name in NAMES},
    }


def test_a_limit_of_a_strategy_replaces_the_one_for_all():
    """The other statistics of the metric, and the other strategies, keep theirs."""
    own = {"canary": {"failed_caused": {"p95": 7}}}
    found = limits({"failed_caused": {"p95": 100, "p99": 200}, "strategies": own})
    assert {key[0]: limit for key, limit in found.items() if key[3] == "p95"} == {
        "rolling": 100.0,
        "canary": 7.0,
    }
    assert [limit for key, limit in found.items() if key[3] == "p99"] == [200.0, 200.0]


def test_limits_of_a_strategy_that_is_not_checked_are_left_out():
    """It is in the scenario, so that the budget may name it."""
    assert limits({"strategies": {"linear": {"over_s": {"mean": 1}}}}) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "failed_causd: {p95: 1}",
            ':1: failed_causd: unknown metric; did you mean "failed_ca',
        ),
        (
            "over_s: {p90: 1}",
            ':1: over_s.p90: unknown statistic; did you mean "p99"?; known',
        ),
        ("a: 1\nover_s:\n  p95: 1 x", ':3: over_s.p95: unknown unit for a time; got "1 x"'),
        ("over_s: {p95: -1}", ":1: over_s.p95: must be a time ≥ 0; got -1"),
        ("over_s: {p95: [1]}", ":1: over_s.p95: must be a time ≥ 0; got [1]"),
        ("over_s: 5m", ":1: over_s: must be a block of keys: {mean, p50, p95 or p99: limit}; got "),
        ("over_s: {}", ":1: over_s: must be a block of keys"),
        ("good_release: 1", ":1: good_release: must be a block of keys"),
        (
            "strategies: {x: {over_s: {p95: 1}}}",
            ":1: strategies.x: unknown strategy; known: rol",
        ),
        ("min_headroom: {p50: 1}", ":1: min_headroom: cannot have a limit: more of it is better"),
        ("good_release: {good_release: {}}", ":1: good_release.good_release: unknown metric"),
        ('"\\e[31m": {p95: 1}', ":1: \\x1b[31m: unknown metric; known: requests, "),
        ("", ": is empty; a budget is {metric: {p95: limit}}"),
        ("[1]", ":1: must be a block of keys"),
        ("over_s: {p95: 1", ":1: is not YAML"),
    ],
)
def test_faults_stand_at_their_place(tmp_path, text, expected):
    """Each fault of a file names file, line, path, what it got and what is allowed."""
    file = tmp_path / "budget.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read(file)
    assert any(str(fault).startswith(f"{file}{expected}") for fault in error.value.faults)


def test_all_faults_show_at_once():
    """A budget with three faults names three."""
    with pytest.raises(ScenarioError) as error:
        read({"x": {"p95": 1}, "over_s": {"p95": "x", "p90": 1}})
    assert len(error.value.faults) == 3


def test_a_limit_at_the_measured_number_is_met():
    """The limit itself is allowed, and less than the number is not."""
    number = judged({"deployment_s": {"p95": 1}})["deployment_s"].measured
    assert judged({"deployment_s": {"p95": number}})["deployment_s"].state == MET
    broken = judged({"deployment_s": {"p95": number - 1e-6}})["deployment_s"]
    assert (broken.state, broken.is_broken) == (BROKEN, True)


def test_what_never_happened_is_not_applicable_to_a_good_release():
    """A good release that nobody takes back has no time of a rollback, so no limit is broken."""
    one = judged({"rollback_s": {"p95": 60}})["rollback_s"]
    assert (one.state, one.measured, one.why) == (
        NOT_APPLICABLE,
        None,
        "no run decided on a rollback",
    )


def test_what_never_happened_breaks_the_limit_of_a_bad_release():
    """A bad release that nothing takes back breaks a limit on the time of the rollback."""
    bad = "release.faults=[{kind: errors, rate: 5%}]"
    settings = (bad, "defaults.alarms=[]", "operator=null")
    one = judged({"rollback_s": {"p95": 60}}, *settings)["rollback_s"]
    assert (one.state, one.measured) == (BROKEN, None)
    both = judged({"good_release": {"rollback_s": {"p95": 60}}}, *settings)["rollback_s"]
    assert both.state == NOT_APPLICABLE


def test_what_never_happened_breaks_the_limit_of_a_good_release_that_is_undone():
    """Where some run decided on a rollback, what never happened is missing."""
    red = "service.base_error_rate=20%"
    one = judged({"latent_s": {"p95": 60}}, red, strategy="canary")["latent_s"]
    assert (one.state, one.measured) == (BROKEN, None)


def test_a_time_that_is_open_at_the_horizon_breaks_its_limit():
    """A deployment that is stuck has no end within the horizon, whatever the limit."""
    stuck = ("strategies.rolling.maximum_percent=110", "operator=null")
    mean = judged({"deployment_s": {"mean": "100h"}}, *stuck)["deployment_s"]
    assert (mean.state, mean.measured) == (BROKEN, 7200.0)
    assert mean.why == "open at the horizon in 20 of 20 runs"
    p95 = judged({"deployment_s": {"p95": "100h"}}, *stuck)["deployment_s"]
    assert (p95.state, p95.measured) == (BROKEN, math.inf)
    assert p95.to_dict()["measured"] is None


def test_both_releases_are_played():
    """A limit on a good release looks at the release without its faults."""
    bad = "release.faults=[{kind: boot_crash}]"
    budget = {"full_traffic_s": {"p95": "10m"}, "good_release": {"failed_tasks": {"p95": 0}}}
    found = judged(budget, bad)
    assert found["full_traffic_s"].state == BROKEN
    assert (found["failed_tasks"].state, found["failed_tasks"].measured) == (MET, 0.0)
