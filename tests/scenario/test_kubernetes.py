"""``platform: kubernetes``: what it takes, what it refuses by name, and what follows from it."""

import pytest

from simdeploy.encode import encode
from simdeploy.errors import ScenarioError
from simdeploy.scenario import load_scenario_text
from simdeploy.scenario.assumed import assumptions
from simdeploy.scenario.kubernetes import OF_ECS, OF_PODS
from simdeploy.scenario.writing import dump_scenario, dump_yaml

VALUES = {
    "readiness": {"period": 5},
    "startup_probe": {"failures": 5},
    "restart_backoff": {"first": 5},
    "pre_stop": 5,
    "termination_grace_period": 20,
    "endpoint_propagation": 2,
    "sigterm": "at_order",
    "stop_timeout": 20,
    "health_check_grace_period": 10,
    "launch_type": "ec2",
    "scheduler_tick": 5,
    "control_plane": "instant",
    "draining_counts_to_maximum": False,
    "launch_rate": 5,
    "launch_burst": 5,
    "start_backoff": {"cap": 400},
    "stop_before_start": False,
    "replace_with_same_revision": False,
    "load_balancer": True,
    "container_health_check": {},
}
ROLLING = {"it": {"type": "kubernetes_rolling"}}


def text(platform="kubernetes", **blocks):
    """Return a scenario's file."""
    return dump_yaml({"name": "x", "platform": platform, "strategies": ROLLING, **blocks})


def refusal(platform="kubernetes", **blocks):
    """Return why a scenario is refused, as one text."""
    with pytest.raises(ScenarioError) as error:
        load_scenario_text(text(platform, **blocks))
    return "\n".join(f"{fault.path}: {fault.message}" for fault in error.value.faults)


def test_every_key_has_a_value_here():
    """The tables below cover all keys that only one kind of platform has."""
    assert set(VALUES) == {*OF_PODS, *OF_ECS}


@pytest.mark.parametrize("key", OF_ECS)
def test_keys_of_ecs(key):
    """A key that pods do not have is refused by its name, with what stands in for it."""
    message = refusal(service={key: VALUES[key]})
    assert message.startswith(f"service.{key}: is no key of platform: kubernetes")
    assert OF_ECS[key] in message


@pytest.mark.parametrize("key", OF_PODS)
def test_keys_of_pods(key):
    """A key that only pods have is refused elsewhere, and taken on Kubernetes."""
    rolling = {"it": {"type": "rolling"}}
    message = refusal("ecs", service={key: VALUES[key]}, strategies=rolling)
    assert message == f"service.{key}: is a key of platform: kubernetes"
    load_scenario_text(text(service={key: VALUES[key]}))


REFUSED = {
    "target_group.fail_open": {"target_group": {"fail_open": True}},
    "target_group.slow_start": {"target_group": {"slow_start": 60}},
    "strategies.it.type": {"strategies": {"it": {"type": "rolling"}}},
    "strategies.it.controller": {"strategies": {"it": {"type": "blue_green"}}},
    "strategies.it.deploy.type": {"strategies": {"it": {"type": "feature_flag"}}},
    "strategies.it.bake_time": {"strategies": {"it": {"type": "recreate", "bake_time": 60}}},
    "strategies.it.circuit_breaker": {
        "strategies": {"it": {"type": "recreate", "circuit_breaker": {"enable": True}}}
    },
    "defaults.circuit_breaker": {"defaults": {"circuit_breaker": {"enable": True}}},
    "alarms.0.metric": {"alarms": [{"name": "a", "metric": "unhealthy_targets", "threshold": 1}]},
    "environment.events.0.kind": {"environment": {"events": [{"kind": "health_signal_missing"}]}},
    "environment.events.0.fails_after": {
        "environment": {"events": [{"kind": "registry_down", "fails_after": 9}]}
    },
    "operator.first_command": {"operator": {"first_command": "image_gone"}},
}


@pytest.mark.parametrize(("path", "blocks"), REFUSED.items(), ids=list(REFUSED))
def test_what_has_no_counterpart(path, blocks):
    """What would have no effect on Kubernetes is refused at its place."""
    assert refusal(**blocks).startswith(f"{path}: ")


def test_strategies_elsewhere():
    """A rolling update of pods is for Kubernetes only."""
    assert refusal("ecs") == (
        'strategies.it.type: is for platform: kubernetes; got "kubernetes_rolling"'
    )


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"max_surge": 0, "max_unavailable": "0%"}, "nothing could move"),
        ({"max_surge": "25"}, ""),
        ({"max_surge": 2.5}, "must be pods or a share"),
        ({"max_surge": "lots"}, "must be pods or a share"),
        ({"max_unavailable": "150%"}, "must be at most 100%"),
        ({"min_ready": 30, "progress_deadline": 30}, "must be above min_ready, 30 s"),
    ],
)
def test_bounds_of_a_rolling_update(told, message):
    """Bounds are pods or shares, one of them can move, and the deadline is not over at once."""
    blocks = {"strategies": {"it": {"type": "kubernetes_rolling", **told}}}
    if message:
        assert message in refusal(**blocks)
    else:
        assert load_scenario_text(text(**blocks)).strategies["it"].bounds(7) == (25, 1)


@pytest.mark.parametrize("key", ["min_ready", "progress_deadline", "pods_as_weights", "max_surge"])
def test_keys_of_pods_in_other_strategies(key):
    """What only pods have is refused elsewhere, also below a feature flag."""
    told = {"min_ready": 5, "progress_deadline": 90, "pods_as_weights": True, "max_surge": 1}
    steps = {"type": "traffic_steps", "steps": [{"percent": 100}], key: told[key]}
    assert f"strategies.it.{key}: is a key of platform: kubernetes" in refusal(
        "custom", strategies={"it": steps}
    )
    load_scenario_text(text(strategies={"it": steps}))
    below = {"type": "blue_green", "controller": "custom", "min_ready": 5}
    flag = {"it": {"type": "feature_flag", "deploy": below}}
    assert "strategies.it.deploy.min_ready" in refusal("custom", strategies=flag)


def test_a_file_reads_back():
    """What is written of a scenario on Kubernetes is the same scenario."""
    scenario = load_scenario_text(text(service={key: VALUES[key] for key in OF_PODS}))
    assert load_scenario_text(dump_scenario(scenario)) == scenario


def test_only_keys_of_pods_are_assumed():
    """Among the assumed values are those of pods, and none of ECS or a target group."""
    found = assumptions(load_scenario_text(text()))
    assert {"service.pre_stop", "service.termination_grace_period"} <= found.keys()
    keys = {path.split(".")[1] for path in found if path.startswith("service.")}
    assert keys & OF_ECS.keys() == set()
    assert {p for p in found if p.startswith("target_group.")} <= {
        "target_group.algorithm", "target_group.weight_propagation",
    }  # fmt: skip


def test_the_hook_counts_in_the_grace():
    """SIGKILL comes a grace period after the deletion, however long the hook takes."""
    for hook, left in ((0, 30.0), (10, 20.0), (40, 0.0)):
        record = encode(load_scenario_text(text(service={"pre_stop": hook})), "it")
        assert (record.pre_stop, record.stop_timeout) == (min(hook, 30), left)


def test_pods_wait_for_no_look():
    """The controllers react at once: there is no tick at which they would look."""
    assert encode(load_scenario_text(text()), "it").scheduler_tick == 0.0
