"""The histogram of latency and its 99th percentile."""

import math

import pytest

from simdeploy.model import latency as module
from simdeploy.model.constants import ANSWERS, CLASSES, EDGES, PACES, UTILIZATIONS
from simdeploy.model.latency import (
    class_near,
    class_of,
    count_answers,
    count_slower,
    last_class_below,
    p99,
    record_latency,
    tail_in,
    used_classes,
    waiting_class,
)
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record: bounds 1, 2, ... 257 s, requests take 0.5 s; 2 paces."""
    m = record()
    m.n_paces = 2
    m.latency_edges[:] = [k + 1.0 for k in range(EDGES)]
    m.request_seconds[:] = [0.5] * PACES
    for pace in range(2):
        for u in range(UTILIZATIONS):
            m.latency_tails[pace][u] = [0.0] * EDGES
    m.capacity[0], m.capacity[1] = 60.0, 30.0
    return m


@pytest.fixture
def s(m):
    """The state at the command; cohort 0 serves 100 requests/s at utilization 0.75."""
    s = at_command(m)
    s.cohorts[0].served_rate, s.cohorts[0].utilization = 100.0, 0.75
    s.world.has_waited = 1
    return s


def place(k, pace=0):
    """Path of a class of waiting requests."""
    return f"latency_counts[{pace}][{UTILIZATIONS + k}]"


@pytest.mark.parametrize(
    ("utilization", "counts"),
    [
        (0.0, {0: 300.0}),
        (0.75, {16: 300.0}),
        (1.0, {32: 300.0}),
        (0.765380859375, {16: 150.0, 17: 150.0}),
    ],
)
def test_requests_are_counted_by_utilization(m, s, utilization, counts):
    """Entry k stands for 1 - (1 - k / 32)^2; between two of them, by halves: x = 16.5."""
    s.cohorts[0].utilization = utilization
    after = effect(s, record_latency, m, s, 0, 0, 0.0, 3.0)
    assert after == {f"latency_counts[0][{j}]": n for j, n in counts.items()}


@pytest.mark.parametrize(
    ("before", "backlog", "counts"),
    [
        (60.0, 60.0, {0: 300.0}),  # 1.5 s all the time
        (60.0, 0.0, {0: 300.0}),  # from 1.5 s to 0.5 s: below the first bound, too
        (60.0, 120.0, {0: 150.0, 1: 150.0}),  # from 1.5 s to 2.5 s
        (150.0, 30.0, {0: 150.0, 1: 150.0}),  # from 3.0 s down to 1.0 s
        (120.0, 390.0, {1: 100 / 3, 2: 200 / 3, 3: 200 / 3, 4: 200 / 3, 5: 200 / 3}),  # 2.5 … 7 s
        (9e9, 9e9, {ANSWERS - 1: 300.0}),
    ],
)
def test_requests_that_wait_are_spread_over_the_latencies_they_cross(m, s, before, backlog, counts):
    """Backlog over capacity 60, and 0.5 s of their own."""
    s.cohorts[0].backlog = backlog
    after = effect(s, record_latency, m, s, 0, 0, before, 3.0)
    assert after == {place(j): n for j, n in counts.items()}


def test_a_wide_range_fills_the_classes_between_its_ends(m, s):
    """From 2.5 s to 12.5 s, 1 s wide each: 30 answers to a class, half of that at both ends."""
    s.cohorts[0].backlog = 720.0
    after = effect(s, record_latency, m, s, 0, 0, 120.0, 3.0)
    expected = {place(1): 15.0, place(11): 15.0, **{place(j): 30.0 for j in range(2, 11)}}
    assert after == pytest.approx(expected)


def test_the_last_class_of_a_range_is_found_near_and_far(m):
    """A range that ends at the lower bound of a class, 1 s wide each, does not reach into it."""
    ends = {0.5: 0, 2.0: 0, 2.5: 1, 7.0: 5, 7.5: 6, 9.0: 7, 9.5: 8, 40.0: 38, 40.5: 39}
    assert {end: last_class_below(m, end, 0) for end in ends} == ends
    last = ANSWERS - 1
    assert [last_class_below(m, 9e9, j) for j in (0, last - 1, last)] == [last] * 3


@pytest.mark.parametrize(
    ("before", "backlog", "counts"),
    [
        (0.0, 30.0, {"latency_counts[0][16]": 300.0}),  # all in front of a short backlog
        (0.0, 90.0, {"latency_counts[0][16]": 200.0, place(0): 100.0}),  # from 1.0 s to 1.5 s + 0.5
        (60.0, 90.0, {place(0): 300.0}),
    ],
)
def test_chance_gives_the_latency_in_front_of_a_short_backlog(m, s, before, backlog, counts):
    """67.5/s on 60/s: as at load 0.75 until a backlog of 0.5 x 60 x 60 / (4 x 7.5) = 60."""
    m.wait_growth[:] = [0.5] * PACES
    s.world.rate_per_weight[0], s.cohorts[0].backlog = 67.5, backlog
    s.cohorts[0].ramp = 1
    after = effect(s, record_latency, m, s, 0, 0, before, 3.0)
    assert after == pytest.approx(counts)


@pytest.mark.parametrize(
    ("before", "backlog", "expected"), [(0.0, 0.0, 0), (0.0, 1.0, 1), (1.0, 0.0, 1)]
)
def test_classes_of_answers_are_read_where_somebody_waited(m, s, before, backlog, expected):
    """Without a backlog only classes of utilizations can hold answers."""
    s.world.has_waited = 0
    s.cohorts[0].backlog = backlog
    record_latency(m, s, 0, 0, before, 3.0)
    assert s.world.has_waited == expected
    assert used_classes(s) == (CLASSES if expected else UTILIZATIONS)
    assert count_answers(m, s) == 300.0


def test_the_wait_follows_the_pace(m, s):
    """Tasks of pace 1, at capacity 30, wait twice as long: 60 / 30 + 0.5 = 2.5 s."""
    s.cohorts[0].backlog = 60.0
    assert effect(s, record_latency, m, s, 0, 1, 60.0, 1.0) == {place(1, 1): 100.0}


def test_nothing_is_recorded_where_nobody_is_answered(m, s):
    """Behind the clients' patience, not even that somebody waited."""
    s.cohorts[0].served_rate, s.cohorts[0].backlog, s.world.has_waited = 0.0, 900.0, 0
    assert effect(s, record_latency, m, s, 0, 0, 800.0, 3.0) == {}


