"""Alarms: what they count, when they are evaluated, and when their state changes."""

import pytest

from simdeploy.draws import (
    ALARM_BAD,
    ALARM_EVALUATION,
    ALARM_GOOD,
    ALARM_NOISE,
    ALARM_PHASE,
    ALARM_PUBLISH,
)
from simdeploy.draws import ALARM_POLL as DRAW_POLL
from simdeploy.model import delays, timers
from simdeploy.model.alarm_rates import (
    mean_cpu,
    set_alarm_rates,
    slow_answer_rates,
    unhealthy_targets,
)
from simdeploy.model.alarms import (
    add_datapoint,
    alarm_latency,
    close_slice,
    has_signal,
    judge_alarms_at_command,
    noise_chance,
    offered_between,
    on_alarm_timer,
    start_alarms,
    start_evaluating,
    stays_in_alarm,
    stop_evaluating,
    update_alarms,
)
from simdeploy.model.constants import DEAD, DRAINING, PACES, PENDING
from simdeploy.semantics.alarms import (
    ANY_5XX,
    BREACHING,
    CODE_DEPLOY,
    CPU,
    ECS_NATIVE,
    ECS_ROLLING,
    ELB_5XX,
    IGNORE,
    MISSING,
    NOT_BREACHING,
    OF_NEW,
    OF_OLD,
    OF_SERVICE,
    P99,
    TARGET_5XX,
)
from simdeploy.semantics.numeric import poisson
from simdeploy.semantics.plan import AT_REST, BY_ALARM
from simdeploy.semantics.state import NEVER, NEW, UNHEALTHY
from tests.model.states import at_command, record, running
from tests.model.transitions import after, between, changed_by, drawn
from tests.probes import PROMPT, faulty, play, times

#: The alarm that most tests are about is the second one, so that its index counts.
K = 1
#: 56 periods, all with data.
ALL = 2**56 - 1


def timer(what, k=K):
    """Return the number of an alarm's timer."""
    return timers.ALARMS + 4 * k + what


def due(what, k=K):
    """Return the name of an alarm's timer among changes of the world."""
    return f"timers[{timer(what, k)}]"


def without_slices(changed):
    """Leave out the counts of single slices, of which a period of a minute has but one."""
    return {name: value for name, value in changed.items() if ".slice_" not in name[:-3]} | {
        name: value for name, value in changed.items() if name.endswith(("slice_start", "_number"))
    }


def put_alarm(m, k=K, **fields):
    """Describe an alarm: any 5xx of the service above 1 % in one period of 60 s, unless told."""
    rule = {
        "metric": ANY_5XX,
        "scope": OF_SERVICE,
        "threshold": 0.01,
        "slice_seconds": 60.0,
        "n_slices": 1,
        "datapoints": 1,
        "of": 1,
        "missing": MISSING,
        "red_until": 0.0,
    }
    for name, value in {**rule, **fields}.items():
        setattr(m.alarms[k], name, value)
    for row, seconds in enumerate((30.0, 10.0, 5.0)):
        m.distributions[delays.ALARMS + 3 * k + row] = after(seconds)


@pytest.fixture
def m():
    """Return a record with two alarms on 100 requests per second."""
    m = record()
    m.n_alarms = 2
    put_alarm(m, 0)
    put_alarm(m)
    return m


@pytest.fixture
def s(m):
    """Return its state 100 s after the command, at the end of a period of the second alarm."""
    s = at_command(m)
    s.world.now = 100.0
    a = s.world.alarms[K]
    a.slice_start, a.slice_number = 40.0, 7
    return s


@pytest.mark.parametrize(
    ("start", "end", "requests"),
    [
        (-60.0, 0.0, 6000.0),  # before the command the first rate held
        (50.0, 150.0, 7500.0),  # 50 s of 100 and 50 s of 50 per second
        (150.0, 250.0, 3000.0),  # 50 s of 50 and 50 s of 10 per second
        (100.0, 200.0, 5000.0),
        (250.0, 300.0, 500.0),
        (70.0, 70.0, 0.0),
    ],
)
def test_offered_between(m, start, end, requests):
    """Requests are summed over the conditions that hold one after the other."""
    m.n_conditions = 3
    for k, (at, rate) in enumerate([(0.0, 100.0), (100.0, 50.0), (200.0, 10.0), (210.0, 9.0)]):
        m.conditions[k].at, m.conditions[k].offered_rate = at, rate
    assert offered_between(m, start, end) == requests


def test_alarms_start_empty_at_a_drawn_phase(m, s):
    """Every alarm is reset, and its first period ends within a period after the command."""
    w = s.world
    for a in (w.alarms[0], w.alarms[1]):
        for name in a.record.names:
            setattr(a, name, [9] if name.endswith("_bits") else 9)
    w.alarms_ignored = 1
    put_alarm(m, slice_seconds=10.0)
    start_alarms(m, s)
    assert w.alarms_ignored == 0
    for k, period in ((0, 60.0), (1, 10.0)):
        a = w.alarms[k]
        assert a.slice_start == drawn(s, ALARM_PHASE, k, 0) * period - period
        assert -period <= a.slice_start <= 0.0
        zero = {"activity", "slice_number", "good", "bad"}
        zero |= {"last_breach", "in_alarm", "is_ignored"}
        assert {name for name in a.record.names if getattr(a, name) == 0} == zero
        assert (a.breaching_bits[0], a.present_bits[0]) == (0, 0)


