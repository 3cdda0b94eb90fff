"""The screen of ``compare``: title and story, the table, labeled rows, the verdict.

At most 30 lines: blocks of the least weight are dropped, and are in the other formats. A terminal
gets its own width, colors, and commands to try next.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from io import StringIO
from typing import NamedTuple

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from simdeploy.report.comparison.assumptions import assumptions
from simdeploy.report.comparison.cells import COLUMNS, SPARE, Cell, Column, cells, ending_shares
from simdeploy.report.comparison.rows import cut_websockets, releases, warnings, watching, way_back
from simdeploy.report.verdict.paragraph import verdict
from simdeploy.report.verdict.wording import Sentence
from simdeploy.report.words import NONE, duration, percent, short_count, text_range
from simdeploy.results.comparison import Comparison
from simdeploy.results.verdict_facts import facts
from simdeploy.scenario.model import Scenario
from simdeploy.scenario.traffic import Traffic

WIDTH = 100
#: Columns that keep their ± when room is short.
HARM = ("downtime_caused", "failed_caused")
#: Below this width the spare columns are hidden.
NARROW = 96
LINES = 30
#: Prefixes of a time that some runs, or all, had not reached at the horizon.
CENSORED = ("≥", ">")
#: Blocks from this weight on are never dropped.
NEEDED = 8
#: Sentences that are dropped next when room is short, before the bad days.
SPARED = ("Flips when", "Price")
#: With fewer runs than these, rare harm is easily missed.
MANY = 1000
#: What happens in a share of this over n of n runs is missed by one comparison in 20.
RULE_OF_THREE = 3.0
#: A width that cuts nothing.
UNLIMITED = 10_000
#: Blanks at the end of a line, before the end of its color.
TRAILING = re.compile(r"\s+((?:\x1b\[0m)?)$")


class Screen(NamedTuple):
    """The output: its width, and whether it is a terminal."""

    width: int
    is_terminal: bool

    def lines(self, what: RenderableType) -> list[str]:
        """Return a rich renderable as lines without trailing blanks."""
        out = StringIO()
        Console(
            file=out, width=self.width, force_terminal=self.is_terminal, highlight=False,
            color_system="standard" if self.is_terminal else None, legacy_windows=False,
        ).print(what)  # fmt: skip
        return [TRAILING.sub(r"\1", line) for line in out.getvalue().splitlines()]


class Stacking(Enum):
    """Which ± stand below their means; tried in this order until the table fits.

    With ALWAYS each strategy takes a line more, so HARM_ONLY first drops the ± of times and costs.
    """

    NEVER = auto()
    WHERE_ROOM = auto()
    HARM_ONLY = auto()
    ALWAYS = auto()


class Block(NamedTuple):
    """Some lines of the screen; blocks of the least weight are dropped first."""

    weight: int
    lines: list[str]


def render_comparison(
    comparison: Comparison,
    *,
    width: int | None = None,
    is_terminal: bool = False,
    elapsed: float | None = None,
    source: str | None = None,
) -> str:
    """Return a comparison as text.

    Parameters
    ----------
    width
        Columns of the terminal, 100 at most; 100 by default.
    is_terminal
        Whether to add color and commands to try next.
    elapsed
        Seconds that the runs took; shown on a terminal only, so that other output is reproducible.
    source
        The scenario's name on the command line, with its ``--set`` and ``--load``, for the commands
        to try next; by default the scenario's name.
    """
    path = source or comparison.scenario.name
    screen = Screen(min(width or WIDTH, WIDTH), is_terminal)
    last = footer(comparison, elapsed if is_terminal else None)
    rows = _rows(comparison, screen)
    for table, sentences in _leaner(comparison, screen):
        blocks = [
            Block(9, _heading(comparison.scenario, screen)),
            Block(2, [""]),
            Block(9, table),
            *rows,
            Block(4, [""]),
            Block(9, _paragraph(sentences, screen)),
            *(Block(1, lines) for lines in _next(comparison, screen, path)),
            Block(9, screen.lines(Text(last, style="dim"))),
        ]
        lines = _fitting(blocks, LINES)
        if len(lines) <= LINES:
            break
    return "\n".join(lines) + "\n"


def _rows(comparison: Comparison, screen: Screen) -> list[Block]:
    """Return legend and labeled rows under the table."""
    return [
        Block(5, screen.lines(Text(legend(comparison), style="dim"))),
        Block(8, _labeled(screen, "Narrow", hidden(screen.width))),
        Block(8, _labeled(screen, "Cut", cut_websockets(comparison))),
        Block(8, _labeled(screen, "Release", releases(comparison))),
        Block(8, _labeled(screen, "Watching", watching(comparison))),
        Block(3, _labeled(screen, "Way back", way_back(comparison))),
        *(Block(8, _labeled(screen, "Warning", line)) for line in warnings(comparison)),
    ]


def _leaner(comparison: Comparison, screen: Screen) -> Iterator[tuple[list[str], list[Sentence]]]:
    """Yield table and sentences, each time with less of the least important parts."""
    table, sentences = _table(comparison, screen), verdict(facts(comparison))
    yield table, sentences
    for label in SPARED:
        sentences = [sentence for sentence in sentences if sentence.label != label]
        yield table, sentences
    yield _table(comparison, screen, bad_days=False), sentences


def _fitting(blocks: Sequence[Block], room: int) -> list[str]:
    """Return the lines of the blocks that have room, dropping those of the least weight first."""
    lightest = min(block.weight for block in blocks)
    lines = [line for block in blocks for line in block.lines]
    if len(lines) <= room or lightest >= NEEDED:
        return lines
    return _fitting([block for block in blocks if block.weight > lightest], room)


def _labeled(screen: Screen, label: str, text: str) -> list[str]:
    """Return a text behind its label, wrapped below the text; nothing for an empty text."""
    if not text:
        return []
    grid = Table.grid(padding=(0, 0, 0, 0))
    grid.add_column(width=9, no_wrap=True)
    grid.add_column()
    grid.add_row(Text(label, style="bold"), Text(text))
    return screen.lines(grid)


def _heading(scenario: Scenario, screen: Screen) -> list[str]:
    title = scenario.title or scenario.name
    service_line = service_text(scenario)
    gap = screen.width - len(title) - len(service_line)
    first = title + (" " * gap if gap >= 2 else "\n") + service_line
    story = screen.lines(Text(scenario.story)) if scenario.story else []
    return screen.lines(Text(first, style="bold")) + story


def service_text(scenario: Scenario) -> str:
    """Return the service in a line: ``checkout-api · 6 tasks · 200 req/s``."""
    tasks = scenario.service.desired_count
    parts = [
        scenario.service.name,
        f"{tasks} task{'' if tasks == 1 else 's'}",
        _rate(scenario.traffic),
    ]
    return " · ".join(part for part in parts if part)


def _rate(traffic: Traffic) -> str:
    if traffic.daily is not None:
        return ""
    rates = [step.rate for step in traffic.steps or ()] or [traffic.rate]
    return f"{text_range(short_count(min(rates)), short_count(max(rates)))} req/s"


def _table(comparison: Comparison, screen: Screen, *, bad_days: bool = True) -> list[str]:
    """Return the table in the first stacking that fits the screen, else in the last stacking."""
    columns = tuple(c for c in COLUMNS if screen.width >= NARROW or c.metric not in SPARE)
    for stacking in Stacking:
        grid = _grid(comparison, columns, stacking, bad_days=bad_days)
        plain = Screen(UNLIMITED, is_terminal=False).lines(grid)
        if max(map(len, plain)) <= screen.width:
            break
    # The terminal wraps what still does not fit: a number cut short would be another number.
    return Screen(UNLIMITED, screen.is_terminal).lines(grid)


def _grid(
    comparison: Comparison, columns: tuple[Column, ...], stacking: Stacking, *, bad_days: bool
) -> Table:
    table = Table(box=None, padding=(0, 0, 0, 1), pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("Ends as", no_wrap=True)
    for column in columns:
        table.add_column(column.header, justify="right", no_wrap=True)
    for name in comparison.strategies:
        row = cells(comparison, name, columns, bad_days=bad_days)
        if stacking is Stacking.HARM_ONLY:
            pairs = zip(row, columns, strict=True)
            row = [e if c.metric in HARM else e._replace(margin="") for e, c in pairs]
        table.add_row(*_row(comparison, name, row, stacking))
    return table


def _row(comparison: Comparison, name: str, row: Sequence[Cell], stacking: Stacking) -> list[Text]:
    """Return a strategy's cells, padded so that their second and last lines align."""
    style = "bold" if name in comparison.ranking.winners else ""
    outcomes = ending_shares(comparison.strategies[name].release.outcomes)
    roomy = len(outcomes) > 1 or any(entry.share for entry in row)
    parts = [entry.lines(stacked=_is_stacked(entry, stacking, roomy=roomy)) for entry in row]
    middle = max(len(outcomes) - 1, int(any(part[1] for part in parts)))
    bad_day = any(part[2] for part in parts)
    first = [*outcomes, *[""] * (middle + 1 - len(outcomes)), *["1 in 20:"] * bad_day]
    numbers = [[mean, *([below, *[""] * (middle - 1)] if middle else []), last]
               for mean, below, last in parts]  # fmt: skip
    first_cells = [Text(_broken(name), style=style), _ends_cell(first, bad_day=bad_day)]
    return first_cells + [Text("\n".join(lines).rstrip("\n")) for lines in numbers]


