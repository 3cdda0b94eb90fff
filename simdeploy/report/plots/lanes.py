"""The lanes of a run: one per task, colored by revision and textured by stage of life.

Hue shows the revision (Paul Tol's high-contrast triple, which survives gray print and every kind
of color blindness), texture the stage, red a failure. A task that follows a failed task takes
over its lane, so that a crash loop reads as a comb; above ``MOST`` lanes, alike lanes are drawn
together as one band whose height is the number of tasks in each stage.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba

from simdeploy.report.plots.timescale import Timescale
from simdeploy.results.timeline import TaskLife, Timeline

OLD, NEW, BAD = "#004488", "#DDAA33", "#BB5566"
EDGE = {"old": OLD, "new": "#7a5a00"}
FACE = {"old": OLD, "new": NEW}
MOST = 24
STYLES = ("waiting", "booting", "checking", "healthy", "unhealthy", "draining", "failed")
STYLE_OF = {
    "provisioning": "waiting", "restarting": "waiting", "pulling": "waiting",
    "starting": "waiting", "booting": "booting",
    "checking": "checking", "healthy": "healthy", "hung": "unhealthy", "unhealthy": "unhealthy",
    "leaving": "draining", "draining": "draining", "stopping": "draining", "exited": "draining",
}  # fmt: skip
ORDER = ("healthy", "unhealthy", "draining", "checking", "booting", "waiting")


class Shape(NamedTuple):
    """A polygon of a lane in one style: corners as (s, lane units from the top)."""

    corners: list[tuple[float, float]]
    revision: str
    style: str


@dataclass(slots=True)
class Lane:
    """Tasks of one revision, in sequence or, in a band, ``count`` side by side."""

    revision: str
    lives: list[TaskLife] = field(default_factory=list)
    count: int = 1

    @property
    def free_from(self) -> float:
        """When the last task of the lane ends (s)."""
        return _end(self.lives[-1])

    @property
    def fate(self) -> tuple[str, ...]:
        """The revision and all stages of its tasks: lanes with the same fate can share a band."""
        return (self.revision, *(s for life in self.lives for *_, s in life.stages))


def _end(life: TaskLife) -> float:
    return max((stage[1] for stage in life.stages), default=0.0)


def _start(life: TaskLife) -> float:
    return min((stage[0] for stage in life.stages), default=0.0)


def lanes_of(timeline: Timeline, most: int = MOST) -> list[Lane]:
    """Return the lanes of a run, old revision first; more than ``most`` are merged into bands."""
    single: list[Lane] = []
    for life in sorted(timeline.tasks, key=lambda life: (life.revision != "old", _start(life))):
        if life.stages:
            _place(life, single)
    if len(single) <= most:
        return single
    alike = _bands(single, lambda lane: lane.fate)
    return alike if len(alike) <= most else _bands(single, lambda lane: lane.revision)


def _place(life: TaskLife, lanes: list[Lane]) -> None:
    """Put a task on a free lane, preferably that of a failed task, else on a new lane."""
    free = [
        lane for lane in lanes
        if lane.revision == life.revision and lane.free_from <= _start(life) + 1e-9
    ]  # fmt: skip
    free.sort(key=lambda lane: not lane.lives[-1].failed)
    if free:
        free[0].lives.append(life)
    else:
        lanes.append(Lane(life.revision, [life]))


def _bands(single: list[Lane], key: Callable[[Lane], Hashable]) -> list[Lane]:
    groups: dict[Hashable, Lane] = {}
    for lane in single:
        band = groups.setdefault(key(lane), Lane(lane.revision, [], 0))
        band.lives += lane.lives
        band.count += 1
    return list(groups.values())


def lane_heights(lanes: list[Lane]) -> list[float]:
    """Return the height of each lane; a band grows with the root of its number of tasks."""
    return [1.0 if lane.count == 1 else min(6.0, 1.0 + 0.5 * lane.count**0.5) for lane in lanes]


def lane_labels(lanes: list[Lane]) -> list[str]:
    """Return the labels of lanes: ``old 1``, or ``new × 188`` for a band."""
    seen: Counter[str] = Counter()
    labels = []
    for lane in lanes:
        seen[lane.revision] += 1
        number = f"× {lane.count}" if lane.count > 1 else seen[lane.revision]
        labels.append(f"{lane.revision} {number}")
    return labels


def shapes_of(lane: Lane, top: float, height: float, horizon: float) -> list[Shape]:
    """Return the polygons of a lane, up to the horizon (s)."""
    if lane.count > 1:
        return _band(lane, top, height, horizon)
    upper, lower = top + 0.12 * height, top + 0.88 * height
    return [
        Shape(_corners([(start, min(end, horizon), upper, lower)]), lane.revision, STYLE_OF[stage])
        for life in lane.lives
        for start, end, stage in life.stages
        if end > start and start < horizon
    ]


def _corners(slabs: list[tuple[float, float, float, float]]) -> list[tuple[float, float]]:
    """Return the outline of adjacent slabs (start, end, upper, lower)."""
    above = [(t, upper) for start, end, upper, _ in slabs for t in (start, end)]
    below = [(t, lower) for start, end, _, lower in slabs for t in (start, end)]
    return above + below[::-1]


def _band(lane: Lane, top: float, height: float, horizon: float) -> list[Shape]:
    """Return a band: the numbers of tasks per stage, stacked; a stage's outline is one shape."""
    unit, floor = 0.9 * height / lane.count, top + 0.95 * height
    runs: dict[str, list[list[tuple[float, float, float, float]]]] = defaultdict(list)
    for start, end, counts in _counts(lane, horizon):
        lower = floor
        for style in ORDER:
            upper = lower - unit * counts.get(style, 0)
            if upper < lower:
                _extend(runs[style], (start, end, upper, lower))
            lower = upper
    return [
        Shape(_corners(run), lane.revision, style)
        for style, several in runs.items()
        for run in several
    ]


