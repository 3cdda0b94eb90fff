"""Dots: equally likely runs per strategy."""

import numpy as np
import pytest

from simdeploy.report.plots.dots import equally_likely, plot_comparison


def test_dots_are_equally_likely_runs():
    """Fifty dots stand for a thousand runs, the undefined runs left out."""
    values = np.append(np.arange(1000.0), [np.nan, np.inf])
    assert equally_likely(values).tolist() == pytest.approx(
        np.quantile(np.arange(1000), (np.arange(50) + 0.5) / 50).tolist()
    )
    assert equally_likely([np.nan]).size == 0


@pytest.mark.parametrize(
    "values",
    [
        {"a": np.zeros(10)},
        {"a": np.arange(1, 1000.0) ** 2, "b": np.zeros(10)},
        {"a": np.full(10, 5.0), "b": np.full(10, 80.0)},
        {"a": np.full(5, np.nan)},
        {"a": np.full(1000, 61_000.0), "b": np.full(1000, 58_000.0)},
    ],
)
def test_a_distribution_is_fifty_dots_per_strategy(values):
    """Each strategy with values has a row of 50 dots, each without is told as never."""
    figure = plot_comparison(values)
    dots = [len(line.get_xdata()) for line in figure.axes[0].lines if line.get_marker() == "o"]
    expected = [50 if np.isfinite(v).any() else 0 for v in values.values()]
    assert dots == expected
