"""Every strategy of a scenario on the same luck: what each does to users, bill and evening.

Beside the release itself run its good twin (the same scenario without the release's faults: what
ships it?) and the drill (a good release taken back: how long does that last?).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.detectors import Detector, detectors, unfair
from simdeploy.results.drill import drilled
from simdeploy.results.mechanism import NOTHING, Mechanism, mechanism
from simdeploy.results.metrics import NAMES
from simdeploy.results.paired import Difference, differences
from simdeploy.results.ranking import COST, HARM, TOTAL, WRONG, Ranking, rank
from simdeploy.results.summary import (
    Summary,
    Variant,
    matrix,
    summarize_time,
    summarize_variant,
    thin_means,
)

Rows = NDArray[np.void]
Play = Callable[..., Any]
#: Harm beyond what the service loses without a deployment.
CAUSED = ("failed_caused", "slow_caused")
DRILLS = {"rollback_after_s": False, "rollback_late_s": True}


@dataclass(frozen=True, repr=False)
class StrategyResult:
    """All runs of one strategy: a structured array of the release, of its twin and of the drill."""

    name: str
    horizon: float
    rows: Rows
    twin_rows: Rows | None = None
    drill_rows: Mapping[str, Rows] | None = None
    #: Whether the release has faults; a good one is its own twin.
    faulty: bool = True

    @cached_property
    def release(self) -> Variant:
        """The release's numbers."""
        return summarize_variant(self.rows, self.horizon)

    @cached_property
    def twin(self) -> Variant | None:
        """The good twin's numbers; None where it was not run."""
        return None if self.twin_rows is None else summarize_variant(self.twin_rows, self.horizon)

    @cached_property
    def drill(self) -> dict[str, Summary] | None:
        """How long it takes to go back: some time after full traffic, and at the very end.

        Runs that go back by themselves before that have no such time.
        """
        if self.drill_rows is None:
            return None
        good = self.rows if self.twin_rows is None and not self.faulty else self.twin_rows
        return {
            name: summarize_time(drilled(rows, good), self.horizon)
            for name, rows in self.drill_rows.items()
        }

    def __repr__(self) -> str:
        return f"<StrategyResult of {self.name}: {len(self.rows):,} runs>"

    def to_dict(self) -> dict[str, Any]:
        """Return the form of the JSON; what was not run is null."""
        drill = None if self.drill is None else {n: one.to_dict() for n, one in self.drill.items()}
        twin = None if self.twin is None else self.twin.to_dict()
        return self.release.to_dict() | {"twin": twin, "drill": drill}


