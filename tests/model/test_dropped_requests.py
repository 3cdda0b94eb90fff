"""Requests that are cut when a task ends."""

import pytest

from simdeploy.model import sums
from simdeploy.model.constants import CUT_POINTS
from simdeploy.model.dropped_requests import (
    in_flight,
    record_cut,
    requests_to_cut,
    unfinished_requests,
)
from simdeploy.semantics.alarms import ANY_5XX, ELB_5XX, OF_NEW, OF_OLD, OF_SERVICE, TARGET_5XX
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record whose requests all take 64 s: 64 - x of them are unfinished x later.

    They are per request/s; linear between the points, so interpolation is exact.
    """
    m = record()
    m.in_flight_reach = 64.0
    last = CUT_POINTS - 1
    for pace in (0, 1):
        m.in_flight_after[pace][:] = [
            (pace + 1.0) * (64.0 - 64.0 * (k / last) ** 2) for k in range(CUT_POINTS)
        ]
    m.capacity[0] = m.capacity[1] = 60.0
    return m


@pytest.fixture
def s(m):
    """At 100 s; task 0 is eligible since 0 and has received 10 requests/s all the time."""
    s = at_command(m)
    w = s.world
    w.now, w.n_eras = 100.0, 1
    s.eras[0].since, s.eras[0].rate_per_weight[:] = -NEVER, [10.0, 99.0]
    s.eras[0].success_share[:] = [1.0, 1.0]
    s.tasks[0].joined_at = 0.0
    return s


def test_requests_in_flight_are_interpolated(m):
    """Between points whose distance grows with time; none is left at the reach."""
    left = (0.0, 1e-4, 16.0, 20.0, 63.9, 64.0, 99.0)
    expected = [64.0, 63.9999, 48.0, 44.0, 0.1, 0.0, 0.0]
    assert [in_flight(m, 0, x) for x in left] == pytest.approx(expected, abs=1e-12)
    assert in_flight(m, 1, 16.0) == pytest.approx(96.0)


def test_the_reach_itself_has_no_requests(m):
    """Whatever the last point says."""
    m.in_flight_after[0][-1] = 5.0
    assert in_flight(m, 0, 64.0) == 0.0
    assert in_flight(m, 0, 63.99) > 4.0


def test_a_point_is_met_exactly(m):
    """At (128 / 512)**2 * 64 = 4 s, the table's value holds, whatever its neighbors are."""
    m.in_flight_after[0][127:130] = [1.0, 7.0, 3.0]
    assert in_flight(m, 0, 4.0) == 7.0
    middle = (4.0 + 64.0 * (129 / 512) ** 2) / 2
    assert in_flight(m, 0, middle) == pytest.approx(5.0)


def test_a_steady_rate_has_its_share_in_flight(m, s):
    """10 requests/s, of which 64 - left per request/s are unfinished when the time is over."""
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(640.0)
    assert unfinished_requests(m, s, 0, 0, 4.0) == pytest.approx(600.0)
    assert unfinished_requests(m, s, 0, 0, 64.0) == 0.0


def test_the_pace_names_the_table_and_the_capacity(m, s):
    """Pace 1 takes twice as long and serves less than what arrives."""
    m.capacity[1] = 5.0
    assert unfinished_requests(m, s, 0, 1, 0.0) == pytest.approx(640.0)  # 5 * 128


def test_only_requests_since_it_became_eligible_are_in_flight(m, s):
    """For 4 s: of 64 s, the first 4 s of age: 10 * (64 - 60)."""
    s.tasks[0].joined_at = 96.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(40.0)
    s.tasks[0].joined_at = 100.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == 0.0


def eras(s, *rows):
    """Set the eras: (since, requests/s of group 0, success share of OLD)."""
    s.world.n_eras = len(rows)
    for k, (since, rate, success) in enumerate(rows):
        s.eras[k].since, s.eras[k].rate_per_weight[0], s.eras[k].success_share[OLD] = (
            since,
            rate,
            success,
        )


def test_each_era_has_its_rate_and_success(m, s):
    """4 s at 10, half of which succeed; 6 s at 20; before, at 30: until an age of 64 s."""
    eras(s, (-NEVER, 30.0, 1.0), (90.0, 20.0, 1.0), (96.0, 10.0, 0.5))
    # 10 * 0.5 * 4 + 20 * 6 + 30 * 54
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(1760.0)
    # 2 s later the oldest 2 s are done: 30 * 52
    assert unfinished_requests(m, s, 0, 0, 2.0) == pytest.approx(1700.0)


