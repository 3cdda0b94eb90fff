"""A running service, asked of AWS through botocore's stubs, which know what each call takes."""

import json
import re
import sys
from collections import defaultdict
from datetime import datetime

import botocore.session
import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from simdeploy.cli.app import main
from simdeploy.errors import ImportShapeError
from simdeploy.importers import live
from simdeploy.importers.aws import import_documents, import_files
from simdeploy.scenario import load_scenario, load_scenario_text
from tests.calibrating.simulated import BEGIN, HOUR, Writer

from .shapes import GREEN, ROOT, config, group

FOLDER = ROOT / "scenarios" / "aws-files"
FILES = (
    "service.json", "task-definition.json", "target-groups.json", "target-group-attributes.json",
    "load-balancer-attributes.json", "alarms.json",
)  # fmt: skip
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/prod"
COUNT = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
SESSION = botocore.session.get_session()


def shipped(name):
    """Return the content of a shipped file."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


class Account:
    """Clients whose answers are set in advance; every call that is made is kept."""

    def __init__(self):
        self.stubs = {}
        self.calls = []

    def __call__(self, name):
        """Return the client of a service of AWS."""
        return self.stub(name).client

    def stub(self, name):
        """Return the stub of a service's client."""
        if name not in self.stubs:
            client = SESSION.create_client(
                name, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
            )
            client.meta.events.register(
                "before-parameter-build.*.*",
                lambda model, **_: self.calls.append((name, model.name)),
            )
            self.stubs[name] = Stubber(client)
            self.stubs[name].activate()
        return self.stubs[name]

    def answers(self, name, call, answer, **asked):
        """Set the next answer of a call, and what it must be asked."""
        self.stub(name).add_response(call, answer, asked)


def described(**changes):
    """Return what describe-services prints of the shipped service."""
    own = {key: value for key, value in shipped("service.json").items() if key != "cluster"}
    return {**own, "clusterArn": CLUSTER, "status": "ACTIVE", **changes}


def account(service, *, scaled=(), green=False):
    """Return an account with the shipped service and all that it names; perhaps a green group."""
    made = Account()
    asked = {"cluster": "prod", "services": ["checkout-api"]}
    made.answers("ecs", "describe_services", {"services": [service], "failures": []}, **asked)
    task = {"taskDefinition": shipped("task-definition.json")}
    made.answers("ecs", "describe_task_definition", task, taskDefinition="checkout-api:1")
    (target,) = shipped("target-groups.json")["TargetGroups"]
    arn = target["TargetGroupArn"]
    (balancer,) = target["LoadBalancerArns"]
    others = [{**target, "TargetGroupName": "green", "TargetGroupArn": GREEN}] if green else []
    made.answers(
        "elbv2", "describe_target_groups", {"TargetGroups": [target]}, TargetGroupArns=[arn]
    )
    if green:
        made.answers("elbv2", "describe_target_groups", {"TargetGroups": others}, Names=["green"])
    attributes = shipped("target-group-attributes.json")
    for each in (arn, GREEN) if green else (arn,):
        made.answers("elbv2", "describe_target_group_attributes", attributes, TargetGroupArn=each)
    idle = shipped("load-balancer-attributes.json")
    made.answers("elbv2", "describe_load_balancer_attributes", idle, LoadBalancerArn=balancer)
    made.answers(
        "cloudwatch", "describe_alarms", shipped("alarms.json"), AlarmNames=["checkout-5xx"]
    )
    made.answers(
        "application-autoscaling",
        "describe_scalable_targets",
        {"ScalableTargets": list(scaled)},
        ResourceIds=["service/prod/checkout-api"],
        **COUNT,
    )
    return made


def asked(made):
    """Import what an account answers and return the scenario."""
    found = import_documents(live.documents(made, "prod", "checkout-api"))
    return load_scenario_text(found.text)


def test_the_same_as_the_files():
    """A running service makes the scenario that the AWS CLI's files of it make."""
    made = account(described())
    files = import_files([FOLDER / name for name in FILES])
    assert asked(made) == load_scenario_text(files.text)
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


def test_the_command(monkeypatch, tmp_path, capsys):
    """The command writes the scenario, with files beside it for what AWS does not keep."""
    sessions = []

    def session(*asked):
        sessions.append(asked)
        return account(described())

    monkeypatch.setattr(live, "session", session)
    target = tmp_path / "my.yaml"
    words = ["import", "live", "--cluster", "prod", "--service", "checkout-api"]
    words += ["--region", "eu-west-1", "--profile", "work", "-o", str(target)]
    assert main([*words, str(FOLDER.parent / "checkout-api" / "appspec.yaml")]) == 0
    assert sessions == [("eu-west-1", "work")]
    assert "aws ecs describe-services" in target.read_text(encoding="utf-8")
    assert load_scenario(target).resolved_strategies["canary"].hooks
    assert "wrote" in capsys.readouterr().out


