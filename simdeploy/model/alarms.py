"""The alarms that watch a deployment."""

from simdeploy.draws import (
    ALARM_BAD,
    ALARM_EVALUATION,
    ALARM_GOOD,
    ALARM_NOISE,
    ALARM_PHASE,
    ALARM_PUBLISH,
    uniform,
)
from simdeploy.draws import ALARM_POLL as DRAW_POLL
from simdeploy.model.accessors import draw
from simdeploy.model.constants import (
    ALARM_CLEAR,
    ALARM_PERIOD,
    ALARM_POLL,
    ALARM_RAISE,
    D_ALARMS,
    DEAD,
    PENDING,
    T_ALARMS,
    Model,
    Space,
)
from simdeploy.model.requests import offered_at, pace_at
from simdeploy.model.rollback import order_rollback
from simdeploy.semantics.alarms import (
    BREACHING,
    CPU,
    OF_NEW,
    OF_OLD,
    OF_SERVICE,
    P99,
    bad_share_of,
    datapoint,
    evaluation_range,
    is_breaching,
    is_ecs,
    is_red,
    is_watching,
    latency,
    remember,
)
from simdeploy.semantics.faults import combined
from simdeploy.semantics.numeric import poisson
from simdeploy.semantics.overload import is_waiting_longer
from simdeploy.semantics.plan import BY_ALARM, ROLLING_OUT
from simdeploy.semantics.state import NEVER, NEW, OLD

#: Less than one bad request in a million is none: it would only cost events.
NOTHING = 1e-6
#: Every datapoint that is ever looked at, as bits.
FULL_RANGE = 72057594037927935


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
    w.alarms_off = 0
    for k in range(m.alarms):
        a = s.world.watches[k]
        period = m.alarm[k].period
        a.start = uniform(w.k0, w.k1, ALARM_PHASE, k, 0) * period - period
        a.ordinal = 0
        a.active = 0
        a.good = 0.0
        a.bad = 0.0
        a.window = 0
        a.known = 0
        a.red = 0
        a.ignored = 0
        a.value = 0.0
        if m.alarm[k].red_until > 0.0:
            start_red(m, s, k)


def start_red(m: Model, s: Space, k: int) -> None:
    """An alarm is in ALARM at the command: ECS does without any, CodeDeploy stops or waits."""
    w = s.world
    a = s.world.watches[k]
    a.red = 1
    w.timers[T_ALARMS + 4 * k + ALARM_CLEAR] = m.alarm[k].red_until
    if is_ecs(m.controller):
        w.alarms_off = 1
    elif m.red_alarm_stops == 0:
        a.ignored = 1


def rate_alarms(m: Model, s: Space) -> None:
    """What every alarm sees per second from now until the next instant."""
    w = s.world
    for k in range(m.alarms):
        a = s.world.watches[k]
        x = m.alarm[k]
        old = 1.0 if x.scope != OF_NEW else 0.0
        new = 1.0 if x.scope != OF_OLD else 0.0
        if x.metric == CPU:
            a.bad_rate, a.all_rate = cpu_of(m, s, x.scope)
        elif x.metric == P99:
            a.bad_rate, a.all_rate = slower_of(m, s, k)
        else:
            target = old * w.target_bad[OLD] + new * w.target_bad[NEW]
            elb = old * w.elb_bad[OLD] + new * w.elb_bad[NEW]
            a.bad_rate = bad_share_of(x.metric, target, elb)
            a.all_rate = old * w.arriving[OLD] + new * w.arriving[NEW]
            if x.scope == OF_SERVICE:
                a.all_rate = w.offered


