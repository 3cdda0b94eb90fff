"""The recommendation as text: the answer, tables, sentences, the article's table; in a width."""

from collections.abc import Sequence
from typing import NamedTuple

from simdeploy.advice.recommendation import Recommendation
from simdeploy.report.advice.factors import factors
from simdeploy.report.advice.runbook import runbook
from simdeploy.report.advice.sentences import labels, verdict
from simdeploy.report.advice.tables import Table, by_kind, by_strategy
from simdeploy.report.advice.words import in_100
from simdeploy.report.answer.text import name_lines, service_text, wrapped
from simdeploy.report.words import duration, listed, short_count

WIDTH = 100
LABEL = 12
GAPS = (2, 1)
BOLD, RESET = "\x1b[1m", "\x1b[0m"
#: What may stand before a strategy's name.
MARKS = "✓✗ "


def render_recommendation(
    made: Recommendation,
    *,
    width: int | None = None,
    is_terminal: bool = False,
    elapsed: float | None = None,
    with_runbook: bool = False,
) -> str:
    """Return a recommendation as text.

    Parameters
    ----------
    width
        Characters in a line; 100 by default.
    is_terminal
        Whether to add emphasis and the time that the runs took.
    elapsed
        Seconds that the runs took; shown on a terminal only, so that other output is reproducible.
    with_runbook
        Whether to add what to do when a release has to go back.
    """
    width = width or WIDTH
    bold = (lambda text: f"{BOLD}{text}{RESET}") if is_terminal else str
    lines = [
        *map(bold, wrapped(" ".join(verdict(made)), width)),
        "",
        *wrapped(heading(made), width),
        "",
        *table_lines(by_strategy(made), width),
        "",
        *table_lines(by_kind(made), width),
        "",
    ]
    for label, text in labels(made):
        lines += wrapped(text, width, " " * LABEL, f"{label:<{LABEL}}")
    lines += _factor_lines(made, width)
    if with_runbook:
        lines += _runbook_lines(made, width)
    return "\n".join([*lines, footer(made, elapsed if is_terminal else None)]) + "\n"


def _factor_lines(made: Recommendation, width: int) -> list[str]:
    """Return the article's table: factor, what it speaks for, what it is here."""
    rows = factors(made)
    if not rows:
        return []
    sides = " against ".join(made.sides or ())
    lines = ["", *wrapped(f"Rolling or blue-green, factor by factor ({sides})", width)]
    for row in rows:
        first = f"{row.name:<{LABEL}}{row.speaks_for:<{LABEL}}"
        lines += wrapped(row.here, width, " " * (2 * LABEL), first)
    return [*lines, ""]


def _runbook_lines(made: Recommendation, width: int) -> list[str]:
    """Return the runbook; a command stays on one line, to be copied."""
    lines: list[str] = []
    for page in runbook(made):
        title = f"To take a release back: {listed(page.strategies)}"
        told = {"Signal": page.signal, "Decides": page.decides, "Takes": page.back}
        lines += [*wrapped(title, width)]
        for label, text in told.items():
            lines += wrapped(text, width, " " * LABEL, f"{label:<{LABEL}}") if text else []
        for command in page.commands:
            lines += [f"{'Command':<{LABEL}}{command.phase}:", f"  {command.line}"]
        lines += [*wrapped(page.broken, width, " " * LABEL, f"{'Broken':<{LABEL}}"), ""]
    return lines


def heading(made: Recommendation) -> str:
    """Return the service, and how it is released."""
    times = short_count(made.costs.mix.releases_per_month)
    bad = in_100(made.costs.bad)
    return f"{service_text(made.good.scenario)} · {times} releases a month, {bad} bad"


def footer(made: Recommendation, elapsed: float | None) -> str:
    """Return how much was played."""
    kinds = len([k for k in made.costs.kinds if made.costs.likelihood(k)]) + 1
    took = "" if elapsed is None else f" in {duration(elapsed)}"
    runs = f"{made.good.runs:,} runs × {kinds} kinds of release × {len(made.ordered)} strategies"
    return f"{runs}{took} · seed {made.good.seed}"


def table_lines(table: Table, width: int) -> list[str]:
    """Return a table as lines; columns that do not fit stand below the others."""
    lines = [table.title] if table.title else []
    columns = [_column(table, place) for place in range(len(table.headers))]
    left, first = columns[1:], True
    while left:
        taken = _fitting(columns[0], left, width)
        lines += ([] if first else [""]) + _piece([columns[0], *taken], width)
        left, first = left[len(taken) :], False
    return lines


class _Column(NamedTuple):
    """A column: its header and its cells, each in lines."""

    head: list[str]
    cells: list[list[str]]

    @property
    def width(self) -> int:
        """The longest line."""
        return max(len(line) for lines in (self.head, *self.cells) for line in lines)


def _column(table: Table, place: int) -> _Column:
    """Return a column; long names are broken, in headers and in the first column."""
    *above, last = table.headers[place]
    head = [*above, *name_lines(last)] if last else [*above, ""]
    cells = [row[place] for row in table.rows]
    return _Column(head, [_named(cell) if place == 0 else [cell] for cell in cells])


def _named(name: str) -> list[str]:
    """Return the name of a row in lines; the mark of a strategy stands before the first."""
    mark = name[:2] if name[:1] in MARKS and name[1:2] == " " else ""
    first, *more = name_lines(name.removeprefix(mark))
    return [f"{mark}{first}", *(f"{' ' * len(mark)}{line}" for line in more)]


def _fitting(names: _Column, columns: Sequence[_Column], width: int) -> list[_Column]:
    """Return the first columns that fit beside the names, at least one."""
    left = width - names.width
    taken: list[_Column] = []
    for column in columns:
        left -= column.width + GAPS[-1]
        if taken and left < 0:
            break
        taken.append(column)
    return taken


def _piece(columns: Sequence[_Column], width: int) -> list[str]:
    """Return columns as lines: names to the left, all else to the right."""
    sizes = [column.width for column in columns]
    total = sum(sizes)
    gap = next((g for g in GAPS if total + g * (len(sizes) - 1) <= width), GAPS[-1])
    high = max(len(column.head) for column in columns)
    heads = [[""] * (high - len(column.head)) + column.head for column in columns]
    lines = [list(texts) for texts in zip(*heads, strict=True) if any(texts)]
    for cells in zip(*(column.cells for column in columns), strict=True):
        deep = max(map(len, cells))
        padded = [cell + [""] * (deep - len(cell)) for cell in cells]
        lines += [list(texts) for texts in zip(*padded, strict=True)]
    return [_line(texts, sizes, gap) for texts in lines]


def _line(texts: Sequence[str], sizes: Sequence[int], gap: int) -> str:
    first, *rest = (f"{text:>{size}}" for text, size in zip(texts, sizes, strict=True))
    return (" " * gap).join([f"{texts[0]:<{len(first)}}", *rest]).rstrip()
