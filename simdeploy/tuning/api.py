"""``tune``: which settings of a strategy are best, and what today's settings give up."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.blocks import did_you_mean
from simdeploy.comparison import has_faults
from simdeploy.errors import SimdeployError
from simdeploy.results.paired import paired
from simdeploy.scenario.loading import load_tree
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node, read_text
from simdeploy.tuning.defaults import default_knobs
from simdeploy.tuning.fitting import Fit, neighbors
from simdeploy.tuning.front import knee, pareto_front, spread_out
from simdeploy.tuning.goals import constraints as read_constraints
from simdeploy.tuning.goals import objectives as read_objectives
from simdeploy.tuning.goals import variants
from simdeploy.tuning.knobs import Knob, knob, numeric, read, reading
from simdeploy.tuning.playing import Played, Player
from simdeploy.tuning.result import LETTERS, TODAY, Row, Tried, Tuning
from simdeploy.tuning.search import CANDIDATES, Search, block_size, first_look
from simdeploy.tuning.sensitivity import Index, design, indices

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
BUDGET = 2000
#: Least budget and runs with which a search says anything, and the search's part of the runs.
LEAST_BUDGET, LEAST_RUNS, SEARCHED = 100, 20, 5
MOST_BUDGET = 1_000_000


def tune(
    scenario: Any,
    strategy: str | None = None,
    *,
    knobs: Mapping[str, Any] | Sequence[str] = (),
    objectives: Sequence[str] = (),
    constraints: Sequence[str] = (),
    runs: int | None = None,
    seed: int | None = None,
    budget: int = BUDGET,
    twin: bool = True,
    engine: str = "batch",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search the settings of a strategy for those that no other beats.

    Every setting meets the same luck, with the release as it is and with its good twin: what
    rolls back fast must not roll back good releases. The figures of the result come from runs that
    the search did not see.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, a file, or a name of the gallery.
    strategy
        Whose settings; by default the scenario's first.
    knobs
        ``"path=lo:hi"`` or ``"path=a,b,c"`` each, or a mapping from path to values. By default
        those of health checks, draining, pace and alarms that the strategy has.
    objectives
        What to make small; by default harm, rollback, extra_cost and deployment.
    constraints
        Bounds such as ``"downtime_s p99 <= 1"``. Good releases have to be shipped in any case.
    runs
        Fresh runs behind every figure; the search plays a fifth of them per setting.
    budget
        How many settings to play.
    twin
        Must be true where the release has faults.
    progress
        Called with the settings done and how many there are in all.

    Raises
    ------
    SimdeployError
        For knobs, objectives, constraints or settings that are none, before anything is played.
    """
    root = _tree(scenario)
    today = Player(root, "", (), (), (), {}, 0, _replicate()).scenario(())
    name = _strategy(today, strategy)
    faulty = has_faults(today)
    if faulty and not twin:
        raise SimdeployError(
            f"{today.name} deploys a bad release: without its good twin a setting that undoes every "
            "release would win; leave twin on"
        )
    goals, rules = read_objectives(objectives), read_constraints(constraints)
    found = _knobs(knobs) or default_knobs(today, name)
    root = _spelled_out(root, today, name, found)
    player = Player(
        root, name, found, goals, rules,
        variants([*goals, *(rule.goal for rule in rules)], faulty=faulty),
        today.seed if seed is None else seed, _replicate(), engine, _threads(threads),
    )  # fmt: skip
    runs = _at_least(today.runs if runs is None else runs, LEAST_RUNS, "--runs")
    _at_least(budget, LEAST_BUDGET, "--budget", MOST_BUDGET)
    return _Tuner(player, today, faulty, runs, budget, progress).result()


def _replicate() -> Callable[..., NDArray[np.void]]:
    from simdeploy.engines import replicate  # noqa: PLC0415  engines come with NumPy

    return replicate


def _tree(scenario: Any) -> Node:
    """Return a scenario as a tree of nodes: that of its file, or that of the object itself."""
    if isinstance(scenario, str | Path):
        return load_tree(scenario)
    if isinstance(scenario, Node):
        return scenario
    from simdeploy.scenario import dump_scenario  # noqa: PLC0415  only an object is written out

    return read_text(dump_scenario(scenario), scenario.name)


def _strategy(scenario: Any, name: str | None) -> str:
    known = list(scenario.strategies)
    if name is None:
        return known[0]
    if name not in known:
        raise SimdeployError(f'unknown strategy "{name[:60]}"; {did_you_mean(name, known)}')
    return name


