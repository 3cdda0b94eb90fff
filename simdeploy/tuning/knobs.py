"""Knobs: settings that are tried, each on a ladder of values that a person might choose.

A range becomes a ladder of even steps, or, where it spans decades, one of 1, 1.5, 2, 3, 5, 7:
nobody sets a health check to 17.31 s.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from simdeploy.distributions import Distribution
from simdeploy.errors import SimdeployError
from simdeploy.pydantic_base import did_you_mean, file_key
from simdeploy.scenario.merging import LABELS
from simdeploy.scenario.ranges import MINUTE

#: One value per knob as written in a file; None leaves what the scenario has today.
Setting = tuple[str | None, ...]
#: Values of a ladder at most, and the ratio from which on steps grow with the value.
MOST, DECADES = 60, 50.0
TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
SERIES = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
#: Times that AWS takes in whole minutes only.
WHOLE_MINUTES = ("bake_time", "termination_wait", "ready_wait", "wait", "every")
#: What a search must not turn.
RESERVED = {
    "runs": "use --runs", "seed": "use --seed", "extends": "tune each file by itself",
    "name": "it changes nothing", "title": "it changes nothing", "story": "it changes nothing",
    "questions": "they change nothing", "horizon": "it is how long one looks, not what one sets",
    "drill_after": "it is how one looks, not what one sets",
}  # fmt: skip
FORMS = "PATH=5s:60s or PATH=5s,10s,30s"
_NUMBER = re.compile(r"\s*([+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15}))\s*([A-Za-z%/]*)\s*")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class KnobError(SimdeployError):
    """A knob that cannot be turned."""


@dataclass(frozen=True)
class Knob:
    """A path in the scenario file and the values that it is tried at."""

    path: str
    values: tuple[str, ...]

    def at(self, u: float) -> str:
        """Return the value at a place from 0 to 1; all are equally likely.

        >>> Knob("x", ("5s", "10s")).at(0.6)
        '10s'
        """
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def place(self, value: str) -> float:
        """Return the middle of a value's part of 0 to 1."""
        return (self.values.index(value) + 0.5) / len(self.values)


def read(text: str) -> Knob:
    """Read ``path=lo:hi``, ``path=lo:hi:step`` or ``path=a,b,c``.

    Raises
    ------
    KnobError
        For what is none of these.

    Examples
    --------
    >>> read("target_group.health_check.unhealthy_threshold=2:5").values
    ('2', '3', '4', '5')
    """
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise KnobError(f"--knob {text[:80]}: must be path=values; allowed: {FORMS}")
    return knob(path.strip(), values)


def knob(path: str, values: str | Sequence[Any]) -> Knob:
    """Make a knob of a path and its values, written as on the command line or one by one."""
    first = path.partition(".")[0]
    if first in RESERVED:
        raise KnobError(f"--knob {path}: cannot be tuned; {RESERVED[first]}")
    place = f"--knob {path}"
    if isinstance(values, str) and values.count(":") in (1, 2) and "," not in values:
        found = _ladder(path, values, place)
    else:
        written = values.split(",") if isinstance(values, str) else [str(one) for one in values]
        found = tuple(one.strip() for one in written)
    _refuse_values(found, values, place)
    return Knob(path, found)


def _refuse_values(found: Sequence[str], values: Any, place: str) -> None:
    if not all(found):
        raise KnobError(f'{place}: a value is missing; got "{str(values)[:60]}"; allowed: {FORMS}')
    if len(set(found)) < len(found):
        twice = next(one for i, one in enumerate(found) if one in found[:i])
        raise KnobError(f'{place}: "{twice[:40]}" stands twice')
    if len(found) < 2:
        raise KnobError(
            f'{place}: needs two values to choose from; got "{str(values)[:60]}"; '
            f"allowed: {FORMS}; --set changes a single value"
        )


def _ladder(path: str, text: str, place: str) -> tuple[str, ...]:
    numbers, unit = _common([_part(one, text, place) for one in text.split(":")], text, place)
    low, high = numbers[:2]
    if low >= high:
        raise KnobError(f'{place}: a range goes from low to high; got "{text[:60]}"')
    if len(numbers) == 3:
        return _stepped(low, high, numbers[2], unit, place)
    minutes = path.rpartition(".")[2] in WHOLE_MINUTES
    if low > 0.0 and high / low >= DECADES and not (minutes or unit == ""):
        return _series(low, high, unit)
    return _stepped(low, high, _step(low, high, unit, minutes=minutes), unit, place)


