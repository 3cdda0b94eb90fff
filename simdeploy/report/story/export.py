"""One run as JSON, CSV and Markdown.

A number that is undefined, or was still open at the horizon, is null: JSON has neither NaN nor
infinity. ``censored`` names the numbers that were still open.
"""

import json
from html import escape
from math import isfinite, isinf
from typing import Any

from simdeploy.aws_facts import FACTS
from simdeploy.report.documents import csv_text, escape_pipes, html_table, markdown_table
from simdeploy.report.story.narration import ending, line_clock, lines
from simdeploy.results.timeline import Event, Timeline
from simdeploy.scenario.model import Scenario

COLUMNS = ("t", "kind", "task", "revision", "rule", "data")


def to_json(timeline: Timeline) -> str:
    """Return a run as JSON: its metrics, and its events with the rule behind each."""
    return json.dumps(run_fields(timeline), indent=1, ensure_ascii=False, allow_nan=False)


def run_fields(timeline: Timeline) -> dict[str, Any]:
    """Return a run as plain values, as its JSON has them."""
    metrics = timeline.metrics
    return {
        "scenario": timeline.scenario,
        "strategy": timeline.strategy,
        "seed": int(timeline.seed),
        "run": int(timeline.replication),
        "metrics": {name: plain(value) for name, value in metrics.items()},
        "censored": [n for n, v in metrics.items() if isinstance(v, float) and isinf(v)],
        "events": [event_fields(event) for event in timeline.events],
    }


def event_fields(event: Event) -> dict[str, Any]:
    """Return an event as plain values; ``task`` is null where it concerns none."""
    fields = {
        "t": plain(event.t),
        "kind": event.kind,
        "task": int(event.task) if event.task >= 0 else None,
        "revision": event.revision or None,
        "rule": event.rule or None,
    }
    extra = {name: plain(value) for name, value in event.data.items() if name not in fields}
    return fields | extra


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: NumPy numbers as Python's, NaN and infinities as null."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    number = float(value)
    return number if isfinite(number) else None


def to_csv(timeline: Timeline) -> str:
    """Return the events of a run as CSV; fields of some kinds only are JSON in ``data``."""
    rows = []
    for event in timeline.events:
        fields = event_fields(event)
        common = [fields.pop(name) for name in COLUMNS[:-1]]
        rows.append([*common, json.dumps(fields, ensure_ascii=False) if fields else ""])
    return csv_text(COLUMNS, rows)


def to_markdown(timeline: Timeline, scenario: Scenario | None = None, *, why: bool = False) -> str:
    """Return the story of a run as a Markdown table below its last line.

    With ``why`` a column names the rules behind each line and links their AWS pages.
    """
    head = f"**{timeline.strategy}, run {timeline.replication}:** {ending(timeline, scenario)}"
    columns = ["time", "what happens", *(["why"] if why else [])]
    rows = [
        [line_clock(line), line.text, *([", ".join(map(linked, line.rules))] if why else [])]
        for line in lines(timeline, scenario, minor=why)
    ]
    table = markdown_table(columns, [list(map(escape_pipes, row)) for row in rows])
    return f"{head}\n\n{table}"


def to_html(timeline: Timeline, scenario: Scenario | None = None) -> str:
    """Return the story of a run as HTML: how it ends, in bold, and the lines as a table."""
    run = f"{timeline.strategy}, run {timeline.replication}, seed {timeline.seed}"
    rows = [[line_clock(line).strip(), escape(line.text)] for line in lines(timeline, scenario)]
    table = html_table(["time", "what happens"], rows, f"{timeline.scenario}: {run}")
    return f"<p><strong>{escape(ending(timeline, scenario))}</strong></p>{table}"


def linked(rule: str) -> str:
    """Return the id of a rule, as a link to its AWS page."""
    fact = FACTS.get(rule)
    return f"[{rule}]({fact.page})" if fact else rule
