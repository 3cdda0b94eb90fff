"""Where a scenario's values stand in AWS's files."""

import json
from pathlib import Path

import pytest

from simdeploy.importers.aws import import_files
from simdeploy.importers.places import has_previous, in_files

from .shapes import (
    FULL_GROUP,
    FULL_SERVICE,
    FULL_TARGET,
    FULL_TASK,
    alarm,
    attributes,
    config,
    service,
    task,
    usual,
)

#: Delays of both kinds, so that the first is not taken for the second.
DELAY = attributes(slow_start__duration_seconds="30", deregistration_delay__timeout_seconds="9")


@pytest.fixture
def found(imported, tmp_path):
    """Return the line at which the first of some paths is located, of files of one indent."""

    def locate(contents, *paths):
        files = []
        for i, content in enumerate(contents):
            files.append(tmp_path / f"{i}.json")
            files[-1].write_text(json.dumps(content, indent=1), encoding="utf-8")
        place = in_files(import_files(files, usual(*contents)).inventory)(paths)
        lines = Path(place.file).read_text(encoding="utf-8").splitlines()
        return lines[place.line - 1].strip() if place.line else ""

    return locate


ECS = (FULL_SERVICE, FULL_TASK, FULL_TARGET, DELAY, alarm())
NO_SERVICE = (FULL_GROUP, config("TimeBasedCanary", canaryPercentage=5, canaryInterval=3), alarm())


@pytest.mark.parametrize(
    ("contents", "paths", "expected"),
    [
        (ECS, ["service.desired_count"], '"desiredCount": 4'),
        (ECS, ["service.health_check_grace_period"], '"healthCheckGracePeriodSeconds": 90'),
        (ECS, ["service.stop_timeout"], '"stopTimeout": 100'),
        (ECS, ["target_group.health_check.interval"], '"HealthCheckIntervalSeconds": 15'),
        (ECS, ["target_group.deregistration_delay"], "{"),
        (ECS, ["strategies.rolling.maximum_percent"], '"maximumPercent": 150'),
        (ECS, ["strategies.canary.wait"], '"canaryConfiguration": {'),
        (ECS, ["strategies.x.circuit_breaker.enable"], '"enable": true'),
        (ECS, ["strategies.x.alarms", "defaults.alarms"], '"alarms": {'),
        (ECS, ["defaults.bake_time"], '"bakeTimeInMinutes": 15'),
        (ECS, ["alarms.too-many-5xx.threshold"], '"Threshold": 60.0'),
        (ECS, ["alarms.too-many-5xx.scope"], '"AlarmName": "too-many-5xx"'),
        (ECS, ["traffic.rate", "service.desired_count"], '"desiredCount": 4'),
        (ECS, ["operator", "strategies.canary"], "{"),
        (NO_SERVICE, ["strategies.canary.alarms"], '"alarmConfiguration": {'),
        (
            NO_SERVICE,
            ["strategies.blue-green.termination_wait"],
            '"terminationWaitTimeInMinutes": 15',
        ),
        (NO_SERVICE, ["strategies.canary.wait"], '"timeBasedCanary": {'),
        ([service()], ["strategies.rolling.maximum_percent"], "{"),
        ([task()], ["service.stop_timeout"], "{"),
    ],
)
def test_lines(found, contents, paths, expected):
    """The field itself, else the block that would hold it, else the object."""
    assert found(contents, *paths).startswith(expected)


@pytest.mark.parametrize(
    ("deployments", "expected"),
    [([], False), (["shop:1"], False), (["shop:1", "shop:1"], False), (["shop:2", "shop:1"], True)],
)
def test_previous_revision(imported, deployments, expected):
    """Two deployments of different task definitions name a revision to go back to."""
    listed = [{"taskDefinition": name} for name in deployments]
    assert has_previous(imported(service(deployments=listed)).inventory) == expected


def test_added_strategies(imported):
    """A service that rolls gets the others for comparison only."""
    assert imported(service()).added == ("recreate",)
