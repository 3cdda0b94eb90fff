"""Quantile dotplots: 50 dots, each one of 50 equally likely runs.

People decide better with countable dots than with error bars or intervals.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simdeploy.report.amounts import amount

DOTS = 50
COLUMNS = 70
HIGHEST = 10
COLOR = "#333333"


def quantiles(values: ArrayLike, dots: int = DOTS) -> NDArray[np.float64]:
    """Return ``dots`` equally likely values, without the runs in which there is none."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    levels = (np.arange(dots) + 0.5) / dots
    return np.quantile(known, levels) if known.size else np.empty(0)


def draw_dots(axes: Any, samples: Mapping[str, ArrayLike], xlabel: str) -> None:
    """Draw one row of dots per name on one shared axis, the first name on top."""
    rows = {name: quantiles(values) for name, values in samples.items()}
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
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _axis(axes: Any, values: Sequence[float]) -> Any:
    """Set up the axis and return the map from values to its columns; logarithmic where wide."""
    top = max([1.0, *values])
    positive = [v for v in values if v >= 1]
    wide = bool(positive) and (min(positive) * 30 < top or min(values) < 1) and top > 100
    ticks = _log_ticks(top) if wide else _even_ticks(top)
    # A value below 1 sits at the left end, so zero has a place on a logarithmic axis too.
    low = max(0.0, log10(min(positive)) - 1) if wide and min(values) >= 1 else 0.0
    reach = log10(top) + 0.05 - low if wide else 1.03 * top

    def place(v: ArrayLike) -> NDArray[np.float64]:
        known = np.asarray(v, dtype=np.float64)
        return (np.log10(np.maximum(known, 1)) - low) / reach if wide else known / reach

    shown = [t for t in ticks if 0 <= float(place(t)) <= 1]
    names = ["none" if t in (0, 1) and wide and not low else amount(t) for t in shown]
    axes.set_xticks([float(place(t)) for t in shown], names, fontsize=8)
    axes.set_xlim(-0.03, 1.06)
    return place


def _log_ticks(top: float) -> list[float]:
    return [10.0**k for k in range(int(log10(top)) + 1)]


def _even_ticks(top: float) -> list[float]:
    step = 10.0 ** int(log10(top))
    step = step / 5 if top / step < 2 else step / 2 if top / step < 5 else step
    return [step * i for i in range(int(top / step) + 1)]


def _row(axes: Any, base: float, places: NDArray[np.float64]) -> None:
    """Stack dots that share a column; one that is too high spreads if it can."""
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
    """Return over how many free columns to the right a stack that is too high spreads."""
    wanted = -(-stacks[column] // HIGHEST)
    free = (n for n in range(1, wanted) if column + n in stacks)
    return next(free, wanted)


def _note(axes: Any, base: float, values: NDArray[np.float64]) -> None:
    """Say in words what dots cannot: that there is none at all, or what the middle is."""
    if not values.size:
        text = "never"
    elif values.max() < 0.5:
        text = "none in all runs"
    else:
        text = f"median {amount(float(np.median(values)))}"
    axes.text(1.05, base + 0.82, text, ha="right", va="top", fontsize=7, color="#555555")
