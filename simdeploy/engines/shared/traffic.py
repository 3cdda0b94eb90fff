"""What becomes of the requests: shares, failures, backlogs and latency of the cohorts."""

from simdeploy.engines.shared.balancer import merge
from simdeploy.engines.shared.layout import (
    CLASSES,
    CUT_POINTS,
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
    S_SLOW,
    S_SLOW_SECONDS,
    S_WRITES_NEW,
    S_WRITES_OLD,
    SUMS,
    THRESHOLDS,
    UTILIZATIONS,
    Model,
    Space,
)
from simdeploy.engines.shared.state import shape_of
from simdeploy.semantics.faults import TASK_RUNNING, combined, error_share
from simdeploy.semantics.metrics import TRACE, share_of
from simdeploy.semantics.overload import clamped, crossing_at, lost_backlog, queue_after, queue_next
from simdeploy.semantics.routing import cohort_share, group_share, per_target, utilization
from simdeploy.semantics.schema import failing_share as schema_failing
from simdeploy.semantics.schema import written
from simdeploy.semantics.state import NEVER, NEW, OLD


def full_of(m: Model, revision: int) -> float:
    """Backlog behind which a client gives up, requests per target."""
    return m.capacity[revision] * m.client_timeout


def slow_of(m: Model, revision: int) -> float:
    """Backlog behind which every answer is slower than the SLO, requests per target."""
    return m.capacity[revision] * m.slo


def release_error(m: Model, s: Space, stages: int, targets: int) -> float:
    """Error share of the new revision's targets that stand on so many stairs together."""
    p = m
    if p.error_since == TASK_RUNNING:
        return error_share(p.error_rate, stages, targets)
    return error_share(p.error_rate, s.world.stage * targets, targets)


def slow_share(m: Model, revision: int, u: float) -> float:
    """Share slower than the SLO at a utilization, from the table."""
    x = u * 64.0
    k = min(int(x), 63)
    return m.slow[revision][k] + (m.slow[revision][k + 1] - m.slow[revision][k]) * (x - k)


def spread(m: Model, s: Space) -> None:
    """Share the offered traffic among groups and targets."""
    w = s.world
    w.to_new = 0.0
    w.to_old = 0.0
    for g in range(m.groups):
        share = group_share(w.weight, g, m.groups)
        w.per_target[g] = per_target(w.offered, share, w.eligible[g])
        if w.eligible[g] == 0:
            w.rates[S_NO_TARGET] += w.offered * share
    for k in range(w.cohorts):
        c = s.cohorts[k]
        if c.n > 0:
            arriving = c.n * w.per_target[c.group]
            if c.revision == NEW:
                w.to_new += arriving
            else:
                w.to_old += arriving


def serve(m: Model, s: Space, k: int, schema_share: float) -> None:
    """Add what becomes of one cohort's requests to the rates."""
    w = s.world
    p = m
    c = s.cohorts[k]
    r = c.revision
    a = w.per_target[c.group]
    if c.live == 0:
        w.rates[S_REFUSED] += c.n * a
        c.served = 0.0
        return
    u = utilization(a, p.capacity[r])
    error = p.base_error
    if r == NEW:
        error = combined(p.base_error, release_error(m, s, c.stages, c.n))
    share = cohort_share(
        c.n,
        a,
        p.capacity[r],
        c.backlog,
        p.client_timeout,
        p.slo,
        error,
        schema_share,
        slow_share(m, r, u),
    )
    w.rates[S_OVERLOAD] += share.overload
    w.rates[S_APP] += share.app
    w.rates[S_SCHEMA] += share.schema
    w.rates[S_SLOW] += share.slow
    c.served = share.served - share.overload
    c.doomed = error + (1.0 - error) * schema_share
    c.utilization = u
    if r == NEW:
        w.rates[S_WRITES_NEW] += (c.served - share.app) * p.touches
        w.rates[S_EXPOSED] += c.served if p.bad != 0 else 0.0
    else:
        w.rates[S_WRITES_OLD] += (c.served - share.app) * p.touches


