"""All strategies of a comparison folded chunk by chunk: their runs, and their differences."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.folded import FoldedComparison, FoldedResult
from simdeploy.results.pair_folds import PAIRED, PairFold
from simdeploy.results.ranking import ORDER
from simdeploy.results.summary import matrix
from simdeploy.scenario import Scenario

Rows = NDArray[np.void]


class ComparisonFold:
    """The runs of all strategies so far.

    Parameters
    ----------
    names
        The strategies in file order.
    horizon
        Where times are cut in means, s.
    faulty
        Whether the release has faults; a good release is its own twin.
    twin, drills
        Whether good twins are played, and which drills.
    paired
        Of which numbers differences are wanted.
    """

    def __init__(
        self,
        names: Sequence[str],
        horizon: float,
        *,
        faulty: bool,
        twin: bool,
        drills: Sequence[str] = (),
        paired: Sequence[str] = PAIRED,
    ) -> None:
        self.results = {
            name: FoldedResult(name, horizon, faulty=faulty, twin=twin, drills=drills)
            for name in names
        }
        both = list(combinations(names, 2))
        has_good = twin or not faulty
        self.paired = tuple(paired)
        self.pairs = [PairFold(a, b, paired) for a, b in both]
        self.good_pairs = [PairFold(a, b, ORDER) for a, b in both if has_good]

    def add(self, variants: Iterable[tuple[str, Mapping[str, Rows]]]) -> None:
        """Add the next runs: each strategy with its rows, ``release``, ``twin`` and drills."""
        tables, orders = {}, {}
        for name, played in variants:
            drills = dict(played)
            rows, twin = drills.pop("release"), drills.pop("twin", None)
            self.results[name].add(rows, twin, drills)
            tables[name] = matrix(rows, self.paired)
            good = rows if twin is None else twin
            orders[name] = matrix(good, ORDER)
        for pairs, numbers in ((self.pairs, tables), (self.good_pairs, orders)):
            for pair in pairs:
                pair.add(numbers[pair.a], numbers[pair.b])

    def comparison(self, scenario: Scenario, runs: int, seed: int) -> FoldedComparison:
        """Return the comparison of all runs."""
        pairs = (tuple(self.pairs), tuple(self.good_pairs))
        return FoldedComparison(scenario, runs, seed, {**self.results}, *pairs)

    def share_good(self, good: "ComparisonFold") -> None:
        """Take another fold's runs, which are those of a good release, for the good twins."""
        for name, result in self.results.items():
            result.good_from(good.results[name])
        self.good_pairs = good.good_pairs
