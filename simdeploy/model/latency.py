"""Latency of a run: a histogram by pace, of utilizations and, where there was a backlog, answers.

Counts are linear in time: an interval of constant state gives the same counts as its parts.
"""

from simdeploy.model.constants import ANSWERS, CLASSES, EDGES, UTILIZATIONS
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.requests import target_worked_rate
from simdeploy.semantics.overload import chance_level, chance_utilization, table_place

#: Classes that are tried near another one before all of them are searched.
NEAR = 8


def record_latency(
    m: ScenarioRecord, s: RunState, k: int, pace: int, before: float, dt: float
) -> None:
    """Add the requests served in an interval to the latency classes of their pace.

    Behind the clients' patience none are. ``before`` is the backlog at its begin, that of the
    cohort the one at its end.
    """
    c = s.cohorts[k]
    served = c.served_rate * dt
    if served == 0.0:
        return
    if before > 0.0 or c.backlog > 0.0:
        a = target_worked_rate(m, s, k)
        level = chance_level(m.wait_growth[pace], a, m.capacity[pace])
        record_waits(m, s, k, pace, a, level, before, served)
    else:
        j, upper = utilization_class(c.utilization)
        add_served(s, pace, j, upper, served)


def record_waits(
    m: ScenarioRecord,
    s: RunState,
    k: int,
    pace: int,
    a: float,
    level: float,
    before: float,
    served: float,
) -> None:
    """Add the requests ``served`` in an interval in which a cohort has a backlog.

    Each of its targets works on ``a`` requests per second; behind less than ``level`` they wait by
    chance.
    """
    c = s.cohorts[k]
    if before < level:
        part = 1.0
        if c.backlog > level:
            part = (level - before) / (c.backlog - before)
        j, upper = utilization_class(chance_utilization(before, a, m.capacity[pace]))
        add_served(s, pace, j, upper, served * part)
        if part >= 1.0:
            return
        before = level
        served -= served * part
    s.world.has_waited = 1
    own = m.request_seconds[pace]
    first = before / m.capacity[pace] + own
    last = c.backlog / m.capacity[pace] + own
    j = class_near(m, min(first, last), c.latency_class)
    end = spread(m, s, pace, j, min(first, last), max(first, last), served)
    c.latency_class = end if last > first else j


def utilization_class(utilization: float) -> tuple[int, float]:
    """Return the class below a utilization, and how far it is on the way to the next one."""
    x = table_place(utilization, UTILIZATIONS - 1)
    j = min(int(x), UTILIZATIONS - 2)
    return j, x - j


def add_served(s: RunState, pace: int, j: int, upper: float, served: float) -> None:
    """Add requests to class ``j`` of utilization and to the next one, the part ``upper`` there."""
    s.world.latency_counts[pace][j] += served * (1.0 - upper)
    s.world.latency_counts[pace][j + 1] += served * upper


def spread(
    m: ScenarioRecord, s: RunState, pace: int, j: int, first: float, last: float, served: float
) -> int:
    """Spread requests evenly over the classes between two latencies, s; return the last class.

    ``first`` is in class ``j``.
    """
    if last <= first:
        s.world.latency_counts[pace][UTILIZATIONS + j] += served
        return j
    density = served / (last - first)
    end = last_class_below(m, last, j)
    if end == j:
        s.world.latency_counts[pace][UTILIZATIONS + j] += density * (last - first)
        return j
    s.world.latency_counts[pace][UTILIZATIONS + j] += density * (m.latency_edges[j + 1] - first)
    for i in range(j + 1, end):
        width = m.latency_edges[i + 1] - m.latency_edges[i]
        s.world.latency_counts[pace][UTILIZATIONS + i] += density * width
    s.world.latency_counts[pace][UTILIZATIONS + end] += density * (last - m.latency_edges[end])
    return end


def last_class_below(m: ScenarioRecord, latency: float, j: int) -> int:
    """Return the last class, from ``j`` on, whose lower bound is below a latency; else ``j``."""
    if j >= ANSWERS - 1 or latency <= m.latency_edges[j + 1]:
        return j
    is_near = latency < m.latency_edges[min(j + NEAR, ANSWERS - 1)]
    k = class_near(m, latency, j) if is_near else class_of(m, latency)
    return k - 1 if m.latency_edges[k] >= latency else k


def class_near(m: ScenarioRecord, latency: float, near: int) -> int:
    """Class of a latency, as `class_of`, where it is likely to be near another class."""
    j = near
    for _ in range(NEAR):
        if j < ANSWERS - 1 and latency >= m.latency_edges[j + 1]:
            j += 1
        elif j > 0 and latency < m.latency_edges[j]:
            j -= 1
        elif latency >= 0.0:
            return j
    return class_of(m, latency)


