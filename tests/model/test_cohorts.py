"""Cohorts: which targets share a queue, and who is eligible."""

import pytest

from simdeploy.model.cohorts import (
    change_cohort,
    earlier_match,
    error_parts_at,
    find_cohort,
    join_cohort,
    leave_cohort,
    leave_rotation,
    make_eligible,
    matches_cohort,
    merge_drained,
    set_error_step,
    update_eligibility,
    update_fail_open,
)
from simdeploy.model.constants import LEAVING, PENDING, RUNNING
from simdeploy.model.crowding import reassign_tasks
from simdeploy.model.leftovers import has_leftover
from simdeploy.model.task_list import add_task
from simdeploy.semantics.state import HEALTHY, INITIAL, NEW, OLD, UNHEALTHY
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record whose release has an error ramp of 100, then 300 parts."""
    m = record()
    m.releases[1].error_steps[0][0].parts = 100
    m.releases[1].error_steps[0][1].parts = 300
    return m


@pytest.fixture
def s(m):
    """At the command, tasks 0 to 5 in cohort 0; task 6 is new, RUNNING and answers."""
    s = at_command(m)
    add_task(s, 6, NEW)
    s.tasks[6].state, s.tasks[6].is_answering, s.tasks[6].is_registered = RUNNING, 1, 1
    return s


@pytest.mark.parametrize("name", ["revision", "is_answering", "is_cold", "ramp"])
def test_a_cohort_holds_tasks_of_one_kind(s, name):
    """Any difference makes another cohort."""
    assert matches_cohort(s, 0, 0, 0.0)
    setattr(s.tasks[0], name, 1 - getattr(s.tasks[0], name))
    assert not matches_cohort(s, 0, 0, 0.0)


def test_a_cohort_has_one_backlog(s):
    """Who waits elsewhere does not belong to it."""
    assert not matches_cohort(s, 0, 0, 5.0)
    s.cohorts[0].backlog = 5.0
    assert matches_cohort(s, 0, 0, 5.0)


def test_a_matching_cohort_is_found_before_a_free_one(s):
    """The first free place is taken only without a match."""
    assert find_cohort(s, 0, 0.0) == 0
    assert find_cohort(s, 6, 0.0) == 1  # behind the last
    s.world.n_cohorts = 4
    assert find_cohort(s, 6, 0.0) == 1  # the first free place of three
    c = s.cohorts[3]
    c.n_targets, c.revision, c.is_answering, c.ramp = 1, NEW, 1, 1
    assert find_cohort(s, 6, 0.0) == 3
    c.n_targets = 0
    s.cohorts[1].n_targets = s.cohorts[2].n_targets = 1
    assert find_cohort(s, 6, 0.0) == 3
    s.cohorts[0].n_targets = 0
    assert find_cohort(s, 6, 0.0) == 0  # place 0 is a place


def test_a_backlog_stays_at_its_target(m, s):
    """Out of rotation it is served without new requests, and comes back with the target."""
    c = s.cohorts[0]
    c.backlog, c.front, c.front_success, c.success = 100.0, 40.0, 0.5, 1.0
    m.capacity[0] = 60.0
    t = s.tasks[2]
    leave_rotation(m, s, 2)
    assert (t.cohort, c.n_targets, s.world.eligible_weight[0]) == (-1, 5, 5)
    assert (t.leftover, t.leftover_success) == (100.0, 0.8)
    s.world.now += 1.0
    make_eligible(m, s, 2)
    back = s.cohorts[t.cohort]
    assert (has_leftover(s, 2), s.world.eligible_weight[0]) == (False, 6)
    assert (back.n_targets, back.ramp, back.backlog, back.front_success) == (1, 1, 40.0, 0.8)
    assert t.joined_at < s.world.now


def test_a_target_without_a_backlog_leaves_nothing(m, s):
    """It just receives no more requests."""
    leave_rotation(m, s, 2)
    assert (s.tasks[2].cohort, has_leftover(s, 2), s.world.n_cohorts) == (-1, False, 1)


def test_a_backlog_that_is_served_does_not_come_back(m, s):
    """The target joins those without one, as if it were new."""
    s.cohorts[0].backlog, m.capacity[0] = 120.0, 60.0
    leave_rotation(m, s, 2)
    s.world.now += 2.0
    make_eligible(m, s, 2)
    assert (s.cohorts[s.tasks[2].cohort].backlog, s.tasks[2].joined_at) == (0.0, s.world.now)


def test_a_backlog_out_of_rotation_moves_with_the_pace(m, s):
    """A task that becomes warm, or whose share changes, keeps it; it goes on from now."""
    s.cohorts[0].backlog, m.capacity[0] = 100.0, 60.0
    s.tasks[2].is_cold = s.cohorts[0].is_cold = 1
    leave_rotation(m, s, 2)
    s.world.now += 0.5
    change_cohort(m, s, 2, 0, 3)
    t = s.tasks[2]
    assert (t.leftover, t.leftover_since, t.leftover_rate) == (70.0, s.world.now, 60.0)
    assert (t.is_cold, t.ramp, t.cohort) == (0, 3, -1)


def test_places_behind_the_last_target_are_not_looked_at(m, s):
    """The number of cohorts in use falls with the last ones, not with those before."""
    make_eligible(m, s, 6)
    s.world.n_cohorts = 3
    s.cohorts[2].n_targets = 1
    leave_cohort(m, s, 6)
    assert s.world.n_cohorts == 3
    s.tasks[6].cohort = 2
    leave_cohort(m, s, 6)
    assert s.world.n_cohorts == 1


def test_a_target_becomes_eligible_in_a_new_cohort(m, s):
    """The cohort is set from the task, whatever it held before."""
    m.n_groups, s.world.now = 2, 50.0
    t, c = s.tasks[6], s.cohorts[1]
    t.is_cold, t.ramp, t.error_step = 1, 3, 2
    for name in c.record.names:
        setattr(c, name, 9 if name != "n_targets" else 0)
    assert effect(s, make_eligible, m, s, 6) == {
        "n_cohorts": 2,
        "eligible_weight[1]": 3,
        "t6.joined_at": 50.0,
        "t6.cohort": 1,
        "c1.n_targets": 1,
        "c1.group": 1,
        "c1.revision": NEW,
        "c1.is_answering": 1,
        "c1.is_hung": 0,
        "c1.is_cold": 1,
        "c1.ramp": 3,
        "c1.error_parts": 300,
        "c1.backlog": 0.0,
        "c1.front": 0.0,
        "c1.front_success": 1.0,
        "c1.success": 1.0,
        "c1.served_rate": 0.0,
    }


def test_a_place_behind_the_last_is_set_up_too(m, s):
    """Its count is what the last run left there."""
    s.cohorts[1].n_targets = 4
    make_eligible(m, s, 6)
    assert s.cohorts[1].n_targets == 1


def test_a_target_joins_a_cohort_of_its_kind(m, s):
    """The cohort grows by it and keeps its queue's success."""
    s.tasks[6].error_step = 1
    make_eligible(m, s, 6)
    add_task(s, 7, NEW)
    s.tasks[7].is_answering, s.tasks[7].error_step = 1, 2
    s.cohorts[1].success = 0.5
    assert effect(s, join_cohort, m, s, 7, 0.0, 0.25) == {
        "eligible_weight[0]": 8,
        "t7.cohort": 1,
        "c1.n_targets": 2,
        "c1.error_parts": 400,
    }


