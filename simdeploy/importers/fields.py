"""An AWS object with its place: typed access to its fields, and errors that name file and line.

A field that is absent, null or an empty text reads as None, so that every mapping says in one
place what stands in for it. AWS's ranges are checked here, because nothing later knows the file.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from simdeploy.errors import ImportShapeError
from simdeploy.importers.page import printable
from simdeploy.importers.reading import Document, line_of

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?")
SHOWN = 40


@dataclass(frozen=True)
class Fields:
    """A JSON object, the file it stands in, and where.

    Parameters
    ----------
    document
        The file.
    path
        Keys and positions from the top of the file to this object.
    data
        The object.
    """

    document: Document
    path: tuple[str | int, ...]
    data: dict[str, Any]

    @property
    def file(self) -> str:
        """The file's name, as the user gave it."""
        return self.document.file

    def get(self, key: str) -> Any:
        """Return a field as it stands, None if it is absent or empty."""
        value = self.data.get(key)
        return None if value == "" else value

    def has(self, *keys: str) -> bool:
        """Return whether any of the fields is there, even if empty."""
        return any(key in self.data for key in keys)

    def error(self, key: str, what: str) -> ImportShapeError:
        """Return the error of a field, or of the object if the key is empty."""
        path = (*self.path, key) if key else self.path
        line = line_of(self.document, path)
        place = f"{self.file}:{line}" if line else self.file
        return ImportShapeError(place, printable(f"{dotted(path)}: {what}" if path else what))

    def expected(self, key: str, what: str) -> ImportShapeError:
        """Return the error of a field that is not what it must be."""
        return self.error(key, f"must be {what}; got {shown(self.data.get(key))}")

    def text(self, key: str) -> str | None:
        """Return a text."""
        value = self.get(key)
        if value is None or (isinstance(value, str) and value.isprintable() and len(value) < 2049):
            return value
        raise self.expected(key, "a text of one line")

    def word(self, key: str, allowed: Collection[str]) -> str | None:
        """Return a text that must be among the allowed words."""
        value = self.get(key)
        if value is None or (isinstance(value, str) and value in allowed):
            return value
        raise self.expected(key, f"one of {', '.join(allowed)}")

    def flag(self, key: str) -> bool | None:
        """Return true or false; attributes have them as texts."""
        value = self.get(key)
        if value is None or isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise self.expected(key, "true or false")

    def number(self, key: str, low: float, high: float) -> float | None:
        """Return a number within AWS's range; texts such as "1024" are numbers, too."""
        value = self.get(key)
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            raise self.expected(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number within AWS's range."""
        value = self.number(key, low, high)
        if value is None or value == int(value):
            return None if value is None else int(value)
        raise self.expected(key, f"a whole number from {low} to {high}")

    def object(self, key: str) -> "Fields":
        """Return an object, empty if the field is absent."""
        value = {} if self.get(key) is None else self.get(key)
        if not isinstance(value, dict):
            raise self.expected(key, "an object")
        return Fields(self.document, (*self.path, key), value)

    def objects(self, key: str) -> "list[Fields]":
        """Return a list of objects, empty if the field is absent."""
        return [self._item(key, i, value) for i, value in enumerate(self._list(key))]

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, empty if the field is absent."""
        texts = self._list(key)
        if not all(isinstance(value, str) and value.isprintable() for value in texts):
            raise self.expected(key, "a list of texts")
        return texts

    def _list(self, key: str) -> list[Any]:
        value = [] if self.get(key) is None else self.get(key)
        if not isinstance(value, list):
            raise self.expected(key, "a list")
        return value

    def _item(self, key: str, i: int, value: Any) -> "Fields":
        if not isinstance(value, dict):
            raise self.error(key, f"entry {i + 1} must be an object; got {shown(value)}")
        return Fields(self.document, (*self.path, key, i), value)


def dotted(path: tuple[str | int, ...]) -> str:
    """Write a path.

    >>> dotted(("services", 0, "desiredCount"))
    'services[0].desiredCount'
    """
    parts = (f"[{step}]" if isinstance(step, int) else f".{step[:60]}" for step in path)
    return "".join(parts).removeprefix(".")


def shown(value: object) -> str:
    """Write a value for an error, cut short.

    >>> shown({"a": 1}), shown("six"), shown(None)
    ('an object', '"six"', 'nothing')
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else "a number"
    if isinstance(value, int | float) and -1e15 < value < 1e15:
        text = f"{value:g}"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
