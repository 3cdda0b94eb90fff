"""What ``tune`` returns: the front, its knee, what today gives up, and which knobs matter."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.paired import Difference, paired
from simdeploy.results.summary import mean_and_half
from simdeploy.tuning.goals import Constraint, Goal
from simdeploy.tuning.knobs import Knob, Setting
from simdeploy.tuning.sensitivity import Index, worth_a_meeting

Array = NDArray[np.float64]
TODAY = "today"
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, eq=False)
class Row:
    """One setting with its numbers over runs that the search did not see."""

    label: str
    setting: Setting
    #: Every knob's value as a number in the file's base unit, where it is one; else as a word.
    readings: tuple[float | str | None, ...]
    #: Goals × runs.
    values: Array
    bounds: tuple[float | None, ...]

    @cached_property
    def means(self) -> Array:
        """The mean of each goal."""
        return mean_and_half(self.values, _all(self.values))[0]

    @cached_property
    def halves(self) -> Array:
        """Half of the width of each mean's 95 % interval."""
        return mean_and_half(self.values, _all(self.values))[1]


def _all(values: Array) -> NDArray[np.int64]:
    return np.full(len(values), values.shape[1])


@dataclass(frozen=True, eq=False)
class Tried:
    """All settings that the search played, with fewer runs each."""

    settings: tuple[Setting, ...]
    means: Array
    keeps: NDArray[np.bool_]


