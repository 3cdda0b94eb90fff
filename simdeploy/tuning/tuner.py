"""One search from the first sample to the result: explore, refine, simplify, replay."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simdeploy.api import Progress
from simdeploy.engines import encoded
from simdeploy.results.comparison import has_faults
from simdeploy.results.intervals import Array
from simdeploy.results.paired import paired
from simdeploy.scenario import Scenario
from simdeploy.sweeps.knobs import Setting
from simdeploy.tuning.fitting import Fit, groups, neighbors
from simdeploy.tuning.front import representatives
from simdeploy.tuning.goals import satisfied
from simdeploy.tuning.knobs import Knob, numeric, reading
from simdeploy.tuning.result import (
    EVOLUTION,
    LETTERS,
    TODAY,
    TPE,
    Part,
    SettingResult,
    Tried,
    Tuning,
)
from simdeploy.tuning.search import (
    CANDIDATES,
    Player,
    Sample,
    Search,
    block_size,
    first_sample,
    paired_differences,
)
from simdeploy.tuning.sensitivity import Index, design, indices

#: Sensitivity indices per objective; None where it does not vary.
Sensitivity = tuple[tuple[Index, ...] | None, ...]
#: Least runs per setting in the search, which plays 1/`SEARCHED` of the result's runs.
LEAST_RUNS, SEARCHED = 20, 10
#: Quantile of the settings' noise that counts: noisy settings must not make the others level.
NOISE_QUANTILE = 0.1


#: Bounds of pods: numbers have no unit, and shares are words.
BOUNDS = (".max_surge", ".max_unavailable")


class Tuner:
    """One search, carried out by `Tuner.result`."""

    def __init__(
        self,
        player: Player,
        today: Scenario,
        runs: int,
        budget: int,
        progress: Progress | None,
        refinement: str = EVOLUTION,
    ) -> None:
        self.player, self.scenario, self.refinement = player, today, refinement
        self.runs, self.budget, self.progress = runs, budget, progress
        self.searched = max(LEAST_RUNS, runs // SEARCHED)
        self.done = 0
        #: Most settings to play, including those of the result and the parts of its knee.
        self.total = budget + CANDIDATES + len(player.knobs)
        player.progress = self._add
        self.factors = tuple(self._factor(knob) for knob in player.knobs)
        self.search = Search(player, self._fit(), self.searched)

    def _add(self, settings: int) -> None:
        self.done += settings
        if self.progress:
            self.progress(min(self.done, self.total), self.total)

    def _factor(self, knob: Knob) -> float:
        """Return base units per unit of a knob's written numbers: 0.01 for a share in percent."""
        value = next((v for v in reversed(knob.values) if v.endswith("%") and numeric(v)), None)
        if value is None or isinstance(reading(self.scenario, knob.path), int):
            return 1.0
        changed = reading(self.player.scenario(self._only(knob, value)), knob.path)
        # Bounds of pods stay as they are written: a share beside a number of pods.
        return 1.0 if isinstance(changed, str) else float(changed) / (numeric(value) or 1.0)

    def _fit(self) -> Fit:
        knobs = self.player.knobs
        paths = set(self.player.paths)
        tied = sorted({path for knob in knobs for path in neighbors(knob.path)} - paths)
        fixed = [(path, _number(reading(self.scenario, path))) for path in tied]
        pairs = list(zip(knobs, self.factors, strict=True))
        # Today's values in the units of the knobs' written numbers; None for words.
        today = [(_number(reading(self.scenario, knob.path)), factor) for knob, factor in pairs]
        return Fit(
            knobs,
            tuple(None if now is None else now / factor for now, factor in today),
            tuple((path, value) for path, value in fixed if value is not None),
            self.scenario.service.desired_count,
            tuple(self._same_as_today(knob, factor) for knob, factor in pairs),
        )

    def _same_as_today(self, knob: Knob, factor: float) -> str | None:
        """Return the value of a knob that leaves today's scenario unchanged; None if none does."""
        now = reading(self.scenario, knob.path)
        today = self.player.scenario(self._only(knob, None))
        for value in knob.values:
            number = numeric(value)
            if number is None or isinstance(now, str):
                near = value == now
            else:
                near = number * factor == _number(now)
            if near and self.player.scenario(self._only(knob, value)) == today:
                return value
        return None

    def _only(self, knob: Knob, value: str | None) -> Setting:
        return tuple(value if other is knob else None for other in self.player.knobs)

    def result(self) -> Tuning:
        """Search, then play the best settings again with runs that the search did not use."""
        best, sensitivity = self.explored()
        nothing = self.search.fit.nothing
        return self._replayed([nothing, *(s for s in best if s != nothing)], sensitivity)

    def explored(self) -> tuple[list[Setting], Sensitivity]:
        """Search, and return the best settings, each as simple as it can be, with the indices."""
        player, search = self.player, self.search
        points = design(len(player.knobs), block_size(self.budget, len(player.knobs)), player.seed)
        first = first_sample(search, points.points)
        nothing = search.fit.nothing
        encoded(player.scenario(nothing), player.strategy, "release")  # raises if unplayable
        search.play([nothing, *first])
        resolution = self._resolution(list(search.samples))
        sensitivity = self._sensitivity(first, points.n, resolution)
        # Part of the budget is reserved for the simplification.
        reserve = min(CANDIDATES * len(player.knobs), self.budget // 5)
        left = self.budget - reserve - len(search.samples)
        if self.refinement == TPE:
            from simdeploy.tuning.library import refine  # noqa: PLC0415  an extra

            refine(search, left, player.seed)
        else:
            search.refine(left, player.seed, resolution)
        best = search.front(resolution, max(1, reserve // len(player.knobs)))
        return search.simplified(best, self._order(sensitivity)), sensitivity

    def _sensitivity(self, first: list[Setting], n: int, resolution: Array) -> Sensitivity:
        means = self.search.means(first)
        knobs = len(self.player.knobs)
        return tuple(
            indices(_ranked(means[:, k], float(resolution[k])), knobs, n, self.player.seed)
            for k in range(len(self.player.goals))
        )

    def _order(self, sensitivity: Sensitivity) -> list[tuple[int, ...]]:
        """Return the knobs to reset first: groups, then single knobs of least influence."""
        knobs = self.player.knobs
        tables = [table for table in sensitivity if table is not None]
        weight = [sum(table[k].total for table in tables) for k in range(len(knobs))]
        return [*groups(knobs), *((int(k),) for k in np.argsort(weight, kind="stable"))]

    def _resolution(self, settings: list[Setting]) -> Array:
        """Return per goal the difference that is too small to matter or to distinguish from noise.

        Noise is the half width of a paired difference to today's setting.
        """
        now = self.search.samples[self.search.fit.nothing].values
        sampled = settings[1 :: max(1, len(settings) // 200)]
        halves = [_half_widths(now, self.search.samples[setting]) for setting in sampled]
        noise = np.quantile(halves, NOISE_QUANTILE, axis=0) if halves else np.zeros(len(now))
        return np.maximum(self.player.small(now, 0, self.searched), noise)

    def _replayed(self, settings: list[Setting], sensitivity: Sensitivity) -> Tuning:
        """Play settings on unused runs and return the result; the first setting is today's."""
        player = self.player
        first, last = self.searched, self.searched + self.runs
        samples = player.play_all(settings, first, last)
        today, *rows = (self._row(s, sample) for s, sample in zip(settings, samples, strict=True))
        small = player.small(today.values, first, last)
        halves = [_half_widths(today.values, sample) for sample in samples]
        resolution = np.maximum(small, np.quantile(halves, NOISE_QUANTILE, axis=0))
        allowed = [row for row in (today, *rows) if satisfied(player.constraints, row.bounds)]
        front, knee, size = self._front(allowed, resolution)
        return Tuning(
            scenario=self.scenario,
            strategy=player.strategy,
            knobs=player.knobs,
            units=tuple(map(self._unit, player.knobs)),
            goals=player.goals,
            constraints=player.constraints,
            faulty=has_faults(self.scenario),
            seed=player.seed,
            runs=self.runs,
            budget=self.budget,
            searched=self.searched,
            search=self.refinement,
            today=today,
            front=front,
            knee=knee,
            front_size=size,
            resolution=resolution,
            small=small,
            tried=self._tried(),
            sensitivity=sensitivity,
            nearest=() if front else self._named(rows[:1]),
            parts=() if knee is None or knee is today else self._parts(knee, first, last),
        )

    def _parts(self, knee: SettingResult, lo: int, hi: int) -> tuple[Part, ...]:
        """Return what each change of a setting does by itself; nothing for a single change."""
        changed = [k for k, value in enumerate(knee.setting) if value is not None]
        tied = groups(self.player.knobs)
        undone: dict[tuple[int, ...], Setting] = {}
        for k in changed:
            for knobs in ((k,), *(group for group in tied if k in group)):
                part = tuple(at for at in knobs if at in changed)
                setting = self.search.without(knee.setting, part)
                if setting is not None:
                    undone[part] = setting
                    break
        if len(undone) <= 1:
            return ()
        samples = self.player.play_all(list(undone.values()), lo, hi)
        names = [goal.name for goal in self.player.goals]
        pairs = zip(undone, samples, strict=True)
        return tuple(
            Part(knobs, tuple(paired("with", "without", knee.values, sample.values, names)))
            for knobs, sample in pairs
        )

    def _tried(self) -> Tried:
        settings = list(self.search.samples)
        means = np.asarray(self.search.means(settings) * self._signs)
        return Tried(tuple(settings), means, self.search.excess(settings) <= 0.0)

    @property
    def _signs(self) -> Array:
        return np.array([goal.sign for goal in self.player.goals])

    def _front(
        self, rows: list[SettingResult], resolution: Array
    ) -> tuple[tuple[SettingResult, ...], SettingResult | None, int]:
        """Return the representatives of the front, its knee, and the front's size."""
        if not rows:
            return (), None, 0
        values = np.array([row.means for row in rows]) * self._signs
        now = values[0] if rows[0].label == TODAY else None
        chosen = representatives(values, len(LETTERS), resolution, now)
        named = self._named([rows[int(k)] for k in chosen.places])
        at = int(np.flatnonzero(chosen.places == chosen.knee)[0])
        return named, named[at], chosen.size

    def _named(self, rows: Sequence[SettingResult]) -> tuple[SettingResult, ...]:
        """Label rows by letters; today's setting keeps its label."""
        letters = iter(LETTERS)
        return tuple(
            row if row.label == TODAY else replace(row, label=next(letters)) for row in rows
        )

    def _row(self, setting: Setting, sample: Sample) -> SettingResult:
        label = TODAY if setting == self.search.fit.nothing else ""
        scenario = self.player.scenario(setting)
        read = tuple(_number_or_word(reading(scenario, path)) for path in self.player.paths)
        return SettingResult(label, setting, read, sample.values, sample.bounds)

    def _unit(self, knob: Knob) -> str:
        """Return the unit of a knob's numbers: s, %, share, or none."""
        if knob.path.endswith(BOUNDS):
            return ""
        if any(value.endswith("%") for value in knob.values):
            return "share" if self.factors[self.player.knobs.index(knob)] != 1.0 else "%"
        if knob.path.endswith("percent"):
            return "%"
        return "s" if any(value.endswith(("s", "m")) for value in knob.values) else ""


def _half_widths(now: Array, other: Sample) -> list[float]:
    return [half for _, half in paired_differences(now, other.values)]


def _ranked(values: Array, resolution: float) -> Array:
    """Return ranks with ties within the resolution, robust against noise and outliers."""
    from scipy.stats import rankdata  # noqa: PLC0415  only a search pays for scipy

    return np.asarray(rankdata(np.floor(values / resolution)), dtype=float)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _number_or_word(value: Any) -> float | str | None:
    number = _number(value)
    return number if number is not None else None if value is None else str(value)
