"""What happens at one instant, whichever engine has brought it about."""

from simdeploy.draws import FIRST_CHECK, key, uniform
from simdeploy.model.accessors import draw, raise_release_errors
from simdeploy.model.alarms import alarm_on, rate_alarms, start_alarms, wake_alarms
from simdeploy.model.cohorts import update_fail_open
from simdeploy.model.constants import (
    BASELINE,
    D_FIRST_CHECK,
    RUNNING,
    T_ALARMS,
    T_BASELINE,
    T_CONTROLLER,
    T_CRASH,
    T_DRILL,
    T_FLAG,
    T_OPERATOR,
    T_PATIENCE,
    T_REPAIR,
    T_SILENT,
    T_STAIRS,
    T_STEP,
    T_TRAFFIC,
    T_WEIGHT,
)
from simdeploy.model.deployment import step_on, usual_cap
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import drill, observe, reaches_full_traffic, record
from simdeploy.model.operator import lose_patience, operator_on, watch_operator, watch_silence
from simdeploy.model.release_chain import command
from simdeploy.model.requests import cohort_pace, next_crossing, settle_rates, target_worked_rate
from simdeploy.model.rollback import controller_on, flag_on, order_rollback, weight_on
from simdeploy.model.websockets import reconnect
from simdeploy.semantics.faults import starved_share
from simdeploy.semantics.operator import IMAGE_GONE
from simdeploy.semantics.overload import is_waiting_longer
from simdeploy.semantics.plan import AT_REST, BY_OPERATOR
from simdeploy.semantics.state import NEVER, NEW, OLD


def change_environment(m: ScenarioRecord, s: RunState) -> None:
    """Another rate, or other conditions for health checks, from now on."""
    w = s.world
    w.condition += 1
    take_piece(m, s)
    if w.condition + 1 < m.n_conditions:
        w.timers[T_TRAFFIC] = m.conditions[w.condition + 1].at


def take_piece(m: ScenarioRecord, s: RunState) -> None:
    """The environment is as the current piece says."""
    w = s.world
    x = m.conditions[w.condition]
    w.offered_rate = x.offered_rate
    w.check_failure_chance = x.check_failure_chance
    w.dependency_down = x.dependency_down
    w.health_signal_missing = x.health_signal_missing


def follow_baseline(s: RunState) -> None:
    """What would have failed without the deployment changes now."""
    w = s.world
    w.baseline_point += 1
    w.baseline_failing_share = s.points[w.baseline_point].failing_share
    w.baseline_slow_share = s.points[w.baseline_point].slow_share
    w.timers[T_BASELINE] = s.points[w.baseline_point + 1].at


def starvation(m: ScenarioRecord, s: RunState) -> float:
    """Share of the new tasks' requests that find no connection now."""
    w = s.world
    per_task = m.releases[w.generation[NEW]].connections_per_task
    return starved_share(
        per_task, m.max_connections, w.connected[OLD] + w.connected[NEW], w.connected[NEW]
    )


def is_stalled(m: ScenarioRecord, s: RunState, i: int) -> bool:
    """Whether health checks wait beyond their time-out in the line of a task."""
    t = s.tasks[i]
    if t.cohort < 0 or t.is_answering == 0:
        return False
    cap = m.capacity[cohort_pace(m, s, t.cohort)]
    backlog = s.cohorts[t.cohort].backlog
    return is_waiting_longer(backlog, target_worked_rate(s, t.cohort), cap, cap * m.check_timeout)


def checks_change(m: ScenarioRecord, s: RunState) -> bool:
    """Whether from this instant on, health checks turn out otherwise than before."""
    w = s.world
    if starvation(m, s) != w.refused_share:
        return True
    if m.checks_wait_for_shift != 0 and w.new_group_checked == 0 and w.new_weight > 0.0:
        return True
    if m.queued_checks != 0:
        i = w.first_task
        while i >= 0:
            if (s.tasks[i].checks_stalled != 0) != is_stalled(m, s, i):
                return True
            i = s.tasks[i].next_task
    return False


