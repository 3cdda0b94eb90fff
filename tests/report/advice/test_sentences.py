"""The recommendation's words over random costs: true, and their numbers stand in the JSON."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.advice.expected import GOOD, Costs, value_of, varied
from simdeploy.report.advice.export import to_csv, to_dict, to_json
from simdeploy.report.advice.sentences import labels, verdict
from simdeploy.report.advice.tables import by_kind, by_strategy
from simdeploy.report.advice.text import render_recommendation
from simdeploy.report.advice.words import dollars, of_100, price, value_text
from simdeploy.report.words import duration, percent, short_count
from tests.advice.fabricate import costs, runs
from tests.report.advice.fabricate import good_release, random_recommendation
from tests.results.fabricate import scenario

seeds = st.integers(0, 10**6)
AMOUNT = re.compile(r"−?\$\d+(?:,\d{3})*(?:\.\d+)?")


def numbers(value):
    """Yield all numbers of nested maps and lists."""
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def expected_winner(made):
    """Return the winner that the rule gives, from months and gaps alone; empty if there is none."""
    costs, data = made.costs, made.good
    ship = [n for n in data.strategies if data.ships[n] >= 0.95]
    ordered = sorted(ship, key=lambda name: costs.month(name).mean)
    overloaded = any(
        float((r.rows["failed_requests"] - r.rows["failed_caused"]).mean()) > 0.01 * 1.44e6
        for r in data.strategies.values()
    )
    if len(ordered) < 2 or overloaded:
        return ""
    first, second = ordered[:2]
    lead = costs.gap(second, first)
    low, high = lead.ci95
    months = [abs(costs.month(name).mean) for name in ordered[:2]]
    others = [costs.gap(name, first) for name in ordered[1:]]
    level = [
        g.ci95[0] <= 0.0 <= g.ci95[1]
        or abs(g.mean) < 0.05 * max(months[0], abs(costs.month(name).mean))
        for g, name in zip(others, ordered[1:], strict=True)
    ]
    assert low <= lead.mean <= high
    if any(level) or made.defaults:
        return ""
    return "" if turns(made, first, second) else first


def turns(made, first, second):
    """Return whether an assumed value doubled or halved, or open runs twice, change the order."""
    costs = made.costs
    usual = costs.difference(first, second)
    for path in made.advice.assumed:
        now = value_of(costs.mix, path)
        for factor in (0.5, 2.0) if now else ():
            there = Costs(costs.played, varied(costs.mix, path, factor * now))
            possible = not path.startswith("likelihoods.") or there.bad <= 1.0
            if possible and there.difference(first, second) * usual < 0.0:
                return True
            if not possible and path in {c.path for c in made.doubts}:
                return True
    return bool(made.beyond)


@given(seeds)
def test_the_winner_is_the_one_that_the_rule_says(seed):
    """The strategy with the check mark, in JSON, text and table, is that of the rule, if any."""
    made = random_recommendation(seed)
    winner = expected_winner(made)
    assert made.winner == winner
    marked = [row[0].split()[1] for row in by_strategy(made).rows if row[0].startswith("✓")]
    assert marked == ([winner] if winner else [])
    assert to_dict(made)["answer"]["winner"] == (winner or None)
    first = " ".join(verdict(made))
    alone = made.no_winner == "one_strategy"
    named = winner or (made.ranked[0] if alone else "")
    assert first.startswith(f"{named.capitalize()}: ") if named else ": about" not in first
    assert ("the only one here that ships" in first) == alone


@given(seeds)
def test_every_number_of_a_sentence_stands_in_the_json(seed):
    """Each amount, share and value of a sentence is a number of the JSON, in its words."""
    made = random_recommendation(seed)
    data = to_dict(made)
    known = set(numbers(data))
    written = {dollars(n) for n in known} | {price(n) for n in known}
    written |= {dollars(-n) for n in known}  # a difference, seen from its other side
    times = data["mix"]["releases_per_month"]
    for strategy in data["strategies"].values():
        for kind in strategy["kinds"].values():
            written.add(dollars(times * kind["likelihood"] * kind["per_release"]))
    kinds = {k for s in data["strategies"].values() for k in s["kinds"]}
    for kind in kinds:
        month = [
            times * s["kinds"][kind]["likelihood"] * s["kinds"][kind]["per_release"]
            for s in data["strategies"].values()
        ]
        written |= {dollars(abs(a - b)) for a in month for b in month}
    texts = [*verdict(made), *(text for label, text in labels(made) if label != "Assumed")]
    for text in texts:
        missing = [n for n in AMOUNT.findall(text) if n not in written]
        assert missing == [], text


@given(seeds)
def test_every_cell_is_written_from_the_json(seed):
    """Tables have no number that the JSON lacks, and all of its strategies and kinds."""
    made = random_recommendation(seed)
    data = json.loads(to_json(made))
    known = {dollars(n) for n in numbers(data)} | {of_100(n) for n in numbers(data)}
    known |= {"$0", "–", ""}
    for row in by_strategy(made).rows:
        for cell in row[1:]:
            for part in cell.removeprefix("≥ ").split(" to "):
                assert part in known, (part, row)
    times = data["mix"]["releases_per_month"]
    for row in by_kind(made).rows:
        if row[0] == "fixed":
            continue
        for name, cell in zip(made.ordered, row[2:], strict=True):
            kind = data["strategies"][name]["kinds"][row[0]]
            cost = dollars(times * kind["likelihood"] * kind["per_release"])
            assert cell == (f"≥ {cost}" if kind["at_least"] else cost)


@given(seeds)
def test_the_breakdown_adds_up_in_json_and_csv(seed):
    """Parts, kinds and rows of the CSV each add up to what a month costs."""
    made = random_recommendation(seed)
    data = to_dict(made)
    lines = [line.split(",") for line in to_csv(made).splitlines()[1:]]
    times = data["mix"]["releases_per_month"]
    for name, strategy in data["strategies"].items():
        total = pytest.approx(strategy["per_month"]["mean"], rel=1e-9, abs=1e-9)
        fixed = strategy["parts_per_month"]["fixed"]
        kinds = strategy["kinds"].values()
        assert sum(strategy["parts_per_month"].values()) == total
        assert sum(times * k["likelihood"] * k["per_release"] for k in kinds) + fixed == total
        assert sum(float(line[-1]) for line in lines if line[0] == name) == total


@given(seeds)
def test_the_text_holds_its_width(seed):
    """No line is wider than the terminal, at 80 and at 100 columns, and nothing is left out."""
    made = random_recommendation(seed)
    for width in (80, 100):
        lines = render_recommendation(made, width=width).splitlines()
        assert [line for line in lines if len(line) > width] == []
        text = " ".join(" ".join(lines).split())
        assert all(sentence in text for sentence in verdict(made))
        assert all(name in text for name in made.good.strategies)


@given(seeds)
def test_what_to_measure_first_is_the_nearest_doubt(seed):
    """Without a winner the first doubt is told, with the value now and the one that turns it."""
    made = random_recommendation(seed)
    first = " ".join(verdict(made))
    told = made.no_winner in {"level", "assumed", "open"} and bool(made.doubts)
    beyond = made.no_winner in {"level", "open"} and not made.doubts and bool(made.beyond)
    assert ("easure first:" in first) == (told or beyond)
    if told:
        doubt = made.doubts[0]
        assert f"(assumed {value_text(doubt.path, doubt.now)})" in first
        assert value_text(doubt.path, doubt.at) in first
        assert all(abs(doubt.factor - 1) <= 1 for doubt in made.doubts)


@given(seeds)
def test_the_break_even_is_told_on_the_right_side(seed):
    """Whoever is said to pay above a share of bad releases costs less with a bad one."""
    made = random_recommendation(seed)
    for pair in made.pairs:
        (good_dear, bad_dear), (good_cheap, bad_cheap) = map(made.costs.good_and_bad, pair[:2])
        assert good_dear >= good_cheap
        if pair.break_even is not None:
            assert bad_dear < bad_cheap


def test_nobody_ships():
    """Where no strategy ships a good release none is recommended, and no cost is praised."""
    made = random_recommendation(3)
    none = type(made)(
        good_release(stuck=("rolling", "blue-green", "canary")), made.costs, made.advice
    )
    assert verdict(none) == ["None of these strategies ships even a good release."]
    assert none.winner == ""
    assert all(row[0].startswith("✗") for row in by_strategy(none).rows)


def test_an_overload_is_told_first():
    """A service that is over capacity without a deployment gets no winner."""
    made = random_recommendation(3)
    over = replace(made, good=good_release(overloaded=True))
    assert verdict(over)[0] == (
        "Over capacity before any deployment: add tasks first, then ask again."
    )
    assert over.winner == ""


def test_numbers_have_one_form():
    """The forms that the tests above look for are those of the tables."""
    assert (dollars(420.4), price(0.0146), of_100(0.0036)) == ("$420", "$0.015", "0.36")
    assert (duration(600), percent(0.5), short_count(20)) == ("10m", "50 %", "20")


def test_harm_beyond_the_horizon_can_leave_no_winner():
    """Blue-green is cheaper only while the leak that goes on is not counted to its end."""
    played = {
        ("rolling", GOOD): runs(),
        ("rolling", "leak"): runs(failed=2000.0),
        ("blue-green", GOOD): runs(),
        ("blue-green", "leak"): runs(failed=1400.0, is_open=True),
    }
    good = good_release(names=("rolling", "blue-green"))
    given_all = {"likelihoods": {"leak": "5%"}, "prices": {"failed_request": 0.01}}
    advice = replace(random_recommendation(1).advice, assumed=frozenset())
    made = replace(
        random_recommendation(1),
        good=good, costs=costs(played, **given_all), advice=advice, defaults=(),
    )  # fmt: skip
    assert (made.no_winner, made.beyond) == ("open", ["leak"])
    assert 'Measure first: what "leak" costs after the first 3h' in " ".join(verdict(made))
    assert "at least $14" in verdict(made)[0]


def test_unequal_detectors_are_told():
    """A strategy that sets its own alarms is named before anything is compared."""
    made = random_recommendation(9)
    blocks = {n: {"type": n.replace("-", "_")} for n in ("rolling", "blue-green", "canary")}
    blocks["rolling"]["alarms"] = []
    watched = scenario(blocks, release={"faults": []})
    unequal = replace(made, good=replace(made.good, scenario=watched))
    label, text = labels(unequal)[0]
    assert (label, "its own alarms" in text) == ("Unfair", True)
    assert "Unfair" not in dict(labels(made))
