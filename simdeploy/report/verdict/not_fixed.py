"""The end of the paragraph: damage that remains, and strategies that are not ranked and why."""

from collections.abc import Sequence
from typing import NamedTuple

from simdeploy.report.verdict.wording import Sentence, group_name, labeled, names_of
from simdeploy.report.words import grouped, listed, percent, short_count, text_range
from simdeploy.results.harm_order import SAME
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts

#: Why a good release is rolled back, by signal and cause of its failures; "" is any cause.
UNDOING = {
    ("alarm", ""): "{its} own failures raise the alarm",
    ("alarm", "failed_no_target"): "{its} own outage raises the alarm",
    ("alarm", "failed_overload"): "{its} tasks are overloaded, and the alarm goes off",
    ("", "failed_no_target"): "{its} own outage is taken for a fault",
    ("", "failed_overload"): "{its} tasks are overloaded",
    ("operator", ""): "{its} own failures make a person act",
    ("operator", "failed_no_target"): "{its} own outage makes a person act",
    ("operator", "failed_overload"): "{its} tasks are overloaded until a person acts",
}
#: The same where the deployment itself fails no request, by signal.
UNPROVOKED = {
    "alarm": "the alarm goes off",
    "operator": "a person acts",
    "breaker": "the circuit breaker trips",
    "install_timeout": "new tasks are not healthy in time",
    "hook": "a hook fails",
    "approval": "a person says no",
}
#: More shares than this, or shares less apart than that, are written as a range.
MOST_GROUPS = 2
APART = 0.25


class Fate(NamedTuple):
    """How a good release ends: ``undone``, ``stuck`` or neither; and why."""

    kind: str = ""
    why: str = ""

    def of(self, *, many: bool) -> str:
        """Return the reason, with the pronoun for one strategy or for many."""
        return self.why.format(its="their" if many else "its")


def not_fixed(facts: VerdictFacts) -> list[Sentence]:
    """Return the damage that remains: rows, side effects, and releases that stay live."""
    parts = [
        _remains(facts, "incompatible_writes", "rows that the serving code cannot read"),
        _remains(facts, "side_effects_left", "side effects of bad requests"),
        _ends(facts, "escaped", "the bad release stays live"),
        _ends(facts, "unrepaired", "users still fail after the rollback"),
    ]
    return labeled("Not fixed", parts)


def _remains(facts: VerdictFacts, metric: str, words: str) -> str:
    hit = [s for s in facts.strategies.values() if s.mean.get(metric, 0.0) >= 0.5]
    if not hit:
        return ""
    amounts = [strategy.mean[metric] for strategy in hit]
    counts = text_range(short_count(min(amounts)), short_count(max(amounts)))
    return f"{counts} {words}, with {group_name(facts, hit)}"


def _ends(facts: VerdictFacts, word: str, words: str) -> str:
    """Return how often runs end with a verdict, and with which strategies."""
    hit = [s for s in facts.strategies.values() if s.verdicts.get(word, 0.0) > 0]
    if not hit:
        return ""
    ordered = sorted(hit, key=lambda strategy: -strategy.verdicts[word])
    groups = grouped((strategy, percent(strategy.verdicts[word])) for strategy in ordered)
    shares = [strategy.verdicts[word] for strategy in hit]
    if len(groups) > MOST_GROUPS or max(shares) - min(shares) < APART:
        most, least = percent(max(shares)), percent(min(shares))
        return f"{words} in {text_range(least, most)} of runs with {group_name(facts, hit)}"
    first, *others = groups
    clauses = [f"{words} in {first} of runs with {group_name(facts, groups[first])}"]
    clauses += [f"in {share} with {group_name(facts, groups[share])}" for share in others]
    return listed(clauses)


def not_ranked(facts: VerdictFacts) -> list[Sentence]:
    """Return the strategies that do not ship a good release, and why."""
    groups = _by_fate(facts) if facts.ranking.order else {}
    return labeled("Not ranked", (_not_shipping(facts, g, end) for end, g in groups.items()))


def _by_fate(facts: VerdictFacts) -> dict[Fate, list[StrategyFacts]]:
    """Return the strategies that are left out, grouped by the fate of a good release."""
    return grouped((strategy, _fate(facts, strategy)) for strategy in facts.left_out)


def _fate(facts: VerdictFacts, strategy: StrategyFacts) -> Fate:
    """Return how most good releases that do not ship end, and why."""
    missing = 1.0 - facts.ranking.ships(strategy.name)
    if strategy.twin.verdicts.get("false_rollback", 0.0) >= missing / 2:
        return Fate("undone", _undone_by(facts, strategy))
    if strategy.twin.outcomes.get("stuck", 0.0) >= missing / 2:
        return Fate("stuck", "ECS may neither start nor stop a task")
    return Fate()


def _undone_by(facts: VerdictFacts, strategy: StrategyFacts) -> str:
    """Return why a good release is rolled back; empty if no signal is known."""
    twin = strategy.twin
    unprovoked = UNPROVOKED.get(twin.signal, "")
    if twin.red:
        return "the alarm is red already"
    quiet = twin.failed < max(0.5, SAME * twin.anyway)
    if quiet and twin.signal == "alarm" and any(e.kind == "alarm_noise" for e in facts.events):
        return "the alarm goes off by chance"
    if quiet and twin.signal == "alarm":
        fails = (
            "on requests that fail anyway" if twin.anyway >= 0.5 else "although no request fails"
        )
        return f"{unprovoked} {fails}"
    if quiet:
        return unprovoked
    words = UNDOING.get((twin.signal, twin.cause)) or UNDOING.get((twin.signal, ""))
    return words or unprovoked


def _not_shipping(facts: VerdictFacts, group: Sequence[StrategyFacts], end: Fate) -> str:
    """Return the fate of a good release with strategies that share it."""
    many = len(group) > 1
    verb = {"undone": ("undoes", "undo"), "stuck": ("gets", "get"), "": ("ships", "ship")}[end.kind]
    what = {"undone": "good releases too", "stuck": "stuck with any release"}.get(end.kind, "")
    start = f"{_leaving_out(group)}{verb[many]}"
    shares = sorted(_share(facts, strategy, end) for strategy in group)
    in_runs = text_range(percent(shares[0]), percent(shares[-1]))
    if not what:
        return f"{start} a good release in only {in_runs} of runs"
    some = "" if shares[0] == 1.0 else f" in {in_runs} of runs"
    return f"{start} {what}{some}{end.why and f': {end.of(many=many)}'}"


def _leaving_out(group: Sequence[StrategyFacts]) -> str:
    """Return the names of strategies left out, and which of them hurt nobody, so would have won."""
    if all(strategy.unhurt for strategy in group):
        verb = "hurt" if len(group) > 1 else "hurts"
        return f"{names_of(group)} {verb} nobody but "
    names = [f"{s.name}{' (which hurts nobody)' if s.unhurt else ''}" for s in group]
    return f"{listed(names)} "


def _share(facts: VerdictFacts, strategy: StrategyFacts, end: Fate) -> float:
    """Return the share of runs in which a good release meets that fate."""
    if end.kind == "undone":
        return strategy.twin.verdicts.get("false_rollback", 0.0)
    if end.kind == "stuck":
        return strategy.twin.outcomes.get("stuck", 0.0)
    return facts.ranking.ships(strategy.name)


def undone_clauses(facts: VerdictFacts) -> list[str]:
    """Return why no strategy ships a good release, strategies with the same reason together."""
    return [
        f"with {group_name(facts, group)} {end.of(many=len(group) > 1)}"
        for end, group in _by_fate(facts).items()
        if end.why
    ]
