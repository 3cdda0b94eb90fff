"""The verdict on the others: ratios, amounts, what they leave, and what else decides."""

from collections.abc import Iterator, Sequence

from simdeploy.report.answer import wording as say
from simdeploy.report.answer.facts import FLOOR, Facts, StrategyFacts
from simdeploy.report.words import (
    capitalized,
    duration,
    grouped,
    listed,
    percent,
    short_count,
    text_range,
)
from simdeploy.results.ends import BAD, FAILS, LIVE
from simdeploy.results.ranking import BY_ITSELF, COST, HARM, LEFT

#: Below this share of runs none ships.
SOME = 0.05
#: What strategies do whose runs end with users hurt.
STAYING = {BAD: "leave the bad release live", FAILS: "leave users failing"}
#: An outage is told from here on (s).
MINUTE = 60.0
#: The best counts as hardly better from this part of the worst on, where all are bad.
HARDLY, LARGE = 0.5, 1000.0


def ratios(facts: Facts) -> str:
    """Return how many times as many the others do of the deciding kind; empty without a ratio."""
    metric, best = facts.deciding, facts.leader
    least = best.mean(metric)
    if least < FLOOR[metric]:
        return ""
    rest = [s for s in named(facts) if facts.exceeds(metric, s)]
    words = [(s, _ratio(group, metric, least)) for group in facts.together(rest) for s in group]
    parts = [(say.names_of(some), ratio, some) for ratio, some in grouped(words).items()]
    if not parts:
        return ""
    (names, ratio, some), *others = parts
    first = f"{names} {say.verb(some, say.KINDS[metric].verb)} {ratio} as many"
    return listed([first, *(f"{names} {ratio}" for names, ratio, _ in others)])


def _ratio(group: Sequence[StrategyFacts], metric: str, least: float) -> str:
    low, high = (
        say.times_as_many(least, end([s.mean(metric) for s in group])) for end in (min, max)
    )
    return low if low == high else f"{low.removesuffix(' times')} to {high}"


def named(facts: Facts) -> list[StrategyFacts]:
    """Return the strategies beside the winners that the verdict names; not all of many."""
    rest = [s for s in facts.rows if s not in facts.winners]
    if not rest or len(facts.rows) <= say.MANY:
        return rest
    told = {s.kind for s in (*facts.winners, rest[0], rest[-1])}
    kinds = [kind for kind in say.SIDES if kind not in told]
    kept = [next((s for s in rest[1:-1] if s.kind == kind), None) for kind in kinds]
    return [s for s in rest if s in (rest[0], *kept, rest[-1])]


def others(facts: Facts) -> Iterator[str]:
    """Say in what the others are worse, those of the same kind together."""
    best, metric = facts.leader, facts.deciding
    told = metric if best.mean(metric) >= FLOOR[metric] else ""
    by: dict[str, list[StrategyFacts]] = {}
    for strategy in named(facts):
        kind = facts.parting(best, strategy)
        by.setdefault("out" if strategy in facts.out else kind, []).append(strategy)
    for kind, group in by.items():
        if kind in HARM and kind != told:
            yield _amounts_of(facts, group, kind)
        elif kind == LEFT:
            parts = [f"{say.names_of(s)} {_staying(s)}" for s in facts.together(group)]
            yield f"{capitalized(listed(parts))}."
        elif kind == BY_ITSELF:
            decided = grouped((s, bool(s.decided_in.n)) for s in group)
            yield from (f"{say.subject(s)} {say.verb(s, 'hurt')} as few users, but {_waiting(s)}."
                        for s in decided.values())  # fmt: skip
        elif kind == "out":
            yield from _left_out(facts, group, told)
    if len(facts.rows) > say.MANY:
        between = len(facts.rows) - len(facts.winners) - len(named(facts))
        yield f"{between} more lie between them." if between > 1 else ""


def _waiting(group: Sequence[StrategyFacts]) -> str:
    times = list(dict.fromkeys(say.time_of(s.decided_in) for s in group if s.decided_in.n))
    how_long = f" {times[0]}" if len(times) == 1 else ""
    if times:
        return f"{say.verb(group, 'wait')}{how_long} for a person"
    return f"nothing ends {'them' if len(group) > 1 else 'it'}"


def _amounts_of(facts: Facts, group: Sequence[StrategyFacts], metric: str) -> str:
    """Return each one's amount of a kind of harm; level ones together."""
    groups = facts.together(group)
    first, *rest = groups
    parts = [f"{say.names_of(first)} {say.does(first, metric)}"]
    parts += [f"{say.names_of(some)} {say.amounts(some, metric)}" for some in rest]
    if metric != "failed_caused":
        parts[0] = f"{say.names_of(first)} {_besides(facts, group, first)}{say.does(first, metric)}"
    return f"{capitalized(listed(parts))}."


