"""Plans: when a step is done, what undoes a deployment, and what the controller reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.model.registry import OUTCOMES
from simdeploy.semantics import plan
from simdeploy.semantics.plan import (
    can_roll_back,
    has_no_answer,
    hook_ends,
    is_awaiting,
    outcome,
    redeploys_from,
    rolls_back_by_weights,
    step_done,
    tasks_wanted,
)

STEPS = {
    "replace_tasks": plan.REPLACE_TASKS,
    "stop_old_tasks": plan.STOP_OLD_TASKS,
    "start_new_tasks": plan.START_NEW_TASKS,
    "await_healthy": plan.AWAIT_HEALTHY,
    "test_traffic": plan.TEST_TRAFFIC,
    "hook": plan.HOOK,
    "approve": plan.APPROVE,
    "shift_traffic": plan.SHIFT_TRAFFIC,
    "bake": plan.BAKE,
    "wait": plan.WAIT,
    "stop_new_tasks": plan.STOP_NEW_TASKS,
    "set_flag": plan.SET_FLAG,
    "replace_pods": plan.REPLACE_PODS,
    "bound_pods": plan.BOUND_PODS,
    "split_pods": plan.SPLIT_PODS,
}
TIMED = {"hook", "approve", "bake", "wait"}
AWAITING = {"replace_tasks", "replace_pods", "split_pods", "stop_old_tasks", "await_healthy"}
PHASES = {
    "rolling_out": plan.ROLLING_OUT,
    "ordered": plan.ORDERED,
    "flipping": plan.FLIPPING,
    "tearing_down": plan.TEARING_DOWN,
    "redeploying": plan.REDEPLOYING,
    "frozen": plan.FROZEN,
    "at_rest": plan.AT_REST,
    "unflagging": plan.UNFLAGGING,
}
SECONDS = st.floats(0, 1e5)


def test_steps_and_phases_are_numbered_apart():
    """Fifteen steps from 0 on and eight phases, none of them with another one's number."""
    assert sorted(STEPS.values()) == list(range(15))
    assert sorted(PHASES.values()) == list(range(8))


def test_outcomes_have_the_numbers_of_their_words():
    """Numbers of the engines and words of the results stand in one order."""
    numbers = [plan.SUCCEEDED, plan.ROLLED_BACK, plan.FAILED, plan.STUCK, plan.IN_PROGRESS]
    words = ["succeeded", "rolled_back", "failed", "stuck", "in_progress"]
    assert [OUTCOMES[number] for number in numbers] == words


def test_reasons_are_numbered_apart():
    """Seven reasons to undo a deployment, and 0 for none."""
    reasons = [plan.BY_BREAKER, plan.BY_ALARM, plan.BY_TIMEOUT, plan.BY_OPERATOR, plan.BY_HOOK,
               plan.BY_APPROVAL, plan.BY_DEADLINE]  # fmt: skip
    assert [plan.NOT_UNDONE, *reasons] == list(range(8))


@pytest.mark.parametrize("name", STEPS)
def test_which_steps_have_a_timer_and_which_wait_for_tasks(name):
    """A person loses patience with tasks, not with a timer that runs."""
    assert plan.has_timer(STEPS[name]) is (name in TIMED)
    assert is_awaiting(STEPS[name]) is (name in AWAITING)


#: step, argument, and which of (replaced, steady, other gone, timer over) it waits for.
WAITS = [
    ("replace_tasks", 100.0, "replaced"),
    ("replace_pods", 1.0, "replaced"),
    ("split_pods", 1.0, "replaced"),
    ("await_healthy", 3600.0, "steady"),
    ("stop_old_tasks", 1.0, "other_gone"),
    ("hook", 0.0, "timer_over"),
    ("approve", 0.0, "timer_over"),
    ("bake", 60.0, "timer_over"),
    ("wait", 60.0, "timer_over"),
]
SIGNALS = ("replaced", "steady", "other_gone", "timer_over")


@pytest.mark.parametrize(("name", "argument", "signal"), WAITS, ids=[row[0] for row in WAITS])
def test_a_step_waits_for_one_signal_only(name, argument, signal):
    """With everything else it is not done, with its own signal it is."""
    others = [other != signal for other in SIGNALS]
    own = [other == signal for other in SIGNALS]
    assert not step_done(STEPS[name], argument, *others)
    assert step_done(STEPS[name], argument, *own)


@pytest.mark.parametrize(
    ("name", "argument"),
    [("start_new_tasks", 1.0), ("test_traffic", 0.0), ("shift_traffic", 10.0),
     ("stop_new_tasks", 0.0), ("set_flag", 50.0), ("stop_old_tasks", 0.0), ("bound_pods", 1.0)],
)  # fmt: skip
def test_orders_are_done_at_once(name, argument):
    """Orders do not wait, nor does stopping old tasks without waiting for them."""
    assert step_done(STEPS[name], argument, False, False, False, False)


