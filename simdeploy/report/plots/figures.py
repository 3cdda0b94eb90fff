"""Pictures: one run, several runs under one another, and how results spread over many runs.

Everything is drawn on a `matplotlib.figure.Figure` of its own, so no global state of pyplot is
touched; matplotlib is imported when a picture is asked for. Time is squeezed (`timescale`): gray
ground marks and names the quiet stretches, red ground the long ones in which users suffer.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import SimdeployError
from simdeploy.report.plots.dotplot import draw_dots
from simdeploy.report.plots.panels import (
    DARK,
    MARKS,
    draw_capacity,
    draw_ground,
    draw_marks,
    draw_traffic,
    label_time,
    marked,
    name_ground,
)
from simdeploy.report.plots.timeline import BAD, MOST, draw_lanes, heights, lanes, look, styles
from simdeploy.report.plots.timescale import Timescale, timescale
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.timeline import Timeline

WIDTH = 10.0
SUFFIXES = (".png", ".svg", ".pdf")
LEGEND = (
    ("waiting", "provisioning, pulling"), ("booting", "booting"), ("checking", "in health checks"),
    ("unhealthy", "unhealthy"), ("draining", "draining, stopping"),
    ("failed", "failed"),
)  # fmt: skip


def plot_run(run: Any, ax: Any = None) -> Any:
    """Draw one run: a lane per task, capacity against demand, traffic and failing share.

    Parameters
    ----------
    run
        A run, or its timeline.
    ax
        Axes to draw in; a new figure without it.

    Returns
    -------
    matplotlib.figure.Figure
        The figure that holds the picture.
    """
    timeline = _timeline(run)
    inches = [_lanes_inches(timeline, MOST, 0.19), 1.0, 1.0]
    base = _base(ax, sum(inches) + 0.4)
    panels = _split(base, inches, [0.2, 0.2, 0.0])
    scale = timescale([timeline])
    draw_lanes(panels[0], timeline, scale)
    draw_marks(panels[0], timeline, scale)
    draw_capacity(panels[1], timeline, scale)
    draw_traffic(panels[2], timeline, scale)
    panels[0].set_title(_title(timeline), loc="left", fontsize=10, pad=15)
    return _finished(base, panels, [timeline], scale)


def plot_compare(runs: Mapping[str, Any] | Sequence[Any]) -> Any:
    """Draw strategies under one another on one time axis: the same place is the same moment.

    Parameters
    ----------
    runs
        One run, or timeline, per strategy; best of the same replication, so of the same luck.
    """
    timelines = [_timeline(run) for run in (runs.values() if isinstance(runs, Mapping) else runs)]
    scale = timescale(timelines)
    inches = [h for one in timelines for h in (_lanes_inches(one, 12, 0.13), 0.5)]
    gaps = [0.06, 0.5] * len(timelines)
    base = _base(None, sum(inches) + sum(gaps) - gaps[-1])
    panels = _split(base, inches, gaps)
    for timeline, top, bottom in zip(timelines, panels[::2], panels[1::2], strict=True):
        draw_lanes(top, timeline, scale, 12)
        draw_marks(top, timeline, scale)
        draw_traffic(bottom, timeline, scale, brief=True)
        top.set_title(_title(timeline), loc="left", fontsize=9, pad=13)
    return _finished(base, panels, timelines, scale)


def plot_comparison(comparison: Any, ax: Any = None, metric: str = "failed_requests") -> Any:
    """Draw how one number spreads over the runs: 50 equally likely dots per strategy.

    Parameters
    ----------
    comparison
        What `compare` returns, or a mapping from strategy to the values of its runs.
    ax
        Axes to draw in; a new figure without it.
    metric
        The name of the number; `simdeploy.results.metrics` knows them.
    """
    samples = comparison if isinstance(comparison, Mapping) else _samples(comparison, metric)
    known = BY_NAME[metric]
    axes = _base(ax, 0.9 * len(samples) + 0.1, bottom=0.6, top=0.4)
    axes.set_axis_on()
    unit = "" if known.unit in known.title.lower() else f" ({known.unit})"
    draw_dots(axes, samples, known.title.lower() + unit)
    axes.set_title(f"{known.title} per strategy", loc="left", fontsize=10)
    return axes.figure


def _samples(comparison: Any, metric: str) -> dict[str, Any]:
    return {name: result.rows[metric] for name, result in comparison.strategies.items()}


def typical(comparison: Any, metric: str = "failed_requests") -> int:
    """Return the number of the run that lies nearest the middle in every strategy."""
    return int(np.argmin(sum(_off_middle(v) for v in _samples(comparison, metric).values())))


def _off_middle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far from the median each run ranks; equal runs share their middle rank."""
    ranked = np.sort(values)
    low, high = (np.searchsorted(ranked, values, side) for side in ("left", "right"))
    return np.abs((low + high) / 2 - len(values) / 2)


