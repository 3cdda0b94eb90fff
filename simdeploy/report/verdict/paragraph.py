"""The verdict paragraph: who wins · by how much · why · price · flips when · what stays broken.

A pure function of `VerdictFacts`. Every sentence comes from here, from `reasons`, `tradeoffs` or
`not_fixed`; none claims more than the runs show: a difference whose interval includes zero is no
difference, and none in n runs is not never.
"""

from collections.abc import Callable

from simdeploy.report.verdict.not_fixed import not_fixed, not_ranked
from simdeploy.report.verdict.reasons import reasons
from simdeploy.report.verdict.tradeoffs import flips_when, price
from simdeploy.report.verdict.wording import (
    HARM_WORDS,
    Sentence,
    contest,
    harm_clause,
    harm_sentence,
    mostly,
    names_of,
    requests,
)
from simdeploy.report.words import (
    capitalized,
    duration,
    duration_range,
    listed,
    money,
    percent,
    rule_of_three,
    short_count,
    text_range,
)
from simdeploy.results.harm_order import COST, HARM, LIVE, SAME, level, total
from simdeploy.results.paired import Difference
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts


def verdict(facts: VerdictFacts) -> list[Sentence]:
    """Return the paragraph as sentences, each with its label (the first has none)."""
    parts = (reasons, price, flips_when, not_fixed, not_ranked)
    return [Sentence("", headline(facts)), *(s for part in parts for s in part(facts))]


def paragraph(facts: VerdictFacts) -> str:
    """Return the paragraph as one text."""
    return " ".join(f"{label}: {text}" if label else text for label, text in verdict(facts))


def headline(facts: VerdictFacts) -> str:
    """Return the winner and its lead, or why there is none."""
    if not facts.ranked:
        return nothing_ships(facts)
    if unsaved(facts):
        text = f"{nobody_saves(facts)} {fewest(facts)}"
    elif any(strategy.fails for strategy in facts.best):
        text = fewest(facts)
    else:
        text = nobody_fails(facts)
    # No other number of the paragraph includes what fails without a deployment.
    anyway = facts.best[0].anyway
    return f"{text} {requests(anyway)} fail without any deployment." if anyway >= 0.5 else text


def nothing_ships(facts: VerdictFacts) -> str:
    """Return that no strategy ships a good release reliably."""
    shipping = {name: facts.ranking.ships(name) for name in facts.strategies}
    ordered = sorted((n for n in shipping if shipping[n]), key=lambda n: -shipping[n])
    never = [name for name in shipping if not shipping[name]]
    if not ordered:
        return f"{_none_does(facts, 'ship')} even a good release."
    first, *others = ordered
    if len(shipping) == 1:
        return f"{capitalized(first)} ships even a good release only {_in_runs([shipping[first]])}."
    clauses = [f"{first} does in {percent(shipping[first])} of runs"]
    clauses += [f"{name} in {percent(shipping[name])}" for name in others]
    clauses += [f"{listed(never)} in none"] if never else []
    return f"None of them ships even a good release reliably: {listed(clauses)}."


def _none_does(facts: VerdictFacts, verb: str) -> str:
    """Return that no strategy does something; a single strategy is named."""
    if len(facts.strategies) > 1:
        return f"None of them {verb}s"
    return f"{capitalized(next(iter(facts.strategies)))} does not {verb}"


def unsaved(facts: VerdictFacts) -> bool:
    """Return whether no strategy ends the harm by itself: it remains, or a person has to act."""
    if not facts.bad or any(strategy.unhurt for strategy in facts.ranked):
        return False
    alike = len({strategy.fails for strategy in facts.ranked}) == 1
    watched = any(strategy.automatic for strategy in facts.ranked)
    return alike and (harm_stays(facts) or not watched)


def harm_stays(facts: VerdictFacts) -> bool:
    """Return whether most runs of every ranked strategy end with users still hurt."""
    return not any(mostly(strategy, "stopped") for strategy in facts.ranked)


def nobody_saves(facts: VerdictFacts) -> str:
    """Return that the harm remains until the horizon, or until a person acts."""
    nobody = _none_does(facts, "save")
    if not harm_stays(facts):
        return f"{nobody} you: no automatic signal watches; {_person(facts)}."
    after = duration(facts.horizon)
    escaped, unrepaired = (
        [strategy.verdicts.get(word, 0.0) for strategy in facts.ranked]
        for word in ("escaped", "unrepaired")
    )
    if max(unrepaired) > max(escaped):
        still = f"the bad revision goes, but after {after} users still fail"
        return f"{nobody} you: {still}, {_in_runs(unrepaired)}."
    return f"{nobody} you: after {after} the bad revision is still live, {_in_runs(escaped)}."


