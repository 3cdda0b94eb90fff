"""Health checks of targets: their chance, their result, and what it changes."""

import pytest

from simdeploy.draws import CHECK, uniform
from simdeploy.model import delays
from simdeploy.model.constants import DRAINING, RUNNING, UNREACTED
from simdeploy.model.health_checks import (
    advance_checks,
    become_healthy,
    become_sick,
    become_unhealthy,
    begin_slow_start,
    check_result,
    failure_chance,
    never_flips,
    next_check_step,
    raise_ramp,
    seen_errors,
    unanswered_chance,
)
from simdeploy.model.task_list import end_reaction, scheduler_class
from simdeploy.semantics.checks import FAILED, PASSED, UNANSWERED
from simdeploy.semantics.plan import ORDERED
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, NEW, OLD, UNHEALTHY
from tests.model.states import at_command, effect, record, running


@pytest.fixture
def m():
    """A scenario record."""
    return record()


@pytest.fixture
def s(m):
    """At the command, tasks 0 to 5 old; task 6 is new, RUNNING since 100 and answers."""
    s = at_command(m)
    s.world.now = 100.0
    running(m, s).is_answering = 1
    return s


@pytest.mark.parametrize(("ramp", "at"), [(7, 53.0), (8, 53.0), (9, NEVER)])
def test_slow_start_grows_by_a_tenth(m, s, ramp, at):
    """The next tenth comes a tenth of the duration later; none follows the tenth one."""
    m.slow_start = 30.0
    s.tasks[6].ramp, s.tasks[6].ramp_at = ramp, 50.0
    assert effect(s, raise_ramp, m, s, 6) == {"t6.ramp": ramp + 1, "t6.ramp_at": at}


def test_slow_start_moves_an_eligible_target(m, s):
    """It finds another cohort; its weight follows."""
    m.slow_start, m.n_groups = 30.0, 2
    become_healthy(m, s, 6)
    s.tasks[6].ramp = s.cohorts[1].ramp = s.world.eligible_weight[1] = 4
    raise_ramp(m, s, 6)
    assert (s.cohorts[1].ramp, s.cohorts[1].group, s.world.eligible_weight[1]) == (5, 1, 5)


def erring(m):
    """Give release 1 errors that checks see: 0.5 per task, 0.2 and 0.1 shared."""
    f = m.releases[1]
    f.error_steps[0][1].seen_share = 0.5
    for ramp, step in ((0, 2), (0, -1), (1, -1), (2, -1)):  # not reached
        f.error_steps[ramp][step].seen_share = 0.9
    f.error_steps[1][0].seen_share = 0.2
    f.error_steps[2][2].seen_share = 0.1


def test_checks_see_the_errors_of_all_ramps(m, s):
    """Each ramp at its own step: 1 - (1 - 0.5)(1 - 0.2)(1 - 0.1)."""
    erring(m)
    assert seen_errors(m, s, 6) == 0.0
    s.tasks[6].error_step = 2
    assert seen_errors(m, s, 6) == 0.5
    s.world.error_step[NEW][0] = 1
    assert seen_errors(m, s, 6) == pytest.approx(0.6)
    s.world.error_step[NEW][1] = 3
    assert seen_errors(m, s, 6) == pytest.approx(0.64)


def test_a_first_step_is_seen(m, s):
    """Steps count from 1."""
    m.releases[1].error_steps[0][0].seen_share = 0.25
    s.tasks[6].error_step = 1
    assert seen_errors(m, s, 6) == 0.25


def test_checks_see_the_errors_of_the_tasks_own_revision(m, s):
    """Steps of the other one do not matter."""
    erring(m)
    m.releases[0].error_steps[1][0].seen_share = 0.75
    s.world.error_step[OLD][0] = 1
    assert [seen_errors(m, s, i) for i in (0, 6)] == [0.75, 0.0]


def test_checks_do_not_see_code_behind_a_flag_that_is_off(m, s):
    """They see it as often as users do."""
    erring(m)
    s.tasks[6].error_step = 2
    m.has_flag, m.flag_shares[0] = 1, 0.25
    assert seen_errors(m, s, 6) == 0.125
    m.releases[0].error_steps[1][0].seen_share = 0.75
    s.world.error_step[OLD][0] = 1
    assert seen_errors(m, s, 0) == 0.75  # old code has no flag


