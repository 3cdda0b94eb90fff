"""Checks of the facts on CodeDeploy and on ECS's own blue/green, canary and linear."""

from simdeploy.strategies import canary, linear
from simdeploy.strategies.base import PlanContext
from simdeploy.strategies.configs import CANARY, LINEAR
from simdeploy.strategies.parts import CODE_DEPLOY_STAGES, ECS_STAGES
from tests.conformance.registry import checks
from tests.probes import (
    BREAKER,
    LISTENING,
    drill,
    during,
    events,
    faulty,
    many,
    play,
    refused,
    rolling,
    times,
)

#: Traffic moves the instant it is ordered to.
PROMPTLY = {"controller_delay": 0}
DEAF = faulty("never_listens")


def errors(start=0, **above):
    """Return a release that fails half of its requests from some time after the command."""
    told = {"rate": 0.5, "since": "command", "from": start, "seen_by_health_check": False}
    return faulty("errors", **{**told, **above})


def code_deploy(kind="blue_green", **above):
    """Return a strategy under CodeDeploy."""
    return {"type": kind, **PROMPTLY, **above}


def native(kind="blue_green", **above):
    """Return a strategy under ECS itself."""
    return {"type": kind, "controller": "ecs", **PROMPTLY, **above}


def shifts(run):
    """Return (time, percent) of the shifts of production traffic."""
    return [(event.t, event.data["percent"]) for event in events(run, "traffic_shifted")]


def minutes(run):
    """Return minutes after the first shift, and percents, as AWS tells a configuration."""
    told = shifts(run)
    return [((t - told[0][0]) / 60, percent) for t, percent in told]


def in_words(schedule):
    """Return a schedule as ``0:10 5:100``."""
    return " ".join(f"{t:g}:{percent:g}" for t, percent in schedule)


def hooked(stages, seconds=10):
    """Return a hook at each of some stages."""
    return [{"stage": stage, "duration": seconds} for stage in stages]


@checks("codedeploy-events")
def code_deploy_events():
    """Check the order of the lifecycle events, a hook at each place where one may stand."""
    run = play(code_deploy(hooks=hooked(CODE_DEPLOY_STAGES), termination_wait=300))
    spans = [
        (
            stage,
            times(run, "hook_started", stage=stage)[0],
            times(run, "hook_finished", stage=stage)[0],
        )
        for stage in CODE_DEPLOY_STAGES
    ]
    # Ten seconds each; install takes 65 s, and every later event follows at once.
    starts = [start for _, start, _ in spans]
    assert starts == [0.0, 75.0, 85.0, 95.0, 105.0]
    assert [end - start for _, start, end in spans] == [10.0] * 5
    assert times(run, "task_created") == [10.0] * 6
    assert times(run, "test_traffic_shifted") == [85.0]
    assert times(run, "traffic_shifted") == [105.0]
    assert times(run, "termination_started") == [115.0]
    assert times(run, "target_draining", "old") == [415.0] * 6
    told = ", ".join(f"{stage} {start:g} s" for stage, start, _ in spans)
    return f"hooks of 10 s: {told}; old tasks go 300 s after the last one, at 415 s"


@checks("codedeploy-hook-timeout")
def hook_timeout():
    """Check the fixed hour, and that silence is a no."""
    hook = {"stage": "AfterAllowTestTraffic", "never_answers": True}
    run = play(code_deploy(hooks=[hook]))
    started, finished = times(run, "hook_started")[0], times(run, "hook_finished")[0]
    assert finished - started == 3600.0
    assert run.metrics["outcome"] == "rolled_back"
    said = refused(code_deploy(hooks=[{**hook, "timeout": 60}]))
    assert "CodeDeploy waits 1 h for a hook, fixed" in said
    return "no answer ends the deployment after 3600 s; a timeout of one's own is refused"


@checks("codedeploy-install-timeout")
def install_timeout():
    """Check that a task set that never becomes steady is given up after an hour."""
    run = play(code_deploy(), **DEAF)
    assert times(run, "rollback_started") == [3600.0]
    assert events(run, "rollback_started")[0].data["reason"] == "install_timeout"
    return "new tasks that never answer: given up at 3600 s"


@checks("codedeploy-no-breaker")
def no_breaker():
    """Check that nothing but the timeout or a person ends an install."""
    assert "circuit_breaker" in refused(code_deploy(circuit_breaker=BREAKER))
    run = play(code_deploy(), horizon=3599, **DEAF)
    assert run.metrics["outcome"] == "in_progress"
    assert run.metrics["failed_tasks"] > 3
    return (
        f"{run.metrics['failed_tasks']} failed tasks within the hour, and no breaker to count them"
    )