def test_a_free_place_within_is_set_up_anew(m, s):
    """The number of cohorts in use stays."""
    s.world.n_cohorts = 3
    s.cohorts[2].n_targets = 1
    assert effect(s, join_cohort, m, s, 6, 5.0, 0.25) == {
        "eligible_weight[0]": 7,
        "t6.cohort": 1,
        "c1.n_targets": 1,
        "c1.revision": NEW,
        "c1.is_answering": 1,
        "c1.ramp": 1,
        "c1.backlog": 5.0,
        "c1.front": 5.0,
        "c1.front_success": 0.25,
        "c1.success": 1.0,
    }


def test_without_room_for_a_cohort_the_run_is_repeated(m, s):
    """Nothing but the flag changes; the last place can still be taken."""
    s.world.cohort_room = 1
    assert effect(s, join_cohort, m, s, 6, 0.0, 1.0) == {"out_of_room": 1}
    s.world.cohort_room, s.world.out_of_room = 2, 0
    join_cohort(m, s, 6, 0.0, 1.0)
    assert (s.world.out_of_room, s.tasks[6].cohort) == (0, 1)


def test_a_target_leaves_its_cohort(m, s):
    """Its weight and its errors leave with it."""
    m.n_groups = 2
    s.tasks[6].ramp, s.tasks[6].error_step = 3, 1
    make_eligible(m, s, 6)
    assert effect(s, leave_cohort, m, s, 6) == {
        "eligible_weight[1]": 0,
        "n_cohorts": 1,
        "t6.cohort": -1,
        "c1.n_targets": 0,
        "c1.error_parts": 0,
    }


