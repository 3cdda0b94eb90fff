"""YAML, composed to nodes that have their lines, then made plain data.

Neither aliases nor tags are taken, except CloudFormation's short tags, which become its long
names: ``!Ref X`` is ``{"Ref": "X"}``, ``!Sub X`` is ``{"Fn::Sub": "X"}``.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from simdeploy.errors import ImportShapeError

#: CloudFormation's functions, as ``!If``; two of them have no ``Fn::`` in their long names.
FUNCTIONS = frozenset({
    "And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "GetStackOutput", "If",
    "ImportValue", "Join", "Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString",
    "Transform",
})  # fmt: skip
BARE = frozenset({"Ref", "Condition"})
_STANDARD = "tag:yaml.org,2002:"
_TYPES = frozenset({
    "map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value",
})  # fmt: skip


def compose(file: str, text: str) -> list[Node]:
    """Return the documents of a text as nodes.

    Raises
    ------
    ImportShapeError
        If it is no YAML, with file and line.
    """
    try:
        return [root for root in YAML(typ="safe", pure=True).compose_all(text) if root is not None]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark else file
        raise ImportShapeError(place, f"is no YAML: {str(error.problem)[:200]}") from None
    except (YAMLError, ValueError, OverflowError) as error:
        raise ImportShapeError(file, f"is no YAML: {str(error).splitlines()[0][:200]}") from None
    except RecursionError:
        raise ImportShapeError(file, "is nested too deeply") from None


def plain(file: str, root: Node, deepest: int) -> Any:
    """Return a document's data with JSON's types only; dates and the like stay texts.

    Raises
    ------
    ImportShapeError
        At an alias, a tag, a key that stands twice, or too deep a nesting, with file and line.
    """
    return _Plain(file, deepest).value(root, 0)


def line_of(root: Node, path: Sequence[str | int]) -> int:
    """Return the line, counted from 1, at which a value stands; 0 if it is not there."""
    node: Node | None = root
    steps = list(path)
    while steps and node is not None:
        step = steps.pop(0)
        if step == long_name(str(node.tag)):
            continue
        if step == "Fn::GetAtt" and not steps:
            break
        node = _child(node, step)
    return node.start_mark.line + 1 if node is not None else 0


def long_name(tag: str) -> str:
    """Return the long name of a short tag, empty if it is none of CloudFormation's.

    >>> long_name("!Ref"), long_name("!Sub"), long_name("!Include")
    ('Ref', 'Fn::Sub', '')
    """
    word = tag.removeprefix("!")
    if word in BARE:
        return word
    return f"Fn::{word}" if word in FUNCTIONS else ""


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MappingNode) and isinstance(step, str):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: Node = node.value[step]
        return child
    return None


class _Plain:
    """Turns nodes into data, and refuses what no file needs."""

    def __init__(self, file: str, deepest: int) -> None:
        self.file = file
        self.deepest = deepest
        self.construct = YAML(typ="safe", pure=True).constructor.construct_object

    def value(self, node: Node, depth: int) -> Any:
        if getattr(node, "anchor", None):
            raise self.error(node, "has a YAML alias or anchor; write the value out")
        if depth > self.deepest:
            raise self.error(node, f"is nested too deeply; at most {self.deepest} levels")
        tag = str(node.tag)
        if tag.removeprefix(_STANDARD) in _TYPES:
            return self.content(node, depth)
        name = long_name(tag)
        if not name:
            raise self.error(node, f"has the YAML tag {tag[:60]}; none is allowed")
        inner = self.content(node, depth)
        if name == "Fn::GetAtt" and isinstance(inner, str):
            inner = inner.split(".", 1)
        return {name: inner}

    def content(self, node: Node, depth: int) -> Any:
        if isinstance(node, MappingNode):
            return dict(self.pairs(node, depth))
        if isinstance(node, SequenceNode):
            return [self.value(inner, depth + 1) for inner in node.value]
        return self.scalar(node)

    def pairs(self, node: MappingNode, depth: int) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise self.error(key, "is no YAML here: a key must be a text")
            if key.value in seen:
                raise self.error(key, f'is no YAML: the key "{key.value[:60]}" stands twice')
            seen.add(key.value)
            yield key.value, self.value(value, depth + 1)

    def scalar(self, node: Node) -> Any:
        kind = str(node.tag).removeprefix(_STANDARD)
        if kind not in ("int", "float", "bool", "null"):
            return node.value
        try:
            value = self.construct(node)
        except (YAMLError, ValueError, OverflowError):
            raise self.error(node, f"is no YAML: no {kind}: {node.value[:60]}") from None
        return str(value) if isinstance(value, float) and value - value != 0 else value

    def error(self, node: Node, what: str) -> ImportShapeError:
        return ImportShapeError(f"{self.file}:{node.start_mark.line + 1}", what)
