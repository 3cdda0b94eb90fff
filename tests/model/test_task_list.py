"""The list of tasks, and the counts by state and health."""

import pytest

from simdeploy.draws import FIRST_CHECK, SHUTDOWN, uniform
from simdeploy.model import delays
from simdeploy.model.constants import (
    DEAD,
    DRAINING,
    GONE,
    PENDING,
    RUNNING,
    SICK,
    STARTING,
    STOPPING,
    WELL,
)
from simdeploy.model.task_list import (
    add_old_task,
    add_task,
    count_as_unproven,
    count_fleet,
    full_ramp,
    link,
    remove_from_counts,
    reset_task,
    scheduler_class,
    unlink,
)
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, NEW, OLD, UNHEALTHY, Fleet
from tests.model.states import at_command, changes, effect, record, snapshot, uniform_row

#: What a new task has; all other fields are set where they begin to matter.
FRESH = {
    "leftover_ends_at": -NEVER,
    "leftover_event_at": NEVER,
    "state": PENDING,
    "fails_to_start": 0,
    "check_event_at": NEVER,
    "boot_ends_at": NEVER,
    "crash_at": NEVER,
    "error_step_at": NEVER,
    "grace_ends_at": NEVER,
    "never_listens": 0,
    "is_answering": 0,
    "is_hung": 0,
    "health": INITIAL,
    "own_health": INITIAL,
    "own_status": INITIAL,
    "own_at": NEVER,
    "own_waits": 0,
    "own_counts": 0,
    "own_failures": 0,
    "own_report_at": NEVER,
    "own_reports": 0,
    "own_event_at": NEVER,
    "cannot_pass": 0,
    "restarts": 0,
    "is_sick": 0,
    "check_streak": 0,
    "check_number": 0,
    "check_at": NEVER,
    "verdict_at": NEVER,
    "error_step": 0,
    "is_cold": 0,
    "warm_at": NEVER,
    "ramp": 1,
    "ramp_at": NEVER,
    "boost_ends_at": NEVER,
    "cohort": -1,
    "checks_stalled": 0,
    "websockets": 0.0,
    "cut_requests": 0.0,
    "is_registered": 0,
    "registers_at": NEVER,
    "reacts_at": NEVER,
    "deregisters_at": NEVER,
    "late_requests_until": NEVER,
    "drain_ends_at": NEVER,
    "sigterm_at": NEVER,
    "stop_ends_at": NEVER,
    "gone_at": NEVER,
    "work_ends_at": NEVER,
}


@pytest.fixture
def m():
    """A scenario record."""
    return record()


@pytest.fixture
def s(m):
    """The state at the command: tasks 0 to 5 are old and healthy."""
    return at_command(m)


def order(s):
    """Return the tasks from first to last; check that the way back is the same."""
    forward, i = [], s.world.first_task
    while i >= 0:
        forward.append(i)
        i = s.tasks[i].next_task
    backward, i = [], s.world.last_task
    while i >= 0:
        backward.append(i)
        i = s.tasks[i].previous_task
    assert backward == forward[::-1]
    return forward


def test_a_reset_task_keeps_nothing_of_the_one_before(s):
    """Every field that a new task needs has its first value, whatever was in the slot."""
    t = s.tasks[9]
    for name in t.record.names:
        setattr(t, name, 99)
    before = snapshot(t)
    reset_task(s, 9)
    assert {name: after for name, (_, after) in changes(before, t).items()} == FRESH


def test_a_full_share_is_ten_tenths_with_slow_start(m):
    """Without it, a target's share is not divided."""
    assert full_ramp(m) == 1
    m.slow_start = 0.5
    assert full_ramp(m) == 10


@pytest.mark.parametrize(("revision", "group"), [(OLD, 0), (NEW, 1)])
def test_a_healthy_task_leaves_the_counts(m, s, revision, group):
    """That of its revision and that of its target group."""
    m.n_groups = 2
    s.world.healthy[:] = [6, 9]
    s.world.healthy_targets[:] = [6, 9]
    s.tasks[0].revision = revision
    left = s.world.healthy[revision] - 1
    expected = {f"healthy[{revision}]": left, f"healthy_targets[{group}]": left}
    assert effect(s, remove_from_counts, m, s, 0) == expected


