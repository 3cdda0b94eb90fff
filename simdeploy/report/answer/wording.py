"""Words that verdict, table and labels share: kinds of harm, names, ranges, ratios."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from simdeploy.report.answer.facts import Facts, StrategyFacts
from simdeploy.report.words import (
    capitalized,
    duration,
    grouped,
    listed,
    money,
    one_decimal,
    short_count,
    text_range,
)
from simdeploy.results.summary import Summary

#: Types of strategies that are always set against each other.
SIDES = ("rolling", "blue_green")
#: From this ratio on it is "more than 100 times".
MOST_TIMES = 99.5
#: Up to so many strategies are always named.
THREE = 3
#: More ranked strategies than these are not all named.
MANY = 8

#: Amounts whose noun is in the singular.
ONE = frozenset({"1", "no", "less than 1"})


class Kind(NamedTuple):
    """A kind of harm in words: a verb, and its object for many, one and none."""

    metric: str
    header: str
    verb: str
    things: str
    thing: str
    tail: str = ""

    def of(self, amount: str, *, many: bool) -> str:
        """Return what strategies do: ``fails 12 requests``."""
        noun = self.thing if amount in ONE else self.things
        return f"{self.verb if many else third(self.verb)} {amount} {noun}{self.tail}"


KINDS = {
    kind.metric: kind
    for kind in (
        Kind("failed_caused", "failed requests", "fail", "requests", "request"),
        Kind(
            "exposed_requests", "served by bad code", "serve", "requests", "request",
            " with bad code",
        ),
        Kind("incompatible_writes", "unreadable rows", "leave", "unreadable rows",
             "unreadable row"),
        Kind("cut_websockets", "connections cut", "cut", "connections", "connection"),
        Kind("slow_caused", "slow requests", "slow down", "requests", "request"),
    )
}  # fmt: skip


def third(verb: str) -> str:
    """Return the third person of a verb.

    >>> third("fail"), third("slow down"), third("do")
    ('fails', 'slows down', 'does')
    """
    first, _, rest = verb.partition(" ")
    return f"{first}{'es' if first.endswith('o') else 's'}{rest and f' {rest}'}"


def amount(strategy: StrategyFacts, metric: str) -> str:
    """Return a strategy's mean of a kind of harm, ``no`` if no run has any."""
    mean = strategy.mean(metric)
    if mean < 0.5:
        return "less than 1" if strategy.has(metric) else "no"
    return short_count(mean)


def amounts(group: Sequence[StrategyFacts], metric: str) -> str:
    """Return the amounts of a group as a range."""
    ordered = sorted(group, key=lambda strategy: strategy.mean(metric))
    if ordered[-1].mean(metric) < 0.5 and any(strategy.has(metric) for strategy in group):
        return "less than 1"
    low, high = amount(ordered[0], metric), amount(ordered[-1], metric)
    return text_range(low if low == high else low.replace("no", "0"), high)


def names_of(group: Iterable[StrategyFacts], word: str = "and") -> str:
    """Return the names of some strategies as a list."""
    return listed([strategy.name for strategy in group], word)


def who(facts: Facts, group: Sequence[StrategyFacts], *, every: str = "") -> str:
    """Return with whom something is so: ``every`` for all, ``with all but x`` for nearly all."""
    others = [s for s in facts.rows if s not in group]
    if len(others) == 1 and len(group) > THREE:
        return f" with all but {others[0].name}"
    return f" with {names_of(group)}" if others or (every and len(group) == 1) else every


def does(group: Sequence[StrategyFacts], metric: str) -> str:
    """Return what a group does of a kind of harm: ``fails no request``."""
    return KINDS[metric].of(amounts(group, metric), many=len(group) > 1)


def verb(group: Sequence[StrategyFacts], plural: str) -> str:
    """Return a verb in the person of a group."""
    return plural if len(group) > 1 else third(plural)


def subject(group: Sequence[StrategyFacts]) -> str:
    """Return the names of a group at the start of a sentence."""
    return capitalized(names_of(group))


def times_as_many(least: float, most: float) -> str:
    """Return a ratio in words.

    >>> times_as_many(100, 144), times_as_many(100, 1_160), times_as_many(1, 200)
    ('1.4 times', '12 times', 'more than 100 times')
    """
    ratio = most / least
    if ratio >= MOST_TIMES:
        return "more than 100 times"
    return f"{one_decimal(ratio) if ratio < 9.95 else round(ratio)} times"


def by_text(
    group: Iterable[StrategyFacts], text: Callable[[StrategyFacts], str]
) -> list[tuple[str, list[StrategyFacts]]]:
    """Return strategies by a text, equal texts together; those without a text are left out."""
    return [(word, some) for word, some in grouped((s, text(s)) for s in group).items() if word]


def by_strategy(
    group: Iterable[StrategyFacts], text: Callable[[StrategyFacts], str], link: str = " "
) -> str:
    """Return a text per strategy as a list: ``rolling 97 %, canary and linear 10 %``."""
    return ", ".join(f"{names_of(some)}{link}{word}" for word, some in by_text(group, text))


def time_of(summary: Summary) -> str:
    """Return a mean time, with ``≥`` where some runs are cut at the horizon."""
    if summary.mean is None:
        return ""
    return f"{'≥ ' if summary.restricted else ''}{duration(summary.mean)}"


def price(strategy: StrategyFacts) -> str:
    """Return what a good release costs with a strategy, above usual running."""
    return "" if strategy.cost is None else money(strategy.cost)
