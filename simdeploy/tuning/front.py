"""Which settings no other beats: the Pareto front, its knee, and a few that stand for it.

Everything here minimizes. ``resolution`` is, per objective, the difference that nobody could see:
points in the same cell of that grid are level, and one of them stands for all.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def nondominated(values: Array) -> NDArray[np.bool_]:
    """Return which points no other beats: as good in every objective and better in one.

    Parameters
    ----------
    values
        Points × objectives. Equal points do not beat each other.

    Examples
    --------
    >>> nondominated(np.array([[1.0, 4.0], [2.0, 2.0], [3.0, 3.0]])).tolist()
    [True, True, False]
    """
    kept = np.ones(len(values), dtype=bool)
    for at in range(len(values)):
        if kept[at]:
            beaten = (values >= values[at]).all(axis=1) & (values > values[at]).any(axis=1)
            kept &= ~beaten
    return kept


def pareto_front(values: Array, resolution: Array | None = None) -> Places:
    """Return the places of the front, sorted by the first objective and then the others.

    Parameters
    ----------
    values
        Points × objectives.
    resolution
        Per objective, a difference too small to count. Without it every difference counts.
    """
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    places = np.arange(len(values))
    if resolution is not None:
        places = _one_per_cell(values, resolution)
    cells = values[places] if resolution is None else np.floor(values[places] / resolution)
    found = places[nondominated(cells)]
    order = np.lexsort(values[found].T[::-1])
    return np.asarray(found[order], dtype=np.int64)


def _one_per_cell(values: Array, resolution: Array) -> Places:
    """Return of each cell the point with the least sum, so that none of its cell beats it."""
    cells = np.floor(values / resolution)
    sums = (values / resolution).sum(axis=1)
    order = np.lexsort((np.arange(len(values)), sums))
    _, first = np.unique(cells[order], axis=0, return_index=True)
    return np.sort(order[first])


def scaled(values: Array, resolution: Array | None = None) -> Array:
    """Return values from 0 (the best of each objective) to 1 (the worst of these points).

    With a resolution the scale counts ratios, as people do: from 10 to 100 is as far as from 100
    to 1,000, and below the resolution everything is near. An objective without a spread is 0.
    """
    if len(values) == 0:
        return values
    lifted = values - values.min(axis=0)
    if resolution is not None:
        lifted = np.log1p(lifted / resolution)
    spread = lifted.max(axis=0)
    return np.asarray(lifted / np.where(spread > 0.0, spread, 1.0))


def knee(values: Array, among: NDArray[np.bool_] | None = None) -> int:
    """Return the place of the point nearest to the best of every objective at once.

    Parameters
    ----------
    values
        The points of a front × objectives.
    among
        Which of them may be chosen; the scale is that of all. Without it, or if it names none,
        any may be.

    Examples
    --------
    >>> knee(np.array([[0.0, 10.0], [1.0, 1.0], [10.0, 0.0]]))
    1
    >>> knee(np.array([[0.0, 10.0], [1.0, 1.0], [10.0, 0.0]]), np.array([True, False, True]))
    0
    """
    distance = _to_best(values)
    if among is not None and among.any():
        distance = np.where(among, distance, np.inf)
    return int(np.argmin(distance))


def bargains(values: Array, now: Array, resolution: Array) -> NDArray[np.bool_]:
    """Return which points the knee may be, as seen from today's.

    Those that are nowhere worse than today's, beside itself, if there are some; else those that are
    no worse in the first objective, which ranks first.
    """
    limit = now + resolution
    free = (values <= limit).all(axis=1) & (values != now).any(axis=1)
    return np.asarray(free if free.any() else values[:, 0] <= limit[0], dtype=np.bool_)


def spread_out(
    values: Array, count: int, resolution: Array | None = None, first: tuple[int, ...] = ()
) -> Places:
    """Return the places of up to ``count`` points that lie far from one another.

    The points of ``first`` come first, then the best of each objective, then whichever is farthest
    from all that are chosen.
    """
    scale = scaled(values, resolution)
    chosen = list(dict.fromkeys([*first, *(int(at) for at in scale.argmin(axis=0))]))[:count]
    while len(chosen) < min(count, len(values)):
        gaps = np.sqrt(((scale[:, None, :] - scale[chosen][None, :, :]) ** 2).sum(axis=2))
        nearest = gaps.min(axis=1)
        nearest[chosen] = -1.0
        farthest = int(np.argmax(nearest))
        if nearest[farthest] <= 0.0:
            break
        chosen.append(farthest)
    return np.sort(np.array(chosen, dtype=np.int64))


class Chosen(NamedTuple):
    """Points that stand for a front, sorted by the first objective."""

    places: Places
    #: The place of the knee among all points; None without a front.
    knee: int | None
    #: Points of the whole front.
    size: int


#: Of the points that stand for a front, the part that the better ones in the first objective get.
BETTER = 0.75


def chosen(values: Array, count: int, resolution: Array, now: Array | None = None) -> Chosen:
    """Return up to ``count`` points that stand for the front.

    The first objective ranks first: most of them are no worse in it than today's point, the others
    show what can be had for giving some of it up.

    Parameters
    ----------
    values
        Points × objectives.
    resolution
        Per objective, a difference too small to count.
    now
        Today's point; `bargains` tells what it asks of the knee.
    """
    front = pareto_front(values, resolution)
    if len(front) == 0:
        return Chosen(front, None, 0)
    found = values[front]
    allowed = np.ones(len(found), bool) if now is None else bargains(found, now, resolution)
    middle = knee(found, allowed)
    most = np.inf if now is None else float(now[0] + resolution[0])
    better = np.flatnonzero(found[:, 0] <= most)
    others = np.setdiff1d(np.arange(len(found)), better)
    near = others[np.argsort(_to_best(found)[others], kind="stable")]
    room = max(count - len(near), round(BETTER * count))
    inside = tuple(int(at) for at in np.flatnonzero(better == middle))
    kept = better[spread_out(found[better], room, resolution, inside)]
    kept = kept if middle in kept else np.append(kept, middle)
    places = np.sort(np.append(kept, near[: max(0, count - len(kept))]))
    return Chosen(front[places], int(front[middle]), len(front))


def _to_best(values: Array) -> Array:
    return np.asarray(np.sqrt((scaled(values) ** 2).sum(axis=1)))
