"""Expected costs of strategies over a mix of releases, and the difference between two.

A month costs what its releases cost on average plus what is fixed. The cost of a release is
averaged over the kinds of releases, each with its likelihood, *run by run*: run ``i`` has the same
luck in every kind and with every strategy, so that differences are paired. A cost is a straight
line in each price, each likelihood and each number of hours by itself: where two strategies cost
the same is computed, not searched for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from simdeploy.advice.amounts import Runs
from simdeploy.advice.costs import (
    Amounts,
    Parts,
    Rates,
    break_even,
    cost_of,
    line_crosses,
    parts_of,
)
from simdeploy.advice.mix import Advice, Mix
from simdeploy.results.intervals import Array, Interval, means_of
from simdeploy.results.level import SMALL

#: The kind of release that is good.
GOOD = "good"
#: Factors within which an assumed value is doubted.
LEAST, MOST = 0.5, 2.0
#: A kind of release matters to its strategy from this part of the cost on.
WEIGHTY = 0.1
#: More open runs than this share make a cost "at least".
OPEN = 0.05
#: A kind of release that makes this part of a cost makes most of it.
SHARE_OF_ALL = 0.4


class Estimate(NamedTuple):
    """A mean and its 95 % interval (USD); None for a single run."""

    mean: float
    ci95: Interval | None

    @property
    def level(self) -> bool:
        """Whether the interval includes zero."""
        return self.ci95 is None or self.ci95[0] <= 0.0 <= self.ci95[1]


class Crossing(NamedTuple):
    """A value at which two strategies cost the same, and the value now."""

    path: str
    now: float
    at: float

    @property
    def factor(self) -> float:
        """How many times as much as now; infinite for a value that is 0."""
        return self.at / self.now if self.now else float("inf")


Played = Mapping[tuple[str, str], Runs]


@dataclass(frozen=True)
class Costs:
    """What strategies cost under a mix; all amounts are USD a month unless said otherwise.

    Attributes
    ----------
    played
        Runs per strategy and kind of release; `GOOD` is one kind, the others are bad.
    mix
        Likelihoods and prices.
    """

    played: Played
    mix: Mix

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The bad kinds of releases, in order."""
        return tuple(dict.fromkeys(kind for _, kind in self.played if kind != GOOD))

    @cached_property
    def rates(self) -> Rates:
        """The prices by what they price."""
        prices = self.mix.prices
        failing = prices.failed_request
        if failing is None:
            failing = prices.outage_minute or 0.0
        return Rates(
            failing,
            prices.wrong_answer,
            prices.cut_connection,
            prices.slow_request,
            prices.engineer_hour,
        )

    @property
    def bad(self) -> float:
        """The share of releases that are bad."""
        return sum(self.likelihood(kind) for kind in self.kinds)

    def likelihood(self, kind: str) -> float:
        """Return the share of releases of a kind."""
        if kind == GOOD:
            return 1.0 - sum(self.mix.likelihoods.get(k, 0.0) for k in self.kinds)
        return self.mix.likelihoods.get(kind, 0.0)

    def amounts(self, strategy: str, kind: str) -> Amounts:
        """Return what the runs of a strategy with a kind of release did."""
        runs, hours = self.played[strategy, kind], self.mix.prices.hours
        table = np.array([0.0, hours.machine, hours.person, hours.left, hours.good_undone])
        by_request = self.mix.prices.failed_request is not None
        failing = runs.failed if by_request else runs.outage_minutes
        return Amounts(failing, runs.wrong, runs.cut, runs.slow, table[runs.work], runs.money)

    def per_run(self, strategy: str, kind: str) -> Array:
        """Return the cost of each run (USD)."""
        cost: Array = cost_of(self.amounts(strategy, kind), self.rates)
        return cost

    def parts(self, strategy: str, kind: str) -> Parts:
        """Return the mean parts of a release of a kind (USD)."""
        return Parts(
            *(float(np.mean(p)) for p in parts_of(self.amounts(strategy, kind), self.rates))
        )

    def mean(self, strategy: str, kind: str) -> float:
        """Return the mean cost of a release of a kind (USD)."""
        return float(self.per_run(strategy, kind).mean())

    def fixed(self, strategy: str) -> float:
        """Return the fixed costs of a strategy."""
        return self.mix.prices.fixed_per_month.get(strategy, 0.0)

    def releases(self, strategy: str, doubled: str = "") -> Array:
        """Return the cost of a release, over the mix, of each run (USD).

        Parameters
        ----------
        doubled
            A kind whose runs count twice where harm goes on at their horizon.
        """
        total = np.zeros(1)
        for kind in (GOOD, *self.kinds):
            cost = self.per_run(strategy, kind)
            if kind == doubled:
                cost = np.where(self.played[strategy, kind].open, 2.0 * cost, cost)
            total = total + self.likelihood(kind) * cost
        return total

    def month(self, strategy: str) -> Estimate:
        """Return what a month costs with a strategy."""
        return self._monthly(self.releases(strategy), self.fixed(strategy), signed=False)

    def gap(self, a: str, b: str) -> Estimate:
        """Return how much more a month costs with the first than with the second, paired."""
        gaps = self.releases(a) - self.releases(b)
        return self._monthly(gaps, self.fixed(a) - self.fixed(b), signed=True)

    def _monthly(self, runs: Array, fixed: float, *, signed: bool) -> Estimate:
        n, times = len(runs), self.mix.releases_per_month
        made = means_of(runs[None, :], np.array([n]), signed=signed)
        mean = times * float(made.mean[0]) + fixed
        if n < 2:
            return Estimate(mean, None)
        low, high = (times * float(end[0]) + fixed for end in (made.low, made.high))
        return Estimate(mean, (low, high))

    def difference(self, a: str, b: str, doubled: str = "") -> float:
        """Return the mean of `gap`, with the open runs of a kind counted twice."""
        gaps = self.releases(a, doubled) - self.releases(b, doubled)
        fixed = self.fixed(a) - self.fixed(b)
        return self.mix.releases_per_month * float(gaps.mean()) + fixed

    def level(self, a: str, b: str) -> bool:
        """Return whether two strategies cost about the same.

        The interval of their difference includes 0, or it is below a twentieth of the larger cost.
        """
        gap = self.gap(a, b)
        larger = max(abs(self.month(a).mean), abs(self.month(b).mean))
        return gap.level or abs(gap.mean) < SMALL * larger

    def good_and_bad(self, strategy: str) -> tuple[float, float]:
        """Return what a good and a bad release cost (USD), each with its part of what is fixed."""
        fixed = self.fixed(strategy) / self.mix.releases_per_month
        weights = {kind: self.likelihood(kind) for kind in self.kinds}
        total = sum(weights.values())
        bad = sum(w / total * self.mean(strategy, k) for k, w in weights.items() if w)
        return self.mean(strategy, GOOD) + fixed, bad + fixed

    def break_even(self, a: str, b: str) -> float | None:
        """Return the share of bad releases at which two strategies cost the same.

        The kinds of bad releases keep their proportions. None where the same one is cheaper
        whatever the share, and where no kind has a likelihood.
        """
        if not self.bad:
            return None
        (good_a, bad_a), (good_b, bad_b) = self.good_and_bad(a), self.good_and_bad(b)
        return break_even((good_a, good_b), (bad_a, bad_b))

    def open_share(self, strategy: str, kind: str) -> float:
        """Return the share of runs in which harm goes on at the horizon."""
        return float(self.played[strategy, kind].open.mean())

    def is_at_least(self, strategy: str, kind: str) -> bool:
        """Return whether a cost is a lower bound, since the harm of many runs goes on."""
        return self.open_share(strategy, kind) > OPEN

    def hinges_on_horizon(self, a: str, b: str) -> Iterator[str]:
        """Yield the kinds whose open runs, counted twice, change who is cheaper."""
        usual = self.difference(a, b)
        for kind in self.kinds:
            heavy = any(
                self.is_at_least(s, kind)
                and self.likelihood(kind) * self.mean(s, kind)
                > WEIGHTY * self.month(s).mean / self.mix.releases_per_month
                for s in (a, b)
            )
            if heavy and usual * self.difference(a, b, doubled=kind) < 0.0:
                yield kind

    def crossing(self, a: str, b: str, path: str) -> Crossing | None:
        """Return the value of a path at which two strategies cost the same; None if at none.

        Parameters
        ----------
        path
            Of the mix, such as ``likelihoods.leak`` or ``prices.hours.left``.
        """
        now = value_of(self.mix, path)
        if now is None:
            return None
        step = now or 1.0
        beyond = Costs(self.played, varied(self.mix, path, now + step)).difference(a, b)
        at = line_crosses(now, self.difference(a, b), step, beyond)
        if at is None or at < 0.0 or at > self._most(path, now):
            return None
        return Crossing(path, now, at)

    def _most(self, path: str, now: float) -> float:
        """Return the most that a value can be: all likelihoods together are at most 1."""
        if not path.startswith("likelihoods."):
            return float("inf")
        return 1.0 - self.bad + now

    def doubtful(self, a: str, b: str, assumed: Advice) -> list[Crossing]:
        """Return the assumed values that, doubled or halved, change who is cheaper.

        Those whose factor is nearest to 1 come first.
        """
        crossings = [self.crossing(a, b, path) for path in sorted(assumed.assumed)]
        near = [c for c in crossings if c is not None and LEAST < c.factor < MOST]
        return sorted(near, key=lambda c: max(c.factor, 1.0 / c.factor))


def value_of(mix: Mix, path: str) -> float | None:
    """Return a value of a mix by its path; None for one that scales nothing, or is not set."""
    value: Any = mix
    for key in _keys(path):
        value = value.get(key) if isinstance(value, dict) else getattr(value, key)
    return None if value is None or path == "horizon" else float(value)


def varied(mix: Mix, path: str, value: float) -> Mix:
    """Return a mix with another value; it may be one that a file cannot have."""
    made: Mix = _set(mix, _keys(path), value)
    return made


def _keys(path: str) -> list[str]:
    """Return the keys of a path; names of rows and strategies may have dots.

    >>> _keys("likelihoods.slow x1.5"), _keys("prices.hours.left")
    (['likelihoods', 'slow x1.5'], ['prices', 'hours', 'left'])
    """
    for block in ("likelihoods", "prices.fixed_per_month"):
        if path.startswith(f"{block}."):
            return [*block.split("."), path.removeprefix(f"{block}.")]
    return path.split(".")


def _set(block: Any, keys: list[str], value: float) -> Any:
    first, *rest = keys
    if isinstance(block, dict):
        return block | {first: value}
    inner = _set(getattr(block, first), rest, value) if rest else value
    return block.model_copy(update={first: inner})
