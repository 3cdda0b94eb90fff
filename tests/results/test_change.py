"""Before and after a change: the same strategies on the same luck, quantity by quantity."""

import json

import numpy as np
import pytest

import simdeploy
from simdeploy.api import compare, compare_change
from simdeploy.errors import SimdeployError
from simdeploy.results.change import Change
from simdeploy.scenario import load_scenario
from tests.report.answer.made import compared, good, harm, live, undone


def change(before, after, twins=(None, None), **settings):
    """Return a change between two sets of runs of rolling."""
    sides = [compared({"rolling": rows}, None if twin is None else {"rolling": twin}, **settings)
             for rows, twin in zip((before, after), twins, strict=True)]  # fmt: skip
    return Change(*sides)


def step(found, quantity):
    """Return what the change does to a quantity."""
    return next(s for s in found.steps if s.quantity == quantity)


def test_less_harm_is_better():
    """The means of both sides, the paired difference after − before, and its sign."""
    found = step(change(harm(900.0, spread=20.0), harm(300.0, spread=20.0)), "failed_caused")
    assert (round(found.before), round(found.after), found.sign) == (899, 299, -1)
    assert found.is_better
    assert found.difference.mean == pytest.approx(-600.0)
    assert (found.difference.a, found.difference.b) == ("after", "before")


@pytest.mark.parametrize(("before", "after"), [(900.0, 905.0), (900.0, 930.0), (0.0, 9.0)])
def test_about_level_is_no_change(before, after):
    """By the rule of rankings: below 10 requests, or below a twentieth of the larger mean."""
    assert step(change(harm(before), harm(after)), "failed_caused").sign == 0


def test_less_harm_than_without_a_deployment_is_none():
    """Both sides count as zero then."""
    found = step(change(harm(0.0), harm(0.0, failed_caused=-500.0)), "failed_caused")
    assert (found.before, found.after, found.sign) == (0.0, 0.0, 0)


def test_a_time_is_compared_where_nearly_all_runs_have_it():
    """A decision that comes in some runs only is no time; the share is another quantity."""
    sooner = change(harm(900.0), harm(900.0, decision_s=60.0))
    assert (step(sooner, "decision_s").sign, step(sooner, "decision_s").is_better) == (-1, True)
    never = change(live(), harm(900.0))
    assert (step(never, "decision_s").sign, step(never, "decision_s").difference) == (0, None)


def test_of_shares_more_may_be_better():
    """More runs decided without a person are better, more that leave users hurt are worse."""
    person = change(harm(0.0, signal="operator"), harm(0.0, signal="alarm"))
    assert (step(person, "by_itself").sign, step(person, "by_itself").is_better) == (1, True)
    escapes = change(harm(0.0), live())
    assert (step(escapes, "left").sign, step(escapes, "left").is_better) == (1, False)


def test_a_good_release_counts_where_it_ships():
    """Cost and times are those of the good releases that ship; the share is a quantity."""
    dearer = change(harm(0.0), harm(0.0), (good(cost=0.01), good(cost=0.31, after=50.0)))
    assert (step(dearer, "extra_cost_usd").sign, step(dearer, "full_traffic_s").sign) == (1, -1)
    lost = change(harm(0.0), harm(0.0), (good(), undone()))
    assert (step(lost, "ships").before, step(lost, "ships").after) == (1.0, 0.0)
    assert not step(lost, "ships").is_better
    assert step(lost, "extra_cost_usd").after is None


def test_a_good_release_has_nothing_to_decide():
    """Then only harm, and what it costs."""
    found = change(good(), good(cost=0.5), faults=())
    assert "decision_s" not in found.quantities
    assert step(found, "extra_cost_usd").sign == 1


def test_both_sides_meet_the_same_luck():
    """Each side is what compare gives; a change of nothing is level in everything."""
    scenario = load_scenario("shallow-health-check")
    found = compare_change(scenario, scenario, runs=10)
    assert all(s.sign == 0 for s in found.steps)
    alone = compare(scenario, runs=10, drill=False)
    for name, result in found.after.results:
        assert result.rows.tobytes() == alone.strategies[name].rows.tobytes()
    assert {d.mean for d in found.differences["rolling"] if d.mean is not None} == {0.0}


def test_strategies_of_one_side_only_are_named():
    """What is compared is what both have."""
    both = load_scenario("happy-path")
    old, new = both.only(["rolling", "canary"]), both.only(["canary", "linear"])
    found = compare_change(old, new, runs=2, progress=lambda *_: None)
    assert found.strategies == ("canary",)
    assert (found.only_before, found.only_after) == (("rolling",), ("linear",))
    with pytest.raises(SimdeployError, match="in both; before: rolling; after: linear"):
        compare_change(both.only(["rolling"]), both.only(["linear"]))
    with pytest.raises(SimdeployError, match='unknown strategy "rolling"'):
        compare_change(old, new, strategies=["rolling"])


def test_frame_and_json():
    """A line per quantity and strategy; JSON without NaN, with the paired differences."""
    found = simdeploy.compare_change("bad-boot", "bad-boot", runs=2, strategies=["rolling"])
    frame = found.to_frame()
    assert frame.index.names == ["quantity", "strategy"]
    assert frame.loc[("failed_caused", "rolling"), "before"] == 0.0
    assert bool(frame["is_level"].all())
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert len(data["differences"]["rolling"]) == len(found.differences["rolling"])
    assert {s["quantity"] for s in data["steps"]} == set(found.quantities)
    assert repr(found) == "<Change of rolling: bad-boot → bad-boot>"


def test_progress_counts_both_sides():
    """From nothing to all runs of both."""
    seen = []
    scenario = load_scenario("happy-path").only(["rolling"])
    compare_change(scenario, scenario, runs=4, progress=lambda *at: seen.append(at))
    assert seen[-1] == (8, 8)
    assert np.all(np.diff([done for done, _ in seen]) > 0)
