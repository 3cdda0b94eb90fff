"""Requests: their distribution, what becomes of them, and the queues at targets."""

import pytest

from simdeploy.model import sums
from simdeploy.model.constants import EDGES, ERAS, LOADS, PACES
from simdeploy.model.queues import (
    advance_queues,
    bounds_at,
    find_bounds,
    next_crossing,
)
from simdeploy.model.requests import (
    add_cohort_rates,
    cohort_pace,
    distribute_traffic,
    late_share_at,
    note_success_change,
    release_error_share,
    settle_rates,
    slow_share_at,
    target_arrival_rate,
    target_worked_rate,
    total_rates,
    written,
)
from simdeploy.model.traffic_eras import drop_older_eras, record_traffic_era, success_share_at
from simdeploy.semantics.faults import PARTS
from simdeploy.semantics.schema import CONTRACT, MIGRATE, MISMATCH
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record: capacity 60, an eighth of the answers is slow; requests take no time."""
    m = record()
    m.slow_shares[0][:] = [0.125] * LOADS
    m.late_shares[0][:] = [0.0] * LOADS
    m.request_seconds[:] = [0.0] * PACES
    return m


@pytest.fixture
def s(m):
    """100 requests/s; cohort 0: 6 old targets, cohort 1: 2 new ones. Nothing computed yet."""
    s = at_command(m)
    w, c = s.world, s.cohorts[1]
    c.n_targets, c.revision, c.is_answering, c.ramp, c.success = 2, NEW, 1, 1, 1.0
    w.n_cohorts, w.eligible_weight[0], w.now = 2, 8, 100.0
    w.rates[:] = [0.0] * sums.COUNT
    for name in ("worked_rate", "success_rate", "target_error_rate", "balancer_error_rate"):
        getattr(w, name)[:] = [0.0, 0.0]
    w.rate_per_weight[:] = [10.0, 0.0]
    return s


def test_the_rate_of_a_target(s):
    """By ramp and target group."""
    assert target_arrival_rate(s, 0) == 10.0
    s.cohorts[0].ramp, s.cohorts[0].group = 3, 1
    s.world.rate_per_weight[1] = 7.0
    assert target_arrival_rate(s, 0) == 21.0


def test_the_pace_of_a_cohort(m, s):
    """By revision and warmth."""
    m.releases[0].pace[0], m.releases[1].pace[0] = [1, 2], [3, 4]
    assert [cohort_pace(m, s, k) for k in (0, 1)] == [1, 3]
    s.cohorts[1].is_cold = 1
    assert cohort_pace(m, s, 1) == 4


def test_errors_of_a_release_combine(m, s):
    """Own ramps of 2 targets add up to 1.0: 0.5 each; shared ramps 0.2 and 0.1 beside."""
    f = m.releases[1]
    f.error_steps[1][1].parts, f.error_steps[2][0].parts = PARTS // 5, PARTS // 10
    m.releases[0].error_steps[1][0].parts = PARTS // 2
    for release, ramp, step in ((f, 0, 0), (f, 1, -1), (f, 2, -1), (m.releases[0], 2, -1)):
        release.error_steps[ramp][step].parts = PARTS  # not reached
    assert release_error_share(m, s, NEW, PARTS, 2) == 0.5
    s.world.error_step[NEW][0] = 2
    assert release_error_share(m, s, NEW, PARTS, 2) == pytest.approx(0.6)
    s.world.error_step[NEW][1] = 1
    assert release_error_share(m, s, NEW, PARTS, 2) == pytest.approx(0.64)
    assert release_error_share(m, s, OLD, 0, 2) == 0.0
    s.world.error_step[OLD][0] = 1
    assert release_error_share(m, s, OLD, 0, 2) == 0.5
    m.has_flag, m.flag_shares[0] = 1, 0.5
    assert release_error_share(m, s, NEW, PARTS, 2) == pytest.approx(0.32)
    assert release_error_share(m, s, OLD, 0, 2) == 0.5


def test_slow_shares_are_interpolated(m):
    """Entry k of the table stands for utilization 1 - (1 - k / 64)^2: 32 for 0.75, 64 for 1."""
    for table, share_at in ((m.slow_shares, slow_share_at), (m.late_shares, late_share_at)):
        table[2][:] = [0.0] * 32 + [0.25, 0.75] + [0.0] * 30 + [0.5]
        at = [1.0 - (1.0 - x / 64.0) ** 2 for x in (32.0, 32.5, 33.0, 63.5, 64.0)]
        assert [share_at(m, 2, u) for u in at] == pytest.approx([0.25, 0.5, 0.75, 0.25, 0.5])


def test_traffic_is_distributed_over_a_single_group(m, s):
    """100 requests/s over 8 targets: 12.5 each."""
    w = s.world
    for name in ("arrival_rate", "worked_rate", "success_rate"):
        getattr(w, name)[:] = [9.0, 9.0]
    w.target_error_rate[:], w.balancer_error_rate[:] = [9.0, 9.0], [9.0, 9.0]
    w.rate_to_new = w.rate_to_old = w.exposed_rate = 9.0
    w.new_weight = 25.0  # means nothing here
    distribute_traffic(m, s)
    assert w.rate_per_weight == [12.5, 0.0]
    assert w.arrival_rate == [75.0, 25.0]
    assert (w.rate_to_old, w.rate_to_new, w.new_code_rate, w.exposed_rate) == (
        75.0,
        25.0,
        25.0,
        0.0,
    )
    for name in ("worked_rate", "success_rate", "target_error_rate", "balancer_error_rate"):
        assert getattr(w, name) == [0.0, 0.0]
    assert w.rates == [0.0] * sums.COUNT


def test_cohorts_of_a_revision_add_up(m, s):
    """Two of each, by their ramps: 6 and 2 old, 2 and 1 new parts of 11, 10 requests/s each."""
    for k, revision, targets in ((2, OLD, 2), (3, NEW, 1)):
        c = s.cohorts[k]
        c.n_targets, c.revision, c.is_answering, c.ramp = targets, revision, 1, 1
    w = s.world
    w.n_cohorts, w.eligible_weight[0], w.offered_rate = 4, 11, 110.0
    distribute_traffic(m, s)
    assert w.arrival_rate == [80.0, 30.0]
    assert (w.rate_to_old, w.rate_to_new) == (80.0, 30.0)


def test_traffic_is_distributed_by_weight(m, s):
    """25 % to the new group of 2, the rest to the old one of 6 (alb-forward-weights)."""
    m.n_groups, s.world.new_weight, s.cohorts[1].group = 2, 25.0, 1
    s.world.eligible_weight[:] = [6, 2]
    distribute_traffic(m, s)
    assert s.world.rate_per_weight == [12.5, 12.5]
    s.world.new_weight = 10.0
    distribute_traffic(m, s)
    assert s.world.rate_per_weight == [15.0, 5.0]
    assert s.world.arrival_rate == [90.0, 10.0]


def test_a_group_without_targets_answers_503(m, s):
    """Its share of the traffic fails (alb-503-no-target); a single weight is enough."""
    m.n_groups, s.world.new_weight, s.world.eligible_weight[:] = 2, 25.0, [6, 0]
    s.cohorts[1].n_targets = 0
    distribute_traffic(m, s)
    assert s.world.rates[sums.NO_TARGET] == 25.0
    assert s.world.balancer_error_rate == [0.0, 25.0]
    assert s.world.arrival_rate == [75.0, 25.0]
    assert s.world.rate_to_new == 0.0
    s.world.rates[sums.NO_TARGET] = 0.0
    s.cohorts[1].n_targets, s.cohorts[1].group, s.world.eligible_weight[1] = 1, 1, 1
    distribute_traffic(m, s)
    assert s.world.rates[sums.NO_TARGET] == 0.0
    assert s.world.arrival_rate == [75.0, 25.0]


def test_a_single_group_without_targets_answers_503(m, s):
    """All of it; the other group is none."""
    s.world.eligible_weight[0] = s.cohorts[0].n_targets = s.cohorts[1].n_targets = 0
    s.world.rates[sums.NO_TARGET] = 1.0
    distribute_traffic(m, s)
    assert s.world.rates[sums.NO_TARGET] == 101.0
    assert s.world.arrival_rate == [100.0, 0.0]


@pytest.mark.parametrize(
    ("bad", "exposed"), [((0, 0), 0.0), ((0, 1), 12.5), ((1, 0), 75.0), ((1, 1), 87.5)]
)
def test_requests_are_exposed_to_bad_code(m, s, bad, exposed):
    """All of the old revision's, and those of the new one for whom the flag is on."""
    m.releases[0].is_bad, m.releases[1].is_bad = bad
    m.has_flag, m.flag_shares[0] = 1, 0.5
    distribute_traffic(m, s)
    assert (s.world.new_code_rate, s.world.exposed_rate) == (12.5, exposed)


