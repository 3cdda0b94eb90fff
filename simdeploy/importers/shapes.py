"""What a file holds, recognized by its keys alone; its name says nothing.

Each `Part` is one AWS object: a service, a task definition, a target group, … A file may hold
several, several files make one service. What the CLI prints (``describe-services``) and what it
takes (``create-service``) have different wrappings and the same fields inside.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from simdeploy.errors import ImportShapeError
from simdeploy.importers import hints
from simdeploy.importers.fields import Fields
from simdeploy.importers.reading import Document

SERVICE = "service"
TASK_DEFINITION = "task definition"
TARGET_GROUP = "target group"
TARGET_ATTRIBUTES = "target group attributes"
BALANCER_ATTRIBUTES = "load balancer attributes"
BALANCER = "load balancer"
GROUP = "deployment group"
CONFIG = "deployment configuration"
ALARM = "alarm"
SCALING = "autoscaling target"
APPSPEC = "AppSpec"
KINDS = (
    SERVICE, TASK_DEFINITION, TARGET_GROUP, TARGET_ATTRIBUTES, BALANCER, GROUP, CONFIG, ALARM,
    SCALING, APPSPEC,
)  # fmt: skip

#: What `describe-…` and `get-…` print: a key, the kind of its objects, and a field they have.
LISTS = {
    "services": (SERVICE, "serviceName"),
    "TargetGroups": (TARGET_GROUP, "TargetGroupName"),
    "LoadBalancers": (BALANCER, "LoadBalancerName"),
    "MetricAlarms": (ALARM, "AlarmName"),
    "deploymentGroupsInfo": (GROUP, "deploymentGroupName"),
    "ScalableTargets": (SCALING, "ResourceId"),
}
SINGLES = {
    "service": (SERVICE, "serviceName"),
    "taskDefinition": (TASK_DEFINITION, "containerDefinitions"),
    "deploymentGroupInfo": (GROUP, "deploymentGroupName"),
    "deploymentConfigInfo": (CONFIG, "deploymentConfigName"),
}
#: What `create-…` and `register-…` take: keys that must all be there, and keys of which any must.
INPUTS = (
    (SERVICE, {"serviceName"}, {"taskDefinition", "desiredCount", "deploymentConfiguration",
                                "deploymentController", "loadBalancers", "schedulingStrategy"}),
    (TASK_DEFINITION, {"family", "containerDefinitions"}, {"family"}),
    (TARGET_GROUP, {"Name"}, {"Protocol", "Port", "VpcId", "TargetType"}),
    (TARGET_GROUP, {"TargetGroupName"}, {"Protocol", "Port", "VpcId", "TargetType"}),
    (GROUP, {"applicationName", "deploymentGroupName"},
     {"serviceRoleArn", "deploymentConfigName", "ecsServices", "blueGreenDeploymentConfiguration"}),
    (CONFIG, {"deploymentConfigName"}, {"trafficRoutingConfig"}),
    (ALARM, {"AlarmName"}, {"MetricName", "Metrics"}),
    (SCALING, {"ResourceId", "MinCapacity"}, {"ResourceId"}),
)  # fmt: skip
#: Attributes by their first word: `describe-load-balancer-attributes` prints the same shape.
OF_TARGETS = ("deregistration_delay.", "stickiness.", "slow_start.", "target_group_health.",
              "load_balancing.algorithm", "load_balancing.cross_zone")  # fmt: skip


class Part(NamedTuple):
    """An AWS object in a file."""

    kind: str
    fields: Fields


def parts(document: Document) -> list[Part]:
    """Return the AWS objects of a file.

    Raises
    ------
    ImportShapeError
        If there are none.
    """
    if not isinstance(document.data, dict):
        raise _unknown(document, "it must hold an object")
    top = Fields(document, (), document.data)
    recognized = [part for recognize in RECOGNIZERS for part in recognize(top)]
    if not recognized:
        if hint := hints.unknown(document.data):
            raise hints.NotReadError(document.file, hint)
        raise _unknown(document, _why(document.data))
    return recognized


def _listed(top: Fields) -> Iterator[Part]:
    for key, (kind, _) in LISTS.items():
        if isinstance(top.get(key), list):
            yield from (Part(kind, fields) for fields in top.objects(key))
            if not top.get(key):
                _none_listed(top, key)


def _none_listed(top: Fields, key: str) -> None:
    """Raise the error of an empty list, with AWS's reason, if it gives any."""
    if key == "MetricAlarms" and top.get("CompositeAlarms"):
        raise top.error("CompositeAlarms", "composite alarms are not read; save the metric alarms")
    arns = [failure.text("arn") or "" for failure in top.objects("failures")]
    missing = f"; AWS did not find {', '.join(arns)}" if arns else ""
    raise top.error(key, f"the list is empty{missing}")


def _single(top: Fields) -> Iterator[Part]:
    for key, (kind, needed) in SINGLES.items():
        if isinstance(top.get(key), dict) and top.object(key).has(needed):
            yield Part(kind, top.object(key))


def _input(top: Fields) -> Iterator[Part]:
    for kind, all_of, any_of in INPUTS:
        if all_of <= set(top.data) and top.has(*any_of):
            yield Part(kind, top)
            return


def _attributes(top: Fields) -> Iterator[Part]:
    if not isinstance(top.get("Attributes"), list):
        return
    keys = [item.text("Key") or "" for item in top.objects("Attributes")]
    if any(key.startswith(OF_TARGETS) for key in keys):
        yield Part(TARGET_ATTRIBUTES, top)
    elif "idle_timeout.timeout_seconds" in keys:
        yield Part(BALANCER_ATTRIBUTES, top)


def _appspec(top: Fields) -> Iterator[Part]:
    if top.has("os") and top.has("hooks", "files"):
        raise top.error(
            "", "is an AppSpec for servers; one for ECS has Resources of AWS::ECS::Service"
        )
    if isinstance(top.get("Resources"), list):
        yield Part(APPSPEC, top)


Recognizer = Callable[[Fields], Iterable[Part]]
RECOGNIZERS: tuple[Recognizer, ...] = (_listed, _single, _input, _attributes, _appspec)


def _unknown(document: Document, why: str) -> ImportShapeError:
    place, which = document.file, ""
    if document.of > 1:
        place, which = document.place(), f"document {document.number} of {document.of} has "
    kinds = f"no {', '.join(KINDS[:-1])} or {KINDS[-1]} in it"
    return ImportShapeError(place, f"{which}{kinds}; {why}")


def _why(data: dict[str, Any]) -> str:
    if {"strategies", "service"} <= set(data):
        return "it is a scenario already: simdeploy compare plays it"
    keys = [key[:30] if key.isprintable() else "?" for key in list(data)[:6]]
    return f"its keys: {', '.join(keys) or 'none'}"
