"""Paired differences of many strategies, computed as they are asked for.

Of n strategies there are n × (n − 1) ÷ 2 pairs, 79,800 of 400, and a ranking reads few of them:
those of the leader of each group. One strategy is compared with all others at a time; some of the
latest of these are kept.
"""

from collections.abc import Callable, Sequence

import numpy as np

from simdeploy.results.intervals import Array
from simdeploy.results.paired import Difference, differences_of, gaps

#: Differences that are kept, about 500 bytes each.
KEPT = 50_000


class PairLookup:
    """The paired differences between strategies, by metric.

    Parameters
    ----------
    names
        The strategies in file order.
    column
        Gives a metric (the first argument) of each run of a strategy (the second).
    most
        Gives the most that a run can have of a metric: see `intervals.means_of`.
    """

    def __init__(
        self,
        names: Sequence[str],
        column: Callable[[str, str], Array],
        most: Callable[[str], float],
    ) -> None:
        self.names, self.column, self.most = tuple(names), column, most
        self.place = {name: k for k, name in enumerate(self.names)}
        self.known: dict[tuple[str, str], list[Difference | None]] = {}

    def between(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric."""
        found = self._line(metric, a)[self.place[b]]
        if found is None:
            raise KeyError((metric, a, b))
        return found if self.place[a] < self.place[b] else found.swapped()

    def _line(self, metric: str, a: str) -> list[Difference | None]:
        """Return a strategy's differences with all others, each in file order."""
        if (metric, a) not in self.known:
            while self.known and (len(self.known) + 1) * len(self.names) > KEPT:
                self.known.pop(next(iter(self.known)))
            self.known[metric, a] = self._computed(metric, a)
        return self.known[metric, a]

    def _computed(self, metric: str, a: str) -> list[Difference | None]:
        place = self.place[a]
        others = np.array([k for k in range(len(self.names)) if k != place], dtype=np.int64)
        table = np.array([self.column(metric, name) for name in self.names], dtype=np.float64)
        before = (place < others)[:, None]
        apart = gaps(
            np.where(before, table[place], table[others]),
            np.where(before, table[others], table[place]),
        )
        named = [(metric, *(self.names[j] for j in sorted((place, k)))) for k in others.tolist()]
        found: list[Difference | None] = [
            *differences_of(named, apart, [self.most(metric)] * len(named))
        ]
        found.insert(place, None)
        return found
