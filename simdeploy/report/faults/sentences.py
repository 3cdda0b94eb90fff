"""The sentences on a matrix of faults: a verdict over all rows, and one per row."""

from collections.abc import Iterator, Sequence

from simdeploy.advice.standing import FEW, Pair, Standing
from simdeploy.report.answer import wording as say
from simdeploy.report.answer.facts import StrategyFacts
from simdeploy.report.answer.table import ALL
from simdeploy.report.faults.cells import Line
from simdeploy.report.words import capitalized, duration, listed, percent, text_range
from simdeploy.results.ranking import HARM, LEFT

#: From so many strategies on, "all but one" is shorter than their names.
SEVERAL = 3
#: Best harm above this part of the worst: the strategy hardly matters.
HARDLY = 0.5
#: Rows without a check mark, by the reason: what is so with them.
UNTOLD = {
    "nothing_ships": "No strategy ships a good release",
    "over_capacity": "The service is over capacity before the command",
    "nothing_watches": "Nothing notices, so every strategy leaves the bad release live",
    "open": "Users are still hurt at the horizon, so it is too early to choose",
}
FAILED = "failed_caused"
#: What becomes of a good release that does not ship, of one strategy and of several.
LOST = {
    "good_undone": ("takes the good release back", "take the good release back"),
    "stuck": ("is stuck with the good release", "are stuck with the good release"),
    "not_live": ("does not get the good release live", "do not get the good release live"),
}


def overall(standing: Standing, lines: Sequence[Line]) -> list[str]:
    """Return the verdict over all rows."""
    words = {line.row.name: line.words for line in lines}
    if len(standing.strategies) == 1:
        return list(filter(None, _alone(lines)))
    sides = _sides(standing, lines, words)
    two = sides and len(standing.strategies) - len(standing.out) == 2
    found = [
        *(() if two else _best(standing, words)),
        sides,
        _hardly(lines),
        _out(standing),
        *_untold(standing, words),
    ]
    return list(filter(None, found))


def _rows(names: Sequence[str], words: dict[str, str]) -> str:
    """Return rows as a list."""
    return listed([words[name] for name in names])


def _best(standing: Standing, words: dict[str, str]) -> Iterator[str]:
    """Name the strategy that is best nearly everywhere, or who is best where."""
    if not standing.told:
        return
    if not standing.split:
        some = [s for s in standing.strategies if s not in standing.out]
        whom = f"{whom_all(some, standing.strategies)} {'are' if len(some) > 1 else 'is'}"
        yield f"{whom} about level with every fault." if len(some) > 1 else ""
        return
    best = standing.best
    beaten = [standing.beaten(s) for s in best]
    if best and not beaten[0]:
        yield (f"{capitalized(listed(best))} {'are' if len(best) > 1 else 'is'} never worse than "
               "another strategy.")  # fmt: skip
    elif len(best) == 1:
        parts = [_won_by(standing, row, words) for row in beaten[0]]
        yield (f"{capitalized(best[0])} is never worse than another strategy, except with "
               f"{listed(parts)}.")  # fmt: skip
    else:
        parts = [f"{s} for {_rows(rows, words)}" for s, rows in standing.cover().items()]
        level = [row for row in standing.told if row not in standing.split]
        rest = "; about level in the rest" if level else ""
        yield f"No strategy is best everywhere: {'; '.join(parts)}{rest}."


def _won_by(standing: Standing, row: str, words: dict[str, str]) -> str:
    winners = standing.rankings[row].winners
    return f"{words[row]} ({listed(winners[:2], 'or')})"


def whom_all(some: Sequence[str], every: Sequence[str]) -> str:
    """Return names, or all but one."""
    others = [name for name in every if name not in some]
    if not others and len(some) >= SEVERAL:
        return "All"
    if len(others) == 1 and len(some) >= SEVERAL:
        return f"All but {others[0]}"
    return capitalized(listed(some))


def _sides(standing: Standing, lines: Sequence[Line], words: dict[str, str]) -> str:
    """Set rolling against blue-green where both are there."""
    kinds = {name: s.kind for name, s in lines[0].facts.strategies.items()}
    sides = [next((n for n, k in kinds.items() if k == kind), "") for kind in say.SIDES]
    if not all(sides) or not standing.told:
        return ""
    pair = min(standing.pair(*sides), standing.pair(*sides[::-1]), key=_exceptions)
    return against(pair, words)


def _exceptions(pair: Pair) -> tuple[int, int]:
    return len(pair.worse), -len(pair.better)


def against(pair: Pair, words: dict[str, str]) -> str:
    """Return how one strategy stands against another, the one with fewer exceptions first."""
    a, b, better, worse = pair
    if not better and not worse:
        return f"{capitalized(a)} and {b} are about level in every row."
    if len(worse) <= FEW and len(worse) < len(better):
        but = f", except with {_rows(worse, words)}" if worse else ""
        return (f"{capitalized(a)} is never worse than {b}{but}; it is better with "
                f"{_rows(better, words)}.")  # fmt: skip
    return (f"{capitalized(a)} is better than {b} with {_rows(better, words)}, worse with "
            f"{_rows(worse, words)}.")  # fmt: skip


