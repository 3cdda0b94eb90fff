"""Comparing strategies on fabricated runs: what is run, what comes out, and in which form."""

import json

import numpy as np
import pytest

from simdeploy.api import compare
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.comparison import has_faults
from simdeploy.results.metrics import NAMES
from simdeploy.results.ranking import LeftOut
from simdeploy.results.summary import DECIDERS
from tests.results import fabricate as make

HARMS = {"rolling": 61_000.0, "blue-green": 7_700.0}


def compared(scenario=None, *, runs=100, calls=None, **how):
    """Compare two strategies whose failed requests are given."""
    luck = make.noise(runs, 0.0, 300.0)
    release = {n: make.rows(runs, failed_requests=h + luck) for n, h in HARMS.items()}
    engine = make.engine(release)

    def many(*args, **settings):
        if calls is not None:
            calls.append((args[1], settings))
        return engine(*args, **settings)

    return compare(scenario or make.scenario(), runs=runs, engine=many, **how)


def test_json_has_the_documented_shape():
    """The JSON has the documented keys, and no engine, version or time."""
    told = compared().to_dict()
    assert list(told) == ["scenario", "runs", "seed", "strategies", "differences", "answer"]
    assert told["answer"] == {
        "winners": ["blue-green"],
        "no_winner": None,
        "groups": [
            {"strategies": ["blue-green"], "parted_by": None},
            {"strategies": ["rolling"], "parted_by": "failed_caused"},
        ],
        "left_out": {},
        "pulls_apart": [],
        "crossings": [],
        "warnings": [],
    }
    one = told["strategies"]["rolling"]
    of_runs = ["metrics", "verdicts", "outcomes", "decided_by", "by_verdict"]
    assert list(one) == [*of_runs, "twin", "drill"]
    assert tuple(one["decided_by"]) == DECIDERS
    assert {word: tuple(means) for word, means in one["by_verdict"].items()} == {"stopped": NAMES}
    assert (tuple(one["verdicts"]), tuple(one["outcomes"])) == (VERDICTS, OUTCOMES)
    assert list(one["twin"]) == of_runs
    assert list(one["drill"]) == ["rollback_after_s", "rollback_late_s"]


def test_json_differences_have_the_documented_shape():
    """A difference names its metric and its two strategies."""
    first = compared().to_dict()["differences"][1]
    assert list(first) == [
        "metric", "a", "b", "mean", "ci95", "n_pairs", "share_fewer", "share_more",
    ]  # fmt: skip
    assert (first["share_fewer"], first["share_more"]) == (0.0, 1.0)
    assert (first["metric"], first["a"], first["b"]) == ("failed_requests", "rolling", "blue-green")
    assert first["mean"] == pytest.approx(53_300.0)


def test_json_is_finite_and_repeatable():
    """Equal inputs give equal bytes, without NaN or infinity."""
    first, again = (json.dumps(compared().to_dict(), allow_nan=False) for _ in range(2))
    assert first == again


def test_chunks_change_nothing():
    """Telling the progress runs the replications in chunks, with equal results."""
    told = compared(progress=lambda _done, _all: None).to_dict()
    assert told == compared().to_dict()