def test_success_is_a_share_of_what_is_worked_on(s):
    """1 where nothing is."""
    w = s.world
    w.worked_rate[:], w.success_rate[:] = [0.0, 0.5], [3.0, 0.25]
    assert [success_share_at(s, r) for r in (OLD, NEW)] == [1.0, 0.5]


def eras(s):
    """Return what is remembered: (since, rates, success shares)."""
    return [
        (e.since, e.rate_per_weight, e.success_share)
        for e in (s.eras[k] for k in range(s.world.n_eras))
    ]


def test_the_first_era_has_always_been(s):
    """Nothing is known of the time before."""
    s.world.n_eras, s.world.rate_per_weight[1] = 0, 2.0
    s.world.worked_rate[:], s.world.success_rate[:] = [4.0, 4.0], [1.0, 3.0]
    record_traffic_era(s)
    assert eras(s) == [(-NEVER, [10.0, 2.0], [0.25, 0.75])]


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.rate_per_weight.__setitem__(0, 11.0),
        lambda w: w.rate_per_weight.__setitem__(1, 3.0),
        lambda w: w.success_rate.__setitem__(OLD, 2.0),
        lambda w: w.success_rate.__setitem__(NEW, 2.0),
    ],
)
def test_any_change_begins_an_era(s, change):
    """A rate or a success share; without one nothing is recorded."""
    w = s.world
    w.n_eras, w.rate_per_weight[1] = 0, 2.0
    w.worked_rate[:], w.success_rate[:] = [4.0, 4.0], [1.0, 3.0]
    record_traffic_era(s)
    w.now = 150.0
    record_traffic_era(s)
    assert len(eras(s)) == 1
    change(w)
    record_traffic_era(s)
    shares = [x / 4.0 for x in w.success_rate]
    assert eras(s)[1:] == [(150.0, w.rate_per_weight, shares)]


