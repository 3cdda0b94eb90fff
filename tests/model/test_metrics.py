"""Metrics of a run: integrals, extremes, onset and end of harm, the baseline, and the result."""

import math

import pytest

from simdeploy.engines.process.event_rules import REASONS
from simdeploy.model import sums, timers
from simdeploy.model.constants import DEAD, DRILL, DRILL_LATE, RELEASE
from simdeploy.model.fields.types import Result
from simdeploy.model.latency import p99
from simdeploy.model.metrics import (
    billed_task_seconds,
    failed_requests,
    integrate,
    live_share,
    record_baseline_point,
    record_decision,
    record_full_traffic,
    save_baseline,
    start_late_drill,
    unreadable_rows,
    update_measures,
    write_result,
    write_times_and_verdict,
)
from simdeploy.model.registry import SIGNALS
from simdeploy.semantics.alarms import ANY_5XX, CPU
from simdeploy.semantics.faults import AT_FULL_TRAFFIC
from simdeploy.semantics.metrics import (
    ESCAPED,
    FALSE_ROLLBACK,
    HELD,
    SHIPPED,
    STOPPED,
    UNREPAIRED,
)
from simdeploy.semantics.plan import (
    AT_REST,
    BY_ALARM,
    FAILED,
    FROZEN,
    IN_PROGRESS,
    NOT_UNDONE,
    REDEPLOYING,
    ROLLED_BACK,
    ROLLING_OUT,
    STUCK,
    SUCCEEDED,
    TEARING_DOWN,
)
from simdeploy.semantics.schema import (
    DESTRUCTIVE,
    FIRST_NEW_TASK,
    FULL_TRAFFIC,
    MIGRATE,
    MISMATCH,
)
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, record, snapshot
from tests.model.transitions import changed_by


@pytest.fixture
def m():
    """Return the record of a rolling deployment of six tasks for 100 requests per second."""
    return record()


@pytest.fixture
def s(m):
    """Return its state 100 s after the command, without slow requests."""
    s = at_command(m)
    s.world.now = 100.0
    s.world.slow_share = 0.0
    return s


def put(s, **fields):
    """Set fields of the world."""
    for name, value in fields.items():
        setattr(s.world, name, value)


def test_failed_requests_are_the_sum_of_their_causes(s):
    """Six causes of failure count, and no other sum does."""
    s.world.sums = [1000.0] * sums.COUNT
    for k, cause in enumerate(
        (sums.NO_TARGET, sums.REFUSED, sums.APP, sums.OVERLOAD, sums.SCHEMA, sums.CUT)
    ):
        s.world.sums[cause] = 2.0**k
    assert failed_requests(s) == 63.0


def test_first_decision_counts(s):
    """The time of the first decision, and what had failed by then, stay."""
    s.world.sums[sums.APP] = 5.0
    assert changed_by(s.world, record_decision, s) == {
        "decision_at": 100.0,
        "failed_at_decision": 5.0,
    }
    s.world.now, s.world.sums[sums.APP] = 200.0, 9.0
    assert changed_by(s.world, record_decision, s) == {}


@pytest.fixture
def full(m, s):
    """Return a state in which all traffic is on the new revision."""
    put(s, new_code_rate=100.0, rate_to_old=0.0, offered_rate=100.0)
    return s


def test_full_traffic_is_recorded_once(m, full):
    """The first instant with all traffic on the new revision counts."""
    assert changed_by(full.world, record_full_traffic, m, full) == {
        "->": True,
        "full_traffic_at": 100.0,
    }
    full.world.now = 200.0
    assert changed_by(full.world, record_full_traffic, m, full) == {"->": False}


@pytest.mark.parametrize(
    ("field", "value", "reached"),
    [
        ("phase", AT_REST, True),
        ("phase", ROLLING_OUT, True),
        ("phase", FROZEN, False),
        ("phase", TEARING_DOWN, False),
        ("rollback_reason", BY_ALARM, False),
        ("new_code_rate", 0.0, False),
        ("new_code_rate", 100.0 - 2e-7, False),
        ("new_code_rate", 100.0 * (1.0 - 1e-9), True),
        ("new_code_rate", 100.0 - 5e-8, True),  # less than a billionth is rounding
        ("rate_to_old", 0.001, False),
        ("new_code_rate", 99.0, False),
    ],
)
def test_full_traffic_is_all_there_is(m, full, field, value, reached):
    """All offered requests meet new code, in a rollout or after it."""
    setattr(full.world, field, value)
    assert record_full_traffic(m, full) is reached