def past():
    """Return the events of nine deployments of the service, with times as boto3 has them."""
    writer = Writer(name="checkout-api")
    for k in range(9):
        writer.deploy(BEGIN + k * HOUR, 21.0, number=k + 2, tasks=6, start=40.8 + 10.2 * (k % 3))
    return [
        {**event, "createdAt": datetime.fromisoformat(event["createdAt"])}
        for event in writer.events
    ]


def lived(monkeypatch, capsys, target, *options, **changes):
    """Return exit code and outputs of an import of the shipped service with changes."""
    monkeypatch.setattr(live, "session", lambda *_: account(described(**changes)))
    words = ["import", "live", "--cluster", "prod", "--service", "checkout-api", "-o", str(target)]
    code = main([*words, *options])
    return code, *(" ".join(text.split()) for text in capsys.readouterr())


def test_a_calibration_is_offered(monkeypatch, tmp_path, capsys):
    """The events that describe-services brings are offered, and used with the option."""
    plain, fitted = tmp_path / "plain.yaml", tmp_path / "fitted.yaml"
    code, out, _ = lived(monkeypatch, capsys, plain, events=past())
    assert code == 0
    assert "AWS keeps events of 9 deployments; --calibrate fits" in out
    assert "calibrated" not in plain.read_text(encoding="utf-8")
    code, out, _ = lived(monkeypatch, capsys, fitted, "--calibrate", events=past())
    assert code == 0
    assert "fitted to the events:" in out
    assert "# calibrated: started → registered, n = 54" in fitted.read_text(encoding="utf-8")
    assert load_scenario(fitted)


def test_no_calibration_without_events(monkeypatch, tmp_path, capsys):
    """A service that was not deployed lately has no offer; who asks for it is told why."""
    target = tmp_path / "my.yaml"
    code, out, _ = lived(monkeypatch, capsys, target, events=[])
    assert (code, "--calibrate" in out) == (0, False)
    code, _, err = lived(monkeypatch, capsys, target, "--calibrate", events=[])
    assert code == 2
    assert "--calibrate: no events of a deployment" in err


def test_the_command_without_the_extra(monkeypatch, capsys):
    """Without boto3 the command ends as bad input, with the line that installs it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert main(["import", "live", "--cluster", "a", "--service", "b", "-o", "x.yaml"]) == 2
    assert "pip install 'simdeploy[aws]'" in capsys.readouterr().err


def test_only_reading_calls():
    """Nothing but Describe, List, Get and BatchGet is ever called."""
    made = under_code_deploy()
    asked(made)
    assert all(re.match("Describe|List|Get|BatchGet", call) for _, call in made.calls)


def test_the_count_comes_with_its_autoscaling():
    """What scales a service is asked for, too."""
    scaled = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/prod/checkout-api",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 4,
        "MaxCapacity": 20,
        "RoleARN": "arn:aws:iam::123456789012:role/x",
        "CreationTime": "2026-11-01T00:00:00Z",
    }
    made = account(described(), scaled=[scaled])
    found = import_documents(live.documents(made, "prod", "checkout-api"))
    assert "4 to 20" in found.summary()


def under_code_deploy():
    """Return an account whose service is deployed by CodeDeploy, by a configuration of its own."""
    (target,) = shipped("target-groups.json")["TargetGroups"]
    blue = target["TargetGroupArn"]
    service = described(
        deploymentController={"type": "CODE_DEPLOY"},
        taskSets=[
            {
                "status": "PRIMARY",
                "taskDefinition": "checkout-api:1",
                "loadBalancers": [{"targetGroupArn": blue, "containerName": "checkout"}],
            }
        ],
    )
    del service["loadBalancers"], service["taskDefinition"], service["deploymentConfiguration"]
    made = account(service, green=True)
    made.answers("codedeploy", "list_applications", {"applications": ["a"], "nextToken": "2"})
    made.answers("codedeploy", "list_applications", {"applications": ["b"]}, nextToken="2")
    applications = [
        {"applicationName": "a", "computePlatform": "Lambda"},
        {"applicationName": "b", "computePlatform": "ECS"},
    ]
    made.answers(
        "codedeploy",
        "batch_get_applications",
        {"applicationsInfo": applications},
        applicationNames=["a", "b"],
    )
    made.answers(
        "codedeploy",
        "list_deployment_groups",
        {"applicationName": "b", "deploymentGroups": ["other", "shop-prod"]},
        applicationName="b",
    )
    pair = {"targetGroups": [{"name": "checkout-api"}, {"name": "green"}]}
    ours = group(
        deploymentConfigName="mine",
        ecsServices=[{"serviceName": "checkout-api", "clusterName": "prod"}],
        alarmConfiguration={"enabled": True, "alarms": [{"name": "checkout-5xx"}]},
        loadBalancerInfo={"targetGroupPairInfoList": [pair]},
    )
    made.answers(
        "codedeploy",
        "batch_get_deployment_groups",
        {"deploymentGroupsInfo": [group(), ours]},
        applicationName="b",
        deploymentGroupNames=["other", "shop-prod"],
    )
    made.answers(
        "codedeploy",
        "get_deployment_config",
        {"deploymentConfigInfo": config("TimeBasedLinear", linearPercentage=25, linearInterval=4)},
        deploymentConfigName="mine",
    )
    return made


def test_a_service_under_code_deploy():
    """CodeDeploy's group is found by the service it deploys, through pages and applications."""
    scenario = asked(under_code_deploy())
    linear = scenario.resolved_strategies["linear"]
    assert (linear.controller, linear.percent, linear.every) == ("code_deploy", 25, 240)
    assert scenario.resolved_strategies["linear"].alarms == ("checkout-5xx",)
    assert scenario.target_group.deregistration_delay == 30


