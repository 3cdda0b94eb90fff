"""The map over two prices: each cell by hand, and against costs computed anew."""

from dataclasses import replace

import numpy as np
import pytest

import simdeploy.advice.border as maps
from simdeploy.advice.border import CELLS, border, default_prices
from simdeploy.advice.expected import GOOD, Costs, varied
from simdeploy.errors import SimdeployError
from simdeploy.results.ranking import SHIPS
from tests.advice.fabricate import costs, runs
from tests.report.advice.fabricate import good_release, random_recommendation


def by_hand():
    """Return two strategies: rolling fails 1,000 requests, blue-green makes 2 hours of work."""
    played = {
        ("rolling", GOOD): runs(),
        ("rolling", "leak"): runs(failed=1000.0),
        ("blue-green", GOOD): runs(),
        ("blue-green", "leak"): runs(work="person"),
    }
    made = random_recommendation(1)
    given = {"likelihoods": {"leak": "10%"}, "prices": {"hours": {"person": 2}}}
    good = good_release(names=("rolling", "blue-green"))
    return replace(made, good=good, costs=costs(played, **given), defaults=())


def test_the_border_lies_where_arithmetic_says():
    """Rolling is cheaper where 1,000 requests cost less than two hours; a twentieth is level."""
    found = border(by_hand())
    assert found.prices == ("failed_request", "engineer_hour")
    assert found.strategies == ("rolling", "blue-green")
    for row, hour in enumerate(found.y):
        for column, request in enumerate(found.x):
            sides = 1000 * request, 2 * hour
            assert found.cheapest[row, column] == (sides[1] < sides[0])
            apart = abs(sides[0] - sides[1])
            if abs(apart - 0.05 * max(sides)) > 1e-9:
                assert found.level[row, column] == (apart < 0.05 * max(sides))


def test_the_axes_reach_from_a_tenth_to_ten_times():
    """The prices now are in the middle of both axes."""
    found = border(by_hand())
    assert len(found.x) == len(found.y) == CELLS
    assert (found.x[0], found.x[CELLS // 2], found.x[-1]) == pytest.approx((0.001, 0.01, 0.1))
    assert (found.y[0], found.y[CELLS // 2], found.y[-1]) == pytest.approx((10, 100, 1000))


@pytest.mark.parametrize("seed", range(6))
def test_each_cell_is_what_the_costs_say_there(seed):
    """A random cell's cheapest and level strategies are those of the mix with these prices."""
    made = random_recommendation(seed)
    ships = [n for n in made.good.strategies if made.ships[n] >= SHIPS]
    if len(ships) < 2:
        return
    names = default_prices(made)
    found = border(made)
    rng = np.random.default_rng(seed)
    for row, column in rng.integers(0, CELLS, (12, 2)):
        mix = varied(made.costs.mix, f"prices.{names[0]}", float(found.x[column]))
        there = Costs(made.costs.played, varied(mix, f"prices.{names[1]}", float(found.y[row])))
        first, second, *_ = sorted(ships, key=lambda name: there.month(name).mean)
        assert found.strategies[found.cheapest[row, column]] == first
        assert found.level[row, column] == there.level(second, first)


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        (("failed_requests", "engineer_hour"), 'did you mean "failed_request"'),
        (("engineer_hour", "engineer_hour"), "twice"),
        (("cut_connection", "engineer_hour"), "cut_connection has no price"),
        (("outage_minute", "engineer_hour"), "outage_minute has no price"),
    ],
)
def test_prices_that_cannot_be_mapped_are_refused(prices, message):
    """An unknown price, one that is 0 and one that is not in use are told in a line."""
    with pytest.raises(SimdeployError, match=message):
        border(by_hand(), prices)


def test_nothing_that_ships_cannot_be_mapped():
    """Without a strategy that ships there is no map."""
    made = replace(by_hand(), good=good_release(names=("rolling",), stuck=("rolling",)))
    with pytest.raises(SimdeployError, match="nothing to map"):
        border(made)


def test_the_picture_names_regions_axes_and_what_is_level():
    """Both regions are named, the axes have units, the legend says what hatching is."""
    figure = by_hand().plot()
    [axes] = figure.axes
    assert {text.get_text() for text in axes.texts} == {"rolling", "blue-green"}
    assert axes.get_xlabel() == "price of a failed request (US$)"
    assert axes.get_ylabel() == "price of an engineer's hour (US$)"
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told == ["rolling", "blue-green", "about level with the next", "prices now"]


def test_few_cells_at_a_time_give_the_same_map(monkeypatch):
    """What bounds the memory changes no cell."""
    random = np.random.default_rng(5)
    planes, prices = random.exponential(1.0, (4, 3, 50)), np.geomspace(0.1, 10.0, 7)
    whole = maps._cells(planes, prices, prices)
    monkeypatch.setattr(maps, "AT_ONCE", 1)
    for one, other in zip(whole, maps._cells(planes, prices, prices), strict=True):
        assert (one == other).all()
    assert len(np.unique(whole[0])) > 1
