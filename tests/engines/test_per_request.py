"""The model against an oracle that serves one request after the other (tests/per_request.py).

Requests of the oracle arrive at random. Where the model departs from it, the test states by how
much: docs/conformance.md explains why.
"""

import random
from statistics import mean

import pytest

from simdeploy.engines import encoded
from simdeploy.engines.process.service import baseline
from simdeploy.model import sums
from simdeploy.model.fields.plain import plain
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.model.latency import p99
from simdeploy.semantics.overload import lost_from_queue
from tests.per_request import (
    CUT,
    LATE,
    Away,
    End,
    Fleet,
    constant,
    count,
    exponential,
    lognormal,
    percentile,
    play,
    poisson,
    slower,
    stepped,
)
from tests.small import small

#: Tasks that take so long to start that none comes to help.
ALONE = {"startup": {"provisioning": 9000}}


def usual(service=(), traffic=(), group=(), events=(), horizon=1000):
    """Play the service without a deployment; return its record and final state."""
    scenario = small(
        service=ALONE | dict(service),
        traffic=dict(traffic),
        target_group=dict(group),
        environment={"events": list(events)},
        horizon=horizon,
    )
    m = plain(encoded(scenario, "it", "release"), SCENARIO)
    return m, baseline(m, 1, 0)


def served(fleet, steps, until=1000.0, seeds=3):
    """Play the oracle with several seeds; return the outcomes of each."""
    return [
        play(fleet, stepped(steps, until, random.Random(k)), random.Random(100 + k))
        for k in range(seeds)
    ]


def average(runs, measure, *more):
    """Return the mean of a measure over runs of the oracle."""
    return mean(measure(run, *more) for run in runs)


def failing_from(s):
    """Return when requests begin to fail without a deployment, s."""
    return next(s.points[k].at for k in range(s.world.n_points) if s.points[k].failing_share > 0)


def test_an_idle_service_answers_in_its_own_time():
    """Constant 0.2 s, hardly any load: p99 is 0.200 s."""
    m, s = usual({"workers": 8, "request_time": 0.2, "capacity_rps": 40}, {"rate": 0.1})
    assert p99(m, s) == pytest.approx(0.2, rel=0.02)


def test_requests_in_turn_hardly_wait():
    """6 x 2 workers, 0.1 s, 84/s: 0.156 s by Allen and Cunneen, 0.14 s in the oracle."""
    m, s = usual({"workers": 2, "request_time": 0.1, "capacity_rps": 20}, {"rate": 84})
    assert p99(m, s) == pytest.approx(0.156, rel=0.1)
    runs = served(Fleet(6, 2, constant(0.1), 10.0), [(0.0, 84.0)])
    assert average(runs, percentile) == pytest.approx(0.143, rel=0.05)
    assert p99(m, s) == pytest.approx(average(runs, percentile), rel=0.15)


@pytest.mark.parametrize(
    ("workers", "rate", "algorithm", "within"),
    [(1, 42.0, "random", 0.1), (2, 84.0, "random", 0.08), (8, 50.0, "round_robin", 0.08)],
)
def test_waits_by_chance(workers, rate, algorithm, within):
    """Exponential times of 0.1 s; at random the queue is M/M/k, and the model exact."""
    group = {"algorithm": algorithm}
    times = {"distribution": "exponential", "mean": 0.1}
    service = {"workers": workers, "request_time": times, "capacity_rps": 10 * workers}
    m, s = usual(service, {"rate": rate}, group)
    fleet = Fleet(6, workers, exponential(0.1), 10.0, at_random=algorithm == "random")
    runs = served(fleet, [(0.0, rate)], until=3000.0)
    assert p99(m, s) == pytest.approx(average(runs, percentile), rel=within)


def test_some_wait_longer_than_their_clients():
    """95 % load, 1 x 2 workers, exponential, at random, timeout 1 s: the share of M/M/2."""
    times = {"distribution": "exponential", "mean": 0.1}
    service = {"workers": 2, "request_time": times, "capacity_rps": 20, "desired_count": 1}
    m, s = usual(service, {"rate": 19, "client_timeout": 1}, {"algorithm": "random"}, horizon=4000)
    fleet = Fleet(1, 2, exponential(0.1), 1.0, at_random=True)
    runs = served(fleet, [(0.0, 19.0)], until=4000.0, seeds=6)
    late = average(runs, count, LATE)
    assert s.world.sums[sums.OVERLOAD] == pytest.approx(late, rel=0.2)
    assert p99(m, s) <= 1.0
    assert p99(m, s) == pytest.approx(average(runs, percentile), rel=0.05)