def test_no_traffic_is_not_full(m, full):
    """Without any request, none reaches the new revision."""
    put(full, new_code_rate=0.0, offered_rate=0.0)
    assert record_full_traffic(m, full) is False


def test_tiny_traffic_is_full(m, full):
    """A single request per hour is traffic."""
    put(full, new_code_rate=1 / 3600, offered_rate=1 / 3600)
    assert record_full_traffic(m, full) is True


@pytest.mark.parametrize(("when", "applied"), [(FULL_TRAFFIC, 1), (FIRST_NEW_TASK, 0)])
def test_schema_change_at_full_traffic(m, full, when, applied):
    """A change that waits for full traffic is applied then."""
    m.releases[1].schema_applied, full.world.schema_change = when, DESTRUCTIVE
    record_full_traffic(m, full)
    assert (full.world.schema_applied, full.world.old_shape_gone) == (applied, applied)


def test_errors_since_full_traffic_begin(m, full):
    """An error ramp counted from full traffic sets the timer of its first step."""
    m.releases[1].n_error_steps[AT_FULL_TRAFFIC] = 1
    m.releases[1].error_steps[AT_FULL_TRAFFIC][0].at = 30.0
    record_full_traffic(m, full)
    assert full.world.timers[timers.STAIRS + 2 * (AT_FULL_TRAFFIC - 1) + NEW] == 130.0


@pytest.mark.parametrize(
    ("variant", "releases", "due"),
    [(DRILL, 1, 700.0), (DRILL, 2, NEVER), (RELEASE, 1, NEVER), (DRILL_LATE, 1, NEVER)],
)
def test_drill_rolls_back_some_time_after_full_traffic(m, full, variant, releases, due):
    """600 s after full traffic on the last release a drill orders its rollback."""
    m.drill_after, m.n_releases, full.world.variant = 600.0, releases, variant
    record_full_traffic(m, full)
    assert full.world.timers[timers.DRILL] == due


def test_extremes(m, s):
    """Fewest healthy, most alive tasks and the least headroom are kept."""
    put(s, healthy=[3, 1], alive=[6, 5])
    assert changed_by(s.world, update_measures, m, s) == {
        "min_healthy": 4,
        "peak_tasks": 11,
        "min_headroom": 3.6,  # 6 tasks of 60 for 100 requests per second
    }
    put(s, healthy=[4, 1], alive=[5, 5], offered_rate=90.0)
    assert changed_by(s.world, update_measures, m, s) == {}


def two_groups(m, s, *, targets=1):
    """Give the new revision a target group of its own, with some targets."""
    m.n_groups = 2
    c = s.cohorts[1]
    s.world.n_cohorts = 2
    c.n_targets, c.revision, c.group, c.is_answering, c.ramp = targets, NEW, 1, 1, 1


@pytest.mark.parametrize(
    ("weight", "headroom"),
    [(0.0, 3.6), (10.0, 4.0), (25.0, 2.4), (100.0, 0.6)],
)
def test_headroom_of_the_group_that_has_least(m, s, weight, headroom):
    """One new target of 60 against six old ones: a group without traffic does not count."""
    two_groups(m, s)
    s.world.new_weight = weight
    update_measures(m, s)
    assert s.world.min_headroom == pytest.approx(headroom, rel=1e-12)


@pytest.mark.parametrize(
    ("world", "onset"),
    [
        ({"failing_share": 0.2, "baseline_failing_share": 0.2}, NEVER),
        ({"failing_share": 0.2 + 2e-9, "baseline_failing_share": 0.2}, 100.0),
        ({"exposed_rate": 0.1}, NEVER),
        ({"failing_share": 0.2, "onset_at": 50.0}, 50.0),
        ({"slow_share": 0.5, "baseline_slow_share": 0.495}, NEVER),
        ({"slow_share": 0.5, "baseline_slow_share": 0.485}, 100.0),
    ],
    ids=str,
)
def test_onset_of_harm(m, s, world, onset):
    """Failing beyond the baseline, or slow beyond it by 1 % of the arrivals, is the onset."""
    put(s, **world)
    update_measures(m, s)
    assert s.world.onset_at == onset
    assert s.world.user_onset_at == (100.0 if "onset_at" in world else onset)


