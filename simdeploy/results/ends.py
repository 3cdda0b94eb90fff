"""How a run ends, in one word: the column ``ends``."""

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import OUTCOMES, VERDICTS

#: Ends of a run; the first has the signal behind a colon.
UNDONE, FAILS, BAD, LIVE, PARTLY, STUCK, NOT_LIVE, GOOD_UNDONE = ENDS = (
    "undone", "undone, fails", "live, bad", "live", "partly live", "stuck", "not live",
    "good, undone",
)  # fmt: skip


def end_words(rows: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the end of each run as an index into `ENDS`."""
    verdict, outcome = rows["verdict"], rows["outcome"]
    undone = np.isfinite(rows["decision_s"])
    stuck = outcome == OUTCOMES.index("stuck")
    done = outcome == OUTCOMES.index("succeeded")
    waiting = np.where(stuck, ENDS.index(STUCK), ENDS.index(NOT_LIVE))
    live = np.where(done, ENDS.index(LIVE), ENDS.index(PARTLY))
    hurting = rows["hurts_at_end"] != 0
    by_verdict = {
        "shipped": np.full(len(rows), ENDS.index(LIVE)),
        "stopped": np.where(undone, ENDS.index(UNDONE), waiting),
        "escaped": np.where(hurting, ENDS.index(BAD), live),
        "false_rollback": np.full(len(rows), ENDS.index(GOOD_UNDONE)),
        "held": waiting,
        "unrepaired": np.where(undone, ENDS.index(FAILS), waiting),
    }
    ends: NDArray[np.int64] = np.choose(verdict, [by_verdict[word] for word in VERDICTS])
    return ends
