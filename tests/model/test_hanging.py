"""Tasks that hang: whom it strikes, what waits for them, and when that fails."""

import pytest

from simdeploy.model import sums, timers
from simdeploy.model.cohorts import leave_cohort, make_eligible, merge_drained
from simdeploy.model.constants import DRAINING, WAITS
from simdeploy.model.dispatch import update_observers
from simdeploy.model.hanging import (
    add_wait,
    give_up,
    hang,
    next_to_hang,
    note_waiting,
    record_given_up,
    set_next_hang,
)
from simdeploy.model.metrics import integrate
from simdeploy.model.release_chain import relabel_new_as_old
from simdeploy.model.requests import settle_rates
from simdeploy.semantics import alarms
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, record, running
from tests.probes import many, play, rolling, state, times
from tests.small import merged

#: Two tasks and 50 requests/s, checked every 10 s; a new task hangs at 1,000 s.
TWO = {
    "service": {"desired_count": 2},
    "traffic": {"rate": 50, "client_timeout": 10},
    "target_group": {
        "health_check": {
            "interval": 10,
            "timeout": 5,
            "unhealthy_threshold": 2,
            "first_check": {"distribution": "uniform", "low": 0, "high": 10},
        },
        "deregistration_delay": 30,
    },
    "environment": {"events": [{"kind": "task_hang", "at": 1000, "revision": "new"}]},
    "horizon": 2000,
}


@pytest.fixture
def m():
    """A scenario record: 100 requests/s at six tasks, clients wait 10 s; tasks may hang."""
    m = record(traffic={"client_timeout": 10})
    m.n_task_hangs = 1
    return m


@pytest.fixture
def s(m):
    """At the command, tasks 0 to 5 old."""
    return at_command(m)


def test_the_oldest_tasks_that_answer_hang(m, s):
    """Those of the event's revision, from a task on; drained and booting ones do not serve."""
    s.tasks[0].state = DRAINING
    s.tasks[1].is_answering, s.tasks[1].boot_ends_at = 0, s.world.now + 1.0
    assert [next_to_hang(m, s, i) for i in (0, 3, -1)] == [2, 3, -1]
    m.task_hangs[0].revision = NEW
    assert next_to_hang(m, s, 0) == -1
    t = running(m, s)
    t.boot_ends_at = s.world.now + 1.0
    assert next_to_hang(m, s, 0) == -1
    t.boot_ends_at = s.world.now
    assert next_to_hang(m, s, 0) == 6


def test_the_next_hang_is_set(m, s):
    """Until none is left."""
    m.n_task_hangs, m.task_hangs[1].at = 2, 400.0
    set_next_hang(m, s)
    assert (s.world.next_hang, s.world.timers[timers.HANG]) == (1, 400.0)
    s.world.timers[timers.HANG] = NEVER
    set_next_hang(m, s)
    assert s.world.timers[timers.HANG] == NEVER


def test_a_hung_task_stays_a_target(m, s):
    """In a cohort of its own, which serves nothing and refuses nothing."""
    hang(m, s, 0)
    t = s.tasks[0]
    assert (t.is_hung, t.is_answering, s.world.eligible_weight[0]) == (1, 0, 6)
    assert (s.cohorts[t.cohort].is_hung, s.cohorts[t.cohort].n_targets) == (1, 1)
    settle_rates(m, s)
    assert s.world.rates[sums.REFUSED] == 0.0
    assert s.world.failing_rate == 0.0


def test_a_refusing_target_has_another_cohort(m, s):
    """Neither answers, yet one accepts."""
    hang(m, s, 0)
    s.tasks[1].is_answering = 0
    leave_cohort(m, s, 1)
    make_eligible(m, s, 1)
    merge_drained(s)
    assert s.tasks[1].cohort != s.tasks[0].cohort


