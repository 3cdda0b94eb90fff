"""The answer to a change: before → after for each strategy, as an answer of the usual form."""

from collections.abc import Iterator

from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.facts import Facts
from simdeploy.report.answer.model import Answer, Cell, Column, Row
from simdeploy.report.answer.table import GOOD_BLOCK, Table
from simdeploy.report.answer.wording import KINDS
from simdeploy.report.change.sentences import labels, verdict
from simdeploy.report.change.settings import changed
from simdeploy.results.change import DECIDED, DONE_AFTER, Change
from simdeploy.results.ranking import COST, HARM, LIVE_AFTER

#: The quantity that a column of the table shows.
QUANTITIES = {"decided_after": DECIDED, "live_after": LIVE_AFTER, "done_after": DONE_AFTER,
              "extra_cost": COST}  # fmt: skip
#: Kinds of harm that have a column.
MOST = 2
TO, ABOUT = " → ", " ≈ "


def answer(change: Change) -> Answer:
    """Return the answer: a pure function of both comparisons."""
    before, after = (facts(side, from_failure=False) for side in (change.before, change.after))
    tables = Table(before), Table(after)
    columns = tuple(_columns(change, before, after, tables))
    order = {s.name: k for k, s in enumerate(after.rows)}
    rows = [_row(change, name, columns, tables) for name in change.strategies]
    n = len(rows)
    runs = f"{change.after.runs:,} run{'' if change.after.runs == 1 else 's'}"
    settings = changed(change.before.scenario, change.after.scenario, change.strategies)
    return Answer(
        tuple(verdict(change)),
        columns,
        tuple(sorted(rows, key=lambda row: order[row.name])),
        tuple(_legend(after, rows)),
        (),
        tuple(labels(change, settings, after)),
        f"{runs} × {n} strateg{'y' if n == 1 else 'ies'} × 2 · seed {change.after.seed}",
    )


def _columns(
    change: Change, before: Facts, after: Facts, tables: tuple[Table, Table]
) -> Iterator[Column]:
    """Yield the columns: harm, how it ends where that differs, then a good release."""
    bad = before.bad or after.bad
    block = "" if not bad else "this release" if after.works else "this bad release"
    sides = [s for known in (before, after) for s in known.rows]
    ranked = [s for known in (before, after) for s in known.ranked] or sides
    there = [m for m in change.quantities if m in HARM and any(s.mean(m) >= 0.5 for s in ranked)]
    harm = list(dict.fromkeys([HARM[0], *there]))
    for metric in harm[:MOST]:
        head, _, rest = KINDS[metric].header.rpartition(" ")
        yield Column(block, (head, rest), metric)
    ends = Column(block, ("ends", ""), "ends")
    if bad and any(len(set(_texts(name, ends, tables))) > 1 for name in change.strategies):
        yield ends
    if bad:
        yield Column(block, ("decided", "after"), "decided_after")
    if all(s.good for s in sides):
        yield from (Column("a good release" if bad else "", header, m) for m, header in GOOD_BLOCK)


def _texts(name: str, column: Column, tables: tuple[Table, Table]) -> list[str]:
    """Return what the column says of a strategy, before and after."""
    return [table.cell(table.facts.strategies[name], column).text for table in tables]


def _row(
    change: Change, name: str, columns: tuple[Column, ...], tables: tuple[Table, Table]
) -> Row:
    ranking = change.after.ranking
    mark = "✓" if name in ranking.winners else ""
    mark = "✗" if name in ranking.left_out else mark
    cells = tuple(Cell(_joined(change, name, column, tables)) for column in columns)
    return Row(name, mark, cells)


def _joined(change: Change, name: str, column: Column, tables: tuple[Table, Table]) -> str:
    """Return both numbers, once if they read the same; ``≈`` between those about level."""
    was, now = _texts(name, column, tables)
    if was == now:
        return now
    quantity = QUANTITIES.get(column.metric, column.metric)
    step = next((s for s in change.steps if (s.quantity, s.strategy) == (quantity, name)), None)
    level = step is not None and step.difference is not None and step.sign == 0
    return f"{was}{ABOUT if level else TO}{now}"


def _legend(after: Facts, rows: list[Row]) -> Iterator[str]:
    texts = [cell.text for row in rows for cell in row.cells]
    marks = {row.mark for row in rows}
    parts = {
        f"before → after: means of {after.runs:,} runs on the same luck": after.runs > 1,
        "≈ about level": any(ABOUT in text for text in texts),
        "one number: no change": any(text[:1].isdigit() and TO not in text for text in texts),
        "✓ best after the change": "✓" in marks,
        "✗ does not ship a good release after it": "✗" in marks,
        "live: all traffic is on the new version; times: after the command": True,
    }
    yield from (text for text, applies in parts.items() if applies)
