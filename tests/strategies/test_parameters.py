"""Parameters of the strategies: AWS's defaults, and what each controller can express."""

import pytest
from pydantic import ValidationError

from simdeploy.strategies import (
    BlueGreen,
    Canary,
    CircuitBreaker,
    FeatureFlag,
    Hook,
    Linear,
    Recreate,
    Rolling,
    TrafficSteps,
)
from simdeploy.strategies.parts import FAULT_KINDS


def faults(model, **keys):
    """Return {dotted path: message} of what is wrong."""
    with pytest.raises(ValidationError) as caught:
        model(**keys)
    return {".".join(map(str, e["loc"])): e["msg"] for e in caught.value.errors()}


def test_rolling_defaults_are_those_of_ecs():
    """100/200, no circuit breaker (API DeploymentConfiguration)."""
    one = Rolling()
    assert (one.minimum_healthy_percent, one.maximum_percent) == (100, 200)
    assert not one.circuit_breaker.enable
    assert (one.circuit_breaker.threshold_type, one.circuit_breaker.threshold) == (
        "BOUNDED_PERCENT", 50)  # fmt: skip


def test_recreate_waits_by_default():
    """The old tasks are gone before the new ones start."""
    assert Recreate().wait_for_stop


@pytest.mark.parametrize(
    ("strategy", "percent", "seconds"),
    [
        (Canary(), 10, 300),
        (Canary(controller="ecs"), 5, 600),
        (Canary(config="CodeDeployDefault.ECSCanary10Percent5Minutes"), 10, 300),
        (Canary(config="CodeDeployDefault.ECSCanary10Percent15Minutes"), 10, 900),
        (Linear(), 10, 60),
        (Linear(controller="ecs"), 10, 360),
        (Linear(config="CodeDeployDefault.ECSLinear10PercentEvery1Minutes"), 10, 60),
        (Linear(config="CodeDeployDefault.ECSLinear10PercentEvery3Minutes"), 10, 180),
    ],
    ids=lambda one: getattr(one, "config", None),
)
def test_shift_configurations(strategy, percent, seconds):
    """Predefined names and the controllers' defaults resolve to percent and interval."""
    interval = getattr(strategy, "wait", None) or strategy.every
    assert (strategy.percent, interval) == (percent, seconds)


@pytest.mark.parametrize(
    ("controller", "wait", "bake"),
    [("code_deploy", 3600, 0), ("ecs", 0, "auto"), ("custom", 3600, 0)],
)
def test_waits_of_the_controllers(controller, wait, bake):
    """CodeDeploy keeps old tasks for a termination wait, ECS for a bake time."""
    one = BlueGreen(controller=controller)
    assert (one.termination_wait, one.bake_time) == (wait, bake)


@pytest.mark.parametrize(
    ("model", "keys", "path"),
    [
        (Canary, {"percent": [1, 10]}, "percent"),
        (Canary, {"steps": [{"percent": 1}, {"percent": 100}]}, "steps"),
        (Linear, {"steps": [{"percent": 1}, {"percent": 100}]}, "steps"),
    ],
)
def test_free_steps_are_inexpressible(model, keys, path):
    """1 % → 10 % → 100 % is neither CodeDeploy's nor ECS's; the error names traffic_steps."""
    assert "traffic_steps" in faults(model, **keys)[path]


@pytest.mark.parametrize("controller", ["code_deploy", "ecs"])
def test_traffic_steps_are_custom(controller):
    """AWS's controllers cannot carry out free steps."""
    messages = faults(TrafficSteps, controller=controller, steps=[{"percent": 100}])
    assert "cannot do traffic_steps" in messages["controller"]


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ([{"percent": 10}, {"percent": 5}, {"percent": 100}], "steps.1.percent"),
        ([{"percent": 10}], "steps"),
        ([], "steps"),
        ([{"percent": 0}, {"percent": 100}], "steps.0.percent"),
    ],
)
def test_steps_rise_to_100(steps, path):
    """Shares rise, and the last one is everybody."""
    assert path in faults(TrafficSteps, steps=steps)


