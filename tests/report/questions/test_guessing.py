"""Guesses as people type them."""

from math import inf

import pytest

from simdeploy.report.questions.guessing import parse_choice, parse_number

NAMES = ["rolling", "rolling-half", "blue-green", "canary"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1", "rolling"),
        ("4", "canary"),
        (" Canary ", "canary"),
        ("rolling", "rolling"),
        ("blue", "blue-green"),
        ("blue green", "blue-green"),
        ("canery", "canary"),
        ("0", None),
        ("5", None),
        ("roll", None),
        ("²", None),
        ("", None),
        ("red", None),
    ],
)
def test_a_choice_is_a_number_or_a_name(text, name):
    """A place, a name, the begin of one name or a slip of the keyboard; nothing ambiguous."""
    assert parse_choice(text, NAMES) == name


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("90", "s", 90),
        ("90s", "s", 90),
        ("5m", "s", 300),
        ("5 min", "s", 300),
        ("2.5 minutes", "s", 150),
        ("1h30m", "s", 5400),
        ("1 hour 30 minutes", "s", 5400),
        ("1m39s", "s", 99),
        ("never", "s", inf),
        ("-5", "s", None),
        ("soon", "s", None),
        ("43,000", "requests", 43_000),
        ("43k", "requests", 43_000),
        ("1.4 M", "requests", 1_400_000),
        ("~600 requests", "requests", 600),
        ("600 or so", "requests", 600),
        ("-5", "requests", None),
        ("1e5", "requests", None),
        ("many", "requests", None),
        ("", "requests", None),
        ("$0.31", "USD", 0.31),
        (".31", "USD", 0.31),
        ("61 %", "of 100 runs", 61),
        ("61 of 100", "of 100 runs", None),
    ],
)
def test_a_number_may_have_its_unit(text, unit, number):
    """Times, counts and dollars as people write them; what is no number is none."""
    assert parse_number(text, unit) == number
