"""Statistics of many runs of one strategy at one setting, from their aggregate."""

from dataclasses import dataclass

import numpy as np

from simdeploy.results.summary import student
from simdeploy.sweeps import histograms
from simdeploy.sweeps.aggregates import NUMBERS, Aggregate, mean_and_deviation
from simdeploy.sweeps.histograms import Floats, Ints

LEVELS = {"p05": 0.05, "p50": 0.50, "p95": 0.95, "p99": 0.99}
#: Columns of `Statistics.values`: mean and its 95 % interval, standard deviation, extremes and
#: quantiles.
STATISTICS = ("mean", "low", "high", "sd", "min", *LEVELS, "max")


@dataclass(frozen=True)
class Statistics:
    """Statistics of one setting and arm.

    ``values`` has the shape `NUMBERS` × `STATISTICS` (NaN: undefined, inf: beyond the horizon);
    ``defined`` and ``censored`` count runs per number, ``verdicts`` and ``outcomes`` per word.
    """

    runs: int
    values: Floats
    defined: Ints
    censored: Ints
    verdicts: Ints
    outcomes: Ints


def statistics_of(runs: Aggregate) -> Statistics:
    """Return the statistics of an aggregate of all the runs."""
    means, deviations = mean_and_deviation(runs)
    halves = _half_widths(deviations, runs.defined)
    low, high = histograms.extremes(runs.bins, len(NUMBERS))
    levels = np.array(list(LEVELS.values()))
    quantiles = histograms.histogram_quantiles(runs.bins, len(NUMBERS), runs.defined, levels)
    low = np.where((runs.censored == runs.defined) & (runs.defined > 0), np.inf, low)
    high = np.where(runs.censored > 0, np.inf, high)
    columns = [means, means - halves, means + halves, deviations, low, *quantiles.T, high]
    values = np.column_stack(columns) + 0.0
    return Statistics(runs.runs, values, runs.defined, runs.censored, runs.verdicts, runs.outcomes)


def _half_widths(deviations: Floats, defined: Ints) -> Floats:
    """Return half the width of Student's interval of each mean; NaN for a single run."""
    scale = np.array([student(int(n) - 1) if n > 1 else np.nan for n in defined])
    return scale * deviations / np.sqrt(np.maximum(defined, 1))
