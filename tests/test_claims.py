"""What the model says about 44 claims of an article on deployments to ECS.

Each claim is retold in a few words, judged, and computed. ``python -m tests.test_claims`` writes
docs/claims.md from this table. The article:
https://www.nazarboyko.com/articles/blue-green-rolling-deployments-aws
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from simdeploy.aws_facts import FACTS
from simdeploy.encode.prices import FARGATE
from simdeploy.semantics.breaker import BOUNDED_PERCENT, breaker_threshold
from simdeploy.semantics.capacity import capacity_cap
from simdeploy.semantics.cost import hourly_price
from simdeploy.strategies.configs import CANARY, LINEAR
from simdeploy.strategies.parts import CODE_DEPLOY_STAGES
from tests.conformance.shifting import errors, in_words, minutes
from tests.probes import (
    BREAKER,
    LISTENING,
    PROMPT,
    drill,
    during,
    events,
    faulty,
    many,
    moves,
    play,
    quantiles,
    refused,
    rolling,
    state,
    times,
)
from tests.small import small

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "claims.md"
HOLDS, IMPRECISE, OUTDATED, WRONG = VERDICTS = "holds", "imprecise", "outdated", "wrong"
#: Claims about the article's own text, or of which no model computes anything.
LEFT_OUT = (3, 17, 22, 47)
BLUE_GREEN = {"type": "blue_green", "controller_delay": 0}
DEAF = faulty("never_listens")


class Claim(NamedTuple):
    """One claim: number, in short, verdict, fact behind it (none: ``""``), what the model gives."""

    number: int
    text: str
    verdict: str
    fact: str
    gives: Callable[[], str]


CLAIMS: dict[int, Claim] = {}


def claim(number, text, verdict, fact):
    """Enter a claim whose answer the function below computes; used as a decorator."""

    def keep(function):
        CLAIMS[number] = Claim(number, text, verdict, fact, cache(function))
        return function

    return keep


# Rolling.


@claim(1, "ECS has two strategies; blue-green needs CodeDeploy.", OUTDATED, "ecs-native-strategies")
def strategies_of_ecs():
    """Play blue-green, canary and linear under ECS itself."""
    told = [{"type": kind, "controller": "ecs"} for kind in ("blue_green", "canary", "linear")]
    assert [play(one).metrics["outcome"] for one in told] == ["succeeded"] * 3
    return (
        "so until July 2025; since then blue_green, canary and linear run with controller: ecs, "
        "without CodeDeploy"
    )


@claim(2, "Without a controller, ECS rolls.", HOLDS, "ecs-rolling-defaults")
def default_is_rolling():
    """Play a rolling strategy that sets nothing."""
    run = play({"type": "rolling"})
    assert run.timeline.events[0].data["controller"] == "ecs"
    return f"controller ecs, 100/200: {moves(run)}"


@claim(4, "Six tasks at 100/200 become up to twelve.", HOLDS, "ecs-capacity-rounding")
def twelve_tasks():
    """Count the tasks of the default rolling deployment."""
    peak = play(rolling()).metrics["peak_tasks"]
    assert peak == 12 == capacity_cap(6, 200)
    return f"{peak} tasks at most"


@claim(5, "One old task goes per new healthy one.", IMPRECISE, "ecs-continuous-replacement")
def one_for_one():
    """Count how many go at once where all start at once."""
    run = play(rolling())
    assert times(run, "target_draining", "old") == [65.0] * 6
    return f"as many as are healthy above the floor: {moves(run)}, six at one instant"


@claim(6, "The old task is DRAINING for the delay, then stops.", IMPRECISE, "ecs-stop-sequence")
def draining_then_stopped():
    """Time the end of an old task."""
    run = play(rolling())
    told = [
        times(run, kind, "old")[0] for kind in ("target_draining", "task_stopping", "task_stopped")
    ]
    assert told == [65.0, 365.0, 370.0]
    return "the target drains from 65 to 365 s; then the task gets SIGTERM, and is gone at 370 s"


@claim(7, "Under 100/200 this repeats until all are gone.", IMPRECISE, "ecs-overlapping-waits")
def repeats():
    """Count the waves of two configurations."""
    one, two = moves(play(rolling())), moves(play(rolling(100, 150)))
    assert (one, two) == ("0:+6 65:−6", "0:+3 65:−3+3 130:−3")
    return f"one wave at 100/200: {one}; two at 100/150: {two}"


@claim(8, "50/100 stops three, starts three, is slower.", HOLDS, "ecs-draining-counted")
def half_at_a_time():
    """Compare both configurations, and both readings of what the cap counts."""
    half, full = play(rolling(50, 100)), play(rolling())
    counted = play(rolling(50, 100), service={"draining_counts_to_maximum": True})
    ends = [run.metrics["deployment_s"] for run in (counted, full, half)]
    assert ends == [740.0, 370.0, 370.0]
    assert counted.metrics["min_healthy_tasks"] == 3
    return (
        f"{moves(counted)}: 740 s against 370 s, since draining tasks hold their place, as was "
        "observed on ECS; if they did not, 370 s too"
    )


@claim(9, "WebSockets are not drained, just killed at the end.", IMPRECISE, "alb-websockets-cut")
def websockets():
    """Count the connections that outlast the drain."""
    sockets = {"open": 600, "lifetime": {"distribution": "exponential", "mean": 1200}}
    cut = play(rolling(), traffic={"websockets": sockets}).metrics["cut_websockets"]
    assert np.isclose(cut, 600 * np.exp(-300 / 1200))
    return f"of 600 (20 min on average) 133 end by themselves in the 300 s, {cut:.0f} are cut"


@claim(10, "Two versions coexist for five minutes.", IMPRECISE, "ecs-overlapping-waits")
def coexistence():
    """Measure how long both answer, and how long both live."""
    run = play(rolling())
    alive = run.metrics["both_alive_s"]
    assert (run.metrics["mixed_s"], alive) == (0.0, 370.0)
    waves = play(rolling(100, 150)).metrics["mixed_s"]
    assert waves == 65.0
    return "both alive for 370 s; both get new requests for 0 s at 100/200, for 65 s at 100/150"


@claim(11, "The breaker trips at half of desired, 3 to 200.", HOLDS, "ecs-breaker-threshold")
def breaker_at_half():
    """Compute thresholds."""
    found = {d: breaker_threshold(BOUNDED_PERCENT, 50, d) for d in (6, 7, 200, 800)}
    assert found == {6: 3, 7: 4, 200: 100, 800: 200}
    return (
        ", ".join(f"{d}→{t}" for d, t in found.items()) + "; rounded up, and a healthy task resets"
    )


@claim(12, "It counts failed launches or failed checks.", IMPRECISE, "ecs-breaker-exits")
def what_counts():
    """Let tasks exit by themselves after RUNNING, counted and not."""
    told = {
        word: times(
            play(
                rolling(circuit_breaker={**BREAKER, "counts_exits": word}),
                **faulty("boot_crash", after=2),
            ),
            "breaker_tripped",
        )
        for word in (True, False)
    }
    assert told == {True: [47.0], False: []}
    return "exits after RUNNING are contested: counted it trips at 47 s, not counted never"


@claim(
    13, "It rolls back to the previous task definition.", IMPRECISE, "ecs-breaker-rollback-target"
)
def back_to_what():
    """Break a release half way, and see what comes back."""
    run = play(rolling(50, 100, circuit_breaker=BREAKER), **DEAF)
    assert len(events(run, "task_created", "old")) == 3
    assert run.metrics["outcome"] == "rolled_back"
    return "back to the last deployment that completed: its three missing tasks start again"


@claim(14, "Without the breaker, broken tasks restart forever.", IMPRECISE, "ecs-start-backoff")
def endless():
    """Count restarts in ten hours of tasks that crash, and of tasks that never run."""
    crash = play(rolling(), horizon=36000, **faulty("boot_crash", after=2)).metrics["failed_tasks"]
    dead = during("registry_down", **{"from": 0})
    never = play(rolling(), horizon=36000, **dead).metrics["failed_tasks"]
    assert crash > 4000
    assert never < 200
    return (
        f"in 10 h {crash} attempts that crash after RUNNING; {never} that never run (27 min apart)"
    )


@claim(
    15, "… while the old tasks are gone and users see errors.", WRONG, "ecs-unhealthy-replacement"
)
def old_tasks_stay():
    """Play a broken release with and without a floor."""
    full, half = play(rolling(), **DEAF), play(rolling(50, 100), **DEAF)
    assert not events(full, "target_draining", "old")
    assert full.metrics["failed_requests"] == 0
    assert (full.metrics["min_healthy_tasks"], half.metrics["min_healthy_tasks"]) == (6, 3)
    return "100/200: no old task goes, no request fails; at 50/100 three of six stay"


@claim(
    16, "After completion a rollback is a full deploy, 3–15 min.", HOLDS, "ecs-rollback-is-rolling"
)
def rollback_after_completion():
    """Take a good release back after its end."""
    assert drill(rolling(), late=True)["rollback_s"] == 65.0
    boot = {"provisioning": 15, "pull": 27, "container_start": 3, "boot": 60}
    slow = {"startup": boot, "health_check_grace_period": 600}
    ends = [play(rolling(), service=one).metrics["deployment_s"] for one in ({}, slow)]
    # A boot of 60 s fails the checks at 65 and 95 s and passes the fifth from 125 s on at 245 s.
    assert ends == [65.0 + 305.0, 245.0 + 305.0]
    return (
        f"{ends[0] / 60:.1f} min, with a boot of 60 s {ends[1] / 60:.1f} min; old tasks serve "
        "again after 65 s and 245 s already, the rest is drain"
    )


# Blue-green.


@claim(18, "Two listeners, or two rules, are required.", IMPRECISE, "codedeploy-test-listener")
def listener_is_optional():
    """Play without a test listener."""
    run = play({**BLUE_GREEN, "test_listener": False})
    assert run.metrics["outcome"] == "succeeded"
    return "test_listener: false succeeds as well; only its hook is then refused"


@claim(19, "The test listener shows whatever is not live.", IMPRECISE, "codedeploy-events")
def listener_shows_when():
    """Time the test traffic."""
    run = play(BLUE_GREEN)
    assert times(run, "test_traffic_shifted") == [65.0]
    return "it points at the new tasks only from AllowTestTraffic on, here at 65 s"


@claim(20, "Five hooks, in that order.", HOLDS, "codedeploy-events")
def five_hooks():
    """Play all five."""
    hooks = [{"stage": stage, "duration": 10} for stage in reversed(CODE_DEPLOY_STAGES)]
    run = play({**BLUE_GREEN, "hooks": hooks})
    order = [event.data["stage"] for event in events(run, "hook_finished")]
    assert tuple(order) == CODE_DEPLOY_STAGES
    return ", ".join(order)


@claim(
    21,
    "A failed hook fails the deployment and rolls back.",
    IMPRECISE,
    "codedeploy-stop-without-rollback",
)
def failed_hook():
    """Fail the first hook and a later one."""
    first, later = (
        play({**BLUE_GREEN, "hooks": [{"stage": stage, "never_answers": True}]})
        for stage in ("BeforeInstall", "AfterAllowTestTraffic")
    )
    assert (first.metrics["peak_tasks"], later.metrics["peak_tasks"]) == (6, 12)
    assert later.metrics["outcome"] == "rolled_back"
    return (
        "BeforeInstall: no new task exists that could go; AfterAllowTestTraffic: six go; that "
        "rollback is a setting of its own is not modeled"
    )


@claim(23, "AfterAllowTestTraffic is the last clean checkpoint.", IMPRECISE, "codedeploy-events")
def last_checkpoint():
    """Let the next hook find the fault."""
    hook = {"stage": "BeforeAllowTraffic", "sees": ["errors"], "duration": 10}
    run = play({**BLUE_GREEN, "hooks": [hook]}, **errors())
    assert run.metrics["exposed_requests"] == 0
    assert run.metrics["outcome"] == "rolled_back"
    return "BeforeAllowTraffic comes after it and still exposes 0 requests"


@claim(24, "Three predefined shifts.", IMPRECISE, "codedeploy-shift-configurations")
def predefined():
    """Count the configurations."""
    assert len(CANARY) + len(LINEAR) + 1 == 5
    return "five: all at once, two canaries, two linear ones"


@claim(25, "Linear 10 % per minute takes ten minutes.", IMPRECISE, "codedeploy-linear-first-step")
def linear_minutes():
    """Time ten steps."""
    config = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"
    told = minutes(play({"type": "linear", "config": config, "controller_delay": 0}))
    assert told[-1] == (9.0, 100.0)
    return f"minute:percent {in_words([*told[:2], told[-1]])}: nine minutes"


@claim(26, "Canary: 10 %, five minutes, the rest.", HOLDS, "codedeploy-shift-configurations")
def canary_minutes():
    """Time two steps."""
    config = "CodeDeployDefault.ECSCanary10Percent5Minutes"
    told = minutes(play({"type": "canary", "config": config, "controller_delay": 0}))
    assert told == [(0.0, 10.0), (5.0, 100.0)]
    return f"minute:percent {in_words(told)}"


@claim(27, "A custom 1 % → 10 % → 100 % is possible.", WRONG, "codedeploy-custom-configs")
def one_ten_hundred():
    """Ask both controllers for it, then a custom one."""
    steps = [{"percent": 1, "wait": 180}, {"percent": 10, "wait": 300}, {"percent": 100}]
    for controller in ("code_deploy", "ecs"):
        assert "two steps" in refused({"type": "canary", "controller": controller, "steps": steps})
    told = minutes(play({"type": "traffic_steps", "steps": steps, "controller_delay": 0}))
    assert told == [(0.0, 1.0), (3.0, 10.0), (8.0, 100.0)]
    return f"refused under CodeDeploy and ECS; a pipeline of your own: {in_words(told)}"


@claim(
    28, "The termination wait is 1 h, at most two days.", IMPRECISE, "codedeploy-termination-wait"
)
def termination():
    """Check the default and the longest wait."""
    assert small(BLUE_GREEN).strategies["it"].termination_wait == 3600.0
    assert "172800" in refused({**BLUE_GREEN, "termination_wait": 172860}, platform="ecs")
    return (
        "3600 s is the console's default (the API has none) and the model's; above 2880 min refused"
    )


@claim(29, "Old tasks leave the production listener.", IMPRECISE, "codedeploy-rollback-flip")
def old_tasks_in_the_wait():
    """Look at the old tasks during the termination wait."""
    run = play(BLUE_GREEN)
    assert state(run, "healthy_tasks", at=1000) == 12
    assert not [t for t in times(run, "target_draining", "old") if t < 3600]
    return "they stay registered and healthy (12 healthy tasks in the wait); only their weight is 0"


@claim(
    30,
    "Flipping back takes seconds; old tasks answer at once.",
    IMPRECISE,
    "codedeploy-rollback-flip",
)
def flip_seconds():
    """Measure from the decision, and from the first error."""
    rows = many({"type": "blue_green"}, **ALARM, **errors())
    took, seen = quantiles(rows["rollback_s"], 0.5, 1.0), rows["detect_s"].mean()
    assert 5.0 < took[0] < 60.0 >= took[1]
    return (
        f"{took[0]:.0f} s in half of the runs, {took[1]:.0f} s at most; noticing takes longer: "
        f"{seen:.0f} s on average by a 1-minute alarm"
    )


#: An alarm with the delays that the model assumes.
ALARM = {
    "alarms": [{"name": "5xx", "metric": "any_5xx_rate", "threshold": 0.01}],
    "defaults": {"alarms": ["5xx"]},
}


@claim(31, "Stopping with auto-rollback works in the wait.", HOLDS, "codedeploy-rollback-flip")
def stop_in_the_wait():
    """Let a person stop the deployment in its termination wait."""
    person = {"notices": 60, "decides": 0, "types": 0}
    run = play(BLUE_GREEN, operator=person, **errors(600))
    assert run.metrics["outcome"] == "rolled_back"
    assert not events(run, "task_created", "old")
    return "errors from 600 s on, a person stops it at 660 s: old weights at once, no task starts"


@claim(32, "Six tasks of 1 vCPU cost $0.05 more per hour.", WRONG, "fargate-prices")
def price_of_six():
    """Compute the second task set for an hour."""
    found = [6 * hourly_price(1, 2, *FARGATE[kind]) for kind in ("x86_64", "arm64")]
    assert np.allclose(found, [0.29622, 0.237])
    return f"${found[0]:.3f} at 2 GB each (ARM ${found[1]:.3f}); $0.05 is one task"


@claim(33, "Sixty tasks of 4 vCPU cost $20 more per hour.", WRONG, "fargate-prices")
def price_of_sixty():
    """Compute it for the least and the most memory that 4 vCPU may have."""
    found = [60 * hourly_price(4, memory, *FARGATE["x86_64"]) for memory in (8, 16, 30)]
    assert np.allclose(found, [11.85, 13.98, 17.72], atol=0.005)
    return (
        "$" + ", $".join(f"{one:.2f}" for one in found) + " at 8, 16 and 30 GB each; 30 is the most"
    )


# The load balancer.


@claim(34, "Checks: 30 s, 5 passes, 2 failures, path /.", HOLDS, "alb-health-check-settings")
def check_defaults():
    """Read the defaults."""
    check = small(target_group={"health_check": {}}).target_group.health_check
    told = check.interval, check.healthy_threshold, check.unhealthy_threshold
    assert told == (30.0, 5, 2)
    return "30 s, 5, 2; a check's depth stands for its path"


@claim(35, "A new task waits 150 s for traffic.", WRONG, "alb-first-check")
def first_traffic():
    """Measure registration to healthy by both readings, and the recovery of a slow boot."""
    found = [waiting(boot, initial_passes=passes) for boot, passes in ((0, 1), (0, 5), (70, 1))]
    # First check after 1.5 s on average; four more intervals; a pass at 91.5 s and four more.
    assert np.allclose(found, [1.5, 121.5, 211.5], atol=0.2)
    return (
        f"{found[0]:.1f} s on average by one pass, as observed; {found[1]:.0f} s if five were "
        f"needed; a boot of 70 s is unhealthy first and takes {found[2]:.0f} s"
    )


def waiting(boot, **check):
    """Return the mean time from registration until a single task is healthy."""
    start = {"provisioning": 15, "pull": 27, "container_start": 3, "boot": boot}
    service = {"desired_count": 1, "startup": start, "health_check_grace_period": 3000}
    first = {"distribution": "uniform", "low": 0, "high": 3}
    rows = many(
        rolling(),
        runs=1000,
        service=service,
        target_group={"health_check": {"interval": 30, "first_check": first, **check}},
        traffic={"rate": 1},
        horizon=1800,
    )
    return float(rows["full_traffic_s"].mean()) - 45.0


@claim(36, "… times the number of tasks.", WRONG, "ecs-overlapping-waits")
def times_tasks():
    """Compare 6 and 60 tasks under the same percents."""
    ends = [
        play(rolling(), service={"desired_count": count}).metrics["deployment_s"]
        for count in (6, 60)
    ]
    assert ends == [370.0, 370.0]
    return "6 tasks: 370 s; 60 tasks: 370 s; the tasks of a wave wait together"


@claim(
    37, "Interval 10–15 s and threshold 2–3: faster, may flap.", IMPRECISE, "alb-health-thresholds"
)
def faster_checks():
    """Measure what interval and threshold each change for a task that boots for 20 s."""
    settings = ((30, 5), (10, 5), (10, 2))
    found = [waiting(20, interval=every, healthy_threshold=passes) for every, passes in settings]
    # At 30 s one failure and a pass; at 10 s two failures, so that the threshold counts.
    assert np.allclose(found, [31.5, 61.5, 31.5], atol=0.2)
    told = ", ".join(
        f"{seconds:.0f} s at {every} s/{passes}"
        for seconds, (every, passes) in zip(found, settings, strict=True)
    )
    return f"a boot of 20 s waits {told}: the interval alone is slower, since it fails twice first"


@claim(38, "New requests stop at once.", IMPRECISE, "alb-late-requests")
def late():
    """Measure how long the old targets still get requests."""
    mixed = [
        play(rolling(), target_group={"deregistration_propagation": seconds}).metrics["mixed_s"]
        for seconds in (0, 5)
    ]
    assert mixed == [0.0, 5.0]
    return "0 to 5 s later, seen by others and assumed here; 0 s would be a setting"


@claim(39, "After the delay connections are closed.", HOLDS, "alb-502-drain-end")
def closed():
    """Count long requests that a drain of 300 s cuts."""
    cut = recreated(400)
    assert np.isclose(cut, 100.0)
    return "one request of 400 s per second: 100 are cut at the end of 300 s, as 502"


def recreated(seconds):
    """Return how many long requests are cut when all tasks drain at once."""
    long = {"share": 0.01, "duration": seconds, "streams": True}
    run = play({"type": "recreate", "bake_time": 0}, traffic={"long_requests": long})
    return run.metrics["failed_cut"]


@claim(
    40, "Requests above a few seconds need more than 300 s.", IMPRECISE, "alb-deregistration-delay"
)
def need_more():
    """Count cut requests by their length."""
    cut = {seconds: round(recreated(seconds), 6) for seconds in (10, 250, 400)}
    assert cut == {10: 0.0, 250: 0.0, 400: 100.0}
    return "requests of 10 s: none cut, of 250 s: none, of 400 s: 100; only what exceeds the delay"


# Rolling back.


@claim(41, "An alarm stops and undoes it at any time.", HOLDS, "codedeploy-alarm-window")
def any_time():
    """Let errors begin in the termination wait."""
    run = play(BLUE_GREEN, **LISTENING, **errors(3000))
    assert run.metrics["outcome"] == "rolled_back"
    return "under CodeDeploy yes, in the termination wait too: errors from 3000 s on are undone"


@claim(42, "Alarm: more than 1 % errors over one minute.", IMPRECISE, "cloudwatch-alarm-latency")
def one_percent():
    """Measure the reaction, and a canary's errors as the whole service sees them."""
    rows = many(BLUE_GREEN, runs=1000, **ALARM, **errors())["detect_s"] / 60
    p50, p95 = quantiles(rows, 0.5, 0.95)
    assert 2.2 < p50 < 2.6
    assert 3.1 < p95 < 3.6
    canary = {"type": "canary", "percent": 10, "wait": 900, "controller_delay": 0}
    told = {**PROMPT, "publish_delay": 0}
    run = play(canary, alarms=[told], defaults={"alarms": ["5xx"]}, **errors(rate=0.05))
    assert times(run, "alarm_raised")[0] > 65.0 + 900.0
    return (
        f"decided after {p50:.1f} min (half), {p95:.1f} min (95 %) of errors; 5 % errors on a 10 % "
        "canary are 0.5 % of all, and the alarm stays green"
    )


