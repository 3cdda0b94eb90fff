"""What events tell of the way back: who orders it, and whether tasks start anew for it."""

import numpy as np
import pytest

from simdeploy.results.mechanism import NOTHING, Mechanism, mechanism, sampled_runs
from simdeploy.results.timeline import Event, Timeline


def timeline(reason, *, restart=None, red=False, flag=None):
    """Return a run that is rolled back after 100 s, with an old task that is healthy later.

    ``red``: without an alarm that is raised before; ``flag``: what the flag is set to after it.
    """
    events = [] if red else [Event(95.0, f"{reason}_raised")]
    events.append(Event(100.0, "rollback_started", data={"reason": reason}))
    if flag is not None:
        events.append(Event(103.0, "flag_set", data={"percent": flag}))
    if restart is not None:
        events += [
            Event(105.0, "task_created", task=9, revision="old"),
            Event(100.0 + restart, "target_healthy", task=9, revision="old"),
        ]
    return Timeline("x", "rolling", 1, 0, 7200.0, events=events)


def found(runs, play):
    """Return the mechanism of runs by their times of decision."""
    rows = np.array([(t,) for t in runs], dtype=[("decision_s", "f8")])
    return mechanism(rows, play)


def test_an_early_and_a_late_run_are_looked_at():
    """Of the runs with a decision, one that decides early and one that decides late."""
    decisions = np.array([np.nan, 30.0, 10.0, np.inf, 20.0, 50.0, 40.0])
    assert list(sampled_runs(decisions)) == [2, 5]


@pytest.mark.parametrize("runs", [[], [np.nan], [np.inf, np.nan]])
def test_without_a_decision_nothing_is_told(runs):
    """Where nobody decides, no run is played."""
    assert found(runs, lambda number: pytest.fail(f"{number} was played")) == NOTHING


def test_signal_and_restart_are_told_where_runs_agree():
    """The same signal in both runs is returned, with the mean of how long tasks start anew."""
    mechanism = found([10.0, 20.0], lambda number: timeline("alarm", restart=60.0 + 20 * number))
    assert mechanism == Mechanism("alarm", 70.0)


def test_old_tasks_that_still_run_need_no_restart():
    """Without a task that starts anew there is no restart."""
    assert found([10.0], lambda _: timeline("breaker")) == Mechanism("breaker", None)


def test_runs_that_differ_tell_nothing():
    """What only some runs do is not said of all."""
    assert found([10.0, 20.0], lambda k: timeline(["alarm", "operator"][k])) == NOTHING


@pytest.mark.parametrize(("percent", "expected"), [(0.0, True), (10.0, False), (None, False)])
def test_a_flag_that_is_set_back_is_the_way_back(percent, expected):
    """A flag set to nothing after the order is the way back, and needs no task."""
    assert found([10.0], lambda _: timeline("alarm", flag=percent)).flag is expected


def test_an_alarm_that_was_never_raised_was_red_before():
    """An alarm that orders the way back without having been raised was red at the command."""
    assert found([10.0], lambda _: timeline("alarm", red=True)).red
    assert not found([10.0], lambda _: timeline("alarm")).red
    assert not found([10.0], lambda _: timeline("operator", red=True)).red
