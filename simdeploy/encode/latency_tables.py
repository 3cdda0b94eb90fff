"""What depends on the time that a request takes, worked out once per scenario for both engines.

A task serves ``workers`` requests at once and lets others wait in line: an M/M/k queue, whose
waiting time is zero with the probability that Erlang's C formula gives, and exponential else. The
latency is that wait plus the time of the request itself, of any distribution. The wait of other
than exponential times is thereby an approximation; the part without a wait is exact.
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from simdeploy.draws import CONSTANT, EXPONENTIAL, LOGNORMAL, STEPS, UNIFORM

if TYPE_CHECKING:
    from simdeploy.distributions import Distribution

Floats: TypeAlias = NDArray[np.float64]

#: Latencies, in seconds, for which ``latency_tails`` is worked out.
THRESHOLDS: Floats = np.geomspace(1e-3, 1e3, 64)

#: Utilization that stands for 1, where a queue has no steady state.
SATURATED = 0.999


def quadrature(points: int) -> tuple[Floats, Floats]:
    """Return points between 0 and 1 and their weights, for integrals over quantiles.

    Gauss-Legendre, drawn to both ends by x -> x^3 (10 - 15 x + 6 x^2), because quantiles may run
    off to infinity there.

    >>> u, weights = quadrature(200)
    >>> round(float(-weights @ np.log(u)), 9)
    1.0
    """
    x, weights = np.polynomial.legendre.leggauss(points)
    x = 0.5 * (1.0 + x)
    return x**3 * (10.0 + x * (6.0 * x - 15.0)), 15.0 * weights * (x * (1.0 - x)) ** 2


NODES, WEIGHTS = quadrature(200)

#: The quantiles at which tables of distributions are given.
GRID: Floats = np.linspace(0.0, 1.0, STEPS + 1)


class RequestTime(NamedTuple):
    """Distribution of the time that a request takes, as ``Distribution.flat`` gives it."""

    code: int
    a: float
    b: float
    table: Floats


def request_time(
    distribution: "Distribution", workers: int, capacity_rps: float | None, slow: float = 1.0
) -> RequestTime:
    """Return the distribution of the time that a request takes.

    Parameters
    ----------
    distribution : Distribution
        ``service.request_time``; gives the shape, and the scale if there is no capacity.
    workers : int
        ``service.workers``.
    capacity_rps : float, optional
        ``service.capacity_rps``; scales the mean to ``workers / capacity_rps``.
    slow : float
        Factor by which a bad release is slower; capacity falls by the same factor.
    """
    mean = distribution.mean()
    fits = workers / (capacity_rps * mean) if capacity_rps and mean > 0.0 else 1.0
    return scaled(distribution, fits * slow)


def scaled(distribution: "Distribution", factor: float) -> RequestTime:
    """Return the distribution of a time multiplied by a factor; without spread, a constant."""
    code, a, b, table = distribution.flat()
    if code == LOGNORMAL and b > 0.0:
        return RequestTime(code, a + math.log(factor), b, GRID)
    if code == LOGNORMAL:
        return RequestTime(CONSTANT, math.exp(a) * factor, 0.0, GRID)
    if (code == UNIFORM and a == b) or (code == EXPONENTIAL and a == 0.0):
        code = CONSTANT
    quantiles = GRID if table is None else np.asarray(table, dtype=np.float64)
    return RequestTime(code, a * factor, b * factor, quantiles * factor)


def slower_than(time: RequestTime, limit: "Floats | float") -> Floats:
    """Return the probability that a request takes longer than a limit, in seconds."""
    t = np.asarray(limit, dtype=np.float64)
    if time.code == CONSTANT:
        return (time.a > t).astype(np.float64)
    if time.code == UNIFORM:
        return np.clip((time.b - t) / (time.b - time.a), 0.0, 1.0)
    if time.code == EXPONENTIAL:
        return np.exp(-np.maximum(t, 0.0) / time.a)
    if time.code == LOGNORMAL:
        with np.errstate(divide="ignore"):
            return np.asarray(ndtr((time.a - np.log(np.maximum(t, 0.0))) / time.b))
    return 1.0 - share_below(time.table, t)


def share_below(table: Floats, t: Floats) -> Floats:
    """Return the share of a table's values up to t; where values repeat, all of them."""
    i = np.clip(np.searchsorted(table, t, side="right"), 1, STEPS)
    low, high = table[i - 1], table[i]
    part = np.divide(t - low, high - low, out=np.ones_like(t), where=high > low)
    inside = (i - 1 + np.clip(part, 0.0, 1.0)) / STEPS
    return np.where(t < table[0], 0.0, np.where(t >= table[-1], 1.0, inside))


