"""CloudFormation's functions, by examples whose values the user guide gives or arithmetic shows."""

import json
import time

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Open
from simdeploy.importers.reading import Document
from simdeploy.importers.templates.intrinsics import ABSENT
from simdeploy.importers.templates.nodes import tree
from simdeploy.importers.templates.resolver import Template

TEMPLATE = {
    "Parameters": {
        "Env": {"Type": "String", "Default": "test", "AllowedValues": ["test", "prod"]},
        "Count": {"Type": "Number", "Default": 4, "MinValue": 1, "MaxValue": 9},
        "Names": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/prod/count"},
        "Bare": {"Type": "String"},
    },
    "Mappings": {"Sizes": {"test": {"Cpu": "256"}, "prod": {"Cpu": "1024"}}},
    "Conditions": {
        "Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
        "Unknown": {"Fn::Equals": [{"Ref": "Bare"}, "x"]},
        "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "Unknown"}]},
        "Either": {"Fn::Or": [{"Condition": "NotProd"}, {"Condition": "Unknown"}]},
        "NeitherKnown": {"Fn::Or": [{"Condition": "Prod"}, {"Condition": "Unknown"}]},
        "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
        "Four": {"Fn::Equals": [{"Ref": "Count"}, 4]},
    },
    "Resources": {
        "Blue": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {"Name": "shop-blue"},
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"AlarmName": {"Fn::Sub": "${Bare}-errors"}},
        },
        "Web": {"Type": "AWS::ECS::Service"},
        "Check": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "check"}},
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Fn::GetAtt": ["Check", "Arn"]}},
        },
        "Counter": {"Type": "Custom::Count"},
        "Stack": {"Type": "AWS::CloudFormation::Stack"},
    },
}
LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function:check"
BLUE = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/shop-blue/0"
SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/cluster/Web"


def made(value, given=(), **sections):
    """Return a template with a value as its metadata, and the value's node."""
    data = {**TEMPLATE, **sections, "Metadata": value}
    root = tree(Document("api.json", json.dumps(data, indent=1), data))
    return Template("api.json", root, dict(given)), root.child("Metadata")


def resolved(value, given=(), key="", **sections):
    """Resolve a value within the template."""
    template, node = made(value, given, **sections)
    return template.resolve(node, key)


def why(value, given=(), **sections):
    """Resolve a value that must be open, and return why it is."""
    found = resolved(value, given, **sections)
    assert isinstance(found, Open)
    assert found.place.startswith("api.json:")
    return found.why


def refused(value, given=(), **sections):
    """Resolve a value that must be refused, and return the message."""
    with pytest.raises(ImportShapeError) as caught:
        resolved(value, given, **sections)
    return str(caught.value)


def sub(text, **own):
    """Write a call of Fn::Sub."""
    return {"Fn::Sub": [text, own] if own else text}


