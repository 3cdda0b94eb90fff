"""A recommendation as JSON, tidy CSV, Markdown and HTML."""

import html
import json
from itertools import combinations
from typing import Any

from simdeploy.advice.expected import GOOD, Crossing, Estimate
from simdeploy.advice.recommendation import Recommendation
from simdeploy.errors import SimdeployError
from simdeploy.report import documents as doc
from simdeploy.report.advice.factors import factors
from simdeploy.report.advice.runbook import Page, runbook
from simdeploy.report.advice.sentences import labels, verdict
from simdeploy.report.advice.tables import Table, by_kind, by_strategy, part_sums
from simdeploy.report.advice.text import footer, heading
from simdeploy.report.answer.model import Sentence
from simdeploy.report.words import listed

FORMATS = ("json", "csv", "markdown")
HEADS = ("factor", "here", "speaks for")
FIELDS = ("strategy", "kind", "likelihood", "failed", "other", "hours", "compute", "fixed", "cost")


def export(made: Recommendation, form: str) -> str:
    """Return a recommendation as ``json``, ``csv`` or ``markdown``; equal inputs, equal bytes."""
    if form not in FORMATS:
        raise SimdeployError(f"format: unknown; got {form!r}; known: {', '.join(FORMATS)}")
    return {"json": to_json, "csv": to_csv, "markdown": to_markdown}[form](made)


def to_dict(made: Recommendation) -> dict[str, Any]:
    """Return all numbers and sentences as plain values; amounts are USD."""
    costs = made.costs
    return {
        "scenario": made.good.scenario.name,
        "runs": made.good.runs,
        "seed": made.good.seed,
        "horizon_s": made.good.scenario.horizon,
        "mix": costs.mix.model_dump(mode="json"),
        "assumed": sorted(made.advice.assumed),
        "strategies": {name: _strategy(made, name) for name in made.ordered},
        "differences": [
            {"a": a, "b": b, **_estimate(costs.gap(a, b)), "level": costs.level(a, b)}
            for a, b in combinations(made.ordered, 2)
        ],
        "answer": _answer(made),
        "factors": [factor._asdict() for factor in factors(made)],
        "runbook": [_page(page) for page in runbook(made)],
    }


def _page(page: Page) -> dict[str, Any]:
    return page._asdict() | {"commands": [command._asdict() for command in page.commands]}


def _strategy(made: Recommendation, name: str) -> dict[str, Any]:
    costs = made.costs
    good, bad = costs.good_and_bad(name)
    kinds = [kind for kind in (GOOD, *costs.kinds) if costs.likelihood(kind)]
    return {
        "ships": made.ships[name],
        "per_month": _estimate(costs.month(name)),
        "parts_per_month": part_sums(made)[name],
        "good_release": good,
        "bad_release": bad if costs.bad else None,
        "kinds": {
            kind: {
                "title": made.titles.get(kind, kind),
                "likelihood": costs.likelihood(kind),
                "per_release": costs.mean(name, kind),
                "parts_per_release": costs.parts(name, kind)._asdict(),
                "open": costs.open_share(name, kind),
                "at_least": costs.is_at_least(name, kind),
            }
            for kind in kinds
        },
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"mean": estimate.mean, "ci95": list(estimate.ci95) if estimate.ci95 else None}


def _crossing(crossing: Crossing) -> dict[str, Any]:
    return crossing._asdict()


def _answer(made: Recommendation) -> dict[str, Any]:
    pairs = [pair for pair in (made.rivals, made.sides) if pair]
    return {
        "winner": made.winner or None,
        "no_winner": made.no_winner or None,
        "ranked": made.ranked,
        "level": made.level,
        "left_out": {n: out._asdict() for n, out in made.good.ranking.left_out.items()},
        "measure_first": _crossing(made.doubts[0]) if made.doubts else None,
        "doubts": [_crossing(c) for c in made.doubts],
        "beyond_horizon": made.beyond,
        "break_even": [pair._asdict() for pair in made.pairs],
        "thresholds": [
            {"a": a, "b": b, **_crossing(c)} for a, b in pairs for c in made.thresholds(a, b)
        ],
        "verdict": verdict(made),
        "sentences": [sentence._asdict() for sentence in labels(made)],
    }


def to_json(made: Recommendation) -> str:
    """Return all numbers and sentences as JSON, without NaN or infinity."""
    return json.dumps(to_dict(made), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def to_csv(made: Recommendation) -> str:
    """Return a row per strategy and kind of release: likelihood, parts of the cost, USD a month."""
    return doc.csv_text(FIELDS, ([row[field] for field in FIELDS] for row in made.rows()))


def to_markdown(made: Recommendation) -> str:
    """Return the answer in bold, the table, and the rest folded."""
    kinds = by_kind(made)
    parts = [
        f"**{doc.escape_markdown(' '.join(verdict(made)))}**",
        doc.escape_markdown(heading(made)),
        _markdown(by_strategy(made)),
        *(_folded(sentence) for sentence in labels(made)),
        doc.folded(kinds.title, _markdown(kinds)),
        *_factor_table(made),
        *(doc.folded(*_page_markdown(page)) for page in runbook(made)),
        doc.escape_markdown(footer(made, None)),
    ]
    return "\n\n".join(parts) + "\n"


def _factor_table(made: Recommendation) -> list[str]:
    rows = [[doc.escape_markdown(cell) for cell in factor] for factor in factors(made)]
    title = "Rolling or blue-green, factor by factor"
    return [doc.folded(title, doc.markdown_table(HEADS, rows))] if rows else []


def _page_markdown(page: Page) -> tuple[str, str]:
    """Return title and text of a page of the runbook."""
    title = doc.escape_markdown(f"To take a release back: {listed(page.strategies)}")
    told = (("Signal", page.signal), ("Decides", page.decides), ("Takes", page.back))
    parts = [f"**{label}** {doc.escape_markdown(text)}" for label, text in told if text]
    parts += [f"{command.phase}:\n\n```sh\n{command.line}\n```" for command in page.commands]
    return title, "\n\n".join([*parts, f"**Broken** {doc.escape_markdown(page.broken)}"])


def _folded(sentence: Sentence) -> str:
    return doc.folded(doc.escape_markdown(sentence.label), doc.escape_markdown(sentence.text))


def _markdown(table: Table) -> str:
    heads = [doc.escape_markdown(head) for head in _heads(table)]
    rows = ([doc.escape_markdown(cell.strip()) for cell in row] for row in table.rows)
    return doc.markdown_table(heads, rows, ["---", *["---:"] * (len(heads) - 1)])


def _heads(table: Table) -> list[str]:
    return [" ".join(part for part in head if part) for head in table.headers]


def to_html(made: Recommendation) -> str:
    """Return the answer, the tables and the sentences as HTML."""
    tables = [
        doc.html_table(
            _heads(table), [[html.escape(cell) for cell in row] for row in table.rows], table.title
        )
        for table in (by_strategy(made), by_kind(made))
    ]
    return "".join(
        [
            f"<p><strong>{html.escape(' '.join(verdict(made)))}</strong></p>",
            doc.html_paragraph("", heading(made)),
            *tables,
            *(doc.html_paragraph(label, text) for label, text in labels(made)),
            doc.html_paragraph("", footer(made, None)),
        ]
    )
