"""A guess as it is typed: a strategy by name or number, a quantity with or without its unit."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from math import inf

from simdeploy.report.questions.answers import Answer
from simdeploy.units import TIME, UnitError

NEVER = frozenset({"never", "not", "endless", "forever", "infinity", "inf"})
FACTORS = {"": 1.0, "k": 1e3, "m": 1e6}
COUNT = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([km]?)\b[\s%a-z]*", re.IGNORECASE)
#: Units of time that people write out.
SPELLED = (
    (re.compile(r"\bh(?:ou)?rs?\b"), "h"), (re.compile(r"\bmin(?:ute)?s?\b"), "m"),
    (re.compile(r"\bsec(?:ond)?s?\b"), "s"),
)  # fmt: skip


def parse_choice(text: str, names: Sequence[str]) -> str | None:
    """Return the strategy that is meant by a number from 1 on, a name or its begin; else None.

    >>> parse_choice("2", ["rolling", "canary"]), parse_choice("can", ["rolling", "canary"])
    ('canary', 'canary')
    """
    word = text.strip().lower()
    if word.isdecimal() and len(word) < 4:
        return names[int(word) - 1] if 1 <= int(word) <= len(names) else None
    known = {name.lower(): name for name in names}
    begins = [name for name in known if word and name.startswith(word)]
    if word in known or len(begins) == 1:
        return known[word if word in known else begins[0]]
    near = get_close_matches(word, known, n=2, cutoff=0.8)
    return known[near[0]] if len(near) == 1 else None


def parse_number(text: str, unit: str) -> float | None:
    """Return the quantity that is meant, in its unit; None where it is none.

    A time without a unit is in seconds.

    >>> parse_number("1m39s", "s"), parse_number("43k", "requests"), parse_number("$0.31", "USD")
    (99.0, 43000.0, 0.31)
    """
    word = text.strip().lower().replace(",", "").removeprefix("$").removeprefix("~").strip()
    if word in NEVER:
        return inf
    if unit == "s":
        return _seconds(word)
    found = COUNT.fullmatch(word)
    return float(found[1]) * FACTORS[found[2].lower()] if found else None


def _seconds(word: str) -> float | None:
    for spelled, letter in SPELLED:
        word = spelled.sub(letter, word)
    try:
        seconds = TIME.parse(word.replace(" ", ""))
    except UnitError:
        return None
    return seconds if seconds >= 0 else None


def parse_guess(text: str, answer: Answer) -> float | str | None:
    """Return the guess that is meant; None where it is none."""
    if answer.question.kind == "choice":
        return parse_choice(text, list(answer.figures))
    return parse_number(text, answer.unit)