@pytest.mark.parametrize(
    ("model", "keys", "path", "expected"),
    [
        (Rolling, {"minimum_healthy_percent": 140}, "minimum_healthy_percent", "0 to 100"),
        (Rolling, {"minimum_healthy_percent": 90, "maximum_percent": 50},
         "minimum_healthy_percent", "at most maximum_percent"),
        (Rolling, {"hooks": []}, "hooks", "unknown key"),
        (BlueGreen, {"circuit_breaker": {}}, "circuit_breaker", "rolling deployments only"),
        (BlueGreen, {"bake_time": 60}, "bake_time", "ecs, custom"),
        (BlueGreen, {"controller": "ecs", "termination_wait": 60}, "termination_wait", "code_dep"),
        (BlueGreen, {"controller": "ecs", "codedeploy_red_alarm": "stop"},
         "codedeploy_red_alarm", "code_deploy"),
        (BlueGreen, {"controller": "codedeploy"}, "controller", "code_deploy"),
        (BlueGreen, {"hooks": [{"stage": "POST_SCALE_UP"}]}, "hooks.0.stage", "no stage of CodeD"),
        (BlueGreen, {"controller": "ecs", "hooks": [{"stage": "AfterInstall"}]},
         "hooks.0.stage", "no stage of ECS"),
        (BlueGreen, {"hooks": [{"stage": "AfterInstall", "timeout": "5m"}]},
         "hooks.0.timeout", "1 h for a hook, fixed"),
        (BlueGreen, {"test_listener": False, "hooks": [{"stage": "AfterAllowTestTraffic"}]},
         "hooks.0.stage", "test listener"),
        (BlueGreen, {"hooks": [{"stage": "AfterInstall", "sees": ["eror"]}]},
         "hooks.0.sees.0", 'did you mean "errors"?'),
        (BlueGreen, {"controller": "ecs", "approval": {"stage": "TEST_TRAFFIC_SHIFT"}},
         "approval.stage", "cannot pause"),
        (Canary, {"config": "CodeDeployDefault.ECSCanary10Percent5Minute"},
         "config", "did you mean"),
        (Canary, {"config": "CodeDeployDefault.ECSCanary10Percent5Minutes", "percent": 5},
         "percent", "beside config"),
        (Canary, {"controller": "ecs", "config": "CodeDeployDefault.ECSCanary10Percent5Minutes"},
         "config", "belongs to code_deploy"),
        (Canary, {"config": ["ECSCanary"]}, "config", "no predefined CodeDeploy configuration"),
        (Canary, {"every": "1m"}, "every", "key of linear"),
        (Linear, {"wait": "1m"}, "wait", "key of canary"),
        (FeatureFlag, {"deploy": {"type": "canary"}}, "deploy.type", "rolling, blue_green"),
        (CircuitBreaker, {"threshold": 101}, "threshold", "1 to 100"),
        (CircuitBreaker, {"threshold": "5m"}, "threshold", "unknown unit"),
        (CircuitBreaker, {"threshold_type": "COUNT", "threshold": 2.5}, "threshold", "whole"),
        (CircuitBreaker, {"counts_exits": "maybe"}, "counts_exits", "true, false or auto"),
        (CircuitBreaker, {"enable": "yes"}, "enable", "true or false"),
    ],
)  # fmt: skip
def test_impossible_parameters(model, keys, path, expected):
    """What a controller has not, or what makes no sense, is refused where it stands."""
    assert expected in faults(model, **keys)[path]


def test_hooks_of_an_ecs_deployment_may_have_a_timeout():
    """Only CodeDeploy's limit is fixed."""
    one = BlueGreen(controller="ecs", hooks=[{"stage": "POST_SCALE_UP", "timeout": "5m"}])
    assert one.resolved(0.0).hooks[0].timeout == 300


@pytest.mark.parametrize(
    ("controller", "stage", "limit"),
    [("code_deploy", "BeforeAllowTraffic", 3600),
     ("ecs", "PRE_PRODUCTION_TRAFFIC_SHIFT", 86400)],
)  # fmt: skip
def test_resolving_puts_in_the_controllers_limits(controller, stage, limit):
    """Hook limits and the place of an approval follow from the controller."""
    one = BlueGreen(controller=controller, hooks=[{"stage": stage}], approval={})
    assert one.resolved(0.0).hooks[0].timeout == limit
    assert one.resolved(0.0).approval.stage == stage


