"""JSON, CSV, Markdown and HTML: equal bytes for equal inputs, nothing lost, nothing executed."""

import csv
import json
from dataclasses import replace
from io import StringIO
from math import inf, nan

import pytest

from simdeploy.api import compare
from simdeploy.errors import SimdeployError
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.assumptions import assumptions
from simdeploy.report.answer.export import FORMATS, export, to_html
from simdeploy.report.answer.extracting import facts
from simdeploy.results.metrics import NAMES
from tests.results import fabricate as make


def compared(**settings):
    """Return a small comparison with nulls and censored times."""
    release = {
        "rolling": make.rows(failed_requests=make.noise(100, 900.0, 90.0), rollback_s=inf),
        "blue-green": make.rows(detect_s=[60.0] * 50 + [nan] * 50, deployment_s=[9.0, inf] * 50),
    }
    return compare(make.scenario(**settings), engine=make.engine(release))


@pytest.mark.parametrize("form", FORMATS)
def test_equal_inputs_equal_bytes(form):
    """Every format is a pure function of the result."""
    assert export(compared(), form) == export(compared(), form)


def test_json_reads_back():
    """The JSON is what to_dict returns, the values that no file gives, and the sentences."""
    found = compared()
    told = json.loads(export(found, "json"))
    assumed = {entry["path"]: entry["value"] for entry in told.pop("assumptions")}
    answered = {key: told["answer"].pop(key) for key in ("verdict", "sentences", "notes")}
    assert told == found.to_dict()
    assert answered["verdict"] == list(answer(facts(found), wide=True).verdict)
    assert {entry["label"] for entry in answered["sentences"]} >= {"Sure?", "Assumed"}
    assert list(assumed) == list(assumptions(found.scenario))
    assert assumed["target_group.deregistration_delay"] == 300.0


def test_json_has_crossings_where_they_were_measured():
    """What --why finds is in the JSON: the crossing, and the assumption as a sentence."""
    found = compared()
    said = {"Otherwise": "With traffic.rate at about 90, not 20, both are level.", "Assumed": "It."}
    known = replace(facts(found), assumed=said)
    told = json.loads(export(found, "json", known))["answer"]
    assert told["crossings"] == [said["Otherwise"]]
    assert json.loads(export(found, "json"))["answer"]["crossings"] == []


def test_assumed_distributions_are_written_as_in_a_file():
    """A distribution is a map with its kind, a list of them a list of maps, a number a number."""
    told = json.loads(export(compared(), "json"))["assumptions"]
    values = [entry["value"] for entry in told]
    maps = [value for value in values if isinstance(value, dict)]
    assert maps
    assert all("distribution" in value for value in maps)
    assert any(isinstance(value, float) for value in values)


def test_csv_is_tidy():
    """The CSV has a row per strategy and metric; null is empty."""
    rows = list(csv.DictReader(StringIO(export(compared(), "csv"))))
    assert len(rows) == 2 * len(NAMES)
    row = next(r for r in rows if (r["strategy"], r["metric"]) == ("blue-green", "deployment_s"))
    assert (row["p95"], row["n"], row["n_censored"], row["restricted"]) == ("", "100", "50", "true")
    assert next(r for r in rows if r["metric"] == "decision_s")["mean"] == ""


def test_markdown_has_layers():
    """Markdown starts with the bold sentence, then the table; everything else is folded."""
    text = export(compared(), "markdown")
    assert text.startswith("**Blue-green. It fails no request.")
    assert "| ✓ blue-green | 0 | 0 | " in text
    assert text.count("<details>") == text.count("</details>") == 6
    assert "- **Assumed** " in text
    assert text.index("| Strategy |") < text.index("<details>")


def test_markdown_has_wilson_and_paired_intervals():
    """Shares carry Wilson's interval, differences their paired interval."""
    text = export(compared(), "markdown")
    assert "| rolling | stopped | 100 % | 96 % to 100 % |" in text
    assert "| Failed by deploying | rolling − blue-green | 89" in text


def test_markdown_where_no_pair_differs():
    """Where no run differs, the interval is a dash."""
    assert "| Cut WebSockets | rolling − blue-green | 0 | – | 100 | 0 % |" in export(
        compared(), "markdown"
    )


def test_rare_harm_is_marked_everywhere():
    """Few runs with a harm are told by CSV, JSON and Markdown."""
    few = [900.0] * 7 + [0.0] * 93
    release = {"rolling": make.rows(100, failed_requests=few), "blue-green": make.rows(100)}
    found = compare(make.scenario(), engine=make.engine(release))
    rows = list(csv.DictReader(StringIO(export(found, "csv"))))
    one = next(r for r in rows if (r["strategy"], r["metric"]) == ("rolling", "failed_requests"))
    assert (one["carried_by"], one["skewed"], one["p99_ci95_high"]) == ("7", "false", "")
    assert "failed_requests (7)" in json.loads(export(found, "json"))["answer"]["warnings"][0]
    text = export(found, "markdown")
    assert "With rolling few runs carry the mean, 7 of 100; a worse run may be missing." in text
    assert "(7 differ)" in text


@pytest.mark.parametrize(
    ("strategy", "way"),
    [
        ({"type": "blue_green"}, "1m30s"),
        ({"type": "canary", "wait": "2m"}, "1m30s (by AllAtOnce 2m sooner)"),
        ({"type": "canary", "controller": "ecs"}, "1m30s"),
        ({"type": "linear", "percent": 25, "every": "1m"}, "1m30s (by AllAtOnce 3m sooner)"),
    ],
)
def test_codedeploy_may_go_back_by_one_shift(strategy, way):
    """Only where CodeDeploy shifts by steps is AllAtOnce sooner, by the waits between the steps."""
    scenario = make.scenario({"s": strategy}, runs=10)
    found = compare(scenario, engine=make.engine({"s": make.rows(10)}))
    assert f"| s | 45s | {way} |" in export(found, "markdown")


def test_markdown_lines_up():
    """Every row of the table has as many cells as its header."""
    table = export(compared(), "markdown").split("\n\n")[1].splitlines()
    assert {line.count("|") for line in table} == {11}


def test_marks_stay_text():
    """Marks of Markdown and HTML stay text, should a strategy's name ever hold them."""
    found = compared()
    for strategies in (found.strategies, found.scenario.strategies):
        strategies["<b>|`x`"] = strategies.pop("rolling")
    object.__setattr__(found, "detectors", dict.fromkeys(found.strategies, ()))
    assert "&lt;b&gt;\\|\\`x\\` | " in export(found, "markdown")
    assert "<b>|" not in to_html(found)


def test_html_has_every_strategy():
    """A notebook has the verdict, a row per strategy, and the labeled sentences."""
    text = to_html(compared())
    assert text.count("<tr>") == 3
    assert text.startswith("<p><strong>Blue-green. It fails no request.")
    assert "<strong>Assumed:</strong>" in text


def test_unknown_format_is_an_error():
    """An unknown format names the known formats."""
    with pytest.raises(SimdeployError, match="got 'xml'; known: json, csv, markdown"):
        export(compared(), "xml")
