"""Handlers of timers and of the end of an instant, shared by both engines."""

from simdeploy.draws import FIRST_CHECK, key
from simdeploy.model import delays, timers
from simdeploy.model.accessors import drawn, raise_release_errors
from simdeploy.model.alarm_rates import set_alarm_rates
from simdeploy.model.alarms import (
    judge_alarms_at_command,
    on_alarm_timer,
    start_alarms,
    update_alarms,
)
from simdeploy.model.cohorts import update_fail_open
from simdeploy.model.constants import BASELINE, RUNNING
from simdeploy.model.deployment import on_step_timer, usual_cap
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.hanging import give_up, note_waiting
from simdeploy.model.leftovers import ends_seen, renew_leftovers, stalls_checks
from simdeploy.model.looks import draw_command
from simdeploy.model.metrics import (
    record_baseline_point,
    record_full_traffic,
    start_late_drill,
    update_measures,
)
from simdeploy.model.operator import (
    on_operator_timer,
    on_patience_timer,
    update_operator,
    watch_silent_faults,
)
from simdeploy.model.placement import count_placement
from simdeploy.model.queues import next_crossing
from simdeploy.model.release_chain import begin_deployment
from simdeploy.model.requests import is_answered_after, settle_rates
from simdeploy.model.rollback import apply_flag, apply_weight, on_controller_timer, order_rollback
from simdeploy.model.task_lifecycle import starts_unseen
from simdeploy.model.websockets import reconnect
from simdeploy.semantics.faults import starved_share
from simdeploy.semantics.operator import IMAGE_GONE
from simdeploy.semantics.plan import AT_REST, BY_OPERATOR
from simdeploy.semantics.state import NEVER, NEW, OLD


def change_environment(m: ScenarioRecord, s: RunState) -> None:
    """Begin the next conditions of traffic and environment."""
    w = s.world
    w.condition += 1
    apply_conditions(m, s)
    if w.condition + 1 < m.n_conditions:
        w.timers[timers.TRAFFIC] = m.conditions[w.condition + 1].at


def apply_conditions(m: ScenarioRecord, s: RunState) -> None:
    """Copy the current conditions to the world."""
    w = s.world
    x = m.conditions[w.condition]
    w.offered_rate = x.offered_rate
    w.check_failure_chance = x.check_failure_chance
    w.dependency_down = x.dependency_down
    w.health_signal_missing = x.health_signal_missing


def next_baseline_point(s: RunState) -> None:
    """Move to the next point of the baseline."""
    w = s.world
    w.baseline_point += 1
    w.baseline_failing_share = s.points[w.baseline_point].failing_share
    w.baseline_slow_share = s.points[w.baseline_point].slow_share
    w.timers[timers.BASELINE] = s.points[w.baseline_point + 1].at


def current_refused_share(m: ScenarioRecord, s: RunState) -> float:
    """Return the share of the new tasks' requests that find no database connection."""
    w = s.world
    per_task = m.releases[w.generation[NEW]].connections_per_task
    return starved_share(
        per_task, m.max_connections, w.connected[OLD] + w.connected[NEW], w.connected[NEW]
    )


def is_stalled(m: ScenarioRecord, s: RunState, i: int) -> bool:
    """Return whether health checks of a task time out in its backlog."""
    k = s.tasks[i].cohort
    if s.tasks[i].is_answering == 0:
        return False
    return is_answered_after(m, s, k, m.check_timeout) if k >= 0 else stalls_checks(s, i)


def check_conditions_changed(m: ScenarioRecord, s: RunState) -> bool:
    """Return whether the outcome of health checks changes at this instant."""
    w = s.world
    if all_checks_changed(m, s):
        return True
    if m.queued_checks != 0:
        i = w.first_task
        while i >= 0:
            if (s.tasks[i].checks_stalled != 0) != is_stalled(m, s, i):
                return True
            i = s.tasks[i].next_task
    return False


def all_checks_changed(m: ScenarioRecord, s: RunState) -> bool:
    """Return whether the outcome of all health checks of a revision changes at this instant."""
    return current_refused_share(m, s) != s.world.refused_share or new_group_is_due(m, s)


def new_group_is_due(m: ScenarioRecord, s: RunState) -> bool:
    """Return whether checks of the new target group begin now, as traffic first goes there."""
    w = s.world
    return bool(m.checks_wait_for_shift != 0 and w.new_group_checked == 0 and w.new_weight > 0.0)


def update_check_conditions(m: ScenarioRecord, s: RunState) -> None:
    """Update what decides the outcome of health checks."""
    w = s.world
    w.refused_share = current_refused_share(m, s)
    if m.queued_checks != 0:
        i = w.first_task
        while i >= 0:
            s.tasks[i].checks_stalled = 1 if is_stalled(m, s, i) else 0
            i = s.tasks[i].next_task
    if new_group_is_due(m, s):
        w.new_group_checked = 1
        schedule_first_checks(m, s)


