"""What events tell of the way back: who orders it, and whether tasks start anew for it."""

import numpy as np
import pytest

from simdeploy.results.mechanism import NOTHING, Mechanism, mechanism, telling
from simdeploy.results.timeline import Event, Timeline


def timeline(reason, *, restart=None):
    """Return a run that is rolled back after 100 s, with an old task that is healthy later."""
    events = [Event(100.0, "rollback_started", data={"reason": reason})]
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
    assert list(telling(decisions)) == [2, 5]


@pytest.mark.parametrize("runs", [[], [np.nan], [np.inf, np.nan]])
def test_without_a_decision_nothing_is_told(runs):
    """Where nobody decides, no run is played."""
    assert found(runs, lambda number: pytest.fail(f"{number} was played")) == NOTHING


def test_signal_and_restart_are_told_where_runs_agree():
    """The same signal in both runs is told, with the mean of how long tasks start anew."""
    told = found([10.0, 20.0], lambda number: timeline("alarm", restart=60.0 + 20 * number))
    assert told == Mechanism("alarm", 70.0)


def test_old_tasks_that_still_run_need_no_restart():
    """Without a task that starts anew there is no restart."""
    assert found([10.0], lambda _: timeline("breaker")) == Mechanism("breaker", None)


def test_runs_that_differ_tell_nothing():
    """What only some runs do is not told of all."""
    assert found([10.0, 20.0], lambda k: timeline(["alarm", "operator"][k])) == NOTHING
