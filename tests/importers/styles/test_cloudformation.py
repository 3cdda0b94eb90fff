"""CloudFormation's templates become scenarios: right values of whole files, and what is refused."""

import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import Imported, import_files
from simdeploy.importers.options import Options
from simdeploy.importers.reading import documents
from simdeploy.importers.templates.intrinsics import FUNCTIONS
from simdeploy.scenario import load_scenario_text

INPUTS = Path(__file__).parents[1] / "inputs"
NAMES = ("short-tags.yaml", "open-values.yaml", "native-canary.json", "code-deploy-hook.json")
BALANCING = "AWS::ElasticLoadBalancingV2"
#: Longest time that a template of a few kB may take, s.
LONGEST = 2.0


def made(path, **parameters):
    """Import a template with parameters."""
    return import_files([path], Options(parameters=parameters))


def scenario_of(path, **parameters):
    """Import a template with parameters and load the scenario."""
    return load_scenario_text(made(path, **parameters).text)


def said(imported):
    """Return all that is said about a path, by path."""
    found = {}
    for each in imported.assumptions:
        found.setdefault(each.path, []).append(f"{each.value} {each.source_words}".strip())
    return {path: "; ".join(words) for path, words in found.items()}


def service(**changes):
    """Return a service as a resource."""
    return {"Type": "AWS::ECS::Service", "Properties": {"DesiredCount": 2, **changes}}


def template(resources, **sections):
    """Return a template as JSON."""
    return json.dumps({"Resources": resources, **sections}, indent=1)


def checks(scenario):
    """Return a health check's interval, timeout and thresholds."""
    check = scenario.target_group.health_check
    return [check.interval, check.timeout, check.healthy_threshold, check.unhealthy_threshold]


def test_short_tags():
    """Short tags, mappings, conditions and parameters give the values that they stand for."""
    scenario = scenario_of(INPUTS / "short-tags.yaml")
    assert scenario.service.name == "Web"
    assert scenario.service.desired_count == 4
    assert (scenario.service.task.vcpu, scenario.service.task.memory_gb) == (0.5, 1)
    rolling = scenario.strategies["rolling"]
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (50, 150)
    breaker = scenario.defaults.circuit_breaker
    assert (breaker.enable, breaker.rollback, breaker.reset_on_healthy) == (True, True, False)
    assert (breaker.threshold_type, breaker.threshold) == ("COUNT", 4)
    assert scenario.service.health_check_grace_period == 75
    assert scenario.service.stop_timeout == 90
    assert checks(scenario) == [12, 4, 3, 2]
    assert scenario.target_group.deregistration_delay == 45
    assert scenario.target_group.slow_start == 60
    assert scenario.target_group.idle_timeout == 120


def test_given_parameter():
    """A parameter that is given goes through conditions and mappings."""
    scenario = scenario_of(INPUTS / "short-tags.yaml", Size="large")
    assert scenario.service.desired_count == 12
    assert (scenario.service.task.vcpu, scenario.service.task.memory_gb) == (2, 4)
    assert scenario.strategies["rolling"].minimum_healthy_percent == 100


def test_defaults_of_parameters():
    """Where defaults decide, the parameters are listed in one line, with how to set others."""
    words = said(made(INPUTS / "short-tags.yaml", Delay="45"))["parameters"]
    assert words == "at their defaults: Size=small, Tasks=4; --parameter NAME=VALUE sets others"
    words = said(made(INPUTS / "short-tags.yaml", Size="small", Tasks="4", Delay="45"))
    assert "parameters" not in words


def test_only_open_values_that_are_read_are_said():
    """A network and a cluster that nobody knows are of no interest."""
    text = json.dumps(said(made(INPUTS / "short-tags.yaml")))
    assert "Vpc" not in text
    assert "prod-cluster" not in text


