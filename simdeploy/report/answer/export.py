"""An answer as JSON, tidy CSV, Markdown in layers, and HTML."""

import html
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from simdeploy.errors import SimdeployError
from simdeploy.report import documents as doc
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.assumptions import plain
from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.facts import Facts
from simdeploy.report.answer.model import Answer
from simdeploy.report.answer.text import SUPERSCRIPTS, cell_text
from simdeploy.report.answer.wording import time_of
from simdeploy.report.words import duration, money, percent, short_count, spaced
from simdeploy.results.comparison import Comparison
from simdeploy.results.metrics import BY_NAME, NAMES
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import COST, HARM
from simdeploy.results.summary import LEVELS
from simdeploy.scenario.assumed import assumptions
from simdeploy.strategies.shifting import Shifting

FORMATS = ("json", "csv", "markdown")
FIELDS = (
    "strategy", "metric", "unit", "mean", "ci95_low", "ci95_high", "p50", "p95", "p99", "n",
    "n_censored", "restricted", "p50_ci95_low", "p50_ci95_high", "p95_ci95_low", "p95_ci95_high",
    "p99_ci95_low", "p99_ci95_high", "carried_by", "skewed",
)  # fmt: skip


def export(comparison: Comparison, form: str, known: Facts | None = None) -> str:
    """Return a comparison as ``json``, ``csv`` or ``markdown``; equal inputs give equal bytes.

    Parameters
    ----------
    known
        Facts with what was measured besides; by default those of the comparison.
    """
    if form not in FORMATS:
        raise SimdeployError(f"format: unknown; got {form!r}; known: {', '.join(FORMATS)}")
    if form == "csv":
        return to_csv(comparison)
    return (to_json if form == "json" else to_markdown)(comparison, known)


