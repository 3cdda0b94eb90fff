"""Durations as Argo writes them: seconds, or numbers with units, such as ``1h30m``."""

import re

from simdeploy.importers.fields import Fields
from simdeploy.importers.kubernetes.values import MOST

_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(h|ms|m|s)")
#: Seconds of a unit of Go's durations.
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
ALLOWED = 'a time such as 90, "90s" or "1h30m"'


def seconds_of(text: str) -> float | None:
    """Return the seconds of a duration; None if it is none. A bare number is seconds.

    >>> seconds_of("90"), seconds_of("1h30m"), seconds_of("2 minutes")
    (90.0, 5400.0, None)
    """
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text):
        return float(text)
    parts = list(_PART.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        return None
    return sum(float(part[1]) * UNITS[part[2]] for part in parts)


def duration_of(item: Fields, key: str) -> float | None:
    """Return the seconds of a field; None if it is absent.

    Raises
    ------
    ImportShapeError
        For what is no duration.
    """
    value = item.get(key)
    if value is None:
        return None
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    seconds = (
        seconds_of(value if isinstance(value, str) else str(value))
        if (is_whole or isinstance(value, str))
        else None
    )
    if seconds is None or seconds > MOST:
        raise item.expected(key, ALLOWED)
    return seconds
