"""What a document holds, recognized by its keys alone; several kinds may stand in one file."""

import json
from collections.abc import Callable
from typing import Any

from simdeploy.observed.buses import read_bus_record, read_call
from simdeploy.observed.collecting import Collector, dict_in, dicts_in, text_in
from simdeploy.observed.deployments import (
    bake_of,
    read_code_deploy,
    read_code_deploy_target,
    read_primary,
    read_service_deployment,
)
from simdeploy.observed.tasks import read_task
from simdeploy.observed.watching import read_alarm_history, read_poll

PAIR = 2
#: What the shapes are, for the error of a file that has none of them.
KNOWN = (
    "service events (describe-services), tasks (describe-tasks), EventBridge or CloudTrail records,"
    " CodeDeploy's get-deployment or deployment targets, describe-service-deployments,"
    " target-health polls or alarm history"
)
Reader = Callable[[dict[str, Any], str, Collector], None]
#: Lists by their key, and the reader of each entry.
LISTS: dict[str, Reader] = {
    "tasks": read_task,
    "serviceDeployments": read_service_deployment,
    "deploymentTargets": read_code_deploy_target,
    "deploymentsInfo": read_code_deploy,
    "AlarmHistoryItems": read_alarm_history,
    "Events": read_call,
}
SINGLES: dict[str, Reader] = {
    "deploymentInfo": read_code_deploy,
    "deploymentTarget": read_code_deploy_target,
}


def read_document(data: Any, place: str, into: Collector) -> bool:
    """Add what a document holds; return whether it is of a known shape."""
    if isinstance(data, list):
        return _read_list(data, place, into)
    if not isinstance(data, dict):
        return False
    done = [_read_lists(data, place, into), _read_object(data, place, into)]
    return any(done)


def _read_list(data: list[Any], place: str, into: Collector) -> bool:
    """Read pairs of time and message, or documents; a list of lists may be one query's result."""
    known = not data
    for i, item in enumerate(data):
        there = f"{place}: [{i}]"
        if isinstance(item, list) and len(item) == PAIR and isinstance(item[1], str):
            into.message(item[0], item[1], there)
            known = True
        else:
            known |= isinstance(item, dict | list) and read_document(item, there, into)
    return known


def _read_lists(data: dict[str, Any], place: str, into: Collector) -> bool:
    known = False
    # Whoever polls writes the time beside the list.
    looked = {"at": data["at"]} if data.get("at") else {}
    if isinstance(data.get("targetIds"), list):
        known = True
        into.note(place, "only ids of targets; aws deploy batch-get-deployment-targets has times")
    for key, reader in LISTS.items():
        if isinstance(data.get(key), list):
            known = True
            for i, item in enumerate(dicts_in(data, key)):
                reader(looked | item, f"{place}: {key}[{i}]", into)
    for key, reader in SINGLES.items():
        if isinstance(data.get(key), dict):
            known = True
            reader(dict_in(data, key), f"{place}: {key}", into)
    for key in ("services", "Records"):
        if isinstance(data.get(key), list):
            known = True
            for i, item in enumerate(dicts_in(data, key)):
                read_document(item, f"{place}: {key}[{i}]", into)
    return known


def _read_object(data: dict[str, Any], place: str, into: Collector) -> bool:
    """Read an object that is not a list with a known key."""
    if "detail-type" in data:
        read_bus_record(data, place, into)
    elif "eventName" in data and "eventTime" in data:
        read_call(data, place, into)
    elif "TargetHealthDescriptions" in data:
        read_poll(data, place, into)
    elif "serviceName" in data or isinstance(data.get("events"), list):
        _read_service(data, place, into)
    elif "taskArn" in data:
        read_task(data, place, into)
    elif "message" in data:
        _read_event(data, place, "", into)
    else:
        return False
    return True


def _read_service(data: dict[str, Any], place: str, into: Collector) -> None:
    service = into.name_service(text_in(data, "serviceName"))
    for i, event in enumerate(dicts_in(data, "events")):
        _read_event(event, f"{place}: events[{i}]", service, into)
    for key in ("deployments", "taskSets"):
        for i, item in enumerate(dicts_in(data, key)):
            read_primary(item, f"{place}: {key}[{i}]", service, into, bake_of(data))


def _read_event(data: dict[str, Any], place: str, service: str, into: Collector) -> None:
    """Read an entry of ``events``; CloudWatch Logs keeps records of EventBridge as texts in it."""
    text = data.get("message")
    if isinstance(text, str) and text.lstrip().startswith("{"):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            inner = None
        if isinstance(inner, dict) and read_document(inner, place, into):
            return
    stamps = (data.get(key) for key in ("createdAt", "timestamp", "time", "at"))
    stamp = next((value for value in stamps if value is not None), None)
    into.message(stamp, text, place, service, data.get("id"))
