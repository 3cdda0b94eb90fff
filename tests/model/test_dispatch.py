"""Dispatch: what each timer of the service triggers, and what follows at the end of an instant."""

import pytest

from simdeploy.draws import FIRST_CHECK, key
from simdeploy.model import delays, sums, timers
from simdeploy.model.constants import BASELINE, DRILL, DRILL_LATE, PENDING, RELEASE
from simdeploy.model.dispatch import (
    affects_tasks,
    apply_conditions,
    begin_run,
    change_environment,
    check_conditions_changed,
    current_refused_share,
    is_stalled,
    next_baseline_point,
    on_service_timer,
    on_tasks_timer,
    route_traffic,
    schedule_first_checks,
    update_check_conditions,
    update_observers,
)
from simdeploy.model.fields.initial import reset_world
from simdeploy.semantics.alarms import ANY_5XX, OF_SERVICE
from simdeploy.semantics.operator import IDLE, IMAGE_GONE, NOTICES, TYPES, WORKS
from simdeploy.semantics.plan import (
    AT_REST,
    BAKE,
    BY_ALARM,
    BY_OPERATOR,
    FLIPPING,
    ORDERED,
    REPLACE_TASKS,
    ROLLING_OUT,
    TEARING_DOWN,
)
from simdeploy.semantics.schema import FULL_TRAFFIC, MISMATCH
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, record
from tests.model.transitions import between, changed_by, drawn


@pytest.fixture
def m():
    """Return the record of a rolling deployment of six tasks for 100 requests per second."""
    return record()


@pytest.fixture
def s(m):
    """Return its state 100 s after the command."""
    s = at_command(m)
    s.world.now = 100.0
    return s


def put(s, **fields):
    """Set fields of the world."""
    for name, value in fields.items():
        setattr(s.world, name, value)


def put_conditions(m, n=3):
    """Describe conditions at 0, 100 and 200 s that differ in everything."""
    m.n_conditions = n
    for k in range(4):
        c = m.conditions[k]
        c.at, c.offered_rate, c.check_failure_chance = 100.0 * k, 10.0 * k, 0.25 * k
        c.dependency_down, c.health_signal_missing = k % 2, (k + 1) % 2


def test_conditions_are_copied(m, s):
    """Rate, chance of failing checks, dependency and health signal are those of the conditions."""
    put_conditions(m)
    s.world.condition = 1
    assert changed_by(s.world, apply_conditions, m, s) == {
        "offered_rate": 10.0,
        "check_failure_chance": 0.25,
        "dependency_down": 1,
    }
    s.world.condition = 2
    assert changed_by(s.world, apply_conditions, m, s) == {
        "offered_rate": 20.0,
        "check_failure_chance": 0.5,
        "dependency_down": 0,
        "health_signal_missing": 1,
    }


@pytest.mark.parametrize(("n", "due"), [(4, {f"timers[{timers.TRAFFIC}]": 300.0}), (3, {})])
def test_conditions_follow_each_other(m, s, n, due):
    """The next conditions hold from now on, until those after them, if there are any."""
    put_conditions(m, n)
    s.world.condition = 1
    assert changed_by(s.world, change_environment, m, s) == due | {
        "condition": 2,
        "offered_rate": 20.0,
        "check_failure_chance": 0.5,
        "health_signal_missing": 1,
    }


def test_baseline_is_followed(s):
    """The next point says what would fail and be slow now; the timer is for the one after."""
    s.points[2].failing_share, s.points[2].slow_share, s.points[3].at = 0.5, 0.25, 130.0
    s.world.baseline_point = 1
    assert changed_by(s.world, next_baseline_point, s) == {
        "baseline_point": 2,
        "baseline_failing_share": 0.5,
        "baseline_slow_share": 0.25,
        f"timers[{timers.BASELINE}]": 130.0,
    }


def starve(m, s):
    """Let two new tasks of 100 connections each find 50 left of 650 beside six old ones."""
    m.releases[1].connections_per_task, m.max_connections = 100, 650
    s.world.connected = [6, 2]


def test_tasks_without_connections(m, s):
    """Of 200 connections 150 are missing: three quarters of the new tasks' requests."""
    starve(m, s)
    assert current_refused_share(m, s) == 0.75
    s.world.connected = [6, 0]
    assert current_refused_share(m, s) == 0.0


