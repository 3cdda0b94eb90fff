"""The picture of a tuning: the first objective over each other one, with the front and its knee.

Gray dots are all settings that the search tried, as far as they lie near the front; the front, its
knee and today's setting come from other runs, with their intervals.
"""

from typing import Any

import numpy as np

from simdeploy.report.plots.sweep_marks import DARK, tidy
from simdeploy.report.tuning.sentences import footer, formatter_of_unit, title
from simdeploy.tuning.knobs import TIME_STEPS

WIDTH, HEIGHT = 10.0, 4.4
FRONT, KNEE, TODAY, GRAY = "#0072b2", "#009e73", "#d55e00", "#999999"
#: Space around the front, in parts of its extent, and how close letters may stand, in points.
MARGIN = 0.18
TICKS = 5
UNITS = {"USD": "US$", "s": "h, m, s", "share": "share of runs"}


def plot_tuning(tuning: Any, ax: Any = None) -> Any:
    """Draw the front: the first objective over each of the others.

    Parameters
    ----------
    tuning
        What ``simdeploy.tune`` returns.
    ax
        Axes for the first two objectives alone; a new figure with all of them without it.

    Returns
    -------
    matplotlib.figure.Figure
        The figure that holds the picture.
    """
    if ax is not None:
        _panel(ax, tuning, min(1, len(tuning.goals) - 1))
        _legend(ax)
        return ax.figure
    from matplotlib.figure import Figure  # noqa: PLC0415  only a plot pays for it

    others = range(1, len(tuning.goals)) if len(tuning.goals) > 1 else range(1)
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=120, layout="constrained")
    panels = figure.subplots(1, len(others), squeeze=False, sharey=len(others) > 1)[0]
    for axes, other in zip(panels, others, strict=True):
        _panel(axes, tuning, other)
        axes.label_outer(remove_inner_ticks=False)
    figure.suptitle(title(tuning), x=0.01, ha="left", fontsize=11)
    figure.supxlabel(f"gray: settings tried near the front · {footer(tuning)}", x=0.01, ha="left",
                     fontsize=7, color=DARK)  # fmt: skip
    _legend(panels[-1], figure)
    return figure


def _panel(axes: Any, tuning: Any, other: int) -> None:
    """Draw the first objective over another one; a single objective over the settings' names."""
    rows = tuning.rows
    y = np.array([row.means[0] for row in rows])
    alone = len(tuning.goals) == 1
    x = np.arange(len(rows), dtype=float) if alone else np.array([r.means[other] for r in rows])
    if alone:
        axes.set_xticks(x, [row.label for row in rows])
        axes.set_xlabel("setting", fontsize=9)
    else:
        _tried(axes, tuning, other)
        _label(axes.xaxis, tuning.goals[other])
    for at, row in enumerate(rows):
        _mark(axes, tuning, row, (float(x[at]), float(y[at])), None if alone else other)
    _label(axes.yaxis, tuning.goals[0])
    _frame(axes, x, y, alone=alone)
    _round_times(axes, tuning, None if alone else other)
    tidy(axes)


def _tried(axes: Any, tuning: Any, other: int) -> None:
    means = tuning.tried.means[tuning.tried.keeps]
    axes.plot(means[:, other], means[:, 0], ".", color=GRAY, markersize=2.5, alpha=0.5, zorder=1)


def _mark(axes: Any, tuning: Any, row: Any, at: tuple[float, float], other: int | None) -> None:
    color, marker, size = FRONT, "o", 5.0
    if row is tuning.knee:
        color, marker, size = KNEE, "D", 7.0
    if row is tuning.today:
        color, marker, size = TODAY, "s", 7.0
    axes.errorbar(
        *at, xerr=None if other is None else row.halves[other], yerr=row.halves[0], fmt=marker,
        color=color, markersize=size, linewidth=0.8, capsize=2, zorder=3,
    )  # fmt: skip
    axes.annotate(
        row.label, at, xytext=(5, -12 if row is tuning.today else 5), textcoords="offset points",
        fontsize=8, color=color, zorder=4,
    )  # fmt: skip


def _label(axis: Any, goal: Any) -> None:
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415  only a plot pays for it

    unit = UNITS.get(goal.unit, goal.unit)
    of = "" if goal.name not in {"extra_cost", "deployment"} else " of a good release"
    axis.set_label_text(f"{goal.title.lower()}{of} ({unit})", fontsize=9)
    write = _tick_dollars if goal.unit == "USD" else formatter_of_unit(goal.unit)
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    axis.get_major_locator().set_params(nbins=5)


def _tick_dollars(value: float) -> str:
    """Write an amount for a tick, with as many figures as it has.

    >>> _dollars(0.0125), _dollars(-0.5)
    ('$0.0125', '−$0.5')
    """
    return f"{'−' if value < 0 else ''}${abs(value):.4g}"


def _frame(axes: Any, x: Any, y: Any, *, alone: bool) -> None:
    """Look at the front and today's setting; what lies far away would squeeze them."""
    spans = ((axes.set_ylim, y),) if alone else ((axes.set_xlim, x), (axes.set_ylim, y))
    for limit, values in spans:
        extent = float(np.ptp(values)) or max(abs(float(values[0])), 1.0)
        limit(float(values.min()) - MARGIN * extent, float(values.max()) + MARGIN * extent)
    if alone:
        axes.margins(x=0.1)


def _round_times(axes: Any, tuning: Any, other: int | None) -> None:
    """Put the ticks of times at numbers that clocks have."""
    from matplotlib.ticker import MultipleLocator  # noqa: PLC0415  only a plot pays for it

    for axis, k in ((axes.yaxis, 0), (axes.xaxis, other)):
        if k is not None and tuning.goals[k].unit == "s":
            low, high = axis.get_view_interval()
            step = next((s for s in TIME_STEPS if (high - low) / s <= TICKS), TIME_STEPS[-1])
            axis.set_major_locator(MultipleLocator(step))


def _legend(axes: Any, figure: Any = None) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415  only a plot pays for it

    looks = ((TODAY, "s", "today"), (FRONT, "o", "front"), (KNEE, "D", "knee"))
    handles = [Line2D([], [], linestyle="", marker=m, color=c, label=n) for c, m, n in looks]
    if figure is None:
        axes.legend(handles=handles, fontsize=8, frameon=False)
    else:
        figure.legend(handles=handles, fontsize=8, frameon=False, ncols=3, loc="upper right")
