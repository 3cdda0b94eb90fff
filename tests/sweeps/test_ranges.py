"""Values of knobs: lists, ranges with both ends, units, decimal steps, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.sweeps.ranges import Levels, RangeError, Span, levels, parse


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("5s,10s,30s", ("5s", "10s", "30s")),
        ("5s", ("5s",)),
        ("0s:300s:100s", ("0s", "100s", "200s", "300s")),
        ("0s:300s:70s", ("0s", "70s", "140s", "210s", "280s", "300s")),
        ("0:1:0.1", ("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1")),
        ("0%:100%:50%", ("0%", "50%", "100%")),
        ("0:5m:100s", ("0s", "100s", "200s", "300s")),
        ("1m:90s:15s", ("60s", "75s", "90s")),
        ("5s, 10s:30s:10s, auto", ("5s", "10s", "20s", "30s", "auto")),
        ("[a, b],{x: 1, y: 2}", ("[a, b]", "{x: 1, y: 2}")),
        ('"14:30","15:00"', ('"14:30"', '"15:00"')),
        ("-1:1:1", ("-1", "0", "1")),
    ],
)
def test_values(text, values):
    """Lists and ranges become the values that a person would write."""
    assert parse(text, "x") == Levels(values)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a value is missing"),
        ("5s,,6s", "a value is missing"),
        ("5s,5s", '"5s" stands twice'),
        ("300s:0s:30s", "from low to high"),
        ("5s:5s:1s", "from low to high"),
        ("0s:300s:0s", "step must be > 0"),
        ("0s:300s:-5s", "step must be > 0"),
        ("0s:300%:30s", "same unit"),
        ("0:300:30s", "same unit"),
        ("0:1e9:1", None),
        ("0:10000000:1", "at most 1,000,000 values"),
        ("5s,0s:10s", "a range in a list needs a step"),
    ],
)
def test_refused(text, told):
    """What is no list and no range is refused, and the error names the knob."""
    if told is None:
        assert parse(text, "--set x") == Levels((text,))
        return
    with pytest.raises(RangeError, match=told) as error:
        parse(text, "--set x")
    assert str(error.value).startswith("--set x: ")


def test_a_range_without_a_step_is_sampled_between_its_ends():
    """A span gives its ends at 0 and 1, and nothing beyond."""
    span = parse("1s:2m", "x")
    assert isinstance(span, Span)
    assert (span.at(0.0), span.at(0.5), span.at(1.0)) == ("1s", "60.5s", "120s")


@given(
    st.integers(-1000, 1000), st.integers(1, 500), st.integers(1, 40), st.integers(0, 3)
)  # fmt: skip
def test_steps_are_decimal(low, steps, step, places):
    """Every value of a range is low + k × step in decimals, and both ends are there."""
    scale = 10**places
    high = low + steps * step
    values = parse(f"{low / scale}:{high / scale}:{step / scale}", "x").values
    assert [round(float(v) * scale) for v in values] == list(range(low, high + 1, step))
    assert all(len(v.lstrip("-").split(".")[-1]) <= places for v in values if "." in v)


def test_a_list_may_be_as_long_as_a_range_and_no_longer():
    """A million values are checked for repetition in a moment; one more is refused."""
    many = [str(k) for k in range(1_000_000)]
    assert len(levels(many, "runs").values) == 1_000_000
    with pytest.raises(RangeError, match="1,000,001 values; a knob takes at most 1,000,000"):
        levels([*many, "x"], "runs")
