"""The screen of ``compare``: title and story, the table in words, who watched, the verdict.

At most 30 lines: what weighs least goes first, and is in the other formats. A terminal gets its own
width, colors, and the commands to try next.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from io import StringIO
from typing import Any, NamedTuple

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from simdeploy.report.comparison.assumptions import assumptions
from simdeploy.report.comparison.cells import COLUMNS, SPARE, Cell, Column, cells, ends
from simdeploy.report.comparison.rows import cut, releases, watching, way_back, weaknesses
from simdeploy.report.verdict.harm import Sentence
from simdeploy.report.verdict.paragraph import verdict
from simdeploy.report.words import NONE, count, duration
from simdeploy.results.verdict_facts import facts

WIDTH = 100
#: Columns that keep their ± where room is short.
HARM = ("downtime_s", "failed_requests")
#: Below this width the spare columns are hidden.
NARROW = 96
LINES = 30
#: What stands before a time that some runs, or all, had not reached at the horizon.
CUT = ("≥", ">")
#: From this weight on, nothing is left out for want of room.
NEEDED = 8
#: Sentences that the paragraph does without where room is still short; after them the bad days go.
SPARED = ("Flips when", "Price")
#: Where a terminal is not asked, nothing is cut.
UNLIMITED = 10_000
#: Blanks at the end of a line, before the end of its color.
TRAILING = re.compile(r"\s+((?:\x1b\[0m)?)$")


class Screen(NamedTuple):
    """Where the output goes: its width, and whether somebody sits before it."""

    width: int
    is_terminal: bool

    def lines(self, what: RenderableType) -> list[str]:
        """Return what is drawn as lines without trailing blanks."""
        out = StringIO()
        Console(
            file=out, width=self.width, force_terminal=self.is_terminal, highlight=False,
            color_system="standard" if self.is_terminal else None, legacy_windows=False,
        ).print(what)  # fmt: skip
        return [TRAILING.sub(r"\1", line) for line in out.getvalue().splitlines()]


class Stacking(Enum):
    """Where the ± stands under its mean, tried in this order until the table fits.

    Under all means it takes a line per strategy, so it is left out of times and costs before.
    """

    NEVER = auto()
    WHERE_ROOM = auto()
    HARM_ONLY = auto()
    ALWAYS = auto()


class Block(NamedTuple):
    """Some lines of the screen; those of the least weight go first where room is short."""

    weight: int
    lines: list[str]


def render_comparison(
    comparison: Any,
    *,
    width: int | None = None,
    is_terminal: bool = False,
    elapsed: float | None = None,
    source: str | None = None,
) -> str:
    """Return a comparison as text.

    Parameters
    ----------
    comparison
        What ``compare`` returns.
    width
        Columns of the terminal; 100 at most are used, and prose is set to 100 without a terminal.
    is_terminal
        Whether to color, and to name the next commands.
    elapsed
        Seconds that the runs took; told on a terminal only, so that output can be compared.
    source
        How the scenario is named on a command line, for the commands to try next: what the user
        typed, with its ``--set`` and ``--load``; without it the scenario's name.
    """
    path = source or comparison.scenario.name
    screen = Screen(min(width or WIDTH, WIDTH), is_terminal)
    last = footer(comparison, elapsed if is_terminal else None)
    around = _around(comparison, screen)
    for table, sentences in _leaner(comparison, screen):
        blocks = [
            Block(9, _heading(comparison, screen)),
            Block(2, [""]),
            Block(9, table),
            *around,
            Block(4, [""]),
            Block(9, _paragraph(sentences, screen)),
            *(Block(1, lines) for lines in _next(comparison, screen, path)),
            Block(9, screen.lines(Text(last, style="dim"))),
        ]
        lines = _fitting(blocks, LINES)
        if len(lines) <= LINES:
            break
    return "\n".join(lines) + "\n"


def _around(comparison: Any, screen: Screen) -> list[Block]:
    """Return the labeled lines under the table."""
    return [
        Block(5, screen.lines(Text(legend(comparison), style="dim"))),
        Block(8, _labeled(screen, "Narrow", hidden(screen.width))),
        Block(8, _labeled(screen, "Cut", cut(comparison))),
        Block(8, _labeled(screen, "Release", releases(comparison))),
        Block(8, _labeled(screen, "Watching", watching(comparison))),
        Block(3, _labeled(screen, "Way back", way_back(comparison))),
        *(Block(8, _labeled(screen, "Warning", line)) for line in weaknesses(comparison)),
    ]


def _leaner(comparison: Any, screen: Screen) -> Iterator[tuple[list[str], list[Sentence]]]:
    """Return table and paragraph with less and less of what is worth least."""
    table, sentences = _table(comparison, screen), verdict(facts(comparison))
    yield table, sentences
    for label in SPARED:
        sentences = [one for one in sentences if one.label != label]
        yield table, sentences
    yield _table(comparison, screen, bad_days=False), sentences


def _fitting(blocks: Sequence[Block], room: int) -> list[str]:
    """Return the lines of as many blocks as there is room for, the weightiest kept."""
    kept = list(blocks)
    while sum(len(one.lines) for one in kept) > room and min(one.weight for one in kept) < NEEDED:
        lightest = min(one.weight for one in kept)
        kept = [one for one in kept if one.weight > lightest]
    return [line for one in kept for line in one.lines]


def _labeled(screen: Screen, label: str, text: str) -> list[str]:
    """Return a line that starts with its label, wrapped under its own text; none for no text."""
    if not text:
        return []
    grid = Table.grid(padding=(0, 0, 0, 0))
    grid.add_column(width=9, no_wrap=True)
    grid.add_column()
    grid.add_row(Text(label, style="bold"), Text(text))
    return screen.lines(grid)


def _heading(comparison: Any, screen: Screen) -> list[str]:
    scenario = comparison.scenario
    title = scenario.title or scenario.name
    told = service(scenario)
    gap = screen.width - len(title) - len(told)
    first = f"{title}{' ' * gap}{told}" if gap >= 2 else f"{title}\n{told}"
    return screen.lines(Text(first, style="bold")) + (
        screen.lines(Text(scenario.story)) if scenario.story else []
    )


def service(scenario: Any) -> str:
    """Return the service in a line: ``checkout-api · 6 tasks · 200 req/s``."""
    tasks = scenario.service.desired_count
    parts = [scenario.service.name, f"{tasks} task{'' if tasks == 1 else 's'}", _rate(scenario)]
    return " · ".join(part for part in parts if part)


def _rate(scenario: Any) -> str:
    traffic = scenario.traffic
    if traffic.daily is not None:
        return ""
    rates = [step.rate for step in traffic.steps or ()] or [traffic.rate]
    low, high = count(min(rates)), count(max(rates))
    return f"{low} req/s" if low == high else f"{low} to {high} req/s"


def _table(comparison: Any, screen: Screen, *, bad_days: bool = True) -> list[str]:
    """Return the table, with the ± under the mean where it does not fit beside it."""
    columns = tuple(c for c in COLUMNS if screen.width >= NARROW or c.metric not in SPARE)
    for stacking in Stacking:
        grid = _grid(comparison, columns, stacking, bad_days=bad_days)
        plain = Screen(UNLIMITED, is_terminal=False).lines(grid)
        if max(map(len, plain)) <= screen.width:
            break
    # What still does not fit is left to the terminal: a number cut short would be another number.
    return Screen(UNLIMITED, screen.is_terminal).lines(grid)


def _grid(
    comparison: Any, columns: tuple[Column, ...], stacking: Stacking, *, bad_days: bool
) -> Table:
    table = Table(box=None, padding=(0, 0, 0, 1), pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("Ends as", no_wrap=True)
    for column in columns:
        table.add_column(column.header, justify="right", no_wrap=True)
    for name in comparison.strategies:
        row = cells(comparison, name, columns, bad_days=bad_days)
        if stacking is Stacking.HARM_ONLY:
            row = [_without_pm(one, c) for one, c in zip(row, columns, strict=True)]
        table.add_row(*_row(comparison, name, row, stacking))
    return table


def _without_pm(one: Cell, column: Column) -> Cell:
    """Return a cell without its ±, unless it tells of harm: that is what decides."""
    return one if column.metric in HARM else one._replace(pm="")


def _row(comparison: Any, name: str, row: Sequence[Cell], stacking: Stacking) -> list[Text]:
    """Return a strategy's cells; their second and last lines are level with one another."""
    style = "bold" if name in comparison.ranking.best else ""
    outcomes = ends(comparison.strategies[name].release.outcomes)
    roomy = len(outcomes) > 1 or any(one.share for one in row)
    parts = [one.lines(stacked=_is_stacked(one, stacking, roomy=roomy)) for one in row]
    middle = max(len(outcomes) - 1, int(any(part[1] for part in parts)))
    bad_day = any(part[2] for part in parts)
    first = [*outcomes, *[""] * (middle + 1 - len(outcomes)), *["1 in 20:"] * bad_day]
    numbers = ["\n".join([a, b, *[""] * (middle - 1), c][: middle + 2] if middle else [a, c])
               for a, b, c in parts]  # fmt: skip
    told = [Text(_folded(name), style=style), _ends_cell(first, bad_day=bad_day)]
    return told + [Text(one.rstrip("\n")) for one in numbers]


