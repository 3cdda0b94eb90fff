"""Checks of the facts on ECS's rolling scheduler."""

from itertools import pairwise

import numpy as np

from simdeploy.semantics.capacity import backoff, capacity_cap, capacity_floor, is_stuck, reconcile
from simdeploy.semantics.state import Fleet, Pending
from tests.conformance.registry import checks
from tests.probes import BREAKER, during, events, faulty, moves, play, rolling, times, waves
from tests.small import small

#: Nothing new ever gets healthy.
DEAF = faulty("never_listens")


@checks("ecs-capacity-rounding")
def capacity_rounding():
    """Check AWS's own examples, and that a deployment uses the same numbers."""
    floors = [capacity_floor(4, 50), capacity_floor(2, 75), capacity_floor(1, 50)]
    caps = [capacity_cap(4, 200), capacity_cap(3, 125), capacity_cap(6, 110)]
    assert floors == [2, 2, 1]
    assert caps == [8, 3, 6]
    told = play(rolling(90, 110), service={"desired_count": 10}).timeline.events[0].data
    assert (told["floor"], told["cap"]) == (9, 11)
    return (
        f"4 tasks at 50 %: floor {floors[0]}; 2 at 75 %: floor {floors[1]}; "
        f"3 at 125 %: cap {caps[1]}; 10 at 90/110: {told['floor']} to {told['cap']}"
    )


@checks("ecs-rolling-defaults")
def rolling_defaults():
    """Check that a rolling strategy without percents starts all before it stops any."""
    run = play({"type": "rolling"})
    assert moves(run) == "0:+6 65:−6"
    assert run.metrics["min_healthy_tasks"] == 6
    return f"six tasks move as {moves(run)}; never fewer than 6 healthy, 12 at most"


@checks("ecs-counted-healthy")
def counted_healthy():
    """Check that a healthy target releases an old task, or 40 s of RUNNING where nothing checks."""
    run = play()
    assert times(run, "task_running") == [45.0] * 6
    assert times(run, "target_healthy") == [65.0] * 6 == times(run, "target_draining", "old")
    unchecked = play(service={"load_balancer": False})
    assert times(unchecked, "task_stopping", "old") == [85.0] * 6
    both = {"interval": "30s", "timeout": "2s", "retries": 3}
    checked = play(service={"container_health_check": both})
    passed = times(checked, "container_healthy")
    assert min(passed) > 65.0
    assert times(checked, "target_draining", "old") == sorted(passed)
    return (
        "RUNNING at 45 s, target healthy at 65 s, old tasks drain at 65 s; with a container check, "
        f"too, at {min(passed):.0f} s and later, as it passes; with neither, old tasks stop at 85 s"
    )


@checks("ecs-stop-before-start")
def stop_before_start():
    """Check AWS's worked example: six tasks, room for eight or ten, minimum 50 or 100."""
    at_once = {"target_group": {"deregistration_delay": 0, "deregistration_propagation": 0}}
    room = {8: {"slots": 8, "shutdown": 0}, 10: {"slots": 10, "shutdown": 0}}
    runs = {
        (slots, minimum): play(rolling(minimum, 200), service=room[slots], **at_once)
        for slots, minimum in ((8, 50), (8, 100), (10, 50))
    }
    assert netted(runs[8, 50]) == [-3, 5, -3, 1]
    assert netted(runs[8, 100]) == [2, -2, 2, -2, 2, -2]
    assert netted(runs[10, 50]) == [-3, 6, -3]
    early = play(rolling(50, 200))
    late = play(rolling(50, 200), service={"stop_before_start": False})
    assert (early.metrics["min_healthy_tasks"], late.metrics["min_healthy_tasks"]) == (3, 6)
    return (
        "room for eight: 50/200 stops 3, starts 5, stops 3, starts 1; 100/200 moves "
        f"+2 −2 three times; without the key's rule 50/200 moves {moves(late)}"
    )


def netted(run):
    """Return how many tasks stop (below 0) and start, in turns, whenever they do so."""
    found = []
    for _, kind, count in waves(run, "target_draining", "task_created"):
        signed = count if kind == "task_created" else -count
        if found and found[-1] * signed > 0:
            found[-1] += signed
        else:
            found.append(signed)
    # Stops and starts of one instant: the stop came first, whatever their names sort to.
    return found


