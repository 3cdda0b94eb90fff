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
)
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.requests import cohort_pace, target_worked_rate
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


def offered_between(m: ScenarioRecord, start: float, end: float) -> float:
    """Requests offered from ``start`` to ``end``; before the command the first rate held."""
    total = 0.0
    at = start
    for k in range(m.n_conditions):
        until = m.conditions[k + 1].at if k + 1 < m.n_conditions else NEVER
        until = min(until, end)
        if until > at:
            total += (until - at) * m.conditions[k].offered_rate
            at = until
    return total


def start_alarms(m: ScenarioRecord, s: RunState) -> None:
    """Draw the phase of every alarm's periods; none has seen an error yet."""
    w = s.world
    w.alarms_ignored = 0
    for k in range(m.n_alarms):
        a = s.world.alarms[k]
        period = m.alarms[k].period
        a.period_start = uniform(w.key0, w.key1, ALARM_PHASE, k, 0) * period - period
        a.period_number = 0
        a.activity = 0
        a.good = 0.0
        a.bad = 0.0
        a.breaching_bits = 0
        a.present_bits = 0
        a.in_alarm = 0
        a.is_ignored = 0
        a.last_breach = 0.0
        if m.alarms[k].red_until > 0.0:
            start_red(m, s, k)


def start_red(m: ScenarioRecord, s: RunState, k: int) -> None:
    """An alarm is in ALARM at the command: ECS does without any, CodeDeploy stops or waits."""
    w = s.world
    a = s.world.alarms[k]
    a.in_alarm = 1
    w.timers[T_ALARMS + 4 * k + ALARM_CLEAR] = m.alarms[k].red_until
    if is_ecs(m.controller):
        w.alarms_ignored = 1
    elif m.red_alarm_stops == 0:
        a.is_ignored = 1


def rate_alarms(m: ScenarioRecord, s: RunState) -> None:
    """What every alarm sees per second from now until the next instant."""
    w = s.world
    for k in range(m.n_alarms):
        a = s.world.alarms[k]
        x = m.alarms[k]
        old = 1.0 if x.scope != OF_NEW else 0.0
        new = 1.0 if x.scope != OF_OLD else 0.0
        if x.metric == CPU:
            a.bad_rate, a.all_rate = cpu_of(m, s, x.scope)
        elif x.metric == P99:
            a.bad_rate, a.all_rate = slower_of(m, s, k)
        else:
            target = old * w.target_error_rate[OLD] + new * w.target_error_rate[NEW]
            elb = old * w.balancer_error_rate[OLD] + new * w.balancer_error_rate[NEW]
            a.bad_rate = bad_share_of(x.metric, target, elb)
            a.all_rate = old * w.arrival_rate[OLD] + new * w.arrival_rate[NEW]
            if x.scope == OF_SERVICE:
                a.all_rate = w.offered_rate


def cpu_of(m: ScenarioRecord, s: RunState, scope: int) -> tuple[float, float]:
    """Mean CPU of the tasks that are not gone yet in percent, and 1; both 0 where none runs.

    A draining task runs on, with little to do, and no task burns more than it has.
    """
    total = 0.0
    tasks = 0
    i = s.world.first_task
    while i >= 0:
        t = s.tasks[i]
        if t.state != PENDING and t.state != DEAD and (scope == OF_SERVICE or scope == t.revision):
            busy = 100.0 * s.cohorts[t.cohort].utilization if t.cohort >= 0 else 0.0
            boost = m.boost_cpu if t.boost_ends_at < NEVER else 0.0
            total += min(100.0, busy + boost)
            tasks += 1
        i = t.next_task
    if tasks == 0:
        return 0.0, 0.0
    return total / tasks, 1.0