@pytest.mark.parametrize(
    ("world", "harming"),
    [
        ({"failing_share": 0.0009}, 0),
        ({"failing_share": 0.0011}, 1),
        ({"failing_share": 0.5, "baseline_failing_share": 0.5}, 0),
        ({"slow_share": 0.009}, 0),
        ({"slow_share": 0.011}, 1),
        ({"slow_share": 0.5, "baseline_slow_share": 0.495}, 0),
        ({"exposed_rate": 0.1}, 1),
    ],
    ids=str,
)
def test_harm(m, s, world, harming):
    """0.1 % failing or 1 % slow beyond the baseline hurts; bad code is harm, and hurts nobody."""
    hurting = 0 if "exposed_rate" in world else harming
    put(s, is_harming=1 - harming, is_hurting=1 - hurting, **world)
    update_measures(m, s)
    assert (s.world.is_harming, s.world.is_hurting) == (harming, hurting)


@pytest.mark.parametrize("world", [{"new_code_rate": 0.1}, {"rate_to_old": 0.1}], ids=str)
def test_wrong_answers_hurt(m, s, world):
    """Users are hurt from the first request on that a silently bad revision answers."""
    put(s, generation=[2, 1], rate_to_old=0.0, new_code_rate=0.0)
    m.releases[1 if "new_code_rate" in world else 2].is_silent = 1
    update_measures(m, s)
    assert (s.world.is_hurting, s.world.user_onset_at) == (0, NEVER)
    put(s, **world)
    update_measures(m, s)
    assert (s.world.is_hurting, s.world.user_onset_at) == (1, 100.0)


@pytest.mark.parametrize(
    ("world", "serves"),
    [
        ({}, 100.0),
        ({"decision_at": NEVER}, NEVER),
        ({"old_serves_at": 80.0}, 80.0),
        ({"new_code_rate": 0.1}, NEVER),
        ({"offered_rate": 400.0}, 100.0),  # 360 as before the command
        ({"offered_rate": 400.0, "capacity_at_command": 361.0}, NEVER),
    ],
    ids=str,
)
def test_old_revision_serves_again(m, s, world, serves):
    """Rolled back: no request on new code, and old tasks carry the load or as much as before."""
    put(s, **{"decision_at": 50.0, "new_code_rate": 0.0, **world})
    update_measures(m, s)
    assert s.world.old_serves_at == serves


@pytest.mark.parametrize(("flag", "serves"), [(0, NEVER), (1, 100.0)])
def test_new_tasks_with_the_flag_off_serve_old_code(m, s, flag, serves):
    """Behind a flag the new tasks' 60 add to the 360 of the old ones."""
    two_groups(m, s)
    m.has_flag, m.n_groups = flag, 1
    put(s, decision_at=50.0, offered_rate=400.0, capacity_at_command=420.0)
    update_measures(m, s)
    assert s.world.old_serves_at == serves


def test_headroom_of_a_single_group(m, s):
    """Without a second group all traffic is the first one's, whatever the weight."""
    s.world.new_weight = 25.0
    update_measures(m, s)
    assert s.world.min_headroom == 3.6


def points(s, n):
    """Return the first points of the baseline."""
    return [(p.at, p.failing_share, p.slow_share) for p in (s.points[k] for k in range(n))]


def test_baseline_points_follow_changes(s):
    """A point is added where a share has changed; the one behind the last is never reached."""
    s.world.now, s.points[1].at = 0.0, 77.0
    record_baseline_point(s)
    assert (points(s, 1), s.world.n_points, s.points[1].at) == ([(0.0, 0.0, 0.0)], 1, NEVER)
    s.world.now = 10.0
    record_baseline_point(s)
    assert s.world.n_points == 1
    put(s, now=20.0, failing_share=0.5)
    record_baseline_point(s)
    s.world.now = 25.0
    record_baseline_point(s)
    put(s, now=30.0, slow_share=0.25)
    record_baseline_point(s)
    expected = [(0.0, 0.0, 0.0), (20.0, 0.5, 0.0), (30.0, 0.5, 0.25)]
    assert (points(s, 3), s.world.n_points, s.points[3].at) == (expected, 3, NEVER)


