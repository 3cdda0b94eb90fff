"""What a ranking compares, from the runs of a comparison, and why no check mark may be given."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simdeploy.model.registry import FAULT_KINDS
from simdeploy.results.ranking import (
    BY_ITSELF,
    LEFT,
    ORDER,
    SHIPS,
    Field,
    LeftOut,
    Ranking,
    rank,
)
from simdeploy.results.summary import MACHINES, Variant

if TYPE_CHECKING:
    from simdeploy.results.comparison import Comparison

#: Without a deployment, more failing or slow requests than these are an overload.
OVER_CAPACITY = {"failed": 0.01, "slow": 0.05}
#: Events that overload or break a service after the command, with or without a deployment.
AFTERWARDS = frozenset({"traffic_spike", "dependency_down"})


def ranking_of(comparison: "Comparison") -> Ranking:
    """Rank the strategies of a comparison."""
    return rank(compared(comparison), left_out(comparison), no_winner(comparison))


def compared(comparison: "Comparison") -> Field:
    """Return the numbers that a ranking compares."""
    means = {
        name: {
            **result.overview.harm,
            LEFT: result.overview.left,
            BY_ITSELF: by_itself(result.release),
            **_order(comparison.good(name)),
        }
        for name, result in comparison.results
    }
    return Field(
        means,
        comparison.between,
        comparison.between_good,
        wrong=comparison.wrong,
        bad=is_bad(comparison),
    )


def _order(good: Variant | None) -> Mapping[str, float]:
    """Return the means of `ORDER` of a good release, as far as they are known."""
    summaries = {} if good is None else {name: good.metrics[name] for name in ORDER}
    return {name: s.mean for name, s in summaries.items() if s.mean is not None}


def by_itself(variant: Variant) -> float:
    """Return the share of runs that a machine decides, before a person does."""
    return sum(variant.decided_by[name].share for name in MACHINES)


def is_bad(comparison: "Comparison") -> bool:
    """Return whether the release has a fault that stays, or gets live in no run."""
    full = [result.release.metrics["full_traffic_s"] for _, result in comparison.results]
    stays = any(not FAULT_KINDS[kind].passing for kind in comparison.fault_kinds)
    return stays or all(summary.n == summary.n_censored for summary in full)


def left_out(comparison: "Comparison") -> dict[str, LeftOut]:
    """Return the strategies that ship less than 95 % of good releases, as far as those ran."""
    return {
        name: LeftOut(_reason(good), comparison.ships[name])
        for name in comparison.strategies
        if comparison.ships.get(name, 1.0) < SHIPS and (good := comparison.good(name)) is not None
    }


def _reason(good: Variant) -> str:
    """Return why most of the good releases that are not shipped are not."""
    undone = good.verdicts["false_rollback"].share
    stuck = good.outcomes["stuck"].share
    waiting = 1.0 - good.verdicts["shipped"].share - undone - stuck
    shares = {"good_undone": undone, "stuck": stuck, "not_live": waiting}
    return max(shares, key=shares.__getitem__)


def no_winner(comparison: "Comparison") -> str:
    """Return why no check mark may be given whatever the order, one of `ranking.NO_WINNER`."""
    if over_capacity(comparison):
        return "over_capacity"
    if nothing_watches(comparison):
        return "nothing_watches"
    return "one_strategy" if len(comparison.strategies) == 1 else ""


def over_capacity(comparison: "Comparison") -> bool:
    """Return whether the service is overloaded without a deployment.

    More than 1 % of the requests fail beyond ``service.base_error_rate``, or more than 5 % are
    slow, and no event after the command explains it.
    """
    return any(overloaded(comparison, kind) for kind in OVER_CAPACITY)


def overloaded(comparison: "Comparison", kind: str) -> bool:
    """Return whether more requests than usual are ``failed`` or ``slow`` without a deployment."""
    scenario = comparison.scenario
    if any(event.tag() in AFTERWARDS for event in scenario.environment.events):
        return False
    first = next(iter(comparison.strategies.values())).overview
    usual = scenario.service.base_error_rate if kind == "failed" else 0.0
    return first.anyway[kind] / max(first.requests, 1e-300) - usual > OVER_CAPACITY[kind]


def nothing_watches(comparison: "Comparison") -> bool:
    """Return whether every run of every strategy leaves the bad release live, as nothing watches.

    The circuit breaker watches tasks that start, not users: it does not count.
    """
    watching = {d.signal for some in comparison.detectors.values() for d in some}
    escaped = (result.release.verdicts["escaped"].share for _, result in comparison.results)
    return watching <= {"breaker"} and all(share == 1.0 for share in escaped)
