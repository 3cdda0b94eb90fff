"""What becomes of the requests: shares, failures, backlogs of the cohorts, and what is cut."""

from simdeploy.model.accessors import flag_of, is_bad, pace_of, shape_of
from simdeploy.model.cohorts import merge
from simdeploy.model.constants import (
    ERAS,
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
)
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.latency import note_latency
from simdeploy.semantics.faults import combined, error_share
from simdeploy.semantics.metrics import share_of
from simdeploy.semantics.overload import (
    clamped,
    crossing_at,
    front_after,
    queue_after,
    queue_next,
    sound_share,
)
from simdeploy.semantics.routing import cohort_share, group_share, per_target, utilization
from simdeploy.semantics.schema import failing_share as schema_failing
from simdeploy.semantics.schema import written
from simdeploy.semantics.state import NEVER, NEW, OLD


def arrivals(s: RunState, k: int) -> float:
    """Requests per second at each target of a cohort."""
    c = s.cohorts[k]
    return float(s.world.rate_per_weight[c.group] * c.ramp)


def pace_at(m: ScenarioRecord, s: RunState, k: int) -> int:
    """The pace of a cohort's targets."""
    c = s.cohorts[k]
    return pace_of(m, s, c.revision, c.is_cold)


def release_error(m: ScenarioRecord, s: RunState, revision: int, parts: int, targets: int) -> float:
    """Error share of targets of a release whose own levels add up to so many parts."""
    w = s.world
    g = w.generation[revision]
    share = error_share(parts, targets)
    for since in range(1, 3):
        k = w.error_step[revision][since - 1]
        if k > 0:
            share = combined(share, error_share(m.releases[g].error_steps[since][k - 1].parts, 1))
    return share * flag_of(m, s, revision)


def slow_share(m: ScenarioRecord, pace: int, u: float) -> float:
    """Share slower than the SLO at a utilization, from the table."""
    x = u * 64.0
    k = min(int(x), 63)
    return m.slow_shares[pace][k] + (m.slow_shares[pace][k + 1] - m.slow_shares[pace][k]) * (x - k)


def spread(m: ScenarioRecord, s: RunState) -> None:
    """Share the offered traffic among groups and targets."""
    w = s.world
    for r in range(2):
        w.arrival_rate[r] = 0.0
        w.worked_rate[r] = 0.0
        w.success_rate[r] = 0.0
        w.target_error_rate[r] = 0.0
        w.balancer_error_rate[r] = 0.0
    w.rate_to_new = 0.0
    w.rate_to_old = 0.0
    for g in range(m.n_groups):
        share = group_share(w.new_weight, g, m.n_groups)
        w.rate_per_weight[g] = per_target(w.offered_rate, share, w.eligible_weight[g])
        if w.eligible_weight[g] == 0:
            w.rates[S_NO_TARGET] += w.offered_rate * share
            w.balancer_error_rate[g] += w.offered_rate * share
            w.arrival_rate[g] += w.offered_rate * share
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0:
            arriving = c.n_targets * arrivals(s, k)
            w.arrival_rate[c.revision] += arriving
            if c.revision == NEW:
                w.rate_to_new += arriving
            else:
                w.rate_to_old += arriving
    w.new_code_rate = w.rate_to_new * flag_of(m, s, NEW)
    w.exposed_rate = w.new_code_rate if is_bad(m, s, NEW) else 0.0
    w.exposed_rate += w.rate_to_old if is_bad(m, s, OLD) else 0.0


def note_era(s: RunState) -> None:
    """Remember since when targets receive what they do, and how much of it does not fail there."""
    w = s.world
    k = w.n_eras
    old, new = sound_at(s, OLD), sound_at(s, NEW)
    if k > 0:
        last = s.eras[k - 1]
        if (
            last.rate_per_weight[0] == w.rate_per_weight[0]
            and last.rate_per_weight[1] == w.rate_per_weight[1]
        ):
            if last.success_share[OLD] == old and last.success_share[NEW] == new:
                return
        if last.since == w.now:
            k -= 1
    if k == ERAS:
        k = forget_half(s)
    e = s.eras[k]
    e.since = w.now if k > 0 else -NEVER
    for g in range(2):
        e.rate_per_weight[g] = w.rate_per_weight[g]
    e.success_share[OLD] = old
    e.success_share[NEW] = new
    w.n_eras = k + 1


def sound_at(s: RunState, revision: int) -> float:
    """Share of what reaches a revision's tasks now that does not fail there."""
    w = s.world
    return (
        w.success_rate[revision] / w.worked_rate[revision] if w.worked_rate[revision] > 0.0 else 1.0
    )


