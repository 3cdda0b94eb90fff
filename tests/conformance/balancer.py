"""Checks of the facts on the load balancer: health checks, routing, error codes, draining."""

import math

import numpy as np

from simdeploy.scenario import Scenario
from simdeploy.semantics.checks import health_after
from simdeploy.semantics.routing import fails_open
from simdeploy.semantics.state import HEALTHY, INITIAL, UNHEALTHY
from tests.conformance.registry import checks
from tests.probes import (
    PROMPT,
    during,
    events,
    faulty,
    many,
    play,
    refusal,
    rolling,
    stages,
    state,
    times,
)

DEAF = faulty("never_listens")
#: Stops everything at 0 s; the new tasks start at 305 s, when the last old one is gone.
RECREATE = {"type": "recreate", "bake_time": 0}
CANARY = {"type": "canary", "percent": 10, "wait": 300, "controller_delay": 0}


def checked(first, **above):
    """Return a target group whose first check comes so long after registration."""
    return {"health_check": {"interval": 30, "first_check": first, **above}}


def boots(seconds):
    """Return the block of a service whose tasks need so long to boot, and get the time."""
    start = {"provisioning": 15, "pull": 27, "container_start": 3, "boot": seconds}
    return {"startup": start, "health_check_grace_period": 3000}


def tiny(**above):
    """Return the data of a scenario with AWS's ranges and the format's defaults."""
    return {"name": "tiny", "strategies": {"it": {"type": "rolling"}}, **above}


@checks("alb-health-check-settings")
def settings():
    """Check the defaults and the ranges of the health check."""
    check = Scenario.model_validate(tiny()).target_group.health_check
    assert (check.interval, check.timeout) == (30.0, 5.0)
    assert (check.healthy_threshold, check.unhealthy_threshold) == (5, 2)
    for key, value, allowed in (
        ("interval", 301, "5 to 300"),
        ("interval", 4, "5 to 300"),
        ("timeout", 1, "2 to 120"),
        ("healthy_threshold", 11, "2 to 10"),
        ("unhealthy_threshold", 1, "2 to 10"),
    ):
        block = {"interval": 30, "timeout": 3, key: value}
        assert allowed in refusal(tiny(target_group={"health_check": block}))
    return "30 s, 5 s, 5 passes, 2 failures; what is outside AWS's ranges is refused"


@checks("alb-first-check")
def first_check():
    """Check both readings: one pass, or as many as the healthy threshold."""
    one = play(target_group=checked(20))
    five = play(target_group=checked(20, initial_passes="healthy_threshold"))
    found = times(one, "target_healthy")[0], times(five, "target_healthy")[0]
    assert found == (45.0 + 20.0, 45.0 + 20.0 + 4 * 30.0)
    return "registered at 45 s, first check at 65 s: healthy at 65 s; by the old reading at 185 s"


@checks("alb-health-thresholds")
def thresholds():
    """Check two failures in a row, five passes in a row, and nothing less."""
    assert health_after(HEALTHY, -1, 1, 5, 2) == HEALTHY
    assert health_after(HEALTHY, -2, 1, 5, 2) == UNHEALTHY
    assert health_after(UNHEALTHY, 4, 1, 5, 2) == UNHEALTHY
    assert health_after(UNHEALTHY, 5, 1, 5, 2) == HEALTHY
    run = play(service=boots(55), target_group=checked(20))
    # Checks at 65 and 95 s fail; passes at 125, 155, 185, 215, 245 s.
    assert times(run, "target_unhealthy")[0] == 95.0
    assert times(run, "target_healthy")[0] == 245.0
    return "checks fail at 65 and 95 s: unhealthy; they pass from 125 s on: healthy at 245 s"


@checks("alb-boot-cliff")
def boot_cliff():
    """Check the mean time from registration to healthy against the calculation by hand.

    The first check is uniform over 30 s. Boot 0: mean 15. Boot 20: the first check passes with a
    chance of 1/3 (mean 25), else the second does (mean 40): 35. Boot 70: two checks fail for
    certain; the first pass comes 70 to 100 s after registration, the fifth 120 s later: 205.
    """
    expected = {0: 15, 20: 35, 40: 95, 59: 190, 70: 205, 120: 255}
    spread = {"distribution": "uniform", "low": 0, "high": 30}
    means = {
        boot: many(
            rolling(),
            runs=2000,
            service={**boots(boot), "desired_count": 1, "capacity_rps": 60},
            target_group=checked(spread),
            traffic={"rate": 1},
            horizon=1800,
        )["full_traffic_s"].mean()
        - 45.0
        for boot in expected
    }
    assert all(math.isclose(means[boot], mean, abs_tol=4) for boot, mean in expected.items())
    return "mean seconds from registration to healthy, by boot time: " + ", ".join(
        f"{boot} s → {round(mean)}" for boot, mean in means.items()
    )