def _part(text: str, whole: str, place: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise KnobError(f'{place}: is no range; got "{whole[:60]}"; allowed: {FORMS}')
    return float(match[1]), match[2]


def _common(found: Sequence[tuple[float, str]], text: str, place: str) -> tuple[list[float], str]:
    """Bring the parts of a range to one unit; a bare zero has any."""
    units = {unit for number, unit in found if number or unit}
    if units and units <= _SECONDS.keys():
        return [number * _SECONDS[unit or "s"] for number, unit in found], "s"
    if len(units) > 1:
        raise KnobError(f'{place}: parts of a range need one unit; got "{text[:60]}"')
    return [number for number, _ in found], next(iter(units), "")


def _step(low: float, high: float, unit: str, *, minutes: bool) -> float:
    """Return a step that people count in, for a ladder of `MOST` values or fewer."""
    least = (high - low) / (MOST - 1)
    if low == int(low) and high == int(high) and high - low >= 1:
        least = max(least, 1.0) if unit in {"", "s"} else least
    if minutes or (unit == "s" and least >= TIME_STEPS[0] / 2):
        least = max(least, MINUTE if minutes else 0.0)
        return float(next((one for one in TIME_STEPS if one >= least), least))
    ten = 10.0 ** math.floor(math.log10(least))
    return next(ten * one for one in (1.0, 2.0, 5.0, 10.0) if ten * one >= least * (1 - 1e-9))


def _stepped(low: float, high: float, step: float, unit: str, place: str) -> tuple[str, ...]:
    """Return low, the multiples of the step between, and high."""
    if step <= 0.0 or (high - low) / step > 10_000:
        raise KnobError(f"{place}: a step must be > 0 and leave at most 10,000 values")
    first = math.floor(low / step + 1e-9) + 1
    last = math.ceil(high / step - 1e-9)
    return tuple(
        _written(one, unit) for one in (low, *(k * step for k in range(first, last)), high)
    )


def _series(low: float, high: float, unit: str) -> tuple[str, ...]:
    """Return low, the values of the series between, and high."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    between = [base * 10.0**power for power in powers for base in SERIES]
    inside = [one for one in between if low * (1 + 1e-9) < one < high * (1 - 1e-9)]
    return tuple(_written(one, unit) for one in (low, *inside, high))


def _written(number: float, unit: str) -> str:
    """Write a number without an exponent and without zeros at its end.

    >>> _written(0.30000000000000004, "%"), _written(90.0, "s")
    ('0.3%', '90s')
    """
    text = f"{float(f'{number:.10g}'):.10f}".rstrip("0").rstrip(".")
    return text + unit


def numeric(text: str) -> float | None:
    """Return a written value in base units; percents as they stand; None for words.

    >>> numeric("2m"), numeric("0.5%"), numeric("deep")
    (120.0, 0.5, None)
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    return float(match[1]) * _SECONDS.get(match[2], 1.0)


def reading(scenario: Any, path: str) -> Any:
    """Return what stands at a path of a scenario: a number, a word, or None.

    Raises
    ------
    KnobError
        Where the path leads nowhere, with what is known there.
    """
    value: Any = scenario
    for key in path.split("."):
        known = _below(value)
        if key not in known:
            names = [name for name in known if not name.isdigit()]
            raise KnobError(f'--knob {path}: no "{key[:40]}" there; {did_you_mean(key, names)}')
        value = known[key]
    return value.mean() if isinstance(value, Distribution) and value.kind == "constant" else value


def _below(value: Any) -> Mapping[str, Any]:
    """Return what a path can go on with."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        found = {file_key(name, info): getattr(value, name) for name, info in fields.items()}
        if "strategies" in found and hasattr(value, "resolved_strategies"):
            found["strategies"] = value.resolved_strategies
        return found
    if isinstance(value, dict):
        return value
    if isinstance(value, tuple):
        return {name: one for i, one in enumerate(value) for name in _called(i, one)}
    return {}


def _called(i: int, item: Any) -> list[str]:
    labels = [getattr(item, label, None) for label in LABELS]
    return [str(i), *(str(label) for label in labels if label is not None)]
