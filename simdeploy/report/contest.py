"""Who is held against whom in a verdict, and whether the winner depends on what one fears."""

from collections.abc import Callable
from typing import NamedTuple

from simdeploy.results.facts import StrategyFacts, VerdictFacts
from simdeploy.results.ranking import level

#: A bad day is another one only if it is a tenth worse.
WORSE = 1.1


class Contest(NamedTuple):
    """The winner, the one to hold it against, and in what that one is better (empty: in nothing).

    ``but`` is ``failures`` where the winner has users on bad code for the shortest time but the
    other fails fewer requests, ``bad_day`` where the other fails fewer in 1 run of 20.
    """

    best: StrategyFacts
    other: StrategyFacts
    but: str = ""


def contest(facts: VerdictFacts) -> Contest | None:
    """Return the two strategies that the paragraph compares; None with fewer than two ranked."""
    if len(facts.ranked) < 2:
        return None
    best, second = facts.ranked[:2]
    if len(facts.best) > 1 or best.unhurt:
        return Contest(best, second)
    rival = _fewest(facts, lambda one: one.mean["failed_requests"])
    if rival is not best and not level(facts.between("failed_requests", rival.name, best.name)):
        return Contest(best, rival, "failures")
    rival = _fewest(facts, lambda one: one.bad_day["failed_requests"])
    if best.bad_day["failed_requests"] > WORSE * rival.bad_day["failed_requests"] + 1:
        return Contest(best, rival, "bad_day")
    return Contest(best, second)


def _fewest(facts: VerdictFacts, amount: Callable[[StrategyFacts], float]) -> StrategyFacts:
    return min(facts.ranked, key=amount)