@checks("ecs-scheduler-tick")
def scheduler_tick():
    """Check that a task which is healthy between two looks waits for the next one."""
    first = {"health_check": {"interval": 30, "first_check": 21}}
    looks = {
        tick: times(
            play(service={"scheduler_tick": tick}, target_group=first), "target_draining", "old"
        )[0]
        for tick in (0, 5)
    }
    assert looks == {0: 66.0, 5: 70.0}
    return "healthy at 66 s: the old task drains at 66 s with a tick of 0, at 70 s with 5 s"


@checks("ecs-continuous-replacement")
def continuous_replacement():
    """Check that tasks which become healthy one after the other release one old task each."""
    spread = {"health_check": {"interval": 30, "first_check": {"distribution": "uniform",
              "low": 0, "high": 30}}}  # fmt: skip
    run = play(target_group=spread)
    healthy, gone = times(run, "target_healthy", "new"), times(run, "target_draining", "old")
    assert healthy == gone
    assert len(set(gone)) == 6
    return f"six new tasks are healthy at {len(set(gone))} instants, and one old task goes at each"


@checks("ecs-overlapping-waits")
def overlapping_waits():
    """Check waves × (45 s start + 20 s check) + 300 s drain + 5 s stop."""
    fleets = {(6, 200): 1, (6, 150): 2, (60, 110): 10}
    ends = {
        (desired, cap): play(
            rolling(100, cap), service={"desired_count": desired}, traffic={"rate": 100}
        ).metrics["deployment_s"]
        for desired, cap in fleets
    }
    assert ends == {fleet: count * 65.0 + 305.0 for fleet, count in fleets.items()}
    assert [ends[fleet] for fleet in fleets] == [370.0, 435.0, 955.0]
    return "6 tasks at 100/200: 370 s; 6 at 100/150: 435 s; 60 at 100/110: 955 s"


@checks("ecs-draining-counted")
def draining_not_counted():
    """Check that the other reading makes each wave wait for the drain of the one before."""
    ends = [
        play(rolling(100, 150), service={"draining_counts_to_maximum": counted}).metrics[
            "deployment_s"
        ]
        for counted in (False, True)
    ]
    assert ends == [435.0, 740.0]
    return "6 tasks at 100/150: 435 s; were draining tasks counted: 740 s"


@checks("ecs-draining-holds-slots")
def draining_holds_slots():
    """Check that room for eight makes three waves of two, each as long as a whole drain."""
    run = play(rolling(), service={"slots": 8})
    assert moves(run) == "0:+2 65:−2 370:+2 435:−2 740:+2 805:−2"
    assert run.metrics["deployment_s"] == 1110.0
    return f"6 tasks, 8 slots: {moves(run)}, done at 1110 s"


@checks("ecs-stuck-deployment")
def stuck_deployment():
    """Check three configurations in which nothing may stop and nothing may start."""
    fleets = [(6, 100, 100), (6, 100, 110), (1, 50, 100)]
    for desired, low, high in fleets:
        run = play(rolling(low, high), service={"desired_count": desired}, traffic={"rate": 1})
        assert is_stuck(desired, capacity_floor(desired, low), capacity_cap(desired, high))
        assert run.metrics["outcome"] == "stuck"
        assert times(run, "deployment_stuck")
        assert moves(run) == ""
    return "6 tasks at 100/100 and 100/110, 1 at 50/100: nothing moves, outcome stuck"


@checks("ecs-stuck-unseen-by-breaker")
def stuck_unseen_by_breaker():
    """Check that the breaker does not end a stuck deployment."""
    run = play(rolling(100, 100, circuit_breaker=BREAKER), horizon=86400)
    assert run.metrics["outcome"] == "stuck"
    assert not events(run, "breaker_tripped")
    return "with the breaker on, 100/100 is still stuck after 24 h; it never trips"


