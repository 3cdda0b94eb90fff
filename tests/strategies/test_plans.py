"""Plans: the steps of each strategy and controller, in words, and what holds for all."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.errors import StrategyError
from simdeploy.semantics import plan as op
from simdeploy.strategies import (
    BlueGreen,
    Canary,
    FeatureFlag,
    Linear,
    PlanContext,
    Recreate,
    Rolling,
    Step,
    Strategy,
    TrafficSteps,
    steps,
)
from simdeploy.strategies.parts import ALL_STAGES, OWN_STEP, STAGES
from simdeploy.strategies.planning import planned, shifts_traffic

CONTEXT = PlanContext(6)
NAMES = {
    op.REPLACE_TASKS: "replace",
    op.STOP_OLD_TASKS: "stop old",
    op.START_NEW_TASKS: "start new",
    op.AWAIT_HEALTHY: "await",
    op.TEST_TRAFFIC: "test",
    op.HOOK: "hook",
    op.APPROVE: "approve",
    op.SHIFT_TRAFFIC: "shift",
    op.BAKE: "bake",
    op.WAIT: "wait",
    op.STOP_NEW_TASKS: "stop new",
    op.SET_FLAG: "flag",
    op.REPLACE_PODS: "replace",
    op.BOUND_PODS: "bound",
    op.SPLIT_PODS: "split",
}
OF_PODS = (op.REPLACE_PODS, op.BOUND_PODS, op.SPLIT_PODS)
TEN = [f"shift {10 * k}" for k in range(1, 11)]


def plan_in_words(strategy, bake_time=180.0):
    """Return a plan in words, a bake time of ``auto`` being three minutes."""
    return [in_words(step) for step in planned(strategy.resolved(bake_time), CONTEXT)]


def in_words(step):
    """Return a step as its name and what it takes."""
    name = NAMES[step.op]
    if step.op in (op.HOOK, op.APPROVE):
        stage = "" if step.a == OWN_STEP else f" {ALL_STAGES[int(step.a)]}"
        return f"{name}{stage} {step.b:g}" if step.a == OWN_STEP else f"{name}{stage}"
    if step.op in OF_PODS:
        return f"{name} {step.a:g}/{step.b:g}"
    if step.op == op.REPLACE_TASKS:
        return f"{name} {step.a:g}/{step.b:g}"
    if step.op == op.STOP_OLD_TASKS:
        return name if step.a else f"{name} at once"
    if step.op == op.AWAIT_HEALTHY and step.a == steps.UNLIMITED:
        return name
    return name if step.op in (op.TEST_TRAFFIC, op.STOP_NEW_TASKS) else f"{name} {step.a:g}"


def spread(shifts, wait):
    """Return shifts with a wait between each and the next."""
    return [row for shift in shifts for row in (shift, wait)][:-1]


def started(timeout):
    """Return how every second task set begins."""
    return ["start new 1", f"await {timeout}", "test"]


def ended(wait):
    """Return how it ends."""
    return [f"bake {wait}", "stop old"]


ROWS = {
    "ecs-rolling-defaults": (Rolling(), ["replace 100/200"]),
    "ecs-bake": (Rolling(alarms=("a",)), ["replace 100/200", "bake 180"]),
    "rolling-own": (
        Rolling(minimum_healthy_percent=50, maximum_percent=125, bake_time=60),
        ["replace 50/125", "bake 60"],
    ),
    "recreate": (Recreate(), ["stop old", "start new 1", "await"]),
    "recreate-at-once": (
        Recreate(wait_for_stop=False, alarms=("a",)),
        ["stop old at once", "start new 1", "await", "bake 180"],
    ),
    "codedeploy-events": (BlueGreen(), [*started(3600), "shift 100", *ended(3600)]),
    "codedeploy-test-listener": (
        BlueGreen(test_listener=False, termination_wait=0),
        ["start new 1", "await 3600", "shift 100", *ended(0)],
    ),
    "codedeploy-ready-wait": (
        BlueGreen(ready_wait=600),
        [*started(3600), "wait 600", "shift 100", *ended(3600)],
    ),
    "codedeploy-shift-configurations-canary": (
        Canary(),
        [*started(3600), "shift 10", "wait 300", "shift 100", *ended(3600)],
    ),
    "codedeploy-linear-first-step": (
        Linear(),
        [*started(3600), *spread(TEN, "wait 60"), *ended(3600)],
    ),
    "first-step-after-a-wait": (
        Linear(linear_first_step_at_zero=False),
        [*started(3600), "wait 60", *spread(TEN, "wait 60"), *ended(3600)],
    ),
    "linear-unequal-rest": (
        Linear(percent=30),
        [*started(3600), *spread([f"shift {p}" for p in (30, 60, 90, 100)], "wait 60"),
         *ended(3600)],
    ),
    "ecs-native-stages": (
        BlueGreen(controller="ecs"),
        [*started(86400), "shift 100", *ended(0)],
    ),
    "ecs-native-canary": (
        Canary(controller="ecs", alarms=("a",)),
        [*started(86400), "shift 5", "wait 600", "shift 100", *ended(180)],
    ),
    "ecs-native-linear": (
        Linear(controller="ecs"),
        [*started(86400), *spread(TEN, "wait 360"), *ended(0)],
    ),
    "codedeploy-custom-configs": (
        TrafficSteps(
            steps=[{"percent": 1, "wait": 180}, {"percent": 10, "wait": 300}, {"percent": 100}]
        ),
        [*started(3600), "shift 1", "wait 180", "shift 10", "wait 300", "shift 100", *ended(3600)],
    ),
    "feature-flag": (FeatureFlag(), ["replace 100/200", "flag 100", "wait 0"]),
    "feature-flag-steps": (
        FeatureFlag(deploy={"type": "blue_green"},
                    steps=[{"percent": 5, "wait": 60}, {"percent": 100, "wait": 60}]),
        [*started(3600), "shift 100", *ended(3600), "flag 5", "wait 60", "flag 100", "wait 60"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("strategy", "plan"), ROWS.values(), ids=ROWS)
def test_plan(strategy, plan):
    """A strategy is exactly these steps."""
    assert plan_in_words(strategy) == plan


def hooked(controller):
    """Return a canary with a hook at every stage of its controller, and somebody who is asked."""
    hooks = [{"stage": stage} for stage in STAGES[controller]]
    return Canary(controller=controller, percent=10, wait=60, hooks=hooks, approval={})


def test_hooks_of_code_deploy():
    """Hooks run between the events that they are named after (codedeploy-events)."""
    assert plan_in_words(hooked("code_deploy")) == [
        "hook BeforeInstall", "start new 1", "await 3600", "hook AfterInstall", "test",
        "hook AfterAllowTestTraffic", "hook BeforeAllowTraffic", "approve BeforeAllowTraffic",
        "shift 10", "wait 60", "shift 100", "hook AfterAllowTraffic", "bake 3600", "stop old",
    ]  # fmt: skip


def test_hooks_of_ecs():
    """Two stages run at every step of a shift, the others once (ecs-native-stages)."""
    shift = ["hook PRE_PRODUCTION_TRAFFIC_SHIFT", "approve PRE_PRODUCTION_TRAFFIC_SHIFT"]
    assert plan_in_words(hooked("ecs")) == [
        "hook RECONCILE_SERVICE", "hook PRE_SCALE_UP", "start new 1", "await 86400",
        "hook POST_SCALE_UP", "test", "hook TEST_TRAFFIC_SHIFT", "hook POST_TEST_TRAFFIC_SHIFT",
        *shift, "shift 10", "hook PRODUCTION_TRAFFIC_SHIFT", "wait 60",
        *shift, "shift 100", "hook PRODUCTION_TRAFFIC_SHIFT",
        "hook POST_PRODUCTION_TRAFFIC_SHIFT", "bake 0", "stop old",
    ]  # fmt: skip


def test_hooks_at_one_stage_keep_their_order():
    """Each step says which hook it is, and who is asked comes after all of them."""
    hooks = [{"stage": "AfterInstall"}, {"stage": "BeforeInstall"}, {"stage": "AfterInstall"}]
    approval = {"stage": "AfterInstall"}
    rows = planned(BlueGreen(hooks=hooks, approval=approval).resolved(0.0), CONTEXT)
    asked = [(step.op, step.b) for step in rows if step.op in (op.HOOK, op.APPROVE)]
    assert asked == [(op.HOOK, 1), (op.HOOK, 0), (op.HOOK, 2), (op.APPROVE, 3)]


@pytest.mark.parametrize(
    ("strategy", "shifts"),
    [(Rolling(), False), (Recreate(), False), (FeatureFlag(), False), (BlueGreen(), True),
     (Canary(), True), (FeatureFlag(deploy={"type": "blue_green"}), True)],
    ids=["rolling", "recreate", "flag", "blue-green", "canary", "flag-blue-green"],
)  # fmt: skip
def test_who_needs_two_target_groups(strategy, shifts):
    """Whoever moves traffic, or tests it, has a group for each revision."""
    assert shifts_traffic(planned(strategy.resolved(0.0), CONTEXT)) is shifts


def shares(strategy):
    """Return the percents that a plan shifts, in order."""
    return [step.a for step in planned(strategy, CONTEXT) if step.op == op.SHIFT_TRAFFIC]


@given(st.integers(10, 1000), st.sampled_from(["code_deploy", "custom"]))
def test_linear_shares_rise_to_everybody(tenths, controller):
    """Equal steps but for the last one, which is no larger, end at 100 %."""
    found = shares(Linear(percent=tenths / 10, controller=controller))
    sizes = [high - low for low, high in pairwise([0.0, *found])]
    assert found[-1] == 100
    assert sizes[:-1] == pytest.approx([tenths / 10] * (len(found) - 1))
    assert 0 < sizes[-1] <= tenths / 10 + 1e-6
    assert len(found) == -(-1000 // tenths)


@given(st.lists(st.integers(1, 99), max_size=8, unique=True), st.integers(0, 3600))
def test_steps_of_ones_own_are_played_as_they_stand(percents, wait):
    """Any rising shares, each with its wait."""
    held = [{"percent": percent, "wait": wait} for percent in [*sorted(percents), 100]]
    assert shares(TrafficSteps(steps=held)) == [*sorted(percents), 100]


def careless(*rows):
    """Return a strategy of somebody's own with this plan."""

    class Careless(Strategy):
        type = "careless"

        def plan(self, context):
            return rows

    return Careless()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("wait", "returns as step 1 what is none; got 'wait'"),
        (Step(99), "there is no opcode 99"),
        (Step(op.WAIT, float("nan")), "its arguments must be finite numbers"),
        (Step(op.WAIT, -1.0), "seconds must be 0 or more; got -1"),
        (Step(op.BAKE, -0.5), "seconds must be 0 or more; got -0.5"),
        (Step(op.AWAIT_HEALTHY, -1.0), "seconds must be 0 or more"),
        (steps.shift_traffic(101), "percent must be from 0 to 100; got 101"),
        (steps.set_flag(-1), "percent must be from 0 to 100; got -1"),
        (steps.start_new_tasks(1.5), "share must be from 0 to 1; got 1.5"),
        (steps.replace_tasks(101, 200), "minimum must be from 0 to 100"),
        (steps.replace_tasks(90, 50), "not above the maximum; got 90"),
        (steps.hook(0, 0), "there is no hook number 0; the strategy has 0"),
    ],
    ids=["no-step", "opcode", "nan", "wait", "bake", "timeout", "percent", "flag", "share",
         "minimum", "order", "hook"],
)  # fmt: skip
def test_steps_that_cannot_be_played(row, words):
    """What no engine could play is refused with the place of the plan."""
    with pytest.raises(StrategyError, match=__name__.rpartition(".")[2]) as caught:
        planned(careless(row), CONTEXT)
    assert words in str(caught.value)