def slower_of(m: ScenarioRecord, s: RunState, k: int) -> tuple[float, float]:
    """Answers per second that are slower than a p99 alarm's limit, and all answers."""
    w = s.world
    x = m.alarms[k]
    slower = 0.0
    served = 0.0
    for j in range(w.n_cohorts):
        c = s.cohorts[j]
        if (
            c.n_targets > 0
            and c.is_answering != 0
            and (x.scope == OF_SERVICE or x.scope == c.revision)
        ):
            pace = cohort_pace(m, s, j)
            cap = m.capacity[pace]
            waits = is_waiting_longer(c.backlog, target_worked_rate(s, j), cap, cap * x.threshold)
            y = c.utilization * 64.0
            i = min(int(y), 63)
            low = x.slower_share[pace][i]
            tail = low + (x.slower_share[pace][i + 1] - low) * (y - i)
            slower += c.served_rate * (1.0 if waits else tail)
            served += c.served_rate
    return slower, served


def wake_alarms(m: ScenarioRecord, s: RunState) -> None:
    """Something to see wakes an alarm: from now on its periods are events."""
    w = s.world
    if w.phase != ROLLING_OUT:
        silence_alarms(m, s)
        return
    flagged = w.flag_changes > 0
    watching = is_watching(
        m.controller, w.new_has_run != 0, w.weight_changes != 0, w.old_stopping != 0, flagged
    )
    for k in range(m.n_alarms):
        a = s.world.alarms[k]
        base = T_ALARMS + 4 * k
        if a.activity < 2 and (a.activity == 1 or has_news(m, s, k)):
            wake(m, s, k)
        acted_on = a.in_alarm != 0 and a.is_ignored == 0 and w.alarms_ignored == 0
        if acted_on and watching and w.timers[base + ALARM_POLL] == NEVER:
            u = uniform(w.key0, w.key1, DRAW_POLL, k, a.period_number)
            w.timers[base + ALARM_POLL] = w.now + draw(m, D_ALARMS + 3 * k + 2, u)


def has_news(m: ScenarioRecord, s: RunState, k: int) -> bool:
    """Whether a sleeping alarm's next datapoints may differ from "nothing bad"."""
    a = s.world.alarms[k]
    x = m.alarms[k]
    if x.scope != OF_SERVICE or x.metric == CPU:
        return a.all_rate > 0.0
    if x.missing == BREACHING and a.all_rate <= 0.0:
        return True
    return a.bad_rate > NOTHING * a.all_rate or noise_at(m, k, s.world.now) > 0.0


def noise_at(m: ScenarioRecord, k: int, at: float) -> float:
    """Chance that a period of alarm ``k`` that ends at this time breaches for no reason."""
    chance = 0.0
    for j in range(m.n_alarm_noises):
        n = m.alarm_noises[j]
        if n.alarm == k and n.start <= at < n.end:
            chance = combined(chance, n.chance)
    return chance


