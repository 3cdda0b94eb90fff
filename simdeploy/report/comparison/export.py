"""A comparison for other programs and people: JSON, tidy CSV, Markdown in layers, HTML."""

import csv
import html
import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

from simdeploy.errors import SimdeployError
from simdeploy.report.comparison.cells import COLUMNS, Cell, cells, ends, writer
from simdeploy.report.comparison.rows import cut, releases, watching, way_back, weaknesses
from simdeploy.report.comparison.tables import footer
from simdeploy.report.verdict.paragraph import verdict
from simdeploy.report.words import duration, percent
from simdeploy.results.metrics import BY_NAME, NAMES
from simdeploy.results.paired import Difference
from simdeploy.results.summary import Summary
from simdeploy.results.verdict_facts import facts

FIELDS = (
    "strategy", "metric", "unit", "mean", "ci95_low", "ci95_high", "p50", "p95", "p99", "n",
    "n_censored", "restricted",
)  # fmt: skip


def export(comparison: Any, form: str) -> str:
    """Return a comparison as ``json``, ``csv`` or ``markdown``; equal inputs give equal bytes."""
    if form not in FORMATS:
        raise SimdeployError(f"format: unknown; got {form!r}; known: {', '.join(FORMATS)}")
    return FORMATS[form](comparison)