@pytest.mark.parametrize("utilization", [0.999, 1.0])
def test_full_load_is_no_steady_state(utilization):
    """6 x 8 workers, exponential, at random, ten minutes of full load: two thirds are slow.

    A steady state at 0.999 would fail more than half of all requests; that takes hours.
    """
    times = {"distribution": "exponential", "mean": 8 / 60}
    rate = 360.0 * utilization
    service = {"workers": 8, "request_time": times, "capacity_rps": 60}
    m, s = usual(service, {"rate": rate}, {"algorithm": "random"}, horizon=600)
    fleet = Fleet(6, 8, exponential(8 / 60), 10.0, at_random=True)
    runs = served(fleet, [(0.0, rate)], until=600.0, seeds=6)
    assert s.world.sums[sums.SLOW] == pytest.approx(average(runs, slower, 1.0), rel=0.1)
    assert s.world.sums[sums.OVERLOAD] < 0.02 * 600 * rate
    assert p99(m, s) == pytest.approx(average(runs, percentile), rel=0.2)


@pytest.mark.parametrize(
    ("utilization", "within"), [(1.0005, 0.07), (1.005, 0.1), (1.01, 0.07), (1.05, 0.01)]
)
def test_just_above_full_load_most_wait_by_chance(utilization, within):
    """6 x 8 workers, exponential, at random, timeout 1 s, ten minutes: 73 to 97 % fail.

    Backlogs alone would fail 0.1, 71, 86 and 97 %.
    """
    times = {"distribution": "exponential", "mean": 8 / 60}
    rate = 360.0 * utilization
    service = {"workers": 8, "request_time": times, "capacity_rps": 60}
    traffic = {"rate": rate, "client_timeout": 1}
    _, s = usual(service, traffic, {"algorithm": "random"}, horizon=600)
    fleet = Fleet(6, 8, exponential(8 / 60), 1.0, at_random=True)
    late = average(served(fleet, [(0.0, rate)], until=600.0, seeds=6), count, LATE)
    assert s.world.sums[sums.OVERLOAD] / (600.0 * rate) == pytest.approx(
        late / (600.0 * rate), abs=within
    )


def test_a_server_that_cancels_loses_what_is_beyond_capacity_alone():
    """60.03/s on 60/s, exponential, timeout 1 s: 1 in 160 is lost, not two in three."""
    times = {"distribution": "exponential", "mean": 8 / 60}
    service = {"workers": 8, "request_time": times, "desired_count": 1}
    service |= {"cancels_abandoned": True}
    _, s = usual(service, {"rate": 60.03, "client_timeout": 1}, horizon=600)
    fleet = Fleet(1, 8, exponential(8 / 60), 1.0, cancels=True)
    late = average(served(fleet, [(0.0, 60.03)], until=600.0, seeds=6), count, LATE)
    assert s.world.sums[sums.OVERLOAD] / 36018 == pytest.approx(late / 36018, abs=0.03)


def test_patience_includes_the_time_of_the_request():
    """20/s served, 28/s offered, 0.1 s, timeout 1 s: failing from 2.25 s on."""
    service = {"workers": 2, "request_time": 0.1, "capacity_rps": 20, "desired_count": 1}
    _, s = usual(service, {"rate": 28, "client_timeout": 1}, horizon=100)
    assert failing_from(s) == pytest.approx(2.25)
    assert s.world.sums[sums.OVERLOAD] == pytest.approx(28 * 97.75)
    runs = served(Fleet(1, 2, constant(0.1), 1.0), [(0.0, 28.0)], until=100.0, seeds=8)
    assert average(runs, count, LATE) == pytest.approx(28 * 97.75, rel=0.02)


