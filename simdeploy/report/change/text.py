"""A change as text: what it buys and costs, before → after for each strategy, within a width."""

from simdeploy.report.answer.text import WIDTH, heading, lines_of, plain_or_colored
from simdeploy.report.change.answering import answer
from simdeploy.results.change import Change


def render_change(
    change: Change,
    *,
    width: int | None = None,
    is_terminal: bool = False,
    elapsed: float | None = None,
) -> str:
    """Return a change as text.

    Parameters
    ----------
    width
        Characters in a line; 100 by default.
    is_terminal
        Whether to add color, and the time that the runs took.
    elapsed
        Seconds that the runs took.
    """
    width, style = width or WIDTH, plain_or_colored(is_terminal)
    title = "Before and after a change"
    return "\n".join([
        *heading(title, change.after.scenario, width, style),
        "",
        *lines_of(answer(change), width, style, elapsed=elapsed if is_terminal else None),
    ]) + "\n"  # fmt: skip