@claim(43, "A hook may take an hour, configurable per hook.", WRONG, "codedeploy-hook-timeout")
def hour_per_hook():
    """Ask for another time, and let one never answer."""
    hook = {"stage": "AfterAllowTestTraffic", "never_answers": True}
    run = play({**BLUE_GREEN, "hooks": [hook]})
    assert times(run, "rollback_started") == [65.0 + 3600.0]
    said = refused({**BLUE_GREEN, "hooks": [{**hook, "timeout": 60}]})
    assert "CodeDeploy waits 1 h for a hook, fixed" in said
    return "no answer ends it after 3600 s; a timeout under CodeDeploy is refused"


@claim(
    44,
    "In the wait, a new deployment rolls back.",
    WRONG,
    "codedeploy-in-progress-until-terminated",
)
def second_deployment():
    """Ask what the controller says in the wait."""
    said = play(BLUE_GREEN, horizon=3600).metrics["outcome"]
    assert said == "in_progress"
    return "it is in progress until 3970 s, and AWS refuses a second one; stop the first instead"


@claim(45, "Forcing a new deployment is the key to rolling back.", WRONG, "ecs-stop-deployment")
def force():
    """Let the first command deploy the same revision again."""
    person = {"notices": 60, "decides": 0, "types": 0}
    right, same = (
        play(rolling(), operator={**person, "first_command": word}, **errors(600))
        for word in ("works", "same_image")
    )
    lost = times(same, "rollback_started")[0] - times(right, "rollback_started")[0]
    assert lost == 300.0
    return f"the same revision again undoes nothing and costs {lost:g} s until the right command"


