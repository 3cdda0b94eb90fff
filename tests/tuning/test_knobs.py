"""Knobs: ladders of values, what a path reads, and settings that AWS takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.scenario import load_scenario, load_scenario_text
from simdeploy.tuning.api import default_knobs
from simdeploy.tuning.fitting import Fit, groups
from simdeploy.tuning.knobs import Knob, KnobError, make_knob, numeric, parse_knob, reading

INTERVAL, TIMEOUT = "target_group.health_check.interval", "target_group.health_check.timeout"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=5s,10s", ("5s", "10s")),
        ("a=2:5", ("2", "3", "4", "5")),
        ("a=0s:1m:30s", ("0s", "30s", "60s")),
        ("a=0:1m:25s", ("0s", "25s", "50s", "60s")),
        ("a=0%:1%:0.5%", ("0%", "0.5%", "1%")),
        ("a=deep,shallow", ("deep", "shallow")),
        ("bake_time=0s:5m", ("0s", "60s", "120s", "180s", "240s", "300s")),
    ],
)
def test_ladders(text, values):
    """Values stand as they are written; a range has both its ends."""
    assert parse_knob(text).values == values


def test_wide_ranges_grow_with_the_value():
    """From 0.1 % to 10 % a ladder has as many values below 1 % as above."""
    found = parse_knob("alarms.a.threshold=0.1%:10%").values
    assert found[:4] == ("0.1%", "0.15%", "0.2%", "0.3%")
    assert found[-1] == "10%"
    assert len(found) == 13


@given(st.integers(0, 5000), st.integers(1, 5000), st.sampled_from(["", "s", "%"]))
def test_ranges_are_short_and_rise(low, more, unit):
    """Whatever the range, its ladder rises from low to high in some sixty values."""
    found = [numeric(one) for one in parse_knob(f"a={low}{unit}:{low + more}{unit}").values]
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (low, low + more)
    assert len(found) <= 62


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a", "must be path=values"),
        ("a=", "must be path=values"),
        ("a=5s", "needs two values"),
        ("a=5s,", "a value is missing"),
        ("a=5s,5s", "stands twice"),
        ("a=9:5", "goes from low to high"),
        ("a=x:y", "is no range"),
        ("a=1%:5s", "need one unit"),
        ("a=1:5:0", "a step must be > 0"),
        ("runs=1:5", "use --runs"),
        ("horizon=1h,2h", "cannot be tuned"),
    ],
)
def test_what_is_no_knob(text, told):
    """What cannot be a knob is refused, with its name and what is wrong."""
    with pytest.raises(KnobError, match=told):
        parse_knob(text)


def test_every_value_has_its_part():
    """The values of a knob share 0 to 1 evenly, and each lies in its own part."""
    one = make_knob("a", ["x", "y", "z", "w"])
    assert [one.at(u) for u in (0.0, 0.26, 0.5, 0.999)] == ["x", "y", "z", "w"]
    assert all(one.at(one.place(value)) == value for value in one.values)


def test_readings():
    """A path reads what the scenario has: base units, constants, resolved bake times."""
    scenario = load_scenario("bad-boot")
    assert reading(scenario, INTERVAL) == 10.0
    assert reading(scenario, "alarms.checkout-5xx.threshold") == 0.01
    assert reading(scenario, "strategies.rolling.bake_time") == 180.0
    assert reading(scenario, "service.startup.container_start") == 3.0
    with pytest.raises(KnobError, match='no "intervall" there; did you mean "interval"'):
        reading(scenario, "target_group.health_check.intervall")


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary", "linear", "recreate"])
def test_default_knobs_exist(strategy):
    """Every default knob reads something, and has what its strategy has."""
    scenario = load_scenario("bad-boot")
    knobs = default_knobs(scenario, strategy)
    assert all(reading(scenario, one.path) is not None for one in knobs)
    words = {one.path.rpartition(".")[2] for one in knobs}
    assert ("termination_wait" in words) == (strategy in {"blue-green", "canary", "linear"})
    assert ("maximum_percent" in words) == (strategy == "rolling")
    assert ("wait" in words) == (strategy == "canary")
    assert {"interval", "deregistration_delay", "period", "datapoints", "of"} <= words


PODS = """
name: shop
platform: kubernetes
service: {readiness: {period: 9s, timeout: 3s}}
strategies:
  rolling: {type: kubernetes_rolling, max_surge: %s, progress_deadline: 25s}
  by-pods: {type: traffic_steps, controller: custom, pods_as_weights: true, steps: [{percent: 100}]}
  routed: {type: traffic_steps, controller: custom, steps: [{percent: 100}]}