def if_(condition, yes, no):
    """Write a call of Fn::If."""
    return {"Fn::If": [condition, yes, no]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Env"}, "test"),
        ({"Ref": "Count"}, "4"),
        ({"Ref": "Names"}, ["a", "b", "c"]),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::NoValue"}, ABSENT),
        ({"Ref": "Blue"}, BLUE),
        ({"Ref": "Check"}, "check"),
        ({"Ref": "Web"}, SERVICE),
        ({"Ref": "Alarm"}, "Alarm"),
        ({"Ref": "Live"}, LAMBDA),
        ({"Fn::GetAtt": ["Blue", "TargetGroupName"]}, "shop-blue"),
        ({"Fn::GetAtt": "Check.Arn"}, LAMBDA),
        ({"Fn::GetAtt": ["Web", "Name"]}, "Web"),
        ({"Fn::Join": [":", ["a", "b", "c"]]}, "a:b:c"),
        ({"Fn::Join": ["", [1, True, {"Ref": "Env"}]]}, "1truetest"),
        ({"Fn::Join": ["-", {"Ref": "Names"}]}, "a-b-c"),
        ({"Fn::Split": ["|", "a|b|c"]}, ["a", "b", "c"]),
        ({"Fn::Split": ["|", "a||c|"]}, ["a", "", "c", ""]),
        ({"Fn::Select": ["1", ["apples", "grapes", "oranges"]]}, "grapes"),
        ({"Fn::Select": [0, {"Ref": "Names"}]}, "a"),
        ({"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "Web"}]}]}, "Web"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Cpu"]}, "256"),
        ({"Fn::FindInMap": ["Sizes", "dev", "Cpu", {"DefaultValue": "512"}]}, "512"),
        ({"Fn::Length": {"Ref": "Names"}}, 3),
        (sub("${Env}-${Count}"), "test-4"),
        (sub("${!Env} $Env ${ Env }"), "${Env} $Env test"),
        (sub("${Blue.TargetGroupName}/${Word}", Word={"Ref": "Env"}), "shop-blue/test"),
        (sub("nothing"), "nothing"),
        (if_("Prod", 1, 2), 2),
        (if_("NotProd", {"Ref": "Count"}, 2), "4"),
        (if_("Either", 1, 2), 1),
        (if_("Both", 1, 2), 2),
        (if_("Here", 1, 2), 1),
        (if_("Four", 1, 2), 1),
        (if_("Unknown", 3, 3), 3),
        (if_("Prod", 1, {"Ref": "AWS::NoValue"}), ABSENT),
        ({"a": if_("Prod", 1, {"Ref": "AWS::NoValue"}), "b": 1}, {"b": 1}),
        ([if_("Prod", 1, {"Ref": "AWS::NoValue"}), 2], [2]),
    ],
)
def test_values(value, expected):
    """Functions of known values give what CloudFormation's do."""
    assert resolved(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Bare"}, "parameter Bare has no default; give --parameter Bare=VALUE"),
        ({"Ref": "Stored"}, "parameter Stored is read from the parameter store at deployment"),
        ({"Ref": "AWS::StackName"}, "depends on AWS::StackName"),
        ({"Ref": "AWS::Region"}, "give --parameter AWS::Region=VALUE"),
        ({"Ref": "Nobody"}, "Nobody is no parameter or resource of this template"),
        ({"Ref": "Web.Name"}, "Web.Name is no parameter or resource of this template"),
        ({"Fn::GetAtt": ["Counter", "Value"]}, "Counter.Value is made by a custom resource"),
        ({"Fn::GetAtt": ["Stack", "Outputs.Arn"]}, "comes from a nested stack"),
        ({"Fn::GetAtt": ["Blue", "Other"]}, "Blue.Other is made by AWS at deployment"),
        ({"Fn::ImportValue": "api-task"}, "it comes from another stack (export api-task)"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "made by a macro"),
        ({"Fn::GetAZs": ""}, "Fn::GetAZs gives it at deployment"),
        ("{{resolve:ssm:/prod/count:1}}", "comes from a parameter store or a secret"),
        (sub("x-${Bare}"), "parameter Bare has no default"),
        (sub("x-${Counter.Value}"), "made by a custom resource"),
        ({"Fn::Join": ["", ["a", {"Ref": "Bare"}]]}, "parameter Bare"),
        ({"Fn::Split": [",", {"Ref": "Bare"}]}, "parameter Bare"),
        ({"Fn::Select": [{"Ref": "Bare"}, ["a"]]}, "parameter Bare"),
        ({"Fn::Select": [0, [{"Ref": "Bare"}, "b"]]}, "parameter Bare"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Bare"}, "Cpu"]}, "parameter Bare"),
        (if_("Unknown", 1, 2), "condition Unknown is open: parameter Bare has no default"),
        (if_("NeitherKnown", 1, 2), "condition NeitherKnown is open: parameter Bare"),
    ],
)
def test_open_values(value, expected):
    """A value that the template leaves open says why, and what would settle it."""
    assert expected in why(value)