def test_an_era_begins_no_earlier_than_eligibility(m, s):
    """The task joined within the second era: 20 * 3 + 10 * 4."""
    eras(s, (-NEVER, 30.0, 1.0), (90.0, 20.0, 1.0), (96.0, 10.0, 1.0))
    s.tasks[0].joined_at = 93.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(100.0)


def test_the_oldest_era_reaches_back_to_eligibility(m, s):
    """However late it began: what came before has been forgotten."""
    eras(s, (98.0, 30.0, 1.0), (99.0, 10.0, 1.0))
    s.tasks[0].joined_at = 90.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(280.0)  # 10 * 1 + 30 * 9


def test_an_era_without_traffic_adds_nothing(m, s):
    """Nor does it end the sum."""
    eras(s, (-NEVER, 30.0, 1.0), (96.0, 0.0, 1.0))
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(1800.0)  # 30 * 60
    eras(s, (-NEVER, 0.5, 1.0), (96.0, 0.0, 1.0))
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(30.0)


def test_a_target_works_on_no_more_than_it_can(m, s):
    """The rest waits in its queue, and is counted there."""
    s.eras[0].rate_per_weight[0] = 90.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(3840.0)  # 60 * 64


def test_the_share_of_the_cohort_counts(m, s):
    """Ramp 3 receives three times the rate of a tenth, in its own group."""
    s.cohorts[0].ramp = 3
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(1920.0)
    s.cohorts[0].ramp, s.cohorts[0].group = 1, 1
    m.capacity[0] = 100.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(6336.0)  # 99 * 64


def test_refused_requests_are_not_in_flight(m, s):
    """Those of new tasks that get no connection; old ones have theirs."""
    s.world.refused_share = 0.25
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(640.0)
    s.cohorts[0].revision, s.eras[0].success_share[:] = NEW, [0.0, 0.5]
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(240.0)  # 10 * 0.75 * 0.5 * 64


def test_with_a_backlog_the_front_was_begun(m, s):
    """Its success holds for what is in flight; without a front, that of arrivals."""
    c = s.cohorts[0]
    s.eras[0].success_share[OLD] = 0.9
    c.backlog, c.front, c.front_success, c.success = 8.0, 0.5, 0.25, 0.75
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(160.0)
    c.front = 0.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(480.0)
    c.backlog, c.front = 0.5, 0.5
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(160.0)
    c.backlog = 0.0
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(576.0)


def test_a_task_that_does_not_answer_has_nothing_to_cut(m, s):
    """Its requests are refused when they arrive."""
    s.tasks[0].is_answering = 0
    assert requests_to_cut(m, s, 0, 0.0) == 0.0


def test_what_waits_is_cut_too(m, s):
    """In 1 s, 60 of 100 are served; the other 40 succeed with probability 0.5."""
    c = s.cohorts[0]
    c.backlog, c.front, c.front_success, c.success = 100.0, 0.0, 1.0, 0.5
    # in flight: 10 * 0.5 * 63
    assert requests_to_cut(m, s, 0, 1.0) == pytest.approx(335.0)
    c.front = 80.0
    # 20 of the front, with 1.0; 20 behind, with 0.5; in flight 10 * 63
    assert requests_to_cut(m, s, 0, 1.0) == pytest.approx(660.0)


def test_hardly_any_requests_are_none(m, s):
    """The tail of a request time has no end: 60 * 1e-8 = 6e-7 are none, 60 * 2e-8 = 1.2e-6 some."""
    m.in_flight_after[0][:] = [1e-8] * CUT_POINTS
    s.eras[0].rate_per_weight[0] = 60.0
    assert requests_to_cut(m, s, 0, 1.0) == 0.0
    m.in_flight_after[0][:] = [2e-8] * CUT_POINTS
    assert requests_to_cut(m, s, 0, 1.0) == pytest.approx(1.2e-6)
    s.eras[0].rate_per_weight[0] = 40.0  # 8e-7 of them arrive
    assert requests_to_cut(m, s, 0, 1.0) == 0.0