@checks("codedeploy-shift-configurations")
def shift_configurations():
    """Check the schedule of each predefined configuration."""
    kinds = {**dict.fromkeys(CANARY, "canary"), **dict.fromkeys(LINEAR, "linear")}
    found = {
        name.removeprefix("CodeDeployDefault.ECS"): minutes(
            play(code_deploy(kind, config=name), target_group={"weight_propagation": 0})
        )
        for name, kind in kinds.items()
    }
    found["AllAtOnce"] = minutes(play(code_deploy()))
    assert found == {
        "Canary10Percent5Minutes": [(0.0, 10.0), (5.0, 100.0)],
        "Canary10Percent15Minutes": [(0.0, 10.0), (15.0, 100.0)],
        "Linear10PercentEvery1Minutes": [(float(k), 10.0 * k + 10) for k in range(10)],
        "Linear10PercentEvery3Minutes": [(3.0 * k, 10.0 * k + 10) for k in range(10)],
        "AllAtOnce": [(0.0, 100.0)],
    }
    return "minute:percent: " + "; ".join(
        f"{name} {in_words(told[:2] + told[-1:] if len(told) > 2 else told)}"
        for name, told in found.items()
    )


@checks("codedeploy-custom-configs")
def custom_configs():
    """Check that three steps are refused under both controllers, and played by a custom one."""
    for controller in ("code_deploy", "ecs"):
        told = {"type": "canary", "controller": controller}
        assert "traffic_steps" in refused({**told, "percent": [1, 10]})
        steps = [{"percent": 1, "wait": 180}, {"percent": 10, "wait": 300}, {"percent": 100}]
        assert "two steps" in refused({**told, "steps": steps})
    run = play({"type": "traffic_steps", "steps": steps, **PROMPTLY})
    assert minutes(run) == [(0.0, 1.0), (3.0, 10.0), (8.0, 100.0)]
    return "1 → 10 → 100 % is refused; traffic_steps (controller: custom) plays 0:1 3:10 8:100"


@checks("codedeploy-linear-first-step")
def linear_first_step():
    """Check ten steps and nine waits."""
    told = {"percent": 10, "every": 60}
    runs = [
        play(code_deploy("linear", linear_first_step_at_zero=word, **told))
        for word in (True, False)
    ]
    assert [run.metrics["full_traffic_s"] for run in runs] == [65.0 + 540.0, 65.0 + 600.0]
    return "healthy at 65 s, 100 % at 605 s: nine waits; with the toggle off 665 s"


@checks("codedeploy-linear-last-step")
def linear_last_step():
    """Check that the termination wait begins at 100 %."""
    run = play(code_deploy("linear", percent=10, every=60))
    assert times(run, "termination_started") == [605.0]
    assert shifts(run)[-1] == (605.0, 100.0)
    return "100 % at 605 s, and the termination wait begins at 605 s"


@checks("codedeploy-controller-delay")
def controller_delay():
    """Check that an order to go back takes 5 to 60 s to change the weights."""
    rows = many({"type": "blue_green"}, **LISTENING, **errors())
    took = rows["rollback_s"]
    assert 5.0 <= took.min() < 8.0
    assert 57.0 < took.max() <= 60.0
    return (
        f"from the decision to the old weights {took.min():.0f} to {took.max():.0f} s in 200 runs"
    )


@checks("codedeploy-ready-wait")
def ready_wait():
    """Check that a ready wait delays the traffic, and that a silent person stops the deployment."""
    run = play(code_deploy(ready_wait=600))
    assert run.metrics["full_traffic_s"] == 665.0
    asked = play(code_deploy(approval={"answers_after": 7200, "timeout": 900}))
    assert asked.metrics["outcome"] == "rolled_back"
    assert times(asked, "traffic_shifted") == []
    return (
        "ready_wait of 600 s: traffic moves at 665 s (somebody always continues); an approval that "
        "nobody gives within 900 s undoes the deployment"
    )


@checks("codedeploy-termination-wait")
def termination_wait():
    """Check the default of an hour and the longest wait."""
    run = play(code_deploy(), horizon=9000)
    # Traffic moves at 65 s; then an hour, 300 s of drain, 5 s of shutdown.
    assert run.metrics["deployment_s"] == 65.0 + 3600.0 + 305.0
    too_long = {"type": "blue_green", "termination_wait": 2881 * 60}
    assert "0 to 172800 s, whole minutes" in refused(too_long, platform="ecs")
    return "60 min by default: done at 3970 s; 2881 min are refused"


