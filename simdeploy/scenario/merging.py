"""Merging a tree of nodes below another: ``extends`` and ``--set``.

Mappings merge deeply, lists and scalars replace. Mutually exclusive keys replace each other,
too; so do distributions, and strategies of another type.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from simdeploy.errors import Fault, ScenarioError
from simdeploy.scenario.reading import Node, read_text

#: Keys of which the file with the last word keeps only its own.
EITHER = (
    frozenset({"rate", "steps", "daily"}),
    frozenset({"release", "releases"}),
    frozenset({"pull", "pull_mb_per_s"}),
)
#: A configuration by name stands for these.
CONFIGURED = frozenset({"percent", "wait", "every"})
#: Stands for a new item at the end of a list.
APPEND = "+"
#: What an item of a list may be called by.
LABELS = ("name", "kind", "stage")


def merge(below: Node, above: Node) -> Node:
    """Return ``above`` with what it leaves out filled in from ``below``."""
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    if _is_another(below, above):
        return above
    merged = {key: node for key, node in below.value.items() if not _excluded(key, above.value)}
    for key, node in above.value.items():
        merged[key] = merge(merged[key], node) if key in merged else node
    return replace(above, value=merged)


def _is_another(below: Node, above: Node) -> bool:
    if "distribution" in above.value:
        return True
    kinds = [node.value["type"].value for node in (below, above) if "type" in node.value]
    return len(kinds) == 2 and kinds[0] != kinds[1]


def _excluded(key: str, above: dict[str, Node]) -> bool:
    if key in above:
        return False
    if key in CONFIGURED and "config" in above:
        return True
    if key == "config" and not CONFIGURED.isdisjoint(above):
        return True
    return any(key in group and not group.isdisjoint(above) for group in EITHER)


def override(root: Node, assignment: str) -> Node:
    """Apply a ``path=value`` assignment; the value is YAML, items of lists go by number or name.

    A ``+`` in the place of an item adds one to the end of the list: ``alarms.+={name: a, …}``.
    """
    path, value = _assigned(assignment)
    return _put(root, [key.strip() for key in path.split(".")], value, path)


@lru_cache(maxsize=4096)
def _assigned(assignment: str) -> tuple[str, Node]:
    """Parse a ``path=value`` assignment; a sweep asks for each of its values many times."""
    file = f"--set {assignment[:80]}"
    path, equals, text = assignment.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys):
        raise ScenarioError([Fault(file, 0, "", "must be path=value, such as runs=100")])
    if keys[0] == "extends":
        raise ScenarioError([Fault(file, 0, "extends", "is read from the file only")])
    return path, read_text(text, file, line=0)


def _put(node: Node, keys: Sequence[str], value: Node, path: str) -> Node:
    if not keys:
        return value
    if keys[0] == APPEND and (node.value is None or isinstance(node.value, list)):
        added = _put(Node(None, value.file, 0), keys[1:], value, path)
        return replace(node, value=[*(node.value or ()), added])
    if isinstance(node.value, list):
        return _put_item(node, keys, value, path)
    old = node.value if isinstance(node.value, dict) else {}
    child = old.get(keys[0], Node(None, value.file, 0))
    new = _put(child, keys[1:], value, path)
    others = {key: item for key, item in old.items() if not _excluded(key, {keys[0]: new})}
    return replace(node, value={**others, keys[0]: new})


def _put_item(node: Node, keys: Sequence[str], value: Node, path: str) -> Node:
    items = list(node.value)
    matches = [i for i, item in enumerate(items) if keys[0] in (str(i), *labels(item))]
    if not matches:
        names = ", ".join(label for item in items for label in labels(item)[:1]) or "none"
        message = f'has no item "{keys[0][:40]}"; known: {names}'
        raise ScenarioError([Fault(value.file, 0, path, message)])
    items[matches[0]] = _put(items[matches[0]], keys[1:], value, path)
    return replace(node, value=items)


def labels(item: Node) -> list[str]:
    """Return what an item of a list may be called by besides its number."""
    if not isinstance(item.value, dict):
        return []
    return [str(item.value[key].value) for key in LABELS if key in item.value]
