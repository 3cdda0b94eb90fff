"""Tables of the request time against closed forms and quadrature."""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from simdeploy import draws
from simdeploy.distributions import Constant, Exponential, Gamma, Lognormal, Uniform
from simdeploy.encode import latency_tables
from simdeploy.model.constants import LOADS

#: Limits of latency for tables, s.
LIMITS = np.geomspace(1e-3, 1e3, 64)


def place(utilization, entries):
    """Return the entry of a table of loads that stands for a utilization; it must be one."""
    at = (entries - 1) * (1.0 - math.sqrt(1.0 - utilization))
    assert at == pytest.approx(round(at))
    return round(at)


EXPONENTIAL = Exponential(mean=0.2)
LOGNORMAL = Lognormal(median=0.08, sigma=0.8)
UNIFORM = Uniform(low=0.05, high=0.15)
GAMMA = Gamma(mean=0.2, shape=2.0)
CONSTANT = Constant(value=0.1)
LAWS = {
    EXPONENTIAL: stats.expon(scale=0.2),
    LOGNORMAL: stats.lognorm(0.8, scale=0.08),
    UNIFORM: stats.uniform(0.05, 0.1),
    GAMMA: stats.gamma(2.0, scale=0.1),
}
SMOOTH = pytest.mark.parametrize(
    "distribution",
    [EXPONENTIAL, LOGNORMAL, UNIFORM],
    ids=["exponential", "lognormal", "uniform"],
)
SPREAD = pytest.mark.parametrize(
    "distribution",
    [EXPONENTIAL, LOGNORMAL, UNIFORM, GAMMA],
    ids=["exponential", "lognormal", "uniform", "gamma"],
)
ANY = pytest.mark.parametrize(
    "distribution",
    [EXPONENTIAL, LOGNORMAL, UNIFORM, GAMMA, CONSTANT],
    ids=["exponential", "lognormal", "uniform", "gamma", "constant"],
)


def random_queue(workers, timeout=1e9, factor=1.0):
    """Return an M/M/k queue: arrivals at random; nobody gives up."""
    return latency_tables.Queue(workers, factor, timeout)


def erlang_c(workers, utilization):
    """Return Erlang's C formula as textbooks print it."""
    load = workers * utilization
    waiting = load**workers / math.factorial(workers) / (1.0 - utilization)
    return waiting / (sum(load**k / math.factorial(k) for k in range(workers)) + waiting)


@pytest.mark.parametrize("workers", [1, 2, 8, 50])
@pytest.mark.parametrize("utilization", [0.0, 0.3, 0.8, 0.999])
def test_chance_to_wait(workers, utilization):
    """The recursion gives Erlang's C formula."""
    assert latency_tables.waits(workers, utilization) == pytest.approx(
        erlang_c(workers, utilization)
    )


@pytest.mark.parametrize("slo", [0.05, 0.5, 2.0])
def test_one_worker_with_exponential_times(slo):
    """The M/M/1 queue: latency is exponential with the rate that is left over."""
    time = latency_tables.scaled(EXPONENTIAL, 1.0)
    highest = latency_tables.full_load(time, random_queue(1))
    left = 5.0 * (1.0 - latency_tables.loads(LOADS, highest))
    np.testing.assert_allclose(
        latency_tables.slow_table(time, random_queue(1), slo), np.exp(-left * slo), rtol=1e-9
    )


@pytest.mark.parametrize("utilization", [0.4375, 0.75])
def test_many_workers_with_exponential_times(utilization):
    """The M/M/k queue: the sum of two exponential times, in closed form."""
    t, mu, left = LIMITS, 5.0, 4 * 5.0 * (1.0 - utilization)
    both = (left * np.exp(-mu * t) - mu * np.exp(-left * t)) / (left - mu) if left != mu else 0.0
    both = np.exp(-mu * t) * (1.0 + mu * t) if left == mu else both
    chance = erlang_c(4, utilization)
    time = latency_tables.scaled(EXPONENTIAL, 1.0)
    row = latency_tables.latency_tails(time, random_queue(4), t)[place(utilization, 33)]
    expected = (1.0 - chance) * np.exp(-mu * t) + chance * both
    np.testing.assert_allclose(row, expected, atol=1e-9)


