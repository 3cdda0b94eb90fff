"""Mixes: what follows from how many targets of each revision serve, kept from run to run.

In a plain deployment rates, harm, headroom and what alarms count are a function of the mix of
targets, of the traffic and of its weights, which the runs of a scenario meet again and again. The
batch engine computes each once, as it computes everything else, and copies it from then on. What
hangs on the run is not kept: when something happened first, who is alive, alarms and the operator.
"""

from simdeploy.engines.kernel.backlogs import advance_backlogs
from simdeploy.model import sums
from simdeploy.model.accessors import kind_of, pace_index, watches_tasks
from simdeploy.model.alarms import has_signal, update_alarms
from simdeploy.model.constants import BASELINE, MIXES
from simdeploy.model.dispatch import new_group_is_due
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.latency import add_served, utilization_class
from simdeploy.model.metrics import (
    add_up,
    count_tasks,
    harm_now,
    least_headroom,
    note_harm,
    pass_time,
    record_full_traffic,
    record_old_serves,
    start_late_drill,
)
from simdeploy.model.operator import update_operator, watch_silent_faults
from simdeploy.model.requests import note_success_change, set_task_rates
from simdeploy.model.traffic_eras import add_traffic_era, success_share_at
from simdeploy.model.websockets import churn_websockets
from simdeploy.semantics.schema import NO_CHANGE
from simdeploy.semantics.state import NEVER, NEW, OLD


def is_plain(m: ScenarioRecord) -> bool:
    """Whether nothing but mix, traffic, weights and the baseline decides what becomes of requests.

    So it is unless one of these may change it: a second release, a feature flag, WebSockets, a
    limit of database connections, tasks that hang, checks that wait behind requests, an alarm on
    tasks or with noise, or a schema change.
    """
    if m.n_releases > 1 or m.has_flag != 0 or m.websockets > 0.0 or m.max_connections > 0:
        return False
    if m.n_task_hangs > 0 or m.queued_checks != 0 or m.n_alarm_noises > 0 or watches_tasks(m):
        return False
    return bool(m.releases[NEW].schema_change == NO_CHANGE)


def forget_mixes(m: ScenarioRecord, s: RunState) -> None:
    """Note that nothing is known of any mix in this scenario yet."""
    s.world.is_plain = 1 if is_plain(m) else 0
    for k in range(MIXES):
        s.mixes[k].targets = -1


def targets_of(s: RunState, k: int) -> int:
    """Return how many targets cohort ``k`` has, of those in use."""
    return s.cohorts[k].n_targets if k < s.world.n_cohorts else 0


def place_of_mix(m: ScenarioRecord, s: RunState) -> int:
    """Return where what is known of the present mix is kept; -1 where it is none.

    A mix is two cohorts at most, without a backlog.
    """
    w = s.world
    if w.is_plain == 0 or w.variant == BASELINE or new_group_is_due(m, s):
        return -1
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0:
            if k > 1 or c.backlog > 0.0 or c.is_hung != 0:
                return -1
    spread = 7 * targets_of(s, 0) + 61 * targets_of(s, 1) + 17 * int(w.new_weight)
    spread += 5 * errors_of(s, 0) + 11 * errors_of(s, 1) + 13 * error_steps_now(s)
    return int((spread + kinds_now(s)) & (MIXES - 1))


def targets_now(s: RunState) -> int:
    """Return the numbers of targets of both cohorts, packed into one."""
    return int(targets_of(s, 0) + (targets_of(s, 1) << 32))


def kinds_now(s: RunState) -> int:
    """Return what the targets of both cohorts are, packed into one number."""
    first = kind_of(s, 0) if targets_of(s, 0) > 0 else 0
    second = kind_of(s, 1) if targets_of(s, 1) > 0 else 0
    return int(first + (second << 32))


def errors_of(s: RunState, k: int) -> int:
    """Return what the error ramps of the targets of cohort ``k`` add up to, in parts."""
    return s.cohorts[k].error_parts if targets_of(s, k) > 0 else 0


def error_steps_now(s: RunState) -> int:
    """Return how far the new revision's shared error ramps have come, packed into one number."""
    steps = s.world.error_step[NEW]
    return int(steps[0] + (steps[1] << 16))


def is_known(s: RunState, k: int) -> bool:
    """Whether what is kept at place ``k`` is of the present mix."""
    w = s.world
    x = s.mixes[k]
    if x.targets != targets_now(s) or x.kinds != kinds_now(s) or x.condition != w.condition:
        return False
    if x.new_weight != w.new_weight or x.usual_failing != w.baseline_failing_share:
        return False
    if x.errors[0] != errors_of(s, 0) or x.errors[1] != errors_of(s, 1):
        return False
    if x.error_steps != error_steps_now(s):
        return False
    return bool(x.usual_slow == w.baseline_slow_share)


