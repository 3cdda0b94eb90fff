"""Steps of a deployment's plan, from ECS's first act to the end, and crashes of running tasks."""

from simdeploy import draws
from simdeploy.draws import hook_entity, smoke_test_entity, uniform
from simdeploy.model import timers
from simdeploy.model.accessors import (
    draw,
    flag_share,
    get_breaker,
    get_shape,
    set_breaker,
    set_shape,
)
from simdeploy.model.constants import RUNNING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.progress import (
    begin_deadline,
    begin_updating_pods,
    end_deadline,
    has_deadline,
    note_progress,
)
from simdeploy.model.rollback import order_flag, order_rollback, order_weight
from simdeploy.model.scheduling import breaker_due_at
from simdeploy.model.task_list import count_fleet
from simdeploy.semantics import plan
from simdeploy.semantics.alarms import ECS_ROLLING
from simdeploy.semantics.breaker import after_look
from simdeploy.semantics.capacity import (
    capacity_cap,
    capacity_floor,
    effective_floor,
    is_replaced,
    is_steady,
    is_stuck,
)
from simdeploy.semantics.faults import observable_faults
from simdeploy.semantics.plan import has_no_answer, hook_ends, is_awaiting, step_done, tasks_wanted
from simdeploy.semantics.schema import after_rollback
from simdeploy.semantics.state import NEVER, NEW


def begin_step(m: ScenarioRecord, s: RunState) -> None:
    """Begin the current step of the plan."""
    w = s.world
    step = m.plan[w.step]
    w.step_begun = 1
    w.step_timer_over = 0
    w.is_impatient = 0
    patient = m.has_operator != 0 and is_awaiting(step.op) and w.phase == plan.ROLLING_OUT
    w.timers[timers.PATIENCE] = w.now + m.patience if patient else NEVER
    if step.op == plan.REPLACE_TASKS:
        begin_replacing(m, s, step.a, step.b)
    elif step.op >= plan.REPLACE_PODS:
        begin_updating_pods(m, s, step.op, int(step.a), int(step.b))
    elif step.op == plan.STOP_OLD_TASKS:
        w.wanted_other = 0
        w.is_rolling = 0
        w.old_stopping = 1
    elif step.op == plan.START_NEW_TASKS:
        w.wanted_target = tasks_wanted(m.desired_count, step.a)
    elif step.op == plan.STOP_NEW_TASKS:
        w.wanted_target = 0
    elif has_deadline(m, step.op):
        begin_deadline(m, s)
    elif step.op == plan.AWAIT_HEALTHY:
        w.timers[timers.STEP] = w.now + step.a
    elif step.op == plan.HOOK or step.op == plan.APPROVE:
        w.timers[timers.STEP] = w.now + answer_or_timeout(m, s, int(step.a), int(step.b))
    elif step.op == plan.SET_FLAG and w.phase == plan.ROLLING_OUT:
        order_flag(m, s, int(step.b))
    elif step.op == plan.SHIFT_TRAFFIC:
        order_weight(m, s, step.a if w.target == NEW else 100.0 - step.a)
    elif step.op == plan.BAKE or step.op == plan.WAIT:
        begin_waiting(m, s, step.a)


def usual_cap(m: ScenarioRecord) -> int:
    """Return the cap on tasks that holds between deployments too; 0 for none.

    It is that of a rolling deployment, or the desired count where all old tasks stop first.
    """
    for k in range(m.n_steps):
        op = m.plan[k].op
        if op == plan.REPLACE_TASKS:
            return capacity_cap(m.desired_count, m.plan[k].b)
        if op == plan.STOP_OLD_TASKS:
            return int(m.desired_count)
        if op == plan.START_NEW_TASKS:
            return 0
    return 0


def begin_replacing(m: ScenarioRecord, s: RunState, minimum: float, maximum: float) -> None:
    """Begin to replace tasks within floor and cap."""
    w = s.world
    w.is_rolling = 1
    w.wanted_target = m.desired_count
    w.cap = capacity_cap(m.desired_count, maximum)
    floor = capacity_floor(m.desired_count, minimum)
    w.is_stuck = 1 if is_stuck(m.desired_count, floor, w.cap) else 0
    w.floor = effective_floor(floor, m.desired_count, w.cap, m.stop_before_start != 0)


def begin_waiting(m: ScenarioRecord, s: RunState, seconds: float) -> None:
    """Set the timer of a bake or wait; a rollback that redeploys does neither."""
    w = s.world
    if w.phase == plan.REDEPLOYING and m.controller == ECS_ROLLING:
        w.step_timer_over = 1
    else:
        w.timers[timers.STEP] = w.now + seconds


def on_step_timer(m: ScenarioRecord, s: RunState) -> None:
    """Handle the timer of the current step: its answer, its time-out or its end."""
    w = s.world
    w.timers[timers.STEP] = NEVER
    step = m.plan[w.step]
    asks = step.op == plan.HOOK or step.op == plan.APPROVE
    if asks and is_refused(m, s, int(step.a), int(step.b)):
        w.hook_failed = 1
        w.onset_at = min(w.onset_at, w.now)
        order_rollback(m, s, plan.BY_APPROVAL if step.op == plan.APPROVE else plan.BY_HOOK)
    elif has_deadline(m, step.op):
        end_deadline(m, s)
    elif step.op != plan.AWAIT_HEALTHY:
        w.step_timer_over = 1
    elif w.phase == plan.ROLLING_OUT:
        order_rollback(m, s, plan.BY_TIMEOUT)


