"""Nested stacks: their templates among the files, what is passed to them, and what they put out."""

import json

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import import_files
from simdeploy.importers.options import Options
from simdeploy.scenario import load_scenario_text

NETWORK = {
    "Resources": {
        "Group": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {
                "Protocol": "HTTP", "HealthCheckIntervalSeconds": 7, "HealthCheckTimeoutSeconds": 3,
                "TargetGroupAttributes": [
                    {"Key": "deregistration_delay.timeout_seconds", "Value": "45"}
                ],
            },
        }
    },
    "Outputs": {"GroupArn": {"Value": {"Ref": "Group"}}},
}  # fmt: skip
SERVICE = {
    "Parameters": {"Count": {"Type": "Number", "Default": 1}, "Group": {"Type": "String"}},
    "Resources": {
        "Web": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "DesiredCount": {"Ref": "Count"}, "LaunchType": "FARGATE",
                "LoadBalancers": [{"TargetGroupArn": {"Ref": "Group"}, "ContainerPort": 80}],
            },
        }
    },
}  # fmt: skip


def stack(location, **parameters):
    """Return a nested stack as a resource."""
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": location, "Parameters": parameters},
    }


def root(**changes):
    """Return a template that nests the other two."""
    group = {"Fn::GetAtt": ["Network", "Outputs.GroupArn"]}
    return {
        "Parameters": {"Size": {"Type": "Number", "Default": 5}},
        "Resources": {
            "Network": stack("./network.json"),
            "App": stack("https://s3.amazonaws.com/b/service.json", Count={"Ref": "Size"},
                         Group=group),
            **changes,
        },
    }  # fmt: skip


@pytest.fixture
def made(tmp_path):
    """Return a function that imports templates by the names of their files."""

    def make(files, **options):
        paths = []
        for name, template in files.items():
            paths.append(tmp_path / name)
            paths[-1].write_text(json.dumps(template), encoding="utf-8")
        return import_files(paths, Options(**options))

    return make


def all_files(**changes):
    """Return the root and the templates that it nests."""
    return {"root.json": root(**changes), "network.json": NETWORK, "service.json": SERVICE}


def test_parameters_and_outputs(made):
    """A service takes what its parent passes, of which one is another nested stack's output."""
    scenario = load_scenario_text(made(all_files()).text)
    assert scenario.service.desired_count == 5
    assert scenario.target_group.health_check.interval == 7
    assert scenario.target_group.deregistration_delay == 45


def test_a_parameter_of_the_root(made):
    """A value given for the root's parameter reaches the nested stack."""
    found = made(all_files(), parameters={"Size": "9"})
    assert load_scenario_text(found.text).service.desired_count == 9


def test_a_template_that_is_not_there(made):
    """What an absent template would say is open, and the stack is named as left out."""
    files = all_files()
    del files["network.json"]
    found = made(files)
    scenario = load_scenario_text(found.text)
    assert (scenario.service.desired_count, scenario.target_group.health_check.interval) == (5, 30)
    said = found.summary()
    assert "nested stack Network is left out: network.json is not among the files" in said
    assert "comes from a nested stack, whose template is not among the files" in said


def test_the_address_is_made_at_deployment(made):
    """Of an address whose bucket is open, the end names the file."""
    files = all_files()
    for url in (
        {"Fn::Sub": "https://${Bucket}.s3.amazonaws.com/network.json"},
        {"Fn::Join": ["/", [{"Ref": "Bucket"}, "network.json"]]},
    ):
        files["root.json"] = root(Network=stack(url))
        files["root.json"]["Parameters"]["Bucket"] = {"Type": "String"}
        assert load_scenario_text(made(files).text).target_group.health_check.interval == 7


def test_one_template_twice(made):
    """Two stacks of one template are two services, each with what it is passed."""
    files = all_files(Other=stack("service.json", Count="3", Group="g"))
    with pytest.raises(ImportShapeError, match=r"Web-App, Web-Other.*--service"):
        made(files)
    found = made(files, service="Web-Other")
    assert load_scenario_text(found.text).service.desired_count == 3
    assert load_scenario_text(made(files, service="Web-App").text).service.desired_count == 5


def test_a_stack_that_is_not_made(made):
    """What is nested in a stack whose condition does not hold is not there."""
    files = all_files()
    files["root.json"]["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    files["root.json"]["Resources"]["App"]["Condition"] = "Never"
    with pytest.raises(ImportShapeError, match=r"no service|no AWS::ECS::Service|service"):
        made({**files, "other.json": {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}})


def test_what_depends_on_itself(made):
    """Outputs and parameters that go in a circle, and a template in itself, end in open values."""
    loop = {"Fn::GetAtt": ["App", "Outputs.Count"]}
    files = all_files(App=stack("service.json", Count=loop, Group="g"))
    files["service.json"] = SERVICE | {"Outputs": {"Count": {"Value": {"Ref": "Count"}}}}
    assert "depends on itself" in made(files).summary()
    files = all_files(Me=stack("root.json"))
    assert "nested stack Me is left out: root.json is nested in itself" in made(files).summary()


def test_what_cdk_nests(made, tmp_path):
    """CDK keeps the file's name in the metadata, and import of cdk.out reads the file, too."""
    hashed = {"Fn::Sub": "https://s3/${AWS::AccountId}/0a1b2c.json"}
    app = stack(hashed, Count="4", Group="g")
    app["Metadata"] = {"aws:asset:path": "AppStack.nested.template.json"}
    out = tmp_path / "cdk.out"
    out.mkdir()
    for name, content in {
        "manifest.json": {
            "version": "40",
            "artifacts": {
                "App": {"type": "aws:cloudformation:stack",
                        "properties": {"templateFile": "App.template.json"}},
            },
        },
        "App.template.json": {"Resources": {"App": app}},
        "AppStack.nested.template.json": SERVICE,
    }.items():  # fmt: skip
        (out / name).write_text(json.dumps(content), encoding="utf-8")
    assert load_scenario_text(import_files([out]).text).service.desired_count == 4
