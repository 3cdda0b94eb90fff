"""Which checks the batch engine passes over: those that cannot change a target's health."""

import pytest

from simdeploy.engines.kernel import checks
from simdeploy.engines.kernel.checks import harmless_checks, queue_health_change
from simdeploy.semantics.checks import FAILED, PASSED
from simdeploy.semantics.state import HEALTHY, NEVER, UNHEALTHY
from tests.model.states import at_command, record


@pytest.fixture
def m():
    """A scenario record whose checks are sent every 10 s; two failures in a row are too many."""
    m = record()
    m.check_interval, m.check_timeout, m.unhealthy_threshold = 10.0, 5.0, 2
    return m


@pytest.fixture
def s(m):
    """At the command: task 0 is healthy and answers."""
    s = at_command(m)
    s.world.used_slots = 1
    s.tasks[0].check_at, s.tasks[0].health = 3.0, HEALTHY
    return s


def results(monkeypatch, failing):
    """Let the checks of these numbers fail; return the numbers that are asked for."""
    asked = []

    def result(s, i, at, number, chance, unanswered):
        asked.append(number)
        return FAILED if number in failing else PASSED

    monkeypatch.setattr(checks, "check_result", result)
    return asked


@pytest.mark.parametrize(
    ("threshold", "streak", "failing", "harmless"),
    [
        (2, 5, (), 2),
        (2, 5, (1,), 0),
        (2, -1, (), 0),
        (3, -1, (), 2),
        (3, 4, (0, 1), 3),
        (1, 4, (), 0),
    ],
)
def test_a_pass_ahead_makes_the_checks_up_to_it_harmless(
    m, s, monkeypatch, threshold, streak, failing, harmless
):
    """With a threshold of 3 and a failure so far, two more are needed: the second one decides."""
    results(monkeypatch, failing)
    m.unhealthy_threshold = threshold
    assert harmless_checks(m, s, 0, 3.0, 0, streak, 0.5, 0.0) == harmless


def test_a_time_out_beyond_the_next_check_is_not_passed_over(m, s, monkeypatch):
    """The verdicts then come in another order than the checks."""
    results(monkeypatch, ())
    m.check_timeout = m.check_interval
    assert harmless_checks(m, s, 0, 3.0, 0, 1, 0.5, 0.0) == 0


def test_the_change_is_found_where_every_check_is_looked_at(m, s, monkeypatch):
    """Checks 4, 7 and 8 fail: the second in a row is number 8, sent at 83 s."""
    asked = results(monkeypatch, (4, 7, 8))
    monkeypatch.setattr(checks, "failure_chance", lambda *_: 0.5)
    queue_health_change(m, s, 0)
    t = s.tasks[0]
    assert (t.check_event_at, t.flip_number, t.flip_streak) == (83.0, 9, -2)
    assert 0 not in asked


@pytest.mark.parametrize(("crash_at", "found"), [(NEVER, 13.0), (13.5, 13.0), (12.0, NEVER)])
def test_the_search_ends_with_a_crash(m, s, monkeypatch, crash_at, found):
    """An unhealthy target is healthy with its second pass, at 13 s, unless it crashes before."""
    results(monkeypatch, ())
    monkeypatch.setattr(checks, "failure_chance", lambda *_: 0.0)
    t = s.tasks[0]
    t.health, t.crash_at, m.healthy_threshold = UNHEALTHY, crash_at, 2
    queue_health_change(m, s, 0)
    assert t.check_event_at == found
