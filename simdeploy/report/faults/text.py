"""Many faults as text: verdict, matrix, what the rows mean, within a width.

Where the matrix is wider than the terminal, cells stand on two lines; where it still is, the
strategies stand in blocks one below the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simdeploy.advice.fault_matrix import FaultMatrix
from simdeploy.advice.fault_rows import title
from simdeploy.report.answer.text import (
    BOLD,
    DIM,
    Style,
    heading,
    name_lines,
    plain_or_colored,
    wrapped,
)
from simdeploy.report.faults.cells import NEVER, STUCK, UNDONE, Cell, Line, lines
from simdeploy.report.faults.sentences import of_row, overall
from simdeploy.report.words import duration, grouped, listed, short_count

WIDTH = 100
#: Blanks between strategies, fewer where the terminal is too narrow.
GAPS = ("  ", " ")
#: Rows are indented below the heading that says what their second number is.
INDENT = "  "
BAD, GOOD = "a bad release: decided after", "a good release: live after"


@dataclass(frozen=True)
class Made:
    """All that a matrix says, for every format."""

    verdict: tuple[str, ...]
    strategies: tuple[str, ...]
    lines: tuple[Line, ...]
    #: Per line, its verdict and what the row is.
    rows: tuple[tuple[str, str], ...]
    legend: tuple[str, ...]
    footer: str


def made(matrix: FaultMatrix) -> Made:
    """Return what a matrix says: a function of its comparisons alone."""
    found = lines(matrix)
    rows = tuple((of_row(line, matrix.standing), _about(line, matrix)) for line in found)
    n, k = len(found), len(matrix.strategies)
    size = f"{n} row{'' if n == 1 else 's'} × {k} strateg{'y' if k == 1 else 'ies'}"
    return Made(
        tuple(overall(matrix.standing, found)),
        matrix.strategies,
        found,
        rows,
        tuple(_legend(matrix, found)),
        f"{size} × {matrix.runs:,} run{'' if matrix.runs == 1 else 's'} · seed {matrix.seed}",
    )


def _about(line: Line, matrix: FaultMatrix) -> str:
    needs = title(line.row, matrix.scenario).removeprefix(line.row.name).strip(" ()")
    return " ".join(filter(None, [line.row.about, f"It {needs}." if needs else ""]))


def _legend(matrix: FaultMatrix, found: Sequence[Line]) -> Iterator[str]:
    cells = [cell for line in found for cell in line.cells]
    after = dict.fromkeys(cell.after for cell in cells)
    share = next((text for text in after if text.endswith("%")), "")
    anyway = max(line.facts.failing_anyway for line in found)
    parts = {
        "in a cell: failed requests on average; when it is decided to go back, or all traffic is "
        "on a good release, after the command": True,
        f"failed: beyond what fails anyway, up to {short_count(anyway)}": anyway >= 0.5,
        "✓ best, or about level with the best": any(c.mark == "✓" for c in cells),
        "✗ does not ship a good release": any(c.mark == "✗" for c in cells),
        f"never: not within {_until(found)}": NEVER in after,
        "undone: the good release is taken back": UNDONE in after,
        "stuck: it can neither go on nor back": STUCK in after,
        f"{share}: in so many of the runs only": bool(share),
        f"0: in none of {matrix.runs:,} runs": any(c.failed == "0" for c in cells),
    }
    yield from (text for text, applies in parts.items() if applies)


def _until(found: Sequence[Line]) -> str:
    """Return the horizon of the rows with a ``never``; where they differ, by rows."""
    rows = [line for line in found if any(cell.after == NEVER for cell in line.cells)]
    if not rows:
        return ""
    by_time = grouped((line.words, line.facts.scenario.horizon) for line in rows)
    first, *others = sorted(by_time, key=lambda time: -len(by_time[time]))
    more = ", ".join(f"{listed(by_time[time])} {duration(time)}" for time in others)
    return f"{duration(first)} ({more})" if more else duration(first)


def render_faults(
    matrix: FaultMatrix,
    *,
    width: int | None = None,
    is_terminal: bool = False,
    elapsed: float | None = None,
    source: str | None = None,
) -> str:
    """Return a matrix as text.

    Parameters
    ----------
    width
        Characters in a line; 100 by default.
    is_terminal
        Whether to add color, the time that the runs took, and a command to try next.
    elapsed
        Seconds that the runs took.
    source
        The scenario's name on the command line, for the command to try next.
    """
    width = width or WIDTH
    found, style = made(matrix), plain_or_colored(is_terminal)
    text = [
        *heading("What may be wrong with a release", matrix.scenario, width, style),
        "",
        *(style(BOLD, line) for line in wrapped(" ".join(found.verdict), width)),
        "",
        *_matrix(found, width, style),
        *(style(DIM, line) for line in wrapped(" · ".join(found.legend), width, INDENT)),
        "",
        *_meanings(found, width, style),
    ]
    if is_terminal and source:
        text.append(f"Next       simdeploy compare {source} --faults list > faults.yaml")
    spent = f" in {duration(elapsed)}" if is_terminal and elapsed is not None else ""
    size, _, seed = found.footer.rpartition(" · ")
    return "\n".join([*text, style(DIM, f"{size}{spent} · {seed}")]) + "\n"


class _Column(NamedTuple):
    """A strategy of the matrix: its header's lines, its cells, the widths of both numbers."""

    header: list[str]
    cells: tuple[Cell, ...]
    failed: int
    after: int

    def width(self, *, two_lines: bool) -> int:
        """Return the width, with the mark."""
        own = max(self.failed, self.after) if two_lines else self.failed + 1 + self.after
        return max(1 + own, *(len(line) for line in self.header))


