"""What the equality of the two engines proves: code that is written twice against code they share.

``python -m benchmarks.proof`` counts lines of code (no blank lines, comments or docstrings) and
prints the sentence of the README. A mistake in code that is written once is the same in both
engines, so their equality says nothing about it.
"""

import ast
import io
import tokenize
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[1] / "simdeploy"
#: How time advances, once per engine.
PROCESS, KERNEL = ("engines/process",), ("engines/kernel",)
#: What happens at an instant, in both engines.
SHARED = ("model", "semantics", "draws.py")
NO_CODE = {
    tokenize.COMMENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.INDENT,
    tokenize.NEWLINE, tokenize.NL,
}  # fmt: skip


class Figures(NamedTuple):
    """Lines of code: of each engine's own, and of what both share."""

    process: int
    kernel: int
    shared: int

    @property
    def percent(self) -> int:
        """Percent of the code behind a number of the batch engine that is written a second time."""
        return round(100 * self.kernel / (self.kernel + self.shared))

    def sentence(self) -> str:
        """Return the figures as a sentence, lines rounded to hundreds."""
        process, kernel, shared = (round(lines, -2) for lines in self)
        return (
            f"Of the code behind a number, {self.percent} % is written twice (about {kernel:,} "
            f"lines in `engines/kernel/`, {process:,} in `engines/process/`), and "
            f"{100 - self.percent} % is shared (about {shared:,} lines in `model/`, `semantics/` "
            f"and `draws`)."
        )


def code_lines(source: str) -> int:
    """Return the number of lines with code.

    >>> code_lines('def one():  # a comment' + chr(10) + '    return 1' + chr(10) + chr(10))
    2
    """
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def lines_of(names: tuple[str, ...]) -> int:
    """Return the lines of code of some files and folders of the package."""
    tops = [PACKAGE / name for name in names]
    files = [file for top in tops for file in (top.rglob("*.py") if top.is_dir() else [top])]
    return sum(code_lines(file.read_text(encoding="utf-8")) for file in files)


def figures() -> Figures:
    """Count all three."""
    return Figures(lines_of(PROCESS), lines_of(KERNEL), lines_of(SHARED))


if __name__ == "__main__":
    print(figures().sentence())
