"""Who wins: harm before money, level where the difference may be zero, never without the twin."""

from simdeploy.results.harm_order import COST, HARM, harm_order
from simdeploy.results.paired import Difference


def ranked(means, ships=None, spread=0.0, **how):
    """Rank strategies by (failed, exposed, slow, cost), every difference known to ± spread."""
    table = {n: dict(zip((*HARM, COST), row, strict=True)) for n, row in means.items()}

    def between(metric, a, b):
        gap = table[a][metric] - table[b][metric]
        return Difference(metric, a, b, gap, (gap - spread, gap + spread), 100, None, None)

    return harm_order(list(means), ships or {}, table, between, **how)


def test_least_harm_wins_over_cost():
    """Fewer failed requests win, whatever they cost."""
    found = ranked({"rolling": (300, 9, 0, 0.0), "blue-green": (80, 9, 0, 5.0)})
    assert found.order == (("blue-green",), ("rolling",))


def test_next_metric_parts_equals():
    """Equal failures leave it to the requests that bad code serves."""
    assert ranked({"a": (80, 900, 0, 0), "b": (80, 500, 0, 0)}).best == ("b",)


def test_interval_with_zero_is_level():
    """A difference that may be zero parts nobody."""
    found = ranked({"a": (80, 900, 0, 0), "b": (80, 880, 0, 0)}, spread=30.0)
    assert found.order == (("a", "b"),)


def test_unnoticeable_differences_are_level():
    """A thousandth of a request is significant on the same luck, and nothing to anybody."""
    assert ranked({"a": (0, 0.001, 0, 0), "b": (0, 0.0, 0, 0)}).best == ("a", "b")


def test_less_than_a_hundredth_is_level():
    """A difference that is certain and below one percent parts nobody; one percent does."""
    assert ranked({"a": (56_900, 0, 0, 0), "b": (56_400, 0, 0, 0)}).best == ("a", "b")
    assert ranked({"a": (56_900, 0, 0, 0), "b": (56_300, 0, 0, 0)}).best == ("b",)


def test_answers_that_are_right_harm_nobody():
    """What bad code serves is no harm where its answers are as good as any."""
    means = {"a": (80, 900, 0, 0), "b": (80, 500, 0, 0)}
    assert ranked(means, wrong=False).best == ("a", "b")


def test_who_leaves_a_bad_release_live_loses():
    """Where one leaves the bad release live and another stops it, exposure parts them."""
    means = {"a": (0, 1.4e6, 0, 0.1), "b": (0, 500, 0, 0.3)}
    assert ranked(means, wrong=False, live={"a": 1.0}).best == ("b",)
    assert ranked(means, wrong=False, live={"a": 1.0, "b": 1.0}).best == ("a", "b")


def test_what_would_be_so_anyway_is_level():
    """Harm below a hundredth of what users suffer without a deployment parts nobody."""
    means = {
        "a": {"failed_caused": 110.0},
        "b": {"failed_caused": 3.0},
        "c": {"failed_caused": 130},
    }
    for one in means.values():
        one |= {"failed_requests": 12_000.0, "exposed_requests": 0.0, "slow_caused": 0.0, COST: 0.0}

    def between(metric, a, b):
        gap = means[a][metric] - means[b][metric]
        return Difference(metric, a, b, gap, (gap, gap), 100, None, None)

    assert harm_order(list(means), {}, means, between).order == (("a", "b"), ("c",))


def test_cost_parts_the_level():
    """Where harm is level, the cheapest is named."""
    found = ranked({"a": (0, 0, 0, 0.30), "b": (0, 0, 0, 0.05)})
    assert (found.best, found.cheapest) == (("a", "b"), ("b",))


def test_who_does_not_ship_is_left_out():
    """A strategy that undoes good releases cannot win by hurting nobody."""
    found = ranked({"a": (0, 0, 0, 0), "b": (80, 9, 0, 0)}, ships={"a": 0.4, "b": 0.99})
    assert (found.order, found.left_out) == ((("b",),), (("a", 0.4),))


def test_nobody_ships():
    """Without a strategy that ships there is no order."""
    found = ranked({"a": (0, 0, 0, 0)}, ships={"a": 0.0})
    assert (found.best, found.cheapest) == ((), ())


def test_order_of_the_file_does_not_matter():
    """The groups are the same whichever strategy is named first."""
    means = {"a": (80, 900, 0, 0), "b": (10, 500, 0, 0), "c": (80, 100, 0, 0)}
    turned = dict(reversed(means.items()))
    assert ranked(means).order == ranked(turned).order == (("b",), ("c",), ("a",))