def settle_rates(m: Model, s: Space) -> None:
    """All rates that hold from now until the next instant."""
    w = s.world
    p = m
    for i in range(SUMS):
        w.rates[i] = 0.0
    spread(m, s)
    if w.to_new > 0.0 and w.is_applied != 0:
        w.new_rows = 1 if written(shape_of(m, s)).new_rows else 0
    shape = shape_of(m, s)
    old_writes = w.alive[OLD] > 0
    old_share = schema_failing(shape, OLD, p.touches, p.meets, old_writes)
    new_share = schema_failing(shape, NEW, p.touches, p.meets, old_writes)
    for k in range(w.cohorts):
        if s.cohorts[k].n > 0:
            serve(m, s, k, new_share if s.cohorts[k].revision == NEW else old_share)
    sum_up(m, s)


def sum_up(m: Model, s: Space) -> None:
    """What the causes amount to: failing and slow shares, and the seconds that count."""
    w = s.world
    r = w.rates
    errors = r[S_NO_TARGET] + r[S_REFUSED] + r[S_APP] + r[S_SCHEMA]
    w.failing = errors + r[S_OVERLOAD]
    w.bad_rate = w.failing if m.overload_is_5xx != 0 else errors
    w.failing_share = share_of(w.failing, w.offered)
    w.slow_share = share_of(r[S_SLOW], w.offered)
    r[S_REQUESTS] = w.offered
    r[S_DOWNTIME] = w.failing_share
    r[S_OUTAGE] = 1.0 if w.failing_share >= 0.5 else 0.0
    r[S_DEGRADED] = 1.0 if w.failing_share >= 0.01 else 0.0
    r[S_SLOW_SECONDS] = 1.0 if w.slow_share > 0.01 else 0.0
    r[S_BAD_SECONDS] = 1.0 if m.bad != 0 and w.to_new > 0.0 else 0.0
    r[S_MIXED] = 1.0 if w.to_new > 0.0 and w.to_old > 0.0 else 0.0
    r[S_BOTH_ALIVE] = 1.0 if w.alive[OLD] > 0 and w.alive[NEW] > 0 else 0.0


def next_crossing(m: Model, s: Space) -> float:
    """When the first backlog meets a bound."""
    w = s.world
    first = NEVER
    for k in range(w.cohorts):
        c = s.cohorts[k]
        if c.n > 0 and c.live != 0:
            r = c.revision
            a = w.per_target[c.group]
            low, high = bounds(m, r)
            wait = queue_next(c.backlog, a, m.capacity[r], low, high)
            first = min(first, crossing_at(w.now, wait))
    return first


def bounds(m: Model, revision: int) -> tuple[float, float]:
    """The two backlogs at which something changes for who arrives, the lower one first."""
    slow = slow_of(m, revision)
    full = full_of(m, revision)
    return (slow, full) if slow <= full else (full, slow)


def advance_queues(m: Model, s: Space, until: float) -> None:
    """Backlogs at ``until``, and the latency of who was served on the way."""
    w = s.world
    p = m
    dt = until - w.now
    emptied = False
    for k in range(w.cohorts):
        c = s.cohorts[k]
        if c.n == 0 or c.live == 0:
            continue
        r = c.revision
        a = w.per_target[c.group]
        before = c.backlog
        if before > 0.0 or a > p.capacity[r]:
            low, high = bounds(m, r)
            after = queue_after(before, a, p.capacity[r], low, high, w.now, until)
            c.backlog = clamped(after, full_of(m, r), p.cancels_abandoned != 0)
            emptied = emptied or (before > 0.0 and c.backlog == 0.0)
        note_latency(m, s, k, before, dt)
    if emptied:
        merge(s)


