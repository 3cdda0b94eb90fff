"""From places between 0 and 1 to settings that AWS takes, and back.

Some knobs depend on one another: a health check's timeout is below its interval, and where neither
a task may stop nor one may start the deployment waits forever. Where a point breaks such a rule,
the knob that follows goes to the nearest value that keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.semantics.capacity import capacity_cap, capacity_floor, is_stuck
from simdeploy.tuning.knobs import Knob, Setting, numeric

Array = NDArray[np.float64]


class Rule(NamedTuple):
    """How a knob whose path ends with ``low`` is bound to its neighbor ``high``."""

    low: str
    high: str
    kind: str


RULES = (
    Rule(".health_check.timeout", ".health_check.interval", "below"),
    Rule(".datapoints", ".of", "at most"),
    Rule(".minimum_healthy_percent", ".maximum_percent", "moves"),
)


@dataclass(frozen=True)
class Fit:
    """Knobs, and today's value of each as a number where it is one."""

    knobs: tuple[Knob, ...]
    today: tuple[float | None, ...]
    #: Today's value of settings that are no knobs and that a knob depends on, by path.
    fixed: tuple[tuple[str, float], ...] = ()
    #: Tasks of the service, which turn percents into numbers.
    desired: int = 0
    #: Per knob, the value that is today's as it is written, if one is.
    same: tuple[str | None, ...] = ()

    def _keeps(self, rule: Rule, low: float, high: float) -> bool:
        if rule.kind == "below":
            return low < high
        floor, cap = capacity_floor(self.desired, low), capacity_cap(self.desired, high)
        stuck = rule.kind == "moves" and is_stuck(self.desired, floor, cap)
        return low <= high and not stuck

    def setting(self, point: Sequence[float] | Array) -> Setting:
        """Return the setting at a point."""
        values = {one.path: one.at(float(u)) for one, u in zip(self.knobs, point, strict=True)}
        for rule in RULES:
            for one in self.knobs:
                if one.path.endswith(rule.low):
                    self._keep(rule, one.path, one.path.removesuffix(rule.low) + rule.high, values)
                if one.path.endswith(rule.high):
                    self._keep_below(rule, one, values)
        same = self.same or self.nothing
        found = (values[one.path] for one in self.knobs)
        return tuple(None if v == now else v for v, now in zip(found, same, strict=True))

    def _keep(self, rule: Rule, low: str, high: str, values: dict[str, str]) -> None:
        """Lower the low one of two knobs, or of a knob and a fixed value; else raise the high."""
        limit = numeric(values[high]) if high in values else dict(self.fixed).get(high)
        value = numeric(values[low])
        if limit is None or value is None or self._keeps(rule, value, limit):
            return
        knobs = {one.path: one for one in self.knobs}
        fitting = [v for v in knobs[low].values if self._keeps(rule, numeric(v) or 0.0, limit)]
        if fitting:
            values[low] = max(fitting, key=lambda v: numeric(v) or 0.0)
        elif high in knobs:
            self._raise(rule, knobs[high], value, values)

    def _keep_below(self, rule: Rule, one: Knob, values: dict[str, str]) -> None:
        """Raise a high knob whose low one is fixed."""
        low = one.path.removesuffix(rule.high) + rule.low
        value = dict(self.fixed).get(low)
        limit = numeric(values[one.path])
        if value is not None and limit is not None and not self._keeps(rule, value, limit):
            self._raise(rule, one, value, values)

    def _raise(self, rule: Rule, high: Knob, low: float, values: dict[str, str]) -> None:
        fitting = [v for v in high.values if self._keeps(rule, low, numeric(v) or 0.0)]
        if fitting:
            values[high.path] = min(fitting, key=lambda v: numeric(v) or 0.0)

    def places(self, setting: Setting) -> Array:
        """Return the point of a setting; today's value stands at the nearest of the ladder."""
        found = [
            one.place(self._nearest(one, now) if value is None else value)
            for one, value, now in zip(self.knobs, setting, self.today, strict=True)
        ]
        return np.array(found)

    @staticmethod
    def _nearest(one: Knob, now: float | None) -> str:
        if now is None:
            return one.values[0]
        return min(one.values, key=lambda value: abs((numeric(value) or 0.0) - now))

    @property
    def nothing(self) -> Setting:
        """Today's setting: no knob turned."""
        return (None,) * len(self.knobs)


def neighbors(path: str) -> list[str]:
    """Return the paths that a knob's rules tie it to."""
    found = [path.removesuffix(rule.low) + rule.high for rule in RULES if path.endswith(rule.low)]
    return found + [
        path.removesuffix(rule.high) + rule.low for rule in RULES if path.endswith(rule.high)
    ]


def together(knobs: Sequence[Knob]) -> list[tuple[int, ...]]:
    """Return the knobs that are best put back together: an alarm's, and those tied by a rule."""
    alarms: dict[str, list[int]] = {}
    for k, one in enumerate(knobs):
        if one.path.startswith("alarms."):
            alarms.setdefault(one.path.rpartition(".")[0], []).append(k)
    paths = [one.path for one in knobs]
    tied = [
        (k, paths.index(other))
        for k, path in enumerate(paths)
        for other in neighbors(path)
        if other in paths and paths.index(other) > k
    ]
    return [*(tuple(one) for one in alarms.values() if len(one) > 1), *tied]
