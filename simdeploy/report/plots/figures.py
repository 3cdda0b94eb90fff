"""Pictures of one run, and of several runs stacked vertically.

Time is squeezed (`timescale`): quiet stretches are shaded gray, long outages red.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simdeploy.report.plots.canvas import base_axes, figure_of
from simdeploy.report.plots.captions import most_failing, run_figures, wrapped
from simdeploy.report.plots.lanes import (
    BAD,
    MOST,
    draw_lanes,
    lane_heights,
    lanes_of,
    stage_look,
    styles_in,
)
from simdeploy.report.plots.panels import (
    DARK,
    GROUND,
    MARKS,
    draw_capacity,
    draw_failing,
    draw_ground,
    draw_marks,
    draw_traffic,
    label_time,
    marked,
    name_ground,
)
from simdeploy.report.plots.timescale import Timescale, hurts_in, timescale
from simdeploy.results.timeline import Timeline
from simdeploy.scenario.vocabulary import Vocabulary

WIDTH = 10.0
SUFFIXES = (".png", ".svg", ".pdf")
LEGEND = (
    ("waiting", "{provisioning}"), ("booting", "booting"), ("checking", "in {health_checks}"),
    ("unhealthy", "{unhealthy}"), ("draining", "{draining}"), ("failed", "failed"),
)  # fmt: skip


def plot_run(timeline: Timeline, ax: Axes | None = None) -> Figure:
    """Draw one run: a lane per task, capacity against demand, traffic and failing share.

    Parameters
    ----------
    ax
        Axes to draw in; those of a new figure by default.
    """
    inches = [_lanes_inches(timeline, MOST, 0.19), 1.0, 1.0]
    base = base_axes(ax, sum(inches) + 0.4, top=0.7)
    panels = _split(base, inches, [0.2, 0.2, 0.0])
    scale = timescale([timeline])
    draw_lanes(panels[0], timeline, scale)
    draw_marks(panels[0], timeline, scale)
    draw_capacity(panels[1], timeline, scale)
    draw_traffic(panels[2], timeline, scale)
    panels[0].set_title(_title(timeline), loc="left", fontsize=10, pad=15, parse_math=False)
    return _finished(base, panels, [timeline], scale)


def plot_compare(timelines: Sequence[Timeline], headline: str = "", note: str = "") -> Figure:
    """Draw one run per strategy, stacked vertically on one time axis.

    Runs of the same replication share their luck, so their differences are the strategies'.

    Parameters
    ----------
    timelines
        One run per strategy.
    headline
        The answer of the comparison, above everything; its lines are wrapped.
    note
        A line below the headline: which run this is.
    """
    scale = timescale(timelines)
    most = most_failing(timelines)
    each = [0.5, 0.34] if most > 0.0 else [0.5]
    inches = [h for timeline in timelines for h in (_lanes_inches(timeline, 12, 0.13), *each)]
    gaps = [0.06, *([0.12] * (len(each) - 1)), 0.5]
    height = sum(inches) + sum(gaps) * len(timelines) - gaps[-1]
    above = wrapped(headline).split("\n") if headline else []
    base = base_axes(None, height, top=0.5 + 0.17 * len(above) + (0.25 if note else 0.0))
    panels = _split(base, inches, gaps * len(timelines))
    for k, timeline in enumerate(timelines):
        top, traffic, *failing = panels[k * len(gaps) : (k + 1) * len(gaps)]
        draw_lanes(top, timeline, scale, 12)
        draw_marks(top, timeline, scale)
        draw_traffic(traffic, timeline, scale, brief=True)
        for axes in failing:
            draw_failing(axes, timeline, scale, most)
        title = f"{timeline.strategy}: {run_figures(timeline.metrics)}"
        top.set_title(title, loc="left", fontsize=9, pad=13, parse_math=False)
    figure = _finished(base, panels, timelines, scale)
    _head(figure, "\n".join(above), note)
    return figure


def _head(figure: Figure, headline: str, note: str) -> None:
    """Write headline and note into the room above the panels."""
    inches = figure.get_figheight()
    top = 1.0 - 0.1 / inches
    figure.text(0.02, top, headline, fontsize=10, va="top", weight="bold", parse_math=False)
    lower = top - (0.17 * (headline.count("\n") + 1) if headline else 0.0) / inches
    figure.text(0.02, lower, note, fontsize=7.5, va="top", color=DARK, parse_math=False)


def _title(timeline: Timeline) -> str:
    figures = run_figures(timeline.metrics)
    run = f"{timeline.scenario}, run {timeline.replication:,}"
    return f"{timeline.strategy}: {figures}\n{run}"


def _lanes_inches(timeline: Timeline, most: int, inch: float) -> float:
    return max(0.7, inch * sum(lane_heights(lanes_of(timeline, most))))


def _split(base: Axes, inches: Sequence[float], gaps: Sequence[float]) -> list[Axes]:
    """Split axes into vertically stacked panels, by their heights and the gaps below them."""
    total = sum(inches) + sum(gaps[:-1])
    panels = []
    top = total
    for height, gap in zip(inches, gaps, strict=True):
        panels.append(base.inset_axes((0, (top - height) / total, 1, height / total)))
        top -= height + gap
    return panels


def _finished(
    base: Axes, panels: Sequence[Axes], timelines: Sequence[Timeline], scale: Timescale
) -> Figure:
    """Add time axis, shading and legend to the panels; return the figure."""
    each = len(panels) // len(timelines)
    for number, panel in enumerate(panels):
        draw_ground(panel, timelines[number // each], scale)
        panel.set_xlim(0, 1)
        panel.set_xticks([])
        panel.spines[["top", "right"]].set_visible(False)
    label_time(panels[-1], timelines, scale)
    name_ground(panels[-1], timelines[-1], scale)
    _legend(base, timelines, scale)
    return figure_of(base)


def _legend(base: Axes, timelines: Sequence[Timeline], scale: Timescale) -> None:
    """Explain colors, textures and the glyphs that occur, below the time axis."""
    occurring, words = styles_in(timelines), Vocabulary(timelines[0].platform)
    handles: list[Patch | Line2D] = [
        Patch(**stage_look("old", "healthy"), label=words.fill("old, {healthy}")),
        Patch(**stage_look("new", "healthy"), label=words.fill("new, {healthy}")),
        *(
            Patch(**stage_look("new", k), label=words.fill(name))
            for k, name in LEGEND
            if k in occurring
        ),
    ]
    if any(state.failing_rps > 0 for timeline in timelines for state, _ in timeline.states()):
        handles.append(
            Patch(facecolor=BAD, edgecolor="white", hatch="/////", label="failing requests")
        )
    grounds = {
        hurts_in(timeline, stretch) for timeline in timelines for stretch in scale.squeezed()
    }
    for hurt, name in ((False, "squeezed: nothing changes"), (True, "squeezed: users hurt")):
        if hurt in grounds:
            handles.append(Patch(facecolor=GROUND[hurt], label=name))
    kinds = {event.kind for timeline in timelines for event in marked(timeline)}
    handles += [
        Line2D([], [], linestyle="", marker=f"${glyph}$", color=color, label=words.fill(name))
        for kind, (glyph, color, name) in MARKS.items()
        if kind in kinds
    ]
    height = base.get_window_extent().height / figure_of(base).dpi
    base.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(-0.07, -0.5 / height), ncols=6,
        fontsize=7, frameon=False, handlelength=1.8, columnspacing=1.2, labelcolor=DARK,
    )  # fmt: skip
