"""Schema changes: which revision can read which rows while two revisions share one database."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.schema import (
    BEFORE_COMMAND,
    CONTRACT,
    DESTRUCTIVE,
    EXPAND,
    FIRST_NEW_TASK,
    FULL_TRAFFIC,
    MIGRATE,
    MISMATCH,
    NO_CHANGE,
    STAIRS,
    after_apply,
    after_first_write,
    after_rollback,
    effective,
    failing_share,
    new_row_share,
    next_stair_in,
    share_among,
    stair_bound,
    unreadable_share,
)
from simdeploy.semantics.state import NEVER, NEW, OLD, Shape

CHANGES = {
    "none": NO_CHANGE,
    "expand": EXPAND,
    "mismatch": MISMATCH,
    "migrate": MIGRATE,
    "contract": CONTRACT,
    "destructive": DESTRUCTIVE,
}
SHAPES = st.builds(
    Shape, st.sampled_from(list(CHANGES.values())), st.booleans(), st.booleans(), st.booleans()
)
SHARE = st.floats(0, 1)

#: change; then who fails at 20 % touching and half of it meeting, once the change is applied and
#: the new revision writes: old, and new while the old one writes, and new alone.
FAILING = [
    ("none", 0.0, 0.0, 0.0),
    ("expand", 0.0, 0.0, 0.0),
    ("mismatch", 0.1, 0.0, 0.0),
    ("migrate", 0.0, 0.1, 0.0),
    ("contract", 0.2, 0.0, 0.0),
    ("destructive", 0.2, 0.0, 0.0),
]


def test_changes_and_moments_are_numbered_apart():
    """Six changes, applied at one of three moments."""
    assert list(CHANGES.values()) == list(range(6))
    assert (BEFORE_COMMAND, FIRST_NEW_TASK, FULL_TRAFFIC) == (0, 1, 2)


def fresh(change):
    """Return what a change has done before it begins: nothing."""
    return Shape(CHANGES[change], False, False, False)


def serving(change):
    """Return what a change has done when it is applied and the new revision has written."""
    return after_first_write(after_apply(fresh(change)))


@pytest.mark.parametrize(
    ("change", "old", "mixed", "alone"), FAILING, ids=[row[0] for row in FAILING]
)
def test_who_fails(change, old, mixed, alone):
    """Each change hurts one revision at most, and some of them only while both write."""
    shape = serving(change)
    assert failing_share(shape, OLD, 0.2, 0.5, True, 1.0) == pytest.approx(old)
    assert failing_share(shape, NEW, 0.2, 0.5, True, 1.0) == pytest.approx(mixed)
    assert failing_share(shape, NEW, 0.2, 0.5, False, 1.0) == pytest.approx(alone)


@pytest.mark.parametrize("change", CHANGES)
def test_before_anything_is_applied_the_old_revision_is_well(change):
    """A change that is not applied yet breaks no request of the old revision."""
    assert failing_share(fresh(change), OLD, 0.2, 0.5, True, 1.0) == 0


@pytest.mark.parametrize(
    ("change", "rows", "gone"),
    [("none", False, False), ("expand", False, False), ("mismatch", False, False),
     ("migrate", True, False), ("contract", False, True), ("destructive", False, True)],
)  # fmt: skip
def test_what_applying_does(change, rows, gone):
    """A migration rewrites rows, a contraction and a destruction take the old shape away."""
    assert after_apply(fresh(change))[1:3] == (rows, gone)


@pytest.mark.parametrize("change", CHANGES)
def test_only_a_mismatch_waits_for_the_first_row(change):
    """The first row that the old revision cannot read starts to break its requests."""
    before = after_apply(fresh(change))
    assert (after_first_write(before) != before) is (change == "mismatch")


@pytest.mark.parametrize(
    ("change", "expanded", "migrated", "effect"),
    [
        ("migrate", False, False, "migrate"),
        ("migrate", True, False, "expand"),
        ("migrate", False, True, "migrate"),
        ("contract", False, False, "contract"),
        ("contract", True, False, "contract"),
        ("contract", False, True, "expand"),
        ("contract", True, True, "expand"),
        ("expand", True, True, "expand"),
        ("mismatch", True, True, "mismatch"),
        ("destructive", True, True, "destructive"),
        ("none", True, True, "none"),
    ],
)
def test_a_chain_takes_the_sting_out(change, expanded, migrated, effect):
    """Expand, migrate, contract in this order break no request; other orders do."""
    assert effective(CHANGES[change], expanded, migrated) == CHANGES[effect]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("reversible", [False, True])
def test_a_rollback_takes_back_what_is_reversible(change, reversible):
    """Anything else stays: an old revision that is back still meets it."""
    after = after_rollback(serving(change), reversible)
    assert after == (fresh(change) if reversible else serving(change))


@given(SHAPES, SHARE, SHARE, st.booleans(), SHARE)
def test_a_share_fails_of_those_that_touch_the_table(shape, touches, meets, old_writes, new):
    """Requests that do not touch the table succeed, and all do after a repair."""
    for revision in (OLD, NEW):
        share = failing_share(shape, revision, touches, meets, old_writes, new)
        assert 0 <= share <= touches
        repaired = shape._replace(repaired=True)
        assert failing_share(repaired, revision, touches, meets, old_writes, new) == 0


@given(SHAPES)
def test_applying_and_writing_only_ever_add(shape):
    """Both may happen again without another effect, in either order."""
    for first, second in product((after_apply, after_first_write), repeat=2):
        after = second(first(shape))
        assert after.new_rows >= shape.new_rows
        assert after.old_gone >= shape.old_gone
        assert first(second(shape)) == after
        assert first(after) == after


#: change, whether its old shape is gone; then unreadable rows: new ones for old, old ones for new.
UNREADABLE = [
    ("none", False, 0.0, 0.0),
    ("expand", False, 0.0, 0.0),
    ("mismatch", False, 0.2, 0.0),
    ("migrate", False, 0.0, 0.2),
    ("contract", False, 0.0, 0.0),
    ("contract", True, 0.2, 0.0),
    ("destructive", True, 0.2, 0.0),
]


@pytest.mark.parametrize(
    ("change", "gone", "for_old", "for_new"),
    UNREADABLE,
    ids=[f"{row[0]}-{'gone' if row[1] else 'there'}" for row in UNREADABLE],
)
def test_rows_that_nobody_reads_at_the_end(change, gone, for_old, for_new):
    """Rows of the other revision that the one serving at the end cannot read."""
    shape = Shape(CHANGES[change], True, gone, False)
    assert unreadable_share(shape, NEW, OLD, 0.2) == for_old
    assert unreadable_share(shape, OLD, NEW, 0.2) == for_new


@given(SHAPES, SHARE)
def test_everybody_reads_his_own_rows(shape, touches):
    """And a repair makes all rows readable."""
    for writer, reader in product((OLD, NEW), repeat=2):
        share = unreadable_share(shape, writer, reader, touches)
        assert share in (0.0, touches)
        if writer == reader or shape.repaired:
            assert share == 0


def test_new_rows_among_an_hour_of_writes():
    """A canary of 10 % for 150 s at 200/s, a fifth of which write: 600 of 144,600 rows are new."""
    assert share_among(0.1 * 200 * 0.2 * 150, 3600 * 200 * 0.2) == pytest.approx(600 / 144_600)


@given(st.floats(1, 1e9), st.integers(0, STAIRS - 2))
def test_stairs_of_new_rows_rise_by_an_eighth(rows_read, stair):
    """Between the ends of a stair lies the share that stands for it, at most a twelfth off."""
    low = stair_bound(rows_read, stair)
    high = stair_bound(rows_read, stair + 1)
    assert high == pytest.approx(1.125 * low)
    share = new_row_share(0.0, rows_read, stair + 1, True)
    assert share_among(low, rows_read) < share < share_among(high, rows_read)
    assert next_stair_in(low, rows_read, stair + 1, 2.0) == pytest.approx((high - low) / 2.0)


def test_the_last_stair_has_no_end():
    """By then nearly all rows are new; without old rows all are from the first one on."""
    assert next_stair_in(0.0, 100.0, STAIRS, 1.0) == NEVER
    assert new_row_share(0.0, 100.0, STAIRS, True) > 0.9999
    assert [new_row_share(rows, 0.0, 0, False) for rows in (0.0, 1.0)] == [0.0, 1.0]
    assert new_row_share(0.0, 0.0, 0, True) == 1.0
    assert next_stair_in(1.0, 0.0, 0, 1.0) == NEVER
