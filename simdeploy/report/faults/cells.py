"""The cells of a matrix of faults, in words."""

from typing import NamedTuple

from simdeploy.advice.fault_matrix import FaultMatrix, Numbers
from simdeploy.advice.fault_rows import FaultRow
from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.facts import Facts, StrategyFacts
from simdeploy.report.answer.table import ALL, NONE
from simdeploy.report.words import duration, percent, short_count

#: Why a good release is not live, in the words of a cell: taken back, stuck, not yet.
NOT_LIVE = {"good_undone": "undone", "stuck": "stuck", "not_live": "never"}
NEVER, UNDONE, STUCK = "never", "undone", "stuck"


class Cell(NamedTuple):
    """A cell: a mark, the mean of failed requests, and when it is decided or live."""

    mark: str
    failed: str
    after: str

    @property
    def one_line(self) -> str:
        """The cell in one line, its numbers apart: ``✓ 1,180 · 4m47s``."""
        return f"{self.mark} {self.failed} · {self.after}".strip()


class Line(NamedTuple):
    """A row of the matrix: the facts of its comparison, and a cell per strategy."""

    row: FaultRow
    facts: Facts
    numbers: tuple[Numbers, ...]
    cells: tuple[Cell, ...]

    @property
    def words(self) -> str:
        """What to call the row in a sentence."""
        return "no fault" if self.row.name == "none" else self.row.name

    def of(self, strategy: StrategyFacts) -> Numbers:
        """Return the numbers of a strategy."""
        return self.numbers[list(self.facts.strategies).index(strategy.name)]


def lines(matrix: FaultMatrix) -> tuple[Line, ...]:
    """Return the rows of a matrix, those of bad releases first, else in their order."""
    made = [_line(matrix, row) for row in matrix.rows]
    return tuple(sorted(made, key=lambda line: line.row.is_good))


def _line(matrix: FaultMatrix, row: FaultRow) -> Line:
    known = facts(matrix.comparisons[row.name])
    numbers = tuple(matrix.numbers(row.name, name) for name in matrix.strategies)
    pairs = zip(matrix.strategies, numbers, strict=True)
    return Line(row, known, numbers, tuple(_cell(row, known, *pair) for pair in pairs))


def _cell(row: FaultRow, known: Facts, name: str, numbers: Numbers) -> Cell:
    ranking = known.ranking
    mark = "✓" if name in ranking.winners else ""
    mark = "✗" if name in ranking.left_out else mark
    after = _live(known, name, numbers) if row.is_good else decided(numbers)
    return Cell(mark, _failed(known.strategies[name], numbers), after)


def _failed(strategy: StrategyFacts, numbers: Numbers) -> str:
    mean = max(0.0, numbers.failed.mean or 0.0)
    if mean < 0.5:
        return "<1" if strategy.has("failed_caused") else "0"
    return short_count(mean)


def decided(numbers: Numbers) -> str:
    """Return when it is decided to go back, after the command; else in how many runs it is."""
    if numbers.decided_s is None or numbers.decided < NONE:
        return NEVER
    return duration(numbers.decided_s) if numbers.decided >= ALL else percent(numbers.decided)


def _live(known: Facts, name: str, numbers: Numbers) -> str:
    """Return when a good release has all traffic; else in how many runs, or why in none."""
    if numbers.live_s is None or numbers.ships < NONE:
        left = known.ranking.left_out.get(name)
        return NOT_LIVE[left.reason] if left else NEVER
    return duration(numbers.live_s) if numbers.ships >= ALL else percent(numbers.ships)
