"""Objectives and constraints: how they are read, and what they make of runs."""

import numpy as np
import pytest

from simdeploy.engines import RESULT
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.tuning.goals import (
    GoalError,
    baseline_harm,
    fitted,
    parse_constraint,
    parse_constraints,
    parse_goal,
    parse_objectives,
    variants,
)


def runs(count=4, **columns):
    """Return runs with some columns; the others are zero."""
    rows = np.zeros(count, RESULT)
    for name, values in columns.items():
        rows[name] = values
    return rows


def test_default_objectives():
    """Harm comes first: the order ranks."""
    assert [one.name for one in parse_objectives([])] == [
        "harm",
        "rollback",
        "extra_cost",
        "deployment",
    ]


def test_harm_is_of_both_releases():
    """What the bad release and its twin lose is added; without a deployment it is taken off."""
    rows = {
        "release": runs(failed_requests=10, failed_caused=8, slow_requests=5, slow_caused=4),
        "twin": runs(failed_requests=2, failed_caused=0, slow_requests=1, slow_caused=0),
    }
    assert parse_goal("harm", "").values(rows, 100.0).tolist() == [18.0] * 4
    assert baseline_harm(rows).tolist() == [2 + 1 + 2 + 1] * 4


def test_wrong_answers_are_harm():
    """Where bad code answers wrongly, what it serves is harm, too."""
    rows = {"release": runs(exposed_requests=7, failed_requests=1)}
    harm = parse_goal("harm", "")
    assert fitted(harm, faulty=True, wrong=False).values(rows, 9.0).tolist() == [1.0] * 4
    assert fitted(harm, faulty=True, wrong=True).values(rows, 9.0).tolist() == [8.0] * 4


def test_what_never_happens_is_no_win():
    """A rollback that never comes counts as the horizon; harm that never comes, as nothing."""
    rows = {"release": runs(rollback_s=[5, np.nan, np.inf, 1], recover_s=[5, np.nan, np.inf, 1])}
    assert parse_goal("rollback_s", "").values(rows, 100.0).tolist() == [5, 100, 100, 1]
    assert parse_goal("recover_s", "").values(rows, 100.0).tolist() == [5, 0, 100, 1]


def test_a_good_release_that_is_undone_by_itself_is_no_drill():
    """Where there was no order to go back, the way back counts as never ended."""
    good = runs(3, decision_s=[np.nan, 40.0, np.nan])
    drill = runs(3, decision_s=[99, 40, np.nan], full_traffic_s=[9, 9, np.nan], rollback_s=5)
    found = parse_goal("rollback", "").values({"release": good, "drill": drill}, horizon=600)
    assert found.tolist() == [5, 600, 600]


def test_shares():
    """A verdict or an outcome is a share of runs; of a good release its own."""
    rows = {"release": runs(verdict=[VERDICTS.index("escaped")] * 3 + [0],
                            outcome=[OUTCOMES.index("stuck")] + [0] * 3)}  # fmt: skip
    assert parse_goal("escaped", "").values(rows, 1.0).mean() == 0.75
    assert parse_goal("stuck", "").values(rows, 1.0).mean() == 0.25
    assert parse_goal("false_rollback", "").values(rows, 1.0).mean() == 0.0


def test_more_is_better_for_some():
    """Headroom is made large by making its negative small."""
    assert parse_goal("min_headroom", "").sign == -1.0
    assert parse_goal("shipped", "").sign == -1.0
    assert parse_goal("harm", "").sign == 1.0


@pytest.mark.parametrize(
    ("text", "statistic", "most", "bound"),
    [
        ("downtime_s p99 <= 1", "p99", True, 1.0),
        ("twin.deployment_s<=10m", "mean", True, 600.0),
        ("false_rollback <= 0.5%", "mean", True, 0.005),
        ("min_headroom >= 1.2", "mean", False, 1.2),
        ("extra_cost < $0.50", "mean", True, 0.5),
        ("rollback p95 ≤ 2m", "p95", True, 120.0),
    ],
)
def test_constraints_are_read(text, statistic, most, bound):
    """A bound has a metric, a statistic, a direction and a value with a unit."""
    found = parse_constraint(text)
    assert (found.statistic, found.most, found.bound) == (statistic, most, bound)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("downtime_s", "must be METRIC"),
        ("downtime_s == 1", "must be METRIC"),
        ("downtime p99 <= 1", 'did you mean "downtime_s"'),
        ("downtime_s p98 <= 1", "unknown statistic"),
        ("downtime_s <= soon", 'the bound must be a time; got "soon"'),
        ("failed_requests <= 10s", "must be a number"),
        ("false_rollback p99 <= 1", "is a share of runs, which has no p99"),
        ("drill.harm <= 1", "known: drill.rollback_s"),
        ("twin.rollbak_s <= 1", 'did you mean "twin.rollback_s"'),
    ],
)
def test_what_is_no_constraint(text, told):
    """What is no bound is refused, quoted, with what would be one."""
    with pytest.raises(GoalError) as caught:
        parse_constraint(text)
    assert told in str(caught.value)
    assert text[:80] in str(caught.value)


def test_built_in_limits_stay_unless_they_are_set():
    """Good releases have to arrive; whoever names a limit of their own replaces it."""
    assert [one.text for one in parse_constraints([])] == ["shipped >= 95%", "false_rollback <= 1%"]
    own = parse_constraints(["false_rollback <= 5%"])
    assert [one.text for one in own] == ["false_rollback <= 5%", "shipped >= 95%"]


def test_twice():
    """An objective stands once."""
    with pytest.raises(GoalError, match="harm: stands twice"):
        parse_objectives(["harm", "harm"])


def test_excess():
    """A bound is broken by a part of itself; what never happened breaks none."""
    most, least = parse_constraint("downtime_s p99 <= 2"), parse_constraint("shipped >= 95%")
    assert [most.excess(v) for v in (1.0, 2.0, 3.0, None)] == [0.0, 0.0, 0.5, 0.0]
    assert least.excess(1.0) == 0.0
    assert least.excess(0.475) == pytest.approx(0.5)
    assert most.excess(float("inf")) == float("inf")


def test_statistics_of_what_happened():
    """Quantiles are over the runs that have the metric, and what is open is infinite."""
    rows = {"release": runs(5, rollback_s=[1, 2, 3, np.nan, np.inf], verdict=0)}
    assert parse_constraint("rollback_s p50 <= 1").value(rows) == 2.5
    assert parse_constraint("rollback_s p99 <= 1").value(rows) == float("inf")
    assert parse_constraint("detect_s p50 <= 1").value({"release": runs(detect_s=np.nan)}) is None


def test_what_is_played():
    """A bad release is never played without its twin; a drill only where it is asked for."""
    harm, drill = parse_goal("harm", ""), parse_goal("rollback", "")
    assert list(variants([harm], faulty=True)) == ["release", "twin"]
    assert list(variants([parse_goal("failed_requests", "")], faulty=True)) == ["release", "twin"]
    assert list(variants([harm], faulty=False)) == ["release"]
    assert list(variants([harm, drill], faulty=True)) == ["release", "twin", "drill"]
