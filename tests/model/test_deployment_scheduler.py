"""The scheduler of a deployment: what it stops and starts at an instant, and when later."""

import pytest

from simdeploy.model import timers
from simdeploy.model.constants import SICK, STARTING, UNREACTED, WELL
from simdeploy.model.scheduling import (
    NO_ORDERS,
    breaker_due_at,
    count_failure_at_stop,
    next_launch_at,
    next_to_stop,
    schedule,
    stop_orders,
    take_launch_tokens,
    tokens_now,
)
from simdeploy.semantics.plan import AT_REST, FROZEN, ROLLING_OUT
from simdeploy.semantics.state import INITIAL, NEVER, NEW, OLD, UNHEALTHY, Orders
from tests.model.states import at_command, record
from tests.model.transitions import changed_by

TICK = f"timers[{timers.TICK}]"
#: A nanosecond, by which a launch waits longer than for its token.
LATER = 1e-9


@pytest.fixture
def m():
    """Return the record of a rolling deployment of six tasks, 100 % to 200 %."""
    return record()


@pytest.fixture
def s(m):
    """Return its state 100 s after the command: six old tasks healthy, six new ones wanted."""
    s = at_command(m)
    w = s.world
    w.now = 100.0
    w.is_rolling, w.wanted_target, w.floor, w.cap = 1, 6, 6, 12
    w.timers[timers.TICK] = 100.0
    return s


def looked(m, s):
    """Return the orders of a look, and what else it changed in the world."""
    changed = changed_by(s.world, schedule, m, s)
    return changed.pop("->"), changed


def starting(n):
    """Return orders to start so many tasks of the target revision."""
    return NO_ORDERS._replace(start=n)


def test_no_orders_are_nothing():
    """The constant orders nothing."""
    assert sum(NO_ORDERS) == 0


def test_missing_tasks_start_at_once(m, s):
    """Within the cap of 12 all six start, each for a token of the 100 that there are."""
    assert looked(m, s) == (
        starting(6),
        {TICK: NEVER, "launch_tokens": 94.0, "launch_tokens_at": 100.0},
    )


def test_stalled_deployment_orders_nothing(m, s):
    """Frozen by the breaker, the scheduler leaves everything as it is."""
    s.world.phase = FROZEN
    assert looked(m, s) == (NO_ORDERS, {TICK: NEVER})


def test_nothing_to_do_only_lowers_what_is_kept(m, s):
    """With all new tasks healthy and old ones gone, no old task is kept; no tick is taken."""
    w = s.world
    w.healthy, w.alive = [0, 6], [0, 6]
    assert looked(m, s) == (NO_ORDERS, {TICK: NEVER, "wanted_other": 0})


def test_old_tasks_are_let_go_as_new_ones_become_healthy(m, s):
    """Two healthy new tasks release two of the six old ones, for which nothing is launched."""
    w = s.world
    w.healthy, w.starting, w.alive = [6, 2], [0, 4], [6, 6]
    w.backoff_until = 500.0
    assert looked(m, s) == (
        NO_ORDERS._replace(stop_other_healthy=2),
        {TICK: NEVER, "wanted_other": 4},
    )


@pytest.mark.parametrize(("abandons", "stopped"), [(0, 0), (1, 2)])
def test_revision_that_is_rolled_back_keeps_healthy_tasks_only(m, s, abandons, stopped):
    """Of four healthy and two starting tasks of an abandoned revision, the two are stopped."""
    w = s.world
    w.healthy, w.starting, w.alive = [4, 0], [2, 0], [6, 0]
    w.abandons_other = abandons
    orders, _ = looked(m, s)
    assert orders.stop_other_starting == stopped
    assert w.wanted_other == 6 - stopped


@pytest.mark.parametrize(("same", "started"), [(1, 1), (0, 0)])
def test_dead_task_is_replaced_by_its_own_revision(m, s, same, started):
    """Five of six old tasks are left: the sixth comes back (ecs-same-revision-replacement)."""
    s.world.healthy, s.world.alive = [5, 0], [5, 0]
    m.replaces_with_same_revision = same
    assert looked(m, s)[0].start_other == started