@pytest.mark.parametrize(
    ("value", "given", "expected"),
    [
        ({"Ref": "Bare"}, {"Bare": "x"}, "x"),
        ({"Ref": "Stored"}, {"Stored": "7"}, "7"),
        ({"Ref": "Env"}, {"Env": "prod"}, "prod"),
        (sub("${AWS::StackName}-web"), {"AWS::StackName": "shop"}, "shop-web"),
        (if_("Here", 1, 2), {"AWS::Region": "eu-west-1"}, 2),
        (if_("Both", 1, 2), {"Env": "prod", "Bare": "x"}, 1),
        ({"Ref": "Names"}, {"Names": "z"}, ["z"]),
    ],
)
def test_given_parameters(value, given, expected):
    """What the user gives wins over defaults and closes what is open."""
    assert resolved(value, given) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::FindInMap": ["Sizes", "dev", "Cpu"]}, 'Mappings.Sizes has no "dev"; it has test, p'),
        ({"Fn::FindInMap": ["Size", "dev", "Cpu"]}, 'Mappings has no "Size"; it has Sizes'),
        ({"Fn::FindInMap": ["Sizes", "dev"]}, "must have a mapping and two keys"),
        ({"Fn::Select": [3, ["a", "b", "c"]]}, "must be from 0 to 2; got 3"),
        ({"Fn::Select": ["-1", ["a"]]}, "must be from 0 to 0; got -1"),
        ({"Fn::Select": ["²", ["a"]]}, "must be from 0 to 0"),
        ({"Fn::Select": [0, "a"]}, "must have a list"),
        ({"Fn::Select": 0}, "must have a position and a list"),
        ({"Fn::Join": ["", "ab"]}, "must have a list"),
        ({"Fn::Join": ["", [{"a": 1}]]}, "a list of texts"),
        ({"Fn::Join": "x"}, "a delimiter and a list"),
        ({"Fn::Split": ["", "ab"]}, "a delimiter that is not empty"),
        ({"Fn::Split": "ab"}, "a delimiter and a text"),
        ({"Fn::Sub": 3}, "must have a text"),
        ({"Fn::Sub": ["a", "b"]}, "an object of variables"),
        (sub("${Names}"), "must be a text"),
        ({"Fn::GetAtt": "Blue"}, "a resource and its attribute"),
        ({"Ref": ["Env"]}, "Ref must have a name"),
        ({"Ref": "AWS::Nothing"}, "no such pseudo parameter: AWS::Nothing"),
        ({"Fn::Iff": []}, "Fn::Iff is no function of CloudFormation"),
        ({"Fn::If": ["Prod", 1]}, "a condition and two values"),
        (if_("Nowhere", 1, 2), "no such condition: Nowhere; there are: Prod"),
        (if_({"Ref": "Env"}, 1, 2), "no such condition"),
    ],
)
def test_refused_calls(value, expected):
    """What CloudFormation refuses is an error at its line."""
    message = refused(value)
    assert expected in message
    assert message.startswith("api.json:")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Env": "dev"}, '--parameter Env must be one of test, prod; got "dev"'),
        ({"Count": "many"}, "must be a number"),
        ({"Count": "0"}, "must be at least 1"),
        ({"Count": "10"}, "must be at most 9"),
    ],
)
def test_refused_parameters(given, expected):
    """A parameter must be what the template allows."""
    assert expected in refused([{"Ref": "Env"}, {"Ref": "Count"}], given)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"A": {"Condition": "A"}}, "refers to itself: A → A"),
        ({"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Condition": "A"}}, "itself: A → B → A"),
        ({"A": {"Fn::Equals": ["x"]}}, "must have two values"),
        ({"A": {"Fn::Not": {"Condition": "A"}}}, "must have one condition, in a list"),
        ({"A": {"Fn::And": [{"Condition": "A"}]}}, "must have two to ten conditions"),
        ({"A": "true"}, "a condition must be one of"),
        ({"A": {"Fn::Contains": []}}, "a condition must be one of"),
        (
            {"A": {"Fn::Equals": [{"Fn::If": ["A", 1, 2]}, 1]}},
            "refers to itself",
        ),
    ],
)
def test_refused_conditions(conditions, expected):
    """A condition that is none, or goes in a circle, is an error at its line."""
    assert expected in refused(if_("A", 1, 2), Conditions=conditions)


def test_long_chain_of_conditions():
    """A thousand conditions in a row are refused, not a traceback."""
    chain = {f"C{i}": {"Condition": f"C{i + 1}"} for i in range(1000)}
    assert "nested too deeply" in refused(if_("C0", 1, 2), Conditions=chain)


