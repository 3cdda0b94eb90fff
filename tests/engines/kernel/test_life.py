"""Events of single tasks in the batch engine: what is queued, and what each of them does."""

import pytest

from simdeploy.engines.kernel.checks import queue_health_change, replay_checks
from simdeploy.engines.kernel.due import set_due
from simdeploy.engines.kernel.life import (
    carry_out,
    change_health,
    crash,
    crash_tasks,
    create,
    create_old_task,
    handle_life_event,
    queue_next_life_event,
    return_slot,
    stop_task,
    take_slot,
)
from simdeploy.model import delays
from simdeploy.model.constants import (
    DEAD,
    DRAINING,
    GONE,
    PENDING,
    RANK_CHECK,
    RANK_LIFE,
    RUNNING,
    STOPPING,
)
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.plain import RunState
from simdeploy.semantics.state import HEALTHY, NEVER, NEW, OLD, UNHEALTHY, Orders
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record: RUNNING 45 s after the launch, a first check 20 s later."""
    return record()


@pytest.fixture
def s(m):
    """At the command, tasks 0 to 5 old and healthy, slots 6 to 15 new."""
    s = at_command(m)
    s.world.used_slots = 6
    for i in range(6):
        s.tasks[i].life_event_at = NEVER
        set_due(s, i)
    return s


def queued(s):
    """Return the events of tasks, in order: when, of life or health, and of which task."""
    events = []
    for i in range(s.world.used_slots):
        t = s.tasks[i]
        assert s.due[i].at == min(t.life_event_at, t.check_event_at)
        of_both = ((t.life_event_at, RANK_LIFE, i), (t.check_event_at, RANK_CHECK, i))
        events += [event for event in of_both if event[0] < NEVER]
    return sorted(events)


def created(m, s):
    """Create a new task in slot 6; return it."""
    create(m, s, NEW)
    queued(s)
    return s.tasks[6]


def registered(m, s, now=45.0):
    """Create a new task and let it reach RUNNING; return it."""
    t = created(m, s)
    s.world.now = now
    handle_life_event(m, s, 6)
    queued(s)
    return t


def healthy(m, s):
    """Let a new task end its boot and become healthy 20 s after RUNNING; return it."""
    t = registered(m, s)
    handle_life_event(m, s, 6)
    s.world.now = 65.0
    change_health(m, s, 6)
    queued(s)
    return t


def test_slots_are_taken_and_returned(s):
    """The last one returned is the next one taken, then new ones; -1 if there is none."""
    assert [take_slot(s), take_slot(s), s.world.reuses_slots] == [6, 7, 0]
    assert effect(s, return_slot, s, 0) == {"free_slot": 0, "t0.next_task": -1}
    assert effect(s, return_slot, s, 3) == {"free_slot": 3, "t3.next_task": 0}
    assert [take_slot(s), take_slot(s), s.world.reuses_slots] == [3, 0, 1]
    assert [take_slot(s) for _ in range(8)] == [8, 9, 10, 11, 12, 13, 14, 15]
    assert (take_slot(s), s.world.out_of_room, s.world.free_slot) == (-1, 1, -1)


@pytest.mark.parametrize(("room", "taken"), [(32, [1, 3]), (33, [3, 4])])
def test_with_more_than_one_block_new_slots_go_first(room, taken):
    """So that slots stay in order of creation as long as there are new ones."""
    s = RunState(room)
    reset_world(s.world)
    assert [take_slot(s), take_slot(s), take_slot(s)] == [0, 1, 2]
    return_slot(s, 1)
    assert [take_slot(s), take_slot(s)] == taken
    s.world.used_slots = room
    assert (take_slot(s), s.world.reuses_slots) == ((-1, 1) if room == 32 else (1, 1))


def test_a_returned_slot_has_no_events(s):
    """They were the task's."""
    s.tasks[0].life_event_at = s.tasks[0].check_event_at = 5.0
    return_slot(s, 0)
    assert (s.tasks[0].life_event_at, s.tasks[0].check_event_at, queued(s)) == (NEVER, NEVER, [])


def test_an_old_task_has_no_event_of_its_own(m, s):
    """It stays healthy, as things are; without a slot there is no task."""
    create_old_task(m, s)
    assert (s.tasks[6].life_event_at, s.tasks[6].check_event_at) == (NEVER, NEVER)
    assert (s.tasks[6].health, queued(s)) == (HEALTHY, [])
    s.world.used_slots = 16
    assert effect(s, create_old_task, m, s) == {"out_of_room": 1}


