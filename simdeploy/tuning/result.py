"""The result of ``tune``: the front, its knee, differences to today, and sensitivities."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.intervals import Array, Means, means_of
from simdeploy.results.paired import Difference, paired
from simdeploy.results.summary import finite
from simdeploy.scenario import Scenario
from simdeploy.sweeps.knobs import Setting
from simdeploy.tuning.goals import Constraint, Goal, satisfied
from simdeploy.tuning.knobs import Knob
from simdeploy.tuning.sensitivity import Index, most_influential

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TODAY = "today"
#: How settings are chosen after the first sample: by our own rounds, or by Optuna's estimator.
EVOLUTION, TPE = "evolution", "tpe"
SEARCHES = (EVOLUTION, TPE)
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, eq=False)
class SettingResult:
    """One setting with its numbers over runs that the search did not use."""

    label: str
    setting: Setting
    #: Every knob's value as a number in base units, or as a word.
    readings: tuple[float | str | None, ...]
    #: Goals × runs.
    values: Array
    bounds: tuple[float | None, ...]

    @property
    def means(self) -> Array:
        """The mean of each goal."""
        return self._mean_and_half[0]

    @property
    def halves(self) -> Array:
        """Half of the width of each mean's 95 % interval."""
        return self._mean_and_half[1]

    @cached_property
    def _mean_and_half(self) -> tuple[Array, Array]:
        found = self.intervals
        # A single run has no interval.
        return found.mean, np.nan_to_num((found.high - found.low) / 2.0, nan=0.0)

    @cached_property
    def intervals(self) -> Means:
        """Each mean with the interval that its runs allow, as in a comparison."""
        goals, runs = self.values.shape
        return means_of(self.values, np.full(goals, runs))


