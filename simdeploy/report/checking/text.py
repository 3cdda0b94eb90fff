"""The result of ``check`` on a terminal: the answer first, then the findings, the worst first."""

import re
import textwrap
from collections.abc import Iterator

from simdeploy.checking.finding import Finding
from simdeploy.checking.result import Check
from simdeploy.checking.rule import SEVERITIES
from simdeploy.report.checking import sentences

INDENT = "  "
#: A space at which no line breaks.
HARD = "\u00a0"
TOGETHER = re.compile(rf"\d %| {sentences.ARROW} |≥ (?=\d)")
WIDTH = 100


def render_check(check: Check, width: int = WIDTH) -> str:
    """Return budget, findings and open questions as lines of at most a width."""
    lines = [*_wrapped(sentences.verdict(check), width)]
    if check.budget is not None:
        lines.append("")
        for judged in check.budget:
            lines += _wrapped(sentences.limit_line(judged), width, "", INDENT)
    first: dict[tuple[str, ...], str] = {}
    said = False
    for finding in check.findings:
        same = first.setdefault(finding.change, finding.id) if finding.change else finding.id
        if finding.severity != SEVERITIES[0] and finding.mended and not said:
            said = True
            lines += ["", "With these errors mended:"]
        lines += ["", *_finding(finding, width, same)]
    if check.questions:
        lines += ["", "Not in the files:"]
        for question in check.questions:
            lines += _wrapped(f"- {question}", width, "", INDENT)
    return "\n".join([*lines, "", *_wrapped(sentences.footer(check), width)])


def _finding(finding: Finding, width: int, same: str) -> Iterator[str]:
    """Yield a finding; ``same``: the first finding that has the same change."""
    place = sentences.place(finding.place)
    yield from _wrapped(f"{finding.severity}  {finding.id}  {place}", width, "", INDENT)
    yield from _wrapped(sentences.why(finding), width, INDENT)
    if text := sentences.consequence(finding, mended=finding.severity == SEVERITIES[0]):
        yield from _wrapped(text, width, INDENT)
    if same != finding.id:
        yield f"{INDENT}Fix: as for {same}."
        return
    yield from _wrapped(sentences.fix(finding), width, INDENT)
    # Each on a line of its own and never broken, so that it can be pasted.
    *firsts, last = sentences.options(finding) or [""]
    yield from (f"{INDENT}{option} \\" for option in firsts)
    if last:
        yield f"{INDENT}{last}"


def _wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Return lines that part no number from its unit or from what it becomes."""
    kept = TOGETHER.sub(lambda found: found[0].replace(" ", HARD), text)
    lines = textwrap.wrap(
        kept,
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )
    return [line.replace(HARD, " ") for line in lines]
