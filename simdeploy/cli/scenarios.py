"""The command ``simdeploy scenarios``: the gallery by the question that each scenario asks."""

import json
from typing import NamedTuple

from simdeploy.cli.options import Format
from simdeploy.cli.terminal import emit


class Entry(NamedTuple):
    """One scenario of the gallery: the question that it asks, its name and its title."""

    question: str
    name: str
    title: str


def scenarios(format_: Format = "table") -> None:
    """List the gallery of scenarios, by the question each asks."""
    emit(render_gallery(gallery(), format_))


def gallery() -> list[Entry]:
    """Return the gallery in the order of its questions."""
    from simdeploy.scenario import builtin_scenarios, load_scenario  # noqa: PLC0415
    from simdeploy.scenario.gallery import by_question  # noqa: PLC0415

    return [
        Entry(question, name, load_scenario(name).title or "")
        for question, names in by_question(builtin_scenarios()).items()
        for name in names
    ]


def render_gallery(entries: list[Entry], format_: str) -> str:
    """Return scenarios as ``table``, ``json``, ``csv`` or ``markdown``."""
    from simdeploy.report.documents import csv_text, escape_pipes, markdown_table  # noqa: PLC0415

    if format_ == "json":
        fields = [{"name": e.name, "question": e.question, "title": e.title} for e in entries]
        return json.dumps(fields, indent=2, ensure_ascii=False)
    if format_ == "csv":
        return csv_text(Entry._fields, entries)
    if format_ == "markdown":
        header = [name.capitalize() for name in Entry._fields]
        return markdown_table(header, [list(map(escape_pipes, entry)) for entry in entries])
    return _table(entries)


def _table(entries: list[Entry]) -> str:
    """Return a block per question: names and titles."""
    width = max((len(entry.name) for entry in entries), default=0)
    lines: list[str] = []
    for index, entry in enumerate(entries):
        if index == 0 or entries[index - 1].question != entry.question:
            lines += [*([""] if index else []), entry.question]
        lines.append(f"  {entry.name:<{width}}  {entry.title}".rstrip())
    return "\n".join(lines)
