"""Deployment: what each step of a plan begins, waits for and ends, and its hooks."""

import pytest

from simdeploy.draws import UNDOING
from simdeploy.model import delays, timers
from simdeploy.model.constants import DRAINING, NO_CAP, PENDING
from simdeploy.model.deployment import (
    advance_deployment,
    advance_steps,
    answer_or_timeout,
    begin_step,
    begin_waiting,
    draw_answer_time,
    end_deployment,
    is_refused,
    is_step_done,
    next_to_kill,
    on_step_timer,
    set_next_crash,
    usual_cap,
)
from simdeploy.model.scheduling import cap_now
from simdeploy.semantics.alarms import CODE_DEPLOY, ECS_ROLLING
from simdeploy.semantics.plan import (
    APPROVE,
    AT_REST,
    AWAIT_HEALTHY,
    BAKE,
    BY_APPROVAL,
    BY_BREAKER,
    BY_HOOK,
    BY_TIMEOUT,
    FLIPPING,
    FROZEN,
    HOOK,
    ORDERED,
    REDEPLOYING,
    REPLACE_TASKS,
    ROLLING_OUT,
    SET_FLAG,
    SHIFT_TRAFFIC,
    START_NEW_TASKS,
    STOP_NEW_TASKS,
    STOP_OLD_TASKS,
    TEARING_DOWN,
    TEST_TRAFFIC,
    UNFLAGGING,
    WAIT,
)
from simdeploy.semantics.schema import MIGRATE
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import KINDS, at_command, record
from tests.model.transitions import after, between, changed_by

#: A fault kind that a smoke test meets with the code turned on, and one that shows at once.
ERRORS, CRASHES = KINDS["errors"], KINDS["boot_crash"]


def put_plan(m, *steps):
    """Replace the plan by steps of an opcode and up to two arguments."""
    m.n_steps = len(steps)
    for k, (op, *arguments) in enumerate(steps):
        m.plan[k].op = op
        m.plan[k].a, m.plan[k].b = (*arguments, 0.0, 0.0)[:2]


@pytest.fixture
def m():
    """Return the record of six tasks with an empty plan and an operator of 600 s patience."""
    m = record()
    put_plan(m)
    m.has_operator, m.patience = 1, 600.0
    return m


@pytest.fixture
def s(m):
    """Return its state 100 s after the command, an earlier step's marks still set."""
    s = at_command(m)
    w = s.world
    w.now = 100.0
    w.step_timer_over = w.is_impatient = 1
    w.timers[timers.PATIENCE] = 300.0
    return s


#: What every step changes when it begins; only those that await tasks try a person's patience.
BEGUN = {
    "step_begun": 1,
    "step_timer_over": 0,
    "is_impatient": 0,
    f"timers[{timers.PATIENCE}]": NEVER,
}
TRYING = BEGUN | {f"timers[{timers.PATIENCE}]": 700.0}