def cpu_of(m: Model, s: Space, scope: int) -> tuple[float, float]:
    """Mean CPU of the tasks that are not gone yet in percent, and 1; both 0 where none runs.

    A draining task runs on, with little to do, and no task burns more than it has.
    """
    total = 0.0
    tasks = 0
    i = s.world.head
    while i >= 0:
        t = s.tasks[i]
        if t.state != PENDING and t.state != DEAD and (scope == OF_SERVICE or scope == t.revision):
            busy = 100.0 * s.cohorts[t.cohort].utilization if t.cohort >= 0 else 0.0
            boost = m.boost if t.boost_end < NEVER else 0.0
            total += min(100.0, busy + boost)
            tasks += 1
        i = t.next
    if tasks == 0:
        return 0.0, 0.0
    return total / tasks, 1.0


def slower_of(m: Model, s: Space, k: int) -> tuple[float, float]:
    """Answers per second that are slower than a p99 alarm's limit, and all answers."""
    w = s.world
    x = m.alarm[k]
    slower = 0.0
    served = 0.0
    for j in range(w.cohorts):
        c = s.cohorts[j]
        if c.n > 0 and c.live != 0 and (x.scope == OF_SERVICE or x.scope == c.revision):
            pace = pace_at(m, s, j)
            cap = m.capacity[pace]
            waits = is_waiting_longer(c.backlog, offered_at(s, j), cap, cap * x.threshold)
            y = c.utilization * 64.0
            i = min(int(y), 63)
            low = x.slower[pace][i]
            tail = low + (x.slower[pace][i + 1] - low) * (y - i)
            slower += c.served * (1.0 if waits else tail)
            served += c.served
    return slower, served


def wake_alarms(m: Model, s: Space) -> None:
    """Something to see wakes an alarm: from now on its periods are events."""
    w = s.world
    if w.phase != ROLLING_OUT:
        silence_alarms(m, s)
        return
    flagged = w.flags_set > 0
    watching = is_watching(
        m.controller, w.new_ran != 0, w.shifted != 0, w.old_stopping != 0, flagged
    )
    for k in range(m.alarms):
        a = s.world.watches[k]
        base = T_ALARMS + 4 * k
        if a.active < 2 and (a.active == 1 or has_news(m, s, k)):
            wake(m, s, k)
        acted_on = a.red != 0 and a.ignored == 0 and w.alarms_off == 0
        if acted_on and watching and w.timers[base + ALARM_POLL] == NEVER:
            u = uniform(w.k0, w.k1, DRAW_POLL, k, a.ordinal)
            w.timers[base + ALARM_POLL] = w.now + draw(m, D_ALARMS + 3 * k + 2, u)


def has_news(m: Model, s: Space, k: int) -> bool:
    """Whether a sleeping alarm's next datapoints may differ from "nothing bad"."""
    a = s.world.watches[k]
    x = m.alarm[k]
    if x.scope != OF_SERVICE or x.metric == CPU:
        return a.all_rate > 0.0
    if x.missing == BREACHING and a.all_rate <= 0.0:
        return True
    return a.bad_rate > NOTHING * a.all_rate or noise_at(m, k, s.world.now) > 0.0


def noise_at(m: Model, k: int, at: float) -> float:
    """Chance that a period of alarm ``k`` that ends at this time breaches for no reason."""
    chance = 0.0
    for j in range(m.noises):
        n = m.noise[j]
        if n.alarm == k and n.start <= at < n.end:
            chance = combined(chance, n.chance)
    return chance


def wake(m: Model, s: Space, k: int) -> None:
    """Alarm ``k`` opens its eyes within a period; what went before was as it is without errors."""
    w = s.world
    a = s.world.watches[k]
    x = m.alarm[k]
    a.active = 2
    find_period(m, s, k)
    if x.metric == CPU:
        before = w.now - a.start if w.now <= 0.0 else 0.0
        a.good = before
        a.bad = before * a.bad_rate
    elif x.scope != OF_NEW:
        a.good = offered_between(m, a.start, w.now)
    a.known = FULL_RANGE if x.scope != OF_NEW and offered_between(m, a.start, w.now) > 0.0 else 0
    w.timers[T_ALARMS + 4 * k + ALARM_PERIOD] = a.start + x.period


