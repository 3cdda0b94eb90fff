"""Backlogs in the batch engine: when one meets a bound, and what then changes."""

import copy

import pytest

from simdeploy.engines.kernel.backlogs import (
    advance_backlogs,
    have_crossed,
    meet_bounds,
    settle_stalled,
    time_crossing,
)
from simdeploy.engines.kernel.lanes import forget_lanes, outcome_at
from simdeploy.engines.kernel.moved import observe_crossing
from simdeploy.engines.kernel.settling import all_kept, settle_rates
from simdeploy.model.constants import LOADS, PACES
from simdeploy.model.queues import advance_queues, next_crossing
from simdeploy.model.requests import settle_rates as model_settle_rates
from simdeploy.model.sums import NEW_TASK_SECONDS, SLOW
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, record

OUTCOME = ("slow", "overload", "worked", "served", "succeeding", "success", "utilization")


@pytest.fixture
def m():
    """Capacity 60; answers are slow after 1 s, checks time out after 5 s, clients leave at 10 s."""
    m = record()
    m.slow_shares[0][:] = [0.125] * LOADS
    m.late_shares[0][:] = [0.0] * LOADS
    m.request_seconds[:] = [0.0] * PACES
    m.slo_latency, m.check_timeout, m.client_timeout = 1.0, 5.0, 10.0
    m.n_wait_bounds, m.wait_bounds[:3] = 3, [1.0, 5.0, 10.0]
    m.queued_checks = 1
    return m


@pytest.fixture
def s(m):
    """240 requests/s at three targets of capacity 60: one with a backlog of 30, two with 90."""
    s = at_command(m)
    forget_lanes(s)
    w = s.world
    w.offered_rate, w.eligible_weight[0], w.n_cohorts, w.now = 240.0, 3, 2, 100.0
    for c, targets, backlog in ((s.cohorts[0], 1, 30.0), (s.cohorts[1], 2, 90.0)):
        c.n_targets, c.revision, c.is_answering, c.ramp, c.success = targets, OLD, 1, 1, 1.0
        c.backlog, c.bounds_of = backlog, -1
    settle_rates(m, s)
    time_crossing(m, s)
    return s


def put(s, *backlogs):
    """Give the cohorts other backlogs, as if they had met a bound."""
    for k, backlog in enumerate(backlogs):
        s.cohorts[k].backlog, s.cohorts[k].has_met = backlog, 1
    s.world.stalls_moved = 1


def test_the_first_crossing_is_that_of_all_rates(m, s):
    """80 - 60 = 20 a second: from 30 to 60 takes 1.5 s, from 90 to 300 longer."""
    assert s.world.crossing_at == next_crossing(m, s) == 101.5


@pytest.mark.parametrize(
    ("now", "backlogs", "crossed", "next_at"),
    [
        (101.0, (50.0, 110.0), False, 101.5),
        (101.0, (30.0, 110.0), False, 102.5),
        (101.5, (60.0, 120.0), True, 101.5),
        (101.0, (60.0, 120.0), True, 101.5),
        (101.0, (50.0, 301.0), True, 101.5),
    ],
)
def test_a_crossing_is_timed_anew_until_it_comes(s, now, backlogs, crossed, next_at):
    """From the current instant; a backlog at one of its bounds, or beyond, has crossed it."""
    s.world.now = now
    put(s, *backlogs)
    assert have_crossed(s) == crossed
    assert s.world.crossing_at == next_at


def test_nothing_crosses_without_a_backlog(m, s):
    """At 60 requests/s each, what the targets can serve."""
    s.world.offered_rate = 180.0
    put(s, 0.0, 0.0)
    settle_rates(m, s)
    time_crossing(m, s)
    assert s.world.crossing_at == NEVER
    assert not have_crossed(s)


def test_a_merged_cohort_has_crossed(s):
    """Its number of targets is not that of the last look."""
    s.world.now = 100.5
    s.cohorts[1].n_targets = 1
    assert have_crossed(s)


