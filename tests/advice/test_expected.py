"""Expected costs: hand arithmetic, and properties over random costs and random files."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.advice.expected import GOOD, Costs, Crossing, value_of, varied
from simdeploy.advice.mix import read_advice
from simdeploy.results.intervals import student
from tests.advice.fabricate import KINDS, costs, random_given, random_played, runs

seeds = st.integers(0, 10**6)
PAIR = ("blue-green", "rolling")


def played_by_hand():
    """Return two strategies whose costs are easy: a good release, and one kind of bad one."""
    return {
        ("rolling", GOOD): runs(money=0.0),
        ("rolling", "leak"): runs(failed=[1000, 2000, 3000, 2000], work="machine"),
        ("blue-green", GOOD): runs(money=0.5),
        ("blue-green", "leak"): runs(failed=[500, 1500, 2500, 1500], money=0.5, work="machine"),
    }


def test_a_month_by_hand():
    """Ten releases, one in five bad at $20 + $50, nine dollars fixed: $140 and $144 + $9 a month.

    Blue-green: 8 × $0.5 + 2 × ($15 + $50 + $0.5) = $135, and the fixed $9.
    """
    given = {
        "releases_per_month": 10,
        "likelihoods": {"leak": "20%"},
        "prices": {"fixed_per_month": {"blue-green": 9}},
    }
    made = costs(played_by_hand(), **given)
    assert made.month("rolling").mean == pytest.approx(140.0)
    assert made.month("blue-green").mean == pytest.approx(144.0)
    assert made.parts("rolling", "leak") == (20.0, 0.0, 50.0, 0.0)


def test_the_difference_is_paired_run_by_run():
    """The same luck makes blue-green fail 500 fewer in every run: the difference has no spread."""
    made = costs(played_by_hand(), releases_per_month=1, likelihoods={"leak": "20%"})
    gap = made.gap("rolling", "blue-green")
    assert gap.mean == pytest.approx(0.2 * 5.0 - 0.5)
    assert gap.ci95 == pytest.approx((gap.mean, gap.mean))
    low, high = made.month("rolling").ci95
    half = student(3) * np.std([2.0, 4.0, 6.0, 4.0], ddof=1) / 2.0
    assert (high - low) / 2 == pytest.approx(half)


def test_a_minute_of_outage_prices_minutes():
    """With a price per minute, failed requests cost nothing by themselves."""
    played = {
        ("rolling", GOOD): runs(),
        ("rolling", "leak"): runs(failed=1e6, outage_minutes=2.0, work="none"),
    }
    made = costs(played, likelihoods={"leak": "10%"}, prices={"outage_minute": 30})
    assert made.mean("rolling", "leak") == 60.0


def test_level_is_within_a_twentieth_or_the_interval():
    """A certain difference of 4 % is level, one of 8 % is not."""
    for part, expected in ((1.04, True), (1.08, False)):
        played = {
            (name, kind): runs(failed=100.0 * factor)
            for name, factor in (("rolling", part), ("blue-green", 1.0))
            for kind in (GOOD, "leak")
        }
        assert costs(played).level("rolling", "blue-green") is expected


def test_open_runs_that_count_twice_can_turn_the_answer():
    """Blue-green's leak is cheaper until the horizon, and dearer if it doubles after it."""
    played = played_by_hand()
    played["blue-green", "leak"] = runs(failed=1000, work="machine", is_open=True)
    made = costs(played, likelihoods={"leak": "20%"})
    assert made.difference("blue-green", "rolling") < 0
    assert made.is_at_least("blue-green", "leak")
    assert list(made.hinges_on_horizon("blue-green", "rolling")) == ["leak"]


def test_a_crossing_by_hand():
    """Blue-green's $0.5 a good release is worth 0.2 × 500 requests from half a cent each on."""
    made = costs(played_by_hand(), likelihoods={"leak": "20%"})
    found = made.crossing("blue-green", "rolling", "prices.failed_request")
    assert (found.now, found.at) == (0.01, pytest.approx(0.005))
    assert found.factor == pytest.approx(0.5)


@given(seeds)
def test_parts_add_up_to_the_cost(seed):
    """Over kinds and parts, the breakdown of a month is the month."""
    made = costs(random_played(seed), **random_given(seed))
    for name in ("rolling", "blue-green", "canary"):
        parts = sum(
            made.likelihood(kind) * sum(made.parts(name, kind)) for kind in (GOOD, *made.kinds)
        )
        total = made.mix.releases_per_month * parts + made.fixed(name)
        assert total == pytest.approx(made.month(name).mean, rel=1e-9)


