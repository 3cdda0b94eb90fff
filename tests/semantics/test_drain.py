"""Stopping a task: late requests, the whole delay, SIGTERM and SIGKILL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.drain import drain_end, late_until, stop_seconds

SECONDS = st.floats(0, 3600)


@pytest.mark.parametrize(
    ("propagation", "delay", "until"),
    [(0, 300, 100), (4, 300, 104), (5, 5, 105), (5, 4, 104), (5, 0, 100)],
    ids=["at-once", "alb-late-requests", "as-long", "cut-short", "no-delay"],
)
def test_late_requests_end_with_the_delay(propagation, delay, until):
    """New requests arrive for some seconds more, but never at a target that is gone."""
    assert late_until(100.0, propagation, delay) == until


@pytest.mark.parametrize(("delay", "end"), [(0, 100), (30, 130), (300, 400), (3600, 3700)])
def test_the_whole_delay_is_waited_for(delay, end):
    """ECS waits until the target is unused, idle or not (ecs-full-deregistration-wait)."""
    assert drain_end(100.0, delay) == end


@pytest.mark.parametrize(
    ("shutdown", "timeout", "seconds"),
    [(0, 30, 0), (2, 30, 2), (29.9, 30, 29.9), (30, 30, 30), (30.1, 30, 30), (900, 120, 120)],
)
def test_sigkill_ends_a_shutdown(shutdown, timeout, seconds):
    """A container has the stop timeout to exit, then it is killed (ecs-stop-timeout)."""
    assert stop_seconds(shutdown, timeout) == seconds


def test_a_measured_stop():
    """A delay of 180 s and a stop of 7 s took 187 s in the field (ecs-full-deregistration-wait)."""
    assert drain_end(0.0, 180.0) + stop_seconds(7.0, 30.0) == 187


@given(SECONDS, SECONDS, SECONDS)
def test_late_requests_come_within_the_drain(now, propagation, delay):
    """They stop no later than the drain ends, and not before it begins."""
    assert now <= late_until(now, propagation, delay) <= drain_end(now, delay)


@given(SECONDS, SECONDS, SECONDS)
def test_more_patience_never_stops_faster(shutdown, timeout, more):
    """A longer stop timeout never makes a stop shorter, and never longer than the shutdown."""
    assert stop_seconds(shutdown, timeout) <= stop_seconds(shutdown, timeout + more) <= shutdown
