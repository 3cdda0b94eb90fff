"""The forms of a check: text, JSON, SARIF, GitHub's commands, Markdown and HTML."""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from simdeploy.checking import check
from simdeploy.checking.registry import RULES
from simdeploy.report.checking.annotations import command, to_github, to_json, to_sarif
from simdeploy.report.checking.markdown import to_html, to_markdown
from simdeploy.report.checking.text import render_check
from simdeploy.scenario.loading import load_text_tree
from tests.checking.cases import tree

#: A name of a file that would break out of every form.
HOSTILE = "a\n::error::b|<b>`c`\x1b[31m%0A,d:e.yaml"
TEXT = """
name: hostile
strategies: {r: {type: rolling, maximum_percent: 110}}
"""
#: What SARIF 2.1.0 demands of the parts that are written here (its sections 3.13 to 3.52).
TEXT_ONLY = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}},
             "additionalProperties": False}  # fmt: skip
URI = r"^[\w./:%~@!$&'()*+;=-]+$"
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": TEXT_ONLY,
        "fullDescription": TEXT_ONLY,
        "defaultConfiguration": {
            "type": "object",
            "properties": {"level": LEVEL},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "properties": {
                        "uri": {"type": "string", "pattern": r"^[\w./:%~@!$&'()*+;=-]+$"}
                    },
                    "additionalProperties": False,
                },
                "region": {
                    "type": "object",
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
RESULT = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "ruleId": {"type": "string"},
        "level": LEVEL,
        "message": TEXT_ONLY,
        "locations": {"type": "array", "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {"type": "array", "items": RULE, "uniqueItems": True},
                                },
                                "additionalProperties": False,
                            }
                        },
                        "additionalProperties": False,
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
#: The schema of OASIS, where somebody has it at hand.
OFFICIAL = os.environ.get("SARIF_SCHEMA", "")


@pytest.fixture(scope="module")
def stuck():
    """Return the check of a stuck deployment with a budget of which a limit is broken."""
    budget = {"full_traffic_s": {"p95": "10m"}, "rollback_s": {"p95": 60}}
    settings = ("strategies.rolling.maximum_percent=110", "operator=null")
    return check(tree(*settings), budget=budget, strategies=["rolling", "canary"], runs=20)


@pytest.fixture(scope="module")
def hostile():
    """Return the check of a file whose name would break out of every form."""
    return check(load_text_tree(TEXT, file=HOSTILE), runs=2)


def test_the_answer_comes_first(stuck):
    """The first lines say whether the budget is kept, how many findings, and the worst."""
    first = " ".join(render_check(stuck).split("\n\n")[0].split())
    assert first == (
        "Budget broken: 1 of 4 limits. 1 error, 3 warnings, 1 note: rolling cannot ship a good "
        "release, because no task can start or stop."
    )


@pytest.mark.parametrize("width", [80, 100])
def test_lines_fit(stuck, width):
    """No line is wider than the terminal but a setting that is to be pasted."""
    lines = render_check(stuck, width).splitlines()
    assert [line for line in lines if len(line) > width and "--set" not in line] == []


def test_a_change_follows_its_finding(stuck):
    """The numbers as they are and with the change, and the setting to paste."""
    text = render_check(stuck)
    assert "A good release, shipped: rolling 0 % → 100 % of runs." in text
    assert "\n  --set strategies.rolling.maximum_percent=117\n" in text


def test_the_same_change_is_printed_once():
    """A finding with the change of a finding above it names that finding."""
    text = render_check(check(tree("defaults.alarms=[]"), strategies=["rolling"], runs=20))
    assert text.count("--set defaults.alarms.+=checkout-5xx") == 1
    assert "Fix: as for " in text


def test_nothing_found_is_said():
    """A service without findings gets one line that says so, and the open questions."""
    clean = (
        "alarms.checkout-5xx.metric=any_4xx_5xx_rate",
        "target_group.health_check.interval=70s",
    )
    text = render_check(check(tree(*clean), strategies=["rolling"], runs=2))
    assert text.startswith("No findings: none of 25 conditions holds.\n\nNot in the files:")


def test_budget_lines_have_marks(stuck):
    """Each limit has a mark, what was measured and the limit."""
    text = render_check(stuck)
    assert "\n✗ rolling, full_traffic_s p95: > horizon > 10m\n" in text
    assert "\n✓ canary, full_traffic_s p95: " in text
    assert "\n– rolling, rollback_s p95: not applicable: no run decided on a rollback" in text