def test_the_error_share_of_a_step(m, s):
    """Step 0 has none; steps count from 1; the release is that of the revision."""
    m.releases[0].error_steps[0][0].parts = 7
    assert [error_parts_at(m, s, NEW, step) for step in (0, 1, 2)] == [0, 100, 300]
    assert error_parts_at(m, s, OLD, 1) == 7


def test_a_rising_error_changes_the_sum_of_the_cohort(m, s):
    """By the difference of the two steps; without a cohort only the task's step changes."""
    assert effect(s, set_error_step, m, s, 6, 1) == {"t6.error_step": 1}
    make_eligible(m, s, 6)
    expected = {"t6.error_step": 2, "c1.error_parts": 300}
    assert effect(s, set_error_step, m, s, 6, 2) == expected
    expected = {"t6.error_step": 1, "c1.error_parts": 100}
    assert effect(s, set_error_step, m, s, 6, 1) == expected


def test_a_task_in_the_first_cohort_has_a_cohort(m, s):
    """Index 0 is a cohort like any other."""
    m.releases[0].error_steps[0][0].parts = 7
    expected = {"t0.error_step": 1, "c0.error_parts": 7}
    assert effect(s, set_error_step, m, s, 0, 1) == expected
    s.tasks[0].error_step = s.cohorts[0].error_parts = 0
    change_cohort(m, s, 0, 0, 4)
    assert (s.tasks[0].cohort, s.cohorts[0].n_targets) == (1, 5)


def test_pace_and_share_change_without_a_cohort(m, s):
    """Only the task itself does."""
    s.tasks[6].ramp = 4
    assert effect(s, change_cohort, m, s, 6, 1, 4) == {"t6.is_cold": 1}
    assert effect(s, change_cohort, m, s, 6, 1, 5) == {"t6.ramp": 5}


def queued(m, s):
    """Make task 6 eligible, with 8 requests waiting: 6 of them in front."""
    s.tasks[6].error_step = 1
    make_eligible(m, s, 6)
    c = s.cohorts[1]
    c.backlog, c.front, c.front_success, c.success = 8.0, 6.0, 0.5, 1.0


def test_a_queue_moves_along_to_another_cohort(m, s):
    """All of it becomes the front there: (6 * 0.5 + 2 * 1) / 8 of it will be answered."""
    queued(m, s)
    s.world.n_cohorts = 3
    s.cohorts[2].n_targets = 1
    s.world.now = 50.0
    assert effect(s, change_cohort, m, s, 6, 1, 1) == {
        "t6.is_cold": 1,
        "c1.is_cold": 1,
        "c1.front": 8.0,
        "c1.front_success": 0.625,
    }


