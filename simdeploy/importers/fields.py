"""An AWS object with its place: typed access to its fields, and errors that name file and line.

A field that is absent, null, an empty text or left open by the file reads as None, so that every
mapping says in one place what stands in for it. AWS's ranges are checked here, because nothing
later knows the file.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.page import AWS_DEFAULT, printable
from simdeploy.importers.reading import Document

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?")
#: What YAML 1.1 takes for true and false, as CloudFormation and Kubernetes do.
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
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
    opened
        Why the object as a whole is open, if it is.
    """

    document: Document
    path: tuple[str | int, ...]
    data: dict[str, Any]
    opened: Open | None = None

    @property
    def file(self) -> str:
        """The file's name, as the user gave it."""
        return self.document.file

    def get(self, key: str) -> Any:
        """Return a field as it stands, None if it is absent, empty or open."""
        value = self.data.get(key)
        return None if value == "" or isinstance(value, Open) else value

    def open(self, key: str) -> Open | None:
        """Return why the file leaves a field open; None if it does not."""
        value = self.data.get(key)
        return value if isinstance(value, Open) else self.opened

    def why(self, key: str, otherwise: str = AWS_DEFAULT) -> str:
        """Return what to say beside the value that stands in for a field without one."""
        opened = self.open(key)
        return opened.words if opened else otherwise

    def origin(self, key: str) -> str:
        """Return where a field's value comes from, in brackets; empty for the file itself."""
        words = self.data.origins.get(key) if isinstance(self.data, Adapted) else None
        return f" ({words})" if words else ""

    def has(self, *keys: str) -> bool:
        """Return whether any of the fields is there, even if empty."""
        return any(key in self.data and not isinstance(self.data[key], Open) for key in keys)

    def error(self, key: str, what: str) -> ImportShapeError:
        """Return the error of a field, or of the object if the key is empty."""
        path = (*self.path, key) if key else self.path
        place = self.place((key,) if key else ())
        is_named = place.startswith(f"{self.file} (")
        words = f"{dotted(path)}: {what}" if path and not is_named else what
        return ImportShapeError(place, printable(words))

    def place(self, path: tuple[str | int, ...] = ()) -> str:
        """Return file and line, or file and address, of a value below this object."""
        if not isinstance(self.data, Adapted):
            return self.document.place((*self.path, *path))
        value: Any = self.data
        place = self.data.place
        for step in path:
            if isinstance(value, Adapted) and isinstance(step, str):
                place = value.place_of(step)
            value = _below(value, step)
        return value.place if isinstance(value, Adapted) else place

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
        if isinstance(value, str) and value.lower() in FLAGS:
            return FLAGS[value.lower()]
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
        return Fields(self.document, (*self.path, key), value, self.open(key))

    def objects(self, key: str) -> "list[Fields]":
        """Return a list of objects without those that are open, empty if the field is absent."""
        items = enumerate(self._list(key))
        return [self._item(key, i, item) for i, item in items if not isinstance(item, Open)]

    def texts(self, key: str) -> list[str]:
        """Return a list of texts without those that are open, empty if the field is absent."""
        texts = [text for text in self._list(key) if not isinstance(text, Open)]
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


def why(fields: Fields | None, key: str, otherwise: str = AWS_DEFAULT) -> str:
    """Return what to say beside the value that stands in for a field, or for its object."""
    return fields.why(key, otherwise) if fields else otherwise


def _below(value: Any, step: str | int) -> Any:
    """Return the value at a key or position, None if it is not there."""
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    return value[step] if isinstance(value, list) and 0 <= step < len(value) else None


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
    if isinstance(value, Open):
        return "what is not known yet"
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
