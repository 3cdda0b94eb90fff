"""How a sweep is cut: into parts, which become files, and those of many runs into pieces.

The cut follows from the number of settings, units and runs alone, never from threads or workers,
so that everybody sums up the same runs and writes the same files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from simdeploy.sweeps.aggregates import BLOCK

#: Runs of a piece: enough to be worth sending to another machine, if the sweep is that large …
PIECE = 1 << 17
#: … few enough to lose little when a sweep is killed; and pieces that a sweep should have.
LEAST, WANTED, MOST = 1 << 13, 64, 1 << 17
#: Rows of a part at most: figures of so many fit in little memory.
ROWS = 1024


class Piece(NamedTuple):
    """Settings ``first`` to ``last`` and replications ``lo`` to ``hi`` of a part."""

    part: int
    number: int
    first: int
    last: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Cut:
    """The parts of a sweep of so many settings, units (strategies) and runs."""

    settings: int
    units: int
    runs: int
    #: Whether runs are kept: pieces are smaller then, for they are in memory as a whole.
    keep: bool = False

    @property
    def total(self) -> int:
        """All runs of the sweep."""
        return self.settings * self.units * self.runs

    @property
    def size(self) -> int:
        """Runs of a piece, roughly: a piece has whole blocks, or whole settings."""
        most = PIECE // 4 if self.keep else PIECE
        return max(min(most, max(LEAST, self.total // WANTED)), self.total // MOST)

    @property
    def span(self) -> int:
        """Settings of a part."""
        fitting = self.size // (self.units * self.runs)
        return max(1, min(fitting, ROWS // self.units))

    @property
    def step(self) -> int:
        """Runs of each setting and unit in a piece; all, unless they are too many."""
        if self.units * self.runs <= 2 * self.size:
            return self.runs
        return max(1, self.size // (self.units * BLOCK)) * BLOCK

    @property
    def parts(self) -> int:
        """How many parts, and files, there are."""
        return -(-self.settings // self.span)

    def pieces(self, part: int) -> list[Piece]:
        """Return the pieces of a part, in the order of their runs.

        >>> Cut(settings=10, units=2, runs=1000).pieces(0)
        [Piece(part=0, number=0, first=0, last=4, lo=0, hi=1000)]
        """
        first = part * self.span
        last = min(first + self.span, self.settings)
        los = range(0, self.runs, self.step)
        return [
            Piece(part, k, first, last, lo, min(lo + self.step, self.runs))
            for k, lo in enumerate(los)
        ]

    def all(self) -> Iterator[Piece]:
        """Return all pieces, part by part; never as a list."""
        for part in range(self.parts):
            yield from self.pieces(part)

    def runs_of(self, piece: Piece) -> int:
        """Return how many runs a piece has."""
        return (piece.last - piece.first) * self.units * (piece.hi - piece.lo)
