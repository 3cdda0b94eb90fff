"""Samples of tasks, polls, failed starts, CodeDeploy and logs: which step each pair of times is."""

import json

import pytest

from simdeploy import calibrate
from simdeploy.errors import SimdeployError
from simdeploy.scenario import load_scenario
from tests.calibrating.simulated import BEGIN, GROUP, HOUR, Writer, stamp


@pytest.fixture
def fits(tmp_path):
    """Return a function that calibrates documents and texts, and returns the fits by step."""

    def calibrated(*contents, **options):
        paths = []
        for k, content in enumerate(contents):
            paths.append(tmp_path / f"{k}.txt")
            text = content if isinstance(content, str) else json.dumps(content)
            paths[-1].write_text(text, encoding="utf-8")
        found = calibrate(paths, **options)
        return {fit.step.id: fit for fit in found.fits}, found

    return calibrated


def task(number, created, **times):
    """Return a task of ``describe-tasks``; times are seconds after its creation."""
    codes = {key: times.pop(key) for key in ("stopCode", "startedBy") if key in times}
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:1:task/c/task{number}",
        "group": "service:web",
        "createdAt": stamp(created),
        **{key: stamp(created + s) for key, s in times.items()},
        **codes,
    }


def deployed(n=9, **details):
    """Return a writer of deployments an hour apart."""
    writer = Writer()
    for k in range(n):
        writer.deploy(BEGIN + k * HOUR, 21.0, number=k + 2, **details)
    return writer


def middles(fit):
    """Return the middles of a fit's samples."""
    return [sample.middle for sample in fit.samples]


def test_the_stages_of_a_start_are_those_of_tasks(fits):
    """Created to pull, and pull, come from tasks; pulled to registered is known to a look."""
    writer = deployed(9, start=40.8)
    tasks = [
        task(k, BEGIN + k * HOUR, pullStartedAt=14.0 + k / 10, pullStoppedAt=27.0 + k / 10,
             startedAt=49.0, startedBy=f"ecs-svc/{k + 2:019d}")
        for k in range(9)
    ]  # fmt: skip
    found, whole = fits(writer.services(), {"tasks": tasks})
    assert found["provisioning"].quantile(0.5) == pytest.approx(14.4, abs=0.05)
    assert middles(found["pull"]) == pytest.approx([13.0] * 9, abs=0.002)
    assert found["container_start"].step.words == "pulled → registered"
    assert middles(found["container_start"])[0] == pytest.approx(40.8 - 27.0 - 5.1, abs=0.05)
    assert "start" not in found
    assert "service.startup.pull" in whole.keys


def test_running_is_the_end_of_a_start_only_without_a_load_balancer(fits):
    """Where nothing is ever registered, pulled to RUNNING is the container's start."""
    writer = Writer()
    writer.say(BEGIN, "has started 1 tasks: (task 01).")
    writer.say(BEGIN + 60, "has reached a steady state.")
    one = task(1, BEGIN, pullStartedAt=14.0, pullStoppedAt=27.0, startedAt=30.0)
    found, _ = fits(writer.services(), {"tasks": [one]})
    assert middles(found["container_start"]) == pytest.approx([3.0], abs=0.002)
    alone, _ = fits({"tasks": [one]})
    assert "container_start" not in alone


def test_a_cached_image_is_no_pull(fits):
    """A pull of a few milliseconds is left out and counted."""
    tasks = [task(k, BEGIN, pullStartedAt=1.0, pullStoppedAt=1.0 + s)
             for k, s in enumerate((0.02, 0.04, 9.0))]  # fmt: skip
    found, whole = fits({"tasks": tasks})
    assert middles(found["pull"]) == pytest.approx([9.0], abs=0.002)
    assert "2 pulls of an image that was there already are left out" in whole.notes


def test_a_shutdown_that_was_killed_is_open(fits):
    """An exit at the stop timeout would have taken longer, and no other cause is a shutdown."""
    tasks = [
        task(1, BEGIN, stoppingAt=100.0, executionStoppedAt=104.0,
             stopCode="ServiceSchedulerInitiated"),
        task(2, BEGIN, stoppingAt=100.0, executionStoppedAt=130.5,
             stopCode="ServiceSchedulerInitiated"),
        task(3, BEGIN, stoppingAt=100.0, executionStoppedAt=109.0, stopCode="UserInitiated"),
    ]  # fmt: skip
    found, whole = fits({"tasks": tasks})
    assert found["shutdown"].n == 1
    assert [sample.is_open for sample in found["shutdown"].samples] == [False, True]
    assert "service.shutdown" in whole.keys