def silence_alarms(m: Model, s: Space) -> None:
    """Nobody acts on alarms any more."""
    w = s.world
    for k in range(m.alarms):
        s.world.watches[k].active = 0
        s.world.watches[k].bad = 0.0
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
    elif what == ALARM_RAISE or (what == ALARM_CLEAR and stays_red(m, s, k)):
        a.red = 1
    elif what == ALARM_CLEAR:
        a.red = 0
        a.ignored = 0
        w.timers[T_ALARMS + 4 * k + ALARM_POLL] = NEVER
    else:
        order_rollback(m, s, BY_ALARM)


def stays_red(m: Model, s: Space, k: int) -> bool:
    """Whether an alarm that was red for another reason has one of its own when that is over."""
    a = s.world.watches[k]
    x = m.alarm[k]
    own = is_red(a.window, a.known, x.datapoints, x.of, x.missing, False)
    return own and x.red_until == s.world.now


def close_period(m: Model, s: Space, k: int) -> None:
    """The end of a period: one more datapoint."""
    w = s.world
    a = s.world.watches[k]
    x = m.alarm[k]
    base = T_ALARMS + 4 * k
    note_datapoint(m, s, k)
    at = max(w.now + latency_of(m, s, k), x.red_until)
    red = a.red != 0 or w.timers[base + ALARM_RAISE] < NEVER
    if is_red(a.window, a.known, x.datapoints, x.of, x.missing, red):
        if x.red_until <= w.now:
            w.timers[base + ALARM_CLEAR] = NEVER
        if a.red == 0:
            w.timers[base + ALARM_RAISE] = min(w.timers[base + ALARM_RAISE], at)
    elif red:
        raised = w.timers[base + ALARM_RAISE]
        at = max(at, raised + x.period) if raised < NEVER else at
        w.timers[base + ALARM_CLEAR] = min(w.timers[base + ALARM_CLEAR], at)
    a.start = w.now
    a.ordinal += 1
    a.good = 0.0
    a.bad = 0.0
    quiet = a.window & ((1 << evaluation_range(x.of)) - 1) == 0 and a.red == 0
    calm = quiet and not has_news(m, s, k)
    if calm and w.timers[base + ALARM_RAISE] == NEVER:
        a.active = 0
    else:
        w.timers[base + ALARM_PERIOD] = w.now + x.period


def note_datapoint(m: Model, s: Space, k: int) -> None:
    """Count a period's good and bad requests, as sampled, and remember whether it breaches."""
    w = s.world
    a = s.world.watches[k]
    x = m.alarm[k]
    bad = a.bad
    good = a.good
    if m.sampled != 0 and x.metric != CPU:
        bad = poisson(uniform(w.k0, w.k1, ALARM_BAD, k, a.ordinal), a.bad) if a.bad > 0.0 else 0.0
        good = poisson(uniform(w.k0, w.k1, ALARM_GOOD, k, a.ordinal), a.good)
    breaching = is_breaching(x.metric, bad, good, x.threshold)
    chance = noise_at(m, k, w.now)
    noisy = chance > 0.0 and uniform(w.k0, w.k1, ALARM_NOISE, k, a.ordinal) < chance
    a.window = remember(a.window, breaching or noisy)
    a.known = remember(a.known, noisy or good + bad > 0.0)
    if breaching or noisy:
        a.value = datapoint(x.metric, bad, good)


def latency_of(m: Model, s: Space, k: int) -> float:
    """Seconds until this period's datapoint can change the alarm's state."""
    w = s.world
    n = s.world.watches[k].ordinal
    publish = draw(m, D_ALARMS + 3 * k, uniform(w.k0, w.k1, ALARM_PUBLISH, k, n))
    evaluation = draw(m, D_ALARMS + 3 * k + 1, uniform(w.k0, w.k1, ALARM_EVALUATION, k, n))
    return latency(publish, evaluation)
