"""The results of ``compare``: every strategy of a scenario on the same luck.

Three variants are played: the release; its good twin, the same scenario without the release's
faults, to see which strategies ship it; and the drill, a good release taken back, to time that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.detectors import Detector, detectors, unfair
from simdeploy.results.intervals import Array
from simdeploy.results.metrics import NAMES, WRONG
from simdeploy.results.overview import GoodOverview, Overview, good_overview, overview
from simdeploy.results.pair_lookup import PairLookup
from simdeploy.results.paired import Difference, differences
from simdeploy.results.ranking import ORDER, Ranking
from simdeploy.results.room import check_differences
from simdeploy.results.standings import ranking_of
from simdeploy.results.summary import (
    AT_ONCE,
    Summary,
    Variant,
    matrix,
    most_of_each,
    summarize,
    summarize_variant,
    thin_means,
)
from simdeploy.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = NDArray[np.void]
DRILLS = {"rollback_after_s": False, "rollback_late_s": True}


@dataclass(frozen=True, repr=False)
class StrategyResult:
    """All runs of one strategy: a structured array of the release, of its twin and of the drill."""

    name: str
    horizon: float
    rows: Rows
    twin_rows: Rows | None = None
    drill_rows: Mapping[str, Rows] | None = None
    #: Whether the release has faults; a good release is its own twin.
    faulty: bool = True

    @cached_property
    def release(self) -> Variant:
        """Summary of the release."""
        return summarize_variant(self.rows, self.horizon)

    @cached_property
    def twin(self) -> Variant | None:
        """Summary of the good twin; None where it was not run."""
        return None if self.twin_rows is None else summarize_variant(self.twin_rows, self.horizon)

    @cached_property
    def drill(self) -> dict[str, Summary] | None:
        """Time to roll back (s) some time after full traffic, and at the end of the deployment.

        Runs that roll back by themselves before that have no such time.
        """
        if self.drill_rows is None:
            return None
        times = np.array([drilled(rows, self.good_rows) for rows in self.drill_rows.values()])
        summaries = summarize(times, self.horizon, restrict=[True] * len(times))
        return dict(zip(self.drill_rows, summaries, strict=True))

    @property
    def good_rows(self) -> Rows | None:
        """The runs of a good release; None where none was played."""
        return self.rows if self.twin_rows is None and not self.faulty else self.twin_rows

    def matrix(self, names: Sequence[str], *, good: bool = False) -> Array:
        """Return metrics of each run of the release, or of a good one, metrics × runs."""
        rows = self.good_rows if good else self.rows
        return matrix(self.rows if rows is None else rows, names)

    @cached_property
    def overview(self) -> Overview:
        """What the runs of the release do beside their metrics."""
        return overview(self.rows, self.horizon)

    def sample(self, metric: str) -> Array:
        """Return a metric of each run, or of the first ones."""
        found: Array = self.matrix([metric])[0]
        return found

    @cached_property
    def good_overview(self) -> GoodOverview | None:
        """What the runs of a good release do; None where none was played."""
        return None if self.good_rows is None else good_overview(self.good_rows, self.horizon)

    def __repr__(self) -> str:
        return f"<StrategyResult of {self.name}: {len(self.rows):,} runs>"

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as in the JSON; a variant that was not run is null."""
        drill = None if self.drill is None else {n: s.to_dict() for n, s in self.drill.items()}
        twin = None if self.twin is None else self.twin.to_dict()
        return self.release.to_dict() | {"twin": twin, "drill": drill}