def draw_answer_time(m: ScenarioRecord, s: RunState, stage: int, which: int) -> float:
    """Draw the seconds that a hook or a person takes to answer."""
    w = s.world
    u = uniform(w.key0, w.key1, draws.HOOK, hook_entity(stage, which), w.weight_changes)
    return float(draw(m, m.hooks[which].duration_row, u))


def answer_or_timeout(m: ScenarioRecord, s: RunState, stage: int, which: int) -> float:
    """Return the seconds until a hook or a person answers or times out."""
    h = m.hooks[which]
    return hook_ends(draw_answer_time(m, s, stage, which), h.timeout, h.never_answers != 0)


def is_refused(m: ScenarioRecord, s: RunState, stage: int, which: int) -> bool:
    """Return whether a hook or a person refuses: no answer in time, or a fault detected."""
    w = s.world
    h = m.hooks[which]
    if w.phase == plan.ROLLING_OUT and has_no_answer(
        draw_answer_time(m, s, stage, which), h.timeout, h.never_answers != 0
    ):
        return True
    f = m.releases[w.generation[NEW]]
    exposed = flag_share(m, s, NEW) > 0.0
    faults = observable_faults(f.fault_kinds, f.flagged_kinds, w.new_has_run != 0, exposed)
    for bit in range(draws.KIND_STRIDE):
        if (faults & h.seen_kinds) >> bit & 1 == 1:
            entity = smoke_test_entity(stage, which, bit)
            if (
                uniform(w.key0, w.key1, draws.SMOKE_TEST, entity, w.weight_changes)
                < h.detection_chance
            ):
                return w.phase == plan.ROLLING_OUT
    return False


def is_step_done(m: ScenarioRecord, s: RunState) -> bool:
    """Return whether the current step has nothing left to wait for."""
    w = s.world
    fleet = count_fleet(m, s)
    gone = w.alive[1 - w.target]
    step = m.plan[w.step]
    left = gone
    if step.op == plan.REPLACE_PODS or step.op == plan.SPLIT_PODS:
        left = max(0, fleet.other_starting + fleet.other_healthy - w.least_other)
    return step_done(
        step.op,
        step.a,
        is_replaced(fleet, w.wanted_target, left),
        is_steady(fleet, w.wanted_target),
        gone == 0,
        w.step_timer_over != 0,
    )


def advance_steps(m: ScenarioRecord, s: RunState) -> None:
    """Begin and end steps of the plan until one has to wait; none before ECS's first act."""
    w = s.world
    if w.now < w.begins_at:
        return
    while (w.phase == plan.ROLLING_OUT or w.phase == plan.REDEPLOYING) and w.step < m.n_steps:
        if w.step_begun == 0:
            begin_step(m, s)
        if not is_step_done(m, s):
            return
        w.step += 1
        w.step_begun = 0
        w.timers[timers.STEP] = NEVER


def advance_deployment(m: ScenarioRecord, s: RunState) -> None:
    """Advance the plan, or the rollback, as far as it goes at this instant.

    A tripped circuit breaker rolls the deployment back, or stalls it where it may not.
    """
    w = s.world
    if breaker_due_at(m, s) <= w.now:
        set_breaker(s, after_look(get_breaker(m, s)))
    if w.breaker_tripped != 0 and w.phase == plan.ROLLING_OUT:
        if m.breaker_rolls_back != 0:
            order_rollback(m, s, plan.BY_BREAKER)
        else:
            w.phase = plan.FROZEN
    if m.has_pods != 0:
        note_progress(m, s)
    advance_steps(m, s)
    if w.phase == plan.ROLLING_OUT or w.phase == plan.REDEPLOYING:
        is_over = w.step >= m.n_steps
    elif w.phase == plan.TEARING_DOWN:
        is_over = w.alive[NEW] == 0
    else:
        is_over = w.phase == plan.UNFLAGGING and w.timers[timers.FLAG] == NEVER
    if is_over:
        end_deployment(m, s)


def end_deployment(m: ScenarioRecord, s: RunState) -> None:
    """End the deployment or its rollback."""
    w = s.world
    w.phase = plan.AT_REST
    w.rest_at = w.now
    w.is_impatient = 0
    w.timers[timers.PATIENCE] = NEVER
    w.timers[timers.STEP] = NEVER
    w.is_rolling = 0
    w.is_overdue = 0
    w.wanted_other = 0
    if w.rollback_reason != 0:
        reversible = m.releases[w.generation[NEW]].schema_reversible != 0
        set_shape(s, after_rollback(get_shape(s), reversible))


def next_to_kill(m: ScenarioRecord, s: RunState, i: int) -> int:
    """Return the first task from ``i`` on that the current crash may kill; or -1."""
    while i >= 0:
        t = s.tasks[i]
        if t.state == RUNNING and t.revision == m.task_crashes[s.world.next_crash].revision:
            return i
        i = t.next_task
    return -1


def set_next_crash(m: ScenarioRecord, s: RunState) -> None:
    """Set the timer of the next crash of running tasks."""
    w = s.world
    w.next_crash += 1
    if w.next_crash < m.n_task_crashes:
        w.timers[timers.CRASH] = m.task_crashes[w.next_crash].at
