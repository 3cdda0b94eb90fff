"""Goals: what a setting is judged by, and the bounds that it has to keep.

A goal is a metric of the bad release (``rollback_s``), of its good twin (``twin.deployment_s``), of
the drill (``drill.rollback_s``: a good release taken back), a share of runs (``escaped``,
``twin.held``), or one of the words of `BUILT_IN`. Each run gives one number, so that two settings
that met the same luck can be compared run by run.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import SimdeployError
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.pydantic_base import did_you_mean
from simdeploy.results.comparison import DRILLS
from simdeploy.results.drill import drilled
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.ranking import SAME, SHIPS
from simdeploy.results.summary import LEVELS
from simdeploy.units import NUMBER, SHARE, TIME, Kind, UnitError

Array = NDArray[np.float64]
Rows = Mapping[str, NDArray[np.void]]
#: Lost requests; the second counts wrong answers, too.
HARM, WRONG_TOO = HARMS = ("harm", "harm_or_wrong")
LOST = 0.001
VARIANTS = ("release", "twin", "drill")
DRILL = "rollback_after_s"
#: More of these is better.
MORE = frozenset({"min_headroom", "min_healthy_tasks", "shipped", "stopped", "succeeded"})
#: A run in which it never happens counts as none of it; elsewhere as the whole horizon.
NEVER_IS_NONE = frozenset({"recover_s"})
#: Differences below these are nothing that anybody would notice, by unit.
NOTICEABLE = {"requests": 0.5, "USD": 0.005, "s": 1.0, "share": 0.005}
UNITS: dict[str, Kind] = {"s": TIME, "share": SHARE}
STATISTICS = ("mean", *(f"p{100 * level:.0f}" for level in LEVELS))
LEVEL_OF = {f"p{100 * level:.0f}": level for level in LEVELS}
#: Built-in limits: the twin arrives, as ``compare`` asks for, and is hardly ever undone.
KEPT = (f"shipped >= {100 * SHIPS:.0f}%", "false_rollback <= 1%")
DEFAULT = ("harm", "rollback", "extra_cost", "deployment")
_CONSTRAINT = re.compile(r"\s*([\w.]+)(?:\s+(\w+))?\s*(<=|>=|≤|≥|<|>)\s*(\S.*?)\s*")


class GoalError(SimdeployError):
    """An objective or a constraint that cannot be judged."""


@dataclass(frozen=True)
class Goal:
    """One number per run: its name, where it comes from, and how it is told."""

    name: str
    variant: str
    field: str
    unit: str
    title: str
    meaning: str

    @property
    def sign(self) -> float:
        """Return −1 where more is better, so that less of ``sign × value`` always is."""
        return -1.0 if self.field in MORE else 1.0

    @property
    def noticeable(self) -> float:
        """The least difference that anybody would notice."""
        return NOTICEABLE.get(self.unit, 0.01)

    def small(self, of: float, usual: float = 0.0) -> float:
        """Return the least difference that counts beside a value, as where strategies rank.

        Parameters
        ----------
        of
            The value.
        usual
            What is lost without a deployment in any case; a thousandth of it is nothing either.
        """
        return max(self.noticeable, SAME * abs(of), LOST * usual)

    @property
    def variants(self) -> tuple[str, ...]:
        """Which variants have to be played."""
        return ("release", "twin") if self.field in HARMS else (self.variant,)

    def values(self, rows: Rows, horizon: float) -> Array:
        """Return the number of each run; none is NaN or infinite.

        Parameters
        ----------
        rows
            Structured arrays by variant; without a twin the release is its own.
        horizon
            Stands for a time that is still open, and for what never happened.
        """
        if self.field in HARMS:
            return sum_of_harm(rows, wrong=self.field == WRONG_TOO)
        if self.field in BY_NAME:
            never = 0.0 if self.field in NEVER_IS_NONE else horizon
            return np.nan_to_num(self._column(rows), nan=never, posinf=horizon)
        return _share(rows.get(self.variant, rows["release"]), self.field)

    def told_by(self, rows: Rows) -> Array:
        """Return the number of each run as it is: NaN where it did not happen."""
        return self._column(rows) if self.field in BY_NAME else self.values(rows, np.inf)

    def _column(self, rows: Rows) -> Array:
        """Return a metric of each run; no drill counts in which the release was undone before."""
        played = rows.get(self.variant, rows["release"])
        if self.variant == "drill":
            return drilled(played, rows.get("twin", rows["release"]))
        return np.asarray(played[self.field], dtype=float)


def sum_of_harm(rows: Rows, *, wrong: bool) -> Array:
    """Return the requests that users lose until the horizon: with the release and with its twin.

    Parameters
    ----------
    wrong
        Whether an answer of bad code that does not fail is lost as well.
    """
    played = [rows[name] for name in ("release", "twin") if name in rows]
    lost = [one["failed_requests"] + one["slow_requests"] for one in played]
    if wrong:
        lost.append(rows["release"]["exposed_requests"])
    return np.asarray(np.sum(lost, axis=0), dtype=float)


def calm(rows: Rows) -> Array:
    """Return the requests of each run that are lost without any deployment, for all variants."""
    played = [rows[name] for name in ("release", "twin") if name in rows]
    lost = [
        one["failed_requests"] - one["failed_caused"] + one["slow_requests"] - one["slow_caused"]
        for one in played
    ]
    return np.asarray(np.sum(lost, axis=0), dtype=float)


def _share(rows: NDArray[np.void], field: str) -> Array:
    """Return 1 for each run that ends so, else 0."""
    if field in VERDICTS:
        return np.asarray(rows["verdict"] == VERDICTS.index(field), dtype=float)
    return np.asarray(rows["outcome"] == OUTCOMES.index(field), dtype=float)


def _goal(name: str, variant: str, field: str, title: str = "", meaning: str = "") -> Goal:
    metric = BY_NAME.get(field)
    if metric is None:
        words = field.replace("_", " ")
        told = f"Share of runs that end as {words}."
        return Goal(name, variant, field, "share", title or words.capitalize(), meaning or told)
    of = {"twin": " (good release)", "drill": " (drill)"}.get(variant, "")
    return Goal(name, variant, field, metric.unit, title or metric.title.removeprefix("… ") + of,
                meaning or metric.meaning)  # fmt: skip


BUILT_IN: dict[str, Goal] = {
    one.name: one
    for one in (
        Goal("harm", "release", "harm", "requests", "Harm",
             "requests that fail or are slow"),
        _goal("rollback", "drill", "rollback_s", "Back in",
              "from the order to take a good release back until users are back on the old one"),
        _goal("extra_cost", "twin", "extra_cost_usd", "Extra cost",
              "what shipping a good release costs beyond running as usual"),
        _goal("deployment", "twin", "deployment_s", "Deployment",
              "from the command until a good release is shipped and the service at rest"),
        _goal("false_rollback", "twin", "false_rollback", "False rollbacks",
              "share of good releases that are undone"),
        _goal("shipped", "twin", "shipped", "Good releases shipped",
              "share of good releases that arrive"),
    )
}  # fmt: skip


def goal(name: str, place: str) -> Goal:
    """Return the goal of a name; ``place`` says in errors where it was asked for.

    Raises
    ------
    GoalError
        For an unknown name.
    """
    text = name.strip()
    if text in BUILT_IN:
        return BUILT_IN[text]
    variant, dot, field = text.rpartition(".")
    fits = field in BY_NAME or field in VERDICTS or field in OUTCOMES
    if fits and (not dot or variant in VARIANTS) and (variant != "drill" or field == "rollback_s"):
        return _goal(text, variant or "release", field)
    raise GoalError(f'{place}: unknown "{text[:60]}"; {did_you_mean(text, _names(variant))}')


def _names(variant: str) -> list[str]:
    names = [*BY_NAME, *VERDICTS, *OUTCOMES]
    if variant == "drill":
        return ["drill.rollback_s"]
    if variant == "twin":
        return [f"twin.{one}" for one in names]
    return [*dict.fromkeys([*BUILT_IN, *names])]


def fitted(one: Goal, *, faulty: bool, wrong: bool) -> Goal:
    """Return a goal as a scenario needs it: harm counts wrong answers where there are some."""
    if one.field != HARM:
        return one
    what = "fail, are slow or get a wrong answer" if wrong else "fail or are slow"
    both = ", with the bad release and with a good one together" if faulty else ""
    told = f"requests that {what}{both}, beyond what today's service loses without a deployment"
    return replace(one, field=WRONG_TOO if wrong else HARM, meaning=told)


def objectives(names: Sequence[str]) -> tuple[Goal, ...]:
    """Return the goals to make small, in their order; by default the four of `DEFAULT`."""
    wanted = [goal(name, f"--objective {name[:60]}") for name in names or DEFAULT]
    twice = next((one for i, one in enumerate(wanted) if one in wanted[:i]), None)
    if twice is not None:
        raise GoalError(f"--objective {twice.name}: stands twice")
    return tuple(wanted)


@dataclass(frozen=True)
class Constraint:
    """A bound on one statistic of a goal."""

    goal: Goal
    statistic: str
    most: bool
    bound: float
    text: str

    def value(self, rows: Rows) -> float | None:
        """Return the statistic over all runs in which the thing happened; None if in none."""
        found = self.goal.told_by(rows)
        found = np.sort(found[~np.isnan(found)])
        if len(found) == 0:
            return None
        if self.statistic == "mean":
            return float(found.mean())
        return _quantile(found, LEVEL_OF[self.statistic])

    def excess(self, value: float | None) -> float:
        """Return by how much a value breaks the bound, in bounds; 0 where it keeps it."""
        if value is None:
            return 0.0
        over = value - self.bound if self.most else self.bound - value
        return max(0.0, over) / max(abs(self.bound), self.goal.noticeable)


def _quantile(ordered: Array, level: float) -> float:
    """Return a quantile with linear interpolation; what is open stays infinite."""
    place = level * (len(ordered) - 1)
    low, high = float(ordered[int(place)]), float(ordered[min(int(place) + 1, len(ordered) - 1)])
    part = place - int(place)
    return low if part == 0.0 or low == high else low + part * (high - low)


def constraint(text: str) -> Constraint:
    """Read a bound such as ``downtime_s p99 <= 1``; without a statistic it is on the mean.

    Raises
    ------
    GoalError
        For what is none.

    Examples
    --------
    >>> constraint("downtime_s p99 <= 1m").bound
    60.0
    """
    place = f"--constraint '{text[:80]}'"
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        raise GoalError(f"{place}: must be METRIC [mean|p50|p95|p99] <= VALUE, such as "
                        "'downtime_s p99 <= 1' or 'false_rollback <= 0.5%'")  # fmt: skip
    name, statistic, sign, value = match.groups()
    statistic = statistic or "mean"
    if statistic not in STATISTICS:
        raise GoalError(f"{place}: unknown statistic; {did_you_mean(statistic, STATISTICS)}")
    of = goal(name, place)
    if of.unit == "share" and statistic != "mean":
        raise GoalError(f"{place}: {of.name} is a share of runs, which has no {statistic}")
    return Constraint(of, statistic, sign in "<=≤", _bound(value, of, place), text.strip())


def _bound(text: str, of: Goal, place: str) -> float:
    text = text.removeprefix("$") if of.unit == "USD" else text
    try:
        return UNITS.get(of.unit, NUMBER).parse(text)
    except UnitError as error:
        unit = "" if of.unit in UNITS else f" of {of.unit}"
        raise GoalError(f'{place}: the bound {error.what}{unit}; got "{text[:40]}"') from None


def constraints(texts: Sequence[str]) -> tuple[Constraint, ...]:
    """Return the bounds asked for, and the built-in ones on goals that they leave open."""
    asked = [constraint(text) for text in texts]
    named = {one.goal for one in asked}
    kept = [one for one in map(constraint, KEPT) if one.goal not in named]
    return (*asked, *kept)


def variants(goals: Sequence[Goal], *, faulty: bool) -> dict[str, dict[str, Any]]:
    """Return what to play for goals, and how; a good release is its own twin."""
    wanted = {name for one in goals for name in one.variants} | {"release"}
    played: dict[str, dict[str, Any]] = {"release": {"variant": "release"}}
    if faulty:
        played["twin"] = {"variant": "twin"}
    if "drill" in wanted:
        played["drill"] = {"variant": "drill", "drill_late": DRILLS[DRILL]}
    return played