def test_a_slot_of_number_zero_is_a_slot(m, s):
    """An old task and a new one may take it."""
    s.world.first_task = s.world.last_task = -1
    s.world.free_slot, s.tasks[0].next_task, s.world.used_slots = 0, 1, 16
    create_old_task(m, s)
    assert (s.world.first_task, s.world.out_of_room) == (0, 0)


def test_an_old_task_may_fail_its_checks(m, s):
    """Sure to fail: the second check in a row makes it unhealthy."""
    s.world.check_failure_chance = 1.0
    create_old_task(m, s)
    assert queued(s) == [(50.0, RANK_CHECK, 6)]
    assert (s.tasks[6].check_event_at, s.tasks[6].flip_number, s.tasks[6].flip_streak) == (
        50.0,
        2,
        -2,
    )


def test_a_new_task_is_due_at_running(m, s):
    """15 s provisioning, 27 s pull, 3 s start."""
    s.tasks[6].check_event_at = 5.0
    create(m, s, NEW)
    t = s.tasks[6]
    assert (t.state, t.life_event_at, t.check_event_at) == (PENDING, 45.0, NEVER)
    assert queued(s) == [(45.0, RANK_LIFE, 6)]


def test_a_task_without_a_slot_is_not_created(m, s):
    """The run is repeated with more room."""
    s.world.used_slots = 16
    assert effect(s, create, m, s, NEW) == {"out_of_room": 1}


def test_a_start_that_fails_is_due_then(m, s):
    """60 s after the pull began; the slot is free again."""
    s.world.old_image_back_at = 999.0
    create(m, s, OLD)
    assert queued(s) == [(75.0, RANK_LIFE, 6)]
    s.world.now = 75.0
    handle_life_event(m, s, 6)
    assert (s.tasks[6].state, s.world.free_slot, s.world.failed_tasks) == (GONE, 6, 1)


def test_a_task_reaches_running(m, s):
    """Boot and the check that makes it healthy are queued; a boot that nobody sees is not."""
    m.distributions[3][1] = 4.0
    m.fail_open_includes_initial = 1
    t = created(m, s)
    s.world.now = 45.0
    handle_life_event(m, s, 6)
    assert (t.state, t.life_event_at, t.check_event_at) == (RUNNING, 49.0, 65.0)
    assert queued(s) == [(49.0, RANK_LIFE, 6), (65.0, RANK_CHECK, 6)]


def times(t, **changes):
    """Set all times of a task at which something may be due to never, then some of them."""
    for name in ("crash_at", "error_step_at", "grace_ends_at", "warm_at", "ramp_at"):
        setattr(t, name, NEVER)
    t.boost_ends_at = NEVER
    for name, at in changes.items():
        setattr(t, name, at)


@pytest.mark.parametrize(
    "name", ["crash_at", "error_step_at", "grace_ends_at", "warm_at", "ramp_at", "boost_ends_at"]
)
def test_the_next_life_event_is_the_earliest(m, s, name):
    """Of all that may happen to a running task."""
    t = registered(m, s)
    t.is_answering, t.check_event_at = 1, NEVER
    times(t)
    queue_next_life_event(m, s, 6)
    assert (t.life_event_at, queued(s)) == (NEVER, [])
    times(t, **{name: 80.0})
    queue_next_life_event(m, s, 6)
    assert (t.life_event_at, queued(s)) == (80.0, [(80.0, RANK_LIFE, 6)])


def test_a_boot_is_due_only_before_it_is_over(m, s):
    """Not for a task that answers or never listens, nor before a target is judged."""
    t = registered(m, s)
    m.fail_open_includes_initial = 1
    times(t, boot_ends_at=50.0, crash_at=90.0)
    due = []
    for t.is_answering, t.never_listens in ((0, 0), (1, 0), (0, 1)):
        queue_next_life_event(m, s, 6)
        due.append(t.life_event_at)
    assert due == [50.0, 90.0, 90.0]
    t.is_answering = t.never_listens = m.fail_open_includes_initial = 0
    queue_next_life_event(m, s, 6)
    assert t.life_event_at == 90.0


def test_a_boot_ends(m, s):
    """At that instant the task answers, unless it never listens."""
    t = registered(m, s)
    assert t.is_answering == 0
    handle_life_event(m, s, 6)
    assert t.is_answering == 1
    t.is_answering, t.never_listens = 0, 1
    handle_life_event(m, s, 6)
    assert t.is_answering == 0
    t.never_listens, t.boot_ends_at = 0, 45.5
    handle_life_event(m, s, 6)
    assert t.is_answering == 0


