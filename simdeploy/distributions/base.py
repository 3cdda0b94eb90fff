"""What every distribution can do; constants; and how a value in a file becomes one."""

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

from simdeploy.pydantic_base import OneOf, Variant, fault, file_key, refuse
from simdeploy.units import NUMBER, RATE, TIME, Quantity, Seconds, UnitError

#: Families by the word that a file uses; filled by the package.
FAMILIES: dict[str, type[Variant]] = {}
READER = OneOf(FAMILIES, key="distribution")
CONSTANT, UNIFORM, EXPONENTIAL, LOGNORMAL, TABLE = range(5)
CELLS = 256
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
    """Make sets of keys, each written as one text."""
    return tuple(frozenset(form.split()) for form in keys)


def ascending(lower: str, low: float, higher: str, high: float) -> None:
    """Refuse a value above the one that it must not exceed."""
    if low > high:
        refuse([fault((lower,), f"must be at most {higher}, {high:g}", got=low)])


def _grid() -> list[float]:
    """Shares of the table's quantiles; the ends are cut to stay finite."""
    return [0.5 / CELLS, *(i / CELLS for i in range(1, CELLS)), 1 - 0.5 / CELLS]


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
    #: Keys that tell the distribution together; exactly one of these sets must be given.
    FORMS: ClassVar[tuple[frozenset[str], ...]] = ()

    @abstractmethod
    def mean(self) -> float:
        """Return the expected value."""
        raise NotImplementedError

    @abstractmethod
    def quantile(self, u: float) -> float:
        """Return the value that a share ``u`` of all draws does not exceed."""
        raise NotImplementedError

    def flat(self) -> Flat:
        """Return (code, a, b, table) for the engines."""
        return TABLE, 0.0, 0.0, self._table()

    def scaled(self, factor: float) -> "Distribution":
        """Return the distribution of ``factor`` times this one's values."""
        return Tabulated(quantiles=tuple(factor * q for q in self._table()))

    def into(self, amount: float) -> "Distribution":
        """Return the distribution of ``amount`` ÷ value: the time that a rate takes for it."""
        cells = [self.quantile(u) for u in reversed(_grid())]
        return Tabulated(quantiles=tuple(amount / q for q in cells))

    def _table(self) -> tuple[float, ...]:
        """Quantiles at 0, 1/256, … 1; the last is the one that keeps the mean."""
        cells = [self.quantile(u) for u in _grid()]
        last = 2 * (CELLS * self.mean() - cells[0] / 2 - math.fsum(cells[1:-1]))
        return (*cells[:-1], max(cells[-2], last))

    def __float__(self) -> float:
        """Return the value of a constant."""
        raise TypeError(f"a {self.kind} distribution is no single number")

    def told(self) -> dict[str, Any]:
        """Return the keys that were given, as the file spells them."""
        fields = type(self).model_fields
        values = {file_key(name, info): getattr(self, name) for name, info in fields.items()}
        return {key: value for key, value in values.items() if value is not None}

    @model_validator(mode="after")
    def _told_once(self) -> Self:
        told = self.told()
        if self.FORMS and frozenset(told) not in self.FORMS:
            known = ", or ".join(" and ".join(sorted(form)) for form in self.FORMS)
            what = f"a {self.kind} distribution is told by exactly one of its forms"
            refuse([fault((), what, got=", ".join(told) or "none", allowed=f"allowed: {known}")])
        self._check()
        return self

    def _check(self) -> None:
        """Refuse values that do not fit one another."""

    @model_serializer(mode="wrap")
    def _with_word(self, handler: Any) -> Any:  # noqa: ARG002 - pydantic's signature
        return {self.KEY: self.kind, **self.told()}

    @staticmethod
    def _read(value: Any) -> "Distribution":
        return distribution(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read numbers, texts and blocks where a field is any distribution."""
        if not cls.kind:
            return core_schema.no_info_plain_validator_function(cls._read)
        return handler(source)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe a number, a text with a unit, or one of the blocks."""
        if cls.kind:
            return super().__get_pydantic_json_schema__(schema, handler)
        constant = Quantity(TIME).json()["anyOf"]
        families = READER.__get_pydantic_json_schema__(schema, handler)["oneOf"]
        return {"anyOf": [*constant, *families]}


class Constant(Distribution):
    """Always the same value."""

    kind: ClassVar[str] = "constant"
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


class Tabulated(Distribution):
    """Quantiles at 0, 1/256, … 1; what calculations end in, not a form of the file."""

    kind: ClassVar[str] = "tabulated"
    quantiles: tuple[float, ...] = Field(description="257 of them.")

    def mean(self) -> float:
        """Return the mean of the straight lines between the quantiles."""
        ends = (self.quantiles[0] + self.quantiles[-1]) / 2
        return (ends + math.fsum(self.quantiles[1:-1])) / CELLS

    def quantile(self, u: float) -> float:
        """Return the value on the line between two quantiles."""
        below = min(int(u * CELLS), CELLS - 1)
        low, high = self.quantiles[below], self.quantiles[below + 1]
        return low + (high - low) * (u * CELLS - below)

    def flat(self) -> Flat:
        """Return the table itself."""
        return TABLE, 0.0, 0.0, self.quantiles


def distribution(value: Any) -> Distribution:
    """Read a number, a text with a unit, or a block; pydantic calls it for such fields.

    >>> distribution("5m").mean(), distribution({"distribution": "uniform", "low": 1, "high": 3})
    (300.0, Uniform(low=1.0, high=3.0))
    """
    if isinstance(value, Distribution):
        return value
    if isinstance(value, Mapping):
        found: Distribution = READER(value)
        return found
    if isinstance(value, str | int | float):
        return Constant(value=_time(value))
    raise UnitError("must be a time or a distribution", TIME.examples)


def rate(value: Any) -> Distribution:
    """Read a rate per second or a distribution of one: greater than zero, no units of time."""
    if isinstance(value, Mapping):
        texts = [key for key, one in value.items() if isinstance(one, str) and key != READER.key]
        refuse(fault((key,), "must be a plain number", got=value[key]) for key in texts)
        found = distribution(value)
    else:
        found = value if isinstance(value, Distribution) else Constant(value=_RATE(value))
    if found.quantile(0.5 / CELLS) <= 0:
        raise UnitError("must be greater than zero")
    return found


def _positive(found: Distribution) -> Distribution:
    if found.mean() <= 0:
        raise UnitError("must be greater than zero")
    return found


PositiveDistribution = Annotated[Distribution, AfterValidator(_positive)]
RateDistribution = Annotated[Distribution, BeforeValidator(rate)]