def test_baseline_point_of_one_instant_is_its_last(s):
    """Two changes at one instant leave one point."""
    put(s, now=0.0, failing_share=0.5)
    record_baseline_point(s)
    put(s, failing_share=0.75)
    record_baseline_point(s)
    assert (points(s, 1), s.world.n_points, s.points[1].at) == ([(0.0, 0.75, 0.0)], 1, NEVER)


def test_baseline_without_room_is_repeated(s):
    """The last place is for the point that is never reached."""
    put(s, point_room=2)
    record_baseline_point(s)
    assert (s.world.n_points, s.world.out_of_room) == (1, 0)
    put(s, now=200.0, failing_share=0.5)
    assert changed_by(s.world, record_baseline_point, s) == {"out_of_room": 1}
    assert points(s, 1) == [(100.0, 0.0, 0.0)]


@pytest.fixture
def billed(s):
    """Return a state with a bill of 410 task-seconds: gone, old, young, dead, future tasks."""
    s.world.task_seconds = 50.0
    s.tasks[1].pull_at = 100.0  # begins now: nothing yet
    s.tasks[2].pull_at = 90.0  # 10 s, billed as the minimum of 60
    s.tasks[3].state = DEAD  # its bill is closed
    return s


def test_bill(m, billed):
    """50 closed, three times 100 since the command, and one minimum."""
    assert billed_task_seconds(m, billed) == 410.0


def test_baseline_is_saved(m, billed):
    """Cost, failed and slow requests of the baseline are what a run is compared with."""
    m.task_hour_usd = 3.6
    billed.world.sums[sums.APP], billed.world.sums[sums.SLOW] = 3.0, 4.0
    billed.world.sums[sums.DOWNTIME] = 7.0
    assert changed_by(billed.world, save_baseline, m, billed) == {
        "baseline_cost": pytest.approx(0.41, rel=1e-12),
        f"baseline_sums[{sums.APP}]": 3.0,
        f"baseline_sums[{sums.DOWNTIME}]": 7.0,
        f"baseline_sums[{sums.SLOW}]": 4.0,
    }


def test_result(m, billed):
    """Every metric has its own sum; what fails without a deployment is not caused by it."""
    s = billed
    m.task_hour_usd, m.in_flight_at_command = 3.6, 9007.0
    put(
        s,
        sums=[1000.0 + k for k in range(sums.COUNT)],
        websockets_cut=11.0,
        min_headroom=0.5,
        min_healthy=4,
        peak_tasks=12,
        failed_tasks=2,
        baseline_cost=0.25,
        baseline_sums=[2.0 if k < sums.CUT else 7.0 for k in range(sums.COUNT)],
        decision_at=90.0,
        failed_at_decision=6000.0,
        schema_change=MISMATCH,
        rest_at=95.0,
        old_serves_at=92.0,
    )
    s.world.latency_counts[0][0] = 5.0
    out = Result()
    write_result(m, s, out)
    failed = 1001.0 + 1002.0 + 1003.0 + 1004.0 + 1005.0 + 1006.0
    result = {name: value for name, value in snapshot(out).items() if not math.isnan(value)}
    assert result == {
        "requests": 10007.0,
        "failed_requests": failed,
        "failed_no_target": 1001.0,
        "failed_refused": 1002.0,
        "failed_app": 1003.0,
        "failed_overload": 1004.0,
        "failed_schema": 1005.0,
        "failed_cut": 1006.0,
        "downtime_s": 1007.0,
        "outage_s": 1008.0,
        "degraded_s": 1009.0,
        "slow_requests": 1010.0,
        "slow_s": 1011.0,
        "p99_latency_s": p99(m, s),
        "bad_s": 1012.0,
        "exposed_requests": 1013.0,
        "cut_websockets": 11.0,
        "mixed_s": 1014.0,
        "both_alive_s": 1015.0,
        "incompatible_writes": 1017.0,
        "side_effects_left": 1018.0,
        "min_headroom": 0.5,
        "min_healthy_tasks": 4,
        "peak_tasks": 12,
        "failed_tasks": 2,
        "task_seconds_old": 1019.0,
        "task_seconds_new": 1020.0,
        "new_answers": 1021.0,
        "all_healthy_s": NEVER,
        "latent_s": 0.0,
        "cost_usd": pytest.approx(0.41, rel=1e-12),
        "extra_cost_usd": pytest.approx(0.16, rel=1e-12),
        "deployment_s": 95.0,
        "full_traffic_s": NEVER,
        "decision_s": 90.0,
        "rollback_s": 2.0,
        "over_s": 95.0,
        "verdict": HELD,
        "outcome": IN_PROGRESS,
        "signal": 0,
        "hurts_at_end": 0,
        "failed_before_decision": 6000.0,
        "failed_after_decision": failed - 17.0 - 6000.0,
        "failed_caused": failed - (5 * 2.0 + 7.0),
        "slow_caused": 1010.0 - 7.0,
        "downtime_caused": 1007.0 - 7.0,
    }