def _hardly(lines: Sequence[Line]) -> str:
    """Name the worst row in which no strategy saves users, and what it costs them."""
    found = []
    for line in lines:
        failed = [s.mean(FAILED) for s in line.facts.ranked]
        if len(failed) > 1 and min(failed) >= max(10.0, HARDLY * max(failed)):
            found.append((min(failed), line))
    if not found:
        return ""
    _, line = max(found, key=lambda pair: pair[0])
    return (f"The strategy hardly matters with {line.words}: "
            f"{say.amounts(line.facts.ranked, FAILED)} requests fail.")  # fmt: skip


def _out(standing: Standing) -> str:
    out = standing.out
    if not out or len(out) == len(standing.strategies):
        return ""
    return f"{capitalized(listed(out))} {'do' if len(out) > 1 else 'does'} not ship a good release."


def _untold(standing: Standing, words: dict[str, str]) -> Iterator[str]:
    """Say in which rows no strategy is recommended, and why."""
    for reason, names in standing.untold.items():
        if reason in UNTOLD:
            every = len(names) == len(standing.rankings)
            yield f"{UNTOLD[reason]}{'' if every else f': {_rows(names, words)}'}."


def _alone(lines: Sequence[Line]) -> Iterator[str]:
    """Tell what hurts the users of a single strategy most, and what nobody takes back."""
    name = next(iter(lines[0].facts.strategies))
    ordered = sorted(lines, key=lambda line: -_only(line).mean(FAILED))
    worst = [line for line in ordered if _only(line).mean(FAILED) >= 0.5][:SEVERAL]
    parts = [f"{line.words} ({say.amount(_only(line), FAILED)} failed requests)" for line in worst]
    yield f"{capitalized(name)}, with no other strategy beside it."
    yield (f"Users are hurt most by {listed(parts)}." if parts
           else "No request fails with any of these faults.")  # fmt: skip
    never = [line.words for line in lines if not line.row.is_good and line.numbers[0].decided < ALL]
    yield f"Not always taken back: {listed(never)}." if never else ""
    lost = [line.words for line in lines if line.row.is_good and line.numbers[0].ships < ALL]
    yield f"A good release does not always ship with {listed(lost)}." if lost else ""


def _only(line: Line) -> StrategyFacts:
    return next(iter(line.facts.strategies.values()))


def of_row(line: Line, standing: Standing) -> str:
    """Return the verdict on one row."""
    ranking = line.facts.ranking
    if ranking.no_winner == "one_strategy":
        rows = line.facts.rows
        return f"{say.subject(rows)} {say.does(rows, FAILED)}."
    if not ranking.winners:
        return f"{UNTOLD[ranking.no_winner]}."
    first = _level(line) if len(ranking.groups) == 1 else _ahead(line)
    return " ".join([first, *_lost(line, standing)])


def _level(line: Line) -> str:
    """Say what level strategies do to users."""
    known = line.facts
    some = known.winners
    harms = known.present(some)
    clauses = [say.does(some, harm) for harm in (harms if FAILED in harms else [FAILED, *harms])]
    if len(some) == 1:
        return f"{say.subject(some)} {listed(clauses)}."
    whom = whom_all([s.name for s in some], list(known.strategies))
    return f"{whom} are about level: they {listed(clauses)}."


def _ahead(line: Line) -> str:
    """Say in what the first group is ahead of the second."""
    known, ranking = line.facts, line.facts.ranking
    some, by = known.winners, ranking.parted_by[1]
    rest = [known.strategies[name] for name in ranking.groups[1]]
    whom, others = capitalized(say.names_of(some, "or")), f"with {say.names_of(rest)}"
    if by in HARM:
        less, more = (say.amounts(group, by).replace("no", "0") for group in (some, rest))
        level = "" if by == FAILED else "about as many failed requests, but "
        return f"{whom}: {level}{say.KINDS[by].header} {less}, against {more} {others}."
    if by == LEFT:
        less, more = (_shares([s.left for s in group]) for group in (some, rest))
        return f"{whom}: users are still hurt at the end in {less} of runs, in {more} {others}."
    if min(s.by_itself for s in some) >= ALL and max(s.by_itself for s in rest) <= 1.0 - ALL:
        return (f"{whom}: decided {_times(line, some)} without a person; {others} "
                f"{_by_a_person(line, rest)}.")  # fmt: skip
    less, more = (_shares([s.by_itself for s in group]) for group in (some, rest))
    return f"{whom}: decided without a person in {less} of runs, in {more} {others}."


def _by_a_person(line: Line, group: Sequence[StrategyFacts]) -> str:
    """Return whether and when a person decides, where hardly any machine does."""
    shares = [line.of(s).decided for s in group]
    if min(shares) >= ALL:
        return f"a person decides, {_times(line, group)}"
    return "nobody decides" if max(shares) == 0.0 else f"a person in {_shares(shares)} of runs"


def _shares(values: Sequence[float]) -> str:
    return text_range(percent(min(values)), percent(max(values)))


def _times(line: Line, group: Sequence[StrategyFacts]) -> str:
    """Return when a group decides, after the command."""
    times = [t for s in group if (t := line.of(s).decided_s) is not None]
    return f"after {text_range(duration(min(times)), duration(max(times)))}"


def _lost(line: Line, standing: Standing) -> Iterator[str]:
    """Name the strategies that lose a good release in this row, though not in every row."""
    lost = {n: o.reason for n, o in line.facts.ranking.left_out.items() if n not in standing.out}
    for reason, words in LOST.items():
        names = [name for name, why in lost.items() if why == reason]
        if names:
            one, many = words
            yield f"{capitalized(listed(names))} {many if len(names) > 1 else one}."
