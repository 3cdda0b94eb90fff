"""Who can read and write what, while two revisions share one database.

A request touches the changed table with some share, and meets a row that it cannot read with
another; two flags tell what the change has done: rows in the new shape exist, the old shape is
gone. Flags outlive a rollback unless the change is reversible.
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
    """What a change comes to after those of earlier releases of a chain.

    Who writes both shapes (expanded) hurts no reader of the new one; who has stopped reading the
    old shape (migrated) does not miss it.

    >>> effective(MIGRATE, True, False) == EXPAND, effective(CONTRACT, False, True) == EXPAND
    (True, True)
    >>> effective(CONTRACT, True, False) == CONTRACT
    True
    """
    if (change == MIGRATE and expanded) or (change == CONTRACT and migrated):
        return EXPAND
    return change


def applied(shape: Shape) -> Shape:
    """The change takes effect: old rows are gone (contract, destructive), new ones may exist."""
    gone = shape.change in (CONTRACT, DESTRUCTIVE)
    rows = shape.new_rows or shape.change == MIGRATE
    return Shape(shape.change, rows, shape.old_gone or gone, shape.repaired)


def written(shape: Shape) -> Shape:
    """A task of the new revision wrote its first row."""
    return Shape(
        shape.change, shape.new_rows or shape.change == MISMATCH, shape.old_gone, shape.repaired
    )


def undone(shape: Shape, reversible: bool) -> Shape:
    """After a rollback: a reversible change is taken back, any other stays."""
    if reversible:
        return Shape(shape.change, False, False, shape.repaired)
    return shape


def failing_share(
    shape: Shape, revision: int, touches: float, meets: float, old_writes: bool
) -> float:
    """Share of a revision's requests that meet data it cannot read.

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
    """Share of a writer's requests whose rows the reader at the horizon cannot read.

    >>> unreadable_share(Shape(CONTRACT, False, False, False), NEW, 0, 0.2)
    0.0
    """
    if shape.repaired or writer == reader:
        return 0.0
    if writer == NEW:
        return touches if shape.change == MISMATCH or shape.old_gone else 0.0
    return touches if shape.change == MIGRATE else 0.0
