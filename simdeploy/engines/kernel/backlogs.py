"""Backlogs in the batch engine: when one meets a bound, and whose health checks wait in one.

As long as none has met a bound, and nothing has moved, requests fare as before.
"""

from simdeploy.engines.kernel.checks import queue_health_change, replay_checks
from simdeploy.engines.kernel.lanes import waits_behind
from simdeploy.engines.kernel.settling import all_kept, settle_rates
from simdeploy.model.cohorts import merge_drained
from simdeploy.model.constants import RUNNING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.latency import record_latency, record_waits
from simdeploy.model.leftovers import stalls_checks
from simdeploy.model.queues import advance_queue, find_bounds
from simdeploy.semantics.overload import (
    NEXT,
    crossing_at,
    front_after,
    limited_backlog,
    next_at_slope,
)
from simdeploy.semantics.state import NEVER


def advance_backlogs(m: ScenarioRecord, s: RunState, until: float) -> None:
    """Do what `model.queues.advance_queues` does, with the rates and bounds of the last look.

    Crossings have been timed from now on, so that no backlog meets a bound before its own.
    """
    w = s.world
    dt = until - w.now
    soonest = w.now * NEXT
    emptied = False
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            x = w.lanes[c.kind]
            if c.backlog <= 0.0 and x.is_over == 0:
                record_latency(m, s, k, x.pace, 0.0, dt)
            elif until >= c.meets_at or until <= soonest:
                emptied = advance_queue(m, s, k, x.pace, x.worked_each, until) or emptied
                c.has_met = 1
            else:
                emptied = advance_freely(m, s, k, dt) or emptied
    if emptied:
        merge_drained(s)
        w.merged = 1


def advance_freely(m: ScenarioRecord, s: RunState, k: int, dt: float) -> bool:
    """Do what `model.queues.advance_queue` does for a queue that meets no bound in ``dt`` s."""
    c = s.cohorts[k]
    x = s.world.lanes[c.kind]
    before = c.backlog
    after = before + x.slope * dt
    c.backlog = limited_backlog(after, x.late_level, m.cancels_abandoned != 0)
    c.front = front_after(c.front, before + x.worked_each * dt - after, c.backlog)
    if not (c.below < c.backlog < c.above):
        c.has_met = 1
    served = c.served_rate * dt
    if served != 0.0:
        if before > 0.0 or c.backlog > 0.0:
            record_waits(m, s, k, x.pace, x.worked_each, x.chance_level, before, served)
        else:
            record_latency(m, s, k, x.pace, before, dt)
    return bool(before > 0.0 and c.backlog == 0.0)


def time_bound(s: RunState, k: int) -> float:
    """Note when the backlog of cohort ``k`` meets the next bound, timed from now; return it."""
    c = s.cohorts[k]
    wait = next_at_slope(c.backlog, s.world.lanes[c.kind].slope, c.below, c.above)
    c.meets_at = crossing_at(s.world.now, wait)
    return float(c.meets_at)


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
            x = w.lanes[c.kind]
            if c.n_targets != c.seen_targets:
                return True
            if c.backlog > 0.0 or x.is_over != 0:
                if not (c.below < c.backlog < c.above):
                    return True
                first = min(first, time_bound(s, k))
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
    if crossed and all_kept(s):
        w.stalls_moved = 1
    elif crossed:
        settle_rates(m, s)
    if crossed or moved:
        settle_stalled(m, s, moved)
    return crossed


def time_crossing(m: ScenarioRecord, s: RunState) -> None:
    """Do what `model.queues.next_crossing` does, with the rates that have just been settled."""
    w = s.world
    first = NEVER
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            x = w.lanes[c.kind]
            if c.backlog > 0.0 or x.is_over != 0:
                find_bounds(m, s, k, x.pace, x.worked_each > x.capacity)
                first = min(first, time_bound(s, k))
    w.crossing_at = first


def settle_stalled(m: ScenarioRecord, s: RunState, moved: bool) -> None:
    """Note where health checks time out in a backlog; those of tasks for which it changes go anew.

    Tasks are asked only if they may have ``moved`` to other cohorts, or it changes for theirs.
    """
    if m.queued_checks == 0:
        return
    w = s.world
    only = w.moved_task if w.merged == 0 else -1
    moved = moved or w.merged != 0
    w.merged = 0
    for k in range(w.n_cohorts if w.stalls_moved != 0 else 0):
        c = s.cohorts[k]
        waits = c.n_targets > 0 and waits_behind(s, k, w.lanes[c.kind].stall_level)
        is_stalled = 1 if waits else 0
        if c.is_stalled != is_stalled:
            c.is_stalled = is_stalled
            if c.n_targets == 1 and s.tasks[c.latest_task].cohort == k:
                resume_checks(m, s, c.latest_task)
            elif c.n_targets > 0:
                moved = True
                only = -1
    w.stalls_moved = 0
    if moved and only >= 0:
        resume_checks(m, s, only)
    elif moved:
        i = w.first_task
        while i >= 0:
            resume_checks(m, s, i)
            i = s.tasks[i].next_task


def stalled(s: RunState, i: int) -> int:
    """Return 1 if health checks of a task time out in its backlog, as `settle_stalled` noted."""
    k = s.tasks[i].cohort
    if s.tasks[i].is_answering == 0:
        return 0
    if k < 0:
        return 1 if stalls_checks(s, i) else 0
    return int(s.cohorts[k].is_stalled)


def resume_checks(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Go on anew with checks of task ``i`` if they begin or cease to time out in its backlog.

    Others have the outcome that was foreseen.
    """
    t = s.tasks[i]
    now = stalled(s, i)
    if t.checks_stalled != now:
        if t.state == RUNNING:
            replay_checks(m, s, i, True)
        t.checks_stalled = now
        if t.state == RUNNING:
            queue_health_change(m, s, i)