def test_open_values():
    """What a template leaves open is assumed, with the line and the reason."""
    imported = made(INPUTS / "open-values.yaml")
    words = said(imported)
    assert words["service.desired_count"].startswith(
        "3 the autoscaling minimum; line 5: Counter.Value is made by a custom resource at dep"
    )
    assert words["service.health_check_grace_period"] == (
        "0s line 7: parameter Grace has no default; give --parameter Grace=VALUE"
    )
    assert words["service.task.vcpu"] == "1 line 6: it comes from another stack (export api-task)"
    assert words["target_group.health_check.interval"] == (
        "30s line 9: parameter TargetGroupArn has no default; give --parameter TargetGroupArn=VALUE"
    )
    scenario = load_scenario_text(imported.text)
    rolling = scenario.strategies["rolling"]
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (100, 200)


def test_native_canary():
    """A canary of ECS itself, its hook and its alarms by reference."""
    scenario = scenario_of(INPUTS / "native-canary.json")
    canary = scenario.strategies["canary"]
    assert (canary.percent, canary.wait, canary.controller) == (12.5, 420, "ecs")
    assert scenario.service.name == "orders"
    assert scenario.service.desired_count == 6
    assert scenario.defaults.bake_time == 480
    assert checks(scenario) == [10, 5, 2, 2]
    assert [hook.stage for hook in scenario.defaults.hooks] == ["POST_TEST_TRAFFIC_SHIFT"]
    errors, slow = scenario.alarms
    assert (errors.name, errors.metric, errors.threshold) == ("Errors", "target_5xx_rate", 0.02)
    assert (errors.period, errors.datapoints, errors.of) == (60, 2, 3)
    assert (errors.missing, slow.name, slow.metric) == (
        "not_breaching",
        "orders-slow",
        "p99_latency",
    )
    assert (slow.threshold, slow.datapoints, slow.of) == (1.2, 2, 2)
    assert "# smoke-tests" in made(INPUTS / "native-canary.json").text
    approval = scenario.strategies["canary"].approval
    assert (approval.stage, approval.timeout) == ("PRE_PRODUCTION_TRAFFIC_SHIFT", 1200)


def test_code_deploy_hook():
    """CloudFormation's own hook is a deployment group, a configuration and an AppSpec."""
    imported = made(INPUTS / "code-deploy-hook.json")
    scenario = load_scenario_text(imported.text)
    linear = scenario.strategies["linear"]
    assert (linear.percent, linear.every, linear.controller) == (20, 180, "code_deploy")
    assert not linear.test_listener
    assert scenario.service.desired_count == 3
    assert (scenario.service.task.vcpu, scenario.service.task.memory_gb) == (1, 2)
    assert scenario.service.stop_timeout == 20
    assert [hook.stage for hook in scenario.defaults.hooks] == ["BeforeAllowTraffic"]
    assert checks(scenario) == [5, 2, 5, 2]
    assert "# check-green" in imported.text
    words = said(imported)
    assert words["defaults.termination_wait"] == "5m the default of CloudFormation's hook"
    assert "CloudFormation's hook watches no alarms" in words["alarms"]


def hook_with(**changes):
    """Return the hook's template with other properties; None leaves a property out."""
    data = json.loads((INPUTS / "code-deploy-hook.json").read_text(encoding="utf-8"))
    properties = data["Hooks"]["H"]["Properties"]
    properties.update(changes)
    data["Hooks"]["H"]["Properties"] = {k: v for k, v in properties.items() if v is not None}
    return data


def test_hook_without_routing(save):
    """Without a configuration, the hook shifts 15 % and waits five minutes, as AWS documents."""
    (path,) = save(hook_with(TrafficRoutingConfig=None))
    canary = scenario_of(path).strategies["canary"]
    assert (canary.percent, canary.wait) == (15, 300)
    words = said(made(path))
    assert words["strategies.canary.percent"] == "15 the default of CloudFormation's hook"


