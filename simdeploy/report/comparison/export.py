"""A comparison as JSON, tidy CSV, Markdown in layers, and HTML."""

import html
import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from simdeploy.errors import SimdeployError
from simdeploy.report import documents as doc
from simdeploy.report.comparison import rows
from simdeploy.report.comparison.assumptions import assumptions, plain
from simdeploy.report.comparison.cells import COLUMNS, cells, ending_shares, formatter_of
from simdeploy.report.comparison.screen import footer
from simdeploy.report.verdict.paragraph import verdict
from simdeploy.report.words import duration, percent, spaced
from simdeploy.results.comparison import Comparison
from simdeploy.results.metrics import BY_NAME, NAMES
from simdeploy.results.paired import Difference
from simdeploy.results.summary import LEVELS
from simdeploy.results.verdict_facts import facts

FIELDS = (
    "strategy", "metric", "unit", "mean", "ci95_low", "ci95_high", "p50", "p95", "p99", "n",
    "n_censored", "restricted", "p50_ci95_low", "p50_ci95_high", "p95_ci95_low", "p95_ci95_high",
    "p99_ci95_low", "p99_ci95_high", "carried_by", "skewed",
)  # fmt: skip
HEADER = ["Strategy", "Ends as", *(column.title for column in COLUMNS)]


def export(comparison: Comparison, form: str) -> str:
    """Return a comparison as ``json``, ``csv`` or ``markdown``; equal inputs give equal bytes."""
    if form not in FORMATS:
        raise SimdeployError(f"format: unknown; got {form!r}; known: {', '.join(FORMATS)}")
    return FORMATS[form](comparison)


def to_json(comparison: Comparison) -> str:
    """Return all numbers as JSON, without NaN or infinity."""
    values = assumptions(comparison.scenario)
    listed = [{"path": path, "value": plain(value)} for path, value in values.items()]
    content = comparison.to_dict() | {"assumptions": listed}
    return json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


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


def to_markdown(comparison: Comparison) -> str:
    """Return the headline in bold, a small table, and everything else folded."""
    first, *others = verdict(facts(comparison))
    sentences = [f"- **{label}:** {doc.escape_markdown(text)}" for label, text in others]
    name, horizon = comparison.scenario.name, duration(comparison.scenario.horizon)
    source = f"{doc.escape_markdown(name)}: {footer(comparison)}, each followed for {horizon}."
    parts = [
        f"**{doc.escape_markdown(first.text)}**",
        _table(comparison),
        "\n".join(sentences),
        doc.folded("How the runs end", _shares(comparison)),
        doc.folded("Who watched, and the way back", _watched(comparison)),
        doc.folded("Paired differences", _differences(comparison)),
        doc.folded("Where this comes from", source),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _grid(header: list[str], lines: list[list[str]]) -> str:
    """Return a Markdown table: two columns of words, then numbers."""
    return doc.markdown_table(header, lines, ["---"] * 2 + ["---:"] * (len(header) - 2))


def _table(comparison: Comparison) -> str:
    lines = []
    for name, result in comparison.results:
        numbers = [
            (f"{cell.text}<br>1 in 20: {cell.bad_day}" if cell.bad_day else cell.text)
            for cell in cells(comparison, name)
        ]
        outcomes = "<br>".join(ending_shares(result.release.outcomes))
        escaped = [number.replace("> ", "&gt; ") for number in numbers]
        lines.append([doc.escape_markdown(name), outcomes, *escaped])
    return _grid(HEADER, lines)


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


def _watched(comparison: Comparison) -> str:
    lines = [("Release", rows.releases(comparison)), ("Watching", rows.watching(comparison))]
    lines += [("Cut", rows.cut_websockets(comparison)), ("Way back", rows.way_back(comparison))]
    lines += [("Warning", line) for line in rows.warnings(comparison)]
    return "\n".join(f"- {label}: {text}" for label, text in lines if text)


def _differences(comparison: Comparison) -> str:
    """Return the paired differences of the table's metrics; the JSON has all of them."""
    titles = {column.metric: column.title for column in COLUMNS}
    lines = [
        [
            titles[d.metric],
            f"{d.a} − {d.b}",
            *_gap(d),
            f"{d.n_pairs:,}",
            "–" if d.share_fewer is None else percent(d.share_fewer),
        ]
        for d in (*comparison.caused, *comparison.differences)
        if d.metric in titles
    ]
    return _grid(["Metric", "Difference", "Mean", "95 %", "Pairs", "First is less"], lines)


def _gap(difference: Difference) -> tuple[str, str]:
    """Return a paired difference and its interval in words, a dash where no pair differs."""
    write, ci95 = formatter_of(difference.metric), difference.ci95
    mean = "–" if difference.mean is None else write(difference.mean)
    if ci95 is None or not (difference.share_fewer or difference.share_more):
        return mean, "–"
    few = f" ({difference.carried_by} differ)" if difference.carried_by else ""
    return mean, f"{write(ci95[0])} to {write(ci95[1])}{few}"


def to_html(comparison: Comparison) -> str:
    """Return the verdict and the table for a notebook."""
    lines = []
    for name, result in comparison.results:
        numbers = [
            html.escape(cell.text)
            + (f"<br><small>1 in 20: {html.escape(cell.bad_day)}</small>" if cell.bad_day else "")
            for cell in cells(comparison, name)
        ]
        outcomes = ", ".join(ending_shares(result.release.outcomes))
        lines.append([html.escape(name), outcomes, *numbers])
    first, *others = verdict(facts(comparison))
    paragraphs = "".join(doc.html_paragraph(label, text) for label, text in others)
    headline = f"<p><strong>{html.escape(first.text)}</strong></p>"
    return f"{doc.html_table(HEADER, lines, footer(comparison))}{headline}{paragraphs}"


FORMATS: dict[str, Callable[[Comparison], str]] = {
    "json": to_json,
    "csv": to_csv,
    "markdown": to_markdown,
}
