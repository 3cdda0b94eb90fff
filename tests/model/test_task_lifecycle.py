"""The life of a task: every transition from its launch to its removal."""

from math import exp

import pytest

from simdeploy.draws import (
    BOOT,
    BOOT_CRASH,
    CONTAINER_START,
    CRASH,
    DEREGISTRATION,
    FIRST_CHECK,
    NEVER_LISTENS,
    PROVISIONING,
    PULL,
    SHUTDOWN,
    WORK,
    uniform,
)
from simdeploy.model import delays, sums
from simdeploy.model.cohorts import end_boot
from simdeploy.model.constants import DEAD, DRAINING, EXITED, GONE, PENDING, RUNNING, STOPPING
from simdeploy.model.health_checks import become_healthy, become_unhealthy
from simdeploy.model.shutdown import is_end_foreseen
from simdeploy.model.task_end import (
    continue_stop,
    count_failed_task,
    delist_task,
    end_cpu_boost,
    end_drain,
    end_late_requests,
    end_process,
    exit_without_drain,
    fail_start,
    foresee_sigterm,
    forget_dead,
    next_of_stop,
    order_stop,
    remove_task,
    stop_billing,
    terminate,
)
from simdeploy.model.task_lifecycle import (
    become_running,
    become_warm,
    boots_unseen,
    down_window,
    launch,
    listen,
    note_new_task_running,
    pull_duration,
    raise_task_errors,
    register,
    start_warming,
)
from simdeploy.semantics.alarms import CPU, ELB_5XX, OF_OLD, TARGET_5XX, UNHEALTHY_TARGETS
from simdeploy.semantics.drain import AT_ORDER, WITHOUT_DEREGISTRATION
from simdeploy.semantics.plan import ORDERED
from simdeploy.semantics.schema import DESTRUCTIVE, FIRST_NEW_TASK, FULL_TRAFFIC
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, NEW, OLD, UNHEALTHY
from tests.model.states import KINDS, at_command, effect, launched, record, running, uniform_row

BOOT_CRASH_KIND, CRASHES = KINDS["boot_crash"], KINDS["crash"]

#: Attempt 0 of release 1, whose task is in slot 6 in these tests.
ENTITY = 2**24


@pytest.fixture
def m():
    """A scenario record: 15 s provisioning, 27 s pull, 3 s start, no boot, 20 s to a check."""
    return record()


@pytest.fixture
def s(m):
    """The state at the command, 100 s later: tasks 0 to 5 are old and healthy."""
    s = at_command(m)
    s.world.now = 100.0
    return s


def erring(m, s, i=0, revision=OLD):
    """Let task ``i``, which is eligible, have errors of 7 parts, as its cohort has."""
    m.releases[revision].error_steps[0][0].parts = 7
    s.tasks[i].error_step, s.cohorts[s.tasks[i].cohort].error_parts = 1, 7


def watched(m, scope):
    """Let an alarm watch the balancer's errors for one revision."""
    m.n_alarms, m.alarms[0].metric, m.alarms[0].scope = 1, ELB_5XX, scope


def drawn(s, purpose, ordinal=0, entity=ENTITY):
    """Return the uniform number of a draw."""
    return uniform(s.world.key0, s.world.key1, purpose, entity, ordinal)


def windows(m, *rows):
    """Set the registry's windows: (start, end, factor, fails_after), or -1 if it does not fail.

    Window k draws its failures from row 60 + k.
    """
    m.n_registry_windows = len(rows)
    for k, (start, end, factor, fails_after) in enumerate(rows):
        x = m.registry_windows[k]
        x.start, x.end, x.factor = start, end, factor
        x.fails_row = 60 + k if fails_after >= 0 else -1
        m.distributions[60 + k] = [0.0, fails_after, 0.0, 0.0]


def test_a_registry_without_windows_answers(m):
    """Pulls neither fail nor take longer."""
    assert (down_window(m, 10.0), pull_duration(m, 10.0, 27.0)) == (-1, 27.0)


def test_a_pull_meets_the_first_window_that_it_begins_in(m):
    """A window has a first instant and none that is its last; -1 outside."""
    windows(m, (0.0, 30.0, 2.0, -1.0), (20.0, 90.0, 3.0, 40.0), (60.0, 99.0, 0.0, 50.0))
    at = (10.0, 20.0, 60.0, 89.0, 90.0, 99.0)
    assert [down_window(m, x) for x in at] == [-1, 1, 1, 1, 2, -1]


def test_slow_windows_multiply(m):
    """2 * 3 times as long where both hold; 1 s of pull at 25 s: 5 s worth 5/6, 1/6 * 3 more."""
    windows(m, (0.0, 30.0, 2.0, -1.0), (20.0, 90.0, 3.0, -1.0))
    took = [pull_duration(m, x, 1.0) for x in (10.0, 20.0, 25.0, 30.0, 90.0)]
    assert took == pytest.approx([2.0, 6.0, 5.5, 3.0, 1.0])


@pytest.mark.parametrize(
    ("at", "took"),
    [(0.0, 8.0), (96.0, 64.0 + 8.0 - 4.0 - 3.0), (155.0, 5.0 + 7.75), (160.0, 8.0)],
    ids=["before", "across", "out-of", "after"],
)
def test_a_pull_is_slow_while_the_registry_is(m, at, took):
    """8 s at a twentieth of the speed from 100 to 160 s, which are worth 3 s; 5 s of it, 0.25 s."""
    windows(m, (100.0, 160.0, 20.0, -1.0))
    assert pull_duration(m, at, 8.0) == pytest.approx(took)


def test_a_failed_task_is_counted(m, s):
    """In the breaker and as harm where it belongs to the release that is rolled out."""
    assert effect(s, count_failed_task, m, s, NEW, True) == {
        "failed_tasks": 1,
        "onset_at": 100.0,
        "breaker_failures": 1,
    }
    s.world.now = 200.0
    assert effect(s, count_failed_task, m, s, NEW, False) == {"failed_tasks": 2}


def test_a_failed_old_task_is_no_harm_of_the_release(m, s):
    """It is counted, and that is all."""
    assert effect(s, count_failed_task, m, s, OLD, True) == {"failed_tasks": 1}