def test_a_second_change_of_one_instant_replaces_the_first(s):
    """An era of no length is not kept; the first one stays without begin."""
    for now, rate in ((100.0, 1.0), (150.0, 2.0), (150.0, 3.0), (151.0, 4.0)):
        s.world.now, s.world.rate_per_weight[0] = now, rate
        record_traffic_era(s)
    assert [(since, rates[0]) for since, rates, _ in eras(s)][1:] == [
        (100.0, 1.0),
        (150.0, 3.0),
        (151.0, 4.0),
    ]


def test_the_older_half_of_the_eras_is_dropped(s):
    """The newer one moves to the front, with all of its numbers."""
    for k in range(ERAS):
        s.eras[k].since = float(k)
        s.eras[k].rate_per_weight[:] = [k + 0.25, k + 0.5]
        s.eras[k].success_share[:] = [k + 0.75, k + 0.125]
    assert drop_older_eras(s) == 32
    for k in range(32):
        e, old = s.eras[k], k + 32
        assert e.since == float(old)
        assert e.rate_per_weight == [old + 0.25, old + 0.5]
        assert e.success_share == [old + 0.75, old + 0.125]


def test_eras_are_dropped_when_they_are_full(s):
    """64 fit; the next one finds 32 of them."""
    s.world.n_eras = ERAS - 1
    record_traffic_era(s)
    assert s.world.n_eras == 64
    s.world.now, s.world.rate_per_weight[0] = 150.0, 11.0
    record_traffic_era(s)
    assert s.world.n_eras == 33
    assert (s.eras[31].since, s.eras[32].since) == (100.0, 150.0)


def test_requests_of_a_target_that_does_not_answer_are_refused(m, s):
    """The balancer answers 502; nothing is served."""
    c = s.cohorts[0]
    c.is_answering, c.served_rate, c.utilization = 0, 5.0, 0.5
    s.world.rates[sums.REFUSED] = s.world.balancer_error_rate[OLD] = 1.0
    assert effect(s, add_cohort_rates, m, s, 0, 0.0) == {
        f"rates[{sums.REFUSED}]": 61.0,
        "balancer_error_rate[0]": 61.0,
        "c0.served_rate": 0.0,
        "c0.utilization": 0.0,
    }


def test_requests_meet_one_outcome_after_the_other(m, s):
    """60/s: 6 errors, half of 54 bad rows, an eighth of 27 slow, a tenth of 27 cut when idle."""
    m.base_error_rate, m.idle_cut_share = 0.1, 0.1
    for i in (sums.APP, sums.SCHEMA, sums.CUT, sums.SLOW):
        s.world.rates[i] = 1.0
    s.world.target_error_rate[0] = s.world.balancer_error_rate[0] = 1.0
    s.world.worked_rate[0] = s.world.success_rate[0] = 1.0
    after = effect(s, add_cohort_rates, m, s, 0, 0.5)
    assert after == pytest.approx(
        {
            f"rates[{sums.APP}]": 7.0,
            f"rates[{sums.SCHEMA}]": 28.0,
            f"rates[{sums.SLOW}]": 4.375,
            f"rates[{sums.CUT}]": 3.7,
            "target_error_rate[0]": 34.0,
            "balancer_error_rate[0]": 3.7,
            "worked_rate[0]": 61.0,
            "success_rate[0]": 28.0,  # 60 * (1 - 0.1) * (1 - 0.5), and 1
            "c0.served_rate": 60.0,
            "c0.success": 0.45,
            "c0.utilization": 10.0 / 60.0,
        }
    )