def test_a_boot_ends_once(m, s):
    """A task that answers keeps its cohort's age."""
    t = healthy(m, s)
    s.world.now = 70.0
    handle_life_event(m, s, 6)
    assert t.joined_at == 65.0


@pytest.mark.parametrize("name", ["error_step_at", "warm_at"])
def test_checks_before_a_change_have_the_old_chance(m, s, name):
    """They are replayed up to now, exclusive; later ones are looked at anew."""
    m.releases[1].n_error_steps[0] = 1
    m.releases[1].error_steps[0][0].at = 80.0
    m.releases[1].error_steps[0][0].seen_share = 1.0
    t = healthy(m, s)  # passed at 65; next 95, 125
    times(t, **{name: 125.0})
    t.is_cold, t.boost_ends_at = 1, NEVER
    m.releases[1].pace[0] = [1, 0]
    m.check_timeout_chance[1] = 1.0
    s.world.now = 125.0
    handle_life_event(m, s, 6)
    assert (t.check_at, t.check_number, t.check_streak) == (125.0, 2, 2)
    assert (t.error_step, t.is_cold) == ((1, 1) if name == "error_step_at" else (0, 0))
    # checks at 125 and 155 fail: errors at once, slow answers at their time-out of 5 s
    verdict = 155.0 if name == "error_step_at" else 160.0
    assert queued(s) == [(verdict, RANK_CHECK, 6)]


def test_nothing_is_done_before_it_is_due(m, s):
    """An event of another kind leaves it alone."""
    t = healthy(m, s)
    later = 80.0
    times(t, error_step_at=later, grace_ends_at=later, warm_at=later, ramp_at=later)
    t.boost_ends_at, s.world.now = later, 70.0
    assert effect(s, handle_life_event, m, s, 6) == {"t6.life_event_at": 80.0}
    assert queued(s) == [(80.0, RANK_LIFE, 6)]


def test_a_grace_period_ends(m, s):
    """The task is sick, and nothing else is due."""
    m.grace_period = 100.0
    t = healthy(m, s)
    s.world.check_failure_chance = 1.0
    t.flip_streak = -2
    change_health(m, s, 6)
    assert (t.health, t.is_sick, t.life_event_at) == (UNHEALTHY, 0, 145.0)
    s.world.now = 145.0
    handle_life_event(m, s, 6)
    assert (t.is_sick, t.life_event_at) == (1, NEVER)


def test_a_slow_start_and_a_boost_go_on(m, s):
    """Both end when they are due."""
    m.slow_start = 30.0
    t = healthy(m, s)
    times(t, ramp_at=70.0, boost_ends_at=70.0)
    t.ramp, s.world.now = 4, 70.0
    handle_life_event(m, s, 6)
    assert (t.ramp, t.ramp_at, t.boost_ends_at, t.life_event_at) == (5, 73.0, NEVER, 73.0)


def test_a_crash_comes_before_all_else(m, s):
    """A task that crashes at the end of its boot never answers."""
    t = registered(m, s)
    t.crash_at = 45.0
    s.world.breaker_failures = 0
    handle_life_event(m, s, 6)
    assert (t.state, t.is_answering, s.world.free_slot) == (GONE, 0, 6)
    assert s.world.breaker_failures == 1


def test_a_crashed_target_leaves_when_that_is_noticed(m, s):
    """Until then it is dead, and its slot taken."""
    m.distributions[delays.DEREGISTRATION][1] = 8.0
    m.breaker_counts_exits = 0
    t = healthy(m, s)
    t.check_event_at, s.world.now = 95.0, 70.0
    crash(m, s, 6, False)
    assert (t.state, t.life_event_at, t.check_event_at) == (DEAD, 78.0, NEVER)
    assert queued(s) == [(78.0, RANK_LIFE, 6)]
    assert (s.world.breaker_failures, s.world.free_slot) == (0, -1)
    s.world.now = 78.0
    handle_life_event(m, s, 6)
    assert (t.state, s.world.free_slot) == (GONE, 6)


def test_a_pending_task_is_stopped_at_once(m, s):
    """It was never a target."""
    t = created(m, s)
    stop_task(m, s, 6)
    assert (t.state, s.world.free_slot, s.world.starting[NEW], s.world.alive[NEW]) == (
        GONE,
        6,
        0,
        0,
    )