@pytest.mark.parametrize(("target", "phase"), [(OLD, 0), (NEW, ORDERED)])
def test_the_breaker_counts_in_the_roll_out(m, s, target, phase):
    """Not in a rollback, nor while it begins."""
    s.world.target, s.world.phase = target, phase
    expected = {"failed_tasks": 1, "onset_at": 100.0}
    assert effect(s, count_failed_task, m, s, NEW, True) == expected


def test_the_third_failure_trips_the_breaker(m, s):
    """The threshold is 3 for 6 tasks (ecs-breaker-threshold)."""
    s.world.breaker_enabled, s.world.breaker_failures, m.breaker_trips_at_once = 1, 2, 1
    assert effect(s, count_failed_task, m, s, NEW, True)["breaker_tripped"] == 1


def test_a_new_task_runs(m, s):
    """The breaker's stage 2 begins (ecs-breaker-stages)."""
    expected = {"new_has_run": 1, "breaker_stage": 2}
    assert effect(s, note_new_task_running, m, s) == expected


@pytest.mark.parametrize(("when", "is_applied"), [(FIRST_NEW_TASK, 1), (FULL_TRAFFIC, 0)])
def test_the_first_new_task_may_change_the_schema(m, s, when, is_applied):
    """Where the release says so."""
    s.world.schema_change = DESTRUCTIVE
    m.releases[1].schema_applied = when
    note_new_task_running(m, s)
    assert s.world.schema_applied == is_applied


def test_a_launch(m, s):
    """Stages are drawn: pull from 115 to 142, RUNNING at 145."""
    m.distributions[delays.BOOT][1], s.world.starting[NEW] = 4.0, 2
    after = effect(s, launch, m, s, 6, NEW)
    assert {path: v for path, v in after.items() if not path.startswith("t6")} == {
        "attempts[1]": 1,
        "alive[1]": 1,
        "starting[1]": 3,
        "next_serial": 7,
        "last_task": 6,
        "t5.next_task": 6,
    }
    t = s.tasks[6]
    assert (t.state, t.ramp, t.fails_to_start, t.start_fails_at) == (PENDING, 1, 0, NEVER)
    assert (t.launched_at, t.provisioning_seconds, t.pull_at) == (100.0, 15.0, 115.0)
    assert (t.pull_seconds, t.container_start_seconds, t.boot_seconds) == (27.0, 3.0, 4.0)


def test_every_stage_has_a_draw_of_its_own(m, s):
    """By its purpose, for the task's release and attempt."""
    for row in (delays.PROVISIONING, delays.PULL, delays.CONTAINER_START, delays.BOOT):
        uniform_row(m, row)
    launched(m, s, 7)
    t = launched(m, s)
    entity = 2**24 + 1
    assert t.provisioning_seconds == drawn(s, PROVISIONING, 0, entity)
    assert t.pull_seconds == drawn(s, PULL, 0, entity)
    assert t.container_start_seconds == drawn(s, CONTAINER_START, 0, entity)
    assert t.boot_seconds == drawn(s, BOOT, 0, entity)


def test_a_launch_under_slow_start_has_a_full_share(m, s):
    """Ten tenths, until it becomes healthy beside others."""
    m.slow_start = 30.0
    assert launched(m, s).ramp == 10


def test_a_slow_registry_stretches_the_pull(m, s):
    """27 s at a third of the speed, and no longer than the registry is slow."""
    windows(m, (115.0, 999.0, 3.0, -1.0))
    t = launched(m, s)
    assert (t.pull_seconds, t.fails_to_start) == (81.0, 0)
    windows(m, (115.0, 145.0, 3.0, -1.0))
    # 30 s are worth 10 s of the pull
    assert launched(m, s, 7).pull_seconds == pytest.approx(30.0 + 17.0)


def test_a_dead_registry_fails_the_start(m, s):
    """So long after its order, provisioning included, be it before the pull (ecr-pull-retries)."""
    windows(m, (115.0, 140.0, 0.0, 40.0))
    t = launched(m, s)
    assert (t.start_fails_at, t.fails_to_start, t.pull_at) == (140.0, 1, 115.0)
    windows(m, (115.0, 116.0, 0.0, 0.0))
    t = launched(m, s, 7)
    assert (t.start_fails_at, t.fails_to_start, t.pull_at) == (100.0, 1, 100.0)


def test_a_registry_that_is_back_in_time_fails_no_start(m, s):
    """An attempt of 278 s from 100 on outlasts an outage until 377: 262 s of retries, 27 s of pull.

    (ecr-pull-retries)
    """
    windows(m, (0.0, 377.0, 0.0, 278.0))
    t = launched(m, s)
    assert (t.start_fails_at, t.fails_to_start, t.pull_at) == (NEVER, 0, 115.0)
    assert t.pull_seconds == (377.0 - 115.0) + 27.0
    windows(m, (0.0, 378.0, 0.0, 278.0))
    assert launched(m, s, 7).start_fails_at == 378.0


def test_a_second_outage_may_outlast_the_attempt(m, s):
    """Back at 120 s and gone again, the registry answers too late or in time at last."""
    windows(m, (0.0, 120.0, 0.0, 278.0), (120.0, 500.0, 0.0, 278.0))
    assert launched(m, s).start_fails_at == 378.0
    windows(m, (0.0, 120.0, 0.0, 278.0), (120.0, 200.0, 0.0, 278.0))
    assert launched(m, s, 7).pull_seconds == (200.0 - 115.0) + 27.0


def test_an_old_image_may_be_gone(m, s):
    """Its pull is given up after 60 s of retries (ecr-pull-retries); new images are there."""
    s.world.old_image_back_at = 175.0
    t = launched(m, s, 6, OLD)
    assert (t.start_fails_at, t.fails_to_start) == (175.0, 1)
    assert launched(m, s, 7, NEW).fails_to_start == 0
    s.world.old_image_back_at = 115.0
    assert launched(m, s, 8, OLD).fails_to_start == 0