@dataclass(frozen=True, repr=False)
class Comparison:
    """What ``compare`` returns: every run of every strategy, with summaries and a ranking."""

    scenario: Scenario
    runs: int
    seed: int
    strategies: dict[str, StrategyResult]
    #: Whether quantiles are those of histograms, as the runs are too many to be kept.
    approximate: ClassVar[bool] = False

    @cached_property
    def differences(self) -> list[Difference]:
        """Paired differences of every metric between every two strategies, in file order.

        Raises
        ------
        NumberError
            For more strategies than `results.room.check_differences` allows.
        """
        check_differences(len(self.strategies))
        return self._paired(NAMES)

    def _paired(self, names: Sequence[str]) -> list[Difference]:
        most = [self._most(name) for name in names]
        step = max(1, AT_ONCE // (self.runs * len(self.strategies)))
        # Some metrics at a time bound the memory; pair after pair is the order of the result.
        parts = []
        for k in range(0, len(names), step):
            some = names[k : k + step]
            tables = {n: s.matrix(some) for n, s in self.results}
            parts.append((len(some), differences(tables, some, most[k : k + step])))
        pairs = len(self.strategies) * (len(self.strategies) - 1) // 2
        return [d for p in range(pairs) for n, found in parts for d in found[p * n : (p + 1) * n]]

    def _most(self, name: str) -> float:
        """Return the most that a run can have of a metric under any strategy."""
        return most_of_each((name,), self._requests, self.scenario.horizon)[0]

    @cached_property
    def _requests(self) -> float:
        """The most requests of a run."""
        return max(float(np.max(s.matrix(["requests"]), initial=0.0)) for _, s in self.results)

    @cached_property
    def _lookup(self) -> PairLookup:
        return PairLookup(
            tuple(self.strategies),
            lambda metric, n: self.strategies[n].matrix([metric])[0],
            self._most,
        )

    @cached_property
    def _good_lookup(self) -> PairLookup:
        return PairLookup(
            tuple(self.strategies),
            lambda metric, n: self.strategies[n].matrix([metric], good=True)[0],
            lambda _: 0.0,
        )

    def between(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric, or of the downtime that is caused."""
        return self._lookup.between(metric, a, b)

    def between_good(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric of `ranking.ORDER` of good releases."""
        return self._good_lookup.between(metric, a, b)

    @cached_property
    def good_differences(self) -> list[Difference]:
        """Paired differences of `ranking.ORDER` between good releases, where those were played."""
        good = {n: s.matrix(ORDER, good=True) for n, s in self.results if self.good(n) is not None}
        return differences(good, ORDER)

    @cached_property
    def ships(self) -> dict[str, float]:
        """Share of runs in which a strategy ships a good release, where that was played."""
        good = {name: self.good(name) for name in self.strategies}
        return {n: v.verdicts["shipped"].share for n, v in good.items() if v is not None}

    def good(self, name: str) -> Variant | None:
        """Return the summary of a good release under a strategy; None where none was played."""
        result = self.strategies[name]
        return result.twin or (None if self.faulty else result.release)

    def good_rows(self, name: str) -> Rows | None:
        """Return the runs of a good release under a strategy; None where none was played."""
        return self.strategies[name].good_rows

    @property
    def results(self) -> list[tuple[str, StrategyResult]]:
        """Names and results in file order."""
        return list(self.strategies.items())

    @property
    def faulty(self) -> bool:
        """Whether the release has faults."""
        return has_faults(self.scenario)

    @property
    def fault_kinds(self) -> frozenset[str]:
        """The kinds of all faults of the scenario's releases."""
        return fault_kinds(self.scenario)

    @property
    def wrong(self) -> bool:
        """Whether the release gives wrong answers that look right."""
        return bool(self.fault_kinds & WRONG)

    @cached_property
    def ranking(self) -> Ranking:
        """Strategies in groups by harm, and within a group by what a good release costs."""
        return ranking_of(self)

    @cached_property
    def detectors(self) -> dict[str, tuple[Detector, ...]]:
        """Per strategy, the signals that can end its deployment."""
        return detectors(self.scenario)

    @cached_property
    def warnings(self) -> list[str]:
        """Warnings: unequal detectors, means over few runs."""
        thin = [line for name, s in self.results for line in thin_means(name, s.release)]
        return unfair(self.scenario) + thin

    def to_frame(self, statistic: str = "mean") -> "pd.DataFrame":
        """Return a pandas DataFrame, strategies × metrics.

        Parameters
        ----------
        statistic
            ``mean``, ``p50``, ``p95``, ``p99``, ``n``, ``n_censored`` or ``share``.
        """
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        table = {
            name: {m: getattr(s.release.metrics[m], statistic) for m in NAMES}
            for name, s in self.results
        }
        frame = pd.DataFrame.from_dict(table, orient="index", columns=list(NAMES), dtype=float)
        return frame.rename_axis(index="strategy", columns="metric")

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain values: no NaN, no infinity, no engine's name, no time."""
        return {
            "scenario": self.scenario.name,
            "runs": self.runs,
            "seed": self.seed,
            **({"approximate": True} if self.approximate else {}),
            "strategies": {name: result.to_dict() for name, result in self.results},
            "differences": [difference.to_dict() for difference in self.differences],
            "answer": self.ranking.to_dict() | {"crossings": [], "warnings": self.warnings},
        }

    def plot(self, ax: "Axes | None" = None, metric: str = "failed_caused") -> "Figure":
        """Draw the distribution of a metric over the runs of each strategy; return the figure."""
        from simdeploy.report.plots.dots import plot_comparison  # noqa: PLC0415  reports are above

        figure: Figure = plot_comparison(self, ax, metric)
        return figure

    def _repr_html_(self) -> str:
        from simdeploy.report.answer.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self)

    def __repr__(self) -> str:
        names = ", ".join(self.strategies)
        runs = f"{self.runs:,} runs, seed {self.seed}"
        return f"<Comparison of {names}: {self.scenario.name}, {runs}>"

    def __str__(self) -> str:
        from simdeploy.report.answer.text import render_comparison  # noqa: PLC0415  reports are above

        return render_comparison(self)


def has_faults(scenario: Scenario) -> bool:
    """Return whether any release of the scenario has faults: only then it has a good twin."""
    return bool(fault_kinds(scenario))


def fault_kinds(scenario: Scenario) -> frozenset[str]:
    """Return the kinds of all faults of the scenario's releases."""
    return frozenset(
        fault.tag() for release in scenario.chain for fault in release.effective_faults
    )


def drilled(rows: Rows, good: Rows | None = None) -> NDArray[np.float64]:
    """Return the time to roll back of each run (s); NaN where no order was given.

    The order comes after full traffic. Where an alarm, a breaker or an operator has rolled back
    before, as without a drill, there is no order.

    Parameters
    ----------
    rows
        Runs of the drill.
    good
        The same runs without an order; None where they were not played.
    """
    ordered = ~np.isnan(rows["full_traffic_s"])
    if good is not None:
        ordered &= ~(good["decision_s"] <= rows["decision_s"])
    return np.where(ordered, rows["rollback_s"], np.nan)