def _knobs(given: Mapping[str, Any] | Sequence[str]) -> tuple[Knob, ...]:
    if isinstance(given, Mapping):
        found = [knob(path, values) for path, values in given.items()]
    else:
        found = [read(text) for text in given]
    paths = [one.path for one in found]
    twice = next((path for i, path in enumerate(paths) if path in paths[:i]), None)
    if twice is not None:
        raise SimdeployError(f"--knob {twice}: stands twice")
    return tuple(found)


def _at_least(value: int, least: int, what: str, most: int = 10_000_000) -> int:
    if not least <= value <= most:
        raise SimdeployError(f"{what} must be from {least:,} to {most:,}; got {value:,}")
    return int(value)


def _threads(threads: int | None) -> int:
    from simdeploy.engines.batch import thread_count  # noqa: PLC0415  with the engine

    return threads or thread_count()


def _spelled_out(root: Node, scenario: Any, strategy: str, knobs: Sequence[Knob]) -> Node:
    """Write out what a configuration by name stands for, so that one part of it can be turned."""
    block = scenario.strategies[strategy]
    path = f"strategies.{strategy}"
    if getattr(block, "config", None) is None:
        return root
    parts = [key for key in ("percent", "wait", "every") if hasattr(block, key)]
    if any(one.path in {f"{path}.{key}" for key in parts} for one in knobs):
        for key in parts:
            root = override(root, f"{path}.{key}={getattr(block, key)}")
    return root


