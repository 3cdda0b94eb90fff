"""A change as JSON, tidy CSV, Markdown in layers, and HTML."""

import json
from collections.abc import Iterator
from typing import Any

from simdeploy.errors import SimdeployError
from simdeploy.report import documents as doc
from simdeploy.report.answer.export import answer_to_html, table_to_markdown
from simdeploy.report.change.answering import answer
from simdeploy.report.change.settings import changed
from simdeploy.results.change import Change

FORMATS = ("json", "csv", "markdown")
FIELDS = ("quantity", "strategy", "before", "after", "difference", "difference_low",
          "difference_high", "is_level")  # fmt: skip


def export(change: Change, form: str) -> str:
    """Return a change as ``json``, ``csv`` or ``markdown``; equal inputs give equal bytes."""
    if form not in FORMATS:
        raise SimdeployError(f"format: unknown; got {form!r}; known: {', '.join(FORMATS)}")
    return {"json": to_json, "csv": to_csv, "markdown": to_markdown}[form](change)


def to_json(change: Change) -> str:
    """Return all numbers, what differs and the sentences as JSON, without NaN or infinity."""
    made, out = answer(change), change.to_dict()
    settings = changed(change.before.scenario, change.after.scenario, change.strategies)
    out["changed"] = [setting._asdict() for setting in settings]
    out["verdict"] = list(made.verdict)
    out["sentences"] = [sentence._asdict() for sentence in made.sentences]
    return json.dumps(out, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def to_csv(change: Change) -> str:
    """Return a tidy table, a row per quantity and strategy; null is an empty field."""
    return doc.csv_text(FIELDS, _rows(change))


def _rows(change: Change) -> Iterator[tuple[Any, ...]]:
    for step in change.steps:
        gap = step.difference
        bounds = gap.ci95 if gap and gap.ci95 else (None, None)
        mean = gap.mean if gap else None
        level = str(step.sign == 0).lower()
        yield step.quantity, step.strategy, step.before, step.after, mean, *bounds, level


def to_markdown(change: Change) -> str:
    """Return the verdict in bold, the table, and everything else folded."""
    made = answer(change)
    labeled = [f"- **{label}** {doc.escape_markdown(text)}" for label, text in made.sentences]
    legend = [f"- {doc.escape_markdown(text)}" for text in made.legend]
    parts = [
        f"**{doc.escape_markdown(' '.join(made.verdict))}**",
        table_to_markdown(made),
        doc.folded("What differs, and how sure", "\n".join(labeled)),
        doc.folded("What the words of the table mean", "\n".join(legend)),
        doc.folded("Where this comes from", f"{made.footer}."),
    ]
    return "\n\n".join(parts) + "\n"


def to_html(change: Change) -> str:
    """Return verdict, table and labeled sentences for a notebook."""
    return answer_to_html(answer(change))
