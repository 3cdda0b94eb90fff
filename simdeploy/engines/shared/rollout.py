"""The plan of a deployment, and what the scheduler decides in one look."""

from simdeploy.draws import HOOK as DRAW_HOOK
from simdeploy.draws import uniform
from simdeploy.engines.shared.layout import NO_CAP, T_PATIENCE, T_STEP, T_TICK, Model, Space
from simdeploy.engines.shared.roster import fleet_of, kind_of
from simdeploy.engines.shared.state import draw
from simdeploy.engines.shared.undo import new_is_gone, order_rollback, order_weight
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
    next_tick,
    orders,
    without_starts,
)
from simdeploy.semantics.plan import (
    AT_REST,
    AWAIT_HEALTHY,
    BAKE,
    BY_BREAKER,
    BY_TIMEOUT,
    FROZEN,
    HOOK,
    REDEPLOYING,
    REPLACE_TASKS,
    ROLLING_OUT,
    SHIFT_TRAFFIC,
    START_NEW_TASKS,
    STOP_OLD_TASKS,
    TEARING_DOWN,
    WAIT,
    is_awaiting,
    step_done,
    tasks_wanted,
)
from simdeploy.semantics.schema import undone as schema_undone
from simdeploy.semantics.state import NEVER, NEW, Orders, Shape

#: A look in which nothing is done.
NOTHING = Orders(0, 0, 0, 0, 0, 0, 0)


def begin(m: Model, s: Space) -> None:
    """Begin the current step of the plan."""
    w = s.world
    p = m
    step = m.plan[w.step]
    w.begun = 1
    w.timer_over = 0
    patient = p.operator != 0 and is_awaiting(step.op) and w.phase == ROLLING_OUT
    w.timers[T_PATIENCE] = w.now + p.patience if patient else NEVER
    if step.op == REPLACE_TASKS:
        begin_replacing(m, s, int(step.a), int(step.b))
    elif step.op == STOP_OLD_TASKS:
        w.keep = 0
        w.rolling = 0
        w.old_stopping = 1
    elif step.op == START_NEW_TASKS:
        w.want = tasks_wanted(p.desired, step.a)
    elif step.op == AWAIT_HEALTHY:
        w.timers[T_STEP] = w.now + step.a
    elif step.op == HOOK:
        u = uniform(w.k0, w.k1, DRAW_HOOK, int(step.a), 0)
        w.timers[T_STEP] = w.now + draw(m, int(step.b), u)
    elif step.op == SHIFT_TRAFFIC:
        order_weight(m, s, step.a if w.target == NEW else 100.0 - step.a)
    elif step.op == BAKE or step.op == WAIT:
        begin_waiting(m, s, step.op, step.a)


def begin_replacing(m: Model, s: Space, minimum: int, maximum: int) -> None:
    """The rolling loop begins: floor and cap bound it from now on."""
    w = s.world
    p = m
    w.rolling = 1
    w.want = p.desired
    w.cap = capacity_cap(p.desired, maximum)
    floor = capacity_floor(p.desired, minimum)
    w.stuck = 1 if is_stuck(p.desired, floor, w.cap) else 0
    w.floor = effective_floor(floor, p.desired, w.cap, p.stop_before_start != 0)


def begin_waiting(m: Model, s: Space, op: int, seconds: float) -> None:
    """Bake or wait; a rolling rollback does not bake."""
    w = s.world
    if op == BAKE and w.phase == REDEPLOYING and m.controller == ECS_ROLLING:
        w.timer_over = 1
    else:
        w.timers[T_STEP] = w.now + seconds


def step_on(m: Model, s: Space) -> None:
    """The timer of the current step is over."""
    w = s.world
    w.timers[T_STEP] = NEVER
    if m.plan[w.step].op != AWAIT_HEALTHY:
        w.timer_over = 1
    elif w.phase == ROLLING_OUT:
        order_rollback(m, s, BY_TIMEOUT)


def is_done(m: Model, s: Space) -> bool:
    """Whether the current step has nothing left to wait for."""
    w = s.world
    fleet = fleet_of(s)
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


def advance(m: Model, s: Space) -> None:
    """Go on with the plan as far as it goes at this instant."""
    w = s.world
    if w.b_tripped != 0 and w.phase == ROLLING_OUT:
        trip(m, s)
    while (w.phase == ROLLING_OUT or w.phase == REDEPLOYING) and w.step < m.steps:
        if w.begun == 0:
            begin(m, s)
        if not is_done(m, s):
            return
        w.step += 1
        w.begun = 0
        w.timers[T_STEP] = NEVER
    if (
        w.phase == ROLLING_OUT
        or w.phase == REDEPLOYING
        or (w.phase == TEARING_DOWN and new_is_gone(s))
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
    w.timers[T_PATIENCE] = NEVER
    w.timers[T_STEP] = NEVER
    w.rolling = 0
    w.keep = 0
    if w.undone != 0:
        shape = Shape(m.change, w.new_rows != 0, w.old_gone != 0, w.repaired != 0)
        shape = schema_undone(shape, m.reversible != 0)
        w.new_rows = 1 if shape.new_rows else 0
        w.old_gone = 1 if shape.old_gone else 0


def schedule(m: Model, s: Space) -> Orders:
    """What to stop and start now: nothing unless a tick falls on this instant.

    Where a later tick would act, it is set; launches also wait for the start back-off.
    """
    w = s.world
    w.timers[T_TICK] = NEVER
    if w.phase == FROZEN:
        return NOTHING
    fleet = fleet_of(s)
    keep = w.keep
    if w.rolling != 0:
        keep = kept(fleet, w.keep, w.want, w.floor, w.abandon != 0)
    cap = w.cap if w.rolling != 0 else NO_CAP
    todo = orders(fleet, w.want, keep, cap, m.count_draining != 0)
    due = w.now
    if acts(todo) and w.now < w.backoff_until:
        todo = without_starts(todo)
        due = w.now if acts(todo) else w.backoff_until
    elif not acts(todo):
        w.keep = keep
        return NOTHING
    w.tick = next_tick(w.tick, m.tick, w.now)
    at = next_tick(w.tick, m.tick, due)
    if at > w.now:
        w.timers[T_TICK] = at
        return NOTHING
    w.keep = keep
    return todo


def next_to_stop(s: Space, i: int, revision: int, kind: int) -> int:
    """The first task from place ``i`` on, in order of creation, that stands like this; or -1."""
    while i >= 0:
        if s.tasks[i].revision == revision and kind_of(s, i) == kind:
            return i
        i = s.tasks[i].next
    return -1
