"""Requests: how traffic is distributed, which of it fails and why, and the queues at targets."""

from simdeploy.model import sums
from simdeploy.model.accessors import flag_share, is_bad, pace_index
from simdeploy.model.constants import ERAS, LOADS
from simdeploy.model.counting import set_chance_rates
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.schema_change import note_first_write, schema_failing_share, set_row_timer
from simdeploy.semantics.faults import admitted, combined, error_share
from simdeploy.semantics.metrics import share_of
from simdeploy.semantics.numeric import exceeds, reaches
from simdeploy.semantics.overload import (
    backlog_at,
    is_queueing,
    is_waiting_longer,
    success_of_queue,
    table_place,
)
from simdeploy.semantics.routing import (
    cohort_share,
    group_share,
    overload_rate,
    per_target,
    utilization,
)
from simdeploy.semantics.state import NEVER, NEW, OLD


def target_arrival_rate(s: RunState, k: int) -> float:
    """Requests per second at each target of a cohort."""
    c = s.cohorts[k]
    return float(s.world.rate_per_weight[c.group] * c.ramp)


def connected_rate(s: RunState, revision: int, ramp: int, rate_per_weight: float) -> float:
    """Requests per second that reach a target and get a database connection."""
    if revision == NEW and s.world.refused_share > 0.0:
        return rate_per_weight * (ramp * (1.0 - s.world.refused_share))
    return rate_per_weight * ramp


def worked_rate(
    m: ScenarioRecord, s: RunState, revision: int, ramp: int, rate_per_weight: float
) -> float:
    """Requests per second that a target works on: those with a connection, up to its limit."""
    limit = m.releases[s.world.generation[revision]].admitted_rate
    return admitted(connected_rate(s, revision, ramp, rate_per_weight), limit)


