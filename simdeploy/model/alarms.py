"""CloudWatch alarms of a deployment: datapoints, states, and the polls of the controller.

An alarm with nothing to count is not evaluated, so its periods cost no events; evaluation starts
with the first error and stops when the evaluation range is clean again.
"""

from simdeploy import draws
from simdeploy.draws import uniform
from simdeploy.model import delays, timers
from simdeploy.model.accessors import drawn, start_timer
from simdeploy.model.alarm_rates import set_alarm_rate
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.rollback import order_rollback
from simdeploy.semantics.alarms import (
    BREACHING,
    CPU,
    OF_NEW,
    OF_SERVICE,
    UNHEALTHY_TARGETS,
    append_datapoint,
    datapoint,
    evaluation_range,
    good_part,
    is_breaching,
    is_ecs,
    is_in_alarm,
    is_mean,
    is_red_before,
    is_watching,
    state_change_delay,
)
from simdeploy.semantics.faults import combined
from simdeploy.semantics.numeric import poisson
from simdeploy.semantics.plan import BY_ALARM, ROLLING_OUT
from simdeploy.semantics.state import NEVER

#: A smaller share of bad requests does not start the evaluation: it would only cost events.
NEGLIGIBLE_SHARE = 1e-6
#: All periods that an evaluation can look back on, as bits.
ALL_PERIODS = 72057594037927935


def offered_between(m: ScenarioRecord, start: float, end: float) -> float:
    """Return the requests offered between two times, at the first rate before the command."""
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
    """Reset every alarm and draw the phase of its periods."""
    w = s.world
    w.alarms_ignored = 0
    for k in range(m.n_alarms):
        a = s.world.alarms[k]
        length = m.alarms[k].slice_seconds
        a.slice_start = uniform(w.key0, w.key1, draws.ALARM_PHASE, k, 0) * length - length
        a.slice_number = 0
        a.activity = 0
        a.good = 0.0
        a.bad = 0.0
        for j in range(m.alarms[k].n_slices):
            a.breaching_bits[j] = 0
            a.present_bits[j] = 0
        a.in_alarm = 0
        a.is_ignored = 0
        a.last_breach = 0.0


def judge_alarms_at_command(m: ScenarioRecord, s: RunState) -> None:
    """Set which alarms are in ALARM before a release's deployment begins (ecs-alarm-already-red).

    All that serves is the old revision then; of the new one there is no data. Errors of a
    dependency that goes down with the command of the run were not there before it.
    """
    w = s.world
    w.alarms_judged_at = w.now
    w.alarms_ignored = 0
    counts = w.now > 0.0 or w.dependency_down == 0
    for k in range(m.n_alarms):
        a = w.alarms[k]
        x = m.alarms[k]
        set_alarm_rate(m, s, k, OF_SERVICE)
        if x.scope == OF_NEW:
            a.bad_rate = 0.0
            a.all_rate = 0.0
        steady = counts or a.all_rate <= 0.0
        steady = steady and is_red_before(x.metric, a.bad_rate, a.all_rate, x.threshold, x.missing)
        breaches = steady and a.all_rate > 0.0
        for j in range(x.n_slices):
            a.breaching_bits[j] = ALL_PERIODS if breaches else 0
        if breaches:
            good = good_part(x.metric, a.bad_rate, a.all_rate)
            a.last_breach = datapoint(x.metric, a.bad_rate, good)
        a.bad_rate_before = a.bad_rate
        a.all_rate_before = a.all_rate
        a.in_alarm = 0
        a.is_ignored = 0
        if x.red_until > w.now or steady:
            start_in_alarm(m, s, k)


