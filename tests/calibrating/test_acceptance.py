"""Calibration of whole files: what the events of deployments give, and what they do not."""

import json
import math
import time

import numpy as np
import pytest

from simdeploy import calibrate
from simdeploy.engines import replicate
from simdeploy.errors import SimdeployError
from simdeploy.report.story.export import to_json
from simdeploy.scenario import load_scenario
from simdeploy.simulating import simulate
from tests.calibrating.simulated import BEGIN, GROUP, HOUR, Writer, service, stamp, write_run


@pytest.fixture
def write(tmp_path):
    """Return a function that writes texts into files and returns their paths."""

    def written(*texts):
        paths = [tmp_path / f"{k}.json" for k in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        return paths

    return written


def events(writer, rows, begin=BEGIN):
    """Add events by seconds and words."""
    for at, words in rows:
        writer.say(begin + at, words)


def by_step(calibration):
    """Return the fits by the name of their step."""
    return {fit.step.id: fit for fit in calibration.fits}


def deployments(n, **details):
    """Return a writer of some deployments, an hour apart."""
    writer = Writer()
    for k in range(n):
        writer.deploy(BEGIN + k * HOUR, 22.0, number=k + 2, **details)
    return writer


def test_the_bake_time_of_the_service_is_not_the_delay(write):
    """What describe-services says of the bake time is taken off before the delay is read."""
    writer = Writer()
    for k in range(3):
        begin = BEGIN + k * HOUR
        writer.deploy(begin, 180.0 + 22.0, number=k + 2, created=begin - 9)
    services = json.loads(writer.services())
    services["services"][0]["deploymentConfiguration"] = {"bakeTimeInMinutes": 3}
    found = calibrate(write(json.dumps(services)))
    assert "30 s fits 3 of 3 deployments besides the bake time of 180 s" in found.delay_words
    assert by_step(found)["tail"].n == 3


def test_stopped_after_the_drain_reads_the_delay(write):
    """Where "stopped" follows "deregistered" by 302 s, it is SIGTERM, and the delay is 300 s."""
    writer = Writer()
    events(writer, [
        (-60, "has reached a steady state."),
        (0, "has started 1 tasks: (task 01)."),
        (30.6, f"registered 1 targets in (target-group {GROUP})"),
        (51.0, f"deregistered 1 targets in (target-group {GROUP})"),
        (51.01, "has begun draining connections on 1 tasks."),
        (353.0, "has stopped 1 running tasks: (task 00)."),
        (372.0, "has reached a steady state."),
    ])  # fmt: skip
    found = calibrate(write(writer.services()))
    assert "300 s fits 1 of 1 deployment" in found.delay_words
    assert "look" not in by_step(found)
    assert not any("delay" in key for key in found.keys)


def test_stopped_before_the_drain_is_the_order(write):
    """Where "stopped" precedes "deregistered" by 10 s, it is the order, and the tail is 22 s."""
    writer = Writer()
    events(writer, [
        (-60, "has reached a steady state."),
        (0, "has started 1 tasks: (task 01)."),
        (30.6, f"registered 1 targets in (target-group {GROUP})"),
        (40.8, "has stopped 1 running tasks: (task 00)."),
        (50.8, f"deregistered 1 targets in (target-group {GROUP})"),
        (102.8, "(deployment ecs-svc/2) deployment completed."),
    ])  # fmt: skip
    found = by_step(calibrate(write(writer.services()), delay=30.0))
    assert found["tail"].quantile(0.5) == pytest.approx(22.0, abs=0.01)
    assert found["look"].quantile(0.5) == pytest.approx(10.0, abs=0.01)


@pytest.mark.many_runs
def test_simulated_deployments_give_back_what_made_them(write):
    """Events of forty simulated deployments give medians within 5 % of the scenario's."""
    given = service([
        "service.startup.provisioning={distribution: lognormal, median: 25s, p95: 45s}",
        "service.startup.pull=8s",
        "service.startup.container_start=3s",
        "service.control_plane.command={distribution: uniform, low: 4, high: 19}",
        "strategies.rolling.alarms=[]",
    ])  # fmt: skip
    writer = Writer()
    writer.say(BEGIN - HOUR, "has reached a steady state.")
    commands = []
    for k in range(40):
        run = simulate(given, "rolling", seed=1, replication=k)
        document = json.loads(to_json(run.timeline))
        begun = next(e["t"] for e in document["events"] if e["kind"] == "task_created")
        commands.append(begun)
        write_run(writer, document, BEGIN + k * HOUR, k + 2)
    found = calibrate(write(writer.services()))
    steps = by_step(found)
    assert steps["start"].n == 240
    assert steps["start"].quantile(0.5) == pytest.approx(36.0, rel=0.05)
    assert steps["start"].quantile(0.95) == pytest.approx(56.0, rel=0.1)
    assert found.keys["service.startup.provisioning"]["median"] == pytest.approx(25.0, rel=0.06)
    assert steps["command"].quantile(0.5) == pytest.approx(float(np.median(commands)), rel=0.01)
    assert found.clock.tick == pytest.approx(10.2, rel=0.01)


def test_three_deployments_are_widened(write):
    """Three starts of 140 to 142 s are told as at least ten seconds wide, and as widened."""
    writer = Writer()
    for k, start in enumerate((140.0, 141.0, 142.0)):
        writer.deploy(BEGIN + k * HOUR, 22.0, number=k + 2, created=BEGIN + k * HOUR - start)
    tasks = [
        {"taskArn": f"arn:aws:ecs:eu-west-1:1:task/c/{k}", "group": "service:web",
         "createdAt": stamp(BEGIN + 5 * HOUR), "pullStartedAt": stamp(BEGIN + 5 * HOUR + start)}
        for k, start in enumerate((140.0, 141.0, 142.0))
    ]  # fmt: skip
    found = by_step(calibrate(write(json.dumps({"tasks": tasks}))))["provisioning"]
    assert found.n == 3
    assert found.quantile(0.5) == pytest.approx(141.0)
    assert found.quantile(0.95) - found.quantile(0.05) >= 10.0
    assert "widened, n = 3" in found.why


def test_a_move_between_zones_changes_nothing(write):
    """A task that moves to another zone between two deployments is no deployment."""
    plain = deployments(3).services()
    writer = Writer()
    for k in range(3):
        end = writer.deploy(BEGIN + k * HOUR, 22.0, number=k + 2)
        events(writer, [
            (100.0, "has started 1 tasks in use1-az1 to AZ Rebalance: (task 77)."),
            (145.0, f"registered 1 targets in (target-group {GROUP})"),
            (160.0, "has stopped 1 running tasks in use1-az2 to AZ Rebalance: (task 78)."),
            (170.0, f"deregistered 1 targets in (target-group {GROUP})"),
            (212.0, "has reached a steady state."),
        ], end + 600)  # fmt: skip
    one, other = calibrate(write(plain)), calibrate(write(writer.services()))
    assert one.keys == other.keys
    assert one.deployments == other.deployments == 3


def test_a_deployment_that_is_overtaken_says_nothing_of_the_command(write):
    """With another command before its end, a deployment's first act may be anybody's."""
    writer = Writer()
    end = writer.deploy(BEGIN, 22.0, number=2, created=BEGIN - 12.0)
    alone = calibrate(write(writer.services()))
    writer.deployments.append({"id": "ecs-svc/9", "createdAt": stamp(end - 40.0)})
    overtaken = calibrate(write(writer.services()))
    assert "service.control_plane.command" in alone.keys
    assert "service.control_plane.command" not in overtaken.keys
    assert "another was ordered before its end" in " ".join(overtaken.notes)


def test_a_pull_that_runs_backwards_is_named(write):
    """A pull that ends before it begins is named and not used; the other tasks are."""
    tasks = []
    for k in range(6):
        created = BEGIN + k * 60.0
        stopped = created + (10.0 if k == 3 else 21.0)
        tasks.append({
            "taskArn": f"arn:aws:ecs:eu-west-1:1:task/c/task{k}", "group": "service:web",
            "createdAt": stamp(created), "pullStartedAt": stamp(created + 13.0),
            "pullStoppedAt": stamp(stopped),
        })  # fmt: skip
    found = calibrate(write(json.dumps({"tasks": tasks})))
    assert by_step(found)["pull"].n == 5
    assert [note for note in found.notes if "task3" in note and "pullStoppedAt" in note]


@pytest.mark.many_runs
def test_a_late_order_becomes_first_check_and_no_task_dies(write, tmp_path):
    """An order 41 s after registration is first check, not boot: with grace 0 all runs finish."""
    writer = deployments(6, healthy=41.0)
    target = tmp_path / "my.yaml"
    target.write_text(
        "name: my\nextends: happy-path.yaml\n"
        "service: {health_check_grace_period: 0s}\n"
        "target_group: {deregistration_delay: 30s, health_check: {interval: 30s, timeout: 5s, "
        "healthy_threshold: 5, unhealthy_threshold: 2}}\n",
        encoding="utf-8",
    )
    (tmp_path / "happy-path.yaml").write_text(_flat("happy-path"), encoding="utf-8")
    found = calibrate(write(writer.services()), scenario=target)
    check = by_step(found)["first_check"]
    assert 30.8 <= check.quantile(0.5) <= 41.0
    assert found.keys["service.startup.boot"] == 0
    assert "below 60 s" in " ".join(found.unknown)
    found.write(target)
    rows = replicate(load_scenario(target), "rolling", seed=1, lo=0, hi=100)
    assert not np.isnan(rows["full_traffic_s"]).any()
    assert rows["failed_tasks"].sum() == 0


def _flat(name):
    from simdeploy.scenario.writing import dump_scenario

    return dump_scenario(load_scenario(name))


def test_only_steady_states_are_refused(write):
    """A list of steady states has no deployment in it, and the message says where they are."""
    writer = Writer()
    for k in range(100):
        writer.say(BEGIN + 6 * k * HOUR, "has reached a steady state.")
    with pytest.raises(SimdeployError, match="no deployment in them; list-service-deployments"):
        calibrate(write(writer.services()))


def test_a_delay_that_cannot_be_is_refused(write):
    """Deployments that end before the scenario's delay is over are another service's."""
    with pytest.raises(SimdeployError, match="300 s, but deployments ended 52 s after"):
        calibrate(write(deployments(3).services()), delay=300.0)


def test_a_list_that_begins_within_a_deployment_gives_only_whole_steps(write):
    """A list cut within its first deployment gives the starts of the others alone."""
    whole = deployments(3)
    cut = Writer(events=whole.events[2:])
    assert by_step(calibrate(write(whole.services())))["start"].n == 3
    found = calibrate(write(cut.services()))
    assert by_step(found)["start"].n == 2
    assert "these events begin within it" in " ".join(found.notes)


def test_what_had_not_ended_is_left_open(write):
    """A task that was not registered when the list ended counts as longer than that."""
    writer = deployments(2)
    events(writer, [
        (0.0, "has started 2 tasks: (task 0a) (task 0b)."),
        (30.6, f"registered 1 targets in (target-group {GROUP})"),
        (61.2, "is AZ balanced with 2 tasks in use1-az1."),
    ], BEGIN + 5 * HOUR)  # fmt: skip
    start = by_step(calibrate(write(writer.services())))["start"]
    assert start.n == 3
    assert [s.low for s in start.samples if math.isinf(s.high)] == pytest.approx([61.2])


def test_an_outlier_is_named_and_can_be_dropped(write):
    """A start of minutes among starts of half a minute is kept and named; --drop leaves it out."""
    writer = deployments(5)
    writer.deploy(BEGIN + 6 * HOUR, 22.0, number=9, start=306.0)
    paths = write(writer.services())
    found = calibrate(paths)
    name = f"{9:019d}"
    assert [note for note in found.notes if note.startswith(name) and "far from" in note]
    assert by_step(found)["start"].n == 6
    assert by_step(calibrate(paths, drop=[name]))["start"].n == 5
    with pytest.raises(SimdeployError, match='no deployment or task "nope"'):
        calibrate(paths, drop=["nope"])


def test_counts_beyond_any_service(write):
    """An event may count a million targets: as many as a service has at most are looked at."""
    text = deployments(3, created=None).services()
    found = write(text.replace("registered 1 targets", "registered 999999 targets"))
    began = time.process_time()
    assert calibrate(found).fits
    assert time.process_time() - began < 5.0
