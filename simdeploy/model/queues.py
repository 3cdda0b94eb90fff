"""Backlogs of cohorts over time: when they meet a bound, and how they grow and shrink."""

from simdeploy.model.cohorts import merge_drained
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.latency import record_latency
from simdeploy.model.requests import cohort_pace, target_worked_rate
from simdeploy.semantics.overload import (
    backlog_at,
    crossing_at,
    front_after,
    is_queueing,
    limited_backlog,
    queue_after,
    queue_next,
)
from simdeploy.semantics.state import NEVER


def bounds_at(
    m: ScenarioRecord, backlog: float, pace: int, grows: bool
) -> tuple[float, float, bool]:
    """Bounds next to a backlog, and whether they are those of all backlogs between them.

    The largest one below it, 0 if there is none, and the smallest one above it, NEVER if there is
    none; requests per target. At a bound, that one is below it if it ``grows``, else above it:
    they are those next to where it goes. Where abandoned requests are canceled, no backlog exceeds
    the client's time-out, and beyond the last bound that counts others are next to it.
    """
    below = 0.0
    for j in range(m.n_wait_bounds):
        bound = backlog_at(m.wait_bounds[j], m.request_seconds[pace], m.capacity[pace])
        if bound > backlog:
            if m.cancels_abandoned != 0 and bound > most_backlog(m, pace):
                return below, NEVER, False
            return below, float(bound), True
        if bound == backlog and backlog > 0.0:
            if grows:
                return float(bound), next_bound(m, backlog, pace, j + 1), True
            return below, float(bound), True
        below = bound
    return below, NEVER, m.cancels_abandoned == 0


def next_bound(m: ScenarioRecord, backlog: float, pace: int, first: int) -> float:
    """Smallest bound above a backlog, from bound number ``first`` on; NEVER if there is none."""
    most = most_backlog(m, pace) if m.cancels_abandoned != 0 else NEVER
    for j in range(first, m.n_wait_bounds):
        bound = backlog_at(m.wait_bounds[j], m.request_seconds[pace], m.capacity[pace])
        if bound > backlog:
            return float(bound) if bound <= most else NEVER
    return NEVER


def find_bounds(m: ScenarioRecord, s: RunState, k: int, pace: int, grows: bool) -> None:
    """Find the bounds next to a cohort's backlog; kept ones hold while it lies between them."""
    c = s.cohorts[k]
    if c.bounds_of == pace and c.below < c.backlog < c.above:
        return
    c.below, c.above, holds = bounds_at(m, c.backlog, pace, grows)
    c.bounds_of = pace if holds else -1


def most_backlog(m: ScenarioRecord, pace: int) -> float:
    """Backlog behind which clients leave before they are answered, requests per target."""
    return backlog_at(m.client_timeout, m.request_seconds[pace], m.capacity[pace])


def next_crossing(m: ScenarioRecord, s: RunState) -> float:
    """When the first backlog crosses a bound."""
    w = s.world
    first = NEVER
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            pace = cohort_pace(m, s, k)
            cap = m.capacity[pace]
            a = target_worked_rate(m, s, k)
            if is_queueing(c.backlog, a, cap):
                find_bounds(m, s, k, pace, a > cap)
                wait = queue_next(c.backlog, a, cap, c.below, c.above)
                first = min(first, crossing_at(w.now, wait))
    return first


def advance_queues(m: ScenarioRecord, s: RunState, until: float) -> None:
    """Advance all backlogs to ``until``, and record the latency of the requests served."""
    emptied = False
    for k in range(s.world.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            pace = cohort_pace(m, s, k)
            a = target_worked_rate(m, s, k)
            if is_queueing(c.backlog, a, m.capacity[pace]):
                find_bounds(m, s, k, pace, a > m.capacity[pace])
            emptied = advance_queue(m, s, k, pace, a, until) or emptied
    if emptied:
        merge_drained(s)


def advance_queue(
    m: ScenarioRecord, s: RunState, k: int, pace: int, a: float, until: float
) -> bool:
    """Advance a cohort's backlog between its bounds; return whether it has emptied.

    Each of its targets works on ``a`` requests per second; their latency is recorded.
    """
    w = s.world
    c = s.cohorts[k]
    cap = m.capacity[pace]
    dt = until - w.now
    before = c.backlog
    if is_queueing(before, a, cap):
        after = queue_after(before, a, cap, c.below, c.above, w.now, until)
        c.backlog = limited_backlog(after, most_backlog(m, pace), m.cancels_abandoned != 0)
        c.front = front_after(c.front, before + a * dt - after, c.backlog)
    record_latency(m, s, k, pace, before, dt)
    return bool(before > 0.0 and c.backlog == 0.0)
