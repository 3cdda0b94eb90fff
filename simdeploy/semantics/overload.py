"""Overload is a FIFO backlog per target: requests beyond capacity wait instead of being dropped.

``backlog`` b is in requests, ``offered`` a and ``capacity`` c are in requests/s per target.
``full`` is c x (client_timeout - request time): clients whose requests arrive behind a larger
backlog leave before they are answered, and the target works for clients that have left. Goodput
then falls to about zero and stays there until the backlog is drained.

Source: a fluid queue, db/dt = a - c while b > 0; all rules are its arithmetic. Assumption: targets
serve in order of arrival.
"""

from math import sqrt

from simdeploy.semantics.numeric import TIE, exceeds
from simdeploy.semantics.state import NEVER

#: Factor by which a float grows by the least possible amount.
NEXT = 1.0 + 2.220446049250313e-16


def backlog_at(limit: float, request_time: float, capacity: float) -> float:
    """Backlog behind which a new request is answered ``limit`` seconds after its arrival.

    Arithmetic: it waits for backlog / capacity, then takes its own mean time (of
    28 requests/s at 20/s, each of 0.1 s, those after 2.25 s are answered after more than 1 s).

    >>> backlog_at(1.0, 0.1, 20.0) / (28.0 - 20.0), backlog_at(0.05, 0.1, 20.0)
    (2.25, 0.0)
    """
    return capacity * max(0.0, limit - request_time)


def table_place(utilization: float, cells: int) -> float:
    """Place of a utilization in a table whose entries lie closer together near 1. Arithmetic.

    Entry k of ``cells`` + 1 stands for 1 - (1 - k / cells)**2.

    >>> table_place(0.0, 64), table_place(0.75, 64), table_place(1.0, 64)
    (0.0, 32.0, 64.0)
    """
    return cells * (1.0 - sqrt(max(0.0, 1.0 - utilization)))


def is_queueing(backlog: float, offered: float, capacity: float) -> bool:
    """Whether arrivals wait in a backlog, instead of by chance alone. Arithmetic.

    A rate that is the capacity up to rounding fills no backlog.

    >>> is_queueing(0.0, 60.0, 60.0), is_queueing(0.1, 50.0, 60.0), is_queueing(0.0, 70.0, 60.0)
    (False, True, True)
    >>> is_queueing(0.0, 200.0 * (0.1 + 0.2), 60.0)
    False
    """
    return backlog > 0.0 or exceeds(offered, capacity)


def chance_utilization(backlog: float, offered: float, capacity: float) -> float:
    """Utilization whose steady state gives how long requests wait by chance.

    Up to full load the target's own; 0 behind a backlog that does not grow. Above full load, at
    u = offered / capacity, the wait is the backlog's and a part by chance. Its mean rises to
    v / (2 (u - 1)), that of the steady state at 1 - (u - 1), where v is the variance that a wait
    gains per second. Source: reflected Brownian motion (Harrison 1985). Until the backlog is as
    long, the part's mean over time is 0.54 of that (numeric integral). Assumption: it is one half
    of it, as in the steady state at 1 - 2 (u - 1), until all requests wait too long.

    >>> [round(chance_utilization(0.0, rate, 60.0), 9) for rate in (45.0, 60.0, 60.6, 90.0, 120.0)]
    [0.75, 1.0, 0.98, 0.0, 0.0]
    >>> chance_utilization(30.0, 45.0, 60.0), round(chance_utilization(30.0, 60.6, 60.0), 9)
    (0.0, 0.98)
    """
    if exceeds(offered, capacity):
        return max(0.0, 3.0 - 2.0 * offered / capacity) if capacity > 0.0 else 0.0
    if backlog > 0.0:
        return 0.0
    return min(1.0, offered / capacity) if capacity > 0.0 else 1.0


def chance_level(growth: float, offered: float, capacity: float) -> float:
    """Backlog above which it, and not chance, gives the latency of new requests.

    It is as long a wait as the mean of the steady state of `chance_utilization`, v / (4 (u - 1));
    ``growth`` is v, s of wait squared per s. Arithmetic: 61/s on 60/s are 1/60 s of work too many a
    second, 0.02 / (4 / 60) is 0.3 s of wait, for 18 requests.

    >>> round(chance_level(0.02, 61.0, 60.0), 9), chance_level(0.02, 59.0, 60.0)
    (18.0, 0.0)
    """
    if not exceeds(offered, capacity) or capacity <= 0.0:
        return 0.0
    return 0.25 * growth * capacity * capacity / (offered - capacity)


def queue_slope(backlog: float, offered: float, capacity: float) -> float:
    """Growth of the backlog in requests/s, negative if it shrinks. Arithmetic.

    >>> queue_slope(0.0, 50.0, 60.0), queue_slope(10.0, 50.0, 60.0), queue_slope(0.0, 70.0, 60.0)
    (0.0, -10.0, 10.0)
    """
    slope = offered - capacity
    if abs(slope) <= TIE * capacity:
        return 0.0
    return slope if is_queueing(backlog, offered, capacity) else 0.0


