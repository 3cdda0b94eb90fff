"""Exports of a recommendation: the page that documents the JSON, Markdown, HTML, frames, reprs."""

import json
from functools import cache
from pathlib import Path

import pytest

from simdeploy.advice.fault_rows import default_rows
from simdeploy.advice.recommendation import NO_WINNER
from simdeploy.errors import SimdeployError
from simdeploy.report.advice.export import export, to_dict, to_html, to_json, to_markdown
from simdeploy.report.advice.runbook import runbook
from simdeploy.report.advice.sentences import labels, verdict
from tests.advice.fabricate import KINDS
from tests.report.advice.fabricate import NAMES, random_recommendation
from tests.report.answer.test_json_page import PAGE, keys

#: Keys that are names: of kinds of releases, and of strategies.
OWN = {*KINDS, *NAMES, "good", *(row.name for row in default_rows())}
SECTION = PAGE.partition("## A recommendation\n")[2].partition("\n## ")[0]


def first_with(reason):
    """Return the first random recommendation with both sides and this reason for no winner."""
    some = map(random_recommendation, range(500))
    return next(made for made in some if made.sides and made.no_winner == reason)


@cache
def made_of():
    """Return a recommendation with a winner, and one that hinges on an assumed value."""
    return first_with(""), first_with("assumed")


@pytest.mark.parametrize("place", [0, 1])
def test_every_key_is_documented(place):
    """No key of a recommendation's JSON is missing in its part of the page."""
    found = set(keys(to_dict(made_of()[place]))) - OWN
    assert {"per_month", "measure_first", "runbook", "speaks_for", "parts_per_release"} <= found
    assert [key for key in sorted(found) if f"`{key}`" not in SECTION] == []


@pytest.mark.parametrize("word", NO_WINNER)
def test_every_reason_is_documented(word):
    """Why there is no winner stands on the page, each word."""
    assert f"`{word}`" in SECTION


def test_the_page_names_no_key_that_is_not_there():
    """Every key in the first column of the page's tables is in the JSON."""
    data = [to_dict(made) for made in made_of()]
    known = {key for each in data for key in keys(each)}
    rows = [line.split("|")[1] for line in SECTION.splitlines() if line.startswith("| `")]
    named = {word.strip(" `") for row in rows for word in row.split(",")}
    assert named <= known


def test_json_is_plain_and_repeats_itself():
    """No NaN and no infinity, and equal recommendations give equal bytes."""
    made, _ = made_of()
    assert json.loads(to_json(made))["answer"]["winner"] == made.winner
    assert to_json(made) == to_json(first_with(""))


def test_markdown_has_the_answer_in_bold_and_all_sentences():
    """The verdict leads in bold; every sentence and every command follows."""
    made, _ = made_of()
    text = to_markdown(made)
    assert text.startswith("**")
    assert text.count("<details>") == text.count("</details>") >= len(labels(made))
    assert all(c.line in text for page in runbook(made) for c in page.commands)


def test_html_has_the_same_sentences():
    """A notebook shows the verdict, each labeled sentence and both tables."""
    made, _ = made_of()
    page = to_html(made)
    assert page.count("<table>") == 2
    assert all(sentence.split("'")[0] in page for sentence in verdict(made))
    assert all(f"<strong>{label}:</strong>" in page for label, _ in labels(made))
    assert made._repr_html_() == page


def test_an_unknown_format_is_refused():
    """The error lists the formats that there are."""
    with pytest.raises(SimdeployError, match="json, csv, markdown"):
        export(made_of()[0], "xml")


def test_a_recommendation_is_a_line_at_a_prompt():
    """The repr names the service and the answer, in a line."""
    made, other = made_of()
    assert repr(made) == f"<Recommendation for fabricated: {made.winner}>"
    assert repr(other) == "<Recommendation for fabricated: no clear winner (assumed)>"
    assert repr(made.advice).startswith("<Advice: ")
    assert str(made).startswith(verdict(made)[0].split(";")[0])


def test_the_frame_adds_up_to_the_months():
    """A row per strategy and kind; a strategy's costs add up to its month."""
    made, _ = made_of()
    sums = made.to_frame().groupby("strategy").cost.sum()
    for name in NAMES:
        assert sums[name] == pytest.approx(made.costs.month(name).mean)


def test_the_documents_are_linked():
    """The how-to page links the page of the JSON, and that links back."""
    docs = Path(__file__).parents[3] / "docs"
    assert "(json.md)" in (docs / "recommend.md").read_text("utf-8")
    assert "(recommend.md)" in SECTION