def test_an_old_image_may_be_back_in_time(m, s):
    """It is pushed again while its pull is tried: 59 s of retries, then 27 s of pull."""
    s.world.old_image_back_at = 174.0
    t = launched(m, s, 6, OLD)
    assert (t.fails_to_start, t.pull_seconds) == (0, (174.0 - 115.0) + 27.0)


def test_a_registration(m, s):
    """The target is new and unproven, its first check comes 20 s later."""
    launch(m, s, 6, NEW)
    s.world.failed_starts, s.world.running_unproven[NEW] = 3, 2
    s.tasks[6].boot_seconds = 4.0
    assert effect(s, become_running, m, s, 6, s.world.now) == {
        "running_unproven[1]": 3,
        "connected[1]": 1,
        "failed_starts": 0,
        "new_has_run": 1,
        "breaker_stage": 2,
        "t6.state": RUNNING,
        "t6.running_at": 100.0,
        "t6.boot_ends_at": 104.0,
        "t6.is_registered": 1,
        "t6.check_at": 120.0,
        "t6.shutdown_seconds": 5.0,
    }


def test_an_old_task_registers(m, s):
    """It is no task of the release: neither breaker nor back-off of the target change."""
    launch(m, s, 6, OLD)
    s.world.failed_starts = 3
    assert effect(s, become_running, m, s, 6, s.world.now) == {
        "running_unproven[0]": 1,
        "connected[0]": 7,
        "t6.state": RUNNING,
        "t6.running_at": 100.0,
        "t6.boot_ends_at": 100.0,
        "t6.is_registered": 1,
        "t6.check_at": 120.0,
        "t6.shutdown_seconds": 5.0,
    }
    s.world.target = OLD
    launch(m, s, 7, OLD)
    assert effect(s, become_running, m, s, 7, s.world.now)["failed_starts"] == 0


def test_first_check_and_shutdown_have_draws_of_their_own(m, s):
    """By purpose, for the task's release and attempt."""
    uniform_row(m, delays.FIRST_CHECK)
    uniform_row(m, delays.SHUTDOWN)
    t = running(m, s)
    assert t.check_at == 100.0 + drawn(s, FIRST_CHECK)
    assert t.shutdown_seconds == drawn(s, SHUTDOWN)


@pytest.mark.parametrize(
    ("revision", "waits", "in_use", "at"),
    [(NEW, 1, 0, NEVER), (OLD, 1, 0, 120.0), (NEW, 1, 1, 120.0), (NEW, 0, 0, 120.0)],
)
def test_a_target_of_an_unused_group_is_not_checked(m, s, revision, waits, in_use, at):
    """Only the new one, only where checks wait for the shift, only until it is in use."""
    m.checks_wait_for_shift, s.world.new_group_checked = waits, in_use
    assert running(m, s, 6, revision).check_at == at


def test_starting_takes_extra_cpu(m, s):
    """For so long from RUNNING, where the service has a boost."""
    assert running(m, s).boost_ends_at == NEVER
    m.boost_seconds = 30.0
    assert running(m, s, 7).boost_ends_at == 130.0
    m.boost_seconds = 0.5
    assert running(m, s, 8).boost_ends_at == 100.5
    assert effect(s, end_cpu_boost, s, 8) == {"t8.boost_ends_at": NEVER}


@pytest.mark.parametrize(("group", "cohort"), [(0, -1), (1, 1)])
def test_a_new_target_is_eligible_while_its_group_fails_open(m, s, group, cohort):
    """Where fail-open includes targets in state initial."""
    m.n_groups, m.fail_open_includes_initial = 2, 1
    s.world.fails_open[group] = 1
    assert running(m, s).cohort == cohort
    m.fail_open_includes_initial = 0
    assert running(m, s, 7).cohort == -1


def crashing(m, *faults):
    """Give release 1 faults that make tasks exit: (probability, seconds or None, kind)."""
    m.releases[1].n_crash_faults = len(faults)
    for k, (probability, after, kind) in enumerate(faults):
        x, row = m.releases[1].crash_faults[k], 40 + k
        x.probability, x.after_row, x.kind = probability, row, kind
        if after is None:
            uniform_row(m, row)
        else:
            m.distributions[row] = [0.0, after, 0.0, 0.0]


def test_a_task_crashes_by_the_first_fault_that_strikes_it(m, s):
    """The earliest one holds; one that strikes later, or not at all, does not matter."""
    crashing(m, (1.0, 30.0, CRASHES), (1.0, 9.0, BOOT_CRASH_KIND), (1.0, 9.0, CRASHES))
    t = running(m, s)
    assert (t.crash_at, t.crash_kind) == (109.0, BOOT_CRASH_KIND)
    crashing(m, (0.0, 1.0, CRASHES))
    assert running(m, s, 7).crash_at == NEVER


def test_each_fault_draws_for_itself_whether_it_strikes(m, s):
    """By its ordinal: a task is spared at exactly its own uniform number."""
    for k in (0, 1):
        faults = [(0.0, 1.0, CRASHES)] * k
        s.world.attempts[NEW] = 0
        crashing(m, *faults, (drawn(s, BOOT_CRASH, k), 5.0, CRASHES))
        assert running(m, s, 6 + k).crash_at == NEVER
        s.world.attempts[NEW] = 0
        crashing(m, *faults, (drawn(s, BOOT_CRASH, k) + 1e-9, 5.0, CRASHES))
        assert running(m, s, 8 + k).crash_at == 105.0


@pytest.mark.parametrize("k", [0, 1])
def test_each_fault_draws_its_own_time(m, s, k):
    """From the row that it names, by its ordinal."""
    crashing(m, *[(0.0, 1.0, CRASHES)] * k, (1.0, None, CRASHES))
    assert running(m, s).crash_at == 100.0 + drawn(s, CRASH, k)


def test_a_task_may_never_listen(m, s):
    """By a draw of its own: not at exactly its uniform number."""
    m.releases[1].never_listens_chance = drawn(s, NEVER_LISTENS)
    assert running(m, s).never_listens == 0
    s.world.attempts[NEW] = 0
    m.releases[1].never_listens_chance += 1e-9
    assert running(m, s, 7).never_listens == 1