def test_outside_of_the_rolling_loop_the_plan_says_what_is_kept(m, s):
    """Where the plan has ordered all old tasks to stop, no floor holds them."""
    w = s.world
    w.is_rolling, w.wanted_other, w.wanted_target = 0, 0, 0
    assert looked(m, s) == (
        NO_ORDERS._replace(stop_other_healthy=6),
        {TICK: NEVER},
    )


@pytest.mark.parametrize(("alive", "started"), [([6, 0], 3), ([7, 1], 1)])
def test_only_as_many_start_as_fit(m, s, alive, started):
    """Of nine slots, tasks alive take theirs, draining ones too (ecs-draining-holds-slots)."""
    m.task_slots, s.world.alive = 9, alive
    assert looked(m, s)[0] == starting(started)


@pytest.mark.parametrize(("counts", "started"), [(0, 6), (1, 3)])
def test_draining_tasks_count_against_the_cap_if_configured(m, s, counts, started):
    """Three draining and six old tasks leave room for three of twelve."""
    s.world.draining, m.draining_counts = [3, 0], counts
    assert looked(m, s)[0] == starting(started)


def test_cap_of_the_rolling_loop_holds(m, s):
    """With a cap of eight only two start beside six."""
    s.world.cap = 8
    assert looked(m, s)[0] == starting(2)


def test_ticks_delay_orders(m, s):
    """Ticks fall every 10 s from 0: at 103 the next is at 110, where the orders come."""
    m.scheduler_tick, s.world.now = 10.0, 103.0
    assert looked(m, s) == (NO_ORDERS, {TICK: 110.0})
    s.world.now = 110.0
    assert looked(m, s)[0] == starting(6)


def test_orders_come_with_tick_at_now(m, s):
    """A tick at this very instant is not waited for."""
    m.scheduler_tick = 10.0
    assert looked(m, s)[0] == starting(6)


def put_tokens(m, s, tokens, *, rate=0.5, burst=100):
    """Leave so many launch tokens now."""
    m.launch_rate, m.launch_burst = rate, burst
    s.world.launch_tokens, s.world.launch_tokens_at = tokens, s.world.now


def test_tokens_limit_launches_and_the_rest_wait(m, s):
    """Of 4.5 tokens four are used; the next launch is 1 s later, at 0.5 tokens per second."""
    put_tokens(m, s, 4.5)
    orders, changed = looked(m, s)
    assert orders == starting(4)
    assert changed == {TICK: NEVER, "launch_tokens": 0.5, "ordered_starts": 2}
    s.world.starting[NEW] = 4
    orders, changed = looked(m, s)
    assert (orders, changed) == (NO_ORDERS, {TICK: pytest.approx(101.0)})
    assert changed[TICK] >= 101.0 + LATER / 2


def test_launches_follow_a_look_as_tokens_come(m, s):
    """What a look has ordered starts off the grid of looks, and nothing else does.

    (ecs-launch-rate)
    """
    put_tokens(m, s, 4.5)
    m.scheduler_tick = 10.0
    assert looked(m, s)[0] == starting(4)
    s.world.starting[NEW], s.world.now = 4, 101.5
    assert looked(m, s)[0] == starting(1)
    s.world.starting[NEW], s.world.healthy[NEW] = 4, 1
    assert looked(m, s) == (NO_ORDERS, {TICK: pytest.approx(103.0)})


def test_without_a_token_everything_waits(m, s):
    """Half a token launches nothing of what is ordered."""
    put_tokens(m, s, 0.5)
    s.world.wanted_other = 5
    orders, changed = looked(m, s)
    assert orders == NO_ORDERS
    assert changed == {TICK: pytest.approx(101.0), "ordered_starts": 6, "wanted_other": 6}


@pytest.mark.parametrize(("until", "orders"), [(100.0, starting(6)), (130.0, NO_ORDERS)])
def test_backoff_holds_launches(m, s, until, orders):
    """Until the end of the start back-off nothing is launched (ecs-start-backoff)."""
    s.world.backoff_until = until
    result, changed = looked(m, s)
    assert result == orders
    assert changed[TICK] == (130.0 if until > 100.0 else NEVER)


