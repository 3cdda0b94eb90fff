"""Questions, answers and guesses in words and as data."""

import json
from functools import cache
from math import inf

import pytest

from simdeploy import load_scenario, simulate
from simdeploy.report.questions import text
from simdeploy.report.questions.answers import Answer, answers
from simdeploy.scenario.questions import Question

FIGURES = {"rolling": 582.0, "canary": 28.0, "linear": 23.0}


@cache
def asked(name="bad-boot"):
    """Return a scenario's questions with their answers."""
    return answers(load_scenario(name), runs=15)


def made(figures, right, unit, **question):
    """Return an answer that nobody has computed."""
    fields = {"ask": "?", "kind": "number", "metric": "requests"} | question
    return Answer(Question(**fields), figures, right, unit, 0, 7200.0)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (43_012.0, "requests", "43,000 requests"), (1.0, "requests", "1 request"),
        (0.2, "requests", "0 requests"), (99.0, "s", "1m39s"), (inf, "s", "never within 2h"),
        (0.312, "USD", "$0.31"), (61.3, "of 100 runs", "61 of 100 runs"),
        (0.0, "of 100 runs", "0 of 100 runs"), (1.826, "ratio", "1.8"),
    ],
)  # fmt: skip
def test_amounts_have_units(value, unit, words):
    """Each unit has its form."""
    assert text.amount(value, made({"a": value}, ("a",), unit)) == words


def test_a_choice_is_answered_with_all_figures():
    """The right strategies and their range, then the others from the asked end on."""
    choice = made(FIGURES, ("linear", "canary"), "connections", kind="choice", end="least")
    assert text.solution(choice) == "Linear or canary: 23 to 28 connections; rolling 582."
    alone = made(FIGURES, ("rolling",), "connections", kind="choice")
    assert text.solution(alone) == "Rolling: 582 connections; canary 28; linear 23."
    same = made({"a": 5.0, "b": 0.0, "c": 0.0}, ("a",), "tasks", kind="choice")
    assert text.solution(same) == "A: 5 tasks; b and c 0."


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        (None, ["→ 1m39s."]),
        (100.0, ["✓ 1m39s. You said 1m40s."]),
        (10.0, ["✗ 1m39s. You said 10s, 9.9 times too little.", "  Too early."]),
        (1980.0, ["✗ 1m39s. You said 33m, 20 times too much."]),
        (0.0, ["✗ 1m39s. You said 0s."]),
        (inf, ["✗ 1m39s. You said never within 2h."]),
    ],
)
def test_a_guess_stands_beside_the_answer(guess, words):
    """The answer, the guess, by which factor it is off, and what it stands for."""
    wrong = [{"is": 10, "because": "Too early."}]
    answer = made({"rolling": 99.0}, ("rolling",), "s", strategy="rolling", wrong=wrong)
    assert text.verdict(answer, guess) == words


def test_a_wrong_choice_is_told_why():
    """The reason for the strategy that was named, and no factor."""
    answer = asked().answers[0]
    head, why = text.verdict(answer, "linear")
    assert head.startswith("✗ Recreate: ")
    assert head.endswith("You said linear.")
    assert why.strip() == answer.question.wrong_choices["linear"]


def test_the_first_sentence_comes_first():
    """What may give answers away comes after the last question, with what causes the harm."""
    first, answer = asked(), asked().answers[-1]
    before = " ".join(text.heading(first, 80, whole=False))
    assert "before any check can pass." in before
    assert "recreate has already stopped them" not in before
    middle = " ".join(" ".join(text.reply(first, first.answers[0], None, 80, last=False)).split())
    after = " ".join(" ".join(text.reply(first, answer, None, 80, last=True)).split())
    for told in ("recreate has", "CodeDeploy has no circuit"):
        assert told not in middle
        assert told in after


def test_a_short_story_is_short():
    """What decides is there, what goes without saying is not, and no time runs backwards."""
    scenario = load_scenario("overload-collapse")
    run = simulate(scenario, "rolling").timeline
    told = text.short_story(run, scenario, 100)
    assert len(told) <= 2 * text.SHORT
    assert (
        told[-1].strip() == "All of it: simdeploy run overload-collapse --strategy rolling --run 0"
    )
    assert any("circuit breaker trips" in line for line in told)
    assert not any("drain" in line for line in told)
    times = [line[1:9] for line in told if line[1:3].isdigit()]
    assert times == sorted(times)


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", ["bad-boot", "registry-down", "low-traffic-canary"])
def test_lines_fit(name, width):
    """No line is wider than the terminal, printed or asked."""
    known = asked(name)
    rows = [*text.printed(known, width), *text.question(known, 1, width)]
    for i, answer in enumerate(known.answers):
        rows += text.reply(known, answer, None, width, last=i == 1)
    assert max(map(len, rows)) <= width


def test_printed_is_everything():
    """Without asking, each question has its answer and the wrong ones with their reasons."""
    known = asked()
    words = " ".join(" ".join(text.printed(known, 100)).split())
    for answer in known.answers:
        assert answer.question.ask in words
        assert text.solution(answer) in words
        for said, why in text.wrong_answers(answer):
            assert f"✗ {said}: {why}" in words


def test_what_settings_make_right_is_not_called_wrong():
    """A wrong answer that another setting has made right is left out."""
    wrong = [{"is": 10, "because": "Early."}, {"is": 100, "because": "Right today."}, 7]
    answer = made({"rolling": 99.0}, ("rolling",), "s", strategy="rolling", wrong=wrong)
    assert text.wrong_answers(answer) == [("10s", "Early.")]


def test_json_has_questions_and_answers():
    """Numbers, figures by strategy, reasons, and how many runs they come from."""
    choice, number = json.loads(text.to_json([asked()]))
    assert choice["answer"] == ["recreate"]
    assert choice["wrong"].keys() == {"rolling", "blue-green", "canary", "linear"}
    assert number["answer"] == number["figures"]["rolling"]
    assert number["wrong"][0].keys() == {"is", "because"}
    assert (number["runs"], number["seed"], number["unit"]) == (15, 1, "s")
    never = json.loads(text.to_json([asked("stuck-deployment")]))[0]
    assert never["figures"]["rolling"] is None


def test_csv_and_markdown_have_all_answers():
    """A row per question and wrong answer; a sheet with folded answers."""
    known = asked()
    wrong = [said for answer in known.answers for said in text.wrong_answers(answer)]
    rows = text.to_csv([known]).splitlines()
    assert rows[0] == "scenario,question,answer,wrong,because"
    assert len(rows) == 1 + len(known.answers) + len(wrong)
    sheet = text.to_markdown([known])
    assert sheet.startswith("## The new image crashes at boot\n")
    assert sheet.count("<details><summary>Answer</summary>") == 2