def class_of(m: ScenarioRecord, latency: float) -> int:
    """Class of a latency: the last one whose lower bound is not above it."""
    low = 0
    high = ANSWERS
    while high - low > 1:
        middle = (low + high) // 2
        if m.latency_edges[middle] <= latency:
            low = middle
        else:
            high = middle
    return low


def p99(m: ScenarioRecord, s: RunState) -> float:
    """Request-weighted 99th percentile of latency over the whole run, s; 0 if none was served.

    It lies between two bounds of classes, of which the upper one is the first that at most 1 % of
    the answers exceed.
    """
    total = count_answers(m, s)
    if total <= 0.0:
        return 0.0
    low = -1
    high = EDGES - 1
    slower_than_low = total
    slower_than_high = 0.0
    near = waiting_class(m, s, 0.01 * total)
    width = 1
    at = near if near > 0 else (low + high) // 2
    while high - low > 1:
        slower = count_slower(m, s, at)
        if slower <= 0.01 * total:
            high = at
            slower_than_high = slower
        else:
            low = at
            slower_than_low = slower
        at = next_bound_to_try(low, high, width if near > 0 else 0)
        width *= 2
    if low < 0:
        return float(m.latency_edges[0])
    before = slower_than_low / total
    after = slower_than_high / total
    x = (before - 0.01) / (before - after)
    return float(m.latency_edges[low] + (m.latency_edges[high] - m.latency_edges[low]) * x)


def waiting_class(m: ScenarioRecord, s: RunState, slowest: float) -> int:
    """Class that as many answers as ``slowest`` reach, of those that waited; 0 if fewer waited.

    The request itself takes little of a long wait, so the percentile is near.
    """
    w = s.world
    j = 0
    for r in range(m.n_paces):
        j = max(j, w.last_class[r] - UTILIZATIONS)
    reached = 0.0
    while j > 0:
        for r in range(m.n_paces):
            reached += w.latency_counts[r][UTILIZATIONS + j]
        if reached > slowest:
            return j
        j -= 1
    return 0


def next_bound_to_try(low: int, high: int, width: int) -> int:
    """Return a bound between two others: ``width`` from the one that is known, else the middle.

    Arithmetic; -1 and the last bound are not known.

    >>> next_bound_to_try(-1, 256, 0), next_bound_to_try(-1, 40, 4), next_bound_to_try(40, 256, 4)
    (127, 36, 44)
    """
    if width > 0 and low < 0:
        return max(0, high - width)
    if width > 0 and high == EDGES - 1:
        return min(EDGES - 2, low + width)
    return (low + high) // 2


def used_classes(s: RunState) -> int:
    """Return the number of classes that may not be empty: those of utilizations, or all."""
    return CLASSES if s.world.has_waited != 0 else UTILIZATIONS


def count_answers(m: ScenarioRecord, s: RunState) -> float:
    """Count all answers; note the first and the last class of each pace that is not empty."""
    w = s.world
    total = 0.0
    classes = used_classes(s)
    for r in range(m.n_paces):
        w.first_class[r] = CLASSES
        w.last_class[r] = -1
        for j in range(classes):
            n = w.latency_counts[r][j]
            if n != 0.0:
                total += n
                w.first_class[r] = min(w.first_class[r], j)
                w.last_class[r] = j
    return total


def count_slower(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Count the answers that took longer than bound ``k`` of the classes; none the last one.

    Of each pace, only classes from the first to the last that `count_answers` has noted.
    """
    if k == EDGES - 1:
        return 0.0
    w = s.world
    slower = 0.0
    at = k
    for r in range(m.n_paces):
        for j in range(w.first_class[r], min(w.last_class[r] + 1, UTILIZATIONS)):
            slower += w.latency_counts[r][j] * m.latency_tails[r][j][k]
        for j in range(max(w.first_class[r] - UTILIZATIONS, 0), w.last_class[r] + 1 - UTILIZATIONS):
            n = w.latency_counts[r][UTILIZATIONS + j]
            if n > 0.0:
                middle = 0.5 * (m.latency_edges[j] + m.latency_edges[j + 1])
                left = m.latency_edges[k] - (middle - m.request_seconds[r])
                if left < m.latency_edges[0]:
                    slower += n
                else:
                    at = class_near(m, left, at)
                    slower += n * tail_in(m, r, at, left)
    return slower


def tail_in(m: ScenarioRecord, pace: int, k: int, limit: float) -> float:
    """Share of requests that take longer by themselves than ``limit``, a latency of class ``k``."""
    low = m.latency_edges[k]
    x = min(1.0, (limit - low) / (m.latency_edges[k + 1] - low))
    tails = m.latency_tails[pace][0]
    return float(tails[k] + (tails[k + 1] - tails[k]) * x)
