"""The answer as text: heading, verdict, table, legend, labeled sentences, within a width.

Below `NARROW` characters, or where the table is wider than the terminal, its blocks stand one below
the other. Prose wraps; nothing is left out at a number of lines.
"""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.facts import Facts
from simdeploy.report.answer.model import Answer, Cell
from simdeploy.report.words import duration, short_count, text_range
from simdeploy.results.comparison import Comparison
from simdeploy.scenario.model import Scenario
from simdeploy.scenario.vocabulary import Vocabulary

WIDTH = 100
#: From this width on the table has two columns more.
ROOMY = 120
#: Names of strategies are broken after so many characters.
NAME = 24
LABEL = 11
#: Blanks between columns, fewer where the terminal is too narrow.
GAPS = (2, 1)
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
BOLD, DIM, RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
#: A blank that no line is broken at.
FIXED = "\u00a0"
Style = Callable[[str, str], str]


def render_comparison(
    comparison: Comparison,
    *,
    width: int | None = None,
    is_terminal: bool = False,
    elapsed: float | None = None,
    source: str | None = None,
    wide: bool = False,
    known: Facts | None = None,
) -> str:
    """Return a comparison as text.

    Parameters
    ----------
    width
        Characters in a line; 100 by default.
    is_terminal
        Whether to add color and commands to try next.
    elapsed
        Seconds that the runs took; shown on a terminal only, so that other output is reproducible.
    source
        The scenario's name on the command line, with its ``--set`` and ``--load``, for the commands
        to try next; by default the scenario's name.
    wide
        Whether the table has all columns, side by side, however wide they are.
    known
        Facts with what was measured besides; by default those of the comparison.
    """
    width = width or WIDTH
    known = known or facts(comparison)
    made = answer(known, wide=wide or width >= ROOMY)
    style = plain_or_colored(is_terminal)
    scenario = comparison.scenario
    lines = [
        *heading(scenario.title or scenario.name, scenario, width, style),
        *wrapped(scenario.story, width),
        "",
        *lines_of(
            made,
            width,
            style,
            table=10_000 if wide else width,
            more=_next(comparison, source) if is_terminal else (),
            elapsed=elapsed if is_terminal else None,
        ),
    ]
    return "\n".join(lines) + "\n"


def lines_of(
    made: Answer,
    width: int,
    style: Style,
    *,
    table: int | None = None,
    more: Sequence[str] = (),
    elapsed: float | None = None,
) -> list[str]:
    """Return an answer in lines, without its heading.

    Parameters
    ----------
    table
        How wide the table may be; as wide as the text by default.
    more
        Lines above the last one.
    elapsed
        Seconds that the runs took, if the last line says so.
    """
    return [
        *(style(BOLD, line) for line in wrapped(" ".join(made.verdict), width)),
        "",
        *_table(made, table or width, style),
        *_legend(made, width, style),
        *(line for label, text in made.sentences for line in _labeled(label, text, width, style)),
        *more,
        style(DIM, _footer(made, elapsed)),
    ]


def plain_or_colored(is_terminal: bool) -> Style:
    """Return what puts text into color on a terminal, and leaves it as it is elsewhere."""
    return _colored if is_terminal else _plain


def _plain(_: str, text: str) -> str:
    return text


def _colored(code: str, text: str) -> str:
    return f"{code}{text}{RESET}" if text.strip() else text