def test_canceling_loses_only_what_is_beyond_capacity():
    """60/s served, 70/s offered for 1,000 s, timeout 10 s: 10 x (1000 - 59.2) = 9,408 fail."""
    service = {"workers": 8, "request_time": 8 / 60, "desired_count": 1}
    _, s = usual(service | {"cancels_abandoned": True}, {"rate": 70})
    assert s.world.sums[sums.OVERLOAD] == pytest.approx(9408.0)
    runs = served(Fleet(1, 8, constant(8 / 60), 10.0, cancels=True), [(0.0, 70.0)], seeds=4)
    assert average(runs, count, LATE) == pytest.approx(9408.0, rel=0.03)
    _, s = usual(service, {"rate": 70})
    runs = served(Fleet(1, 8, constant(8 / 60), 10.0), [(0.0, 70.0)], seeds=4)
    assert s.world.sums[sums.OVERLOAD] == pytest.approx(average(runs, count, LATE), rel=0.03)


@pytest.mark.parametrize("fail_open", [True, False])
def test_an_overload_outlasts_flaky_checks(fail_open):
    """70/s on 60/s: two failed checks heal nothing; out of rotation, the backlog is served."""
    check = {"interval": 10, "first_check": 5, "unhealthy_threshold": 2, "healthy_threshold": 2}
    event = {"kind": "flaky_health_checks", "probability": 1.0, "from": 100, "until": 120}
    service = {"workers": 8, "request_time": 8 / 60, "desired_count": 1}
    traffic = {"rate": 70, "client_timeout": 2}
    group = {"fail_open": fail_open, "health_check": check}
    _, s = usual(service, traffic, group, [event], horizon=400)
    away = () if fail_open else (Away(0, 115.0, 135.0),)
    runs = served(Fleet(1, 8, constant(8 / 60), 2.0, away=away), [(0.0, 70.0)], 400.0, seeds=6)
    failed = s.world.sums[sums.OVERLOAD] + s.world.sums[sums.NO_TARGET]
    oracle = average(runs, lambda run: sum(o.what != "ok" for o in run))
    assert failed == pytest.approx(oracle, rel=0.03)
    if fail_open:
        # 10 requests/s more than it can serve fill 60 x (2 - 8/60) in 11.2 s; from then on all fail
        assert failed == pytest.approx(70 * (400 - 11.2))


def test_a_spike_drains_as_a_queue_does():
    """Ten seconds at 90/s on 60/s, then 30/s: slow requests as in the oracle."""
    service = {"workers": 8, "request_time": 8 / 60, "desired_count": 1}
    steps = [(0.0, 30.0), (100.0, 90.0), (110.0, 30.0)]
    spike = {"kind": "traffic_spike", "factor": 3.0, "from": 100, "until": 110}
    m, s = usual(service, {"rate": 30}, events=[spike], horizon=300)
    runs = served(Fleet(1, 8, constant(8 / 60), 10.0), steps, 300.0, seeds=8)
    assert s.world.sums[sums.SLOW] == pytest.approx(average(runs, slower, 1.0), rel=0.1)
    assert p99(m, s) == pytest.approx(average(runs, percentile), rel=0.05)


def test_a_drain_cuts_what_is_left_in_the_queue():
    """A task with 4.5 s of work ahead has 2 s to finish: 60 x 2.5 are cut."""
    steps = [(0.0, 90.0)]
    fleet = Fleet(1, 8, constant(8 / 60), 10.0, ends=(End(0, 9.0, 11.0),))
    runs = served(fleet, steps, 9.0, seeds=20)
    # 30/s more than it serves for 9 s: 270 wait, 120 of them are served within 2 s
    lost = lost_from_queue(270.0, 0.0, 0.0, 1.0, 2.0 * 60.0)
    assert lost == 150.0
    assert average(runs, count, CUT) == pytest.approx(lost, rel=0.1)


def test_counts_spread_as_those_of_real_requests():
    """1 % errors of 50/s for 100 s: nine in ten counts lie in Poisson's band from 5 to 95 %."""
    luck = random.Random(5)
    counts = [sum(luck.random() < 0.01 for _ in poisson(50.0, 100.0, luck)) for _ in range(200)]
    # of a Poisson count of 50: 39 to 62
    outside = sum(not 39 <= x <= 62 for x in counts) / 200
    assert outside == pytest.approx(0.09, abs=0.06)
    assert lognormal(0.08, 0.0)(luck) == pytest.approx(0.08)