@checks("codedeploy-in-progress-until-terminated")
def in_progress():
    """Check what the controller says before and after the end of the termination wait."""
    said = [play(code_deploy(), horizon=end).metrics["outcome"] for end in (3600, 3971)]
    assert said == ["in_progress", "succeeded"]
    return "in progress at 3600 s, succeeded when the old tasks are gone at 3970 s"


@checks("codedeploy-rollback-flip")
def rollback_flip():
    """Check that a rollback in the termination wait starts no task."""
    back = drill(code_deploy(controller_delay=30), target_group={"weight_propagation": 5})
    assert back["rollback_s"] == 35.0
    run = play(code_deploy(), **LISTENING, **errors(600))
    assert run.metrics["outcome"] == "rolled_back"
    assert not events(run, "task_created", "old")
    return "35 s = 30 s controller + 5 s weights, no old task starts; a rolling one needs 65 s"


@checks("codedeploy-rollback-after-success")
def rollback_after_success():
    """Check that a late rollback is a whole deployment."""
    early, late = drill(code_deploy(), horizon=9000), drill(code_deploy(), late=True, horizon=9000)
    assert (early["rollback_s"], late["rollback_s"]) == (0.0, 65.0)
    return "with the old task set 0 s (its delays set to 0); after it is gone 65 s: a new start"


@checks("codedeploy-alarm-window")
def alarm_window():
    """Check that errors late in the termination wait are still undone, later ones not."""
    within, after = (
        play(code_deploy(), horizon=9000, **LISTENING, **errors(start)) for start in (3000, 5000)
    )
    assert (within.metrics["outcome"], after.metrics["outcome"]) == ("rolled_back", "succeeded")
    return "errors from 3000 s on, in the termination wait: rolled back; from 5000 s on: not"


@checks("codedeploy-alarm-polling")
def alarm_polling():
    """Check that the default poll spreads the decision over 15 s after the red alarm."""
    from simdeploy.scenario.detection import Alarm

    poll = Alarm(name="a", metric="cpu", threshold=90).poll
    assert [poll.quantile(u) for u in (0.0, 1.0)] == [0.0, 15.0]
    alarm = {**LISTENING["alarms"][0], "poll": 15}
    run = play(code_deploy(), alarms=[alarm], defaults={"alarms": ["5xx"]}, **errors())
    assert abs(run.metrics["decision_s"] - times(run, "alarm_raised")[0] - 15.0) < 1e-9
    return "0 to 15 s between the red alarm and the decision; a poll of 15 s takes 15 s"


@checks("codedeploy-alarm-already-red")
def alarm_already_red():
    """Check both readings of an alarm that is red at the start; the default is to stop."""
    red = during("alarm_already_red", alarm="5xx")
    outcomes = [
        play(code_deploy(codedeploy_red_alarm=word), **LISTENING, **red).metrics["outcome"]
        for word in ("ignore", "stop")
    ]
    assert outcomes == ["succeeded", "rolled_back"]
    assert play(code_deploy(), **LISTENING, **red).metrics["outcome"] == "rolled_back"
    return "a good release: stop, the default, rolls it back, ignore lets it succeed"


@checks("codedeploy-idle-group-attached")
def idle_group_attached():
    """Check that targets are checked without a test listener, but for a first deployment."""
    shown = {}
    for first in (False, True):
        run = play(code_deploy(test_listener=False, first_deployment=first))
        shown[first] = (times(run, "traffic_shifted")[0], run.metrics["failed_no_target"])
    assert shown == {False: (65.0, 0.0), True: (45.0, 2000.0)}
    return (
        "without a test listener traffic shifts at 65 s, when the checks have passed, and nobody "
        "is hurt; in a first deployment at 45 s, unchecked: 2,000 requests fail"
    )


@checks("codedeploy-limits")
def limits():
    """Check the longest termination wait, 48 hours."""
    assert "172800" in refused({"type": "blue_green", "termination_wait": 172860}, platform="ecs")
    return "a termination wait above 48 h is refused; the 120 h until the shift have no clock"


