"""The plan of a deployment, and what the scheduler decides in one look."""

from simdeploy.draws import HOOK as DRAW_HOOK
from simdeploy.draws import SMOKE_TEST, hook_entity, smoke_test_entity, uniform
from simdeploy.model.accessors import draw, flag_of, put_shape, shape_of
from simdeploy.model.constants import (
    KINDS,
    NO_CAP,
    T_FLAG,
    T_PATIENCE,
    T_STEP,
    T_TICK,
    Model,
    Space,
)
from simdeploy.model.rollback import new_is_gone, order_flag, order_rollback, order_weight
from simdeploy.model.task_list import fleet_of, kind_of
from simdeploy.semantics.alarms import ECS_ROLLING
from simdeploy.semantics.capacity import (
    acts,
    capacity_cap,
    capacity_floor,
    effective_floor,
    is_replaced,
    is_steady,
    is_stuck,
    kept,
    limited,
    next_tick,
    orders,
    token_wait,
    tokens_after,
)
from simdeploy.semantics.faults import shown
from simdeploy.semantics.overload import crossing_at
from simdeploy.semantics.plan import (
    APPROVE,
    AT_REST,
    AWAIT_HEALTHY,
    BAKE,
    BY_APPROVAL,
    BY_BREAKER,
    BY_HOOK,
    BY_TIMEOUT,
    FROZEN,
    HOOK,
    REDEPLOYING,
    REPLACE_TASKS,
    ROLLING_OUT,
    SET_FLAG,
    SHIFT_TRAFFIC,
    START_NEW_TASKS,
    STOP_NEW_TASKS,
    STOP_OLD_TASKS,
    TEARING_DOWN,
    UNFLAGGING,
    WAIT,
    hook_ends,
    is_awaiting,
    is_silent,
    step_done,
    tasks_wanted,
)
from simdeploy.semantics.schema import undone as schema_undone
from simdeploy.semantics.state import NEVER, NEW, Orders

#: A look in which nothing is done.
NOTHING = Orders(0, 0, 0, 0, 0, 0, 0)


def begin(m: Model, s: Space) -> None:
    """Begin the current step of the plan."""
    w = s.world
    p = m
    step = m.plan[w.step]
    w.begun = 1
    w.timer_over = 0
    w.impatient = 0
    patient = p.operator != 0 and is_awaiting(step.op) and w.phase == ROLLING_OUT
    w.timers[T_PATIENCE] = w.now + p.patience if patient else NEVER
    if step.op == REPLACE_TASKS:
        begin_replacing(m, s, step.a, step.b)
    elif step.op == STOP_OLD_TASKS:
        w.keep = 0
        w.rolling = 0
        w.old_stopping = 1
    elif step.op == START_NEW_TASKS:
        w.want = tasks_wanted(p.desired, step.a)
    elif step.op == STOP_NEW_TASKS:
        w.want = 0
    elif step.op == AWAIT_HEALTHY:
        w.timers[T_STEP] = w.now + step.a
    elif step.op == HOOK or step.op == APPROVE:
        w.timers[T_STEP] = w.now + answer_after(m, s, int(step.a), int(step.b))
    elif step.op == SET_FLAG and w.phase == ROLLING_OUT:
        order_flag(m, s, int(step.b))
    elif step.op == SHIFT_TRAFFIC:
        order_weight(m, s, step.a if w.target == NEW else 100.0 - step.a)
    elif step.op == BAKE or step.op == WAIT:
        begin_waiting(m, s, step.a)


def usual_cap(m: Model) -> int:
    """The cap of a service, which holds between deployments too; 0 for none.

    That of a rolling deployment; none beyond the desired count where all old tasks stop first.
    """
    for k in range(m.steps):
        op = m.plan[k].op
        if op == REPLACE_TASKS:
            return capacity_cap(m.desired, m.plan[k].b)
        if op == STOP_OLD_TASKS:
            return int(m.desired)
        if op == START_NEW_TASKS:
            return 0
    return 0