def test_all_requests_fail_while_a_dependency_is_down(m, s):
    """Whatever the base error rate."""
    s.world.dependency_down = 1
    after = effect(s, add_cohort_rates, m, s, 0, 0.0)
    assert (after[f"rates[{sums.APP}]"], after["c0.success"]) == (60.0, 0.0)


@pytest.mark.parametrize(("is_5xx", "errors"), [(1, 421.0), (0, 1.0)])
def test_requests_that_wait_too_long_are_lost(m, s, is_5xx, errors):
    """Behind 10 s of work no one is served in time; the balancer may answer 504."""
    m.overload_is_5xx, m.idle_cut_share = is_5xx, 0.1
    s.world.rate_per_weight[0], s.cohorts[0].backlog = 70.0, 600.0
    s.world.rates[sums.OVERLOAD] = s.world.balancer_error_rate[0] = 1.0
    after = effect(s, add_cohort_rates, m, s, 0, 0.0)
    assert after[f"rates[{sums.OVERLOAD}]"] == 421.0
    assert s.world.balancer_error_rate[0] == errors
    assert (s.cohorts[0].served_rate, s.cohorts[0].success) == (0.0, 0.0)
    assert (s.cohorts[0].utilization, s.world.rates[sums.CUT]) == (1.0, 0.0)
    # they are worked on all the same, for clients who are gone
    assert (s.world.worked_rate[0], s.world.success_rate[0]) == (420.0, 0.0)


def test_requests_behind_the_slo_are_slow(m, s):
    """More than 1 s of work waits: all of them."""
    s.cohorts[0].backlog = 60.5
    assert effect(s, add_cohort_rates, m, s, 0, 0.0)[f"rates[{sums.SLOW}]"] == 60.0
    s.cohorts[0].backlog = 59.5
    assert effect(s, add_cohort_rates, m, s, 0, 0.0)[f"rates[{sums.SLOW}]"] == 67.5


def test_errors_of_a_release_add_to_the_base_rate(m, s):
    """0.5 of its own and 0.2: 0.6 of 20 requests/s; the old revision has none."""
    m.base_error_rate, s.cohorts[1].error_parts = 0.2, PARTS
    s.cohorts[0].error_parts = PARTS
    add_cohort_rates(m, s, 1, 0.0)
    assert s.world.rates[sums.APP] == pytest.approx(12.0)
    assert s.world.target_error_rate == pytest.approx([0.0, 12.0])
    add_cohort_rates(m, s, 0, 0.0)
    assert s.world.target_error_rate == pytest.approx([12.0, 12.0])


def test_new_tasks_without_connections_refuse(m, s):
    """A quarter of 20 requests/s gets none; the rest is worked on."""
    s.world.refused_share = 0.25
    s.world.rates[sums.REFUSED] = s.world.balancer_error_rate[NEW] = 1.0
    assert effect(s, add_cohort_rates, m, s, 1, 0.0) == {
        f"rates[{sums.REFUSED}]": 6.0,
        f"rates[{sums.SLOW}]": 1.875,  # 15 / 8
        f"rates[{sums.NEW_ANSWERS}]": 15.0,
        "balancer_error_rate[1]": 6.0,
        "worked_rate[1]": 15.0,
        "success_rate[1]": 15.0,
        "c1.served_rate": 15.0,
        "c1.utilization": 0.125,
    }


def test_old_tasks_keep_their_connections(m, s):
    """They are oldest."""
    s.world.refused_share = 0.25
    add_cohort_rates(m, s, 0, 0.0)
    assert (s.world.rates[sums.REFUSED], s.world.worked_rate[OLD]) == (0.0, 60.0)


def test_a_cohort_serves_at_its_own_pace(m, s):
    """Capacity and slow shares are those of pace 1."""
    m.releases[1].pace[0], m.capacity[1] = [1, 0], 20.0
    m.slow_shares[1][:], m.late_shares[1][:] = [0.25] * LOADS, [0.0] * LOADS
    add_cohort_rates(m, s, 1, 0.0)
    assert (s.cohorts[1].utilization, s.world.rates[sums.SLOW]) == (0.5, 5.0)