def test_an_interval_counts_as_its_parts_do(m, s):
    """A backlog that grows from 0 to 3,000 in 50 s, as a whole and in 50 parts: the same p99."""

    def played(parts):
        for pace in range(2):
            s.world.latency_counts[pace][:] = [0.0] * CLASSES
        for k in range(parts):
            s.cohorts[0].backlog = 3000.0 * (k + 1) / parts
            record_latency(m, s, 0, 0, 3000.0 * k / parts, 50.0 / parts)
        return p99(m, s)

    # latencies from 0.5 to 50.5 s, evenly: 99 % are below 50 s
    assert played(1) == pytest.approx(50.0)
    assert played(50) == pytest.approx(played(1), rel=1e-12)


def test_slower_requests_are_counted_over_classes_and_paces(m, s):
    """By the tails of the utilizations, and all that waited longer than the bound."""
    counts = s.world.latency_counts
    m.latency_tails[0][8][2], m.latency_tails[1][16][2] = 0.25, 0.5
    counts[0][8], counts[1][16] = 100.0, 10.0
    assert count_answers(m, s) == 110.0
    assert count_slower(m, s, 2) == 30.0
    counts[0][UTILIZATIONS + 1] = 1000.0  # from 2 to 3 s
    assert count_answers(m, s) == 1110.0
    assert count_slower(m, s, 2) == 30.0
    counts[0][UTILIZATIONS + 2] = 7.0  # from 3 to 4 s
    counts[1][CLASSES - 1] = 2.0
    assert count_answers(m, s) == 1119.0
    assert count_slower(m, s, 2) == 39.0
    m.n_paces = 1
    assert count_slower(m, s, 2) == 32.0


