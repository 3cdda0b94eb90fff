"""At which line a value of a JSON text stands, without keeping a position for each of them."""

import json
import re
from collections.abc import Sequence

_SPACE = re.compile(r"[\s,:]*")
_DECODER = json.JSONDecoder()


def line_of(text: str, path: Sequence[str | int]) -> int:
    r"""Return the line, counted from 1, of a value in a text that is JSON; 0 if it is not there.

    >>> line_of('{"a": [1,\n {"b": 2}]}', ("a", 1, "b"))
    2
    """
    try:
        at = _space(text, 0)
        for step in path:
            at = _child(text, at, step)
    except (LookupError, ValueError, RecursionError):
        return 0
    return text.count("\n", 0, at) + 1


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def _child(text: str, at: int, step: str | int) -> int:
    """Return where the value below a key or position begins."""
    opening = "[" if isinstance(step, int) else "{"
    if text[at] != opening:
        raise KeyError(step)
    at, place = _space(text, at + 1), 0
    while text[at] not in "]}":
        key: str | int = place
        if opening == "{":
            key, at = _DECODER.raw_decode(text, at)
            at = _space(text, at)
        if key == step:
            return at
        at = _space(text, _DECODER.raw_decode(text, at)[1])
        place += 1
    raise KeyError(step)
