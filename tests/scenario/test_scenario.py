"""The scenario as a whole: every key, its defaults, its dump, its schema, the gallery."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simdeploy.engines import encoded
from simdeploy.errors import ScenarioError
from simdeploy.scenario import (
    Scenario,
    builtin_scenarios,
    dump_scenario,
    dump_yaml,
    json_schema,
    load_scenario,
    load_scenario_text,
)
from simdeploy.scenario.reading import read_text

EVERY_KEY = Path(__file__).with_name("every-key.yaml")
SMALL = "name: a\nstrategies: {r: {type: rolling}}"


@pytest.fixture(scope="module")
def every_key():
    """Load the file with every block."""
    return load_scenario(EVERY_KEY)


@pytest.mark.parametrize("name", ["every-key", *builtin_scenarios()])
def test_a_dump_reads_back(name):
    """Writing and reading gives an equal scenario."""
    one = load_scenario(EVERY_KEY if name == "every-key" else name)
    again = load_scenario_text(dump_scenario(one))
    assert again == one
    assert again.resolved_strategies == one.resolved_strategies


def test_a_dump_has_only_what_was_set():
    """Defaults are not written down."""
    assert dump_scenario(load_scenario_text(SMALL)) == (
        "name: a\nstrategies:\n  r:\n    type: rolling\n"
    )


@given(st.text(max_size=20))
def test_texts_survive_a_dump(text):
    """No text turns into a number, a word or a date on the way."""
    clean = "".join(c for c in text if c.isprintable())
    assert read_text(dump_yaml({"title": clean}), "f").plain() == {"title": clean}


def test_every_key_is_read(every_key):
    """Times are seconds, percents 0-100, shares 0-1."""
    assert every_key.service.slo_latency == 1.0
    assert every_key.operator.notices_share == 0.05
    assert every_key.alarms[0].threshold == 0.01
    assert every_key.environment.events[0].until == 1800
    assert every_key.release.faults[0].after.mean() == 2
    assert every_key.strategies["rolling"].maximum_percent == 200
    assert every_key.chain == (every_key.release,)


def test_a_scenario_is_frozen(every_key):
    """Nobody changes a scenario under way."""
    with pytest.raises(ValidationError):
        every_key.runs = 3


def test_a_scenario_travels(every_key):
    """Workers get a copy."""
    assert pickle.loads(pickle.dumps(every_key)) == every_key


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("service.desired_count", 6), ("service.task.vcpu", 1), ("service.task.memory_gb", 2),
        ("service.workers", 8), ("service.stop_timeout", 30), ("service.scheduler_tick", 10.2),
        ("service.health_check_grace_period", 0), ("service.launch_rate", 20),
        ("service.launch_burst", 100), ("service.control_plane.look_jitter", 0.35),
        ("service.start_backoff.cap", 1620), ("service.stop_before_start", True),
        ("service.replace_with_same_revision", True), ("service.max_connections", None),
        ("service.slots", None), ("service.startup.image_mb", 120),
        ("target_group.health_check.interval", 30), ("target_group.health_check.timeout", 5),
        ("target_group.health_check.healthy_threshold", 5),
        ("target_group.health_check.unhealthy_threshold", 2),
        ("target_group.health_check.initial_passes", 1), ("target_group.idle_timeout", 60),
        ("target_group.deregistration_delay", 300), ("target_group.slow_start", 0),
        ("target_group.fail_open", True), ("target_group.fail_open_min_count", 1),
        ("target_group.fail_open_includes_initial", False), ("traffic.rate", 100),
        ("traffic.client_timeout", 10), ("traffic.sampled", True), ("operator", None),
        ("horizon", 7200), ("runs", 1000), ("seed", 1), ("drill_after", 600), ("platform", "ecs"),
    ],
)  # fmt: skip
def test_defaults(path, value):
    """What is left out is off, or AWS's default."""
    one = load_scenario_text(SMALL)
    for key in path.split("."):
        one = getattr(one, key)
    assert one == value


@pytest.mark.parametrize(
    ("path", "mean"),
    [("service.startup.container_start", 3), ("service.startup.boot", 10),
     ("service.shutdown", 0.2), ("service.startup.pull_time", 120 / 15),
     ("target_group.deregistration_propagation", 2.5),
     ("target_group.weight_propagation", 5.5), ("target_group.health_check.first_check", 1.5)],
)  # fmt: skip
def test_default_distributions(path, mean):
    """The same for what is random."""
    one = load_scenario_text(SMALL)
    for key in path.split("."):
        one = getattr(one, key)
    assert one.mean() == pytest.approx(mean)


@pytest.mark.parametrize(
    ("service", "capacity", "mean"),
    [
        ("{}", 72.408, 0.110486),
        ("{capacity_rps: 40}", 40, 0.2),
        ("{request_time: 100ms, workers: 4}", 40, 0.1),
    ],
)
def test_capacity_and_request_time_fit(service, capacity, mean):
    """The capacity, given or by default, leaves workers ÷ capacity to each request."""
    one = load_scenario_text(f"{SMALL}\nservice: {service}").service
    assert one.capacity_rps == pytest.approx(capacity, rel=1e-4)
    assert one.workers / one.capacity_rps == pytest.approx(mean, rel=1e-4)


def test_the_first_check_follows_the_interval():
    """Its default is within 3 s; on platform custom, anything up to the interval."""
    text = f"{SMALL}\ntarget_group: {{health_check: {{interval: 10s}}}}"
    assert load_scenario_text(text).target_group.health_check.first_check.mean() == 1.5
    text += "\nplatform: custom"
    assert load_scenario_text(text).target_group.health_check.first_check.mean() == 5


