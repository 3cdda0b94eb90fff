"""The person on call, who races every automatic signal.

The clock starts when enough arrivals fail or are slow, or when a deployment hangs for longer than
the person's patience; then noticing, deciding and typing each take their time. Trouble that
passes by itself stops the clock.
"""

IDLE = 0
NOTICES = 1
DECIDES = 2
TYPES = 3
DONE = 4


#: What the first command to roll back does.
WORKS = 0
REFUSED = 1
SAME_IMAGE = 2
IMAGE_GONE = 3


def has_effect(first_command: int, commands: int) -> bool:
    """Whether a command, the first having number 0, rolls anything back.

    A refused one does nothing, nor does one that deploys the image that is already there; where
    the old image is gone, the rollback begins and its tasks cannot start.

    >>> has_effect(REFUSED, 0), has_effect(REFUSED, 1), has_effect(IMAGE_GONE, 0)
    (False, True, True)
    """
    return commands > 0 or first_command in (WORKS, IMAGE_GONE)


def starts_clock(state: int, troubled: bool, undone: bool) -> bool:
    """Whether an idle operator begins to notice.

    >>> starts_clock(IDLE, True, False), starts_clock(DONE, True, False)
    (True, False)
    """
    return state == IDLE and troubled and not undone


def stands_down(troubled: bool, impatient: bool, possible: bool) -> bool:
    """Whether the decision is to do nothing: nothing left to undo, or nothing wrong any more.

    >>> stands_down(True, False, True), stands_down(False, False, True)
    (False, True)
    """
    return not possible or not (troubled or impatient)
