"""Latency of a run: a histogram by pace, of utilizations and, where there was a queue, waits."""

from simdeploy.model.accessors import pace_index
from simdeploy.model.constants import CLASSES, THRESHOLDS, UTILIZATIONS
from simdeploy.model.fields.types import RunState, ScenarioRecord


def record_latency(m: ScenarioRecord, s: RunState, k: int, before: float, dt: float) -> None:
    """Add the requests served in an interval to the latency classes of their pace."""
    c = s.cohorts[k]
    pace = pace_index(m, s, c.revision, c.is_cold)
    waited = 0.5 * (before + c.backlog) / m.capacity[pace]
    if waited > 0.0:
        j = 0
        while j < THRESHOLDS - 1 and m.latency_thresholds[j] < waited:
            j += 1
        latency_class = UTILIZATIONS + j
    else:
        latency_class = int(c.utilization * (UTILIZATIONS - 1) + 0.5)
    s.world.latency_counts[pace][latency_class] += c.served_rate * dt


def p99(m: ScenarioRecord, s: RunState) -> float:
    """Request-weighted 99th percentile of latency over the whole run, s; 0 if none was served."""
    total = 0.0
    for r in range(m.n_paces):
        for j in range(CLASSES):
            total += s.world.latency_counts[r][j]
    if total <= 0.0:
        return 0.0
    low = -1
    high = THRESHOLDS - 1
    while high - low > 1:
        middle = (low + high) // 2
        if count_slower(m, s, middle) <= 0.01 * total:
            high = middle
        else:
            low = middle
    if low < 0:
        return float(m.latency_thresholds[0])
    before = count_slower(m, s, low) / total
    after = count_slower(m, s, high) / total
    if after > 0.01 or before <= after:
        return float(m.latency_thresholds[high])
    x = (before - 0.01) / (before - after)
    return float(
        m.latency_thresholds[low] + (m.latency_thresholds[high] - m.latency_thresholds[low]) * x
    )


def count_slower(m: ScenarioRecord, s: RunState, k: int) -> float:
    """Count the requests that took longer than threshold ``k``."""
    slower = 0.0
    for r in range(m.n_paces):
        for j in range(UTILIZATIONS):
            slower += s.world.latency_counts[r][j] * m.latency_tails[r][j][k]
        for j in range(UTILIZATIONS + k + 1, CLASSES):
            slower += s.world.latency_counts[r][j]
    return slower
