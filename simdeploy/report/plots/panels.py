"""The panels of a run's picture besides its lanes: marks, capacity, traffic, ground and clock."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

from matplotlib.axes import Axes

from simdeploy.report.plots.lanes import BAD, NEW, OLD
from simdeploy.report.plots.timescale import Stretch, Timescale, hurts_in
from simdeploy.report.words import clock, long_duration
from simdeploy.results.timeline import Event, State, Timeline
from simdeploy.scenario.vocabulary import Vocabulary

GROUND = {False: "#ecece6", True: "#f6e3e6"}
DARK = "#333333"
#: Glyph, color and meaning of the events that are marked above the lanes.
MARKS = {
    "traffic_shifted": ("◆", "#7a5a00", "traffic shift"),
    "hook_finished": ("○", DARK, "hook"),
    "alarm_raised": ("▲", BAD, "alarm"),
    "breaker_tripped": ("✕", BAD, "circuit breaker"),
    "operator_decided": ("☎", DARK, "{operator}"),
    "rollback_started": ("◀", OLD, "rollback"),
    "deployment_stuck": ("‖", BAD, "stuck"),
    "deployment_finished": ("▢", DARK, "end"),
}
NARROW = 0.012
LABEL_ROOM = 0.062


def stairs(
    timeline: Timeline, scale: Timescale, value: Callable[[State], float]
) -> list[tuple[float, float, float]]:
    """Return a step function of the state as (start, end, value), equal neighbors merged."""
    out: list[tuple[float, float, float]] = []
    for state, until in timeline.states():
        a, b = (float(x) for x in scale([state.t, until]))
        level = float(value(state))
        if out and out[-1][2] == level:
            out[-1] = (out[-1][0], b, level)
        elif b > a:
            out.append((a, b, level))
    return out


def draw_ground(axes: Axes, timeline: Timeline, scale: Timescale) -> None:
    """Shade squeezed time gray, or red if users suffer in it."""
    for stretch in scale.squeezed():
        a, b = scale([stretch.start, stretch.end])
        axes.axvspan(a, b, color=GROUND[hurts_in(timeline, stretch)], linewidth=0, zorder=0)


def name_ground(axes: Axes, timeline: Timeline, scale: Timescale) -> None:
    """Label each squeezed stretch that has room with its true length."""
    for stretch in scale.squeezed():
        a, b = (float(x) for x in scale([stretch.start, stretch.end]))
        if b - a < 0.045:
            continue
        text = long_duration(stretch.seconds).removesuffix(" 0 s")
        text = text.rsplit(" ", 2)[0] if stretch.seconds >= 600 and text.endswith("s") else text
        label = f"{text}\n{_harm_in(timeline, stretch)}"
        box = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.5}
        axes.text(
            (a + b) / 2, 0.5, label, ha="center", va="center", fontsize=6.5, color=DARK, bbox=box,
            transform=axes.get_xaxis_transform(), zorder=6,
        )  # fmt: skip


def _harm_in(timeline: Timeline, stretch: Stretch) -> str:
    if not hurts_in(timeline, stretch):
        return "quiet"
    states = [state for state, end in timeline.states() if state.t <= stretch.start < end]
    worst = max((state.failing_share for state in states), default=0.0)
    return "all fails" if worst > 0.995 else "users hurt"


def marked(timeline: Timeline) -> list[Event]:
    """Return the events with a glyph, in time order; a shift back belongs to the rollback."""
    events = [e for e in timeline.events if e.kind in MARKS and e.t <= timeline.horizon]
    return [e for e in events if e.kind != "traffic_shifted" or e.data.get("percent", 100)]


def draw_marks(axes: Axes, timeline: Timeline, scale: Timescale) -> None:
    """Mark shifts, hooks, alarms, breaker, operator, rollback and end above the lanes."""
    taken: list[float] = []
    for event in marked(timeline):
        glyph, color, _ = MARKS[event.kind]
        true = float(scale(event.t))
        x = max(true, taken[-1] + NARROW) if taken else true
        taken.append(x)
        axes.axvline(true, color=color, linewidth=0.6, alpha=0.6, zorder=1)
        axes.text(
            x, 1.0, glyph, color=color, fontsize=8.5, ha="center", va="bottom",
            transform=axes.get_xaxis_transform(), clip_on=False,
        )  # fmt: skip


def draw_capacity(axes: Axes, timeline: Timeline, scale: Timescale) -> None:
    """Draw capacity of eligible targets against demand, with shortages in red."""
    capacity = stairs(timeline, scale, lambda state: state.capacity_rps)
    demand = stairs(timeline, scale, lambda state: state.offered_rps)
    label = f"capacity of {Vocabulary(timeline.platform).eligible}"
    _step(axes, capacity, color=DARK, linewidth=1.4, label=label)
    _step(axes, demand, color=BAD, linewidth=1.2, linestyle=(0, (4, 2)), label="demand")
    for start, end, short, needed in _shortages(timeline, scale):
        axes.fill_between([start, end], short, needed, color=BAD, alpha=0.35, linewidth=0)
    highest = max((level for *_, level in capacity + demand), default=1.0)
    axes.set_ylim(0, 1.35 * highest or 1.0)
    axes.set_ylabel("requests/s", fontsize=8)
    axes.yaxis.set_major_formatter("{x:,.0f}" if highest > 10 else "{x:g}")
    axes.tick_params(axis="y", labelsize=7)
    axes.legend(loc="upper right", fontsize=7, ncols=2, frameon=False, borderaxespad=0.1)


def _shortages(timeline: Timeline, scale: Timescale) -> list[tuple[float, float, float, float]]:
    return [
        (float(scale(state.t)), float(scale(end)), state.capacity_rps, state.offered_rps)
        for state, end in timeline.states()
        if state.capacity_rps < state.offered_rps
    ]


def _step(axes: Axes, levels: list[tuple[float, float, float]], **style: Any) -> None:
    x = [place for a, b, _ in levels for place in (a, b)]
    y = [level for *_, level in levels for _ in (0, 1)]
    axes.plot(x, y, **style)


def draw_traffic(axes: Axes, timeline: Timeline, scale: Timescale, *, brief: bool = False) -> None:
    """Draw shares of old and new, stacked to 100 %, under a red hatch for the failing share."""
    for a, b, share in stairs(timeline, scale, lambda state: state.new_share):
        _slab(axes, a, b, (100 * share, 100), facecolor=OLD)
        _slab(axes, a, b, (0, 100 * share), facecolor=NEW)
    for a, b, share in stairs(timeline, scale, lambda state: state.failing_share):
        _slab(axes, a, b, (0, 100 * share), facecolor=BAD, edgecolor="white", hatch="/////")
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 100] if brief else [0, 50, 100])
    axes.set_ylabel("traffic\n(%)" if brief else "traffic (%)", fontsize=7 if brief else 8)
    axes.tick_params(axis="y", labelsize=7)


def draw_failing(axes: Axes, timeline: Timeline, scale: Timescale, most: float) -> None:
    """Draw the rate of failing requests up to ``most`` (requests/s), the same for all strategies.

    Heights are square roots, so that a canary's few failures show beside an outage.
    """
    for a, b, rate in stairs(timeline, scale, lambda state: state.failing_rps):
        _slab(axes, a, b, (0, sqrt(rate)), facecolor=BAD)
    ticks = [0.0, most / 10, most]
    axes.set_ylim(0, 1.05 * sqrt(most))
    axes.set_yticks(
        [sqrt(t) for t in ticks], [f"{t:,.0f}" if t >= 10 else f"{t:.2g}" for t in ticks]
    )
    axes.set_ylabel("failing\n(req/s, √)", fontsize=7)
    axes.tick_params(axis="y", labelsize=6)


def _slab(axes: Axes, a: float, b: float, heights: tuple[float, float], **style: Any) -> None:
    if heights[1] > heights[0]:
        axes.fill_between([a, b], *heights, linewidth=0, zorder=2, **style)


def label_time(axes: Axes, timelines: Sequence[Timeline], scale: Timescale) -> None:
    """Label the time axis at marked events, then at others, as far as there is room."""
    horizon = max(timeline.horizon for timeline in timelines)
    landmarks = [event.t for timeline in timelines for event in marked(timeline)]
    others = [event.t for timeline in timelines for event in timeline.events]
    chosen: dict[float, float] = {}
    for t in (0.0, horizon, *sorted(landmarks), *sorted(others)):
        place = float(scale(t))
        if t <= horizon and all(abs(place - other) >= LABEL_ROOM for other in chosen.values()):
            chosen[t] = place
    axes.set_xticks(list(chosen.values()), [clock(t).removeprefix("0") for t in chosen], fontsize=7)
    axes.set_xlabel("time after the command (h:mm:ss; shaded: squeezed)", fontsize=8)
