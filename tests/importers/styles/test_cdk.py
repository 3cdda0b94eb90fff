"""What CDK synthesizes: a folder with a manifest, stacks that import from each other, stages."""

import json

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import import_files
from simdeploy.importers.options import Options
from simdeploy.scenario import load_scenario_text

GROUP = {
    "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "Properties": {"HealthCheckIntervalSeconds": 17},
}
NETWORK = {
    "Resources": {"Group": GROUP},
    "Outputs": {
        "Ref": {"Value": {"Ref": "Group"}, "Export": {"Name": "Network:ExportsOutputRefGroup"}}
    },
}


def web(count=3, target=None):
    """Return a stack with a service behind a target group of another stack."""
    imported = {"Fn::ImportValue": "Network:ExportsOutputRefGroup"}
    balancer = {"ContainerName": "web", "TargetGroupArn": target or imported}
    properties = {"DesiredCount": count, "LoadBalancers": [balancer]}
    return {
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            }
        },
        "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": []}}]}},
        "Resources": {"Web": {"Type": "AWS::ECS::Service", "Properties": properties}},
    }


@pytest.fixture
def synthesized(tmp_path):
    """Write a folder as CDK does: stacks by name, folders of stages by name."""

    def write(stacks, stages=None, folder=tmp_path / "cdk.out"):
        folder.mkdir()
        artifacts = {}
        for name, template in stacks.items():
            file = f"{name}.template.json"
            (folder / file).write_text(json.dumps(template), encoding="utf-8")
            properties = {"templateFile": file}
            artifacts[name] = {"type": "aws:cloudformation:stack", "properties": properties}
        for name, inner in (stages or {}).items():
            write(inner, folder=folder / name)
            properties = {"directoryName": name}
            artifacts[name] = {"type": "cdk:cloud-assembly", "properties": properties}
        manifest = {"version": "36.0.0", "artifacts": {"Tree": {"type": "cdk:tree"}, **artifacts}}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return folder

    return write


def test_folder(synthesized):
    """A service finds its target group in another stack by the export."""
    folder = synthesized({"Network": NETWORK, "Web": web()})
    for path in (folder, folder / "manifest.json"):
        scenario = load_scenario_text(import_files([path]).text)
        assert scenario.service.desired_count == 3
        assert scenario.target_group.health_check.interval == 17


def test_stages(synthesized):
    """Stages hold the same stacks; the services are called after their stacks' files."""
    stage = {"Network": NETWORK, "Web": web()}
    other = {"WebProd": web(9, {"Ref": "Group"})}
    other["WebProd"]["Resources"]["Group"] = GROUP
    folder = synthesized({}, {"assembly-Dev": stage, "assembly-Prod": other})
    with pytest.raises(ImportShapeError, match="2 of kind service: Web-Web, Web-WebProd"):
        import_files([folder])
    imported = import_files([folder], Options(service="Web-WebProd"))
    assert load_scenario_text(imported.text).service.desired_count == 9


def test_values_that_import_each_other(synthesized):
    """Exports that lead back to themselves are open."""
    loop = {"Fn::ImportValue": "b"}
    back = {"Value": {"Fn::ImportValue": "a"}, "Export": {"Name": "b"}}
    first = {**web(), "Outputs": {"A": {"Value": loop, "Export": {"Name": "a"}}}}
    first["Resources"]["Web"]["Properties"]["DesiredCount"] = loop
    folder = synthesized({"A": first, "B": {"Resources": {}, "Outputs": {"B": back}}})
    words = {each.path: each.source_words for each in import_files([folder]).assumptions}
    assert "it comes from another stack (export b)" in words["service.desired_count"]


@pytest.mark.parametrize(
    ("artifacts", "expected"),
    [
        ({}, "lists no stack; run cdk synth"),
        ({"A": 3}, "lists no stack"),
        ({"A": {"type": "aws:cloudformation:stack"}}, "artifacts.A.templateFile: must be a name"),
        (
            {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../x"}}},
            'must be a name beside the manifest; got "../x"',
        ),
        (
            {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "gone"}}},
            "gone: cannot be read",
        ),
        (
            {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": ".."}}},
            "artifacts.A.directoryName: must be a name beside the manifest",
        ),
    ],
)
def test_refused_manifests(save, artifacts, expected):
    """A manifest without stacks, or with one elsewhere, is refused."""
    (path,) = save({"version": "36.0.0", "artifacts": artifacts})
    with pytest.raises(ImportShapeError) as caught:
        import_files([path])
    assert expected in str(caught.value)


def test_folder_of_something_else(tmp_path):
    """A folder without a manifest is refused by name."""
    with pytest.raises(ImportShapeError, match="cannot be read"):
        import_files([tmp_path])
