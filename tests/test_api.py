"""The Python interface: single runs, many runs at once, and what results show of themselves."""

from html import escape

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from simdeploy import compare, load_scenario, simulate, simulate_many, sweep
from simdeploy.engines import RESULT
from simdeploy.errors import NumberError, SimdeployError
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.report.story.narration import ending, lines, render_story
from simdeploy.results.metrics import NAMES


@pytest.fixture(scope="module")
def scenario():
    """Return a scenario in which requests fail."""
    return load_scenario("shallow-health-check")


@pytest.fixture(scope="module")
def comparison(scenario):
    """Return a small comparison."""
    return compare(scenario, runs=20)


def same(a, b):
    """Tell whether two arrays of results are the same to the last bit."""
    return np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


def test_a_run_is_of_the_first_strategy(scenario):
    """Without further orders: the first strategy, the scenario's seed, replication 0."""
    told = simulate(scenario).timeline
    assert (told.strategy, told.seed, told.replication) == ("rolling", scenario.seed, 0)


def test_a_run_has_every_metric(scenario):
    """Metrics come by name; how it ended comes in words."""
    metrics = simulate(scenario, "canary").metrics
    assert set(metrics) == {*NAMES, "verdict", "outcome"}
    assert (metrics["verdict"], metrics["outcome"]) == ("stopped", "rolled_back")


@pytest.mark.parametrize("call", [simulate, lambda s, n: simulate_many(s, 1, strategy=n)])
def test_unknown_strategies_are_named(scenario, call):
    """A strategy that the scenario does not have is refused with those that it has."""
    with pytest.raises(SimdeployError, match="unknown strategy 'bluegreen'; known: rolling, blue-"):
        call(scenario, "bluegreen")


def test_many_runs_are_single_runs(scenario):
    """An element of the array is the run of the same strategy, seed and replication."""
    many = simulate_many(scenario, [3, 4], strategy="canary", replication=[[7], [8]])
    assert many.shape == (2, 2)
    one = simulate(scenario, "canary", seed=4, replication=7).metrics
    found = many[0, 1]
    assert [found[name] for name in NAMES] == pytest.approx(
        [one[n] for n in NAMES], abs=0, nan_ok=True
    )
    assert VERDICTS[found["verdict"]] == one["verdict"]
    assert OUTCOMES[found["outcome"]] == one["outcome"]


def test_a_single_run_is_an_array_without_axes(scenario):
    """Scalars give a scalar, as with any NumPy function."""
    assert simulate_many(scenario, 1).shape == ()


def test_arguments_broadcast(scenario):
    """Strategies, seeds and replications broadcast against one another."""
    names = np.array(["rolling", "canary"])[:, None, None]
    found = simulate_many(scenario, [[1], [2]], strategy=names, replication=np.arange(3))
    assert found.shape == (2, 2, 3)
    part = simulate_many(scenario, 2, strategy="canary", replication=np.arange(3))
    assert same(found[1, 1], part)


def test_order_changes_nothing(scenario):
    """Every run is its own: reversed arguments give reversed results."""
    runs = np.arange(6)
    forward = simulate_many(scenario, 1, replication=runs)
    backward = simulate_many(scenario, 1, replication=runs[::-1])
    assert same(forward, backward[::-1])


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2)])
def test_empty_arguments_give_empty_results(scenario, shape):
    """No seeds, no runs: an empty array of the right type and shape."""
    found = simulate_many(scenario, np.zeros(shape, int))
    assert (found.shape, found.dtype) == (shape, RESULT)


def test_shapes_that_do_not_fit_are_refused(scenario):
    """What does not broadcast is a ValueError, as in NumPy."""
    with pytest.raises(ValueError, match="broadcast"):
        simulate_many(scenario, [1, 2, 3], replication=[0, 1])


@pytest.mark.parametrize("wrong", [1.5, [0.25, 2], "one", None, [True], -1, 2**53 + 1])
def test_seeds_are_whole_numbers(scenario, wrong):
    """A seed that is no whole number is refused, never cut to one."""
    with pytest.raises((TypeError, ValueError), match="seeds must be"):
        simulate_many(scenario, wrong)
    with pytest.raises((TypeError, ValueError), match="replication must be"):
        simulate_many(scenario, 1, replication=wrong)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"seed": -1}, "seed must be from 0 to 9,007,199,254,740,992; got -1"),
        ({"seed": 10**20}, "seed must be from 0 to 9,007,199,254,740,992; got 100,000,000,000,"),
        ({"seed": 10**40}, r"got 100000000000… \(41 digits\)"),
        ({"seed": 1.5}, "seed must be a whole number; got 1.5"),
        ({"runs": True}, "runs must be a whole number; got True"),
        ({"runs": 0}, "runs must be from 1 to"),
        ({"runs": 10**12}, "runs must be from 1 to 1,000,000,000; got 1,000,000,000,000"),
    ],
)
def test_a_comparison_checks_its_numbers_first(how, message):
    """Seed and runs out of range are refused in one line."""
    with pytest.raises(SimdeployError, match=message):
        compare("bad-boot", **how)


def test_large_numbers_in_python():
    """A seed beyond 64 bits is out of range, not of another type."""
    with pytest.raises(NumberError, match=r"seed must be from 0 to .*; got 99,999"):
        simulate("bad-boot", seed=99_999_999_999_999_999_999)


def test_one_run_is_as_strict(scenario):
    """A single run refuses the same."""
    with pytest.raises(TypeError, match="replication must be"):
        simulate(scenario, replication=0.5)
    with pytest.raises(ValueError, match="seed must be"):
        simulate(scenario, seed=-1)


def test_numpys_numbers_are_numbers(scenario):
    """What comes out of an array may be a seed."""
    found = simulate(scenario, seed=np.int64(3)).metrics
    assert repr(found) == repr(simulate(scenario, seed=3).metrics)