@pytest.mark.parametrize(
    ("controller", "stops", "changed"),
    [
        (ECS_ROLLING, 0, {"alarms_ignored": 1}),  # ECS does without any alarm
        (ECS_NATIVE, 1, {"alarms_ignored": 1}),
        (CODE_DEPLOY, 1, {}),  # the deployment stops
        (CODE_DEPLOY, 0, {"alarms[1].is_ignored": 1}),  # it waits until the alarm has been OK
    ],
)
def test_alarm_that_is_red_at_the_command(m, s, controller, stops, changed):
    """An alarm in ALARM for another reason clears when that ends (ecs-alarm-already-red)."""
    put_alarm(m, red_until=200.0)
    m.controller, m.red_alarm_stops = controller, stops
    set_alarm_rates(m, s)
    assert changed_by(s.world, judge_alarms_at_command, m, s) == changed | {
        "alarms_judged_at": 100.0,
        "alarms[0].all_rate_before": 100.0,
        "alarms[1].all_rate_before": 100.0,
        "alarms[1].in_alarm": 1,
        due(timers.ALARM_CLEAR): 200.0,
    }


def test_alarm_that_breaches_already_is_red_at_the_command(m, s):
    """Two of 100 requests per second failed before, and the limit is 1 %: red, with all its past.

    A dependency that goes down with the command was up before it; later it was not.
    """
    w = s.world
    m.controller = ECS_ROLLING
    a = w.alarms[K]
    w.target_error_rate, w.offered_rate = [2.0, 0.0], 100.0
    w.now, w.dependency_down = 0.0, 1
    judge_alarms_at_command(m, s)
    assert (a.in_alarm, w.alarms_ignored, a.breaching_bits[0]) == (0, 0, 0)
    w.now = 100.0
    judge_alarms_at_command(m, s)
    assert (a.in_alarm, w.alarms_ignored, a.last_breach) == (1, 1, 0.02)
    a.bad_rate = 100.0  # what the deployment does at the command was not there before it
    start_evaluating(m, s, K)
    assert (a.slice_good[0], a.slice_bad[0]) == (60.0 * 98.0, 60.0 * 2.0)
    w.target_error_rate = [1.0, 0.0]
    judge_alarms_at_command(m, s)
    assert (a.in_alarm, w.alarms_ignored, a.breaching_bits[0]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("metric", "scope", "bad", "all_"),
    [
        (TARGET_5XX, OF_SERVICE, 3.0, 301.0),
        (TARGET_5XX, OF_OLD, 1.0, 100.0),
        (TARGET_5XX, OF_NEW, 2.0, 200.0),
        (ELB_5XX, OF_SERVICE, 12.0, 301.0),
        (ELB_5XX, OF_OLD, 4.0, 100.0),
        (ELB_5XX, OF_NEW, 8.0, 200.0),
        (ANY_5XX, OF_SERVICE, 15.0, 301.0),
        (ANY_5XX, OF_OLD, 5.0, 100.0),
        (ANY_5XX, OF_NEW, 10.0, 200.0),
    ],
)
def test_error_alarms_count_errors_of_their_scope(m, s, metric, scope, bad, all_):
    """Targets' and the balancer's errors count per metric; all offered ones for the service."""
    w = s.world
    w.target_error_rate, w.balancer_error_rate = [1.0, 2.0], [4.0, 8.0]
    w.arrival_rate, w.offered_rate = [100.0, 200.0], 301.0
    put_alarm(m, metric=metric, scope=scope)
    set_alarm_rates(m, s)
    assert (w.alarms[K].bad_rate, w.alarms[K].all_rate) == (bad, all_)
    assert (w.alarms[0].bad_rate, w.alarms[0].all_rate) == (15.0, 301.0)


def test_rates_of_cpu_and_latency_alarms(m, s):
    """A CPU alarm counts percent of the tasks in its scope; p99 counts slow and all answers."""
    s.cohorts[0].utilization, s.cohorts[0].served_rate = 0.25, 90.0
    s.world.rate_per_weight[0] = 45.0  # 3/4 of the capacity is entry 32 of the table
    s.tasks[0].boost_ends_at, m.boost_cpu = 500.0, 60.0
    put_alarm(m, 0, metric=CPU, scope=OF_OLD)
    put_alarm(m, metric=P99, threshold=1.0)
    m.alarms[K].slower_share[0][32] = 0.5
    set_alarm_rates(m, s)
    a, b = s.world.alarms[0], s.world.alarms[1]
    assert (a.bad_rate, a.all_rate) == (35.0, 1.0)  # 25 % each, and 60 % for one of six
    assert (b.bad_rate, b.all_rate) == (45.0, 90.0)
    put_alarm(m, 0, metric=CPU, scope=OF_NEW)
    set_alarm_rates(m, s)
    assert (a.bad_rate, a.all_rate) == (0.0, 0.0)