def _in_runs(shares: list[float]) -> str:
    return f"in {text_range(percent(min(shares)), percent(max(shares)))} of runs"


def _person(facts: VerdictFacts) -> str:
    times = [s.mean["detect_s"] for s in facts.ranked if s.closed("detect_s") >= LIVE]
    if not times:
        return "nobody decided to go back"
    return f"it ends when a person acts, {duration_range(times)} after the first harm"


def nobody_fails(facts: VerdictFacts) -> str:
    """Return who fails no request, how those differ, and the harm of the others."""
    quiet = [strategy for strategy in facts.ranked if not strategy.fails]
    everyone = len(quiet) == len(facts.strategies) > 1
    who = ", whichever you choose" if everyone else f" with {names_of(quiet, 'or')}"
    harmful = [strategy for strategy in facts.others if strategy not in quiet]
    more = [strategy for strategy in quiet if strategy not in facts.best]
    stays_live = len(facts.best) == 1 and mostly(facts.best[0], "escaped")
    but = ", but the bad release stays live" if stays_live else ""
    parts = [
        f"Nobody fails a request{who} ({rule_of_three(facts.runs)}){but}.",
        clear_winner(facts) if len(facts.best) == 1 < len(quiet) else "",
        _alike(facts, more) if len(facts.best) > 1 and more else "",
        _choose_on_cost(facts) if len(facts.best) > 1 else "",
        harm_sentence(harmful),
    ]
    return " ".join(part for part in parts if part)


def _alike(facts: VerdictFacts, more: list[StrategyFacts]) -> str:
    """Return who hurts fewest users of those that fail no request, if several are level."""
    metric = deciding(facts, facts.best[0], more[0])
    amounts = _range(facts.best, metric, short_count)
    against = [f"{short_count(strategy.mean[metric])} with {strategy.name}" for strategy in more]
    harm = f"{amounts} {HARM_WORDS[metric]} against {listed(against)}"
    return f"{capitalized(names_of(facts.best))} hurt fewest users: {harm}."


def _choose_on_cost(facts: VerdictFacts) -> str:
    price = {strategy.name: money(strategy.mean[COST]) for strategy in facts.best}
    least = {price[name] for name in facts.ranking.cheapest}
    cheap = [strategy for strategy in facts.best if price[strategy.name] in least]
    if len(cheap) == len(facts.best):
        return f"{capitalized(names_of(facts.best))} cost the same{_cutting(facts)}."
    dearer = [strategy for strategy in facts.best if strategy not in cheap]
    own = price[cheap[0].name]
    verb = "is" if len(cheap) == 1 else "are"
    prices = f"{own} above usual running; {_others(dearer)} {_range(dearer, COST, money)}"
    return f"Choose on cost: {names_of(cheap)} {verb} cheapest ({prices}){_cutting(facts)}."


def _others(strategies: list[StrategyFacts]) -> str:
    return strategies[0].name if len(strategies) == 1 else "the others"


def _range(strategies: list[StrategyFacts], metric: str, write: Callable[[float], str]) -> str:
    """Return the least and the greatest mean of a metric, which is 0 where it is unknown."""
    means = [strategy.mean.get(metric, 0.0) for strategy in strategies]
    return text_range(write(min(means)), write(max(means)))


def _cutting(facts: VerdictFacts) -> str:
    """Return which of the best cut more WebSockets than the others, which the ranking ignores."""
    cut = {strategy.name: strategy.mean.get("cut_websockets", 0.0) for strategy in facts.best}
    much = [strategy for strategy in facts.best if cut[strategy.name] > 2 * min(cut.values()) + 1]
    few = [strategy for strategy in facts.best if strategy not in much]
    if not much:
        return ""
    verb = "cuts" if len(much) == 1 else "cut"
    most, least = (_range(group, "cut_websockets", short_count) for group in (much, few))
    return f", but {names_of(much)} {verb} {most} WebSockets, {_others(few)} {least}"


def fewest(facts: VerdictFacts) -> str:
    """Return who hurts fewest users, if every strategy hurts some."""
    if len(facts.ranked) == 1:
        return only_strategy(facts)
    if len(facts.best) > 1:
        return too_close(facts)
    return depends(facts) or clear_winner(facts)