def test_a_task_may_start_cold(m, s):
    """Its time runs only when traffic reaches it."""
    assert running(m, s).is_cold == 0
    m.releases[1].cold_seconds, s.world.cold_tasks = 0.5, 2
    t = running(m, s, 7)
    assert (t.is_cold, t.warm_at, s.world.cold_tasks) == (1, NEVER, 3)


def test_faults_are_those_of_the_release(m, s):
    """The revision that served at the command has none, even if its record had some."""
    m.releases[0].never_listens_chance = 1.0
    assert running(m, s, 6, OLD).never_listens == 0
    s.world.generation[OLD], m.releases[1].never_listens_chance = 1, 1.0
    assert running(m, s, 7, OLD).never_listens == 1


def ramp(m, *steps):
    """Give release 1 errors of each task: (seconds from RUNNING, parts)."""
    m.releases[1].n_error_steps[0] = len(steps)
    for k, (at, parts) in enumerate(steps):
        x = m.releases[1].error_steps[0][k]
        x.at, x.parts = at, parts


def test_an_error_ramp_is_due_after_running(m, s):
    """Its first step so many seconds later."""
    assert running(m, s).error_step_at == NEVER
    ramp(m, (7.0, 10))
    t = running(m, s, 7)
    assert (t.error_step, t.error_step_at) == (0, 107.0)


def test_errors_may_begin_at_once(m, s):
    """A first step without delay is reached at RUNNING."""
    ramp(m, (0.0, 10), (8.0, 30))
    t = running(m, s)
    assert (t.error_step, t.error_step_at) == (1, 108.0)


def test_errors_rise_step_by_step(m, s):
    """Times count from RUNNING, not from now; after the last step none is due."""
    ramp(m, (7.0, 10), (8.0, 30), (9.5, 40))
    running(m, s)
    s.world.now = 150.0
    become_healthy(m, s, 6)
    expected = {"t6.error_step": 1, "t6.error_step_at": 108.0, "c1.error_parts": 10}
    assert effect(s, raise_task_errors, m, s, 6) == expected
    expected = {"t6.error_step": 2, "t6.error_step_at": 109.5, "c1.error_parts": 30}
    assert effect(s, raise_task_errors, m, s, 6) == expected
    expected = {"t6.error_step": 3, "t6.error_step_at": NEVER, "c1.error_parts": 40}
    assert effect(s, raise_task_errors, m, s, 6) == expected


def test_a_boot_ends(m, s):
    """Without eligibility, only the task answers."""
    running(m, s)
    assert effect(s, listen, m, s, 6) == {"t6.is_answering": 1}


def test_a_boot_ends_at_an_eligible_target(m, s):
    """It moves to a cohort that answers, as if it had just become eligible."""
    running(m, s).boot_ends_at = 120.0
    become_healthy(m, s, 6)
    s.world.now = 120.0
    expected = {"t6.is_answering": 1, "t6.joined_at": 120.0, "c1.is_answering": 1}
    assert effect(s, listen, m, s, 6) == expected
    s.tasks[0].is_answering = 0
    erring(m, s)
    assert effect(s, listen, m, s, 0) == {"t0.is_answering": 1, "t0.joined_at": 120.0}


@pytest.fixture
def cold(m, s):
    """Task 6, cold, answering and eligible; 2 requests/s reach each full share."""
    m.releases[1].cold_seconds = 60.0
    t = running(m, s)
    t.is_answering = 1
    become_healthy(m, s, 6)
    s.world.rate_per_weight[:] = [2.0, 0.0]
    return t


def test_a_cold_task_starts_to_warm_up(m, s, cold):
    """Traffic reaches it: it is warm a minute later; that happens once."""
    assert start_warming(m, s, 6)
    assert cold.warm_at == 160.0
    s.world.now = 110.0
    assert not start_warming(m, s, 6)
    assert cold.warm_at == 160.0


@pytest.mark.parametrize(("field", "value"), [("is_cold", 0), ("cohort", -1), ("is_answering", 0)])
def test_only_a_cold_task_that_serves_warms_up(m, s, cold, field, value):
    """A warm one, one that is not eligible, one that does not answer: none starts."""
    setattr(cold, field, value)
    assert not start_warming(m, s, 6)
    assert cold.warm_at == NEVER


def test_a_task_without_traffic_stays_cold(m, s, cold):
    """What counts is the rate in its own group."""
    m.n_groups = 2
    assert not start_warming(m, s, 6)
    s.world.rate_per_weight[:] = [0.0, 0.5]
    assert start_warming(m, s, 6)


def test_a_task_in_the_first_cohort_warms_up(m, s):
    """Index 0 is a cohort like any other."""
    s.tasks[0].is_cold = 1
    assert start_warming(m, s, 0)
    assert s.tasks[0].warm_at == 100.0  # release 0 has no cold start: over at once


def test_a_task_becomes_warm(m, s, cold):
    """It serves at another pace; no other task is cold."""
    start_warming(m, s, 6)
    expected = {"t6.warm_at": NEVER, "t6.is_cold": 0, "cold_tasks": 0, "c1.is_cold": 0}
    assert effect(s, become_warm, m, s, 6) == expected
    assert cold.cohort == 1


def test_a_start_fails(m, s):
    """The task is gone and billed for a minute from its pull; no launch for 10 s."""
    launch(m, s, 6, NEW)
    s.world.now = 120.0
    assert effect(s, fail_start, m, s, 6) == {
        "starting[1]": 0,
        "alive[1]": 0,
        "failed_tasks": 1,
        "failed_starts": 1,
        "start_round_at": 120.0,
        "backoff_until": 130.0,
        "onset_at": 120.0,
        "breaker_failures": 1,
        "task_seconds": 60.0,
        "last_task": 5,
        "t5.next_task": -1,
        "t6.state": GONE,
    }


def test_the_back_off_grows_by_rounds(m, s):
    """Tasks launched together fail as one; the next round waits twice as long."""
    for i in (6, 7):
        launch(m, s, i, NEW)
    s.world.now = 120.0
    fail_start(m, s, 6)
    s.world.now = 121.0
    fail_start(m, s, 7)
    assert (s.world.failed_starts, s.world.backoff_until) == (1, 130.0)
    s.world.now = 120.0
    launch(m, s, 6, NEW)  # at the very instant of the failure: the next round
    s.world.now = 140.0
    fail_start(m, s, 6)
    assert (s.world.failed_starts, s.world.backoff_until) == (2, 160.0)


