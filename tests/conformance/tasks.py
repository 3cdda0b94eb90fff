"""Checks of the facts on a task's life, its start and its price."""

import numpy as np

from simdeploy.encode.prices import FARGATE
from simdeploy.scenario import Scenario
from simdeploy.semantics.cost import billed_seconds, hourly_price
from simdeploy.semantics.drain import stop_seconds
from tests.conformance.registry import checks
from tests.probes import during, events, faulty, play, refusal, rolling, stages, times

#: The life of a task that replaces another and is replaced later.
WHOLE_LIFE = ["provisioning", "pulling", "starting", "checking", "healthy"]


def tiny(**above):
    """Return a scenario with the defaults of the format."""
    return Scenario.model_validate(
        {"name": "tiny", "strategies": {"it": {"type": "rolling"}}, **above}
    )


@checks("ecs-task-states")
def task_states():
    """Check the order of a task's stages, and that RUNNING does not mean answering."""
    run = play()
    assert stages(run, 6) == WHOLE_LIFE
    assert stages(run, 0) == ["healthy", "draining", "stopping"]
    deaf = play(**faulty("never_listens"))
    assert times(deaf, "task_running", "new")[0] == 45.0
    assert not events(deaf, "target_healthy", "new")
    return (
        "a new task: " + ", ".join(WHOLE_LIFE) + "; an old one: healthy, draining, stopping; "
        "tasks that never listen are RUNNING at 45 s all the same"
    )


@checks("ecs-registration")
def registration():
    """Check that a task is registered as it reaches RUNNING."""
    run = play()
    assert times(run, "task_registered") == times(run, "task_running") == [45.0] * 6
    return "RUNNING at 45 s, registered at 45 s"


@checks("ecs-stop-sequence")
def stop_sequence():
    """Check deregistration, the whole delay, SIGTERM, SIGKILL."""
    calm = play(service={"shutdown": 5})
    slow = play(service={"shutdown": 45})
    told = [
        (times(run, "target_draining")[0], times(run, "task_stopping")[0], ended(run))
        for run in (calm, slow)
    ]
    assert told == [(65.0, 365.0, 370.0), (65.0, 365.0, 395.0)]
    return (
        "deregistered at 65 s, SIGTERM at 365 s, gone at 370 s (shutdown of 5 s) or at 395 s "
        "(shutdown of 45 s, killed after 30 s)"
    )


def ended(run):
    """Return when the last task of a run had stopped."""
    return max(times(run, "task_stopped"))


@checks("ecs-sigterm-too-early")
def sigterm_too_early():
    """Check what is cut where tasks get SIGTERM while requests still arrive."""
    cut = {}
    for sigterm in ("after_drain", "at_order", "without_deregistration"):
        service = {"sigterm": sigterm, "shutdown": 0}
        metrics = play(service=service).metrics
        cut[sigterm] = metrics["failed_cut"]
        kind = {**service, "finishes_work": True}
        assert play(service=kind).metrics["failed_cut"] < 1e-6
    assert cut["after_drain"] < 1e-6
    # All six old tasks at once: 100/s for a mean of 8 workers / 60 per second each are in flight.
    # The six new ones become healthy at that instant, so the old ones had all of it.
    assert np.isclose(cut["at_order"], 100 * 8 / 60, rtol=0.01)
    assert np.isclose(cut["without_deregistration"], cut["at_order"])
    return (
        f"six old tasks beside six new ones: {cut['at_order']:.1f} requests cut, none after a "
        "drain, none where the application finishes its work"
    )


@checks("ecs-full-deregistration-wait")
def full_wait():
    """Check that an idle task drains for as long as a busy one."""
    idle, busy = (play(traffic={"rate": rate}) for rate in (0, 100))
    assert times(idle, "task_stopping") == times(busy, "task_stopping") == [365.0] * 6
    return "without a single request SIGTERM still comes 300 s after the deregistration"


@checks("ecs-stop-timeout")
def stop_timeout():
    """Check the default of 30 s and Fargate's range."""
    assert tiny().service.stop_timeout == 30.0
    assert [stop_seconds(shutdown, 30.0) for shutdown in (5.0, 45.0)] == [5.0, 30.0]
    assert "allowed: 2 to 120 s" in refusal(tiny_with(service={"stop_timeout": 121}))
    stubborn = play(service={"ignores_sigterm": True})
    assert ended(stubborn) == 365.0 + 30.0
    return (
        "a shutdown of 45 s ends after 30 s, as does a task that ignores SIGTERM; 121 s is refused"
    )