def test_without_a_decision_everything_failed_before_it(m, s):
    """No failure comes after a decision that was not taken."""
    s.world.sums[sums.APP] = 8.0
    out = Result()
    write_result(m, s, out)
    assert (out.failed_before_decision, out.failed_after_decision) == (8.0, 0.0)


def concluded(m, s, **fields):
    """Return verdict, outcome and times for a state with these fields; NaN as None."""
    put(s, **{"command_at": 10.0, **fields})
    out = Result()
    write_times_and_verdict(m, s, out)
    values = snapshot(out)
    return {name: None if math.isnan(value) else value for name, value in values.items()}


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        # nothing has happened yet, with a good release: no decision is missing
        ({}, {"deployment_s": NEVER, "full_traffic_s": NEVER, "decision_s": None}),
        ({}, {"detect_s": None, "rollback_s": None, "recover_s": None}),
        ({"rest_at": 70.0}, {"deployment_s": 60.0}),
        ({"full_traffic_at": 50.0, "rollback_reason": 1}, {"full_traffic_s": 40.0}),
        ({"rollback_reason": 1}, {"full_traffic_s": None}),
        # a bad release: a decision is open
        ({"bad": 1}, {"decision_s": NEVER, "detect_s": None}),
        ({"bad": 1, "onset_at": 30.0}, {"decision_s": NEVER, "detect_s": NEVER}),
        ({"onset_at": 30.0}, {"decision_s": None, "detect_s": None}),
        ({"decision_at": 50.0}, {"decision_s": 40.0, "detect_s": None, "rollback_s": NEVER}),
        ({"decision_at": 50.0, "onset_at": 30.0}, {"detect_s": 20.0}),
        ({"decision_at": 50.0, "onset_at": 60.0}, {"detect_s": 0.0}),
        ({"decision_at": 50.0, "old_serves_at": 75.0}, {"rollback_s": 25.0}),
        ({"onset_at": 30.0, "last_harm_at": 45.0}, {"recover_s": 15.0}),
        ({"onset_at": 30.0, "last_harm_at": 10.0}, {"recover_s": 0.0}),
        ({"onset_at": 30.0, "last_harm_at": 45.0, "is_harming": 1}, {"recover_s": NEVER}),
        # a failed task at 30 hurts nobody; the first user is hurt at 42
        ({"onset_at": 30.0}, {"user_onset_s": None}),
        ({"onset_at": 30.0, "user_onset_at": 42.0}, {"user_onset_s": 32.0}),
        # over: at rest, and no user is hurt any more
        ({"rest_at": 70.0, "last_hurt_at": 45.0}, {"over_s": 60.0}),
        ({"rest_at": 70.0, "last_hurt_at": 85.0}, {"over_s": 75.0}),
        ({"rest_at": 70.0, "last_hurt_at": 85.0, "is_hurting": 1}, {"over_s": NEVER}),
        ({"last_hurt_at": 45.0}, {"over_s": NEVER}),
    ],
    ids=str,
)
def test_times(m, s, fields, times):
    """Times count from command, onset or decision; what did not happen is NaN, open is inf."""
    m.releases[1].is_bad = fields.get("bad", 0)
    values = concluded(m, s, **{k: v for k, v in fields.items() if k != "bad"})
    assert {name: values[name] for name in times} == times


