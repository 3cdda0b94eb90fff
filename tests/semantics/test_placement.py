"""Placement where there is no capacity."""

from itertools import accumulate

import pytest

from simdeploy.semantics.placement import is_unavailable, placement_pause


@pytest.mark.parametrize(
    ("now", "missing"), [(9.9, False), (10.0, True), (19.9, True), (20.0, False)]
)
def test_capacity_is_missing_in_its_window(now, missing):
    """The end is not part of it."""
    assert is_unavailable(now, 10.0, 20.0) is missing


def test_rounds_begin_fifteen_minutes_apart():
    """At 0, 15, 30 and 45 min, which is when a breaker of three was seen to trip (46 min)."""
    pauses = [placement_pause(rounds) for rounds in (1, 2, 3, 4)]
    assert [at / 60 for at in accumulate(pauses, initial=0.0)] == [0, 15, 30, 45, 72]