def test_a_wait_adds_to_the_time_of_the_request(m, s):
    """Half of them take longer than 3 s by themselves: behind 2 s of work, longer than 5 s."""
    m.latency_tails[0][0][:3] = [1.0, 1.0, 0.5]
    m.latency_tails[0][0][3] = 0.5
    tails = [tail_in(m, 0, class_of(m, x), x) for x in (1.0, 2.5, 3.5, 4.5)]
    assert tails == [1.0, 0.75, 0.5, 0.25]
    s.world.latency_counts[0][UTILIZATIONS + 1] = 100.0  # 2 to 3 s, 2 s of them waited
    assert count_answers(m, s) == 100.0
    assert count_slower(m, s, 4) == 50.0


def test_without_requests_there_is_no_percentile(m, s):
    """It is 0; a fraction of a request makes a percentile."""
    assert p99(m, s) == 0.0
    s.world.latency_counts[1][CLASSES - 1] = 0.5
    # all are slower than 256 s, none is slower than 257 s
    assert p99(m, s) == pytest.approx(256.99)


def waited(s, **counts):
    """Set how many requests waited up to bound k."""
    for k, count in counts.items():
        s.world.latency_counts[0][UTILIZATIONS + int(k[1:]) - 1] = count


def test_the_percentile_is_interpolated(m, s):
    """3 % are slower than 11 s, none slower than 12 s: 1 % at 11 + 2 / 3."""
    waited(s, k1=97.0, k11=3.0)
    assert p99(m, s) == pytest.approx(11.0 + 2.0 / 3.0)
    waited(s, k1=96.5, k30=0.5)
    # 3.5 % at 11 s, 0.5 % at 12 s: (3.5 - 1) / (3.5 - 0.5)
    assert p99(m, s) == pytest.approx(11.0 + 2.5 / 3.0)


def test_the_percentile_counts_every_class(m, s):
    """Those of other paces, and the last class, belong to the whole."""
    waited(s, k11=3.0)
    s.world.latency_counts[1][0] = 196.0
    s.world.latency_counts[1][CLASSES - 1] = 1.0
    # of 200: 4 slower than 11 s, 1 slower than 12 s: 2 % and 0.5 %
    assert p99(m, s) == pytest.approx(11.0 + 1.0 / 1.5)


def test_a_service_faster_than_the_first_bound(m, s):
    """It is the smallest answer: nobody is faster."""
    s.world.latency_counts[0][0] = 100.0
    assert p99(m, s) == 1.0


def test_a_class_is_found_from_any_other(m):
    """Near another class or far from it, at its bounds and beyond the last: as by a full search."""
    for k in (0, 1, 7, 8, 9, 100, ANSWERS - 1, ANSWERS):
        edge = m.latency_edges[k]
        for latency in (edge * (1.0 - 1e-12), edge, edge * (1.0 + 1e-12), math.nan):
            found = {class_near(m, latency, near) for near in range(ANSWERS)}
            assert found == {class_of(m, latency)}


@pytest.mark.parametrize("first", [0, 1, 5, 11, 12, 13, 200, EDGES - 2])
def test_the_percentile_does_not_depend_on_where_the_search_begins(m, s, monkeypatch, first):
    """Of 100 answers after 12.5 s and 2 after 40.5 s: at 41 + 0.98/2; from every first bound."""
    s.world.latency_counts[0][UTILIZATIONS + 11] = 100.0
    s.world.latency_counts[1][UTILIZATIONS + 40] = 2.0
    found = p99(m, s)
    monkeypatch.setattr(module, "waiting_class", lambda *_: first)
    assert p99(m, s) == found
    assert 40.0 < found < 43.0


def test_the_search_begins_where_the_longest_waits_are(m, s):
    """Of 3 and 8 answers in classes 40 and 11 more than 2 waited so long, more than 3, all."""
    s.world.latency_counts[0][UTILIZATIONS + 11] = 8.0
    s.world.latency_counts[1][UTILIZATIONS + 40] = 3.0
    count_answers(m, s)
    assert [waiting_class(m, s, few) for few in (2.0, 3.0, 10.9, 11.0)] == [40, 11, 11, 0]