def schedule_first_checks(m: ScenarioRecord, s: RunState) -> None:
    """Schedule the first checks of new targets, as a listener uses their group from now on."""
    w = s.world
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        if t.state == RUNNING and t.is_registered != 0 and t.revision == NEW:
            first = drawn(m, s, delays.FIRST_CHECK, FIRST_CHECK, t.draw_entity, 0)
            t.check_at = w.now + min(first, m.check_interval)
        i = t.next_task


def settle_before_command(m: ScenarioRecord, s: RunState) -> None:
    """Set the rates and alarms that hold before anything of the deployment happens."""
    settle_rates(m, s)
    if s.world.variant != BASELINE:
        judge_alarms_at_command(m, s)


def route_traffic(m: ScenarioRecord, s: RunState) -> None:
    """Route traffic anew after all changes of an instant."""
    for g in range(m.n_groups):
        update_fail_open(m, s, g)
    settle_rates(m, s)
    if s.world.variant != BASELINE and record_full_traffic(m, s):
        settle_rates(m, s)


def update_observers(m: ScenarioRecord, s: RunState) -> None:
    """Update all that goes by how traffic is routed, backlogs among it."""
    s.world.crossing_at = next_crossing(m, s)
    observe(m, s)


def observe(m: ScenarioRecord, s: RunState) -> None:
    """Update WebSockets, metrics, alarms and operator after traffic is routed."""
    reconnect(s)
    note_waiting(m, s)
    update_measures(m, s)
    if s.world.variant == BASELINE:
        record_baseline_point(s)
    else:
        set_alarm_rates(m, s)
        update_alarms(m, s)
        watch_silent_faults(m, s)
        update_operator(m, s)
        start_late_drill(s)


def on_service_timer(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Handle a timer of the service."""
    w = s.world
    if i == timers.BASELINE:
        next_baseline_point(s)
    elif i == timers.ROWS:
        w.row_stair += 1
    elif i == timers.REPAIR:
        w.schema_repaired = 1
    elif i == timers.GIVE_UP:
        give_up(m, s)
    elif i == timers.WEIGHT:
        apply_weight(m, s)
    elif i == timers.CONTROLLER:
        on_controller_timer(m, s)
    elif i == timers.STEP:
        on_step_timer(m, s)
    elif timers.OPERATOR <= i <= timers.DRILL:
        on_timer_of_people(m, s, i)
    elif i == timers.PLACEMENT:
        count_placement(m, s)
    elif i >= timers.ALARMS:
        on_alarm_timer(m, s, (i - timers.ALARMS) // 4, (i - timers.ALARMS) % 4)


def on_timer_of_people(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Handle a timer of the operator, of users who report silent faults, or of a drill."""
    if i == timers.OPERATOR:
        on_operator_timer(m, s)
    elif i == timers.PATIENCE:
        on_patience_timer(m, s)
    elif i == timers.SILENT:
        s.world.silent_noticed = 1
    else:
        order_rollback(m, s, BY_OPERATOR)


def affects_tasks(i: int) -> bool:
    """Return whether a timer changes the outcome of checks, so that engines replay every task."""
    return i == timers.TRAFFIC or i == timers.FLAG or timers.STAIRS <= i < timers.STAIRS + 4


def on_tasks_timer(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Handle a timer that changes the outcome of checks."""
    if i == timers.TRAFFIC:
        change_environment(m, s)
    elif i == timers.FLAG:
        apply_flag(s)
        renew_leftovers(m, s)
    else:
        raise_release_errors(m, s, (i - timers.STAIRS) // 2 + 1, (i - timers.STAIRS) % 2)


def begin_run(m: ScenarioRecord, s: RunState, seed: int, replication: int, variant: int) -> None:
    """Set the state at the command; the engines add the old tasks."""
    w = s.world
    w.variant = variant
    w.key0, w.key1 = key(seed, replication)
    apply_conditions(m, s)
    w.capacity_at_command = m.desired_count * m.capacity[0]
    w.launch_tokens = m.launch_burst
    w.starts_unseen = 1 if starts_unseen(m) else 0
    w.leftover_ends_seen = 1 if ends_seen(m) else 0
    w.old_image_back_at = NEVER if m.first_command == IMAGE_GONE and variant != BASELINE else 0.0
    w.timers[timers.TRAFFIC] = m.conditions[1].at if m.n_conditions > 1 else NEVER
    w.timers[timers.CRASH] = m.task_crashes[0].at if m.n_task_crashes > 0 else NEVER
    w.timers[timers.HANG] = m.task_hangs[0].at if m.n_task_hangs > 0 else NEVER
    start_alarms(m, s)
    w.first_act_at = draw_command(m, s, 0, 0)
    w.cap = usual_cap(m)
    if variant == BASELINE:
        w.breaker_enabled = 0
        w.shifts_traffic = 0
        w.phase = AT_REST
        w.target = OLD
        w.wanted_target = m.desired_count
        w.wanted_other = 0
        return
    begin_deployment(m, s, 1)
    w.baseline_failing_share = s.points[0].failing_share
    w.baseline_slow_share = s.points[0].slow_share
    # A dependency that goes down with the command was up before it.
    w.failing_before = m.base_error_rate if w.dependency_down != 0 else w.baseline_failing_share
    w.slow_before = w.baseline_slow_share
    w.timers[timers.BASELINE] = s.points[1].at