def target_worked_rate(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Requests per second that each target of a cohort works on."""
    c = s.cohorts[k]
    return worked_rate(m, s, c.revision, c.ramp, s.world.rate_per_weight[c.group])


def cohort_pace(m: ScenarioRecord, s: RunState, k: int) -> int:
    """Index of the tables of capacity and latency for a cohort's targets."""
    c = s.cohorts[k]
    return pace_index(m, s, c.revision, c.is_cold)


def release_error_share(
    m: ScenarioRecord, s: RunState, revision: int, parts: int, targets: int
) -> float:
    """Error share of targets whose own error ramps add up to ``parts``, with shared ramps."""
    w = s.world
    g = w.generation[revision]
    share = error_share(parts, targets)
    for since in range(1, 3):
        k = w.error_step[revision][since - 1]
        if k > 0:
            share = combined(share, error_share(m.releases[g].error_steps[since][k - 1].parts, 1))
    return share * flag_share(m, s, revision)


def slow_share_at(m: ScenarioRecord, pace: int, u: float) -> float:
    """Share of answers slower than the SLO at utilization ``u``, interpolated in a table."""
    x = table_place(u, LOADS - 1)
    k = min(int(x), LOADS - 2)
    low = m.slow_shares[pace][k]
    return low + (m.slow_shares[pace][k + 1] - low) * (x - k)


def late_share_at(m: ScenarioRecord, pace: int, u: float) -> float:
    """Share of requests slower than the client waits at utilization ``u``, likewise."""
    x = table_place(u, LOADS - 1)
    k = min(int(x), LOADS - 2)
    low = m.late_shares[pace][k]
    return low + (m.late_shares[pace][k + 1] - low) * (x - k)


def is_answered_after(m: ScenarioRecord, s: RunState, k: int, limit: float) -> bool:
    """Whether requests that arrive now at a cohort are answered later than ``limit`` seconds."""
    a = target_worked_rate(m, s, k)
    return waits_longer(m, cohort_pace(m, s, k), s.cohorts[k].backlog, a, limit)


def waits_longer(m: ScenarioRecord, pace: int, backlog: float, a: float, limit: float) -> bool:
    """Whether a target that works on ``a`` requests per second answers later than ``limit``."""
    cap = m.capacity[pace]
    level = backlog_at(limit, m.request_seconds[pace], cap)
    return is_waiting_longer(backlog, a, cap, level)


def chance_load(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Utilization at which requests of a cohort wait by chance.

    0 where they wait in a backlog, whose length then gives the wait.
    """
    c = s.cohorts[k]
    cap = m.capacity[cohort_pace(m, s, k)]
    a = target_worked_rate(m, s, k)
    return 0.0 if is_queueing(c.backlog, a, cap) else utilization(a, cap)


def distribute_traffic(m: ScenarioRecord, s: RunState) -> None:
    """Distribute the offered traffic among groups and targets (alb-forward-weights)."""
    w = s.world
    for r in range(2):
        w.arrival_rate[r] = 0.0
        w.worked_rate[r] = 0.0
        w.success_rate[r] = 0.0
        w.target_error_rate[r] = 0.0
        w.balancer_error_rate[r] = 0.0
        w.target_4xx_rate[r] = 0.0
        w.balancer_4xx_rate[r] = 0.0
    w.rate_to_new = 0.0
    w.rate_to_old = 0.0
    for g in range(m.n_groups):
        share = group_share(w.new_weight, g, m.n_groups)
        w.rate_per_weight[g] = per_target(w.offered_rate, share, w.eligible_weight[g])
        if w.eligible_weight[g] == 0:
            w.rates[sums.NO_TARGET] += w.offered_rate * share
            w.balancer_error_rate[g] += w.offered_rate * share
            w.arrival_rate[g] += w.offered_rate * share
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0:
            arriving = c.n_targets * target_arrival_rate(s, k)
            w.arrival_rate[c.revision] += arriving
            if c.revision == NEW:
                w.rate_to_new += arriving
            else:
                w.rate_to_old += arriving
    w.new_code_rate = w.rate_to_new * flag_share(m, s, NEW)
    w.exposed_rate = w.new_code_rate if is_bad(m, s, NEW) else 0.0
    w.exposed_rate += w.rate_to_old if is_bad(m, s, OLD) else 0.0


def record_traffic_era(s: RunState) -> None:
    """Record the rates and success shares that hold from now on, unless they are the latest."""
    w = s.world
    k = w.n_eras
    old, new = success_share_at(s, OLD), success_share_at(s, NEW)
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
        k = drop_older_eras(s)
    e = s.eras[k]
    e.since = w.now if k > 0 else -NEVER
    for g in range(2):
        e.rate_per_weight[g] = w.rate_per_weight[g]
    e.success_share[OLD] = old
    e.success_share[NEW] = new
    w.n_eras = k + 1


def success_share_at(s: RunState, revision: int) -> float:
    """Share of the requests that a revision's tasks work on that do not fail there."""
    w = s.world
    return (
        w.success_rate[revision] / w.worked_rate[revision] if w.worked_rate[revision] > 0.0 else 1.0
    )


def drop_older_eras(s: RunState) -> int:
    """Drop the older half of the eras; return how many are left."""
    half = ERAS // 2
    for k in range(half):
        s.eras[k].since = s.eras[k + half].since
        for g in range(2):
            s.eras[k].rate_per_weight[g] = s.eras[k + half].rate_per_weight[g]
            s.eras[k].success_share[g] = s.eras[k + half].success_share[g]
    return half


def add_cohort_rates(m: ScenarioRecord, s: RunState, k: int, schema_share: float) -> None:
    """Add a cohort's requests to the rates, by what becomes of them."""
    w = s.world
    c = s.cohorts[k]
    r = c.revision
    a = target_arrival_rate(s, k)
    if c.is_answering == 0:
        if c.is_hung == 0:
            w.rates[sums.REFUSED] += c.n_targets * a
            w.balancer_error_rate[r] += c.n_targets * a
        c.served_rate = 0.0
        c.utilization = 0.0
        return
    if r == NEW and w.refused_share > 0.0:
        w.rates[sums.REFUSED] += c.n_targets * a * w.refused_share
        w.balancer_error_rate[r] += c.n_targets * a * w.refused_share
    connected = connected_rate(s, r, c.ramp, w.rate_per_weight[c.group])
    a = target_worked_rate(m, s, k)
    throttled = c.n_targets * (connected - a)
    w.rates[sums.APP] += throttled
    w.target_4xx_rate[r] += throttled
    add_worked_rates(m, s, k, a, schema_share)


def add_worked_rates(m: ScenarioRecord, s: RunState, k: int, a: float, schema_share: float) -> None:
    """Add the requests that a cohort's targets work on, ``a`` per second each, to the rates."""
    w = s.world
    c = s.cohorts[k]
    r = c.revision
    pace = cohort_pace(m, s, k)
    cap = m.capacity[pace]
    busy = utilization(a, cap)
    queueing = is_queueing(c.backlog, a, cap)
    u = 0.0 if queueing else busy
    error = 1.0 if w.dependency_down != 0 else m.base_error_rate
    if w.generation[r] > 0:
        error = combined(error, release_error_share(m, s, r, c.error_parts, c.n_targets))
    full = backlog_at(m.client_timeout, m.request_seconds[pace], cap)
    late = late_share_at(m, pace, u)
    overload = overload_rate(c.n_targets, a, cap, c.backlog, full, late, m.cancels_abandoned != 0)
    is_slow = m.slo_latency < m.client_timeout and waits_longer(
        m, pace, c.backlog, a, m.slo_latency
    )
    slow = 1.0 if is_slow else slow_share_at(m, pace, u)
    share = cohort_share(c.n_targets * a, overload, error, schema_share, slow)
    idle = (share.served - share.overload - share.app - share.schema) * m.idle_cut_share
    w.rates[sums.OVERLOAD] += share.overload
    w.rates[sums.APP] += share.app
    w.rates[sums.SCHEMA] += share.schema
    w.rates[sums.CUT] += idle
    w.rates[sums.SLOW] += share.slow
    w.target_error_rate[r] += share.app + share.schema
    if m.overload_is_5xx != 0:
        w.balancer_error_rate[r] += idle + share.overload
    else:
        w.balancer_error_rate[r] += idle
        w.balancer_4xx_rate[r] += share.overload
    c.served_rate = share.served - share.overload
    c.utilization = 1.0 if queueing else busy
    if r == NEW:
        w.rates[sums.NEW_ANSWERS] += c.served_rate - share.app - share.schema - idle
    if is_waiting_longer(c.backlog, a, cap, full):
        late = 0.0 if m.cancels_abandoned != 0 else 1.0
    success = (1.0 - late) * (1.0 - combined(error, schema_share))
    note_success_change(s, k, success)
    w.worked_rate[r] += c.n_targets * a
    w.success_rate[r] += c.n_targets * a * success
    add_write_rates(m, s, r, c.served_rate, c.served_rate - share.app)


def note_success_change(s: RunState, k: int, success: float) -> None:
    """The success rate of new arrivals changed: fold the queue so far into its front.

    The front keeps its own success rate.
    """
    c = s.cohorts[k]
    if success != c.success:
        c.front_success = success_of_queue(c.backlog, c.front, c.front_success, c.success)
        c.front = c.backlog
        c.success = success


def add_write_rates(
    m: ScenarioRecord, s: RunState, revision: int, served: float, written_: float
) -> None:
    """Add the rates of rows written, side effects and exposed requests of a revision."""
    w = s.world
    flag = flag_share(m, s, revision)
    rows = written_ * m.releases[w.generation[NEW]].touches_share
    if revision == NEW:
        w.rates[sums.WRITES_NEW] += rows * flag
        w.rates[sums.WRITES_OLD] += rows * (1.0 - flag)
    else:
        w.rates[sums.WRITES_OLD] += rows
    if is_bad(m, s, revision):
        w.rates[sums.EXPOSED] += served * flag
        effects = m.releases[w.generation[revision]].side_effects_per_request
        w.rates[sums.SIDE_EFFECTS] += served * flag * effects


def settle_rates(m: ScenarioRecord, s: RunState) -> None:
    """Compute all rates that hold from now until the next instant."""
    w = s.world
    for i in range(sums.COUNT):
        w.rates[i] = 0.0
    distribute_traffic(m, s)
    if w.new_code_rate > 0.0 and w.schema_applied != 0:
        note_first_write(s)
    old_share = schema_failing_share(m, s, OLD)
    new_share = schema_failing_share(m, s, NEW)
    for k in range(w.n_cohorts):
        if s.cohorts[k].n_targets > 0:
            add_cohort_rates(m, s, k, new_share if s.cohorts[k].revision == NEW else old_share)
    for r in range(2):
        if w.given_up_rate[r] > 0.0:
            w.rates[sums.CUT] += w.given_up_rate[r]
            if m.overload_is_5xx != 0:
                w.balancer_error_rate[r] += w.given_up_rate[r]
            else:
                w.balancer_4xx_rate[r] += w.given_up_rate[r]
    set_row_timer(m, s)
    record_traffic_era(s)
    total_rates(m, s)


def total_rates(m: ScenarioRecord, s: RunState) -> None:
    """Compute failing and slow shares from the rates by cause, and which seconds count."""
    w = s.world
    r = w.rates
    errors = r[sums.NO_TARGET] + r[sums.REFUSED] + r[sums.APP] + r[sums.SCHEMA] + r[sums.CUT]
    w.failing_rate = errors + r[sums.OVERLOAD]
    w.error_rate = w.failing_rate if m.overload_is_5xx != 0 else errors
    w.failing_share = share_of(w.failing_rate, w.offered_rate)
    if w.given_up_rate[OLD] + w.given_up_rate[NEW] > 0.0:
        w.failing_share = min(1.0, w.failing_share)
    w.slow_share = share_of(r[sums.SLOW], w.offered_rate)
    r[sums.REQUESTS] = w.offered_rate
    r[sums.BASELINE_FAILED] = w.offered_rate * w.baseline_failing_share
    r[sums.OLD_TASK_SECONDS] = float(w.alive[OLD])
    r[sums.NEW_TASK_SECONDS] = float(w.alive[NEW])
    r[sums.DOWNTIME] = w.failing_share
    r[sums.OUTAGE] = 1.0 if reaches(w.failing_share, 0.5) else 0.0
    r[sums.DEGRADED] = 1.0 if reaches(w.failing_share, 0.01) else 0.0
    r[sums.SLOW_SECONDS] = 1.0 if exceeds(w.slow_share, 0.01) else 0.0
    r[sums.BAD_SECONDS] = 1.0 if w.exposed_rate > 0.0 else 0.0
    both_alive = w.alive[OLD] > 0 and w.alive[NEW] > 0
    r[sums.BOTH_ALIVE] = 1.0 if both_alive else 0.0
    set_chance_rates(s)
    r[sums.MIXED] = 1.0 if both_alive and w.rate_to_new > 0.0 and w.rate_to_old > 0.0 else 0.0


def revision_capacity(m: ScenarioRecord, s: RunState, revision: int) -> float:
    """Requests/s that the answering eligible targets of a revision can serve."""
    total = 0.0
    for k in range(s.world.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.ramp > 0 and c.is_answering != 0 and c.revision == revision:
            total += c.n_targets * m.capacity[cohort_pace(m, s, k)]
    return total


def group_capacity(m: ScenarioRecord, s: RunState, g: int) -> float:
    """Requests/s that the answering eligible targets of a group can serve."""
    if m.n_groups == 2:
        return revision_capacity(m, s, g)
    return revision_capacity(m, s, OLD) + revision_capacity(m, s, NEW)
