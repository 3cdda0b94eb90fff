"""One service in several tools' words: the files that say the same give the same scenario."""

import pytest

from simdeploy.importers.aws import import_files
from simdeploy.scenario import load_scenario_text

from .shapes import ROOT

FOLDER = ROOT / "scenarios" / "aws-files"
MANIFEST = ROOT / "scenarios" / "kubernetes-files" / "checkout-api.yaml"
BALANCING = ("target-groups.json", "target-group-attributes.json", "load-balancer-attributes.json")
AROUND = ("task-definition.json", *BALANCING, "alarms.json")
STYLES = {
    "plan": ("terraform-plan.json",),
    "CloudFormation": ("cloudformation.yaml",),
    "state": ("terraform.tfstate.json",),
    "CLI": ("service.json", *AROUND),
    "ecspresso": ("ecs-service-def.json", *AROUND),
}


def scenario(names):
    """Import files of the folder and load what comes of it."""
    return load_scenario_text(import_files([FOLDER / name for name in names]).text)


@pytest.fixture(scope="module")
def planned():
    """Return the service as Terraform plans it."""
    return scenario(STYLES["plan"])


@pytest.mark.parametrize("style", STYLES)
def test_the_same_scenario(planned, style):
    """Whatever tool describes the service, the scenario is the same to the last field."""
    assert scenario(STYLES[style]) == planned


def test_the_service_is_as_it_was_made_up(planned):
    """The values are those that every file was written to say."""
    check = planned.target_group.health_check
    rolling = planned.resolved_strategies["rolling"]
    (alarm,) = planned.alarms
    service = planned.service
    assert (service.name, service.desired_count) == ("checkout-api", 6)
    assert (service.task.vcpu, service.task.memory_gb, service.launch_type) == (0.5, 1, "fargate")
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (100, 200)
    assert (rolling.circuit_breaker.enable, rolling.circuit_breaker.rollback) == (True, True)
    assert (service.health_check_grace_period, service.stop_timeout) == (60, 30)
    assert (check.interval, check.timeout) == (10, 5)
    assert (check.healthy_threshold, check.unhealthy_threshold) == (2, 2)
    assert planned.target_group.deregistration_delay == 30
    assert (alarm.name, alarm.metric, alarm.period) == ("checkout-5xx", "target_5xx_rate", 60)
    assert (alarm.datapoints, alarm.of, rolling.alarms) == (2, 2, ("checkout-5xx",))


def test_a_plan_leaves_nothing_open():
    """What the provider computes because nobody said it is AWS's default, and not a question."""
    found = import_files([FOLDER / "terraform-plan.json"])
    assert [str(one) for one in found.assumptions if "known after apply" in str(one)] == []


def test_kubernetes_says_the_same_in_its_words(planned):
    """What a manifest can say is what the plan says, and what neither says is the same."""
    kept = load_scenario_text(import_files([MANIFEST]).text)
    for field in ("name", "desired_count", "workers", "request_time", "slo_latency"):
        assert getattr(kept.service, field) == getattr(planned.service, field)
    assert kept.service.task.vcpu == planned.service.task.vcpu
    assert kept.service.task.memory_gb == planned.service.task.memory_gb
    assert kept.service.startup.boot == planned.service.startup.boot
    assert kept.traffic == planned.traffic
    probe, check = kept.service.readiness, planned.target_group.health_check
    assert (probe.period, probe.timeout) == (check.interval, check.timeout)
    assert (probe.successes, probe.failures) == (check.healthy_threshold, check.unhealthy_threshold)
    startup = kept.service.startup_probe
    assert startup.period * startup.failures == planned.service.health_check_grace_period
    assert kept.service.pre_stop == planned.target_group.deregistration_delay
    grace = kept.service.termination_grace_period
    assert grace - kept.service.pre_stop == planned.service.stop_timeout
    rolling = kept.resolved_strategies["rolling"]
    # At least 100 %, at most 200 % of six.
    assert (rolling.max_unavailable, rolling.max_surge) in {(0, "100%"), (0, 1.0), (0, 6)}


def test_every_file_is_in_some_style():
    """No file lies in the folder that no test reads."""
    there = {path.name for path in FOLDER.iterdir()}
    assert there == {name for names in STYLES.values() for name in names}
