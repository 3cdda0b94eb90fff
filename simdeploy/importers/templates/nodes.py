"""A template as a tree in which every value knows its line.

The data comes from `reading`, with CloudFormation's short tags under their long names. The lines
are those of the composed YAML, or those of a scan of the signs of a JSON text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from ruamel.yaml.nodes import MappingNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from simdeploy.importers.reading import Document
from simdeploy.importers.yaml_nodes import long_name

#: What moves a scan of JSON: a string, a bracket or separator, a line, or a word or number.
SIGNS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|\n|[^\s"{}\[\],:]+')

VARIABLE = re.compile(r"\$\{([^${}!][^${}]*)\}")

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a template and the line, counted from 1, at which it stands."""

    value: "dict[str, Node] | list[Node] | Scalar"
    line: int

    @property
    def mapping(self) -> "dict[str, Node]":
        """The entries of an object; none if this is something else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """The entries of a list; none if this is something else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """The value as CloudFormation compares it, None if it is null, an object or a list."""
        return as_text(self.value)

    def child(self, *keys: str) -> "Node | None":
        """Return what stands below some keys, None if nothing does."""
        node: Node | None = self
        for key in keys:
            node = node.mapping.get(key) if node is not None else None
        return node


def as_text(value: object) -> str | None:
    """Return a scalar as CloudFormation compares it.

    >>> as_text(True), as_text(4), as_text("4"), as_text(None), as_text([])
    ('true', '4', '4', None, None)
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def references(node: Node | None) -> set[str]:
    """Return every name that a value refers to, by ``Ref``, ``Fn::GetAtt`` and ``Fn::Sub``."""
    if node is None:
        return set()
    names: set[str] = set()
    for key, value in node.mapping.items():
        if key == "Ref":
            names.add(str(value.value))
        elif key == "Fn::GetAtt":
            first = value.items[0].value if value.items else value.value
            names.add(str(first).partition(".")[0])
        elif key == "Fn::Sub":
            text = value.items[0].value if value.items else value.value
            variables = VARIABLE.findall(str(text))
            names.update(name.strip().partition(".")[0] for name in variables)
        names |= references(value)
    for item in node.items:
        names |= references(item)
    return names


def conditions_of(node: Node) -> set[str]:
    """Return the names of the conditions that a condition refers to."""
    found = {str(value.value) for key, value in node.mapping.items() if key == "Condition"}
    for below in (*node.mapping.values(), *node.items):
        found |= conditions_of(below)
    return found


def plain(node: Node) -> Any:
    """Return a tree without its lines."""
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    if isinstance(node.value, list):
        return [plain(value) for value in node.value]
    return node.value


def tree(document: Document) -> Node:
    """Return a document's data with lines."""
    if document.root is not None:
        return _of_yaml(document.data, document.root)
    signs = _signs(document.text)
    return _of_json(document.data, signs, next(signs)[1])


def _of_yaml(data: Any, node: YamlNode) -> Node:
    line = node.start_mark.line + 1
    name = long_name(str(node.tag))
    if name:
        return Node({name: _content(data[name], node, line)}, line)
    return _content(data, node, line)


def _content(data: Any, node: YamlNode, line: int) -> Node:
    if isinstance(node, MappingNode):
        return Node(
            {key.value: _of_yaml(data[key.value], value) for key, value in node.value}, line
        )
    if isinstance(node, SequenceNode):
        pairs = zip(data, node.value, strict=True)
        return Node([_of_yaml(value, inner) for value, inner in pairs], line)
    if isinstance(data, list):  # !GetAtt A.B, which the reader has split
        return Node([Node(value, line) for value in data], line)
    return Node(data, line)


def _signs(text: str) -> Iterator[tuple[str, int]]:
    """Yield the signs of a JSON text with their lines."""
    line = 1
    for match in SIGNS.finditer(text):
        if match[0] == "\n":
            line += 1
        else:
            yield match[0], line


def _of_json(data: Any, signs: Iterator[tuple[str, int]], line: int) -> Node:
    """Walk data and signs side by side; the first sign of the data was taken already."""
    if isinstance(data, dict):
        entries = {}
        for key, value in data.items():
            next(signs), next(signs)  # the key and its colon
            entries[key] = _of_json(value, signs, next(signs)[1])
            next(signs)  # a comma or the closing brace
        if not data:
            next(signs)
        return Node(entries, line)
    if isinstance(data, list):
        items = []
        for value in data:
            items.append(_of_json(value, signs, next(signs)[1]))
            next(signs)  # a comma or the closing bracket
        if not data:
            next(signs)
        return Node(items, line)
    return Node(data, line)