def tiny_with(**above):
    """Return the data of a scenario with AWS's ranges."""
    return {"name": "tiny", "strategies": {"it": {"type": "rolling"}}, **above}


@checks("ecs-crash-without-drain")
def crash_without_drain():
    """Check that a task that dies is not drained, and costs requests until it is left out."""
    crash = during("task_crash", at=1000, tasks=1, revision="new")
    run = play(rolling(), **crash)
    died = events(run, "task_failed")[0].task
    assert died not in [event.task for event in events(run, "target_draining")]
    # A sixth of 100 requests per second, each 8 workers / 60 per second long, is in flight.
    cut = run.metrics["failed_cut"]
    assert np.isclose(cut, 100 / 6 * 8 / 60)
    assert run.metrics["failed_refused"] == 0
    # The same sixth is refused until the balancer has noticed.
    late = play(rolling(), target_group={"deregistration_propagation": 3}, **crash)
    refused = late.metrics["failed_refused"]
    assert np.isclose(refused, 100 / 6 * 3)
    return (
        f"one of six tasks dies: no drain, its {cut:.1f} requests in flight are cut; {refused:.0f} "
        "more are answered 502 if the balancer leaves it out 3 s later"
    )


@checks("ecs-deprovisioning")
def deprovisioning():
    """Check that a task ends with its process."""
    run = play()
    assert max(end for life in run.timeline.tasks[:6] for _, end, _ in life.stages) == 370.0
    assert ended(run) == 370.0
    return "SIGTERM at 365 s, shutdown of 5 s: stopped, and no longer billed, at 370 s"


@checks("fargate-start-latency")
def start_latency():
    """Check the default start of an image of 413 MB against the measured 53 to 62 s."""
    startup = tiny(service={"startup": {"image_mb": 413}}).service.startup
    parts = [startup.provisioning, startup.pull_time, startup.container_start]
    medians = [part.quantile(0.5) for part in parts]
    total = sum(medians)
    assert np.isclose(total, 16 + 413 / 15 + 3)
    assert 45 <= total <= 62
    told = " + ".join(f"{one:.1f}" for one in medians)
    return f"413 MB: {told} = {total:.1f} s; the range of 12 to 20 MB/s gives 39.7 to 53.4 s"


@checks("ecr-pull-retries")
def pull_retries():
    """Check that a start under a dead registry fails so long after its order."""
    run = play(**during("registry_down", fails_after=278, **{"from": 0}))
    assert times(run, "task_failed")[0] == 278.0
    assert events(run, "task_failed")[0].data["cause"] == "start_failed"
    told = tiny(**during("registry_down", **{"from": 0})).environment.events[0].fails_after
    assert [told.quantile(u) for u in (0.0, 1.0)] == [256.0, 289.0]
    # The pull begins at 15 s and takes 27 s, then 3 s to RUNNING; its retries end at 278 s.
    window = {"fails_after": 278, "from": 0}
    back = [play(**during("registry_down", **window, until=until)) for until in (277, 278)]
    assert times(back[0], "task_running", "new") == [277.0 + 27.0 + 3.0] * 6
    assert times(back[1], "task_failed")[0] == 278.0
    return (
        "an attempt of 278 s fails at 278 s, counted as a failed start; the default is 256 to "
        "289 s; a registry that is back at 277 s fails none, RUNNING at 307 s"
    )


@checks("fargate-billing")
def billing():
    """Check the bill of a rolling deployment by hand."""
    seconds = [billed_seconds(15.0, end, 60.0) for end in (45.0, 370.0)]
    assert seconds == [60.0, 355.0]
    run = play()
    # New tasks are billed from 15 s on, old ones until 370 s: 6 × 355 s more than usual.
    by_hand = 6 * 355 / 3600 * 0.04937
    assert np.isclose(run.metrics["extra_cost_usd"], by_hand)
    return (
        "30 s are billed as 60 s; a rolling deployment of six tasks costs 6 × 355 s more, "
        f"${by_hand:.4f}: drain and stop included"
    )


@checks("fargate-prices")
def prices():
    """Check the hourly price of one task of 1 vCPU and 2 GB on both architectures."""
    found = [hourly_price(1, 2, *FARGATE[kind]) for kind in ("x86_64", "arm64")]
    assert np.allclose(found, [0.04937, 0.0395])
    assert np.isclose(play().metrics["cost_usd"] - play().metrics["extra_cost_usd"],
                      6 * 2 * 0.04937)  # fmt: skip
    return f"1 vCPU, 2 GB: ${found[0]:.5f} per hour on x86, ${found[1]:.5f} on ARM"
