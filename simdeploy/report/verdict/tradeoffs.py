"""What the winner costs, and what would make another one win."""

from simdeploy.report.verdict.contest import contest
from simdeploy.report.verdict.harm import Sentence
from simdeploy.report.verdict.reasons import ALIKE, alike, exposure
from simdeploy.report.words import count, duration, listed, money, span
from simdeploy.results.ranking import SAME, level
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts

#: A way back is slower than another one if it takes half as long again, and this much more (s).
SLOWER, MORE = 1.5, 10.0
#: Noticing so little later (s) is nothing that anybody plans with.
SOON = 5.0
#: Strategies that let all users meet the new revision as soon as its tasks are there, and the one
#: that lets some of them for a while.
AT_ONCE, CANARY = ("rolling", "blue_green", "recreate"), "canary"


def price(facts: VerdictFacts) -> list[Sentence]:
    """Return what the winner costs more than the one it is held against."""
    held = contest(facts)
    if held is None or len(facts.best) > 1:
        return []
    told = [_dollars(facts, held.best, held.other), _alive(held.best, held.other),
            _cut(held.best, held.other)]  # fmt: skip
    return [Sentence("Price", f"{'; '.join(part for part in told if part)}.")]


def _dollars(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    gap = facts.between("extra_cost_usd", best.name, other.name)
    larger = max(one.mean.get("extra_cost_usd", 0.0) for one in (best, other))
    if level(gap, larger) or gap.mean is None:
        return f"about the same as {other.name}"
    word = "more" if gap.mean > 0 else "less"
    return f"{money(abs(gap.mean))} {word} per deployment than {other.name}"


def _alive(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = (one.mean.get("both_alive_s", 0.0) for one in (best, other))
    if alike(a, b):
        return ""
    return f"both revisions run side by side for {duration(a)}, not {duration(b)}"


def _cut(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = (one.mean.get("cut_websockets", 0.0) for one in (best, other))
    return f"{count(a)} WebSockets are cut, not {count(b)}" if a > b + max(1.0, ALIKE * b) else ""


def flips(facts: VerdictFacts) -> list[Sentence]:
    """Return what would change the winner, as far as the runs tell."""
    if not facts.ranked:
        return []
    told = [_fault_shows_later(facts), _way_back(facts), _taken_back(facts), _later(facts)]
    text = "; ".join(part for part in told if part)
    return [Sentence("Flips when", f"{text}.")] if text else []


def _fault_shows_later(facts: VerdictFacts) -> str:
    """Tell that health checks save users only from faults that show before them."""
    unhurt = all(one.unhurt and one.mean.get("failed_tasks", 0.0) >= 1 for one in facts.best)
    if not facts.bad or not unhurt:
        return ""
    return "tasks fail only after they pass their health checks (compare shallow-health-check)"


def _way_back(facts: VerdictFacts) -> str:
    """Tell who is back sooner from a good release, where the cheapest of the level is not."""
    known = {one.name: one.way_back for one in facts.best if one.way_back is not None}
    cheap = [known[name] for name in facts.ranking.cheapest if name in known]
    if len(facts.best) < 2 or not cheap or any(one.fails for one in facts.best):
        return ""
    fast = {n: t for n, t in known.items() if SLOWER * t < min(cheap) and t + MORE < min(cheap)}
    if not fast:
        return ""
    after = duration(facts.drill_after)
    return (
        f"going back must be quick ({after} after full traffic: {listed(list(fast))} "
        f"{span(list(fast.values()))}, {listed(facts.ranking.cheapest)} {span(cheap)})"
    )


def _taken_back(facts: VerdictFacts) -> str:
    """Tell that the winner wins by staying: others went back and fail on what was written."""
    best = facts.best[0]
    stays = not best.fails and best.verdicts.get("escaped", 0.0) >= 0.5
    hit = [one for one in facts.others
           if one.mean.get("incompatible_writes", 0.0) >= 0.5
           and one.verdicts.get("unrepaired", 0.0) >= 0.5]  # fmt: skip
    if len(facts.best) > 1 or not stays or not hit:
        return ""
    names = listed([one.name for one in hit])
    return (f"{best.name} has to go back too: with {names} the old revision fails on "
            "what the new one wrote")  # fmt: skip


def _later(facts: VerdictFacts) -> str:
    """Tell how much later the winner may be noticed, at the rate it fails until then."""
    held = contest(facts)
    if held is None or not facts.bad or len(facts.best) != 1 or held.but or not held.best.fails:
        return ""
    best, other, _ = held
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
    """Return how much longer the best may fail until it has failed so many more, and the rate.

    A canary fails at its rate until it gets all traffic. Where the share grows in more steps than
    that, there is no rate to tell: 0.
    """
    until, share = count(60 * rate), exposure(facts, best)
    left = (best.full_after or 0.0) - best.mean.get("decision_s", 0.0)
    if best.kind in AT_ONCE or (best.kind == CANARY and spare <= rate * left):
        return spare / rate, f"it fails {until} a minute until then"
    if best.kind != CANARY or left <= 0 or not share:
        return 0.0, ""
    full = rate / share
    words = f"it fails {until} a minute, {count(60 * full)} once it has all traffic"
    return left + (spare - rate * left) / full, words


def _no_help(best: StrategyFacts, other: StrategyFacts) -> str:
    """Tell that noticing sooner does not help the other: the way back alone costs it more."""
    after = other.mean.get("failed_after_decision", 0.0)
    if after <= best.mean["failed_caused"]:
        return ""
    return f"; not when {other.name} is noticed sooner: {count(after)} fail after its decision"
