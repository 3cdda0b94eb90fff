"""A tuning as JSON, tidy CSV, Markdown in layers, and HTML."""

import html
from collections.abc import Iterator
from typing import Any

from simdeploy.errors import SimdeployError
from simdeploy.report import documents as doc
from simdeploy.report.tuning.sentences import (
    changes,
    footer,
    is_firm,
    knob_label,
    legend,
    paste,
    sentences,
    title,
)
from simdeploy.report.tuning.table import cells, name_of, sensitivity_table
from simdeploy.tuning.result import SettingResult, Tuning
from simdeploy.tuning.sensitivity import Index

FIELDS = (
    "label", "knee", "keeps_constraints", "kind", "name", "unit", "value", "ci95_low", "ci95_high",
)  # fmt: skip
NOTHING = "as it is"


def export(tuning: Tuning, form: str) -> str:
    """Return a tuning as ``json``, ``csv`` or ``markdown``; equal inputs give equal bytes."""
    forms = {"json": Tuning.to_json, "csv": to_csv, "markdown": to_markdown}
    if form not in forms:
        raise SimdeployError(f"format: unknown; got {form!r:.40}; known: {', '.join(forms)}")
    return forms[form](tuning)


def to_csv(tuning: Tuning) -> str:
    """Return a tidy table: per setting a row for each knob and each objective."""
    rows = []
    for row in tuning.rows:
        flags = [str(flag).lower() for flag in (row is tuning.knee, tuning.keeps(row))]
        rows += [[row.label, *flags, *fields] for fields in _numbers(tuning, row)]
    return doc.csv_text(FIELDS, rows)


def _numbers(tuning: Tuning, row: SettingResult) -> Iterator[list[Any]]:
    for knob, unit, value in zip(tuning.knobs, tuning.units, row.readings, strict=True):
        yield ["knob", knob.path, unit, value, None, None]
    for goal, mean, half in zip(tuning.goals, row.means, row.halves, strict=True):
        yield ["objective", goal.name, goal.unit, *map(float, (mean, mean - half, mean + half))]


def _lines(tuning: Tuning) -> list[list[str]]:
    """Return the front as header and rows of plain text."""
    lines = [["Setting", *(goal.title for goal in tuning.goals), "Changes"]]
    for row in tuning.rows:
        changed = "; ".join(changes(tuning, row)) or NOTHING
        lines.append([name_of(tuning, row), *cells(tuning, row), changed])
    return lines


def to_markdown(tuning: Tuning) -> str:
    """Return the headline in bold, the front, and everything else folded."""
    (_, headline), *others = sentences(tuning)
    header, *rows = [list(map(doc.escape_markdown, row)) for row in _lines(tuning)]
    rule = ["---", *["---:"] * len(tuning.goals), "---"]
    spread = "\n".join(line.rstrip() for line in sensitivity_table(tuning, 100))
    source = doc.escape_markdown(f"{title(tuning)}. {footer(tuning)}.")
    parts = [
        f"**{doc.escape_markdown(headline)}**",
        doc.markdown_table(header, rows, rule),
        "\n".join(f"- **{label}:** {doc.escape_markdown(text)}" for label, text in others),
        *([f"```sh\n{chr(10).join(options)}\n```"] if (options := paste(tuning)) else []),
        doc.folded("What moves what", f"```text\n{spread}\n```"),
        doc.folded("What the numbers mean", doc.escape_markdown(legend(tuning))),
        doc.folded("Where this comes from", source),
    ]
    return "\n\n".join(parts) + "\n"


def to_html(tuning: Tuning) -> str:
    """Return the front, the sentences and the sensitivity for a notebook."""
    header, *rows = _lines(tuning)
    escaped = [list(map(html.escape, row)) for row in rows]
    table = doc.html_table(header, escaped, f"{title(tuning)} · {footer(tuning)}")
    paragraphs = "".join(doc.html_paragraph(label, text) for label, text in sentences(tuning))
    return f"{table}{paragraphs}{_html_indices(tuning)}"


def _html_indices(tuning: Tuning) -> str:
    """Return the total index of each knob for each objective, as numbers."""
    rows = []
    for k, knob in enumerate(tuning.knobs):
        tables = tuning.sensitivity
        totals = ["–" if table is None else _total(table[k]) for table in tables]
        rows.append([html.escape(knob_label(knob.path)), *totals])
    table = doc.html_table(["Knob", *(goal.title for goal in tuning.goals)], rows)
    summary = "Share of each objective's spread in which a knob has a part"
    return f"<details><summary>{summary}</summary>{table}</details>"


def _total(index: Index) -> str:
    """Return a total index between 0 and 1, or a question mark where too few settings tell it."""
    return f"{min(max(index.total, 0.0), 1.0):.2f}" if is_firm(index) else "?"