@checks("alb-initial-failures")
def initial_failures():
    """Check that one failed check leaves a new target as it was, and two do not."""
    assert health_after(INITIAL, -1, 1, 5, 2) == INITIAL
    assert health_after(INITIAL, -2, 1, 5, 2) == UNHEALTHY
    run = play(service=boots(30), target_group=checked(20))
    assert not events(run, "target_unhealthy")
    assert times(run, "target_healthy")[0] == 95.0
    return "one failed check at 65 s, one pass at 95 s: healthy; two failures make it unhealthy"


@checks("alb-first-check-delay")
def first_check_delay():
    """Check that the first check comes within 3 s of the registration."""
    first = Scenario.model_validate(tiny()).target_group.health_check.first_check
    ends = [first.quantile(u) for u in (0.0, 0.5, 1.0)]
    assert np.allclose(ends, [0.0, 1.5, 3.0])
    return f"evenly from {ends[0]:g} to {ends[2]:g} s after registration, 1.5 s on average"


@checks("alb-target-states")
def target_states():
    """Check the states that a target passes through in a run."""
    run = play(service=boots(55), target_group=checked(20))
    assert stages(run, 6)[3:] == ["booting", "unhealthy", "healthy"]
    assert "draining" in stages(run, 0)
    return "initial, unhealthy, healthy, draining; unused and unavailable have no place"


@checks("alb-fail-open")
def fail_open():
    """Check that requests go to unhealthy targets where no other is left."""
    assert [fails_open(healthy, 1, True) for healthy in (0, 1)] == [True, False]
    open_, closed = (
        play(RECREATE, target_group={"fail_open": word}, service=boots(0), horizon=1800, **DEAF)
        for word in (True, False)
    )
    # All six are unhealthy at 305 + 95 s; from then on 100 requests per second are refused.
    assert np.isclose(open_.metrics["failed_refused"], (1800 - 400) * 100)
    assert closed.metrics["failed_refused"] == 0
    assert np.isclose(closed.metrics["failed_no_target"], 1800 * 100)
    return "six tasks that never answer: 502 from 400 s on; with fail_open off it stays 503"


@checks("alb-fail-open-initial")
def fail_open_initial():
    """Check both readings for targets that no check has judged yet."""
    runs = [
        play(
            RECREATE,
            target_group={"fail_open_includes_initial": word},
            service=boots(0),
            horizon=1800,
            **DEAF,
        )
        for word in (False, True)
    ]
    nobody = [run.metrics["failed_no_target"] for run in runs]
    # Registered at 350 s, unhealthy at 400 s.
    assert np.allclose(nobody, [40000.0, 35000.0])
    return "targets registered at 350 s get requests from 400 s on, when unhealthy; else from 350 s"


@checks("alb-forward-weights")
def forward_weights():
    """Check that 10 % of 100 requests per second reach the new group for five minutes."""
    run = play(CANARY, **faulty("silent", noticed_after=1e6), horizon=3600)
    assert state(run, "new_share", at=200) == 0.1
    assert np.isclose(run.metrics["exposed_requests"], 10 * 300 + 100 * (3600 - 365))
    return "10 % of 100 requests per second for 300 s: 3000 requests; then everything"


@checks("alb-weight-propagation")
def weight_propagation():
    """Check that an ordered weight is in effect later by the key's time."""
    found = [
        play(
            {"type": "blue_green", "controller_delay": 0},
            target_group={"weight_propagation": seconds},
        ).metrics["full_traffic_s"]
        for seconds in (0, 10)
    ]
    assert found == [65.0, 75.0]
    return "ordered at 65 s: in effect at 65 s with 0 s, at 75 s with 10 s"


@checks("alb-slow-start")
def slow_start():
    """Check that a target's share rises in ten stairs once others have warmed up."""
    run = play(rolling(100, 150), target_group={"slow_start": 100}, service={"capacity_rps": 60})
    shares = [state(run, "new_share", at=at) for at in (66, 131, 231)]
    assert "allowed: 0, or 30 to 900 s" in refusal(tiny(target_group={"slow_start": 29}))
    # Three old and three new at once at 65 s: each new one begins with a tenth.
    assert shares[0] < 0.5
    assert shares[-1] == 1.0
    # Six at once beside six old ones, which leave at that very instant: all are in slow start.
    alone = play(rolling(100, 200), target_group={"slow_start": 900})
    assert state(alone, "new_share", at=66) == 1.0
    assert alone.metrics["failed_requests"] == 0.0
    return (
        f"three new targets beside three old ones begin with {100 * shares[0]:.0f} % of the "
        "traffic instead of 50 %; six that are left alone, all in slow start, serve it all, and "
        "0 requests fail; 29 s is refused"
    )


@checks("alb-503-no-target")
def no_target():
    """Check that a gap of 370 s costs 370 s of requests."""
    run = play(RECREATE)
    # Stopped at 0 s, gone at 305 s, started anew and healthy 65 s later.
    assert np.isclose(run.metrics["failed_no_target"], 370 * 100)
    assert np.isclose(run.metrics["failed_requests"], run.metrics["failed_no_target"])
    return "recreate: nobody serves for 370 s, 37000 requests at 100 per second are answered 503"


