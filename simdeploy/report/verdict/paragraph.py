"""The verdict paragraph: who wins · by how much · why · price · flips when · what stays broken.

A pure function of `VerdictFacts`. Every sentence comes from here, from `reasons`, `tradeoffs` or
`remains`; none says more than the runs do: a difference that includes zero is no difference, and
none in n runs is not never.
"""

from collections.abc import Callable

from simdeploy.report.verdict.contest import contest
from simdeploy.report.verdict.harm import HARM_WORDS, Sentence, harm, harms, requests
from simdeploy.report.verdict.not_fixed import left, not_ranked
from simdeploy.report.verdict.reasons import why
from simdeploy.report.verdict.tradeoffs import flips, price
from simdeploy.report.words import (
    capital,
    count,
    duration,
    listed,
    money,
    percent,
    rule_of_three,
    span,
)
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import HARM, LIVE, SAME, level, total
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts


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
        told = f"{none_saves(facts)} {fewest(facts)}"
    elif any(one.fails for one in facts.best):
        told = fewest(facts)
    else:
        told = nobody_fails(facts)
    return f"{told}{_anyway(facts)}"


def _anyway(facts: VerdictFacts) -> str:
    """Tell what fails without a deployment, since no amount of the paragraph counts it."""
    amount = facts.best[0].anyway
    return f" {requests(amount)} fail without any deployment." if amount >= 0.5 else ""


def nothing_ships(facts: VerdictFacts) -> str:
    """Tell that no strategy brings a good release live."""
    shipping = {one.name: facts.ranking.ships(one.name) for one in facts.strategies.values()}
    ordered = sorted((n for n in shipping if shipping[n]), key=lambda n: -shipping[n])
    never = [name for name in shipping if not shipping[name]]
    if not ordered:
        return f"{_none(facts, 'ship')} even a good release."
    first, *rest = ordered
    if len(shipping) == 1:
        return f"{capital(first)} ships even a good release only {_in_runs([shipping[first]])}."
    told = [f"{first} does in {percent(shipping[first])} of runs"]
    told += [f"{name} in {percent(shipping[name])}" for name in rest]
    told += [f"{listed(never)} in none"] if never else []
    return f"None of them ships even a good release reliably: {listed(told)}."


def _none(facts: VerdictFacts, verb: str) -> str:
    """Say that no strategy does something, be it that there is only one."""
    if len(facts.strategies) > 1:
        return f"None of them {verb}s"
    return f"{capital(next(iter(facts.strategies)))} does not {verb}"


def unsaved(facts: VerdictFacts) -> bool:
    """Return whether no strategy ends the harm by itself: it stays, or a person has to act."""
    if not facts.bad or any(one.unhurt for one in facts.ranked):
        return False
    alike = len({one.fails for one in facts.ranked}) == 1
    return alike and (harm_stays(facts) or unwatched(facts))


def harm_stays(facts: VerdictFacts) -> bool:
    """Return whether most runs of every ranked strategy end with users still hurt."""
    return all(one.verdicts.get("stopped", 0.0) < 0.5 for one in facts.ranked)


def unwatched(facts: VerdictFacts) -> bool:
    """Return whether nothing but a person watches."""
    return not any(one.automatic for one in facts.ranked)


def none_saves(facts: VerdictFacts) -> str:
    """Tell that the harm stays until the horizon, or until a person acts."""
    nobody = _none(facts, "save")
    if not harm_stays(facts):
        return f"{nobody} you: no automatic signal watches; {_person(facts)}."
    after = duration(facts.horizon)
    stays = {word: [one.verdicts.get(word, 0.0) for one in facts.ranked]
             for word in ("escaped", "unrepaired")}  # fmt: skip
    if max(stays["unrepaired"]) > max(stays["escaped"]):
        return (f"{nobody} you: the bad revision goes, but after {after} users still "
                f"fail, {_in_runs(stays['unrepaired'])}.")  # fmt: skip
    return (f"{nobody} you: after {after} the bad revision is still live, "
            f"{_in_runs(stays['escaped'])}.")  # fmt: skip