@pytest.mark.parametrize(
    ("backlogs", "kept", "slow", "is_stalled"),
    [((60.0, 150.0), False, 240.0, 0), ((50.0, 300.0), True, 170.0, 1)],
)
def test_rates_are_settled_where_they_change(m, s, backlogs, kept, slow, is_stalled):
    """Behind 60 requests all answers are slow, before an eighth; behind 300 only checks time out.

    Each target gets 80 requests/s: 80 + 2 x 80 are slow, and 80 / 8 + 2 x 80.
    """
    s.world.crossing_at = s.world.now = 101.5
    put(s, *backlogs)
    before = list(s.world.rates)
    assert all_kept(s) == kept
    assert meet_bounds(m, s)
    assert (list(s.world.rates) == before) == kept
    assert s.cohorts[1].is_stalled == is_stalled
    assert s.world.rates[SLOW] == pytest.approx(slow)


@pytest.mark.parametrize(("rate", "places"), [(240.0, [1, 3]), (150.0, [1, 1])])
def test_a_backlog_at_a_level_is_behind_it_if_it_grows(m, s, rate, places):
    """At 60, where answers begin to be slow: with 80 requests a second each, not with 50."""
    put(s, 30.0, 60.0)
    settle_rates(m, s)
    assert [c.backlog_place for c in (s.cohorts[0], s.cohorts[1])] == [1, 3]
    s.world.offered_rate = rate
    settle_rates(m, s)
    assert [c.backlog_place for c in (s.cohorts[0], s.cohorts[1])] == places


def test_tasks_that_start_at_a_crossing_are_counted(m, s):
    """Though the rates of requests stay as they are, as behind a bound of checks alone."""
    s.world.crossing_at = s.world.now = 110.5
    put(s, 30.0, 300.0)
    s.world.alive[NEW], s.world.counts_moved = 2, 1
    assert all_kept(s)
    assert meet_bounds(m, s)
    observe_crossing(m, s)
    assert (s.world.rates[NEW_TASK_SECONDS], s.world.peak_tasks, s.world.counts_moved) == (
        2.0,
        8,
        0,
    )


def kept(m, s):
    """Return what is kept of both cohorts, by name, and where."""
    places = [outcome_at(m, s, k, 0.0, -1) for k in (0, 1)]
    return places, [[getattr(s.outcomes[j], name) for name in OUTCOME] for j in places]


def test_cohorts_that_fare_alike_share_an_outcome(m, s):
    """A backlog beyond 60 fares otherwise: all 80 answers a second are slow, not an eighth."""
    s.cohorts[0].n_targets = s.cohorts[1].n_targets = 1
    put(s, 30.0, 40.0)
    settle_rates(m, s)
    (first, second), _ = kept(m, s)
    assert first == second
    put(s, 30.0, 90.0)
    settle_rates(m, s)
    _, outcomes = kept(m, s)
    assert [x[OUTCOME.index("slow")] for x in outcomes] == [10.0, 80.0]


@pytest.mark.parametrize(("field", "value"), [("revision", NEW), ("ramp", 2), ("error_parts", 7)])
def test_cohorts_of_another_kind_share_none(m, s, field, value):
    """What is computed for one is not kept for the other."""
    s.cohorts[0].n_targets = s.cohorts[1].n_targets = 1
    put(s, 30.0, 30.0)
    setattr(s.cohorts[1], field, value)
    s.cohorts[1].kind = 0
    settle_rates(m, s)
    c, x = s.cohorts[1], s.outcomes[outcome_at(m, s, 1, 0.0, -1)]
    assert (x.kind, x.error_parts, x.worked) == (c.kind, c.error_parts, 80.0 * c.ramp)
    assert (c.kind, c.error_parts) != (s.cohorts[0].kind, s.cohorts[0].error_parts)


def test_an_outcome_is_met_again(m, s):
    """Where traffic returns to what it was, nothing is computed; a changed condition forgets it."""
    before, outcomes = kept(m, s)
    s.world.offered_rate = 210.0
    settle_rates(m, s)
    assert kept(m, s)[1] != outcomes
    s.world.offered_rate = 240.0
    s.world.dependency_down = 1
    settle_rates(m, s)
    assert kept(m, s)[1] != outcomes
    s.world.dependency_down = 0
    settle_rates(m, s)
    assert kept(m, s) == (before, outcomes)


