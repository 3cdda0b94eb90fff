"""Checks of the facts on ECS's circuit breaker, alarms and bake time."""

from simdeploy.semantics.alarms import ECS_ROLLING, auto_bake, is_watching
from simdeploy.semantics.breaker import (
    BOUNDED_PERCENT,
    COUNT,
    UNBOUNDED_PERCENT,
    after_failure,
    after_healthy,
    breaker_threshold,
    new_breaker,
)
from tests.conformance.registry import checks
from tests.probes import (
    BREAKER,
    LISTENING,
    PROMPT,
    during,
    events,
    faulty,
    play,
    refused,
    rolling,
    times,
)

GUARDED = rolling(circuit_breaker=BREAKER)
DEAD_REGISTRY = during("registry_down", **{"from": 0})
DEAF = faulty("never_listens")
ERRORS = faulty("errors", rate=0.5, seen_by_health_check=False)
RED = {
    "alarms": [PROMPT],
    "defaults": {"alarms": ["5xx"]},
    **during("alarm_already_red", alarm="5xx"),
}


@checks("ecs-breaker-stages")
def breaker_stages():
    """Check that failures to start count, and failed checks once a task has run."""
    one = play(GUARDED, **DEAD_REGISTRY)
    two = play(GUARDED, **DEAF)
    assert {event.data["cause"] for event in events(one, "task_failed")} == {"start_failed"}
    assert {event.data["cause"] for event in events(two, "task_failed")} == {"unhealthy"}
    tripped = [times(run, "breaker_tripped") for run in (one, two)]
    # All six fail 60 s after their order; the next start is due 10 s later.
    assert tripped[0] == [70.0]
    # All six are sick at 95 s, where their successors are due.
    assert tripped[1] == [95.0]
    return (
        f"no task runs: trips at {tripped[0][0]:g} s by failed starts; every task runs and none "
        f"answers: at {tripped[1][0]:g} s by failed checks"
    )


@checks("ecs-breaker-threshold")
def threshold():
    """Check AWS's table of thresholds, and the number a deployment stops at."""
    counts = (1, 6, 7, 25, 200, 400, 800)
    found = [breaker_threshold(BOUNDED_PERCENT, 50, desired) for desired in counts]
    assert found == [3, 3, 4, 13, 100, 200, 200]
    others = breaker_threshold(UNBOUNDED_PERCENT, 50, 800), breaker_threshold(COUNT, 7, 800)
    assert others == (400, 7)
    assert events(play(GUARDED, **DEAF), "breaker_tripped")[0].data["threshold"] == 3
    told = ", ".join(f"{d}→{t}" for d, t in zip(counts, found, strict=True))
    return f"{told}; unbounded 800→{others[0]}"


@checks("ecs-breaker-reset")
def reset():
    """Check that a healthy task sets the count to zero, unless the key says no."""
    once = after_failure(new_breaker(enabled=True, threshold=3), at_once=False)
    twice = after_failure(once, at_once=False)
    counts = after_healthy(twice, True).failures, after_healthy(twice, False).failures
    assert counts == (0, 2)
    return f"two failures, then a healthy task: {counts[0]} left; reset_on_healthy off: {counts[1]}"


@checks("ecs-breaker-exits")
def exits():
    """Check both readings of a container that exits by itself after RUNNING."""
    runs = {
        word: play(
            rolling(circuit_breaker={**BREAKER, "counts_exits": word}),
            **faulty("boot_crash", after=2),
        )
        for word in ("auto", True, False)
    }
    tripped = {word: times(run, "breaker_tripped") for word, run in runs.items()}
    assert tripped == {"auto": [47.0], True: [47.0], False: []}
    assert runs[False].metrics["outcome"] == "in_progress"
    return (
        "every task exits 2 s after RUNNING: auto (there is a check) trips at 47 s; not counted, "
        f"{runs[False].metrics['failed_tasks']} tasks crash in two hours and it never trips"
    )


@checks("ecs-breaker-stage-one")
def stage_one():
    """Check that a failed start counts also after the first task has run."""
    run = play(
        rolling(100, 150, circuit_breaker=BREAKER), **during("registry_down", **{"from": 60})
    )
    assert times(run, "task_running", "new")[0] == 45.0
    # The second wave starts at 65 s and fails 60 s later; the next start is due 10 s after that.
    assert times(run, "breaker_tripped") == [135.0]
    return "the second wave's failed starts trip it at 135 s, though the first wave has run"


@checks("ecs-breaker-counting-moment")
def counting_moment():
    """Check both moments at which a sick task may be counted."""
    tripped = {
        moment: times(
            play(
                rolling(circuit_breaker={**BREAKER, "counts_at": moment}),
                service={"scheduler_tick": 10},
                **DEAF,
            ),
            "breaker_tripped",
        )[0]
        for moment in ("detect", "stop")
    }
    # One is stopped at each look, at 100, 110 and 120 s.
    assert tripped == {"detect": 100.0, "stop": 120.0}
    return (
        "six tasks sick at 95 s, looks every 10 s: counted as found it trips at 100 s, as stopped "
        "at 120 s"
    )


@checks("ecs-breaker-looks")
def breaker_looks():
    """Check that the breaker trips where the pause after the last failed start is over."""
    tripped = {
        looks: times(
            play(rolling(circuit_breaker={**BREAKER, "looks": looks}), **DEAD_REGISTRY),
            "breaker_tripped",
        )
        for looks in ("at_next_start", "at_once")
    }
    assert tripped == {"at_next_start": [70.0], "at_once": [60.0]}
    return "six starts fail at 60 s, the next is due at 70 s: trips then; looks: at_once, at 60 s"