def _besides(facts: Facts, group: Sequence[StrategyFacts], first: Sequence[StrategyFacts]) -> str:
    if max(s.mean("failed_caused") for s in first) >= FLOOR["failed_caused"]:
        return f"{say.does(first, 'failed_caused')} and "
    failing = any(s.has("failed_caused") for s in (*group, facts.leader))
    return "" if failing else f"{say.verb(first, 'fail')} no request either, but "


def _staying(group: Sequence[StrategyFacts]) -> str:
    share = percent(max(s.open for s in group))
    word = max((BAD, FAILS), key=lambda end: group[0].ends.get(end, 0.0))
    return f"{say.verb(group, STAYING[word])} in {share} of runs"


def _left_out(facts: Facts, group: Sequence[StrategyFacts], told: str) -> Iterator[str]:
    """Say what strategies do that do not ship a good release; equal clauses once."""
    clauses = []
    for strategy in group:
        in_ratio = bool(told) and facts.exceeds(told, strategy)
        harm = [] if in_ratio else facts.present([strategy])
        pairs = tuple((m, say.amount(strategy, m)) for m in harm if m != "slow_caused")
        if not (in_ratio and facts.bad):
            clauses.append((strategy, (_ships(facts, strategy), pairs)))
    for (ships, pairs), some in grouped(clauses).items():
        nobody = f"{say.verb(some, 'hurt')} nobody, but " if all(s.unhurt for s in some) else ""
        start = f"{_harm_in_full(some, [m for m, _ in pairs])}, and " if pairs else nobody
        yield f"{say.subject(some)} {start}{say.verb(some, ships)}."


def _ships(facts: Facts, strategy: StrategyFacts) -> str:
    ships, good = strategy.good.ships if strategy.good else 0.0, " a good release" * facts.bad
    return f"ship{good} in only {percent(ships)} of runs" if ships >= SOME else f"do not ship{good}"


def _harm_in_full(some: Sequence[StrategyFacts], harm: Sequence[str]) -> str:
    """Return kinds of harm, with the outage that would be as bad, where it is a minute or more."""
    downtime = some[0].mean("downtime_caused")
    first, *rest = [say.does(some, metric) for metric in harm]
    if "failed_caused" not in harm or downtime < MINUTE:
        return listed([first, *rest])
    return f"{first}, as bad as an outage of {duration(downtime)}{', ' * bool(rest)}{listed(rest)}"


def riders(facts: Facts) -> Iterator[str]:
    """Say what else decides: the price of level ones, other kinds of harm, what stays live."""
    yield from _cheapest(facts)
    yield from _pulling_apart(facts)
    yield from hardly(facts)
    if facts.works and any(s.end == FAILS for s in facts.rows) and facts.leader.end == LIVE:
        yield "Going back is the harm here: once this release is live, leave it live."
    staying = [s for s in facts.winners if s.open >= SOME]
    if staying and not facts.hopeless:
        yield f"But {say.names_of(staying)} {_staying(staying)}."


def _cheapest(facts: Facts) -> Iterator[str]:
    """Say which of several winners are the cheapest with a good release."""
    costs = {s.name: s.cost for s in facts.winners if s.cost is not None}
    ordered = [facts.strategies[name] for name in sorted(costs, key=costs.__getitem__)]
    if len(facts.winners) < 2 or not ordered:
        return
    same = [s for s in ordered if costs[s.name] - min(costs.values()) < FLOOR[COST]]
    dearer = ordered[len(same) :]
    if not dearer:
        yield f"They cost the same: {say.price(same[0])} per release."
        return
    prices, are = text_range(*map(say.price, (dearer[0], dearer[-1]))), "are" * (len(same) > 1)
    cheap = f"{say.subject(same)} {are or 'is'} the cheapest, {say.price(same[0])} per release"
    yield f"{cheap} against {prices} with {say.names_of(dearer)}."


def _pulling_apart(facts: Facts) -> Iterator[str]:
    pulls = grouped((facts.strategies[name], metric) for name, metric in facts.ranking.pulls_apart)
    for metric, better in pulls.items():
        first, least = facts.ranked[0], min(better, key=lambda s: s.mean(metric))
        less = f"{least.name} {say.amount(least, metric).replace('no', 'none')}"
        yield f"But {first.name} {say.does([first], metric)}; {less}."


def hardly(facts: Facts) -> Iterator[str]:
    """Say that the strategy hardly matters where even the best is bad."""
    for metric in dict.fromkeys((facts.deciding, "failed_caused")):
        means = [s.mean(metric) for s in facts.ranked]
        if len(means) > 1 and min(means) >= LARGE and min(means) > HARDLY * max(means):
            low, high = short_count(min(means)), short_count(max(means))
            harm = say.KINDS[metric].of(f"{low} to {high}", many=True)
            yield f"The strategy hardly matters: all{' that ship' if facts.out else ''} {harm}."
            return