@pytest.mark.parametrize(
    ("step", "changed"),
    [
        # rolling 50 % to 150 % of 6 tasks
        (
            (REPLACE_TASKS, 50.0, 150.0),
            TRYING | {"is_rolling": 1, "wanted_target": 6, "cap": 9, "floor": 3},
        ),
        # neither may stop nor start: stuck
        (
            (REPLACE_TASKS, 100.0, 100.0),
            TRYING | {"is_rolling": 1, "wanted_target": 6, "cap": 6, "floor": 6, "is_stuck": 1},
        ),
        ((STOP_OLD_TASKS, 1.0), TRYING | {"wanted_other": 0, "old_stopping": 1}),
        ((START_NEW_TASKS, 0.25), BEGUN | {"wanted_target": 2}),  # 1.5 tasks, rounded up
        ((AWAIT_HEALTHY, 1800.0), TRYING | {f"timers[{timers.STEP}]": 1900.0}),
        ((TEST_TRAFFIC,), BEGUN),
        ((HOOK, 2.0, 1.0), BEGUN | {f"timers[{timers.STEP}]": 130.0}),
        ((APPROVE, 2.0, 1.0), BEGUN | {f"timers[{timers.STEP}]": 130.0}),
        (
            (SET_FLAG, 50.0, 3.0),
            BEGUN | {"ordered_flag_level": 3, "flag_changes": 1, f"timers[{timers.FLAG}]": 104.0},
        ),
        (
            (SHIFT_TRAFFIC, 10.0),
            BEGUN
            | {"ordered_weight": 10.0, "weight_changes": 1, f"timers[{timers.WEIGHT}]": 105.0},
        ),
        ((BAKE, 300.0), BEGUN | {f"timers[{timers.STEP}]": 400.0}),
        ((WAIT, 60.0), BEGUN | {f"timers[{timers.STEP}]": 160.0}),
    ],
    ids=str,
)
def test_step_begins(m, s, step, changed):
    """Each step orders what it stands for and, where it waits, sets its timer and patience."""
    put_plan(m, (TEST_TRAFFIC,), step)
    s.world.step = 1
    m.hooks[1].duration_row, m.hooks[1].timeout = 40, 3600.0
    m.distributions[40], m.distributions[delays.FLAG], m.distributions[delays.WEIGHT] = (
        after(30.0),
        after(4.0),
        after(5.0),
    )
    assert changed_by(s.world, begin_step, m, s) == changed


def test_replacing_unsticks(m, s):
    """A rolling step that can move clears the mark of one that could not."""
    put_plan(m, (REPLACE_TASKS, 50.0, 100.0))
    s.world.is_stuck = 1
    assert changed_by(s.world, begin_step, m, s) == TRYING | {
        "is_stuck": 0,
        "is_rolling": 1,
        "wanted_target": 6,
        "cap": 6,
        "floor": 3,
    }


def test_floor_holds_all_tasks_where_starting_comes_first(m, s):
    """Without stop_before_start, room above the desired count keeps the floor at it."""
    put_plan(m, (REPLACE_TASKS, 50.0, 150.0))
    m.stop_before_start = 0
    begin_step(m, s)
    assert s.world.floor == 6


def test_stopping_new_tasks_wants_none(m, s):
    """The step that ends a rehearsal deregisters every new task."""
    put_plan(m, (STOP_NEW_TASKS,))
    s.world.wanted_target = 6
    assert changed_by(s.world, begin_step, m, s) == BEGUN | {"wanted_target": 0}


def test_stopping_old_tasks_ends_the_rolling_loop(m, s):
    """Stopping the old tasks is not bound by a floor."""
    put_plan(m, (STOP_OLD_TASKS, 0.0))
    s.world.is_rolling = 1
    begin_step(m, s)
    assert s.world.is_rolling == 0


@pytest.mark.parametrize(
    ("operator", "phase", "due"),
    [(1, ROLLING_OUT, 700.0), (0, ROLLING_OUT, NEVER), (1, REDEPLOYING, NEVER)],
)
def test_only_an_operator_loses_patience_with_a_deployment(m, s, operator, phase, due):
    """Without a person on call, or in a rollback, nobody loses patience."""
    put_plan(m, (AWAIT_HEALTHY, 60.0))
    m.has_operator, s.world.phase = operator, phase
    begin_step(m, s)
    assert s.world.timers[timers.PATIENCE] == due


def test_redeploying_shifts_traffic_to_the_old_revision(m, s):
    """In a rollback by the same plan, 10 % for the target are 90 % for the new revision."""
    put_plan(m, (SHIFT_TRAFFIC, 10.0))
    s.world.target, s.world.phase = OLD, REDEPLOYING
    begin_step(m, s)
    assert s.world.ordered_weight == 90.0


