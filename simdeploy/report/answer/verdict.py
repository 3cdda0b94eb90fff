"""The verdict: which strategy, what it does to users, and how the others differ from it."""

from collections.abc import Iterator, Sequence

from simdeploy.report.answer.facts import BAD, FAILS, FLOOR, LIVE, Facts, StrategyFacts
from simdeploy.report.answer.unfair import unfair
from simdeploy.report.answer.wording import (
    KINDS,
    MANY,
    amount,
    amounts,
    apart,
    deciding,
    does,
    dollars,
    names_of,
    present,
    price,
    third,
    time_of,
    times_as_many,
)
from simdeploy.report.words import (
    capitalized,
    duration,
    grouped,
    listed,
    money,
    percent,
    short_count,
)
from simdeploy.results.ranking import BY_ITSELF, HARM, LEFT

#: From this ratio on a strategy does more than the best; below this share of runs, none ships.
RATIO, SOME = 1.05, 0.05
#: What strategies do whose runs end with users hurt.
STAYING = {BAD: "leave the bad release live", FAILS: "leave users failing"}
ALWAYS, MINUTE = 0.95, 60.0
PRONOUN = ("it", "them")
#: Types of strategies that are always set against each other.
SIDES = ("rolling", "blue_green")
#: Less than half of a request is none: the fluid model has fractions.
HALF = 0.5
#: The best counts as hardly better from this part of the worst on, where all are bad.
HARDLY, LARGE = 0.5, 1000.0
#: From this part of the capacity on the service is close to it.
NEAR = 0.9
#: One strategy does much better in a kind of harm if the other has more than so many times as many.
MUCH = 2.0


def verdict(facts: Facts) -> list[str]:
    """Return the sentences of the verdict."""
    ranking = facts.ranking
    if ranking.no_winner == "nothing_watches":
        body = [_nothing_watches(facts)]
    elif ranking.no_winner == "nothing_ships":
        body = [_nothing_ships(facts), *_harm_of_all(facts)]
    elif not ranking.winners:
        body = [*_no_winner(facts), *_harm_of_all(facts), *_hardly(facts)]
    else:
        body = [*_none_saves(facts), *_winner(facts), *_others(facts), *_riders(facts)]
    return [*_before(facts), *body, *_rolling_blue_green(facts), *unfair(facts)]


def _before(facts: Facts) -> Iterator[str]:
    """Say first what fails or is slow without any deployment, where that is much."""
    service, rate = facts.scenario.service, facts.rate
    capacity = service.capacity_rps * service.desired_count
    if not facts.over_capacity and rate < NEAR * capacity:
        return
    failing, slow = (part / facts.requests for part in (facts.failing_anyway, facts.slow_anyway))
    of = f"{short_count(rate)} of {short_count(capacity)} req/s"
    over = "Over" if facts.over_capacity else "Close to"
    start = f"{over} capacity before the command: {of}" if rate >= NEAR * capacity else ""
    parts = [f"{percent(failing)} of requests fail" if failing >= 0.001 else "",
             f"{percent(slow)} are slow" if slow >= 0.001 else ""]  # fmt: skip
    text = listed([part for part in parts if part])
    text = text if failing >= 0.001 or not text else f"{percent(slow)} of requests are slow"
    text = text and f"{text} without any deployment"
    yield f"{capitalized('; '.join(part for part in (start, text) if part))}."


def _none_saves(facts: Facts) -> Iterator[str]:
    """Say that none ends the harm, where nearly all runs of all strategies end with it."""
    if _hopeless(facts) and len(facts.ranked) > 1:
        back = all(s.end == FAILS for s in facts.ranked)
        why = "users still fail after going back" if back else "the bad release is still live"
        after = f"{duration(facts.scenario.horizon)} after the command"
        yield f"No strategy ends the harm here: {why}, {after}."


