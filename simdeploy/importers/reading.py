"""Safe reading of a file: from bytes to JSON-like data, or an error with file and line.

JSON and YAML are distinguished by their first character, since ``aws --output yaml`` exists and
AppSpecs come as both. Files are held to a size before and a nesting while they are parsed; a YAML
file may hold several documents.
"""

import codecs
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml.nodes import Node

from simdeploy.errors import ImportShapeError
from simdeploy.importers import yaml_events, yaml_nodes
from simdeploy.importers.hints import NotReadError, unreadable
from simdeploy.importers.json_lines import Lines

#: Largest files, bytes: what ``terraform show -json`` prints holds the whole state twice.
LARGEST_JSON = 4_000_000
LARGEST_PLAN = 64_000_000
LARGEST_YAML = 1_000_000
#: Longer YAML is parsed in C: the other parser takes seconds for it, and more where it is dense.
SMALL_YAML = 50_000
#: A plan, or a state, begins with its versions.
PLAN = re.compile(r'\s*\{\s*"(format_version|version|terraform_version)"')
DEEPEST = 60
BRACKET = re.compile(r"[\[\]{}]")
#: Reading YAML takes a time that grows with the square of the brackets that are open at once; in
#: texts and comments there may be some that are never closed.
MOST_OPEN = 1000
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, eq=False)
class Document:
    """A document of a file.

    Parameters
    ----------
    file
        The file's name, as the user gave it.
    text
        The text of the whole file.
    data
        What the document holds: JSON's types only.
    root
        The composed nodes, if it is YAML.
    number, of
        Which of the file's documents it is, counted from 1, and how many there are.
    """

    file: str
    text: str = field(repr=False)
    data: Any
    root: Node | None = field(repr=False, default=None)
    number: int = 1
    of: int = 1

    def line(self, path: Sequence[str | int] = ()) -> int:
        """Return the line, counted from 1, at which a value stands; 0 if that is not known.

        A short tag of CloudFormation counts as a step of its long name: ``"Ref"``, ``"Fn::If"``.
        """
        if self.root is not None:
            return yaml_nodes.line_of(self.root, path)
        return self._json_lines.line(path)

    @cached_property
    def _json_lines(self) -> Lines:
        return Lines(self.text)

    def place(self, path: Sequence[str | int] = ()) -> str:
        """Return file and line of a value, the file alone if the line is not known."""
        line = self.line(path)
        return f"{self.file}:{line}" if line else self.file


class _TwiceError(ValueError):
    """A key that stands twice in the same JSON object."""


def documents(path: Path) -> list[Document]:
    """Read a file's documents: one of JSON, any number of YAML.

    Raises
    ------
    ImportShapeError
        If it cannot be read, is too large, no text, or neither JSON nor YAML.
    """
    text = text_of(path)
    return parsed(path, text)


def text_of(path: Path, largest: int = LARGEST_PLAN) -> str:
    """Return a file's text; a pipe can be read only once.

    Raises
    ------
    ImportShapeError
        If it cannot be read, has more than ``largest`` bytes, is empty or no text, or is of a kind
        that no reader knows, with the command that makes one that is known.
    """
    content = _bytes(path, largest)
    if hint := unreadable(path.name, content):
        raise NotReadError(str(path), hint)
    text = _decoded(str(path), content)
    if not text.strip():
        raise ImportShapeError(str(path), "is empty")
    return text


def parsed(path: Path, text: str) -> list[Document]:
    """Return the documents of a file's text: one of JSON, any number of YAML.

    Raises
    ------
    ImportShapeError
        If it is neither JSON nor YAML.
    """
    file = str(path)
    if text.lstrip()[0] in "{[":
        return [Document(file, text, _json(file, text))]
    if path.suffix.lower() == ".json":
        _json(file, text)
    return list(_yaml(file, text))


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
    if len(text) > LARGEST_JSON and not PLAN.match(text):
        raise ImportShapeError(file, f"is too large; at most {LARGEST_JSON // 10**6} MB")
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
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
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


def _opens(text: str) -> int:
    """Return how many brackets are open at once at most, wherever they stand."""
    depth = deepest = 0
    if text.count("[") + text.count("{") > MOST_OPEN:
        for match in BRACKET.finditer(text):
            depth += 1 if match[0] in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=4)
def _yaml(file: str, text: str) -> tuple[Document, ...]:
    """Parse YAML, once where a file is recognized first and read then."""
    if len(text) > LARGEST_YAML:
        raise ImportShapeError(file, f"is too large for YAML; at most {LARGEST_YAML // 10**6} MB")
    if _opens(text) > MOST_OPEN:
        _too_deep(file)
    if len(text) <= SMALL_YAML:
        roots = yaml_nodes.compose(file, text)
    elif yaml_events.IS_THERE:
        roots = yaml_events.compose(file, text, DEEPEST)
    else:
        most = f"at most {SMALL_YAML // 1000} kB without libyaml, which this PyYAML lacks"
        raise ImportShapeError(file, f"is too large for YAML; {most}")
    whole = [(root, yaml_nodes.plain(file, root, DEEPEST)) for root in roots]
    kept = [(root, data) for root, data in whole if data is not None] or whole
    if not kept:
        raise ImportShapeError(file, "is empty")
    return tuple(
        Document(file, text, data, root, i, len(kept)) for i, (root, data) in enumerate(kept, 1)
    )
