"""Deployments beside runs: what a right scenario gives, and what a wrong one."""

import json

import numpy as np
import pytest

from simdeploy import simulate
from simdeploy.backtesting.api import backtest, default_runs
from simdeploy.backtesting.percentiles import uniformity
from simdeploy.backtesting.result import AT_THE_EDGE, CONTRADICTS, FITS
from simdeploy.engines import timelines
from simdeploy.errors import SimdeployError
from simdeploy.observed.reading import read_observed
from tests.observed import writing


def test_timelines_are_those_of_single_runs(case):
    """Runs that are played one after the other on one record are the single runs."""
    scenario = case.scenario()
    for k, timeline in enumerate(timelines(scenario, "rolling", seed=5, lo=0, hi=4)):
        single = simulate(scenario, "rolling", seed=5, replication=k).timeline
        assert (timeline.events, timeline.tasks) == (single.events, single.tasks)


@pytest.mark.many_runs
def test_percentiles_of_own_runs_are_uniform(case):
    """Of 200 deployments that the scenario itself made, percentiles are uniform in each part."""
    result = backtest(case.scenario(), case.observed(200), all_deployments=True, runs=1000)
    assert len(result.deployments) == 200
    tests = result.uniformity()
    assert [test.name for test in tests] == [
        "first task started → registered",
        "registered → old task told to go",
        "told to go → completed",
        "first task started → completed",
    ]
    assert all(test.is_uniform for test in tests)
    assert sum(one.verdict == CONTRADICTS for one in result.deployments) <= 14


@pytest.mark.many_runs
def test_a_wrong_delay_is_found(case):
    """Where the service drained for 90 s and the scenario says 30 s, one part contradicts."""
    slow = ["target_group.deregistration_delay=90s"]
    result = backtest(case.scenario(), case.observed(1, settings=slow), runs=1000)
    (one,) = result.deployments
    assert one.verdict == CONTRADICTS
    assert [stage.name for stage in one.contradicting] == ["told to go → completed"]
    together = backtest(
        case.scenario(), case.observed(12, settings=slow), all_deployments=True, runs=1000
    )
    wrong = [test.name for test in together.uniformity() if not test.is_uniform]
    assert wrong == ["told to go → completed", "first task started → completed"]


@pytest.mark.many_runs
def test_shares_are_those_of_the_runs(case):
    """The percentile of a part is the share of runs in which it took less time."""
    result = backtest(case.scenario(), case.observed(), runs=300, seed=9)
    (one,) = result.deployments
    real = one.whole.real_s
    took = []
    for timeline in timelines(case.scenario(), "rolling", seed=9, lo=0, hi=300):
        times = {event.kind: event.t for event in reversed(timeline.events)}
        took.append(times["deployment_finished"] - times["task_created"])
    shares = np.mean(np.array(took) < real - 0.001), np.mean(np.array(took) <= real + 0.001)
    assert one.whole.percentile.share == pytest.approx(np.mean(shares))
    assert one.whole.p50 == pytest.approx(np.median(took))


def test_the_latest_is_the_default(case):
    """Without --deployment and --all the latest deployment is compared, and others are counted."""
    result = backtest(case.scenario(), case.observed(3), runs=20)
    assert [one.segment.deployment_id for one in result.deployments] == ["1000000000003"]
    assert result.others == 2
    first = backtest(case.scenario(), case.observed(3), deployment="ecs-svc/1000000000001", runs=20)
    assert first.deployments[0].segment.deployment_id == "1000000000001"


def test_deployments_that_do_not_fit_are_named(case):
    """With --all, a deployment of another size is left out and named."""
    rows = case.pairs(2)
    rows = [(at, text.replace("started 2 tasks", "started 5 tasks") if k < 3 else text)
            for k, (at, text) in enumerate(rows)]  # fmt: skip
    observed = read_observed([case.write(rows)])
    result = backtest(case.scenario(), observed, all_deployments=True, runs=20)
    assert len(result.deployments) == 1
    (why,) = result.refused
    assert "started 5 tasks" in why


def test_verdicts(case):
    """One flagged part is at the edge, three contradict, none fits."""
    result = backtest(case.scenario(), case.observed(20), all_deployments=True, runs=100)
    for one in result.deployments:
        expected = FITS if not one.flagged else AT_THE_EDGE
        if one.contradicting or len(one.flagged) >= 3:
            expected = CONTRADICTS
        assert one.verdict == expected
    verdicts = {one.verdict for one in result.deployments}
    assert FITS in verdicts


@pytest.mark.parametrize(("runs", "seed"), [(0, 1), (10**7, 1), (10, -1), (10, 2**60)])
def test_counts_out_of_range(case, runs, seed):
    """Runs and seeds have their ranges."""
    with pytest.raises(SimdeployError, match="must be from"):
        backtest(case.scenario(), case.observed(), runs=runs, seed=seed)


def test_from_files(case):
    """Files can be named instead of what was read from them; the result shows itself."""
    path = case.write(case.pairs(2))
    result = backtest(case.file, [path], runs=20, all_deployments=True, timezone="UTC")
    frame = result.to_frame()
    assert frame.loc[("1000000000001", "whole"), "real_s"] == result.deployments[0].whole.real_s
    assert len(frame) == 8
    assert str(result) == result.text(100)
    assert repr(result).startswith("<Backtest of web against web: ")
    assert "<pre>backtest: web, 2 deployments" in result._repr_html_()


def test_default_runs():
    """Large fleets are played less often by default, and never below 200 times."""
    assert [default_runs(n) for n in (1, 20, 40, 1000)] == [1000, 1000, 500, 200]


def test_json(case, ran):
    """The JSON of one deployment names its parts with times and percentile."""
    code, out, _ = ran(case.write(case.pairs()), "--format", "json")
    assert code == 0
    data = json.loads(out)
    assert data["deployment"] == "1000000000001"
    assert (data["scenario"], data["strategy"], data["runs"]) == ("web", "rolling", 40)
    assert list(data["stages"][0])[:6] == ["name", "real_s", "p5", "p50", "p95", "percentile"]
    assert sum(stage["real_s"] for stage in data["stages"]) == pytest.approx(
        data["whole"]["real_s"]
    )
    assert data["unknown"] == [
        "what requests saw", "the application's boot", "the command (no createdAt)",
    ]  # fmt: skip


def test_json_of_several(case, ran):
    """With --all there is a list of them, and a test of uniformity per part."""
    code, out, _ = ran(case.write(case.pairs(4)), "--format", "json", "--all")
    assert code == 0
    data = json.loads(out)
    assert len(data["deployments"]) == 4
    shares = [one["whole"]["percentile"] / 100 for one in data["deployments"]]
    assert data["uniformity"][-1]["p_value"] == pytest.approx(uniformity(shares))


def test_same_bytes(case, ran):
    """The same files give the same bytes, shuffled or not."""
    rows = case.pairs(3)
    plain = ran(case.write(rows), "--all", "--format", "json")
    data = writing.described(rows)
    events = data["services"][0]["events"]
    events[:] = events[1::2] + events[::2]
    assert ran(case.write(data), "--all", "--format", "json") == plain


def test_the_work_is_told_before_it_begins(case):
    """Whoever asks learns how many runs of which strategy there will be; nothing is played yet."""
    told = []

    def stop(scenario, name, runs):
        told.append((scenario.name, name, runs))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtest(case.scenario(), case.observed(), runs=100_000, announce=stop)
    assert told == [("web", "rolling", 100_000)]