@checks("ecs-breaker-rollback-target")
def rollback_target():
    """Check that with rollback the old revision returns, and without it nothing more starts."""
    back = play(rolling(50, 100, circuit_breaker=BREAKER), **DEAF)
    still = play(rolling(50, 100, circuit_breaker={"enable": True}), **DEAF)
    assert (back.metrics["outcome"], still.metrics["outcome"]) == ("rolled_back", "failed")
    tripped = times(still, "breaker_tripped")[0]
    assert [t for t in times(still, "task_created") if t > tripped] == []
    assert len(events(back, "task_created", "old")) == 3
    return "50/100: with rollback the three missing old tasks start again; without it, FAILED"


@checks("ecs-rollback-is-rolling")
def rollback_is_rolling():
    """Check that old tasks which still run are kept, and that the floor holds on the way back."""
    kept = play(GUARDED, **DEAF)
    assert not events(kept, "task_created", "old")
    assert not events(kept, "target_draining", "old")
    assert kept.metrics["min_healthy_tasks"] == 6
    half = play(rolling(50, 100, circuit_breaker=BREAKER), **DEAF)
    assert len(events(half, "task_created", "old")) == 3
    assert half.metrics["min_healthy_tasks"] == 3
    return "100/200: no old task starts, none stopped; 50/100: only the three missing ones start"


@checks("ecs-breaker-rolling-only")
def rolling_only():
    """Check that the format refuses a breaker elsewhere."""
    said = refused({"type": "blue_green", "controller": "ecs", "circuit_breaker": BREAKER})
    assert "watches ECS's rolling deployments only" in said
    return "blue_green, canary and linear refuse the key circuit_breaker, under both controllers"


@checks("ecs-alarm-window")
def alarm_window():
    """Check that ECS listens from the first new running task to the end of the bake time."""
    assert not is_watching(ECS_ROLLING, False, False, False, False)
    assert is_watching(ECS_ROLLING, True, False, False, False)
    late = {"since": "command", "rate": 0.5, "seen_by_health_check": False}
    in_time = play(rolling(bake_time=600), **LISTENING, **faulty("errors", **late, **{"from": 600}))
    too_late = play(
        rolling(bake_time=600), **LISTENING, **faulty("errors", **late, **{"from": 1000})
    )
    # The old tasks are gone at 370 s; the bake time ends 600 s later.
    assert times(too_late, "deployment_finished") == [970.0]
    assert (in_time.metrics["outcome"], too_late.metrics["outcome"]) == ("rolled_back", "succeeded")
    # A good release: nobody serves from 0 to 65 s, and the way back takes as long again.
    itself = play(rolling(0, 100, bake_time=600), **LISTENING)
    assert itself.metrics["verdict"] == "false_rollback"
    assert itself.metrics["outage_s"] == 2 * 65.0
    return (
        "bake time until 970 s: errors from 600 s on are rolled back, errors from 1000 s on are "
        "not; a good release at 0/100 is undone by the alarm on its own outage of 65 s, and down "
        "for 130 s"
    )


@checks("ecs-alarm-already-red")
def already_red():
    """Check that an alarm which is red at the start saves nobody."""
    runs = [
        play(rolling(bake_time=600), **ERRORS, **LISTENING),
        play(rolling(bake_time=600), **ERRORS, **RED),
    ]
    assert [run.metrics["outcome"] for run in runs] == ["rolled_back", "succeeded"]
    return "half of the requests fail: rolled back; with the alarm red before the start: succeeded"


@checks("ecs-bake")
def bake():
    """Check that the bake time begins when the last old task is gone."""
    run = play(rolling(bake_time=300), **LISTENING)
    assert times(run, "bake_started") == [370.0]
    assert run.metrics["deployment_s"] == 670.0
    auto = play({"type": "rolling"}, **LISTENING)
    assert auto.metrics["deployment_s"] == 370.0 + 180.0
    return "the last old task is gone at 370 s: 5 min end at 670 s, auto (180 s) at 550 s"


@checks("ecs-bake-formula")
def bake_formula():
    """Check the assumed formula: period × evaluation periods + 120 s, at most 300 s."""
    found = [auto_bake(60.0, 1), auto_bake(60.0, 3), auto_bake(300.0, 1)]
    assert found == [180.0, 300.0, 300.0]
    return "60 s × 1: 180 s; 60 s × 3: 300 s; 300 s × 1: 300 s"


@checks("ecs-bake-without-old-tasks")
def bake_without_old_tasks():
    """Check that a rollback in the bake time starts the old tasks anew."""
    run = play(
        rolling(bake_time=600),
        **LISTENING,
        **faulty("errors", rate=0.5, since="command", seen_by_health_check=False, **{"from": 600}),
    )
    back = times(run, "rollback_started")[0]
    assert times(run, "task_created", "old") == [back] * 6
    # 45 s to RUNNING, 20 s to the first check: only then old targets take over.
    assert run.metrics["rollback_s"] == 65.0
    return "six old tasks start again; requests leave the new revision after 65 s (45 + 20)"


@checks("ecs-stop-deployment")
def stop_deployment():
    """Check that a person can take a deployment back that has no breaker and no alarm."""
    person = {"notices": 60, "decides": 0, "types": 0}
    run = play(rolling(), operator=person, **ERRORS)
    assert [event.data["reason"] for event in events(run, "rollback_started")] == ["operator"]
    assert run.metrics["outcome"] == "rolled_back"
    same = play(rolling(), operator={**person, "first_command": "same_image"}, **ERRORS)
    assert times(same, "rollback_started")[0] == times(run, "rollback_started")[0] + 300.0
    return (
        "a person rolls back without a breaker; forcing the same revision first changes nothing "
        "and costs the 300 s until the next command"
    )
