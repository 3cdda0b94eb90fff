"""A tuning in the terminal: the front, its settings' changes, the knee, knobs that matter."""

import textwrap
from collections.abc import Sequence

from simdeploy.report.tuning.sentences import (
    PART,
    changed_knobs,
    footer,
    formatter_of_unit,
    is_firm,
    knob_label,
    legend,
    more_settings,
    paste,
    sentences,
    title,
    value_text,
)
from simdeploy.report.words import percent
from simdeploy.tuning.result import SettingResult, Tuning
from simdeploy.tuning.sensitivity import Index

WIDTH = 100
SAME = "·"
TIE = "\N{NO-BREAK SPACE}"
LEVEL = " · = level with today's (within its interval, or 1 %)"


def render_tuning(
    tuning: Tuning,
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
        Columns of the output.
    is_terminal
        Whether to add a command to try next.
    elapsed
        Seconds that the search took.
    source
        The scenario's name on the command line.
    """
    (_, answer), *others = sentences(tuning)
    parts = [title(tuning), "", *_wrapped(answer, width), ""]
    parts += [*front_table(tuning, width), "", *knob_table(tuning, width), ""]
    for word, text in others:
        parts += _wrapped(f"{word}: {text}", width)
    options = paste(tuning)
    if options:
        parts += ["", " To paste", *(f"   {option}" for option in options)]
    parts += ["", *sensitivity_table(tuning, width), ""]
    if is_terminal and source and options:
        parts += [f" Next   simdeploy compare {source} {' '.join(options)}", ""]
    return "\n".join([*parts, *_wrapped(footer(tuning, elapsed), width)])


def _wrapped(text: str, width: int, indent: str = " ") -> list[str]:
    # Units and ± are not separated from their numbers.
    tied = text.replace(" %", f"{TIE}%").replace("± ", f"±{TIE}")
    lines = textwrap.wrap(
        tied, width, initial_indent=indent, subsequent_indent=" ", break_on_hyphens=False
    )
    return [line.replace(TIE, " ") for line in lines]


def front_table(tuning: Tuning, width: int) -> list[str]:
    """Return a row per setting and a column per objective; = marks values level with today's."""
    header = ["", *(goal.title for goal in tuning.goals)]
    body = [[name_of(tuning, row), *cells(tuning, row)] for row in tuning.rows]
    has_level = any("=" in cell for row in body for cell in row)
    note = f"± 95 % interval{LEVEL if has_level else ''}"
    lines = [*_grid([header, *body]), *_wrapped(f"{note} · {legend(tuning)}", width)]
    return lines + [line for text in thin_means(tuning) for line in _wrapped(text, width)]


def thin_means(tuning: Tuning) -> list[str]:
    """Return a warning per setting where few runs carry a mean, or some weigh too much."""
    texts = []
    for row in tuning.rows:
        titles = [goal.title.lower() for goal in tuning.goals]
        few = [
            f"{t} from {n}" for t, n in zip(titles, row.intervals.few.tolist(), strict=True) if n
        ]
        if few:
            runs = row.values.shape[1]
            texts.append(
                f"{row.label}: few runs carry a mean ({', '.join(few)} of {runs:,}); "
                "a worse run may be missing"
            )
        skewed = [t for t, bad in zip(titles, row.intervals.skewed, strict=True) if bad]
        if skewed:
            texts.append(
                f"{row.label}: a few bad runs weigh most, ± is too small ({', '.join(skewed)})"
            )
    return texts


def name_of(tuning: Tuning, row: SettingResult) -> str:
    """Return a row's label, with marks for the knee and for broken constraints."""
    marks = ["knee"] * (row is tuning.knee) + ["breaks a constraint"] * (not tuning.keeps(row))
    return f"{row.label} ({', '.join(marks)})" if marks else row.label


def cells(tuning: Tuning, row: SettingResult) -> list[str]:
    """Return the objectives of a row, with a ± if it is noticeable."""
    gaps = () if row is tuning.today else tuning.against_today(row)
    level_goals = {gap.metric for gap in gaps if tuning.is_level(gap)}
    texts = []
    for goal, mean, half in zip(tuning.goals, row.means, row.halves, strict=True):
        write = formatter_of_unit(goal.unit)
        margin = f" ± {write(half)}" if half >= goal.noticeable else ""
        level = " =" if goal.name in level_goals else ""
        texts.append(f"{write(mean)}{margin}{level}")
    return texts


def knob_table(tuning: Tuning, width: int) -> list[str]:
    """Return a row per knob that some setting changes; · marks values as today."""
    body, unchanged = [], []
    for k, knob in enumerate(tuning.knobs):
        values = [row.readings[k] for row in tuning.rows]
        if all(value == values[0] for value in values):
            unchanged.append(knob_label(knob.path))
            continue
        words = [value_text(value, tuning.units[k]) for value in values]
        pairs = zip(values[1:], words[1:], strict=True)
        changed = [SAME if value == values[0] else word for value, word in pairs]
        body.append([knob_label(knob.path), words[0], *changed])
    lines = _grid([["", *(row.label for row in tuning.rows)], *body]) if body else []
    if unchanged:
        lines += _wrapped(f"as today in all of them: {', '.join(unchanged)}", width)
    return lines


def sensitivity_table(tuning: Tuning, width: int) -> list[str]:
    """Return a row per knob that matters: first and total Sobol index for each objective.

    A share whose interval is wider than `FIRM` either way says nothing, and is a question mark.
    """
    tables = tuning.sensitivity
    moved = [table for table in tables if table is not None]
    if not moved:
        return _wrapped("No knob moves an objective: there is nothing to explain.", width)
    firm = [
        max((table[k].total for table in moved if is_firm(table[k])), default=0.0)
        for k in range(len(tuning.knobs))
    ]
    shaky = {k for k in range(len(tuning.knobs)) if not all(is_firm(table[k]) for table in moved)}
    order = sorted((k for k, w in enumerate(firm) if w >= PART), key=lambda k: -firm[k])
    unknown = [knob_label(tuning.knobs[k].path) for k in sorted(shaky) if k not in order]
    lines = []
    if order:
        header = ["what moves what: alone–in all", *(goal.title for goal in tuning.goals)]
        names = [knob_label(tuning.knobs[k].path) for k in order]
        body = [
            [name, *(_index(table, k) for table in tables)]
            for name, k in zip(names, order, strict=True)
        ]
        intervals = [t[k].total_ci for t in moved for k in order if is_firm(t[k])]
        widest = max(((high - low) / 2 for low, high in intervals), default=0.0)
        note = (
            "share of the variance of an objective's rank, over the whole space, that a knob "
            f"explains alone, and in which it has a part; ± {100 * widest:.0f} points or less"
        )
        lines += [*_grid([header, *body]), *_wrapped(note, width)]
    if shaky:
        rest = f" ({', '.join(unknown)})" if unknown and order else ""
        what = "?: too" if order else "What moves what: too"
        lines += _wrapped(f"{what} few settings to tell{rest}; try {more_settings(tuning)}", width)
    changed = set(changed_knobs(tuning))
    minor = [
        knob_label(knob.path)
        for k, knob in enumerate(tuning.knobs)
        if firm[k] < PART and k not in shaky and k not in changed
    ]
    return lines + (_wrapped(f"hardly anything: {', '.join(minor)}", width) if minor else [])


def _index(table: Sequence[Index] | None, k: int) -> str:
    if table is None:
        return "–"
    if not is_firm(table[k]):
        return "?"
    first, total = (min(max(value, 0.0), 1.0) for value in (table[k].first, table[k].total))
    if total < PART / 2:
        return SAME
    return f"{100 * min(first, total):.0f}–{percent(round(total, 2))}"


def _grid(rows: list[list[str]]) -> list[str]:
    """Align the first column left and the others right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([f" {first:<{widths[0]}}", *cells]).rstrip())
    return lines