@checks("alb-502-refused")
def refused_502():
    """Check that targets which do not listen refuse every request they get."""
    blind = during("health_signal_missing", **{"from": 0})
    run = play(rolling(), service=boots(0), horizon=1095, **DEAF, **blind)
    # Old tasks go when the new ones run, at 45 s; those are unhealthy, and so asked, from 95 s on.
    assert np.isclose(run.metrics["failed_no_target"], 50 * 100)
    assert np.isclose(run.metrics["failed_refused"], 1000 * 100)
    return f"six targets that never listen: {run.metrics['failed_refused']:.0f} requests meet a 502"


@checks("alb-504-timeout")
def timeout_504():
    """Check that silent requests longer than the idle timeout fail, and streams do not."""
    cut = [
        play(
            traffic={"rate": 100, "long_requests": {"share": 0.01, "duration": 90, "streams": word}}
        ).metrics["failed_cut"]
        for word in (False, True)
    ]
    # One request per second for two hours, every one cut at 60 s.
    assert np.isclose(cut[0], 7200)
    assert cut[1] == 0
    return f"one request of 90 s per second for two hours: {cut[0]:.0f} cut at 60 s; streams: none"


@checks("alb-460-client-left")
def client_left():
    """Check that an alarm on 5xx sees overload only where clients outwait the idle timeout."""
    spike = during("traffic_spike", factor=6, **{"from": 600})
    runs = [
        play(
            rolling(bake_time=3600),
            alarms=[PROMPT],
            defaults={"alarms": ["5xx"]},
            traffic={"rate": 100, "client_timeout": seconds},
            **spike,
        )
        for seconds in (10, 70)
    ]
    assert all(run.metrics["failed_overload"] > 100_000 for run in runs)
    raised = [bool(events(run, "alarm_raised")) for run in runs]
    assert raised == [False, True]
    return (
        f"{runs[0].metrics['failed_overload']:.0f} requests fail in an overload, and the alarm "
        "stays green (clients leave after 10 s: 460); after 70 s it is 504, and red"
    )


@checks("alb-deregistration-delay")
def deregistration_delay():
    """Check that a draining target gets nothing new and finishes what it has."""
    run = play(traffic={"long_requests": {"share": 0.01, "duration": 250, "streams": True}})
    assert state(run, "new_share", at=65) == 1.0
    assert run.metrics["failed_cut"] < 1e-6
    assert Scenario.model_validate(tiny()).target_group.deregistration_delay == 300.0
    assert "allowed: 0 to 3600 s" in refusal(tiny(target_group={"deregistration_delay": 3601}))
    return "all new requests go elsewhere from 65 s on, requests of 250 s end in peace within 300 s"


@checks("alb-late-requests")
def late_requests():
    """Check that both revisions serve for as long as late requests arrive."""
    mixed = [
        play(target_group={"deregistration_propagation": seconds}).metrics["mixed_s"]
        for seconds in (0, 5)
    ]
    assert mixed == [0.0, 5.0]
    default = Scenario.model_validate(tiny()).target_group.deregistration_propagation
    assert [default.quantile(u) for u in (0.0, 1.0)] == [0.0, 5.0]
    return "six old targets go at 65 s: both revisions serve for 0 s, or for the 5 s of the key"


@checks("alb-502-drain-end")
def drain_end():
    """Check how many requests of 400 s a drain of 300 s cuts."""
    long = {"share": 0.01, "duration": 400, "streams": True}
    run = play(RECREATE, traffic={"long_requests": long})
    # One per second, and those of the last 100 s before the drain are not done after 300 s.
    assert np.isclose(run.metrics["failed_cut"], 100.0)
    return "one request of 400 s per second: 100 of them are cut at the end of the drain"


@checks("alb-websockets-cut")
def websockets_cut():
    """Check how many of 600 connections outlast a drain of 300 s."""
    sockets = {"open": 600, "lifetime": {"distribution": "exponential", "mean": 1200}}
    run = play(traffic={"websockets": sockets})
    by_hand = 600 * math.exp(-300 / 1200)
    assert np.isclose(run.metrics["cut_websockets"], by_hand)
    return f"of 600 connections that last 20 min on average {by_hand:.0f} are cut after 300 s"


@checks("alb-unused-group-unchecked")
def unused_group():
    """Check when traffic shifts to a group that no listener has used before."""
    shown = {}
    for listener in (True, False):
        told = {"type": "blue_green", "controller_delay": 0, "test_listener": listener}
        told["first_deployment"] = True
        run = play(told, target_group={"weight_propagation": 0})
        shown[listener] = (times(run, "traffic_shifted")[0], run.metrics["failed_no_target"])
    assert shown == {True: (65.0, 0.0), False: (45.0, 2000.0)}
    return (
        "in a first deployment without a test listener traffic shifts at 45 s, when the tasks run; "
        "the first check is at 65 s, and 2,000 requests meet no healthy target; with one it shifts "
        "at 65 s"
    )
