"""Ranking of strategies: those that ship a good release, in groups, by the harm of a bad one.

A strategy that rolls every release back never hurts anybody, so who does not ship the good twin is
left out. The others form groups by the first criterion of `CRITERIA` in which they are not about
level (`results.level`); the order is lexicographic. Within a group the cheapest good release comes
first, then the one that is live first, then the order of the file: that takes no check mark away.

Groups are formed from the best downwards. Of the strategies that remain, each criterion in turn
keeps the one with the least mean and those level with it. The first of what is left leads the
group; who is not level with it in every criterion waits for a later group, so that every member is
level with the group's leader. Harm counts only beyond what the service loses without a deployment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simdeploy.results.level import floor_of, level, level_shares
from simdeploy.results.paired import Difference

#: Kinds of harm by their rank; serving bad code counts only where its answers are wrong.
HARM = (
    "failed_caused",
    "exposed_requests",
    "incompatible_writes",
    "cut_websockets",
    "slow_caused",
)
#: Shares of runs: with harm that goes on at the horizon; with no machine that decides before a
#: person. Less is better, as in every criterion.
LEFT, BY_ITSELF = SHARES = ("left", "by_itself")
#: All criteria of the ranking, in their order.
CRITERIA = (*HARM, *SHARES)
#: Order within a group, of a good release.
COST, LIVE_AFTER = ORDER = ("extra_cost_usd", "full_traffic_s")
#: Share of the good twin's runs that must end as shipped.
SHIPS = 0.95
#: Share of the first group's runs with harm that goes on, above which it has no lead in harm.
OPEN = 0.05
#: A kind of harm pulls the other way if it is more than this many times as much.
TIMES = 2.0
#: Why no check mark may be given (`Ranking.no_winner`).
NO_WINNER = ("nothing_ships", "over_capacity", "nothing_watches", "one_strategy", "open")
#: Why a strategy is left out (`LeftOut.reason`): good releases are undone, wait for ever, or are
#: not live at the horizon.
REASONS = ("good_undone", "stuck", "not_live")

Lookup = Callable[[str, str, str], Difference]
Means = Mapping[str, Mapping[str, float]]
Level = Callable[[str, str, str], bool]


class LeftOut(NamedTuple):
    """Why a strategy is not ranked, one of `REASONS`; the share of good releases it ships."""

    reason: str
    share: float


class Pull(NamedTuple):
    """A strategy that fails more than the first, and does far less of another kind of harm.

    ``metric`` is that kind, of which the first does more than twice as much.
    """

    name: str
    metric: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Strategies from best to worst.

    Attributes
    ----------
    groups
        The ranked strategies, level ones together, each group in its order.
    parted_by
        Per group, the criterion of `CRITERIA` in which its first is worse than the group before;
        empty for the first group.
    winners
        The first group, whose strategies get a check mark; empty where none may be given.
    no_winner
        Why there are no winners, one of `NO_WINNER`; else empty.
    left_out
        By name, the strategies that do not ship a good release, in file order.
    pulls_apart
        Where kinds of harm pull apart, who does less of another kind than the first strategy.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    parted_by: tuple[str, ...] = ()
    winners: tuple[str, ...] = ()
    no_winner: str = ""
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    pulls_apart: tuple[Pull, ...] = ()

    @property
    def best(self) -> tuple[str, ...]:
        """The first group, with or without a check mark."""
        return self.groups[0] if self.groups else ()

    @property
    def ordered(self) -> tuple[str, ...]:
        """All ranked strategies from best to worst."""
        return tuple(name for group in self.groups for name in group)

    def ships(self, name: str) -> float:
        """Return the share of runs in which a strategy ships a good release, 1 if it is ranked."""
        return self.left_out[name].share if name in self.left_out else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return the ranking as in the JSON."""
        groups = zip(self.groups, self.parted_by, strict=True)
        return {
            "winners": list(self.winners),
            "no_winner": self.no_winner or None,
            "groups": [{"strategies": list(g), "parted_by": by or None} for g, by in groups],
            "left_out": {name: out._asdict() for name, out in self.left_out.items()},
            "pulls_apart": [pull._asdict() for pull in self.pulls_apart],
        }


