"""Schema changes: which revision can read which rows while both share one database.

A request touches the changed table with probability ``touches``, and then meets a row that it
cannot read with probability ``meets``. Two flags hold the state of the change: rows in the new
shape exist, and the old shape is gone. A rollback keeps both, unless the change is reversible.

Definitions: the kinds of change follow the pattern "expand and contract" (parallel change).
"""

from simdeploy.semantics.state import NEVER, NEW, Shape

NO_CHANGE = 0
EXPAND = 1
MISMATCH = 2
MIGRATE = 3
CONTRACT = 4
DESTRUCTIVE = 5

BEFORE_COMMAND = 0
FIRST_NEW_TASK = 1
FULL_TRAFFIC = 2


#: New rows up to the first stair, as a share of those read, and the growth from stair to stair.
FIRST_STAIR = 2.44140625e-4
GROWTH = 1.125
#: After this stair the share counts as constant: 10,000 times as many new rows as those read.
STAIRS = 150


def stair_bound(rows_read: float, stair: int) -> float:
    """New rows at which a stair ends: the count of them grows from stair to stair by an eighth.

    Definition: what grows does so in stairs, between which all rates are constant.

    >>> stair_bound(4096.0, 0), stair_bound(4096.0, 2)
    (1.0, 1.265625)
    """
    bound = rows_read * FIRST_STAIR
    for _ in range(stair):
        bound = bound * GROWTH
    return bound


def share_among(new_rows: float, rows_read: float) -> float:
    """Share of new rows among those that requests read. Definition.

    A canary of 10 % for 150 s at 200 requests/s, a fifth of which write, writes 600 rows; an hour
    of all writes are 144,000.

    >>> round(share_among(600.0, 144000.0), 6), share_among(0.0, 0.0), share_among(5.0, 0.0)
    (0.004149, 0.0, 1.0)
    """
    return new_rows / (new_rows + rows_read) if new_rows > 0.0 else 0.0


def new_row_share(new_rows: float, rows_read: float, stair: int, growing: bool) -> float:
    """Share of new rows among those that requests read, now: while it grows, in a stair's middle.

    Definition, as `share_among`.

    >>> new_row_share(600.0, 144000.0, 0, False) == share_among(600.0, 144000.0)
    True
    >>> new_row_share(0.0, 4096.0, 0, True) == share_among(0.5, 4096.0)
    True
    """
    if rows_read <= 0.0:
        return 1.0 if growing or new_rows > 0.0 else 0.0
    if not growing:
        return share_among(new_rows, rows_read)
    before = stair_bound(rows_read, stair - 1) if stair > 0 else 0.0
    return share_among(0.5 * (before + stair_bound(rows_read, stair)), rows_read)


def next_stair_in(new_rows: float, rows_read: float, stair: int, rate: float) -> float:
    """Seconds until the new rows, written at a rate, reach the end of a stair. Arithmetic.

    >>> next_stair_in(0.5, 4096.0, 0, 0.25), next_stair_in(0.5, 4096.0, 0, 0.0)
    (2.0, inf)
    """
    if rate <= 0.0 or rows_read <= 0.0 or stair >= STAIRS:
        return NEVER
    return max(0.0, (stair_bound(rows_read, stair) - new_rows) / rate)


def effective(change: int, expanded: bool, migrated: bool) -> int:
    """Effective kind of a change after those of earlier releases of a chain. Definition.

    After an expand release the old revision writes both shapes, so that a migration breaks no
    reader. After a migration no revision reads the old shape, so that a contraction breaks none.

    >>> effective(MIGRATE, True, False) == EXPAND, effective(CONTRACT, False, True) == EXPAND
    (True, True)
    >>> effective(CONTRACT, True, False) == CONTRACT
    True
    """
    if (change == MIGRATE and expanded) or (change == CONTRACT and migrated):
        return EXPAND
    return change


def after_apply(shape: Shape) -> Shape:
    """State after the change takes effect. Definition.

    The old shape is gone after contract and destructive; new rows exist after migrate.
    """
    gone = shape.change in (CONTRACT, DESTRUCTIVE)
    rows = shape.new_rows or shape.change == MIGRATE
    return Shape(shape.change, rows, shape.old_gone or gone, shape.repaired)


def after_first_write(shape: Shape) -> Shape:
    """State after the new revision has written its first row. Definition."""
    return Shape(
        shape.change, shape.new_rows or shape.change == MISMATCH, shape.old_gone, shape.repaired
    )


def after_rollback(shape: Shape, reversible: bool) -> Shape:
    """State after a rollback: a reversible change is reverted, any other stays. Definition."""
    if reversible:
        return Shape(shape.change, False, False, shape.repaired)
    return shape


def failing_share(
    shape: Shape, revision: int, touches: float, meets: float, old_writes: bool, new_share: float
) -> float:
    """Share of a revision's requests that fail on data it cannot read. Definition.

    ``new_share`` is the share of new rows among those that requests read.

    >>> failing_share(Shape(MISMATCH, True, False, False), 0, 0.2, 0.5, True, 0.5)
    0.05
    >>> failing_share(Shape(DESTRUCTIVE, False, True, False), 0, 0.2, 0.5, True, 0.0)
    0.2
    >>> failing_share(Shape(MIGRATE, True, False, False), 1, 0.2, 0.5, False, 0.0)
    0.0
    """
    if shape.repaired:
        return 0.0
    if revision == NEW:
        return touches * meets if shape.change == MIGRATE and old_writes else 0.0
    if shape.old_gone:
        return touches
    return touches * meets * new_share if shape.change == MISMATCH and shape.new_rows else 0.0


def unreadable_share(shape: Shape, writer: int, reader: int, touches: float) -> float:
    """Share of a writer's requests whose rows the reader at the horizon cannot read. Definition.

    >>> unreadable_share(Shape(CONTRACT, False, False, False), NEW, 0, 0.2)
    0.0
    """
    if shape.repaired or writer == reader:
        return 0.0
    if writer == NEW:
        return touches if shape.change == MISMATCH or shape.old_gone else 0.0
    return touches if shape.change == MIGRATE else 0.0
