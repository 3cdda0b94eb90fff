"""The recommendation for a service: which strategy costs least over a team's mix of releases.

A strategy that does not ship good releases cannot be recommended, whatever it costs. There is no
winner if the first two cost about the same, if a value that is only assumed decides, or if harm
decides that goes on beyond the horizon; then the answer is what to measure first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from simdeploy.advice.expected import GOOD, Costs, Crossing
from simdeploy.advice.mix import Advice
from simdeploy.results.comparison import Comparison
from simdeploy.results.ranking import SHIPS
from simdeploy.results.standings import overloaded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: Types of strategies that are always set against each other.
SIDES = ("rolling", "blue_green")
#: Why there is no winner.
NO_WINNER = ("over_capacity", "nothing_ships", "one_strategy", "level", "assumed", "open")
#: Prices whose crossing is told whether they are assumed or not.
PRICED = (
    "prices.failed_request",
    "prices.outage_minute",
    "prices.wrong_answer",
    "prices.engineer_hour",
)


class Pair(NamedTuple):
    """Two strategies: where the one begins to pay.

    ``dear`` costs more with a good release. ``break_even`` is the share of bad releases from which
    on it pays; None where it pays never, or always.
    """

    dear: str
    cheap: str
    break_even: float | None


@dataclass(frozen=True, repr=False)
class Recommendation:
    """What ``recommend`` returns.

    Attributes
    ----------
    good
        The runs of a good release, with the drill.
    costs
        Costs by strategy and kind of release.
    advice
        Likelihoods and prices, and which of them are assumed.
    titles
        Kinds of releases by name, with what a slow one needs.
    defaults
        Values of the scenario that are at their defaults and change who is cheapest, nearest
        first.
    """

    good: Comparison
    costs: Costs
    advice: Advice
    titles: Mapping[str, str] = field(default_factory=dict)
    defaults: tuple[Crossing, ...] = ()

    @cached_property
    def ships(self) -> dict[str, float]:
        """The share of good releases that each strategy ships."""
        return self.good.ships

    @cached_property
    def ranked(self) -> list[str]:
        """The strategies that ship a good release, cheapest first."""
        ship = [name for name in self.good.strategies if self.ships[name] >= SHIPS]
        return sorted(ship, key=lambda name: self.costs.month(name).mean)

    @cached_property
    def ordered(self) -> list[str]:
        """All strategies: the ranked ones, then those that do not ship."""
        return [*self.ranked, *(n for n in self.good.strategies if n not in self.ranked)]

    @cached_property
    def over_capacity(self) -> bool:
        """Whether requests fail without a deployment, or are slow where that has a price."""
        slow = self.costs.rates.slow > 0.0 and overloaded(self.good, "slow")
        return slow or overloaded(self.good, "failed")

    @cached_property
    def level(self) -> list[str]:
        """The cheapest strategy and those that cost about the same."""
        first = self.ranked[:1]
        return first + [name for name in self.ranked[1:] if self.costs.level(first[0], name)]

    @cached_property
    def rivals(self) -> tuple[str, str] | None:
        """The cheapest strategy and the next; None with fewer than two that ship."""
        return (self.ranked[0], self.ranked[1]) if len(self.ranked) > 1 else None

    @cached_property
    def doubts(self) -> list[Crossing]:
        """Assumed values that change who is cheapest if doubled or halved, nearest first."""
        if self.rivals is None:
            return []
        found = [*self.costs.doubtful(*self.rivals, self.advice), *self.defaults]
        return sorted(found, key=lambda c: max(c.factor, 1.0 / c.factor))

    @cached_property
    def beyond(self) -> list[str]:
        """Kinds of releases whose harm beyond the horizon could change who is cheapest."""
        return list(self.costs.hinges_on_horizon(*self.rivals)) if self.rivals else []

    @cached_property
    def no_winner(self) -> str:
        """Why there is no winner, one of `NO_WINNER`; empty if there is one."""
        if self.over_capacity:
            return "over_capacity"
        if not self.ranked:
            return "nothing_ships"
        if self.rivals is None:
            return "one_strategy"
        if len(self.level) > 1:
            return "level"
        if self.doubts:
            return "assumed"
        return "open" if self.beyond else ""

    @property
    def winner(self) -> str:
        """The strategy to choose; empty if none is clearly cheapest."""
        return "" if self.no_winner else self.ranked[0]

    @cached_property
    def sides(self) -> tuple[str, str] | None:
        """The cheapest rolling and the cheapest blue-green strategy that ship."""
        types = {name: self.good.scenario.strategies[name].type for name in self.ranked}
        found = [next((n for n in self.ranked if types[n] == side), None) for side in SIDES]
        return (found[0], found[1]) if found[0] and found[1] else None

    @cached_property
    def pairs(self) -> list[Pair]:
        """The pairs whose break-even is told."""
        return list(dict.fromkeys(self._pair(*pair) for pair in self._told_pairs()))

    def _told_pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the first with the cheapest on good releases, then rolling with blue-green."""
        if self.rivals is None:
            return
        frugal = min(self.ranked, key=lambda name: self.costs.good_and_bad(name)[0])
        if frugal != self.ranked[0]:
            yield self.ranked[0], frugal
        if self.sides:
            yield self.sides
        yield self.rivals

    def _pair(self, a: str, b: str) -> Pair:
        dear, cheap = sorted((a, b), key=lambda n: -self.costs.good_and_bad(n)[0])
        return Pair(dear, cheap, self.costs.break_even(dear, cheap))

    def thresholds(self, a: str, b: str) -> list[Crossing]:
        """Return the prices at which two strategies cost the same."""
        found = (self.costs.crossing(a, b, path) for path in PRICED)
        return [crossing for crossing in found if crossing is not None and crossing.at > 0.0]

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas DataFrame: strategy × kind of release, and the parts of its cost.

        All amounts are USD a month. The rows of a strategy add up to what it costs.
        """
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        return pd.DataFrame(self.rows()).set_index(["strategy", "kind"])

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per strategy and kind of release, and per fixed cost (USD a month)."""
        costs, times = self.costs, self.costs.mix.releases_per_month
        made = []
        for name in self.ordered:
            for kind in (GOOD, *costs.kinds):
                weight = times * costs.likelihood(kind)
                parts = {k: weight * v for k, v in costs.parts(name, kind)._asdict().items()}
                row = {"strategy": name, "kind": kind, "likelihood": costs.likelihood(kind)}
                made.append(row | parts | {"fixed": 0.0, "cost": weight * costs.mean(name, kind)})
            if fixed := costs.fixed(name):
                empty = dict.fromkeys(("failed", "other", "hours", "compute"), 0.0)
                row = {"strategy": name, "kind": "fixed", "likelihood": None}
                made.append(row | empty | {"fixed": fixed, "cost": fixed})
        return made

    def plot(self, prices: tuple[str, str] | None = None) -> "Figure":
        """Draw who is cheapest over two prices, such as ``failed_request``; return the figure."""
        from simdeploy.report.advice.plot import plot_border  # noqa: PLC0415  reports are above

        return plot_border(self, prices)

    def _repr_html_(self) -> str:
        from simdeploy.report.advice.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers and sentences as plain values, as in the JSON."""
        from simdeploy.report.advice.export import to_dict  # noqa: PLC0415  reports are above

        return to_dict(self)

    def __repr__(self) -> str:
        what = self.winner or f"no clear winner ({self.no_winner})"
        return f"<Recommendation for {self.good.scenario.name}: {what}>"

    def __str__(self) -> str:
        from simdeploy.report.advice.text import render_recommendation  # noqa: PLC0415

        return render_recommendation(self)