def _winner(facts: Facts) -> Iterator[str]:
    """Name the winners, and say what they do to users."""
    winners, many = facts.winners, len(facts.winners) > 1
    yield f"{_names(facts)}."
    harm = present(facts, winners)
    clauses = [does(winners, metric) for metric in harm]
    if clauses:
        clauses[0] += f"{_per(facts)}{_beyond(facts)}"
    if "failed_caused" not in harm:
        clauses.append(does(winners, "failed_caused"))
    what, alone = listed(clauses), _alone(facts)
    ratios = _ratios(facts) if deciding(facts) in harm else ""
    who = "They" if many else "It"
    yield f"{who} {what}{alone}{ratios and f'; {ratios}'}."


def _names(facts: Facts) -> str:
    """Return the winners as the head of the verdict."""
    winners = facts.winners
    if len(winners) <= 3:
        return capitalized(names_of(winners, "or"))
    others = [row for row in facts.rows if row not in winners]
    if not others:
        return "Any of them"
    if len(others) == 1:
        return f"Any but {others[0].name}"
    return capitalized(names_of(winners, "or"))


def _per(facts: Facts) -> str:
    if len(facts.scenario.chain) > 1:
        return " in all releases together"
    return " per bad release" if facts.bad and not facts.works else " per release"


def _beyond(facts: Facts) -> str:
    anyway = facts.failing_anyway
    return f", beyond the {short_count(anyway)} that fail anyway" if anyway >= 0.5 else ""


def _alone(facts: Facts) -> str:
    """Return that the winners end a bad release without a person, where that decides."""
    rest, winners = _second(facts), facts.winners
    if rest is None or facts.parting(facts.leader, rest) != BY_ITSELF:
        return ""
    times = dict.fromkeys(time_of(s.decided_in) for s in winners if s.decided_in.n)
    after = f" after {' to '.join((*times,))}" if 0 < len(times) <= 2 else ""
    share = min(s.by_itself for s in winners)
    often = "" if share >= ALWAYS else f" in {percent(share)} of runs"
    return f", and {'end' if len(winners) > 1 else 'ends'} this without a person{after}{often}"


def _second(facts: Facts) -> StrategyFacts | None:
    """Return the first ranked strategy that is no winner."""
    return next((s for s in facts.ranked if s not in facts.winners), None)


def _ratios(facts: Facts) -> str:
    """Return how many times as many the others do of the deciding kind; empty without a ratio."""
    metric, best = deciding(facts), facts.leader
    least = best.mean(metric)
    if least < FLOOR[metric]:
        return ""
    rest = [s for s in _named(facts) if _exceeds(facts, metric, s)]
    words = [(s, _ratio(group, metric, least)) for group in _together(facts, rest) for s in group]
    parts = [(names_of(some), ratio, some) for ratio, some in grouped(words).items()]
    if not parts:
        return ""
    (names, ratio, some), *others = parts
    verb = KINDS[metric].verb if len(some) > 1 else third(KINDS[metric].verb)
    first = f"{names} {verb} {ratio} as many"
    return listed([first, *(f"{names} {ratio}" for names, ratio, _ in others)])


def _exceeds(facts: Facts, metric: str, strategy: StrategyFacts) -> bool:
    """Return whether a strategy does more of a kind of harm than the best."""
    best = facts.leader
    more = strategy.mean(metric) >= RATIO * best.mean(metric)
    return more and not facts.level(metric, best, strategy)


def _ratio(group: Sequence[StrategyFacts], metric: str, least: float) -> str:
    """Return a group's ratio, from the least to the most of the group."""
    low, high = (times_as_many(least, end([s.mean(metric) for s in group])) for end in (min, max))
    return low if low == high else f"{low.removesuffix(' times')} to {high}"


def _together(facts: Facts, rest: Sequence[StrategyFacts]) -> list[list[StrategyFacts]]:
    """Return strategies in the groups of the ranking; those left out stand by themselves."""
    groups: list[list[StrategyFacts]] = []
    for strategy in rest:
        own = facts.group_of(strategy.name)
        if groups and own and groups[-1][0].name in own:
            groups[-1].append(strategy)
        else:
            groups.append([strategy])
    return groups


