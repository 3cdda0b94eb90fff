"""Questions, answers and guesses in words."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from math import isfinite, isinf, isnan
from typing import Any

from simdeploy.report.documents import csv_text, escape_markdown
from simdeploy.report.questions.answers import NONE, RUNS, Answer, Asked
from simdeploy.report.story.folding import NOTICED, ROUTINE
from simdeploy.report.story.narration import INDENT, Line, ending, line_clock, lines
from simdeploy.report.words import (
    capitalized,
    duration,
    grouped,
    listed,
    money,
    one_decimal,
    short_count,
    wrapped,
)
from simdeploy.results.timeline import Timeline
from simdeploy.scenario import Scenario
from simdeploy.simulating import simulate

#: What a short story leaves out: what goes without saying in every deployment.
CALM = frozenset({
    "task_created", "task_running", "task_registered", "target_draining", "task_stopping",
    "task_stopped", "target_waiting", "test_traffic_shifted", "container_healthy",
    "bake_started", "alarm_cleared",
})  # fmt: skip
#: A blank that no line is broken at.
FIXED = "\N{NO-BREAK SPACE}"
SENTENCE = re.compile(r"(?<=[.?!])\s+")
#: A short story has at most so many lines, the last of the run among them.
SHORT, LAST = 9, 4
#: How a guess is asked for, by unit.
HINTS = {"s": "seconds, or as in 90s, 5m, 1h30m", "USD": "dollars", RUNS: "of 100 runs"}
COLUMNS = ("scenario", "question", "answer", "wrong", "because")


def amount(value: float, answer: Answer) -> str:
    """Return a number with its unit: ``43,000 requests``, ``1m39s``, ``$0.31``."""
    bare = figure(value, answer)
    if not isfinite(value) or answer.unit in FORMATS:
        return f"{bare} of 100 runs" if answer.unit == RUNS else bare
    noun = answer.noun or answer.unit
    return f"{bare} {noun.removesuffix('s') if bare == '1' else noun}"


def figure(value: float, answer: Answer) -> str:
    """Return a number without the noun of what it counts."""
    if isinf(value):
        return f"never within {duration(answer.horizon)}"
    if isnan(value):
        return "none"
    return FORMATS.get(answer.unit, _count)(value)


def _count(value: float) -> str:
    return "0" if value < NONE else short_count(value)


FORMATS: dict[str, Callable[[float], str]] = {
    "s": duration,
    "USD": money,
    RUNS: _count,
    "ratio": "{:.2g}".format,
}


def choices(answer: Answer) -> str:
    """Return the strategies to choose from, with their numbers."""
    return "   ".join(f"{i}{FIXED}{name}" for i, name in enumerate(answer.figures, 1))


def hint(answer: Answer) -> str:
    """Return in which form a guess is expected."""
    if answer.question.kind == "choice":
        return "a number or a name"
    return HINTS.get(answer.unit, answer.noun or answer.unit)


def solution(answer: Answer) -> str:
    """Return the answer in a sentence: the number, or the strategy with the figures of all."""
    if answer.question.kind == "number":
        return f"{capitalized(amount(answer.number, answer))}."
    order = sorted(answer.figures, key=lambda n: (n not in answer.right, _place(answer, n)))
    best = sorted(answer.figures[name] for name in answer.right)
    low, high = figure(best[0], answer), amount(best[-1], answer)
    best_figure = high if figure(best[-1], answer) == low else f"{low} to {high}"
    others = [name for name in order if name not in answer.right]
    groups = grouped((name, figure(answer.figures[name], answer)) for name in others)
    rest = "; ".join(f"{listed(names)} {text}" for text, names in groups.items())
    head = f"{capitalized(listed(answer.right, 'or'))}: {best_figure}"
    return f"{head}; {rest}." if rest else f"{head}."


def _place(answer: Answer, name: str) -> float:
    """Return a strategy's figure as a sort key, from the asked end on; what does not exist last."""
    figure = answer.figures[name]
    if isnan(figure):
        return float("inf")
    return -figure if answer.question.end == "most" else figure


