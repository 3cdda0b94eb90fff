"""Counts of a run: failed and slow requests as a counter shows them."""

import pytest

from simdeploy.draws import COUNTED, uniform
from simdeploy.model import counting, sums
from simdeploy.model.counting import (
    baseline_count,
    baseline_failures,
    chance_count,
    count_of,
    scaled_to_count,
    set_chance_rates,
    write_counts,
)
from simdeploy.model.fields.plain import CLASSES
from simdeploy.semantics.numeric import poisson
from tests.model.states import at_command, record

APP = sums.BY_CHANCE + 2


@pytest.fixture
def m():
    """A scenario record whose requests are sampled."""
    m = record()
    m.samples_alarms = 1
    return m


@pytest.fixture
def s(m):
    """The state at the command; 100 errors of which 30 are usual, of 10,000 requests."""
    s = at_command(m)
    w = s.world
    w.sums[:] = [0.0] * sums.COUNT
    w.baseline_sums[:] = [0.0] * sums.COUNT
    w.sums[sums.REQUESTS] = 10_000.0
    w.sums[sums.APP] = w.sums[APP] = 100.0
    w.baseline_sums[sums.APP] = w.baseline_sums[APP] = 30.0
    return s


def luck(s, ordinal, cause=2):
    """Return the uniform number of a cause."""
    return uniform(s.world.key0, s.world.key1, COUNTED, cause, ordinal)


def test_what_is_caused_and_what_fails_anyway_are_counted_apart(m, s):
    """Poisson counts of 70 and of 30, each from a uniform number of its own."""
    anyway = poisson(luck(s, 1), 30.0)
    assert count_of(m, s, sums.APP, 2) == poisson(luck(s, 0), 70.0) + anyway
    assert baseline_count(m, s, sums.APP, 2) == baseline_failures(m, s) == anyway


def test_a_deployment_that_fails_less_than_usual(m, s):
    """All of its failures are usual ones: never more than without it on the same luck."""
    s.world.sums[sums.APP] = s.world.sums[APP] = 20.0
    assert count_of(m, s, sums.APP, 2) == poisson(luck(s, 1), 20.0)
    assert count_of(m, s, sums.APP, 2) <= baseline_count(m, s, sums.APP, 2)


def test_where_half_of_all_fail_nothing_is_left_to_chance(m, s):
    """Of 100 errors, 60 fell into an outage: they are counted as they are."""
    s.world.sums[APP], s.world.baseline_sums[APP] = 40.0, 0.0
    s.world.baseline_sums[sums.APP] = 0.0
    assert count_of(m, s, sums.APP, 2) == 60.0 + poisson(luck(s, 0), 40.0)


@pytest.mark.parametrize(
    ("failing", "by_chance"), [(0.0, 7.0), (0.49, 7.0), (0.5, 0.0), (1.0, 0.0)]
)
def test_what_is_left_to_chance(s, failing, by_chance):
    """Failures while less than half of the requests fail; slow ones likewise."""
    w = s.world
    w.rates[sums.SCHEMA], w.rates[sums.SLOW] = 7.0, 8.0
    w.failing_share, w.slow_share = failing, 0.2
    set_chance_rates(s)
    assert w.rates[sums.BY_CHANCE + 4] == by_chance
    assert w.rates[sums.BY_CHANCE + 6] == 8.0
    w.slow_share = 0.5
    set_chance_rates(s)
    assert w.rates[sums.BY_CHANCE + 6] == 0.0


def test_nothing_is_drawn_where_requests_are_not_sampled(m, s):
    """Expectations stay."""
    m.samples_alarms = 0
    assert count_of(m, s, sums.APP, 2) == 100.0
    assert baseline_failures(m, s) == 30.0


def test_nothing_is_drawn_where_nothing_is_expected(s, monkeypatch):
    """The count of a mean of 0 is 0, whatever the uniform number; of 30, it takes one."""
    assert chance_count(s, 30.0, 2, 1) == poisson(luck(s, 1), 30.0)
    monkeypatch.setattr(counting, "uniform", None)
    assert (chance_count(s, 0.0, 2, 1), chance_count(s, -1e-12, 2, 1)) == (0.0, 0.0)


def test_counts_add_up_to_at_most_the_requests(m, s):
    """Of 3 requests, at most 3 fail, and those that fail are not slow, whatever is drawn."""
    m.in_flight_at_command = 0.0
    s.world.sums[sums.REQUESTS] = 3.0
    s.world.sums[sums.SLOW] = 2.0
    out = CLASSES["Result"]()
    write_counts(m, s, out)
    assert (out.failed_app, out.failed_requests, out.slow_requests) == (3.0, 3.0, 0.0)


def test_the_middle_of_many_counts_is_the_mean(m, s):
    """Of 400 replications half are below 100, and they spread by its root, 10."""
    counts = []
    for replication in range(400):
        s.world.key0 = replication
        counts.append(count_of(m, s, sums.APP, 2))
    mean = sum(counts) / 400
    assert mean == pytest.approx(100.0, abs=1.5)  # 3 standard errors of 10 / 20
    deviation = (sum((x - mean) ** 2 for x in counts) / 399) ** 0.5
    assert deviation == pytest.approx(10.0, rel=0.12)


def test_parts_follow_the_count():
    """90 failures where 100 were expected: of 10 seconds of downtime, 9; none of none."""
    assert scaled_to_count(10.0, 100.0, 90.0) == pytest.approx(9.0)
    assert scaled_to_count(10.0, 100.0, 100.0) == 10.0
    assert scaled_to_count(0.0, 0.0, 0.0) == 0.0
