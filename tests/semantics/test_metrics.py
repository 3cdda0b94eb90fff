"""What an interval means and how a run is judged."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.model.registry import VERDICTS
from simdeploy.semantics.metrics import (
    ESCAPED,
    FALSE_ROLLBACK,
    HARM,
    HELD,
    SHIPPED,
    SLOW,
    STOPPED,
    TRACE,
    UNREPAIRED,
    carries_load,
    exceeds_baseline,
    headroom,
    is_harm,
    is_noticed,
    is_onset,
    or_undefined,
    share_of,
    verdict,
    without_dust,
)

RATE = st.floats(0, 1e4)
SHARE = st.floats(0, 1)


@pytest.mark.parametrize(
    ("part", "whole", "share"), [(0, 0, 0), (0, 5, 0), (5, 5, 1), (0.1, 0.4, 0.25), (3, 0, 0)]
)
def test_share(part, whole, share):
    """A part of the whole; of nothing, nothing."""
    assert share_of(part, whole) == share


@pytest.mark.parametrize(
    ("failing", "baseline", "hurt"),
    [(0, 0, False), (0.5, 0.5, False), (0.5 + TRACE / 2, 0.5, False), (0.5 + 2 * TRACE, 0.5, True),
     (0.4, 0.5, False)],
)  # fmt: skip
def test_users_hurt_beyond_the_baseline(failing, baseline, hurt):
    """Failures of the baseline and rounding errors are no harm."""
    assert exceeds_baseline(failing, baseline) is hurt


@pytest.mark.parametrize(
    ("failing", "slow", "serving", "harm"),
    [
        (0.01 + HARM, 0.02, False, False),
        (0.01 + 2 * HARM, 0.02, False, True),
        (0.01, 0.02 + 0.9 * SLOW, False, False),
        (0.01, 0.02 + 1.1 * SLOW, False, True),
        (0.01, 0.02, True, True),
        (0.0, 0.0, False, False),
    ],
    ids=["little", "failing", "a-little-slow", "slow", "bad-serves", "better"],
)
def test_trouble_is_beyond_the_baseline(failing, slow, serving, harm):
    """A thousandth failing or a hundredth slow more than without the deployment.

    The baseline fails 1 % and is slow for 2 %.
    """
    assert is_harm(failing, 0.01, slow, 0.02, serving) is harm


def test_bounds_of_harm_are_no_harm():
    """Exactly a thousandth failing, a hundredth slow or a rounding error is still allowed."""
    assert (HARM, SLOW, TRACE) == (0.001, 0.01, 1e-9)
    assert not is_harm(HARM, 0.0, 0.0, 0.0, False)
    assert not is_harm(0.0, 0.0, SLOW, 0.0, False)
    assert not exceeds_baseline(TRACE, 0.0)


@pytest.mark.parametrize(
    ("failing", "slow", "wrong", "begins"),
    [(0.01, 0.02, False, False), (0.01 + 2e-9, 0.02, False, True), (0.01, 0.031, False, True),
     (0.01, 0.029, False, False), (0.0, 0.0, True, True)],
    ids=["as-usual", "failing", "slow", "a-little-slow", "wrong"],
)  # fmt: skip
def test_onset_is_the_first_answer_that_is_failed_slow_or_wrong(failing, slow, wrong, begins):
    """The baseline fails 1 % and is slow for 2 %: only what exceeds it counts."""
    assert is_onset(failing, 0.01, slow, 0.02, wrong) is begins


@pytest.mark.parametrize(
    ("value", "scale", "kept"),
    [(6e-10, 1e5, 0.0), (-3e-12, 7200.0, 0.0), (1e-4, 1e5, 1e-4), (-2.0, 1e5, -2.0),
     (0.0, 0.0, 0.0), (math.inf, 7200.0, math.inf)],
)  # fmt: skip
def test_dust_is_nothing(value, scale, kept):
    """Below a billionth of its scale a number is rounding; an open end stays open."""
    assert without_dust(value, scale) == kept


def test_what_did_not_happen_is_no_dust():
    """NaN stays NaN."""
    assert math.isnan(without_dust(math.nan, 7200.0))


@pytest.mark.parametrize(
    ("failing", "slow", "noticed"),
    [
        (0.019, 0.019, False),
        (0.02, 0, True),
        (0, 0.02, True),
        (0.5, 0.5, True),
        (0.1 * 0.2, 0, True),
        (0.02 * (1 - 1e-12), 0, True),
        (0.02 * (1 - 1e-8), 0, False),
    ],
)
def test_a_person_notices_from_a_share_on(failing, slow, noticed):
    """Either kind of trouble is enough; two little ones do not add up."""
    assert is_noticed(failing, slow, 0.02) is noticed


@pytest.mark.parametrize(
    ("capacity", "offered", "times"),
    [(360, 200, 1.8), (0, 200, 0), (60, 0.5, 120), (60, 0, 1e9), (0, 0, 1e9)],
)
def test_headroom(capacity, offered, times):
    """Ratio of capacity to offered rate; very large if nothing is offered."""
    assert headroom(capacity, offered) == times


@pytest.mark.parametrize(
    ("capacity", "offered", "before", "carried"),
    [(200, 200, 360, True), (199, 200, 360, False), (360, 900, 360, True), (0, 0, 360, True)],
    ids=["as-offered", "below", "as-before", "nothing-offered"],
)
def test_the_old_revision_carries_the_load_again(capacity, offered, before, carried):
    """As much as is offered, or as much as it ever could."""
    assert carries_load(capacity, offered, before) is carried


@given(RATE, RATE, RATE, RATE)
def test_more_capacity_never_carries_less(capacity, more, offered, before):
    """What a fleet carries, a larger one carries too, with no less headroom."""
    assert carries_load(capacity, offered, before) <= carries_load(capacity + more, offered, before)
    assert headroom(capacity, offered) <= headroom(capacity + more, offered)


@pytest.mark.parametrize(
    ("bad", "undone", "share", "harmed", "word"),
    [
        (True, True, 0.0, False, "stopped"),
        (True, False, 0.0, False, "stopped"),
        (True, True, 0.0, True, "unrepaired"),
        (True, False, 0.0, True, "unrepaired"),
        (True, False, 1.0, True, "escaped"),
        (True, True, 0.1, False, "escaped"),
        (False, False, 1.0, False, "shipped"),
        (False, False, 1.0 - TRACE, True, "shipped"),
        (False, False, 1.0 - 2 * TRACE, True, "held"),
        (False, True, 0.0, False, "false_rollback"),
        (False, True, 1.0, False, "false_rollback"),
        (False, False, 0.5, False, "held"),
        (False, False, 0.0, False, "held"),
    ],
)
def test_verdict(bad, undone, share, harmed, word):
    """A bad release must not serve and must not hurt any more; a good one must serve all."""
    assert VERDICTS[verdict(bad, undone, share, harmed)] == word


def test_verdicts_have_the_numbers_of_their_words():
    """Numbers of the engines and words of the results stand in one order."""
    numbers = [SHIPPED, STOPPED, ESCAPED, FALSE_ROLLBACK, HELD, UNREPAIRED]
    words = ["shipped", "stopped", "escaped", "false_rollback", "held", "unrepaired"]
    assert [VERDICTS[number] for number in numbers] == words


@given(st.booleans(), st.booleans(), SHARE, st.booleans())
def test_every_run_is_judged(bad, undone, share, harmed):
    """Only a bad release escapes or is stopped, only a good one ships or is taken back wrongly."""
    result = verdict(bad, undone, share, harmed)
    assert (result in (STOPPED, ESCAPED, UNREPAIRED)) is bad
    assert (result in (SHIPPED, FALSE_ROLLBACK, HELD)) is not bad


@pytest.mark.parametrize("value", [0.0, 3.0, math.inf])
def test_what_did_not_happen_is_no_number(value):
    """NaN where a number is not defined, also where it would be infinite."""
    assert or_undefined(value, True) == value
    assert math.isnan(or_undefined(value, False))
