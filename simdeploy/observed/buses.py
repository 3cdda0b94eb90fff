"""Records of event buses and trails: EventBridge, and calls of the API that CloudTrail keeps."""

import json
from typing import Any

from simdeploy.observed import messages, records
from simdeploy.observed.collecting import Collector, dict_in, text_in
from simdeploy.observed.records import AlarmChange
from simdeploy.observed.tasks import read_task

#: Event names of "ECS Service Action" and "ECS Deployment State Change".
NAMES = {
    "SERVICE_STEADY_STATE": records.STEADY,
    "SERVICE_DESIRED_COUNT_UPDATED": records.SCALED,
    "SERVICE_TASK_START_IMPAIRED": records.START_IMPAIRED,
    "SERVICE_TASK_PLACEMENT_FAILURE": records.NO_CAPACITY,
    "SERVICE_TASK_CONFIGURATION_FAILURE": records.ROLE,
    "ECS_OPERATION_THROTTLED": records.THROTTLED,
    "SERVICE_DISCOVERY_OPERATION_THROTTLED": records.THROTTLED,
    "SERVICE_DEPLOYMENT_IN_PROGRESS": records.IN_PROGRESS,
    "SERVICE_DEPLOYMENT_COMPLETED": records.COMPLETED,
    "SERVICE_DEPLOYMENT_FAILED": records.FAILED,
}
CALLS = {"UpdateService", "CreateService", "CreateDeployment"}
#: What a call that deploys names beside the number of tasks.
DEPLOYS = {"taskDefinition", "forceNewDeployment", "deploymentConfiguration", "loadBalancers"}
OWN_CALL = "AWS API Call via CloudTrail"


def read_bus_record(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add a record of EventBridge; one of another source is noted."""
    kind, detail = text_in(data, "detail-type"), dict_in(data, "detail")
    if kind == "ECS Task State Change":
        read_task(detail, place, into)
    elif kind in {"ECS Service Action", "ECS Deployment State Change"}:
        _service_action(data, detail, place, into)
    elif kind == OWN_CALL:
        read_call(detail, place, into)
    elif kind == "CloudWatch Alarm State Change":
        _alarm(data, detail, place, into)
    else:
        into.note(place, f'no record of deployments: "{kind[:60]}"')


def _service_action(
    data: dict[str, Any], detail: dict[str, Any], place: str, into: Collector
) -> None:
    name = text_in(detail, "eventName")
    resources = data.get("resources")
    arns = resources if isinstance(resources, list) else []
    service = next((arn for arn in arns if isinstance(arn, str) and ":service/" in arn), "")
    values = (detail.get("createdAt"), detail.get("updatedAt"), data.get("time"))
    stamps = [time for value in values if value and (time := into.time(value, place))]
    if name not in NAMES or not stamps:
        into.note(place, f'{"no time" if name in NAMES else "an unknown event"}: "{name[:60]}"')
        return
    time, reason = min(stamps, key=lambda stamp: stamp.resolution_s), text_in(detail, "reason")
    deployment = messages.bare_id(text_in(detail, "deploymentId"))
    details = {"service": into.name_service(service), "id": text_in(data, "id")}
    into.happened(time, NAMES[name], name, deployment_id=deployment, reason=reason, **details)
    if (match := messages.BACK_TO.match(reason)) is not None:
        back = messages.bare_id(reason[match.end() :].strip(" ()."))
        into.happened(time, records.ROLLING_BACK, reason, deployment_id=back, **details)


def read_call(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add a call of the API that begins a deployment or scales; calls that failed are noted."""
    name, asked = text_in(data, "eventName", "EventName"), dict_in(data, "requestParameters")
    whole = data.get("CloudTrailEvent")
    if isinstance(whole, str):
        try:
            inner = json.loads(whole)
        except (ValueError, RecursionError):
            inner = None
        if isinstance(inner, dict):
            read_call(inner, place, into)
            return
    if name not in CALLS:
        return
    if text_in(data, "errorCode"):
        into.note(place, f"{name} failed: {text_in(data, 'errorCode')[:60]}")
        return
    time = into.time(data.get("eventTime", data.get("EventTime")), place)
    if time is None:
        into.note(place, f"{name} has no time")
        return
    scales = name == "UpdateService" and "desiredCount" in asked and not DEPLOYS & set(asked)
    into.happened(
        time,
        records.SCALED if scales else records.COMMAND,
        name,
        service=into.name_service(text_in(asked, "service", "serviceName")),
        id=text_in(data, "eventID", "EventId"),
    )


def _alarm(data: dict[str, Any], detail: dict[str, Any], place: str, into: Collector) -> None:
    state, before = dict_in(detail, "state"), dict_in(detail, "previousState")
    time = into.time(state.get("timestamp") or data.get("time"), place)
    if time is not None:
        names = text_in(detail, "alarmName"), text_in(before, "value"), text_in(state, "value")
        into.alarm_changes.append(AlarmChange(time.at, *names, time.resolution_s))
