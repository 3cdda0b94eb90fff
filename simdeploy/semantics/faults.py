"""What a bad release does over time. Whatever grows, grows in ten equal stairs.

Several faults of one kind add up to a staircase of levels; a level is a whole number of parts of
2**48, so that the levels of many tasks add up to the same sum in any order.
"""

STAIRS = 10
#: Parts of a whole share.
PARTS = 281474976710656

#: What a staircase of errors counts from.
TASK_RUNNING = 0
AT_FULL_TRAFFIC = 1
AT_COMMAND = 2


def stair_time(start: float, ramp: float, stair: int) -> float:
    """When a stair of a ramp is reached; without a ramp the first is the last.

    >>> stair_time(5.0, 0.0, 1), stair_time(0.0, 100.0, 3)
    (5.0, 30.0)
    """
    at = start
    for _ in range(stair):
        at = at + ramp / STAIRS
    return at


def stairs_of(ramp: float) -> int:
    """How many stairs a ramp has."""
    return STAIRS if ramp > 0.0 else 1


def parts_of(share: float) -> int:
    """A share as a whole number of parts."""
    return int(share * PARTS + 0.5)


def error_share(parts: int, targets: int) -> float:
    """Mean error share of targets whose levels add up to so many parts.

    >>> error_share(parts_of(0.25), 1), error_share(3 * parts_of(0.5), 6)
    (0.25, 0.25)
    """
    return parts / (PARTS * targets) if targets > 0 else 0.0


def combined(first: float, second: float) -> float:
    """Two independent causes of failure together.

    >>> combined(0.5, 0.5), combined(0.0, 0.2)
    (0.75, 0.2)
    """
    if first == 0.0:
        return second
    if second == 0.0:
        return first
    return 1.0 - (1.0 - first) * (1.0 - second)


def crashes_at(
    running: float, drawn: float, probability: float, after: float, never: float
) -> float:
    """When a task crashes, counted from RUNNING; ``never`` if its draw spares it."""
    return running + after if drawn < probability else never


def starved_share(per_task: int, most: int, tasks: int, of_new: int) -> float:
    """Share of the new tasks' requests that find no connection.

    Every task holds ``per_task`` connections, oldest first; ``most`` are to be had (0: no limit).

    >>> starved_share(100, 800, 12, 6), starved_share(100, 1200, 12, 6), starved_share(100, 0, 9, 3)
    (0.6666666666666666, 0.0, 0.0)
    """
    if per_task <= 0 or most <= 0 or of_new <= 0:
        return 0.0
    return min(1.0, max(0, per_task * tasks - most) / (per_task * of_new))


def shown(kinds: int, flagged: int, new_ran: bool, exposed: bool) -> int:
    """The faults that a test at this moment could meet: none before a new task has run.

    ``kinds`` and ``flagged`` are bit masks: all faults of the release, and those of them that only
    code behind a feature flag has, which show once the flag exposes it.

    >>> shown(0b1001, 0b1000, False, True), shown(0b1001, 0b1000, True, False)
    (0, 1)
    """
    if not new_ran:
        return 0
    return kinds if exposed else kinds & ~flagged
