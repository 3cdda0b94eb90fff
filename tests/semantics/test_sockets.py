"""WebSockets: connections that end and are made anew elsewhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.sockets import connections_after, surviving_share

COUNT = st.floats(0, 1e6)
SHARE = st.floats(0, 1)
RATE = st.floats(1e-5, 1)
SECONDS = st.floats(0, 1e4)


@pytest.mark.parametrize(
    ("rate", "seconds", "share"),
    [(0.0, 3600, 1.0), (1 / 600, 0, 1.0), (1 / 600, 600, math.exp(-1)), (1.0, 1e4, 0.0)],
    ids=["endless", "at-once", "a-lifetime", "long-ago"],
)
def test_remaining(rate, seconds, share):
    """Connections that last ten minutes on average: 37 % outlast ten minutes."""
    assert surviving_share(rate, seconds) == pytest.approx(share)


@given(RATE, SECONDS, SECONDS)
def test_connections_have_no_memory(rate, first, then):
    """Two waits one after the other leave what one long wait leaves."""
    both = surviving_share(rate, first) * surviving_share(rate, then)
    assert surviving_share(rate, first + then) == pytest.approx(both, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("open_", "surviving", "fair", "left"),
    [(100, 1, 20, 100), (100, 0, 20, 20), (100, 0.5, 20, 60), (0, 0.5, 20, 10), (100, 0.5, 0, 50)],
    ids=["none-ended", "all-anew", "half", "new-target", "alb-websockets-cut-drains"],
)
def test_connections_drift_to_the_share_of_traffic(open_, surviving, fair, left):
    """Those that end are made anew by traffic share; a draining target gets none."""
    assert connections_after(open_, surviving, fair) == left


@given(COUNT, COUNT, SHARE, SHARE)
def test_no_client_is_lost(old, new, surviving, weight):
    """Whatever the shares, every client has one connection (alb-websockets-cut)."""
    total = old + new
    left = connections_after(old, surviving, total * (1 - weight)) + connections_after(
        new, surviving, total * weight
    )
    assert left == pytest.approx(total)


@given(COUNT, SHARE, COUNT)
def test_a_target_stays_between_what_it_had_and_its_share(open_, surviving, fair):
    """Connections drift towards the fair number and never beyond."""
    low, high = sorted([open_, fair])
    slack = 1e-9 * (1 + high)
    assert low - slack <= connections_after(open_, surviving, fair) <= high + slack
