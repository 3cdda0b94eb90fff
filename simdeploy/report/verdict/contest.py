"""Who is held against whom in a verdict, and whether the winner depends on what one fears."""

from typing import NamedTuple

from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts

#: A bad day is another one only if it is a tenth worse.
WORSE = 1.1
MOST = 0.5


class Contest(NamedTuple):
    """The winner, the one to hold it against, and in what that one is better (empty: in nothing).

    ``but`` is ``live`` where the winner leaves a bad release live that the other one stops, and
    ``bad_day`` where the other fails fewer requests in 1 run of 20.
    """

    best: StrategyFacts
    other: StrategyFacts
    but: str = ""


def contest(facts: VerdictFacts) -> Contest | None:
    """Return the two strategies that the paragraph compares; None with fewer than two ranked."""
    if len(facts.ranked) < 2:
        return None
    best, second = facts.ranked[:2]
    if len(facts.best) > 1:
        return Contest(best, facts.others[0] if facts.others else second)
    if not best.fails:
        return Contest(best, second)
    stopping = [one for one in facts.others if one.verdicts.get("stopped", 0.0) >= MOST]
    if best.verdicts.get("escaped", 0.0) >= MOST and stopping:
        return Contest(best, stopping[0], "live")
    rival = min(facts.ranked, key=lambda one: one.bad_day["failed_caused"])
    if best.bad_day["failed_caused"] > WORSE * rival.bad_day["failed_caused"] + 1:
        return Contest(best, rival, "bad_day")
    return Contest(best, second)
