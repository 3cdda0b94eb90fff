"""The winner's price, and conditions under which another strategy would win."""

from simdeploy.report.verdict.reasons import ALIKE, alike, exposure
from simdeploy.report.verdict.wording import Sentence, contest, labeled, mostly, names_of
from simdeploy.report.words import duration, duration_range, listed, money, short_count
from simdeploy.results.harm_order import SAME, level
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts

#: A way back is slower than another if it takes half as long again, and this much more (s).
SLOWER, MORE = 1.5, 10.0
#: Being noticed less later than this (s) makes no practical difference.
SOON = 5.0
#: Strategies that send all traffic to the new revision as soon as its tasks are healthy, and the
#: type that first sends a part.
AT_ONCE, CANARY = ("rolling", "blue_green", "recreate"), "canary"


def price(facts: VerdictFacts) -> list[Sentence]:
    """Return the winner's extra cost over its rival."""
    pair = contest(facts)
    if pair is None or len(facts.best) > 1:
        return []
    best, other = pair.best, pair.other
    parts = [_extra_cost(facts, best, other), _side_by_side(best, other), _cut(best, other)]
    return labeled("Price", parts)


def _extra_cost(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    gap = facts.between("extra_cost_usd", best.name, other.name)
    larger = max(strategy.mean.get("extra_cost_usd", 0.0) for strategy in (best, other))
    if level(gap, larger) or gap.mean is None:
        return f"about the same as {other.name}"
    word = "more" if gap.mean > 0 else "less"
    return f"{money(abs(gap.mean))} {word} per deployment than {other.name}"


def _side_by_side(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = (strategy.mean.get("both_alive_s", 0.0) for strategy in (best, other))
    if alike(a, b):
        return ""
    return f"both revisions run side by side for {duration(a)}, not {duration(b)}"


def _cut(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = (strategy.mean.get("cut_websockets", 0.0) for strategy in (best, other))
    if a <= b + max(1.0, ALIKE * b):
        return ""
    return f"{short_count(a)} WebSockets are cut, not {short_count(b)}"


def flips_when(facts: VerdictFacts) -> list[Sentence]:
    """Return what would change the winner, as far as the runs show."""
    if not facts.ranked:
        return []
    parts = [_fault_shows_later(facts), _way_back(facts), _taken_back(facts), _later(facts)]
    return labeled("Flips when", parts)


def _fault_shows_later(facts: VerdictFacts) -> str:
    """Return that health checks only stop faults that appear before they pass."""
    unhurt = all(s.unhurt and s.mean.get("failed_tasks", 0.0) >= 1 for s in facts.best)
    if not facts.bad or not unhurt:
        return ""
    return "tasks fail only after they pass their health checks (compare shallow-health-check)"


def _way_back(facts: VerdictFacts) -> str:
    """Return who rolls a good release back much sooner than the cheapest of the best."""
    times = {s.name: s.way_back for s in facts.best if s.way_back is not None}
    cheap = [times[name] for name in facts.ranking.cheapest if name in times]
    if len(facts.best) < 2 or not cheap or any(strategy.fails for strategy in facts.best):
        return ""
    fast = {n: t for n, t in times.items() if SLOWER * t < min(cheap) and t + MORE < min(cheap)}
    if not fast:
        return ""
    after = duration(facts.drill_after)
    quick = f"{listed(list(fast))} {duration_range(list(fast.values()))}"
    slow = f"{listed(facts.ranking.cheapest)} {duration_range(cheap)}"
    return f"going back must be quick ({after} after full traffic: {quick}, {slow})"


def _taken_back(facts: VerdictFacts) -> str:
    """Return that the winner wins without a rollback, as others fail on data written before it."""
    best = facts.best[0]
    stays = not best.fails and mostly(best, "escaped")
    broken = [strategy for strategy in facts.others if mostly(strategy, "unrepaired")]
    hit = [s for s in broken if s.mean.get("incompatible_writes", 0.0) >= 0.5]
    if len(facts.best) > 1 or not stays or not hit:
        return ""
    fails = f"with {names_of(hit)} the old revision fails on what the new one wrote"
    return f"{best.name} has to go back too: {fails}"


def _later(facts: VerdictFacts) -> str:
    """Return how much later the winner's fault could be noticed until its lead is lost."""
    pair = contest(facts)
    if pair is None or not facts.bad or len(facts.best) != 1 or pair.but or not pair.best.fails:
        return ""
    best, other, _ = pair
    spare = other.mean["failed_caused"] - best.mean["failed_caused"]
    seconds = best.mean.get("detect_s", 0.0)
    rate = best.mean.get("failed_before_decision", 0.0) / seconds if seconds else 0.0
    if rate <= 0 or spare < SAME * other.mean["failed_caused"]:
        return ""
    later, words = _break_even(facts, best, spare, rate)
    if later < SOON or best.mean.get("decision_s", 0.0) + later > facts.horizon:
        return ""
    return f"{best.name} alone is noticed {duration(later)} later ({words}){_no_help(best, other)}"


def _break_even(
    facts: VerdictFacts, best: StrategyFacts, spare: float, rate: float
) -> tuple[float, str]:
    """Return after how many more seconds the best has failed ``spare`` requests more; the rate.

    A canary fails at its rate until it gets all traffic. For shares that grow in more steps there
    is no single rate, and the result is 0.
    """
    until, share = short_count(60 * rate), exposure(facts, best)
    left = (best.full_after or 0.0) - best.mean.get("decision_s", 0.0)
    if best.kind in AT_ONCE or (best.kind == CANARY and spare <= rate * left):
        return spare / rate, f"it fails {until} a minute until then"
    if best.kind != CANARY or left <= 0 or not share:
        return 0.0, ""
    full = rate / share
    words = f"it fails {until} a minute, {short_count(60 * full)} once it has all traffic"
    return left + (spare - rate * left) / full, words


def _no_help(best: StrategyFacts, other: StrategyFacts) -> str:
    """Return that noticing sooner does not help the rival, whose rollback alone fails more."""
    after = other.mean.get("failed_after_decision", 0.0)
    if after <= best.mean["failed_caused"]:
        return ""
    fail = f"{short_count(after)} fail after its decision"
    return f"; not when {other.name} is noticed sooner: {fail}"
