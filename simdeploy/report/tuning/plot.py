"""The picture of a tuning: the first objective over each of the others, the front and its knee.

Gray dots are settings that the search tried near the front; the front, its knee and today's setting
come from other runs, with their intervals.
"""

import textwrap
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from simdeploy.errors import visible
from simdeploy.report.plots.sweep_marks import DARK, Floats, tidy
from simdeploy.report.tuning.sentences import changes, footer, formatter_of_unit, title
from simdeploy.report.words import listed
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.tuning.knobs import TIME_STEPS
from simdeploy.tuning.result import SettingResult, Tuning

WIDTH, HEIGHT = 10.0, 4.4
GRAY = "#999999"
#: Color, marker and size of the settings.
LOOKS = {
    "today": ("#d55e00", "s", 7.0),
    "front": ("#0072b2", "o", 5.0),
    "knee": ("#009e73", "D", 7.0),
}
#: Space around the front, in parts of its extent, and most ticks of a time axis.
MARGIN = 0.18
#: Inches and characters of a line below the panels.
LINE, CHARACTERS = 0.14, 170
TICKS = 5
UNITS = {"USD": "US$", "s": "h, m, s", "share": "share of runs"}


def plot_tuning(tuning: Tuning, ax: Axes | None = None) -> Figure:
    """Draw the front: the first objective over each of the others.

    Parameters
    ----------
    ax
        Axes for the first two objectives; by default a new figure with all of them.
    """
    if ax is not None:
        _panel(ax, tuning, min(1, len(tuning.goals) - 1))
        _legend(ax)
        return cast("Figure", ax.figure)
    others = range(1, len(tuning.goals)) if len(tuning.goals) > 1 else range(1)
    notes = _notes(tuning)
    height = HEIGHT + LINE * len(notes)
    figure = Figure(figsize=(WIDTH, height), dpi=120, layout="constrained")
    panels = figure.subplots(1, len(others), squeeze=False, sharey=len(others) > 1)[0]
    for axes, other in zip(panels, others, strict=True):
        _panel(axes, tuning, other)
        axes.label_outer(remove_inner_ticks=False)
    how = {"x": 0.01, "ha": "left", "parse_math": False}
    figure.suptitle(visible(title(tuning)), fontsize=11, **how)
    figure.supxlabel("\n".join(notes), fontsize=7, color=DARK, **how)
    _legend(panels[-1], figure)
    return figure


def _notes(tuning: Tuning) -> list[str]:
    """Return the lines below the panels: how to read them, and what each letter changes."""
    more = [goal.title.lower() for goal in tuning.goals if goal.sign < 0.0]
    better = f", but more of {listed(more)}" if more else ""
    lines = [f"less is better{better} · gray: tried near the front · {footer(tuning)}"]
    for row in tuning.rows:
        if row is not tuning.today:
            text = f"{row.label}: {', '.join(changes(tuning, row)) or 'as today'}"
            lines += textwrap.wrap(text, CHARACTERS, subsequent_indent="    ")
    return lines


def _panel(axes: Axes, tuning: Tuning, other: int) -> None:
    """Draw the first objective over another objective; a single objective over the settings."""
    rows = tuning.rows
    y = np.array([row.means[0] for row in rows])
    alone = len(tuning.goals) == 1
    x = np.arange(len(rows), dtype=float) if alone else np.array([r.means[other] for r in rows])
    if alone:
        axes.set_xticks(x, [row.label for row in rows])
        axes.set_xlabel("setting", fontsize=9)
    else:
        tried = tuning.tried.means[tuning.tried.keeps].T
        axes.plot(tried[other], tried[0], ".", color=GRAY, markersize=2.5, alpha=0.5, zorder=1)
        _label(axes.xaxis, tuning, other)
    for at, row in enumerate(rows):
        _mark(axes, tuning, row, (float(x[at]), float(y[at])), None if alone else other)
    _label(axes.yaxis, tuning, 0)
    _frame(axes, x, y, alone=alone)
    _round_times(axes, tuning, None if alone else other)
    tidy(axes)


def _mark(
    axes: Axes, tuning: Tuning, row: SettingResult, at: tuple[float, float], other: int | None
) -> None:
    name = "today" if row is tuning.today else "knee" if row is tuning.knee else "front"
    color, marker, size = LOOKS[name]
    axes.errorbar(
        *at, xerr=None if other is None else row.halves[other], yerr=row.halves[0], fmt=marker,
        color=color, markersize=size, linewidth=0.8, capsize=2, zorder=3,
    )  # fmt: skip
    axes.annotate(
        row.label, at, xytext=(5, -12 if row is tuning.today else 5), textcoords="offset points",
        fontsize=8, color=color, zorder=4,
    )  # fmt: skip


def _label(axis: Axis, tuning: Tuning, place: int) -> None:
    goal, words = tuning.goals[place], Vocabulary(tuning.scenario.platform)
    unit = UNITS.get(goal.unit) or words.unit(goal.field, goal.unit)
    of = "" if goal.name not in {"extra_cost", "deployment"} else " of a good release"
    axis.set_label_text(f"{goal.title.lower()}{of} ({unit})", fontsize=9)
    write = _tick_dollars if goal.unit == "USD" else formatter_of_unit(goal.unit)
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    locator = axis.get_major_locator()
    if isinstance(locator, MaxNLocator):
        locator.set_params(nbins=5)


def _tick_dollars(value: float) -> str:
    """Return an amount for a tick, in up to four figures.

    >>> _tick_dollars(0.0125), _tick_dollars(-0.5)
    ('$0.0125', '−$0.5')
    """
    return f"{'−' if value < 0 else ''}${abs(value):.4g}"


def _frame(axes: Axes, x: Floats, y: Floats, *, alone: bool) -> None:
    """Limit the axes to the front and today's setting, leaving out settings far away."""
    spans = ((axes.set_ylim, y),) if alone else ((axes.set_xlim, x), (axes.set_ylim, y))
    for limit, values in spans:
        extent = float(np.ptp(values)) or max(abs(float(values[0])), 1.0)
        limit(float(values.min()) - MARGIN * extent, float(values.max()) + MARGIN * extent)
    if alone:
        axes.margins(x=0.1)


def _round_times(axes: Axes, tuning: Tuning, other: int | None) -> None:
    """Place the ticks of times at round seconds, minutes and hours."""
    for axis, k in ((axes.yaxis, 0), (axes.xaxis, other)):
        if k is not None and tuning.goals[k].unit == "s":
            low, high = axis.get_view_interval()
            step = next((s for s in TIME_STEPS if (high - low) / s <= TICKS), TIME_STEPS[-1])
            axis.set_major_locator(MultipleLocator(step))


def _legend(axes: Axes, figure: Figure | None = None) -> None:
    looks = [(name, *look) for name, look in LOOKS.items()]
    handles = [Line2D([], [], linestyle="", marker=m, color=c, label=n) for n, c, m, _ in looks]
    if figure is None:
        axes.legend(handles=handles, fontsize=8, frameon=False)
    else:
        figure.legend(handles=handles, fontsize=8, frameon=False, ncols=3, loc="upper right")
