"""Two strategies on the same luck: what differs, and both stories side by side."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import inf, isfinite
from typing import NamedTuple

from simdeploy.report.documents import escape_markdown, escape_pipes, markdown_table
from simdeploy.report.story.export import linked, run_fields
from simdeploy.report.story.narration import (
    Line,
    decision,
    ending,
    legend,
    line_clock,
    lines,
    number,
    render_story,
    serving,
)
from simdeploy.report.story.story_context import StoryContext
from simdeploy.report.words import capitalized, elapsed, full_count, long_duration, money, wrapped
from simdeploy.results.level import SMALL, floor_of
from simdeploy.results.metrics import WRONG
from simdeploy.results.ranking import HARM
from simdeploy.results.timeline import Timeline
from simdeploy.scenario.model import Scenario

#: From this width on the stories stand beside one another.
BESIDE = 100
CLOCK, GAP = 10, 2


class Does(NamedTuple):
    """What a strategy does to users: verb, object, and both as what is counted."""

    verb: str
    things: str
    counted: str


DOES = {
    "failed_caused": Does("fails", "requests", "failed requests"),
    "exposed_requests": Does("gives", "wrong answers", "wrong answers"),
    "incompatible_writes": Does("leaves", "unreadable rows", "unreadable rows"),
    "cut_websockets": Does("cuts", "connections", "cut connections"),
    "slow_caused": Does("slows down", "requests", "slow requests"),
}


class Pair(NamedTuple):
    """Two runs of one scenario with the same seed and number."""

    a: Timeline
    b: Timeline
    scenario: Scenario

    @property
    def runs(self) -> tuple[Timeline, Timeline]:
        """Both runs."""
        return self.a, self.b


def verdict(pair: Pair) -> list[str]:
    """Return what differs between two runs, a sentence each, the harm first.

    Two numbers differ by the rule of comparisons, as far as it applies to a single run: by at least
    the floor of their unit, and a twentieth of the larger (`simdeploy.results.level`).
    """
    sentences = [_harm(pair), _decided(pair), _back(pair), _over(pair), _cost(pair), _left(pair)]
    return [text for text in sentences if text]


def _harm(pair: Pair) -> str:
    """Return who hurts users less, in the first kind of harm that differs."""
    faults = {fault.tag() for one in pair.scenario.chain for fault in one.effective_faults}
    kinds = [kind for kind in HARM if kind != "exposed_requests" or faults & WRONG]
    amounts = {kind: [max(0.0, number(one.metrics, kind)) for one in pair.runs] for kind in kinds}
    for kind, (a, b) in amounts.items():
        if abs(a - b) >= max(floor_of(kind), SMALL * max(a, b)):
            return _less(kind, sorted([(a, pair.a.strategy), (b, pair.b.strategy)]))
    kind = max(amounts, key=lambda kind: max(amounts[kind]))
    if max(amounts[kind]) < 0.5:
        return "Neither hurts a user."
    counts = dict.fromkeys(map(full_count, amounts[kind]))
    return f"They hurt users about as much: {' and '.join(counts)} {DOES[kind].counted}."


def _less(kind: str, amounts: list[tuple[float, str]]) -> str:
    """Return which of two strategies does less of a kind of harm, from (amount, name)."""
    (few, better), (many, worse) = amounts
    does, count = DOES[kind], "no" if few < 0.5 else full_count(few)
    done = f"it {does.verb} {count} {does.things}"
    return f"{capitalized(better)} hurts users less: {done}, {worse} {full_count(many)}."


def _decided(pair: Pair) -> str:
    texts = [decision(one).removeprefix("decided ") for one in pair.runs]
    if texts[0] == texts[1]:
        return f"Both rollbacks are decided {texts[0]}." if texts[0] else ""
    return f"The rollback is decided {_each(pair, [text or 'never' for text in texts])}."


def _back(pair: Pair) -> str:
    """Return how long after the decision users are back, where both know and they differ."""
    spans = [_back_in(one, pair.scenario) for one in pair.runs]
    if spans[0] is None or spans[1] is None:
        return ""
    took = [end - start for start, end in (spans[0], spans[1])]
    if abs(took[0] - took[1]) < floor_of("rollback_s") or min(took) == 0.0:
        return ""
    first = f"{elapsed(*spans[0])} after that"
    return f"Users are back {_each(pair, [first, elapsed(*spans[1])])}."


def _back_in(run: Timeline, scenario: Scenario) -> tuple[float, float] | None:
    """Return when the rollback of a run was decided and when users were back (s), if they were."""
    ends = [event.t for event in run.events if event.kind == "rollback_finished"]
    return StoryContext(run, scenario).users_back(ends[-1]) if ends else None


def _over(pair: Pair) -> str:
    """Return when both are over: at rest, and no user is hurt any more."""
    over = [number(one.metrics, "over_s", inf) for one in pair.runs]
    if all(map(isfinite, over)) and abs(over[0] - over[1]) < floor_of("over_s"):
        return ""
    never = f"not within {long_duration(pair.a.horizon)}"
    texts = [f"after {elapsed(0.0, t)}" if isfinite(t) else never for t in over]
    return f"All is over {_each(pair, texts)}." if texts[0] != texts[1] else ""


def _cost(pair: Pair) -> str:
    spent = [number(one.metrics, "extra_cost_usd") for one in pair.runs]
    if abs(spent[0] - spent[1]) < floor_of("extra_cost_usd"):
        return ""
    return f"Extra cost: {_each(pair, [money(usd) for usd in spent])}."


def _left(pair: Pair) -> str:
    """Return which revision serves in the end, where that differs."""
    left = [serving(one) for one in pair.runs]
    if left[0] == left[1]:
        return ""
    ends = zip(pair.runs, left, strict=True)
    both = "; ".join(f"with {one.strategy} {text}" for one, text in ends)
    return f"In the end, {both}."


def _each(pair: Pair, texts: Sequence[str]) -> str:
    """Return something of each of the two: ``after 3 min with rolling, never with canary``."""
    return ", ".join(
        f"{text} with {one.strategy}" for one, text in zip(pair.runs, texts, strict=True)
    )


def render_pair(pair: Pair, *, why: bool = False, width: int = 100, source: str = "") -> str:
    """Return what differs, then both stories: side by side where there is room, else in turn.

    Parameters
    ----------
    why
        Name the rules behind each line, and say at the end what they are.
    width
        The longest line (characters).
    source
        The scenario as it was typed, for the command that compares many runs.
    """
    names = f"{pair.a.strategy},{pair.b.strategy}"
    more = f" This is one run; for many: simdeploy compare {source} --strategy {names}"
    out = wrapped(" ".join(verdict(pair)) + (more if source else ""), width)
    if width < BESIDE:
        for one in pair.runs:
            out += ["", render_story(one, pair.scenario, why=why, width=width)]
        return "\n".join(out)
    told = [lines(one, pair.scenario, minor=why) for one in pair.runs]
    head = f"run {pair.a.replication} · seed {pair.a.seed}"
    out += ["", f"{head}{'hours:minutes:seconds after the command':>{width - len(head)}}"]
    room = (width - CLOCK - 1 - GAP) // 2
    out += _row("", [one.strategy for one in pair.runs], room)
    for clock, cells in _merged(told, why=why):
        out += _row(f" {clock}", cells, room)
    out += _row(" end", [ending(one, pair.scenario) for one in pair.runs], room)
    return "\n".join([*out, *(legend([*told[0], *told[1]], width) if why else [])])


def _merged(told: Sequence[Sequence[Line]], *, why: bool) -> Iterable[tuple[str, list[str]]]:
    """Yield the lines of two stories by time: a clock, and what each says then ("" for nothing).

    Lines of the same second share a row if they are the next of both stories.
    """
    flat = [(line.t, side, line) for side in (0, 1) for line in told[side]]
    flat.sort(key=lambda entry: (int(entry[0]), entry[2].folded))
    for clock, group in groupby(flat, key=lambda entry: (int(entry[0]), line_clock(entry[2]))):
        columns: list[list[str]] = [[], []]
        for _, side, line in group:
            columns[side].append(_text(line, why=why))
        for i in range(max(map(len, columns))):
            yield clock[1], [column[i] if i < len(column) else "" for column in columns]


def _text(line: Line, *, why: bool) -> str:
    return f"{line.text} [{', '.join(line.rules)}]" if why and line.rules else line.text


def _row(clock: str, cells: Sequence[str], room: int) -> list[str]:
    """Return a row of two cells, each wrapped to its column."""
    left, right = (wrapped(cell, room, indent="  ") for cell in cells)
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    return [
        f"{clock if i == 0 else '':<{CLOCK}} {a:<{room}}{' ' * GAP}{b}".rstrip()
        for i, (a, b) in enumerate(zip(left, right, strict=True))
    ]


def pair_to_json(pair: Pair) -> str:
    """Return what differs and both runs as JSON."""
    document = {"verdict": verdict(pair), "runs": [run_fields(one) for one in pair.runs]}
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)


def pair_to_markdown(pair: Pair, *, why: bool = False) -> str:
    """Return what differs in bold, and both stories as one table by time."""
    told = [lines(one, pair.scenario, minor=why) for one in pair.runs]
    rows = [[clock, *cells] for clock, cells in _merged(told, why=False)]
    rows.append(["end", *(ending(one, pair.scenario) for one in pair.runs)])
    columns = ["time", *(escape_markdown(one.strategy) for one in pair.runs)]
    table = markdown_table(columns, [list(map(escape_pipes, row)) for row in rows])
    rules = dict.fromkeys(rule for side in told for line in side for rule in line.rules)
    named = f"\n\nRules: {', '.join(map(linked, rules))}" if why and rules else ""
    return f"**{' '.join(verdict(pair))}**\n\n{table}{named}"