@pytest.fixture
def working(m, s):
    """Return a state of six tasks that work differently: 0, 75, 100 and 25 % CPU, two without."""
    m.boost_cpu = 50.0
    s.cohorts[0].utilization, s.cohorts[1].utilization = 0.25, 0.9
    s.cohorts[-1].utilization = 0.7  # of no task
    s.tasks[0].state, s.tasks[1].state = PENDING, DEAD
    s.tasks[2].state, s.tasks[2].cohort = DRAINING, -1
    s.tasks[3].boost_ends_at = s.tasks[4].boost_ends_at = 500.0
    s.tasks[4].cohort = 1
    s.tasks[5].revision = NEW
    return s


@pytest.mark.parametrize(
    ("scope", "percent"),
    [(OF_SERVICE, 200.0 / 4), (OF_OLD, 175.0 / 3), (OF_NEW, 25.0)],
)
def test_mean_cpu(m, working, scope, percent):
    """Requests and start-up burn CPU, at most 100 % per task; draining tasks count, idle."""
    assert mean_cpu(m, working, scope) == (percent, 1.0)


def test_no_cpu_without_tasks(m, s):
    """Where no task of the scope runs there is no datapoint."""
    assert mean_cpu(m, s, OF_NEW) == (0.0, 0.0)


@pytest.fixture
def p99(m, s):
    """Return a state with a cohort of each revision, and a p99 alarm above 0.5 s.

    The old cohort serves 90 requests per second at a utilization of 3/4, entry 32 of the table of
    loads, the new one 30 at another pace and 7/16, entry 16; 1 % of all are slower than the
    threshold per entry, or 0.5 %. Requests take no time.
    """
    put_alarm(m, metric=P99, threshold=0.5)
    for k in range(65):
        m.alarms[K].slower_share[0][k] = 0.01 * k
        m.alarms[K].slower_share[1][k] = 0.005 * k
    m.capacity[0], m.capacity[1] = 60.0, 480.0 / 7.0 * 1.5
    m.request_seconds[:] = [0.0] * PACES
    s.world.rate_per_weight[0] = 45.0
    m.releases[1].pace[m.full_flag_level][0] = m.releases[1].pace[0][0] = 1
    old, new = s.cohorts[0], s.cohorts[2]
    s.world.n_cohorts = 3
    old.n_targets, old.served_rate = 6, 90.0
    new.n_targets, new.revision, new.is_answering, new.ramp = 2, NEW, 1, 1
    new.served_rate = 30.0
    return s


@pytest.mark.parametrize(
    ("scope", "slow", "all_"),
    [
        (OF_SERVICE, 90.0 * 0.32 + 30.0 * 0.08, 120.0),
        (OF_OLD, 90.0 * 0.32, 90.0),
        (OF_NEW, 30.0 * 0.08, 30.0),
    ],
)
def test_slow_answers_by_scope(m, p99, scope, slow, all_):
    """Each cohort's answers are slow by its own pace and utilization."""
    m.alarms[K].scope = scope
    assert slow_answer_rates(m, p99, K, m.alarms[K].scope) == (pytest.approx(slow, rel=1e-12), all_)


@pytest.mark.parametrize(
    ("utilization", "share"),
    [(0.0, 0.0), (1.0 - (31.75 / 64) ** 2, 0.3225), (1.0, 0.64), (1.0 - (0.5 / 64) ** 2, 0.635)],
)
def test_slow_share_between_entries(m, p99, utilization, share):
    """Between the entries of the table the share is a line, up to the last entry at 1."""
    m.alarms[K].scope = OF_OLD
    p99.world.rate_per_weight[0] = 60.0 * utilization
    assert slow_answer_rates(m, p99, K, m.alarms[K].scope) == (
        pytest.approx(90.0 * share, rel=1e-12),
        90.0,
    )


@pytest.mark.parametrize(
    ("backlog", "rate", "all_slow"),
    [(29.0, 90.0, False), (30.0, 60.0, False), (30.0, 61.0, True), (31.0, 0.0, True)],
)
def test_waiting_is_measured_against_the_alarms_threshold(m, p99, backlog, rate, all_slow):
    """60 requests/s clear 30 requests in 0.5 s: whoever waits behind more is slow, SLO or not."""
    m.alarms[K].scope, m.slo_latency = OF_OLD, 1.0
    p99.cohorts[0].backlog = backlog
    p99.world.rate_per_weight[0] = rate
    m.alarms[K].slower_share[0][0] = 0.25  # of those in a shorter backlog, by themselves
    slow = 90.0 if all_slow else 90.0 * (0.64 if backlog == 0.0 else 0.25)
    assert slow_answer_rates(m, p99, K, m.alarms[K].scope) == (slow, 90.0)


@pytest.mark.parametrize("field", ["n_targets", "is_answering"])
def test_cohorts_that_answer_nothing_do_not_count(m, p99, field):
    """Free cohorts, and targets that do not answer, have no latency."""
    setattr(p99.cohorts[0], field, 0)
    assert slow_answer_rates(m, p99, K, m.alarms[K].scope)[1] == 30.0


