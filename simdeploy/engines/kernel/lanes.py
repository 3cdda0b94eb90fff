"""Lanes of the batch engine: targets alike in revision, group, ramp and state, in whatever cohorts.

Each of them gets the same rate and can serve the same. So what becomes of a cohort's requests
follows from its lane, its size and the place of its backlog; it is kept until it is met again.
The process engine computes it anew at every instant, so a cause of change that is missing here
shows as a difference between the engines.
"""

from simdeploy.model.accessors import kind_of
from simdeploy.model.constants import KINDS, OUTCOMES_KEPT
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.requests import cohort_pace, has_faults, outcome_of, target_worked_rate
from simdeploy.semantics.numeric import exceeds
from simdeploy.semantics.overload import backlog_at, chance_level, queue_slope
from simdeploy.semantics.state import NEW, OLD


def forget_lanes(s: RunState) -> None:
    """Note that nothing is known of any lane in this scenario yet."""
    w = s.world
    w.epoch = 0
    w.conditions = 0
    w.seen_codes[0] = -1
    for k in range(KINDS):
        w.lanes[k].epoch = -1
    for k in range(OUTCOMES_KEPT):
        s.outcomes[k].conditions = -1


def note_conditions(s: RunState, old_share: float, new_share: float) -> None:
    """Number the rates and conditions that all cohorts share: another number where one differs."""
    w = s.world
    shares = (w.refused_share, old_share, new_share)
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
    x, y, z = w.seen_codes, w.seen_shares, w.seen_rates
    same = (x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]) == codes
    if not (same and (y[0], y[1], y[2]) == shares):
        x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7] = codes
        y[0], y[1], y[2] = shares
        w.conditions += 1
        w.epoch += 1
    if z[0] != w.rate_per_weight[0] or z[1] != w.rate_per_weight[1]:
        z[0], z[1] = w.rate_per_weight[0], w.rate_per_weight[1]
        w.epoch += 1


def see_cohort(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Note what a cohort is, and where its backlog lies, while the rates of its lane hold."""
    c = s.cohorts[k]
    if c.kind == 0:
        c.kind = kind_of(s, k)
        c.has_met = 1
    x = s.world.lanes[c.kind]
    if x.epoch != s.world.epoch:
        open_lane(m, s, k)
    c.seen_targets = c.n_targets
    if c.has_met != 0 or c.stamp != x.stamp:
        c.backlog_place = place_of(s, k)
        c.stamp = x.stamp
        c.has_met = 0
        s.world.stalls_moved = 1


def open_lane(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Note what each target of a cohort's lane gets and can at the present rates."""
    x = s.world.lanes[s.cohorts[k].kind]
    pace = cohort_pace(m, s, k)
    cap = m.capacity[pace]
    a = target_worked_rate(m, s, k)
    is_over = 1 if exceeds(a, cap) else 0
    if x.epoch < 0 or x.pace != pace or x.is_over != is_over:
        x.stamp += 1
    x.epoch = s.world.epoch
    x.pace = pace
    x.worked_each = a
    x.capacity = cap
    x.is_over = is_over
    x.slope = queue_slope(1.0, a, cap)
    x.chance_level = chance_level(m.wait_growth[pace], a, cap)
    x.slow_level = backlog_at(m.slo_latency, m.request_seconds[pace], cap)
    x.late_level = backlog_at(m.client_timeout, m.request_seconds[pace], cap)
    x.stall_level = backlog_at(m.check_timeout, m.request_seconds[pace], cap)


def place_of(s: RunState, k: int) -> int:
    """Return where a cohort's backlog lies among the levels at which its outcome changes."""
    c = s.cohorts[k]
    x = s.world.lanes[c.kind]
    place = 1 if c.backlog > 0.0 or x.is_over != 0 else 0
    if waits_behind(s, k, x.slow_level):
        place += 2
    if waits_behind(s, k, x.late_level):
        place += 4
    return place


def waits_behind(s: RunState, k: int, level: float) -> bool:
    """Do what `semantics.overload.is_waiting_longer` does, for requests at a cohort."""
    c = s.cohorts[k]
    return bool(c.backlog > level or (c.backlog == level and s.world.lanes[c.kind].is_over != 0))


def outcome_at(m: ScenarioRecord, s: RunState, k: int, schema_share: float, near: int) -> int:
    """Return where it is kept what becomes of a cohort's requests; compute it if it is not.

    Place ``near`` is tried first, which has been returned for another cohort at the present rates;
    -1: none.
    """
    if near >= 0 and fares_as(s, k, near):
        return near
    w = s.world
    c = s.cohorts[k]
    rate = w.rate_per_weight[c.group]
    spread = 5 * c.kind + (c.kind >> 5) + 37 * c.backlog_place + 7 * c.n_targets
    j = int((spread + 11 * w.eligible_weight[c.group]) & (OUTCOMES_KEPT - 1))
    x = s.outcomes[j]
    if x.conditions == w.conditions and x.rate_per_weight == rate and fares_as(s, k, j):
        return j
    x.conditions = w.conditions
    x.rate_per_weight = rate
    x.kind = c.kind
    x.n_targets = c.n_targets
    x.error_parts = c.error_parts
    x.backlog_place = c.backlog_place
    compute(m, s, k, j, schema_share)
    return j


def fares_as(s: RunState, k: int, j: int) -> bool:
    """Whether place ``j`` is of such a cohort, rates and conditions aside."""
    c = s.cohorts[k]
    x = s.outcomes[j]
    if x.kind != c.kind or x.backlog_place != c.backlog_place:
        return False
    return bool(x.n_targets == c.n_targets and x.error_parts == c.error_parts)


def compute(m: ScenarioRecord, s: RunState, k: int, j: int, schema_share: float) -> None:
    """Compute what becomes of a cohort's requests into place ``j``."""
    x = s.outcomes[j]
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
    x.has_faults = 1 if has_faults(x) else 0
