"""Which objects belong to the service that is imported, where files hold several services.

A template or a plan holds the objects of many services. Those that an adapter made are chosen by
reference: what the service, or its deployment group, does not name is another's. What the AWS CLI
prints is the user's own choice of files, and is refused elsewhere if it does not fit.
"""

from collections.abc import Callable, Iterable

from simdeploy.errors import ImportShapeError
from simdeploy.importers import shapes
from simdeploy.importers.adapted import Adapted
from simdeploy.importers.fields import Fields
from simdeploy.importers.inventory import balancers, family_of, group_name, name_of
from simdeploy.importers.options import Options
from simdeploy.importers.shapes import Part

Belongs = Callable[[Fields], bool]


def choose(parts: Iterable[Part], options: Options) -> list[Part]:
    """Return the parts of one service.

    Raises
    ------
    ImportShapeError
        If no service is called as the options say.
    """
    parts = list(parts)
    services = [part.fields for part in parts if part.kind == shapes.SERVICE]
    if options.service is not None:
        services = [_called(services, options.service)]
    if len(services) != 1:
        return parts
    service = services[0]
    parts = _without_others(parts, shapes.SERVICE, lambda fields: fields is service)
    parts = _of_group(parts, service)
    groups = [part.fields for part in parts if part.kind == shapes.GROUP]
    targets = _target_names(service, groups)
    family = family_of(service.text("taskDefinition"))
    rules: dict[str, Belongs] = {
        shapes.TASK_DEFINITION: lambda task: family is not None and family in _families(task),
        shapes.TARGET_GROUP: lambda target: _group_of(target) in targets,
        shapes.TARGET_ATTRIBUTES: lambda part: group_name(part.text("TargetGroupArn")) in targets,
        shapes.SCALING: lambda scaling: _scales(scaling, service),
    }
    for kind, belongs in rules.items():
        parts = _by_reference(parts, kind, belongs)
    return _of_balancer(parts)


def names(service: Fields) -> list[str]:
    """Return what a service may be called: its name, its logical id or address."""
    own = [step for step in service.path if isinstance(step, str)]
    name = service.text("serviceName")
    return [*([name] if name else []), *(own if isinstance(service.data, Adapted) else [])]


def _called(services: list[Fields], wanted: str) -> Fields:
    for service in services:
        if wanted in names(service):
            return service
    known = ", ".join(name_of(shapes.SERVICE, service) for service in services[:20])
    raise ImportShapeError(
        "--service", f'"{wanted[:60]}" is none of the services here: {known or "there are none"}'
    )


def _without_others(parts: list[Part], kind: str, belongs: Belongs) -> list[Part]:
    return [part for part in parts if part.kind != kind or belongs(part.fields)]


def _by_reference(parts: list[Part], kind: str, belongs: Belongs) -> list[Part]:
    """Drop what an adapter made for others; of the user's own, only where there are several."""
    same = [part.fields for part in parts if part.kind == kind]
    is_one = sum(not isinstance(fields.data, Adapted) for fields in same) < 2
    none_belongs = not any(map(belongs, same))

    def stays(fields: Fields) -> bool:
        if belongs(fields):
            return True
        return not isinstance(fields.data, Adapted) and (is_one or none_belongs)

    return _without_others(parts, kind, stays)


def _of_group(parts: list[Part], service: Fields) -> list[Part]:
    """Keep the deployment group of a service, where there are several, and its configuration."""
    called = names(service)

    def deploys(group: Fields) -> bool:
        return any(each.text("serviceName") in called for each in group.objects("ecsServices"))

    parts = _by_reference(parts, shapes.GROUP, deploys)
    groups = [part.fields for part in parts if part.kind == shapes.GROUP]
    used = {group.text("deploymentConfigName") for group in groups}
    return _by_reference(
        parts, shapes.CONFIG, lambda config: config.text("deploymentConfigName") in used
    )


def _families(task: Fields) -> set[str | None]:
    return {family_of(task.text("taskDefinitionArn")), task.text("family")}


def _target_names(service: Fields, groups: list[Fields]) -> set[str | None]:
    """Name all target groups that a service and its deployment group use."""
    used: set[str | None] = set()
    for balancer in balancers(service):
        alternate = balancer.object("advancedConfiguration").text("alternateTargetGroupArn")
        used |= {group_name(balancer.text("targetGroupArn")), group_name(alternate)}
    for group in groups:
        for pair in group.object("loadBalancerInfo").objects("targetGroupPairInfoList"):
            used |= {target.text("name") for target in pair.objects("targetGroups")}
    return used - {None}


def _group_of(fields: Fields) -> str | None:
    arn = group_name(fields.text("TargetGroupArn"))
    return arn or fields.text("TargetGroupName") or fields.text("Name")


def _scales(scaling: Fields, service: Fields) -> bool:
    if scaling.text("ScalableDimension") not in (None, "ecs:service:DesiredCount"):
        return False
    steps = (scaling.text("ResourceId") or "").split("/")
    return any(name in steps for name in names(service))


def _of_balancer(parts: list[Part]) -> list[Part]:
    """Keep the attributes of the balancer that forwards to the service's target groups."""
    arns = {
        arn
        for part in parts
        if part.kind == shapes.TARGET_GROUP
        for arn in part.fields.texts("LoadBalancerArns")
    }
    return _by_reference(
        parts, shapes.BALANCER_ATTRIBUTES, lambda part: part.text("LoadBalancerArn") in arns
    )