def test_progress_counts_all_runs():
    """Progress rises to strategies × variants × runs."""
    seen = []
    compared(runs=10, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (80, 80)
    assert seen == sorted(seen)


def test_engine_gets_what_was_asked():
    """Seed, threads and the range of replications reach the engine."""
    calls = []
    compared(runs=10, calls=calls, seed=5, threads=2)
    assert calls[0] == ("rolling", {
        "seed": 5, "threads": 2, "variant": "release", "lo": 0, "hi": 10,
    })  # fmt: skip


def test_every_variant_is_run():
    """A faulty release is run itself, as its good twin, and in both drills."""
    calls = []
    compared(runs=10, calls=calls)
    asked = [(s["variant"], s.get("drill_late")) for name, s in calls if name == "rolling"]
    assert asked == [("release", None), ("twin", None), ("drill", False), ("drill", True)]


def test_good_release_has_no_twin():
    """Without faults the release is its own twin."""
    found = compared(make.scenario(faults=()))
    assert found.strategies["rolling"].twin is None
    assert found.to_dict()["strategies"]["rolling"]["twin"] is None


def test_twin_and_drill_can_be_left_out():
    """What was not run is null, and everybody is ranked."""
    found = compared(twin=False, drill=False)
    one = found.to_dict()["strategies"]["rolling"]
    assert (one["twin"], one["drill"], found.ships) == (None, None, {})
    assert found.ranking.left_out == {}
    assert found.ranking.ordered == ("blue-green", "rolling")


def test_good_release_must_ship_itself():
    """A good release that a strategy does not ship leaves the strategy out of the ranking."""
    release = {n: make.rows(verdict="held", outcome="stuck") for n in HARMS}
    found = compare(make.scenario(faults=()), engine=make.engine(release))
    assert found.ranking.left_out == dict.fromkeys(HARMS, LeftOut("stuck", 0.0))
    assert found.ranking.no_winner == "nothing_ships"


def test_scenario_gives_runs_and_seed():
    """Without other orders the scenario's own number of runs and seed hold."""
    release = {n: make.rows(100) for n in HARMS}
    found = compare(make.scenario(seed=9), engine=make.engine(release))
    assert (found.runs, found.seed, len(found.strategies["rolling"].rows)) == (100, 9, 100)


def test_least_harm_wins():
    """The ranking is by harm."""
    assert compared().ranking.groups == (("blue-green",), ("rolling",))


def test_drill_is_summarized():
    """The drill tells how long going back takes, soon and late."""
    drill = compared().strategies["rolling"].drill
    assert (drill["rollback_after_s"].mean, drill["rollback_late_s"].mean) == (45.0, 90.0)


def test_frame_is_strategies_by_metrics():
    """The DataFrame has a row per strategy and a column per metric; null is NaN."""
    frame = compared().to_frame()
    assert (list(frame.index), tuple(frame.columns)) == (["rolling", "blue-green"], NAMES)
    assert frame.loc["rolling", "failed_requests"] == pytest.approx(61_000, rel=0.01)
    assert np.isnan(frame.loc["rolling", "detect_s"])
    assert compared().to_frame("n").loc["rolling", "detect_s"] == 0


def test_detectors_are_told_in_words():
    """The comparison knows who watched."""
    assert str(compared().detectors["blue-green"][0]).startswith("alarm checkout-5xx")


def test_warnings_name_thin_means_and_unfair_settings():
    """Unequal detectors and means of few runs weaken a comparison, and are told."""
    strategies = {"rolling": {"type": "rolling", "alarms": []}, "blue-green": {"type": "canary"}}
    found = compared(make.scenario(strategies=strategies), runs=5)
    assert [line.split()[0] for line in found.warnings] == ["rolling"]
    release = {n: make.rows(5, detect_s=9.0) for n in HARMS}
    found = compare(make.scenario(), runs=5, engine=make.engine(release))
    assert found.warnings[0] == "rolling: fewer than 20 runs carry the mean of detect_s (5)"


def test_chain_of_releases_has_faults_if_one_has():
    """A chain is faulty if any of its releases is."""
    chain = [{"faults": []}, {"faults": [{"kind": "errors", "rate": 0.3}]}]
    assert has_faults(make.scenario(releases=chain))
    assert not has_faults(make.scenario(faults=()))


def test_notebook_shows_verdict_and_table():
    """In a notebook the comparison shows its table and its verdict."""
    shown = compared()._repr_html_()
    assert "<table>" in shown
    assert "Blue-green. It fails 7,680 requests per bad release" in shown


def test_plot_draws_every_strategy():
    """The plot has a row of dots per strategy."""
    figure = compared().plot()
    label = figure.axes[0].get_xlabel()
    assert label.startswith("failed requests, beyond what failed before the command")
    assert {label.get_text() for label in figure.axes[0].get_yticklabels()} >= set(HARMS)


def test_printing_tells_the_table():
    """Printing a comparison shows what the command line shows."""
    assert "failed requests" in str(compared())