def test_a_running_task_is_stopped_in_stages(m, s):
    """Late requests, the end of the delay, SIGTERM and exit; each is queued in its turn.

    A limit of connections sees the exit.
    """
    m.max_connections = 100
    m.distributions[delays.DEREGISTRATION][1] = 8.0
    m.deregistration_delay = 30.0
    t = s.tasks[0]
    t.check_event_at, s.world.now = 50.0, 10.0
    stop_task(m, s, 0)
    assert (t.state, t.life_event_at, t.check_event_at) == (DRAINING, 18.0, NEVER)
    assert queued(s) == [(18.0, RANK_LIFE, 0)]
    s.world.now = 18.0
    handle_life_event(m, s, 0)
    assert (t.state, t.cohort, queued(s)) == (DRAINING, -1, [(40.0, RANK_LIFE, 0)])
    s.world.now = 40.0
    handle_life_event(m, s, 0)
    assert (t.state, queued(s)) == (STOPPING, [(45.0, RANK_LIFE, 0)])
    s.world.now = 45.0
    handle_life_event(m, s, 0)
    assert (t.state, s.world.free_slot, s.world.draining[OLD]) == (GONE, 0, 0)


def test_late_requests_and_the_delay_may_end_together(m, s):
    """Where the delay is shorter than the balancer takes."""
    m.distributions[delays.DEREGISTRATION][1] = 8.0
    m.deregistration_delay = 5.0
    stop_task(m, s, 0)
    s.world.now = 5.0
    handle_life_event(m, s, 0)
    assert (s.tasks[0].state, s.tasks[0].cohort, s.tasks[0].life_event_at) == (DRAINING, -1, 10.0)


def test_checks_are_replayed(m, s):
    """Up to now; at the very instant only where that is included."""
    t = s.tasks[0]
    s.world.now = 80.0
    replay_checks(m, s, 0, False)
    assert (t.check_at, t.check_number, t.check_streak) == (80.0, 2, 2)
    replay_checks(m, s, 0, True)
    assert (t.check_at, t.check_number, t.check_streak) == (110.0, 3, 3)
    s.world.check_failure_chance = 1.0
    s.world.now = 115.0
    replay_checks(m, s, 0, True)
    assert (t.check_at, t.check_streak) == (140.0, -1)


def test_checks_without_an_answer_are_replayed(m, s):
    """Sent at 20 and 50, judged at 25 and 55; a check at the instant of a verdict follows it."""
    m.unhealthy_threshold = 9
    t = s.tasks[0]
    t.is_hung = 1
    for now, inclusive, expected in [
        (25.0, False, (50.0, 25.0, 0)),
        (25.0, True, (50.0, NEVER, -1)),
        (52.0, True, (80.0, 55.0, -1)),
    ]:
        s.world.now = now
        replay_checks(m, s, 0, inclusive)
        assert (t.check_at, t.verdict_at, t.check_streak) == expected
    m.check_timeout = 30.0
    s.world.now = 80.0
    replay_checks(m, s, 0, True)
    assert (t.verdict_at, t.check_streak) == (110.0, -2)


def test_a_hung_target_is_unhealthy_at_the_time_out_of_its_last_check(m, s):
    """Interval 10, timeout 5, checks at 7 and 17: unhealthy at 22.0, not at 17.0 (Q2)."""
    m.check_interval = 10.0
    t = s.tasks[0]
    t.check_at, t.is_hung = 7.0, 1
    queue_health_change(m, s, 0)
    assert queued(s) == [(22.0, RANK_CHECK, 0)]
    s.world.now = 22.0
    change_health(m, s, 0)
    assert (t.health, t.check_at, t.check_number, t.check_streak) == (UNHEALTHY, 27.0, 2, -2)
    assert t.verdict_at == NEVER


def test_a_verdict_that_is_due_may_still_come(m, s):
    """The target answers again, yet the check sent before gets no answer: the second failure."""
    t = s.tasks[0]
    t.verdict_at, t.check_streak, t.check_at = 55.0, -1, 80.0
    queue_health_change(m, s, 0)
    assert t.check_event_at == 55.0


def test_no_check_is_queued_beyond_the_horizon(m, s):
    """One at the horizon still counts."""
    s.world.check_failure_chance = 1.0
    m.horizon = 50.0
    queue_health_change(m, s, 0)
    assert s.tasks[0].check_event_at == 50.0
    m.horizon = 49.9
    queue_health_change(m, s, 0)
    assert s.tasks[0].check_event_at == NEVER


