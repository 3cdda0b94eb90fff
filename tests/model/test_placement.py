"""Placement where there is no capacity, in whole runs: desired 1, 0/100."""

import pytest

from tests.probes import BREAKER, during, play, rolling, times
from tests.small import merged

ONE = {"service": {"desired_count": 1}, "traffic": {"rate": 10}}


def without_capacity(*, breaker=None, above=None, **event):
    """Play a deployment that stops its only task first, and finds no room for the next one."""
    strategy = rolling(0, 100, **({"circuit_breaker": breaker} if breaker else {}))
    return play(strategy, **merged(ONE, during("capacity_unavailable", **event)), **(above or {}))


def test_capacity_is_used_at_the_next_round():
    """None from 0 to 20 min, rounds every 15: a task at 30 min, healthy 45 + 20 s later."""
    run = without_capacity(until=1200)
    assert times(run, "task_created", "new") == [1800.0]
    assert times(run, "target_healthy", "new") == [1865.0]
    assert run.metrics["failed_tasks"] == 0
    assert run.metrics["outage_s"] == pytest.approx(1865.0)


def test_three_rounds_trip_the_breaker():
    """Failed at 0, 15 and 30 min, looked at when the next round begins: 45 min."""
    run = without_capacity(breaker=BREAKER)
    assert times(run, "breaker_tripped") == [2700.0]
    assert run.metrics["failed_tasks"] == 0


def test_rounds_may_not_count():
    """The deployment goes on to the horizon."""
    run = without_capacity(breaker=BREAKER, counts_for_breaker="never")
    assert not times(run, "breaker_tripped")
    assert run.metrics["outcome"] == "in_progress"


def test_a_rollback_begins_anew():
    """Tripped at 45 min, no capacity until 46: rounds at 45 and 60 min, not at 72."""
    run = without_capacity(breaker=BREAKER, until=2760)
    assert times(run, "task_created", "old") == [3600.0]


def test_stops_go_on_without_capacity():
    """Half of six old tasks stop at once; the others stay, as the floor asks for three."""
    run = play(rolling(50, 100), **during("capacity_unavailable", until=600))
    assert times(run, "target_draining", "old")[:3] == [0.0] * 3
    assert times(run, "task_created", "new")[:3] == [900.0] * 3


def test_a_replacement_waits_for_capacity_too():
    """A task dies at 1,000 s, no room until 1,100: the next round is at 1,900."""
    told = {"environment": {"events": [
        {"kind": "task_crash", "at": 1000, "revision": "new"},
        {"kind": "capacity_unavailable", "from": 900, "until": 1100},
    ]}}  # fmt: skip
    run = play(rolling(), **told)
    assert times(run, "task_created", "new")[6:] == [1900.0]


def test_a_slot_is_held_by_a_draining_task():
    """6 at 100/200 with 11 addresses: 0:+5 · 65:−5 · 370:+1 · 435:−1 · end 740."""
    run = play(rolling(), service={"slots": 11})
    assert times(run, "task_created") == [0.0] * 5 + [370.0]
    assert times(run, "target_draining") == [65.0] * 5 + [435.0]
    assert times(run, "deployment_finished") == [740.0]
