"""Verdict, matrix and rows of many faults as text, on numbers made by hand."""

import re

import pytest

from simdeploy.report.faults.text import made, render_faults
from tests.report.answer.made import compared
from tests.report.faults.made import good, harm, live, matrix_of, two, undone, usual


def verdict(matrix):
    """Return the verdict in one piece."""
    return " ".join(made(matrix).verdict)


def row(matrix, name):
    """Return the verdict on a row."""
    found = made(matrix)
    return next(says for line, (says, _) in zip(found.lines, found.rows, strict=True)
                if line.row.name == name)  # fmt: skip


def cell(matrix, name, strategy):
    """Return a cell in one line."""
    found = made(matrix)
    line = next(line for line in found.lines if line.row.name == name)
    return line.cells[found.strategies.index(strategy)].one_line


def test_two_sides_with_an_exception():
    """Better in two rows, worse in one, level in one: the exception is named, and the gain."""
    assert verdict(usual()) == (
        "Blue-green is never worse than rolling, except with crash at boot; it is better with "
        "errors and leak."
    )


def test_as_many_losses_as_gains_are_both_named():
    """Then none of the two is "never worse, except"."""
    matrix = matrix_of(one=two(harm(100.0), harm(900.0)), two=two(harm(900.0), harm(100.0)))
    assert verdict(matrix) == "Rolling is better than blue-green with one, worse with two."


def test_level_everywhere():
    """A matrix without differences says so once."""
    assert verdict(matrix_of(one=two(harm(0.0), harm(0.0)))) == (
        "Rolling and blue-green are about level in every row."
    )


def test_no_strategy_is_best_everywhere():
    """Three strategies, each best in rows of its own: who for what, then the two sides."""

    def three(rolling, blue_green, canary):
        amounts = {"rolling": rolling, "blue-green": blue_green, "canary": canary}
        return compared({name: harm(failed) for name, failed in amounts.items()})

    matrix = matrix_of(
        a=three(0.0, 900.0, 500.0), b=three(900.0, 0.0, 500.0), c=three(900.0, 500.0, 0.0),
        d=three(900.0, 500.0, 0.0), e=three(900.0, 0.0, 500.0), f=three(0.0, 500.0, 900.0),
        g=three(0.0, 900.0, 500.0), h=three(900.0, 0.0, 900.0),
    )  # fmt: skip
    assert made(matrix).verdict[0] == (
        "No strategy is best everywhere: rolling for a, f and g; blue-green for b, e and h; "
        "canary for c and d."
    )


def test_who_is_nowhere_best_does_not_split_rows():
    """Where only the worst differs the others are level: no strategy has to be named for it."""

    def three(rolling, blue_green, recreate):
        amounts = {"rolling": rolling, "blue-green": blue_green, "recreate": recreate}
        return compared({name: harm(failed) for name, failed in amounts.items()})

    level = {f"level {i}": three(10.0, 10.0, 900.0) for i in range(3)}
    assert verdict(matrix_of(**level)) == (
        "Rolling and blue-green are about level in every row. Recreate is nowhere among the best."
    )
    assert verdict(matrix_of(**level, other=three(10.0, 500.0, 900.0))).startswith(
        "Rolling is never worse than another strategy. Rolling is never worse than blue-green; "
        "it is better with other. Recreate is nowhere among the best."
    )


def test_too_early_to_choose():
    """Where users are still hurt at the horizon a longer one may change the order."""
    open_ = live(failed_requests=500.0)
    matrix = matrix_of(
        errors=two(open_, live(failed_requests=9000.0)), leak=two(harm(9.0), harm(9.0))
    )
    assert verdict(matrix) == (
        "Rolling and blue-green are about level in every row with a check mark. It is too early to "
        "choose with errors: users are still hurt at the horizon."
    )


def test_over_capacity_comes_first():
    """What fails without any deployment is not the strategy's."""
    full = {"service": {"desired_count": 6, "capacity_rps": 30}}
    busy = harm(500_000.0, failed_caused=10.0)
    matrix = matrix_of(errors=two(busy, busy, **full))
    assert verdict(matrix).startswith("Over capacity before the command: 200 of 180 req/s; ")
    assert "Add tasks first; then choose." in verdict(matrix)
    assert row(matrix, "errors") == "Add tasks first."


def test_a_row_that_no_strategy_saves():
    """All fail nearly as much: the strategy hardly matters, with its range."""
    matrix = matrix_of(slow=two(harm(138_000.0), harm(125_000.0)))
    assert "The strategy hardly matters with slow: 125,000 to 138,000 requests fail." in verdict(
        matrix
    )


def test_who_never_ships_is_said_once_and_crossed_out():
    """Rolling takes every good release back: it stands behind, in no row's verdict."""
    matrix = matrix_of(errors=two(harm(100.0), harm(900.0), {"rolling": undone()}))
    assert "Rolling does not ship a good release." in verdict(matrix)
    assert cell(matrix, "errors", "rolling").startswith("✗ 100 · ")
    assert row(matrix, "errors") == "Blue-green fails 900 requests."