def wake(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Alarm ``k`` opens its eyes within a period; what went before was as it is without errors."""
    w = s.world
    a = s.world.alarms[k]
    x = m.alarms[k]
    a.activity = 2
    find_period(m, s, k)
    if x.metric == CPU:
        before = w.now - a.period_start if w.now <= 0.0 else 0.0
        a.good = before
        a.bad = before * a.bad_rate
    elif x.scope != OF_NEW:
        a.good = offered_between(m, a.period_start, w.now)
    a.present_bits = (
        FULL_RANGE if x.scope != OF_NEW and offered_between(m, a.period_start, w.now) > 0.0 else 0
    )
    w.timers[T_ALARMS + 4 * k + ALARM_PERIOD] = a.period_start + x.period


def silence_alarms(m: ScenarioRecord, s: RunState) -> None:
    """Nobody acts on alarms any more."""
    w = s.world
    for k in range(m.n_alarms):
        s.world.alarms[k].activity = 0
        s.world.alarms[k].bad = 0.0
        for j in range(4):
            w.timers[T_ALARMS + 4 * k + j] = NEVER


def find_period(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Move an alarm's clock to the period that holds this instant."""
    w = s.world
    a = s.world.alarms[k]
    while a.period_start + m.alarms[k].period <= w.now:
        a.period_start = a.period_start + m.alarms[k].period
        a.period_number += 1


def alarm_on(m: ScenarioRecord, s: RunState, k: int, what: int) -> None:
    """A timer of alarm ``k`` is due now."""
    w = s.world
    a = s.world.alarms[k]
    if what == ALARM_PERIOD:
        close_period(m, s, k)
    elif what == ALARM_RAISE or (what == ALARM_CLEAR and stays_red(m, s, k)):
        a.in_alarm = 1
    elif what == ALARM_CLEAR:
        a.in_alarm = 0
        a.is_ignored = 0
        w.timers[T_ALARMS + 4 * k + ALARM_POLL] = NEVER
    else:
        order_rollback(m, s, BY_ALARM)


def stays_red(m: ScenarioRecord, s: RunState, k: int) -> bool:
    """Whether an alarm that was red for another reason has one of its own when that is over."""
    a = s.world.alarms[k]
    x = m.alarms[k]
    own = is_red(a.breaching_bits, a.present_bits, x.datapoints, x.of, x.missing, False)
    return own and x.red_until == s.world.now


def close_period(m: ScenarioRecord, s: RunState, k: int) -> None:
    """The end of a period: one more datapoint."""
    w = s.world
    a = s.world.alarms[k]
    x = m.alarms[k]
    base = T_ALARMS + 4 * k
    note_datapoint(m, s, k)
    at = max(w.now + latency_of(m, s, k), x.red_until)
    red = a.in_alarm != 0 or w.timers[base + ALARM_RAISE] < NEVER
    if is_red(a.breaching_bits, a.present_bits, x.datapoints, x.of, x.missing, red):
        if x.red_until <= w.now:
            w.timers[base + ALARM_CLEAR] = NEVER
        if a.in_alarm == 0:
            w.timers[base + ALARM_RAISE] = min(w.timers[base + ALARM_RAISE], at)
    elif red:
        raised = w.timers[base + ALARM_RAISE]
        at = max(at, raised + x.period) if raised < NEVER else at
        w.timers[base + ALARM_CLEAR] = min(w.timers[base + ALARM_CLEAR], at)
    a.period_start = w.now
    a.period_number += 1
    a.good = 0.0
    a.bad = 0.0
    quiet = a.breaching_bits & ((1 << evaluation_range(x.of)) - 1) == 0 and a.in_alarm == 0
    calm = quiet and not has_news(m, s, k)
    if calm and w.timers[base + ALARM_RAISE] == NEVER:
        a.activity = 0
    else:
        w.timers[base + ALARM_PERIOD] = w.now + x.period


def note_datapoint(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Count a period's good and bad requests, as sampled, and remember whether it breaches."""
    w = s.world
    a = s.world.alarms[k]
    x = m.alarms[k]
    bad = a.bad
    good = a.good
    if m.samples_alarms != 0 and x.metric != CPU:
        bad = (
            poisson(uniform(w.key0, w.key1, ALARM_BAD, k, a.period_number), a.bad)
            if a.bad > 0.0
            else 0.0
        )
        good = poisson(uniform(w.key0, w.key1, ALARM_GOOD, k, a.period_number), a.good)
    breaching = is_breaching(x.metric, bad, good, x.threshold)
    chance = noise_at(m, k, w.now)
    noisy = chance > 0.0 and uniform(w.key0, w.key1, ALARM_NOISE, k, a.period_number) < chance
    a.breaching_bits = remember(a.breaching_bits, breaching or noisy)
    a.present_bits = remember(a.present_bits, noisy or good + bad > 0.0)
    if breaching or noisy:
        a.last_breach = datapoint(x.metric, bad, good)


def latency_of(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Seconds until this period's datapoint can change the alarm's state."""
    w = s.world
    n = s.world.alarms[k].period_number
    publish = draw(m, D_ALARMS + 3 * k, uniform(w.key0, w.key1, ALARM_PUBLISH, k, n))
    evaluation = draw(m, D_ALARMS + 3 * k + 1, uniform(w.key0, w.key1, ALARM_EVALUATION, k, n))
    return latency(publish, evaluation)
