"""What happens at one instant, whichever engine has brought it about."""

from simdeploy.draws import key
from simdeploy.engines.shared.balancer import open_group
from simdeploy.engines.shared.layout import (
    BASELINE,
    T_ALARMS,
    T_BASELINE,
    T_CONTROLLER,
    T_CRASH,
    T_DRILL,
    T_OPERATOR,
    T_PATIENCE,
    T_REPAIR,
    T_STAGE,
    T_STEP,
    T_TRAFFIC,
    T_WEIGHT,
    Model,
    Space,
)
from simdeploy.engines.shared.rollout import step_on
from simdeploy.engines.shared.state import apply_schema
from simdeploy.engines.shared.tally import drill, observe, reaches_full_traffic, record
from simdeploy.engines.shared.traffic import next_crossing, settle_rates
from simdeploy.engines.shared.undo import controller_on, order_rollback, weight_on
from simdeploy.engines.shared.watch import (
    alarm_on,
    lose_patience,
    operator_on,
    start_alarms,
    wake_alarms,
    watch_operator,
)
from simdeploy.semantics.faults import AT_COMMAND, first_stair
from simdeploy.semantics.plan import AT_REST, BY_OPERATOR, ROLLING_OUT
from simdeploy.semantics.schema import BEFORE_COMMAND
from simdeploy.semantics.state import NEVER, NEW, OLD


def change_traffic(m: Model, s: Space) -> None:
    """The offered rate changes."""
    w = s.world
    w.piece += 1
    w.offered = m.piece[w.piece].rate
    if w.piece + 1 < m.pieces:
        w.timers[T_TRAFFIC] = m.piece[w.piece + 1].at


def follow_baseline(s: Space) -> None:
    """What would have failed without the deployment changes now."""
    w = s.world
    w.trace += 1
    w.base_failing = s.points[w.trace].failing
    w.base_slow = s.points[w.trace].slow
    w.timers[T_BASELINE] = s.points[w.trace + 1].at


def settle(m: Model, s: Space) -> None:
    """After all changes of an instant: the balancer routes anew, and everybody takes notice."""
    for g in range(m.groups):
        open_group(m, s, g)
    settle_rates(m, s)
    if reaches_full_traffic(m, s):
        settle_rates(m, s)
    s.world.crossing = next_crossing(m, s)
    observe(m, s)
    if s.world.variant == BASELINE:
        record(s)
    else:
        wake_alarms(m, s)
        watch_operator(m, s)
        drill(s)


def timer_on(m: Model, s: Space, i: int) -> None:
    """A timer that is not about single tasks is due now."""
    w = s.world
    if i == T_TRAFFIC:
        change_traffic(m, s)
    elif i == T_BASELINE:
        follow_baseline(s)
    elif i == T_REPAIR:
        w.repaired = 1
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
    elif i == T_DRILL:
        order_rollback(m, s, BY_OPERATOR)
    elif i >= T_ALARMS:
        alarm_on(m, s, (i - T_ALARMS) // 4, (i - T_ALARMS) % 4)


def prepare_release(m: Model, s: Space) -> None:
    """What the release does at the command, and the baseline that it is held against."""
    w = s.world
    p = m
    w.base_failing = s.points[0].failing
    w.base_slow = s.points[0].slow
    w.timers[T_BASELINE] = s.points[1].at
    if p.applied == BEFORE_COMMAND:
        apply_schema(m, s)
    if p.error_rate > 0.0 and p.error_since == AT_COMMAND:
        w.timers[T_STAGE] = first_stair(p.error_from, p.error_ramp)


def begin_run(m: Model, s: Space, seed: int, replication: int, variant: int) -> None:
    """Everything as it stands at the command: old tasks healthy, queues empty, phases drawn."""
    w = s.world
    p = m
    w.variant = variant
    w.k0, w.k1 = key(seed, replication)
    w.b_enabled = p.breaker
    w.b_stage = 1
    w.shifts = 1 if p.groups == 2 else 0
    w.phase = AT_REST if variant == BASELINE else ROLLING_OUT
    w.target = OLD if variant == BASELINE else NEW
    w.want = p.desired if variant == BASELINE else 0
    w.keep = 0 if variant == BASELINE else p.desired
    w.offered = m.piece[0].rate
    w.old_capacity = p.desired * p.capacity[OLD]
    start_alarms(m, s)
    w.timers[T_TRAFFIC] = m.piece[1].at if p.pieces > 1 else NEVER
    w.timers[T_CRASH] = m.crash[0].at if p.crashes > 0 else NEVER
    if variant != BASELINE:
        prepare_release(m, s)


def clear_numbers(s: Space) -> None:
    """Single numbers of the world back to their beginning."""
    w = s.world
    w.now = 0.0
    w.serial = 0
    w.heap = 0
    w.cohorts = 0
    w.floor = 0
    w.cap = 0
    w.rolling = 0
    w.abandon = 0
    w.tick = 0.0
    w.stage = 0
    w.b_failures = 0
    w.b_tripped = 0
    w.row = 0
    w.backoff_until = 0.0
    w.weight = 0.0
    w.ordered = 0.0
    w.undone = 0
    w.step = 0
    w.begun = 0
    w.timer_over = 0
    w.shifted = 0
    w.new_ran = 0
    w.old_stopping = 0
    w.stuck = 0
    w.operator = 0
    w.impatient = 0
    w.decision = NEVER
    w.onset = NEVER
    w.full = NEVER
    w.rest = NEVER
    w.safe = NEVER
    w.last_harm = 0.0
    w.harming = 0
    w.failed_then = 0.0
    w.piece = 0
    w.crash = 0
    w.trace = 0
    w.base_failing = 0.0
    w.base_slow = 0.0
    w.new_rows = 0
    w.old_gone = 0
    w.repaired = 0
    w.is_applied = 0
    w.min_headroom = 1e9
    w.min_healthy = 1 << 40
    w.peak = 0
    w.failed = 0
    w.task_seconds = 0.0
    w.head = -1
    w.tail = -1
    w.crossing = NEVER
    w.to_new = 0.0
    w.to_old = 0.0
    w.bad_rate = 0.0
