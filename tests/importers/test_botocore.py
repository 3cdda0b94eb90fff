"""The shipped files and the importer's field names, held against AWS's own service models."""

import json

import botocore.session
import pytest
from botocore.validate import ParamValidator

from simdeploy.importers import hints
from simdeploy.importers import shapes as kinds
from simdeploy.importers.aws import import_files
from simdeploy.importers.fields import Fields

from .shapes import (
    CHECKOUT,
    FILES,
    FULL_GROUP,
    FULL_SERVICE,
    FULL_TARGET,
    FULL_TASK,
    alarm,
    attributes,
    config,
    shipped,
)

SESSION = botocore.session.get_session()
INPUTS = [
    ("ecs", "CreateServiceRequest", shipped("service.json")),
    ("ecs", "RegisterTaskDefinitionRequest", shipped("task-definition.json")),
    ("ecs", "CreateServiceRequest", FULL_SERVICE),
    ("ecs", "RegisterTaskDefinitionRequest", FULL_TASK),
    ("elbv2", "CreateTargetGroupInput", FULL_TARGET),
    ("codedeploy", "CreateDeploymentGroupInput", FULL_GROUP),
    (
        "codedeploy",
        "CreateDeploymentConfigInput",
        config("TimeBasedCanary", canaryPercentage=20, canaryInterval=7),
    ),
    ("cloudwatch", "PutMetricAlarmInput", alarm()),
    ("cloudwatch", "PutMetricAlarmInput", alarm(EvaluationWindow={"WallClockWindow": {}})),
]
OUTPUTS = [
    ("elbv2", "DescribeTargetGroupsOutput", shipped("target-groups.json")),
    ("elbv2", "DescribeTargetGroupAttributesOutput", shipped("target-group-attributes.json")),
    ("codedeploy", "GetDeploymentGroupOutput", shipped("deployment-group.json")),
    ("codedeploy", "GetDeploymentConfigOutput", shipped("deployment-config.json")),
    ("cloudwatch", "DescribeAlarmsOutput", shipped("alarms.json")),
]
#: What the importer may read of an object: the fields of AWS's input, or of its output.
READ_OF = {
    kinds.SERVICE: [("ecs", "CreateServiceRequest"), ("ecs", "Service")],
    kinds.TASK_DEFINITION: [("ecs", "RegisterTaskDefinitionRequest"), ("ecs", "TaskDefinition")],
    kinds.TARGET_GROUP: [("elbv2", "CreateTargetGroupInput"), ("elbv2", "TargetGroup")],
    kinds.TARGET_ATTRIBUTES: [("elbv2", "ModifyTargetGroupAttributesInput")],
    kinds.GROUP: [
        ("codedeploy", "CreateDeploymentGroupInput"),
        ("codedeploy", "DeploymentGroupInfo"),
    ],
    kinds.CONFIG: [
        ("codedeploy", "CreateDeploymentConfigInput"),
        ("codedeploy", "DeploymentConfigInfo"),
    ],
    kinds.ALARM: [("cloudwatch", "PutMetricAlarmInput"), ("cloudwatch", "MetricAlarm")],
}


def shape(service, name):
    """Return a shape of AWS's own description of a service."""
    return SESSION.get_service_model(service).shape_for(name)


def unknown(value, model, path=""):
    """List the fields of a value that a shape does not have; AWS's validator forgives them."""
    if model.type_name == "structure":
        for key, inner in value.items():
            if key not in model.members:
                yield f"{path}.{key}"
            else:
                yield from unknown(inner, model.members[key], f"{path}.{key}")
    elif model.type_name == "list":
        for inner in value:
            yield from unknown(inner, model.member, f"{path}[]")


@pytest.mark.parametrize(("service", "name", "value"), INPUTS + OUTPUTS)
def test_examples_are_valid(service, name, value):
    """Every shipped file, and every object of the tests, is what AWS takes or prints."""
    model = shape(service, name)
    report = ParamValidator().validate(timestamps_gone(value), model)
    assert report.generate_report() == ""
    assert list(unknown(value, model)) == []


def timestamps_gone(value):
    """Drop times, which the CLI prints as texts and botocore wants as dates."""
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if not key.endswith(("Timestamp", "Time"))}
        return {key: timestamps_gone(one) for key, one in kept.items()}
    return [timestamps_gone(one) for one in value] if isinstance(value, list) else value


def test_everything_shipped_is_validated():
    """No shipped JSON file is left out above."""
    seen = [value for _, _, value in INPUTS + OUTPUTS]
    assert all(json.loads(path.read_text()) in seen for path in CHECKOUT.glob("*.json"))


def test_shipped_references_are_whole():
    """ARNs are real-looking, of one account, and no value is cut short."""
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "..." not in text
        accounts = {part.split(":")[4] for part in text.split("arn:")[1:] for part in ["x:" + part]}
        assert accounts <= {"123456789012"}


def field_reads(monkeypatch, save):
    """Import every example and return (kind, path, key) of each field that was looked at."""
    reads, roots = set(), {}
    read = Fields.get

    def noting(self, key):
        reads.add((str(self.document.file), self.path, key))
        return read(self, key)

    monkeypatch.setattr(Fields, "get", noting)
    linear = {**FULL_SERVICE["deploymentConfiguration"], "strategy": "LINEAR"}
    sets = [
        [FULL_SERVICE, FULL_TASK, FULL_TARGET, FULL_GROUP, alarm(),
         config("TimeBasedCanary", canaryPercentage=20, canaryInterval=7),
         attributes(deregistration_delay__timeout_seconds="30")],
        [{**FULL_SERVICE, "deploymentConfiguration": linear}, FULL_GROUP, *shipped_alarms(),
         config("TimeBasedLinear", linearPercentage=20, linearInterval=7)],
    ]  # fmt: skip
    for contents in sets:
        paths = save(*contents)
        roots |= dict(zip(map(str, paths), contents, strict=True))
        import_files(paths)
    return {(kind_of(roots[file]), path, key) for file, path, key in reads}


def shipped_alarms():
    """Return an alarm on metric math under the name that the examples use."""
    return [{**shipped("alarms.json")["MetricAlarms"][0], "AlarmName": "too-many-5xx"}]


def kind_of(value):
    """Return the kind of an input, by the importer's own table."""
    if "Attributes" in value:
        return kinds.TARGET_ATTRIBUTES
    return next(
        k for k, all_of, one_of in kinds.INPUTS if all_of <= set(value) and one_of & set(value)
    )


def has_field(model, path, key):
    """Tell whether a shape has a field at a path."""
    for step in path:
        if isinstance(step, int):
            model = model.member
        elif model.type_name == "structure" and step in model.members:
            model = model.members[step]
        else:
            return False
    return model.type_name == "structure" and key in model.members


def test_every_field_that_is_read_exists(monkeypatch, save):
    """The importer looks for no field that AWS does not have."""
    recognizing = {*kinds.LISTS, *kinds.SINGLES, *hints.KEYS, "Attributes", "Resources"}
    missing = [
        (kind, path, key)
        for kind, path, key in field_reads(monkeypatch, save)
        if not (path == () and key in recognizing)
        and not (kind == kinds.TARGET_ATTRIBUTES and path == ("Attributes",))
        and not any(has_field(shape(*one), path, key) for one in READ_OF[kind])
    ]
    assert missing == []