def test_requests_fail_when_the_clients_leave(m, s):
    """100 requests/s at six targets, one hangs at 50 s: 16.7/s fail from 60 s on.

    What was in hand, at most 16.7/s times a mean of some 0.1 s, fails at that instant, too.
    """
    w = s.world
    w.now = 50.0
    hang(m, s, 0)
    settle_rates(m, s)
    note_waiting(m, s)
    assert w.waiting_rate == [pytest.approx(100 / 6), 0.0]
    assert (w.n_waits, w.timers[timers.GIVE_UP]) == (1, 60.0)
    integrate(m, s, 60.0)
    assert w.sums[sums.CUT] == 0.0
    give_up(m, s)
    assert 0.0 < w.sums[sums.CUT] < 100 / 6 * 0.5
    settle_rates(m, s)
    assert w.failing_rate == w.rates[sums.CUT] == w.balancer_4xx_rate[OLD] == 100 / 6
    assert (w.balancer_error_rate[OLD], w.target_error_rate[OLD]) == (0.0, 0.0)
    assert (w.n_waits, w.timers[timers.GIVE_UP]) == (0, NEVER)


def test_requests_fail_at_the_idle_time_out(m, s):
    """Where clients wait longer, the load balancer answers 504."""
    m.client_timeout, m.overload_is_5xx = 120.0, 1
    hang(m, s, 0)
    settle_rates(m, s)
    note_waiting(m, s)
    assert s.world.timers[timers.GIVE_UP] == 60.0
    give_up(m, s)
    settle_rates(m, s)
    assert s.world.balancer_error_rate[OLD] == pytest.approx(100 / 6)
    assert s.world.balancer_4xx_rate[OLD] == 0.0


def test_changes_wait_in_order(m, s):
    """Two rates, one after the other; at one instant the last one holds."""
    w = s.world
    hang(m, s, 0)
    for now, rate in ((0.0, 100.0), (3.0, 50.0), (3.0, 20.0)):
        w.now, w.offered_rate = now, rate
        settle_rates(m, s)
        note_waiting(m, s)
    assert [w.waits[k].at for k in range(w.n_waits)] == [10.0, 13.0]
    give_up(m, s)
    assert w.given_up_rate[OLD] == pytest.approx(100 / 6)
    assert w.timers[timers.GIVE_UP] == 13.0
    give_up(m, s)
    assert w.given_up_rate[OLD] == pytest.approx(20 / 6)


def test_a_full_ring_keeps_the_last_change(m, s):
    """Entries are reused in a ring; the last one is changed where none is free."""
    w = s.world
    w.first_wait = WAITS - 1
    for k in range(WAITS + 1):
        w.now = float(k)
        last = add_wait(m, s)
    assert (w.n_waits, last) == (WAITS, (WAITS - 1 + WAITS - 1) % WAITS)


def test_failing_share_is_at_most_one(m, s):
    """What fails now came when traffic was higher."""
    s.world.given_up_rate[NEW], s.world.offered_rate = 50.0, 1.0
    settle_rates(m, s)
    assert s.world.failing_share == 1.0


@pytest.mark.parametrize(
    ("metric", "five", "counted"),
    [
        (alarms.ELB_4XX, 0, 8.0),
        (alarms.ELB_4XX, 1, 0.0),
        (alarms.ELB_5XX, 1, 8.0),
        (alarms.ANY_5XX, 0, 0.0),
        (alarms.TARGET_5XX, 1, 0.0),
        (alarms.P99, 1, 0.0),
        (alarms.CPU, 1, 0.0),
    ],
)
def test_alarms_count_what_was_in_hand(m, s, metric, five, counted):
    """As 460 or as 504, and never as an answer of a target."""
    m.n_alarms, m.overload_is_5xx = 1, five
    m.alarms[0].metric, m.alarms[0].scope = metric, alarms.OF_NEW
    record_given_up(m, s, OLD, 9.0)
    assert s.world.user_onset_at == NEVER  # old tasks hang without a deployment, too
    record_given_up(m, s, NEW, 8.0)
    assert s.world.user_onset_at == s.world.now
    assert (s.world.alarms[0].bad, s.world.alarms[0].activity) == (counted, int(counted > 0))
    assert (s.world.sums[sums.CUT], s.world.onset_at) == (17.0, 0.0)
    record_given_up(m, s, NEW, 0.0)
    assert s.world.sums[sums.CUT] == 17.0
    assert s.world.sums[sums.CUT_BY_CHANCE] == 17.0


