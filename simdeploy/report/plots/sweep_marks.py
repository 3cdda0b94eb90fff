"""What pictures of sweeps share: measures with labels and bands, positions, scales and looks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.colors import LogNorm, Normalize, PowerNorm
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pandas import DataFrame, Series

from simdeploy.errors import SimdeployError
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.report.words import NET, spaced
from simdeploy.results.metrics import BY_NAME, TOTAL
from simdeploy.scenario.vocabulary import Vocabulary

Floats = NDArray[np.float64]

DARK = "#333333"
#: Colors that color-blind readers can distinguish, and as many markers.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
#: Statistics in words.
WORDS = {
    "mean": "average", "p05": "1 in 20 is below", "p50": "median", "p95": "1 in 20 is above",
    "p99": "1 in 100 is above", "min": "least", "max": "greatest", "sd": "standard deviation",
}  # fmt: skip
SHARES = tuple(f"verdict_{w}" for w in VERDICTS) + tuple(f"outcome_{w}" for w in OUTCOMES)
#: Values that differ by this factor are far apart.
WIDE = 20.0
#: Most ticks on an axis of a knob.
TICKS = 12


@dataclass(frozen=True)
class Measure:
    """A metric of a sweep: its column, its label, and the columns of its band."""

    metric: str
    column: str
    label: str
    low: str
    high: str
    band: str
    horizon: float

    def of(self, rows: DataFrame) -> tuple[Floats, Floats, Floats]:
        """Return the number and its band; infinite times become the horizon."""
        columns = (rows[name].to_numpy(float) for name in (self.column, self.low, self.high))
        middle, low, high = (np.where(np.isposinf(v), self.horizon, v) for v in columns)
        return middle, low, high


def measure_of(frame: DataFrame, metric: str, statistic: str) -> Measure:
    """Return the measure of a metric and statistic.

    Raises
    ------
    SimdeployError
        For an unknown metric or statistic.
    """
    horizon = float(frame.attrs["horizon_s"])
    if metric in SHARES:
        what = spaced(metric.partition("_")[2])
        bounds = (f"{metric}_low", f"{metric}_high")
        return Measure(metric, metric, f"share of runs {what}", *bounds,
                     " · band: 95 % interval", horizon)  # fmt: skip
    if metric not in BY_NAME and metric not in TOTAL:
        raise SimdeployError(f'unknown metric "{metric[:60]}"; known: {", ".join(BY_NAME)}')
    if statistic not in WORDS:
        raise SimdeployError(f'unknown statistic "{statistic[:40]}"; known: {", ".join(WORDS)}')
    words = Vocabulary(frame.attrs.get("platform", "ecs"))
    measured, column = words.metric(TOTAL.get(metric, metric)), f"{metric}_{statistic}"
    title = (
        measured.title.removeprefix("… ").lower() if measured.title[0] != "p" else measured.title
    )
    unit = "" if measured.unit in title else f" ({measured.unit})"
    unit += NET if metric in TOTAL else ""
    low, high, band = column, column, ""
    if statistic == "mean":
        low, high, band = f"{metric}_p05", f"{metric}_p95", " · band: 9 in 10 runs"
    return Measure(metric, column, f"{title}{unit}, {WORDS[statistic]}", low, high, band, horizon)


@dataclass(frozen=True)
class Places:
    """Positions of a knob's values on an axis: numbers at their value, words at 0, 1, …."""

    words: tuple[str, ...]

    def of(self, values: "Series[Any]") -> Floats:
        """Return the positions of values."""
        if not self.words:
            return np.asarray(values.to_numpy(float))
        return np.array([self.words.index(str(value)) for value in values], dtype=float)

    def label(self, axis: Axis, places: Floats) -> None:
        """Label an axis at the words, or at numbers that are few."""
        if self.words:
            axis.set_ticks(range(len(self.words)), list(self.words))
            axis.axes.margins(x=0.15)
        elif len(distinct := np.unique(places[np.isfinite(places)])) <= TICKS:
            axis.set_ticks(distinct, [short_number(value) for value in distinct])
        elif np.array_equal(distinct, np.round(distinct)):
            locator = axis.get_major_locator()
            if isinstance(locator, MaxNLocator):
                locator.set_params(integer=True)

    def label_cells(self, axis: Axis, places: Floats) -> None:
        """Label the cells of a heat map by their values."""
        step = -(-len(places) // TICKS)
        texts = [self.words[int(value)] if self.words else short_number(value) for value in places]
        axis.set_ticks(range(0, len(places), step), texts[::step])


def places_of(values: "Series[Any]") -> Places:
    """Return the positions of a knob's values."""
    if values.dtype.kind == "f":
        return Places(())
    return Places(tuple(dict.fromkeys(str(value) for value in values)))


def short_number(value: float) -> str:
    """Return a number in few characters.

    >>> [short_number(n) for n in (13_100.0, 1_430_000.0, 0.0312, 300.0, float("nan"))]
    ['13.1k', '1.43M', '0.0312', '300', '–']
    """
    if not np.isfinite(value):
        return "–" if np.isnan(value) else "∞"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (size if size != 1e4 else 1e3):.3g}{letter}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def format_axis(axis: Axis) -> None:
    """Format the ticks of an axis as short numbers."""
    axis.set_major_formatter(lambda value, _: short_number(value))


def curve_look(number: int, strategies: int, *, dots: bool) -> dict[str, Any]:
    """Return a strategy's line style; earlier lines are wider, so that later lines hide none."""
    wider = strategies - 1 - number
    look = {
        "color": COLORS[number % len(COLORS)],
        "marker": MARKERS[number % len(MARKERS)],
        "markersize": 3.5 + 1.1 * wider,
        "linewidth": 1.3 + 0.9 * wider,
    }
    return look | {"linestyle": ""} if dots else look


def is_wide(values: Floats) -> bool:
    """Return whether a linear scale would squeeze the smaller of non-negative values to a line."""
    positive = values[np.isfinite(values) & (values > 0)]
    return (
        len(positive) > 1
        and bool(np.all(values[np.isfinite(values)] >= 0))
        and bool(positive.max() > WIDE * positive.min())
    )


def color_scale(values: Floats) -> Normalize:
    """Return a color scale from the least to the greatest value."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Normalize(0.0, 1.0)
    low, high = float(finite.min()), max(float(finite.max()), float(finite.min()) + 1e-9)
    if not is_wide(values):
        return Normalize(low, high)
    return LogNorm(low, high) if low > 0 else PowerNorm(0.35, low, high)


def scale_axis(axis: Axis, values: Floats) -> None:
    """Scale an axis for its values: logarithmic if they are far apart, zero included."""
    if is_wide(values):
        positive = values[np.isfinite(values) & (values > 0)]
        how = {"linthresh": float(positive.min())} if (values == 0).any() else {}
        set_scale = axis.axes.set_xscale if isinstance(axis, XAxis) else axis.axes.set_yscale
        set_scale("symlog" if how else "log", **how)
    format_axis(axis)


def tidy(axes: Axes) -> None:
    """Reduce frame, grid and ticks."""
    axes.tick_params(labelsize=8)
    axes.grid(color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