@claim(
    46, "A rolling rollback takes 5–15 min (3–15 elsewhere).", IMPRECISE, "ecs-rollback-is-rolling"
)
def rolling_rollback():
    """Compute it for a small and a large boot time, in one wave and in ten."""
    found = {
        name: drill(told, late=True, service=service)["rollback_s"]
        for name, told, service in (
            ("one wave", rolling(), {}),
            ("two waves", rolling(100, 150), {}),
        )
    }
    assert found["one wave"] == 65.0
    assert found["two waves"] == 130.0
    return "until old tasks carry all traffic: 65 s in one wave, 130 s in two; drains come on top"


@claim(48, "Blue-green needs twice the tasks for a while.", IMPRECISE, "fargate-billing")
def twice():
    """Compare peak and price of both."""
    blue, roll = play(BLUE_GREEN), play(rolling())
    assert (blue.metrics["peak_tasks"], roll.metrics["peak_tasks"]) == (12, 12)
    extra = [run.metrics["extra_cost_usd"] for run in (blue, roll)]
    assert np.allclose(extra, [6 * 3955 / 3600 * 0.04937, 6 * 355 / 3600 * 0.04937])
    return (
        f"so does rolling at 100/200: 12 tasks each; but for an hour (${extra[0]:.2f}) and for "
        f"six minutes (${extra[1]:.2f})"
    )


