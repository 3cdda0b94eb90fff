"""The results of ``compare`` for more runs than are kept: the same interface, from folds.

Means, intervals, shares and paired differences are those of all runs, to rounding; quantiles are
within 0.4 %, as those of histograms are. The runs themselves are gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import NumberError, SimdeployError
from simdeploy.results.comparison import Comparison, StrategyResult, drilled
from simdeploy.results.folded_means import quantiles, summaries
from simdeploy.results.folding import Fold
from simdeploy.results.histograms import FINE
from simdeploy.results.intervals import Array
from simdeploy.results.overview import GoodOverview, Overview
from simdeploy.results.pair_folds import PairFold
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import ORDER
from simdeploy.results.room import unlisted
from simdeploy.results.summary import Summary, Variant
from simdeploy.results.variant_fold import VariantFold

Rows = NDArray[np.void]
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

    def good_from(self, good: "FoldedResult") -> None:
        """Take the runs of a good release that another result has folded for the good twin."""
        object.__setattr__(self, "good_fold", good.fold)

    def settle(self) -> None:
        """Compute all summaries, and forget the release's histograms; a twin's may be shared."""
        for name in ("release", "twin", "drill", "overview", "good_overview"):
            getattr(self, name)
        self.fold.fold.bins = None

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
        if fold.bins is None:
            return np.asarray(self.rows[metric])
        finite = np.array([fold[name].defined - fold[name].censored for name in fold.names])
        found: Array = quantiles(fold, finite, levels)[fold.names.index(metric)]
        return found[~np.isnan(found)]

    def sample(self, metric: str) -> Array:
        """Return a metric of each of the first runs; only `TYPICAL` is kept of these."""
        return np.concatenate(self.first)[:FIRST] if metric == TYPICAL else self.rows[metric]

    def __repr__(self) -> str:
        return f"<StrategyResult of {self.name}: {self.fold.runs:,} runs, not kept>"


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
        if self.pairs and not set(names) <= set(self.pairs[0].names):
            raise NumberError(unlisted(len(self.strategies), self.runs))
        return [pair.difference(name, self._most(name)) for pair in self.pairs for name in names]

    @cached_property
    def _requests(self) -> float:
        """The most requests of a run."""
        folds = [r.fold for r in self.strategies.values() if isinstance(r, FoldedResult)]
        return max(0.0, *(fold.fold["requests"].greatest for fold in folds))

    def between(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric, or of the downtime that is caused."""
        return _between(self._by_pair, metric, a, b, self._most(metric))

    def between_good(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric of `ranking.ORDER` of good releases."""
        return _between(self._good_by_pair, metric, a, b, 0.0)

    @cached_property
    def _by_pair(self) -> dict[tuple[str, str], PairFold]:
        return {(pair.a, pair.b): pair for pair in self.pairs}

    @cached_property
    def _good_by_pair(self) -> dict[tuple[str, str], PairFold]:
        return {(pair.a, pair.b): pair for pair in self.good_pairs}

    @cached_property
    def good_differences(self) -> list[Difference]:
        """Paired differences of `ranking.ORDER` between good releases, where those were played."""
        return [pair.difference(name) for pair in self.good_pairs for name in ORDER]

    def settled(self) -> "FoldedComparison":
        """Return this with its ranking, summaries and differences; forget their histograms."""
        for pair in self.pairs:
            pair.settle(self._most)
        for pair in self.good_pairs:
            pair.settle(lambda _: 0.0)
        for result in self.strategies.values():
            if isinstance(result, FoldedResult):
                result.settle()
        return self


def _between(
    pairs: Mapping[tuple[str, str], PairFold], metric: str, a: str, b: str, most: float
) -> Difference:
    pair = pairs.get((a, b))
    return pair.difference(metric, most) if pair else pairs[b, a].difference(metric, most).swapped()