#: What ECS itself takes, in the mean, by platform and launch type.
READINGS = {
    "": (10.2, 11.5, 10.0, 24.0, True, "at_looks"),
    "service: {launch_type: ec2}": (3.0, 5.0, 0.5, 24.0, True, "at_looks"),
    "service: {control_plane: instant}": (5.0, 0.0, 0.0, 0.0, False, "at_once"),
    "platform: custom": (5.0, 0.0, 0.0, 0.0, False, "at_once"),
}


@pytest.mark.parametrize(("text", "expected"), READINGS.items())
def test_the_platform_decides_what_aws_takes(text, expected):
    """Observed on Fargate and on EC2; nothing on other platforms, or where a file says so."""
    one = load_scenario_text(f"{SMALL}\n{text}").service
    plane = one.control_plane
    times = plane.command.mean(), plane.exit_noticed.mean(), plane.replace.sick.mean()
    found = one.scheduler_tick, *times, one.draining_counts_to_maximum, plane.steps
    assert found == expected


def test_what_is_set_stands_on_every_platform():
    """Defaults of a platform replace no value of the file; the file reads back as it was."""
    text = "service: {control_plane: {command: 7s}, draining_counts_to_maximum: true}"
    one = load_scenario_text(f"{SMALL}\nplatform: custom\n{text}")
    assert one.service.control_plane.command.mean() == 7
    assert one.service.draining_counts_to_maximum
    assert one.service.control_plane.exit_noticed.mean() == 0
    again = load_scenario_text(dump_scenario(one))
    assert again == one


def test_instant_reads_back():
    """The word stands for a block without any key set."""
    one = load_scenario_text(f"{SMALL}\nservice: {{control_plane: instant}}")
    assert "control_plane: instant" in dump_scenario(one)
    assert load_scenario_text(dump_scenario(one)) == one


def test_ec2_starts_faster():
    """1 + 2 + 1 s, as the image is there; a size of its own is pulled."""
    one = load_scenario_text(f"{SMALL}\nservice: {{launch_type: ec2}}").service.startup
    stages = one.provisioning.mean(), one.pull_time.mean(), one.container_start.mean()
    assert stages == (1, 2, 1)
    text = "service: {launch_type: ec2, startup: {image_mb: 150}}"
    assert load_scenario_text(f"{SMALL}\n{text}").service.startup.pull_time.mean() == 10


def test_custom_takes_what_aws_does_not():
    """A check may take as long as its interval, and a start no time, on other platforms only."""
    check = "target_group: {health_check: {interval: 5s, timeout: 5s}}"
    start = "service: {startup: {provisioning: 0, pull: 0, container_start: 0}}"
    one = load_scenario_text(f"{SMALL}\nplatform: custom\n{check}\n{start}")
    assert one.target_group.health_check.timeout == 5
    encoded(one, "r", "release")
    with pytest.raises(ScenarioError, match="must be less than interval, 5 s"):
        load_scenario_text(f"{SMALL}\n{check}")


def test_initial_passes_by_name():
    """The older reading of AWS's pages is one word."""
    check = "{initial_passes: healthy_threshold, healthy_threshold: 3}"
    one = load_scenario_text(f"{SMALL}\ntarget_group: {{health_check: {check}}}")
    assert one.target_group.health_check.initial_passes == 3


def test_datapoints_stand_for_of():
    """`datapoints: 3` alone is 3 of 3."""
    text = f"{SMALL}\nalarms: [{{name: x, metric: cpu, threshold: 80, datapoints: 3}}]"
    assert load_scenario_text(text).alarms[0].of == 3


def test_releases_are_a_chain():
    """Several releases, one after the other."""
    text = f"{SMALL}\nreleases: [{{}}, {{faults: [{{kind: never_listens}}]}}]"
    assert [len(one.faults) for one in load_scenario_text(text).chain] == [0, 1]


def test_python_builds_scenarios_too():
    """The models validate without a file, and tell faults with their path."""
    one = Scenario.model_validate({"name": "a", "strategies": {"r": {"type": "rolling"}}})
    assert one == load_scenario_text(SMALL)
    with pytest.raises(ValidationError, match="no alarm has this name"):
        Scenario.model_validate(
            {"name": "a", "strategies": {"r": {"type": "rolling", "alarms": ["x"]}}}
        )


def test_the_schema_is_one():
    """JSON Schema 2020-12, of plain JSON."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    json.dumps(schema, allow_nan=False)


@pytest.mark.parametrize("file", [EVERY_KEY, *builtin_scenarios().values()], ids=lambda p: p.stem)
def test_files_fit_the_schema(file):
    """What loads also passes in an editor."""
    data = read_text(file.read_text(encoding="utf-8"), "f").plain()
    schema = json_schema()
    if "extends" in data:
        schema["required"] = ["name"]
    jsonschema.Draft202012Validator(schema).validate(data)


def test_the_schema_has_every_default():
    """A key that may be left out shows its default; every key has a description."""
    schema = json_schema()
    for block in (schema, *schema["$defs"].values()):
        for key, one in block.get("properties", {}).items():
            assert key in block.get("required", ()) or "default" in one, key
            assert "description" in one or "const" in one, key


def test_the_gallery_goes_by_name():
    """`bad-boot` is enough."""
    assert load_scenario("bad-boot").name == "bad-boot"


def test_the_import_is_lean():
    """Reading a scenario needs neither numba nor pandas nor scipy."""
    code = (
        "import sys, simdeploy.scenario as s; s.load_scenario('bad-boot');"
        "print([m for m in ('numba', 'scipy', 'simpy') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
