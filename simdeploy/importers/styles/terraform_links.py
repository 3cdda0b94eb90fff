"""What the resources of a Terraform plan or state refer to: by known names, else by reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from simdeploy.importers import arns
from simdeploy.importers.styles.terraform_references import References
from simdeploy.importers.styles.terraform_walk import Resource, block, blocks

SERVICE = "aws_ecs_service"
TASK = "aws_ecs_task_definition"
TARGET = "aws_lb_target_group"
BALANCER = "aws_lb"
LISTENER = "aws_lb_listener"
RULE = "aws_lb_listener_rule"
ALARM = "aws_cloudwatch_metric_alarm"
GROUP = "aws_codedeploy_deployment_group"
CONFIG = "aws_codedeploy_deployment_config"
SCALING = "aws_appautoscaling_target"
FUNCTION = "aws_lambda_function"
Path: TypeAlias = tuple[str | int, ...]
#: The attribute by which a resource is called.
CALLED = {
    TASK: "family",
    ALARM: "alarm_name",
    CONFIG: "deployment_config_name",
    FUNCTION: "function_name",
}
MADE_UP = {
    TASK: arns.task_definition,
    FUNCTION: arns.function,
    BALANCER: arns.load_balancer,
}
#: What target groups must agree on, for it not to matter which of them is meant.
ALIKE = ("health_check", "deregistration_delay", "slow_start", "target_group_health")


def text(resource: Resource, attribute: str) -> str | None:
    """Return a text attribute if it is known."""
    value = resource.values.get(attribute)
    return value if isinstance(value, str) and value else None


def label(resource: Resource) -> str:
    """Return what AWS calls a resource, or its address where that is known only after apply."""
    name = text(resource, CALLED.get(resource.type, "name"))
    return name or resource.address.replace("/", "-")


def arn(resource: Resource) -> str:
    """Return a resource's ARN, made up where it is known only after apply."""
    make = MADE_UP.get(resource.type, arns.target_group)
    return text(resource, "arn") or make(label(resource))


@dataclass(frozen=True)
class Links:
    """The resources of one plan or state, and its configuration.

    Parameters
    ----------
    resources
        All instances.
    references
        Which resource a reference means.
    """

    resources: Sequence[Resource] = field(repr=False)
    references: References

    def of(self, *kinds: str) -> list[Resource]:
        """Return the instances of some types."""
        return [one for one in self.resources if one.type in kinds]

    def task(self, service: Resource) -> Resource | None:
        """Return the task definition that a service runs, if it is here."""
        name = text(service, "task_definition")
        if name is None:
            found = self.meant(service, ("task_definition",), TASK)
        else:
            tasks = self.of(TASK)
            found = [one for one in tasks if text(one, "arn") == name]
            found = found or [one for one in tasks if label(one) == _family(name)]
        return found[0] if found else None

    def targets(self, resource: Resource, value: Any, path: Path) -> list[Resource]:
        """Return the target groups that a value, or the reference in its place, may mean.

        Raises
        ------
        ImportShapeError
            If several come into question, and it makes a difference.
        """
        if isinstance(value, str):
            name = _group_name(value)
            return [
                one for one in self.of(TARGET) if value == text(one, "arn") or name == label(one)
            ]
        found = self.meant(resource, path, TARGET)
        likenesses = [[one.values.get(key) for key in ALIKE] for one in found]
        if any(likeness != likenesses[0] for likeness in likenesses):
            which = ", ".join(label(one) for one in found[:10])
            what = f"which of the target groups {which} it is, is known only after apply"
            raise resource.error(str(path[0]), f"{what}; import the state after that")
        return found

    def named(self, resource: Resource, value: Any, path: Path, kind: str) -> Any:
        """Return the names in a list of texts; those of the resources that stand in its place."""
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        found = self.meant(resource, path, kind)
        return [label(one) for one in found] or value

    def linked(self, resource: Resource, kind: str) -> list[Resource]:
        """Return the instances of a type to which anything in a resource refers."""
        known = set(_texts(resource.values))
        found = [one for one in self.of(kind) if text(one, "arn") in known]
        for expression in _expressions(self.references.expression(resource)):
            found += self.references.meant(resource, expression, kind)
        return list({one.address: one for one in found}.values())

    def groups(self, service: Resource) -> list[Resource]:
        """Return the deployment groups of a service."""
        found = []
        for group in self.of(GROUP):
            deployed = blocks(group.values.get("ecs_service"))
            name = deployed[0].get("service_name") if deployed else None
            if isinstance(name, str):
                is_its = name == text(service, "name")
            else:
                path = ("ecs_service", 0, "service_name")
                is_its = service in self.meant(group, path, SERVICE)
            if is_its:
                found.append(group)
        return found

    def balancer(self, target: Resource) -> Resource | None:
        """Return the load balancer whose listener forwards to a target group."""
        for listener in self.of(LISTENER, RULE):
            if target not in self.linked(listener, TARGET):
                continue
            listeners = [listener]
            if listener.type == RULE:
                listeners = self.linked(listener, LISTENER)
            for one in listeners:
                if found := self.linked(one, BALANCER):
                    return found[0]
        return None

    def scaling(self, service: Resource) -> Resource | None:
        """Return the autoscaling target of a service."""
        name = text(service, "name")
        for target in self.of(SCALING):
            whose = text(target, "resource_id")
            is_its = (
                whose.rpartition("/")[2] == name
                if whose
                else (service in self.linked(target, SERVICE))
            )
            if is_its:
                return target
        return None

    def meant(self, resource: Resource, path: Path, kind: str) -> list[Resource]:
        """Return what a reference means: directly, by the module's variables, or beside it."""
        expression = self.references.expression(resource, *path)
        if found := self.references.meant(resource, expression, kind):
            return found
        if found := self.references.through_module(resource, str(path[0]), kind):
            return found
        beside = [one for one in self.of(kind) if one.module == resource.module]
        return beside if len(beside) == 1 else []


def _family(name: str) -> str:
    """Return the family of a task definition's ARN, or of a family with or without revision."""
    return name.rpartition("/")[2].partition(":")[0]


def _group_name(name: str) -> str:
    """Return the name in a target group's ARN; CodeDeploy has the name itself."""
    return name.partition(":targetgroup/")[2].partition("/")[0] or name


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _expressions(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "references" in value:
            yield value
        for inner in value.values():
            yield from _expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions(inner)


def block_of(expressions: Any, values: dict[str, Any]) -> int:
    """Return which of a repeated block's expressions made a block of these values.

    The blocks of a set stand in another order than their expressions do.
    """
    for i, one in enumerate(blocks(expressions)):
        constants = {key: block(inner).get("constant_value") for key, inner in one.items()}
        if all(value in (None, values.get(key)) for key, value in constants.items()):
            return i
    return 0