def _named(facts: Facts) -> list[StrategyFacts]:
    """Return the strategies beside the winners that the verdict names; not all of many."""
    rest = [s for s in facts.rows if s not in facts.winners]
    if len(facts.rows) <= MANY:
        return rest
    told = {s.kind for s in (*facts.winners, rest[0], rest[-1])}
    kinds = [kind for kind in SIDES if kind not in told]
    kept = [next((s for s in rest[1:-1] if s.kind == kind), None) for kind in kinds]
    return [s for s in rest if s in (rest[0], *kept, rest[-1])]


def _others(facts: Facts) -> Iterator[str]:
    """Say in what the others are worse, those of the same kind together."""
    best, metric = facts.leader, deciding(facts)
    told = metric if best.mean(metric) >= FLOOR[metric] else ""
    by: dict[str, list[StrategyFacts]] = {}
    for strategy in _named(facts):
        kind = facts.parting(best, strategy)
        by.setdefault("out" if strategy in facts.out else kind, []).append(strategy)
    for kind, group in by.items():
        if kind in HARM and kind != told:
            yield _amounts_of(facts, group, kind)
        elif kind == LEFT:
            yield _left_live(facts, group)
        elif kind == BY_ITSELF:
            decided = grouped((s, bool(s.decided_in.n)) for s in group)
            yield from (_hurting_as_few(some) for some in decided.values())
        elif kind == "out":
            yield from _left_out(facts, group, told)
    if len(facts.rows) > MANY:
        between = len(facts.rows) - len(facts.winners) - len(_named(facts))
        yield f"{between} more lie between them." if between > 1 else ""


def _hurting_as_few(group: Sequence[StrategyFacts]) -> str:
    """Return that a group hurts nobody more, but does not end by itself."""
    verb = "hurt" if len(group) > 1 else "hurts"
    return f"{capitalized(names_of(group))} {verb} as few users, but {_waiting(group)}."


def _waiting(group: Sequence[StrategyFacts]) -> str:
    """Return that a group waits for a person, and for how long."""
    verb = "wait" if len(group) > 1 else "waits"
    times = list(dict.fromkeys(time_of(s.decided_in) for s in group if s.decided_in.n))
    how_long = f" {times[0]}" if len(times) == 1 else ""
    return f"{verb}{how_long} for a person" if times else f"nothing ends {PRONOUN[len(group) > 1]}"


def _amounts_of(facts: Facts, group: Sequence[StrategyFacts], metric: str) -> str:
    """Return each one's amount of a kind of harm; level ones together."""
    groups = _together(facts, group)
    first, *rest = groups
    parts = [f"{names_of(first)} {does(first, metric)}"]
    parts += [f"{names_of(some)} {amounts(some, metric)}" for some in rest]
    if metric != "failed_caused" and not any(
        s.has("failed_caused") for s in (*group, facts.leader)
    ):
        verb = "fail" if len(first) > 1 else "fails"
        parts[0] = f"{names_of(first)} {verb} no request either, but {does(first, metric)}"
    elif metric != "failed_caused" and max(s.mean("failed_caused") for s in first) >= FLOOR[metric]:
        both = [does(first, "failed_caused"), does(first, metric)]
        parts[0] = f"{names_of(first)} {listed(both)}"
    return f"{capitalized(listed(parts))}."


def _left_live(facts: Facts, group: Sequence[StrategyFacts]) -> str:
    """Return that a group hurts as few users by then, but leaves the bad release as it is."""
    parts = []
    for some in _together(facts, group):
        share = max(s.open for s in some)
        verb = STAYING[max((BAD, FAILS), key=lambda end: some[0].ends.get(end, 0.0))]
        verb = verb if len(some) > 1 else f"{third(verb)}"
        parts.append(f"{names_of(some)} {verb} in {percent(share)} of runs")
    return f"{capitalized(listed(parts))}."


