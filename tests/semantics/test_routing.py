"""Where requests go, and what becomes of them there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.routing import (
    cohort_share,
    fails_open,
    group_share,
    is_eligible,
    overload_rate,
    per_target,
    ramp_time,
    starts_slowly,
    utilization,
)
from simdeploy.semantics.state import HEALTHY, INITIAL, UNHEALTHY, Share

SHARE = st.floats(0, 1)
RATE = st.floats(0, 1000)


@pytest.mark.parametrize(
    ("healthy", "minimum", "is_open"),
    [(0, 1, True), (1, 1, False), (2, 1, False), (2, 3, True), (3, 3, False), (4, 3, False)],
    ids=lambda value: f"alb-fail-open-{value}",
)
def test_fails_open_below_the_minimum(healthy, minimum, is_open):
    """One healthy target less than the minimum, and unhealthy ones serve as well."""
    assert fails_open(healthy, minimum, True) is is_open
    assert not fails_open(healthy, minimum, False)


@pytest.mark.parametrize(
    ("health", "is_open", "includes_initial", "eligible"),
    [
        (HEALTHY, False, False, True),
        (HEALTHY, True, False, True),
        (UNHEALTHY, False, False, False),
        (UNHEALTHY, True, False, True),
        (UNHEALTHY, False, True, False),
        (INITIAL, False, True, False),
        (INITIAL, True, False, False),
        (INITIAL, True, True, True),
    ],
)
def test_eligible(health, is_open, includes_initial, eligible):
    """Unhealthy targets serve only in fail-open, unchecked ones only where that is said.

    (alb-fail-open, alb-fail-open-initial)
    """
    assert is_eligible(health, is_open, includes_initial) is eligible


@pytest.mark.parametrize(
    ("weight", "shares"), [(0, (1, 0)), (10, (0.9, 0.1)), (50, (0.5, 0.5)), (100, (0, 1))]
)
def test_weights_split_the_traffic(weight, shares):
    """Each of two groups receives its weight's share, a lone one everything.

    (alb-forward-weights)
    """
    assert (group_share(weight, 0, 2), group_share(weight, 1, 2)) == pytest.approx(shares)
    assert group_share(weight, 0, 1) == 1


@given(st.floats(0, 100))
def test_no_request_is_lost_between_groups(weight):
    """The shares of both groups are probabilities and add up to one."""
    shares = [group_share(weight, 0, 2), group_share(weight, 1, 2)]
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) == pytest.approx(1)


@pytest.mark.parametrize(
    ("eligible", "rate"), [(0, 0), (1, 30), (3, 10)], ids=["alb-503-no-target", "one", "three"]
)
def test_per_target(eligible, rate):
    """A tenth of 300 requests/s is spread evenly; without a target nobody receives it."""
    assert per_target(300.0, 0.1, eligible) == rate


@pytest.mark.parametrize(
    ("offered", "capacity", "share"),
    [
        (0, 60, 0),
        (30, 60, 0.5),
        (60, 60, 1),
        (60.1, 60, 1),
        (90, 60, 1),
        (0.25, 0.5, 0.5),
        (0, 0, 1),
        (1, -1, 1),
    ],
)
def test_utilization(offered, capacity, share):
    """A target is at most fully used; one without capacity is."""
    assert utilization(offered, capacity) == share


@pytest.mark.parametrize(
    ("shares", "outcome"),
    [
        ({}, Share(60, 0, 0, 0, 0)),
        ({"overload": 20.0}, Share(60, 20, 0, 0, 0)),
        ({"error_share": 0.25}, Share(60, 0, 15, 0, 0)),
        ({"schema_share": 0.5}, Share(60, 0, 0, 30, 0)),
        ({"error_share": 0.5, "schema_share": 0.5}, Share(60, 0, 30, 15, 0)),
        ({"overload": 20.0, "error_share": 0.5, "schema_share": 0.5}, Share(60, 20, 20, 10, 0)),
        ({"slow_share": 0.1}, Share(60, 0, 0, 0, 6)),
        ({"error_share": 0.5, "slow_share": 0.1}, Share(60, 0, 30, 0, 3)),
        ({"arriving": 0.0}, Share(0, 0, 0, 0, 0)),
    ],
)
def test_shares_apply_one_after_the_other(shares, outcome):
    """Who left met no error, who met an error no unreadable row, and only an answer is slow."""
    none = {"overload": 0.0, "error_share": 0.0, "schema_share": 0.0, "slow_share": 0.0}
    assert cohort_share(**({"arriving": 60.0} | none | shares)) == pytest.approx(outcome)


@pytest.mark.parametrize(
    ("backlog", "offered", "lost", "canceled"),
    [(599.9, 70.0, 0, 0), (600.0, 60.0, 0, 0), (600.0, 60.1, 120.2, 0.2), (600.1, 30.0, 60, 0)],
    ids=["below", "full-but-not-growing", "full-and-growing", "above"],
)
def test_a_full_queue_loses_every_arrival(backlog, offered, lost, canceled):
    """Two targets; only a server that cancels serves what it can, and loses what is beyond."""
    state = (2, offered, 60.0, backlog, 600.0, 0.0)
    assert overload_rate(*state, cancels=False) == pytest.approx(lost)
    assert overload_rate(*state, cancels=True) == pytest.approx(canceled)


def test_by_chance_some_wait_too_long():
    """5 % of 2 x 57 requests/s, although no backlog grows."""
    assert overload_rate(2, 57.0, 60.0, 0.0, 600.0, 0.05, cancels=False) == pytest.approx(5.7)


@given(RATE, SHARE, st.tuples(SHARE, SHARE, SHARE))
def test_requests_are_conserved(arriving, late, shares):
    """What fails or is slow is a part of what arrives, and an arrival has one fate only."""
    served, *fates = cohort_share(arriving, arriving * late, *shares)
    assert served == arriving
    assert min(fates) >= -1e-9
    assert sum(fates) <= served * (1 + 1e-9) + 1e-9


@given(RATE, RATE, RATE)
def test_utilization_is_a_share_that_grows_with_load(offered, more, capacity):
    """More load never means less utilization."""
    here = utilization(offered, capacity)
    assert 0 <= here <= utilization(offered + more, capacity) <= 1


@pytest.mark.parametrize(
    ("healthy", "ramping", "slowly"),
    [(0, 0, False), (1, 0, True), (3, 3, False), (3, 2, True), (1, 1, False)],
    ids=["empty-group", "one-is-warm", "all-ramp", "one-of-three", "the-first-ramps"],
)
def test_slow_start_needs_a_warm_target(healthy, ramping, slowly):
    """The first targets of a group receive their full share at once (alb-slow-start)."""
    assert starts_slowly(healthy, ramping) is slowly


@pytest.mark.parametrize("duration", [30.0, 900.0], ids=["alb-slow-start-30", "alb-slow-start-900"])
def test_a_slow_start_takes_ten_stairs(duration):
    """AWS allows 30 to 900 s; after ten stairs of equal length the whole time has passed."""
    at = 100.0
    for _ in range(10):
        at = ramp_time(at, duration)
    assert at == pytest.approx(100.0 + duration)


@given(st.lists(st.tuples(RATE, st.integers(1, 50)), min_size=1, max_size=5), st.floats(0, 100))
def test_every_arrival_has_a_target(groups, weight):
    """Summed over targets and groups, what is received is what was offered."""
    rates = [
        eligible * per_target(offered, group_share(weight, k, 2), eligible)
        for offered, eligible in groups
        for k in range(2)
    ]
    assert sum(rates) == pytest.approx(sum(offered for offered, _ in groups))