def test_single_target_counts(m, p99):
    """A cohort of a single target is not empty."""
    p99.cohorts[2].n_targets = 1
    assert slow_answer_rates(m, p99, K, m.alarms[K].scope)[1] == 120.0


QUIET = {"bad_rate": 0.0, "all_rate": 100.0}


@pytest.mark.parametrize(
    ("rule", "rates", "signal"),
    [
        ({}, QUIET, False),
        ({}, {"bad_rate": 1e-6, "all_rate": 1.0}, False),  # 1 in a million is negligible
        ({}, {"bad_rate": 1.001e-6, "all_rate": 1.0}, True),
        ({}, {"bad_rate": 0.0, "all_rate": 0.0}, False),
        ({"missing": BREACHING}, {"bad_rate": 0.0, "all_rate": 0.0}, True),
        ({"missing": BREACHING}, QUIET, False),
        ({"scope": OF_OLD}, QUIET, True),
        ({"scope": OF_NEW}, {"bad_rate": 0.0, "all_rate": 0.0}, False),
        ({"scope": OF_NEW, "missing": BREACHING}, {"bad_rate": 0.0, "all_rate": 0.0}, True),
        ({"metric": CPU}, {"bad_rate": 0.0, "all_rate": 1.0}, True),
        ({"metric": CPU}, {"bad_rate": 0.0, "all_rate": 0.0}, False),
    ],
    ids=str,
)
def test_signal_that_starts_an_evaluation(m, s, rule, rates, signal):
    """Errors, missing data that breach, and any data of a revision or of CPU are a signal."""
    put_alarm(m, **rule)
    for name, value in rates.items():
        setattr(s.world.alarms[K], name, value)
    assert has_signal(m, s, K) is signal


def put_noise(m, *noises):
    """Describe stretches of noise: alarm, start, end, chance."""
    m.n_alarm_noises = len(noises)
    for j, (m.alarm_noises[j].alarm, n_start, n_end, chance) in enumerate(noises):
        m.alarm_noises[j].start, m.alarm_noises[j].end = n_start, n_end
        m.alarm_noises[j].chance = chance


@pytest.mark.parametrize(
    ("at", "chance"), [(99.9, 0.0), (100.0, 0.5), (150.0, 0.625), (200.0, 0.25), (300.0, 0.0)]
)
def test_noise_chances_combine(m, at, chance):
    """Two stretches of the alarm overlap from 150 to 200 s: 1 − 0.5 × 0.75; others do not count."""
    put_noise(m, (0, 0.0, 400.0, 1.0), (K, 100.0, 200.0, 0.5), (K, 150.0, 300.0, 0.25))
    assert noise_chance(m, K, at) == chance


def test_noise_is_a_signal(m, s):
    """During a stretch of noise an alarm is evaluated without errors."""
    put_noise(m, (K, 100.0, 200.0, 0.1))
    s.world.alarms[K].all_rate = 100.0
    assert has_signal(m, s, K)
    s.world.now = 200.0
    assert not has_signal(m, s, K)


@pytest.mark.parametrize(
    ("scope", "good", "present"),
    [(OF_SERVICE, 5000.0, ALL), (OF_OLD, 5000.0, ALL), (OF_NEW, 0.0, 0)],
)
def test_evaluation_starts_mid_period(m, s, scope, good, present):
    """The 50 s of the period already over were error-free at 100 per second, but not for NEW."""
    a = s.world.alarms[K]
    a.slice_start, s.world.now = -20.0, 90.0
    put_alarm(m, scope=scope)
    changed = {
        "alarms[1].activity": 2,
        "alarms[1].slice_start": 40.0,
        "alarms[1].slice_number": 8,
        due(timers.ALARM_PERIOD): 100.0,
    }
    if good:
        changed |= {"alarms[1].good": good, "alarms[1].present_bits[0]": present}
    assert without_slices(changed_by(s.world, start_evaluating, m, s, K)) == changed


def test_half_a_request_is_data(m, s):
    """Any traffic in the part of the period already over gives all periods data."""
    m.conditions[0].offered_rate = 0.01
    s.world.now = 90.0
    start_evaluating(m, s, K)
    assert (s.world.alarms[K].good, s.world.alarms[K].present_bits[0]) == (0.5, ALL)


def test_evaluation_starts_with_a_period(m, s):
    """At the very end of a period the next one begins, with nothing counted yet."""
    s.world.alarms[K].present_bits[0] = 1
    assert without_slices(changed_by(s.world, start_evaluating, m, s, K)) == {
        "alarms[1].activity": 2,
        "alarms[1].slice_start": 100.0,
        "alarms[1].slice_number": 8,
        "alarms[1].present_bits[0]": 0,
        due(timers.ALARM_PERIOD): 160.0,
    }