@dataclass(frozen=True, repr=False, eq=False)
class Tuning:
    """The result of a search.

    Attributes
    ----------
    today
        The setting of the scenario as it stands.
    front
        Up to eight settings that no other beats, by the first objective.
    knee
        The one of them nearest to the best of every objective at once; None without a front.
    sensitivity
        Per objective, an index per knob; None where no knob moves it.
    """

    scenario: Any
    strategy: str
    knobs: tuple[Knob, ...]
    units: tuple[str, ...]
    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    faulty: bool
    seed: int
    runs: int
    searched: int
    today: Row
    front: tuple[Row, ...]
    knee: Row | None
    #: Settings of the front of which these stand for all.
    front_size: int
    resolution: Array
    #: Differences to today's setting that are too small to matter, by objective.
    small: Array
    tried: Tried
    sensitivity: tuple[tuple[Index, ...] | None, ...]
    #: Where no setting keeps the constraints: those that come nearest.
    nearest: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Today's setting, then the front."""
        return (self.today, *(r for r in self.front or self.nearest if r is not self.today))

    def keeps(self, row: Row) -> bool:
        """Tell whether a setting keeps every constraint."""
        pairs = zip(self.constraints, row.bounds, strict=True)
        return all(rule.excess(value) <= 0.0 for rule, value in pairs)

    def broken(self, row: Row) -> list[tuple[Constraint, float]]:
        """Return the constraints that a setting breaks, with what it has."""
        pairs = zip(self.constraints, row.bounds, strict=True)
        return [(rule, v) for rule, v in pairs if v is not None and rule.excess(v) > 0.0]

    def against_today(self, row: Row) -> list[Difference]:
        """Return the paired difference today − row of each goal: what today gives up."""
        names = [goal.name for goal in self.goals]
        return paired(TODAY, row.label, self.today.values, row.values, names)

    def is_level(self, difference: Difference) -> bool:
        """Tell whether a difference to today is within its interval, or too small to matter."""
        at = [goal.name for goal in self.goals].index(difference.metric)
        return difference.level or abs(difference.mean or 0.0) < self.small[at]

    def is_better(self, difference: Difference) -> bool:
        """Tell whether today is better by a difference that is not level."""
        goal = next(one for one in self.goals if one.name == difference.metric)
        return not self.is_level(difference) and goal.sign * (difference.mean or 0.0) < 0.0

    @cached_property
    def meeting(self) -> tuple[Knob, ...]:
        """The two or three knobs that are worth a meeting; fewer where fewer matter."""
        tables = [one for one in self.sensitivity if one is not None]
        return tuple(self.knobs[k] for k in worth_a_meeting(tables))

    def to_frame(self, which: str = "front") -> Any:
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
        told = [self._told(row) for row in self.rows]
        return pd.DataFrame(told).set_index("label")

    def _told(self, row: Row) -> dict[str, Any]:
        knobs = {one.path: value for one, value in zip(self.knobs, row.readings, strict=True)}
        means = {g.name: float(v) for g, v in zip(self.goals, row.means, strict=True)}
        halves = {f"{g.name}_half": float(v) for g, v in zip(self.goals, row.halves, strict=True)}
        flags = {"knee": row is self.knee, "keeps_constraints": self.keeps(row)}
        return {"label": row.label} | knobs | means | halves | flags

    def _tried(self) -> dict[str, Any]:
        columns: dict[str, Any] = {
            one.path: [setting[k] for setting in self.tried.settings]
            for k, one in enumerate(self.knobs)
        }
        for k, goal in enumerate(self.goals):
            columns[goal.name] = self.tried.means[:, k]
        return columns | {"keeps_constraints": self.tried.keeps}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values: no NaN, no engine's name, no time."""
        return {
            "scenario": self.scenario.name, "strategy": self.strategy, "seed": self.seed,
            "runs": self.runs, "searched": {"settings": len(self.tried.settings),
                                            "runs_each": self.searched},
            "knobs": {k.path: list(k.values) for k in self.knobs},
            "objectives": [goal.name for goal in self.goals],
            "constraints": [rule.text for rule in self.constraints],
            "today": self._row(self.today),
            "front": [self._row(row) for row in self.front],
            "front_size": self.front_size,
            "knee": self.knee.label if self.knee else None,
            "nearest": [self._row(row) for row in self.nearest],
            "sensitivity": {
                goal.name: self._indices(found)
                for goal, found in zip(self.goals, self.sensitivity, strict=True)
            },
            "worth_a_meeting": [knob.path for knob in self.meeting],
        }  # fmt: skip

    def _row(self, row: Row) -> dict[str, Any]:
        changed = {k.path: v for k, v in zip(self.knobs, row.setting, strict=True) if v is not None}
        pairs = zip(self.goals, row.means, row.halves, strict=True)
        told = {g.name: {"mean": m + 0.0, "ci95": [m - h + 0.0, m + h + 0.0]}
                for g, m, h in pairs}  # fmt: skip
        out: dict[str, Any] = {"label": row.label, "changed": changed, "objectives": told}
        out["constraints"] = {
            rule.text: _finite(value)
            for rule, value in zip(self.constraints, row.bounds, strict=True)
        }
        out["keeps_constraints"] = self.keeps(row)
        if row is not self.today:
            out["today_minus_this"] = [one.to_dict() for one in self.against_today(row)]
        told_plainly: dict[str, Any] = _plain(out)
        return told_plainly

    def _indices(self, found: Sequence[Index] | None) -> dict[str, Any] | None:
        if found is None:
            return None
        return {
            knob.path: _plain(one._asdict()) for knob, one in zip(self.knobs, found, strict=True)
        }

    def to_json(self) -> str:
        """Return everything as JSON; equal inputs give equal bytes."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"

    def plot(self, ax: Any = None) -> Any:
        """Draw the front with today's setting and the knee; return the figure."""
        from simdeploy.report.tuning.plot import plot_tuning  # noqa: PLC0415  reports are above

        return plot_tuning(self, ax)

    def _repr_html_(self) -> str:
        from simdeploy.report.tuning.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self)

    def __repr__(self) -> str:
        told = f"{len(self.tried.settings):,} settings × {self.searched:,} runs, seed {self.seed}"
        return f"<Tuning of {self.scenario.name}, {self.strategy}: {told}>"

    def __str__(self) -> str:
        from simdeploy.report.tuning.table import render_tuning  # noqa: PLC0415  reports are above

        return render_tuning(self)


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else value


def _plain(value: Any) -> Any:
    """Return numbers of NumPy as Python's own."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, np.floating) else value
