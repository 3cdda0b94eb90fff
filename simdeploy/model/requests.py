"""Requests: how traffic is distributed, which of it fails and why, and the queues at targets."""

from typing import TYPE_CHECKING, NamedTuple

from simdeploy.model import sums
from simdeploy.model.accessors import flag_share, is_bad, pace_index
from simdeploy.model.constants import LOADS
from simdeploy.model.counting import set_chance_rates
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.schema_change import note_first_write, schema_failing_share, set_row_timer
from simdeploy.model.traffic_eras import record_traffic_era
from simdeploy.semantics.faults import admitted, combined, error_share
from simdeploy.semantics.metrics import share_of
from simdeploy.semantics.numeric import exceeds, reaches
from simdeploy.semantics.overload import (
    backlog_at,
    chance_utilization,
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
from simdeploy.semantics.state import NEW, OLD

if TYPE_CHECKING:
    from simdeploy.model.fields.types import KeptOutcome


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
    """Utilization whose steady state gives how long requests of a cohort wait by chance."""
    cap = m.capacity[cohort_pace(m, s, k)]
    return chance_utilization(s.cohorts[k].backlog, target_worked_rate(m, s, k), cap)


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
    for g in range(m.n_groups):
        share = group_share(w.new_weight, g, m.n_groups)
        w.rate_per_weight[g] = per_target(w.offered_rate, share, w.eligible_weight[g])
        if w.eligible_weight[g] == 0:
            w.rates[sums.NO_TARGET] += w.offered_rate * share
            w.balancer_error_rate[g] += w.offered_rate * share
            w.arrival_rate[g] += w.offered_rate * share
    add_arrivals(s)
    w.new_code_rate = w.rate_to_new * flag_share(m, s, NEW)
    w.exposed_rate = w.new_code_rate if is_bad(m, s, NEW) else 0.0
    w.exposed_rate += w.rate_to_old if is_bad(m, s, OLD) else 0.0


def add_arrivals(s: RunState) -> None:
    """Add up what reaches the targets of each revision."""
    w = s.world
    old, new = 0.0, 0.0
    all_old, all_new = w.arrival_rate[OLD], w.arrival_rate[NEW]
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0:
            arriving = c.n_targets * target_arrival_rate(s, k)
            if c.revision == NEW:
                new += arriving
                all_new += arriving
            else:
                old += arriving
                all_old += arriving
    w.rate_to_old = old
    w.rate_to_new = new
    w.arrival_rate[OLD] = all_old
    w.arrival_rate[NEW] = all_new


class Outcome(NamedTuple):
    """What becomes of a cohort's requests, and how its targets do; all rates but the last two."""

    refused: float
    throttled: float
    overload: float
    app: float
    schema: float
    idle: float
    slow: float
    worked: float
    succeeding: float
    answers: float
    writes_old: float
    writes_new: float
    exposed: float
    side_effects: float
    served: float
    utilization: float
    success: float


def outcome_of(m: ScenarioRecord, s: RunState, k: int, schema_share: float) -> Outcome:
    """Return what becomes of a cohort's requests from now on."""
    w = s.world
    c = s.cohorts[k]
    if c.is_answering == 0:
        refused = 0.0 if c.is_hung != 0 else c.n_targets * target_arrival_rate(s, k)
        return Outcome(
            refused, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0
        )
    r = c.revision
    refused = 0.0
    if r == NEW and w.refused_share > 0.0:
        refused = c.n_targets * target_arrival_rate(s, k) * w.refused_share
    connected = connected_rate(s, r, c.ramp, w.rate_per_weight[c.group])
    a = target_worked_rate(m, s, k)
    throttled = c.n_targets * (connected - a)
    pace = cohort_pace(m, s, k)
    cap = m.capacity[pace]
    busy = utilization(a, cap)
    queueing = is_queueing(c.backlog, a, cap)
    u = chance_utilization(c.backlog, a, cap)
    error = 1.0 if w.dependency_down != 0 else m.base_error_rate
    if w.generation[r] > 0:
        error = combined(error, release_error_share(m, s, r, c.error_parts, c.n_targets))
    full = backlog_at(m.client_timeout, m.request_seconds[pace], cap)
    cancels = m.cancels_abandoned != 0
    # a server that cancels loses above its capacity what it cannot serve, and hardly more
    late = late_share_at(m, pace, 0.0 if queueing and cancels else u)
    overload = overload_rate(c.n_targets, a, cap, c.backlog, full, late, cancels)
    is_slow = m.slo_latency < m.client_timeout and waits_longer(
        m, pace, c.backlog, a, m.slo_latency
    )
    slow = 1.0 if is_slow else slow_share_at(m, pace, u)
    share = cohort_share(c.n_targets * a, overload, error, schema_share, slow)
    idle = (share.served - share.overload - share.app - share.schema) * m.idle_cut_share
    served = share.served - share.overload
    answers = served - share.app - share.schema - idle if r == NEW else 0.0
    if is_waiting_longer(c.backlog, a, cap, full):
        late = 0.0 if cancels else 1.0
    success = (1.0 - late) * (1.0 - combined(error, schema_share))
    old_rows, new_rows, exposed, effects = written(m, s, r, served, served - share.app)
    return Outcome(
        refused,
        throttled,
        share.overload,
        share.app,
        share.schema,
        idle,
        share.slow,
        c.n_targets * a,
        c.n_targets * a * success,
        answers,
        old_rows,
        new_rows,
        exposed,
        effects,
        served,
        1.0 if queueing else busy,
        success,
    )


def written(
    m: ScenarioRecord, s: RunState, revision: int, served: float, rows: float
) -> tuple[float, float, float, float]:
    """Rows written per second in the old and in the new shape, exposed requests, side effects.

    Of ``served`` requests per second of a revision, ``rows`` may write.
    """
    w = s.world
    flag = flag_share(m, s, revision)
    touched = rows * m.releases[w.generation[NEW]].touches_share
    exposed = served * flag if is_bad(m, s, revision) else 0.0
    effects = 0.0
    if is_bad(m, s, revision):
        effects = exposed * m.releases[w.generation[revision]].side_effects_per_request
    if revision == NEW:
        return touched * (1.0 - flag), touched * flag, exposed, effects
    return touched, 0.0, exposed, effects


def add_outcome(m: ScenarioRecord, s: RunState, k: int, x: "Outcome | KeptOutcome") -> None:
    """Add what becomes of a cohort's requests to the rates, and note how its targets do."""
    add_faults(s, s.cohorts[k].revision, x)
    add_load(m, s, k, x)


def has_faults(x: "Outcome | KeptOutcome") -> bool:
    """Whether `add_faults` adds anything of a cohort's requests."""
    errors = x.refused != 0.0 or x.throttled != 0.0 or x.app != 0.0 or x.schema != 0.0
    wrong = x.idle != 0.0 or x.writes_new != 0.0 or x.exposed != 0.0 or x.side_effects != 0.0
    return bool(errors or wrong)


def add_faults(s: RunState, r: int, x: "Outcome | KeptOutcome") -> None:
    """Add to the rates what fails at targets of a revision whatever their load, and bad answers."""
    w = s.world
    w.rates[sums.REFUSED] += x.refused
    w.rates[sums.APP] += x.throttled
    w.rates[sums.APP] += x.app
    w.rates[sums.SCHEMA] += x.schema
    w.rates[sums.CUT] += x.idle
    w.rates[sums.WRITES_NEW] += x.writes_new
    w.rates[sums.EXPOSED] += x.exposed
    w.rates[sums.SIDE_EFFECTS] += x.side_effects
    w.target_error_rate[r] += x.app + x.schema
    w.target_4xx_rate[r] += x.throttled
    w.balancer_error_rate[r] += x.refused


def add_load(m: ScenarioRecord, s: RunState, k: int, x: "Outcome | KeptOutcome") -> None:
    """Add to the rates what a cohort's targets do, and note how they do."""
    w = s.world
    c = s.cohorts[k]
    r = c.revision
    w.rates[sums.OVERLOAD] += x.overload
    w.rates[sums.SLOW] += x.slow
    w.rates[sums.NEW_ANSWERS] += x.answers
    w.rates[sums.WRITES_OLD] += x.writes_old
    if m.overload_is_5xx != 0:
        w.balancer_error_rate[r] += x.idle + x.overload
    else:
        w.balancer_error_rate[r] += x.idle
        w.balancer_4xx_rate[r] += x.overload
    w.worked_rate[r] += x.worked
    w.success_rate[r] += x.succeeding
    c.served_rate = x.served
    c.utilization = x.utilization
    if c.is_answering != 0:
        note_success_change(s, k, x.success)


def add_cohort_rates(m: ScenarioRecord, s: RunState, k: int, schema_share: float) -> None:
    """Add a cohort's requests to the rates, by what becomes of them."""
    add_outcome(m, s, k, outcome_of(m, s, k, schema_share))


def note_success_change(s: RunState, k: int, success: float) -> None:
    """The success rate of new arrivals changed: fold the queue so far into its front.

    The front keeps its own success rate.
    """
    c = s.cohorts[k]
    if success != c.success:
        c.front_success = success_of_queue(c.backlog, c.front, c.front_success, c.success)
        c.front = c.backlog
        c.success = success


def settle_rates(m: ScenarioRecord, s: RunState) -> None:
    """Compute all rates that hold from now until the next instant."""
    w = s.world
    old_share, new_share = begin_rates(m, s)
    for k in range(w.n_cohorts):
        if s.cohorts[k].n_targets > 0:
            add_cohort_rates(m, s, k, new_share if s.cohorts[k].revision == NEW else old_share)
    end_rates(m, s)


def begin_rates(m: ScenarioRecord, s: RunState) -> tuple[float, float]:
    """Distribute the traffic; return the shares that meet unreadable data, of both revisions."""
    w = s.world
    for i in range(sums.COUNT):
        w.rates[i] = 0.0
    distribute_traffic(m, s)
    if w.new_code_rate > 0.0 and w.schema_applied != 0:
        note_first_write(s)
    return schema_failing_share(m, s, OLD), schema_failing_share(m, s, NEW)


def end_rates(m: ScenarioRecord, s: RunState) -> None:
    """Add what is not of a cohort, and compute what follows from all rates together."""
    w = s.world
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
    r[sums.DOWNTIME] = w.failing_share
    r[sums.OUTAGE] = 1.0 if reaches(w.failing_share, 0.5) else 0.0
    r[sums.DEGRADED] = 1.0 if reaches(w.failing_share, 0.01) else 0.0
    r[sums.SLOW_SECONDS] = 1.0 if exceeds(w.slow_share, 0.01) else 0.0
    r[sums.BAD_SECONDS] = 1.0 if w.exposed_rate > 0.0 else 0.0
    set_chance_rates(s)
    set_task_rates(s)


def set_task_rates(s: RunState) -> None:
    """Set the rates that follow from which tasks are alive."""
    w = s.world
    r = w.rates
    r[sums.OLD_TASK_SECONDS] = float(w.alive[OLD])
    r[sums.NEW_TASK_SECONDS] = float(w.alive[NEW])
    both_alive = w.alive[OLD] > 0 and w.alive[NEW] > 0
    r[sums.BOTH_ALIVE] = 1.0 if both_alive else 0.0
    r[sums.MIXED] = 1.0 if both_alive and w.rate_to_new > 0.0 and w.rate_to_old > 0.0 else 0.0
