"""Base class of distributions, constants, and parsing of values from files."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from statistics import NormalDist
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from simdeploy.draws import CONSTANT, STEPS, TABLE
from simdeploy.pydantic_base import OneOf, Variant, fault, file_key, refuse
from simdeploy.units import NUMBER, RATE, TIME, Quantity, Seconds, UnitError

#: Families by their name in files; filled by the classes.
FAMILIES: dict[str, type[Variant]] = {}
READER = OneOf(FAMILIES, key="distribution")
Flat = tuple[int, float, float, tuple[float, ...] | None]

NORMAL = NormalDist()
Z95 = NORMAL.inv_cdf(0.95)
Above = Annotated[float, Quantity(TIME, above=True)]
Shape = Annotated[float, Quantity(NUMBER, low=0.05, high=1000)]
Sigma = Annotated[float, Quantity(NUMBER, high=5)]
MEDIAN = Field(None, description="Half of all draws are below.")
P95 = Field(None, description="95 % of all draws are below.")
_time = Quantity(TIME)
_RATE = Quantity(RATE, above=True)


def forms(*keys: str) -> tuple[frozenset[str], ...]:
    """Return sets of keys, each given as one text."""
    return tuple(frozenset(form.split()) for form in keys)


def ascending(lower: str, low: float, higher: str, high: float) -> None:
    """Raise a validation error if ``low`` exceeds ``high``."""
    if low > high:
        refuse([fault((lower,), f"must be at most {higher}, {high:g}", got=low)])


def _grid() -> list[float]:
    """Return the shares of the table's quantiles; the ends are cut to stay finite."""
    return [0.5 / STEPS, *(i / STEPS for i in range(1, STEPS)), 1 - 0.5 / STEPS]