def test_a_back_off_is_never_shortened(m, s):
    """A longer one that runs already goes on; the ceiling holds."""
    launch(m, s, 6, NEW)
    s.world.backoff_until = 500.0
    fail_start(m, s, 6)
    assert s.world.backoff_until == 500.0
    m.backoff_cap, s.world.failed_starts = 12.0, 9
    s.world.backoff_until = 0.0
    launch(m, s, 6, NEW)
    fail_start(m, s, 6)
    assert s.world.backoff_until == 112.0


def test_a_task_crashes_that_nobody_routes_to(m, s):
    """It leaves the list at once; its open connections are cut."""
    t = running(m, s)
    t.boost_ends_at, t.websockets, t.is_cold, s.world.cold_tasks = 130.0, 4.0, 1, 1
    t.pull_at, s.world.now = 35.0, 105.0
    assert effect(s, exit_without_drain, m, s, 6, True, False) == {
        "starting[1]": 0,
        "running_unproven[1]": 0,
        "connected[1]": 0,
        "alive[1]": 0,
        "cold_tasks": 0,
        "failed_tasks": 1,
        "onset_at": 105.0,
        "breaker_failures": 1,
        "task_seconds": 70.0,
        "websockets_cut": 4.0,
        "websockets_waiting": 4.0,
        "last_task": 5,
        "t5.next_task": -1,
        "t6.state": GONE,
        "t6.boost_ends_at": NEVER,
        "t6.websockets": 0.0,
        "t6.is_cold": 0,
    }


def test_an_exit_may_not_count_in_the_breaker(m, s):
    """It is a failed task all the same (ecs-breaker-exits)."""
    running(m, s)
    after = effect(s, exit_without_drain, m, s, 6, False, False)
    assert after["failed_tasks"] == 1
    assert "breaker_failures" not in after


def test_a_crashed_task_stays_a_target_for_a_while(m, s):
    """What it was doing is cut; requests arrive until the balancer has noticed."""
    m.distributions[delays.DEREGISTRATION][1] = 8.0
    erring(m, s)
    watched(m, OF_OLD)
    rate = s.world.rate_per_weight[0]
    after = effect(s, exit_without_drain, m, s, 0, True, False)
    # 16.67 requests/s, each of them in flight for 0.1333 s on average
    assert after.pop(f"sums[{sums.CUT}]") == pytest.approx(rate * m.in_flight_after[0][0])
    assert after.pop(f"sums[{sums.CUT_BY_CHANCE}]") == pytest.approx(rate * m.in_flight_after[0][0])
    assert after.pop("alarms[0].bad") == pytest.approx(rate * m.in_flight_after[0][0])
    assert after.pop("sums[7]") == pytest.approx(rate * m.in_flight_after[0][0] / 100.0)
    assert after == {
        "onset_at": 100.0,
        "user_onset_at": 100.0,
        "alarms[0].activity": 1,
        "healthy[0]": 5,
        "healthy_targets[0]": 5,
        "connected[0]": 5,
        "alive[0]": 5,
        "failed_tasks": 1,
        "task_seconds": 100.0,
        "n_cohorts": 2,
        "t0.state": DEAD,
        "t0.is_answering": 0,
        "t0.late_requests_until": 108.0,
        "t0.joined_at": 100.0,
        "t0.cohort": 1,
        "c0.n_targets": 5,
        "c0.error_parts": 0,
        "c1.error_parts": 7,
        "c1.n_targets": 1,
        "c1.ramp": 1,
        "c1.front_success": 1.0,
        "c1.success": 1.0,
    }


def test_a_crash_may_be_noticed_at_once(m, s):
    """Without propagation the task leaves the list and no request arrives."""
    exit_without_drain(m, s, 0, True, False)
    assert (s.tasks[0].state, s.tasks[0].cohort) == (GONE, -1)
    assert (s.world.first_task, s.world.eligible_weight[0]) == (1, 5)


@pytest.mark.parametrize("end", [exit_without_drain, order_stop])
def test_the_balancers_delay_is_drawn(m, s, end):
    """By a purpose of its own, the same for a crash and a deregistration."""
    uniform_row(m, delays.DEREGISTRATION)
    end(m, s, 2, *([True, False] if end is exit_without_drain else []))
    assert s.tasks[2].late_requests_until == 100.0 + drawn(s, DEREGISTRATION, 0, 2)


@pytest.mark.parametrize(
    ("state", "draining", "connected"),
    [(PENDING, 3, 6), (RUNNING, 3, 5), (DRAINING, 2, 5), (STOPPING, 2, 5)],
)
def test_a_bill_is_closed(m, s, state, draining, connected):
    """The task leaves the counts of the tasks alive, by its state."""
    t, w = s.tasks[0], s.world
    t.state, t.pull_at, w.draining[OLD] = state, 10.0, 3
    after = effect(s, stop_billing, m, s, 0)
    assert (after["task_seconds"], after["alive[0]"]) == (90.0, 5)
    assert (w.draining[OLD], w.connected[OLD]) == (draining, connected)


def test_bills_add_up(m, s):
    """Cold tasks leave their count."""
    s.world.task_seconds, s.world.cold_tasks, s.tasks[0].is_cold = 50.0, 2, 1
    after = effect(s, stop_billing, m, s, 0)
    assert (after["task_seconds"], after["cold_tasks"], after["t0.is_cold"]) == (150.0, 1, 0)


def test_a_task_is_taken_off_the_list(m, s):
    """It receives nothing more, be it of the first cohort; its bill is not touched."""
    erring(m, s)
    assert effect(s, delist_task, m, s, 0) == {
        "first_task": 1,
        "eligible_weight[0]": 5,
        "t0.state": GONE,
        "t0.cohort": -1,
        "t1.previous_task": -1,
        "c0.n_targets": 5,
        "c0.error_parts": 0,
    }


