"""The verdict paragraph: who wins · by how much · why · price · flips when · what stays broken.

A pure function of `VerdictFacts`. Every sentence comes from here or from `reasons`; none says more
than the runs do: a difference that includes zero is no difference, and none in n runs is not never.
"""

from simdeploy.report.cells import Writer
from simdeploy.report.contest import contest
from simdeploy.report.reasons import Sentence, flips, left, not_ranked, price, why
from simdeploy.report.words import capital, count, duration, listed, percent, rule_of_three
from simdeploy.results.facts import StrategyFacts, VerdictFacts
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import level

#: How a metric is told: what it is, and how its amounts are written.
HARM_WORDS = {
    "failed_requests": ("failed requests", count),
    "slow_requests": ("slow requests", count),
    "bad_s": ("on bad code", duration),
}


def verdict(facts: VerdictFacts) -> list[Sentence]:
    """Return the paragraph as sentences, each with its label (the first has none)."""
    told = [Sentence("", headline(facts)), *why(facts), *price(facts), *flips(facts), *left(facts)]
    return [one for one in [*told, *not_ranked(facts)] if one.text]


def paragraph(facts: VerdictFacts) -> str:
    """Return the paragraph as one text."""
    return " ".join(f"{one.label}: {one.text}" if one.label else one.text
                    for one in verdict(facts))  # fmt: skip


def headline(facts: VerdictFacts) -> str:
    """Return who wins and by how much, or why nobody can be said to."""
    if not facts.ranked:
        return nothing_ships(facts)
    if unsaved(facts):
        return f"{none_saves(facts)} {fewest(facts)}".strip()
    if all(one.unhurt for one in facts.best):
        return unhurt(facts)
    return fewest(facts)


def nothing_ships(facts: VerdictFacts) -> str:
    """Tell that no strategy brings a good release live."""
    ends = [f"{one.name} ends {main_outcome(one)}" for one in facts.strategies.values()]
    return f"None of them ships even a good release: {listed(ends)}."


def main_outcome(one: StrategyFacts) -> str:
    """Return the commonest end of a strategy's runs with its share."""
    word = max(one.outcomes, key=lambda name: one.outcomes[name])
    return f"{word.replace('_', ' ')} in {percent(one.outcomes[word])} of runs"


def unsaved(facts: VerdictFacts) -> bool:
    """Return whether no strategy ends the harm by itself: it stays, or a person has to act."""
    if not facts.faulty or any(one.unhurt for one in facts.ranked):
        return False
    return harm_stays(facts) or unwatched(facts)


def harm_stays(facts: VerdictFacts) -> bool:
    """Return whether most runs of every ranked strategy end with users still hurt."""
    return all(one.verdicts.get("stopped", 0.0) < 0.5 for one in facts.ranked)


def unwatched(facts: VerdictFacts) -> bool:
    """Return whether nothing but a person watches."""
    return not any(one.automatic for one in facts.ranked)


def none_saves(facts: VerdictFacts) -> str:
    """Tell that the harm stays until the horizon, or until a person acts."""
    if not harm_stays(facts):
        return f"None of them saves you: no automatic signal watches; {_person(facts)}."
    after = duration(facts.horizon)
    stays = {word: [one.verdicts.get(word, 0.0) for one in facts.ranked]
             for word in ("escaped", "unrepaired")}  # fmt: skip
    if max(stays["unrepaired"]) > max(stays["escaped"]):
        return (f"None of them saves you: the bad revision goes, but after {after} users still "
                f"fail, {_in_runs(stays['unrepaired'])}.")  # fmt: skip
    return (f"None of them saves you: after {after} the bad revision is still live, "
            f"{_in_runs(stays['escaped'])}.")  # fmt: skip


