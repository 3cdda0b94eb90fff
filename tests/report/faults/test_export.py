"""Many faults as JSON, CSV, Markdown, HTML and a picture; the page that documents the JSON."""

import csv
import io
import json
from pathlib import Path

import pytest

from simdeploy.advice.fault_matrix import COLUMNS
from simdeploy.errors import SimdeployError
from simdeploy.report.faults.export import export
from tests.report.faults.made import usual

PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Many faults")[2].partition("\n## ")[0]


def test_json_has_cells_sentences_and_rankings():
    """Every number behind the matrix, and the sentences of the screen."""
    found = json.loads(export(usual(), "json"))
    assert list(found) == ["scenario", "runs", "seed", "faults", "verdict"]
    names = [fault["name"] for fault in found["faults"]]
    assert names == ["none", "crash at boot", "errors", "leak"]
    errors = found["faults"][2]
    assert errors["strategies"]["blue-green"]["failed_caused"] == 2000.0
    assert errors["answer"]["winners"] == ["blue-green"]
    assert errors["sentence"].startswith("Blue-green: failed requests 2,000")
    assert found["verdict"][0].startswith("Blue-green is never worse than rolling")


def test_every_key_is_documented():
    """Those of the matrix, of a row and of a cell stand in the page's section on many faults."""
    found = json.loads(export(usual(), "json"))
    fault = found["faults"][0]
    keys = [*found, *fault, *fault["strategies"]["rolling"]]
    assert set(COLUMNS) <= set(keys)
    assert [key for key in keys if f"`{key}`" not in SECTION] == []


def test_csv_has_a_line_per_cell():
    """Null is an empty field, a truth value a word."""
    rows = list(csv.DictReader(io.StringIO(export(usual(), "csv"))))
    assert len(rows) == 4 * 2
    assert list(rows[0]) == ["fault", "strategy", *COLUMNS]
    (cell,) = [r for r in rows if (r["fault"], r["strategy"]) == ("none", "rolling")]
    assert (cell["is_best"], cell["place"], cell["decided_after_s"]) == ("true", "1", "")


def test_markdown_has_the_verdict_in_bold_and_two_tables():
    """Bad releases and good ones apart; the rest is folded."""
    text = export(usual(), "markdown")
    assert text.startswith("**Blue-green is never worse than rolling")
    assert "| A bad release: decided after | rolling | blue-green |" in text
    assert "| errors | 13,000 · 2m20s | ✓ 2,000 · 2m20s |" in text
    assert "| A good release: live after | rolling | blue-green |" in text
    assert text.count("<details>") == 3


def test_html_says_the_same_sentences():
    """In a notebook: verdict, table, and a paragraph per row."""
    page = usual()._repr_html_()
    assert "<strong>Blue-green is never worse than rolling" in page
    assert "<td>✓ 2,000 · 2m20s</td>" in page
    assert "<strong>errors:</strong> Blue-green: failed requests 2,000" in page


def test_an_unknown_format_is_refused():
    """By its name, with those that there are."""
    with pytest.raises(SimdeployError, match="known: json, csv, markdown"):
        export(usual(), "xml")


def test_the_picture_has_a_cell_per_fault_and_strategy():
    """With its numbers, the verdict above, and a scale that says what less is."""
    figure = usual().plot()
    axes, bar = figure.axes
    words = [text.get_text() for text in axes.texts]
    assert "✓ 2,000 · 2m20s" in words
    assert len(axes.patches) == 4 * 2
    assert "Blue-green is never worse than rolling" in figure.get_suptitle()
    assert bar.get_ylabel() == "failed requests, average; less is better"
    assert [t.get_text() for t in axes.get_xticklabels()] == ["rolling", "blue-green"]
