"""Values of a knob: ``5s,10s,30s``, ``0s:300s:30s`` (both ends included), ``0s:300s``.

Steps are added in decimals, so that ``0:1:0.1`` has 0.3 and not 0.30000000000000004.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from simdeploy.errors import SimdeployError

#: Most values of a knob.
MOST = 1_000_000
_QUANTITY = re.compile(r"\s*([+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20}))\s*([A-Za-z%/]*)\s*")
_SECONDS = {"ms": "0.001", "s": "1", "m": "60", "h": "3600", "d": "86400"}
#: Significant digits of a sampled value: enough for a million different values.
DIGITS = 7


class RangeError(SimdeployError):
    """Values of a knob that cannot be parsed."""


class Levels(NamedTuple):
    """Discrete values, as they are written."""

    values: tuple[str, ...]

    def at(self, u: float) -> str:
        """Return the value at a place from 0 to 1; all are equally likely.

        >>> Levels(("a", "b", "c")).at(0.99)
        'c'
        """
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]


class Span(NamedTuple):
    """All values between two, for sampled designs."""

    low: Decimal
    high: Decimal
    unit: str

    def at(self, u: float) -> str:
        """Return the value at a place from 0 to 1.

        >>> Span(Decimal(0), Decimal(300), "s").at(0.25)
        '75s'
        """
        low, high = float(self.low), float(self.high)
        value = min(max(float(f"{low + u * (high - low):.{DIGITS}g}"), low), high)
        return _written(Decimal(repr(value)), self.unit)


def parse(text: str, what: str) -> Levels | Span:
    """Parse the values of a knob; ``what`` names it in errors.

    Raises
    ------
    RangeError
        For an empty list, a repeated value, and invalid ranges.

    Examples
    --------
    >>> parse("5s,10s", "interval").values
    ('5s', '10s')
    >>> parse("0s:70s:30s", "interval").values
    ('0s', '30s', '60s', '70s')
    """
    items = [_parse_item(item, what) for item in split(text)]
    if len(items) == 1 and isinstance(items[0], Span):
        return items[0]
    if any(isinstance(item, Span) for item in items):
        raise RangeError(f'{what}: a range in a list needs a step; got "{text[:60]}"')
    values = tuple(value for item in items if isinstance(item, Levels) for value in item.values)
    return levels(values, what)


def levels(values: Sequence[str], what: str) -> Levels:
    """Return values as levels; refuse an empty list and repeated values."""
    if not values or not all(value.strip() for value in values):
        raise RangeError(f"{what}: a value is missing; allowed: 5s,10s or 0s:300s:30s")
    if len(values) > MOST:
        raise RangeError(f"{what}: {len(values):,} values; a knob takes at most {MOST:,}")
    seen = set[str]()
    for value in values:
        if value in seen:
            raise RangeError(f'{what}: "{value}" stands twice')
        seen.add(value)
    return Levels(tuple(values))


def split(text: str) -> list[str]:
    """Split at commas outside of brackets and quotes.

    >>> split("[1, 2],{a: 3}, b")
    ['[1, 2]', '{a: 3}', 'b']
    """
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote or letter in "'\"":
            quote = "" if letter == quote else quote or letter
        elif letter in "[]{}":
            depth += 1 if letter in "[{" else -1
        elif letter == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += letter
    return [part.strip() for part in parts]


def _parse_item(text: str, what: str) -> Levels | Span:
    """Parse a value or a range; a text with colons that separate no quantities is a value."""
    parts = text.split(":")
    matches = [_QUANTITY.fullmatch(part) for part in parts]
    if not 2 <= len(parts) <= 3 or None in matches:
        return Levels((text,))
    numbers, unit = _to_one_unit([(Decimal(m[1]), m[2]) for m in matches if m], text, what)
    if numbers[0] >= numbers[1]:
        raise RangeError(f'{what}: a range goes from low to high; got "{text[:60]}"')
    if len(numbers) == 2:
        return Span(numbers[0], numbers[1], unit)
    low, high, step = numbers
    return Levels(_stepped(low, high, step, unit, f'{what}: got "{text[:60]}"'))


def _to_one_unit(
    quantities: Sequence[tuple[Decimal, str]], text: str, what: str
) -> tuple[list[Decimal], str]:
    """Convert the parts of a range to one unit; a bare zero fits any."""
    units = {unit for number, unit in quantities if number or unit}
    if len(units) <= 1:
        return [number for number, _ in quantities], next(iter(units), "")
    if not units <= _SECONDS.keys():
        raise RangeError(f'{what}: parts of a range need the same unit; got "{text[:60]}"')
    return [number * Decimal(_SECONDS[unit or "s"]) for number, unit in quantities], "s"


def _stepped(low: Decimal, high: Decimal, step: Decimal, unit: str, what: str) -> tuple[str, ...]:
    """Return low, low + step and so on, and high as the last."""
    if step <= 0:
        raise RangeError(f"{what}; the step must be > 0")
    steps = int(((high - low) / step).to_integral_value(ROUND_FLOOR))
    if steps >= MOST:
        raise RangeError(f"{what}; a knob takes at most {MOST:,} values")
    values = [low + k * step for k in range(steps + 1)]
    if values[-1] != high:
        values.append(high)
    return tuple(_written(value, unit) for value in values)


def _written(number: Decimal, unit: str) -> str:
    """Format a number without an exponent and without trailing zeros.

    >>> _written(Decimal("0.30"), "s"), _written(Decimal("1E+2"), "")
    ('0.3s', '100')
    """
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + unit