def test_conditions_one_by_one():
    """A thousand conditions in a row are fine where each is asked for after the next."""
    chain = {f"C{i}": {"Condition": f"C{i + 1}"} for i in range(1000)}
    chain["C1000"] = {"Fn::Equals": [{"Ref": "Env"}, "test"]}
    value = {"Count": [if_(f"C{i}", 1, 2) for i in range(1000, -1, -1)], "Cpu": if_("C0", 1, 2)}
    template, node = made(value, Conditions=chain)
    assert template.resolve(node)["Cpu"] == 1
    assert template.defaults == {"Env": "test"}


def test_defaults_that_decide():
    """Parameters whose defaults decide a value of a scenario are kept, others are not."""
    value = {"DesiredCount": if_("NotProd", {"Ref": "Count"}, 9), "Tags": {"Ref": "Names"}}
    template, node = made(value)
    template.resolve(node)
    assert template.defaults == {"Env": "test", "Count": "4"}
    template, node = made(value, {"Env": "prod"})
    template.resolve(node)
    assert template.defaults == {}


def test_kept_branch():
    """A block that an open condition may leave out is kept, and the choice is noted."""
    value = if_("Unknown", [{"a": 1}], {"Ref": "AWS::NoValue"})
    template, node = made(value)
    assert template.resolve(node, "LoadBalancers") == [{"a": 1}]
    assert [(note.key, note.words[:46]) for note in template.notes] == [
        ("LoadBalancers", "kept, although condition Unknown is open: para")
    ]


def test_open_branches():
    """Of two blocks that an open condition decides between, neither is taken."""
    assert "condition Unknown" in why(if_("Unknown", [{"a": 1}], [{"a": 2}]))


def test_names_by_the_same_expression():
    """A resource that is called by the open expression of its name is found by its logical id."""
    assert resolved(sub("${Bare}-errors"), key="AlarmNames") == "Alarm"
    assert isinstance(resolved(sub("${Bare}-errors"), key="ServiceName"), Open)


def test_names_in_a_circle():
    """Names that refer to each other end at a logical id."""
    blue = {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup"}
    resources = {
        "A": {**blue, "Properties": {"Name": {"Fn::GetAtt": ["B", "TargetGroupName"]}}},
        "B": {**blue, "Properties": {"Name": {"Fn::GetAtt": ["A", "TargetGroupName"]}}},
    }
    assert resolved({"Fn::GetAtt": ["A", "TargetGroupName"]}, Resources=resources) == "A"


def test_long_texts():
    """Texts that grow by functions are open at 20,000 signs, and refused at 20 million."""
    assert "longer than 20000" in why(sub("${A}" * 300, A="x" * 100))
    many = [sub("${A}" * 100, A="x" * 1000)] * 300
    assert "too long" in refused(many)


def test_many_values():
    """A list that is looked at again and again is refused before that takes long."""
    mappings = {"Sizes": {"test": {"Cpu": ["x"] * 10_000}}}
    value = [{"Fn::FindInMap": ["Sizes", "test", "Cpu"]}] * 30
    assert "repeats too many values" in refused(value, Mappings=mappings)


def test_unclosed_variables():
    """A text of nothing but beginnings of variables is read in a single pass."""
    begin = time.process_time()
    assert resolved(sub("${" * 9_000)) == "${" * 9_000
    assert time.process_time() - begin < 1


def test_deep_nesting():
    """Sixty conditions within each other are resolved or refused, within the recursion limit."""
    value = 1
    for _ in range(55):
        value = if_("NotProd", value, 2)
    assert resolved(value) == 1
    for _ in range(60):
        value = if_("NotProd", value, 2)
    assert "nested too deeply" in refused(value)


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"Resources": {"A": {"Properties": {}}}}, "Resources.A: has no Type"),
        ({"Resources": {"A": "x"}}, "Resources.A: has no Type"),
        ({"Resources": {"A": {"Type": ["x"]}}}, "Resources.A: has no Type"),
        ({"Resources": []}, "Resources: must be an object"),
        ({"Mappings": 3}, "Mappings: must be an object"),
        ({"Conditions": "x"}, "Conditions: must be an object"),
        ({"Parameters": [1]}, "Parameters: must be an object"),
    ],
)
def test_refused_sections(sections, expected):
    """A section of another shape is an error at its line."""
    assert expected in refused(1, **sections)
