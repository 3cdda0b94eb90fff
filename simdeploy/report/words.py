"""Numbers and names in words: the vocabulary of tables, sentences, stories and pictures.

Tables and verdicts write short forms (`duration`, `short_count`), the story of a run long forms
(`long_duration`, `full_count`).
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key")

#: The space between a number and its unit, and that before a dot between two parts.
UNIT = re.compile(r"(?<=\d) (?=(?:%|s|min|h|M)(?!\w))| (?=·)")
#: Beside a metric that leaves out what a service loses without a deployment.
NET = ", beyond what failed before the command"


def duration(seconds: float) -> str:
    """Return a length of time in at most two units.

    >>> [duration(s) for s in (7080, 380, 45, 0.4, 0, 300)]
    ['1h58m', '6m20s', '45s', '0.4s', '0s', '5m']
    """
    if seconds < 0:
        return f"−{duration(-seconds)}"
    if seconds < 9.95:
        return f"{one_decimal(seconds)}s"
    return _two_units(round(seconds))


def text_range(low: str, high: str) -> str:
    """Return two ends as a range; equal ends once."""
    return low if low == high else f"{low} to {high}"


def _two_units(whole: int) -> str:
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        minutes, seconds = divmod(whole, 60)
        return f"{minutes}m{seconds:02d}s" if seconds else f"{minutes}m"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"


def long_duration(seconds: float) -> str:
    """Return a length of time in all its units.

    >>> [long_duration(s) for s in (130, 0.4, 0)]
    ['2 min 10 s', '0.4 s', '0 s']
    """
    whole = round(seconds)
    if whole < 1:
        return f"{seconds:.1f} s" if seconds else "0 s"
    parts = ((whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n)


def clock(t: float) -> str:
    """Return seconds as hours:minutes:seconds: ``clock(380)`` is ``00:06:20``."""
    whole = int(t)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def elapsed(start: float, end: float) -> str:
    """Return the time between two moments, consistent with what `clock` shows of them.

    >>> elapsed(0.4, 99.9), elapsed(9.7, 10.2)
    ('1 min 39 s', '0.5 s')
    """
    return long_duration(int(end) - int(start) if end - start >= 1 else end - start)


def one_decimal(value: float) -> str:
    """Return a small number with at most one decimal; a tiny number is not rounded to zero.

    >>> one_decimal(1.8), one_decimal(2.0), one_decimal(0.01)
    ('1.8', '2', '<0.1')
    """
    if 0 < value < 0.05:
        return "<0.1"
    return f"{value:.1f}".removesuffix(".0")


def short_count(value: float) -> str:
    """Return a number of things in three figures, millions in tenths.

    >>> [short_count(n) for n in (61_000, 1_436_000, 1_961_000, 0.4, 412, 61_243, -80)]
    ['61,000', '1.4 M', '2.0 M', '0.4', '412', '61,200', '−80']
    """
    if value < 0:
        return f"−{short_count(-value)}"
    if value >= 999_500:
        return f"{value / 1e6:.1f} M" if value < 9.95e6 else f"{value / 1e6:,.0f} M"
    if value < 9.95:
        return one_decimal(value)
    figures = 3 - len(str(int(value)))
    return f"{round(value, min(figures, 0)):,.0f}"


def full_count(n: float) -> str:
    """Return a number of things in all its figures; from a million on in hundredths: ``1.44 M``."""
    return f"{n / 1e6:.2f} M" if n >= 999_500 else f"{round(n):,}"


def quantity(n: float, noun: str) -> str:
    """Return a full count and its noun in the right form: ``2 tasks``."""
    return f"{full_count(n)} {noun}{'' if round(n) == 1 else 's'}"


def money(dollars: float) -> str:
    """Return an amount in dollars, in tenths of a cent where it is less than a cent.

    >>> [money(d) for d in (0.05, 0.004, 0, 12.5, 240.2, -0.31, 0.0001)]
    ['$0.05', '$0.004', '$0.00', '$12.50', '$240', '−$0.31', '<$0.001']
    """
    if dollars < 0:
        return f"−{money(-dollars)}"
    if dollars >= 100:
        return f"${dollars:,.0f}"
    if 0 < dollars < 0.0005:
        return "<$0.001"
    return f"${dollars:.3f}" if 0 < dollars < 0.0095 else f"${dollars:.2f}"


def percent(share: float) -> str:
    """Return a share as a percentage that is 0 or 100 only if it is exactly that.

    >>> [percent(s) for s in (1.0, 0.63, 0.998, 0.003, 0.01, 0.0, 0.9999, 0.00001)]
    ['100 %', '63 %', '99.8 %', '0.3 %', '1 %', '0 %', '>99.9 %', '<0.1 %']
    """
    value = 100 * share
    if value in {0.0, 100.0}:
        return f"{value:.0f} %"
    if value < 0.05:
        return "<0.1 %"
    if value > 99.95:
        return ">99.9 %"
    return f"{one_decimal(value) if value < 9.95 or value > 99 else f'{value:.0f}'} %"


def spaced(name: str) -> str:
    """Return a name of the scenario file or the results as words: ``slow registry``."""
    return name.replace("_", " ")


def capitalized(text: str) -> str:
    """Return text with its first letter in upper case and the others as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def grouped(pairs: Iterable[tuple[Item, Key]]) -> dict[Key, list[Item]]:
    """Return items by key, both in order of appearance, from pairs of item and key."""
    groups: dict[Key, list[Item]] = {}
    for item, key in pairs:
        groups.setdefault(key, []).append(item)
    return groups


def listed(names: Sequence[str], word: str = "and") -> str:
    """Return names as a list: ``rolling, canary and linear``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def wrapped(text: str, width: int, start: str = "", indent: str = "") -> list[str]:
    """Return text in lines of at most ``width`` characters; numbers stay with their units.

    Words, names with hyphens and addresses are never cut.

    >>> wrapped("at worst 30 % of 5 requests", 12)
    ['at worst', '30 % of 5', 'requests']
    >>> wrapped("1,000 runs · seed 1", 10)
    ['1,000', 'runs ·', 'seed 1']
    """
    glued = UNIT.sub("\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(
        glued,
        width,
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