def test_backoff_does_not_hold_stops(m, s):
    """Surplus tasks stop while missing ones wait; then the next look is when these may start."""
    w = s.world
    w.is_rolling, w.wanted_other, w.backoff_until = 0, 4, 130.0
    assert looked(m, s) == (
        NO_ORDERS._replace(stop_other_healthy=2),
        {TICK: NEVER},
    )
    w.healthy[OLD] = 4
    assert looked(m, s) == (NO_ORDERS, {TICK: 130.0})


def test_replacements_of_the_other_revision_take_tokens_too(m, s):
    """Three tokens launch three replacements of old tasks, and none is left over."""
    w = s.world
    w.wanted_target, w.healthy, w.alive = 0, [2, 0], [2, 0]
    w.is_rolling = 0
    put_tokens(m, s, 3.0, rate=0.0)
    orders, changed = looked(m, s)
    assert orders == NO_ORDERS._replace(start_other=3)
    assert changed["launch_tokens"] == 0.0


def test_replacements_of_the_other_revision_wait_for_tokens_too(m, s):
    """Of six old tasks three live and none may go: three replacements wait until 101 s."""
    w = s.world
    w.healthy, w.starting, w.alive, w.floor = [3, 0], [0, 6], [3, 6], 3
    put_tokens(m, s, 0.5)
    orders, changed = looked(m, s)
    assert orders == NO_ORDERS
    assert changed == {TICK: pytest.approx(101.0), "ordered_starts": 3}


def test_enough_tokens_leave_no_tick(m, s):
    """Exactly as many tokens as launches leave nothing waiting."""
    put_tokens(m, s, 6.0)
    orders, changed = looked(m, s)
    assert orders == starting(6)
    assert changed == {TICK: NEVER, "launch_tokens": 0.0}


@pytest.mark.parametrize(("at", "tokens"), [(100.0, 1.5), (99.0, 2.0), (90.0, 5.0)])
def test_tokens_fill_up(m, s, at, tokens):
    """1.5 tokens grow by half a token per second, up to five (ecs-launch-rate)."""
    m.launch_rate, m.launch_burst = 0.5, 5
    s.world.launch_tokens, s.world.launch_tokens_at = 1.5, at
    assert tokens_now(m, s) == tokens


@pytest.mark.parametrize(
    ("wanted", "tokens", "at"),
    [(2, 1.5, 101.0), (1, 0.0, 102.0)],  # half a token is missing, or a whole one
)
def test_next_launch(m, s, wanted, tokens, at):
    """The next launch needs a token more than there are; none is due where none is wanted."""
    put_tokens(m, s, tokens)
    assert next_launch_at(m, s, wanted) == pytest.approx(at, abs=2 * LATER)
    assert next_launch_at(m, s, wanted) >= at
    assert next_launch_at(m, s, 0) == NEVER


def test_launches_take_tokens(m, s):
    """Two of the 100 tokens that are left after a refill are taken now; none for no launch."""
    s.world.launch_tokens = 70.0  # at 0 s; full again after 100 s at 20 per second
    assert changed_by(s.world, take_launch_tokens, m, s, 0) == {}
    assert changed_by(s.world, take_launch_tokens, m, s, 1) == {
        "launch_tokens": 99.0,
        "launch_tokens_at": 100.0,
    }


@pytest.mark.parametrize(("target", "other"), [(NEW, OLD), (OLD, NEW)])
def test_sick_tasks_stop_first(s, target, other):
    """Stops go from the other revision's sick, starting and healthy tasks to the target's.

    Of those that are sick, they begin with the ones that ECS wants to replace.
    """
    w = s.world
    w.target, w.sick = target, [3, 3]
    w.unreacted[other], w.unreacted[target] = 1, 0
    assert stop_orders(s, Orders(1, 2, 3, 4, 5, 6, 7)) == (
        (other, SICK, 2),
        (other, UNREACTED, 1),
        (other, STARTING, 4),
        (other, WELL, 5),
        (target, SICK, 1),
        (target, UNREACTED, 0),
        (target, WELL, 2),
    )