def test_json_is_plain(stuck):
    """The JSON has the verdict, every finding with its numbers, and the limits."""
    found = json.loads(to_json(stuck))
    assert found["kept"] is False
    assert found["counts"] == {"error": 1, "warning": 3, "note": 1}
    first = found["findings"][0]
    assert (first["id"], first["path"]) == (
        "percents-stuck",
        "strategies.rolling.maximum_percent",
    )
    assert first["numbers"][0]["as_is"] == 0.0
    assert first["numbers"][0]["with_change"] == 1.0
    assert found["budget"][0]["measured"] is None


@pytest.mark.parametrize("which", ["stuck", "hostile"])
def test_sarif_is_valid(which, request):
    """The log is valid SARIF 2.1.0, and its results name rules that it lists."""
    log = json.loads(to_sarif(request.getfixturevalue(which)))
    jsonschema.validate(log, SARIF)
    if OFFICIAL:
        jsonschema.validate(log, json.loads(Path(OFFICIAL).read_text(encoding="utf-8")))
    (run,) = log["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert rules == {*RULES, "budget"}
    assert {result["ruleId"] for result in run["results"]} <= rules
    assert all(result["locations"] for result in run["results"])


def test_github_commands_name_file_and_line(stuck):
    """An error for the broken limit, then a command per finding, each on one line."""
    lines = to_github(stuck).splitlines()
    assert lines[0].startswith("::error file=budget,title=budget::✗ rolling, full_traffic_s p95: ")
    words = [re.match(r"::(\w+) file=[^:]+::", line)[1] for line in lines[:-1]]
    assert words == ["error", "error", *["warning"] * 3, "notice"]
    assert any(",line=35,title=alarm-blind-canary::" in line for line in lines)


def test_hostile_names_stay_in_their_command(hostile):
    """A line break, a colon or a comma in a file's name begins no command and no property."""
    *commands, answer = to_github(hostile).split("\n")
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in commands)
    assert len(commands) == len(hostile.findings)
    assert "file=a%0A%3A%3Aerror%3A%3Ab|<b>`c`\\u001b[31m%250A%2Cd%3Ae.yaml,line=3," in commands[0]
    assert not answer.startswith("::")


def test_commands_without_a_line():
    """A file as a whole has no line."""
    assert command("notice", "x", 0, "t", "m") == "::notice file=x,title=t::m"


def test_hostile_names_stay_in_their_line(hostile):
    """No control character reaches the terminal, and no name makes a line of its own."""
    text = render_check(hostile)
    assert "\x1b" not in text
    assert not any(line.startswith("::") for line in text.splitlines())


def test_hostile_names_mean_nothing_in_markdown(hostile):
    """Neither tags nor cells nor code begin in a file's name."""
    text = to_markdown(hostile)
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "\\|&lt;b&gt;\\`c\\`" in text
    assert "\n::" not in text


def test_hostile_names_mean_nothing_in_html(hostile):
    """A file's name is text in a notebook."""
    text = to_html(hostile)
    assert "<b>" not in text
    assert "&lt;b&gt;" in text


def test_hostile_names_survive_json(hostile):
    """JSON keeps the name as it is."""
    assert json.loads(to_json(hostile))["findings"][0]["file"] == HOSTILE


def test_markdown_has_the_budget_first(stuck):
    """The answer in bold, the table of limits with marks, then the findings by severity."""
    parts = to_markdown(stuck).split("\n\n")
    assert parts[0].startswith("**Budget broken: 1 of 4 limits.")
    assert "| ✗ | rolling, full\\_traffic\\_s p95 | &gt; horizon | ≤ 10m |" in parts[1]
    assert parts[2].startswith("❌ **error percents-stuck** ")
    assert "```\n--set strategies.rolling.maximum_percent=117\n```" in to_markdown(stuck)


def test_the_result_shows_itself(stuck):
    """A line at a prompt, the sentences in print and in a notebook, a row per number in a frame."""
    assert repr(stuck) == "<Check of happy-path: 1 error, 3 warnings, 1 note, 1 limit broken>"
    assert str(stuck) == render_check(stuck)
    assert "cannot ship a good release" in stuck._repr_html_()
    frame = stuck.to_frame()
    assert frame["id"].iloc[0] == "percents-stuck"
    assert (frame["with_change"].iloc[0], frame["strategy"].iloc[0]) == (1.0, "rolling")
