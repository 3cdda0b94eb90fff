"""Many faults under every strategy of a service, all on the same luck: rows × strategies."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simdeploy.advice.fault_rows import (
    FaultRow,
    default_rows,
    load_fault_rows,
    needed_capacity,
    with_fault,
)
from simdeploy.advice.standing import Standing
from simdeploy.api import Progress, RunCounter
from simdeploy.engines import Engine, encoded, engine_named
from simdeploy.engines.folding import ChunkPlayer
from simdeploy.errors import SimdeployError
from simdeploy.results.comparison import Comparison, Rows, StrategyResult
from simdeploy.results.comparison_fold import ComparisonFold
from simdeploy.results.pair_folds import RANKED
from simdeploy.results.ranking import HARM
from simdeploy.results.room import keeps_matrix
from simdeploy.results.summary import Summary
from simdeploy.scenario import Scenario
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.simulating import ScenarioOrPath, loaded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: Runs of a cell unless others are wanted; a comparison of one fault plays five times as many.
RUNS = 200
#: Runs between two reports of progress, after which an interruption takes effect.
STEP = 100
#: The columns of the frame, and of the CSV.
COLUMNS = (
    "place", "is_best", "failed_caused", "failed_caused_low", "failed_caused_high", "decided_share",
    "decided_after_s", "ships_share", "live_after_s", *HARM[1:], "verdict",
)  # fmt: skip
#: Most runs of all cells together.
MOST_RUNS = 100_000_000


class Numbers(NamedTuple):
    """What a cell says: requests failed by the deployment, and when it is decided or live.

    ``decided`` is the share of runs that decide to go back, ``decided_s`` when those do, after the
    command (s); ``ships`` is the share of runs of the same release without its faults that ship,
    ``live_s`` when those have all traffic. Means over no run are None.
    """

    failed: Summary
    decided: float
    decided_s: float | None
    ships: float
    live_s: float | None


@dataclass(frozen=True, repr=False)
class FaultMatrix:
    """What ``compare_faults`` returns: one comparison per row of faults, on the same luck.

    Attributes
    ----------
    scenario
        The service; its own release is not played.
    rows
        The faults, in the order of their file.
    comparisons
        Per row, its strategies over all runs.
    """

    scenario: Scenario
    runs: int
    seed: int
    rows: tuple[FaultRow, ...]
    comparisons: dict[str, Comparison]

    @cached_property
    def standing(self) -> Standing:
        """Where the strategies stand over all rows."""
        rankings = {name: comparison.ranking for name, comparison in self.comparisons.items()}
        return Standing(rankings, self.strategies)

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies in file order."""
        return tuple(self.scenario.strategies)

    def numbers(self, row: str, strategy: str) -> Numbers:
        """Return the numbers of a cell."""
        comparison = self.comparisons[row]
        result = comparison.strategies[strategy]
        decided = result.release.metrics["decision_s"]
        good = result.good_overview
        return Numbers(
            result.release.metrics["failed_caused"],
            (decided.n - decided.n_censored) / decided.runs,
            result.overview.decided_s,
            comparison.ships[strategy],
            None if good is None else good.live_s,
        )

    def records(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield row, strategy and the values of `COLUMNS`, each of which may be None."""
        for row, comparison in self.comparisons.items():
            for name, result in comparison.results:
                cell, metrics = self.numbers(row, name), result.release.metrics
                shares = result.release.verdicts
                bounds = cell.failed.ci95 or (None, None)
                most = max(shares, key=lambda word: shares[word].share)
                place = None if name in comparison.ranking.left_out else self._place(row, name)
                values = (
                    place, name in comparison.ranking.winners, cell.failed.mean, *bounds,
                    cell.decided, cell.decided_s, cell.ships, cell.live_s,
                    *(metrics[metric].mean for metric in HARM[1:]), most,
                )  # fmt: skip
                yield row, name, dict(zip(COLUMNS, values, strict=True))

    def _place(self, row: str, strategy: str) -> int:
        return self.standing.place(row, strategy) + 1

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas DataFrame, a line per fault and strategy.

        ``place`` is the group of the ranking, from 1 on and missing for a strategy that does not
        ship a good release; ``decided_after_s`` is a mean over the share of runs that decide,
        ``live_after_s`` over the good releases that ship; the harm beside ``failed_caused`` are
        means; ``verdict`` is the most frequent.
        """
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        records = list(self.records())
        index = pd.MultiIndex.from_tuples(
            [(row, name) for row, name, _ in records], names=["fault", "strategy"]
        )
        frame = pd.DataFrame([values for *_, values in records], index, list(COLUMNS))
        return frame.astype({"place": "Int64"})

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain values: no NaN, no infinity, no time."""
        faults: list[dict[str, Any]] = [
            {"name": row.name, "about": row.about, "good": row.is_good,
             "horizon": self.comparisons[row.name].scenario.horizon,
             "needed_capacity": needed_capacity(row, self.scenario), "strategies": {},
             "answer": self.comparisons[row.name].ranking.to_dict()}
            for row in self.rows
        ]  # fmt: skip
        by_name = {fault["name"]: fault["strategies"] for fault in faults}
        for row, name, values in self.records():
            by_name[row][name] = values
        about = {"scenario": self.scenario.name, "runs": self.runs, "seed": self.seed}
        return about | {"faults": faults}

    def plot(self) -> "Figure":
        """Draw the matrix; return the figure."""
        from simdeploy.report.faults.plot import plot_faults  # noqa: PLC0415  reports are above

        figure: Figure = plot_faults(self)
        return figure

    def _repr_html_(self) -> str:
        from simdeploy.report.faults.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self)

    def __repr__(self) -> str:
        names = ", ".join(self.strategies)
        return f"<FaultMatrix of {len(self.rows)} faults × {names}: {self.scenario.name}>"

    def __str__(self) -> str:
        from simdeploy.report.faults.text import render_faults  # noqa: PLC0415  reports are above

        return render_faults(self)


def compare_faults(
    scenario: ScenarioOrPath,
    faults: str | os.PathLike[str] | Iterable[FaultRow] | None = None,
    *,
    runs: int | None = None,
    seed: int | None = None,
    strategies: Iterable[str] | None = None,
    engine: str | Engine = "batch",
    threads: int | None = None,
    progress: Progress | None = None,
) -> FaultMatrix:
    """Play many faults under every strategy of a service, on the same luck.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, or a file or a name of the gallery; each row of faults
        replaces its release.
    faults
        Rows, or a file of rows; by default those that ``compare --faults list`` prints.
    runs
        Replications of each cell; by default 200.
    seed, strategies, engine, threads, progress
        As for ``compare``.

    Raises
    ------
    SimdeployError
        For a scenario with ``releases``, rows that do not fit it, and too many runs.
    """
    base = loaded(scenario) if strategies is None else loaded(scenario).only(strategies)
    words = Vocabulary(base.platform)
    rows = tuple(row._replace(about=words.fill(row.about)) for row in _rows(faults))
    laid = {row.name: with_fault(base, row) for row in rows}
    runs, seed = RUNS if runs is None else runs, base.seed if seed is None else seed
    total = _all_runs(list(laid.values()), runs)
    for each in laid.values():
        for name in each.strategies:
            encoded(each, name, "release")
    counter = RunCounter(total, progress)
    if _room(list(laid.values()), runs):
        played = _Played(engine_named(engine), seed, runs, threads, counter)
        made = {name: played.comparison(each) for name, each in laid.items()}
    else:
        player = ChunkPlayer(engine_named(engine), runs, seed, threads, counter.add)
        made = _folded(player, laid)
    return FaultMatrix(base, runs, seed, rows, made)


def _rows(faults: str | os.PathLike[str] | Iterable[FaultRow] | None) -> tuple[FaultRow, ...]:
    """Return rows, read where a file is given; their names differ, as in a file."""
    if faults is None:
        return default_rows()
    if isinstance(faults, str | os.PathLike):
        return load_fault_rows(faults)
    rows = tuple(faults)
    if not rows or len({row.name for row in rows}) < len(rows):
        raise SimdeployError("faults: needs rows, each with a name of its own")
    return rows


def planned(
    scenario: Scenario,
    faults: str | os.PathLike[str] | Iterable[FaultRow] | None = None,
    runs: int | None = None,
) -> int:
    """Return how many runs ``compare_faults`` plays.

    Each row takes one run per strategy and replication, and so does each good release that a row
    is compared with; rows of the same surroundings share theirs.

    Raises
    ------
    SimdeployError
        As ``compare_faults``.
    """
    laid = [with_fault(scenario, row) for row in _rows(faults)]
    return _all_runs(laid, RUNS if runs is None else runs)


def _all_runs(laid: list[Scenario], runs: int) -> int:
    bad, good = _releases(laid)
    total = (bad + good) * len(laid[0].strategies) * runs
    if total > MOST_RUNS:
        raise SimdeployError(f"runs: {total:,} in all cells together; allowed: {MOST_RUNS:,}")
    _room(laid, runs)
    return total


def _releases(laid: list[Scenario]) -> tuple[int, int]:
    """Return how many bad releases are played, and how many good ones."""
    good: list[tuple[Any, ...]] = []
    for each in laid:
        if _surroundings(each) not in good:
            good.append(_surroundings(each))
    return sum(not _is_good(each) for each in laid), len(good)


def _room(laid: list[Scenario], runs: int) -> bool:
    """Return whether all runs are kept; else row after row is folded."""
    return keeps_matrix(runs, len(laid[0].strategies), *_releases(laid))


def _is_good(scenario: Scenario) -> bool:
    return not scenario.release.effective_faults


def _surroundings(scenario: Scenario) -> tuple[Any, ...]:
    """Return what rows of a matrix may differ in, but for the faults of their release."""
    return scenario.environment, scenario.release.startup, scenario.horizon


@dataclass
class _Played:
    """Plays comparisons; the good release of the same surroundings is played once."""

    engine: Engine
    seed: int
    runs: int
    threads: int | None
    counter: RunCounter

    def __post_init__(self) -> None:
        self.good: list[tuple[tuple[Any, ...], dict[str, Rows]]] = []

    def comparison(self, scenario: Scenario) -> Comparison:
        """Return the comparison of a scenario, without the drill."""
        twins, good = self._twins(scenario), _is_good(scenario)
        results = {}
        for name in scenario.strategies:
            rows = twins[name] if good else self._play(scenario, name, "release")
            twin = None if good else twins[name]
            results[name] = StrategyResult(
                name, scenario.horizon, rows, twin, None, faulty=not good
            )
        return Comparison(scenario, self.runs, self.seed, results)

    def _twins(self, scenario: Scenario) -> dict[str, Rows]:
        around = _surroundings(scenario)
        for known, twins in self.good:
            if known == around:
                return twins
        twins = {name: self._play(scenario, name, "twin") for name in scenario.strategies}
        self.good.append((around, twins))
        return twins

    def _play(self, scenario: Scenario, name: str, variant: str) -> Rows:
        parts: list[Rows] = []
        for lo in range(0, self.runs, STEP):
            which: dict[str, Any] = {"seed": self.seed, "lo": lo, "hi": min(lo + STEP, self.runs)}
            parts.append(
                self.engine(scenario, name, variant=variant, threads=self.threads, **which)
            )
            self.counter.add(len(parts[-1]))
        return np.concatenate(parts)


def _folded(player: ChunkPlayer, laid: dict[str, Scenario]) -> dict[str, Comparison]:
    """Play row after row; each is settled before the next, so that few runs are in memory."""
    good: list[tuple[tuple[Any, ...], ComparisonFold]] = []
    made: dict[str, Comparison] = {}
    for row, scenario in laid.items():
        around = _surroundings(scenario)
        fold = next((fold for known, fold in good if known == around), None)
        if fold is None:
            fold = _fold(player, scenario, "twin")
            good.append((around, fold))
        if _is_good(scenario):
            made[row] = fold.comparison(scenario, player.runs, player.seed)
            continue
        bad = _fold(player, scenario, "release")
        bad.share_good(fold)
        made[row] = bad.comparison(scenario, player.runs, player.seed).settled()
    return made


def _fold(player: ChunkPlayer, scenario: Scenario, variant: str) -> ComparisonFold:
    """Play one variant of a row, and fold it as a release; a twin is a good one."""
    names, faulty = list(scenario.strategies), variant == "release"
    fold = ComparisonFold(names, scenario.horizon, faulty=faulty, twin=False, paired=RANKED)
    which = {"release": {"variant": variant}}
    for lo, hi in player.chunks(len(names), which):
        fold.add(player.play(scenario, which, lo, hi))
    return fold
