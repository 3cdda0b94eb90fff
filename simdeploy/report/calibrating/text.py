"""A calibration on a terminal: what differs, then the steps, the keys, and what stays open."""

import textwrap
from collections.abc import Iterator, Sequence

from simdeploy.report.calibrating.page import Page, Row

#: A difference of the medians that is worth a word: a share, and seconds.
WORTH_SHARE, WORTH_S = 0.1, 1.0
#: Most differences in the first sentence, and most notes on the screen.
MOST_NAMED, MOST_NOTES = 3, 8
NARROW = 90


def render(page: Page, width: int) -> str:
    """Return the page as lines of at most a width."""
    lines = [page.title, *_wrapped(verdict(page), width), ""]
    lines += list(table(page.rows, page.whose, width))
    remarks = [(row.words, row.remark) for row in page.rows if row.remark]
    if remarks:
        lines.append("")
        lines += [line for words, said in remarks for line in _item(f"{words}: {said}", width)]
    if page.block:
        lines += ["", "To paste into a scenario, or written by --into FILE:", ""]
        lines += page.block
    lines += _list("Not in these files:", page.unknown, width)
    if page.delay_words:
        lines += ["", *_wrapped(page.delay_words, width)]
    more = len(page.notes) - MOST_NOTES
    shown = page.notes[: MOST_NOTES if more > 1 else None]
    rest = (f"and {more} more: --format json",) if more > 1 else ()
    lines += _list("Left out, or to look at:", (*shown, *rest), width)
    return "\n".join(lines)


def verdict(page: Page) -> str:
    """Return what differs most from what the scenario has, in a sentence or two."""
    written = [row for row in page.rows if row.keys]
    if not written:
        return "Nothing in these files says otherwise than what is there; no key is written."
    whose = f"{page.whose} has" if page.whose else "the defaults have"
    differing = sorted((row for row in written if _differs(row)), key=_difference, reverse=True)
    if not differing:
        return f"{_steps(len(written))} fitted; none differs much from what {whose}."
    parts = [
        f"{row.words}, {seconds(row.median)} rather than {seconds(row.before_median)}"
        for row in differing[:MOST_NAMED]
    ]
    most = "most of all, " if len(differing) > MOST_NAMED else ""
    are = "differs" if len(differing) == 1 else "differ"
    return (
        f"{_steps(len(written))} fitted, of which {len(differing)} {are} from what {whose}: {most}"
        f"{'; '.join(parts)}."
    )


def _steps(n: int) -> str:
    return f"{n} step{'' if n == 1 else 's'}"


def _difference(row: Row) -> float:
    return abs((row.median or 0.0) - (row.before_median or 0.0))


def _differs(row: Row) -> bool:
    if row.median is None or row.before_median is None:
        return False
    least = max(WORTH_S, WORTH_SHARE * max(row.median, row.before_median))
    return _difference(row) >= least


def seconds(value: float | None) -> str:
    """Return a time in seconds with three figures; a dash for none.

    >>> seconds(0.204), seconds(12.34), seconds(297.0), seconds(None)
    ('0.2s', '12.3s', '297s', '–')
    """
    if value is None:
        return "–"
    return f"{value:.1f}s" if value < 99.95 else f"{value:,.0f}s"


def table(rows: Sequence[Row], whose: str, width: int) -> Iterator[str]:
    """Yield the table of the steps: what was measured, and what is there beside it."""
    step = max([len(row.words) for row in rows] + [len("step")])
    there = "scenario" if whose else "default"
    yield f"{'':{step}}  {'':>3}  {'fitted':>13}  {there:>13}"
    names = f"{'step':{step}}  {'n':>3}  {'median':>6} {'p95':>6}  {'median':>6} {'p95':>6}"
    yield f"{names}  fit"
    room = width - len(names) - 2
    for row in rows:
        numbers = [seconds(v) for v in row[2:6]]
        cells = f"{numbers[0]:>6} {numbers[1]:>6}  {numbers[2]:>6} {numbers[3]:>6}"
        line = f"{row.words:{step}}  {row.n:>3}  {cells}"
        fit = textwrap.wrap(row.fit, max(room, 12)) or ["not fitted"]
        yield f"{line}  {fit[0]}"
        for part in fit[1:]:
            yield f"{'':{len(line)}}  {part}"


def _list(head: str, items: Sequence[str], width: int) -> list[str]:
    if not items:
        return []
    return ["", head, *(line for item in items for line in _item(item, width))]


def _item(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)
