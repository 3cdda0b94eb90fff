"""A file's text to its documents: JSON, several JSON documents in a row, YAML, or lines of text.

Event buses and polling loops append one JSON document after the other; terminals and tools print a
time and a message per line.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from simdeploy.errors import ImportShapeError
from simdeploy.importers.reading import check_depth, parsed, text_of
from simdeploy.observed.messages import find_message
from simdeploy.observed.times import find_time

LARGEST = 64_000_000
#: Lines of a text that may hold a message; the rest is what tools print around them.
NUMBER = re.compile(r"(?<![\d.])\d{9,13}(?:\.\d{1,9})?(?![\d.])")
#: What ends a message: the border of a table, or the field after it.
AFTER = re.compile(r'\s*\|\s*$|\s+timestamp=.*$|"?\s*,?\s*$')
ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Line(NamedTuple):
    """A line of text that holds a message: its time as written, empty if there is none."""

    number: int
    time: str
    message: str
    id: str
    text: str


class Content(NamedTuple):
    """What a file holds: documents, each with its place, or lines."""

    file: str
    documents: tuple[tuple[str, Any], ...]
    lines: tuple[Line, ...]


def content(path: Path) -> Content:
    """Read a file.

    Raises
    ------
    ImportShapeError
        If it cannot be read, is too large, or is neither JSON, YAML nor lines with messages.
    """
    file, text = str(path), text_of(path, LARGEST)
    if text.lstrip()[0] == "{" or _is_list(text):
        return Content(file, _documents(file, text), ())
    lines = tuple(_lines(text))
    if any(line.time for line in lines):
        return Content(file, (), lines)
    try:
        several = parsed(path, text)
    except ImportShapeError:
        if lines:
            return Content(file, (), lines)
        raise
    if not all(isinstance(document.data, dict | list) for document in several):
        if lines:
            return Content(file, (), lines)
        what = "holds neither AWS's JSON or YAML nor lines with a time and a message of a service"
        raise ImportShapeError(file, what)
    return Content(file, tuple((file, document.data) for document in several), ())


def _is_list(text: str) -> bool:
    """Return whether a text is a list in JSON; a log may begin with a time in brackets, too."""
    begin = text.lstrip()[:200]
    return begin[:1] == "[" and begin[1:].lstrip()[:1] in ("{", "[", "]", '"')


def _documents(file: str, text: str) -> tuple[tuple[str, Any], ...]:
    """Return JSON documents that follow each other, with or without line feeds and commas."""
    decoder = json.JSONDecoder(parse_constant=_no_number)
    found: list[tuple[str, Any]] = []
    line, counted, position = 1, 0, _skip(text, 0)
    while position < len(text):
        line += text.count("\n", counted, position)
        counted = position
        place = f"{file}:{line}" if found else file
        try:
            data, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            where = f"{file}:{error.lineno}"
            what = f"is no JSON: {error.msg}, column {error.colno}"
            raise ImportShapeError(where, what) from None
        except (ValueError, RecursionError) as error:
            what = "is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
            raise ImportShapeError(f"{file}:{line}", f"is no JSON: {what}") from None
        check_depth(file, data)
        found.append((place, data))
        position = _skip(text, end)
    return tuple(found)


def _skip(text: str, position: int) -> int:
    """Return where the next document begins."""
    while position < len(text) and text[position] in " \t\r\n,":
        position += 1
    return position


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _lines(text: str) -> list[Line]:
    """Return the lines that hold a message."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        begin = find_message(line)
        if begin < 0:
            continue
        before, message = line[:begin], line[begin:]
        event_id = ID.search(before)
        rest = ID.sub(" ", before)
        stamp = re.search(r"timestamp=\"?([^\"]+)", message)
        time = _time(rest) or (_time(stamp[1]) if stamp else "")
        if not time and (match := find_time(message)) is not None:
            time, message = match[0], message[: match.start()]
        while (cut := AFTER.sub("", message)) != message:
            message = cut
        found.append(Line(number, time, message.strip(), event_id[0] if event_id else "", line))
    return found


def _time(text: str) -> str:
    """Return the time in a piece of a line as it is written; empty for none."""
    match = find_time(text) or NUMBER.search(text)
    return match[0] if match else ""
