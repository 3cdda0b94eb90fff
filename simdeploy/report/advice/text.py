"""The recommendation as text: the answer, tables, sentences, the article's table; in a width."""

from collections.abc import Sequence

from simdeploy.advice.recommendation import Recommendation
from simdeploy.report.advice.factors import factors
from simdeploy.report.advice.runbook import runbook
from simdeploy.report.advice.sentences import labels, verdict
from simdeploy.report.advice.tables import Table, by_kind, by_strategy
from simdeploy.report.advice.words import in_100
from simdeploy.report.answer.text import service_text, wrapped
from simdeploy.report.words import duration, listed, short_count

WIDTH = 100
LABEL = 12
GAPS = (2, 1)
BOLD, RESET = "\x1b[1m", "\x1b[0m"
#: Names of strategies and kinds are cut to so many characters in a table.
NAME = 26


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
    rows = [tuple(row) for row in table.rows]
    lines = [table.title] if table.title else []
    columns = list(range(1, len(table.headers)))
    first = True
    while columns:
        taken = _fitting(table, columns, width)
        lines += ([] if first else [""]) + _piece(table, rows, taken, width)
        columns, first = columns[len(taken) :], False
    return lines


def _widths(table: Table, columns: Sequence[int]) -> list[int]:
    return [
        max(len(text) for text in (*table.headers[c], *(row[c] for row in table.rows)))
        for c in columns
    ]


def _fitting(table: Table, columns: list[int], width: int) -> list[int]:
    """Return the first columns that fit, at least one."""
    left = width - _widths(table, [0])[0]
    taken: list[int] = []
    for column, size in zip(columns, _widths(table, columns), strict=True):
        left -= size + GAPS[-1]
        if taken and left < 0:
            break
        taken.append(column)
    return taken


def _piece(
    table: Table, rows: Sequence[tuple[str, ...]], columns: Sequence[int], width: int
) -> list[str]:
    names, *sizes = _widths(table, [0, *columns])
    gap = next((g for g in GAPS if names + sum(sizes) + g * len(sizes) <= width), GAPS[-1])
    heads = [["", *(table.headers[c][k] for c in columns)] for k in range(2)]
    body = [[row[0], *(row[c] for c in columns)] for row in rows]
    lines = []
    for cells in [*(head for head in heads if any(head)), *body]:
        rest = (f"{cell:>{size}}" for cell, size in zip(cells[1:], sizes, strict=True))
        lines.append((" " * gap).join([f"{cells[0]:<{names}}", *rest]).rstrip())
    return lines