@SMOOTH
def test_latency_against_quadrature(distribution):
    """The convolution of a time with an exponential wait agrees with adaptive quadrature."""
    time = latency_tables.scaled(distribution, 1.0)
    rate = 8 * 0.25 / latency_tables.cut_per_rps(time, 0.0)
    for limit in (0.06, 0.12, 0.4):
        below = 1.0 - float(latency_tables.slower_than(time, limit))
        late = integrate.quad(
            lambda u, t=limit: math.exp(
                -rate * max(0.0, t - float(latency_tables.quantiles(time, u)))
            ),
            0.0,
            below,
            limit=500,
        )[0]
        expected = 1.0 - below + erlang_c(8, 0.75) * late
        slow = latency_tables.slow_table(time, random_queue(8), limit)[place(0.75, LOADS)]
        assert slow == pytest.approx(expected, abs=1e-5)


@ANY
def test_nobody_waits_without_load(distribution):
    """At utilization zero latency is the time of the request."""
    time = latency_tables.scaled(distribution, 1.0)
    np.testing.assert_array_equal(
        latency_tables.latency_tails(time, random_queue(8), LIMITS)[0],
        latency_tables.slower_than(time, LIMITS),
    )


@ANY
def test_tails_are_probabilities_that_rise_with_load(distribution):
    """More load never makes anything faster, and a longer limit is exceeded less often."""
    time = latency_tables.scaled(distribution, 1.0)
    table = latency_tables.latency_tails(time, random_queue(8), LIMITS)
    assert table.shape == (33, 64)
    assert table.dtype == np.float64
    assert ((table >= 0.0) & (table <= 1.0)).all()
    assert (np.diff(table, axis=0) >= -1e-12).all()
    assert (np.diff(table, axis=1) <= 1e-9).all()


def test_waits_end_at_full_load():
    """At utilization one, and just below, stands what ten minutes of full load bring about."""
    time = latency_tables.scaled(LOGNORMAL, 1.0)
    table = latency_tables.slow_table(time, random_queue(8), 1.0)
    assert table.shape == (65,)
    highest = latency_tables.full_load(time, random_queue(8))
    last = next(k for k in range(65) if latency_tables.loads(65, 1.0)[k] >= highest)
    assert table[last - 1] < table[last] == table[64] < 1.0


def test_full_load_is_a_random_walk():
    """Six workers, 0.1 s, exponential: v = 2 x 0.1 / 6; 1 - u = 3/4 sqrt(pi v / 1200) = 0.00701.

    The mean of 2,000 random walks of 0.1 s steps that do not go below 0, over ten minutes, is that
    of the steady state: v / (2 (1 - u)) = 2.38 s.
    """
    time = latency_tables.scaled(Exponential(mean=0.1), 1.0)
    highest = latency_tables.full_load(time, latency_tables.Queue(6, 1.0, 10.0))
    assert 1.0 - highest == pytest.approx(0.00701, rel=1e-3)
    growth = 0.2 / 6.0
    luck = np.random.default_rng(7)
    walks = np.cumsum(luck.normal(0.0, math.sqrt(0.1 * growth), (2000, 6000)), axis=1)
    above = walks - np.minimum(np.minimum.accumulate(walks, axis=1), 0.0)
    assert above.mean() == pytest.approx(growth / (2.0 * (1.0 - highest)), rel=0.04)


@SPREAD
@pytest.mark.parametrize("limit", [0.0, 0.04, 0.1, 0.2])
def test_slower_than(distribution, limit):
    """The chance of a time-out is that of the distribution, scaled."""
    share = float(latency_tables.slower_than(latency_tables.scaled(distribution, 2.0), limit))
    tolerance = 2e-3 if distribution is GAMMA else 1e-12
    assert share == pytest.approx(float(LAWS[distribution].sf(limit / 2.0)), abs=tolerance)