@dataclass(frozen=True, repr=False)
class Comparison:
    """What ``compare`` returns: every run of every strategy, and what follows from them."""

    scenario: Any
    runs: int
    seed: int
    strategies: dict[str, StrategyResult]
    #: Plays one run in full, for what only events tell; without it the verdict says less.
    play: Play | None = field(default=None, repr=False, compare=False)

    @cached_property
    def differences(self) -> list[Difference]:
        """Paired differences of every metric between every two strategies, in file order."""
        return differences({n: matrix(one.rows, NAMES) for n, one in self.strategies.items()})

    @cached_property
    def _between(self) -> dict[tuple[str, str, str], Difference]:
        caused = differences({n: matrix(s.rows, CAUSED) for n, s in self.results}, CAUSED)
        return {(d.metric, d.a, d.b): d for d in (*self.differences, *caused)}

    def between(self, metric: str, a: str, b: str) -> Difference:
        """Return the paired difference a − b of a metric."""
        found = self._between.get((metric, a, b))
        return found or self._between[metric, b, a].swapped()

    @cached_property
    def ships(self) -> dict[str, float]:
        """Share of runs in which a strategy ships a good release, where that was looked at."""
        looked = {n: s.twin or (None if self.faulty else s.release) for n, s in self.results}
        return {n: v.verdicts["shipped"].share for n, v in looked.items() if v is not None}

    @property
    def results(self) -> list[tuple[str, StrategyResult]]:
        """Names and results in file order."""
        return list(self.strategies.items())

    @property
    def faulty(self) -> bool:
        """Whether the release has faults."""
        return has_faults(self.scenario)

    @property
    def wrong(self) -> bool:
        """Whether the release answers wrongly where it does not fail."""
        kinds = {fault.kind for release in self.scenario.chain for fault in release.faults}
        return bool(kinds & WRONG)

    @cached_property
    def ranking(self) -> Ranking:
        """Who wins, by harm and then by cost."""
        means = {n: _harm(s.rows) | {m: s.release.metrics[m].mean or 0.0
                                     for m in (COST, *TOTAL.values())}
                 for n, s in self.results}  # fmt: skip
        live = {n: s.release.verdicts["escaped"].share for n, s in self.results}
        names = list(self.strategies)
        return rank(names, self.ships, means, self.between, wrong=self.wrong, live=live)

    @cached_property
    def mechanisms(self) -> dict[str, Mechanism]:
        """What the events of typical runs tell of each strategy's way back."""
        return {n: self._mechanism(n, one.rows, "release") for n, one in self.results}

    @cached_property
    def twin_mechanisms(self) -> dict[str, Mechanism]:
        """The same of good releases, for the strategies that do not ship them."""
        return {
            name: self._mechanism(
                name, one.rows if one.twin_rows is None else one.twin_rows, "twin"
            )
            for name, one in self.results
            if name in dict(self.ranking.left_out)
        }

    def _mechanism(self, name: str, rows: Rows, variant: str) -> Mechanism:
        play = self.play
        if play is None:
            return NOTHING
        luck = {"seed": self.seed, "variant": variant}
        return mechanism(
            rows, lambda number: play(self.scenario, name, replication=number, **luck).timeline
        )

    @cached_property
    def detectors(self) -> dict[str, tuple[Detector, ...]]:
        """Which signals watch each strategy, and until when, in words."""
        return detectors(self.scenario)

    @cached_property
    def warnings(self) -> list[str]:
        """What weakens the comparison: unequal detectors, means that few runs carry."""
        thin = [line for name, one in self.results for line in thin_means(name, one.release)]
        return unfair(self.scenario) + thin

    def to_frame(self, statistic: str = "mean") -> Any:
        """Return a pandas DataFrame, strategies × metrics.

        Parameters
        ----------
        statistic
            ``mean``, ``p50``, ``p95``, ``p99``, ``n``, ``n_censored`` or ``share``.
        """
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        table = {
            name: {m: getattr(one.release.metrics[m], statistic) for m in NAMES}
            for name, one in self.results
        }
        frame = pd.DataFrame.from_dict(table, orient="index", columns=list(NAMES), dtype=float)
        return frame.rename_axis(index="strategy", columns="metric")

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain values: no NaN, no infinity, no engine's name, no time."""
        return {
            "scenario": self.scenario.name,
            "runs": self.runs,
            "seed": self.seed,
            "strategies": {name: one.to_dict() for name, one in self.results},
            "differences": [one.to_dict() for one in self.differences],
        }

    def plot(self, ax: Any = None, metric: str = "failed_requests") -> Any:
        """Draw how a metric spreads over the runs of each strategy; return the figure."""
        from simdeploy.report.plots.figures import plot_comparison  # noqa: PLC0415  reports are above

        return plot_comparison(self, ax, metric)

    def _repr_html_(self) -> str:
        from simdeploy.report.comparison.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self)

    def __repr__(self) -> str:
        names = ", ".join(self.strategies)
        told = f"{self.scenario.name}, {self.runs:,} runs, seed {self.seed}"
        return f"<Comparison of {names}: {told}>"

    def __str__(self) -> str:
        from simdeploy.report.comparison.screen import render_comparison  # noqa: PLC0415  reports are above

        return render_comparison(self)


def has_faults(scenario: Any) -> bool:
    """Return whether a release of the scenario has faults: only then it has a good twin."""
    return any(release.faults for release in scenario.chain)


def _harm(rows: Rows) -> dict[str, float]:
    """Return the harm that a deployment causes; to do better than without one is no harm."""
    means = matrix(rows, HARM).mean(axis=1).tolist()
    return {name: max(0.0, mean) for name, mean in zip(HARM, means, strict=True)}
