"""What a run amounts to: extremes, onset and end of harm, cost, verdict."""

from typing import Any

from simdeploy.model.accessors import apply_schema, begin_stairs, bill, flag_of, is_bad, shape_of
from simdeploy.model.constants import (
    DEAD,
    DRILL,
    DRILL_LATE,
    S_APP,
    S_BAD_SECONDS,
    S_BOTH_ALIVE,
    S_CUT,
    S_DEGRADED,
    S_DOWNTIME,
    S_EXPOSED,
    S_MIXED,
    S_NO_TARGET,
    S_OUTAGE,
    S_OVERLOAD,
    S_REFUSED,
    S_REQUESTS,
    S_SCHEMA,
    S_SIDE_EFFECTS,
    S_SLOW,
    S_SLOW_SECONDS,
    S_WRITES_NEW,
    S_WRITES_OLD,
    SUMS,
    T_DRILL,
    Model,
    Space,
)
from simdeploy.model.latency import p99
from simdeploy.model.requests import advance_queues, capacity_of, group_capacity
from simdeploy.model.websockets import drift
from simdeploy.semantics.alarms import CPU
from simdeploy.semantics.cost import dollars
from simdeploy.semantics.faults import AT_FULL_TRAFFIC
from simdeploy.semantics.metrics import TRACE, carries, harms, headroom, hurts, open_or, verdict
from simdeploy.semantics.plan import AT_REST, ROLLING_OUT, outcome
from simdeploy.semantics.routing import group_share
from simdeploy.semantics.schema import FULL_TRAFFIC, unreadable_share
from simdeploy.semantics.state import NEVER, NEW, OLD


def failed_so_far(s: Space) -> float:
    """Requests failed since the command."""
    x = s.world.sums
    return x[S_NO_TARGET] + x[S_REFUSED] + x[S_APP] + x[S_OVERLOAD] + x[S_SCHEMA] + x[S_CUT]


def note_decision(s: Space) -> None:
    """The first decision to roll back counts, and what had failed by then."""
    w = s.world
    if w.decision == NEVER:
        w.decision = w.now
        w.failed_then = failed_so_far(s)


def reaches_full_traffic(m: Model, s: Space) -> bool:
    """All production traffic is on the new revision, for the first time."""
    w = s.world
    if w.full < NEVER or (w.phase != ROLLING_OUT and w.phase != AT_REST) or w.undone != 0:
        return False
    if w.shown <= 0.0 or w.to_old > 0.0 or w.shown < w.offered * (1.0 - TRACE):
        return False
    w.full = w.now
    p = m
    if m.release[w.generation[NEW]].applied == FULL_TRAFFIC:
        apply_schema(m, s)
    begin_stairs(m, s, AT_FULL_TRAFFIC)
    if w.variant == DRILL and w.generation[NEW] == m.releases:
        w.timers[T_DRILL] = w.now + p.drill_after
    return True


def observe(m: Model, s: Space) -> None:
    """Extremes, the onset of harm, and the end of a rollback."""
    w = s.world
    p = m
    w.min_healthy = min(w.min_healthy, w.healthy[OLD] + w.healthy[NEW])
    w.peak = max(w.peak, w.alive[OLD] + w.alive[NEW])
    for g in range(p.groups):
        share = group_share(w.weight, g, p.groups)
        if share > 0.0:
            w.min_headroom = min(
                w.min_headroom, headroom(group_capacity(m, s, g), w.offered * share)
            )
    exposed = w.exposed > 0.0
    if w.onset == NEVER and (exposed or hurts(w.failing_share, w.base_failing)):
        w.onset = w.now
    harming = harms(w.failing_share, w.base_failing, w.slow_share, w.base_slow, exposed)
    w.harming = 1 if harming else 0
    if w.decision < NEVER and w.safe == NEVER and w.shown == 0.0:
        kept = capacity_of(m, s, OLD) + (capacity_of(m, s, NEW) if m.flagged != 0 else 0.0)
        if carries(kept, w.offered, w.old_capacity):
            w.safe = w.now


def record(s: Space) -> None:
    """Keep what fails without a deployment, for the runs that are held against it."""
    w = s.world
    k = w.traces
    if k > 0:
        last = s.points[k - 1]
        if last.failing == w.failing_share and last.slow == w.slow_share:
            return
        if last.at == w.now:
            k -= 1
    if k + 1 >= w.point_room:
        w.overflow = 1
        return
    s.points[k].at = w.now
    s.points[k].failing = w.failing_share
    s.points[k].slow = w.slow_share
    s.points[k + 1].at = NEVER
    w.traces = k + 1


def bill_rest(m: Model, s: Space) -> float:
    """Task-seconds until the horizon, living tasks included."""
    w = s.world
    total = w.task_seconds
    i = w.head
    while i >= 0:
        t = s.tasks[i]
        if t.pulled < w.now and t.state != DEAD:
            total += bill(m, t.pulled, w.now)
        i = t.next
    return float(total)


