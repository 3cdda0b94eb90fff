"""Who watches a deployment: alarms and the operator."""

from simdeploy.draws import (
    ALARM_BAD,
    ALARM_EVALUATION,
    ALARM_GOOD,
    ALARM_PHASE,
    ALARM_PUBLISH,
    OPERATOR_DECIDES,
    OPERATOR_NOTICES,
    OPERATOR_TYPES,
    uniform,
)
from simdeploy.draws import ALARM_POLL as DRAW_POLL
from simdeploy.engines.shared.layout import (
    ALARM_CLEAR,
    ALARM_PERIOD,
    ALARM_POLL,
    ALARM_RAISE,
    D_ALARMS,
    D_DECIDES,
    D_NOTICES,
    D_TYPES,
    T_ALARMS,
    T_OPERATOR,
    Model,
    Space,
)
from simdeploy.engines.shared.state import draw
from simdeploy.engines.shared.tally import note_decision
from simdeploy.engines.shared.undo import order_rollback
from simdeploy.semantics.alarms import (
    BREACHING,
    NOT_BREACHING,
    is_breaching,
    is_red,
    is_watching,
    latency,
    remember,
)
from simdeploy.semantics.metrics import is_noticed
from simdeploy.semantics.numeric import poisson
from simdeploy.semantics.operator import (
    DECIDES,
    DONE,
    IDLE,
    NOTICES,
    TYPES,
    stands_down,
    starts_clock,
)
from simdeploy.semantics.plan import BY_ALARM, BY_OPERATOR, ROLLING_OUT, may_undo
from simdeploy.semantics.state import NEVER


def offered_between(m: Model, start: float, end: float) -> float:
    """Requests offered from ``start`` to ``end``; before the command the first rate held."""
    total = 0.0
    at = start
    for k in range(m.pieces):
        until = m.piece[k + 1].at if k + 1 < m.pieces else NEVER
        until = min(until, end)
        if until > at:
            total += (until - at) * m.piece[k].rate
            at = until
    return total


def start_alarms(m: Model, s: Space) -> None:
    """Draw the phase of every alarm's periods; none has seen an error yet."""
    w = s.world
    for k in range(m.alarms):
        a = s.world.watches[k]
        period = m.alarm[k].period
        a.start = uniform(w.k0, w.k1, ALARM_PHASE, k, 0) * period - period
        a.ordinal = 0
        a.active = 0
        a.good = 0.0
        a.bad = 0.0
        a.window = 0
        a.red = 0


def wake_alarms(m: Model, s: Space) -> None:
    """Errors wake an alarm: from now on its periods are events."""
    w = s.world
    if w.phase != ROLLING_OUT:
        silence_alarms(m, s)
        return
    watching = is_watching(m.controller, w.new_ran != 0, w.shifted != 0, w.old_stopping != 0)
    for k in range(m.alarms):
        a = s.world.watches[k]
        base = T_ALARMS + 4 * k
        if a.active < 2 and (w.bad_rate > 0.0 or a.active == 1):
            a.active = 2
            find_period(m, s, k)
            a.good = offered_between(m, a.start, w.now)
            w.timers[base + ALARM_PERIOD] = a.start + m.alarm[k].period
        if a.red != 0 and watching and w.timers[base + ALARM_POLL] == NEVER:
            u = uniform(w.k0, w.k1, DRAW_POLL, k, a.ordinal)
            w.timers[base + ALARM_POLL] = w.now + draw(m, D_ALARMS + 3 * k + 2, u)


def silence_alarms(m: Model, s: Space) -> None:
    """Nobody acts on alarms any more."""
    w = s.world
    for k in range(m.alarms):
        for j in range(4):
            w.timers[T_ALARMS + 4 * k + j] = NEVER


def find_period(m: Model, s: Space, k: int) -> None:
    """Move an alarm's clock to the period that holds this instant."""
    w = s.world
    a = s.world.watches[k]
    while a.start + m.alarm[k].period <= w.now:
        a.start = a.start + m.alarm[k].period
        a.ordinal += 1


def alarm_on(m: Model, s: Space, k: int, what: int) -> None:
    """A timer of alarm ``k`` is due now."""
    w = s.world
    a = s.world.watches[k]
    if what == ALARM_PERIOD:
        close_period(m, s, k)
    elif what == ALARM_RAISE:
        a.red = 1
    elif what == ALARM_CLEAR:
        a.red = 0
        w.timers[T_ALARMS + 4 * k + ALARM_POLL] = NEVER
    else:
        order_rollback(m, s, BY_ALARM)