def test_a_crash_shows_when_it_was_noticed_and_replaced(fits):
    """A process that died at 100 s, stopped by ECS 10 s later, is replaced at the next look."""
    writer = Writer()
    writer.say(BEGIN - HOUR, "has reached a steady state.")
    writer.say(BEGIN + 131.5, "has started 1 tasks: (task 02).")
    writer.say(BEGIN + 200.0, "has reached a steady state.")
    dead = task(1, BEGIN, executionStoppedAt=100.0, stoppingAt=110.0,
                stopCode="EssentialContainerExited")  # fmt: skip
    found, _ = fits(writer.services(), {"tasks": [dead]})
    assert middles(found["exit_noticed"]) == pytest.approx([10.0], abs=0.002)
    assert middles(found["replace_died"]) == pytest.approx([26.4], abs=0.01)


def test_polls_see_a_verdict_and_its_replacement(fits):
    """A target that polls see unhealthy at 100 s is replaced by a start 30 s later."""
    writer = Writer()
    writer.say(BEGIN - HOUR, "has reached a steady state.")
    writer.say(BEGIN + 130.0, "has started 1 tasks: (task 02).")
    writer.say(BEGIN + 400.0, "has reached a steady state.")
    polls = [poll(99.0, "healthy"), poll(101.0, "unhealthy")]
    found, _ = fits(writer.services(), "\n".join(map(json.dumps, polls)))
    assert middles(found["replace_sick"]) == pytest.approx([24.9], abs=0.6)


def poll(at, state, target="10.0.0.1"):
    """Return a poll of target health."""
    return {"at": stamp(BEGIN + at), "TargetHealthDescriptions": [
        {"Target": {"Id": target, "Port": 80}, "TargetHealth": {"State": state}}]}  # fmt: skip


def test_polls_of_a_new_target_show_when_it_was_healthy(fits):
    """With polls, registered to healthy is known to their period, and bounds the boot."""
    writer = deployed(1, start=30.6, healthy=40.8)
    polls = [poll(at, "initial" if at < 63.0 else "healthy") for at in range(32, 70, 2)]
    found, whole = fits(writer.services(), "\n".join(map(json.dumps, polls)))
    check = found["first_check"]
    assert middles(check) == pytest.approx([32.4], abs=1.1)
    assert any("boot of the application: between 1 and 33 s" in said for said in whole.unknown)


def test_failed_starts_are_counted_since_the_last_success(fits):
    """Attempts of 278 s with pauses of 36, 36 and 302 s give pauses by their number in a row."""
    writer = Writer()
    writer.say(BEGIN - HOUR, "has reached a steady state.")
    at = BEGIN
    for pause in (36.0, 36.0, 302.0):
        writer.say(at, "has started 1 tasks: (task 0a).")
        writer.say(at + 278.0, "was unable to place a task. Reason: CannotPullContainerError: no.")
        at += 278.0 + pause
    writer.say(at, "has started 1 tasks: (task 0b).")
    found, whole = fits(writer.services())
    assert middles(found["fails_after"]) == pytest.approx([278.0] * 3)
    assert [sample.number for sample in found["start_pause"].samples] == [1, 2, 3]
    pauses = whole.keys["service.start_backoff.pauses"]
    assert [len(pause["values"]) for pause in pauses] == [4, 4, 4]
    assert max(pauses[2]["values"]) > 296


def test_hops_of_code_deploy_are_no_hooks(fits, tmp_path):
    """Hops become the controller's delay of strategies under CodeDeploy; hooks are only told."""
    marks = [("BeforeInstall", 0.0, 0.5), ("Install", 1.0, 61.0), ("AfterInstall", 61.5, 91.5),
             ("AllowTraffic", 92.0, 92.7)]  # fmt: skip
    target = {"deploymentTargets": [{"ecsTarget": {
        "deploymentId": "d-1", "targetId": "cluster:web", "lifecycleEvents": [
            {"lifecycleEventName": name, "startTime": stamp(BEGIN + a), "endTime": stamp(BEGIN + b)}
            for name, a, b in marks]}}]}  # fmt: skip
    scenario = tmp_path / "my.yaml"
    scenario.write_text(
        "name: my\nstrategies:\n  blue-green: {type: blue_green}\n  rolling: {type: rolling}\n",
        encoding="utf-8",
    )
    found, whole = fits(target, scenario=scenario)
    assert middles(found["controller_delay"]) == pytest.approx([0.5, 0.5, 0.5], abs=0.002)
    assert middles(found["hook"]) == pytest.approx([30.0], abs=0.002)
    assert list(whole.keys) == ["strategies.blue-green.controller_delay"]
    whole.write(scenario)
    strategy = load_scenario(scenario).resolved_strategies["blue-green"]
    assert strategy.controller_delay.quantile(0.5) == pytest.approx(0.5)


def test_an_alarm_and_the_rollback_after_it(fits):
    """From an alarm's change to the rollback is what its poll took."""
    writer = Writer()
    writer.say(BEGIN, "has started 1 tasks: (task 01).")
    writer.say(BEGIN + 100, "(deployment ecs-svc/2) deployment failed: alarm detected.")
    writer.say(BEGIN + 100.001, "rolling back to deployment ecs-svc/1.")
    history = {"AlarmHistoryItems": [
        {"AlarmName": "5xx", "HistoryItemType": "StateUpdate", "Timestamp": stamp(BEGIN + 93.0),
         "HistorySummary": "Alarm updated from OK to ALARM"}]}  # fmt: skip
    found, _ = fits(writer.services(), history)
    assert middles(found["alarm_to_rollback"]) == pytest.approx([7.0], abs=0.01)


