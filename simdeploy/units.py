"""Parsing and validation of quantities with units: ``90s``, ``25%``, ``400MB``.

A `Kind` has the units of a quantity. `Quantity` adds a range and is the annotation that
pydantic models use: ``Annotated[float, Quantity(TIME, low=5, high=300)]``. Bare numbers are in
the base unit: seconds, percent (0-100), a share (0-1), megabytes, requests per second.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic_core import core_schema

#: The longest time that AWS accepts anywhere (health_check_grace_period), 68 years.
LONGEST = 2_147_483_647.0
MOST = 1e12
#: Upper bounds from here on only guard sums and memory, and are not mentioned.
GUARDS = 10_000
_NUMBER = re.compile(r"\s*([+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,2})?)\s*")
_PARTS = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h|d)")


class UnitError(ValueError):
    """An invalid quantity: what it must be, and what is allowed."""

    def __init__(self, what: str, allowed: str = "") -> None:
        self.what = what
        self.allowed = allowed
        super().__init__(f"{what}; allowed: {allowed}" if allowed else what)


class NoQuantityError(UnitError):
    """A value that cannot be parsed as this kind of quantity."""


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of quantity: its name in words, its units as decimal factors, two examples."""

    noun: str
    units: Mapping[str, Decimal]
    examples: str
    whole: bool = False

    def parse(self, value: Any) -> float:
        """Parse a number or a text with a unit into a float of the base unit."""
        if isinstance(value, str):
            return self._parse_text(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NoQuantityError(f"must be {self.noun}", self.examples)
        return _finite(value)

    def _parse_text(self, text: str) -> float:
        if "h" in self.units and (total := _compound(text)) is not None:
            return total
        match = _NUMBER.match(text)
        if not match:
            raise NoQuantityError(f"must be {self.noun}", self.examples)
        unit = text[match.end() :].strip()
        if unit and len(self.units) == 1:
            raise NoQuantityError(f"must be {self.noun}", self.examples)
        if unit not in self.units:
            raise UnitError(f"unknown unit for {self.noun}", self.examples)
        return _finite(float(Decimal(match[1]) * self.units[unit]))


def _finite(value: float) -> float:
    if isinstance(value, int) and abs(value) > MOST:
        raise UnitError("is too large", f"at most {MOST:g}")
    if not math.isfinite(value):
        raise UnitError("must be a finite number")
    return float(value)


def _compound(text: str) -> float | None:
    """Add up ``1h30m``; None where the text is not of that form.

    >>> _compound("1h30m"), _compound("30")
    (5400.0, None)
    """
    compact = text.replace(" ", "")[:64]
    parts = _PARTS.findall(compact)
    if len(parts) < 2 or "".join(number + unit for number, unit in parts) != compact:
        return None
    return float(sum(Decimal(number) * _TIMES[unit] for number, unit in parts))


def _factors(**units: str) -> dict[str, Decimal]:
    return {"": Decimal(1), **{unit: Decimal(factor) for unit, factor in units.items()}}


_TIMES = _factors(ms="0.001", s="1", m="60", h="3600", d="86400")
TIME = Kind("a time", _TIMES, "seconds as a number, or 80ms, 90s, 5m, 1h, 2d")
PERCENT = Kind("a percent", {"": Decimal(1), "%": Decimal(1)}, "25 or 25%")
SHARE = Kind("a share", {"": Decimal(1), "%": Decimal("0.01")}, "0.25 or 25%")
MEGABYTES = Kind(
    "a size",
    _factors(KB="0.001", kB="0.001", MB="1", GB="1000", MiB="1.048576", GiB="1073.741824"),
    "megabytes as a number, or 400MB, 1.2GB",
)
GIGABYTES = Kind(
    "a size",
    _factors(MB="0.001", GB="1", MiB="0.001048576", GiB="1.073741824"),
    "gigabytes as a number, or 2GB, 512MB",
)
RATE = Kind("a rate", {"": Decimal(1), "/s": Decimal(1)}, "per second, as a number, or 20/s")
NUMBER = Kind("a number", {"": Decimal(1)}, "")
WHOLE = Kind("a whole number", {"": Decimal(1)}, "", whole=True)


@dataclass(frozen=True, eq=False)
class Quantity:
    """A kind of quantity within a range; an annotation for pydantic fields.

    Parameters
    ----------
    kind
        Kind of quantity.
    low, high
        Inclusive bounds.
    above
        Whether the range excludes ``low``.

    Examples
    --------
    >>> Quantity(TIME, low=5, high=300)("1m"), Quantity(SHARE, high=1)("25%")
    (60.0, 0.25)
    """

    kind: Kind
    low: float = 0.0
    high: float = LONGEST
    above: bool = False

    def __call__(self, value: Any) -> float:
        """Parse a value and check its range."""
        try:
            number = self.kind.parse(value)
        except NoQuantityError:
            raise self._refused() from None
        if number > self.high and not self.bounded:
            raise UnitError(f"must be at most {_formatted(self.high)}")
        inside = self.low < number if self.above else self.low <= number
        if not inside or number > self.high or (self.kind.whole and number != int(number)):
            raise self._refused()
        return int(number) if self.kind.whole else number

    def _refused(self) -> UnitError:
        return UnitError(f"must be {self.kind.noun} {self.range}", self.kind.examples)

    @property
    def range(self) -> str:
        """The range in words.

        >>> Quantity(TIME).range, Quantity(SHARE, high=1).range
        ('≥ 0', 'from 0 to 1')
        """
        if self.above:
            most = f" and ≤ {_formatted(self.high)}" if self.bounded else ""
            return f"> {_formatted(self.low)}{most}"
        if not self.bounded:
            return f"≥ {_formatted(self.low)}"
        return f"from {_formatted(self.low)} to {_formatted(self.high)}"

    @property
    def bounded(self) -> bool:
        """Whether the upper bound is a limit of the quantity, not a guard of sums and memory."""
        return self.high < GUARDS

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Return the pydantic schema that parses by `__call__`."""
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema for pydantic."""
        return self.json()

    def json(self) -> dict[str, Any]:
        """Return the JSON Schema: a number in its range, or a text with a unit."""
        number: dict[str, Any] = {"type": "integer" if self.kind.whole else "number"}
        number["exclusiveMinimum" if self.above else "minimum"] = self.low
        if self.bounded:
            number["maximum"] = self.high
        units = "|".join(re.escape(unit) for unit in self.kind.units if unit)
        if not units:
            return number
        text = {"type": "string", "pattern": rf"^\s*([0-9.eE+-]+\s*({units})?\s*)+$"}
        return {"anyOf": [number, text]}


def _formatted(bound: float) -> str:
    """Format a bound with thousands separators.

    >>> _formatted(1_000_000.0), _formatted(0.05)
    ('1,000,000', '0.05')
    """
    return f"{bound:,.0f}" if bound == int(bound) else f"{bound:g}"


Seconds = Annotated[float, Quantity(TIME)]
PositiveSeconds = Annotated[float, Quantity(TIME, above=True)]
Percent = Annotated[float, Quantity(PERCENT, high=100)]
PositivePercent = Annotated[float, Quantity(PERCENT, high=100, above=True)]
AnyPercent = Annotated[float, Quantity(PERCENT)]
Share = Annotated[float, Quantity(SHARE, high=1)]
PositiveShare = Annotated[float, Quantity(SHARE, high=1, above=True)]
Megabytes = Annotated[float, Quantity(MEGABYTES)]
Gigabytes = Annotated[float, Quantity(GIGABYTES, high=4096, above=True)]
Rate = Annotated[float, Quantity(RATE)]
PositiveRate = Annotated[float, Quantity(RATE, above=True)]
Number = Annotated[float, Quantity(NUMBER)]
PositiveNumber = Annotated[float, Quantity(NUMBER, above=True)]
Factor = Annotated[float, Quantity(NUMBER, low=1)]
Count = Annotated[int, Quantity(WHOLE, high=1_000_000)]
PositiveCount = Annotated[int, Quantity(WHOLE, low=1, high=1_000_000)]


def time_of_day(value: Any) -> float:
    """Parse ``"14:30"``, or a time such as ``14h``, into seconds after midnight.

    >>> time_of_day("14:30"), time_of_day("9h")
    (52200.0, 32400.0)
    """
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if match:
        return int(match[1]) * 3600.0 + int(match[2]) * 60.0
    seconds = TIME.parse(value)
    if not 0 <= seconds < 86400:
        raise UnitError("must be a time of day", "14:30, 14h, or seconds after midnight")
    return seconds
