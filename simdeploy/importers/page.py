"""The scenario as a page: values with the words that belong beside them, written as YAML.

A page is a tree of plain dictionaries whose leaves are `Value`. An assumed value carries a reason,
which becomes both a comment at its key and a row of the list that the terminal shows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

INDENT = "  "
WIDTH = 100
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
#: Words that some YAML readers take for something else than text.
SPECIAL = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
AWS_DEFAULT = "AWS's default"
ADDED = "added for comparison"
UNKNOWN = "not in AWS's files; set yours"
OURS = "not in these files; simdeploy's default"


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
class Section:
    """A block of keys, the comments above it, and why it was added if no file asked for it.

    A section that is ``off`` is written as a comment, for the user to switch on.
    """

    keys: "Mapping[str, Item]"
    above: tuple[str, ...] = ()
    added: str = ""
    off: bool = False


Item: TypeAlias = Value | Section | list[Section]


def given(value: Any, words: str = "") -> Value:
    """Return a value that a file gave."""
    return Value(value, words)


def assumed(value: Any, words: str = AWS_DEFAULT) -> Value:
    """Return a value that no file gave."""
    return Value(value, words, assumed=True)


def either(value: Any, default: Any, words: str = AWS_DEFAULT) -> Value:
    """Return the value that a file gave, else the assumed default."""
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


def seconds(value: float | None) -> str | None:
    """Write an optional number of seconds as a time."""
    return None if value is None else duration(value)


def minutes(value: float | None) -> str | None:
    """Write an optional number of minutes as a time."""
    return None if value is None else duration(60 * value)


def assumptions(section: Section, path: str = "") -> Iterator[Assumption]:
    """List what was assumed, in the order of the page."""
    if section.added:
        yield Assumption(path, "", section.added)
    for key, item in section.keys.items():
        place = f"{path}.{key}" if path else key
        if isinstance(item, Value):
            if item.assumed:
                yield Assumption(place, scalar(item.written), item.words)
        else:
            for where, inner in _inner(place, item):
                yield from assumptions(inner, where)


def marked(section: Section, notes: Iterable[Assumption]) -> Section:
    """Return a page on which the values of some paths are assumed, for a reason of their own.

    A path whose value is another, because a file gives it, stays as it is.
    """
    for note in notes:
        section = _marked(section, note.path.split("."), note)
    return section


def _marked(section: Section, path: list[str], note: Assumption) -> Section:
    key, *rest = path
    item = section.keys.get(key)
    if isinstance(item, Value) and not rest and scalar(item.written) == note.value:
        item = assumed(item.written, note.source_words)
    elif isinstance(item, Section) and rest:
        item = _marked(item, rest, note)
    else:
        return section
    return replace(section, keys={**section.keys, key: item})


def _inner(place: str, item: Section | list[Section]) -> list[tuple[str, Section]]:
    if isinstance(item, Section):
        return [(place, item)]
    return [(f"{place}.{_label(inner)}", inner) for inner in item if not inner.off]


def _label(section: Section) -> str:
    """Return what ``--set`` calls an item of a list: its name or stage, which stands first."""
    first = next(iter(section.keys.values()), None)
    return scalar(first.written) if isinstance(first, Value) else ""


def document(section: Section) -> Iterator[str]:
    """Write the whole page, an empty line before every section."""
    for key, item in section.keys.items():
        if not isinstance(item, Value):
            yield ""
        yield from lines(Section({key: item}))


def listing(rows: Iterable[Assumption]) -> Iterator[str]:
    """Write assumptions as the terminal shows them, grouped by source."""
    groups: dict[str, list[str]] = {}
    for path, value, words in rows:
        is_value = value or words == ADDED
        source = words if is_value else "said in the files, but not by a scenario"
        line = f"  {path}: {value if is_value else words}".rstrip(": ")
        groups.setdefault(source, []).append(line)
    for source, below in groups.items():
        yield f"{source}:"
        yield from below


def lines(section: Section, indent: str = "") -> Iterator[str]:
    """Write a block as lines of YAML."""
    for key, item in section.keys.items():
        if isinstance(item, Value):
            yield from _leaf(key, item, indent)
        elif isinstance(item, Section):
            yield from _above(item, indent)
            yield f"{indent}{key}:" + ("" if item.keys else " {}")
            yield from lines(item, indent + INDENT)
        else:
            yield f"{indent}{key}:" + ("" if item else " []")
            for inner in item:
                yield from _entry(inner, indent + INDENT)


def _leaf(key: str, item: Value, indent: str) -> Iterator[str]:
    line = f"{indent}{key}: {scalar(item.written)}"
    words = f"# {'assumed: ' if item.assumed else ''}{printable(item.words)}"
    if not item.words:
        yield line
    elif len(line) + len(words) + 2 <= WIDTH:
        yield f"{line}  {words}"
    else:
        yield f"{indent}{words}"
        yield line


def _entry(section: Section, indent: str) -> Iterator[str]:
    yield from _above(section, indent)
    off = "# " if section.off else ""
    for i, line in enumerate(lines(replace(section, above=(), added=""))):
        yield f"{indent}{off}{INDENT if i else '- '}{line}"


def _above(section: Section, indent: str) -> Iterator[str]:
    for words in (*section.above, section.added):
        if words:
            yield f"{indent}# {printable(words)}"


def printable(text: str) -> str:
    r"""Return a text that cannot leave its line; file names may hold anything.

    >>> printable("a\nb")
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
    if value is None:
        return "null"
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