def note_latency(m: Model, s: Space, k: int, before: float, dt: float) -> None:
    """Add the requests served in an interval to the latency classes of their revision."""
    c = s.cohorts[k]
    r = c.revision
    waited = 0.5 * (before + c.backlog) / m.capacity[r]
    if waited > 0.0:
        j = 0
        while j < THRESHOLDS - 1 and m.thresholds[j] < waited:
            j += 1
        place = UTILIZATIONS + j
    else:
        place = int(c.utilization * (UTILIZATIONS - 1) + 0.5)
    s.world.latency[r][place] += c.served * dt


def capacity_of(m: Model, s: Space, revision: int) -> float:
    """Requests/s that the answering eligible targets of a revision can serve."""
    total = 0.0
    for k in range(s.world.cohorts):
        c = s.cohorts[k]
        if c.n > 0 and c.live != 0 and c.revision == revision:
            total += c.n * m.capacity[revision]
    return total


def p99(m: Model, s: Space) -> float:
    """Request-weighted 99th percentile of latency over the whole run, s; 0 if none was served."""
    total = 0.0
    for r in range(2):
        for j in range(CLASSES):
            total += s.world.latency[r][j]
    if total <= 0.0:
        return 0.0
    low = -1
    high = THRESHOLDS - 1
    while high - low > 1:
        middle = (low + high) // 2
        if slower_than(m, s, middle) <= 0.01 * total:
            high = middle
        else:
            low = middle
    if low < 0:
        return float(m.thresholds[0])
    before = slower_than(m, s, low) / total
    after = slower_than(m, s, high) / total
    if after > 0.01 or before <= after:
        return float(m.thresholds[high])
    x = (before - 0.01) / (before - after)
    return float(m.thresholds[low] + (m.thresholds[high] - m.thresholds[low]) * x)


def slower_than(m: Model, s: Space, k: int) -> float:
    """Requests that took longer than the k-th threshold."""
    slower = 0.0
    for r in range(2):
        for j in range(UTILIZATIONS):
            slower += s.world.latency[r][j] * m.tails[r][j][k]
        for j in range(UTILIZATIONS + k + 1, CLASSES):
            slower += s.world.latency[r][j]
    return slower


def group_capacity(m: Model, s: Space, g: int) -> float:
    """Requests/s that the answering eligible targets of a group can serve."""
    if m.groups == 2:
        return capacity_of(m, s, g)
    return capacity_of(m, s, OLD) + capacity_of(m, s, NEW)


def cut_requests(m: Model, s: Space, i: int, left: float) -> float:
    """Requests of task ``i`` that are cut when it has ``left`` seconds to finish them.

    No more are open than have come since it is eligible; those that would fail anyway were
    counted as they arrived.
    """
    w = s.world
    t = s.tasks[i]
    c = s.cohorts[t.cohort]
    if t.live == 0:
        return 0.0
    r = t.revision
    delay = m.delay
    x = (left / delay if delay > 0.0 else 0.0) * (CUT_POINTS - 1)
    k = min(int(x), CUT_POINTS - 2)
    per_rps = m.cuts[r][k] + (m.cuts[r][k + 1] - m.cuts[r][k]) * (x - k)
    if left <= 0.0:
        per_rps = m.cuts[r][0]
    per_rps = min(per_rps, w.now - t.eligible)
    waiting = lost_backlog(c.backlog, full_of(m, r), m.capacity[r], left)
    return (w.per_target[c.group] * per_rps + waiting) * (1.0 - c.doomed)


def cut_now(m: Model, s: Space, requests: float) -> None:
    """Requests fail at this instant, all of them answered 502."""
    w = s.world
    w.sums[S_CUT] += requests
    w.sums[S_DOWNTIME] += share_of(requests, w.offered)
    for k in range(m.alarms):
        s.world.watches[k].bad += requests
        s.world.watches[k].active = max(s.world.watches[k].active, 1 if requests > TRACE else 0)
    if requests > 1e-6 and w.onset == NEVER:
        w.onset = w.now