def test_requests_leave_rows_and_side_effects(m, s):
    """Of what is served, errors write nothing: 60 exposed, 54 * 0.5 rows, 60 * 2 events."""
    m.base_error_rate, m.releases[1].touches_share = 0.1, 0.5
    m.releases[0].is_bad, m.releases[0].side_effects_per_request = 1, 2.0
    add_cohort_rates(m, s, 0, 0.0)
    r = s.world.rates
    assert (r[sums.EXPOSED], r[sums.SIDE_EFFECTS], r[sums.WRITES_OLD]) == pytest.approx(
        (60.0, 120.0, 27.0)
    )


def test_success_changes_fold_the_queue(s):
    """8 waiting, 6 of them in front: (6 * 0.5 + 2 * 0.9) / 8."""
    c = s.cohorts[0]
    c.backlog, c.front, c.front_success, c.success = 8.0, 6.0, 0.5, 0.9
    assert effect(s, note_success_change, s, 0, 0.9) == {}
    assert effect(s, note_success_change, s, 0, 0.2) == pytest.approx(
        {"c0.front": 8.0, "c0.front_success": 0.6, "c0.success": 0.2}
    )


def test_rows_of_the_new_revision(m, s):
    """With the flag off, its code writes as the old one does: rows of the old shape come first."""
    m.releases[1].touches_share = 0.5
    assert written(m, s, NEW, 20.0, 10.0) == (0.0, 5.0, 0.0, 0.0)
    m.has_flag, m.flag_shares[0] = 1, 0.25
    assert written(m, s, NEW, 20.0, 16.0) == (6.0, 2.0, 0.0, 0.0)
    assert written(m, s, OLD, 20.0, 16.0) == (8.0, 0.0, 0.0, 0.0)


def test_users_meet_a_bad_release_through_the_flag(m, s):
    """Only those for whom it is on; events follow them."""
    m.releases[1].is_bad, m.releases[1].side_effects_per_request = 1, 2.0
    m.has_flag, m.flag_shares[0] = 1, 0.25
    assert written(m, s, NEW, 20.0, 0.0) == (0.0, 0.0, 5.0, 10.0)


def changed_schema(m, s, change):
    """Apply a schema change; a fifth of the requests touch the table, half of those meet it."""
    s.world.schema_change, s.world.has_new_rows = change, 1
    m.releases[1].touches_share, m.releases[1].meets_share = 0.2, 0.5


def test_rates_are_computed_anew(m, s):
    """Traffic, its outcome by cohort, the era and the totals."""
    s.world.rates[:] = [9.0] * sums.COUNT
    settle_rates(m, s)
    w = s.world
    assert w.arrival_rate == w.worked_rate == w.success_rate == [75.0, 25.0]
    assert w.rates[sums.REQUESTS] == 100.0
    assert w.rates[sums.SLOW] == pytest.approx(12.5)
    assert w.rates[sums.APP] == w.rates[sums.REFUSED] == 0.0
    assert (s.eras[1].since, s.eras[1].rate_per_weight) == (100.0, [12.5, 0.0])
    assert [s.cohorts[k].served_rate for k in (0, 1)] == [75.0, 25.0]


def test_an_empty_cohort_has_no_requests(m, s):
    """Whatever it still holds."""
    s.cohorts[0].n_targets, s.world.eligible_weight[0] = 0, 2
    s.cohorts[0].served_rate = 5.0
    settle_rates(m, s)
    assert (s.cohorts[0].served_rate, s.cohorts[1].served_rate) == (5.0, 100.0)
    s.cohorts[1].n_targets, s.world.eligible_weight[0] = 1, 1
    settle_rates(m, s)
    assert s.cohorts[1].served_rate == 100.0


def test_each_revision_meets_its_own_bad_rows(m, s):
    """A mismatch fails a tenth of the old revision's 75 requests/s."""
    changed_schema(m, s, MISMATCH)
    settle_rates(m, s)
    assert s.world.rates[sums.SCHEMA] == pytest.approx(7.5)
    changed_schema(m, s, MIGRATE)
    settle_rates(m, s)
    assert s.world.rates[sums.SCHEMA] == pytest.approx(2.5)


@pytest.mark.parametrize(("new_targets", "applied", "has_rows"), [(2, 1, 1), (0, 1, 0), (2, 0, 0)])
def test_new_code_writes_new_rows(m, s, new_targets, applied, has_rows):
    """Once traffic reaches it and the schema change is applied."""
    s.world.schema_change, s.world.schema_applied = MISMATCH, applied
    s.cohorts[1].n_targets = new_targets
    settle_rates(m, s)
    assert s.world.has_new_rows == has_rows


