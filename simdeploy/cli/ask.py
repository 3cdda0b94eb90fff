"""The command ``simdeploy ask``: questions, guesses, answers."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simdeploy.cli import options
from simdeploy.cli.estimates import announce_all
from simdeploy.cli.terminal import UsageError, columns, emit, is_terminal

if TYPE_CHECKING:
    from simdeploy.report.questions.answers import Answer, Asked
    from simdeploy.scenario import Scenario

QUIT = frozenset({"q", "quit", "exit"})


class _StopError(Exception):
    """Nobody wants to go on: Ctrl-C, the end of the input, or q."""


class _Score:
    """How many guesses were right."""

    def __init__(self) -> None:
        self.right = self.guessed = 0

    def add(self, *, right: bool) -> None:
        """Count a guess."""
        self.guessed += 1
        self.right += right

    def __str__(self) -> str:
        if not self.guessed:
            return "No guess, no score."
        noun = "guess" if self.guessed == 1 else "guesses"
        return f"{self.right} of {self.guessed} {noun} right."


def ask(
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="[SCENARIO]", help="A file or a name; default: the gallery."),
    ] = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="Print questions and answers; ask nothing.")
    ] = False,
    format_: options.Format = "table",
    runs: options.Runs = None,
    seed: options.Seed = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    load: options.Load = None,
) -> None:
    """Ask what will happen, then tell what does, and what a wrong guess stands for."""
    from simdeploy.report.questions.answers import answers as compute  # noqa: PLC0415

    chosen = _scenarios(scenario, settings, load)
    options.announce_compiling()
    from simdeploy.report.questions.answers import planned  # noqa: PLC0415

    announce_all([(one, planned(one, runs)) for one in chosen], threads=threads)
    asked = (compute(one, runs=runs, seed=seed, threads=threads) for one in chosen)
    if format_ != "table":
        emit(_document(asked, format_))
    elif answers or not (is_terminal() and sys.stdin.isatty()):
        _print(asked)
    else:
        _quiz(asked)


def _scenarios(
    scenario: str | None, settings: Sequence[str] | None, load: Sequence[Path] | None
) -> list["Scenario"]:
    """Return the scenarios to ask about: one, or the gallery in the order of its questions."""
    from simdeploy.scenario import builtin_scenarios, load_scenario  # noqa: PLC0415
    from simdeploy.scenario.gallery import by_question  # noqa: PLC0415

    options.execute(load)
    if scenario is None:
        names = [name for listed in by_question(builtin_scenarios()).values() for name in listed]
    else:
        names = [scenario]
    found = [load_scenario(name, overrides=list(settings or ())) for name in names]
    if scenario is not None and not found[0].questions:
        raise UsageError(f"{scenario}: has no questions; write some under the key questions")
    return [one for one in found if one.questions]


def _document(asked: Iterator["Asked"], format_: str) -> str:
    from simdeploy.report.questions import text  # noqa: PLC0415

    write = {"json": text.to_json, "csv": text.to_csv, "markdown": text.to_markdown}
    return write[format_](asked)


def _print(asked: Iterator["Asked"]) -> None:
    """Print questions and answers, scenario by scenario as they are played."""
    from simdeploy.report.questions.text import printed  # noqa: PLC0415

    for i, one in enumerate(asked):
        emit("\n".join([*([""] if i else []), *printed(one, columns())]))


def _quiz(asked: Iterator["Asked"]) -> None:
    """Ask until all is asked or somebody stops; the score comes in any case."""
    score = _Score()
    try:
        for i, one in enumerate(asked):
            _ask_about(one, score, first=i == 0)
    except (_StopError, EOFError, KeyboardInterrupt):
        emit("")
    emit(f"\n{score}")


def _ask_about(asked: "Asked", score: _Score, *, first: bool) -> None:
    """Ask the questions of one scenario."""
    from simdeploy.report.questions import text  # noqa: PLC0415

    width = columns()
    emit("\n".join([*([] if first else ["", ""]), *text.heading(asked, width, whole=False)]))
    told: set[tuple[str, int]] = set()
    for i, answer in enumerate(asked.answers, 1):
        emit("\n".join(["", *text.question(asked, i, width)]))
        guess = _guess(answer)
        if guess is not None:
            score.add(right=answer.accepts(guess))
        run = (answer.right[0], answer.run)
        how = {"last": i == len(asked.answers), "with_story": run not in told}
        emit("\n".join(text.reply(asked, answer, guess, width, **how)))
        told.add(run)


def _guess(answer: "Answer") -> float | str | None:
    """Return a valid guess; None for an empty line, which wants to see the answer."""
    from simdeploy.report.questions.guessing import parse_guess  # noqa: PLC0415
    from simdeploy.report.questions.text import hint  # noqa: PLC0415

    form = hint(answer)
    while True:
        typed = input(f"Your guess ({form}; Enter: tell me; q: stop): ").strip()
        if not typed:
            return None
        if typed.lower() in QUIT:
            raise _StopError
        guess = parse_guess(typed, answer)
        if guess is not None:
            return guess
        emit(f'"{typed[:40]}" is no answer here; what is asked for: {form}')
