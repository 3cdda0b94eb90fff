"""The scenario as a page: values with the words that belong beside them, written as YAML.

A page is a tree of plain dictionaries whose leaves are `Value`. One that was assumed carries why,
which becomes both a comment at its key and a row of the list that the terminal shows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import re

INDENT = "  "
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
#: Words that some YAML readers take for something else than text.
SPECIAL = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
AWS_DEFAULT = "AWS's default"
UNKNOWN = "not in AWS's files; set yours"


class Assumption(NamedTuple):
    """A value that no file gave.

    Parameters
    ----------
    path
        Where it stands in the scenario, such as ``traffic.rate``.
    value
        The value, as the file has it.
    source_words
        Where it comes from instead, or why it is not as in AWS.
    """

    path: str
    value: str
    source_words: str

    def __str__(self) -> str:
        """Return the line that the terminal shows.

        >>> str(Assumption("service.stop_timeout", "30s", AWS_DEFAULT))
        "service.stop_timeout: 30s (AWS's default)"
        """
        value = f": {self.value}" if self.value else ""
        return f"{self.path}{value} ({self.source_words})"


class Value(NamedTuple):
    """A leaf of the page: what is written, what is said about it, and whether it was assumed."""

    written: Any
    words: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class Block:
    """A block of keys with a comment above it."""

    keys: "Mapping[str, Item]"
    above: tuple[str, ...] = field(default=())


Item: TypeAlias = Value | Block | list[Block]


def given(value: Any, words: str = "") -> Value:
    """Return a value that a file gave."""
    return Value(value, words)


def assumed(value: Any, words: str = AWS_DEFAULT) -> Value:
    """Return a value that no file gave."""
    return Value(value, words, assumed=True)


def either(value: Any, default: Any, words: str = AWS_DEFAULT) -> Value:
    """Return the value of a file, or the assumed one."""
    return assumed(default, words) if value is None else given(value)


def duration(seconds: float) -> str:
    """Write a time as people do.

    >>> duration(90), duration(300), duration(3600), duration(0), duration(0.5)
    ('90s', '5m', '1h', '0s', '0.5s')
    """
    if seconds and seconds % 3600 == 0:
        return f"{seconds / 3600:g}h"
    if seconds and seconds % 60 == 0 and seconds >= 120:
        return f"{seconds / 60:g}m"
    return f"{seconds:g}s"


def assumptions(block: Block, path: str = "") -> Iterator[Assumption]:
    """List what was assumed, in the order of the page."""
    for key, item in block.keys.items():
        place = f"{path}.{key}" if path else key
        if isinstance(item, Value):
            if item.assumed:
                yield Assumption(place, scalar(item.written), item.words)
        else:
            for where, inner in _inner(place, item):
                yield from assumptions(inner, where)


def _inner(place: str, item: Block | list[Block]) -> list[tuple[str, Block]]:
    if isinstance(item, Block):
        return [(place, item)]
    return [(f"{place}[{i}]", inner) for i, inner in enumerate(item)]


def lines(block: Block, indent: str = "") -> Iterator[str]:
    """Write a block as lines of YAML."""
    for key, item in block.keys.items():
        if isinstance(item, Value):
            yield f"{indent}{key}: {scalar(item.written)}{_comment(item)}"
        elif isinstance(item, Block):
            yield from (f"{indent}# {printable(words)}" for words in item.above)
            yield f"{indent}{key}:" + ("" if item.keys else " {}")
            yield from lines(item, indent + INDENT)
        else:
            yield f"{indent}{key}:" + ("" if item else " []")
            for inner in item:
                yield from _entry(inner, indent + INDENT)


def _entry(block: Block, indent: str) -> Iterator[str]:
    yield from (f"{indent}# {printable(words)}" for words in block.above)
    for i, line in enumerate(lines(block, "")):
        yield f"{indent}{INDENT if i else '- '}{line}"


def _comment(item: Value) -> str:
    if not item.words:
        return ""
    return f"  # {'assumed: ' if item.assumed else ''}{printable(item.words)}"


def printable(text: str) -> str:
    """Return a text that cannot leave its line; file names may hold anything.

    >>> printable("a\\nb")
    'a?b'
    """
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def scalar(value: Any) -> str:
    """Write a value on one line.

    >>> scalar(True), scalar(0.5), scalar("5m"), scalar("no"), scalar({"mean": "20m"})
    ('true', '0.5', '5m', '"no"', '{mean: 20m}')
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {scalar(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(scalar(inner) for inner in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return _text(value)


def _text(value: str) -> str:
    is_plain = PLAIN.fullmatch(value) and value.lower() not in SPECIAL
    if is_plain or re.fullmatch(r"\d+(\.\d+)?(%|ms|s|m|h)", value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'