def test_redeploying_leaves_the_flag(m, s):
    """A rollback by the same plan does not set the feature flag again."""
    put_plan(m, (SET_FLAG, 50.0, 3.0))
    s.world.phase = REDEPLOYING
    assert changed_by(s.world, begin_step, m, s) == BEGUN


@pytest.mark.parametrize(
    ("phase", "controller", "waits"),
    [
        (REDEPLOYING, ECS_ROLLING, False),
        (REDEPLOYING, CODE_DEPLOY, True),
        (ROLLING_OUT, ECS_ROLLING, True),
    ],
)
def test_only_a_rolling_rollback_does_not_bake(m, s, phase, controller, waits):
    """An ECS rolling rollback passes over bakes and waits; all else takes their time."""
    m.controller, s.world.phase = controller, phase
    s.world.step_timer_over = 0
    expected = {f"timers[{timers.STEP}]": 160.0} if waits else {"step_timer_over": 1}
    assert changed_by(s.world, begin_waiting, m, s, 60.0) == expected


@pytest.mark.parametrize(
    ("steps", "cap"),
    [
        ([(TEST_TRAFFIC,), (REPLACE_TASKS, 50.0, 150.0), (STOP_OLD_TASKS,)], 9),
        ([(STOP_OLD_TASKS,), (REPLACE_TASKS, 50.0, 150.0)], 6),
        ([(START_NEW_TASKS, 1.0), (STOP_OLD_TASKS,)], 0),
        ([(START_NEW_TASKS, 1.0), (REPLACE_TASKS, 50.0, 150.0)], 0),
        ([(WAIT, 5.0)], 0),
        ([], 0),
    ],
    ids=str,
)
def test_usual_cap_is_that_of_the_first_step_that_moves_tasks(m, steps, cap):
    """150 % of 6 are 9; recreate never has more than 6; blue-green has no cap."""
    put_plan(m, *steps)
    assert usual_cap(m) == cap


@pytest.mark.parametrize(
    ("cap", "rolling", "phase", "now"),
    [
        (9, 1, ROLLING_OUT, 9),
        (9, 0, AT_REST, 9),
        (9, 0, ROLLING_OUT, NO_CAP),
        (6, 0, ROLLING_OUT, 6),
        (7, 0, ROLLING_OUT, NO_CAP),
        (0, 1, AT_REST, NO_CAP),
        (1, 1, ROLLING_OUT, 1),
    ],
)
def test_cap_holds_while_rolling_and_at_rest(m, s, cap, rolling, phase, now):
    """In other steps only a cap that leaves no room above the desired 6 holds."""
    w = s.world
    w.cap, w.is_rolling, w.phase = cap, rolling, phase
    assert cap_now(m, s) == now


def put_hook(m, which=1, *, seconds=30.0, timeout=60.0, silent=0, seen=0, chance=1.0):
    """Describe a hook that answers after these seconds."""
    h = m.hooks[which]
    h.duration_row, h.timeout, h.never_answers = 40, timeout, silent
    h.seen_kinds, h.detection_chance = seen, chance
    m.distributions[40] = after(seconds)


@pytest.mark.parametrize(
    ("seconds", "silent", "expected"), [(30.0, 0, 30.0), (90.0, 0, 60.0), (30.0, 1, 60.0)]
)
def test_hook_ends_with_its_answer_or_its_timeout(m, s, seconds, silent, expected):
    """An answer after 60 s, or none, is not awaited (codedeploy-hook-timeout)."""
    put_hook(m, seconds=seconds, silent=silent)
    assert answer_or_timeout(m, s, 0, 1) == expected


def test_every_hook_has_its_own_time(m, s):
    """Two stages, two hooks and two weights have eight different draws, none a rollback's."""
    for which in (0, 1):
        m.hooks[which].duration_row = 40
    m.distributions[40] = between(0.0, 1.0)
    times = set()
    for s.world.weight_changes in (0, 1, UNDOING):
        times |= {draw_answer_time(m, s, stage, which) for stage in (0, 1) for which in (0, 1)}
    assert len(times) == 12
    assert all(0.0 < time < 1.0 for time in times)


