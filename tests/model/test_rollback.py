"""Rollback: which way it takes from where the deployment stands, and what each order changes."""

import pytest

from simdeploy.draws import CONTROLLER_DELAY, FLAG, UNDOING, WEIGHT
from simdeploy.draws import HOOK as DRAW_HOOK
from simdeploy.model import delays, sums, timers
from simdeploy.model.rollback import (
    apply_flag,
    apply_weight,
    on_controller_timer,
    order_flag,
    order_rollback,
    order_weight,
    redeploy,
    rollback_hook_seconds,
    tear_down,
)
from simdeploy.semantics.plan import (
    AT_REST,
    BY_ALARM,
    BY_HOOK,
    BY_OPERATOR,
    FLIPPING,
    FROZEN,
    ORDERED,
    REDEPLOYING,
    ROLLING_OUT,
    TEARING_DOWN,
    UNFLAGGING,
)
from simdeploy.semantics.state import NEVER, OLD
from tests.model.states import at_command, record
from tests.model.transitions import after, between, changed_by, drawn


@pytest.fixture
def m():
    """Return the record of a rolling deployment of six tasks."""
    return record()


@pytest.fixture
def s(m):
    """Return its state 100 s after the command, one step of the plan under way."""
    state = at_command(m)
    w = state.world
    w.now = 100.0
    w.sums[sums.APP] = 7.0
    w.step, w.step_begun = 1, 1
    w.timers[timers.STEP] = w.timers[timers.PATIENCE] = 500.0
    return state


#: What every order to roll back changes first.
DECIDED = {
    "decision_at": 100.0,
    "failed_at_decision": 7.0,
    f"timers[{timers.STEP}]": NEVER,
    f"timers[{timers.PATIENCE}]": NEVER,
}


def test_without_traffic_shift_the_old_revision_is_deployed_anew(m, s):
    """A rolling deployment is undone by a deployment of the old revision, from step 0 on."""
    s.world.is_rolling = 1
    s.world.wanted_other = 2
    s.world.healthy[OLD], s.world.starting[OLD], s.world.sick[OLD] = 1, 2, 1
    assert changed_by(s.world, order_rollback, m, s, BY_ALARM) == DECIDED | {
        "rollback_reason": BY_ALARM,
        "phase": REDEPLOYING,
        "target": OLD,
        "wanted_target": 4,  # 1 + 2 + 1 old tasks are left
        "wanted_other": 6,
        "abandons_other": 1,
        "step": 0,
        "step_begun": 0,
        "is_rolling": 0,
        "begins_at": 100.0,
    }


def test_a_rollback_begins_at_a_look(m, s):
    """Ordered at 100 s, 6 s later the command is there; looks fall every 10 s (ecs-command)."""
    m.distributions[delays.COMMAND][1] = 6.0
    m.scheduler_tick, m.steps_at_looks = 10.0, 1
    order_rollback(m, s, BY_ALARM)
    assert s.world.begins_at == s.world.timers[timers.BEGIN] == 110.0


def test_shifted_traffic_is_flipped_back_after_the_controller_delay(m, s):
    """While the old task set stands, the controller's delay and its hooks precede the flip."""
    w = s.world
    w.shifts_traffic = 1
    w.weight_changes = 1
    m.distributions[delays.CONTROLLER] = between(0.0, 1.0)
    m.n_rollback_hooks = 1
    m.rollback_hooks[0] = 2
    m.hooks[2].duration_row, m.hooks[2].timeout = 40, 60.0
    m.distributions[40] = after(30.0)
    at = 100.0 + drawn(s, CONTROLLER_DELAY, 0, 0) + 30.0
    assert changed_by(w, order_rollback, m, s, BY_HOOK) == DECIDED | {
        "rollback_reason": BY_HOOK,
        "phase": ORDERED,
        f"timers[{timers.CONTROLLER}]": at,
    }


def test_once_old_tasks_stop_a_flip_is_not_enough(m, s):
    """After the termination of the old tasks began, shifted traffic is undone by redeploying."""
    s.world.shifts_traffic = 1
    s.world.old_stopping = 1
    order_rollback(m, s, BY_ALARM)
    assert s.world.phase == REDEPLOYING
    assert s.world.timers[timers.CONTROLLER] == NEVER


def test_feature_flag_is_turned_off_first(m, s):
    """A flag that has been set is ordered off, whatever else the plan has done."""
    w = s.world
    w.shifts_traffic = 1
    w.flag_changes = 1
    w.ordered_flag_level = 3
    m.distributions[delays.FLAG] = after(4.0)
    assert changed_by(w, order_rollback, m, s, BY_OPERATOR) == DECIDED | {
        "rollback_reason": BY_OPERATOR,
        "phase": UNFLAGGING,
        "ordered_flag_level": 0,
        "flag_changes": 2,
        f"timers[{timers.FLAG}]": 104.0,
    }


@pytest.mark.parametrize("phase", [ROLLING_OUT, FROZEN, AT_REST])
def test_can_be_undone(m, s, phase):
    """A deployment under way, stalled or finished can be undone."""
    s.world.phase = phase
    order_rollback(m, s, BY_ALARM)
    assert s.world.phase == REDEPLOYING


@pytest.mark.parametrize("phase", [ORDERED, FLIPPING, TEARING_DOWN, REDEPLOYING, UNFLAGGING])
def test_rollback_under_way_is_not_ordered_again(m, s, phase):
    """While a rollback goes on, another order changes nothing."""
    s.world.phase = phase
    assert changed_by(s.world, order_rollback, m, s, BY_ALARM) == {}