class _Tuner:
    """One search from the first look to the result."""

    def __init__(
        self, player: Player, today: Any, faulty: bool, runs: int, budget: int,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.player, self.scenario, self.faulty = player, today, faulty
        self.runs, self.budget, self.progress = runs, budget, progress
        self.searched = max(LEAST_RUNS, runs // SEARCHED)
        self.done = 0
        player.tell = self._tell
        self.factors = tuple(self._factor(one) for one in player.knobs)
        self.search = Search(player, self._fit(), self.searched)

    def _tell(self, settings: int) -> None:
        self.done += settings
        if self.progress:
            self.progress(min(self.done, self.budget), self.budget)

    def _factor(self, one: Knob) -> float:
        """Return what a knob's written number is multiplied by in the file: 0.01 for 1 % as share.

        Reads each value once, so that none is played that the scenario does not take.
        """
        reading(self.scenario, one.path)
        alone = Player(self.player.root, "", (one,), (), (), {}, 0, _replicate())
        for value in one.values:
            number = numeric(value)
            if number and not neighbors(one.path):
                alone.check((value,))
            if number and value.endswith("%"):
                read_back = reading(alone.scenario((value,)), one.path)
                return float(read_back) / number if isinstance(read_back, float) else 1.0
        return 1.0

    def _fit(self) -> Fit:
        knobs = self.player.knobs
        paths = {one.path for one in knobs}
        tied = sorted({path for one in knobs for path in neighbors(one.path)} - paths)
        fixed = [(path, _number(reading(self.scenario, path))) for path in tied]
        return Fit(
            knobs,
            tuple(
                None if now is None else now / factor
                for now, factor in zip(map(self._now, knobs), self.factors, strict=True)
            ),
            tuple((path, value) for path, value in fixed if value is not None),
        )

    def _now(self, one: Knob) -> float | None:
        return _number(reading(self.scenario, one.path))

    def result(self) -> Tuning:
        """Search, then look at the best again with fresh luck."""
        player, search = self.player, self.search
        points = design(len(player.knobs), block_size(self.budget, len(player.knobs)), player.seed)
        looked = first_look(search, points)
        nothing = search.fit.nothing
        self._refuse_unplayable(nothing)
        search.play([nothing, *looked])
        sensitivity = self._sensitivity(looked, points.n)
        resolution = self._resolution(list(search.found))
        search.refine(self.budget - len(search.found), player.seed, resolution)
        best = search.front(resolution, CANDIDATES)
        best = search.simplified(best, self._by_weight(sensitivity), resolution)
        return self._checked([nothing, *(one for one in best if one != nothing)], sensitivity)

    def _refuse_unplayable(self, nothing: Any) -> None:
        from simdeploy.engines import model_of  # noqa: PLC0415  engines come with NumPy

        model_of(self.player.scenario(nothing), self.player.strategy, "release")

    def _sensitivity(self, looked: list[Any], n: int) -> tuple[tuple[Index, ...] | None, ...]:
        means = self.search.means(looked)
        knobs = len(self.player.knobs)
        return tuple(
            indices(_counted(means[:, k], goal.noticeable), knobs, n, self.player.seed)
            for k, goal in enumerate(self.player.goals)
        )

    def _by_weight(self, sensitivity: Sequence[tuple[Index, ...] | None]) -> list[int]:
        """Return the knobs, those that matter least first."""
        tables = [one for one in sensitivity if one is not None]
        weight = [sum(table[k].total for table in tables) for k in range(len(self.player.knobs))]
        return [int(k) for k in np.argsort(weight, kind="stable")]

    def _resolution(self, settings: list[Any]) -> Array:
        """Return the difference in each goal that nobody could see, or that luck could make.

        Noise is the half width of a paired difference to today's setting, over a sample of them.
        """
        now = self.search.found[self.search.fit.nothing].values
        sample = settings[1 :: max(1, len(settings) // 200)]
        halves = [self._half(now, self.search.found[one]) for one in sample]
        noise = np.median(np.array(halves), axis=0) if halves else np.zeros(len(now))
        least = np.array([goal.noticeable for goal in self.player.goals])
        return np.maximum(least, noise)

    def _half(self, now: Array, other: Played) -> list[float]:
        names = [goal.name for goal in self.player.goals]
        found = paired("a", "b", now, other.values, names)
        return [(one.ci95[1] - one.ci95[0]) / 2 if one.ci95 else 0.0 for one in found]

    def _checked(
        self, settings: list[Any], sensitivity: tuple[tuple[Index, ...] | None, ...]
    ) -> Tuning:
        """Play settings on fresh luck and make the result of them; the first is today's."""
        player = self.player
        fresh = player.all(settings, self.searched, self.searched + self.runs)
        today, *rows = (self._row(one, p) for one, p in zip(settings, fresh, strict=True))
        resolution = np.maximum(
            np.array([goal.noticeable for goal in player.goals]),
            np.median([self._half(today.values, one) for one in fresh], axis=0),
        )
        keeping = [one for one in (today, *rows) if self._keeps(one)]
        chosen, at, size = self._front(keeping, resolution)
        found = list(self.search.found)
        return Tuning(
            scenario=self.scenario, strategy=player.strategy, knobs=player.knobs,
            units=tuple(map(self._unit, player.knobs)), goals=player.goals,
            constraints=player.constraints, faulty=self.faulty, seed=player.seed, runs=self.runs,
            searched=self.searched, today=today, front=chosen,
            knee=None if at is None else chosen[at], front_size=size, resolution=resolution,
            tried=Tried(tuple(found), self._plain_means(found), self.search.excess(found) <= 0.0),
            sensitivity=sensitivity, nearest=() if chosen else self._named(rows[:1]),
        )  # fmt: skip

    def _plain_means(self, settings: list[Any]) -> Array:
        return self.search.means(settings) * np.array([goal.sign for goal in self.player.goals])

    def _front(
        self, rows: list[Row], resolution: Array
    ) -> tuple[tuple[Row, ...], int | None, int]:
        """Return rows that stand for the front, the place of the knee, and the front's size."""
        if not rows:
            return (), None, 0
        signs = np.array([goal.sign for goal in self.player.goals])
        values = np.array([row.means for row in rows]) * signs
        places = pareto_front(values, resolution)
        middle = knee(values[places], resolution)
        chosen = spread_out(values[places], len(LETTERS), resolution, (middle,))
        named = self._named([rows[int(places[k])] for k in chosen])
        return named, int(np.flatnonzero(chosen == middle)[0]), len(places)

    def _named(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Name rows by letters; today's setting keeps its name."""
        return tuple(
            row if row.label == TODAY else Row(letter, row.setting, row.readings, row.values, row.bounds)
            for letter, row in zip(LETTERS, rows, strict=False)
        )  # fmt: skip

    def _row(self, setting: Any, played: Played) -> Row:
        label = TODAY if setting == self.search.fit.nothing else ""
        scenario = self.player.scenario(setting)
        told = tuple(_told(reading(scenario, one.path)) for one in self.player.knobs)
        return Row(label, setting, told, played.values, played.bounds)

    def _keeps(self, row: Row) -> bool:
        pairs = zip(self.player.constraints, row.bounds, strict=True)
        return all(rule.excess(value) <= 0.0 for rule, value in pairs)

    def _unit(self, one: Knob) -> str:
        """Return how a knob's numbers are told: seconds, percent, a share, or as they are."""
        if any(value.endswith("%") for value in one.values):
            return "share" if self.factors[self.player.knobs.index(one)] != 1.0 else "%"
        if one.path.endswith("percent"):
            return "%"
        return "s" if any(value.endswith("s") or value.endswith("m") for value in one.values) else ""


def _counted(values: Array, least: float) -> Array:
    """Return values on a scale of ratios, so that a few huge ones do not hide all others."""
    return np.asarray(np.log1p((values - values.min()) / least))


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _told(value: Any) -> float | str | None:
    number = _number(value)
    return number if number is not None else None if value is None else str(value)
