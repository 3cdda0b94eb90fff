"""Two comparisons of the same strategies on the same luck: before a change, and after it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simdeploy.model.registry import VERDICTS
from simdeploy.results.comparison import Comparison
from simdeploy.results.level import floor_of, level, level_shares
from simdeploy.results.metrics import NAMES
from simdeploy.results.paired import Difference, paired
from simdeploy.results.ranking import BY_ITSELF, COST, HARM, LEFT, LIVE_AFTER
from simdeploy.results.standings import by_itself
from simdeploy.results.summary import matrix

if TYPE_CHECKING:
    import pandas as pd

DONE_AFTER, DECIDED, SHIPS = "deployment_s", "decision_s", "ships"
#: What a change may do to a good release: the share that ships, and how those go that ship.
GOOD = (LIVE_AFTER, DONE_AFTER, COST)
#: What it may do to the release of the file, beside its harm: shares of runs, and the decision.
SHARES = (LEFT, BY_ITSELF)
#: Of these, more is better.
MORE = frozenset({BY_ITSELF, SHIPS})
#: Share of runs from which on a time is one of all runs.
ALL = 0.95
SHIPPED = VERDICTS.index("shipped")


@dataclass(frozen=True, slots=True)
class Step:
    """What a change does to a quantity under a strategy.

    ``before`` and ``after`` are means over the runs that have it, or shares of runs; None where no
    run has it. ``difference`` is paired, after − before; None for shares. ``sign``: 1 for more, −1
    for less, 0 for about level or where both sides cannot be compared.
    """

    quantity: str
    strategy: str
    before: float | None
    after: float | None
    sign: int
    difference: Difference | None = None

    @property
    def is_better(self) -> bool:
        """Whether the change is to the better."""
        return self.sign == (1 if self.quantity in MORE else -1)


@dataclass(frozen=True, repr=False)
class Change:
    """What ``compare_change`` returns: the same strategies before a change and after it.

    ``only_before`` and ``only_after`` are strategies that one of the scenarios does not have; they
    are not compared.
    """

    before: Comparison
    after: Comparison
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies that both have, in the order of the second."""
        return tuple(self.after.strategies)

    @cached_property
    def steps(self) -> list[Step]:
        """What the change does to each quantity under each strategy: `quantities` × strategies."""
        return [self._step(quantity, name) for quantity in self.quantities
                for name in self.strategies]  # fmt: skip

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is compared, by its rank: whether good releases ship, harm, shares, times, cost."""
        wrong = self.before.wrong or self.after.wrong
        harm = [metric for metric in HARM if metric != "exposed_requests" or wrong]
        ships = (SHIPS, *GOOD) if self.before.ships and self.after.ships else ()
        bad = (*SHARES, DECIDED) if self.before.faulty or self.after.faulty else ()
        return (*ships[:1], *harm, *bad, *ships[1:])

    @cached_property
    def differences(self) -> dict[str, list[Difference]]:
        """Per strategy, the paired differences after − before of every metric of the release."""
        found = {}
        for name in self.strategies:
            after, before = (side.strategies[name].rows for side in (self.after, self.before))
            tables = matrix(after, NAMES), matrix(before, NAMES)
            found[name] = paired("after", "before", *tables)
        return found

    def _step(self, quantity: str, name: str) -> Step:
        if quantity in {*SHARES, SHIPS}:
            return self._share(quantity, name)
        before, had = self._mean(self.before, quantity, name)
        after, has = self._mean(self.after, quantity, name)
        if quantity in HARM:
            before, after = max(0.0, before or 0.0), max(0.0, after or 0.0)
        elif min(had, has) < ALL:
            return Step(quantity, name, before, after, 0)
        difference = self._difference(quantity, name)
        return Step(quantity, name, before, after, _sign(before, after, difference), difference)

    def _mean(self, side: Comparison, quantity: str, name: str) -> tuple[float | None, float]:
        """Return the mean of a quantity over the runs that have it, and their share."""
        values = self._values(side, quantity, name)
        finite = values[np.isfinite(values)]
        return (float(finite.mean()) if len(finite) else None), len(finite) / len(values)

    def _difference(self, quantity: str, name: str) -> Difference:
        """Return the paired difference after − before of a quantity."""
        sides = (self.after, self.before)
        of_after, of_before = (
            self._values(side, quantity, name)[None, :].astype(float) for side in sides
        )
        (found,) = paired("after", "before", of_after, of_before, (quantity,))
        return found

    def _values(self, side: Comparison, quantity: str, name: str) -> "np.ndarray[Any, Any]":
        """Return a quantity of each run; NaN where a good release does not ship."""
        rows = side.strategies[name].rows
        if quantity not in GOOD:
            return np.asarray(rows[quantity])
        good = side.good_rows(name)
        if good is None:
            return np.full(len(rows), np.nan)
        return np.where(good["verdict"] == SHIPPED, good[quantity], np.nan)

    def _share(self, quantity: str, name: str) -> Step:
        """Return a share of runs before and after."""
        shares = []
        for side in (self.before, self.after):
            result = side.strategies[name]
            own = {LEFT: result.overview.left, BY_ITSELF: by_itself(result.release)}
            shares.append(side.ships[name] if quantity == SHIPS else own[quantity])
        before, after = shares
        sign = 0 if level_shares(before, after) else (1 if after > before else -1)
        return Step(quantity, name, before, after, sign)

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas DataFrame, a line per quantity and strategy.

        ``difference`` is the mean paired difference, after − before, with its 95 % interval;
        ``is_level``: about level, or not to be compared.
        """
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        steps = self.steps
        index = pd.MultiIndex.from_tuples(
            [(s.quantity, s.strategy) for s in steps], names=["quantity", "strategy"]
        )
        gaps = [s.difference for s in steps]
        bounds = [(d.ci95 if d and d.ci95 else (None, None)) for d in gaps]
        columns = {
            "before": [s.before for s in steps],
            "after": [s.after for s in steps],
            "difference": [d.mean if d else None for d in gaps],
            "difference_low": [low for low, _ in bounds],
            "difference_high": [high for _, high in bounds],
        }
        frame = pd.DataFrame(columns, index, dtype=float)
        return frame.assign(is_level=[s.sign == 0 for s in steps])

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain values: no NaN, no infinity, no time."""
        steps = [
            {"quantity": s.quantity, "strategy": s.strategy, "before": s.before, "after": s.after,
             "level": s.sign == 0, "better": s.is_better}
            for s in self.steps
        ]  # fmt: skip
        return {
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "only_before": list(self.only_before),
            "only_after": list(self.only_after),
            "steps": steps,
            "differences": {
                name: [difference.to_dict() for difference in found]
                for name, found in self.differences.items()
            },
        }

    def _repr_html_(self) -> str:
        from simdeploy.report.change.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self)

    def __repr__(self) -> str:
        names = ", ".join(self.strategies)
        return f"<Change of {names}: {self.before.scenario.name} → {self.after.scenario.name}>"

    def __str__(self) -> str:
        from simdeploy.report.change.text import render_change  # noqa: PLC0415  reports are above

        return render_change(self)


def _sign(before: float | None, after: float | None, difference: Difference) -> int:
    """Return the sign of a change, 0 for about level.

    Both sides may do less harm than no deployment does, one of them by far: their means count as 0.
    """
    if before is None or after is None or abs(after - before) < floor_of(difference.metric):
        return 0
    if level(difference, max(abs(before), abs(after))):
        return 0
    return 1 if after > before else -1
