"""One run for machines and pages: JSON, CSV and Markdown.

A number that does not exist, or that was still open at the horizon, is null: JSON knows neither
NaN nor infinity. What was still open is named in ``censored``.
"""

import csv
import json
from io import StringIO
from math import isfinite, isinf
from typing import Any

from simdeploy.report.story.narration import clock_of, ending, lines
from simdeploy.results.timeline import Event, Timeline

COLUMNS = ("t", "kind", "task", "revision", "rule", "data")


def to_json(run: Any) -> str:
    """Return a run as JSON: its numbers, and its events with the rule behind each."""
    timeline: Timeline = getattr(run, "timeline", run)
    metrics = getattr(run, "metrics", None) or timeline.metrics
    document = {
        "scenario": timeline.scenario,
        "strategy": timeline.strategy,
        "seed": int(timeline.seed),
        "run": int(timeline.replication),
        "metrics": {name: plain(value) for name, value in metrics.items()},
        "censored": [name for name, value in metrics.items() if _endless(value)],
        "events": [event_of(event) for event in timeline.events],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)


def event_of(event: Event) -> dict[str, Any]:
    """Return an event as plain values; what belongs to no task has null there."""
    known = {
        "t": plain(event.t),
        "kind": event.kind,
        "task": int(event.task) if event.task >= 0 else None,
        "revision": event.revision or None,
        "rule": event.rule or None,
    }
    extra = {name: plain(value) for name, value in event.data.items() if name not in known}
    return known | extra


def plain(value: Any) -> Any:
    """Return a value that JSON has: numbers of numpy as Python's, NaN and infinities as null."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    number = float(value)
    return number if isfinite(number) else None


def _endless(value: Any) -> bool:
    return not isinstance(value, (str, bool, type(None))) and isinf(float(value))


def to_csv(run: Any) -> str:
    """Return the events of a run as CSV; what only some events have is JSON in ``data``."""
    timeline: Timeline = getattr(run, "timeline", run)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for event in timeline.events:
        fields = event_of(event)
        known = [fields.pop(name) for name in COLUMNS[:-1]]
        writer.writerow([*known, json.dumps(fields, ensure_ascii=False) if fields else ""])
    return text.getvalue()


def to_markdown(run: Any, scenario: Any = None, *, why: bool = False) -> str:
    """Return the story of a run as a Markdown table below its last line."""
    timeline: Timeline = getattr(run, "timeline", run)
    head = f"**{timeline.strategy}, run {timeline.replication}:** {ending(run, scenario)}"
    columns = ["time", "what happens", *(["why"] if why else [])]
    rows = [columns, ["---"] * len(columns)]
    rows += [
        [clock_of(line), line.text, *(["<br>".join(line.reasons)] if why else [])]
        for line in lines(run, scenario, why=why)
    ]
    table = ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    return "\n".join([head, "", *table])