def verdict(answer: Answer, guess: float | str | None) -> list[str]:
    """Return the answer beside the guess, a sentence each; with the misconception if it is wrong.

    Parameters
    ----------
    guess
        A strategy, or a number in the unit of the answer; None where nobody guessed.
    """
    if guess is None:
        return [f"→ {solution(answer)}"]
    if answer.accepts(guess):
        said = "" if isinstance(guess, str) else f" You said {amount(guess, answer)}."
        return [f"✓ {solution(answer)}{said}"]
    said = guess if isinstance(guess, str) else amount(guess, answer)
    how = "" if isinstance(guess, str) else _off(guess, answer.number)
    why = answer.misconception(guess)
    return [f"✗ {solution(answer)} You said {said}{how}.", *([f"  {why}"] if why else [])]


def _off(guess: float, right: float) -> str:
    """Return how far a guess is off, as a ratio; nothing beside 0 and never."""
    if not (isfinite(guess) and isfinite(right) and guess > 0 and right >= NONE):
        return ""
    times = max(guess, right) / min(guess, right)
    number = one_decimal(times) if times < 9.95 else short_count(times)
    return f", {number} times too {'much' if guess > right else 'little'}"


def wrong_answers(answer: Answer) -> list[tuple[str, str]]:
    """Return the wrong answers with their reasons.

    Left out are those without a reason, and what other settings have made right.
    """
    question = answer.question
    numbers = [
        (amount(one.is_, answer), one.because)
        for one in question.wrong_numbers
        if not answer.accepts(one.is_)
    ]
    choices = [(n, why) for n, why in question.wrong_choices.items() if not answer.accepts(n)]
    return [(said, why) for said, why in [*numbers, *choices] if why]


def short_story(timeline: Timeline, scenario: Scenario, width: int) -> list[str]:
    """Return a run in a few lines: what decides, without what goes without saying.

    The last lines sum up the run, and say how to see all of it.
    """
    told = lines(timeline, scenario)
    shown = [line for line in told if not _has_only(line, CALM)]
    if len(shown) > SHORT:
        first = next((line for line in shown if line.events[0].kind == "task_failed"), None)
        shown = [line for line in shown if line is first or not _has_only(line, ROUTINE - NOTICED)]
    if len(shown) > SHORT:
        shown = [*shown[: SHORT - LAST], *shown[-LAST:]]
    out = [row for line in shown for row in _clocked(line, width)]
    out += wrapped(ending(timeline, scenario), width, " ", " ")
    whole = f"simdeploy run {scenario.name} --strategy {timeline.strategy}"
    return [*out, *wrapped(f"All of it: {whole} --run {timeline.replication}", width, " ", "   ")]


def _has_only(line: Line, kinds: frozenset[str]) -> bool:
    return all(event.kind in kinds for event in line.events)


def _clocked(line: Line, width: int) -> list[str]:
    return wrapped(line.text, width, f" {line_clock(line)}".ljust(INDENT), " " * INDENT)


def heading(asked: Asked, width: int, *, whole: bool = True) -> list[str]:
    """Return what a scenario is about: its title and its story, or the first sentence of that.

    The rest of a story may give answers away, so that it is told after the last question.
    """
    scenario = asked.scenario
    title = scenario.title or scenario.name
    gap = width - len(title) - len(scenario.name)
    head = f"{title}{' ' * gap}{scenario.name}" if gap > 1 else title
    first, rest = _parted(scenario.story or "")
    return [head, *wrapped(f"{first} {rest}" if whole else first, width)]


def _parted(story: str) -> tuple[str, str]:
    """Return the first sentence of a story, and the others."""
    first, *rest = SENTENCE.split(story.strip(), 1)
    return first, " ".join(rest)


def question(asked: Asked, place: int, width: int) -> list[str]:
    """Return the question at a place from 1 on, with what there is to choose from."""
    answer = asked.answers[place - 1]
    start = f"{place} of {len(asked.answers)}  "
    out = wrapped(answer.question.ask, width, start, " " * len(start))
    return [*out, *_choices(answer, width, " " * len(start))]