@dataclass(frozen=True, eq=False)
class Tried:
    """All settings that the search played, with fewer runs each."""

    settings: tuple[Setting, ...]
    means: Array
    keeps: NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Part of a setting's changes: places of the knobs, and what it does to each goal.

    The differences are paired: the setting − the same setting with these knobs as today.
    """

    knobs: tuple[int, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, repr=False, eq=False)
class Tuning:
    """The result of a search.

    Attributes
    ----------
    today
        The setting of the scenario as it stands.
    front
        Up to eight settings of the Pareto front, sorted by the first objective.
    knee
        The setting of the front nearest to the best of every objective; None without a front.
    sensitivity
        Per objective, an index per knob; None for an objective that does not vary.
    """

    scenario: Scenario
    strategy: str
    knobs: tuple[Knob, ...]
    units: tuple[str, ...]
    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    faulty: bool
    seed: int
    runs: int
    #: Most settings of the search.
    budget: int
    #: Runs of each setting in the search.
    searched: int
    #: How the settings after the first sample were chosen: ``evolution`` or ``tpe``.
    search: str
    today: SettingResult
    front: tuple[SettingResult, ...]
    knee: SettingResult | None
    #: Number of settings of the whole front, which ``front`` represents.
    front_size: int
    resolution: Array
    #: Differences to today's setting that are too small to matter, by objective.
    small: Array
    tried: Tried
    sensitivity: tuple[tuple[Index, ...] | None, ...]
    #: Where no setting satisfies the constraints: those nearest to it.
    nearest: tuple[SettingResult, ...] = ()
    #: What each change of the knee does by itself; empty where it changes one thing.
    parts: tuple[Part, ...] = ()

    @property
    def rows(self) -> tuple[SettingResult, ...]:
        """Today's setting, then the front."""
        return (self.today, *(r for r in self.front or self.nearest if r is not self.today))

    def keeps(self, row: SettingResult) -> bool:
        """Return whether a setting satisfies every constraint."""
        return satisfied(self.constraints, row.bounds)

    def broken(self, row: SettingResult) -> list[tuple[Constraint, float]]:
        """Return the constraints that a setting breaks, each with the setting's value."""
        pairs = zip(self.constraints, row.bounds, strict=True)
        return [(rule, v) for rule, v in pairs if v is not None and rule.excess(v) > 0.0]

    def against_today(self, row: SettingResult) -> list[Difference]:
        """Return the paired difference today − row of each goal."""
        names = [goal.name for goal in self.goals]
        return paired(TODAY, row.label, self.today.values, row.values, names)

    def is_level(self, difference: Difference) -> bool:
        """Return whether a difference to today includes zero or is too small to matter."""
        at = [goal.name for goal in self.goals].index(difference.metric)
        return difference.level or abs(difference.mean or 0.0) < self.small[at]

    def is_better(self, difference: Difference) -> bool:
        """Return whether today is better by a difference that is not level."""
        goal = next(goal for goal in self.goals if goal.name == difference.metric)
        return not self.is_level(difference) and goal.sign * (difference.mean or 0.0) < 0.0

    @cached_property
    def meeting(self) -> tuple[Knob, ...]:
        """The knobs of greatest influence, at most three."""
        tables = [table for table in self.sensitivity if table is not None]
        return tuple(self.knobs[k] for k in most_influential(tables))

    def to_frame(self, which: str = "front") -> "pd.DataFrame":
        """Return a pandas DataFrame of knobs and goals.

        Parameters
        ----------
        which
            ``front``: today's setting and the front, from fresh runs, with ``_half`` of each 95 %
            interval. ``tried``: every setting of the search, with its fewer runs.
        """
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        if which not in {"front", "tried"}:
            raise ValueError(f'which must be "front" or "tried"; got {which!r:.40}')
        if which == "tried":
            return pd.DataFrame(self._tried())
        records = [self._record(row) for row in self.rows]
        return pd.DataFrame(records).set_index("label")

    def _record(self, row: SettingResult) -> dict[str, Any]:
        knobs = {k.path: value for k, value in zip(self.knobs, row.readings, strict=True)}
        means = {g.name: float(v) for g, v in zip(self.goals, row.means, strict=True)}
        halves = {f"{g.name}_half": float(v) for g, v in zip(self.goals, row.halves, strict=True)}
        flags = {"knee": row is self.knee, "keeps_constraints": self.keeps(row)}
        return {"label": row.label} | knobs | means | halves | flags

    def _tried(self) -> dict[str, Any]:
        columns: dict[str, Any] = {
            knob.path: [setting[k] for setting in self.tried.settings]
            for k, knob in enumerate(self.knobs)
        }
        for k, goal in enumerate(self.goals):
            columns[goal.name] = self.tried.means[:, k]
        return columns | {"keeps_constraints": self.tried.keeps}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, without NaN, timings and the name of the engine."""
        return {
            "scenario": self.scenario.name,
            "strategy": self.strategy,
            "seed": self.seed,
            "runs": self.runs,
            "searched": {
                "settings": len(self.tried.settings),
                "runs_each": self.searched,
                "by": self.search,
            },
            "knobs": {k.path: list(k.values) for k in self.knobs},
            "objectives": [goal.name for goal in self.goals],
            "constraints": [rule.text for rule in self.constraints],
            "today": self._row(self.today),
            "front": [self._row(row) for row in self.front],
            "front_size": self.front_size,
            "knee": self.knee.label if self.knee else None,
            "knee_changes": [self._part(part) for part in self.parts],
            "nearest": [self._row(row) for row in self.nearest],
            "sensitivity": {
                goal.name: self._indices(table)
                for goal, table in zip(self.goals, self.sensitivity, strict=True)
            },
            "worth_a_meeting": [knob.path for knob in self.meeting],
        }

    def _row(self, row: SettingResult) -> dict[str, Any]:
        changed = {k.path: v for k, v in zip(self.knobs, row.setting, strict=True) if v is not None}
        pairs = zip(self.goals, row.means.tolist(), row.halves.tolist(), strict=True)
        objectives = {
            g.name: {"mean": m + 0.0, "ci95": [m - h + 0.0, m + h + 0.0]} for g, m, h in pairs
        }
        out: dict[str, Any] = {"label": row.label, "changed": changed, "objectives": objectives}
        out["constraints"] = {
            rule.text: finite(value)
            for rule, value in zip(self.constraints, row.bounds, strict=True)
        }
        out["keeps_constraints"] = self.keeps(row)
        if row is not self.today:
            out["today_minus_this"] = [d.to_dict() for d in self.against_today(row)]
        return out

    def _part(self, part: Part) -> dict[str, Any]:
        return {
            "knobs": [self.knobs[k].path for k in part.knobs],
            "with_minus_without": [difference.to_dict() for difference in part.differences],
        }

    def _indices(self, table: Sequence[Index] | None) -> dict[str, Any] | None:
        if table is None:
            return None
        pairs = zip(self.knobs, table, strict=True)
        return {knob.path: index._asdict() for knob, index in pairs}

    def to_json(self) -> str:
        """Return everything as JSON; equal inputs give equal bytes."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"

    def plot(self, ax: "Axes | None" = None) -> "Figure":
        """Draw the front with today's setting and the knee; return the figure."""
        from simdeploy.report.tuning.plot import plot_tuning  # noqa: PLC0415  reports are above

        figure: Figure = plot_tuning(self, ax)
        return figure

    def _repr_html_(self) -> str:
        from simdeploy.report.tuning.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self)

    def __repr__(self) -> str:
        size = f"{len(self.tried.settings):,} settings × {self.searched:,} runs, seed {self.seed}"
        return f"<Tuning of {self.scenario.name}, {self.strategy}: {size}>"

    def __str__(self) -> str:
        from simdeploy.report.tuning.table import render_tuning  # noqa: PLC0415  reports are above

        return render_tuning(self)
