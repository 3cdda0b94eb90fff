"""Families that the engines sample from a table: gamma, Weibull, measured values."""

import math
from abc import abstractmethod
from functools import cached_property
from typing import Annotated

from pydantic import Field

from simdeploy.distributions.base import FAMILIES, MEDIAN, P95, Above, Distribution, Shape, forms
from simdeploy.draws import STEPS
from simdeploy.pydantic_base import fault, refuse
from simdeploy.units import Seconds


class Shaped(Distribution):
    """Base of gamma and Weibull: a shape, and a scale derived from the other parameters."""

    FORMS = forms("median p95", "mean shape", "scale shape", "median shape")
    shape_: Shape | None = Field(None, alias="shape", description="Shape; 1 is exponential.")
    scale_: Above | None = Field(None, alias="scale", description="Scale.")
    mean_: Above | None = Field(None, alias="mean", description="Expected value.")
    median: Above | None = MEDIAN
    p95: Above | None = P95

    def _check(self) -> None:
        if self.median and self.p95:
            low, high = self._ratio(1000.0), self._ratio(0.05)
            if not low <= self.p95 / self.median <= high:
                allowed = f"allowed: {low:.3g} to {high:.3g} x median"
                refuse([fault(("p95",), "is out of reach", got=self.p95, allowed=allowed)])

    @abstractmethod
    def _unit(self, shape: float, u: float) -> float:
        """Return the quantile at scale 1."""
        raise NotImplementedError

    @abstractmethod
    def _unit_mean(self, shape: float) -> float:
        """Return the mean at scale 1."""
        raise NotImplementedError

    def _ratio(self, shape: float) -> float:
        return self._unit(shape, 0.95) / self._unit(shape, 0.5)

    @cached_property
    def shape(self) -> float:
        """The shape, by bisection if two quantiles are given."""
        if self.shape_ is not None:
            return self.shape_
        wanted = (self.p95 or 1.0) / (self.median or 1.0)
        low, high = 0.05, 1000.0
        for _ in range(80):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self._ratio(middle) > wanted else (low, middle)
        return math.sqrt(low * high)

    @cached_property
    def scale(self) -> float:
        """The scale, derived from the median or the mean unless given."""
        if self.median is not None:
            return self.median / self._unit(self.shape, 0.5)
        return self.scale_ or (self.mean_ or 0.0) / self._unit_mean(self.shape)

    def mean(self) -> float:
        """Return the expected value."""
        return self.scale * self._unit_mean(self.shape)

    def quantile(self, u: float) -> float:
        """Return the quantile at this scale."""
        return self.scale * self._unit(self.shape, u)

    def scaled(self, factor: float) -> Distribution:
        """Return the same family at another scale."""
        return type(self)(shape_=self.shape, scale_=factor * self.scale)


class Gamma(Shaped, tag="gamma", among=FAMILIES):
    """Sums of waits; shape 1 is exponential."""

    def _unit(self, shape: float, u: float) -> float:
        from scipy.special import gammaincinv  # noqa: PLC0415 - slow to import, rarely needed

        return float(gammaincinv(shape, u))

    def _unit_mean(self, shape: float) -> float:
        return shape


class Weibull(Shaped, tag="weibull", among=FAMILIES):
    """Times to failure; shape 1 is exponential."""

    def _unit(self, shape: float, u: float) -> float:
        return math.inf if u >= 1 else float((-math.log1p(-u)) ** (1 / shape))

    def _unit_mean(self, shape: float) -> float:
        return math.gamma(1 + 1 / shape)


class Empirical(Distribution, tag="empirical", among=FAMILIES):
    """Measured values, with straight lines between them; keeps their mean."""

    values: Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=10_000)] = Field(
        description="What was measured, in any order."
    )

    @cached_property
    def _sorted(self) -> tuple[float, ...]:
        return tuple(sorted(self.values))

    def mean(self) -> float:
        """Return the mean of the values."""
        return math.fsum(self.values) / len(self.values)

    def quantile(self, u: float) -> float:
        """Return the value at a share of the way through the sorted values."""
        place = min(max(u * len(self.values) - 0.5, 0.0), len(self.values) - 1.0)
        below = min(int(place), max(len(self.values) - 2, 0))
        low, high = self._sorted[below], self._sorted[min(below + 1, len(self.values) - 1)]
        return low + (high - low) * (place - below)

    def _table(self) -> tuple[float, ...]:
        return tuple(self.quantile(i / STEPS) for i in range(STEPS + 1))

    def scaled(self, factor: float) -> Distribution:
        """Return the scaled values."""
        return Empirical(values=tuple(factor * value for value in self.values))
