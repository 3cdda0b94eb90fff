"""What no strategy repairs, and who is not ranked and why: the end of the paragraph."""

from simdeploy.report.harm import Sentence, whom
from simdeploy.report.words import count, percent
from simdeploy.results.facts import StrategyFacts, VerdictFacts

#: What undoes a good release, where the strategy itself takes the service down.
OWN_OUTAGE = {
    "alarm": "its own outage raises the alarm",
    "operator": "its own outage makes a person act",
}
UNDOING = {
    "alarm": "the alarm goes off",
    "breaker": "the circuit breaker trips",
    "install_timeout": "new tasks are not healthy in time",
    "operator": "a person acts",
}


def left(facts: VerdictFacts) -> list[Sentence]:
    """Return what no strategy repairs: rows, side effects, and releases that stay live."""
    told = [
        _stays(facts, "incompatible_writes", "rows that the serving code cannot read"),
        _stays(facts, "side_effects_left", "side effects of bad requests"),
        _ends(facts, "escaped", "the bad release stays live"),
        _ends(facts, "unrepaired", "users still fail after the rollback"),
    ]
    text = "; ".join(part for part in told if part)
    return [Sentence("Not fixed", f"{text}.")] if text else []


def _stays(facts: VerdictFacts, metric: str, words: str) -> str:
    hit = [one for one in facts.strategies.values() if one.mean.get(metric, 0.0) >= 0.5]
    if not hit:
        return ""
    amounts = [one.mean[metric] for one in hit]
    low, high = count(min(amounts)), count(max(amounts))
    return f"{low if low == high else f'{low} to {high}'} {words}, with {whom(facts, hit)}"


def _ends(facts: VerdictFacts, word: str, words: str) -> str:
    """Tell how often runs end badly, and with whom."""
    hit = [one for one in facts.strategies.values() if one.verdicts.get(word, 0.0) > 0]
    if not hit:
        return ""
    shares = [one.verdicts[word] for one in hit]
    low, high = percent(min(shares)), percent(max(shares))
    told = high if low == high else f"{low} to {high}"
    return f"{words} in {told} of runs with {whom(facts, hit)}"


def not_ranked(facts: VerdictFacts) -> list[Sentence]:
    """Return who was left out for not shipping a good release, and why it does not."""
    if not facts.ranking.order or not facts.ranking.left_out:
        return []
    told = [
        f"{one.name} {_hurting(one)}{_not_shipping(one, facts.ranking.ships(one.name))}"
        for one in facts.left_out
    ]
    return [Sentence("Not ranked", f"{'; '.join(told)}.")]


def _hurting(one: StrategyFacts) -> str:
    """Tell that it would have won; how much harm it does is in the table."""
    return "hurts nobody but " if one.unhurt else ""


def _not_shipping(one: StrategyFacts, ships: float) -> str:
    """Tell what becomes of a good release instead."""
    undone = one.twin.verdicts.get("false_rollback", 0.0)
    stuck = one.twin.outcomes.get("stuck", 0.0)
    if undone >= (1.0 - ships) / 2:
        return f"undoes good releases too{_in(undone)}{_cause(one)}"
    if stuck >= (1.0 - ships) / 2:
        return f"gets stuck with any release{_in(stuck)}: it may neither start nor stop a task"
    return f"ships a good release in only {percent(ships)} of runs"


def _in(share: float) -> str:
    return "" if share == 1.0 else f" in {percent(share)} of runs"


def _cause(one: StrategyFacts) -> str:
    words = OWN_OUTAGE if one.twin.downtime >= 1.0 else UNDOING
    told = words.get(one.twin.signal) or UNDOING.get(one.twin.signal)
    return f": {told}" if told else ""