class Distribution(Variant):
    """A random time (s) or rate; `kind` names its family.

    Examples
    --------
    >>> Constant(value="30s").mean()
    30.0
    >>> distribution({"distribution": "lognormal", "median": "80ms", "p95": "300ms"}).median
    0.08
    """

    KEY: ClassVar[str] = "distribution"
    kind: ClassVar[str] = ""
    #: Sets of keys that define the distribution; exactly one set must be given.
    FORMS: ClassVar[tuple[frozenset[str], ...]] = ()

    @abstractmethod
    def mean(self) -> float:
        """Return the expected value."""
        raise NotImplementedError

    @abstractmethod
    def quantile(self, u: float) -> float:
        """Return the quantile at ``u``, the value that a share ``u`` of draws does not exceed."""
        raise NotImplementedError

    def flat(self) -> Flat:
        """Return the encoded form for ``draws.sample``: (code, a, b, table)."""
        return TABLE, 0.0, 0.0, self._table()

    def scaled(self, factor: float) -> "Distribution":
        """Return the distribution of ``factor`` times the values of this distribution."""
        return Tabulated(quantiles=tuple(factor * q for q in self._table()))

    def into(self, amount: float) -> "Distribution":
        """Return the distribution of ``amount`` ÷ value: the time that a rate takes for it."""
        cells = [self.quantile(u) for u in reversed(_grid())]
        return Tabulated(quantiles=tuple(amount / q for q in cells))

    def _table(self) -> tuple[float, ...]:
        """Return quantiles at 0, 1/256, … 1; the last is chosen to preserve the mean."""
        cells = [self.quantile(u) for u in _grid()]
        last = 2 * (STEPS * self.mean() - cells[0] / 2 - math.fsum(cells[1:-1]))
        return (*cells[:-1], max(cells[-2], last))

    def __float__(self) -> float:
        """Return the value of a constant."""
        raise TypeError(f"a {self.kind} distribution is no single number")

    def given(self) -> dict[str, Any]:
        """Return the values that were given, by their keys in files."""
        fields = type(self).model_fields
        values = {file_key(name, info): getattr(self, name) for name, info in fields.items()}
        return {key: value for key, value in values.items() if value is not None}

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        given = self.given()
        if self.FORMS and frozenset(given) not in self.FORMS:
            forms = ", or ".join(" and ".join(sorted(form)) for form in self.FORMS)
            what = f"a {self.kind} distribution is told by exactly one of its forms"
            refuse([fault((), what, got=", ".join(given) or "none", allowed=f"allowed: {forms}")])
        self._check()
        return self

    def _check(self) -> None:
        """Raise a validation error for values that contradict each other."""

    @model_serializer(mode="wrap")
    def _with_word(self, handler: Any) -> Any:  # noqa: ARG002 - pydantic's signature
        return {self.KEY: self.kind, **self.given()}

    @staticmethod
    def _read(value: Any) -> "Distribution":
        return distribution(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Parse numbers, texts and blocks if the field accepts any distribution."""
        if not cls.kind:
            return core_schema.no_info_plain_validator_function(cls._read)
        return handler(source)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe a number, a text with a unit, or a block of any kind."""
        if cls.kind:
            return super().__get_pydantic_json_schema__(schema, handler)
        constant = Quantity(TIME).json()["anyOf"]
        families = READER.__get_pydantic_json_schema__(schema, handler)["oneOf"]
        return {"anyOf": [*constant, *families]}


class Constant(Distribution, tag="constant", among=FAMILIES):
    """Always the same value."""

    value: Seconds = Field(description="The value.")

    def mean(self) -> float:
        """Return the value."""
        return self.value

    def quantile(self, u: float) -> float:  # noqa: ARG002 - the same for all
        """Return the value."""
        return self.value

    def flat(self) -> Flat:
        """Return the value under code 0."""
        return CONSTANT, self.value, 0.0, None

    def scaled(self, factor: float) -> Distribution:
        """Return a constant."""
        return Constant(value=factor * self.value)

    def into(self, amount: float) -> Distribution:
        """Return a constant."""
        return Constant(value=amount / self.value)

    def __float__(self) -> float:
        """Return the value."""
        return self.value

    @model_serializer(mode="wrap")
    def _with_word(self, handler: Any) -> Any:  # noqa: ARG002 - pydantic's signature
        return self.value


class Tabulated(Distribution, tag="tabulated"):
    """Quantiles at 0, 1/256, … 1; what calculations end in, not a form of the file."""

    quantiles: tuple[float, ...] = Field(description="257 of them.")

    def mean(self) -> float:
        """Return the mean of the straight lines between the quantiles."""
        ends = (self.quantiles[0] + self.quantiles[-1]) / 2
        return (ends + math.fsum(self.quantiles[1:-1])) / STEPS

    def quantile(self, u: float) -> float:
        """Return the value on the line between two quantiles."""
        below = min(int(u * STEPS), STEPS - 1)
        low, high = self.quantiles[below], self.quantiles[below + 1]
        return low + (high - low) * (u * STEPS - below)

    def flat(self) -> Flat:
        """Return the table itself."""
        return TABLE, 0.0, 0.0, self.quantiles


def distribution(value: Any) -> Distribution:
    """Parse a number, a text with a unit, or a block.

    Raises
    ------
    UnitError
        For a value of another type, or a text that is no time.

    >>> distribution("5m").mean(), distribution({"distribution": "uniform", "low": 1, "high": 3})
    (300.0, Uniform(low=1.0, high=3.0))
    """
    if isinstance(value, Distribution):
        return value
    if isinstance(value, Mapping):
        parsed: Distribution = READER(value)
        return parsed
    if isinstance(value, str | int | float):
        return Constant(value=_time(value))
    raise UnitError("must be a time or a distribution", TIME.examples)


def rate(value: Any) -> Distribution:
    """Parse a rate per second, or a distribution of rates: positive, without units of time.

    Raises
    ------
    UnitError
        For rates that are not positive.
    """
    if isinstance(value, Mapping):
        texts = [key for key, item in value.items() if isinstance(item, str) and key != READER.key]
        refuse(fault((key,), "must be a plain number", got=value[key]) for key in texts)
        rates = distribution(value)
    else:
        rates = value if isinstance(value, Distribution) else Constant(value=_RATE(value))
    if rates.quantile(0.5 / STEPS) <= 0:
        raise UnitError("must be greater than zero")
    return rates


def _positive(times: Distribution) -> Distribution:
    if times.mean() <= 0:
        raise UnitError("must be greater than zero")
    return times


PositiveDistribution = Annotated[Distribution, AfterValidator(_positive)]
RateDistribution = Annotated[Distribution, BeforeValidator(rate)]
