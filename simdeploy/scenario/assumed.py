"""The values that a scenario file does not give and that are at their defaults, by path."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from simdeploy.distributions import Constant
from simdeploy.distributions.base import Distribution
from simdeploy.scenario.kubernetes import KUBERNETES, is_of_pods
from simdeploy.scenario.model import Scenario
from simdeploy.strategies.configs import WithConfig

#: Values that can make a number, likeliest first; a path ends or goes on with these words.
OF_HARM = ("operator.patience", "operator.notices", "operator.decides", "publish_delay",
           "evaluation", "poll", "traffic.rate", "startup.boot", "scheduler_tick",
           "operator.types", "control_plane")  # fmt: skip
OF_COST = ("termination_wait", "startup.boot", "scheduler_tick", "control_plane")
#: Keys of a strategy that apply to one controller only.
CONTROLLER_OF = {
    "bake_time": "ecs",
    "termination_wait": "code_deploy",
    "controller_delay": "code_deploy",
    "codedeploy_red_alarm": "code_deploy",
}


def assumptions(scenario: Scenario) -> dict[str, Any]:
    """Return the values that no file gives, by their dotted paths; empty values are left out.

    A value that the block ``defaults`` gives counts as given. Alarms, and strategies, with the
    same default share a path: ``strategies.{blue-green, canary}.controller_delay``.
    """
    values = {
        path: value
        for path, value in _not_given(scenario, "", given=True)
        if scenario.platform != KUBERNETES or is_of_pods(path)
    }
    named = {block: {path: v for path, v in values.items() if path.startswith(f"{block}.")}
             for block in ("alarms", "strategies")}  # fmt: skip
    others = {p: v for p, v in values.items() if not any(p in paths for paths in named.values())}
    for block, paths in named.items():
        others |= _together(scenario, block, paths)
    return others


def single_paths(path: str) -> list[str]:
    """Return the paths that a shared path stands for.

    >>> single_paths("alarms.{a, b}.poll")
    ['alarms.a.poll', 'alarms.b.poll']
    """
    start, brace, rest = path.partition("{")
    names, _, end = rest.partition("}")
    return [f"{start}{name}{end}" for name in names.split(", ")] if brace else [path]


def _not_given(value: object, path: str, *, given: bool) -> Iterator[tuple[str, object]]:
    """Walk a model, or a mapping of models; ``given``: whether a file names this value."""
    if isinstance(value, BaseModel) and not isinstance(value, Distribution):
        for name in type(value).model_fields:
            named = given and name in value.model_fields_set
            below = f"{path}.{name.rstrip('_')}"
            yield from _not_given(getattr(value, name), below, given=named)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _not_given(item, f"{path}.{name}", given=given)
    elif path == ".alarms":
        for alarm in value if isinstance(value, tuple) else ():
            yield from _not_given(alarm, f"{path}.{alarm.name}", given=True)
    elif not given and value is not None and value not in ((), [], ""):
        yield path.removeprefix("."), value


def _together(scenario: Scenario, block: str, paths: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of alarms or strategies by key, equal values under one path."""
    groups: dict[tuple[str, str], list[str]] = {}
    values: dict[tuple[str, str], Any] = {}
    for path, value in paths.items():
        _, name, key = path.split(".", 2)
        if block == "alarms" or not _is_settled(scenario, name, key):
            groups.setdefault((key, repr(value)), []).append(name)
            values[key, repr(value)] = value
    return {f"{block}.{_braced(names)}.{key[0]}": values[key] for key, names in groups.items()}


def _is_settled(scenario: Scenario, name: str, key: str) -> bool:
    """Return whether ``defaults`` or a config sets a strategy's key, or it does not apply."""
    first = key.split(".", maxsplit=1)[0]
    strategy = scenario.strategies[name]
    if first in scenario.defaults.given():
        return True
    wanted = CONTROLLER_OF.get(first)
    if wanted is not None and strategy.controller != wanted:
        return True
    return (
        isinstance(strategy, WithConfig) and first in strategy.CONFIGURED and bool(strategy.config)
    )


def _braced(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{{{', '.join(names)}}}"


def scales(value: object) -> bool:
    """Return whether a value can be doubled and halved."""
    return isinstance(value, Distribution | int | float) and not isinstance(value, bool)


def setting(path: str, value: Any, factor: float) -> list[str]:
    """Return the settings that multiply a value.

    >>> setting("alarms.{a, b}.period", 60.0, 0.5)
    ['alarms.a.period=30', 'alarms.b.period=30']
    """
    if isinstance(value, Distribution):
        made = value.scaled(factor) if factor else Constant(value=0.0)
        text = json.dumps(made.model_dump(by_alias=True))
    else:
        text = f"{value * factor or 1e-3:.6g}"
    return [f"{single}={text}" for single in single_paths(path)]
