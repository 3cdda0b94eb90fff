"""One search from the first look to the result: explore, refine, simplify, look again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.tuning.fitting import Fit, neighbors, together
from simdeploy.tuning.front import chosen
from simdeploy.tuning.knobs import Knob, numeric, reading
from simdeploy.tuning.playing import Played, Player
from simdeploy.tuning.result import LETTERS, TODAY, Row, Tried, Tuning
from simdeploy.tuning.search import CANDIDATES, Search, block_size, first_look, gaps
from simdeploy.tuning.sensitivity import Index, design, indices

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
#: Least runs per setting, and the search's part of the runs.
LEAST_RUNS, SEARCHED = 20, 10
#: Which noise counts, of all settings: wild ones must not make the good ones level.
CALM = 0.1


class Tuner:
    """One search.

    `Tuner.result` carries it out.
    """

    def __init__(
        self, player: Player, today: Any, faulty: bool, runs: int, budget: int,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.player, self.scenario, self.faulty = player, today, faulty
        self.runs, self.budget, self.progress = runs, budget, progress
        self.searched = max(LEAST_RUNS, runs // SEARCHED)
        self.done = 0
        #: Settings to play, those that are simplified and looked at again included.
        self.total = budget + CANDIDATES
        player.tell = self._tell
        self.factors = tuple(self._factor(one) for one in player.knobs)
        self.search = Search(player, self._fit(), self.searched)

    def _tell(self, settings: int) -> None:
        self.done += settings
        if self.progress:
            self.progress(min(self.done, self.total), self.total)

    def _factor(self, one: Knob) -> float:
        """Return what a knob's written number is multiplied by: 0.01 for a share as percent."""
        value = next((v for v in reversed(one.values) if v.endswith("%") and numeric(v)), None)
        if value is None or isinstance(reading(self.scenario, one.path), int):
            return 1.0
        return self._read_back(one, value) / (numeric(value) or 1.0)

    def _read_back(self, one: Knob, value: str) -> float:
        return float(reading(self.player.scenario(self._only(one, value)), one.path))

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
            self.scenario.service.desired_count,
            tuple(self._as_today(one, factor)
                  for one, factor in zip(knobs, self.factors, strict=True)),
        )  # fmt: skip

    def _as_today(self, one: Knob, factor: float) -> str | None:
        """Return the value of a knob with which the scenario is what it is today."""
        now, today = reading(self.scenario, one.path), self.player.scenario(self._only(one, None))
        for value in one.values:
            number = numeric(value)
            near = value == now if number is None else number * factor == _number(now)
            if near and self.player.scenario(self._only(one, value)) == today:
                return value
        return None

    def _only(self, one: Knob, value: str | None) -> tuple[str | None, ...]:
        return tuple(value if other is one else None for other in self.player.knobs)

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
        resolution = self._resolution(list(search.found))
        sensitivity = self._sensitivity(looked, points.n, resolution)
        # What is kept back pays for the simplifying.
        kept = min(CANDIDATES * len(player.knobs), self.budget // 5)
        search.refine(self.budget - kept - len(search.found), player.seed, resolution)
        best = search.front(resolution, max(1, kept // len(player.knobs)))
        best = search.simplified(best, self._order(sensitivity))
        return self._checked([nothing, *(one for one in best if one != nothing)], sensitivity)

    def _refuse_unplayable(self, nothing: Any) -> None:
        from simdeploy.engines import encoded  # noqa: PLC0415  engines come with NumPy

        encoded(self.player.scenario(nothing), self.player.strategy, "release")

    def _sensitivity(
        self, looked: list[Any], n: int, resolution: Array
    ) -> tuple[tuple[Index, ...] | None, ...]:
        means = self.search.means(looked)
        knobs = len(self.player.knobs)
        return tuple(
            indices(_ranked(means[:, k], float(resolution[k])), knobs, n, self.player.seed)
            for k in range(len(self.player.goals))
        )

    def _order(self, sensitivity: Sequence[tuple[Index, ...] | None]) -> list[tuple[int, ...]]:
        """Return what to put back first: knobs that belong together, then what matters least."""
        knobs = self.player.knobs
        tables = [one for one in sensitivity if one is not None]
        weight = [sum(table[k].total for table in tables) for k in range(len(knobs))]
        return [*together(knobs), *((int(k),) for k in np.argsort(weight, kind="stable"))]

    def _resolution(self, settings: list[Any]) -> Array:
        """Return the difference in each goal that nobody could see, or that luck could make.

        Noise is the half width of a paired difference to today's setting, of the calm ones.
        """
        now = self.search.found[self.search.fit.nothing].values
        sample = settings[1 :: max(1, len(settings) // 200)]
        halves = [self._half(now, self.search.found[one]) for one in sample]
        noise = np.quantile(np.array(halves), CALM, axis=0) if halves else np.zeros(len(now))
        return np.maximum(self.player.small(now, 0, self.searched), noise)

    @staticmethod
    def _half(now: Array, other: Played) -> list[float]:
        return [half for _, half in gaps(now, other.values)]

    def _checked(
        self, settings: list[Any], sensitivity: tuple[tuple[Index, ...] | None, ...]
    ) -> Tuning:
        """Play settings on fresh luck and make the result of them; the first is today's."""
        player = self.player
        fresh = player.all(settings, self.searched, self.searched + self.runs)
        today, *rows = (self._row(one, p) for one, p in zip(settings, fresh, strict=True))
        small = self.player.small(today.values, self.searched, self.searched + self.runs)
        resolution = np.maximum(
            small,
            np.quantile([self._half(today.values, one) for one in fresh], CALM, axis=0),
        )
        keeping = [one for one in (today, *rows) if self._keeps(one)]
        front, knee, size = self._front(keeping, resolution)
        found = list(self.search.found)
        return Tuning(
            scenario=self.scenario, strategy=player.strategy, knobs=player.knobs,
            units=tuple(map(self._unit, player.knobs)), goals=player.goals,
            constraints=player.constraints, faulty=self.faulty, seed=player.seed, runs=self.runs,
            searched=self.searched, today=today, front=front,
            knee=knee, front_size=size, resolution=resolution, small=small,
            tried=Tried(tuple(found), self._plain_means(found), self.search.excess(found) <= 0.0),
            sensitivity=sensitivity, nearest=() if front else self._named(rows[:1]),
        )  # fmt: skip

    def _plain_means(self, settings: list[Any]) -> Array:
        signs = np.array([goal.sign for goal in self.player.goals])
        return np.asarray(self.search.means(settings) * signs)

    def _front(self, rows: list[Row], resolution: Array) -> tuple[tuple[Row, ...], Row | None, int]:
        """Return the rows that stand for the front, the knee among them, and the front's size."""
        if not rows:
            return (), None, 0
        signs = np.array([goal.sign for goal in self.player.goals])
        values = np.array([row.means for row in rows]) * signs
        now = values[0] if rows[0].label == TODAY else None
        found = chosen(values, len(LETTERS), resolution, now)
        named = self._named([rows[int(k)] for k in found.places])
        at = int(np.flatnonzero(found.places == found.knee)[0])
        return named, named[at], found.size

    def _named(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Name rows by letters; today's setting keeps its name."""
        letters = iter(LETTERS)
        return tuple(
            row if row.label == TODAY else replace(row, label=next(letters)) for row in rows
        )

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
        return "s" if any(value.endswith(("s", "m")) for value in one.values) else ""


def _ranked(values: Array, resolution: float) -> Array:
    """Return ranks, level ones shared: neither noise nor a few huge values decide what matters."""
    from scipy.stats import rankdata  # noqa: PLC0415  only a search pays for scipy

    return np.asarray(rankdata(np.floor(values / resolution)), dtype=float)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _told(value: Any) -> float | str | None:
    number = _number(value)
    return number if number is not None else None if value is None else str(value)