@pytest.mark.parametrize(("now", "seconds"), [(0.0, 20.0), (0.5, 0.0)])
def test_cpu_before_the_command_was_as_at_the_command(m, s, now, seconds):
    """At the command a CPU alarm has seen 20 s at today's 30 %; later nothing is filled in."""
    a = s.world.alarms[K]
    a.slice_start, a.bad_rate_before, a.all_rate_before, s.world.now = -20.0, 30.0, 1.0, now
    s.world.alarms_judged_at = 0.0
    a.good = a.bad = 7.0
    put_alarm(m, metric=CPU)
    start_evaluating(m, s, K)
    assert (a.good, a.bad) == (seconds, 30.0 * seconds)
    assert a.present_bits[0] == ALL
    assert s.world.timers[timer(timers.ALARM_PERIOD)] == 40.0


def test_update_starts_alarms_with_a_signal(m, s):
    """Only the alarm that counts errors starts; one with traces of errors starts without."""
    w = s.world
    w.alarms[K].bad_rate, w.alarms[K].all_rate = 1.0, 100.0
    changed = changed_by(w, update_alarms, m, s)
    assert changed["alarms[1].activity"] == 2
    assert "alarms[0].activity" not in changed
    w.alarms[0].activity = 1
    assert changed_by(w, update_alarms, m, s)["alarms[0].activity"] == 2


def test_update_leaves_an_evaluation_under_way(m, s):
    """An alarm that is evaluated keeps its period and its counts."""
    a = s.world.alarms[K]
    a.activity, a.bad_rate, a.all_rate = 2, 1.0, 100.0
    assert changed_by(s.world, update_alarms, m, s) == {}


def test_after_the_deployment_no_alarm_is_evaluated(m, s):
    """Outside of a rollout all alarms stop with their timers, the counts of requests cleared."""
    w = s.world
    w.phase = AT_REST
    for k in (0, 1):
        w.alarms[k].activity, w.alarms[k].bad, w.alarms[k].good = 2, 3.0, 5.0
        for what in range(4):
            w.timers[timer(what, k)] = 500.0
    w.timers[timer(0, 2)] = 500.0  # of an alarm that there is not
    stopped = {due(what, k): NEVER for what in range(4) for k in (0, 1)} | {
        f"alarms[{k}].{name}": 0 for name in ("activity", "bad", "good") for k in (0, 1)
    }
    assert changed_by(w, update_alarms, m, s) == stopped
    w.alarms[K].activity = 1
    assert changed_by(w, stop_evaluating, m, s) == {"alarms[1].activity": 0}


@pytest.mark.parametrize(
    ("controller", "world", "polls"),
    [
        (CODE_DEPLOY, {}, True),
        (ECS_ROLLING, {}, False),
        (ECS_ROLLING, {"new_has_run": 1}, True),
        (ECS_NATIVE, {"new_has_run": 1}, False),
        (ECS_NATIVE, {"weight_changes": 1}, True),
        (ECS_NATIVE, {"weight_changes": 1, "old_stopping": 1}, False),
        (ECS_ROLLING, {"flag_changes": 1}, True),
        (CODE_DEPLOY, {"alarms_ignored": 1}, False),
    ],
    ids=str,
)
def test_controller_polls_an_alarm_while_it_watches(m, s, controller, world, polls):
    """Who carries the deployment out acts on an alarm in ALARM only in its own window."""
    m.controller = controller
    for name, value in world.items():
        setattr(s.world, name, value)
    s.world.alarms[K].in_alarm = 1
    m.distributions[delays.ALARMS + 3 * K + 2] = between(0.0, 1.0)
    expected = {due(timers.ALARM_POLL): 100.0 + drawn(s, DRAW_POLL, K, 7)} if polls else {}
    assert changed_by(s.world, update_alarms, m, s) == expected


@pytest.mark.parametrize("alarm", [{"in_alarm": 0}, {"is_ignored": 1}])
def test_alarm_that_does_not_count_is_not_polled(m, s, alarm):
    """An alarm that is OK, or ignored since the command, starts no poll."""
    m.controller = CODE_DEPLOY
    for name, value in {"in_alarm": 1, **alarm}.items():
        setattr(s.world.alarms[K], name, value)
    assert changed_by(s.world, update_alarms, m, s) == {}


def test_poll_under_way_is_not_started_anew(m, s):
    """A poll that is due stays."""
    m.controller, s.world.alarms[K].in_alarm = CODE_DEPLOY, 1
    s.world.timers[timer(timers.ALARM_POLL)] = 101.0
    assert changed_by(s.world, update_alarms, m, s) == {}


def test_timer_of_a_period_closes_it(m, s):
    """At the end of a period the next one has the next number."""
    assert changed_by(s.world, on_alarm_timer, m, s, K, timers.ALARM_PERIOD) == {
        "alarms[1].slice_start": 100.0,
        "alarms[1].slice_number": 8,
    }


def test_timers_raise_and_clear_the_alarm(m, s):
    """Raised, an alarm is in ALARM; cleared, it is OK, watched again, and polled no more."""
    a = s.world.alarms[K]
    assert changed_by(s.world, on_alarm_timer, m, s, K, timers.ALARM_RAISE) == {
        "alarms[1].in_alarm": 1
    }
    a.is_ignored, s.world.timers[timer(timers.ALARM_POLL)] = 1, 105.0
    assert changed_by(s.world, on_alarm_timer, m, s, K, timers.ALARM_CLEAR) == {
        "alarms[1].in_alarm": 0,
        "alarms[1].is_ignored": 0,
        due(timers.ALARM_POLL): NEVER,
    }