def test_a_schema_change_without_new_rows(m, s):
    """It leaves none behind."""
    s.world.schema_change, s.world.schema_applied, s.world.has_new_rows = CONTRACT, 1, 0
    settle_rates(m, s)
    assert s.world.has_new_rows == 0


def totals(m, s, offered, **rates):
    """Compute the totals of rates by cause."""
    places = {"no": sums.NO_TARGET, "refused": sums.REFUSED, "app": sums.APP, "schema": sums.SCHEMA}
    places |= {"cut": sums.CUT, "overload": sums.OVERLOAD, "slow": sums.SLOW}
    s.world.offered_rate = offered
    for name, rate in rates.items():
        s.world.rates[places[name]] = rate
    total_rates(m, s)
    return s.world


def test_failures_add_up(m, s):
    """Waiting too long is a failure, and a 5xx where the balancer answers."""
    causes = {"no": 1.0, "refused": 2.0, "app": 4.0, "schema": 8.0, "cut": 16.0, "overload": 32.0}
    w = totals(m, s, 126.0, slow=31.5, **causes)
    assert (w.failing_rate, w.error_rate, w.failing_share) == (63.0, 31.0, 0.5)
    assert (w.slow_share, w.rates[sums.REQUESTS], w.rates[sums.DOWNTIME]) == (0.25, 126.0, 0.5)
    m.overload_is_5xx = 1
    total_rates(m, s)
    assert w.error_rate == 63.0


@pytest.mark.parametrize(
    ("app", "slow", "outage", "degraded", "slow_seconds"),
    [
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (0.9, 1.0, 0.0, 0.0, 0.0),
        (1.0, 1.1, 0.0, 1.0, 1.0),
        (49.0, 0.0, 0.0, 1.0, 0.0),
        (50.0, 0.0, 1.0, 1.0, 0.0),
    ],
)
def test_seconds_count_from_a_share_on(m, s, app, slow, outage, degraded, slow_seconds):
    """Outage from 50 %, degraded from 1 %, slow above 1 %."""
    r = totals(m, s, 100.0, app=app, slow=slow).rates
    assert (r[sums.OUTAGE], r[sums.DEGRADED], r[sums.SLOW_SECONDS]) == (
        outage,
        degraded,
        slow_seconds,
    )


def test_seconds_with_bad_code_count(m, s):
    """From any exposed request on."""
    s.world.exposed_rate = 0.0
    assert totals(m, s, 100.0).rates[sums.BAD_SECONDS] == 0.0
    s.world.exposed_rate = 0.5
    assert totals(m, s, 100.0).rates[sums.BAD_SECONDS] == 1.0


@pytest.mark.parametrize(
    ("alive", "rates", "both", "mixed"),
    [
        ((1, 1), (0.5, 0.5), 1.0, 1.0),
        ((1, 1), (0.0, 0.5), 1.0, 0.0),
        ((1, 1), (0.5, 0.0), 1.0, 0.0),
        ((0, 1), (0.5, 0.5), 0.0, 0.0),
        ((1, 0), (0.5, 0.5), 0.0, 0.0),
    ],
)
def test_seconds_with_both_revisions_count(m, s, alive, rates, both, mixed):
    """Both alive; mixed if both receive requests."""
    s.world.alive[:] = alive
    s.world.rate_to_old, s.world.rate_to_new = rates
    r = totals(m, s, 100.0).rates
    assert (r[sums.BOTH_ALIVE], r[sums.MIXED]) == (both, mixed)


def bounds(m, *waits):
    """Set the waiting times at which an arrival's outcome changes."""
    m.n_wait_bounds = len(waits)
    m.wait_bounds[: len(waits)] = waits


def test_the_bound_below_a_backlog(m):
    """The largest one, in requests; not the backlog itself if that shrinks; 0 without one."""
    bounds(m, 1.0, 3.0, 10.0)
    m.wait_bounds[3] = 0.1
    backlogs = (0.0, 60.0, 61.0, 180.0, 181.0, 601.0)
    below = [0.0, 0.0, 60.0, 60.0, 180.0, 600.0]
    assert [bounds_at(m, x, 0, False)[0] for x in backlogs] == below


def test_the_bound_above_a_backlog(m):
    """The smallest one, in requests; not the backlog itself if that grows; never without one."""
    bounds(m, 1.0, 3.0, 10.0)
    m.wait_bounds[3] = 99.0
    backlogs = (0.0, 59.0, 60.0, 180.0, 599.0, 600.0)
    expected = [60.0, 60.0, 180.0, 600.0, 600.0, NEVER]
    assert [bounds_at(m, x, 0, True)[1] for x in backlogs] == expected


