"""Knobs of a search: paths of the scenario file, each with a list of round values.

A range becomes even steps or, where it spans decades, the series 1, 1.5, 2, 3, 5, 7: nobody sets a
health check to 17.31 s.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simdeploy.distributions import Distribution
from simdeploy.errors import SimdeployError
from simdeploy.pydantic_base import did_you_mean
from simdeploy.scenario import Scenario
from simdeploy.scenario.ranges import MINUTE
from simdeploy.sweeps.knobs import RESERVED as NOT_SWEPT
from simdeploy.sweeps.knobs import children

#: Most values of a range, and the ratio of its ends from which on steps grow with the value.
MOST, DECADES = 60, 50.0
TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
SERIES = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
#: Times that AWS accepts in whole minutes only.
WHOLE_MINUTES = ("bake_time", "termination_wait", "ready_wait", "wait", "every")
#: Keys that a search must not vary, and why.
RESERVED = NOT_SWEPT | {
    "extends": "tune each file by itself",
    "horizon": "it is how long one looks, not what one sets",
    "drill_after": "it is how one looks, not what one sets",
}
FORMS = "PATH=5s:60s or PATH=5s,10s,30s"
_NUMBER = re.compile(r"\s*([+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15}))\s*([A-Za-z%/]*)\s*")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class KnobError(SimdeployError):
    """A knob that cannot be varied."""


@dataclass(frozen=True)
class Knob:
    """A path in the scenario file and the values to try."""

    path: str
    values: tuple[str, ...]

    def at(self, u: float) -> str:
        """Return the value at a place from 0 to 1; all are equally likely.

        >>> Knob("x", ("5s", "10s")).at(0.6)
        '10s'
        """
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def place(self, value: str) -> float:
        """Return the middle of a value's part of 0 to 1, the inverse of `at`."""
        return (self.values.index(value) + 0.5) / len(self.values)


def parse_knob(text: str) -> Knob:
    """Parse ``path=lo:hi``, ``path=lo:hi:step`` or ``path=a,b,c``.

    Raises
    ------
    KnobError
        For anything else.

    Examples
    --------
    >>> parse_knob("target_group.health_check.unhealthy_threshold=2:5").values
    ('2', '3', '4', '5')
    """
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise KnobError(f"--knob {text[:80]}: must be path=values; allowed: {FORMS}")
    return make_knob(path.strip(), values)


def make_knob(path: str, values: str | Sequence[Any]) -> Knob:
    """Return a knob from a path and its values, written as on the command line or as a list."""
    first = path.partition(".")[0]
    if first in RESERVED:
        raise KnobError(f"--knob {path}: cannot be tuned; {RESERVED[first]}")
    place = f"--knob {path}"
    if isinstance(values, str) and values.count(":") in (1, 2) and "," not in values:
        expanded = _expanded(path, values, place)
    else:
        given = values.split(",") if isinstance(values, str) else values
        expanded = tuple(str(value).strip() for value in given)
    _check_values(expanded, values, place)
    return Knob(path, expanded)


def _check_values(values: Sequence[str], given: str | Sequence[Any], place: str) -> None:
    if not all(values):
        raise KnobError(f'{place}: a value is missing; got "{str(given)[:60]}"; allowed: {FORMS}')
    if len(set(values)) < len(values):
        twice = next(value for i, value in enumerate(values) if value in values[:i])
        raise KnobError(f'{place}: "{twice[:40]}" stands twice')
    if len(values) < 2:
        raise KnobError(
            f'{place}: needs two values to choose from; got "{str(given)[:60]}"; '
            f"allowed: {FORMS}; --set changes a single value"
        )