def _left_out(facts: Facts, group: Sequence[StrategyFacts], told: str) -> Iterator[str]:
    """Say what strategies do that do not ship a good release; equal clauses once."""
    good = " a good release" if facts.bad else ""
    groups: dict[tuple[str, ...], list[StrategyFacts]] = {}
    for strategy in group:
        harm = [m for m in present(facts, [strategy]) if m != "slow_caused"]
        if told and _exceeds(facts, told, strategy):
            harm = []
            if facts.bad:
                continue
        ships = strategy.good.ships if strategy.good else 0.0
        often = f" in only {percent(ships)} of runs" if ships >= SOME else ""
        key = (often, *harm, *(amount(strategy, m) for m in harm))
        groups.setdefault(key, []).append(strategy)
    for (often, *rest), some in groups.items():
        harm = [metric for metric in rest if metric in HARM]
        yield f"{capitalized(names_of(some))} {_left_out_clause(some, harm, often, good)}."


def _left_out_clause(
    some: Sequence[StrategyFacts], harm: Sequence[str], often: str, good: str
) -> str:
    """Return what strategies do to users, and that they do not ship a good release."""
    many = len(some) > 1
    ship = f"{'ship' if many else 'ships'}{good}{often}"
    ship = ship if often else f"{'do' if many else 'does'} not ship{good}"
    if harm:
        return f"{_harm_in_full(some, harm)}, and {ship}"
    unhurt = all(s.unhurt for s in some)
    return f"{'hurt' if many else 'hurts'} nobody, but {ship}" if unhurt else ship


def _harm_in_full(some: Sequence[StrategyFacts], harm: Sequence[str]) -> str:
    """Return kinds of harm, with the outage that would be as bad, where it is a minute or more."""
    downtime = some[0].metrics["downtime_caused"].mean or 0.0
    clauses = [does(some, metric) for metric in harm]
    if "failed_caused" in harm and downtime >= MINUTE:
        clauses[0] += f", as bad as an outage of {duration(downtime)}"
        clauses[1:] = [f", {listed(clauses[1:])}"] if clauses[1:] else []
        return "".join(clauses)
    return listed(clauses)


def _riders(facts: Facts) -> Iterator[str]:
    """Say what else decides: the price of level ones, other kinds of harm, what stays live."""
    yield from _cheapest(facts)
    yield from _pulling_apart(facts)
    yield from _hardly(facts)
    winners = facts.winners
    if facts.works and any(s.end == FAILS for s in facts.rows) and facts.leader.end == LIVE:
        yield "Going back is the harm here: once this release is live, leave it live."
    staying = [s for s in winners if s.open >= SOME]
    if staying and not _hopeless(facts):
        share = percent(max(s.open for s in staying))
        word = max((BAD, FAILS), key=lambda end: staying[0].ends.get(end, 0.0))
        verb = STAYING[word] if len(staying) > 1 else third(STAYING[word])
        yield f"But {names_of(staying)} {verb} in {share} of runs."


def _hopeless(facts: Facts) -> bool:
    """Return whether nearly all runs of all strategies end with users hurt."""
    return all(s.open >= ALWAYS for s in facts.ranked)


def _cheapest(facts: Facts) -> Iterator[str]:
    """Say which of several winners is the cheapest, and whether it is live first, too."""
    priced = [s for s in facts.winners if dollars(s) is not None]
    if len(facts.winners) < 2 or len(priced) < 2:
        return
    ordered = sorted(priced, key=lambda s: dollars(s) or 0.0)
    least, most = ordered[0], ordered[-1]
    if (dollars(most) or 0.0) - (dollars(least) or 0.0) < FLOOR["extra_cost_usd"]:
        yield f"They cost the same: {price(least)} per release."
        return
    same = [
        s for s in ordered if (dollars(s) or 0) - (dollars(least) or 0) < FLOOR["extra_cost_usd"]
    ]
    others = [s for s in ordered if s not in same]
    money_of = [money(dollars(s) or 0.0) for s in (others[0], others[-1])]
    rest = money_of[0] if money_of[0] == money_of[1] else f"{money_of[0]} to {money_of[1]}"
    verb = "are" if len(same) > 1 else "is"
    yield (f"{capitalized(names_of(same))} {verb} the cheapest, {price(least)} per release "
           f"against {rest} with {names_of(others)}.")  # fmt: skip