@pytest.mark.parametrize(
    ("backlog", "rate", "stalled"),
    [(299.0, 70.0, False), (300.0, 60.0, False), (300.0, 61.0, True), (301.0, 0.0, True)],
)
def test_checks_stall_in_a_long_backlog(m, s, backlog, rate, stalled):
    """60 requests per second clear 300 within the time-out of 5 s, if no more arrive."""
    m.request_seconds[0] = 0.0
    s.cohorts[0].backlog, s.world.rate_per_weight[0] = backlog, rate
    assert is_stalled(m, s, 2) is stalled


@pytest.mark.parametrize(("field", "value"), [("cohort", -1), ("is_answering", 0)])
def test_checks_of_targets_without_a_queue_do_not_stall(m, s, field, value):
    """A target that is not eligible, or does not answer, has no queue to wait in."""
    s.cohorts[0].backlog = 1000.0
    setattr(s.tasks[2], field, value)
    assert is_stalled(m, s, 2) is False


def test_nothing_has_changed_for_checks(m, s):
    """As long as nothing changes, checks go on as before."""
    m.queued_checks = m.checks_wait_for_shift = 1
    assert check_conditions_changed(m, s) is False
    assert changed_by(s.world, update_check_conditions, m, s) == {}


def test_connections_change_checks(m, s):
    """A different share of refused requests changes the outcome of checks."""
    starve(m, s)
    assert check_conditions_changed(m, s) is True
    assert changed_by(s.world, update_check_conditions, m, s) == {"refused_share": 0.75}
    assert check_conditions_changed(m, s) is False


def test_stalled_tasks_change_checks(m, s):
    """A task whose checks begin to time out, or no longer do, changes their outcome."""
    s.cohorts[0].backlog = 1000.0
    s.tasks[0].cohort = s.tasks[5].cohort = -1
    assert check_conditions_changed(m, s) is False
    update_check_conditions(m, s)
    assert [s.tasks[i].checks_stalled for i in range(6)] == [0] * 6
    m.queued_checks = 1
    assert check_conditions_changed(m, s) is True
    update_check_conditions(m, s)
    assert [s.tasks[i].checks_stalled for i in range(6)] == [0, 1, 1, 1, 1, 0]
    assert check_conditions_changed(m, s) is False
    s.tasks[5].checks_stalled = 1
    assert check_conditions_changed(m, s) is True
    update_check_conditions(m, s)
    assert s.tasks[5].checks_stalled == 0


def shift(m, s):
    """Shift 1 % of traffic to a target group that was not checked before."""
    m.checks_wait_for_shift, s.world.new_weight = 1, 1.0
    s.tasks[1].revision = s.tasks[2].revision = NEW
    s.tasks[2].state = PENDING
    for i in range(6):
        s.tasks[i].check_at = 777.0


def test_first_traffic_starts_the_checks_of_the_new_group(m, s):
    """Running new tasks get a first check as soon as a listener uses their group."""
    shift(m, s)
    m.distributions[delays.FIRST_CHECK] = between(0.0, 1.0)
    assert check_conditions_changed(m, s) is True
    assert changed_by(s.world, update_check_conditions, m, s) == {"new_group_checked": 1}
    first = 100.0 + drawn(s, FIRST_CHECK, s.tasks[1].draw_entity, 0)
    assert [s.tasks[i].check_at for i in range(6)] == [777.0, first, 777.0, 777.0, 777.0, 777.0]
    assert check_conditions_changed(m, s) is False


@pytest.mark.parametrize(("waits", "checked", "weight"), [(0, 0, 1.0), (1, 1, 1.0), (1, 0, 0.0)])
def test_checks_of_the_new_group_start_once(m, s, waits, checked, weight):
    """Nothing starts where checks never waited, run already, or no traffic is shifted."""
    shift(m, s)
    m.checks_wait_for_shift = waits
    put(s, new_group_checked=checked, new_weight=weight)
    assert check_conditions_changed(m, s) is False
    assert changed_by(s.world, update_check_conditions, m, s) == {}
    assert s.tasks[1].check_at == 777.0


