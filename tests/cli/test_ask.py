"""The command ``ask``: with and without a terminal, Ctrl-C and the end of the input."""

import builtins
import json
import sys

import pytest
from typer.testing import CliRunner

from simdeploy.cli import ask as command
from simdeploy.cli.app import app, main

RUNS = ("--runs", "15")


def invoke(*arguments, typed=None):
    """Return what the command prints where nobody is at a terminal."""
    found = CliRunner().invoke(app, ["ask", *arguments, *RUNS], input=typed)
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture
def at_a_terminal(monkeypatch):
    """Let guesses come from a list, as if somebody typed them; an error in it is raised."""

    def sit_down(*guesses):
        left = iter(guesses)

        def answer(prompt):
            sys.stdout.write(prompt)
            guess = next(left)
            if isinstance(guess, type):
                raise guess
            return guess

        monkeypatch.setattr(builtins, "input", answer)
        monkeypatch.setattr(command, "is_terminal", lambda: True)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

    return sit_down


def test_without_a_terminal_it_prints_and_never_waits():
    """Questions, answers and reasons, and nothing that is typed is read."""
    told = invoke("bad-boot", typed="rolling\n10\n")
    assert "1. Which strategy fails the most requests?" in told
    assert "→ Recreate: 4" in told
    assert "✗ 10s: A crash after two seconds" in told
    assert "Your guess" not in told


def test_other_formats():
    """JSON, CSV and Markdown are for handouts."""
    assert json.loads(invoke("bad-boot", "--format", "json"))[0]["scenario"] == "bad-boot"
    assert invoke("bad-boot", "--format", "csv").startswith("scenario,question")
    assert invoke("bad-boot", "--format", "markdown").startswith("## The new image crashes")


def test_a_quiz(at_a_terminal, capsys):
    """A guess, a slip, a number: answers, the misconception, a story each, and the score."""
    at_a_terminal("5", "nonsense", "10")
    assert main(["ask", "bad-boot", *RUNS]) == 0
    told = capsys.readouterr().out
    assert "✓ Recreate" in told
    assert '"nonsense" is no answer here; what is asked for: seconds' in told
    assert "You said 10s" in told
    assert "A crash after two seconds looks instant" in told
    assert told.count("deployment starts:") == 2
    assert told.endswith("\n1 of 2 guesses right.\n")


@pytest.mark.parametrize("end", [KeyboardInterrupt, EOFError, "q", " Quit "])
def test_whoever_stops_gets_the_score(at_a_terminal, capsys, end):
    """Ctrl-C, the end of the input and q leave with the score so far."""
    at_a_terminal("recreate", end)
    assert main(["ask", "bad-boot", *RUNS]) == 0
    told = capsys.readouterr()
    assert told.out.endswith("\n1 of 1 guess right.\n")
    assert told.err == ""


def test_no_guess_is_no_mistake(at_a_terminal, capsys):
    """Enter shows the answer; only guesses are counted."""
    at_a_terminal("", "")
    assert main(["ask", "bad-boot", *RUNS]) == 0
    told = capsys.readouterr().out
    assert "→ Recreate" in told
    assert told.endswith("\nNo guess, no score.\n")


def test_answers_at_a_terminal(at_a_terminal, capsys):
    """With --answers a trainer gets everything printed."""
    at_a_terminal()
    assert main(["ask", "bad-boot", "--answers", *RUNS]) == 0
    assert "Your guess" not in capsys.readouterr().out


def test_the_gallery_is_asked_by_question(at_a_terminal, capsys):
    """Without a scenario the gallery comes in the order of its questions."""
    at_a_terminal("", "", KeyboardInterrupt)
    assert main(["ask", *RUNS]) == 0
    told = capsys.readouterr().out
    assert told.startswith("A good release")
    assert "The new image crashes at boot" in told


def test_a_scenario_without_questions_is_refused(tmp_path, capsys):
    """Whoever has written no question is told where to."""
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nstrategies: {r: {type: rolling}}\n")
    assert main(["ask", str(path)]) == 2
    assert "has no questions" in capsys.readouterr().err
