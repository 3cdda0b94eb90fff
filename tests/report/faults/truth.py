"""What must be true of a matrix of faults: its sentences against its cells, places by the rule.

Everything here is derived anew from the comparisons, not by the functions that write the text.
"""

import re

from simdeploy.report.answer.extracting import facts
from simdeploy.report.words import duration, percent, short_count
from simdeploy.results.ranking import HARM
from tests.report.answer.truth import NUMBER, first_group, mean, wrong_winners

FEW = 3


def places(matrix, row):
    """Return the group of each strategy in a row: the first by the rule, then without those."""
    known = facts(matrix.comparisons[row])
    found, place = {}, 0
    remaining = [s for s in known.strategies.values() if s.good is None or s.good.ships >= 0.95]
    while remaining:
        left = {s.name for s in remaining}
        group = first_group(_Only(known, left))
        found |= dict.fromkeys(group, place)
        remaining = [s for s in remaining if s.name not in group]
        place += 1
    return {name: found.get(name, place) for name in known.strategies}


class _Only:
    """Facts of some strategies."""

    def __init__(self, known, names):
        self._known, self._names = known, names

    def __getattr__(self, name):
        return getattr(self._known, name)

    @property
    def ranked(self):
        """The strategies that are left."""
        return [s for s in self._known.ranked if s.name in self._names]


def wrong_places(matrix):
    """Say where a ranking differs from the rule."""
    said = []
    for row, comparison in matrix.comparisons.items():
        said += [f"{row}: {text}" for text in wrong_winners(facts(comparison))]
        right = places(matrix, row)
        mine = {name: matrix.standing.place(row, name) for name in matrix.strategies}
        said += [] if right == mine else [f"{row}: places {mine}, by the rule {right}"]
    return said


def known_numbers(matrix, row):
    """Return every number that a sentence on a row may use, as it is written."""
    known, found = facts(matrix.comparisons[row]), {"0", "1"}
    for name, strategy in known.strategies.items():
        found |= {short_count(mean(strategy, metric)) for metric in HARM}
        cell = matrix.numbers(row, name)
        found |= {duration(t) for t in (cell.decided_s, cell.live_s) if t is not None}
        shares = (cell.decided, cell.ships, strategy.left, strategy.by_itself)
        found |= {percent(share) for share in shares}
    return found


def bare(matrix, text):
    """Return a text without the names in it, which may have digits."""
    names = [*matrix.comparisons, *matrix.strategies]
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text


def unknown_numbers(matrix, made):
    """Say which numbers of the sentences are in no cell."""
    each = {row: known_numbers(matrix, row) for row in matrix.comparisons}
    every = set().union(*each.values(), *(_anyway(facts(c)) for c in matrix.comparisons.values()))
    texts = [(text, every) for text in made.verdict]
    texts += [(says, each[line.row.name])
              for line, (says, _) in zip(made.lines, made.rows, strict=True)]  # fmt: skip
    return [f"{n!r} of {text!r} is in no cell" for text, known in texts
            for n in NUMBER.findall(bare(matrix, text)) if n not in known]  # fmt: skip


def _anyway(known):
    """Yield what fails or is slow without any deployment, and the capacity."""
    service = known.scenario.service
    yield from (short_count(known.rate), short_count(service.capacity_rps * service.desired_count))
    yield from (percent(part / known.requests) for part in (known.failing_anyway, known.slow_anyway)
                if known.requests)  # fmt: skip


def rows_in(matrix, text):
    """Return the rows that a text names, in any order."""
    return {row for row in matrix.comparisons
            if ("no fault" if row == "none" else row) in text}  # fmt: skip


def told(matrix):
    """Return the rows whose ranking gives check marks."""
    return [row for row, c in matrix.comparisons.items() if c.ranking.winners]


def contradictions(matrix, made):
    """Say where the verdict says something else than the cells."""
    said = []
    for whole in made.verdict:
        text = whole.removeprefix("Elsewhere, ")
        said += _best(matrix, text) + _pair(matrix, text) + _cover(matrix, text)
        said += _hardly(matrix, text) + _out(matrix, text) + _nowhere(matrix, text)
    return said


def _places(matrix):
    return {row: places(matrix, row) for row in told(matrix)}


def _best(matrix, text):
    """Compare "is never worse than another strategy, except with …" with the places."""
    match = re.match(r"(.+?) (?:is|are) never worse than another strategy(.*)", text)
    if not match:
        return _same(matrix, text)
    said, excepted = [], rows_in(matrix, match[2])
    for name in _names(matrix, match[1]):
        lost = {row for row, at in _places(matrix).items() if at[name] > 0}
        if lost != excepted or len(lost) > FEW:
            said.append(f"{name} is beaten in {sorted(lost)}, but {text!r}")
    return said