def put_release(m, s, kinds, *, has_run=1):
    """Give the new release faults of some kinds, and say whether a new task has run."""
    m.releases[s.world.generation[NEW]].fault_kinds = kinds
    s.world.new_has_run = has_run


@pytest.mark.parametrize(
    ("hook", "release", "phase", "refused"),
    [
        ({"seconds": 60.0}, {}, ROLLING_OUT, False),  # in time: faults decide
        ({"seconds": 60.1}, {}, ROLLING_OUT, True),
        ({"silent": 1}, {}, ROLLING_OUT, True),
        ({"silent": 1}, {}, REDEPLOYING, False),
        ({"seen": ERRORS}, {"kinds": ERRORS}, ROLLING_OUT, True),
        ({"seen": ERRORS}, {"kinds": ERRORS}, REDEPLOYING, False),
        ({"seen": ERRORS}, {"kinds": CRASHES}, ROLLING_OUT, False),
        ({"seen": CRASHES}, {"kinds": CRASHES}, ROLLING_OUT, True),
        ({"seen": ERRORS | CRASHES}, {"kinds": KINDS["silent"] | ERRORS}, ROLLING_OUT, True),
        ({"seen": KINDS["connections"]}, {"kinds": KINDS["connections"]}, ROLLING_OUT, True),
        ({"seen": ERRORS, "chance": 0.0}, {"kinds": ERRORS}, ROLLING_OUT, False),
        ({"seen": ERRORS}, {"kinds": ERRORS, "has_run": 0}, ROLLING_OUT, False),
    ],
    ids=str,
)
def test_hook_refuses(m, s, hook, release, phase, refused):
    """A late answer or a detected fault is a no, but not in a rollback."""
    put_hook(m, **hook)
    put_release(m, s, release.get("kinds", 0), has_run=release.get("has_run", 1))
    s.world.phase = phase
    assert is_refused(m, s, 0, 1) is refused


def test_fault_behind_a_flag_that_is_off_is_not_seen(m, s):
    """Errors of dark code show only once the flag exposes it to some users."""
    put_hook(m, seen=ERRORS)
    put_release(m, s, ERRORS)
    m.has_flag, m.flag_shares[1] = 1, 0.5
    m.releases[1].flagged_kinds = ERRORS
    assert not is_refused(m, s, 0, 1)
    s.world.flag_level = 1
    assert is_refused(m, s, 0, 1)


def test_detection_chances_are_independent(m, s):
    """Of 64 hooks with an even chance some detect the fault and some do not, each as drawn."""
    answers = []
    for which in range(4):
        put_hook(m, which, seen=ERRORS, chance=0.5)
    put_release(m, s, ERRORS)
    for s.world.weight_changes in range(4):
        answers += [is_refused(m, s, stage, which) for stage in range(4) for which in range(4)]
    assert 16 < sum(answers) < 48
    assert len({tuple(answers[k : k + 4]) for k in range(0, 64, 4)}) > 6


def test_silence_of_a_hook_starts_the_rollback(m, s):
    """A hook without an answer at its time-out fails, is an onset of harm, and undoes."""
    put_plan(m, (HOOK, 0.0, 1.0))
    put_hook(m, silent=1)
    s.world.timers[timers.STEP] = 100.0
    s.world.step_begun = 1
    changed = changed_by(s.world, on_step_timer, m, s)
    assert changed["hook_failed"] == 1
    assert changed["onset_at"] == 100.0
    assert changed["rollback_reason"] == BY_HOOK
    assert changed[f"timers[{timers.STEP}]"] == NEVER