def test_defaults_fill_in_what_is_left_out():
    """A strategy's own values win; blocks combine key by key."""
    own = Rolling(circuit_breaker={"threshold": 10})
    full = own.with_defaults({"circuit_breaker": CircuitBreaker(enable=True), "alarms": ("a",)})
    assert (full.circuit_breaker.enable, full.circuit_breaker.threshold) == (True, 10)
    assert full.alarms == ("a",)
    assert Rolling(alarms=()).with_defaults({"alarms": ("a",)}).alarms == ()


def test_defaults_go_where_the_controller_has_the_key():
    """CodeDeploy gets no bake time and no circuit breaker, ECS no termination wait."""
    defaults = {
        "bake_time": 60.0, "termination_wait": 120.0,
        "circuit_breaker": CircuitBreaker(enable=True),
        "hooks": (Hook(stage="AfterInstall"), Hook(stage="POST_SCALE_UP")),
    }  # fmt: skip
    aws = BlueGreen().with_defaults(defaults)
    native = BlueGreen(controller="ecs").with_defaults(defaults)
    assert (aws.bake_time, aws.termination_wait) == (0, 120)
    assert (native.bake_time, native.termination_wait) == (60, 0)
    assert [h.stage for h in aws.hooks] == ["AfterInstall"]
    assert [h.stage for h in native.hooks] == ["POST_SCALE_UP"]


def test_codedeploys_hook_limit_is_fixed_for_defaults_too():
    """A time-out meant for ECS does not reach CodeDeploy."""
    defaults = {"hooks": (Hook(stage="AfterInstall", timeout=60.0),)}
    assert BlueGreen().with_defaults(defaults).resolved(0.0).hooks[0].timeout == 3600


def test_defaults_reach_below_a_flag():
    """The dark deployment has the same detectors."""
    full = FeatureFlag().with_defaults({"alarms": ("a",), "bake_time": 60.0})
    assert full.deploy.alarms == ("a",)
    assert full.resolved(0.0).deploy.bake_time == 60
    assert full.controller == "ecs"


@pytest.mark.parametrize(("alarms", "bake"), [((), 0), (("a",), 180)])
def test_auto_bakes_for_alarms_only(alarms, bake):
    """Without alarms there is nothing to wait for."""
    assert Rolling(alarms=alarms).resolved(180.0).bake_time == bake


def test_hooks_know_every_kind_of_fault():
    """What a hook may see is what a release may have."""
    from simdeploy.scenario.faults import FAULTS

    assert tuple(FAULTS) == FAULT_KINDS


TWO = [{"percent": 10}, {"percent": 100}]


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"pods_as_weights": True, "termination_wait": 5}, "termination_wait", "has no effect"),
        ({"pods_as_weights": True, "approval": {}}, "approval", "use a gate at a step"),
        ({"pods_as_weights": True, "scale_with_weight": True}, "scale_with_weight", "no effect"),
        ({"pods_as_weights": True, "max_surge": 0, "max_unavailable": 0}, "max_unavailable",
         "nothing could move"),
        ({"on_deadline": "undo"}, "on_deadline", "needs a progress_deadline"),
        ({"min_ready": 30, "progress_deadline": 30}, "progress_deadline", "above min_ready, 30 s"),
    ],
)  # fmt: skip
def test_keys_that_say_nothing_together(keys, path, message):
    """A key that would have no effect beside another is refused by its name."""
    found = faults(TrafficSteps, steps=TWO, **keys)
    assert list(found) == [path]
    assert message in found[path]


def test_stages_without_a_router():
    """Without a router there is no test traffic, and so no hook at it; defaults leave it out."""
    hooks = [{"stage": "AfterAllowTestTraffic"}]
    keys = {"steps": TWO, "pods_as_weights": True}
    assert list(faults(TrafficSteps, hooks=hooks, **keys)) == ["hooks.0.stage"]
    given = {"hooks": (Hook(**hooks[0]), Hook(stage="BeforeInstall")), "termination_wait": 9.0}
    filled = TrafficSteps(**keys).with_defaults(given)
    assert [hook.stage for hook in filled.hooks] == ["BeforeInstall"]
    assert "termination_wait" not in filled.model_fields_set


def test_who_may_wait_for_ever():
    """A person has no limit under a pipeline of one's own alone."""
    assert BlueGreen(controller="custom", approval={"timeout": None}).approval.timeout is None
    assert list(faults(BlueGreen, approval={"timeout": None})) == ["approval.timeout"]
