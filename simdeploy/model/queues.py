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


def bounds_at(m: ScenarioRecord, backlog: float, pace: int) -> tuple[float, float, bool]:
    """Bounds next to a backlog, and whether they are those of all backlogs between them.

    The largest one below it, 0 if there is none, and the smallest one above it, NEVER if there is
    none; requests per target. Where abandoned requests are canceled, no backlog exceeds the
    client's time-out. At a bound, and beyond the last one that counts, others are next to it.
    """
    below = 0.0
    for j in range(m.n_wait_bounds):
        bound = backlog_at(m.wait_bounds[j], m.request_seconds[pace], m.capacity[pace])
        if bound > backlog:
            if m.cancels_abandoned != 0 and bound > most_backlog(m, pace):
                return below, NEVER, False
            return below, float(bound), True
        if bound == backlog and backlog > 0.0:
            above = next_bound(m, backlog, pace, j + 1)
            return below, above, False
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


def find_bounds(m: ScenarioRecord, s: RunState, k: int, pace: int) -> None:
    """Find the bounds next to a cohort's backlog; kept ones hold while it lies between them."""
    c = s.cohorts[k]
    if c.bounds_of == pace and c.below < c.backlog < c.above:
        return
    c.below, c.above, holds = bounds_at(m, c.backlog, pace)
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
                find_bounds(m, s, k, pace)
                wait = queue_next(c.backlog, a, cap, c.below, c.above)
                first = min(first, crossing_at(w.now, wait))
    return first


def advance_queues(m: ScenarioRecord, s: RunState, until: float) -> None:
    """Advance all backlogs to ``until``, and record the latency of the requests served."""
    w = s.world
    dt = until - w.now
    emptied = False
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets == 0 or c.is_answering == 0:
            continue
        a = target_worked_rate(m, s, k)
        pace = cohort_pace(m, s, k)
        cap = m.capacity[pace]
        before = c.backlog
        if is_queueing(before, a, cap):
            find_bounds(m, s, k, pace)
            after = queue_after(before, a, cap, c.below, c.above, w.now, until)
            c.backlog = limited_backlog(after, most_backlog(m, pace), m.cancels_abandoned != 0)
            c.front = front_after(c.front, before + a * dt - after, c.backlog)
            emptied = emptied or (before > 0.0 and c.backlog == 0.0)
        record_latency(m, s, k, before, dt)
    if emptied:
        merge_drained(s)
