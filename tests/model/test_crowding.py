"""Crowding: which cohorts are merged where there are too many, and what becomes of their queues."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.engines import replicate
from simdeploy.model import cohorts
from simdeploy.model.accessors import are_alike
from simdeploy.model.cohorts import cohorts_in_use, join_cohort
from simdeploy.model.constants import COHORTS
from simdeploy.model.crowding import (
    are_in_place,
    merge_nearest,
    merge_queues,
    sort_cohorts,
)
from simdeploy.scenario import load_scenario
from simdeploy.semantics.overload import spread_added
from simdeploy.semantics.state import NEW
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """Tasks serve 60 requests/s, each in 0.1 s; those behind 54 others take more than 1 s."""
    m = record()
    m.capacity[0] = m.capacity[1] = 60.0
    m.request_seconds[0] = m.request_seconds[1] = 0.1
    m.n_wait_bounds, m.wait_bounds[0] = 1, 1.0
    return m


@pytest.fixture
def s(m):
    """Six old tasks, each in a cohort of its own, with backlogs of 10, 14, 20, 50, 58 and 70."""
    s = at_command(m)
    for k, backlog in enumerate((10.0, 14.0, 20.0, 50.0, 58.0, 70.0)):
        c = s.cohorts[k]
        for name in ("group", "revision", "is_answering", "is_cold", "is_hung", "ramp"):
            setattr(c, name, getattr(s.cohorts[0], name))
        c.n_targets, c.backlog, c.front, c.front_success, c.success = 1, backlog, 0.0, 1.0, 1.0
        c.error_parts = k
        s.tasks[k].cohort = k
    s.world.n_cohorts = 6
    return s


def test_the_nearest_queues_are_merged(m, s):
    """10 and 14 are next to each other; both get 12."""
    assert effect(s, merge_nearest, m, s) == {
        "t1.cohort": 0,
        "c0.n_targets": 2,
        "c0.backlog": 12.0,
        "c0.error_parts": 1,
        "c1.n_targets": 0,
    }


def test_many_targets_weigh_more(m, s):
    """3 x 1 / 4 x 4**2 = 12 is more than 1/2 x 4.5**2 = 10.1."""
    s.cohorts[0].n_targets = 3
    s.cohorts[3].backlog = 24.5
    assert spread_added(3, 10.0, 1, 14.0) == 12.0
    merge_nearest(m, s)
    assert (s.cohorts[2].n_targets, s.cohorts[2].backlog) == (2, 22.25)


def test_the_larger_cohort_stays(m, s):
    """Three targets keep their cohort, and a fourth joins them."""
    s.cohorts[1].n_targets = 3
    s.cohorts[3].backlog = 90.0
    merge_nearest(m, s)
    assert [s.cohorts[k].n_targets for k in (0, 1)] == [0, 4]
    assert (s.cohorts[1].backlog, s.tasks[0].cohort) == (13.0, 1)


@pytest.mark.parametrize(
    ("backlogs", "together"),
    [
        ((50.0, 53.9), True),
        ((50.0, 54.0), False),
        ((54.0, 58.0), False),
        ((54.1, 58.0), True),
        ((50.0, 58.0), False),
        ((0.0, 1.0), False),
    ],
)
def test_queues_on_two_sides_of_a_bound_stay_apart(m, s, backlogs, together):
    """Behind 54 requests, answers take 54 / 60 + 0.1 = 1 s; without a queue, nothing waits."""
    s.cohorts[3].backlog, s.cohorts[4].backlog = backlogs
    assert are_in_place(m, s, 3, 4) == are_in_place(m, s, 4, 3) == together


@pytest.mark.parametrize("name", ["revision", "is_answering", "is_cold", "is_hung", "ramp"])
def test_queues_of_different_kinds_stay_apart(m, s, name):
    """14 and 20 are merged instead."""
    setattr(s.cohorts[0], name, 1 - getattr(s.cohorts[0], name))
    assert not are_alike(s, 0, 1)
    merge_nearest(m, s)
    assert [s.cohorts[k].n_targets for k in range(6)] == [1, 2, 0, 1, 1, 1]


def test_without_two_of_a_kind_nothing_is_merged(m, s):
    """Each has a weight of its own."""
    for k in range(6):
        s.cohorts[k].ramp = k + 1
    assert effect(s, merge_nearest, m, s) == {}


def test_cohorts_are_sorted_by_kind_backlog_and_number(m, s):
    """What was sorted is sorted again with a new cohort, and with one whose backlog has changed."""
    assert ranks(s) == [0, 1, 2, 3, 4, 5]
    s.cohorts[2].revision = NEW
    s.cohorts[0].backlog = 50.0
    s.world.n_cohorts = 7
    for name in ("group", "revision", "is_answering", "is_cold", "is_hung", "ramp"):
        setattr(s.cohorts[6], name, getattr(s.cohorts[5], name))
    s.cohorts[6].backlog = 49.0
    assert ranks(s) == [1, 6, 0, 3, 4, 5, 2]
    s.world.n_cohorts = 2
    assert sorted(ranks(s)) == [0, 1, 2, 3, 4, 5, 6]


def ranks(s):
    """Return the cohorts in their order."""
    sort_cohorts(s)
    return [s.cohorts[p].ranked for p in range(s.world.n_ranked)]


sizes = st.integers(1, 500)
queues = st.floats(0.01, 1e6)
shares = st.floats(0.0, 1.0)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 1000)), min_size=6, max_size=6))
def test_no_other_pair_spreads_less(queues_and_sizes):
    """Of all fifteen pairs, not only of neighbors, the one that adds least is merged."""
    m = record()
    m.n_wait_bounds = 0
    s = at_command(m)
    for k, (backlog, n) in enumerate(queues_and_sizes):
        c = s.cohorts[k]
        for name in ("group", "revision", "is_answering", "is_cold", "is_hung", "ramp"):
            setattr(c, name, getattr(s.cohorts[0], name))
        c.n_targets, c.backlog = n, 1.0 + backlog
    s.world.n_cohorts = 6
    least = min(
        spread_added(n, a, others, b) for (a, n), (b, others) in combinations(queues_and_sizes, 2)
    )
    before = spread(s)
    merge_nearest(m, s)
    assert spread(s) - before == pytest.approx(-least, rel=1e-6, abs=1e-6)


def spread(s):
    """Return the sum of squares of the backlogs of all targets, from their mean."""
    used = [c for c in (s.cohorts[k] for k in range(6)) if c.n_targets > 0]
    mean = sum(c.n_targets * c.backlog for c in used) / sum(c.n_targets for c in used)
    return sum(c.n_targets * (c.backlog - mean) ** 2 for c in used)


@given(sizes, sizes, queues, queues, shares, shares)
def test_no_request_is_lost_or_added(n, others, backlog, other, front, success):
    """Neither of those that wait nor of those among their fronts that will succeed."""
    m = record()
    s = at_command(m)
    a, b = s.cohorts[0], s.cohorts[1]
    a.n_targets, a.backlog, a.front, a.front_success = n, backlog, backlog * front, success
    b.n_targets, b.backlog, b.front, b.front_success = others, other, 0.5 * other, 1.0 - success
    wait = n * backlog + others * other
    good = n * a.front * success + others * b.front * (1.0 - success)
    merge_queues(s, 0, 1)
    assert (a.n_targets, b.n_targets) == (n + others, 0)
    assert a.n_targets * a.backlog == pytest.approx(wait, rel=1e-9)
    assert a.n_targets * a.front * a.front_success == pytest.approx(good, rel=1e-9, abs=1e-9)
    assert min(backlog, other) * (1 - 1e-12) <= a.backlog <= max(backlog, other) * (1 + 1e-12)


def test_a_further_cohort_begins_as_long_as_there_is_room(m, s, monkeypatch):
    """A target without a queue is the seventh of seven, or takes the place of a merged one."""
    task = s.tasks[5]
    s.world.n_cohorts, task.cohort = 5, -1
    assert cohorts_in_use(s) == 5
    monkeypatch.setattr(cohorts, "COHORTS", 6)
    join_cohort(m, s, 5, 0.0, 1.0)
    assert (task.cohort, cohorts_in_use(s)) == (5, 6)
    cohorts.leave_cohort(m, s, 5)
    monkeypatch.setattr(cohorts, "COHORTS", 5)
    join_cohort(m, s, 5, 0.0, 1.0)
    assert (task.cohort, s.tasks[1].cohort, cohorts_in_use(s)) == (1, 0, 5)


def test_a_target_of_a_known_kind_merges_nothing(m, s, monkeypatch):
    """It joins the cohort with a queue as long as its own."""
    monkeypatch.setattr(cohorts, "COHORTS", 5)
    s.world.n_cohorts, s.tasks[5].cohort = 5, -1
    join_cohort(m, s, 5, 20.0, 1.0)
    assert (s.tasks[5].cohort, cohorts_in_use(s)) == (2, 5)


def test_merged_queues_give_the_same_answer(monkeypatch):
    """Forty queues as twelve: failures within 0.1 %, slow requests within 2 %, times the same."""
    changes = ["service.desired_count=40", "traffic.rate=1320"]
    scenario = load_scenario("happy-path", overrides=changes)

    def played():
        return replicate(scenario, "recreate", seed=1, lo=0, hi=1, threads=1, engine="process")[0]

    whole = played()
    assert COHORTS > 40
    monkeypatch.setattr(cohorts, "COHORTS", 12)
    merged = played()
    assert merged["failed_requests"] == pytest.approx(whole["failed_requests"], rel=1e-3)
    assert merged["slow_requests"] == pytest.approx(whole["slow_requests"], rel=0.02)
    assert merged["slow_requests"] != whole["slow_requests"]
    assert merged["deployment_s"] == whole["deployment_s"]