def test_a_constant_is_not_slower_than_itself():
    """Slower means strictly slower."""
    time = latency_tables.scaled(CONSTANT, 3.0)
    assert latency_tables.slower_than(time, time.a) == 0.0
    assert latency_tables.slower_than(time, math.nextafter(time.a, 0.0)) == 1.0


def test_share_below_counts_equal_values():
    """A table with a step puts the whole step at or below its value."""
    table = np.concatenate([np.full(129, 1.0), np.full(128, 2.0)])
    shares = latency_tables.share_below(table, np.array([0.5, 1.0, 1.5, 2.0]))
    np.testing.assert_allclose(shares, [0.0, 0.5, 0.501953125, 1.0])


@SMOOTH
@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.14, 1.0])
def test_what_a_drain_cuts(distribution, delay):
    """The partial expectation agrees with the integral of the survival function."""
    time = latency_tables.scaled(distribution, 1.0)
    expected = integrate.quad(
        lambda t: float(latency_tables.slower_than(time, t)), delay, np.inf, limit=500
    )[0]
    assert latency_tables.cut_per_rps(time, delay) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.14, 1.0, 10.0])
def test_a_table_is_taken_as_it_is_drawn_from(delay):
    """Of a table, cuts and late requests are those of the straight lines between its quantiles."""
    time, u = latency_tables.scaled(GAMMA, 1.0), (np.arange(1_000_000) + 0.5) / 1_000_000
    drawn = latency_tables.quantiles(time, u)
    cut = np.maximum(drawn - delay, 0.0).mean()
    assert latency_tables.cut_per_rps(time, delay) == pytest.approx(cut, abs=1e-6)
    rate = 8 * 0.25 / drawn.mean()
    late = np.where(drawn > delay, 1.0, np.exp(-rate * np.maximum(delay - drawn, 0.0))).mean()
    alone = (drawn > delay).mean()
    expected = alone + erlang_c(8, 0.75) * (late - alone)
    slow = latency_tables.slow_table(time, random_queue(8), delay)[place(0.75, LOADS)]
    assert slow == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("distribution", "mean"),
    [(EXPONENTIAL, 0.2), (LOGNORMAL, 0.08 * math.exp(0.32)), (UNIFORM, 0.1), (CONSTANT, 0.1)],
)
def test_no_delay_cuts_all_in_flight(distribution, mean):
    """Without a delay, a drain cuts what Little's law says is in flight."""
    assert latency_tables.cut_per_rps(
        latency_tables.scaled(distribution, 1.0), 0.0
    ) == pytest.approx(mean)


def test_lognormal_partial_expectation():
    """The closed form is the Black-Scholes one."""
    mu, sigma, delay = math.log(0.08), 0.8, 0.2
    d = (mu - math.log(delay)) / sigma
    expected = math.exp(mu + sigma**2 / 2) * special.ndtr(d + sigma) - delay * special.ndtr(d)
    assert latency_tables.lognormal_excess(mu, sigma, delay) == pytest.approx(expected)


@ANY
def test_capacity_scales_the_mean(distribution):
    """A given capacity makes the mean time workers / capacity; a slow release takes longer."""
    time = latency_tables.request_time(distribution, 8, 60.0, slow=3.0)
    tolerance = 0.02 if distribution is GAMMA else 1e-9
    assert latency_tables.cut_per_rps(time, 0.0) == pytest.approx(3.0 * 8 / 60.0, rel=tolerance)


@ANY
def test_no_capacity_keeps_the_mean(distribution):
    """Without a capacity, the time is as given."""
    time = latency_tables.request_time(distribution, 8, None)
    assert latency_tables.cut_per_rps(time, 0.0) == pytest.approx(distribution.mean(), rel=0.02)


