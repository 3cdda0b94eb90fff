"""The result of ``check`` on a terminal: the answer first, then the findings, the worst first."""

import textwrap
from collections.abc import Iterator

from simdeploy.checking.finding import Finding
from simdeploy.checking.result import Check
from simdeploy.report.checking import sentences

INDENT = "  "
WIDTH = 100


def render_check(check: Check, width: int = WIDTH) -> str:
    """Return budget, findings and open questions as lines of at most a width."""
    lines = [*_wrapped(sentences.verdict(check), width)]
    if check.budget is not None:
        lines.append("")
        for judged in check.budget:
            lines += _wrapped(sentences.limit_line(judged), width, "", INDENT)
    for finding in check.findings:
        lines += ["", *_finding(finding, width)]
    if check.questions:
        lines += ["", "Not in the files:"]
        for question in check.questions:
            lines += _wrapped(f"- {question}", width, "", INDENT)
    return "\n".join([*lines, "", *_wrapped(sentences.footer(check), width)])


def _finding(finding: Finding, width: int) -> Iterator[str]:
    place = sentences.place(finding.place.file, finding.place.line)
    yield from _wrapped(f"{finding.severity}  {finding.id}  {place}", width, "", INDENT)
    yield from _wrapped(sentences.why(finding), width, INDENT)
    if text := sentences.consequence(finding):
        yield from _wrapped(text, width, INDENT)
    yield from _wrapped(sentences.fix(finding), width, INDENT)
    # Each on a line of its own and never broken, so that it can be pasted.
    *firsts, last = sentences.options(finding) or [""]
    yield from (f"{INDENT}{option} \\" for option in firsts)
    if last:
        yield f"{INDENT}{last}"


def _wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )
