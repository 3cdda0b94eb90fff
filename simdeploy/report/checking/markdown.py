"""The result of ``check`` as Markdown for a pull request, and as HTML for a notebook."""

import html
from collections.abc import Iterator, Sequence

from simdeploy.checking.finding import Finding
from simdeploy.checking.result import Check
from simdeploy.report import documents as doc
from simdeploy.report.checking import sentences

SIGNS = {"error": "❌", "warning": "⚠️", "note": "💡"}
LIMITS = ("", "Number", "Measured", "Limit")
NUMBERS = ("Strategy", "Number", "As it is", "With the change")


def to_markdown(check: Check) -> str:
    """Return the answer in bold, the budget, findings in a line each, and their numbers folded."""
    parts = [f"**{escaped(sentences.verdict(check))}**"]
    if check.budget is not None:
        parts.append(_budget(check))
    for finding in check.findings:
        parts += [_line(finding), doc.folded("Numbers and change", _details(finding))]
    if check.questions:
        asked = "\n".join(f"- {escaped(question)}" for question in check.questions)
        parts.append(doc.folded("Not in the files", asked))
    return "\n\n".join([*parts, f"<sub>{escaped(sentences.footer(check))}</sub>"]) + "\n"


def escaped(text: str) -> str:
    """Return a text of one line without any meaning to Markdown or HTML."""
    return doc.escape_markdown(sentences.printable(text))


def _budget(check: Check) -> str:
    rows = []
    for judged in check.budget or ():
        what, measured, limit = sentences.limit_text(judged)
        rows.append([sentences.MARKS[judged.state], *map(escaped, (what, measured, f"≤ {limit}"))])
    return doc.markdown_table(LIMITS, rows, ["---", "---", "---:", "---:"])


def _line(finding: Finding) -> str:
    place = sentences.place(finding.place)
    said = f"{sentences.why(finding)} {sentences.consequence(finding)}".strip()
    sign = SIGNS[finding.severity]
    return f"{sign} **{finding.severity} {finding.id}** {escaped(place)}: {escaped(said)}"


def _details(finding: Finding) -> str:
    parts = []
    if finding.measured:
        rows = [[escaped(cell) for cell in row] for row in _numbers(finding)]
        parts.append(doc.markdown_table(NUMBERS, rows, ["---", "---", "---:", "---:"]))
    parts.append(escaped(sentences.fix(finding)))
    if finding.change:
        text = "\n".join(map(sentences.printable, sentences.options(finding)))
        fence = "`" * max(3, 1 + _longest_run(text))
        parts.append(f"{fence}\n{text}\n{fence}")
    return "\n\n".join(parts)


def _longest_run(text: str) -> int:
    """Return how many backticks stand in a row at most.

    >>> _longest_run("a``b`c")
    2
    """
    longest = run = 0
    for sign in text:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    return longest


def _numbers(finding: Finding) -> Iterator[Sequence[str]]:
    """Yield the numbers of a finding in words, by strategy."""
    for m in finding.measured:
        before = sentences.value(m.number, m.as_is, m.open[0])
        after = "–" if m.changed is None else sentences.value(m.number, m.changed, m.open[1])
        level = " (level)" if m.changed is not None and m.level else ""
        yield m.strategy, m.number.words, before, f"{after}{level}"


def to_html(check: Check) -> str:
    """Return the answer, the budget and the findings for a notebook."""
    said = f"<p><strong>{_safe(sentences.verdict(check))}</strong></p>"
    limits = "".join(f"<li>{_safe(sentences.limit_line(j))}</li>" for j in check.budget or ())
    rows = [
        [
            _safe(f"{finding.severity} {finding.id}"),
            _safe(sentences.place(finding.place)),
            _safe(f"{sentences.why(finding)} {sentences.consequence(finding)}"),
            f"<code>{_safe(sentences.pasted(finding))}</code>" if finding.change else "",
        ]
        for finding in check.findings
    ]
    head = ("Finding", "Place", "Why, and what it costs", "Change")
    table = doc.html_table(head, rows, sentences.footer(check)) if rows else ""
    return f"{said}{f'<ul>{limits}</ul>' if limits else ''}{table}"


def _safe(text: str) -> str:
    return html.escape(sentences.printable(text))
