"""The drill counts only where a good release got so far that there was something to take back."""

from math import nan

import numpy as np

from simdeploy.results.comparison import drilled
from tests.results import fabricate as make

ORDERED = {"full_traffic_s": 90.0, "decision_s": 690.0, "rollback_s": 40.0}


def test_a_way_back_on_order_is_the_drill():
    """Where a good release stays by itself, the order is the drill's."""
    found = drilled(make.rows(3, **ORDERED), make.rows(3, verdict="shipped"))
    assert found.tolist() == [40.0] * 3


def test_who_went_back_before_the_order_has_no_drill():
    """An alarm that undoes the good release too leaves nothing to take back."""
    good = make.rows(3, decision_s=[nan, 690.0, 9000.0])
    assert np.isnan(drilled(make.rows(3, **ORDERED), good)).tolist() == [False, True, False]


def test_without_full_traffic_there_is_no_drill():
    """A rollback that takes no time, since nothing was ever live, is no way back."""
    never = make.rows(2, decision_s=2400.0, rollback_s=0.0)
    assert np.isnan(drilled(never)).all()
