"""Knobs: what a sweep varies, and what a setting of them means to a scenario."""

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

#: One value per knob, as written; None leaves what the scenario has.
Setting = tuple[str | None, ...]
Reading = float | str | None
#: Keys that a sweep sets by options of its own, or that make no sense to vary.
RESERVED = {
    "runs": "use --runs", "seed": "use --seed", "extends": "sweep each file by itself",
    "name": "it changes nothing", "title": "it changes nothing", "story": "it changes nothing",
    "questions": "they change nothing",
}  # fmt: skip
UNITS: dict[Kind, str] = {TIME: "s", PERCENT: "%", MEGABYTES: "MB", GIGABYTES: "GB", RATE: "/s"}


class Knob(NamedTuple):
    """A path in the scenario file, and what it is set to."""

    path: str
    choice: Levels | Span


def knob(path: str, text: str) -> Knob:
    """Read the values of a knob.

    >>> knob("target_group.deregistration_delay", "0s:60s:30s").choice.values
    ('0s', '30s', '60s')
    """
    return Knob(path, parse(text, f"--set {path}"))


def told(paths: Sequence[str], setting: Setting) -> str:
    """Write a setting as on the command line.

    >>> told(["a.b", "c"], ("5s", None))
    '--set a.b=5s'
    """
    given = [f"--set {p}={v}" for p, v in zip(paths, setting, strict=True) if v is not None]
    return " ".join(given) or "the scenario as it is"


def set_to(root: Node, paths: Sequence[str], setting: Setting) -> Scenario:
    """Return the scenario at a setting.

    Raises
    ------
    ScenarioError
        Where the setting is no valid scenario.
    """
    for path, value in zip(paths, setting, strict=True):
        if value is not None:
            root = override(root, f"{path}={value}")
    return validated(root)


def checked(root: Node, paths: Sequence[str], setting: Setting, place: str) -> Scenario:
    """Return the scenario at a setting; an error names the place and the setting, too."""
    try:
        return set_to(root, paths, setting)
    except ScenarioError as error:
        raise SimdeployError(f"{place}: {told(paths, setting)}\n{error}") from None


def readings(scenario: Scenario, paths: Sequence[str], setting: Setting) -> tuple[Reading, ...]:
    """Return what each knob is at a setting, in base units, where the scenario tells."""
    return tuple(
        reading(found(scenario, path)[0], given)
        for path, given in zip(paths, setting, strict=True)
    )  # fmt: skip


def reading(value: Any, given: str | None) -> Reading:
    """Return a value as a number if it is one, else as it was written."""
    if isinstance(value, Distribution) and value.kind == "constant":
        value = value.mean()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if value is None or isinstance(value, str):
        return value
    return given if given is not None else str(value)


def refuse_reserved(varied: Sequence[Knob]) -> None:
    """Refuse to vary what no sweep should."""
    for one in varied:
        if one.path in RESERVED:
            raise SimdeployError(f"--set {one.path}: cannot be swept; {RESERVED[one.path]}")


def unit(scenario: Scenario, path: str, given: str = "") -> str:
    """Return the unit of a knob's readings; empty for counts, shares and words.

    Where the field does not tell, a ``given`` value with a unit of time does.
    """
    value, info = found(scenario, path)
    if isinstance(value, Distribution):
        return "s" if value.kind == "constant" else ""
    kinds = [one.kind for one in _notes(info) if isinstance(one, Quantity)]
    if kinds:
        return UNITS.get(kinds[0], "")
    is_time = isinstance(value, float) and re.fullmatch(r"[\d.]+(ms|s|m|h|d)", given)
    return "s" if is_time else ""


def _notes(info: FieldInfo | None) -> list[Any]:
    """Return the annotations of a field, also those of a type that may be null."""
    if info is None:
        return []
    parts = getattr(info.annotation, "__args__", ())
    return [*info.metadata, *(one for part in parts for one in getattr(part, "__metadata__", ()))]


def found(scenario: Scenario, path: str) -> tuple[Any, FieldInfo | None]:
    """Return what stands at a path of a scenario, and its field; None where nothing does."""
    value: Any = scenario
    info = None
    for key in path.split("."):
        value, info = _below(value, key.strip())
    return value, info


def _below(value: Any, key: str) -> tuple[Any, FieldInfo | None]:
    if isinstance(value, Scenario) and key == "strategies":
        return value.resolved_strategies, None
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        names = [(name, info) for name, info in fields if key in (name, file_key(name, info))]
        return (getattr(value, names[0][0]), names[0][1]) if names else (None, None)
    if isinstance(value, dict):
        return value.get(key), None
    if isinstance(value, tuple):
        return next((one for i, one in enumerate(value) if key in _called(i, one)), None), None
    return None, None


def _called(i: int, item: Any) -> list[str]:
    """Return what an item of a list may be called by: its number, name, kind or stage."""
    labels = [getattr(item, label, None) for label in LABELS]
    return [str(i), *(str(label) for label in labels if label is not None)]