def test_who_loses_a_good_release_in_one_row_is_named_there():
    """As rolling's circuit breaker does while images cannot be pulled."""
    matrix = matrix_of(
        none=two(good(), good(), faults=()), gone=two(undone(), good(after=2100.0), faults=())
    )
    assert (
        row(matrix, "gone") == "Blue-green fails no request. Rolling takes the good release back."
    )
    assert cell(matrix, "gone", "rolling") == "✗ 40,000 · undone"
    assert cell(matrix, "gone", "blue-green") == "✓ 0 · 35m"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("none", "Rolling and blue-green are about level: they fail no request."),
        ("crash at boot", ("Rolling: decided after 1m40s without a person; "
                           "with blue-green a person decides, after 40m.")),
        ("errors", "Blue-green: failed requests 2,000, against 13,000 with rolling."),
    ],
)  # fmt: skip
def test_a_row_says_what_parts_first_and_second(name, text):
    """The kind of harm with both numbers, or who decides."""
    assert row(usual(), name) == text


def test_a_lead_in_another_harm_says_that_failures_are_level():
    """So that a check mark beside as many failed requests is understood."""
    matrix = matrix_of(slow=two(harm(5000.0, slow_caused=900.0), harm(5000.0, slow_caused=90.0)))
    assert row(matrix, "slow") == (
        "Blue-green: about as many failed requests, but slow requests 90, against 900 with rolling."
    )


def test_what_is_decided_in_some_runs_only_shows_their_share():
    """A time over half of the runs would look like an end of the harm."""
    half = harm(100.0)
    half["decision_s"][::2] = float("inf")
    matrix = matrix_of(errors=two(half, live(failed_requests=9000.0, failed_caused=9000.0)))
    assert cell(matrix, "errors", "rolling") == "✓ 100 · 50 %"
    assert cell(matrix, "errors", "blue-green") == "9,000 · never"
    legend = made(matrix).legend
    assert "50 %: in so many of the runs only" in legend
    assert "never: not within 2h" in legend


def test_nothing_watches():
    """No check marks, and the reason with the rows that it holds for."""
    blind = {"operator": None, "alarms": [], "defaults": {}}
    matrix = matrix_of(
        none=two(good(), good(), faults=(), **blind),
        errors=two(live(failed_requests=9000.0), live(failed_requests=8000.0), **blind),
    )
    assert verdict(matrix) == (
        "Nothing notices errors, so every strategy leaves the bad release live: add an alarm "
        "first. Rolling and blue-green are about level in every row with a check mark."
    )
    assert row(matrix, "errors") == "Nothing notices it."
    assert "✓" not in cell(matrix, "errors", "blue-green")


def test_one_strategy_is_not_ranked():
    """What hurts its users most, and what is not taken back."""
    matrix = matrix_of(
        none=compared({"rolling": good()}, faults=()), errors=compared({"rolling": harm(700.0)}),
        leak=compared({"rolling": live(failed_requests=9000.0)}),
    )  # fmt: skip
    assert verdict(matrix) == (
        "Rolling, with no other strategy beside it. Users are hurt most by leak (9,000 failed "
        "requests) and errors (700 failed requests). Not always taken back: leak."
    )
    assert row(matrix, "errors") == "Rolling fails 700 requests."


def test_rows_of_good_releases_stand_below():
    """Their second number is another one: when all traffic is on the new version."""
    lines = render_faults(usual()).splitlines()
    bad, well = (i for i, line in enumerate(lines) if re.match("a (bad|good) release: ", line))
    assert lines[bad].startswith("a bad release: decided after")
    assert [line.split()[0] for line in lines[bad + 1 : well]] == ["crash", "errors", "leak"]
    assert lines[well + 1].split() == ["none", "✓0", "1m30s", "✓0", "1m30s"]


def test_cells_take_two_lines_where_the_terminal_is_narrow():
    """And blocks, where even that is too wide; nothing is left out."""
    names = {f"strategy-number-{i}": {"type": "rolling"} for i in range(5)}
    wide = matrix_of(errors=compared(dict.fromkeys(names, harm(13_000.0)), strategies=names))
    for width, number in ((120, 1), (80, 2), (50, 3)):
        text = render_faults(wide, width=width)
        assert max(map(len, text.splitlines())) <= width
        assert text.count("a bad release: decided after") == number
        assert text.split("in a cell:")[0].count("13,000") >= 5


def test_a_terminal_gets_color_and_time():
    """Elsewhere neither, so that equal inputs give equal bytes."""
    plain = render_faults(usual(), elapsed=3.0, source="my.yaml")
    bright = render_faults(usual(), is_terminal=True, elapsed=3.0, source="my.yaml")
    assert "\x1b[" not in plain
    assert "3s" not in plain.splitlines()[-1]
    assert "1,000 runs in 3s · seed 1" in bright
    assert "simdeploy compare my.yaml --faults" in bright
    assert str(usual()) == render_faults(usual())
