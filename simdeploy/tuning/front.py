"""The Pareto front of some points, its knee, and a few points that represent it.

All objectives are minimized. ``resolution`` is, per objective, the least difference that matters:
of the points in a cell of that grid only one is kept.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.intervals import Array

Places = NDArray[np.int64]


def nondominated(values: Array) -> NDArray[np.bool_]:
    """Return which points no other dominates: as good in all objectives and better in at least one.

    Parameters
    ----------
    values
        Points × objectives. Equal points do not dominate each other.

    Examples
    --------
    >>> nondominated(np.array([[1.0, 4.0], [2.0, 2.0], [3.0, 3.0]])).tolist()
    [True, True, False]
    """
    undominated = np.ones(len(values), dtype=bool)
    for at in range(len(values)):
        if undominated[at]:
            dominated = (values >= values[at]).all(axis=1) & (values > values[at]).any(axis=1)
            undominated &= ~dominated
    return undominated


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
    front = places[nondominated(cells)]
    order = np.lexsort(values[front].T[::-1])
    return np.asarray(front[order], dtype=np.int64)


def _one_per_cell(values: Array, resolution: Array) -> Places:
    """Return the place of the point with the least sum of each cell: none in it dominates that."""
    cells = np.floor(values / resolution)
    sums = (values / resolution).sum(axis=1)
    order = np.lexsort((np.arange(len(values)), sums))
    _, first = np.unique(cells[order], axis=0, return_index=True)
    return np.sort(order[first])


def scaled(values: Array, resolution: Array | None = None) -> Array:
    """Return values from 0 (the best of each objective) to 1 (the worst of these points).

    With a resolution the scale is logarithmic above it: from 10 to 100 is as far as from 100 to
    1,000. An objective without a spread is 0.
    """
    if len(values) == 0:
        return values
    lifted = values - values.min(axis=0)
    if resolution is not None:
        lifted = np.log1p(lifted / resolution)
    spread = lifted.max(axis=0)
    return np.asarray(lifted / np.where(spread > 0.0, spread, 1.0))


def knee(values: Array, among: NDArray[np.bool_] | None = None) -> int:
    """Return the place of the point nearest to the ideal point, the best of every objective.

    Parameters
    ----------
    values
        The points of a front × objectives.
    among
        Which of them may be chosen, by default and if none is true all; the scale is that of all.

    Examples
    --------
    >>> knee(np.array([[0.0, 10.0], [1.0, 1.0], [10.0, 0.0]]))
    1
    >>> knee(np.array([[0.0, 10.0], [1.0, 1.0], [10.0, 0.0]]), np.array([True, False, True]))
    0
    """
    distance = _distance_to_ideal(values)
    if among is not None and among.any():
        distance = np.where(among, distance, np.inf)
    return int(np.argmin(distance))


def bargains(values: Array, now: Array, resolution: Array) -> NDArray[np.bool_]:
    """Return which points may be the knee, compared with today's.

    Those that are no worse than today's in any objective, without itself; if there are none, those
    that are no worse in the first objective.
    """
    limit = now + resolution
    free = (values <= limit).all(axis=1) & (values != now).any(axis=1)
    return np.asarray(free if free.any() else values[:, 0] <= limit[0], dtype=np.bool_)


def spread_out(
    values: Array, count: int, resolution: Array | None = None, first: tuple[int, ...] = ()
) -> Places:
    """Return the places of up to ``count`` points that lie far apart.

    The points of ``first`` are taken first, then the best of each objective, then repeatedly the
    point farthest from all that were taken (farthest-point sampling).
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


class Representatives(NamedTuple):
    """Points that represent a front, sorted by the first objective."""

    places: Places
    #: The place of the knee among all points; None without a front.
    knee: int | None
    #: Number of points of the whole front.
    size: int


#: Share of the representatives that are no worse than today's point in the first objective.
BETTER = 0.75


def representatives(
    values: Array, count: int, resolution: Array, now: Array | None = None
) -> Representatives:
    """Return up to ``count`` points that represent the front.

    Most of them are no worse than today's point in the first objective, which ranks first; the
    others show what giving some of it up would gain.

    Parameters
    ----------
    values
        Points × objectives.
    resolution
        Per objective, a difference too small to count.
    now
        Today's point, to restrict the knee by `bargains`.
    """
    front = pareto_front(values, resolution)
    if len(front) == 0:
        return Representatives(front, None, 0)
    points = values[front]
    allowed = np.ones(len(points), bool) if now is None else bargains(points, now, resolution)
    middle = knee(points, allowed)
    most = np.inf if now is None else float(now[0] + resolution[0])
    better = np.flatnonzero(points[:, 0] <= most)
    others = np.setdiff1d(np.arange(len(points)), better)
    near = others[np.argsort(_distance_to_ideal(points)[others], kind="stable")]
    room = max(count - len(near), round(BETTER * count))
    inside = tuple(int(at) for at in np.flatnonzero(better == middle))
    kept = better[spread_out(points[better], room, resolution, inside)]
    kept = kept if middle in kept else np.append(kept, middle)
    places = np.sort(np.append(kept, near[: max(0, count - len(kept))]))
    return Representatives(front[places], int(front[middle]), len(front))


def _distance_to_ideal(values: Array) -> Array:
    return np.asarray(np.sqrt((scaled(values) ** 2).sum(axis=1)))
