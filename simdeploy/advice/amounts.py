"""What runs did, as far as it costs anything: from the rows of an engine."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.advice.costs import WORK, work_after
from simdeploy.model.registry import SIGNALS
from simdeploy.results.ends import BAD, ENDS, FAILS, end_words
from simdeploy.results.intervals import Array

#: Bytes of a run: six numbers, a place and a mark.
BYTES = 7 * 8 + 1


class Runs(NamedTuple):
    """Runs of one strategy with one kind of release, an array each.

    ``work`` is the place in `costs.WORK`; ``open`` marks the runs in which harm goes on at the
    horizon.
    """

    failed: Array
    outage_minutes: Array
    wrong: Array
    cut: Array
    slow: Array
    money: Array
    work: NDArray[np.int64]
    open: NDArray[np.bool_]


def amounts_of(rows: NDArray[np.void]) -> Runs:
    """Return what runs did, as far as it costs anything."""
    ends = end_words(rows)
    pairs = zip(ends.tolist(), rows["signal"].tolist(), strict=True)
    work = [WORK.index(work_after(ENDS[end], SIGNALS[signal])) for end, signal in pairs]
    goes_on = (rows["hurts_at_end"] != 0) | np.isin(ends, (ENDS.index(BAD), ENDS.index(FAILS)))
    return Runs(
        rows["failed_caused"],
        rows["downtime_caused"] / 60.0,
        rows["side_effects_left"] + rows["incompatible_writes"],
        rows["cut_websockets"],
        rows["slow_caused"],
        rows["extra_cost_usd"],
        np.array(work, dtype=np.int64),
        goes_on,
    )
