"""The sentences on a matrix of faults: a verdict over all rows, and one per row."""

from collections.abc import Iterator, Sequence

from simdeploy.advice.standing import FEW, Pair, Standing
from simdeploy.report.answer import wording as say
from simdeploy.report.answer.facts import StrategyFacts
from simdeploy.report.answer.table import ALL
from simdeploy.report.answer.verdict import before
from simdeploy.report.faults.cells import Line
from simdeploy.report.words import capitalized, duration, listed, percent, text_range
from simdeploy.results.level import floor_of
from simdeploy.results.ranking import HARM, LEFT

#: From so many strategies on, "all but one" is shorter than their names.
SEVERAL = 3
#: Best harm above this part of the worst: the strategy hardly matters.
HARDLY = 0.8
#: Rows without a check mark, by the reason: what is so with them.
UNTOLD = {
    "nothing_watches": "Nothing notices {rows}, so every strategy leaves the bad release live: add "
    "an alarm first.",
    "over_capacity": "Add {tasks} first; then choose.",
    "nothing_ships": "No strategy ships a good release{with_rows}.",
    "open": "It is too early to choose{with_rows}: users are still hurt at the horizon.",
}
#: The same of a single row.
UNTOLD_ROW = {
    "nothing_watches": "Nothing notices it.",
    "over_capacity": "Add {tasks} first.",
    "nothing_ships": "No strategy ships a good release.",
    "open": "It is too early to choose: users are still hurt at the horizon.",
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
    usual = next((line for line in lines if not line.row.environment.events), lines[0])
    start = list(before(usual.facts))
    if len(standing.strategies) == 1:
        return list(filter(None, [*start, *_alone(lines)]))
    sides = _sides(standing, lines, words)
    same = not standing.split and len(standing.contenders) > 2
    sides = "" if same else sides
    two = sides and (not standing.split or len(standing.strategies) - len(standing.out) == 2)
    fill = lines[0].facts.words.fill
    untold = {why: _untold(standing, why, words, fill(text)) for why, text in UNTOLD.items()}
    found = [
        *start,
        untold["over_capacity"],
        untold["nothing_watches"],
        *(() if two else _elsewhere(_best(standing, words), after=untold["nothing_watches"])),
        sides,
        _hardly(standing, lines),
        *_never_best(standing),
        untold["nothing_ships"],
        untold["open"],
    ]
    return list(filter(None, found))


def _elsewhere(sentences: Iterator[str], *, after: str) -> Iterator[str]:
    """Yield sentences on the rows with check marks, behind one on other rows."""
    for text in sentences:
        yield f"Elsewhere, {text[:1].lower()}{text[1:]}" if after else text


def _rows(names: Sequence[str], words: dict[str, str]) -> str:
    """Return rows as a list."""
    return listed([words[name] for name in names])


def _best(standing: Standing, words: dict[str, str]) -> Iterator[str]:
    """Name the strategy that is best nearly everywhere, or who is best where."""
    if not standing.told:
        return
    some = standing.contenders
    if not standing.split:
        level = "are about level" if len(some) > 1 else "is best"
        yield f"{whom_all(some, standing.strategies)} {level} in {_every(standing)}."
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
        rest = "; about level in the rest" if len(standing.split) < len(standing.told) else ""
        yield f"No strategy is best everywhere: {'; '.join(parts)}{rest}."


def _won_by(standing: Standing, row: str, words: dict[str, str]) -> str:
    winners = standing.rankings[row].winners
    return f"{words[row]} ({listed(winners[:2], 'or')})"


def whom_all(some: Sequence[str], every: Sequence[str], word: str = "and") -> str:
    """Return names, or all but one."""
    others = [name for name in every if name not in some]
    if not others and len(some) >= SEVERAL:
        return "All"
    if len(others) == 1 and len(some) >= SEVERAL:
        return f"All but {others[0]}"
    return capitalized(listed(some, word))


def _sides(standing: Standing, lines: Sequence[Line], words: dict[str, str]) -> str:
    """Set rolling against blue-green where both are there."""
    kinds = {name: s.kind for name, s in lines[0].facts.strategies.items()}
    sides = [next((n for n, k in kinds.items() if k == kind), "") for kind in say.SIDES]
    if not all(sides) or not standing.told:
        return ""
    if not standing.split and all(side in standing.contenders for side in sides):
        return f"{capitalized(listed(sides))} are about level in {_every(standing)}."
    pair = min(standing.pair(*sides), standing.pair(*sides[::-1]), key=_exceptions)
    return against(pair, words)


def _every(standing: Standing) -> str:
    return f"every row{' with a check mark' if standing.untold else ''}"


def _exceptions(pair: Pair) -> tuple[int, int]:
    return len(pair.worse), -len(pair.better)


def against(pair: Pair, words: dict[str, str]) -> str:
    """Return how one strategy stands against another, the one with fewer exceptions first."""
    a, b, better, worse = pair
    if not better and not worse:
        return f"{capitalized(a)} is never better or worse than {b}."
    if len(worse) <= FEW and len(worse) < len(better):
        but = f", except with {_rows(worse, words)}" if worse else ""
        return (f"{capitalized(a)} is never worse than {b}{but}; it is better with "
                f"{_rows(better, words)}.")  # fmt: skip
    return (f"{capitalized(a)} is better than {b} with {_rows(better, words)}, worse with "
            f"{_rows(worse, words)}.")  # fmt: skip


def _hardly(standing: Standing, lines: Sequence[Line]) -> str:
    """Name the worst row in which no strategy saves users, and what it costs them."""
    found: list[tuple[float, Line]] = []
    for line in lines:
        failed = [s.mean(FAILED) for s in line.facts.ranked]
        most = max(failed, default=0.0)
        if len(failed) > 1 and line.row.name in standing.told and min(failed) >= HARDLY * most:
            found.append((min(failed), line))
    if not found or max(least for least, _ in found) < floor_of(FAILED):
        return ""
    _, line = max(found, key=lambda pair: pair[0])
    return (f"The strategy hardly matters with {line.words}: "
            f"{say.amounts(line.facts.ranked, FAILED)} requests fail.")  # fmt: skip


def _never_best(standing: Standing) -> Iterator[str]:
    """Name the strategies that lose every good release, and the others that are nowhere best."""
    out = standing.out
    if out and len(out) < len(standing.strategies):
        do = "do" if len(out) > 1 else "does"
        yield f"{capitalized(listed(out))} {do} not ship a good release."
    rest = [s for s in standing.strategies if s not in (*standing.contenders, *out)]
    if rest and standing.told and len(standing.strategies) > 2:
        are = "are" if len(rest) > 1 else "is"
        yield f"{capitalized(listed(rest))} {are} nowhere among the best."


def _untold(standing: Standing, reason: str, words: dict[str, str], text: str) -> str:
    """Say in which rows no strategy is recommended, for one reason."""
    names = standing.untold.get(reason, [])
    rows = _rows(names, words)
    every = len(names) == len(standing.rankings)
    return text.format(rows=rows, with_rows="" if every else f" with {rows}") if names else ""


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
        return _level(line)
    if not ranking.winners:
        return line.facts.words.fill(UNTOLD_ROW[ranking.no_winner])
    first = _level(line) if len(ranking.groups) == 1 else _ahead(line)
    return " ".join([first, *_lost(line, standing)])


def _level(line: Line) -> str:
    """Say what level strategies, or a single one, do to users."""
    known = line.facts
    some = known.winners or known.rows
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
    whom = whom_all([s.name for s in some], list(known.strategies), "or")
    others = f"with {say.names_of(rest)}"
    if by in HARM:
        less, more = (_number(say.amounts(group, by)) for group in (some, rest))
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


def _number(text: str) -> str:
    return {"no": "0", "less than 1": "<1"}.get(text, text)


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
