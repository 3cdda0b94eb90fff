"""Quantities as people write them."""

import math

import pytest

from simdeploy import units
from simdeploy.units import Quantity, UnitError, time_of_day


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (units.TIME, "80ms", 0.08),
        (units.TIME, "90s", 90.0),
        (units.TIME, "5m", 300.0),
        (units.TIME, "1h", 3600.0),
        (units.TIME, "2d", 172800.0),
        (units.TIME, "1h30m", 5400.0),
        (units.TIME, " 5 m ", 300.0),
        (units.TIME, 7, 7.0),
        (units.TIME, "1.5e1", 15.0),
        (units.PERCENT, "25%", 25.0),
        (units.PERCENT, 25, 25.0),
        (units.SHARE, "25%", 0.25),
        (units.SHARE, 0.25, 0.25),
        (units.SHARE, "0.1%", 0.001),
        (units.MEGABYTES, "400MB", 400.0),
        (units.MEGABYTES, "1.2GB", 1200.0),
        (units.GIGABYTES, "512MB", 0.512),
        (units.RATE, "20/s", 20.0),
    ],
)
def test_a_unit_is_read(kind, text, value):
    """Numbers with a unit become floats of the base unit, exactly."""
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    "value",
    ["5 parsecs", "5min", "", "m", "1:30", "5m30", "--5s", True, None, [5], {}, b"5s", "5" * 400,
     math.nan, math.inf, -math.inf, ".nan", "inf", 10**400],
)  # fmt: skip
def test_no_time_is_refused(value):
    """Wrong units, NaN, infinities and other types are errors, never guesses."""
    with pytest.raises(UnitError):
        Quantity(units.TIME)(value)


@pytest.mark.parametrize(
    ("quantity", "value", "told"),
    [
        (Quantity(units.TIME), -1, "must be a time ≥ 0"),
        (Quantity(units.TIME, above=True), 0, "must be a time > 0"),
        (Quantity(units.PERCENT, high=100), "140%", "must be a percent from 0 to 100"),
        (Quantity(units.SHARE, high=1), 25, "must be a share from 0 to 1"),
        (Quantity(units.WHOLE), "six", "must be a whole number ≥ 0"),
        (Quantity(units.WHOLE), 1.5, "must be a whole number ≥ 0"),
        (Quantity(units.WHOLE, high=10**6), 10**7, "must be at most 1,000,000"),
        (Quantity(units.TIME), "5 parsecs", "unknown unit for a time"),
        (Quantity(units.TIME), 10**20, "is too large"),
    ],
)
def test_what_must_be_is_told(quantity, value, told):
    """The message says what the value must be."""
    with pytest.raises(UnitError) as caught:
        quantity(value)
    assert caught.value.what == told


def test_whole_numbers_are_ints():
    """A count is an int even where the file has 6.0."""
    assert type(Quantity(units.WHOLE)(6.0)) is int


@pytest.mark.parametrize(("value", "seconds"), [("14:30", 52200), ("0:05", 300), ("9h", 32400)])
def test_time_of_day(value, seconds):
    """Clock times and times after midnight both work."""
    assert time_of_day(value) == seconds


@pytest.mark.parametrize("value", ["24:00", "14:60", "25h", -1, None])
def test_no_time_of_day(value):
    """A day has 24 hours."""
    with pytest.raises(UnitError):
        time_of_day(value)
