"""Numbers in words: no figure too many, no zero that is none, no hundred that is less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.report.words import (
    clock,
    duration,
    full_count,
    listed,
    long_duration,
    money,
    percent,
    short_count,
)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0s"), (0.01, "<0.1s"), (0.4, "0.4s"), (6, "6s"), (9.94, "9.9s"), (9.96, "10s"),
        (59.6, "1m"), (60, "1m"), (380, "6m20s"), (365, "6m05s"), (3599.7, "1h"), (3600, "1h"),
        (7080, "1h58m"), (7179.9, "2h"), (-45, "−45s"), (90_000, "25h"),
    ],
)  # fmt: skip
def test_durations(seconds, told):
    """A duration has at most two units, rounded and never 60 of a unit."""
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"), (0.004, "<0.1"), (0.4, "0.4"), (3, "3"), (412.3, "412"), (1414, "1,410"),
        (61_000, "61,000"), (61_243, "61,200"), (999_499, "999,000"), (999_500, "1.0 M"),
        (1_436_000, "1.4 M"), (1_961_000, "2.0 M"), (12_400_000, "12 M"),
        (123_400_000, "123 M"), (-120, "−120"),
    ],
)  # fmt: skip
def test_counts(value, told):
    """A count has three figures, millions are told in tenths, also where that is a zero."""
    assert short_count(value) == told


@pytest.mark.parametrize(
    ("dollars", "told"),
    [
        (0.05, "$0.05"),
        (0.0, "$0.00"),
        (0.00999, "$0.01"),
        (0.0096, "$0.01"),
        (0.0094, "$0.009"),
        (0.002, "$0.002"),
        (-1.5, "−$1.50"),
    ],
)
def test_money(dollars, told):
    """Money has cents, and tenths of a cent where it is less than a cent."""
    assert money(dollars) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.63, "63 %"), (0.9999, ">99.9 %"), (0.998, "99.8 %"), (1, "100 %"), (1e-5, "<0.1 %")],
)
def test_percents(share, told):
    """Only all of the runs are 100 %, and only none of them 0 %."""
    assert percent(share) == told


@given(st.floats(0, 1))
def test_percent_is_extreme_only_if_exact(share):
    """A share next to 0 or 1 is never rounded to it."""
    assert (percent(share) == "100 %") == (100 * share == 100)
    assert (percent(share) == "0 %") == (100 * share == 0)


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_words_are_short(a, b):
    """No amount takes more than eleven characters."""
    assert max(map(len, (duration(a), short_count(a), money(b)))) <= 11


def test_long_forms():
    """Stories show clock times, lengths in all units, and counts in all figures."""
    spans = ["0 s", "0.4 s", "2 min 10 s", "1 h", "1 min"]
    assert [clock(t) for t in (0, 380.9, 36061)] == ["00:00:00", "00:06:20", "10:01:01"]
    assert [long_duration(t) for t in (0, 0.4, 130, 3600, 59.6)] == spans
    assert [full_count(n) for n in (0, 999_499, 1_440_000)] == ["0", "999,499", "1.44 M"]


def test_lists_read_as_sentences():
    """Names are joined by commas and a word."""
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert (listed(["a"]), listed([])) == ("a", "")