def forget_half(s: RunState) -> int:
    """Forget the older half of the eras; how many are left."""
    half = ERAS // 2
    for k in range(half):
        s.eras[k].since = s.eras[k + half].since
        for g in range(2):
            s.eras[k].rate_per_weight[g] = s.eras[k + half].rate_per_weight[g]
            s.eras[k].success_share[g] = s.eras[k + half].success_share[g]
    return half


def serve(m: ScenarioRecord, s: RunState, k: int, schema_share: float) -> None:
    """Add what becomes of one cohort's requests to the rates."""
    w = s.world
    c = s.cohorts[k]
    r = c.revision
    a = arrivals(s, k)
    if c.is_answering == 0:
        w.rates[S_REFUSED] += c.n_targets * a
        w.balancer_error_rate[r] += c.n_targets * a
        c.served_rate = 0.0
        c.utilization = 0.0
        return
    if r == NEW and w.refused_share > 0.0:
        w.rates[S_REFUSED] += c.n_targets * a * w.refused_share
        w.balancer_error_rate[r] += c.n_targets * a * w.refused_share
        a = a * (1.0 - w.refused_share)
    pace = pace_at(m, s, k)
    u = utilization(a, m.capacity[pace])
    error = 1.0 if w.dependency_down != 0 else m.base_error_rate
    if w.generation[r] > 0:
        error = combined(error, release_error(m, s, r, c.error_parts, c.n_targets))
    share = cohort_share(
        c.n_targets,
        a,
        m.capacity[pace],
        c.backlog,
        m.client_timeout,
        m.slo_latency,
        error,
        schema_share,
        slow_share(m, pace, u),
    )
    idle = (share.served - share.overload - share.app - share.schema) * m.idle_cut_share
    w.rates[S_OVERLOAD] += share.overload
    w.rates[S_APP] += share.app
    w.rates[S_SCHEMA] += share.schema
    w.rates[S_CUT] += idle
    w.rates[S_SLOW] += share.slow
    w.target_error_rate[r] += share.app + share.schema
    w.balancer_error_rate[r] += idle + (share.overload if m.overload_is_5xx != 0 else 0.0)
    c.served_rate = share.served - share.overload
    sound = 1.0 - combined(error, schema_share)
    note_line(s, k, 0.0 if share.overload > 0.0 else sound)
    w.worked_rate[r] += c.n_targets * a
    w.success_rate[r] += c.n_targets * a * sound
    c.utilization = u
    note_writes(m, s, r, c.served_rate, c.served_rate - share.app)


def note_line(s: RunState, k: int, sound: float) -> None:
    """Who arrives from now on fails more or less often than who waits already."""
    c = s.cohorts[k]
    if sound != c.success:
        c.front_success = sound_share(c.backlog, c.front, c.front_success, c.success)
        c.front = c.backlog
        c.success = sound


def note_writes(
    m: ScenarioRecord, s: RunState, revision: int, served: float, written_: float
) -> None:
    """What the requests of a revision leave behind: rows, side effects, users who met it."""
    w = s.world
    flag = flag_of(m, s, revision)
    rows = written_ * m.releases[w.generation[NEW]].touches_share
    if revision == NEW:
        w.rates[S_WRITES_NEW] += rows * flag
        w.rates[S_WRITES_OLD] += rows * (1.0 - flag)
    else:
        w.rates[S_WRITES_OLD] += rows
    if is_bad(m, s, revision):
        w.rates[S_EXPOSED] += served * flag
        effects = m.releases[w.generation[revision]].side_effects_per_request
        w.rates[S_SIDE_EFFECTS] += served * flag * effects


def unreadable_to(m: ScenarioRecord, s: RunState, revision: int) -> float:
    """Share of a revision's requests that meet data it cannot read; dark code reads as old."""
    w = s.world
    f = m.releases[w.generation[NEW]]
    flag = flag_of(m, s, revision)
    old_writes = w.alive[OLD] > 0 or flag < 1.0
    share = schema_failing(shape_of(s), revision, f.touches_share, f.meets_share, old_writes)
    if flag >= 1.0:
        return share
    dark = schema_failing(shape_of(s), OLD, f.touches_share, f.meets_share, old_writes)
    return flag * share + (1.0 - flag) * dark


def settle_rates(m: ScenarioRecord, s: RunState) -> None:
    """All rates that hold from now until the next instant."""
    w = s.world
    for i in range(SUMS):
        w.rates[i] = 0.0
    spread(m, s)
    if w.new_code_rate > 0.0 and w.schema_applied != 0:
        w.has_new_rows = 1 if written(shape_of(s)).new_rows else 0
    old_share = unreadable_to(m, s, OLD)
    new_share = unreadable_to(m, s, NEW)
    for k in range(w.n_cohorts):
        if s.cohorts[k].n_targets > 0:
            serve(m, s, k, new_share if s.cohorts[k].revision == NEW else old_share)
    note_era(s)
    sum_up(m, s)