def _choices(answer: Answer, width: int, indent: str) -> list[str]:
    return (
        wrapped(choices(answer), width, indent, indent) if answer.question.kind == "choice" else []
    )


def reply(
    asked: Asked,
    answer: Answer,
    guess: float | str | None,
    width: int,
    *,
    last: bool,
    with_story: bool = True,
) -> list[str]:
    """Return the answer beside a guess, and the run as a short story.

    Parameters
    ----------
    last
        Whether no other question of the scenario follows, so that its causes may be told.
    with_story
        Whether to tell the run; a question before may have told the same one.
    """
    told = answer.right[0]
    out = [row for text in verdict(answer, guess) for row in wrapped(text, width, "", "  ")]
    if with_story:
        run = simulate(asked.scenario, told, seed=asked.seed, replication=answer.run).timeline
        head = f"{told}, run {answer.run} of {asked.runs:,}:"
        out += ["", head, *short_story(run, asked.scenario, width)]
    parts = (_parted(asked.scenario.story or "")[1], asked.why) if last else ()
    return out + [row for text in parts if text for row in ["", *wrapped(text, width)]]


def printed(asked: Asked, width: int) -> list[str]:
    """Return the questions of a scenario with their answers and the wrong ones, as text."""
    out = heading(asked, width)
    for i, answer in enumerate(asked.answers, 1):
        start = f"{i}. "
        out += ["", *wrapped(answer.question.ask, width, start, "   ")]
        out += _choices(answer, width, "   ")
        out += wrapped(solution(answer), width, "   → ", "     ")
        for said, why in wrong_answers(answer):
            out += wrapped(f"{said}: {why}", width, "   ✗ ", "     ")
    return out


def to_json(all_asked: Iterable[Asked]) -> str:
    """Return questions and answers as JSON; an answer that is never reached is null."""
    rows = [_fields(asked, one) for asked in all_asked for one in asked.answers]
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)


def _fields(asked: Asked, answer: Answer) -> dict[str, Any]:
    question = answer.question
    figures = {n: v if isfinite(v) else None for n, v in answer.figures.items()}
    numbers = [{"is": one.is_, "because": one.because} for one in question.wrong_numbers]
    return {
        "scenario": asked.scenario.name,
        "question": question.ask,
        "kind": question.kind,
        "metric": question.metric,
        "statistic": question.statistic,
        "unit": answer.unit,
        "answer": list(answer.right) if question.kind == "choice" else figures[answer.right[0]],
        "text": solution(answer),
        "figures": figures,
        "wrong": question.wrong_choices if question.kind == "choice" else numbers,
        "runs": asked.runs,
        "seed": asked.seed,
    }


def to_csv(all_asked: Iterable[Asked]) -> str:
    """Return a row per question, and one per wrong answer below it."""
    rows: list[Sequence[str]] = []
    for asked in all_asked:
        for one in asked.answers:
            name, ask, right = asked.scenario.name, one.question.ask, solution(one)
            rows.append((name, ask, right, "", ""))
            rows += [(name, ask, right, said, why) for said, why in wrong_answers(one)]
    return csv_text(COLUMNS, rows)


def to_markdown(all_asked: Iterable[Asked]) -> str:
    """Return a sheet: a heading per scenario, each question with its answer folded below it."""
    out = []
    for asked in all_asked:
        scenario = asked.scenario
        out += [f"## {escape_markdown(scenario.title or scenario.name)}", ""]
        out += [escape_markdown(scenario.story), ""] if scenario.story else []
        for i, answer in enumerate(asked.answers, 1):
            out += [f"**{i}. {escape_markdown(answer.question.ask)}**", ""]
            if answer.question.kind == "choice":
                out += [escape_markdown(listed(list(answer.figures), "or")), ""]
            wrong = [f"- {escape_markdown(said)}: {escape_markdown(why)}"
                     for said, why in wrong_answers(answer)]  # fmt: skip
            text = "\n".join([escape_markdown(solution(answer)), *([""] if wrong else []), *wrong])
            out += [f"<details><summary>Answer</summary>\n\n{text}\n\n</details>", ""]
    return "\n".join(out).rstrip() + "\n"