def test_earlier_eras_are_asked_as_long_as_some_requests_are_left_of_them(m, s):
    """Of those that arrived 36 s ago and before, 60 * 1e-8 are in flight: not looked at."""
    s.eras[0].rate_per_weight[0] = 60.0
    eras(s, (-NEVER, 60.0, 1.0), (64.0, 0.0, 1.0))
    last = CUT_POINTS - 1
    m.in_flight_after[0][:] = [
        1.0 if 64.0 * (k / last) ** 2 < 35.0 else 1e-8 for k in range(CUT_POINTS)
    ]
    assert unfinished_requests(m, s, 0, 0, 0.0) == 0.0
    m.in_flight_after[0][:] = [x if x == 1.0 else 1e-7 for x in m.in_flight_after[0]]
    assert unfinished_requests(m, s, 0, 0, 0.0) == pytest.approx(6e-6)


def test_a_cold_task_is_cut_at_its_own_pace(m, s):
    """Table and capacity are those of its pace."""
    m.releases[0].pace[0] = [0, 1]
    m.capacity[1] = 5.0
    s.cohorts[0].is_cold, s.cohorts[0].backlog = 1, 6.0
    # in flight 5 * (128 - 2), in the queue 6 - 5
    assert requests_to_cut(m, s, 0, 1.0) == pytest.approx(631.0)


def test_cut_requests_are_counted(m, s):
    """As requests, and as seconds of full outage: 5 of 100 per second."""
    s.world.sums[sums.CUT] = s.world.sums[sums.DOWNTIME] = 1.0
    expected = {f"sums[{sums.CUT}]": 6.0, f"sums[{sums.DOWNTIME}]": 1.05}
    expected |= {"onset_at": 100.0, "user_onset_at": 100.0}
    expected[f"sums[{sums.CUT_BY_CHANCE}]"] = 5.0
    assert effect(s, record_cut, m, s, OLD, 5.0) == expected
    s.world.now = 110.0
    assert not {"onset_at", "user_onset_at"} & set(effect(s, record_cut, m, s, OLD, 5.0))


@pytest.mark.parametrize(
    ("revision", "at", "number", "caused"),
    [(OLD, 100.0, 1, False), (NEW, 100.0, 1, True), (OLD, 101.0, 1, True), (OLD, 100.0, 0, True)],
)
def test_a_crash_of_old_tasks_comes_anyway(m, s, revision, at, number, caused):
    """What the environment's crash of an old task cuts is harm, and not the deployment's."""
    m.n_task_crashes, m.task_crashes[0].at = number, at
    found = effect(s, record_cut, m, s, revision, 5.0)
    assert found["onset_at"] == 100.0
    assert ("user_onset_at" in found) is caused


def test_a_trace_of_a_request_is_no_harm(m, s):
    """A millionth is rounding; more is not."""
    assert "onset_at" not in effect(s, record_cut, m, s, OLD, 1e-6)
    assert "onset_at" in effect(s, record_cut, m, s, OLD, 1.1e-6)


def test_alarms_see_what_they_watch(m, s):
    """Errors of the balancer, of the revision or the service, in every alarm."""
    rows = [
        (ELB_5XX, OF_OLD),
        (TARGET_5XX, OF_SERVICE),
        (ANY_5XX, OF_SERVICE),
        (ELB_5XX, OF_NEW),
        (ELB_5XX, OF_OLD),
    ]
    m.n_alarms = 4
    for k, (metric, scope) in enumerate(rows):
        m.alarms[k].metric, m.alarms[k].scope = metric, scope
    s.world.alarms[0].bad, s.world.alarms[2].activity = 2.0, 2
    after = effect(s, record_cut, m, s, OLD, 5.0)
    assert {path: v for path, v in after.items() if path.startswith("alarms")} == {
        "alarms[0].bad": 7.0,
        "alarms[0].activity": 1,
        "alarms[2].bad": 5.0,
    }


def test_a_trace_wakes_no_alarm(m, s):
    """A billionth is rounding."""
    m.n_alarms, m.alarms[0].metric, m.alarms[0].scope = 1, ELB_5XX, OF_SERVICE
    record_cut(m, s, OLD, 1e-9)
    assert (s.world.alarms[0].bad, s.world.alarms[0].activity) == (1e-9, 0)
    record_cut(m, s, OLD, 1.1e-9)
    assert s.world.alarms[0].activity == 1