def test_first_checks_are_drawn_per_task(m, s):
    """Each new task draws its own first check."""
    shift(m, s)
    s.tasks[2].state = s.tasks[1].state
    m.distributions[delays.FIRST_CHECK] = between(0.0, 1.0)
    schedule_first_checks(m, s)
    assert s.tasks[1].check_at != s.tasks[2].check_at


def test_traffic_is_routed_after_changes(m, s):
    """With no healthy target left in either group, each opens to its unhealthy ones."""
    m.n_groups = 2
    put(s, healthy_targets=[0, 0], new_weight=50.0, offered_rate=80.0)
    route_traffic(m, s)
    assert s.world.fails_open == [1, 1]
    assert (s.world.rate_to_old, s.world.rates[sums.NO_TARGET]) == (40.0, 40.0)
    m.n_groups = 1
    put(s, fails_open=[0, 0])
    route_traffic(m, s)
    assert s.world.fails_open == [1, 0]


@pytest.mark.parametrize(("variant", "at"), [(RELEASE, 100.0), (BASELINE, NEVER)])
def test_full_traffic_is_noted_except_in_the_baseline(m, s, variant, at):
    """With all targets new, all traffic is on the new revision."""
    s.cohorts[0].revision = NEW
    s.world.variant = variant
    route_traffic(m, s)
    assert s.world.full_traffic_at == at
    assert s.world.new_code_rate == 100.0


def test_full_traffic_routes_once_more(m, s):
    """What full traffic changes, such as the schema, changes the rates of this instant."""
    s.cohorts[0].revision = NEW
    m.n_groups = 1
    f = m.releases[1]
    s.world.schema_change, f.schema_applied = MISMATCH, FULL_TRAFFIC
    route_traffic(m, s)
    assert (s.world.schema_applied, s.world.has_new_rows) == (1, 1)


@pytest.fixture
def observed(m, s):
    """Return a state in which every observer has something to update."""
    m.has_operator, m.noticed_share, m.n_alarms = 1, 0.05, 1
    rule = m.alarms[0]
    rule.metric, rule.scope, rule.threshold = ANY_5XX, OF_SERVICE, 0.01
    rule.slice_seconds, rule.n_slices = 60.0, 1
    rule.datapoints = rule.of = 1
    f = m.releases[1]
    f.n_silent, f.silent_rows[0] = 1, 40
    m.distributions[40] = between(5.0, 5.0)
    s.cohorts[0].backlog = 60.0
    put(s, failing_share=0.5, new_code_rate=1.0, websockets_waiting=6.0)
    s.world.target_error_rate[OLD] = 50.0
    return s


def test_observers_of_a_release(m, observed):
    """WebSockets, crossing, measures, alarms, silent faults, operator and drill are updated."""
    w = observed.world
    update_observers(m, observed)
    assert w.websockets_waiting == 0.0
    assert observed.tasks[0].websockets == pytest.approx(1.0, rel=1e-12)
    # 60 wait; behind 60 x (1 - 8/60) = 52 an answer takes longer than the SLO of 1 s
    assert w.crossing_at == pytest.approx(100.0 + 8.0 / (60.0 - 100.0 / 6.0))
    assert (w.onset_at, w.is_harming) == (100.0, 1)
    assert (w.alarms[0].activity, w.alarms[0].bad_rate) == (2, 50.0)
    assert w.timers[timers.SILENT] == 105.0
    assert w.operator == NOTICES
    assert w.n_points == 0
    assert w.timers[timers.DRILL] == NEVER


def test_observers_of_the_baseline(m, observed):
    """Without a deployment a point of the baseline is recorded, and nothing else."""
    w = observed.world
    w.variant = BASELINE
    update_observers(m, observed)
    assert (w.n_points, observed.points[0].failing_share) == (1, 0.5)
    assert (w.onset_at, w.websockets_waiting) == (100.0, 0.0)
    assert (w.alarms[0].activity, w.alarms[0].bad_rate) == (0, 0.0)
    assert (w.timers[timers.SILENT], w.operator) == (NEVER, IDLE)


def test_late_drill_is_observed(m, observed):
    """At rest the late drill's rollback is due."""
    put(observed, variant=DRILL_LATE, phase=AT_REST)
    update_observers(m, observed)
    assert observed.world.timers[timers.DRILL] == 100.0


