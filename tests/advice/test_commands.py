"""The commands of the runbook: the right one by controller and phase, and one that exists."""

import re
import shlex

import botocore.session
import pytest
from botocore import xform_name

from simdeploy.advice.commands import commands
from simdeploy.scenario import load_scenario_text

SERVICES = {"deploy": "codedeploy"}
KINDS = {
    "rolling": "{type: rolling}",
    "recreate": "{type: recreate}",
    "code_deploy": "{type: blue_green, controller: code_deploy}",
    "ecs": "{type: canary, controller: ecs}",
    "custom": "{type: linear, controller: custom}",
    "flag": "{type: feature_flag, deploy: {type: rolling}}",
}


def commands_of(kind, service="checkout-api"):
    """Return the commands of a kind of strategy."""
    text = f"name: x\nstrategies: {{it: {KINDS[kind]}}}\n"
    return commands(load_scenario_text(text).resolved_strategies["it"], service)


@pytest.mark.parametrize(
    ("kind", "first", "then"),
    [
        ("rolling", "aws ecs stop-service-deployment", "aws ecs update-service"),
        ("recreate", "aws ecs stop-service-deployment", "aws ecs update-service"),
        ("ecs", "aws ecs stop-service-deployment", "aws ecs update-service"),
        ("code_deploy", "aws deploy stop-deployment", "aws deploy create-deployment"),
        ("custom", "aws elbv2 modify-listener", "your pipeline"),
        ("flag", "turn the flag off", "aws ecs stop-service-deployment"),
    ],
)
def test_each_controller_has_its_own_command(kind, first, then):
    """While it deploys and after it, by the controller; a flag is turned off first."""
    lines = [command.line for command in commands_of(kind)]
    assert lines[0].startswith(first)
    assert lines[1].startswith(then)


def test_code_deploy_goes_back_by_itself():
    """Stopping asks for the rollback, and only until the termination wait ends."""
    stop, anew = commands_of("code_deploy")
    assert "--auto-rollback-enabled" in stop.line
    assert stop.phase == "until the termination wait ends"
    assert (stop.warm, anew.warm) == (True, False)


def test_a_rolling_deployment_starts_its_old_tasks_anew():
    """Only where both sets of tasks run are the old ones still there."""
    assert [command.warm for command in commands_of("rolling")] == [False, False]
    assert [command.warm for command in commands_of("ecs")] == [True, False]


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_and_option_exists(kind):
    """Each AWS command is an operation, and each of its options one of its parameters."""
    session = botocore.session.get_session()
    for command in commands_of(kind):
        for service, name, rest in re.findall(r"aws (\w+) ([a-z-]+)([^$)]*)", command.line):
            model = session.get_service_model(SERVICES.get(service, service))
            operations = {xform_name(each, "-"): each for each in model.operation_names}
            members = model.operation_model(operations[name]).input_shape.members
            known = {f"--{xform_name(each, '-')}" for each in members} | {"--query", "--output"}
            assert set(re.findall(r"--[a-z-]+", rest)) <= known, command.line


@pytest.mark.parametrize("kind", ["rolling", "ecs"])
def test_names_are_quoted(kind):
    """A service's name is one word for the shell, whatever is in it."""
    name = "a'b; $(touch pwned)"
    for command in commands_of(kind, name):
        inner = command.line.replace('"$(', "").replace(')"', "")
        assert name in shlex.split(inner)