def _timeline(run: Any) -> Timeline:
    timeline: Timeline = getattr(run, "timeline", run)
    return timeline


def _title(timeline: Timeline) -> str:
    return f"{timeline.strategy}: {timeline.scenario}, run {timeline.replication}"


def _lanes_inches(timeline: Timeline, most: int, inch: float) -> float:
    return max(0.7, inch * sum(heights(lanes(timeline, most))))


def _base(ax: Any, inches: float, *, bottom: float = 1.2, top: float = 0.5) -> Any:
    """Return empty axes to draw in: the given ones, or those of a new figure of fitting height."""
    from matplotlib.figure import Figure  # noqa: PLC0415  only a plot pays for it

    if ax is None:
        height = inches + bottom + top
        figure = Figure(figsize=(WIDTH, height), dpi=120)
        ax = figure.add_axes((0.09, bottom / height, 0.875, inches / height))
    ax.set_axis_off()
    return ax


def _split(base: Any, inches: Sequence[float], gaps: Sequence[float]) -> list[Any]:
    """Divide axes into panels under one another, in proportion to inches and gaps below them."""
    total = sum(inches) + sum(gaps[:-1])
    panels = []
    top = total
    for height, gap in zip(inches, gaps, strict=True):
        panels.append(base.inset_axes((0, (top - height) / total, 1, height / total)))
        top -= height + gap
    return panels


def _finished(
    base: Any, panels: Sequence[Any], timelines: Sequence[Timeline], scale: Timescale
) -> Any:
    """Give the panels their common time axis, ground and legend; return the figure."""
    each = len(panels) // len(timelines)
    for number, panel in enumerate(panels):
        draw_ground(panel, timelines[number // each], scale)
        panel.set_xlim(0, 1)
        panel.set_xticks([])
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    label_time(panels[-1], timelines, scale)
    name_ground(panels[-1], timelines[-1], scale)
    _legend(base, timelines)
    return base.figure


def _legend(base: Any, timelines: Sequence[Timeline]) -> None:
    """Explain hues, textures and the glyphs that occur, below the time axis."""
    from matplotlib.lines import Line2D  # noqa: PLC0415  only a plot pays for it
    from matplotlib.patches import Patch  # noqa: PLC0415

    occurring = styles(timelines)
    handles: list[Any] = [
        Patch(**look("old", "healthy"), label="old, healthy"),
        Patch(**look("new", "healthy"), label="new, healthy"),
        *(Patch(**look("new", k), label=name) for k, name in LEGEND if k in occurring),
    ]
    if any(row[2] > 0 for one in timelines for row in one.state):
        handles.append(
            Patch(facecolor=BAD, edgecolor="white", hatch="/////", label="failing requests")
        )
    kinds = {event.kind for one in timelines for event in marked(one)}
    handles += [
        Line2D([], [], linestyle="", marker=f"${glyph}$", color=color, label=name)
        for kind, (glyph, color, name) in MARKS.items()
        if kind in kinds
    ]
    height = base.get_window_extent().height / base.figure.dpi
    base.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(-0.07, -0.5 / height), ncols=6,
        fontsize=7, frameon=False, handlelength=1.8, columnspacing=1.2, labelcolor=DARK,
    )  # fmt: skip


def check_suffix(path: str | os.PathLike[str]) -> Path:
    """Return the path of a picture, or tell which kinds of file can be written."""
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        got = target.suffix or "no suffix"
        raise SimdeployError(f"{target}: a picture is {', '.join(SUFFIXES)}; got {got}")
    return target


def save(figure: Any, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, SVG or PDF by its suffix, whole or not at all."""
    target = check_suffix(path)
    kind = target.suffix.lower()[1:]
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    try:
        figure.savefig(draft, format=kind, metadata=metadata)
        draft.replace(target)
    except OSError as error:
        raise SimdeployError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return target
