"""Rates of the batch engine: what becomes of a cohort's requests is kept until it changes.

The process engine computes it anew at every instant, so a cause of change that is missing here
shows as a difference between the engines.
"""

from simdeploy.engines.kernel.due import set_all_due
from simdeploy.model.cohorts import update_fail_open
from simdeploy.model.constants import BASELINE
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import record_full_traffic
from simdeploy.model.requests import (
    add_outcome,
    begin_rates,
    cohort_pace,
    end_rates,
    outcome_of,
    target_worked_rate,
)
from simdeploy.semantics.overload import backlog_at, is_queueing, is_waiting_longer
from simdeploy.semantics.state import NEW, OLD


def route_traffic(m: ScenarioRecord, s: RunState) -> None:
    """Route traffic anew after all changes of an instant."""
    settle_fail_open(m, s)
    settle_rates(m, s)
    if s.world.variant != BASELINE and record_full_traffic(m, s):
        settle_rates(m, s)


def settle_fail_open(m: ScenarioRecord, s: RunState) -> None:
    """Begin or end fail-open of each target group; tasks then leave or enter the rotation."""
    for g in range(m.n_groups):
        before = s.world.fails_open[g]
        update_fail_open(m, s, g)
        if s.world.fails_open[g] != before:
            s.world.moved_task = -1
            set_all_due(s)


def settle_rates(m: ScenarioRecord, s: RunState) -> None:
    """Compute all rates that hold from now until the next instant."""
    w = s.world
    old_share, new_share = begin_rates(m, s)
    note_conditions(s, old_share, new_share)
    for k in range(w.kept_cohorts, w.n_cohorts):
        s.outcomes[k].epoch = -1
    w.kept_cohorts = max(w.kept_cohorts, w.n_cohorts)
    last = -1
    for k in range(w.n_cohorts):
        if s.cohorts[k].n_targets > 0:
            if not is_kept(s, k) and not copy_from(s, k, last):
                keep(m, s, k, new_share if s.cohorts[k].revision == NEW else old_share)
            add_outcome(m, s, k, s.outcomes[k])
            last = k
    end_rates(m, s)


def note_conditions(s: RunState, old_share: float, new_share: float) -> None:
    """Number the conditions that all cohorts share: another number where one has changed."""
    w = s.world
    rates = (w.rate_per_weight[0], w.rate_per_weight[1], w.refused_share, old_share, new_share)
    codes = (
        w.generation[OLD],
        w.generation[NEW],
        w.error_step[OLD][0],
        w.error_step[OLD][1],
        w.error_step[NEW][0],
        w.error_step[NEW][1],
        w.flag_level,
        w.dependency_down,
    )
    x, y = w.seen_rates, w.seen_codes
    same_rates = (x[0], x[1], x[2], x[3], x[4]) == rates
    if same_rates and (y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]) == codes:
        return
    w.epoch += 1
    x[0], x[1], x[2], x[3], x[4] = rates
    y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7] = codes


def kind_of(s: RunState, k: int) -> int:
    """Return what a cohort's targets are, packed into one number."""
    c = s.cohorts[k]
    flags = c.revision + 2 * c.group + 4 * c.is_answering + 8 * c.is_hung + 16 * c.is_cold
    return int(32 * c.ramp + flags)


def place_of(s: RunState, k: int) -> int:
    """Return where a cohort's backlog lies among the levels at which its outcome changes."""
    b = s.cohorts[k].backlog
    x = s.outcomes[k]
    place = 0
    if is_queueing(b, x.worked_each, x.capacity):
        place = 1
    if is_waiting_longer(b, x.worked_each, x.capacity, x.slow_level):
        place += 2
    if is_waiting_longer(b, x.worked_each, x.capacity, x.late_level):
        place += 4
    return place


def is_kept(s: RunState, k: int) -> bool:
    """Whether what was last computed of a cohort still holds."""
    c = s.cohorts[k]
    x = s.outcomes[k]
    if x.epoch != s.world.epoch or x.n_targets != c.n_targets or x.error_parts != c.error_parts:
        return False
    return bool(x.kind == kind_of(s, k) and x.backlog_place == place_of(s, k))


def all_kept(s: RunState) -> bool:
    """Whether the rates are those of the last look, though a backlog has met a bound.

    So it is where only health checks wait too long behind it.
    """
    for k in range(s.world.n_cohorts):
        if s.cohorts[k].n_targets > 0 and not is_kept(s, k):
            return False
    return True


def copy_from(s: RunState, k: int, other: int) -> bool:
    """Keep for a cohort what is kept of another one that fares alike; return whether it does."""
    if other < 0:
        return False
    c = s.cohorts[k]
    x = s.outcomes[k]
    y = s.outcomes[other]
    if y.n_targets != c.n_targets or y.error_parts != c.error_parts or y.kind != kind_of(s, k):
        return False
    x.slow_level = y.slow_level
    x.late_level = y.late_level
    x.worked_each = y.worked_each
    x.capacity = y.capacity
    place = place_of(s, k)
    if place != y.backlog_place:
        x.epoch = -1
        return False
    x.epoch = y.epoch
    x.kind = y.kind
    x.n_targets = y.n_targets
    x.error_parts = y.error_parts
    x.backlog_place = place
    x.pace = y.pace
    x.stall_level = y.stall_level
    x.refused = y.refused
    x.throttled = y.throttled
    x.overload = y.overload
    x.app = y.app
    x.schema = y.schema
    x.idle = y.idle
    x.slow = y.slow
    x.worked = y.worked
    x.succeeding = y.succeeding
    x.answers = y.answers
    x.writes_old = y.writes_old
    x.writes_new = y.writes_new
    x.exposed = y.exposed
    x.side_effects = y.side_effects
    x.served = y.served
    x.utilization = y.utilization
    x.success = y.success
    return True


def keep(m: ScenarioRecord, s: RunState, k: int, schema_share: float) -> None:
    """Compute what becomes of a cohort's requests, and keep it with what it follows from."""
    c = s.cohorts[k]
    x = s.outcomes[k]
    pace = cohort_pace(m, s, k)
    cap = m.capacity[pace]
    x.epoch = s.world.epoch
    x.kind = kind_of(s, k)
    x.n_targets = c.n_targets
    x.error_parts = c.error_parts
    x.pace = pace
    x.slow_level = backlog_at(m.slo_latency, m.request_seconds[pace], cap)
    x.late_level = backlog_at(m.client_timeout, m.request_seconds[pace], cap)
    x.stall_level = backlog_at(m.check_timeout, m.request_seconds[pace], cap)
    x.worked_each = target_worked_rate(m, s, k)
    x.capacity = cap
    x.backlog_place = place_of(s, k)
    (
        x.refused,
        x.throttled,
        x.overload,
        x.app,
        x.schema,
        x.idle,
        x.slow,
        x.worked,
        x.succeeding,
        x.answers,
        x.writes_old,
        x.writes_new,
        x.exposed,
        x.side_effects,
        x.served,
        x.utilization,
        x.success,
    ) = outcome_of(m, s, k, schema_share)