def test_refused_approval_starts_the_rollback(m, s):
    """A person's no is a reason of its own; an earlier onset of harm stays."""
    put_plan(m, (TEST_TRAFFIC,), (APPROVE, 0.0, 1.0))
    put_hook(m, silent=1)
    s.world.step, s.world.onset_at = 1, 80.0
    on_step_timer(m, s)
    assert s.world.rollback_reason == BY_APPROVAL
    assert s.world.onset_at == 80.0


@pytest.mark.parametrize("op", [HOOK, APPROVE, BAKE, WAIT])
def test_answer_or_end_of_a_wait_completes_the_step(m, s, op):
    """A yes, or the time over, lets the plan go on."""
    put_plan(m, (op, 0.0, 1.0))
    put_hook(m)
    s.world.step_timer_over, s.world.timers[timers.STEP] = 0, 100.0
    assert changed_by(s.world, on_step_timer, m, s) == {
        f"timers[{timers.STEP}]": NEVER,
        "step_timer_over": 1,
    }


def test_wait_is_no_question(m, s):
    """The end of a bake refuses nothing, whatever the hook of its argument would say."""
    put_plan(m, (BAKE, 0.0, 1.0))
    put_hook(m, silent=1)
    on_step_timer(m, s)
    assert (s.world.hook_failed, s.world.rollback_reason) == (0, 0)


def test_tasks_that_are_not_healthy_in_time_are_rolled_back(m, s):
    """The installation's time-out undoes a deployment (codedeploy-install-timeout)."""
    put_plan(m, (AWAIT_HEALTHY, 60.0))
    on_step_timer(m, s)
    assert s.world.rollback_reason == BY_TIMEOUT
    assert s.world.onset_at == NEVER


def test_no_timeout_undoes_a_rollback(m, s):
    """A redeployment waits for its tasks as long as it takes."""
    put_plan(m, (AWAIT_HEALTHY, 60.0))
    s.world.phase, s.world.timers[timers.STEP] = REDEPLOYING, 100.0
    assert changed_by(s.world, on_step_timer, m, s) == {f"timers[{timers.STEP}]": NEVER}


@pytest.mark.parametrize(
    ("step", "world", "done"),
    [
        ((REPLACE_TASKS, 50.0, 150.0), {"healthy": [0, 6], "alive": [0, 6]}, True),
        ((REPLACE_TASKS, 50.0, 150.0), {"healthy": [0, 5], "alive": [0, 6]}, False),
        ((REPLACE_TASKS, 50.0, 150.0), {"healthy": [0, 6], "alive": [1, 6]}, False),
        ((AWAIT_HEALTHY, 60.0), {"healthy": [6, 6], "alive": [6, 6]}, True),
        ((AWAIT_HEALTHY, 60.0), {"healthy": [6, 5], "alive": [6, 6]}, False),
        ((STOP_OLD_TASKS, 1.0), {"alive": [1, 6]}, False),
        ((STOP_OLD_TASKS, 1.0), {"alive": [0, 6]}, True),
        ((STOP_OLD_TASKS, 0.0), {"alive": [6, 6]}, True),
        ((BAKE, 60.0), {"step_timer_over": 0}, False),
        ((BAKE, 60.0), {"step_timer_over": 1}, True),
        ((TEST_TRAFFIC,), {"step_timer_over": 0}, True),
    ],
    ids=str,
)
def test_step_is_done(m, s, step, world, done):
    """Tasks, or a timer, decide; the old revision's tasks are the ones to be gone."""
    put_plan(m, (WAIT, 5.0), step)
    s.world.step, s.world.wanted_target = 1, 6
    for name, value in world.items():
        setattr(s.world, name, value)
    assert is_step_done(m, s) is done


def test_in_a_rollback_the_new_tasks_are_to_be_gone(m, s):
    """Redeploying the old revision is done when no new task is alive."""
    put_plan(m, (STOP_OLD_TASKS, 1.0))
    s.world.target = OLD
    s.world.alive = [6, 1]
    assert not is_step_done(m, s)
    s.world.alive = [6, 0]
    assert is_step_done(m, s)