@checks("codedeploy-test-listener")
def listener_is_optional():
    """Check that without a test listener there is no test traffic, and no hook on it."""
    without = play(code_deploy(test_listener=False))
    assert not events(without, "test_traffic_shifted")
    assert events(play(code_deploy()), "test_traffic_shifted")
    hooks = hooked(["AfterAllowTestTraffic"])
    assert "needs a test listener" in refused(code_deploy(test_listener=False, hooks=hooks))
    return "optional; without it no test traffic, and the hook after it is refused"


@checks("ecs-native-strategies")
def native_strategies():
    """Check that all four kinds ship a good release under ECS."""
    told = [rolling(), *(native(kind) for kind in ("blue_green", "canary", "linear"))]
    assert [play(one).metrics["outcome"] for one in told] == ["succeeded"] * 4
    return "rolling, blue_green, canary and linear ship a good release with controller: ecs"


@checks("ecs-native-stages")
def native_stages():
    """Check the order of ECS's stages, and that a shift's stages come at each step."""
    run = play(native("canary", hooks=hooked(ECS_STAGES)))
    order = [event.data["stage"] for event in events(run, "hook_finished")]
    shift = ["PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"]
    assert order == [*ECS_STAGES[:5], *shift, *shift, ECS_STAGES[-1]]
    return f"a canary runs its {len(order)} stages in order, those of a shift twice"


@checks("ecs-native-canary")
def native_canary():
    """Check the defaults of ECS's canary."""
    told = minutes(play(native("canary")))
    assert told == [(0.0, 5.0), (10.0, 100.0)]
    assert canary.Canary.model_validate({"type": "canary", "controller": "ecs"}).percent == 5.0
    return f"minute:percent {in_words(told)}"


@checks("ecs-native-linear")
def native_linear():
    """Check the defaults of ECS's linear shift."""
    told = minutes(play(native("linear")))
    assert told == [(6.0 * k, 10.0 * k + 10) for k in range(10)]
    plan = linear.Linear.model_validate({"type": "linear", "controller": "ecs"}).resolved(0.0)
    assert len(plan.plan(PlanContext(6))) > 20
    return f"minute:percent {in_words([*told[:2], told[-1]])}: 54 minutes"


@checks("ecs-native-rollback-flip")
def native_rollback_flip():
    """Check that the old tasks serve again at once in the bake time, and not after it."""
    within = drill(native(bake_time=1800))
    after = drill(native(bake_time=0), late=True)
    assert (within["rollback_s"], after["rollback_s"]) == (0.0, 65.0)
    return "in the bake time 0 s (delays set to 0); after the clean-up 65 s, a new deployment"


@checks("ecs-native-alarm-window")
def native_alarm_window():
    """Check that errors in the bake time are undone, and those after it not."""
    within, after = (
        play(native(bake_time=1800), **LISTENING, **errors(start)) for start in (600, 2000)
    )
    assert (within.metrics["outcome"], after.metrics["outcome"]) == ("rolled_back", "succeeded")
    return "bake time until 1865 s: errors from 600 s on are rolled back, from 2000 s on not"


@checks("ecs-native-hook-on-rollback")
def hook_on_rollback():
    """Check whether a slow hook on the shift delays the way back."""
    hooks = hooked(["PRODUCTION_TRAFFIC_SHIFT"], 120)
    slow, plain = (
        play(native(bake_time=1800, hooks=told), **LISTENING, **errors(600)) for told in (hooks, [])
    )
    took = slow.metrics["rollback_s"], plain.metrics["rollback_s"]
    assert took == (120.0, 0.0)
    return "a hook of 120 s on the shift: the rollback takes 120 s instead of 0 s"


@checks("ecs-native-pause-hook")
def pause_hook():
    """Check that silence rolls back, and where a person cannot be asked."""
    run = play(native(approval={"answers_after": 9000, "timeout": 3600}))
    assert times(run, "rollback_started") == [65.0 + 3600.0]
    said = refused(native(approval={"stage": "PRODUCTION_TRAFFIC_SHIFT"}))
    assert "also runs while rolling back" in said
    return (
        "nobody answers for an hour: rolled back at 3665 s; the default here is 15 min, not AWS's "
        "day; a pause on a traffic shift is refused"
    )


@checks("ecs-native-stage-limit")
def stage_limit():
    """Check that new tasks that never get healthy are given up after a day."""
    run = play(native(), horizon=100_000, **DEAF)
    assert times(run, "rollback_started") == [86400.0]
    return "new tasks that never answer: given up after 86400 s; the 30 days have no clock"
