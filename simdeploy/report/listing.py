"""The gallery as a list: scenarios by the question that each asks."""

import csv
import json
from io import StringIO
from typing import NamedTuple

from simdeploy.scenario import builtin_scenarios, load_scenario
from simdeploy.scenario.gallery import by_question


class Entry(NamedTuple):
    """One scenario of the gallery: the question that it asks, its name and its title."""

    question: str
    name: str
    title: str


def entries() -> list[Entry]:
    """Return the gallery in the order of its questions."""
    asked = by_question(builtin_scenarios())
    return [
        Entry(question, name, load_scenario(name).title or "")
        for question, names in asked.items()
        for name in names
    ]


def listing(form: str = "table") -> str:
    """Return the gallery as ``table``, ``json``, ``csv`` or ``markdown``."""
    return {"json": _json, "csv": _csv, "markdown": _markdown}.get(form, _table)(entries())


def _table(gallery: list[Entry]) -> str:
    """Return a block per question: names and titles."""
    wide = max((len(one.name) for one in gallery), default=0)
    lines: list[str] = []
    for index, one in enumerate(gallery):
        if index == 0 or gallery[index - 1].question != one.question:
            lines += [*([""] if index else []), one.question]
        lines.append(f"  {one.name:<{wide}}  {one.title}".rstrip())
    return "\n".join(lines)


def _json(gallery: list[Entry]) -> str:
    told = [{"name": one.name, "question": one.question, "title": one.title} for one in gallery]
    return json.dumps(told, indent=2, ensure_ascii=False)


def _csv(gallery: list[Entry]) -> str:
    out = StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(Entry._fields)
    write.writerows(gallery)
    return out.getvalue()


def _markdown(gallery: list[Entry]) -> str:
    rows = [[name.capitalize() for name in Entry._fields], ["---"] * len(Entry._fields)]
    rows += [[cell.replace("|", "\\|") for cell in one] for one in gallery]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
