"""A schema change while both revisions are there: who writes which rows, and who meets them."""

from simdeploy.model import sums, timers
from simdeploy.model.accessors import flag_share, get_shape
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import has_leftover
from simdeploy.semantics.overload import crossing_at
from simdeploy.semantics.schema import (
    MISMATCH,
    NO_CHANGE,
    after_first_write,
    failing_share,
    new_row_share,
    next_stair_in,
)
from simdeploy.semantics.state import NEVER, NEW, OLD


def note_first_write(s: RunState) -> None:
    """Note that the new revision writes, which may put rows in the new shape into the table."""
    w = s.world
    had = w.has_new_rows
    w.has_new_rows = 1 if after_first_write(get_shape(s)).new_rows else 0
    if had == 0 and w.has_new_rows != 0:
        w.rows_before = w.sums[sums.WRITES_NEW]
        w.row_stair = 0


def row_share(m: ScenarioRecord, s: RunState) -> float:
    """Share of rows in the new shape among those that requests read."""
    w = s.world
    rows = w.sums[sums.WRITES_NEW] - w.rows_before
    read = m.releases[w.generation[NEW]].rows_read
    return new_row_share(rows, read, w.row_stair, w.new_code_rate > 0.0)


def set_row_timer(m: ScenarioRecord, s: RunState) -> None:
    """Set the timer of the next stair of the share of new rows, where old code meets them."""
    w = s.world
    w.timers[timers.ROWS] = NEVER
    if w.schema_change == MISMATCH and w.has_new_rows != 0 and w.rate_to_old > 0.0:
        rows = w.sums[sums.WRITES_NEW] - w.rows_before
        read = m.releases[w.generation[NEW]].rows_read
        wait = next_stair_in(rows, read, w.row_stair, w.rates[sums.WRITES_NEW])
        if wait < NEVER:
            w.timers[timers.ROWS] = crossing_at(w.now, wait)


def is_old_writing(s: RunState) -> bool:
    """Whether the old revision still writes: it receives requests, or has some in its queues."""
    w = s.world
    if w.rate_to_old > 0.0:
        return True
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.revision == OLD and c.n_targets > 0 and c.is_answering != 0 and c.backlog > 0.0:
            return True
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        if t.revision == OLD and t.is_answering != 0 and has_leftover(s, i):
            return True
        i = t.next_task
    return False


def schema_failing_share(m: ScenarioRecord, s: RunState, revision: int) -> float:
    """Share of a revision's requests that meet data it cannot read.

    With the feature flag off, the new revision reads as the old one does.
    """
    w = s.world
    if w.schema_change == NO_CHANGE and w.old_shape_gone == 0:
        return 0.0
    f = m.releases[w.generation[NEW]]
    flag = flag_share(m, s, revision)
    old_writes = is_old_writing(s) or flag < 1.0
    rows = row_share(m, s)
    shape = get_shape(s)
    share = failing_share(shape, revision, f.touches_share, f.meets_share, old_writes, rows)
    if flag >= 1.0:
        return share
    as_old = failing_share(shape, OLD, f.touches_share, f.meets_share, old_writes, rows)
    return flag * share + (1.0 - flag) * as_old
