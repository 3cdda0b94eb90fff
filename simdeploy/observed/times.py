"""Times as AWS, its tools and terminals write them, to epoch seconds with their resolution."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from simdeploy.errors import SimdeployError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
#: AWS writes "never" as 0001-01-01 or as the epoch; ECS began in 2014.
ABSENT_BEFORE = datetime(2010, 1, 1, tzinfo=UTC).timestamp()
#: Numbers from here on are milliseconds: as seconds it is the year 5138.
MILLISECONDS_FROM = 1e11
LARGEST = 1e14
MINUTE = 60.0
#: No time is known better than the API's milliseconds.
FINEST = 0.001

ZONE = r"(?P<zone>Z|[+-]\d\d:?\d\d|\(?(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d\d)?)?\)?)"
CLOCK = (
    r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?(?: ?(?P<half>[AaPp][Mm]))?"
)
ISO = r"(?P<Y>\d{4})[-/](?P<M>\d\d)[-/](?P<D>\d\d)"
NAMED = r"(?P<Mon>[A-Z][a-z]{2,8}) (?P<D>\d{1,2}), (?P<Y>\d{4})"
DAY_FIRST = r"(?P<D>\d{1,2}) (?P<Mon>[A-Z][a-z]{2,8}) (?P<Y>\d{4})"
#: The forms of a date with a clock, and what may follow: "2020-12-17 22:19:56 +0800 UTC".
FORMS = tuple(
    re.compile(rf"{date}(?:[T ]|,? (?:at )?){CLOCK}(?: ?{ZONE})?(?: UTC| [A-Z]{{3,4}}\b)?")
    for date in (ISO, NAMED, DAY_FIRST)
)
AGO = re.compile(r"\b(?:\d+|an?) (?:second|minute|hour|day|week|month)s? ago\b")
CLOCK_ALONE = re.compile(r"(?<![\d:])\d{1,2}:\d\d(?::\d\d)?(?![\d:])")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d\d)?")
NUMBER = re.compile(r"\d{9,13}(\.\d{1,9})?")


class Time(NamedTuple):
    """Epoch seconds, how exactly they are known, and whether the text named a zone."""

    at: float
    resolution_s: float
    is_zoned: bool


class Absent(NamedTuple):
    """No time, and why; the reason is empty where AWS means "never"."""

    why: str


def parse_time(value: Any, zone: tzinfo = UTC) -> Time | Absent:
    """Return a time; texts without a zone are read in ``zone``.

    >>> parse_time("2020-12-17 22:19:56 +0800")
    Time(at=1608214796.0, resolution_s=1.0, is_zoned=True)
    >>> parse_time(1608214796123), parse_time("3 minutes ago")
    (Time(at=1608214796.123, resolution_s=0.001, is_zoned=True), Absent(why='has no date'))
    """
    if value is None or value == "":
        return Absent("")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return Absent("is no time")
    if isinstance(value, str) and not NUMBER.fullmatch(value.strip()):
        return _from_text(value.strip()[:80], zone)
    return _from_number(value.strip() if isinstance(value, str) else repr(value))


def find_time(text: str) -> re.Match[str] | None:
    """Return the first time with a date in a line of text."""
    matches = [match for form in FORMS if (match := form.search(text))]
    return min(matches, key=lambda match: match.start(), default=None)


def has_undated_time(text: str) -> bool:
    """Return whether a line has a clock without a date, or a time relative to now."""
    return bool(AGO.search(text) or CLOCK_ALONE.search(text))


def zone_named(name: str) -> tzinfo:
    """Return a zone by its name or its offset.

    >>> zone_named("+02:00"), zone_named("Europe/Berlin")
    (datetime.timezone(datetime.timedelta(seconds=7200)), zoneinfo.ZoneInfo(key='Europe/Berlin'))

    Raises
    ------
    SimdeployError
        For neither.
    """
    if (match := OFFSET.fullmatch(name.strip())) is not None:
        offset = _offset(match)
        if offset is not None:
            return offset
    if name.strip().upper() in {"UTC", "Z", "GMT"}:
        return UTC
    try:
        return ZoneInfo(name.strip())
    except (ValueError, OSError, KeyError):
        allowed = "a name such as Europe/Berlin or an offset such as +02:00"
        raise SimdeployError(f'--timezone: must be {allowed}; got "{name[:40]}"') from None


def _from_number(digits: str) -> Time | Absent:
    """Read epoch seconds or milliseconds; whole seconds are known to a second."""
    value = float(digits)
    if not math.isfinite(value) or abs(value) >= LARGEST:
        return Absent("is no time")
    if value >= MILLISECONDS_FROM:
        return _checked(Time(round(value * 1e3) / 1e6, FINEST, is_zoned=True))
    resolution = FINEST if "." in digits else 1.0
    return _checked(Time(round(value * 1e6) / 1e6, resolution, is_zoned=True))


def _from_text(text: str, zone: tzinfo) -> Time | Absent:
    match = find_time(text)
    if match is None:
        return Absent("has no date" if has_undated_time(text) else "is no time")
    part = match.groupdict()
    own = _zone(part["zone"])
    if part["zone"] and own is None:
        return Absent("is no time")
    try:
        moment = datetime(
            int(part["Y"]), _month(part), int(part["D"]), _hour(part), int(part["m"]),
            int(part["s"] or 0), int((part["f"] or "0")[:6].ljust(6, "0")),
            tzinfo=own or zone,
        )  # fmt: skip
        at = ((moment - EPOCH) // MICRO) / 1e6
    except (ValueError, OverflowError):
        return Absent("is no time")
    if part["s"] is None:
        return _checked(Time(at, MINUTE, own is not None))
    finest = max(FINEST, 10.0 ** -len(part["f"])) if part["f"] else 1.0
    return _checked(Time(at, finest, own is not None))


def _month(part: dict[str, str | None]) -> int:
    """Return the month; ValueError for a word that is none."""
    if part.get("M"):
        return int(part["M"] or 0)
    return MONTHS.index((part["Mon"] or "")[:3].lower()) + 1


def _hour(part: dict[str, str | None]) -> int:
    hour, half = int(part["h"] or 0), (part["half"] or "").lower()
    if not half:
        return hour
    return hour % 12 + (12 if half == "pm" else 0)


def _zone(text: str | None) -> tzinfo | None:
    """Return the zone that a time names; None for none, or one that does not exist."""
    if not text:
        return None
    match = OFFSET.search(text)
    return UTC if match is None else _offset(match)


def _offset(match: re.Match[str]) -> tzinfo | None:
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if match[1] == "-" else offset)


def _checked(time: Time) -> Time | Absent:
    return Absent("") if time.at < ABSENT_BEFORE else time