@pytest.mark.parametrize("number", range(len(SIGNALS)))
def test_signal(m, s, number):
    """The order that undoes the deployment, by its number in the plan's rules."""
    told = concluded(m, s, rollback_reason=number, is_hurting=number % 2)
    assert (told["signal"], told["hurts_at_end"]) == (number, number % 2)


def test_signals_are_numbered_as_orders():
    """The words of results and of events are the same for each order to roll back."""
    orders = {NOT_UNDONE: "none", **REASONS}
    assert tuple(orders[k] for k in range(len(SIGNALS))) == SIGNALS


@pytest.mark.parametrize(
    ("bad", "fields", "verdict"),
    [
        ([0, 0], {"new_code_rate": 100.0}, SHIPPED),
        ([0, 0], {"new_code_rate": 50.0}, HELD),
        ([0, 0], {"rollback_reason": 1}, FALSE_ROLLBACK),
        ([0, 1], {"exposed_rate": 1.0}, ESCAPED),
        ([1, 0], {"exposed_rate": 1.0}, ESCAPED),
        ([0, 1], {"failing_share": 0.001}, STOPPED),
        ([0, 1], {"failing_share": 0.0011}, UNREPAIRED),
        ([0, 1], {"failing_share": 0.5, "baseline_failing_share": 0.4995}, STOPPED),
    ],
    ids=str,
)
def test_verdict(m, s, bad, fields, verdict):
    """Bad code that serves has escaped; stopped, it is judged by users who still fail."""
    m.releases[0].is_bad, m.releases[1].is_bad = bad
    assert concluded(m, s, **fields)["verdict"] == verdict


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"phase": AT_REST}, SUCCEEDED),
        ({"phase": AT_REST, "rollback_reason": 1}, ROLLED_BACK),
        ({"phase": FROZEN}, FAILED),
        ({"phase": ROLLING_OUT}, IN_PROGRESS),
        ({"phase": ROLLING_OUT, "is_stuck": 1}, STUCK),
        ({"phase": REDEPLOYING, "is_stuck": 1}, IN_PROGRESS),
    ],
    ids=str,
)
def test_outcome(m, s, fields, outcome):
    """The controller reports where the deployment stands."""
    assert concluded(m, s, **fields)["outcome"] == outcome


@pytest.mark.parametrize(
    ("fields", "bad", "share"),
    [
        ({"exposed_rate": 25.0, "new_code_rate": 50.0}, True, 0.25),
        ({"exposed_rate": 25.0, "new_code_rate": 50.0}, False, 0.5),
        ({"generation": [0, 1], "n_releases": 2, "new_code_rate": 50.0}, False, 0.0),
        ({"generation": [0, 1], "n_releases": 2, "exposed_rate": 50.0}, True, 0.5),
        ({"offered_rate": 0.5, "new_code_rate": 0.25}, False, 0.5),
        ({"offered_rate": 0.0, "target": NEW}, False, 1.0),
        ({"offered_rate": 0.0, "target": OLD}, False, 0.0),
        ({"offered_rate": 0.0, "target": NEW, "has_flag": 1}, False, 0.0),
        ({"offered_rate": 0.0, "target": NEW, "has_flag": 1, "flag_level": 2}, False, 1.0),
    ],
    ids=str,
)
def test_live_share(m, s, fields, bad, share):
    """Of the arrivals on bad code, else on the last release; without arrivals, whose they'd be."""
    m.flag_shares[1], m.flag_shares[2] = 0.5, 1.0
    for name, value in fields.items():
        setattr(m if hasattr(m, name) else s.world, name, value)
    assert live_share(m, s, bad) == share


