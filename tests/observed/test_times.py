"""Times as AWS, its tools and terminals write them."""

import pytest

from simdeploy.errors import SimdeployError
from simdeploy.observed.times import Absent, parse_time, zone_named

#: 17 December 2020, 14:19:56.123 UTC.
MOMENT = 1608214796.123
FORMS = [
    1608214796.123,
    1608214796123,
    "1608214796.123",
    "1608214796123",
    "2020-12-17T14:19:56.123Z",
    "2020-12-17T22:19:56.123000+08:00",
    "2020-12-17 22:19:56.123 +0800",
    "2020-12-17 14:19:56.123 +0000 UTC",
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_forms_of_one_moment(form):
    """Every form of a moment is the same number, known to a millisecond."""
    assert parse_time(form) == (MOMENT, 0.001, True)


@pytest.mark.parametrize(
    ("form", "zoned"),
    [
        ("2020-12-17 22:19:56 +0800", True),
        ("2020-12-17T14:19:56Z", True),
        ("2020-12-17 14:19:56 +0000 UTC", True),
        ("2020/12/17 14:19:56", False),
        ("2020-12-17 14:19:56", False),
        ("Dec 17, 2020, 10:19:56 PM (UTC+8:00)", True),
        ("December 17, 2020 at 14:19:56", False),
        (1608214796, True),
    ],
)
def test_seconds(form, zoned):
    """A time that has no fraction is known to a second; one without a zone is read as UTC."""
    assert parse_time(form) == (1608214796.0, 1.0, zoned)


def test_minutes():
    """A time without seconds is known to a minute."""
    assert parse_time("December 17, 2020, 22:19 (UTC+8:00)") == (1608214740.0, 60.0, True)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (None, ""),
        ("", ""),
        ("0001-01-01T00:00:00Z", ""),
        ("1970-01-01T00:00:00Z", ""),
        (0, ""),
        ("3 minutes ago", "has no date"),
        ("22:19:56", "has no date"),
        ("yesterday", "is no time"),
        (True, "is no time"),
        (float("nan"), "is no time"),
        (1e300, "is no time"),
        ([], "is no time"),
        ("2020-13-41T22:19:56Z", "is no time"),
        ("2020-12-17T22:19:56+99:00", "is no time"),
        ("Foo 17, 2020, 10:19", "is no time"),
    ],
)
def test_no_time(form, why):
    """What is no time is said so; what AWS writes for never is simply absent."""
    assert parse_time(form) == Absent(why)


def test_zone_of_texts_without_one():
    """A text without a zone is read in the zone that is given."""
    text = "2020-12-17 15:19:56"
    assert parse_time(text, zone_named("Europe/Berlin")) == (1608214796.0, 1.0, False)
    assert parse_time(text, zone_named("+01:00")) == (1608214796.0, 1.0, False)


@pytest.mark.parametrize("name", ["Nowhere/Town", "+99:00", "", "../etc"])
def test_zones_that_are_none(name):
    """A zone that does not exist is refused with what is allowed."""
    with pytest.raises(SimdeployError, match="--timezone: must be a name such as Europe/Berlin"):
        zone_named(name)