@pytest.mark.parametrize(
    ("backlog", "grows", "expected"),
    [
        (60.0, True, (60.0, 180.0, True)),
        (60.0, False, (0.0, 60.0, True)),
        (600.0, True, (600.0, NEVER, True)),
        (0.0, True, (0.0, 60.0, True)),
    ],
)
def test_at_a_bound_those_next_to_where_the_backlog_goes_count(m, backlog, grows, expected):
    """The bound itself is one of them."""
    bounds(m, 1.0, 3.0, 10.0)
    assert bounds_at(m, backlog, 0, grows) == expected


def test_canceled_requests_keep_the_backlog_below_the_time_out(m):
    """Bounds beyond 10 s are never met; the time-out itself is."""
    bounds(m, 1.0, 10.0, 12.0)
    assert bounds_at(m, 600.0, 0, True)[1] == 720.0
    m.cancels_abandoned = 1
    above = [bounds_at(m, x, 0, True)[1] for x in (0.0, 60.0, 600.0)]
    assert above == [60.0, 600.0, NEVER]


def test_bounds_are_kept_between_them(m, s):
    """They are looked for again at a bound, beyond one, for another pace and in a new cohort."""
    c = s.cohorts[0]
    c.bounds_of, c.backlog, m.capacity[1] = -1, 59.0, 120.0
    for backlog, pace, grows in (
        (59.0, 0, True),
        (30.0, 0, False),
        (61.0, 0, True),
        (60.0, 0, True),
        (60.0, 0, False),
        (59.0, 0, False),
        (59.0, 1, True),
        (0.0, 1, True),
    ):
        c.backlog = backlog
        find_bounds(m, s, 0, pace, grows)
        assert (c.below, c.above) == bounds_at(m, backlog, pace, grows)[:2]


def test_the_next_crossing_is_the_first_of_all_backlogs(m, s):
    """Cohort 0 shrinks from 30 by 50 a second; cohort 1 grows at 0.5 a second to 60."""
    assert next_crossing(m, s) == NEVER
    s.cohorts[0].backlog = 30.0
    assert next_crossing(m, s) == 100.6
    s.cohorts[0].backlog = 0.5
    assert next_crossing(m, s) == 100.01
    s.cohorts[0].backlog = 30.0
    s.cohorts[1].ramp, s.world.rate_per_weight[0] = 2, 30.25
    # cohort 0: 30 / (60 - 30.25) = 1.008 s; cohort 1: 60 / (60.5 - 60) = 120 s
    assert next_crossing(m, s) == pytest.approx(100.0 + 30.0 / 29.75)
    s.cohorts[0].backlog = 0.0
    assert next_crossing(m, s) == 220.0


def test_a_queue_that_keeps_its_length_crosses_nothing(m, s):
    """As much arrives as can be served."""
    s.world.rate_per_weight[0] = 60.0
    assert next_crossing(m, s) == NEVER
    s.cohorts[0].backlog = 0.5
    assert next_crossing(m, s) == NEVER


def test_only_queues_of_answering_targets_cross(m, s):
    """Neither an empty cohort nor one that refuses has a queue."""
    s.cohorts[0].backlog = 30.0
    s.cohorts[0].is_answering = 0
    assert next_crossing(m, s) == NEVER
    s.cohorts[0].is_answering, s.cohorts[0].n_targets = 1, 0
    assert next_crossing(m, s) == NEVER
    s.cohorts[0].n_targets = 1
    assert next_crossing(m, s) == 100.6


def test_a_bound_between_is_met_on_the_way_down(m, s):
    """From 110 requests to 60 at 50 a second."""
    s.cohorts[0].backlog = 110.0
    assert next_crossing(m, s) == 101.0


def test_refused_requests_do_not_join_the_queue(m, s):
    """Those of new tasks alone."""
    assert [target_worked_rate(m, s, k) for k in (0, 1)] == [10.0, 10.0]
    s.world.refused_share = 0.25
    assert [target_worked_rate(m, s, k) for k in (0, 1)] == [10.0, 7.5]


def advanced(m, s, until):
    """Advance the queues; return what changed but the latencies."""
    after = effect(s, advance_queues, m, s, until)
    return {path: v for path, v in after.items() if not path.startswith("latency_counts")}


