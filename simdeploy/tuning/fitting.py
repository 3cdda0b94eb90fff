"""From places between 0 and 1 to settings that AWS takes, and back.

Some knobs depend on one another: a health check's timeout is below its interval. Where a point
breaks such a rule, the knob that follows goes to the nearest value that keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.tuning.knobs import Knob, Setting, numeric

Array = NDArray[np.float64]


class Rule(NamedTuple):
    """The knob whose path ends with ``low`` stays at or below its neighbor ``high``."""

    low: str
    high: str
    strict: bool = False


RULES = (
    Rule(".health_check.timeout", ".health_check.interval", strict=True),
    Rule(".datapoints", ".of"),
    Rule(".minimum_healthy_percent", ".maximum_percent"),
)


@dataclass(frozen=True)
class Fit:
    """Knobs, and today's value of each as a number where it is one."""

    knobs: tuple[Knob, ...]
    today: tuple[float | None, ...]
    #: Today's value of settings that are no knobs and that a knob depends on, by path.
    fixed: tuple[tuple[str, float], ...] = ()

    def setting(self, point: Sequence[float] | Array) -> Setting:
        """Return the setting at a point."""
        values = {one.path: one.at(float(u)) for one, u in zip(self.knobs, point, strict=True)}
        for rule in RULES:
            for one in self.knobs:
                if one.path.endswith(rule.low):
                    self._keep(rule, one.path, one.path.removesuffix(rule.low) + rule.high, values)
                if one.path.endswith(rule.high):
                    self._keep_below(rule, one, values)
        return tuple(values[one.path] for one in self.knobs)

    def _keep(self, rule: Rule, low: str, high: str, values: dict[str, str]) -> None:
        """Lower the low one of two knobs, or of a knob and a fixed value; else raise the high."""
        limit = numeric(values[high]) if high in values else dict(self.fixed).get(high)
        value = numeric(values[low])
        if limit is None or value is None or _keeps(rule, value, limit):
            return
        knobs = {one.path: one for one in self.knobs}
        fitting = [v for v in knobs[low].values if _keeps(rule, numeric(v) or 0.0, limit)]
        if fitting:
            values[low] = max(fitting, key=lambda v: numeric(v) or 0.0)
        elif high in knobs:
            _raise(rule, knobs[high], value, values)

    def _keep_below(self, rule: Rule, one: Knob, values: dict[str, str]) -> None:
        """Raise a high knob whose low one is fixed."""
        low = one.path.removesuffix(rule.high) + rule.low
        value = dict(self.fixed).get(low)
        limit = numeric(values[one.path])
        if value is not None and limit is not None and not _keeps(rule, value, limit):
            _raise(rule, one, value, values)

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


def _keeps(rule: Rule, low: float, high: float) -> bool:
    return low < high if rule.strict else low <= high


def _raise(rule: Rule, high: Knob, low: float, values: dict[str, str]) -> None:
    fitting = [v for v in high.values if _keeps(rule, low, numeric(v) or 0.0)]
    if fitting:
        values[high.path] = min(fitting, key=lambda v: numeric(v) or 0.0)