def test_a_new_share_moves_the_weight(m, s):
    """Ramp 1 makes way for ramp 4."""
    queued(m, s)
    assert effect(s, change_cohort, m, s, 6, 0, 4) == {
        "eligible_weight[0]": 10,  # 6 old ones and 4
        "t6.ramp": 4,
        "c1.ramp": 4,
        "c1.front": 8.0,
        "c1.front_success": 0.625,
    }


def alike(s):
    """Split the old tasks: 0 and 1 in cohort 0, 2 in cohort 1, 3 to 5 in cohort 2."""
    c = s.cohorts
    for k, members in enumerate(([0, 1], [2], [3, 4, 5])):
        for name in ("group", "revision", "is_answering", "is_cold", "ramp", "backlog"):
            setattr(c[k], name, getattr(c[0], name))
        c[k].n_targets, c[k].error_parts = len(members), 10 * (k + 1)
        for i in members:
            s.tasks[i].cohort = k
    s.world.n_cohorts = 3


def test_drained_cohorts_are_merged(s):
    """Tasks, counts and errors move to the first one of the kind."""
    alike(s)
    assert effect(s, merge_drained, s) == {
        "t2.cohort": 0,
        "t3.cohort": 0,
        "t4.cohort": 0,
        "t5.cohort": 0,
        "c0.n_targets": 6,
        "c0.error_parts": 60,
        "c1.n_targets": 0,
        "c2.n_targets": 0,
    }


def test_a_cohort_with_backlog_is_not_merged(s):
    """Nor do others merge into it."""
    alike(s)
    s.cohorts[0].backlog = 1.0
    after = effect(s, merge_drained, s)
    assert after["c1.n_targets"] == 4
    assert "c0.n_targets" not in after
    s.cohorts[0].backlog, s.cohorts[1].backlog = 0.0, 1.0
    assert effect(s, merge_drained, s) == {}


def test_an_empty_cohort_is_not_merged(s):
    """Nothing moves out of it or into it."""
    alike(s)
    s.cohorts[0].n_targets = s.cohorts[2].n_targets = 0
    assert effect(s, merge_drained, s) == {}


@pytest.mark.parametrize("name", ["revision", "is_answering", "is_cold", "ramp"])
def test_cohorts_of_different_kinds_have_no_match(s, name):
    """Any difference keeps them apart."""
    alike(s)
    assert earlier_match(s, 1) == 0
    setattr(s.cohorts[1], name, 5)
    assert earlier_match(s, 1) == -1


def test_a_match_lies_before(s):
    """It is the first of those that fit; the first cohort has none."""
    alike(s)
    assert [earlier_match(s, k) for k in (0, 1, 2)] == [-1, 0, 0]
    s.cohorts[0].n_targets = 0
    assert [earlier_match(s, k) for k in (0, 1, 2)] == [-1, -1, 1]


def test_a_single_target_is_a_match(s):
    """One target makes a cohort."""
    alike(s)
    s.cohorts[0].n_targets = 1
    assert earlier_match(s, 1) == 0


def test_only_tasks_of_one_cohort_are_reassigned(s):
    """Others keep theirs."""
    alike(s)
    expected = {"t3.cohort": 7, "t4.cohort": 7, "t5.cohort": 7}
    assert effect(s, reassign_tasks, s, 2, 7) == expected


def test_fail_open_begins_and_ends(m, s):
    """Unhealthy targets come when none is healthy, and go when one is (alb-fail-open)."""
    s.tasks[6].health = UNHEALTHY
    assert effect(s, update_fail_open, m, s, 0) == {}
    s.world.healthy_targets[0] = 0
    after = effect(s, update_fail_open, m, s, 0)
    assert (after["fails_open[0]"], after["t6.cohort"]) == (1, 1)
    assert effect(s, update_fail_open, m, s, 0) == {}
    s.world.healthy_targets[0] = 1
    after = effect(s, update_fail_open, m, s, 0)
    assert (after["fails_open[0]"], after["t6.cohort"]) == (0, -1)


