"""Where a real value falls among simulated ones, and how sure that is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Shares of the simulated runs outside of which a part is flagged, and contradicts the scenario.
FLAGGED = (0.05, 0.95)
CONTRADICTS = (0.005, 0.995)
#: So many flagged parts contradict it together.
MANY_FLAGGED = 3
CONFIDENCE = 0.95


class Percentile(NamedTuple):
    """The share of runs below a value, half of the ties counted, with its Clopper-Pearson interval.

    ``low`` and ``high`` say how far the share of infinitely many runs may be off.
    """

    share: float
    low: float
    high: float
    runs: int

    @property
    def is_flagged(self) -> bool:
        """Whether the value lies outside of 5 to 95 % of the runs."""
        return not FLAGGED[0] <= self.share <= FLAGGED[1]

    @property
    def is_contradicted(self) -> bool:
        """Whether it lies outside of 0.5 to 99.5 %, by so many runs that it is surely flagged."""
        return self._is_outside and (self.high < FLAGGED[0] or self.low > FLAGGED[1])

    @property
    def needs_runs(self) -> bool:
        """Whether more runs might show that it contradicts the scenario."""
        return self._is_outside and not self.is_contradicted

    @property
    def _is_outside(self) -> bool:
        return not CONTRADICTS[0] <= self.share <= CONTRADICTS[1]


def percentile(
    value: float, simulated: NDArray[np.float64], resolution_s: float, slack_s: float = 0.0
) -> Percentile:
    """Return where a value falls; what differs by no more than the resolution is a tie.

    A value that lies outside of 5 to 95 % of the runs by no more than ``slack_s`` is at their edge.

    >>> percentile(2.0, np.array([1.0, 2.0, 3.0, 4.0]), 0.001).share
    0.375
    >>> percentile(5.0, np.array([1.0, 2.0, 3.0, 4.0]), 0.001, slack_s=1.5).share
    0.95
    """
    ties = np.abs(simulated - value) <= resolution_s
    below = float(np.sum((simulated < value) & ~ties)) + 0.5 * float(np.sum(ties))
    runs = len(simulated)
    low, high = np.quantile(simulated, FLAGGED)
    if slack_s and low - slack_s <= value <= high + slack_s:
        below = runs * min(max(below / runs, FLAGGED[0]), FLAGGED[1])
    return Percentile(below / runs, *clopper_pearson(below, runs), runs)


def clopper_pearson(below: float, runs: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share; half counts are read between whole ones.

    >>> [round(bound, 3) for bound in clopper_pearson(0, 100)]
    [0.0, 0.036]
    """
    from scipy.stats import beta  # noqa: PLC0415  a quarter of a second

    tail = (1.0 - CONFIDENCE) / 2.0
    low = float(beta.ppf(tail, below, runs - below + 1)) if below > 0 else 0.0
    high = float(beta.ppf(1.0 - tail, below + 1, runs - below)) if below < runs else 1.0
    return low, high


def uniformity(shares: Sequence[float]) -> float:
    """Return the p-value of Kolmogorov and Smirnov's test that shares are uniform from 0 to 1.

    >>> round(uniformity([0.1, 0.3, 0.5, 0.7, 0.9]), 2), uniformity([0.99] * 5) < 0.001
    (1.0, True)
    """
    from scipy.stats import kstest  # noqa: PLC0415  a quarter of a second

    return float(kstest(np.asarray(shares), "uniform").pvalue)
