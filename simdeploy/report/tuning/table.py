"""A tuning in the terminal: the front, what its settings change, the knee, which knobs matter."""

import shlex
import textwrap
from typing import Any

from simdeploy.report.tuning.sentences import (
    PART,
    footer,
    formatter_of_unit,
    knob_label,
    legend,
    sentences,
    settings,
    title,
    value_text,
)
from simdeploy.report.words import percent

WIDTH = 100
SAME = "·"
TIE = "\N{NO-BREAK SPACE}"
LEVEL = " · = level with today's (within its interval, or 1 %)"


def render_tuning(
    tuning: Any,
    *,
    width: int = WIDTH,
    is_terminal: bool = False,
    elapsed: float | None = None,
    source: str = "",
) -> str:
    """Return a tuning as text.

    Parameters
    ----------
    width
        Columns to write in.
    is_terminal
        Whether to say what to try next.
    elapsed
        How long it took, in seconds.
    source
        What the user typed to name the scenario.
    """
    parts = [title(tuning), "", *front_table(tuning, width), "", *knob_table(tuning, width), ""]
    parts += [line for word, text in sentences(tuning) for line in _paragraph(word, text, width)]
    parts += ["", *sensitivity_table(tuning, width), ""]
    if is_terminal and source and tuning.knee is not None and tuning.knee is not tuning.today:
        parts += [*_next(tuning, source), ""]
    return "\n".join([*parts, *_wrapped(footer(tuning, elapsed), width)])


def _wrapped(text: str, width: int, indent: str = " ") -> list[str]:
    # What belongs to a number stays on its line.
    tied = text.replace(" %", f"{TIE}%").replace("± ", f"±{TIE}")
    lines = textwrap.wrap(
        tied, width, initial_indent=indent, subsequent_indent=" ", break_on_hyphens=False
    )
    return [line.replace(TIE, " ") for line in lines]


def _paragraph(word: str, text: str, width: int) -> list[str]:
    return _wrapped(f"{word}: {text}" if word else text, width)


def front_table(tuning: Any, width: int) -> list[str]:
    """Return a row per setting and a column per objective; = is level with today's."""
    header = ["", *(goal.title for goal in tuning.goals)]
    body = [[name_of(tuning, row), *cells(tuning, row)] for row in tuning.rows]
    has_level = any("=" in cell for row in body for cell in row)
    note = f"± 95 % interval{LEVEL if has_level else ''}"
    return [*_grid([header, *body]), *_wrapped(f"{note} · {legend(tuning)}", width)]


def name_of(tuning: Any, row: Any) -> str:
    """Return a row's name, and whether it is the knee or breaks a constraint."""
    marks = ["knee"] * (row is tuning.knee) + ["breaks a constraint"] * (not tuning.keeps(row))
    return f"{row.label} ({', '.join(marks)})" if marks else str(row.label)


def cells(tuning: Any, row: Any) -> list[str]:
    """Return the objectives of a row, with ± where it shows."""
    gaps = [None] * len(tuning.goals) if row is tuning.today else tuning.against_today(row)
    texts = []
    for goal, mean, half, gap in zip(tuning.goals, row.means, row.halves, gaps, strict=True):
        write = formatter_of_unit(goal.unit)
        pm = f" ± {write(half)}" if half >= goal.noticeable else ""
        level = " =" if gap is not None and tuning.is_level(gap) else ""
        texts.append(f"{write(mean)}{pm}{level}")
    return texts


def knob_table(tuning: Any, width: int) -> list[str]:
    """Return a row per knob that some setting changes; · is as today."""
    body, unchanged = [], []
    for k, knob in enumerate(tuning.knobs):
        values = [row.readings[k] for row in tuning.rows]
        if all(value == values[0] for value in values):
            unchanged.append(knob_label(knob.path))
            continue
        words = [value_text(value, tuning.units[k]) for value in values]
        body.append([knob_label(knob.path), words[0], *(
            SAME if value == values[0] else word
            for value, word in zip(values[1:], words[1:], strict=True)
        )])  # fmt: skip
    lines = _grid([["", *(row.label for row in tuning.rows)], *body]) if body else []
    if unchanged:
        lines += _wrapped(f"as today in all of them: {', '.join(unchanged)}", width)
    return lines


def sensitivity_table(tuning: Any, width: int) -> list[str]:
    """Return a row per knob that matters: its share of each objective's spread, alone – in all."""
    tables = tuning.sensitivity
    if all(table is None for table in tables):
        return _wrapped("No knob moves an objective: there is nothing to explain.", width)
    weight = [max(t[k].total for t in tables if t is not None) for k in range(len(tuning.knobs))]
    order = sorted((k for k, w in enumerate(weight) if w >= PART), key=lambda k: -weight[k])
    header = ["what moves what: alone–in all", *(goal.title for goal in tuning.goals)]
    body = [
        [knob_label(tuning.knobs[k].path), *(_index(table, k) for table in tables)] for k in order
    ]
    minor = [knob_label(tuning.knobs[k].path) for k, w in enumerate(weight) if w < PART]
    widest = max(_reach(t[k]) for t in tables if t is not None for k in order) if order else 0.0
    note = (
        f"share of the variance of an objective's rank, over the whole space, that a knob explains "
        f"alone, and in which it has a part; 95 % intervals up to ± {100 * widest:.0f} points"
    )
    lines = [*_grid([header, *body]), *_wrapped(note, width)]
    return lines + (_wrapped(f"hardly anything: {', '.join(minor)}", width) if minor else [])


def _index(table: Any, k: int) -> str:
    if table is None:
        return "–"
    first, total = (min(max(value, 0.0), 1.0) for value in (table[k].first, table[k].total))
    if total < PART / 2:
        return SAME
    return f"{100 * min(first, total):.0f}–{percent(round(total, 2))}"


def _reach(index: Any) -> float:
    low, high = index.total_ci
    return float(high - low) / 2


def _next(tuning: Any, source: str) -> list[str]:
    """Return the command that plays the knee beside the other strategies."""
    words = shlex.join(settings(tuning, tuning.knee))
    return [f" Next   simdeploy compare {source} {words}"]


def _grid(rows: list[list[str]]) -> list[str]:
    """Align the first column left and the others right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            [
                f" {row[0]:<{widths[0]}}",
                *(f"{c:>{w}}" for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for row in rows
    ]
