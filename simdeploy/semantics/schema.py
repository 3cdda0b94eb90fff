"""Schema changes: which revision can read which rows while both share one database.

A request touches the changed table with probability ``touches``, and then meets a row that it
cannot read with probability ``meets``. Two flags hold the state of the change: rows in the new
shape exist, and the old shape is gone. A rollback keeps both, unless the change is reversible.

Definitions: the kinds of change follow the pattern "expand and contract" (parallel change).
"""

from simdeploy.semantics.state import NEW, Shape

NO_CHANGE = 0
EXPAND = 1
MISMATCH = 2
MIGRATE = 3
CONTRACT = 4
DESTRUCTIVE = 5

BEFORE_COMMAND = 0
FIRST_NEW_TASK = 1
FULL_TRAFFIC = 2


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
    shape: Shape, revision: int, touches: float, meets: float, old_writes: bool
) -> float:
    """Share of a revision's requests that fail on data it cannot read. Definition.

    >>> failing_share(Shape(MISMATCH, True, False, False), 0, 0.2, 0.5, True)
    0.1
    >>> failing_share(Shape(DESTRUCTIVE, False, True, False), 0, 0.2, 0.5, True)
    0.2
    >>> failing_share(Shape(MIGRATE, True, False, False), 1, 0.2, 0.5, False)
    0.0
    """
    if shape.repaired:
        return 0.0
    if revision == NEW:
        return touches * meets if shape.change == MIGRATE and old_writes else 0.0
    if shape.old_gone:
        return touches
    return touches * meets if shape.change == MISMATCH and shape.new_rows else 0.0


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
