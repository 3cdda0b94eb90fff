"""The cost of a run, and where two strategies cost the same: hand arithmetic."""

import pytest

from simdeploy.advice.costs import (
    Amounts,
    Parts,
    Rates,
    break_even,
    cost_of,
    line_crosses,
    parts_of,
    work_after,
)
from simdeploy.model.registry import SIGNALS
from simdeploy.results.ends import ENDS

#: The prices of the worked example; wrong answers, cuts and slow requests cost nothing there.
RATES = Rates(0.01, 0.0, 0.0, 0.0, 100.0)
#: Per kind its likelihood; failed requests, hours and dollars with rolling and with blue-green.
EXAMPLE = {
    "good": (0.91, (0, 0, 0.008), (0, 0, 0.305)),
    "crash at boot": (0.02, (0, 0.5, 50.00), (0, 1, 100.25)),
    "errors 1 %": (0.015, (9_212, 2.72, 363.80), (603, 0.5, 56.06)),
    "errors 5 %": (0.015, (2_430, 0.5, 74.32), (1_894, 0.5, 68.96)),
    "errors 30 %": (0.01, (13_110, 0.5, 181.11), (10_854, 0.5, 158.56)),
    "slow x3": (0.01, (136_135, 1, 1461.36), (130_755, 1, 1407.62)),
    "wrong port": (0.005, (0, 0.5, 50.04), (0, 1, 100.42)),
    "leak": (0.01, (1_512, 4, 415.13), (1_085, 1.82, 193.01)),
    "schema": (0.005, (20_900, 4, 609.01), (0, 4, 400.31)),
}
#: Hours are printed in hundredths: at most so many dollars off.
ROUNDED = 0.5


def test_every_part_of_a_run_has_its_price():
    """Each amount is multiplied by its own price, and the cost is the sum of the parts."""
    run, rates = Amounts(3, 5, 7, 11, 0.5, 0.25), Rates(2.0, 10.0, 100.0, 1000.0, 60.0)
    assert parts_of(run, rates) == Parts(6.0, 50.0 + 700.0 + 11_000.0, 30.0, 0.25)
    assert cost_of(run, rates) == 11_786.25


@pytest.mark.parametrize("kind", EXAMPLE)
def test_the_worked_example_follows_from_its_own_figures(kind):
    """Failed requests at a cent and hours at 100 dollars make what the example prints."""
    _, *sides = EXAMPLE[kind]
    for failed, hours, dollars in sides:
        compute = cost_of(Amounts(failed, 0, 0, 0, hours, 0.0), RATES)
        assert -ROUNDED < dollars - compute < 1.0, "the rest is what tasks cost"


def test_the_worked_example_adds_up():
    """Likelihood times cost, added up, is $31.45 and $24.25 a release, $629 and $485 a month."""
    rolling, blue_green = (
        sum(row[0] * row[side][2] for row in EXAMPLE.values()) for side in (1, 2)
    )
    assert (round(rolling, 2), round(blue_green, 2)) == (31.45, 24.25)
    assert (round(20 * rolling), round(20 * blue_green)) == (629, 485)


def test_the_worked_example_breaks_even_at_four_in_a_thousand():
    """With a bad release at $349.4 and $266.4, blue-green pays above 0.36 % bad releases."""
    bad = {k: row for k, row in EXAMPLE.items() if k != "good"}
    share = sum(row[0] for row in bad.values())
    means = [sum(row[0] / share * row[side][2] for row in bad.values()) for side in (1, 2)]
    assert [round(mean, 1) for mean in means] == [349.4, 266.4]
    found = break_even((0.305, 0.008), (means[1], means[0]))
    assert round(found, 4) == 0.0036


@pytest.mark.parametrize(
    ("end", "signal", "work"),
    [
        ("undone", "breaker", "machine"),
        ("undone", "alarm", "machine"),
        ("undone", "install_timeout", "machine"),
        ("undone", "hook", "machine"),
        ("undone", "operator", "person"),
        ("undone", "approval", "person"),
        ("undone", "none", "person"),
        ("undone, fails", "alarm", "left"),
        ("live, bad", "none", "left"),
        ("live", "none", "none"),
        ("partly live", "none", "left"),
        ("stuck", "none", "left"),
        ("not live", "none", "left"),
        ("good, undone", "alarm", "good_undone"),
    ],
)
def test_how_a_release_ends_makes_its_work(end, signal, work):
    """Work depends on who undid a release, if anybody; a live one that works makes none."""
    assert end in ENDS
    assert signal in SIGNALS
    assert work_after(end, signal) == work


def test_who_is_cheaper_with_both_never_breaks_even():
    """There is no break-even where the same strategy is cheaper with good and with bad releases."""
    assert break_even((1.0, 2.0), (10.0, 20.0)) is None
    assert break_even((1.0, 1.0), (10.0, 20.0)) is None


def test_the_break_even_solves_its_equation():
    """At 1 in 4 bad releases, 3 × $1 + $10 is 3 × $2 + $7."""
    assert break_even((2.0, 1.0), (7.0, 10.0)) == 0.25


def test_a_straight_line_crosses_zero_where_arithmetic_says():
    """From 6 at 2, falling by 3 a step of 0.5, it is 0 one step on; a level one never is."""
    assert line_crosses(2.0, 6.0, 0.5, 3.0) == 3.0
    assert line_crosses(2.0, 6.0, 0.5, 6.0) is None