@checks("ecs-stop-order")
def stop_order():
    """Check that the lowest numbers go first, and sick tasks before them."""
    run = play(rolling(50, 100))
    first = sorted(event.task for event in events(run, "target_draining", "old") if event.t == 0)
    assert first == [0, 1, 2]
    order = reconcile(Fleet(0, 0, 0, 0, 5, 1, 0), 6, 3, 6, False, 99, Pending(0, 0, may_force=True))
    assert (order.stop_other_sick, order.stop_other_healthy) == (1, 2)
    return "50/100 stops tasks 0, 1, 2 first; of five healthy and one sick, the sick one and two"


@checks("ecs-unhealthy-replacement")
def unhealthy_replacement():
    """Check both orders: a successor first where there is room, else one sick task a look."""
    looks = {"service": {"health_check_grace_period": 0, "scheduler_tick": 10}}
    full = play(rolling(100, 200), **DEAF, **looks)
    roomy = play(rolling(100, 400), **DEAF, **looks)
    # Two failed checks, at 45 + 20 s and 30 s later, make all six sick at 95 s.
    assert times(full, "target_unhealthy")[:6] == [95.0] * 6 == times(roomy, "target_unhealthy")[:6]
    assert times(full, "target_draining", "new")[:6] == [100.0, 110.0, 120.0, 130.0, 140.0, 150.0]
    assert times(full, "task_created")[6:12] == [100.0, 110.0, 120.0, 130.0, 140.0, 150.0]
    assert times(roomy, "task_created")[6:12] == [100.0] * 6
    assert times(roomy, "target_draining", "new")[0] > 190.0
    return (
        "six tasks sick at 95 s, looks every 10 s: at a full cap (100/200) one is stopped and "
        "replaced at each look from 100 s on; at 100/400 six successors start first"
    )


@checks("ecs-command")
def command():
    """Check that the first act comes as long after a command, and so does a rollback's."""
    plane = {"control_plane": {"command": 7}}
    run = play(rolling(circuit_breaker=BREAKER), service=plane, **DEAF)
    assert times(run, "task_created") == [7.0] * 6
    assert times(run, "rollback_started") == [102.0]
    assert times(run, "target_draining", "new") == [109.0] * 6
    return "a command that takes 7 s: tasks start at 7 s; rolled back at 102 s, they drain at 109 s"


@checks("ecs-replacement-time")
def replacement_time():
    """Check how long after a failure its successor starts, by kind of failure."""
    plane = {"control_plane": {"replace": {"sick": 20, "died": 26, "killed": 14}}}
    after = {
        by_hand: times(
            play(service=plane, **during("task_crash", at=1000, revision="new", by_hand=by_hand)),
            "task_created",
        )[-1]
        - 1000
        for by_hand in (False, True)
    }
    assert after == {False: 26.0, True: 14.0}
    sick = play(rolling(100, 400), service=plane, horizon=200, **DEAF)
    assert times(sick, "task_created")[6:12] == [115.0] * 6
    return (
        "with 20, 26 and 14 s: six tasks sick at 95 s are replaced at 115 s, one that died after "
        "26 s, one stopped by hand after 14 s"
    )


@checks("ecs-same-revision-replacement")
def same_revision_replacement():
    """Check who follows an old task that dies during a rolling deployment."""
    crash = during("task_crash", at=10, tasks=1)
    after = {
        same: [
            event.revision
            for event in events(
                play(service={"replace_with_same_revision": same}, **crash), "task_created"
            )
            if event.t > 0
        ]
        for same in (True, False)
    }
    assert after == {True: ["old"], False: []}
    return (
        "an old task dies at 10 s: an old one follows; with the rule of before November 2025 "
        "none does, the six new ones take its place"
    )


@checks("ecs-grace-period")
def grace_period():
    """Check that the grace period spares the task, not the target."""
    # Boot ends at 145 s; checks at 65 and 95 s fail, and five from 155 s on pass: 275 s.
    boot = {"startup": {"provisioning": 15, "pull": 27, "container_start": 3, "boot": 100}}
    run = play(service={**boot, "health_check_grace_period": 300})
    assert times(run, "target_unhealthy", "new") == [95.0] * 6
    assert not events(run, "task_failed")
    assert times(run, "target_healthy", "new") == [275.0] * 6
    hasty = play(service=boot)
    assert times(hasty, "task_failed")[0] == 95.0
    return (
        "boot of 100 s: the target is unhealthy at 95 s either way; a grace period of 300 s "
        "spares the tasks (healthy at 275 s), with the default of 0 s the first is replaced at 95 s"
    )