def test_hook_with_everything(save):
    """All at once, a longer wait and a test route are taken over."""
    data = hook_with(
        TrafficRoutingConfig={"Type": "AllAtOnce"},
        AdditionalOptions={"TerminationWaitTimeInMinutes": 12},
    )
    application = data["Hooks"]["H"]["Properties"]["Applications"][0]
    route = {"Type": f"{BALANCING}::Listener", "LogicalID": "T"}
    application["ECSAttributes"]["TrafficRouting"]["TestTrafficRoute"] = route
    (path,) = save(data)
    scenario = scenario_of(path)
    assert scenario.strategies["blue-green"].test_listener
    assert scenario.defaults.termination_wait == 720


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"TrafficRoutingConfig": {"Type": "Sometimes"}}, "must be one of TimeBasedCanary"),
        ({"TrafficRoutingConfig": "x"}, "TrafficRoutingConfig must be an object"),
        ({"Applications": []}, "Hooks.H: has no Applications"),
    ],
)
def test_refused_hooks(save, changes, expected):
    """A hook of another shape is an error at its line."""
    (path,) = save(hook_with(**changes))
    with pytest.raises(ImportShapeError, match=expected):
        made(path)


def test_no_tasks(save):
    """A service without tasks names the parameter that would give it some."""
    parameters = {"Count": {"Type": "Number", "Default": 0}}
    resources = {"Web": service(DesiredCount={"Ref": "Count"})}
    (path,) = save(template(resources, Parameters=parameters))
    with pytest.raises(ImportShapeError) as caught:
        made(path)
    assert "desiredCount: is 0 (parameter Count, its default; give --parameter Count=N)" in str(
        caught.value
    )
    assert ":6: Web.desiredCount" in str(caught.value)
    assert scenario_of(path, Count="3").service.desired_count == 3


def test_unknown_parameter(save):
    """A parameter that no template has is refused with those that there are."""
    (path,) = save(template({"Web": service()}, Parameters={"Size": {"Type": "String"}}))
    with pytest.raises(ImportShapeError, match="--parameter Siez: no such parameter; there are: S"):
        made(path, Siez="large")


def test_several_services(save):
    """Of several services one is chosen by logical id, with its own target group and tasks."""
    resources = {}
    for name, interval in (("A", 10), ("B", 20)):
        balancer = {"ContainerName": "c", "TargetGroupArn": {"Ref": f"Group{name}"}}
        resources[name] = service(
            LoadBalancers=[balancer], TaskDefinition={"Ref": f"Task{name}"}, DesiredCount=interval
        )
        resources[f"Group{name}"] = {
            "Type": f"{BALANCING}::TargetGroup",
            "Properties": {"HealthCheckIntervalSeconds": interval},
        }
        resources[f"Task{name}"] = {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"Cpu": 256 * interval, "ContainerDefinitions": [{"Name": "c"}]},
        }
    (path,) = save(template(resources))
    with pytest.raises(ImportShapeError, match="2 of kind service: A, B; choose one with --serv"):
        made(path)
    scenario = load_scenario_text(import_files([path], Options(service="B")).text)
    assert scenario.service.desired_count == 20
    assert scenario.service.task.vcpu == 5
    assert scenario.target_group.health_check.interval == 20


def test_conditions_of_resources(save):
    """A resource whose condition fails is not there; an open condition is said."""
    resources = {
        "Web": {**service(), "Condition": "Maybe"},
        "Other": {**service(), "Condition": "Never"},
    }
    conditions = {
        "Never": {"Fn::Equals": ["a", "b"]},
        "Maybe": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
    }
    sections = {"Conditions": conditions, "Parameters": {"Env": {"Type": "String"}}}
    (path,) = save(template(resources, **sections))
    words = said(made(path))
    assert "Web is taken for there, although its condition is open: line" in words["service"]
    assert "give --parameter Env=VALUE" in words["service"]