def test_finished_rollback_is_not_undone(m, s):
    """At rest after a rollback, another order changes nothing: its reason stays."""
    s.world.phase = AT_REST
    s.world.rollback_reason = 1
    assert changed_by(s.world, order_rollback, m, s, BY_ALARM) == {}


def test_rollback_hooks_run_one_after_the_other(m, s):
    """Hooks' times add up, each at most its time-out (ecs-native-hook-on-rollback)."""
    s.world.weight_changes = 1
    m.n_rollback_hooks = 3
    m.rollback_hooks[0], m.rollback_hooks[1], m.rollback_hooks[2] = 4, 1, 2
    for k, (row, timeout, silent) in {
        4: (50, 900.0, 0),
        1: (51, 20.0, 0),
        2: (52, 40.0, 1),
    }.items():
        m.hooks[k].duration_row, m.hooks[k].timeout, m.hooks[k].never_answers = row, timeout, silent
    m.distributions[50] = between(10.0, 11.0)
    m.distributions[51] = after(30.0)
    m.distributions[52] = after(5.0)
    # 10 + u, then at most 20, then a hook that never answers: 40
    expected = 10.0 + drawn(s, DRAW_HOOK, 4, UNDOING) + 20.0 + 40.0
    assert rollback_hook_seconds(m, s) == pytest.approx(expected, rel=1e-15)


def test_no_hook_runs_before_traffic_was_shifted(m, s):
    """Without a weight ordered there is nothing for a hook to check on the way back."""
    m.n_rollback_hooks = 1
    m.hooks[0].timeout, m.hooks[0].never_answers = 40.0, 1
    assert rollback_hook_seconds(m, s) == 0.0
    s.world.weight_changes = 1
    assert rollback_hook_seconds(m, s) == 40.0


def test_flag_takes_effect_after_its_delay(m, s):
    """An order of the flag draws its delay by the number of changes before it."""
    s.world.flag_changes = 2
    m.distributions[delays.FLAG] = between(0.0, 1.0)
    assert changed_by(s.world, order_flag, m, s, 3) == {
        "ordered_flag_level": 3,
        "flag_changes": 3,
        f"timers[{timers.FLAG}]": 100.0 + drawn(s, FLAG, 2, 0),
    }
    assert changed_by(s.world, apply_flag, s) == {f"timers[{timers.FLAG}]": NEVER, "flag_level": 3}


def test_weight_takes_effect_after_its_delay(m, s):
    """An order of a weight draws its delay by the number of changes before it."""
    s.world.weight_changes = 2
    m.distributions[delays.WEIGHT] = between(0.0, 1.0)
    assert changed_by(s.world, order_weight, m, s, 25.0) == {
        "ordered_weight": 25.0,
        "weight_changes": 3,
        f"timers[{timers.WEIGHT}]": 100.0 + drawn(s, WEIGHT, 2, 0),
    }
    assert changed_by(s.world, apply_weight, m, s) == {
        f"timers[{timers.WEIGHT}]": NEVER,
        "new_weight": 25.0,
    }


def test_redeployment_wants_as_many_old_tasks_as_are_left(m, s):
    """Redeploying counts healthy, starting and sick old tasks, not draining ones."""
    w = s.world
    w.healthy[OLD], w.starting[OLD], w.sick[OLD], w.draining[OLD] = 2, 1, 1, 2
    redeploy(m, s)
    assert w.wanted_target == 4


TORN_DOWN = {"phase": TEARING_DOWN, "target": OLD, "wanted_target": 6, "wanted_other": 0}


def test_controller_tears_down_at_once_where_no_traffic_was_shifted(m, s):
    """With weight 0 and none on its way, there is nothing to flip."""
    w = s.world
    w.phase, w.is_rolling, w.timers[timers.CONTROLLER] = ORDERED, 1, 100.0
    assert changed_by(w, on_controller_timer, m, s) == TORN_DOWN | {
        f"timers[{timers.CONTROLLER}]": NEVER,
        "is_rolling": 0,
    }


@pytest.mark.parametrize(("weight", "due"), [(10.0, NEVER), (0.0, 130.0), (1.0, 130.0)])
def test_controller_flips_traffic_that_has_moved_or_is_about_to(m, s, weight, due):
    """A weight in effect, or one on its way, is ordered back to 0."""
    w = s.world
    w.phase, w.timers[timers.CONTROLLER] = ORDERED, 100.0
    w.new_weight, w.ordered_weight, w.timers[timers.WEIGHT] = weight, 10.0, due
    m.distributions[delays.WEIGHT] = after(3.0)
    assert changed_by(w, on_controller_timer, m, s) == {
        f"timers[{timers.CONTROLLER}]": NEVER,
        "phase": FLIPPING,
        "ordered_weight": 0.0,
        "weight_changes": 1,
        f"timers[{timers.WEIGHT}]": 103.0,
    }


def test_flip_in_effect_deletes_the_new_task_set(m, s):
    """Once the old task set has all traffic again, the new one is torn down."""
    w = s.world
    w.phase, w.new_weight, w.ordered_weight, w.timers[timers.WEIGHT] = FLIPPING, 10.0, 0.0, 100.0
    assert changed_by(w, apply_weight, m, s) == TORN_DOWN | {
        f"timers[{timers.WEIGHT}]": NEVER,
        "new_weight": 0.0,
    }


def test_teardown_stops_the_rolling_loop(m, s):
    """Tearing down wants the desired count of old tasks and none of the new."""
    s.world.is_rolling, s.world.wanted_other = 1, 3
    assert changed_by(s.world, tear_down, m, s) == TORN_DOWN | {"is_rolling": 0}
