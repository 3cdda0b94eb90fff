"""Pictures of a sweep: curves over one knob, heat maps over two, two metrics' Pareto front.

A picture shows a frame of `load_sweep`. Knobs are named by their paths in the scenario file.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame, Series

from simdeploy.errors import SimdeployError, visible
from simdeploy.report.plots.sweep_marks import (
    COLORS,
    DARK,
    MARKERS,
    SHARES,
    Floats,
    Measure,
    color_scale,
    curve_look,
    format_axis,
    measure_of,
    places_of,
    scale_axis,
    short_number,
    tidy,
)

#: Measures of which more is better.
MORE = {"min_headroom", "min_healthy_tasks", "verdict_shipped", "outcome_succeeded"}
#: Most cells of a heat map with numbers, and most points of a front with letters.
NUMBERED, NAMED = 120, 5
#: Distance between neighboring strategies where a knob's values are words.
ASIDE = 0.05
WIDTH = 10.0


def plot_sweep(
    frame: DataFrame,
    *,
    metric: str = "failed_caused",
    statistic: str = "mean",
    against: str | None = None,
    knobs: Sequence[str] | None = None,
) -> Figure:
    """Draw a sweep.

    Parameters
    ----------
    frame
        The frame of ``load_sweep``, or some of its rows.
    metric
        A name of ``simdeploy.results.metrics``, or a share such as ``verdict_shipped``.
    statistic
        ``mean``, ``p05``, ``p50``, ``p95``, ``p99``, ``min``, ``max`` or ``sd``.
    against
        A second metric: draw the Pareto front of the two over all settings.
    knobs
        One or two to draw over; by default those that the sweep varied.

    Raises
    ------
    SimdeployError
        For an unknown metric, statistic or knob, or for more than two knobs.
    """
    frame = frame[frame["variant"] == "release"]
    measure = measure_of(frame, metric, statistic)
    if against is not None:
        return _pareto(frame, measure, measure_of(frame, against, statistic))
    varied = list(frame.attrs["units"])
    wanted = list(knobs or varied)
    unknown = [knob for knob in wanted if knob not in varied]
    if unknown:
        raise SimdeployError(f"no knob {unknown[0][:80]}; known: {', '.join(varied)}")
    if len(wanted) > 1 and frame.attrs["design"] == "one-at-a-time":
        return _curves(frame, wanted, measure)
    if len(wanted) > 2:
        raise SimdeployError(
            f"a picture has one or two knobs; name them with --knob ({', '.join(varied)}), "
            "or two metrics with --metric and --against"
        )
    return _curves(frame, wanted, measure) if len(wanted) == 1 else _maps(frame, wanted, measure)


def _figure(columns: int, rows: int, height: float) -> tuple[Figure, NDArray[np.object_]]:
    """Return a new figure and its axes, rows × columns."""
    figure = Figure(figsize=(WIDTH, height * rows + 1.2), dpi=120, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def _titled(figure: Figure, frame: DataFrame, measure: Measure, more: str = "") -> Figure:
    about = frame.attrs
    runs = f"{about['runs_each']:,} runs per setting and strategy · seed {about['seed']}"
    _title(figure, frame, measure.label)
    figure.supxlabel(f"{runs}{more}", x=0.01, ha="left", fontsize=7, color=DARK, parse_math=False)
    return figure


def _title(figure: Figure, frame: DataFrame, what: str) -> None:
    title = f"{frame.attrs['title'] or frame.attrs['name']}: {what}"
    figure.suptitle(visible(title), x=0.01, ha="left", fontsize=11, parse_math=False)


def _strategies(frame: DataFrame) -> list[str]:
    return list(dict.fromkeys(frame["strategy"].astype(str)))


def _axis_name(frame: DataFrame, knob: str) -> str:
    unit = frame.attrs["units"][knob]
    return f"{knob} ({unit})" if unit else knob


def _curves(frame: DataFrame, knobs: Sequence[str], measure: Measure) -> Figure:
    """Draw a panel per knob with a line and a band per strategy."""
    figure, grid = _figure(1, len(knobs), 3.6 if len(knobs) == 1 else 2.6)
    for axes, knob in zip(grid[:, 0], knobs, strict=True):
        some = _others_unmoved(frame, knob)
        places = places_of(some[knob])
        names = _strategies(frame)
        for number, name in enumerate(names):
            rows = some[some["strategy"].astype(str) == name]
            look = curve_look(number, len(names), dots=bool(places.words) or is_sampled(frame))
            aside = ASIDE * (number - (len(names) - 1) / 2) if places.words else 0.0
            _curve(axes, places.of(rows[knob]) + aside, measure.of(rows), look | {"label": name})
        places.label(axes.xaxis, places.of(some[knob]))
        format_axis(axes.yaxis)
        if measure.metric in SHARES:
            axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel(_axis_name(frame, knob), fontsize=9)
        axes.set_ylabel(measure.label, fontsize=8)
        tidy(axes)
    grid[0, 0].legend(fontsize=8, frameon=False, ncols=5, loc="lower left", bbox_to_anchor=(0, 1))
    return _titled(figure, frame, measure, _explained(frame, knobs, measure))


def _explained(frame: DataFrame, knobs: Sequence[str], measure: Measure) -> str:
    """Return the meaning of lines and bands."""
    if is_sampled(frame):
        return f" · a dot is one setting{measure.band.replace('band', 'bar')}"
    if frame.attrs["design"] == "one-at-a-time" or len(frame.attrs["units"]) <= len(knobs):
        return measure.band
    return " · line: mean over the other knobs, band: their range"


def is_sampled(frame: DataFrame) -> bool:
    """Return whether settings are samples, which share no value of a knob."""
    return frame.attrs["design"] in {"latin-hypercube", "sobol"}


def _others_unmoved(frame: DataFrame, knob: str) -> DataFrame:
    """Return the rows in which no other knob is moved, if the design moves one knob at a time."""
    if frame.attrs["design"] != "one-at-a-time":
        return frame
    own = frame[frame["setting"] == frame["setting"].min()].iloc[0]
    others = [other for other in frame.attrs["units"] if other != knob]
    same = (frame[others] == own[others]) | (frame[others].isna() & own[others].isna())
    unmoved: DataFrame = frame[same.all(axis=1)]
    return unmoved.drop_duplicates(subset=["strategy", knob])


def _curve(
    axes: Axes, x: Floats, values: tuple[Floats, Floats, Floats], look: dict[str, Any]
) -> None:
    """Draw one strategy; of several rows at one position their mean and range."""
    middle, low, high = values
    places, first = np.unique(x, return_index=True)
    if len(places) < len(x):
        groups = [middle[x == place] for place in places]
        middle, low, high = (np.array([f(g) for g in groups]) for f in (np.mean, np.min, np.max))
    else:
        middle, low, high = (array[first] for array in values)
    x = places
    if look.get("linestyle") == "":
        axes.vlines(x, low, high, color=look["color"], alpha=0.3, linewidth=2)
    else:
        axes.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
    axes.plot(x, middle, **look)


def _maps(frame: DataFrame, knobs: Sequence[str], measure: Measure) -> Figure:
    """Draw a heat map per strategy on one color scale; samples as dots."""
    names = _strategies(frame)
    columns = min(3, len(names))
    figure, grid = _figure(columns, -(-len(names) // columns), 3.0)
    cells = grid.ravel()
    colors = color_scale(measure.of(frame)[0])
    for axes, name in zip(cells, names, strict=False):
        rows = frame[frame["strategy"].astype(str) == name]
        image = _map(axes, rows, knobs, measure, colors)
        axes.set_title(name, loc="left", fontsize=9)
    for axes in cells[len(names) :]:
        axes.set_axis_off()
    for at, axes in enumerate(cells[: len(names)]):
        axes.set_xlabel(_axis_name(frame, knobs[0]), fontsize=7)
        axes.set_ylabel(_axis_name(frame, knobs[1]) if at % columns == 0 else "", fontsize=7)
    bar = figure.colorbar(image, ax=list(cells), shrink=0.8, pad=0.02)
    # The title names the measure; the bar has room for its direction.
    better = "more" if measure.metric in MORE else "less"
    bar.set_label(f"{better} is better", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    format_axis(bar.ax.yaxis)
    bar.ax.minorticks_off()
    more = " · mean over the other knobs" if len(frame.attrs["units"]) > 2 else ""
    more = " · a dot is one setting" if is_sampled(frame) else more
    return _titled(figure, frame, measure, more)


def _map(
    axes: Axes, rows: DataFrame, knobs: Sequence[str], measure: Measure, colors: Normalize
) -> ScalarMappable:
    across, up = (places_of(rows[knob]) for knob in knobs)
    x, y, values = across.of(rows[knobs[0]]), up.of(rows[knobs[1]]), measure.of(rows)[0]
    scale: dict[str, Any] = {"norm": colors, "cmap": "cividis_r"}
    axes.tick_params(labelsize=7)
    if is_sampled(rows):
        across.label(axes.xaxis, x)
        up.label(axes.yaxis, y)
        return axes.scatter(x, y, c=values, s=14, **scale)
    columns, lines = np.unique(x), np.unique(y)
    cells = [[values[(x == column) & (y == line)] for column in columns] for line in lines]
    table = np.array([[cell.mean() for cell in row] for row in cells])
    image = axes.imshow(table, origin="lower", aspect="auto", **scale)
    across.label_cells(axes.xaxis, columns)
    up.label_cells(axes.yaxis, lines)
    if table.size <= NUMBERED:
        _number(axes, table, colors)
    return image


def _number(axes: Axes, table: Floats, colors: Normalize) -> None:
    """Write each cell's value, white on dark."""
    size = 7 if table.shape[1] <= 6 else 5
    for (i, k), value in np.ndenumerate(table):
        color = "white" if np.isfinite(value) and colors(value) > 0.5 else "black"
        axes.text(k, i, short_number(value), ha="center", va="center", fontsize=size, color=color)


