"""What an answer consists of: plain values that every format writes."""

from dataclasses import dataclass
from typing import NamedTuple


class Sentence(NamedTuple):
    """Some sentences under a label; those of the verdict have none."""

    label: str
    text: str


class Column(NamedTuple):
    """A column: its block, its header in at most two lines, and the metric that it shows.

    ``over`` stands above this column and the next of the same text.
    """

    block: str
    header: tuple[str, str]
    metric: str
    over: str = ""

    @property
    def title(self) -> str:
        """The header in one line."""
        return " ".join(part for part in (self.over, *self.header) if part)


class Cell(NamedTuple):
    """A number in words, and the notes it refers to, by their places from 1 on."""

    text: str
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A strategy: ``✓``, ``✗`` or nothing, and a cell for each column."""

    name: str
    mark: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer: what stands above the table, in it and under it.

    ``verdict`` are sentences; ``legend`` explains the table's words, ``notes`` its marks.
    """

    verdict: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    legend: tuple[str, ...]
    notes: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    footer: str
