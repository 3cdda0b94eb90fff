"""Which objects belong to the service, where files hold several."""

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers import arns, shapes
from simdeploy.importers.adapted import Adapted
from simdeploy.importers.aws import import_files
from simdeploy.importers.choosing import choose
from simdeploy.importers.fields import Fields
from simdeploy.importers.inventory import gather
from simdeploy.importers.options import Options, parameters
from simdeploy.importers.page import Assumption
from simdeploy.importers.reading import Document
from simdeploy.importers.shapes import Part

from .shapes import attributes, group, service, target, task

DOCUMENT = Document("all.yaml", "", {})


def made(kind, name, **content):
    """Return an object as an adapter makes it of the resource of a name."""
    return Part(kind, Fields(DOCUMENT, ("Resources", name), Adapted(content, "all.yaml:1")))


def template():
    """Return two services with all that they refer to, under made-up ARNs."""
    return [
        part
        for name, seconds in (("Web", 11), ("Admin", 22))
        for part in (
            made(
                shapes.SERVICE, f"{name}Service", desiredCount=seconds,
                taskDefinition=arns.task_definition(name),
                loadBalancers=[Adapted({"targetGroupArn": arns.target_group(name)}, "all.yaml:2")],
            ),
            made(shapes.TASK_DEFINITION, name, taskDefinitionArn=arns.task_definition(name)),
            made(
                shapes.TARGET_GROUP, name, TargetGroupName=name, LoadBalancerArns=[f"lb-{name}"],
                TargetGroupArn=arns.target_group(name), HealthCheckIntervalSeconds=seconds,
            ),
            made(shapes.TARGET_ATTRIBUTES, name, TargetGroupArn=arns.target_group(name)),
            made(shapes.BALANCER_ATTRIBUTES, name, LoadBalancerArn=f"lb-{name}"),
            made(
                shapes.SCALING, name, ResourceId=f"service/prod/{name}Service", MinCapacity=seconds
            ),
            made(
                shapes.GROUP, name, deploymentConfigName=f"{name}Config",
                ecsServices=[Adapted({"serviceName": f"{name}Service"}, "all.yaml:3")],
            ),
            made(shapes.CONFIG, name, deploymentConfigName=f"{name}Config"),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Web", "Admin"])
def test_everything_follows_the_service(name):
    """Task definition, target group, balancer, autoscaling and deployment group are its own."""
    chosen = choose(template(), Options(service=f"{name}Service"))
    assert [part.fields.path[-1] for part in chosen] == [f"{name}Service", *[name] * 7]


def test_several_services_are_listed():
    """Without a choice the error names all services by their logical ids."""
    with pytest.raises(ImportShapeError, match="WebService, AdminService; choose one with --serv"):
        gather(choose(template(), Options()), ("all.yaml",))


def test_a_service_that_is_not_there():
    """A choice that fits no service names those that there are."""
    with pytest.raises(ImportShapeError, match=r'"Wbe" is none .*: WebService, AdminService'):
        choose(template(), Options(service="Wbe"))
    with pytest.raises(ImportShapeError, match="there are none"):
        choose([made(shapes.ALARM, "A")], Options(service="Web"))


def test_what_the_service_does_not_refer_to_is_left_out():
    """The only target group of a template is no guess for a service that does not name it."""
    parts = [
        made(shapes.SERVICE, "Web", desiredCount=1),
        made(shapes.TARGET_GROUP, "Other", TargetGroupName="Other"),
        made(shapes.TASK_DEFINITION, "Other", family="other"),
    ]
    assert [part.kind for part in choose(parts, Options())] == [shapes.SERVICE]


def test_a_service_of_several_that_the_cli_printed(save):
    """A list of services is chosen from by name, and task definitions by their family."""
    listed = {"services": [service(), service(serviceName="b", taskDefinition="b:3")]}
    files = save(listed, task(), task(family="b", cpu="2048"))
    assert "vcpu: 2" in import_files(files, Options(service="b")).text
    assert "vcpu: 1" in import_files(files, Options(service="shop")).text


def test_groups_of_other_services_are_left_out(save):
    """Of several deployment groups, the one that deploys the service counts."""
    other = group(deploymentGroupName="x", ecsServices=[{"serviceName": "x", "clusterName": "c"}])
    found = import_files(save(service(), group(), other))
    assert found.inventory.group.text("deploymentGroupName") == "shop-prod"


def test_files_of_the_user_are_not_dropped_in_silence(save):
    """A single target group that the service does not use is refused, not left out."""
    files = save(service(loadBalancers=[{"targetGroupArn": arns.target_group("a")}]), target())
    with pytest.raises(ImportShapeError, match="has blue; the service uses a"):
        import_files(files)


def test_autoscaling_gives_the_number_of_tasks(save):
    """Without a number of its own a service has autoscaling's minimum, and the caveat says so."""
    scaling = {
        "ScalableTargets": [
            {"ResourceId": "service/prod/shop", "MinCapacity": 3, "MaxCapacity": 12,
             "ScalableDimension": "ecs:service:DesiredCount"},
            {"ResourceId": "service/prod/b", "MinCapacity": 5, "MaxCapacity": 9},
        ]
    }  # fmt: skip
    without = {"serviceName": "shop", "launchType": "FARGATE", "taskDefinition": "shop"}
    caveat = "autoscaling of 3 to 12 tasks is not modeled; the count stays"
    found = import_files(save(without, scaling)).assumptions
    assert Assumption("service.desired_count", "3", "the autoscaling minimum") in found
    assert Assumption("service.desired_count", "", f"{caveat} 3") in found
    found = import_files(save(service(), scaling)).assumptions
    assert [one for one in found if one.path == "service.desired_count"] == [
        Assumption("service.desired_count", "", f"{caveat} 4")
    ]


def test_parameters_of_pairs_and_files(save):
    """Pairs win over files, and both shapes of the AWS CLI are taken."""
    listed = [{"ParameterKey": "Size", "ParameterValue": "small"}, {"ParameterKey": "Tasks",
              "UsePreviousValue": True}]  # fmt: skip
    files = save(listed, {"Parameters": {"Delay": 45}})
    assert parameters(["Size=large"], files) == {"Size": "large", "Delay": "45"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"Parameters": 3}, "holds no parameters; it must be a list of"),
        ([{"Key": "a"}], "holds no parameters"),
        ({"Parameters": {"Size": {"a": 1}}}, "parameter Size must be a text or a number"),
    ],
)
def test_files_without_parameters(save, content, expected):
    """A file of another shape is refused by its name."""
    with pytest.raises(ImportShapeError, match=expected):
        parameters([], save(content))


def test_a_pair_without_a_value():
    """A parameter is a name and a value."""
    with pytest.raises(ImportShapeError, match='--parameter: must be NAME=VALUE; got "Size"'):
        parameters(["Size"])


def test_attributes_of_other_target_groups(loaded):
    """A number or a flag in attributes is taken like its text, as templates have them."""
    listed = attributes(slow_start__duration_seconds=30, deregistration_delay__timeout_seconds=7)
    found = loaded(service(loadBalancers=[{"containerName": "web"}]), listed).target_group
    assert (found.slow_start, found.deregistration_delay) == (30, 7)