def save_baseline(m: Model, s: Space) -> None:
    """Keep what the same service costs and does without a deployment, for the run to come."""
    w = s.world
    w.saved_cost = dollars(bill_rest(m, s), m.hourly)
    w.saved_failed = failed_so_far(s)
    w.saved_slow = w.sums[S_SLOW]


def finish(m: Model, s: Space, out: Any) -> None:
    """Write a run's numbers, in the order of ``results.metrics``."""
    w = s.world
    x = w.sums
    p = m
    failed = failed_so_far(s)
    out[0] = x[S_REQUESTS] + p.in_flight
    out[1] = failed
    out[2] = x[S_NO_TARGET]
    out[3] = x[S_REFUSED]
    out[4] = x[S_APP]
    out[5] = x[S_OVERLOAD]
    out[6] = x[S_SCHEMA]
    out[7] = x[S_CUT]
    out[8] = x[S_DOWNTIME]
    out[9] = x[S_OUTAGE]
    out[10] = x[S_DEGRADED]
    out[11] = x[S_SLOW]
    out[12] = x[S_SLOW_SECONDS]
    out[13] = p99(m, s)
    out[14] = x[S_BAD_SECONDS]
    out[15] = x[S_EXPOSED]
    out[16] = w.sockets_cut
    out[17] = x[S_MIXED]
    out[18] = x[S_BOTH_ALIVE]
    out[19] = unreadable(s)
    out[20] = x[S_SIDE_EFFECTS]
    out[21] = w.min_headroom
    out[22] = w.min_healthy
    out[23] = w.peak
    out[24] = w.failed
    cost = dollars(bill_rest(m, s), p.hourly)
    out[25] = cost
    out[26] = cost - w.saved_cost
    conclude(m, s, out)
    before = w.failed_then if w.decision < NEVER else failed
    out[35] = before
    out[36] = failed - before
    out[37] = failed - w.saved_failed
    out[38] = x[S_SLOW] - w.saved_slow


def conclude(m: Model, s: Space, out: Any) -> None:
    """Times that are defined only where something happened, verdict and outcome."""
    w = s.world
    decided = w.decision < NEVER
    hurt = w.onset < NEVER
    bad = is_bad(m, s, NEW) or is_bad(m, s, OLD)
    undecided = bad
    out[27] = w.rest - w.command
    out[28] = open_or(w.full - w.command, w.full < NEVER or w.undone == 0)
    out[29] = open_or(w.decision - w.command, decided or undecided)
    out[30] = open_or(
        max(0.0, w.decision - w.onset) if hurt else NEVER, hurt and (decided or undecided)
    )
    out[31] = open_or(w.safe - w.decision if decided else NEVER, decided)
    if w.harming != 0:
        out[32] = NEVER
    else:
        out[32] = open_or(max(0.0, w.last_harm - w.onset) if hurt else NEVER, hurt)
    harmed = w.failing_share - w.base_failing > 0.001
    out[33] = verdict(bad, w.undone != 0, live_share(m, s, bad), harmed)
    out[34] = outcome(w.phase, w.undone != 0, w.stuck != 0)


def live_share(m: Model, s: Space, bad: bool) -> float:
    """Share of arrivals at the horizon on a bad revision; else on the last release of the chain."""
    w = s.world
    if w.offered > 0.0:
        shown = w.exposed if bad else w.shown
        return shown / w.offered if bad or w.generation[NEW] == m.releases else 0.0
    return 1.0 if w.target == NEW and flag_of(m, s, NEW) >= 1.0 else 0.0


def unreadable(s: Space) -> float:
    """Rows that the revision serving at the horizon cannot read."""
    w = s.world
    reader = NEW if w.to_new > w.to_old else OLD
    shape = shape_of(s)
    by_old = w.sums[S_WRITES_OLD] * unreadable_share(shape, OLD, reader, 1.0)
    return float(by_old + w.sums[S_WRITES_NEW] * unreadable_share(shape, NEW, reader, 1.0))


def add_up(m: Model, s: Space, until: float) -> None:
    """Add the interval that ends at ``until``; nothing changed within it."""
    w = s.world
    dt = until - w.now
    if dt <= 0.0:
        return
    for i in range(SUMS):
        w.sums[i] += dt * w.rates[i]
    for k in range(m.alarms):
        if s.world.watches[k].active == 2:
            a = s.world.watches[k]
            a.bad += dt * a.bad_rate
            good = a.all_rate if m.alarm[k].metric == CPU else a.all_rate - a.bad_rate
            a.good += dt * good
    drift(m, s, dt)
    advance_queues(m, s, until)
    if w.harming != 0:
        w.last_harm = until
    w.now = until


def drill(s: Space) -> None:
    """The late drill orders its rollback at the controller's own end."""
    w = s.world
    if w.variant == DRILL_LATE and w.phase == AT_REST and w.undone == 0:
        w.timers[T_DRILL] = w.now
