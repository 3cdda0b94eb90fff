"""Who watches whom: what the controller has, and where a strategy is watched differently."""

import pytest

from simdeploy.results.detectors import detectors, unfair
from simdeploy.scenario import Scenario
from tests.results import fabricate as make

OFF = {"alarms": [], "circuit_breaker": {"enable": False}}
HOOK = {"stage": "AfterAllowTestTraffic", "sees": ["errors"]}


def words(block, **blocks):
    """Return the detectors of one strategy in words."""
    scenario = make.scenario({"it": block}, **blocks)
    return [str(one) for one in detectors(scenario)["it"]]


@pytest.mark.parametrize("kind", ["rolling", "recreate"])
def test_rolling_has_breaker_alarm_and_operator(kind):
    """ECS watches a rolling deployment with the breaker, and with alarms until the bake ends."""
    assert words({"type": kind}) == [
        "breaker while tasks start", "alarm checkout-5xx until bake ends", "operator",
    ]  # fmt: skip


def test_codedeploy_has_no_breaker():
    """CodeDeploy watches alarms through the termination wait and knows no circuit breaker."""
    assert words({"type": "canary"}) == [
        "alarm checkout-5xx until termination wait ends", "operator",
    ]  # fmt: skip


def test_native_blue_green_watches_until_bake_ends():
    """ECS's own blue-green watches alarms until the bake time ends, and has no breaker."""
    found = words({"type": "blue_green", "controller": "ecs"})
    assert found == ["alarm checkout-5xx until bake ends", "operator"]


def test_own_setting_replaces_the_default():
    """A strategy's own empty list of alarms leaves none, and a disabled breaker is none."""
    assert words({"type": "rolling"} | OFF, operator=None) == []


def test_hooks_watch_only_if_they_can_see():
    """A hook that sees no fault is a delay; an approval is a person."""
    block = {"type": "blue_green", "hooks": [HOOK, {"stage": "BeforeAllowTraffic"}],
             "approval": {"answers_after": "1m"}}  # fmt: skip
    assert words(block, operator=None)[1:] == ["hook AfterAllowTestTraffic", "approval"]
    found = detectors(make.scenario({"it": block}, operator=None))["it"]
    assert [one.automatic for one in found] == [True, True, False]


def test_two_alarms_are_listed():
    """Several alarms are named in one breath."""
    found = words({"type": "rolling", "alarms": ["checkout-5xx", "other-5xx"]})
    assert "alarms checkout-5xx, other-5xx until bake ends" in found


def test_equal_detectors_are_fair():
    """Who takes the defaults, or repeats them, is watched like the others."""
    strategies = {"a": {"type": "rolling"}, "b": {"type": "rolling", "alarms": ["checkout-5xx"]}}
    assert unfair(make.scenario(strategies)) == []


def test_controllers_may_differ():
    """Breakers that only ECS has, and hooks that all have who can, are no unfairness."""
    hooks = {"hooks": [HOOK]}
    strategies = {"rolling": {"type": "rolling"}, "blue-green": {"type": "blue_green"} | hooks,
                  "canary": {"type": "canary"} | hooks}  # fmt: skip
    assert unfair(make.scenario(strategies)) == []


def test_own_detectors_are_warned_of():
    """A strategy without the others' alarms differs for another reason than its controller."""
    strategies = {"rolling": {"type": "rolling"}, "rolling-no-alarm": {"type": "rolling"} | OFF}
    (warning,) = unfair(make.scenario(strategies))
    assert warning == (
        "rolling-no-alarm sets its own alarms and circuit_breaker: it differs from the others "
        "for another reason than its controller"
    )


def test_own_hooks_are_warned_of():
    """A hook that only one of two strategies has is an advantage of its own."""
    strategies = {"blue-green": {"type": "blue_green", "hooks": [HOOK]},
                  "canary": {"type": "canary"}}  # fmt: skip
    assert [line.split(":")[0] for line in unfair(make.scenario(strategies))] == [
        "blue-green sets its own hooks"
    ]


def test_a_flag_is_watched_until_its_last_step():
    """Alarms watch a feature flag beyond the deployment that it rides on."""
    found = words({"type": "feature_flag", "deploy": {"type": "rolling"}})
    assert "alarm checkout-5xx until the last flag step" in found


def test_equal_exceptions_are_one_warning():
    """Strategies that set the same key themselves are warned of together."""
    own = {"type": "rolling", "alarms": ["other-5xx"]}
    scenario = make.scenario({"a": own, "b": own, "c": {"type": "rolling"}})
    (warning,) = unfair(scenario)
    assert warning.startswith("a and b set their own alarms: they differ from the others")


def test_nothing_bakes_on_kubernetes():
    """What ECS does elsewhere is done by another there, who watches until the end."""
    scenario = Scenario.model_validate({
        "name": "x",
        "platform": "kubernetes",
        "alarms": [{"name": "a", "metric": "any_5xx_rate", "threshold": 0.01}],
        "strategies": {"it": {"type": "recreate", "alarms": ["a"]}},
    })  # fmt: skip
    assert [str(one) for one in detectors(scenario)["it"]] == ["alarm a until the end"]


def test_steps_that_watch():
    """A test at a step watches if it can see; people at steps are one approval."""
    steps = [{"percent": 10, "test": {"sees": ["errors"]}, "gate": {}}, {"percent": 50, "gate": {}},
             {"percent": 100}]  # fmt: skip
    found = words({"type": "traffic_steps", "steps": steps}, operator=None)
    assert found[1:] == ["tests at steps", "approval"]
