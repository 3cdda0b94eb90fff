"""What a bad release does over time. Whatever grows, grows in ten equal stairs."""

STAIRS = 10

TASK_RUNNING = 0
AT_FULL_TRAFFIC = 1
AT_COMMAND = 2


def stair_after(stair: int, ramp: float) -> int:
    """The next stair of a fault; without a ramp the first is the last.

    >>> stair_after(0, 0.0), stair_after(0, 60.0), stair_after(9, 60.0)
    (10, 1, 10)
    """
    return STAIRS if ramp <= 0.0 else min(STAIRS, stair + 1)


def first_stair(start: float, ramp: float) -> float:
    """When the first stair is reached."""
    return start + (ramp / STAIRS if ramp > 0.0 else 0.0)


def next_stair(now: float, stair: int, ramp: float, never: float) -> float:
    """When the stair after this one is reached; ``never`` past the last."""
    return now + ramp / STAIRS if stair < STAIRS else never


def error_share(rate: float, stairs: int, targets: int) -> float:
    """Mean error share of targets that stand on so many stairs together.

    >>> error_share(0.3, 10, 1), error_share(0.3, 30, 6)
    (0.3, 0.15)
    """
    return rate * (stairs / (STAIRS * targets)) if targets > 0 else 0.0


def combined(first: float, second: float) -> float:
    """Two independent causes of failure together.

    >>> combined(0.5, 0.5), combined(0.0, 0.2)
    (0.75, 0.2)
    """
    if first == 0.0:
        return second
    return 1.0 - (1.0 - first) * (1.0 - second)


def crashes_at(
    running: float, drawn: float, probability: float, after: float, never: float
) -> float:
    """When a task crashes, counted from RUNNING; ``never`` if its draw spares it."""
    return running + after if drawn < probability else never