def to_json(comparison: Any) -> str:
    """Return all numbers as JSON, without NaN or infinity."""
    return json.dumps(comparison.to_dict(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def to_csv(comparison: Any) -> str:
    """Return a tidy table: a row per strategy and metric; null is empty."""
    out = StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(FIELDS)
    write.writerows(_rows(comparison))
    return out.getvalue()


def _rows(comparison: Any) -> Iterator[tuple[Any, ...]]:
    for name, result in comparison.strategies.items():
        for metric in NAMES:
            yield name, metric, BY_NAME[metric].unit, *_numbers(result.release.metrics[metric])


def _numbers(summary: Summary) -> tuple[Any, ...]:
    told = summary.to_dict()
    low, high = told["ci95"] or (None, None)
    points = (told["p50"], told["p95"], told["p99"])
    counts = (summary.n, summary.n_censored, str(summary.restricted).lower())
    return (summary.mean, low, high, *points, *counts)


def to_markdown(comparison: Any) -> str:
    """Return a bold sentence, a small table, and everything else folded away."""
    first, *rest = verdict(facts(comparison))
    parts = [
        f"**{_plain(first.text)}**",
        _table(comparison),
        *(f"- **{one.label}:** {_plain(one.text)}" for one in rest),
    ]
    folded = [
        _details("How the runs end", _shares(comparison)),
        _details("Who watched, and the way back", _watched(comparison)),
        _details("Paired differences", _differences(comparison)),
        _details("Where this comes from", _provenance(comparison)),
    ]
    text = "\n\n".join([*parts[:2], "\n".join(parts[2:]), *folded])
    return text.replace("\n\n\n\n", "\n\n") + "\n"


def _plain(text: str) -> str:
    """Return text that means nothing to Markdown or HTML."""
    for mark in "\\`*_|[]":
        text = text.replace(mark, f"\\{mark}")
    return html.escape(text, quote=False)


def _line(values: list[str]) -> str:
    return f"| {' | '.join(values)} |"


def _grid(header: list[str], body: list[list[str]]) -> str:
    rule = ["---"] * 2 + ["---:"] * (len(header) - 2)
    return "\n".join(_line(row) for row in [header, rule, *body])


def _table(comparison: Any) -> str:
    header = ["Strategy", "Ends as", *(column.title for column in COLUMNS)]
    body = []
    for name, result in comparison.strategies.items():
        told = [_cell(one) for one in cells(comparison, name)]
        body.append([_plain(name), "<br>".join(ends(result.release.outcomes)), *told])
    return _grid(header, body)


def _cell(one: Cell) -> str:
    first = " ".join(part for part in (one.mean, one.pm, one.share) if part)
    text = f"{first}<br>1 in 20: {one.bad_day}" if one.bad_day else first
    return text.replace("> ", "&gt; ")


def _details(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _shares(comparison: Any) -> str:
    """Return the shares of verdicts and outcomes with their Wilson intervals."""
    body = []
    for name, result in comparison.strategies.items():
        for known in (result.release.verdicts, result.release.outcomes):
            body += [
                [_plain(name), word.replace("_", " "), percent(one.share),
                 f"{percent(one.ci95[0])} to {percent(one.ci95[1])}"]
                for word, one in known.items() if one.share
            ]  # fmt: skip
    return _grid(["Strategy", "Verdict, outcome", "Share", "95 %"], body)


def _watched(comparison: Any) -> str:
    told = [f"- Release: {releases(comparison)}", f"- Watching: {watching(comparison)}"]
    if cut(comparison):
        told.append(f"- Cut: {cut(comparison)}")
    if way_back(comparison):
        told.append(f"- Way back: {way_back(comparison)}")
    return "\n".join([*told, *(f"- Warning: {line}" for line in weaknesses(comparison))])


def _differences(comparison: Any) -> str:
    """Return the paired differences of the table's metrics; the others are in the JSON."""
    shown = {column.metric: column.title for column in COLUMNS}
    body = [
        [shown[d.metric], f"{d.a} − {d.b}", *_gap(d), f"{d.n_pairs:,}",
         "–" if d.share_fewer is None else percent(d.share_fewer)]
        for d in comparison.differences if d.metric in shown
    ]  # fmt: skip
    return _grid(["Metric", "Difference", "Mean", "95 %", "Pairs", "First is less"], body)


def _gap(difference: Difference) -> tuple[str, str]:
    """Return a paired difference and its interval in words."""
    write = writer(difference.metric)
    mean = "–" if difference.mean is None else write(difference.mean)
    ci95 = difference.ci95
    return mean, "–" if ci95 is None else f"{write(ci95[0])} to {write(ci95[1])}"


def _provenance(comparison: Any) -> str:
    horizon = duration(comparison.scenario.horizon)
    return f"{_plain(comparison.scenario.name)}: {footer(comparison)}, each followed for {horizon}."


def to_html(comparison: Any) -> str:
    """Return the verdict and the table for a notebook."""
    header = "".join(f"<th>{html.escape(c)}</th>" for c in
                     ("Strategy", "Ends as", *(c.title for c in COLUMNS)))  # fmt: skip
    body = "".join(_html_row(comparison, name) for name in comparison.strategies)
    told = "".join(_html_sentence(one.label, one.text) for one in verdict(facts(comparison)))
    caption = html.escape(footer(comparison))
    return (f"<table><caption>{caption}</caption><thead><tr>{header}</tr></thead>"
            f"<tbody>{body}</tbody></table>{told}")  # fmt: skip


def _html_row(comparison: Any, name: str) -> str:
    outcomes = ends(comparison.strategies[name].release.outcomes)
    told = [", ".join(outcomes), *(_html_cell(one) for one in cells(comparison, name))]
    return f"<tr><th>{html.escape(name)}</th>{''.join(f'<td>{one}</td>' for one in told)}</tr>"


def _html_cell(one: Cell) -> str:
    first = html.escape(" ".join(part for part in (one.mean, one.pm, one.share) if part))
    return (
        f"{first}<br><small>1 in 20: {html.escape(one.bad_day)}</small>" if one.bad_day else first
    )


def _html_sentence(label: str, text: str) -> str:
    if not label:
        return f"<p><strong>{html.escape(text)}</strong></p>"
    return f"<p><strong>{label}:</strong> {html.escape(text)}</p>"


FORMATS: dict[str, Callable[[Any], str]] = {
    "json": to_json, "csv": to_csv, "markdown": to_markdown,
}  # fmt: skip
