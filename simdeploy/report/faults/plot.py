"""A picture of many faults: a cell per fault and strategy, darker where more requests fail."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from simdeploy.advice.fault_matrix import FaultMatrix
from simdeploy.report.answer.text import wrapped
from simdeploy.report.faults.text import BAD, GOOD, Made, made
from simdeploy.report.plots.sweep_marks import DARK
from simdeploy.report.words import short_count

#: Fewer failed requests than these have the lightest color; the scale has at least two decades.
LEAST, MOST = 10.0, 1000.0
#: Inches: a row, a strategy, the names of the rows, the words above and below.
ROW, COLUMN, NAMES, WORDS = 0.34, 1.55, 2.4, 2.1
#: From this part of the scale on, words are white.
DARK_FROM = 0.62
EDGE = "#bbbbbb"
COLORS = "Blues"
#: Characters in an inch of the title, and of the note below.
TITLE, NOTE = 12.5, 18


def plot_faults(matrix: FaultMatrix) -> Figure:
    """Draw a matrix of faults: failed requests by color and number, times beside them.

    A check mark is on the best strategies of a row, a cross on those that do not ship a good
    release. Colors are on a logarithmic scale; in print the numbers say the same.
    """
    found = made(matrix)
    size = (NAMES + COLUMN * len(found.strategies) + 1.2, WORDS + ROW * (len(found.lines) + 1))
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.subplots()
    failed = np.array([[max(0.0, n.failed.mean or 0.0) for n in line.numbers]
                       for line in found.lines])  # fmt: skip
    norm = LogNorm(LEAST, max(MOST, float(failed.max())), clip=True)
    places = _places(found)
    for place, line, values in zip(places, found.lines, failed, strict=True):
        for k, (cell, value) in enumerate(zip(line.cells, values, strict=True)):
            share = float(norm(max(float(value), LEAST)))
            _cell(axes, (k, place), cell.one_line, share)
    _frame(axes, found, places)
    bar = figure.colorbar(ScalarMappable(norm, COLORS), ax=axes, pad=0.01, aspect=30)
    bar.set_label("failed requests, average; less is better", fontsize=8)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short_count(value)))
    bar.ax.minorticks_off()
    bar.ax.tick_params(labelsize=7)
    verdict = "\n".join(wrapped(" ".join(found.verdict[:2]), int(TITLE * size[0])))
    figure.suptitle(f"{matrix.scenario.service.name}: what may be wrong with a release\n{verdict}",
                    x=0.01, ha="left", fontsize=10)  # fmt: skip
    note = "\n".join(wrapped(" · ".join([*found.legend, found.footer]), int(NOTE * size[0])))
    figure.supxlabel(note, x=0.01, ha="left", fontsize=7, color=DARK)
    return figure


def _places(found: Made) -> list[float]:
    """Return the height of each row, with room for a heading above the first of its kind."""
    places, at, last = [], 0.0, None
    for line in found.lines:
        at += 1.0 if line.row.is_good == last else 1.8
        last = line.row.is_good
        places.append(at)
    return places


def _cell(axes: Axes, at: tuple[float, float], text: str, share: float) -> None:
    """Draw a cell around a place in the color at a share of the scale, bold if among the best."""
    color = colormaps[COLORS](share)
    corner = (at[0] - 0.49, at[1] - 0.47)
    axes.add_patch(Rectangle(corner, 0.98, 0.94, facecolor=color, edgecolor=EDGE, linewidth=0.6))
    axes.text(*at, text, ha="center", va="center", fontsize=7.5,
              color="white" if share > DARK_FROM else "black",
              weight="bold" if text.startswith("✓") else "normal")  # fmt: skip


def _frame(axes: Axes, found: Made, places: list[float]) -> None:
    """Name rows and strategies, and the two kinds of releases above their rows."""
    axes.set_xlim(-0.5, len(found.strategies) - 0.5)
    axes.set_ylim(places[-1] + 0.6, 0.4)
    axes.set_xticks(range(len(found.strategies)), list(found.strategies), fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks(places, [line.row.name for line in found.lines], fontsize=8)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    last = None
    for place, line in zip(places, found.lines, strict=True):
        if line.row.is_good != last:
            axes.text(-0.49, place - 0.85, GOOD if line.row.is_good else BAD, fontsize=8,
                      color=DARK, style="italic", va="center")  # fmt: skip
        last = line.row.is_good