def _in_runs(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return f"in {high} of runs" if low == high else f"in {low} to {high} of runs"


def _person(facts: VerdictFacts) -> str:
    times = [one.mean["detect_s"] for one in facts.ranked if "detect_s" in one.mean]
    if not times:
        return "nobody decided to go back"
    return f"it ends when a person acts, {_range(min(times), max(times))} after the first harm"


def _range(low: float, high: float) -> str:
    a, b = duration(low), duration(high)
    return a if a == b else f"{a} to {b}"


def unhurt(facts: VerdictFacts) -> str:
    """Tell who hurts nobody, and what the others do."""
    names = [one.name for one in facts.best]
    everyone = len(names) > 1 and not facts.others
    who = ", whichever you choose" if everyone else f" with {listed(names, 'or')}"
    text = f"Nobody fails a request{who} ({rule_of_three(facts.runs)})."
    cost = _choose_on_cost(facts) if len(names) > 1 else ""
    others = _others(facts) if facts.others else ""
    return " ".join(part for part in (text, cost, others) if part)


def _others(facts: VerdictFacts) -> str:
    told = [f"{one.name} {_harm(one)}" for one in facts.others]
    return f"{capital(listed(told))}."


def _harm(one: StrategyFacts) -> str:
    if one.fails:
        downtime = duration(one.mean.get("downtime_s", 0.0))
        return f"fails {count(one.mean['failed_requests'])} (downtime {downtime})"
    if one.worst.get("slow_requests", 0.0) >= 0.5:
        return f"slows down {count(one.mean['slow_requests'])}"
    return f"keeps users on bad code for {duration(one.mean.get('bad_s', 0.0))}"


def _choose_on_cost(facts: VerdictFacts) -> str:
    cheapest = facts.ranking.cheapest
    if len(cheapest) == len(facts.best):
        return f"{capital(listed([one.name for one in facts.best]))} cost the same."
    return f"Choose on cost: {listed(cheapest)} {'is' if len(cheapest) == 1 else 'are'} cheapest."


def fewest(facts: VerdictFacts) -> str:
    """Tell who hurts fewest users, where they are hurt with every strategy."""
    if len(facts.ranked) == 1:
        return alone(facts.best[0], of=len(facts.strategies))
    if len(facts.best) > 1:
        return too_close(facts)
    return depends(facts) or clear(facts)


def alone(one: StrategyFacts, *, of: int) -> str:
    """Tell what the only one does that ships a good release."""
    if of == 1:
        return f"{capital(one.name)} {_harm(one)}."
    return f"Only {one.name} ships a good release; it {_harm(one)}."


def too_close(facts: VerdictFacts) -> str:
    """Tell that the best are level: what parts them may as well be zero."""
    ordered = sorted(facts.best, key=lambda one: one.mean["failed_requests"])
    low, high = ordered[0], ordered[-1]
    gap = facts.between("failed_requests", high.name, low.name)
    names = listed([one.name for one in facts.best])
    rest = f" {_others(facts)}" if facts.others else ""
    if gap.mean is None or abs(gap.mean) < 0.5:
        return f"Level: {names} hurt users alike; each {_harm(low)}.{rest} {_choose_on_cost(facts)}"
    return (f"Too close to call between {names}: the difference of {count(gap.mean)} failed "
            f"requests may as well be zero{_ci(gap)}.{rest}")  # fmt: skip


def _ci(gap: Difference, write: Writer = count) -> str:
    if gap.ci95 is None:
        return ""
    low, high = write(gap.ci95[0]), write(gap.ci95[1])
    return "" if low == high else f" (95 %: {low} to {high})"


def depends(facts: VerdictFacts) -> str:
    """Tell that the winner changes with what one fears: a kind of harm, or a bad day."""
    held = contest(facts)
    if held is None or not held.but:
        return ""
    best, other, _ = held
    if held.but == "failures":
        return (f"Depends what you fear: {best.name} has users on bad code for the shortest time "
                f"({_against('bad_s', best, other)} with {other.name}), but {other.name} fails "
                f"fewer requests ({_against('failed_requests', other, best)}).")  # fmt: skip
    a, b = (count(one.bad_day["failed_requests"]) for one in (best, other))
    return (f"Depends what you fear: {best.name} fails fewer requests on average "
            f"({_against('failed_requests', best, other)} with {other.name}), but 1 run in 20 "
            f"fails more than {a}, with {other.name} more than {b}.")  # fmt: skip


def _against(metric: str, one: StrategyFacts, other: StrategyFacts) -> str:
    write = HARM_WORDS[metric][1]
    return f"{write(one.mean[metric])} against {write(other.mean[metric])}"


def clear(facts: VerdictFacts) -> str:
    """Tell the winner with the paired difference to the next best."""
    best, second = facts.best[0], facts.others[0]
    metric = deciding(facts, best, second)
    words, write = HARM_WORDS[metric]
    gap = facts.between(metric, second.name, best.name)
    fewer = "shorter" if metric == "bad_s" else "fewer"
    return (f"{capital(best.name)} hurts fewest users: {write(best.mean[metric])} {words} against "
            f"{write(second.mean[metric])} with {second.name}, {write(gap.mean or 0.0)} {fewer}"
            f"{_ci(gap, write)}{_luck(gap, fewer)}.")  # fmt: skip


def deciding(facts: VerdictFacts, best: StrategyFacts, second: StrategyFacts) -> str:
    """Return the metric to tell a winner by: failed requests where they differ."""
    for metric in ("failed_requests", "bad_s", "slow_requests"):
        if not level(facts.between(metric, best.name, second.name)):
            return metric
    return "failed_requests"


def _luck(gap: Difference, fewer: str) -> str:
    if gap.share_more is None:
        return ""
    hits = round(gap.share_more * gap.n_pairs)
    return f", and {fewer} in {hits:,} of {gap.n_pairs:,} runs with the same luck"