@checks("ecs-grace-loop")
def grace_loop():
    """Check that tasks which boot too slowly are replaced without end."""
    startup = {"provisioning": 15, "pull": 27, "container_start": 3, "boot": 100}
    run = play(service={"startup": startup})
    assert run.metrics["outcome"] == "in_progress"
    assert run.metrics["failed_tasks"] > 50
    assert len(events(run, "target_healthy", "new")) < 6
    enough = play(service={"startup": startup, "health_check_grace_period": 230})
    assert enough.metrics["outcome"] == "succeeded"
    return (
        f"boot of 100 s without grace: {run.metrics['failed_tasks']} tasks replaced in two hours, "
        "never six healthy ones; with 230 s, boot + recovery, it succeeds"
    )


@checks("ecs-health-signal-missing")
def health_signal_missing():
    """Check that without a health signal old tasks go as soon as new ones run."""
    run = play(**during("health_signal_missing", **{"from": 0}))
    assert times(run, "target_draining", "old") == [45.0] * 6
    return "old tasks drain at 45 s, when the new ones run, not at 65 s, when they are healthy"


@checks("ecs-start-backoff")
def start_backoff():
    """Check that pauses between failed starts grow to 27 minutes, and not beyond."""
    run = play(horizon=36000, **during("registry_down", **{"from": 0}))
    starts = sorted(set(times(run, "task_created")))
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps == sorted(gaps)
    # A start fails 60 s after its order; the pause of 1620 s runs from then.
    assert np.isclose(gaps[-1], 1620.0 + 60.0)
    assert run.metrics["outcome"] == "in_progress"
    return f"a dead registry: the wait between starts grows to 1620 s, {len(starts)} rounds in 10 h"


@checks("ecs-start-backoff-curve")
def start_backoff_curve():
    """Check the observed curve: 297 s after the third failure in a row, doubled up to the cap."""
    waits = [backoff(k, 297.0, 1620.0) for k in range(4)]
    assert waits == [297.0, 594.0, 1188.0, 1620.0]
    pauses = small(platform="ecs").service.start_backoff.pauses
    assert [pause.quantile(0.5) for pause in pauses] == [30.5, 30.5, 297.0]
    return "after 3, 4 … failures in a row: " + ", ".join(f"{wait:g}" for wait in waits) + " s"


@checks("ecs-pause-after-running")
def pause_after_running():
    """Check that a crash delays the next start, and repeated crashes do not delay it more."""
    pause = {"start_backoff": {"after_running": 30}}
    run = play(horizon=1800, service=pause, **faulty("boot_crash", after=2))
    died, created = sorted(set(times(run, "task_failed"))), sorted(set(times(run, "task_created")))
    assert np.allclose([later - t for t, later in zip(died, created[1:], strict=False)], 30.0)
    return f"{len(died)} rounds of crashes 2 s after RUNNING in 30 min, each followed 30 s later"


@checks("ecs-no-backoff-after-running")
def no_backoff_after_running():
    """Check that who dies after RUNNING is followed at once, however often."""
    run = play(horizon=1800, **faulty("boot_crash", after=2))
    died, created = times(run, "task_failed"), times(run, "task_created")
    assert created[6:] == died[: len(created) - 6]
    return f"{len(died)} crashes 2 s after RUNNING in 30 min, each followed in the same second"


@checks("ecs-launch-rate")
def launch_rate():
    """Check a burst of 100, then so many per second; by default 20."""
    # 16 per second: sixteenths are exact, and the last of 200 tasks starts at 100/16 s.
    run = play(service={"desired_count": 200, "launch_rate": 16}, horizon=600)
    started = times(run, "task_created", "new")
    assert started.count(0.0) == 100
    assert np.isclose(max(started), 6.25)
    assert small().service.launch_rate == 20
    return (
        f"of 200 tasks {started.count(0.0)} start at 0 s; at 16 per second the last one at "
        f"{max(started):.2f} s; the default is {small().service.launch_rate:g} per second"
    )
