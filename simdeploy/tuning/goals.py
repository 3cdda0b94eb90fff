"""Goals of a search: objectives to minimize, and constraints.

A goal is a metric of the bad release (``rollback_s``), of its good twin (``twin.deployment_s``), of
the drill (``drill.rollback_s``: a good release taken back), a share of runs (``escaped``,
``twin.held``), or a name of `BUILT_IN`. It has a value per run, so that settings that met the same
luck can be compared run by run.
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
from simdeploy.results.comparison import DRILLS, drilled
from simdeploy.results.intervals import Array
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.ranking import SHIPS
from simdeploy.results.summary import LEVELS, row_quantiles
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.units import NUMBER, SHARE, TIME, Kind, UnitError

Rows = Mapping[str, NDArray[np.void]]
#: Fields of lost requests; the second includes wrong answers.
HARM, WRONG_TOO = HARMS = ("harm", "harm_or_wrong")
LOST = 0.001
#: Differences below this share of a value do not count.
SAME = 0.01
VARIANTS = ("release", "twin", "drill")
DRILL = "rollback_after_s"
#: More of these is better.
MORE = frozenset({"min_headroom", "min_healthy_tasks", "shipped", "stopped", "succeeded"})
#: Times that are 0 in a run in which they are undefined; others are the whole horizon then.
NEVER_IS_NONE = frozenset({"recover_s"})
#: Least noticeable differences by unit.
NOTICEABLE = {"requests": 0.5, "USD": 0.005, "s": 1.0, "share": 0.005}
UNITS: dict[str, Kind] = {"s": TIME, "share": SHARE}
STATISTICS = ("mean", *LEVELS)
#: Default constraints: the twin ships, as ``compare`` requires, and is hardly ever rolled back.
DEFAULT_CONSTRAINTS = (f"shipped >= {100 * SHIPS:.0f}%", "false_rollback <= 1%")
DEFAULT_OBJECTIVES = ("harm", "rollback", "extra_cost", "deployment")
_CONSTRAINT = re.compile(r"\s*([\w.]+)(?:\s+(\w+))?\s*(<=|>=|≤|≥|<|>)\s*(\S.*?)\s*")


class GoalError(SimdeployError):
    """An invalid objective or constraint."""


@dataclass(frozen=True)
class Goal:
    """A number per run: its name, its source, and its unit and words."""

    name: str
    variant: str
    field: str
    unit: str
    title: str
    meaning: str

    def in_words(self, words: Vocabulary) -> "Goal":
        """Return the goal with the title and the meaning of its metric in a platform's words."""
        if self.field not in BY_NAME:
            return self
        known, own = BY_NAME[self.field], words.metric(self.field)
        if known == own:
            return self
        title = self.title.replace(known.title.removeprefix("… "), own.title.removeprefix("… "))
        return replace(self, title=title, meaning=self.meaning.replace(known.meaning, own.meaning))

    @property
    def sign(self) -> float:
        """−1 where more is better, so that less of ``sign × value`` is always better."""
        return -1.0 if self.field in MORE else 1.0

    @property
    def noticeable(self) -> float:
        """The least noticeable difference."""
        return NOTICEABLE.get(self.unit, 0.01)

    def small(self, of: float, usual: float = 0.0) -> float:
        """Return the least difference to a value that counts.

        Parameters
        ----------
        of
            The value.
        usual
            Loss without a deployment; differences below a thousandth of it do not count either.
        """
        return max(self.noticeable, SAME * abs(of), LOST * usual)

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants to play."""
        return ("release", "twin") if self.field in HARMS else (self.variant,)

    def values(self, rows: Rows, horizon: float) -> Array:
        """Return the value of each run, always finite.

        Parameters
        ----------
        rows
            Structured arrays by variant; without a twin the release is its own twin.
        horizon
            Value (s) of a time that is still open or never happened.
        """
        if self.field in HARMS:
            return sum_of_harm(rows, wrong=self.field == WRONG_TOO)
        if self.field in BY_NAME:
            never = 0.0 if self.field in NEVER_IS_NONE else horizon
            return np.nan_to_num(self._column(rows), nan=never, posinf=horizon)
        return _share(rows.get(self.variant, rows["release"]), self.field)

    def raw_values(self, rows: Rows) -> Array:
        """Return the value of each run, NaN where it is undefined, infinite where still open."""
        return self._column(rows) if self.field in BY_NAME else self.values(rows, np.inf)

    def _column(self, rows: Rows) -> Array:
        """Return a metric of each run; NaN for drills of releases that were rolled back before."""
        played = rows.get(self.variant, rows["release"])
        if self.variant == "drill":
            return drilled(played, rows.get("twin", rows["release"]))
        return np.asarray(played[self.field], dtype=float)


def sum_of_harm(rows: Rows, *, wrong: bool) -> Array:
    """Return the requests lost in each run, with the release and with its twin together.

    Parameters
    ----------
    wrong
        Whether to count answers of bad code that look right as lost.
    """
    played = [rows[name] for name in ("release", "twin") if name in rows]
    lost = [variant["failed_requests"] + variant["slow_requests"] for variant in played]
    if wrong:
        lost.append(rows["release"]["exposed_requests"])
    return np.asarray(np.sum(lost, axis=0), dtype=float)


def baseline_harm(rows: Rows) -> Array:
    """Return the requests lost in each run without any deployment, for all variants together."""
    played = [rows[name] for name in ("release", "twin") if name in rows]
    lost = [
        v["failed_requests"] - v["failed_caused"] + v["slow_requests"] - v["slow_caused"]
        for v in played
    ]
    return np.asarray(np.sum(lost, axis=0), dtype=float)


def _share(rows: NDArray[np.void], field: str) -> Array:
    """Return 1 for each run with this verdict or outcome, else 0."""
    if field in VERDICTS:
        return np.asarray(rows["verdict"] == VERDICTS.index(field), dtype=float)
    return np.asarray(rows["outcome"] == OUTCOMES.index(field), dtype=float)


def _goal(name: str, variant: str, field: str, title: str = "", meaning: str = "") -> Goal:
    metric = BY_NAME.get(field)
    if metric is None:
        words = field.replace("_", " ")
        share = f"Share of runs that end as {words}."
        return Goal(name, variant, field, "share", title or words.capitalize(), meaning or share)
    of = {"twin": " (good release)", "drill": " (drill)"}.get(variant, "")
    title = title or metric.title.removeprefix("… ") + of
    return Goal(name, variant, field, metric.unit, title, meaning or metric.meaning)


BUILT_IN: dict[str, Goal] = {
    goal.name: goal
    for goal in (
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


def parse_goal(name: str, place: str) -> Goal:
    """Return the goal of a name; ``place`` names the option in errors.

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
        return [f"twin.{name}" for name in names]
    return [*dict.fromkeys([*BUILT_IN, *names])]