def keep_mix(m: ScenarioRecord, s: RunState) -> None:
    """Keep what has just been computed of the present mix, unless a queue grows."""
    w = s.world
    k = place_of_mix(m, s)
    if k < 0 or w.crossing_at < NEVER:
        return
    x = s.mixes[k]
    x.targets = targets_now(s)
    x.kinds = kinds_now(s)
    x.condition = w.condition
    x.errors[0] = errors_of(s, 0)
    x.errors[1] = errors_of(s, 1)
    x.error_steps = error_steps_now(s)
    x.new_weight = w.new_weight
    x.usual_failing = w.baseline_failing_share
    x.usual_slow = w.baseline_slow_share
    for i in range(sums.COUNT):
        x.rates[i] = w.rates[i]
    for r in range(2):
        x.rate_per_weight[r] = w.rate_per_weight[r]
        x.success_share[r] = success_share_at(s, r)
    x.rate_to_new = w.rate_to_new
    x.rate_to_old = w.rate_to_old
    x.new_code_rate = w.new_code_rate
    x.exposed_rate = w.exposed_rate
    x.failing_share = w.failing_share
    x.slow_share = w.slow_share
    x.headroom = least_headroom(m, s)
    begins, harming, hurting = harm_now(m, s)
    x.begins = 1 if begins else 0
    x.is_harming = 1 if harming else 0
    x.is_hurting = 1 if hurting else 0
    keep_cohorts(m, s, k)
    keep_alarms(m, s, k)
    w.mix = k


def keep_cohorts(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Keep what becomes of the requests of each cohort of a mix, and how long they take."""
    x = s.mixes[k]
    for j in range(min(s.world.n_cohorts, 2)):
        c = s.cohorts[j]
        x.served_rate[j] = c.served_rate
        x.utilization[j] = c.utilization
        x.success[j] = c.success
        x.pace[j] = pace_index(m, s, c.revision, c.is_cold)
        x.latency_class[j], x.upper[j] = utilization_class(c.utilization)


def keep_alarms(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Keep what alarms count in a mix, and whether one of them has something to count."""
    x = s.mixes[k]
    x.has_signal = 0
    for j in range(m.n_alarms):
        x.bad_rate[j] = s.world.alarms[j].bad_rate
        x.all_rate[j] = s.world.alarms[j].all_rate
        if has_signal(m, s, j):
            x.has_signal = 1


def route_as_known(m: ScenarioRecord, s: RunState) -> bool:
    """Do what `loop.route_anew` does if what follows from the present mix is kept; else nothing."""
    s.world.mix = -1
    k = place_of_mix(m, s)
    if k < 0 or not is_known(s, k):
        return False
    use_mix(m, s, k)
    return True


def use_mix(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Route traffic and update all that depends on it with what is kept at place ``k``."""
    w = s.world
    x = s.mixes[k]
    w.mix = k
    for i in range(sums.COUNT):
        w.rates[i] = x.rates[i]
    for r in range(2):
        w.rate_per_weight[r] = x.rate_per_weight[r]
    w.rate_to_new = x.rate_to_new
    w.rate_to_old = x.rate_to_old
    w.new_code_rate = x.new_code_rate
    w.exposed_rate = x.exposed_rate
    w.failing_share = x.failing_share
    w.slow_share = x.slow_share
    w.crossing_at = NEVER
    set_task_rates(s)
    add_traffic_era(s, x.success_share[OLD], x.success_share[NEW])
    for j in range(min(w.n_cohorts, 2)):
        c = s.cohorts[j]
        if c.n_targets > 0:
            c.served_rate = x.served_rate[j]
            c.utilization = x.utilization[j]
            note_success_change(s, j, x.success[j])
    record_full_traffic(m, s)
    count_tasks(m, s)
    w.min_headroom = min(w.min_headroom, x.headroom)
    note_harm(s, (x.begins != 0, x.is_harming != 0, x.is_hurting != 0))
    record_old_serves(m, s)
    observe_mix(m, s, k)


def observe_mix(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Update alarms, silent faults and operator, and start a late drill."""
    x = s.mixes[k]
    for j in range(m.n_alarms):
        s.world.alarms[j].bad_rate = x.bad_rate[j]
        s.world.alarms[j].all_rate = x.all_rate[j]
    if x.has_signal != 0 or not all_asleep(m, s):
        update_alarms(m, s)
    watch_silent_faults(m, s)
    update_operator(m, s)
    start_late_drill(s)


def all_asleep(m: ScenarioRecord, s: RunState) -> bool:
    """Whether no alarm is evaluated or red, nor has counted anything since the last look."""
    for k in range(m.n_alarms):
        if s.world.alarms[k].activity != 0 or s.world.alarms[k].in_alarm != 0:
            return False
    return True


def count_tasks_of_mix(m: ScenarioRecord, s: RunState) -> None:
    """Do what follows from a change of the fleet that leaves the mix as it is."""
    set_task_rates(s)
    count_tasks(m, s)
    record_old_serves(m, s)


def spend(m: ScenarioRecord, s: RunState, until: float) -> None:
    """Let the time pass until the next instant."""
    w = s.world
    dt = until - w.now
    if dt <= 0.0:
        return
    add_up(m, s, dt)
    if w.mix < 0:
        churn_websockets(m, s, dt)
        advance_backlogs(m, s, until)
        pass_time(s, until)
        return
    x = s.mixes[w.mix]
    for j in range(min(w.n_cohorts, 2)):
        if s.cohorts[j].n_targets > 0:
            add_served(s, x.pace[j], x.latency_class[j], x.upper[j], x.served_rate[j] * dt)
    pass_time(s, until)