def _same(matrix, text):
    """Compare "all are about level in every row" with the places."""
    match = re.match(r"(.+?) (?:are about level|is best) in every row", text)
    if not match:
        return []
    some = set(_names(matrix, match[1]))
    some = set(matrix.strategies) - some if match[1].startswith("All but") else some
    some = set(matrix.strategies) if match[1] == "All" else some
    first = {name for name in matrix.strategies if all(at[name] == 0 for at in _all(matrix))}
    return [] if some == first else [f"{sorted(first)} are best, but {text!r}"]


def _all(matrix):
    return _places(matrix).values()


def _nowhere(matrix, text):
    """Compare "is nowhere among the best" with the places."""
    if "nowhere among the best" not in text:
        return []
    return [f"{name} is best somewhere, but {text!r}" for name in _names(matrix, text)
            if any(at[name] == 0 for at in _all(matrix))]  # fmt: skip


def _pair(matrix, text):
    """Compare a sentence on two strategies with their places in every row."""
    match = re.match(
        r"(\S+) is (?:never worse than|better than) (\S+?)(?:,? (?:except )?with (.*?))?"
        r"(?:; it is better with (.*?)|, worse with (.*?))?\.$", text)  # fmt: skip
    if not match or "another" in match[0]:
        return []
    a, b = (name for part in match.group(1, 2) for name in _names(matrix, part))
    at = _places(matrix)
    better = {row for row in at if at[row][a] < at[row][b]}
    worse = {row for row in at if at[row][a] > at[row][b]}
    if " is better than " in text:
        first, last = rows_in(matrix, match[3] or ""), rows_in(matrix, match[5] or "")
    else:
        first, last = rows_in(matrix, match[4] or ""), rows_in(matrix, match[3] or "")
    wrong = (better, worse) != (first, last)
    return [f"{a} better {sorted(better)}, worse {sorted(worse)}, but {text!r}"] if wrong else []


def _cover(matrix, text):
    """Compare "no strategy is best everywhere: a for x; b for y" with the places."""
    if "o strategy is best everywhere: " not in text:
        return []
    at, named, said = _places(matrix), set(), []
    for part in text.split(": ", 1)[1].split("; "):
        head, link, rows = part.partition(" for ")
        if not link:
            continue
        (name,) = _names(matrix, head)
        found = rows_in(matrix, rows)
        named |= found
        said += [f"{name} is beaten with {row}, but {text!r}" for row in found if at[row][name]]
    some = [s for s in matrix.strategies if any(by[s] == 0 for by in at.values())]
    split = {row for row, by in at.items() if any(by[s] for s in some)}
    return said if named == split else [*said, f"{sorted(split)} are split, but {text!r}"]


def _ranked(matrix, row):
    return [s.name for s in facts(matrix.comparisons[row]).ranked]


def _hardly(matrix, text):
    if not text.startswith("The strategy hardly matters"):
        return []
    (row,) = rows_in(matrix, text)
    known = facts(matrix.comparisons[row])
    failed = [mean(s, "failed_caused") for s in known.ranked]
    wrong = min(failed) < 0.8 * max(failed) or min(failed) < 10
    return [f"{row}: {min(failed)} to {max(failed)}, but {text!r}"] if wrong else []


def _out(matrix, text):
    if "not ship a good release." not in text or text.startswith(("No strategy", "A good")):
        return []
    shipping = [name for name in _names(matrix, text) for row in matrix.comparisons
                if matrix.comparisons[row].ships[name] >= 0.95]  # fmt: skip
    return [f"{name} ships, but {text!r}" for name in shipping]


def _names(matrix, text):
    found, low = [], text.lower()
    for name in sorted(matrix.strategies, key=len, reverse=True):
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", low):
            found.append(name)
            low = low.replace(name, "")
    return found


def wrong_rows(matrix, made):
    """Say where the verdict on a row does not name its best, or names a failing one unhurt."""
    said = []
    for line, (text, _) in zip(made.lines, made.rows, strict=True):
        known = facts(matrix.comparisons[line.row.name])
        winners = {s.name for s in known.winners}
        if not winners:
            continue
        head = re.split(r": | are about level| fails? | serves? | leaves? | cuts? | slows? ", text)[
            0
        ]
        named = set(_names(matrix, head))
        if head.startswith("All but"):
            named = set(matrix.strategies) - named
        elif head == "All":
            named = set(matrix.strategies)
        said += [] if named == winners else [f"the best are {sorted(winners)}, but {text!r}"]
        if "fail no request" in text or "fails no request" in text:
            said += [f"{s.name} fails, but {text!r}" for s in known.winners
                     if s.worst["failed_caused"] >= 0.5]  # fmt: skip
        for row_mark, name in zip(line.cells, matrix.strategies, strict=True):
            expected = "✓" if name in winners else ""
            expected = expected if name in _ranked(matrix, line.row.name) else "✗"
            said += [] if row_mark.mark == expected else [f"{name}: {row_mark} in {line.row.name}"]
    return said


def untruths(matrix, made):
    """Return everything that is wrong with what a matrix says."""
    return [*wrong_places(matrix), *unknown_numbers(matrix, made), *contradictions(matrix, made),
            *wrong_rows(matrix, made)]  # fmt: skip
