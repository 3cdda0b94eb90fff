"""The results of ``compare`` for more runs than are kept: the same interface, from folds.

Means, intervals, shares and paired differences are those of all runs, to rounding; quantiles are
within 0.4 %, as those of histograms are. The runs themselves are gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import SimdeployError
from simdeploy.results.comparison import Comparison, StrategyResult, drilled
from simdeploy.results.folded_means import mean_of, medians, quantiles, summaries
from simdeploy.results.folding import Fold
from simdeploy.results.histograms import FINE, SHIFT
from simdeploy.results.intervals import Array
from simdeploy.results.metrics import NAMES
from simdeploy.results.overview import GoodOverview, Overview
from simdeploy.results.paired import Difference, difference, gaps
from simdeploy.results.ranking import ORDER
from simdeploy.results.summary import Summary, Variant, matrix
from simdeploy.results.variant_fold import VariantFold
from simdeploy.scenario import Scenario

Rows = NDArray[np.void]
#: What is compared run by run.
PAIRED = (*NAMES, "downtime_caused")
#: The metric whose first runs are kept, and of how many, to choose a typical one.
TYPICAL, FIRST = "failed_caused", 10_000


class FoldedResult(StrategyResult):
    """One strategy: folds of the release, of its twin and of the drills instead of all runs."""

    def __init__(
        self, name: str, horizon: float, *, faulty: bool, twin: bool, drills: Sequence[str]
    ) -> None:
        fixed: dict[str, Any] = {
            "name": name,
            "horizon": horizon,
            "faulty": faulty,
            "fold": VariantFold(horizon),
            "good_fold": VariantFold(horizon) if twin else None,
            "drill_fold": Fold(drills, horizon, FINE) if drills else None,
            "first": [],
        }
        for key, value in fixed.items():
            object.__setattr__(self, key, value)

    fold: VariantFold
    good_fold: VariantFold | None
    drill_fold: Fold | None
    #: `TYPICAL` of the first runs.
    first: list[Array]

    @property
    def rows(self) -> Rows:
        """Runs that are not kept.

        Raises
        ------
        SimdeployError
            Always.
        """
        raise SimdeployError(
            f"{self.name}: {self.fold.runs:,} runs are more than are kept, one by one"
        )

    def add(self, rows: Rows, twin: Rows | None, drills: Mapping[str, Rows]) -> None:
        """Add the next runs of all variants."""
        if self.fold.runs < FIRST:
            self.first.append(rows[TYPICAL][:FIRST].copy())
        self.fold.add(rows)
        if self.good_fold is not None and twin is not None:
            self.good_fold.add(twin)
        if self.drill_fold is not None:
            good = twin if self.faulty else rows
            self.drill_fold.add(np.array([drilled(one, good) for one in drills.values()]))

    @cached_property
    def _summaries(self) -> dict[str, Summary]:
        return self.fold.summaries()

    @cached_property
    def _good(self) -> tuple[VariantFold, dict[str, Summary]] | None:
        """Fold and summaries of a good release; None where none was played."""
        if self.good_fold is not None:
            return self.good_fold, self.good_fold.summaries()
        return None if self.faulty else (self.fold, self._summaries)

    @cached_property
    def release(self) -> Variant:
        """Summary of the release."""
        return self.fold.variant(self._summaries)

    @cached_property
    def twin(self) -> Variant | None:
        """Summary of the good twin; None where it was not run."""
        if self.good_fold is None or self._good is None:
            return None
        return self.good_fold.variant(self._good[1])

    @cached_property
    def drill(self) -> dict[str, Summary] | None:
        """Time to roll back (s), as in `StrategyResult`."""
        if self.drill_fold is None:
            return None
        return summaries(self.drill_fold, dict.fromkeys(self.drill_fold.names, True), {})

    @cached_property
    def overview(self) -> Overview:
        """What the runs of the release do beside their metrics."""
        return self.fold.overview(self._summaries)

    @cached_property
    def good_overview(self) -> GoodOverview | None:
        """What the runs of a good release do; None where none was played."""
        return None if self._good is None else self._good[0].good_overview(self._good[1])

    def spread(self, metric: str, levels: Array) -> Array:
        """Return quantiles of the finite values of a metric."""
        fold = self.fold.fold
        finite = np.array([fold[name].defined - fold[name].censored for name in fold.names])
        found: Array = quantiles(fold, finite, levels)[fold.names.index(metric)]
        return found[~np.isnan(found)]

    def sample(self, metric: str) -> Array:
        """Return a metric of each of the first runs; only `TYPICAL` is kept of these."""
        return np.concatenate(self.first)[:FIRST] if metric == TYPICAL else self.rows[metric]

    def __repr__(self) -> str:
        return f"<StrategyResult of {self.name}: {self.fold.runs:,} runs, not kept>"


class PairFold:
    """Differences of two strategies on the same luck so far."""

    def __init__(self, a: str, b: str, names: Sequence[str], horizon: float) -> None:
        self.a, self.b = a, b
        self.fold = Fold(names, horizon, SHIFT)
        self.fewer, self.more = (np.zeros(len(names), np.int64) for _ in range(2))

    def add(self, of_a: Array, of_b: Array) -> None:
        """Add the next runs, numbers × runs."""
        apart = gaps(of_a, of_b)
        self.fold.add(apart)
        self.fewer += (apart < 0.0).sum(axis=1)
        self.more += (apart > 0.0).sum(axis=1)

    def differences(self, most: Mapping[str, float]) -> list[Difference]:
        """Return the difference a − b of each number, given the most that a run can have of it."""
        middle = medians(self.fold)
        return [
            difference(
                name, self.a, self.b, tally.defined, int(self.fewer[k]), int(self.more[k]),
                *mean_of(tally, middle[name], most.get(name, 0.0), signed=True),
            )
            for k, (name, tally) in enumerate(self.fold.tallies.items())
        ]  # fmt: skip


@dataclass(frozen=True, repr=False)
class FoldedComparison(Comparison):
    """A comparison of more runs than are kept; its quantiles are approximate.

    ``pairs`` are the differences of the release between every two strategies in file order,
    ``good_pairs`` those of good releases, where those were played.
    """

    pairs: tuple[PairFold, ...] = ()
    good_pairs: tuple[PairFold, ...] = ()
    approximate: ClassVar[bool] = True

    def _paired(self, names: Sequence[str]) -> list[Difference]:
        return [found for found in self._all_pairs if found.metric in names]

    @cached_property
    def _all_pairs(self) -> list[Difference]:
        mosts = [r.fold.most for r in self.strategies.values() if isinstance(r, FoldedResult)]
        most = {name: max(one[name] for one in mosts) for name in PAIRED}
        return [found for pair in self.pairs for found in pair.differences(most)]

    @cached_property
    def good_differences(self) -> list[Difference]:
        """Paired differences of `ranking.ORDER` between good releases, where those were played."""
        return [found for pair in self.good_pairs for found in pair.differences({})]


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
    """

    def __init__(
        self,
        names: Sequence[str],
        horizon: float,
        *,
        faulty: bool,
        twin: bool,
        drills: Sequence[str],
    ) -> None:
        self.results = {
            name: FoldedResult(name, horizon, faulty=faulty, twin=twin, drills=drills)
            for name in names
        }
        both = list(combinations(names, 2))
        has_good = twin or not faulty
        self.pairs = [PairFold(a, b, PAIRED, horizon) for a, b in both]
        self.good_pairs = [PairFold(a, b, ORDER, horizon) for a, b in both if has_good]

    def add(self, variants: Mapping[str, Mapping[str, Rows]]) -> None:
        """Add the next runs: rows by strategy and variant, ``release``, ``twin`` and drills."""
        tables, orders = {}, {}
        for name, result in self.results.items():
            played = dict(variants[name])
            rows, twin = played.pop("release"), played.pop("twin", None)
            result.add(rows, twin, played)
            tables[name] = matrix(rows, PAIRED)
            good = rows if twin is None else twin
            orders[name] = matrix(good, ORDER)
        for pairs, numbers in ((self.pairs, tables), (self.good_pairs, orders)):
            for pair in pairs:
                pair.add(numbers[pair.a], numbers[pair.b])

    def comparison(self, scenario: Scenario, runs: int, seed: int) -> FoldedComparison:
        """Return the comparison of all runs."""
        strategies: dict[str, StrategyResult] = dict(self.results)
        pairs = (tuple(self.pairs), tuple(self.good_pairs))
        return FoldedComparison(scenario, runs, seed, strategies, *pairs)
