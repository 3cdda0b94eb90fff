"""AWS's ranges hold under `platform: ecs`; `custom` lifts them, but not sense."""

import pytest

from simdeploy.errors import ScenarioError
from simdeploy.scenario import load_scenario_text

SETTINGS = [
    ("service.stop_timeout", (2, 120), (1, 121)),
    ("target_group.deregistration_delay", (0, 3600), (3601,)),
    ("target_group.slow_start", (0, 30, 900), (29, 901)),
    ("target_group.idle_timeout", (1, 4000), (0.5, 4001)),
    ("target_group.health_check.interval", (6, 300), (301,)),
    ("target_group.health_check.timeout", (2, 29), (1,)),
    ("target_group.health_check.healthy_threshold", (2, 10), (1, 11)),
    ("target_group.health_check.unhealthy_threshold", (2, 10), (1, 11)),
    ("strategies.r.maximum_percent", (100, 400), (99,)),
    ("strategies.r.bake_time", (0, 86400), (86460, 90)),
    ("strategies.b.termination_wait", (0, 172800), (172860, 90)),
    ("strategies.b.ready_wait", (0, 172800), (172860,)),
    ("strategies.c.percent", (1, 99), (2.5, 100, 0.5)),
    ("strategies.c.wait", (60, 172800), (90, 172860)),
    ("strategies.l.every", (60, 172800), (90, 172860)),
    ("strategies.nc.percent", (0.1, 100, 12.3), (0.05, 0.15)),
    ("strategies.nc.wait", (60, 86400), (30, 86460)),
    ("strategies.nl.percent", (3, 100, 3.1), (2.9, 3.15)),
    ("strategies.nl.bake_time", (0, 86400), (86460,)),
    ("alarms.0.period", (10, 20, 30, 60, 300), (5, 45, 90)),
    ("defaults.bake_time", (60,), (90, 86460)),
    ("defaults.termination_wait", (60,), (90, 172860)),
]
INSIDE = [(path, value) for path, inside, _ in SETTINGS for value in inside]
OUTSIDE = [(path, value) for path, _, outside in SETTINGS for value in outside]
TEXT = """\
name: a
platform: {platform}
alarms: [{{name: x, metric: cpu, threshold: 80}}]
strategies:
  r: {{type: rolling, minimum_healthy_percent: 50}}
  b: {{type: blue_green}}
  c: {{type: canary}}
  l: {{type: linear}}
  nc: {{type: canary, controller: ecs}}
  nl: {{type: linear, controller: ecs}}
"""


def load(platform, path, value):
    """Load with one setting."""
    text = TEXT.format(platform=platform)
    return load_scenario_text(text, overrides=[f"{path}={value}"])


@pytest.mark.parametrize(("path", "value"), INSIDE)
def test_aws_takes_it(path, value):
    """Bounds are inclusive."""
    load("ecs", path, value)


@pytest.mark.parametrize("seconds", [1, 300, 3600])
def test_a_stop_may_take_longer_on_ec2(seconds):
    """AWS bounds stopTimeout on Fargate alone (ecs-stop-timeout)."""
    text = TEXT.format(platform="ecs") + "service: {launch_type: ec2}\n"
    found = load_scenario_text(text, overrides=[f"service.stop_timeout={seconds}"])
    assert found.service.stop_timeout == seconds


@pytest.mark.parametrize(("path", "value"), OUTSIDE)
def test_aws_refuses_it(path, value):
    """One line tells the path."""
    with pytest.raises(ScenarioError) as caught:
        load("ecs", path, value)
    assert [fault.path for fault in caught.value.faults] == [path]


@pytest.mark.parametrize(("path", "value"), OUTSIDE)
def test_custom_lifts_it(path, value):
    """Another balancer, or a test on the scale of seconds."""
    load("custom", path, value)


@pytest.mark.parametrize(
    ("path", "value"),
    [("service.stop_timeout", -1), ("target_group.deregistration_delay", "-3s"),
     ("target_group.health_check.interval", 0), ("strategies.c.percent", 101),
     ("strategies.r.minimum_healthy_percent", 101), ("alarms.0.period", 0)],
)  # fmt: skip
def test_custom_does_not_lift_sense(path, value):
    """No negative times, no more than everybody."""
    with pytest.raises(ScenarioError):
        load("custom", path, value)
