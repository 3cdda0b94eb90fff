"""Families of distributions, fitted to intervals by their likelihood; the location is always 0.

A free location gives nonsense: 15 s lognormal samples come out as 10.2 s plus a wide rest.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from simdeploy.calibrating.sample import Sample
from simdeploy.distributions import Distribution, Gamma, Lognormal, Weibull

Floats = npt.NDArray[np.float64]
#: Least likelihood of a sample, so that a search does not end at minus infinity.
LEAST = 1e-300
PARAMETERS = 2
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


class Family(NamedTuple):
    """A family that may be fitted: its name, its scipy distribution, and the scenario's class."""

    name: str
    frozen: Callable[[float, float], Any]
    made: Callable[[float, float], Distribution]


class Candidate(NamedTuple):
    """A fitted family: parameters (shape, scale), corrected AIC, and p of the KS test."""

    family: Family
    shape: float
    scale: float
    aicc: float
    p: float

    def distribution(self) -> Distribution:
        """Return it as a scenario writes it."""
        return self.family.made(self.shape, self.scale)


def families() -> tuple[Family, ...]:
    """Return the families, the preferred one first; imports scipy."""
    from scipy import stats  # noqa: PLC0415  slow to import

    return (
        Family(
            "lognormal",
            lambda shape, scale: stats.lognorm(shape, scale=scale),
            lambda shape, scale: Lognormal(median_=scale, sigma_=min(shape, 5.0)),
        ),
        Family(
            "gamma",
            lambda shape, scale: stats.gamma(shape, scale=scale),
            lambda shape, scale: Gamma(shape_=min(max(shape, 0.05), 1000.0), scale_=scale),
        ),
        Family(
            "weibull",
            lambda shape, scale: stats.weibull_min(shape, scale=scale),
            lambda shape, scale: Weibull(shape_=min(max(shape, 0.05), 1000.0), scale_=scale),
        ),
    )


def fit(family: Family, samples: Sequence[Sample], points: Floats) -> Candidate | None:
    """Return the most likely member of a family; None where the search finds none.

    ``points`` are values within the samples' intervals, from which the search begins.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  slow to import

    low = np.array([s.middle if s.is_exact else s.low for s in samples])
    high = np.array([s.middle if s.is_exact else s.high for s in samples])

    def loss(x: Floats) -> float:
        return -_log_likelihood(family.frozen(math.exp(x[0]), math.exp(x[1])), low, high)

    start = _start(family.name, points)
    with np.errstate(all="ignore"):
        found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7})
    shape, scale = (float(math.exp(value)) for value in found.x)
    n, loss_value = len(samples), float(found.fun)
    if not (math.isfinite(loss_value) and n > PARAMETERS + 1):
        return None
    aicc = (
        2 * PARAMETERS + 2 * loss_value + 2 * PARAMETERS * (PARAMETERS + 1) / (n - PARAMETERS - 1)
    )
    return Candidate(family, shape, scale, aicc, _p(family.frozen(shape, scale), low, high))


def _log_likelihood(frozen: Any, low: Floats, high: Floats) -> float:
    exact = high == low
    parts = np.where(
        exact, frozen.pdf(np.where(exact, low, 1.0)), frozen.cdf(high) - frozen.cdf(low)
    )
    return float(np.log(np.maximum(parts, LEAST)).sum())


def _p(frozen: Any, low: Floats, high: Floats) -> float:
    """Return p of the KS test of the samples' shares: uniform if the family is right.

    A sample that is an interval stands at a place within it that depends on its number alone.
    """
    from scipy import stats  # noqa: PLC0415  slow to import

    order = np.lexsort((high, low))
    below, above = frozen.cdf(low[order]), frozen.cdf(high[order])
    places = np.modf(0.5 + GOLDEN * np.arange(len(order)))[0]
    return float(stats.kstest(below + places * (above - below), "uniform").pvalue)


def _start(name: str, points: Floats) -> list[float]:
    """Return logarithms of shape and scale by the moments of points."""
    logs = np.log(np.maximum(points, 1e-3))
    sigma = max(float(logs.std()), 1e-3)
    if name == "lognormal":
        return [math.log(sigma), float(logs.mean())]
    mean, deviation = float(points.mean()), max(float(points.std()), 1e-3 * float(points.mean()))
    if name == "gamma":
        shape = (mean / deviation) ** 2
        return [math.log(shape), math.log(mean / shape)]
    return [math.log(1.2 / sigma), float(logs.mean()) + 0.577 * sigma / 1.2]