def test_a_conflict_of_places_forgets_the_other_outcome(m, s):
    """Two cohorts whose outcomes have one place get both right, one after the other."""
    places, outcomes = kept(m, s)
    s.outcomes[places[0]].kind += 1
    assert kept(m, s) == (places, outcomes)


def test_backlogs_advance_as_in_the_process_engine(m, s):
    """Up to a crossing, to it and beyond, with the same latencies to the last bit."""
    t = copy.deepcopy(s)
    for until in (100.5, 101.5, 103.0):
        advance_backlogs(m, s, until)
        advance_queues(m, t, until)
        s.world.now = t.world.now = until
        if until >= s.world.crossing_at:
            settle_rates(m, s)
            model_settle_rates(m, t)
        time_crossing(m, s)
        for k in (0, 1):
            c, d = s.cohorts[k], t.cohorts[k]
            assert (c.backlog, c.front, c.success) == (d.backlog, d.front, d.success)
        assert list(s.world.latency_counts[0]) == list(t.world.latency_counts[0])
    assert s.cohorts[0].backlog == 90.0


@pytest.fixture
def stalled(m, s):
    """Tasks 0 to 2 are in the cohorts: 0 alone in the first one, the others in the second one."""
    s.world.moved_task = -1
    for i, k in enumerate((0, 1, 1, -1, -1, -1)):
        s.tasks[i].cohort = k
    s.cohorts[0].latest_task, s.cohorts[1].latest_task = 0, 2

    def ask(moved=False):
        settle_stalled(m, s, moved)
        return [s.tasks[i].checks_stalled for i in range(4)]

    return ask


@pytest.mark.parametrize(
    ("backlogs", "expected"),
    [
        ((30.0, 90.0), [0, 0, 0, 0]),
        ((301.0, 90.0), [1, 0, 0, 0]),
        ((30.0, 301.0), [0, 1, 1, 0]),
        ((300.0, 300.0), [1, 1, 1, 0]),
    ],
)
def test_checks_wait_where_a_backlog_is_long(s, stalled, backlogs, expected):
    """Behind 300 requests, which grow; and no longer once it is short again."""
    put(s, *backlogs)
    assert stalled() == expected
    put(s, 30.0, 30.0)
    assert stalled() == [0, 0, 0, 0]


def test_checks_of_their_own_thread_never_wait(m, s, stalled):
    """Wherever that is asked."""
    m.queued_checks = 0
    put(s, 301.0, 301.0)
    assert stalled(moved=True) == [0, 0, 0, 0]


def test_cohorts_are_searched_only_where_one_may_have_changed(s, stalled):
    """A backlog that has met no bound is where it was."""
    s.cohorts[1].backlog, s.world.stalls_moved = 301.0, 0
    assert stalled() == [0, 0, 0, 0]
    s.world.stalls_moved = 1
    assert stalled() == [0, 1, 1, 0]
    assert s.world.stalls_moved == 0


def test_only_tasks_of_a_cohort_that_changes_are_asked(s, stalled):
    """Unless they may have moved: one of them, or any."""
    s.tasks[3].checks_stalled = s.tasks[4].checks_stalled = 1
    put(s, 301.0, 90.0)
    assert stalled() == [1, 0, 0, 1]
    s.world.moved_task = 3
    assert stalled(moved=True) == [1, 0, 0, 0]
    assert s.tasks[4].checks_stalled == 1
    s.world.moved_task = -1
    stalled(moved=True)
    assert s.tasks[4].checks_stalled == 0


def test_tasks_of_merged_cohorts_are_asked(s, stalled):
    """They have moved without an event of theirs."""
    s.tasks[0].checks_stalled, s.world.merged, s.world.moved_task = 1, 1, 2
    assert stalled() == [0, 0, 0, 0]
    assert s.world.merged == 0


def test_a_task_that_has_left_is_not_asked_for_its_cohort(s, stalled):
    """The one that is left is found among all."""
    s.cohorts[1].n_targets, s.tasks[2].cohort = 1, -1
    put(s, 30.0, 301.0)
    assert stalled() == [0, 1, 0, 0]
