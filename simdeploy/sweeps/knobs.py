"""Knobs: what a sweep varies, how a setting changes a scenario, and the values as read back."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simdeploy.distributions import Distribution
from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.pydantic_base import file_key
from simdeploy.scenario import Scenario
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.merging import LABELS, override
from simdeploy.scenario.reading import Node
from simdeploy.sweeps.ranges import Levels, Span, parse
from simdeploy.units import GIGABYTES, MEGABYTES, PERCENT, RATE, TIME, Kind, Quantity

#: One value per knob, as written; None leaves the scenario's own.
Setting = tuple[str | None, ...]
#: A knob's value in base units, or as text.
Reading = float | str | None
#: Keys that a sweep has options for, or that change no result, and why they cannot be varied.
RESERVED = {
    "runs": "use --runs", "seed": "use --seed", "extends": "sweep each file by itself",
    "name": "it changes nothing", "title": "it changes nothing", "story": "it changes nothing",
    "questions": "they change nothing",
}  # fmt: skip
UNITS: dict[Kind, str] = {TIME: "s", PERCENT: "%", MEGABYTES: "MB", GIGABYTES: "GB", RATE: "/s"}


class Knob(NamedTuple):
    """A path in the scenario file, and the values to set."""

    path: str
    choice: Levels | Span


def parse_knob(path: str, text: str) -> Knob:
    """Parse the values of a knob.

    >>> parse_knob("target_group.deregistration_delay", "0s:60s:30s").choice.values
    ('0s', '30s', '60s')
    """
    return Knob(path, parse(text, f"--set {path}"))


def as_options(paths: Sequence[str], setting: Setting) -> str:
    """Return a setting as options of the command line.

    >>> as_options(["a.b", "c"], ("5s", None))
    '--set a.b=5s'
    """
    given = [f"--set {p}={v}" for p, v in zip(paths, setting, strict=True) if v is not None]
    return " ".join(given) or "the scenario as it is"


def set_to(root: Node, paths: Sequence[str], setting: Setting) -> Scenario:
    """Return the scenario at a setting.

    Raises
    ------
    ScenarioError
        Where the scenario is invalid at the setting.
    """
    for path, value in zip(paths, setting, strict=True):
        if value is not None:
            root = override(root, f"{path}={value}")
    return validated(root)


def checked(root: Node, paths: Sequence[str], setting: Setting, place: str) -> Scenario:
    """Return the scenario at a setting; an error also names the place and the setting."""
    try:
        return set_to(root, paths, setting)
    except ScenarioError as error:
        raise SimdeployError(f"{place}: {as_options(paths, setting)}\n{error}") from None


def readings(scenario: Scenario, paths: Sequence[str], setting: Setting) -> tuple[Reading, ...]:
    """Return the value of each knob at a setting, in base units where it is a number."""
    pairs = zip(paths, setting, strict=True)
    return tuple(reading(lookup(scenario, path)[0], given) for path, given in pairs)


def reading(value: Any, given: str | None) -> Reading:
    """Return a value as a float if it is a number, else as it was written."""
    if isinstance(value, Distribution) and value.kind == "constant":
        value = value.mean()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if value is None or isinstance(value, str):
        return value
    return given if given is not None else str(value)


def refuse_reserved(varied: Sequence[Knob]) -> None:
    """Refuse knobs on `RESERVED` keys."""
    for knob in varied:
        if knob.path in RESERVED:
            raise SimdeployError(f"--set {knob.path}: cannot be swept; {RESERVED[knob.path]}")


def unit(scenario: Scenario, path: str, given: str = "") -> str:
    """Return the unit of a knob's readings; empty for counts, shares and words.

    Where the field has none, a ``given`` value with a unit of time decides.
    """
    value, info = lookup(scenario, path)
    if isinstance(value, Distribution):
        return "s" if value.kind == "constant" else ""
    kinds = [note.kind for note in _annotations(info) if isinstance(note, Quantity)]
    if kinds:
        return UNITS.get(kinds[0], "")
    is_time = isinstance(value, float) and re.fullmatch(r"[\d.]+(ms|s|m|h|d)", given)
    return "s" if is_time else ""


def _annotations(info: FieldInfo | None) -> list[Any]:
    """Return the annotations of a field, including those of the members of a union."""
    if info is None:
        return []
    parts = getattr(info.annotation, "__args__", ())
    return [*info.metadata, *(note for part in parts for note in getattr(part, "__metadata__", ()))]


def lookup(scenario: Scenario, path: str) -> tuple[Any, FieldInfo | None]:
    """Return the value at a path of a scenario, and its field; None where there is none."""
    value: Any = scenario
    info = None
    for key in path.split("."):
        value, info = children(value).get(key.strip(), (None, None))
    return value, info


def children(value: Any) -> dict[str, tuple[Any, FieldInfo | None]]:
    """Return the values below a value by the keys of a path, each with its field or None."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        below: dict[str, tuple[Any, FieldInfo | None]] = {
            file_key(n, info): (getattr(value, n), info) for n, info in fields.items()
        }
        if isinstance(value, Scenario):
            below["strategies"] = (value.resolved_strategies, None)
        return below
    if isinstance(value, dict):
        return {key: (item, None) for key, item in value.items()}
    if isinstance(value, tuple):
        return {label: (item, None) for i, item in enumerate(value) for label in labels(i, item)}
    return {}


def labels(i: int, item: Any) -> list[str]:
    """Return the labels of an item of a list: its number, name, kind or stage."""
    own = [getattr(item, label, None) for label in LABELS]
    return [str(i), *(str(label) for label in own if label is not None)]
