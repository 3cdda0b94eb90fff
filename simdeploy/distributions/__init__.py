"""Distributions of times and rates, in the forms people think in.

A number or ``30s`` is a constant; otherwise a block such as ``{distribution: lognormal,
median: 80ms, p95: 300ms}``. The engines never see these classes: `Distribution.flat` encodes each
as a code, two parameters and, unless the quantile is a cheap formula, a table of quantiles.

| code | draws from a uniform u |
|---|---|
| 0 constant | a |
| 1 uniform | a + (b - a) u |
| 2 exponential | -a log(u) |
| 3 lognormal | exp(a + b z(u)) |
| 4 table | linear between 257 quantiles |
"""

from simdeploy.distributions.base import (
    Constant,
    Distribution,
    Flat,
    PositiveDistribution,
    RateDistribution,
    Tabulated,
    distribution,
)
from simdeploy.distributions.closed import Exponential, Lognormal, Uniform
from simdeploy.distributions.tabled import Empirical, Gamma, Weibull

__all__ = [
    "Constant",
    "Distribution",
    "Empirical",
    "Exponential",
    "Flat",
    "Gamma",
    "Lognormal",
    "PositiveDistribution",
    "RateDistribution",
    "Tabulated",
    "Uniform",
    "Weibull",
    "distribution",
]
