"""At which line a value of a JSON text stands, found when it is asked for.

A value's beginning is found from that of the object or list around it, whose parts are skipped at
the speed of the JSON decoder. What was found is kept, so that many questions cost little more.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Sequence

_SPACE = re.compile(r"[\s,:]*")
_LINE_BREAK = re.compile("\n")
_DECODER = json.JSONDecoder()

Children = dict[str | int, int]


class Lines:
    r"""The lines of the values in a text that is JSON.

    >>> Lines('{"a": [1,\n {"b": 2}]}').line(("a", 1, "b"))
    2
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks: list[int] = []
        self._children: dict[int, Children] = {}

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of a value, counted from 1; 0 if it is not there."""
        at = self._space(0)
        for step in path:
            below = self._below(at).get(step)
            if below is None:
                return 0
            at = below
        if not self._breaks:
            self._breaks = [-1, *(match.start() for match in _LINE_BREAK.finditer(self._text))]
        return bisect_right(self._breaks, at)

    def _space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _below(self, at: int) -> Children:
        """Return where the parts of the object or list begin that begins at a place."""
        if at not in self._children:
            try:
                self._children[at] = self._found(at)
            except (LookupError, ValueError, RecursionError):
                self._children[at] = {}
        return self._children[at]

    def _found(self, at: int) -> Children:
        is_object = self._text[at] == "{"
        if not is_object and self._text[at] != "[":
            return {}
        found: Children = {}
        at = self._space(at + 1)
        while self._text[at] not in "]}":
            key: str | int = len(found)
            if is_object:
                key, at = _DECODER.raw_decode(self._text, at)
                at = self._space(at)
            found[key] = at
            at = self._space(_DECODER.raw_decode(self._text, at)[1])
        return found
