"""Who is cheapest over two prices: the map of the border between strategies.

A run's cost is a straight line in each price, so that three settings of the two prices give it at
all others.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simdeploy.advice.expected import Costs, value_of, varied
from simdeploy.advice.recommendation import Recommendation
from simdeploy.errors import SimdeployError
from simdeploy.pydantic_base import did_you_mean
from simdeploy.results.intervals import Array, Means, means_of
from simdeploy.results.level import SMALL
from simdeploy.results.summary import AT_ONCE

#: Cells of the map in each direction; its range is a tenth to ten times the price now.
CELLS, RANGE = 41, 10.0
PRICES = ("failed_request", "outage_minute", "wrong_answer", "cut_connection", "slow_request",
          "engineer_hour")  # fmt: skip


class Border(NamedTuple):
    """A map: per cell the place of the cheapest strategy, and whether the next is about level.

    ``x`` and ``y`` are the prices of the cells' middles (USD); rows go with ``y``.
    """

    prices: tuple[str, str]
    x: Array
    y: Array
    strategies: tuple[str, ...]
    cheapest: NDArray[np.int64]
    level: NDArray[np.bool_]


def default_prices(made: Recommendation) -> tuple[str, str]:
    """Return the two prices of a map: that of failing, and an engineer's hour."""
    by_request = made.costs.mix.prices.failed_request is not None
    return "failed_request" if by_request else "outage_minute", "engineer_hour"


def border(made: Recommendation, prices: tuple[str, str] | None = None) -> Border:
    """Return the map over two prices.

    Parameters
    ----------
    prices
        Two of `PRICES`; by default `default_prices`.

    Raises
    ------
    SimdeployError
        For a price that is unknown, 0 or not in use, twice the same one, and where no strategy
        ships.
    """
    names = prices or default_prices(made)
    if names[0] == names[1]:
        raise SimdeployError(f"a map has two prices; got {names[0]} twice")
    now = [_price(made, name) for name in names]
    if not made.ranked:
        raise SimdeployError("no strategy ships a good release: there is nothing to map")
    factors = np.geomspace(1.0 / RANGE, RANGE, CELLS)
    x, y = (price * factors for price in now)
    ordered = tuple(name for name in made.good.strategies if name in made.ranked)
    planes = [_plane(made.costs, name, names) for name in ordered]
    cheapest, level = _cells(np.array(planes), x, y)
    return Border(names, x, y, ordered, cheapest, level)


def _price(made: Recommendation, name: str) -> float:
    if name not in PRICES:
        raise SimdeployError(f'no such price; got "{name[:40]}"; {did_you_mean(name, PRICES)}')
    price = value_of(made.costs.mix, f"prices.{name}")
    if not price:
        raise SimdeployError(f"{name} has no price to map; give it one by --advice")
    return price


def _plane(costs: Costs, name: str, prices: tuple[str, str]) -> Array:
    """Return a month's cost of each run: without either price, and what each adds per dollar."""
    first, second = (f"prices.{price}" for price in prices)
    bare = varied(varied(costs.mix, first, 0.0), second, 0.0)
    settings = (bare, varied(bare, first, 1.0), varied(bare, second, 1.0))
    month = [
        mix.releases_per_month * Costs(costs.played, mix).releases(name) + costs.fixed(name)
        for mix in settings
    ]
    return np.array([month[0], month[1] - month[0], month[2] - month[0]])


def _cells(planes: Array, x: Array, y: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the cheapest strategy of each cell, and whether the next one is about level."""
    means = planes.mean(axis=2)
    xs, ys = (side.ravel() for side in np.meshgrid(x, y))
    costs = means[:, 0, None] + means[:, 1, None] * xs + means[:, 2, None] * ys
    order = np.argsort(costs, axis=0, kind="stable")
    shape = (len(y), len(x))
    if len(planes) == 1:
        return order[0].reshape(shape), np.zeros(shape, dtype=bool)
    made = _means(planes, order, xs, ys)
    best, other = (np.abs(np.take_along_axis(costs, order[k][None], 0)[0]) for k in (0, 1))
    small = np.abs(made.mean) < SMALL * np.maximum(best, other)
    level = small | ~((made.low > 0.0) | (made.high < 0.0))
    return order[0].reshape(shape), level.reshape(shape)


def _means(planes: Array, order: NDArray[np.int64], xs: Array, ys: Array) -> Means:
    """Return the means of second − first at each cell, some cells at a time.

    Parameters
    ----------
    planes
        Strategies × 3 × runs: the cost without either price, and what each adds per dollar.
    order
        Places of the strategies by cost × cells.
    xs, ys
        The prices of the cells (USD).
    """
    runs = planes.shape[2]
    step = max(1, AT_ONCE // (3 * runs))
    parts = []
    for k in range(0, len(xs), step):
        x, y = (part[k : k + step] for part in (xs, ys))
        some = planes[order[1, k : k + step]] - planes[order[0, k : k + step]]
        cost = some[:, 0] + some[:, 1] * x[:, None] + some[:, 2] * y[:, None]
        parts.append(means_of(cost, np.full(len(cost), runs), signed=True))
    return Means(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
