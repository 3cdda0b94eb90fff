"""The drill: how long it takes to roll a good release back on order."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]


def drilled(rows: Rows, good: Rows | None = None) -> NDArray[np.float64]:
    """Return the time to roll back of each run (s); NaN where no order was given.

    The order comes after full traffic. Where an alarm, a breaker or an operator has rolled back
    before, as without a drill, there is no order.

    Parameters
    ----------
    rows
        Runs of the drill.
    good
        The same runs without an order; None where they were not played.
    """
    ordered = ~np.isnan(rows["full_traffic_s"])
    if good is not None:
        ordered &= ~(good["decision_s"] <= rows["decision_s"])
    return np.where(ordered, rows["rollback_s"], np.nan)