def quantiles(time: RequestTime, u: Floats) -> Floats:
    """Return the quantiles of the time that a request takes."""
    if time.code == CONSTANT:
        return np.full_like(u, time.a)
    if time.code == UNIFORM:
        return time.a + (time.b - time.a) * u
    if time.code == EXPONENTIAL:
        return -time.a * np.log1p(-u)
    if time.code == LOGNORMAL:
        drawn: Floats = np.exp(time.a + time.b * ndtri(u))
        return drawn
    return np.interp(u, GRID, time.table)


def cut_per_rps(time: RequestTime, delay: float) -> float:
    """Return E[(S - delay)+], the requests cut at the end of a drain per request/s before it.

    Parameters
    ----------
    time : RequestTime
        Distribution of S.
    delay : float
        Seconds for which a draining target may finish what it has begun; 0 gives the mean of S.
    """
    if time.code == CONSTANT:
        return max(0.0, time.a - delay)
    if time.code == EXPONENTIAL:
        return time.a * math.exp(-delay / time.a)
    if time.code == LOGNORMAL:
        return lognormal_excess(time.a, time.b, delay)
    ends = np.array([time.a, time.b]) if time.code == UNIFORM else time.table
    return float(np.mean(segment_excess(ends[:-1] - delay, ends[1:] - delay)))


@lru_cache(maxsize=4096)
def lognormal_excess(mu: float, sigma: float, delay: float) -> float:
    """Return E[(S - delay)+] of a lognormal time, by its partial expectation."""
    mean = math.exp(mu + 0.5 * sigma * sigma)
    if delay <= 0.0:
        return mean - delay
    z = (mu - math.log(delay)) / sigma
    return max(0.0, float(mean * ndtr(z + sigma) - delay * ndtr(z)))


def segment_excess(low: Floats, high: Floats) -> Floats:
    """Return the mean positive part of values that lie evenly between low and high."""
    width = np.where(high > low, high - low, 1.0)
    return np.where(low >= 0.0, 0.5 * (low + high), np.maximum(high, 0.0) ** 2 / (2.0 * width))


def waits(workers: int, utilization: float) -> float:
    """Return the probability that a request has to wait: Erlang's C formula.

    >>> waits(1, 0.5), round(waits(8, 0.8), 3)
    (0.5, 0.458)
    """
    offered = workers * utilization
    blocked = 1.0
    for k in range(1, workers + 1):
        blocked = offered * blocked / (k + offered * blocked)
    return blocked / (1.0 - utilization * (1.0 - blocked))


def tails(time: RequestTime, workers: int, utilizations: Floats, limits: Floats) -> Floats:
    """Return the probabilities that latency exceeds limits, one row per utilization below 1.

    With a wait X of rate r: P(S + X > t) = P(S > t) + integral of exp(-r (t - s)) over s <= t.
    """
    alone = slower_than(time, limits)
    below = 1.0 - alone
    room = np.maximum(limits[:, None] - quantiles(time, below[:, None] * NODES), 0.0)
    rate = workers * (1.0 - utilizations) / max(cut_per_rps(time, 0.0), 1e-300)
    late = np.exp(-rate[:, None, None] * room) @ WEIGHTS
    chance = np.array([[waits(workers, float(utilization))] for utilization in utilizations])
    return np.clip(alone + chance * below * late, 0.0, 1.0)


def steps_to_saturation(steps: int) -> Floats:
    """Return the utilizations 0, 1/steps, ... , 1, with ``SATURATED`` for 1."""
    return np.minimum(np.linspace(0.0, 1.0, steps + 1), SATURATED)


def slow_table(time: RequestTime, workers: int, slo_latency: float) -> Floats:
    """Return P(latency > slo_latency) at the utilizations 0, 1/64, ... , 1; shape (65,)."""
    return _known_tails(*_key(time), workers, 64, (slo_latency,))[:, 0]


def latency_tails(time: RequestTime, workers: int) -> Floats:
    """Return P(latency > threshold) at the utilizations 0, 1/16, ... , 1; shape (17, 64)."""
    return _known_tails(*_key(time), workers, 16, tuple(THRESHOLDS.tolist()))


def _key(time: RequestTime) -> tuple[int, float, float, bytes]:
    return time.code, time.a, time.b, b"" if time.table is GRID else time.table.tobytes()


@lru_cache(maxsize=256)
def _known_tails(
    code: int, a: float, b: float, table: bytes, workers: int, steps: int, limits: tuple[float, ...]
) -> Floats:
    """Return tails that many settings of a sweep share; not to be written to."""
    time = RequestTime(code, a, b, np.frombuffer(table) if table else GRID)
    chances = tails(time, workers, steps_to_saturation(steps), np.array(limits))
    chances.flags.writeable = False
    return chances