def test_timer_of_a_poll_rolls_back(m, s):
    """The controller has seen the alarm."""
    on_alarm_timer(m, s, K, timers.ALARM_POLL)
    assert s.world.rollback_reason == BY_ALARM


@pytest.mark.parametrize(
    ("bits", "until", "rule", "stays"),
    [
        (1, 100.0, {}, True),
        (1, 90.0, {}, False),
        (0, 100.0, {}, False),
        (2, 100.0, {}, False),
        (2, 100.0, {"of": 2}, True),
        (2, 100.0, {"of": 2, "datapoints": 2}, False),
        (2, 100.0, {"of": 4, "datapoints": 2, "missing": BREACHING}, True),
        (0, 100.0, {"of": 4, "datapoints": 1, "missing": IGNORE}, False),
    ],
    ids=str,
)
def test_alarm_stays_red_for_its_own_reason(m, s, bits, until, rule, stays):
    """When another reason ends just now, the alarm's own datapoints decide."""
    put_alarm(m, red_until=until, **rule)
    a = s.world.alarms[K]
    a.breaching_bits[0], a.present_bits[0] = bits, 0b111
    assert stays_in_alarm(m, s, K) is stays
    on_alarm_timer(m, s, K, timers.ALARM_CLEAR)
    assert a.in_alarm == (1 if stays else 0)


#: What every end of a period changes.
CLOSED = {"alarms[1].slice_start": 100.0, "alarms[1].slice_number": 8}


def put_counts(s, bad, good, *, breached=0, present=0, **fields):
    """Set what the alarm has counted in the period, and its earlier datapoints."""
    a = s.world.alarms[K]
    a.activity, a.bad, a.good = 2, bad, good
    a.breaching_bits[0], a.present_bits[0] = breached, present
    for name, value in fields.items():
        setattr(a, name, value)


def closed(m, s, **due):
    """Close the period; return what it changed beyond what every end does."""
    for name, at in due.items():
        s.world.timers[timer({"RAISE": timers.ALARM_RAISE, "CLEAR": timers.ALARM_CLEAR}[name])] = at
    changed = changed_by(s.world, close_slice, m, s, K)
    assert {name: changed.pop(name) for name in CLOSED} == CLOSED
    assert (s.world.alarms[K].bad, s.world.alarms[K].good) == (0.0, 0.0)
    skipped = ("alarms[1].bad", "alarms[1].good", "alarms[1].last_breach")
    kept = without_slices(changed)
    return {name: value for name, value in kept.items() if name not in skipped}


BITS = {"alarms[1].breaching_bits[0]": 1, "alarms[1].present_bits[0]": 1}
NEXT = {due(timers.ALARM_PERIOD): 160.0}


@pytest.mark.parametrize(("pending", "at"), [(NEVER, 140.0), (120.0, 120.0), (200.0, 140.0)])
def test_breaching_period_raises_the_alarm(m, s, pending, at):
    """30 s to publish and 10 s to evaluate: 140 s, unless it is about to be raised before."""
    put_counts(s, 5.0, 95.0)
    assert closed(m, s, RAISE=pending) == BITS | NEXT | (
        {} if pending == at else {due(timers.ALARM_RAISE): at}
    )


def test_breaching_period_keeps_the_alarm(m, s):
    """An alarm in ALARM is not raised again, and does not clear."""
    put_counts(s, 5.0, 95.0, in_alarm=1)
    assert closed(m, s, CLEAR=120.0) == BITS | NEXT | {due(timers.ALARM_CLEAR): NEVER}


@pytest.mark.parametrize(("until", "clears"), [(150.0, 120.0), (100.0, NEVER)])
def test_end_of_another_reason_stays_due(m, s, until, clears):
    """While an alarm is red for another reason, the end of that stays its time to clear."""
    put_alarm(m, red_until=until)
    put_counts(s, 5.0, 95.0, in_alarm=1)
    closed(m, s, CLEAR=120.0)
    assert s.world.timers[timer(timers.ALARM_CLEAR)] == clears


def test_alarm_is_raised_once_another_reason_is_over(m, s):
    """A datapoint does not change the state before the other reason ends."""
    put_alarm(m, red_until=170.0)
    put_counts(s, 5.0, 95.0)
    assert closed(m, s)[due(timers.ALARM_RAISE)] == 170.0


@pytest.mark.parametrize(
    ("until", "pending", "clears"),
    [(0.0, NEVER, 140.0), (0.0, 120.0, 120.0), (0.0, 150.0, 140.0), (170.0, NEVER, 170.0)],
)
def test_clean_period_clears_the_alarm(m, s, until, pending, clears):
    """An alarm in ALARM becomes OK as late as it would be raised, but not before another reason."""
    put_alarm(m, red_until=until)
    put_counts(s, 0.0, 100.0, in_alarm=1)
    closed(m, s, CLEAR=pending)
    assert s.world.timers[timer(timers.ALARM_CLEAR)] == clears
    assert s.world.timers[timer(timers.ALARM_RAISE)] == NEVER
    assert s.world.timers[timer(timers.ALARM_PERIOD)] == 160.0