def test_a_task_is_removed(m, s):
    """It is billed and leaves the list."""
    launch(m, s, 6, NEW)
    s.world.now = 130.0
    assert effect(s, remove_task, m, s, 6) == {
        "alive[1]": 0,
        "task_seconds": 60.0,
        "last_task": 5,
        "t5.next_task": -1,
        "t6.state": GONE,
    }


def test_a_removed_task_leaves_its_cohort(m, s):
    """With its errors."""
    erring(m, s)
    after = effect(s, remove_task, m, s, 0)
    assert (after["task_seconds"], after["c0.n_targets"], after["c0.error_parts"]) == (100.0, 5, 0)


def test_a_healthy_task_drains(m, s):
    """For the whole delay; late requests arrive until the balancer has noticed."""
    m.distributions[delays.DEREGISTRATION][1] = 8.0
    s.tasks[0].boost_ends_at, s.world.draining[OLD] = 130.0, 2
    assert effect(s, order_stop, m, s, 0) == {
        "healthy[0]": 5,
        "healthy_targets[0]": 5,
        "draining[0]": 3,
        "t0.state": DRAINING,
        "t0.boost_ends_at": NEVER,
        "t0.drain_ends_at": 400.0,
        "t0.late_requests_until": 108.0,
    }


def test_late_requests_end_with_the_delay(m, s):
    """At the latest (alb-late-requests)."""
    m.distributions[delays.DEREGISTRATION][1] = 8.0
    m.deregistration_delay = 5.0
    order_stop(m, s, 0)
    assert (s.tasks[0].late_requests_until, s.tasks[0].drain_ends_at) == (105.0, 105.0)


def test_a_balancer_may_notice_at_once(m, s):
    """Then no request arrives from now on."""
    order_stop(m, s, 0)
    t = s.tasks[0]
    assert (t.state, t.cohort, t.late_requests_until) == (DRAINING, -1, NEVER)


def test_a_task_that_nobody_routes_to_drains_too(m, s):
    """No late request arrives, nothing is cut 300 s later, and SIGTERM follows then."""
    running(m, s)
    assert effect(s, order_stop, m, s, 6) == {
        "starting[1]": 0,
        "running_unproven[1]": 0,
        "draining[1]": 1,
        "t6.state": DRAINING,
        "t6.sigterm_at": 400.0,
        "t6.stop_ends_at": 405.0,
        "t6.gone_at": 405.0,
    }


@pytest.mark.parametrize(
    ("cut", "websockets", "ends_at", "sigterm_at"),
    [(0.0, 0.0, NEVER, 430.0), (1e-9, 0.0, 420.0, NEVER), (0.0, 5.0, 420.0, NEVER)],
    ids=["nothing", "a-request", "a-connection"],
)
def test_a_delay_that_cuts_nothing_ends_unseen(m, s, cut, websockets, ends_at, sigterm_at):
    """Over at 420 s, left the group at 421 s, SIGTERM at the look of 430 s (ecs-stop-sequence)."""
    looking(m, s)
    m.distributions[delays.LEFT_GROUP][1] = 1.0
    m.websockets = websockets
    t = s.tasks[0]
    t.state, t.drain_ends_at, t.cut_requests = DRAINING, 420.0, cut
    foresee_sigterm(m, s, 0)
    assert (t.drain_ends_at, t.sigterm_at) == (ends_at, sigterm_at)


@pytest.mark.parametrize("state", [RUNNING, STOPPING, DEAD])
def test_only_a_drain_is_foreseen(m, s, state):
    """A task that had SIGTERM with its order has no other."""
    t = s.tasks[0]
    t.state, t.drain_ends_at, t.sigterm_at = state, 420.0, NEVER
    foresee_sigterm(m, s, 0)
    assert (t.drain_ends_at, t.sigterm_at) == (420.0, NEVER)


@pytest.mark.parametrize(
    ("balancer", "includes_initial", "health", "unseen"),
    [
        (1, 0, INITIAL, True),
        (1, 1, INITIAL, False),
        (1, 0, UNHEALTHY, False),
        (1, 0, HEALTHY, False),
        (0, 0, INITIAL, False),
    ],
    ids=["never-judged", "alb-fail-open-initial", "judged", "healthy", "no-balancer"],
)
def test_a_boot_ends_unseen_before_the_first_verdict(
    m, s, balancer, includes_initial, health, unseen
):
    """Only a target that can receive nothing need not be told."""
    t = running(m, s)
    m.has_balancer, m.fail_open_includes_initial, t.health = balancer, includes_initial, health
    assert boots_unseen(m, s, 6) is unseen


@pytest.mark.parametrize("become", [become_healthy, become_unhealthy])
def test_a_verdict_sees_that_a_boot_is_over(m, s, become):
    """A target that is judged at the end of its boot, or after it, answers."""
    t = running(m, s)
    t.boot_ends_at = s.world.now + 1.0
    become(m, s, 6)
    assert t.is_answering == 0
    s.world.now += 1.0
    become(m, s, 6)
    assert t.is_answering == 1


@pytest.mark.parametrize(("name", "value"), [("never_listens", 1), ("is_hung", 1), ("state", DEAD)])
def test_who_never_answers_does_not_after_the_boot(m, s, name, value):
    """A task that never listens, hangs or has exited."""
    t = running(m, s)
    t.boot_ends_at = s.world.now
    setattr(t, name, value)
    end_boot(s, 6)
    assert t.is_answering == 0


def test_late_requests_end(m, s):
    """Requests that will not be done when the delay is over are those to cut then."""
    t = s.tasks[0]
    m.distributions[delays.DEREGISTRATION][1] = 8.0
    m.deregistration_delay = 10.0
    m.in_flight_after[0][:] = [5.0] + [4.0] * 512
    erring(m, s)
    order_stop(m, s, 0)
    s.world.now = 108.0
    after = effect(s, end_late_requests, m, s, 0)
    # 2 of 64 s are left: 4 per request/s are unfinished then, not the 5 of now
    assert after.pop("t0.cut_requests") == pytest.approx(100.0 / 6.0 * 4.0)
    assert after == {
        "eligible_weight[0]": 5,
        "t0.cohort": -1,
        "t0.late_requests_until": NEVER,
        "c0.n_targets": 5,
        "c0.error_parts": 0,
    }
    assert t.drain_ends_at == 110.0


