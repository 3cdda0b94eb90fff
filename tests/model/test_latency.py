"""The histogram of latency and its 99th percentile."""

import pytest

from simdeploy.model.constants import CLASSES, THRESHOLDS, UTILIZATIONS
from simdeploy.model.latency import count_slower, p99, record_latency
from simdeploy.semantics.state import NEW
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record: thresholds 1 to 64 s; no request is slow by itself; 2 paces."""
    m = record()
    m.n_paces = 2
    m.latency_thresholds[:] = [k + 1.0 for k in range(THRESHOLDS)]
    for pace in range(2):
        for u in range(UTILIZATIONS):
            m.latency_tails[pace][u] = [0.0] * THRESHOLDS
    m.capacity[0], m.capacity[1] = 60.0, 30.0
    return m


@pytest.fixture
def s(m):
    """The state at the command; cohort 0 serves 100 requests/s at utilization 0.5."""
    s = at_command(m)
    s.cohorts[0].served_rate, s.cohorts[0].utilization = 100.0, 0.5
    return s


@pytest.mark.parametrize(
    ("utilization", "latency_class"), [(0.0, 0), (0.5, 8), (0.53, 8), (0.54, 9), (1.0, 16)]
)
def test_requests_are_counted_by_utilization(m, s, utilization, latency_class):
    """In sixteenths, rounded: served rate times seconds."""
    s.cohorts[0].utilization = utilization
    path = f"latency_counts[0][{latency_class}]"
    assert effect(s, record_latency, m, s, 0, 0.0, 3.0) == {path: 300.0}
    assert effect(s, record_latency, m, s, 0, 0.0, 1.0) == {path: 400.0}


@pytest.mark.parametrize(
    ("before", "backlog", "k"),
    [(60.0, 0.0, 0), (60.0, 60.0, 0), (60.0, 61.0, 1), (0.0, 360.0, 2), (9e9, 0.0, 63)],
)
def test_requests_that_wait_are_counted_by_the_mean_wait(m, s, before, backlog, k):
    """Half of the backlogs at both ends, over capacity 60: up to threshold k."""
    s.cohorts[0].backlog = backlog
    path = f"latency_counts[0][{UTILIZATIONS + k}]"
    assert effect(s, record_latency, m, s, 0, before, 3.0) == {path: 300.0}


def test_the_wait_follows_the_pace(m, s):
    """Cold new tasks at capacity 30 wait twice as long: (60 + 60) / 2 / 30 = 2 s."""
    m.releases[1].pace[0] = [0, 1]
    c = s.cohorts[0]
    c.revision, c.is_cold, c.backlog = NEW, 1, 60.0
    path = f"latency_counts[1][{UTILIZATIONS + 1}]"
    assert effect(s, record_latency, m, s, 0, 60.0, 1.0) == {path: 100.0}


def test_slower_requests_are_counted_over_classes_and_paces(m, s):
    """By the tails of the utilizations, and all that waited longer than the threshold."""
    counts = s.world.latency_counts
    m.latency_tails[0][8][2], m.latency_tails[1][16][2] = 0.25, 0.5
    counts[0][8], counts[1][16] = 100.0, 10.0
    assert count_slower(m, s, 2) == 30.0
    counts[0][UTILIZATIONS + 2] = 1000.0  # waited between thresholds 1 and 2
    assert count_slower(m, s, 2) == 30.0
    counts[0][UTILIZATIONS + 3] = 7.0
    counts[1][CLASSES - 1] = 2.0
    assert count_slower(m, s, 2) == 39.0
    m.n_paces = 1
    assert count_slower(m, s, 2) == 32.0


def test_without_requests_there_is_no_percentile(m, s):
    """It is 0; a fraction of a request makes one."""
    assert p99(m, s) == 0.0
    s.world.latency_counts[1][CLASSES - 1] = 0.5
    # all are slower than 63 s, none is slower than 64 s
    assert p99(m, s) == pytest.approx(63.99)


def waited(s, **counts):
    """Set how many requests waited up to threshold k."""
    for k, count in counts.items():
        s.world.latency_counts[0][UTILIZATIONS + int(k[1:])] = count


def test_the_percentile_is_interpolated(m, s):
    """3 % are slower than 11 s, none slower than 12 s: 1 % at 11 + 2 / 3."""
    waited(s, k0=97.0, k11=3.0)
    assert p99(m, s) == pytest.approx(11.0 + 2.0 / 3.0)
    waited(s, k0=96.5, k30=0.5)
    # 3.5 % at 11 s, 0.5 % at 12 s: (3.5 - 1) / (3.5 - 0.5)
    assert p99(m, s) == pytest.approx(11.0 + 2.5 / 3.0)


def test_the_percentile_counts_every_class(m, s):
    """Those of other paces, and the last class, belong to the whole."""
    waited(s, k0=0.0, k11=3.0)
    s.world.latency_counts[1][0] = 196.0
    s.world.latency_counts[1][CLASSES - 1] = 1.0
    # of 200: 4 slower than 11 s, 1 slower than 12 s: 2 % and 0.5 %
    assert p99(m, s) == pytest.approx(11.0 + 1.0 / 1.5)


def test_exactly_one_percent_is_met_at_the_threshold(m, s):
    """2 % are slower than 5 s, 1 % is slower than 6 s and up to 11 s."""
    waited(s, k0=98.0, k5=1.0, k11=1.0)
    assert p99(m, s) == 6.0


def test_a_service_faster_than_the_first_threshold(m, s):
    """Nothing is known below it."""
    waited(s, k0=100.0)
    assert p99(m, s) == 1.0


def test_a_service_slower_than_the_last_threshold(m, s):
    """Nothing is known above it: tails beyond are counted at it."""
    waited(s, k0=50.0)
    s.world.latency_counts[0][0] = 50.0
    m.latency_tails[0][0] = [1.0] * THRESHOLDS
    assert p99(m, s) == 64.0
    m.latency_tails[0][0][63] = 0.5
    assert p99(m, s) == 64.0


def test_the_last_thresholds_are_interpolated(m, s):
    """2 % are slower than 63 s, none is slower than 64 s."""
    waited(s, k0=98.0, k63=2.0)
    assert p99(m, s) == pytest.approx(63.5)


def test_the_first_thresholds_are_interpolated(m, s):
    """4 % are slower than 1 s, none is slower than 2 s."""
    waited(s, k0=96.0, k1=4.0)
    assert p99(m, s) == pytest.approx(1.75)