def _pulling_apart(facts: Facts) -> Iterator[str]:
    """Say where a strategy below the winner does much less of another kind of harm."""
    best, metric = facts.leader, deciding(facts)
    for other in HARM[1:4]:
        if other not in facts.harms:
            continue
        better = [s for s in facts.ranked if s not in facts.winners
                  and not facts.level(other, best, s)
                  and best.mean(other) > MUCH * s.mean(other)]  # fmt: skip
        if other != metric and better and best.mean(other) >= FLOOR[other]:
            least = min(better, key=lambda s: s.mean(other))
            less = f"{least.name} {amount(least, other).replace('no', 'none')}"
            yield f"But {best.name} {does([best], other)}; {less}."


def _hardly(facts: Facts) -> Iterator[str]:
    """Say that the strategy hardly matters where even the best is bad."""
    for metric in dict.fromkeys((deciding(facts), "failed_caused")):
        means = [s.mean(metric) for s in facts.ranked]
        if len(means) > 1 and min(means) >= LARGE and min(means) > HARDLY * max(means):
            low, high = short_count(min(means)), short_count(max(means))
            harm = KINDS[metric].of(f"{low} to {high}", many=True)
            yield f"The strategy hardly matters: all{' that ship' if facts.out else ''} {harm}."
            return


def _rolling_blue_green(facts: Facts) -> Iterator[str]:
    """Compare rolling and blue-green where both are there and neither is a winner."""
    sides = [[s for s in facts.ranked if s.kind == kind] for kind in SIDES]
    winning = any(s.kind in SIDES for s in facts.winners)
    if not all(sides) or winning or facts.ranking.no_winner == "nothing_watches":
        return
    a, b = sides[0][0], sides[1][0]
    metric = apart(facts, a, b)
    if not metric:
        yield f"{capitalized(a.name)} and {b.name} are about level."
        return
    less, more = sorted((a, b), key=lambda s: s.mean(metric))
    kind, amounts_of = KINDS[metric], [amount(s, metric).replace("no", "0") for s in (less, more)]
    fewer = f"{less.name} {third(kind.verb)} fewer {kind.things}{kind.tail}"
    yield f"Of {a.name} and {b.name}, {fewer}: {amounts_of[0]} against {amounts_of[1]}."


def _nothing_watches(facts: Facts) -> str:
    end = "the bad release stays live" if facts.bad else "no release is watched"
    return f"No strategy helps here: nothing watches this service, so {end}. Add an alarm first."


def _nothing_ships(facts: Facts) -> str:
    if len(facts.rows) == 1:
        return f"{capitalized(facts.rows[0].name)} does not ship even a good release."
    return "None of these ships even a good release."


def _no_winner(facts: Facts) -> Iterator[str]:
    """Say why none is recommended."""
    if facts.ranking.no_winner == "open" and _hopeless(facts):
        yield from _none_saves(facts)
    elif facts.ranking.no_winner == "open":
        share = percent(max(s.open for s in facts.ranked))
        horizon = duration(facts.scenario.horizon)
        yield (f"Too early to choose: in up to {share} of runs users are still hurt at the "
               f"horizon, {horizon}. Follow it longer: --set horizon=…")  # fmt: skip
    elif facts.ranking.no_winner == "over_capacity":
        yield "Add tasks first; then choose. What the deployment adds:"


def _harm_of_all(facts: Facts) -> Iterator[str]:
    """Return each strategy's harm, without a recommendation."""
    shown = facts.rows if len(facts.rows) <= MANY else [facts.rows[0], *_named(facts)]
    metric = deciding(facts)
    harmful = [s for s in shown if s.mean(metric) >= HALF]
    groups = _together(facts, harmful)
    parts = [f"{names_of(group)} {amounts(group, metric)}" for group in groups]
    if parts:
        parts[0] = f"{names_of(groups[0])} {does(groups[0], metric)}{_per(facts)}{_beyond(facts)}"
    none = [s for s in shown if s not in harmful]
    texts = [listed(parts), f"{names_of(none)} {does(none, metric)}" if none else ""]
    yield f"{capitalized('; '.join(text for text in texts if text))}."