@given(seeds)
def test_differences_are_those_of_the_months(seed):
    """The paired difference is the difference of the means, and turns its sign with its sides."""
    made = costs(random_played(seed), **random_given(seed))
    gap, back = made.gap(*PAIR), made.gap(*PAIR[::-1])
    months = made.month(PAIR[0]).mean - made.month(PAIR[1]).mean
    assert gap.mean == pytest.approx(months, rel=1e-9, abs=1e-9 * abs(made.month(PAIR[0]).mean))
    assert gap.mean == pytest.approx(-back.mean)
    assert gap.mean == pytest.approx(made.difference(*PAIR), rel=1e-9, abs=1e-9)


@given(seeds)
def test_the_break_even_solves_its_equation(seed):
    """With that share of bad releases, in the same proportions, both cost the same."""
    made = costs(random_played(seed), **random_given(seed))
    share = made.break_even(*PAIR)
    if share is None:
        good, bad = zip(*(made.good_and_bad(name) for name in PAIR), strict=True)
        assert (good[0] - good[1]) * (bad[0] - bad[1]) >= 0.0
        return
    assert 0.0 < share < 1.0
    scaled = {k: p * share / made.bad for k, p in made.mix.likelihoods.items()}
    there = Costs(made.played, made.mix.model_copy(update={"likelihoods": scaled}))
    assert there.bad == pytest.approx(share)
    size = abs(made.month(PAIR[0]).mean) + abs(there.month(PAIR[0]).mean)
    assert there.difference(*PAIR) == pytest.approx(0.0, abs=1e-9 * size)


@given(seeds)
def test_crossings_solve_their_equation(seed):
    """With a value at its crossing, both cost the same, whichever value it is."""
    made = costs(random_played(seed), **random_given(seed))
    paths = read_advice(None, KINDS, ("rolling",)).assumed - {"horizon"}
    size = abs(made.month(PAIR[0]).mean) + abs(made.month(PAIR[1]).mean)
    for path in sorted(paths):
        if value_of(made.mix, path) is None:
            continue
        found = made.crossing(*PAIR, path)
        if found is not None:
            there = Costs(made.played, varied(made.mix, path, found.at))
            most = max(size, abs(there.month(PAIR[0]).mean))
            assert there.difference(*PAIR) == pytest.approx(0.0, abs=1e-7 * most), path


@given(seeds)
def test_doubts_are_the_values_that_turn_the_sign_when_doubled_or_halved(seed):
    """An assumed value is doubtful if, and only if, a factor of 2 or ½ turns who is cheaper."""
    given_, played = random_given(seed), random_played(seed)
    names = {name for name, _ in played}
    advice = read_advice(given_, KINDS, names)
    made = Costs(played, advice.mix)
    usual = made.difference(*PAIR)
    turning = set()
    for path in advice.assumed:
        now = value_of(advice.mix, path)
        if now:
            most = 1.0 - made.bad + now if path.startswith("likelihoods.") else np.inf
            ends = [Costs(played, varied(advice.mix, path, f * now)) for f in (0.5, 2.0)]
            turned = [end.difference(*PAIR) * usual < 0.0 for end in ends]
            if turned[0] or (turned[1] and 2.0 * now <= most):
                turning.add(path)
    found = {c.path for c in made.doubtful(*PAIR, advice)}
    beyond = {c for c in found if c.startswith("likelihoods.")}
    assert turning <= found
    assert found - beyond <= turning


def test_the_nearest_doubt_comes_first():
    """Blue-green's lead is worth 0.01 × 5 − 0.04: it turns at 0.8 times, the price and the leak."""
    played = played_by_hand() | {("blue-green", GOOD): runs(money=0.04)}
    played["blue-green", "leak"] = played["blue-green", "leak"]._replace(money=np.full(4, 0.04))
    names = {"rolling", "blue-green"}
    advice = read_advice({"likelihoods": {"leak": "1%"}}, ["leak"], names)
    advice = replace(advice, assumed=advice.assumed | {"likelihoods.leak"})
    found = Costs(played, advice.mix).doubtful(*PAIR, advice)
    assert [(c.path, round(c.factor, 9)) for c in found] == [
        ("likelihoods.leak", 0.8),
        ("prices.failed_request", 0.8),
    ]
    assert found[0] == Crossing("likelihoods.leak", 0.01, pytest.approx(0.008))