def test_timer_of_the_baseline(m, s):
    """The timer moves on to the next point."""
    on_service_timer(m, s, timers.BASELINE)
    assert s.world.baseline_point == 1


def test_timer_of_the_repair(m, s):
    """The schema damage is repaired."""
    assert changed_by(s.world, on_service_timer, m, s, timers.REPAIR) == {"schema_repaired": 1}


def test_timer_of_the_weight(m, s):
    """The ordered weight takes effect."""
    s.world.ordered_weight = 30.0
    assert changed_by(s.world, on_service_timer, m, s, timers.WEIGHT) == {"new_weight": 30.0}
    s.world.phase = FLIPPING
    on_service_timer(m, s, timers.WEIGHT)
    assert s.world.phase == TEARING_DOWN


def test_timer_of_the_controller(m, s):
    """The controller rolls back; here there is no traffic to shift."""
    s.world.phase = ORDERED
    on_service_timer(m, s, timers.CONTROLLER)
    assert s.world.phase == TEARING_DOWN


def test_timer_of_the_step(m, s):
    """A bake is over."""
    m.plan[0].op = BAKE
    assert changed_by(s.world, on_service_timer, m, s, timers.STEP) == {"step_timer_over": 1}


def test_timer_of_the_operator(m, s):
    """The operator's command is typed."""
    s.world.operator = TYPES
    on_service_timer(m, s, timers.OPERATOR)
    assert (s.world.commands_given, s.world.rollback_reason) == (1, BY_OPERATOR)


def test_timer_of_patience(m, s):
    """The operator begins to notice that the deployment hangs."""
    on_service_timer(m, s, timers.PATIENCE)
    assert (s.world.is_impatient, s.world.operator) == (1, NOTICES)


def test_timer_of_a_silent_fault(m, s):
    """Somebody has noticed a silent fault."""
    assert changed_by(s.world, on_service_timer, m, s, timers.SILENT) == {"silent_noticed": 1}


def test_timer_of_the_drill(m, s):
    """The drill rolls back as an operator would."""
    on_service_timer(m, s, timers.DRILL)
    assert s.world.rollback_reason == BY_OPERATOR


def test_tick_of_the_scheduler(m, s):
    """A tick only brings a look about."""
    assert changed_by(s.world, on_service_timer, m, s, timers.TICK) == {}


@pytest.mark.parametrize("k", [0, 2])
def test_timers_of_an_alarm(m, s, k):
    """Each alarm has four timers: period, raise, clear, poll."""
    m.n_alarms = 3
    m.alarms[k].slice_seconds, m.alarms[k].n_slices, m.alarms[k].of = 60.0, 1, 1
    a = s.world.alarms[k]
    on_service_timer(m, s, timers.ALARMS + 4 * k + timers.ALARM_PERIOD)
    assert (a.slice_number, a.slice_start) == (1, 100.0)
    assert changed_by(
        s.world, on_service_timer, m, s, timers.ALARMS + 4 * k + timers.ALARM_RAISE
    ) == {f"alarms[{k}].in_alarm": 1}
    assert changed_by(
        s.world, on_service_timer, m, s, timers.ALARMS + 4 * k + timers.ALARM_CLEAR
    ) == {f"alarms[{k}].in_alarm": 0}
    on_service_timer(m, s, timers.ALARMS + 4 * k + timers.ALARM_POLL)
    assert s.world.rollback_reason == BY_ALARM


def test_timers_that_affect_every_task():
    """Traffic, flag and four error ramps change the outcome of checks."""
    affecting = {i for i in range(timers.COUNT) if affects_tasks(i)}
    assert affecting == {timers.TRAFFIC, timers.FLAG, *range(timers.STAIRS, timers.STAIRS + 4)}


def test_timer_of_traffic(m, s):
    """The next conditions begin."""
    put_conditions(m)
    on_tasks_timer(m, s, timers.TRAFFIC)
    assert (s.world.condition, s.world.offered_rate) == (1, 10.0)


def test_timer_of_the_flag(m, s):
    """The ordered flag level takes effect."""
    s.world.ordered_flag_level = 2
    assert changed_by(s.world, on_tasks_timer, m, s, timers.FLAG) == {"flag_level": 2}