def _extend(
    runs: list[list[tuple[float, float, float, float]]], slab: tuple[float, float, float, float]
) -> None:
    """Append a slab to the run that it continues, or start the next run."""
    if runs and runs[-1][-1][1] == slab[0]:
        runs[-1].append(slab)
    else:
        runs.append([slab])


def _counts(lane: Lane, horizon: float) -> Iterable[tuple[float, float, dict[str, int]]]:
    """Yield the number of tasks per style between every two changes."""
    changes: dict[float, Counter[str]] = defaultdict(Counter)
    for life in lane.lives:
        for start, end, stage in life.stages:
            changes[min(start, horizon)][STYLE_OF[stage]] += 1
            changes[min(end, horizon)][STYLE_OF[stage]] -= 1
    counts: Counter[str] = Counter()
    for now, following in pairwise(sorted(changes)):
        counts.update(changes[now])
        yield now, following, counts


def draw_lanes(axes: Axes, timeline: Timeline, scale: Timescale, most: int = MOST) -> float:
    """Draw the lanes of a run and return their height in lanes, top to bottom."""
    lanes = lanes_of(timeline, most)
    heights = lane_heights(lanes)
    tops = [sum(heights[:i]) for i in range(len(lanes))]
    shapes = [
        shape
        for lane, top, height in zip(lanes, tops, heights, strict=True)
        for shape in shapes_of(lane, top, height, timeline.horizon)
    ]
    _fill(axes, shapes, scale)
    _cross_unhealthy(axes, shapes, scale)
    _mark_failures(axes, lanes, tops, heights, scale)
    total = sum(heights) or 1.0
    axes.set_ylim(total, 0)
    axes.set_yticks([top + h / 2 for top, h in zip(tops, heights, strict=True)], lane_labels(lanes))
    axes.tick_params(axis="y", length=0, labelsize=7)
    return total


def _fill(axes: Axes, shapes: list[Shape], scale: Timescale) -> None:
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for shape in shapes:
        places = [(float(scale(t)), y) for t, y in shape.corners]
        groups[shape.revision, shape.style].append(places)
    for (revision, style), corners in groups.items():
        axes.add_collection(PolyCollection(corners, **stage_look(revision, style)))


def stage_look(revision: str, style: str) -> dict[str, Any]:
    """Return matplotlib's settings for a stage of a revision."""
    edge, face = EDGE.get(revision, "#444444"), FACE.get(revision, "#888888")
    base: dict[str, Any] = {"edgecolor": edge, "facecolor": "white", "linewidth": 0.7, "zorder": 2}
    special: dict[str, dict[str, Any]] = {
        "waiting": {},
        "booting": {"facecolor": to_rgba(face, 0.35)},
        "checking": {"hatch": "....."},
        "healthy": {"facecolor": face},
        "unhealthy": {"facecolor": face, "edgecolor": BAD, "linewidth": 1.4, "zorder": 3},
        "draining": {"hatch": "//////"},
        "failed": {"facecolor": BAD, "edgecolor": BAD},
    }
    return base | special[style]


def styles_in(timelines: Iterable[Timeline]) -> set[str]:
    """Return the styles that the lanes of some runs have."""
    lives = [life for timeline in timelines for life in timeline.tasks]
    styles = {STYLE_OF[stage] for life in lives for *_, stage in life.stages}
    return styles | ({"failed"} if any(life.failed for life in lives) else set())


def _cross_unhealthy(axes: Axes, shapes: list[Shape], scale: Timescale) -> None:
    sick = [shape.corners for shape in shapes if shape.style == "unhealthy"]
    x = [sum(float(scale(t)) for t, _ in corners) / len(corners) for corners in sick]
    y = [sum(y for _, y in corners) / len(corners) for corners in sick]
    axes.plot(x, y, linestyle="", marker="x", color="white", markersize=4, zorder=4)


def _mark_failures(
    axes: Axes, lanes: list[Lane], tops: list[float], heights: list[float], scale: Timescale
) -> None:
    """Mark the end of failed tasks by a red block with a cross."""
    x, y = [], []
    for lane, top, height in zip(lanes, tops, heights, strict=True):
        dead = [_end(life) for life in lane.lives if life.failed]
        x += [float(scale(t)) for t in dead]
        y += [top + height / 2] * len(dead)
    axes.plot(x, y, linestyle="", marker="s", color=BAD, markersize=6.5, zorder=4)
    axes.plot(x, y, linestyle="", marker="x", color="white", markersize=3.5, zorder=5)
