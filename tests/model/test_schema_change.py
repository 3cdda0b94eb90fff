"""A schema change while both revisions are there: who writes which rows, and who meets them."""

import pytest

from simdeploy.model import sums, timers
from simdeploy.model.schema_change import (
    is_old_writing,
    note_first_write,
    row_share,
    schema_failing_share,
    set_row_timer,
)
from simdeploy.semantics.schema import MIGRATE, MISMATCH, STAIRS
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, record


@pytest.fixture
def m():
    """Return a record whose requests touch the table in a fifth, and meet a row in half of it."""
    m = record()
    m.releases[1].touches_share, m.releases[1].meets_share = 0.2, 0.5
    m.releases[1].rows_read = 4096.0
    return m


@pytest.fixture
def s(m):
    """Return its state 100 s after the command, both revisions receiving requests."""
    s = at_command(m)
    s.world.now, s.world.has_new_rows = 100.0, 1
    s.world.rate_to_old, s.world.new_code_rate = 75.0, 25.0
    return s


def test_the_old_revision_cannot_read_new_rows(m, s):
    """A mismatch hurts it, not the new one: 0.2 x 0.5 x the share of new rows, here a half."""
    s.world.schema_change, s.world.new_code_rate = MISMATCH, 0.0
    s.world.sums[sums.WRITES_NEW], s.world.rows_before = 4196.0, 100.0
    assert row_share(m, s) == 0.5
    assert [schema_failing_share(m, s, r) for r in (OLD, NEW)] == [0.05, 0.0]


def test_the_new_revision_cannot_read_rows_that_old_code_writes(m, s):
    """As long as the old revision receives requests, or the flag leaves old code running."""
    s.world.schema_change = MIGRATE
    assert [schema_failing_share(m, s, r) for r in (OLD, NEW)] == [0.0, 0.1]
    s.world.rate_to_old = 0.0
    assert s.world.alive[OLD] == 6
    assert schema_failing_share(m, s, NEW) == 0.0
    m.has_flag, m.flag_shares[0] = 1, 0.75
    assert schema_failing_share(m, s, NEW) == pytest.approx(0.075)


@pytest.mark.parametrize(
    ("fields", "writes"),
    [({}, True), ({"revision": NEW}, False), ({"n_targets": 0}, False), ({"backlog": 0.0}, False),
     ({"is_answering": 0}, False)],
    ids=str,
)  # fmt: skip
def test_requests_in_a_queue_are_still_to_write(s, fields, writes):
    """Without arrivals the old revision goes on writing while requests wait at its targets."""
    s.world.rate_to_old, s.cohorts[0].backlog = 0.0, 3.0
    for name, value in fields.items():
        setattr(s.cohorts[0], name, value)
    assert is_old_writing(s) is writes


def test_code_behind_a_flag_reads_as_the_old_one(m, s):
    """A quarter with the flag on reads new rows; three quarters of 0.05 do not."""
    s.world.schema_change, s.world.new_code_rate = MISMATCH, 0.0
    s.world.sums[sums.WRITES_NEW] = 4096.0
    m.has_flag, m.flag_shares[0] = 1, 0.25
    assert schema_failing_share(m, s, NEW) == pytest.approx(0.0375)
    m.flag_shares[0] = 1.0
    assert schema_failing_share(m, s, NEW) == 0.0


def test_rows_count_from_the_first_write(s):
    """What the new revision had written before does not count, and the first stair begins."""
    w = s.world
    w.schema_change, w.has_new_rows, w.row_stair = MISMATCH, 0, 7
    w.sums[sums.WRITES_NEW] = 30.0
    note_first_write(s)
    assert (w.has_new_rows, w.rows_before, w.row_stair) == (1, 30.0, 0)
    w.sums[sums.WRITES_NEW], w.row_stair = 40.0, 2
    note_first_write(s)
    assert (w.rows_before, w.row_stair) == (30.0, 2)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({}, 102.0),  # 1 row ends the first stair, 0.25 a second, half a row is there
        ({"row_stair": STAIRS}, NEVER),
        ({"rate_to_old": 0.0}, NEVER),
        ({"has_new_rows": 0}, NEVER),
        ({"schema_change": MIGRATE}, NEVER),
    ],
    ids=str,
)
def test_next_stair(m, s, fields, at):
    """The share of new rows takes its next stair while old code meets them."""
    w = s.world
    w.schema_change, w.rates[sums.WRITES_NEW], w.sums[sums.WRITES_NEW] = MISMATCH, 0.25, 0.5
    for name, value in fields.items():
        setattr(w, name, value)
    set_row_timer(m, s)
    assert w.timers[timers.ROWS] == at