def test_deep_checks_see_refused_connections(m, s):
    """Those of new tasks, which come last to the database."""
    s.world.refused_share = 0.4
    assert [seen_errors(m, s, i) for i in (0, 6)] == [0.0, 0.4]
    m.deep_checks = 0
    assert seen_errors(m, s, 6) == 0.0


def test_the_chance_that_a_check_fails(m, s):
    """Errors, time-outs and chance together: 1 - (1 - 0.5)(1 - 0.2)(1 - 0.1)."""
    erring(m)
    s.tasks[6].error_step, s.world.check_failure_chance = 2, 0.1
    m.releases[1].pace[0] = [0, 1]
    m.check_timeout_chance[1] = 0.2
    assert failure_chance(m, s, 6) == pytest.approx(0.55)
    s.tasks[6].is_cold = 1
    assert failure_chance(m, s, 6) == pytest.approx(0.64)


def test_errors_are_those_of_a_release(m, s):
    """The revision that serves at the command has no faults: its errors are not read."""
    m.releases[0].error_steps[1][0].seen_share = 0.75
    s.world.error_step[OLD][0] = 1
    assert failure_chance(m, s, 0) == 0.0
    s.world.generation[OLD] = 1
    m.releases[1].error_steps[1][0].seen_share = 0.75
    assert failure_chance(m, s, 0) == 0.75


@pytest.mark.parametrize(
    ("deep", "down", "stalled", "expected"),
    [(1, 1, 0, 1.0), (0, 1, 0, 0.0), (1, 0, 0, 0.0), (0, 0, 1, 1.0)],
)
def test_a_check_is_sure_to_fail(m, s, deep, down, stalled, expected):
    """A deep one while a dependency is down, and any that waits too long in the queue."""
    m.deep_checks, s.world.dependency_down, s.tasks[6].checks_stalled = deep, down, stalled
    assert failure_chance(m, s, 6) == expected


def test_a_check_of_a_task_that_does_not_answer_fails(s):
    """Before the end of its boot, from its crash on, and if it never listens."""
    t = s.tasks[6]
    t.boot_ends_at, t.crash_at = 110.0, 120.0
    assert [check_result(s, 6, at, 0, 0.0, 0.0) for at in (109.9, 110.0, 119.9, 120.0)] == [
        FAILED,
        PASSED,
        PASSED,
        FAILED,
    ]
    assert check_result(s, 6, 109.9, 0, 1.0, 1.0) == FAILED  # refused, so at once
    t.never_listens = 1
    assert check_result(s, 6, 115.0, 0, 0.0, 0.0) == FAILED


def test_a_check_fails_by_its_own_draw(s):
    """It passes if its uniform number is not below the chance."""
    w, t = s.world, s.tasks[6]
    u = uniform(w.key0, w.key1, CHECK, t.draw_entity, 3)
    assert check_result(s, 6, 110.0, 3, u, 0.0) == PASSED
    assert check_result(s, 6, 110.0, 3, u + 1e-9, 0.0) == FAILED
    assert check_result(s, 6, 110.0, 3, 1.0, 0.0) == FAILED
    other = uniform(w.key0, w.key1, CHECK, t.draw_entity, 4)
    assert check_result(s, 6, 110.0, 4, other, 0.0) == PASSED


def test_a_check_gets_no_answer_by_the_same_draw(s):
    """The lowest part of the chance to fail: no answer in time."""
    w, t = s.world, s.tasks[6]
    u = uniform(w.key0, w.key1, CHECK, t.draw_entity, 3)
    assert check_result(s, 6, 110.0, 3, 1.0, u) == FAILED
    assert check_result(s, 6, 110.0, 3, 1.0, u + 1e-9) == UNANSWERED
    assert check_result(s, 6, 110.0, 3, u + 2e-9, u + 1e-9) == UNANSWERED
    assert check_result(s, 6, 110.0, 3, 1.0, 1.0) == UNANSWERED