@pytest.mark.parametrize(("raised", "clears"), [(130.0, 190.0), (70.0, 140.0)])
def test_alarm_about_to_be_raised_is_red_for_a_period(m, s, raised, clears):
    """After a breach that is on its way, a clean period clears a period later at the earliest."""
    put_counts(s, 0.0, 100.0, breached=1, present=1)
    closed(m, s, RAISE=raised)
    assert s.world.timers[timer(timers.ALARM_CLEAR)] == clears
    assert s.world.timers[timer(timers.ALARM_RAISE)] == raised


@pytest.mark.parametrize(
    ("bits", "fields", "raised", "stops"),
    [
        (0b000, {}, NEVER, True),
        (0b100, {}, NEVER, True),  # the fourth period before is out of the range of three
        (0b010, {}, NEVER, False),
        (0b000, {"in_alarm": 1}, NEVER, False),
        (0b000, {"bad_rate": 1.0, "all_rate": 100.0}, NEVER, False),
        (0b100, {}, 130.0, False),
    ],
    ids=str,
)
def test_evaluation_stops_when_nothing_is_left_to_see(m, s, bits, fields, raised, stops):
    """Without a breach in range, alarm, signal or change to come, evaluation stops."""
    put_counts(s, 0.0, 100.0, breached=bits, present=ALL, **fields)
    closed(m, s, RAISE=raised)
    assert s.world.alarms[K].activity == (0 if stops else 2)
    assert s.world.timers[timer(timers.ALARM_PERIOD)] == (NEVER if stops else 160.0)


@pytest.mark.parametrize(
    ("rule", "counts", "raises"),
    [
        ({"datapoints": 2, "of": 3}, (5.0, 95.0, 0b010, 0b111), True),
        ({"datapoints": 3, "of": 3}, (5.0, 95.0, 0b010, 0b111), False),
        ({"datapoints": 2, "of": 2}, (5.0, 95.0, 0b010, 0b111), False),
        ({"datapoints": 2, "of": 3}, (5.0, 95.0, 0b010, 0b101), False),
        ({"datapoints": 2, "of": 3, "missing": BREACHING}, (0.0, 0.0, 0b001, 0b001), True),
        ({"datapoints": 2, "of": 3, "missing": NOT_BREACHING}, (0.0, 0.0, 0b001, 0b001), False),
        ({"threshold": 0.05}, (5.0, 95.0, 0, 0), False),
        ({"threshold": 0.049}, (5.0, 95.0, 0, 0), True),
    ],
    ids=str,
)
def test_m_of_n_periods_raise_the_alarm(m, s, rule, counts, raises):
    """The rule's datapoints decide, those that are missing as it says (cloudwatch-m-of-n)."""
    put_alarm(m, **rule)
    bad, good, breached, present = counts
    put_counts(s, bad, good, breached=breached, present=present)
    closed(m, s)
    assert s.world.timers[timer(timers.ALARM_RAISE)] == (140.0 if raises else NEVER)


@pytest.mark.parametrize(("missing", "clears"), [(IGNORE, NEVER), (MISSING, 140.0)])
def test_ignored_missing_data_keep_the_state(m, s, missing, clears):
    """Without data an alarm in ALARM stays so where missing data are ignored."""
    put_alarm(m, missing=missing)
    put_counts(s, 0.0, 0.0, in_alarm=1)
    closed(m, s)
    assert s.world.timers[timer(timers.ALARM_CLEAR)] == clears


@pytest.mark.parametrize(
    ("metric", "threshold", "bad", "good", "breaches", "value"),
    [
        (ANY_5XX, 0.25, 30.0, 70.0, 1, 0.3),
        (ANY_5XX, 0.25, 25.0, 75.0, 0, 0.0),
        (ANY_5XX, 0.5, 1.0, 0.0, 1, 1.0),
        (CPU, 75.0, 4800.0, 60.0, 1, 80.0),
        (P99, 0.5, 2.0, 98.0, 1, 0.02),
    ],
)
def test_datapoint_breaches(m, s, metric, threshold, bad, good, breaches, value):
    """A datapoint above the threshold is remembered as a bit, and its value kept."""
    put_alarm(m, metric=metric, threshold=threshold)
    put_counts(s, bad, good, breached=0b10, present=0b11)
    add_datapoint(m, s, K)
    a = s.world.alarms[K]
    assert (a.breaching_bits[0], a.present_bits[0]) == (0b100 | breaches, 0b111)
    assert a.last_breach == value


@pytest.mark.parametrize(("bad", "good", "present"), [(0.0, 0.0, 0), (0.0, 0.5, 1)])
def test_period_without_requests_has_no_datapoint(m, s, bad, good, present):
    """A period has a datapoint if anything was counted."""
    put_counts(s, bad, good)
    add_datapoint(m, s, K)
    assert s.world.alarms[K].present_bits[0] == present


