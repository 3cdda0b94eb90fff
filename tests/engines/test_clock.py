"""Deployments that people reported with settings and times, 2018 to 2026: what the model gives.

The cases are those of `tests.conformance.clock`; what is accepted was found by a plain simulation
of the clock, and holds what was seen. ecs-scheduler-tick, ecs-command, ecs-draining-counted,
ecs-replacement-time, ecs-breaker-looks, ecs-start-backoff-curve, ecr-pull-retries.
"""

from functools import cache

import numpy as np
import pytest

from simdeploy.engines import replicate, run_one
from tests.conformance import clock
from tests.equal import differences

RUNS = 20


def numbers(scenario, metric, runs=RUNS):
    """Return a metric of some runs."""
    return replicate(scenario, "it", seed=1, lo=0, hi=runs)[metric]


@cache
def events(make, replication, *told):
    """Return the timeline's events of one run of a case."""
    return run_one(make(*told), "it", seed=1, replication=replication).timeline.events


def first(found, kind):
    """Return when a kind of event comes first, by task."""
    times = {}
    for event in found:
        if event.kind == kind:
            times.setdefault(event.task, event.t)
    return times


def test_no_target_while_all_five_drain():
    """0/100, delay 300 s: seen no target for at least 362 s; 33 s if draining tasks do not count.

    11 of 12 waves began only when the old task was gone.
    """
    outage = numbers(clock.no_room(), "outage_s")
    assert (outage >= 330).all()
    assert (outage <= 390).all()
    at_once = {"control_plane": "instant"}
    assert numbers(clock.no_room(**at_once), "outage_s").mean() == pytest.approx(33, abs=9)


def test_a_wrong_port_is_given_up_later_by_a_single_task():
    """Wrong port, breaker, AWS's defaults: desired 1 in about 20 min, desired 5 in 3 to 5 min.

    The next start of a single task waits for the drain of the one before, five fail together.
    """
    one, five = (numbers(clock.wrong_port(n), "deployment_s") / 60 for n in (1, 5))
    assert ((one >= 19) & (one <= 24)).all()
    assert ((five >= 6.5) & (five <= 8.5)).all()
    assert one.mean() / five.mean() >= 2.5


def test_the_breaker_trips_at_the_start_after_the_third_failure():
    """A registry out of reach: seen starts at 0, 330, 648 and 1,233 s, tripped at 1,236 s."""
    tripped = numbers(clock.registry_down(), "decision_s")
    assert ((tripped >= 1150) & (tripped <= 1300)).all()
    starts = sorted(first(events(clock.registry_down, 0), "task_created").values())
    assert len(starts) == 3


def test_the_only_task_dies():
    """At one request per second: seen 111 and 115 failed requests."""
    failed = numbers(clock.only_task_dies(), "failed_requests")
    assert ((failed >= 95) & (failed <= 118)).mean() >= 0.95


@pytest.mark.many_runs
def test_a_good_release_of_two_tasks():
    """Seen 149 s from creation to completed, with a delay of about 30 s."""
    took = numbers(clock.good_release(), "deployment_s", 200)
    assert ((took >= 125) & (took <= 165)).mean() >= 0.9


@pytest.mark.many_runs
def test_the_end_has_two_humps():
    """Delay over to COMPLETED: seen 8 at 21.9 to 23.4 s, 11 at 30.8 to 32.8 s, none between."""
    gaps = []
    for replication in range(60):
        found = events(clock.good_release, replication)
        over = max(e.t for e in found if e.kind == "target_draining") + 30
        gaps += [e.t - over for e in found if e.kind == "deployment_finished"]
    gaps = np.array(gaps)
    early, late = (gaps >= 20) & (gaps <= 24), (gaps >= 30) & (gaps <= 34)
    assert (early | late).mean() >= 0.85
    assert early.mean() >= 0.2
    assert late.mean() >= 0.2


def test_a_target_is_healthy_within_three_seconds():
    """Both nodes ask in the very second of the registration; seen healthy 2.1 to 3.2 s after it."""
    for replication in range(RUNS):
        found = events(clock.good_release_without_boot, replication)
        registered = first(found, "task_registered")
        for task, at in first(found, "target_healthy").items():
            assert 0 <= at - registered[task] <= 3.0


def test_a_sick_task_goes_once_its_successor_is_healthy():
    """With room left by the maximum: seen 6.4 to 16 s after the new one is healthy, never before.

    (ecs-unhealthy-replacement)
    """
    checked = 0
    for replication in range(RUNS):
        run = run_one(clock.one_sick(), "it", seed=1, replication=replication)
        found = run.timeline.events
        healthy = first(found, "target_healthy")
        sick = [e.task for e in found if e.kind == "target_unhealthy" and e.revision == "new"]
        if len(sick) != 1 or len(healthy) != 2:
            continue
        life = next(one for one in run.timeline.tasks if one.task == sick[0])
        ordered = next(start for start, _, stage in life.stages if stage == "leaving")
        successor = max(task for task in healthy)
        assert 0 <= ordered - healthy[successor] <= 16
        checked += 1
    assert checked >= 3


def test_a_crashed_task_waits_for_room_while_others_drain():
    """Its place goes to another start; its own successor starts when a drained task is gone.

    Cap 3 of 2 tasks, delay 300 s: the second new task takes the place of the first, dead one.
    """
    found = events(clock.crash_beside_drain, 0)
    created = sorted(first(found, "task_created").values())
    gone = min(first(found, "task_stopped").values())
    assert created[2] > gone


@pytest.mark.parametrize(
    "make",
    [clock.no_room, clock.registry_down, clock.only_task_dies, clock.good_release, clock.one_sick],
)
def test_both_engines_agree_on_every_case(make):
    """To the last bit, on the cases of the clock."""
    assert list(differences(make(), seed=1)) == []