@pytest.mark.parametrize(
    ("change", "to_new", "to_old", "rows"),
    [
        (MISMATCH, 0.0, 100.0, 7.0),
        (MISMATCH, 50.0, 50.0, 7.0),
        (MISMATCH, 51.0, 49.0, 0.0),
        (MIGRATE, 51.0, 49.0, 5.0),
        (MIGRATE, 49.0, 51.0, 0.0),
    ],
)
def test_unreadable_rows(s, change, to_new, to_old, rows):
    """The revision with more traffic reads: new rows of a mismatch, old ones after a migration."""
    put(s, schema_change=change, rate_to_new=to_new, rate_to_old=to_old)
    s.world.sums[sums.WRITES_OLD], s.world.sums[sums.WRITES_NEW] = 5.0, 7.0
    assert unreadable_rows(s) == rows


def test_integration_adds_rates_over_time(m, s):
    """10 s at constant rates add ten times each rate; time moves on."""
    put(s, rates=[float(k) for k in range(sums.COUNT)], sums=[1.0] * sums.COUNT)
    integrate(m, s, 110.0)
    assert s.world.sums == [1.0 + 10.0 * k for k in range(sums.COUNT)]
    assert (s.world.now, s.world.last_harm_at) == (110.0, 0.0)


@pytest.mark.parametrize("until", [100.0, 90.0])
def test_nothing_is_added_without_time(m, s, until):
    """An instant within the same instant changes nothing."""
    put(s, rates=[1.0] * sums.COUNT, is_harming=1)
    assert changed_by(s.world, integrate, m, s, until) == {}


def test_short_intervals_count(m, s):
    """Half a second is added like any other time."""
    put(s, rates=[1.0] * sums.COUNT)
    integrate(m, s, 100.5)
    assert s.world.sums == [0.5] * sums.COUNT


def test_harm_lasts_until_the_end_of_its_interval(m, s):
    """While users are hurt, the last harm is now."""
    s.world.is_harming = 1
    integrate(m, s, 110.0)
    assert (s.world.last_harm_at, s.world.last_hurt_at) == (110.0, 0.0)


def test_integration_notes_that_users_are_hurt(m, s):
    """Meeting bad code is harm and hurts nobody while its answers are right."""
    s.world.is_hurting = 1
    integrate(m, s, 110.0)
    assert (s.world.last_harm_at, s.world.last_hurt_at) == (0.0, 110.0)


@pytest.mark.parametrize(
    ("metric", "activity", "bad", "good"),
    [(ANY_5XX, 2, 21.0, 83.0), (CPU, 2, 21.0, 103.0), (ANY_5XX, 1, 1.0, 3.0), (CPU, 0, 1.0, 3.0)],
)
def test_alarms_count_while_they_are_evaluated(m, s, metric, activity, bad, good):
    """10 s at 2 bad of 10 per second; CPU counts its time as a whole."""
    m.n_alarms = 2
    m.alarms[1].metric = metric
    a = s.world.alarms[1]
    a.activity, a.bad, a.good, a.bad_rate, a.all_rate = activity, 1.0, 3.0, 2.0, 10.0
    integrate(m, s, 110.0)
    assert (a.bad, a.good) == (bad, good)
    assert (s.world.alarms[0].bad, s.world.alarms[0].good) == (0.0, 0.0)


def test_queues_and_connections_advance(m, s):
    """A backlog of 592 per target falls by 60 less 100/6 per second; connections drift apart."""
    s.cohorts[0].backlog = s.cohorts[0].front = 592.0
    m.websockets, m.websocket_end_rate = 60.0, 0.1
    s.tasks[0].websockets = 60.0
    integrate(m, s, 110.0)
    assert s.cohorts[0].backlog == pytest.approx(592.0 - 10.0 * (60.0 - 100.0 / 6.0))
    # each of six has a fair 10 of 60, which all but exp(-1) of the connections have drifted to
    assert s.tasks[1].websockets == pytest.approx(10.0 * (1.0 - math.exp(-1.0)))


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, 100.0),
        ({"variant": DRILL}, NEVER),
        ({"phase": ROLLING_OUT}, NEVER),
        ({"rollback_reason": 1}, NEVER),
    ],
    ids=str,
)
def test_late_drill_rolls_back_at_the_end(s, fields, due):
    """At rest without a rollback, the late drill orders its own at once."""
    put(s, **{"variant": DRILL_LATE, "phase": AT_REST, **fields})
    changed = {} if due == NEVER else {f"timers[{timers.DRILL}]": due}
    assert changed_by(s.world, start_late_drill, s) == changed
