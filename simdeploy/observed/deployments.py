"""Deployments as ECS and CodeDeploy keep them, beside their events."""

from typing import Any

from simdeploy.observed.collecting import Collector, dict_in, dicts_in, text_in
from simdeploy.observed.messages import bare_id
from simdeploy.observed.records import DeploymentTimes, Lifecycle, StageLook

#: Types of strategies by what ECS calls them, and by how CodeDeploy's own configurations begin.
TYPES = {"ROLLING": "rolling", "BLUE_GREEN": "blue_green", "CANARY": "canary", "LINEAR": "linear"}
#: The longest bake time that ECS takes, min.
LONGEST_BAKE = 1440
#: States from which there is no other.
ENDS = frozenset({
    "SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "Succeeded", "Failed",
    "Stopped",
})  # fmt: skip
CONFIGS = {
    "CodeDeployDefault.ECSAllAtOnce": "blue_green",
    "CodeDeployDefault.ECSCanary": "canary",
    "CodeDeployDefault.ECSLinear": "linear",
}


def bake_of(data: dict[str, Any]) -> float | None:
    """Return the bake time (s) in a ``deploymentConfiguration``; None where it sets none."""
    minutes = dict_in(data, "deploymentConfiguration").get("bakeTimeInMinutes")
    if type(minutes) is not int or not 0 <= minutes <= LONGEST_BAKE:
        return None
    return 60.0 * minutes


def read_primary(
    data: dict[str, Any],
    place: str,
    service: str,
    into: Collector,
    bake: float | None = None,
) -> None:
    """Add an entry of ``deployments[]`` or ``taskSets[]`` of a service, whose bake time it has."""
    created = into.time(data.get("createdAt"), f"{place}: createdAt")
    reason = text_in(data, "rolloutStateReason")
    into.deployments.append(
        DeploymentTimes(
            bare_id(text_in(data, "id")),
            "deployments",
            service,
            created=created and created.at,
            status=text_in(data, "rolloutState", "status"),
            rollback=reason if "rolling back" in reason else "",
            bake=bake,
            task_definition=text_in(data, "taskDefinition"),
            resolution_s=created.resolution_s if created else 0.001,
        )
    )


def read_service_deployment(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add an entry of ``describe-service-deployments`` or ``list-service-deployments``."""
    times = {
        name: into.time(data.get(key), f"{place}: {key}")
        for name, key in {
            "created": "createdAt", "started": "startedAt", "finished": "finishedAt",
            "stopped": "stoppedAt", "updated": "updatedAt",
        }.items()
    }  # fmt: skip
    # A poll says when it looked; else the record says when it was last true.
    looked = into.time(data.get("at"), f"{place}: at") or times["updated"]
    stage = text_in(data, "lifecycleStage")
    undone = dict_in(data, "rollback")
    rolled_back = into.time(undone.get("startedAt"), f"{place}: rollback.startedAt")
    finished = times["finished"] or times["stopped"]
    breaker = dict_in(data, "deploymentCircuitBreaker").get("failureCount")
    revision = text_in(dict_in(data, "targetServiceRevision"), "arn")
    into.deployments.append(
        DeploymentTimes(
            bare_id(text_in(data, "serviceDeploymentArn")),
            "service deployment",
            into.name_service(text_in(data, "serviceArn")),
            created=times["created"] and times["created"].at,
            started=times["started"] and times["started"].at,
            finished=finished and finished.at,
            status=text_in(data, "status"),
            rollback=_rollback(undone),
            task_definition=revision or text_in(data, "targetServiceRevisionArn"),
            failures=breaker if type(breaker) is int else None,
            resolution_s=max((t.resolution_s for t in times.values() if t), default=0.001),
            strategy=TYPES.get(text_in(dict_in(data, "deploymentConfiguration"), "strategy"), ""),
            rolled_back=rolled_back and rolled_back.at,
            looks=(StageLook(looked.at, stage),) if looked and stage else (),
            bake=bake_of(data),
        )
    )


def _rollback(data: dict[str, Any]) -> str:
    return (text_in(data, "reason") or "rolled back") if data else ""


def read_code_deploy(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add ``deploymentInfo`` of CodeDeploy."""
    times = {
        name: into.time(data.get(key), f"{place}: {key}")
        for name, key in {
            "created": "createTime", "started": "startTime", "finished": "completeTime",
        }.items()
    }  # fmt: skip
    undone = dict_in(data, "rollbackInfo")
    error = text_in(dict_in(data, "errorInformation"), "code")
    went_back = text_in(undone, "rollbackDeploymentId") or undone.get("rollbackMessage")
    into.deployments.append(
        DeploymentTimes(
            text_in(data, "deploymentId"),
            "codedeploy",
            created=times["created"] and times["created"].at,
            started=times["started"] and times["started"].at,
            finished=times["finished"] and times["finished"].at,
            status=text_in(data, "status"),
            rollback=(error or "rolled back") if went_back else "",
            resolution_s=max((t.resolution_s for t in times.values() if t), default=0.001),
            strategy=_configured(text_in(data, "deploymentConfigName")),
        )
    )


def _configured(name: str) -> str:
    """Return the type of strategy of a configuration of CodeDeploy's own; empty for another."""
    return next((kind for begin, kind in CONFIGS.items() if name.startswith(begin)), "")


def read_code_deploy_target(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add the lifecycle events of an ECS target of CodeDeploy."""
    target = dict_in(data, "ecsTarget")
    if not target:
        into.note(place, "a deployment target that is not of ECS")
        return
    target_id = text_in(target, "targetId")
    resolution, steps = 0.001, []
    for step in dicts_in(target, "lifecycleEvents"):
        name = text_in(step, "lifecycleEventName")
        start = into.time(step.get("startTime"), f"{place}: {name}.startTime")
        end = into.time(step.get("endTime"), f"{place}: {name}.endTime")
        if start and end and end.at < start.at:
            into.note(place, f"{name}: endTime is before startTime; it is left out")
            continue
        steps.append(Lifecycle(name, start and start.at, end and end.at))
        resolution = max([resolution, *(t.resolution_s for t in (start, end) if t)])
    into.deployments.append(
        DeploymentTimes(
            text_in(target, "deploymentId"),
            "codedeploy",
            into.name_service(target_id.rpartition(":")[2]),
            lifecycle=tuple(steps),
            status=text_in(target, "status"),
            resolution_s=resolution,
        )
    )


def _how_late(status: str) -> int:
    """Return how late in a deployment a state of it comes: what it ends in, what undoes it."""
    return 2 * (status in ENDS) + status.startswith("ROLLBACK_")


def merged(deployments: list[DeploymentTimes]) -> list[DeploymentTimes]:
    """Return each deployment of each source once, in order of creation."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    looks: dict[tuple[str, str], set[StageLook]] = {}
    for item in sorted(deployments, key=repr):
        fields = {name: getattr(item, name) for name in DeploymentTimes.__slots__}
        key = (item.source, item.id or repr(item))
        known = found.setdefault(key, fields)
        looks.setdefault(key, set()).update(item.looks)
        for name, value in fields.items():
            if known[name] in (None, "", ()):
                known[name] = value
        known["status"] = max(known["status"], item.status, key=_how_late)
        known["finished"] = max(filter(None, (known["finished"], item.finished)), default=None)
    records = [
        DeploymentTimes(**(fields | {"looks": tuple(sorted(looks[key]))}))
        for key, fields in found.items()
    ]
    return sorted(records, key=lambda item: (item.created or 0.0, item.source, item.id))