def _is_stacked(one: Cell, stacking: Stacking, *, roomy: bool) -> bool:
    """Return whether the ± of a cell goes under its mean, where a share may stand already."""
    return stacking is Stacking.ALWAYS or (
        stacking is not Stacking.NEVER and roomy and not one.share
    )


def _ends_cell(lines: list[str], *, bad_day: bool) -> Text:
    text = Text("\n".join(lines))
    if bad_day:
        text.stylize("dim", len(text) - len(lines[-1]))
    return text


def _folded(name: str) -> str:
    """Return a long name in two lines, broken after a hyphen."""
    cut = name.rfind("-", 0, 12) + 1
    return f"{name[:cut]}\n{name[cut:]}" if len(name) > 12 and cut else name


def legend(comparison: Any) -> str:
    """Return what the marks of the table mean, as far as they stand in it."""
    shown = [one for name in comparison.strategies for one in cells(comparison, name)]
    cut = [sign for sign in CUT if any(sign in {*one.mean[:1], *one.bad_day[:1]} for one in shown)]
    parts = {
        f"± how well {comparison.runs:,} runs pin down the average": any(one.pm for one in shown),
        "1 in 20: a bad day": any(one.bad_day for one in shown),
        "none: in no run": any(one.mean == NONE for one in shown),
        f"{', '.join(cut)} cut at {duration(comparison.scenario.horizon)}": bool(cut),
        _of_last(comparison.scenario): True,
    }
    return " · ".join(part for part, told in parts.items() if part and told)


