"""The rollback script: run with a program in place of ``aws`` that writes down its arguments."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from simdeploy.advice.rollback_script import NAMES, rollback_script

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/checkout-api:42"
HOSTILE = 'a\'b "c" $(touch pwned) `touch pwned` } ; touch pwned # \\'
#: Answers by the last word of the query, and writes each argument on a line of its own.
FAKE = """#!/usr/bin/env bash
{ printf '%s\\n' "$@"; printf -- '--end--\\n'; } >>"$CALLS"
while (($#)); do
    if [[ $1 == --query ]]; then
        key=${2##*.}
        variable=ANSWER_$key
        printf '%s\\n' "${!variable-None}"
    fi
    shift
done
"""


@pytest.fixture
def script(tmp_path):
    """Return a function that runs a script: its exit code, output, errors and calls of ``aws``."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    tools = tmp_path / "tools"
    tools.mkdir()
    fake = tools / "aws"
    fake.write_text(FAKE)
    fake.chmod(0o755)

    def run(*arguments, service="checkout-api", names=None, answers=None, environment=None):
        file, calls = tmp_path / "rollback.sh", tmp_path / "calls"
        file.write_text(
            rollback_script(service, **({"cluster": "prod"} if names is None else names))
        )
        calls.write_text("")
        given = {f"ANSWER_{key}": value for key, value in (answers or {}).items()}
        own = {"PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(calls), "LC_ALL": "C"}
        done = subprocess.run(
            [bash, str(file), *arguments],
            env=own | given | (environment or {}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        blocks = calls.read_text().split("--end--\n")[:-1]
        assert not (tmp_path / "pwned").exists()
        return done.returncode, done.stdout, done.stderr, [b.splitlines() for b in blocks]

    return run


def changing(calls):
    """Return the calls that change or wait for something, not those that ask."""
    return [call for call in calls if "--query" not in call]


@pytest.mark.parametrize("status", ["Created", "Queued", "InProgress", "Baking", "Ready"])
def test_a_running_deployment_is_stopped_with_rollback(script, status):
    """A deployment id stops that deployment, and asks for its rollback."""
    code, _, _, calls = script("d-ABCDEFGHI", answers={"status": status})
    assert code == 0
    assert changing(calls) == [
        ["deploy", "stop-deployment", "--deployment-id", "d-ABCDEFGHI", "--auto-rollback-enabled"]
    ]


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_a_deployment_that_has_ended_is_not_stopped(script, status):
    """After the end there is nothing to stop: the script says what to give instead."""
    code, _, errors, calls = script("d-ABCDEFGHI", answers={"status": status})
    assert (code, changing(calls)) == (1, [])
    assert f"d-ABCDEFGHI is {status}" in errors
    assert "task definition" in errors


@pytest.mark.parametrize("controller", ["ECS", "None"])
def test_ecs_is_updated_to_the_task_definition(script, controller):
    """A service of ECS's own controller, named or by default, is updated and waited for."""
    answers = {"type": controller, "status": "ACTIVE"}
    code, _, _, calls = script(ARN, answers=answers)
    assert code == 0
    update, wait = changing(calls)
    assert update == [
        "ecs", "update-service", "--cluster", "prod", "--service", "checkout-api",
        "--task-definition", ARN, "--force-new-deployment",
    ]  # fmt: skip
    assert wait == [
        "ecs",
        "wait",
        "services-stable",
        "--cluster",
        "prod",
        "--services",
        "checkout-api",
    ]


def test_code_deploy_gets_a_deployment_of_the_task_definition(script):
    """With CodeDeploy the AppSpec names the old revision and the container behind the balancer."""
    names = {"cluster": "prod", "application": "app", "group": "group"}
    answers = {"type": "CODE_DEPLOY", "containerName": "web", "containerPort": "8080"}
    code, _, _, calls = script(ARN, names=names, answers=answers)
    assert code == 0
    [call] = changing(calls)
    assert call[:-1] == [
        "deploy", "create-deployment", "--application-name", "app",
        "--deployment-group-name", "group", "--revision",
    ]  # fmt: skip
    revision = json.loads(call[-1])
    assert revision["revisionType"] == "AppSpecContent"
    [resource] = json.loads(revision["appSpecContent"]["content"])["Resources"]
    assert resource["TargetService"] == {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "TaskDefinition": ARN,
            "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8080},
        },
    }


@pytest.mark.parametrize(
    ("target", "answers"),
    [
        ("d-ABCDEFGHI", {"status": "InProgress"}),
        (ARN, {"type": "ECS"}),
        (ARN, {"type": "CODE_DEPLOY", "containerName": "web", "containerPort": "8080"}),
    ],
)
def test_a_dry_run_changes_nothing(script, target, answers):
    """The commands are printed, as they would be typed, and not carried out."""
    names = {"cluster": "prod", "application": "app", "group": "group"}
    code, output, _, calls = script("--dry-run", target, names=names, answers=answers)
    assert (code, changing(calls)) == (0, [])
    assert output.startswith("aws ")
    shell = subprocess.run(["bash", "-nc", output], capture_output=True, check=False)
    assert shell.returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["checkout-api:42"],
        ["checkout-api"],
        ["d-abc"],
        ["d-ABCDEFGHI; rm -rf /"],
        ["d-ABCDEFGHI\nd-ABCDEFGHJ"],
        [ARN.removesuffix(":42")],
        [f"{ARN}:0"],
        [ARN.replace("task-definition", "service")],
        [f"x{ARN}"],
        [ARN, "d-ABCDEFGHI"],
        ["--force", ARN],
        [ARN, "--cluster"],
    ],
)
def test_nonsense_is_refused_before_anything_is_called(script, arguments):
    """Anything but a deployment id or the ARN of a revision is refused with 2, in a line."""
    code, output, errors, calls = script(*arguments)
    assert (code, output, calls) == (2, "", [])
    assert errors.startswith("rollback.sh: ")


def test_missing_names_are_asked_for(script):
    """Without a cluster, and with CodeDeploy without an application, nothing is ordered."""
    code, _, errors, calls = script(ARN, names={})
    assert (code, calls) == (2, [])
    assert "--cluster" in errors
    code, _, errors, calls = script(ARN, answers={"type": "CODE_DEPLOY"})
    assert (code, changing(calls)) == (2, [])
    assert "--application" in errors


def test_a_service_that_is_not_there_is_named(script):
    """A wrong name is told, and nothing is updated."""
    code, _, errors, calls = script(ARN, answers={})
    assert (code, changing(calls)) == (1, [])
    assert "no service checkout-api in cluster prod" in errors


def test_another_controller_is_left_to_its_pipeline(script):
    """A service of an external controller is not touched."""
    code, _, errors, calls = script(ARN, answers={"type": "EXTERNAL"})
    assert (code, changing(calls)) == (1, [])
    assert "EXTERNAL" in errors


def test_hostile_names_stay_names(script):
    """Names of service and cluster reach ``aws`` as they are, and nothing in them is executed."""
    code, _, _, calls = script(
        ARN, service=HOSTILE, names={"cluster": HOSTILE}, answers={"type": "ECS"}
    )
    assert code == 0
    assert all(call.count(HOSTILE) == 2 for call in calls)


def test_options_and_environment_win_over_the_written_names(script):
    """An option wins over the environment, and that over the name in the script."""
    options = ["--service", "other", ARN]
    code, _, _, calls = script(
        *options,
        answers={"type": "ECS"},
        environment={"ROLLBACK_SERVICE": "third", "ROLLBACK_CLUSTER": "stage"},
    )
    assert code == 0
    assert all({"other", "stage"} <= set(call) for call in calls)


def test_help_says_how_to_use_it(script):
    """The help names both kinds of targets and every option."""
    code, output, _, calls = script("--help")
    assert (code, calls) == (0, [])
    assert all(f"--{name}" in output for name in (*NAMES, "dry-run"))


@pytest.mark.parametrize("service", ["checkout-api", HOSTILE])
def test_shellcheck_has_nothing_to_say(tmp_path, service):
    """The script is clean, whatever the names in it."""
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed (extra test)")
    file = tmp_path / "rollback.sh"
    file.write_text(rollback_script(service, cluster=service))
    done = subprocess.run([shellcheck, str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_command_and_option_exists():
    """Each AWS command of the script is an operation, and each option one of its parameters."""
    text = Path(__file__).parents[2].joinpath("simdeploy/advice/rollback.sh").read_text("utf-8")
    commands = re.findall(r"\baws (deploy|ecs) (wait )?([a-z-]+)((?:[^\n]*\\\n)*[^\n]*)", text)
    assert len(commands) == 6
    session = botocore.session.get_session()
    for service, wait, command, rest in commands:
        model = session.get_service_model({"deploy": "codedeploy"}.get(service, service))
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(
            "DescribeServices" if wait else operations[command]
        ).input_shape
        known = {f"--{xform_name(name, '-')}" for name in shape.members} | {"--query", "--output"}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, command
