"""Distributions of a metric over many runs: 50 equally likely dots per strategy."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from simdeploy.report.plots.canvas import base_axes, figure_of
from simdeploy.report.words import NET, full_count
from simdeploy.results.comparison import Comparison
from simdeploy.results.folded import FoldedResult
from simdeploy.results.metrics import TOTAL
from simdeploy.scenario.vocabulary import Vocabulary

DOTS = 50
COLUMNS = 70
HIGHEST = 10
COLOR = "#333333"


def plot_comparison(
    comparison: Comparison | Mapping[str, ArrayLike],
    ax: Axes | None = None,
    metric: str = "failed_caused",
) -> Figure:
    """Draw the distribution of a metric over the runs: 50 equally likely dots per strategy.

    Parameters
    ----------
    comparison
        A comparison, or the values of each strategy's runs by its name.
    ax
        Axes to draw in; those of a new figure by default.
    metric
        A name of `simdeploy.results.metrics`, or ``failed_caused``, ``slow_caused`` or
        ``downtime_caused``: what failed beyond what did before the command, as in the tables.
    """
    samples = comparison if isinstance(comparison, Mapping) else _samples(comparison, metric)
    platform = "ecs" if isinstance(comparison, Mapping) else comparison.scenario.platform
    measured = Vocabulary(platform).metric(TOTAL.get(metric, metric))
    net = NET if metric in TOTAL else ""
    axes = base_axes(ax, 0.9 * len(samples) + 0.1, bottom=0.6, top=0.4)
    axes.set_axis_on()
    unit = "" if measured.unit in measured.title.lower() else f" ({measured.unit})"
    draw_dots(axes, samples, measured.title.lower() + unit + net)
    axes.set_title(f"{measured.title} per strategy", loc="left", fontsize=10)
    return figure_of(axes)


def _samples(comparison: Comparison, metric: str) -> dict[str, NDArray[np.float64]]:
    levels = (np.arange(DOTS) + 0.5) / DOTS
    return {
        name: result.spread(metric, levels)
        if isinstance(result, FoldedResult)
        else result.rows[metric]
        for name, result in comparison.results
    }


def typical_run(comparison: Comparison, metric: str = "failed_caused") -> int:
    """Return the replication nearest to the median, summed over the strategies.

    Of more runs than are kept it is one of the first.
    """
    samples = [result.sample(metric) for _, result in comparison.results]
    return int(np.argmin(sum(map(_rank_distance, samples))))


def _rank_distance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each run's distance from the median in ranks; equal runs share their middle rank."""
    ranked = np.sort(values)
    low, high = (np.searchsorted(ranked, values, side) for side in ("left", "right"))
    return np.abs((low + high) / 2 - len(values) / 2)


def equally_likely(values: ArrayLike, dots: int = DOTS) -> NDArray[np.float64]:
    """Return ``dots`` equally likely values out of the finite values; none without any."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    levels = (np.arange(dots) + 0.5) / dots
    return np.quantile(finite, levels) if finite.size else np.empty(0)


def draw_dots(axes: Axes, samples: Mapping[str, ArrayLike], xlabel: str) -> None:
    """Draw a quantile dotplot: a row of dots per name on a shared axis, the first name on top.

    People decide better with countable dots than with error bars or intervals.
    """
    rows = {name: equally_likely(values) for name, values in samples.items()}
    place = _axis(axes, [v for values in rows.values() for v in values])
    for index, values in enumerate(rows.values()):
        base = len(rows) - 1 - index
        _row(axes, base, place(values))
        axes.axhline(base, color="#bbbbbb", linewidth=0.6, zorder=0)
        _note(axes, base, values)
    axes.set_ylim(-0.12, len(rows) - 0.05)
    axes.set_yticks([len(rows) - 0.75 - i for i in range(len(rows))], list(rows))
    axes.set_xlabel(f"{xlabel}; a dot is 1 of {DOTS} equally likely runs", fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "right", "top"]].set_visible(False)


def _axis(axes: Axes, values: Sequence[float]) -> Callable[[ArrayLike], NDArray[np.float64]]:
    """Set up the axis, logarithmic for a wide range; return the map from values to 0-1."""
    top = max([1.0, *values])
    positive = [v for v in values if v >= 1]
    wide = bool(positive) and (min(positive) * 30 < top or min(values) < 1) and top > 100
    ticks = [10.0**k for k in range(int(log10(top)) + 1)] if wide else _even_ticks(top)
    # Values below 1 are drawn at the left end, so that zero fits a logarithmic axis.
    low = max(0.0, log10(min(positive)) - 1) if wide and min(values) >= 1 else 0.0
    reach = log10(top) + 0.05 - low if wide else 1.03 * top

    def place(v: ArrayLike) -> NDArray[np.float64]:
        values_ = np.asarray(v, dtype=np.float64)
        return (np.log10(np.maximum(values_, 1)) - low) / reach if wide else values_ / reach

    shown = [t for t in ticks if 0 <= float(place(t)) <= 1]
    names = ["none" if t in (0, 1) and wide and not low else full_count(t) for t in shown]
    axes.set_xticks([float(place(t)) for t in shown], names, fontsize=8)
    axes.set_xlim(-0.03, 1.06)
    return place


def _even_ticks(top: float) -> list[float]:
    step = 10.0 ** int(log10(top))
    step = step / 5 if top / step < 2 else step / 2 if top / step < 5 else step
    return [step * i for i in range(int(top / step) + 1)]


def _row(axes: Axes, base: float, places: NDArray[np.float64]) -> None:
    """Stack dots that share a column; a high stack spreads over free columns."""
    stacks: dict[int, int] = defaultdict(int)
    for place in places:
        stacks[round(float(place) * COLUMNS)] += 1
    wide = {column: _columns(column, stacks) for column in stacks}
    highest = max((-(-high // wide[column]) for column, high in stacks.items()), default=1)
    pitch = min(0.075, 0.8 / highest)
    dots = [
        ((column + dot % wide[column]) / COLUMNS, base + 0.05 + pitch * (dot // wide[column]))
        for column, high in stacks.items()
        for dot in range(high)
    ]
    x, y = zip(*dots, strict=True) if dots else ((), ())
    axes.plot(x, y, linestyle="", marker="o", markersize=4.2, color=COLOR, clip_on=False, zorder=2)


def _columns(column: int, stacks: Mapping[int, int]) -> int:
    """Return over how many columns a stack spreads, as far as those to its right are free."""
    wanted = -(-stacks[column] // HIGHEST)
    free = (n for n in range(1, wanted) if column + n in stacks)
    return next(free, wanted)


def _note(axes: Axes, base: float, values: NDArray[np.float64]) -> None:
    """Write the median, or that there is no value at all."""
    if not values.size:
        text = "never"
    elif values.max() < 0.5:
        text = "none in all runs"
    else:
        text = f"median {full_count(float(np.median(values)))}"
    axes.text(1.05, base + 0.82, text, ha="right", va="top", fontsize=7, color="#555555")