def _in_runs(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return f"in {high} of runs" if low == high else f"in {low} to {high} of runs"


def _person(facts: VerdictFacts) -> str:
    times = [one.mean["detect_s"] for one in facts.ranked if one.closed("detect_s") >= LIVE]
    if not times:
        return "nobody decided to go back"
    return f"it ends when a person acts, {span(times)} after the first harm"


def nobody_fails(facts: VerdictFacts) -> str:
    """Tell with whom nobody fails a request, what parts those, and what the others do."""
    quiet = [one for one in facts.ranked if not one.fails]
    everyone = len(quiet) == len(facts.strategies) > 1
    who = ", whichever you choose" if everyone else f" with {_names(quiet, 'or')}"
    rest = [one for one in facts.others if one not in quiet]
    more = [one for one in quiet if one not in facts.best]
    parts = [
        f"Nobody fails a request{who} ({rule_of_three(facts.runs)}){_but(facts)}.",
        clear(facts) if len(facts.best) == 1 < len(quiet) else "",
        _alike(facts, more) if len(facts.best) > 1 and more else "",
        _choose_on_cost(facts) if len(facts.best) > 1 else "",
        harms(rest),
    ]
    return " ".join(part for part in parts if part)


def _alike(facts: VerdictFacts, more: list[StrategyFacts]) -> str:
    """Tell who hurts fewest of those that fail no request, where it is more than one."""
    metric = deciding(facts, facts.best[0], more[0])
    low, high = (count(pick(one.mean[metric] for one in facts.best)) for pick in (min, max))
    against = [f"{count(one.mean[metric])} with {one.name}" for one in more]
    return (f"{capital(_names(facts.best))} hurt fewest users: "
            f"{low if low == high else f'{low} to {high}'} {HARM_WORDS[metric]} against "
            f"{listed(against)}.")  # fmt: skip


def _but(facts: VerdictFacts) -> str:
    """Tell what the best suffer although nobody fails."""
    best = facts.best[0]
    if len(facts.best) == 1 and best.verdicts.get("escaped", 0.0) >= 0.5:
        return ", but the bad release stays live"
    return ""


def _names(strategies: list[StrategyFacts], word: str = "and") -> str:
    return listed([one.name for one in strategies], word)


def _choose_on_cost(facts: VerdictFacts) -> str:
    price = {one.name: money(one.mean["extra_cost_usd"]) for one in facts.best}
    least = {price[name] for name in facts.ranking.cheapest}
    cheap = [one for one in facts.best if price[one.name] in least]
    if len(cheap) == len(facts.best):
        return f"{capital(_names(facts.best))} cost the same{_cutting(facts)}."
    rest = [one for one in facts.best if one not in cheap]
    own = price[cheap[0].name]
    verb = "is" if len(cheap) == 1 else "are"
    return (f"Choose on cost: {_names(cheap)} {verb} cheapest ({own} above usual running; "
            f"{_others(rest)} {_span([one.mean['extra_cost_usd'] for one in rest], money)})"
            f"{_cutting(facts)}.")  # fmt: skip


def _others(rest: list[StrategyFacts]) -> str:
    return rest[0].name if len(rest) == 1 else "the others"


def _span(amounts: list[float], write: Callable[[float], str]) -> str:
    low, high = write(min(amounts)), write(max(amounts))
    return low if low == high else f"{low} to {high}"


def _cutting(facts: VerdictFacts) -> str:
    """Tell who of the level cuts more WebSockets than the others: no harm that ranks."""
    cut = {one.name: one.mean.get("cut_websockets", 0.0) for one in facts.best}
    much = [one for one in facts.best if cut[one.name] > 2 * min(cut.values()) + 1]
    rest = [one for one in facts.best if one not in much]
    if not much:
        return ""
    verb = "cuts" if len(much) == 1 else "cut"
    most, least = (_span([cut[one.name] for one in group], count) for group in (much, rest))
    return f", but {_names(much)} {verb} {most} WebSockets, {_others(rest)} {least}"


def fewest(facts: VerdictFacts) -> str:
    """Tell who hurts fewest users, where they are hurt with every strategy."""
    if len(facts.ranked) == 1:
        return alone(facts)
    if len(facts.best) > 1:
        return too_close(facts)
    return depends(facts) or clear(facts)


def alone(facts: VerdictFacts) -> str:
    """Tell what the only one does that ships a good release."""
    one = facts.best[0]
    if len(facts.strategies) == 1:
        return f"{capital(one.name)} {harm(one)}."
    this = "with this one " if facts.bad else ""
    some = " reliably" if any(facts.ranking.ships(o.name) for o in facts.left_out) else ""
    return f"Only {one.name} ships a good release{some}; {this}it {harm(one)}."


def too_close(facts: VerdictFacts) -> str:
    """Tell that the best are level: what parts them may as well be zero."""
    ordered = sorted(facts.best, key=lambda one: one.mean["failed_caused"])
    low, high = ordered[0], ordered[-1]
    gap = facts.between("failed_caused", high.name, low.name)
    names, each = _names(facts.best), _span([one.mean["failed_caused"] for one in ordered], count)
    rest = f" {harms(facts.others)}" if facts.others else ""
    larger = total(high.mean, "failed_caused")
    if gap.mean is None or abs(gap.mean) < max(0.5, SAME * larger):
        same = count(low.mean["failed_caused"]) == count(high.mean["failed_caused"])
        told = harm(high) if same or not high.hurts else f"fails {each} requests"
        return f"Level: {names} hurt users alike; each {told}.{rest} {_choose_on_cost(facts)}"
    return (f"Too close to call between {names} ({each} failed requests): the difference of "
            f"{count(gap.mean)} may as well be zero{_ci(gap)}.{rest} "
            f"{_choose_on_cost(facts)}")  # fmt: skip


def _ci(gap: Difference) -> str:
    if gap.ci95 is None:
        return ""
    low, high = count(gap.ci95[0]), count(gap.ci95[1])
    return "" if low == high else f" (95 %: {low} to {high})"


def depends(facts: VerdictFacts) -> str:
    """Tell that the winner changes with what one fears: a release that stays, or a bad day."""
    held = contest(facts)
    if held is None or not held.but:
        return ""
    best, other, _ = held
    a, b = (count(one.mean["failed_caused"]) for one in (best, other))
    if held.but == "live":
        return (f"Depends what you fear: {best.name} fails fewer requests ({a} against {b} with "
                f"{other.name}), but leaves the bad release live, and {other.name} stops "
                "it.")  # fmt: skip
    c, d = (count(one.bad_day["failed_caused"]) for one in (best, other))
    return (f"Depends what you fear: {best.name} fails fewer requests on average ({a} against {b} "
            f"with {other.name}), but 1 run in 20 fails more than {c}, with {other.name} more "
            f"than {d}.")  # fmt: skip


def clear(facts: VerdictFacts) -> str:
    """Tell the winner with the paired difference to the next best."""
    best, second = facts.best[0], facts.others[0]
    metric = deciding(facts, best, second)
    gap = facts.between(metric, second.name, best.name)
    least = best.mean[metric]
    return (f"{capital(best.name)} hurts fewest users: {count(least) if least else 'no'} "
            f"{HARM_WORDS[metric]} against {count(second.mean[metric])} with {second.name}, "
            f"{count(gap.mean or 0.0)} fewer{_ci(gap)}{_luck(gap)}.")  # fmt: skip


def deciding(facts: VerdictFacts, best: StrategyFacts, second: StrategyFacts) -> str:
    """Return the metric that parts the winner from the next best."""
    lives = {one.verdicts.get("escaped", 0.0) >= LIVE for one in (best, second)}
    for metric in HARM:
        counted = metric != "exposed_requests" or facts.wrong or len(lives) > 1
        larger = max(total(one.mean, metric) for one in (best, second))
        if counted and not level(facts.between(metric, best.name, second.name), larger):
            return metric
    return HARM[0]


def _luck(gap: Difference) -> str:
    if gap.share_more is None:
        return ""
    fewer, more = (round((share or 0.0) * gap.n_pairs) for share in (gap.share_more,
                                                                     gap.share_fewer))  # fmt: skip
    told = f"and fewer in {fewer:,} of {gap.n_pairs:,} runs with the same luck"
    same = gap.n_pairs - fewer - more
    if same <= fewer:
        return f", {told}"
    return f", {told}, more in {more:,}; in the other {same:,} both are alike"