def only_strategy(facts: VerdictFacts) -> str:
    """Return the harm of the only strategy that ships a good release."""
    strategy = facts.best[0]
    if len(facts.strategies) == 1:
        return f"{capitalized(strategy.name)} {harm_clause(strategy)}."
    with_this = "with this one " if facts.bad else ""
    some = " reliably" if any(facts.ranking.ships(other.name) for other in facts.left_out) else ""
    return (
        f"Only {strategy.name} ships a good release{some}; {with_this}it {harm_clause(strategy)}."
    )


def too_close(facts: VerdictFacts) -> str:
    """Return that the best are level: their difference may be zero."""
    ordered = sorted(facts.best, key=lambda strategy: strategy.mean["failed_caused"])
    low, high = ordered[0], ordered[-1]
    gap = facts.between("failed_caused", high.name, low.name)
    names = names_of(facts.best)
    each = _range(ordered, "failed_caused", short_count)
    after = f"{harm_sentence(facts.others)} {_choose_on_cost(facts)}".lstrip()
    larger = total(high.mean, "failed_caused")
    if gap.mean is None or abs(gap.mean) < max(0.5, SAME * larger):
        same = short_count(low.mean["failed_caused"]) == short_count(high.mean["failed_caused"])
        text = harm_clause(high) if same or not high.hurts else f"fails {each} requests"
        return f"Level: {names} hurt users alike; each {text}. {after}"
    return (
        f"Too close to call between {names} ({each} failed requests): the difference of "
        f"{short_count(gap.mean)} may as well be zero{_interval(gap)}. {after}"
    )


def _interval(gap: Difference) -> str:
    if gap.ci95 is None:
        return ""
    low, high = short_count(gap.ci95[0]), short_count(gap.ci95[1])
    return "" if low == high else f" (95 %: {low} to {high})"


def depends(facts: VerdictFacts) -> str:
    """Return that the winner depends on the criterion: a release that stays live, or a bad day."""
    pair = contest(facts)
    if pair is None or not pair.but:
        return ""
    best, other, _ = pair
    a, b = (short_count(strategy.mean["failed_caused"]) for strategy in (best, other))
    if pair.but == "live":
        return (
            f"Depends what you fear: {best.name} fails fewer requests ({a} against {b} with "
            f"{other.name}), but leaves the bad release live, and {other.name} stops it."
        )
    c, d = (short_count(strategy.bad_day["failed_caused"]) for strategy in (best, other))
    return (
        f"Depends what you fear: {best.name} fails fewer requests on average ({a} against {b} "
        f"with {other.name}), but 1 run in 20 fails more than {c}, with {other.name} more "
        f"than {d}."
    )


def clear_winner(facts: VerdictFacts) -> str:
    """Return the winner with its paired difference to the next best."""
    best, second = facts.best[0], facts.others[0]
    metric = deciding(facts, best, second)
    gap = facts.between(metric, second.name, best.name)
    least = best.mean[metric]
    return (
        f"{capitalized(best.name)} hurts fewest users: {short_count(least) if least else 'no'} "
        f"{HARM_WORDS[metric]} against {short_count(second.mean[metric])} with {second.name}, "
        f"{short_count(gap.mean or 0.0)} fewer{_interval(gap)}{_luck(gap)}."
    )


def deciding(facts: VerdictFacts, best: StrategyFacts, second: StrategyFacts) -> str:
    """Return the first metric of harm in which the winner and the next best are not level."""
    lives = {mostly(strategy, "escaped") for strategy in (best, second)}
    for metric in HARM:
        counted = metric != "exposed_requests" or facts.wrong or len(lives) > 1
        larger = max(total(strategy.mean, metric) for strategy in (best, second))
        if counted and not level(facts.between(metric, best.name, second.name), larger):
            return metric
    return HARM[0]


def _luck(gap: Difference) -> str:
    """Return in how many pairs of runs the winner fails fewer requests, and more."""
    if gap.share_more is None:
        return ""
    # The gap is second − best: more of it is fewer with the best.
    shares = (gap.share_more, gap.share_fewer)
    fewer, more = (round((share or 0.0) * gap.n_pairs) for share in shares)
    text = f"and fewer in {fewer:,} of {gap.n_pairs:,} runs with the same luck"
    same = gap.n_pairs - fewer - more
    if same <= fewer:
        return f", {text}"
    return f", {text}, more in {more:,}; in the other {same:,} both are alike"