@dataclass(frozen=True)
class Field:
    """What a ranking compares: plain numbers, whoever measured them.

    Attributes
    ----------
    means
        Per strategy in file order, the means of `HARM` and `SHARES`, and where they were measured
        those of `ORDER`; harm below 0 counts as none. ``by_itself`` is the share of runs that a
        machine decides before a person.
    between
        Gives the paired difference a − b of a kind of harm.
    between_good
        Gives that of a metric of `ORDER` with a good release.
    wrong
        Whether bad code gives wrong answers that look right.
    bad
        Whether the release is bad or never gets live, so that somebody must end it.
    """

    means: Means
    between: Lookup
    between_good: Lookup
    wrong: bool = False
    bad: bool = True

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria that count, in their order."""
        skipped = {"exposed_requests": not self.wrong, BY_ITSELF: not self.bad}
        return tuple(c for c in CRITERIA if not skipped.get(c))

    def value(self, criterion: str, name: str) -> float:
        """Return a number of which less is better."""
        mean = self.means[name].get(criterion, 0.0)
        return 1.0 - mean if criterion == BY_ITSELF else max(0.0, mean)

    def level(self, criterion: str, a: str, b: str) -> bool:
        """Return whether two strategies are about level in a criterion."""
        of_a, of_b = self.value(criterion, a), self.value(criterion, b)
        if criterion in SHARES:
            return level_shares(of_a, of_b)
        if abs(of_a - of_b) < floor_of(criterion):
            # Both may do less harm than no deployment does, one of them by far.
            return True
        return level(self.between(criterion, a, b), max(of_a, of_b))

    def level_good(self, metric: str, a: str, b: str) -> bool:
        """Return whether two strategies are about level in a metric of a good release."""
        of_a, of_b = (self.means[name].get(metric) for name in (a, b))
        if of_a is None or of_b is None:
            return of_a is of_b
        return level(self.between_good(metric, a, b), max(abs(of_a), abs(of_b)))

    def parting(self, a: str, b: str) -> str:
        """Return the first criterion in which two strategies are not level; empty if in none."""
        return next((c for c in self.criteria if not self.level(c, a, b)), "")


def rank(
    compared: Field, left_out: Mapping[str, LeftOut] | None = None, no_winner: str = ""
) -> Ranking:
    """Rank strategies by harm, level ones by what a good release costs.

    Parameters
    ----------
    compared
        The strategies and their numbers.
    left_out
        Those that do not ship a good release.
    no_winner
        Why no check mark may be given, as far as it does not follow from the order.
    """
    out = dict(left_out or {})
    remaining = [name for name in compared.means if name not in out]
    groups: list[tuple[str, ...]] = []
    parted: list[str] = []
    dropped: dict[str, str] = {}
    while remaining:
        before = dropped
        group, dropped = _first_group(compared, remaining)
        parted.append(before.get(group[0], ""))
        groups.append(_in_order(compared, group))
        remaining = [name for name in remaining if name not in group]
    reason = no_winner or _rests_on_the_horizon(compared, groups, parted)
    reason = reason if groups else "nothing_ships"
    winners = groups[0] if groups and not reason else ()
    pulls = tuple(_pulls(compared, groups))
    return Ranking(tuple(groups), tuple(parted), winners, reason, out, pulls)


def _rests_on_the_horizon(
    compared: Field, groups: Sequence[Sequence[str]], parted: Sequence[str]
) -> str:
    """Return ``open`` where the first leads in harm only as far as the runs were followed.

    In more than 5 % of its runs its harm goes on at the horizon. Where only the others' does, its
    lead grows with the horizon.
    """
    if len(groups) < 2 or parted[1] not in HARM:
        return ""
    goes_on = max(compared.value(LEFT, name) for name in groups[0])
    return "open" if goes_on > OPEN else ""


def _first_group(compared: Field, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the best strategies, their leader first, and the criterion that parts each other."""
    kept, dropped = list(names), dict[str, str]()
    for criterion in compared.criteria:
        best = min(kept, key=lambda name: compared.value(criterion, name))
        worse = [n for n in kept if n != best and not compared.level(criterion, best, n)]
        dropped |= dict.fromkeys(worse, criterion)
        kept = [name for name in kept if name not in worse]
    first = min(kept, key=lambda name: [compared.value(c, name) for c in compared.criteria])
    apart = {n: by for n in kept if n != first and (by := compared.parting(first, n))}
    group = [first, *(name for name in kept if name != first and name not in apart)]
    return group, dropped | apart


def _in_order(compared: Field, group: Sequence[str]) -> tuple[str, ...]:
    """Return a group in order of cost, then of when it is live, then of the file."""
    place = {name: k for k, name in enumerate(compared.means)}
    remaining, ordered = sorted(group, key=place.__getitem__), list[str]()
    while remaining:
        kept = remaining
        for metric in ORDER:
            best = min(kept, key=lambda name: compared.means[name].get(metric, float("inf")))
            kept = [n for n in kept if n == best or compared.level_good(metric, best, n)]
        ordered.append(kept[0])
        remaining = [name for name in remaining if name != kept[0]]
    return tuple(ordered)


def _pulls(compared: Field, groups: Sequence[Sequence[str]]) -> list[Pull]:
    """Return who fails more than the first strategy and does far less of another harm."""
    if not groups:
        return []
    first = groups[0][0]
    worse = [
        name
        for group in groups[1:]
        for name in group
        if not compared.level(HARM[0], first, name)
        and compared.value(HARM[0], first) < compared.value(HARM[0], name)
    ]
    others = [c for c in HARM[1:4] if c in compared.criteria]
    return [
        Pull(name, metric)
        for name in worse
        for metric in others
        if compared.value(metric, first) > TIMES * compared.value(metric, name)
        and not compared.level(metric, first, name)
    ]