def test_a_streak_goes_on(m, s):
    """One more failure is enough after the first."""
    s.world.check_failure_chance = 1.0
    t = s.tasks[0]
    t.check_number, t.check_streak = 7, -1
    queue_health_change(m, s, 0)
    assert (t.check_event_at, t.flip_number, t.flip_streak) == (20.0, 8, -2)
    assert (t.flip_check_at, t.flip_verdict_at) == (50.0, NEVER)
    assert t.check_streak == -1


def test_a_check_changes_the_health(m, s):
    """Number and streak are taken over; the next check and the next change are set."""
    t = registered(m, s)
    t.is_answering = 1
    s.world.now = 65.0
    change_health(m, s, 6)
    assert (t.health, t.check_streak, t.check_number, t.check_at) == (HEALTHY, 1, 1, 95.0)
    assert t.check_event_at == NEVER
    s.world.check_failure_chance = 1.0
    t.flip_number, t.flip_streak, t.flip_check_at, s.world.now = 5, -2, 185.0, 155.0
    change_health(m, s, 6)
    assert (t.health, t.check_streak, t.check_number, t.check_at) == (UNHEALTHY, -2, 5, 185.0)


def test_orders_are_carried_out(m, s):
    """Two old ones stop, the oldest first; one new and two old ones start."""
    m.deregistration_delay = 300.0
    s.world.target = NEW
    carry_out(m, s, Orders(0, 0, 0, 0, 2, 1, 2))
    assert [s.tasks[i].state for i in range(4)] == [DRAINING, DRAINING, RUNNING, RUNNING]
    assert [s.tasks[i].revision for i in (6, 7, 8)] == [NEW, OLD, OLD]
    assert s.world.alive == [8, 1]


def test_orders_name_kinds_of_tasks(m, s):
    """Only sick ones stop, as many as there are; each counts as failed."""
    m.breaker_counts_at_detection = 0
    for i in (1, 4):
        s.tasks[i].health, s.tasks[i].is_sick = UNHEALTHY, 1
    s.world.sick[OLD] = 2
    carry_out(m, s, Orders(0, 0, 5, 0, 0, 0, 0))
    assert [i for i in range(6) if s.tasks[i].state == DRAINING] == [1, 4]
    assert s.world.failed_tasks == 2


def test_tasks_are_killed(m, s):
    """The oldest running ones of a revision; the next crash is set."""
    m.n_task_crashes, s.world.next_crash = 2, 1
    m.task_crashes[1].tasks, m.task_crashes[1].revision = 2, OLD
    stop_task(m, s, 0)
    crash_tasks(m, s)
    assert [s.tasks[i].state for i in range(4)] == [DRAINING, GONE, GONE, RUNNING]
    assert (s.world.next_crash, s.world.failed_tasks) == (2, 2)


def test_no_more_tasks_are_killed_than_there_are(m, s):
    """Those that run."""
    m.n_task_crashes = 1
    m.task_crashes[0].tasks, m.task_crashes[0].revision = 9, OLD
    crash_tasks(m, s)
    assert s.world.failed_tasks == 6


def test_the_first_of_a_release_lets_others_run_ahead(m, s):
    """Both are RUNNING 45 s after the launch; the check of the other one 20 s later is next."""
    m.has_balancer, m.steps_at_looks, s.world.starts_unseen = 1, 1, 1
    create(m, s, NEW)
    create(m, s, NEW)
    assert queued(s) == [(45.0, RANK_LIFE, 6), (45.0, RANK_LIFE, 7)]
    s.world.now = 44.0
    s.world.new_has_run = 1
    create(m, s, NEW)
    assert (s.tasks[8].state, s.tasks[8].running_at) == (RUNNING, 89.0)
    s.world.now, s.world.new_has_run = 45.0, 0
    handle_life_event(m, s, 6)
    assert queued(s) == [(65.0, RANK_CHECK, 6), (65.0, RANK_CHECK, 7), (109.0, RANK_CHECK, 8)]
    assert (s.tasks[7].running_at, s.world.running_unproven[NEW]) == (45.0, 3)


def test_a_stop_before_running_undoes_what_was_noted_ahead(m, s):
    """The task was never RUNNING: it is gone at once and has held no connection."""
    m.has_balancer, m.steps_at_looks = 1, 1
    s.world.starts_unseen = s.world.new_has_run = 1
    before = s.world.connected[NEW]
    create(m, s, NEW)
    s.world.now = 44.0
    stop_task(m, s, 6)
    w = s.world
    assert (s.tasks[6].state, w.starting[NEW], w.running_unproven[NEW]) == (GONE, 0, 0)
    assert w.connected[NEW] == before