def _is_stacked(entry: Cell, stacking: Stacking, *, roomy: bool) -> bool:
    """Return whether the ± of a cell goes below its mean, unless a share is there."""
    return stacking is Stacking.ALWAYS or (
        stacking is not Stacking.NEVER and roomy and not entry.share
    )


def _ends_cell(lines: list[str], *, bad_day: bool) -> Text:
    text = Text("\n".join(lines))
    if bad_day:
        text.stylize("dim", len(text) - len(lines[-1]))
    return text


def _broken(name: str) -> str:
    """Return a long name in two lines, broken after a hyphen."""
    at = name.rfind("-", 0, 12) + 1
    return f"{name[:at]}\n{name[at:]}" if len(name) > 12 and at else name


def legend(comparison: Comparison) -> str:
    """Return the meaning of the marks that the table has."""
    entries = [entry for name in comparison.strategies for entry in cells(comparison, name)]
    starts = {text[:1] for entry in entries for text in (entry.mean, entry.bad_day)}
    signs = [sign for sign in CENSORED if sign in starts]
    has_margin = any(entry.margin for entry in entries)
    chain = len(comparison.scenario.chain)
    parts = {
        f"± how well {comparison.runs:,} runs pin down the average": has_margin,
        f"may miss what happens in fewer than {percent(RULE_OF_THREE / comparison.runs)} of runs": (
            has_margin and comparison.runs < MANY
        ),
        "1 in 20: a bad day": any(entry.bad_day for entry in entries),
        "none: in no run": any(entry.mean == NONE for entry in entries),
        f"{', '.join(signs)} cut at {duration(comparison.scenario.horizon)}": bool(signs),
        f"Deployment: the last release tried, of {chain}": chain > 1,
    }
    return " · ".join(part for part, applies in parts.items() if applies)