@pytest.mark.parametrize("engine", ["batch", "process"])
def test_engines_give_the_same_array(scenario, engine):
    """The engine is a matter of speed."""
    runs = np.arange(4)
    found = simulate_many(scenario, 9, strategy="linear", replication=runs, engine=engine)
    assert same(found, simulate_many(scenario, 9, strategy="linear", replication=runs))


def test_an_unknown_engine_is_refused(scenario):
    """There are two engines, and a third is not silently the default."""
    with pytest.raises(SimdeployError, match="unknown engine"):
        simulate_many(scenario, 1, engine="quick")


def test_many_runs_are_what_compare_runs(scenario, comparison):
    """`compare` is the same runs, summarized."""
    rows = simulate_many(scenario, scenario.seed, strategy="canary", replication=np.arange(20))
    assert same(rows, comparison.strategies["canary"].rows)


def test_a_run_as_a_frame(scenario):
    """The frame of a run has a row per event, in the order of time."""
    frame = simulate(scenario).to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert {"t", "kind", "task", "revision", "rule"} <= set(frame.columns)
    assert frame["t"].is_monotonic_increasing
    assert frame["kind"].iloc[0] == "deployment_started"


def test_a_comparison_as_a_frame(comparison):
    """The frame of a comparison is strategies × metrics, and survives CSV."""
    frame = comparison.to_frame()
    assert list(frame.index) == list(comparison.scenario.strategies)
    assert tuple(frame.columns) == NAMES
    assert frame.loc["canary", "failed_requests"] < frame.loc["rolling", "failed_requests"]


def test_results_draw_themselves(scenario, comparison):
    """`plot()` returns a figure."""
    for result in (simulate(scenario), comparison):
        figure = result.plot()
        assert figure.axes
        plt.close(figure)


def test_results_draw_into_given_axes(scenario, comparison):
    """`plot(ax)` draws into a figure that the user has made, and returns that one."""
    for result in (simulate(scenario), comparison):
        figure, ax = plt.subplots()
        assert result.plot(ax=ax) is figure
        assert any(one.has_data() for one in (ax, *ax.child_axes))
        plt.close(figure)


def test_results_show_themselves_in_a_notebook(scenario, comparison):
    """HTML has the numbers, and nothing that a browser would execute."""
    for result in (simulate(scenario), comparison):
        shown = result._repr_html_()
        assert "<table" in shown
        assert "<script" not in shown
        assert "nan" not in shown


def test_a_run_shows_its_story(scenario):
    """Printed it is the story of the command line; in a notebook the same lines and end."""
    run = simulate(scenario, "canary")
    assert str(run) == f"shallow-health-check\n{render_story(run.timeline, scenario)}"
    shown = run._repr_html_()
    assert escape(ending(run.timeline, scenario)) in shown
    assert all(escape(line.text) in shown for line in lines(run.timeline, scenario))


def test_what_belongs_to_a_result_is_short_too(comparison, tmp_path):
    """Summaries of a strategy and a sweep are a line."""
    found = repr(comparison.strategies["canary"].release)
    known = len(comparison.strategies["canary"].release.metrics)
    assert found == f"<Variant of {known} metrics: stopped 100 %>"
    knobs = {"traffic.rate": ["100", "200"]}
    made = sweep("bad-boot", knobs, out=tmp_path / "x", runs=5, strategies=["rolling", "canary"])
    assert repr(made) == f"<Sweep in {tmp_path / 'x'}: 2 settings × 2 strategies × 5 runs>"


def test_html_escapes_what_a_scenario_says(scenario):
    """A story with HTML in it is shown as text."""
    told = scenario.model_copy(update={"story": "<script>x</script>", "title": "<b>&"})
    shown = compare(told, runs=5, twin=False, drill=False)._repr_html_()
    assert "<script>" not in shown


def test_results_are_short_at_the_prompt(scenario, comparison):
    """Typing its name shows what a result is, not its thousand rows."""
    assert repr(simulate(scenario)) == (
        "<Run of shallow-health-check: rolling, run 0, seed 1: stopped>"
    )
    assert repr(comparison) == (
        "<Comparison of rolling, blue-green, canary, linear, recreate: "
        "shallow-health-check, 20 runs, seed 1>"
    )
    assert repr(comparison.strategies["canary"]) == "<StrategyResult of canary: 20 runs>"


def test_a_scenario_is_loaded_by_its_name():
    """The functions of the package take a file or a name of the gallery, too."""
    assert simulate("bad-boot").metrics == simulate(load_scenario("bad-boot")).metrics
    assert list(compare("bad-boot", runs=2).strategies) == list(
        load_scenario("bad-boot").strategies
    )


def test_compare_plays_some_strategies_alone():
    """They come in the order asked for, with the numbers that they have among all."""
    some = compare("bad-boot", runs=3, strategies=["canary", "rolling"])
    every = compare("bad-boot", runs=3)
    assert list(some.strategies) == ["canary", "rolling"]
    for name in some.strategies:
        assert some.strategies[name].rows.tobytes() == every.strategies[name].rows.tobytes()


def test_an_unknown_strategy_is_refused_with_the_known_ones():
    """The closest name and all names are in the error."""
    with pytest.raises(SimdeployError, match=r'unknown strategy "roling"; did you mean "rolling"'):
        compare("bad-boot", strategies=["roling"])


@pytest.mark.parametrize("what", [lambda: load_scenario("bad-boot"), lambda: simulate("bad-boot"),
                                  lambda: simulate("bad-boot").timeline])  # fmt: skip
def test_reprs_are_short(what):
    """At a prompt a result is a line, not a page."""
    assert len(repr(what())) < 120
    assert "bad-boot" in str(what())