def test_what_gets_no_answer(m, s):
    """Nothing from a hung target, and what takes too long; an error is an answer."""
    t = s.tasks[6]
    m.check_timeout_chance[0] = 0.25
    assert unanswered_chance(m, s, 6) == 0.25
    m.deep_checks, s.world.dependency_down = 1, 1
    assert unanswered_chance(m, s, 6) == 0.0
    t.checks_stalled = 1
    assert unanswered_chance(m, s, 6) == 1.0
    t.checks_stalled, t.is_hung = 0, 1
    assert unanswered_chance(m, s, 6) == failure_chance(m, s, 6) == 1.0


def test_a_check_without_an_answer_is_judged_at_its_time_out(m, s):
    """Sent at 107, judged at 112: a verdict of its own step; what fails at once has none."""
    m.check_interval, m.check_timeout = 10.0, 5.0
    t = s.tasks[6]
    t.check_at = 107.0
    advance_checks(m, s, 6, 1.0, 1.0)
    assert (t.check_at, t.check_number, t.check_streak, t.verdict_at) == (117.0, 1, 0, 112.0)
    assert next_check_step(s, 6) == 112.0
    advance_checks(m, s, 6, 0.0, 0.0)
    assert (t.check_at, t.check_number, t.check_streak, t.verdict_at) == (117.0, 1, -1, NEVER)
    assert next_check_step(s, 6) == 117.0
    advance_checks(m, s, 6, 1.0, 0.0)
    assert (t.check_at, t.check_number, t.check_streak, t.verdict_at) == (127.0, 2, -2, NEVER)
    advance_checks(m, s, 6, 0.0, 0.0)
    assert t.check_streak == 1


@pytest.mark.parametrize(
    ("health", "never_listens", "chance", "expected"),
    [
        (HEALTHY, 0, 0.0, True),
        (HEALTHY, 0, 0.1, False),
        (UNHEALTHY, 0, 1.0, True),
        (UNHEALTHY, 0, 0.9, False),
        (UNHEALTHY, 1, 0.0, True),
        (INITIAL, 0, 1.0, False),
        (INITIAL, 1, 0.0, False),
    ],
)
def test_when_no_check_can_change_the_health(s, health, never_listens, chance, expected):
    """A healthy one that cannot fail, an unhealthy one that cannot pass."""
    s.tasks[6].health, s.tasks[6].never_listens = health, never_listens
    assert never_flips(s, 6, chance) is expected


def test_a_verdict_still_to_come_can_change_the_health(s):
    """A healthy target that now passes its checks may owe an answer."""
    s.tasks[6].health, s.tasks[6].verdict_at = HEALTHY, 112.0
    assert not never_flips(s, 6, 0.0)


def test_a_new_target_becomes_healthy(m, s):
    """It moves between the counts and receives traffic; the breaker counts anew."""
    s.world.breaker_failures = 2
    s.tasks[6].grace_ends_at = 130.0
    assert effect(s, become_healthy, m, s, 6) == {
        "starting[1]": 0,
        "running_unproven[1]": 0,
        "healthy[1]": 1,
        "healthy_targets[0]": 7,
        "breaker_failures": 0,
        "n_cohorts": 2,
        "eligible_weight[0]": 7,
        "t6.health": HEALTHY,
        "t6.grace_ends_at": NEVER,
        "t6.cohort": 1,
        "t6.joined_at": 100.0,
        "c1.n_targets": 1,
        "c1.revision": NEW,
        "c1.is_answering": 1,
        "c1.ramp": 1,
        "c1.front_success": 1.0,
        "c1.success": 1.0,
    }


def test_a_target_is_healthy_in_its_own_group(m, s):
    """The new group counts the new targets."""
    m.n_groups, s.world.healthy[NEW], s.world.healthy_targets[NEW] = 2, 2, 2
    after = effect(s, become_healthy, m, s, 6)
    assert (after["healthy[1]"], after["healthy_targets[1]"]) == (3, 3)
    assert "healthy_targets[0]" not in after


@pytest.mark.parametrize(
    ("revision", "target", "phase"), [(OLD, NEW, 0), (NEW, OLD, 0), (NEW, NEW, ORDERED)]
)
def test_the_breaker_resets_only_in_the_roll_out(m, s, revision, target, phase):
    """And only by a task of the revision that is rolled out (ecs-breaker-reset)."""
    w = s.world
    w.breaker_failures, w.target, w.phase, s.tasks[6].revision = 2, target, phase, revision
    become_healthy(m, s, 6)
    assert w.breaker_failures == 2