def test_fail_open_needs_to_be_on(m, s):
    """Without it, no unhealthy target receives anything."""
    m.fail_open = 0
    s.world.healthy_targets[0] = 0
    assert effect(s, update_fail_open, m, s, 0) == {}


def test_fail_open_reaches_targets_of_every_kind(m, s):
    """Old and new, answering and not, in the group alone."""
    for i in (7, 8):
        add_task(s, i, NEW)
        s.tasks[i].state, s.tasks[i].health, s.tasks[i].is_registered = RUNNING, UNHEALTHY, 1
    s.tasks[6].health = s.tasks[0].health = UNHEALTHY
    s.tasks[7].is_answering = 1
    leave_cohort(m, s, 0)
    s.world.healthy_targets[0] = 0
    update_fail_open(m, s, 0)
    assert [s.tasks[i].cohort for i in (0, 6, 7, 8)] == [0, 2, 2, 1]


@pytest.mark.parametrize(("group", "revision"), [(0, OLD), (1, NEW)])
def test_fail_open_of_a_group_reaches_its_own_targets(m, s, group, revision):
    """Each revision has a group of its own where traffic is shifted."""
    m.n_groups = 2
    for i in (0, 6):
        s.tasks[i].health = UNHEALTHY
    leave_cohort(m, s, 0)
    s.world.healthy_targets[:] = [0, 0]
    update_fail_open(m, s, group)
    assert s.world.fails_open[group] == 1
    assert [s.tasks[i].revision for i in (0, 6) if s.tasks[i].cohort >= 0] == [revision]


def test_eligibility_is_changed_for_one_kind_at_a_time(m, s):
    """By revision, by whether it answers, by group; never for a task that is not RUNNING."""
    t = s.tasks[6]
    t.health = UNHEALTHY
    s.world.fails_open[0] = 1
    assert effect(s, update_eligibility, m, s, 0, OLD, 1) == {}
    assert effect(s, update_eligibility, m, s, 0, NEW, 0) == {}
    assert effect(s, update_eligibility, m, s, 1, NEW, 1) == {}
    t.state = PENDING
    assert effect(s, update_eligibility, m, s, 0, NEW, 1) == {}
    t.state, t.is_registered = RUNNING, 0
    assert effect(s, update_eligibility, m, s, 0, NEW, 1) == {}
    t.state, t.is_registered = LEAVING, 1
    assert effect(s, update_eligibility, m, s, 0, NEW, 1)["t6.cohort"] == 1
    assert effect(s, update_eligibility, m, s, 0, NEW, 1) == {}  # it is eligible already


def test_a_healthy_target_stays_eligible(m, s):
    """The end of fail-open concerns those that are not healthy."""
    assert effect(s, update_eligibility, m, s, 0, OLD, 1) == {}
    assert s.tasks[0].health == HEALTHY


def test_a_target_in_the_first_cohort_loses_its_eligibility(m, s):
    """Index 0 is a cohort like any other; who is out already stays out."""
    m.releases[0].error_steps[0][0].parts = 7
    s.tasks[0].health, s.tasks[0].error_step, s.cohorts[0].error_parts = UNHEALTHY, 1, 7
    s.world.fails_open[0] = 1
    assert effect(s, update_eligibility, m, s, 0, OLD, 1) == {}
    s.world.fails_open[0] = 0
    assert effect(s, update_eligibility, m, s, 0, OLD, 1) == {
        "eligible_weight[0]": 5,
        "t0.cohort": -1,
        "c0.n_targets": 5,
        "c0.error_parts": 0,
    }
    assert effect(s, update_eligibility, m, s, 0, OLD, 1) == {}


def test_initial_targets_come_only_where_fail_open_includes_them(m, s):
    """The documentation leaves that open, so it is a setting."""
    assert s.tasks[6].health == INITIAL
    s.world.fails_open[0] = 1
    assert effect(s, update_eligibility, m, s, 0, NEW, 1) == {}
    m.fail_open_includes_initial = 1
    assert effect(s, update_eligibility, m, s, 0, NEW, 1)["t6.cohort"] == 1