@pytest.mark.parametrize(
    "distribution",
    [
        Lognormal(median=0.1, sigma=0.0),
        Uniform(low=0.1, high=0.1),
    ],
)
def test_no_spread_is_a_constant(distribution):
    """Distributions without spread are constants to every table."""
    time = latency_tables.scaled(distribution, 2.0)
    assert time.code == draws.CONSTANT
    assert time.a == pytest.approx(0.2)


def test_no_time_at_all():
    """A request that takes no time is never slow, and nothing of it is cut."""
    time = latency_tables.request_time(Constant(value=0.0), 8, 60.0)
    assert latency_tables.cut_per_rps(time, 0.0) == 0.0
    assert not latency_tables.slow_table(time, random_queue(8, timeout=10.0), 1.0).any()


@pytest.mark.parametrize(
    ("distribution", "squared"),
    [
        (EXPONENTIAL, 1.0),
        (LOGNORMAL, math.exp(0.64) - 1.0),
        (UNIFORM, 0.1**2 / 12.0 / 0.1**2),
        (GAMMA, 0.5),
        (CONSTANT, 0.0),
    ],
)
def test_how_much_times_vary(distribution, squared):
    """Variance over squared mean, whatever the scale; closed forms."""
    time = latency_tables.scaled(distribution, 3.0)
    tolerance = 0.04 if distribution is GAMMA else 1e-9
    assert latency_tables.squared_variation(time) == pytest.approx(squared, rel=tolerance)


def test_a_wait_in_turn_of_constant_times():
    """6 x 2 workers, 0.1 s, 70 %: p99 = 0.1 + ln(C / 0.01) / 72 s = 0.156 s.

    Allen-Cunneen: (1/6 + 0) / 2 = 1/12 of the M/M/2 wait, whose rate is 2 x 0.3 / 0.1 = 6 per s.
    """
    time = latency_tables.scaled(CONSTANT, 1.0)
    factor = latency_tables.wait_factor(time, 6, in_turn=True)
    assert factor == pytest.approx(1.0 / 12.0)
    p99 = 0.1 + math.log(erlang_c(2, 0.7) / 0.01) / 72.0
    assert p99 == pytest.approx(0.156, abs=5e-4)
    queue = latency_tables.Queue(2, factor, 1e9)
    tail = latency_tables.tails(time, queue, np.array([0.7]), np.array([p99]))
    assert tail[0, 0] == pytest.approx(0.01)


def test_latency_ends_when_the_client_leaves():
    """M/M/1 at 3/4: e^-1.25 are late after 1 s; e^-0.625 - e^-1.25 take over 0.5 s."""
    time, queue = latency_tables.scaled(EXPONENTIAL, 1.0), random_queue(1, timeout=1.0)
    late = math.exp(-1.25)
    at = place(0.75, LOADS)
    assert latency_tables.late_table(time, queue)[at] == pytest.approx(late)
    slow = (math.exp(-0.625) - late) / (1.0 - late)
    assert latency_tables.slow_table(time, queue, 0.5)[at] == pytest.approx(slow)
    assert latency_tables.slow_table(time, queue, 1.0)[at] == 0.0


def test_a_negligible_share_of_late_requests_is_none():
    """Fewer than one in a million."""
    time = latency_tables.scaled(CONSTANT, 1.0)
    table = latency_tables.late_table(time, random_queue(2, timeout=1.0))
    assert table[0] == 0.0
    assert ((table == 0.0) | (table >= 1e-6)).all()
    assert table[-1] > 0.5


@ANY
def test_classes_reach_from_the_smallest_answer_to_the_timeout(distribution):
    """256 of them, each a few percent wide."""
    bounds = latency_tables.edges(latency_tables.scaled(distribution, 1.0), 10.0)
    assert bounds.shape == (257,)
    assert bounds[-1] == 10.0
    assert (bounds[1:] / bounds[:-1]).max() < 1.03
    if distribution is CONSTANT:
        assert bounds[0] == pytest.approx(0.1)
