"""A change in words: what it buys and costs, before → after, in every format."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from simdeploy.errors import SimdeployError
from simdeploy.report.change.answering import answer
from simdeploy.report.change.export import FIELDS, export
from simdeploy.report.change.settings import changed
from simdeploy.report.change.text import render_change
from simdeploy.report.words import duration, money, percent, short_count
from simdeploy.results.change import DECIDED, DONE_AFTER, SHIPS, Change
from simdeploy.results.ranking import BY_ITSELF, COST, HARM, LEFT, LIVE_AFTER
from simdeploy.scenario import load_scenario
from tests.report.answer.drawn import NAMES, RELEASES, drawn_with
from tests.report.answer.made import compared, good, harm, said, undone
from tests.report.answer.truth import NUMBER

PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Before and after")[2].partition("\n## ")[0]


def change(before, after, twins=(None, None)):
    """Return a change between runs by strategy."""
    return Change(
        *(compared(rows, twin) for rows, twin in zip((before, after), twins, strict=True))
    )


def two(rolling, blue_green):
    """Return runs of rolling and blue-green that fail so many requests."""
    return {"rolling": harm(rolling), "blue-green": harm(blue_green)}


def usual():
    """Return a change that helps rolling and costs blue-green money."""
    twins = ({"blue-green": good(cost=0.31)}, {"blue-green": good(cost=0.61)})
    return change(two(13_000.0, 2_000.0), two(6_700.0, 2_050.0), twins)


def test_the_verdict_names_what_it_buys_and_costs():
    """With the strategies, both numbers, and who is best."""
    assert said(answer(usual())) == (
        "The change buys fewer failed requests with rolling (13,000 → 6,700). It costs a dearer "
        "good release with blue-green ($0.31 → $0.61). Best before and after: blue-green."
    )


@pytest.mark.parametrize(
    ("after", "buys", "costs", "best"),
    [
        (
            two(900.0, 2_000.0),
            "buys fewer failed requests with rolling (13,000 → 900)",
            "nothing that matters",
            "Best before: blue-green; best after: rolling.",
        ),
        (
            two(26_000.0, 9_000.0),
            "buys nothing that matters",
            "more failed requests with rolling (13,000 → 26,000) and blue-green (2,000 → 9,000)",
            "Best before and after: blue-green.",
        ),
    ],
)
def test_one_sided_changes(after, buys, costs, best):
    """Only to the better, only to the worse."""
    made = answer(change(two(13_000.0, 2_000.0), after))
    assert said(made) == f"The change {buys}. It costs {costs}. {best}"


def test_no_change():
    """Level in everything."""
    runs = two(13_000.0, 2_000.0)
    assert said(answer(change(runs, runs))) == (
        "The change makes no difference that matters: all is about level. Best before and after: "
        "blue-green."
    )


def test_many_strategies_are_named_without_numbers():
    """The numbers stand in the table."""
    names = {f"s{i}": {"type": "rolling"} for i in range(5)}
    before = compared(dict.fromkeys(names, harm(900.0)), strategies=names)
    rows = dict.fromkeys(names, harm(100.0)) | {"s4": harm(900.0)}
    after = compared(rows, strategies=names)
    assert "buys fewer failed requests with all but s4." in said(answer(Change(before, after)))


def test_the_table_has_both_numbers():
    """An arrow between them, ≈ between those about level, and once what is the same."""
    found = answer(usual())
    row = {row.name: [cell.text for cell in row.cells] for row in found.rows}
    assert row["rolling"] == ["13,000 → 6,700", "2m20s", "1m30s", "4m50s", "$0.01"]
    assert row["blue-green"] == ["2,000 ≈ 2,050", "2m20s", "1m30s", "4m50s", "$0.31 → $0.61"]
    assert [row.mark for row in found.rows] == ["✓", ""]
    assert "≈ about level" in found.legend


def test_who_no_longer_ships_is_crossed_out():
    """It leads what the change costs."""
    twins = (None, {"rolling": undone()})
    found = answer(change(two(900.0, 900.0), two(900.0, 900.0), twins))
    assert "It costs fewer good releases that ship with rolling (100 % → 0 %)" in said(found)
    assert [row.mark for row in found.rows if row.name == "rolling"] == ["✗"]


def test_how_sure_it_is():
    """In how many pairs, and the interval of the mean."""
    spread = change({"rolling": harm(9000.0, spread=500.0)}, {"rolling": harm(7000.0, seed=2)})
    (text,) = [text for label, text in answer(spread).sentences if label == "Sure?"]
    assert re.fullmatch(
        r"Rolling: fewer failed requests in 1,000 of 1,000 runs, by 1,\d\d0 to 2,\d\d0 on average.",
        text,
    )


def test_what_differs_is_listed():
    """By path, with both values; distributions in one piece; at most five."""
    old = load_scenario("happy-path")
    new = load_scenario("happy-path", overrides=[
        "service.desired_count=12", "service.startup.boot=5s", "alarms.checkout-5xx.threshold=2%",
        "strategies.rolling.alarms=[]",
    ])  # fmt: skip
    found = [str(setting) for setting in changed(old, new, tuple(old.strategies))]
    assert found == [
        "service.desired_count 6 → 12",
        "service.startup.boot lognormal (median 8, p95 12) → 5",
        "alarms.checkout-5xx.threshold 0.01 → 0.02",
        "strategies.rolling.alarms [checkout-5xx] → []",
        "strategies.rolling.bake_time 180 → 0",
    ]


def test_other_horizons_are_told():
    """What goes on to the end counts more where runs are followed for longer."""
    sides = [compared(two(900.0, 900.0), horizon=horizon) for horizon in ("2h", "3h")]
    texts = dict(answer(Change(*sides, ("linear",), ())).sentences)
    assert texts["Horizon"].startswith("Before, each run is followed for 2h, after for 3h")
    assert texts["Not here"] == "Only before, so not compared: linear."
    assert texts["Changed"] == "horizon 7200 → 10800."


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_too_wide(width):
    """Blocks stand one below the other where there is no room."""
    text = render_change(usual(), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "13,000 → 6,700" in text
    assert text.splitlines()[0].startswith("Before and after a change")
    assert str(usual()) == render_change(usual())
    bright = render_change(usual(), is_terminal=True, elapsed=2.0)
    assert "1,000 runs × 2 strategies × 2 in 2s · seed 1" in bright


def test_json_is_documented():
    """Every key of its own stands on the page."""
    found = json.loads(export(usual(), "json"))
    keys = [*found, *found["steps"][0], "path"]
    assert [key for key in keys if f"`{key}`" not in SECTION] == []
    assert found["verdict"][0].startswith("The change buys")
    assert [s["quantity"] for s in found["steps"] if f"`{s['quantity']}`" not in PAGE] == []


def test_csv_markdown_and_html():
    """The same numbers and sentences in every format."""
    rows = list(csv.DictReader(io.StringIO(export(usual(), "csv"))))
    assert tuple(rows[0]) == FIELDS
    assert {row["quantity"] for row in rows} == set(usual().quantities)
    text = export(usual(), "markdown")
    assert text.startswith("**The change buys fewer failed requests")
    assert "| rolling | 13,000 → 6,700 |" in text
    assert "<strong>The change buys fewer failed requests" in usual()._repr_html_()
    with pytest.raises(SimdeployError, match="known: json, csv, markdown"):
        export(usual(), "xml")


WRITE = {SHIPS: percent, LEFT: percent, BY_ITSELF: percent, COST: money, DECIDED: duration,
         LIVE_AFTER: duration, DONE_AFTER: duration}  # fmt: skip


def values(found, quantity, name):
    """Return a quantity before and after, from the runs."""
    both = []
    for side in (found.before, found.after):
        rows, own = side.strategies[name].rows, side.good_rows(name)
        shipped = own[own["verdict"] == 0] if quantity in {LIVE_AFTER, DONE_AFTER, COST} else None
        if quantity in HARM:
            both.append(max(0.0, rows[quantity].mean()))
        elif shipped is not None:
            both.append(shipped[quantity].mean() if len(shipped) else None)
        elif quantity == DECIDED:
            times = rows["decision_s"][np.isfinite(rows["decision_s"])]
            both.append(times.mean() if len(times) else None)
        elif quantity == SHIPS:
            both.append((own["verdict"] == 0).mean())
    return both


@pytest.mark.parametrize("part", range(5))
def test_random_changes_are_true(part):
    """Of 150 random changes: every number is in the runs, and better and worse are not swapped."""
    for seed in range(30 * part, 30 * (part + 1)):
        rng = np.random.default_rng(seed)
        names, kind = list(NAMES[: rng.integers(1, 6)]), int(rng.integers(len(RELEASES)))
        found = Change(*(drawn_with(rng, names, kind, watched=True) for _ in range(2)))
        made = answer(found)
        known = {f"{found.after.runs:,}"}
        for s in found.steps:
            expected = values(found, s.quantity, s.strategy)
            if expected:
                assert [s.before, s.after] == [None if v is None else pytest.approx(v)
                                               for v in expected], seed  # fmt: skip
            sides = [v for v in (s.before, s.after) if v is not None]
            known |= {WRITE.get(s.quantity, short_count)(v) for v in sides} | {"0"}
            if s.sign:
                assert (s.after > s.before) == (s.sign > 0), seed
            if s.difference and s.difference.ci95:
                known |= {short_count(abs(end)) for end in s.difference.ci95}
                shares = (s.difference.share_fewer, s.difference.share_more)
                known |= {f"{round(share * s.difference.n_pairs):,}" for share in shares}
        texts = [*made.verdict, *(text for label, text in made.sentences if label == "Sure?")]
        for text in texts:
            bare = text
            for name in sorted(names, key=len, reverse=True):
                bare = re.sub(re.escape(name), " ", bare, flags=re.IGNORECASE)
            assert [n for n in NUMBER.findall(bare) if n not in known] == [], (seed, text)
        assert _sides(found, made) == [], seed


def _sides(found, made):
    """Say where a quantity stands among what a change buys though it is worse, or the reverse."""
    bought, _, paid = said(made).partition("It costs ")
    paid, said_wrong = paid.partition("Best ")[0], []
    for s in found.steps:
        words = {"failed_caused": ("fewer failed requests", "more failed requests"),
                 COST: ("a cheaper good release", "a dearer good release"),
                 LIVE_AFTER: ("is live sooner", "is live later")}.get(s.quantity)  # fmt: skip
        if words is None:
            continue
        every = [x for x in found.steps if x.quantity == s.quantity]
        better, worse = (any(x.sign == sign for x in every) for sign in (-1, 1))
        if (words[0] in bought, words[1] in paid) != (better, worse) or words[0] in paid:
            said_wrong.append(f"{s.quantity}: better {better}, worse {worse}: {said(made)!r}")
    return said_wrong