def test_balancer_by_listener(save):
    """Of two balancers, the idle timeout is that of the listener that forwards to the group."""
    idle = "idle_timeout.timeout_seconds"
    resources = {
        "Web": service(LoadBalancers=[{"TargetGroupArn": {"Ref": "Group"}}]),
        "Group": {"Type": f"{BALANCING}::TargetGroup"},
    }
    for name, seconds in (("Public", 40), ("Inner", 90)):
        resources[name] = {
            "Type": f"{BALANCING}::LoadBalancer",
            "Properties": {"LoadBalancerAttributes": [{"Key": idle, "Value": seconds}]},
        }
    resources["Listener"] = {
        "Type": f"{BALANCING}::Listener",
        "Properties": {"LoadBalancerArn": {"Ref": "Inner"}, "DefaultActions": []},
    }
    resources["Rule"] = {
        "Type": f"{BALANCING}::ListenerRule",
        "Properties": {
            "ListenerArn": {"Ref": "Listener"},
            "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
        },
    }
    (path,) = save(template(resources))
    assert scenario_of(path).target_group.idle_timeout == 90


def test_split_for_good(save):
    """Two groups that share requests for good are said, since a scenario shares during a shift."""
    groups = [
        {"TargetGroupArn": {"Ref": name}, "Weight": weight} for name, weight in (("A", 4), ("B", 1))
    ]
    resources = {
        "Web": service(LoadBalancers=[{"TargetGroupArn": {"Ref": "A"}}]),
        "A": {"Type": f"{BALANCING}::TargetGroup"},
        "B": {"Type": f"{BALANCING}::TargetGroup"},
        "Listener": {
            "Type": f"{BALANCING}::Listener",
            "Properties": {
                "LoadBalancerArn": "arn",
                "DefaultActions": [{"ForwardConfig": {"TargetGroups": groups}}],
            },
        },
    }
    (path,) = save(template(resources))
    assert "traffic is split 80/20 for good" in said(made(path))["target_group"]


def test_deployment_group_by_reference(save):
    """A deployment group, its configuration and its alarm belong together by reference."""
    resources = {
        "Web": service(DeploymentController={"Type": "CODE_DEPLOY"}),
        "Steps": {
            "Type": "AWS::CodeDeploy::DeploymentConfig",
            "Properties": {
                "ComputePlatform": "ECS",
                "TrafficRoutingConfig": {
                    "Type": "TimeBasedCanary",
                    "TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 7},
                },
            },
        },
        "Slow": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "MetricName": "CPUUtilization",
                "Threshold": 80,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold",
            },
        },
        "Deploys": {
            "Type": "AWS::CodeDeploy::DeploymentGroup",
            "Properties": {
                "ApplicationName": "shop",
                "DeploymentConfigName": {"Ref": "Steps"},
                "ECSServices": [{"ServiceName": {"Fn::GetAtt": "Web.Name"}, "ClusterName": "c"}],
                "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": {"Ref": "Slow"}}]},
                "BlueGreenDeploymentConfiguration": {
                    "TerminateBlueInstancesOnDeploymentSuccess": {
                        "Action": "TERMINATE",
                        "TerminationWaitTimeInMinutes": 9,
                    }
                },
            },
        },
    }
    (path,) = save(template(resources))
    scenario = scenario_of(path)
    canary = scenario.strategies["canary"]
    assert (canary.percent, canary.wait) == (20, 420)
    assert scenario.defaults.termination_wait == 540
    assert [alarm.name for alarm in scenario.alarms] == ["Slow"]


