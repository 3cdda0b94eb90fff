"""Leftovers: the backlog that a target out of rotation still has, and serves without new requests.

It depends on nothing else and nothing depends on how long it is, but for health checks that wait in
line. So it is a function of time, noted when the target leaves the rotation; the two instants that
may count are when checks pass again and, if anybody sees that, when nothing is left.
"""

from simdeploy.model.accessors import pace_index, watches_tasks
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.overload import backlog_at, backlog_left, crossing_at
from simdeploy.semantics.schema import NO_CHANGE
from simdeploy.semantics.state import NEVER


def ends_seen(m: ScenarioRecord) -> bool:
    """Whether anybody sees that nothing is left at a task: else it is no instant.

    An alarm on tasks may see that one is idle; a schema change, that the old revision has stopped
    writing.
    """
    for g in range(m.n_releases + 1):
        if m.releases[g].schema_change != NO_CHANGE:
            return True
    return watches_tasks(m)


def begin_leftover(m: ScenarioRecord, s: RunState, i: int, backlog: float, success: float) -> None:
    """Leave ``backlog`` requests at task ``i``, which succeed with a probability of ``success``."""
    now = s.world.now
    t = s.tasks[i]
    pace = pace_index(m, s, t.revision, t.is_cold)
    cap = m.capacity[pace]
    t.leftover = backlog
    t.leftover_since = now
    t.leftover_success = success
    t.leftover_rate = cap
    t.leftover_ends_at = crossing_at(now, backlog / cap)
    t.leftover_stalls_until = now
    level = backlog_at(m.check_timeout, m.request_seconds[pace], cap)
    if m.queued_checks != 0 and backlog > level:
        t.leftover_stalls_until = crossing_at(now, (backlog - level) / cap)
    t.leftover_event_at = next_leftover_event(s, i)
    s.world.leftovers_until = max(s.world.leftovers_until, t.leftover_ends_at)


def drop_leftover(s: RunState, i: int) -> None:
    """Forget what is left at task ``i``, if anything is."""
    s.tasks[i].leftover_ends_at = -NEVER
    s.tasks[i].leftover_event_at = NEVER


def has_leftover(s: RunState, i: int) -> bool:
    """Whether task ``i`` is out of rotation and still serves a backlog."""
    return bool(s.tasks[i].leftover_ends_at > s.world.now)


def leftover_of(s: RunState, i: int) -> float:
    """Requests that wait at task ``i``, which has a leftover."""
    t = s.tasks[i]
    return backlog_left(t.leftover, t.leftover_rate, s.world.now - t.leftover_since)


def stalls_checks(s: RunState, i: int) -> bool:
    """Whether health checks of task ``i`` time out in what is left at it."""
    return has_leftover(s, i) and s.tasks[i].leftover_stalls_until > s.world.now


def next_leftover_event(s: RunState, i: int) -> float:
    """When next something that is seen changes by what is left at task ``i``; NEVER if nothing."""
    t = s.tasks[i]
    if not has_leftover(s, i):
        return NEVER
    if stalls_checks(s, i):
        return float(t.leftover_stalls_until)
    return float(t.leftover_ends_at) if s.world.leftover_ends_seen != 0 else NEVER


def first_leftover_event(s: RunState) -> float:
    """When next something changes by what is left at any task; NEVER where nothing is left.

    Most runs have no leftover, and those of thousands of tasks would search all of them each time.
    """
    first = NEVER
    if s.world.leftovers_until <= s.world.now:
        return first
    i = s.world.first_task
    while i >= 0:
        first = min(first, next_leftover_event(s, i))
        i = s.tasks[i].next_task
    return first


def renew_leftovers(m: ScenarioRecord, s: RunState) -> None:
    """Go on at another pace where a release or a flag has changed it."""
    i = s.world.first_task
    while i >= 0:
        t = s.tasks[i]
        if has_leftover(s, i):
            pace = pace_index(m, s, t.revision, t.is_cold)
            if m.capacity[pace] != t.leftover_rate:
                begin_leftover(m, s, i, leftover_of(s, i), t.leftover_success)
        i = t.next_task
