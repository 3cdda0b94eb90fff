"""What differs between two scenarios, by the dotted paths of their files."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic_core import to_jsonable_python

from simdeploy.scenario.model import Scenario

#: Keys that change nothing about a run.
WORDS = frozenset({"name", "title", "story", "extends", "questions", "runs", "seed"})
#: What an item of a list may be called by.
LABELS = ("name", "stage")
#: A key that one of the scenarios does not have.
ABSENT = "–"


class Setting(NamedTuple):
    """A value that differs: its path, and the value in either scenario as text."""

    path: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return it as in a sentence: ``service.desired_count 6 → 12``."""
        return f"{self.path} {self.before} → {self.after}"


def changed(before: Scenario, after: Scenario, common: tuple[str, ...]) -> list[Setting]:
    """Return the values that differ, in the order of the file, without strategies in only one."""
    sides = [dict(_leaves(_dumped(side, common), "")) for side in (before, after)]
    paths = dict.fromkeys([*sides[1], *sides[0]])
    found = [Setting(path, *(side.get(path, ABSENT) for side in sides)) for path in paths]
    return [setting for setting in found if setting.before != setting.after]


def _dumped(scenario: Scenario, common: tuple[str, ...]) -> dict[str, Any]:
    """Return the scenario's values with every default; strategies as they run."""
    values = scenario.model_dump(by_alias=True, exclude=set(WORDS))
    strategies = scenario.resolved_strategies
    values["strategies"] = {name: strategies[name].model_dump(by_alias=True) for name in common}
    values.pop("defaults")
    plain: dict[str, Any] = to_jsonable_python(values)
    return plain


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value and "distribution" not in value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}.{_label(item, i)}")
    else:
        yield path, _text(value)


def _label(item: object, number: int) -> str:
    names = [item[key] for key in LABELS if key in item] if isinstance(item, Mapping) else []
    return str(names[0] if names else number)


def _text(value: object) -> str:
    """Return a value as a file would have it.

    >>> _text(30.0), _text(None), _text(["a", "b"]), _text(True)
    ('30', 'null', '[a, b]', 'true')
    >>> _text({"distribution": "uniform", "low": 1.0, "high": 2.5})
    'uniform (low 1, high 2.5)'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        kind, *parts = (_text(item) if key == "distribution" else f"{key} {_text(item)}"
                        for key, item in value.items())  # fmt: skip
        return f"{kind} ({', '.join(parts)})"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "null" if value is None else str(value)
