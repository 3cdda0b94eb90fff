"""Commands that take a release back on Kubernetes, and what is left out there."""

import pytest

from simdeploy.advice.commands import pod_commands
from simdeploy.checking.finding import holding
from simdeploy.checking.registry import NOT_OF_PODS, RULES
from simdeploy.cli.app import main
from simdeploy.scenario import load_scenario_text
from simdeploy.strategies import (
    BlueGreen,
    FeatureFlag,
    KubernetesRolling,
    Recreate,
    TrafficSteps,
)

FILE = """\
name: web
platform: kubernetes
service: {desired_count: 4, readiness: {depth: shallow}}
strategies: {it: {type: kubernetes_rolling}, again: {type: recreate}}
"""


@pytest.mark.parametrize("strategy", [KubernetesRolling(), Recreate()])
def test_a_deployment_is_undone(strategy):
    """A Deployment has its revisions: one command takes back what replaced its pods."""
    (command,) = pod_commands(strategy, "my shop")
    assert command.line == "kubectl rollout undo 'deployment/my shop'"


def test_traffic_goes_back():
    """As long as old pods run, the router is enough; a flag needs no deployment at all."""
    custom = BlueGreen(controller="custom")
    assert [command.warm for command in pod_commands(custom, "shop")] == [True, False]
    flag = FeatureFlag(deploy=custom)
    assert pod_commands(flag, "shop")[0].line == "turn the flag off: no deployment"


def test_without_a_router_the_controller_takes_it_back():
    """Where traffic follows the pods there is no router to turn."""
    steps = TrafficSteps(steps=[{"percent": 100}], pods_as_weights=True)
    assert [command.line for command in pod_commands(steps, "my shop")] == [
        "kubectl argo rollouts abort 'my shop'", "kubectl argo rollouts undo 'my shop'",
    ]  # fmt: skip


def test_checks_of_aws_are_left_out():
    """No rule about ECS's scheduler or AWS's load balancer holds for pods."""
    assert RULES.keys() >= NOT_OF_PODS
    held = {one.rule.id for one in holding(load_scenario_text(FILE))}
    assert held & NOT_OF_PODS == set()
    assert "no-operator" in held


def test_no_rollback_script(tmp_path, capsys):
    """The script is one of the AWS CLI, so it is refused with the command that does it."""
    file = tmp_path / "web.yaml"
    file.write_text(FILE, encoding="utf-8")
    assert main(["recommend", str(file), "--rollback-script", str(tmp_path / "back.sh")]) == 2
    assert "on Kubernetes: kubectl rollout undo" in capsys.readouterr().err
    assert not (tmp_path / "back.sh").exists()
