"""The operator on call, in parallel with every automatic signal.

The process starts when enough arrivals fail or are slow, or when a deployment hangs for longer than
the operator's patience. Noticing, deciding and typing then take a random time each. A problem that
ends by itself ends the process.

Assumption: no published source; the distributions are keys of the scenario's operator.
"""

IDLE = 0
NOTICES = 1
DECIDES = 2
TYPES = 3
DONE = 4


#: Effect of the first rollback command.
WORKS = 0
REFUSED = 1
SAME_IMAGE = 2
IMAGE_GONE = 3


def has_effect(first_command: int, commands: int) -> bool:
    """Whether rollback command number ``commands``, counted from 0, starts a rollback.

    A refused command has no effect, nor has a command that deploys the image that already runs.
    If the old image is gone, the rollback starts and its tasks fail to start. Assumption: key
    ``first_command`` of the operator; later commands always work.

    >>> has_effect(REFUSED, 0), has_effect(REFUSED, 1), has_effect(IMAGE_GONE, 0)
    (False, True, True)
    """
    return commands > 0 or first_command in (WORKS, IMAGE_GONE)


def starts_clock(state: int, troubled: bool, undone: bool) -> bool:
    """Whether an idle operator starts to notice a problem. Definition.

    >>> starts_clock(IDLE, True, False), starts_clock(DONE, True, False)
    (True, False)
    """
    return state == IDLE and troubled and not undone


def decides_against(troubled: bool, impatient: bool, possible: bool) -> bool:
    """Whether the operator decides against a rollback: it is impossible, or the problem is over.

    Definition.

    >>> decides_against(True, False, True), decides_against(False, False, True)
    (False, True)
    """
    return not possible or not (troubled or impatient)
