"""When tasks may start: back-off, and tokens for launches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.capacity import backoff, limit_starts, token_wait, tokens_after
from simdeploy.semantics.state import NEVER, Orders


@pytest.mark.parametrize(
    ("failures", "delay"),
    [(-1, 10), (0, 10), (1, 20), (2, 40), (7, 1280), (8, 1620), (9, 1620), (10**6, 1620)],
    ids=lambda value: f"ecs-start-backoff-{value}",
)
def test_backoff(failures, delay):
    """10 s, doubled per failure in a row, and never more than 27 minutes."""
    assert backoff(failures, 10.0, 1620.0) == delay


@pytest.mark.parametrize(("beyond", "delay"), [(0, 297), (1, 594), (2, 1188), (3, 1620), (9, 1620)])
def test_backoff_as_observed(beyond, delay):
    """297 s after the third failed start in a row, then 594, 1,188, and the cap.

    (ecs-start-backoff-curve)
    """
    assert backoff(beyond, 297.0, 1620.0) == delay


@pytest.mark.parametrize(
    ("first", "cap", "delay"), [(0.0, 1620.0, 0.0), (10.0, 5.0, 5.0), (10.0, 10.0, 10.0)]
)
def test_backoff_at_its_edges(first, cap, delay):
    """No first delay means none at all, and the cap holds for the first one too."""
    assert backoff(0, first, cap) == backoff(3, first, cap) == delay


def test_backoff_doubles_64_times_at_most():
    """However small the first delay, the number of doublings is bounded: 2**-64 s ends at 1 s."""
    assert backoff(64, 2.0**-64, 10.0) == backoff(10**6, 2.0**-64, 10.0) == 1.0


@given(st.integers(0, 100), st.floats(0.1, 100), st.floats(0.1, 2000))
def test_backoff_never_falls(failures, first, cap):
    """More failures never mean a shorter wait, and the cap is kept."""
    assert backoff(failures, first, cap) <= backoff(failures + 1, first, cap) <= cap


@pytest.mark.parametrize(
    ("launches", "starts"), [(0, (0, 0)), (4, (4, 0)), (6, (6, 0)), (9, (6, 3)), (99, (6, 7))]
)
def test_limited_launches_keep_the_stops(launches, starts):
    """Tasks still stop where few or none may start; new ones have the tokens before old ones.

    (ecs-start-backoff, ecs-launch-rate)
    """
    assert limit_starts(Orders(1, 2, 3, 4, 5, 6, 7), launches) == (1, 2, 3, 4, 5, *starts)


@pytest.mark.parametrize(
    ("tokens", "seconds", "after"),
    [(100.0, 60.0, 100.0), (0.0, 1.0, 20.0), (0.0, 5.0, 100.0), (40.0, 2.0, 80.0)],
    ids=["full", "ecs-launch-rate-second", "ecs-launch-rate-burst", "some"],
)
def test_tokens_refill(tokens, seconds, after):
    """Fargate starts 20 tasks per second after a burst of 100 (ecs-launch-rate)."""
    assert tokens_after(tokens, 20.0, 100, seconds) == after


@pytest.mark.parametrize(
    ("tokens", "rate", "wait"),
    [(0.0, 20.0, 0.05), (0.5, 20.0, 0.025), (1.0, 20.0, 0.0), (7.0, 20.0, 0.0), (0.0, 5.0, 0.2),
     (0.0, 0.5, 2.0),
     (0.0, 0.0, NEVER)],
)  # fmt: skip
def test_token_wait(tokens, rate, wait):
    """A smaller region's 5 per second means 0.2 s between launches (ecs-launch-rate)."""
    assert token_wait(tokens, rate) == pytest.approx(wait, abs=2e-9)


@given(st.floats(0, 1), st.floats(0.01, 1000))
def test_after_the_wait_there_is_a_token(tokens, rate):
    """After ``token_wait`` seconds there is a token for a launch."""
    assert tokens_after(tokens, rate, 100, token_wait(tokens, rate)) >= 1
