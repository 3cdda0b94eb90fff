"""A tuning for other programs and people: JSON, tidy CSV, Markdown in layers, HTML."""

import csv
import html
from collections.abc import Iterator
from io import StringIO
from typing import Any

from simdeploy.errors import SimdeployError
from simdeploy.report.tuning.sentences import changes, footer, knob_label, legend, sentences, title
from simdeploy.report.tuning.table import cells, name_of, sensitivity_table

FIELDS = (
    "label", "knee", "keeps_constraints", "kind", "name", "unit", "value", "ci95_low", "ci95_high",
)  # fmt: skip
NOTHING = "as it is"


def export(tuning: Any, form: str) -> str:
    """Return a tuning as ``json``, ``csv`` or ``markdown``; equal inputs give equal bytes."""
    forms = {"json": to_json, "csv": to_csv, "markdown": to_markdown}
    if form not in forms:
        raise SimdeployError(f"format: unknown; got {form!r:.40}; known: {', '.join(forms)}")
    return forms[form](tuning)


def to_json(tuning: Any) -> str:
    """Return everything as JSON, without NaN or infinity."""
    return str(tuning.to_json())


def to_csv(tuning: Any) -> str:
    """Return a tidy table: per setting a row for each knob and each objective."""
    out = StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(FIELDS)
    for row in tuning.rows:
        flags = [str(flag).lower() for flag in (row is tuning.knee, tuning.keeps(row))]
        write.writerows([row.label, *flags, *rest] for rest in _numbers(tuning, row))
    return out.getvalue()


def _numbers(tuning: Any, row: Any) -> Iterator[list[Any]]:
    for knob, unit, value in zip(tuning.knobs, tuning.units, row.readings, strict=True):
        yield ["knob", knob.path, unit, value, None, None]
    for goal, mean, half in zip(tuning.goals, row.means, row.halves, strict=True):
        yield ["objective", goal.name, goal.unit, *map(float, (mean, mean - half, mean + half))]


def to_markdown(tuning: Any) -> str:
    """Return a bold sentence, the front, and everything else folded away."""
    first, *rest = sentences(tuning)
    header = ["Setting", *(goal.title for goal in tuning.goals), "Changes"]
    body = [
        [name_of(tuning, row), *cells(tuning, row), "; ".join(changes(tuning, row)) or NOTHING]
        for row in tuning.rows
    ]
    rule = ["---", *["---:"] * len(tuning.goals), "---"]
    table = "\n".join(f"| {' | '.join(map(_plain, row))} |" for row in [header, rule, *body])
    folded = [
        _details("What moves what", _code(sensitivity_table(tuning, 100))),
        _details("What the numbers mean", _plain(legend(tuning))),
        _details("Where this comes from", _plain(f"{title(tuning)}. {footer(tuning)}.")),
    ]
    told = "\n".join(f"- **{word}:** {_plain(text)}" for word, text in rest)
    return "\n\n".join([f"**{_plain(first[1])}**", table, told, *folded]) + "\n"


def _plain(text: str) -> str:
    """Return text that means nothing to Markdown or HTML."""
    for mark in "\\`*_|[]":
        text = text.replace(mark, f"\\{mark}")
    return html.escape(text, quote=False)


def _code(lines: list[str]) -> str:
    return "\n".join(["```text", *(line.rstrip() for line in lines), "```"])


def _details(name: str, text: str) -> str:
    return f"<details><summary>{name}</summary>\n\n{text}\n\n</details>"


def to_html(tuning: Any) -> str:
    """Return the front, what it says and what matters, for a notebook."""
    names = ["Setting", *(goal.title for goal in tuning.goals), "Changes"]
    body = "".join(_html_row(tuning, row) for row in tuning.rows)
    header = "".join(f"<th>{html.escape(one)}</th>" for one in names)
    told = "".join(_sentence(word, text) for word, text in sentences(tuning))
    caption = html.escape(f"{title(tuning)} · {footer(tuning)}")
    return (
        f"<table><caption>{caption}</caption><thead><tr>{header}</tr></thead>"
        f"<tbody>{body}</tbody></table>{told}{_html_indices(tuning)}"
    )


def _html_row(tuning: Any, row: Any) -> str:
    texts = [*cells(tuning, row), "; ".join(changes(tuning, row)) or NOTHING]
    data = "".join(f"<td>{html.escape(one)}</td>" for one in texts)
    return f"<tr><th>{html.escape(name_of(tuning, row))}</th>{data}</tr>"


def _sentence(word: str, text: str) -> str:
    start = f"<strong>{html.escape(word)}:</strong> " if word else ""
    return f"<p>{start}{html.escape(text)}</p>"


def _html_indices(tuning: Any) -> str:
    """Return the total index of each knob for each objective, as numbers."""
    names = "".join(f"<th>{html.escape(goal.title)}</th>" for goal in tuning.goals)
    body = "".join(
        f"<tr><th>{html.escape(knob_label(knob.path))}</th>"
        + "".join(
            f"<td>{'–' if t is None else f'{t[k].total:.2f}'}</td>" for t in tuning.sensitivity
        )
        + "</tr>"
        for k, knob in enumerate(tuning.knobs)
    )
    return (
        "<details><summary>Share of each objective's spread in which a knob has a part</summary>"
        f"<table><thead><tr><th>Knob</th>{names}</tr></thead><tbody>{body}</tbody></table></details>"
    )