def fitted(goal: Goal, *, faulty: bool, wrong: bool) -> Goal:
    """Return a goal fitted to a scenario: harm includes wrong answers where there are some."""
    if goal.field != HARM:
        return goal
    what = "fail, are slow or get a wrong answer" if wrong else "fail or are slow"
    both = ", with the bad release and with a good one together" if faulty else ""
    meaning = f"requests that {what}{both}, beyond what today's service loses without a deployment"
    return replace(goal, field=WRONG_TOO if wrong else HARM, meaning=meaning)


def parse_objectives(names: Sequence[str]) -> tuple[Goal, ...]:
    """Return the goals to minimize, in their order; by default `DEFAULT_OBJECTIVES`."""
    goals = [parse_goal(name, f"--objective {name[:60]}") for name in names or DEFAULT_OBJECTIVES]
    twice = next((goal for i, goal in enumerate(goals) if goal in goals[:i]), None)
    if twice is not None:
        raise GoalError(f"--objective {twice.name}: stands twice")
    return tuple(goals)


@dataclass(frozen=True)
class Constraint:
    """A bound on a statistic of a goal."""

    goal: Goal
    statistic: str
    most: bool
    bound: float
    text: str

    def value(self, rows: Rows) -> float | None:
        """Return the statistic over all runs in which the goal is defined; None if in none."""
        values = self.goal.raw_values(rows)
        values = np.sort(values[~np.isnan(values)])
        if len(values) == 0:
            return None
        if self.statistic == "mean":
            return float(values.mean())
        level = LEVELS[self.statistic]
        return float(row_quantiles(values[None], np.array([len(values)]), level)[0])

    def excess(self, value: float | None) -> float:
        """Return by how much a value exceeds the bound, relative to it; 0 where it does not."""
        if value is None:
            return 0.0
        over = value - self.bound if self.most else self.bound - value
        return max(0.0, over) / max(abs(self.bound), self.goal.noticeable)


def satisfied(constraints: Sequence[Constraint], values: Sequence[float | None]) -> bool:
    """Return whether values, one per constraint, satisfy all constraints."""
    return all(c.excess(value) <= 0.0 for c, value in zip(constraints, values, strict=True))


def parse_constraint(text: str) -> Constraint:
    """Parse a bound such as ``downtime_s p99 <= 1``; the default statistic is the mean.

    Raises
    ------
    GoalError
        For anything else.

    Examples
    --------
    >>> parse_constraint("downtime_s p99 <= 1m").bound
    60.0
    """
    place = f"--constraint '{text[:80]}'"
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        raise GoalError(
            f"{place}: must be METRIC [mean|p50|p95|p99] <= VALUE, such as "
            "'downtime_s p99 <= 1' or 'false_rollback <= 0.5%'"
        )
    name, statistic, sign, value = match.groups()
    statistic = statistic or "mean"
    if statistic not in STATISTICS:
        raise GoalError(f"{place}: unknown statistic; {did_you_mean(statistic, STATISTICS)}")
    of = parse_goal(name, place)
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


def parse_constraints(texts: Sequence[str]) -> tuple[Constraint, ...]:
    """Return the given constraints, and the default constraints on other goals."""
    given = [parse_constraint(text) for text in texts]
    goals = {constraint.goal for constraint in given}
    defaults = [c for c in map(parse_constraint, DEFAULT_CONSTRAINTS) if c.goal not in goals]
    return (*given, *defaults)


def variants(goals: Sequence[Goal], *, faulty: bool) -> dict[str, dict[str, Any]]:
    """Return the variants to play, with arguments of ``replicate``; a good release has no twin."""
    wanted = {name for goal in goals for name in goal.variants}
    played: dict[str, dict[str, Any]] = {"release": {"variant": "release"}}
    if faulty:
        played["twin"] = {"variant": "twin"}
    if "drill" in wanted:
        played["drill"] = {"variant": "drill", "drill_late": DRILLS[DRILL]}
    return played