def test_a_sick_task_leaves_the_counts(m, s):
    """It was not among those starting."""
    s.tasks[0].health, s.tasks[0].is_sick, s.world.sick[OLD] = UNHEALTHY, 1, 1
    assert effect(s, remove_from_counts, m, s, 0) == {"sick[0]": 0}


@pytest.mark.parametrize(
    ("state", "expected"),
    [(PENDING, {"starting[1]": 3}), (RUNNING, {"starting[1]": 3, "running_unproven[1]": 2})],
)
def test_a_starting_task_leaves_the_counts(m, s, state, expected):
    """Where it is RUNNING already, it was among the unproven, too."""
    s.world.starting[NEW], s.world.running_unproven[NEW] = 4, 3
    add_task(s, 6, NEW)
    s.tasks[6].state = state
    assert effect(s, remove_from_counts, m, s, 6) == expected


def test_a_running_task_is_counted_as_unproven(s):
    """It is among those starting, too."""
    s.tasks[0].revision, s.world.starting[NEW], s.world.running_unproven[NEW] = NEW, 4, 2
    assert effect(s, count_as_unproven, s, 0) == {"starting[1]": 5, "running_unproven[1]": 3}


def counted(s):
    """Give every count of the world a number of its own."""
    w = s.world
    w.starting[:], w.running_unproven[:] = [7, 50], [2, 30]
    w.healthy[:], w.sick[:], w.draining[:] = [3, 40], [4, 60], [5, 6]


def test_the_fleet_is_counted_as_the_scheduler_sees_it(m, s):
    """Target and other revision, and draining tasks of both."""
    counted(s)
    s.world.target = NEW
    assert count_fleet(m, s) == Fleet(50, 40, 60, 7, 3, 4, 11)
    s.world.target = OLD
    assert count_fleet(m, s) == Fleet(7, 3, 4, 50, 40, 60, 11)


def test_without_a_health_signal_running_tasks_are_counted_as_healthy(m, s):
    """The unproven move from starting to healthy (ecs-health-signal-missing)."""
    counted(s)
    s.world.target, s.world.health_signal_missing = NEW, 1
    # starting 50 - 30, healthy 40 + 30; the other revision's 7 - 2, 3 + 2
    assert count_fleet(m, s) == Fleet(20, 70, 60, 5, 5, 4, 11)


def test_only_the_unchecked_revision_is_taken_for_healthy(m, s):
    """Checks of the old group go on while those of the new one wait for the shift."""
    counted(s)
    s.world.target, m.checks_wait_for_shift = NEW, 1
    assert count_fleet(m, s) == Fleet(20, 70, 60, 7, 3, 4, 11)
    s.world.target = OLD
    assert count_fleet(m, s) == Fleet(7, 3, 4, 20, 70, 60, 11)


@pytest.mark.parametrize("state", [DRAINING, STOPPING, GONE, DEAD])
def test_a_task_on_its_way_out_has_no_class(m, s, state):
    """The scheduler does not choose among them."""
    s.tasks[0].state = state
    assert scheduler_class(m, s, 0) == -1


@pytest.mark.parametrize(
    ("state", "health", "is_sick", "expected"),
    [
        (RUNNING, HEALTHY, 0, WELL),
        (RUNNING, UNHEALTHY, 1, SICK),
        (RUNNING, UNHEALTHY, 0, STARTING),
        (RUNNING, INITIAL, 0, STARTING),
        (PENDING, INITIAL, 0, STARTING),
    ],
)
def test_the_class_of_an_active_task(m, s, state, health, is_sick, expected):
    """By health, and whether the grace period is over."""
    t = s.tasks[0]
    t.state, t.health, t.is_sick = state, health, is_sick
    assert scheduler_class(m, s, 0) == expected


@pytest.mark.parametrize(
    ("state", "is_sick", "expected"),
    [(RUNNING, 0, WELL), (PENDING, 0, STARTING), (RUNNING, 1, SICK)],
)
def test_an_unchecked_task_is_well_once_it_runs(m, s, state, is_sick, expected):
    """What was found sick before stays sick (ecs-health-signal-missing)."""
    t = s.tasks[0]
    t.state, t.health, t.is_sick = state, UNHEALTHY, is_sick
    s.world.health_signal_missing = 1
    assert scheduler_class(m, s, 0) == expected