def test_a_bound_is_still_allowed():
    """Nothing, everybody and no time at all are steps."""
    rows = [steps.start_new_tasks(0), steps.shift_traffic(0), steps.shift_traffic(100),
            steps.wait(0), steps.replace_tasks(0, 0), steps.set_flag(0)]  # fmt: skip
    assert planned(careless(*rows), CONTEXT) == rows


GATED = [{"percent": 5, "wait": 120}, {"percent": 30, "gate": {}}, {"percent": 60, "test": {}},
         {"percent": 100, "gate": {}}]  # fmt: skip


def test_tasks_come_with_the_weight():
    """Each step starts its share and waits for it; tests and people have numbers of their own."""
    hook = {"stage": "AfterInstall"}
    one = TrafficSteps(steps=GATED, scale_with_weight=True, hooks=[hook], test_listener=False,
                       approval={})  # fmt: skip
    assert plan_in_words(one) == [
        "start new 0.05", "await 3600", "hook AfterInstall", "approve BeforeAllowTraffic",
        "shift 5", "wait 120",
        "start new 0.3", "await 3600", "shift 30", "approve 3",
        "start new 0.6", "await 3600", "shift 60", "hook 1",
        "start new 1", "await 3600", "shift 100", "approve 4",
        "bake 3600", "stop old",
    ]  # fmt: skip


def test_pods_are_the_weight():
    """Six pods, surge and unavailable 25 %: 2 and 1; then one of seven is nearest to 5 %."""
    hook = {"stage": "AfterAllowTraffic"}
    one = TrafficSteps(steps=GATED, pods_as_weights=True, hooks=[hook])
    # 30 %: 1 of 6 is 16.7, 2 of 6 33.3, 2 of 7 28.6; 60 %: 4 of 7 is 57.1, 4 of 6 66.7.
    assert plan_in_words(one) == [
        "bound 2/1", "split 1/6", "wait 120", "split 2/5", "approve 2", "split 4/3", "hook 1",
        "replace 2/1", "approve 3", "hook AfterAllowTraffic",
    ]  # fmt: skip
