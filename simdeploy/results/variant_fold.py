"""One variant of a strategy folded chunk by chunk: its summary, and an overview of what it does."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simdeploy.model.registry import OUTCOMES, SIGNALS, VERDICTS
from simdeploy.results.ends import ENDS, end_words
from simdeploy.results.folded_means import summaries
from simdeploy.results.folding import Fold
from simdeploy.results.histograms import FINE
from simdeploy.results.intervals import Share, wilson
from simdeploy.results.metrics import BY_NAME, EXTRA, NAMES
from simdeploy.results.overview import (
    ANYWAY,
    COSTS,
    GOOD_NUMBERS,
    HURTING,
    SHIPPED,
    TIMES,
    GoodOverview,
    Overview,
    goes_on,
    good_numbers,
    hurt_before,
    shares_of_ends,
    times_of,
)
from simdeploy.results.ranking import HARM
from simdeploy.results.summary import (
    DECIDERS,
    Summary,
    Variant,
    deciding_signals,
    matrix,
    most_of_each,
)

Rows = NDArray[np.void]
#: What is folded of each run: metrics, the fields beside them, times and numbers of overviews.
NUMBERS = (*NAMES, *EXTRA)
FOLDED = (*NUMBERS, *TIMES, *GOOD_NUMBERS)
#: Which of them are times: of these a mean is cut at the horizon.
RESTRICT = {name: name in BY_NAME and BY_NAME[name].unit == "s" for name in NUMBERS}
RESTRICT |= dict.fromkeys((*TIMES, *GOOD_NUMBERS), True) | {COSTS: False}


class VariantFold:
    """Runs of one strategy in one variant so far; times beyond the horizon (s) are cut in means."""

    def __init__(self, horizon: float) -> None:
        self.horizon = horizon
        self.fold = Fold(FOLDED, horizon, FINE)
        self.verdicts, self.outcomes = (np.zeros(len(w), np.int64) for w in (VERDICTS, OUTCOMES))
        self.signals, self.ends = (np.zeros(len(w), np.int64) for w in (SIGNALS, ENDS))
        self.failed_by_end = np.zeros(len(ENDS))
        self.verdict_sums = np.zeros((len(VERDICTS), len(NAMES)))
        self.verdict_counts = np.zeros((len(VERDICTS), len(NAMES)), np.int64)
        self.left, self.hurt_before = 0, True
        #: Sum and number of finite decisions, and of the times at which good releases are live.
        self.decisions, self.lives = np.zeros(2), np.zeros(2)

    def add(self, rows: Rows) -> None:
        """Add the next runs."""
        ends = end_words(rows)
        numbers = [matrix(rows, NUMBERS), *times_of(rows).values(), *good_numbers(rows).values()]
        self.fold.add(np.vstack(numbers))
        self.verdicts += np.bincount(rows["verdict"], minlength=len(VERDICTS))
        self.outcomes += np.bincount(rows["outcome"], minlength=len(OUTCOMES))
        self.signals += np.bincount(deciding_signals(rows), minlength=len(SIGNALS))
        self.ends += np.bincount(ends, minlength=len(ENDS))
        self.failed_by_end += np.bincount(ends, rows["failed_caused"], minlength=len(ENDS))
        self.left += int(goes_on(rows).sum())
        self.hurt_before = self.hurt_before and hurt_before(rows)
        decisions = rows["decision_s"][np.isfinite(rows["decision_s"])]
        lives = rows["full_traffic_s"][rows["verdict"] == SHIPPED]
        self.decisions += (float(decisions.sum()), len(decisions))
        self.lives += (float(lives.sum()), len(lives))
        for verdict in np.unique(rows["verdict"]):
            values = matrix(rows[rows["verdict"] == verdict], NAMES)
            values[np.isposinf(values)] = self.horizon
            self.verdict_counts[verdict] += (~np.isnan(values)).sum(axis=1)
            self.verdict_sums[verdict] += np.nan_to_num(values, nan=0.0).sum(axis=1)

    @property
    def runs(self) -> int:
        """All runs so far."""
        return self.fold.runs

    @property
    def most(self) -> dict[str, float]:
        """The most that a run can have of each number: see `summary.most_of`."""
        requests = max(0.0, self.fold["requests"].greatest)
        return dict(zip(NUMBERS, most_of_each(NUMBERS, requests, self.horizon), strict=True))

    def summaries(self) -> dict[str, Summary]:
        """Return the summary of each of `FOLDED`."""
        return summaries(self.fold, RESTRICT, self.most)

    def variant(self, found: dict[str, Summary]) -> Variant:
        """Return the summary of the variant, from that of each number."""
        signals = self._shares(self.signals, SIGNALS)
        means = {
            VERDICTS[k]: dict(zip(NAMES, self._verdict_means(int(k)), strict=True))
            for k in np.flatnonzero(self.verdicts)
        }
        return Variant(
            {name: found[name] for name in NUMBERS},
            self._shares(self.verdicts, VERDICTS),
            self._shares(self.outcomes, OUTCOMES),
            {name: signals[name] for name in DECIDERS},
            means,
        )

    def _shares(self, counts: NDArray[np.int64], words: Sequence[str]) -> dict[str, Share]:
        return {w: wilson(int(n), self.runs) for w, n in zip(words, counts, strict=True)}

    def _verdict_means(self, verdict: int) -> list[float | None]:
        pairs = zip(
            self.verdict_sums[verdict].tolist(), self.verdict_counts[verdict].tolist(), strict=True
        )
        return [total / n + 0.0 if n else None for total, n in pairs]

    def overview(self, found: dict[str, Summary]) -> Overview:
        """Return what the runs do, from the summary of each number."""
        means = {name: self.fold[name].moments.mean for name in (*HARM, "requests")}
        total = {kind: self.fold[f"{kind}_requests"].moments.mean for kind in ANYWAY}
        caused = {kind: self.fold[f"{kind}_caused"].moments.mean for kind in ANYWAY}
        by_end = {
            ENDS[k]: float(self.failed_by_end[k] / self.ends[k]) for k in np.flatnonzero(self.ends)
        }
        return Overview(
            {name: means[name] for name in HARM},
            {name: self.fold[name].greatest for name in HARM},
            means["requests"],
            {kind: total[kind] - caused[kind] for kind in ANYWAY},
            shares_of_ends(self.ends),
            by_end,
            self.hurt_before,
            float(self.ends[list(HURTING)].sum() / self.runs),
            self.left / self.runs,
            _mean(self.decisions),
            {name: found[name] for name in TIMES},
        )

    def good_overview(self, found: dict[str, Summary]) -> GoodOverview:
        """Return what the runs of a good release do, from the summary of each number."""
        return GoodOverview(
            float(self.verdicts[SHIPPED] / self.runs),
            shares_of_ends(self.ends),
            _mean(self.lives),
            {name: found[name] for name in GOOD_NUMBERS}
            | {COSTS: replace(found[COSTS], runs=int(self.verdicts[SHIPPED]))},
        )


def _mean(summed: NDArray[np.float64]) -> float | None:
    total, count = summed.tolist()
    return total / count if count else None
