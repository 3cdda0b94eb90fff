"""Latency of a run: a histogram by pace, of utilizations and, where there was a backlog, answers.

Counts are linear in time: an interval of constant state gives the same counts as its parts.
"""

from simdeploy.model.accessors import pace_index
from simdeploy.model.constants import ANSWERS, CLASSES, EDGES, UTILIZATIONS
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.overload import table_place


def record_latency(m: ScenarioRecord, s: RunState, k: int, before: float, dt: float) -> None:
    """Add the requests served in an interval to the latency classes of their pace.

    ``before`` is the backlog at its begin, that of the cohort the one at its end.
    """
    c = s.cohorts[k]
    pace = pace_index(m, s, c.revision, c.is_cold)
    served = c.served_rate * dt
    if before > 0.0 or c.backlog > 0.0:
        own = m.request_seconds[pace]
        first = before / m.capacity[pace] + own
        last = c.backlog / m.capacity[pace] + own
        spread(m, s, pace, min(first, last), max(first, last), served)
    else:
        x = table_place(c.utilization, UTILIZATIONS - 1)
        j = min(int(x), UTILIZATIONS - 2)
        s.world.latency_counts[pace][j] += served * (1.0 - (x - j))
        s.world.latency_counts[pace][j + 1] += served * (x - j)


def spread(
    m: ScenarioRecord, s: RunState, pace: int, first: float, last: float, served: float
) -> None:
    """Spread requests evenly over the classes between two latencies, s."""
    j = class_of(m, first)
    if last <= first:
        s.world.latency_counts[pace][UTILIZATIONS + j] += served
        return
    density = served / (last - first)
    at = first
    while j < ANSWERS - 1 and m.latency_edges[j + 1] < last:
        s.world.latency_counts[pace][UTILIZATIONS + j] += density * (m.latency_edges[j + 1] - at)
        at = m.latency_edges[j + 1]
        j += 1
    s.world.latency_counts[pace][UTILIZATIONS + j] += density * (last - at)


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
    """Request-weighted 99th percentile of latency over the whole run, s; 0 if none was served."""
    total = 0.0
    for r in range(m.n_paces):
        for j in range(CLASSES):
            total += s.world.latency_counts[r][j]
    if total <= 0.0:
        return 0.0
    low = -1
    high = EDGES - 1
    while high - low > 1:
        middle = (low + high) // 2
        if count_slower(m, s, middle) <= 0.01 * total:
            high = middle
        else:
            low = middle
    if low < 0:
        return float(m.latency_edges[0])
    before = count_slower(m, s, low) / total
    after = count_slower(m, s, high) / total
    x = (before - 0.01) / (before - after)
    return float(m.latency_edges[low] + (m.latency_edges[high] - m.latency_edges[low]) * x)


def count_slower(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Count the answers that took longer than bound ``k`` of the classes; none the last one."""
    if k == EDGES - 1:
        return 0.0
    slower = 0.0
    for r in range(m.n_paces):
        for j in range(UTILIZATIONS):
            slower += s.world.latency_counts[r][j] * m.latency_tails[r][j][k]
        for j in range(ANSWERS):
            n = s.world.latency_counts[r][UTILIZATIONS + j]
            if n > 0.0:
                middle = 0.5 * (m.latency_edges[j] + m.latency_edges[j + 1])
                waited = middle - m.request_seconds[r]
                slower += n * own_tail(m, r, m.latency_edges[k] - waited)
    return slower


def own_tail(m: ScenarioRecord, pace: int, limit: float) -> float:
    """Share of requests that take longer than ``limit`` by themselves; 1 below the first bound."""
    if limit < m.latency_edges[0]:
        return 1.0
    k = class_of(m, limit)
    low = m.latency_edges[k]
    x = min(1.0, (limit - low) / (m.latency_edges[k + 1] - low))
    tails = m.latency_tails[pace][0]
    return float(tails[k] + (tails[k + 1] - tails[k]) * x)
