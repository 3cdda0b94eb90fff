"""Terraform: what ``terraform show -json`` prints of a plan or a state, and a raw state.

A service is kept with what it refers to, so that a plan of a whole account is no other than one of
a single service: known names are compared, and what is known only after apply is looked up in the
configuration.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from simdeploy.errors import ImportShapeError
from simdeploy.importers import shapes
from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.fields import Fields
from simdeploy.importers.options import Options
from simdeploy.importers.reading import Document
from simdeploy.importers.shapes import Part
from simdeploy.importers.styles import terraform_keys as names
from simdeploy.importers.styles.style import Style
from simdeploy.importers.styles.terraform_links import (
    ALARM,
    CONFIG,
    FUNCTION,
    GROUP,
    SERVICE,
    TARGET,
    TASK,
    Links,
    Path,
    arn,
    block_of,
    label,
    text,
)
from simdeploy.importers.styles.terraform_objects import containers, made, pairs
from simdeploy.importers.styles.terraform_references import References
from simdeploy.importers.styles.terraform_walk import (
    Resource,
    block,
    blocks,
    is_plan,
    is_raw,
    is_state,
    resources,
)

#: The provider's default, which no service of ECS can have.
FOR_SERVERS = "CodeDeployDefault.OneAtATime"
NOT_OF_ECS = f"{FOR_SERVERS} is for servers; ECSAllAtOnce stands in"
LATER = "known after apply"
NOTHING = "has no ECS service, task definition, target group, deployment group or alarm"


def recognizes(document: Document) -> bool:
    """Return whether a document is a plan or a state."""
    data = document.data
    return isinstance(data, dict) and (is_plan(data) or is_state(data) or is_raw(data))


def parts(documents: Sequence[Document], options: Options) -> list[Part]:
    """Return the AWS objects of all plans and states.

    Raises
    ------
    ImportShapeError
        If a document is of an unknown version, has no resource of AWS, or has one in a shape that
        Terraform does not write.
    """
    return [part for document in documents for part in _Reader(document).parts(options.service)]


Entry: TypeAlias = tuple[str, Resource, Adapted]


class _Reader:
    """The AWS objects of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        found = resources(document.file, document.data)
        root = block(block(document.data.get("configuration")).get("root_module"))
        self.links = Links(found, References(root, tuple(found)))

    def parts(self, wanted: str | None) -> list[Part]:
        """Return what belongs to the services that are asked for; all without a service."""
        services = self.links.of(SERVICE)
        asked = [one for one in services if wanted in (text(one, "name"), one.address)]
        found: dict[tuple[str, str], Part] = {}
        every = [self._of_service(service) for service in asked or services] or [self._others()]
        for kind, resource, content in (entry for entries in every for entry in entries):
            part = Part(kind, Fields(self.document, (resource.address,), content))
            found.setdefault((kind, resource.address), part)
        if not found:
            raise ImportShapeError(self.document.file, NOTHING)
        return list(found.values())

    def _of_service(self, service: Resource) -> Iterator[Entry]:
        content = made(service, names.SERVICE)
        self._unsaid(service, content)
        if task := self.links.task(service):
            content["taskDefinition"] = arn(task)
            yield shapes.TASK_DEFINITION, task, _task(task)
        targets = self._balanced(service, content)
        watched = self._watched(service, content)
        self._hooked(service, content)
        yield shapes.SERVICE, service, content
        for group in self.links.groups(service):
            deployed, more, names_ = self._group(group)
            targets, watched = [*targets, *more], [*watched, *names_]
            yield shapes.GROUP, group, deployed
            yield from self._configs(deployed.get("deploymentConfigName"))
        balancer = self.links.balancer(targets[0]) if targets else None
        for target in targets:
            yield from _target(target, balancer)
        if balancer is not None:
            yield shapes.BALANCER_ATTRIBUTES, balancer, _balancer(balancer)
        for alarm in self.links.of(ALARM):
            if label(alarm) in watched:
                yield shapes.ALARM, alarm, _alarm(alarm)
        if scaling := self.links.scaling(service):
            own = made(scaling, names.SCALING)
            own["ResourceId"] = f"service/-/{label(service)}"
            yield shapes.SCALING, scaling, own

    def _others(self) -> Iterator[Entry]:
        """Yield what there is without a service, which may be described in another file."""
        for task in self.links.of(TASK):
            yield shapes.TASK_DEFINITION, task, _task(task)
        for target in self.links.of(TARGET):
            yield from _target(target, self.links.balancer(target))
        for group in self.links.of(GROUP):
            yield shapes.GROUP, group, self._group(group)[0]
        for config in self.links.of(CONFIG):
            yield shapes.CONFIG, config, made(config, names.CONFIG)
        for alarm in self.links.of(ALARM):
            yield shapes.ALARM, alarm, _alarm(alarm)

    def _unsaid(self, service: Resource, content: Adapted) -> None:
        """Drop what is open only because nobody said it: the provider computes the whole block."""
        is_open = isinstance(service.values.get(names.COMPUTED), Open)
        if is_open and self.links.references.expression(service, names.COMPUTED) is None:
            deployment = content["deploymentConfiguration"]
            for key in [key for key in names.NATIVE if isinstance(deployment.get(key), Open)]:
                del deployment[key]

    def _balanced(self, service: Resource, content: Adapted) -> list[Resource]:
        """Give the service's load balancers their target groups, and return these."""
        found: list[Resource] = []
        values = blocks(service.values.get("load_balancer"))
        expressions = self.links.references.expression(service, "load_balancer")
        # What is no list of objects is refused where the load balancers are read.
        for one, own in zip(_adapted(content.get("loadBalancers")), values, strict=False):
            path = ("load_balancer", block_of(expressions, own))
            found += self._target_of(service, one, "targetGroupArn", (*path, "target_group_arn"))
            for more in _adapted([one.get("advancedConfiguration")]):
                key = "alternateTargetGroupArn"
                inner = (*path, "advanced_configuration", 0, "alternate_target_group_arn")
                found += self._target_of(service, more, key, inner)
                if isinstance(more.get("testListenerRule"), Open):
                    more["testListenerRule"] = LATER
        return list({one.address: one for one in found}.values())

    def _target_of(
        self, service: Resource, content: Adapted, key: str, path: Path
    ) -> list[Resource]:
        if content.get(key) is None:
            return []
        found = self.links.targets(service, content[key], path)
        if found:
            content[key] = arn(found[0])
        return found[:1]

    def _watched(self, service: Resource, content: Adapted) -> list[Any]:
        """Return the names of the alarms that a service watches."""
        deployment = content.get("deploymentConfiguration") or {}
        for alarms in _adapted([deployment.get("alarms")]):
            path = ("alarms", 0, "alarm_names")
            found = self.links.named(service, alarms.get("alarmNames"), path, ALARM)
            if isinstance(found, list):
                alarms["alarmNames"] = found
                return found
        return []

    def _hooked(self, service: Resource, content: Adapted) -> None:
        """Give the service's hooks the names of their functions."""
        deployment = content.get("deploymentConfiguration") or {}
        base = ("deployment_configuration", 0, "lifecycle_hook")
        expressions = self.links.references.expression(service, *base)
        for hook in _adapted(deployment.get("lifecycleHooks")):
            if isinstance(hook.get("hookTargetArn"), Open):
                own = {"lifecycle_stages": hook.get("lifecycleStages")}
                path = (*base, block_of(expressions, own), "hook_target_arn")
                found = self.links.meant(service, path, FUNCTION)
                hook["hookTargetArn"] = arn(found[0]) if found else LATER

    def _group(self, group: Resource) -> tuple[Adapted, list[Resource], list[Any]]:
        """Return a deployment group, its target groups, and the names of its alarms."""
        content = made(group, names.GROUP)
        self._configured(group, content)
        watched: list[Any] = []
        for alarms in _adapted([content.get("alarmConfiguration")]):
            path = ("alarm_configuration", 0, "alarms")
            found = self.links.named(group, alarms.get("alarms"), path, ALARM)
            if isinstance(found, list):
                watched = found
                alarms["alarms"] = [
                    Adapted({"name": name}, alarms.place_of("alarms")) for name in found
                ]
        targets: list[Resource] = []
        for info in _adapted([content.get("loadBalancerInfo")]):
            for pair in _adapted(info.get("targetGroupPairInfoList")):
                targets += self._pair(group, pair)
        return content, targets, watched

    def _configured(self, group: Resource, content: Adapted) -> None:
        """Name the group's configuration; the provider's default is none of ECS."""
        name = content.get("deploymentConfigName")
        if isinstance(name, Open):
            found = self.links.meant(group, ("deployment_config_name",), CONFIG)
            content["deploymentConfigName"] = label(found[0]) if found else name
        elif name == FOR_SERVERS and content.get("ecsServices"):
            place = content.place_of("deploymentConfigName")
            content["deploymentConfigName"] = Open(NOT_OF_ECS, place)

    def _pair(self, group: Resource, pair: Adapted) -> Iterator[Resource]:
        """Name blue and green, and yield them."""
        base = ("load_balancer_info", 0, "target_group_pair_info", 0, "target_group")
        for i, target in enumerate(_adapted(pair.get("targetGroups"))):
            found = self.links.targets(group, target.get("name"), (*base, i, "name"))
            if found:
                target["name"] = label(found[0])
                yield found[0]
        for key in ("prodTrafficRoute", "testTrafficRoute"):
            for route in _adapted([pair.get(key)]):
                if isinstance(route.get("listenerArns"), Open):
                    route["listenerArns"] = [LATER]

    def _configs(self, name: Any) -> Iterator[Entry]:
        for config in self.links.of(CONFIG):
            if label(config) == name:
                content = made(config, names.CONFIG)
                content["deploymentConfigName"] = name
                yield shapes.CONFIG, config, content


