"""Overload is a queue, not a haircut: a first-in-first-out backlog per target.

``backlog`` b is in requests, ``offered`` a and ``capacity`` c are requests/s per target, ``full``
is c x client_timeout: who arrives behind more work than that has left before being served, and
the target works for clients who are gone. Goodput then falls to about zero and stays there until
the backlog is gone.
"""

from simdeploy.semantics.state import NEVER

#: Times this, a number grows by as little as it can.
NEXT = 1.0 + 2.220446049250313e-16


def queue_slope(backlog: float, offered: float, capacity: float) -> float:
    """Requests/s by which the backlog grows (negative: shrinks).

    >>> queue_slope(0.0, 50.0, 60.0), queue_slope(10.0, 50.0, 60.0), queue_slope(0.0, 70.0, 60.0)
    (0.0, -10.0, 10.0)
    """
    return offered - capacity if backlog > 0.0 or offered > capacity else 0.0


def is_losing(backlog: float, offered: float, capacity: float, full: float) -> bool:
    """Whether who arrives now will have left before being served."""
    return backlog > full or (backlog == full and offered > capacity)


def is_waiting_longer(backlog: float, offered: float, capacity: float, level: float) -> bool:
    """Whether who arrives now waits behind more than ``level`` requests."""
    return backlog > level or (backlog == level and offered > capacity)


def next_level(slope: float, below: float, above: float) -> float:
    """The next bound that the backlog meets, given its neighbors; never (infinite) for none."""
    if slope > 0.0:
        return above
    return below if slope < 0.0 else NEVER


def queue_next(
    backlog: float, offered: float, capacity: float, below: float, above: float
) -> float:
    """Seconds until the backlog crosses a bound; never if it does not.

    ``below`` and ``above`` are the bounds next to the backlog: 0, or a waiting time at which
    something changes for who arrives, times the capacity.

    >>> queue_next(0.0, 70.0, 60.0, 0.0, 60.0), queue_next(30.0, 50.0, 60.0, 0.0, 600.0)
    (6.0, 3.0)
    """
    slope = queue_slope(backlog, offered, capacity)
    level = next_level(slope, below, above)
    return (level - backlog) / slope if level < NEVER else NEVER


def crossing_at(now: float, wait: float) -> float:
    """When a backlog meets its bound; later than now, however little is left.

    A wait that the clock cannot tell from none would be waited for again and again.

    >>> crossing_at(100.0, 3.0), crossing_at(100.0, 1e-20) > 100.0
    (103.0, True)
    """
    at = now + wait
    return at if at > now else now * NEXT


def queue_after(
    backlog: float,
    offered: float,
    capacity: float,
    below: float,
    above: float,
    start: float,
    end: float,
) -> float:
    """The backlog at ``end``; a crossing lands exactly on its bound."""
    slope = queue_slope(backlog, offered, capacity)
    level = next_level(slope, below, above)
    if level < NEVER and start + (level - backlog) / slope <= end:
        return level
    return backlog + slope * (end - start)


def clamped(backlog: float, full: float, cancels_abandoned: bool) -> float:
    """Where the server drops work whose client has left, the backlog never exceeds ``full``."""
    return min(backlog, full) if cancels_abandoned else backlog


def sound_share(backlog: float, front: float, front_share: float, share: float) -> float:
    """Share of a line's requests whose failure is not counted yet.

    A line consists of those in ``front``, of whom ``front_share`` will be answered if all goes on
    as it does, and of those behind, of whom it is ``share``: what it is for who arrives now.

    >>> sound_share(40.0, 30.0, 0.0, 1.0), sound_share(0.0, 0.0, 0.0, 0.7)
    (0.25, 0.7)
    """
    if backlog <= 0.0:
        return share
    return (front * front_share + (backlog - front) * share) / backlog


def front_after(front: float, gone: float, backlog: float) -> float:
    """How many of those in front are left once ``gone`` have left a line of now ``backlog``.

    >>> front_after(30.0, 10.0, 40.0), front_after(30.0, 31.0, 40.0), front_after(30.0, 0.0, 20.0)
    (20.0, 0.0, 20.0)
    """
    return max(0.0, min(front - gone, backlog))


def lost_waiting(
    backlog: float, front: float, front_share: float, share: float, served: float
) -> float:
    """Sound requests of one target's line that are lost when only ``served`` more get their turn.

    >>> lost_waiting(100.0, 0.0, 0.0, 1.0, 60.0), lost_waiting(40.0, 30.0, 0.0, 1.0, 0.0)
    (40.0, 10.0)
    """
    in_front = max(0.0, front - served)
    behind = max(0.0, backlog - served) - in_front
    return in_front * front_share + behind * share