def close_period(m: Model, s: Space, k: int) -> None:
    """The end of a period: one more datapoint."""
    w = s.world
    a = s.world.watches[k]
    base = T_ALARMS + 4 * k
    note_datapoint(m, s, k)
    at = w.now + latency_of(m, s, k)
    if is_red(a.window, m.alarm[k].datapoints):
        w.timers[base + ALARM_CLEAR] = NEVER
        if a.red == 0:
            w.timers[base + ALARM_RAISE] = min(w.timers[base + ALARM_RAISE], at)
    elif a.red != 0 or w.timers[base + ALARM_RAISE] < NEVER:
        raised = w.timers[base + ALARM_RAISE]
        at = max(at, raised) if raised < NEVER else at
        w.timers[base + ALARM_CLEAR] = min(w.timers[base + ALARM_CLEAR], at)
    a.start = w.now
    a.ordinal += 1
    a.good = 0.0
    a.bad = 0.0
    calm = a.window == 0 and w.bad_rate == 0.0 and a.red == 0
    if calm and w.timers[base + ALARM_RAISE] == NEVER:
        a.active = 0
    else:
        w.timers[base + ALARM_PERIOD] = w.now + m.alarm[k].period


def note_datapoint(m: Model, s: Space, k: int) -> None:
    """Count a period's good and bad requests, as sampled, and remember whether it breaches."""
    w = s.world
    a = s.world.watches[k]
    bad = a.bad
    good = a.good
    if m.sampled != 0:
        bad = poisson(uniform(w.k0, w.k1, ALARM_BAD, k, a.ordinal), a.bad) if a.bad > 0.0 else 0.0
        good = poisson(uniform(w.k0, w.k1, ALARM_GOOD, k, a.ordinal), a.good)
    missing = m.alarm[k].missing
    if bad + good > 0.0:
        breaching = is_breaching(bad, good, m.alarm[k].threshold)
        a.window = remember(a.window, breaching, m.alarm[k].of)
    elif missing == BREACHING or missing == NOT_BREACHING:
        a.window = remember(a.window, missing == BREACHING, m.alarm[k].of)


def latency_of(m: Model, s: Space, k: int) -> float:
    """Seconds until this period's datapoint can change the alarm's state."""
    w = s.world
    n = s.world.watches[k].ordinal
    publish = draw(m, D_ALARMS + 3 * k, uniform(w.k0, w.k1, ALARM_PUBLISH, k, n))
    evaluation = draw(m, D_ALARMS + 3 * k + 1, uniform(w.k0, w.k1, ALARM_EVALUATION, k, n))
    return latency(publish, evaluation)


def is_troubled(m: Model, s: Space) -> bool:
    """Whether a person looking now would see the trouble."""
    w = s.world
    return is_noticed(w.failing_share, w.slow_share, m.notices_share)


def watch_operator(m: Model, s: Space) -> None:
    """The operator's clock starts with the trouble and stops when it passes by itself."""
    w = s.world
    if m.operator == 0:
        return
    troubled = is_troubled(m, s)
    if starts_clock(w.operator, troubled, w.undone != 0):
        w.operator = NOTICES
        u = uniform(w.k0, w.k1, OPERATOR_NOTICES, 0, 0)
        w.timers[T_OPERATOR] = w.now + draw(m, D_NOTICES, u)
    elif w.operator == NOTICES and not troubled and w.impatient == 0:
        w.operator = IDLE
        w.timers[T_OPERATOR] = NEVER


def lose_patience(m: Model, s: Space) -> None:
    """The deployment has hung for too long: that starts the operator's clock as trouble does."""
    w = s.world
    w.impatient = 1
    if w.operator == IDLE:
        w.operator = NOTICES
        u = uniform(w.k0, w.k1, OPERATOR_NOTICES, 0, 0)
        w.timers[T_OPERATOR] = w.now + draw(m, D_NOTICES, u)


def operator_on(m: Model, s: Space) -> None:
    """The operator has noticed, decided, or typed."""
    w = s.world
    w.timers[T_OPERATOR] = NEVER
    if w.operator == NOTICES:
        w.operator = DECIDES
        u = uniform(w.k0, w.k1, OPERATOR_DECIDES, 0, 0)
        w.timers[T_OPERATOR] = w.now + draw(m, D_DECIDES, u)
    elif w.operator == DECIDES:
        decide(m, s)
    else:
        w.operator = DONE
        order_rollback(m, s, BY_OPERATOR)


def decide(m: Model, s: Space) -> None:
    """Roll back, unless the trouble is over or somebody else already does."""
    w = s.world
    possible = may_undo(w.phase) and w.undone == 0
    if stands_down(is_troubled(m, s), w.impatient != 0, possible):
        w.operator = IDLE
        w.impatient = 0
        return
    w.operator = TYPES
    note_decision(s)
    u = uniform(w.k0, w.k1, OPERATOR_TYPES, 0, 0)
    w.timers[T_OPERATOR] = w.now + draw(m, D_TYPES, u)
