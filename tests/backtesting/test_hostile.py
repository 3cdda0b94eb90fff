"""Damaged files: an answer or a line that says what is wrong, never a traceback."""

import json
import random

import pytest

from simdeploy.errors import SimdeployError
from simdeploy.observed.chains import deployments_of, likely_delay, segments_of
from simdeploy.observed.reading import read_observed
from tests.observed import writing

ODD = [None, "", 0, -1, 1e308, True, [], {}, "x" * 3000, "\u202e\x1b[31m", {"a": 1}, [[]], 1e11]
ODD += ["0001-01-01T00:00:00Z", "2026-03-03T09:00:00", "(service web) has started 99999 tasks"]


def mutated(data, luck):
    """Return data with one value, key or place changed."""
    if isinstance(data, dict) and data:
        key = luck.choice(sorted(data))
        if luck.random() < 0.3:
            return {**data, key: luck.choice(ODD)}
        if luck.random() < 0.1:
            return {k: v for k, v in data.items() if k != key}
        return {**data, key: mutated(data[key], luck)}
    if isinstance(data, list) and data:
        k = luck.randrange(len(data))
        if luck.random() < 0.2:
            return data[:k] + data[k + 1 :] + luck.choice([[], [data[k]] * 2, [luck.choice(ODD)]])
        return [*data[:k], mutated(data[k], luck), *data[k + 1 :]]
    return luck.choice(ODD)


def documents(case):
    """Return one document of each of the kinds."""
    stamp = writing.iso(writing.EPOCH + 3)
    task = {"taskArn": "task/0a1", "group": "service:web", "createdAt": stamp, "startedAt": stamp,
            "containers": [{"healthStatus": "HEALTHY"}]}  # fmt: skip
    record = {
        "detail-type": "ECS Deployment State Change", "time": stamp,
        "resources": ["arn:aws:ecs:eu-west-1:1:service/main/web"],
        "detail": {"eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": "ecs-svc/2",
                   "updatedAt": stamp, "reason": "rolling back to deploymentId ecs-svc/1."},
    }  # fmt: skip
    call = {"eventName": "UpdateService", "eventTime": stamp,
            "requestParameters": {"service": "web", "taskDefinition": "web:2"}}  # fmt: skip
    step = {"lifecycleEventName": "Install", "startTime": stamp, "endTime": stamp}
    target = {"deploymentId": "d-1", "targetId": "main:web", "lifecycleEvents": [step]}
    looked_up = {"EventName": "UpdateService", "EventTime": 1, "CloudTrailEvent": json.dumps(call)}
    health = {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "initial"}}
    change = {"AlarmName": "5xx", "Timestamp": stamp, "HistoryItemType": "StateUpdate",
              "HistorySummary": "Alarm updated from OK to ALARM"}  # fmt: skip
    deployed = {"serviceDeploymentArn": "x/y/Z", "serviceArn": "service/main/web",
                "createdAt": stamp, "finishedAt": stamp, "rollback": {"reason": "x"},
                "deploymentCircuitBreaker": {"failureCount": 3}}  # fmt: skip
    return [
        writing.described(case.pairs(2), deployments=[{"id": "ecs-svc/1", "createdAt": stamp}]),
        {"tasks": [task]}, record, {"Records": [call]},
        {"deploymentInfo": {"deploymentId": "d-1", "createTime": stamp}},
        {"deploymentTargets": [{"ecsTarget": target}]}, {"serviceDeployments": [deployed]},
        {"at": stamp, "TargetHealthDescriptions": [health]}, {"AlarmHistoryItems": [change]},
        {"Events": [looked_up]},
        [[stamp, "(service web) has reached a steady state."]],
        {"events": [{"timestamp": 1, "message": json.dumps(record)}]},
    ]  # fmt: skip


def test_no_traceback_from_damaged_data(case):
    """Whatever is changed in any kind of file, reading ends in records or in a clear error."""
    luck, kinds = random.Random(11), documents(case)
    read = 0
    for _ in range(400):
        data = luck.choice(kinds)
        for _ in range(luck.randrange(1, 4)):
            data = mutated(data, luck)
        path = case.write(json.dumps(data))
        try:
            observed = read_observed([path], timezone="UTC")
        except SimdeployError:
            continue
        read += 1
        for part in segments_of(observed):
            likely_delay(part)
        assert all(event.resolution_s > 0 for event in observed.events)
    assert read > 100


def test_no_traceback_from_damaged_text(case):
    """The same for bytes that are cut, doubled or replaced in JSON and in lines of text."""
    luck, read = random.Random(12), 0
    rows = case.pairs(2)
    lines = "\n".join(f"{writing.iso(at)} {text}" for at, text in rows)
    texts = [json.dumps(writing.described(rows)), lines]
    for _ in range(150):
        text = luck.choice(texts)
        for _ in range(luck.randrange(1, 6)):
            k = luck.randrange(len(text))
            new = luck.choice(["", text[k] * 2, "{", '"', "\x00", "\ud7ff", "9" * 30, "[" * 100])
            text = text[:k] + new + text[k + luck.randrange(3) :]
        path = case.folder / "damaged"
        path.write_text(text, encoding="utf-8")
        try:
            deployments_of(read_observed([path]))
        except SimdeployError:
            continue
        read += 1
    assert read > 20


@pytest.mark.parametrize("seed", range(6))
def test_command_on_damaged_events(case, ran, seed):
    """The command answers or refuses damaged events with exit code 2 and no traceback."""
    luck = random.Random(seed)
    data = writing.described(case.pairs(2))
    events = data["services"][0]["events"]
    for _ in range(luck.randrange(1, 5)):
        k = luck.randrange(len(events))
        events[k] = mutated(events[k], luck)
    code, _, err = ran(case.write(data), "--all", runs=20)
    assert code in (0, 2)
    assert "Traceback" not in err