def _pareto(frame: DataFrame, across: Measure, up: Measure) -> Figure:
    """Draw every setting as a dot, and the Pareto front of both measures as a line."""
    figure, grid = _figure(1, 1, 4.8)
    axes = grid[0, 0]
    for axis, measure in ((axes.xaxis, across), (axes.yaxis, up)):
        scale_axis(axis, measure.of(frame)[0])
    x, y = across.of(frame)[0], up.of(frame)[0]
    for number, name in enumerate(_strategies(frame)):
        mask = (frame["strategy"].astype(str) == name).to_numpy()
        color, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
        axes.scatter(x[mask], y[mask], s=22, color=color, marker=marker, alpha=0.7, label=name)
    best = front(x, y, (across.metric in MORE, up.metric in MORE))
    axes.plot(x[best], y[best], color=DARK, linewidth=1.0, zorder=0, label="nothing beats these")
    _name_some(axes, frame, best, x, y)
    for axis, measure in ((axes.xaxis, across), (axes.yaxis, up)):
        better = "more" if measure.metric in MORE else "less"
        axis.set_label_text(f"{measure.label} · {better} is better", fontsize=9)
    tidy(axes)
    axes.legend(fontsize=8, frameon=False, ncols=6, loc="lower left", bbox_to_anchor=(0, 1))
    _title(figure, frame, f"{across.label}, and {up.label}")
    return figure


