"""Validation of a tree of nodes: every fault with its file, line and path.

pydantic checks no rules between blocks as long as a block itself is wrong. So faulty pieces are
taken out and the others are validated once more: all faults show at once.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from simdeploy.errors import Fault, ScenarioError
from simdeploy.pydantic_base import DID_YOU_MEAN, UNKNOWN, Block, Path, Variant, closest, file_key
from simdeploy.scenario.model import Names, Scenario
from simdeploy.scenario.reading import Node

AnyBlock = TypeVar("AnyBlock", bound=Block)
#: Path of a list to the former positions of the items that are left of it.
Places = dict[Path, list[int]]
#: Values in messages are cut to so many characters.
SHOWN = 40
#: Collections whose items are left out singly.
ITEMS = (("alarms",), ("questions",), ("strategies",), ("environment", "events"),
         ("release", "faults"))  # fmt: skip
HARMLESS: dict[str, Any] = {"name": "x", "strategies": {"x": {"type": "recreate"}}}


def validated(root: Node) -> Scenario:
    """Turn a tree into a scenario.

    Raises
    ------
    ScenarioError
        With all its faults.
    """
    _drop_removed(root)
    data = root.plain()
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    more = _errors_without(data, [error["loc"] for error in errors])
    faults = [_fault(root, error["loc"], error) for error in errors]
    faults += [_fault(root, loc, error) for loc, error in more]
    order = sorted(dict.fromkeys(faults), key=lambda fault: (fault.file != root.file, fault.line))
    raise ScenarioError(order)


def explained(model: type[AnyBlock], root: Node) -> AnyBlock:
    """Turn a tree into a block of another file format, or raise its faults in the same words."""
    try:
        return model.model_validate(root.plain())
    except ValidationError as error:
        errors = error.errors(include_url=False)
    faults = dict.fromkeys(_fault(root, error["loc"], error) for error in errors)
    raise ScenarioError(sorted(faults, key=lambda fault: fault.line))


def _drop_removed(root: Node) -> None:
    """Take out strategies set to null."""
    strategies = root.value.get("strategies")
    if strategies is not None and isinstance(strategies.value, dict):
        nodes = strategies.value.items()
        strategies.value = {key: node for key, node in nodes if node.value is not None}


def _fault(root: Node, loc: Path, error: ErrorDetails) -> Fault:
    path, node, exact = _locate(root, loc)
    context = error.get("ctx", {})
    parts = [context.get("what", error["msg"])]
    if parts[0] == UNKNOWN and DID_YOU_MEAN not in context["allowed"]:
        parts += elsewhere(str(loc[-1]))
    if context.get("show", True):
        as_written = exact and not isinstance(node.value, dict | list)
        parts.append(f"got {shown(node.value if as_written else error['input'])}")
    if context.get("allowed"):
        parts.append(context["allowed"])
    return Fault(node.file, node.line, path, "; ".join(parts))


def elsewhere(key: str) -> list[str]:
    """Suggest the block that a key belongs to.

    >>> elsewhere("deregistration_delai")
    ['did you mean "target_group.deregistration_delay"?']
    """
    paths = {path.rpartition(".")[2]: path for path in _paths(Scenario, "")}
    close = closest(key, paths, 0.8)
    return [f'{DID_YOU_MEAN} "{paths[close]}"?'] if close else []


def _paths(block: type[Block], prefix: str) -> Iterator[str]:
    """Return the dotted paths of all keys that stand in no list."""
    for name, info in block.model_fields.items():
        key = prefix + file_key(name, info)
        yield key
        below = info.annotation
        if isinstance(below, type) and issubclass(below, Block) and not issubclass(below, Variant):
            yield from _paths(below, key + ".")


def shown(value: Any) -> str:
    """Show a value as the file has it, cut short.

    >>> shown("six"), shown([1, 2, 3]), shown(float("nan")), shown("x" * 99)[-3:]
    ('"six"', '[1, 2, 3]', 'NaN', 'x…"')
    """
    if isinstance(value, str):
        cut = value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"
        return json.dumps(cut, ensure_ascii=not cut.isprintable())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _locate(root: Node, loc: Path) -> tuple[str, Node, bool]:
    """Return the dotted path, the deepest node on the way, and whether that is its end."""
    node, words, exact = root, [], True
    for part in loc:
        if part == "[key]":
            exact = False
            break
        words.append(str(part))
        child = _child(node, part)
        exact = child is not None
        node = child or node
    return _printable(".".join(words)), node, exact


def _child(node: Node, part: int | str) -> Node | None:
    if isinstance(node.value, dict):
        child: Node | None = node.value.get(str(part))
        return child
    if isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
        item: Node = node.value[part]
        return item
    return None


def _printable(path: str) -> str:
    cut = path if len(path) <= 120 else path[:119] + "…"
    return cut if cut.isprintable() else ascii(cut)[1:-1]


def _errors_without(data: dict[str, Any], wrong: list[Path]) -> list[tuple[Path, ErrorDetails]]:
    """Validate the data without the faulty pieces; return further errors by their path in it."""
    known = Names(_names(data.get("alarms")), _keys(data.get("strategies")))
    left, places = _without(data, wrong)
    try:
        Scenario.model_validate({**HARMLESS, **left}, context=known)
    except ValidationError as error:
        errors = [(_back(each["loc"], places), each) for each in error.errors(include_url=False)]
        return [(loc, each) for loc, each in errors if loc not in wrong]
    return []


def _names(alarms: object) -> tuple[str, ...]:
    items = [item for item in alarms if isinstance(item, dict)] if isinstance(alarms, list) else []
    return tuple(str(item["name"]) for item in items if "name" in item)


def _keys(block: object) -> tuple[str, ...]:
    return tuple(block) if isinstance(block, dict) else ()


def _unit(loc: Path) -> Path:
    """Return the piece that a fault spoils: an item of a collection, or a whole section."""
    for items in ITEMS:
        if loc[: len(items)] == items and len(loc) > len(items):
            return loc[: len(items) + 1]
    return loc[:1]


def _without(data: dict[str, Any], wrong: list[Path]) -> tuple[dict[str, Any], Places]:
    """Return the data without the faulty pieces, and where the items left of each list were."""
    units = {_unit(loc) for loc in wrong}
    places: Places = {}
    left = {key: _pruned(value, (key,), units, places) for key, value in data.items()
            if (key,) not in units}  # fmt: skip
    if not left.get("strategies"):
        left.pop("strategies", None)
    return left, places


def _pruned(value: Any, path: Path, units: set[Path], places: Places) -> Any:
    if not any(unit[: len(path)] == path for unit in units):
        return value
    if isinstance(value, dict):
        return {key: _pruned(item, (*path, key), units, places) for key, item in value.items()
                if (*path, key) not in units}  # fmt: skip
    if isinstance(value, list):
        places[path] = [i for i in range(len(value)) if (*path, i) not in units]
        return [value[i] for i in places[path]]
    return value


def _back(loc: Path, places: Places) -> Path:
    """Return where the value at a path of the pruned data stands in the whole."""
    for path, positions in places.items():
        if loc[: len(path)] == path and len(loc) > len(path) and isinstance(loc[len(path)], int):
            return (*path, positions[int(loc[len(path)])], *loc[len(path) + 1 :])
    return loc