LOG = """\
2026-07-01T10:00:05.000000+00:00 ecs/app/0a1b2c3d4e5f booting
2026-07-01T10:00:06.000000+00:00 ecs/app/ffffffffffff booting
2026-07-01T10:00:13.500000+00:00 ecs/app/0a1b2c3d4e5f Started Application in 8 s
2026-07-01T10:00:18.000000+00:00 ecs/app/ffffffffffff Started Application in 12 s
"""


def test_a_log_gives_the_boot(fits):
    """From the first line of each task's stream to the line that says ready is its boot."""
    found, whole = fits(deployed(3, healthy=40.8).services(), LOG, app_log="Started Application")
    assert middles(found["boot"]) == pytest.approx([8.5, 12.0], abs=0.01)
    assert {sample.of for sample in found["boot"].samples} == {"0a1b2c3d4e5f", "ffffffffffff"}
    assert "service.startup.boot" in whole.keys
    assert not any("first_check" in key for key in whole.keys)


def test_a_log_of_the_aws_cli_gives_the_boot(fits):
    """Events of filter-log-events are a log, too."""
    events = [{"logStreamName": "ecs/app/0a1b2c3d", "timestamp": int((BEGIN + at) * 1000),
               "message": words} for at, words in ((0, "hello"), (7, "ready"))]  # fmt: skip
    found, _ = fits({"events": events}, app_log="^ready")
    assert middles(found["boot"]) == pytest.approx([7.0], abs=0.01)


def test_a_boot_that_was_over_at_registration_is_not_written(fits):
    """Where the first check passes, the boot of the log lies within the start, and boot is 0."""
    found, whole = fits(deployed(3).services(), LOG, app_log="Started Application")
    assert "over at registration" in found["boot"].note
    assert whole.keys["service.startup.boot"] == 0


def test_checks_that_would_have_replaced_the_tasks_are_not_theirs(fits):
    """Tasks that lived without a passed check beyond grace period and checks have others."""
    _, whole = fits(deployed(3, healthy=122.4).services())
    assert any("tasks lived longer without passing a check" in said for said in whole.unknown)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("(", "is no pattern"), ("never", "no line of")],
)
def test_a_pattern_that_finds_nothing_is_refused(fits, pattern, message):
    """A pattern that is none, or that no line matches, is an error."""
    with pytest.raises(SimdeployError, match=message):
        fits(deployed(1).services(), LOG, app_log=pattern)


def test_a_pattern_without_a_log_is_refused(fits):
    """A pattern needs a log among the files."""
    with pytest.raises(SimdeployError, match="no log among the files"):
        fits(deployed(1).services(), app_log="ready")


def test_times_in_minutes_are_refused(fits):
    """Times without seconds are too coarse for steps of seconds."""
    lines = ["2026-07-01 10:00 UTC (service web) has started 1 tasks: (task 01).",
             "2026-07-01 10:01 UTC (service web) registered 1 targets in (target-group web)",
             "2026-07-01 10:03 UTC (service web) has reached a steady state."]  # fmt: skip
    with pytest.raises(SimdeployError, match="whole minutes"):
        fits("\n".join(lines))


def test_another_number_of_tasks_is_named(fits, tmp_path):
    """Where deployments start another number of tasks than the scenario has, both are said."""
    scenario = tmp_path / "my.yaml"
    scenario.write_text(
        "name: my\nservice: {desired_count: 6}\ntarget_group: {deregistration_delay: 30s}\n"
        "strategies: {rolling: {type: rolling}}\n",
        encoding="utf-8",
    )
    _, whole = fits(deployed(3, tasks=2).services(), scenario=scenario)
    assert any("started 2 tasks" in note and "desired_count 6" in note for note in whole.notes)


def test_old_tasks_that_stop_first_say_nothing_of_health(fits):
    """Where the order to stop precedes registration, it does not follow from health."""
    writer = Writer()
    for k in range(3):
        begin = BEGIN + k * HOUR
        writer.say(begin - 60, "has reached a steady state.")
        writer.say(begin, "has stopped 1 running tasks: (task 00).")
        writer.say(begin + 10.2, f"deregistered 1 targets in (target-group {GROUP})")
        writer.say(begin + 51.0, "has started 1 tasks: (task 01).")
        writer.say(begin + 81.6, f"registered 1 targets in (target-group {GROUP})")
        writer.say(begin + 102.0, f"(deployment ecs-svc/{k + 2}) deployment completed.")
    found, _ = fits(writer.services())
    assert found["start"].n == 3
    assert "first_check" not in found
