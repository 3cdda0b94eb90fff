"""What is reported of many runs of one strategy at one setting."""

from dataclasses import dataclass

import numpy as np

from simdeploy.results.summary import student
from simdeploy.sweeps import histograms
from simdeploy.sweeps.aggregates import NUMBERS, Aggregate, mean_and_deviation
from simdeploy.sweeps.histograms import Floats, Ints

LEVELS = {"p05": 0.05, "p50": 0.50, "p95": 0.95, "p99": 0.99}
#: Statistics of each number, by their place in `Figures.statistics`: mean and its 95 % interval,
#: standard deviation, extremes and quantiles.
STATISTICS = ("mean", "low", "high", "sd", "min", *LEVELS, "max")


@dataclass(frozen=True)
class Figures:
    """Numbers × `STATISTICS` (NaN: nothing to tell, inf: beyond the horizon), and counts."""

    runs: int
    statistics: Floats
    defined: Ints
    censored: Ints
    verdicts: Ints
    outcomes: Ints


def figures(one: Aggregate) -> Figures:
    """Summarize an aggregate of all the runs."""
    means, deviations = mean_and_deviation(one)
    halves = _halves(deviations, one.defined)
    low, high = histograms.extremes(one.bins, len(NUMBERS))
    levels = np.array(list(LEVELS.values()))
    quantiles = histograms.quantiles(one.bins, len(NUMBERS), one.defined, levels)
    low = np.where((one.censored == one.defined) & (one.defined > 0), np.inf, low)
    high = np.where(one.censored > 0, np.inf, high)
    columns = [means, means - halves, means + halves, deviations, low, *quantiles.T, high]
    statistics = np.column_stack(columns) + 0.0
    return Figures(
        one.runs, statistics, one.defined, one.censored, one.verdicts, one.outcomes
    )  # fmt: skip


def _halves(deviations: Floats, defined: Ints) -> Floats:
    """Return half the width of Student's interval of each mean; NaN for a single run."""
    scale = np.array([student(int(n) - 1) if n > 1 else np.nan for n in defined])
    return scale * deviations / np.sqrt(np.maximum(defined, 1))
