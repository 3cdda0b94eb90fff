"""Backlogs in the batch engine: when one meets a bound, and whose health checks wait in one.

As long as none has met a bound, and nothing has moved, requests fare as before.
"""

from simdeploy.engines.kernel.checks import queue_health_change, replay_checks
from simdeploy.engines.kernel.settling import all_kept, settle_rates
from simdeploy.model.cohorts import merge_drained
from simdeploy.model.constants import RUNNING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import stalls_checks
from simdeploy.model.queues import advance_queue, find_bounds
from simdeploy.semantics.overload import (
    crossing_at,
    is_queueing,
    is_waiting_longer,
    queue_next,
)
from simdeploy.semantics.state import NEVER


def advance_backlogs(m: ScenarioRecord, s: RunState, until: float) -> None:
    """Do what `model.queues.advance_queues` does, with the rates and bounds of the last look."""
    emptied = False
    for k in range(s.world.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            x = s.outcomes[k]
            emptied = advance_queue(m, s, k, x.pace, x.worked_each, until) or emptied
    if emptied:
        merge_drained(s)


def have_crossed(s: RunState) -> bool:
    """Whether a backlog has met one of the bounds between which it was at the last look.

    Where none has, when the first one will is timed from the current instant.
    """
    w = s.world
    if w.crossing_at == NEVER:
        return False
    if w.crossing_at <= w.now:
        return True
    first = NEVER
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            x = s.outcomes[k]
            if c.n_targets != x.n_targets:
                return True
            if is_queueing(c.backlog, x.worked_each, x.capacity):
                if not (c.below < c.backlog < c.above):
                    return True
                wait = queue_next(c.backlog, x.worked_each, x.capacity, c.below, c.above)
                first = min(first, crossing_at(w.now, wait))
    w.crossing_at = first
    return False


def meet_bounds(m: ScenarioRecord, s: RunState) -> bool:
    """Settle rates and checks where traffic is routed as before; return whether a bound is met.

    Rates change only by a backlog that has met one, checks also by what is left at a task.
    """
    w = s.world
    moved = w.leftover_moved != 0
    w.leftover_moved = 0
    crossed = have_crossed(s)
    if crossed and not all_kept(s):
        settle_rates(m, s)
    if (crossed or moved) and m.queued_checks != 0 and find_stalled(s, moved):
        update_stalled(m, s)
    return crossed


def time_crossing(m: ScenarioRecord, s: RunState) -> None:
    """Do what `model.queues.next_crossing` does, with the rates that have just been settled."""
    w = s.world
    first = NEVER
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            x = s.outcomes[k]
            if is_queueing(c.backlog, x.worked_each, x.capacity):
                find_bounds(m, s, k, x.pace, x.worked_each > x.capacity)
                wait = queue_next(c.backlog, x.worked_each, x.capacity, c.below, c.above)
                first = min(first, crossing_at(w.now, wait))
    w.crossing_at = first


def find_stalled(s: RunState, moved: bool) -> bool:
    """Note where health checks time out in a backlog; return whether that changes for a task.

    Tasks are asked only if they may have ``moved`` to other cohorts, or it changes for a cohort.
    """
    w = s.world
    only = w.moved_task
    for k in range(w.n_cohorts):
        x = s.outcomes[k]
        c = s.cohorts[k]
        waits = is_waiting_longer(c.backlog, x.worked_each, x.capacity, x.stall_level)
        is_stalled = 1 if waits and c.n_targets > 0 else 0
        if x.is_stalled != is_stalled:
            x.is_stalled = is_stalled
            moved = True
            only = -1
    if not moved:
        return False
    if only >= 0:
        return bool(s.tasks[only].checks_stalled != stalled(s, only))
    i = w.first_task
    while i >= 0:
        if s.tasks[i].checks_stalled != stalled(s, i):
            return True
        i = s.tasks[i].next_task
    return False


def stalled(s: RunState, i: int) -> int:
    """Return 1 if health checks of a task time out in its backlog, as `find_stalled` noted."""
    k = s.tasks[i].cohort
    if s.tasks[i].is_answering == 0:
        return 0
    if k < 0:
        return 1 if stalls_checks(s, i) else 0
    return int(s.outcomes[k].is_stalled)


def update_stalled(m: ScenarioRecord, s: RunState) -> None:
    """Note which tasks' checks time out in a backlog; those for which it changes go on anew.

    The others' checks have the outcome that was foreseen.
    """
    i = s.world.first_task
    while i >= 0:
        t = s.tasks[i]
        if t.checks_stalled != stalled(s, i):
            if t.state == RUNNING:
                replay_checks(m, s, i, True)
            t.checks_stalled = stalled(s, i)
            if t.state == RUNNING:
                queue_health_change(m, s, i)
        i = t.next_task