def test_alarms_count_requests_when_they_fail(m, s):
    """Of 100 requests/s 16.7 wait: 83.3 are counted, later 100 with 16.7 bad ones."""
    m.n_alarms, m.alarms[0].n_slices, m.alarms[0].slice_seconds = 1, 1, 60.0
    m.alarms[0].metric, m.alarms[0].scope = alarms.ELB_4XX, alarms.OF_SERVICE
    hang(m, s, 0)
    settle_rates(m, s)
    update_observers(m, s)
    a = s.world.alarms[0]
    assert (a.all_rate, a.bad_rate) == (pytest.approx(500 / 6), 0.0)
    give_up(m, s)
    settle_rates(m, s)
    update_observers(m, s)
    assert (a.all_rate, a.bad_rate) == (pytest.approx(100.0), pytest.approx(100 / 6))


def test_the_next_release_finds_them_as_old(m, s):
    """Waits move with the revision."""
    s.world.now = 5.0
    x = s.world.waits[add_wait(m, s)]
    x.rate[NEW], x.in_hand[NEW] = 4.0, 2.0
    s.world.waiting_rate[NEW], s.world.given_up_rate[NEW] = 4.0, 3.0
    relabel_new_as_old(m, s)
    assert (x.rate, x.in_hand) == ([4.0, 0.0], [2.0, 0.0])
    assert (s.world.waiting_rate, s.world.given_up_rate) == ([4.0, 0.0], [3.0, 0.0])


def test_a_hung_target_is_unhealthy_at_the_time_out():
    """Checks at 1,005 and 1,015 get no answer: unhealthy at 1,020 (interval 10, timeout 5)."""
    run = play(rolling(), **merged(TWO, {"target_group": {"health_check": {"first_check": 0}}}))
    assert times(run, "task_hung", "new") == [1000.0]
    assert times(run, "target_unhealthy", "new") == [1020.0]  # registered at 45
    assert state(run, "failing_rps", 1009.9) == 0.0
    assert state(run, "failing_rps", 1010.0) == 25.0
    assert state(run, "failing_rps", 1030.0) == 0.0


def test_how_many_requests_a_hung_task_catches():
    """25/s for 15 to 25 s: 375 to 625, and what it had in hand, 25/s times 0.1 s."""
    failed = many(rolling(), runs=20, **TWO)["failed_requests"]
    assert all(375 <= each <= 625 + 5 for each in failed)
    assert 450 <= failed.mean() <= 560
    crash = merged(TWO, {"environment": {"events": [{**TWO["environment"]["events"][0],
                                                     "kind": "task_crash"}]}})  # fmt: skip
    assert many(rolling(), runs=20, **crash)["failed_requests"].mean() < 60


def test_patient_clients_get_504():
    """Interval 30: 35 to 65 s, so 875 to 1,625 requests; the first fails 60 s after the onset."""
    uniform = {"distribution": "uniform", "low": 0, "high": 30}
    told = merged(TWO, {"traffic": {"client_timeout": 120},
                        "target_group": {"health_check": {"interval": 30,
                                                          "first_check": uniform}}})  # fmt: skip
    run = play(rolling(), **told)
    rates = [(row[0], row[2]) for row in run.timeline.state]
    assert min(t for t, failing in rates if failing > 0.0) == 1060.0
    assert min(t for t, failing in rates if t > 1060.0 and failing == 0.0) <= 1125.0
    assert 875 <= run.metrics["failed_cut"] <= 1625 + 5
