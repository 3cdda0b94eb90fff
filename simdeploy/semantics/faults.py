"""Faults of a release over time. Ramps are staircases of ten equal steps.

Faults are part of the scenario: what they do is a definition, not a fact about AWS. Several faults
of one kind combine to one staircase of error levels. A level is a whole number of parts of 2**48,
so that the levels of many tasks add up to the same sum in any order.
"""

STAIRS = 10
#: Parts of a whole share.
PARTS = 281474976710656

#: The origin of time of a staircase of errors.
TASK_RUNNING = 0
AT_FULL_TRAFFIC = 1
AT_COMMAND = 2


def step_time(start: float, ramp: float, stair: int) -> float:
    """Time at which a ramp reaches a step; without a ramp every step is reached at ``start``.

    Definition: steps are added up, so that both engines round alike.

    >>> step_time(5.0, 0.0, 1), step_time(0.0, 100.0, 3)
    (5.0, 30.0)
    """
    at = start
    for _ in range(stair):
        at = at + ramp / STAIRS
    return at


def steps_of(ramp: float) -> int:
    """Number of steps of a ramp. Definition: 10, or 1 without a ramp."""
    return STAIRS if ramp > 0.0 else 1


def parts_of(share: float) -> int:
    """Convert a share to a whole number of parts of 2**48. Arithmetic: integers do not round."""
    return int(share * PARTS + 0.5)


def error_share(parts: int, targets: int) -> float:
    """Mean error share of targets whose levels add up to ``parts``; 0 without targets.

    Arithmetic.

    >>> error_share(parts_of(0.25), 1), error_share(3 * parts_of(0.5), 6)
    (0.25, 0.25)
    """
    return parts / (PARTS * targets) if targets > 0 else 0.0


def combined(first: float, second: float) -> float:
    """Probability that at least one of two independent causes occurs. Arithmetic.

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
    """Time of a task's crash, ``after`` seconds from RUNNING; ``never`` if its draw is too large.

    Definition of the faults ``boot_crash`` and ``crash``.
    """
    return running + after if drawn < probability else never


def starved_share(per_task: int, limit: int, tasks: int, new_tasks: int) -> float:
    """Share of the new tasks' requests that get no database connection.

    Each of ``tasks`` takes ``per_task`` connections, the oldest first, up to the ``limit`` of the
    database (0: no limit). Definition of the fault ``connections``.

    >>> starved_share(100, 800, 12, 6), starved_share(100, 1200, 12, 6), starved_share(100, 0, 9, 3)
    (0.6666666666666666, 0.0, 0.0)
    """
    if per_task <= 0 or limit <= 0 or new_tasks <= 0:
        return 0.0
    return min(1.0, max(0, per_task * tasks - limit) / (per_task * new_tasks))


def admitted(offered: float, limit: float) -> float:
    """Requests/s that a target admits; it answers 429 to those beyond its limit (0: no limit).

    Definition of the fault ``throttle``: at once, without a worker.

    >>> admitted(50.0, 20.0), admitted(10.0, 20.0), admitted(50.0, 0.0)
    (20.0, 10.0, 50.0)
    """
    return min(offered, limit) if limit > 0.0 else offered


def observable_faults(kinds: int, flagged: int, new_ran: bool, exposed: bool) -> int:
    """Faults, as bits, that a smoke test can observe now: none before a new task has run.

    Definition: with the feature flag off (not ``exposed``), faults behind it do not occur.

    ``kinds`` and ``flagged`` are bit masks: all faults of the release, and those of them that only
    code behind a feature flag has, which show once the flag exposes it.

    >>> [observable_faults(0b1001, 0b1000, ran, not ran) for ran in (False, True)]
    [0, 1]
    """
    if not new_ran:
        return 0
    return kinds if exposed else kinds & ~flagged