def test_queues_grow(m, s):
    """70 of 60 requests/s for 3 s: 30 wait, none of them in front."""
    s.world.rate_per_weight[0] = 70.0
    s.cohorts[1].is_answering = 0
    assert advanced(m, s, 103.0) == {"c0.backlog": 30.0}
    s.cohorts[0].front = 25.0
    s.world.now = 103.0
    # what was in front is served first
    assert advanced(m, s, 104.0) == {"c0.backlog": 40.0, "c0.front": 0.0}


def test_queues_shrink(m, s):
    """At 50 a second, from 200: after 2 s, 120 were served, of 150 in front."""
    s.cohorts[0].backlog, s.cohorts[0].front = 200.0, 150.0
    assert advanced(m, s, 102.0) == {"c0.backlog": 100.0, "c0.front": 30.0}
    s.cohorts[0].backlog, s.cohorts[0].front = 0.5, 0.0
    assert advanced(m, s, 100.0078125) == {"c0.backlog": 0.109375}  # 50 / 128 less


def test_a_crossing_lands_on_its_bound(m, s):
    """The bound is the backlog then, whatever time is left; the engines stop there anyway."""
    s.cohorts[0].backlog = 110.0
    assert advanced(m, s, 101.5) == {"c0.backlog": 60.0}
    s.cohorts[0].backlog, s.world.rate_per_weight[0] = 50.0, 70.0
    s.cohorts[1].is_answering = 0
    assert advanced(m, s, 105.0) == {"c0.backlog": 60.0}


def test_canceled_requests_leave_the_queue(m, s):
    """At most 10 s of work waits where abandoned requests are canceled."""
    s.cohorts[0].backlog, s.world.rate_per_weight[0] = 598.0, 70.0
    s.cohorts[1].is_answering = m.n_wait_bounds = 0
    m.cancels_abandoned = 1
    assert advanced(m, s, 101.0) == {"c0.backlog": 600.0}
    m.cancels_abandoned = 0
    assert advanced(m, s, 101.0) == {"c0.backlog": 610.0}


def test_requests_in_time_are_recorded(m, s):
    """Served rate times seconds: without a queue by utilization, else by the waits crossed."""
    s.cohorts[0].served_rate, s.cohorts[0].utilization = 60.0, 0.75
    s.cohorts[1].served_rate, s.cohorts[1].backlog = 20.0, 10.0
    m.latency_edges[:] = [k / 8.0 for k in range(EDGES)]
    after = effect(s, advance_queues, m, s, 100.125)
    # cohort 1: from 10 / 60 = 0.167 s to 3.75 / 60 = 0.063 s; 0.125 s lies at 2.5 of 6.25 requests
    first = 2.5 * 2.5 / 6.25
    counts = {"latency_counts[0][34]": first, "latency_counts[0][33]": 2.5 - first}
    expected = pytest.approx({"latency_counts[0][16]": 7.5, "c1.backlog": 3.75} | counts)
    assert after == expected


def test_cohorts_that_do_not_serve_are_passed_over(m, s):
    """Empty ones and those that do not answer; the others follow all the same."""
    s.cohorts[0].n_targets, s.cohorts[0].backlog = 0, 30.0
    s.cohorts[1].backlog = 30.0
    assert advanced(m, s, 100.1) == pytest.approx({"c1.backlog": 25.0})
    s.cohorts[0].n_targets, s.cohorts[0].is_answering = 1, 0
    assert advanced(m, s, 100.1) == pytest.approx({"c1.backlog": 20.0})


def split(s):
    """Make cohort 1 old like cohort 0."""
    s.cohorts[1].revision = OLD


def test_a_drained_cohort_is_merged(m, s):
    """When its backlog is gone, in whichever cohort that happens."""
    split(s)
    s.cohorts[1].backlog = 0.5
    assert advanced(m, s, 101.0) == {"c0.n_targets": 8, "c1.n_targets": 0, "c1.backlog": 0.0}
    s.cohorts[1].n_targets, s.cohorts[0].backlog = 2, 5.0
    assert advanced(m, s, 101.0) == {"c0.n_targets": 10, "c1.n_targets": 0, "c0.backlog": 0.0}


def test_cohorts_are_merged_only_when_one_is_drained(m, s):
    """Neither without a backlog, nor while it lasts."""
    split(s)
    assert advanced(m, s, 101.0) == {}
    s.cohorts[1].revision, s.cohorts[1].backlog = NEW, 500.0
    s.world.n_cohorts, c = 3, s.cohorts[2]
    c.n_targets, c.is_answering, c.ramp = 1, 1, 1  # like cohort 0
    assert advanced(m, s, 101.0) == {"c1.backlog": 450.0}
    s.world.rate_per_weight[0] = 70.0
    assert advanced(m, s, 100.0) == {}