def _of_last(scenario: Any) -> str:
    """Return which deployment of a chain its column is about."""
    releases = len(scenario.chain)
    return f"Deployment: the last release tried, of {releases}" if releases > 1 else ""


def hidden(width: int) -> str:
    """Return which columns a narrow terminal does without."""
    titles = ", ".join(c.title for c in COLUMNS if c.metric in SPARE)
    return f"{len(SPARE)} columns hidden ({titles}), --wide" if width < NARROW else ""


def _paragraph(sentences: Sequence[Sentence], screen: Screen) -> list[str]:
    text = Text()
    for one in sentences:
        text.append(f"{one.label}: " if one.label else "", style="bold")
        text.append(f"{one.text} ", style="" if one.label else "bold")
    return screen.lines(text)


def _next(comparison: Any, screen: Screen, path: str) -> Iterable[list[str]]:
    """Return the commands to try next; nobody reads them in a pipe."""
    if not screen.is_terminal:
        return []
    best = (*comparison.ranking.best, *comparison.strategies)[0]
    told = [
        (f"simdeploy run {path} --strategy {best}", "one run, told as a story"),
        ("simdeploy import aws service.json … -o mine.yaml", "your own service"),
    ]
    wide = max(len(command) for command, _ in told) + 4
    lines = [f"{command:<{wide}}{why}" for command, why in told]
    return [_labeled(screen, "Next" if i == 0 else "", line) for i, line in enumerate(lines)]


def footer(comparison: Any, elapsed: float | None = None) -> str:
    """Return what stands behind the numbers: runs, seed, and how much of the scenario is default.

    How long the runs took is told where it is known.
    """
    names = len(comparison.strategies)
    took = "" if elapsed is None else f" in {duration(elapsed)}"
    word = "strategy" if names == 1 else "strategies"
    runs = f"{comparison.runs:,} run{'' if comparison.runs == 1 else 's'}"
    parts = [f"{runs} × {names} {word}{took}", f"seed {comparison.seed}"]
    return " · ".join([*parts, *_open_values(comparison.scenario)])


def _open_values(scenario: Any) -> list[str]:
    values = len(assumptions(scenario))
    verb = "value is at its default" if values == 1 else "values are at their defaults"
    return [f"{values} {verb} (--assumptions)"] if values else []
