"""What pictures share: empty axes of the needed height, and files that are whole or not there.

Everything is drawn on a `matplotlib.figure.Figure` of its own, so pyplot's global state is not
touched.
"""

import os
from pathlib import Path
from typing import cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simdeploy.errors import SimdeployError
from simdeploy.files import draft_of

WIDTH = 10.0
SUFFIXES = (".png", ".svg", ".pdf")


def figure_of(axes: Axes) -> Figure:
    """Return the figure of axes."""
    return cast("Figure", axes.figure)


def base_axes(ax: Axes | None, inches: float, *, bottom: float = 1.2, top: float = 0.5) -> Axes:
    """Return empty axes: the given axes, or those of a new figure of the needed height."""
    if ax is None:
        height = inches + bottom + top
        figure = Figure(figsize=(WIDTH, height), dpi=120)
        ax = figure.add_axes((0.09, bottom / height, 0.875, inches / height))
    ax.set_axis_off()
    return ax


def check_suffix(path: str | os.PathLike[str]) -> Path:
    """Return the path of a picture.

    Raises
    ------
    SimdeployError
        For a suffix other than .png, .svg and .pdf.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        got = target.suffix or "no suffix"
        raise SimdeployError(f"{target}: a picture is {', '.join(SUFFIXES)}; got {got}")
    return target


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, SVG or PDF by its suffix; a failure leaves no file behind."""
    target = check_suffix(path)
    kind = target.suffix.lower()[1:]
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    with draft_of(target) as draft:
        figure.savefig(draft, format=kind, metadata=metadata)
    return target