def test_oldest_task_of_its_kind_stops(m, s):
    """The list is searched from a task on, in order of creation, for revision and kind."""
    s.tasks[1].health, s.tasks[1].is_sick = UNHEALTHY, 1
    s.tasks[3].health = INITIAL
    s.tasks[4].revision = NEW
    assert next_to_stop(m, s, 0, OLD, WELL) == 0
    assert next_to_stop(m, s, 1, OLD, WELL) == 2
    assert next_to_stop(m, s, 0, OLD, SICK) == 1
    assert next_to_stop(m, s, 2, OLD, SICK) == -1
    assert next_to_stop(m, s, 0, OLD, STARTING) == 3
    assert next_to_stop(m, s, 0, NEW, WELL) == 4
    s.tasks[4].health = INITIAL
    assert next_to_stop(m, s, 0, NEW, STARTING) == 4
    assert next_to_stop(m, s, -1, OLD, WELL) == -1


def test_sick_task_counts_as_failed_when_it_is_stopped(m, s):
    """The breaker counts a new task's failure at its stop, unless it did at detection."""
    s.world.breaker_enabled, m.breaker_counts_at_detection = 1, 0
    assert changed_by(s.world, count_failure_at_stop, m, s, NEW, SICK) == {
        "->": True,
        "failed_tasks": 1,
        "onset_at": 100.0,
        "breaker_failures": 1,
    }
    assert changed_by(s.world, count_failure_at_stop, m, s, NEW, WELL) == {"->": False}
    assert changed_by(s.world, count_failure_at_stop, m, s, OLD, SICK) == {
        "->": True,
        "failed_tasks": 2,
    }
    m.breaker_counts_at_detection = 1
    assert changed_by(s.world, count_failure_at_stop, m, s, NEW, SICK) == {"->": False}


def test_cap_does_not_hold_while_a_plan_moves_task_sets(m, s):
    """Blue-green starts six beside six although the service's cap would be eight."""
    w = s.world
    w.is_rolling, w.cap, w.phase = 0, 8, ROLLING_OUT
    assert looked(m, s)[0] == starting(6)
    w.phase = AT_REST
    assert looked(m, s)[0] == starting(2)


def test_a_place_is_filled_at_the_look_after_it_is_free(m, s):
    """A task is gone at the look at 110 s: its place is filled at 120 s, not at 110 s.

    (ecs-draining-counted)
    """
    w = s.world
    m.scheduler_tick, m.steps_at_looks, m.draining_counts = 10.0, 1, 1
    w.now, w.cap, w.floor, w.starting[NEW], w.alive = 110.0, 12, 6, 5, [6, 5]
    w.freed_at, w.freed = 110.0, 1
    assert looked(m, s) == (NO_ORDERS, {TICK: 120.0})
    w.now = 120.0
    assert looked(m, s)[0] == starting(1)


def test_one_sick_task_a_look_goes_before_its_successor(m, s):
    """Six old and six sick new tasks fill the cap of 12; looks fall every 10 s.

    (ecs-unhealthy-replacement)
    """
    w = s.world
    m.scheduler_tick, m.draining_counts = 10.0, 1
    w.now, w.sick, w.alive = 110.0, [0, 6], [6, 6]
    assert looked(m, s)[0] == NO_ORDERS._replace(stop_sick=1)
    w.sick, w.draining = [0, 5], [0, 1]
    assert looked(m, s) == (NO_ORDERS, {TICK: 120.0})


def test_the_breaker_looks_where_a_replacement_is_wanted(m, s):
    """Three failures: it trips where a start is due, room aside, at the look after the pause.

    (ecs-breaker-looks)
    """
    w = s.world
    m.scheduler_tick = 10.0
    w.breaker_enabled, w.breaker_failures, w.sick = 1, 3, [0, 6]
    assert breaker_due_at(m, s) == 100.0
    w.backoff_until = 113.0
    assert breaker_due_at(m, s) == 120.0
    w.unreacted[NEW] = 6
    assert breaker_due_at(m, s) == NEVER
    w.unreacted[NEW], w.breaker_failures = 0, 2
    assert breaker_due_at(m, s) == NEVER
