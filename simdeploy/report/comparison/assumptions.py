"""What a scenario file leaves open: every value that stands at its default, by its path."""

from collections.abc import Iterator, Mapping
from typing import Any

from simdeploy.strategies.configs import WithConfig

HEAD = "Not given in the file, so at its default (times in seconds, percents 0-100, shares 0-1):"
#: Keys of a strategy that mean something under one controller only.
ONLY = {
    "bake_time": "ecs",
    "termination_wait": "code_deploy",
    "controller_delay": "code_deploy",
    "codedeploy_red_alarm": "code_deploy",
}


def assumptions(scenario: Any) -> dict[str, Any]:
    """Return the values that no file gave, by their dotted paths; what is off is left out.

    What the defaults of all strategies give is given, and strategies that leave the same value
    open stand together: ``strategies.{blue-green, canary}.controller_delay``.
    """
    found = dict(_open(scenario, "", given=True))
    own = {path: value for path, value in found.items() if path.startswith("strategies.")}
    rest = {path: value for path, value in found.items() if path not in own}
    return rest | _together(scenario, own)


def _open(value: Any, path: str, *, given: bool) -> Iterator[tuple[str, Any]]:
    """Walk a model, or a mapping of models; ``given`` says whether a file named this value."""
    if hasattr(type(value), "model_fields") and not hasattr(value, "mean"):
        for name in type(value).model_fields:
            named = given and name in value.model_fields_set
            yield from _open(getattr(value, name), _join(path, name.rstrip("_")), given=named)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _open(one, _join(path, str(name)), given=given)
    elif not given and value is not None and value not in ((), [], ""):
        yield path, value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _together(scenario: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the open values of strategies by key, those of equal value on one line."""
    groups: dict[tuple[str, str], list[str]] = {}
    values: dict[tuple[str, str], Any] = {}
    for path, value in found.items():
        _, name, key = path.split(".", 2)
        if not _is_settled(scenario, name, key):
            groups.setdefault((key, repr(value)), []).append(name)
            values[key, repr(value)] = value
    return {f"strategies.{_braced(names)}.{key[0]}": values[key] for key, names in groups.items()}


def _is_settled(scenario: Any, name: str, key: str) -> bool:
    """Return whether a strategy's key is given by the defaults or a config, or means nothing."""
    first = key.split(".", maxsplit=1)[0]
    strategy = scenario.strategies[name]
    shared = getattr(scenario, "defaults", None)
    if shared is not None and first in shared.given():
        return True
    wanted = ONLY.get(first)
    if wanted is not None and strategy.controller != wanted:
        return True
    return (
        isinstance(strategy, WithConfig) and first in strategy.CONFIGURED and bool(strategy.config)
    )


def _braced(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{{{', '.join(names)}}}"


def tell(scenario: Any) -> str:
    """Return the open values as lines of path and value."""
    found = assumptions(scenario)
    if not found:
        return "Every value is given in the file."
    wide = min(60, max(map(len, found))) + 2
    return "\n".join([HEAD, *(f"  {path:<{wide}}{_plain(v)}" for path, v in found.items())])


def _plain(value: Any) -> str:
    """Return a value as a file would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "mean") and hasattr(type(value), "model_fields"):
        return _distribution(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _distribution(value: Any) -> str:
    """Return a distribution in words: ``uniform: low 5, high 60``; a constant is its number."""
    known = {name.rstrip("_"): getattr(value, name) for name in type(value).model_fields}
    told = {name: number for name, number in known.items() if isinstance(number, float)}
    if list(told) == ["value"]:
        return f"{told['value']:g}"
    return f"{value.kind}: {', '.join(f'{name} {number:g}' for name, number in told.items())}"
