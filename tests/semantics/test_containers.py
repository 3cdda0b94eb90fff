"""Container health checks: their clock, what counts, and the health of a task as a whole."""

import pytest

from simdeploy.semantics.containers import (
    PROVEN_AFTER,
    failure_counts,
    next_container_check,
    status_after,
    task_health,
)
from simdeploy.semantics.state import HEALTHY, INITIAL, UNHEALTHY


@pytest.mark.parametrize(
    ("target", "own", "whole"),
    [
        (HEALTHY, HEALTHY, HEALTHY),
        (HEALTHY, INITIAL, INITIAL),
        (INITIAL, HEALTHY, INITIAL),
        (UNHEALTHY, HEALTHY, UNHEALTHY),
        (HEALTHY, UNHEALTHY, UNHEALTHY),
        (UNHEALTHY, INITIAL, UNHEALTHY),
        (INITIAL, UNHEALTHY, UNHEALTHY),
    ],
)
def test_load_balancer_and_container_must_agree(target, own, whole):
    """Any UNHEALTHY makes it UNHEALTHY, else any UNKNOWN leaves it so (ecs-counted-healthy)."""
    assert task_health(target, own, True, True) == whole
    assert task_health(target, own, True, False) == target
    assert task_health(target, own, False, True) == own


def unhealthy_after(interval, timeout, retries, start_period=0.0, start_interval=5.0):
    """Return when a container is UNHEALTHY whose checks all take so long and then fail."""
    at = next_container_check(0.0, 0.0, INITIAL, interval, start_period, start_interval)
    failures, status = 0, INITIAL
    while status != UNHEALTHY:
        failures += failure_counts(at, 0.0, start_period, status)
        ended = at + timeout
        status = status_after(status, failures, False, retries)
        at = next_container_check(ended, 0.0, status, interval, start_period, start_interval)
    return ended


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [((30, 0, 3), 90.0), ((30, 5, 3), 105.0), ((10, 0, 3, 60.0), 90.0), ((10, 0, 1), 10.0)],
)
def test_when_a_container_is_unhealthy(settings, seconds):
    """Fails at once r·i = 90 s, never answers r·(i + t) = 105 s; with 60 s to start 70, 80, 90."""
    assert unhealthy_after(*settings) == seconds


@pytest.mark.parametrize(
    ("status", "ended", "following"),
    [(INITIAL, 10.0, 15.0), (INITIAL, 60.0, 90.0), (HEALTHY, 10.0, 40.0), (UNHEALTHY, 10.0, 40.0)],
)
def test_the_start_interval_holds_until_a_pass(status, ended, following):
    """Within the start period of 60 s every 5 s, else every 30 s."""
    assert next_container_check(ended, 0.0, status, 30.0, 60.0, 5.0) == following


def test_a_pass_makes_healthy_and_failures_count_from_then_on():
    """Also inside the start period (ecs-container-check-start-period)."""
    assert status_after(UNHEALTHY, 3, True, 3) == HEALTHY
    assert status_after(HEALTHY, 3, False, 3) == UNHEALTHY
    assert status_after(HEALTHY, 2, False, 3) == HEALTHY
    assert failure_counts(10.0, 0.0, 60.0, HEALTHY)
    assert not failure_counts(10.0, 0.0, 60.0, INITIAL)
    assert failure_counts(30.0, 0.0, 0.0, INITIAL)


def test_running_is_proven_after_forty_seconds():
    """Without any check (ecs-counted-healthy)."""
    assert PROVEN_AFTER == 40.0
