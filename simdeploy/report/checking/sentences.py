"""The sentences about findings and limits that all forms share."""

import math
import shlex
from collections.abc import Sequence

from simdeploy.checking.budget import BROKEN, GOOD, Judged
from simdeploy.checking.finding import Finding
from simdeploy.checking.numbers import SHIPS, Measured, Number
from simdeploy.checking.places import Place
from simdeploy.checking.registry import rules_of
from simdeploy.checking.result import Check
from simdeploy.errors import visible
from simdeploy.report.words import duration, money, percent, short_count

ARROW = "→"
#: A time that so many runs do not reach by the horizon is never.
NEVER = 0.95
#: What else than `visible` says would leave its line, or change how it looks.
IN_LINE = {ord("\n"): "\\n", ord("\t"): " ", 0x1B: "\\u001b"}
MENDED = "with the errors mended, "
MARKS = {"met": "✓", "broken": "✗", "not applicable": "–"}


def printable(text: str) -> str:
    r"""Return a text that stays in its line and is obeyed by nothing; files may be called anything.

    >>> printable("a\nb\x1b[1m")
    'a\\nb\\u001b[1m'
    """
    return visible(text.translate(IN_LINE))


def counted(check: Check) -> str:
    """Return how many findings there are, the worst first.

    An empty text if there are none.
    """
    counts = [f"{n} {word}{'s' * (n != 1)}" for word, n in check.counts.items() if n]
    return ", ".join(counts)


def verdict(check: Check) -> str:
    """Return the answer in a sentence or two: the budget, the findings, and the worst of them."""
    sentences = []
    if check.budget is not None:
        broken, of = len(check.broken), len(check.budget)
        kept = f"Budget broken: {broken} of {of} limits." if broken else "Budget kept."
        sentences.append(kept)
    if not check.findings:
        tried = len(rules_of(check.scenario.platform))
        return " ".join([*sentences, f"No findings: none of {tried} conditions holds."])
    worst = check.findings[0]
    said = "" if worst.severity == "note" else f": {in_short(worst)}"
    return " ".join([*sentences, f"{_capital(counted(check))}{said}."])


def in_short(finding: Finding) -> str:
    """Return a finding in a few words."""
    shown = finding.headline
    if shown is None or shown.number != SHIPS or finding.severity != "error":
        return finding.rule.title
    if shown.as_is == 0.0:
        return f"{shown.strategy} cannot ship a good release, because {finding.rule.title}"
    share = percent(shown.as_is)
    start = f"{shown.strategy} ships a good release in {share} of runs only"
    return f"{start}, because {finding.rule.title}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def why(finding: Finding) -> str:
    """Return what is wrong, as a sentence."""
    return f"{_capital(finding.held.why)}."


def consequence(finding: Finding, *, mended: bool = True) -> str:
    """Return the number that decides, of every strategy: as it is, and with the change.

    ``mended``: whether to say that it is one with the errors mended.
    """
    shown = finding.headline
    if shown is None:
        return ""
    values = [m for m in finding.measured if m.number == shown.number]
    under = MENDED if mended and finding.mended else ""
    start = f"{_capital(under + finding.situation)}, {shown.number.words}: "
    moved = [m for m in values if not m.level]
    if not finding.change:
        return f"{start}{'; '.join(_by_value(values))}."
    if not moved:
        numbers = ", ".join(dict.fromkeys(value(m.number, m.as_is, m.open[0]) for m in values))
        return f"{start}{numbers}; the change makes no difference."
    level = [m.strategy for m in values if m.level]
    rest = f"; no difference for {', '.join(level)}" if level else ""
    return f"{start}{'; '.join(_by_value(moved))}{rest}."


def _by_value(values: Sequence[Measured]) -> list[str]:
    """Return numbers, strategies with the same ones together."""
    groups: dict[str, list[str]] = {}
    for m in values:
        groups.setdefault(change_of(m), []).append(m.strategy)
    return [f"{', '.join(names)} {text}" for text, names in groups.items()]


def change_of(measured: Measured) -> str:
    """Return a number as it is and with the change."""
    number, unit = measured.number, " of runs" * (measured.number.unit == "share of runs")
    before = value(number, measured.as_is, measured.open[0])
    if measured.changed is None:
        return f"{before}{unit}"
    return f"{before} {ARROW} {value(number, measured.changed, measured.open[1])}{unit}"


def value(number: Number, mean: float, still_open: float = 0.0) -> str:
    """Return a number with its unit."""
    if number.unit == "s":
        if still_open >= NEVER:
            return "never"
        return f"{'≥ ' * (still_open > 0.0)}{duration(mean)}"
    if number.unit.startswith("share"):
        return percent(mean)
    return f"{mean:.2f}" if number.unit == "ratio" else short_count(mean)


def pasted(finding: Finding) -> str:
    """Return the change as options to paste; an empty text where no setting does it."""
    return " ".join(options(finding))


def options(finding: Finding) -> list[str]:
    """Return the change, an option for each setting."""
    return [f"--set {shlex.quote(setting)}" for setting in finding.change]


def fix(finding: Finding) -> str:
    """Return what to do, in words."""
    return f"Fix: {finding.held.in_words or finding.rule.mends}."


def place(where: Place) -> str:
    """Return a place as a terminal shows it.

    >>> place(Place("plan.json", 0, "service.name", "aws_ecs_service.api.name"))
    'plan.json (aws_ecs_service.api.name)'
    """
    address = f" ({where.address})" if where.address else ""
    return printable(f"{where.file}:{where.line}" if where.line else f"{where.file}{address}")


def limit_text(judged: Judged) -> tuple[str, str, str]:
    """Return the number that is limited, what was measured and the limit, in words."""
    at = judged.limit
    release = " of a good release" if at.release == GOOD else ""
    what = f"{at.strategy}, {at.metric} {at.statistic}{release}"
    measured = judged.why or "–"
    if judged.measured is not None and math.isfinite(judged.measured):
        measured = _in_unit(judged.measured, judged.unit)
        if judged.why:
            measured = f"≥ {measured}"
    elif judged.measured is not None:
        measured = "> horizon"
    return what, measured, _in_unit(at.limit, judged.unit)


def _in_unit(number: float, unit: str) -> str:
    if unit == "s":
        return duration(number)
    if unit == "USD":
        return money(number)
    return f"{number:.3g}" if unit == "ratio" else short_count(number)


def limit_line(judged: Judged) -> str:
    """Return a limit in one line: a mark, the number and the limit."""
    what, measured, limit = limit_text(judged)
    sign = ">" if judged.state == BROKEN else "≤"
    if judged.measured is None:
        tail = f"{judged.state}: {judged.why} (limit {limit})" if not judged.is_broken else (
            f"{judged.why} (limit {limit})")  # fmt: skip
        return f"{MARKS[judged.state]} {what}: {tail}"
    return f"{MARKS[judged.state]} {what}: {measured} {sign} {limit}"


def footer(check: Check) -> str:
    """Return how the numbers came about."""
    played = any(finding.measured for finding in check.findings)
    parts = [
        f"as is {ARROW} with the change: means of {check.runs:,} runs on the same luck"
    ] * played
    if check.budget is not None:
        parts.append(f"budget: {check.budget_runs:,} runs")
    return " · ".join([*parts, f"seed {check.seed}"])
