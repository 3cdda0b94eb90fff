"""A comparison of more runs than are kept says what the comparison of all of them says."""

import numpy as np
import pytest

from simdeploy.api import compare, compare_change
from simdeploy.errors import SimdeployError
from simdeploy.report.answer.extracting import facts
from simdeploy.report.plots.dots import plot_comparison, typical_run
from simdeploy.results import pair_lookup, room
from simdeploy.results.folded import FoldedComparison
from simdeploy.results.folded_change import FoldedChange
from simdeploy.results.histograms import WIDEST_FINE
from simdeploy.results.room import Kept, check_differences, check_kept, check_listed, kept
from tests.results import fabricate as make

RUNS = 300
BOTH = ("rolling", "blue-green")
ALL = ("release", "twin", "rollback_after_s", "rollback_late_s")


def made():
    """Return a release and its twin under two strategies, with ends and times of many kinds."""
    random = np.random.default_rng(3)
    decided = np.where(random.random(RUNS) < 0.1, np.inf, random.exponential(90.0, RUNS))
    verdicts = ["stopped"] * 200 + ["escaped"] * 60 + ["unrepaired"] * 40
    release = {
        name: make.rows(
            RUNS, verdict=verdicts, failed_requests=random.lognormal(5.0 + k, 1.0, RUNS),
            failed_caused=random.lognormal(4.0 + k, 1.0, RUNS), decision_s=decided,
            user_onset_s=np.where(random.random(RUNS) < 0.2, np.nan, 1.0 + k), rollback_s=30.0,
            over_s=decided + 20.0, hurts_at_end=random.integers(2, size=RUNS),
            signal=random.integers(4, size=RUNS), full_traffic_s=60.0,
        )
        for k, name in enumerate(BOTH)
    }  # fmt: skip
    twin = {
        name: make.rows(
            RUNS, verdict=["shipped"] * 290 + ["false_rollback"] * 10, outcome="succeeded",
            full_traffic_s=random.exponential(90.0, RUNS), extra_cost_usd=random.random(RUNS),
            deployment_s=random.exponential(200.0, RUNS),
        )
        for name in BOTH
    }  # fmt: skip
    return release, twin


@pytest.fixture
def few(monkeypatch):
    """Keep no runs, and fold 70 at a time."""
    monkeypatch.setattr(room, "KEPT_RUNS", 0)
    monkeypatch.setattr(room, "CHUNK", 70)


def of(scenario=None, **how):
    """Compare the made-up runs."""
    release, twin = made()
    engine = make.engine(release, twin=twin)
    return compare(scenario or make.scenario(), runs=RUNS, engine=engine, **how)


def is_quantile(path):
    """Return whether a number is a quantile or bounds one."""
    return any(str(step).startswith(("p50", "p95", "p99")) for step in path[-2:])


