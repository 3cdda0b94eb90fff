"""The drill's times, of the runs in which there was one: a good release taken back on order."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]


def drilled(rows: Rows, good: Rows | None = None) -> NDArray[np.float64]:
    """Return how long the way back takes, null where no order was given.

    The order comes after full traffic. Where an alarm, a breaker or a person went back before,
    as they do without a drill, there is nothing left to take back.

    Parameters
    ----------
    rows
        Runs of the drill.
    good
        The same runs of the same good release without an order, where there are any.
    """
    ordered = ~np.isnan(rows["full_traffic_s"])
    if good is not None:
        ordered &= ~(good["decision_s"] <= rows["decision_s"])
    return np.where(ordered, rows["rollback_s"], np.nan)