def test_a_task_is_terminated(m, s):
    """What is still open is cut; it exits 5 s after SIGTERM, which frees a connection."""
    m.max_connections = 100
    watched(m, OF_OLD)
    order_stop(m, s, 0)
    s.tasks[0].drain_ends_at, s.tasks[0].sigterm_at = 400.0, NEVER
    s.tasks[0].cut_requests, s.tasks[0].websockets = 7.0, 3.0
    s.world.alarms[0].bad, s.world.alarms[0].activity = 0.0, 2
    s.world.now = 400.0
    assert effect(s, end_drain, m, s, 0) == {
        f"sums[{sums.CUT}]": 7.0,
        f"sums[{sums.CUT_BY_CHANCE}]": 7.0,
        "sums[7]": 0.07,
        "alarms[0].bad": 7.0,
        "onset_at": 400.0,
        "user_onset_at": 400.0,
        "websockets_cut": 3.0,
        "websockets_waiting": 3.0,
        "t0.websockets": 0.0,
        "t0.cut_requests": 0.0,
        "t0.drain_ends_at": NEVER,
        "t0.sigterm_at": 400.0,
    }
    assert effect(s, terminate, m, s, 0) == {
        "t0.sigterm_at": NEVER,
        "t0.state": STOPPING,
        "t0.stop_ends_at": 405.0,
    }


def test_a_task_that_does_not_stop_is_killed(m, s):
    """SIGKILL comes 30 s after SIGTERM (ecs-stop-sequence)."""
    order_stop(m, s, 0)
    s.tasks[0].shutdown_seconds = 45.0
    terminate(m, s, 0)
    assert s.tasks[0].stop_ends_at == 130.0


def looking(m, s):
    """Let everything that ECS does wait for looks, which fall every 10 s from 0 on."""
    m.scheduler_tick, m.steps_at_looks = 10.0, 1
    s.world.first_act_at, s.world.now = 0.0, 104.0


def test_a_target_registers_at_a_look(m, s):
    """RUNNING at 104 s, a target from 110 s on; boot counts from RUNNING (ecs-registration)."""
    looking(m, s)
    launch(m, s, 6, NEW)
    s.tasks[6].boot_seconds = 4.0
    become_running(m, s, 6, s.world.now)
    t = s.tasks[6]
    assert (t.running_at, t.boot_ends_at, t.registers_at) == (104.0, 108.0, 110.0)
    assert (t.is_registered, t.check_at) == (1, 130.0)


@pytest.mark.parametrize(
    "seen", ["has_pods", "checks_wait_for_shift", "fail_open_includes_initial"]
)
def test_a_registration_may_be_an_instant(m, s, seen):
    """Then the first check is timed at the registration."""
    looking(m, s)
    setattr(m, seen, 1)
    launch(m, s, 6, OLD)
    become_running(m, s, 6, s.world.now)
    t = s.tasks[6]
    assert (t.registers_at, t.is_registered, t.check_at) == (110.0, 0, NEVER)
    s.world.now = 110.0
    register(m, s, 6)
    assert (t.registers_at, t.is_registered, t.check_at) == (NEVER, 1, 130.0)


@pytest.mark.parametrize(
    ("metric", "foreseen"), [(TARGET_5XX, 1), (CPU, 0), (UNHEALTHY_TARGETS, 0)]
)
def test_an_alarm_on_tasks_sees_a_registration_and_an_exit(m, s, metric, foreseen):
    """One on answers sees neither."""
    looking(m, s)
    m.n_alarms, m.alarms[0].metric = 1, metric
    launch(m, s, 6, NEW)
    become_running(m, s, 6, s.world.now)
    assert s.tasks[6].is_registered == foreseen
    order_stop(m, s, 0)
    s.world.now = next_of_stop(s, 0)
    continue_stop(m, s, 0)
    assert is_end_foreseen(s, 0) == (foreseen == 1)


def test_a_stop_before_the_registration_undoes_it(m, s):
    """RUNNING at 104 s, to be registered at 110 s, ordered to stop at 109 s: never a target."""
    looking(m, s)
    launch(m, s, 6, NEW)
    become_running(m, s, 6, s.world.now)
    s.world.now = 109.0
    order_stop(m, s, 6)
    assert (s.tasks[6].is_registered, s.tasks[6].registers_at) == (0, NEVER)


@pytest.mark.parametrize(
    ("limit", "instants"),
    [
        (0, [(120.0, DRAINING), (450.0, GONE)]),
        (99, [(120.0, DRAINING), (430.0, STOPPING), (435.0, EXITED), (450.0, GONE)]),
    ],
)
def test_every_step_of_a_stop_waits_for_a_look(m, s, limit, instants):
    """Ordered at 110 s, deregistered at 120 s, delay over at 420 s, left the group at 421 s.

    Nothing is cut at 420 s, so that nothing happens then. SIGTERM at 430 s, exit at 435 s, noticed
    at 445 s, the place is free at 450 s (ecs-stop-sequence). SIGTERM and the exit are instants only
    where they are seen, as by a limit of connections.
    """
    looking(m, s)
    m.max_connections = limit
    m.distributions[delays.LEFT_GROUP][1] = 1.0
    m.distributions[delays.EXIT_NOTICED][1] = 10.0
    s.world.now = 110.0
    order_stop(m, s, 0)
    found = []
    while s.tasks[0].state != GONE:
        s.world.now = next_of_stop(s, 0)
        continue_stop(m, s, 0)
        found.append((s.world.now, s.tasks[0].state))
    assert found == instants
    assert (s.world.freed, s.world.freed_at, s.world.draining[OLD]) == (1, 450.0, 0)


def test_a_task_that_is_no_target_yet_has_no_drain(m, s):
    """It gets SIGTERM at the look after the order: there is nothing to deregister."""
    looking(m, s)
    running(m, s)
    order_stop(m, s, 6)
    s.world.now = 110.0
    continue_stop(m, s, 6)
    assert (s.tasks[6].sigterm_at, s.tasks[6].stop_ends_at) == (110.0, 115.0)