def to_json(comparison: Comparison, known: Facts | None = None) -> str:
    """Return all numbers, the answer and the assumptions as JSON, without NaN or infinity."""
    known = known or facts(comparison)
    made, out = answer(known, wide=True), comparison.to_dict()
    out["answer"] |= {
        "crossings": list(filter(None, [known.assumed.get("Otherwise")])),
        "verdict": list(made.verdict),
        "sentences": [sentence._asdict() for sentence in made.sentences],
        "notes": list(made.notes),
    }
    values = assumptions(comparison.scenario)
    out["assumptions"] = [{"path": path, "value": plain(v)} for path, v in values.items()]
    return json.dumps(out, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def to_csv(comparison: Comparison) -> str:
    """Return a tidy table, a row per strategy and metric; null is an empty field."""
    return doc.csv_text(FIELDS, _rows(comparison))


def _rows(comparison: Comparison) -> Iterator[tuple[Any, ...]]:
    for name, result in comparison.results:
        for metric in NAMES:
            summary = result.release.metrics[metric]
            fields = summary.to_dict()
            bounds = fields["ci95"] or (None, None)
            points = (fields["p50"], fields["p95"], fields["p99"])
            counts = (summary.n, summary.n_censored, _flag(summary.restricted))
            ends = chain.from_iterable(fields[f"{point}_ci95"] or (None, None) for point in LEVELS)
            marks = (summary.carried_by or None, _flag(summary.skewed))
            unit = BY_NAME[metric].unit
            yield name, metric, unit, summary.mean, *bounds, *points, *counts, *ends, *marks


def _flag(value: bool) -> str:
    return str(value).lower()


def to_markdown(comparison: Comparison, known: Facts | None = None) -> str:
    """Return the verdict in bold, the table, and everything else folded."""
    known = known or facts(comparison)
    made, scenario = answer(known), comparison.scenario
    labeled = [f"- **{label}** {doc.escape_markdown(text)}" for label, text in made.sentences]
    legend = [f"- {doc.escape_markdown(text)}" for text in made.legend]
    notes = [f"- {_small(i)} {doc.escape_markdown(text)}" for i, text in enumerate(made.notes, 1)]
    source = f"{doc.escape_markdown(scenario.name)}: {made.footer}, each run followed for "
    parts = [
        f"**{doc.escape_markdown(' '.join(made.verdict))}**",
        table_to_markdown(made),
        "\n".join(notes),
        doc.folded("Why, how sure, at what price", "\n".join(labeled)),
        doc.folded("What the words of the table mean", "\n".join(legend)),
        doc.folded("How the runs end", _shares(comparison)),
        doc.folded("The way back", _way_back(comparison)),
        doc.folded("Paired differences", _differences(comparison)),
        doc.folded("Where this comes from", f"{source}{duration(scenario.horizon)}."),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _small(number: int) -> str:
    return str(number).translate(SUPERSCRIPTS)


def header(made: Answer) -> list[str]:
    """Return the headers in one line each, of several blocks with the block."""
    titles = [f"{column.block}: {column.title}".removeprefix(": ") for column in made.columns]
    return ["Strategy", *titles]


def table_to_markdown(made: Answer) -> str:
    """Return the table in Markdown, a strategy in a line behind its mark."""
    lines = [[f"{row.mark} {doc.escape_markdown(row.name)}".strip(),
              *(html.escape(cell_text(cell), quote=False) for cell in row.cells)]
             for row in made.rows]  # fmt: skip
    rule = ["---", *("---" if c.metric == "ends" else "---:" for c in made.columns)]
    return doc.markdown_table(header(made), lines, rule)


def _grid(titles: list[str], lines: list[list[str]]) -> str:
    """Return a Markdown table: two columns of words, then numbers."""
    return doc.markdown_table(titles, lines, ["---"] * 2 + ["---:"] * (len(titles) - 2))


def _shares(comparison: Comparison) -> str:
    """Return the shares of verdicts and outcomes with their Wilson intervals."""
    lines = [
        [
            doc.escape_markdown(name),
            spaced(word),
            percent(share.share),
            f"{percent(share.ci95[0])} to {percent(share.ci95[1])}",
        ]
        for name, result in comparison.results
        for shares in (result.release.verdicts, result.release.outcomes)
        for word, share in shares.items()
        if share.share
    ]
    return _grid(["Strategy", "Verdict, outcome", "Share", "95 %"], lines)


def _way_back(comparison: Comparison) -> str:
    """Return how long it takes to go back from a good release, soon and at the very end."""
    soon = f"{duration(comparison.scenario.drill_after)} after it is live"
    lines = [
        [doc.escape_markdown(name), time_of(drill["rollback_after_s"]) or "–",
         f"{time_of(drill['rollback_late_s']) or '–'}{_by_one_switch(comparison, name)}"]
        for name, result in comparison.results if (drill := result.drill)
    ]  # fmt: skip
    return doc.markdown_table(["Strategy", soon, "at the very end"], lines)


def _by_one_switch(comparison: Comparison, name: str) -> str:
    """Return how much sooner AllAtOnce is where CodeDeploy deploys the old revision again.

    The model takes the configuration of the deployment; by hand another one may be chosen
    (codedeploy-rollback-after-success). Blue-green has no more than one shift.
    """
    strategy = comparison.scenario.strategies[name]
    if not isinstance(strategy, Shifting) or strategy.controller != "code_deploy":
        return ""
    waits = sum(seconds for _, seconds in strategy.shifts())
    return f" (by AllAtOnce {duration(waits)} sooner)" if waits > 0.0 else ""


def _differences(comparison: Comparison) -> str:
    """Return the paired differences of harm and cost; the JSON has all of them."""
    lines = [
        [
            BY_NAME[d.metric].title,
            doc.escape_markdown(f"{d.a} − {d.b}"),
            *_gap(d),
            f"{d.n_pairs:,}",
            "–" if d.share_fewer is None else percent(d.share_fewer),
        ]
        for d in comparison.differences
        if d.metric in {*HARM, COST}
    ]
    return _grid(["Metric", "Difference", "Mean", "95 %", "Pairs", "First is less"], lines)


def _gap(difference: Difference) -> tuple[str, str]:
    """Return a paired difference and its interval in words, a dash where no pair differs."""
    write = money if difference.metric == COST else short_count
    mean, ci95 = "–" if difference.mean is None else write(difference.mean), difference.ci95
    if ci95 is None or not (difference.share_fewer or difference.share_more):
        return mean, "–"
    few = f" ({difference.carried_by} differ)" if difference.carried_by else ""
    return mean, f"{write(ci95[0])} to {write(ci95[1])}{few}"


def to_html(comparison: Comparison) -> str:
    """Return verdict, table and labeled sentences for a notebook."""
    return answer_to_html(answer(facts(comparison)))


def answer_to_html(made: Answer) -> str:
    """Return an answer for a notebook."""
    lines = [[html.escape(f"{row.mark} {row.name}".strip()),
              *(html.escape(cell_text(cell)) for cell in row.cells)]
             for row in made.rows]  # fmt: skip
    notes = [f"{_small(i)} {text}" for i, text in enumerate(made.notes, 1)]
    small = html.escape(" · ".join([*made.legend, *notes]))
    paragraphs = "".join(doc.html_paragraph(label, text) for label, text in made.sentences)
    said = f"<p><strong>{html.escape(' '.join(made.verdict))}</strong></p>"
    table = doc.html_table(header(made), lines, made.footer)
    return f"{said}{table}<p><small>{small}</small></p>{paragraphs}"