def hidden(width: int) -> str:
    """Return which columns a narrow terminal hides."""
    titles = ", ".join(c.title for c in COLUMNS if c.metric in SPARE)
    return f"{len(SPARE)} columns hidden ({titles}), --wide" if width < NARROW else ""


def _paragraph(sentences: Sequence[Sentence], screen: Screen) -> list[str]:
    text = Text()
    for sentence in sentences:
        text.append(f"{sentence.label}: " if sentence.label else "", style="bold")
        text.append(f"{sentence.text} ", style="" if sentence.label else "bold")
    return screen.lines(text)


def _next(comparison: Comparison, screen: Screen, path: str) -> list[list[str]]:
    """Return the commands to try next; none without a terminal."""
    if not screen.is_terminal:
        return []
    best = (*comparison.ranking.ordered, *comparison.strategies)[0]
    commands = [
        (f"simdeploy run {path} --strategy {best}", "one run, told as a story"),
        ("simdeploy import aws service.json … -o mine.yaml", "your own service"),
    ]
    width = max(len(command) for command, _ in commands) + 4
    lines = [f"{command:<{width}}{why}" for command, why in commands]
    return [_labeled(screen, "Next" if i == 0 else "", line) for i, line in enumerate(lines)]


def footer(comparison: Comparison, elapsed: float | None = None) -> str:
    """Return runs, elapsed time (s) if given, seed, and how many values are at their defaults."""
    names = len(comparison.strategies)
    took = "" if elapsed is None else f" in {duration(elapsed)}"
    word = "strategy" if names == 1 else "strategies"
    runs = f"{comparison.runs:,} run{'' if comparison.runs == 1 else 's'}"
    parts = [f"{runs} × {names} {word}{took}", f"seed {comparison.seed}"]
    return " · ".join([*parts, *_defaults(comparison.scenario)])


def _defaults(scenario: Scenario) -> list[str]:
    values = len(assumptions(scenario))
    verb = "value is at its default" if values == 1 else "values are at their defaults"
    return [f"{values} {verb} (--assumptions)"] if values else []