def wrapped(text: str, width: int, indent: str = "", first: str | None = None) -> list[str]:
    """Return text in lines; a number stays with its sign, and no line is broken at hyphens.

    >>> wrapped("in none of 9 runs · never", 18)
    ['in none of 9', 'runs · never']
    """
    for pair in (" %", " M", "≥ ", "< ", "> ", " ·"):
        text = text.replace(pair, pair.replace(" ", FIXED))
    lines = textwrap.wrap(
        text, width, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
    return [line.replace(FIXED, " ") for line in lines]


def heading(title: str, scenario: Scenario, width: int, style: Style) -> list[str]:
    """Return a title and the service in a line, or one below the other."""
    service = service_text(scenario)
    gap = width - len(title) - len(service)
    if gap >= 2:
        return [style(BOLD, title + " " * gap + service)]
    return [style(BOLD, line) for text in (title, service) for line in wrapped(text, width)]


def service_text(scenario: Scenario) -> str:
    """Return the service in a line: ``checkout-api · 6 tasks · 200 req/s``; pods are called so."""
    count, traffic = scenario.service.desired_count, scenario.traffic
    rates = [step.rate for step in traffic.steps or ()] or [traffic.rate]
    rate = f"{text_range(short_count(min(rates)), short_count(max(rates)))} req/s"
    words = Vocabulary(scenario.platform)
    parts = [scenario.service.name, f"{count} {words.task if count == 1 else words.tasks}"]
    return " · ".join(parts if traffic.daily is not None else [*parts, rate])


def _labeled(label: str, text: str, width: int, style: Style) -> list[str]:
    """Return a text behind its label, wrapped below the text."""
    lines = wrapped(text, width, " " * LABEL, f"{label:<{LABEL}}")
    return [style(BOLD, lines[0][:LABEL]) + lines[0][LABEL:], *lines[1:]]


def _table(made: Answer, width: int, style: Style) -> list[str]:
    """Return the table in one piece, or its blocks one below the other."""
    pieces = [list(range(len(made.columns)))]
    if _width(made, pieces[0], GAPS[-1]) > width:
        blocks = groupby(range(len(made.columns)), key=lambda i: made.columns[i].block)
        pieces = [piece for _, places in blocks for piece in _fitting(made, list(places), width)]
    gaps = [next((g for g in GAPS if _width(made, places, g) <= width), 1) for places in pieces]
    parts = [_piece(made, places, style, g) for places, g in zip(pieces, gaps, strict=True)]
    return [line for i, part in enumerate(parts) for line in ([""] if i else []) + part]


def _fitting(made: Answer, places: list[int], width: int) -> Iterator[list[int]]:
    """Cut a block into pieces that fit a width, each of at least one column."""
    piece: list[int] = []
    for place in places:
        if piece and _width(made, [*piece, place], GAPS[-1]) > width:
            yield piece
            piece = []
        piece.append(place)
    yield piece


def cell_text(cell: Cell) -> str:
    """Return a cell with its notes: ``never ¹``."""
    return f"{cell.text}{_marks(cell)}"


def _marks(cell: Cell) -> str:
    return "".join(f" {note}".translate(SUPERSCRIPTS) for note in cell.notes)


def _texts(made: Answer, place: int) -> list[str]:
    """Return the cells of a column, numbers padded so that their notes stand outside."""
    cells = [row.cells[place] for row in made.rows]
    if not _is_number(made, place):
        return [cell_text(cell) for cell in cells]
    room = max(len(_marks(cell)) for cell in cells)
    return [f"{cell.text}{_marks(cell):<{room}}" for cell in cells]


def name_lines(name: str) -> list[str]:
    """Return a long name in pieces, broken at hyphens and underscores where there are any."""
    lines = []
    while len(name) > NAME:
        at = max(name.rfind(mark, 1, NAME) for mark in "-_") + 1 or NAME
        lines.append(name[:at])
        name = name[at:]
    return [*lines, name]


def _widths(made: Answer, places: Sequence[int], gap: int) -> list[int]:
    """Return the width of the names with their marks, and of each column."""
    names = max((len(line) for row in made.rows for line in name_lines(row.name)), default=0)
    widths = [names + 2]
    for place in places:
        column = made.columns[place]
        widths.append(max(map(len, [*column.header, *_texts(made, place)])))
    for level in ("over", "block"):
        k = 1
        for text, group in groupby(getattr(made.columns[place], level) for place in places):
            n = len(list(group))
            room = sum(widths[k : k + n]) + gap * (n - 1)
            widths[k + n - 1] += max(0, len(text) - room)
            k += n
    return widths


def _width(made: Answer, places: Sequence[int], gap: int = 2) -> int:
    return sum(_widths(made, places, gap)) + gap * len(places)


def _is_number(made: Answer, place: int) -> bool:
    return made.columns[place].metric != "ends"


def _piece(made: Answer, places: Sequence[int], style: Style, gap: int) -> list[str]:
    """Return some columns of the table, with the names before them."""
    widths = _widths(made, places, gap)
    blocks = [made.columns[place].block for place in places]
    overs = [made.columns[place].over or made.columns[place].header[0] for place in places]
    under = [made.columns[place].header[0] if made.columns[place].over
             else made.columns[place].header[1] for place in places]  # fmt: skip
    shape = (made, places, widths, gap)
    heads = [_spread(blocks, *shape), _spread(overs, *shape), _line(["", *under], *shape)]
    lines = [style(BOLD, head) for head in heads if head.strip()]
    columns = [_texts(made, place) for place in places]
    for row, *cells in zip(made.rows, *columns, strict=True):
        first, *more = name_lines(row.name)
        name = f"{row.mark or ' '} {first}"
        text = _line([name, *cells], *shape)
        lines.append(style(BOLD, text) if row.mark == "✓" else text)
        lines.extend(f"  {line}" for line in more)
    return lines


def _line(
    texts: Sequence[str], made: Answer, places: Sequence[int], widths: Sequence[int], gap: int
) -> str:
    """Return texts in columns: numbers to the right, words to the left."""
    parts = [f"{texts[0]:<{widths[0]}}"]
    for text, width, place in zip(texts[1:], widths[1:], places, strict=True):
        right = _is_number(made, place)
        parts.append(f"{text:>{width}}" if right else f"{text:<{width}}")
    return (" " * gap).join(parts).rstrip()


def _spread(
    texts: Sequence[str], made: Answer, places: Sequence[int], widths: Sequence[int], gap: int
) -> str:
    """Return a line of headers, equal neighbors once over all their columns."""
    line = " " * (widths[0])
    k = 0
    for text, group in groupby(texts):
        n = len(list(group))
        room = sum(widths[1 + k : 1 + k + n]) + gap * (n - 1)
        right = n == 1 and _is_number(made, places[k])
        line += " " * gap + (f"{text:>{room}}" if right else f"{text:<{room}}")
        k += n
    return line.rstrip()


def _legend(made: Answer, width: int, style: Style) -> list[str]:
    """Return what the words of the table mean, and the notes."""
    notes = [wrapped(text, width, "    ", f"  {str(i).translate(SUPERSCRIPTS)} ")
             for i, text in enumerate(made.notes, 1)]  # fmt: skip
    pieces = [part.replace(" ", FIXED) if len(part) < width - 4 else part for part in made.legend]
    lines = [*wrapped(" · ".join(pieces), width, "  "), *(line for note in notes for line in note)]
    return [style(DIM, line) for line in lines]


def _next(comparison: Comparison, source: str | None) -> list[str]:
    """Return a command to try next."""
    path = source or comparison.scenario.name
    best = (*comparison.ranking.winners, *comparison.strategies)[0]
    return [f"{'Next':<{LABEL}}simdeploy run {path} --strategy {best}"]


def _footer(made: Answer, elapsed: float | None) -> str:
    runs, _, seed = made.footer.partition(" · ")
    return made.footer if elapsed is None else f"{runs} in {duration(elapsed)} · {seed}"