def test_the_policy_allows_what_is_called():
    """The policy of the page names the calls, one by one, and no others."""
    made = under_code_deploy()
    asked(made)
    text = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
    policy = json.loads(text.partition("```json\n")[2].partition("```")[0])
    (statement,) = policy["Statement"]
    prefixes = {"elbv2": "elasticloadbalancing"}
    called = {f"{prefixes.get(service, service)}:{call}" for service, call in made.calls}
    assert (statement["Effect"], sorted(statement["Action"])) == ("Allow", sorted(called))


def test_a_service_that_is_not_there():
    """A name that AWS does not know is reported with AWS's reason."""
    made = Account()
    answer = {"services": [], "failures": [{"arn": "x", "reason": "MISSING"}]}
    made.answers("ecs", "describe_services", answer, cluster="prod", services=["shop"])
    with pytest.raises(ImportShapeError, match=r'no service "shop" in cluster "prod" \(MISSING\)'):
        live.documents(made, "prod", "shop")


def test_a_call_that_is_denied():
    """What AWS refuses names the call, in one line."""
    made = Account()
    made.stub("ecs").add_client_error(
        "describe_services", "AccessDeniedException", "User x is not\nauthorized"
    )
    with pytest.raises(ImportShapeError, match=r"aws ecs describe-services: .*not authorized"):
        live.documents(made, "prod", "shop")


def test_without_credentials():
    """What botocore itself cannot do is one line, too."""

    class Client:
        def describe_services(self, **_):
            raise NoCredentialsError

    with pytest.raises(ImportShapeError, match="Unable to locate credentials"):
        live.documents(lambda _: Client(), "prod", "shop")


def test_without_the_extra(monkeypatch):
    """Without boto3 the error is the line that installs it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ImportShapeError, match=r"pip install 'simdeploy\[aws\]'"):
        live.session()


def test_region_and_profile_are_boto3s(monkeypatch):
    """The session is made as the AWS CLI makes it, and a profile that is missing is said."""
    made = defaultdict(list)

    class Boto3:
        class Session:
            def __init__(self, **asked):
                made["session"].append(asked)

            def client(self, name):
                made["client"].append(name)
                return name

    monkeypatch.setitem(sys.modules, "boto3", Boto3)
    assert live.session("eu-west-1", "work")("ecs") == "ecs"
    assert made == {
        "session": [{"region_name": "eu-west-1", "profile_name": "work"}],
        "client": ["ecs"],
    }


def test_errors_of_aws_are_errors_of_input():
    """A client error of any service ends as bad input, not as a traceback."""
    made = account(described())
    made.stubs["cloudwatch"]._queue.clear()
    made.stubs["cloudwatch"].add_client_error("describe_alarms", "Throttling", "slow down")
    with pytest.raises(ImportShapeError, match=r"aws cloudwatch describe-alarms: .*slow down"):
        live.documents(made, "prod", "checkout-api")