@pytest.mark.parametrize("phase", [ROLLING_OUT, REDEPLOYING])
def test_steps_go_on_until_one_waits(m, s, phase):
    """Steps that are done at once follow each other; the first that waits has begun."""
    put_plan(m, (TEST_TRAFFIC,), (START_NEW_TASKS, 1.0), (BAKE, 60.0), (TEST_TRAFFIC,))
    s.world.phase, m.controller = phase, CODE_DEPLOY
    assert changed_by(s.world, advance_steps, m, s) == BEGUN | {
        "step": 2,
        "wanted_target": 6,
        f"timers[{timers.STEP}]": 160.0,
    }


def test_step_that_has_begun_does_not_begin_again(m, s):
    """A waiting step keeps its timer from look to look."""
    put_plan(m, (BAKE, 60.0))
    w = s.world
    w.step_begun, w.step_timer_over, w.timers[timers.STEP] = 1, 0, 130.0
    assert changed_by(w, advance_steps, m, s) == {}


def test_step_that_is_done_takes_its_timer_along(m, s):
    """Healthy tasks end the wait before its time-out, which is then void."""
    put_plan(m, (AWAIT_HEALTHY, 60.0))
    w = s.world
    w.step_begun, w.timers[timers.STEP], w.wanted_target = 1, 130.0, 6
    w.healthy[NEW] = 6
    assert changed_by(w, advance_steps, m, s) == {
        "step": 1,
        "step_begun": 0,
        f"timers[{timers.STEP}]": NEVER,
    }


@pytest.mark.parametrize("phase", [ORDERED, FLIPPING, TEARING_DOWN, FROZEN, AT_REST, UNFLAGGING])
def test_plan_stands_still_outside_of_deployments(m, s, phase):
    """A rollback by a flip, a stall and rest leave the plan where it is."""
    put_plan(m, (TEST_TRAFFIC,), (TEST_TRAFFIC,))
    s.world.phase = phase
    assert changed_by(s.world, advance_steps, m, s) == {}


RESTED = {
    "phase": AT_REST,
    "rest_at": 100.0,
    "is_impatient": 0,
    f"timers[{timers.PATIENCE}]": NEVER,
    "wanted_other": 0,
}


@pytest.mark.parametrize("phase", [ROLLING_OUT, REDEPLOYING])
def test_deployment_ends_with_its_plan(m, s, phase):
    """After the last step the deployment, or the redeployment, is at rest."""
    s.world.phase = phase
    assert changed_by(s.world, advance_deployment, m, s) == RESTED


@pytest.mark.parametrize("phase", [ROLLING_OUT, REDEPLOYING])
def test_deployment_goes_on_with_a_waiting_step(m, s, phase):
    """While a step waits, the deployment is not over."""
    put_plan(m, (BAKE, 60.0))
    s.world.phase, s.world.step_begun, s.world.step_timer_over = phase, 1, 0
    assert changed_by(s.world, advance_deployment, m, s) == {}


@pytest.mark.parametrize(
    ("phase", "world", "ends"),
    [
        (TEARING_DOWN, {"alive": [6, 0]}, True),
        (TEARING_DOWN, {"alive": [6, 1]}, False),
        (UNFLAGGING, {}, True),
        (UNFLAGGING, {"flag_due": 120.0}, False),
        (ORDERED, {"alive": [6, 0]}, False),
        (FLIPPING, {"alive": [6, 0]}, False),
        (FROZEN, {"alive": [6, 0]}, False),
        (AT_REST, {"alive": [6, 0]}, False),
    ],
)
def test_rollback_ends(m, s, phase, world, ends):
    """A teardown ends with the last new task, turning a flag off when that is in effect."""
    put_plan(m, (TEST_TRAFFIC,))
    w = s.world
    w.phase = phase
    w.alive = world.get("alive", w.alive)
    w.timers[timers.FLAG] = world.get("flag_due", NEVER)
    assert changed_by(w, advance_deployment, m, s) == (RESTED if ends else {})


