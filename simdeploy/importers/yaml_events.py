"""Large YAML, composed to the same nodes by a parser in C, in a tenth of the time.

The parser gives events only; what a plain scalar means is asked of the resolver that small files
have, so that words of YAML 1.1 such as ``yes`` stay texts.
"""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from simdeploy.errors import ImportShapeError

try:
    import yaml
    from yaml.cyaml import CParser

    IS_THERE = True
except ImportError:  # PyYAML may have been built without the parser
    IS_THERE = False

#: Most values of a file; more take seconds.
MOST_VALUES = 150_000
_STR = "tag:yaml.org,2002:str"
_DEFAULT = {"[": "tag:yaml.org,2002:seq", "{": "tag:yaml.org,2002:map"}


def compose(file: str, text: str, deepest: int) -> list[Node]:
    """Return the documents of a text as nodes.

    Raises
    ------
    ImportShapeError
        If it is no YAML, nested too deeply, or holds too many values, with file and line.
    """
    parser = CParser(text)
    composer = _Composer(file, deepest)
    try:
        while parser.check_event():
            composer.take(parser.get_event())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark else file
        raise ImportShapeError(place, f"is no YAML: {str(error.problem)[:200]}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ImportShapeError(file, f"is no YAML: {str(error).splitlines()[0][:200]}") from None
    finally:
        parser.dispose()
    return composer.roots


class _Composer:
    """Makes nodes of events."""

    def __init__(self, file: str, deepest: int) -> None:
        self.file = file
        self.deepest = deepest
        self.resolve = YAML(typ="safe", pure=True).resolver.resolve
        self.known: dict[str, Any] = {}
        self.roots: list[Node] = []
        #: Collections that are open, the items of each, and its key without a value so far.
        self.open: list[tuple[Node, list[Any], list[Node]]] = []
        self.count = 0

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self.put(self.scalar(event))
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.begin(event, kind is yaml.MappingStartEvent)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.put(self.open.pop()[0])
        elif kind is yaml.AliasEvent:
            # Whoever makes data of the nodes refuses it, by its line.
            self.put(ScalarNode(_STR, "", event.start_mark, anchor=event.anchor))

    def scalar(self, event: Any) -> ScalarNode:
        """Return the node of a scalar, of the type that small files give it."""
        tag = event.tag
        if tag is None or tag == "!":
            tag = self.meant(event.value) if event.implicit[0] else _STR
        return ScalarNode(tag, event.value, event.start_mark, anchor=event.anchor)

    def meant(self, value: str) -> Any:
        """Return the tag of a plain scalar; few of them differ."""
        if value not in self.known:
            self.known[value] = self.resolve(ScalarNode, value, (True, False))
        return self.known[value]

    def begin(self, event: Any, is_mapping: bool) -> None:
        """Open a mapping or a sequence."""
        if len(self.open) > self.deepest:
            place = f"{self.file}:{event.start_mark.line + 1}"
            raise ImportShapeError(place, f"is nested too deeply; at most {self.deepest} levels")
        make = MappingNode if is_mapping else SequenceNode
        tag = event.tag or _DEFAULT["{" if is_mapping else "["]
        items: list[Any] = []
        node = make(tag, items, event.start_mark, anchor=event.anchor)
        self.open.append((node, items, []))

    def put(self, node: Node) -> None:
        """Put a finished node where it belongs: into its collection, or among the documents."""
        self.count += 1
        if self.count > MOST_VALUES:
            place = f"{self.file}:{node.start_mark.line + 1}"
            raise ImportShapeError(place, f"holds too many values; at most {MOST_VALUES:,}")
        if not self.open:
            self.roots.append(node)
            return
        collection, items, keys = self.open[-1]
        if not isinstance(collection, MappingNode):
            items.append(node)
        elif keys:
            items.append((keys.pop(), node))
        else:
            keys.append(node)
