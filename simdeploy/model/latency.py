"""Latency of a run, kept as a histogram of utilizations and waits by pace."""

from simdeploy.model.accessors import pace_of
from simdeploy.model.constants import CLASSES, THRESHOLDS, UTILIZATIONS, Model, Space


def note_latency(m: Model, s: Space, k: int, before: float, dt: float) -> None:
    """Add the requests served in an interval to the latency classes of their pace."""
    c = s.cohorts[k]
    pace = pace_of(m, s, c.revision, c.cold)
    waited = 0.5 * (before + c.backlog) / m.capacity[pace]
    if waited > 0.0:
        j = 0
        while j < THRESHOLDS - 1 and m.thresholds[j] < waited:
            j += 1
        place = UTILIZATIONS + j
    else:
        place = int(c.utilization * (UTILIZATIONS - 1) + 0.5)
    s.world.latency[pace][place] += c.served * dt


def p99(m: Model, s: Space) -> float:
    """Request-weighted 99th percentile of latency over the whole run, s; 0 if none was served."""
    total = 0.0
    for r in range(m.paces):
        for j in range(CLASSES):
            total += s.world.latency[r][j]
    if total <= 0.0:
        return 0.0
    low = -1
    high = THRESHOLDS - 1
    while high - low > 1:
        middle = (low + high) // 2
        if slower_than(m, s, middle) <= 0.01 * total:
            high = middle
        else:
            low = middle
    if low < 0:
        return float(m.thresholds[0])
    before = slower_than(m, s, low) / total
    after = slower_than(m, s, high) / total
    if after > 0.01 or before <= after:
        return float(m.thresholds[high])
    x = (before - 0.01) / (before - after)
    return float(m.thresholds[low] + (m.thresholds[high] - m.thresholds[low]) * x)


def slower_than(m: Model, s: Space, k: int) -> float:
    """Requests that took longer than the k-th threshold."""
    slower = 0.0
    for r in range(m.paces):
        for j in range(UTILIZATIONS):
            slower += s.world.latency[r][j] * m.tails[r][j][k]
        for j in range(UTILIZATIONS + k + 1, CLASSES):
            slower += s.world.latency[r][j]
    return slower