def front(x: Floats, y: Floats, more: tuple[bool, bool] = (False, False)) -> NDArray[np.int_]:
    """Return the indices of the Pareto front, ordered by the first number.

    Parameters
    ----------
    more
        Whether more is better, per number.

    >>> front(np.array([1.0, 2.0, 3.0, 2.0]), np.array([3.0, 1.0, 2.0, 1.0])).tolist()
    [0, 1]
    """
    a, b = (-v if up else v for v, up in zip((x, y), more, strict=True))
    order = np.lexsort((b, a))
    order = order[np.isfinite(a[order]) & np.isfinite(b[order])]
    least_before = np.minimum.accumulate(np.append(np.inf, b[order]))[:-1]
    return order[b[order] < least_before]


def _name_some(axes: Axes, frame: DataFrame, best: NDArray[np.int_], x: Floats, y: Floats) -> None:
    """Mark some points of the front by letters, and list their settings beside the picture."""
    chosen = best[np.unique(np.linspace(0, len(best) - 1, NAMED).round().astype(int))]
    texts = []
    for letter, at in zip("ABCDE", chosen, strict=False):
        box = {"facecolor": "white", "edgecolor": DARK, "boxstyle": "circle", "linewidth": 0.6}
        axes.annotate(
            letter, (x[at], y[at]), xytext=(9, 9), textcoords="offset points", fontsize=7,
            color=DARK, bbox=box, ha="center", va="center",
        )  # fmt: skip
        texts.append(f"{letter}  {_setting(frame, frame.iloc[at])}")
    axes.text(1.02, 0.98, "\n\n".join(texts), transform=axes.transAxes, fontsize=7, va="top")


def _setting(frame: DataFrame, row: "Series[Any]") -> str:
    """Return strategy and knobs of a row, named by the last words of their paths."""
    knobs = [
        f"{knob.rpartition('.')[2]} {short_number(row[knob])}{unit and ' ' + unit}"
        if isinstance(row[knob], float) else f"{knob.rpartition('.')[2]} {row[knob]}"
        for knob, unit in frame.attrs["units"].items()
    ]  # fmt: skip
    return "\n     ".join([str(row["strategy"]), *knobs])