def test_sam_and_macros(save):
    """What a macro or SAM makes stands beside a service without harm."""
    resources = {
        "Web": service(),
        "Check": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a"}},
        "Fn::ForEach::Topics": ["Name", ["a"], {"T${Name}": {"Type": "AWS::SNS::Topic"}}],
    }
    sections = {"Transform": "AWS::Serverless-2016-10-31", "Globals": {"Function": {}}}
    (path,) = save(template(resources, **sections))
    assert scenario_of(path).service.desired_count == 2


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, "no AWS::ECS::Service in it; it has no resources"),
        ({"Q": {"Type": "AWS::SQS::Queue"}}, "no AWS::ECS::Service in it; it has AWS::SQS::Queue"),
        (
            {"Svc": {"Type": "AWS::CloudFormation::Stack"}},
            "name the templates of its nested stacks: Svc",
        ),
        ({"Web": {"Properties": {}}}, "Resources.Web: has no Type"),
        ({"Web": service(DesiredCount="many")}, "Web.desiredCount: must be a number"),
        ({"Web": service(LoadBalancers={"a": 1})}, "Web.loadBalancers: must be a list"),
        ({"Web": service(DeploymentConfiguration=[])}, "must be an object"),
        ({"Web": {"Type": "AWS::ECS::Service", "Properties": "x"}}, "Properties: must be an obj"),
        ({"Web": service(SchedulingStrategy="DAEMON")}, "DAEMON, one task per instance"),
    ],
)
def test_refused_templates(save, resources, expected):
    """A template without a service, or with one that AWS would refuse, is an error."""
    (path,) = save(template(resources))
    with pytest.raises(ImportShapeError) as caught:
        made(path)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AWSTemplateFormatVersion: x\nResources: [a]\n", ":2: Resources: must be an object"),
        ("AWSTemplateFormatVersion: x\nResources:\n  A: !!python/name:os.system\n", ":3: has the"),
        ("Resources:\n  A: &a {Type: x}\n  B: *a\n", "alias or anchor"),
        ("Resources:\n  A: {Type: x, Properties: !Sub }\n", "no AWS::ECS::Service"),
        ("AWSTemplateFormatVersion: x\n", "it has no resources"),
        ("Resources: {A: {Type: &l1 [a], B: [*l1, *l1]}}\n", "alias or anchor"),
        ("Resources:\n  W: {Type: AWS::ECS::Service, Properties: {DesiredCount: !Ref}}", ":2: "),
    ],
)
def test_refused_yaml(save, text, expected):
    """Hostile YAML is refused with its line."""
    (path,) = save(text, suffix=".yaml")
    with pytest.raises(ImportShapeError) as caught:
        made(path)
    assert expected in str(caught.value)


def test_deep_conditions(save):
    """Conditions within conditions are resolved as deep as a file may be nested."""
    value = "2"
    for _ in range(50):
        value = f"!If [Never, 3, {value}]"
    text = (
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  Web: {Type: AWS::ECS::Service, "
        f"Properties: {{DesiredCount: {value}}}}}\n"
    )
    (path,) = save(text, suffix=".yaml")
    assert scenario_of(path).service.desired_count == 2
    deeper = text.replace("!If [Never, 3, 2]", "!If [Never, 3, " + "[" * 9 + "]" * 10)
    (path,) = save(deeper, suffix=".yaml")
    with pytest.raises(ImportShapeError, match="nested too deeply"):
        made(path)


def values():
    """Return values that do not belong where they are put."""
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=3), st.just("9" * 400)
    )
    calls = st.sampled_from([*FUNCTIONS, "Condition", "Fn::Nothing"])
    return st.one_of(
        scalars,
        st.lists(scalars, max_size=3),
        st.dictionaries(st.text(max_size=3), scalars, max_size=2),
        st.builds(lambda name, value: {name: value}, calls, st.lists(scalars, max_size=4)),
        st.builds(lambda name, value: {name: value}, calls, scalars),
    )


def places(value, path=()):
    """Yield the path of everything below a value."""
    children = enumerate(value) if isinstance(value, list) else ()
    for key, child in value.items() if isinstance(value, dict) else children:
        yield (*path, key)
        yield from places(child, (*path, key))


def plain(name):
    """Return one of the inputs as JSON, functions under their long names."""
    return json.dumps(documents(INPUTS / name)[0].data)


PLAIN = {name: plain(name) for name in NAMES}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_changed_templates(tmp_path, data):
    """A template with a value replaced or removed is refused or imported, within two seconds."""
    content = json.loads(PLAIN[data.draw(st.sampled_from(NAMES))])
    *above, last = data.draw(st.sampled_from(list(places(content))))
    parent = content
    for step in above:
        parent = parent[step]
    if data.draw(st.booleans()):
        parent[last] = data.draw(values())
    else:
        del parent[last]
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    begin = time.process_time()
    with contextlib.suppress(ImportShapeError):
        assert isinstance(made(path), Imported)
    assert time.process_time() - begin < LONGEST