def _adapted(objects: Any) -> list[Adapted]:
    return [one for one in objects if isinstance(one, Adapted)] if isinstance(objects, list) else []


def _task(task: Resource) -> Adapted:
    content = made(task, names.TASK_DEFINITION)
    content["taskDefinitionArn"] = arn(task)
    found = containers(task)
    if found is not None:
        content["containerDefinitions"] = found
    return content


def _target(target: Resource, balancer: Resource | None) -> Iterator[Entry]:
    content = made(target, names.TARGET_GROUP)
    content |= {"TargetGroupName": label(target), "TargetGroupArn": arn(target)}
    if balancer is not None:
        content["LoadBalancerArns"] = [arn(balancer)]
    yield shapes.TARGET_GROUP, target, content
    attributes = {
        "TargetGroupArn": arn(target),
        "Attributes": pairs(target, names.TARGET_ATTRIBUTES),
    }
    yield shapes.TARGET_ATTRIBUTES, target, Adapted(attributes, target.place())


def _balancer(balancer: Resource) -> Adapted:
    attributes = pairs(balancer, names.BALANCER_ATTRIBUTES)
    return Adapted({"LoadBalancerArn": arn(balancer), "Attributes": attributes}, balancer.place())


def _alarm(alarm: Resource) -> Adapted:
    content = made(alarm, names.ALARM)
    content["AlarmName"] = label(alarm)
    if content.get("DatapointsToAlarm") == 0:
        del content["DatapointsToAlarm"]  # the provider's word for "all of them"
    return content


STYLE = Style("Terraform", recognizes, parts=parts, launch_type="ec2")
