"""What exports share: CSV, Markdown tables and folded parts, HTML tables and paragraphs."""

import csv
import html
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from simdeploy.errors import visible

#: First characters by which spreadsheets know a formula, and a number in a text.
FORMULA = frozenset("=+-@\t\r")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def csv_text(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as CSV with Unix line ends; None is an empty field."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; numbers stay as they are.

    >>> harmless("=1+1"), harmless("-0.003"), harmless(-0.003), harmless("rolling")
    ("'=1+1", '-0.003', -0.003, 'rolling')
    """
    if not isinstance(cell, str) or cell[:1] not in FORMULA or not cell or NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], rule: Sequence[str] = ()
) -> str:
    """Return a Markdown table of cells that are escaped already.

    Parameters
    ----------
    rule
        The second line's cells, which align the columns; left by default.
    """
    lines = [header, rule or ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def escape_pipes(text: str) -> str:
    """Return text that does not end the cell of a Markdown table; other markup is kept."""
    return text.replace("|", "\\|")


def escape_markdown(text: str) -> str:
    """Return text without any meaning to Markdown or HTML."""
    for mark in "\\`*_|[]":
        text = text.replace(mark, f"\\{mark}")
    return html.escape(visible(text), quote=False)


def folded(title: str, text: str) -> str:
    """Return Markdown behind a title that a click unfolds."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def html_table(header: Iterable[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Return an HTML table; each row's first cell is its header.

    Header and caption are escaped here. The cells of the rows are HTML already.
    """
    head = "".join(f"<th>{html.escape(visible(name))}</th>" for name in header)
    body = "".join(
        f"<tr><th>{first}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for first, *cells in rows
    )
    title = f"<caption>{html.escape(visible(caption))}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_paragraph(label: str, text: str) -> str:
    """Return a paragraph, behind its bold label if it has a label."""
    start = f"<strong>{html.escape(label)}:</strong> " if label else ""
    return f"<p>{start}{html.escape(visible(text))}</p>"