def agree(one, other, path=()):
    """Assert that all numbers agree: quantiles within a class, others to rounding."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key, value in one.items():
            agree(value, other[key], (*path, key))
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), path
        for k, value in enumerate(one):
            agree(value, other[k], (*path, k))
    elif isinstance(one, float):
        width = WIDEST_FINE if is_quantile(path) else 1e-12
        assert other == pytest.approx(one, rel=width, abs=1e-12, nan_ok=True), path
    elif hasattr(one, "__dataclass_fields__"):
        agree(*({n: getattr(x, n) for n in x.__dataclass_fields__} for x in (one, other)), path)
    else:
        assert one == other, path


@pytest.mark.parametrize("faults", [("errors",), ()])
def test_a_folded_comparison_says_what_the_whole_one_says(few, monkeypatch, faults):
    """Summaries, differences, the ranking and the facts of the answer are those of all runs."""
    scenario = make.scenario(faults=faults)
    folded = of(scenario)
    monkeypatch.undo()
    whole = of(scenario)
    assert isinstance(folded, FoldedComparison)
    numbers = folded.to_dict()
    assert numbers.pop("approximate") is True
    agree(whole.to_dict(), numbers)
    assert folded.ranking.groups == whole.ranking.groups
    agree(facts(whole).strategies, facts(folded).strategies)


def test_without_twin_and_drill(few):
    """What was not played is null, as in a comparison that keeps its runs."""
    folded = of(twin=False, drill=False)
    strategy = folded.to_dict()["strategies"]["rolling"]
    assert (strategy["twin"], strategy["drill"]) == (None, None)
    assert folded.strategies["rolling"].good_overview is None
    assert folded.ships == {}


def test_runs_that_are_gone_are_refused(few):
    """Whoever asks for the runs one by one learns why there are none."""
    result = of().strategies["rolling"]
    with pytest.raises(SimdeployError, match="rolling: 300 runs are more than are kept"):
        len(result.rows)
    assert repr(result) == "<StrategyResult of rolling: 300 runs, not kept>"


def test_pictures_need_no_runs(few, monkeypatch):
    """The dots are quantiles of the histograms, and the typical run is one of the first."""
    folded = of()
    spread = folded.strategies["rolling"].spread("failed_caused", np.array([0.0, 0.5, 1.0]))
    monkeypatch.undo()
    whole = of()
    exact = np.quantile(whole.strategies["rolling"].rows["failed_caused"], [0.0, 0.5, 1.0])
    assert spread == pytest.approx(exact, rel=WIDEST_FINE)
    assert typical_run(folded) == typical_run(whole)
    assert plot_comparison(folded).axes


def test_progress_counts_every_run(few):
    """The runs of all strategies and variants are counted, to the end."""
    seen = []
    of(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (RUNS * 2 * 4, RUNS * 2 * 4)


def test_how_many_runs_are_kept():
    """Up to 100,000 runs as far as 250 MB hold them, more never; many strategies have few pairs."""
    assert kept(100_000, 2, ALL) is Kept.RUNS
    assert kept(100_001, 1, ALL) is Kept.FOLDS
    assert kept(10**9, 8, ALL) is Kept.FOLDS
    assert kept(100, 400, ALL) is Kept.RUNS
    assert kept(10**6, 40, ALL) is Kept.RANKED
    with pytest.raises(SimdeployError, match=r"600 strategies: 1,000 runs of each need .* MB"):
        kept(1000, 600, ALL)


def test_the_screen_says_that_percentiles_are_approximate(few):
    """The line of the runs says so where they are folded, and does not where they are kept."""
    told = "300 runs × 2 strategies · seed 1 · percentiles within 0.4 %"
    assert str(of()).splitlines()[-1] == told


def test_differences_that_are_all_listed_are_bounded():
    """A JSON has every difference of every pair: 109 strategies fit, 400 are refused at once."""
    check_differences(109)
    with pytest.raises(SimdeployError, match="110 strategies have 251,790 differences, 252 MB"):
        check_differences(110)
    named = [f"s{k}" for k in range(110)]
    strategies = {name: {"type": "rolling"} for name in named}
    runs = {name: make.rows(2) for name in named}
    found = compare(make.scenario(strategies), runs=2, engine=make.engine(runs), drill=False)
    assert found.between("failed_caused", "s1", "s2").mean == 0.0
    with pytest.raises(SimdeployError, match="the table lists none"):
        found.to_dict()


def test_what_needs_every_run_is_refused_beyond_what_is_kept():
    """Never more than 100,000, and fewer where more is kept of each run."""
    check_kept(100_000, 1, ALL)
    with pytest.raises(SimdeployError, match="allowed: 100,000"):
        check_kept(100_001, 1, ALL)
    with pytest.raises(SimdeployError, match="since every run is kept here; allowed: 24,750"):
        check_kept(100_000, 10, ("a", "b"), beside=1000 - 48)


@pytest.mark.parametrize("faults", [("errors",), ()])
def test_a_folded_change_says_what_the_whole_one_says(few, monkeypatch, faults):
    """Steps, paired differences and both sides are those of all runs, to rounding."""
    release, twin = made()
    later = {name: np.roll(rows, 7) for name, rows in release.items()}
    sides = [make.scenario(faults=faults), make.scenario(faults=faults, name="after")]

    def engine(scenario, *which, **how):
        first = scenario.name != "after"
        return make.engine(release if first else later, twin=twin)(scenario, *which, **how)

    folded = compare_change(*sides, runs=RUNS, engine=engine)
    monkeypatch.undo()
    whole = compare_change(*sides, runs=RUNS, engine=engine)
    assert isinstance(folded, FoldedChange)
    assert str(folded) == str(whole)
    numbers = folded.to_dict()
    assert numbers["before"].pop("approximate")
    assert numbers["after"].pop("approximate")
    agree(whole.to_dict(), numbers)


def test_of_many_strategies_the_ranking_has_its_differences(few, monkeypatch):
    """Where differences in every metric do not fit, the answer stands and a listing is refused."""
    monkeypatch.setattr(room, "PAIR_FOLD", room.ROOM)
    folded = of()
    monkeypatch.undo()
    whole = of()
    assert folded.ranking == whole.ranking
    agree(
        whole.between("failed_caused", *BOTH)._asdict(),
        folded.between("failed_caused", *BOTH)._asdict(),
    )
    assert folded.between("failed_caused", *BOTH[::-1]).a == BOTH[1]
    with pytest.raises(SimdeployError, match="only the differences that the ranking reads"):
        folded.to_dict()


def test_a_listing_is_refused_before_anything_is_played():
    """40 strategies of a million runs have a ranking; their 780 pairs are not listed."""
    check_listed(10**6, 10, ALL)
    with pytest.raises(SimdeployError, match="40 strategies, 1,000,000 runs of each: only the"):
        check_listed(10**6, 40, ALL)


@pytest.mark.parametrize("kept_", [0, 50_000])
def test_a_few_differences_are_computed_as_they_are_asked_for(monkeypatch, kept_):
    """Those asked for are those of all pairs, also where none is kept for the next time."""
    monkeypatch.setattr(pair_lookup, "KEPT", kept_)
    whole = of()
    listed = {(d.metric, d.a, d.b): d for d in whole.differences}
    for metric in ("failed_caused", "decision_s", "failed_caused"):
        assert whole.between(metric, *BOTH) == listed[metric, *BOTH]
        assert whole.between(metric, *BOTH[::-1]) == listed[metric, *BOTH].swapped()
    good = {(d.metric, d.a, d.b): d for d in whole.good_differences}
    assert whole.between_good("full_traffic_s", *BOTH) == good["full_traffic_s", *BOTH]
    with pytest.raises(KeyError):
        whole.between("failed_caused", "rolling", "rolling")


def test_many_strategies_may_all_be_level():
    """Where every one of many wins, the verdict names no others."""
    named = [f"s{k}" for k in range(12)]
    runs = {name: make.rows(30, failed_requests=900.0, failed_caused=900.0) for name in named}
    scenario = make.scenario({name: {"type": "rolling"} for name in named})
    found = compare(scenario, runs=30, engine=make.engine(runs), drill=False)
    assert len(found.ranking.winners) == len(named)
    assert "s0" in str(found)
