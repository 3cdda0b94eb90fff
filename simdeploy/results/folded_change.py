"""A change of more runs than are kept: both sides, and their paired differences, from folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.change import DECIDED, GOOD, SHIPPED, Change
from simdeploy.results.comparison import Comparison
from simdeploy.results.folding import Tally
from simdeploy.results.intervals import Array
from simdeploy.results.metrics import NAMES
from simdeploy.results.pair_folds import PairFold
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import HARM
from simdeploy.results.summary import matrix

Rows = NDArray[np.void]
#: Rows of a strategy by variant, ``release`` and ``twin`` where that was played.
Variants = Mapping[str, Rows]
BEFORE, AFTER = "before", "after"


class _Sides(NamedTuple):
    """What is folded of one strategy: the differences, and by side the finite values."""

    release: PairFold
    good: PairFold
    before: dict[str, Tally]
    after: dict[str, Tally]


class ChangeFold:
    """The runs of all strategies before and after a change so far.

    Parameters
    ----------
    names
        The strategies that both have.
    faulty
        Whether the release before and the one after have faults; a good release is its own twin.
    """

    def __init__(self, names: Sequence[str], faulty: tuple[bool, bool]) -> None:
        self.faulty = faulty
        self.strategies = {
            name: _Sides(
                PairFold(AFTER, BEFORE, NAMES),
                PairFold(AFTER, BEFORE, GOOD),
                *({quantity: Tally() for quantity in (*HARM, DECIDED, *GOOD)} for _ in range(2)),
            )
            for name in names
        }

    def add(self, before: Mapping[str, Variants], after: Mapping[str, Variants]) -> None:
        """Add the next runs of all strategies."""
        for name, sides in self.strategies.items():
            played = (before[name], after[name])
            good = [self._good(k, one) for k, one in enumerate(played)]
            sides.release.add(*(matrix(one["release"], NAMES) for one in reversed(played)))
            sides.good.add(good[1], good[0])
            for k, tallies in enumerate((sides.before, sides.after)):
                rows = played[k]["release"]
                numbers = zip((*HARM, DECIDED, *GOOD),
                              [*matrix(rows, (*HARM, DECIDED)), *good[k]], strict=True)  # fmt: skip
                for quantity, values in numbers:
                    tallies[quantity].add(values[np.isfinite(values)], np.nan)

    def _good(self, side: int, played: Variants) -> Array:
        """Return `GOOD` of each run; NaN where a good release does not ship."""
        own = None if self.faulty[side] else played["release"]
        rows = played.get("twin", own)
        if rows is None:
            return np.full((len(GOOD), len(played["release"])), np.nan)
        return np.where(rows["verdict"] == SHIPPED, matrix(rows, GOOD), np.nan)


@dataclass(frozen=True, repr=False)
class FoldedChange(Change):
    """A change of more runs than are kept; its quantiles are approximate."""

    folded: ChangeFold | None = None

    @cached_property
    def _folds(self) -> Mapping[str, _Sides]:
        return {} if self.folded is None else self.folded.strategies

    @cached_property
    def differences(self) -> dict[str, list[Difference]]:
        """Per strategy, the paired differences after − before of every metric of the release."""
        return {
            name: [sides.release.difference(metric) for metric in NAMES]
            for name, sides in self._folds.items()
        }

    def _mean(self, side: Comparison, quantity: str, name: str) -> tuple[float | None, float]:
        sides = self._folds[name]
        tally = (sides.after if side is self.after else sides.before)[quantity]
        mean = tally.least if tally.least == tally.greatest else tally.moments.mean
        return (mean if tally.defined else None), tally.defined / self.after.runs

    def _difference(self, quantity: str, name: str) -> Difference:
        sides = self._folds[name]
        return (sides.good if quantity in GOOD else sides.release).difference(quantity)
