"""Families whose quantile is a formula: uniform, exponential, lognormal."""

import math

from pydantic import Field

from simdeploy.distributions.base import (
    FAMILIES,
    MEDIAN,
    NORMAL,
    P95,
    Z95,
    Above,
    Distribution,
    Flat,
    Sigma,
    ascending,
    forms,
)
from simdeploy.draws import EXPONENTIAL, LOGNORMAL, UNIFORM
from simdeploy.pydantic_base import fault, refuse
from simdeploy.units import Seconds


class Uniform(Distribution, tag="uniform", among=FAMILIES):
    """Anything between two bounds, all equally likely."""

    low: Seconds = Field(description="Lower bound.")
    high: Seconds = Field(description="Upper bound.")

    def _check(self) -> None:
        ascending("low", self.low, "high", self.high)

    def mean(self) -> float:
        """Return the middle."""
        return (self.low + self.high) / 2

    def quantile(self, u: float) -> float:
        """Return the point at a share of the way."""
        return self.low + (self.high - self.low) * u

    def flat(self) -> Flat:
        """Return the bounds under code 1."""
        return UNIFORM, self.low, self.high, None

    def scaled(self, factor: float) -> Distribution:
        """Return a uniform distribution."""
        return Uniform(low=factor * self.low, high=factor * self.high)


class Exponential(Distribution, tag="exponential", among=FAMILIES):
    """Memoryless waiting, told by its mean, median or 95th percentile."""

    FORMS = forms("mean", "median", "p95")
    mean_: Above | None = Field(None, alias="mean", description="Expected value.")
    median: Above | None = MEDIAN
    p95: Above | None = P95

    @classmethod
    def of(cls, mean: float | str) -> "Exponential":
        """Return the distribution with this mean."""
        return cls.model_validate({"mean": mean})

    def mean(self) -> float:
        """Return the mean, derived from the median or 95th percentile if either is given."""
        if self.median is not None:
            return self.median / math.log(2)
        return self.p95 / math.log(20) if self.p95 is not None else float(self.mean_ or 0.0)

    def quantile(self, u: float) -> float:
        """Return -mean log(1 - u)."""
        return -self.mean() * math.log1p(-u)

    def flat(self) -> Flat:
        """Return the mean under code 2."""
        return EXPONENTIAL, self.mean(), 0.0, None

    def scaled(self, factor: float) -> Distribution:
        """Return an exponential distribution."""
        return Exponential(mean_=factor * self.mean())


class Lognormal(Distribution, tag="lognormal", among=FAMILIES):
    """Times that multiply: most near the median, a few much longer."""

    FORMS = forms("median p95", "mean p95", "median mean", "median sigma", "mean sigma")
    median_: Above | None = Field(None, alias="median", description="Half are below.")
    p95: Above | None = P95
    mean_: Above | None = Field(None, alias="mean", description="Expected value.")
    sigma_: Sigma | None = Field(None, alias="sigma", description="Deviation of the logarithm.")

    @classmethod
    def between(cls, median: float | str, p95: float | str) -> "Lognormal":
        """Return the distribution with this median and 95th percentile."""
        return cls.model_validate({"median": median, "p95": p95})

    def _check(self) -> None:
        if self.median_ and self.mean_:
            ascending("median", self.median_, "mean", self.mean_)
        if self.p95:
            name = "median" if self.median_ else "mean"
            ascending(name, self.median_ or self.mean_ or 0.0, "p95", self.p95)
        if self.mean_ and self.p95 and self.p95 > self.mean_ * math.exp(Z95**2 / 2):
            what = "is further from the mean than any lognormal's"
            refuse([fault(("p95",), what, got=self.p95, allowed="allowed: up to 3.86 x mean")])

    @property
    def sigma(self) -> float:
        """Deviation of the logarithm."""
        if self.sigma_ is not None:
            return self.sigma_
        if self.median_ and self.p95:
            return math.log(self.p95 / self.median_) / Z95
        if self.median_ and self.mean_:
            return math.sqrt(2 * math.log(self.mean_ / self.median_))
        ratio = (self.p95 or 1.0) / (self.mean_ or 1.0)
        return Z95 - math.sqrt(Z95**2 - 2 * math.log(ratio))

    @property
    def median(self) -> float:
        """The value that half of all draws stay below."""
        return self.median_ or (self.mean_ or 0.0) * math.exp(-(self.sigma**2) / 2)

    def mean(self) -> float:
        """Return the expected value, above the median."""
        return self.median * math.exp(self.sigma**2 / 2)

    def quantile(self, u: float) -> float:
        """Return median x exp(sigma z)."""
        if not 0 < u < 1:
            return math.inf if u else 0.0
        return self.median * math.exp(self.sigma * NORMAL.inv_cdf(u))

    def flat(self) -> Flat:
        """Return log median and sigma under code 3."""
        return LOGNORMAL, math.log(self.median), self.sigma, None

    def scaled(self, factor: float) -> Distribution:
        """Return a lognormal distribution."""
        return Lognormal(median_=factor * self.median, sigma_=self.sigma)

    def into(self, amount: float) -> Distribution:
        """Return a lognormal distribution."""
        return Lognormal(median_=amount / self.median, sigma_=self.sigma)