@pytest.mark.parametrize(("revision", "expected"), [(NEW, WELL), (OLD, STARTING)])
def test_a_task_of_an_unused_group_is_well_once_it_runs(m, s, revision, expected):
    """The old group is checked all the time."""
    m.checks_wait_for_shift = 1
    s.tasks[0].health, s.tasks[0].revision = INITIAL, revision
    assert scheduler_class(m, s, 0) == expected


def test_tasks_are_linked_in_order_of_creation(s):
    """Also the first one of an empty list, whatever its slot held."""
    assert order(s) == [0, 1, 2, 3, 4, 5]
    s.world.first_task = s.world.last_task = -1
    s.tasks[3].next_task, s.tasks[3].previous_task = 7, 8
    link(s, 3)
    assert order(s) == [3]
    link(s, 0)
    link(s, 1)
    assert order(s) == [3, 0, 1]
    unlink(s, 3)
    assert order(s) == [0, 1]


def test_tasks_are_unlinked_anywhere(s):
    """In the middle, at either end, and the last one that is left."""
    for i, left in ((2, [0, 1, 3, 4, 5]), (0, [1, 3, 4, 5]), (5, [1, 3, 4]), (3, [1, 4])):
        unlink(s, i)
        assert order(s) == left
    unlink(s, 4)
    unlink(s, 1)
    assert order(s) == []


def test_the_head_of_the_list_is_slot_zero(s):
    """Slot 0 is a neighbor like any other."""
    unlink(s, 1)
    assert order(s) == [0, 2, 3, 4, 5]
    unlink(s, 5)
    link(s, 1)
    assert order(s) == [0, 2, 3, 4, 1]


def test_a_task_is_added(s):
    """It is numbered by creation, and for its draws by release and attempt."""
    s.world.generation[NEW], s.world.attempts[NEW] = 3, 4
    s.tasks[6].cohort = 5
    after = effect(s, add_task, s, 6, NEW)
    assert {path: v for path, v in after.items() if not path.startswith("t6")} == {
        "next_serial": 7,
        "attempts[1]": 5,
        "alive[1]": 1,
        "last_task": 6,
        "t5.next_task": 6,
    }
    t = s.tasks[6]
    assert (t.serial, t.revision, t.draw_entity) == (6, NEW, 3 * 2**24 + 4)
    assert {name: getattr(t, name) for name in FRESH} == FRESH


def test_an_old_task_serves_at_the_command(m, s):
    """It has been healthy for long; its next check and its shutdown are drawn."""
    uniform_row(m, delays.FIRST_CHECK)
    uniform_row(m, delays.SHUTDOWN)
    m.websockets, s.world.now = 3000.0, 40.0
    w = s.world
    after = effect(s, add_old_task, m, s, 6)
    entity = 6  # release 0, attempt 6
    assert {path: v for path, v in after.items() if not path.startswith("t6")} == {
        "next_serial": 7,
        "attempts[0]": 7,
        "alive[0]": 7,
        "healthy[0]": 7,
        "connected[0]": 7,
        "healthy_targets[0]": 7,
        "eligible_weight[0]": 7,
        "last_task": 6,
        "t5.next_task": 6,
        "c0.n_targets": 7,
    }
    t = s.tasks[6]
    changed = {
        "state": RUNNING,
        "boot_ends_at": -1e9,
        "is_registered": 1,
        "is_answering": 1,
        "health": HEALTHY,
        "check_at": 30.0 * uniform(w.key0, w.key1, FIRST_CHECK, entity, 0),
        "cohort": 0,
        "websockets": 500.0,  # 3000 on 6 tasks
    }
    assert {name: getattr(t, name) for name in FRESH} == FRESH | changed
    assert (t.pull_at, t.running_at, t.joined_at) == (-1.0, -1e9, -1e9)
    assert t.shutdown_seconds == uniform(w.key0, w.key1, SHUTDOWN, entity, 0)


def test_an_old_task_has_its_full_share_under_slow_start(m, s):
    """It weighs ten tenths, in the target group of the old revision."""
    m.slow_start, m.n_groups = 30.0, 2
    add_old_task(m, s, 6)
    assert s.tasks[6].ramp == 10
    assert s.world.eligible_weight == [16, 0]
    assert s.world.healthy_targets == [7, 0]