def change_checks(m: ScenarioRecord, s: RunState) -> None:
    """Health checks turn out otherwise from now on."""
    w = s.world
    w.refused_share = starvation(m, s)
    if m.queued_checks != 0:
        i = w.first_task
        while i >= 0:
            s.tasks[i].checks_stalled = 1 if is_stalled(m, s, i) else 0
            i = s.tasks[i].next_task
    if m.checks_wait_for_shift != 0 and w.new_group_checked == 0 and w.new_weight > 0.0:
        w.new_group_checked = 1
        first_checks(m, s)


def first_checks(m: ScenarioRecord, s: RunState) -> None:
    """A listener uses the new target group for the first time: its targets are checked at last."""
    w = s.world
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        if t.state == RUNNING and t.revision == NEW:
            u = uniform(w.key0, w.key1, FIRST_CHECK, t.draw_entity, 0)
            t.check_at = w.now + draw(m, D_FIRST_CHECK, u)
        i = t.next_task


def settle(m: ScenarioRecord, s: RunState) -> None:
    """After all changes of an instant: the balancer routes anew."""
    for g in range(m.n_groups):
        update_fail_open(m, s, g)
    settle_rates(m, s)
    if s.world.variant != BASELINE and reaches_full_traffic(m, s):
        settle_rates(m, s)


def take_notice(m: ScenarioRecord, s: RunState) -> None:
    """Everybody takes notice of what the balancer does from now on."""
    reconnect(s)
    s.world.crossing_at = next_crossing(m, s)
    observe(m, s)
    if s.world.variant == BASELINE:
        record(s)
    else:
        rate_alarms(m, s)
        wake_alarms(m, s)
        watch_silence(m, s)
        watch_operator(m, s)
        drill(s)


def timer_on(m: ScenarioRecord, s: RunState, i: int) -> None:
    """A timer that is not about single tasks is due now."""
    w = s.world
    if i == T_BASELINE:
        follow_baseline(s)
    elif i == T_REPAIR:
        w.schema_repaired = 1
    elif i == T_WEIGHT:
        weight_on(m, s)
    elif i == T_CONTROLLER:
        controller_on(m, s)
    elif i == T_STEP:
        step_on(m, s)
    elif i == T_OPERATOR:
        operator_on(m, s)
    elif i == T_PATIENCE:
        lose_patience(m, s)
    elif i == T_SILENT:
        w.silent_noticed = 1
    elif i == T_DRILL:
        order_rollback(m, s, BY_OPERATOR)
    elif i >= T_ALARMS:
        alarm_on(m, s, (i - T_ALARMS) // 4, (i - T_ALARMS) % 4)


def about_tasks(i: int) -> bool:
    """Whether a timer changes what health checks meet, so that engines look at every task."""
    return i == T_TRAFFIC or i == T_FLAG or T_STAIRS <= i < T_STAIRS + 4


def change_for_all(m: ScenarioRecord, s: RunState, i: int) -> None:
    """What such a timer changes."""
    if i == T_TRAFFIC:
        change_environment(m, s)
    elif i == T_FLAG:
        flag_on(s)
    else:
        raise_release_errors(m, s, (i - T_STAIRS) // 2 + 1, (i - T_STAIRS) % 2)


def begin_run(m: ScenarioRecord, s: RunState, seed: int, replication: int, variant: int) -> None:
    """Everything as it stands at the command: old tasks healthy, queues empty, phases drawn."""
    w = s.world
    w.variant = variant
    w.key0, w.key1 = key(seed, replication)
    take_piece(m, s)
    w.capacity_at_command = m.desired_count * m.capacity[0]
    w.launch_tokens = m.launch_burst
    w.old_image_back_at = NEVER if m.first_command == IMAGE_GONE and variant != BASELINE else 0.0
    w.timers[T_TRAFFIC] = m.conditions[1].at if m.n_conditions > 1 else NEVER
    w.timers[T_CRASH] = m.task_crashes[0].at if m.n_task_crashes > 0 else NEVER
    start_alarms(m, s)
    w.cap = usual_cap(m)
    if variant == BASELINE:
        w.breaker_enabled = 0
        w.shifts_traffic = 0
        w.phase = AT_REST
        w.target = OLD
        w.wanted_target = m.desired_count
        w.wanted_other = 0
        return
    command(m, s, 1)
    w.baseline_failing_share = s.points[0].failing_share
    w.baseline_slow_share = s.points[0].slow_share
    w.timers[T_BASELINE] = s.points[1].at