def sum_up(m: ScenarioRecord, s: RunState) -> None:
    """What the causes amount to: failing and slow shares, and the seconds that count."""
    w = s.world
    r = w.rates
    errors = r[S_NO_TARGET] + r[S_REFUSED] + r[S_APP] + r[S_SCHEMA] + r[S_CUT]
    w.failing_rate = errors + r[S_OVERLOAD]
    w.error_rate = w.failing_rate if m.overload_is_5xx != 0 else errors
    w.failing_share = share_of(w.failing_rate, w.offered_rate)
    w.slow_share = share_of(r[S_SLOW], w.offered_rate)
    r[S_REQUESTS] = w.offered_rate
    r[S_DOWNTIME] = w.failing_share
    r[S_OUTAGE] = 1.0 if w.failing_share >= 0.5 else 0.0
    r[S_DEGRADED] = 1.0 if w.failing_share >= 0.01 else 0.0
    r[S_SLOW_SECONDS] = 1.0 if w.slow_share > 0.01 else 0.0
    r[S_BAD_SECONDS] = 1.0 if w.exposed_rate > 0.0 else 0.0
    both_alive = w.alive[OLD] > 0 and w.alive[NEW] > 0
    r[S_BOTH_ALIVE] = 1.0 if both_alive else 0.0
    r[S_MIXED] = 1.0 if both_alive and w.rate_to_new > 0.0 and w.rate_to_old > 0.0 else 0.0


def level_below(m: ScenarioRecord, backlog: float, capacity: float) -> float:
    """The bound next below a backlog, requests per target; 0 where there is none."""
    found = 0.0
    for j in range(m.n_wait_bounds):
        bound = m.wait_bounds[j] * capacity
        if bound < backlog:
            found = bound
    return found


def level_above(m: ScenarioRecord, backlog: float, capacity: float) -> float:
    """The bound next above a backlog, requests per target; never where there is none.

    Where abandoned requests are canceled, the backlog stays below the client's patience.
    """
    most = capacity * m.client_timeout if m.cancels_abandoned != 0 else NEVER
    for j in range(m.n_wait_bounds):
        bound = m.wait_bounds[j] * capacity
        if bound > backlog:
            return float(bound) if bound <= most else NEVER
    return NEVER


def next_crossing(m: ScenarioRecord, s: RunState) -> float:
    """When the first backlog meets a bound."""
    w = s.world
    first = NEVER
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0:
            cap = m.capacity[pace_at(m, s, k)]
            a = offered_at(s, k)
            if c.backlog > 0.0 or a > cap:
                low = level_below(m, c.backlog, cap)
                high = level_above(m, c.backlog, cap)
                wait = queue_next(c.backlog, a, cap, low, high)
                first = min(first, crossing_at(w.now, wait))
    return first


def offered_at(s: RunState, k: int) -> float:
    """Requests per second that each target of a cohort works on: those that find a connection."""
    a = arrivals(s, k)
    if s.cohorts[k].revision == NEW and s.world.refused_share > 0.0:
        return a * (1.0 - s.world.refused_share)
    return a


def advance_queues(m: ScenarioRecord, s: RunState, until: float) -> None:
    """Backlogs at ``until``, and the latency of who was served on the way."""
    w = s.world
    dt = until - w.now
    emptied = False
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets == 0 or c.is_answering == 0:
            continue
        a = offered_at(s, k)
        cap = m.capacity[pace_at(m, s, k)]
        before = c.backlog
        if before > 0.0 or a > cap:
            low = level_below(m, before, cap)
            high = level_above(m, before, cap)
            after = queue_after(before, a, cap, low, high, w.now, until)
            c.backlog = clamped(after, cap * m.client_timeout, m.cancels_abandoned != 0)
            c.front = front_after(c.front, before + a * dt - c.backlog, c.backlog)
            emptied = emptied or (before > 0.0 and c.backlog == 0.0)
        note_latency(m, s, k, before, dt)
    if emptied:
        merge(s)


def capacity_of(m: ScenarioRecord, s: RunState, revision: int) -> float:
    """Requests/s that the answering eligible targets of a revision can serve."""
    total = 0.0
    for k in range(s.world.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_answering != 0 and c.revision == revision:
            total += c.n_targets * m.capacity[pace_at(m, s, k)]
    return total


def group_capacity(m: ScenarioRecord, s: RunState, g: int) -> float:
    """Requests/s that the answering eligible targets of a group can serve."""
    if m.n_groups == 2:
        return capacity_of(m, s, g)
    return capacity_of(m, s, OLD) + capacity_of(m, s, NEW)
