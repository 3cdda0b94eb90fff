"""The picture of the border: which strategy is cheapest over two prices."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter

from simdeploy.advice.border import CELLS, Border, border
from simdeploy.advice.expected import value_of
from simdeploy.advice.recommendation import Recommendation
from simdeploy.report.advice.text import footer, heading
from simdeploy.report.advice.words import price
from simdeploy.report.plots.sweep_marks import COLORS, DARK

#: What one of a price's things is.
UNITS = {
    "failed_request": "price of a failed request (US$)",
    "outage_minute": "price of a minute of outage (US$)",
    "wrong_answer": "price of a wrong answer (US$)",
    "cut_connection": "price of a cut connection (US$)",
    "slow_request": "price of a slow request (US$)",
    "engineer_hour": "price of an engineer's hour (US$)",
}
SIZE = (7.6, 5.6)
#: The colors are light, so that hatching, names and the mark stand out, in print, too.
PALE = 0.45
HATCH = "//"
#: A region of fewer cells than this is named in the legend only.
NAMED = 40
#: A name this close to the mark of the prices now moves up by as much, in cells.
CLOSE = 4


def plot_border(made: Recommendation, prices: tuple[str, str] | None = None) -> Figure:
    """Draw the map; cells in which the next strategy costs about the same are hatched.

    Parameters
    ----------
    prices
        Two prices of the mix, such as ``failed_request``; by default that and ``engineer_hour``.
    """
    found = border(made, prices)
    figure = Figure(figsize=SIZE, dpi=120, layout="constrained")
    axes = figure.subplots()
    _cells(axes, found)
    _names(axes, found)
    now = [value_of(made.costs.mix, f"prices.{name}") or 0.0 for name in found.prices]
    axes.plot(now[:1], now[1:], "o", color="black", markersize=7, markerfacecolor="white")
    axes.set(xscale="log", yscale="log")
    for axis, name in zip((axes.xaxis, axes.yaxis), found.prices, strict=True):
        axis.set_label_text(UNITS[name], fontsize=9)
        axis.set_major_formatter(FuncFormatter(lambda value, _: price(value)))
        axis.set_minor_formatter(NullFormatter())
        axis.set_tick_params(labelsize=8)
    _legend(figure, found)
    axes.set_title(
        f"Which strategy costs least: {made.good.scenario.name}", loc="left", fontsize=11
    )
    below = f"{heading(made)}\n{footer(made, None)}"
    figure.supxlabel(below, x=0.01, ha="left", fontsize=7, color=DARK)
    return figure


def color_of(place: int) -> tuple[float, float, float]:
    """Return the light color of a strategy by its place in the file."""
    text = COLORS[place % len(COLORS)].lstrip("#")
    red, green, blue = (int(text[k : k + 2], 16) / 255 for k in (0, 2, 4))
    return tuple(1.0 - PALE * (1.0 - part) for part in (red, green, blue))  # type: ignore[return-value]


def _cells(axes: Axes, found: Border) -> None:
    colors = ListedColormap([color_of(place) for place in range(len(found.strategies))])
    edges = [_edges(side) for side in (found.x, found.y)]
    most = max(1, len(found.strategies) - 1)
    axes.pcolormesh(*edges, found.cheapest, cmap=colors, vmin=0, vmax=most, rasterized=True)
    for place in range(len(found.strategies)):
        inside = (found.cheapest == place).astype(float)
        if 0.0 < inside.mean() < 1.0:
            axes.contour(found.x, found.y, inside, [0.5], colors=[DARK], linewidths=0.8)
    if found.level.any():
        level = found.level.astype(float)
        axes.contourf(found.x, found.y, level, [0.5, 1.5], colors="none", hatches=[HATCH])
    axes.set_xlim(found.x[0], found.x[-1])
    axes.set_ylim(found.y[0], found.y[-1])


def _edges(middles: np.ndarray) -> np.ndarray:
    """Return the edges of cells whose middles are evenly spaced on a logarithmic axis."""
    step = np.sqrt(middles[1] / middles[0])
    return np.append(middles / step, middles[-1] * step)


def _names(axes: Axes, found: Border) -> None:
    """Write the name of each strategy into its region."""
    for place, name in enumerate(found.strategies):
        rows, columns = np.nonzero(found.cheapest == place)
        if len(rows) >= NAMED:
            row, column = rows.mean(), columns.mean()
            if max(abs(row - CELLS // 2), abs(column - CELLS // 2)) < CLOSE:
                row += CLOSE  # off the middle, where the prices now are
            middle = np.argmin((rows - row) ** 2 + (columns - column) ** 2)
            axes.text(
                found.x[columns[middle]], found.y[rows[middle]], name, ha="center", va="center",
                fontsize=10, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85},
            )  # fmt: skip


def _legend(figure: Figure, found: Border) -> None:
    shown = sorted({int(place) for place in found.cheapest.flat})
    marks: list[Patch | Line2D] = [
        Patch(facecolor=color_of(place), edgecolor=DARK, label=found.strategies[place])
        for place in shown
    ]
    if found.level.any():
        text = "about level with the next"
        marks.append(Patch(facecolor="white", edgecolor=DARK, hatch=HATCH, label=text))
    white = {"color": "black", "markerfacecolor": "white", "linestyle": ""}
    marks.append(Line2D([], [], marker="o", label="prices now", **white))  # type: ignore[arg-type]
    figure.legend(handles=marks, loc="outside upper left", ncols=len(marks), fontsize=8,
                  frameon=False)  # fmt: skip
