"""Parser of YAML 1.2 into nodes with their file and line.

Only what a scenario needs: mappings with text keys, lists, plain scalars. Tags are refused;
anchors work within limits on size, depth and repetition, so that no small file grows large.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from simdeploy.errors import Fault, ScenarioError

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 30
MAX_ALIASES = 100
_INT = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_HALF = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}


@dataclass(slots=True)
class Node:
    """A value with its place; mappings and lists hold nodes."""

    value: Any
    file: str
    line: int
    size: int = 1

    def plain(self) -> Any:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_text(text: str, file: str, *, line: int | None = None) -> Node:
    """Parse one YAML document.

    Parameters
    ----------
    text
        The document.
    file
        Its name, for faults.
    line
        The line that all nodes get; by default each its own.

    Raises
    ------
    ScenarioError
        If it is no YAML, or more than a scenario needs.
    """
    reader = _Reader(file, line)
    try:
        return reader.read(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = mark.line + 1 if mark is not None and line is None else line or 0
        raise _refused(file, where, f"is not YAML: {error.problem or error.context}") from None
    except ScenarioError:
        raise
    except Exception as error:  # noqa: BLE001 - the parser has failures of all kinds on odd bytes
        raise _refused(file, line or 0, f"is not YAML: {_first_line(error)}") from None


def scalar(text: str) -> Any:
    """Resolve a plain scalar by the core schema of YAML 1.2.

    >>> scalar("0x10"), scalar("1e3"), scalar("yes"), scalar("5m"), scalar("~")
    (16, 1000.0, 'yes', '5m', None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    return float(text) if _FLOAT.fullmatch(text) else text


def joined(text: str) -> str:
    r"""Join the halves of characters that JSON escapes in two, which YAML reads as two.

    >>> joined("\ud83d\ude80") == "\U0001f680", joined("a\ud83d")
    (True, 'a\ud83d')
    """
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _refused(file: str, line: int, message: str) -> ScenarioError:
    return ScenarioError([Fault(file, line, "", message)])


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:100]


class _Reader:
    """Parser of a stream of YAML events into nodes; raises where a limit is exceeded."""

    def __init__(self, file: str, line: int | None) -> None:
        self.file = file
        self.line = line
        self.faults: list[Fault] = []
        self.anchors: dict[str, Node] = {}
        self.aliases = 0

    def read(self, text: str) -> Node:
        events = YAML(typ="safe", pure=True).parse(text)
        root: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise self._stop(event, "one document per file")
                root = self._node(events, next(events), 0)
        if self.faults:
            raise ScenarioError(self.faults)
        return root or Node(None, self.file, self.line or 1)

    def _place(self, event: Any) -> int:
        return int(event.start_mark.line + 1 if self.line is None else self.line)

    def _stop(self, event: Any, message: str) -> ScenarioError:
        return ScenarioError([*self.faults, Fault(self.file, self._place(event), "", message)])

    def _node(self, events: Iterator[Any], event: Any, depth: int) -> Node:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise self._stop(event, f"is nested too deeply; allowed: {MAX_DEPTH} levels")
        if event.tag is not None:
            what = f"tags are not allowed; got {str(event.tag)[:40]}"
            self.faults.append(Fault(self.file, self._place(event), "", what))
        node = Node(None, self.file, self._place(event))
        self._fill(node, events, event, depth)
        if node.size > MAX_NODES:
            raise self._stop(event, f"is too large; allowed: {MAX_NODES} values")
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _fill(self, node: Node, events: Iterator[Any], event: Any, depth: int) -> None:
        if isinstance(event, ScalarEvent):
            text = joined(event.value)
            node.value = scalar(text) if event.implicit[0] else text
        elif isinstance(event, SequenceStartEvent):
            node.value = list(self._items(node, events, depth))
        elif isinstance(event, MappingStartEvent):
            node.value = self._pairs(node, events, depth)

    def _alias(self, event: Any) -> Node:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self._stop(event, f"has too many aliases; allowed: {MAX_ALIASES}")
        if event.anchor not in self.anchors:
            raise self._stop(event, f"*{event.anchor[:40]} names no anchor that is complete here")
        return replace(self.anchors[event.anchor], line=self._place(event))

    def _items(self, node: Node, events: Iterator[Any], depth: int) -> Iterator[Node]:
        while not isinstance(event := next(events), SequenceEndEvent):
            item = self._node(events, event, depth + 1)
            self._grow(node, item, event)
            yield item

    def _pairs(self, node: Node, events: Iterator[Any], depth: int) -> dict[str, Node]:
        pairs: dict[str, Node] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self._key(events, event, depth)
            value = self._node(events, next(events), depth + 1)
            self._grow(node, value, event)
            if key in pairs:
                what = f'the key "{key[:40]}" stands twice; first on line {pairs[key].line}'
                self.faults.append(Fault(self.file, self._place(event), "", what))
            else:
                pairs[key] = replace(value, line=self._place(event))
        return pairs

    def _key(self, events: Iterator[Any], event: Any, depth: int) -> str:
        self._node(events, event, depth + 1)
        if isinstance(event, ScalarEvent):
            return joined(str(event.value))
        what = "a key must be a plain word"
        self.faults.append(Fault(self.file, self._place(event), "", what))
        return f"?{len(self.faults)}"

    def _grow(self, node: Node, child: Node, event: Any) -> None:
        node.size += child.size
        if node.size > MAX_NODES:
            raise self._stop(event, f"is too large; allowed: {MAX_NODES} values")