def test_counts_are_sampled(m, s):
    """Sampled, bad and good requests are Poisson counts, each of its own draw of the period."""
    m.samples_alarms = 1
    put_alarm(m, threshold=0.0)
    put_counts(s, 30.0, 70.0)
    bad = poisson(drawn(s, ALARM_BAD, K, 7), 30.0)
    good = poisson(drawn(s, ALARM_GOOD, K, 7), 70.0)
    add_datapoint(m, s, K)
    assert s.world.alarms[K].last_breach == bad / (bad + good)
    assert (bad, good) != (30.0, 70.0)


def test_cpu_is_not_sampled(m, s):
    """Percent-seconds are no counts."""
    m.samples_alarms = 1
    put_alarm(m, metric=CPU, threshold=75.0)
    put_counts(s, 4800.5, 60.0)
    add_datapoint(m, s, K)
    assert s.world.alarms[K].last_breach == 4800.5 / 60.0


def test_noise_breaches_by_chance(m, s):
    """In a noisy stretch a period breaches if its draw is below the chance, even without data."""
    put_noise(m, (K, 100.0, 200.0, 0.5))
    a = s.world.alarms[K]
    noisy = []
    for number in range(16):
        put_counts(s, 0.0, 0.0, slice_number=number)
        add_datapoint(m, s, K)
        assert a.breaching_bits[0] == a.present_bits[0]
        noisy.append(a.breaching_bits[0])
    assert noisy == [int(drawn(s, ALARM_NOISE, K, number) < 0.5) for number in range(16)]
    assert 0 < sum(noisy) < 16


def test_noise_keeps_the_value(m, s):
    """A datapoint that breaches by noise is kept at its true value."""
    put_noise(m, (K, 100.0, 200.0, 1.0))
    put_counts(s, 0.5, 99.5)
    add_datapoint(m, s, K)
    assert s.world.alarms[K].last_breach == 0.005


def test_latency_is_drawn_for_every_period(m, s):
    """Publishing and evaluation each have a draw of the alarm's period."""
    m.distributions[delays.ALARMS + 3 * K] = between(0.0, 1.0)
    m.distributions[delays.ALARMS + 3 * K + 1] = between(10.0, 20.0)
    publish, evaluation = drawn(s, ALARM_PUBLISH, K, 7), drawn(s, ALARM_EVALUATION, K, 7)
    assert alarm_latency(m, s, K) == publish + (10.0 + 10.0 * evaluation)


def test_unhealthy_targets_are_counted(m, s):
    """By revision: neither targets in state initial nor draining ones; without traffic, too."""
    running(m, s, 6)
    running(m, s, 7).health = UNHEALTHY
    for i in (0, 1):
        s.tasks[i].health = UNHEALTHY
    s.tasks[1].state = DRAINING
    assert unhealthy_targets(s, OF_SERVICE) == (2.0, 1.0)
    assert unhealthy_targets(s, OF_OLD) == (1.0, 1.0)
    assert unhealthy_targets(s, OF_NEW) == (1.0, 1.0)


def test_without_targets_there_is_no_host_count(s):
    """A revision without tasks publishes nothing."""
    assert unhealthy_targets(s, OF_NEW) == (0.0, 0.0)
    assert unhealthy_targets(s, OF_OLD) == (0.0, 1.0)


def test_an_alarm_on_unhealthy_targets_needs_no_traffic():
    """A deaf release on a service that nobody uses: red after a period (alb-host-counts)."""
    alarm = {**PROMPT, "metric": "unhealthy_targets", "threshold": 0}
    listening = {"alarms": [alarm], "defaults": {"alarms": ["5xx"]}}
    grace = {"health_check_grace_period": 300}  # else they are replaced at once
    deaf = faulty("never_listens")
    run = play({"type": "rolling"}, traffic={"rate": 0}, service=grace, **listening, **deaf)
    sick = times(run, "target_unhealthy", "new")[0]
    assert sick < times(run, "alarm_raised")[0] <= sick + 60.0 + 30.0


@pytest.mark.parametrize(("metric", "red"), [("elb_4xx_rate", True), ("any_5xx_rate", False)])
def test_overload_is_a_4xx_where_clients_leave(metric, red):
    """A release 12 times slower: clients leave after 10 s (460), and no 5xx alarm sees it."""
    alarm = {**PROMPT, "metric": metric}
    listening = {"alarms": [alarm], "defaults": {"alarms": ["5xx"]}}
    run = play({"type": "rolling", "bake_time": 900}, **listening, **faulty("slow", factor=12))
    assert run.metrics["failed_overload"] > 1000
    assert bool(times(run, "alarm_raised")) is red


def test_a_4xx_alarm_is_silent_on_target_5xx():
    """A release that answers 500 to all: AWS's recommended pair of alarms never is red."""
    pair = [{**PROMPT, "metric": f"elb_{n}xx_rate", "name": f"elb-{n}"} for n in (4, 5)]
    listening = {"alarms": pair, "defaults": {"alarms": ["elb-4", "elb-5"]}}
    release = faulty("errors", rate=1, seen_by_health_check=False)
    run = play({"type": "rolling", "bake_time": 900}, **listening, **release)
    assert run.metrics["failed_app"] > 1000
    assert not times(run, "alarm_raised")