@pytest.mark.parametrize(("since", "revision"), [(1, OLD), (1, NEW), (2, OLD), (2, NEW)])
def test_timers_of_error_ramps(m, s, since, revision):
    """Two origins and two revisions have a timer each; the next step of the ramp is timed."""
    f = m.releases[s.world.generation[revision]]
    f.n_error_steps[since] = 2
    f.error_steps[since][0].at, f.error_steps[since][1].at = 10.0, 40.0
    i = timers.STAIRS + 2 * (since - 1) + revision
    assert changed_by(s.world, on_tasks_timer, m, s, i) == {
        f"error_step[{revision}][{since - 1}]": 1,
        f"timers[{i}]": 130.0,
    }


def begun(m, s, variant):
    """Return a state as a run of this variant begins."""
    reset_world(s.world)
    s.points[0].failing_share, s.points[0].slow_share, s.points[1].at = 0.5, 0.25, 70.0
    begin_run(m, s, 5, 9, variant)
    return s.world


@pytest.mark.parametrize("variant", [RELEASE, DRILL])
def test_run_begins(m, s, variant):
    """The first release is deployed in the first conditions, from the baseline's first point on."""
    m.launch_burst, m.capacity[0] = 40, 50.0
    w = begun(m, s, variant)
    assert (w.key0, w.key1) == key(5, 9)
    assert (w.variant, w.generation, w.phase, w.target) == (variant, [0, 1], ROLLING_OUT, NEW)
    assert (w.offered_rate, w.capacity_at_command, w.launch_tokens) == (100.0, 300.0, 40)
    assert (w.cap, w.wanted_other) == (12, 6)
    assert (w.baseline_failing_share, w.baseline_slow_share) == (0.5, 0.25)
    assert (w.failing_before, w.slow_before) == (0.5, 0.25)
    assert w.timers[timers.BASELINE] == 70.0
    assert w.timers[timers.TRAFFIC] == w.timers[timers.CRASH] == NEVER


def test_dependency_that_goes_down_at_the_command_was_up_before(m, s):
    """What it fails from the command on is no level from before it."""
    m.conditions[0].dependency_down, m.base_error_rate = 1, 0.03
    assert begun(m, s, RELEASE).failing_before == 0.03


def test_baseline_begins_at_rest(m, s):
    """Without a deployment the service just runs: no plan, no breaker, no baseline of its own."""
    m.breaker_enabled = 1
    put(s, breaker_enabled=1)
    w = begun(m, s, BASELINE)
    assert (w.phase, w.target, w.wanted_target, w.wanted_other) == (AT_REST, OLD, 6, 0)
    assert (w.breaker_enabled, w.shifts_traffic, w.generation) == (0, 0, [0, 0])
    assert (w.cap, w.baseline_failing_share, w.timers[timers.BASELINE]) == (12, 0.0, NEVER)


@pytest.mark.parametrize(
    ("first", "variant", "back"),
    [(IMAGE_GONE, RELEASE, NEVER), (IMAGE_GONE, BASELINE, 0.0), (WORKS, RELEASE, 0.0)],
)
def test_old_image_may_be_gone(m, s, first, variant, back):
    """Where a rollback finds no image, it is gone from the start, but not in the baseline."""
    m.first_command = first
    assert begun(m, s, variant).old_image_back_at == back


@pytest.mark.parametrize("n", [1, 2])
def test_environment_timers_begin(m, s, n):
    """The second conditions and the first crash are timed, if there are any."""
    put_conditions(m, n)
    m.n_task_crashes = n - 1
    m.task_crashes[0].at = 300.0
    w = begun(m, s, RELEASE)
    assert (w.timers[timers.TRAFFIC], w.timers[timers.CRASH]) == (
        (100.0, 300.0) if n > 1 else (NEVER, NEVER)
    )


def test_alarms_begin(m, s):
    """Every alarm's first period ends within a period after the command."""
    m.n_alarms = 1
    m.alarms[0].slice_seconds, m.alarms[0].n_slices = 60.0, 1
    assert -60.0 < begun(m, s, RELEASE).alarms[0].slice_start < 0.0


def test_usual_cap_begins(m, s):
    """A service rolls 100 % to 150 %: nine tasks at most."""
    m.plan[0].op, m.plan[0].b = REPLACE_TASKS, 150.0
    assert begun(m, s, RELEASE).cap == 9