def test_ecs_wants_the_successor_of_a_dead_task_at_a_look(m, s):
    """It died at 104 s: 26.5 s later is 130.5 s, the look after that 140 s.

    Until then it is missing and not replaced (ecs-replacement-time); no start for 30 s at least
    (ecs-pause-after-running).
    """
    looking(m, s)
    m.distributions[delays.REPLACE_DIED][1] = 26.5
    m.distributions[delays.PAUSE_AFTER_RUNNING][1] = 30.0
    exit_without_drain(m, s, 0, True, False)
    assert (s.tasks[0].state, s.tasks[0].reacts_at, s.world.missing[OLD]) == (DEAD, 140.0, 1)
    assert s.world.backoff_until == 134.0
    s.world.now = 140.0
    forget_dead(m, s, 0)
    assert (s.tasks[0].state, s.world.missing[OLD]) == (GONE, 0)


def test_a_task_stopped_by_hand_is_replaced_sooner(m, s):
    """14 s later, without a pause."""
    looking(m, s)
    m.distributions[delays.REPLACE_KILLED][1] = 14.0
    m.distributions[delays.PAUSE_AFTER_RUNNING][1] = 30.0
    exit_without_drain(m, s, 0, False, True)
    assert (s.tasks[0].reacts_at, s.world.backoff_until) == (120.0, 0.0)


@pytest.mark.parametrize(("at_detection", "failures"), [(1, 0), (0, 1)])
def test_a_task_that_checks_judged_fails_once(m, s, at_detection, failures):
    """Its exit is no second failure where the verdict counted (ecs-breaker-counting-moment)."""
    m.breaker_counts_at_detection = at_detection
    s.tasks[0].is_sick = 1
    s.world.sick[0] = 1
    exit_without_drain(m, s, 0, True, False)
    assert s.world.failed_tasks == failures


def test_sigterm_with_the_order_cuts_what_is_in_flight(m, s):
    """The task exits while requests arrive; its target refuses them until it is deregistered.

    16.67 requests/s of 0.1333 s each are in flight (ecs-sigterm-too-early).
    """
    looking(m, s)
    m.sigterm, m.distributions[delays.DEREGISTRATION][1] = AT_ORDER, 2.0
    rate = s.world.rate_per_weight[0]
    order_stop(m, s, 0)
    t = s.tasks[0]
    assert (t.state, t.stop_ends_at, t.late_requests_until) == (STOPPING, 109.0, 112.0)
    s.world.now = 109.0
    after = effect(s, end_process, m, s, 0)
    assert after[f"sums[{sums.CUT}]"] == pytest.approx(rate * m.in_flight_after[0][0])
    assert (after["t0.is_answering"], after["t0.state"], after["t0.gone_at"]) == (0, EXITED, 110.0)
    s.world.now = 110.0
    continue_stop(m, s, 0)
    assert (t.state, t.late_requests_until, s.world.freed) == (DEAD, 112.0, 1)
    s.world.now = 112.0
    continue_stop(m, s, 0)
    assert t.state == GONE


def test_the_delay_bounds_what_is_open_where_sigterm_comes_with_the_order(m, s):
    """Deregistered at 110 s and cut after a delay of 3 s, though the process has until 134 s.

    Arrivals end after 2 s of propagation; what arrived is open for one more second.
    """
    looking(m, s)
    m.sigterm, m.distributions[delays.DEREGISTRATION][1] = AT_ORDER, 2.0
    m.deregistration_delay, m.stop_timeout = 3.0, 30.0
    s.tasks[0].shutdown_seconds = 60.0
    rate = s.world.rate_per_weight[0]
    m.in_flight_reach = 10.0
    m.in_flight_after[0][:] = [2.0 / rate] * 512 + [0.0]
    order_stop(m, s, 0)
    t = s.tasks[0]
    assert (t.late_requests_until, t.drain_ends_at, t.stop_ends_at) == (112.0, 113.0, 134.0)
    s.world.now = 112.0
    continue_stop(m, s, 0)
    assert t.cut_requests == pytest.approx(2.0)
    s.world.now = 113.0
    after = effect(s, continue_stop, m, s, 0)
    assert after[f"sums[{sums.CUT}]"] == pytest.approx(2.0)
    assert (t.state, t.drain_ends_at, t.sigterm_at) == (STOPPING, NEVER, NEVER)


def test_a_target_that_is_never_deregistered_stays_until_the_task_is_gone(m, s):
    """Requests reach it until ECS knows, and for the balancer's delay (ecs-sigterm-too-early)."""
    m.sigterm, m.distributions[delays.DEREGISTRATION][1] = WITHOUT_DEREGISTRATION, 2.0
    m.distributions[delays.EXIT_NOTICED][1] = 10.0
    order_stop(m, s, 0)
    found = []
    while s.tasks[0].state != GONE:
        s.world.now = next_of_stop(s, 0)
        continue_stop(m, s, 0)
        found.append(s.world.now)
        if s.tasks[0].state == DEAD:
            assert s.tasks[0].late_requests_until == 117.0
            break
    assert found == [105.0, 115.0]


def test_work_is_finished_before_the_exit(m, s):
    """2 requests open on average while they last, 4 s: one of two tasks needs them to the end.

    None is open with probability exp(-2) = 0.135, else until the end; SIGKILL bounds it.
    """
    m.sigterm, m.finishes_work = AT_ORDER, 1
    rate = s.world.rate_per_weight[0]
    m.in_flight_reach = 4.0
    m.in_flight_after[0][:] = [2.0 / rate] * 512 + [0.0]
    order_stop(m, s, 0)
    t = s.tasks[0]
    open_ = drawn(s, WORK, 0, 0) > exp(-2.0)
    assert open_
    assert t.stop_ends_at == pytest.approx(100.0 + 4.0 + 5.0, abs=0.05)
    assert (t.is_answering, t.cut_requests) == (0, 0.0)
    m.stop_timeout = 3.0
    order_stop(m, s, 1)
    assert s.tasks[1].stop_ends_at == 103.0
