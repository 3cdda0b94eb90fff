"""What holds in every run: counts are conserved, bounds are kept, times are in order."""

from itertools import pairwise
from math import ceil, inf, isclose, isfinite, isnan

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from simdeploy.engines import replicate, run_one
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.metrics import CONDITIONAL
from simdeploy.scenario import Scenario
from simdeploy.strategies.parts import FAULT_KINDS
from tests.equal import VARIANTS, within
from tests.generate import (
    ALARM_EVENTS,
    EVENTS,
    FREE,
    STRATEGIES,
    THRESHOLDS,
    distributions,
    scenarios,
)
from tests.sane import nonsense
from tests.small import small

#: Without shrinking, which takes minutes; ``benchmarks.equality`` does it.
generated = settings(
    deadline=None,
    database=None,
    print_blob=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: What the generator must reach, or the tests on its scenarios prove little.
KINDS = {
    *FAULT_KINDS,
    *EVENTS,
    *ALARM_EVENTS,
    *STRATEGIES,
    *THRESHOLDS,
    *("code_deploy", "ecs", "custom", "operator", "hooks", "approval", "alarms", "chain"),
    *("refused", "same_image", "image_gone", "long_requests", "websockets", "slow_start"),
    *("slots", "queued", "new", "old", "service"),
}


def rows_of(scenario, strategy, runs=10):
    """Yield (variant, row) of some runs."""
    for variant, late in VARIANTS:
        what = {"seed": 3, "lo": 0, "hi": runs, "variant": variant, "drill_late": late}
        for row in replicate(scenario, strategy, **what):
            yield variant, row


@seed(1)
@settings(generated, max_examples=150)
@given(scenarios(FREE))
def test_no_nonsense(told):
    """No number is impossible: more failures than requests, times before they began."""
    scenario = Scenario.model_validate(told)
    with within(60):
        for strategy in scenario.strategies:
            for variant, row in rows_of(scenario, strategy):
                assert nonsense(row, scenario, variant) == []


def kinds_of(scenario):
    """Return everything that a scenario has of what a test must meet."""
    found = [one.kind for release in scenario.chain for one in release.faults]
    found += [one.kind for one in scenario.environment.events]
    if scenario.operator is not None:
        found += ["operator", scenario.operator.first_command]
    for alarm in scenario.alarms:
        found += [alarm.metric, alarm.scope]
    for strategy in scenario.strategies.values():
        found += [strategy.type, getattr(strategy, "controller", "ecs")]
        found += ["hooks"] * bool(getattr(strategy, "hooks", ()))
        found += ["approval"] * (getattr(strategy, "approval", None) is not None)
        found += ["alarms"] * bool(strategy.alarms)
    traffic, group = scenario.traffic, scenario.target_group
    there = {
        "chain": len(scenario.chain) > 1,
        "long_requests": traffic.long_requests.share > 0,
        "websockets": traffic.websockets.open > 0,
        "slow_start": group.slow_start > 0,
        "queued": group.health_check.queued,
        "slots": scenario.service.slots is not None,
    }
    return [*found, *(word for word, is_there in there.items() if is_there)]


def test_the_generator_reaches_everything():
    """Generated scenarios contain every feature, and end in every verdict and outcome."""
    met, ends = set(), set()

    def meet(told):
        scenario = Scenario.model_validate(told)
        met.update(kinds_of(scenario))
        for strategy in scenario.strategies:
            for _, row in rows_of(scenario, strategy, 2):
                ends.update((VERDICTS[row["verdict"]], OUTCOMES[row["outcome"]]))

    # What one seed draws depends on the modules that are loaded; several reach all the same.
    for part in range(2, 8):
        if {*VERDICTS, *OUTCOMES} - ends or KINDS - met:
            seed(part)(settings(generated, max_examples=150)(given(scenarios(FREE))(meet)))()
    assert sorted(KINDS - met) == []
    assert sorted({*VERDICTS, *OUTCOMES} - ends) == []


def healthy_rolling(draw_from):
    """Return a strategy for a rolling deployment of a good release, below capacity."""
    delays = st.floats(1, 40).map(lambda x: round(x, 2)) | distributions(1, 40)
    return draw_from(
        {
            "desired_count": st.integers(1, 8),
            "low": st.sampled_from([0, 25, 50, 75, 90, 100]),
            "high": st.sampled_from([100, 120, 150, 200]),
            "boot": delays,
            "pull": delays,
            "tick": st.sampled_from([0, 5]),
            "draining": st.booleans(),
        }
    )


def deployed(told):
    """Return runs of a good rolling deployment with these settings."""
    scenario = small(
        {
            "type": "rolling",
            "minimum_healthy_percent": told["low"],
            "maximum_percent": told["high"],
        },
        service={
            "desired_count": told["desired_count"],
            "request_time": 0.05,
            "scheduler_tick": told["tick"],
            "draining_counts_to_maximum": told["draining"],
            "health_check_grace_period": 1000,
            "startup": {"boot": told["boot"], "pull": told["pull"]},
        },
        traffic={"rate": 10.0 * told["desired_count"]},
        target_group={"deregistration_delay": 20},
        horizon=4000,
    )
    return replicate(scenario, "it", seed=1, lo=0, hi=10)


@seed(3)
@settings(generated, max_examples=60)
@given(healthy_rolling(st.fixed_dictionaries))
def test_the_floor_is_kept(told):
    """A rolling deployment of a good release never has fewer healthy tasks than its minimum."""
    rows = deployed(told)
    assert rows["min_healthy_tasks"].min() >= ceil(told["desired_count"] * told["low"] / 100)


@seed(4)
@settings(generated, max_examples=60)
@given(healthy_rolling(st.fixed_dictionaries))
def test_room_to_start_first_means_no_downtime(told):
    """Under 100/200 nobody notices a good release that has enough capacity."""
    rows = deployed({**told, "low": 100, "high": 200})
    assert rows["downtime_s"].max() == 0
    assert rows["peak_tasks"].min() >= 2 * told["desired_count"]
    assert {OUTCOMES[k] for k in rows["outcome"]} == {"succeeded"}


@seed(5)
@settings(generated, max_examples=60)
@given(scenarios(FREE))
def test_the_timeline_tells_the_same(told):
    """What the timeline shows adds up to the numbers; a count by chance would not."""
    expected = {**told.get("traffic", {}), "sampled": False}
    scenario = Scenario.model_validate({**told, "traffic": expected})
    assume(len(scenario.chain) == 1)
    for strategy in scenario.strategies:
        run = run_one(scenario, strategy, seed=3, replication=1)
        assert list(disagreements(run.timeline, run.metrics)) == []


def disagreements(timeline, metrics):
    """Yield where a timeline does not fit the numbers of its run."""
    yield from of_order(timeline)
    yield from of_state(timeline, metrics)
    yield from of_tasks(timeline, metrics)
    yield from of_events(timeline, metrics)


def of_order(timeline):
    """Events and rows are in order, and within the run."""
    for times in ([e.t for e in timeline.events], [row[0] for row in timeline.state]):
        if any(a > b for a, b in pairwise(times)) or not 0 <= times[0] <= times[-1]:
            yield f"not in order: {times}"
        if times[-1] > timeline.horizon:
            yield f"after the horizon: {times[-1]}"


def of_state(timeline, metrics):
    """Integrals and extremes of the state are the metrics."""
    state = np.array([*timeline.state, (timeline.horizon, *timeline.state[-1][1:])])
    t, offered, failing, _, new_share, _, healthy, old, new = state.T
    lengths = np.diff(t)
    at_once = metrics["failed_requests"] - (failing[:-1] * lengths).sum()
    if (
        not -1e-6 * (1 + metrics["requests"])
        <= at_once
        <= metrics["failed_cut"] * (1 + 1e-6) + 1e-6
    ):
        yield f"{at_once} requests fail at an instant, cut are {metrics['failed_cut']}"
    sums = {
        "requests": (offered[:-1] * lengths).sum(),
        "both_alive_s": lengths[(old[:-1] > 0) & (new[:-1] > 0)].sum(),
    }
    # Where no target is eligible, requests reach neither revision.
    apart = lengths[(new_share[:-1] > 0) & (new_share[:-1] < 1)].sum()
    if metrics["mixed_s"] > apart + 1e-6:
        yield f"mixed_s is {metrics['mixed_s']}, the state says {apart}"
    if metrics["min_healthy_tasks"] > healthy.min() or metrics["peak_tasks"] < (old + new).max():
        yield f"healthy {healthy.min()}, alive {(old + new).max()}: beyond {metrics}"
    for name, value in sums.items():
        # Requests that are in flight at the command count too: those of a minute at most.
        slack = 60 * offered[0] if name == "requests" else 0.0
        if not isclose(metrics[name], value, rel_tol=1e-6, abs_tol=1e-6 + slack):
            yield f"{name} is {metrics[name]}, the state says {value}"


def of_tasks(timeline, metrics):
    """Every task that was created is alive at the end or has ended, stage after stage."""
    kinds = [event.kind for event in timeline.events]
    created = {e.task for e in timeline.events if e.kind == "task_created"}
    old = {task.task for task in timeline.tasks} - created
    alive = {t.task for t in timeline.tasks if t.stages and t.stages[-1][1] >= timeline.horizon}
    if len(alive) < sum(timeline.state[-1][7:9]):
        yield f"alive {len(alive)}, the state says {timeline.state[-1][7:9]}"
    if len(old) != timeline.events[0].data["old_tasks"]:
        yield f"{len(old)} old tasks, {timeline.events[0]}"
    if kinds.count("task_stopped") > len(old) + len(created):
        yield "more tasks stopped than there were"
    for task in timeline.tasks:
        if any(a[1] != b[0] for a, b in pairwise(task.stages)):
            yield f"stages of task {task.task}: {task.stages}"


def of_events(timeline, metrics):
    """Failures, decisions and ends are told once, at the time that the metrics say."""
    times = {}
    for event in timeline.events:
        times.setdefault(event.kind, []).append(event.t)
    if len(times.get("deployment_started", ())) != 1:
        yield "started more than once"
    decided = metrics["decision_s"]
    if "rollback_started" in times and not decided <= times["rollback_started"][0]:
        yield f"rollback at {times['rollback_started']}, decided at {decided}"
    if isfinite(decided) and not {"rollback_started", "operator_decided"} & set(times):
        yield f"decided at {decided}, and nobody says so"
    if metrics["outcome"] == "rolled_back" and times["rollback_finished"][-1] < decided:
        yield "rolled back before the decision"
    rest = metrics["deployment_s"]
    if isfinite(rest) and times["deployment_finished"][-1] != rest:
        yield f"finished at {times['deployment_finished']}, at rest at {rest}"


@seed(6)
@settings(generated, max_examples=60)
@given(scenarios(FREE))
def test_null_means_that_it_did_not_happen(told):
    """A time is null if and only if its event did not happen and was not due."""
    scenario = Scenario.model_validate(told)
    assume(len(scenario.chain) == 1)
    for strategy in scenario.strategies:
        run = run_one(scenario, strategy, seed=3, replication=2)
        kinds = {event.kind for event in run.timeline.events}
        for name in CONDITIONAL:
            assert run.metrics[name] >= 0 or isnan(run.metrics[name])
        decided = bool(kinds & {"rollback_started", "operator_decided"})
        assert isfinite(run.metrics["decision_s"]) == decided
        assert isnan(run.metrics["rollback_s"]) == (not decided)
        ended = "deployment_finished" in kinds and run.metrics["outcome"] != "failed"
        assert (run.metrics["deployment_s"] < inf) == ended or "rollback_started" in kinds


@pytest.mark.parametrize("variant", ["release", "twin", "drill"])
def test_a_good_release_and_its_twin_are_one(variant):
    """Without faults nothing is bad, and only the drill takes it back."""
    rows = replicate(small(), "it", seed=1, lo=0, hi=5, variant=variant)
    ends = {VERDICTS[k] for k in rows["verdict"]}
    assert ends == ({"false_rollback"} if variant == "drill" else {"shipped"})
    assert rows["bad_s"].max() == 0
