"""Differences of two strategies, or of two sides of a change, folded chunk by chunk."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from simdeploy.results.folded_means import mean_of, medians
from simdeploy.results.folding import Fold
from simdeploy.results.histograms import SHIFT
from simdeploy.results.intervals import Array
from simdeploy.results.metrics import NAMES
from simdeploy.results.paired import Difference, difference, gaps
from simdeploy.results.ranking import HARM

#: What is compared run by run: all there is, or what rankings and answers read.
PAIRED = (*NAMES, "downtime_caused")
RANKED = (*HARM, "downtime_caused")


class PairFold:
    """The differences a − b on the same luck so far, of some numbers."""

    def __init__(self, a: str, b: str, names: Sequence[str]) -> None:
        self.a, self.b, self.names = a, b, tuple(names)
        # A difference has no open values, so that no horizon cuts any.
        self.fold = Fold(names, np.nan, SHIFT)
        self.fewer, self.more = (np.zeros(len(names), np.int64) for _ in range(2))
        self.found: dict[str, Difference] = {}

    def add(self, of_a: Array, of_b: Array) -> None:
        """Add the next runs, numbers × runs."""
        apart = gaps(of_a, of_b)
        self.fold.add(apart)
        self.fewer += (apart < 0.0).sum(axis=1)
        self.more += (apart > 0.0).sum(axis=1)

    def difference(self, name: str, most: float = 0.0) -> Difference:
        """Return the difference of a number, given the most that a run can have of it."""
        if name not in self.found:
            k, tally = self.names.index(name), self.fold[name]
            self.found[name] = difference(
                name, self.a, self.b, tally.defined, int(self.fewer[k]), int(self.more[k]),
                *mean_of(tally, self._medians[name], most, signed=True),
            )  # fmt: skip
        return self.found[name]

    def settle(self, most: Callable[[str], float]) -> None:
        """Compute all differences and forget what they follow from; nothing can be added then."""
        for name in self.names:
            self.difference(name, most(name))
        self.fold = Fold((), np.nan, SHIFT)

    @cached_property
    def _medians(self) -> dict[str, float]:
        return medians(self.fold)