def _expanded(path: str, text: str, place: str) -> tuple[str, ...]:
    """Return the values of a range."""
    parts = [_quantity(part, text, place) for part in text.split(":")]
    numbers, unit = _to_one_unit(parts, text, place)
    low, high = numbers[:2]
    if low >= high:
        raise KnobError(f'{place}: a range goes from low to high; got "{text[:60]}"')
    if len(numbers) == 3:
        return _stepped(low, high, numbers[2], unit, place)
    minutes = path.rpartition(".")[2] in WHOLE_MINUTES
    if low > 0.0 and high / low >= DECADES and not (minutes or unit == ""):
        return _series(low, high, unit)
    return _stepped(low, high, _step(low, high, unit, minutes=minutes), unit, place)


def _quantity(text: str, whole: str, place: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise KnobError(f'{place}: is no range; got "{whole[:60]}"; allowed: {FORMS}')
    return float(match[1]), match[2]


def _to_one_unit(
    quantities: Sequence[tuple[float, str]], text: str, place: str
) -> tuple[list[float], str]:
    """Convert the parts of a range to one unit; a bare zero fits any."""
    units = {unit for number, unit in quantities if number or unit}
    if units and units <= _SECONDS.keys():
        return [number * _SECONDS[unit or "s"] for number, unit in quantities], "s"
    if len(units) > 1:
        raise KnobError(f'{place}: parts of a range need one unit; got "{text[:60]}"')
    return [number for number, _ in quantities], next(iter(units), "")


def _step(low: float, high: float, unit: str, *, minutes: bool) -> float:
    """Return a round step that gives at most `MOST` values."""
    least = (high - low) / (MOST - 1)
    if low == int(low) and high == int(high) and high - low >= 1:
        least = max(least, 1.0) if unit in {"", "s"} else least
    if minutes or (unit == "s" and least >= TIME_STEPS[0] / 2):
        least = max(least, MINUTE if minutes else 0.0)
        return float(next((step for step in TIME_STEPS if step >= least), least))
    ten = 10.0 ** math.floor(math.log10(least))
    return next(ten * k for k in (1.0, 2.0, 5.0, 10.0) if ten * k >= least * (1 - 1e-9))


def _stepped(low: float, high: float, step: float, unit: str, place: str) -> tuple[str, ...]:
    """Return low, the multiples of the step between, and high."""
    if step <= 0.0 or (high - low) / step > 10_000:
        raise KnobError(f"{place}: a step must be > 0 and leave at most 10,000 values")
    first = math.floor(low / step + 1e-9) + 1
    last = math.ceil(high / step - 1e-9)
    between = (k * step for k in range(first, last))
    return tuple(_written(number, unit) for number in (low, *between, high))


def _series(low: float, high: float, unit: str) -> tuple[str, ...]:
    """Return low, the values of the series between, and high."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    between = [base * 10.0**power for power in powers for base in SERIES]
    inside = [x for x in between if low * (1 + 1e-9) < x < high * (1 - 1e-9)]
    return tuple(_written(number, unit) for number in (low, *inside, high))


def _written(number: float, unit: str) -> str:
    """Format a number without an exponent and without trailing zeros.

    >>> _written(0.30000000000000004, "%"), _written(90.0, "s")
    ('0.3%', '90s')
    """
    text = f"{float(f'{number:.10g}'):.10f}".rstrip("0").rstrip(".")
    return text + unit


def numeric(text: str) -> float | None:
    """Return a written value in base units, percents from 0 to 100; None for words.

    >>> numeric("2m"), numeric("0.5%"), numeric("deep")
    (120.0, 0.5, None)
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    return float(match[1]) * _SECONDS.get(match[2], 1.0)


def reading(scenario: Scenario, path: str) -> Any:
    """Return the value at a path of a scenario: a number, a word, or None.

    Raises
    ------
    KnobError
        Where there is no such path, with a close key.
    """
    value: Any = scenario
    for key in path.split("."):
        below = children(value)
        if key not in below:
            names = [name for name in below if not name.isdigit()]
            raise KnobError(f'--knob {path}: no "{key[:40]}" there; {did_you_mean(key, names)}')
        value, _ = below[key]
    return value.mean() if isinstance(value, Distribution) and value.kind == "constant" else value