@pytest.mark.parametrize(("rolls_back", "phase"), [(1, REDEPLOYING), (0, FROZEN)])
def test_tripped_breaker_stops_the_deployment(m, s, rolls_back, phase):
    """A tripped breaker rolls back, or stalls the deployment where it may not."""
    put_plan(m, (BAKE, 60.0))
    m.breaker_rolls_back, m.controller = rolls_back, CODE_DEPLOY
    s.world.breaker_tripped = 1
    advance_deployment(m, s)
    assert s.world.phase == phase
    assert s.world.rollback_reason == (BY_BREAKER if rolls_back else 0)


def test_breaker_stays_tripped_without_effect_in_a_rollback(m, s):
    """Only a deployment that rolls out is stopped by the breaker."""
    put_plan(m, (BAKE, 60.0))
    w = s.world
    w.breaker_tripped, w.phase, w.step_begun, w.step_timer_over = 1, REDEPLOYING, 1, 0
    assert changed_by(w, advance_deployment, m, s) == {}


def test_stall_changes_nothing_but_the_phase(m, s):
    """A breaker that may not roll back freezes what there is."""
    put_plan(m, (BAKE, 60.0))
    s.world.breaker_tripped = 1
    assert changed_by(s.world, advance_deployment, m, s) == {"phase": FROZEN}


def test_end_stops_all_timers_and_the_rolling_loop(m, s):
    """Nothing of the plan outlives the deployment; the other revision is wanted no more."""
    w = s.world
    w.is_rolling, w.timers[timers.STEP] = 1, 500.0
    assert changed_by(w, end_deployment, m, s) == RESTED | {
        "is_rolling": 0,
        f"timers[{timers.STEP}]": NEVER,
    }


@pytest.mark.parametrize(("reason", "reversible", "rows"), [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_rollback_takes_a_reversible_schema_change_back(m, s, reason, reversible, rows):
    """At the end of a rollback, not of a deployment, a reversible change is undone."""
    w = s.world
    w.rollback_reason, w.schema_change, w.has_new_rows = reason, MIGRATE, 1
    m.releases[1].schema_reversible = reversible
    end_deployment(m, s)
    assert w.has_new_rows == rows


def test_end_of_a_redeployment_takes_the_schema_change_back(m, s):
    """A rollback by redeploying ends as any other."""
    w = s.world
    w.phase, w.rollback_reason, w.schema_change, w.has_new_rows = REDEPLOYING, 1, MIGRATE, 1
    m.releases[1].schema_reversible = 1
    assert changed_by(w, advance_deployment, m, s) == RESTED | {"has_new_rows": 0}


def test_kill_takes_the_oldest_running_task_of_its_revision(m, s):
    """A crash looks from a task on, in order of creation, for running ones of its revision."""
    w = s.world
    w.next_crash = 1
    m.task_crashes[0].revision, m.task_crashes[1].revision = NEW, OLD
    s.tasks[0].state, s.tasks[1].state, s.tasks[2].revision = PENDING, DRAINING, NEW
    assert next_to_kill(m, s, 0) == 3
    assert next_to_kill(m, s, 4) == 4
    assert next_to_kill(m, s, -1) == -1
    w.next_crash = 0
    assert next_to_kill(m, s, 0) == 2
    assert next_to_kill(m, s, 3) == -1


def test_next_crash_is_set_until_none_is_left(m, s):
    """The timer of crashes goes from one to the next and then stays stopped."""
    m.n_task_crashes = 2
    m.task_crashes[1].at = 400.0
    assert changed_by(s.world, set_next_crash, m, s) == {
        "next_crash": 1,
        f"timers[{timers.CRASH}]": 400.0,
    }
    s.world.timers[timers.CRASH] = NEVER
    assert changed_by(s.world, set_next_crash, m, s) == {"next_crash": 2}