def cap_now(m: Model, s: Space) -> int:
    """How many tasks may be running or pending."""
    w = s.world
    if w.cap > 0 and (w.rolling != 0 or w.phase == AT_REST or w.cap <= m.desired):
        return int(w.cap)
    return NO_CAP


def begin_replacing(m: Model, s: Space, minimum: float, maximum: float) -> None:
    """The rolling loop begins: floor and cap bound it from now on."""
    w = s.world
    p = m
    w.rolling = 1
    w.want = p.desired
    w.cap = capacity_cap(p.desired, maximum)
    floor = capacity_floor(p.desired, minimum)
    w.stuck = 1 if is_stuck(p.desired, floor, w.cap) else 0
    w.floor = effective_floor(floor, p.desired, w.cap, p.stop_before_start != 0)


def begin_waiting(m: Model, s: Space, seconds: float) -> None:
    """Bake or wait; a rollback that deploys anew does neither."""
    w = s.world
    if w.phase == REDEPLOYING and m.controller == ECS_ROLLING:
        w.timer_over = 1
    else:
        w.timers[T_STEP] = w.now + seconds


def step_on(m: Model, s: Space) -> None:
    """The timer of the current step is over."""
    w = s.world
    w.timers[T_STEP] = NEVER
    step = m.plan[w.step]
    asks = step.op == HOOK or step.op == APPROVE
    if asks and is_refused(m, s, int(step.a), int(step.b)):
        w.hook_failed = 1
        w.onset = min(w.onset, w.now)
        order_rollback(m, s, BY_APPROVAL if step.op == APPROVE else BY_HOOK)
    elif step.op != AWAIT_HEALTHY:
        w.timer_over = 1
    elif w.phase == ROLLING_OUT:
        order_rollback(m, s, BY_TIMEOUT)


def drawn_answer(m: Model, s: Space, stage: int, which: int) -> float:
    """Seconds that a hook or a person takes this time."""
    w = s.world
    u = uniform(w.k0, w.k1, DRAW_HOOK, hook_entity(stage, which), w.shifted)
    return float(draw(m, m.hook[which].duration, u))


def answer_after(m: Model, s: Space, stage: int, which: int) -> float:
    """Seconds until a hook or a person has answered, or is given up."""
    h = m.hook[which]
    return hook_ends(drawn_answer(m, s, stage, which), h.timeout, h.never_answers != 0)


def is_refused(m: Model, s: Space, stage: int, which: int) -> bool:
    """Whether a hook or a person says no: no answer in time, or a fault that was seen."""
    w = s.world
    h = m.hook[which]
    if w.phase == ROLLING_OUT and is_silent(
        drawn_answer(m, s, stage, which), h.timeout, h.never_answers != 0
    ):
        return True
    faults = shown(m.release[w.generation[NEW]].kinds, w.new_ran != 0, flag_of(m, s, NEW) > 0.0)
    for bit in range(KINDS):
        if (faults & h.sees) >> bit & 1 == 1:
            entity = smoke_test_entity(stage, which, bit)
            if uniform(w.k0, w.k1, SMOKE_TEST, entity, w.shifted) < h.chance:
                return w.phase == ROLLING_OUT
    return False


def is_done(m: Model, s: Space) -> bool:
    """Whether the current step has nothing left to wait for."""
    w = s.world
    fleet = fleet_of(m, s)
    gone = w.alive[1 - w.target]
    step = m.plan[w.step]
    return step_done(
        step.op,
        step.a,
        is_replaced(fleet, w.want, gone),
        is_steady(fleet, w.want),
        gone == 0,
        w.timer_over != 0,
    )


def advance_plan(m: Model, s: Space) -> None:
    """Carry out steps until one has to be waited for."""
    w = s.world
    while (w.phase == ROLLING_OUT or w.phase == REDEPLOYING) and w.step < m.steps:
        if w.begun == 0:
            begin(m, s)
        if not is_done(m, s):
            return
        w.step += 1
        w.begun = 0
        w.timers[T_STEP] = NEVER


