"""The picture of a calibration: each step's samples, what was fitted, and what was there."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simdeploy.errors import visible
from simdeploy.report.calibrating.page import Page, Row
from simdeploy.report.calibrating.text import seconds
from simdeploy.report.plots.canvas import figure_of

WIDTH, ROW, MARGIN = 10.0, 0.55, 1.5
BLUE, GRAY, RED = "#0072b2", "#999999", "#d55e00"


def draw(page: Page, ax: Axes | None = None) -> Figure:
    """Draw one row per step.

    Parameters
    ----------
    page
        What is shown.
    ax
        Axes to draw into; by default a new figure.
    """
    if ax is None:
        height = MARGIN + ROW * max(len(page.rows), 1)
        figure = Figure(figsize=(WIDTH, height), dpi=120, layout="constrained")
        ax = figure.subplots()
    for k, row in enumerate(page.rows):
        _row(ax, k, row)
    ax.set_yticks(range(len(page.rows)), [f"{row.words}\nn = {row.n}" for row in page.rows])
    ax.set_ylim(len(page.rows) - 0.4, -0.6)
    ax.set_xscale("symlog", linthresh=10.0)
    ticks = [0, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800]
    top = max([_reach(row) for row in page.rows] + [10.0])
    shown = [t for t in ticks if t <= 1.2 * top]
    ax.set_xticks(shown, [seconds(float(t)).replace(".0s", "s") for t in shown], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlim(-0.3, 1.25 * top)
    ax.set_title(visible(page.title), loc="left", fontsize=10)
    ax.grid(axis="x", color="#dddddd", linewidth=0.6)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.tick_params(axis="y", length=0)
    there = page.whose or "the defaults"
    handles = [
        Line2D([], [], color=GRAY, marker="o", markersize=4, linewidth=3, alpha=0.5),
        Line2D([], [], color=BLUE, marker="|", markersize=10, linewidth=2),
        Line2D([], [], color=RED, marker="|", markersize=10, linewidth=2, linestyle=":"),
    ]
    words = [
        "a sample (a bar: known to a look)",
        "fitted: 5, 50, 95 %",
        f"{visible(there)}: the same",
    ]
    ax.legend(handles, words, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3,
              frameon=False, fontsize=8)  # fmt: skip
    return figure_of(ax)


def _reach(row: Row) -> float:
    values = [row.p95, row.before_p95, *(high for _, high in row.spans)]
    return max([value for value in values if value is not None] or [0.0])


def _row(ax: Axes, k: int, row: Row) -> None:
    for low, high in row.spans:
        if high - low > 2.0:
            ax.plot([low, high], [k, k], color=GRAY, linewidth=4, alpha=0.25, solid_capstyle="butt")
        else:
            ax.plot([(low + high) / 2], [k], "o", color=GRAY, markersize=4, alpha=0.5)
    _quantiles(ax, k - 0.17, (row.p5, row.median, row.p95), BLUE, "-")
    _quantiles(ax, k + 0.17, (row.before_p5, row.before_median, row.before_p95), RED, ":")


def _quantiles(
    ax: Axes, y: float, values: tuple[float | None, ...], color: str, style: str
) -> None:
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        ax.plot([known[0], known[-1]], [y, y], color=color, linewidth=1.5, linestyle=style)
        ax.plot(known, [y] * len(known), "|", color=color, markersize=8)