def test_the_breaker_resets_only_where_it_does(m, s):
    """A setting keeps the count."""
    m.breaker_resets, s.world.breaker_failures = 0, 2
    become_healthy(m, s, 6)
    assert s.world.breaker_failures == 2


def test_a_sick_target_recovers(m, s):
    """It is no longer due for replacement."""
    become_unhealthy(m, s, 6)
    assert s.tasks[6].is_sick == 1
    after = effect(s, become_healthy, m, s, 6)
    assert (after["t6.is_sick"], after["sick[1]"], after["healthy[1]"]) == (0, 0, 1)
    assert "starting[1]" not in after


def test_an_eligible_target_keeps_its_queue_when_it_becomes_healthy(m, s):
    """Under fail-open it is in a cohort already, be it the first."""
    become_unhealthy(m, s, 0)
    s.world.fails_open[0] = 1
    s.tasks[0].cohort = 0
    after = effect(s, become_healthy, m, s, 0)
    assert "t0.joined_at" not in after
    assert "c0.n_targets" not in after


def test_a_target_beside_warm_ones_starts_slowly(m, s):
    """It begins with a tenth; the next one follows after a tenth of the duration."""
    m.slow_start = 0.5
    for i in range(6):
        s.tasks[i].ramp = 10
    after = effect(s, become_healthy, m, s, 6)
    assert (s.tasks[6].ramp, after["t6.ramp_at"], after["eligible_weight[0]"]) == (1, 100.05, 7)


def test_the_first_targets_of_a_group_start_at_full_share(m, s):
    """No target of the group is warm yet (alb-slow-start)."""
    m.slow_start, m.n_groups = 30.0, 2
    become_healthy(m, s, 6)
    assert (s.tasks[6].ramp, s.tasks[6].ramp_at) == (10, NEVER)


def ramps(m, s):
    """Return the share and the time of the next with which task 6 begins its slow start."""
    m.slow_start = 30.0
    s.tasks[6].ramp = 7
    begin_slow_start(m, s, 6)
    return s.tasks[6].ramp, s.tasks[6].ramp_at


def test_slow_start_needs_a_target_that_is_warm(m, s):
    """Five of six old ones ramp up themselves: the sixth is warm; then none is."""
    for i in range(6):
        s.tasks[i].ramp = 9 if i < 5 else 10
    assert ramps(m, s) == (1, 103.0)
    s.tasks[5].ramp = 9
    assert ramps(m, s) == (10, NEVER)


@pytest.mark.parametrize(("field", "value"), [("state", DRAINING), ("health", UNHEALTHY)])
def test_only_healthy_running_targets_count_as_ramping(m, s, field, value):
    """One of six is no healthy target that ramps up, so that one of six seems warm."""
    for i in range(6):
        s.tasks[i].ramp = 1
    setattr(s.tasks[3], field, value)
    assert ramps(m, s) == (1, 103.0)


def test_a_target_does_not_count_itself_as_ramping(m, s):
    """It is healthy by then, with a share of its own."""
    s.world.healthy_targets[0] = 1
    for i in range(6):
        s.tasks[i].ramp = 10
    s.tasks[6].health = HEALTHY
    assert ramps(m, s) == (1, 103.0)


def test_targets_of_its_own_group_count_as_ramping(m, s):
    """The only other healthy one ramps up: none is warm."""
    m.n_groups = 2
    running(m, s, 7).ramp = 4
    s.tasks[7].health = HEALTHY
    s.world.healthy_targets[1] = 1
    assert ramps(m, s) == (10, NEVER)


def test_an_eligible_target_begins_its_slow_start(m, s):
    """Its weight shrinks to a tenth."""
    m.slow_start, m.n_groups = 30.0, 2
    become_healthy(m, s, 6)
    assert s.world.eligible_weight[1] == 10
    s.world.healthy_targets[1] = 2
    begin_slow_start(m, s, 6)
    assert (s.cohorts[1].ramp, s.cohorts[1].group, s.world.eligible_weight[1]) == (1, 1, 1)


def test_targets_of_the_other_group_do_not_count_as_ramping(m, s):
    """A group is warm or not by itself."""
    m.n_groups = 2
    s.world.healthy_targets[1] = 1
    for i in range(6):
        s.tasks[i].ramp = 1
    assert ramps(m, s) == (1, 103.0)