def start_in_alarm(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Put an alarm in ALARM at the command: ECS ignores all, CodeDeploy stops or ignores it.

    (ecs-alarm-already-red)
    """
    w = s.world
    a = w.alarms[k]
    a.in_alarm = 1
    if m.alarms[k].red_until > w.now:
        w.timers[timers.ALARMS + 4 * k + timers.ALARM_CLEAR] = m.alarms[k].red_until
    if is_ecs(m.controller):
        w.alarms_ignored = 1
    elif m.red_alarm_stops == 0:
        a.is_ignored = 1


def update_alarms(m: ScenarioRecord, s: RunState) -> None:
    """Start evaluating alarms that have a signal, and let the controller poll those in ALARM."""
    w = s.world
    if w.phase != ROLLING_OUT:
        stop_evaluating(m, s)
        return
    flagged = w.flag_changes > 0
    watching = is_watching(
        m.controller, w.new_has_run != 0, w.weight_changes != 0, w.old_stopping != 0, flagged
    )
    for k in range(m.n_alarms):
        a = w.alarms[k]
        base = timers.ALARMS + 4 * k
        if a.activity < 2 and (a.activity == 1 or has_signal(m, s, k)):
            start_evaluating(m, s, k)
        acted_on = a.in_alarm != 0 and a.is_ignored == 0 and w.alarms_ignored == 0
        if acted_on and watching and w.timers[base + timers.ALARM_POLL] == NEVER:
            row = delays.ALARMS + 3 * k + 2
            start_timer(m, s, base + timers.ALARM_POLL, row, draws.ALARM_POLL, k, a.slice_number)


def has_signal(m: ScenarioRecord, s: RunState, k: int) -> bool:
    """Return whether the next datapoints of an idle alarm may differ from "nothing bad"."""
    a = s.world.alarms[k]
    x = m.alarms[k]
    if x.missing == BREACHING and a.all_rate <= 0.0:
        return True
    if x.scope != OF_SERVICE or x.metric == CPU:
        return a.all_rate > 0.0
    return a.bad_rate > NEGLIGIBLE_SHARE * a.all_rate or noise_chance(m, k, s.world.now) > 0.0


def noise_chance(m: ScenarioRecord, k: int, at: float) -> float:
    """Return the chance that a period of alarm ``k`` ending at ``at`` breaches by noise."""
    chance = 0.0
    for j in range(m.n_alarm_noises):
        n = m.alarm_noises[j]
        if n.alarm == k and n.start <= at < n.end:
            chance = combined(chance, n.chance)
    return chance


def start_evaluating(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Start evaluating alarm ``k`` in the middle of a slice.

    The part of the slice already over, and the slices before it, are filled in with what it counted
    before.
    """
    w = s.world
    a = w.alarms[k]
    x = m.alarms[k]
    a.activity = 2
    move_to_current_slice(m, s, k)
    a.good, a.bad = usual_counts(m, s, k, a.slice_start, w.now)
    published = x.metric == UNHEALTHY_TARGETS or offered_between(m, a.slice_start, w.now) > 0.0
    present = x.scope != OF_NEW and published
    at = a.slice_start
    for j in range(x.n_slices):
        slot = (a.slice_number - 1 - j) % x.n_slices
        a.slice_good[slot], a.slice_bad[slot] = usual_counts(m, s, k, at - x.slice_seconds, at)
        a.present_bits[slot] = ALL_PERIODS if present else 0
        at = at - x.slice_seconds
    w.timers[timers.ALARMS + 4 * k + timers.ALARM_PERIOD] = a.slice_start + x.slice_seconds


def usual_counts(
    m: ScenarioRecord, s: RunState, k: int, start: float, end: float
) -> tuple[float, float]:
    """Return what alarm ``k`` has counted as good and bad in a stretch of time before now.

    Before a command it counted what held then. Later it was idle: it counted no errors, and of CPU
    nothing.
    """
    a = s.world.alarms[k]
    x = m.alarms[k]
    if s.world.alarms_judged_at == s.world.now:
        seconds = end - start
        good = good_part(x.metric, a.bad_rate_before, a.all_rate_before)
        return seconds * good, seconds * a.bad_rate_before
    if x.metric == CPU:
        return 0.0, 0.0
    if x.scope == OF_NEW:
        return 0.0, 0.0
    return (end - start if x.metric == UNHEALTHY_TARGETS else offered_between(m, start, end)), 0.0


def stop_evaluating(m: ScenarioRecord, s: RunState) -> None:
    """Stop evaluating all alarms and their polls: no controller acts on them any more."""
    w = s.world
    for k in range(m.n_alarms):
        w.alarms[k].activity = 0
        w.alarms[k].good = 0.0
        w.alarms[k].bad = 0.0
        for j in range(4):
            w.timers[timers.ALARMS + 4 * k + j] = NEVER


def move_to_current_slice(m: ScenarioRecord, s: RunState, k: int) -> None:
    """Move alarm ``k`` to the slice that holds this instant."""
    w = s.world
    a = w.alarms[k]
    while a.slice_start + m.alarms[k].slice_seconds <= w.now:
        a.slice_start = a.slice_start + m.alarms[k].slice_seconds
        a.slice_number += 1


def on_alarm_timer(m: ScenarioRecord, s: RunState, k: int, what: int) -> None:
    """Handle a timer of alarm ``k`` (``ALARM_…``)."""
    w = s.world
    a = w.alarms[k]
    if what == timers.ALARM_PERIOD:
        close_slice(m, s, k)
    elif what == timers.ALARM_RAISE or (what == timers.ALARM_CLEAR and stays_in_alarm(m, s, k)):
        a.in_alarm = 1
    elif what == timers.ALARM_CLEAR:
        a.in_alarm = 0
        a.is_ignored = 0
        w.timers[timers.ALARMS + 4 * k + timers.ALARM_POLL] = NEVER
    else:
        order_rollback(m, s, BY_ALARM)


def stays_in_alarm(m: ScenarioRecord, s: RunState, k: int) -> bool:
    """Return whether an alarm's own datapoints keep it in ALARM when its other reason ends."""
    a = s.world.alarms[k]
    x = m.alarms[k]
    slot = (a.slice_number - 1) % x.n_slices
    own = is_in_alarm(
        a.breaching_bits[slot], a.present_bits[slot], x.datapoints, x.of, x.missing, False
    )
    return own and x.red_until == s.world.now


def close_slice(m: ScenarioRecord, s: RunState, k: int) -> None:
    """End a slice: add the datapoint of the period up to now, evaluate, time a change of state."""
    w = s.world
    a = w.alarms[k]
    x = m.alarms[k]
    base = timers.ALARMS + 4 * k
    slot = a.slice_number % x.n_slices
    traces = add_datapoint(m, s, k)
    red = a.in_alarm != 0 or w.timers[base + timers.ALARM_RAISE] < NEVER
    if is_in_alarm(
        a.breaching_bits[slot], a.present_bits[slot], x.datapoints, x.of, x.missing, red
    ):
        if x.red_until <= w.now:
            w.timers[base + timers.ALARM_CLEAR] = NEVER
        if a.in_alarm == 0:
            at = state_changes_at(m, s, k)
            w.timers[base + timers.ALARM_RAISE] = min(w.timers[base + timers.ALARM_RAISE], at)
    elif red:
        at = state_changes_at(m, s, k)
        raised = w.timers[base + timers.ALARM_RAISE]
        at = max(at, raised + x.slice_seconds) if raised < NEVER else at
        w.timers[base + timers.ALARM_CLEAR] = min(w.timers[base + timers.ALARM_CLEAR], at)
    a.slice_start = w.now
    a.slice_number += 1
    a.good = 0.0
    a.bad = 0.0
    calm = is_quiet(m, s, k) and not traces and not has_signal(m, s, k)
    if calm and w.timers[base + timers.ALARM_RAISE] == NEVER:
        a.activity = 0
    else:
        w.timers[base + timers.ALARM_PERIOD] = w.now + x.slice_seconds


def is_quiet(m: ScenarioRecord, s: RunState, k: int) -> bool:
    """Return whether an alarm is not red and no datapoint of its evaluation range breaches."""
    a = s.world.alarms[k]
    x = m.alarms[k]
    if a.in_alarm != 0:
        return False
    breached = 0
    for j in range(x.n_slices):
        breached |= a.breaching_bits[j]
    return bool(breached & ((1 << evaluation_range(x.of)) - 1) == 0)


def add_datapoint(m: ScenarioRecord, s: RunState, k: int) -> bool:
    """Add the datapoint of the period that ends now, of sampled counts where requests are sampled.

    Return whether later datapoints may still count errors of this one (cloudwatch-sliding-window).
    Noise is drawn once per whole period.
    """
    w = s.world
    a = w.alarms[k]
    x = m.alarms[k]
    slot = a.slice_number % x.n_slices
    a.slice_bad[slot] = a.bad
    a.slice_good[slot] = a.good
    if m.samples_alarms != 0 and not is_mean(x.metric):
        u_bad = uniform(w.key0, w.key1, draws.ALARM_BAD, k, a.slice_number)
        u_good = uniform(w.key0, w.key1, draws.ALARM_GOOD, k, a.slice_number)
        a.slice_bad[slot] = poisson(u_bad, a.bad)
        a.slice_good[slot] = poisson(u_good, a.good)
    bad = 0.0
    good = 0.0
    for j in range(x.n_slices):
        bad += a.slice_bad[j]
        good += a.slice_good[j]
    breaching = is_breaching(x.metric, bad, good, x.threshold)
    chance = noise_chance(m, k, w.now)
    noisy = False
    if chance > 0.0:
        u_noise = uniform(w.key0, w.key1, draws.ALARM_NOISE, k, a.slice_number // x.n_slices)
        noisy = u_noise < chance
    a.breaching_bits[slot] = append_datapoint(a.breaching_bits[slot], breaching or noisy)
    a.present_bits[slot] = append_datapoint(a.present_bits[slot], noisy or good + bad > 0.0)
    if breaching or noisy:
        a.last_breach = datapoint(x.metric, bad, good)
    return bool(x.n_slices > 1 and bad > NEGLIGIBLE_SHARE * (bad + good))


def state_changes_at(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Return when the datapoint that ends now can change the alarm's state."""
    return float(max(s.world.now + alarm_latency(m, s, k), m.alarms[k].red_until))


def alarm_latency(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Draw the seconds until this datapoint can change the alarm's state."""
    w = s.world
    n = w.alarms[k].slice_number
    publish = drawn(m, s, delays.ALARMS + 3 * k, draws.ALARM_PUBLISH, k, n)
    evaluation = drawn(m, s, delays.ALARMS + 3 * k + 1, draws.ALARM_EVALUATION, k, n)
    return state_change_delay(publish, evaluation)
