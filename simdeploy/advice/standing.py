"""Where strategies stand over several rankings: who is never worse than whom, and who is best.

In one ranking a strategy is worse than another if it stands in a later group; who is left out
stands behind all groups. A ranking that may give no check mark (`ranking.NO_WINNER`) orders by what
the horizon or an overload decides; it says nothing here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simdeploy.results.ranking import Ranking

#: With more exceptions than these, "never worse, except" says too little.
FEW = 3


class Pair(NamedTuple):
    """One strategy against another: in which rows it is better, in which worse."""

    a: str
    b: str
    better: tuple[str, ...]
    worse: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """Rankings of the same strategies, by the names of what was ranked."""

    rankings: Mapping[str, Ranking]
    strategies: tuple[str, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """The rows whose ranking gives check marks."""
        return tuple(name for name, ranking in self.rankings.items() if ranking.winners)

    @property
    def contenders(self) -> tuple[str, ...]:
        """The strategies that have a check mark in some row."""
        return tuple(s for s in self.strategies if len(self.beaten(s)) < len(self.told))

    @property
    def split(self) -> tuple[str, ...]:
        """The rows with check marks in which a contender has none."""
        beaten = {row for s in self.contenders for row in self.beaten(s)}
        return tuple(row for row in self.told if row in beaten)

    @property
    def untold(self) -> dict[str, list[str]]:
        """The other rows, by why they have no check marks."""
        found: dict[str, list[str]] = {}
        for name, ranking in self.rankings.items():
            if not ranking.winners:
                found.setdefault(ranking.no_winner, []).append(name)
        return found

    @property
    def out(self) -> tuple[str, ...]:
        """The strategies that are left out of every ranking."""
        every = self.rankings.values()
        return tuple(s for s in self.strategies if all(s in ranking.left_out for ranking in every))

    def place(self, row: str, strategy: str) -> int:
        """Return the group of a strategy in a row, from 0 on; behind all groups if left out."""
        groups = self.rankings[row].groups
        return next((i for i, group in enumerate(groups) if strategy in group), len(groups))

    def pair(self, a: str, b: str) -> Pair:
        """Set one strategy against another, over the rows with check marks."""
        places = {row: (self.place(row, a), self.place(row, b)) for row in self.told}
        better = tuple(row for row, (of_a, of_b) in places.items() if of_a < of_b)
        worse = tuple(row for row, (of_a, of_b) in places.items() if of_a > of_b)
        return Pair(a, b, better, worse)

    def beaten(self, strategy: str) -> tuple[str, ...]:
        """Return the rows with check marks in which a strategy has none."""
        return tuple(row for row in self.told if strategy not in self.rankings[row].winners)

    @property
    def best(self) -> tuple[str, ...]:
        """The strategies beaten in the fewest rows, if those are few; else none."""
        beaten = {s: len(self.beaten(s)) for s in self.strategies}
        least = min(beaten.values(), default=0)
        few = least <= FEW and self.told and least < len(self.told)
        return tuple(s for s in self.strategies if beaten[s] == least) if few else ()

    def cover(self) -> dict[str, list[str]]:
        """Return few strategies that together are best in every row that is split, with those rows.

        The one that is best in the most of the rows left comes next, the first in the file of
        equals; each row stands with the first of them that is best in it.
        """
        left: list[str] = list(self.split)
        found: dict[str, list[str]] = {}
        while left:
            chosen = max(self.strategies, key=lambda s: len(self._won(s, left)))
            found[chosen] = self._won(chosen, left)
            left = [row for row in left if row not in found[chosen]]
        return found

    def _won(self, strategy: str, rows: Sequence[str]) -> list[str]:
        return [row for row in rows if strategy in self.rankings[row].winners]
