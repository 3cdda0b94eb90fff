"""Many faults as JSON, tidy CSV, Markdown in layers, and HTML."""

import html
import json

from simdeploy.advice.fault_matrix import COLUMNS, FaultMatrix
from simdeploy.errors import SimdeployError
from simdeploy.report import documents as doc
from simdeploy.report.faults.text import BAD, GOOD, Made, made
from simdeploy.report.words import capitalized

FORMATS = ("json", "csv", "markdown")


def export(matrix: FaultMatrix, form: str) -> str:
    """Return a matrix as ``json``, ``csv`` or ``markdown``; equal inputs give equal bytes."""
    if form not in FORMATS:
        raise SimdeployError(f"format: unknown; got {form!r}; known: {', '.join(FORMATS)}")
    return {"json": to_json, "csv": to_csv, "markdown": to_markdown}[form](matrix)


def to_json(matrix: FaultMatrix) -> str:
    """Return all numbers and the sentences as JSON, without NaN or infinity."""
    found, out = made(matrix), matrix.to_dict()
    said = {line.row.name: says for line, (says, _) in zip(found.lines, found.rows, strict=True)}
    for fault in out["faults"]:
        fault["sentence"] = said[fault["name"]]
    out["verdict"] = list(found.verdict)
    return json.dumps(out, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def to_csv(matrix: FaultMatrix) -> str:
    """Return a tidy table, a row per fault and strategy; null is an empty field."""
    rows = (
        (fault, name, *(_plain(values[column]) for column in COLUMNS))
        for fault, name, values in matrix.records()
    )
    return doc.csv_text(("fault", "strategy", *COLUMNS), rows)


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _heads(found: Made) -> list[str]:
    return ["Fault", *found.strategies]


def _meanings(found: Made) -> list[tuple[str, str]]:
    """Return the name of each row, and what it means."""
    pairs = zip(found.lines, found.rows, strict=True)
    return [(line.row.name, f"{about} {says}".strip()) for line, (says, about) in pairs]


def to_markdown(matrix: FaultMatrix) -> str:
    """Return the verdict in bold, the matrix, and what its rows mean, folded."""
    found = made(matrix)
    meanings = [f"- **{doc.escape_markdown(name)}** {doc.escape_markdown(text)}"
                for name, text in _meanings(found)]  # fmt: skip
    legend = [f"- {doc.escape_markdown(text)}" for text in found.legend]
    source = f"{doc.escape_markdown(matrix.scenario.name)}: {found.footer}"
    parts = [
        f"**{doc.escape_markdown(' '.join(found.verdict))}**",
        *(_markdown_part(found, is_good=is_good) for is_good in (False, True)),
        doc.folded("What the rows mean", "\n".join(meanings)),
        doc.folded("What the words of the table mean", "\n".join(legend)),
        doc.folded("Where this comes from", f"{source}."),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown_part(found: Made, *, is_good: bool) -> str:
    """Return the rows of bad releases, or of good ones, as a table."""
    lines = [
        [doc.escape_markdown(line.row.name),
         *(html.escape(cell.one_line, quote=False) for cell in line.cells)]
        for line in found.lines if line.row.is_good == is_good
    ]  # fmt: skip
    heads = [capitalized(GOOD if is_good else BAD), *map(doc.escape_markdown, found.strategies)]
    rule = ["---", *("---:" for _ in found.strategies)]
    return doc.markdown_table(heads, lines, rule) if lines else ""


def to_html(matrix: FaultMatrix) -> str:
    """Return verdict, matrix and what its rows mean for a notebook."""
    found = made(matrix)
    lines = [[html.escape(line.row.name), *(html.escape(cell.one_line) for cell in line.cells)]
             for line in found.lines]  # fmt: skip
    small = html.escape(" · ".join([f"{GOOD}; {BAD}", *found.legend]))
    said = f"<p><strong>{html.escape(' '.join(found.verdict))}</strong></p>"
    table = doc.html_table(_heads(found), lines, found.footer)
    rows = "".join(doc.html_paragraph(name, text) for name, text in _meanings(found))
    return f"{said}{table}<p><small>{small}</small></p>{rows}"
