"""What depends on the time that a request takes, worked out once per scenario for both engines.

A task serves ``workers`` requests at once and lets others wait in line: an M/M/k queue, whose
waiting time is zero with the probability that Erlang's C formula gives, and exponential else. The
latency is that wait plus the time of the request itself, of any distribution. Where arrivals or
times vary otherwise, the wait is that of the M/M/k queue times a factor (Allen and Cunneen), an
approximation; with exponential times and arrivals at random it is exact, and so is the part
without a wait. Clients wait no longer than their timeout: latency ends there, and shares of slow
answers are those of the requests answered before.
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simdeploy.draws import CONSTANT, EXPONENTIAL, LOGNORMAL, STEPS, UNIFORM
from simdeploy.encode import normal
from simdeploy.encode.gauss_legendre import gauss_legendre
from simdeploy.model.constants import CUT_POINTS, EDGES, LOADS, UTILIZATIONS

if TYPE_CHECKING:
    from simdeploy.distributions import Distribution

Floats: TypeAlias = NDArray[np.float64]

#: Seconds of full load in which waits become as long as those of full load are taken to be.
FULL_LOAD = 600.0

#: Quantile of the request time at which the classes of latency begin: no p99 lies below.
SMALLEST = 0.05

#: Fewer late requests than one in a million are none: dust is not harm.
NEGLIGIBLE = 1e-6


def quadrature() -> tuple[Floats, Floats]:
    """Return points between 0 and 1 and their weights, for integrals over quantiles.

    Gauss-Legendre, drawn to both ends by x -> x^3 (10 - 15 x + 6 x^2), because quantiles may run
    off to infinity there.

    >>> u, weights = quadrature()
    >>> round(float(-weights @ np.log(u)), 9)
    1.0
    """
    x, weights = gauss_legendre()
    x = 0.5 * (1.0 + x)
    return x**3 * (10.0 + x * (6.0 * x - 15.0)), 15.0 * weights * (x * (1.0 - x)) ** 2


NODES, WEIGHTS = quadrature()

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
            return normal.probabilities((time.a - np.log(np.maximum(t, 0.0))) / time.b)
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
        drawn: Floats = np.exp(time.a + time.b * normal.quantiles(u))
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


def grid(reach: float) -> list[float]:
    """Return times up to ``reach`` for which requests in flight are tabled, most of them short."""
    last = CUT_POINTS - 1
    return [reach * ((k / last) * (k / last)) for k in range(CUT_POINTS)]


def cut_table(time: RequestTime, reach: float) -> Floats:
    """Return E[(S - t)+] by the times of the grid; shape (CUT_POINTS,)."""
    return _known_cuts(*_key(time), reach)


@lru_cache(maxsize=256)
def _known_cuts(code: int, a: float, b: float, table: bytes, reach: float) -> Floats:
    """Return cuts that many settings of a sweep share; not to be written to."""
    time = RequestTime(code, a, b, np.frombuffer(table) if table else GRID)
    cuts = np.array([cut_per_rps(time, t) for t in grid(reach)])
    cuts.flags.writeable = False
    return cuts


@lru_cache(maxsize=4096)
def lognormal_excess(mu: float, sigma: float, delay: float) -> float:
    """Return E[(S - delay)+] of a lognormal time, by its partial expectation."""
    mean = math.exp(mu + 0.5 * sigma * sigma)
    if delay <= 0.0:
        return mean - delay
    z = (mu - math.log(delay)) / sigma
    return max(0.0, mean * normal.probability(z + sigma) - delay * normal.probability(z))


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


def squared_variation(time: RequestTime) -> float:
    """Return the variance of the time that a request takes over its squared mean.

    >>> squared_variation(RequestTime(EXPONENTIAL, 0.2, 0.0, GRID))
    1.0
    """
    if time.code == CONSTANT:
        return 0.0
    if time.code == EXPONENTIAL:
        return 1.0
    if time.code == LOGNORMAL:
        return math.expm1(time.b * time.b)
    ends = np.array([time.a, time.b]) if time.code == UNIFORM else time.table
    low, high = ends[:-1], ends[1:]
    mean = float(np.mean(0.5 * (low + high)))
    square = float(np.mean((low * low + low * high + high * high) / 3.0))
    return max(0.0, square / (mean * mean) - 1.0) if mean > 0.0 else 0.0


def wait_factor(time: RequestTime, targets: int, *, in_turn: bool) -> float:
    """Return by how much a wait is longer than in an M/M/k queue: (ca² + cs²) / 2.

    Source: Allen (1990), the Allen-Cunneen approximation. Of arrivals at random (ca² = 1) a
    balancer that hands them to the targets in turn gives every target one in ``targets``, which
    come that much more evenly (Erlang times: ca² = 1 / targets).

    >>> wait_factor(RequestTime(EXPONENTIAL, 0.2, 0.0, GRID), 6, in_turn=False)
    1.0
    >>> 12 * wait_factor(RequestTime(CONSTANT, 0.2, 0.0, GRID), 6, in_turn=True)
    1.0
    """
    arrivals = 1.0 / max(1, targets) if in_turn else 1.0
    return 0.5 * (arrivals + squared_variation(time))


class Queue(NamedTuple):
    """What latency depends on besides the time of the request itself.

    ``timeout`` is the client's, s; ``factor`` that of ``wait_factor``.
    """

    workers: int
    factor: float
    timeout: float


def tails(time: RequestTime, queue: Queue, utilizations: Floats, limits: Floats) -> Floats:
    """Return the probabilities that latency exceeds limits, one row per utilization below 1.

    With a wait X of rate r: P(S + X > t) = P(S > t) + integral of exp(-r (t - s)) over s <= t.
    """
    alone = slower_than(time, limits)
    below = 1.0 - alone
    room = np.maximum(limits[:, None] - quantiles(time, below[:, None] * NODES), 0.0)
    wait = max(cut_per_rps(time, 0.0) * queue.factor, 1e-290)
    rate = queue.workers * (1.0 - utilizations) / wait
    late = np.exp(-rate[:, None, None] * room) @ WEIGHTS
    chance = np.array([[waits(queue.workers, float(utilization))] for utilization in utilizations])
    return np.clip(alone + chance * below * late, 0.0, 1.0)


def wait_growth(time: RequestTime, queue: Queue) -> float:
    """Return by how much the variance of the wait grows at full load, s² a second.

    The work that arrives in a second varies by factor x 2 x E[S] / workers of it (heavy-traffic
    limit; Whitt 2002).

    >>> round(wait_growth(RequestTime(EXPONENTIAL, 0.1, 0.0, GRID), Queue(2, 1.0, 10.0)), 9)
    0.1
    """
    return 2.0 * queue.factor * cut_per_rps(time, 0.0) / queue.workers


def full_load(time: RequestTime, queue: Queue) -> float:
    """Return the utilization whose steady state stands for loads at and just below 1.

    At full load a queue has no steady state: the wait is a random walk that does not go below 0.
    Its variance grows by v a second (`wait_growth`), and its mean over t seconds is
    2/3 sqrt(2 v t / pi) (reflected Brownian motion, the heavy-traffic limit; Whitt 2002). A steady
    state has a mean wait of v / (2 (1 - u)); the two are equal at 1 - u = 3/4 sqrt(pi v / (2 t)).
    Assumption: t is `FULL_LOAD`, about as long as a deployment or a canary takes.

    >>> round(full_load(RequestTime(EXPONENTIAL, 0.1, 0.0, GRID), Queue(6, 1.0, 10.0)), 4)
    0.993
    """
    growth = wait_growth(time, queue)
    return max(0.0, 1.0 - 0.75 * math.sqrt(0.5 * math.pi * growth / FULL_LOAD))


def loads(entries: int, highest: float) -> Floats:
    """Return the utilizations of a table of loads, with the highest for what is above.

    They lie closer together near 1, where waits grow fast (``semantics.overload.table_place``).
    """
    return np.minimum(1.0 - (1.0 - np.linspace(0.0, 1.0, entries)) ** 2, highest)


def edges(time: RequestTime, timeout: float) -> Floats:
    """Return the bounds of the classes of latency, s: from the smallest answer to the timeout."""
    smallest = float(quantiles(time, np.array([SMALLEST]))[0])
    return np.geomspace(min(max(smallest, 1e-6 * timeout), 0.5 * timeout), timeout, EDGES)


def late_table(time: RequestTime, queue: Queue) -> Floats:
    """Return P(latency > timeout) by load, 0 where it is negligible; shape (LOADS,)."""
    late = _known_tails(*_key(time), queue, LOADS, (queue.timeout,))[:, 0]
    return np.where(late < NEGLIGIBLE, 0.0, late)


def slow_table(time: RequestTime, queue: Queue, limit: float) -> Floats:
    """Return P(latency > limit) of answers before the timeout, by load; shape (LOADS,)."""
    return _in_time(time, queue, LOADS, (limit,))[:, 0]


def latency_tails(time: RequestTime, queue: Queue, limits: Floats) -> Floats:
    """Return P(latency > limit) of answers before the timeout; shape (UTILIZATIONS, limits)."""
    return _in_time(time, queue, UTILIZATIONS, tuple(limits.tolist()))


def _in_time(time: RequestTime, queue: Queue, entries: int, limits: tuple[float, ...]) -> Floats:
    """Return tails given that a request is answered before the client's timeout."""
    chances = _known_tails(*_key(time), queue, entries, (*limits, queue.timeout))
    late = chances[:, -1:]
    before = np.maximum(chances[:, :-1] - late, 0.0)
    return np.divide(before, 1.0 - late, out=np.zeros_like(before), where=late < 1.0)


def _key(time: RequestTime) -> tuple[int, float, float, bytes]:
    return time.code, time.a, time.b, b"" if time.table is GRID else time.table.tobytes()


@lru_cache(maxsize=256)
def _known_tails(
    code: int,
    a: float,
    b: float,
    table: bytes,
    queue: Queue,
    entries: int,
    limits: tuple[float, ...],
) -> Floats:
    """Return tails that many settings of a sweep share; not to be written to."""
    time = RequestTime(code, a, b, np.frombuffer(table) if table else GRID)
    chances = tails(time, queue, loads(entries, full_load(time, queue)), np.array(limits))
    chances.flags.writeable = False
    return chances
