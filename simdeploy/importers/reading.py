"""Safe reading of a file: from bytes to JSON-like data, or an error with file and line.

JSON and YAML are distinguished by their first character, since ``aws --output yaml`` exists and
AppSpecs come as both. Files are held to a size before and a nesting while they are parsed; YAML
may have neither aliases nor tags, which no AWS file needs.
"""

import codecs
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from simdeploy.errors import ImportShapeError

LARGEST_JSON = 4_000_000
LARGEST_YAML = 200_000
DEEPEST = 60
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Document(NamedTuple):
    """A file's name, text and data."""

    file: str
    text: str
    data: Any


class _TwiceError(ValueError):
    """A key that stands twice in the same JSON object."""


def read(path: Path) -> Document:
    """Read a file.

    Raises
    ------
    ImportShapeError
        If it cannot be read, is too large, no text, or neither JSON nor YAML.
    """
    text = text_of(path)
    return parsed(path, text)


def text_of(path: Path, largest: int = LARGEST_JSON) -> str:
    """Return a file's text; a pipe can be read only once.

    Raises
    ------
    ImportShapeError
        If it cannot be read, has more than ``largest`` bytes, is empty or no text.
    """
    text = _decoded(str(path), _bytes(path, largest))
    if not text.strip():
        raise ImportShapeError(str(path), "is empty")
    return text


def parsed(path: Path, text: str) -> Document:
    """Return the document of a file's text.

    Raises
    ------
    ImportShapeError
        If it is neither JSON nor YAML.
    """
    file = str(path)
    if text.lstrip()[0] in "{[":
        return Document(file, text, _json(file, text))
    if path.suffix.lower() == ".json":
        _json(file, text)
    return Document(file, text, _yaml(file, text))


def line_of(document: Document, path: Sequence[str | int]) -> int:
    """Return the line, counted from 1, at which a value stands; 0 if that is not known."""
    if len(document.text) > LARGEST_YAML:
        return 0
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(document.text)
    except (YAMLError, RecursionError, ValueError):
        return 0
    for step in path:
        node = _child(node, step)
    return node.start_mark.line + 1 if node is not None else 0


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, MappingNode) and isinstance(step, str):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: Node = node.value[step]
        return child
    return None


def _bytes(path: Path, largest: int) -> bytes:
    try:
        # Not Path.read_bytes: the shell's <(aws …) is a pipe, and /dev/zero never ends.
        with path.open("rb") as stream:
            content = stream.read(largest + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no such file"
        raise ImportShapeError(str(path), f"cannot be read: {why}") from None
    if len(content) > largest:
        raise ImportShapeError(str(path), f"is too large; at most {largest // 10**6} MB")
    return content


def _decoded(file: str, content: bytes) -> str:
    encoding = next((name for bom, name in BOMS.items() if content.startswith(bom)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise ImportShapeError(file, "is no text; JSON or YAML is needed") from None
    if "\0" in text:
        raise ImportShapeError(file, "is no text; JSON or YAML is needed")
    return text


def _json(file: str, text: str) -> Any:
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno}"
        raise ImportShapeError(place, f"is no JSON: {error.msg}, column {error.colno}") from None
    except ValueError as error:
        raise ImportShapeError(file, f"is no JSON: {str(error)[:200]}") from None
    except RecursionError:
        _too_deep(file)
    check_depth(file, data)
    return data


def check_depth(file: str, data: Any) -> None:
    """Refuse data that is nested too deeply.

    Raises
    ------
    ImportShapeError
        If it is.
    """
    if _depth(data) > DEEPEST:
        _too_deep(file)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _TwiceError(f"the key {json.dumps(twice[:60])} stands twice in one object")
    return data


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _too_deep(file: str) -> NoReturn:
    raise ImportShapeError(file, f"is nested too deeply; at most {DEEPEST} levels")


def _depth(data: Any) -> int:
    """Return how deep lists and objects are nested, level by level."""
    level, depth = [data], 0
    while level and depth <= DEEPEST:
        level = [child for value in level for child in _children(value)]
        depth += 1
    return depth


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _yaml(file: str, text: str) -> Any:
    if len(text) > LARGEST_YAML:
        raise ImportShapeError(file, f"is too large for YAML; at most {LARGEST_YAML // 1000} kB")
    try:
        _refuse_events(file, text)
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark else file
        raise ImportShapeError(place, f"is no YAML: {str(error.problem)[:200]}") from None
    except (YAMLError, ValueError, OverflowError) as error:
        raise ImportShapeError(file, f"is no YAML: {str(error).splitlines()[0][:200]}") from None
    except RecursionError:
        _too_deep(file)
    return _plain(data)


def _refuse_events(file: str, text: str) -> None:
    """Refuse aliases, tags and depth before anything is built of them."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        place = f"{file}:{event.start_mark.line + 1}"
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise ImportShapeError(place, "has a YAML alias or anchor; write the value out")
        if getattr(event, "tag", None):
            raise ImportShapeError(
                place, f"has the YAML tag {str(event.tag)[:60]}; none is allowed"
            )
        # A start raises the depth, an end lowers it, and a scalar does neither.
        name = type(event).__name__
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        if depth > DEEPEST and not isinstance(event, ScalarEvent):
            _too_deep(file)


def _plain(data: Any) -> Any:
    """Return YAML's data with JSON's types only; dates and the like become text."""
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    if isinstance(data, float) and data - data != 0:
        return str(data)
    return data if isinstance(data, str | int | float | None) else str(data)