"""


@pytest.mark.parametrize(("strategy", "bounded"), [("rolling", True), ("by-pods", True),
                                                   ("routed", False)])  # fmt: skip
@given(point=st.lists(st.floats(0, 0.999), min_size=10, max_size=10), surge=st.sampled_from("01"))
def test_default_knobs_of_pods_fit(strategy, bounded, point, surge):
    """On Kubernetes any point of the default knobs is a setting that the scenario takes."""
    scenario = load_scenario_text(PODS % surge)
    knobs = default_knobs(scenario, strategy)
    words = {one.path.rpartition(".")[2] for one in knobs}
    assert {"period", "timeout", "successes", "failures", "pre_stop", "min_ready"} <= words
    assert ({"max_surge", "max_unavailable"} <= words) == bounded
    one = Fit(knobs, (None,) * len(knobs), (), 6)
    setting = one.setting(point[: len(knobs)])
    changes = [f"{k.path}={v}" for k, v in zip(knobs, setting, strict=True)]
    load_scenario_text(PODS % surge, overrides=changes)


def test_alarms_of_nobody_are_no_knobs():
    """A strategy without alarms has none to turn."""
    scenario = load_scenario("bad-boot", overrides=["defaults.alarms=[]"])
    assert not any(one.path.startswith("alarms") for one in default_knobs(scenario, "rolling"))


def fit(*knobs, fixed=(), desired=6):
    """Return how knobs without today's values fit together."""
    found = tuple(parse_knob(one) for one in knobs)
    return Fit(found, (None,) * len(found), tuple(fixed), desired)


def test_timeout_stays_below_the_interval():
    """A timeout that the interval does not allow goes to the longest that it does."""
    assert fit(f"{INTERVAL}=5s,60s", f"{TIMEOUT}=2s:10s").setting([0.0, 0.99]) == ("5s", "4s")


def test_interval_gives_way_to_a_fixed_timeout():
    """Where only the interval is turned, it goes to the shortest that today's timeout allows."""
    one = fit(f"{INTERVAL}=5s,10s,15s", fixed=[(TIMEOUT, 10.0)])
    assert one.setting([0.0]) == ("15s",)


def test_no_more_datapoints_than_periods():
    """M of N stays at most N."""
    assert fit("alarms.a.datapoints=1,2,3", "alarms.a.of=1,2").setting([0.9, 0.0]) == ("1", "1")


@pytest.mark.parametrize(("desired", "percents"), [(6, ("90", "110")), (10, ("100", "110"))])
def test_a_deployment_that_cannot_move_is_not_tried(desired, percents):
    """Six tasks and 110 % leave no room beside a floor of 100 %; ten tasks have one."""
    path = "strategies.rolling.{}_percent={}"
    knobs = (path.format("minimum_healthy", "50,75,80,90,100"), path.format("maximum", "110,200"))
    found = fit(*knobs, desired=desired).setting([0.99, 0.0])
    expected = ("80", "110") if desired == 6 else percents
    assert found == expected


@given(st.lists(st.floats(0, 0.999), min_size=13, max_size=13))
def test_default_knobs_fit(point):
    """Any point is a setting that the scenario takes, and a setting is a point of its own."""
    scenario = load_scenario("bad-boot")
    knobs = default_knobs(scenario, "rolling")
    one = Fit(knobs, (None,) * len(knobs), (), 6)
    setting = one.setting(point)
    load_scenario(
        "bad-boot", overrides=[f"{k.path}={v}" for k, v in zip(knobs, setting, strict=True)]
    )
    assert one.setting(one.places(setting)) == setting


def test_today_stands_at_the_nearest_value():
    """A knob that is not turned has the place of the value nearest to today's."""
    one = Fit((Knob("a", ("5s", "10s", "60s")),), (12.0,))
    assert np.allclose(one.places((None,)), [0.5])


def test_knobs_that_belong_together():
    """An alarm's knobs go back together, and so do timeout and interval."""
    knobs = tuple(
        Knob(path, ("1", "2")) for path in (INTERVAL, TIMEOUT, "alarms.a.of", "alarms.a.datapoints")
    )
    assert groups(knobs)[0] == (2, 3)
    assert (0, 1) in groups(knobs)
