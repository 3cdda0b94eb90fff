"""Order of strategies for the verdict paragraph: by harm, then by cost.

The comparison itself ranks by `results.ranking`; the paragraph's sentences speak of these groups.

A strategy that rolls every release back never hurts anybody, so shipping the good twin is required.
The order is lexicographic, by the harm of the deployment: failed requests, requests served by bad
code, slow requests, each beyond what the service loses without a deployment. For each metric the
strategy with the least mean stays, together with all whose paired difference to it includes zero or
is too small to notice, and all that do no more harm than no deployment; the next metric compares
those.

A request that bad code serves without failing is harm only where its answer is wrong, or where it
separates strategies that leave a bad release live from others: until a leak kills a task, its
answers are right.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simdeploy.results.paired import Difference
from simdeploy.results.ranking import SHIPS, TOTAL

HARM = ("failed_caused", "exposed_requests", "slow_caused")
COST = "extra_cost_usd"
#: Differences below these are ties: half a request, half a cent.
NOTICEABLE = {**dict.fromkeys(HARM, 0.5), COST: 0.005}
#: So are those below this share of all harm, including that without a deployment.
SAME = 0.01
#: Least share of the runs for a bad release to count as left live.
LIVE = 0.5

Lookup = Callable[[str, str, str], Difference]
Means = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class HarmOrder:
    """``order``: groups from best to worst by harm; ``cheapest`` of the first group.

    ``left_out`` names those that do not ship the good twin, with the share in which they do.
    """

    order: tuple[tuple[str, ...], ...]
    cheapest: tuple[str, ...]
    left_out: tuple[tuple[str, float], ...]

    @property
    def best(self) -> tuple[str, ...]:
        """Those that no other strategy beats on harm."""
        return self.order[0] if self.order else ()

    def ships(self, name: str) -> float:
        """Return the share of runs in which a strategy ships a good release, 1 if it is ranked."""
        return dict(self.left_out).get(name, 1.0)


def level(difference: Difference, of: float = 0.0) -> bool:
    """Return whether a difference includes zero or is too small to notice.

    Parameters
    ----------
    difference
        The paired difference of two strategies.
    of
        All harm with the worse of the two; below a hundredth of it a difference is too small.
    """
    small = max(NOTICEABLE.get(difference.metric, 0.0), SAME * of)
    return difference.level or difference.mean is None or abs(difference.mean) < small


def keep_best(names: Sequence[str], metric: str, means: Means, between: Lookup) -> tuple[str, ...]:
    """Return the strategy with the least mean of a metric and all that tie with it."""
    best = min(names, key=lambda name: means[name][metric])
    return tuple(
        n
        for n in names
        if n == best
        or is_harmless(means[n], metric)
        or level(between(metric, best, n), total(means[n], metric))
    )


def is_harmless(means: Mapping[str, float], metric: str) -> bool:
    """Return whether harm is too small to notice beside that without a deployment."""
    small = max(NOTICEABLE[metric], SAME * total(means, metric))
    return metric in HARM and means[metric] < small


def total(means: Mapping[str, float], metric: str) -> float:
    """Return all harm, of which a metric is the part that the deployment causes."""
    return max(means[metric], means.get(TOTAL.get(metric, metric), 0.0))


def least(
    names: Sequence[str], metrics: Sequence[str], means: Means, between: Lookup
) -> tuple[str, ...]:
    """Return the strategies that remain after `keep_best` for each metric in turn."""
    left = tuple(names)
    for metric in metrics:
        left = keep_best(left, metric, means, between)
    return left


def harm_order(
    names: Sequence[str],
    ships: Mapping[str, float],
    means: Means,
    between: Lookup,
    *,
    wrong: bool = True,
    live: Mapping[str, float] | None = None,
) -> HarmOrder:
    """Rank strategies by harm, then the best of them by cost.

    Parameters
    ----------
    names
        All strategies in file order.
    ships
        Share of the good twin's runs that end as shipped; without a share a strategy is ranked.
    means
        Per strategy, the means of ``HARM`` and ``COST``; of ``TOTAL`` too where it is known.
    between
        Gives the paired difference of a metric between two strategies.
    wrong
        Whether bad code gives wrong answers that look right.
    live
        Per strategy, the share of runs that end with a bad release live; by default 0.
    """
    left_out = tuple((n, ships[n]) for n in names if ships.get(n, 1.0) < SHIPS)
    unranked = [n for n in names if n not in dict(left_out)]
    order: list[tuple[str, ...]] = []
    while unranked:
        group = _least_harm(unranked, means, between, live or {}, wrong=wrong)
        order.append(group)
        unranked = [n for n in unranked if n not in group]
    cheapest = keep_best(order[0], COST, means, between) if order else ()
    return HarmOrder(tuple(order), cheapest, left_out)


def _least_harm(
    names: Sequence[str], means: Means, between: Lookup, live: Mapping[str, float], *, wrong: bool
) -> tuple[str, ...]:
    """Return the strategies of least harm; exposure counts only where it is harm."""
    left = keep_best(names, HARM[0], means, between)
    stays_live = {live.get(name, 0.0) >= LIVE for name in left}
    counted = HARM[1:] if wrong or len(stays_live) > 1 else HARM[2:]
    return least(left, counted, means, between)
