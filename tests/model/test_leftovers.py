"""Leftovers: what a target out of rotation still serves, as a function of time."""

import pytest

from simdeploy.model import leftovers
from simdeploy.model.constants import RUNNING
from simdeploy.model.dispatch import is_stalled
from simdeploy.model.dropped_requests import leftover_to_cut, requests_to_cut
from simdeploy.model.leftovers import (
    begin_leftover,
    drop_leftover,
    ends_seen,
    first_leftover_event,
    has_leftover,
    leftover_of,
    next_leftover_event,
    renew_leftovers,
    stalls_checks,
)
from simdeploy.semantics.alarms import ANY_5XX, CPU
from simdeploy.semantics.schema import MISMATCH, NO_CHANGE
from simdeploy.semantics.state import NEVER, NEW
from tests.model.states import at_command, record


@pytest.fixture
def m():
    """Tasks serve 60 requests/s, each in 0.1 s; checks wait in line, for 2.1 s at most."""
    m = record()
    m.capacity[0] = m.capacity[1] = 60.0
    m.request_seconds[0] = m.request_seconds[1] = 0.1
    m.queued_checks, m.check_timeout = 1, 2.1
    return m


@pytest.fixture
def s(m):
    """At 100 s, task 2 has left the rotation with 300 requests, 80 % of which will succeed."""
    s = at_command(m)
    s.world.now = 100.0
    s.tasks[2].cohort, s.world.leftover_ends_seen = -1, 1
    begin_leftover(m, s, 2, 300.0, 0.8)
    return s


@pytest.mark.parametrize(
    ("now", "left", "stalls", "following"),
    [
        (100.0, 300.0, True, 103.0),
        (102.5, 150.0, True, 103.0),
        (103.0, 120.0, False, 105.0),  # 120 / 60 + 0.1 = 2.1 s
        (104.0, 60.0, False, 105.0),
        (105.0, 0.0, False, NEVER),
        (200.0, 0.0, False, NEVER),
    ],
)
def test_a_leftover_is_a_function_of_time(m, s, now, left, stalls, following):
    """60 requests a second go; at the bounds, the later of the two states holds."""
    s.world.now = now
    assert leftover_of(s, 2) == pytest.approx(left)
    assert (has_leftover(s, 2), stalls_checks(s, 2)) == (left > 0.0, stalls)
    assert is_stalled(m, s, 2) == stalls
    assert next_leftover_event(s, 2) == first_leftover_event(s) == following


def test_an_end_that_nobody_sees_is_no_event(m, s):
    """The checks pass again at 103 s; that nothing is left at 105 s moves nothing."""
    s.world.leftover_ends_seen = 0
    assert next_leftover_event(s, 2) == 103.0
    s.world.now = 104.0
    assert has_leftover(s, 2)
    assert next_leftover_event(s, 2) == first_leftover_event(s) == NEVER


@pytest.mark.parametrize(
    ("metric", "change", "seen"),
    [(ANY_5XX, NO_CHANGE, False), (CPU, NO_CHANGE, True), (ANY_5XX, MISMATCH, True)],
)
def test_who_sees_that_nothing_is_left(m, metric, change, seen):
    """An alarm that goes by tasks, and whoever reads rows that the old revision writes."""
    m.n_alarms, m.n_releases = 1, 1
    m.alarms[0].metric, m.releases[NEW].schema_change = metric, change
    assert ends_seen(m) == seen
    assert at_command(m).world.leftover_ends_seen == seen


def test_what_does_not_answer_is_no_matter_of_a_queue(m, s):
    """Checks of a task that does not answer fail anyway."""
    s.tasks[2].is_answering = 0
    assert not is_stalled(m, s, 2)


def test_checks_of_their_own_thread_never_stall(m, s):
    """The next event is the end."""
    m.queued_checks = 0
    begin_leftover(m, s, 2, 300.0, 0.8)
    assert (stalls_checks(s, 2), next_leftover_event(s, 2)) == (False, 105.0)


def test_a_leftover_at_the_bound_stalls_nothing(m, s):
    """Exactly 2.1 s is in time."""
    begin_leftover(m, s, 2, 120.0, 0.8)
    assert (stalls_checks(s, 2), s.tasks[2].leftover_event_at) == (False, 102.0)


def test_without_a_leftover_nothing_comes(s):
    """Neither after it is dropped nor before there is one."""
    drop_leftover(s, 2)
    assert (has_leftover(s, 2), s.tasks[2].leftover_event_at) == (False, NEVER)
    assert first_leftover_event(s) == NEVER


def test_the_first_event_is_that_of_any_task(m, s):
    """Task 4 has less to do."""
    begin_leftover(m, s, 4, 60.0, 1.0)
    assert first_leftover_event(s) == 101.0


def test_tasks_are_searched_only_until_the_last_leftover_ends(m, s, monkeypatch):
    """The one of 300 requests ends at 105 s; a shorter one changes nothing of that."""
    begin_leftover(m, s, 4, 60.0, 1.0)
    s.world.now = 104.9
    assert (s.world.leftovers_until, first_leftover_event(s)) == (105.0, 105.0)
    s.world.now = 105.0
    monkeypatch.setattr(leftovers, "next_leftover_event", None)
    assert first_leftover_event(s) == NEVER


def test_another_pace_begins_now(m, s):
    """After 1 s, 240 are left, which take 4 s more at 60 a second, 8 at 30."""
    s.world.now = 101.0
    renew_leftovers(m, s)
    assert s.tasks[2].leftover_since == 100.0
    m.capacity[0] = 30.0
    renew_leftovers(m, s)
    t = s.tasks[2]
    assert (t.leftover, t.leftover_since, t.leftover_ends_at) == (240.0, 101.0, 109.0)
    assert t.leftover_success == 0.8


def test_a_leftover_is_cut_with_what_is_in_hand(m, s):
    """Of 300, 120 are served in 2 s; what has begun then succeeds with the same probability."""
    m.in_flight_reach, m.in_flight_after[0][0] = 64.0, 0.1
    expected = (300.0 - 120.0) * 0.8
    assert requests_to_cut(m, s, 2, 64.0) == 0.0
    assert requests_to_cut(m, s, 2, 2.0) == pytest.approx(expected, abs=1.0)
    assert leftover_to_cut(m, s, 2, 0.0) == pytest.approx(300.0 * 0.8 + 60.0 * 0.8 * 0.1)
    drop_leftover(s, 2)
    assert (s.tasks[2].state, requests_to_cut(m, s, 2, 0.0)) == (RUNNING, 0.0)