def advance(m: Model, s: Space) -> None:
    """Go on with the plan as far as it goes at this instant."""
    w = s.world
    if w.b_tripped != 0 and w.phase == ROLLING_OUT:
        trip(m, s)
    advance_plan(m, s)
    if w.step < m.steps and (w.phase == ROLLING_OUT or w.phase == REDEPLOYING):
        return
    if (
        w.phase == ROLLING_OUT
        or w.phase == REDEPLOYING
        or (w.phase == TEARING_DOWN and new_is_gone(s))
        or (w.phase == UNFLAGGING and w.timers[T_FLAG] == NEVER)
    ):
        rest(m, s)


def trip(m: Model, s: Space) -> None:
    """The circuit breaker has tripped: roll back, or stall where it may not."""
    w = s.world
    if m.breaker_rollback != 0:
        order_rollback(m, s, BY_BREAKER)
    else:
        w.phase = FROZEN


def rest(m: Model, s: Space) -> None:
    """The deployment, or its rollback, is over."""
    w = s.world
    w.phase = AT_REST
    w.rest = w.now
    w.impatient = 0
    w.timers[T_PATIENCE] = NEVER
    w.timers[T_STEP] = NEVER
    w.rolling = 0
    w.keep = 0
    if w.undone != 0:
        reversible = m.release[w.generation[NEW]].reversible != 0
        put_shape(s, schema_undone(shape_of(s), reversible))


def schedule(m: Model, s: Space) -> Orders:
    """What to stop and start now: nothing unless a tick falls on this instant.

    Where a later tick would act, it is set; launches also wait for the start back-off.
    """
    w = s.world
    w.timers[T_TICK] = NEVER
    if w.phase == FROZEN:
        return NOTHING
    fleet = fleet_of(m, s)
    keep = w.keep
    if w.rolling != 0:
        keep = kept(fleet, w.keep, w.want, w.floor, w.abandon != 0, m.same_revision != 0)
    slots = m.slots - w.alive[0] - w.alive[1]
    todo = orders(fleet, w.want, keep, cap_now(m, s), m.count_draining != 0, slots)
    if not acts(todo):
        w.keep = keep
        return NOTHING
    due = w.now
    ready = launch_time(m, s, todo.start + todo.start_other)
    allowed = launches(m, s) if w.now >= w.backoff_until else 0
    short = allowed < todo.start + todo.start_other
    if short:
        todo = limited(todo, allowed)
        due = w.now if acts(todo) else ready
    w.tick = next_tick(w.tick, m.tick, w.now)
    at = next_tick(w.tick, m.tick, due)
    if at > w.now:
        w.timers[T_TICK] = at
        return NOTHING
    w.keep = keep
    spend(m, s, todo.start + todo.start_other)
    if short:
        w.timers[T_TICK] = next_tick(w.tick, m.tick, launch_time(m, s, NO_CAP))
    return todo


def launches(m: Model, s: Space) -> int:
    """Tasks that may be launched now, by the tokens that are left."""
    w = s.world
    return int(tokens_after(w.tokens, m.launch_rate, m.launch_burst, w.now - w.tokens_at))


def launch_time(m: Model, s: Space, wanted: int) -> float:
    """When the start back-off is over and, if some are wanted, there is a token for one more."""
    w = s.world
    if wanted == 0:
        return float(w.now)
    at = max(w.now, w.backoff_until)
    if launches(m, s) >= wanted:
        return at
    tokens = tokens_after(w.tokens, m.launch_rate, m.launch_burst, w.now - w.tokens_at)
    return max(at, crossing_at(w.now, token_wait(tokens - int(tokens), m.launch_rate)))


def spend(m: Model, s: Space, started: int) -> None:
    """Launches take their tokens."""
    w = s.world
    if started > 0:
        tokens = tokens_after(w.tokens, m.launch_rate, m.launch_burst, w.now - w.tokens_at)
        w.tokens = tokens - started
        w.tokens_at = w.now


def next_to_stop(m: Model, s: Space, i: int, revision: int, kind: int) -> int:
    """The first task from place ``i`` on, in order of creation, that stands like this; or -1."""
    while i >= 0:
        if s.tasks[i].revision == revision and kind_of(m, s, i) == kind:
            return i
        i = s.tasks[i].next
    return -1
