"""The deployment circuit breaker: its documented thresholds, what counts, what sets it back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.breaker import (
    BOUNDED_PERCENT,
    COUNT,
    UNBOUNDED_PERCENT,
    after_failure,
    after_healthy,
    after_look,
    after_running,
    breaker_threshold,
    is_due,
    new_breaker,
)

TYPES = st.sampled_from([BOUNDED_PERCENT, UNBOUNDED_PERCENT, COUNT])

#: AWS's own examples, those that follow, and both sides of the bounds 3 and 200.
THRESHOLDS = [
    (BOUNDED_PERCENT, 50, 1, 3),
    (BOUNDED_PERCENT, 50, 6, 3),
    (BOUNDED_PERCENT, 50, 7, 4),
    (BOUNDED_PERCENT, 50, 20, 10),
    (BOUNDED_PERCENT, 50, 25, 13),
    (BOUNDED_PERCENT, 50, 60, 30),
    (BOUNDED_PERCENT, 50, 200, 100),
    (BOUNDED_PERCENT, 50, 398, 199),
    (BOUNDED_PERCENT, 50, 400, 200),
    (BOUNDED_PERCENT, 50, 402, 200),
    (BOUNDED_PERCENT, 50, 800, 200),
    (BOUNDED_PERCENT, 1, 200, 3),
    (BOUNDED_PERCENT, 1, 301, 4),
    (BOUNDED_PERCENT, 100, 3, 3),
    (BOUNDED_PERCENT, 100, 4, 4),
    (UNBOUNDED_PERCENT, 50, 800, 400),
    (UNBOUNDED_PERCENT, 50, 1, 1),
    (UNBOUNDED_PERCENT, 50, 3, 2),
    (UNBOUNDED_PERCENT, 100, 6, 6),
    (COUNT, 1, 800, 1),
    (COUNT, 7, 6, 7),
    (COUNT, 1000, 6, 1000),
]
NAMES = {BOUNDED_PERCENT: "bounded", UNBOUNDED_PERCENT: "unbounded", COUNT: "count"}


def after(breaker, failures):
    """Return a breaker after some failures."""
    for _ in range(failures):
        breaker = after_failure(breaker, True)
    return breaker


@pytest.mark.parametrize(
    ("kind", "value", "desired", "threshold"),
    [
        pytest.param(*row, id=f"ecs-breaker-threshold-{NAMES[row[0]]}-{row[1]}-of-{row[2]}")
        for row in THRESHOLDS
    ],
)
def test_threshold(kind, value, desired, threshold):
    """A share of the desired count is rounded up, and bounded to 3 to 200 where it is so named."""
    assert breaker_threshold(kind, value, desired) == threshold


@given(st.integers(1, 100), st.integers(1, 2000))
def test_bounded_is_unbounded_within_bounds(value, desired):
    """The bounded type differs from the unbounded one only outside 3 to 200."""
    share = breaker_threshold(UNBOUNDED_PERCENT, value, desired)
    assert breaker_threshold(BOUNDED_PERCENT, value, desired) == min(200, max(3, share))
    assert 0 <= 100 * share - desired * value < 100


@given(TYPES, st.integers(1, 100), st.integers(1, 1000))
def test_the_threshold_never_falls_with_size(kind, value, desired):
    """A larger fleet never trips earlier."""
    here = breaker_threshold(kind, value, desired)
    assert 1 <= here <= breaker_threshold(kind, value, desired + 1)


def test_a_deployment_begins_in_stage_one():
    """Nothing has failed and no task has run (ecs-breaker-stages)."""
    assert new_breaker(True, 3) == (True, 1, 0, 3, False)


def test_stage_two_begins_with_the_first_running_task():
    """The count goes on; a second running task changes nothing (ecs-breaker-stages)."""
    breaker = after_running(after(new_breaker(True, 3), 2))
    assert breaker == (True, 2, 2, 3, False)
    assert after_running(breaker) == breaker


@pytest.mark.parametrize(
    ("failures", "tripped"), [(2, False), (3, True), (4, True)], ids=["below", "at", "above"]
)
def test_trips_at_the_threshold(failures, tripped):
    """Two failures of three do nothing, the third trips it, more change nothing."""
    assert after(new_breaker(True, 3), failures) == (True, 1, failures, 3, tripped)


@pytest.mark.parametrize("stage", [1, 2])
def test_failures_of_both_stages_add_up(stage):
    """A task that never starts counts with those that fail later (ecs-breaker-stage-one)."""
    breaker = after(new_breaker(True, 3), 2)
    breaker = after_running(breaker) if stage == 2 else breaker
    assert after_failure(breaker, True).tripped


def test_a_disabled_breaker_counts_and_never_trips():
    """Without the circuit breaker any number of failures goes on."""
    breaker = after(new_breaker(False, 3), 1000)
    assert (breaker.failures, breaker.tripped) == (1000, False)


@pytest.mark.parametrize(
    ("reset", "failures", "tripped"),
    [(True, 1, False), (False, 3, True)],
    ids=["ecs-breaker-reset", "cumulative"],
)
def test_a_healthy_task_sets_the_count_back(reset, failures, tripped):
    """Two failures, a healthy task, a third failure: three in all, one in a row."""
    counted = after_healthy(after(after_running(new_breaker(True, 3)), 2), reset)
    breaker = after_failure(counted, True)
    assert breaker == (True, 2, failures, 3, tripped)


def test_what_has_tripped_stays_tripped():
    """A task that is healthy too late does not untrip the circuit breaker."""
    assert after_healthy(after(new_breaker(True, 3), 3), True).tripped


def test_it_may_trip_where_a_replacement_is_due():
    """The third failure is counted; the breaker trips when it looks (ecs-breaker-looks).

    Observed: failures at 288, 617 and 937 s, the next start would be at 1,236 s, tripped then.
    """
    breaker = after_failure(after(new_breaker(True, 3), 2), False)
    assert breaker == (True, 1, 3, 3, False)
    assert is_due(breaker)
    assert after_look(breaker) == (True, 1, 3, 3, True)
    assert not is_due(after_look(breaker))


@pytest.mark.parametrize(("enabled", "failures"), [(False, 3), (True, 2)])
def test_a_look_trips_nothing_below_the_threshold(enabled, failures):
    """Neither two failures of three, nor a breaker that is off (ecs-breaker-looks)."""
    breaker = after(new_breaker(enabled, 3), failures)
    assert not is_due(breaker)
    assert after_look(breaker) == breaker


def fails(breaker):
    """Return a breaker after one more failure, which may trip it at once."""
    return after_failure(breaker, True)


@given(
    st.integers(1, 9),
    st.lists(st.sampled_from([fails, after_running, lambda b: after_healthy(b, True)])),
)
def test_it_trips_after_that_many_failures_in_a_row(threshold, events):
    """Whatever else happens, it trips when so many fail with no healthy task between them."""
    breaker, streak, longest = new_breaker(True, threshold), 0, 0
    for event in events:
        breaker = event(breaker)
        streak = streak + 1 if event is fails else streak if event is after_running else 0
        longest = max(longest, streak)
    assert breaker.tripped is (longest >= threshold)
    assert breaker.failures == streak