@pytest.mark.parametrize(
    ("desired", "share", "wanted"),
    [(6, 0.0, 0), (6, 0.01, 1), (6, 0.25, 2), (6, 0.5, 3), (6, 0.51, 4), (6, 1.0, 6), (1, 0.1, 1),
     (0, 1.0, 0), (10, 0.1, 1), (10, 0.3, 3), (100, 0.07, 7), (100, 0.29, 29), (3, 2 / 3, 2)],
)  # fmt: skip
def test_shares_of_the_desired_count_are_rounded_up(desired, share, wanted):
    """A task set is scaled to ceil(desired × scale) (codedeploy-install-timeout)."""
    assert tasks_wanted(desired, share) == wanted


@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_wants_no_fewer_tasks(desired, first, second):
    """Between none and all, less than a task above its share."""
    low, high = sorted([first, second])
    assert 0 <= tasks_wanted(desired, low) <= tasks_wanted(desired, high) <= desired
    assert -1e-9 <= tasks_wanted(desired, low) - desired * low < 1


@pytest.mark.parametrize(
    ("shifts", "old_kept", "flip"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
    ids=["codedeploy-rollback-flip", "codedeploy-rollback-after-success",
         "ecs-rollback-is-rolling", "ecs-bake-without-old-tasks"],
)  # fmt: skip
def test_a_flip_needs_two_groups_and_the_old_tasks(shifts, old_kept, flip):
    """Weights flip back while the old task set stands; any other rollback deploys anew.

    (ecs-native-rollback-flip)
    """
    assert rolls_back_by_weights(shifts, old_kept) is flip


@pytest.mark.parametrize(
    ("drawn", "never", "ends", "silent"),
    [(0.0, False, 0.0, False), (30.0, False, 30.0, False), (3600.0, False, 3600.0, False),
     (3600.1, False, 3600.0, True), (30.0, True, 3600.0, True)],
    ids=["at-once", "in-time", "just-in-time", "too-late", "never"],
)  # fmt: skip
def test_an_answer_has_an_hour(drawn, never, ends, silent):
    """No answer within the limit is a no (codedeploy-hook-timeout)."""
    assert hook_ends(drawn, 3600.0, never) == ends
    assert has_no_answer(drawn, 3600.0, never) is silent


@given(SECONDS, SECONDS, st.booleans())
def test_silence_lasts_as_long_as_the_limit(drawn, timeout, never):
    """A hook ends within its timeout, at the timeout itself if there is no answer."""
    ends = hook_ends(drawn, timeout, never)
    assert ends <= timeout
    assert ends == (timeout if has_no_answer(drawn, timeout, never) else drawn)


@pytest.mark.parametrize("name", PHASES)
def test_what_can_be_undone(name):
    """A rollback can be ordered while a deployment runs, is frozen or is over, but only once."""
    assert can_roll_back(PHASES[name]) is (name in {"rolling_out", "frozen", "at_rest"})


@pytest.mark.parametrize(
    ("name", "undone", "stuck", "reported"),
    [
        ("at_rest", False, False, plan.SUCCEEDED),
        ("at_rest", False, True, plan.SUCCEEDED),
        ("at_rest", True, False, plan.ROLLED_BACK),
        ("frozen", False, False, plan.FAILED),
        ("rolling_out", False, True, plan.STUCK),
        ("rolling_out", False, False, plan.IN_PROGRESS),
        ("ordered", True, True, plan.IN_PROGRESS),
        ("flipping", True, False, plan.IN_PROGRESS),
        ("tearing_down", True, False, plan.IN_PROGRESS),
        ("redeploying", True, False, plan.IN_PROGRESS),
        ("unflagging", True, False, plan.IN_PROGRESS),
    ],
    ids=["done", "done-though-no-room", "rolled-back", "ecs-breaker-rollback-target",
         "ecs-stuck-deployment", "codedeploy-in-progress-until-terminated", "ordered", "flipping",
         "tearing-down", "redeploying", "unflagging"],
)  # fmt: skip
def test_what_the_controller_reports(name, undone, stuck, reported):
    """A deployment has an end only when it is at rest, failed without rollback, or is stuck."""
    assert outcome(PHASES[name], undone, stuck) == reported


@pytest.mark.parametrize("name", PHASES)
def test_an_aborted_deployment_goes_straight_back(name):
    """Only what was finished is followed by a deployment with all its steps."""
    assert redeploys_from(PHASES[name], 7) == (0 if name == "at_rest" else 7)