def _columns(found: Made) -> list[_Column]:
    columns = []
    for i, name in enumerate(found.strategies):
        cells = tuple(line.cells[i] for line in found.lines)
        widths = (max(len(c.failed) for c in cells), max(len(c.after) for c in cells))
        columns.append(_Column(name_lines(name), cells, *widths))
    return columns


class _Shape(NamedTuple):
    """How the matrix is laid out: the width of the rows' names, lines per cell, gap."""

    names: int
    two_lines: bool
    gap: str

    def total(self, columns: Sequence[_Column]) -> int:
        """Return the width of some strategies behind the rows' names."""
        widths = [column.width(two_lines=self.two_lines) for column in columns]
        return self.names + sum(widths) + len(self.gap) * len(widths)

    def joined(self, name: str, parts: Sequence[str]) -> str:
        """Return a line of the matrix."""
        return self.gap.join([f"{name:<{self.names}}", *parts]).rstrip()


def _matrix(found: Made, width: int, style: Style) -> Iterator[str]:
    """Yield the matrix: in one piece, on two lines per cell, or in blocks."""
    names = max(len(INDENT + line.row.name) for line in found.lines)
    columns = _columns(found)
    shapes = [_Shape(names, two_lines, gap) for two_lines in (False, True) for gap in GAPS]
    shape = next((each for each in shapes if each.total(columns) <= width), shapes[-1])
    for k, piece in enumerate(_fitting(shape, columns, width)):
        if k:
            yield ""
        yield from _piece(found, shape, piece, style)


def _fitting(shape: _Shape, columns: Sequence[_Column], width: int) -> list[list[_Column]]:
    """Cut the strategies into pieces that fit a width, each of at least one."""
    pieces: list[list[_Column]] = [[]]
    for column in columns:
        if pieces[-1] and shape.total([*pieces[-1], column]) > width:
            pieces.append([])
        pieces[-1].append(column)
    return pieces


def _piece(found: Made, shape: _Shape, columns: Sequence[_Column], style: Style) -> Iterator[str]:
    """Yield some strategies of the matrix, with the rows' names before them."""
    widths = [column.width(two_lines=shape.two_lines) for column in columns]
    height = max(len(column.header) for column in columns)
    heads = [[""] * (height - len(c.header)) + c.header for c in columns]
    for k in range(height):
        parts = [head[k].rjust(width) for head, width in zip(heads, widths, strict=True)]
        yield style(BOLD, shape.joined("", parts))
    last = ""
    for i, line in enumerate(found.lines):
        block = GOOD if line.row.is_good else BAD
        if block != last:
            yield style(DIM, block)
        last = block
        pairs = zip(columns, widths, strict=True)
        cells = [_cell(c, i, width, style, two_lines=shape.two_lines) for c, width in pairs]
        yield shape.joined(INDENT + line.row.name, [first for first, _ in cells])
        if shape.two_lines:
            yield shape.joined("", [second for _, second in cells])


def _cell(
    column: _Column, row: int, width: int, style: Style, *, two_lines: bool
) -> tuple[str, str]:
    """Return a cell in two parts, the second empty where it stands on one line."""
    cell = column.cells[row]
    if two_lines:
        first, second = f"{cell.failed:>{width - 1}}", f"{cell.after:>{width}}"
    else:
        own = f"{cell.failed} {cell.after:>{column.after}}"
        first, second = f"{own:>{width - 1}}", ""
    blank = len(first) - len(first.lstrip())
    text = f"{' ' * blank}{cell.mark or ' '}{first.lstrip()}"
    return (style(BOLD, text), style(BOLD, second)) if cell.mark == "✓" else (text, second)


def _meanings(found: Made, width: int, style: Style) -> Iterator[str]:
    """Yield what each row means: what it is, and the verdict on it."""
    names = max(len(line.row.name) for line in found.lines) + 2
    for line, (says, about) in zip(found.lines, found.rows, strict=True):
        text = wrapped(f"{about} {says}".strip(), width, " " * names, f"{line.row.name:<{names}}")
        yield style(BOLD, text[0][:names]) + text[0][names:]
        yield from text[1:]