# The document.

HEAD = """\
# 44 claims of an article, computed

[An article on blue-green and rolling deployments to ECS](https://www.nazarboyko.com/articles/blue-green-rolling-deployments-aws)
makes 48 claims about AWS. Four say nothing that a model computes; each of the others is retold in a
few words, beside what the model gives for it, in most cases on one small service: six tasks, 45 s
from the order to RUNNING, the first check 20 s later, 300 s of drain, 5 s of shutdown, 100 requests
per second.

*holds*: as AWS says it · *imprecise*: true in part, or in some configurations · *outdated*: true
once · *wrong*: AWS does something else. The fact behind it is in
[aws-behavior.md](aws-behavior.md).

This file is made from `tests/test_claims.py`: `python -m tests.test_claims`.

"""

COLUMNS = "| # | claim | verdict | what the model gives | AWS |\n|---|---|---|---|---|\n"


def document():
    """Return docs/claims.md."""
    claims = [CLAIMS[number] for number in sorted(CLAIMS)]
    verdicts = [one.verdict for one in claims]
    counted = " · ".join(f"{verdicts.count(word)} {word}" for word in VERDICTS)
    rows = "".join(row(one) for one in claims)
    return f"{HEAD}{counted}\n\n{COLUMNS}{rows}"


def row(one):
    """Return a claim as a row of the table."""
    page = f"[{one.fact}]({FACTS[one.fact].page})" if one.fact else "–"
    return f"| {one.number} | {one.text} | {one.verdict} | {one.gives()} | {page} |\n"


#: Claims about many runs.
MANY_RUNS = {30, 35, 37, 42}


@pytest.mark.parametrize(
    "number",
    [pytest.param(n, marks=pytest.mark.many_runs) if n in MANY_RUNS else n for n in CLAIMS],
)
def test_claim(number):
    """The model says about a claim what the table tells."""
    assert CLAIMS[number].gives()


def test_all_claims_are_judged():
    """Of 48 claims four say nothing that can be computed; all others have a verdict and a fact."""
    assert sorted([*CLAIMS, *LEFT_OUT]) == list(range(1, 49))
    assert {one.verdict for one in CLAIMS.values()} == set(VERDICTS)
    assert {one.fact for one in CLAIMS.values()} <= set(FACTS)


@pytest.mark.many_runs
def test_document_is_the_table():
    """docs/claims.md is what ``python -m tests.test_claims`` writes."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