def is_waiting_longer(backlog: float, offered: float, capacity: float, level: float) -> bool:
    """Whether requests that arrive now wait behind more than ``level`` others. Arithmetic."""
    return backlog > level or (backlog == level and exceeds(offered, capacity))


def next_level(slope: float, below: float, above: float) -> float:
    """Next bound that the backlog reaches, given its neighbors; ``NEVER`` if none. Arithmetic."""
    if slope > 0.0:
        return above
    return below if slope < 0.0 else NEVER


def queue_next(
    backlog: float, offered: float, capacity: float, below: float, above: float
) -> float:
    """Seconds until the backlog reaches a bound; ``NEVER`` if it does not. Arithmetic.

    ``below`` and ``above`` are the bounds next to the backlog: 0, or the capacity times a waiting
    time at which the outcome of new arrivals changes.

    >>> queue_next(0.0, 70.0, 60.0, 0.0, 60.0), queue_next(30.0, 50.0, 60.0, 0.0, 600.0)
    (6.0, 3.0)
    """
    return next_at_slope(backlog, queue_slope(backlog, offered, capacity), below, above)


def next_at_slope(backlog: float, slope: float, below: float, above: float) -> float:
    """Seconds until a backlog that grows by ``slope`` requests/s reaches a bound, as `queue_next`.

    Arithmetic.

    >>> next_at_slope(30.0, -10.0, 0.0, 600.0), next_at_slope(30.0, 0.0, 0.0, 600.0)
    (3.0, inf)
    """
    level = next_level(slope, below, above)
    return (level - backlog) / slope if level < NEVER else NEVER


def crossing_at(now: float, wait: float) -> float:
    """Time at which a backlog reaches its bound, always later than ``now``.

    Arithmetic: a wait below the resolution of the clock would make the engine loop forever.

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
    """Backlog at ``end``; if it reaches a bound before, exactly that bound. Arithmetic."""
    slope = queue_slope(backlog, offered, capacity)
    level = next_level(slope, below, above)
    if level < NEVER and start + (level - backlog) / slope <= end:
        return level
    return backlog + slope * (end - start)


def limited_backlog(backlog: float, full: float, cancels_abandoned: bool) -> float:
    """Backlog, at most ``full`` if the server drops requests that it cannot answer in time.

    Assumption: key ``cancels_abandoned`` of the service. Only what arrives beyond the capacity is
    lost then.
    """
    return min(backlog, full) if cancels_abandoned else backlog


def backlog_left(backlog: float, capacity: float, seconds: float) -> float:
    """Backlog of a target to which nothing more comes, ``seconds`` later. Arithmetic.

    >>> backlog_left(100.0, 30.0, 2.0), backlog_left(100.0, 30.0, 4.0)
    (40.0, 0.0)
    """
    return max(0.0, backlog - capacity * seconds)


def success_of_queue(backlog: float, front: float, front_success: float, success: float) -> float:
    """Success probability of the queued requests: weighted mean of the front part and the rest.

    The ``front`` requests of the queue succeed with ``front_success`` if nothing changes, those
    behind them with ``success``, as new arrivals do. Arithmetic.

    >>> success_of_queue(40.0, 30.0, 0.0, 1.0), success_of_queue(0.0, 0.0, 0.0, 0.7)
    (0.25, 0.7)
    """
    if backlog <= 0.0:
        return success
    return (front * front_success + (backlog - front) * success) / backlog


def front_after(front: float, served: float, backlog: float) -> float:
    """Size of the front part after ``served`` requests have left a queue of now ``backlog``.

    Arithmetic: a FIFO queue serves the front part first.

    >>> front_after(30.0, 10.0, 40.0), front_after(30.0, 31.0, 40.0), front_after(30.0, 0.0, 20.0)
    (20.0, 0.0, 20.0)
    """
    return max(0.0, min(front - served, backlog))


def spread_added(targets: int, backlog: float, others: int, other_backlog: float) -> float:
    """What is added to the sum of squares if queues of two lengths all get the mean. Arithmetic.

    Ward's criterion: (3 x 10 + 1 x 14) / 4 = 11, and 3 x 1**2 + 1 x 3**2 = 12.

    >>> spread_added(3, 10.0, 1, 14.0)
    12.0
    """
    apart = backlog - other_backlog
    return targets * others / max(1, targets + others) * apart * apart


def lost_from_queue(
    backlog: float, front: float, front_success: float, success: float, served: float
) -> float:
    """Requests lost from a queue that would have succeeded, if it ends after ``served`` more.

    Arithmetic: requests that fail anyway were counted on arrival and are not lost again.

    >>> lost_from_queue(100.0, 0.0, 0.0, 1.0, 60.0), lost_from_queue(40.0, 30.0, 0.0, 1.0, 0.0)
    (40.0, 10.0)
    """
    in_front = max(0.0, front - served)
    behind = max(0.0, backlog - served) - in_front
    return in_front * front_success + behind * success
