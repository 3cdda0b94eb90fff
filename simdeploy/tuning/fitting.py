"""Mapping points of the unit cube to settings that AWS accepts, and back.

Some knobs depend on each other: a health check's timeout is below its interval, and a deployment
in which no task may stop and none may start is stuck. Where a point breaks such a rule, the
dependent knob is moved to the nearest value that keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simdeploy.results.intervals import Array
from simdeploy.semantics.capacity import capacity_cap, capacity_floor, is_stuck
from simdeploy.sweeps.knobs import Setting
from simdeploy.tuning.knobs import Knob, numeric


class Rule(NamedTuple):
    """A constraint between two knobs whose paths end with ``low`` and ``high``."""

    low: str
    high: str
    kind: str


RULES = (
    Rule(".health_check.timeout", ".health_check.interval", "below"),
    Rule(".readiness.timeout", ".readiness.period", "at most"),
    Rule(".datapoints", ".of", "at most"),
    Rule(".minimum_healthy_percent", ".maximum_percent", "moves"),
)


@dataclass(frozen=True)
class Fit:
    """Knobs, and today's value of each as a number, None for words."""

    knobs: tuple[Knob, ...]
    today: tuple[float | None, ...]
    #: Today's value of settings that a knob depends on and that are no knobs, by path.
    fixed: tuple[tuple[str, float], ...] = ()
    #: Desired count of the service, for percents.
    desired: int = 0
    #: Per knob, the value that is written differently and equals today's, None if there is none.
    same: tuple[str | None, ...] = ()

    def _holds(self, rule: Rule, low: float, high: float) -> bool:
        if rule.kind == "below":
            return low < high
        floor, cap = capacity_floor(self.desired, low), capacity_cap(self.desired, high)
        stuck = rule.kind == "moves" and is_stuck(self.desired, floor, cap)
        return low <= high and not stuck

    def setting(self, point: Sequence[float] | Array) -> Setting:
        """Return the setting at a point."""
        values = {knob.path: knob.at(float(u)) for knob, u in zip(self.knobs, point, strict=True)}
        for rule in RULES:
            for knob in self.knobs:
                if knob.path.endswith(rule.low):
                    high = knob.path.removesuffix(rule.low) + rule.high
                    self._fit_low(rule, knob.path, high, values)
                if knob.path.endswith(rule.high):
                    self._fit_high(rule, knob, values)
        same = self.same or self.nothing
        chosen = (values[knob.path] for knob in self.knobs)
        return tuple(None if v == now else v for v, now in zip(chosen, same, strict=True))

    def _fit_low(self, rule: Rule, low: str, high: str, values: dict[str, str]) -> None:
        """Lower the low value so that the rule holds; where no value fits, raise the high value."""
        limit = numeric(values[high]) if high in values else dict(self.fixed).get(high)
        value = numeric(values[low])
        if limit is None or value is None or self._holds(rule, value, limit):
            return
        knobs = {knob.path: knob for knob in self.knobs}
        fitting = [v for v in knobs[low].values if self._holds(rule, numeric(v) or 0.0, limit)]
        if fitting:
            values[low] = max(fitting, key=lambda v: numeric(v) or 0.0)
        elif high in knobs:
            self._raise(rule, knobs[high], value, values)

    def _fit_high(self, rule: Rule, knob: Knob, values: dict[str, str]) -> None:
        """Raise a high knob whose low value is fixed so that the rule holds."""
        low = knob.path.removesuffix(rule.high) + rule.low
        value = dict(self.fixed).get(low)
        limit = numeric(values[knob.path])
        if value is not None and limit is not None and not self._holds(rule, value, limit):
            self._raise(rule, knob, value, values)

    def _raise(self, rule: Rule, high: Knob, low: float, values: dict[str, str]) -> None:
        fitting = [v for v in high.values if self._holds(rule, low, numeric(v) or 0.0)]
        if fitting:
            values[high.path] = min(fitting, key=lambda v: numeric(v) or 0.0)

    def places(self, setting: Setting) -> Array:
        """Return the point of a setting; today's value is placed at the nearest of the knob's."""
        triples = zip(self.knobs, setting, self.today, strict=True)
        return np.array(
            [
                knob.place(self._nearest(knob, now) if value is None else value)
                for knob, value, now in triples
            ]
        )

    @staticmethod
    def _nearest(knob: Knob, now: float | None) -> str:
        if now is None:
            return knob.values[0]
        return min(knob.values, key=lambda value: abs((numeric(value) or 0.0) - now))

    @property
    def nothing(self) -> Setting:
        """Today's setting: every knob as the scenario has it."""
        return (None,) * len(self.knobs)


def neighbors(path: str) -> list[str]:
    """Return the paths that `RULES` tie to a path."""
    highs = [path.removesuffix(rule.low) + rule.high for rule in RULES if path.endswith(rule.low)]
    lows = [path.removesuffix(rule.high) + rule.low for rule in RULES if path.endswith(rule.high)]
    return highs + lows


def groups(knobs: Sequence[Knob]) -> list[tuple[int, ...]]:
    """Return the places of knobs to reset together: those of an alarm, and those tied by a rule."""
    alarms: dict[str, list[int]] = {}
    for k, knob in enumerate(knobs):
        if knob.path.startswith("alarms."):
            alarms.setdefault(knob.path.rpartition(".")[0], []).append(k)
    paths = [knob.path for knob in knobs]
    tied = [
        (k, paths.index(other))
        for k, path in enumerate(paths)
        for other in neighbors(path)
        if other in paths and paths.index(other) > k
    ]
    return [*(tuple(places) for places in alarms.values() if len(places) > 1), *tied]