def test_a_healthy_target_fails(m, s):
    """Without a grace period it is sick at once; a ramp is over."""
    m.releases[1].error_steps[0][0].parts = 7
    m.breaker_counts_at_detection = 0
    s.tasks[6].error_step = 1
    become_healthy(m, s, 6)
    s.tasks[6].ramp_at = 103.0
    assert effect(s, become_unhealthy, m, s, 6) == {
        "healthy[1]": 0,
        "healthy_targets[0]": 6,
        "sick[1]": 1,
        "eligible_weight[0]": 6,
        "n_cohorts": 1,
        "t6.health": UNHEALTHY,
        "t6.is_sick": 1,
        "t6.ramp_at": NEVER,
        "t6.cohort": -1,
        "c1.n_targets": 0,
        "c1.error_parts": 0,
    }


def test_a_failing_target_has_a_grace_period(m, s):
    """Counted from RUNNING; until then it is starting (ecs-unhealthy-replacement)."""
    m.grace_period = 40.0
    assert effect(s, become_unhealthy, m, s, 6) == {
        "t6.health": UNHEALTHY,
        "t6.grace_ends_at": 140.0,
    }


def test_a_grace_period_is_over_at_its_end(m, s):
    """At that very instant the target is sick."""
    m.grace_period, s.world.now, m.breaker_counts_at_detection = 40.0, 140.0, 0
    after = effect(s, become_unhealthy, m, s, 6)
    assert after == {
        "starting[1]": 0,
        "running_unproven[1]": 0,
        "sick[1]": 1,
        "t6.health": UNHEALTHY,
        "t6.is_sick": 1,
    }


def test_a_target_fails_while_its_group_fails_open(m, s):
    """It stays eligible, or becomes so; the other group does not matter."""
    m.n_groups, m.grace_period = 2, 40.0
    s.world.fails_open[0] = 1
    assert "t6.cohort" not in effect(s, become_unhealthy, m, s, 6)
    after = effect(s, become_unhealthy, m, s, 0)
    assert {"t0.cohort", "t0.joined_at", "c0.n_targets"}.isdisjoint(after)
    s.world.fails_open[1] = 1
    assert effect(s, become_unhealthy, m, s, 6)["t6.cohort"] == 1


def test_a_target_of_the_first_cohort_fails(m, s):
    """Index 0 is a cohort like any other."""
    assert effect(s, become_unhealthy, m, s, 0)["t0.cohort"] == -1


def test_a_task_becomes_sick(m, s):
    """It moves from the unproven to the sick; it may be counted as failed when it is stopped."""
    m.breaker_counts_at_detection = 0
    s.tasks[6].health, s.tasks[6].grace_ends_at, s.world.sick[NEW] = UNHEALTHY, 140.0, 2
    assert effect(s, become_sick, m, s, 6) == {
        "starting[1]": 0,
        "running_unproven[1]": 0,
        "sick[1]": 3,
        "t6.is_sick": 1,
        "t6.grace_ends_at": NEVER,
    }


def test_a_sick_task_may_count_when_detected(m, s):
    """As a failed task, and in the breaker."""
    m.breaker_counts_at_detection = 1
    after = effect(s, become_sick, m, s, 6)
    assert (after["failed_tasks"], after["breaker_failures"]) == (1, 1)
    assert s.tasks[6].state == RUNNING


def test_ecs_reacts_to_a_sick_task_at_a_look(m, s):
    """7 s after the verdict at 100 s is 107 s; looks fall every 10 s: it is replaced from 110 s on.

    (ecs-replacement-time)
    """
    m.distributions[delays.REPLACE_SICK][1], m.scheduler_tick = 7.0, 10.0
    after = effect(s, become_sick, m, s, 6)
    assert (after["t6.reacts_at"], after["unreacted[1]"]) == (110.0, 1)
    s.tasks[6].health = UNHEALTHY
    assert scheduler_class(m, s, 6) == UNREACTED
    s.world.now = 110.0
    assert effect(s, end_reaction, s, 6) == {"t6.reacts_at": NEVER, "unreacted[1]": 0}
    assert effect(s, end_reaction, s, 6) == {}
