"""What no strategy repairs, and who is not ranked and why: the end of the paragraph."""

from collections.abc import Sequence
from typing import NamedTuple

from simdeploy.report.verdict.harm import Sentence, whom
from simdeploy.report.words import count, listed, percent
from simdeploy.results.ranking import SAME
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts

#: What undoes a good release, by signal and by what its requests fail by; "" is anything else.
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
#: The same where the deployment itself fails no request.
UNPROVOKED = {
    "alarm": "the alarm goes off",
    "operator": "a person acts",
    "breaker": "the circuit breaker trips",
    "install_timeout": "new tasks are not healthy in time",
    "hook": "a hook fails",
    "approval": "a person says no",
}
#: More shares than this are told as a range.
MOST_GROUPS = 2
#: Two shares that are less apart than this, too.
APART = 0.25


class Fate(NamedTuple):
    """What becomes of a good release: ``undone``, ``stuck`` or neither; and why."""

    kind: str = ""
    why: str = ""

    def of(self, *, many: bool) -> str:
        """Return why, said of one strategy or of many."""
        return self.why.format(its="their" if many else "its")


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
    told = [count(amount) for amount in sorted(one.mean[metric] for one in hit)]
    return f"{_range(told)} {words}, with {whom(facts, hit)}"


def _range(told: Sequence[str]) -> str:
    """Return the ends of what is told; it has to be in order."""
    return told[0] if told[0] == told[-1] else f"{told[0]} to {told[-1]}"


def _ends(facts: VerdictFacts, word: str, words: str) -> str:
    """Tell how often runs end badly, and with whom."""
    hit = [one for one in facts.strategies.values() if one.verdicts.get(word, 0.0) > 0]
    if not hit:
        return ""
    groups: dict[str, list[StrategyFacts]] = {}
    for one in sorted(hit, key=lambda one: -one.verdicts[word]):
        groups.setdefault(percent(one.verdicts[word]), []).append(one)
    shares = [one.verdicts[word] for one in hit]
    if len(groups) > MOST_GROUPS or max(shares) - min(shares) < APART:
        told = _range([*groups][::-1])
        return f"{words} in {told} of runs with {whom(facts, hit)}"
    first, *rest = groups
    told = f"{words} in {first} of runs with {whom(facts, groups[first])}"
    return listed([told, *(f"in {share} with {whom(facts, groups[share])}" for share in rest)])


def not_ranked(facts: VerdictFacts) -> list[Sentence]:
    """Return who was left out for not shipping a good release, and why it does not."""
    if not facts.ranking.order or not facts.ranking.left_out:
        return []
    groups: dict[Fate, list[StrategyFacts]] = {}
    for one in facts.left_out:
        groups.setdefault(fate(facts, one), []).append(one)
    told = [_not_shipping(facts, group, end) for end, group in groups.items()]
    return [Sentence("Not ranked", f"{'; '.join(told)}.")]


def fate(facts: VerdictFacts, one: StrategyFacts) -> Fate:
    """Return what mostly becomes of a good release, and why."""
    missing = 1.0 - facts.ranking.ships(one.name)
    if one.twin.verdicts.get("false_rollback", 0.0) >= missing / 2:
        return Fate("undone", _undone_by(facts, one))
    if one.twin.outcomes.get("stuck", 0.0) >= missing / 2:
        return Fate("stuck", "ECS may neither start nor stop a task")
    return Fate()


def _undone_by(facts: VerdictFacts, one: StrategyFacts) -> str:
    """Return what undoes a good release; empty where runs do not tell."""
    twin = one.twin
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
    """Tell what becomes of a good release with strategies that are alike in it."""
    many = len(group) > 1
    verb = {"undone": ("undoes", "undo"), "stuck": ("gets", "get"), "": ("ships", "ship")}[end.kind]
    what = {"undone": "good releases too", "stuck": "stuck with any release"}.get(end.kind, "")
    told = f"{_leaving_out(group)}{verb[many]}"
    shares = sorted(_share(facts, one, end) for one in group)
    if not what:
        return f"{told} a good release in only {_range([percent(one) for one in shares])} of runs"
    some = "" if shares[0] == 1.0 else f" in {_range([percent(one) for one in shares])} of runs"
    return f"{told} {what}{some}{end.why and f': {end.of(many=many)}'}"


def _leaving_out(group: Sequence[StrategyFacts]) -> str:
    """Name those that are left out, and who of them hurts nobody: that would have made it win."""
    unhurt = [one.unhurt for one in group]
    if all(unhurt):
        verb = "hurt" if len(group) > 1 else "hurts"
        return f"{listed([one.name for one in group])} {verb} nobody but "
    names = [f"{one.name}{' (which hurts nobody)' if one.unhurt else ''}" for one in group]
    return f"{listed(names)} "


def _share(facts: VerdictFacts, one: StrategyFacts, end: Fate) -> float:
    """Return how often the fate of a good release comes true."""
    if end.kind == "undone":
        return one.twin.verdicts.get("false_rollback", 0.0)
    return one.twin.outcomes.get("stuck", 0.0) if end.kind else facts.ranking.ships(one.name)


def undone(facts: VerdictFacts) -> list[str]:
    """Return why nobody ships a good release, strategies of the same reason together."""
    groups: dict[Fate, list[StrategyFacts]] = {}
    for one in facts.left_out:
        groups.setdefault(fate(facts, one), []).append(one)
    return [
        f"with {whom(facts, group)} {end.of(many=len(group) > 1)}"
        for end, group in groups.items()
        if end.why
    ]
